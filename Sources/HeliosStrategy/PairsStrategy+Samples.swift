// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension PairsStrategy {
    public mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        if !isClosing && market.now >= flattenAt { close(market, &intents) }
        // Backwards: a pair that is done is replaced by the last of the list, which has been looked at.
        for slot in stride(from: activeCount - 1, through: 0, by: -1) where slot < activeCount {
            work(Int(active[slot]), market, &intents)
        }
        let ticks = Int(parameters.sampleInterval / PairsStrategy.timerInterval)
        let share = tick % ticks
        tick += 1
        guard market.phase == .regular else { return }
        for pair in (share * pairCount / ticks)..<((share + 1) * pairCount / ticks) {
            sample(pair, market, &intents)
        }
    }

    /// Takes a sample of `pair`, renews its model and band, and looks at its spread once more.
    private mutating func sample(_ pair: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let y = mids[Int(bands[pair].y)]
        let x = mids[Int(bands[pair].x)]
        if pairStates[pair].phase == .open && market.now >= pairStates[pair].timeStop {
            pairStates[pair].blocked = -pairStates[pair].direction
            exit(pair, .timeStop, market, &intents)
        }
        guard y > 0, x > 0, isTrading(pair, market), samples.append(pair, x: x, y: y) else {
            counters.missedSamples += 1
            return
        }
        counters.samples += 1
        pairStates[pair].lastSample = market.now
        if parameters.hedge == .kalman { filter(pair, x, y) }
        renewModel(pair)
        setBand(pair)
        let spread = y - bands[pair].beta * x
        if spread <= bands[pair].low || spread >= bands[pair].high { leftBand(pair, market, &intents) }
    }

    /// Feeds the Kalman filter with per cent moved since the first sample: both sides are then of one size.
    private mutating func filter(_ pair: Int, _ x: Double, _ y: Double) {
        if scales[2 * pair] == 0 {
            scales[2 * pair] = y
            scales[2 * pair + 1] = x
        }
        filters[pair].update(x: 100 * (x / scales[2 * pair + 1] - 1), y: 100 * (y / scales[2 * pair] - 1))
    }

    /// The newest estimate of the hedge ratio; nil when there is none above zero.
    private func estimatedBeta(_ pair: Int) -> Double? {
        let beta: Double?
        switch parameters.hedge {
        case .ols: beta = samples.hedge(pair)?.beta
        case .kalman: beta = filters[pair].beta * scales[2 * pair] / scales[2 * pair + 1]
        }
        guard let beta, beta.isFinite, beta > 0 else { return nil }
        return beta
    }

    private mutating func renewModel(_ pair: Int) {
        var model = models[pair]
        let isFlat = pairStates[pair].phase == .flat
        // A position was hedged with the beta of its entry: its spread is measured with that one until it is closed.
        let beta = isFlat ? estimatedBeta(pair) : model.beta
        guard let beta, let spread = samples.spread(pair, beta: beta) else {
            models[pair].isValid = false
            return
        }
        model.beta = beta
        model.mean = spread.mean
        model.deviation = spread.deviation
        model.isValid = true
        if isFlat && isRefitDue(samples.sampleCount(pair)) {
            let fit = samples.reversion(pair, beta: beta, step: Double(parameters.sampleInterval)).process
            model.halfLife = fit?.halfLife ?? 0
            model.equilibriumDeviation = fit?.equilibriumDeviation ?? 0
        }
        models[pair] = model
    }

    /// Whether the half-life is fitted with sample number `count`: the first one after the warm-up and every k-th.
    private func isRefitDue(_ count: Int) -> Bool {
        count == warmUp || (count > warmUp && count % parameters.refitEvery == 0)
    }

    /// The end of the day: every pair is taken to flat and stays there.
    private mutating func close(_ market: borrowing MarketState, _ intents: inout Intents) {
        isClosing = true
        for pair in 0..<pairCount {
            switch pairStates[pair].phase {
            case .flat: bands[pair].open()
            case .entering, .open: exit(pair, .close, market, &intents)
            case .exiting: break
            }
        }
    }
}
