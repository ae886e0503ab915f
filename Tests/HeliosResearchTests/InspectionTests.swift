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
        #expect(inspection.shares.added > 0)
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

private func withDay<Result>(
    name: String = "12302019.NASDAQ_ITCH50",
    _ write: (inout ItchWriter) -> Void,
    _ body: (String) throws -> Result
) throws -> Result {
    var writer = ItchWriter(capacity: 1 << 16)
    write(&writer)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent(name)
    try Data(writer.withBytes { Array($0) }).write(to: file)
    return try body(file.path)
}

private let ten: UInt64 = 36_000_000_000_000

/// Two instruments, trading; MSFT with three bids on two levels and one ask.
private func sampleDay(_ writer: inout ItchWriter) {
    guard let microsoft = Symbol("MSFT"), let apple = Symbol("AAPL") else { return }
    writer.systemEvent(timestamp: 1, code: UInt8(ascii: "O"))
    for (locate, symbol) in [(UInt16(1), microsoft), (2, apple)] {
        writer.stockDirectory(locate: locate, timestamp: 2, symbol: symbol)
        writer.tradingAction(locate: locate, timestamp: 3, symbol: symbol, state: UInt8(ascii: "T"))
    }
    writer.systemEvent(timestamp: ten - 1, code: UInt8(ascii: "Q"))
    let orders: [(UInt64, Side, UInt32, UInt32)] = [
        (11, .buy, 100, 1_000_000), (12, .buy, 50, 1_000_000), (13, .buy, 70, 999_900), (14, .sell, 30, 1_000_100),
    ]
    for (index, order) in orders.enumerated() {
        writer.addOrder(
            locate: 1,
            timestamp: ten + UInt64(index),
            reference: order.0,
            side: order.1,
            shares: order.2,
            symbol: microsoft,
            price: order.3
        )
    }
    writer.orderExecuted(locate: 1, timestamp: ten + 10, reference: 11, shares: 40, match: 1)
    writer.orderReplace(locate: 1, timestamp: ten + 11, reference: 13, newReference: 15, shares: 20, price: 1_000_000)
    writer.orderCancel(locate: 1, timestamp: ten + 12, reference: 12, shares: 10)
    writer.orderDelete(locate: 1, timestamp: ten + 13, reference: 14)
}

@Suite("Inspection")
struct InspectionTests {
    private func book(_ time: UInt64, _ symbol: String? = "MSFT", orders: Bool = true) throws -> BookView {
        let request = BookRequest(
            time: Int64(time),
            symbol: symbol.flatMap { Symbol($0) },
            depth: 10,
            listsOrders: orders
        )
        let inspection = try withDay(sampleDay) { try Inspection.inspect(path: $0, book: request, capacity: small) }
        return try #require(inspection.book)
    }

    @Test("the book at a time holds what happened up to it, order by order")
    func bookAtTime() throws {
        let before = try book(ten + 3)
        #expect(before.state == .trading)
        #expect(before.bids.map(\.price) == [Price(raw: 10_000_000_000), Price(raw: 9_999_000_000)])
        #expect(before.bids.map(\.quantity) == [Quantity(150), Quantity(70)])
        #expect(before.bids[0].orders.map(\.id) == [11, 12])
        #expect(before.asks.map(\.quantity) == [Quantity(30)])
        let after = try book(ten + 12)
        #expect(after.bids.map(\.quantity) == [Quantity(60 + 40 + 20)])
        #expect(after.bids[0].orders.map(\.id) == [11, 12, 15])
        #expect(after.asks.count == 1)
        #expect(try book(ten + 13).asks.isEmpty)
        #expect(try book(ten + 1_000_000_000, orders: false).bids[0].orders.isEmpty)
        #expect(try book(0).bids.isEmpty)
        #expect(try book(ten + 12, "AAPL").bids.isEmpty)
    }

