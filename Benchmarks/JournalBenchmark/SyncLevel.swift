// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket

/// *sync*: a record survives a power cut when `fdatasync` has returned.
enum SyncLevel {
    static func run(_ options: Options, _ folder: String) throws {
        print("\nsync: from append to stable storage, \(options.commits) commits a round")
        line("", ["p50 µs", "p99 µs", "records a second", "p50 of plain"])
        for batch in [1, 16, JournalOptions().blockSlots] {
            var plain = Figures()
            var ours = Figures()
            for round in 0...options.rounds {
                let a = try plainly(folder, options.commits, batch)
                let b = try journal(folder, options.commits, batch)
                guard round > 0 else { continue }
                plain.add(a, batch)
                ours.add(b, batch)
            }
            plain.show("plain write + fdatasync, \(batch) a commit", plain)
            ours.show("journal, \(batch) a commit", plain)
        }
    }

    /// Latencies in nanoseconds.
    private static func plainly(_ folder: String, _ commits: Int, _ batch: Int) throws -> Series {
        let file = try PlainFile("\(folder)/plain", size: commits * batch * 64)
        let block = [Event](repeating: sample(0), count: batch)
        var series = Series()
        for _ in 0..<commits {
            let start = nanoseconds()
            try block.withUnsafeBytes { try file.write($0) }
            try file.sync()
            series.values.append(nanoseconds() - start)
        }
        return series
    }

    private static func journal(_ folder: String, _ commits: Int, _ batch: Int) throws -> Series {
        var journal = try makeJournal("\(folder)/sync", .sync)
        var series = Series()
        for _ in 0..<commits {
            let start = nanoseconds()
            var last: UInt64 = 0
            for number in 0..<batch { last = journal.append(sample(number)) }
            journal.hurry()
            while journal.synced < last, journal.state < .full { sched_yield() }
            series.values.append(nanoseconds() - start)
        }
        guard journal.failure == nil else { throw DiskError(.failed, "the journal") }
        return series
    }
}

/// Latencies of many rounds.
struct Figures {
    private var p50 = Series()
    private var p99 = Series()
    private var rate = Series()

    mutating func add(_ latencies: Series, _ batch: Int) {
        p50.values.append(latencies.median * 1e-3)
        p99.values.append(latencies.quantile(0.99) * 1e-3)
        rate.values.append(Double(latencies.values.count * batch) / latencies.values.reduce(0, +) * 1e9)
    }

    func show(_ name: String, _ reference: Figures) {
        line(name, [p50.text(), p99.text(), rate.text(0), String(format: "%.2f", p50.ratio(reference.p50))])
    }
}
