// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosRisk
import Testing

/// A journal made up of what two people said, as a session would have written it, or as a forger.
private struct MadeUpJournal: ~Copyable {
    let firm: QuietFirm
    var audit: ChangesAudit
    private var sequence: UInt64 = 0
    static let session: UInt64 = 0x1234

    init(_ firm: QuietFirm) {
        self.firm = firm
        audit = ChangesAudit(firm.policy)
        audit.session = MadeUpJournal.session
        text(.instruments, Array("AAA\nBBB\n".utf8))
    }

    mutating func take(_ event: Event) {
        sequence += 1
        var event = event
        event.sequence = sequence
        audit.take(JournalRecord(event: event))
    }

    mutating func text(_ kind: SideKind, _ text: [UInt8]) {
        sequence += 1
        var event = Event(sequence: sequence, kind: .side)
        event.orderID = kind.rawValue
        audit.take(JournalRecord(event: event, text: text))
    }

    mutating func write(_ kind: SideKind, _ value: some Encodable) throws {
        text(kind, Array(try JSONEncoder().encode(value)))
    }

    var gross: Int128 { firm.policy.limits[firm.gross].hard }

    /// A proposal that the session's own words fit, changed by `change`, signed by ana.
    func proposal(_ purpose: RiskProposal.Purpose = .limit, _ change: (inout RiskProposal) -> Void = { _ in })
        -> RiskProposal
    {
        let isLimit = purpose == .limit
        var proposal = RiskProposal(
            purpose,
            session: Hexadecimal.text(MadeUpJournal.session),
            edition: Hexadecimal.text(firm.policy.version),
            before: isLimit ? "\(gross)" : "killed",
            after: isLimit ? "\(gross * 2)" : "active",
            reason: "a test",
            proposer: "ana",
            time: 1_000,
            expires: 2_000
        )
        proposal.limit = isLimit ? firm.gross : -1
        proposal.scope = isLimit ? "" : "firm"
        change(&proposal)
        proposal.sign(firm.ana)
        return proposal
    }

    func approval(_ proposal: RiskProposal, time: Int64 = 1_500, by key: SigningKey? = nil) -> RiskApproval {
        var approval = RiskApproval(proposal, approver: "rita", time: time)
        approval.sign(key ?? firm.rita)
        return approval
    }

    /// Both texts, as a session that believes everything would write them.
    mutating func write(_ proposal: RiskProposal, received: Int64 = 1_600) throws {
        try write(.proposal, ReceivedStatement(proposal, received: 1_100))
        try write(.approval, ReceivedStatement(approval(proposal), received: received, account: "uid 7"))
    }

    func change(_ value: Int128? = nil, proposer: UInt32 = 1, approver: UInt32 = 3) -> Event {
        let change = RiskLimitChange(
            limit: UInt32(firm.gross),
            value: value ?? gross * 2,
            proposer: proposer,
            approver: approver
        )
        return change.record(at: .zero)
    }

    static func raise(_ scope: UInt16 = 0, _ state: RiskState = .active) -> Event {
        RiskCommand(.raise, state, scope: scope, officer: 1, second: 3).record(at: .zero)
    }

    static func kill(_ scope: UInt16 = 0, _ state: RiskState = .killed) -> Event {
        RiskCommand(.lower, state, scope: scope).record(at: .zero)
    }

    /// What is said of the last record.
    var last: ChangesAudit.Entry? { audit.entries.last }

    /// The last record is wrong, and the finding says so with these words.
    func isWrong(_ words: String, _ location: SourceLocation = #_sourceLocation) {
        #expect(last?.isRight == false, sourceLocation: location)
        #expect(last?.finding.contains(words) == true, "\(last?.finding ?? "")", sourceLocation: location)
    }
}

@Suite("The audit of a journal's changes")
struct ChangesAuditTests {
    private func journal() throws -> MadeUpJournal { MadeUpJournal(try QuietFirm()) }

    @Test("what two people signed is right, and so is what one person stopped")
    func right() throws {
        var journal = try journal()
        try journal.write(journal.proposal())
        journal.take(journal.change())
        journal.take(MadeUpJournal.kill())
        try journal.write(journal.proposal(.raise))
        journal.take(MadeUpJournal.raise())
        try journal.write(journal.proposal(.enable) { ($0.scope, $0.before) = ("strategy:strategy 1", "active") })
        journal.take(RiskCommand(.enable, .active, scope: 2, officer: 1, second: 3).record(at: .zero))
        // What the first change has made of it is what the second one begins with.
        let (before, after) = ("\(journal.gross * 2)", "\(journal.gross)")
        try journal.write(journal.proposal { ($0.before, $0.after) = (before, after) })
        journal.take(journal.change(journal.gross))
        let entries = journal.audit.entries
        #expect(entries.count == 5 && entries.allSatisfy(\.isRight), "\(entries.map(\.finding))")
        #expect(entries[0].proposer == "ana" && entries[0].approver == "rita" && entries[0].account == "uid 7")
    }

    @Test("a change without an approval right before it, or with one that can't be read")
    func missing() throws {
        var journal = try journal()
        journal.take(journal.change())
        journal.isWrong("no approval")
        journal.text(.approval, Array("{}".utf8))
        journal.take(journal.change())
        journal.isWrong("no approval")
        // An approval is for the next record that somebody says, not for a later one.
        try journal.write(journal.proposal())
        journal.take(MadeUpJournal.kill())
        journal.take(journal.change())
        journal.isWrong("no approval")
    }

