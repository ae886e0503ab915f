// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import Testing

/// What went wrong at trading firms and exchanges, done again, and what stops it: the rows of section 6 of the risk sheet.
///
/// A strategy does what the failed system did, through the whole engine; a venue takes and fills everything. All limits but
/// that of the control which is named are as wide as they go.
@Suite("Historical failures")
struct HistoricalFailureTests {
    // MARK: 2012, the router

    /// 212 parents became four million fills: children were sent again and again, because nobody counted them.
    @Test("2012: a router that sends children for ever is stopped by its parent's quantity (P09)")
    func routerParent() throws {
        var firm = try Firm { _ in }
        let isOpen = firm.engine.market.risk.openParent(
            0,
            1,
            stock,
            .buy,
            Quantity(10_000),
            until: Timestamp(nanoseconds: 23_400_000_000_000)
        )
        #expect(isOpen)
        firm.engine.strategy.atTimer = { market, intents in
            _ = intents.submit(
                stock,
                .buy,
                Quantity(100),
                at: market.quote(stock).askPrice,
                group: 1,
                leg: OrderTag.childLeg
            )
        }
        firm.run(2_700)
        #expect(firm.bought == 10_000)
        #expect(firm.refusals(.p09) == 2_600)
    }

    @Test("2012: without parents, the same fills again and again disable the strategy until somebody looks (P08)")
    func routerExecutions() throws {
        var firm = try Firm { $0.tighten(.executions, to: 50, window: 60_000_000_000) }
        firm.engine.strategy.atTimer = { market, intents in
            _ = intents.submit(stock, .buy, Quantity(100), at: market.quote(stock).askPrice)
        }
        firm.run(2_700)
        #expect(firm.bought <= 5_200)
        #expect(firm.refusals(.p08) > 2_600)
        // It does not come back by itself, and one named person is enough.
        firm.wait(3_600_000_000_000)
        firm.run(10)
        #expect(firm.bought <= 5_200)
        firm.tell(RiskCommand(.enable, .active, scope: 1, officer: 1))
        let before = firm.bought
        firm.run(10)
        #expect(firm.bought > before)
    }

    @Test("2012: without either, position and credit end it (P11, P13)")
    func routerPosition() throws {
        for (kind, limit, control) in [
            (LimitKind.position, Int128(Quantity(30_000).raw), RiskControl.p11), (.credit, Money(300_000).raw, .p13),
        ] {
            var firm = try Firm { $0.tighten(kind, to: limit) }
            firm.engine.strategy.atTimer = { market, intents in
                _ = intents.submit(stock, .buy, Quantity(100), at: market.quote(stock).askPrice)
            }
            firm.run(2_700)
            #expect(firm.bought <= 30_000 && firm.bought > 25_000)
            #expect(firm.refusals(control) > 2_000)
        }
    }

    @Test("2012: a server with another build than the one signed off sends nothing (P26)")
    func routerBuild() throws {
        var firm = try Firm { $0.manifest = RiskManifest(build: 7, configuration: 9) }
        firm.engine.market.risk.identify(build: 6, configuration: 9)
        firm.engine.strategy.atTimer = { market, intents in
            _ = intents.submit(stock, .buy, Quantity(100), at: market.quote(stock).askPrice)
        }
        firm.run(10)
        #expect(firm.engine.gateway.orders.isEmpty && firm.refusals(.p26) == 10)
        firm.engine.market.risk.identify(build: 7, configuration: 9)
        firm.run(10)
        #expect(firm.bought == 1_000)
    }

    @Test("2012: a kill ends it at once, whatever the strategy goes on asking for")
    func routerKilled() throws {
        var firm = try Firm { _ in }
        firm.engine.strategy.atTimer = { market, intents in
            _ = intents.submit(stock, .buy, Quantity(100), at: market.quote(stock).askPrice)
            _ = intents.submit(stock, .buy, Quantity(100), at: market.quote(stock).bidPrice)
        }
        firm.run(10)
        let (sent, working) = (firm.engine.gateway.orders.count, firm.engine.market.orders.workingCount)
        #expect(working > 0)
        firm.tell(RiskCommand(.lower, .killed, officer: 1))
        #expect(firm.engine.gateway.cancels.count == working)
        firm.run(100)
        #expect(firm.engine.gateway.orders.count == sent && firm.engine.market.orders.workingCount == 0)
        // One person does not bring it back, nor does one under two names; two do.
        firm.tell(RiskCommand(.raise, .active, officer: 1, second: 1))
        firm.run(1)
        #expect(firm.engine.gateway.orders.count == sent)
        firm.tell(RiskCommand(.raise, .active, officer: 1, second: 2))
        firm.run(1)
        #expect(firm.engine.gateway.orders.count > sent)
    }

