// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension PairsStrategy {
    public mutating func onQuote(
        _ instrument: Instrument,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let index = instrument.index
        guard index < instrumentCount else { return }
        let slots = adjacency.slots(of: index)
        guard !slots.isEmpty else { return }
        let quote = market.quote(instrument)
        guard quote.isTwoSided, !quote.isCrossed else {
            mids[index] = 0
            return
        }
        // Without a new middle no spread has moved; what else may allow an entry is looked at with the next sample.
        let mid = quote.mid.value
        guard mid != mids[index] else { return }
        mids[index] = mid
        for slot in slots {
            let pair = adjacency.pair(at: slot)
            let band = bands[pair]
            let spread = mids[Int(band.y)] - band.beta * mids[Int(band.x)]
            if spread > band.low && spread < band.high { continue }
            leftBand(pair, market, &intents)
        }
    }

    /// The spread of `pair` is outside its band: enter, leave or allow entries again.
    mutating func leftBand(_ pair: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        let band = bands[pair]
        let y = mids[Int(band.y)]
        let x = mids[Int(band.x)]
        guard y > 0, x > 0, models[pair].isValid, isTrading(pair, market) else { return }
        let z = models[pair].zScore(y - band.beta * x)
        switch pairStates[pair].phase {
        case .flat: considerEntry(pair, z, market, &intents)
        case .open: considerExit(pair, z, market, &intents)
        case .entering, .exiting: break
        }
    }

    /// Whether both legs can be traded now.
    func isTrading(_ pair: Int, _ market: borrowing MarketState) -> Bool {
        market.phase == .regular && market.tradingState(Instrument(id: bands[pair].y)) == .trading
            && market.tradingState(Instrument(id: bands[pair].x)) == .trading
    }

    private mutating func considerExit(
        _ pair: Int,
        _ z: Double,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        // Seen from the position: a long spread was entered at a negative z and hopes for a rise.
        let distance = -z * Double(pairStates[pair].direction)
        if distance >= parameters.stopZ {
            pairStates[pair].blocked = -pairStates[pair].direction
            exit(pair, .stop, market, &intents)
        } else if distance <= parameters.exitZ {
            exit(pair, .target, market, &intents)
        }
    }

    private mutating func considerEntry(
        _ pair: Int,
        _ z: Double,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let blocked = Double(pairStates[pair].blocked)
        if blocked != 0 {
            guard z * blocked <= parameters.exitZ else { return }
            pairStates[pair].blocked = 0
            setBand(pair)
        }
        guard z.magnitude >= parameters.enterZ, isEntryTime(pair, market.now) else { return }
        let side: Int8 = z > 0 ? 1 : -1
        guard z.magnitude < parameters.stopZ else {
            // Already beyond the stop: something has happened that the model does not know. Wait until it is back.
            pairStates[pair].blocked = side
            setBand(pair)
            return
        }
        guard hasUsableHalfLife(pair) else {
            counters.refusedByHalfLife += 1
            return
        }
        guard let cost = roundTripCost(pair, market) else { return }
        let gain = models[pair].equilibriumDeviation * (z.magnitude - parameters.exitZ)
        guard gain >= parameters.costMultiple * cost else {
            counters.refusedByCost += 1
            return
        }
        enter(pair, direction: -side, market, &intents)
    }

    private func isEntryTime(_ pair: Int, _ now: Timestamp) -> Bool {
        // A model whose samples have stopped (a halt, an empty book) describes another market.
        let age = now - pairStates[pair].lastSample
        return now >= firstEntry && now < lastEntry && !isClosing && age <= 3 * parameters.sampleInterval
    }

    private func hasUsableHalfLife(_ pair: Int) -> Bool {
        let halfLife = models[pair].halfLife
        return halfLife > 0 && halfLife >= Double(parameters.minHalfLife) && halfLife <= Double(parameters.maxHalfLife)
    }

    /// Cost of entry and exit for one share of y and beta shares of x: both spreads, and fees on four executions.
    ///
    /// Nil when a leg's quote is not two-sided or crossed.
    func roundTripCost(_ pair: Int, _ market: borrowing MarketState) -> Double? {
        let y = market.quote(Instrument(id: bands[pair].y))
        let x = market.quote(Instrument(id: bands[pair].x))
        guard y.isTwoSided, x.isTwoSided, !y.isCrossed, !x.isCrossed else { return nil }
        let beta = models[pair].beta
        return y.spread.value + beta * x.spread.value + 2 * parameters.feePerShare.value * (1 + beta)
    }

    /// Sets the spreads between which `pair` needs no attention, from its model and phase.
    mutating func setBand(_ pair: Int) {
        let model = models[pair]
        let state = pairStates[pair]
        bands[pair].beta = model.beta
        guard model.isValid else { return bands[pair].open() }
        let enter = parameters.enterZ * model.deviation
        let exit = parameters.exitZ * model.deviation
        let stop = parameters.stopZ * model.deviation
        switch (state.phase, state.phase == .flat ? state.blocked : state.direction) {
        case (.flat, 0): setBand(pair, model.mean - enter, model.mean + enter)
        case (.flat, 1): setBand(pair, model.mean + exit, .infinity)
        case (.flat, _): setBand(pair, -.infinity, model.mean - exit)
        case (.open, 1): setBand(pair, model.mean - stop, model.mean - exit)
        case (.open, _): setBand(pair, model.mean + exit, model.mean + stop)
        case (.entering, _), (.exiting, _): bands[pair].open()
        }
        if state.phase == .flat && (isClosing || samples.sampleCount(pair) < warmUp) { bands[pair].open() }
    }

    private mutating func setBand(_ pair: Int, _ low: Double, _ high: Double) {
        bands[pair].low = low
        bands[pair].high = high
    }
}
