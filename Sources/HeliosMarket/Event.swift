// SPDX-License-Identifier: MIT

/// The one normalised record: 64 bytes, one cache line, no padding, the same in memory, in a ring and in a journal.
///
/// ```
///  0        8         16        24      32     40        48          52     54    55     56      64
///  ├ event ─┼ receive ┼ sequence┼ order ┼ price┼ quantity┼ instrument┼ venue┼kind ┼flags ┼ detail┤
/// ```
/// What `orderID`, `price`, `quantity`, `flags` and `detail` mean for a kind stands at the kind.
@frozen
public struct Event: Sendable, BitwiseCopyable {
    /// When it happened at its source.
    public var eventTime: Timestamp
    /// When it reached us (in a backtest: event time plus the feed's latency).
    public var receiveTime: Timestamp
    /// Number of the record within its source, from 1.
    public var sequence: UInt64
    public var orderID: OrderID
    public var price: Price
    public var quantity: Quantity
    public var instrument: Instrument
    public var venue: Venue
    public var kind: EventKind
    public var flags: EventFlags
    public var detail: UInt64

    @inlinable
    public init(
        eventTime: Timestamp = .zero,
        receiveTime: Timestamp = .zero,
        sequence: UInt64 = 0,
        orderID: OrderID = 0,
        price: Price = .zero,
        quantity: Quantity = .zero,
        instrument: Instrument = .none,
        venue: Venue = Venue(id: 0),
        kind: EventKind,
        flags: EventFlags = [],
        detail: UInt64 = 0
    ) {
        self.eventTime = eventTime
        self.receiveTime = receiveTime
        self.sequence = sequence
        self.orderID = orderID
        self.price = price
        self.quantity = quantity
        self.instrument = instrument
        self.venue = venue
        self.kind = kind
        self.flags = flags
        self.detail = detail
    }

    @inlinable
    public var side: Side { flags.contains(.sell) ? .sell : .buy }
}

/// Bits that qualify an event.
@frozen
public struct EventFlags: OptionSet, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The order or trade is a sell; without it a buy.
    @inlinable
    public static var sell: EventFlags { EventFlags(rawValue: 1) }
    /// The execution counts for volume and last sale.
    @inlinable
    public static var printable: EventFlags { EventFlags(rawValue: 2) }
    /// The execution added liquidity (our order was resting).
    @inlinable
    public static var maker: EventFlags { EventFlags(rawValue: 4) }
    /// Immediate or cancel.
    @inlinable
    public static var immediateOrCancel: EventFlags { EventFlags(rawValue: 8) }
    /// A market order: the price field is the worst price accepted.
    @inlinable
    public static var market: EventFlags { EventFlags(rawValue: 16) }
    /// Made by a reader that knows only levels: it stands for shares whose orders were never announced.
    @inlinable
    public static var synthetic: EventFlags { EventFlags(rawValue: 32) }
    /// On `newOrder`: a short sale.
    @inlinable
    public static var short: EventFlags { EventFlags(rawValue: 32) }
    /// On `newOrder`: a short sale that the price test does not bind.
    @inlinable
    public static var exempt: EventFlags { EventFlags(rawValue: 2) }
    /// On `newOrder` and `replaceRequest`: fill or kill.
    @inlinable
    public static var fillOrKill: EventFlags { EventFlags(rawValue: 8 | 4) }
    /// On `newOrder` and `replaceRequest`: good till cancel.
    @inlinable
    public static var goodTillCancel: EventFlags { EventFlags(rawValue: 64) }
    /// On `newOrder` and `replaceRequest`: good till date; `receiveTime` is then the beginning of the last day (UTC).
    @inlinable
    public static var goodTillDate: EventFlags { EventFlags(rawValue: 128) }
    /// On `newOrder` and `replaceRequest` of an immediate order, which can't be good till cancel: an intermarket sweep.
    @inlinable
    public static var sweep: EventFlags { EventFlags(rawValue: 64) }
    /// The execution met hidden or midpoint liquidity.
    @inlinable
    public static var hidden: EventFlags { EventFlags(rawValue: 64) }
    /// The execution was part of an auction.
    @inlinable
    public static var auction: EventFlags { EventFlags(rawValue: 128) }
}

