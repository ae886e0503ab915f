// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosSurveillance
import Testing

@Suite("Evidence of a day")
struct EvidenceTests {
    private let day: ReviewedDay

    init() throws { day = try ReviewedDay() }

    private func write(_ directory: String) throws -> SessionReview {
        var names = day.names
        names.instruments = try day.names(of: day)
        let review = try day.review(evidence: try EvidenceWriter(directory, names: names))
        var manifest = EvidenceManifest()
        manifest.files = review.evidence
        manifest.records = review.outcome.records
        try manifest.write(to: directory)
        return review
    }

    private func rows(_ path: String) throws -> [[String: String]] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    }

    @Test func `digests are those of the standard`() {
        #expect(Digest.of("abc".utf8) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest.of("".utf8) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(UTCText.text(Timestamp(nanoseconds: 1_709_210_096_000_000_001)) == "2024-02-29T12:34:56.000000001Z")
        #expect(UTCText.text(Timestamp(nanoseconds: -1)) == "1969-12-31T23:59:59.999999999Z")
    }

    @Test func `every order has its life, its checks and its market, and every execution its row`() throws {
        let scratch = try Scratch()
        let review = try write(scratch.path)
        let executions = try rows(scratch.path + "/executions.csv")
        #expect(executions.count == review.executions.count)
        for (row, execution) in zip(executions, review.executions) {
            #expect(row["quantity"] == "\(execution.quantity)" && row["price"] == "\(execution.price)")
            #expect(row["fee"] == "\(execution.fee)" && row["order"] == "\(execution.orderID)")
        }
        let orders = try rows(scratch.path + "/orders.csv")
        let sent = orders.filter { $0["event"] == "sent" }
        #expect(sent.count == review.orders.count { !$0.isRefused })
        #expect(orders.count { $0["event"] == "refused" } == review.refusals.count)
        #expect(orders.count { $0["event"] == "filled" } == review.executions.count)
        for row in sent {
            let controls = try #require(row["controls"])
            // A reduction without a reference has no collar to be held against.
            #expect(controls.contains("P03 aboveLimit passed") || controls.contains("P05 noReference waived"))
            #expect(!controls.contains("failed"))
            #expect(
                row["bid"] != "" && row["ask"] != "" && row["phase"] == "regular" && row["trading_state"] == "trading"
            )
        }
        #expect(orders.allSatisfy { $0["strategy"] == "pairs" || $0["strategy"] == "imbalance" })
        #expect(try EvidenceVerdict(scratch.path).isWhole)
        #expect(
            try EvidenceVerdict(scratch.path).rows == orders.count + executions.count
                + (try rows(scratch.path + "/commands.csv").count)
        )
    }

    @Test func `a changed byte, a row less, a row more and a forged manifest are found`() throws {
        let scratch = try Scratch()
        _ = try write(scratch.path)
        let path = scratch.path + "/executions.csv"
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        func faults(_ change: (inout Data) -> Void) throws -> [String] {
            var bytes = good
            change(&bytes)
            try bytes.write(to: URL(fileURLWithPath: path))
            return try EvidenceVerdict(scratch.path).faults
        }
        #expect(try faults { _ in } == [])
        for place in stride(from: 0, to: good.count, by: max(good.count / 12, 1)) {
            #expect(try !faults { $0[place] ^= 1 }.isEmpty, "byte \(place)")
        }
        let ends = good.indices.filter { good[$0] == 0x0A }
        #expect(try faults { $0.removeSubrange(ends[3] + 1...ends[4]) }.first?.contains("row 4") == true)
        #expect(try faults { $0.removeSubrange((ends[ends.count - 2] + 1)...) }.isEmpty == false)
        #expect(try faults { $0.append($0[ends[0] + 1...ends[1]]) }.isEmpty == false)
        _ = try faults { _ in }
        var manifest = try EvidenceManifest(reading: scratch.path)
        manifest.files[0].rows += 1
        try JSONEncoder().encode(manifest).write(to: URL(fileURLWithPath: scratch.path + "/manifest.json"))
        #expect(try EvidenceVerdict(scratch.path).faults.contains { $0.contains("manifest.json") })
    }

    @Test func `evidence lies in its place when it is whole, and what lay there stays until then`() throws {
        let scratch = try Scratch()
        let place = scratch.path + "/evidence"
        func make(_ text: String, replaces: Bool) throws -> EvidenceFolder {
            let folder = try EvidenceFolder(place, replaces: replaces)
            try FileManager.default.createDirectory(atPath: folder.staging, withIntermediateDirectories: true)
            var manifest = EvidenceManifest()
            manifest.files = [try EvidenceFile.write(text, to: "page.html", in: folder.staging)]
            try manifest.write(to: folder.staging)
            return folder
        }
        try make("first", replaces: false).publish()
        let first = try EvidenceVerdict(place)
        #expect(first.isWhole)
        #expect(throws: EvidenceError.self) { try make("second", replaces: false) }
        try make("given up", replaces: true).discard()
        #expect(try EvidenceVerdict(place).root == first.root)
        try make("second", replaces: true).publish()
        #expect(try EvidenceVerdict(place).isWhole && EvidenceVerdict(place).root != first.root)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["evidence"])

        try "later".write(toFile: place + "/notes.txt", atomically: true, encoding: .utf8)
        #expect(try EvidenceVerdict(place).faults == ["notes.txt: the manifest does not list it"])
    }

    private static let python = "/usr/bin/python3"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: EvidenceTests.python), "needs /usr/bin/python3"))
    func `positions and cash come out of the executions alone, by a program of another language`() throws {
        let scratch = try Scratch()
        let review = try write(scratch.path)
        let script = """
            import csv, sys
            from decimal import Decimal
            cash, held, fees = Decimal(0), {}, Decimal(0)
            for row in csv.DictReader(open(sys.argv[1])):
                sign = 1 if row['side'] == 'buy' else -1
                quantity = Decimal(row['quantity']) * sign
                held[row['instrument']] = held.get(row['instrument'], 0) + quantity
                cash -= quantity * Decimal(row['price']) + Decimal(row['fee'])
                fees += Decimal(row['fee'])
            print(int(cash * 10**16), int(fees * 10**16))
            for name in sorted(held): print(name, int(held[name] * 10**8))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: EvidenceTests.python)
        process.arguments = ["-c", script, scratch.path + "/executions.csv"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var expected = ["\(review.positions.cash - day.day.settings.initialCash.raw) \(review.total.fees)"]
        let directory = try day.names(of: day)
        expected += review.positions.holdings.map { (directory.name(of: Instrument(id: $0.key)), $0.value.position) }
            .sorted { $0.0 < $1.0 }.map { "\($0.0) \($0.1)" }
        #expect(text.split(separator: "\n").map(String.init) == expected)
    }
}
