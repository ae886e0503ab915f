// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosMarket
import HeliosResearch
import HeliosSignal

/// `helios signal`: signals written as text.
struct SignalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal",
        abstract: "Check a signal query, show its plan, run it over recorded days.",
        usage: """
            helios signal check "SELECT zscore(mid(KO) - 1.31 * mid(PEP), 30 min) AS z FROM quotes"
            helios signal plan "MATCH trade(size > 10000) THEN quote(spread widens) WITHIN 200 ms" --symbol KO
            helios signal run 01052026.itch50 "SELECT vwap(5 min) AS v FROM trades EVERY 1 min" > vwap.csv
            """,
        subcommands: [SignalCheckCommand.self, SignalPlanCommand.self, SignalRunCommand.self]
    )
}

/// A query on the command line or in a file.
struct SignalQueryArgument {
    /// The query's text: of the argument, or of the file that it names behind an @.
    static func text(_ argument: String) throws -> String {
        guard argument.hasPrefix("@") else { return argument }
        let path = String(argument.dropFirst())
        try requireFile(path, .usage)
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.usage, "\(path): is no text in UTF-8")
        }
        return text
    }

    /// What `PARTITION BY` goes by: the table in a file, or nothing.
    static func groups(_ path: String?) throws -> SignalGroups {
        guard let path else { return SignalGroups() }
        try requireFile(path, .usage)
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.usage, "\(path): is no text in UTF-8")
        }
        do {
            return try SignalGroups(csv: text)
        } catch {
            throw Failure(.usage, "\(path): \(error)")
        }
    }

    static func plan(_ argument: String, symbols: [String], groups: String?) throws -> SignalPlan {
        let groups = try self.groups(groups)
        do {
            let query = try SignalQuery(try text(argument), each: symbols.isEmpty ? nil : symbols, groups: groups)
            return try SignalPlan(query.rules, symbols: symbols)
        } catch let error as SignalQueryError {
            throw Failure(.usage, error.description)
        } catch let error as SignalPlanError {
            throw Failure(.usage, error.description)
        }
    }
}

/// `helios signal check`.
struct SignalCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say whether a query is right, or what is wrong and where.",
        usage: """
            helios signal check "SELECT mid(KO) FROM quotes"
            helios signal check @spread.signal
            """
    )

    @Argument(help: "The query, or @FILE.")
    var query: String

    @Option(help: "An instrument that a query without symbols is made for; may be repeated.")
    var symbol: [String] = []

    @Option(
        help: "A CSV file of what instruments are by: symbol,sector,… for PARTITION BY sector.",
        completion: .file()
    )
    var groups: String?

    func run() throws {
        let plan = try SignalQueryArgument.plan(query, symbols: symbol, groups: groups)
        let rules = plan.rules.count == 1 ? "1 rule" : "\(plan.rules.count) rules"
        Console.show("right: \(rules), \(plan.nodeCount) nodes, \(plan.stateBytes) bytes of state")
    }
}

/// `helios signal plan`.
struct SignalPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a query computes, how much it keeps, and what an event costs.",
        usage: """
            helios signal plan "SELECT zscore(mid(KO) - mid(PEP), 30 min) AS z FROM quotes"
            """
    )

    @Argument(help: "The query, or @FILE.")
    var query: String

    @Option(help: "An instrument that a query without symbols is made for; may be repeated.")
    var symbol: [String] = []

    @Option(
        help: "A CSV file of what instruments are by: symbol,sector,… for PARTITION BY sector.",
        completion: .file()
    )
    var groups: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Answer: Encodable {
        struct Step: Encodable {
            var number: Int
            var text: String
            var bytes: Int
            var rules: [String]
            var together: Bool
        }

        struct Touched: Encodable {
            var symbol: String
            var quote: Int
            var trade: Int
            var status: Int
        }

        var rules: [String]
        var steps: [Step]
        var windowsTogether: Int
        var windowsWatched: Int
        var stateBytes: Int
        var touched: [Touched]
    }

    func run() throws {
        let plan = try SignalQueryArgument.plan(query, symbols: symbol, groups: groups)
        let answer = Answer(
            rules: plan.rules.map(\.name),
            steps: plan.steps.map {
                .init(number: $0.number, text: $0.text, bytes: $0.bytes, rules: $0.rules, together: $0.isInLane)
            },
            windowsTogether: plan.laneCount,
            windowsWatched: plan.quietLaneCount,
            stateBytes: plan.stateBytes,
            touched: plan.symbols.enumerated().map { place, symbol in
                .init(
                    symbol: symbol,
                    quote: plan.touched(by: .quote, at: place),
                    trade: plan.touched(by: .trade, at: place),
                    status: plan.touched(by: .status, at: place)
                )
            }
        )
        if json { return try Console.show(json: answer) }
        var steps = TextTable([.right, .left, .right, .left], header: ["node", "computes", "bytes", "read by"])
        for step in answer.steps {
            let text = step.together ? step.text + " *" : step.text
            steps.add("#\(step.number)", text, "\(step.bytes)", step.rules.joined(separator: ", "))
        }
        Console.show(steps.text())
        var touched = TextTable(
            [.left, .right, .right, .right],
            header: ["nodes an event looks at", "quote", "trade", "status"]
        )
        for row in answer.touched { touched.add(row.symbol, "\(row.quote)", "\(row.trade)", "\(row.status)") }
        if !answer.touched.isEmpty { Console.show("\n" + touched.text()) }
        if answer.windowsTogether > 0 {
            let windows = answer.windowsTogether == 1 ? "1 window is" : "\(answer.windowsTogether) windows are"
            Console.show(
                "\n  * \(windows) computed in one pass, eight at a time; watched for crossed thresholds only: \(answer.windowsWatched)"
            )
        }
        Console.show("\n  state: \(answer.stateBytes) bytes, fixed from the start")
    }
}
