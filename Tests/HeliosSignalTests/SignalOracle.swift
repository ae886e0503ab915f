// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal

/// Signals by definition: everything is computed anew from all that ever came.
///
/// Slow, and simple enough to be believed.
indirect enum Formula: Hashable {
    case constant(Double)
    case mid(Int), tradePrice(Int), tradeSize(Int)
    case add(Formula, Formula), subtract(Formula, Formula), multiply(Formula, Formula), divide(Formula, Formula)
    case logarithm(Formula)
    case field(SignalField, Int)
    case absolute(Formula), exponential(Formula), squareRoot(Formula), smaller(Formula, Formula), larger(
        Formula,
        Formula
    )
    /// The values where a condition of two comparisons holds.
    case chosen(Formula, Logic, Formula, Formula)
    case window(Aggregate, [Formula], Frame, minimum: Int?)
    case lag(Formula, Int)
    case averageByWeight(Formula, Double), averageByTime(Formula, Int64)
    case fresh(Formula, Int64)
    case filtered(Formula, Formula, above: Double)
    case changes(Formula)

    /// Of a comparison with 100 and one with 101.
    enum Logic: CaseIterable { case both, either, notBoth, neither }

    enum Frame: Hashable {
        case count(Int), time(Int64), tumblingCount(Int)
        /// With room for more samples than are kept in a row.
        case roomyTime(Int64)
    }

    /// Places from 3 on are groups of the instruments before them.
    static let groups: [Int: [Int]] = [3: [0, 1], 4: [2, 1], 5: [0, 1, 2]]

    private static func field(_ field: SignalField, _ place: Int) -> Series {
        guard let members = groups[place] else { return Series(field, of: "S\(place)") }
        return Series(field, of: SignalGroup(key: "kind", name: "G\(place)", members: members.map { "S\($0)" }))
    }

    var series: Series {
        switch self {
        case .constant(let value): Series(value)
        case .mid(let place): Formula.field(.mid, place)
        case .tradePrice(let place): Formula.field(.price, place)
        case .tradeSize(let place): Formula.field(.size, place)
        case .add(let a, let b): a.series + b.series
        case .subtract(let a, let b): a.series - b.series
        case .multiply(let a, let b): a.series * b.series
        case .divide(let a, let b): a.series / b.series
        case .logarithm(let a): HeliosSignal.logarithm(a.series)
        case .field(let field, let place): Formula.field(field, place)
        case .absolute(let a): HeliosSignal.absolute(a.series)
        case .exponential(let a): HeliosSignal.exponential(a.series)
        case .squareRoot(let a): HeliosSignal.squareRoot(a.series)
        case .smaller(let a, let b): HeliosSignal.smaller(a.series, b.series)
        case .larger(let a, let b): HeliosSignal.larger(a.series, b.series)
        case .chosen(let a, let logic, let left, let right):
            a.series.filtered(by: logic.condition(left.series > 100, right.series <= 101))
        case .window(let function, let of, let frame, let minimum):
            of.count == 1
                ? aggregate(function, of[0].series, over: frame.window(minimum))
                : aggregate(function, of[0].series, of[1].series, over: frame.window(minimum))
        case .lag(let a, let count): a.series.lagged(by: count)
        case .averageByWeight(let a, let weight): ewma(a.series, .weight(weight))
        case .averageByTime(let a, let tau): ewma(a.series, .time(tau))
        case .fresh(let a, let age): a.series.noOlder(than: age)
        case .filtered(let a, let by, let level): a.series.filtered(by: by.series > Series(level))
        case .changes(let a): a.series.changes
        }
    }
}

extension Formula.Logic {
    func condition(_ a: Condition, _ b: Condition) -> Condition {
        switch self {
        case .both: a && b
        case .either: a || b
        case .notBoth: !(a && b)
        case .neither: !(a || b)
        }
    }

    /// Whether it is known to be true, whatever is not known.
    func holds(_ a: Bool?, _ b: Bool?) -> Bool {
        let worlds = (a.map { [$0] } ?? [false, true]).flatMap { x in (b.map { [$0] } ?? [false, true]).map { (x, $0) }
        }
        return worlds.allSatisfy { a, b in
            switch self {
            case .both: a && b
            case .either: a || b
            case .notBoth: !(a && b)
            case .neither: !a && !b
            }
        }
    }
}

extension Formula.Frame {
    func window(_ minimum: Int?) -> SignalWindow {
        let window: SignalWindow =
            switch self {
            case .count(let count): .count(count)
            case .time(let length): .time(length, capacity: 512)
            case .roomyTime(let length): .time(length, capacity: 3_000)
            case .tumblingCount(let count): .tumbling(count: count)
            }
        return minimum.map { window.from($0) } ?? window
    }
}

