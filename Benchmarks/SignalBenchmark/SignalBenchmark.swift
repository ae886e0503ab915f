// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosMath
import HeliosSignal

/// `SignalBenchmark [QUOTES]`: what a quote costs until all signals that depend on it are computed, at 500, 2,000 and
/// 10,000 pairs of 20 a symbol, and beside it a machine that computes all pairs at each quote.
@main
struct SignalBenchmark {
    static func main() throws {
        let quotes = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 400_000
        guard quotes >= 1_000 else { throw SignalBenchmarkError.tooFew }
        print("z-score of a spread over 60 samples, a rule a pair, 20 pairs a symbol, \(quotes) quotes, one core")
        for pairs in [500, 2_000, 10_000] { try touched(pairs: pairs, quotes: quotes) }
        try everything(pairs: 500, quotes: quotes / 20)
    }

    /// Pairs of a ring of symbols, each with its ten neighbours on either side.
    static func rules(_ pairs: Int) -> [SignalRule] {
        let symbols = pairs / 10
        return (0..<pairs).map { pair in
            let first = pair % symbols
            let second = (first + 1 + pair / symbols) % symbols
            let spread = mid("S\(first)") - 0.75 * mid("S\(second)")
            let z = zscore(spread, over: .count(60))
            return when(z > 3.5).emit(.sell(spread)).named("pair \(pair)")
        }
    }

    static func touched(pairs: Int, quotes: Int) throws {
        let symbols = (0..<pairs / 10).map { "S\($0)" }
        let plan = try SignalPlan(rules(pairs), symbols: symbols)
        var machine = SignalMachine(plan)
        var market = Market(symbols: symbols.count)
        // The windows fill first.
        for _ in 0..<symbols.count * 70 { _ = run(&machine, market.next()) }
        var cycles: [UInt64] = []
        cycles.reserveCapacity(quotes)
        var said = 0
        for _ in 0..<quotes {
            let tick = market.next()
            let start = helios_cycles()
            said += run(&machine, tick)
            cycles.append(helios_cycles() &- start)
        }
        report("\(pairs) pairs", cycles, said, plan.touched(by: .quote, of: "S1"))
    }

    /// The same signals in as many machines as there are pairs, each of which gets each quote: what costs that go with all
    /// pairs look like.
    static func everything(pairs: Int, quotes: Int) throws {
        let symbols = (0..<pairs / 10).map { "S\($0)" }
        let all = rules(pairs)
        // Fields that every quote updates: the sum of all mids is in each of the signals.
        let total = symbols.dropFirst().reduce(mid(symbols[0])) { $0 + mid($1) }
        let heavy = all.indices.map { pair -> SignalRule in
            let spread = mid(symbols[pair % symbols.count]) - Series(Double(pair + 1) / 1_000) * total
            return when(zscore(spread, over: .count(60)) > 3.5).emit(.sell(spread))
        }
        let plan = try SignalPlan(heavy, symbols: symbols)
        var machine = SignalMachine(plan)
        var market = Market(symbols: symbols.count)
        for _ in 0..<symbols.count * 70 { _ = run(&machine, market.next()) }
        var cycles: [UInt64] = []
        var said = 0
        for _ in 0..<quotes {
            let tick = market.next()
            let start = helios_cycles()
            said += run(&machine, tick)
            cycles.append(helios_cycles() &- start)
        }
        report("\(pairs) pairs that all depend on each quote", cycles, said, plan.touched(by: .quote, of: "S1"))
    }

    @inline(never)
    static func run(_ machine: inout SignalMachine, _ tick: SignalTick) -> Int {
        machine.begin(tick)
        var said = 0
        while machine.next() != nil { said += 1 }
        return said
    }

    static func report(_ name: String, _ cycles: [UInt64], _ said: Int, _ nodes: Int) {
        let sorted = cycles.sorted()
        let scale = nanosecondsPerCycle
        func at(_ share: Double) -> Int { Int(Double(sorted[Int(Double(sorted.count - 1) * share)]) * scale) }
        let mean = Double(cycles.reduce(0, &+)) / Double(cycles.count) * scale
        print(
            "\(name): \(nodes) nodes a quote; ns: mean \(Int(mean)), p50 \(at(0.5)), p99 \(at(0.99)); \(said) signals"
        )
    }

    static let nanosecondsPerCycle: Double = {
        let clock = ContinuousClock()
        let (start, first) = (clock.now, helios_cycles())
        while clock.now - start < .milliseconds(50) {}
        let elapsed = clock.now - start
        return Double(elapsed.components.attoseconds) / 1e9 / Double(helios_cycles() &- first)
    }()
}

enum SignalBenchmarkError: Error { case tooFew }

/// Quotes of symbols in turn, whose prices walk.
struct Market {
    private var random = SeededRandom(seed: 1)
    private var prices: [Double]
    private var place = 0
    private var time: Int64 = 1_000_000_000

    init(symbols: Int) { prices = (0..<symbols).map { 20 + Double($0 % 50) } }

    mutating func next() -> SignalTick {
        place = Int(random.next() % UInt64(prices.count))
        prices[place] = max(1, prices[place] + Double(Int(random.next() % 7) - 3) / 100)
        time += 1_000
        return .quote(
            place,
            bid: prices[place],
            ask: prices[place] + 0.01,
            bidSize: 100,
            askSize: 200,
            at: Timestamp(nanoseconds: time)
        )
    }
}
