// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosVenue
import HeliosWire
import Testing

@Suite("OUCH 5.0 from client to exchange")
struct OuchTests {
    private func order(
        _ id: OrderID = 113,
        _ side: Side = .sell,
        shares: Quantity = Quantity(225),
        price: String = "63.02",
        _ timeInForce: TimeInForce = .day
    ) throws -> NewOrder {
        NewOrder(
            id: id,
            instrument: Instrument(id: 0),
            side: side,
            timeInForce: timeInForce,
            quantity: shares,
            price: try Price(decimal: price),
            tag: OrderTag(strategy: 0)
        )
    }

    private func bytes(_ order: NewOrder, _ symbol: String, room: Int = 64) throws(OuchError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xEE, count: room)
        guard let symbol = Symbol(symbol) else { return [] }
        let count = try unsafeEncode(&buffer) { room throws(OuchError) in
            try Ouch.enterOrder(order, symbol: symbol, into: room)
        }
        return Array(buffer[..<count])
    }

    private func unsafeEncode(
        _ buffer: inout [UInt8],
        _ body: (UnsafeMutableRawBufferPointer) throws(OuchError) -> Int
    ) throws(OuchError) -> Int {
        var result: Result<Int, OuchError> = .success(0)
        buffer.withUnsafeMutableBytes { room in
            do throws(OuchError) { result = .success(try body(room)) } catch { result = .failure(error) }
        }
        return try result.get()
    }

    private func hex(_ text: String) -> [UInt8] {
        let digits = text.utf8.filter { $0 != 0x20 }.map { $0 < 0x40 ? $0 - 0x30 : $0 - 0x37 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func `an intermarket sweep says so`() throws {
        var sweep = try order(113, .buy, price: "63.02", .immediateOrCancel)
        #expect(try bytes(sweep, "CVLT")[26...29] == [0x33, 0x59, 0x41, 0x4E])
        sweep.isSweep = true
        #expect(try bytes(sweep, "CVLT")[26...29] == [0x33, 0x59, 0x41, 0x59])
    }

    @Test func `a captured enter order is written as it was, but for what we never say`() throws {
        // Sell short, with a client's own order text and the option Firm: we write S, our number and no options.
        let captured = hex(
            "4F 00000071 54 000000E1 43564C5420202020 0000000000099DB8 30 59 41 4E 4E 4838465542384956202020202020 0006"
        )
        let written = try bytes(order(), "CVLT")
        #expect(captured.count == 47 && written.count == 47)
        #expect(Array(written[0..<5]) == Array(captured[0..<5]))  // type and number
        #expect(written[5] == UInt8(ascii: "S"))
        #expect(Array(written[6..<31]) == Array(captured[6..<31]))  // quantity to cross type
        #expect(Array(written[31..<45]) == Array("113           ".utf8))
        #expect(Array(written[45...]) == [0, 0])
    }

    @Test func `a captured cancel is written as it was`() throws {
        var buffer = [UInt8](repeating: 0xEE, count: 9)
        let count = try unsafeEncode(&buffer) { room throws(OuchError) in try Ouch.cancelOrder(0x0075_2E71, into: room)
        }
        #expect(count == 9)
        #expect(buffer == hex("58 00752E71 00000000"))
    }

    @Test func `side, time in force and the limits of every field`() throws {
        let written = try bytes(
            order(.init(UInt32.max), .buy, shares: Quantity(999_999), price: "199999.99", .immediateOrCancel),
            "ABCDEFGH"
        )
        #expect(
            written
                == hex(
                    "4F FFFFFFFF 42 000F423F 4142434445464748 00000000773593 9C 33 59 41 4E 4E 3432393439363732393520202020 0000"
                )
        )
        #expect(
            try bytes(order(1, .buy, shares: Quantity(1), price: "0.0001"), "A")[6..<26].elementsEqual(
                hex("00000001 4120202020202020 0000000000000001")
            )
        )
    }

    @Test(arguments: [1, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 4_294_967_295] as [OrderID])
    func `the client order id is the number in decimal`(id: OrderID) throws {
        let text = try bytes(order(id), "A")[31..<45]
        #expect(String(decoding: text, as: UTF8.self) == "\(id)" + String(repeating: " ", count: 14 - "\(id)".count))
    }

    @Test func `what can't be said exactly is refused`() throws {
        func refusal(_ order: NewOrder, room: Int = 64) -> OuchError? {
            do throws(OuchError) {
                _ = try bytes(order, "A", room: room)
                return nil
            } catch { return error }
        }
        #expect(try refusal(order(0)) == .reference)
        #expect(try refusal(order(4_294_967_296)) == .reference)
        #expect(try refusal(order(shares: .zero)) == .quantity)
        #expect(try refusal(order(shares: Quantity(-1))) == .quantity)
        #expect(try refusal(order(shares: Quantity(1_000_000))) == .quantity)
        #expect(try refusal(order(shares: Quantity(raw: Quantity.scale * 3 / 2))) == .quantity)
        #expect(try refusal(order(price: "10.00005")) == .price)
        #expect(try refusal(order(price: "-1.00")) == .price)
        #expect(try refusal(order(price: "199999.9901")) == .price)
        #expect(try refusal(order(price: "200000.00")) == .price)
        #expect(try refusal(order(), room: 46) == .buffer)
        #expect(try refusal(order(), room: 0) == .buffer)
        #expect(try refusal(order(), room: 47) == nil)
    }

    @Test func `a cancel of no number or without room is refused`() {
        var buffer = [UInt8](repeating: 0, count: 9)
        #expect(throws: OuchError.reference) {
            try self.unsafeEncode(&buffer) { room throws(OuchError) in try Ouch.cancelOrder(0, into: room) }
        }
        #expect(throws: OuchError.reference) {
            try self.unsafeEncode(&buffer) { room throws(OuchError) in try Ouch.cancelOrder(1 << 32, into: room) }
        }
        buffer.removeLast()
        #expect(throws: OuchError.buffer) {
            try self.unsafeEncode(&buffer) { room throws(OuchError) in try Ouch.cancelOrder(1, into: room) }
        }
    }
}

