// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios kill", .serialized)
struct KillCommandTests {
    private func steps(_ run: CommandRun) throws -> [[String: Any]] {
        try run.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    private func names(_ steps: [[String: Any]]) -> [String] { steps.compactMap { $0["step"] as? String } }

    private func end(_ paper: Running, _ venue: Running, _ copy: DropCopyWatch) throws {
        if paper.process.isRunning { paper.process.interrupt() }
        paper.process.waitUntilExit()
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()
    }

    @Test(
        "from another terminal: no order comes after it, what worked is cancelled, and a restart changes nothing",
        .timeLimit(.minutes(20)),
        arguments: ["single", "three"]
    )
    func stopped(threads: String) throws {
        // An engine that gets no processor for a moment is not taken for dead: a kill without it would end before the record.
        let floor = try KillFloor(live: "watchdog: 30s")
        let (venue, copy) = try floor.venue()
        var paper = try floor.start(
            "paper",
            "paper.yaml",
            "--journal",
            "session",
            "--threads",
            threads,
            "--json",
            output: "paper.json"
        )
        #expect(copy.waits { $0.accepted > 20 && $0.open > 0 }, "nothing was traded: the test shows nothing")
        let run = try CommandRun(
            ["kill", "--journal", "session", "--reason", "a test", "--json"],
            in: floor.folder
        )
        #expect(run.code == 0, "\(run.output)\(run.errors)")
        let answer = try steps(run)
        #expect(names(answer).first == "flag" && names(answer).last == "terminal")
        #expect(names(answer).contains("journalled"))
        floor.isDead(copy)
        // Again: no harm.
        let again = try CommandRun(["kill", "--json"], in: floor.folder)
        #expect(again.code == 0, "\(again.output)\(again.errors)")
        #expect(names(try steps(again)).last == "terminal")
        kill(paper.process.processIdentifier, SIGKILL)
        paper.process.waitUntilExit()
        // Who comes back is still stopped.
        paper = try floor.start(
            "paper",
            "paper.yaml",
            "--journal",
            "session",
            "--threads",
            threads,
            "--json",
            output: "paper2.json"
        )
        #expect(copy.waits { _ in (try? paper.text().contains("\"event\":\"trading\"")) ?? false })
        floor.isDead(copy)
        #expect(try paper.text().contains("two people bring it back"))
        try end(paper, venue, copy)
        let replay = try CommandRun(["replay", "session", "--quiet"], in: floor.folder)
        #expect(replay.code == 0, "\(replay.errors)")
        let export = try CommandRun(
            ["journal", "export", "session", "--format", "jsonl", "--output", "records.json"],
            in: floor.folder
        )
        #expect(export.code == 0, "\(export.errors)")
        #expect(try floor.folder.text("records.json").contains("a test"))
    }

    @Test(
        "without a terminal: SIGHUP, a closed output and a closed socket end nothing, SIGUSR1 kills",
        .timeLimit(.minutes(20))
    )
    func terminalGone() throws {
        let floor = try KillFloor()
        let (venue, copy) = try floor.venue()
        // A pipe that nobody reads and nobody will: its reader is closed.
        let paper = Process()
        paper.executableURL = URL(fileURLWithPath: try #require(Program.path))
        paper.arguments = ["paper", "paper.yaml", "--journal", "session", "--json"]
        paper.currentDirectoryURL = floor.folder.url
        let pipe = Pipe()
        paper.standardOutput = pipe
        paper.standardError = pipe
        paper.standardInput = FileHandle.nullDevice
        try paper.run()
        try pipe.fileHandleForReading.close()
        try pipe.fileHandleForWriting.close()
        #expect(copy.waits { $0.accepted > 10 && $0.open > 0 })
        kill(paper.processIdentifier, SIGHUP)
        kill(paper.processIdentifier, SIGPIPE)
        let before = copy.accepted
        #expect(copy.waits { $0.accepted > before }, "the session has ended")
        kill(paper.processIdentifier, SIGUSR1)
        // Written down as soon as no order leaves any more; what was on its way arrives.
        #expect(copy.waits { _ in ((try? floor.folder.text("session/kills.log")) ?? "").contains("SIGUSR1") })
        floor.isDead(copy)
        #expect(paper.isRunning)
        paper.interrupt()
        paper.waitUntilExit()
        venue.process.interrupt()
        _ = try venue.answer()
        copy.end()
    }

    @Test("a session that does not run begins killed, and who asks is told that nobody listens")
    func nobodyListens() throws {
        let floor = try KillFloor()
        let nobody = try CommandRun(["kill"], in: floor.folder)
        #expect(nobody.code == 5 && nobody.errors.contains("no session runs here"))
        let (venue, copy) = try floor.venue()
        let first = try floor.start("paper", "paper.yaml", "--journal", "session", "--json", output: "paper.json")
        #expect(copy.waits { $0.accepted > 0 })
        kill(first.process.processIdentifier, SIGKILL)
        first.process.waitUntilExit()
        // The socket's file is still there: nobody is behind it.
        #expect(floor.folder.exists("session/control.sock"))
        let run = try CommandRun(["kill", "--journal", "session"], in: floor.folder)
        #expect(run.code == 5 && run.errors.contains("the next session of this journal begins with it"))
        let paper = try floor.start("paper", "paper.yaml", "--journal", "session", "--json", output: "paper2.json")
        #expect(copy.waits { _ in (try? paper.text().contains("\"event\":\"trading\"")) ?? false })
        floor.isDead(copy)
        // The new session has taken the place of the dead one's socket.
        let again = try CommandRun(["kill", "--journal", "session", "--json"], in: floor.folder)
        #expect(again.code == 0)
        try end(paper, venue, copy)
    }

    @Test("a scope that is none is refused with those that there are, and stops nothing")
    func unknownScope() throws {
        let floor = try KillFloor()
        let (venue, copy) = try floor.venue()
        let paper = try floor.start("paper", "paper.yaml", "--journal", "session", "--json", output: "paper.json")
        #expect(copy.waits { $0.accepted > 0 })
        for scope in ["instrument:NONE", "nonsense", "planet:earth"] {
            let run = try CommandRun(["kill", scope], in: floor.folder)
            #expect(run.code == 2, "\(run.output)\(run.errors)")
        }
        let before = copy.accepted
        #expect(copy.waits { $0.accepted > before })
        try end(paper, venue, copy)
    }
}
