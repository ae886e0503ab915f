// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// How far a snapshot has come.
public enum SnapshotProgress: Sendable, Equatable {
    case loading
    /// All messages were handed out; the live feed of the session goes on with `next`.
    case complete(next: UInt64, session: SoupText)
    /// There will be no more, and what came is void.
    case failed(SnapshotFailure)
}

/// Reads one snapshot of a feed's books from a server: ITCH messages, then where the live feed goes on.
///
/// ```swift
/// let fetch = try SnapshotFetch(endpoint, user: "HELIOS")
/// while fetch.poll(at: now, { message in decode(message) }) == .loading { fetch.wait(timeout: 1_000_000) }
/// ```
/// For one thread. `poll` never waits; `init` waits for the connection at most `patience`.
public final class SnapshotFetch {
    public let endpoint: Endpoint
    private let descriptor: Int32
    private var client: SnapshotClient
    private var output = WireOutput(capacity: 4_096)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    private var session = SoupText.blank
    private var progress = SnapshotProgress.loading

    /// Connects and asks.
    ///
    /// - Parameters:
    ///   - endpoint: of the snapshot server.
    ///   - user: six characters at most.
    ///   - password: ten characters at most.
    ///   - patience: how long the connection may take to come about.
    ///   - timeout: silence after which the server is given up.
    /// - Throws: `SocketError` when there is no connection.
    public init(
        _ endpoint: Endpoint,
        user: String,
        password: String = "",
        patience: Nanoseconds = 1_000_000_000,
        timeout: Nanoseconds = 15_000_000_000
    ) throws(SocketError) {
        guard let name = SoupText(user), let secret = SoupText(password) else {
            throw SocketError(endpoint: endpoint, reason: "the user's name or password is too long")
        }
        self.endpoint = endpoint
        client = SnapshotClient(user: name, password: secret, timeout: timeout)
        descriptor = try Sockets.connect(endpoint, patience: patience)
        client.connected(at: Timestamp(nanoseconds: Sockets.now), into: &output)
    }

    deinit {
        Sockets.shut(descriptor)
        buffer.deallocate()
    }

    /// Takes what has come.
    ///
    /// - Parameters:
    ///   - now: a clock that does not go backward.
    ///   - deliver: gets each ITCH message, valid for the call.
    /// - Returns: how far it has come; the same for ever after `complete` or `failed`.
    public func poll(at now: Nanoseconds, _ deliver: (WireBytes) -> Void) -> SnapshotProgress {
        // A bound, so that a long snapshot does not keep the caller from its feed.
        var reads = 64
        while progress == .loading, reads > 0 {
            reads -= 1
            flush()
            let count = Sockets.receive(descriptor, buffer)
            let time = Timestamp(nanoseconds: now)
            guard count > 0 else {
                if count < 0, Sockets.wouldWait {
                    if let event = client.tick(at: time, into: &output) { take(event, deliver) }
                } else if let event = client.disconnected() {
                    take(event, deliver)
                }
                break
            }
            var chunk = WireBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            while let event = client.next(&chunk, at: time) { take(event, deliver) }
        }
        return progress
    }

    /// Waits until something comes, at most `timeout` nanoseconds.
    public func wait(timeout: Nanoseconds) {
        Sockets.wait([Sockets.Interest(descriptor, writes: output.count > 0)], timeout: timeout)
    }

    private func flush() {
        while output.count > 0 {
            let count = Sockets.send(descriptor, output.bytes.unsafeBuffer)
            guard count > 0 else { return }
            output.drop(count)
        }
    }

    private func take(_ event: SnapshotEvent, _ deliver: (WireBytes) -> Void) {
        switch event {
        case .began(let name): session = name
        case .message(let message): deliver(message)
        case .complete(let next): progress = .complete(next: next, session: session)
        case .failed(let reason): progress = .failed(reason)
        }
    }
}
