// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosSweep

/// `helios sweep show`: what is in a sweep's database.
struct SweepShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the judgement and the trials of a sweep, also of one that is running.",
        usage: """
            helios sweep show demo/sweep.sqlite
            helios sweep show demo/sweep.sqlite --top 100 --page sweep.html
            helios sweep show demo/sweep.sqlite --json
            """,
        discussion: """
            Computes the judgement anew from the returns in the database. Exit code 0, whatever the judgement; 3 when the \
            database is missing or damaged.
            """
    )

    @Argument(help: "The database.", completion: .file(extensions: ["sqlite"]))
    var database: String

    @Option(help: "How many trials the table shows.")
    var top = 20

    @Option(help: "Write the report (HTML) here.", completion: .file(extensions: ["html"]))
    var page: String?

    @Flag(help: "Print everything as one JSON object, with every trial's returns.")
    var json = false

    #if Database
    func run() throws {
        try requireFile(database, .data)
        let store = try SweepStore.open(database)
        let record = try store.record()
        let rows = try store.rows(record)
        let view = SweepView(record, rows, record.judgement(of: rows, isQuiet: false), database: database)
        if let page { try view.writePage(to: page) }
        try view.show(asJSON: json, top: top)
    }
    #else
    func run() throws { throw SweepAbsence.failure }
    #endif
}

#if Database
extension SweepRecord {
    /// The judgement, with progress on standard error when it takes long.
    func judgement(of rows: [SweepRow], isQuiet: Bool) -> SweepJudgement {
        let line = ProgressLine(counting: "", isQuiet: isQuiet)
        defer { line.finish() }
        return judgement(of: rows) { line.show(share: $0, at: "judging \(Figures.counted(trials.count, "trial"))") }
    }
}
#endif
