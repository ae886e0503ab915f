// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// Several venues that answer one engine: lit ones, each a matching engine with its own participants' flow, and dark pools.
///
/// ```
///                 ┌─► lit 0   recorded or generated flow, ours in the same queues ─┐ displayed best
///  order.venue ───┼─► lit 1   …                                                    ├──────────────┐
///                 └─► dark 2  drawn quantities at the middle of  ◄─────────────────┘              │
///  reports  ◄──────── each venue's own line, with `venue` set; the earliest first                 ▼
/// ```
/// Events go to the venue that they name (`Event.venue`), orders to theirs (`NewOrder.venue`); the number 0 means the first.
/// An event `feedGap` of a venue begins and ends an outage: its resting orders of ours are cancelled, and it refuses new ones.
public struct Floor: BacktestVenue, ~Copyable {
    /// The matching engines of the lit venues, in the order of their places.
    private let lits: UnsafeMutablePointer<MatchingVenue>
    private let litCount: Int
    private let pools: [DarkPool]
    /// By place: the number of the lit venue, or, from −1 downward, that of the pool.
    private let slots: [Int]
    private let litPlaces: [Int]
    /// Lit venues that can't be reached, by their number.
    private var isOut: [Bool]
    /// The place that each of our orders went to, by number.
    private var homes: [UInt8] = []
    /// What the lit venues have displayed.
    private var quotes: ProtectedQuotes
    public private(set) var tradeThroughs = 0
    public private(set) var sweeps = 0
    /// When the next interval of a dark pool begins in which an order waits.
    private var nextTry = Timestamp.never
    private var nextPlace = 0
    /// When the next report reaches us; `.never` when none is under way.
    public private(set) var nextReportTime = Timestamp.never
    private static var maximumOrderID: OrderID { 1 << 28 }

    public static var isFloor: Bool { true }

    /// - Parameters:
    ///   - settings: the venues; at least one of them lit.
    ///   - capacity: room for the books of each lit venue.
    ///   - models: the seed of what is drawn; latencies are each venue's own.
    /// - Throws: `BookCapacityError` or `MatchingCapacityError` when the memory can't be reserved.
    public init(_ settings: FloorSettings, capacity: BookCapacity, models: SimulationModels) throws {
        precondition(!settings.litPlaces.isEmpty && settings.venues.count <= FloorSettings.maximumVenues)
        litPlaces = settings.litPlaces
        litCount = litPlaces.count
        isOut = Array(repeating: false, count: litCount)
        var slots = Array(repeating: 0, count: settings.venues.count)
        var pools: [DarkPool] = []
        lits = .allocate(capacity: litCount)
        var ready = 0
        for (place, venue) in settings.venues.enumerated() {
            let models = venue.models(models, place: place)
            if venue.kind == .dark {
                pools.append(
                    DarkPool(
                        venue.dark,
                        venue: Venue(place: place),
                        line: models.line(.report),
                        instruments: capacity.instruments
                    )
                )
                slots[place] = -pools.count
                continue
            }
            do {
                (lits + ready).initialize(to: try MatchingVenue(capacity: capacity, models: models))
                lits[ready].hiddenShare = venue.hiddenShare
            } catch {
                lits.deinitialize(count: ready)
                lits.deallocate()
                throw error
            }
            slots[place] = ready
            ready += 1
        }
        self.slots = slots
        self.pools = pools
        quotes = ProtectedQuotes(venues: litCount, instruments: capacity.instruments)
    }

    deinit {
        lits.deinitialize(count: litCount)
        lits.deallocate()
    }

    /// A trading day begins at `midnight`: the origin of latencies by time of day.
    public mutating func begin(day midnight: Timestamp) {
        for number in 0..<litCount { lits[number].begin(day: midnight) }
        for pool in pools { pool.begin(day: midnight) }
    }

    /// None: what we take is gone for those who come later.
    public var impactCharges: [Price] { [] }

    /// Orders of ours that rest anywhere.
    public var restingCount: Int {
        var count = pools.reduce(0) { $0 + $1.restingCount }
        for number in 0..<litCount { count += lits[number].restingCount }
        return count
    }

    /// What the venues' flows told that could not be done, because we had traded with their orders.
    public var unmatched: Int {
        var count = 0
        for number in 0..<litCount { count += lits[number].unmatched }
        return count
    }

