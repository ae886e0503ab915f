// SPDX-License-Identifier: MIT

/// w′ S w, updated change by change: with the full covariances, or with a few factors.
///
/// With covariances, v = S w is kept and a change adds one column to it. With S = B F B′ + D only f = B′ w and g = F f are kept,
/// as long as the number of factors, and v_i = B_i · g + D_i w_i is made when it is asked for.
@safe
struct VarianceForm: ~Copyable {
    typealias Lanes = SIMD8<Double>

    let count: Int
    /// Places in blocks of eight: the covariances' columns and v.
    let blocks: Int
    let factors: Int
    // Safe: allocated in `init`: `blocks` × `count` vectors, twice `blocks`; then for each factor, or instrument and factor.
    let columns: UnsafeMutablePointer<Lanes>
    let products: UnsafeMutablePointer<Lanes>
    let rebuilt: UnsafeMutablePointer<Lanes>
    let loadings: UnsafeMutablePointer<Double>
    /// B F: what a unit of each instrument adds to g.
    let reactions: UnsafeMutablePointer<Double>
    /// g, and room to make it anew.
    let pull: UnsafeMutablePointer<Double>
    let rebuiltPull: UnsafeMutablePointer<Double>
    let specific: UnsafeMutablePointer<Double>
    /// S_ii.
    let diagonal: UnsafeMutablePointer<Double>
    /// w′ S w.
    var q = 0.0
    /// The largest q since the last rebuild.
    var peak = 0.0

    init(_ structure: RiskModel.Structure) {
        count = structure.count
        if case .factors(let structure) = structure { factors = structure.factors } else { factors = 0 }
        let isFull = factors == 0
        blocks = isFull ? (count + 7) / 8 : 0
        unsafe columns = .allocate(capacity: max(blocks * count, 1))
        unsafe columns.initialize(repeating: .zero, count: blocks * count)
        unsafe products = Self.zeros(blocks)
        unsafe rebuilt = Self.zeros(blocks)
        unsafe loadings = Self.zeros(factors * count)
        unsafe reactions = Self.zeros(factors * count)
        unsafe pull = Self.zeros(factors)
        unsafe rebuiltPull = Self.zeros(factors)
        unsafe specific = Self.zeros(count)
        unsafe diagonal = Self.zeros(count)
        switch structure {
        case .covariance(let matrix): take(matrix)
        case .factors(let structure): take(structure)
        }
    }

    /// Frees the memory; the owner's deinit calls it once.
    func deallocate() {
        unsafe columns.deallocate()
        unsafe products.deallocate()
        unsafe rebuilt.deallocate()
        unsafe loadings.deallocate()
        unsafe reactions.deallocate()
        unsafe pull.deallocate()
        unsafe rebuiltPull.deallocate()
        unsafe specific.deallocate()
        unsafe diagonal.deallocate()
    }

    private static func zeros<Number: SIMDScalarOrVector>(_ count: Int) -> UnsafeMutablePointer<Number> {
        let memory = UnsafeMutablePointer<Number>.allocate(capacity: max(count, 1))
        unsafe memory.initialize(repeating: .zeroValue, count: max(count, 1))
        return unsafe memory
    }

    private func take(_ matrix: SymmetricMatrix) {
        // Safe: the matrix has `count` rows and columns.
        for place in 0..<count {
            for row in 0..<count { unsafe columns[place * blocks + row / 8][row % 8] = matrix[row, place] }
            unsafe diagonal[place] = matrix[place, place]
        }
    }

    private func take(_ structure: FactorStructure) {
        // Safe: the structure has `count` rows of `factors` loadings.
        for place in 0..<count {
            let row = Array(structure.loadings[(place * factors)..<((place + 1) * factors)])
            let reaction = structure.covariance.times(row)
            for factor in 0..<factors {
                unsafe loadings[place * factors + factor] = row[factor]
                unsafe reactions[place * factors + factor] = reaction[factor]
            }
            unsafe specific[place] = structure.specific[place]
            unsafe diagonal[place] = dot(row, reaction) + structure.specific[place]
        }
    }

    mutating func clear() {
        unsafe products.update(repeating: .zero, count: blocks)
        unsafe pull.update(repeating: 0, count: factors)
        q = 0
        peak = 0
    }
}

/// A number or a vector of numbers: what has a zero.
protocol SIMDScalarOrVector {
    static var zeroValue: Self { get }
}

extension Double: SIMDScalarOrVector {
    static var zeroValue: Double { 0 }
}

extension SIMD8<Double>: SIMDScalarOrVector {
    static var zeroValue: SIMD8<Double> { .zero }
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
