// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosWire
import Testing

private let midnight = Timestamp(nanoseconds: 5_000_000_000)
private let clock: UInt64 = 34_200_000_000_123
private let symbol = Symbol("HELI") ?? Symbol(packed: 0)

private func code(_ character: Character) -> UInt8 { character.asciiValue ?? 0 }

private func ascii(_ text: String) -> UInt64 { text.utf8.reduce(0) { $0 << 8 | UInt64($1) } }

/// Packs bytes as `detail` does: the first in the lowest.
private func low(_ text: String) -> UInt64 { ascii(String(text.reversed())) }

private func frames(_ fill: (inout ItchWriter) -> Void) -> [UInt8] {
    var writer = ItchWriter(capacity: 4_096)
    fill(&writer)
    return writer.withBytes { Array($0) }
}

private func read(_ bytes: [UInt8], batch size: Int = 64) -> (events: [Event], diagnostics: FeedDiagnostics, left: Int)
{
    var decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 9))
    var events: [Event] = []
    let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: size)
    defer { batch.deallocate() }
    var cursor = 0
    bytes.withUnsafeBytes { bytes in
        while true {
            let count = decoder.decodeFrames(bytes, cursor: &cursor, into: batch)
            if count == 0 { break }
            events += batch[..<count]
        }
    }
    decoder.finish(remaining: bytes.count - cursor, at: UInt64(cursor))
    return (events, decoder.diagnostics, bytes.count - cursor)
}

/// The samples of captured days, which not every machine has.
private enum Samples {
    static let files: [String] = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let root =
            ProcessInfo.processInfo.environment["HELIOS_SHARED"]
            ?? package.appendingPathComponent("../shared").standardized.path
        let folder = root + "/data/itch"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".itch50") }.sorted().map { folder + "/" + $0 }
    }()
}

@Suite("ITCH decoder against the writer and captured bytes")
struct ItchDecoderWriterTests {
    /// An event with what all messages share; `instrument` 0 unless the message is about the whole market.
    private func event(
        _ kind: EventKind,
        _ id: UInt64 = 0,
        price: Int64 = 0,
        shares: Int = 0,
        flags: EventFlags = [],
        detail: UInt64 = 0,
        instrument: Instrument = Instrument(id: 0)
    ) -> Event {
        Event(
            eventTime: midnight + Int64(clock),
            receiveTime: midnight + Int64(clock),
            sequence: 1,
            orderID: id,
            price: Price(raw: price * 10_000),
            quantity: Quantity(shares),
            instrument: instrument,
            venue: Venue(id: 9),
            kind: kind,
            flags: flags,
            detail: detail
        )
    }

    private func expect(_ expected: Event, _ fill: (inout ItchWriter) -> Void) {
        let bytes = frames(fill)
        // Behind the message stand enough bytes for the fast loop, or none, so that the checked path reads it.
        for padding in [[], [UInt8]([0, 0] + [UInt8](repeating: 0, count: 128))] {
            let result = read(bytes + padding)
            #expect(result.events.map(words) == [words(expected)], "\(expected.kind)")
        }
        // The same behind a message that has made the symbol known, which is when the fast loop takes over.
        let known = frames {
            $0.addOrder(locate: 3, timestamp: clock, reference: 1, side: .buy, shares: 1, symbol: symbol, price: 1)
        }
        let second = read(known + bytes + known + known).events[1]
        var numbered = expected
        numbered.sequence = 2
        #expect(words(second) == words(numbered), "\(expected.kind) after an add order")
    }

    private func words(_ event: Event) -> [UInt64] {
        withUnsafeBytes(of: event) { Array($0.bindMemory(to: UInt64.self)) }
    }

    @Test("orders written are the events read, in every field")
    func orders() {
        let id: UInt64 = 0xF123_4567_89AB_CDEF
        for (side, flags) in [(Side.buy, EventFlags()), (.sell, .sell)] {
            expect(event(.addOrder, id, price: 2_000_000_000, shares: 4_294_967_295, flags: flags)) {
                $0.addOrder(
                    locate: 3,
                    timestamp: clock,
                    reference: id,
                    side: side,
                    shares: .max,
                    symbol: symbol,
                    price: 2_000_000_000,
                    tracking: 0xFFFF
                )
            }
            expect(event(.addOrder, id, price: 1, shares: 7, flags: flags, detail: ascii("VIRT"))) {
                $0.addOrder(
                    locate: 3,
                    timestamp: clock,
                    reference: id,
                    side: side,
                    shares: 7,
                    symbol: symbol,
                    price: 1,
                    attribution: Alpha4("VIRT") ?? .blank
                )
            }
            expect(event(.trade, 5, price: 99, shares: 8, flags: flags.union(.printable), detail: id)) {
                $0.trade(
                    locate: 3,
                    timestamp: clock,
                    shares: 8,
                    symbol: symbol,
                    price: 99,
                    match: id,
                    reference: 5,
                    side: side
                )
            }
        }
    }

