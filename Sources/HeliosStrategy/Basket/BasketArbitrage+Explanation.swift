// SPDX-License-Identifier: MIT
import HeliosMarket

// The strategy's account of an order. Nothing here is called on the way of an order.
extension BasketArbitrage {
    private func values(_ market: borrowing MarketState) -> [SignalValue] {
        [
            SignalValue("phase", .exact("\(state.phase)"), "where the position is in its life"),
            SignalValue(
                "basis",
                .number(basis),
                unit: "currency",
                threshold: .number(
                    parameters.enterEdge.value + (missing == 0 ? parameters.costMultiple * roundTripCost(market) : 0)
                ),
                "the index less its members, for one index share"
            ),
            SignalValue("usual", .number(state.usual), unit: "currency", "the basis that is taken for usual"),
            SignalValue("unquoted", .exact("\(missing)"), "legs without a two-sided quote"),
            SignalValue(
                "position",
                .exact(legs[0].position.description),
                unit: "shares",
                threshold: .exact(legs[0].target.description),
                "index shares held, from fills"
            ),
        ]
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] { values(market) }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        [SignalGroup(parameters.index.description, isActive: state.phase != .flat, values(market))]
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        let basis = SentenceNumber.text(state.decidedBasis)
        switch (state.phase, BasketExit(rawValue: state.exitCode)) {
        case (.entering, _):
            let side = state.direction > 0 ? "buy the index and sell its members" : "sell the index and buy its members"
            return "Entry: the basis \(basis) is more than the round trip costs: \(side)."
        case (.exiting, .target): return "Exit: the basis has come back to \(basis)."
        case (.exiting, .stop): return "Stop: the basis has grown to \(basis)."
        case (.exiting, .timeStop):
            return "Time stop: the position is older than \(SentenceNumber.seconds(parameters.maxHold))."
        case (.exiting, .legging): return "Undo: a leg was not filled in time, or left where it should be."
        case (.exiting, .close): return "End of the day: close what is held."
        default: return ""
        }
    }

    public func instruments(of order: NewOrder) -> [Instrument] {
        var all = [order.instrument]
        for place in 0..<places.count where places[place] != order.instrument { all.append(places[place]) }
        return all
    }
}
