// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("OUCH 5.0 at an exchange")
struct OuchPortTests {
    private func floor() throws -> PortFloor {
        try PortFloor([PortSettings(user: "ONE"), PortSettings(user: "TWO")])
    }

    private func outbound(_ bytes: [UInt8], _ body: (Ouch50.Outbound) throws -> Void) throws {
        try bytes.withUnsafeBytes { try body(try Ouch50.Outbound(WireBytes($0))) }
    }

    private func code(_ floor: PortFloor, _ enter: () throws -> Void) throws -> OuchRejectCode? {
        try enter()
        var code: OuchRejectCode?
        try outbound(floor.last(0)) {
            if case .orderRejected(let order) = $0 { code = order.reason.meaning }
        }
        return code
    }

    @Test func `an order is modified in place, and its side says what kind of sell it is`() throws {
        let floor = try floor()
        try floor.enter(0, 1, .sell, 100, 100_000)
        func modify(_ side: OuchSide, _ shares: UInt32) throws {
            try floor.send(0) {
                try Ouch50.ModifyOrder.write(userRefNum: 1, side: OuchCode(side), quantity: shares, to: &$0)
            }
        }
        try modify(.sellShortExempt, 100)
        try modify(.sellShort, 40)
        try modify(.sell, 40)
        try modify(.sellShort, 50)
        #expect(floor.letters(0) == "SAMM")
        try outbound(floor.last(0)) {
            guard case .orderModified(let order) = $0 else { throw Missing() }
            #expect(order.side.meaning == .sellShort && order.quantity == 40)
        }
        #expect(floor.market.hasSuffix("AX"))
    }

    @Test func `a firm that may not enter orders is refused until it may; its open orders stay`() throws {
        let floor = try floor()
        let firm = try #require(Alpha4("FIRM"))
        func enter(_ number: UInt32) throws {
            try floor.enter(0, number, .buy, 100, 90_000) { _ = $0.set(.firm, firm) }
        }
        try enter(1)
        try floor.send(0) { try Ouch50.DisableOrderEntry.write(userRefNum: 2, firm: firm, to: &$0) }
        #expect(try code(floor) { try enter(3) } == .firm)
        try floor.enter(0, 4, .buy, 100, 90_000)
        try floor.send(0) { try Ouch50.EnableOrderEntry.write(userRefNum: 5, firm: firm, to: &$0) }
        try enter(6)
        #expect(floor.letters(0) == "SAGJAKA")
    }

    @Test func `a mass cancel takes a firm's, a group's or a side's orders, and an unknown symbol is refused`() throws {
        let floor = try floor()
        let firm = try #require(Alpha4("FIRM"))
        try floor.enter(0, 1, .buy, 100, 90_000) { _ = $0.set(.firm, firm) }
        try floor.enter(0, 2, .sell, 100, 100_000) { _ = $0.set(.group, UInt16(7)) }
        try floor.enter(0, 3, .sell, 100, 100_000)
        func cancel(_ number: UInt32, _ firm: Alpha4, _ symbol: Symbol, _ set: (inout OuchOptionsWriter) -> Void) throws
        {
            var options = OuchOptionsWriter()
            set(&options)
            try floor.send(0) {
                try Ouch50.MassCancel.write(
                    userRefNum: number,
                    firm: firm,
                    symbol: symbol,
                    options: options.options,
                    to: &$0
                )
            }
        }
        let all = Symbol(packed: 0x2020_2020_2020_2020)
        try cancel(4, firm, all) { _ in }
        #expect(floor.letters(0) == "SAAAXC")
        try cancel(5, .blank, floor.symbol) { _ = $0.set(.group, UInt16(7)) }
        #expect(floor.letters(0) == "SAAAXCXC")
        try cancel(6, .blank, all) { _ = $0.set(.side, UInt8(ascii: "B")) }
        #expect(floor.letters(0) == "SAAAXCXCX")
        try cancel(7, .blank, all) { _ in }
        #expect(floor.letters(0) == "SAAAXCXCXXC")
        let unknown = try #require(Symbol("NONE"))
        #expect(try code(floor) { try cancel(8, .blank, unknown) { _ in } } == .symbol)
    }

