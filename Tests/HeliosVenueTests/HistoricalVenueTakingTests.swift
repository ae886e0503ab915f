// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Taking orders, refusals and cancels of ours in a recorded day")
struct HistoricalVenueTakingTests {
    @Test func `an order takes the best price first, and what is left of an immediate one is cancelled`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1002)
        script.add(2, .sell, 50, 1001)
        script.add(3, .sell, 30, 1001)
        script.add(4, .sell, 100, 1003)
        script.submit(7, .buy, 250, 1002, .immediateOrCancel)
        #expect(
            script.all() == [
                "accepted 7 250", "filled 7 buy 80@10.01 taker", "filled 7 buy 100@10.02 taker",
                "cancelled 7 70 immediateOrCancel",
            ]
        )
        #expect(script.venue.restingCount == 0)
    }

    @Test func `a sale takes the highest bid first`() throws {
        var script = try VenueScript()
        script.add(1, .buy, 100, 1000)
        script.add(2, .buy, 100, 1001)
        script.submit(7, .sell, 150, 1000, .immediateOrCancel)
        #expect(script.told() == ["filled 7 sell 100@10.01 taker", "filled 7 sell 50@10.00 taker"])
    }

    @Test func `no share is taken twice, and the oldest order goes first`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1001)
        script.add(2, .sell, 100, 1001)
        script.submit(1, .buy, 120, 1001, .immediateOrCancel)
        script.submit(2, .buy, 120, 1001, .immediateOrCancel)
        script.submit(3, .buy, 120, 1001, .immediateOrCancel)
        #expect(
            script.told() == [
                "filled 1 buy 120@10.01 taker", "filled 2 buy 80@10.01 taker", "cancelled 2 40 immediateOrCancel",
                "cancelled 3 120 immediateOrCancel",
            ]
        )
        script.add(3, .sell, 10, 1001)
        script.submit(4, .buy, 20, 1001, .immediateOrCancel)
        #expect(script.told() == ["filled 4 buy 10@10.01 taker", "cancelled 4 10 immediateOrCancel"])
    }

    @Test func `of the first order only what was not taken is left to be taken after history has executed it in part`()
        throws
    {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1001)
        script.submit(1, .buy, 70, 1001, .immediateOrCancel)
        script.execute(1, 20)  // 80 shown, 70 of them ours
        script.submit(2, .buy, 50, 1001, .immediateOrCancel)
        script.execute(1, 20)
        script.submit(3, .buy, 50, 1001, .immediateOrCancel)
        #expect(
            script.told() == [
                "filled 1 buy 70@10.01 taker", "filled 2 buy 10@10.01 taker", "cancelled 2 40 immediateOrCancel",
                "cancelled 3 50 immediateOrCancel",
            ]
        )
    }

    @Test func `the place of an order that has gone starts with nothing taken from it`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1001)
        script.submit(1, .buy, 100, 1001, .immediateOrCancel)
        script.delete(1)
        script.add(2, .buy, 100, 990)  // uses the record of order 1
        script.submit(2, .sell, 100, 990, .immediateOrCancel)
        #expect(script.told() == ["filled 1 buy 100@10.01 taker", "filled 2 sell 100@9.90 taker"])
    }

    @Test func `an order that crosses in history is as new as any other`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1001)
        script.submit(1, .buy, 100, 1001, .immediateOrCancel)
        script.add(2, .buy, 10, 1000)
        script.delete(1)
        script.add(3, .sell, 100, 1000)  // a fault of history: noted, and the order stands in the book
        #expect(script.venue.faults.count(.crossed) == 1)
        script.submit(2, .buy, 100, 1000, .immediateOrCancel)
        #expect(script.told() == ["filled 1 buy 100@10.01 taker", "filled 2 buy 100@10.00 taker"])
    }

    @Test func `a market order takes up to the bound that it travels with and never rests`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1001)
        script.add(2, .sell, 100, 1031)
        script.submit(1, .buy, 200, 1030, type: .market)
        #expect(script.told() == ["filled 1 buy 100@10.01 taker", "cancelled 1 100 immediateOrCancel"])
        #expect(script.venue.restingCount == 0)
    }

    @Test func `what is left of a day order rests`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1001)
        script.submit(1, .buy, 150, 1001)
        #expect(script.all() == ["accepted 1 150", "filled 1 buy 100@10.01 taker"])
        #expect(script.venue.restingCount == 1)
        script.add(2, .sell, 20, 1001)
        #expect(script.told() == ["filled 1 buy 20@10.01 maker"])
        script.cancelOurs(1)
        #expect(script.told() == ["cancelled 1 30 user"])
        #expect(script.venue.restingCount == 0)
    }

    @Test func `reports carry the venue's time and reach us a report latency later`() throws {
        var script = try VenueScript()
        script.submit(1, .buy, 100, 1000)
        let sent = script.time
        #expect(script.venue.nextReportTime == sent + VenueScript.reportLatency)
        let report = script.venue.takeReport()
        #expect(report.eventTime == sent && report.receiveTime == sent + VenueScript.reportLatency)
        #expect(script.venue.nextReportTime == .never)
    }

    @Test func `what the market would refuse is refused`() throws {
        var script = try VenueScript(open: false)
        script.submit(1, .buy, 100, 1000)  // nothing is known yet: the market is closed
        script.system("S")
        script.state("T")
        script.submit(2, .buy, 100, 1000)
        script.system("Q")
        script.state("H")
        script.submit(3, .buy, 100, 1000)
        script.state("P")
        script.submit(4, .buy, 100, 1000)
        script.state("T")
        script.submit(5, .buy, 0, 1000)
        script.submit(6, .buy, -5, 1000)
        script.submit(7, .buy, 100, 0)
        script.submit(8, .buy, 100, -1000)
        script.submit(9, .buy, 100, 1000, instrument: Instrument(id: 2))
        script.submit(10, .buy, 100, 1000, instrument: .none)
        #expect(
            script.all() == [
                "rejected 1 closed", "rejected 2 closed", "rejected 3 halted", "rejected 4 halted",
                "rejected 5 invalidQuantity", "rejected 6 invalidQuantity", "rejected 7 invalidPrice",
                "rejected 8 invalidPrice", "rejected 9 unknownInstrument", "rejected 10 unknownInstrument",
            ]
        )
        script.submit(11, .buy, 100, 1000)
        script.system("M")
        script.submit(12, .buy, 100, 1000)
        #expect(script.all() == ["accepted 11 100", "cancelled 11 100 endOfSession", "rejected 12 closed"])
    }

    @Test func `a number that was used before is refused, whatever became of its order`() throws {
        var script = try VenueScript()
        script.submit(1, .buy, 100, 1000)
        script.submit(1, .buy, 100, 1000)
        #expect(script.all() == ["accepted 1 100", "rejected 1 duplicateOrder"])
        script.cancelOurs(1)
        script.submit(1, .buy, 100, 1000)
        #expect(script.all() == ["cancelled 1 100 user", "rejected 1 duplicateOrder"])
        script.add(1, .sell, 100, 1001)
        script.submit(2, .buy, 100, 1001, .immediateOrCancel)
        script.submit(2, .buy, 100, 1001, .immediateOrCancel)
        #expect(script.told() == ["filled 2 buy 100@10.01 taker", "rejected 2 duplicateOrder"])
    }

    @Test func `a number that can't be one of ours is refused and not followed`() throws {
        var script = try VenueScript()
        script.submit(.max, .buy, 100, 1000)
        script.submit(0, .buy, 100, 1000)
        script.cancelOurs(.max)
        #expect(
            script.all() == [
                "rejected \(OrderID.max) capacity", "rejected 0 capacity", "cancel rejected \(OrderID.max)",
            ]
        )
    }

    @Test func `a cancel of an order that is not resting is refused`() throws {
        var script = try VenueScript()
        script.cancelOurs(1)
        script.submit(1, .buy, 100, 1000)
        script.cancelOurs(1)
        script.cancelOurs(1)
        script.cancelOurs(9_999_999)
        #expect(
            script.all() == [
                "cancel rejected 1", "accepted 1 100", "cancelled 1 100 user", "cancel rejected 1",
                "cancel rejected 9999999",
            ]
        )
    }
}
