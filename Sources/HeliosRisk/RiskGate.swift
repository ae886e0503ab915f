// SPDX-License-Identifier: MIT
import HeliosMarket

/// The one door to the venues: every order is checked here, and what passes is reserved in the ledger at once.
///
/// ```swift
/// switch gate.check(order, market: snapshot) {
/// case .cleared(let cleared): gateway.send(cleared)
/// case .refused(let refusal): …                        // the first control that failed, with value and limit
/// }
/// ```
/// A check costs a fixed number of integer operations and allocates nothing. The gate owns the exposure ledger, so
/// that no fill reaches the positions without being judged against the day's loss.
@safe
public struct RiskGate: ~Copyable {
    // In memory of its own: a member with a deinit, in an owner that has one too, is miscompiled by Swift 6.3.1.
    @usableFromInline let box: UnsafeMutablePointer<ExposureLedger>
    @usableFromInline let watches: UnsafeMutablePointer<QuoteWatch>
    @usableFromInline let jump: Int64
    let rules: UnsafeMutablePointer<InstrumentRules>
    let used: UnsafeMutablePointer<UInt64>
    let refusedCounts: UnsafeMutablePointer<UInt64>
    let limits: RiskLimits
    let instruments: Int
    /// The highest order number.
    let orders: Int
    @usableFromInline var current: RiskStatus
    var alertAt: Int128
    var reduceAt: Int128
    var killAt: Int128
    var sequence: UInt64 = 0
    var cancels: UInt64 = 0
    /// The feed is down or has a gap that is not closed: no order may take risk on any instrument.
    public var feedIsInterrupted = false

    /// A gate for instruments 0 to `instruments` − 1 and order numbers 1 to `orders`.
    public init(limits: RiskLimits, instruments: Int, orders: Int, initialCash: Money = .zero) {
        self.limits = limits.bounded
        self.instruments = max(instruments, 0)
        self.orders = max(orders, 0)
        jump = limits.jump
        unsafe box = .allocate(capacity: 1)
        unsafe box.initialize(to: ExposureLedger(instruments: self.instruments, initialCash: initialCash))
        let places = max(self.instruments, 1)
        unsafe rules = .allocate(capacity: places)
        let common = InstrumentRules(limits.instrument, participation: limits.participation)
        unsafe rules.initialize(repeating: common, count: places)
        unsafe watches = .allocate(capacity: places)
        unsafe watches.initialize(repeating: QuoteWatch(), count: places)
        let words = self.orders / 64 + 1
        unsafe used = .allocate(capacity: words)
        unsafe used.initialize(repeating: 0, count: words)
        unsafe refusedCounts = .allocate(capacity: 256)
        unsafe refusedCounts.initialize(repeating: 0, count: 256)
        // A limit that is not positive is none: killed from the start.
        let loss = self.limits.dayLoss.raw
        alertAt = -(loss * 7 / 10)
        reduceAt = -loss
        killAt = -(loss * 12 / 10)
        current = RiskStatus(state: .active, cause: .state, value: 0, limit: 0, lossAlert: false)
        judge()
    }

    deinit {
        unsafe box.deinitialize(count: 1)
        unsafe box.deallocate()
        unsafe rules.deallocate()
        unsafe watches.deallocate()
        unsafe used.deallocate()
        unsafe refusedCounts.deallocate()
    }

    @usableFromInline var ledger: ExposureLedger {
        @inlinable _read { yield unsafe box.pointee }
        @inlinable nonmutating _modify { yield unsafe &box.pointee }
    }

    /// Gives `instrument` limits of its own; nothing happens for one that the gate has no place for.
    ///
    /// For the set-up before the first order.
    public mutating func setLimits(_ limits: InstrumentLimits, of instrument: Instrument) {
        guard instrument.index < instruments else { return }
        unsafe rules[instrument.index] = InstrumentRules(limits, participation: self.limits.participation)
    }
}

// MARK: - Reading
extension RiskGate {
    /// The gate's state and why.
    @inlinable
    public var status: RiskStatus { current }

    /// What stands for `instrument`: position, in flight, profit.
    @inlinable
    public func exposure(_ instrument: Instrument) -> Exposure { ledger.exposure(instrument) }

