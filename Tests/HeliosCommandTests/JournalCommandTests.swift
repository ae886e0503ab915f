// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("Sessions with a journal")
struct JournalCommandTests {
    private let day: SmallDay

    init() throws {
        day = try SmallDay()
        let run = try day.run(
            "run",
            "run.yaml",
            "--journal",
            "session",
            "--snapshot-every",
            "2048",
            "--quiet",
            "--json"
        )
        try #require(run.code == 0, "\(run.errors)")
        try day.folder.write(run.output, to: "answer.json")
    }

    /// What `run --json` printed.
    private func answer() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(try day.folder.text("answer.json").utf8))
        return try #require(value as? [String: Any])
    }

    @Test("run does what backtest does, and replay proves it to the bit")
    func replay() throws {
        let answer = try answer()
        let hash = try #require(answer["outputHash"] as? String)
        let backtest = try day.run("backtest", "run.yaml", "--json", "--quiet").object()
        #expect(backtest["outputHash"] as? String == hash)
        #expect((answer["orders"] as? Int ?? 0) > 0)
        #expect(answer["durability"] as? String == "cache")
        let cost = try #require(answer["cost"] as? [String: Any])
        #expect((cost["nanosecondsPerRecord"] as? Double ?? 0) > 0)

        let replay = try day.run("replay", "session", "--json")
        #expect(replay.code == 0, "\(replay.errors)")
        let proof = try replay.object()
        #expect(proof["equal"] as? Bool == true)
        #expect(proof["outputHash"] as? String == hash)
        #expect(proof["records"] as? Int == answer["records"] as? Int)
        #expect((proof["outputs"] as? Int ?? 0) > 0)
        #expect(proof["state"] == nil)
        let text = try day.run("replay", "session").output
        #expect(text.contains("identical") && text.contains(hash))
    }

    /// The snapshots beside a journal, the newest first.
    private func snapshots() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: day.folder.path("session"))
            .filter { $0.hasSuffix(".snapshot") }.sorted(by: >).map { day.folder.path("session/" + $0) }
    }

    @Test("snapshot and tail are the full replay, and every snapshot is the replay's state byte for byte")
    func snapshotAndTail() throws {
        #expect(try snapshots().count == 2)
        let full = try day.run("replay", "session", "--json").object()
        #expect(full["snapshots"] as? Int == 2)
        #expect((full["differingSnapshots"] as? [Any])?.isEmpty == true)
        let tail = try day.run("replay", "session", "--from", "latest", "--json").object()
        #expect(tail["equal"] as? Bool == true)
        #expect(tail["outputHash"] as? String == full["outputHash"] as? String)
        #expect(tail["inputs"] as? Int == full["inputs"] as? Int)
        let (few, all) = (try #require(tail["records"] as? Int), try #require(full["records"] as? Int))
        #expect(few < all / 2)
        #expect(tail["startedAt"] as? Int == all - few)
    }

    @Test("a damaged snapshot is named, and a replay without it is as good")
    func damagedSnapshot() throws {
        let newest = try #require(try snapshots().first)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
        bytes[bytes.count / 2] ^= 4
        try bytes.write(to: URL(fileURLWithPath: newest))
        let replay = try day.run("replay", "session", "--json")
        #expect(replay.code == 0)
        #expect(replay.errors.contains("its checksum does not match"))
        #expect(try replay.object()["snapshots"] as? Int == 1)
        let from = try day.run("replay", "session", "--from", "latest")
        #expect(from.code == 3)
        #expect(from.errors.contains("its checksum does not match"))
        let unknown = try day.run("replay", "session", "--from", "12")
        #expect(unknown.code == 2)
        #expect(unknown.errors.contains("expected 'latest' or one of"))
    }

    @Test("a replay needs neither the configuration file, nor the data, nor the environment of the session")
    func elsewhere() throws {
        let elsewhere = try Folder()
        try FileManager.default.moveItem(atPath: day.folder.path("session"), toPath: elsewhere.path("moved"))
        let replay = try CommandRun(
            ["replay", "moved", "--json"],
            in: elsewhere,
            environment: ["HELIOS_RISK_POSITION_MAX": "1"]
        )
        #expect(replay.code == 0, "\(replay.errors)")
        #expect(try replay.object()["outputHash"] as? String == answer()["outputHash"] as? String)
    }

    @Test("replay stops at a record or a time and shows books, positions, orders and money")
    func until() throws {
        let byTime = try day.run("replay", "session", "--until", "15:00:00.5", "--json").object()
        let state = try #require(byTime["state"] as? [String: Any])
        #expect(try #require(state["time"] as? String) <= "15:00:00.500000000")
        let sequence = try #require(state["sequence"] as? Int)
        let byNumber = try day.run("replay", "session", "--until", "\(sequence)", "--json").object()
        #expect(NSDictionary(dictionary: try #require(byNumber["state"] as? [String: Any])).isEqual(to: state))
        let books = try #require(state["books"] as? [[String: Any]])
        #expect(!books.isEmpty)
        #expect(books.allSatisfy { ($0["bids"] as? [Any] ?? []).count <= 5 })
        #expect(state["equity"] is String)
        let text = try day.run("replay", "session", "--until", "15:00:00.5").output
        #expect(text.contains("State after record") && text.contains("equity"))
        for wrong in ["noon", "25:00:00", "0", "-3", "10:15", "10:15:30.1234567890"] {
            let run = try day.run("replay", "session", "--until=\(wrong)")
            #expect(run.code == 2, "\(wrong)")
        }
    }

    @Test("a flipped byte is found with its place, exit code 3")
    func damage() throws {
        let path = day.folder.path("session/00000000.journal")
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: 100_000)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: 100_000)
        try file.write(contentsOf: Data([byte ^ 0x10]))
        try file.close()
        let replay = try day.run("replay", "session")
        #expect(replay.code == 3)
        #expect(replay.errors.contains("segment 0, byte "))
        #expect(try day.run("what-if", "session").code == 3)
    }

    @Test("a directory that holds anything is refused, one that holds nothing too")
    func directories() throws {
        let again = try day.run("run", "run.yaml", "--journal", "session")
        #expect(again.code == 2)
        #expect(again.errors.contains("never written over"))
        #expect(try day.run("replay", "session").code == 0)
        #expect(try day.run("replay", "nowhere").code == 3)
        #expect(try day.run("replay", "run.yaml").code == 3)
        try FileManager.default.createDirectory(atPath: day.folder.path("empty"), withIntermediateDirectories: true)
        #expect(try day.run("replay", "empty").code == 3)
        #expect(try day.run("run", "run.yaml", "--journal", "other", "--durability", "mirror").code == 2)
        #expect(!day.folder.exists("other"))
    }

    @Test("a run whose data lack the strategies' symbols exits with 3 and names them")
    func symbolWithoutData() throws {
        let text = """
            data:
              - file: day.itch50
                date: 2026-01-05
            strategies:
              - name: queue-imbalance
                symbol: NOSUCH
            """
        try day.folder.write(text, to: "none.yaml")
        let run = try day.run("run", "none.yaml", "--journal", "none", "--quiet")
        #expect(run.code == 3)
        #expect(run.errors.contains("no data for NOSUCH in"))
    }

    @Test("what-if with nothing changed finds nothing changed; with a change it names the first order that differs")
    func whatIf() throws {
        let same = try day.run("what-if", "session", "--json").object()
        #expect(same["same"] as? Bool == true && same["repeatsSession"] as? Bool == true)
        let base = try #require(same["base"] as? [String: Any])
        #expect(NSDictionary(dictionary: base).isEqual(to: try #require(same["changed"] as? [String: Any])))
        #expect(base["outputHash"] as? String == (try answer()["outputHash"] as? String))

        let arguments = ["what-if", "session", "--set", "risk.orderQuantityMax=0", "--json"]
        let changed = try CommandRun(arguments, in: day.folder).object()
        #expect(changed["same"] as? Bool == false)
        let result = try #require(changed["changed"] as? [String: Any])
        #expect(result["fills"] as? Int == 0)
        #expect(((result["refusals"] as? [String: Int])?["P01"] ?? 0) > 0)
        #expect(changed["firstDifference"] is [String: Any])
        let text = try day.run("what-if", "session", "--set", "strategies[0].enterZ=3").output
        #expect(text.contains("recorded") && text.contains("first difference"))
    }

    @Test("keys and values that what-if does not know are errors, all at once")
    func unknownKeys() throws {
        let run = try day.run("what-if", "session", "--set", "pairs.enterX=3", "--set", "nonsense=1")
        #expect(run.code == 2)
        #expect(run.errors.contains("pairs.enterX: unknown key; did you mean 'pairs.enterZ'?"))
        #expect(run.errors.contains("nonsense: unknown key"))
        let value = try day.run("what-if", "session", "--set", "pairs.enterZ=much")
        #expect(value.code == 2)
        #expect(value.errors.contains("--set: pairs.enterZ: found"))
        #expect(try day.run("what-if", "session", "--set", "pairs.enterZ").code == 2)
    }
}
