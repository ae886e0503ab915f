// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosMarket
import HeliosResearch
import HeliosSignal

/// `helios signal run`: what a query says over recorded days, as CSV.
struct SignalRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a query over recorded days, or over a table of ticks, and print what it says as CSV.",
        usage: """
            helios signal run 01052026.itch50 "SELECT vwap(5 min) AS v FROM trades EVERY 1 min" --symbol KO > vwap.csv
            helios signal run monday.itch50 tuesday.itch50 @spread.signal --output spread.csv
            gunzip -c ticks.csv.gz | helios signal run - "SELECT mean(mid(KO), 1 min) AS m FROM quotes"
            """,
        discussion: """
            Prints time,signal and the columns of the query; of several rules whose columns differ time,signal,column,value. \
            Times are UTC with nanoseconds; an invalid value is an empty field. Reads what 'helios inspect' reads, and tables \
            (NAME.csv, or - for the standard input) whose first line names their columns: time and symbol, then of quotes bid, ask, bidSize, \
            askSize, of trades price, size, side, of halts halted; several tables are merged by time; see docs/signals.md. \
            A file given by --output is replaced when the run has ended well, not before. Exit code 1 when nothing was said.
            """
    )

    @Argument(help: "The files, in the order of their days, then the query or @FILE.", completion: .file())
    var filesAndQuery: [String]

    @Option(help: "Make a query without symbols for this instrument only; may be repeated.")
    var symbol: [String] = []

    @Option(
        help: "A CSV file of what instruments are by: symbol,sector,… for PARTITION BY sector.",
        completion: .file()
    )
    var groups: String?

    @Option(help: "The day of a file whose name does not tell it, YYYY-MM-DD.")
    var date: String?

    @Option(help: "Milliseconds that an event may come after one with a later time; it is then put in its place.")
    var lateness: Double = 0

    @Option(help: "Write the rows to this file instead of the standard output.", completion: .file())
    var output: String?

    @Flag(help: "Print one JSON object with the counts; the rows then need --output.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    private struct Answer: Encodable {
        struct Rule: Encodable {
            var name: String
            var rows: Int
        }

        var records: Int
        var ticks: Int
        var rows: Int
        var rules: [Rule]
        var overflows: Int
        var forgotten: Int
        var refused: Int
        var unlisted: Int
        var malformed: Int
        var unended: [String]
        var skipped: Int
        var waiting: Int
        var late: Int
    }

    func run() throws {
        guard lateness >= 0, lateness <= 86_400_000 else {
            throw Failure(.usage, "--lateness is from 0 ms to a day, 86400000 ms, not \(lateness)")
        }
        guard filesAndQuery.count >= 2 else { throw Failure(.usage, "a file and a query are needed, in this order") }
        guard !json || output != nil else { throw Failure(.usage, "--json needs --output for the rows") }
        let files = filesAndQuery.dropLast()
        for file in files where file != "-" { try requireFile(file, .data) }
        let day = try day(files.count)
        let tables = files.filter { $0 == "-" || $0.lowercased().hasSuffix(".csv") && !SignalRunCommand.isLobster($0) }
        guard tables.isEmpty || tables.count == files.count else {
            throw Failure(.usage, "tables and recorded days can't be read in one run: \(tables[0]) is a table")
        }
        let query = try SignalQueryArgument.text(filesAndQuery[filesAndQuery.count - 1])
        let groups = try SignalQueryArgument.groups(groups)
        let sheet = try SignalSheet(path: output, inputs: files.filter { $0 != "-" })
        let progress = ProgressLine(counting: "messages", isQuiet: quiet)
        let request = SignalRun.Request(
            query,
            symbols: symbol,
            groups: groups,
            lateness: Nanoseconds((lateness * 1e6).rounded())
        )
        var plan: SignalPlan?
        let counts: SignalRun.Counts
        let begin: (SignalPlan) throws -> Void = {
            plan = $0
            try sheet.begin($0)
        }
        do {
            if tables.isEmpty {
                counts = try SignalRun.run(
                    request,
                    over: files.map { DataFile(path: $0, day: day) },
                    begin: begin,
                    row: { try sheet.add($0) },
                    progress: { progress.show(share: $0) }
                )
            } else {
                counts = try SignalRun.run(
                    request,
                    overTables: Array(files),
                    begin: begin,
                    row: { try sheet.add($0) },
                    progress: { progress.show(share: $0) }
                )
            }
        } catch let error as SignalQueryError {
            throw Failure(.usage, error.description)
        } catch let error as SignalPlanError {
            throw Failure(.usage, error.description)
        } catch let error as SignalRunError {
            throw Failure(.data, error.description)
        }
        progress.finish()
        try sheet.finish()
        try tell(counts, plan)
    }

    /// Whether a file is one of a LOBSTER pair.
    private static func isLobster(_ path: String) -> Bool {
        ["_message_", "_orderbook_"].contains { path.contains($0) }
    }

    private func day(_ files: Int) throws -> TradingDay? {
        guard let date else { return nil }
        guard files == 1 else { throw Failure(.usage, "--date is of one file; the names of several tell their days") }
        guard let day = TradingDay(date) else {
            throw Failure(.usage, "--date: \"\(date)\" is not a date such as 2026-01-05")
        }
        return day
    }

    private func tell(_ counts: SignalRun.Counts, _ plan: SignalPlan?) throws {
        let rows = counts.rows.reduce(0, +)
        if counts.overflows > 0 {
            Console.warn(
                "\(counts.overflows) samples had no room in their windows, whose values were invalid for that time: 'holding N' gives more"
            )
        }
        for (key, symbols) in counts.ungrouped.sorted(by: { $0.key < $1.key }) where !symbols.isEmpty {
            let names = symbols.prefix(5).joined(separator: ", ") + (symbols.count > 5 ? ", …" : "")
            Console.warn("\(symbols.count) instruments have no \(key) and are in no group: \(names)")
        }
        if counts.refused > 0 {
            Console.warn(
                "\(counts.refused) of \(counts.ticks) events were refused: each came after one with a later time; --lateness puts such in their place"
            )
        }
        if counts.malformed > 0 {
            Console.warn(
                "\(counts.malformed) messages could not be read, or a file is cut off: what they said is missing; see helios inspect"
            )
        }
        for table in counts.unended {
            Console.warn("\(table): the last line has no end; if the table is cut off, its last number is wrong")
        }
        if counts.skipped > 0 {
            Console.warn("\(counts.skipped) multiples of EVERY were left out: a gap had more than a million of them")
        }
        if counts.waiting > 0 {
            Console.warn(
                "\(counts.waiting) events and conditions of AROUND, FOR and THEN NO still waited when the input ended, and were not told"
            )
        }
        if counts.unlisted > 0 {
            Console.warn(
                "\(counts.unlisted) events were of instruments that were not known at the begin, and count for nothing"
            )
        }
        if counts.late > 0 {
            Console.warn("\(counts.late) events came later than --lateness or LATE allows and were dropped")
        }
        if counts.hurried > 0 {
            Console.warn("\(counts.hurried) events went on before their time: more than 1,048,576 waited at once")
        }
        if counts.forgotten > 0 {
            Console.warn("\(counts.forgotten) begun matches of patterns were forgotten: more than 16 waited at once")
        }
        if json {
            let rules = (plan?.rules ?? []).enumerated().map { Answer.Rule(name: $1.name, rows: counts.rows[$0]) }
            let answer = Answer(
                records: counts.records,
                ticks: counts.ticks,
                rows: rows,
                rules: rules,
                overflows: counts.overflows,
                forgotten: counts.forgotten,
                refused: counts.refused,
                unlisted: counts.unlisted,
                malformed: counts.malformed,
                unended: counts.unended,
                skipped: counts.skipped,
                waiting: counts.waiting,
                late: counts.late
            )
            try Console.show(json: answer)
        }
        if rows == 0 { throw Failure(.no, "nothing was said: \(counts.ticks) events, no row") }
    }
}

