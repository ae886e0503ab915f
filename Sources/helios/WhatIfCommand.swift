// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosMarket
import HeliosResearch

/// `helios what-if`: a recorded session's market with other parameters.
struct WhatIfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "what-if",
        abstract: "Run a recorded session's market again with other parameters, side by side.",
        usage: """
            helios what-if monday --set pairs.enterZ=3
            helios what-if monday --set risk.positionMax=5000 --set fees.taker=0.0025 --json
            """,
        discussion: """
            Takes from the journal what the market said, not what became of the session's orders, and runs it twice \
            against the simulated venue: with the recorded configuration and with the changed one. Keys are those of \
            'helios config explain'; 'pairs.enterZ' means every strategy of that name, 'strategies[0].enterZ' only one.
            """
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(name: .customLong("set"), help: ArgumentHelp("Another value for a key.", valueName: "key=value"))
    var changes: [String] = []

    @Flag(help: "Print the comparison as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let changes = try self.changes.map(WhatIfCommand.change)
        let interruption = Interruption()
        let folder = try JournalFolder(reading: directory)
        let (session, plan) = try folder.session()
        let changed = try RunPlan(text: session.configuration, changing: changes)
        let progress = ProgressLine(counting: "events", isQuiet: quiet)
        var results: [(result: RunResult, isRepetition: Bool)] = []
        for (place, plan) in [plan, changed].enumerated() {
            let outcome = try plan.run(recorded: folder.disk, session) { state in
                let share = (Double(place) + state.fraction) / 2
                progress.show(state.events, share: share, at: Figures.clock(state.timeOfDay))
                return !interruption.isRequested
            }
            if interruption.isRequested { throw Failure(.interrupted, "interrupted; nothing was compared") }
            results.append(outcome)
        }
        progress.finish()
        let answer = WhatIfAnswer(
            RunComparison(results[0].result, results[1].result),
            results[0],
            shortPath(directory),
            changes
        )
        if json { try Console.show(json: answer) } else { Console.show(answer.text(plan.title)) }
    }

    private static func change(_ text: String) throws -> (key: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw Failure(.usage, "--set: found '\(text)', expected key=value such as pairs.enterZ=3")
        }
        return (String(parts[0]), String(parts[1]))
    }
}

/// What `helios what-if` tells.
private struct WhatIfAnswer: Encodable {
    struct Run: Encodable {
        var orders: Int
        var refusals: [String: Int]
        var rejectedByVenue: Int
        var cancelled: Int
        var fills: Int
        var volume: String
        var turnover: String
        var fees: String
        var profit: String
        var maximumDrawdown: String
        var outputHash: String
    }

    struct Order: Encodable {
        var time: String
        var instrument: String
        var side: String
        var quantity: String
        var price: String
        var filled: String
        var state: String
        var reason: String
    }

    struct Difference: Encodable {
        var order: UInt64
        var fields: [String]
        var base: Order?
        var changed: Order?
    }

    var journal: String
    var changes: [String: String]
    /// The recorded configuration in the simulated venue does what the session did.
    var repeatsSession: Bool
    var same: Bool
    var base: Run
    var changed: Run
    var firstDifference: Difference?
    /// The numbers for people.
    private var comparison: RunComparison

    enum CodingKeys: String, CodingKey { case journal, changes, repeatsSession, same, base, changed, firstDifference }

    init(
        _ comparison: RunComparison,
        _ recorded: (result: RunResult, isRepetition: Bool),
        _ journal: String,
        _ changes: [(key: String, value: String)]
    ) {
        let base = recorded.result
        repeatsSession = recorded.isRepetition
        self.comparison = comparison
        self.journal = journal
        self.changes = Dictionary(changes.map { ($0.key, $0.value) }) { $1 }
        same = comparison.base == comparison.changed && comparison.firstDifference == nil
        self.base = Run(comparison.base)
        changed = Run(comparison.changed)
        firstDifference = comparison.firstDifference.map { difference in
            Difference(
                order: difference.id,
                fields: difference.fields,
                base: difference.base.map { Order($0, base) },
                changed: difference.changed.map { Order($0, base) }
            )
        }
    }

