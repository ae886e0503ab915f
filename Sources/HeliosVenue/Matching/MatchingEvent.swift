// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the engine says: first what an order's owner learns, then what the market learns.
///
/// Both an order entry protocol and a feed are written from this one stream: from the first group come the answers of OUCH,
/// from the second ITCH messages (the letter stands in brackets), from `executed` both.
@frozen
public enum MatchingEventKind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    // MARK: To the owner
    /// An order was taken: `side`, `price` (0 for none), `quantity`, `displayed` (what a reserve order shows).
    ///
    /// With the flag `dead` it ended at once without a trade, `cancelReason` says why, and nothing follows.
    case accepted = 0
    /// `contraReference`, `contraID` became `reference`, `id`: `price`, `quantity` (the new total), `open`.
    ///
    /// `dead` as in `accepted`; `priorityKept` when it stands where it stood, under its old reference.
    case replaced = 1
    /// `quantity` traded at `price` as `match`; `reference`, `id`, `owner`, `open` are the resting order's, `contra…` the
    /// incoming one's; `side` is the resting order's [E, or P when it was not `displayed`].
    case executed = 2
    /// `quantity` traded in the auction at `price` as `match`: the buyer's `reference`, `id`, …, and the seller's as `contra…`.
    case crossExecuted = 3
    /// `quantity` of the order is gone, `open` is left; `cancelReason`; for self-trade prevention at `price`.
    case cancelled = 4
    /// The command was refused: `rejectReason`.
    case rejected = 5
    /// A cancel was refused: `rejectReason`.
    case cancelRejected = 6
    /// A reserve order shows a new slice, `displayed`, under a new `reference` (before: `contraReference`).
    case restated = 7
    /// A pegged order moved to `price` under a new `reference`; `price` 0 with the flag `parked`: it waits for a reference.
    case priorityUpdated = 8
    /// A mass cancel or a disconnect of `owner` was taken; one `cancelled` an order follows.
    case massCancelled = 9

    // MARK: To the market
    /// A displayed order: `reference`, `side`, `price`, `quantity` [A].
    case shown = 10
    /// `quantity` of the displayed order went; the rest keeps its place [X].
    case reduced = 11
    /// The displayed order is gone [D].
    case unshown = 12
    /// `contraReference` became `reference` at the tail of its price [U].
    case reshown = 13
    /// `quantity` of the displayed order traded in the auction at `price` as `match`; not printed, see `crossed` [C].
    case shownCrossed = 14
    /// The auction traded `quantity` at `price` as `match`; both 0 when nothing met [Q].
    case crossed = 15
    /// `quantity` at `price` of the execution `match` is undone; sides as in `executed` or `crossExecuted` [B].
    case broken = 16
    /// `quantity` paired and `imbalance` at `price`; `nearPrice`, `farPrice`, `variation` [I].
    case imbalance = 17
    /// The instrument's `phase` [H].
    case phaseChanged = 18
    /// `lowerBand`, `upperBand`, and the reference between them in `price` [J].
    case bandsChanged = 19
}

/// Bits that qualify a matching event.
@frozen
public struct MatchingFlags: OptionSet, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The order ended at once.
    @inlinable
    public static var dead: MatchingFlags { MatchingFlags(rawValue: 1) }
    /// The resting order was displayed.
    @inlinable
    public static var displayed: MatchingFlags { MatchingFlags(rawValue: 2) }
    /// At the middle of the best bid and offer.
    @inlinable
    public static var midpoint: MatchingFlags { MatchingFlags(rawValue: 4) }
    @inlinable
    public static var priorityKept: MatchingFlags { MatchingFlags(rawValue: 8) }
    @inlinable
    public static var parked: MatchingFlags { MatchingFlags(rawValue: 16) }
    /// The resting order was post-only.
    @inlinable
    public static var postOnly: MatchingFlags { MatchingFlags(rawValue: 32) }
}

/// One fact from the engine: plain data of 128 bytes without padding; what the fields mean for a kind stands at the kind.
@frozen
public struct MatchingEvent: Sendable, BitwiseCopyable {
    /// The command's time.
    public var time: Timestamp
    /// The engine's number of the order, as a feed names it; rises with priority.
    public var reference: UInt64
    public var contraReference: UInt64
    public var id: UInt64
    public var contraID: UInt64
    public var price: Price
    public var secondPrice: Price
    public var thirdPrice: Price
    public var quantity: Quantity
    /// What is left of the order.
    public var open: Quantity
    public var contraOpen: Quantity
    /// What the order displays.
    public var displayed: Quantity
    /// Execution number, from 1 upward.
    public var match: UInt64
    public var instrument: Instrument
    public var owner: UInt32
    public var contraOwner: UInt32
    public var kind: MatchingEventKind
    public var side: Side
    /// A reason, a phase or a direction, as the kind says; see the accessors.
    public var detail: UInt8
    public var flags: MatchingFlags
    public var cross: CrossKind
    /// A second letter: the variation of an imbalance.
    public var extra: UInt8
    // Fill the record, so that every byte of it is defined.
    @usableFromInline var reservedShort: UInt16
    @usableFromInline var reservedWord: UInt32