    @Test func `a reserve order's next slice is restated with its number on the feed`() throws {
        let floor = try floor()
        try floor.enter(0, 1, .sell, 100, 100_000) { _ = $0.set(.maximumFloor, UInt32(30)) }
        try floor.enter(1, 1, .buy, 30, 100_000, timeInForce: .immediateOrCancel)
        #expect(floor.letters(0) == "SAER")
        try outbound(floor.last(0)) {
            guard case .orderRestated(let order) = $0 else { throw Missing() }
            #expect(order.reason.meaning == .refresh)
            #expect(order.options.number(.displayQuantity, as: UInt32.self) == 30)
            #expect(order.options.number(.displayPrice, as: UInt64.self) == 100_000)
            var shown: UInt64?
            floor.exchange.forEachDisplayed(Instrument(id: 0), .sell) { shown = $0.reference }
            #expect(order.options.number(.secondaryOrderReference, as: UInt64.self) == shown)
        }
        // An acceptance says again what was asked for.
        var accepted: [UInt8] = []
        floor.forEach(floor.port(0)) { if $0[0] == UInt8(ascii: "A") { accepted = [UInt8]($0.unsafeBuffer) } }
        try outbound(accepted) {
            guard case .orderAccepted(let order) = $0 else { throw Missing() }
            #expect(order.options.number(.maximumFloor, as: UInt32.self) == 30 && order.hasOnlyAllowedOptions)
        }
    }

    @Test func `self-match prevention that shrinks both sides is told in detail`() throws {
        let floor = try floor()
        try floor.enter(0, 1, .sell, 100, 100_000)
        try floor.enter(0, 2, .buy, 40, 100_000) {
            _ = $0.set(.selfMatchStrategy, OuchSelfMatch.decrementBoth.rawValue)
        }
        #expect(floor.letters(0) == "SAADD")
        try outbound(floor.last(0)) {
            guard case .selfMatchCancelled(let cancel) = $0 else { throw Missing() }
            #expect(cancel.userRefNum == 2 && cancel.prevented == 40 && cancel.price == 100_000)
        }
    }

    @Test func `orders may live for a time, or only for the moment in which they replace another`() throws {
        let floor = try floor()
        try floor.enter(0, 1, .buy, 100, 90_000, timeInForce: .goodTillTime) { _ = $0.set(.expireTime, UInt32(2)) }
        floor.exchange.advance(to: floor.now + 2_000_000_000)
        #expect(floor.letters(0) == "SAC")
        #expect(try code(floor) { try floor.enter(0, 2, .buy, 100, 90_000, timeInForce: .goodTillTime) } == .other)
        try floor.enter(0, 3, .buy, 100, 90_000)
        try floor.enter(1, 1, .sell, 60, 95_000)
        try floor.send(0) {
            try Ouch50.ReplaceOrder.write(
                originalUserRefNum: 3,
                userRefNum: 4,
                quantity: 100,
                price: 95_000,
                timeInForce: OuchCode(.immediateOrCancel),
                display: OuchCode(.visible),
                sweep: OuchCode(.no),
                clientOrderID: .blank,
                to: &$0
            )
        }
        #expect(floor.letters(0) == "SACJAUEC")
        #expect(floor.last(0)[17] == UInt8(ascii: "I"))
        var open = 0
        floor.exchange.forEachDisplayed(Instrument(id: 0), .buy) { _ in open += 1 }
        #expect(open == 0)
    }

    @Test func `what can't be done is refused with its reason and not passed over`() throws {
        let floor = try floor()
        var number: UInt32 = 0
        func refused(
            display: OuchDisplay = .visible,
            cross: OuchCross = .none,
            price: UInt64 = 90_000,
            _ set: (inout OuchOptionsWriter) -> Void
        ) throws -> OuchRejectCode? {
            number += 1
            return try code(floor) {
                try floor.enter(0, number, .buy, 100, price, display: display, cross: cross, set)
            }
        }
        #expect(try refused { _ = $0.set(.route, Alpha4.blank) } == .routingNotAllowed)
        #expect(try refused { _ = $0.set(.priceType, OuchCode(OuchPriceType.marketPeg)) } == .peggingNotAllowed)
        #expect(try refused { _ = $0.set(.discretionPrice, UInt64(1)) } == .peggingNotAllowed)
        #expect(try refused { _ = $0.set(.handling, UInt8(ascii: "O")) } == .retailNotAllowed)
        #expect(try refused { _ = $0.set(.minimumQuantity, UInt32(50)) } == .minimumQuantity)
        #expect(try refused { _ = $0.set(.maximumFloor, UInt32(500)) } == .maximumFloor)
        #expect(try refused(display: .retailType1) { _ in } == .display)
        #expect(try refused(cross: .supplemental) { _ in } == .crossOrder)
        #expect(try refused(price: 2_000_000_000) { _ in } == .price)
        #expect(floor.market.hasSuffix("HH"), "nothing of it was shown")
    }
}
