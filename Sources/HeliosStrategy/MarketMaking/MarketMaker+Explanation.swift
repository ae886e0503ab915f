// SPDX-License-Identifier: MIT
import HeliosMarket

// The strategy's account of an order. Nothing here is called on the way of an order.
extension MarketMaker {
    private func values(_ place: Int, _ market: borrowing MarketState) -> [SignalValue] {
        let desk = desks[place]
        var values = [
            SignalValue("position", .exact(desk.leg.position.description), unit: "shares", "what is held, from fills"),
            SignalValue(
                "volatility",
                .number(desk.variance.squareRoot()),
                unit: "currency",
                "deviation of the middle over a second"
            ),
            SignalValue("flow", .number(desk.flow), unit: "depths", "order flow a second, positive for buyers"),
        ]
        if let view = view(place, market) {
            values += [
                SignalValue("fair", .number(view.fair), unit: "currency", "middle, microprice and order flow together"),
                SignalValue(
                    "reservation",
                    .number(view.reservation),
                    unit: "currency",
                    "the fair price less what holding the position is worth"
                ),
                SignalValue("halfSpread", .number(view.half), unit: "currency", "distance of each quote from it"),
            ]
        }
        return values
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        let place = Int(order.tag.group)
        return place < desks.count ? values(place, market) : []
    }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        var groups: [SignalGroup] = []
        for place in 0..<desks.count {
            let isActive = desks[place].leg.position.raw != 0
            groups.append(
                SignalGroup(parameters.symbols[place].description, isActive: isActive, values(place, market))
            )
        }
        return groups
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        let place = Int(order.tag.group)
        guard place < desks.count else { return "" }
        let held = desks[place].leg.position
        if order.tag.leg == 2 { return "End of the day: close \(held.magnitude) shares." }
        guard let view = view(place, market) else { return "" }
        let side = order.tag.leg == 0 ? "Bid" : "Offer"
        return "\(side): \(SentenceNumber.text(view.half)) from the reservation price"
            + " \(SentenceNumber.text(view.reservation)), with \(held) shares held."
    }
}
