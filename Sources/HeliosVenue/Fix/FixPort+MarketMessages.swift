// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket

/// One entry of market data.
struct FixMarketEntry {
    var action: Int
    /// MDEntryType: `0`, `1` or `2`.
    var type: UInt8
    var price: Price
    /// Nil for what is gone.
    var quantity: Quantity?
    var place: Int?
    /// Of a trade.
    var match: UInt64?
    var time: Timestamp?

    init(_ change: FixBookChange, _ side: Side) {
        action = change.action.rawValue
        type = UInt8(ascii: side == .buy ? "0" : "1")
        price = change.level.price
        quantity = change.action == .delete ? nil : change.level.quantity
        place = change.place
    }

    init(_ trade: MarketWatch.Trade) {
        action = trade.isBroken ? 2 : 0
        type = UInt8(ascii: "2")
        price = trade.price
        quantity = trade.quantity
        match = trade.match
        time = trade.time
    }
}

extension FixPort {
    /// MarketDataSnapshotFullRefresh: the book as the subscription has it, and the last trade.
    func sayBook(_ subscription: FixSubscription, _ place: Int, _ exchange: Exchange) {
        let instrument = subscription.instruments[place]
        let wishes = subscription.wishes
        let (bids, asks) = (subscription.bids[place].levels, subscription.asks[place].levels)
        let trade = wishes.wantsTrades ? exchange.lastTrade(instrument) : nil
        say(.marketDataSnapshot) { writer in
            writer.put(.symbol, packed: desk.symbols[instrument.index].wire)
            writer.putText(.mdReqID, subscription.id)
            writer.put(.noMDEntries, bids.count + asks.count + (trade == nil ? 0 : 1))
            for (type, levels) in [(UInt8(ascii: "0"), bids), (UInt8(ascii: "1"), asks)] {
                for (rank, level) in levels.enumerated() {
                    writer.put(.mdEntryType, char: type)
                    writer.put(.mdEntryPx, level.price)
                    writer.put(.mdEntrySize, level.quantity)
                    writer.put(dialect == .fix50sp2 ? .mdPriceLevel : .mdEntryPositionNo, rank + 1)
                }
            }
            if let trade {
                writer.put(.mdEntryType, char: UInt8(ascii: "2"))
                writer.put(.mdEntryPx, trade.price)
                writer.put(.mdEntrySize, trade.quantity)
                putTime(trade.time, &writer)
            }
            if dialect == .fix50sp2 { writer.put(.lastUpdateTime, now) }
        }
    }

    private func putTime(_ time: Timestamp, _ writer: inout FixWriter) {
        let day: Nanoseconds = 86_400_000_000_000
        writer.put(.mdEntryDate, date: Int(time.nanoseconds / day))
        writer.put(.mdEntryTime, timeOfDay: time.nanoseconds % day)
    }

    /// MarketDataIncrementalRefresh; nothing without entries.
    func sayIncrement(_ id: String, _ instrument: Instrument, _ entries: [FixMarketEntry]) {
        guard !entries.isEmpty else { return }
        let symbol = desk.symbols[instrument.index].wire
        say(.marketDataIncrement) { writer in
            writer.putText(.mdReqID, id)
            writer.put(.noMDEntries, entries.count)
            for entry in entries {
                writer.put(.mdUpdateAction, entry.action)
                writer.put(.mdEntryType, char: entry.type)
                putID(entry, &writer)
                writer.put(.symbol, packed: symbol)
                writer.put(.mdEntryPx, entry.price)
                if let quantity = entry.quantity { writer.put(.mdEntrySize, quantity) }
                putTime(entry.time ?? now, &writer)
                if let place = entry.place {
                    writer.put(dialect == .fix50sp2 ? .mdPriceLevel : .mdEntryPositionNo, place)
                }
            }
        }
    }

    /// MDEntryID: a trade has its number; a price level of 4.2 and 4.4 its side and price.
    private func putID(_ entry: FixMarketEntry, _ writer: inout FixWriter) {
        if let match = entry.match {
            writer.putText(.mdEntryID, "T\(match)")
        } else if dialect != .fix50sp2 {
            writer.putText(.mdEntryID, (entry.type == UInt8(ascii: "0") ? "B" : "S") + "\(entry.price.raw)")
        }
    }

    // MARK: SecurityListRequest

    /// Symbols of one message.
    private static let symbolMax = 1_000

    /// SecurityList: all that is listed, or one symbol.
    func listSecurities(_ message: FixMessage) throws(FixMissing) {
        let id = try text(.securityReqID, message)
        var symbols = desk.symbols
        var result = 0
        switch message[.securityListRequestType]?.int {
        case 0:
            symbols = message[.symbol].flatMap { Symbol($0.text) }.map { [$0] } ?? []
            symbols = symbols.filter { desk.bySymbol[$0] != nil }
            if symbols.isEmpty { result = 2 }
        case 4: break
        default:
            symbols = []
            result = 1
        }
        let response = desk.nextOrderNumber()
        var first = 0
        repeat {
            let part = symbols[first..<min(first + FixPort.symbolMax, symbols.count)]
            first = part.endIndex
            say(.securityList) { writer in
                if !part.isEmpty {
                    writer.put(.noRelatedSym, part.count)
                    for symbol in part { writer.put(.symbol, packed: symbol.wire) }
                }
                writer.putText(.securityReqID, id)
                writer.put(.securityResponseID, unsigned: response)
                if result == 0 { writer.put(.totNoRelatedSym, symbols.count) }
                writer.put(.securityRequestResult, result)
                writer.put(.lastFragment, first >= symbols.count)
            }
        } while first < symbols.count
    }
}

extension Symbol {
    /// Without the spaces behind it.
    var wire: UInt64 {
        var (packed, shift) = (packed, UInt64(56))
        while shift > 0, (packed >> shift) & 0xFF == 0x20 {
            packed &= ~(0xFF << shift)
            shift -= 8
        }
        return packed
    }
}

extension FixMsgType {
    static var securityList: FixMsgType { FixMsgType(rawValue: 0x79) }
}

extension FixTag {
    static var securityReqID: FixTag { 320 }
    static var securityResponseID: FixTag { 322 }
    static var totNoRelatedSym: FixTag { 393 }
    static var securityListRequestType: FixTag { 559 }
    static var securityRequestResult: FixTag { 560 }
    static var lastUpdateTime: FixTag { 779 }
    static var lastFragment: FixTag { 893 }
}
