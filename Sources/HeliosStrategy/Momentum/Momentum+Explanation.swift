// SPDX-License-Identifier: MIT
import HeliosMarket

// The strategy's account of an order. Nothing here is called on the way of an order.
extension Momentum {
    private func values(_ place: Int) -> [SignalValue] {
        let state = states[place]
        let edge = parameters.breakout * state.trueRange
        var values = [
            SignalValue("mid", .number(state.mid), unit: "currency", "the middle price"),
            SignalValue("high", .number(state.high + edge), unit: "currency", "above it a long position is entered"),
            SignalValue("low", .number(state.low - edge), unit: "currency", "below it a short position is entered"),
            SignalValue("trueRange", .number(state.trueRange), unit: "currency", "average move of a bar"),
            SignalValue(
                "volume",
                .number(max(state.bar.volume, state.lastVolume)),
                unit: "shares",
                threshold: .number(parameters.volumeMultiple * state.averageVolume),
                "of this bar or the one before"
            ),
            SignalValue("position", .exact(state.leg.position.description), unit: "shares", "what is held, from fills"),
        ]
        if state.direction != 0 {
            values.append(
                SignalValue(
                    "stop",
                    .number(state.extreme - Double(state.direction) * state.stopDistance),
                    unit: "currency",
                    "the position is closed here"
                )
            )
        }
        return values
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        let place = Int(order.tag.group)
        return place < states.count ? values(place) : []
    }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        var groups: [SignalGroup] = []
        for place in 0..<states.count {
            let isActive = states[place].direction != 0
            groups.append(SignalGroup(parameters.symbols[place].description, isActive: isActive, values(place)))
        }
        return groups
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        let place = Int(order.tag.group)
        guard place < states.count else { return "" }
        let state = states[place]
        let mid = SentenceNumber.text(state.mid)
        switch MomentumExit(rawValue: state.exitCode) {
        case nil:
            let broken = SentenceNumber.text(state.direction > 0 ? state.high : state.low)
            return "Entry: the price \(mid) has left its range at \(broken) on volume."
        case .stop:
            let distance = SentenceNumber.text(state.stopDistance)
            return "Stop: the price \(mid) is \(distance) or more from its best, \(SentenceNumber.text(state.extreme))."
        case .timeStop: return "Time stop: the position is older than \(SentenceNumber.seconds(parameters.maxHold))."
        case .close: return "End of the day: close what is held."
        case .late: return "Undo: an order was filled that had been given up."
        }
    }
}
