// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch
import Testing

/// The cells of a CSV text, quotes resolved.
private func parse(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell = ""
    var isQuoted = false
    var characters = text.unicodeScalars.makeIterator()
    var held: Unicode.Scalar?
    while let scalar = held ?? characters.next() {
        held = nil
        if isQuoted {
            if scalar != "\"" {
                cell.unicodeScalars.append(scalar)
            } else {
                held = characters.next()
                if held == "\"" {
                    cell += "\""
                    held = nil
                } else {
                    isQuoted = false
                }
            }
        } else if scalar == "\"" {
            isQuoted = true
        } else if scalar == "," || scalar == "\n" {
            row.append(cell)
            cell = ""
            if scalar == "\n" {
                rows.append(row)
                row = []
            }
        } else {
            cell.unicodeScalars.append(scalar)
        }
    }
    return rows
}

@Suite("Result files")
struct ResultsTests {
    private let run = SyntheticRun.make(pairs: 12)

    @Test("every row has the documented columns", arguments: ResultsTable.allCases)
    func columns(table: ResultsTable) {
        let rows = parse(ResultsWriter(run).text(table))
        #expect(rows.first == table.columns.map(\.name))
        #expect(rows.count > 1)
        #expect(rows.allSatisfy { $0.count == table.columns.count })
    }

    @Test("the sum of fills.csv is positions.csv, and fees are those of the last sample")
    func fillsAddUp() throws {
        let writer = ResultsWriter(run)
        var sums: [String: Int64] = [:]
        var fees = Money.zero
        for row in parse(writer.text(.fills)).dropFirst() {
            let quantity = try Quantity(decimal: row[6]).raw
            sums[row[4], default: 0] += row[5] == "buy" ? quantity : -quantity
            fees += try Money(decimal: row[8])
        }
        var held: [String: Int64] = [:]
        for row in parse(writer.text(.positions)).dropFirst() { held[row[0]] = try Quantity(decimal: row[1]).raw }
        #expect(!held.isEmpty)
        #expect(sums.filter { $0.value != 0 } == held)
        #expect(try Money(decimal: #require(parse(writer.text(.equity)).last)[5]) == fees)
    }

    @Test("times are ISO 8601 in UTC with nanoseconds")
    func times() throws {
        var result = RunResult()
        result.equity = [
            EquitySample(
                time: Timestamp(nanoseconds: 1_582_977_599_000_000_007),
                equity: Money(raw: 1),
                realised: .zero,
                unrealised: .zero,
                fees: Money(raw: -1),
                gross: .zero,
                net: .zero,
                openPositions: 0
            )
        ]
        let row = try #require(parse(ResultsWriter(result).text(.equity)).last)
        #expect(row[0] == "2020-02-29T11:59:59.000000007Z")
        #expect(row[1] == "1582977599000000007")
        #expect(row[2] == "0.0000000000000001")
        #expect(row[5] == "-0.0000000000000001")
    }

    @Test(
        "money is written exactly, as its own text",
        arguments: [0, 1, -1, 5_000_000_000_000_000, 10_000_000_000_000_000, -123_450_000_000_000_000_000_000_007]
            as [Int128]
    )
    func money(raw: Int128) throws {
        var result = run
        result.fills[0].fee = Money(raw: raw)
        #expect(parse(ResultsWriter(result).text(.fills))[1][8] == Money(raw: raw).description)
    }

    @Test("prices, quantities and numbers of a whole day are written as their own text")
    func exactness() {
        let rows = parse(ResultsWriter(run).text(.fills)).dropFirst()
        #expect(rows.map { $0[7] } == run.fills.map(\.price.description))
        #expect(rows.map { $0[6] } == run.fills.map(\.quantity.description))
        #expect(rows.map { $0[3] } == run.fills.map { "\($0.time.nanoseconds)" })
        #expect(rows.map { $0[17] } == run.fills.map(\.laterMids[5].description))
    }

    @Test("a cell with commas, quotes and line ends comes back whole")
    func quoting() {
        var result = run
        result.orders[0].reason = "a,\"b\"\nc"
        #expect(parse(ResultsWriter(result).text(.orders))[1][11] == "a,\"b\"\nc")
    }

    @Test("equal runs give equal bytes; only `measured` holds the clock")
    func deterministic() throws {
        let again = SyntheticRun.make(pairs: 12)
        var slower = again
        slower.wallSeconds = 99
        slower.processorSeconds = 98
        slower.eventLatency.p50 = 12_345
        for table in ResultsTable.allCases {
            #expect(ResultsWriter(run).text(table) == ResultsWriter(slower).text(table))
        }
        #expect(ResultsWriter(run).summary() == ResultsWriter(again).summary())
        let left = try summary(run)
        let right = try summary(slower)
        #expect(left.keys.sorted() == right.keys.sorted())
        for key in left.keys {
            let same = String(describing: left[key]) == String(describing: right[key])
            #expect(same == (key != "measured"), "\(key)")
        }
    }

    /// Members of the summary as normalised JSON text.
    private func summary(_ result: RunResult) throws -> [String: Data] {
        let data = Data(ResultsWriter(result).summary().utf8)
        let object = try #require(JSONSerialization.jsonObject(with: data) as? NSDictionary)
        var members: [String: Data] = [:]
        for key in object.allKeys.compactMap({ $0 as? String }) {
            let wrapped: NSDictionary = ["value": object[key] ?? NSNull()]
            members[key] = try JSONSerialization.data(withJSONObject: wrapped, options: .sortedKeys)
        }
        return members
    }

    @Test("the summary of hostile or empty input is valid JSON without NaN")
    func validJSON() throws {
        var hostile = run
        hostile.title = "</script>\u{0}\"\\\n\u{2028}é"
        hostile.wallSeconds = .nan
        hostile.eventLatency.mean = .infinity
        for result in [hostile, RunResult()] {
            let text = ResultsWriter(result).summary()
            let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
            #expect(object["title"] as? String == result.title)
            #expect((object["statistics"] as? NSDictionary)?.count == StatisticDefinition.all.count)
        }
    }

    @Test("files are written whole, and a directory that can't be made is an error")
    func writing() throws {
        let directory = NSTemporaryDirectory() + "/helios-results-\(UInt64.random(in: 0...UInt64.max))/a/b"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let paths = try ResultsWriter(run).write(to: directory)
        #expect(paths.count == 6)
        let text = try String(contentsOfFile: directory + "/fills.csv", encoding: .utf8)
        #expect(text == ResultsWriter(run).text(.fills))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 6)
        #expect(throws: ResultsError.self) { try ResultsWriter(run).write(to: directory + "/fills.csv/deeper") }
        #expect(throws: ResultsError.self) { try ReportWriter(run).write(to: directory + "/none/report.html") }
    }
}
