// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosRisk

/// `helios risk var`: the risk of positions by every method, whose it is, and what stress would cost.
struct RiskVarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "var",
        abstract: "Value at risk and expected shortfall of positions.",
        usage: """
            helios risk var returns.csv positions.csv
            helios risk var prices.csv positions.csv --prices --method ewma --confidence 0.95
            helios risk var returns.csv positions.csv --stress scenarios.csv --json
            """,
        discussion: """
            RETURNS: date,SYMBOL,SYMBOL… with a day a line, ascending. POSITIONS: symbol,value and if wanted class,beta; a value is \
            money, negative when short. STRESS: scenario,kind,name,shock with kind market, class or instrument. \
            Formulas and their limits: docs/var.md.
            """
    )

    @Argument(help: "Daily returns, or prices with --prices.")
    var returns: String

    @Argument(help: "What is held.")
    var positions: String

    @Flag(help: "The first file holds prices.")
    var prices = false

    @Option(help: "One of all, \(RiskMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
    var method = "all"

    @Option(help: "The share of days that stay below the loss.")
    var confidence = 0.99

    @Option(help: "Days ahead: one day's numbers times its square root.")
    var horizon = 1

    @Option(help: "How much of yesterday's estimate EWMA and DCC keep.")
    var lambda = 0.94

    @Option(help: "Simulated days of monte-carlo.")
    var simulations = 10_000

    @Option(help: "The seed of monte-carlo.")
    var seed: UInt64 = 1

    @Option(help: "A file of stress scenarios.")
    var stress: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let methods = try chosenMethods()
        try checkNumbers()
        let table = try read(returns) { text throws(RiskFileError) in
            try ReturnTable(csv: text, content: prices ? .prices : .returns)
        }
        let held = try read(positions) { text throws(RiskFileError) in try RiskPosition.list(csv: text) }
        let scenarios = try stress.map { path in
            try read(path) { text throws(RiskFileError) in try StressScenario.list(csv: text) }
        }
        let answer = RiskVarAnswer(try portfolio(table, held), methods, scenarios)
        for note in answer.notes { Console.warn(note) }
        if json { try Console.show(json: answer) } else { Console.show(answer.text) }
    }

    private func chosenMethods() throws -> [RiskMethod] {
        if method == "all" { return RiskMethod.allCases }
        if let one = RiskMethod(rawValue: method) { return [one] }
        let names = ["all"] + RiskMethod.allCases.map(\.rawValue)
        let hint = NearestName.of(method, among: names).map { "; did you mean '\($0)'?" } ?? ""
        throw Failure(
            .usage,
            "there is no method '\(method)'\(hint)",
            hint: "methods: \(names.joined(separator: ", "))"
        )
    }

    private func checkNumbers() throws {
        guard confidence > 0.5, confidence < 1 else {
            throw Failure(.usage, "--confidence \(confidence): above 0.5 and below 1 is needed, such as 0.99")
        }
        guard (1...365).contains(horizon) else { throw Failure(.usage, "--horizon \(horizon): 1 to 365 days") }
        guard lambda > 0, lambda < 1 else { throw Failure(.usage, "--lambda \(lambda): above 0 and below 1 is needed") }
        guard (1...10_000_000).contains(simulations) else {
            throw Failure(.usage, "--simulations \(simulations): 1 to 10000000")
        }
    }

    private func read<Value>(_ path: String, _ parse: (String) throws(RiskFileError) -> Value) throws -> Value {
        try requireFile(path, .data)
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        do {
            return try parse(String(decoding: data, as: UTF8.self))
        } catch {
            throw Failure(.data, "\(path):\(error.line):\(error.column): \(error.reason)")
        }
    }

    private func portfolio(_ table: ReturnTable, _ held: [RiskPosition]) throws -> PortfolioRisk {
        do throws(PortfolioRisk.UnknownInstrument) {
            var portfolio = try PortfolioRisk(returns: table, positions: held)
            portfolio.confidence = confidence
            portfolio.horizon = horizon
            portfolio.lambda = lambda
            portfolio.simulations = simulations
            portfolio.seed = seed
            return portfolio
        } catch {
            let hint = NearestName.of(error.symbol, among: table.names).map { "; did you mean \($0)?" } ?? ""
            throw Failure(.data, "\(positions): \(error) in \(returns)\(hint)")
        }
    }
}
