// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy
import Testing

private let amazon = Instrument(id: 0)
private let open = Timestamp(nanoseconds: 34_200_000_000_000)

/// Swallows what it is given.
private struct DeafGateway: OrderGateway, ~Copyable {
    mutating func send(_ order: consuming Cleared) {}
    mutating func replace(_ order: consuming Cleared) {}
    mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) {}
}

/// Does at each timer what the test says; its one signal counts what it has heard of refusals.
private struct Script: Strategy {
    var atTimer: (borrowing MarketState, inout Intents) -> Void = { _, _ in }
    var refusals = 0

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) { atTimer(market, &intents) }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard update.kind == .refusedByRisk else { return }
        refusals += 1
        if update.orderID == 1 { _ = intents.submit(amazon, .buy, Quantity(1), at: inCents(1_002)) }
    }

    func signals(for order: NewOrder, _ market: borrowing MarketState) -> [SignalValue] {
        [
            SignalValue("refusals", .number(Double(refusals)), threshold: .number(-2.5), "refusals heard of"),
            SignalValue("mid", .exact("\(market.quote(amazon).mid)"), unit: "currency", "halfway"),
        ]
    }

    func reason(for order: NewOrder, _ market: borrowing MarketState) -> String { "The script says \"buy\"." }
}

private func inCents(_ value: Int64) -> Price { Price(raw: value * Price.scale / 100) }

private func event(
    _ kind: EventKind,
    order: OrderID = 0,
    _ shares: Int = 0,
    _ price: Int64 = 0,
    detail: UInt64 = 0,
    flags: EventFlags = [],
    at time: Nanoseconds
) -> Event {
    Event(
        eventTime: open + (time - 40),
        receiveTime: open + time,
        orderID: order,
        price: inCents(price),
        quantity: Quantity(shares),
        instrument: kind == .timer || kind == .systemEvent ? .none : amazon,
        kind: kind,
        flags: flags,
        detail: detail
    )
}

/// Ten events to 10.00 at 10.02 in a market that trades, and then those of a test.
private struct Replay<Observer: EngineObserver & ~Copyable>: ~Copyable {
    var engine: Engine<Script, DeafGateway, Observer>
    var sequence: UInt64 = 0

    init(_ script: Script, _ observer: consuming Observer) throws {
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(1_000),
            maxPosition: Quantity(100_000),
            maxDayQuantity: Quantity(1_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown
        )
        let market = MarketState(
            books: try BookSet(capacity: BookCapacity(instruments: 2, orders: 64, levels: 64)),
            orders: 100,
            instruments: 2,
            limits: .standard(dayLoss: Money(100_000), notional: Money(1_000_000_000), instrument: shares)
        )
        let fees = FeeSchedule(maker: Price(raw: -200_000), taker: Price(raw: 300_000))
        engine = Engine(market: market, strategy: script, gateway: DeafGateway(), observer: observer, fees: fees)
    }

    static var opening: [Event] {
        [
            event(.systemEvent, detail: UInt64(UInt8(ascii: "Q")), at: 1),
            event(.tradingStatus, detail: UInt64(UInt8(ascii: "T")), at: 2),
            event(.addOrder, order: 1, 500, 1_000, at: 3),
            event(.addOrder, order: 2, 700, 999, at: 4),
            event(.addOrder, order: 3, 200, 1_002, flags: .sell, at: 5),
            event(.addOrder, order: 4, 100, 1_002, flags: .sell, at: 6),
        ]
    }
}