    // MARK: 2013, options axes

    /// Indications became live orders at 1.00 before the open; a price check that was too wide let them pass.
    @Test(
        "2013: indications sent live at 1.00 before the open meet the collar, which is doubled there and no wider (P03)"
    )
    func axesCollar() throws {
        var firm = try Firm { $0.instruments[0].priorClose = price(1_001) }
        firm.engine.apply(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "S"))))
        firm.engine.strategy.atTimer = { _, intents in
            for _ in 0..<16 { _ = intents.submit(stock, .sell, Quantity(1), at: price(100)) }
        }
        firm.run(1_000)
        #expect(firm.engine.gateway.orders.isEmpty && firm.refusals(.p03) == 16_000)
    }

    @Test("2013: an instrument, an account or a session for tests does not mix with a live one (P27)")
    func axesTestFlag() throws {
        var testInstrument = try Firm { $0.instruments[0].isTest = true }
        var testAccount = try Firm { $0.scopes[0].isTest = true }
        var testSession = try Firm { $0.isTestSession = true }
        #expect(testInstrument.asksOnce() == .p27)
        #expect(testAccount.asksOnce() == .p27)
        #expect(testSession.asksOnce() == .p27)
        var allTest = try Firm {
            $0.instruments[0].isTest = true
            $0.scopes[0].isTest = true
            $0.isTestSession = true
        }
        #expect(allTest.asksOnce() == nil)
    }

    // MARK: 2013, arbitrage of funds

    /// 26,082 orders in two seconds: no reply came, so the orders were sent again.
    @Test(
        "2013: the same order sent again and again is refused (P10), so are too many messages (P07) and too much credit (P13)"
    )
    func resend() throws {
        for (control, change): (RiskControl, (inout RiskPolicy) -> Void) in [
            (.p10, { $0.tighten(.duplicates, to: 5, window: 500_000_000) }),
            (
                .p07,
                {
                    $0.tighten(.messageRate, to: 200)
                    $0.tighten(.messageBurst, to: 400)
                }
            ),
            (.p13, { $0.tighten(.credit, to: Money(2_000_000).raw) }),
        ] {
            var firm = try Firm(change)
            firm.answers = false
            firm.engine.strategy.atTimer = { market, intents in
                for _ in 0..<13 { _ = intents.submit(stock, .buy, Quantity(1_000), at: price(1_000)) }
            }
            // 13 orders a millisecond, two seconds.
            firm.run(2_000)
            #expect(firm.engine.gateway.orders.count < 1_000, "\(control.name)")
            #expect(firm.refusals(control) > 25_000, "\(control.name)")
        }
    }

    // MARK: 2012 to 2014, small crashes

    @Test("2012-14: a limit far above the instrument's volume does not count: one per cent of it does (P01)")
    func volume() throws {
        var firm = try Firm {
            $0.tighten(.orderVolumeShare, to: 100)
            $0.instruments[0].averageDailyVolume = Quantity(79_000)
        }
        #expect(firm.asksOnce(791) == .p01)
        #expect(firm.asksOnce(790) == nil)
    }

    // MARK: 2022, the basket

    /// Units were keyed into the field of the value: 444 billion in place of 58 million.
    ///
    /// Warnings were clicked away.
    @Test("2022: a basket whose units went into the wrong field is blocked at the order (P02) and at the basket (P12)")
    func basket() throws {
        var byOrder = try Firm { $0.tighten(.orderNotional, to: Money(500_000).raw) }
        #expect(byOrder.asksOnce(60_000) == .p02)
        var byBasket = try Firm { $0.tighten(.grossNotional, to: Money(5_000_000).raw) }
        byBasket.engine.strategy.atTimer = { _, intents in
            _ = intents.submit(stock, .sell, Quantity(40_000), at: price(1_001))
        }
        byBasket.answers = false
        byBasket.run(711)
        #expect(byBasket.engine.gateway.orders.count == 12)
        #expect(byBasket.refusals(.p12) == 699)
    }

    @Test("2022: there is no way past a hard limit: a soft one needs a hard one behind it, and warns only")
    func softOnly() throws {
        var firm = try Firm {
            $0.tighten(.orderNotional, to: Money(500_000).raw)
            $0.soften(.orderNotional, to: Money(100_000).raw)
        }
        #expect(firm.asksOnce(20_000) == nil)
        #expect(firm.asksOnce(60_000) == .p02)
    }

    // MARK: 2005, price and quantity

    @Test("2005: 610,000 shares at 1 in place of 1 share at 610,000 (P03, P01)")
    func swapped() throws {
        var byPrice = try Firm { _ in }
        #expect(byPrice.asksOnce(610_000, at: 1, .sell) == .p03)
        var byQuantity = try Firm { $0.tighten(.orderQuantity, to: Int128(Quantity(10_000).raw)) }
        #expect(byQuantity.asksOnce(610_000, at: 1_000, .sell) == .p01)
    }

    // MARK: 2018, ghost shares

    @Test("2018: shares that were never there can't be sold without somebody who lends them (P19)")
    func ghosts() throws {
        var firm = try Firm { $0.locates = [Locate(symbol, Quantity(100), reference: "L1")] }
        #expect(firm.asksOnce(101, at: 1_000, .sell) == .p19)
        // No close of yesterday is known, so that P20 asks for a price above the bid; and the purchase must not meet it.
        #expect(firm.asksOnce(100, at: 1_003, .sell) == nil)
        #expect(firm.engine.gateway.orders.last?.mark == .short)
        #expect(firm.asksOnce(1, at: 1_003, .sell) == .p19)
        // What was bought may be sold.
        #expect(firm.asksOnce(600, at: 1_002, .buy) == nil)
        #expect(firm.asksOnce(500, at: 1_000, .sell) == nil)
        #expect(firm.engine.gateway.orders.last?.mark == ShortMark.none)
    }

    // MARK: 2023, the exchange that opened without auctions

    @Test(
        "2023: prices that jump at a venue's fault are not traded on (P17), and its contradictory states count as the stricter (P20, P21)"
    )
    func opening() throws {
        var firm = try Firm { _ in }
        // The book jumps by a quarter.
        firm.engine.apply(report(.deleteOrder, 1, at: firm.clock))
        firm.engine.apply(report(.deleteOrder, 2, at: firm.clock))
        firm.engine.apply(add(11, .buy, 500, 1_250, at: firm.clock))
        firm.engine.apply(add(12, .sell, 500, 1_252, at: firm.clock))
        #expect(firm.asksOnce(1, at: 1_252, .buy) == .p17)
        var halted = try Firm { _ in }
        halted.engine.apply(Event(instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "P"))))
        #expect(halted.asksOnce() == .p21)
        var restricted = try Firm { $0.locates = [Locate(symbol, Quantity(1_000), reference: "L1")] }
        restricted.engine.apply(
            Event(instrument: stock, kind: .shortSaleRestriction, detail: UInt64(UInt8(ascii: "1")))
        )
        restricted.engine.apply(
            Event(instrument: stock, kind: .shortSaleRestriction, detail: UInt64(UInt8(ascii: "0")))
        )
        restricted.engine.apply(
            Event(instrument: stock, kind: .shortSaleRestriction, detail: UInt64(UInt8(ascii: "1")))
        )
        #expect(restricted.asksOnce(100, at: 1_000, .sell) == .p20)
        #expect(restricted.asksOnce(100, at: 1_001, .sell) == nil)
    }
}

