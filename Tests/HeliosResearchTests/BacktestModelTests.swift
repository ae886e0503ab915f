// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

private let millisecond: Nanoseconds = 1_000_000

/// A random day of one stock, order by order, and what its book showed when, kept in the plainest way.
private struct RandomDay {
    var events = opening(at: 1_000)
    private var random: SeededRandom
    private var live: [(id: OrderID, side: Side, price: Int64, shares: Int)] = []
    private var nextID: OrderID = 1
    private var time: Nanoseconds = 2_000

    init(seed: UInt64, steps: Int) {
        random = SeededRandom(seed: seed)
        rest(.buy, 999)
        rest(.sell, 1_001)
        for _ in 0..<steps { step() }
    }

    private func best(_ side: Side) -> Int64? {
        let prices = live.filter { $0.side == side }.map(\.price)
        return side == .buy ? prices.max() : prices.min()
    }

    private mutating func rest(_ side: Side, _ price: Int64) {
        let shares = 10 + Int(random.next() % 40)
        live.append((nextID, side, price, shares))
        events.append(add(nextID, side, shares, price, at: time))
        nextID += 1
    }

    private mutating func step() {
        time += 1 + Int64(random.next() % UInt64(60 * millisecond))
        let side: Side = random.next() % 2 == 0 ? .buy : .sell
        let sign = side.sign
        let same = best(side)
        let other = best(side.opposite) ?? (same ?? 1_000) + sign * 2
        switch random.next() % 10 {
        case 0...5: rest(side, other - sign * Int64(1 + random.next() % 4))
        case 6...7:
            guard let index = live.firstIndex(where: { $0.side == side && $0.price == same }) else { return }
            let gone = min(live[index].shares, 5 + Int(random.next() % 30))
            var event = delete(live[index].id, at: time)
            event.kind = .executeOrder
            event.quantity = Quantity(gone)
            event.flags = .printable
            events.append(event)
            live[index].shares -= gone
            if live[index].shares == 0 { live.remove(at: index) }
        default:
            guard live.count > 8 else { return }
            let index = Int(random.next() % UInt64(live.count))
            events.append(delete(live[index].id, at: time))
            live.remove(at: index)
        }
    }

    /// The mid of the book made of the events until `time`, in raw units; nil while a side is empty.
    func mid(at time: Nanoseconds) -> Int64? {
        var book: [OrderID: (side: Side, price: Int64, shares: Int64)] = [:]
        for event in events where event.eventTime.nanoseconds <= time {
            switch event.kind {
            case .addOrder: book[event.orderID] = (event.side, event.price.raw, event.quantity.raw)
            case .deleteOrder: book[event.orderID] = nil
            case .executeOrder:
                book[event.orderID]?.shares -= event.quantity.raw
                if book[event.orderID]?.shares == 0 { book[event.orderID] = nil }
            default: break
            }
        }
        guard let bid = book.values.filter({ $0.side == .buy }).map(\.price).max(),
            let ask = book.values.filter({ $0.side == .sell }).map(\.price).min()
        else { return nil }
        return (bid + ask) / 2
    }
}

/// Every 100 ms one order of ten shares: mostly resting at the touch, now and then taking.
private func maker(seed: UInt64) -> NotingStrategy {
    var random = SeededRandom(seed: seed)
    var strategy = NotingStrategy(notebook: Notebook())
    strategy.atTimer = { market, intents in
        let quote = market.quote(stock)
        guard quote.isTwoSided else { return }
        let side: Side = market.position(stock).raw > 0 ? .sell : .buy
        let takes = random.next() % 5 == 0
        let isAtBid = (side == .buy) != takes
        _ = intents.submit(stock, side, Quantity(10), at: isAtBid ? quote.bidPrice : quote.askPrice)
    }
    return strategy
}

