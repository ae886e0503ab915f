// SPDX-License-Identifier: MIT
import HeliosMarket

/// How an instrument trades.
public struct MatchingRules: Sendable, Equatable {
    /// Limit prices are its multiples; even in units of 1e-8, so that the middle of two prices is exact.
    public var tick: Price
    /// Quantities are its multiples.
    public var lot: Quantity
    public var largestQuantity: Quantity
    public var largestPrice: Price
    /// A dark book: nothing displayed, everything trades at the middle of the outside quote.
    public var isDark: Bool
    /// Pegs follow the outside quote (`MatchingCommand.quote`) instead of this book's displayed orders.
    public var followsOutsideQuote: Bool

    /// Ticks of a cent, lots of one share, at most 999,999 shares at at most 199,999.99, as on a US equity exchange.
    public init(
        tick: Price = Price(raw: 1_000_000),
        lot: Quantity = Quantity(1),
        largestQuantity: Quantity = Quantity(999_999),
        largestPrice: Price = Price(raw: 19_999_999_000_000),
        isDark: Bool = false,
        followsOutsideQuote: Bool = false
    ) {
        self.tick = tick
        self.lot = lot
        self.largestQuantity = largestQuantity
        self.largestPrice = largestPrice
        self.isDark = isDark
        self.followsOutsideQuote = followsOutsideQuote
    }

    /// Whether the engine can work with them: positive, an even tick, price at most 2^60, quantity at most 2^61.
    public var isValid: Bool {
        tick.raw > 0 && tick.raw % 2 == 0 && lot.raw > 0 && largestQuantity >= lot && largestPrice >= tick
            && largestPrice.raw <= 1 << 60 && largestQuantity.raw <= 1 << 61
    }
}

/// How much memory an engine reserves; what does not fit is refused with `capacity`, never grown.
///
/// Reserved memory costs nothing until it is used.
public struct MatchingCapacity: Sendable, Equatable {
    public var instruments: Int
    /// Live orders over all instruments.
    public var orders: Int
    /// Price levels over all books.
    public var levels: Int
    /// Price levels on one side of one book.
    public var levelsPerSide: Int
    /// Owners are numbered below this.
    public var owners: Int
    /// Executions that can still be undone: the latest so many, rounded up to a power of two.
    public var trades: Int

    public init(
        instruments: Int = 256,
        orders: Int = 1 << 20,
        levels: Int = 1 << 18,
        levelsPerSide: Int = 4_096,
        owners: Int = 1_024,
        trades: Int = 1 << 16
    ) {
        self.instruments = min(max(instruments, 1), 1 << 20)
        self.orders = min(max(orders, 1), 1 << 30)
        self.levels = min(max(levels, 1), 1 << 30)
        self.levelsPerSide = min(max(levelsPerSide, 1), 1 << 20)
        self.owners = min(max(owners, 1), 1 << 24)
        self.trades = min(max(trades, 1), 1 << 28)
    }
}

/// The address space for a matching engine could not be reserved.
public struct MatchingCapacityError: Error, Sendable, CustomStringConvertible {
    public let bytes: Int
    public var description: String { "can't reserve \(bytes) bytes of address space for a matching engine" }
}
