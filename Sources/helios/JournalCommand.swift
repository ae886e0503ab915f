// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch

/// `helios journal`: checks and shows what a session has written.
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Check, summarise and read journals.",
        usage: """
            helios journal verify monday
            helios journal tail monday --count 50
            helios journal export monday --format csv --output monday.csv
            """,
        subcommands: [
            JournalVerify.self, JournalStatistics.self, JournalTail.self, JournalExport.self,
        ]
    )
}

/// What a pass over a journal has found.
struct JournalSummary: Encodable {
    struct Damage: Encodable {
        var segment: UInt32
        var offset: Int
        var record: UInt64
        var reason: String
    }

    var journal: String
    var segments = 0
    var records = 0
    var firstTime: Int64?
    var lastTime: Int64?
    var kinds: [String: Int] = [:]
    var epochs: [UInt64] = []
    var checkpoints = 0
    var lastOutputHash: String?
    /// Where a block begins that was not written whole: what a crash leaves behind.
    var tornSegment: UInt32?
    var tornOffset: Int?
    /// The first record that can't be trusted.
    var damage: Damage?

    /// Reads a whole journal, one segment at a time.
    init(_ folder: JournalFolder, _ name: String, visit: (JournalRecord) -> Void = { _ in }) throws {
        journal = name
        segments = try folder.disk.segments().count
        let reader = JournalReader(folder.disk)
        do {
            while let record = try reader.next() {
                note(record.event)
                visit(record)
            }
        } catch JournalError.damaged(let damage) {
            self.damage = Damage(
                segment: damage.segment,
                offset: damage.offset,
                record: damage.sequence,
                reason: damage.reason.rawValue
            )
        }
        records = reader.records
        tornSegment = reader.tornAt?.segment
        tornOffset = reader.tornAt?.offset
    }

    private mutating func note(_ event: Event) {
        kinds["\(event.kind)", default: 0] += 1
        switch event.kind {
        case .side: return
        case .epoch: epochs.append(event.detail)
        case .checkpoint:
            checkpoints += 1
            lastOutputHash = Figures.hash(event.detail)
        default: break
        }
        if firstTime == nil { firstTime = event.receiveTime.nanoseconds }
        lastTime = event.receiveTime.nanoseconds
    }

    var verdict: String {
        if let damage {
            return
                "DAMAGED at segment \(damage.segment), byte \(damage.offset): record \(damage.record) and what follows "
                + "can't be trusted (\(damage.reason))"
        }
        if let tornSegment, let tornOffset {
            return "whole up to a block that was not written to its end (segment \(tornSegment), byte \(tornOffset)): "
                + "a crash; it is erased when the session goes on"
        }
        return "whole: every checksum right, the hash chain unbroken"
    }
}

/// `helios journal verify`.
struct JournalVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every checksum and the hash chain; exit code 1 names the first damaged record."
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    func run() throws {
        let summary = try JournalSummary(try JournalFolder(reading: directory), shortPath(directory))
        if json {
            try Console.show(json: summary)
        } else {
            Console.show("\(shortPath(directory)): \(Figures.counted(summary.records, "record")), \(summary.verdict)")
        }
        if summary.damage != nil { throw ExitCode(Outcome.no.rawValue) }
    }
}

/// `helios journal stat`.
struct JournalStatistics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stat",
        abstract: "Tell what a journal holds."
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    func run() throws {
        let folder = try JournalFolder(reading: directory)
        let summary = try JournalSummary(folder, shortPath(directory))
        if json { return try Console.show(json: summary) }
        var table = TextTable([.left, .left])
        table.add("segments", Figures.count(summary.segments))
        table.add("records", Figures.count(summary.records))
        if let first = summary.firstTime, let last = summary.lastTime {
            table.add("from", RecordText.time(Timestamp(nanoseconds: first)))
            table.add("to", RecordText.time(Timestamp(nanoseconds: last)))
        }
        if !summary.epochs.isEmpty {
            table.add("epochs", summary.epochs.map { "\($0)" }.joined(separator: ", "))
        }
        if let hash = summary.lastOutputHash {
            table.add("checkpoints", "\(Figures.count(summary.checkpoints)), the last output hash \(hash)")
        }
        for (kind, count) in summary.kinds.sorted(by: { $0.value > $1.value || $0.value == $1.value && $0.key < $1.key }
        ) {
            table.add("  \(kind)", Figures.count(count))
        }
        table.add("state", summary.verdict)
        Console.show(Console.toned(shortPath(directory), .strong) + "\n" + table.text())
    }
}

/// `helios journal tail`.
struct JournalTail: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Show the last records."
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(name: [.customShort("n"), .long], help: "How many.")
    var count = 20

    @Flag(help: "Print the records as one JSON array.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(count) else { throw ValidationError("--count must be from 1 to 1000000") }
    }

    func run() throws {
        var last: [JournalRecord] = []
        var names = RecordNames()
        let summary = try JournalSummary(try JournalFolder(reading: directory), directory) { record in
            names.note(record)
            if last.count >= count * 2 { last.removeFirst(last.count - count) }
            last.append(record)
        }
        let shown = last.suffix(count)
        if json { return try Console.show(json: shown.map { RecordText($0, names) }) }
        var table = TextTable(
            [.right, .left, .left, .left, .left, .right, .right, .right],
            header: ["record", "received", "kind", "symbol", "side", "price", "quantity", "order"]
        )
        for record in shown { table.add(RecordText(record, names).cells) }
        Console.show(table.text(indent: ""))
        if summary.damage != nil || summary.tornOffset != nil { Console.warn(summary.verdict) }
    }
}

/// `helios journal export`.
struct JournalExport: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument { case csv, jsonl }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write records as CSV or as JSON, one object a line."
    )

    @Argument(help: "The directory of the journal.", completion: .directory)
    var directory: String

    @Option(help: "csv or jsonl.")
    var format = Format.csv

    @Option(help: "The first record.")
    var from: UInt64 = 1

    @Option(help: "The last record. (default: to the end)")
    var to: UInt64?

    @Option(name: .shortAndLong, help: "The file to write. (default: standard output)")
    var output: String?

    func run() throws {
        let folder = try JournalFolder(reading: directory)
        let writer = try LineWriter(output)
        var names = RecordNames()
        if format == .csv { writer.write(RecordText.header) }
        let summary = try JournalSummary(folder, directory) { record in
            names.note(record)
            guard record.event.sequence >= from, record.event.sequence <= to ?? .max else { return }
            let text = RecordText(record, names)
            writer.write(format == .csv ? text.csv : text.line)
        }
        try writer.finish()
        if let damage = summary.damage {
            throw Failure(
                .data,
                "\(directory): \(summary.verdict)",
                hint: "records before \(damage.record) were written"
            )
        }
    }
}

/// Writes lines to a file or to standard output, in large pieces.
private final class LineWriter {
    private let handle: FileHandle
    private var buffer = Data()
    private var failure: (any Error)?

    init(_ path: String?) throws {
        guard let path else {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw Failure.system(path) }
        handle = file
    }

    func write(_ line: String) {
        buffer.append(contentsOf: line.utf8)
        buffer.append(10)
        if buffer.count > 1 << 20 { flush() }
    }

    private func flush() {
        guard failure == nil else { return }
        do { try handle.write(contentsOf: buffer) } catch { failure = error }
        buffer.removeAll(keepingCapacity: true)
    }

    func finish() throws {
        flush()
        if let failure { throw failure }
    }
}
