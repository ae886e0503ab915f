// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// A venue in a process of its own, ended with its test.
private final class VenueAtWork {
    private let process = Process()
    let endpoint: String

    init(in folder: Folder) throws {
        let output = folder.path("venue.out")
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        process.executableURL = URL(fileURLWithPath: try #require(Program.path))
        process.arguments = ["venue", "run.yaml", "--listen", "0", "--json"]
        process.currentDirectoryURL = folder.url
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var told: String?
        for _ in 0..<30_000 where told == nil && process.isRunning {
            Thread.sleep(forTimeInterval: 0.01)
            let line = try Data(contentsOf: URL(fileURLWithPath: output))
            told = (try? JSONSerialization.jsonObject(with: line) as? [String: Any])?["text"] as? String
        }
        endpoint = try #require(told, "the venue says nothing")
    }

    deinit {
        process.interrupt()
        process.waitUntilExit()
    }
}

@Suite("Sessions at a venue")
struct LiveCommandTests {
    @Test("a session at a venue makes the decisions of a backtest, and replays to the bit", .timeLimit(.minutes(20)))
    func decisionsOfABacktest() throws {
        let day = try SmallDay()
        let backtest = try day.run("backtest", "run.yaml", "--json", "--quiet").object()
        let summary = try #require(backtest["summary"] as? [String: Any])
        let orders = try #require((summary["counts"] as? [String: Any])?["orders"] as? Int)
        let venue = try VenueAtWork(in: day.folder)
        let run = try day.run(
            "run",
            "run.yaml",
            "--venue",
            venue.endpoint,
            "--journal",
            "session",
            "--speed",
            "max",
            "--json"
        )
        #expect(run.code == 0, "\(run.errors)")
        let last = try #require(run.output.split(separator: "\n").last)
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
        #expect(answer["orders"] as? Int == orders)
        #expect(orders > 0)
        let replay = try day.run("replay", "session")
        #expect(replay.code == 0)
        #expect(replay.output.contains(try #require(answer["outputHash"] as? String)))
    }

    @Test("the configuration's parent orders are given at a venue too, and once", .timeLimit(.minutes(20)))
    func ordersByHand() throws {
        let day = try SmallDay()
        let pairs = try day.folder.text("day.itch50.pairs.csv").split(separator: "\n")
        let symbol = try #require(pairs.last?.split(separator: ",").first)
        try day.folder.write(
            """
            title: Parents
            data: [{file: day.itch50, date: 2026-01-05}]
            risk: {staleAfter: 60s, quoteAge: 60s}
            strategies: [{name: queue-imbalance, symbol: \(symbol), enter: 0.5}]
            output: {directory: out}
            orders:
              - {symbol: \(symbol), side: buy, quantity: 1000, algorithm: twap, at: "10:00", until: "11:00", takes: true}
              - {symbol: \(symbol), side: sell, quantity: 500, algorithm: vwap, at: "12:00", until: "13:00"}
            """,
            to: "run.yaml"
        )
        let venue = try VenueAtWork(in: day.folder)
        let session = ["run.yaml", "--venue", venue.endpoint, "--journal", "session", "--speed", "max", "--json"]
        for file in ["first.json", "second.json"] {
            let run = try CommandRun(["run"] + session, in: day.folder)
            #expect(run.code == 0, "\(run.errors)")
            let export = try day.run("journal", "export", "session", "--format", "jsonl", "--output", file)
            #expect(export.code == 0, "\(export.errors)")
            let records = try day.folder.text(file).split(separator: "\n")
            #expect(records.count { $0.contains("\"kind\":\"parentOrder\"") } == 2)
        }
        #expect(try day.run("replay", "session").code == 0)
    }

