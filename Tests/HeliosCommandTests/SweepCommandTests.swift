// SPDX-License-Identifier: MIT
#if Database
import Foundation
import GRDB
import HeliosSweep
import Testing

/// A small day and a sweep of six trials over it.
private struct SweptDay {
    let day: SmallDay
    var folder: Folder { day.folder }

    init(days: Int = 1, _ lines: String = "", parameters: String = "{enterZ: [1.5, 2, 2.5], exitZ: [0.2, 0.5]}") throws
    {
        day = try SmallDay(days: days)
        try folder.write("base: run.yaml\nparameters: \(parameters)\n\(lines)\n", to: "sweep.yaml")
    }

    func run(_ arguments: String...) throws -> CommandRun { try CommandRun(["sweep"] + arguments, in: folder) }

    /// Every table row by row, but for wall-clock time.
    func contents(_ name: String) throws -> [String] {
        let queue = try DatabaseQueue(path: folder.path(name))
        return try queue.read { database in
            let tables = try String.fetchAll(
                database,
                sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            )
            return try tables.flatMap { table -> [String] in
                let columns = try database.columns(in: table).map(\.name).filter {
                    $0 != "seconds" && !$0.hasSuffix("_at")
                }
                let list = columns.joined(separator: ", ")
                return try Row.fetchAll(database, sql: "SELECT \(list) FROM \(table) ORDER BY \(list)").map { row in
                    // The bits of a number, not a text that may round.
                    table + " "
                        + row.map { column, value in
                            if case .double(let number) = value.storage { return "\(column)=\(number.bitPattern)" }
                            return "\(column)=\(value)"
                        }.joined(separator: " ")
                }
            }
        }
    }

