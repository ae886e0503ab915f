// SPDX-License-Identifier: MIT
import HeliosMarket

// The strategy's account of an order: the same rules, told.
extension QueueImbalance {
    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        let quote = market.quote(instrument)
        let imbalance = quote.isTwoSided ? QueueImbalance.imbalance(quote) : .nan
        let isEntry = position.raw == 0
        let sign: Double = isEntry ? (imbalance < 0 ? -1 : 1) : position.raw > 0 ? 1 : -1
        var signals = [
            SignalValue(
                "imbalance",
                .number(imbalance),
                threshold: .number(sign * (isEntry ? parameters.enter : parameters.exit)),
                "(bid - ask) / (bid + ask) of the sizes at the best prices"
            ),
            SignalValue("position", .exact(position.description), unit: "shares", "what is held, from fills"),
        ]
        if !isEntry {
            signals.append(
                SignalValue(
                    "age",
                    .number(Double(market.now - positionSince) * 1e-9),
                    unit: "s",
                    threshold: .number(Double(parameters.maxHold) * 1e-9),
                    "time since the position was opened"
                )
            )
        }
        return signals
    }

    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        let quote = market.quote(instrument)
        let imbalance = quote.isTwoSided ? QueueImbalance.imbalance(quote) : .nan
        let signals = [
            SignalValue(
                "imbalance",
                .number(imbalance),
                threshold: .number(position.raw == 0 ? parameters.enter : parameters.exit),
                "(bid - ask) / (bid + ask) of the sizes at the best prices"
            ),
            SignalValue("position", .exact(position.description), unit: "shares", "what is held, from fills"),
        ]
        return [SignalGroup(parameters.symbol.description, isActive: position.raw != 0, signals)]
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        let quote = market.quote(instrument)
        let imbalance = quote.isTwoSided ? QueueImbalance.imbalance(quote) : .nan
        let value = SentenceNumber.text(imbalance)
        guard position.raw != 0 else {
            let side = imbalance > 0 ? "bid" : "ask"
            return "Entry: the imbalance \(value) has reached \(SentenceNumber.text(parameters.enter)) in size:"
                + " join the \(side)."
        }
        let isLong = position.raw > 0
        let shares = "the \(position.magnitude) shares \(isLong ? "held" : "short")"
        guard order.timeInForce == .immediateOrCancel else {
            return "Offer \(shares) at the \(isLong ? "ask" : "bid") while the imbalance \(value) is still on our side."
        }
        if (isLong ? imbalance : -imbalance) <= parameters.exit {
            let limit = SentenceNumber.text((isLong ? 1 : -1) * parameters.exit)
            return "Exit: the imbalance \(value) has come back to \(limit): close \(shares)."
        }
        if market.now - positionSince >= parameters.maxHold {
            return "Exit: the position is older than \(SentenceNumber.seconds(parameters.maxHold)): close \(shares)."
        }
        return "End of the day: close \(shares)."
    }
}