    @Test("changes of orders written behind an add order are the events read, in every field")
    func changes() {
        let id: UInt64 = 0xF123_4567_89AB_CDEF
        let bytes = frames {
            $0.addOrder(locate: 3, timestamp: clock, reference: 1, side: .buy, shares: 1, symbol: symbol, price: 1)
            $0.orderExecuted(locate: 3, timestamp: clock, reference: id, shares: 9, match: 77)
            $0.orderExecuted(
                locate: 3,
                timestamp: clock,
                reference: id,
                shares: 9,
                match: 78,
                price: 5,
                printable: true
            )
            $0.orderExecuted(
                locate: 3,
                timestamp: clock,
                reference: id,
                shares: 9,
                match: 79,
                price: 6,
                printable: false
            )
            $0.orderCancel(locate: 3, timestamp: clock, reference: id, shares: 4)
            $0.orderReplace(locate: 3, timestamp: clock, reference: id, newReference: 2, shares: 3, price: 4)
            $0.orderDelete(locate: 3, timestamp: clock, reference: id)
            $0.brokenTrade(locate: 3, timestamp: clock, match: 79)
        }
        var expected = [
            event(.addOrder, 1, price: 1, shares: 1),
            event(.executeOrder, id, shares: 9, flags: .printable, detail: 77),
            event(.executeOrderAtPrice, id, price: 5, shares: 9, flags: .printable, detail: 78),
            event(.executeOrderAtPrice, id, price: 6, shares: 9, detail: 79), event(.cancelOrder, id, shares: 4),
            event(.replaceOrder, id, price: 4, shares: 3, detail: 2), event(.deleteOrder, id),
            event(.brokenTrade, detail: 79),
        ]
        for index in expected.indices { expected[index].sequence = UInt64(index + 1) }
        for padding in 0..<64 {
            let result = read(bytes + [0, 0] + [UInt8](repeating: 0, count: padding), batch: 3)
            #expect(result.events.map(words) == expected.map(words))
        }
    }

    @Test("auction messages written are the events read, in every field")
    func auctions() {
        expect(event(.crossTrade, 12, price: 50, shares: 5_000_000_000, flags: .printable, detail: low("O"))) {
            $0.crossTrade(
                locate: 3,
                timestamp: clock,
                shares: 5_000_000_000,
                symbol: symbol,
                price: 50,
                match: 12,
                crossType: code("O")
            )
        }
        let direction = EventFlags(rawValue: code("S"))
        expect(event(.imbalance, 40, price: 9, shares: 30, flags: direction, detail: 7 << 32 | 8)) {
            $0.imbalance(
                locate: 3,
                timestamp: clock,
                pairedShares: 30,
                imbalanceShares: 40,
                direction: code("S"),
                symbol: symbol,
                farPrice: 7,
                nearPrice: 8,
                referencePrice: 9,
                crossType: code("C"),
                variation: code("L")
            )
        }
        expect(event(.auctionCollar, 4, price: 1, detail: 2 << 32 | 3)) {
            $0.auctionCollar(
                locate: 3,
                timestamp: clock,
                symbol: symbol,
                reference: 1,
                upper: 2,
                lower: 3,
                extensionNumber: 4
            )
        }
        expect(event(.quotingPeriod, 34_200, price: 17, detail: low("A"))) {
            $0.quotingPeriod(
                locate: 3,
                timestamp: clock,
                symbol: symbol,
                releaseTime: 34_200,
                qualifier: code("A"),
                price: 17
            )
        }
        expect(event(.retailInterest, detail: low("A"))) {
            $0.retailInterest(locate: 3, timestamp: clock, symbol: symbol, interest: code("A"))
        }
        expect(event(.directListing, 1 << 40, price: 3, detail: 1 << 32 | 2)) {
            $0.directListing(
                locate: 3,
                timestamp: clock,
                symbol: symbol,
                isEligible: true,
                minimumPrice: 1,
                maximumPrice: 2,
                nearPrice: 3,
                nearTime: 1 << 40,
                lowerCollar: 4,
                upperCollar: 5
            )
        }
    }

