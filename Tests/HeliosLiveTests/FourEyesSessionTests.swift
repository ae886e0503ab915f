// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosRisk
import Testing

@Suite("Two people and a running session")
struct FourEyesSessionTests {
    @Test("what was approved, taken back or only proposed before a restart is of no use after it")
    func restart() throws {
        let folder = try ShortFolder()
        let firm = try QuietFirm()
        let first = try QuietSession(firm, in: folder.path)
        let value = try #require(try first.facts(limit: "\(firm.gross)").hard)
        let before = try #require(Int128(value))
        let used = try first.proposal(of: before * 2, by: firm.ana)
        let approval = first.approval(used, by: firm.rita)
        #expect(try first.ask("propose", used).code == 0)
        #expect(try first.ask("approve", approval).code == 0)
        // Back again, so that the first one would fit once more.
        let back = try first.proposal(of: before, by: firm.ana)
        #expect(try first.ask("propose", back).code == 0)
        #expect(try first.ask("approve", first.approval(back, by: firm.rita)).code == 0)
        let withdrawn = try first.proposal(of: before * 2, by: firm.ana)
        #expect(try first.ask("propose", withdrawn).code == 0)
        var withdrawal = RiskWithdrawal(of: withdrawn, person: "ben", time: QuietSession.now)
        withdrawal.sign(firm.ben)
        #expect(try first.ask("withdraw", withdrawal).code == 0)
        let waiting = try first.proposal(of: before * 2, by: firm.ana)
        #expect(try first.ask("propose", waiting).code == 0)
        first.end()
        let second = try QuietSession(firm, in: folder.path)
        defer { second.end() }
        for proposal in [used, withdrawn, waiting] {
            let answer = try second.ask("propose", proposal)
            #expect(answer.code == 4 && answer.text.contains("made before"), "\(answer.text)")
            #expect(try second.ask("approve", second.approval(proposal, by: firm.rita)).code == 4)
        }
        #expect(try second.ask("approve", approval).code == 4)
        #expect(try second.facts(limit: "\(firm.gross)").hard == "\(before)")
        // A new one counts.
        let fresh = try second.proposal(of: before * 2, by: firm.ana)
        #expect(try second.ask("propose", fresh).code == 0)
        #expect(try second.ask("approve", second.approval(fresh, by: firm.rita)).code == 0)
        #expect(try second.facts(limit: "\(firm.gross)").hard == "\(before * 2)")
    }

    @Test("no time that somebody signs ends the session, and only one of now counts")
    func times() throws {
        let folder = try ShortFolder()
        let firm = try QuietFirm()
        let session = try QuietSession(firm, in: folder.path)
        defer { session.end() }
        let now = QuietSession.now
        let minute: Int64 = 60_000_000_000
        let times: [(time: Int64, expires: Int64, why: String)] = [
            (.min, .max, "a day at most"), (.min, .min + 1, "expired"), (.max - 1, .max, "5 minutes"),
            (now - 6 * minute, now + minute, "5 minutes"), (now + 6 * minute, now + 7 * minute, "5 minutes"),
            (now, now + 1_441 * minute, "a day at most"), (now, .max, "a day at most"),
        ]
        for (time, expires, why) in times {
            let proposal = try session.proposal(of: 1_000, by: firm.ana) { ($0.time, $0.expires) = (time, expires) }
            let answer = try session.ask("propose", proposal)
            #expect(answer.code == 4 && answer.text.contains(why), "\(time) to \(expires): \(answer.text)")
        }
        let long = try session.proposal(of: 1_000, by: firm.ana) { $0.reason = String(repeating: "x", count: 9_000) }
        #expect(try session.ask("propose", long).text.contains("at most 1000 bytes"))
        let good = try session.proposal(of: 1_000, by: firm.ana)
        #expect(try session.ask("propose", good).code == 0)
        for time in [Int64.min, .max, now - 6 * minute, now + 6 * minute] {
            #expect(try session.ask("approve", session.approval(good, by: firm.rita, at: time)).code == 4, "\(time)")
        }
        #expect(try session.ask(ControlRequest("status")).code == 0)
    }

