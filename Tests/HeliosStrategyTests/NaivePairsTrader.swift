// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import HeliosStrategy

/// The rules of the pairs strategy for immediate fills, written for plainness.
///
/// All samples are kept and everything is computed from scratch. It shares no code with the strategy but the
/// logarithm.
struct NaivePairsTrader {
    struct Act: Equatable, CustomStringConvertible {
        var time: Nanoseconds
        var pair: Int
        var what: String

        var description: String { "\(time / 1_000_000)ms pair \(pair) \(what)" }
    }

    private struct Pair {
        var y: Int
        var x: Int
        var samples: [(x: Double, y: Double)] = []
        var beta = 0.0
        var mean = 0.0
        var deviation = 0.0
        var halfLife = 0.0
        var equilibrium = 0.0
        var isKnown = false
        /// +1 long the spread, −1 short, 0 flat.
        var position = 0.0
        var blocked = 0.0
        var until: Nanoseconds = 0
    }

    let parameters: PairsParameters
    var mids: [Double]
    var spreads: [Double]
    var acts: [Act] = []
    private var pairs: [Pair]
    private var ticks = 0

    init(_ parameters: PairsParameters, legs: [(y: Int, x: Int)], instruments: Int) {
        self.parameters = parameters
        pairs = legs.map { Pair(y: $0.y, x: $0.x) }
        mids = Array(repeating: 0, count: instruments)
        spreads = Array(repeating: 0, count: instruments)
    }

    mutating func quote(_ instrument: Int, mid: Double, spread: Double, at now: Nanoseconds) {
        mids[instrument] = mid
        spreads[instrument] = spread
        for index in pairs.indices where pairs[index].y == instrument || pairs[index].x == instrument {
            decide(index, now)
        }
    }

    mutating func tick(at now: Nanoseconds) {
        let round = Int(parameters.sampleInterval / 100_000_000)
        for index in pairs.indices {
            // Equal shares of the pairs, in order, over the ticks of a round.
            let isDue = (0..<round).first { index < ($0 + 1) * pairs.count / round } == ticks % round
            if isDue { sample(index, now) }
        }
        ticks += 1
    }

    private mutating func sample(_ index: Int, _ now: Nanoseconds) {
        // The fills of an exit come after the sample that caused it: until then the pair is not flat.
        let wasOpen = pairs[index].position != 0
        if wasOpen && now >= pairs[index].until {
            pairs[index].blocked = -pairs[index].position
            leave(index, "time stop", now)
        }
        pairs[index].samples.append((mids[pairs[index].x], mids[pairs[index].y]))
        let count = pairs[index].samples.count
        guard count >= parameters.zWindow else { return }
        let window = Array(pairs[index].samples.suffix(parameters.hedgeWindow))
        if !wasOpen { pairs[index].beta = slope(window.map(\.x), window.map(\.y)) }
        let beta = pairs[index].beta
        let spread = window.suffix(parameters.zWindow).map { $0.y - beta * $0.x }
        pairs[index].mean = average(spread)
        pairs[index].deviation = (squares(spread) / Double(spread.count - 1)).squareRoot()
        pairs[index].isKnown = beta > 0
        if !wasOpen && count >= parameters.warmUp && count % parameters.refitEvery == 0 {
            fit(index, window.map { $0.y - beta * $0.x })
        }
        if !wasOpen || pairs[index].position != 0 { decide(index, now) }
    }

    private mutating func fit(_ index: Int, _ series: [Double]) {
        let before = Array(series.dropLast())
        let after = Array(series.dropFirst())
        let phi = slope(before, after)
        pairs[index].halfLife = 0
        guard phi > 0, phi < 1 else { return }
        let constant = average(after) - phi * average(before)
        let errors = zip(before, after).map { $1 - constant - phi * $0 }
        let variance = errors.map { $0 * $0 }.reduce(0, +) / Double(errors.count)
        pairs[index].halfLife =
            Double(parameters.sampleInterval) * DeterministicMath.log(2) / -DeterministicMath.log(phi)
        pairs[index].equilibrium = (variance / (1 - phi * phi)).squareRoot()
    }

    private mutating func decide(_ index: Int, _ now: Nanoseconds) {
        let pair = pairs[index]
        guard pair.isKnown, pair.samples.count >= parameters.warmUp else { return }
        let z = (mids[pair.y] - pair.beta * mids[pair.x] - pair.mean) / pair.deviation
        if pair.position != 0 {
            let distance = -z * pair.position
            if distance >= parameters.stopZ {
                pairs[index].blocked = -pair.position
                leave(index, "stop", now)
            } else if distance <= parameters.exitZ {
                leave(index, "target", now)
            }
            return
        }
        if pair.blocked != 0 && z * pair.blocked <= parameters.exitZ { pairs[index].blocked = 0 }
        guard pairs[index].blocked == 0, abs(z) >= parameters.enterZ else { return }
        let side = z > 0 ? 1.0 : -1.0
        guard abs(z) < parameters.stopZ else { return pairs[index].blocked = side }
        guard pair.halfLife > 0, pair.halfLife >= Double(parameters.minHalfLife),
            pair.halfLife <= Double(parameters.maxHalfLife)
        else { return }
        let fees = 2 * parameters.feePerShare.value * (1 + pair.beta)
        let cost = spreads[pair.y] + pair.beta * spreads[pair.x] + fees
        guard pair.equilibrium * (abs(z) - parameters.exitZ) >= parameters.costMultiple * cost else { return }
        // Whole shares of both legs, the second worth at most five times the first.
        let shares = (parameters.notional.value / mids[pair.y]).rounded(.down)
        let hedge = (pair.beta * shares).rounded(.toNearestOrAwayFromZero)
        guard shares >= 1, hedge >= 1, hedge * mids[pair.x] <= 5 * parameters.notional.value else { return }
        pairs[index].position = -side
        pairs[index].until = now + Nanoseconds(pair.halfLife * parameters.timeStopHalfLives)
        acts.append(Act(time: now, pair: index, what: side < 0 ? "buy" : "sell"))
    }

    private mutating func leave(_ index: Int, _ why: String, _ now: Nanoseconds) {
        pairs[index].position = 0
        acts.append(Act(time: now, pair: index, what: why))
    }

    private func average(_ values: [Double]) -> Double {
        values[0] + values.map { $0 - values[0] }.reduce(0, +) / Double(values.count)
    }

    private func squares(_ values: [Double]) -> Double {
        let mean = average(values)
        return values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    }

    private func slope(_ x: [Double], _ y: [Double]) -> Double {
        let (meanX, meanY) = (average(x), average(y))
        return zip(x, y).map { ($0 - meanX) * ($1 - meanY) }.reduce(0, +) / squares(x)
    }
}
