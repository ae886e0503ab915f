// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch
import HeliosSignal
import Testing

/// Tables of ticks through `SignalRun.run(overTables:)`, which is how they are read.
@Suite("tables of ticks")
struct SignalTickTableTests {
    /// 2026-01-05T14:30:00Z, by `date -u -d 2026-01-05T14:30:00Z +%s`.
    private static let open: Int64 = 1_767_623_400_000_000_000
    private static let prices = "SELECT price AS p, size AS s, signedSize AS d FROM trades"
    private static let all = "SELECT price AS p, mid AS m FROM trades, quotes"

    private struct Said: Equatable {
        /// Nanoseconds after `open`.
        var time: Int64
        var values: [Double?]
    }

    private struct Run {
        var rows: [Said] = []
        var counts: SignalRun.Counts
        var paths: [String]
    }

    /// Runs a query over tables, each written to a file of its own.
    private func run(_ tables: [String], _ query: String = prices, lateness: Nanoseconds = 0) throws -> Run {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ticks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (number, table) in tables.enumerated() {
            let url = folder.appendingPathComponent("t\(number).csv")
            try Data(table.utf8).write(to: url)
            paths.append(url.path)
        }
        var rows: [Said] = []
        let request = SignalRun.Request(query, symbols: [], lateness: lateness)
        let counts = try SignalRun.run(
            request,
            overTables: paths,
            row: { rows.append(Said(time: $0.time.nanoseconds - Self.open, values: $0.values)) }
        )
        return Run(rows: rows, counts: counts, paths: paths)
    }

    private func reason(_ table: String...) -> String {
        do {
            _ = try run(table)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    // MARK: - Times
    @Test("a time is nanoseconds since 1970, or a date and a time in UTC")
    func times() throws {
        let table = """
            time,symbol,price,size,side
            1767623400250000000,KO,61.2,3,buy
            2026-01-05T14:30:00.25Z,KO,61.2,3,buy
            2026-01-05 14:30:00.25,KO,61.2,3,buy
            2026-01-05T14:30:00.250000001Z,KO,61.2,3,s
            2026-01-05T14:30:01Z,KO,61.2,3,
            2026-07-06T14:30:00Z,KO,61.2,3,

            """
        let rows = try run([table]).rows
        // From January to July 182 days: 26 + 28 + 31 + 30 + 31 + 30 + 6. No summer time moves it.
        let times: [Int64] = [
            250_000_000, 250_000_000, 250_000_000, 250_000_001, 1_000_000_000, 182 * 86_400_000_000_000,
        ]
        #expect(rows.map(\.time) == times)
        #expect(rows.map { $0.values[2] } == [3, 3, 3, -3, 0, 0])
    }

    @Test(
        "a number that can't be nanoseconds is refused, and its unit named",
        arguments: [
            ("1767623400250000", "it looks like microseconds"), ("1767623400250", "it looks like milliseconds"),
            ("1767623400", "it looks like seconds"), ("0", "can't be nanoseconds;"), ("-5", "can't be nanoseconds;"),
            ("99999999999999999", "can't be nanoseconds;"), ("9223372036854775807", "can't be nanoseconds;"),
            ("4607280000000000000", "can't be nanoseconds;"), ("1767623400.25", "is no time"),
            ("2026-01-05T14:30:00.25+01:00", "is no time"), ("2026-02-30T14:30:00Z", "is no time"),
            ("2026-01-05T24:00:00Z", "is no time"), ("1973-01-05T14:30:00Z", "is no time"),
            ("2026-01-05", "is no time"), ("", "is no time"),
        ]
    )
    func units(_ time: String, _ message: String) {
        let reason = reason("time,symbol,price\n1767623400250000000,KO,61.2\n\(time),KO,61.2\n")
        #expect(reason.contains("t0.csv, line 3: ") && reason.contains(message), "\(reason)")
        #expect(reason.contains("whole nanoseconds since 1970") && reason.contains("2026-01-05T14:30:00.25Z"))
    }

    @Test("the first and the last nanosecond that are taken")
    func ends() throws {
        let table = "time,symbol,price\n100000000000000000,KO,1\n4607279999999999999,KO,2\n"
        #expect(
            try run([table]).rows.map { $0.time + Self.open } == [100_000_000_000_000_000, 4_607_279_999_999_999_999]
        )
    }

    // MARK: - Lines
    @Test("the rows are the same wherever a line lies in what is read at once")
    func chunks() throws {
        // Two borders of 256 KiB, each within a line, in another place for each length of the first.
        for extra in 0..<24 {
            var table = "time,symbol,price,size\n"
            var expected: [Said] = []
            for row in 0..<18_000 {
                let size = row == 0 ? "1." + String(repeating: "0", count: extra) : "1"
                table += "\(Self.open + Int64(row)),KO,\(row % 977).5,\(size)\n"
                expected.append(Said(time: Int64(row), values: [Double(row % 977) + 0.5, 1, 0]))
            }
            #expect(table.utf8.count > 2 << 18)
            let made = try run([table])
            #expect(made.rows == expected)
            #expect(made.counts.records == 18_000 && made.counts.unended.isEmpty)
        }
    }

    @Test("marks of byte order, ends of lines, blank lines, quotes, blanks and any order of columns")
    func forms() throws {
        let plain =
            "price,size,time,symbol,side\n61.25,100,2026-01-05T14:30:00Z,KO,sell\n61.5,1e2,2026-01-05T14:30:01Z,\"A,\"\"B\",b\n"
        let rows = try run([plain]).rows
        #expect(
            rows == [Said(time: 0, values: [61.25, 100, -100]), Said(time: 1_000_000_000, values: [61.5, 100, 100])]
        )
        let forms = [
            "\u{FEFF}" + plain, plain.replacingOccurrences(of: "\n", with: "\r\n"),
            "\u{FEFF}" + plain.replacingOccurrences(of: "\n", with: "\r\n\r\n"),
            plain.replacingOccurrences(of: "61.25,", with: " \"61.25\"\t ,\t"),
            plain.replacingOccurrences(of: "price,size", with: "PRICE,Size"), "\n\n" + plain + "\n  \n \t",
        ]
        for form in forms {
            let made = try run([form])
            #expect(made.rows == rows, "\(form.debugDescription)")
            #expect(made.counts.unended.isEmpty)
        }
    }