/// The rows as CSV, in a file or on the standard output.
///
/// A file is written beside its place and put there at the end: a run that fails leaves the last one's rows as they are.
private final class SignalSheet {
    private let path: String?
    /// Where the rows go until the end; nil for what is no file, such as a pipe or a device.
    private var part: String?
    private var descriptor = STDOUT_FILENO
    private var buffer = ""
    private var plan: SignalPlan?
    private var isWide = true

    /// Nothing is written before the query is known to be right, and never over a file that is read.
    init(path: String?, inputs: [String]) throws {
        // The file that a link names is replaced, not the link.
        self.path = path.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
        guard let path, let target = self.path else { return }
        var status = stat()
        if stat(target, &status) != 0 || status.st_mode & S_IFMT == S_IFREG { part = target + ".part" }
        let written = [target] + (part.map { [$0] } ?? [])
        for input in inputs where written.contains(where: { SignalSheet.isSame($0, input) }) {
            throw Failure(.usage, "--output is \(path), which is read")
        }
    }

    deinit {
        // Only a run that did not come to its end still has one.
        guard let part, descriptor != STDOUT_FILENO else { return }
        close(descriptor)
        unlink(part)
    }

    private static func isSame(_ path: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(path, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    func begin(_ plan: SignalPlan) throws {
        self.plan = plan
        if let path {
            let opened = open(part ?? path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard opened >= 0 else { throw Failure.system(path) }
            descriptor = opened
            // Who may read the file stays as it was.
            var status = stat()
            if part != nil, stat(path, &status) == 0 { fchmod(descriptor, status.st_mode & 0o777) }
        }
        let columns = Set(plan.rules.map(\.columnNames))
        isWide = columns.count == 1
        let names = isWide ? plan.rules[0].columnNames : ["column", "value"]
        buffer = (["time", "signal"] + names).map(SignalSheet.field).joined(separator: ",") + "\n"
    }

    func add(_ row: SignalRun.Row) throws {
        guard let rule = plan?.rules[row.rule] else { return }
        let start = RecordText.time(row.time) + "," + SignalSheet.field(rule.name)
        let values = row.values.map { $0.map { "\($0)" } ?? "" }
        if isWide {
            buffer += ([start] + values).joined(separator: ",") + "\n"
        } else if values.isEmpty {
            buffer += start + ",,\n"
        } else {
            for (name, value) in zip(rule.columnNames, values) {
                buffer += start + ",\(SignalSheet.field(name)),\(value)\n"
            }
        }
        if buffer.utf8.count > 1 << 16 { try flush() }
    }

    func finish() throws {
        try flush()
        guard let path, descriptor != STDOUT_FILENO else { return }
        let isClosed = close(descriptor) == 0
        descriptor = STDOUT_FILENO
        guard let part else { return }
        guard isClosed, rename(part, path) == 0 else {
            let failure = Failure.system(path)
            unlink(part)
            throw failure
        }
    }

    private func flush() throws {
        var rest = ArraySlice(Array(buffer.utf8))
        buffer = ""
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure.system(path ?? "standard output") }
            rest = rest.dropFirst(count)
        }
    }

    /// A field of RFC 4180.
    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