    func count(_ name: String, status: String) throws -> Int {
        guard folder.exists(name) else { return 0 }
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: folder.path(name), configuration: configuration)
        return try queue.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM trial WHERE status = ?", arguments: [status]) ?? 0
        }
    }

    /// Starts a sweep that goes on by itself.
    func start(_ arguments: String...) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Program.path))
        process.arguments = ["sweep"] + arguments
        process.currentDirectoryURL = folder.url
        process.standardOutput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: folder.path("errors.txt"), contents: nil)
        process.standardError = FileHandle(forWritingAtPath: folder.path("errors.txt"))
        try process.run()
        return process
    }

    /// Waits until so many trials of a running sweep are done, a minute at most.
    func wait(_ name: String, done count: Int, of process: Process) throws {
        for _ in 0..<6_000 where process.isRunning {
            // A database that is just being made can't be read yet.
            if let done = try? self.count(name, status: "done"), done >= count { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }
}

/// Enough trials to come in between.
private let many = "{enterZ: {from: 1, to: 2.9, step: 0.1}}"

/// Where workers can be found.
private let hasProcesses = FileManager.default.fileExists(atPath: "/proc/self/stat")

@Suite("Sweeps, from a description to a judgement", .serialized)
struct SweepCommandTests {
    @Test("a sweep whose best loses does not survive, says so first, and is the same with one worker and with three")
    func workers() throws {
        let swept = try SweptDay()
        let run = try swept.run("sweep.yaml", "--workers", "1", "--output", "one.sqlite", "--quiet")
        #expect(run.code == 1, "\(run.errors)")
        let first = run.output.split(separator: "\n").first.map(String.init) ?? ""
        #expect(first.hasPrefix("DOES NOT SURVIVE: "), "\(first)")
        let again = try swept.run("sweep.yaml", "--workers", "3", "--output", "three.sqlite", "--json", "--quiet")
        let document = try again.object()
        #expect(document["headline"] as? String == first)
        #expect(document["complete"] as? Bool == true)
        let trials = try #require(document["trials"] as? [[String: Any]])
        #expect(trials.count == 6)
        #expect(trials.allSatisfy { ($0["returns"] as? [Double])?.count == 78 })
        #expect(Set(trials.compactMap { $0["outputHash"] as? String }).count > 1)
        let contents = try swept.contents("one.sqlite")
        #expect(contents.count > 6 * 78)
        #expect(try swept.contents("three.sqlite") == contents)
        // The page says it first as well.
        let page = try swept.folder.text("one.html")
        let headline = try #require(page.firstRange(of: first.split(separator: ":")[0]))
        let table = try #require(page.firstRange(of: "<table"))
        #expect(headline.lowerBound < table.lowerBound)
        #expect(page.contains("<svg"))
    }

    @Test("a trial is the backtest of the same configuration, and reproduces to the bit")
    func reproduce() throws {
        let swept = try SweptDay(parameters: "{enterZ: [1.5, 2.5]}")
        _ = try swept.run("sweep.yaml", "--quiet")
        let again = try swept.run("reproduce", "sweep.sqlite", "2", "--json", "--quiet")
        #expect(again.code == 0, "\(again.output)")
        #expect(try again.object()["same"] as? Bool == true)
        try swept.folder.write(
            try swept.folder.text("run.yaml").replacing("- name: pairs", with: "- name: pairs\n    enterZ: 2.5"),
            to: "second.yaml"
        )
        let backtest = try CommandRun(["backtest", "second.yaml", "--json", "--quiet"], in: swept.folder).object()
        let shown = try swept.run("show", "sweep.sqlite", "--json").object()
        let trials = try #require(shown["trials"] as? [[String: Any]])
        #expect(trials[1]["outputHash"] as? String == backtest["outputHash"] as? String)

        // Other data: nothing is run, and what differs is named.
        let path = swept.folder.path("day.itch50")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let changed = try swept.run("reproduce", "sweep.sqlite", "2", "--quiet")
        #expect(changed.code == 1)
        #expect(changed.output.contains("differs in data day.itch50"))
        #expect(changed.output.contains("was not run again, because its data are not the same"))
        let resumed = try swept.run("sweep.yaml", "--resume", "--quiet")
        #expect(resumed.code == 2)
        #expect(resumed.errors.contains("different are the data"))
        try FileManager.default.removeItem(atPath: path)
        #expect(try swept.run("reproduce", "sweep.sqlite", "2").code == 3)
        let unknown = try swept.run("reproduce", "sweep.sqlite", "3")
        #expect(unknown.code == 2 && unknown.errors.contains("there is no trial 3, they go from 1 to 2"))
    }

    @Test("a table of latencies that a configuration or a value names belongs to the data")
    func latencyFile() throws {
        let swept = try SweptDay(parameters: "{latency.order: [empirical(a.csv), empirical(b.csv)]}")
        for name in ["a", "b", "feed"] {
            try swept.folder.write("time,latency\n0,50000\n36000000000000,300000\n", to: "\(name).csv")
        }
        let text = try swept.folder.text("run.yaml")
        try swept.folder.write("latency: {feed: empirical(feed.csv)}\n" + text, to: "run.yaml")
        let ran = try swept.run("sweep.yaml", "--quiet")
        #expect(ran.code == 1, "\(ran.errors)")
        #expect(try swept.run("reproduce", "sweep.sqlite", "2", "--quiet").code == 0)
        for name in ["a", "b", "feed"] {
            let old = try swept.folder.text("\(name).csv")
            try swept.folder.write(old.replacing("300000", with: "300001"), to: "\(name).csv")
            let changed = try swept.run("reproduce", "sweep.sqlite", "2", "--quiet")
            #expect(changed.code == 1)
            #expect(changed.output.contains("differs in data \(name).csv"), "\(changed.output)")
            let resumed = try swept.run("sweep.yaml", "--resume", "--quiet")
            #expect(resumed.code == 2 && resumed.errors.contains("different are the data"), "\(resumed.errors)")
            try swept.folder.write(old, to: "\(name).csv")
        }
        #expect(try swept.run("reproduce", "sweep.sqlite", "2", "--quiet").code == 0)
    }

    @Test("a row of another build is done again with a warning, and one that was altered is found")
    func altered() throws {
        let swept = try SweptDay(parameters: "{enterZ: [1.5, 2.5]}")
        _ = try swept.run("sweep.yaml", "--quiet")
        let queue = try DatabaseQueue(path: swept.folder.path("sweep.sqlite"))
        try queue.write { try $0.execute(sql: "UPDATE trial SET build_hash = '0123456789abcdef' WHERE number = 1") }
        let other = try swept.run("reproduce", "sweep.sqlite", "1", "--quiet")
        #expect(other.code == 0)
        #expect(other.errors.contains("was made by another build"))
        try queue.write { database in
            try database.execute(sql: "UPDATE period_return SET value = value + 1e-12 WHERE trial = 2 AND period = 70")
        }
        let bent = try swept.run("reproduce", "sweep.sqlite", "2", "--quiet")
        #expect(bent.code == 1)
        #expect(bent.output.contains("differs in returns"))
    }

    @Test("killed with SIGKILL it leaves what was done, and goes on to the same result", .enabled(if: hasProcesses))
    func killed() throws {
        let swept = try SweptDay(parameters: many)
        _ = try swept.run("sweep.yaml", "--output", "whole.sqlite", "--quiet")
        let process = try swept.start("sweep.yaml", "--workers", "1", "--quiet")
        try swept.wait("sweep.sqlite", done: 2, of: process)
        let workers = children(of: process.processIdentifier)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let done = try swept.count("sweep.sqlite", status: "done")
        #expect((2..<20).contains(done), "it was killed too late: \(done)")
        // Nobody is left who works for nobody.
        for _ in 0..<1_000 where workers.contains(where: { parent(of: $0) != nil }) {
            Thread.sleep(forTimeInterval: 0.01)
        }
        #expect(!workers.isEmpty && workers.allSatisfy { parent(of: $0) == nil })

        let shown = try swept.run("show", "sweep.sqlite")
        #expect(shown.output.hasPrefix("NOT COMPLETE: \(done) of 20 trials have run"))
        let part = try swept.run("show", "sweep.sqlite", "--json").object()
        #expect(part["complete"] as? Bool == false && part["verdict"] == nil)
        let criteria = try #require(part["criteria"] as? [[String: Any]])
        #expect(criteria.count == 4 && criteria.allSatisfy { $0["passes"] == nil && $0["value"] == nil })
        let refused = try swept.run("sweep.yaml", "--quiet")
        #expect(refused.code == 2 && refused.errors.contains("--resume goes on with it"))
        let resumed = try swept.run("sweep.yaml", "--resume", "--quiet")
        #expect(resumed.code == 1, "\(resumed.errors)")
        #expect(try swept.contents("sweep.sqlite") == swept.contents("whole.sqlite"))
    }

    @Test("Ctrl-C leaves what was done, and a second sweep on a database that is written is refused")
    func interrupted() throws {
        let swept = try SweptDay(parameters: many)
        let process = try swept.start("sweep.yaml", "--workers", "1", "--quiet")
        try swept.wait("sweep.sqlite", done: 1, of: process)
        let second = try swept.run("sweep.yaml", "--resume", "--quiet")
        #expect(second.code == 3)
        #expect(second.errors.contains("another sweep, process \(process.processIdentifier), is writing it"))
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(try swept.folder.text("errors.txt").contains("--resume goes on"))
        #expect(try swept.run("sweep.yaml", "--resume", "--quiet").code == 1)
        #expect(try swept.count("sweep.sqlite", status: "done") == 20)
    }

    @Test(
        "a worker that is killed takes its trial with it and nothing else; --retry-failed does it again",
        .enabled(if: hasProcesses)
    )
    func workerKilled() throws {
        let swept = try SweptDay(parameters: many)
        let process = try swept.start("sweep.yaml", "--workers", "1")
        try swept.wait("sweep.sqlite", done: 1, of: process)
        var victims: [pid_t] = []
        for _ in 0..<1_000 where victims.isEmpty { victims = children(of: process.processIdentifier) }
        for victim in victims { kill(victim, SIGKILL) }
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(try swept.count("sweep.sqlite", status: "failed") == 1)
        #expect(try swept.count("sweep.sqlite", status: "done") == 19)
        let errors = try swept.folder.text("errors.txt")
        #expect(errors.contains("failed: its process was ended by signal 9"), "\(errors)")
        let shown = try swept.run("show", "sweep.sqlite")
        #expect(shown.output.contains("failed: its process was ended by signal 9"))
        #expect(try swept.run("sweep.yaml", "--resume", "--retry-failed", "--quiet").code == 1)
        #expect(try swept.count("sweep.sqlite", status: "done") == 20)
    }

    @Test(
        "a database that is removed after a kill leaves nothing to the next sweep of its name",
        .enabled(if: hasProcesses)
    )
    func removed() throws {
        let swept = try SweptDay(parameters: many)
        let process = try swept.start("sweep.yaml", "--workers", "1", "--output", "w.sqlite", "--quiet")
        try swept.wait("w.sqlite", done: 2, of: process)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(swept.folder.exists("w.sqlite-wal"))
        try FileManager.default.removeItem(atPath: swept.folder.path("w.sqlite"))
        try swept.folder.write("base: run.yaml\nparameters: {exitZ: [0.2, 0.5]}\n", to: "other.yaml")
        let other = try swept.run("other.yaml", "--output", "w.sqlite", "--quiet")
        #expect(other.code == 1, "\(other.errors)")
        _ = try swept.run("other.yaml", "--output", "clean.sqlite", "--quiet")
        #expect(try swept.contents("w.sqlite") == swept.contents("clean.sqlite"))
    }

    @Test("data that change while a sweep runs end it, and nothing that saw them is kept")
    func changedData() throws {
        let swept = try SweptDay(parameters: many)
        let process = try swept.start("sweep.yaml", "--workers", "1", "--quiet")
        try swept.wait("sweep.sqlite", done: 1, of: process)
        let path = swept.folder.path("day.itch50")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        try FileManager.default.copyItem(atPath: path + ".old", toPath: path)
        let done = try swept.count("sweep.sqlite", status: "done")
        process.waitUntilExit()
        #expect(process.terminationStatus == 3)
        #expect(try swept.folder.text("errors.txt").contains("day.itch50: changed while the sweep ran"))
        // One may have been between its check and its row.
        #expect((done...(done + 1)).contains(try swept.count("sweep.sqlite", status: "done")))
        #expect(try swept.count("sweep.sqlite", status: "failed") == 0)
        #expect(try swept.run("sweep.yaml", "--resume", "--quiet").code == 1)
    }

    @Test("a folder that is not there is made; a trial may have a time limit; few files mean few workers")
    func surroundings() throws {
        let swept = try SweptDay()
        let run = try swept.run("sweep.yaml", "--output", "new/deep/x.sqlite", "--quiet")
        #expect(run.code == 1, "\(run.errors)")
        #expect(swept.folder.exists("new/deep/x.html"))

        let hurried = try swept.run("sweep.yaml", "--trial-timeout", "0.001", "--output", "t.sqlite", "--quiet")
        #expect(hurried.code == 1)
        #expect(hurried.errors.contains("failed: took longer than --trial-timeout"), "\(hurried.errors)")
        #expect(
            hurried.output.contains("6 trials failed; --resume --retry-failed does them again"),
            "\(hurried.output)"
        )
        #expect(try swept.run("sweep.yaml", "--trial-timeout", "0", "--quiet").code == 2)

        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        let program = try #require(Program.path)
        shell.arguments = [
            // Inherited files of other tests would leave none, and one above the limit can't be closed for a worker.
            "-c",
            "for p in /proc/self/fd/*; do n=${p##*/}; [ $n -gt 2 ] && eval \"exec $n>&-\"; done; ulimit -n 40; "
                + "exec '\(program)' sweep sweep.yaml --workers 20 --output u.sqlite --quiet 2>u.txt",
        ]
        shell.currentDirectoryURL = swept.folder.url
        shell.standardOutput = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 1)
        let said = try swept.folder.text("u.txt")
        #expect(said.contains("going on with"), "\(said)")
        #expect(try swept.contents("u.sqlite") == swept.contents("new/deep/x.sqlite"))
    }

    @Test("parameters that do not go together are refused, and do not count")
    func refused() throws {
        let swept = try SweptDay(parameters: "{enterZ: [1.5, 2], exitZ: [0.5, 1.8]}")
        let run = try swept.run("sweep.yaml", "--json", "--quiet")
        #expect(run.code == 1)
        #expect(run.errors.contains("pairs.exitZ"))
        let document = try run.object()
        #expect(document["trialsCounted"] as? Int == 3)
        let trials = try #require(document["trials"] as? [[String: Any]])
        #expect(trials.map { $0["status"] as? String } == ["done", "refused", "done", "done"])
    }

    @Test("halving sees a part of the day first: what it saw is how the whole day begins")
    func halving() throws {
        let parameters = "{enterZ: {from: 1.2, to: 2.6, step: 0.1}}"
        let swept = try SweptDay(
            "search: halving\nperiod: 1min\nhalving: {keepOneOf: 3, rungs: 2}",
            parameters: parameters
        )
        let run = try swept.run("sweep.yaml", "--json", "--quiet")
        let document = try run.object()
        #expect(document["trialsCounted"] as? Int == 15)
        #expect(document["trialsCompared"] as? Int == 8)
        let trials = try #require(document["trials"] as? [[String: Any]])
        let lengths = trials.map { ($0["returns"] as? [Double])?.count ?? 0 }
        #expect(Set(lengths) == [130, 390] && lengths.count { $0 == 390 } == 8)
        // No trial failed, so no longer run began otherwise than its shorter one did. And a short one is its long one's beginning:
        let short = try #require(trials.firstIndex { ($0["returns"] as? [Double])?.count == 130 })
        let value = try #require((trials[short]["parameters"] as? [String: String])?["pairs.enterZ"])
        try swept.folder.write("base: run.yaml\nperiod: 1min\nparameters: {enterZ: [\(value)]}", to: "one.yaml")
        let whole = try swept.run("one.yaml", "--json", "--quiet").object()
        let returns = try #require((whole["trials"] as? [[String: Any]])?.first?["returns"] as? [Double])
        #expect(Array(returns.prefix(130)) == trials[short]["returns"] as? [Double])
        #expect(try swept.run("reproduce", "sweep.sqlite", "\(short + 1)", "--quiet").code == 0)
    }

    @Test("several days, described on the command line")
    func days() throws {
        let swept = try SweptDay(days: 3)
        let arguments = [
            "run.yaml", "--vary", "enterZ=1.5,2.5", "--search", "random", "--trials", "2", "--output", "d.sqlite",
            "--json", "--quiet",
        ]
        let run = try CommandRun(["sweep"] + arguments, in: swept.folder)
        let document = try run.object()
        #expect(document["periodsText"] as? String == "78 periods of 15 min on 3 days")
        #expect((document["data"] as? [[String: Any]])?.count == 3)
    }

    @Test("a damaged database and one of something else are refused in words")
    func damaged() throws {
        let swept = try SweptDay(parameters: "{enterZ: [1.5, 2.5]}")
        _ = try swept.run("sweep.yaml", "--quiet")
        let path = swept.folder.path("sweep.sqlite")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        func write(_ data: Data) throws {
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            try data.write(to: URL(fileURLWithPath: path))
        }
        func expect(_ words: String, _ place: SourceLocation = #_sourceLocation) throws {
            for arguments in [
                ["show", "sweep.sqlite"], ["reproduce", "sweep.sqlite", "1"], ["sweep.yaml", "--resume"],
            ] {
                let run = try CommandRun(["sweep"] + arguments, in: swept.folder)
                #expect(run.code == 3, "\(arguments) \(run.errors)", sourceLocation: place)
                #expect(run.errors.contains(words), "\(run.errors)", sourceLocation: place)
                #expect(!run.errors.contains("please report this"), sourceLocation: place)
            }
        }
        try write(Data("no database at all, but some text that is long enough".utf8))
        try expect("is no SQLite database")
        try write(whole.prefix(whole.count / 2 / 4_096 * 4_096))
        try expect("damaged")
        var broken = whole
        for page in 1..<(whole.count / 4_096) { broken[page * 4_096] ^= 0xFF }
        try write(broken)
        try expect("damaged")
        try write(whole)
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: "DELETE FROM period_return WHERE trial = 2 AND period = 40") }
        try expect("damaged: a period of trial 2 is missing")
        try queue.write { try $0.execute(sql: "UPDATE sweep SET configuration = 'x'") }
        try expect("does not have the hash that stands beside it")
        try queue.write { try $0.execute(sql: "PRAGMA application_id = 7") }
        try expect("not one of 'helios sweep'")
    }

    @Test("descriptions that are wrong exit with 2 and say where")
    func wrongDescription() throws {
        let folder = try Folder()
        try folder.write("base: run.yaml\nparameters: {enterZ: [2, two]}\n", to: "sweep.yaml")
        try folder.write("data: [01052026.itch50]\nstrategies: [{name: pairs, pairs: [[KO, PEP]]}]", to: "run.yaml")
        let run = try CommandRun(["sweep", "sweep.yaml"], in: folder)
        #expect(run.code == 2)
        #expect(
            run.errors.contains("sweep.yaml:2:26: parameters.enterZ: found \"two\", expected a decimal number"),
            "\(run.errors)"
        )
        let missing = try CommandRun(["sweep", "swep.yaml"], in: folder)
        #expect(missing.code == 2 && missing.errors.contains("did you mean sweep.yaml?"))
        #expect(try CommandRun(["sweep", "show", "no.sqlite"], in: folder).code == 3)
    }

    /// Processes whose parent is `process`.
    private func children(of process: pid_t) -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.filter { parent(of: $0) == process }
    }

    /// The parent of a process that runs; nil for one that has ended, though nobody has asked for its end yet.
    private func parent(of process: pid_t) -> pid_t? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return nil }
        // Behind the name in brackets: the state, then the parent.
        let fields = (text.split(separator: ")").last ?? "").split(separator: " ")
        return fields.count > 1 && fields[0] != "Z" ? pid_t(fields[1]) : nil
    }
}
#endif
