// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import Testing

private let hour: Nanoseconds = 3_600_000_000_000
private let day = TradingDay("2026-01-05") ?? TradingDay(year: 2026, month: 1, day: 5)

/// Three lit venues with their own flow in one market, and a dark pool.
private func floor(outages: [FloorOutage] = []) -> FloorSettings {
    var venues = [
        FloorVenue("A", maker: Price(raw: -200_000), taker: Price(raw: 300_000)),
        FloorVenue("B", maker: Price(raw: 100_000), taker: Price(raw: -100_000)),
        FloorVenue("C", maker: Price(raw: -250_000), taker: Price(raw: 290_000)),
        FloorVenue("D", .dark, maker: Price(raw: 100_000), taker: Price(raw: 100_000)),
    ]
    for place in 0..<4 {
        venues[place].flowSeed = UInt64(place + 1)
        venues[place].feed = .constant(Nanoseconds(30_000 + place * 45_000))
        venues[place].order = .constant(Nanoseconds(50_000 + place * 70_000))
    }
    venues[1].outages = outages
    return FloorSettings(venues)
}

private func source(_ floor: FloorSettings, messages: Int = 15_000, days: Int = 1) throws -> FloorSource {
    let sources = try floor.litPlaces.map { place in
        var configuration = MarketDayConfiguration(symbols: 4, messages: messages, seed: 3, day: try #require(day))
        configuration.flowSeed = floor.venues[place].flowSeed
        configuration.halts = 0
        return try AgentDays(configuration, days: days)
    }
    return try FloorSource(sources, floor, capacity: BookCapacity(instruments: 16, orders: 1 << 14, levels: 1 << 13))
}

private func settings(_ floor: FloorSettings) -> BacktestSettings {
    var settings = BacktestSettings()
    settings.floor = floor
    settings.bookCapacity = BookCapacity(instruments: 16, orders: 1 << 14, levels: 1 << 13)
    settings.orderCapacity = 1 << 14
    settings.limits.staleAge = 60_000_000_000
    settings.limits.quoteAge = 60_000_000_000
    settings.limits.crossedTime = 60_000_000_000
    settings.timerInterval = 500_000_000
    return settings
}

/// Takes and rests at every venue in turn.
private struct Wanderer: Strategy {
    var venues = 4
    var steps = 0
    var quotes = 0
    var resting: OrderID = 0
    static var isRestorable: Bool { true }

    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        quotes += 1
    }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        steps += 1
        guard steps % 20 == 0, market.phase == .regular else { return }
        let turn = steps / 20
        let instrument = Instrument(id: UInt32(turn / 8 % 4))
        let quote = market.quote(instrument)
        guard quote.isTwoSided, !quote.isCrossed else { return }
        let side: Side = turn / 4 % 2 == 0 ? .buy : .sell
        let venue = venues == 1 ? Venue(id: 0) : Venue(place: turn % venues)
        if turn % 3 == 0 {
            if resting != 0 { intents.cancel(resting) }
            resting = intents.submit(instrument, side, Quantity(100), at: quote.price(side), venue: venue)
        } else {
            let limit = quote.price(side.opposite)
            _ = intents.submit(
                instrument,
                side,
                Quantity(100),
                at: limit,
                timeInForce: .immediateOrCancel,
                venue: venue
            )
        }
    }

    func save(to writer: inout StateWriter) {
        writer.write(steps)
        writer.write(quotes)
        writer.write(resting)
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        steps = try reader.read(Int.self)
        quotes = try reader.read(Int.self)
        resting = try reader.read(OrderID.self)
    }
}

