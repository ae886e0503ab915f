// SPDX-License-Identifier: MIT
import HeliosRisk

/// What `helios risk var` has to say, for people and for programs.
struct RiskVarAnswer: Encodable {
    struct Method: Encodable {
        var method: String
        /// Both absent where the days do not suffice.
        var valueAtRisk: Double?
        var expectedShortfall: Double?
    }

    struct Position: Encodable {
        var symbol: String
        var value: Double
        /// What one unit of money more adds, and the position's share of the whole.
        var marginal: Double?
        var component: Double?
        var historicalComponent: Double?
    }

    struct Stress: Encodable {
        var scenario: String
        var loss: Double
    }

    var days: Int
    var instruments: Int
    var gross: Double
    var net: Double
    var confidence: Double
    var horizon: Int
    var methods: [Method]
    /// The covariances by which the parametric number was divided.
    var divided: String
    var positions: [Position]
    var stress: [Stress]
    var worst: Stress?
    /// What the reader should know before believing the numbers.
    var notes: [String]

    init(_ portfolio: PortfolioRisk, _ methods: [RiskMethod], _ scenarios: [StressScenario]?) {
        days = portfolio.returns.days
        instruments = portfolio.returns.names.count
        gross = portfolio.positions.reduce(0) { $0 + $1.value.magnitude }
        net = portfolio.positions.reduce(0) { $0 + $1.value }
        confidence = portfolio.confidence
        horizon = portfolio.horizon
        self.methods = methods.map { method in
            let figures = portfolio.figures(method)
            return Method(
                method: method.rawValue,
                valueAtRisk: figures?.valueAtRisk,
                expectedShortfall: figures?.expectedShortfall
            )
        }
        let divider = methods.count == 1 && methods[0].covariances != nil ? methods[0] : .parametric
        divided = divider.rawValue
        positions = Self.divide(portfolio, divider)
        let result = StressResult(scenarios ?? [], portfolio.positions)
        stress = result.lines.map { Stress(scenario: $0.scenario, loss: $0.loss) }
        worst = result.worst.map { Stress(scenario: $0.scenario, loss: $0.loss) }
        notes = Self.notes(portfolio, scenarios ?? [])
    }

    private static func divide(_ portfolio: PortfolioRisk, _ divider: RiskMethod) -> [Position] {
        let shares = portfolio.decomposition(divider)
        let past = RiskDecomposition.historical(
            portfolio.weights,
            portfolio.returns,
            confidence: portfolio.confidence
        )
        let factor = Double(portfolio.horizon).squareRoot()
        return portfolio.returns.names.indices.filter { portfolio.weights[$0] != 0 }.map { place in
            Position(
                symbol: portfolio.returns.names[place],
                value: portfolio.weights[place],
                marginal: shares.map { $0.marginal[place] * factor },
                component: shares.map { $0.component[place] * factor },
                historicalComponent: past.map { $0[place] * factor }
            )
        }
    }

    private static func notes(_ portfolio: PortfolioRisk, _ scenarios: [StressScenario]) -> [String] {
        var notes: [String] = []
        let tail = Double(portfolio.returns.days) * (1 - portfolio.confidence)
        if tail < 1 {
            notes.append(
                "\(portfolio.returns.days) days hold fewer than one loss beyond \(portfolio.confidence): "
                    + "the historical numbers are the worst day"
            )
        }
        if portfolio.returns.days <= portfolio.returns.names.count {
            notes.append("no more days than instruments: the sample's covariances say too little; take ledoit-wolf")
        }
        let symbols = Set(portfolio.positions.map(\.symbol))
        let classes = Set(portfolio.positions.compactMap(\.assetClass))
        for scenario in scenarios {
            for name in scenario.instruments.keys.sorted() where !symbols.contains(name) {
                notes.append("scenario \(scenario.name): \(name) is not held")
            }
            for name in scenario.classes.keys.sorted() where !classes.contains(name) {
                notes.append("scenario \(scenario.name): nothing held is of the class \(name)")
            }
        }
        return notes
    }
}

extension RiskVarAnswer {
    /// Tables for a terminal.
    var text: String {
        var parts = [
            "\(days) days of \(instruments) instruments, confidence \(confidence), "
                + "\(horizon) day\(horizon == 1 ? "" : "s") ahead; gross \(money(gross)), net \(money(net))",
            methodTable,
        ]
        if !positions.isEmpty { parts.append(positionTable) }
        if let worst {
            var table = TextTable([.left, .right], header: ["scenario", "loss"])
            for line in stress { table.add(line.scenario, money(line.loss)) }
            parts.append(table.text() + "\n  worst: \(worst.scenario), \(money(worst.loss))")
        }
        return parts.joined(separator: "\n\n")
    }

    private var methodTable: String {
        var table = TextTable([.left, .right, .right], header: ["method", "value at risk", "expected shortfall"])
        for line in methods {
            let isKnown = line.valueAtRisk != nil
            table.add(line.method, money(line.valueAtRisk), isKnown ? money(line.expectedShortfall) : "too few days")
        }
        return table.text()
    }

    private var positionTable: String {
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["position", "value", "marginal", "component (\(divided))", "component (historical)"]
        )
        for line in positions {
            let marginal = line.marginal.map { Figures.fixed($0, 6) } ?? "-"
            table.add(line.symbol, money(line.value), marginal, money(line.component), money(line.historicalComponent))
        }
        let whole = positions.reduce(0) { $0 + ($1.component ?? 0) }
        let past = positions.reduce(0) { $0 + ($1.historicalComponent ?? 0) }
        table.add("sum", money(net), "", money(whole), money(past))
        return table.text()
    }

    private func money(_ value: Double?) -> String { value.map { Figures.fixed($0, 2) } ?? "-" }
}
