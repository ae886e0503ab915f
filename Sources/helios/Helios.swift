// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration

/// The command line, `helios VERB`.
@main
struct Helios: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "helios",
        abstract: "A trading system: market data, books, strategies, risk, backtests.",
        usage: """
            helios generate day.itch50 --symbols 100 --messages 1000000
            helios backtest pairs.yaml
            """,
        discussion: Outcome.documentation,
        version: version,
        subcommands: [
            BacktestCommand.self, SweepCommand.self, RunCommand.self, StandbyCommand.self, PaperCommand.self,
            OrderCommand.self,
            KillCommand.self, VenueCommand.self,
            ReplayCommand.self, ReportCommand.self, TcaCommand.self,
            ExplainCommand.self, WhatIfCommand.self, JournalCommand.self, VerifyCommand.self, InspectCommand.self,
            VolumeCommand.self,
            GenerateCommand.self, SbeCommand.self,
            StrategiesCommand.self, SimulateCommand.self,
            RouteCommand.self, FixCommand.self, SignalCommand.self, ResearchCommand.self,
            DoctorCommand.self, LatencyCommand.self, ConfigCommand.self, RiskVerb.self,
        ]
    )

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        Foundation.exit(outcome(of: arguments))
    }

    /// Runs the verb and says what went wrong; the exit code.
    private static func outcome(of arguments: [String]) -> Int32 {
        do {
            try checkVerb(arguments, among: Helios.self)
            var command = try parseAsRoot(arguments)
            try command.run()
            return Outcome.done.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            return outcome(of: error)
        }
    }

    private static func outcome(of error: any Error) -> Int32 {
        // The parser's own errors, and its requests for help, know how they want to be shown.
        switch exitCode(for: error) {
        case .success:
            Console.show(exampleFirst(fullMessage(for: error)))
            return Outcome.done.rawValue
        case .validationFailure:
            Console.note(fullMessage(for: error))
            return Outcome.usage.rawValue
        default:
            let failure = Failure(error)
            for line in failure.text.split(separator: "\n") { Console.complain(String(line)) }
            if let hint = failure.hint { Console.note(hint) }
            return failure.outcome.rawValue
        }
    }

    /// A help text with its usage, which is made of examples, in front.
    private static func exampleFirst(_ help: String) -> String {
        let label = "USAGE: "
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(where: { $0.hasPrefix(label) }) else { return help }
        let end = lines[start...].firstIndex(of: "") ?? lines.count
        let rest = Array(lines[..<start] + lines[end...].dropFirst())
        return (lines[start..<end] + [""] + rest).joined(separator: "\n")
    }

    /// Names the nearest verb for a mistyped one; the parser would only find it unexpected.
    private static func checkVerb(_ arguments: [String], among parent: any ParsableCommand.Type) throws {
        let children = parent.configuration.subcommands
        guard !children.isEmpty, let verb = arguments.first, !verb.hasPrefix("-") else { return }
        if let child = children.first(where: { $0.configuration.commandName == verb }) {
            return try checkVerb(Array(arguments.dropFirst()), among: child)
        }
        // What is no verb is then the argument of the one that may be left out.
        guard parent.configuration.defaultSubcommand == nil else { return }
        if verb == "help" { return try checkVerb(Array(arguments.dropFirst()), among: parent) }
        let names = children.compactMap { $0.configuration.commandName }
        let hint = NearestName.of(verb, among: names).map { "; did you mean '\($0)'?" } ?? ""
        throw Failure(
            .usage,
            "there is no verb '\(verb)'\(hint)",
            hint: "the verbs are \(names.joined(separator: ", "))"
        )
    }
}
