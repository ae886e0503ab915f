// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal

/// Factors and scores of a set of stocks, found in small parts: formula 2.7 without a large step at any time.
///
/// The eigenvectors of the correlation come from a subspace iteration, Y (Yᵀ V) made orthonormal, which goes on from those of the
/// sample before; Y are the standardised returns. The correlation itself, as large as the square of the universe, is never made.
/// The regression on the factors, and the fit of what is left, are those of `ResidualScore`. Nothing is allocated after `init`.
struct PcaEngine: ~Copyable {
    let stocks: Int
    let window: Int
    let factors: Int
    /// The returns, stock by stock, as rings that all stand at `next`.
    private var returns: FixedBuffer<Double>
    private(set) var count = 0
    private var next = 0
    /// Of each stock's returns: mean, and 1 / deviation, 0 for a stock that does not move.
    private var means: FixedBuffer<Double>
    private(set) var scales: FixedBuffer<Double>
    /// Eigenvectors: of factor f the weight of stock s at f · stocks + s.
    private(set) var vectors: FixedBuffer<Double>
    /// Yᵀ V, then the factors' returns, then those orthonormal; of factor f at f · window, and behind them the constant.
    private var series: FixedBuffer<Double>
    /// Of the factors' returns: the triangle of their orthonormal form.
    private var triangle: FixedBuffer<Double>
    private var path: FixedBuffer<Double>
    private var products: FixedBuffer<Double>
    /// Of stock s on factor f at s · factors + f.
    private(set) var betas: FixedBuffer<Double>
    private(set) var scores: FixedBuffer<Double>
    /// Speed of reversion a sample; 0 where there is no score.
    private(set) var kappas: FixedBuffer<Double>

    init(stocks: Int, window: Int, factors: Int) {
        self.stocks = stocks
        self.window = window
        self.factors = factors
        returns = FixedBuffer(repeating: 0, count: stocks * window)
        means = FixedBuffer(repeating: 0, count: stocks)
        scales = FixedBuffer(repeating: 0, count: stocks)
        vectors = FixedBuffer(repeating: 0, count: stocks * factors)
        series = FixedBuffer(repeating: 0, count: (factors + 1) * window)
        triangle = FixedBuffer(repeating: 0, count: (factors + 1) * (factors + 1))
        path = FixedBuffer(repeating: 0, count: window)
        products = FixedBuffer(repeating: 0, count: factors + 1)
        betas = FixedBuffer(repeating: 0, count: stocks * factors)
        scores = FixedBuffer(repeating: 0, count: stocks)
        kappas = FixedBuffer(repeating: 0, count: stocks)
        startVectors()
    }

    var isFull: Bool { count == window }

    /// Any vectors that are not orthogonal to what is sought; the same each time.
    private mutating func startVectors() {
        var random = SeededRandom(seed: 0x50_4341)
        for place in 0..<vectors.count { vectors[place] = random.uniform() - 0.5 }
        // Stocks move together more than anything else.
        for stock in 0..<stocks { vectors[stock] = 1 }
        for factor in 0..<factors { orthonormalise(factor) }
    }

    // MARK: The parts of a fit

    /// Puts the newest return of a stock in the place of its oldest; `advance` ends the sample.
    mutating func put(_ value: Double, of stock: Int) { returns[stock * window + next] = value }

    mutating func advance() {
        next = next + 1 == window ? 0 : next + 1
        count = min(count + 1, window)
    }

    /// Mean and deviation of a stock.
    mutating func standardise(_ stock: Int) {
        let base = stock * window
        var sum = 0.0
        for slot in 0..<window { sum += returns[base + slot] }
        let mean = sum / Double(window)
        var squares = 0.0
        for slot in 0..<window {
            let part = returns[base + slot] - mean
            squares += part * part
        }
        let deviation = (squares / Double(window - 1)).squareRoot()
        means[stock] = mean
        scales[stock] = deviation > 1e-14 * mean.magnitude && deviation > 0 ? 1 / deviation : 0
    }

    /// A stock's part of Yᵀ V, which is in `series` after the last one: with 1 / deviation in the standardised returns, the
    /// factors' returns but for their means.
    mutating func project(_ stock: Int) {
        if stock == 0 { series.fill(0..<factors * window, with: 0) }
        guard scales[stock] > 0 else { return }
        let (mean, base) = (means[stock], stock * window)
        for factor in 0..<factors {
            let row = factor * window
            let weight = scales[stock] * vectors[factor * stocks + stock]
            for slot in 0..<window { series[row + slot] += weight * (returns[base + slot] - mean) }
        }
    }

    /// A stock's row of Y (Yᵀ V), which takes the place of V.
    mutating func weigh(_ stock: Int) {
        let (mean, scale, base) = (means[stock], scales[stock], stock * window)
        for factor in 0..<factors {
            let row = factor * window
            var sum = 0.0
            for slot in 0..<window { sum += (returns[base + slot] - mean) * series[row + slot] }
            vectors[factor * stocks + stock] = scale * sum
        }
    }

    /// Gram and Schmidt, the vectors in their order; one that is nothing but the ones before it becomes zero.
    mutating func orthonormalise(_ factor: Int) {
        let row = factor * stocks
        let before = length(row)
        for other in 0..<factor {
            let base = other * stocks
            var product = 0.0
            for stock in 0..<stocks { product += vectors[base + stock] * vectors[row + stock] }
            for stock in 0..<stocks { vectors[row + stock] -= product * vectors[base + stock] }
        }
        let after = length(row)
        let scale = after > 1e-10 * before ? 1 / after : 0
        for stock in 0..<stocks { vectors[row + stock] *= scale }
    }