private func assumed(_ change: (inout SimulationModels) -> Void = { _ in }) -> BacktestSettings {
    var assumed = settings(feed: 50_000, order: 100_000, report: 100_000)
    assumed.limits.staleAge = 10_000_000_000
    assumed.limits.quoteAge = 10_000_000_000
    change(&assumed.models)
    return assumed
}

private func run(_ day: RandomDay, _ settings: BacktestSettings) throws -> RunResult {
    try Backtest(settings: settings).run(try ScriptedSource(day.events, batch: 64), strategy: maker(seed: 5))
}

@Suite("Models of the simulation in a backtest")
struct BacktestModelTests {
    @Test func `markouts, their mean and error are those of a naive computation`() throws {
        let day = RandomDay(seed: 11, steps: 4_000)
        let result = try run(day, assumed())
        let makers = result.fills.filter(\.isMaker)
        #expect(makers.count > 60 && result.fills.count > makers.count + 5, "\(makers.count) of \(result.fills.count)")
        let end = try #require(day.events.last).eventTime.nanoseconds
        var values: [Double] = []
        for fill in makers {
            // What the engine knows then: the feed is 50 µs behind.
            let due = fill.time.nanoseconds + 1_000_000_000 - 50_000
            guard due < end, let mid = day.mid(at: due) else { continue }
            let sign: Double = fill.side == .buy ? 1 : -1
            values.append(sign * (Double(mid) - Double(fill.price.raw)) / Double(fill.price.raw) * 10_000)
        }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        let error = (variance / Double(values.count)).squareRoot()
        let check = HonestyCheck(CostLedger(result.fills))
        #expect(check.fills == values.count)
        #expect(near(check.mean, mean, 1e-9) && near(check.standardError, error, 1e-9))
        let statistics = RunStatistics(result)
        #expect(near(statistics["markout1sMaker"]?.value.number, mean, 1e-9))
        #expect(near(statistics["markout1sMakerError"]?.value.number, error, 1e-9))
        let verdict: HonestyCheck.Verdict = mean <= 0 ? .plausible : mean > 2 * error ? .tooKind : .undecided
        #expect(check.verdict == verdict)
        let summary = ResultsWriter(result).summary()
        #expect(summary.contains("\"honesty\"") && summary.contains("\"verdict\": \"\(verdict.rawValue)\""))
        // The other horizons of the check.
        for (horizon, delay) in FillRecord.markoutHorizons.enumerated() {
            for fill in makers where fill.time.nanoseconds + delay - 50_000 < end {
                #expect(fill.laterMids[horizon].raw == day.mid(at: fill.time.nanoseconds + delay - 50_000) ?? 0)
            }
        }
    }

    @Test func `one fill decides nothing, none is unknown`() {
        #expect(HonestyCheck(CostLedger([])).verdict == .unknown)
        let lucky = makeFill(1, .buy, 1, 10_000, isMaker: true, mid: 10_000, later: [0, 0, 10_005])
        #expect(HonestyCheck(CostLedger([lucky])).verdict == .undecided)
        let even = makeFill(1, .buy, 1, 10_000, isMaker: true, mid: 10_000, later: [0, 0, 10_000])
        #expect(HonestyCheck(CostLedger([even])).verdict == .plausible)
    }

