// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

/// A firm of one desk, two accounts and three strategies.
///
///     firm 0 ─ desk 1 ─ account 2 ─ strategies 4 and 5 (numbers 0 and 1)
///                 └ account 3 ─ strategy 6 (number 2)
///
/// Instruments A to D, of which A and B are shares, C and D funds; venues 1 and 2. Limits that nothing here reaches, but the
/// ones that a test adds.
func firm(_ change: (inout RiskPolicy) -> Void = { _ in }) -> BoxedGate {
    var policy = RiskPolicy()
    policy.version = 1_000
    policy.market = limits()
    policy.scopes = [
        RiskScope(.firm, "firm"), RiskScope(.desk, "desk", parent: 0), RiskScope(.account, "one", parent: 1),
        RiskScope(.account, "two", parent: 1), RiskScope(.strategy, "s0", parent: 2),
        RiskScope(.strategy, "s1", parent: 2), RiskScope(.strategy, "s2", parent: 3),
    ]
    policy.strategies = [4, 5, 6]
    policy.venues = ["X", "Y"]
    policy.assetClasses = ["shares", "funds"]
    policy.permissions = [Permission(scope: 0)]
    policy.shortSales = .none
    for (place, name) in ["A", "B", "C", "D"].enumerated() {
        var profile = InstrumentProfile(symbol(name))
        profile.lot = Quantity(1)
        profile.tick = price("0.01")
        profile.tickBelowOne = price("0.0001")
        profile.averageDailyVolume = Quantity(1_000_000_000)
        profile.priorClose = price("100.00")
        profile.assetClass = place < 2 ? 0 : 1
        policy.instruments.append(profile)
    }
    let (shares, money) = (Int128(Quantity(1_000_000).raw), Money(1_000_000_000).raw)
    for kind in [LimitKind.orderQuantity, .position, .dayQuantity] {
        policy.limits.append(RiskLimit(0, .eachInstrument, kind, hard: shares))
    }
    for kind in [LimitKind.orderNotional, .grossNotional, .netNotional, .credit, .dayLoss] {
        policy.limits.append(RiskLimit(0, .all, kind, hard: money))
    }
    policy.addDefaults()
    policy.loosenCounts()
    change(&policy)
    var directory = InstrumentDirectory()
    for name in ["A", "B", "C", "D"] { _ = directory.register(symbol(name)) }
    return BoxedGate(policy, directory)
}

func symbol(_ name: String) -> Symbol { Symbol(name) ?? Symbol(packed: 0) }

/// An order of a strategy; buys at 99.00 and sells at 101.00, so that none meets another.
func order(
    _ strategy: UInt16,
    _ side: Side,
    _ shares: Int,
    id: OrderID,
    of instrument: UInt32 = 1,
    at limit: String? = nil,
    venue: UInt16 = 0
) -> NewOrder {
    NewOrder(
        id: id,
        instrument: Instrument(id: instrument),
        side: side,
        quantity: Quantity(shares),
        price: price(limit ?? (side == .buy ? "99.00" : "101.00")),
        tag: OrderTag(strategy: strategy),
        venue: Venue(id: venue)
    )
}

extension BoxedGate {
    /// Fills an order that was cleared.
    @inline(never)
    func fill(_ order: NewOrder, _ shares: Int, at text: String? = nil, time: Timestamp = noon) {
        gate.filled(
            order.instrument,
            order.side,
            Quantity(shares),
            releasing: Quantity(shares),
            at: text.map { price($0) } ?? order.price,
            fee: .zero,
            order: order.id,
            time: time
        )
    }

    @inline(never)
    func end(_ order: NewOrder, _ shares: Int) {
        gate.released(order.instrument, order.side, Quantity(shares), order: order.id)
    }

    func covers(_ command: RiskCommand, _ tag: OrderTag, _ instrument: Instrument, _ venue: Venue) -> Bool {
        gate.covers(command, tag, instrument, venue)
    }

    @inline(never)
    func takeAlert() -> RiskAlert? { gate.takeAlert() }

    @inline(never)
    func takeSelfTrade() -> OrderID? { gate.takeSelfTrade() }

    func mayLeave(_ id: OrderID) -> Bool { gate.mayLeave(id) }

    @inline(never)
    func apply(_ command: RiskCommand) -> RiskCommandOutcome { gate.apply(command) }

    @inline(never)
    func apply(_ change: RiskLimitChange, sequence: UInt64 = 1, at time: Timestamp = noon) -> RiskLimitOutcome {
        gate.apply(change, sequence: sequence, at: time)
    }

    @inline(never)
    func replace(_ old: OrderID, by order: NewOrder) -> RiskRefusal? {
        switch gate.checkReplace(old, by: order, market: market()) {
        case .cleared: nil
        case .refused(let refusal): refusal
        }
    }

    /// What an order is refused for, and whether the telling of the chain agrees.
    func judge(_ order: NewOrder, _ market: MarketSnapshot = market()) -> RiskRefusal? {
        let told = gate.trace(order, market: market).first { $0.verdict == .failed }
        let refusal = refusal(order, market)
        #expect(told?.control == refusal?.control && told?.reason == refusal?.reason, "\(order)")
        #expect(told?.value == refusal?.value && told?.limit == refusal?.limit, "\(order)")
        #expect(told?.scope == refusal?.scope)
        return refusal
    }
}
