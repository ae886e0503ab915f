// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the engine must know of an order at a glance.
@frozen
@usableFromInline
struct OrderTraits: OptionSet, BitwiseCopyable {
    @usableFromInline var rawValue: UInt16

    @inlinable
    init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable
    static var sell: OrderTraits { OrderTraits(rawValue: 1) }
    /// Stands in the second queue of its level.
    @inlinable
    static var hidden: OrderTraits { OrderTraits(rawValue: 2) }
    @inlinable
    static var pegged: OrderTraits { OrderTraits(rawValue: 4) }
    @inlinable
    static var midpoint: OrderTraits { OrderTraits(rawValue: 8) }
    @inlinable
    static var reserve: OrderTraits { OrderTraits(rawValue: 16) }
    /// Takes no part in finding an auction's price: pegged, with a minimum, or imbalance-only.
    @inlinable
    static var apart: OrderTraits { OrderTraits(rawValue: 32) }
    @inlinable
    static var postOnly: OrderTraits { OrderTraits(rawValue: 64) }
    @inlinable
    static var cancelOnDisconnect: OrderTraits { OrderTraits(rawValue: 128) }
    @inlinable
    static var goodTillCancel: OrderTraits { OrderTraits(rawValue: 256) }
    @inlinable
    static var minimum: OrderTraits { OrderTraits(rawValue: 512) }
    @inlinable
    static var imbalanceOnly: OrderTraits { OrderTraits(rawValue: 1_024) }
    /// Never rests.
    @inlinable
    static var immediate: OrderTraits { OrderTraits(rawValue: 2_048) }
    @inlinable
    static var market: OrderTraits { OrderTraits(rawValue: 4_096) }

    /// Has terms beside its record; without, it is a plain order at its level's price that nothing has happened to.
    @inlinable
    static var detailed: OrderTraits { OrderTraits(rawValue: 8_192) }

    @inlinable
    var side: Side { contains(.sell) ? .sell : .buy }
}

/// One live order: 64 bytes, a cache line.
@frozen
@usableFromInline
struct RestingOrder: BitwiseCopyable {
    @usableFromInline var id: UInt64
    /// Rises with priority: whoever is later in a queue has the greater one.
    @usableFromInline var reference: UInt64
    /// What is left, displayed or not.
    @usableFromInline var open: Int64
    /// What is displayed of it.
    @usableFromInline var shown: Int64
    @usableFromInline var owner: UInt32
    /// The next order of the same slot of the table.
    @usableFromInline var chain: UInt32
    /// 0: a peg without a place.
    @usableFromInline var level: UInt32
    @usableFromInline var previous: UInt32
    @usableFromInline var next: UInt32
    @usableFromInline var book: UInt32
    @usableFromInline var traits: OrderTraits
    @usableFromInline var cross: CrossKind
    @usableFromInline var selfTrade: SelfTradePrevention
    @usableFromInline var reserved: UInt32

    @inlinable
    init(_ order: Incoming, shown: Int64) {
        id = order.id
        reference = order.reference
        open = order.open
        self.shown = shown
        owner = order.owner
        chain = 0
        level = 0
        previous = 0
        next = 0
        book = order.book
        traits = order.traits
        cross = order.cross
        selfTrade = order.selfTrade
        reserved = 0
    }
}

/// What is seldom asked of an order: 64 bytes beside it.
@frozen
@usableFromInline
struct OrderTerms: BitwiseCopyable {
    /// The limit as a key; `noLimit` for a peg without one.
    @usableFromInline var key: Int64
    /// Accepted minus cancelled: executed is this minus `open`.
    @usableFromInline var total: Int64
    @usableFromInline var display: Int64
    @usableFromInline var displayRange: Int64
    @usableFromInline var minimum: Int64
    @usableFromInline var offset: Int64
    @usableFromInline var pegPrevious: UInt32
    @usableFromInline var pegNext: UInt32
    @usableFromInline var reserved: UInt64

