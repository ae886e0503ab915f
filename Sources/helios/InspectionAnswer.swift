// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosResearch

/// The object that an inspection prints for programs.
///
/// Prices and quantities are decimal strings, times nanoseconds since midnight.
struct InspectionAnswer: Encodable {
    struct TypeCount: Encodable {
        var type: String
        var name: String
        var count: Int
    }

    struct Problem: Encodable {
        var offset: UInt64
        var reason: String
    }

    struct Shares: Encodable {
        var added: Int
        var executed: Int
        var cancelled: Int
        var deleted: Int
        var left: Int
        var balanced: Bool
    }

    struct Stream: Encodable {
        var packets: UInt64
        var delivered: UInt64
        var duplicates: UInt64
        var gaps: UInt64
        var lost: UInt64
        var malformed: UInt64
    }

    struct Order: Encodable {
        var id: UInt64
        var quantity: String
    }

    struct Level: Encodable {
        var price: String
        var quantity: String
        var orderCount: Int
        var orders: [Order]?

        init(_ level: BookView.Level) {
            price = level.price.description
            quantity = level.quantity.description
            orderCount = level.orderCount
            orders =
                level.orders.isEmpty ? nil : level.orders.map { Order(id: $0.id, quantity: $0.quantity.description) }
        }
    }

    struct Book: Encodable {
        var symbol: String
        var time: Int64
        var lastUpdate: Int64?
        var state: String
        var bids: [Level]
        var asks: [Level]
    }

    var path: String
    var format: String
    var gzip: Bool
    var bytes: UInt64
    var day: String?
    var clean: Bool
    var failure: String?
    var messages: Int
    var types: [TypeCount]
    var symbols: [String]
    var first: Int64?
    var last: Int64?
    var timeReversals: Int
    var malformed: Int
    var unknown: Int
    var oversized: Int
    var sessionEnded: Bool
    var inconsistent: [String: Int]
    var malformedProblems: [Problem]
    var inconsistentProblems: [Problem]
    var truncatedTail: UInt64?
    var shares: Shares
    var ordersLeft: Int
    var stream: Stream?
    var book: Book?
}

extension InspectionAnswer {
    init(_ inspection: Inspection) {
        let midnight = inspection.midnight
        path = inspection.path
        format = inspection.content.rawValue
        gzip = inspection.isGzip
        bytes = inspection.fileSize
        day = inspection.tradingDay?.description
        clean = inspection.isClean
        failure = inspection.failure?.description
        messages = inspection.messages
        types = inspection.types.map { TypeCount(type: $0.type, name: $0.name, count: $0.count) }
        symbols = inspection.instruments.symbols.map(\.description)
        first = inspection.span.map { $0.first - midnight }
        last = inspection.span.map { $0.last - midnight }
        timeReversals = inspection.timeReversals
        malformed = inspection.malformed
        unknown = inspection.unknown
        oversized = inspection.oversized
        sessionEnded = inspection.sessionEnded
        inconsistent = Dictionary(uniqueKeysWithValues: inspection.inconsistent.map { ("\($0.fault)", $0.count) })
        malformedProblems = inspection.malformedProblems.map { Problem(offset: $0.offset, reason: $0.reason) }
        inconsistentProblems = inspection.inconsistentProblems.map { Problem(offset: $0.offset, reason: $0.reason) }
        truncatedTail = inspection.truncatedTail
        shares = Shares(inspection.shares)
        ordersLeft = inspection.ordersLeft
        stream = inspection.mold.map { mold in
            Stream(
                packets: mold.counters.packets,
                delivered: mold.counters.delivered,
                duplicates: mold.counters.duplicates,
                gaps: mold.counters.gaps,
                lost: mold.counters.lost,
                malformed: mold.malformed
            )
        }
        book = inspection.book.map { Book($0, midnight: midnight) }
    }
}

extension InspectionAnswer.Shares {
    init(_ shares: Inspection.Shares) {
        added = shares.added
        executed = shares.executed
        cancelled = shares.cancelled
        deleted = shares.deleted
        left = shares.left
        balanced = shares.isBalanced
    }
}

extension InspectionAnswer.Book {
    init(_ book: BookView, midnight: Timestamp) {
        symbol = book.symbol.description
        time = book.time - midnight
        lastUpdate = book.lastUpdate == .zero ? nil : book.lastUpdate - midnight
        state = "\(book.state)"
        bids = book.bids.map(InspectionAnswer.Level.init)
        asks = book.asks.map(InspectionAnswer.Level.init)
    }
}
