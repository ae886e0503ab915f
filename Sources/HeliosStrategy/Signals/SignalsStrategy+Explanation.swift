// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

// The strategy's account of an order. Nothing here is called on the way of an order.
extension SignalsStrategy {
    private func basket(of order: NewOrder) -> Int? {
        let basket = Int(order.tag.group)
        return basket < baskets.count ? basket : nil
    }

    private func ruleName(_ basket: Int) -> String {
        let rule = baskets[basket].rule
        return rule < 0 ? "" : machine.plan.rules[Int(rule)].name
    }

    private func values(_ basket: Int) -> [SignalValue] {
        let state = baskets[basket]
        var values = [
            SignalValue("phase", .exact("\(state.phase)"), "where the position is in its life"),
            SignalValue("rule", .exact(ruleName(basket)), "the rule that spoke last, empty for the strategy itself"),
            SignalValue("value", .number(state.value), "what it said"),
            SignalValue("entries", .exact("\(state.entries)"), "entries that make up the position"),
        ]
        for leg in legs(of: basket) {
            let symbol = parameters.program.baskets[basket].symbols[leg - starts[basket]]
            values.append(
                SignalValue(
                    "\(symbol)",
                    .exact(legs[leg].position.description),
                    unit: "shares",
                    threshold: .exact(legs[leg].target.description),
                    "what is held, from fills, and what should be"
                )
            )
        }
        return values
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        guard let basket = basket(of: order) else { return [] }
        return values(basket)
    }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        (0..<baskets.count).map {
            SignalGroup(parameters.program.baskets[$0].name, isActive: baskets[$0].phase != .flat, values($0))
        }
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        guard let basket = basket(of: order) else { return "" }
        let state = baskets[basket]
        let name = ruleName(basket)
        let said = name.isEmpty ? "" : "rule \(name) said \(SentenceNumber.text(state.value))"
        switch state.phase {
        case .entering: return "Entry: \(said)."
        case .exiting:
            switch state.exit {
            case .signal: return "Exit: \(said)."
            case .opposite: return "Exit: \(said), for the other side."
            case .timeStop:
                return "Time stop: the position is older than \(SentenceNumber.seconds(parameters.maxHold))."
            case .legging: return "Undo: a leg was not filled in time, or left where it should be."
            case .close: return "End of the day: close what is held."
            }
        case .flat, .open: return ""
        }
    }

    public func instruments(of order: NewOrder) -> [Instrument] {
        guard let basket = basket(of: order) else { return [order.instrument] }
        return [order.instrument] + legInstruments[legs(of: basket)].filter { $0 != order.instrument }
    }
}
