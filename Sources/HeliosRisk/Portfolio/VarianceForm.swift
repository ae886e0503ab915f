// SPDX-License-Identifier: MIT

/// w′ S w, updated change by change: with the full covariances, or with a few factors.
///
/// With covariances, v = S w is kept and a change adds one column to it. With S = B F B′ + D only f = B′ w and g = F f are kept,
/// as long as the number of factors, and v_i = B_i · g + D_i w_i is made when it is asked for.
@safe
struct VarianceForm: ~Copyable {
    typealias Lanes = FrozenRisk.Lanes

    let count: Int
    /// Places in blocks of eight: the covariances' columns and v.
    let blocks: Int
    let factors: Int
    // Safe: the model's, in its sizes; the owner keeps it.
    let columns: UnsafeMutablePointer<Lanes>
    let loadings: UnsafeMutablePointer<Double>
    let reactions: UnsafeMutablePointer<Double>
    let specific: UnsafeMutablePointer<Double>
    let diagonal: UnsafeMutablePointer<Double>
    // Safe: allocated in `init`: v and room to make it anew, `blocks`; g and room to make it anew, `factors`.
    let products: UnsafeMutablePointer<Lanes>
    let rebuilt: UnsafeMutablePointer<Lanes>
    let pull: UnsafeMutablePointer<Double>
    let rebuiltPull: UnsafeMutablePointer<Double>
    /// w′ S w.
    var q = 0.0
    /// The largest q since the last rebuild.
    var peak = 0.0

    init(_ model: FrozenRisk) {
        count = model.count
        blocks = model.blocks
        factors = model.factors
        unsafe columns = model.columns
        unsafe loadings = model.loadings
        unsafe reactions = model.reactions
        unsafe specific = model.specific
        unsafe diagonal = model.diagonal
        unsafe products = FrozenRisk.memory(blocks, .zero)
        unsafe rebuilt = FrozenRisk.memory(blocks, .zero)
        unsafe pull = FrozenRisk.memory(factors, 0)
        unsafe rebuiltPull = FrozenRisk.memory(factors, 0)
    }

    /// Frees the memory; the owner's deinit calls it once.
    func deallocate() {
        unsafe products.deallocate()
        unsafe rebuilt.deallocate()
        unsafe pull.deallocate()
        unsafe rebuiltPull.deallocate()
    }

    mutating func clear() {
        unsafe products.update(repeating: .zero, count: blocks)
        unsafe pull.update(repeating: 0, count: factors)
        q = 0
        peak = 0
    }
}

extension VarianceForm {
    /// (S w)_i, where `weight` is w_i.
    borrowing func product(_ place: Int, weight: Double) -> Double {
        // Safe: callers give a place below `count`.
        guard factors > 0 else { return unsafe products[place / 8][place % 8] }
        var sum = unsafe specific[place] * weight
        for factor in 0..<factors { unsafe sum += loadings[place * factors + factor] * pull[factor] }
        return sum
    }

    /// √(w′ S w) if w_i, which is `weight`, grew by `delta`.
    borrowing func deviation(adding delta: Double, at place: Int, weight: Double) -> Double {
        let change = unsafe delta == 0 ? 0 : delta * (2 * product(place, weight: weight) + delta * diagonal[place])
        let variance = q + change
        // Rounding may leave a hedged portfolio a hair below zero; what is no number stays none.
        return variance < 0 ? 0 : variance.squareRoot()
    }

    /// Takes a change of w_i, which was `weight`, by `delta`.
    mutating func add(_ delta: Double, at place: Int, weight: Double) {
        // Safe: callers give a place below `count`.
        unsafe q += delta * (2 * product(place, weight: weight) + delta * diagonal[place])
        peak = max(peak, q)
        if factors > 0 {
            unsafe Self.accumulate(delta, reactions + place * factors, to: pull, count: factors)
        } else {
            unsafe Self.accumulate(Lanes(repeating: delta), columns + place * blocks, to: products, blocks: blocks)
        }
    }

    /// Computes everything anew; how far q and v were off, relative to the largest since the last time.
    mutating func rebuild(_ weights: UnsafeMutablePointer<Double>) -> Double {
        let before = q
        let worst = unsafe factors > 0 ? rebuildFactors(weights) : rebuildProducts(weights)
        q = unsafe variance(weights)
        peak = max(peak, q)
        let drift = peak > 0 ? (before - q).magnitude / peak : 0
        peak = q
        return max(drift, worst)
    }

    private borrowing func variance(_ weights: UnsafeMutablePointer<Double>) -> Double {
        var sum = 0.0
        // Safe: there is a weight for each place.
        for place in 0..<count {
            let weight = unsafe weights[place]
            if weight != 0 { sum += weight * product(place, weight: weight) }
        }
        return sum
    }

    private borrowing func rebuildProducts(_ weights: UnsafeMutablePointer<Double>) -> Double {
        unsafe rebuilt.update(repeating: .zero, count: blocks)
        for place in 0..<count {
            let weight = unsafe weights[place]
            guard weight != 0 else { continue }
            unsafe Self.accumulate(Lanes(repeating: weight), columns + place * blocks, to: rebuilt, blocks: blocks)
        }
        var worst = 0.0
        var largest = 0.0
        for block in 0..<blocks {
            for lane in 0..<8 {
                let old = unsafe products[block][lane]
                let new = unsafe rebuilt[block][lane]
                worst = max(worst, (old - new).magnitude)
                largest = max(largest, old.magnitude, new.magnitude)
            }
        }
        unsafe products.update(from: rebuilt, count: blocks)
        return largest > 0 ? worst / largest : 0
    }

    private borrowing func rebuildFactors(_ weights: UnsafeMutablePointer<Double>) -> Double {
        unsafe rebuiltPull.update(repeating: 0, count: factors)
        for place in 0..<count {
            let weight = unsafe weights[place]
            guard weight != 0 else { continue }
            unsafe Self.accumulate(weight, reactions + place * factors, to: rebuiltPull, count: factors)
        }
        var worst = 0.0
        var largest = 0.0
        for factor in 0..<factors {
            worst = unsafe max(worst, (pull[factor] - rebuiltPull[factor]).magnitude)
            largest = unsafe max(largest, pull[factor].magnitude, rebuiltPull[factor].magnitude)
        }
        unsafe pull.update(from: rebuiltPull, count: factors)
        return largest > 0 ? worst / largest : 0
    }

    private static func accumulate(
        _ step: Lanes,
        _ column: UnsafeMutablePointer<Lanes>,
        to sums: UnsafeMutablePointer<Lanes>,
        blocks: Int
    ) {
        // Safe: both hold `blocks` vectors; the count can't pass the largest integer.
        var block = 0
        while block < blocks {
            unsafe sums[block] += step * column[block]
            block &+= 1
        }
    }

    private static func accumulate(
        _ step: Double,
        _ row: UnsafeMutablePointer<Double>,
        to sums: UnsafeMutablePointer<Double>,
        count: Int
    ) {
        // Safe: both hold `count` numbers.
        for index in 0..<count { unsafe sums[index] += step * row[index] }
    }
}
