// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosSignal

/// Mean reversion of many pairs at once.
///
/// The spread of a pair is y − beta x. Every `sampleInterval` a pair's middle prices are sampled; from the samples come
/// beta, mean and deviation of the spread and its half-life, and from those a band of spreads in which nothing has to
/// be done. A quote then costs one multiplication and two comparisons for each pair of its instrument, whatever the
/// number of pairs. Sampling is spread over the timer's ticks, so that each handles a small share of the pairs.
///
/// Rules: formula 2.5 of the house's sheet; parameters: `PairsParameters.descriptor`; life of a pair: `PairPhase`.
/// Positions are known from fills only. Nothing is allocated after `init`.
@safe
public struct PairsStrategy: Strategy, ~Copyable {
    /// Market time between two timer calls.
    static var timerInterval: Nanoseconds { 100_000_000 }
    /// The second leg may be worth at most this many times the first.
    static var maximumLegRatio: Double { 5 }

    let parameters: PairsParameters
    let touch: TouchOrders
    let pairCount: Int
    let instrumentCount: Int
    var firstEntry: Timestamp
    var lastEntry: Timestamp
    var flattenAt: Timestamp
    let warmUp: Int

    var adjacency: PairAdjacency
    /// By instrument; zero while there is no two-sided, uncrossed quote.
    var mids: FixedBuffer<Double>

    var bands: FixedBuffer<PairBand>
    var models: FixedBuffer<PairModel>
    var pairStates: FixedBuffer<PairState>
    /// Leg y of pair p at 2 p, leg x at 2 p + 1.
    var legs: FixedBuffer<TargetLeg>
    var samples: PairStates
    var filters: FixedBuffer<KalmanHedge>
    /// First middle prices, by which the filter's inputs are scaled: y of pair p at 2 p, x at 2 p + 1.
    var scales: FixedBuffer<Double>
    /// Pairs that are entering or exiting.
    var active: FixedBuffer<Int32>
    var activeCount = 0
    var tick = 0
    var isClosing = false
    /// What has been done so far.
    public internal(set) var counters = PairsCounters()

    /// Times of day count from the midnight of the day that begins; what was learnt of the pairs stays.
    public mutating func onDay(_ midnight: Timestamp, _ market: borrowing MarketState, _ intents: inout Intents) {
        firstEntry = midnight + parameters.firstEntry
        lastEntry = midnight + parameters.lastEntry
        flattenAt = midnight + parameters.flattenAt
        isClosing = false
    }

    /// The strategy for the pairs of `parameters`.
    ///
    /// - Parameters:
    ///   - parameters: what to trade and how.
    ///   - instruments: the pairs' symbols are looked up and, where unknown, registered here.
    ///   - midnight: of the trading day, from which times of day count.
    public init(_ parameters: PairsParameters, instruments: inout InstrumentDirectory, midnight: Timestamp) {
        let pairs = parameters.pairs.map { (instruments.register($0.y), instruments.register($0.x)) }
        self.parameters = parameters
        touch = TouchOrders(tolerance: parameters.tolerance, coolDown: parameters.coolDown)
        pairCount = pairs.count
        instrumentCount = 1 + (pairs.map { max($0.0.index, $0.1.index) }.max() ?? -1)
        firstEntry = midnight + parameters.firstEntry
        lastEntry = midnight + parameters.lastEntry
        flattenAt = midnight + parameters.flattenAt
        warmUp = parameters.warmUp
        adjacency = PairAdjacency(pairs, instrumentCount: instrumentCount)
        mids = FixedBuffer(repeating: 0, count: instrumentCount)
        let empty = PairBand(y: 0, x: 0, beta: 0, low: -.infinity, high: .infinity)
        bands = FixedBuffer(repeating: empty, count: pairCount)
        for (pair, legs) in pairs.enumerated() {
            bands[pair].y = legs.0.id
            bands[pair].x = legs.1.id
        }
        models = FixedBuffer(repeating: .unknown, count: pairCount)
        pairStates = FixedBuffer(repeating: PairState(), count: pairCount)
        legs = FixedBuffer(repeating: TargetLeg(), count: 2 * pairCount)
        samples = PairStates(
            pairs: pairCount,
            hedgeWindow: parameters.hedgeWindow,
            spreadWindow: parameters.zWindow,
            minimumCount: parameters.warmUp
        )
        let filter = KalmanHedge(drift: parameters.kalmanDrift, noise: parameters.kalmanNoise)
        filters = FixedBuffer(repeating: filter, count: parameters.hedge == .kalman ? pairCount : 0)
        scales = FixedBuffer(repeating: 0, count: 2 * pairCount)
        active = FixedBuffer(repeating: 0, count: pairCount)
    }
}

extension PairsStrategy {
    /// Where `pair` is in its life.
    public func phase(of pair: Int) -> PairPhase { pairStates[pair].phase }

    /// Shares held in leg 0 (y) or 1 (x) of `pair`, from fills.
    public func position(of pair: Int, leg: Int) -> Quantity { legs[2 * pair + leg].position }

    /// What is known of the spread of `pair`; nil before the warm-up and while it is undefined.
    public func model(of pair: Int) -> PairModel? { models[pair].isValid ? models[pair] : nil }
}
