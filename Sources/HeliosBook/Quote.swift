// SPDX-License-Identifier: MIT
import HeliosMarket

/// Best bid and offer of an instrument.
///
/// A side whose quantity is zero is empty.
@frozen
public struct Quote: Sendable, BitwiseCopyable, Equatable {
    public var bidPrice: Price
    public var bidQuantity: Quantity
    public var askPrice: Price
    public var askQuantity: Quantity

    public static let empty = Quote(bidPrice: .zero, bidQuantity: .zero, askPrice: .zero, askQuantity: .zero)

    @inlinable
    public init(bidPrice: Price, bidQuantity: Quantity, askPrice: Price, askQuantity: Quantity) {
        self.bidPrice = bidPrice
        self.bidQuantity = bidQuantity
        self.askPrice = askPrice
        self.askQuantity = askQuantity
    }

    /// Both sides show quantity.
    @inlinable
    public var isTwoSided: Bool { bidQuantity.raw > 0 && askQuantity.raw > 0 }

    /// Two-sided, with the bid at or above the ask.
    @inlinable
    public var isCrossed: Bool { isTwoSided && bidPrice >= askPrice }

    /// Halfway between the best prices, rounded down to 1e-8; meaningful only when two-sided.
    @inlinable
    public var mid: Price { Price(raw: bidPrice.raw &+ (askPrice.raw &- bidPrice.raw) >> 1) }

    /// Ask minus bid; meaningful only when two-sided.
    @inlinable
    public var spread: Price { Price(raw: askPrice.raw &- bidPrice.raw) }

    @inlinable
    public func price(_ side: Side) -> Price { side == .buy ? bidPrice : askPrice }

    @inlinable
    public func quantity(_ side: Side) -> Quantity { side == .buy ? bidQuantity : askQuantity }
}

/// What an event did to a book.
@frozen
public struct BookChange: OptionSet, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The best bid's price or quantity is another one.
    public static let bid = BookChange(rawValue: 1)
    /// The best ask's price or quantity is another one.
    public static let ask = BookChange(rawValue: 2)
    /// A trade was printed.
    public static let trade = BookChange(rawValue: 4)
    /// The trading state or the market's phase is another one.
    public static let state = BookChange(rawValue: 8)
    /// The event does not fit the book and was not applied, or not in full; see `BookSet.faults`.
    public static let fault = BookChange(rawValue: 16)

    /// The best bid or the best ask is another one.
    public static var quote: BookChange {
        // Computed: a stored constant of another module is read through a call.
        @inlinable get { BookChange(rawValue: 3) }
    }
}

/// How an event can contradict the book.
public enum BookFault: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// Names an order that is not there. Nothing was changed.
    case unknownOrder
    /// Adds an order that is there already: nothing was changed. Or replaces one by it: the replaced order is gone.
    case duplicateOrder
    /// Takes more than the order has. The order was removed.
    case excessQuantity
    /// Adds an order of no quantity: nothing was changed. Or replaces one by it: the replaced order is gone.
    case emptyOrder
    /// Leaves the book crossed in continuous trading. It was applied.
    case crossed
    /// Names another instrument than the order's. Applied to the order's.
    case otherInstrument
    /// The book's reserved memory is used up. Nothing was changed: the instrument's book is no longer right.
    case capacity

    public var explanation: String {
        switch self {
        case .unknownOrder: "names an order that is not in the book"
        case .duplicateOrder: "adds an order that is in the book already"
        case .excessQuantity: "takes more shares than the order has"
        case .emptyOrder: "adds an order of no shares"
        case .crossed: "crosses the book in continuous trading"
        case .otherInstrument: "names another instrument than the order's"
        case .capacity: "does not fit the memory reserved for books"
        }
    }
}

/// One price level as a reader sees it.
@frozen
public struct Level: Sendable, BitwiseCopyable, Equatable {
    public var price: Price
    public var quantity: Quantity
    /// Displayed orders; 0 for a level of a feed that knows levels only.
    public var orderCount: Int

    @inlinable
    public init(price: Price, quantity: Quantity, orderCount: Int) {
        self.price = price
        self.quantity = quantity
        self.orderCount = orderCount
    }
}

/// One order of a level, in the order of its priority.
public struct RestingOrder: Sendable, BitwiseCopyable, Equatable {
    public var id: OrderID
    public var quantity: Quantity

    public init(id: OrderID, quantity: Quantity) {
        self.id = id
        self.quantity = quantity
    }
}

/// How much a `BookSet` reserves.
///
/// Address space is reserved at once; memory is used only as far as it is filled.
public struct BookCapacity: Sendable {
    /// Instruments; ids must stay below.
    public var instruments: Int
    /// Orders alive at the same time.
    public var orders: Int
    /// Price levels alive at the same time, over all instruments and sides.
    public var levels: Int

    /// - Parameters:
    ///   - instruments: 1 to 65,536.
    ///   - orders: at most 2^26; 32 bytes of address space each, and 4 to 8 for finding them.
    ///   - levels: at most 2^26; 128 bytes of address space each.
    public init(instruments: Int = 16_384, orders: Int = 1 << 22, levels: Int = 1 << 20) {
        self.instruments = min(max(instruments, 1), 65_536)
        self.orders = min(max(orders, 16), 1 << 26)
        self.levels = min(max(levels, 16), 1 << 26)
    }
}
