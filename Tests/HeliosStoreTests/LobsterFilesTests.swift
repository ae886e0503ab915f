// SPDX-License-Identifier: MIT

import Foundation
import HeliosMarket
import HeliosStore
import HeliosWire
import Testing

/// The plainest book there is: shares by price, and what each order is.
private struct ReferenceBook {
    private var orders: [OrderID: (side: Side, price: Int64, shares: Int64)] = [:]
    private var levels: [[Int64: Int64]] = [[:], [:]]
    /// Events that named an order that isn't there, added one twice, or took more than there was.
    private(set) var contradictions = 0

    mutating func apply(_ event: Event) {
        let shares = event.quantity.raw / Quantity.scale
        switch event.kind {
        case .addOrder:
            if orders[event.orderID] != nil { contradictions += 1 }
            orders[event.orderID] = (event.side, event.price.raw / 10_000, shares)
            levels[Int(event.side.rawValue)][event.price.raw / 10_000, default: 0] += shares
        case .executeOrder, .cancelOrder: take(shares, from: event.orderID)
        case .deleteOrder: take(orders[event.orderID]?.shares ?? 0, from: event.orderID)
        default: break
        }
    }

    private mutating func take(_ shares: Int64, from id: OrderID) {
        guard var order = orders[id], order.shares >= shares else {
            contradictions += 1
            return
        }
        order.shares -= shares
        orders[id] = order.shares == 0 ? nil : order
        let side = Int(order.side.rawValue)
        levels[side][order.price, default: 0] -= shares
        if levels[side][order.price] == 0 { levels[side][order.price] = nil }
    }

    func isEqual(_ row: borrowing LobsterRow) -> Bool {
        for side in [Side.buy, .sell] {
            let mine = levels[Int(side.rawValue)].sorted { side == .sell ? $0.key < $1.key : $0.key > $1.key }
            guard mine.count == row.count(side) else { return false }
            for (index, level) in mine.enumerated() {
                if row.level(side, index) != LobsterLevel(price: level.key, size: level.value) { return false }
            }
        }
        return true
    }
}

private struct Proof {
    var transitions = 0
    var equal = 0
    var oddRows: [Int] = []
    var contradictions = 0
    var counters = LobsterCounters()
}

/// Replays a pair, compares the book with the row after each message and before any correction.
private func prove(_ path: String) throws -> Proof {
    var files = try LobsterFiles(path: path)
    let inferred = files.tradingDay
    let day = try #require(inferred)
    var replay = LobsterReplay(
        depth: files.depth,
        instrument: Instrument(id: 0),
        venue: Venue(id: 1),
        midnight: day.midnight
    )
    var book = ReferenceBook()
    var proof = Proof()
    while let message = try files.nextMessage() {
        files.withRow { row in
            replay.step(message, row)
            for index in 0..<replay.count { book.apply(replay[index]) }
            if files.rows > 1 {
                proof.transitions += 1
                if book.isEqual(row) { proof.equal += 1 } else { proof.oddRows.append(files.rows) }
            }
            let done = replay.count
            replay.reconcile(row)
            for index in done..<replay.count { book.apply(replay[index]) }
        }
    }
    proof.contradictions = book.contradictions
    proof.counters = replay.counters
    return proof
}

@Suite("LOBSTER files")
struct LobsterFilesTests {
    @Test("the rebuilt MSFT book equals the exchange's in all 1,949 transitions", .enabled(if: SharedData.isPresent))
    func microsoft() throws {
        let proof = try prove(SharedData.path("lobster/MSFT_2012-06-21_0930_message_50.csv.gz"))
        #expect(proof.transitions == 1949)
        #expect(proof.equal == 1949)
        #expect(proof.contradictions == 0)
        #expect(proof.counters.inconsistent == 0)
        // Far fewer levels come from rows than there are messages: the book follows the messages.
        #expect(proof.counters.edgeLevels < 200)
    }