final class SignalOracle {
    struct Answer: Equatable {
        var value: Double?
        var isUpdated: Bool
    }

    struct Sample {
        var time: Int64
        var first: Double
        var second: Double
    }

    private var tick = SignalTick.clock(at: .zero)
    private var mids: [Int: Double] = [:]
    private var quotes: [Int: SignalTick] = [:]
    private var flows: [Int: Double] = [:]
    private var signed: [Int: Double] = [:]
    private var prices: [Int: Double] = [:]
    private var sizes: [Int: Double] = [:]
    private var samples: [Formula: [Sample]] = [:]
    private var kept: [Formula: Double] = [:]
    private var lastUpdate: [Formula: Int64] = [:]
    private var answers: [Formula: Answer] = [:]
    private var seen: Set<Formula> = []

    func take(_ tick: SignalTick) {
        self.tick = tick
        answers = [:]
        // What happens to an instrument happens to each group that it is in.
        let instrument = Int(tick.instrument)
        let flow = tick.kind == .quote ? quotes[instrument].flatMap { SignalOracle.flow(tick, after: $0) } : nil
        for place in [instrument] + Formula.groups.filter({ $0.value.contains(instrument) }).map(\.key) {
            switch tick.kind {
            case .quote:
                let isRight = tick.bid.isFinite && tick.bid > 0 && tick.ask.isFinite && tick.ask > 0
                mids[place] = isRight ? (tick.bid + tick.ask) / 2 : nil
                quotes[place] = tick
                flows[place] = flow
            case .trade:
                prices[place] = tick.bid.isFinite && tick.bid > 0 ? tick.bid : nil
                signed[place] = tick.bidSize * tick.askSize
                sizes[place] = tick.bidSize.isFinite && tick.bidSize >= 0 ? tick.bidSize : nil
            default: break
            }
        }
    }

    private static func hasBoth(_ quote: SignalTick) -> Bool {
        quote.bid.isFinite && quote.bid > 0 && quote.ask.isFinite && quote.ask > 0
    }

    /// Cont, Kukanov and Stoikov, term by term.
    private static func flow(_ now: SignalTick, after before: SignalTick) -> Double? {
        guard hasBoth(now), hasBoth(before) else { return nil }
        return (now.bid >= before.bid ? now.bidSize : 0) - (now.bid <= before.bid ? before.bidSize : 0)
            - (now.ask <= before.ask ? now.askSize : 0) + (now.ask >= before.ask ? before.askSize : 0)
    }

    private func field(_ field: SignalField, _ place: Int) -> Double? {
        switch field {
        case .mid: return mids[place]
        case .price: return prices[place]
        case .size: return sizes[place]
        case .signedSize: return signed[place]
        case .orderFlow: return flows[place]
        default: break
        }
        guard let quote = quotes[place] else { return nil }
        let (hasBid, hasAsk) = (quote.bid.isFinite && quote.bid > 0, quote.ask.isFinite && quote.ask > 0)
        let total = quote.bidSize + quote.askSize
        switch field {
        case .bid: return hasBid ? quote.bid : nil
        case .ask: return hasAsk ? quote.ask : nil
        case .bidSize: return hasBid ? quote.bidSize : nil
        case .askSize: return hasAsk ? quote.askSize : nil
        case .width: return hasBid && hasAsk ? quote.ask - quote.bid : nil
        case .microprice:
            guard hasBid, hasAsk, total > 0 else { return nil }
            return (quote.ask * quote.bidSize + quote.bid * quote.askSize) / total
        default: return hasBid && hasAsk && total > 0 ? (quote.bidSize - quote.askSize) / total : nil
        }
    }

    func answer(_ formula: Formula) -> Answer {
        if let answer = answers[formula] { return answer }
        var answer = compute(formula)
        if let value = answer.value, !value.isFinite { answer.value = nil }
        answers[formula] = answer
        return answer
    }

