// SPDX-License-Identifier: MIT

import HeliosMarket
import HeliosWire
import Testing

private func message(_ text: String) -> Result<LobsterMessage, LobsterError> {
    Array(text.utf8).withUnsafeBytes { raw in
        do throws(LobsterError) { return .success(try LobsterMessage(raw, line: 7)) } catch { return .failure(error) }
    }
}

private func row(_ text: String, depth: Int = 2) throws(LobsterError) -> LobsterRow {
    var row = LobsterRow(depth: depth)
    let bytes = Array(text.utf8)
    let error: LobsterError? = bytes.withUnsafeBytes { raw in
        do throws(LobsterError) {
            try row.read(raw, line: 3)
            return nil
        } catch {
            return error
        }
    }
    if let error { throw error }
    return row
}

/// Every byte of a text with each bit turned, as 0 and as 255, and the text cut at each length.
private func damaged(_ text: String) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    var all = bytes.indices.map { Array(bytes.prefix($0)) }
    for position in bytes.indices {
        for value in (0..<8).map({ bytes[position] ^ (1 << $0) }) + [0, 255] {
            var changed = bytes
            changed[position] = value
            all.append(changed)
        }
    }
    return all
}

@Suite("LOBSTER rows")
struct LobsterRowTests {
    @Test("the documented example reads to the nanosecond")
    func known() throws {
        let known = try message("34713.685155243,1,206833312,100,118600,-1").get()
        #expect(
            known
                == LobsterMessage(
                    time: 34_713_685_155_243,
                    type: .addition,
                    order: 206_833_312,
                    size: 100,
                    price: 118_600,
                    side: .sell
                )
        )
        #expect(try message("34713.685155243,1,206833312,100,118600,-1\r\n").get() == known)
        #expect(try message("34713.685155243,1,206833312,100,118600,-1,null\r").get() == known)
        #expect(try message("34200,3,1,5,100,1").get().time == 34_200_000_000_000)
        #expect(try message("34200.01399412,3,1,5,100,1").get().time == 34_200_013_994_120)
        #expect(try message("34200.5,7,0,0,-1,-1").get().price == -1)
    }

    @Test("an error names line, column and reason")
    func errors() {
        let cases: [(String, LobsterError.Problem, Int)] = [
            ("", .missingColumn, 1), ("x,1,2,3,4,1", .notANumber, 1), ("1.0123456789,1,2,3,4,1", .outOfRange, 1),
            ("1e5,1,2,3,4,1", .notANumber, 1), ("1.,1,2,3,4,1", .notANumber, 1), ("1,8,2,3,4,1", .unknownType, 2),
            ("1,0,2,3,4,1", .unknownType, 2), ("1,1,-2,3,4,1", .outOfRange, 3), ("1,1,2,-3,4,1", .outOfRange, 4),
            ("1,1,2,3,99999999999,1", .outOfRange, 5), ("1,1,2,3,4,0", .unknownDirection, 6),
            ("1,1,2,3,4", .missingColumn, 6), ("1,1,2,3,4,", .missingColumn, 6), ("1,1,,3,4,1", .notANumber, 3),
            ("1,1,2,3,9999999999999999999,1", .outOfRange, 5), ("-1,1,2,3,4,1", .notANumber, 1),
        ]
        for (text, problem, column) in cases {
            #expect(message(text) == .failure(LobsterError(.message, problem, line: 7, column: column)), "\(text)")
        }
        #expect(
            LobsterError(.message, .unknownType, line: 7, column: 2).description
                == "message file, line 7, column 2: message type is none of 1 to 7"
        )
    }

    @Test("a row's empty levels end its sides")
    func levels() throws {
        let two = try row("2239500,100,2231800,50,2239900,7,-9999999999,0\r")
        #expect(two.askCount == 2)
        #expect(two.bidCount == 1)
        #expect(two.level(.sell, 1) == LobsterLevel(price: 2_239_900, size: 7))
        #expect(two.level(.buy, 0) == LobsterLevel(price: 2_231_800, size: 50))
    }

    @Test("a row that can't be a book is refused with its column")
    func badRows() {
        let cases: [(String, LobsterError.Problem, Int)] = [
            ("1,1,1,1,1,1,0,0", .unsorted, 6), ("2,1,1,1,3,1,1,1", .unsorted, 8),
            ("9999999999,0,1,1,3,1,0,0", .unsorted, 6),
            ("2,1,1,1,3,1,0", .missingColumn, 8), ("2,1,1,1,3,1,0,0,5", .surplusColumn, 9),
            ("2,-1,1,1,3,1,0,0", .outOfRange, 2),
        ]
        for (text, problem, column) in cases {
            #expect(throws: LobsterError(.orderbook, problem, line: 3, column: column), "\(text)") {
                let read = try row(text)
                _ = read.askCount
            }
        }
    }

    @Test("depth comes from the columns")
    func depth() {
        func depth(_ text: String) -> Int { Array(text.utf8).withUnsafeBytes { LobsterRow.depth(of: $0) } }
        #expect(depth("1,2,3,4") == 1)
        #expect(depth("1,2,3,4,5,6,7,8") == 2)
        #expect(depth("1,2,3") == 0)
        #expect(depth("") == 0)
    }

    @Test("lines end with either line end, and a last line needs none")
    func lines() {
        func lines(_ text: String, isLast: Bool) -> [String] {
            let bytes = Array(text.utf8)
            return bytes.withUnsafeBytes { raw in
                var cursor = 0
                var found: [String] = []
                while let range = LobsterLines.next(raw, cursor: &cursor, isLast: isLast) {
                    found.append(String(decoding: raw[range], as: UTF8.self))
                }
                return found
            }
        }
        #expect(lines("a\r\nb\n\nc", isLast: true) == ["a", "b", "", "c"])
        #expect(lines("a\r\nb\n\nc", isLast: false) == ["a", "b", ""])
        #expect(lines("", isLast: true) == [])
    }

    @Test("every cut and every changed byte gives an answer")
    func damage() {
        for bytes in damaged("34713.685155243,1,206833312,100,118600,-1\r\n") {
            bytes.withUnsafeBytes { raw in
                if let read = try? LobsterMessage(raw, line: 1) { #expect(read.size <= Int64(UInt32.max)) }
            }
        }
        for bytes in damaged("2239500,100,2231800,50,2239900,7,-9999999999,0\n") {
            bytes.withUnsafeBytes { raw in
                var read = LobsterRow(depth: 2)
                try? read.read(raw, line: 1)
                #expect(read.askCount <= 2)
            }
        }
    }
}

