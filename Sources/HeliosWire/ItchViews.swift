// SPDX-License-Identifier: MIT

import HeliosMarket

/// The bytes of one message whose type and length were checked once; every read is then a plain load.
///
/// It borrows: valid as long as the memory that it was made from.
@safe
@frozen
public struct ItchBytes: BitwiseCopyable {
    @usableFromInline
    let base: UnsafeRawPointer

    /// The message, or nil when it is shorter than `length` or of another type; bytes after `length` are ignored.
    @inlinable
    public init?(_ message: UnsafeRawBufferPointer, type: UInt8, length: Int) {
        guard let base = message.baseAddress, message.count >= length, length > 10,
            unsafe base.load(as: UInt8.self) == type
        else { return nil }
        unsafe self.base = base
    }

    // Safe: views pass constants that end within the length that `init` checked.
    @inlinable
    func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> T {
        unsafe T(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    @inlinable
    func symbol(at offset: Int) -> Symbol {
        unsafe Symbol(packed: UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }

    @inlinable
    func text(at offset: Int) -> Alpha4 {
        unsafe Alpha4(packed: UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    @inlinable
    func side(at offset: Int) -> Side { integer(at: offset) == UInt8(ascii: "S") ? .sell : .buy }

    @inlinable
    func flag(at offset: Int) -> Bool { integer(at: offset) == UInt8(ascii: "Y") }
}

/// A message read in place: nothing is copied, a field is decoded when it is asked for.
///
/// Prices are in 1e-4 dollars, times in nanoseconds since midnight in New York, codes are ASCII bytes.
///
/// ```swift
/// if let order = unsafe AddOrderView(message) { total += UInt64(order.shares) }
/// ```
public protocol ItchView: BitwiseCopyable {
    /// The type letter.
    static var type: UInt8 { get }
    /// The message's length, type letter included.
    static var length: Int { get }
    /// The checked bytes.
    var bytes: ItchBytes { get }
    /// A view of `message`, or nil when it has another type or too few bytes.
    init?(_ message: UnsafeRawBufferPointer)
}

extension ItchView {
    /// The day's number of the instrument; 0 in messages about the whole market.
    @inlinable
    public var locate: UInt16 { bytes.integer(at: 1) }
    /// Internal to the exchange.
    @inlinable
    public var tracking: UInt16 { bytes.integer(at: 3) }
    /// Nanoseconds since midnight in New York.
    @inlinable
    public var timestamp: UInt64 {
        let high: UInt16 = bytes.integer(at: 5)
        let low: UInt32 = bytes.integer(at: 7)
        return UInt64(high) << 32 | UInt64(low)
    }
}

/// System Event: a phase of the day.
@frozen
public struct SystemEventView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "S") }
    public static var length: Int { 12 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The event code: `O S Q M E C`.
    @inlinable
    public var code: UInt8 { bytes.integer(at: 11) }
}

/// Stock Directory: an instrument and its locate code.
@frozen
public struct StockDirectoryView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "R") }
    public static var length: Int { 39 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// The listing market: `Q G S N A P M Z V` or space.
    @inlinable
    public var marketCategory: UInt8 { bytes.integer(at: 19) }
    /// The issuer's standing: `D E Q S G H J K C N` or space.
    @inlinable
    public var financialStatus: UInt8 { bytes.integer(at: 20) }
    /// Shares in a round lot.
    @inlinable
    public var roundLotSize: UInt32 { bytes.integer(at: 21) }
    /// Whether orders must be round lots.
    @inlinable
    public var isRoundLotsOnly: Bool { bytes.flag(at: 25) }
    /// The kind of security, one letter.
    @inlinable
    public var issueClassification: UInt8 { bytes.integer(at: 26) }
    /// The finer kind of security: two ASCII characters, the first in the high byte.
    @inlinable
    public var issueSubType: UInt16 { bytes.integer(at: 27) }
    /// `P` production or `T` test.
    @inlinable
    public var authenticity: UInt8 { bytes.integer(at: 29) }
    /// `Y`, `N` or space: on the short sale threshold list.
    @inlinable
    public var shortSaleThreshold: UInt8 { bytes.integer(at: 30) }
    /// `Y`, `N`, `Z` or space: a new offering.
    @inlinable
    public var initialOffering: UInt8 { bytes.integer(at: 31) }
    /// `1`, `2` or space: the tier of the price limits.
    @inlinable
    public var limitTier: UInt8 { bytes.integer(at: 32) }
    /// `Y`, `N` or space: an exchange traded product.
    @inlinable
    public var exchangeTradedProduct: UInt8 { bytes.integer(at: 33) }
    /// Leverage of an exchange traded product, truncated.
    @inlinable
    public var leverageFactor: UInt32 { bytes.integer(at: 34) }
    /// Whether the product moves against its index.
    @inlinable
    public var isInverse: Bool { bytes.flag(at: 38) }
}

/// Stock Trading Action: the trading state of an instrument.
@frozen
public struct TradingActionView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "H") }
    public static var length: Int { 25 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// `H` halted, `P` paused, `Q` quotation only, `T` trading.
    @inlinable
    public var state: UInt8 { bytes.integer(at: 19) }
    /// Reserved.
    @inlinable
    public var reserved: UInt8 { bytes.integer(at: 20) }
    /// Why; blank for no reason.
    @inlinable
    public var reason: Alpha4 { bytes.text(at: 21) }
}

