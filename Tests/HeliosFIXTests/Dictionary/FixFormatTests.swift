// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosWire
import Testing

@Suite("FIX data types")
struct FixFormatTests {
    /// Values that a format takes, and values that it doesn't.
    private static let cases: [(FixFormat, yes: [String], no: [String])] = [
        (.any, ["", "x", "a b"], []),
        (
            .int, ["0", "-1", "007", "12345678", "-123456789", "9223372036854775807", "-9223372036854775808"],
            [
                "", "-", "+1", "1.0", "1a", "a", " 1", "1 ", "12345678x", "9223372036854775808", "1-", "--1", "1:",
                "1/",
            ]
        ),
        (
            .decimal,
            ["0", "-1", "1.5", ".5", "5.", "-.5", "00.10", "123456789.123456789", "12345678", "1234567.", "123456.89"],
            ["", "-", ".", "-.", "1.2.3", "1e5", "+1", "1,5", "NaN", "12345678.9.0", "1 ", "..", "1.-", "/1", ":1"]
        ),
        (.char, ["A", " ", "1"], ["", "AB"]),
        (.boolean, ["Y", "N"], ["", "y", "1", "YN"]),
        (.characters, ["A", "A B", "1 2 3"], ["", " ", "AB", "A  B", "A ", " A"]),
        (
            .timestamp,
            [
                "20260102-03:04:05", "20260102-03:04:05.6", "20260102-23:59:60.123456789", "20240229-00:00:00",
                "20260131-03:04:05.123",
            ],
            [
                "", "20260102", "20260102-03:04", "20260102-03:04:05.", "20260102-24:00:00", "20260102-03:60:00",
                "20260102-03:04:61", "20261302-03:04:05", "20260001-03:04:05", "20260100-03:04:05",
                "20260230-03:04:05", "20250229-00:00:00", "20260102 03:04:05", "20260102-03.04.05",
                "20260102-03:04:05.1234567890", "20260102-03:04:05.12x", "20260102-03:04:05Z", "2026010a-03:04:05",
                "20260102-0a:04:05", "20260102-03:04:05,123", "20260102-03:04:05.123456 78",
            ]
        ),
        (.unsigned, ["0", "007", "123456789"], ["", "-1", "+1", "1.0", "x"]),
        (.localDate, ["20260102"], ["", "20260229"]),
        (.localTime, ["03:04:05"], ["", "24:00:00"]),
        (.date, ["20260102", "20240229"], ["", "2026010", "202601022", "20260229", "20261301", "2026010x"]),
        (.timeOfDay, ["03:04:05", "23:59:60", "03:04:05.123"], ["", "3:4:5", "24:00:00", "03:04", "03:04:05."]),
        (
            .monthYear, ["202601", "20260131", "202612w1", "202612w5"],
            ["", "2026", "202613", "202600", "20260132", "202612w0", "202612w6", "2026121", "20261a", "202612W1"]
        ),
        (.dayOfMonth, ["1", "01", "31"], ["", "0", "32", "001", "-1", "x"]),
        (
            .zonedTime, ["07:39Z", "02:39-05", "15:39+08", "13:09+05:30", "07:39:05Z", "07:39:05.123Z"],
            ["", "07:39", "7:39Z", "24:00Z", "07:39+", "07:39+5", "07:39+05:3", "07:39+15", "07:39:05.Z", "07:39ZZ"]
        ),
        (
            .zonedTimestamp, ["20060901-07:39Z", "20060901-02:39:01-05"],
            ["", "20060901", "20060901-", "20060931-07:39Z", "20060901 07:39Z", "20060901-07:39"]
        ),
    ]

    @Test("a format takes what is of it, wherever the value stands, and nothing else", arguments: FixFormat.allCases)
    func formats(_ format: FixFormat) throws {
        let (_, yes, no) = try #require(Self.cases.first { $0.0 == format })
        for (texts, expected) in [(yes, true), (no, false)] {
            for text in texts {
                // Other digits and points around it must not count.
                withFix("99.\(text)..9:") { bytes in
                    let value = FixValue(bytes.slice(3..<3 + text.utf8.count))
                    #expect(format.accepts(value) == expected, "\(format) \(text)")
                }
            }
        }
    }

    @Test("numbers of every length: each byte that is no digit is seen")
    func everyPlace() {
        for count in 1...18 {
            let digits = Array(repeating: UInt8(ascii: "7"), count: count)
            for place in 0..<count {
                for byte in [UInt8](0x20...0x7E) where !(0x30...0x39).contains(byte) {
                    var text = digits
                    text[place] = byte
                    let isSigned = byte == UInt8(ascii: "-") && place == 0 && count > 1
                    let isPointed = byte == UInt8(ascii: ".") && count > 1
                    let (int, decimal) = text.withUnsafeBytes { buffer in
                        let value = FixValue(WireBytes(buffer))
                        return (FixFormat.int.accepts(value), FixFormat.decimal.accepts(value))
                    }
                    #expect(int == isSigned && decimal == (isSigned || isPointed))
                }
            }
        }
    }
}