    private func compute(_ formula: Formula) -> Answer {
        switch formula {
        case .constant(let value): return Answer(value: value, isUpdated: false)
        case .mid(let place): return Answer(value: mids[place], isUpdated: comes(.quote, place))
        case .tradePrice(let place): return Answer(value: prices[place], isUpdated: comes(.trade, place))
        case .tradeSize(let place): return Answer(value: sizes[place], isUpdated: comes(.trade, place))
        case .add(let a, let b): return both(a, b) { $0 + $1 }
        case .subtract(let a, let b): return both(a, b) { $0 - $1 }
        case .multiply(let a, let b): return both(a, b) { $0 * $1 }
        case .divide(let a, let b): return both(a, b) { $1 == 0 ? nil : $0 / $1 }
        case .field(let name, let place):
            let isTrade = name == .price || name == .size || name == .signedSize
            return Answer(value: field(name, place), isUpdated: comes(isTrade ? .trade : .quote, place))
        case .absolute(let a): return one(a) { abs($0) }
        case .exponential(let a): return one(a) { DeterministicMath.exp($0) }
        case .squareRoot(let a): return one(a) { $0 < 0 ? nil : $0.squareRoot() }
        case .smaller(let a, let b): return both(a, b) { $0 < $1 ? $0 : $1 }
        case .larger(let a, let b): return both(a, b) { $0 > $1 ? $0 : $1 }
        case .logarithm(let a):
            let x = answer(a)
            return Answer(value: x.value.flatMap { $0 > 0 ? DeterministicMath.log($0) : nil }, isUpdated: x.isUpdated)
        case .window(let function, let of, let frame, let minimum): return window(formula, function, of, frame, minimum)
        default: return remember(formula)
        }
    }

    private func comes(_ kind: SignalTick.Kind, _ place: Int) -> Bool {
        tick.kind == kind && (Formula.groups[place] ?? [place]).contains(Int(tick.instrument))
    }

    private func one(_ a: Formula, _ body: (Double) -> Double?) -> Answer {
        let x = answer(a)
        return Answer(value: x.value.flatMap(body), isUpdated: x.isUpdated)
    }

    private func both(_ a: Formula, _ b: Formula, _ body: (Double, Double) -> Double?) -> Answer {
        let (left, right) = (answer(a), answer(b))
        let value: Double? = if let x = left.value, let y = right.value { body(x, y) } else { nil }
        return Answer(value: value, isUpdated: left.isUpdated || right.isUpdated)
    }

    private func remember(_ formula: Formula) -> Answer {
        switch formula {
        case .lag(let a, let count):
            let x = answer(a)
            let isNew = x.isUpdated && x.value != nil
            if isNew, let value = x.value {
                samples[formula, default: []].append(Sample(time: 0, first: value, second: 0))
            }
            let all = samples[formula] ?? []
            return Answer(value: all.count > count ? all[all.count - 1 - count].first : nil, isUpdated: isNew)
        case .averageByWeight(let a, let weight): return average(formula, a) { _ in weight }
        case .averageByTime(let a, let tau):
            return average(formula, a) { 1 - DeterministicMath.exp(-Double($0) / Double(tau)) }
        case .fresh(let a, let age):
            let x = answer(a)
            if x.isUpdated { lastUpdate[formula] = tick.time.nanoseconds }
            let isFresh = lastUpdate[formula].map { tick.time.nanoseconds - $0 < age } ?? false
            return Answer(value: isFresh ? x.value : nil, isUpdated: x.isUpdated)
        case .filtered(let a, let by, let level):
            let (x, y) = (answer(a), answer(by))
            let isTaken = x.isUpdated && (y.value.map { $0 > level } ?? false)
            if isTaken { kept[formula] = x.value }
            return Answer(value: kept[formula], isUpdated: isTaken)
        case .chosen(let a, let logic, let left, let right):
            let (x, first, second) = (answer(a), answer(left).value, answer(right).value)
            let isTaken = x.isUpdated && logic.holds(first.map { $0 > 100 }, second.map { $0 <= 101 })
            if isTaken { kept[formula] = x.value }
            return Answer(value: kept[formula], isUpdated: isTaken)
        case .changes(let a):
            let x = answer(a)
            let isNew = x.isUpdated && (!seen.contains(formula) || kept[formula] != x.value)
            if isNew {
                kept[formula] = x.value
                seen.insert(formula)
            }
            return Answer(value: kept[formula], isUpdated: isNew)
        default: fatalError("not of this kind")
        }
    }

    private func average(_ formula: Formula, _ a: Formula, _ weight: (Int64) -> Double) -> Answer {
        let x = answer(a)
        guard x.isUpdated, let value = x.value else { return Answer(value: kept[formula], isUpdated: false) }
        let before = kept[formula]
        let last = lastUpdate[formula] ?? 0
        kept[formula] = before.map { $0 + weight(tick.time.nanoseconds - last) * (value - $0) } ?? value
        lastUpdate[formula] = tick.time.nanoseconds
        return Answer(value: kept[formula], isUpdated: true)
    }

