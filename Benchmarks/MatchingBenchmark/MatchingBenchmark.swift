// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosVenue

/// The matching engine's speed in four scenarios, beside a plain matching engine (dictionary, sorted arrays of levels,
/// arrays of orders) that gets the same commands in the same run; both must trade the same.
///
/// `MatchingBenchmark [commands] [rounds] [scenario]` compares; `MatchingBenchmark stream|engine commands scenario` makes the
/// commands, or makes them and runs the engine once, for counting instructions.
@main
enum MatchingBenchmark {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        let numbers = words.compactMap(Int.init)
        let count = numbers.first ?? 1_000_000
        let rounds = numbers.count > 1 ? numbers[1] : 5
        let named = words.compactMap(Scenario.init(rawValue:))
        let scenarios = named.isEmpty ? Scenario.allCases : named
        if words.contains("stream") || words.contains("engine") {
            try once(scenarios, count, runs: words.contains("engine"))
            return
        }
        print("\(count) commands a scenario, \(rounds) rounds, CPU time of one core, best round")
        for scenario in scenarios {
            let commands = scenario.commands(count)
            try compare(scenario, commands, rounds: rounds)
        }
    }

    static func once(_ scenarios: [Scenario], _ count: Int, runs: Bool) throws {
        for scenario in scenarios {
            let commands = scenario.commands(count)
            var engine = try ready()
            var tally = Tally()
            if runs { run(commands, &engine, &tally) }
            print("\(scenario): \(commands.count) commands, \(tally.events) events")
        }
    }

    static func compare(_ scenario: Scenario, _ commands: [MatchingCommand], rounds: Int) throws {
        var best = Double.infinity
        var alone = Double.infinity
        var plain = Double.infinity
        var tally = Tally()
        var plainVolume: Int64 = 0
        for _ in 0..<rounds {
            var engine = try ready()
            tally = Tally()
            best = min(best, time { run(commands, &engine, &tally) })
            var second = try ready()
            var secondTally = Tally()
            alone = min(alone, time { runOneByOne(commands, &second, &secondTally) })
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
            "\(scenario): " + String(format: "%.2f M commands/s (%.0f ns)", rate, 1e3 / rate)
                + String(format: ", %.2f without looking ahead", Double(commands.count) / alone / 1e6) + beside
                + ", \(tally.executions) executions, \(tally.events) events, \(isSame ? "same volume" : "VOLUMES DIFFER")"
        )
        print("    " + (try percentiles(commands)) + ", events \(try digest(commands))")
        if !isSame { exit(1) }
    }

    /// A number that stands for every byte of every event.
    static func digest(_ commands: [MatchingCommand]) throws -> String {
        var engine = try ready()
        var digest = Digest()
        for command in commands { engine.apply(command, to: &digest) }
        return String(digest.value, radix: 16)
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
            let last = list.count - 1
            for index in 0..<list.count {
                engine.prefetch(
                    far: list[min(index + 12, last)],
                    near: list[min(index + 8, last)],
                    next: list[min(index + 4, last)]
                )
                engine.apply(list[index], to: &tally)
            }
        }
    }

    /// As when each command is the only one at hand.
    @inline(never)
    static func runOneByOne(_ commands: [MatchingCommand], _ engine: inout MatchingEngine, _ tally: inout Tally) {
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

/// Hashes what came out.
struct Digest: MatchingOutput {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func receive(_ event: MatchingEvent) {
        withUnsafeBytes(of: event) { bytes in
            for place in stride(from: 0, to: bytes.count, by: 8) {
                value = (value ^ bytes.load(fromByteOffset: place, as: UInt64.self)) &* 0x0000_0100_0000_01B3
                value ^= value &>> 29
            }
        }
    }
}
