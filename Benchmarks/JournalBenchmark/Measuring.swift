// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosStore

/// Nanoseconds of a clock.
func nanoseconds(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Numbers of one kind, a round each.
struct Series {
    var values: [Double] = []

    func quantile(_ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]
    }

    var median: Double { quantile(0.5) }

    /// The median of what the rounds say against those of `reference`.
    func ratio(_ reference: Series) -> Double { Series(values: zip(values, reference.values).map { $0 / $1 }).median }

    func text(_ digits: Int = 1) -> String {
        func fixed(_ value: Double) -> String { String(format: "%.\(digits)f", value) }
        return "\(fixed(median)) (\(fixed(values.min() ?? 0)) to \(fixed(values.max() ?? 0)))"
    }
}

/// A line of a table: names to the left, figures to the right.
func line(_ name: String, _ figures: [String]) {
    let cells = figures.map { String(repeating: " ", count: max(0, 32 - $0.count)) + $0 }
    print("  " + name.padding(toLength: 46, withPad: " ", startingAt: 0) + cells.joined())
}

/// A record like those of a market.
func sample(_ number: Int) -> Event {
    let time = Timestamp(nanoseconds: Int64(number) * 1_000)
    var event = Event(eventTime: time, receiveTime: time, kind: .addOrder)
    event.orderID = UInt64(truncatingIfNeeded: number)
    event.price = Price(raw: 10_000_000_000 + Int64(number % 1_000))
    return event
}

/// A preallocated file that is written without any journal.
final class PlainFile {
    private let path: String
    private let descriptor: Int32
    private var offset = 0

    init(_ path: String, size: Int) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0, posix_fallocate(descriptor, 0, off_t(size)) == 0, fsync(descriptor) == 0 else {
            throw DiskError(.failed, path)
        }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) == bytes.count else {
            throw DiskError(.failed, path)
        }
        offset += bytes.count
    }

    func sync() throws {
        guard fdatasync(descriptor) == 0 else { throw DiskError(.failed, path) }
    }
}

/// An empty journal in a directory of its own, with a thread that writes it.
func makeJournal(_ folder: String, _ durability: Durability) throws -> ThreadedJournal {
    try? FileManager.default.removeItem(atPath: folder)
    var recovery = JournalRecovery()
    return ThreadedJournal(
        try Journal(try DirectoryDisk(folder), session: 1, epoch: 1, recovery: &recovery),
        durability: durability
    )
}
