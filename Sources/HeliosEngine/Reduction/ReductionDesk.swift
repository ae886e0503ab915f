// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// The system's own way out of a breach: it plans a reduction and works it through the gate like everybody's orders.
///
/// ```
///  breach ─► reduce-only, cancels ─► plan ─► slices ─► under 0.9 × limit ─► below 0.8 × limit for 5 min ─► a person raises
///              (engine, gate)          ▲        │
///                                      └────────┘ not there yet, or an instrument trades again
/// ```
/// It decides at timers only, from events only: positions from fills, volume from trades, time from the events. Its orders are
/// children (`OrderTag.leg` = `OrderTag.childLeg`) of parents that it numbers from `firstParent` on, in the name of the strategy whose
/// position they reduce, or of `ReductionRules.strategy`. Working costs memory only where a plan is made, which happens after a
/// breach and not between an event and an order.
public struct ReductionDesk: Sendable {
    /// Numbers of its parent orders begin here; strategies number theirs below.
    public static let firstParent: UInt32 = 1 << 31
    /// Refusals in a row after which an instrument is left out until the next plan.
    static let patience = 10

    /// What the policy says; nil for no reduction at all.
    public let rules: ReductionRules?
    /// Something may be worked: trades are counted.
    public internal(set) var isWorking = false
    /// States that the engine has to lower, with the cancel of what adds risk, before anything is sent.
    var requests: [RiskCommand] = []
    /// Parents that the gate has to hear of, and those that take no more children.
    var openings: [(strategy: UInt16, leg: ReductionLeg)] = []
    var closings: [OrderTag] = []
    var book: PositionBook
    var tasks: [ReductionTask] = []
    /// Limits that are watched.
    var limits: [WatchedLimit] = []
    /// For each scope the strategies under it, as the policy says.
    let members: [[UInt16]]
    let model: ReductionModel
    /// For each instrument: lot, place in the model (−1 for none), twice the last mid, and ten thousand times what may be traded.
    var lots: [Int64]
    var modelPlaces: [Int]
    var marks: [Int64]
    var credits: [Int128]
    let profiles: [Symbol: InstrumentProfile]
    /// The policy has a day's loss for single instruments.
    let watchesInstruments: Bool
    /// What each scope holds as of this round, and which instruments are held at all, by their numbers; memory of the rounds before.
    var holdings: [[HeldPosition]]
    var heldInstruments: [Int] = []
    var losers: [(scope: Int, instrument: Instrument)] = []
    /// What the value at risk is computed from.
    var weights: [Double] = []
    var rows: [Int] = []
    var nextParent = ReductionDesk.firstParent
    var nextRound = Timestamp.zero

    /// A desk that does nothing.
    public init() { self.init(RiskPolicy(), instruments: 0) }

    /// A desk for a policy.
    ///
    /// - Parameters:
    ///   - policy: `reduction`, scopes, strategies, limits and profiles.
    ///   - instruments: how many have a place.
    ///   - directory: their names, as far as they are known; others come by `bind`.
    ///   - model: what value at risk is computed from; without it, only gross, net, loss and commands are worked.
    ///   - holders: the most tags whose positions are told apart.
    public init(
        _ policy: RiskPolicy,
        instruments: Int,
        directory: InstrumentDirectory = InstrumentDirectory(),
        model: RiskModel? = nil,
        holders: Int = 16_384
    ) {
        rules = policy.reduction
        let places = policy.reduction == nil ? 0 : max(instruments, 0)
        book = PositionBook(instruments: places, capacity: policy.reduction == nil ? 1 : holders)
        self.model = ReductionModel(model)
        members = ReductionDesk.members(policy)
        watchesInstruments = policy.limits.contains {
            $0.target != .all && ($0.kind == .dayLoss || $0.kind == .drawdown)
        }
        holdings = Array(repeating: [], count: members.count)
        profiles = Dictionary(policy.instruments.map { ($0.symbol, $0) }) { first, _ in first }
        lots = Array(repeating: policy.otherInstruments?.lot.raw ?? Quantity.scale, count: places)
        modelPlaces = Array(repeating: -1, count: places)
        marks = Array(repeating: 0, count: places)
        credits = Array(repeating: 0, count: places)
        for (place, limit) in policy.limits.enumerated() where limit.target == .all {
            if let cause = ReductionCause(limit.kind) {
                limits.append(WatchedLimit(place: place, scope: limit.scope, cause: cause))
            }
        }
        for (index, symbol) in directory.symbols.enumerated() {
            bind(Instrument(id: UInt32(truncatingIfNeeded: index)), symbol)
        }
    }