@Suite("A backtest over several venues")
struct FloorBacktestTests {
    @Test func `a day over three lit venues and a dark pool: every venue fills, at its own fees, the same twice`()
        throws
    {
        let floor = floor()
        let runs = try (0..<2).map { _ in
            try Backtest(settings: settings(floor)).run(try source(floor), strategy: Wanderer())
        }
        let result = runs[0]
        #expect(result.counts.inconsistent == 0 && result.counts.malformed == 0)
        for place in 0..<4 {
            let fills = result.fills.filter { $0.venue == Venue(place: place) }
            #expect(fills.count > 3, "place \(place): \(fills.count) of \(result.fills.count); \(result.riskRejects)")
            for fill in fills {
                let rate = fill.isMaker ? floor.venues[place].maker : floor.venues[place].taker
                #expect(fill.fee == Money(rate, times: fill.quantity))
            }
        }
        let report = try #require(CostReport(result))
        #expect(report.by.venue?.map(\.name) == ["A", "B", "C", "D"])
        #expect(
            report.by.venue?.map(\.fills)
                == (0..<4).map { place in
                    result.fills.count { $0.venue == Venue(place: place) }
                }
        )
        for table in [ResultsTable.orders, .fills] {
            let lines = ResultsWriter(result).text(table).split(separator: "\n").dropFirst()
            #expect(Set(lines.map { $0.split(separator: ",").last }) == ["A", "B", "C", "D"])
        }
        #expect(result.outputHash == runs[1].outputHash && result.fills.count == runs[1].fills.count)
        let traded = result.fills.reduce(0) { $0 + ($1.side == .buy ? $1.quantity.raw : -$1.quantity.raw) }
        #expect(traded == result.finalPositions.reduce(0) { $0 + $1.quantity.raw })
    }

    @Test func `a dark fill is at the middle, better than what was displayed`() throws {
        let floor = floor()
        let result = try Backtest(settings: settings(floor)).run(try source(floor), strategy: Wanderer())
        let orders = Dictionary(uniqueKeysWithValues: result.orders.map { ($0.id, $0) })
        let dark = result.fills.filter { $0.venue == Venue(place: 3) && !$0.isMaker }
        #expect(!dark.isEmpty)
        for fill in dark {
            let order = try #require(orders[fill.orderID])
            #expect(fill.side == .buy ? fill.price <= order.price : fill.price >= order.price)
        }
        #expect(dark.contains { $0.price.raw % 1_000_000 != 0 }, "some middle lies between two cents")
    }

    @Test func `a replay of its journal does the same to the bit`() throws {
        let floor = floor(outages: [FloorOutage(from: 11 * hour, to: 12 * hour)])
        let disk = MemoryDisk()
        var sink = try DirectSink(disk, segmentSize: 1 << 22)
        let session = RecordedSession(configuration: "floor", midnight: try #require(day).midnight, notes: [])
        let isWritten = session.write(to: &sink)
        try #require(isWritten)
        let settings = settings(floor)
        let result = try Backtest(settings: settings)
            .run(try source(floor), strategy: Wanderer(), journal: &sink)
        sink.close()
        var engine = Engine(
            market: try settings.makeMarket(),
            strategy: Wanderer(),
            gateway: Outbox(),
            observer: NoObserver(),
            fees: settings.venueFees
        )
        let records = try disk.records().map(\.event)
        for event in records where !event.isOutput && event.kind != .side && event.kind != .checkpoint {
            engine.apply(event)
        }
        #expect(engine.hash.value == result.outputHash)
        let market = JournalSource(disk, try RecordedSession(disk), floor)
        let again = try Backtest(settings: settings).run(market, strategy: Wanderer())
        #expect(again.outputHash == result.outputHash && again.fills.count == result.fills.count)
        #expect(Set(records.filter { $0.kind == .addOrder }.map(\.venue.id)) == [1, 2, 3])
        #expect(Set(records.filter { $0.kind == .orderFilled }.map(\.venue.id)) == [1, 2, 3, 4])
        #expect(Set(records.filter { $0.kind == .newOrder }.map(\.venue.id)) == [1, 2, 3, 4])
    }

    @Test
    func `in its outage a venue shows nothing and fills nothing, and after it its book is what it would have been`()
        throws
    {
        let quiet = floor()
        let broken = floor(outages: [FloorOutage(from: 11 * hour, to: 12 * hour)])
        let midnight = try #require(day).midnight
        var books: [[Level?]] = []
        for floor in [quiet, broken] {
            let source = try source(floor)
            var books2 = try BookSet(capacity: BookCapacity(instruments: 16, orders: 1 << 14, levels: 1 << 13))
            let buffer = UnsafeMutableBufferPointer<Event>.allocate(capacity: 512)
            defer { buffer.deallocate() }
            var (isDark, last, isOut) = (true, Timestamp.zero, false)
            while case let count = try source.fill(buffer), count > 0 {
                for event in buffer[..<count] {
                    #expect(event.eventTime >= last)
                    last = event.eventTime
                    if event.venue == Venue(place: 1) || event.kind == .newDay { _ = books2.apply(event) }
                    if event.kind == .feedGap { isOut = event.detail != 0 }
                    if isOut, event.venue == Venue(place: 1) {
                        let isQuiet = (0..<4).allSatisfy { books2.quote(Instrument(id: UInt32($0))) == .empty }
                        let time = event.eventTime - midnight
                        if event.kind != .addOrder, time > 11 * hour, time < 12 * hour { isDark = isDark && isQuiet }
                    }
                }
            }
            #expect(isDark && books2.faults.total == 0)
            var levels: [Level?] = []
            for index in 0..<4 {
                for side in [Side.buy, .sell] {
                    for depth in 0..<6 { levels.append(books2.level(Instrument(id: UInt32(index)), side, depth)) }
                }
            }
            books.append(levels)
        }
        #expect(books[0] == books[1])

        let result = try Backtest(settings: settings(broken)).run(try source(broken), strategy: Wanderer())
        let inside = result.fills.filter { $0.time - midnight > 11 * hour && $0.time - midnight < 12 * hour }
        #expect(!inside.isEmpty && !inside.contains { $0.venue == Venue(place: 1) })
        #expect(result.fills.contains { $0.venue == Venue(place: 1) && $0.time - midnight > 12 * hour })
        #expect(result.counts.inconsistent == 0)
    }

    @Test func `several days follow each other with one new day for all venues`() throws {
        let floor = floor(outages: [FloorOutage(from: 11 * hour, to: 12 * hour)])
        let result = try Backtest(settings: settings(floor))
            .run(try source(floor, messages: 6_000, days: 2), strategy: Wanderer())
        #expect(result.counts.inconsistent == 0)
        let days = Set(result.fills.map { ($0.time - (day?.midnight ?? .zero)) / (24 * hour) })
        #expect(days == [0, 1])
    }

    @Test func `a floor of one lit venue does what the matching venue alone does`() throws {
        var alone = settings(floor())
        alone.floor = nil
        alone.venue = .matching
        var configuration = MarketDayConfiguration(symbols: 4, messages: 15_000, seed: 3, day: try #require(day))
        configuration.halts = 0
        var only = FloorVenue("A")
        only.feed = alone.models.feed
        only.order = alone.models.order
        only.report = alone.models.report
        let single = FloorSettings([only])
        let first = try Backtest(settings: alone).run(try AgentDays(configuration), strategy: Wanderer(venues: 1))
        let lone = try FloorSource([try AgentDays(configuration)], single)
        let second = try Backtest(settings: settings(single)).run(lone, strategy: Wanderer(venues: 1))
        #expect(first.fills.count > 10)
        let isEqual =
            first.fills.map(\.price) == second.fills.map(\.price) && first.fills.map(\.time) == second.fills.map(\.time)
            && first.orders.map(\.state) == second.orders.map(\.state)
        #expect(isEqual)
    }
}
