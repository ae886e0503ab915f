// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosStrategy
import Testing

private let stock = Instrument(id: 0)

/// A desk at which quotes rest, after a warm-up at 10.00 by 10.10 with moves of `step`.
private func desk(
    step: Double = 0,
    _ change: (inout MarketMakerParameters) -> Void = { _ in }
) throws -> Desk<MarketMaker> {
    var parameters = MarketMakerParameters(symbols: [try #require(Symbol("A"))])
    parameters.hours.firstEntry = 0
    parameters.hours.lastEntry = 3_600_000_000_000
    parameters.hours.flattenAt = 3_600_000_000_000
    parameters.warmUp = 2_000_000_000
    parameters.imbalanceSkew = 0
    parameters.minSpread = Price(raw: 4_000_000)
    parameters.requote = 0
    change(&parameters)
    var directory = InstrumentDirectory()
    var desk = try Desk(MarketMaker(parameters, instruments: &directory, midnight: .zero), instruments: 2)
    desk.answer = { $0.timeInForce == .day ? .rest : .fill }
    for second in 0..<4 {
        desk.show(step * Double(second % 2))
        desk.ticks(10)
    }
    return desk
}

extension Desk where S == MarketMaker {
    /// 10.00 by 10.10, moved by so much.
    fileprivate mutating func show(_ shift: Double, bidSize: Int = 1_000, askSize: Int = 1_000) {
        quote(stock, bid: 10 + shift, ask: 10.10 + shift, bidSize: bidSize, askSize: askSize)
    }

    /// What rests now, the bid first.
    fileprivate var quotes: [String] {
        resting.sorted { $0.price < $1.price }.map { "\($0.side) \($0.quantity) \($0.price)" }
    }

    fileprivate var place: (bid: Int?, ask: Int?) {
        (resting.firstIndex { $0.side == .buy }, resting.firstIndex { $0.side == .sell })
    }
}

@Suite("Market making")
struct MarketMakerTests {
    @Test func `after the warm-up both sides are quoted around the middle, and left alone while nothing moves`() throws
    {
        var desk = try desk()
        // No variance: half of minSpread to both sides of 10.05.
        #expect(desk.quotes == ["buy 100 10.03", "sell 100 10.07"])
        let before = desk.orders.count + desk.replaced.count
        for _ in 0..<20 { desk.show(0, bidSize: 900) }
        desk.ticks(50)
        #expect(desk.orders.count + desk.replaced.count == before && desk.cancels.isEmpty)
    }

    @Test func `the spread and the lean are those of Avellaneda and Stoikov`() throws {
        var desk = try desk(step: 0.02) {
            $0.riskAversion = 2
            $0.arrivalDecay = 40
            $0.horizon = 100_000_000_000
        }
        desk.show(0)
        desk.ticks(200)
        desk.show(0)
        let signals = desk.strategy.signals(for: desk.orders[0], desk.market)
        func value(_ name: String) throws -> Double {
            guard case .number(let value) = try #require(signals.first { $0.name == name }).value else { return .nan }
            return value
        }
        let deviation = try value("volatility")
        let risk = 2 * deviation * deviation * 100
        let half = 0.5 * risk + DeterministicMath.log(1 + 2.0 / 40) / 2
        #expect(abs(try value("halfSpread") - half) < 1e-12 && half > 0.02)
        #expect(try value("reservation") == value("fair"))
        desk.fillResting(100, at: try #require(desk.place.bid))
        let after = desk.strategy.signals(for: desk.orders[0], desk.market)
        guard case .number(let reservation) = try #require(after.first { $0.name == "reservation" }).value else {
            return
        }
        // One lot held lowers both quotes by gamma variance horizon.
        #expect(abs(reservation - (try value("fair") - risk)) < 1e-12)
    }

    @Test func `the inventory never passes its limit, and quotes shrink before it`() throws {
        var desk = try desk { $0.maxInventory = Quantity(250) }
        desk.fillResting(100, at: try #require(desk.place.bid))
        desk.fillResting(100, at: try #require(desk.place.bid))
        #expect(desk.quotes.first?.hasPrefix("buy 50 ") == true)
        desk.fillResting(50, at: try #require(desk.place.bid))
        #expect(desk.place.bid == nil && desk.place.ask != nil)
        #expect(desk.strategy.position(of: 0) == Quantity(250))
    }

    @Test func `a partial fill keeps its place in the queue`() throws {
        var desk = try desk()
        let bid = try #require(desk.place.bid)
        desk.fillResting(30, at: bid)
        desk.ticks(5)
        #expect(desk.replaced.isEmpty && desk.quotes.first == "buy 70 10.03")
        desk.show(0.02)
        #expect(desk.quotes.first == "buy 100 10.05", "topped up when the price moves")
    }

    @Test func `quotes move by replacements, at most one under way`() throws {
        var desk = try desk()
        desk.show(0.03)
        #expect(desk.replaced.count == 2 && desk.cancels.isEmpty)
        #expect(desk.quotes == ["buy 100 10.06", "sell 100 10.10"])
        desk.refusesReplacements = true
        desk.show(0.05)
        #expect(desk.quotes.isEmpty, "what can't be moved is withdrawn")
        desk.refusesReplacements = false
        desk.ticks(10)
        #expect(desk.quotes == ["buy 100 10.08", "sell 100 10.12"])
    }

    @Test func `a venue that refuses replacements never has an old quote, and pauses do not grow`() throws {
        var desk = try desk()
        desk.refusesReplacements = true
        for step in 1...20 {
            desk.show(-0.03 * Double(step))
            #expect(desk.quotes.isEmpty)
            desk.ticks(4)
            #expect(desk.quotes.count == 2, "after one pause, however often it was refused")
        }
    }

    @Test func `after a jump the quote that is in the way goes first`() throws {
        for shift in [0.20, -0.20] {
            var desk = try desk()
            let live = desk.resting
            desk.show(shift)
            let first = try #require(desk.replaced.first)
            let other = try #require(live.first { $0.id != first.old })
            let isApart = first.new.side == .buy ? first.new.price < other.price : first.new.price > other.price
            #expect(isApart, "\(first.new.price) meets \(other.price)")
            #expect(
                desk.quotes == (shift > 0 ? ["buy 100 10.23", "sell 100 10.27"] : ["buy 100 9.83", "sell 100 9.87"])
            )
        }
    }

    @Test func `while a replacement is unanswered nothing is asked for that meets the other quote`() throws {
        var desk = try desk()
        desk.isSilent = true
        desk.show(0.20)
        #expect(desk.replaced.map(\.new.side) == [.sell])
        // Late, and the old offer is far too cheap: withdrawn.
        desk.ticks(3)
        #expect(desk.cancels == [desk.replaced[0].old] && desk.replaced.count == 1)
    }

    @Test func `a replacement that ends as a cancel of its number leaves nothing stuck`() throws {
        var desk = try desk {
            $0.hours.lastEntry = 6_000_000_000
            $0.hours.flattenAt = 6_000_000_000
        }
        desk.fillResting(40, at: try #require(desk.place.bid))
        desk.isSilent = true
        desk.show(0.01)
        let (old, new) = try #require(desk.replaced.first)
        desk.ticks(20)
        #expect(desk.cancels.contains(old))
        // The venue had replaced it, and says only that the new number is cancelled.
        for (_, order) in desk.replaced { desk.tell(.cancelled, order, order.quantity, isFinal: true) }
        for order in desk.resting where !desk.replaced.contains(where: { $0.old == order.id }) {
            desk.tell(.cancelled, order, order.quantity, isFinal: true)
        }
        _ = new
        desk.ticks(10)
        #expect(desk.strategy.position(of: 0) == .zero && desk.held[0] == 0)
    }

    @Test func `a refused cancel is asked for again, under either number`() throws {
        var desk = try desk()
        desk.isSilent = true
        desk.show(0.20)
        let (old, new) = try #require(desk.replaced.first)
        desk.ticks(3)
        #expect(desk.cancels == [old])
        desk.tell(.cancelRejected, new)
        #expect(desk.cancels == [old], "not at once")
        desk.ticks(3)
        #expect(desk.cancels == [old, old])
    }

    @Test func `a bust does not make a quote larger than it is`() throws {
        var desk = try desk()
        let bid = try #require(desk.resting.first { $0.side == .buy })
        desk.fillResting(30, at: try #require(desk.place.bid))
        let before = desk.replaced.count + desk.cancels.count
        desk.tell(.broken, bid, Quantity(30))
        // 70 are left at the venue, and what is held is less: nothing is too large, and it is topped up with its price.
        #expect(desk.replaced.count + desk.cancels.count == before && desk.quotes.first == "buy 70 10.03")
        #expect(desk.strategy.position(of: 0) == .zero)
    }

    @Test func `refused quotes do not make the pauses of the leg that closes longer`() throws {
        var desk = try desk {
            $0.hours.lastEntry = 8_000_000_000
            $0.hours.flattenAt = 8_000_000_000
        }
        desk.fillResting(40, at: try #require(desk.place.bid))
        desk.refusesReplacements = true
        desk.answer = { $0.timeInForce == .day ? .reject : .partial(10) }
        for step in 1...6 {
            desk.show(0.05 * Double(step % 2))
            desk.ticks(3)
        }
        let until = desk.market.now
        while desk.strategy.position(of: 0) != .zero, desk.market.now - until < 10_000_000_000 { desk.tick() }
        let closing = desk.seen.filter { $0.leg == 2 }
        #expect(closing.count == 4)
        #expect(zip(closing, closing.dropFirst()).allSatisfy { $1.time - $0.time <= 300_000_000 })
    }

    @Test func `an interrupted feed withdraws both`() throws {
        var desk = try desk()
        desk.market.risk.feedIsInterrupted = true
        desk.tick()
        #expect(desk.quotes.isEmpty)
        desk.market.risk.feedIsInterrupted = false
        desk.tick()
        #expect(desk.quotes.count == 2)
    }

    @Test func `after a reduction only what is held is quoted, until it is flat`() throws {
        var desk = try desk()
        let bid = try #require(desk.resting.first { $0.side == .buy })
        desk.fillResting(100, at: try #require(desk.place.bid))
        desk.reduce(bid, 40)
        desk.tick()
        #expect(desk.quotes.count == 1 && desk.quotes[0].hasPrefix("sell 60 "))
        desk.fillResting(60)
        desk.tick()
        #expect(desk.quotes.count == 2 && desk.held[0] == 0)
    }

    @Test func `quotes are whole lots`() throws {
        var desk = try desk {
            $0.touch.lot = Quantity(100)
            $0.quantity = Quantity(200)
            $0.maxInventory = Quantity(450)
        }
        desk.fillResting(200, at: try #require(desk.place.bid))
        desk.fillResting(130, at: try #require(desk.place.bid))
        desk.show(0.02)
        #expect(desk.quotes.allSatisfy { $0.contains(" 100 ") || $0.contains(" 200 ") }, "\(desk.quotes)")
    }

    @Test func `the more generous quote is moved at once, the other one when its time has come`() throws {
        var desk = try desk { $0.requote = 1_000_000_000 }
        desk.ticks(20)
        desk.show(0.03)
        #expect(desk.quotes == ["buy 100 10.06", "sell 100 10.10"])
        desk.show(0.01)
        // The bid gives too much and falls; the offer asks too much and waits.
        #expect(desk.quotes == ["buy 100 10.04", "sell 100 10.10"])
        desk.ticks(10)
        #expect(desk.quotes == ["buy 100 10.04", "sell 100 10.08"])
    }

    @Test func `the microprice leans the quotes`() throws {
        var desk = try desk { $0.imbalanceSkew = 1 }
        desk.show(0, bidSize: 3_000, askSize: 1_000)
        // The microprice is 10.075.
        #expect(desk.quotes == ["buy 100 10.05", "sell 100 10.10"])
    }

    @Test func `quotes are pulled on halts, on empty and on wide books, and come back`() throws {
        for trouble in 0..<4 {
            var desk = try desk { $0.maxSpread = Price(raw: 30_000_000) }
            switch trouble {
            case 0:
                desk.setState(stock, "H")
                desk.tick()
            case 1: desk.quote(stock, bid: 10, ask: nil)
            case 2: desk.quote(stock, bid: 10, ask: 10.40)
            default: desk.quote(stock, bid: 10.2, ask: 10.1)
            }
            #expect(desk.quotes.isEmpty && desk.cancels.count == 2, "\(trouble)")
            desk.setState(stock, "T")
            desk.show(0)
            #expect(desk.quotes.count == 2)
        }
    }

    @Test func `in the end only what is held is quoted, then taken to zero`() throws {
        var desk = try desk {
            $0.hours.lastEntry = 6_000_000_000
            $0.hours.flattenAt = 7_000_000_000
        }
        desk.fillResting(40, at: try #require(desk.place.ask))
        desk.ticks(21)
        #expect(desk.quotes.count == 1 && desk.quotes[0].hasPrefix("buy 40 "))
        desk.ticks(10)
        #expect(desk.quotes.isEmpty && desk.strategy.position(of: 0) == .zero)
        #expect(desk.orders.last?.timeInForce == .immediateOrCancel)
        desk.show(0.01)
        desk.ticks(10)
        #expect(desk.quotes.isEmpty)
    }

    @Test func `values that contradict each other are refused by name`() {
        func refusal(_ given: [(String, ParameterValue)]) -> String {
            let symbols = ("symbols", ParameterValue.symbols([Symbol("A")].compactMap { $0 }))
            do { _ = try StrategyCatalog.configure("market-making", [symbols] + given) } catch { return "\(error)" }
            return ""
        }
        #expect(refusal([]) == "")
        #expect(
            refusal([("maxInventory", .quantity(Quantity(50)))]).hasPrefix("maxInventory: expected at least one quant")
        )
        #expect(refusal([("minSpread", .price(Price(raw: 1)))]).hasPrefix("minSpread: expected at least one tick"))
        #expect(
            refusal([("maxSpread", .price(Price(raw: 1_000_000)))]).hasPrefix("maxSpread: expected at least minSpread")
        )
        #expect(refusal([("riskAversion", .number(0))]).hasPrefix("riskAversion: expected a decimal number, from"))
        #expect(
            (try? StrategyCatalog.configure("market-making", [("symbols", .symbols([]))])) == nil,
            "nothing to quote"
        )
    }
}
