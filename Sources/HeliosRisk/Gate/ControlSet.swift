// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// The controls that remember something of their own, beside the ledger; freed by its owner (`deallocate`).
@safe
struct ControlSet {
    var walk: PriceWalk
    /// P04: for each limit of a walk its number among those, and how many there are.
    let walkNumbers: UnsafeMutablePointer<UInt32>
    let walkCount: Int
    var buckets: TokenBuckets
    var sessions: SessionRates
    var repeated: RepeatedExecutions
    var equal: EqualOrders
    var parents: ParentOrders
    var own: OwnOrders
    var locates: Locates
    var shortTest: ShortPriceTest
    var bands: LimitBands
    var ratios: TradeRatios
    let selfTrade: SelfTradeMode
    let shortSales: ShortSaleRules
    /// Kinds that the policy has limits of anywhere.
    let kinds: UInt32
    /// P15: for each scope with such a limit its live engine; none before `load`.
    let engines: UnsafeMutablePointer<UnsafeMutablePointer<LiveRisk>?>
    /// For each instrument its place in the model plus one; 0 for one that it does not know.
    let modelPlaces: UnsafeMutablePointer<UInt32>
    /// P15: the model's names with their places plus one, so that an instrument that is named later is known too; and what one
    /// unit of each place risks by itself.
    var modelNames = SymbolNumbers([])
    var units: UnsafeMutablePointer<UnitRisk>
    /// P15: what the orders of each scope that are open may risk at most.
    let flights: UnsafeMutablePointer<FlightRisk>
    let scopes: Int
    let instruments: Int
    var hasModel = false
    /// P10 had no room left for an order: what can't be counted must stop.
    var isOverrun = false

    init(_ policy: RiskPolicy, _ compiled: CompiledPolicy, instruments: Int, orders: Int) {
        kinds = policy.limits.reduce(0) { $0 | $1.kind.bit }
        selfTrade = policy.selfTrade
        shortSales = policy.shortSales
        unsafe walkNumbers = .allocate(capacity: max(policy.limits.count, 1))
        unsafe walkNumbers.initialize(repeating: 0, count: max(policy.limits.count, 1))
        var walks = 0
        for (place, limit) in policy.limits.enumerated() where limit.kind == .walk {
            unsafe walkNumbers[place] = UInt32(walks)
            walks += 1
        }
        walkCount = walks
        walk = PriceWalk(count: walks * instruments)
        buckets = TokenBuckets(count: compiled.tallies)
        sessions = SessionRates(sessions: compiled.tallies)
        // Room for twice as many: a limit may be raised so far in one step.
        let most = { (kind: LimitKind) in
            Int(clamping: min(policy.limits.filter { $0.kind == kind }.map(\.hard).max() ?? 0, 1_024) * 2)
        }
        let fills = ControlSet.room(orders, most: 16_384)
        repeated = RepeatedExecutions(strategies: compiled.strategies, keys: fills, most: most(.executions))
        equal = EqualOrders(
            capacity: ControlSet.room(orders, most: 16_384),
            most: most(.duplicates),
            longest: policy.limits.filter { $0.kind == .duplicates }.map(\.window).max() ?? 0
        )
        parents = ParentOrders(capacity: ControlSet.room(orders, most: 16_384))
        own = OwnOrders(instruments: instruments, capacity: max(min(orders, 1 << 17), 1))
        locates = Locates(instruments: policy.shortSales == .none ? 0 : instruments)
        shortTest = ShortPriceTest(instruments: policy.shortSales == .none ? 0 : instruments)
        let hasBands = policy.otherInstruments?.bandTier ?? 0 > 0 || policy.instruments.contains { $0.bandTier > 0 }
        bands = LimitBands(instruments: hasBands ? instruments : 0)
        ratios = TradeRatios(count: compiled.tallies)
        scopes = compiled.scopes
        self.instruments = instruments
        unsafe engines = .allocate(capacity: scopes)
        unsafe engines.initialize(repeating: nil, count: scopes)
        unsafe modelPlaces = .allocate(capacity: max(instruments, 1))
        unsafe modelPlaces.initialize(repeating: 0, count: max(instruments, 1))
        unsafe units = .allocate(capacity: 1)
        unsafe units.initialize(to: UnitRisk())
        unsafe flights = .allocate(capacity: scopes)
        unsafe flights.initialize(repeating: FlightRisk(), count: scopes)
        for tally in 0..<compiled.tallies { setRate(tally, compiled, at: .zero) }
    }

    private static func room(_ orders: Int, most: Int) -> Int { max(min(orders, most), 1_024) }

