// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosWire
import Testing

/// Messages put together byte by byte from the specification's tables, apart from the writer that ships.
private enum Raw {
    static let time: UInt64 = 34_200_123_456_789

    static func number(_ value: UInt64, _ bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }

    static func text(_ text: String, _ length: Int) -> [UInt8] {
        Array(text.utf8) + [UInt8](repeating: 0x20, count: length - text.utf8.count)
    }

    static func message(_ type: Character, locate: UInt64 = 7, time: UInt64 = time, _ body: [UInt8]) -> [UInt8] {
        text(String(type), 1) + number(locate, 2) + number(99, 2) + number(time, 6) + body
    }

    static func frame(_ message: [UInt8]) -> [UInt8] { number(UInt64(message.count), 2) + message }

    static func add(
        _ reference: UInt64,
        _ side: String = "B",
        _ shares: UInt64 = 300,
        _ price: UInt64 = 1_234_500,
        symbol: String = "ABCD",
        locate: UInt64 = 7,
        time: UInt64 = time
    ) -> [UInt8] {
        message(
            "A",
            locate: locate,
            time: time,
            number(reference, 8) + text(side, 1) + number(shares, 4) + text(symbol, 8) + number(price, 4)
        )
    }

    static func attributed(_ reference: UInt64) -> [UInt8] {
        var message = add(reference, "S")
        message[0] = UInt8(ascii: "F")
        return message + text("NITE", 4)
    }

    static func delete(_ reference: UInt64, locate: UInt64 = 7) -> [UInt8] {
        message("D", locate: locate, number(reference, 8))
    }

    /// One of each of the messages that change a book.
    static var book: [[UInt8]] {
        [
            add(1), attributed(2), message("E", number(1, 8) + number(40, 4) + number(5_000_000_001, 8)),
            message("C", number(1, 8) + number(10, 4) + number(6, 8) + text("N", 1) + number(1_234_600, 4)),
            message("X", number(1, 8) + number(50, 4)),
            message("U", number(1, 8) + number(3, 8) + number(70, 4) + number(1_234_700, 4)),
            delete(3),
        ]
    }

    static var others: [(EventKind, [UInt8])] {
        let stock = text("ABCD", 8)
        return [
            (.systemEvent, message("S", locate: 0, text("Q", 1))),
            (
                .instrumentDefinition,
                message(
                    "R",
                    stock + text("QN", 2) + number(100, 4) + text("NCZ PNN1N", 9) + number(0, 4) + text("N", 1)
                )
            ),
            (.tradingStatus, message("H", stock + text("T ", 2) + text("", 4))),
            (.shortSaleRestriction, message("Y", stock + text("1", 1))),
            (.participantPosition, message("L", text("NITE", 4) + stock + text("YNA", 3))),
            (.breakerLevels, message("V", locate: 0, number(300_000_000_000, 8) + number(2, 8) + number(3, 8))),
            (.breakerStatus, message("W", locate: 0, text("2", 1))),
            (.quotingPeriod, message("K", stock + number(36_000, 4) + text("A", 1) + number(170_000, 4))),
            (
                .auctionCollar,
                message("J", stock + number(100_000, 4) + number(105_000, 4) + number(95_000, 4) + number(1, 4))
            ),
            (.operationalHalt, message("h", stock + text("QH", 2))),
            (
                .trade,
                message("P", number(0, 8) + text("B", 1) + number(200, 4) + stock + number(1_234_500, 4) + number(9, 8))
            ),
            (
                .crossTrade,
                message("Q", number(5_000_000_000, 8) + stock + number(1_234_500, 4) + number(10, 8) + text("O", 1))
            ),
            (.brokenTrade, message("B", number(9, 8))),
            (
                .imbalance,
                message(
                    "I",
                    number(1_000, 8) + number(400, 8) + text("S", 1) + stock + number(1, 4) + number(2, 4)
                        + number(3, 4)
                        + text("C1", 2)
                )
            ),
            (.retailInterest, message("N", stock + text("A", 1))),
            (
                .directListing,
                message(
                    "O",
                    stock + text("Y", 1) + number(1, 4) + number(2, 4) + number(3, 4) + number(4, 8) + number(5, 4)
                        + number(6, 4)
                )
            ),
        ]
    }
}

private func decoder() -> ItchDecoder { ItchDecoder(midnight: Timestamp(nanoseconds: 1_000_000), venue: Venue(id: 3)) }

private func decode(_ message: [UInt8], _ decoder: inout ItchDecoder) -> Event? {
    message.withUnsafeBytes { decoder.decode($0, offset: 0) }
}