@Suite("LOBSTER replay")
struct LobsterReplayTests {
    private func replay(depth: Int = 2) -> LobsterReplay {
        LobsterReplay(depth: depth, instrument: Instrument(id: 3), venue: Venue(id: 1), midnight: .zero)
    }

    private func kinds(_ replay: borrowing LobsterReplay) -> [EventKind] { (0..<replay.count).map { replay[$0].kind } }

    private func step(_ replay: inout LobsterReplay, _ text: String, _ levels: String) throws {
        let read = try row(levels, depth: replay.depth)
        replay.step(try message(text).get(), read)
        let isEqual = replay.reconcile(read)
        #expect(isEqual, "\(text)")
    }

    @Test("the first row opens the session and seeds the levels as synthetic orders")
    func seed() throws {
        var replay = replay()
        try step(&replay, "1,1,10,5,100,1", "103,1,100,5,104,2,99,6")
        #expect(kinds(replay) == [.systemEvent, .tradingStatus, .addOrder, .addOrder, .addOrder, .addOrder])
        for index in 2..<6 {
            #expect(replay[index].orderID >> 63 == 1)
            #expect(replay[index].flags.contains(.synthetic))
        }
    }

    @Test("a named order is executed, cancelled and deleted under its own name")
    func named() throws {
        var replay = replay()
        try step(&replay, "1,1,10,5,100,1", "103,1,100,5,104,2,99,6")
        try step(&replay, "2,1,11,4,100,1", "103,1,100,9,104,2,99,6")
        try step(&replay, "3,4,11,1,100,1", "103,1,100,8,104,2,99,6")
        #expect(replay[0].kind == .executeOrder)
        #expect(replay[0].orderID == 11)
        #expect(replay[0].flags == .printable)
        try step(&replay, "4,2,11,1,100,1", "103,1,100,7,104,2,99,6")
        #expect(replay[0].kind == .cancelOrder)
        try step(&replay, "5,3,11,2,100,1", "103,1,100,5,104,2,99,6")
        #expect(replay[0].kind == .deleteOrder)
        #expect(replay[0].orderID == 11)
        #expect(replay.counters.anonymous == 0)
    }

