// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket

/// Market data: requests, and what changes afterwards.
///
/// An increment is the difference between the book now and what the client was last told. A client that does not read gets no more
/// increments until it does, and then one for all that has happened: memory for it is bounded by its books.
extension FixPort {
    /// Requests at once, and instruments of all of them.
    private static let requestMax = 64
    private static let instrumentMax = 10_000
    /// Bytes that wait before books are told less often.
    private static let patience = 1 << 18
    /// Entries of one increment.
    private static let entryMax = 500

    /// Why a request for market data is refused: MDReqRejReason 281 and words.
    private struct Refusal: Error {
        var reason: UInt8
        var text: String

        init(_ reason: Unicode.Scalar, _ text: String) {
            self.reason = UInt8(ascii: reason)
            self.text = text
        }
    }

    // MARK: MarketDataRequest

    func marketData(_ message: FixMessage) throws(FixMissing) {
        let id = try text(.mdReqID, message)
        do throws(Refusal) {
            switch message[.subscriptionRequestType]?.char {
            case UInt8(ascii: "2"):
                guard subscriptions.removeValue(forKey: id) != nil else { throw Refusal("0", "no such subscription") }
                desk.updateWatch()
            case UInt8(ascii: "0"): try subscribe(message, id, isSnapshot: true)
            case UInt8(ascii: "1"): try subscribe(message, id, isSnapshot: false)
            default: throw Refusal("4", "263 is 0, 1 or 2")
            }
        } catch {
            sayReject(id, error.reason, error.text)
        }
    }

    private func sayReject(_ id: String, _ reason: UInt8, _ text: String) {
        say(.marketDataRequestReject) { writer in
            writer.putText(.text, text)
            writer.putText(.mdReqID, id)
            writer.put(.mdReqRejReason, char: reason)
        }
    }

    private func subscribe(_ message: FixMessage, _ id: String, isSnapshot: Bool) throws(Refusal) {
        if subscriptions[id] != nil { throw Refusal("1", "duplicate MDReqID") }
        guard id.utf8.count <= FixPort.idMax else { throw Refusal("2", "262 is too long") }
        let wishes = try wishes(message, isSnapshot: isSnapshot)
        var instruments: [Instrument] = []
        for entry in message.group(.noRelatedSym, opening: .symbol) {
            guard let symbol = entry[.symbol]?.text, let instrument = desk.instrument(symbol) else {
                throw Refusal("0", "unknown symbol")
            }
            if !instruments.contains(instrument) { instruments.append(instrument) }
        }
        if instruments.isEmpty { throw Refusal("0", "no symbol") }
        let others = subscriptions.values.reduce(0) { $0 + $1.instruments.count }
        guard subscriptions.count < FixPort.requestMax, others + instruments.count <= FixPort.instrumentMax else {
            throw Refusal("2", "too much is asked for")
        }
        var subscription = FixSubscription(id: id, instruments: instruments, wishes: wishes)
        tell(&subscription)
        keep(subscription)
    }

    /// Puts a subscription back, unless all was told.
    private func keep(_ subscription: FixSubscription) {
        subscriptions[subscription.id] = subscription.isOver ? nil : subscription
        desk.updateWatch()
    }

    private func wishes(_ message: FixMessage, isSnapshot: Bool) throws(Refusal) -> FixMarketWishes {
        guard let depth = message[.marketDepth]?.int, depth >= 0 else { throw Refusal("5", "264 is 0 or more levels") }
        let type = message[.mdUpdateType]?.int ?? 0
        guard isSnapshot || type == 0 || type == 1 else { throw Refusal("6", "265 is 0 or 1") }
        if message[.aggregatedBook]?.bool == false { throw Refusal("7", "books are told by price") }
        let limit = FixMarketWishes.depthMax
        var wishes = FixMarketWishes(
            depth: depth == 0 ? limit : Int(min(depth, Int64(limit))),
            isIncremental: type == 1,
            isSnapshot: isSnapshot
        )
        for entry in message.group(.noMDEntryTypes, opening: .mdEntryType) {
            switch entry[.mdEntryType]?.char {
            case UInt8(ascii: "0"): wishes.wantsBids = true
            case UInt8(ascii: "1"): wishes.wantsAsks = true
            case UInt8(ascii: "2"): wishes.wantsTrades = true
            default: throw Refusal("8", "269 is 0, 1 or 2")
            }
        }
        guard wishes.wantsBids || wishes.wantsAsks || wishes.wantsTrades else { throw Refusal("8", "no 269") }
        return wishes
    }