    @Test("a symbol that no message names is refused with the nearest one, a missing symbol with the number")
    func symbols() throws {
        try withDay(sampleDay) { path in
            let wrong = BookRequest(time: 0, symbol: Symbol("MSFX"))
            let known = try #require(Symbol("MSFX"))
            #expect(throws: InspectionError.unknownSymbol(known, nearest: Symbol("MSFT"), path: path)) {
                try Inspection.inspect(path: path, book: wrong, capacity: small)
            }
            #expect(throws: InspectionError.symbolNeeded(count: 2, path: path)) {
                try Inspection.inspect(path: path, book: BookRequest(time: 0), capacity: small)
            }
        }
    }

    @Test("a day without fault is clean, and every share is accounted for")
    func clean() throws {
        let inspection = try withDay(sampleDay) { try Inspection.inspect(path: $0, capacity: small) }
        #expect(inspection.isClean)
        #expect(inspection.messages == 14)
        #expect(inspection.instruments.symbols.map(\.description) == ["MSFT", "AAPL"])
        let shares = inspection.shares
        #expect(shares.added == 100 + 50 + 70 + 30 + 20)
        #expect(shares.executed == 40)
        #expect(shares.cancelled == 10)
        #expect(shares.deleted == 70 + 30)
        #expect(shares.left == 60 + 40 + 20)
        #expect(inspection.ordersLeft == 3)
    }

    @Test("each contradiction is counted under its name, with the place of its message")
    func contradictions() throws {
        let inspection = try withDay { writer in
            sampleDay(&writer)
            guard let symbol = Symbol("MSFT") else { return }
            writer.orderDelete(locate: 1, timestamp: ten + 20, reference: 99)
            writer.orderCancel(locate: 1, timestamp: ten + 21, reference: 15, shares: 21)
            writer.addOrder(
                locate: 1,
                timestamp: ten + 22,
                reference: 11,
                side: .buy,
                shares: 1,
                symbol: symbol,
                price: 5
            )
            writer.addOrder(
                locate: 1,
                timestamp: ten + 23,
                reference: 16,
                side: .sell,
                shares: 1,
                symbol: symbol,
                price: 900_000
            )
        } _: {
            try Inspection.inspect(path: $0, capacity: small)
        }
        let faults = inspection.inconsistent.map { "\($0.fault) \($0.count)" }
        #expect(faults == ["unknownOrder 1", "duplicateOrder 1", "excessQuantity 1", "crossed 1"])
        // 14 messages of the sample and their lengths, then each message's length of two bytes.
        let start: UInt64 = 12 + 2 * (39 + 25) + 12 + 4 * 36 + 31 + 35 + 23 + 19 + 14 * 2 + 2
        #expect(
            inspection.inconsistentProblems.map(\.offset)
                == [start, start + 21, start + 21 + 25, start + 21 + 25 + 38]
        )
        #expect(inspection.shares.isBalanced)
        #expect(!inspection.isClean)
    }

    @Test("malformed and unknown messages are passed over, with the place of each")
    func malformed() throws {
        var writer = ItchWriter(capacity: 4096)
        sampleDay(&writer)
        var bytes = writer.withBytes { Array($0) }
        let end = UInt64(bytes.count)
        bytes += [0, 3, UInt8(ascii: "z"), 1, 2] + [0, 5, UInt8(ascii: "A"), 0, 0, 0, 0] + [0, 9, 1]
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("day").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let inspection = try Inspection.inspect(path: path, capacity: small)
        #expect(inspection.unknown == 1)
        #expect(inspection.malformed == 3)
        #expect(inspection.malformedProblems.map(\.offset) == [end + 2, end + 7, end + 12])
        #expect(inspection.ordersLeft == 3)
    }

    @Test("every cut and every changed byte of a day gives an inspection or an error, and no share is lost")
    func damage() throws {
        var writer = ItchWriter(capacity: 4096)
        sampleDay(&writer)
        let bytes = writer.withBytes { Array($0) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("day").path
        let tiny = BookCapacity(instruments: 16, orders: 64, levels: 64)
        func answer(_ bytes: [UInt8]) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let inspection = try Inspection.inspect(path: path, capacity: tiny)
                #expect(inspection.shares.isBalanced)
            } catch {
                #expect(error is StoreError)
            }
        }
        for count in bytes.indices { try answer(Array(bytes.prefix(count))) }
        for position in bytes.indices {
            for value in (0..<8).map({ bytes[position] ^ (1 << $0) }) + [0, 255] {
                var changed = bytes
                changed[position] = value
                try answer(changed)
            }
        }
    }

    @Test("orders of the largest size do not overflow the account")
    func huge() throws {
        let inspection = try withDay { writer in
            guard let symbol = Symbol("MSFT") else { return }
            for reference in 1...100 {
                writer.addOrder(
                    locate: 1,
                    timestamp: ten,
                    reference: UInt64(reference),
                    side: .buy,
                    shares: .max,
                    symbol: symbol,
                    price: UInt32(reference)
                )
            }
        } _: {
            try Inspection.inspect(path: $0, capacity: small)
        }
        #expect(inspection.shares.left == 100 * Int(UInt32.max))
        #expect(inspection.shares.isBalanced)
    }

    @Test("the text shows counts, times and the book")
    func text() throws {
        let request = BookRequest(time: Int64(ten) + 12, symbol: Symbol("MSFT"), depth: 10, listsOrders: true)
        let text = try withDay(sampleDay) { try Inspection.inspect(path: $0, book: request, capacity: small) }.text()
        let expected = """
            MSFT at 10:00:00.000000012, trading, last change 10:00:00.000000012
              orders  shares     bid     ask  shares  orders
                   3     120  100.00  100.01      30       1
              bid 100.00
                11  60
                12  40
                15  20
              ask 100.01
                14  30

            """
        #expect(text.hasSuffix(expected))
        #expect(text.contains("A  Add order"))
        #expect(text.contains("From          00:00:00.000000001"))
        #expect(text.contains("all accounted for"))
    }

    @Test("the JSON object holds the same, prices as decimal texts")
    func json() throws {
        let request = BookRequest(time: Int64(ten) + 12, symbol: Symbol("MSFT"))
        let text = try withDay(sampleDay) { try Inspection.inspect(path: $0, book: request, capacity: small) }.json()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["messages"] as? Int == 14)
        #expect(object["clean"] as? Bool == true)
        #expect(object["tradingDay"] as? String == "2019-12-30")
        #expect(object["firstTime"] as? Int == 1)
        let book = try #require(object["book"] as? [String: Any])
        let bids = try #require(book["bids"] as? [[String: Any]])
        #expect(bids.first?["price"] as? String == "100.00")
        #expect(bids.first?["quantity"] as? String == "120")
    }

    @Test("times of day are read to the nanosecond, and nothing else is")
    func times() {
        #expect(BookRequest.time("10:00") == Int64(ten))
        #expect(BookRequest.time("09:30:05") == 34_205_000_000_000)
        #expect(BookRequest.time("09:30:05.000000001") == 34_205_000_000_001)
        #expect(BookRequest.time("23:59:59.5") == 86_399_500_000_000)
        for text in [
            "", "10", "24:00", "10:60", "1:00", "10:00:60", "10:00:00.", "10:00:00.0000000001", "10:00:00.x", "-1:00",
        ] {
            #expect(BookRequest.time(text) == nil, "\(text)")
        }
    }
}
