// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// `helios risk`: the limits of a firm, what they do to an order, and the risk of portfolios.
struct RiskVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk",
        abstract: "Limits, verdicts, value at risk, changes with four eyes, watch and report.",
        usage: """
            helios risk check limits.yaml
            helios risk check limits.yaml --order "buy 500 AAPL @ 189.50 by pairs" --bid 189.48 --ask 189.50
            helios risk explain P07
            helios risk var returns.csv positions.csv
            helios risk watch monday
            helios risk report monday --out monday/risk
            """,
        subcommands: [
            RiskCheckCommand.self, RiskExplainCommand.self, RiskVarCommand.self, RiskWatchCommand.self,
            RiskReportCommand.self, RiskVerifyCommand.self,
        ] + FourEyes.subcommands
    )
}

/// `helios risk check`: whether a limits file is right, what it comes to, and what it says to an order.
struct RiskCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a limits file: its tree, the limits that count at each scope, and what would be refused.",
        usage: """
            helios risk check limits.yaml
            helios risk check limits.yaml --limits
            helios risk check limits.yaml --order "buy 500 AAPL @ 189.50 by pairs" --bid 189.48 --ask 189.50
            """,
        discussion: """
            Every error is told at once with its place, exit code 1. What is refused for want of a limit, and limits that \
            can never bind, are told too; with --strict they give exit code 1.

            An order goes through a real gate, and every check is shown with its scope, value and limit; exit code 4 when it \
            is refused. What passes stays open for the orders behind it. The form of an order is
            \(TrialOrder.form)
            """
    )

    @Argument(help: "The limits file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Flag(help: "List every limit with its number.")
    var limits = false

    @Option(help: "Try an order; may be given several times.")
    var order: [String] = []

    @Option(help: "Try the orders of a file, one a line.", completion: .file())
    var orders: String?

    @Option(help: "The best bid for orders that don't say it.")
    var bid: String?

    @Option(help: "The best offer.")
    var ask: String?

    @Option(help: "The last trade.")
    var last: String?

    @Option(help: "The position that the strategy holds before its first order.")
    var position: String?

    @Flag(help: "Exit code 1 also where something would be refused for want of a limit, or was probably not meant.")
    var strict = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try requireFile(file)
        let configuration: LimitsConfiguration
        do { configuration = try LimitsConfiguration.load(path: file) } catch {
            let lines = error.errors.map(\.description)
            if json {
                try Console.show(json: LimitsAnswer(file: file, errors: lines))
            } else {
                for line in lines { Console.complain(line) }
            }
            throw ExitCode(Outcome.no.rawValue)
        }
        let trials = try trials()
        if !trials.isEmpty { return try answer(trials, configuration) }
        if json {
            try Console.show(json: LimitsAnswer(configuration))
        } else {
            Console.show(LimitsView(configuration).text(listsLimits: limits))
        }
        if strict, !configuration.notices.isEmpty { throw ExitCode(Outcome.no.rawValue) }
    }

    // MARK: Orders

    private func trials() throws -> [TrialOrder] {
        var trials = try order.map(TrialOrder.init)
        if let orders {
            try requireFile(orders)
            trials += try TrialOrder.read(try String(contentsOfFile: orders, encoding: .utf8))
        }
        let common = try surroundings()
        return trials.map { trial in
            var trial = trial
            trial.surroundings = trial.surroundings.or(common)
            return trial
        }
    }

    private func surroundings() throws -> TrialOrder.Surroundings {
        func price(_ text: String?, _ name: String) throws -> Price? {
            guard let text else { return nil }
            if let price = try? Price(decimal: text), price > .zero { return price }
            throw Failure(.usage, "--\(name): found '\(text)', expected a price such as 189.50")
        }
        var result = TrialOrder.Surroundings()
        result.bid = try price(bid, "bid")
        result.ask = try price(ask, "ask")
        result.last = try price(last, "last")
        if let position {
            result.position = try? Quantity(decimal: position)
            if result.position == nil {
                throw Failure(.usage, "--position: found '\(position)', expected a number of shares such as -300")
            }
        }
        return result
    }

    private func answer(_ trials: [TrialOrder], _ limits: LimitsConfiguration) throws {
        let policy = limits.policy
        let gate = TrialGate(limits, trials)
        var answers: [TrialGate.Answer] = []
        for trial in trials { answers.append(try gate.answer(trial)) }
        if json {
            try Console.show(json: ["orders": answers.map { TrialAnswer($0, policy) }])
        } else {
            let view = TrialView(policy: policy)
            Console.show(answers.map(view.text).joined(separator: "\n\n"))
        }
        if answers.contains(where: { !$0.isPassed }) { throw ExitCode(Outcome.refused.rawValue) }
    }
}