    @Test("an approval of another limit, value, beginning or duration, or of another purpose")
    func another() throws {
        let changes: [(inout RiskProposal) -> Void] = [
            { $0.limit = 0 }, { $0.isSoft = true }, { $0.after = "1" }, { $0.effective = 9 }, { $0.minutes = 5 },
            { ($0.purpose, $0.scope) = (.enable, "firm") },
        ]
        for change in changes {
            var journal = try journal()
            try journal.write(journal.proposal(.limit, change))
            journal.take(journal.change())
            journal.isWrong("says something else")
        }
    }

    @Test("an approval for one scope, instrument or state does not bring back another")
    func anotherScope() throws {
        var journal = try journal()
        for (scope, state) in [
            ("strategy:strategy 1", "active"), ("instrument:AAA", "active"), ("venue:ALFA", "active"),
            ("firm", "reduceOnly"), ("nowhere", "active"),
        ] {
            try journal.write(journal.proposal(.raise) { ($0.scope, $0.after) = (scope, state) })
            journal.take(MadeUpJournal.raise())
            journal.isWrong("says something else")
        }
        // One instrument is not the other one.
        try journal.write(journal.proposal(.raise) { $0.scope = "instrument:AAA" })
        let other = RiskCommand(
            .raise,
            .active,
            target: .instrument,
            instrument: Instrument(id: 1),
            officer: 1,
            second: 3
        )
        journal.take(other.record(at: .zero))
        journal.isWrong("says something else")
        #expect(journal.last?.what == "firm, instrument BBB")
    }

    @Test("a signature that was used before")
    func twice() throws {
        var journal = try journal()
        let proposal = journal.proposal()
        try journal.write(proposal)
        journal.take(journal.change())
        // Back by two people, so that the first approval fits again.
        let (before, after) = ("\(journal.gross * 2)", "\(journal.gross)")
        try journal.write(journal.proposal { ($0.before, $0.after) = (before, after) })
        journal.take(journal.change(journal.gross))
        #expect(journal.last?.isRight == true)
        try journal.write(.approval, ReceivedStatement(journal.approval(proposal), received: 1_600))
        journal.take(journal.change())
        journal.isWrong("used before")
    }

    @Test("a record that names other people than those who signed")
    func otherPeople() throws {
        for (proposer, approver) in [(2, 3), (1, 2), (3, 1), (0, 3), (9, 3)] as [(UInt32, UInt32)] {
            var journal = try journal()
            try journal.write(journal.proposal())
            journal.take(journal.change(proposer: proposer, approver: approver))
            journal.isWrong("other people")
        }
    }

    @Test("signed for another session, or another edition of the limits")
    func elsewhere() throws {
        var journal = try journal()
        try journal.write(journal.proposal { $0.session = Hexadecimal.text(99) })
        journal.take(journal.change())
        journal.isWrong("another session")
        var other = try self.journal()
        try other.write(other.proposal { $0.edition = Hexadecimal.text(99) })
        other.take(other.change())
        other.isWrong("another edition")
        var unnamed = try self.journal()
        unnamed.audit.session = nil
        try unnamed.write(unnamed.proposal())
        unnamed.take(unnamed.change())
        unnamed.isWrong("another session")
    }

    @Test("both signed for a value, or a state, that it did not have")
    func otherBefore() throws {
        var journal = try journal()
        let wrong = "\(journal.gross * 2 - 1)"
        try journal.write(journal.proposal { $0.before = wrong })
        journal.take(journal.change())
        journal.isWrong("both signed for the value")
        journal.take(MadeUpJournal.kill())
        try journal.write(journal.proposal(.raise) { $0.before = "halted" })
        journal.take(MadeUpJournal.raise())
        journal.isWrong("both signed for the state halted")
    }

    @Test("approved, or brought, after it had expired")
    func expired() throws {
        var journal = try journal()
        let proposal = journal.proposal()
        try journal.write(.proposal, ReceivedStatement(proposal, received: 1_100))
        let late = journal.approval(proposal, time: 2_001)
        try journal.write(.approval, ReceivedStatement(late, received: 1_600))
        journal.take(journal.change())
        journal.isWrong("approved after it had expired")
        var brought = try self.journal()
        try brought.write(brought.proposal(), received: 2_001)
        brought.take(brought.change())
        brought.isWrong("came after it had expired")
    }

    @Test("a proposal that is not in the journal, that was taken back, or a signature of somebody else")
    func proposals() throws {
        var journal = try journal()
        let proposal = journal.proposal()
        try journal.write(.approval, ReceivedStatement(journal.approval(proposal), received: 1_600))
        journal.take(journal.change())
        journal.isWrong("does not stand in the journal")
        var back = try self.journal()
        let taken = back.proposal()
        try back.write(.proposal, ReceivedStatement(taken, received: 1_100))
        var withdrawal = RiskWithdrawal(of: taken, person: "ben", time: 1_200)
        withdrawal.sign(back.firm.rita)
        try back.write(.withdrawal, ReceivedStatement(withdrawal, received: 1_300))
        back.isWrong("not that of ben")
        withdrawal.sign(back.firm.ben)
        try back.write(.withdrawal, ReceivedStatement(withdrawal, received: 1_300))
        #expect(back.last?.isRight == true && back.last?.after == "withdrawn")
        try back.write(.approval, ReceivedStatement(back.approval(taken), received: 1_600))
        back.take(back.change())
        back.isWrong("taken back")
        back.text(.withdrawal, Array("{}".utf8))
        back.isWrong("can't be read")
        var forged = try self.journal()
        let good = forged.proposal()
        try forged.write(.proposal, ReceivedStatement(good, received: 1_100))
        let wrong = forged.approval(good, by: forged.firm.ben)
        try forged.write(.approval, ReceivedStatement(wrong, received: 1_600))
        forged.take(forged.change())
        forged.isWrong("not that of rita")
    }
}
