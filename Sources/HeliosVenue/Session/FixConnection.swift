// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// One connection to a FIX door: first it has to say who it is.
public final class FixConnection {
    private let door: FixDoor
    private var line: FixLine?
    /// What came before the first message was whole.
    private var early: [UInt8] = []
    private let since: Timestamp
    /// Whether it is over: to be closed when what waits has left.
    public private(set) var isClosed = false
    private var hasJoined = false

    /// How long a Logon may take.
    private static let patience: Nanoseconds = 10_000_000_000

    init(_ door: FixDoor, at now: Timestamp) {
        self.door = door
        since = now
    }

    /// Whose it is, once it is logged on.
    public var port: FixDoorPort? { hasJoined && !isClosed ? line?.port : nil }

    /// Takes what was read, cut anywhere; `now` is UTC.
    public func receive(
        _ bytes: WireBytes,
        at now: Timestamp,
        into output: inout WireOutput,
        _ take: (FixDoorEvent) -> Void
    ) {
        guard !isClosed else { return }
        guard line == nil else { return process(bytes, at: now, into: &output, take) }
        early.append(contentsOf: bytes.unsafeBuffer)
        let waiting = early
        waiting.withUnsafeBytes { buffer in
            let whole = WireBytes(buffer)
            switch FixLogonPeek.read(whole) {
            case .needsMore: return
            case .refuse: refuse(take)
            case .message(let peek):
                guard case .message(let count) = FixFramer().next(whole),
                    let line = door.line(of: peek, logon: whole.slice(0..<count)), line.port != nil
                else { return refuse(take) }
                self.line = line
                line.isFree = false
                early = []
                line.session.connected(at: now, into: &output)
                process(whole, at: now, into: &output, take)
            }
        }
    }

    private func refuse(_ take: (FixDoorEvent) -> Void) {
        isClosed = true
        take(.refused)
    }

    private func process(
        _ bytes: WireBytes,
        at now: Timestamp,
        into output: inout WireOutput,
        _ take: (FixDoorEvent) -> Void
    ) {
        guard let line else { return }
        var rest = bytes
        while !isClosed, let event = line.session.next(&rest, at: now, into: &output) {
            handle(event, line, at: now, take)
            // Answers follow the question.
            send(at: now, into: &output)
        }
    }

    private func handle(_ event: FixSessionEvent, _ line: FixLine, at now: Timestamp, _ take: (FixDoorEvent) -> Void) {
        switch event {
        case .loggedOn(let isReset):
            line.begun(isReset: isReset)
            guard let port = line.port, !hasJoined else { return }
            hasJoined = true
            port.joined()
            take(.joined(port))
        case .message(let message, let delivery):
            // Taken before it is carried out: after a crash in the middle it does not come a second time.
            line.session.acknowledge()
            guard let port = line.port else { return }
            if line.isInDoubt(delivery), port.refuseRepeated(message) { return }
            take(.message(message.bytes, port))
        case .rejected, .refused, .gap, .garbled: break
        case .closed(let reason): leave(reason, at: now, take)
        }
    }

    private func leave(_ reason: FixClosure?, at now: Timestamp, _ take: (FixDoorEvent) -> Void) {
        isClosed = true
        guard let line else { return }
        line.session.disconnected(at: now)
        line.isFree = true
        guard hasJoined, let port = line.port else { return take(.refused) }
        take(.left(port, reason))
    }

    /// The connection is gone.
    public func disconnected(at now: Timestamp, _ take: (FixDoorEvent) -> Void) {
        if !isClosed { leave(nil, at: now, take) }
    }

    /// Does what time brings: heartbeats, silence, a Logon that does not come.
    public func tick(at now: Timestamp, into output: inout WireOutput, _ take: (FixDoorEvent) -> Void) {
        guard !isClosed else { return }
        guard let line else {
            if now >= since + FixConnection.patience { refuse(take) }
            return
        }
        while !isClosed, let event = line.session.tick(at: now, into: &output) { handle(event, line, at: now, take) }
    }

    /// Sends what the port has, as far as there is room.
    ///
    /// A session that has lost a message, because nobody reads or because no more can be kept, ends here by a Logout.
    public func send(at now: Timestamp, into output: inout WireOutput) {
        guard let line, !isClosed else { return }
        if line.port?.hasLost != true { line.send(at: now, into: &output) }
        guard hasJoined, line.isFull || line.port?.hasLost == true else { return }
        let text = line.isFull ? FixLine.fullText : line.port?.lostText
        line.session.logout(text, at: now, into: &output)
    }

    /// Keeps what waits for a user who does not read, so that it is not lost.
    public func keep(at now: Timestamp) {
        guard hasJoined, !isClosed, line?.port?.hasLost != true else { return }
        line?.keep(at: now)
    }

    /// Logs the user out, when everything was sent.
    public func logout(_ text: String, at now: Timestamp, into output: inout WireOutput) {
        guard let line, line.port?.next == nil, line.session.state.isLoggedOn else { return }
        line.session.logout(text, at: now, into: &output)
    }

    /// When `tick` must be called at the latest.
    public func deadline(after now: Timestamp) -> Timestamp {
        isClosed ? .never : line?.session.deadline(after: now) ?? since + FixConnection.patience
    }
}
