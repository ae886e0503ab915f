// SPDX-License-Identifier: MIT

import Foundation
import HeliosBook
import HeliosMarket
import HeliosResearch
import HeliosStore
import HeliosWire
import Testing

private let shared: String = {
    if let path = ProcessInfo.processInfo.environment["HELIOS_SHARED"] { return path }
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { package.deleteLastPathComponent() }
    return package.appendingPathComponent("../shared").standardized.path
}()

private let hasShared = FileManager.default.fileExists(atPath: shared + "/data/README.md")

/// Room for a test's books: small, so that many can be made.
private let small = BookCapacity(instruments: 1 << 14, orders: 1 << 16, levels: 1 << 15)

private func inspect(_ name: String, book: BookRequest? = nil) throws -> Inspection {
    try Inspection.inspect(path: shared + "/data/" + name, book: book, capacity: small)
}

private func counts(_ inspection: Inspection) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: inspection.types.map { ($0.type, $0.count) })
}

@Suite("Inspection of real files", .enabled(if: hasShared))
struct RealInspectionTests {
    @Test("the thousand messages after the open are all read, and orders from before are told apart")
    func snippet() throws {
        let inspection = try inspect("itch/nasdaq_20191230_0930_1000msgs.itch50")
        #expect(inspection.content == .binaryFile)
        #expect(inspection.messages == 1000)
        #expect(inspection.unknown == 0)
        #expect(inspection.malformed == 0)
        #expect(
            counts(inspection) == [
                "A": 367, "U": 225, "F": 193, "D": 167, "E": 28, "X": 6, "I": 4, "P": 4, "Q": 4, "S": 1, "C": 1,
            ]
        )
        #expect(inspection.tradingDay?.description == "2019-12-30")
        let span = try #require(inspection.span)
        #expect(span.first - inspection.midnight == 34_200_000_000_230)
        #expect(span.last - inspection.midnight == 34_200_002_364_611)
        #expect(inspection.timeReversals == 0)
        // 137 D, 222 U, 28 E, 6 X and 1 C name orders from before the window; 2 D and 3 U name orders that only a
        // replace of such an order announced.
        #expect(inspection.inconsistent.first { $0.fault == .unknownOrder }?.count == 137 + 222 + 28 + 6 + 1 + 2 + 3)
        #expect(inspection.inconsistentProblems.count == Inspection.keptProblems)
        #expect(inspection.crossed == 0)
        #expect(inspection.shares.isBalanced)
        #expect(inspection.shares.added > .zero)
        #expect(inspection.ordersLeft == 532)
    }

    @Test("a cut file gives its whole messages and the place of the cut")
    func cut() throws {
        let inspection = try inspect("itch/nasdaq_day_start_101msgs_truncated.itch50")
        #expect(counts(inspection) == ["S": 1, "R": 98, "H": 1, "Y": 1])
        #expect(inspection.malformedProblems.map(\.offset) == [4081])
        #expect(inspection.malformed == 1)
        #expect(inspection.unknown == 0)
        #expect(inspection.instruments.count == 98)
        #expect(inspection.failure == nil)
    }

    @Test("the zero-prefixed day of another simulator reads whole, and its books hold")
    func zeroPrefixed() throws {
        let inspection = try inspect("itch/simulated_ritch_20101224.TEST_ITCH_50.gz")
        #expect(inspection.content == .zeroPrefixed)
        #expect(inspection.isGzip)
        #expect(inspection.messages == 12_012)
        #expect(inspection.malformed == 0)
        #expect(
            counts(inspection) == [
                "P": 5000, "A": 4997, "D": 1745, "E": 198, "X": 45, "U": 12, "S": 6, "R": 3, "H": 3, "F": 3,
            ]
        )
        // 94 D, 18 E, 3 X and 2 U name orders that the simulator never added (counted by a separate program).
        #expect(inspection.inconsistent.first { $0.fault == .unknownOrder }?.count == 94 + 18 + 3 + 2)
        #expect(inspection.inconsistent.first { $0.fault == .excessQuantity } == nil)
        #expect(inspection.ordersLeft == 3204)
        #expect(inspection.shares.isBalanced)
    }

    @Test("every real capture parses without an unknown or malformed message")
    func captures() throws {
        var files = 0
        for folder in ["itch/omi_totalview_itch50", "itch/omi_totalview_itch50_20230822"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(shared)/data/\(folder)").sorted() {
                let inspection = try inspect(folder + "/" + name)
                let capture = try #require(inspection.capture)
                let mold = try #require(inspection.mold)
                #expect(inspection.messages > 0, "\(name)")
                #expect(inspection.unknown == 0, "\(name)")
                #expect(inspection.malformed == 0, "\(name)")
                #expect(capture.delivered == capture.read, "\(name)")
                #expect(mold.malformed == 0, "\(name)")
                #expect(inspection.failure == nil, "\(name)")
                files += 1
            }
        }
        #expect(files == 23)
    }

    @Test("the rebuilt LOBSTER book drives the order-by-order book without a contradiction")
    func lobster() throws {
        let request = BookRequest(time: try #require(BookRequest.time("09:30:05")), depth: 10, listsOrders: true)
        let inspection = try inspect("lobster/MSFT_2012-06-21_0930_message_50.csv.gz", book: request)
        #expect(inspection.messages == 1950)
        #expect(counts(inspection) == ["1": 1299, "2": 6, "3": 447, "4": 160, "5": 38])
        #expect(inspection.isClean)
        let book = try #require(inspection.book)
        #expect(book.symbol == Symbol("MSFT"))
        #expect(book.bids.count == 10)
        #expect(book.asks.count == 10)
        // The row after the last message up to 09:30:05 of the orderbook file, as the exchange shows it.
        let row = try exchangeRow(at: 34_205_000_000_000)
        for index in 0..<10 {
            #expect(book.asks[index].price.raw == row[index * 4] * 10_000)
            #expect(book.asks[index].quantity.raw == row[index * 4 + 1] * Quantity.scale)
            #expect(book.bids[index].price.raw == row[index * 4 + 2] * 10_000)
            #expect(book.bids[index].quantity.raw == row[index * 4 + 3] * Quantity.scale)
            #expect(book.bids[index].orders.reduce(Quantity.zero) { $0 + $1.quantity } == book.bids[index].quantity)
            #expect(book.bids[index].orders.count == book.bids[index].orderCount)
        }
    }

    /// The orderbook row after the last message at or before `time`, read without the code under test.
    private func exchangeRow(at time: Int) throws -> [Int64] {
        let base = shared + "/data/lobster/MSFT_2012-06-21_0930_"
        let messages = try text(base + "message_50.csv.gz").split(separator: "\n")
        let rows = try text(base + "orderbook_50.csv.gz").split(separator: "\n")
        let count = messages.prefix { line in
            let parts = line.split(separator: ",")[0].split(separator: ".")
            let fraction = parts.count > 1 ? String(parts[1]) : ""
            let padded = fraction + String(repeating: "0", count: 9 - fraction.utf8.count)
            return (Int(parts[0]) ?? 0) * 1_000_000_000 + (Int(padded) ?? 0) <= time
        }.count
        return rows[count - 1].split(separator: ",").map { Int64($0) ?? 0 }
    }

    private func text(_ path: String) throws -> String {
        var reader = try GzipReader(path: path)
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        let count = try bytes.withUnsafeMutableBytes { try reader.read(into: $0) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test("the AMZN day is read to its end, its eight odd rows are counted")
    func amazon() throws {
        let inspection = try inspect("lobster/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz")
        #expect(inspection.messages == 57_515)
        #expect(inspection.lobster?.inconsistent == 8)
        #expect(inspection.inconsistentCount == 0)
        #expect(inspection.shares.isBalanced)
    }
}