    // MARK: Reports

    /// The next report, of those that come together the first venue's.
    ///
    /// Only when `nextReportTime` is not `.never`.
    public mutating func takeReport() -> Event {
        let place = nextPlace
        let slot = slots[place]
        var report = slot >= 0 ? lits[slot].takeReport() : pools[-slot - 1].takeReport()
        report.venue = Venue(place: place)
        findNext()
        return report
    }

    private mutating func findNext() {
        nextReportTime = .never
        for place in slots.indices {
            let slot = slots[place]
            let time = slot >= 0 ? lits[slot].nextReportTime : pools[-slot - 1].nextReportTime
            if time < nextReportTime { (nextReportTime, nextPlace) = (time, place) }
        }
    }

    // MARK: History

    /// Moves the venue that the event names on by it, or all for the begin of a day.
    public mutating func advance(_ event: Event) {
        if event.eventTime >= nextTry { tryAgain(at: event.eventTime) }
        if event.kind == .newDay {
            for number in 0..<litCount { lits[number].advance(event) }
            for pool in pools { pool.cancelAll(.endOfSession, at: event.eventTime) }
            return findNext()
        }
        let place = event.venue.place
        guard place < slots.count else { return }
        if event.kind == .feedGap { return setOut(place, event.detail != 0, at: event.eventTime) }
        let slot = slots[place]
        guard slot >= 0 else { return }
        let before = lits[slot].nextReportTime
        lits[slot].advance(event)
        if event.kind == .systemEvent, event.detail == UInt64(UInt8(ascii: "M")), place == litPlaces[0] {
            // A dark pool keeps the first lit venue's hours.
            for pool in pools { pool.cancelAll(.endOfSession, at: event.eventTime) }
            return findNext()
        }
        if lits[slot].nextReportTime != before { findNext() }
        if !quotes.isEmpty { note(slot, event.instrument, at: event.eventTime) }
    }

    /// Notes what a lit venue displays of an instrument; nothing of one that is out or halted is protected.
    private mutating func note(_ number: Int, _ instrument: Instrument, at time: Timestamp) {
        guard instrument != .none else { return }
        let isProtected = !isOut[number] && lits[number].isFirm(instrument)
        let (bid, ask) = (lits[number].displayed(instrument, .buy), lits[number].displayed(instrument, .sell))
        quotes.note(number, instrument, .buy, isProtected ? bid?.price : nil, at: time)
        quotes.note(number, instrument, .sell, isProtected ? ask?.price : nil, at: time)
    }

    /// An order of ours has arrived at a lit venue: whether what it took there traded through another venue's quote.
    ///
    /// While the best prices of all cross each other nothing is protected (611 (b)(4)).
    private mutating func judge(_ order: NewOrder, _ number: Int, at time: Timestamp) {
        guard !quotes.isEmpty else { return }
        if order.isSweep { sweeps += 1 }
        guard let worst = lits[number].takeWorst() else { return }
        note(number, order.instrument, at: time)
        let outside = outside(order.instrument)
        guard !order.isSweep, outside.bid.raw == 0 || outside.ask.raw == 0 || outside.bid <= outside.ask else { return }
        let far = order.side.opposite
        let key = order.side.sign * worst.raw
        for other in 0..<litCount where other != number && !isOut[other] && lits[other].isFirm(order.instrument) {
            // Since the last event there an order of ours may have been cancelled.
            note(other, order.instrument, at: time)
            if quotes.worst(other, order.instrument, far, at: time) < key { return tradeThroughs += 1 }
        }
    }

    private mutating func setOut(_ place: Int, _ isOut: Bool, at time: Timestamp) {
        let slot = slots[place]
        if slot < 0 {
            pools[-slot - 1].setOut(isOut, at: time)
        } else {
            self.isOut[slot] = isOut
            if isOut { lits[slot].withdraw(at: time) }
        }
        findNext()
    }

    private mutating func tryAgain(at time: Timestamp) {
        nextTry = .never
        for pool in pools {
            if pool.nextTry <= time { pool.tryAgain(at: time) { outside($0) } }
            nextTry = min(nextTry, pool.nextTry)
        }
        findNext()
    }

