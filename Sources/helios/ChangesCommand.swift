// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore

/// `helios risk changes`: who changed what in a session, and whether the signatures say so.
struct ChangesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "changes",
        abstract: "List every command and every change of a limit in a journal, and check all signatures.",
        usage: "helios risk changes session",
        discussion: """
            Needs nothing but the journal: the limits with the public keys are in it. Exit code 1 when a change or a raised state \
            has no approval in front of it that says exactly that, with two right signatures, for this session and these limits, \
            for the value that the journal had, in time, once, of a proposal that is in the journal and was not taken back.
            """
    )

    @Argument(help: "The journal.", completion: .directory)
    var journal: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let folder = try JournalFolder(reading: journal)
        let plan = try folder.session().plan
        let policy = plan.settings.policy ?? RiskPolicy(simple: plan.settings.limits)
        var audit = ChangesAudit(policy) { RecordText.time($0) }
        let reader = JournalReader(folder.disk)
        while let record = try reader.next() {
            audit.session = reader.session
            audit.take(record)
        }
        if json {
            try Console.show(json: audit.entries)
        } else {
            Console.show(audit.text)
        }
        if audit.entries.contains(where: { !$0.isRight }) { throw ExitCode(Outcome.no.rawValue) }
    }
}

extension ChangesAudit {
    fileprivate var text: String {
        guard !entries.isEmpty else { return "no command and no change of a limit is in it" }
        var table = TextTable(
            [.right, .left, .left, .left, .left, .left, .left],
            header: ["record", "time", "what", "change", "people", "from record", "finding"]
        )
        for entry in entries {
            let people = entry.approver.isEmpty ? entry.proposer : "\(entry.proposer), \(entry.approver)"
            let change = entry.before.isEmpty ? entry.after : "\(entry.before) -> \(entry.after)"
            let finding = entry.isRight ? entry.finding : "WRONG: \(entry.finding)"
            table.add(
                "\(entry.record)",
                entry.time,
                entry.what,
                change,
                people,
                "\(entry.effective)",
                finding
            )
        }
        return table.text()
    }
}