    // MARK: - Windows
    private func window(
        _ formula: Formula,
        _ function: Aggregate,
        _ of: [Formula],
        _ frame: Formula.Frame,
        _ minimum: Int?
    ) -> Answer {
        let parts = of.map(answer)
        let values = parts.compactMap(\.value)
        let isNew = parts.contains { $0.isUpdated } && values.count == of.count
        if isNew {
            samples[formula, default: []].append(
                Sample(time: tick.time.nanoseconds, first: values[0], second: values.count > 1 ? values[1] : 0)
            )
        }
        let all = samples[formula] ?? []
        let (content, isUpdated, isShown): ([Sample], Bool, Bool) =
            switch frame {
            case .count(let count): (Array(all.suffix(count)), isNew, true)
            case .time(let length), .roomyTime(let length):
                (all.filter { tick.time.nanoseconds - $0.time < length }, isNew, true)
            case .tumblingCount(let count):
                (Array(all.suffix(count)), isNew && all.count % count == 0, isNew && all.count % count == 0)
            }
        guard isShown else { return Answer(value: kept[formula], isUpdated: false) }
        let full: Int? =
            switch frame {
            case .count(let count), .tumblingCount(let count): count
            case .time, .roomyTime: nil
            }
        // That nothing is in a window of time is a number too.
        if function == .count, minimum == nil, full == nil {
            return Answer(value: Double(content.count), isUpdated: isUpdated)
        }
        let least = SignalOracle.least(function)
        let enough = content.count >= max(least, minimum ?? full ?? least)
        let value = enough ? SignalOracle.value(function, content) : nil
        if case .tumblingCount = frame { kept[formula] = value.flatMap { $0.isFinite ? $0 : nil } }
        return Answer(value: value, isUpdated: isUpdated)
    }

    static func least(_ function: Aggregate) -> Int {
        switch function {
        case .variance, .deviation, .zscore: 2
        case .slope, .intercept, .residual, .covariance, .correlation: 3
        default: 1
        }
    }

    static func value(_ function: Aggregate, _ samples: [Sample]) -> Double? {
        let xs = samples.map(\.first)
        guard let last = xs.last, let first = xs.first else { return nil }
        let count = Double(xs.count)
        let mean = first + xs.reduce(0) { $0 + ($1 - first) } / count
        let squares = xs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let isStill = xs.allSatisfy { $0 == first }
        let variance = isStill ? 0 : squares / (count - 1)
        switch function {
        case .count: return count
        case .sum: return xs.reduce(0, +)
        case .mean: return mean
        case .variance: return variance
        case .deviation: return variance.squareRoot()
        case .minimum: return xs.min()
        case .maximum: return xs.max()
        case .first: return first
        case .last: return last
        case .range: return (xs.max() ?? 0) - (xs.min() ?? 0)
        case .zscore: return variance > 0 ? (last - mean) / variance.squareRoot() : nil
        case .quantile(let p):
            let sorted = xs.sorted()
            let rank = p * (count - 1)
            let low = sorted[Int(rank)]
            return Int(rank) + 1 < xs.count ? low + (rank - rank.rounded(.down)) * (sorted[Int(rank) + 1] - low) : low
        default: return joint(function, samples, mean, isStill ? 0 : squares)
        }
    }

    private static func joint(_ function: Aggregate, _ samples: [Sample], _ meanY: Double, _ sumYY: Double) -> Double? {
        let xs = samples.map(\.second)
        let first = xs[0]
        let count = Double(xs.count)
        if function == .weightedMean {
            let weights = xs.map { max($0, 0) }
            let total = weights.reduce(0, +)
            guard total > 0 else { return nil }
            return zip(samples, weights).reduce(0) { $0 + $1.0.first * $1.1 } / total
        }
        let meanX = first + xs.reduce(0) { $0 + ($1 - first) } / count
        let sumXX = xs.allSatisfy { $0 == first } ? 0 : xs.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let sumXY = samples.reduce(0) { $0 + ($1.second - meanX) * ($1.first - meanY) }
        switch function {
        case .covariance: return sumXY / (count - 1)
        case .correlation:
            return sumXX > 0 && sumYY > 0 ? sumXY / (sumXX.squareRoot() * sumYY.squareRoot()) : nil
        default:
            guard sumXX > 0 else { return nil }
            let slope = sumXY / sumXX
            let intercept = meanY - slope * meanX
            if function == .slope { return slope }
            if function == .intercept { return intercept }
            return samples[samples.count - 1].first - intercept - slope * xs[xs.count - 1]
        }
    }
}