    /// Of a plain order.
    @inlinable
    init(key: Int64, total: Int64) {
        self.key = key
        self.total = total
        display = 0
        displayRange = 0
        minimum = 0
        offset = 0
        pegPrevious = 0
        pegNext = 0
        reserved = 0
    }

    @inlinable
    init(_ order: Incoming) {
        key = order.key
        total = order.total
        display = order.display
        displayRange = order.displayRange
        minimum = order.minimum
        offset = order.offset
        pegPrevious = 0
        pegNext = 0
        reserved = 0
    }
}

/// An order on its way into a book.
@frozen
@usableFromInline
struct Incoming: BitwiseCopyable {
    @usableFromInline var id: UInt64
    @usableFromInline var reference: UInt64
    @usableFromInline var open: Int64
    @usableFromInline var total: Int64
    @usableFromInline var key: Int64
    @usableFromInline var display: Int64
    @usableFromInline var displayRange: Int64
    @usableFromInline var minimum: Int64
    @usableFromInline var offset: Int64
    /// Of the order that it replaces: what the feed still shows of it, and under which name.
    @usableFromInline var previousShown: Int64
    @usableFromInline var previousReference: UInt64
    @usableFromInline var previousID: UInt64
    @usableFromInline var owner: UInt32
    @usableFromInline var book: UInt32
    @usableFromInline var traits: OrderTraits
    @usableFromInline var cross: CrossKind
    @usableFromInline var selfTrade: SelfTradePrevention
    @usableFromInline var isReplacement: Bool
    /// It met an order of its owner and gives up.
    @usableFromInline var isStopped: Bool

    @inlinable
    init(_ command: MatchingCommand, key: Int64, traits: OrderTraits, reference: UInt64) {
        id = command.id
        self.reference = reference
        open = command.quantity.raw
        total = command.quantity.raw
        self.key = key
        display = command.display.raw
        displayRange = command.displayRange.raw
        minimum = command.duration == .fillOrKill ? command.quantity.raw : command.minimum.raw
        offset = command.secondPrice.raw
        previousShown = 0
        previousReference = 0
        previousID = 0
        owner = command.owner
        book = command.instrument.id
        self.traits = traits
        cross = command.cross
        selfTrade = command.selfTrade
        isReplacement = false
        isStopped = false
    }

    /// A peg taken out of its place to look for a new one.
    @inlinable
    init(_ order: RestingOrder, _ terms: OrderTerms) {
        id = order.id
        reference = order.reference
        open = order.open
        total = terms.total
        key = terms.key
        display = terms.display
        displayRange = terms.displayRange
        minimum = terms.minimum
        offset = terms.offset
        previousShown = 0
        previousReference = 0
        previousID = 0
        owner = order.owner
        book = order.book
        traits = order.traits
        cross = order.cross
        selfTrade = order.selfTrade
        isReplacement = false
        isStopped = false
    }

    @inlinable
    var side: Side { traits.side }
}

/// One price of one side: 64 bytes.
@frozen
@usableFromInline
struct RestingLevel: BitwiseCopyable {
    /// The price of a buy, the negative price of a sell: the better, the greater.
    @usableFromInline var key: Int64
    /// Open quantity of the orders that are not apart.
    @usableFromInline var total: Int64
    @usableFromInline var shown: Int64
    /// The queue of displayed orders, oldest first; in a free level, the next free one.
    @usableFromInline var head: UInt32
    @usableFromInline var tail: UInt32
    /// The queue of hidden orders.
    @usableFromInline var hiddenHead: UInt32
    @usableFromInline var hiddenTail: UInt32
    @usableFromInline var count: UInt32
    /// Displayed orders that are not apart: what a peg follows.
    @usableFromInline var anchors: UInt32
    @usableFromInline var ladder: UInt32
    @usableFromInline var reserved: (UInt32, UInt32, UInt32)

    @inlinable
    init(key: Int64, ladder: UInt32) {
        self.key = key
        total = 0
        shown = 0
        head = 0
        tail = 0
        hiddenHead = 0
        hiddenTail = 0
        count = 0
        anchors = 0
        self.ladder = ladder
        reserved = (0, 0, 0)
    }
}

