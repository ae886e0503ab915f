// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// Requests for quotes: the dealers' answers, and taking them.
extension FixPort {
    /// Instruments that one request may name.
    private static let symbolMax = 32

    // MARK: QuoteRequest

    func requestQuotes(_ message: FixMessage) throws(FixMissing) {
        let id = try text(.quoteReqID, message)
        guard let dealers = desk.dealers else {
            return sayRequestReject(id, message[.symbol]?.text ?? "", 99, "there are no dealers here")
        }
        var entries = 0
        for entry in message.group(.noRelatedSym, opening: .symbol) {
            entries += 1
            let symbol = entry[.symbol]?.text ?? ""
            guard entries <= FixPort.symbolMax, id.utf8.count <= FixPort.idMax else {
                return sayRequestReject(id, symbol, 3, "too much is asked for")
            }
            guard let instrument = desk.instrument(symbol) else {
                sayRequestReject(id, symbol, 1, "unknown symbol")
                continue
            }
            guard let quantity = entry[.orderQty]?.quantity, quantity > .zero, quantity.raw % Quantity.scale == 0 else {
                sayRequestReject(id, symbol, 99, "38 is missing or no number of shares")
                continue
            }
            var sides: [Side] = [.buy, .sell]
            switch entry[.side]?.char {
            case UInt8(ascii: "1"): sides = [.buy]
            case UInt8(ascii: "2"), UInt8(ascii: "5"), UInt8(ascii: "6"): sides = [.sell]
            default: break
            }
            if !dealers.ask(self, id, instrument, sides, quantity, at: now) {
                sayRequestReject(id, symbol, 3, "too much is asked for")
            }
        }
        if entries == 0 { throw FixMissing(tag: .noRelatedSym) }
        dealers.advance(to: now)
    }

    /// QuoteRequestReject; in 4.2 a QuoteAcknowledgement that says rejected.
    private func sayRequestReject(_ id: String, _ symbol: String, _ reason: Int, _ text: String) {
        guard dialect != .fix42 else {
            return say(FixMsgType(rawValue: 0x62)) { writer in
                writer.putText(.text, text)
                writer.putText(.quoteReqID, id)
                writer.put(.quoteStatus, 5)
            }
        }
        say(.quoteRequestReject) { writer in
            writer.putText(.text, text)
            writer.putText(.quoteReqID, id)
            writer.put(.noRelatedSym, 1)
            writer.putText(.symbol, symbol.isEmpty ? "[N/A]" : symbol)
            writer.put(.quoteRequestRejectReason, reason)
        }
    }

    func declined(_ request: String, _ instrument: Instrument, at time: Timestamp) {
        now = time
        sayRequestReject(request, desk.symbols[instrument.index].description, 10, "no dealer quotes")
    }

    /// A dealer's quote: what the participant would buy at stands in OfferPx, what it would sell at in BidPx.
    func quoted(_ quote: FixQuote, at time: Timestamp) {
        now = time
        quotes[quote.id] = quote
        say(.quote) { writer in
            writer.put(.symbol, packed: desk.symbols[quote.instrument.index].wire)
            writer.put(.transactTime, now)
            writer.put(.validUntilTime, quote.validUntil)
            writer.putText(.quoteID, quote.id)
            writer.putText(.quoteReqID, quote.request)
            if quote.side == .sell { writer.put(.bidPx, quote.price) } else { writer.put(.offerPx, quote.price) }
            if quote.side == .sell {
                writer.put(.bidSize, quote.quantity)
            } else {
                writer.put(.offerSize, quote.quantity)
            }
            if dialect != .fix42 { writer.put(.quoteType, 1) }
        }
    }

    /// The quote's time is up.
    func lapse(_ id: String, at time: Timestamp) {
        guard let quote = quotes.removeValue(forKey: id) else { return }
        now = time
        sayQuoteStatus(id, quote, nil, 7, "the quote has lapsed")
    }

    /// QuoteStatusReport; 4.2 has none.
    private func sayQuoteStatus(_ id: String, _ quote: FixQuote?, _ response: String?, _ status: Int, _ text: String) {
        guard dialect != .fix42 else { return }
        say(.quoteStatusReport) { writer in
            if let quote {
                writer.put(.symbol, packed: desk.symbols[quote.instrument.index].wire)
            } else {
                writer.put(.symbol, "[N/A]")
            }
            writer.putText(.text, text)
            writer.put(.transactTime, now)
            writer.putText(.quoteID, id)
            if let quote { writer.putText(.quoteReqID, quote.request) }
            writer.put(.quoteStatus, status)
            if let response { writer.putText(.quoteRespID, response) }
        }
    }

