// SPDX-License-Identifier: MIT
import HeliosMath

/// How a firm wants its value at risk to be computed: what a policy says about the model, without the model.
public struct RiskModelDescription: Sendable, Equatable {
    /// The file of daily returns or prices.
    public var file: String
    /// The file holds prices, of which returns are made.
    public var holdsPrices = false
    /// How covariances are estimated.
    public var method = CovarianceMethod.ewma
    /// Which number is held against the limit (P15).
    public var measure = RiskNumber.parametric
    /// The share of days that the loss must stay below: above 0.5, below 1.
    public var confidence = 0.99
    /// How fast EWMA and DCC forget: the weight of yesterday's estimate.
    public var lambda = 0.94
    /// Days ahead; one day's numbers are multiplied by its square root.
    public var horizon = 1
    /// How many of the last days are scenarios of the historical number.
    public var scenarios = 500
    /// A change of price smaller than this, in basis points of a position's value, does not change its weight.
    public var priceTolerance: Int64 = 10

    public init(file: String) { self.file = file }
}

/// Which value at risk counts.
public enum RiskNumber: UInt8, Sendable, CaseIterable {
    /// From the covariances: z √(w′ S w).
    case parametric = 0
    /// From the losses that the past days would have brought.
    case historical
    /// The larger of the two.
    case larger
}

/// Covariances that come from a few factors: S = B F B′ + D.
public struct FactorStructure: Sendable, Equatable {
    /// How many factors there are.
    public var factors: Int { covariance.count }
    /// B: every instrument's loadings, instrument after instrument.
    public var loadings: [Double]
    /// F: the factors' covariances.
    public var covariance: SymmetricMatrix
    /// D: the variance of each instrument that no factor explains.
    public var specific: [Double]

    /// A structure; nil unless there is a loading for each pair of instrument and factor and no variance below zero.
    public init?(loadings: [Double], covariance: SymmetricMatrix, specific: [Double]) {
        guard loadings.count == covariance.count * specific.count, specific.allSatisfy({ $0 >= 0 }) else { return nil }
        self.loadings = loadings
        self.covariance = covariance
        self.specific = specific
    }

    /// The full covariances.
    public var matrix: SymmetricMatrix {
        var matrix = SymmetricMatrix(count: specific.count)
        let k = factors
        for column in specific.indices {
            let rightSide = covariance.times(Array(loadings[(column * k)..<(column * k + k)]))
            for row in 0...column {
                var sum = row == column ? specific[row] : 0
                for factor in 0..<k { sum += loadings[row * k + factor] * rightSide[factor] }
                matrix[row, column] = sum
            }
        }
        return matrix
    }
}

/// A frozen picture of risk: what moves how much, and with what; the same for every order until the next one is loaded.
///
/// ```swift
/// let model = RiskModel(returns: table, method: .ewma)
/// let live = LiveRisk(model)
/// ```
/// Weights are money: the position times the price, negative when short. So the numbers are money too.
public struct RiskModel: Sendable, Equatable {
    /// How variances and covariances are held.
    public enum Structure: Sendable, Equatable {
        case covariance(SymmetricMatrix)
        case factors(FactorStructure)

        var count: Int {
            switch self {
            case .covariance(let matrix): matrix.count
            case .factors(let structure): structure.specific.count
            }
        }

        /// Whether every number is one, and small enough that no sum can overflow.
        var isFinite: Bool {
            switch self {
            case .covariance(let matrix): Self.isFinite(matrix.elements)
            case .factors(let structure):
                Self.isFinite(structure.loadings) && Self.isFinite(structure.covariance.elements)
                    && Self.isFinite(structure.specific)
            }
        }

        private static func isFinite(_ numbers: [Double]) -> Bool { numbers.allSatisfy { $0.magnitude < 1e12 } }
    }

    /// The instruments; a place in this list is a place in `LiveRisk`.
    public let names: [String]
    public let structure: Structure
    /// The days whose returns are the historical scenarios; none when only the parametric number is wanted.
    public let scenarios: ReturnTable?
    /// Which number counts.
    public let number: RiskNumber
    public let confidence: Double
    public let horizon: Int
    /// A change of value within this share does not change a weight (`LiveRisk.mark`).
    public let tolerance: Double

    /// A model of given parts; nil where they do not fit together, or where the number that counts can't be had.
    public init?(
        names: [String],
        structure: Structure,
        scenarios: ReturnTable? = nil,
        number: RiskNumber = .parametric,
        confidence: Double = 0.99,
        horizon: Int = 1,
        tolerance: Double = 0.001
    ) {
        guard structure.count == names.count, structure.isFinite, !names.isEmpty, confidence > 0.5, confidence < 1,
            horizon > 0,
            tolerance >= 0, scenarios == nil || scenarios?.names == names,
            number == .parametric || scenarios.map({ $0.days > 0 }) == true
        else { return nil }
        self.names = names
        self.structure = structure
        self.scenarios = scenarios
        self.number = number
        self.confidence = confidence
        self.horizon = horizon
        self.tolerance = tolerance
    }

    /// A model of past returns, as `description` wants it; nil where there are too few days for its method.
    public init?(returns: ReturnTable, description: RiskModelDescription) {
        guard let matrix = description.method.estimate(returns, lambda: description.lambda) else { return nil }
        self.init(
            names: returns.names,
            structure: .covariance(matrix),
            scenarios: returns.suffix(description.scenarios),
            number: description.measure,
            confidence: description.confidence,
            horizon: description.horizon,
            tolerance: Double(description.priceTolerance) / 10_000
        )
    }

    /// A model of past returns with the defaults of `RiskModelDescription`.
    public init?(returns: ReturnTable, method: CovarianceMethod) {
        var description = RiskModelDescription(file: "")
        description.method = method
        self.init(returns: returns, description: description)
    }

    /// The place of an instrument; nil for one that the model does not know.
    public func place(of name: String) -> Int? { names.firstIndex(of: name) }

    /// z: how many standard deviations the confidence is from the mean.
    public var quantile: Double { DeterministicMath.normalQuantile(confidence) }
}