/// Reg SHO Restriction: a short sale price test.
@frozen
public struct ShortSaleRestrictionView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "Y") }
    public static var length: Int { 20 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// `0` none, `1` from an intraday drop, `2` remains.
    @inlinable
    public var action: UInt8 { bytes.integer(at: 19) }
}

/// Market Participant Position: a market maker's standing.
@frozen
public struct ParticipantPositionView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "L") }
    public static var length: Int { 26 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The market maker.
    @inlinable
    public var participant: Alpha4 { bytes.text(at: 11) }
    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 15) }
    /// Whether a primary market maker.
    @inlinable
    public var isPrimary: Bool { bytes.flag(at: 23) }
    /// `N P S R L`.
    @inlinable
    public var mode: UInt8 { bytes.integer(at: 24) }
    /// `A E W S D`.
    @inlinable
    public var state: UInt8 { bytes.integer(at: 25) }
}

/// MWCB Decline Level: levels of the market-wide circuit breaker, in 1e-8.
@frozen
public struct BreakerLevelsView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "V") }
    public static var length: Int { 35 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The first level.
    @inlinable
    public var level1: UInt64 { bytes.integer(at: 11) }
    /// The second level.
    @inlinable
    public var level2: UInt64 { bytes.integer(at: 19) }
    /// The third level.
    @inlinable
    public var level3: UInt64 { bytes.integer(at: 27) }
}

/// MWCB Status: a circuit breaker level was breached.
@frozen
public struct BreakerStatusView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "W") }
    public static var length: Int { 12 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// `1`, `2` or `3`.
    @inlinable
    public var breachedLevel: UInt8 { bytes.integer(at: 11) }
}

/// IPO Quoting Period Update.
@frozen
public struct QuotingPeriodView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "K") }
    public static var length: Int { 28 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// When quoting may start, in seconds since midnight.
    @inlinable
    public var releaseTime: UInt32 { bytes.integer(at: 19) }
    /// `A` anticipated, `C` cancelled or postponed.
    @inlinable
    public var qualifier: UInt8 { bytes.integer(at: 23) }
    /// The offering's price, in 1e-4.
    @inlinable
    public var price: UInt32 { bytes.integer(at: 24) }
}

/// LULD Auction Collar: the price range of the auction that ends a pause.
@frozen
public struct AuctionCollarView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "J") }
    public static var length: Int { 35 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// The reference price, in 1e-4.
    @inlinable
    public var reference: UInt32 { bytes.integer(at: 19) }
    /// The upper bound, in 1e-4.
    @inlinable
    public var upper: UInt32 { bytes.integer(at: 23) }
    /// The lower bound, in 1e-4.
    @inlinable
    public var lower: UInt32 { bytes.integer(at: 27) }
    /// How often the range was widened.
    @inlinable
    public var extensionNumber: UInt32 { bytes.integer(at: 31) }
}

