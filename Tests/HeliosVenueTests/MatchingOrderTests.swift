// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

/// One story for each property of an order, with its end written by hand.
@Suite struct MatchingOrderTests {
    @Test("A resting order is accepted and shown; the incoming one trades at its price")
    func restsAndTrades() throws {
        let desk = try MatchingDesk()
        #expect(desk.told(desk.sell(1, 1, 100, 1_000)) == ["accepted 1:1", "shown 100@10000"])
        #expect(
            desk.told(desk.buy(2, 1, 150, 1_010)) == [
                "accepted 2:1", "executed 100@10000 1:1 by 2:1", "shown 50@10100",
            ]
        )
        #expect(desk.engine.open(owner: 1, id: 1) == nil)
        #expect(desk.engine.open(owner: 2, id: 1) == Quantity(50))
        #expect(desk.engine.lastPrice(of: desk.stock) == desk.price(1_000))
    }

    @Test("Better prices come first, at a price the older order, and hidden orders after displayed ones")
    func priority() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 10, 1_001).with { $0.instructions = .hidden })
        desk.send(desk.sell(2, 1, 10, 1_001))
        desk.send(desk.sell(3, 1, 10, 1_001))
        desk.send(desk.sell(4, 1, 10, 1_000).with { $0.instructions = .hidden })
        #expect(
            desk.told(desk.buy(5, 1, 35, 1_001)) == [
                "accepted 5:1", "executed 10@10000 4:1 by 5:1", "executed 10@10010 2:1 by 5:1",
                "executed 10@10010 3:1 by 5:1", "executed 5@10010 1:1 by 5:1",
            ]
        )
    }

    @Test("An execution names both sides, what is left and who was displayed")
    func executionFields() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 7, 100, 1_000))
        desk.send(desk.buy(2, 9, 30, 1_000))
        let event = try #require(desk.output.events.last)
        #expect(event.kind == .executed && event.side == .sell && event.flags == .displayed && event.match == 1)
        #expect(event.open == Quantity(70) && event.contraOpen == .zero && event.displayed == Quantity(70))
        #expect(event.liquidity(incoming: false) == UInt8(ascii: "A"))
        #expect(event.liquidity(incoming: true) == UInt8(ascii: "R"))
    }

    @Test("A market order takes what there is at any price and never rests")
    func market() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 10, 1_000))
        desk.send(desk.sell(1, 2, 10, 5_000))
        #expect(
            desk.told(desk.buy(2, 1, 30, 0).with { $0.type = .market }) == [
                "accepted 2:1", "executed 10@10000 1:1 by 2:1", "executed 10@50000 1:2 by 2:1",
                "cancelled 2:1 10 immediateOrCancel",
            ]
        )
        #expect(desk.told(desk.buy(2, 2, 1, 0).with { $0.type = .market }) == ["dead 2:2 immediateOrCancel"])
    }

    @Test("Immediate or cancel: dead at once without a counterpart, else the rest is cancelled")
    func immediateOrCancel() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 10, 1_001))
        let command = desk.buy(2, 1, 30, 1_000).with { $0.duration = .immediateOrCancel }
        #expect(desk.told(command) == ["dead 2:1 immediateOrCancel"])
        #expect(
            desk.told(command.with { $0.price = desk.price(1_001) }) == [
                "accepted 2:1", "executed 10@10010 1:1 by 2:1", "cancelled 2:1 20 immediateOrCancel",
            ]
        )
    }

    @Test("Fill or kill: everything over several prices, or nothing")
    func fillOrKill() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 10, 1_000))
        desk.send(desk.sell(1, 2, 10, 1_001))
        let command = desk.buy(2, 1, 21, 1_001).with { $0.duration = .fillOrKill }
        #expect(desk.told(command) == ["dead 2:1 immediateOrCancel"])
        #expect(
            desk.told(command.with { $0.quantity = Quantity(20) }) == [
                "accepted 2:1", "executed 10@10000 1:1 by 2:1", "executed 10@10010 1:2 by 2:1",
            ]
        )
    }

    @Test("Closing the instrument cancels day orders and keeps good-till-cancel ones")
    func goodTillCancel() throws {
        let desk = try MatchingDesk()
        desk.send(desk.buy(1, 1, 10, 1_000))
        desk.send(desk.buy(1, 2, 10, 1_000).with { $0.duration = .goodTillCancel })
        #expect(desk.told(.phase(desk.stock, .closed)) == ["phase closed", "cancelled 1:1 10 closed", "unshown"])
        #expect(desk.told(desk.buy(1, 3, 10, 1_000)) == ["rejected 1:3 closed"])
        #expect(desk.engine.orderCount == 1)
    }

    @Test("Post-only dies rather than take, and says whether what it met was displayed")
    func postOnly() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 10, 1_001))
        desk.send(desk.sell(1, 2, 10, 1_000).with { $0.instructions = .hidden })
        let post = { (id: UInt64, cents: Int) in desk.buy(2, id, 5, cents).with { $0.instructions = .postOnly } }
        #expect(desk.told(post(1, 1_000)) == ["dead 2:1 postOnlyHidden"])
        desk.send(desk.cancel(1, 2))
        #expect(desk.told(post(2, 1_001)) == ["dead 2:2 postOnlyDisplayed"])
        #expect(desk.told(post(3, 1_000)) == ["accepted 2:3", "shown 5@10000"])
        #expect(MatchingCancelReason.postOnlyDisplayed.ouchCode == UInt8(ascii: "G"))
        #expect(MatchingCancelReason.postOnlyHidden.ouchCode == UInt8(ascii: "F"))
    }

    @Test("A reserve order shows slices; each new slice goes behind what is displayed already")
    func reserve() throws {
        let desk = try MatchingDesk()
        #expect(
            desk.told(desk.sell(1, 1, 25, 1_000).with { $0.display = Quantity(10) }) == [
                "accepted 1:1", "shown 10@10000",
            ]
        )
        desk.send(desk.sell(2, 1, 10, 1_000))
        #expect(
            desk.told(desk.buy(3, 1, 22, 1_000)) == [
                "accepted 3:1", "executed 10@10000 1:1 by 3:1", "restated 1:1 shows 10 of 15", "shown 10@10000",
                "executed 10@10000 2:1 by 3:1", "executed 2@10000 1:1 by 3:1",
            ]
        )
        #expect(desk.engine.open(owner: 1, id: 1) == Quantity(13))
    }

    @Test("A display range draws the later slices, within the range, the same for the same seed")
    func randomReserve() throws {
        var runs: [[Int]] = []
        for _ in 0..<2 {
            let desk = try MatchingDesk()
            desk.send(
                desk.sell(1, 1, 1_000, 1_000).with {
                    $0.display = Quantity(10)
                    $0.displayRange = Quantity(4)
                }
            )
            desk.output.events = []
            desk.send(desk.buy(2, 1, 900, 1_000))
            runs.append(
                desk.output.events.filter { $0.kind == .restated }.map { desk.shares($0.displayed) }
            )
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0].allSatisfy { (6...14).contains($0) } && Set(runs[0]) == Set(6...14))
    }

    @Test("A resting minimum wants its quantity from one counterpart and is passed over otherwise")
    func restingMinimum() throws {
        let desk = try MatchingDesk()
        desk.send(
            desk.sell(1, 1, 100, 1_000).with {
                $0.instructions = .hidden
                $0.minimum = Quantity(50)
            }
        )
        desk.send(desk.sell(2, 1, 10, 1_001))
        #expect(desk.told(desk.buy(3, 1, 40, 1_000)) == ["accepted 3:1", "shown 40@10000"])
        #expect(desk.told(desk.buy(3, 2, 10, 1_001)) == ["accepted 3:2", "executed 10@10010 2:1 by 3:2"])
        #expect(desk.told(desk.buy(3, 3, 60, 1_000)) == ["accepted 3:3", "executed 60@10000 1:1 by 3:3"])
        // What is left, 40, is less than the minimum and counts as it.
        #expect(desk.told(desk.buy(3, 4, 30, 1_000)) == ["accepted 3:4", "shown 30@10000"])
        #expect(desk.told(desk.buy(3, 5, 40, 1_000)) == ["accepted 3:5", "executed 40@10000 1:1 by 3:5"])
    }

    @Test("An arriving minimum may be filled by several counterparts together")
    func arrivingMinimum() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 30, 1_000))
        desk.send(desk.sell(2, 1, 30, 1_001))
        let command = desk.buy(3, 1, 100, 1_001).with {
            $0.minimum = Quantity(61)
            $0.duration = .immediateOrCancel
        }
        #expect(desk.told(command) == ["dead 3:1 immediateOrCancel"])
        #expect(
            desk.told(command.with { $0.minimum = Quantity(60) }) == [
                "accepted 3:1", "executed 30@10000 1:1 by 3:1", "executed 30@10010 2:1 by 3:1",
                "cancelled 3:1 40 immediateOrCancel",
            ]
        )
    }

    @Test("Self-trade prevention cancels the oldest, the newest, or takes from both")
    func selfTrade() throws {
        let desk = try MatchingDesk()
        func prepare() {
            desk.send(.massCancel(desk.stock, owner: 1))
            desk.send(.massCancel(desk.stock, owner: 2))
            desk.send(desk.sell(1, 1, 10, 1_000))
            desk.send(desk.sell(2, 2, 10, 1_000))
        }
        func arrive(_ rule: SelfTradePrevention) -> [String] {
            prepare()
            return desk.told(desk.buy(1, 3, 15, 1_000).with { $0.selfTrade = rule })
        }
        #expect(
            arrive(.cancelOldest) == [
                "accepted 1:3", "cancelled 1:1 10 selfTrade", "unshown", "executed 10@10000 2:2 by 1:3",
                "shown 5@10000",
            ]
        )
        #expect(arrive(.cancelNewest) == ["accepted 1:3", "cancelled 1:3 15 selfTrade"])
        #expect(
            arrive(.decrement) == [
                "accepted 1:3", "cancelled 1:1 10 selfTrade", "unshown", "cancelled 1:3 10 selfTrade",
                "executed 5@10000 2:2 by 1:3",
            ]
        )
        #expect(
            arrive(.none) == ["accepted 1:3", "executed 10@10000 1:1 by 1:3", "executed 5@10000 2:2 by 1:3"]
        )
    }

    @Test("A primary peg follows the best price of its side and falls behind whoever is there")
    func primaryPeg() throws {
        let desk = try MatchingDesk()
        let peg = desk.buy(1, 1, 10, 0).with {
            $0.type = .primaryPeg
            $0.secondPrice = desk.price(1)
        }
        #expect(desk.told(peg) == ["accepted 1:1"])
        #expect(
            desk.told(desk.buy(2, 1, 10, 1_000)) == [
                "accepted 2:1", "shown 10@10000", "moved 1:1 @9990", "shown 10@9990",
            ]
        )
        #expect(
            desk.told(desk.buy(2, 2, 10, 1_005)) == [
                "accepted 2:2", "shown 10@10050", "unshown", "moved 1:1 @10040", "shown 10@10040",
            ]
        )
        desk.send(desk.cancel(2, 2))
        #expect(desk.told(desk.cancel(2, 1)) == ["cancelled 2:1 10 user", "unshown", "unshown", "moved 1:1 @0"])
    }

    @Test("A midpoint peg trades at half a tick, is not displayed and obeys its limit")
    func midpointPeg() throws {
        let desk = try MatchingDesk()
        desk.send(desk.buy(1, 1, 10, 1_000))
        desk.send(desk.sell(1, 2, 10, 1_001))
        #expect(desk.told(desk.buy(2, 1, 10, 0).with { $0.type = .midpointPeg }) == ["accepted 2:1"])
        #expect(desk.told(desk.sell(3, 1, 4, 1_000)) == ["accepted 3:1", "executed 4@10005 2:1 by 3:1"])
        let event = try #require(desk.output.events.last)
        #expect(event.liquidity(incoming: false) == UInt8(ascii: "k"))
        #expect(event.liquidity(incoming: true) == UInt8(ascii: "m"))
        // The offer goes to 10.03: the middle would be 10.015, the limit holds the peg at 10.01.
        desk.send(desk.buy(4, 1, 10, 1_001).with { $0.type = .midpointPeg })
        desk.send(desk.sell(1, 3, 10, 1_003))
        #expect(desk.told(desk.cancel(1, 2)).suffix(2) == ["moved 2:1 @10015", "moved 4:1 @10010"])
    }

    @Test("A cancel keeps what is asked for, takes the undisplayed first and keeps the place")
    func partialCancel() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 50, 1_000).with { $0.display = Quantity(10) })
        desk.send(desk.sell(2, 1, 10, 1_000))
        #expect(desk.told(desk.cancel(1, 1, keeping: 20)) == ["cancelled 1:1 30 user"])
        #expect(desk.told(desk.cancel(1, 1, keeping: 4)) == ["cancelled 1:1 16 user", "reduced 6"])
        #expect(desk.told(desk.buy(3, 1, 4, 1_000)) == ["accepted 3:1", "executed 4@10000 1:1 by 3:1"])
        #expect(desk.told(desk.cancel(2, 1, keeping: 10)) == ["cancel rejected 2:1 nothingToCancel"])
        #expect(desk.told(desk.cancel(2, 1)) == ["cancelled 2:1 10 user", "unshown"])
        #expect(desk.told(desk.cancel(2, 1)) == ["cancel rejected 2:1 unknownOrder"])
    }

    @Test("A replacement keeps its place only when it takes quantity away; its size counts what has traded")
    func replace() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 50, 1_000))
        desk.send(desk.sell(2, 1, 10, 1_000))
        desk.send(desk.buy(3, 1, 10, 1_000))
        #expect(desk.told(desk.replace(1, 1, 2, 30, 1_000)) == ["replaced 1:2<-1 open 20 kept", "reduced 20"])
        #expect(desk.told(desk.replace(1, 2, 3, 40, 1_000)) == ["replaced 1:3<-2 open 30", "reshown 30@10000"])
        #expect(desk.told(desk.buy(3, 2, 10, 1_000)) == ["accepted 3:2", "executed 10@10000 2:1 by 3:2"])
        #expect(desk.told(desk.replace(1, 3, 4, 10, 1_000)) == ["replaced dead 1:4 user", "unshown"])
    }

    @Test("A replacement that crosses leaves the feed before it trades")
    func replaceAcross() throws {
        let desk = try MatchingDesk()
        desk.send(desk.buy(1, 1, 30, 990))
        desk.send(desk.sell(2, 1, 10, 1_000))
        #expect(
            desk.told(desk.replace(1, 1, 1, 30, 1_000)) == [
                "replaced 1:1<-1 open 30", "unshown", "executed 10@10000 2:1 by 1:1", "shown 20@10000",
            ]
        )
    }

    @Test("A mass cancel and a disconnect take an owner's orders in order, and no others")
    func massCancel() throws {
        let desk = try MatchingDesk()
        _ = desk.engine.define(Instrument(id: 1), MatchingRules())
        desk.send(.phase(Instrument(id: 1), .open))
        desk.send(desk.buy(1, 1, 10, 990))
        desk.send(desk.buy(1, 2, 10, 1_000).with { $0.instructions = .cancelOnDisconnect })
        desk.send(desk.buy(2, 1, 10, 1_000))
        desk.send(desk.sell(1, 3, 10, 1_100).with { $0.instrument = Instrument(id: 1) })
        #expect(
            desk.told(.disconnect(owner: 1)) == ["mass cancel 1", "cancelled 1:2 10 disconnected", "unshown"]
        )
        #expect(desk.told(.massCancel(desk.stock, owner: 1)) == ["mass cancel 1", "cancelled 1:1 10 user", "unshown"])
        #expect(desk.told(.massCancel(.none, owner: 1)) == ["mass cancel 1", "cancelled 1:3 10 user", "unshown"])
        #expect(desk.engine.orderCount == 1 && desk.engine.orderCount(of: 2) == 1)
    }

    @Test("A bust tells both sides once; what was never traded can't be undone")
    func bust() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 10, 1_000))
        desk.send(desk.buy(2, 1, 10, 1_000))
        #expect(desk.told(.bust(match: 1)) == ["broken 10@10000 1:1 2:1"])
        #expect(desk.told(.bust(match: 1)) == ["rejected 0:1 unknownMatch"])
        #expect(desk.told(.bust(match: 0)) == ["rejected 0:0 unknownMatch"])
        #expect(desk.told(.bust(match: 99)) == ["rejected 0:99 unknownMatch"])
    }
}
