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
    /// Whether it belongs to a stream of market data, whose order it keeps.
    var isMarketData: Bool { !isStored || type == .marketDataRequestReject }

    /// With `|` for separators.
    public var text: String {
        String(decoding: fields.map { $0 == 1 ? UInt8(ascii: "|") : $0 }, as: UTF8.self)
    }
}

/// Messages that a session has not taken yet, the oldest first; bounded.
///
/// Market data stands in a queue of its own, so that what must not be lost can pass it when nobody reads.
struct FixOutbox {
    /// One of the two queues.
    private struct Queue {
        private var waiting: [(serial: UInt64, message: FixOutgoing)] = []
        private var first = 0

        var count: Int { waiting.count - first }
        var next: (serial: UInt64, message: FixOutgoing)? { first < waiting.count ? waiting[first] : nil }

        mutating func append(_ serial: UInt64, _ message: FixOutgoing) { waiting.append((serial, message)) }

        mutating func removeFirst() {
            first += 1
            if first == waiting.count || first >= 1_024 {
                waiting.removeFirst(first)
                first = 0
            }
        }

        /// Keeps only what may wait for another connection.
        ///
        /// - Returns: bytes that went.
        mutating func removeUnstored() -> Int {
            waiting.removeFirst(first)
            first = 0
            let before = waiting.reduce(0) { $0 + $1.message.size }
            waiting.removeAll { !$0.message.isStored }
            return before - waiting.reduce(0) { $0 + $1.message.size }
        }
    }

    private var kept = Queue()
    private var market = Queue()
    private var serial: UInt64 = 0
    /// Bytes that wait.
    private(set) var bytes = 0
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { kept.count + market.count }
    /// Whether so much waits that it should go elsewhere.
    var isCrowded: Bool { bytes > capacity / 2 }

    /// The oldest message.
    var next: FixOutgoing? {
        switch (kept.next, market.next) {
        case (let one?, let other?): one.serial < other.serial ? one.message : other.message
        case (let one, let other): one?.message ?? other?.message
        }
    }

    /// The oldest message that is no market data.
    var nextKept: FixOutgoing? { kept.next?.message }

    /// False when there is no room for it: a quarter is kept for reports about orders.
    mutating func append(_ message: FixOutgoing) -> Bool {
        let limit = message.isReport ? capacity : capacity - capacity / 4
        guard bytes + message.size <= limit else { return false }
        bytes += message.size
        serial += 1
        if message.isMarketData { market.append(serial, message) } else { kept.append(serial, message) }
        return true
    }

    /// Takes out what is not kept for a later connection.
    mutating func removeUnstored() { bytes -= market.removeUnstored() }

    mutating func removeFirst() {
        switch (kept.next, market.next) {
        case (let one?, let other?) where one.serial < other.serial: removeFirstKept()
        case (_, let other?):
            bytes -= other.message.size
            market.removeFirst()
        default: removeFirstKept()
        }
    }

    mutating func removeFirstKept() {
        guard let next = kept.next else { return }
        bytes -= next.message.size
        kept.removeFirst()
    }
}

extension FixOutgoing {
    /// What it costs while it waits.
    fileprivate var size: Int { fields.count + 64 }
}
