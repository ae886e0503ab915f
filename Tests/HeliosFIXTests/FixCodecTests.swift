// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

/// Calls `body` with the bytes of `text`, in which `|` stands for the separator.
@discardableResult
func withFix<R>(_ text: String, _ body: (WireBytes) throws -> R) rethrows -> R {
    let bytes = text.utf8.map { $0 == UInt8(ascii: "|") ? 1 : $0 }
    return try bytes.withUnsafeBytes { try body(WireBytes($0)) }
}

/// The message with body `body` (from `35=` on), with its length and sum.
func fixText(_ body: String, begin: String = "FIX.4.4") -> String {
    let head = "8=\(begin)|9=\(body.utf8.count)|" + body
    let sum = head.utf8.reduce(0) { ($0 + ($1 == UInt8(ascii: "|") ? 1 : Int($1))) % 256 }
    let digits = String(sum)
    return head + "10=" + String(repeating: "0", count: 3 - digits.count) + digits + "|"
}

extension WireBytes {
    /// The bytes as text with `|` for the separator.
    var shown: String { String(decoding: unsafeBuffer.map { $0 == 1 ? UInt8(ascii: "|") : $0 }, as: UTF8.self) }
}

@Suite("FIX codec")
struct FixCodecTests {
    @Test("a message's fields are found, with tags of one to seven digits")
    func scan() throws {
        var scanner = FixScanner()
        let text = fixText("35=D|34=2|49=TW|56=ISLD|11=ID|1=a=b|58=|9999999=x|20000=yy|52=20260102-03:04:05.678|")
        try withFix(text) { bytes in
            let message = try scanner.scan(bytes)
            #expect(message.type == .newOrderSingle)
            var tags: [UInt32] = []
            for index in 0..<message.count { tags.append(message.tag(index).rawValue) }
            #expect(tags == [8, 9, 35, 34, 49, 56, 11, 1, 58, 9_999_999, 20_000, 52])
            #expect(message[.clOrdID]?.text == "ID")
            #expect(message[.account]?.text == "a=b")
            #expect(message[.text]?.isEmpty == true)
            #expect(message[.msgSeqNum]?.int == 2)
            #expect(message[.sendingTime]?.timestamp?.nanoseconds == 1_767_323_045_678_000_000)
            #expect(message[.price] == nil)
        }
    }

    @Test("every length of body, over all places of a block, reads back what was written", arguments: 0..<200)
    func lengths(_ length: Int) throws {
        var writer = FixWriter()
        var scanner = FixScanner()
        let filler = String(repeating: "x", count: length)
        writer.begin(.newOrderSingle)
        writer.put(.msgSeqNum, 7)
        if length > 0 { writer.putText(.text, filler) }
        writer.put(.orderQty, Quantity(100))
        let bytes = writer.finish(.fix44)
        let written = try #require(bytes)
        let middle = length > 0 ? "58=\(filler)|" : ""
        #expect(written.shown == fixText("35=D|34=7|\(middle)38=100|"))
        let message = try scanner.scan(written)
        #expect(message[.orderQty]?.quantity == Quantity(100))
        #expect(FixFramer().next(written) == .message(count: written.count))
    }

    @Test("a changed byte anywhere is found by the sum or the form")
    func corruption() throws {
        var scanner = FixScanner()
        let text = fixText("35=8|34=2|49=TW|52=20260102-03:04:05|56=ISLD|37=1|17=2|150=0|39=0|54=1|151=9|14=0|6=0|")
        let good = text.utf8.map { $0 == UInt8(ascii: "|") ? 1 : $0 }
        for index in good.indices {
            var bad = good
            bad[index] ^= 0x11
            _ = bad.withUnsafeBytes { buffer in
                #expect(throws: FixGarble.self) { _ = try scanner.scan(WireBytes(buffer)) }
            }
        }
    }

    @Test("data may hold separators, equals signs and whole messages")
    func data() throws {
        var scanner = FixScanner()
        let inner = fixText("35=0|34=1|")
        for padding in 0..<130 {
            let filler = String(repeating: "y", count: padding)
            let raw = inner + filler + "|"
            let text = fixText("35=B|34=2|95=\(raw.utf8.count)|96=\(raw)|58=end|")
            try withFix(text) { bytes in
                #expect(FixFramer().next(bytes) == .message(count: bytes.count))
                let message = try scanner.scan(bytes)
                #expect(message[96]?.count == raw.utf8.count)
                #expect(message[.text]?.text == "end")
                #expect(message.count == 7)
            }
        }
    }

