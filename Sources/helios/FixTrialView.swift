// SPDX-License-Identifier: MIT
#if Network
import HeliosFIX
import HeliosNetwork
import HeliosWire
import Synchronization

/// Shows what goes over a session, a message a line.
final class FixTrialView: Sendable {
    private let dictionary: FixDictionary?
    private let isRaw: Bool
    private let cuts = Mutex((received: FixTrialCut(), sent: FixTrialCut()))

    init(dictionary: FixDictionary?, isRaw: Bool) {
        self.dictionary = dictionary
        self.isRaw = isRaw
    }

    /// Bytes of the wire, cut anywhere.
    func trace(_ direction: FixDirection, _ bytes: WireBytes) {
        cuts.withLock { cuts in
            switch direction {
            case .received: cuts.received.take(bytes) { show("<", $0) }
            case .sent: cuts.sent.take(bytes) { show(">", $0) }
            }
        }
    }

    /// What the session says of itself.
    func tell(_ event: FixPeerEvent, _ peer: FixPeer) {
        switch event {
        case .connected: cuts.withLock { $0 = (FixTrialCut(), FixTrialCut()) }
        case .disconnected(let reason): Console.note("disconnected" + (reason.map { ": \($0)" } ?? ""))
        case .session(.loggedOn): Console.note("logged on as \(peer.id)")
        case .session(.gap(let from, let to)): Console.note("messages \(from) to \(to) are missing: asked for")
        case .session(.garbled(let reason, let count)): Console.warn("\(count) bytes were no message: \(reason)")
        case .session(.closed(let reason)): Console.note("the session ends: \(reason)")
        case .session: break
        }
    }

    private func show(_ arrow: String, _ message: FixMessage) {
        if isRaw { return Console.show("\(arrow) \(bytes(message).printable)") }
        // Heartbeats are for machines.
        if message.type == .heartbeat, message[.testReqID] == nil { return }
        Console.show("\(arrow) \(words(message).printable)")
    }

    /// Passwords are nobody's business.
    private static let secrets: Set<UInt32> = [554, 925, 1_402, 1_404]

    private static func isSecret(_ message: FixMessage, _ tag: FixTag) -> Bool {
        // Versions without a Password put it into RawData.
        secrets.contains(tag.rawValue) || message.type == .logon && tag == 96
    }

    private func bytes(_ message: FixMessage) -> String {
        var text = message.bytes.unsafeBuffer.map { $0 == 1 ? UInt8(ascii: "|") : $0 }
        for index in 0..<message.count where FixTrialView.isSecret(message, message.tag(index)) {
            let field = message.field(index)
            for place in Int(field.start)..<Int(field.start + field.count) { text[place] = UInt8(ascii: "*") }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func words(_ message: FixMessage) -> String {
        let name = dictionary?.name(of: message.type) ?? message.type.description
        var parts = ["\(message[.msgSeqNum]?.text ?? "?") \(name)"]
        let header: Set<UInt32> = [8, 9, 35, 34, 49, 52, 56]
        for index in 0..<message.count where !header.contains(message.tag(index).rawValue) {
            let tag = message.tag(index)
            let value = FixTrialView.isSecret(message, tag) ? "***" : message.value(index).text
            let label = dictionary?.label(tag, value).map { "\(value) (\($0))" } ?? value
            parts.append("\(dictionary?.name(of: tag) ?? tag.description)=\(label)")
        }
        return parts.joined(separator: " ")
    }
}

/// Cuts a stream into messages, to be shown.
struct FixTrialCut {
    private var rest: [UInt8] = []

    mutating func take(_ bytes: WireBytes, _ show: (FixMessage) -> Void) {
        rest.append(contentsOf: bytes.unsafeBuffer)
        var taken = 0
        rest.withUnsafeBytes { buffer in
            var scanner = FixScanner()
            let framer = FixFramer()
            while taken < buffer.count {
                let left = WireBytes(UnsafeRawBufferPointer(rebasing: buffer[taken...]))
                switch framer.next(left) {
                case .incomplete: return
                case .garbled(let count, _): taken += count
                case .message(let count):
                    if let message = try? scanner.scan(left.slice(0..<count)) { show(message) }
                    taken += count
                }
            }
        }
        rest.removeFirst(taken)
        // A message that is this long is none.
        if rest.count > 1 << 21 { rest.removeAll() }
    }
}
#endif
