// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosVenue
import Testing

private func configuration(
    symbols: Int,
    messages: Int,
    seed: UInt64 = 1,
    pairs: Int? = nil
) throws -> MarketDayConfiguration {
    let day = try #require(TradingDay("2026-11-20"))
    return MarketDayConfiguration(symbols: symbols, messages: messages, seed: seed, day: day, pairs: pairs)
}

private func day(_ configuration: MarketDayConfiguration) throws -> (bytes: [UInt8], truth: MarketDayTruth) {
    var bytes: [UInt8] = []
    let truth = try MarketDayGenerator(configuration).generate { bytes.append(contentsOf: $0) }
    return (bytes, truth)
}

@Suite("Market day generator")
struct GeneratorTests {
    @Test("the same seed gives the same bytes, on every machine and in every build")
    func pinned() throws {
        let first = try day(configuration(symbols: 12, messages: 20_000, seed: 42))
        #expect(first.truth.messages == 19_994)
        #expect(fnv1a(first.bytes) == 5_346_312_886_889_916_611)
        let second = try day(configuration(symbols: 12, messages: 20_000, seed: 42))
        #expect(second.bytes == first.bytes)
        #expect(second.truth.json == first.truth.json)
        let other = try day(configuration(symbols: 12, messages: 20_000, seed: 43))
        #expect(other.bytes != first.bytes)
    }

    @Test("a book of dictionaries finds no message that breaks a rule", arguments: [1, 2, 3] as [UInt64])
    func invariants(seed: UInt64) throws {
        let (bytes, truth) = try day(configuration(symbols: 10, messages: 30_000, seed: seed))
        var books = NaiveBooks()
        var count = 0
        let isWhole = walkFrames(bytes) { message in
            books.apply(message)
            count += 1
        }
        #expect(isWhole)
        #expect(books.faults == [])
        #expect(count == truth.messages)
        #expect(bytes.count == truth.bytes)
        #expect(books.orders.count == truth.liveOrders)
        #expect(books.orders.values.allSatisfy { $0.shares > 0 })
    }

    @Test("executions take the first order of the level")
    func timePriority() throws {
        let (bytes, _) = try day(configuration(symbols: 3, messages: 4000))
        var books = NaiveBooks()
        var executions = 0
        var outOfTurn = 0
        _ = walkFrames(bytes) { message in
            if message.type == "E" || message.type == "C" {
                executions += 1
                if !books.isFirstInLevel(message.number(11, 8)) { outOfTurn += 1 }
            }
            books.apply(message)
        }
        #expect(executions > 100)
        #expect(outOfTurn == 0)
    }

    @Test("the mix of messages is that of a market")
    func mix() throws {
        let (bytes, truth) = try day(configuration(symbols: 20, messages: 100_000))
        var counts: [Character: Int] = [:]
        _ = walkFrames(bytes) { counts[$0.type, default: 0] += 1 }
        for (type, count) in counts { #expect(truth.countsByType[Int(type.asciiValue ?? 0)] == count) }
        func share(_ types: Character...) -> Double {
            Double(types.reduce(0) { $0 + (counts[$1] ?? 0) }) / Double(truth.messages)
        }
        #expect(abs(Double(truth.messages) / 100_000 - 1) < 0.02)
        #expect((0.41...0.46).contains(share("A", "F")))
        #expect((0.37...0.42).contains(share("D")))
        #expect((0.07...0.09).contains(share("U")))
        #expect((0.04...0.06).contains(share("E", "C")))
        #expect((0.01...0.03).contains(share("X")))
        #expect((0.01...0.02).contains(share("P")))
        #expect((0.004...0.012).contains(share("I")))
        #expect((0.01...0.06).contains(share("F") / share("A")))
        #expect((0.01...0.2).contains(share("C") / share("E")))
    }

    @Test("the day has its directory, six system events and its auctions, at their times")
    func frame() throws {
        let (bytes, truth) = try day(configuration(symbols: 10, messages: 10_000))
        var events: [String] = []
        var times: [Int] = []
        var directory: [String: Int] = [:]
        var crosses: [String: [String]] = [:]
        var lastType: Character = " "
        _ = walkFrames(bytes) { message in
            lastType = message.type
            switch message.type {
            case "S":
                events.append(message.text(11, 1))
                times.append(message.time / 1_000_000_000)
            case "R": directory[message.text(11, 8)] = message.locate
            case "Q": crosses[message.text(19, 8), default: []].append(message.text(39, 1))
            default: break
            }
        }
        #expect(events == ["O", "S", "Q", "M", "E", "C"])
        #expect(times == [11_100, 14_400, 34_200, 57_600, 72_000, 72_300])
        #expect(lastType == "S")
        #expect(directory.count == 10)
        for (index, symbol) in truth.symbols.enumerated() {
            let padded = symbol.name.padding(toLength: 8, withPad: " ", startingAt: 0)
            #expect(directory[padded] == symbol.locate)
            let halted = truth.halts.contains { $0.symbol == index }
            #expect(crosses[padded] == (halted ? ["O", "H", "C"] : ["O", "C"]))
        }
    }

    @Test("a halted symbol is halted, quoted, crossed and traded again, and nothing trades in between")
    func halts() throws {
        let (bytes, truth) = try day(configuration(symbols: 8, messages: 20_000))
        #expect(truth.halts.count == 2)
        for halt in truth.halts {
            var story: [String] = []
            let locate = truth.symbols[halt.symbol].locate
            _ = walkFrames(bytes) { message in
                guard message.locate == locate, message.time >= Int(halt.start) else { return }
                guard message.time < Int(halt.end) + 1_000_000_000 else { return }
                let isStory = ["H", "Q"].contains(message.type)
                if isStory { story.append(message.type == "H" ? message.text(19, 1) : "cross") }
                if "EP".contains(message.type), story.last != "T" { story.append("traded") }
            }
            #expect(story == ["H", "Q", "cross", "T"])
        }
    }

    @Test("bytes come in chunks of at most one mebibyte, and an error of the sink ends the day")
    func chunks() throws {
        struct Full: Error {}
        let generator = try MarketDayGenerator(configuration(symbols: 10, messages: 80_000))
        var sizes: [Int] = []
        var progress: [MarketDayProgress] = []
        let truth = try generator.generate {
            sizes.append($0.count)
        } progress: {
            progress.append($0)
        }
        #expect(sizes.count > 1)
        #expect(sizes.allSatisfy { (1...1 << 20).contains($0) })
        #expect(sizes.reduce(0, +) == truth.bytes)
        #expect(progress.last?.messages == truth.messages)
        #expect(progress.count == sizes.count)
        var calls = 0
        #expect(throws: Full.self) {
            try generator.generate { _ in
                calls += 1
                throw Full()
            }
        }
        #expect(calls == 1)
    }
}

