// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios risk propose and approve", .serialized)
struct FourEyesCommandTests {
    /// A firm with two accounts, six strategies, and people whose keys were just made.
    private func limits(_ people: [(name: String, role: String, key: String)]) -> String {
        let strategies = (1...6).map {
            "  s\($0): { under: \($0 <= 3 ? "LEFT" : "RIGHT"), runs: queue-imbalance#\($0) }"
        }
        let identities = people.map { "  - { name: \($0.name), role: \($0.role), publicKey: \($0.key) }" }
        return """
            firm:
              name: Example
              limits:
                orderNotional: 500_000
                grossNotional: { hard: 20_000_000, soft: 90% }
                netNotional: 10_000_000
                credit: 30_000_000
                dayLoss: 250_000
                messageRate: 4_000
                messageBurst: 8_000
                openOrders: 2_000
                executions: { hard: 20_000, window: 60s }
                duplicates: { hard: 50_000, window: 500ms }
                orderTradeRatio: 1_000_000
              eachInstrument:
                orderQuantity: 10_000
                position: 20_000
                dayQuantity: 1_000_000
            accounts:
              LEFT: {}
              RIGHT: {}
            strategies:
            \(strategies.joined(separator: "\n"))
            instruments:
              others: defaults
              defaults: { averageDailyVolume: unknown, dailyVolatility: 2%, halfSpread: 5bps }
            market:
              staleAfter: 60s
              quoteAge: 60s
            permissions:
              - LEFT
              - RIGHT
            identities:
            \(identities.joined(separator: "\n"))
            """
    }

    private func key(_ folder: Folder, _ name: String, file: String? = nil) throws -> String {
        let run = try CommandRun(
            ["risk", "keygen", name, "--output", file ?? "\(name).key", "--json"],
            in: folder
        )
        try #require(run.code == 0, "\(run.errors)")
        return try #require(try run.object()["publicKey"] as? String)
    }

    private func floor() throws -> KillFloor {
        let keys = try Folder()
        let people = try [("ana", "trader"), ("ben", "trader"), ("rita", "riskOfficer")].map {
            (name: $0.0, role: $0.1, key: try key(keys, $0.0))
        }
        let floor = try KillFloor(limits: limits(people))
        for person in people {
            try FileManager.default.moveItem(
                atPath: keys.path("\(person.name).key"),
                toPath: floor.folder.path("\(person.name).key")
            )
        }
        // Somebody whom the limits don't name, and somebody who says to be ana.
        _ = try key(floor.folder, "eve")
        _ = try key(floor.folder, "ana", file: "forged.key")
        return floor
    }

    private func propose(_ floor: KillFloor, _ arguments: String..., by key: String = "ana") throws -> CommandRun {
        try CommandRun(
            ["risk", "propose"] + arguments
                + ["--identity", "\(key).key", "--reason", "a test", "--journal", "session", "--json"],
            in: floor.folder
        )
    }

    private func approve(_ floor: KillFloor, _ id: String, by key: String) throws -> CommandRun {
        try CommandRun(
            ["risk", "approve", id, "--identity", "\(key).key", "--journal", "session", "--json"],
            in: floor.folder
        )
    }

    private func id(_ run: CommandRun) throws -> String {
        try #require(run.code == 0, "\(run.output)\(run.errors)")
        return try #require(try run.object()["id"] as? String)
    }

    private func kill(_ floor: KillFloor, _ arguments: String...) throws -> CommandRun {
        try CommandRun(["kill"] + arguments + ["--journal", "session", "--json"], in: floor.folder)
    }

    private func trades(_ copy: DropCopyWatch) -> Bool {
        let before = copy.accepted
        return copy.waits { $0.accepted > before + 3 }
    }

