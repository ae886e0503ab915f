// SPDX-License-Identifier: MIT
import HeliosMarket

/// The matching engine of an exchange: order books of many instruments, auctions, bands and halts, deterministic.
///
/// Commands go in, events come out; there is no clock, no thread and no file. The same commands give the same events, to the
/// byte, on every machine. Memory is reserved at the start, a command allocates nothing.
///
/// ```swift
/// var engine = try MatchingEngine()
/// let stock = Instrument(id: 0)
/// engine.define(stock, MatchingRules())
/// engine.apply(.phase(stock, .open), to: &output)
/// engine.apply(.enter(stock, owner: 1, id: 1, .sell, Quantity(100), at: price), to: &output)
/// engine.apply(.enter(stock, owner: 2, id: 1, .buy, Quantity(40), at: price), to: &output)   // executed
/// ```
/// The rules of priority and of auctions stand in `docs/matching.md`.
public struct MatchingEngine: ~Copyable {
    // Safe: allocated and initialised in `init`, freed only in `deinit`. One pointer wide: see CONTRIBUTING.md.
    @usableFromInline let core: UnsafeMutablePointer<MatchingCore>

    /// Reserves the memory.
    ///
    /// - Parameters:
    ///   - capacity: how much of everything there may be at once.
    ///   - seed: of the sizes of reserve orders with a display range, the only thing that is drawn.
    /// - Throws: `MatchingCapacityError` when the system refuses the memory.
    public init(capacity: MatchingCapacity = MatchingCapacity(), seed: UInt64 = 1) throws(MatchingCapacityError) {
        let made = try MatchingCore(capacity: capacity, seed: seed)
        core = .allocate(capacity: 1)
        core.initialize(to: made)
    }

    deinit {
        core.deinitialize(count: 1)
        core.deallocate()
    }

    /// Lists an instrument, in the phase `closed`; false for an instrument outside the capacity or listed before, or for
    /// rules that can't be worked with.
    public mutating func define(_ instrument: Instrument, _ rules: MatchingRules) -> Bool {
        guard instrument.index < core.pointee.capacity.instruments, rules.isValid else { return false }
        let book = core.pointee.books + instrument.index
        guard !book.pointee.isDefined else { return false }
        book.pointee.tick = rules.tick.raw
        book.pointee.lot = rules.lot.raw
        book.pointee.largestQuantity = rules.largestQuantity.raw
        book.pointee.largestPrice = rules.largestPrice.raw
        book.pointee.isDark = rules.isDark
        book.pointee.followsOutsideQuote = rules.followsOutsideQuote
        book.pointee.prices = MultipleRule(of: rules.tick.raw, upTo: rules.largestPrice.raw)
        book.pointee.quantities = MultipleRule(of: rules.lot.raw, upTo: rules.largestQuantity.raw)
        book.pointee.isDefined = true
        return true
    }

    /// Carries out one command and tells `output` what happened, in order.
    ///
    /// A command that can't be carried out is answered with `rejected` or `cancelRejected`; none traps.
    @inlinable
    @inline(__always)
    public mutating func apply<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        to output: inout Output
    ) {
        core.pointee.apply(command, to: &output)
    }

    /// Asks the cache for what commands that come soon will touch, so that they don't wait for it: for callers that have
    /// more than one at hand.
    ///
    /// A hint without any consequence. It pays when each command is given as `far`, some commands later as `near` and again
    /// some later as `next`, before it is applied: 12, 8 and 4 commands ahead, for instance.
    @inlinable
    @inline(__always)
    public func prefetch(far: MatchingCommand, near: MatchingCommand, next: MatchingCommand) {
        core.pointee.prefetch(far)
        core.pointee.prefetchOrder(near)
        core.pointee.prefetchLevel(next)
    }

    /// Makes the system find memory now for so many orders and levels, so that no command pays for it later.
    public mutating func prefault(orders: Int, levels: Int) { core.pointee.prefault(orders: orders, levels: levels) }
}

/// The displayed quantity at a price.
public struct DisplayedLevel: Sendable, Equatable {
    public var price: Price
    public var quantity: Quantity
}

extension MatchingEngine {
    /// Live orders over all instruments.
    @inlinable
    public var orderCount: Int { core.pointee.liveOrders }

    /// Live orders of an owner.
    public func orderCount(of owner: UInt32) -> Int {
        Int(owner) < core.pointee.capacity.owners ? Int(core.pointee.owners[Int(owner)]) : 0
    }

    /// The instrument's phase; `closed` when it is not listed.
    public func phase(of instrument: Instrument) -> MatchingPhase {
        core.pointee.isKnown(instrument) ? core.pointee.books[instrument.index].phase : .closed
    }

    /// The price of the last trade or auction; 0 before.
    public func lastPrice(of instrument: Instrument) -> Price {
        Price(raw: core.pointee.isKnown(instrument) ? core.pointee.books[instrument.index].lastPrice : 0)
    }

    /// What is left of a live order, displayed or not; nil when it is not live.
    public func open(owner: UInt32, id: UInt64) -> Quantity? {
        guard Int(owner) < core.pointee.capacity.owners else { return nil }
        let index = core.pointee.find(owner, id)
        return index == 0 ? nil : Quantity(raw: core.pointee.orders[Int(index)].open)
    }

    /// The displayed level that is number `rank` from the best (0), or nil.
    ///
    /// Takes time in the number of levels before it.
    public func displayed(_ instrument: Instrument, _ side: Side, rank: Int = 0) -> DisplayedLevel? {
        guard core.pointee.isKnown(instrument), rank >= 0 else { return nil }
        let ladder = core.pointee.ladder(instrument.id, 0, side)
        var left = rank
        var place = Int(core.pointee.ladders[ladder].count) - 1
        while place >= 0 {
            let level = core.pointee.levels[Int(core.pointee.numbers(ladder)[place])]
            if level.shown > 0 {
                let price = Price(raw: core.pointee.price(level.key, in: ladder))
                if left == 0 { return DisplayedLevel(price: price, quantity: Quantity(raw: level.shown)) }
                left -= 1
            }
            place -= 1
        }
        return nil
    }

    /// Whether the best displayed bid stands at the upper band, or the best offer at the lower: the limit state, after 15
    /// seconds of which a US market pauses.
    public func isInLimitState(_ instrument: Instrument) -> Bool {
        guard core.pointee.isKnown(instrument) else { return false }
        let book = core.pointee.books[instrument.index]
        let bid = displayed(instrument, .buy)
        let ask = displayed(instrument, .sell)
        return bid?.price.raw == book.buyCap || ask.map { -$0.price.raw } == book.sellCap
    }
}