    @Test func `a run with impact costs exactly the model's sum more, to the last unit of money`() throws {
        let day = RandomDay(seed: 3, steps: 1_500)
        let plain = try run(day, assumed())
        let charged = try run(
            day,
            assumed {
                $0.impact = ImpactSettings(
                    .squareRoot(SquareRootImpact()),
                    priorVolume: Quantity(10_000),
                    priorVolatility: 0.02,
                    priorDays: 1e12
                )
            }
        )
        #expect(charged.fills.count == plain.fills.count && plain.fills.contains { !$0.isMaker })
        var sum = Money.zero
        var model = ImpactCharge()
        for (with, without) in zip(charged.fills, plain.fills) {
            #expect(with.quantity == without.quantity && with.side == without.side && with.time == without.time)
            let worse = with.side == .buy ? with.price - without.price : without.price - with.price
            #expect(worse == with.impact && (with.isMaker ? worse == .zero : worse > .zero))
            sum += Money(worse, times: with.quantity)
            guard !with.isMaker else { continue }
            let part = model.execute(
                .squareRoot(SquareRootImpact()),
                with.side,
                with.quantity.value,
                volume: 10_000,
                volatility: 0.02,
                at: with.time
            )
            // Rounded up to the eighth decimal.
            #expect(with.impact.raw == Int64((part * Double(without.price.raw)).rounded(.up)))
        }
        let difference = try #require(plain.equity.last).equity - (try #require(charged.equity.last)).equity
        #expect(difference == sum && sum > .zero)
        checkConservation(charged)
        let costs = CostLedger(charged.fills)
        #expect(costs.impact == sum && costs.slippage == CostLedger(plain.fills).slippage + sum)
        let statistics = RunStatistics(charged)
        #expect(statistics["impactCost"]?.value == .money(sum))
        #expect((statistics["impactOnTurnover"]?.value.number ?? 0) > 0)
        #expect(RunStatistics(plain)["impactCost"]?.value == .money(.zero))
        #expect(ReportWriter(charged).html().contains("square root, coefficient 1"))
    }

    @Test func `a seed gives the same run again, another seed another`() throws {
        let day = RandomDay(seed: 7, steps: 1_500)
        func hash(_ seed: UInt64) throws -> UInt64 {
            try run(
                day,
                assumed {
                    $0.feed = .logNormal(median: 50_000, p99: 5_000_000)
                    $0.order = .logNormal(median: 100_000, p99: 10_000_000)
                    $0.report = .logNormal(median: 100_000, p99: 10_000_000)
                    $0.seed = seed
                }
            ).outputHash
        }
        #expect(try hash(1) == hash(1))
        #expect(try hash(1) != hash(2))
    }

    @Test func `events that take different times still reach the engine in their order`() throws {
        let day = RandomDay(seed: 9, steps: 1_000)
        let notebook = Notebook()
        let chosen = assumed { $0.feed = .logNormal(median: 1_000_000, p99: 1_000_000_000) }
        let result = try Backtest(settings: chosen)
            .run(try ScriptedSource(day.events), strategy: NotingStrategy(notebook: notebook))
        let times = notebook.quotes.map(\.now)
        #expect(times == times.sorted() && Set(times).count < times.count, "some must have been held up")
        #expect(result.counts.inconsistent == 0)
        let constant = Notebook()
        _ = try Backtest(settings: assumed())
            .run(try ScriptedSource(day.events), strategy: NotingStrategy(notebook: constant))
        #expect(notebook.quotes.map(\.mid) == constant.quotes.map(\.mid))
    }

    @Test func `an order sent into a burst of the venue waits for its messages`() throws {
        func arrival(_ messageTime: Nanoseconds) throws -> Nanoseconds? {
            var strategy = NotingStrategy(notebook: Notebook())
            var isDone = false
            strategy.atQuote = { market, intents in
                guard !isDone, market.quote(stock).isTwoSided else { return }
                isDone = intents.submit(stock, .buy, Quantity(10), at: cents(1_002)) != 0
            }
            var events = opening(at: 1_000)
            events += [add(1, .buy, 100, 1_000, at: 2_000), add(2, .sell, 100, 1_002, at: 3_000)]
            for index in 0..<100 {
                events.append(add(OrderID(10 + index), .buy, 1, 900, at: 3_000 + Int64(index / 10)))
            }
            var chosen = settings(feed: 50, order: 700, report: 300)
            chosen.models.messageTime = messageTime
            return try Backtest(settings: chosen).run(try ScriptedSource(events), strategy: strategy)
                .fills.first?.time.nanoseconds
        }
        // Decided at 3,050; 101 messages of 20 ns since 3,000 end at 5,020, so it waits 1,970.
        #expect(try arrival(0) == 3_750)
        #expect(try arrival(20) == 3_750 + 1_970)
    }

