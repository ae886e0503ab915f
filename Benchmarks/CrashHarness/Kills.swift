// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive

/// Kills a primary again and again, at random instants and inside its writes, and compares the venue with the journal after each death and at the
/// end of each day.
struct Kills {
    var count: Int
    var seed: UInt64
    private var chance: Chance
    private var done = 0
    private var duringRecovery = 0
    private var insideWrites = 0
    private var torn = 0
    private var fromSnapshots = 0
    /// The library that kills a process inside a write (Benchmarks/CrashShim); without it only instants are drawn.
    private let shim = ProcessInfo.processInfo.environment["CRASH_SHIM"]
    private var days = 0
    private var orders = 0
    private var executions = 0
    private var neverArrived = 0
    private var slowest = 0.0

    init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
        chance = Chance(seed)
    }

    mutating func run() throws {
        let start = monotonic()
        while done < count {
            let stage = try Stage(seed: seed &+ UInt64(days), messages: 20_000)
            do {
                try day(stage)
            } catch {
                FileHandle.standardError.write(Data("everything is kept in \(stage.folder.path)\n".utf8))
                throw error
            }
            stage.clear()
            days += 1
        }
        print(
            """
            crash harness: \(done) kills over \(days) days, seed \(seed), \(seconds(start)) s
              inside a write        \(insideWrites), torn blocks found \(torn); before it traded again \(duringRecovery)
              begun with a snapshot \(fromSnapshots)
              orders at the venue   \(orders), executions \(executions)
              never arrived         \(neverArrived), found on reconciliation
              slowest restart       \(fixed(slowest)) ms from start to trading
              violations            0 (I1 I2 I3 I5 I9 I10)
            """
        )
    }

    private mutating func day(_ stage: Stage) throws {
        let durability = days.isMultiple(of: 2) ? "cache" : "sync"
        while done < count {
            let speed = chance.unit() < 0.8 ? "max" : "20000"
            let isInside = shim != nil && chance.unit() < 0.6
            let delay = chance.unit() < 0.25 ? chance.number(0..<0.08) : chance.number(0.08..<0.5)
            let node = try stage.node(
                journal: "journal",
                speed: speed,
                ["--durability", durability],
                environment: isInside ? deadlyEnvironment() : [:]
            )
            let began = monotonic()
            let code = node.wait(seconds: isInside ? 60 : delay)
            if let code, !(isInside && code == -SIGKILL) {
                guard code == 0 else { throw HarnessError("it ended with \(code)\n\(node.errors)") }
                return try settle(stage, node)
            }
            if code == nil { node.signal(SIGKILL) }
            node.wait()
            if isInside { insideWrites += 1 }
            if node.notices.contains(where: { $0.text.contains("cut off") }) { torn += 1 }
            try checkSnapshots(node)
            done += 1
            if let trading = node.notices.first(where: { $0.event == "trading" }) {
                slowest = max(slowest, Double(trading.monotonicNanoseconds - began) / 1e6)
            } else {
                duringRecovery += 1
            }
            // A process that died before it made a journal has sent nothing.
            let venue = try stage.dump()
            if FileManager.default.fileExists(atPath: stage.journal("journal")) {
                try Audit(stage.journal("journal"), stage.setup).checkSent(venue)
            } else if !venue.orders.isEmpty {
                throw HarnessError("I1: the venue has orders and there is no journal")
            }
        }
        let last = try stage.node(journal: "journal", speed: "max")
        guard let code = last.wait(seconds: 60), code == 0 else {
            throw HarnessError("the last run does not end well\n\(last.errors)")
        }
        try settle(stage, last)
    }

    /// A snapshot is written whole or not at all, so one that is there must be good.
    private mutating func checkSnapshots(_ node: Child) throws {
        if node.notices.contains(where: { $0.event == "recovered" && $0.text.contains("the snapshot behind") }) {
            fromSnapshots += 1
        }
        if let warning = node.notices.first(where: { $0.text.contains("is passed over") }) {
            throw HarnessError("D6: \(warning.text)")
        }
    }

    /// Death at a write drawn at random: few of them early, where the recovery is, most of them while it trades.
    private mutating func deadlyEnvironment() -> [String: String] {
        let range = chance.unit() < 0.3 ? 1.0..<20 : 20.0..<12_000
        return [
            "LD_PRELOAD": shim ?? "",
            "CRASH_AT": "\(Int(chance.number(range)))",
            "CRASH_PART": "\(Int(chance.number(0..<256)))",
        ]
    }

    private mutating func settle(_ stage: Stage, _ node: Child) throws {
        let venue = try stage.dump()
        let audit = try Audit(stage.journal("journal"), stage.setup)
        try audit.checkSettled(venue)
        guard venue.refused == 0 else { throw HarnessError("the venue refused \(venue.refused) messages") }
        let summary = try JSONDecoder().decode(Summary.self, from: Data((node.lines.last ?? "").utf8))
        guard UInt64(summary.outputHash, radix: 16) == audit.outputHash else {
            throw HarnessError("I9: the replay's hash is not the session's")
        }
        orders += venue.orders.count
        executions += venue.executions.count
        neverArrived += audit.orderCount - venue.orders.count
    }
}

/// The last line of a session.
struct Summary: Decodable {
    var outcome: String
    var outputHash: String
}

func fixed(_ value: Double) -> String { String(format: "%.1f", value) }
func seconds(_ start: Int64) -> String { fixed(Double(monotonic() - start) / 1e9) }
