// SPDX-License-Identifier: MIT
import HeliosMarket
import Testing

@Suite("Money, days and records")
struct MoneyAndDayTests {
    @Test("an event is plain memory: it can be copied byte by byte")
    func plain() {
        #expect(_isPOD(Event.self) && _isPOD(NewOrder.self) && _isPOD(OrderTag.self) && _isPOD(Symbol.self))
    }

    @Test("the value of a trade is the exact product, at the limits of both types too")
    func products() throws {
        let one = Money(try Price(decimal: "0.00000001"), times: try Quantity(decimal: "0.00000001"))
        #expect(one.raw == 1 && one.description == "0.0000000000000001")
        #expect(Money(try Price(decimal: "123.45"), times: Quantity(-300)).description == "-37035.00")
        let largest = Money(Price(raw: .max), times: Quantity(raw: .max))
        #expect(largest.raw == Int128(Int64.max) * Int128(Int64.max))
        #expect(Money(Price(raw: .min), times: Quantity(raw: .min)).raw == Int128(1) << 126)
        #expect(largest + -largest == .zero && (-largest).magnitude == largest)
        #expect(try Money(decimal: largest.description) == largest)
        #expect(try Money(decimal: "500000.00") == Money(500_000))
    }

    @Test("a thousand trades of a third of a cent add up without a rest")
    func sums() throws {
        var total = Money.zero
        let price = try Price(decimal: "0.00333333")
        for _ in 0..<1_000 { total += Money(price, times: Quantity(3)) }
        #expect(total.description == "9.99999")
    }

    // Instants from the published rule of New York's clocks, in seconds of UTC.
    @Test(
        "midnight is the known instant on the days around a change of the clocks",
        arguments: [
            ("2026-03-07", 1_772_859_600), ("2026-03-08", 1_772_946_000), ("2026-03-09", 1_773_028_800),
            ("2026-11-01", 1_793_505_600), ("2026-11-02", 1_793_595_600), ("2012-06-21", 1_340_251_200),
            ("2019-12-30", 1_577_682_000), ("1970-01-01", 18_000),
        ] as [(String, Int64)]
    )
    func midnight(text: String, seconds: Int64) throws {
        #expect(try #require(TradingDay(text)).midnight.nanoseconds == seconds * 1_000_000_000)
    }

    @Test("days outside the calendar are refused, days inside are as many as they should be")
    func calendar() {
        for (year, month, day) in [
            (1969, 12, 31), (2200, 1, 1), (2100, 2, 29), (2026, 4, 31), (2026, 6, 0), (2026, 13, 1),
        ] {
            #expect(TradingDay(year: year, month: month, day: day) == nil)
        }
        for text in [
            "", "2026-3-08", "2026-03-08 ", "2026/03/08", "20260308", "-026-03-08", "2026-+3-08", "2026-03-08-",
        ] {
            #expect(TradingDay(text) == nil, "\(text)")
        }
        var count = 0
        var wrong: [TradingDay] = []
        for year in 1970...2199 {
            for month in 1...12 {
                for day in 1...31 {
                    guard let date = TradingDay(year: year, month: month, day: day) else { continue }
                    if date.daysSinceEpoch != count { wrong.append(date) }
                    count += 1
                }
            }
        }
        #expect(count == 84_006 && wrong.isEmpty)
    }

    @Test("an order's tag survives packing, field by field")
    func tags() {
        let tag = OrderTag(strategy: 0xABCD, group: 0xDEAD_BEEF, leg: 0x1234)
        #expect(tag.packed == 0xDEAD_BEEF_1234_ABCD && OrderTag(packed: tag.packed) == tag)
    }

    @Test("the directory numbers symbols in order of arrival and follows a change of name")
    func directory() throws {
        var directory = InstrumentDirectory()
        let placeholder = try #require(Symbol("#7"))
        let name = try #require(Symbol("AAA"))
        let other = try #require(Symbol("BBB"))
        let first = directory.register(placeholder)
        let second = directory.register(other)
        let again = directory.register(other)
        #expect(first.index == 0 && second.index == 1 && again == second)
        directory.rename(first, to: name)
        #expect(directory.name(of: first) == "AAA" && directory[name] == first)
        #expect(directory[placeholder] == nil && directory.name(of: Instrument(id: 9)) == "#9")
    }
}
