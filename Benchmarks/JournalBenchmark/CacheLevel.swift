// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket

/// *cache*: a record survives the death of the process when `write` has returned.
enum CacheLevel {
    /// Records that the ring takes without a wait.
    private static let burst = 100_000
    private static let blockRecords = JournalOptions().blockSlots

    static func run(_ options: Options, _ folder: String) throws {
        var single = Series()
        var blocks = Series()
        var append = Series()
        var whole = Series()
        for round in 0...options.rounds {
            let a = try plain(folder, options.records, batch: 1)
            let b = try plain(folder, options.records, batch: blockRecords)
            let c = try appendAlone(folder)
            let d = try untilWritten(folder, options.records)
            // The first round warms up.
            guard round > 0 else { continue }
            single.values.append(a)
            blocks.values.append(b)
            append.values.append(c)
            whole.values.append(d)
        }
        print("\ncache: \(options.records) records of 64 bytes")
        line("", ["ns a record", "of write per record", "of write per block"])
        func row(_ name: String, _ series: Series) {
            line(
                name,
                [
                    series.text(), String(format: "%.3f", series.ratio(single)),
                    String(format: "%.2f", series.ratio(blocks)),
                ]
            )
        }
        row("plain write, one a record", single)
        row("plain write, \(blockRecords) a write", blocks)
        row("journal: append, the engine's thread", append)
        row("journal: from the first append to all written", whole)
    }

    private static func plain(_ folder: String, _ records: Int, batch: Int) throws -> Double {
        let file = try PlainFile("\(folder)/plain", size: (records + batch) * 64)
        var block = [Event](repeating: sample(0), count: batch)
        let start = nanoseconds()
        var done = 0
        while done < records {
            for index in 0..<batch { block[index] = sample(done + index) }
            try block.withUnsafeBytes { try file.write($0) }
            done += batch
        }
        return (nanoseconds() - start) / Double(done)
    }

    /// In bursts that fit into the ring: what the engine's thread pays while the writer keeps up.
    private static func appendAlone(_ folder: String) throws -> Double {
        var journal = try makeJournal("\(folder)/cache", .cache)
        var spent = 0.0
        for repetition in 0..<5 {
            let start = nanoseconds()
            for number in 0..<burst { _ = journal.append(sample(number)) }
            // The first burst touches the ring's memory for the first time.
            if repetition > 0 { spent += nanoseconds() - start }
            journal.drain(syncs: false)
        }
        guard journal.failure == nil else { throw DiskError(.failed, "the journal") }
        return spent / Double(4 * burst)
    }

    private static func untilWritten(_ folder: String, _ records: Int) throws -> Double {
        var journal = try makeJournal("\(folder)/cache", .cache)
        let start = nanoseconds()
        for number in 0..<records { _ = journal.append(sample(number)) }
        journal.drain(syncs: false)
        return (nanoseconds() - start) / Double(records)
    }
}
