// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosWire
import Testing

@Suite("FIX fields found")
struct FixScannerTests {
    private struct Random {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// What a message has: tag, place and length of each field; or why it has none.
    private func fields(_ scanner: inout FixScanner, _ body: [UInt8]) -> Result<[[Int]], FixGarble> {
        let head = Array("8=FIX.4.4\u{1}9=\(body.count)\u{1}".utf8) + body
        let sum = String(head.reduce(0) { ($0 + Int($1)) % 256 })
        let bytes = head + Array("10=\(String(repeating: "0", count: 3 - sum.count))\(sum)\u{1}".utf8)
        return bytes.withUnsafeBytes { buffer in
            do throws(FixGarble) {
                let message = try scanner.scan(WireBytes(buffer))
                return .success(
                    (0..<message.count).map { index in
                        let field = message.field(index)
                        return [field.tag.number, Int(field.start), Int(field.count)]
                    }
                )
            } catch {
                return .failure(error)
            }
        }
    }

    @Test("every tag of up to four digits, and the last ones")
    func tags() throws {
        var scanner = FixScanner()
        // What tells the length of data is read by another way.
        for tag in Array(1..<10_000) + [99_999, 100_000, 999_999, 1_000_000, 9_999_999] {
            let found = try fields(&scanner, Array("35=0\u{1}\(tag)=1\u{1}".utf8)).get()
            #expect(found.count == 4 && found.last?.first == tag && found.last?.last == 1, "\(tag)")
        }
    }

    @Test("blocks of separators and field by field, the same is found", arguments: [1 as UInt64, 2, 3, 4])
    func agrees(_ seed: UInt64) {
        var scanner = FixScanner()
        var random = Random(state: seed)
        let text = "123456789012345678900=====\u{1}\u{1}\u{1}\u{1}-a.:/"
        let alphabet = Array(text.utf8) + [0x00, 0x80, 0x8D, 0xB0, 0xBD, 0xFF]
        let data = Array("95=1\u{1}96=x\u{1}".utf8)
        var good = 0
        var garbled = 0
        for _ in 0..<4_000 {
            var body = Array("35=0\u{1}".utf8)
            // Fields that are right, and mostly one that isn't.
            for _ in 0..<random.below(30) {
                body += Array("\(1 + random.below(1_200))=\(random.below(100_000))\u{1}".utf8)
            }
            for _ in 0..<random.below(6) { body.append(alphabet[random.below(alphabet.count)]) }
            if body.last != 1 { body += Array(random.below(2) == 0 ? "=\u{1}".utf8 : "\u{1}".utf8) }
            let blocks = fields(&scanner, body)
            // A length of data makes the scanner go from field to field; BodyLength may have a digit more then.
            switch (blocks, fields(&scanner, body + data)) {
            case (.success(let found), .success(let other)):
                let moved = other[2][1] - found[2][1]
                let kept = other.dropFirst(2).dropLast(2).map { [$0[0], $0[1] - moved, $0[2]] }
                #expect(kept == Array(found.dropFirst(2)), "\(body)")
                good += 1
            case (.failure(let reason), .failure(let other)):
                #expect(reason == other, "\(body)")
                garbled += 1
            default: Issue.record("only one of the two was read: \(body)")
            }
        }
        #expect(good > 400 && garbled > 400, "\(good) \(garbled)")
    }

    @Test("as many fields as there is room for, and one more", arguments: [8, 20, 63, 64, 65, 100])
    func capacity(_ capacity: Int) throws {
        var scanner = FixScanner(capacity: capacity)
        let field = Array("1=\u{1}".utf8)
        let most = Array("35=0\u{1}".utf8) + Array(repeating: field, count: capacity - 3).joined()
        #expect(try fields(&scanner, most).get().count == capacity)
        #expect(fields(&scanner, most + field) == .failure(.tooManyFields))
        #expect(fields(&scanner, most + Array(repeating: field, count: 200).joined()) == .failure(.tooManyFields))
    }

    @Test("the sum of messages of every length", arguments: 0..<130)
    func sums(_ length: Int) throws {
        var scanner = FixScanner()
        // Bytes of high value: a sum that loses one of them, or takes one twice, is another.
        let filler = (0..<length).map { UInt8(truncatingIfNeeded: 0xC1 &+ $0 &* 7) | 0x80 }
        let found = try fields(&scanner, Array("35=0\u{1}58=".utf8) + filler + [1]).get()
        #expect(found.last?.last == length)
    }
}
