// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// `helios risk`: the limits of a firm, and what they do to an order.
struct RiskVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk",
        abstract: "Check a limits file, and explain what the gate does to an order.",
        usage: """
            helios risk check limits.yaml
            helios risk check limits.yaml --order "buy 500 AAPL @ 189.50 by pairs" --bid 189.48 --ask 189.50
            helios risk explain P07
            """,
        subcommands: [RiskCheckCommand.self, RiskExplainCommand.self]
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
            """,
        discussion: """
            Every error is told at once with its place, exit code 1. What is refused for want of a limit, and limits that \
            can never bind, are told too; with --strict they give exit code 1.
            """
    )

    @Argument(help: "The limits file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Flag(help: "List every limit with its number.")
    var limits = false

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
        if json {
            try Console.show(json: LimitsAnswer(configuration))
        } else {
            Console.show(LimitsView(configuration).text(listsLimits: limits))
        }
        if strict, !configuration.notices.isEmpty { throw ExitCode(Outcome.no.rawValue) }
    }
}