    @Test("an unknown order acts on the anonymous shares of its level")
    func anonymous() throws {
        var replay = replay()
        try step(&replay, "1,1,10,5,100,1", "103,1,100,5,104,2,99,6")
        try step(&replay, "2,3,77,2,104,-1", "103,1,100,5,9999999999,0,99,6".replacing("9999999999,0", with: "105,3"))
        #expect(kinds(replay) == [.deleteOrder, .addOrder])
        #expect(replay[0].flags.contains(.synthetic))
        #expect(replay[0].side == .sell)
        #expect(replay[1].price == Price(raw: 105 * 10_000))
        #expect(replay.counters.anonymous == 1)
        #expect(replay.counters.edgeLevels == 1)
    }

    @Test("a level pushed out of the depth takes its orders with it")
    func pushedOut() throws {
        var replay = replay()
        try step(&replay, "1,1,10,5,100,1", "103,1,100,5,104,2,99,6")
        try step(&replay, "2,1,12,4,104,-1", "103,1,100,5,104,6,99,6")
        try step(&replay, "3,1,13,9,102,-1", "102,9,100,5,103,1,99,6")
        #expect(kinds(replay) == [.addOrder, .deleteOrder, .deleteOrder])
        #expect(replay[2].orderID == 12)
        // Once out of view, order 12 is a stranger.
        try step(&replay, "4,3,13,9,102,-1", "103,1,100,5,104,6,99,6")
        try step(&replay, "5,3,12,4,104,-1", "103,1,100,5,104,2,99,6")
        #expect(replay[0].kind == .cancelOrder)
        #expect(replay.counters.droppedLevels == 1)
    }

    @Test("hidden trades, crosses and halts leave the book alone")
    func others() throws {
        var replay = replay()
        let levels = "103,1,100,5,104,2,99,6"
        try step(&replay, "1,1,10,5,100,1", levels)
        try step(&replay, "2,5,0,50,102,-1", levels)
        #expect(kinds(replay) == [.trade])
        #expect(replay[0].quantity == Quantity(50))
        #expect(replay[0].side == .sell)
        try step(&replay, "3,6,0,50,102,1", levels)
        #expect(kinds(replay) == [.crossTrade])
        for (price, state) in [("-1", "H"), ("0", "Q"), ("1", "T")] as [(String, Unicode.Scalar)] {
            try step(&replay, "4,7,0,0,\(price),-1", levels)
            #expect(kinds(replay) == [.tradingStatus])
            #expect(replay[0].detail & 0xFF == UInt64(state.value))
            #expect(replay[0].instrument == Instrument(id: 3))
        }
    }

    @Test("a row that doesn't follow is counted once and set right")
    func inconsistent() throws {
        var replay = replay()
        try step(&replay, "1,1,10,5,100,1", "103,1,100,5,104,2,99,6")
        let odd = try row("103,1,100,9,104,2,99,6", depth: 2)
        replay.step(try message("2,1,14,1,100,1").get(), odd)
        let before = replay.count
        let isEqual = replay.reconcile(odd)
        #expect(!isEqual)
        #expect(before == 1)
        #expect(kinds(replay) == [.addOrder, .deleteOrder, .deleteOrder, .addOrder])
        #expect(replay.counters.inconsistent == 1)
        #expect(replay.counters.firstInconsistentRow == 2)
        try step(&replay, "3,3,14,1,100,1", "103,1,100,8,104,2,99,6")
    }

    @Test("rows that contradict their messages in every way leave a book equal to the row")
    func hostile() throws {
        // A small generator, so that the test is the same everywhere.
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var replay = replay()
        for time in 1...5000 {
            let bid = 90 + next(5)
            let ask = 96 + next(5)
            let levels =
                "\(ask),\(next(3)),\(bid),\(1 + next(3)),\(ask + 1 + next(2)),0,\(bid - 1 - next(2)),\(next(3))"
            guard let read = try? row(levels, depth: 2) else { continue }
            let type = 1 + next(7)
            let side = next(2) == 0 ? 1 : -1
            let text = "\(time),\(type),\(next(20)),\(next(5)),\(88 + next(14)),\(side)"
            replay.step(try message(text).get(), read)
            replay.reconcile(read)
            for side in [Side.buy, .sell] {
                #expect(replay.levelCount(side) == read.count(side))
                for index in 0..<read.count(side) { #expect(replay.level(side, index) == read.level(side, index)) }
            }
        }
        #expect(replay.counters.inconsistent > 1000)
    }
}
