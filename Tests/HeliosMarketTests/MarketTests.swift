// SPDX-License-Identifier: MIT
import HeliosMarket
import Testing

@Suite("The vocabulary")
struct MarketTests {
    @Test("an event is 64 bytes without padding or references, and its kind's byte is the raw value")
    func layout() {
        #expect(MemoryLayout<Event>.size == 64)
        #expect(MemoryLayout<Event>.stride == 64)
        for (position, kind) in EventKind.allCases.enumerated() {
            #expect(Int(kind.rawValue) == position)
            let byte = withUnsafeBytes(of: Event(kind: kind)) { $0[54] }
            #expect(byte == kind.rawValue)
        }
    }

    @Test(
        "decimal texts are read exactly and written back in the shortest form",
        arguments: [
            ("10.02", 1_002_000_000, "10.02"), ("0.00000001", 1, "0.00000001"), ("-1.5", -150_000_000, "-1.50"),
            ("92233720368.54775807", Int64.max, "92233720368.54775807"), ("1.0000000000", 100_000_000, "1.00"),
            ("+7", 700_000_000, "7.00"), ("-92233720368.54775808", Int64.min, "-92233720368.54775808"),
        ]
    )
    func decimals(text: String, raw: Int64, written: String) throws {
        let price = try Price(decimal: text)
        #expect(price.raw == raw)
        #expect(price.description == written)
    }

    @Test(
        "a malformed decimal text is refused with its place",
        arguments: ["", "-", ".", ".5", "5.", "1.2.3", "1e5", " 1", "1 ", "--1", "0x1", "١"]
    )
    func malformedDecimals(text: String) {
        #expect(throws: DecimalError.self) { try Price(decimal: text) }
    }

    @Test("a digit too many and a number too large are refused, not rounded")
    func decimalLimits() {
        #expect(throws: DecimalError.tooPrecise(places: 8)) { try Price(decimal: "0.000000001") }
        #expect(throws: DecimalError.outOfRange) { try Price(decimal: "92233720368.54775808") }
        #expect(throws: DecimalError.outOfRange) { try Price(decimal: String(repeating: "9", count: 60)) }
    }

    // Instants from the published rule of New York's clocks, in seconds of UTC.
    @Test(
        "midnight in New York is the known instant, also on the days when the clocks change",
        arguments: [
            ("2024-03-10", 1_710_046_800), ("2024-03-11", 1_710_129_600), ("2024-11-03", 1_730_606_400),
            ("2024-11-04", 1_730_696_400), ("2019-12-30", 1_577_682_000), ("2019-07-04", 1_562_212_800),
            ("2006-04-03", 1_144_036_800), ("2024-02-29", 1_709_182_800),
        ]
    )
    func midnight(text: String, seconds: Int64) throws {
        let day = try #require(TradingDay(text))
        #expect(day.midnight.nanoseconds == seconds * 1_000_000_000)
        #expect(day.description == text)
    }

    @Test(
        "a date that does not exist is refused",
        arguments: ["2023-02-29", "2024-13-01", "2024-00-10", "2024-1-01", "x"]
    )
    func noDay(text: String) { #expect(TradingDay(text) == nil) }

    @Test("a symbol keeps its text, and a text that is none is refused")
    func symbols() throws {
        for text in ["A", "AAPL", "BRK.A", "ZVZZT", "12345678"] {
            #expect(try #require(Symbol(text)).description == text)
        }
        #expect(try #require(Symbol("A")).packed == 0x2020_2020_2020_2041)
        for text in ["", "123456789", "A B", "\u{7F}", "É"] { #expect(Symbol(text) == nil) }
    }
}