/// All events of framed bytes, taken in batches of `batch`.
private func decodeFrames(_ bytes: [UInt8], batch: Int, _ decoder: inout ItchDecoder) -> [Event] {
    var events: [Event] = []
    let room = UnsafeMutableBufferPointer<Event>.allocate(capacity: batch)
    defer { room.deallocate() }
    bytes.withUnsafeBytes { bytes in
        var cursor = 0
        while true {
            let count = decoder.decodeFrames(bytes, cursor: &cursor, into: room)
            if count == 0 { break }
            events += room[..<count]
        }
        decoder.finish(remaining: bytes.count - cursor, at: UInt64(cursor))
    }
    return events
}

private func words(_ event: Event) -> [UInt64] {
    withUnsafeBytes(of: event) { Array($0.bindMemory(to: UInt64.self)) }
}

@Suite("ITCH decoder")
struct ItchDecoderTests {
    @Test("an add order's fields are the message's")
    func addOrder() throws {
        var decoder = decoder()
        let event = try #require(decode(Raw.add(77, "S"), &decoder))
        #expect(event.kind == .addOrder && event.side == .sell && event.orderID == 77)
        #expect(event.quantity == Quantity(300))
        #expect(event.price.description == "123.45")
        #expect(event.eventTime.nanoseconds == 1_000_000 + Int64(Raw.time) && event.receiveTime == event.eventTime)
        #expect(event.venue == Venue(id: 3) && event.sequence == 1 && event.detail == 0)
        #expect(decoder.directory.name(of: event.instrument) == "ABCD")
    }

    @Test("executions, cancels, deletes and replaces say what the message says")
    func bookMessages() {
        var decoder = decoder()
        let events = Raw.book.compactMap { decode($0, &decoder) }
        #expect(
            events.map(\.kind) == [
                .addOrder, .addOrder, .executeOrder, .executeOrderAtPrice, .cancelOrder, .replaceOrder, .deleteOrder,
            ]
        )
        #expect(events[1].detail == 0x4E49_5445 && events[1].side == .sell)
        #expect(events[2].quantity == Quantity(40) && events[2].detail == 5_000_000_001)
        #expect(events[2].flags == .printable && events[2].price == .zero)
        #expect(events[3].flags == [] && events[3].price.description == "123.46" && events[3].detail == 6)
        #expect(events[4].quantity == Quantity(50) && events[4].detail == 0)
        #expect(events[5].orderID == 1 && events[5].detail == 3 && events[5].quantity == Quantity(70))
        #expect(events[5].price.description == "123.47")
        #expect(events[6].orderID == 3 && events[6].quantity == .zero)
        #expect(events.map(\.sequence) == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test("every other message type is decoded")
    func otherMessages() {
        var decoder = decoder()
        for (kind, message) in Raw.others {
            let event = decode(message, &decoder)
            #expect(event?.kind == kind, "\(kind)")
            #expect(ItchMessageType(rawValue: message[0])?.length == message.count, "\(kind)")
        }
        #expect(decoder.diagnostics.malformed == 0)
        #expect(Set(Raw.others.map { $0.1[0] } + Raw.book.map { $0[0] }).count == ItchMessageType.allCases.count)
    }

    @Test("fields that are wider than usual are read whole")
    func wideFields() {
        var decoder = decoder()
        for (kind, message) in Raw.others {
            guard let event = decode(message, &decoder) else { continue }
            switch kind {
            case .crossTrade: #expect(event.quantity.description == "5000000000" && event.orderID == 10)
            case .imbalance:
                #expect(event.quantity == Quantity(1_000) && event.orderID == 400 && event.detail == 1 << 32 | 2)
            case .breakerLevels: #expect(event.price.description == "3000.00" && event.detail == 3)
            default: break
            }
        }
    }

    @Test("the fast loop and the checked path give the same events, in batches of any size, at any end of the buffer")
    func pathsAgree() {
        let messages = Raw.others.map(\.1) + Raw.book + Raw.book.reversed() + Raw.others.map(\.1) + [Raw.add(90)]
        var slow = decoder()
        let expected = messages.compactMap { decode($0, &slow) }.map(words)
        #expect(expected.count == messages.count)
        for tail in 0..<64 {
            for batch in [1, 2, 7, 1_000] {
                var fast = decoder()
                // A run of messages without an event behind, so that the buffer ends at each distance.
                let bytes = messages.flatMap(Raw.frame) + Raw.frame([UInt8](repeating: 0x7A, count: tail + 1))
                #expect(decodeFrames(bytes, batch: batch, &fast).map(words) == expected)
                #expect(fast.diagnostics.unknown == 1 && fast.diagnostics.malformed == 1)
            }
        }
    }