/// What an event says: first what a market says, then the life of our own orders, then the engine's clock and operator.
///
/// The raw values are consecutive from 0 in the order of declaration, so that the byte in memory is the raw value. New
/// cases go to the end.
@frozen
public enum EventKind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Nothing: what zeroed memory says.
    case none = 0

    // MARK: Book
    /// A new displayed order: `orderID`, side flag, `price`, `quantity`; `detail` = attribution (4 ASCII bytes) or 0.
    case addOrder = 1
    /// `quantity` of `orderID` executed at its own price; `detail` = match number; `printable` set.
    case executeOrder = 2
    /// `quantity` of `orderID` executed at `price`; `detail` = match number; `printable` as the message says.
    case executeOrderAtPrice = 3
    /// `quantity` of `orderID` cancelled; the rest keeps its place.
    case cancelOrder = 4
    /// What is left of `orderID` is gone.
    case deleteOrder = 5
    /// `orderID` is replaced by order `detail` with `price` and `quantity`, at the tail of its level.
    case replaceOrder = 6

    // MARK: Tape
    /// A trade against hidden liquidity: `price`, `quantity`; `detail` = match number.
    case trade = 7
    /// An auction print: `price`, `quantity`; `orderID` = match number; `detail` = cross type (ASCII).
    case crossTrade = 8
    /// The trade with match number `detail` is undone.
    case brokenTrade = 9
    /// Auction imbalance: `quantity` paired, `orderID` imbalance (whole shares), `price` reference price;
    /// `detail` = far price << 32 | near price, in 1e-4; flags = imbalance direction (ASCII, low 7 bits).
    case imbalance = 10

    // MARK: State
    /// `detail` = trading state (`H`, `P`, `Q` or `T`, ASCII) | reason (4 ASCII bytes) << 8.
    case tradingStatus = 11
    /// `detail` = market code (ASCII) | action (`H` or `T`, ASCII) << 8.
    case operationalHalt = 12
    /// `detail` = Reg SHO action (ASCII `0`, `1`, `2`).
    case shortSaleRestriction = 13
    /// `detail` = event code (ASCII `O S Q M E C`).
    case systemEvent = 14
    /// `orderID` = symbol (packed), `quantity` = round lot; `detail` = market category | financial status << 8 |
    /// round lots only << 16 | classification << 24 | authenticity << 32 | LULD tier << 40 | ETP flag << 48 (ASCII).
    case instrumentDefinition = 15
    /// `orderID` = participant (4 ASCII bytes); `detail` = primary | mode << 8 | state << 16 (ASCII).
    case participantPosition = 16
    /// Market-wide circuit breaker levels: `price` level 1, `orderID` level 2, `detail` level 3, all in 1e-8.
    case breakerLevels = 17
    /// `detail` = breached level (ASCII `1`, `2`, `3`).
    case breakerStatus = 18
    /// `price` IPO price, `orderID` = release time (seconds since midnight), `detail` = qualifier (ASCII).
    case quotingPeriod = 19
    /// `price` reference; `detail` = upper << 32 | lower, in 1e-4; `orderID` = extension number.
    case auctionCollar = 20
    /// `detail` = interest (ASCII `B`, `S`, `A`, `N`).
    case retailInterest = 21
    /// `price` near execution price, `orderID` near execution time (ns); `detail` = minimum << 32 | maximum, in 1e-4.
    case directListing = 22
    /// The level at `price` on the flagged side now shows `quantity` (0 = gone): for feeds that know levels only.
    case setLevel = 23
    /// Everything known about the instrument's book is void.
    case clearBook = 24

    // MARK: Our orders, as requests
    /// `orderID` our number, `price` limit, `quantity`, `venue`; `detail` = strategy tag; `short` or `exempt` on a short sale.
    case newOrder = 25
    /// Cancel what is left of `orderID`.
    case cancelRequest = 26

    // MARK: Our orders, as the venue reports them
    /// `orderID` is working; `detail` = the venue's own number.
    case orderAccepted = 27
    /// `quantity` of `orderID` traded at `price`; `detail` = execution id; `maker` when it rested.
    case orderFilled = 28
    /// What was left of `orderID`, `quantity`, is cancelled; `detail` = reason (`CancelReason`).
    case orderCancelled = 29
    /// `orderID` was refused; `detail` = reason.
    case orderRejected = 30
    /// The cancel of `orderID` was refused (it was no longer working).
    case cancelRejected = 31

    // MARK: Engine
    /// Time has reached `receiveTime`. `detail` = timer number.
    case timer = 32
    /// An operator's command, a `RiskCommand`; with nothing but a `RiskState` in `detail` it lowers the whole firm.
    case command = 33
    /// A trading day begins; `eventTime` is its midnight.
    case newDay = 34

    // MARK: Journal
    /// Everything before has been acted on: `detail` = the output hash after it.
    case checkpoint = 35
    /// A text beside the records: `detail` = its length in bytes, `orderID` = what it is.
    case side = 36
    /// What the market data feed is worth: `detail` = 0 whole, 1 a gap is open, 2 its lines have contradicted each other.
    case feedGap = 37
    /// New orders are held back while `detail`, a set of `OrderHold`s, is not empty.
    case orderHold = 38
    /// A writer begins: `detail` = its epoch. Between us and a venue: a login, and its answer with the epoch that is in force.
    case epoch = 39
    /// Between us and a venue, never in a journal: a request for the state of all our orders (`orderID` 0), its answers
    /// (`quantity` filled, `price` raw = quantity left, `detail` = 1 while it works), and their end (`orderID` 0).
    case orderStatus = 40

    // MARK: Risk
    /// A limit takes another value, as two people said: `RiskLimitChange`.
    case limitChange = 41

    // MARK: Our executions, as the venue takes them back
    /// Execution `detail` of our `orderID` is undone; price and quantity are those of the execution, or 0 where the venue does
    /// not repeat them.
    case executionBroken = 42
    /// Execution `detail` of our `orderID` takes other terms: `quantity` at `price`.
    case executionCorrected = 43

    // MARK: Our orders, replaced and set aside
    /// `orderID` is to go by number `detail` from then on, with limit `price` and `quantity` over its whole life, executed shares
    /// included.
    case replaceRequest = 44
    /// `orderID` has become `detail`, with `price` and `quantity` as in the request.
    case orderReplaced = 45
    /// The replacement of `orderID` by `detail` was refused: it works as before, or had ended.
    case replaceRejected = 46
    /// The venue has set `orderID` aside: it can't trade until it is resumed.
    case orderSuspended = 47
    case orderResumed = 48
    /// `orderID` will not trade any more today, but works again tomorrow.
    case orderDoneForDay = 49

    // MARK: Parent orders
    /// Work `quantity` of an instrument for strategy `venue.id`, by an algorithm: `ParentRequest`.
    case parentOrder = 50
    /// Stop working parent order `orderID`; what its children have traded stays.
    case parentCancel = 51

    // MARK: Quotes on request
    /// Ask the dealers for a price: `orderID` = the request's number, side flag, `quantity`.
    case quoteRequest = 52
    /// Dealer `venue` answers request `orderID`: `price`, `quantity`, good until `eventTime`; `detail` = the quote's number.
    case dealerQuote = 53
    /// Dealer `venue` does not answer request `orderID`, or takes back quote `detail`.
    case quoteDeclined = 54
    /// Quote `detail` of dealer `venue` on request `orderID` is taken: `price`, `quantity`.
    case quoteAccepted = 55
}

/// Why new orders are held back.
@frozen
public struct OrderHold: OptionSet, Sendable, BitwiseCopyable {
    public var rawValue: UInt64

    @inlinable
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The venue can't be reached, or its orders and ours have not been compared since.
    @inlinable
    public static var venue: OrderHold { OrderHold(rawValue: 1) }
    /// The journal is running out of room.
    @inlinable
    public static var journal: OrderHold { OrderHold(rawValue: 2) }
    /// An operator said so: what works is cancelled, once, when this begins.
    @inlinable
    public static var command: OrderHold { OrderHold(rawValue: 4) }
    /// The durability asked for needs a standby, and there is none.
    @inlinable
    public static var standby: OrderHold { OrderHold(rawValue: 8) }
}