    @Test func `a position short overnight pays for its borrow, in the equity and on a line of its own`() throws {
        let day = RandomDay(seed: 3, steps: 300)
        var strategy = NotingStrategy(notebook: Notebook())
        var isDone = false
        strategy.atTimer = { market, intents in
            guard !isDone, market.quote(stock).isTwoSided else { return }
            isDone = intents.submit(stock, .sell, Quantity(5), at: market.quote(stock).bidPrice) != 0
        }
        func run(_ borrow: BorrowCost?) throws -> RunResult {
            try Backtest(settings: assumed { $0.borrow = borrow })
                .run(try ScriptedSource(day.events), strategy: strategy)
        }
        let free = try run(nil)
        isDone = false
        let paid = try run(BorrowCost(rate: 1_200))
        let held = try #require(paid.finalPositions.first)
        #expect(held.quantity == Quantity(-5))
        let cost = BorrowCost(rate: 1_200).cost(held.quantity, mark: held.mark)
        #expect(paid.borrowCost == cost && cost > .zero && free.borrowCost == .zero)
        #expect(free.equity.last.map { $0.equity - cost } == paid.equity.last?.equity)
        let last = try #require(paid.equity.last)
        #expect(last.equity == paid.initialCash + last.realised + last.unrealised - last.fees)
        #expect(RunStatistics(paid)["borrowCost"]?.value == .money(cost))
        #expect(paid.outputHash == free.outputHash, "the engine does not see it")
    }

    @Test func `queue models fill the same orders at different times, none more than history shows`() throws {
        let day = RandomDay(seed: 21, steps: 3_000)
        var hashes: Set<UInt64> = []
        for queue in [QueueModel.exact, .power(3), .log, .riskAverse] {
            let result = try run(day, assumed { $0.queue = queue })
            let isPassive = result.fills.contains { $0.isMaker }
            #expect(isPassive, "\(queue)")
            checkConservation(result)
            hashes.insert(result.outputHash)
        }
        #expect(hashes.count == 4)
    }

    @Test func `every model stands in assumptions, summary and report`() throws {
        var chosen = assumed {
            $0.order = .logNormal(median: 30_000, p99: 300_000)
            $0.queue = .log
            $0.impact = ImpactSettings(.propagator(PropagatorImpact(strength: 1)))
            $0.borrow = BorrowCost(rate: 300)
            $0.messageTime = 2_000
        }
        chosen.fees = FeeSchedule(maker: Price(raw: -200_000), taker: Price(raw: 300_000))
        _ = chosen.fees.add(.init(volume: Quantity(1_000), maker: .zero, taker: Price(raw: 100_000)))
        let result = try run(RandomDay(seed: 1, steps: 50), chosen)
        let texts = result.assumptions.described
        #expect(
            texts.map(\.key) == [
                "feedLatency", "orderLatency", "reportLatency", "fees", "queue", "impact", "borrow", "seed",
            ]
        )
        #expect(texts.filter(\.isKind).isEmpty)
        let summary = ResultsWriter(result).summary()
        let page = ReportWriter(result).html()
        for text in [
            "log-normal, median 30 µs, p99 300 µs, and 2 µs for each message by which the venue is behind",
            "estimated from levels, logarithmic", "propagator, G₀ 1, δ 0.5, γ 0.5",
            "3 % a year on positions short overnight", "from 1,000 shares a month 0.001 a share",
        ] {
            #expect(summary.contains(text), "\(text)")
            #expect(page.contains(text), "\(text)")
        }
        let kind = RunAssumptions(BacktestSettings()).described.filter(\.isKind).map(\.key)
        #expect(kind == ["fees", "impact", "borrow"])
    }
}
