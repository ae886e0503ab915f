// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosResearch
import Testing

/// A fill in cents and whole shares.
func makeFill(
    _ number: Int,
    _ side: Side,
    _ shares: Int,
    _ cents: Int64,
    instrument: UInt32 = 0,
    group: UInt32 = 0,
    second: Int64 = 0,
    feeCents: Int = 0,
    isMaker: Bool = false,
    arrival: Int64 = 0,
    mid: Int64 = 0,
    later: [Int64] = []
) -> FillRecord {
    func price(_ cents: Int64) -> Price { Price(raw: cents * 1_000_000) }
    return FillRecord(
        orderID: OrderID(number),
        executionID: UInt64(number),
        time: Timestamp(nanoseconds: second * 1_000_000_000),
        instrument: Instrument(id: instrument),
        side: side,
        quantity: Quantity(shares),
        price: price(cents),
        fee: Money(raw: Int128(feeCents) * 100_000_000_000_000),
        isMaker: isMaker,
        tag: OrderTag(strategy: 0, group: group),
        arrivalMid: price(arrival),
        mid: price(mid),
        laterMids: later.map(price)
    )
}

/// A run of these fills whose open positions are marked at `mark` cents.
func makeRun(_ fills: [FillRecord], mark: Int64 = 0) -> RunResult {
    var result = RunResult()
    for name in ["AAA", "BBB", "CCC"] {
        if let symbol = Symbol(name) { _ = result.instruments.register(symbol) }
    }
    result.fills = fills
    var held = [Quantity](repeating: .zero, count: 3)
    for fill in fills { held[fill.instrument.index] += fill.side == .buy ? fill.quantity : -fill.quantity }
    for index in held.indices where held[index] != .zero {
        result.finalPositions.append(
            PositionRecord(
                instrument: Instrument(id: UInt32(index)),
                quantity: held[index],
                mark: Price(raw: mark * 1_000_000),
                realised: .zero,
                unrealised: .zero,
                fees: .zero
            )
        )
    }
    return result
}

@Suite("Round trips")
struct RoundTripTests {
    @Test("a pair's trade lasts until both legs are flat")
    func pairTrade() throws {
        let ledger = TradeLedger(
            makeRun([
                makeFill(1, .buy, 100, 1000, second: 1, feeCents: 30),
                makeFill(2, .sell, 50, 2000, instrument: 1, second: 2, feeCents: 15),
                makeFill(3, .sell, 100, 1010, second: 60, feeCents: 30),
                makeFill(4, .buy, 50, 2005, instrument: 1, second: 61, feeCents: 15),
            ])
        )
        #expect(ledger.trades.count == 1)
        let trade = try #require(ledger.trades.first)
        #expect(!trade.isOpen)
        #expect(trade.fills == 4)
        // 100 × 0.10 − 50 × 0.05 = 7.50, fees 0.90.
        #expect(trade.grossProfit.description == "7.50")
        #expect(trade.profit.description == "6.60")
        #expect(trade.holding == 60_000_000_000)
        #expect(trade.invested == Money(2000))
        #expect(near(trade.basisPoints, 33))
        #expect(ledger.mismatched.isEmpty)
    }

    @Test("a fill through zero ends one trade and begins the next, and splits its fee")
    func reversal() throws {
        let ledger = TradeLedger(
            makeRun(
                [
                    makeFill(1, .buy, 100, 1000, second: 1, feeCents: 100),
                    makeFill(2, .sell, 150, 1100, second: 2, feeCents: 150),
                ],
                mark: 1050
            )
        )
        #expect(ledger.trades.map(\.isOpen) == [false, true])
        #expect(ledger.trades.map(\.grossProfit.description) == ["100.00", "25.00"])
        #expect(ledger.trades.map(\.fees.description) == ["2.00", "0.50"])
        let group = try #require(ledger.groups.first)
        #expect(group.realised.description == "100.00")
        #expect(group.unrealised.description == "25.00")
        #expect(group.profit.description == "122.50")
    }

    @Test("lots leave first in, first out")
    func firstInFirstOut() throws {
        let ledger = TradeLedger(
            makeRun(
                [
                    makeFill(1, .buy, 100, 1000, second: 0), makeFill(2, .buy, 100, 1200, second: 10),
                    makeFill(3, .sell, 150, 1300, second: 20),
                ],
                mark: 1250
            )
        )
        let group = try #require(ledger.groups.first)
        // 100 × 3.00 + 50 × 1.00 realised, 50 × 0.50 open.
        #expect(group.realised.description == "350.00")
        #expect(group.unrealised.description == "25.00")
        #expect(near(ledger.matchedShares, 150))
        #expect(near(ledger.matchedShareSeconds, 100 * 20 + 50 * 10))
    }

    @Test("short trades earn when the price falls")
    func shortTrade() {
        let ledger = TradeLedger(makeRun([makeFill(1, .sell, 10, 500), makeFill(2, .buy, 10, 400)]))
        #expect(ledger.trades.map(\.profit.description) == ["10.00"])
        #expect(ledger.groups.map(\.winners) == [1])
    }

    @Test("fills that do not add up to the final position are named")
    func mismatch() {
        var run = makeRun([makeFill(1, .buy, 10, 500)], mark: 500)
        run.finalPositions[0].quantity = Quantity(11)
        #expect(TradeLedger(run).mismatched == [Instrument(id: 0)])
        #expect(RunStatistics(run).warnings.first?.severity == .wrong)
    }

