// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("OUCH 4.2 at an exchange")
struct Ouch42PortTests {
    private func floor() throws -> PortFloor {
        try PortFloor([PortSettings(user: "OLD", kind: .ouch42), PortSettings(user: "NEW", kind: .ouch50)])
    }

    private func token(_ text: String) throws -> OuchToken { try #require(OuchToken(text)) }

    private func outbound(_ bytes: [UInt8], _ body: (Ouch42.Outbound) throws -> Void) throws {
        try bytes.withUnsafeBytes { try body(try Ouch42.Outbound(WireBytes($0))) }
    }

    @Test func `both protocols meet in one book, each told in its own words`() throws {
        let floor = try floor()
        try floor.enter42(0, "AAAA", .sellShort, 100, 100_000)
        try floor.enter(1, 1, .buy, 30, 100_000, timeInForce: .immediateOrCancel)
        #expect(floor.letters(0) == "SAE")
        #expect(floor.letters(1) == "SAE")
        #expect(floor.market.hasSuffix("AE"))
        try outbound(floor.last(0)) {
            guard case .orderExecuted(let fill) = $0 else { throw Missing() }
            #expect("\(fill.token)" == "AAAA" && fill.shares == 30 && fill.price == 100_000)
            #expect(fill.liquidity.meaning == .added && fill.matchNumber == 1)
        }
        // The kind of sell is kept.
        var accepted: [UInt8] = []
        floor.forEach(floor.port(0)) { if $0[0] == UInt8(ascii: "A") { accepted = [UInt8]($0.unsafeBuffer) } }
        try outbound(accepted) {
            guard case .orderAccepted(let order) = $0 else { throw Missing() }
            #expect(order.side.meaning == .sellShort && order.state.meaning == .live && order.firm == Alpha4("FIRM"))
        }
    }

    @Test func `a chain of replacements counts what it has traded, and a token is good once`() throws {
        let floor = try floor()
        try floor.enter42(0, "ONE", .sell, 100, 100_000)
        try floor.enter(1, 1, .buy, 30, 100_000, timeInForce: .immediateOrCancel)
        func replace(_ from: String, _ to: String, _ shares: UInt32, _ price: UInt32) throws {
            try floor.send(0) {
                try Ouch42.ReplaceOrder.write(
                    token: try token(from),
                    replacement: try token(to),
                    shares: shares,
                    price: price,
                    timeInForce: Ouch42.marketHours,
                    display: OuchCode(.visible),
                    sweep: OuchCode(.no),
                    minimumQuantity: 0,
                    to: &$0
                )
            }
        }
        try replace("ONE", "TWO", 80, 100_100)
        #expect(floor.letters(0) == "SAEU")
        try outbound(floor.last(0)) {
            guard case .orderReplaced(let order) = $0 else { throw Missing() }
            #expect("\(order.token)" == "TWO" && "\(order.previous)" == "ONE" && order.shares == 80)
        }
        // 50 are left: 80 less the 30 that traded.
        try floor.enter(1, 2, .buy, 60, 100_100, timeInForce: .immediateOrCancel)
        #expect(floor.letters(0) == "SAEUE")
        try outbound(floor.last(0)) {
            guard case .orderExecuted(let fill) = $0 else { throw Missing() }
            #expect("\(fill.token)" == "TWO" && fill.shares == 50)
        }
        // Nothing is left of it; a used token is a message sent again; an unknown order is nobody's.
        try replace("TWO", "THREE", 200, 100_100)
        try floor.enter42(0, "ONE", .buy, 10, 90_000)
        try floor.enter42(0, "TWO", .buy, 10, 90_000)
        try replace("NEVER", "FOUR", 10, 90_000)
        #expect(floor.letters(0) == "SAEUE" && floor.port(0).ignored == 4)
        // A replacement that is refused leaves the order as it was, and its token is used.
        try floor.enter42(0, "FIVE", .buy, 10, 90_000)
        try replace("FIVE", "SIX", 0, 90_000)
        #expect(floor.letters(0) == "SAEUEAJ")
        try floor.send(0) { try Ouch42.CancelOrder.write(token: try token("FIVE"), shares: 0, to: &$0) }
        #expect(floor.letters(0) == "SAEUEAJC")
    }

    @Test func `cancels say what shall stay open, and those of nothing are passed over`() throws {
        let floor = try floor()
        try floor.enter42(0, "ONE", .buy, 100, 90_000)
        func cancel(_ shares: UInt32) throws {
            try floor.send(0) { try Ouch42.CancelOrder.write(token: try token("ONE"), shares: shares, to: &$0) }
        }
        try cancel(100)
        #expect(floor.letters(0) == "SA")
        try cancel(40)
        try outbound(floor.last(0)) {
            guard case .orderCancelled(let cancel) = $0 else { throw Missing() }
            #expect(cancel.decrement == 60 && cancel.reason.meaning == .user)
        }
        try cancel(0)
        try cancel(0)
        #expect(floor.letters(0) == "SACC")
        #expect(floor.market.hasSuffix("AXD"))
    }

    @Test func `an order is modified in place: smaller, or another kind of sell`() throws {
        let floor = try floor()
        try floor.enter42(0, "ONE", .sell, 100, 100_000)
        try floor.enter(1, 1, .sell, 100, 100_000)
        func modify(_ side: OuchSide, _ shares: UInt32) throws {
            try floor.send(0) {
                try Ouch42.ModifyOrder.write(
                    token: try token("ONE"),
                    side: OuchCode(side),
                    shares: shares,
                    to: &$0
                )
            }
        }
        try modify(.sell, 60)
        try modify(.sellShort, 60)
        #expect(floor.letters(0) == "SAMM")
        try outbound(floor.last(0)) {
            guard case .orderModified(let order) = $0 else { throw Missing() }
            #expect(order.side.meaning == .sellShort && order.shares == 60)
        }
        // Not to a buy, not back, not larger.
        try modify(.buy, 60)
        try modify(.sell, 60)
        try modify(.sellShort, 70)
        #expect(floor.letters(0) == "SAMM")
        // It kept its place.
        try floor.enter(1, 2, .buy, 70, 100_000, timeInForce: .immediateOrCancel)
        #expect(floor.letters(0) == "SAMME")
    }

    @Test func `what is refused says why, and an order that can't work is born dead`() throws {
        let floor = try floor()
        func reason(_ enter: () throws -> Void) throws -> OuchRejectLetter? {
            try enter()
            let bytes = floor.last(0)
            #expect(bytes.first == UInt8(ascii: "J"))
            return bytes.count == 24 ? OuchRejectLetter(rawValue: bytes[23]) : nil
        }
        #expect(try reason { try floor.enter42(0, "1", .buy, 0, 90_000) } == .quantity)
        #expect(try reason { try floor.enter42(0, "2", .buy, 1_000_000, 90_000) } == .quantity)
        #expect(try reason { try floor.enter42(0, "3", .buy, 100, 2_000_000_000) } == .price)
        #expect(try reason { try floor.enter42(0, "4", .buy, 100, Ouch42.marketPrice) } == .price)
        #expect(
            try reason { try floor.enter42(0, "5", .buy, 100, 90_000, symbol: Symbol("NONE")) } == .symbol
        )
        #expect(try reason { try floor.enter42(0, "6", .buy, 100, 90_000, display: .retailType1) } == .display)
        #expect(try reason { try floor.enter42(0, "7", .buy, 100, 90_000, cross: .supplemental) } == .cross)
        #expect(try reason { try floor.enter42(0, "8", .buy, 100, 90_000, minimum: 50) } == .minimumQuantity)
        try floor.enter(1, 1, .sell, 100, 100_000)
        try floor.enter42(0, "9", .buy, 100, 100_000, display: .postOnly)
        #expect(floor.last(0)[64] == OuchOrderState.dead.rawValue)
        try floor.enter42(0, "10", .buy, 100, 99_900, timeInForce: Ouch42.immediateOrCancel)
        #expect(floor.last(0)[64] == OuchOrderState.dead.rawValue)
        floor.exchange.apply(.phase(Instrument(id: 0), .halted, time: floor.now))
        #expect(try reason { try floor.enter42(0, "11", .buy, 100, 90_000) } == .halted)
        floor.exchange.end(at: floor.now)
        #expect(try reason { try floor.enter42(0, "12", .buy, 100, 90_000) } == .closed)
        for bytes in [
            [], [0x4F], [0xFF], [UInt8](repeating: 0x4F, count: 50), [0x4E] + [UInt8](repeating: 0x41, count: 14),
        ]
            as [[UInt8]]
        {
            bytes.withUnsafeBytes {
                floor.exchange.receive(WireBytes($0), from: floor.port(0), at: floor.now)
            }
        }
        #expect(floor.port(0).ignored == 5)
    }

