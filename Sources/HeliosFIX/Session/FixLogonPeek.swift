// SPDX-License-Identifier: MIT
import HeliosWire

/// What the first message of a connection says about who is calling, so that an acceptor finds the right session.
///
/// Nothing is taken from the bytes: the session reads them again.
public struct FixLogonPeek: Sendable {
    /// The session as we would name it: the caller's sender is our target.
    public let id: FixSessionID
    /// Whether the message is a Logon, whole and with the right sum.
    public let isLogon: Bool

    /// What a look at the beginning of a connection gives.
    public enum Result: Sendable {
        /// The first message is not whole yet.
        case needsMore
        /// The first message.
        case message(FixLogonPeek)
        /// What came is no message, or one without BeginString and CompIDs that could be anybody's.
        case refuse
    }

    /// Looks at the first message in `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: what has come so far.
    ///   - largest: bytes of a first message at most; a caller that sends more without ending it is refused.
    /// - Returns: who calls, once the message is whole.
    public static func read(_ bytes: WireBytes, largest: Int = 1 << 14) -> Result {
        guard bytes.count > 0 else { return .needsMore }
        switch FixFramer(largestBody: largest).next(bytes) {
        case .incomplete: return bytes.count > largest + 64 ? .refuse : .needsMore
        case .garbled: return .refuse
        case .message(let count): return read(whole: bytes.slice(0..<count))
        }
    }

    private static func read(whole bytes: WireBytes) -> Result {
        var scanner = FixScanner(capacity: 512)
        guard let message = try? scanner.scan(bytes), let begin = message[.beginString]?.packed,
            let version = FixVersion(packed: begin), let sender = message[.senderCompID],
            let target = message[.targetCompID], sender.count <= longest, target.count <= longest
        else { return .refuse }
        var id = FixSessionID(version, sender: target.text, target: sender.text)
        id.senderSub = text(message, .targetSubID)
        id.targetSub = text(message, .senderSubID)
        id.senderLocation = text(message, .targetLocationID)
        id.targetLocation = text(message, .senderLocationID)
        return .message(FixLogonPeek(id: id, isLogon: message.type == .logon))
    }

    /// The longest CompID that is believed.
    private static var longest: Int { 256 }

    private static func text(_ message: FixMessage, _ tag: FixTag) -> String {
        guard let value = message[tag], value.count <= longest else { return "" }
        return value.text
    }
}
