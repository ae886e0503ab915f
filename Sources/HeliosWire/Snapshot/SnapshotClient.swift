// SPDX-License-Identifier: MIT
import HeliosMarket

/// Why there is no snapshot.
public enum SnapshotFailure: Error, Equatable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The connection ended before the snapshot did.
    case closed(SoupClosure)
    /// The server ended the session without the message that says where the feed goes on.
    case unfinished
    /// The server began behind the first message, or its last message is no number.
    case malformed

    public var description: String {
        switch self {
        case .closed(let reason): "the connection ended before the snapshot: \(reason)"
        case .unfinished: "the session ended before the snapshot"
        case .malformed: "the snapshot's first or last message is wrong"
        }
    }
}

/// What a snapshot's reader learns.
public enum SnapshotEvent: BitwiseCopyable {
    /// The snapshot begins; it speaks of the feed's session of this name.
    case began(SoupText)
    /// One ITCH message, valid until the next call.
    case message(WireBytes)
    /// That was all; the live feed goes on with the message of this number.
    case complete(next: UInt64)
    /// There will be no more: what came before is void.
    case failed(SnapshotFailure)
}

/// The reader's side of a snapshot (see `SnapshotEnd`) as a pure state machine: bytes and time in, bytes and events out.
///
/// ```
///        connected          A                G
///  idle ───────────► login ────► loading ────────► done
///                      └────────────┴─ J, Z, silence, fault, end of the line ─► failed
/// ```
/// One reader reads one snapshot: after a failure a new one begins anew, for the next snapshot is another.
public struct SnapshotClient: ~Copyable {
    private var soup: SoupClient
    /// Whether the last event was told.
    public private(set) var isOver = false
    /// Messages of the snapshot so far.
    public private(set) var messages = 0

    /// - Parameters:
    ///   - user: who asks; six characters at most.
    ///   - password: ten characters at most.
    ///   - timeout: silence of the server after which it is given up.
    public init(user: SoupText, password: SoupText, timeout: Nanoseconds = 15_000_000_000) {
        var configuration = SoupClientConfiguration(user: user, password: password)
        configuration.timeout = timeout
        soup = SoupClient(configuration)
    }

    /// The connection was made: asks for the snapshot.
    public mutating func connected(at now: Timestamp, into output: inout WireOutput) {
        soup.connected(at: now, into: &output)
    }

    /// The next event in what was read; nil when there is none, with everything of `chunk` taken.
    public mutating func next(_ chunk: inout WireBytes, at now: Timestamp) -> SnapshotEvent? {
        guard !isOver, let event = soup.next(&chunk, at: now) else { return nil }
        switch event {
        case .loggedIn(let session, _, let next, _): return next == 1 ? .began(session) : fail(.malformed)
        case .sequenced(_, let message): return judge(message)
        case .unsequenced: return self.next(&chunk, at: now)
        case .ended: return fail(.unfinished)
        case .closed(let reason): return fail(.closed(reason))
        }
    }

    /// Sends a heartbeat when it is due, and gives up a server that is silent.
    public mutating func tick(at now: Timestamp, into output: inout WireOutput) -> SnapshotEvent? {
        guard !isOver, case .closed(let reason)? = soup.tick(at: now, into: &output) else { return nil }
        return fail(.closed(reason))
    }

    /// The connection is gone.
    public mutating func disconnected() -> SnapshotEvent? { isOver ? nil : fail(.closed(.disconnected)) }

    private mutating func judge(_ message: WireBytes) -> SnapshotEvent {
        do throws(SoupFault) {
            guard let end = try SnapshotEnd(message) else {
                messages += 1
                return .message(message)
            }
            guard end.next > 0 else { return fail(.malformed) }
            isOver = true
            return .complete(next: end.next)
        } catch {
            return fail(.malformed)
        }
    }

    private mutating func fail(_ reason: SnapshotFailure) -> SnapshotEvent {
        isOver = true
        return .failed(reason)
    }
}