    func text(_ title: String) -> String {
        let settings = changes.keys.sorted().map { "\($0)=\(changes[$0] ?? "")" }.joined(separator: ", ")
        var text = Console.toned(title, .strong) + "\n"
        text += "  \(journal) again, with \(settings.isEmpty ? "nothing changed" : settings)\n\n"
        if !repeatsSession { text += "  the session itself met another venue: both columns are simulations\n\n" }
        return text + table().text() + "\n\n" + differenceText
    }

    private func table() -> TextTable {
        let left = comparison.base
        let right = comparison.changed
        var table = TextTable([.left, .right, .right, .right], header: ["", "recorded", "changed", "difference"])
        func count(_ name: String, _ left: Int, _ right: Int) {
            let sign = right > left ? "+" : ""
            table.add(name, Figures.count(left), Figures.count(right), sign + Figures.count(right - left))
        }
        func money(_ name: String, _ left: Money, _ right: Money) {
            let sign = right > left ? "+" : ""
            table.add(name, Figures.money(left), Figures.money(right), sign + Figures.money(right - left))
        }
        count("orders", left.orders, right.orders)
        let controls = Set(left.refusals.map(\.control) + right.refusals.map(\.control)).sorted()
        for control in controls {
            func refused(_ figures: RunComparison.Figures) -> Int {
                figures.refusals.first { $0.control == control }?.count ?? 0
            }
            count("  refused by \(control)", refused(left), refused(right))
        }
        count("  rejected by the venue", left.rejectedByVenue, right.rejectedByVenue)
        count("  cancelled", left.cancelled, right.cancelled)
        count("fills", left.fills, right.fills)
        let more = right.volume > left.volume ? "+" : ""
        table.add(
            "volume",
            Figures.quantity(left.volume),
            Figures.quantity(right.volume),
            more + Figures.quantity(right.volume - left.volume)
        )
        money("turnover", left.turnover, right.turnover)
        money("fees", left.fees, right.fees)
        money("net profit", left.profit, right.profit)
        money("maximum drawdown", left.maximumDrawdown, right.maximumDrawdown)
        table.add("output hash", Figures.hash(left.outputHash), Figures.hash(right.outputHash), "")
        return table
    }

    private var differenceText: String {
        guard let difference = firstDifference else { return "  every order and what became of it is the same" }
        func line(_ order: Order?) -> String {
            guard let order else { return "no such order" }
            let reason = order.reason.isEmpty ? "" : " (\(order.reason))"
            return "\(order.time) \(order.side) \(order.quantity) \(order.instrument) at \(order.price), "
                + "filled \(order.filled), \(order.state)\(reason)"
        }
        let fields = difference.fields.isEmpty ? "" : " in \(difference.fields.joined(separator: ", "))"
        return "  first difference: order \(difference.order)\(fields)\n    recorded  \(line(difference.base))\n"
            + "    changed   \(line(difference.changed))"
    }
}

extension WhatIfAnswer.Run {
    fileprivate init(_ figures: RunComparison.Figures) {
        orders = figures.orders
        refusals = Dictionary(figures.refusals.map { ($0.control, $0.count) }) { $1 }
        rejectedByVenue = figures.rejectedByVenue
        cancelled = figures.cancelled
        fills = figures.fills
        volume = "\(figures.volume)"
        turnover = "\(figures.turnover)"
        fees = "\(figures.fees)"
        profit = "\(figures.profit)"
        maximumDrawdown = "\(figures.maximumDrawdown)"
        outputHash = Figures.hash(figures.outputHash)
    }
}

extension WhatIfAnswer.Order {
    fileprivate init(_ order: OrderRecord, _ run: RunResult) {
        time = Figures.clock(order.time - run.midnight, places: 9)
        instrument = run.instruments.name(of: order.instrument)
        side = "\(order.side)"
        quantity = "\(order.quantity)"
        price = "\(order.price)"
        filled = "\(order.filled)"
        state = order.state.rawValue
        reason = order.reason
    }
}
