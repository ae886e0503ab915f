// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosWire
import Testing

/// A checker looks at most values in words of eight bytes, where they stand in the message, and asks their format when in doubt:
/// here both must say the same of every value.
@Suite("FIX values looked at within a message")
struct FixGlanceTests {
    private struct Random {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// A message with one field, maybe another behind it, and what a checker says of it.
    private struct Bench: ~Copyable {
        private static let tag: FixTag = 7
        private let format: FixFormat
        private var scanner = FixScanner()
        private var checker: FixChecker
        private var isLast = false
        var rejected = 0
        var passed = 0

        init(_ type: FixType) throws {
            format = type.format
            checker = FixChecker(
                try FixDictionary(
                    text: """
                        dictionary FIX.4.4
                        fields STRING 8 BeginString 35 MsgType 10 CheckSum
                        fields LENGTH 9 BodyLength
                        field 7 Value \(type.rawValue)
                        field 6 Behind QTY
                        header
                         8! 9! 35!
                        end
                        trailer
                         10!
                        end
                        message UV Values
                         7 6
                        end
                        """
                )
            )
        }

        /// Holds the checker's verdict on `value` against that of its format.
        mutating func hold(_ value: [UInt8]) throws {
            isLast.toggle()
            let body = Array("35=UV\u{1}7=".utf8) + value + Array(isLast ? "\u{1}".utf8 : "\u{1}6=00000000\u{1}".utf8)
            let head = Array("8=FIX.4.4\u{1}9=\(body.count)\u{1}".utf8) + body
            let sum = String(head.reduce(0) { ($0 + Int($1)) % 256 })
            let bytes = head + Array("10=\(String(repeating: "0", count: 3 - sum.count))\(sum)\u{1}".utf8)
            let isRight = value.withUnsafeBytes { format.accepts(FixValue(WireBytes($0))) }
            let expected: FixRejection? =
                value.isEmpty
                ? FixRejection(.tagWithoutValue, Bench.tag)
                : isRight ? nil : FixRejection(.incorrectDataFormat, Bench.tag)
            let verdict = try bytes.withUnsafeBytes { checker.check(try scanner.scan(WireBytes($0))) }
            #expect(verdict == expected, "\(format) '\(String(decoding: value, as: UTF8.self))' \(value)")
            if verdict == nil { passed += 1 } else { rejected += 1 }
        }
    }

    private static let seeds: [String] = [
        "", "0", "-1", "7.5", "12345678", "-1234567", "123456.8", "123456789", "123456789.12345678", "Y", "AB", "1 2 3",
        "20260102", "202601", "202612w5", "31", "03:04:05", "03:04:05.123", "07:39Z", "13:09:05+05:30",
        "20260102-03:04:05", "20260102-03:04:05.1", "20260102-03:04:05.123", "20260102-23:59:60.123456",
        "20240229-00:00:00.12345678", "20260131-03:04:05.123456789", "20060901-02:39:01-05",
    ]
    /// A type for each format.
    private static let types = FixFormat.allCases.compactMap { format in
        FixType.allCases.first { $0.format == format && !$0.isData }
    }

    @Test(
        "every place of a value, with bytes of each kind",
        arguments: [.int, .seqNum, .price, .char, .boolean, .utcTimestamp, .utcDateOnly, .localMktDate] as [FixType]
    )
    func everyByte(_ type: FixType) throws {
        var bench = try Bench(type)
        for seed in Self.seeds {
            let value = Array(seed.utf8)
            try bench.hold(value)
            // Those near the digits, the signs, and those that would carry into their neighbours.
            let bytes: [UInt8] = [
                0x00, 0x02, 0x20, 0x2D, 0x2E, 0x2F, 0x30, 0x32, 0x33, 0x39, 0x3A, 0x3D, 0x41, 0x59, 0x80, 0x89, 0xB0,
                0xBA, 0xCF, 0xFF,
            ]
            for place in value.indices {
                for byte in bytes {
                    var changed = value
                    changed[place] = byte
                    try bench.hold(changed)
                }
            }
        }
        #expect(bench.passed > 2 && bench.rejected > 100)
    }

    @Test("values changed at random", arguments: types, [1 as UInt64, 2])
    func random(_ type: FixType, _ seed: UInt64) throws {
        var bench = try Bench(type)
        var random = Random(state: seed)
        let alphabet = Array("0123456789012345678901234567890123456789.-:+ wZYN".utf8)
        for _ in 0..<1_500 {
            var value = Array(Self.seeds[random.below(Self.seeds.count)].utf8)
            for _ in 0..<random.below(4) {
                let place = random.below(value.count + 1)
                switch random.below(3) {
                case 0 where place < value.count: value.remove(at: place)
                case 1 where place < value.count: value[place] = alphabet[random.below(alphabet.count)]
                default: value.insert(alphabet[random.below(alphabet.count)], at: place)
                }
            }
            try bench.hold(value)
        }
        #expect(bench.passed > 10)
    }

    @Test("every day of years near the bounds", arguments: [FixType.utcTimestamp, .utcDateOnly, .localMktDate])
    func days(_ type: FixType) throws {
        var bench = try Bench(type)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let years = [
            "0000", "0001", "0099", "0100", "1677", "1678", "1700", "1900", "2000", "2024", "2025", "2199", "2200",
            "2262", "2263",
        ]
        for year in years {
            for month in 0...13 {
                for day in [0, 1, 27, 28, 29, 30, 31, 32] {
                    let date = year + two(month) + two(day)
                    try bench.hold(Array((type == .utcTimestamp ? date + "-00:00:00" : date).utf8))
                }
            }
        }
        #expect(bench.passed > 500 && bench.rejected > 300)
    }
}