    /// Whether there is a desk at all.
    @inlinable
    public var isEnabled: Bool { rules != nil }

    /// Gives an instrument its name, and with it its lot and its place in the model.
    public mutating func bind(_ instrument: Instrument, _ symbol: Symbol) {
        guard instrument.index < lots.count else { return }
        if let profile = profiles[symbol] { lots[instrument.index] = profile.lot.raw }
        modelPlaces[instrument.index] = model.place(of: symbol)
    }

    private static func members(_ policy: RiskPolicy) -> [[UInt16]] {
        var members: [[UInt16]] = Array(repeating: [], count: policy.scopes.count)
        for (strategy, scope) in policy.strategies.enumerated() {
            var next: Int? = scope
            // A parent stands before its children, so that this ends.
            while let place = next, policy.scopes.indices.contains(place) {
                members[place].append(UInt16(truncatingIfNeeded: strategy))
                next = policy.scopes[place].parent.flatMap { $0 < place ? $0 : nil }
            }
        }
        return members
    }
}

extension ReductionCause {
    /// What breaks a limit of a kind; nil for a kind whose breaches the gate's refusals end, or no market can bring about.
    init?(_ kind: LimitKind) {
        switch kind {
        case .grossNotional: self = .gross
        case .netNotional: self = .net
        case .valueAtRisk: self = .valueAtRisk
        case .expectedShortfall: self = .expectedShortfall
        default: return nil
        }
    }
}

/// A limit that a reduction watches: its place in the policy, where the gate knows the value that holds.
struct WatchedLimit: Sendable {
    var place: Int
    var scope: Int
    var cause: ReductionCause
}

// MARK: - What the engine tells it
extension ReductionDesk {
    /// Whether an order is one of the desk's.
    public static func isOwn(_ tag: OrderTag) -> Bool { tag.leg == 0xFFFF && tag.group >= firstParent }

    /// Takes a printed trade: a share of it may be worked.
    public mutating func traded(_ instrument: Instrument, _ quantity: Quantity) {
        guard let rules, instrument.index < credits.count, quantity.raw > 0,
            let task = tasks.first(where: { !$0.isSettled })
        else { return }
        let share = task.stage == .passive ? rules.participation : rules.participation * 2
        credits[instrument.index] += Int128(quantity.raw) * Int128(share)
    }

    /// Takes what became of an order, anybody's; for an own one the tag of the position that it reduces.
    public mutating func take(_ update: OrderUpdate) -> OrderTag? {
        guard ReductionDesk.isOwn(update.tag) else {
            book.take(update, for: update.tag)
            return nil
        }
        guard let (task, line, leg) = place(of: update.tag.group), update.instrument.index < lots.count else {
            // Its task is over: the position counts all the same.
            book.take(update, for: nil)
            return nil
        }
        let owner = tasks[task].lines[line].legs[leg].owner
        book.take(update, for: owner)
        let dead = tasks[task].lines[line].legs[leg].take(update, pause: rules?.interval ?? 0)
        // What did not trade may be tried again.
        credits[update.instrument.index] += Int128(dead) * 10_000
        return owner
    }

    /// In whose name a leg of a scope is worked: the strategy's whose position it is; what is nobody's in the desk's own where that
    /// is under the scope, else in that of the scope's first, so that the scope's position falls.
    func strategy(_ leg: ReductionLeg, scope: Int) -> UInt16 {
        if let owner = leg.owner { return owner.strategy }
        let own = rules?.strategy ?? 0
        guard scope < members.count, !members[scope].contains(own) else { return own }
        return members[scope].first ?? own
    }

    /// An order of the desk has left the gate, which may have made it smaller (P16).
    @usableFromInline
    mutating func cleared(_ order: NewOrder) {
        guard ReductionDesk.isOwn(order.tag), let (task, line, leg) = place(of: order.tag.group) else { return }
        let cut = tasks[task].lines[line].legs[leg].shrink(order)
        credits[order.instrument.index] += Int128(cut) * 10_000
    }

    private func place(of parent: UInt32) -> (task: Int, line: Int, leg: Int)? {
        for task in tasks.indices {
            for line in tasks[task].lines.indices {
                for leg in tasks[task].lines[line].legs.indices
                where tasks[task].lines[line].legs[leg].parent == parent {
                    return (task, line, leg)
                }
            }
        }
        return nil
    }
}