    func deallocate() {
        walk.deallocate()
        unsafe walkNumbers.deallocate()
        buckets.deallocate()
        sessions.deallocate()
        repeated.deallocate()
        equal.deallocate()
        parents.deallocate()
        own.deallocate()
        locates.deallocate()
        shortTest.deallocate()
        bands.deallocate()
        ratios.deallocate()
        for scope in 0..<scopes {
            guard let engine = unsafe engines[scope] else { continue }
            unsafe engine.deinitialize(count: 1)
            unsafe engine.deallocate()
        }
        unsafe engines.deallocate()
        unsafe modelPlaces.deallocate()
        modelNames.deallocate()
        unsafe units.deallocate()
        unsafe flights.deallocate()
    }

    /// Gives a tally's bucket its rate and burst.
    private mutating func setRate(_ tally: Int, _ compiled: CompiledPolicy, at time: Timestamp) {
        let row = unsafe compiled.tallyRows[tally]
        guard let rate = compiled.table.hard(row, .messageRate) else { return }
        let burst = compiled.table.hard(row, .messageBurst) ?? rate
        if unsafe compiled.tallyKinds[tally] == 1 {
            sessions.set(tally, rate: Int(clamping: rate), burst: Int(clamping: burst), at: time)
        } else {
            buckets.set(tally, rate: Int(clamping: rate), burst: Int(clamping: burst), at: time)
        }
    }

    /// A limit has another value.
    mutating func limitChanged(_ place: Int, _ compiled: CompiledPolicy, at time: Timestamp) {
        let kind = unsafe compiled.table.cells[place].kind
        guard kind == .messageRate || kind == .messageBurst else { return }
        for tally in 0..<compiled.tallies
        where unsafe compiled.table.place(compiled.tallyRows[tally], kind) == place {
            setRate(tally, compiled, at: time)
        }
    }

    /// Lets a strategy trade again.
    mutating func enable(_ strategy: Int, by person: UInt32) {
        repeated.enable(UInt16(truncatingIfNeeded: strategy), by: person)
    }

    /// Begins a day.
    mutating func newDay(at midnight: Timestamp) {
        locates.newDay()
        shortTest.newDay()
        ratios.newDay()
        if bands.instruments > 0 { bands.setMidnight(midnight) }
    }

    /// What a kind counts of a tally, for kinds that are counted here.
    func value(_ kind: LimitKind, tally: Int) -> Int128 {
        switch kind {
        case .orderTradeRatio:
            let (messages, trades) = (ratios.messages(tally), ratios.trades(tally))
            return Int128(trades > 0 ? (messages - trades) / trades : messages)
        case .valueAtRisk, .expectedShortfall:
            guard tally < scopes, let engine = unsafe engines[tally] else { return 0 }
            let value =
                unsafe kind == .valueAtRisk
                ? engine.pointee.valueAtRisk(adding: 0, at: 0) : engine.pointee.expectedShortfall(adding: 0, at: 0)
            return ControlSet.money(value)
        default: return 0
        }
    }

    /// A number of units of currency as raw money; the end of the range where it does not fit.
    static func money(_ value: Double) -> Int128 {
        let raw = value * 1e16
        return raw < 1e38 ? Int128(whole: raw) ?? .max : .max
    }
}

// MARK: - What happens
extension ControlSet {
    /// An order was cleared.
    @inline(__always)
    mutating func sent(_ checked: CheckedOrder, _ policy: CompiledPolicy, _ ledger: RiskLedger) {
        let (order, now) = (checked.order, checked.market.now)
        let isAggressive = PriceWalk.isAggressive(
            order,
            bid: checked.market.visibleBid,
            ask: checked.market.visibleAsk
        )
        for place in 0..<checked.count {
            let number = ledger.slot(of: checked.path, place)
            // Safe: a path names slots, and a slot a tally.
            let (tally, row) = unsafe (Int(ledger.slots[number].tally), ledger.slots[number].row)
            let whole = unsafe policy.tallyRows[tally]
            let masks = (policy.table.mask(whole), policy.table.mask(row))
            if masks.0 & LimitKind.messageRate.bit != 0 {
                if unsafe policy.tallyKinds[tally] == 1 {
                    sessions.sent(tally, at: now)
                } else {
                    buckets.spend(tally, at: now)
                }
            }
            ratios.sent(tally)
            if isAggressive {
                note(checked, policy.table.place(whole, .walk), policy.table)
                note(checked, policy.table.place(row, .walk), policy.table)
            }
            if (masks.0 | masks.1) & LimitKind.duplicates.bit != 0 {
                let window = max(policy.table.window(whole, .duplicates), policy.table.window(row, .duplicates))
                if !equal.note(order, account: tally, at: now, within: window) { isOverrun = true }
            }
        }
        _ = own.add(order)
        if checked.located > 0 { locates.reserve(order.instrument, Quantity(raw: checked.located)) }
        if order.tag.parent != nil { parents.sent(order.tag, Quantity(raw: checked.added)) }
    }

