// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

// The strategy's account of an order. Nothing here is called on the way of an order.
extension PairsStrategy {
    /// The z-score of `pair` by its newest prices and model; not a number without both prices.
    func zScore(_ pair: Int) -> Double {
        let (y, x) = (mids[Int(bands[pair].y)], mids[Int(bands[pair].x)])
        guard y > 0, x > 0 else { return .nan }
        return models[pair].zScore(y - models[pair].beta * x)
    }

    public func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        guard let pair = pair(of: order) else { return [] }
        var signals = model(pair)
        signals += [
            SignalValue("enterZ", .number(parameters.enterZ), unit: "deviations", "a flat pair enters from here on"),
            SignalValue("exitZ", .number(parameters.exitZ), unit: "deviations", "an open pair is taken to flat here"),
            SignalValue("stopZ", .number(parameters.stopZ), unit: "deviations", "an open pair is given up here"),
        ]
        if pairStates[pair].phase == .entering { signals += edge(pair, market) }
        return signals + state(pair, leg: Int(order.tag.leg))
    }

    /// What is known of the pair's spread.
    private func model(_ pair: Int) -> [SignalValue] {
        let model = models[pair]
        let spread = mids[Int(bands[pair].y)] - model.beta * mids[Int(bands[pair].x)]
        return [
            SignalValue(
                "z",
                .number(zScore(pair)),
                unit: "deviations",
                threshold: threshold(pair).map { .number($0) },
                "distance of the spread from its mean"
            ),
            SignalValue("spread", .number(spread), unit: "currency", "y - beta x at the middle prices"),
            SignalValue("mean", .number(model.mean), unit: "currency", "mean of the spread over the z window"),
            SignalValue("deviation", .number(model.deviation), unit: "currency", "standard deviation of the spread"),
            SignalValue("beta", .number(model.beta), "shares of x for one share of y (\(parameters.hedge.rawValue))"),
            SignalValue(
                "halfLife",
                .number(model.halfLife * 1e-9),
                unit: "s",
                threshold: .number(Double(parameters.maxHalfLife) * 1e-9),
                "time in which the spread reverts by half"
            ),
        ]
    }

    /// Every pair: its model and where it is.
    public func standing(_ market: borrowing MarketState) -> [SignalGroup] {
        (0..<pairCount).map { pair in
            let state = pairStates[pair]
            let (y, x) = (legs[2 * pair].position, legs[2 * pair + 1].position)
            let place = [
                SignalValue("phase", .exact("\(state.phase)"), "where the pair is in its life"),
                SignalValue("yPosition", .exact(y.description), unit: "shares", "what the leg y holds, from fills"),
                SignalValue("xPosition", .exact(x.description), unit: "shares", "what the leg x holds, from fills"),
            ]
            let isActive = state.phase != .flat || y.raw != 0 || x.raw != 0
            return SignalGroup(parameters.pairs[pair].description, isActive: isActive, model(pair) + place)
        }
    }

    /// What an entry is hoped to earn, against what it costs.
    private func edge(_ pair: Int, _ market: borrowing MarketState) -> [SignalValue] {
        guard let cost = roundTripCost(pair, market) else { return [] }
        let gain = models[pair].equilibriumDeviation * (pairStates[pair].decidedZ.magnitude - parameters.exitZ)
        return [
            SignalValue(
                "expectedGain",
                .number(gain),
                unit: "currency",
                threshold: .number(parameters.costMultiple * cost),
                "way back to the exit for one share of y; the threshold is costMultiple x the round trip's cost"
            )
        ]
    }

    /// Where the pair and the order's leg are.
    private func state(_ pair: Int, leg: Int) -> [SignalValue] {
        let state = pairStates[pair]
        let (held, wanted) = (legs[2 * pair + leg].position, legs[2 * pair + leg].target)
        let direction = state.direction > 0 ? "long the spread" : state.direction < 0 ? "short the spread" : "none"
        return [
            SignalValue("pair", .exact(parameters.pairs[pair].description), "y~x"),
            SignalValue("phase", .exact("\(state.phase)"), "where the pair is in its life"),
            SignalValue("direction", .exact(direction), "long the spread is long y and short x"),
            SignalValue("leg", .exact(leg == 0 ? "y" : "x"), "the leg that this order is for"),
            SignalValue("legPosition", .exact(held.description), unit: "shares", "what the leg holds, from fills"),
            SignalValue("legTarget", .exact(wanted.description), unit: "shares", "what the leg is to hold"),
        ]
    }

    /// The z-score that the pair's newest decision compared with, signed; nil when it was not about the z-score.
    private func threshold(_ pair: Int) -> Double? {
        let state = pairStates[pair]
        let side = -Double(state.direction)
        switch state.phase {
        case .entering: return side * parameters.enterZ
        case .exiting where state.exitReason == .target: return side * parameters.exitZ
        case .exiting where state.exitReason == .stop: return side * parameters.stopZ
        default: return nil
        }
    }

    public func reason(for order: NewOrder, _ market: borrowing MarketState) -> String {
        guard let pair = pair(of: order) else { return "" }
        let state = pairStates[pair]
        let leg = Int(order.tag.leg)
        let name = parameters.pairs[pair]
        let own = leg == 0 ? "y (\(name.y))" : "x (\(name.x))"
        let missing = (legs[2 * pair + leg].target - legs[2 * pair + leg].position).magnitude
        let isFirst = market.now == state.decidedAt
        let z = SentenceNumber.text(state.decidedZ)
        guard isFirst else {
            let what = state.phase == .entering ? "entry" : "exit (\(state.exitReason))"
            let now = SentenceNumber.text(zScore(pair))
            return "Re-hedge: leg \(own) still lacks \(missing) shares of the \(what) decided at z = \(z);"
                + " z = \(now) now."
        }
        if state.phase == .entering {
            let isLong = state.direction > 0
            let trade = isLong ? "buy \(name.y), sell \(name.x)" : "sell \(name.y), buy \(name.x)"
            return "Entry: z = \(z) has reached \(limit(pair)), the spread is \(isLong ? "low" : "high"): "
                + "\(trade); this is leg \(own)."
        }
        return exitSentence(pair, z) + ": take both legs to zero; this is leg \(own)."
    }

    private func exitSentence(_ pair: Int, _ z: String) -> String {
        switch pairStates[pair].exitReason {
        case .target: return "Exit: z = \(z) has come back to \(limit(pair))"
        case .stop: return "Stop: z = \(z) has gone as far as \(limit(pair))"
        case .timeStop:
            let halfLives = SentenceNumber.text(parameters.timeStopHalfLives)
            return "Time stop: the spread has not come back within \(halfLives) half-lives (z = \(z))"
        case .legging: return "Undo: the legs are not what they should be (an entry not complete in time, a late fill)"
        case .close: return "End of the day: every pair is taken to flat"
        }
    }

    private func limit(_ pair: Int) -> String { threshold(pair).map(SentenceNumber.text) ?? "its threshold" }

    /// Both legs, that of the order first.
    public func instruments(of order: NewOrder) -> [Instrument] {
        guard let pair = pair(of: order) else { return [order.instrument] }
        let (y, x) = (Instrument(id: bands[pair].y), Instrument(id: bands[pair].x))
        return order.tag.leg == 0 ? [y, x] : [x, y]
    }

    /// The pair of an order of this strategy.
    private func pair(of order: NewOrder) -> Int? {
        let pair = Int(order.tag.group)
        return pair < pairCount && order.tag.leg < 2 ? pair : nil
    }
}