    // MARK: What happens

    /// Notes what has changed, and tells it as far as there is room.
    func market(_ watch: MarketWatch, at time: Timestamp) {
        now = time
        for id in subscriptions.keys.sorted() {
            guard var subscription = subscriptions[id], !subscription.wishes.isSnapshot else { continue }
            for instrument in watch.touched {
                if let place = subscription.place(of: instrument) { subscription.changed.insert(place) }
            }
            if subscription.wishes.wantsTrades {
                for trade in watch.trades where subscription.place(of: trade.instrument) != nil {
                    subscription.trades.append(trade)
                }
            }
            guard subscription.trades.count <= FixSubscription.tradeMax else {
                subscriptions[id] = nil
                sayReject(id, UInt8(ascii: "2"), "too slow: the subscription has ended")
                desk.updateWatch()
                continue
            }
            tell(&subscription)
            subscriptions[id] = subscription
        }
    }

    /// Tells the books and trades that have waited for room.
    func catchUpMarketData() {
        guard outbox.bytes < FixPort.patience else { return }
        for id in subscriptions.keys.sorted() {
            guard var subscription = subscriptions[id] else { continue }
            guard !subscription.changed.isEmpty || !subscription.trades.isEmpty else { continue }
            tell(&subscription)
            keep(subscription)
        }
    }

    /// Subscriptions end with their connection.
    func endSubscriptions() {
        subscriptions.removeAll()
        desk.updateWatch()
    }

    private func tell(_ subscription: inout FixSubscription) {
        guard let exchange = desk.exchange else { return }
        tellTrades(&subscription)
        for place in subscription.changed.sorted() {
            guard outbox.bytes < FixPort.patience else { return }
            subscription.changed.remove(place)
            if subscription.fresh.remove(place) != nil {
                refresh(&subscription, place, exchange)
            } else if subscription.wishes.isIncremental {
                increment(&subscription, place, exchange)
            } else {
                let before = (subscription.bids[place], subscription.asks[place])
                look(&subscription, place, exchange)
                guard before != (subscription.bids[place], subscription.asks[place]) else { continue }
                sayBook(subscription, place, exchange)
            }
        }
    }

    private func look(_ subscription: inout FixSubscription, _ place: Int, _ exchange: Exchange) {
        let (instrument, wishes) = (subscription.instruments[place], subscription.wishes)
        if wishes.wantsBids { subscription.bids[place] = exchange.levels(instrument, .buy, limit: wishes.depth) }
        if wishes.wantsAsks { subscription.asks[place] = exchange.levels(instrument, .sell, limit: wishes.depth) }
    }

    private func refresh(_ subscription: inout FixSubscription, _ place: Int, _ exchange: Exchange) {
        look(&subscription, place, exchange)
        sayBook(subscription, place, exchange)
    }

    private func increment(_ subscription: inout FixSubscription, _ place: Int, _ exchange: Exchange) {
        let before = (subscription.bids[place], subscription.asks[place])
        look(&subscription, place, exchange)
        var entries: [FixMarketEntry] = []
        for (side, old, new) in [
            (Side.buy, before.0, subscription.bids[place]), (Side.sell, before.1, subscription.asks[place]),
        ] {
            new.changes(from: old, side) { entries.append(FixMarketEntry($0, side)) }
        }
        // In messages that are never too long for the writer.
        for start in stride(from: 0, to: entries.count, by: FixPort.entryMax) {
            let part = entries[start..<min(start + FixPort.entryMax, entries.count)]
            sayIncrement(subscription.id, subscription.instruments[place], Array(part))
        }
    }

    private func tellTrades(_ subscription: inout FixSubscription) {
        var told = 0
        while told < subscription.trades.count, outbox.bytes < FixPort.patience {
            let trade = subscription.trades[told]
            // Those of one instrument that stand together go together.
            var end = told + 1
            while end < subscription.trades.count, subscription.trades[end].instrument == trade.instrument,
                end - told < 256
            {
                end += 1
            }
            sayIncrement(subscription.id, trade.instrument, subscription.trades[told..<end].map { FixMarketEntry($0) })
            told = end
        }
        subscription.trades.removeFirst(told)
    }
}