    /// The lit venues' best prices, ours included, as a dark pool sees them.
    private borrowing func outside(_ instrument: Instrument) -> OutsideQuote {
        var quote = OutsideQuote()
        for number in 0..<litCount where !isOut[number] && lits[number].isTrading(instrument) {
            quote.isTrading = true
            if let bid = lits[number].displayed(instrument, .buy)?.price, bid > quote.bid { quote.bid = bid }
            if let ask = lits[number].displayed(instrument, .sell)?.price, quote.ask.raw == 0 || ask < quote.ask {
                quote.ask = ask
            }
        }
        return quote
    }

    // MARK: Our orders

    /// An order of ours arrives at its venue at `time`; one that no venue here is meant by is refused by the first.
    public mutating func submit(_ order: NewOrder, at time: Timestamp) {
        var (order, place) = (order, order.venue.place)
        if place >= slots.count {
            // As a venue refuses an instrument that it does not list.
            place = litPlaces[0]
            order.instrument = .none
        }
        if order.id >= 1, order.id <= Floor.maximumOrderID { remember(order.id, place) }
        let slot = slots[place]
        if slot >= 0 {
            _ = lits[slot].takeWorst()
            lits[slot].submit(order, at: time)
            judge(order, slot, at: time)
        } else {
            let pool = pools[-slot - 1]
            pool.submit(order, at: time, outside(order.instrument))
            nextTry = min(nextTry, pool.nextTry)
        }
        findNext()
    }

    private mutating func remember(_ id: OrderID, _ place: Int) {
        let id = Int(id)
        if id >= homes.count {
            homes.append(contentsOf: repeatElement(0, count: max(id + 1 - homes.count, max(homes.count, 1_024))))
        }
        homes[id] = UInt8(place)
    }

    /// A replacement of ours arrives at the venue of the order whose place it takes at `time`.
    public mutating func replace(_ original: OrderID, by order: NewOrder, at time: Timestamp) {
        let place = original < homes.count ? Int(homes[Int(original)]) : 0
        if order.id >= 1, order.id <= Floor.maximumOrderID { remember(order.id, place) }
        let slot = slots[place]
        if slot >= 0 {
            lits[slot].replace(original, by: order, at: time)
            judge(order, slot, at: time)
        } else {
            let pool = pools[-slot - 1]
            pool.replace(original, by: order, at: time, outside(order.instrument))
            nextTry = min(nextTry, pool.nextTry)
        }
        findNext()
    }

    /// A cancel of ours arrives at the order's venue at `time`.
    public mutating func cancel(_ id: OrderID, at time: Timestamp) {
        let place = id < homes.count ? Int(homes[Int(id)]) : 0
        let slot = slots[place]
        if slot >= 0 {
            lits[slot].cancel(id, at: time)
        } else if !pools[-slot - 1].cancel(id, at: time) {
            pools[-slot - 1].rejectCancel(id, at: time)
        }
        findNext()
    }

    /// The lit venues' best prices; nil where there are none on both sides, or nobody trades.
    public func touch(_ instrument: Instrument) -> (bid: Price, ask: Price)? {
        let quote = outside(instrument)
        guard quote.isTrading, quote.bid.raw > 0, quote.ask.raw > 0 else { return nil }
        return (quote.bid, quote.ask)
    }

    /// Asks the cache for what events that come some, a few, and very few events later will touch.
    public func prefetch(_ some: Event, _ few: Event, _ next: Event) {
        // Each hint may belong to another venue; the books to ask are those of its own.
        for (event, stage) in [(some, 0), (few, 1), (next, 2)] {
            let place = event.venue.place
            guard place < slots.count, slots[place] >= 0 else { continue }
            let nobody = Event(kind: .none)
            lits[slots[place]].prefetch(
                stage == 0 ? event : nobody,
                stage == 1 ? event : nobody,
                stage == 2 ? event : nobody
            )
        }
    }
}

extension FloorVenue {
    /// What this venue assumes: the run's models with its own latencies, and draws of its own.
    public func models(_ run: SimulationModels, place: Int) -> SimulationModels {
        var models = run
        models.feed = feed
        models.order = order
        models.report = report
        // The first venue draws as the only one would.
        models.seed = run.seed &+ UInt64(place) &* 0x9E37_79B9_7F4A_7C15
        return models
    }
}