@Suite("The gateway that writes OUCH")
struct OuchGatewayTests {
    /// An order as only the gate can clear it.
    private func cleared(_ gate: inout RiskGate, _ id: OrderID, _ instrument: UInt32 = 0, shares: Int = 100) throws
        -> Verdict
    {
        let order = NewOrder(
            id: id,
            instrument: Instrument(id: instrument),
            side: .buy,
            quantity: Quantity(shares),
            price: price(1000),
            tag: OrderTag(strategy: 0)
        )
        let now = Timestamp(nanoseconds: 1_000_000_000)
        let market = MarketSnapshot(
            bid: price(999),
            ask: price(1001),
            bidQuantity: Quantity(100),
            askQuantity: Quantity(100),
            quoteTime: now,
            tradingState: .trading,
            phase: .regular,
            now: now
        )
        return gate.check(order, market: market)
    }

    private func gate() -> RiskGate {
        let shares = InstrumentLimits.usShares(
            maxOrderQuantity: Quantity(2_000_000),
            maxPosition: Quantity(100_000_000),
            maxDayQuantity: Quantity(100_000_000),
            averageDailyVolume: InstrumentLimits.volumeUnknown,
            maxOrderNotional: Money(100_000_000)
        )
        let limits = RiskLimits.standard(
            dayLoss: Money(1_000_000),
            notional: Money(1_000_000_000),
            instrument: shares
        )
        return RiskGate(limits: limits, instruments: 3, orders: 100)
    }

    private func send(_ gateway: inout OuchGateway, _ verdict: consuming Verdict) {
        switch consume verdict {
        case .cleared(let order): gateway.send(order)
        case .refused(let refusal): Issue.record("refused: \(refusal)")
        }
    }

    @Test func `orders and cancels wait one after the other until they are taken`() throws {
        var gate = gate()
        var gateway = OuchGateway(symbols: [try #require(Symbol("AAA")), try #require(Symbol("BBB"))])
        send(&gateway, try cleared(&gate, 1))
        send(&gateway, try cleared(&gate, 2, 1))
        gateway.cancel(1, of: Instrument(id: 0), at: .zero)
        #expect(gateway.messages == 3 && gateway.failures == 0 && gateway.count == 47 + 47 + 9)
        var taken: [UInt8] = []
        gateway.drain { taken = Array($0) }
        #expect(taken.count == 103 && gateway.count == 0)
        #expect(String(decoding: taken[10..<18], as: UTF8.self) == "AAA     ")
        #expect(String(decoding: taken[57..<65], as: UTF8.self) == "BBB     ")
        #expect(Array(taken[94...]) == [0x58, 0, 0, 0, 1, 0, 0, 0, 0])
        gateway.drain { taken = Array($0) }
        #expect(taken.isEmpty)
    }

    @Test func `what does not fit or can't be said is counted and not sent`() throws {
        var gate = gate()
        var gateway = OuchGateway(symbols: [try #require(Symbol("AAA"))], capacity: 60)
        send(&gateway, try cleared(&gate, 1, 1))  // no symbol
        send(&gateway, try cleared(&gate, 2, shares: 1_000_000))  // too many for OUCH
        #expect(gateway.failures == 2 && gateway.count == 0)
        send(&gateway, try cleared(&gate, 3))
        send(&gateway, try cleared(&gate, 4))  // 13 bytes are left
        #expect(gateway.failures == 3 && gateway.messages == 1)
        gateway.cancel(3, of: Instrument(id: 0), at: .zero)
        gateway.cancel(3, of: Instrument(id: 0), at: .zero)
        gateway.cancel(0, of: Instrument(id: 0), at: .zero)
        #expect(gateway.failures == 5 && gateway.messages == 2 && gateway.count == 56)
    }
}