    /// P04: the place of a limit's windows of an instrument.
    @inline(__always)
    func walkPlace(_ limit: Int, _ instrument: Instrument) -> Int {
        unsafe instrument.index * walkCount + Int(walkNumbers[limit])
    }

    /// P04: an aggressive order begins the window of a limit, unless one is open.
    private mutating func note(_ checked: CheckedOrder, _ limit: Int?, _ table: LimitTable) {
        guard let limit else { return }
        walk.note(
            walkPlace(limit, checked.order.instrument),
            checked.order.side,
            reference: Int64(clamping: checked.reference.double),
            at: checked.market.now,
            within: unsafe table.cells[limit].window
        )
    }

    /// An order was refused for being one too many of its kind: it counts as well, so that a loop stays stopped.
    mutating func repeatedAgain(_ checked: CheckedOrder, _ policy: CompiledPolicy, _ ledger: RiskLedger) {
        for place in 0..<checked.count {
            let number = ledger.slot(of: checked.path, place)
            // Safe: a path names slots, and a slot a tally.
            let (tally, row) = unsafe (Int(ledger.slots[number].tally), ledger.slots[number].row)
            let whole = unsafe policy.tallyRows[tally]
            let window = max(policy.table.window(whole, .duplicates), policy.table.window(row, .duplicates))
            if window > 0 { _ = equal.note(checked.order, account: tally, at: checked.market.now, within: window) }
        }
    }

    /// A cancel was cleared.
    mutating func cancelled(_ entry: OpenOrder, at time: Timestamp, _ policy: CompiledPolicy, _ ledger: RiskLedger) {
        let path = Int(entry.path)
        for place in unsafe 0..<Int(ledger.paths[path].count) {
            // Safe: a path names slots, and a slot a tally.
            let tally = unsafe Int(ledger.slots[ledger.slot(of: path, place)].tally)
            ratios.cancelled(tally)
            if unsafe policy.tallyKinds[tally] == 1 { sessions.cancelled(tally, at: time) }
        }
    }

    /// A fill was taken into the ledger: `freed` of it had been reserved for the order, which was `known`.
    mutating func filled(_ fill: SettledFill, _ policy: CompiledPolicy, _ ledger: RiskLedger) {
        let instrument = Instrument(id: UInt32(fill.instrument))
        // Each limit looks back over its own window; the fill is noted once, for the longest.
        var (isTooMany, longest) = (false, Int64(-1))
        let strategy = fill.tag.strategy
        for place in unsafe 0..<Int(ledger.paths[fill.path].count) {
            let number = ledger.slot(of: fill.path, place)
            // Safe: a path names slots, and a slot a tally.
            let (tally, row) = unsafe (Int(ledger.slots[number].tally), ledger.slots[number].row)
            ratios.filled(tally)
            for kind in 0..<2 {
                let found = unsafe policy.table.place(kind == 0 ? policy.tallyRows[tally] : row, .executions)
                guard let found else { continue }
                let (hard, window) = unsafe (policy.table.cells[found].hard, policy.table.cells[found].window)
                longest = max(longest, window)
                let most = Int(clamping: hard)
                isTooMany =
                    isTooMany || repeated.has(most, strategy, instrument, fill.side, at: fill.time, within: window)
            }
            if hasModel { weigh(number, ledger) }
        }
        if longest >= 0 {
            _ = repeated.filled(strategy, instrument, fill.side, at: fill.time, isTooMany, keeping: longest)
        }
        guard fill.order != 0 else { return }
        own.reduce(fill.order, by: Quantity(raw: fill.freed))
        if fill.located > 0 {
            locates.filled(instrument, fill.quantity, releasing: Quantity(raw: min(fill.freed, fill.located)))
        }
        if fill.tag.parent != nil {
            parents.filled(fill.tag, fill.quantity, releasing: Quantity(raw: fill.freed))
        }
    }

    /// An order that replaces another has so much more open.
    mutating func reserved(_ entry: OpenOrder, _ quantity: Int64) {
        if entry.located > 0 { locates.reserve(Instrument(id: entry.instrument), Quantity(raw: quantity)) }
        let tag = OrderTag(packed: entry.tag)
        if tag.parent != nil { parents.sent(tag, Quantity(raw: quantity)) }
    }