    @inlinable
    @inline(__always)
    public init(
        _ kind: MatchingEventKind,
        instrument: Instrument,
        time: Timestamp,
        owner: UInt32 = 0,
        id: UInt64 = 0,
        reference: UInt64 = 0,
        side: Side = .buy,
        price: Int64 = 0,
        quantity: Int64 = 0,
        open: Int64 = 0,
        displayed: Int64 = 0,
        contraOwner: UInt32 = 0,
        contraID: UInt64 = 0,
        contraReference: UInt64 = 0,
        contraOpen: Int64 = 0,
        match: UInt64 = 0,
        detail: UInt8 = 0,
        flags: MatchingFlags = [],
        cross: CrossKind = .none
    ) {
        self.time = time
        self.reference = reference
        self.contraReference = contraReference
        self.id = id
        self.contraID = contraID
        self.price = Price(raw: price)
        secondPrice = .zero
        thirdPrice = .zero
        self.quantity = Quantity(raw: quantity)
        self.open = Quantity(raw: open)
        self.contraOpen = Quantity(raw: contraOpen)
        self.displayed = Quantity(raw: displayed)
        self.match = match
        self.instrument = instrument
        self.owner = owner
        self.contraOwner = contraOwner
        self.kind = kind
        self.side = side
        self.detail = detail
        self.flags = flags
        self.cross = cross
        extra = 0
        reservedShort = 0
        reservedWord = 0
    }
}

extension MatchingEvent {
    /// Why, for `cancelled` and for dead orders.
    @inlinable
    public var cancelReason: MatchingCancelReason { MatchingCancelReason(rawValue: detail) ?? .supervisory }
    /// Why, for `rejected` and `cancelRejected`.
    @inlinable
    public var rejectReason: MatchingRejectReason { MatchingRejectReason(rawValue: detail) ?? .invalidCombination }
    /// The phase of a `phaseChanged`.
    @inlinable
    public var phase: MatchingPhase { MatchingPhase(rawValue: detail) ?? .closed }
    /// What an auction of all orders would print; 0 for nothing.
    @inlinable
    public var nearPrice: Price { secondPrice }
    /// What an auction of the auction's own orders alone would print; 0 for nothing.
    @inlinable
    public var farPrice: Price { thirdPrice }
    /// Shares without a counterpart at the reference price.
    @inlinable
    public var imbalance: Quantity { open }
    /// `B`, `S`, `N` (none) or `O` (not enough orders), ASCII, of an `imbalance`.
    @inlinable
    public var direction: UInt8 { detail }
    /// How far the near price is from the reference: ITCH's letter, ASCII.
    @inlinable
    public var variation: UInt8 { extra }
    @inlinable
    public var lowerBand: Price { secondPrice }
    @inlinable
    public var upperBand: Price { thirdPrice }

    /// OUCH's liquidity letter for one side of an execution.
    ///
    /// - Parameter incoming: of the incoming order, else of the resting one.
    /// - Returns: the letter in ASCII.
    @inlinable
    public func liquidity(incoming: Bool) -> UInt8 {
        switch cross {
        case .opening: return UInt8(ascii: "O")
        case .closing: return UInt8(ascii: "C")
        case .halt: return UInt8(ascii: "H")
        case .none: break
        }
        if flags.contains(.midpoint) { return incoming ? UInt8(ascii: "m") : UInt8(ascii: "k") }
        if incoming { return UInt8(ascii: "R") }
        return flags.contains(.displayed) ? UInt8(ascii: "A") : UInt8(ascii: "J")
    }
}

/// Takes what the engine says.
///
/// The engine is specialised for each type that does, so that a small `receive` costs what it does and nothing more. It
/// must not call the engine.
public protocol MatchingOutput: ~Copyable {
    /// One event, in the order in which they happen; those of a command come before `apply` returns.
    mutating func receive(_ event: MatchingEvent)
}

/// Hears nothing: for commands whose consequences are of no interest.
@frozen
public struct SilentOutput: MatchingOutput {
    @inlinable
    public init() {}
    @inlinable
    public mutating func receive(_ event: MatchingEvent) {}
}
