// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosConfiguration
import HeliosMarket
import HeliosResearch
import HeliosVenue

/// `helios route`: how orders are divided among venues, and what that is worth.
struct RouteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Show how orders are divided among venues, and what that is worth.",
        usage: """
            helios route explain journal 17
            helios route study floor.yaml --days 40
            """,
        subcommands: [RouteExplainCommand.self, RouteStudyCommand.self]
    )
}

/// `helios route study`: the same orders on the same days, routed in every way.
struct RouteStudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Measure what ways to route cost: the same orders on the same days, over and over.",
        usage: """
            helios route study floor.yaml
            helios route study floor.yaml --days 40 --parents 96 --sizes 500 2000 8000
            """,
        discussion: """
            The configuration names the venues (simulation.venues). Each day is generated from its own seed, and every way to \
            route meets the same market. Costs are implementation shortfall in basis points, fees included; a difference is \
            that of the days' means to the first way's, with its 95 % confidence interval.
            """
    )

    @Argument(help: "The configuration, with simulation.venues.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: "Days, each with a seed of its own.")
    var days = 20

    @Option(help: "The first day's seed.")
    var seed: UInt64 = 1

    @Option(help: "Parent orders of a day.")
    var parents = 48

    @Option(parsing: .upToNextOption, help: "Sizes of the parent orders, in turn.")
    var sizes = [500, 1_500, 4_000]

    @Option(help: "Symbols of the market.")
    var symbols = 8

    @Option(help: "Messages of each lit venue's day.")
    var messages = 120_000

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard days >= 2, days <= 10_000 else { throw ValidationError("--days: found \(days), expected 2 to 10000") }
        guard parents >= 1, parents <= 2_000 else {
            throw ValidationError("--parents: found \(parents), expected 1 to 2000")
        }
        guard !sizes.isEmpty, sizes.allSatisfy({ (1...1_000_000).contains($0) }) else {
            throw ValidationError("--sizes: expected whole numbers from 1 to 1000000")
        }
        guard (2...500).contains(symbols) else {
            throw ValidationError("--symbols: found \(symbols), expected 2 to 500")
        }
        guard (1_000...100_000_000).contains(messages) else {
            throw ValidationError("--messages: found \(messages), expected 1000 to 100000000")
        }
    }

    func run() throws {
        let interruption = Interruption()
        try requireFile(file)
        let plan = try RunPlan(configuration: file)
        guard let floor = plan.settings.floor, floor.litPlaces.count > 1 else {
            throw Failure(
                .usage,
                "\(file): there is nothing to choose between",
                hint: "list two or more lit venues under simulation.venues ('helios config explain simulation.venues')"
            )
        }
        guard let day = TradingDay("2026-01-05") else { throw Failure(.fault, "no such day") }
        var study = RoutingStudy(floor, day: day)
        study.seeds = seed...(seed &+ UInt64(days - 1))
        (study.parents, study.sizes, study.symbols, study.messages) = (parents, sizes, symbols, messages)
        let progress = ProgressLine(counting: "runs", isQuiet: quiet)
        let found = try study.run { done, all in
            progress.show(done, share: Double(done) / Double(all))
            return !interruption.isRequested
        }
        progress.finish()
        guard let found else {
            Console.note("interrupted: a study says nothing before its end")
            throw ExitCode(Outcome.interrupted.rawValue)
        }
        if json { try Console.show(json: RouteStudyAnswer(found)) } else { Console.show(text(found)) }
    }

    private func text(_ found: RoutingStudyResult) -> String {
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["way", "cost, bps", "± 95 %", "dearer than the first, bps", "filled"]
        )
        for (place, row) in found.rows.enumerated() {
            let excess =
                place == 0
                ? "" : "\(Figures.fixed(row.excess.mean, 3)) ± \(Figures.fixed(row.excess.margin, 3))"
            table.add(
                row.name,
                Figures.fixed(row.cost.mean, 3),
                Figures.fixed(row.cost.margin, 3),
                excess,
                Figures.perCent(row.filled)
            )
        }
        let head = "\(Figures.counted(found.days, "day")) of \(Figures.counted(found.parents, "parent order"))"
        return "\(Console.toned(head, .strong))\n\(table.text())"
    }
}

/// What `--json` prints.
private struct RouteStudyAnswer: Encodable {
    struct Row: Encodable {
        var way: String
        /// Basis points, fees included.
        var cost: Double
        var costMargin: Double
        /// Above the first way's; absent for that one.
        var excess: Double?
        var excessMargin: Double?
        var filled: Double
    }

    var days: Int
    var parents: Int
    var ways: [Row]

    init(_ found: RoutingStudyResult) {
        days = found.days
        parents = found.parents
        ways = found.rows.enumerated().map { place, row in
            Row(
                way: row.name,
                cost: row.cost.mean,
                costMargin: row.cost.margin,
                excess: place == 0 ? nil : row.excess.mean,
                excessMargin: place == 0 ? nil : row.excess.margin,
                filled: row.filled
            )
        }
    }
}