private let symbol = Symbol(packed: 0x2020_2020_4B43_4F54)  // TOCK

/// An engine at a venue that fills what crosses the offer of 10.02 or the bid of 10.00.
private struct Firm: ~Copyable {
    var engine: TestEngine
    var clock: Nanoseconds = 1_000
    /// Whether the venue says anything.
    var answers = true
    private var answered = 0
    private var cancelled = 0
    private var execution: UInt64 = 0
    private(set) var bought = 0

    init(_ change: (inout RiskPolicy) -> Void) throws {
        var policy = Firm.policy()
        change(&policy)
        var directory = InstrumentDirectory()
        _ = directory.register(symbol)
        let market = MarketState(
            books: try BookSet(capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024)),
            orders: 40_000,
            instruments: 2,
            policy: policy,
            directory: directory
        )
        engine = TestEngine(
            market: market,
            strategy: ScriptedStrategy(),
            gateway: KeepingGateway(),
            observer: NoObserver(),
            fees: FeeSchedule(),
            intentCapacity: 64
        )
        engine.apply(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        engine.apply(Event(instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))))
        engine.apply(add(1, .buy, 500, 1_000, at: 1))
        engine.apply(add(2, .sell, 500, 1_002, at: 2))
    }

    /// One firm, one strategy, everything allowed and every limit as wide as it goes.
    private static func policy() -> RiskPolicy {
        var limits = RiskLimits.standard(
            dayLoss: Money(1_000_000_000),
            notional: Money(1_000_000_000_000),
            instrument: .usShares(
                maxOrderQuantity: Quantity(1_000_000_000),
                maxPosition: Quantity(1_000_000_000),
                maxDayQuantity: Quantity(1_000_000_000),
                averageDailyVolume: InstrumentLimits.volumeUnknown,
                maxOrderNotional: Money(1_000_000_000)
            )
        )
        limits.staleAge = .max
        limits.quoteAge = .max
        var policy = RiskPolicy(simple: limits, strategies: 1)
        var profile = policy.otherInstruments ?? InstrumentProfile(symbol)
        profile.symbol = symbol
        profile.averageDailyVolume = Quantity(1_000_000_000)
        profile.dailyVolatility = 100
        profile.halfSpread = 5
        policy.instruments = [profile]
        policy.shortSales = .us
        policy.locates = [Locate(symbol, Quantity(1_000_000_000), reference: "wide")]
        for kind in [LimitKind.executions, .duplicates] { policy.tighten(kind, to: 1_000, window: 1) }
        for kind in [LimitKind.messageRate, .messageBurst, .openOrders, .orderTradeRatio] {
            policy.tighten(kind, to: 1_000_000_000)
        }
        for kind in [LimitKind.walk, .participation, .predictedCost] { policy.tighten(kind, to: 1_000_000) }
        return policy
    }

    /// Lets so many milliseconds pass, each with a timer and the venue's answers.
    mutating func run(_ milliseconds: Int) {
        for _ in 0..<milliseconds {
            clock += 1_000_000
            engine.apply(timer(at: clock))
            answer()
        }
    }

    mutating func wait(_ time: Nanoseconds) { clock += time }

    mutating func tell(_ command: RiskCommand) {
        engine.apply(command.record(at: Timestamp(nanoseconds: clock)))
        answer()
    }

    private mutating func answer() {
        guard answers else { return }
        while answered < engine.gateway.orders.count {
            let order = engine.gateway.orders[answered]
            answered += 1
            engine.apply(report(.orderAccepted, order.id, execution: order.id, at: clock))
            let isTaken = order.side == .buy ? order.price >= price(1_002) : order.price <= price(1_000)
            guard isTaken else { continue }
            execution += 1
            let shares = Int(order.quantity.raw / Quantity(1).raw)
            if order.side == .buy { bought += shares }
            let cents: Int64 = order.side == .buy ? 1_002 : 1_000
            engine.apply(report(.orderFilled, order.id, shares, cents, execution: execution, at: clock))
        }
        while cancelled < engine.gateway.cancels.count {
            let id = engine.gateway.cancels[cancelled]
            cancelled += 1
            guard let order = engine.market.orders.order(id) else { continue }
            engine.apply(report(.orderCancelled, id, Int(order.leaves.raw / Quantity(1).raw), at: clock))
        }
    }

    func refusals(_ control: RiskControl) -> Int { Int(engine.market.risk.refusedCount(control)) }

    /// Sends one order; the control that refuses it, if any.
    mutating func asksOnce(_ shares: Int = 1, at cents: Int64 = 1_002, _ side: Side = .buy) -> RiskControl? {
        let before = RiskControl.allCases.map { refusals($0) }
        engine.strategy.atTimer = { _, intents in _ = intents.submit(stock, side, Quantity(shares), at: price(cents)) }
        run(1)
        engine.strategy.atTimer = { _, _ in }
        return RiskControl.allCases.enumerated().first { refusals($0.element) > before[$0.offset] }?.element
    }
}

extension RiskPolicy {
    /// Sets the firm's limit of a kind.
    fileprivate mutating func tighten(_ kind: LimitKind, to value: Int128, window: Nanoseconds = 0) {
        for place in limits.indices where limits[place].kind == kind && limits[place].scope == 0 {
            limits[place].hard = value
            limits[place].window = window
        }
    }

    fileprivate mutating func soften(_ kind: LimitKind, to value: Int128) {
        for place in limits.indices where limits[place].kind == kind { limits[place].soft = value }
    }
}