    /// So much of an order will not trade any more.
    mutating func released(_ id: OrderID, _ entry: OpenOrder, _ quantity: Int64) {
        own.reduce(id, by: Quantity(raw: quantity))
        if entry.located > 0 {
            locates.released(Instrument(id: entry.instrument), Quantity(raw: min(quantity, entry.located)))
        }
        let tag = OrderTag(packed: entry.tag)
        if tag.parent != nil { parents.released(tag, Quantity(raw: quantity)) }
    }

    /// A child's execution was taken back.
    mutating func broken(_ tag: OrderTag, _ quantity: Quantity) { parents.broken(tag, quantity) }

    /// An order has ended.
    mutating func ended(_ id: OrderID) { own.remove(id) }

    /// A position is worth something else, or has become another.
    mutating func weigh(_ number: Int, _ ledger: RiskLedger) {
        // Safe: the callers name slots.
        let slot = unsafe ledger.slots[number]
        guard Int(slot.tally) < scopes, let engine = unsafe engines[Int(slot.tally)] else { return }
        let place = unsafe Int(modelPlaces[Int(slot.instrument)]) - 1
        // While something is held that the model does not know, nothing can be said.
        let isStranger = place < 0 && slot.position != 0
        if isStranger != (slot.stranger != 0) {
            unsafe ledger.slots[number].stranger = isStranger ? 1 : 0
            unsafe engine.pointee.strangers += isStranger ? 1 : -1
        }
        guard place >= 0 else { return }
        unsafe engine.pointee.setWeight(place, slot.value.nearestDouble * 1e-16)
    }

    /// A quote has marked a slot.
    mutating func marked(_ number: Int, _ ledger: RiskLedger) {
        guard hasModel else { return }
        // Safe: as `weigh`.
        let slot = unsafe ledger.slots[number]
        guard Int(slot.tally) < scopes, let engine = unsafe engines[Int(slot.tally)] else { return }
        let place = unsafe Int(modelPlaces[Int(slot.instrument)]) - 1
        guard place >= 0 else { return }
        unsafe engine.pointee.mark(place, slot.value.nearestDouble * 1e-16)
    }
}

/// A fill as the controls need it, after the ledger has taken it.
struct SettledFill {
    let path: Int
    let instrument: Int
    /// Our number; 0 for an order that we do not know.
    let order: OrderID
    let side: Side
    let quantity: Quantity
    /// How much of it the order had reserved, and how much of the order is backed by located shares.
    let freed: Int64
    let located: Int64
    let tag: OrderTag
    let time: Timestamp
}

extension LimitTable {
    /// The window of the limit of `kind` in `row`; 0 where there is none.
    func window(_ row: UInt32, _ kind: LimitKind) -> Int64 {
        guard let place = place(row, kind) else { return 0 }
        return unsafe cells[place].window
    }
}

extension MarketSnapshot {
    /// The best prices that there is something at; zero for an empty side.
    var visibleBid: Price { bidQuantity.raw > 0 ? bid : .zero }
    var visibleAsk: Price { askQuantity.raw > 0 ? ask : .zero }
}

// MARK: - State
extension ControlSet {
    func save(to writer: inout StateWriter) {
        walk.save(to: &writer)
        buckets.save(to: &writer)
        sessions.save(to: &writer)
        repeated.save(to: &writer)
        equal.save(to: &writer)
        parents.save(to: &writer)
        own.save(to: &writer)
        locates.save(to: &writer)
        shortTest.save(to: &writer)
        bands.save(to: &writer)
        ratios.save(to: &writer)
        writer.write(isOverrun)
        writer.write(hasModel)
        for scope in 0..<scopes {
            guard let engine = unsafe engines[scope] else { continue }
            writer.write(UInt32(scope))
            unsafe engine.pointee.save(to: &writer)
        }
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        try walk.restore(from: &reader)
        try buckets.restore(from: &reader)
        try sessions.restore(from: &reader)
        try repeated.restore(from: &reader)
        try equal.restore(from: &reader)
        try parents.restore(from: &reader)
        try own.restore(from: &reader)
        try locates.restore(from: &reader)
        try shortTest.restore(from: &reader)
        try bands.restore(from: &reader)
        try ratios.restore(from: &reader)
        isOverrun = try reader.readFlag()
        try reader.match(hasModel, "a model of value at risk")
        for scope in 0..<scopes {
            guard let engine = unsafe engines[scope] else { continue }
            try reader.match(UInt32(scope), "scope with a value at risk")
            unsafe try engine.pointee.restore(from: &reader)
        }
    }
}
