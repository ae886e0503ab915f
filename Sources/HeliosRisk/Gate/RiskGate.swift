// SPDX-License-Identifier: MIT
import HeliosMarket
import Synchronization

/// The one door to the venues: every order is checked here, and what passes is reserved in the ledger at once.
///
/// ```swift
/// switch gate.check(order, market: snapshot) {
/// case .cleared(let cleared): gateway.send(cleared)
/// case .refused(let refusal): …                        // the first control that failed, with value and limit
/// }
/// ```
/// It is made of a `RiskPolicy` and counts each order at every scope that it belongs to. A check costs a bounded number of
/// integer operations and allocates nothing. The gate owns the exposure ledger, so that no fill reaches the positions
/// without being judged against the day's loss.
@safe
public struct RiskGate: ~Copyable {
    /// Never read: it gives the gate a place in memory.
    ///
    /// An atomic has one, and so has all that holds one. Without it the compiler passes the gate by value to every function of its
    /// own that changes nothing, two kilobytes for each.
    private let anchor = Atomic<Bool>(false)
    // Plain structs over memory that `deinit` gives back: a member with a deinit of its own is miscompiled by Swift 6.3.1.
    @usableFromInline var ledger: RiskLedger
    @usableFromInline let watches: UnsafeMutablePointer<QuoteWatch>
    @usableFromInline let jump: Int64
    let policy: CompiledPolicy
    let table: InstrumentTable
    let grants: GrantTable
    let limits: RiskLimits
    var controls: ControlSet
    let used: UnsafeMutablePointer<UInt64>
    let refusedCounts: UnsafeMutablePointer<UInt64>
    /// For each scope and venue the state that a command gave it.
    let venueStates: UnsafeMutablePointer<UInt8>
    /// For each identity whether it is a risk officer.
    let officers: UnsafeMutablePointer<Bool>
    let identityCount: Int
    let instruments: Int
    /// The highest order number.
    let orders: Int
    let manifest: RiskManifest?
    let isTestSession: Bool
    /// The strategy that reduces positions for the firm; −1 for none.
    let reducer: Int
    /// Soft limits that the order under way has passed, and the alerts that wait to be taken.
    let crossed: UnsafeMutablePointer<CrossedLimit>
    /// Own orders that P16 wants cancelled.
    let meetings: UnsafeMutablePointer<OrderID>
    @usableFromInline var meetingCount = 0
    let alerts: UnsafeMutablePointer<RiskAlert>
    var alertStart = 0
    @usableFromInline var alertCount = 0
    var alertsLost: UInt64 = 0
    var sequence: UInt64 = 0
    var cancels: UInt64 = 0
    let changes: UnsafeMutablePointer<PendingChange>
    var changeCount = 0
    /// The earliest record and the earliest time at which a limit changes.
    @usableFromInline var nextChange = UInt64.max
    @usableFromInline var nextExpiry = Timestamp.never
    /// Limit changes that have taken effect.
    var changesDone: UInt64 = 0
    let baseVersion: UInt64
    /// A digest of the policy: saved states of another one are not taken.
    let policyPrint: UInt64
    /// P26: what runs is what was signed off, or nobody asked.
    var isIdentified: Bool
    /// The feed is down or has a gap that is not closed: no order may take risk on any instrument.
    public var feedIsInterrupted = false

