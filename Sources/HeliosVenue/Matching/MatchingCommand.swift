// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a caller asks of the matching engine.
@frozen
public enum MatchingCommandKind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case enter = 0
    case replace = 1
    case cancel = 2
    /// All orders of an owner, in one instrument or in all.
    case massCancel = 3
    /// All orders of an owner that were entered with `cancelOnDisconnect`.
    case disconnect = 4
    /// The best bid and offer of the outside market: the reference of a dark book and of pegs that follow it.
    case quote = 5
    case phase = 6
    /// Run an auction now.
    case uncross = 7
    /// Say what an auction would do now.
    case imbalance = 8
    /// Limit-up/limit-down bands.
    case bands = 9
    /// Undo an execution.
    case bust = 10
}

/// How an order's price is found.
@frozen
public enum PriceType: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case limit = 0
    /// Whatever the other side asks; never rests in the continuous book.
    case market = 1
    /// Follows the best price of its own side, by `offset` behind it.
    case primaryPeg = 2
    /// Follows the middle of the best bid and offer, never displayed.
    case midpointPeg = 3
}

/// How long an order works.
@frozen
public enum OrderDuration: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Until the instrument's phase becomes `closed`.
    case day = 0
    case goodTillCancel = 1
    /// Takes what is there, the rest is cancelled.
    case immediateOrCancel = 2
    /// All at once or nothing.
    case fillOrKill = 3
}

/// Which auction an order or a command is for.
@frozen
public enum CrossKind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// None: the continuous book, whose orders take part in every auction.
    case none = 0
    case opening = 1
    case closing = 2
    /// After a halt or a pause.
    case halt = 3

    /// The letter of ITCH and OUCH: `N`, `O`, `C` or `H`.
    @inlinable
    public var code: UInt8 {
        switch self {
        case .none: UInt8(ascii: "N")
        case .opening: UInt8(ascii: "O")
        case .closing: UInt8(ascii: "C")
        case .halt: UInt8(ascii: "H")
        }
    }
}

/// What happens when an order meets one of the same owner; the incoming order's choice holds.
@frozen
public enum SelfTradePrevention: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// They trade.
    case none = 0
    /// The resting order is cancelled.
    case cancelOldest = 1
    /// What is left of the incoming order is cancelled.
    case cancelNewest = 2
    /// Both shrink by the quantity that would have traded.
    case decrement = 3
}

/// An instrument's trading phase.
@frozen
public enum MatchingPhase: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// No orders are taken; entering this phase cancels all but good-till-cancel orders.
    case closed = 0
    /// Orders rest, nothing matches; they wait for the opening auction.
    case preOpen = 1
    /// Continuous matching.
    case open = 2
    /// Only cancels, and orders for the halt auction.
    case halted = 3
    /// Orders rest, nothing matches: a volatility pause, quotation only.
    case paused = 4
    /// Orders rest, nothing matches: the call of an auction within the day.
    case auctionCall = 5
}

/// Properties that an order has or has not.
@frozen
public struct OrderInstructions: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Not displayed: behind all displayed orders of its price.
    @inlinable
    public static var hidden: OrderInstructions { OrderInstructions(rawValue: 1) }
    /// Dies rather than take liquidity when it arrives.
    @inlinable
    public static var postOnly: OrderInstructions { OrderInstructions(rawValue: 2) }
    @inlinable
    public static var cancelOnDisconnect: OrderInstructions { OrderInstructions(rawValue: 4) }
    /// Trades only against the imbalance of its auction, and has no say in its price.
    @inlinable
    public static var imbalanceOnly: OrderInstructions { OrderInstructions(rawValue: 8) }
}

/// One request to the engine: plain data of 96 bytes, so that a stream of commands can be stored and played again.
///
/// Made by the static functions below; a field that a kind does not name is ignored.
@frozen
public struct MatchingCommand: Sendable, BitwiseCopyable {
    /// Stamped on every event that follows; the engine has no other clock.
    public var time: Timestamp
    /// The owner's number of the order (for `bust` the match number).
    public var id: UInt64
    /// The number that a replacement goes by; may be the old one.
    public var newID: UInt64
    /// The limit; 0 for a peg without one.
    ///
    /// `quote`: the bid. `bands`: the lower. Auctions: the reference, 0 = last trade.
    public var price: Price
    /// A primary peg's distance behind its reference.
    ///
    /// `quote`: the offer. `bands`: the upper.
    public var secondPrice: Price
    /// The size; of a replacement, over the whole life of the order, executed shares included.
    ///
    /// `cancel`: what shall stay open.
    public var quantity: Quantity
    /// The displayed part of a reserve order; 0 displays all.
    public var display: Quantity
    /// The least that may execute; 0 for none.
    public var minimum: Quantity
    /// A reserve order's later slices are drawn from `display` ± this.
    public var displayRange: Quantity
    public var instrument: Instrument
    public var owner: UInt32
    public var instructions: OrderInstructions
    public var kind: MatchingCommandKind
    public var side: Side
    public var type: PriceType
    public var duration: OrderDuration
    public var cross: CrossKind
    public var selfTrade: SelfTradePrevention
    /// What a cancel is reported as.
    public var reason: MatchingCancelReason
    public var phase: MatchingPhase
    // Fill the record, so that every byte of it is defined.
    @usableFromInline var reservedShort: UInt16
    @usableFromInline var reservedWord: UInt32