    // MARK: QuoteResponse

    func respond(_ message: FixMessage) throws(FixMissing) {
        let response = try text(.quoteRespID, message)
        let id = try text(.quoteID, message)
        switch message[.quoteRespType]?.int {
        case 1: try hit(message, id, response)
        case 6:
            let quote = quotes.removeValue(forKey: id)
            sayQuoteStatus(id, quote, response, quote == nil ? 9 : 11, quote == nil ? "no such quote" : "passed")
        case 2: sayQuoteStatus(id, quotes[id], response, 5, "counters are not taken")
        default: sayQuoteStatus(id, quotes[id], response, 5, "694 is 1 or 6")
        }
    }

    /// An AJ that takes a quote: an order by another name.
    private func hit(_ message: FixMessage, _ id: String, _ response: String) throws(FixMissing) {
        let clOrdID = try text(.clOrdID, message)
        let quote = quotes[id]
        var terms = FixTerms()
        terms.type = UInt8(ascii: "D")
        terms.quantity = message[.orderQty]?.quantity ?? quote?.quantity ?? .zero
        terms.price = message[.price]?.price ?? quote?.price
        let symbol = message[.symbol]?.text ?? ""
        var order = FixOrder(
            id: desk.nextOrderNumber(),
            clOrdID: clOrdID,
            instrument: desk.instrument(symbol) ?? .none,
            symbol: symbol,
            side: message[.side]?.char ?? UInt8(ascii: quote?.side == .sell ? "2" : "1"),
            terms: terms
        )
        order.account = message[.account].map(\.text)
        order.quoteResponse = response
        if let known = numbers[clOrdID].flatMap({ orders[$0] }) {
            return repeated(known, clOrdID, isResent: message[.possResend]?.bool == true)
        }
        if let problem = entryRefusal(order) { return refuse(order, problem) }
        takeQuote(order, id)
    }

    /// An order for a dealer's quote, by D or AJ.
    func takeQuote(_ order: FixOrder, _ id: String) {
        var order = order
        order.quote = id
        guard let dealers = desk.dealers, let quote = quotes[id], now < quote.validUntil else {
            return refuse(order, FixProblem(.stale, "no such quote, or not any more"))
        }
        guard quote.instrument == order.instrument, quote.side == order.bookSide else {
            return refuse(order, FixProblem(.other, "the quote is for another symbol or side"))
        }
        guard order.terms.price == quote.price else {
            return refuse(order, FixProblem(.price, "44 is not the quote's"))
        }
        let quantity = order.terms.quantity
        guard quantity > .zero, quantity <= quote.quantity, quantity.raw % Quantity.scale == 0 else {
            return refuse(order, FixProblem(.quantity, "the quote is not for so many"))
        }
        // Good for one order, whatever comes of it.
        quotes[id] = nil
        order.leaves = quantity
        keep(order)
        dealers.take(quote, order, self, at: now)
    }

    // MARK: What dealers say to orders

    func dealt(_ report: Event, isFill: Bool) {
        now = report.receiveTime
        guard var order = orders[report.orderID] else { return }
        guard isFill else {
            say(FixReport("0"), order)
            return copy(.accepted, order) { $0.detail = UInt16(OuchOrderState.live.rawValue) }
        }
        order.fill(report.quantity, report.price)
        order.leaves = Quantity(raw: order.terms.quantity.raw - order.cumulative.raw)
        orders[order.id] = order
        var fill = FixReport("F")
        fill.lastQuantity = report.quantity
        fill.lastPrice = report.price
        fill.liquidity = 2
        say(fill, order)
        copy(.executed, order) {
            $0.quantity = UInt32(clamping: report.quantity.raw / Quantity.scale)
            $0.price = OrderPort.price(report.price)
            $0.match = report.detail
        }
    }

    func refusedByDealer(_ report: Event) {
        now = report.receiveTime
        guard let order = orders[report.orderID] else { return }
        refuse(order, FixProblem(.stale, "the dealer does not trade"))
    }
}
