// SPDX-License-Identifier: MIT
import Foundation
import HeliosMath
import HeliosSignal

/// `PairScanBenchmark [stocks] [days]`: Engle and Granger's test in both directions, lags by Akaike's criterion, for
/// every pair of a seeded panel; beside statsmodels on some of the pairs when HELIOS_PYTHON names a Python that has it.
@main
struct PairScanBenchmark {
    let series: [[Double]]

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let stocks = arguments.first ?? 281
        let days = arguments.dropFirst().first ?? 1_259
        guard stocks >= 2, days >= 60 else { throw BenchmarkError.tooSmall }
        let benchmark = PairScanBenchmark(stocks: stocks, days: days)
        print("\(stocks) series of \(days) values, \(stocks * (stocks - 1) / 2) pairs, both directions, one core")
        let own = benchmark.scan()
        try benchmark.compare(own)
        benchmark.factors(min(stocks, 500))
    }

    /// Walks that share a market; every tenth is held near the one before it.
    init(stocks: Int, days: Int) {
        var random = SeededRandom(seed: 4)
        let market = (0..<days).map { _ in 0.4 * random.gaussian() }
        var all: [[Double]] = []
        for stock in 0..<stocks {
            var (level, spread) = (100.0, 0.0)
            all.append(
                (0..<days).map { day in
                    level += market[day] + 0.7 * random.gaussian()
                    spread = 0.93 * spread + 0.4 * random.gaussian()
                    return stock % 10 == 9 ? 20 + 0.8 * all[stock - 1][day] + spread : level
                }
            )
        }
        series = all
    }

    /// Nanoseconds a pair: the mean of all, and the least over a hundred pairs in a row.
    func scan() -> (mean: Double, best: Double) {
        var test = EngleGranger(capacity: series[0].count)
        var found = 0
        var count = 0
        var best = Double.infinity
        let clock = ContinuousClock()
        let start = clock.now
        var mark = start
        for first in series.indices {
            for second in (first + 1)..<max(series.count, first + 1) {
                let (y, x) = (series[first], series[second])
                let result = test.bothDirections(y.span, x.span)
                if let pair = result.value, pair.probability < 0.05 { found += 1 }
                count += 1
                guard count % 100 == 0 else { continue }
                best = min(best, PairScanBenchmark.nanoseconds(clock.now - mark) / 100)
                mark = clock.now
            }
        }
        let mean = PairScanBenchmark.nanoseconds(clock.now - start) / Double(count)
        print("\(Int(mean)) ns a pair (best hundred \(Int(best))), \(found) with a probability below 0.05")
        return (mean, best)
    }

    /// A run with few pairs taken from one with more leaves what a pair costs.
    func compare(_ own: (mean: Double, best: Double)) throws {
        guard let python = ProcessInfo.processInfo.environment["HELIOS_PYTHON"] else {
            print("statsmodels: not asked, set HELIOS_PYTHON to a Python that has it")
            return
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("panel-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let numbers = [Double(series.count), Double(series[0].count)] + series.flatMap(\.self)
        try numbers.withUnsafeBytes { Data($0) }.write(to: file)
        var best = Double.infinity
        for _ in 0..<3 {
            let few = try ask(python, file, pairs: 1)
            let many = try ask(python, file, pairs: 21)
            best = min(best, (many - few) / 20)
        }
        print("statsmodels \(Int(best)) ns a pair: \(Int(best / own.mean)) times as long")
    }

    private func ask(_ python: String, _ file: URL, pairs: Int) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "OPENBLAS_NUM_THREADS=1", python, "Scripts/statsmodels-reference.py", file.path,
        ]
        let (given, answered) = (Pipe(), Pipe())
        process.standardInput = given
        process.standardOutput = answered
        let start = ContinuousClock.now
        try process.run()
        let jobs = (0..<pairs).map { "pair aic c \(series[0].count) \($0 % (series.count - 1)) \(series.count - 1)\n" }
        given.fileHandleForWriting.write(Data(jobs.joined().utf8))
        try given.fileHandleForWriting.close()
        _ = answered.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkError.noReference }
        return PairScanBenchmark.nanoseconds(ContinuousClock.now - start)
    }

    func factors(_ stocks: Int) {
        let returns = series.prefix(stocks).map { levels in zip(levels.dropFirst(), levels).map { $0 / $1 - 1 } }
        let start = ContinuousClock.now
        let found = PcaFactors.fit(returns, choice: .share(0.55))
        let time = PairScanBenchmark.nanoseconds(ContinuousClock.now - start)
        print("\(found.value?.weights.count ?? 0) factors of \(stocks) stocks' returns: \(Int(time / 1e6)) ms")
    }

    static func nanoseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) * 1e-9
    }
}

enum BenchmarkError: Error, CustomStringConvertible {
    case tooSmall
    case noReference

    var description: String {
        switch self {
        case .tooSmall: "two series of 60 values at least"
        case .noReference:
            "the Python named by HELIOS_PYTHON did not run Scripts/statsmodels-reference.py: has it statsmodels?"
        }
    }
}