    @Test("only somebody whom the limits name takes a proposal back, and the journal says who, from which account")
    func withdrawals() throws {
        let folder = try ShortFolder()
        let firm = try QuietFirm()
        let session = try QuietSession(firm, in: folder.path)
        let proposal = try session.proposal(of: 1_000, by: firm.ana)
        #expect(try session.ask("propose", proposal).code == 0)
        var bare = ControlRequest("withdraw")
        bare.body = proposal.id
        #expect(try session.ask(bare).code == 4)
        var withdrawal = RiskWithdrawal(of: proposal, person: "ben", time: QuietSession.now)
        #expect(try session.ask("withdraw", withdrawal).code == 4)
        withdrawal.sign(firm.rita)
        #expect(try session.ask("withdraw", withdrawal).code == 4, "signed by somebody else")
        withdrawal.sign(firm.ben)
        #expect(try session.ask("withdraw", withdrawal).code == 0)
        #expect(try session.ask("approve", session.approval(proposal, by: firm.rita)).code == 4)
        session.end()
        let records = try QuietSession.records(folder.path)
        let texts = records.filter { $0.event.kind == .side }
        let withdrawals = texts.filter { SideKind(rawValue: $0.event.orderID) == .withdrawal }
        #expect(withdrawals.count == 1)
        let text = try #require(withdrawals.first?.text)
        let found = try JSONDecoder().decode(ReceivedStatement<RiskWithdrawal>.self, from: Data(text))
        #expect(found.statement == withdrawal && found.account == "uid \(getuid())")
        let first = try #require(texts.first { SideKind(rawValue: $0.event.orderID) == .proposal })
        let kept = try JSONDecoder().decode(ReceivedStatement<RiskProposal>.self, from: Data(first.text))
        #expect(kept.statement == proposal && kept.account == "uid \(getuid())")
    }

    @Test("an instrument and a venue have their own state, and go up only when the gate says so")
    func partsGoUp() throws {
        let folder = try ShortFolder()
        var firm = try QuietFirm()
        firm.policy.reduction = ReductionRules(strategy: 0)
        let session = try QuietSession(firm, in: folder.path)
        defer { session.end() }
        for part in ["instrument:AAA", "venue:ALFA", "strategy:strategy 1"] {
            #expect(try session.facts(scope: part).state == "active")
            _ = try session.kill(part, .halted)
            #expect(try session.facts(scope: part).state == "halted", "\(part)")
            let proposal = try session.raise(part, by: firm.ana)
            #expect(try session.ask("propose", proposal).code == 0)
            let answer = try session.ask("approve", session.approval(proposal, by: firm.rita))
            #expect(answer.code == 0, "\(part): \(answer.text)")
            #expect(try session.facts(scope: part).state == "active", "\(part)")
        }
        // Somebody who says that it was another state is not believed.
        _ = try session.kill("venue:ALFA", .killed)
        var stale = try session.raise("venue:ALFA", by: firm.ana)
        stale.before = "halted"
        stale.sign(firm.ana)
        #expect(try session.ask("propose", stale).code == 0)
        let answer = try session.ask("approve", session.approval(stale, by: firm.rita))
        #expect(answer.code == 4 && answer.text.contains("killed by now"), "\(answer.text)")
        // While positions are closed in good order nothing goes up, whatever two people say.
        #expect(try session.kill("instrument:AAA", .flatten).code == 0)
        _ = try session.kill("instrument:AAA", .killed)
        let early = try session.raise("instrument:AAA", by: firm.ana)
        #expect(try session.ask("propose", early).code == 0)
        let refused = try session.ask("approve", session.approval(early, by: firm.rita))
        #expect(refused.code == 4 && refused.text.contains("reduction"), "\(refused.text)")
        #expect(try session.facts(scope: "instrument:AAA").state == "killed")
    }

    @Test("a kill that comes while an approval is on its way to the engine wins, in the journal too")
    func killInBetween() throws {
        let folder = try ShortFolder()
        let firm = try QuietFirm()
        let session = try QuietSession(firm, in: folder.path) { $0.control.watchdog = 60_000_000_000 }
        _ = try session.kill("firm", .killed)
        let proposal = try session.raise("firm", by: firm.ana)
        #expect(try session.ask("propose", proposal).code == 0)
        session.hold()
        let answer = Answer()
        let asked = DispatchSemaphore(value: 0)
        let approval = session.approval(proposal, by: firm.rita)
        Thread {
            answer.value = try? session.ask("approve", approval)
            asked.signal()
        }.start()
        // From the moment when nobody else can use it, the approval is on its way.
        #expect(session.waits { (try? session.ask(ControlRequest("proposals")))?.body == "[]" })
        _ = try session.kill("firm", .killed)
        session.release()
        asked.wait()
        let refused = try #require(answer.value)
        #expect(refused.code == 4 && refused.text.contains("since it was proposed"), "\(refused.text)")
        #expect(try session.facts(scope: "firm").state == "killed" && session.control.stopsAll)
        session.end()
        let commands = try QuietSession.records(folder.path).compactMap { RiskCommand($0.event) }
        #expect(!commands.contains { $0.action == .raise })
    }

    /// Written by one thread, then read by another one.
    private final class Answer: @unchecked Sendable { var value: ControlAnswer? }
}
