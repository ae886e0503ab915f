// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("Dark pool")
struct DarkExchangeTests {
    private func floor() throws -> PortFloor {
        try PortFloor(
            [PortSettings(user: "ONE"), PortSettings(user: "TWO"), PortSettings(user: "OLD", kind: .ouch42)],
            kind: .dark
        )
    }

    private func quote(_ floor: PortFloor, _ bid: Int64, _ ask: Int64) {
        floor.exchange.reference(
            Instrument(id: 0),
            bid: Price(raw: bid * 10_000),
            ask: Price(raw: ask * 10_000),
            at: floor.now
        )
    }

    private func midpoint(_ options: inout OuchOptionsWriter) {
        _ = options.set(.priceType, OuchCode(OuchPriceType.midpointPeg))
    }

    @Test func `orders meet at the middle of the quotes that it is given, and only the trade is shown`() throws {
        let floor = try floor()
        try floor.enter(0, 1, .sell, 100, 99_000, display: .hidden, midpoint)
        try floor.enter(1, 1, .buy, 40, 101_000, display: .hidden, midpoint)
        #expect(floor.letters(0) == "SA" && floor.letters(1) == "SA", "no quote yet")
        quote(floor, 100_000, 100_300)
        #expect(floor.letters(0) == "SAE" && floor.letters(1) == "SAE")
        try floor.last(0).withUnsafeBytes {
            guard case .orderExecuted(let fill) = try Ouch50.Outbound(WireBytes($0)) else { throw Missing() }
            #expect(fill.price == 100_150 && fill.quantity == 40)
        }
        // A limit holds: the middle is below what the seller wants.
        quote(floor, 98_000, 98_100)
        try floor.enter42(2, "MID", .buy, 10, 120_000, display: .midpointPeg)
        #expect(floor.letters(2) == "SA")
        quote(floor, 99_000, 99_000)
        #expect(floor.letters(2) == "SAE" && floor.letters(0) == "SAEE")
        // No add, no delete: directory, states and two prints.
        #expect(floor.market == "SRSHHPP")
        for side in [Side.buy, .sell] {
            floor.exchange.forEachDisplayed(Instrument(id: 0), side) { _ in Issue.record("displayed") }
        }
    }

    @Test func `a minimum quantity holds back from smaller counterparts`() throws {
        let floor = try floor()
        quote(floor, 100_000, 100_200)
        try floor.enter(0, 1, .sell, 100, 100_000, display: .hidden) {
            midpoint(&$0)
            _ = $0.set(.minimumQuantity, UInt32(50))
        }
        try floor.enter(1, 1, .buy, 40, 101_000, display: .hidden, midpoint)
        #expect(floor.letters(0) == "SA")
        try floor.enter(1, 2, .buy, 60, 101_000, timeInForce: .immediateOrCancel, display: .hidden, midpoint)
        #expect(floor.letters(0) == "SAE" && floor.letters(1) == "SAAE")
    }

    @Test func `everything that would be seen, or is no midpoint peg, is refused with its reason`() throws {
        let floor = try floor()
        quote(floor, 100_000, 100_200)
        func code(_ number: UInt32, _ enter: () throws -> Void) throws -> OuchRejectCode? {
            try enter()
            var code: OuchRejectCode?
            try floor.last(0).withUnsafeBytes {
                if case .orderRejected(let order) = try Ouch50.Outbound(WireBytes($0)) { code = order.reason.meaning }
            }
            return code
        }
        #expect(try code(1) { try floor.enter(0, 1, .buy, 100, 100_000, midpoint) } == .display)
        #expect(try code(2) { try floor.enter(0, 2, .buy, 100, 100_000, display: .hidden) } == .pegType)
        #expect(
            try code(3) {
                try floor.enter(0, 3, .buy, 100, 100_000, display: .hidden) {
                    _ = $0.set(.priceType, OuchCode(OuchPriceType.primaryPeg))
                }
            } == .pegType
        )
        #expect(
            try code(4) {
                try floor.enter(0, 4, .buy, 100, 100_000, display: .hidden) {
                    midpoint(&$0)
                    _ = $0.set(.maximumFloor, UInt32(10))
                }
            } == .display
        )
        #expect(
            try code(5) { try floor.enter(0, 5, .buy, 9, 9_000, display: .hidden, cross: .closing, midpoint) }
                == .crossOrder
        )
        for (token, display) in [
            ("A", OuchDisplay.visible), ("B", .hidden), ("C", .midpointPegPostOnly), ("D", .postOnly),
        ] {
            try floor.enter42(2, token, .buy, 100, 100_000, display: display)
            #expect(floor.last(2)[0] == UInt8(ascii: "J") && floor.last(2)[23] == UInt8(ascii: "D"))
        }
        #expect(floor.market == "SRSHH")
    }
}
