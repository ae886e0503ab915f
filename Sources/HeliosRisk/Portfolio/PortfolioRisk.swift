// SPDX-License-Identifier: MIT

/// A way to compute the risk of a portfolio, as it is named on the command line.
public enum RiskMethod: String, Sendable, CaseIterable {
    case historical
    case parametric
    case ewma
    case ledoitWolf = "ledoit-wolf"
    case dcc
    case cornishFisher = "cornish-fisher"
    case monteCarlo = "monte-carlo"
    case filteredHistorical = "filtered-historical"

    /// The covariances that it uses; nil for those that use none.
    public var covariances: CovarianceMethod? {
        switch self {
        case .parametric, .monteCarlo: .sample
        case .ewma: .ewma
        case .ledoitWolf: .ledoitWolf
        case .dcc: .dcc
        case .historical, .cornishFisher, .filteredHistorical: nil
        }
    }
}

/// The risk of what is held, by whichever method, and whose it is.
///
/// ```swift
/// let portfolio = try PortfolioRisk(returns: table, positions: positions)
/// portfolio.figures(.historical)?.valueAtRisk
/// ```
public struct PortfolioRisk: Sendable {
    /// Why there is no portfolio of these positions.
    public struct UnknownInstrument: Error, Equatable, Sendable, CustomStringConvertible {
        public var symbol: String
        public var description: String { "there are no returns of \(symbol)" }
    }

    public let returns: ReturnTable
    public let positions: [RiskPosition]
    /// What is held of each instrument of `returns`.
    public let weights: [Double]
    /// What a day would have brought, for each day of `returns`.
    public let profits: [Double]
    public var confidence = 0.99
    /// Days ahead; one day's numbers are multiplied by its square root.
    public var horizon = 1
    public var lambda = 0.94
    public var simulations = 10_000
    public var seed: UInt64 = 1

    /// What `positions` hold; every one of them must have returns.
    public init(returns: ReturnTable, positions: [RiskPosition]) throws(UnknownInstrument) {
        var places: [String: Int] = [:]
        for (place, name) in returns.names.enumerated() { places[name] = place }
        var weights = [Double](repeating: 0, count: returns.names.count)
        for position in positions {
            guard let place = places[position.symbol] else { throw UnknownInstrument(symbol: position.symbol) }
            weights[place] += position.value
        }
        self.returns = returns
        self.positions = positions
        self.weights = weights
        profits = returns.profits(of: weights)
    }

    /// Value at risk and expected shortfall; nil where the days do not suffice for the method.
    public func figures(_ method: RiskMethod) -> RiskFigures? {
        let figures: RiskFigures? =
            switch method {
            case .historical: ValueAtRisk.historical(losses: profits.map { -$0 }, confidence: confidence)
            case .parametric, .ewma, .ledoitWolf, .dcc:
                matrix(method).flatMap { ValueAtRisk.parametric(weights, $0, confidence: confidence) }
            case .cornishFisher: ValueAtRisk.cornishFisher(profits: profits, confidence: confidence)?.figures
            case .monteCarlo: matrix(method).flatMap(simulated)
            case .filteredHistorical:
                ValueAtRisk.filteredHistorical(profits: profits, confidence: confidence, lambda: lambda)?.figures
            }
        let factor = Double(horizon).squareRoot()
        return figures.map {
            RiskFigures(valueAtRisk: $0.valueAtRisk * factor, expectedShortfall: $0.expectedShortfall * factor)
        }
    }

    /// The parametric number divided among the instruments, for one day, by the covariances of `method`.
    public func decomposition(_ method: RiskMethod) -> RiskDecomposition? {
        matrix(method).flatMap { RiskDecomposition(weights, $0, confidence: confidence) }
    }

    private func matrix(_ method: RiskMethod) -> SymmetricMatrix? {
        (method.covariances ?? .sample).estimate(returns, lambda: lambda)
    }

    private func simulated(_ matrix: SymmetricMatrix) -> RiskFigures? {
        ValueAtRisk.monteCarlo(weights, matrix, confidence: confidence, simulations: simulations, seed: seed)
    }
}
