// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// T06: patterns in our own orders that a market's rules forbid, whatever they were meant for.
///
/// It knows only what we did and what the tape says. What it finds is a reason to look, not a verdict.
public struct ConductWatch: Sendable {
    struct Resting: Sendable {
        var order: NewOrder
        var sent: Timestamp
        /// Distance behind the touch when it was sent, in basis points; negative through it.
        var reach: Int64
        var filled = Quantity.zero
    }

    /// A fill, and the orders of the other side that rested then: it is judged when the window is over.
    struct LayeringCase: Sendable {
        var fill: Execution
        var resting: [OrderID: Quantity]
        var cancelled = Quantity.zero
        var gone = 0
        var isRaised = false
    }

    struct Ignition: Sendable {
        var side: Side
        var quantity: Quantity
        var until: Timestamp
        /// Quantity times price of the burst.
        var value: Int128
        var last: Execution
        var back = Quantity.zero
        var backValue: Int128 = 0
    }

    /// What is known of an instrument that we have traded.
    struct Traded: Sendable {
        var recent: [Execution] = []
        var ignition: Ignition?
        /// For the close.
        var bought = Quantity.zero
        var sold = Quantity.zero
        var firstPrice: Price?
        var lastFill: Execution?
    }

    let settings: ConductSettings
    let close: Timestamp
    var resting: [UInt32: [OrderID: Resting]] = [:]
    var places: [OrderID: UInt32] = [:]
    var cases: [LayeringCase] = []
    var traded: [UInt32: Traded] = [:]
    var tape = VolumeTape()
    /// How often each pattern was found.
    public internal(set) var found: [String: Int] = [:]

    public init(_ settings: ConductSettings, close: Timestamp) {
        self.settings = settings
        self.close = close
    }

    // MARK: What happens

    /// A trade of the tape.
    public mutating func traded(_ event: Event) {
        tape.add(event.instrument, event.quantity, at: event.receiveTime)
    }

    /// An order of ours was sent while the market was at `bid` and `ask`; only one that may rest is remembered.
    public mutating func sent(_ order: NewOrder, at time: Timestamp, bid: Price, ask: Price) {
        guard order.timeInForce == .day else { return }
        let touch = order.side == .buy ? bid : ask
        guard touch.raw > 0 else { return }
        let distance = Int128(order.side == .buy ? touch.raw - order.price.raw : order.price.raw - touch.raw)
        let reach = Int64(clamping: distance * 10_000 / Int128(touch.raw))
        resting[order.instrument.id, default: [:]][order.id] = Resting(order: order, sent: time, reach: reach)
        places[order.id] = order.instrument.id
    }

    /// What was left of order `id` is gone at `time`; to be told before `ended`, which forgets the order.
    public mutating func cancelled(_ id: OrderID, at time: Timestamp) {
        guard let instrument = places[id], let order = resting[instrument]?[id] else { return }
        for place in cases.indices where cases[place].resting[id] != nil {
            guard time - cases[place].fill.received <= settings.layeringAfter else { continue }
            let left = order.order.quantity - order.filled
            cases[place].resting[id] = nil
            cases[place].cancelled += left
            cases[place].gone += 1
        }
    }

    /// Order `id` can't trade any more.
    public mutating func ended(_ id: OrderID) {
        guard let instrument = places.removeValue(forKey: id) else { return }
        resting[instrument]?[id] = nil
    }

    /// An execution of ours; `bid` and `ask` are those at its order's decision.
    public mutating func filled(_ fill: Execution, bid: Price, ask: Price, _ alerts: inout [RiskAlertRecord]) {
        if let instrument = places[fill.orderID] { resting[instrument]?[fill.orderID]?.filled += fill.quantity }
        var state = traded.removeValue(forKey: fill.instrument.id) ?? Traded()
        wash(fill, state, &alerts)
        state.recent.removeAll { fill.received - $0.received > settings.reversalWindow }
        open(fill)
        ignite(fill, bid: bid, ask: ask, &state, &alerts)
        state.recent.append(fill)
        if close != .never, fill.received >= close + -settings.closeWindow, fill.received <= close {
            if state.firstPrice == nil { state.firstPrice = ConductWatch.mid(bid, ask) ?? fill.price }
            if fill.side == .buy { state.bought += fill.quantity } else { state.sold += fill.quantity }
            state.lastFill = fill
        }
        traded[fill.instrument.id] = state
    }

    /// Time has come to `now`: cases whose window is over are judged.
    public mutating func tick(at now: Timestamp, _ alerts: inout [RiskAlertRecord]) {
        guard let first = cases.first, now - first.fill.received > settings.layeringAfter else { return }
        while let first = cases.first, now - first.fill.received > settings.layeringAfter {
            judge(cases.removeFirst(), at: now, &alerts)
        }
    }

    /// The day is over: cases still open are judged, and the close.
    public mutating func finish(at now: Timestamp, _ alerts: inout [RiskAlertRecord]) {
        for each in cases { judge(each, at: now, &alerts) }
        cases.removeAll()
        for instrument in traded.keys.sorted() {
            guard let state = traded[instrument] else { continue }
            marking(Instrument(id: instrument), state, at: now, &alerts)
        }
    }

    mutating func raise(_ alert: RiskAlertRecord, _ alerts: inout [RiskAlertRecord]) {
        found[alert.finding, default: 0] += 1
        alerts.append(alert)
    }

    static func mid(_ bid: Price, _ ask: Price) -> Price? {
        bid.raw > 0 && ask.raw > 0 ? Price(raw: bid.raw / 2 + ask.raw / 2) : nil
    }

    func alert(_ severity: AlertSeverity, _ finding: String, _ fill: Execution, at now: Timestamp) -> RiskAlertRecord {
        RiskAlertRecord(
            .t06,
            severity,
            finding,
            at: fill.received,
            raised: now,
            scope: fill.tag.strategy == .max ? "" : "strategy \(fill.tag.strategy)",
            instrument: fill.instrument,
            orderID: fill.orderID,
            executionID: fill.id,
            text: ""
        )
    }
}