/// Operational Halt: one of the exchange's markets stops an instrument.
@frozen
public struct OperationalHaltView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "h") }
    public static var length: Int { 21 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// `Q`, `B` or `X`.
    @inlinable
    public var market: UInt8 { bytes.integer(at: 19) }
    /// `H` halted, `T` resumed.
    @inlinable
    public var action: UInt8 { bytes.integer(at: 20) }
}

/// Add Order: a new displayed order.
@frozen
public struct AddOrderView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "A") }
    public static var length: Int { 36 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The order's number.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
    /// The side; anything but `S` reads as buy.
    @inlinable
    public var side: Side { bytes.side(at: 19) }
    /// Shares shown.
    @inlinable
    public var shares: UInt32 { bytes.integer(at: 20) }
    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 24) }
    /// The limit, in 1e-4.
    @inlinable
    public var price: UInt32 { bytes.integer(at: 32) }
}

/// Add Order with MPID: a new displayed order that says whose it is.
@frozen
public struct AttributedOrderView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "F") }
    public static var length: Int { 40 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The order's number.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
    /// The side; anything but `S` reads as buy.
    @inlinable
    public var side: Side { bytes.side(at: 19) }
    /// Shares shown.
    @inlinable
    public var shares: UInt32 { bytes.integer(at: 20) }
    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 24) }
    /// The limit, in 1e-4.
    @inlinable
    public var price: UInt32 { bytes.integer(at: 32) }
    /// The participant.
    @inlinable
    public var attribution: Alpha4 { bytes.text(at: 36) }
}

/// Order Executed: shares traded at the order's own price.
@frozen
public struct OrderExecutedView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "E") }
    public static var length: Int { 31 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The order's number.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
    /// Shares executed.
    @inlinable
    public var shares: UInt32 { bytes.integer(at: 19) }
    /// The trade's number.
    @inlinable
    public var match: UInt64 { bytes.integer(at: 23) }
}

/// Order Executed With Price: shares traded at another price.
@frozen
public struct OrderExecutedWithPriceView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "C") }
    public static var length: Int { 36 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The order's number.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
    /// Shares executed.
    @inlinable
    public var shares: UInt32 { bytes.integer(at: 19) }
    /// The trade's number.
    @inlinable
    public var match: UInt64 { bytes.integer(at: 23) }
    /// Whether the trade counts for volume and last sale.
    @inlinable
    public var isPrintable: Bool { bytes.flag(at: 31) }
    /// The price of the execution, in 1e-4.
    @inlinable
    public var price: UInt32 { bytes.integer(at: 32) }
}

/// Order Cancel: an order shrinks and keeps its place.
@frozen
public struct OrderCancelView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "X") }
    public static var length: Int { 23 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The order's number.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
    /// Shares taken away.
    @inlinable
    public var shares: UInt32 { bytes.integer(at: 19) }
}

/// Order Delete: what is left of an order is gone.
@frozen
public struct OrderDeleteView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "D") }
    public static var length: Int { 19 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The order's number.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
}

/// Order Replace: an order gives way to a new one at the tail of its level.
@frozen
public struct OrderReplaceView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "U") }
    public static var length: Int { 35 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The number of the order that goes.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
    /// The number of the order that comes.
    @inlinable
    public var newReference: UInt64 { bytes.integer(at: 19) }
    /// Its shares.
    @inlinable
    public var shares: UInt32 { bytes.integer(at: 27) }
    /// Its limit, in 1e-4.
    @inlinable
    public var price: UInt32 { bytes.integer(at: 31) }
}

/// Trade: an execution against hidden liquidity.
@frozen
public struct TradeView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "P") }
    public static var length: Int { 44 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// 0 on the wire today; never look it up.
    @inlinable
    public var reference: UInt64 { bytes.integer(at: 11) }
    /// `B` on the wire today.
    @inlinable
    public var side: Side { bytes.side(at: 19) }
    /// Shares traded.
    @inlinable
    public var shares: UInt32 { bytes.integer(at: 20) }
    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 24) }
    /// The price, in 1e-4.
    @inlinable
    public var price: UInt32 { bytes.integer(at: 32) }
    /// The trade's number.
    @inlinable
    public var match: UInt64 { bytes.integer(at: 36) }
}

