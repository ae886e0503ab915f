// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// Random formulas on random streams: with equal times, gaps, ticks out of order and numbers that are none.
@Suite("Signals against their definition")
struct SignalOracleTests {
    static var streams: Int { Int(ProcessInfo.processInfo.environment["SIGNAL_STREAMS"] ?? "") ?? 300 }

    private struct Maker {
        var random: SeededRandom

        mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

        mutating func leaf() -> Formula {
            let place = below(5) == 0 ? 3 + below(3) : below(3)
            if below(4) == 0 {
                let fields: [SignalField] = [
                    .bid, .ask, .bidSize, .askSize, .width, .microprice, .imbalance, .orderFlow, .signedSize,
                ]
                return .field(fields[below(fields.count)], place)
            }
            return switch below(6) {
            case 0: .tradePrice(place)
            case 1: .tradeSize(place)
            default: .mid(place)
            }
        }

        mutating func value(_ depth: Int) -> Formula {
            guard depth > 0 else { return leaf() }
            switch below(16) {
            case 11: return .absolute(value(depth - 1))
            case 12: return .smaller(value(depth - 1), value(depth - 1))
            case 13: return .larger(value(depth - 1), value(depth - 1))
            case 14, 15:
                let logic = Formula.Logic.allCases[below(4)]
                return .chosen(value(depth - 1), logic, value(depth - 1), value(depth - 1))
            case 0: return .add(value(depth - 1), value(depth - 1))
            case 1, 2: return .subtract(value(depth - 1), value(depth - 1))
            case 3: return .multiply(.constant(0.5), value(depth - 1))
            case 4: return .divide(leaf(), leaf())
            case 5: return .lag(value(depth - 1), 1 + below(5))
            case 6: return .fresh(value(depth - 1), Int64(1 + below(3_000)))
            case 7: return .filtered(value(depth - 1), .mid(below(3)), above: 100)
            case 8: return .changes(value(depth - 1))
            case 9: return .window(exact(), [value(depth - 1)], frame(), minimum: minimum())
            default: return leaf()
            }
        }

        /// Functions whose result has no rounding on a grid, so that both sides of a comparison go on from the same number.
        mutating func exact() -> Aggregate {
            [.count, .sum, .minimum, .maximum, .first, .last, .range][below(7)]
        }

        mutating func minimum() -> Int? { below(3) == 0 ? 1 + below(6) : nil }

        mutating func frame() -> Formula.Frame {
            switch below(4) {
            case 0: .count(1 + below(30))
            case 1: .tumblingCount(1 + below(8))
            case 2: .roomyTime(Int64(1 + below(8_000)))
            default: .time(Int64(1 + below(4_000)))
            }
        }

        mutating func column() -> Formula {
            switch below(10) {
            case 0: return .averageByWeight(value(1), 0.25)
            case 1: return .averageByTime(value(1), Int64(1 + below(1_000)))
            case 2:
                return [.logarithm(value(1)), .squareRoot(value(1)), .exponential(.divide(value(1), .constant(64)))][
                    below(3)
                ]
            case 3, 4:
                let functions: [Aggregate] = [.slope, .intercept, .residual, .covariance, .correlation]
                return .window(functions[below(5)], [value(1), value(1)], frame(), minimum: minimum())
            case 5: return .window(.weightedMean, [.tradePrice(0), .tradeSize(0)], frame(), minimum: minimum())
            case 6: return value(3)
            default:
                let functions: [Aggregate] = [.mean, .variance, .deviation, .zscore, .quantile(0.5), .quantile(0.9)]
                return .window(functions[below(6)], [value(2)], frame(), minimum: minimum())
            }
        }

        mutating func ticks(_ count: Int) -> [SignalTick] {
            var prices = [100.0, 50.0, 200.0]
            var time: Int64 = 1_000_000
            let calm = below(3) == 0
            return (0..<count).map { _ in
                time += [0, 0, 1, 7, 100, 1_000, 5_000][below(7)]
                let shown = below(40) == 0 ? time - Int64(below(2_000)) : time
                let place = below(3)
                if !calm || below(8) == 0 { prices[place] += Double(below(9) - 4) / 64 }
                let bad = below(50)
                let price = bad == 0 ? .nan : bad == 1 ? .infinity : bad == 2 ? 0 : prices[place]
                let at = Timestamp(nanoseconds: shown)
                switch below(4) {
                case 0:
                    return .trade(place, price: price, size: Double(below(5) * 100), sign: Double(below(3) - 1), at: at)
                case 1 where below(10) == 0: return .clock(at: at)
                default:
                    // Sizes whose sums are powers of two: what is divided by them goes on without rounding.
                    let size = [1.0, 2, 3, 0, 4][below(5)]
                    let ask = below(20) == 0 ? 0 : price + Double(1 + below(3)) / 8
                    return .quote(place, bid: price, ask: ask, bidSize: size, askSize: 4 - size, at: at)
                }
            }
        }
    }

