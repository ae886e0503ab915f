// SPDX-License-Identifier: MIT
import ArgumentParser
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch

/// `helios route explain`: why a child order went where it went.
struct RouteExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show why a child order went to its venue, and what the router made of every venue at that moment.",
        usage: """
            helios route explain monday 17
            helios route explain monday 17 --json
            helios route explain monday 1073741824
            """,
        discussion: """
            Replays the journal of a run over several venues to the decision behind the order: every venue's levels with \
            all-in prices, fees, latencies, scores, the hidden and dark liquidity as it was estimated then, what the parent \
            wanted, every child with its reason, and why the other venues got none. Order numbers stand in orders.csv and \
            in 'helios journal export'; 'helios explain' tells the rest of an order's story. Of an order that took a \
            dealer's quote it shows what all dealers answered; the number of a parent order by 'rfq' (parents.csv) shows all its requests.
            """
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var journal: String

    @Argument(help: "The order's number, or that of a parent by 'rfq'.")
    var order: UInt64

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let folder = try JournalFolder(reading: journal)
        let (session, plan) = try folder.session()
        let replay = JournalReplay(session, settings: plan.settings, strategies: plan.strategies)
        let progress = ProgressLine(counting: "records", isQuiet: quiet)
        var names = RecordedNames(plan)
        try names.read(folder.disk)
        let venues = plan.settings.ruling.venues
        var (found, seen): (RouteExplanation?, NewOrder?) = (nil, nil)
        var requests: [QuoteExplanation] = []
        let outcome = try replay.run(
            folder.disk,
            observer: RouteRecorder(order: order),
            before: { record, engine in engine.observer.willApply(sequence: record.sequence) },
            finally: { engine in
                found = engine.observer.explanation(names: names.directory, venues: venues, midnight: session.midnight)
                seen = engine.observer.order
                requests = engine.observer.requests(names: names.directory, venues: venues, midnight: session.midnight)
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
                "\(journal): the replay differs at record \(outcome.divergence?.sequence ?? 0); its decisions would be others",
                hint: "'helios replay \(journal)' shows the difference"
            )
        }
        guard requests.isEmpty else {
            return json
                ? try Console.show(json: requests) : Console.show(requests.map { $0.text() }.joined(separator: "\n"))
        }
        guard let found else { throw notRouted(seen, isChoice: (plan.settings.floor?.venues.count ?? 1) > 1) }
        if json { try Console.show(json: found) } else { Console.show(trimmed(found.text())) }
    }

    private func trimmed(_ text: String) -> String { text.hasSuffix("\n") ? String(text.dropLast()) : text }

    private func notRouted(_ seen: NewOrder?, isChoice: Bool) -> Failure {
        guard let seen else {
            return Failure(
                .data,
                "\(journal): no order \(order) was decided in this session",
                hint: "order numbers count from 1; 'helios journal stat \(journal)' tells how many orders were sent"
            )
        }
        let why =
            !isChoice
            ? "the run has one venue"
            : ExecutionDesk.isOwn(seen.tag)
                ? "the router was not asked" : "it is no child of a parent order: its strategy named the venue itself"
        return Failure(
            .no,
            "order \(order) was not routed: \(why)",
            hint: "'helios explain \(order) --journal \(journal)' tells its story"
        )
    }
}
