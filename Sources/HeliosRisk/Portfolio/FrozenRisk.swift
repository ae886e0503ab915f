// SPDX-License-Identifier: MIT
import HeliosMath

/// A model laid out for `LiveRisk`: the covariances' and the scenarios' columns, padded and in a row; never changed.
///
/// Several live engines (one for each scope with a limit) share one, so that a thousand instruments take their 12 MB once:
/// ```swift
/// let frozen = FrozenRisk(model)
/// var firm = LiveRisk(frozen)
/// var desk = LiveRisk(frozen)
/// ```
@safe
public final class FrozenRisk: @unchecked Sendable {
    // @unchecked: written in `init` only.
    typealias Lanes = SIMD8<Double>

    /// How many instruments the model knows.
    public let count: Int
    let number: RiskNumber
    let tolerance: Double
    /// z √horizon, and the same for the expected shortfall.
    let valueFactor: Double
    let shortfallFactor: Double
    /// √horizon, for the scenarios' one-day losses.
    let horizonFactor: Double
    /// Places in blocks of eight, with full covariances; 0 with factors.
    let blocks: Int
    /// 0 with full covariances.
    let factors: Int
    let scenarios: Int
    /// Scenarios in blocks of eight.
    let scenarioBlocks: Int
    let tail: TailPlace
    // Safe: allocated and initialised in `init` in these sizes, freed in `deinit`.
    /// S: `blocks` × `count`.
    let columns: UnsafeMutablePointer<Lanes>
    /// S_ii and D: `count`.
    let diagonal: UnsafeMutablePointer<Double>
    let specific: UnsafeMutablePointer<Double>
    /// B, and B F (what a unit of each instrument adds to F B′ w): `factors` × `count`.
    let loadings: UnsafeMutablePointer<Double>
    let reactions: UnsafeMutablePointer<Double>
    /// r: `scenarioBlocks` × `count`.
    let returns: UnsafeMutablePointer<Lanes>

    /// Lays out a model.
    public init(_ model: RiskModel) {
        count = model.names.count
        number = model.number
        tolerance = model.tolerance
        horizonFactor = Double(model.horizon).squareRoot()
        valueFactor = model.quantile * horizonFactor
        shortfallFactor = DeterministicMath.normalDensity(model.quantile) / (1 - model.confidence) * horizonFactor
        if case .factors(let structure) = model.structure { factors = structure.factors } else { factors = 0 }
        blocks = factors == 0 ? (count + 7) / 8 : 0
        scenarios = model.scenarios?.days ?? 0
        scenarioBlocks = (scenarios + 7) / 8
        tail = TailPlace(count: scenarios, confidence: model.confidence)
        unsafe columns = Self.memory(blocks * count, .zero)
        unsafe diagonal = Self.memory(count, 0)
        unsafe specific = Self.memory(count, 0)
        unsafe loadings = Self.memory(factors * count, 0)
        unsafe reactions = Self.memory(factors * count, 0)
        unsafe returns = Self.memory(scenarioBlocks * count, .zero)
        switch model.structure {
        case .covariance(let matrix): take(matrix)
        case .factors(let structure): take(structure)
        }
        if let table = model.scenarios { take(table) }
    }

    deinit {
        unsafe columns.deallocate()
        unsafe diagonal.deallocate()
        unsafe specific.deallocate()
        unsafe loadings.deallocate()
        unsafe reactions.deallocate()
        unsafe returns.deallocate()
    }

    /// Memory for `count` values, at least one, each `value`.
    static func memory<Value>(_ count: Int, _ value: Value) -> UnsafeMutablePointer<Value> {
        let memory = UnsafeMutablePointer<Value>.allocate(capacity: max(count, 1))
        unsafe memory.initialize(repeating: value, count: max(count, 1))
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

    private func take(_ table: ReturnTable) {
        for place in 0..<count {
            for day in 0..<scenarios {
                // Safe: the day's block is below the number of blocks.
                unsafe returns[place * scenarioBlocks + day / 8][day % 8] = table[day, place]
            }
        }
    }
}
