// SPDX-License-Identifier: MIT
import CProbe
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath
import Testing

private let stock = Instrument(id: 1)
private let second: Nanoseconds = 1_000_000_000

private func mid(_ text: String) -> Quote {
    let cent = Price(raw: 1_000_000)
    return Quote(
        bidPrice: money(text) - cent,
        bidQuantity: Quantity(100),
        askPrice: money(text) + cent,
        askQuantity: Quantity(100)
    )
}

private func at(_ seconds: Double) -> Timestamp {
    // 2019-01-30, half past nine in New York.
    Timestamp(nanoseconds: 1_548_858_600_000_000_000 + Int64(seconds * 1e9))
}

private func order(
    _ id: OrderID,
    _ side: Side,
    _ shares: Int,
    _ price: String,
    place: Int = 0,
    takes: Bool = true,
    tag: OrderTag = OrderTag(strategy: 2)
) -> NewOrder {
    NewOrder(
        id: id,
        instrument: stock,
        side: side,
        timeInForce: takes ? .immediateOrCancel : .day,
        quantity: Quantity(shares),
        price: money(price),
        tag: tag,
        venue: Venue(id: UInt16(place + 1))
    )
}

@Suite struct TradeCostTests {
    @Test func `spreads and markouts have their known values`() throws {
        let (price, mid, later) = (money("100.06"), money("100.05"), money("100.08"))
        let effective = try #require(TradeCost.effectiveSpread(.buy, price, mid: mid))
        let realised = try #require(TradeCost.realisedSpread(.buy, price, mid: mid, later: later))
        let impact = try #require(TradeCost.impact(.buy, mid: mid, later: later))
        let markout = try #require(TradeCost.markout(.buy, price, later: later))
        #expect(abs(effective - 1.9990005) < 5e-8)
        #expect(abs(realised + 3.9980010) < 5e-8)
        #expect(abs(impact - 5.9970015) < 5e-8)
        #expect(abs(markout - 1.9988007) < 5e-8)
        #expect(abs(effective - realised - impact) < 1e-12)
        #expect(TradeCost.markout(.sell, price, later: later) == -markout)
        #expect(TradeCost.reversion(.buy, lastFill: price, later: later) == -markout)
        #expect(TradeCost.effectiveSpread(.buy, price, mid: .zero) == nil)
        #expect(TradeCost.markout(.buy, price, later: .zero) == nil)
    }

    @Test func `shortfall has its known parts`() throws {
        let fills = [(3_000, "100.10"), (4_000, "100.14"), (1_000, "100.20")]
        var value = Money.zero
        for (shares, price) in fills { value += Money(money(price), times: Quantity(shares)) }
        let known = Shortfall(
            side: .buy,
            ordered: Quantity(10_000),
            done: Quantity(8_000),
            decision: money("100.00"),
            arrival: money("100.05"),
            end: money("100.50"),
            value: value,
            fees: Money(money("0.003"), times: Quantity(8_000))
        )
        #expect(try #require(known.average) == 100.1325)
        #expect(known.delay == Money(400) && known.trading == Money(660))
        #expect(known.opportunity == Money(1_000) && known.fees == Money(24))
        #expect(known.total == Money(2_084))
        #expect(abs(try #require(known.basisPoints) - 20.84) < 1e-9)
        let slippage = try #require(TradeCost.slippage(.buy, 100.1325, against: 100.05))
        #expect(abs(slippage - 8.24587706) < 5e-9)
        var mirror = known
        mirror.side = .sell
        #expect(mirror.total == known.fees + known.fees - known.total)
    }
}

@Suite struct TransactionCostsTests {
    /// The order of the known answers: decided at 100.00, sent at 100.05, ended at 100.50.
    private func known(_ costs: inout TransactionCosts) {
        costs.open(parent: 7, strategy: 2, stock, .buy, Quantity(10_000), algorithm: 3, mid("100.00"), at: at(0))
        let tag = OrderTag(strategy: 2, group: 7, leg: OrderTag.childLeg)
        costs.send(order(1, .buy, 10_000, "100.30", takes: false, tag: tag), mid("100.05"), at: at(1))
        for (shares, price) in [(500, "100.00"), (300, "100.10"), (200, "100.20")] {
            costs.trade(stock, money(price), Quantity(shares))
        }
        for (number, (shares, price)) in [(3_000, "100.10"), (4_000, "100.14"), (1_000, "100.20")].enumerated() {
            costs.fill(
                1,
                execution: UInt64(number),
                Quantity(shares),
                money(price),
                fee: Money(money("0.003"), times: Quantity(shares)),
                isMaker: false,
                isFinal: false,
                mid("100.05"),
                at: at(2 + Double(number))
            )
        }
        costs.close(parent: 7, strategy: 2, mid("100.40"))
        costs.end(1, mid("100.50"))
    }

