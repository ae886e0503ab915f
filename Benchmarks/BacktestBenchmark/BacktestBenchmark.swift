// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch
import HeliosStrategy

/// Runs the whole backtest (two books, signals, risk, orders, simulated venue, records) over a day file with a growing
/// number of pairs, and prints events a second and nanoseconds an event, in one process, interleaved.
@main
enum BacktestBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3,
            let data = try? Data(contentsOf: URL(fileURLWithPath: arguments[1]), options: .alwaysMapped),
            let text = try? String(contentsOfFile: arguments[2], encoding: .utf8),
            let day = TradingDay(arguments.count > 3 ? arguments[3] : "2026-01-05")
        else {
            print(
                "usage: BacktestBenchmark DAY.itch50 PAIRS.csv [YYYY-MM-DD] [PAIR COUNTS, such as 1,400,1000] [ROUNDS]"
            )
            exit(2)
        }
        let all = text.split(separator: "\n").dropFirst().compactMap { PairName(line: $0) }
        let counts =
            arguments.count > 4 ? arguments[4].split(separator: ",").compactMap { Int($0) } : [0, 1, 100, all.count]
        let rounds = arguments.count > 5 ? Int(arguments[5]) ?? 3 : 3
        var best = [Double](repeating: .infinity, count: counts.count)
        for _ in 0..<rounds {
            for (index, count) in counts.enumerated() {
                let result = try data.withUnsafeBytes { try run($0, Array(all.prefix(count)), day) }
                best[index] = min(best[index], result.processorSeconds)
                if best[index] == result.processorSeconds { report(count, result) }
            }
        }
        for (index, count) in counts.enumerated() {
            print(String(format: "%5d pairs: %.3f s CPU, %.2f of the first", count, best[index], best[index] / best[0]))
        }
    }

    static func run(_ bytes: UnsafeRawBufferPointer, _ pairs: [PairName], _ day: TradingDay) throws -> RunResult {
        var directory = InstrumentDirectory()
        var parameters = PairsParameters(pairs: pairs)
        parameters.enterZ = 2.5
        parameters.costMultiple = 3
        parameters.notional = Money(3_000)
        parameters.tolerance = Price(raw: 3_000_000)
        parameters.legTimeout = 30_000_000_000
        parameters.coolDown = 1_000_000_000
        let strategies = StrategySet(
            pairs.isEmpty ? [] : [.pairs(parameters)],
            instruments: &directory,
            midnight: day.midnight
        )
        let source = ItchMemorySource(bytes, midnight: day.midnight, directory: directory)
        var settings = BacktestSettings()
        // A generated day shows a message per symbol every two seconds or so.
        settings.limits.staleAge = 30_000_000_000
        settings.limits.quoteAge = 30_000_000_000
        return try Backtest(settings: settings).run(source, strategy: strategies)
    }

    static func report(_ pairs: Int, _ result: RunResult) {
        let seconds = result.processorSeconds
        print(
            String(
                format: "%5d pairs: %d messages %.3f s CPU %.2f M events/s %.1f ns/event",
                pairs,
                result.counts.messages,
                seconds,
                Double(result.counts.messages) / seconds * 1e-6,
                seconds * 1e9 / Double(result.counts.messages)
            )
        )
        print(
            "   orders \(result.counts.orders) fills \(result.counts.fills) refused \(result.riskRejects)"
                + " malformed \(result.counts.malformed) inconsistent \(result.counts.inconsistent)"
                + " equity \(result.equity.last?.equity.description ?? "-") hash \(String(result.outputHash, radix: 16))"
        )
        let latency = result.orderLatency
        print(
            "   order latency ns: n \(latency.count) p50 \(latency.p50) p99 \(latency.p99) max \(latency.maximum); event p50 \(result.eventLatency.p50) p99 \(result.eventLatency.p99)"
        )
    }
}

extension PairName {
    /// Reads `Y,X`.
    fileprivate init?(line: Substring) {
        let parts = line.split(separator: ",")
        guard parts.count == 2, let y = Symbol(String(parts[0])), let x = Symbol(String(parts[1])) else { return nil }
        self.init(y: y, x: x)
    }
}
