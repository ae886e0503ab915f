// SPDX-License-Identifier: MIT

/// The pieces of a fit in their order, each small enough to stand beside a quote, and how many of them a step of the timer takes.
///
/// A step takes pieces until they come to `allowance` multiplications; it is longer than that by less than one piece. The work
/// is counted, not measured: the same records give the same steps.
struct PcaSchedule: BitwiseCopyable {
    enum Piece: BitwiseCopyable {
        /// Of a stock.
        case standardise(Int), project(Int), weigh(Int), score(Int)
        /// Of a factor.
        case orthonormalise(Int), triangulate(Int)
        /// The iteration has made its steps: without a whole window the fit ends here.
        case check
        case decide
    }

    let stocks: Int
    let window: Int
    let factors: Int
    let steps: Int
    /// Multiplications that a step of the timer is for.
    let allowance: Int

    init(_ parameters: PcaParameters) {
        stocks = parameters.symbols.count
        window = parameters.window
        factors = parameters.factors
        steps = parameters.steps
        allowance = parameters.batch * window * factors
    }

    /// Pieces of one step of the iteration.
    private var stepLength: Int { 2 * stocks + factors }
    /// Pieces before the check.
    private var iterationLength: Int { stocks + steps * stepLength }
    /// How many pieces a fit has.
    var count: Int { iterationLength + 1 + stocks + factors + stocks + 1 }

    /// Piece `number`, from 0 on.
    func piece(_ number: Int) -> Piece {
        if number < stocks { return .standardise(number) }
        if number < iterationLength {
            let place = (number - stocks) % stepLength
            if place < stocks { return .project(place) }
            return place < 2 * stocks ? .weigh(place - stocks) : .orthonormalise(place - 2 * stocks)
        }
        // The check, the factors' returns, their orthonormal form, the regressions, the decision.
        let place = number - iterationLength - 1
        if place < 0 { return .check }
        if place < stocks { return .project(place) }
        if place < stocks + factors { return .triangulate(place - stocks) }
        return place < 2 * stocks + factors ? .score(place - stocks - factors) : .decide
    }

    /// About how many multiplications a piece takes.
    func cost(_ piece: Piece) -> Int {
        switch piece {
        case .standardise: 3 * window
        case .project, .weigh: window * factors
        case .orthonormalise(let factor): 2 * stocks * (factor + 1)
        case .triangulate(let factor): 2 * window * (factor + 1)
        case .score: 2 * window * (factors + 2)
        case .check: 1
        case .decide: 2 * stocks * factors
        }
    }

    /// The most steps of the timer that a fit takes.
    var ticks: Int {
        let factorsSquared = factors * (factors + 1)
        let iteration = steps * (2 * stocks * window * factors + stocks * factorsSquared)
        let rest = stocks * (3 * window + window * factors + 2 * window * (factors + 2)) + window * factorsSquared
        return (iteration + rest + 1 + 2 * stocks * factors + allowance - 1) / allowance
    }
}