@Suite("Market day configuration and truth")
struct GeneratorTruthTests {
    @Test("a value out of its range is refused by name")
    func refusals() throws {
        let base = try configuration(symbols: 10, messages: 1000)
        let wrong: [(String, (inout MarketDayConfiguration) -> Void)] = [
            ("symbols", { $0.symbols = 1 }),
            ("symbols", { $0.symbols = 8001 }),
            ("messages", { $0.messages = 0 }),
            ("pairs", { $0.pairs = 9 }),
            ("pairs", { $0.pairs = -1 }),
            ("decoys", { $0.decoys = 11 }),
            ("sectors", { $0.sectors = 0 }),
            ("halfLifeSeconds", { $0.halfLifeSeconds = 0...10 }),
            ("residualBasisPoints", { $0.residualBasisPoints = 10...1000 }),
            ("pairPrices", { $0.pairPrices = 1...20 }),
            ("fairStep", { $0.fairStep = 0 }),
            ("halts", { $0.halts = 11 }),
        ]
        for (key, spoil) in wrong {
            var spoilt = base
            spoil(&spoilt)
            let error = #expect(throws: MarketDayError.self) { try MarketDayGenerator(spoilt) }
            #expect(error?.key == key)
        }
    }

    @Test("every size of market gets the pairs it asks for", arguments: [2, 5, 6, 7, 9, 11, 13, 20, 37, 100])
    func pairCounts(symbols: Int) throws {
        let wanted = symbols * 4 / 5
        var configuration = try configuration(symbols: symbols, messages: 1, pairs: wanted)
        configuration.fairStep = 5_000_000_000
        let truth = try day(configuration).truth
        #expect(truth.pairs.count == wanted)
        #expect(Set(truth.pairs.map(\.y)).count == wanted)
        #expect(Set(truth.pairs.map(\.y)).isDisjoint(with: truth.pairs.map(\.x)))
        let followers = Set(truth.pairs.map(\.y))
        let free = symbols - wanted
        #expect(truth.decoys.count == min(symbols * 2 / 5, free * (free - 1) / 2))
        #expect(truth.decoys.allSatisfy { $0.y != $0.x && !followers.contains($0.y) && !followers.contains($0.x) })
        #expect(Set(truth.decoys.map { Set([$0.y, $0.x]) }).count == truth.decoys.count)
        #expect(Set(truth.symbols.map(\.name)).count == symbols)
        #expect(Set(truth.symbols.map(\.locate)).count == symbols)
    }

    @Test("candidates are the true pairs and the decoys, mixed and without a label")
    func candidates() throws {
        let truth = try day(configuration(symbols: 40, messages: 1)).truth
        #expect(truth.pairs.count == 16)
        #expect(truth.decoys.count == 16)
        let lines = truth.candidatesCSV.split(separator: "\n").map(String.init)
        #expect(lines.first == "y,x")
        let names = truth.symbols.map(\.name)
        let real = truth.pairs.map { "\(names[$0.y]),\(names[$0.x])" }
        let false_ = truth.decoys.map { "\(names[$0.y]),\(names[$0.x])" }
        #expect(lines.dropFirst().sorted() == (real + false_).sorted())
        #expect(Array(lines.dropFirst().prefix(16)) != real)
    }

    @Test("the truth is JSON that says the same as the structure")
    func json() throws {
        let truth = try day(configuration(symbols: 10, messages: 1)).truth
        let parsed = try JSONSerialization.jsonObject(with: Data(truth.json.utf8))
        let object = try #require(parsed as? [String: Any])
        #expect(object["seed"] as? Int == 1)
        #expect(object["day"] as? String == "2026-11-20")
        #expect((object["symbols"] as? [Any])?.count == 10)
        #expect((object["decoys"] as? [Any])?.count == truth.decoys.count)
        #expect((object["halts"] as? [Any])?.count == truth.halts.count)
        let pairs = try #require(object["pairs"] as? [[String: Any]])
        #expect(pairs.count == truth.pairs.count)
        for (pair, text) in zip(truth.pairs, pairs) {
            #expect(text["y"] as? String == truth.symbols[pair.y].name)
            #expect(text["x"] as? String == truth.symbols[pair.x].name)
            // Foundation reads numbers to some fifteen digits only; the text itself is exact.
            #expect(abs((text["beta"] as? Double ?? 0) / pair.beta - 1) < 1e-12)
            #expect(truth.json.contains("\"alpha\": \(pair.alpha), \"beta\": \(pair.beta), "))
            #expect(truth.json.contains("\"halfLifeSeconds\": \(pair.halfLifeSeconds), \"sigma\": \(pair.sigma)}"))
        }
    }
}
