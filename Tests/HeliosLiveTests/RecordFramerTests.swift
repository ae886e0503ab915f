// SPDX-License-Identifier: MIT
import HeliosLive
import HeliosMarket
import Testing

/// Records of many kinds, two of them with texts.
func sampleStream() -> (messages: [LinkMessage], bytes: [UInt8]) {
    var messages: [LinkMessage] = []
    for number in 1...6 {
        messages.append(
            LinkMessage(
                event: Event(
                    eventTime: Timestamp(nanoseconds: Int64(number)),
                    sequence: UInt64(number),
                    orderID: 77,
                    price: Price(raw: -5),
                    quantity: Quantity(raw: .max),
                    kind: number.isMultiple(of: 2) ? .newOrder : .timer,
                    detail: .max
                )
            )
        )
    }
    for length in [0, 64, 65] {
        var side = Event(kind: .side, detail: UInt64(length))
        side.orderID = SideWord.note
        messages.append(LinkMessage(event: side, text: (0..<length).map { UInt8(truncatingIfNeeded: $0 ^ 0xFF) }))
    }
    messages.append(LinkMessage(event: Event(sequence: 99, kind: .checkpoint)))
    var bytes: [UInt8] = []
    for message in messages { RecordFramer.encode(message.event, message.text, to: &bytes) }
    return (messages, bytes)
}

enum SideWord { static let note: UInt64 = 3 }

/// Every message that comes out when `bytes` go in as `pieces`.
private func read(_ pieces: [ArraySlice<UInt8>]) throws(FramingError) -> [LinkMessage] {
    var framer = RecordFramer()
    var found: [LinkMessage] = []
    for piece in pieces {
        Array(piece).withUnsafeBytes { framer.append($0) }
        while let message = try framer.next() { found.append(message) }
    }
    return found
}

private func same(_ a: [LinkMessage], _ b: [LinkMessage]) -> Bool {
    a.count == b.count
        && zip(a, b).allSatisfy {
            $0.event.says($1.event) && $0.event.sequence == $1.event.sequence && $0.text == $1.text
        }
}

@Suite("Records out of a stream of bytes")
struct RecordFramerTests {
    @Test("wherever the stream is cut in two, the same records come out")
    func everyCut() throws {
        let (messages, bytes) = sampleStream()
        for cut in 0...bytes.count {
            #expect(same(try read([bytes[..<cut], bytes[cut...]]), messages))
        }
    }

    @Test("pieces of one byte, and of every size up to three records", arguments: [1, 2, 3, 7, 63, 64, 65, 127, 192])
    func pieces(size: Int) throws {
        let (messages, bytes) = sampleStream()
        let pieces = stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
        #expect(same(try read(pieces), messages))
    }

    @Test("a stream that ends inside a record gives the whole ones before it, and no more")
    func truncated() throws {
        let (messages, bytes) = sampleStream()
        #expect(same(try read([bytes.dropLast()]), Array(messages.dropLast())))
    }

    @Test("a kind that is none ends the reading")
    func unknownKind() throws {
        var (_, bytes) = sampleStream()
        bytes[64 + 54] = 200
        #expect(throws: FramingError.unknownKind(200)) { try read([bytes[...]]) }
    }

    @Test("a text longer than allowed is refused before any of it is kept")
    func longText() throws {
        var bytes: [UInt8] = []
        RecordFramer.encode(Event(kind: .side), to: &bytes)
        // The length stands in the last eight bytes.
        bytes.replaceSubrange(56..<64, with: [1, 0, 1, 0, 0, 0, 0, 0])
        #expect(throws: FramingError.longText(65_537)) { try read([bytes[...]]) }
    }
}
