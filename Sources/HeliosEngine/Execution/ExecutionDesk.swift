// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Works parent orders: runs their algorithms, sends their children through the gate, and tells their owners.
///
/// ```
///  strategy, record ─► begin ─► gate opens it (P09) ─► working ─► children ─► done | cancelled | expired | failed
///                                                         ▲            │
///                          timers, quotes, trades ────────┴── reports ─┘
/// ```
/// It decides from events only. Children carry `OrderTag.childLeg` and the parent's number as group. All memory is reserved at the start;
/// a place is used again when its parent has ended and others need it.
public struct ExecutionDesk: Sendable {
    /// Places for children of a parent, and how many of them may rest.
    static let childPlaces = 16
    static let restingPlaces = 8
    /// The most pairs at once.
    static let pairPlaces = 64

    public let settings: ExecutionSettings
    /// Something is waiting, working or ending.
    public internal(set) var isWorking = false
    /// An execution is taken back only to be given other terms.
    @usableFromInline var isRestating = false
    var parents: [WorkedParent] = []
    var children: [WorkedChild] = []
    var pairs: [WorkedPair] = []
    /// Places of parents that have not ended, in the order in which they began.
    var live: [Int] = []
    /// For each instrument how many live parents look at each quote.
    var watchers: [UInt16]
    /// Parents that the gate has to hear of, that have ended there, and what strategies have not heard yet.
    var openings: [Int] = []
    var closings: [OrderTag] = []
    var updates: [ParentUpdate] = []
    var routed: [RoutedChild] = []
    /// Somebody follows routes: each decision is noted for the engine to tell.
    @usableFromInline var notesDecisions = false
    var decisions: [RouteDecision] = []
    /// Chooses among several venues; does nothing where there is one.
    public internal(set) var router: DeskRouter
    /// For each instrument: lot and tick, shares a day, basis points a day.
    var lots: [Int64]
    var ticks: [Int64]
    var volumes: [Double]
    var volatilities: [Int64]
    let profiles: [Symbol: InstrumentProfile]
    /// Volume curves of instruments that have one of their own, and for each instrument its place there, −1 for none.
    let curves: [VolumeCurve]
    let curveSymbols: [Symbol: Int]
    var curvePlaces: [Int]
    /// The most that the gate lets through as one order: raw quantity, and raw money.
    let childQuantity: Int64
    let childValue: Int128

    /// A desk that knows one-share lots and no instrument's volume.
    public init() { self.init(ExecutionSettings(), RiskPolicy(), instruments: 0) }

    /// - Parameters:
    ///   - settings: how parents are worked.
    ///   - policy: lots, ticks, volumes, volatilities, and the largest order.
    ///   - instruments: how many have a place.
    ///   - directory: their names, as far as they are known; others come by `bind`.
    public init(
        _ settings: ExecutionSettings,
        _ policy: RiskPolicy,
        instruments: Int,
        directory: InstrumentDirectory = InstrumentDirectory()
    ) {
        self.settings = settings
        let count = max(instruments, 0)
        watchers = Array(repeating: 0, count: count)
        router = DeskRouter(settings.routing, instruments: count, parents: settings.capacity)
        profiles = Dictionary(policy.instruments.map { ($0.symbol, $0) }) { first, _ in first }
        let owners = settings.curves.own.keys.sorted { $0.packed < $1.packed }
        curves = owners.map { settings.curves[$0] }
        curveSymbols = Dictionary(uniqueKeysWithValues: owners.enumerated().map { ($0.element, $0.offset) })
        curvePlaces = Array(repeating: -1, count: count)
        let other = policy.otherInstruments
        lots = Array(repeating: max(other?.lot.raw ?? Quantity.scale, 1), count: count)
        ticks = Array(repeating: max(other?.tick.raw ?? Price.scale / 100, 1), count: count)
        volumes = Array(repeating: ExecutionDesk.volume(other, settings), count: count)
        volatilities = Array(repeating: ExecutionDesk.volatility(other, settings), count: count)
        func least(_ kind: LimitKind) -> Int128 {
            policy.limits.filter { $0.kind == kind && $0.hard > 0 }.map(\.hard).min() ?? Int128(Int64.max)
        }
        childQuantity = Int64(clamping: least(.orderQuantity))
        childValue = policy.limits.contains { $0.kind == .orderNotional && $0.hard > 0 } ? least(.orderNotional) : .max
        parents.reserveCapacity(settings.capacity)
        children.reserveCapacity(settings.capacity * ExecutionDesk.childPlaces)
        pairs.reserveCapacity(ExecutionDesk.pairPlaces)
        live.reserveCapacity(settings.capacity)
        openings.reserveCapacity(settings.capacity)
        closings.reserveCapacity(settings.capacity)
        updates.reserveCapacity(2 * settings.capacity + 16)
        routed.reserveCapacity(ExecutionDesk.childPlaces)
        for (index, symbol) in directory.symbols.enumerated() {
            bind(Instrument(id: UInt32(truncatingIfNeeded: index)), symbol)
        }
    }

    private static func volume(_ profile: InstrumentProfile?, _ settings: ExecutionSettings) -> Double {
        guard let known = profile?.averageDailyVolume, known.raw > 0, known < InstrumentLimits.volumeUnknown else {
            return settings.dailyVolume.value
        }
        return known.value
    }