    @Test("a last line without an end is read, and told")
    func unended() throws {
        let table = "time,symbol,price,size\n2026-01-05T14:30:00Z,KO,61.2,10"
        let cut = try run([table])
        #expect(cut.rows.count == 1 && cut.counts.unended == cut.paths)
        #expect(try run([table + "\n"]).counts.unended.isEmpty)
        let second = try run(["time,symbol,bid\n2026-01-05T14:30:00Z,KO,61\n", table, "time,symbol,price"])
        #expect(second.counts.unended == Array(second.paths[1...]))
        // Cut off earlier it is a fault, which says so.
        let short = reason(String(table.dropLast(3)))
        #expect(short.contains("line 2: 3 fields, not the 4") && short.contains("the line has no end"), "\(short)")
    }

    // MARK: - Faults
    @Test(
        "a fault is named with its line",
        arguments: [
            ("KO,61.2,0x10,", "size \"0x10\" is no number"), ("KO,0x1p3,1,", "price \"0x1p3\" is no number"),
            ("KO,inf,1,", "price \"inf\" is no number"), ("KO,nan,1,", "price \"nan\" is no number"),
            ("KO,1e999,1,", "price \"1e999\" is no number"), ("KO,\"61,2\",1,", "price \"61,2\" is no number"),
            ("KO,61.2,-1,", "size -1.0 is below zero"), ("KO,61.2,1,up", "side \"up\" is none of"),
            (",61.2,1,", "there is no symbol"), ("KO,61.2,1", "4 fields, not the 5"),
            ("KO,,1,", "there is neither a price"), ("\"KO\"X,61.2,1,", "a field ends with its quotation mark"),
            ("KO,\"61.2\"5,1,", "a field ends with its quotation mark"),
            ("KO,61.2,1,\"buy", "a quotation mark is not closed"),
        ]
    )
    func faults(_ row: String, _ message: String) {
        let fine = "2026-01-05T14:30:00Z,KO,61.2,1,buy\r\n"
        let wrong = "2026-01-05T14:30:01Z,\(row)\n"
        let reason = reason("time,symbol,price,size,side\n" + fine + "\n \n" + fine + wrong + fine)
        #expect(reason.contains("t0.csv, line 6: \(message)"), "\(reason)")
    }

