// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosSurveillance
import Testing

/// The generated day of all tests, with what its drop copy and its clearing firm would say.
struct ReviewedDay {
    let day: RecordedDay
    let disk: MemoryDisk
    let replay: JournalReplay
    let executions: [Execution]
    let names: EvidenceNames

    init() throws {
        day = try RecordedDay.shared()
        disk = try RecordedDay.sharedRecord().disk
        replay = try day.replay(disk)
        var names = EvidenceNames()
        names.strategies = ["pairs", "imbalance"]
        names.midnight = day.midnight
        self.names = names
        executions = try Self.reviewed.get().executions
    }

    private static let reviewed = Result { () throws -> SessionReview in
        let day = try RecordedDay.shared()
        let disk = try RecordedDay.sharedRecord().disk
        return try SessionReviewer(try day.replay(disk), names: EvidenceNames()).run(disk)
    }

    /// The day without a drop copy and a clearing file.
    static func plain() throws -> SessionReview { try reviewed.get() }

    /// A review with a copy of the executions after `change`.
    func review(
        copies change: (inout [DropCopyLine]) -> Void = { _ in },
        clearing: ClearingFile? = nil,
        evidence: EvidenceWriter? = nil,
        on other: MemoryDisk? = nil,
        everyEvent: Bool = false,
        fault: (Event, inout Engine<StrategySet, Outbox, SessionMonitor>) -> Void = { _, _ in }
    ) throws -> SessionReview {
        var lines = executions.map { DropCopyLine(kind: .executed, symbol: "", execution: $0) }
        for index in lines.indices { lines[index].execution.received = lines[index].execution.received + 150_000_000 }
        change(&lines)
        var reading = DropCopyReading(midnight: day.midnight, directory: InstrumentDirectory())
        reading.add(lines)
        var reviewer = SessionReviewer(replay, names: names)
        reviewer.settings.checksEveryEvent = everyEvent
        return try reviewer.run(
            other ?? disk,
            evidence: evidence,
            dropCopy: reading,
            clearing: clearing,
            change: fault
        )
    }
}

/// A directory that is gone when the test is over.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "helios-surveillance-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
