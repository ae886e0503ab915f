// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosMarket
import HeliosSimulation

/// `helios simulate`: breaks things on purpose and checks that the promises hold.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract:
            "Break things on purpose: crashes, lost packets, failing disks, partitions; and check what must hold.",
        usage: """
            helios simulate --seeds 1000
            helios simulate --seed 4711
            """,
        discussion: """
            Market, venue, network, disks, a primary and a standby run in one thread on a virtual clock. Each seed draws \
            whether orders travel as records or as OUCH over byte streams to an exchange, which faults exist and how \
            strong they are; the invariants are checked after every event, and once more when \
            the faults have stopped and everything must settle. Each seed is run twice and compared. \
            Exit codes: 0 all passed; 127 crash; 128 it did not settle; 129 an invariant was broken; 130 two runs of one \
            seed differed.
            """
    )

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds.")
    var seeds: Int = 1

    @Option(help: "How orders travel: 'records', 'ouch', or 'drawn' by each seed.")
    var path = "drawn"

    @Option(help: "Messages of each session's market.")
    var messages: Int = 1_500

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    #if HELIOS_BUG_BANK
    @Option(help: "Switch a wrong implementation on; 'all' tries each until it is caught.")
    var bug: String?
    #endif

    func validate() throws {
        guard seeds > 0 else { throw ValidationError("--seeds must be above 0") }
        guard path == "drawn" || OrderPath(rawValue: path) != nil else {
            throw ValidationError("--path must be records, ouch or drawn")
        }
        guard (100...10_000).contains(messages) else { throw ValidationError("--messages must be 100 to 10000") }
    }

    func run() throws {
        #if HELIOS_BUG_BANK
        if let bug { return try BugHunt(simulator: simulator, first: seed, seeds: seeds).run(bug) }
        #endif
        let interruption = Interruption()
        let progress = ProgressLine(counting: "seeds", isQuiet: quiet)
        var summary = SimulationSummary()
        for number in 0..<seeds {
            let report = simulator.runTwice(seed &+ UInt64(number))
            summary.add(report)
            if report.outcome != .passed {
                summary.shrunk = simulator.shrink(report)
                break
            }
            progress.show(number + 1, share: Double(number + 1) / Double(seeds))
            if interruption.isRequested { break }
        }
        progress.finish()
        if json {
            try Console.show(json: summary.answer(seconds: progress.seconds))
        } else {
            Console.show(summary.text(messages: messages, seconds: progress.seconds))
        }
        if let failure = summary.failure { throw ExitCode(failure.outcome.rawValue) }
    }

    private var simulator: Simulator {
        var simulator = Simulator()
        simulator.messages = messages
        simulator.path = OrderPath(rawValue: path)
        return simulator
    }
}

/// What a number of seeds have shown.
struct SimulationSummary {
    var seeds = 0
    var events = 0
    var orders = 0
    var executions = 0
    var simulated: Nanoseconds = 0
    var faults: [FaultKind: Int] = [:]
    /// Seeds that met each fault.
    var seedsWith: [FaultKind: Int] = [:]
    /// Seeds whose orders went as bytes.
    var bytes = 0
    var marks: [String: Int] = [:]
    var failure: SimulationReport?
    var shrunk: SimulationReport?
    var hash: UInt64 = 0

    mutating func add(_ report: SimulationReport) {
        seeds += 1
        events += report.events
        orders += report.orders
        executions += report.executions
        simulated += report.simulated
        if report.path == .ouch { bytes += 1 }
        for (kind, count) in report.faults where count > 0 {
            faults[kind, default: 0] += count
            seedsWith[kind, default: 0] += 1
        }
        for (name, count) in report.marks { marks[name, default: 0] += count }
        hash = (hash ^ report.hash) &* 0x9E37_79B9_7F4A_7C15
        if report.outcome != .passed { failure = report }
    }

