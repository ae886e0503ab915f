// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch

/// `helios explain`: why an order was sent, and what became of it.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell the story of one order: cause, book, signals, decision, every risk check, route, life and end.",
        usage: """
            helios explain 17 --journal monday
            helios explain 17 --journal monday --json
            """,
        discussion: """
            Replays the session's journal up to the order and shows what the engine knew when it decided. Order numbers \
            stand in orders.csv, in 'helios journal export', and in a venue's reports.
            """
    )

    @Argument(help: "The order's number.")
    var order: UInt64

    @Option(name: .shortAndLong, help: "The directory of the journal.", completion: .directory)
    var journal: String

    @Flag(help: "Print the story as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws { try ExplainCommand.tell(order: order, journal: journal, json: json, quiet: quiet) }

    /// Shows the story of an order of the session in `journal`.
    static func tell(order: UInt64, journal: String, json: Bool, quiet: Bool) throws {
        let folder = try JournalFolder(reading: journal)
        let (session, plan) = try folder.session()
        let replay = JournalReplay(session, settings: plan.settings, strategies: plan.strategies)
        let progress = ProgressLine(counting: "records", isQuiet: quiet)
        var names = RecordedNames(plan)
        try names.read(folder.disk)
        var story: OrderExplanation?
        let outcome = try replay.run(
            folder.disk,
            observer: ExplanationRecorder(
                order: order,
                route: .only("the session's venue"),
                venues: plan.settings.floor?.venues.map(\.name) ?? []
            ),
            before: { record, engine in engine.observer.willApply(record, sequence: record.sequence) },
            finally: { engine in
                story = engine.observer.explanation(
                    names: names.directory,
                    midnight: session.midnight,
                    labels: plan.labels,
                    policy: plan.settings.policy
                )
            },
            progress: { state in
                progress.show(state.records, share: state.fraction)
                return true
            }
        )
        progress.finish()
        guard outcome.isEqual else {
            throw Failure(
                .no,
                "\(journal): the replay differs at record \(outcome.divergence?.sequence ?? 0); its story would be another",
                hint: "'helios replay \(journal)' shows the difference"
            )
        }
        guard let story else {
            throw Failure(
                .data,
                "\(journal): no order \(order) was decided in this session",
                hint: "order numbers count from 1; 'helios journal stat \(journal)' tells how many orders were sent"
            )
        }
        Console.show((json ? story.json() : story.text()).trimmingCharacters(in: .newlines))
    }
}

/// The names of a journal's instruments, those included that came later.
struct RecordedNames {
    var directory = InstrumentDirectory()

    init(_ plan: RunPlan) {
        for symbol in plan.symbols { _ = directory.register(symbol) }
    }

    mutating func read(_ disk: any JournalDisk) throws {
        let reader = JournalReader(disk)
        while let record = try reader.next() {
            guard record.event.kind == .side, SideKind(rawValue: record.event.orderID) == .instruments else { continue }
            for line in String(decoding: record.text, as: UTF8.self).split(separator: "\n") {
                if let symbol = Symbol(String(line)) { _ = directory.register(symbol) }
            }
        }
    }
}
