// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// One connection of a participant, with the latency of its way in and out.
final class VenueClient {
    let descriptor: Int32
    /// The door that it came through.
    let door: Int
    var connection: SoupServerConnection
    /// Of a door that speaks FIX: in place of `connection`.
    let fix: FixConnection?
    var output = WireOutput(capacity: 1 << 18)
    /// Whose it is, once it is logged in.
    var port: SoupPort?
    private var arriving: DelayedBytes
    private var leaving: DelayedBytes
    private var outbox: [UInt8] = []
    private var sent = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    private var isOpen = true
    private var hasEnded = false
    private var shutAt: Nanoseconds?
    /// When its session was over.
    private var closedAt: Nanoseconds?
    /// How long what is left may take to leave.
    private static let linger: Nanoseconds = 10_000_000_000
    /// Bytes on their way to a client that does not read; more wait in its session.
    private static let inFlightMax = 1 << 20

    init(
        _ descriptor: Int32,
        door: Int,
        _ fix: FixConnection?,
        _ arriving: LatencyDraw,
        _ leaving: LatencyDraw,
        at now: Nanoseconds
    ) {
        self.descriptor = descriptor
        self.door = door
        self.fix = fix
        self.arriving = DelayedBytes(arriving)
        self.leaving = DelayedBytes(leaving)
        connection = SoupServerConnection(SoupServerConfiguration(), at: Timestamp(nanoseconds: now))
    }

    deinit {
        Sockets.shut(descriptor)
        buffer.deallocate()
    }

    /// When bytes arrive somewhere.
    var due: Nanoseconds? {
        switch (arriving.due, leaving.due) {
        case (let one?, let other?): min(one, other)
        case (let one, let other): one ?? other
        }
    }

    /// Whether somebody is logged in here.
    var isTrading: Bool { port != nil || fix?.port != nil }

    var wantsToWrite: Bool { sent < outbox.count }
    var hasRoom: Bool { leaving.count + outbox.count - sent < VenueClient.inFlightMax }

    /// Gives `body` what has arrived; false when the connection is gone and nothing more will arrive.
    ///
    /// A latency counts from when bytes were read, not from when the round began: on a busy machine that is milliseconds before.
    func read(at now: Nanoseconds, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        while isOpen, !hasEnded {
            let count = Sockets.receive(descriptor, buffer)
            if count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                if arriving.isInstant { body(bytes) } else { arriving.push(bytes, at: Sockets.now) }
                if count < buffer.count { break }
            } else {
                hasEnded = count == 0 || !Sockets.wouldWait
                break
            }
        }
        while let bytes = arriving.pop(at: now) { bytes.withUnsafeBytes(body) }
        return isOpen && !(hasEnded && arriving.due == nil)
    }

    /// Sends what is due, as far as the system takes it; false when the connection is gone.
    func flush(at now: Nanoseconds) -> Bool {
        if leaving.isInstant {
            outbox.append(contentsOf: output.bytes.unsafeBuffer)
        } else {
            leaving.push(output.bytes.unsafeBuffer, at: Sockets.now)
            while let bytes = leaving.pop(at: now) { outbox.append(contentsOf: bytes) }
        }
        output.removeAll()
        while isOpen, sent < outbox.count {
            let count = outbox.withUnsafeBytes {
                Sockets.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...]))
            }
            guard count > 0 else {
                isOpen = Sockets.wouldWait
                return isOpen
            }
            sent += count
        }
        if sent == outbox.count, sent > 0 {
            outbox.removeAll(keepingCapacity: true)
            sent = 0
        }
        return isOpen
    }

    /// The line breaks: what is on its way is lost.
    func breakLine() { isOpen = false }

    /// Whether nothing more will come of it.
    ///
    /// A socket that is closed with bytes unread resets the line, and what was just sent is lost with it: first our side is
    /// shut, then the client has a second to do the same.
    func isDone(at now: Nanoseconds) -> Bool {
        guard isOpen else { return true }
        guard fix?.isClosed ?? (connection.state == .closed) else { return false }
        let closed = closedAt ?? now
        closedAt = closed
        guard !wantsToWrite, leaving.due == nil else { return now - closed > VenueClient.linger }
        if let shutAt { return hasEnded || now - shutAt > 1_000_000_000 }
        shutAt = now
        Sockets.endSending(descriptor)
        return false
    }
}
