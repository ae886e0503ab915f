// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue
import Testing

private let stock = Instrument(id: 0)

private func cents(_ value: Int64) -> Price { Price(raw: value * Price.scale / 100) }

/// Two lit venues that are open and a dark pool behind them; every call is a microsecond after the one before.
private final class Script {
    var floor: Floor
    var time = Timestamp(nanoseconds: 1_000_000_000)

    init(dark: DarkLiquidity = DarkLiquidity(.fixed(300), emptyShare: 0), hidden: Int64 = 0) throws {
        var first = FloorVenue("A")
        first.hiddenShare = hidden
        first.report = .constant(700)
        var second = FloorVenue("B")
        second.report = .constant(90_000)
        var pool = FloorVenue("D", .dark)
        pool.report = .constant(5_000)
        pool.dark = dark
        floor = try Floor(
            FloorSettings([first, second, pool]),
            capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024),
            models: SimulationModels()
        )
        for place in 0..<2 {
            tell(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))), place)
            tell(Event(instrument: stock, kind: .tradingStatus, detail: UInt64(UInt8(ascii: "T"))), place)
            let auction = UInt64(UInt8(ascii: "O")) << 56
            tell(Event(instrument: stock, kind: .crossTrade, detail: auction), place)
        }
    }

    func tell(_ event: Event, _ place: Int) {
        time = time + 1_000
        var event = event
        event.eventTime = time
        event.venue = Venue(place: place)
        floor.advance(event)
    }

    func add(_ id: OrderID, _ side: Side, _ shares: Int, _ price: Int64, _ place: Int) {
        var event = Event(orderID: id, price: cents(price), quantity: Quantity(shares), kind: .addOrder)
        event.instrument = stock
        if side == .sell { event.flags = .sell }
        tell(event, place)
    }

    func send(
        _ id: OrderID,
        _ side: Side,
        _ shares: Int,
        _ price: Int64,
        _ place: Int,
        _ timeInForce: TimeInForce = .immediateOrCancel,
        isSweep: Bool = false
    ) {
        time = time + 1_000
        floor.submit(
            NewOrder(
                id: id,
                instrument: stock,
                side: side,
                timeInForce: timeInForce,
                quantity: Quantity(shares),
                price: cents(price),
                tag: OrderTag(strategy: 0),
                venue: Venue(place: place),
                isSweep: isSweep
            ),
            at: time
        )
    }

    func cancel(_ id: OrderID) {
        time = time + 1_000
        floor.cancel(id, at: time)
    }

    /// All reports that are under way, in the order in which they arrive.
    func reports() -> [String] {
        var lines: [String] = []
        var last = Timestamp.zero
        while floor.nextReportTime != .never {
            let expected = floor.nextReportTime
            let report = floor.takeReport()
            #expect(report.receiveTime == expected && expected >= last)
            last = expected
            let price = report.kind == .orderFilled ? " at \(report.price)" : ""
            let hidden = report.flags.contains(.hidden) && report.venue.id == 1 ? " hidden" : ""
            lines.append(
                "\(report.kind) \(report.orderID) \(report.quantity)\(price) venue \(report.venue.id)\(hidden)"
            )
        }
        return lines
    }
}