    @Test("groups, trades and the equity curve of a whole day agree to the last digit")
    func dayAddsUp() throws {
        let run = SyntheticRun.make(pairs: 40)
        let ledger = TradeLedger(run)
        let byGroup = ledger.groups.reduce(Money.zero) { $0 + $1.profit }
        let byInstrument = ledger.instruments.reduce(Money.zero) { $0 + $1.profit }
        let byTrade = ledger.trades.reduce(Money.zero) { $0 + $1.profit }
        let byEquity = try #require(run.equity.last).equity - run.initialCash
        #expect(ledger.trades.count > 100)
        #expect(byGroup == byEquity)
        #expect(byInstrument == byEquity)
        #expect(byTrade == byEquity)
        #expect(ledger.mismatched.isEmpty)
    }
}

@Suite("Execution costs")
struct CostTests {
    @Test("spreads and markout of one fill have the known values")
    func oneFill() {
        let fill = makeFill(1, .buy, 100, 10_006, mid: 10_005, later: [0, 0, 10_008])
        #expect(near(fill.effectiveSpread, 1.9990005, 1e-7))
        #expect(near(fill.realisedSpread(horizon: FillRecord.oneSecond), -3.9980010, 1e-7))
        #expect(near(fill.priceImpact(horizon: FillRecord.oneSecond), 5.9970015, 1e-7))
        #expect(near(fill.markout(horizon: FillRecord.oneSecond), 1.9988007, 1e-7))
        #expect(fill.markout(horizon: 0) == nil)
        #expect(fill.markout(horizon: 4) == nil)
        #expect(fill.arrivalSlippage == nil)
    }

    @Test("a sell's costs have the opposite sign")
    func sell() {
        let fill = makeFill(1, .sell, 100, 10_004, arrival: 10_005, mid: 10_005, later: [10_002])
        #expect(near(fill.effectiveSpread, 2e4 / 10_005))
        #expect(near(fill.arrivalSlippage, 1e4 / 10_005))
        #expect(near(fill.markout(horizon: 0), 2e4 / 10_004))
    }

    @Test("arrival slippage of an order in three fills has the known value")
    func slippage() {
        let costs = CostLedger([
            makeFill(1, .buy, 3000, 10_010, arrival: 10_005), makeFill(1, .buy, 4000, 10_014, arrival: 10_005),
            makeFill(1, .buy, 1000, 10_020, arrival: 10_005),
        ])
        #expect(costs.slippage == Money(660))
        #expect(near(costs.slippageBasisPoints, 8.24587706, 1e-8))
    }

    @Test("markouts are averaged by liquidity with their standard error")
    func markouts() {
        let costs = CostLedger([
            makeFill(1, .buy, 1, 10_000, isMaker: true, mid: 10_000, later: [10_001]),
            makeFill(2, .buy, 1, 10_000, isMaker: true, mid: 10_000, later: [10_003]),
            makeFill(3, .sell, 1, 10_000, mid: 10_000, later: [10_005]),
        ])
        #expect(near(costs.makerMarkouts[0].mean, 2))
        #expect(near(costs.makerMarkouts[0].standardError, 1))
        #expect(near(costs.takerMarkouts[0].mean, -5))
        #expect(costs.takerMarkouts[0].standardError == nil)
        #expect(costs.allMarkouts[0].count == 3)
        #expect(costs.allMarkouts[1].mean == nil)
    }
}

@Suite("Statistics of a run")
struct RunStatisticsTests {
    @Test("there are more than eighty, each defined once with a source")
    func definitions() {
        let all = StatisticDefinition.all
        #expect(all.count > 80)
        #expect(Set(all.map(\.key)).count == all.count)
        for item in all {
            #expect(item.definition.hasSuffix("."), "\(item.key)")
            #expect(!item.source.isEmpty && !item.name.isEmpty)
        }
    }

    @Test("the Sharpe ratio of a run is that of its returns, scaled by the sampling interval")
    func annualisation() throws {
        let statistics = RunStatistics(SyntheticRun.make(pairs: 20))
        let perPeriod = try #require(statistics.series.sharpePerPeriod)
        #expect(statistics.series.count == 390)
        #expect(statistics["periodsPerYear"]?.value == .number(252 * 390))
        #expect(near(statistics["sharpe"]?.value.number, perPeriod * (252.0 * 390).squareRoot()))
    }

    @Test("samples outside the regular session do not dilute the returns")
    func session() {
        var run = SyntheticRun.make(pairs: 5)
        let inside = ReturnSeries(equityOf: run)
        let first = run.equity[0]
        for minute in 1...60 {
            var idle = first
            idle.time = first.time + Nanoseconds(-minute) * 60_000_000_000
            run.equity.insert(idle, at: 0)
        }
        // One more: the sample before the opening.
        #expect(ReturnSeries(equityOf: run).returns == [0] + inside.returns)
    }

    @Test("without trials the deflated Sharpe ratio is undefined; with them it is a probability")
    func selection() throws {
        let run = SyntheticRun.make(pairs: 20)
        #expect(RunStatistics(run)["deflatedSharpe"]?.value == .undefined("number of trials not declared"))
        let chosen = RunStatistics(run, selection: SelectionContext(trials: 100, sharpeVariance: 0.002))
        let value = try #require(chosen["deflatedSharpe"]?.value.number)
        #expect((0...1).contains(value))
    }

    @Test("an empty run has no number that is not finite, and says why figures are missing")
    func empty() {
        let statistics = RunStatistics(RunResult())
        for item in statistics.values {
            if let number = item.value.number { #expect(number == 0, "\(item.definition.key)") }
            if case .undefined(let reason) = item.value { #expect(!reason.isEmpty) }
        }
        for key in ["sharpe", "netProfit", "hitRate", "profitFactor", "averageTrade", "slippageOnTurnover"] {
            if case .undefined = statistics[key]?.value { continue }
            Issue.record("\(key) is defined for an empty run")
        }
    }
}
