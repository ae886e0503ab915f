// SPDX-License-Identifier: MIT

import HeliosBook
import HeliosMarket
import HeliosStore
import HeliosWire

/// What a market file holds, and whether it holds together.
///
/// ```swift
/// let inspection = try Inspection.inspect(path: "12302019.NASDAQ_ITCH50.gz")
/// print(inspection.messages, inspection.isClean)
/// ```
public struct Inspection: Sendable {
    /// How many problems are kept with their place; all are counted.
    public static let keptProblems = 64

    /// How many messages of one type there are.
    public struct TypeCount: Sendable, Equatable {
        /// The type as the format writes it, `A` or `1`.
        public var type: String
        public var name: String
        public var count: Int
    }

    /// A message that can't be used or that contradicts the book, and where it stands.
    public struct Problem: Sendable, Equatable {
        /// Offset in the file (inflated, if compressed); of a LOBSTER pair the row, from 1.
        public var offset: UInt64
        public var reason: String
    }

    /// Displayed shares, whole: what was added must have gone somewhere or still be there.
    public struct Shares: Sendable, Equatable {
        public var added = 0
        public var executed = 0
        public var cancelled = 0
        /// Shares that left with deleted and replaced orders.
        public var deleted = 0
        /// Shares in the books at the end, summed over their levels.
        public var left = 0

        /// Whether every share is accounted for.
        public var isBalanced: Bool { added == executed + cancelled + deleted + left }
    }

    public let path: String
    public let content: MarketContent
    public let isGzip: Bool
    /// Bytes as stored; of a LOBSTER pair both files.
    public let fileSize: UInt64
    /// The day the file's name or first packet tells; without one, times count from midnight of no day.
    public let tradingDay: TradingDay?

    public internal(set) var messages = 0
    public internal(set) var types: [TypeCount] = []
    public internal(set) var instruments = InstrumentDirectory()
    /// Time of the first and last message; nil when there is none.
    public internal(set) var span: (first: Timestamp, last: Timestamp)?
    /// Messages earlier than the one before them.
    public internal(set) var timeReversals = 0

    /// Messages that gave no event.
    public internal(set) var malformed = 0
    /// Of those, the ones of a type that the format doesn't have.
    public internal(set) var unknown = 0
    /// Messages longer than their type says.
    public internal(set) var oversized = 0
    public internal(set) var malformedProblems: [Problem] = []
    /// Whether the end of the session was marked.
    public internal(set) var sessionEnded = false
    /// Why the file could not be read to its end; nil when it could.
    public internal(set) var failure: StoreError?

    /// Messages that contradict the books, by what is wrong.
    public internal(set) var inconsistent: [(fault: BookFault, count: Int)] = []
    public internal(set) var inconsistentProblems: [Problem] = []
    public internal(set) var shares = Shares()
    /// Orders in the books at the end.
    public internal(set) var ordersLeft = 0

    /// Of a capture: what became of its packets.
    public internal(set) var capture: CaptureCounters?
    /// Of a capture: what its MoldUDP64 packets held.
    public internal(set) var mold: MoldReport?
    /// Of a capture: where it ends inside a packet.
    public internal(set) var truncatedTail: UInt64?
    /// Of a LOBSTER pair: how the replay went.
    public internal(set) var lobster: LobsterCounters?

    /// The book that was asked for.
    public internal(set) var book: BookView?

    /// Messages that contradict the books.
    public var inconsistentCount: Int { inconsistent.reduce(0) { $0 + $1.count } }
    /// How often a book was left crossed in continuous trading.
    public var crossed: Int { inconsistent.first { $0.fault == .crossed }?.count ?? 0 }
    /// Whether everything was read, understood and consistent.
    public var isClean: Bool {
        failure == nil && malformed == 0 && inconsistentCount == 0 && shares.isBalanced && truncatedTail == nil
            && (mold.map { $0.malformed == 0 && $0.counters.lost == 0 } ?? true)
            && (lobster.map { $0.inconsistent == 0 } ?? true)
    }

    /// Midnight of the trading day, or zero when the day isn't known.
    public var midnight: Timestamp { tradingDay?.midnight ?? .zero }
}

/// Which book an inspection is to show.
public struct BookRequest: Sendable {
    /// Nanoseconds since midnight; the book shows everything up to and including this time.
    public var time: Nanoseconds
    /// Whose; nil when the file has one instrument only.
    public var symbol: Symbol?
    /// Levels a side.
    public var depth: Int
    /// Whether to list the orders of each level.
    public var listsOrders: Bool

    public init(time: Nanoseconds, symbol: Symbol? = nil, depth: Int = 10, listsOrders: Bool = false) {
        self.time = time
        self.symbol = symbol
        self.depth = depth
        self.listsOrders = listsOrders
    }

    /// Nanoseconds since midnight from `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction` with up to nine digits; nil for else.
    public static func time(_ text: String) -> Nanoseconds? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts.prefix(2).allSatisfy({ $0.utf8.count == 2 }),
            let hours = UInt8(parts[0]), let minutes = UInt8(parts[1]), hours < 24, minutes < 60
        else { return nil }
        let whole = (Int64(hours) * 60 + Int64(minutes)) * 60
        if parts.count == 2 { return whole * 1_000_000_000 }
        let clock = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard clock.count <= 2, clock[0].utf8.count == 2, let seconds = UInt8(clock[0]), seconds < 60 else {
            return nil
        }
        var nanoseconds = (whole + Int64(seconds)) * 1_000_000_000
        if clock.count == 2 {
            guard (1...9).contains(clock[1].utf8.count), clock[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let fraction = Int64(clock[1] + String(repeating: "0", count: 9 - clock[1].utf8.count))
            else { return nil }
            nanoseconds += fraction
        }
        return nanoseconds
    }
}

/// A book at a moment: both sides, best level first.
public struct BookView: Sendable {
    public struct Level: Sendable, Equatable {
        public var price: Price
        public var quantity: Quantity
        public var orderCount: Int
        /// The orders, the one that trades first in front; empty unless asked for.
        public var orders: [RestingOrder]
    }

    public var symbol: Symbol
    /// The moment that was asked for.
    public var time: Timestamp
    /// When the book last changed before it; zero when it never did.
    public var lastUpdate: Timestamp
    public var state: TradingState
    public var bids: [Level]
    public var asks: [Level]
}

/// Why an inspection can't show what was asked for.
public enum InspectionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No message names the symbol; the nearest that one does, if any.
    case unknownSymbol(Symbol, nearest: Symbol?, path: String)
    /// A symbol is needed, because the file has this many.
    case symbolNeeded(count: Int, path: String)

    public var description: String {
        switch self {
        case .unknownSymbol(let symbol, let nearest, let path):
            "\(path): no message names \(symbol)" + (nearest.map { "; did you mean \($0)?" } ?? "")
        case .symbolNeeded(let count, let path): "\(path): holds \(count) symbols, name one of them"
        }
    }
}