    @Test func `a parent order gives the known shortfall and slippages`() throws {
        var costs = TransactionCosts(instruments: 2)
        known(&costs)
        #expect(costs.openParents == 0 && costs.overflows == 0)
        for sums in [costs.table.all, costs.table[.algorithm, 3], costs.table[.strategy, 2], costs.table[.size, 5]] {
            #expect(sums.parents == 1)
            #expect(abs(sums.delay - 400) < 1e-9 && abs(sums.trading - 660) < 1e-9)
            #expect(abs(sums.opportunity - 1_000) < 1e-9 && abs(sums.parentFees - 24) < 1e-9)
            #expect(abs(try #require(sums.points(sums.shortfall)) - 20.84) < 1e-9)
            #expect(abs(try #require(sums.arrival.mean) - 8.24587706) < 5e-9)
            #expect(abs(try #require(sums.lifetime.mean) - 6.24562806) < 5e-9)
            #expect(abs(try #require(sums.interval.mean) - 6.24562806) < 5e-9)
            #expect(sums.fillRate == 0.8)
        }
        #expect(costs.table.values(.timeOfDay) == [19])
        #expect(CostTable.timeName(19) == "09:30" && CostTable.sizeName(5) == "10,000 to 49,999")
    }

    @Test func `mids are taken when they are due and not before`() throws {
        var costs = TransactionCosts(instruments: 2)
        costs.send(order(1, .buy, 100, "100.06", place: 3), mid("100.05"), at: at(0))
        costs.fill(
            1,
            execution: 1,
            Quantity(100),
            money("100.06"),
            fee: .zero,
            isMaker: false,
            isFinal: true,
            mid("100.05"),
            at: at(0)
        )
        #expect(costs.nextDue == at(0.05))
        #expect(costs.due(before: at(0.05)) == nil)
        var taken: [Int] = []
        for (time, later) in [(0.051, "100.05"), (1.5, "100.08"), (200, "100.00"), (301, "100.07")] {
            while let due = costs.due(before: at(time)) {
                taken.append(due.horizon)
                costs.mark(due, mid(later))
            }
        }
        #expect(taken == [0, 1, 2, 3, 4])
        #expect(costs.nextDue == .never)
        let sums = costs.table[.venue, 3]
        #expect(abs(try #require(sums.effective.mean) - 1.9990005) < 5e-8)
        #expect(abs(try #require(sums.realised[1].mean) + 3.9980010) < 5e-8)
        #expect(abs(try #require(sums.impact[1].mean) - 5.9970015) < 5e-8)
        #expect(abs(try #require(sums.markout[1].mean) - 1.9988007) < 5e-8)
        #expect(abs(try #require(sums.toxicity) + 1.9988007) < 5e-8)
        #expect(abs(try #require(costs.table.all.reversion.mean) + 0.99940036) < 5e-8)
        var scores: [VenueMark] = []
        costs.takeScores { scores.append($0) }
        #expect(scores.count == 1 && scores[0].place == 3 && abs(scores[0].markout - 0.00019988007) < 5e-12)
        costs.takeScores { _ in Issue.record("a score was handed out twice") }
    }

    @Test func `what was displayed and not there has faded`() {
        var costs = TransactionCosts(instruments: 2)
        costs.send(order(1, .sell, 300, "100.04", place: 1), displayed: Quantity(200), mid("100.05"), at: at(0))
        costs.fill(
            1,
            execution: 1,
            Quantity(50),
            money("100.04"),
            fee: .zero,
            isMaker: false,
            isFinal: false,
            mid("100.05"),
            at: at(0)
        )
        costs.end(1, mid("100.05"))
        costs.send(order(2, .sell, 300, "100.06", place: 1, takes: false), mid("100.05"), at: at(1))
        costs.end(2, isRejected: true, mid("100.05"))
        let sums = costs.table[.venue, 1]
        #expect(sums.fade == 0.75)
        #expect(sums.takingFillRate == 50.0 / 300 && sums.restingFillRate == 0 && sums.rejected == 1)
        #expect(costs.openParents == 0)
    }

    @Test func `nothing fades where nothing is displayed`() {
        var costs = TransactionCosts(instruments: 2)
        costs.darkPlaces = 1 << 3
        for place in [1, 3] {
            let id = OrderID(place)
            costs.send(order(id, .sell, 300, "100.04", place: place), mid("100.05"), at: at(0))
            costs.end(id, mid("100.05"))
        }
        #expect(costs.table[.venue, 1].fade == 1 && costs.table[.venue, 3].fade == nil)
    }