    @Test("each operator gives what its definition gives, at each event")
    func operators() throws {
        var compared = 0
        for seed in 0..<SignalOracleTests.streams {
            var maker = Maker(random: SeededRandom(seed: UInt64(seed)))
            let columns = (0..<4).map { _ in maker.column() }
            let names = ["a", "b", "c", "d"]
            let rule = SignalRule.select(
                "row",
                KeyValuePairs(
                    dictionaryLiteral: (names[0], columns[0].series),
                    (names[1], columns[1].series),
                    (names[2], columns[2].series),
                    (names[3], columns[3].series)
                )
            )
            var machine = SignalMachine(try SignalPlan([rule], symbols: ["S0", "S1", "S2"]))
            let oracle = SignalOracle()
            var now = Int64.min
            for tick in maker.ticks(150) {
                let isLate = tick.time.nanoseconds < now
                #expect(machine.begin(tick) == !isLate)
                if isLate { continue }
                now = tick.time.nanoseconds
                oracle.take(tick)
                let expected = columns.map { oracle.answer($0) }
                let output = machine.next()
                let isRight = (output != nil) == expected.contains { $0.isUpdated }
                if !isRight { Issue.record("seed \(seed): a row at \(now) where none is, or none: \(columns)") }
                guard let output else { continue }
                for (place, answer) in expected.enumerated() {
                    let value = machine.column(place, of: output)
                    compared += 1
                    guard !isSame(value, answer.value) else { continue }
                    Issue.record(
                        "seed \(seed) at \(now): \(value as Any), not \(answer.value as Any) of \(columns[place])"
                    )
                    return
                }
                let another = machine.next()
                #expect(another == nil)
            }
        }
        #expect(compared > SignalOracleTests.streams * 100)
    }

    /// Rules of a plan share windows and conditions, and each must say what it would say alone, at its own events.
    @Test("rules that share parts say what each would say alone")
    func sharedParts() throws {
        var compared = 0
        for seed in 0..<SignalOracleTests.streams {
            var maker = Maker(random: SeededRandom(seed: UInt64(1_000_000 + seed)))
            let shared = maker.value(1)
            let frame = Formula.Frame.time(Int64(1 + maker.below(4_000)))
            let functions: [Aggregate] = [
                .mean, .deviation, .zscore, .quantile(0.5), .maximum, .range, .count, .first, .sum, .variance,
            ]
            let parts = (0..<4).map { _ in
                Formula.window(functions[maker.below(10)], [shared], frame, minimum: maker.below(2) == 0 ? nil : 1)
            }
            // Read at other events than its own, alone, in sums, and behind a condition.
            let columns: [Formula] = [
                .add(parts[0], .tradeSize(maker.below(3))), .filtered(.tradePrice(maker.below(3)), parts[1], above: 50),
                .subtract(parts[2], parts[3]), .filtered(parts[0], .add(parts[1], .constant(0)), above: 60),
                .add(.multiply(.constant(0.5), parts[1]), .mid(maker.below(3))),
            ]
            let rules = columns.enumerated().map { SignalRule.select("rule \($0)", ["x": $1.series]) }
            var machine = SignalMachine(try SignalPlan(rules, symbols: ["S0", "S1", "S2"]))
            let oracle = SignalOracle()
            var now = Int64.min
            for tick in maker.ticks(150) {
                guard machine.begin(tick) else { continue }
                now = tick.time.nanoseconds
                oracle.take(tick)
                let expected = columns.map { oracle.answer($0) }
                var said: [Int: Double?] = [:]
                while let output = machine.next() { said[output.rule] = machine.column(0, of: output) }
                for (place, answer) in expected.enumerated() {
                    let value = said[place]
                    let isRight = answer.isUpdated ? value.map { isSame($0, answer.value) } ?? false : value == nil
                    compared += answer.isUpdated ? 1 : 0
                    guard !isRight else { continue }
                    Issue.record(
                        "seed \(seed) at \(now): \(value as Any), not \(answer) of rule \(place), \(columns[place])"
                    )
                    return
                }
            }
        }
        #expect(compared > SignalOracleTests.streams * 50)
    }

    private func isSame(_ value: Double?, _ expected: Double?) -> Bool {
        guard let value, let expected else { return value == nil && expected == nil }
        return (value - expected).magnitude <= 1e-8 * max(1, expected.magnitude)
    }
}
