// SPDX-License-Identifier: MIT
import CHelios
import CProbe
import Foundation
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// The same rules with windows of one shape computed together and node by node: both must say the same, to the bit.
@Suite("Signals in lanes")
struct SignalLaneTests {
    private static var streams: Int { Int(ProcessInfo.processInfo.environment["SIGNAL_STREAMS"] ?? "") ?? 300 }

    struct Maker {
        var random: SeededRandom

        mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        mutating func one(_ choices: [String]) -> String { choices[below(choices.count)] }
        mutating func symbol() -> String { "S\(below(4))" }

        mutating func leaf() -> String {
            one(["mid(\(symbol()))", "mid(\(symbol()))", "bid(\(symbol()))", "price(\(symbol()))"] + ["log(mid(S1))"])
        }

        mutating func term() -> String {
            one([leaf(), "\(one(["0.5", "1.25", "2"])) * \(leaf())", "\(leaf()) * 0.75", "-\(leaf())", "3"])
        }

        mutating func spread() -> String {
            switch below(6) {
            case 0: leaf()
            case 1: "\(leaf()) / \(leaf())"
            case 2: "\(term()) + \(leaf())"
            // Something in it moves: what never does is refused.
            default: "\(term()) - \(one([leaf(), "2 * \(leaf())", "0.5 * mid(\(symbol()))"]))"
            }
        }

        mutating func window() -> String {
            let counts = ["1 samples", "5 samples", "30 samples"]
            let size = one(counts + ["\(1 + below(4_000)) ns", "3000 ns", "900 ns holding 4"])
            return below(4) == 0 ? size + " from \(1 + below(size == counts[0] ? 1 : 4))" : size
        }

        mutating func number(_ spread: String, _ window: String) -> String {
            one(["zscore", "zscore", "mean", "stdev", "variance", "sum"]) + "(\(spread), \(window))"
        }

        mutating func level(_ number: String) -> String {
            let level = one(["0", "0.5", "1", "1.5", "-1", "20", "100"])
            switch below(7) {
            case 0: return "abs(\(number)) < \(level)"
            case 1: return "\(level) < \(number)"
            case 2: return "\(number) = \(level)"
            default: return "\(number) \(one([">", "<", ">=", "<="])) \(level)"
            }
        }

        mutating func condition(_ number: String) -> String {
            switch below(8) {
            case 0: "\(level(number)) OR \(level(number))"
            case 1: "\(level(number)) AND NOT (\(level(number)))"
            case 2: "\(level(number)) AND mid(\(symbol())) > 90"
            default: level(number)
            }
        }

        mutating func query() -> String {
            let spread = spread()
            let window = window()
            let number = number(spread, window)
            let both = "row(\(self.number(spread, window)) AS a, \(leaf()) AS b)"
            let said = one(["edge(\(spread) AS s)", "row(\(number) AS a)", both])
            let duration = one([" FOR 1500 ns", " FOR \(1 + below(4_000)) ns", "", "", ""])
            switch below(9) {
            case 0: return "SELECT \(number) AS a FROM quotes, trades"
            case 1: return "SELECT \(leaf()) AS a FROM quotes, trades WHERE \(condition(number))"
            case 2: return "SELECT \(number) AS a, \(leaf()) AS b FROM quotes, trades EVERY 1 ms"
            case 3:
                let other = level(self.number(self.spread(), self.window()))
                return "MATCH (\(level(number))) THEN (\(other)) WITHIN 5000 ns EMIT \(said)"
            case 4: return "MATCH (\(level(number))) THEN NO trade(\(symbol())) WITHIN 2000 ns EMIT \(said)"
            case 5:
                return "WHEN \(condition(number))\(duration) AND NO mid(\(symbol())) > 101 WITHIN 1000 ns EMIT \(said)"
            case 6: return "WHEN \(condition(number)) AND mid(\(symbol())) > 90 EMIT \(said)"
            default: return "WHEN \(condition(number))\(duration) EMIT \(said)"
            }
        }