/// Cross Trade: the print of an auction.
@frozen
public struct CrossTradeView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "Q") }
    public static var length: Int { 40 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// Shares matched; 0 when the cross found none.
    @inlinable
    public var shares: UInt64 { bytes.integer(at: 11) }
    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 19) }
    /// The price, in 1e-4.
    @inlinable
    public var price: UInt32 { bytes.integer(at: 27) }
    /// The trade's number.
    @inlinable
    public var match: UInt64 { bytes.integer(at: 31) }
    /// `O` opening, `C` closing, `H` halt or offering, `A` extended close.
    @inlinable
    public var crossType: UInt8 { bytes.integer(at: 39) }
}

/// Broken Trade: a trade is undone.
@frozen
public struct BrokenTradeView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "B") }
    public static var length: Int { 19 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The trade's number.
    @inlinable
    public var match: UInt64 { bytes.integer(at: 11) }
}

/// Net Order Imbalance Indicator: what an auction would do now.
@frozen
public struct ImbalanceView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "I") }
    public static var length: Int { 50 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// Shares that would match.
    @inlinable
    public var pairedShares: UInt64 { bytes.integer(at: 11) }
    /// Shares that would be left.
    @inlinable
    public var imbalanceShares: UInt64 { bytes.integer(at: 19) }
    /// `B S N O P`.
    @inlinable
    public var direction: UInt8 { bytes.integer(at: 27) }
    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 28) }
    /// The clearing price of auction orders alone, in 1e-4.
    @inlinable
    public var farPrice: UInt32 { bytes.integer(at: 36) }
    /// The clearing price of auction and continuous orders, in 1e-4.
    @inlinable
    public var nearPrice: UInt32 { bytes.integer(at: 40) }
    /// The current reference price, in 1e-4.
    @inlinable
    public var referencePrice: UInt32 { bytes.integer(at: 44) }
    /// `O C H A`.
    @inlinable
    public var crossType: UInt8 { bytes.integer(at: 48) }
    /// How far near and reference price are apart: `L`, `1` to `9`, `A B C` or space.
    @inlinable
    public var variation: UInt8 { bytes.integer(at: 49) }
}

/// Retail Price Improvement Indicator.
@frozen
public struct RetailInterestView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "N") }
    public static var length: Int { 20 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// `B`, `S`, `A` both or `N` none.
    @inlinable
    public var interest: UInt8 { bytes.integer(at: 19) }
}

/// Direct Listing With Capital Raise: price discovery.
@frozen
public struct DirectListingView: ItchView {
    public static var type: UInt8 { UInt8(ascii: "O") }
    public static var length: Int { 48 }
    public let bytes: ItchBytes

    @inlinable
    public init?(_ message: UnsafeRawBufferPointer) {
        guard let bytes = unsafe ItchBytes(message, type: Self.type, length: Self.length) else { return nil }
        self.bytes = bytes
    }

    /// The instrument.
    @inlinable
    public var symbol: Symbol { bytes.symbol(at: 11) }
    /// Whether the listing may open.
    @inlinable
    public var isEligible: Bool { bytes.flag(at: 19) }
    /// The lowest price allowed, in 1e-4.
    @inlinable
    public var minimumPrice: UInt32 { bytes.integer(at: 20) }
    /// The highest price allowed, in 1e-4.
    @inlinable
    public var maximumPrice: UInt32 { bytes.integer(at: 24) }
    /// The execution price as of now, in 1e-4.
    @inlinable
    public var nearPrice: UInt32 { bytes.integer(at: 28) }
    /// The execution time as of now, in ns.
    @inlinable
    public var nearTime: UInt64 { bytes.integer(at: 32) }
    /// The lower collar, in 1e-4.
    @inlinable
    public var lowerCollar: UInt32 { bytes.integer(at: 40) }
    /// The upper collar, in 1e-4.
    @inlinable
    public var upperCollar: UInt32 { bytes.integer(at: 44) }
}