/// The levels of one side, sorted, the best last; the eight ladders of an instrument fill two cache lines.
@frozen
@usableFromInline
struct RestingLadder: BitwiseCopyable {
    /// The smallest number when there is none.
    @usableFromInline var bestKey: Int64
    @usableFromInline var count: UInt32
    @usableFromInline var bestLevel: UInt32

    @inlinable
    init() {
        bestKey = .min
        count = 0
        bestLevel = 0
    }
}

/// What is known of an instrument beside its orders.
@frozen
@usableFromInline
struct MatchingBook: BitwiseCopyable {
    @usableFromInline var prices: MultipleRule
    @usableFromInline var quantities: MultipleRule
    @usableFromInline var lastPrice: Int64
    @usableFromInline var pegCount: UInt32
    @usableFromInline var phase: MatchingPhase
    @usableFromInline var plain: PlainOrders
    @usableFromInline var isDefined: Bool
    @usableFromInline var isDark: Bool
    /// The most aggressive key that may trade, of buys and of sells.
    @usableFromInline var buyCap: Int64
    @usableFromInline var sellCap: Int64
    @usableFromInline var openBuy: Int64
    @usableFromInline var openSell: Int64
    @usableFromInline var tick: Int64
    @usableFromInline var lot: Int64
    @usableFromInline var largestQuantity: Int64
    @usableFromInline var largestPrice: Int64
    /// The outside quote.
    @usableFromInline var quoteBid: Int64
    @usableFromInline var quoteAsk: Int64
    /// The prices that the pegs were last put by; −1 to have them looked at again.
    @usableFromInline var pegBid: Int64
    @usableFromInline var pegAsk: Int64
    /// The pegs, oldest first.
    @usableFromInline var pegHead: UInt32
    @usableFromInline var pegTail: UInt32
    /// The next peg to look at.
    @usableFromInline var pegCursor: UInt32
    @usableFromInline var followsOutsideQuote: Bool
    // 192 bytes, three lines; what most commands touch stands in the first and a half.
    @usableFromInline var reserved: (UInt8, UInt16, UInt64)

    @usableFromInline
    init() {
        tick = 2
        lot = 1
        largestQuantity = 0
        largestPrice = 0
        buyCap = MatchingCore.noLimit
        sellCap = MatchingCore.noLimit
        openBuy = 0
        openSell = 0
        lastPrice = 0
        quoteBid = 0
        quoteAsk = 0
        pegBid = -1
        pegAsk = -1
        pegHead = 0
        pegTail = 0
        pegCursor = 0
        pegCount = 0
        prices = MultipleRule(of: 2, upTo: 0)
        quantities = MultipleRule(of: 1, upTo: 0)
        plain = .refused
        phase = .closed
        isDefined = false
        isDark = false
        followsOutsideQuote = false
        reserved = (0, 0, 0)
    }
}

/// An execution that can still be undone: 64 bytes.
@frozen
@usableFromInline
struct TradeRecord: BitwiseCopyable {
    /// 0: nothing, or undone.
    @usableFromInline var match: UInt64
    @usableFromInline var price: Int64
    @usableFromInline var quantity: Int64
    @usableFromInline var reference: UInt64
    @usableFromInline var id: UInt64
    @usableFromInline var contraID: UInt64
    @usableFromInline var owner: UInt32
    @usableFromInline var contraOwner: UInt32
    @usableFromInline var instrument: UInt32
    @usableFromInline var side: Side
    @usableFromInline var cross: CrossKind
    @usableFromInline var flags: MatchingFlags
    @usableFromInline var reserved: UInt8

    @inlinable
    @inline(__always)
    init(_ event: MatchingEvent) {
        match = event.match
        price = event.price.raw
        quantity = event.quantity.raw
        reference = event.reference
        id = event.id
        contraID = event.contraID
        owner = event.owner
        contraOwner = event.contraOwner
        instrument = event.instrument.id
        side = event.side
        cross = event.cross
        flags = event.flags
        reserved = 0
    }
}