/// The story of order `id` of a script.
private func explain(_ id: OrderID, _ events: [Event], _ script: Script) throws -> OrderExplanation? {
    let recorder = ExplanationRecorder(order: id, route: .only("Nasdaq (simulated)"))
    var replay = try Replay(script, recorder)
    for (place, event) in (Replay<ExplanationRecorder>.opening + events).enumerated() {
        replay.engine.observer.willApply(event, sequence: UInt64(place + 1))
        replay.engine.apply(event)
    }
    var names = InstrumentDirectory()
    _ = names.register(try #require(Symbol("AMZN")))
    return replay.engine.observer.explanation(names: names, midnight: .zero)
}

/// Buys 300 at the first timer, asks for the cancel at the second.
private var buyAndCancel: Script {
    Script(atTimer: { market, intents in
        if market.orders.order(1) == nil {
            _ = intents.submit(amazon, .buy, Quantity(300), at: inCents(1_002), group: 3, leg: 1)
        } else {
            intents.cancel(1)
        }
    })
}

private let twoFillsAndACancel = [
    event(.timer, at: 1_000),
    event(.orderAccepted, order: 1, 300, 1_002, detail: 77, at: 200_000),
    event(.orderFilled, order: 1, 100, 1_002, detail: 501, at: 300_000),
    event(.orderFilled, order: 1, 50, 1_001, detail: 502, flags: .maker, at: 400_123),
    event(.orderFilled, order: 1, 50, 1_001, detail: 502, flags: .maker, at: 400_124),
    event(.timer, at: 500_000),
    event(.orderCancelled, order: 1, 150, 1_002, detail: 0, at: 1_234_567),
]

@Suite("The story of an order")
struct ExplanationTests {
    @Test func `an order that fills in two parts and is cancelled, as text`() throws {
        let told = try explain(1, twoFillsAndACancel, buyAndCancel)
        let text = try #require(told).text()
        #expect(text == expectedLife, "\n\(text)")
    }

    @Test func `a refused order, as text`() throws {
        let script = Script(atTimer: { _, intents in
            _ = intents.submit(amazon, .buy, Quantity(1_001), at: inCents(1_002))
        })
        let told = try explain(1, [event(.timer, at: 1_000)], script)
        let text = try #require(told).text()
        #expect(text == expectedRefusal, "\n\(text)")
    }

    @Test func `the outcome is what pen and paper say`() throws {
        let told = try explain(1, twoFillsAndACancel, buyAndCancel)
        let outcome = try #require(told).outcome
        // 100 at 10.02 and 50 at 10.01 against 10.01: one dollar for 1,501.50.
        #expect(outcome.filled == Quantity(150) && outcome.state == .canceled)
        #expect(outcome.averagePrice == Price(raw: 1_001_666_667))
        #expect(outcome.arrivalMid == inCents(1_001) && outcome.slippage == Money(1))
        #expect(outcome.slippageBasisPoints == 1 / 1_501.5 * 10_000)
        // Takes 100 at 0.003, is paid 0.002 for 50.
        #expect(outcome.fees == Money(raw: 2_000_000_000_000_000))
        #expect(outcome.duration == 1_233_567)
    }

    @Test func `an order whose end is not in the journal says so, and one that was never asked for has no story`()
        throws
    {
        let part = Array(twoFillsAndACancel.prefix(3))
        let told = try explain(1, part, buyAndCancel)
        let story = try #require(told)
        #expect(story.outcome.duration == nil && story.outcome.state == .partiallyFilled)
        #expect(story.text().contains("its end is not in the journal"))
        let nothing = try explain(2, twoFillsAndACancel, buyAndCancel)
        #expect(nothing == nil)
    }

    @Test func `the values are those of the decision, though a refusal in between changes the strategy's mind`() throws
    {
        let script = Script(atTimer: { _, intents in
            _ = intents.submit(amazon, .buy, Quantity(1_001), at: inCents(1_002))
            _ = intents.submit(amazon, .buy, Quantity(100), at: inCents(1_002))
        })
        func heard(_ id: OrderID) throws -> SignalValue.Amount? {
            let told = try explain(id, [event(.timer, at: 1_000)], script)
            return try #require(told).signals.first?.value
        }
        #expect(try heard(1) == .number(0) && heard(2) == .number(0))
        // The third was asked for when the first was refused.
        #expect(try heard(3) == .number(1))
    }

    @Test func `the gate is asked with everything that earlier orders of the same event have reserved`() throws {
        let script = Script(atTimer: { _, intents in
            _ = intents.submit(amazon, .buy, Quantity(400), at: inCents(1_002))
            _ = intents.submit(amazon, .buy, Quantity(100), at: inCents(1_002))
        })
        let told = try explain(2, [event(.timer, at: 1_000)], script)
        let position = try #require(told).checks.first { $0.control == .p11 }
        #expect(position?.valueText == "500")
    }

    @Test func `watching an engine changes nothing in it`() throws {
        func hash<O: EngineObserver & ~Copyable>(_ observer: consuming O) throws -> UInt64 {
            var replay = try Replay(buyAndCancel, observer)
            for event in Replay<O>.opening + twoFillsAndACancel { replay.engine.apply(event) }
            return replay.engine.hash.value
        }
        let watched = try hash(ExplanationRecorder(order: 1, route: .only("X")))
        let unwatched = try hash(NoObserver())
        #expect(watched == unwatched)
    }
}

/// A pair that samples at every timer and has a short memory, and the story of its orders.
private struct PairReplay: ~Copyable {
    var engine: Engine<StrategySet, DeafGateway, ExplanationRecorder>
    private var sequence: UInt64 = 0
    private var time: Nanoseconds = 0
    private var names = InstrumentDirectory()

    init(explaining id: OrderID) throws {
        var parameters = PairsParameters(pairs: [try #require(PairName("YYY~XXX"))])
        parameters.sampleInterval = 100_000_000
        (parameters.hedgeWindow, parameters.zWindow, parameters.warmUp) = (40, 20, 40)
        parameters.refitEvery = 5
        (parameters.minHalfLife, parameters.costMultiple) = (0, 0)
        let set = StrategySet([.pairs(parameters)], instruments: &names, midnight: .zero)
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(1_000),
            maxPosition: Quantity(100_000),
            maxDayQuantity: Quantity(1_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown
        )
        engine = Engine(
            market: MarketState(
                books: try BookSet(capacity: BookCapacity(instruments: 2, orders: 64, levels: 64)),
                orders: 100,
                instruments: 2,
                limits: .standard(dayLoss: Money(100_000), notional: Money(1_000_000_000), instrument: shares)
            ),
            strategy: set,
            gateway: DeafGateway(),
            observer: ExplanationRecorder(order: id, route: .only("X")),
            fees: FeeSchedule()
        )
        apply(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        for id in 0..<2 {
            let trading = UInt64(UInt8(ascii: "T"))
            apply(Event(instrument: Instrument(id: UInt32(id)), kind: .tradingStatus, detail: trading))
        }
    }

    mutating func apply(_ event: Event) {
        var event = event
        time += 1_000
        event.receiveTime = open + (600_000_000_000 + time)
        event.eventTime = event.receiveTime
        sequence += 1
        engine.observer.willApply(event, sequence: sequence)
        engine.apply(event)
    }

    /// A bid and an ask a cent to either side of `raw`.
    mutating func quote(_ instrument: UInt32, _ raw: Int64) {
        for (offset, flags) in [(Int64(-1), EventFlags()), (1, .sell)] {
            apply(
                Event(
                    price: Price(raw: raw + offset * 1_000_000),
                    quantity: Quantity(900),
                    instrument: Instrument(id: instrument),
                    kind: .setLevel,
                    flags: flags
                )
            )
        }
    }

    mutating func clear(_ instrument: UInt32) {
        apply(Event(instrument: Instrument(id: instrument), kind: .clearBook))
    }

    mutating func tick() {
        time += 100_000_000
        apply(Event(kind: .timer))
    }

    var story: OrderExplanation? {
        let label = StrategyLabel(name: "pairs", parameters: [], groups: ["YYY~XXX"])
        return engine.observer.explanation(names: names, midnight: .zero, labels: [label])
    }
}

@Suite("The story of a pair's order")
struct PairExplanationTests {
    @Test func `a leg's story has both books, the model's values and the names of strategy and pair`() throws {
        var replay = try PairReplay(explaining: 2)
        var noise: UInt64 = 7
        var wiggle: Int64 = 0
        for step in 0..<60 {
            noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Comes back by four tenths a step: a half-life can be fitted.
            wiggle = wiggle * 6 / 10 + Int64(noise >> 33) % 2_001_001 - 1_000_500
            let x = (5_000 + Int64(step % 11) * 5) * 1_000_000
            for (instrument, value) in [(UInt32(1), x), (UInt32(0), 2 * x + 1_000_000_000 + wiggle)] {
                replay.clear(instrument)
                replay.quote(instrument, value)
            }
            replay.tick()
        }
        replay.clear(0)
        replay.quote(0, 11_040_000_000 + 1_600_000)
        for _ in 0..<3 where !replay.engine.observer.isFound { replay.tick() }
        let told = replay.story
        let story = try #require(told)
        #expect(story.books.map(\.instrument.id) == [1, 0] && story.order.instrument.id == 1)
        #expect(story.reason.hasPrefix("Entry: z = ") && story.reason.hasSuffix("this is leg x (XXX)."))
        #expect(
            story.signals.map(\.name) == [
                "z", "spread", "mean", "deviation", "beta", "halfLife", "enterZ", "exitZ", "stopZ", "expectedGain",
                "pair", "phase", "direction", "leg", "legPosition", "legTarget",
            ]
        )
        #expect(story.text().contains("(pairs, YYY~XXX, leg 1)"))
        #expect(story.checks.allSatisfy { $0.verdict == .passed } && story.life.first?.kind == .sent)
        #expect(story.cause.event.kind == .setLevel || story.cause.event.kind == .timer)
    }
}

@Suite("The story of an order for programs")
struct ExplanationJSONTests {
    private func object(_ told: OrderExplanation?) throws -> [String: Any] {
        let json = try #require(told).json()
        return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    @Test func `every section can be read back`() throws {
        let told = try explain(1, twoFillsAndACancel, buyAndCancel)
        let story = try object(told)
        #expect(
            Set(story.keys) == [
                "order", "cause", "decision", "books", "signals", "risk", "route", "life", "outcome",
            ]
        )
        let order = try #require(story["order"] as? [String: Any])
        #expect(order["id"] as? Int == 1 && order["instrument"] as? String == "AMZN" && order["leg"] as? Int == 1)
        #expect(order["limit"] as? String == "10.02" && order["quantity"] as? String == "300")
        let cause = try #require(story["cause"] as? [String: Any])
        #expect(cause["sequence"] as? Int == 7 && cause["kind"] as? String == "timer")
        #expect(cause["receiveTime"] as? String == "1970-01-01T09:30:00.000001000Z")
        #expect(cause["receiveTimeNanoseconds"] as? Int == 34_200_000_001_000)
        let decision = try #require(story["decision"] as? [String: Any])
        #expect(decision["reason"] as? String == "The script says \"buy\".")
        let books = try #require(story["books"] as? [[String: Any]])
        let asks = try #require(books.first?["asks"] as? [[String: Any]])
        #expect(asks.count == 1 && asks[0]["quantity"] as? String == "300" && asks[0]["orders"] as? Int == 2)
        let signals = try #require(story["signals"] as? [[String: Any]])
        #expect(signals[0]["threshold"] as? Double == -2.5 && signals[1]["value"] as? String == "10.01")
        let route = try #require(story["route"] as? [String: Any])
        #expect(route["venue"] as? String == "Nasdaq (simulated)" && (route["alternatives"] as? [Any])?.isEmpty == true)
    }

    @Test func `the life has every step with its state, and the outcome its numbers`() throws {
        let told = try explain(1, twoFillsAndACancel, buyAndCancel)
        let story = try object(told)
        let life = try #require(story["life"] as? [[String: Any]])
        #expect(
            life.map { $0["kind"] as? String } == [
                "sent", "accepted", "filled", "filled", "ignored", "cancelSent", "cancelled",
            ]
        )
        #expect(life.map { $0["sequence"] as? Int } == [7, 8, 9, 10, 11, 12, 13])
        #expect(life.map { $0["leaves"] as? String } == ["300", "300", "200", "150", "150", "150", "0"])
        #expect(life[3]["liquidity"] as? String == "maker" && life[3]["fee"] as? String == "-0.10")
        #expect(life[3]["sinceSentNanoseconds"] as? Int == 399_123)
        #expect(life[5]["before"] as? String == "partiallyFilled" && life[5]["after"] as? String == "pendingCancel")
        #expect(life[5]["venueTime"] is NSNull)
        let outcome = try #require(story["outcome"] as? [String: Any])
        #expect(outcome["averagePrice"] as? String == "10.01666667" && outcome["slippage"] as? String == "1.00")
        #expect(outcome["fees"] as? String == "0.20" && outcome["durationNanoseconds"] as? Int == 1_233_567)
        #expect(outcome["refusedBy"] is NSNull)
    }

    @Test func `a refusal names its control, value and limit, and what was not reached has none`() throws {
        let script = Script(atTimer: { _, intents in
            _ = intents.submit(amazon, .sell, Quantity(5_000), at: .zero, type: .market)
        })
        let told = try explain(1, [event(.timer, at: 1_000)], script)
        let story = try object(told)
        let risk = try #require(story["risk"] as? [[String: Any]])
        let failed = risk.filter { $0["verdict"] as? String == "failed" }
        #expect(failed.count == 1 && failed[0]["control"] as? String == "P01")
        #expect(failed[0]["value"] as? String == "5000" && failed[0]["limit"] as? String == "1000")
        #expect(risk.last?["verdict"] as? String == "notReached" && risk.last?["value"] is NSNull)
        let order = try #require(story["order"] as? [String: Any])
        #expect(order["limit"] is NSNull && order["sentLimit"] is NSNull)
        let outcome = try #require(story["outcome"] as? [String: Any])
        #expect(outcome["refusedBy"] as? String == "P01" && outcome["averagePrice"] is NSNull)
    }
}

private let expectedLife = """
    Order 1: buy 300 AMZN at 10.02, day (strategy 0, group 3, leg 1)
      canceled: 150 of 300 filled at 10.01666667

    Cause
      09:30:00.000001000  record 7: timer, at its source 09:30:00.000000960

    Book
      AMZN, trading, last changed 09:29:59.999999966
      orders  shares    bid    ask  shares  orders
           1     500  10.00  10.02     300       2
           1     700   9.99

    Signals
      signal    value  against  unit      meaning
      refusals   0.00    -2.50            refusals heard of
      mid       10.01           currency  halfway

    Decision
      09:30:00.000001000  The script says "buy".

    Risk
      control  compared                                                                       value  must be                          verdict
      STATE    state of the scope                                                            active  at most reduceOnly               passed
      P26      program and configuration as they were signed off                                                                      passed
      P22      number of the strategy, which has a scope                                          0  below 64                         passed
      P06      number of the instrument, which is listed                                          0  below 2                          passed
      P22      number of the venue                                                                0  below 1                          passed
      STATE    state of the scope                                                            active  at most active                   passed
      STATE    state of the scope                                                            active  at most active                   passed
      P14      the day's profit below its start or its high                                    0.00  above -100,000.00                passed
      P14      the day's profit below its start or its high                                    0.00  above -100,000.00                passed
      P27      account and instrument that fit the session                                                                            passed
      P22      permission for limit orders of the strategy in the instrument at the venue                                             passed
      P18      no restriction of the instrument                                                                                       passed
      P21      state of the instrument                                                      trading  equal to trading                 passed
      P21      phase of the day that takes limit orders                                     regular                                   passed
      P17      a feed without interruption                                                                                            passed
      P17      age of the book                                                             1,034 ns  within 1,000,000,000 ns          passed
      P17      time that the book is crossed                                                   0 ns  within 1,000,000,000 ns          passed
      P17      time since the price jumped                                                           outside 1,000,000,000 ns         passed
      P06      order number                                                                       1  1 to 100                         passed
      P01      order quantity                                                                   300  above 0                          passed
      P01      order quantity in lots                                                           300  multiple of 1                    passed
      P06      limit price                                                                    10.02  above 0.00                       passed
      P06      limit price in ticks                                                           10.02  multiple of 0.01                 passed
      P01      order quantity                                                                   300  at most 1,000                    passed
      P01      order quantity                                                                   300  at most 922,337,203.68547758     passed
      P02      order value                                                                 3,006.00  at most 500,000.00               passed
      P23      instrument and venue that the strategy declared                                                                        passed
      P05      reference price                                                                10.01  above 0.00                       passed
      P03      limit price                                                                    10.02  at most 11.011                   passed
      P03      limit price                                                                    10.02  at least 7.007                   passed
      P04      limit price within the walk of the window                                      10.02  at most 10.2102                  passed
      P10      an order number not used before                                                    1                                   passed
      P10      equal orders in the window                                                         1  at most 4                        passed
      P07      messages in the bucket                                                             0  at most 200                      passed
      P25      orders that may trade                                                              1  at most 500                      passed
      P25      messages for each trade less one                                                   1  at most 500                      passed
      P08      a strategy that was not stopped for its executions                                                                     passed
      P16      no own order that it would meet                                                                                        passed
      P06      sums of quantities and values that fit                                           300  at most 92,233,720,368.54775807  passed
      P11      position with all open orders bought                                             300  at most 100,000                  passed
      P11      bought today with all open orders                                                300  at most 1,000,000                passed
      P12      gross value with all open orders filled                                     3,006.00  at most 1,000,000,000.00         passed
      P12      net value with all open orders on one side filled                           3,006.00  at most 1,000,000,000.00         passed
      P13      value held and open                                                         3,006.00  at most 1,000,000,000.00         passed

    Route
      Nasdaq (simulated)  chosen  the only venue of this run: there was nothing to choose between

    Life
      time                   since sent  record  event                                state                              leaves    fee  liquidity
      09:30:00.000001000          +0 ns       7  sent to Nasdaq (simulated)           none → pendingNew                     300
      09:30:00.000200000    +199,000 ns       8  accepted, venue number 77            pendingNew → new                      300
      09:30:00.000300000    +299,000 ns       9  filled 100 at 10.02                  new → partiallyFilled                 200   0.30  taker
      09:30:00.000400123    +399,123 ns      10  filled 50 at 10.01                   partiallyFilled → partiallyFilled     150  -0.10  maker
      09:30:00.000400124    +399,124 ns      11  ignored: order filled (told before)  partiallyFilled → partiallyFilled     150
      09:30:00.000500000    +499,000 ns      12  cancel sent                          partiallyFilled → pendingCancel       150
      09:30:00.001234567  +1,233,567 ns      13  cancelled 150: we asked              pendingCancel → canceled                0

    Outcome
      state          canceled
      filled         150 of 300
      average price  10.01666667
      arrival mid    10.01
      slippage       1.00 (6.66 bp worse than the arrival mid)
      fees           0.20
      duration       1,233,567 ns (1.23 ms)

    """

private let expectedRefusal = """
    Order 1: buy 1,001 AMZN at 10.02, day (strategy 0, group 0, leg 0)
      never sent: refused by P01: order quantity 1001, must be at most 1000

    Cause
      09:30:00.000001000  record 7: timer, at its source 09:30:00.000000960

    Book
      AMZN, trading, last changed 09:29:59.999999966
      orders  shares    bid    ask  shares  orders
           1     500  10.00  10.02     300       2
           1     700   9.99

    Signals
      signal    value  against  unit      meaning
      refusals   0.00    -2.50            refusals heard of
      mid       10.01           currency  halfway

    Decision
      09:30:00.000001000  The script says "buy".

    Risk
      control  compared                                                                       value  must be                   verdict
      STATE    state of the scope                                                            active  at most reduceOnly        passed
      P26      program and configuration as they were signed off                                                               passed
      P22      number of the strategy, which has a scope                                          0  below 64                  passed
      P06      number of the instrument, which is listed                                          0  below 2                   passed
      P22      number of the venue                                                                0  below 1                   passed
      STATE    state of the scope                                                            active  at most active            passed
      STATE    state of the scope                                                            active  at most active            passed
      P14      the day's profit below its start or its high                                    0.00  above -100,000.00         passed
      P14      the day's profit below its start or its high                                    0.00  above -100,000.00         passed
      P27      account and instrument that fit the session                                                                     passed
      P22      permission for limit orders of the strategy in the instrument at the venue                                      passed
      P18      no restriction of the instrument                                                                                passed
      P21      state of the instrument                                                      trading  equal to trading          passed
      P21      phase of the day that takes limit orders                                     regular                            passed
      P17      a feed without interruption                                                                                     passed
      P17      age of the book                                                             1,034 ns  within 1,000,000,000 ns   passed
      P17      time that the book is crossed                                                   0 ns  within 1,000,000,000 ns   passed
      P17      time since the price jumped                                                           outside 1,000,000,000 ns  passed
      P06      order number                                                                       1  1 to 100                  passed
      P01      order quantity                                                                 1,001  above 0                   passed
      P01      order quantity in lots                                                         1,001  multiple of 1             passed
      P06      limit price                                                                    10.02  above 0.00                passed
      P06      limit price in ticks                                                           10.02  multiple of 0.01          passed
      P01      order quantity                                                                 1,001  at most 1,000             failed
      P01      order quantity                                                                                                  not reached
      P02      order value                                                                                                     not reached
      P23      instrument and venue that the strategy declared                                                                 not reached
      P23      limit price that the strategy declared                                                                          not reached
      P23      order value that the strategy declared                                                                          not reached
      P23      orders of the day that the strategy declared                                                                    not reached
      P05      reference price                                                                                                 not reached
      P03      limit price                                                                                                     not reached
      P03      limit price                                                                                                     not reached
      P04      limit price within the walk of the window                                                                       not reached
      P10      an order number not used before                                                                                 not reached
      P10      equal orders in the window                                                                                      not reached
      P07      messages in the bucket                                                                                          not reached
      P08      a strategy that was not stopped for its executions                                                              not reached
      P25      orders that may trade                                                                                           not reached
      P25      messages for each trade less one                                                                                not reached
      P16      no own order that it would meet                                                                                 not reached
      P06      sums of quantities and values that fit                                                                          not reached
      P11      position with all open orders bought                                                                            not reached
      P11      bought today with all open orders                                                                               not reached
      P12      gross value with all open orders filled                                                                         not reached
      P12      net value with all open orders on one side filled                                                               not reached
      P13      value held and open                                                                                             not reached

    Route
      Nasdaq (simulated)  would have been chosen  the only venue of this run: there was nothing to choose between

    Life
      time                since sent  record  event                                                      state            leaves  fee  liquidity
      09:30:00.000001000                   7  refused by P01: order quantity 1001, must be at most 1000  none → rejected       0

    Outcome
      state        never sent
      filled       0 of 1,001
      arrival mid  10.01
      fees         0.00

    """
