// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// A message for a client: its type and its fields without header and trailer, which a session adds.
public struct FixOutgoing: Sendable, Equatable {
    public let type: FixMsgType
    /// Whole fields, each with its separator.
    public let fields: [UInt8]

    /// With `|` for separators.
    public var text: String {
        String(decoding: fields.map { $0 == 1 ? UInt8(ascii: "|") : $0 }, as: UTF8.self)
    }
}

/// Messages that a session has not taken yet, the oldest first; bounded.
struct FixOutbox {
    private var waiting: [FixOutgoing] = []
    private var first = 0
    /// Bytes that wait.
    private(set) var bytes = 0
    let capacity: Int

    /// What a message costs beside its fields.
    private static let overhead = 64

    init(capacity: Int) { self.capacity = capacity }

    var next: FixOutgoing? { first < waiting.count ? waiting[first] : nil }
    var count: Int { waiting.count - first }

    /// False when there is no room for it.
    mutating func append(_ message: FixOutgoing) -> Bool {
        guard bytes + message.fields.count + FixOutbox.overhead <= capacity else { return false }
        bytes += message.fields.count + FixOutbox.overhead
        waiting.append(message)
        return true
    }

    mutating func removeFirst() {
        guard let next else { return }
        bytes -= next.fields.count + FixOutbox.overhead
        first += 1
        if first == waiting.count || first >= 1_024 {
            waiting.removeFirst(first)
            first = 0
        }
    }
}
