// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// Where a recorded day's commands go: a matching engine with whatever stands around it.
public protocol RecordedFlowTarget: ~Copyable {
    mutating func apply(_ command: MatchingCommand)
    /// What is left here of a recorded order; nil when it is not live.
    func open(_ id: OrderID) -> Quantity?
    func phase(of instrument: Instrument) -> MatchingPhase
}

/// A recorded day as commands for a matching engine: its orders rest there too, and what executed them comes as an order
/// that takes.
///
/// While nobody else trades the engine's books are the record's. When somebody has traded with, or in the place of, a
/// recorded order, less of that order is left here than in the record, never more; what the record says of it later that
/// can't be done is counted in `unmatched`.
public struct RecordedFlow: ~Copyable {
    /// Who owns the recorded day's resting orders, and those that come to take them; others are numbered from `firstOwner`.
    public static var recorded: UInt32 { 0 }
    public static var taker: UInt32 { 1 }
    public static var firstOwner: UInt32 { 2 }

    /// The record's own books.
    @usableFromInline var history: BookSet
    private let instruments: Int
    /// Recorded orders that traded in an auction whose print has not come, by instrument.
    private var crossing: [[OrderID]]
    /// The trading state that the record told last, by instrument.
    private var states: [UInt8]
    private var takerID: UInt64 = 0

    /// What the record told that could not be done, because somebody else had traded with its orders.
    public private(set) var unmatched = 0

    /// - Parameter capacity: room for the record's books.
    /// - Throws: when the memory for them can't be reserved.
    public init(capacity: BookCapacity) throws(BookCapacityError) {
        history = try BookSet(capacity: capacity)
        instruments = capacity.instruments
        crossing = Array(repeating: [], count: instruments)
        states = Array(repeating: 0, count: instruments)
    }

    /// Where the record's day is.
    public var phase: MarketPhase { history.phase }
    /// What is wrong with the record, if anything.
    public var faults: BookFaults { history.faults }

    /// The instrument's trading state in the record.
    public func tradingState(_ instrument: Instrument) -> TradingState { history.tradingState(instrument) }

    /// Asks the cache for what events that come some, a few, and very few events later will touch.
    @inlinable
    public func prefetch(_ some: Event, _ few: Event, _ next: Event) {
        history.prefetch(some)
        history.prefetchOrder(few)
        history.prefetchLevel(next)
    }

    /// Plays one event of the day.
    public mutating func play<Target: RecordedFlowTarget & ~Copyable>(_ event: Event, into target: inout Target) {
        let before = history.order(event.orderID)
        let change = history.apply(event)
        guard event.instrument.index < instruments else {
            if event.kind == .newDay { beginDay(event.eventTime, into: &target) }
            return
        }
        // Crossing, or naming another instrument, is a fault of the record, but the order is in the book.
        if change.contains(.fault), history.faults.last != .crossed, history.faults.last != .otherInstrument {
            if event.kind.rawValue <= EventKind.replaceOrder.rawValue { unmatched += 1 }
            return
        }
        let time = event.eventTime
        switch event.kind {
        case .addOrder: enter(event, event.orderID, event.instrument, event.side, into: &target)
        case .executeOrder, .executeOrderAtPrice:
            guard let before else { return }
            execute(event, before.instrument, before.side, before.price, into: &target)
        case .cancelOrder, .deleteOrder:
            guard let before else { return }
            if target.open(event.orderID) == nil { unmatched += 1 }
            trim(event.orderID, before.instrument, time, into: &target)
        case .replaceOrder:
            guard let before else { return }
            trim(event.orderID, before.instrument, time, into: &target)
            enter(event, event.detail, before.instrument, before.side, into: &target)
        case .crossTrade: cross(event, into: &target)
        case .tradingStatus: status(event, into: &target)
        case .clearBook:
            target.apply(.massCancel(event.instrument, owner: RecordedFlow.recorded, time: time))
        default: break
        }
    }

    private mutating func enter<Target: RecordedFlowTarget & ~Copyable>(
        _ event: Event,
        _ id: OrderID,
        _ instrument: Instrument,
        _ side: Side,
        into target: inout Target
    ) {
        target.apply(
            .enter(
                instrument,
                owner: RecordedFlow.recorded,
                id: id,
                side,
                event.quantity,
                at: event.price,
                time: event.eventTime
            )
        )
    }

