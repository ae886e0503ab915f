// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// A gate and a slow ledger that hear the same.
final class SlowRun {
    private var gate: RiskGate
    private var slow: SlowRisk
    private var random: UInt64
    private var now = noon
    private var nextID: OrderID = 1
    private var mids: [Int64]
    /// Cancelled, and the venue has not said so yet.
    private var cancelled: Set<OrderID> = []
    private(set) var steps = 0
    private(set) var cleared = 0
    private(set) var cancelsInFlight = 0
    private(set) var refusals: [RiskControl: Int] = [:]

    init(seed: UInt64, orders: Int) {
        let policy = SlowRiskTests.policy()
        var directory = InstrumentDirectory()
        for symbol in SlowRiskTests.symbols { _ = directory.register(symbol) }
        gate = RiskGate(policy: policy, directory: directory, instruments: 4, orders: orders + 1)
        slow = SlowRisk(policy, SlowRiskTests.symbols)
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        mids = Array(repeating: 100 * Price.scale, count: 4)
    }

    private func below(_ bound: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random >> 33) % bound
    }

    /// Does one thing to both; what does not agree, if anything.
    func step() -> String? {
        steps += 1
        now = now + Nanoseconds(below(1_000_000))
        switch below(100) {
        case 0..<25: quote(below(4))
        case 25..<60: if let complaint = order() { return complaint }
        case 60..<80: fill()
        case 80..<97: end()
        default: if below(120) == 0 { newDay() } else { raise() }
        }
        return compare()
    }

    private func quote(_ instrument: Int) {
        let tick = Price.scale / 100
        mids[instrument] = max(mids[instrument] + Int64(below(41) - 20) * tick, 60 * Price.scale)
        let spread = Int64(1 + below(3)) * tick
        let (bid, ask) = (mids[instrument] - spread, mids[instrument] + spread)
        gate.mark(Instrument(id: UInt32(instrument)), bid: Price(raw: bid), ask: Price(raw: ask), at: now)
        slow.quote(instrument, bid, ask, at: now)
    }

    private func order() -> String? {
        let instrument = below(4)
        let tick = Price.scale / 100
        let strategy = below(4)
        if slow.bids[instrument] == 0 { quote(instrument) }
        let (bid, ask) = (slow.bids[instrument], slow.asks[instrument])
        guard bid > 0, ask > bid else { return nil }
        var order = NewOrder(
            id: below(200) == 0 && nextID > 1 ? OrderID(1 + below(Int(nextID) - 1)) : nextID,
            instrument: Instrument(id: UInt32(instrument)),
            side: below(2) == 0 ? .buy : .sell,
            quantity: Quantity(1 + below(520)),
            price: Price(raw: (bid + ask) / 2 / tick * tick + Int64(below(21) - 10) * tick),
            tag: OrderTag(strategy: UInt16(strategy))
        )
        order.venue = Venue(id: UInt16(1 + below(2)))
        if below(10) == 0 { order.type = .market }
        let snapshot = MarketSnapshot(
            bid: Price(raw: bid),
            ask: Price(raw: ask),
            bidQuantity: Quantity(100),
            askQuantity: Quantity(100),
            quoteTime: now,
            tradingState: .trading,
            phase: .regular,
            now: now
        )
        let (broken, valuePrice, limit) = slow.broken(by: order, bid: bid, ask: ask)
        if order.id == nextID { nextID += 1 }
        switch gate.check(order, market: snapshot) {
        case .cleared(let clearance):
            guard broken.isEmpty else { return "cleared \(order), which breaks \(broken)" }
            cleared += 1
            var travelling = clearance.order
            guard travelling.price.raw == limit else {
                return "travels at \(travelling.price), not \(Price(raw: limit))"
            }
            travelling.quantity = order.quantity
            slow.take(travelling, valuePrice: valuePrice)
        case .refused(let refusal):
            refusals[refusal.control, default: 0] += 1
            guard broken.contains(refusal.control) else { return "refused by \(refusal), which breaks \(broken)" }
        }
        return nil
    }

    private func fill() {
        guard !slow.live.isEmpty else { return }
        let order = slow.live[below(slow.live.count)]
        let quantity = 100_000_000 * (1 + below(order.leaves / 100_000_000))
        let price = order.limit + Int64(below(3) - 1) * Price.scale / 100
        let fee = Money(raw: Int128(below(2_000_000) - 500_000) * 1_000_000)
        gate.filled(
            Instrument(id: UInt32(order.instrument)),
            order.side,
            Quantity(raw: Int64(quantity)),
            releasing: Quantity(raw: Int64(quantity)),
            at: Price(raw: price),
            fee: fee,
            order: order.id,
            time: now
        )
        if cancelled.contains(order.id) { cancelsInFlight += 1 }
        slow.fill(order.id, quantity, price, fee.raw)
    }

    /// A cancel goes out, or its answer (or a refusal, an expiry) comes in.
    private func end() {
        guard !slow.live.isEmpty else { return }
        let order = slow.live[below(slow.live.count)]
        // A cancel that is sent releases nothing.
        if cancelled.insert(order.id).inserted { return _ = gate.clearCancel(order.id, at: now) }
        gate.released(
            Instrument(id: UInt32(order.instrument)),
            order.side,
            Quantity(raw: Int64(order.leaves)),
            order: order.id,
            time: now
        )
        slow.end(order.id)
    }

    private func newDay() {
        gate.newDay(at: now)
        slow.newDay()
    }

    /// Two people let a scope go on; what a loss brought about comes back at once while the loss stands.
    private func raise() {
        let scope = below(10)
        _ = gate.apply(RiskCommand(.raise, .active, scope: UInt16(scope), officer: 1, second: 2))
        slow.raise(scope)
    }

    /// The sums, now and then all of them.
    private func compare() -> String? {
        for scope in [0, 3, 5, 8] {
            for instrument in 0..<4 {
                let mine = slow.standing(instrument, SlowRisk.Place(scope: scope, target: .all))
                let its = gate.exposure(Instrument(id: UInt32(instrument)), scope: scope)
                guard its.position.raw == mine.position, its.openBuy.raw == mine.openBuy,
                    its.openSell.raw == mine.openSell,
                    its.bought.raw == mine.bought, its.sold.raw == mine.sold
                else { return "scope \(scope), instrument \(instrument): \(its), not \(mine)" }
            }
            let profit = slow.profit(SlowRisk.Place(scope: scope, target: .all))
            guard gate.profitAndLoss(scope: scope).total == profit else {
                return "scope \(scope) has won \(gate.profitAndLoss(scope: scope).total), not \(profit)"
            }
            let state = slow.states[SlowRisk.Place(scope: scope, target: .all)] ?? .active
            guard gate.status(of: scope).state == state else {
                return "scope \(scope) is \(gate.status(of: scope).state), not \(state)"
            }
        }
        return nil
    }
}