    @Test(
        "what is no tag is garbled",
        arguments: ["=1|", "a=1|", "24garbled9=TW|", "34|", "034=2|", "12345678=1|", "3 =1|"]
    )
    func malformed(_ field: String) {
        var scanner = FixScanner()
        withFix(fixText("35=0|\(field)56=ISLD|")) { bytes in
            #expect(throws: FixGarble.field) { _ = try scanner.scan(bytes) }
        }
    }

    @Test("the first three fields must be BeginString, BodyLength and MsgType")
    func order() {
        var scanner = FixScanner()
        withFix(fixText("34=2|35=0|56=ISLD|")) { bytes in
            #expect(throws: FixGarble.field) { _ = try scanner.scan(bytes) }
        }
    }

    @Test("decimals are read and written exactly")
    func decimals() throws {
        let cases: [(String, Int64?)] = [
            ("0", 0), ("-0", 0), ("1", 100_000_000), ("-1.5", -150_000_000), ("00012.50", 1_250_000_000),
            ("0.00000001", 1), ("0.000000001", nil), ("0.000000010", 1), ("92233720368.54775807", .max),
            ("92233720368.54775808", nil), ("1e5", nil), ("+1", nil), ("", nil), ("-", nil), (".5", 50_000_000),
            ("5.", 500_000_000), (".", nil), ("1.2.3", nil), (" 1", nil), ("99999999999999999999", nil),
        ]
        for (text, expected) in cases {
            withFix(text) { #expect(FixValue($0).decimal == expected, "\(text)") }
        }
        let written: [(Int64, String)] = [
            (0, "0"), (1, "0.00000001"), (150_000_000, "1.5"), (-150_000_000, "-1.5"), (100_000_000, "1"),
            (.max, "92233720368.54775807"), (.min, "-92233720368.54775808"), (1_230_000_000, "12.3"),
            (9_999_999_900_000_000, "99999999"), (10_000_000_000_000_000, "100000000"),
            (12_345_678_901_234_567, "123456789.01234567"),
        ]
        for (raw, text) in written {
            var writer = FixWriter()
            writer.begin(.heartbeat)
            writer.put(44, decimal: raw)
            let bytes = writer.finish(.fix42)
            let shown = try #require(bytes).shown
            #expect(shown == fixText("35=0|44=\(text)|", begin: "FIX.4.2"))
        }
    }

    @Test("whole numbers of every length are written and read")
    func integers() throws {
        var value: Int64 = 0
        var writer = FixWriter()
        var scanner = FixScanner()
        for digit in [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9] as [Int64] {
            value = value * 10 + digit
            for number in [value, -value, value / digit * 10 / 10 - 1] {
                writer.begin(.heartbeat)
                writer.put(34, number)
                let bytes = writer.finish(.fixt11)
                let written = try #require(bytes)
                #expect(written.shown == fixText("35=0|34=\(number)|", begin: "FIXT.1.1"))
                #expect(try scanner.scan(written)[34]?.int == number)
            }
        }
        withFix("9223372036854775807") { #expect(FixValue($0).int == .max) }
        withFix("-9223372036854775808") { #expect(FixValue($0).int == .min) }
        withFix("9223372036854775808") { #expect(FixValue($0).int == nil) }
    }

    @Test(
        "times of all precisions are written and read",
        arguments: [
            (0, 0, "19700101-00:00:00"), (1_767_323_045_678_901_234, 3, "20260102-03:04:05.678"),
            (1_767_323_045_678_901_234, 6, "20260102-03:04:05.678901"),
            (1_767_323_045_678_901_234, 9, "20260102-03:04:05.678901234"),
            (951_782_399_999_999_999, 3, "20000228-23:59:59.999"), (951_868_800_000_000_000, 0, "20000301-00:00:00"),
            (-1_000_000, 3, "19691231-23:59:59.999"),
        ] as [(Int64, Int, String)]
    )
    func times(_ nanoseconds: Int64, _ digits: Int, _ text: String) throws {
        var writer = FixWriter()
        writer.begin(.heartbeat)
        writer.put(.sendingTime, Timestamp(nanoseconds: nanoseconds), digits: digits)
        let bytes = writer.finish(.fix44)
        #expect(try #require(bytes).shown == fixText("35=0|52=\(text)|"))
        let unit: Int64 = [0: 1_000_000_000, 3: 1_000_000, 6: 1_000, 9: 1][digits] ?? 1
        withFix(text) { value in
            let read = FixValue(value).timestamp?.nanoseconds ?? 1
            #expect(read <= nanoseconds && nanoseconds - read < unit)
        }
    }

    @Test(
        "what is no time is none",
        arguments: [
            "20260230-00:00:00", "20260132-00:00:00", "20261301-00:00:00", "20260101 00:00:00", "20260101-24:00:00",
            "20260101-00:60:00", "20260101-00:00:61", "20260101-00:00:00.", "20260101-00:00:00.1234567890",
            "20260101-00:00:0", "2026010a-00:00:00", "20260101-00:00:00,123",
        ]
    )
    func noTime(_ text: String) {
        withFix(text) { #expect(FixValue($0).timestamp == nil) }
    }

    @Test("entries of groups, and of groups within them, are given one by one")
    func groups() throws {
        var scanner = FixScanner()
        let text = fixText("35=W|262=a|55=X|268=2|269=0|270=10.5|453=2|448=A|452=1|448=B|452=3|269=1|270=11|")
        try withFix(text) { bytes in
            let message = try scanner.scan(bytes)
            var seen: [String] = []
            for entry in message.group(.noMDEntries, opening: .mdEntryType) {
                seen.append("\(entry[.mdEntryType]?.text ?? "") \(entry[.mdEntryPx]?.text ?? "")")
                for party in entry.group(.noPartyIDs, opening: .partyID) {
                    seen.append("\(party[.partyID]?.text ?? "") \(party[.partyRole]?.text ?? "")")
                }
            }
            #expect(seen == ["0 10.5", "A 1", "B 3", "1 11"])
        }
    }
}

@Suite("FIX framing")
struct FixFramerTests {
    @Test("a message is cut out at every place where the stream may break")
    func splits() {
        let text = fixText("35=0|34=2|49=TW|52=20260102-03:04:05|56=ISLD|")
        let bytes = text.utf8.map { $0 == UInt8(ascii: "|") ? UInt8(1) : $0 }
        for count in 0..<bytes.count {
            bytes[..<count].withUnsafeBytes { #expect(FixFramer().next(WireBytes($0)) == .incomplete, "\(count)") }
        }
        (bytes + [0x38]).withUnsafeBytes { #expect(FixFramer().next(WireBytes($0)) == .message(count: bytes.count)) }
    }

    @Test("what is no message is passed over up to the next beginning")
    func garbage() {
        withFix("garbage 8=FIX.4.4|") { #expect(FixFramer().next($0) == .garbled(count: 8, .notFix)) }
        withFix("garbage 8=F") { #expect(FixFramer().next($0) == .garbled(count: 8, .notFix)) }
        withFix("8=FIX.4.4|35=0|9=5|8=FIX") { #expect(FixFramer().next($0) == .garbled(count: 19, .bodyLength)) }
        withFix("8=FIX.4.4|9=x|8=FIX") { #expect(FixFramer().next($0) == .garbled(count: 14, .bodyLength)) }
        withFix("8=FIX.4.4|9=|8=FIX") { #expect(FixFramer().next($0) == .garbled(count: 13, .bodyLength)) }
        withFix("8=FIX.4.4|9=99999999999|8=FIX") { #expect(FixFramer().next($0) == .garbled(count: 24, .bodyLength)) }
        withFix("8=FIX.4.4|9=2000000|8=FIX") { #expect(FixFramer().next($0) == .garbled(count: 20, .bodyLength)) }
        withFix("8=FIX.4.4.4.4.4.4.4.4.4|") { #expect(FixFramer().next($0) == .garbled(count: 24, .bodyLength)) }
    }

    @Test("a length that is too long or too short costs one message, or two as with QuickFIX")
    func lengths() {
        let good = fixText("35=0|34=3|")
        let short = "8=FIX.4.4|9=7|35=0|34=2|10=000|"
        let long = "8=FIX.4.4|9=13|35=0|34=2|10=000|"
        withFix(short + good) { #expect(FixFramer().next($0) == .garbled(count: short.utf8.count, .trailer)) }
        withFix(long + good) { #expect(FixFramer().next($0) == .garbled(count: long.utf8.count, .trailer)) }
        let quick = FixFramer(resync: .nextCheckSum)
        withFix(short + good) { #expect(quick.next($0) == .garbled(count: short.utf8.count, .trailer)) }
        withFix(long + good) {
            #expect(quick.next($0) == .garbled(count: long.utf8.count + good.utf8.count, .trailer))
        }
    }
}