    /// Cancels what is left here of a recorded order beyond what the record has left of it.
    private mutating func trim<Target: RecordedFlowTarget & ~Copyable>(
        _ id: OrderID,
        _ instrument: Instrument,
        _ time: Timestamp,
        into target: inout Target
    ) {
        let left = history.order(id)?.quantity ?? .zero
        guard let open = target.open(id), open > left else { return }
        target.apply(.cancel(instrument, owner: RecordedFlow.recorded, id: id, keeping: left, time: time))
    }

    /// What took the order then takes again: the best that stands here, up to the order's price.
    private mutating func execute<Target: RecordedFlowTarget & ~Copyable>(
        _ event: Event,
        _ instrument: Instrument,
        _ side: Side,
        _ price: Price,
        into target: inout Target
    ) {
        if !event.flags.contains(.printable) {
            // Belongs to an auction, which is held here too, and is told before the auction's print.
            return crossing[instrument.index].append(event.orderID)
        }
        let isWaiting = target.phase(of: instrument) == .preOpen && states[instrument.index] == UInt8(ascii: "T")
        if isWaiting, history.phase == .regular {
            // A day without an auction.
            target.apply(.phase(instrument, .open, time: event.eventTime))
        }
        // Nothing matches here before the opening auction.
        if target.phase(of: instrument) == .open {
            takerID += 1
            target.apply(
                .enter(
                    instrument,
                    owner: RecordedFlow.taker,
                    id: takerID,
                    side == .buy ? .sell : .buy,
                    event.quantity,
                    at: price,
                    duration: .immediateOrCancel,
                    time: event.eventTime
                )
            )
        }
        // Whoever stood before it has got its shares; it goes as it went then.
        trim(event.orderID, instrument, event.eventTime, into: &target)
    }

    /// Holds the auction among the orders that are here, and takes away what met orders that the record does not show.
    private mutating func cross<Target: RecordedFlowTarget & ~Copyable>(_ event: Event, into target: inout Target) {
        let letter = UInt8(truncatingIfNeeded: event.detail >> 56)
        let kind: CrossKind = letter == UInt8(ascii: "C") ? .closing : letter == UInt8(ascii: "H") ? .halt : .opening
        let index = event.instrument.index
        target.apply(.uncross(event.instrument, kind, reference: event.price, time: event.eventTime))
        for id in crossing[index] { trim(id, event.instrument, event.eventTime, into: &target) }
        crossing[index].removeAll(keepingCapacity: true)
        guard kind != .closing, states[index] == UInt8(ascii: "T") else { return }
        target.apply(.phase(event.instrument, .open, time: event.eventTime))
    }

    /// Before the day's auction nothing matches, whatever the state; after a halt the halt's auction opens again.
    private mutating func status<Target: RecordedFlowTarget & ~Copyable>(_ event: Event, into target: inout Target) {
        let state = UInt8(truncatingIfNeeded: event.detail)
        states[event.instrument.index] = state
        let before = target.phase(of: event.instrument)
        switch state {
        case UInt8(ascii: "T"):
            guard before == .halted || before == .paused else { return }
            target.apply(.phase(event.instrument, .open, time: event.eventTime))
        case UInt8(ascii: "Q"): target.apply(.phase(event.instrument, .auctionCall, time: event.eventTime))
        // Orders go on to come in a recorded halt, and wait for the auction that ends it: in the engine's words, a pause.
        default: target.apply(.phase(event.instrument, .paused, time: event.eventTime))
        }
    }

    /// A file of the next day begins: the day's orders are gone, and every instrument waits for its opening.
    private mutating func beginDay<Target: RecordedFlowTarget & ~Copyable>(
        _ time: Timestamp,
        into target: inout Target
    ) {
        target.apply(.massCancel(.none, owner: RecordedFlow.recorded, time: time))
        for index in 0..<instruments {
            states[index] = 0
            crossing[index].removeAll(keepingCapacity: true)
            target.apply(.phase(Instrument(id: UInt32(index)), .preOpen, time: time))
        }
    }
}
