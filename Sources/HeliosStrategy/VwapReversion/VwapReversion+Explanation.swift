// SPDX-License-Identifier: MIT
import HeliosMarket

// The strategy's account of an order. Nothing here is called on the way of an order.
extension VwapReversion {
    private func values(_ place: Int, isEntry: Bool, _ market: borrowing MarketState) -> [SignalValue] {
        let state = states[place]
        let view = view(place, market.quote(places[place]))
        // Long below the average, short above it; of a flat one either side counts.
        let side = state.direction == 0 ? 1 : -Double(state.direction)
        return [
            SignalValue("vwap", .number(view?.average ?? .nan), unit: "currency", "volume-weighted average of the day"),
            SignalValue(
                "z",
                .number(view?.z ?? .nan),
                unit: "deviations",
                threshold: .number(side * (isEntry ? parameters.enterDistance : parameters.exitDistance)),
                "distance of the middle from it, in moves over the horizon"
            ),
            SignalValue(
                "trend",
                .number(view?.trend ?? .nan),
                unit: "deviations",
                threshold: .number(parameters.trendMax),
                "move over the trend window"
            ),
            SignalValue(
                "volatility",
                .number(state.variance.squareRoot()),
                unit: "currency",
                "deviation of the middle over a second"
            ),
            SignalValue("position", .exact(state.leg.position.description), unit: "shares", "what is held, from fills"),
        ]
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        let place = Int(order.tag.group)
        guard place < states.count else { return [] }
        return values(place, isEntry: VwapExit(rawValue: states[place].exitCode) == nil, market)
    }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        var groups: [SignalGroup] = []
        for place in 0..<states.count {
            let isActive = states[place].direction != 0
            let values = values(place, isEntry: !isActive, market)
            groups.append(SignalGroup(parameters.symbols[place].description, isActive: isActive, values))
        }
        return groups
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        let place = Int(order.tag.group)
        guard place < states.count else { return "" }
        let z = SentenceNumber.text(view(place, market.quote(places[place]))?.z ?? .nan)
        switch VwapExit(rawValue: states[place].exitCode) {
        case nil: return "Entry: the price is \(z) deviations from the day's average: wait for it at the touch."
        case .target: return "Exit: the price has come back to \(z) deviations from the day's average."
        case .stop: return "Stop: the price is \(z) deviations from the day's average."
        case .timeStop: return "Time stop: the position is older than \(SentenceNumber.seconds(parameters.maxHold))."
        case .unfilled: return "Give up: the entry was not filled, or taken back."
        case .close: return "End of the day: close what is held."
        }
    }
}
