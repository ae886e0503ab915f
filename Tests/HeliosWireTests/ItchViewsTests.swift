// SPDX-License-Identifier: MIT

import HeliosMarket
import HeliosWire
import Testing

/// One message of each type as the specification lays it out, in hex, with distinct values in every field: written by hand
/// from the tables, not by the writer under test.
private let header = "0102" + "0304" + "0000 0000 0005"

private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.filter { $0 != 0x20 }.map { UInt8($0 > 0x39 ? $0 & 0xDF - 55 : $0 - 48) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private func ascii(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func with<View: ItchView>(_ type: View.Type, _ body: String, _ check: (View) -> Void) {
    let message = bytes(ascii(String(Unicode.Scalar(View.type))) + header + body)
    #expect(message.count == View.length, "\(View.self)")
    message.withUnsafeBytes { raw in
        guard let view = unsafe View(raw) else {
            Issue.record("no view of \(View.self)")
            return
        }
        #expect(view.locate == 0x0102)
        #expect(view.tracking == 0x0304)
        #expect(view.timestamp == 5)
        check(view)
    }
    for cut in 0..<message.count {
        message.prefix(cut).withUnsafeBytes { #expect(unsafe View($0) == nil) }
    }
    var other = message
    other[0] ^= 0x80
    other.withUnsafeBytes { #expect(unsafe View($0) == nil) }
}

private let stock = "MSFT    "
private let microsoft = Symbol("MSFT")

private func code(_ letter: Unicode.Scalar) -> UInt8 { UInt8(letter.value) }

@Suite("ITCH views and writer")
struct ItchViewsTests {
    @Test("views read the state messages of the specification, and refuse every shorter one")
    func state() {
        with(SystemEventView.self, ascii("Q")) { #expect($0.code == code("Q")) }
        with(
            StockDirectoryView.self,
            ascii(stock + "QN") + "00000064" + ascii("YCZ P") + ascii("NY1Y") + "00000003" + ascii("Y")
        ) {
            #expect($0.symbol == microsoft)
            #expect($0.marketCategory == code("Q"))
            #expect($0.financialStatus == code("N"))
            #expect($0.roundLotSize == 100)
            #expect($0.isRoundLotsOnly)
            #expect($0.issueClassification == code("C"))
            #expect($0.issueSubType == 0x5A20)
            #expect($0.authenticity == code("P"))
            #expect($0.shortSaleThreshold == code("N"))
            #expect($0.initialOffering == code("Y"))
            #expect($0.limitTier == code("1"))
            #expect($0.exchangeTradedProduct == code("Y"))
            #expect($0.leverageFactor == 3)
            #expect($0.isInverse)
        }
        with(TradingActionView.self, ascii(stock + "P LUDP")) {
            #expect($0.symbol == microsoft)
            #expect($0.state == code("P"))
            #expect($0.reserved == 0x20)
            #expect($0.reason == Alpha4("LUDP"))
        }
        with(ShortSaleRestrictionView.self, ascii(stock + "1")) { #expect($0.action == code("1")) }
        with(ParticipantPositionView.self, ascii("GSCO" + stock + "YNA")) {
            #expect($0.participant.description == "GSCO")
            #expect($0.symbol == microsoft)
            #expect($0.isPrimary)
            #expect($0.mode == code("N"))
            #expect($0.state == code("A"))
        }
        with(BreakerLevelsView.self, "0000000000000001 0000000000000002 0000000000000003") {
            #expect($0.level1 == 1)
            #expect($0.level2 == 2)
            #expect($0.level3 == 3)
        }
        with(BreakerStatusView.self, ascii("2")) { #expect($0.breachedLevel == code("2")) }
        with(QuotingPeriodView.self, ascii(stock) + "00008CA0" + ascii("A") + "000186A0") {
            #expect($0.releaseTime == 36_000)
            #expect($0.qualifier == code("A"))
            #expect($0.price == 100_000)
        }
        with(AuctionCollarView.self, ascii(stock) + "00000001 00000002 00000003 00000004") {
            #expect($0.reference == 1)
            #expect($0.upper == 2)
            #expect($0.lower == 3)
            #expect($0.extensionNumber == 4)
        }
        with(OperationalHaltView.self, ascii(stock + "QH")) {
            #expect($0.market == code("Q"))
            #expect($0.action == code("H"))
        }
        with(RetailInterestView.self, ascii(stock + "A")) { #expect($0.interest == code("A")) }
        with(
            DirectListingView.self,
            ascii(stock + "Y") + "00000001 00000002 00000003 0000000000000004 00000005 00000006"
        ) {
            #expect($0.isEligible)
            #expect($0.minimumPrice == 1)
            #expect($0.maximumPrice == 2)
            #expect($0.nearPrice == 3)
            #expect($0.nearTime == 4)
            #expect($0.lowerCollar == 5)
            #expect($0.upperCollar == 6)
        }
    }

    @Test("views read the order and trade messages of the specification, and refuse every shorter one")
    func orders() {
        with(AddOrderView.self, "0000000000000009" + ascii("S") + "00000064" + ascii(stock) + "000186A0") {
            #expect($0.reference == 9)
            #expect($0.side == .sell)
            #expect($0.shares == 100)
            #expect($0.symbol == microsoft)
            #expect($0.price == 100_000)
        }
        with(
            AttributedOrderView.self,
            "0000000000000009" + ascii("B") + "00000064" + ascii(stock) + "000186A0" + ascii("GSCO")
        ) {
            #expect($0.side == .buy)
            #expect($0.attribution == Alpha4("GSCO"))
        }
        with(OrderExecutedView.self, "0000000000000009 00000064 000000000000000A") {
            #expect($0.reference == 9)
            #expect($0.shares == 100)
            #expect($0.match == 10)
        }
        with(OrderExecutedWithPriceView.self, "0000000000000009 00000064 000000000000000A" + ascii("N") + "000186A0") {
            #expect($0.match == 10)
            #expect(!$0.isPrintable)
            #expect($0.price == 100_000)
        }
        with(OrderCancelView.self, "0000000000000009 00000064") { #expect($0.shares == 100) }
        with(OrderDeleteView.self, "0000000000000009") { #expect($0.reference == 9) }
        with(OrderReplaceView.self, "0000000000000009 000000000000000A 00000064 000186A0") {
            #expect($0.reference == 9)
            #expect($0.newReference == 10)
            #expect($0.shares == 100)
            #expect($0.price == 100_000)
        }
        with(
            TradeView.self,
            "0000000000000000" + ascii("B") + "00000064" + ascii(stock) + "000186A0 000000000000000A"
        ) {
            #expect($0.side == .buy)
            #expect($0.symbol == microsoft)
            #expect($0.price == 100_000)
            #expect($0.match == 10)
        }
        with(CrossTradeView.self, "0000000100000000" + ascii(stock) + "000186A0 000000000000000A" + ascii("O")) {
            #expect($0.shares == 1 << 32)
            #expect($0.price == 100_000)
            #expect($0.match == 10)
            #expect($0.crossType == code("O"))
        }
        with(BrokenTradeView.self, "000000000000000A") { #expect($0.match == 10) }
        with(
            ImbalanceView.self,
            "0000000000000001 0000000000000002" + ascii("B" + stock) + "00000003 00000004 00000005" + ascii("OL")
        ) {
            #expect($0.pairedShares == 1)
            #expect($0.imbalanceShares == 2)
            #expect($0.direction == code("B"))
            #expect($0.symbol == microsoft)
            #expect($0.farPrice == 3)
            #expect($0.nearPrice == 4)
            #expect($0.referencePrice == 5)
            #expect($0.crossType == code("O"))
            #expect($0.variation == code("L"))
        }
    }

    @Test("the writer's bytes are the specification's")
    func writer() throws {
        let symbol = try #require(microsoft)
        var writer = ItchWriter(capacity: 4096)
        writer.addOrder(
            locate: 0x0102,
            timestamp: 5,
            reference: 9,
            side: .sell,
            shares: 100,
            symbol: symbol,
            price: 100_000,
            tracking: 0x0304
        )
        writer.addOrder(
            locate: 0x0102,
            timestamp: 0x0102_0304_0506,
            reference: 9,
            side: .buy,
            shares: 100,
            symbol: symbol,
            price: 100_000,
            attribution: try #require(Alpha4("GS")),
            tracking: 0x0304
        )
        writer.orderExecuted(
            locate: 0x0102,
            timestamp: 5,
            reference: 9,
            shares: 100,
            match: 10,
            price: 100_000,
            printable: false,
            tracking: 0x0304
        )
        writer.crossTrade(
            locate: 0x0102,
            timestamp: 5,
            shares: 1 << 32,
            symbol: symbol,
            price: 100_000,
            match: 10,
            crossType: code("O"),
            tracking: 0x0304
        )
        writer.endOfSession()
        let order = "0000000000000009" + ascii("S") + "00000064" + ascii(stock) + "000186A0"
        let attributed = "0000000000000009" + ascii("B") + "00000064" + ascii(stock) + "000186A0" + ascii("GS  ")
        let cross = "0000000100000000" + ascii(stock) + "000186A0 000000000000000A" + ascii("O")
        let executed = "0000000000000009 00000064 000000000000000A" + ascii("N") + "000186A0"
        let expected =
            bytes("0024" + ascii("A") + header + order)
            + bytes("0028" + ascii("F") + "0102 0304 010203040506" + attributed)
            + bytes("0024" + ascii("C") + header + executed) + bytes("0028" + ascii("Q") + header + cross) + [0, 0]
        let written = writer.withBytes { Array($0) }
        #expect(written == expected)
        let count = writer.count
        #expect(count == expected.count)
        writer.reset()
        #expect(writer.withBytes { $0.count } == 0)
    }

    @Test("every message type is written with its own length and type")
    func lengths() throws {
        let symbol = try #require(microsoft)
        let text = try #require(Alpha4("GSCO"))
        var writer = ItchWriter(capacity: 4096)
        writer.systemEvent(timestamp: 1, code: 1)
        writer.stockDirectory(locate: 1, timestamp: 1, symbol: symbol)
        writer.tradingAction(locate: 1, timestamp: 1, symbol: symbol, state: 1)
        writer.shortSaleRestriction(locate: 1, timestamp: 1, symbol: symbol, action: 1)
        writer.participantPosition(
            locate: 1,
            timestamp: 1,
            participant: text,
            symbol: symbol,
            isPrimary: true,
            mode: 1,
            state: 1
        )
        writer.breakerLevels(timestamp: 1, level1: 1, level2: 1, level3: 1)
        writer.breakerStatus(timestamp: 1, breachedLevel: 1)
        writer.quotingPeriod(locate: 1, timestamp: 1, symbol: symbol, releaseTime: 1, qualifier: 1, price: 1)
        writer.auctionCollar(
            locate: 1,
            timestamp: 1,
            symbol: symbol,
            reference: 1,
            upper: 1,
            lower: 1,
            extensionNumber: 1
        )
        writer.operationalHalt(locate: 1, timestamp: 1, symbol: symbol, market: 1, action: 1)
        writer.addOrder(locate: 1, timestamp: 1, reference: 1, side: .buy, shares: 1, symbol: symbol, price: 1)
        writer.addOrder(
            locate: 1,
            timestamp: 1,
            reference: 1,
            side: .buy,
            shares: 1,
            symbol: symbol,
            price: 1,
            attribution: text
        )
        writer.orderExecuted(locate: 1, timestamp: 1, reference: 1, shares: 1, match: 1)
        writer.orderExecuted(
            locate: 1,
            timestamp: 1,
            reference: 1,
            shares: 1,
            match: 1,
            price: 1,
            printable: true
        )
        writer.orderCancel(locate: 1, timestamp: 1, reference: 1, shares: 1)
        writer.orderDelete(locate: 1, timestamp: 1, reference: 1)
        writer.orderReplace(locate: 1, timestamp: 1, reference: 1, newReference: 2, shares: 1, price: 1)
        writer.trade(locate: 1, timestamp: 1, shares: 1, symbol: symbol, price: 1, match: 1)
        writer.crossTrade(locate: 1, timestamp: 1, shares: 1, symbol: symbol, price: 1, match: 1, crossType: 1)
        writer.brokenTrade(locate: 1, timestamp: 1, match: 1)
        writer.imbalance(
            locate: 1,
            timestamp: 1,
            pairedShares: 1,
            imbalanceShares: 1,
            direction: 1,
            symbol: symbol,
            farPrice: 1,
            nearPrice: 1,
            referencePrice: 1,
            crossType: 1,
            variation: 1
        )
        writer.retailInterest(locate: 1, timestamp: 1, symbol: symbol, interest: 1)
        writer.directListing(
            locate: 1,
            timestamp: 1,
            symbol: symbol,
            isEligible: true,
            minimumPrice: 1,
            maximumPrice: 1,
            nearPrice: 1,
            nearTime: 1,
            lowerCollar: 1,
            upperCollar: 1
        )
        let frames = writer.withBytes { Array($0) }
        var found: [String] = []
        var offset = 0
        while offset < frames.count {
            let length = Int(frames[offset]) << 8 | Int(frames[offset + 1])
            found.append("\(Unicode.Scalar(frames[offset + 2]))\(length)")
            offset += 2 + length
        }
        #expect(
            found == [
                "S12", "R39", "H25", "Y20", "L26", "V35", "W12", "K28", "J35", "h21", "A36", "F40", "E31", "C36", "X23",
                "D19", "U35", "P44", "Q40", "B19", "I50", "N20", "O48",
            ]
        )
    }
}