    /// The position of `instrument`, negative when short.
    @inlinable
    public func position(_ instrument: Instrument) -> Quantity { ledger.position(instrument) }

    /// Profit, loss and cash over all instruments.
    @inlinable
    public var profitAndLoss: ProfitAndLoss { ledger.profitAndLoss }

    /// Fills that found no place in the ledger.
    @inlinable
    public var unplacedFills: UInt64 { ledger.unplacedFills }

    /// How often more was released than was reserved: a fault of the caller.
    @inlinable
    public var releaseUnderflows: UInt64 { ledger.releaseUnderflows }

    /// Orders that passed.
    public var clearedCount: UInt64 { sequence }

    /// Cancels that passed.
    public var cancelCount: UInt64 { cancels }

    /// Orders that `control` refused.
    public func refusedCount(_ control: RiskControl) -> UInt64 {
        // Safe: 256 places, one for each value of a byte.
        unsafe refusedCounts[Int(control.rawValue)]
    }
}

// MARK: - What happens to the ledger
extension RiskGate {
    /// Takes a fill (`OrderUpdate` of kind `filled`): open becomes position, and the day's loss is judged.
    ///
    /// `releasing` is how much of the fill was reserved, `OrderUpdate.released`; a negative fee is a rebate. A fill that
    /// finds no place (unknown instrument, sums that do not fit) halts the gate and is counted.
    public mutating func filled(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        releasing: Quantity,
        at price: Price,
        fee: Money
    ) {
        if ledger.filled(instrument, side, quantity, releasing: releasing, at: price, fee: fee) {
            judge()
        } else {
            descend(to: .halted, cause: .p06, value: Int128(quantity.raw), limit: 0)
        }
    }

    /// Takes the end of an order: what it had reserved is free again (`OrderUpdate.released`).
    @inlinable
    public mutating func released(_ instrument: Instrument, _ side: Side, _ quantity: Quantity) {
        ledger.released(instrument, side, quantity)
    }

    /// Takes the best prices of `instrument`, zero for an empty side: the position is marked, the day's loss judged,
    /// and crossed books and jumps remembered for P17.
    @inlinable
    public mutating func mark(_ instrument: Instrument, bid: Price, ask: Price, at time: Timestamp) {
        guard instrument.index < ledger.count else { return }
        // Safe: the index is below the number of instruments.
        unsafe watches[instrument.index].take(bid: bid, ask: ask, at: time, jump: jump)
        if ledger.mark(instrument, bid: bid, ask: ask) { judge() }
    }

    /// Holds the day's loss against its limit (P14).
    @usableFromInline
    mutating func judge() {
        guard ledger.isExact else {
            descend(to: .halted, cause: .p06, value: 0, limit: 0)
            return
        }
        let result = ledger.profitAndLoss
        // The day's high is at least 0, so the fall from it is never smaller than the loss: one comparison for both.
        let (fall, overflow) = result.total.subtractingReportingOverflow(result.dayHigh)
        current.lossAlert = current.lossAlert || overflow || fall <= alertAt
        if overflow || fall <= killAt {
            descend(to: .killed, cause: .p14, value: fall, limit: killAt)
        } else if fall <= reduceAt {
            descend(to: .reduceOnly, cause: .p14, value: fall, limit: reduceAt)
        }
    }

    mutating func descend(to state: RiskState, cause: RiskControl, value: Int128, limit: Int128) {
        guard state > current.state else { return }
        current.state = state
        current.cause = cause
        current.value = value
        current.limit = limit
    }
}

// MARK: - Operator
extension RiskGate {
    /// Lowers the state; one person may.
    ///
    /// Nothing happens when the state is that low already.
    public mutating func lower(to state: RiskState) {
        descend(to: state, cause: .state, value: 0, limit: 0)
    }

    /// Raises the state; two different people must say so.
    ///
    /// The day's loss is judged again at once, so that a state that a loss brought about comes back while the loss
    /// stands.
    ///
    /// False, and nothing changed, for fewer than two people or a state that is not higher.
    public mutating func raise(to state: RiskState, officer: UInt32, second: UInt32) -> Bool {
        guard officer != 0, second != 0, officer != second, state < current.state else { return false }
        current = RiskStatus(state: state, cause: .state, value: 0, limit: 0, lossAlert: false)
        judge()
        return current.state == state
    }
}
