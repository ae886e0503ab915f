// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import Testing

#if DEBUG
private let steps = 100_000
#else
private let steps = 1_000_000
#endif

private let maxPosition = Quantity(300)
private let maxOrder = Quantity(100)
private let maxDay = Quantity(900)
private let maxNotional = Money(9_500)
private let fee: Int64 = 300_000  // 0.003 a share
private let initialCash = Money(50_000)

/// Gate, working orders and ledger as an engine wires them, beside the model and the venue.
private struct OrderPath: ~Copyable {
    var gate: RiskGate
    var orders = WorkingOrders(capacity: 200, instruments: 2)
    var model = OrderPathModel()
    var venue = ChaoticVenue()
    var dice: Dice
    var lastID: OrderID = 0
    var dayHigh: Int128 = 0
    var state = RiskState.active
    var problem: String?
    let dayLoss: Money

    init(seed: UInt64) {
        dice = Dice(state: seed)
        venue.isHonest = dice.roll(4) != 0
        dayLoss = [Money(100_000), Money(20), Money(150), Money(300)][dice.roll(4)]
        let limits = InstrumentLimits.usShares(
            maxOrderQuantity: maxOrder,
            maxPosition: maxPosition,
            maxDayQuantity: maxDay,
            averageDailyVolume: InstrumentLimits.volumeUnknown,
            maxOrderNotional: maxNotional
        )
        let standard = RiskLimits.standard(dayLoss: dayLoss, notional: Money(1_000_000_000), instrument: limits)
        var policy = RiskPolicy(simple: standard)
        policy.loosenCounts()
        gate = RiskGate(policy: policy, instruments: 2, orders: 200, initialCash: initialCash)
        model.fee = fee
        for id: UInt32 in 0...1 { quote(Instrument(id: id)) }
    }

    mutating func step() {
        switch dice.roll(8) {
        case 0, 1: submit()
        case 2: cancel()
        case 3: venue.trade(&dice)
        case 4: quote(Instrument(id: UInt32(dice.roll(2))))
        default: deliver()
        }
        verify()
    }

    private mutating func quote(_ instrument: Instrument) {
        let cents = Int64(9_900 + dice.roll(200))
        let (bid, ask) = (cents * 1_000_000, (cents + 1 + Int64(dice.roll(5))) * 1_000_000)
        model.bids[instrument] = bid
        model.asks[instrument] = ask
        gate.mark(instrument, bid: Price(raw: bid), ask: Price(raw: ask), at: .zero)
    }

    private mutating func submit() {
        guard lastID < 200 else { return }
        lastID += 1
        let order = NewOrder(
            id: lastID,
            instrument: Instrument(id: UInt32(dice.roll(2))),
            side: dice.roll(2) == 0 ? .buy : .sell,
            quantity: Quantity(1 + dice.roll(dice.roll(3) == 0 ? 250 : 60)),
            price: Price(raw: Int64(9_500 + dice.roll(1_000)) * 1_000_000),
            tag: OrderTag(strategy: 0)
        )
        let market = MarketSnapshot(
            bid: Price(raw: model.bids[order.instrument] ?? 0),
            ask: Price(raw: model.asks[order.instrument] ?? 0),
            bidQuantity: Quantity(1),
            askQuantity: Quantity(1),
            tradingState: .trading,
            phase: .regular,
            now: .zero
        )
        let expected = expectation(order)
        switch gate.check(order, market: market) {
        case .cleared(let cleared):
            if expected != nil { problem = "\(order) passed, expected \(String(describing: expected))" }
            if !orders.add(cleared.order, at: .zero) { problem = "no room for \(order)" }
            model.orders[order.id] = OrderPathModel.Order(order: order)
            venue.receive(order, &dice)
        case .refused(let refusal):
            if expected != refusal.control { problem = "\(refusal), expected \(String(describing: expected))" }
        }
    }

    /// What the sheet says about this order, in the plainest words: nil to pass, else the control that refuses.
    private func expectation(_ order: NewOrder) -> RiskControl? {
        let sums = model.sums(order.instrument)
        let quantity = Int128(order.quantity.raw)
        let isBuy = order.side == .buy
        let held = isBuy ? -(sums.position + sums.openBuy) : sums.position - sums.openSell
        let reduces = held > 0 && quantity <= held
        if state == .killed || state == .reduceOnly && !reduces { return .p14 }
        if !reduces, order.quantity > maxOrder { return .p01 }
        if !reduces, Money(order.price, times: order.quantity) > maxNotional { return .p02 }
        let mid = Double((model.bids[order.instrument] ?? 0) + (model.asks[order.instrument] ?? 0)) / 2
        let collar = mid >= 5e9 ? 0.03 : 0.05
        let limit = Double(order.price.raw)
        if isBuy ? limit > mid * (1 + collar) : limit < mid * (1 - collar) { return .p03 }
        let isMet = model.orders.values.contains { own in
            own.order.instrument == order.instrument && own.order.side != order.side && own.leaves > 0
                && (isBuy ? own.order.price <= order.price : own.order.price >= order.price)
        }
        if isMet { return .p16 }
        if reduces { return nil }
        let worst = isBuy ? sums.position + sums.openBuy + quantity : -(sums.position - sums.openSell - quantity)
        let traded = isBuy ? sums.bought + sums.openBuy + quantity : sums.sold + sums.openSell + quantity
        return worst > Int128(maxPosition.raw) || traded > Int128(maxDay.raw) ? .p11 : nil
    }

