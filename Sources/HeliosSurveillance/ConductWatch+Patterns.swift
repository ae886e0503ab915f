// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

extension ConductWatch {
    // MARK: Layering

    /// Notes the resting orders of the other side that a fill may owe its price to.
    mutating func open(_ fill: Execution) {
        var layers: [OrderID: Quantity] = [:]
        for (id, order) in resting[fill.instrument.id] ?? [:] {
            guard order.order.side != fill.side, order.reach <= settings.layeringReach,
                fill.received - order.sent <= settings.layeringBefore, order.order.tag.strategy == fill.tag.strategy
            else { continue }
            layers[id] = order.order.quantity
        }
        guard layers.count >= settings.layeringOrders else { return }
        cases.append(LayeringCase(fill: fill, resting: layers))
    }

    mutating func judge(_ it: LayeringCase, at now: Timestamp, _ alerts: inout [RiskAlertRecord]) {
        let shown = it.resting.values.reduce(it.cancelled) { $0 + $1 }
        guard it.gone >= settings.layeringOrders, shown.raw > 0,
            Int128(it.cancelled.raw) >= Int128(it.fill.quantity.raw) * Int128(settings.layeringMultiple),
            Int128(it.cancelled.raw) * 100 >= Int128(shown.raw) * Int128(settings.layeringCancelled)
        else { return }
        var alert = alert(.warning, "layering", it.fill, at: now)
        alert.measure = .quantity
        alert.value = Int128(it.cancelled.raw)
        alert.limit = Int128(it.fill.quantity.raw) * Int128(settings.layeringMultiple)
        alert.text =
            "\(it.gone) orders of \(it.cancelled) on the other side, near the touch, were cancelled right after this \(it.fill.side) of "
            + "\(it.fill.quantity) at \(it.fill.price)"
        raise(alert, &alerts)
    }

    // MARK: Wash

    mutating func wash(_ fill: Execution, _ state: Traded, _ alerts: inout [RiskAlertRecord]) {
        for other in state.recent.reversed() where other.side != fill.side {
            let isOneTrade = other.id == fill.id && other.venue == fill.venue && other.orderID != fill.orderID
            let isMeeting = other.price == fill.price && fill.time - other.time <= settings.washWindow
            guard isOneTrade || isMeeting else { continue }
            var alert = alert(isOneTrade ? .incident : .warning, "wash", fill, at: fill.received)
            alert.measure = .quantity
            alert.value = Int128(min(fill.quantity, other.quantity).raw)
            alert.text =
                isOneTrade
                ? "orders \(other.orderID) and \(fill.orderID), both ours, traded with each other: "
                : "our orders \(other.orderID) and \(fill.orderID) bought and sold at one price within "
                    + "\((fill.time - other.time) / 1_000) us: "
            alert.text += "\(min(fill.quantity, other.quantity)) at \(fill.price)"
            return raise(alert, &alerts)
        }
    }

    // MARK: Momentum ignition

    mutating func ignite(
        _ fill: Execution,
        bid: Price,
        ask: Price,
        _ state: inout Traded,
        _ alerts: inout [RiskAlertRecord]
    ) {
        if let ignition = state.ignition, fill.received > ignition.until { state.ignition = nil }
        if state.ignition != nil, fill.side != state.ignition?.side { return reverse(fill, &state, &alerts) }
        guard !fill.isMaker, state.ignition == nil else { return }
        let burst =
            state.recent.filter {
                $0.side == fill.side && !$0.isMaker && fill.received - $0.received <= settings.ignitionWindow
            } + [fill]
        guard burst.count >= settings.ignitionFills, let first = burst.first else { return }
        let move = Int128(fill.price.raw - first.price.raw) * Int128(fill.side.sign) * 10_000
        guard move >= Int128(first.price.raw) * Int128(settings.ignitionMove) else { return }
        let quantity = burst.reduce(Quantity.zero) { $0 + $1.quantity }
        let volume = max(tape.volume(fill.instrument, from: first.received, to: fill.received), quantity)
        guard Int128(quantity.raw) * 100 >= Int128(volume.raw) * Int128(settings.ignitionShare) else { return }
        state.ignition = Ignition(
            side: fill.side,
            quantity: quantity,
            until: fill.received + settings.reversalWindow,
            value: burst.reduce(0) { $0 + Int128($1.quantity.raw) * Int128($1.price.raw) },
            last: fill
        )
    }

    private mutating func reverse(_ fill: Execution, _ state: inout Traded, _ alerts: inout [RiskAlertRecord]) {
        guard var ignition = state.ignition else { return }
        ignition.back += fill.quantity
        ignition.backValue += Int128(fill.quantity.raw) * Int128(fill.price.raw)
        state.ignition = ignition
        guard Int128(ignition.back.raw) * 100 >= Int128(ignition.quantity.raw) * Int128(settings.reversalShare) else {
            return
        }
        state.ignition = nil
        // The average prices, each times both quantities, which may need more than 128 bits: in units they do not.
        let bought = Double(ignition.value) / Double(ignition.quantity.raw)
        let sold = Double(ignition.backValue) / Double(ignition.back.raw)
        guard (sold - bought) * Double(ignition.side.sign) > 0 else { return }
        var alert = alert(.warning, "momentum-ignition", ignition.last, at: fill.received)
        alert.measure = .quantity
        alert.value = Int128(ignition.quantity.raw)
        alert.text =
            "a burst of \(ignition.quantity) on the \(ignition.side) side up to \(ignition.last.price) moved the price, and "
            + "\(ignition.back) were traded back at a profit"
        raise(alert, &alerts)
    }

    // MARK: The close

    mutating func marking(
        _ instrument: Instrument,
        _ state: Traded,
        at now: Timestamp,
        _ alerts: inout [RiskAlertRecord]
    ) {
        guard let last = state.lastFill, let first = state.firstPrice else { return }
        let side: Side = state.bought >= state.sold ? .buy : .sell
        let net = side == .buy ? state.bought - state.sold : state.sold - state.bought
        let volume = max(tape.volume(instrument, from: close + -settings.closeWindow, to: close), net)
        let move = Int128(last.price.raw - first.raw) * Int128(side.sign) * 10_000
        guard net.raw > 0, last.side == side, Int128(net.raw) * 100 >= Int128(volume.raw) * Int128(settings.closeShare),
            move >= Int128(first.raw) * Int128(settings.closeMove)
        else { return }
        var alert = alert(.warning, "marking-the-close", last, at: now)
        alert.measure = .quantity
        alert.value = Int128(net.raw)
        alert.limit = Int128(volume.raw) * Int128(settings.closeShare) / 100
        alert.text =
            "net \(side) of \(net) before the close, of \(volume) that the market traded, while the price went from \(first) to "
            + "\(last.price)"
        raise(alert, &alerts)
    }
}
