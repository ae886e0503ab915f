// SPDX-License-Identifier: MIT
import CProbe
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// Quantiles of large windows, whose samples are kept in a tree.
@Suite("Samples by size")
struct SignalOrderTests {
    /// Streams that a tree may not like: rising, falling, the same number over and over, few numbers, a saw.
    private static func price(_ shape: Int, _ step: Int, _ random: inout SeededRandom) -> Double {
        switch shape {
        case 0: Double(step + 1)
        case 1: Double(1_000_000 - step)
        case 2: 7
        case 3: Double(1 + random.next() % 3)
        case 4: Double(1 + step % 97)
        default: 1 + Double(random.next() % 1_000_000) / 64
        }
    }

    @Test("what sorting gives, at each trade, of windows by count, of time and one after the other", arguments: 0..<6)
    func sorted(shape: Int) throws {
        let text = """
            SELECT median(price(A), 2100 samples from 1) AS m, quantile(price(A), 0.9, 2000 ns holding 5000) AS q,
                quantile(price(A), 0.25, 3000 samples from 1) AS l FROM trades;
            SELECT median(price(A), tumbling 2500 samples) AS t FROM trades
            """
        let plan = try SignalPlan(SignalQuery(text).rules)
        var machine = SignalMachine(plan)
        var random = SeededRandom(seed: UInt64(shape))
        var all: [(time: Int64, price: Double)] = []
        var time: Int64 = 1_000
        var compared = 0
        for step in 0..<9_000 {
            time += Int64(random.next() % 4) * (step % 1_000 == 999 ? 5_000 : 1)
            let price = SignalOrderTests.price(shape, step, &random)
            all.append((time, price))
            machine.begin(.trade(0, price: price, size: 1, at: Timestamp(nanoseconds: time)))
            while let output = machine.next() {
                func expect(_ column: Int, _ p: Double, _ prices: [Double]) {
                    let sorted = prices.sorted()
                    let rank = p * Double(sorted.count - 1)
                    let (low, high) = (sorted[Int(rank)], sorted[min(Int(rank) + 1, sorted.count - 1)])
                    let expected = low + (rank - rank.rounded(.down)) * (high - low)
                    let value = machine.column(column, of: output)
                    if value != expected {
                        Issue.record("step \(step), column \(column): \(value as Any), not \(expected)")
                    }
                    compared += 1
                }
                if output.rule == 1 {
                    expect(0, 0.5, all.suffix(2_500).map(\.price))
                } else if step % 17 == 0 {
                    expect(0, 0.5, all.suffix(2_100).map(\.price))
                    expect(1, 0.9, all.filter { time - $0.time < 2_000 }.map(\.price))
                    expect(2, 0.25, all.suffix(3_000).map(\.price))
                }
            }
            // The tree that is made anew from the samples is the one that was there.
            if step % 1_500 == 750 {
                let other = try SignalLaneTests.moved(machine, plan)
                let (one, same) = (SignalOrderTests.bytes(machine), SignalOrderTests.bytes(other))
                #expect(one == same)
                machine = other
            }
        }
        #expect(compared > 1_200)
    }

    private static func bytes(_ machine: borrowing SignalMachine) -> [UInt8] {
        var writer = StateWriter()
        machine.save(to: &writer)
        return writer.bytes
    }

    @Test("nothing is allocated between a trade and the median of a hundred thousand before it")
    func allocation() throws {
        guard probe_is_available() != 0, isOptimised() else { return }
        let plan = try SignalPlan(SignalQuery("SELECT median(price(A), 100000 samples from 1) AS m FROM trades").rules)
        var machine = SignalMachine(plan)
        var random = SeededRandom(seed: 5)
        var said = 0
        for step in 0..<210_000 {
            if step == 1_000 { probe_begin() }
            let price = SignalOrderTests.price(5, step, &random)
            machine.begin(.trade(0, price: price, size: 1, at: Timestamp(nanoseconds: Int64(step))))
            while machine.next() != nil { said += 1 }
        }
        let counts = probe_end()
        #expect(counts.allocations == 0 && said == 210_000)
    }
}
