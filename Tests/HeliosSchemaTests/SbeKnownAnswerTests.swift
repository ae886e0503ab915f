// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosSchema
import HeliosWire
import Testing

@Suite("SBE: the bytes that the standard prints")
struct SbeKnownAnswerTests {
    static let order = hex(
        """
        00000044 eb50 3600 6300 5b00 0000 4f52443030303031 4143435430310000 47454d3400000000 31 8016b33b13652915
        07000000 32 1a85010000000000 0000000000000080
        """
    )

    private static func write(_ writer: inout SbeWriter) throws(SbeError) {
        try writer.beginFrame(.sofh)
        try Orders.NewOrder.write(
            clOrdID: "ORD00001",
            account: "ACCT01",
            symbol: "GEM4",
            side: .buy,
            transactTime: 0x1529_6513_3BB3_1680,
            orderQty: 7,
            ordType: .limit,
            price: SbeDecimal(mantissa: 99_610, exponent: -3),
            stopPx: nil,
            to: &writer
        )
        try writer.endFrame()
    }

    @Test("an order is written to the bytes of the standard's dump")
    func encodesOrder() throws {
        #expect(try written { (writer) throws(SbeError) in try Self.write(&writer) } == Self.order)
    }

    @Test("the standard's dump reads as the order that it describes")
    func decodesOrder() throws {
        try withWire(Self.order) { wire in
            var cursor = 0
            let frame = try #require(try SbeFrames(.sofh).next(wire, cursor: &cursor))
            #expect(cursor == 68 && frame.encoding == .sbeLittle)
            let order = try Orders.NewOrder(frame.message)
            #expect(order.clOrdID == "ORD00001" && order.account == "ACCT01" && order.symbol == "GEM4")
            #expect(order.side == .buy && order.ordType == .limit && order.orderQty == 7)
            #expect(order.transactTime == 0x1529_6513_3BB3_1680)
            #expect(order.price.description == "99.61" && order.price.price?.description == "99.61")
            #expect(order.stopPx == nil)
        }
    }

    @Test("the schema alone reads the dump to the same values")
    func dynamic() throws {
        let decoder = SbeDynamicDecoder(try Repository.model("examples/orders"))
        try withWire(Array(Self.order.dropFirst(6))) { wire in
            let message = try decoder.decode(wire)
            #expect(message.name == "NewOrder" && message.length == 62)
            #expect(message.content["ClOrdID"] == .text("ORD00001"))
            #expect(message.content["Side"] == .code(0x31, name: "Buy"))
            #expect(message.content["Price"] == .decimal(SbeDecimal(mantissa: 99_610, exponent: -3)))
            #expect(message.content["StopPx"] == .null)
        }
    }

    @Test("an execution with two fills has the standard's lengths, month and date")
    func execution() throws {
        let bytes = try written { (writer) throws(SbeError) in
            try Orders.Execution.write(
                orderID: "O0000001",
                execID: "EXEC0000",
                execType: .trade,
                ordStatus: .trade,
                symbol: "GEM4",
                maturityMonthYear: Orders.MonthYear(year: 2014, month: 6),
                side: .buy,
                leavesQty: 1,
                cumQty: 6,
                tradeDate: 15_989,
                to: &writer
            )
            try writer.group(Orders.Execution.Fill.self, count: 2)
            for (price, quantity) in [(99_610, 2), (99_620, 4)] as [(Int64, Int32)] {
                try Orders.Execution.Fill.write(
                    fillPx: SbeDecimal(mantissa: price, exponent: -3),
                    fillQty: quantity,
                    to: &writer
                )
            }
        }
        #expect(bytes.count == 8 + 42 + 4 + 24)
        #expect(Array(bytes[..<8]) == hex("2a00 6200 5b00 0000"))
        #expect(Array(bytes[34..<39]) == hex("de 07 06 ff ff"))
        #expect(Array(bytes[48..<54]) == hex("75 3e 0c00 0200"))
        #expect(Array(bytes[54..<66]) == hex("1a85010000000000 02000000"))
        #expect(Array(bytes[66...]) == hex("2485010000000000 04000000"))
        try withWire(bytes) { wire in
            let execution = try Orders.Execution(wire)
            #expect(execution.maturityMonthYear.year == 2014 && execution.maturityMonthYear.day == nil)
            #expect(execution.tradeDate == 0x3E75)
            #expect(execution.fills.map(\.fillPx.description) == ["99.61", "99.62"])
            #expect(execution.fills.map(\.fillQty) == [2, 4])
        }
    }

    @Test("a code that the schema doesn't list is kept, not refused")
    func unlistedCode() throws {
        var bytes = Array(Self.order.dropFirst(6))
        bytes[8 + 24] = 0x39
        try withWire(bytes) { wire in
            let order = try Orders.NewOrder(wire)
            #expect(order.side.rawValue == 0x39 && order.side != .buy && order.side.description == "57")
        }
    }
}

@Suite("SBE: decimals")
struct SbeDecimalTests {
    @Test(
        "a decimal is a price exactly or not at all",
        arguments: [
            (99_610, -3, 9_961_000_000), (1, -8, 1), (10, -9, 1), (-10, -9, -1), (0, -100, 0), (5, 2, 50_000_000_000),
        ] as [(Int64, Int8, Int64)]
    )
    func exact(_ mantissa: Int64, _ exponent: Int8, _ raw: Int64) throws {
        let decimal = SbeDecimal(mantissa: mantissa, exponent: exponent)
        #expect(decimal.price == Price(raw: raw))
        #expect(try decimal.exactPrice() == Price(raw: raw))
    }

    @Test("digits below 1e-8 and numbers out of range are told apart")
    func refused() {
        #expect(throws: SbeDecimalError.inexact) { try SbeDecimal(mantissa: 5, exponent: -9).exactPrice() }
        #expect(throws: SbeDecimalError.inexact) { try SbeDecimal(mantissa: 1, exponent: -128).exactPrice() }
        #expect(throws: SbeDecimalError.overflow) { try SbeDecimal(mantissa: .max, exponent: 0).exactPrice() }
        #expect(throws: SbeDecimalError.overflow) { try SbeDecimal(mantissa: 1, exponent: 127).exactPrice() }
        #expect(SbeDecimal(mantissa: 5, exponent: -9).price == nil)
    }

    @Test("a price becomes a decimal with another exponent where that is exact")
    func fromPrice() {
        #expect(SbeDecimal(Price(raw: 9_961_000_000), exponent: -3)?.mantissa == 99_610)
        #expect(SbeDecimal(Price(raw: 1), exponent: -9)?.mantissa == 10)
        #expect(SbeDecimal(Price(raw: 1), exponent: -3) == nil)
        #expect(SbeDecimal(Price(raw: .max), exponent: -9) == nil)
    }

    @Test("all digits are shown")
    func text() {
        #expect(SbeDecimal(mantissa: -5, exponent: -3).description == "-0.005")
        #expect(SbeDecimal(mantissa: 12, exponent: 2).description == "1200")
        #expect(SbeDecimal(mantissa: .min, exponent: -9).description == "-9223372036.854775808")
    }
}