    @Test func `children open their parent, and the end of the session ends it`() {
        var costs = TransactionCosts(instruments: 2)
        let tag = OrderTag(strategy: 1, group: 9, leg: OrderTag.childLeg)
        for (id, shares) in [(OrderID(1), 300), (2, 200)] {
            costs.send(order(id, .buy, shares, "100.10", tag: tag), mid("100.00"), at: at(Double(id)))
        }
        costs.end(1, mid("100.00"))
        costs.send(order(3, .buy, 400, "100.10", tag: tag), mid("100.00"), at: at(5))
        costs.end(2, mid("100.00"))
        costs.end(3, mid("100.00"))
        #expect(costs.openParents == 1)
        for open in costs.open { costs.finish(open, mid("101.00")) }
        #expect(costs.openParents == 0)
        // 300 ended before 400 was sent: 600 were wanted at once.
        #expect(costs.table.all.orderedShares == 600 && costs.table.all.opportunity == 600)
        #expect(costs.table.all.parents == 1)
    }

    @Test func `an execution that is taken back counts for nothing`() {
        var costs = TransactionCosts(instruments: 2)
        costs.send(order(1, .buy, 200, "100.06", takes: false), mid("100.05"), at: at(0))
        for execution in [UInt64(1), 2] {
            costs.fill(
                1,
                execution: execution,
                Quantity(100),
                money("100.06"),
                fee: Money(1),
                isMaker: true,
                isFinal: false,
                mid("100.05"),
                at: at(Double(execution))
            )
        }
        while let due = costs.due(before: at(20)) { costs.mark(due, mid("100.08")) }
        let wereTaken = [UInt64(1), 2, 2].map { costs.takeBack(1, execution: $0, fee: Money(1)) }
        #expect(wereTaken == [true, true, false])
        while let due = costs.due(before: at(400)) { costs.mark(due, mid("100.08")) }
        let sums = costs.table.all
        #expect(sums.fills == 0 && sums.shares == 0 && sums.fees == 0 && sums.restingFilled == 0)
        #expect(sums.effective.count == 0 && sums.markout[1].count == 0 && sums.markout[4].count == 0)
        #expect(sums.toxicity == nil)
        costs.end(1, mid("100.05"))
        #expect(costs.table.all.doneShares == 0)
    }

    @Test func `an order that goes by another number stays what it was`() {
        var costs = TransactionCosts(instruments: 2)
        costs.send(order(1, .buy, 200, "99.00", takes: false), mid("100.00"), at: at(0))
        costs.replace(1, by: 5, leaves: Quantity(500))
        costs.end(1, mid("100.00"))
        #expect(costs.openParents == 1)
        costs.end(5, mid("101.00"))
        #expect(costs.table.all.orderedShares == 500 && costs.table.all.opportunity == 500)
        #expect(costs.table.all.restingSent == 500)
    }
}

@Suite struct TransactionCostsAllocationTests {
    /// A release build only: a debug build boxes what an optimised one keeps in registers.
    @Test func `nothing is allocated after the start`() {
        guard probe_is_available() != 0, isOptimised() else { return }
        var costs = TransactionCosts(instruments: 2, parents: 64, orders: 64, fills: 256)
        let quotes = [mid("100.00"), mid("100.02"), mid("99.99")]
        let price = money("100.01")
        var markouts = 0.0
        probe_begin()
        for step in 1...3_000 {
            let quote = quotes[step % 3]
            let time = at(Double(step))
            while let due = costs.due(before: time) { costs.mark(due, quote) }
            costs.trade(stock, price, Quantity(100))
            let tag = OrderTag(strategy: 1, group: UInt32(step % 5), leg: step % 2 == 0 ? OrderTag.childLeg : 0)
            let id = OrderID(step)
            let order = NewOrder(
                id: id,
                instrument: stock,
                side: .buy,
                quantity: Quantity(200),
                price: price,
                tag: tag,
                venue: Venue(id: 1)
            )
            costs.send(order, quote, at: time)
            costs.fill(
                id,
                execution: id,
                Quantity(100),
                price,
                fee: .zero,
                isMaker: true,
                isFinal: false,
                quote,
                at: time
            )
            if step % 7 == 0 { costs.takeBack(id, execution: id, fee: .zero) }
            costs.end(id, quote)
            costs.takeScores { markouts += $0.markout }
        }
        let counts = probe_end()
        #expect(counts.allocations == 0 && counts.frees == 0)
        #expect(markouts != 0 && costs.table.all.fills > 0)
    }
}

private func isOptimised() -> Bool {
    var isDebug = false
    assert(
        {
            isDebug = true
            return true
        }()
    )
    return !isDebug
}

