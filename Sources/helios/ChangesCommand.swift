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
            has no approval with two right signatures in front of it.
            """
    )

    @Argument(help: "The journal.", completion: .directory)
    var journal: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let folder = try JournalFolder(reading: journal)
        let plan = try folder.session().plan
        var audit = ChangesAudit(plan.settings.policy ?? RiskPolicy(simple: plan.settings.limits))
        let reader = JournalReader(folder.disk)
        while let record = try reader.next() { audit.take(record) }
        if json {
            try Console.show(json: audit.entries)
        } else {
            Console.show(audit.text)
        }
        if audit.entries.contains(where: { !$0.isRight }) { throw ExitCode(Outcome.no.rawValue) }
    }
}

/// What a journal says of commands and changes, held against its signatures.
struct ChangesAudit {
    /// One command or change.
    struct Entry: Encodable {
        var record: UInt64
        /// The market's time, UTC.
        var time: String
        var what: String
        var before: String
        var after: String
        /// The record from which on it holds.
        var effective: UInt64
        var proposer: String
        var approver: String
        var reason: String
        var isRight: Bool
        /// What is wrong, or how it is known to be right.
        var finding: String
    }

    private(set) var entries: [Entry] = []
    private let policy: RiskPolicy
    private var session = ""
    private var approval: RiskApproval?
    private var told: KillEntry?
    private var used: Set<String> = []

    init(_ policy: RiskPolicy) { self.policy = policy }

    mutating func take(_ record: JournalRecord) {
        switch record.event.kind {
        case .side:
            switch SideKind(rawValue: record.event.orderID) {
            case .approval: approval = try? JSONDecoder().decode(RiskApproval.self, from: Data(record.text))
            case .command: told = try? JSONDecoder().decode(KillEntry.self, from: Data(record.text))
            default: break
            }
            return
        case .limitChange: if let change = RiskLimitChange(record.event) { limit(change, record.event) }
        case .command: if let command = RiskCommand(record.event) { say(command, record.event) }
        default: return
        }
        (approval, told) = (nil, nil)
    }

    private mutating func limit(_ change: RiskLimitChange, _ event: Event) {
        let place = Int(change.limit)
        let measure = policy.limits.indices.contains(place) ? policy.limits[place].kind.measure : .number
        let name = policy.limits.indices.contains(place) ? policy.limitPath(place) : "limit \(place)"
        let isSame = approval.map { approval in
            let proposal = approval.proposal
            return proposal.purpose == .limit && proposal.limit == place && proposal.isSoft == change.isSoft
                && proposal.after == "\(change.value)" && proposal.effective == change.effective
                && proposal.minutes == change.minutes
        }
        add(
            event,
            name + (change.isSoft ? ", soft" : ""),
            approval.flatMap { Int128($0.proposal.before) }.map(measure.text) ?? "?",
            measure.text(change.value),
            effective: max(change.effective, event.sequence),
            (change.proposer, change.approver),
            isSame
        )
    }

    private mutating func say(_ command: RiskCommand, _ event: Event) {
        let scope = policy.scopes.indices.contains(Int(command.scope)) ? policy.scopes[Int(command.scope)] : nil
        var name = scope.map { $0.kind == .firm ? "firm" : "\($0.kind):\($0.name)" } ?? "scope \(command.scope)"
        if command.target == .instrument { name += ", instrument \(command.instrument.id)" }
        if command.target == .venue { name += ", venue \(command.venue.id)" }
        if command.action == .raise || command.action == .enable {
            let isSame = approval.map { approval in
                approval.proposal.purpose == (command.action == .raise ? .raise : .enable)
                    && (command.action == .enable || approval.proposal.after == "\(command.state)")
            }
            add(
                event,
                name,
                approval?.proposal.before ?? "?",
                command.action == .enable ? "enabled" : "\(command.state)",
                effective: event.sequence,
                (command.officer, command.second),
                isSame
            )
            return
        }
        entries.append(
            Entry(
                record: event.sequence,
                time: RecordText.time(event.receiveTime),
                what: name,
                before: "",
                after: command.action == .flatten ? "flatten" : "\(command.state)",
                effective: event.sequence,
                proposer: told?.person ?? "",
                approver: "",
                reason: told?.reason ?? "",
                isRight: true,
                finding: "down: one person, or the system, may"
            )
        )
    }

    private mutating func add(
        _ event: Event,
        _ what: String,
        _ before: String,
        _ after: String,
        effective: UInt64,
        _ people: (UInt32, UInt32),
        _ isSame: Bool?
    ) {
        let fault = finding(isSame, people)
        entries.append(
            Entry(
                record: event.sequence,
                time: RecordText.time(event.receiveTime),
                what: what,
                before: before,
                after: after,
                effective: effective,
                proposer: approval?.proposal.proposer ?? "",
                approver: approval?.approver ?? "",
                reason: approval?.proposal.reason ?? "",
                isRight: fault == nil,
                finding: fault ?? "both signatures are right"
            )
        )
    }

    /// What is wrong with the approval in front of a record; nil when nothing is.
    private mutating func finding(_ isSame: Bool?, _ people: (UInt32, UInt32)) -> String? {
        guard let approval, let isSame else { return "no approval stands before it" }
        guard isSame else { return "the approval before it says something else" }
        guard used.insert(approval.proposal.nonce).inserted else { return "its approval was used before" }
        func name(_ number: UInt32) -> String? {
            policy.identities.indices.contains(Int(number) - 1) ? policy.identities[Int(number) - 1].name : nil
        }
        guard name(people.0) == approval.proposal.proposer, name(people.1) == approval.approver else {
            return "the record names other people than its approval"
        }
        do throws(FourEyesError) {
            try policy.check(approval)
            return nil
        } catch {
            return "\(error)"
        }
    }

    var text: String {
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