        mutating func ticks(_ count: Int) -> [SignalTick] {
            var prices = [100.0, 50.0, 200.0, 100.0]
            var time: Int64 = 1_000_000
            let calm = below(3) == 0
            return (0..<count).map { _ in
                // Now and then far enough for the clock of a query.
                time += below(40) == 0 ? 700_000 : [0, 0, 1, 7, 100, 100, 300, 1_000, 5_000][below(9)]
                let place = below(4)
                if !calm || below(8) == 0 { prices[place] += Double(below(9) - 4) / 64 }
                let bad = below(50)
                let price = bad == 0 ? .nan : bad == 1 ? .infinity : bad == 2 ? 0 : bad == 3 ? 1e300 : prices[place]
                let at = Timestamp(nanoseconds: time)
                switch below(6) {
                case 0: return .trade(place, price: price, size: Double(below(5) * 100), sign: 1, at: at)
                case 1 where below(8) == 0: return .clock(at: at)
                case 2 where below(8) == 0: return .status(place, halted: below(2) == 0, at: at)
                default: return .quote(place, bid: price, ask: price + 0.25, bidSize: 1, askSize: 2, at: at)
                }
            }
        }
    }

    /// All that a machine says on a tick, numbers as their bits.
    static func said(_ machine: inout SignalMachine, _ tick: SignalTick) -> [String] {
        machine.begin(tick)
        var said: [String] = []
        while let output = machine.next() {
            let values = machine.plan.rules[output.rule].columnNames.indices.map { column in
                machine.column(column, of: output).map { String($0.bitPattern, radix: 16) } ?? "invalid"
            }
            said.append("\(output.rule) \(output.time.nanoseconds) \(values)")
        }
        return said
    }

