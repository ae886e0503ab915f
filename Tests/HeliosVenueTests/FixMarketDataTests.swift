// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Venue by FIX: market data")
struct FixMarketDataTests {
    private func floor(_ dialect: FixDialect = .fix44) throws -> FixFloor {
        let floor = try FixFloor([dialect, .fix44])
        for (index, price) in ["10.00", "9.99", "9.98"].enumerated() {
            floor.send(1, floor.limit("B\(index)", 1, 100 * (index + 1), price))
        }
        floor.send(1, floor.limit("S0", 2, 500, "10.02"))
        return floor
    }

    private func request(
        _ id: String = "M",
        _ type: Int = 1,
        depth: Int = 0,
        update: Int = 1,
        types: [String] = ["0", "1"],
        symbols: [String] = ["ACME"],
        more: String = ""
    ) -> String {
        "35=V|262=\(id)|263=\(type)|264=\(depth)|265=\(update)\(more)|267=\(types.count)|"
            + types.map { "269=\($0)|" }.joined() + "146=\(symbols.count)|"
            + symbols.map { "55=\($0)" }.joined(separator: "|")
    }

    @Test("a snapshot has the whole book, or as many levels as were asked for", arguments: FixDialect.allCases)
    func snapshot(dialect: FixDialect) throws {
        let floor = try floor(dialect)
        let place = dialect == .fix50sp2 ? 1_023 : 290
        let end = dialect == .fix50sp2 ? "779=\(FixFloor.time)|" : ""
        #expect(
            floor.ask(0, request("M", 0)) == [
                "35=W|55=ACME|262=M|268=4|269=0|270=10|271=100|\(place)=1|269=0|270=9.99|271=200|\(place)=2|"
                    + "269=0|270=9.98|271=300|\(place)=3|269=1|270=10.02|271=500|\(place)=1|\(end)"
            ]
        )
        #expect(
            floor.ask(0, request("M", 0, depth: 1, types: ["0"])) == [
                "35=W|55=ACME|262=M|268=1|269=0|270=10|271=100|\(place)=1|\(end)"
            ]
        )
        floor.send(1, floor.limit("T", 2, 50, "10.00"))
        #expect(floor.take(0).isEmpty)
    }

    @Test("a subscription is told each change of the book once", arguments: FixDialect.allCases)
    func increments(dialect: FixDialect) throws {
        let floor = try floor(dialect)
        _ = floor.ask(0, request())
        let time = "272=20260105|273=10:00:00.000"
        let is50 = dialect == .fix50sp2
        func entry(_ action: Int, _ type: Int, _ price: String, _ raw: String, _ size: Int?, _ place: Int) -> String {
            "279=\(action)|269=\(type)|" + (is50 ? "" : "278=\(type == 0 ? "B" : "S")\(raw)|") + "55=ACME|270=\(price)|"
                + (size.map { "271=\($0)|" } ?? "") + "\(time)|\(is50 ? 1_023 : 290)=\(place)|"
        }
        floor.send(1, floor.limit("N", 1, 70, "10.01"))
        #expect(floor.take(0) == ["35=X|262=M|268=1|" + entry(0, 0, "10.01", "1001000000", 70, 1)])
        floor.send(1, floor.limit("T", 2, 120, "10.00"))
        #expect(
            floor.take(0) == [
                "35=X|262=M|268=2|" + entry(2, 0, "10.01", "1001000000", nil, 1)
                    + entry(1, 0, "10", "1000000000", 50, 1)
            ]
        )
        #expect(floor.ask(0, "35=V|262=M|263=2|264=0|267=1|269=0|146=1|55=ACME").isEmpty)
        floor.send(1, floor.limit("O", 1, 70, "10.01"))
        #expect(floor.take(0).isEmpty)
    }

    @Test("a level that comes into view, or leaves it, is told")
    func depth() throws {
        let floor = try floor()
        _ = floor.ask(0, request(depth: 2, types: ["0"]))
        floor.send(1, floor.limit("N", 1, 70, "10.01"))
        let said = floor.take(0)
        #expect(said.count == 1)
        #expect(said.first?.contains("279=2|269=0|278=B999000000|55=ACME|270=9.99|") == true)
        #expect(said.first?.contains("279=0|269=0|278=B1001000000|55=ACME|270=10.01|271=70|") == true)
    }

    @Test("with full refreshes every change is a snapshot")
    func fullRefresh() throws {
        let floor = try floor()
        _ = floor.ask(0, request(depth: 1, update: 0))
        floor.send(1, floor.limit("N", 1, 70, "10.01"))
        #expect(
            floor.take(0) == ["35=W|55=ACME|262=M|268=2|269=0|270=10.01|271=70|290=1|269=1|270=10.02|271=500|290=1|"]
        )
        // Below the best nothing is seen.
        floor.send(1, floor.limit("O", 1, 70, "9.00"))
        #expect(floor.take(0).isEmpty)
    }

    @Test("trades are told, and those that are undone")
    func trades() throws {
        let floor = try floor()
        #expect(floor.ask(0, request(types: ["2"])) == ["35=W|55=ACME|262=M|268=0|"])
        floor.send(1, floor.limit("T", 2, 150, "9.99"))
        let time = "272=20260105|273=10:00:00.000|"
        #expect(
            floor.take(0) == [
                "35=X|262=M|268=2|279=0|269=2|278=T1|55=ACME|270=10|271=100|\(time)"
                    + "279=0|269=2|278=T2|55=ACME|270=9.99|271=50|\(time)"
            ]
        )
        floor.exchange.apply(.bust(match: 2, time: floor.now))
        #expect(floor.take(0) == ["35=X|262=M|268=1|279=2|269=2|278=T2|55=ACME|270=9.99|271=50|\(time)"])
    }

    @Test("requests that can't be served are rejected with their reason")
    func rejects() throws {
        let floor = try floor()
        func reason(_ body: String) -> String? {
            let said = floor.ask(0, body)
            #expect(said.count == 1 && said[0].hasPrefix("35=Y|"), "\(said)")
            return said.first.flatMap { FixFloor.value(281, $0) }
        }
        #expect(reason(request(symbols: ["NONE"])) == "0")
        _ = floor.ask(0, request())
        #expect(reason(request()) == "1")
        #expect(reason(request("A", 7)) == "4")
        #expect(reason(request("A", depth: -1)) == "5")
        #expect(reason(request("A", update: 3)) == "6")
        #expect(reason(request("A", more: "|266=N")) == "7")
        #expect(reason(request("A", types: ["7"])) == "8")
        #expect(reason("35=V|262=Z|263=2|264=0|267=1|269=0|146=1|55=ACME") == "0")
        for index in 1..<64 { _ = floor.ask(0, request("N\(index)")) }
        #expect(reason(request("A")) == "2")
    }

    @Test("a client that does not read gets one increment for all that it missed")
    func slow() throws {
        let floor = try floor()
        _ = floor.ask(0, request())
        for round in 0..<20_000 {
            floor.send(1, floor.limit("R\(round)", 1, 1, round % 2 == 0 ? "10.01" : "9.97"))
        }
        #expect(floor.port(0).waiting < 3_000)
        let before = floor.take(0).count
        floor.port(0).catchUp()
        let rest = floor.take(0)
        #expect(before > 100 && rest.count == 1)
        #expect(rest.first?.contains("270=10.01|271=10000|") == true)
        #expect(rest.first?.contains("270=9.97|271=10000|") == true)
    }

    @Test("books that were asked for at once come as far as the client reads")
    func manyBooks() throws {
        let floor = try FixFloor([.fix44, .fix44])
        for level in 0..<500 {
            let price = 1_000 - level
            let cents = String(price % 100 + 100).dropFirst()
            for symbol in ["ACME", "BETA"] {
                floor.send(1, floor.limit("\(symbol)\(level)", 1, 100, "\(price / 100).\(cents)", symbol: symbol))
            }
        }
        for index in 0..<32 { floor.send(0, request("N\(index)", index % 2, symbols: ["ACME", "BETA"])) }
        var books = 0
        for _ in 0..<64 where floor.port(0).next != nil {
            #expect(floor.port(0).waiting < 32)
            books += floor.take(0).count { $0.hasPrefix("35=W|") }
            floor.port(0).catchUp()
        }
        #expect(books == 64)
    }

    @Test("trades that a client is too slow for end its subscription, with notice")
    func slowTrades() throws {
        let floor = try floor()
        _ = floor.ask(0, request(types: ["2"]))
        for round in 0..<8_000 {
            floor.send(1, floor.limit("A\(round)", 1, 1, "10.01"))
            floor.send(1, floor.limit("Z\(round)", 2, 1, "10.01"))
        }
        let said = floor.take(0)
        #expect(said.last?.hasPrefix("35=Y|") == true)
        floor.port(0).catchUp()
        #expect(floor.take(0).isEmpty)
    }

    @Test("increments make the same book as the exchange has", arguments: [1, 5, 0])
    func sameBook(depth: Int) throws {
        let floor = try FixFloor([.fix50sp2, .fix44])
        _ = floor.ask(0, request(depth: depth))
        var bids: [String] = []
        var asks: [String] = []
        var seed: UInt64 = 7
        func random(_ bound: UInt64) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % bound)
        }
        for round in 0..<1_500 {
            let side = random(2) + 1
            let cents = 1_000 + random(20) * (side == 1 ? -1 : 1) + (side == 1 ? 3 : -3)
            if random(4) == 0 {
                floor.send(1, floor.cancel("C\(round)", "R\(random(UInt64(round + 1)))"))
            } else {
                floor.send(
                    1,
                    floor.limit(
                        "R\(round)",
                        side,
                        random(9) + 1,
                        "\(cents / 100).\(String(cents % 100 + 100).dropFirst())"
                    )
                )
            }
            for message in floor.take(0) { FixMarketDataTests.apply(message, &bids, &asks) }
            guard round % 50 == 0 else { continue }
            let snapshot = try #require(floor.ask(0, request("S", 0, depth: depth)).first)
            #expect(bids + ["/"] + asks == FixMarketDataTests.read(snapshot))
        }
    }

    /// Applies an increment by places alone, as a client of 5.0 would.
    private static func apply(_ message: String, _ bids: inout [String], _ asks: inout [String]) {
        for entry in message.components(separated: "279=").dropFirst() {
            func value(_ tag: Int) -> String { FixFloor.value(tag, "279=" + entry) ?? "" }
            let (place, level) = ((Int(value(1_023)) ?? 0) - 1, value(270) + "x" + value(271))
            func change(_ side: inout [String]) {
                switch entry.first {
                case "0": side.insert(level, at: place)
                case "1": side[place] = level
                default: side.remove(at: place)
                }
            }
            if value(269) == "0" { change(&bids) } else { change(&asks) }
        }
    }

    private static func read(_ snapshot: String) -> [String] {
        var (bids, asks): ([String], [String]) = ([], [])
        for entry in snapshot.components(separated: "269=").dropFirst() {
            let text = "269=" + entry
            let level = (FixFloor.value(270, text) ?? "") + "x" + (FixFloor.value(271, text) ?? "")
            if entry.first == "0" { bids.append(level) } else { asks.append(level) }
        }
        return bids + ["/"] + asks
    }

    @Test("the symbols are listed on request")
    func securities() throws {
        let floor = try floor()
        let said = floor.ask(0, "35=x|320=R|559=4")
        #expect(said.count == 1)
        #expect(said.first?.hasPrefix("35=y|146=2|55=ACME|55=BETA|320=R|322=") == true)
        #expect(floor.ask(0, "35=x|320=R|559=0|55=NONE").map { FixFloor.value(560, $0) } == ["2"])
    }
}

extension String {
    /// The parts between the separators.
    fileprivate func components(separated separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