    @Test("bad fields are refused and counted with their offset")
    func badFields() {
        let bad: [[UInt8]] = [
            Raw.add(1, "Q"), Raw.add(1, "C"), Raw.add(1, "R"), Raw.add(1, "B", 1, 2_000_000_001),
            Raw.add(1, time: 86_400_000_000_000), Array(Raw.add(1).dropLast()), Raw.message("Z", []),
            [UInt8(ascii: "A")],
            Raw.message(
                "C",
                Raw.number(1, 8) + Raw.number(10, 4) + Raw.number(6, 8) + Raw.text("?", 1) + Raw.number(1, 4)
            ),
        ]
        var decoder = decoder()
        // The fast loop knows the symbol already: nothing but the bad field sends these messages to the checked path.
        let bytes = Raw.frame(Raw.add(5)) + bad.flatMap(Raw.frame)
        #expect(decodeFrames(bytes, batch: 16, &decoder).count == 1)
        #expect(decoder.diagnostics.malformed == bad.count && decoder.diagnostics.unknown == 1)
        #expect(
            decoder.diagnostics.problems.first == FeedProblem(offset: 40, type: UInt8(ascii: "A"), fault: .invalidField)
        )
        #expect(decoder.messageCount == bad.count + 1)
    }

    @Test("the largest price and the last nanosecond of the day are good")
    func limits() {
        var decoder = decoder()
        let bytes =
            Raw.frame(Raw.add(5))
            + Raw.frame(Raw.add(6, "B", .init(UInt32.max), 2_000_000_000, time: 86_399_999_999_999))
            + Raw.frame(Raw.delete(5))
        let events = decodeFrames(bytes, batch: 9, &decoder)
        #expect(events.count == 3 && events[1].price.description == "200000.00")
        #expect(events[1].quantity.description == "4294967295")
    }

    @Test("a longer message is used and counted, a zero length ends the session, what follows is reported")
    func framing() {
        var decoder = decoder()
        let bytes = Raw.frame(Raw.add(1) + [1, 2, 3]) + Raw.frame(Raw.add(2)) + [0, 0] + Raw.frame(Raw.add(3))
        #expect(decodeFrames(bytes, batch: 4, &decoder).map(\.orderID) == [1, 2])
        #expect(decoder.diagnostics.oversized == 1 && decoder.diagnostics.sessionEnded)
        #expect(decoder.diagnostics.problems.map(\.fault) == [.dataAfterEnd])
    }

    @Test("a cut anywhere gives the whole messages before it and names the place")
    func cuts() {
        let frames = (Raw.book + Raw.others.map(\.1)).map(Raw.frame)
        let bytes = frames.flatMap { $0 }
        for length in 0...bytes.count {
            var decoder = decoder()
            let events = decodeFrames(Array(bytes[..<length]), batch: 5, &decoder)
            var whole = 0
            var end = 0
            for frame in frames {
                guard end + frame.count <= length else { break }
                end += frame.count
                whole += 1
            }
            #expect(events.count == whole)
            #expect(decoder.diagnostics.problems.map(\.offset) == (end < length ? [UInt64(end)] : []))
        }
    }

    @Test("an instrument that no message has named yet gets its name when one does")
    func placeholders() throws {
        var decoder = decoder()
        let bytes =
            Raw.frame(Raw.delete(4, locate: 12)) + Raw.frame(Raw.delete(5, locate: 12))
            + Raw.frame(Raw.add(6, symbol: "LATE", locate: 12)) + Raw.frame(Raw.delete(6, locate: 12))
        let early = decodeFrames(Array(bytes[..<42]), batch: 8, &decoder)
        #expect(decoder.directory.name(of: early[0].instrument) == "#12" && early[0].instrument == early[1].instrument)
        let late = decodeFrames(Array(bytes[42...]), batch: 8, &decoder)
        #expect(late.allSatisfy { $0.instrument == early[0].instrument })
        #expect(decoder.directory.name(of: early[0].instrument) == "LATE" && decoder.directory.count == 1)
    }

    @Test("every byte of a run of messages changed to any of ten values gives an answer")
    func flips() {
        let bytes = (Raw.book + Raw.others.map(\.1)).flatMap(Raw.frame)
        for index in bytes.indices {
            for value in (0..<8).map({ bytes[index] ^ (1 << $0) }) + [0, 255] {
                var changed = bytes
                changed[index] = value
                var decoder = decoder()
                let events = decodeFrames(changed, batch: 16, &decoder)
                #expect(events.count + decoder.diagnostics.malformed >= decoder.messageCount)
                #expect(events.allSatisfy { $0.quantity.raw >= 0 && $0.price.raw >= 0 })
            }
        }
    }
}