@Suite struct TransactionCostsStateTests {
    /// Many orders, with everything that can happen to them.
    private func step(_ costs: inout TransactionCosts, _ random: inout SeededRandom, _ id: OrderID) {
        let time = at(Double(id) * 0.7)
        let quote = mid("100.\(10 + random.next() % 80)")
        while let due = costs.due(before: time) { costs.mark(due, quote) }
        costs.trade(stock, quote.askPrice, Quantity(Int(random.next() % 900) + 1))
        let shares = Int(random.next() % 20_000) + 1
        let isChild = random.next() % 3 == 0
        let group = UInt32(random.next() % 40)
        let tag = OrderTag(strategy: 1, group: group, leg: isChild ? OrderTag.childLeg : 0)
        let side: Side = group % 2 == 0 ? .buy : .sell
        let sent = order(id, side, shares, "100.50", place: Int(random.next() % 4), takes: id % 2 == 0, tag: tag)
        costs.send(sent, displayed: Quantity(shares / 2), quote, at: time)
        if id > 8, random.next() % 2 == 0 {
            let old = id - random.next() % 8
            costs.fill(
                old,
                execution: id,
                Quantity(1),
                quote.askPrice,
                fee: Money(1),
                isMaker: id % 3 == 0,
                isFinal: false,
                quote,
                at: time
            )
            if random.next() % 20 == 0 { costs.takeBack(old, execution: id, fee: Money(1)) }
        }
        if id > 8 { costs.end(id - 8, quote) }
        if random.next() % 30 == 0 { costs.close(parent: group, strategy: 1, quote) }
    }

    private func bytes(_ costs: TransactionCosts) -> [UInt8] {
        var writer = StateWriter()
        costs.save(to: &writer)
        return writer.bytes
    }

    @Test func `a restored one goes on as the saved one`() throws {
        var random = SeededRandom(seed: 8)
        var costs = TransactionCosts(instruments: 2, parents: 128, orders: 64, fills: 512)
        for id in 1...700 { step(&costs, &random, OrderID(id)) }
        let saved = bytes(costs)
        var copy = TransactionCosts(instruments: 2, parents: 128, orders: 64, fills: 512)
        try saved.withUnsafeBytes { memory in
            var reader = StateReader(memory)
            try copy.restore(from: &reader)
            #expect(reader.remaining == 0)
        }
        let isEqual = bytes(copy) == saved
        #expect(isEqual)
        var other = random
        for id in 701...1_400 {
            step(&costs, &random, OrderID(id))
            step(&copy, &other, OrderID(id))
        }
        for open in costs.open { costs.finish(open, mid("100.00")) }
        for open in copy.open { copy.finish(open, mid("100.00")) }
        let staysEqual = bytes(copy) == bytes(costs)
        #expect(staysEqual)
        #expect(costs.table.all.parents > 500 && costs.table.all.reversion.count > 0)
    }

    @Test func `damaged state is refused, not trusted`() throws {
        var random = SeededRandom(seed: 9)
        var costs = TransactionCosts(instruments: 2, parents: 128, orders: 64, fills: 64)
        for id in 1...200 { step(&costs, &random, OrderID(id)) }
        let saved = bytes(costs)
        for length in stride(from: 0, to: saved.count, by: 997) {
            var copy = TransactionCosts(instruments: 2, parents: 128, orders: 64, fills: 64)
            Array(saved[0..<length]).withUnsafeBytes { memory in
                var reader = StateReader(memory)
                do {
                    try copy.restore(from: &reader)
                    Issue.record("\(length) bytes were taken over")
                } catch {}
            }
        }
        var other = TransactionCosts(instruments: 3, parents: 128, orders: 64, fills: 64)
        saved.withUnsafeBytes { memory in
            var reader = StateReader(memory)
            do {
                try other.restore(from: &reader)
                Issue.record("state of other capacities was taken over")
            } catch { #expect((error as? StateError)?.code == .mismatch) }
        }
    }

    @Test func `sums of a value add up to those of everything`() {
        var random = SeededRandom(seed: 10)
        var costs = TransactionCosts(instruments: 2)
        for id in 1...2_000 { step(&costs, &random, OrderID(id)) }
        for open in costs.open { costs.finish(open, mid("100.00")) }
        let all = costs.table.all
        for dimension in CostDimension.allCases {
            var (fills, value, orders) = (0.0, 0.0, 0.0)
            for place in costs.table.values(dimension) {
                fills += costs.table[dimension, place].fills
                value += costs.table[dimension, place].value
                orders += costs.table[dimension, place].orders
            }
            #expect(fills == all.fills && orders == all.orders && abs(value - all.value) < 1e-4)
        }
        #expect(all.fills > 500)
    }
}