    private mutating func cancel() {
        guard lastID > 0 else { return }
        let id = OrderID(1 + dice.roll(Int(lastID)))
        let isWorking = (model.orders[id]?.leaves ?? 0) > 0
        if orders.requestCancel(id) {
            if !isWorking { problem = "cancel of \(id) that has ended" }
            if !gate.clearCancel(id) { problem = "cancel of \(id) did not pass" }
            venue.cancel(id)
        }
    }

    private mutating func deliver() {
        guard let report = venue.deliver(&dice) else { return }
        model.apply(report)
        let update = orders.apply(report)
        switch update.kind {
        case .filled:
            let cost = Money(raw: Int128(fee) * Int128(update.quantity.raw))
            let (instrument, side, quantity) = (update.instrument, update.side, update.quantity)
            gate.filled(
                instrument,
                side,
                quantity,
                releasing: update.released,
                at: update.price,
                fee: cost,
                order: update.orderID
            )
        case .cancelled, .rejected:
            gate.released(update.instrument, update.side, update.released, order: update.orderID)
        default: break
        }
    }

    private mutating func verify() {
        verifyOrders()
        var total: Int128 = 0
        var cash = initialCash.raw
        for id: UInt32 in 0...1 {
            let instrument = Instrument(id: id)
            let sums = model.sums(instrument)
            verify(instrument, sums)
            let mark = (sums.position >= 0 ? model.bids : model.asks)[instrument] ?? 0
            total += sums.cashFlow - sums.fees + sums.position * Int128(mark)
            cash += sums.cashFlow - sums.fees
        }
        let result = gate.profitAndLoss
        if result.total != total || result.cash != cash { problem = "total \(result), model \(total) and \(cash)" }
        if result.realised + result.unrealised - result.fees != result.total { problem = "parts of \(result)" }
        dayHigh = max(dayHigh, total)
        let fall = dayHigh - total
        let now: RiskState =
            fall * 10 >= dayLoss.raw * 12 ? .killed : fall >= dayLoss.raw ? .reduceOnly : .active
        state = max(state, now)
        if gate.status.state != state { problem = "state \(gate.status), expected \(state)" }
        if gate.releaseUnderflows != 0 { problem = "released more than reserved" }
    }

    private mutating func verify(_ instrument: Instrument, _ sums: OrderPathModel.Sums) {
        let exposure = gate.exposure(instrument)
        let stored = OrderPathModel.Sums(
            position: Int128(exposure.position.raw),
            openBuy: Int128(exposure.openBuy.raw),
            openSell: Int128(exposure.openSell.raw),
            bought: Int128(exposure.bought.raw),
            sold: Int128(exposure.sold.raw),
            cashFlow: exposure.cashFlow,
            fees: exposure.fees
        )
        if stored != sums { problem = "\(stored), model \(sums)" }
        let value = Int128(exposure.position.raw) * Int128(exposure.mark.raw)
        if exposure.realised + exposure.unrealised != exposure.cashFlow + value { problem = "\(exposure)" }
        if venue.isHonest {
            let isInside = exposure.worstLong <= maxPosition && exposure.worstShort >= -maxPosition
            if !isInside { problem = "worst case outside the limit: \(exposure)" }
        }
    }

    private mutating func verifyOrders() {
        var working = 0
        for (id, truth) in model.orders {
            guard let order = orders.order(id) else {
                problem = "order \(id) is missing"
                continue
            }
            let stored = [order.leaves.raw, order.filled.raw, order.cancelled.raw]
            if stored.reduce(0, +) != order.order.quantity.raw { problem = "\(order) does not add up" }
            if stored != [truth.leaves, truth.filled, truth.cancelled] { problem = "\(order), model \(truth)" }
            if order.overfilled.raw != truth.executed - truth.filled { problem = "\(order), model \(truth)" }
            working += truth.leaves > 0 ? 1 : 0
        }
        if orders.workingCount != working { problem = "\(orders.workingCount) working, model \(working)" }
    }
}

@Suite("Order path against a slow model")
struct OrderPathTests {
    @Test("gate, orders and ledger agree with the model after every step of a chaotic day, and no limit is passed")
    func chaos() {
        var states: [RiskState: Int] = [:]
        var refusals: [RiskControl: UInt64] = [:]
        var cleared: UInt64 = 0
        var anomalies = OrderAnomalyCounts()
        for seed in 1...UInt64(steps / 250) {
            var path = OrderPath(seed: seed)
            for step in 1...250 where path.problem == nil {
                path.step()
                if let problem = path.problem { Issue.record("seed \(seed), step \(step): \(problem)") }
            }
            states[path.state, default: 0] += 1
            for control in RiskControl.allCases { refusals[control, default: 0] += path.gate.refusedCount(control) }
            cleared += path.gate.clearedCount
            let counts = path.orders.anomalies
            anomalies.overfills += counts.overfills
            anomalies.duplicateExecutions += counts.duplicateExecutions
            anomalies.unknownOrders += counts.unknownOrders
            anomalies.contradictions += counts.contradictions
            anomalies.beforeAcceptance += counts.beforeAcceptance
        }
        // The chaos must have reached every corner, or this test shows nothing.
        for control in [RiskControl.p01, .p02, .p03, .p11, .p14, .p16] { #expect(refusals[control, default: 0] > 0) }
        for state in [RiskState.active, .reduceOnly, .killed] { #expect(states[state, default: 0] > 0) }
        #expect(cleared > UInt64(steps / 50))
        #expect(anomalies.overfills > 0 && anomalies.duplicateExecutions > 0 && anomalies.unknownOrders > 0)
        #expect(anomalies.contradictions > 0 && anomalies.beforeAcceptance > 0)
    }
}
