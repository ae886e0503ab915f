// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Resting orders of ours in a recorded day")
struct HistoricalVenuePassiveTests {
    @Test func `an order waits until all shares ahead of it are gone, and then shares in what trades behind it`() throws
    {
        var script = try VenueScript()
        script.add(1, .buy, 300, 1000)
        script.add(2, .buy, 200, 1000)
        script.submit(1, .buy, 100, 1000)
        script.add(3, .buy, 400, 1000)
        script.execute(1, 300)  // executed ahead: 200 left ahead
        script.cancel(2, 150)  // cancelled ahead: 50 left ahead
        script.execute(2, 49)
        #expect(script.told() == [])
        script.execute(2, 1)  // the last share ahead: it is not ours
        #expect(script.told() == [])
        script.execute(3, 60)  // in history the order behind us; at the venue it would have been us
        #expect(script.told() == ["filled 1 buy 60@10.00 maker"])
        script.execute(3, 60)
        #expect(script.told() == ["filled 1 buy 40@10.00 maker"])
        script.execute(3, 60)
        #expect(script.told() == [])
        #expect(script.venue.restingCount == 0)
    }

    @Test func `shares that go behind an order do not move it up`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1000)
        script.submit(1, .sell, 100, 1000)
        script.add(2, .sell, 100, 1000)
        script.add(3, .sell, 100, 1000)
        script.cancel(2, 40)
        script.delete(2)
        script.execute(3, 50)  // out of turn, while somebody is ahead of us
        #expect(script.told() == [])
        script.delete(1)
        #expect(script.told() == [])
        script.execute(3, 50)
        #expect(script.told() == ["filled 1 sell 50@10.00 maker"])
    }

    @Test func `a cancel behind or ahead never fills`() throws {
        var script = try VenueScript()
        script.submit(1, .buy, 100, 1000)
        script.add(1, .buy, 100, 1000)
        script.cancel(1, 50)
        script.delete(1)
        #expect(script.told() == [])
        #expect(script.venue.restingCount == 1)
    }

    @Test func `an execution at a worse price trades through the order, and one at a better price does not`() throws {
        var script = try VenueScript()
        script.add(1, .buy, 500, 1000)
        script.add(2, .buy, 500, 999)
        script.add(3, .buy, 500, 1001)
        script.submit(1, .buy, 100, 1000)
        script.execute(3, 500)
        #expect(script.told() == [])
        script.execute(2, 70)
        #expect(script.told() == ["filled 1 buy 70@10.00 maker"])
        script.execute(2, 70)
        #expect(script.told() == ["filled 1 buy 30@10.00 maker"])
    }

    @Test func `an execution that does not print never fills`() throws {
        var script = try VenueScript()
        script.submit(1, .sell, 100, 1000)
        script.add(1, .sell, 500, 1001)
        var event = script.event(.executeOrderAtPrice, 1, .sell, 200, 1001)
        script.advance(event)
        #expect(script.told() == [])
        event.flags = [.sell, .printable]
        script.advance(event)
        #expect(script.told() == ["filled 1 sell 100@10.00 maker"])
    }

    @Test func `touching the price is not enough`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1002)
        script.submit(1, .buy, 100, 1000)
        script.add(2, .sell, 100, 1001)
        script.execute(2, 100)
        script.hidden(100, 1000)  // hidden shares at our price: they may stand behind us
        #expect(script.told() == [])
        script.hidden(30, 999)  // through our price
        #expect(script.told() == ["filled 1 buy 30@10.00 maker"])
    }

    @Test func `a hidden trade above an offer of ours trades through it`() throws {
        var script = try VenueScript()
        script.add(9, .sell, 500, 1000)  // a queue ahead does not hold off what trades through
        script.submit(1, .sell, 100, 1000)
        script.hidden(500, 1000)
        #expect(script.told() == [])
        script.hidden(500, 1001)
        #expect(script.told() == ["filled 1 sell 100@10.00 maker"])
    }

    @Test func `a historical order that arrives inside our price fills us with its own shares, once`() throws {
        var script = try VenueScript()
        script.add(1, .buy, 100, 1000)
        script.add(2, .sell, 100, 1010)
        script.submit(1, .buy, 100, 1005)
        script.add(3, .sell, 60, 1004)
        #expect(script.told() == ["filled 1 buy 60@10.05 maker"])
        // In history the order rests now, but its shares are ours already.
        script.submit(2, .buy, 100, 1004, .immediateOrCancel)
        #expect(script.told() == ["cancelled 2 100 immediateOrCancel"])
        script.add(4, .sell, 100, 1005)
        #expect(script.told() == ["filled 1 buy 40@10.05 maker"])
        script.submit(3, .buy, 100, 1005, .immediateOrCancel)
        #expect(script.told() == ["filled 3 buy 60@10.05 taker", "cancelled 3 40 immediateOrCancel"])
    }

    @Test func `an order that is replaced to a crossing price fills us, once`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1010)
        script.submit(1, .buy, 80, 1005)
        script.replace(1, by: 2, 100, 1005)
        #expect(script.told() == ["filled 1 buy 80@10.05 maker"])
        script.submit(2, .buy, 100, 1010, .immediateOrCancel)
        #expect(script.told() == ["filled 2 buy 20@10.05 taker", "cancelled 2 80 immediateOrCancel"])
    }

    @Test func `a replaced order loses its place to us, even at the same price`() throws {
        var script = try VenueScript()
        script.add(1, .buy, 100, 1000)
        script.submit(1, .buy, 100, 1000)
        script.replace(1, by: 2, 100, 1000)
        script.execute(2, 30)
        #expect(script.told() == ["filled 1 buy 30@10.00 maker"])
    }

    @Test func `orders of ours at one price share what trades in the order in which they came`() throws {
        var script = try VenueScript()
        script.submit(1, .buy, 50, 1000)
        script.add(1, .buy, 100, 1000)
        script.submit(2, .buy, 50, 1000)
        script.submit(3, .buy, 50, 1001)
        script.add(2, .buy, 500, 1000)
        script.execute(2, 70)
        // The better price first; then the first at the price; the other still has 100 shares ahead.
        #expect(script.told() == ["filled 3 buy 50@10.01 maker", "filled 1 buy 20@10.00 maker"])
        script.delete(1)
        script.execute(2, 50)
        #expect(script.told() == ["filled 1 buy 30@10.00 maker", "filled 2 buy 20@10.00 maker"])
    }

    @Test func `shares ahead of our offer that another order of ours takes are no longer ahead`() throws {
        var script = try VenueScript()
        script.add(1, .sell, 100, 1000)
        script.submit(1, .sell, 50, 1000)
        script.add(2, .sell, 100, 1000)
        script.submit(2, .buy, 100, 1000, .immediateOrCancel)
        #expect(script.told() == ["filled 2 buy 100@10.00 taker"])
        script.execute(2, 50)
        #expect(script.told() == ["filled 1 sell 50@10.00 maker"])
    }

    @Test func `a halted instrument fills nobody by arrival`() throws {
        var script = try VenueScript()
        script.submit(1, .buy, 100, 1000)
        script.state("H")
        script.add(1, .sell, 100, 990)
        #expect(script.told() == [])
    }

    @Test func `a new day ends the orders of a day whose close was never announced`() throws {
        var script = try VenueScript()
        script.submit(1, .buy, 100, 1000)
        #expect(script.told() == [])
        script.advance(Event(eventTime: script.event(.none, 0, .buy, 0, 0).eventTime, kind: .newDay))
        #expect(script.told() == ["cancelled 1 100 endOfSession"])
        #expect(script.venue.restingCount == 0)
        script.submit(2, .buy, 100, 1000)
        #expect(script.told() == ["rejected 2 closed"])
    }

    @Test func `the close ends every resting order and tells so`() throws {
        var script = try VenueScript()
        script.submit(1, .buy, 100, 1000)
        script.submit(2, .sell, 70, 1002)
        script.add(1, .sell, 30, 1000)
        #expect(script.told() == ["filled 1 buy 30@10.00 maker"])
        script.system("M")
        #expect(script.told() == ["cancelled 1 70 endOfSession", "cancelled 2 70 endOfSession"])
        #expect(script.venue.restingCount == 0)
        script.cancelOurs(1)
        #expect(script.told() == ["cancel rejected 1"])
    }
}