    @Test(
        "the rebuilt AMZN best prices equal the exchange's in all but the eight odd rows",
        .enabled(if: SharedData.isPresent)
    )
    func amazon() throws {
        let proof = try prove(SharedData.path("lobster/AMZN_2012-06-21_34200000_57600000_orderbook_1.csv.gz"))
        #expect(proof.transitions == 57_514)
        #expect(proof.equal == 57_506)
        #expect(proof.oddRows.first.map { (19_300...19_310).contains($0) } == true)
        #expect(proof.contradictions == 0)
        #expect(proof.counters.inconsistent == 8)
    }

    @Test("a replay of a real pair says who it is", .enabled(if: SharedData.isPresent))
    func names() throws {
        let files = try LobsterFiles(path: SharedData.path("lobster/MSFT_2012-06-21_0930_orderbook_50.csv.gz"))
        let (symbol, depth, day) = (files.symbol, files.depth, files.tradingDay)
        #expect(symbol == Symbol("MSFT"))
        #expect(depth == 50)
        #expect(day?.description == "2012-06-21")
    }
}

@Suite("Damaged LOBSTER files")
struct DamagedLobsterTests {
    private let messages = "34200.1,1,10,5,100,1\n34200.2,1,11,4,100,1\n34200.3,4,11,4,100,1\r\n34200.4,3,77,2,104,-1\n"
    private let rows =
        "103,1,100,5,104,2,99,6\n103,1,100,9,104,2,99,6\n103,1,100,5,104,2,99,6\r\n103,1,100,5,9999999999,0,99,6\n"

    /// Rows read and rows passed over, or the error's sort.
    private func read(_ messages: [UInt8], _ rows: [UInt8]) throws -> (rows: Int, malformed: Int, odd: UInt64)? {
        try SharedData.withFile(messages, name: "AB_2012-06-21_message_2.csv") { path in
            let partner = path.replacingOccurrences(of: "_message_", with: "_orderbook_")
            try Data(rows).write(to: URL(fileURLWithPath: partner))
            do throws(StoreError) {
                var files = try LobsterFiles(path: path)
                var replay = LobsterReplay(
                    depth: files.depth,
                    instrument: Instrument(id: 0),
                    venue: Venue(id: 1),
                    midnight: .zero
                )
                while try files.step(&replay) {}
                return (files.rows, files.malformed, replay.counters.inconsistent)
            } catch {
                return nil
            }
        }
    }

    @Test("a good pair is read whole")
    func good() throws {
        let read = try #require(try read(Array(messages.utf8), Array(rows.utf8)))
        #expect(read.rows == 4)
        #expect(read.malformed == 0)
        #expect(read.odd == 0)
    }

    @Test("a broken row is passed over, and the row after it sets the book right")
    func brokenRow() throws {
        let broken = messages.replacingOccurrences(of: "34200.2", with: "34200,2")
        let read = try #require(try read(Array(broken.utf8), Array(rows.utf8)))
        #expect(read.rows == 4)
        #expect(read.malformed == 1)
        #expect(read.odd == 1)
    }

    @Test("a file with fewer rows than its partner is refused")
    func fewerRows() throws {
        let shorter = Array(messages.utf8.prefix(42))
        let first = try read(shorter, Array(rows.utf8))
        #expect(first == nil)
        let second = try read(Array(messages.utf8), Array(rows.utf8.prefix(47)))
        #expect(second == nil)
    }

    @Test("every cut and every changed byte of either file gives an answer")
    func damage() throws {
        let whole = [Array(messages.utf8), Array(rows.utf8)]
        for file in 0...1 {
            for position in whole[file].indices {
                let byte = whole[file][position]
                for value in (0..<8).map({ byte ^ (1 << $0) }) + [0, 255] {
                    var pair = whole
                    pair[file][position] = value
                    if let read = try read(pair[0], pair[1]) { #expect(read.rows <= 5) }
                }
                var pair = whole
                pair[file].removeSubrange(position...)
                if let read = try read(pair[0], pair[1]) { #expect(read.rows <= 4) }
            }
        }
    }
}
