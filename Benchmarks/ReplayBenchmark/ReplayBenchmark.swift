// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosStrategy

/// What a journal costs a run, and how fast it replays: the same day without a journal, with one, and replayed from it,
/// interleaved, in one process.
///
/// The threaded journal is the one of `helios run --journal`, in files of a real directory. Its engine's thread and the
/// whole process are timed apart: a writer has a core of its own or takes its time from the engine.
@main
enum ReplayBenchmark {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        var directory = FileManager.default.temporaryDirectory.path
        if let place = arguments.firstIndex(of: "--directory"), place + 1 < arguments.count {
            directory = arguments[place + 1]
            arguments.removeSubrange(place...place + 1)
        }
        guard arguments.count >= 2,
            let data = try? Data(contentsOf: URL(fileURLWithPath: arguments[0]), options: .alwaysMapped),
            let text = try? String(contentsOfFile: arguments[1], encoding: .utf8),
            let day = TradingDay(arguments.count > 2 ? arguments[2] : "2026-01-05")
        else {
            print("usage: ReplayBenchmark DAY.itch50 PAIRS.csv [YYYY-MM-DD] [ROUNDS] [--directory DIR]")
            exit(2)
        }
        let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 5 : 5
        let pairs = text.split(separator: "\n").dropFirst().compactMap { PairName(line: $0) }
        var bench = ReplayRounds(pairs: pairs, midnight: day.midnight, directory: directory)
        // The first round warms the caches and is not counted.
        for round in 0...max(rounds, 1) {
            try data.withUnsafeBytes { try bench.run($0, counts: round > 0) }
        }
        bench.report()
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