    func text(messages: Int, seconds: Double) -> String {
        var lines = [
            "\(Figures.counted(seeds, "seed"))  \(Figures.count(events)) events  \(Figures.count(orders)) orders  "
                + "\(Figures.count(executions)) executions  "
                + "\(Figures.seconds(Double(simulated) * 1e-9)) simulated in \(Figures.seconds(seconds))  "
                + "hash \(String(hash, radix: 16))",
            "orders as records in \(Figures.counted(seeds - bytes, "seed")), as OUCH over byte streams in \(bytes)",
            "", "faults injected, and the seeds that met them",
        ]
        for kind in FaultKind.allCases {
            let name = kind.rawValue.padding(toLength: 52, withPad: " ", startingAt: 0)
            lines.append("  \(name) \(Figures.count(faults[kind] ?? 0)) in \(seedsWith[kind] ?? 0)")
        }
        lines += ["", "branches of recovery taken"]
        for (name, count) in marks.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name.padding(toLength: 52, withPad: " ", startingAt: 0)) \(Figures.count(count))")
        }
        lines += ["", "faults that wait for later parts"]
        for (fault, reason) in FaultKind.waiting { lines.append("  \(fault): \(reason)") }
        lines.append("")
        guard let failure else { return (lines + ["all seeds passed"]).joined(separator: "\n") }
        lines.append(
            "FAILED at seed \(failure.seed), orders as \(failure.path.rawValue), durability \(failure.durability.rawValue)"
        )
        for violation in failure.violations { lines.append("  \(violation)") }
        lines += ["what happened last"] + failure.trace.map { "  \($0)" }
        if let shrunk {
            let kinds = shrunk.plan.kinds.map { "\($0)" }.joined(separator: ", ")
            lines.append("fewest faults that still fail: \(kinds.isEmpty ? "none" : kinds)")
        }
        lines.append("again: helios simulate --seed \(failure.seed) --messages \(messages)")
        return lines.joined(separator: "\n")
    }

    func answer(seconds: Double) -> SimulationAnswer {
        SimulationAnswer(
            seeds: seeds,
            events: events,
            orders: orders,
            executions: executions,
            simulatedSeconds: Double(simulated) * 1e-9,
            seconds: seconds,
            hash: String(hash, radix: 16),
            seedsAsBytes: bytes,
            faults: Dictionary(uniqueKeysWithValues: FaultKind.allCases.map { ("\($0)", faults[$0] ?? 0) }),
            seedsWithFault: Dictionary(uniqueKeysWithValues: FaultKind.allCases.map { ("\($0)", seedsWith[$0] ?? 0) }),
            recoveries: marks,
            waiting: FaultKind.waiting.map(\.fault),
            failedSeed: failure?.seed,
            violations: failure?.violations.map(\.description) ?? [],
            fewestFaults: shrunk?.plan.kinds.map { "\($0)" } ?? []
        )
    }
}

/// What `--json` prints.
struct SimulationAnswer: Encodable {
    var seeds: Int
    var events: Int
    var orders: Int
    var executions: Int
    var simulatedSeconds: Double
    var seconds: Double
    var hash: String
    var seedsAsBytes: Int
    var faults: [String: Int]
    var seedsWithFault: [String: Int]
    var recoveries: [String: Int]
    var waiting: [String]
    var failedSeed: UInt64?
    var violations: [String]
    var fewestFaults: [String]
}

#if HELIOS_BUG_BANK
/// Looks for the first seed that catches each wrong implementation.
struct BugHunt {
    var simulator: Simulator
    var first: UInt64
    var seeds: Int

    func run(_ name: String) throws {
        let bugs = name == "all" ? Bug.allCases : Bug(rawValue: name).map { [$0] } ?? []
        guard !bugs.isEmpty else { throw Failure(.usage, "no bug is called '\(name)'") }
        var survivors: [Bug] = []
        for bug in bugs {
            unsafe Bug.active = bug
            let start = Date()
            var caught: SimulationReport?
            var tried = 0
            while caught == nil, tried < seeds {
                let report = simulator.run(first &+ UInt64(tried))
                tried += 1
                if report.outcome != .passed { caught = report }
            }
            unsafe Bug.active = nil
            let seconds = Figures.seconds(Date().timeIntervalSince(start))
            let label = bug.rawValue.padding(toLength: 30, withPad: " ", startingAt: 0)
            if let caught {
                Console.show(
                    "\(label) caught by seed \(caught.seed) (\(tried) tried, \(seconds)): \(caught.violations[0])"
                )
            } else {
                Console.show("\(label) NOT CAUGHT in \(tried) seeds (\(seconds))")
                survivors.append(bug)
            }
        }
        if !survivors.isEmpty { throw ExitCode(Outcome.no.rawValue) }
    }
}
#endif