    /// A gate for instruments 0 to `instruments` − 1 and order numbers 1 to `orders`.
    ///
    /// - Parameters:
    ///   - policy: what is allowed; what it does not say is refused.
    ///   - directory: names of the instruments that are known already; others are named by `bind`.
    ///   - instruments: how many instruments have a place.
    ///   - orders: the highest order number.
    ///   - initialCash: the firm's cash at the start.
    public init(
        policy: RiskPolicy,
        directory: InstrumentDirectory = InstrumentDirectory(),
        instruments: Int,
        orders: Int,
        initialCash: Money = .zero
    ) {
        limits = policy.market.bounded
        jump = policy.market.jump
        self.instruments = max(instruments, 0)
        self.orders = max(orders, 0)
        self.policy = CompiledPolicy(policy)
        table = InstrumentTable(policy, directory, count: self.instruments)
        grants = GrantTable(policy)
        manifest = policy.manifest
        isTestSession = policy.isTestSession
        reducer = policy.reductionStrategy.map { Int($0) } ?? -1
        isIdentified = policy.manifest == nil
        baseVersion = policy.version
        policyPrint = PolicyPrint.of(policy)
        ledger = RiskLedger(
            instruments: self.instruments,
            tallies: self.policy.tallies,
            strategies: self.policy.strategies,
            venues: self.policy.venues,
            orders: self.orders
        )
        controls = ControlSet(
            policy,
            self.policy,
            instruments: self.instruments,
            orders: self.orders
        )
        let places = max(self.instruments, 1)
        unsafe watches = .allocate(capacity: places)
        unsafe watches.initialize(repeating: QuoteWatch(), count: places)
        let words = self.orders / 64 + 1
        unsafe used = .allocate(capacity: words)
        unsafe used.initialize(repeating: 0, count: words)
        unsafe refusedCounts = .allocate(capacity: 256)
        unsafe refusedCounts.initialize(repeating: 0, count: 256)
        let pairs = self.policy.scopes * self.policy.venues
        unsafe venueStates = .allocate(capacity: pairs)
        unsafe venueStates.initialize(repeating: 0, count: pairs)
        identityCount = policy.identities.count
        unsafe officers = .allocate(capacity: max(identityCount, 1))
        for (place, person) in policy.identities.enumerated() { unsafe officers[place] = person.role == .riskOfficer }
        unsafe crossed = .allocate(capacity: CrossedLimit.room)
        unsafe meetings = .allocate(capacity: RiskGate.mostMeetings)
        unsafe alerts = .allocate(capacity: RiskAlert.room)
        unsafe changes = .allocate(capacity: PendingChange.room)
        // Safe: tally 0 is the firm.
        unsafe ledger.tallies[0].cash = initialCash.raw
        for index in 0..<self.instruments { prepare(index) }
        locateAll()
        judgeAll()
    }

    deinit {
        ledger.deallocate()
        policy.deallocate()
        table.deallocate()
        grants.deallocate()
        controls.deallocate()
        unsafe watches.deallocate()
        unsafe used.deallocate()
        unsafe refusedCounts.deallocate()
        unsafe venueStates.deallocate()
        unsafe officers.deallocate()
        unsafe crossed.deallocate()
        unsafe meetings.deallocate()
        unsafe alerts.deallocate()
        unsafe changes.deallocate()
    }
}

extension RiskGate {
    /// A gate of the plain limits of a run: one firm and its strategies (`RiskPolicy.init(simple:strategies:)`).
    public init(
        limits: RiskLimits,
        instruments: Int,
        orders: Int,
        initialCash: Money = .zero,
        strategies: Int = RiskPolicy.simpleStrategies
    ) {
        self.init(
            policy: RiskPolicy(simple: limits, strategies: strategies),
            instruments: instruments,
            orders: orders,
            initialCash: initialCash
        )
    }

    /// Tells the controls what is known of an instrument.
    mutating func prepare(_ index: Int) {
        let instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
        // Safe: the callers keep the index below the number of instruments.
        let facts = unsafe table.facts[index]
        controls.shortTest.setPriorClose(instrument, facts.priorClose)
        controls.bands.setTier(instrument, facts.bandTier)
        controls.bands.seed(instrument, facts.priorClose)
    }

    /// P26: says what runs; until it is what the policy's manifest was signed for, every order is refused.
    public mutating func identify(build: UInt64, configuration: UInt64) {
        guard let manifest else { return }
        isIdentified = manifest == RiskManifest(build: build, configuration: configuration)
    }
}

// MARK: - Reading
extension RiskGate {
    /// The firm's state and why.
    public var status: RiskStatus { status(of: 0) }