    @Test("a key is its owner's, and is never written over")
    func keys() throws {
        let folder = try Folder()
        _ = try key(folder, "kim")
        let mode = try #require(
            try FileManager.default.attributesOfItem(atPath: folder.path("kim.key"))[.posixPermissions] as? Int
        )
        #expect(mode == 0o600)
        let before = try folder.text("kim.key")
        let again = try CommandRun(["risk", "keygen", "kim"], in: folder)
        #expect(again.code == 2)
        #expect(try folder.text("kim.key") == before)
        #expect(try CommandRun(["risk", "keygen", "k/m"], in: folder).code == 2)
    }

    @Test(
        "a part or all is killed and comes back by two people, one a risk officer; limits change; the journal proves it",
        .timeLimit(.minutes(20))
    )
    func wholeStory() throws {
        let floor = try floor()
        let (venue, copy) = try floor.venue()
        var paper = try floor.start("paper", "paper.yaml", "--journal", "session", "--json", output: "paper.json")
        #expect(copy.waits { $0.accepted > 10 && $0.open > 0 }, "nothing was traded")
        // An account by itself: the other trades on.
        let left = try kill(floor, "account:LEFT")
        #expect(left.code == 0, "\(left.output)\(left.errors)")
        #expect(trades(copy), "the other account has stopped too")
        let firm = try kill(floor)
        #expect(firm.code == 0, "\(firm.output)\(firm.errors)")
        floor.isDead(copy)
        try comeBack(floor, copy)
        try changeLimit(floor)
        // What was killed alone is killed still, also for the next process.
        Foundation.kill(paper.process.processIdentifier, SIGKILL)
        paper.process.waitUntilExit()
        paper = try floor.start("paper", "paper.yaml", "--journal", "session", "--json", output: "paper2.json")
        #expect(copy.waits { _ in (try? paper.text().contains("\"event\":\"trading\"")) ?? false })
        #expect(trades(copy))
        let back = try id(try propose(floor, "state", "account:LEFT", "active"))
        #expect(try approve(floor, back, by: "rita").code == 0)
        paper.process.interrupt()
        paper.process.waitUntilExit()
        try proves(floor)
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()
    }

    private func comeBack(_ floor: KillFloor, _ copy: DropCopyWatch) throws {
        for stranger in ["eve", "forged"] {
            let run = try propose(floor, "state", "firm", "active", by: stranger)
            #expect(run.code == 4, "\(stranger): \(run.output)\(run.errors)")
        }
        let proposal = try id(try propose(floor, "state", "firm", "active"))
        let open = try CommandRun(["risk", "proposals", "--journal", "session"], in: floor.folder)
        #expect(open.code == 0 && open.output.contains(proposal))
        for (person, why) in [("ana", "another person"), ("ben", "risk officer"), ("eve", "name nobody")] {
            let run = try approve(floor, proposal, by: person)
            #expect(run.code == 4 && run.errors.contains(why), "\(person): \(run.output)\(run.errors)")
        }
        floor.isDead(copy)
        let approved = try approve(floor, proposal, by: "rita")
        #expect(approved.code == 0, "\(approved.output)\(approved.errors)")
        #expect(trades(copy), "the firm has not come back")
        // Once is once.
        #expect(try approve(floor, proposal, by: "rita").code == 4)
        // A kill after the proposal is news that the two had not.
        #expect(try kill(floor).code == 0)
        let late = try id(try propose(floor, "state", "firm", "active"))
        #expect(try kill(floor).code == 0)
        let refused = try approve(floor, late, by: "rita")
        #expect(refused.code == 4 && refused.errors.contains("since it was proposed"), "\(refused.errors)")
        let again = try id(try propose(floor, "state", "firm", "active", by: "rita"))
        #expect(try approve(floor, again, by: "ana").code == 0)
        #expect(trades(copy))
    }

    private func changeLimit(_ floor: KillFloor) throws {
        let loose = try propose(floor, "limit", "firm.grossNotional", "40_000_001")
        #expect(loose.code == 4 && loose.errors.contains("twice"), "\(loose.output)\(loose.errors)")
        #expect(try propose(floor, "limit", "firm.nonsense", "5").code == 4)
        #expect(try propose(floor, "limit", "firm.grossNotional", "many").code == 2)
        let first = try id(try propose(floor, "limit", "firm.grossNotional", "40_000_000"))
        let second = try id(try propose(floor, "limit", "firm.grossNotional", "30_000_000"))
        let withdrawn = try id(try propose(floor, "limit", "firm.grossNotional", "25_000_000"))
        let withdraw = ["risk", "withdraw", withdrawn, "--journal", "session", "--json"]
        #expect(try CommandRun(withdraw, in: floor.folder).code == 2, "nobody's word")
        #expect(try CommandRun(withdraw + ["--identity", "eve.key"], in: floor.folder).code == 4)
        let back = try CommandRun(withdraw + ["--identity", "ben.key"], in: floor.folder)
        #expect(back.code == 0, "\(back.errors)")
        #expect(try back.object()["person"] as? String == "ben")
        #expect(try approve(floor, withdrawn, by: "rita").code == 4)
        for long in ["99999d", "2d", "25h", "1441m"] {
            let run = try propose(floor, "limit", "firm.grossNotional", "30_000_000", "--expires", long)
            #expect(run.code == 2 && run.errors.contains("more than a day"), "\(long): \(run.errors)")
        }
        let done = try approve(floor, first, by: "rita")
        #expect(done.code == 0, "\(done.errors)")
        #expect(done.output.contains("20000000") && done.output.contains("40000000"), "\(done.output)")
        #expect(try done.object()["approver"] as? String == "rita")
        #expect((try done.object()["record"] as? Int).map { $0 > 0 } == true)
        // The other one was signed when the value was another.
        let stale = try approve(floor, second, by: "rita")
        #expect(stale.code == 4 && stale.errors.contains("another value"), "\(stale.errors)")
        // Below its soft limit the gate takes no hard one.
        let low = try id(try propose(floor, "limit", "firm.grossNotional", "1"))
        #expect(try approve(floor, low, by: "rita").code == 4)
    }

    private func proves(_ floor: KillFloor) throws {
        let replay = try CommandRun(["replay", "session", "--quiet"], in: floor.folder)
        #expect(replay.code == 0, "\(replay.errors)")
        let changes = try CommandRun(["risk", "changes", "session", "--json"], in: floor.folder)
        #expect(changes.code == 0, "\(changes.output)\(changes.errors)")
        let list = try #require(try JSONSerialization.jsonObject(with: Data(changes.output.utf8)) as? [[String: Any]])
        let limit = try #require(list.first { ($0["what"] as? String) == "firm.grossNotional" })
        #expect((limit["before"] as? String)?.hasPrefix("20000000") == true)
        #expect((limit["after"] as? String)?.hasPrefix("40000000") == true)
        #expect(limit["proposer"] as? String == "ana" && limit["approver"] as? String == "rita")
        #expect(list.contains { $0["what"] as? String == "account:LEFT" && $0["after"] as? String == "killed" })
        #expect(list.contains { $0["what"] as? String == "account:LEFT" && $0["after"] as? String == "active" })
    }

    @Test("a program or a configuration that was not signed off does not trade, and what differs is told")
    func manifest() throws {
        let floor = try floor()
        let run = try CommandRun(["risk", "manifest", "paper.yaml", "--identity", "rita.key"], in: floor.folder)
        #expect(run.code == 0 && run.output.contains("# signed by rita"), "\(run.errors)")
        let line = try #require(run.output.split(separator: "\n").first.map(String.init))
        let text = try floor.folder.text("limits.yaml")
        try floor.folder.write(text + "\n" + line + "\n", to: "limits.yaml")
        func starts() throws -> CommandRun {
            let arguments = ["paper", "paper.yaml", "--journal", "session", "--for", "0.5", "--quiet"]
            return try CommandRun(arguments, in: floor.folder)
        }
        let signed = try starts()
        #expect(signed.code == 0, "\(signed.errors)")
        try floor.folder.write(
            text.replacingOccurrences(of: "250_000", with: "260_000") + "\n" + line + "\n",
            to: "limits.yaml"
        )
        let other = try starts()
        #expect(other.code == 4 && other.errors.contains("this configuration is"), "\(other.errors)")
        #expect(!other.errors.contains("this program is"))
        let wrong = line.replacingOccurrences(
            of: "build: \"[0-9a-f]{16}\"",
            with: "build: \"0123456789abcdef\"",
            options: .regularExpression
        )
        try floor.folder.write(text + "\n" + wrong + "\n", to: "limits.yaml")
        let program = try starts()
        #expect(program.code == 4 && program.errors.contains("this program is"), "\(program.errors)")
    }
}
