// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosVenue

/// The matching engine's speed in four scenarios, beside a plain matching engine (dictionary, sorted arrays of levels,
/// arrays of orders) that gets the same commands in the same run; both must trade the same.
@main
enum MatchingBenchmark {
    static func main() throws {
        let count = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1_000_000 : 1_000_000
        let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 5 : 5
        print("\(count) commands a scenario, \(rounds) rounds, CPU time of one core, best round")
        for scenario in Scenario.allCases {
            let commands = scenario.commands(count)
            try compare(scenario, commands, rounds: rounds)
        }
    }

    static func compare(_ scenario: Scenario, _ commands: [MatchingCommand], rounds: Int) throws {
        var best = Double.infinity
        var plain = Double.infinity
        var tally = Tally()
        var plainVolume: Int64 = 0
        for _ in 0..<rounds {
            var engine = try ready()
            tally = Tally()
            best = min(best, time { run(commands, &engine, &tally) })
            guard scenario != .auction else { continue }
            var reference = PlainEngine()
            plain = min(plain, time { for command in commands { reference.apply(command) } })
            plainVolume = reference.volume
        }
        let rate = Double(commands.count) / best / 1e6
        let beside =
            scenario == .auction
            ? "" : String(format: ", plain %.2f M/s, ratio %.1f", Double(commands.count) / plain / 1e6, plain / best)
        let isSame = scenario == .auction || plainVolume == tally.volume
        print(
            "\(scenario): " + String(format: "%.2f M commands/s (%.0f ns)", rate, 1e3 / rate) + beside
                + ", \(tally.executions) executions, \(tally.events) events, \(isSame ? "same volume" : "VOLUMES DIFFER")"
        )
        print("    " + (try percentiles(commands)))
        if !isSame { exit(1) }
    }

    static func ready() throws -> MatchingEngine {
        var engine = try MatchingEngine(
            capacity: MatchingCapacity(
                instruments: 8,
                orders: 1 << 20,
                levels: 1 << 16,
                levelsPerSide: 8_192,
                owners: 64
            )
        )
        for index in 0..<8 {
            _ = engine.define(Instrument(id: UInt32(index)), MatchingRules())
        }
        engine.prefault(orders: 1 << 19, levels: 1 << 15)
        return engine
    }

    @inline(never)
    static func run(_ commands: [MatchingCommand], _ engine: inout MatchingEngine, _ tally: inout Tally) {
        commands.withUnsafeBufferPointer { list in
            for index in 0..<list.count { engine.apply(list[index], to: &tally) }
        }
    }

    /// Each command timed alone; the cost of reading the counter is included.
    static func percentiles(_ commands: [MatchingCommand]) throws -> String {
        var engine = try ready()
        var tally = Tally()
        var cycles = [UInt64](repeating: 0, count: commands.count)
        let begin = (helios_cycles(), Date())
        for (index, command) in commands.enumerated() {
            let start = helios_cycles()
            engine.apply(command, to: &tally)
            cycles[index] = helios_cycles() - start
        }
        let perCycle = Date().timeIntervalSince(begin.1) * 1e9 / Double(helios_cycles() - begin.0)
        cycles.sort()
        let parts = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)].map { name, share in
            "\(name) \(Int(Double(cycles[Int(Double(cycles.count - 1) * share)]) * perCycle)) ns"
        }
        return parts.joined(separator: ", ") + ", max \(Int(Double(cycles[cycles.count - 1]) * perCycle)) ns"
    }

    static func time(_ body: () -> Void) -> Double {
        var start = timespec()
        var end = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start)
        body()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9
    }
}

/// What came out.
struct Tally: MatchingOutput {
    var events = 0
    var executions = 0
    var volume: Int64 = 0
    var checksum: UInt64 = 0

    mutating func receive(_ event: MatchingEvent) {
        events &+= 1
        checksum = (checksum &+ event.reference) ^ UInt64(bitPattern: event.price.raw)
        if event.kind == .executed || event.kind == .crossExecuted {
            executions &+= 1
            volume &+= event.quantity.raw
        }
    }
}