    @Test func `an order lives as many seconds as it says, and ends as a timeout`() throws {
        let floor = try floor()
        floor.now = Timestamp(nanoseconds: 1_000_000_000)
        try floor.enter42(0, "ONE", .buy, 100, 90_000, timeInForce: 5)
        floor.exchange.advance(to: Timestamp(nanoseconds: 5_999_999_999))
        #expect(floor.letters(0) == "SA")
        floor.exchange.advance(to: Timestamp(nanoseconds: 6_000_000_000))
        #expect(floor.letters(0) == "SAC" && floor.last(0)[27] == UInt8(ascii: "T"))
    }

    @Test func `before a cross a cancel waits and a partial one is refused; a trade is broken to both`() throws {
        let floor = try floor()
        let instrument = Instrument(id: 0)
        try floor.enter42(0, "ONE", .buy, 100, 100_000, cross: .closing)
        try floor.enter42(0, "TWO", .buy, 100, 90_000, cross: .closing)
        try floor.enter(1, 1, .sell, 100, 100_000, cross: .closing)
        floor.exchange.freezeAuctionOrders(instrument)
        try floor.send(0) { try Ouch42.CancelOrder.write(token: try token("TWO"), shares: 0, to: &$0) }
        try floor.send(0) { try Ouch42.CancelOrder.write(token: try token("TWO"), shares: 10, to: &$0) }
        #expect(floor.letters(0) == "SAAPI")
        floor.exchange.apply(.uncross(instrument, .closing, time: floor.now))
        #expect(floor.letters(0) == "SAAPIEC")
        #expect(floor.letters(1) == "SAE")
        floor.exchange.apply(.bust(match: 1, time: floor.now))
        #expect(floor.letters(0) == "SAAPIECB" && floor.letters(1) == "SAEB")
        try outbound(floor.last(0)) {
            guard case .brokenTrade(let trade) = $0 else { throw Missing() }
            #expect("\(trade.token)" == "ONE" && trade.matchNumber == 1)
        }
    }

    @Test func `a peg that moves is told its new place`() throws {
        let floor = try floor()
        try floor.enter(1, 1, .buy, 100, 90_000)
        try floor.enter(1, 2, .sell, 100, 100_000)
        try floor.enter42(0, "PEG", .buy, 100, 99_000, display: .midpointPeg)
        try floor.enter(1, 3, .buy, 100, 92_000)
        #expect(floor.letters(0).hasSuffix("T"))
        try outbound(floor.last(0)) {
            guard case .priorityUpdate(let update) = $0 else { throw Missing() }
            #expect(update.price == 96_000)
        }
    }
}

/// A message is another than the test says.
struct Missing: Error {}