    @Test("a restart begins with the newest good snapshot, else with an older one, else with the first record")
    func restarts() throws {
        let day = try SmallDay()
        let venue = try VenueAtWork(in: day.folder)
        let arguments = [
            "run", "run.yaml", "--venue", venue.endpoint, "--journal", "session", "--speed", "max", "--snapshot-every",
            "2048",
        ]
        let first = try CommandRun(arguments, in: day.folder)
        #expect(first.code == 0, "\(first.errors)")
        func snapshots() throws -> [URL] {
            try FileManager.default.contentsOfDirectory(atPath: day.folder.path("session"))
                .filter { $0.hasSuffix(".snapshot") }.sorted(by: >)
                .map { URL(fileURLWithPath: day.folder.path("session/" + $0)) }
        }
        func damage(_ file: URL) throws {
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count - 9] ^= 1
            try bytes.write(to: file)
        }
        func number(_ file: URL) throws -> UInt64 {
            try #require(UInt64(file.deletingPathExtension().lastPathComponent))
        }
        let taken = try snapshots()
        try #require(taken.count == 2)

        let second = try CommandRun(arguments, in: day.folder)
        #expect(second.code == 0, "\(second.errors)")
        #expect(second.errors.contains("recovered: the snapshot behind record \(try number(taken[0])) and "))

        try damage(taken[0])
        let third = try CommandRun(arguments, in: day.folder)
        #expect(third.errors.contains("the snapshot behind record \(try number(taken[0])) is passed over"))
        #expect(third.errors.contains("recovered: the snapshot behind record \(try number(taken[1])) and "))

        try damage(taken[1])
        let future = day.folder.path("session/00000000000099999999.snapshot")
        try FileManager.default.copyItem(atPath: taken[1].path, toPath: future)
        let fourth = try CommandRun(arguments, in: day.folder)
        #expect(fourth.code == 0, "\(fourth.errors)")
        #expect(fourth.errors.contains("the snapshot behind record 99999999 is removed: the journal ends"))
        #expect(!FileManager.default.fileExists(atPath: future))
        #expect(fourth.errors.contains("records from the journal in"))
        #expect(!fourth.errors.contains("recovered: the snapshot"))
        #expect(try day.run("replay", "session").code == 0)
    }

    @Test("a session whose venue is not there waits, can be interrupted, and leaves a journal that replays")
    func venueNotThere() throws {
        let day = try SmallDay()
        let run = try CommandRun(
            ["run", "run.yaml", "--venue", "127.0.0.1:1", "--journal", "session", "--speed", "max"],
            in: day.folder,
            interruptedAfter: 1
        )
        #expect(run.code == 130)
        #expect(try day.run("replay", "session").code == 0)
    }

    @Test(
        "a participant written in Python from the protocols alone trades at the exchange, and its books are sound",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs python3"),
        .timeLimit(.minutes(20))
    )
    func exchange() throws {
        let day = try SmallDay()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Scripts/exchange-client.py").path
        let first = FreePorts.base(of: 3)
        let ports = (0..<3).map { first + $0 }
        let venue = Process()
        venue.executableURL = URL(fileURLWithPath: try #require(Program.path))
        venue.arguments = [
            "venue", "run.yaml", "--ouch", "\(ports[0])", "--itch", "127.0.0.1:\(ports[1])", "--requests",
            "\(ports[2])",
            "--speed", "5000",
        ]
        venue.currentDirectoryURL = day.folder.url
        venue.standardError = FileHandle.nullDevice
        let client = Process()
        let output = day.folder.path("client.out")
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        client.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        client.arguments = [script] + ports.map(String.init)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        client.standardOutput = file
        client.standardError = file
        // The client first: it waits for the exchange. What it does not hear live it asks for.
        try client.run()
        Thread.sleep(forTimeInterval: 0.5)
        try venue.run()
        client.waitUntilExit()
        venue.interrupt()
        venue.waitUntilExit()
        let said = try day.folder.text("client.out")
        #expect(client.terminationStatus == 0, "\(said)")
    }

    @Test("an exchange says what is wrong with its options")
    func exchangeOptions() throws {
        let day = try SmallDay()
        let alone = try day.run("venue", "run.yaml", "--itch", "127.0.0.1:1")
        #expect(alone.code == 2 && alone.errors.contains("--ouch"))
        let name = try day.run("venue", "run.yaml", "--ouch", "0", "--user", "TOOLONGNAME")
        #expect(name.code == 2 && name.errors.contains("one to six printable characters"))
    }
}