    @Test("a fault of the first line is named")
    func headers() {
        #expect(reason("").contains("t0.csv, line 1: the table is empty"))
        #expect(reason("time,symbol,prize\n").contains("no column is named \"prize\""))
        #expect(reason("time,symbol,price,Price\n").contains("two columns are named Price"))
        #expect(reason("symbol,price\n").contains("there is no column time"))
        #expect(reason("time,price\n").contains("there is no column symbol"))
        #expect(reason("time,symbol,size\n").contains("there is nothing to be read"))
        #expect(
            reason("time,symbol,price\n" + String(repeating: "1", count: 1 << 19)).contains(
                "line 2: the line is longer"
            )
        )
    }

    // MARK: - Several tables
    @Test("quotes and trades of one day are merged by time; of one time in the order of the tables")
    func merged() throws {
        let quotes = "time,symbol,bid,ask\n2026-01-05T14:30:00Z,KO,10,12\n2026-01-05T14:30:02Z,KO,20,22\n"
        let trades =
            "time,symbol,price\n2026-01-05T14:30:01Z,KO,11\n2026-01-05T14:30:02Z,KO,21\n2026-01-05T14:30:03Z,KO,21.5\n"
        let second: Int64 = 1_000_000_000
        let first = try run([quotes, trades], Self.all)
        #expect(first.counts.refused == 0 && first.counts.records == 5)
        #expect(first.rows.map(\.time) == [0, second, 2 * second, 2 * second, 3 * second])
        #expect(first.rows.map { $0.values[1] } == [11, 11, 21, 21, 21])
        #expect(first.rows.map { $0.values[0] } == [nil, 11, 11, 21, 21.5])
        // The trade of the quote's time is now before it.
        let other = try run([trades, quotes], Self.all)
        #expect(other.rows.map { $0.values[1] } == [11, 11, 11, 21, 21])
        #expect(other.rows.map { $0.values[0] } == [nil, 11, 21, 21, 21.5])
    }

    @Test("tables at random are read as one table of their rows, sorted")
    func random() throws {
        var random = SplitMix(state: 5)
        for _ in 0..<30 {
            let header = "time,symbol,price,size\n"
            var rows: [(time: Int64, table: Int, text: String)] = []
            let count = Int.random(in: 2...6, using: &random)
            for table in 0..<count {
                // Few times, so that many are one; some tables begin when others have ended, and some are empty.
                var time = Int64.random(in: 0..<100, using: &random)
                for number in 0..<Int.random(in: 0...60, using: &random) {
                    time += Int64.random(in: 0...3, using: &random)
                    rows.append((time, table, "\(Self.open + time),S\(table % 3),\(number + 1),\(table + 1)\n"))
                }
            }
            let tables = (0..<count).map { table in
                header + rows.filter { $0.table == table }.map(\.text).joined()
            }
            // The rows lie table by table, so that a stable order of times is the one wanted.
            let sorted = rows.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            guard !sorted.isEmpty else { continue }
            let one = header + sorted.map(\.element.text).joined()
            let parts = try run(tables)
            #expect(parts.rows.map(\.time) == sorted.map(\.element.time))
            #expect(try parts.rows == run([one]).rows)
        }
    }

    @Test("a table out of its order among several is named with the line; one alone is counted")
    func disorder() throws {
        let fine = "time,symbol,price\n2026-01-05T14:30:00Z,KO,1\n"
        let wrong =
            "time,symbol,price\n2026-01-05T14:30:03Z,KO,2\n2026-01-05T14:30:05Z,KO,3\n2026-01-05T14:30:04.5Z,KO,4\n"
        let reason = reason(fine, wrong)
        #expect(reason.contains("t1.csv, line 4: the time is 500.0 ms before"), "\(reason)")
        #expect(reason.contains("sort the table, or allow --lateness 500"))
        let late = try run([fine, wrong], lateness: 500_000_000)
        #expect(late.rows.map { $0.values[0] } == [1, 2, 4, 3] && late.counts.refused == 0)
        #expect(try run([wrong]).counts.refused == 1)
    }
}

/// Random bits, the same in each run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
