// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// A message for a client: its type and its fields without header and trailer, which a session adds.
public struct FixOutgoing: Sendable, Equatable {
    public let type: FixMsgType
    /// Whole fields, each with its separator.
    public let fields: [UInt8]
    /// Whether it is kept for resending; market data is not: when it is asked for again, it is old.
    public var isStored: Bool { type != .marketDataSnapshot && type != .marketDataIncrement }
    /// Whether it tells of an order, for which a part of the room is kept.
    var isReport: Bool { type == .executionReport || type == .orderCancelReject }

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

    /// False when there is no room for it: a quarter is kept for reports about orders.
    mutating func append(_ message: FixOutgoing) -> Bool {
        let limit = message.isReport ? capacity : capacity - capacity / 4
        guard bytes + message.fields.count + FixOutbox.overhead <= limit else { return false }
        bytes += message.fields.count + FixOutbox.overhead
        waiting.append(message)
        return true
    }

    /// Takes out what is not kept for a later connection.
    mutating func removeUnstored() {
        waiting.removeFirst(first)
        first = 0
        waiting.removeAll { !$0.isStored }
        bytes = waiting.reduce(0) { $0 + $1.fields.count + FixOutbox.overhead }
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
