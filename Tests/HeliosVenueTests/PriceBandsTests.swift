// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Price bands")
struct PriceBandsTests {
    private let stock = Instrument(id: 0)

    /// Dollars as a price.
    private func dollars(_ cents: Int64) -> Price { Price(raw: cents * 1_000_000) }
    private func second(_ number: Int64) -> Timestamp { Timestamp(nanoseconds: (36_000 + number) * 1_000_000_000) }

    private func makeExchange() throws -> Exchange {
        let symbol = try #require(Symbol("ACME"))
        let exchange = try Exchange(symbols: [symbol], users: ["ONE"], midnight: .zero, feedMessages: 4_096)
        exchange.begin(at: second(0))
        exchange.apply(.phase(stock, .open, time: second(0)))
        return exchange
    }

    private func trade(_ exchange: Exchange, at price: Price, number: UInt64, _ time: Timestamp) {
        exchange.apply(.enter(stock, owner: 0, id: number * 2, .sell, Quantity(100), at: price, time: time))
        exchange.apply(.enter(stock, owner: 1, id: number * 2 + 1, .buy, Quantity(100), at: price, time: time))
    }

    private func count(_ exchange: Exchange, _ type: Character) -> Int {
        exchange.withFeed { feed in
            (1..<feed.nextSequence).reduce(0) { $0 + (feed[$1]?[0] == type.asciiValue ? 1 : 0) }
        }
    }

    @Test(
        "widths are those of the US plan",
        arguments: [
            (5_000, 1, false, 250), (5_000, 2, false, 500), (5_000, 1, true, 500), (5_000, 2, true, 500),
            (300, 1, false, 60), (300, 2, true, 120), (100, 2, false, 20), (50, 1, false, 15), (10, 1, false, 7),
        ]
    )
    func widths(reference: Int64, tier: Int, isLate: Bool, cents: Int64) {
        let width = PriceBands.width(.limitUpLimitDown(tier: tier), reference: reference * 1_000_000, isLate: isLate)
        #expect(width / 1_000_000 == cents)
    }

    @Test func `nothing trades outside the bands, which move when the mean of the trades has moved by a hundredth`()
        throws
    {
        let exchange = try makeExchange()
        var bands = PriceBands(VenueBands(.fixed(500)), instruments: 1, midnight: .zero)
        trade(exchange, at: dollars(10_000), number: 1, second(1))
        bands.step(exchange, at: second(1))
        #expect(count(exchange, "J") == 1)
        // 5 % of 100.00: a buy above 105.00 is cancelled, one at it stands.
        exchange.apply(.enter(stock, owner: 1, id: 90, .buy, Quantity(100), at: dollars(10_600), time: second(2)))
        #expect(exchange.quote(of: stock).bid == .zero)
        exchange.apply(.enter(stock, owner: 1, id: 91, .buy, Quantity(100), at: dollars(10_400), time: second(2)))
        #expect(exchange.quote(of: stock).bid == dollars(10_400))
        exchange.apply(.cancel(stock, owner: 1, id: 91, time: second(2)))
        for number in 2..<60 {
            trade(exchange, at: dollars(10_090), number: UInt64(number), second(Int64(number)))
            bands.step(exchange, at: second(Int64(number)))
        }
        #expect(count(exchange, "J") == 1)
        for number in 60..<600 {
            trade(exchange, at: dollars(10_300), number: UInt64(number), second(Int64(number)))
            bands.step(exchange, at: second(Int64(number)))
        }
        #expect(count(exchange, "J") >= 2)
        exchange.apply(.enter(stock, owner: 1, id: 92, .buy, Quantity(100), at: dollars(10_700), time: second(601)))
        #expect(exchange.quote(of: stock).bid == dollars(10_700))
    }

    @Test func `a limit state of fifteen seconds pauses trading, and an auction opens it again without bands`() throws {
        let exchange = try makeExchange()
        var bands = PriceBands(VenueBands(.fixed(500)), instruments: 1, midnight: .zero)
        trade(exchange, at: dollars(10_000), number: 1, second(1))
        bands.step(exchange, at: second(1))
        exchange.apply(.enter(stock, owner: 1, id: 90, .buy, Quantity(100), at: dollars(10_500), time: second(2)))
        for time in 2..<17 { bands.step(exchange, at: second(Int64(time))) }
        #expect(exchange.phase(of: stock) == .open)
        bands.step(exchange, at: second(17))
        #expect(exchange.phase(of: stock) == .paused && bands.pauses == 1 && bands.isPaused(stock))
        exchange.apply(.enter(stock, owner: 0, id: 80, .sell, Quantity(100), at: dollars(10_500), time: second(20)))
        for time in 18..<317 { bands.step(exchange, at: second(Int64(time))) }
        #expect(exchange.phase(of: stock) == .paused)
        bands.step(exchange, at: second(317))
        #expect(exchange.phase(of: stock) == .open && !bands.isPaused(stock))
        #expect(exchange.lastPrice(of: stock) == dollars(10_500))
        // The auction's price leads the next bands.
        bands.step(exchange, at: second(318))
        exchange.apply(.enter(stock, owner: 1, id: 93, .buy, Quantity(100), at: dollars(11_000), time: second(319)))
        #expect(exchange.quote(of: stock).bid == dollars(11_000))
    }
}
