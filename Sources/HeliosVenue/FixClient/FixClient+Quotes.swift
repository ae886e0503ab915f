// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

// Requests for quotes: QuoteRequest (R) out; Quote (S), QuoteRequestReject (AG), QuoteAcknowledgement (b), QuoteStatusReport (AI) and
// QuoteCancel (Z) in. A quote is taken by the order behind its acceptance: NewOrderSingle, OrdType D, with the QuoteID.
extension FixClient {
    // MARK: Out

    /// Asks the venue's dealers.
    ///
    /// What can't be asked now nobody answers: each dealer declines.
    mutating func ask(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> FixSubmission {
        guard !quotes.isEmpty, record.instrument.index < instruments, record.quantity.raw > 0 else {
            return .refused(.kind)
        }
        quotes.open(record)
        guard phase == .ready, !session.isBehind, hasReserve, output.remaining >= 1_024, bucket.take(at: now),
            sendRequest(record, at: now, into: &output)
        else {
            declineAll(record.orderID, sequence: 0, at: now)
            return .waiting
        }
        return .sent
    }

    private mutating func sendRequest(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> Bool {
        let token = FixOrderToken(.request, day: day, number: epoch << 40 | record.orderID & (1 << 40 - 1))
        let symbol = symbols[record.instrument.index]
        let time = time(record.eventTime, now)
        let sequence = session.send(.quoteRequest, at: now, into: &output) { writer in
            token.write(.quoteReqID, to: &writer)
            writer.put(.noRelatedSym, 1)
            writer.put(.symbol, packed: symbol)
            writer.put(.side, char: UInt8(ascii: record.side == .sell ? "2" : "1"))
            writer.put(.orderQty, record.quantity)
            writer.put(.transactTime, time)
        }
        guard let sequence else { return false }
        note(sequence, .request, Int(truncatingIfNeeded: record.orderID & 0xFFFF_FFFF))
        return true
    }

    // MARK: In

    /// A dealer's price: what we would buy at stands in OfferPx, what we would sell at in BidPx.
    mutating func quoted(_ message: FixMessage, _ delivery: FixDelivery, at now: Timestamp) -> FixClientEvent? {
        guard let request = request(message) else { return .notice(delivery.sequence) }
        let asked = quotes[request].record
        let isSell = asked.side == .sell
        guard let id = message[.quoteID], (1...FixQuoteBook.idMax).contains(id.count),
            let price = message[isSell ? .bidPx : .offerPx]?.price, price.raw > 0
        else { return malformed(delivery) }
        let size = message[isSell ? .bidSize : .offerSize]?.quantity ?? asked.quantity
        guard size.raw > 0, size <= FixClient.most else { return malformed(delivery) }
        let number = max(id.venueNumber, 1)
        guard let dealer = quotes.dealer(request, author(of: message), number: number) else {
            return .notice(delivery.sequence)
        }
        quotes.quoted(request, dealer, FixQuoteBook.Quote(number: number, id: [UInt8](id.bytes.unsafeBuffer)))
        var event = answer(.dealerQuote, asked, dealer, number, delivery.sequence, at: now)
        event.price = price
        event.quantity = size
        // Without an end of its own it is good as long as the request is open.
        event.eventTime = message[.validUntilTime]?.timestamp ?? .never
        return .report(event)
    }

    /// No dealer quotes (AG, or b up to 4.3), or the one that is named does not, or a quote is refused.
    mutating func quoteRefused(_ message: FixMessage, _ delivery: FixDelivery, at now: Timestamp) -> FixClientEvent? {
        if message.type != .quoteRequestReject, message[.quoteID] != nil {
            return quoteStatus(message, delivery, at: now)
        }
        guard let request = request(message) else { return .notice(delivery.sequence) }
        // A QuoteAcknowledgement may also accept; QuoteRequestReject has no status.
        if let status = message[.quoteStatus]?.int, status == 0 { return .notice(delivery.sequence) }
        switch author(of: message) {
        case .dealer(let place): return declined(request, place, delivery, at: now)
        case .stranger: return .notice(delivery.sequence)
        case .nobody:
            declineAll(quotes[request].record.orderID, sequence: delivery.sequence, at: now)
            return nil
        }
    }

    /// What has become of a quote: one that can't be taken any more is taken back.
    ///
    /// Without QuoteID it is one dealer's answer to the request: the dealer passes, or was refused.
    mutating func quoteStatus(_ message: FixMessage, _ delivery: FixDelivery, at now: Timestamp) -> FixClientEvent? {
        switch message[.quoteStatus]?.int {
        // Accepted, pending, active and the like: it stands. Without a status nothing is said of it.
        case nil, 0, 8, 10, 12, 13, 14, 15, 16: return .notice(delivery.sequence)
        default: break
        }
        guard message[.quoteID] == nil else { return quoteCancelled(message, delivery, at: now) }
        guard let request = request(message) else { return .notice(delivery.sequence) }
        switch author(of: message) {
        case .dealer(let place): return declined(request, place, delivery, at: now)
        case .stranger: return .notice(delivery.sequence)
        case .nobody: return declined(request, quotes.unanswered(request), delivery, at: now)
        }
    }

    /// One dealer does not quote, unless it has answered before.
    private mutating func declined(
        _ request: Int,
        _ place: Int?,
        _ delivery: FixDelivery,
        at now: Timestamp
    ) -> FixClientEvent {
        guard let place, quotes.decline(request, place) else { return .notice(delivery.sequence) }
        return .report(answer(.quoteDeclined, quotes[request].record, place, 0, delivery.sequence, at: now))
    }

    /// A dealer takes back a quote, all quotes of a request, or all that it has; who names nobody speaks for all.
    mutating func quoteCancelled(_ message: FixMessage, _ delivery: FixDelivery, at now: Timestamp) -> FixClientEvent? {
        let id = message[.quoteID]
        let request = request(message)
        let isAll = message[.quoteCancelType]?.int == 4
        guard id != nil || request != nil || isAll else { return .notice(delivery.sequence) }
        let number = request.map { quotes[$0].record.orderID }
        var withdrawn: [Event] = []
        let author = author(of: message)
        let meant: (FixQuoteBook.Request, Int, FixQuoteBook.Quote) -> Bool = { asked, place, quote in
            let isTheirs = author == .nobody || author == .dealer(place)
            if isAll { return isTheirs }
            if let number, asked.record.orderID != number { return false }
            guard let id, !id.equals("*") else { return isTheirs }
            return quote.number == max(id.venueNumber, 1)
        }
        var book = quotes
        book.withdraw(meant) { record, dealer, number in
            withdrawn.append(answer(.quoteDeclined, record, dealer, number, delivery.sequence, at: now))
        }
        quotes = book
        for event in withdrawn { tell(.report(event)) }
        return withdrawn.isEmpty ? .notice(delivery.sequence) : nil
    }

    /// Every dealer that has not answered a request does not quote.
    mutating func declineAll(_ number: UInt64, sequence: UInt64, at now: Timestamp) {
        guard let request = quotes.request(number) else { return }
        let record = quotes[request].record
        for dealer in quotes.dealers.indices where quotes.decline(request, dealer) {
            tell(.report(answer(.quoteDeclined, record, dealer, 0, sequence, at: now)))
        }
    }

    /// Whose word a message is, by its parties (453), or those of its whole request (1116, from 5.0 on).
    private func author(of message: FixMessage) -> FixQuoteAuthor {
        var isNamed = false
        for (counter, name) in [(FixTag.noPartyIDs, FixTag.partyID), (1_116, 1_117)] {
            for party in message.group(counter, opening: name) {
                isNamed = true
                guard let id = party[name] else { continue }
                if let place = quotes.dealers.firstIndex(where: { id.equals($0.name) }) { return .dealer(place) }
            }
        }
        return isNamed ? .stranger : .nobody
    }

    /// The request of this process that a message answers.
    private func request(_ message: FixMessage) -> Int? {
        guard let token = FixOrderToken(message[.quoteReqID]), token.kind == .request, token.day == day,
            token.epoch == epoch
        else { return nil }
        return quotes.request(token.number & (1 << 40 - 1))
    }

    private func answer(
        _ kind: EventKind,
        _ asked: Event,
        _ dealer: Int,
        _ number: UInt64,
        _ sequence: UInt64,
        at now: Timestamp
    ) -> Event {
        Event(
            eventTime: now,
            receiveTime: now,
            sequence: sequence,
            orderID: asked.orderID,
            instrument: asked.instrument,
            venue: quotes.dealers[dealer].venue,
            kind: kind,
            flags: asked.flags.intersection(.sell),
            detail: number
        )
    }
}
