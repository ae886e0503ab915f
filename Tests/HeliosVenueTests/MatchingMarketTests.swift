// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

/// Phases, auctions, bands, dark books, and what is refused.
@Suite struct MatchingMarketTests {
    @Test("Before the open, orders rest crossed; the opening cross trades them at one price")
    func openingCross() throws {
        let desk = try MatchingDesk(phase: .preOpen)
        #expect(desk.told(desk.buy(1, 1, 100, 1_010)) == ["accepted 1:1", "shown 100@10100"])
        desk.send(desk.sell(2, 1, 60, 990))
        desk.send(
            desk.sell(3, 1, 80, 0).with {
                $0.type = .market
                $0.cross = .opening
            }
        )
        desk.send(desk.sell(4, 1, 10, 1_020).with { $0.cross = .opening })
        #expect(
            desk.told(.imbalance(desk.stock, .opening, reference: desk.price(1_000))) == [
                "imbalance paired 100@10000 40 SL near 10000 far 0"
            ]
        )
        #expect(
            desk.told(.uncross(desk.stock, .opening, reference: desk.price(1_000))) == [
                "crossed 80@10000 1:1 with 3:1", "shownCrossed 80@10000", "crossed 20@10000 1:1 with 2:1",
                "shownCrossed 20@10000", "shownCrossed 20@10000", "print 100@10000",
                "cancelled 4:1 10 crossCancelled",
            ]
        )
        #expect(desk.told(.phase(desk.stock, .open)) == ["phase open"])
        #expect(desk.shown(.sell, 990) == 40)
    }

    @Test("The auction price has most volume, then least imbalance, then is nearest to the reference, then the higher")
    func clearingPrice() throws {
        func price(_ orders: [(Side, Int, Int)], reference: Int, half: Bool = false) throws -> [String] {
            let exact = Price(raw: Int64(reference) * 1_000_000 + (half ? 500_000 : 0))
            let desk = try MatchingDesk(phase: .auctionCall)
            for (number, order) in orders.enumerated() {
                let id = UInt64(number + 1)
                desk.send(order.0 == .buy ? desk.buy(1, id, order.1, order.2) : desk.sell(2, id, order.1, order.2))
            }
            return desk.told(.uncross(desk.stock, .halt, reference: exact)).filter {
                $0.hasPrefix("print")
            }
        }
        // Volume: 30 at 10.00 only.
        #expect(
            try price([(.buy, 10, 1_002), (.buy, 20, 1_000), (.sell, 30, 1_000)], reference: 1_005) == [
                "print 30@10000"
            ]
        )
        // Equal volume from 9.90 to 10.10; the reference decides, from inside and from outside.
        #expect(try price([(.buy, 10, 1_010), (.sell, 10, 990)], reference: 1_003) == ["print 10@10030"])
        #expect(try price([(.buy, 10, 1_010), (.sell, 10, 990)], reference: 1_100) == ["print 10@10100"])
        #expect(try price([(.buy, 10, 1_010), (.sell, 10, 990)], reference: 100) == ["print 10@9900"])
        // Less imbalance above 10.00, where only 10 want to buy.
        #expect(
            try price([(.buy, 10, 1_010), (.buy, 5, 1_000), (.sell, 10, 990)], reference: 995) == ["print 10@10010"]
        )
        // 10 trade with 5 left to buy at 10.00, 5 left to sell at 10.01: nearness decides, and from half way the higher.
        let tied: [(Side, Int, Int)] = [
            (.buy, 10, 1_002), (.buy, 5, 1_000), (.sell, 10, 998), (.sell, 5, 1_001),
        ]
        #expect(try price(tied, reference: 1_000) == ["print 10@10000"])
        #expect(try price(tied, reference: 1_000, half: true) == ["print 10@10010"])
    }

    @Test("Orders for the close wait apart; imbalance-only orders fill just the imbalance")
    func closingCross() throws {
        let desk = try MatchingDesk()
        desk.send(desk.buy(1, 1, 10, 1_000))
        desk.send(desk.sell(1, 2, 10, 1_002))
        let close = { (command: MatchingCommand) in command.with { $0.cross = .closing } }
        #expect(desk.told(close(desk.buy(2, 1, 100, 1_001))) == ["accepted 2:1"])
        desk.send(close(desk.sell(3, 1, 60, 0).with { $0.type = .market }))
        desk.send(close(desk.sell(4, 1, 500, 1_000).with { $0.instructions = .imbalanceOnly }))
        #expect(
            desk.told(.imbalance(desk.stock, .closing, reference: desk.price(1_001))) == [
                "imbalance paired 60@10010 40 BL near 10010 far 10010"
            ]
        )
        #expect(
            desk.told(.uncross(desk.stock, .closing, reference: desk.price(1_001))) == [
                "crossed 60@10010 2:1 with 3:1", "crossed 40@10010 2:1 with 4:1", "print 100@10010",
                "cancelled 4:1 460 crossCancelled",
            ]
        )
        #expect(desk.shown(.buy, 1_000) == 10 && desk.shown(.sell, 1_002) == 10)
    }

    @Test("An auction without a match prints nothing and cancels its orders")
    func emptyCross() throws {
        let desk = try MatchingDesk()
        desk.send(desk.buy(1, 1, 10, 1_000).with { $0.cross = .closing })
        #expect(desk.told(.uncross(desk.stock, .closing)) == ["print 0@0", "cancelled 1:1 10 crossCancelled"])
        #expect(desk.told(.imbalance(desk.stock, .closing)) == ["imbalance paired 0@0 0 O  near 0 far 0"])
    }

    @Test("A halt stops entry but for the halt auction, a pause only matching; opening a crossed book trades it")
    func haltAndPause() throws {
        let desk = try MatchingDesk()
        desk.send(desk.buy(1, 1, 10, 1_000))
        #expect(desk.told(.phase(desk.stock, .halted)) == ["phase halted"])
        #expect(desk.told(desk.sell(2, 1, 10, 1_000)) == ["rejected 2:1 halted"])
        #expect(desk.told(desk.sell(2, 1, 10, 1_100).with { $0.cross = .halt }) == ["accepted 2:1"])
        #expect(desk.told(desk.cancel(2, 1)) == ["cancelled 2:1 10 user"])
        desk.send(.phase(desk.stock, .paused))
        #expect(
            desk.told(desk.sell(2, 2, 4, 1_000).with { $0.duration = .immediateOrCancel }) == [
                "rejected 2:2 notContinuous"
            ]
        )
        #expect(desk.told(desk.sell(2, 3, 4, 1_000)) == ["accepted 2:3", "shown 4@10000"])
        #expect(
            desk.told(.phase(desk.stock, .open)) == [
                "crossed 4@10000 1:1 with 2:3", "shownCrossed 4@10000", "shownCrossed 4@10000", "print 4@10000",
                "phase open",
            ]
        )
    }

    @Test("Nothing trades outside the bands, and what would rest outside is cancelled")
    func bands() throws {
        let desk = try MatchingDesk()
        desk.send(desk.sell(1, 1, 10, 1_000))
        desk.send(desk.sell(1, 2, 10, 1_050))
        desk.send(desk.buy(3, 1, 10, 900))
        #expect(
            desk.told(.bands(desk.stock, lower: desk.price(950), upper: desk.price(1_020))) == ["bands 9500 10200"]
        )
        #expect(
            desk.told(desk.buy(2, 1, 30, 1_050)) == [
                "accepted 2:1", "executed 10@10000 1:1 by 2:1", "cancelled 2:1 20 bands",
            ]
        )
        #expect(desk.told(desk.buy(2, 2, 5, 1_020)) == ["accepted 2:2", "shown 5@10200"])
        #expect(desk.isInLimitState)
        #expect(
            desk.told(.bands(desk.stock, lower: desk.price(900), upper: desk.price(1_000))) == [
                "bands 9000 10000", "cancelled 2:2 5 bands", "unshown",
            ]
        )
        #expect(!desk.isInLimitState)
    }

    @Test("An auction stays within the bands")
    func bandedCross() throws {
        let desk = try MatchingDesk(phase: .paused)
        desk.send(.bands(desk.stock, lower: desk.price(990), upper: desk.price(1_000)))
        desk.send(desk.buy(1, 1, 10, 1_100))
        desk.send(desk.sell(2, 1, 10, 900))
        #expect(
            desk.told(.uncross(desk.stock, .halt, reference: desk.price(1_080))).last == "print 10@10000"
        )
    }

    @Test("A dark book displays nothing and trades at the middle, oldest first, minimum by minimum")
    func dark() throws {
        let desk = try MatchingDesk(MatchingRules(isDark: true))
        #expect(desk.told(desk.buy(1, 1, 100, 1_010)) == ["accepted 1:1"])
        #expect(desk.told(desk.sell(2, 1, 40, 990)) == ["accepted 2:1"])
        // The middle appears: the buy is tried against the sell.
        #expect(desk.told(desk.quote(1_000, 1_001)) == ["executed 40@10005 2:1 by 1:1"])
        #expect(
            desk.told(desk.sell(3, 1, 30, 990).with { $0.minimum = Quantity(30) }) == [
                "accepted 3:1", "executed 30@10005 1:1 by 3:1",
            ]
        )
        #expect(desk.told(desk.sell(3, 2, 50, 990).with { $0.minimum = Quantity(40) }) == ["accepted 3:2"])
        #expect(
            desk.told(desk.buy(4, 1, 50, 0).with { $0.type = .midpointPeg }) == [
                "accepted 4:1", "executed 50@10005 3:2 by 4:1",
            ]
        )
        #expect(desk.engine.displayed(desk.stock, .buy) == nil)
        #expect(
            desk.told(desk.sell(3, 3, 5, 1_001).with { $0.duration = .immediateOrCancel }) == [
                "dead 3:3 immediateOrCancel"
            ]
        )
    }

    @Test("Malformed commands are refused with their reason, and the engine goes on")
    func malformed() throws {
        let desk = try MatchingDesk()
        func reason(_ command: MatchingCommand) -> String { desk.told(command).joined() }
        #expect(reason(desk.buy(1, 1, 0, 1_000)) == "rejected 1:1 invalidQuantity")
        #expect(reason(desk.buy(1, 1, -5, 1_000)) == "rejected 1:1 invalidQuantity")
        #expect(reason(desk.buy(1, 1, 1_000_000, 1_000)) == "rejected 1:1 invalidQuantity")
        #expect(
            reason(desk.buy(1, 1, 1, 1_000).with { $0.quantity = Quantity(raw: 1) }) == "rejected 1:1 invalidQuantity"
        )
        #expect(reason(desk.buy(1, 1, 1, 0)) == "rejected 1:1 invalidPrice")
        #expect(reason(desk.buy(1, 1, 1, -10)) == "rejected 1:1 invalidPrice")
        #expect(reason(desk.buy(1, 1, 1, 1).with { $0.price = Price(raw: 1_000_001) }) == "rejected 1:1 invalidPrice")
        #expect(reason(desk.buy(1, 1, 1, 1).with { $0.price = Price(raw: .max) }) == "rejected 1:1 invalidPrice")
        #expect(reason(desk.buy(1, 1, 1, 1).with { $0.price = Price(raw: .min) }) == "rejected 1:1 invalidPrice")
        #expect(reason(desk.buy(99, 1, 1, 1)) == "rejected 99:1 unknownOwner")
        #expect(reason(desk.buy(1, 1, 1, 1).with { $0.instrument = .none }) == "rejected 1:1 unknownInstrument")
        #expect(reason(desk.buy(1, 1, 1, 1).with { $0.instrument.id = 1 }) == "rejected 1:1 unknownInstrument")
        #expect(reason(desk.buy(1, 1, 5, 1).with { $0.display = Quantity(6) }) == "rejected 1:1 invalidDisplay")
        #expect(reason(desk.buy(1, 1, 5, 1).with { $0.minimum = Quantity(2) }) == "rejected 1:1 invalidMinimum")
        #expect(
            reason(
                desk.buy(1, 1, 5, 1).with {
                    $0.type = .primaryPeg
                    $0.secondPrice = Price(raw: -1)
                }
            ) == "rejected 1:1 invalidPeg"
        )
        #expect(reason(desk.buy(1, 1, 5, 1).with { $0.instructions = .imbalanceOnly }) == "rejected 1:1 invalidCross")
        #expect(
            reason(
                desk.buy(1, 1, 5, 1).with {
                    $0.instructions = .postOnly
                    $0.duration = .fillOrKill
                }
            ) == "rejected 1:1 invalidCombination"
        )
        desk.send(desk.buy(1, 1, 5, 1))
        #expect(reason(desk.buy(1, 1, 5, 1)) == "rejected 1:1 duplicateOrder")
        #expect(reason(desk.replace(1, 2, 3, 5, 1)) == "cancel rejected 1:3 unknownOrder")
        #expect(reason(desk.replace(1, 1, 3, -5, 1)) == "rejected 1:3 invalidQuantity")
        #expect(reason(desk.cancel(1, 1, keeping: -1)) == "cancel rejected 1:1 invalidQuantity")
        #expect(reason(.massCancel(desk.stock, owner: 500)) == "rejected 500:0 unknownOwner")
        #expect(reason(.uncross(desk.stock, .none)) == "rejected 0:0 invalidCross")
        #expect(reason(.bands(desk.stock, lower: desk.price(5), upper: desk.price(4))) == "rejected 0:0 invalidPrice")
        #expect(reason(desk.quote(-1, 5)) == "rejected 0:0 invalidPrice")
        #expect(desk.engine.orderCount == 1)
    }

    @Test("Full pools refuse and recover; nothing traps")
    func capacity() throws {
        let desk = try MatchingDesk(
            capacity: MatchingCapacity(instruments: 1, orders: 4, levels: 3, levelsPerSide: 2, owners: 8, trades: 16)
        )
        desk.send(desk.buy(1, 1, 1, 100))
        desk.send(desk.buy(1, 2, 1, 101))
        #expect(desk.told(desk.buy(1, 3, 1, 102)) == ["accepted 1:3", "cancelled 1:3 1 capacity"])
        desk.send(desk.buy(1, 4, 1, 101))
        desk.send(desk.sell(1, 5, 1, 200))
        #expect(desk.told(desk.sell(1, 6, 1, 200)) == ["rejected 1:6 capacity"])
        #expect(desk.told(desk.sell(1, 7, 1, 101).with { $0.duration = .immediateOrCancel }).count == 2)
        #expect(desk.told(desk.sell(1, 8, 1, 201)) == ["accepted 1:8", "cancelled 1:8 1 capacity"])
        #expect(desk.told(desk.sell(1, 9, 1, 200)) == ["accepted 1:9", "shown 1@2000"])
    }

    @Test("Sums that would overflow are refused")
    func overflow() throws {
        let rules = MatchingRules(
            lot: Quantity(raw: 1),
            largestQuantity: Quantity(raw: 1 << 61),
            largestPrice: Price(raw: 1 << 60)
        )
        let desk = try MatchingDesk(rules)
        let huge = { (id: UInt64) in desk.buy(1, id, 1, 1_000).with { $0.quantity = Quantity(raw: 1 << 61) } }
        desk.send(huge(1))
        desk.send(huge(2))
        #expect(desk.told(huge(3)) == ["rejected 1:3 capacity"])
        #expect(desk.engine.orderCount == 2)
    }

    @Test("Rules that can't be worked with are refused, and an instrument is listed once")
    func definition() throws {
        let desk = try MatchingDesk()
        let other = Instrument(id: 1)
        let isOdd = desk.engine.define(other, MatchingRules(tick: Price(raw: 3)))
        let isEmpty = desk.engine.define(other, MatchingRules(lot: .zero))
        let isOutside = desk.engine.define(Instrument(id: 2), MatchingRules())
        let isGood = desk.engine.define(other, MatchingRules())
        let isTwice = desk.engine.define(other, MatchingRules())
        #expect(!isOdd && !isEmpty && !isOutside && isGood && !isTwice)
    }
}