    static func moved(_ machine: borrowing SignalMachine, _ plan: SignalPlan) throws -> SignalMachine {
        var writer = StateWriter()
        machine.save(to: &writer)
        var other = SignalMachine(plan)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try other.restore(from: &reader)
        }
        return other
    }

    @Test("random rules on random streams say the same, to the bit, also from a saved state on")
    func same() throws {
        var (rows, lanes, quiet, clocked) = (0, 0, 0, 0)
        for seed in 0..<SignalLaneTests.streams {
            var maker = Maker(random: SeededRandom(seed: UInt64(5_000_000 + seed)))
            let text = (0..<1 + maker.below(8)).map { _ in maker.query() }.joined(separator: ";\n")
            let rules = try SignalQuery(text).rules
            let symbols = (0..<4).map { "S\($0)" }
            let plan = try SignalPlan(rules, symbols: symbols)
            let slow = try SignalPlan(rules, symbols: symbols, lanes: false)
            #expect(slow.laneCount == 0 && plan.nodeCount == slow.nodeCount)
            (lanes, quiet) = (lanes + plan.laneCount, quiet + plan.quietLaneCount)
            var first = SignalMachine(plan)
            var second = SignalMachine(slow)
            for (place, tick) in maker.ticks(250).enumerated() {
                let (one, other) = (SignalLaneTests.said(&first, tick), SignalLaneTests.said(&second, tick))
                rows += one.count
                clocked += one.filter { Int64($0.split(separator: " ")[1]).map { $0 % 1_000_000 == 0 } ?? false }.count
                guard one == other else {
                    Issue.record("seed \(seed), tick \(place): \(one) is not \(other) of\n\(text)")
                    return
                }
                if place == 100 || place == 170 { first = try SignalLaneTests.moved(first, plan) }
            }
            #expect(first.overflows == second.overflows && first.forgotten == second.forgotten)
        }
        let streams = SignalLaneTests.streams
        #expect(rows > 20 * streams && lanes > 2 * streams && quiet > streams)
        // Rows of queries with a clock, at its own times.
        #expect(clocked > streams)
    }

    /// Pairs of three shapes: watched by a threshold, told at each quote, and computed node by node.
    private static func pairs() throws -> SignalPlan {
        var text = ""
        for pair in 0..<30 {
            let spread = "mid(S\(pair)) - 0.\(pair + 10) * mid(S\((pair + 1) % 30))"
            text += "WHEN zscore(\(spread), 40 samples) > 2 OR zscore(\(spread), 40 samples) < -2 EMIT sell(\(spread));"
            text += "SELECT mean(\(spread), 3 s holding 64 from 2) AS m FROM quotes;"
            text += "SELECT median(\(spread), 20 samples) AS q FROM quotes;"
        }
        return try SignalPlan(SignalQuery(text).rules, symbols: (0..<30).map { "S\($0)" })
    }

    @Test("nothing is allocated between a quote and its signals")
    func allocation() throws {
        guard probe_is_available() != 0, isOptimised() else { return }
        let plan = try SignalLaneTests.pairs()
        #expect(plan.laneCount == 60 && plan.quietLaneCount == 30)
        var machine = SignalMachine(plan)
        var maker = Maker(random: SeededRandom(seed: 3))
        var said = 0
        let ticks = (0..<20_000).map { step in
            let price = 20 + Double(maker.below(200)) / 64
            let time = Timestamp(nanoseconds: Int64(step) * 10_000_000)
            return SignalTick.quote(maker.below(30), bid: price, ask: price + 0.01, bidSize: 1, askSize: 1, at: time)
        }
        // The first quotes make the runtime's tables.
        for (place, tick) in ticks.enumerated() {
            if place == 1_000 { probe_begin() }
            machine.begin(tick)
            while machine.next() != nil { said += 1 }
        }
        let counts = probe_end()
        #expect(counts.allocations == 0 && said > 40_000)
    }

    @Test("a symbol of 150 pairs, of which many cross at once and are rebuilt, says the same to the bit")
    func many() throws {
        let text = (0..<150).map { pair in
            let spread = "mid(S0) - 0.\(pair + 100) * mid(S\(1 + pair % 3))"
            let window = pair % 3 == 0 ? "2000 ns" : "\(2 + pair % 40) samples"
            return "WHEN zscore(\(spread), \(window)) > \(Double(pair % 5) / 4) EMIT edge(\(spread) AS s)"
        }
        let rules = try SignalQuery(text.joined(separator: ";\n")).rules
        let symbols = (0..<4).map { "S\($0)" }
        let plan = try SignalPlan(rules, symbols: symbols)
        #expect(plan.quietLaneCount == 150)
        var first = SignalMachine(plan)
        var second = SignalMachine(try SignalPlan(rules, symbols: symbols, lanes: false))
        var maker = Maker(random: SeededRandom(seed: 11))
        var most = 0
        for (place, tick) in maker.ticks(5_000).enumerated() {
            let (one, other) = (SignalLaneTests.said(&first, tick), SignalLaneTests.said(&second, tick))
            guard one == other else {
                Issue.record("tick \(place): \(one) is not \(other)")
                return
            }
            most = max(most, one.count)
            if place == 2_500 { first = try SignalLaneTests.moved(first, plan) }
        }
        // Some quotes wake more rules than are noted one by one, some fewer.
        #expect(most > 64)
    }

    @Test("which windows are computed together, and which of them only thresholds watch")
    func shapes() throws {
        func lanes(_ text: String) throws -> [Int] {
            let plan = try SignalPlan(SignalQuery(text).rules)
            return [plan.laneCount, plan.quietLaneCount, plan.steps.count { $0.isInLane }]
        }
        let spread = "mid(KO) - 1.31 * mid(PEP)"
        // The spread, its weighted leg, the window, the z-score.
        #expect(try lanes("WHEN zscore(\(spread), 30 min) > 2 FOR 5 s EMIT sell(\(spread))") == [1, 1, 4])
        #expect(try lanes("SELECT zscore(\(spread), 30 min) AS z FROM quotes") == [1, 0, 4])
        let both = "WHEN zscore(\(spread), 60 samples) > 2 EMIT sell(\(spread)); SELECT \(spread) AS s FROM quotes"
        #expect(try lanes(both) == [1, 1, 2])
        #expect(try lanes("SELECT median(\(spread), 30 min) AS m FROM quotes") == [0, 0, 0])
        #expect(try lanes("SELECT zscore(\(spread), 9 s) AS z, lowest(\(spread), 9 s) AS l FROM quotes") == [0, 0, 0])
        #expect(try lanes("SELECT mean(lag(mid(KO), 2), 9 s) AS m FROM quotes") == [0, 0, 0])
        #expect(try lanes("SELECT mean(mid(KO), tumbling 9 s) AS m FROM quotes") == [0, 0, 0])
    }

    /// Windows as `helios_lanes_slide` has them, some of them empty or with numbers that are none.
    private static func windows(_ maker: inout Maker) -> [Double] {
        var windows: [Double] = []
        for window in 0..<64 {
            let count = Double(maker.below(5))
            let squares = [0, 1e-30, 0.25, 3, 1e300, .infinity, .nan][maker.below(7)]
            let sum = Double(maker.below(2_000) - 1_000) / 64
            windows += [count, 100, sum / max(count, 1), squares, squares * [1, 1, 2, 1e5][maker.below(4)], sum]
            windows += [1e-17, 100, Double(-maker.below(3)), Double(maker.below(3))] + [0, 0, 0, 0, 0, Double(window)]
        }
        return windows
    }

    private static func slide(_ windows: [Double], _ batch: helios_lane_batch, width: Int32) -> [UInt64] {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: windows.count * 8, alignment: 64)
        let work = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<helios_lane_batch>.size, alignment: 64)
        defer {
            memory.deallocate()
            work.deallocate()
        }
        let numbers = memory.initializeMemory(as: Double.self, from: windows, count: windows.count)
        let own = work.initializeMemory(as: helios_lane_batch.self, repeating: batch, count: 1)
        helios_lanes_slide(memory, own, 40, width)
        var said = (0..<windows.count).map { numbers[$0].isNaN ? 0 : numbers[$0].bitPattern }
        for place in 0..<40 {
            let score = helios_lanes_score(own, place)
            said.append(score.isNaN ? 0 : score.bitPattern)
        }
        return said + [own.pointee.valid, own.pointee.between, own.pointee.sound, own.pointee.varied]
    }

    @Test("registers of each width give the same bits")
    func widths() {
        var maker = Maker(random: SeededRandom(seed: 8))
        let widths = [Int32(2), 4, 8].filter { $0 <= helios_lanes_width() }
        for _ in 0..<500 {
            let windows = SignalLaneTests.windows(&maker)
            var batch = helios_lane_batch()
            for place in 0..<40 {
                let newest = 100 + Double(maker.below(200) - 100) / 64
                let leaving = maker.below(3) == 0 ? Double.nan : 100 + Double(maker.below(200) - 100) / 64
                helios_lanes_put(&batch, place, Int32(2 * (63 - place)), newest, leaving)
            }
            let said = widths.map { SignalLaneTests.slide(windows, batch, width: $0) }
            for (place, width) in widths.enumerated() {
                #expect(said[place] == said[0], "\(width) numbers at a time")
            }
            // What is not in the batch stays as it is, and what is has one sample more or as many.
            #expect(said[0][..<(16 * 24)].elementsEqual(windows[..<(16 * 24)].map { $0.isNaN ? 0 : $0.bitPattern }))
        }
    }

    @Test("damaged state of lanes is refused or works on; it never traps")
    func damaged() throws {
        let plan = try SignalLaneTests.pairs()
        var machine = SignalMachine(plan)
        var maker = Maker(random: SeededRandom(seed: 4))
        func tick(_ maker: inout Maker, _ step: Int) -> SignalTick {
            let price = 20 + Double(maker.below(200)) / 64
            let time = Timestamp(nanoseconds: Int64(step) * 10_000_000)
            return .quote(maker.below(30), bid: price, ask: price, bidSize: 1, askSize: 1, at: time)
        }
        for step in 0..<2_000 { _ = SignalLaneTests.said(&machine, tick(&maker, step)) }
        var writer = StateWriter()
        machine.save(to: &writer)
        var (refused, taken) = (0, 0)
        for place in stride(from: 100, to: writer.bytes.count, by: writer.bytes.count / 400) {
            var bytes = writer.bytes
            bytes[place] ^= 0xFF
            var other = SignalMachine(plan)
            bytes.withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                do throws(StateError) {
                    try other.restore(from: &reader)
                    taken += 1
                } catch { refused += 1 }
            }
            var copy = maker
            for step in 2_000..<2_040 { _ = SignalLaneTests.said(&other, tick(&copy, step)) }
        }
        // Words that no event makes, everywhere; a step of nine comes to the beginning of a number in each part.
        let words = [Double.nan.bitPattern, Double.infinity.bitPattern, (1e300).bitPattern, UInt64(Int64.max)]
        for place in stride(from: 0, to: writer.bytes.count - 8, by: 9) {
            var bytes = writer.bytes
            withUnsafeBytes(of: words[place / 9 % words.count]) { word in
                for (offset, byte) in word.enumerated() { bytes[place + offset] = byte }
            }
            var other = SignalMachine(plan)
            bytes.withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                do throws(StateError) {
                    try other.restore(from: &reader)
                    taken += 1
                } catch { refused += 1 }
            }
            var copy = maker
            for step in 2_000..<2_010 { _ = SignalLaneTests.said(&other, tick(&copy, step)) }
        }
        #expect(refused > 3 && taken > 100)
    }
}
