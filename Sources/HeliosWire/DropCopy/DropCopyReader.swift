// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a drop copy's reader learns.
public enum DropCopyEvent: Sendable {
    /// The login was accepted; messages before `next` that were not read are lost to us, normally none.
    case loggedIn(next: UInt64)
    /// What happened, with its number in the session.
    case message(UInt64, DropCopyMessage)
    /// A message that is none of a drop copy; it is passed over.
    case malformed(UInt64, DropCopyFault)
    /// The session is complete.
    case ended
    /// The connection must be closed, if it is not; the next login goes on where this one ended.
    case closed(SoupClosure)
}

/// Reads a drop copy over SoupBinTCP as a pure state machine: bytes and time in, events out, each message once over any number
/// of connections.
///
/// ```swift
/// reader.connected(at: now, into: &output)          // and again after every lost connection
/// while let event = reader.next(&chunk, at: now) {
///     if case .message(_, let fill) = event, fill.kind == .executed { book(fill) }
/// }
/// ```
public struct DropCopyReader: ~Copyable {
    private var soup: SoupClient

    /// - Parameters:
    ///   - user: who asks; six characters at most.
    ///   - password: ten characters at most.
    ///   - sequence: the first message wanted.
    public init(user: SoupText, password: SoupText, sequence: UInt64 = 1) {
        var configuration = SoupClientConfiguration(user: user, password: password)
        configuration.sequence = sequence
        soup = SoupClient(configuration)
    }

    /// The number of the next message.
    public var next: UInt64 { soup.next }

    /// The connection was made: logs in.
    public mutating func connected(at now: Timestamp, into output: inout WireOutput) {
        soup.connected(at: now, into: &output)
    }

    /// The next event in what was read; nil when there is none, with everything of `chunk` taken.
    public mutating func next(_ chunk: inout WireBytes, at now: Timestamp) -> DropCopyEvent? {
        while let event = soup.next(&chunk, at: now) {
            switch event {
            case .loggedIn(_, _, let next, _): return .loggedIn(next: next)
            case .sequenced(let number, let bytes):
                do throws(DropCopyFault) { return .message(number, try DropCopyMessage(bytes)) } catch {
                    return .malformed(number, error)
                }
            case .unsequenced: continue
            case .ended: return .ended
            case .closed(let reason): return .closed(reason)
            }
        }
        return nil
    }

    /// Sends a heartbeat when it is due, and gives up a server that is silent.
    public mutating func tick(at now: Timestamp, into output: inout WireOutput) -> DropCopyEvent? {
        guard case .closed(let reason)? = soup.tick(at: now, into: &output) else { return nil }
        return .closed(reason)
    }

    /// The connection is gone.
    public mutating func disconnected() -> DropCopyEvent? {
        guard case .closed(let reason)? = soup.disconnected() else { return nil }
        return .closed(reason)
    }
}
