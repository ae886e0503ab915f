// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

let second: Nanoseconds = 1_000_000_000
let noon = Timestamp(nanoseconds: 1_700_000_000 * second)
let stock = Instrument(id: 1)

/// The price that a test writes; a typing mistake is a recorded issue and a price that no test expects.
func price(_ text: String) -> Price {
    do { return try Price(decimal: text) } catch {
        Issue.record("\(text) is not a price: \(error)")
        return Price(raw: .min)
    }
}

/// 1,000 shares and 100,000.00 an order, 2,000 shares of position, 5,000 shares a day on each side.
func shares() -> InstrumentLimits {
    .usShares(
        maxOrderQuantity: Quantity(1_000),
        maxPosition: Quantity(2_000),
        maxDayQuantity: Quantity(5_000),
        averageDailyVolume: InstrumentLimits.volumeUnknown,
        maxOrderNotional: Money(100_000)
    )
}

func limits(_ change: (inout RiskLimits) -> Void = { _ in }) -> RiskLimits {
    var limits = RiskLimits.standard(
        dayLoss: Money(10_000),
        notional: Money(100_000_000),
        instrument: shares()
    )
    change(&limits)
    return limits
}

func gate(_ change: (inout RiskLimits) -> Void = { _ in }) -> BoxedGate { BoxedGate(limits(change)) }

/// 99.99 at 100.01, quoted now, trading, regular session.
func market(_ change: (inout MarketSnapshot) -> Void = { _ in }) -> MarketSnapshot {
    var market = MarketSnapshot(
        bid: Price(raw: 9_999_000_000),
        ask: Price(raw: 10_001_000_000),
        bidQuantity: Quantity(500),
        askQuantity: Quantity(500),
        quoteTime: noon,
        tradingState: .trading,
        phase: .regular,
        now: noon
    )
    change(&market)
    return market
}

func buy(_ shares: Int, at limit: String = "100.00", id: OrderID = 1) -> NewOrder {
    order(.buy, Quantity(shares), price(limit), id: id)
}

func sell(_ shares: Int, at limit: String = "100.00", id: OrderID = 1) -> NewOrder {
    order(.sell, Quantity(shares), price(limit), id: id)
}

func order(_ side: Side, _ quantity: Quantity, _ limit: Price, id: OrderID = 1) -> NewOrder {
    NewOrder(id: id, instrument: stock, side: side, quantity: quantity, price: limit, tag: OrderTag(strategy: 0))
}

func marketOrder(_ side: Side, _ shares: Int, id: OrderID = 1) -> NewOrder {
    var order = order(side, Quantity(shares), .zero, id: id)
    order.type = .market
    return order
}

/// What became of an order, as a value that can be compared.
enum Outcome: Equatable {
    case cleared(price: Price)
    case refused(RiskControl, RiskReason)

    var isCleared: Bool { if case .cleared = self { true } else { false } }
}

/// A gate in a box: an expectation can call what changes a value only through a reference.
final class BoxedGate {
    var gate: RiskGate

    /// A plain policy whose walk (P04) never binds before the collar does.
    init(_ limits: RiskLimits) {
        var policy = RiskPolicy(simple: limits)
        policy.setEvery(.walk, 100_000)
        gate = RiskGate(policy: policy, instruments: 4, orders: 1_000)
    }

    init(_ policy: RiskPolicy, _ directory: InstrumentDirectory = InstrumentDirectory()) {
        gate = RiskGate(policy: policy, directory: directory, instruments: 4, orders: 1_000)
    }

    // Never inlined: where the outcome is not used, the optimiser of Swift 6.3.1 aborts on the dead verdict.
    @inline(never)
    func outcome(_ order: NewOrder, _ market: MarketSnapshot) -> Outcome {
        switch gate.check(order, market: market) {
        case .cleared(let cleared): .cleared(price: cleared.order.price)
        case .refused(let refusal): .refused(refusal.control, refusal.reason)
        }
    }

    @inline(never)
    func refusal(_ order: NewOrder, _ market: MarketSnapshot) -> RiskRefusal? {
        switch gate.check(order, market: market) {
        case .cleared: nil
        case .refused(let refusal): refusal
        }
    }

    /// Gives the gate a position that came about without it, at 100.00 and marked there.
    func hold(_ shares: Int) { fill(shares > 0 ? .buy : .sell, abs(shares), at: "100.00") }

    func fill(_ side: Side, _ shares: Int, releasing: Int = 0, at text: String, fee: Money = .zero) {
        let (quantity, reserved) = (Quantity(shares), Quantity(releasing))
        gate.filled(stock, side, quantity, releasing: reserved, at: price(text), fee: fee)
    }

    func mark(_ bid: String, _ ask: String, at time: Timestamp = noon) {
        gate.mark(stock, bid: price(bid), ask: price(ask), at: time)
    }

    func clearCancel(_ id: OrderID) -> Bool { gate.clearCancel(id) }
    func raise(to state: RiskState, by officer: UInt32, and second: UInt32) -> Bool {
        gate.raise(to: state, officer: officer, second: second)
    }
    var state: RiskState { gate.status.state }
    var exposure: Exposure { gate.exposure(stock) }
}