    /// The state of a scope, by its place in the policy, and why; that of scopes above it counts too for its orders.
    ///
    /// Killed for a scope that there is not.
    public func status(of scope: Int) -> RiskStatus {
        guard scope >= 0, scope < policy.scopes else {
            return RiskStatus(state: .killed, cause: .state, value: 0, limit: 0, lossAlert: false)
        }
        // Safe: tallies begin with one for each scope.
        let tally = unsafe ledger.tallies[scope]
        return RiskStatus(
            state: RiskState(rawValue: tally.state) ?? .killed,
            cause: RiskControl(rawValue: tally.cause) ?? .state,
            value: tally.stateValue,
            limit: tally.stateLimit,
            lossAlert: tally.alerted != 0
        )
    }

    /// Whether an order that was cleared may leave now: nothing that it belongs to has been halted since.
    public func mayLeave(_ id: OrderID) -> Bool {
        let entry = ledger.entry(id)
        let halted = RiskState.halted.rawValue
        // Safe: tally 0 is the firm; an order that was cleared has a path.
        guard entry.isLive, unsafe ledger.tallies[0].state < halted else { return false }
        for place in unsafe 0..<Int(ledger.paths[Int(entry.path)].count) {
            let slot = unsafe ledger.slots[ledger.slot(of: Int(entry.path), place)]
            let tally = Int(slot.tally)
            let venue = unsafe Int(policy.tallyScopes[tally]) * policy.venues + Int(entry.venue)
            guard slot.state < halted, unsafe ledger.tallies[tally].state < halted, unsafe venueStates[venue] < halted
            else { return false }
        }
        return true
    }

    /// What stands for `instrument` at a scope (the firm): position, in flight, profit.
    public func exposure(_ instrument: Instrument, scope: Int = 0) -> Exposure {
        guard instrument.index < instruments, scope >= 0, scope < policy.scopes else { return Exposure() }
        // Safe: the index is below the number of instruments.
        let mark = unsafe ledger.marks[instrument.index]
        guard let slot = ledger.slot(scope, instrument.index) else {
            return Slot().exposure(bid: mark.bid, ask: mark.ask)
        }
        return unsafe ledger.slots[slot].exposure(bid: mark.bid, ask: mark.ask)
    }

    /// The firm's position of `instrument`, negative when short.
    public func position(_ instrument: Instrument) -> Quantity { position(instrument, scope: 0) }

    /// The position of `instrument` at a scope, negative when short.
    public func position(_ instrument: Instrument, scope: Int) -> Quantity {
        guard instrument.index < instruments, scope >= 0, scope < policy.scopes,
            let slot = ledger.slot(scope, instrument.index)
        else { return .zero }
        return unsafe Quantity(raw: ledger.slots[slot].position)
    }

    /// Profit, loss and cash of the firm.
    public var profitAndLoss: ProfitAndLoss { profitAndLoss(scope: 0) }

    /// Profit, loss and cash of a scope; the cash of the start is the firm's only.
    public func profitAndLoss(scope: Int) -> ProfitAndLoss {
        scope >= 0 && scope < policy.scopes ? unsafe ledger.tallies[scope].profitAndLoss : ProfitAndLoss()
    }

    /// Fills that found no place in the ledger.
    public var unplacedFills: UInt64 { ledger.unplaced }

    /// How often more was released than was reserved: a fault of the caller.
    public var releaseUnderflows: UInt64 { ledger.underflows }

    /// Orders that passed.
    public var clearedCount: UInt64 { sequence }

    /// Cancels that passed.
    public var cancelCount: UInt64 { cancels }

    /// Orders that `control` refused.
    public func refusedCount(_ control: RiskControl) -> UInt64 {
        // Safe: 256 places, one for each value of a byte.
        unsafe refusedCounts[Int(control.rawValue)]
    }

    /// The edition of the limits that refusals carry: the policy's, plus the limit changes that have taken effect.
    public var version: UInt64 { baseVersion &+ changesDone }

    /// How many scopes the policy has.
    public var scopeCount: Int { policy.scopes }
}