    @Test("states and definitions written are the events read, in every field")
    func states() {
        expect(event(.systemEvent, detail: low("Q"), instrument: .none)) {
            $0.systemEvent(timestamp: clock, code: code("Q"))
        }
        expect(event(.instrumentDefinition, symbol.packed, shares: 25, detail: low("GDNAT2Y"))) {
            $0.stockDirectory(
                locate: 3,
                timestamp: clock,
                symbol: symbol,
                marketCategory: code("G"),
                financialStatus: code("D"),
                roundLotSize: 25,
                roundLotsOnly: false,
                issueClassification: code("A"),
                authenticity: code("T"),
                limitTier: code("2"),
                exchangeTradedProduct: code("Y")
            )
        }
        for state in "HPQT" {
            expect(event(.tradingStatus, detail: ascii("LUDP") << 8 | UInt64(code(state)))) {
                $0.tradingAction(
                    locate: 3,
                    timestamp: clock,
                    symbol: symbol,
                    state: code(state),
                    reason: Alpha4("LUDP") ?? .blank
                )
            }
        }
        expect(event(.shortSaleRestriction, detail: low("1"))) {
            $0.shortSaleRestriction(locate: 3, timestamp: clock, symbol: symbol, action: code("1"))
        }
        expect(event(.participantPosition, ascii("NITE"), detail: low("YNA"))) {
            $0.participantPosition(
                locate: 3,
                timestamp: clock,
                participant: Alpha4("NITE") ?? .blank,
                symbol: symbol,
                isPrimary: true,
                mode: code("N"),
                state: code("A")
            )
        }
        expect(event(.operationalHalt, detail: low("QH"))) {
            $0.operationalHalt(locate: 3, timestamp: clock, symbol: symbol, market: code("Q"), action: code("H"))
        }
        var levels = event(.breakerLevels, 2_000, detail: 1_000, instrument: .none)
        levels.price = Price(raw: 3_000)
        expect(levels) { $0.breakerLevels(timestamp: clock, level1: 3_000, level2: 2_000, level3: 1_000) }
        expect(event(.breakerStatus, detail: low("2"), instrument: .none)) {
            $0.breakerStatus(timestamp: clock, breachedLevel: code("2"))
        }
    }

    @Test(
        "captured days hold no unknown and no malformed message",
        .enabled(if: !Samples.files.isEmpty, "needs samples")
    )
    func samples() throws {
        for file in Samples.files {
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
            let result = read(bytes)
            #expect(result.diagnostics.unknown == 0 && result.diagnostics.oversized == 0, "\(file)")
            #expect(result.events.count == (file.contains("truncated") ? 101 : 1_000), "\(file)")
            #expect(result.diagnostics.problems.allSatisfy { $0.fault == .truncatedFrame }, "\(file)")
            #expect(
                zip(result.events, result.events.dropFirst()).allSatisfy { $0.eventTime <= $1.eventTime },
                "\(file)"
            )
        }
    }

    @Test(
        "every byte of captured days, changed or cut off, gives an answer",
        .enabled(if: !Samples.files.isEmpty, "needs samples")
    )
    func damagedSamples() throws {
        for file in Samples.files {
            // A window of the file: all its bytes, each flipped in a bit that its place chooses, and cut there.
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)).prefix(4_096))
            for index in bytes.indices {
                var changed = bytes
                changed[index] ^= 1 << UInt8(index % 8)
                let flipped = read(changed)
                #expect(flipped.events.allSatisfy { $0.quantity.raw >= 0 && $0.price.raw >= 0 })
                #expect(
                    flipped.events.count > 0 || flipped.diagnostics.malformed > 0 || flipped.diagnostics.sessionEnded
                )
                let cut = read(Array(bytes[..<index]))
                #expect(cut.diagnostics.problems.map(\.fault) == (cut.left > 0 ? [.truncatedFrame] : []))
            }
        }
    }

    @Test("a message that is refused names no instrument")
    func refusedNames() {
        let bytes = frames {
            $0.tradingAction(locate: 3, timestamp: clock, symbol: symbol, state: code("x"))
            $0.operationalHalt(locate: 4, timestamp: clock, symbol: symbol, market: code("Q"), action: code("x"))
        }
        var decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 9))
        bytes.withUnsafeBytes { bytes in
            let first = decoder.decode(UnsafeRawBufferPointer(rebasing: bytes[2..<27]), offset: 2)
            let second = decoder.decode(UnsafeRawBufferPointer(rebasing: bytes[29..<50]), offset: 29)
            #expect(first.map(words) == nil && second.map(words) == nil)
        }
        let instruments = decoder.directory.count
        let malformed = decoder.diagnostics.malformed
        #expect(instruments == 0 && malformed == 2)
    }
}