    private static func volatility(_ profile: InstrumentProfile?, _ settings: ExecutionSettings) -> Int64 {
        guard let known = profile?.dailyVolatility, known > 0 else { return settings.dailyVolatility }
        return known
    }

    /// Gives an instrument its name, and with it its lot, tick, volume and volatility.
    public mutating func bind(_ instrument: Instrument, _ symbol: Symbol) {
        guard instrument.index < lots.count else { return }
        curvePlaces[instrument.index] = curveSymbols[symbol] ?? -1
        guard let profile = profiles[symbol] else { return }
        lots[instrument.index] = max(profile.lot.raw, 1)
        ticks[instrument.index] = max(profile.tick.raw, 1)
        volumes[instrument.index] = ExecutionDesk.volume(profile, settings)
        volatilities[instrument.index] = ExecutionDesk.volatility(profile, settings)
    }

    /// Whether an order is a child of one of the desk's parents.
    @inlinable
    public static func isOwn(_ tag: OrderTag) -> Bool {
        tag.leg == OrderTag.childLeg && tag.group >= Intents.firstParent && tag.group < ReductionDesk.firstParent
    }

    /// Whether a live parent looks at each quote of an instrument.
    ///
    /// Mutating, as the next one, because it is asked at every event: a value of kilobytes is copied for a call that changes nothing.
    @inlinable
    @inline(__always)
    public mutating func isWatching(_ instrument: Instrument) -> Bool { isWorking && watches(instrument) }

    /// Whether a mid is due that a fill waits for.
    @usableFromInline
    mutating func isMarkDue(at time: Timestamp) -> Bool { router.nextDue <= time }

    @usableFromInline
    mutating func watches(_ instrument: Instrument) -> Bool {
        instrument.index < watchers.count && watchers[instrument.index] > 0
    }

    /// How every parent that is known stands, in the order of their numbers; it allocates.
    public var standings: [ParentUpdate] {
        parents.filter { $0.state != .none && !($0.isGivenBack && $0.done == 0) }.sorted { $0.number < $1.number }
            .map { $0.update(at: .zero) }
    }

    /// How parent `number` stands; nil when it is not known any more.
    public func standing(_ number: UInt32) -> ParentUpdate? {
        place(of: number).map { parents[$0].update(at: .zero) }
    }
}

// MARK: - Places
extension ExecutionDesk {
    /// Where a parent stands; its number says where to begin to look.
    func place(of number: UInt32) -> Int? {
        guard !parents.isEmpty else { return nil }
        let first = Int(number) % parents.count
        for step in 0..<parents.count {
            let place = first + step < parents.count ? first + step : first + step - parents.count
            if parents[place].number == number, parents[place].state != .none { return place }
        }
        return nil
    }

    /// A place for a new parent: a fresh one, or that of the oldest that has ended; nil when all are live.
    mutating func makePlace() -> Int? {
        if parents.count < settings.capacity {
            parents.append(WorkedParent(request: ExecutionDesk.nobody))
            for _ in 0..<ExecutionDesk.childPlaces { children.append(WorkedChild()) }
            return parents.count - 1
        }
        var oldest: Int?
        for place in parents.indices where parents[place].state.isFinal || parents[place].state == .none {
            if let known = oldest, parents[known].number <= parents[place].number { continue }
            oldest = place
        }
        return oldest
    }

    static let nobody = ParentRequest(.twap, .none, .buy, .zero)

    func childRange(_ place: Int) -> Range<Int> {
        place * ExecutionDesk.childPlaces..<(place + 1) * ExecutionDesk.childPlaces
    }

    /// Notes that something of a parent has changed.
    mutating func tell(_ place: Int, at time: Timestamp, filled: Quantity = .zero, price: Price = .zero) {
        if parents[place].isGivenBack, parents[place].done == 0, filled == .zero { return }
        var update = parents[place].update(at: time)
        update.filled = filled
        update.fillPrice = price
        updates.append(update)
    }

    /// Ends a parent for good: the gate forgets it, its owner hears.
    mutating func end(_ place: Int, _ state: ParentState, at time: Timestamp) {
        let wasOpened = parents[place].state == .working || parents[place].state == .ending
        parents[place].state = state
        if state == .done { parents[place].reason = .none }
        if let known = live.firstIndex(of: place) {
            live.remove(at: known)
            watch(place, -1)
        }
        openings.removeAll { $0 == place }
        if wasOpened { closings.append(parents[place].tag) }
        router.closed(parents[place].tag)
        isWorking = !live.isEmpty
        tell(place, at: time)
    }

    /// Counts a parent among those that look at each quote, or takes it out.
    func looksAtQuotes(_ algorithm: Algorithm) -> Bool {
        switch algorithm {
        case .peg, .sniper, .leg: true
        case .twap, .vwap, .participation, .shortfall, .iceberg, .rfq: false
        }
    }

    mutating func watch(_ place: Int, _ change: Int) {
        let index = parents[place].request.instrument.index
        guard index < watchers.count, looksAtQuotes(parents[place].request.algorithm) else { return }
        watchers[index] = UInt16(clamping: Int(watchers[index]) + change)
    }
}