@Suite struct FloorTests {
    @Test func `orders meet the book of the venue that they name, and reports name it`() throws {
        let script = try Script()
        script.add(1, .sell, 500, 1_002, 0)
        script.add(1, .sell, 200, 1_001, 1)
        script.send(1, .buy, 300, 1_002, 0)
        script.send(2, .buy, 300, 1_002, 1)
        // The second venue's line is the longer one.
        #expect(
            script.reports() == [
                "orderAccepted 1 300 venue 1", "orderFilled 1 300 at 10.02 venue 1", "orderAccepted 2 300 venue 2",
                "orderFilled 2 200 at 10.01 venue 2", "orderCancelled 2 100 venue 2",
            ]
        )
    }

    @Test func `what trades through a better quote that stands elsewhere is counted, a sweep is not`() throws {
        let script = try Script()
        script.add(1, .sell, 900, 1_002, 0)
        script.add(1, .sell, 200, 1_001, 1)
        script.add(2, .buy, 200, 990, 0)
        script.time = script.time + 2_000_000_000
        script.send(1, .buy, 100, 1_002, 0, isSweep: true)
        #expect(script.floor.sweeps == 1 && script.floor.tradeThroughs == 0)
        script.send(2, .buy, 100, 1_002, 0)
        #expect(script.floor.sweeps == 1 && script.floor.tradeThroughs == 1)
        // At the same price as the other, and at a better one, nobody is traded through.
        script.send(3, .buy, 200, 1_001, 1)
        script.send(4, .buy, 100, 1_002, 0)
        #expect(script.floor.tradeThroughs == 1)
        // A better quote that has not stood for a second is none yet.
        script.add(3, .sell, 200, 1_001, 1)
        script.time = script.time + 400_000_000
        script.send(5, .buy, 100, 1_002, 0)
        #expect(script.floor.tradeThroughs == 1)
        script.time = script.time + 1_600_000_000
        script.send(6, .buy, 100, 1_002, 0)
        #expect(script.floor.tradeThroughs == 2)
        // Nor is one of a venue that can't be reached.
        script.tell(Event(kind: .feedGap, detail: 1), 1)
        script.send(7, .buy, 100, 1_002, 0)
        #expect(script.floor.tradeThroughs == 2)
    }

    @Test func `who takes all that is displayed meets what is hidden behind it`() throws {
        let script = try Script(hidden: 5_000)
        script.add(1, .sell, 300, 1_002, 0)
        script.add(2, .sell, 201, 1_003, 0)
        script.add(1, .sell, 200, 1_002, 1)
        // No more than is displayed: nothing hidden.
        script.send(1, .buy, 200, 1_002, 0)
        #expect(script.reports() == ["orderAccepted 1 200 venue 1", "orderFilled 1 200 at 10.02 venue 1"])
        script.send(2, .buy, 1_000, 1_003, 0)
        #expect(
            script.reports() == [
                "orderAccepted 2 1000 venue 1", "orderFilled 2 100 at 10.02 venue 1",
                "orderFilled 2 50 at 10.02 venue 1 hidden", "orderFilled 2 201 at 10.03 venue 1",
                "orderFilled 2 100 at 10.03 venue 1 hidden", "orderCancelled 2 549 venue 1",
            ]
        )
        // It has no hidden orders, and the first has nothing left.
        script.send(3, .buy, 500, 1_002, 1)
        script.send(4, .buy, 500, 1_003, 0)
        #expect(
            script.reports() == [
                "orderAccepted 4 500 venue 1", "orderCancelled 4 500 venue 1", "orderAccepted 3 500 venue 2",
                "orderFilled 3 200 at 10.02 venue 2", "orderCancelled 3 300 venue 2",
            ]
        )
        #expect(script.floor.restingCount == 0)
    }

    @Test func `a cancel finds the venue of its order`() throws {
        let script = try Script()
        script.send(1, .buy, 100, 999, 1, .day)
        script.send(2, .buy, 100, 999, 2, .day)
        #expect(script.floor.restingCount == 2)
        #expect(script.reports() == ["orderAccepted 2 100 venue 3", "orderAccepted 1 100 venue 2"])
        script.cancel(1)
        script.cancel(1)
        script.cancel(2)
        script.cancel(2)
        #expect(
            script.reports() == [
                "orderCancelled 2 100 venue 3", "cancelRejected 2 0 venue 3", "orderCancelled 1 100 venue 2",
                "cancelRejected 1 0 venue 2",
            ]
        )
    }

    @Test func `an order for a venue that does not exist is refused`() throws {
        let script = try Script()
        script.send(1, .buy, 100, 999, 7)
        #expect(script.reports() == ["orderRejected 1 0 venue 1"])
    }

    @Test func `a dark pool fills what it holds at the middle of the lit venues' best, and not beyond the limit`()
        throws
    {
        let script = try Script()
        script.add(1, .buy, 500, 1_000, 0)
        script.add(2, .sell, 500, 1_006, 0)
        script.add(1, .sell, 500, 1_003, 1)
        script.send(1, .buy, 200, 1_001, 2)
        script.send(2, .buy, 200, 1_002, 2)
        script.send(3, .buy, 200, 1_002, 2)
        script.send(4, .sell, 100, 1_000, 2)
        #expect(
            script.reports() == [
                "orderAccepted 1 200 venue 3", "orderCancelled 1 200 venue 3", "orderAccepted 2 200 venue 3",
                "orderFilled 2 200 at 10.015 venue 3", "orderAccepted 3 200 venue 3",
                "orderFilled 3 100 at 10.015 venue 3", "orderCancelled 3 100 venue 3", "orderAccepted 4 100 venue 3",
                "orderFilled 4 100 at 10.015 venue 3",
            ]
        )
    }

    @Test func `locked or crossed lit venues give a dark pool no price`() throws {
        let script = try Script()
        script.add(1, .buy, 500, 1_003, 0)
        script.add(1, .sell, 500, 1_003, 1)
        script.send(1, .buy, 200, 1_010, 2)
        #expect(script.reports() == ["orderAccepted 1 200 venue 3", "orderCancelled 1 200 venue 3"])
    }

    @Test func `an order that rests in a dark pool tries again in every interval, and ends with the session`() throws {
        let script = try Script(dark: DarkLiquidity(.fixed(300), emptyShare: 0, interval: 1_000_000))
        script.add(1, .buy, 500, 1_000, 0)
        script.add(2, .sell, 500, 1_002, 0)
        script.send(1, .buy, 800, 1_001, 2, .day)
        _ = script.reports()
        script.time = script.time + 1_000_000
        script.add(3, .buy, 100, 990, 0)
        #expect(script.reports() == ["orderFilled 1 300 at 10.01 venue 3"])
        script.add(4, .buy, 100, 990, 0)
        #expect(script.reports().isEmpty, "the interval's shares are taken")
        script.tell(Event(kind: .systemEvent, detail: UInt64(UInt8(ascii: "M"))), 0)
        #expect(script.reports() == ["orderCancelled 1 200 venue 3"])
    }

    @Test func `an outage cancels what rests at the venue, refuses what comes, and spares the others`() throws {
        let script = try Script()
        script.add(1, .buy, 500, 1_000, 0)
        script.add(1, .sell, 500, 1_002, 1)
        script.send(1, .buy, 100, 999, 0, .day)
        script.send(2, .buy, 100, 999, 1, .day)
        _ = script.reports()
        script.tell(Event(kind: .feedGap, detail: 1), 0)
        let halt = UInt64(UInt8(ascii: "H")) << 8
        script.tell(Event(instrument: stock, kind: .operationalHalt, detail: halt), 0)
        script.send(3, .buy, 100, 999, 0, .day)
        script.send(4, .buy, 100, 999, 1, .day)
        script.send(5, .buy, 100, 1_002, 2)
        #expect(
            script.reports() == [
                "orderCancelled 1 100 venue 1", "orderRejected 3 0 venue 1", "orderAccepted 5 100 venue 3",
                "orderFilled 5 100 at 10.005 venue 3", "orderAccepted 4 100 venue 2",
            ]
        )
        #expect(script.floor.restingCount == 2)
    }

    @Test func `what a dark venue holds has the distribution that it was configured with`() {
        let shapes: [DarkLiquidity.Shape] = [
            .fixed(250), .uniform(100, 900), .exponential(mean: 500), .power(minimum: 100, exponent: 1.5),
        ]
        for shape in shapes {
            let liquidity = DarkLiquidity(shape, emptyShare: 4_000, seed: 11)
            let draws = 40_000
            var counts = [Int: Int]()
            for interval in 0..<draws {
                let shares = liquidity.available(stock, .buy, interval: Int64(interval)).raw / Quantity.scale
                for bound in [1, 50, 101, 250, 251, 500, 900, 901, 2_000] where shares >= bound {
                    counts[bound, default: 0] += 1
                }
            }
            for bound in [1, 50, 101, 250, 251, 500, 900, 901, 2_000] {
                let (share, truth) = (Double(counts[bound] ?? 0) / Double(draws), liquidity.tail(bound))
                // Five standard errors of a share of 40,000 draws, at most 0.0125.
                #expect(abs(share - truth) <= 0.0125, "\(shape) \(bound): \(share) \(truth)")
            }
        }
    }

    @Test func `draws depend on seed, instrument, side and interval alone`() {
        let liquidity = DarkLiquidity(.exponential(mean: 500), emptyShare: 0, seed: 3)
        let first = liquidity.available(stock, .buy, interval: 7)
        #expect(liquidity.available(stock, .buy, interval: 7) == first)
        var other = liquidity
        other.seed = 4
        let others = [
            liquidity.available(stock, .sell, interval: 7), liquidity.available(stock, .buy, interval: 8),
            liquidity.available(Instrument(id: 1), .buy, interval: 7), other.available(stock, .buy, interval: 7),
        ]
        #expect(Set(others + [first]).count == 5)
    }
}