    private func length(_ row: Int) -> Double {
        var sum = 0.0
        for stock in 0..<stocks { sum += vectors[row + stock] * vectors[row + stock] }
        return sum.squareRoot()
    }

    /// The orthonormal form of the factors' returns and a constant, the factors in their order.
    mutating func triangulate(_ factor: Int) {
        if factor == 0 {
            let even = 1 / Double(window).squareRoot()
            series.fill(factors * window..<(factors + 1) * window, with: even)
            triangle.fill(0..<triangle.count, with: 0)
        }
        // Centred already, and so orthogonal to the constant.
        let row = factor * window
        let before = dot(row, row).squareRoot()
        for other in 0..<factor {
            let base = other * window
            let product = dot(base, row)
            triangle[other * factors + factor] = product
            for slot in 0..<window { series[row + slot] -= product * series[base + slot] }
        }
        let after = dot(row, row).squareRoot()
        let isOwn = after > 1e-10 * before
        triangle[factor * factors + factor] = isOwn ? after : 0
        for slot in 0..<window { series[row + slot] *= isOwn ? 1 / after : 0 }
    }

    private func dot(_ a: Int, _ b: Int) -> Double {
        var sum = 0.0
        for slot in 0..<window { sum += series[a + slot] * series[b + slot] }
        return sum
    }

    /// Regresses a stock on the factors, and fits what is left as a process that reverts; no score where it doesn't.
    mutating func score(_ stock: Int) {
        kappas[stock] = 0
        scores[stock] = 0
        for factor in 0..<factors { betas[stock * factors + factor] = 0 }
        guard scales[stock] > 0 else { return }
        let base = stock * window
        for row in 0...factors {
            var sum = 0.0
            for slot in 0..<window { sum += series[row * window + slot] * returns[base + slot] }
            products[row] = sum
        }
        // R beta = Qᵀ r, from the last factor up.
        for factor in (0..<factors).reversed() {
            let pivot = triangle[factor * factors + factor]
            guard pivot > 0 else { continue }
            var rest = products[factor]
            for other in factor + 1..<max(factors, factor + 1) {
                rest -= triangle[factor * factors + other] * betas[stock * factors + other]
            }
            betas[stock * factors + factor] = rest / pivot
        }
        var sum = 0.0
        var left = 0.0
        // The oldest stands where the next one goes.
        for step in 0..<window {
            let slot = next + step < window ? next + step : next + step - window
            var residual = returns[base + slot]
            for row in 0...factors { residual -= products[row] * series[row * window + slot] }
            left += residual * residual
            sum += residual
            path[step] = sum
        }
        // Below this the residual is the rounding of the returns.
        let size = 1 / (scales[stock] * scales[stock])
        guard left > 1e-20 * size * Double(window) else { return }
        revert(stock)
    }

    private mutating func revert(_ stock: Int) {
        var moments = PairMoments()
        for step in 1..<window { moments.add(path[step - 1], path[step]) }
        guard let line = moments.line, line.beta > 0, line.beta < 1 else { return }
        let mean = line.alpha / (1 - line.beta)
        let deviation = line.residualDeviation / (1 - line.beta * line.beta).squareRoot()
        let score = (path[window - 1] - mean) / deviation
        guard deviation > 0, score.isFinite else { return }
        scores[stock] = score
        kappas[stock] = -DeterministicMath.log(line.beta)
    }
}

// MARK: - State
extension PcaEngine {
    func save(to writer: inout StateWriter) {
        writer.mark("pcafit")
        writer.write(count)
        writer.write(next)
        returns.save(0..<returns.count, to: &writer)
        means.save(0..<means.count, to: &writer)
        scales.save(0..<scales.count, to: &writer)
        vectors.save(0..<vectors.count, to: &writer)
        series.save(0..<series.count, to: &writer)
        triangle.save(0..<triangle.count, to: &writer)
        betas.save(0..<betas.count, to: &writer)
        scores.save(0..<scores.count, to: &writer)
        kappas.save(0..<kappas.count, to: &writer)
    }

    // After an error it must not be used.
    mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("pcafit")
        count = try reader.readCount(upTo: window, "samples of the factors")
        next = try reader.readCount(upTo: window - 1, "place of the next sample")
        try returns.restore(0..<returns.count, from: &reader)
        try means.restore(0..<means.count, from: &reader)
        try scales.restore(0..<scales.count, from: &reader)
        try vectors.restore(0..<vectors.count, from: &reader)
        try series.restore(0..<series.count, from: &reader)
        try triangle.restore(0..<triangle.count, from: &reader)
        try betas.restore(0..<betas.count, from: &reader)
        try scores.restore(0..<scores.count, from: &reader)
        try kappas.restore(0..<kappas.count, from: &reader)
        for place in 0..<returns.count where !returns[place].isFinite {
            throw reader.error(.damaged, "a return is not a finite number")
        }
        for place in 0..<vectors.count where !vectors[place].isFinite {
            throw reader.error(.damaged, "a weight of a factor is not a finite number")
        }
        for place in 0..<betas.count where !betas[place].isFinite {
            throw reader.error(.damaged, "a beta is not a finite number")
        }
    }
}