    @inlinable
    public init(kind: MatchingCommandKind, instrument: Instrument, time: Timestamp = .zero) {
        self.time = time
        id = 0
        newID = 0
        price = .zero
        secondPrice = .zero
        quantity = .zero
        display = .zero
        minimum = .zero
        displayRange = .zero
        self.instrument = instrument
        owner = 0
        instructions = []
        self.kind = kind
        side = .buy
        type = .limit
        duration = .day
        cross = .none
        selfTrade = .none
        reason = .user
        phase = .closed
        reservedShort = 0
        reservedWord = 0
    }
}

extension MatchingCommand {
    /// A new order; set further fields (`display`, `minimum`, `type`, `cross`, …) on the result.
    @inlinable
    public static func enter(
        _ instrument: Instrument,
        owner: UInt32,
        id: UInt64,
        _ side: Side,
        _ quantity: Quantity,
        at price: Price,
        duration: OrderDuration = .day,
        instructions: OrderInstructions = [],
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .enter, instrument: instrument, time: time)
        command.owner = owner
        command.id = id
        command.side = side
        command.quantity = quantity
        command.price = price
        command.duration = duration
        command.instructions = instructions
        return command
    }

    /// A new price and a new total size for a live order.
    ///
    /// Side, price type, display mode, cross and self-trade rule stay as they were; `display`, `minimum` and `postOnly`
    /// are those of the command.
    @inlinable
    public static func replace(
        _ instrument: Instrument,
        owner: UInt32,
        id: UInt64,
        newID: UInt64,
        _ quantity: Quantity,
        at price: Price,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .replace, instrument: instrument, time: time)
        command.owner = owner
        command.id = id
        command.newID = newID
        command.quantity = quantity
        command.price = price
        return command
    }

    /// Cancels an order, or all of it but `keeping`.
    @inlinable
    public static func cancel(
        _ instrument: Instrument,
        owner: UInt32,
        id: UInt64,
        keeping: Quantity = .zero,
        reason: MatchingCancelReason = .user,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .cancel, instrument: instrument, time: time)
        command.owner = owner
        command.id = id
        command.quantity = keeping
        command.reason = reason
        return command
    }

    /// Cancels all orders of `owner` in `instrument`, or in all instruments for `Instrument.none`.
    @inlinable
    public static func massCancel(
        _ instrument: Instrument,
        owner: UInt32,
        reason: MatchingCancelReason = .user,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .massCancel, instrument: instrument, time: time)
        command.owner = owner
        command.reason = reason
        return command
    }

    /// The owner's line is gone.
    @inlinable
    public static func disconnect(owner: UInt32, time: Timestamp = .zero) -> MatchingCommand {
        var command = MatchingCommand(kind: .disconnect, instrument: .none, time: time)
        command.owner = owner
        return command
    }

    /// The outside market's best prices; 0 for none.
    @inlinable
    public static func quote(
        _ instrument: Instrument,
        bid: Price,
        ask: Price,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .quote, instrument: instrument, time: time)
        command.price = bid
        command.secondPrice = ask
        return command
    }

    /// A new trading phase.
    @inlinable
    public static func phase(
        _ instrument: Instrument,
        _ phase: MatchingPhase,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .phase, instrument: instrument, time: time)
        command.phase = phase
        return command
    }

    /// Runs the auction `cross`; `reference` 0 stands for the last trade.
    @inlinable
    public static func uncross(
        _ instrument: Instrument,
        _ cross: CrossKind,
        reference: Price = .zero,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .uncross, instrument: instrument, time: time)
        command.cross = cross
        command.price = reference
        return command
    }

    /// Asks for an imbalance message of the auction `cross`.
    @inlinable
    public static func imbalance(
        _ instrument: Instrument,
        _ cross: CrossKind,
        reference: Price = .zero,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand.uncross(instrument, cross, reference: reference, time: time)
        command.kind = .imbalance
        return command
    }

    /// Price bands; 0 for none.
    @inlinable
    public static func bands(
        _ instrument: Instrument,
        lower: Price,
        upper: Price,
        time: Timestamp = .zero
    ) -> MatchingCommand {
        var command = MatchingCommand(kind: .bands, instrument: instrument, time: time)
        command.price = lower
        command.secondPrice = upper
        return command
    }

    /// Undoes the execution `match`.
    @inlinable
    public static func bust(match: UInt64, time: Timestamp = .zero) -> MatchingCommand {
        var command = MatchingCommand(kind: .bust, instrument: .none, time: time)
        command.id = match
        return command
    }
}
