// SPDX-License-Identifier: MIT
import HeliosMarket

/// Requests for quotes that are open with dealers: compares what they answer all-in, and forgets what has lapsed.
///
/// ```
/// open ──► quoted, declined … ──► accepted: an order to that dealer, fill or kill at its price
///      └──────────────────────────► expired
/// ```
/// A quote counts when it is good for enough (`QuoteRequest.least`, usually all), is within the request's limit and has not run out.
/// What a share of it costs with the dealer's fees decides; of equal ones the one that is good for more, then the dealer that stands
/// first in the list. Room is reserved at the start; nothing is allocated later.
public struct QuoteDesk: Sendable {
    /// Who is asked, in order.
    public let dealers: [Dealer]
    /// Nanoseconds that a request stays open.
    public let patience: Nanoseconds
    private var requests: [QuoteRequest] = []
    /// The dealers' quotes of each request, side by side; number 0 for none.
    private var quotes: [DealerQuote]
    private let capacity: Int
    /// Requests so far: the number of the last one.
    public private(set) var count: UInt64 = 0
    /// Records about requests, quotes or dealers that nobody knows, or that came too late.
    public private(set) var strays: UInt64 = 0

    static var none: DealerQuote {
        DealerQuote(number: 0, price: .zero, quantity: .zero, validUntil: .zero, venue: Venue(id: 0))
    }

    /// - Parameters:
    ///   - dealers: who is asked; nobody for none.
    ///   - requests: how many may be remembered at once, the closed ones that were not overwritten yet included.
    ///   - patience: nanoseconds that a request stays open.
    public init(dealers: [Dealer] = [], requests: Int = 64, patience: Nanoseconds = 5_000_000_000) {
        self.dealers = dealers
        self.patience = patience
        capacity = max(requests, 1)
        quotes = Array(repeating: QuoteDesk.none, count: dealers.isEmpty ? 0 : capacity * dealers.count)
        if !dealers.isEmpty { self.requests.reserveCapacity(capacity) }
    }

    /// Whether there is anybody to ask.
    public var isEnabled: Bool { !dealers.isEmpty }

    /// The request with a number; nil when it is not known (any more).
    public func request(_ number: UInt64) -> QuoteRequest? { place(number).map { requests[$0] } }

    // MARK: Asking

    /// Opens a request; nil without dealers, without a quantity, and when as many as fit are open.
    public mutating func open(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        least: Quantity? = nil,
        limit: Price = .zero,
        tag: OrderTag,
        at now: Timestamp
    ) -> QuoteUpdate? {
        let place = Int(count % UInt64(capacity))
        guard isEnabled, quantity.raw > 0, place >= requests.count || requests[place].state != .open else { return nil }
        count += 1
        let request = QuoteRequest(
            number: count,
            instrument: instrument,
            side: side,
            quantity: quantity,
            least: least,
            limit: limit,
            tag: tag,
            deadline: now + patience,
            state: .open,
            answers: 0
        )
        if place < requests.count { requests[place] = request } else { requests.append(request) }
        for dealer in dealers.indices { quotes[place * dealers.count + dealer] = QuoteDesk.none }
        return update(.asked, place, at: now)
    }

    /// The record that asks the dealers.
    public static func record(of request: QuoteRequest, at now: Timestamp) -> Event {
        Event(
            eventTime: now,
            receiveTime: now,
            orderID: request.number,
            quantity: request.quantity,
            instrument: request.instrument,
            kind: .quoteRequest,
            flags: request.side == .sell ? .sell : []
        )
    }

    // MARK: Answers

    /// Takes a `dealerQuote` or a `quoteDeclined`; nil when it is about nothing that is open.
    public mutating func take(_ record: Event, at now: Timestamp) -> QuoteUpdate? {
        guard let place = place(record.orderID), requests[place].state == .open, now < requests[place].deadline,
            let dealer = dealers.firstIndex(where: { $0.venue == record.venue })
        else {
            strays += 1
            return nil
        }
        let index = place * dealers.count + dealer
        let isNew = quotes[index].venue.id == 0
        let isQuote = record.kind == .dealerQuote
        // Taken back under another number: the quote that stands is a later one.
        if !isQuote, !isNew, record.detail != 0, record.detail != quotes[index].number { return nil }
        quotes[index] = QuoteDesk.none
        // Marks that this dealer has answered.
        quotes[index].venue = record.venue
        if isQuote, record.price.raw > 0, record.detail != 0 {
            quotes[index].number = record.detail
            quotes[index].price = record.price
            quotes[index].quantity = record.quantity
            quotes[index].validUntil = record.eventTime
        }
        if isNew { requests[place].answers += 1 }
        var update = update(isQuote ? .quoted : .declined, place, at: now)
        update.quote = quotes[index]
        return update
    }

    /// The best quote of a request that can be taken now; nil for none.
    public func best(_ number: UInt64, at now: Timestamp) -> DealerQuote? {
        guard let place = place(number), requests[place].state == .open, now < requests[place].deadline else {
            return nil
        }
        let best = best(place, at: now)
        return best.number == 0 ? nil : best
    }

    private func best(_ place: Int, at now: Timestamp) -> DealerQuote {
        let request = requests[place]
        var (best, value) = (QuoteDesk.none, Int128(0))
        for dealer in dealers.indices {
            let quote = quotes[place * dealers.count + dealer]
            guard quote.number != 0, quote.quantity >= request.least, now < quote.validUntil,
                request.isWithinLimit(quote.price)
            else { continue }
            let part = request.part(of: quote)
            let share = dealers[dealer].allInShare(request.side, part, at: quote.price)
            if best.number != 0 {
                let gain = Int128(request.side.sign) * (value - share)
                guard gain > 0 || gain == 0 && part > request.part(of: best) else { continue }
            }
            (best, value) = (quote, share)
        }
        return best
    }

    /// How an open request stands now; nil for one that is closed, or that nobody knows.
    public func standing(_ number: UInt64, at now: Timestamp) -> QuoteUpdate? {
        guard let place = place(number), requests[place].state == .open else { return nil }
        return update(.quoted, place, at: now)
    }

    /// What the dealer at `place` of the list has answered to a request: number 0 and its venue where it has declined, number 0
    /// and venue 0 where it has said nothing; nil for a request that nobody knows (any more).
    public func answer(_ number: UInt64, of dealer: Int) -> DealerQuote? {
        guard dealers.indices.contains(dealer) else { return nil }
        return place(number).map { quotes[$0 * dealers.count + dealer] }
    }

    // MARK: Ends

    /// The order that takes the best quote of a request: all of it at the dealer's price or nothing; nil when there is no quote to
    /// take.
    ///
    /// - Parameters:
    ///   - id: the order's number.
    ///   - number: the request's.
    ///   - most: no more than this, where the quote is good for more; zero for all that it is good for.
    ///   - now: the time.
    /// - Returns: fill or kill, at the quote's price, to its dealer.
    public func order(
        _ id: OrderID,
        accepting number: UInt64,
        most: Quantity = .zero,
        at now: Timestamp
    ) -> NewOrder? {
        guard let quote = best(number, at: now), let request = request(number) else { return nil }
        let part = request.part(of: quote)
        return NewOrder(
            id: id,
            instrument: request.instrument,
            side: request.side,
            timeInForce: .fillOrKill,
            quantity: most.raw > 0 ? min(most, part) : part,
            price: quote.price,
            tag: request.tag,
            venue: quote.venue
        )
    }

    /// The quote of a request is taken: nothing else of it can be.
    ///
    /// - Parameters:
    ///   - number: the request's.
    ///   - quantity: how much of the quote is taken; nil for all that it is good for.
    ///   - now: the time.
    /// - Returns: the record of it; nil when there is no quote to take.
    public mutating func accept(_ number: UInt64, _ quantity: Quantity? = nil, at now: Timestamp) -> Event? {
        guard let quote = best(number, at: now), let place = place(number) else { return nil }
        requests[place].state = .accepted
        var record = QuoteDesk.record(of: requests[place], at: now)
        record.kind = .quoteAccepted
        record.quantity = quantity ?? requests[place].part(of: quote)
        record.price = quote.price
        record.venue = quote.venue
        record.detail = quote.number
        return record
    }

    /// A request whose time is over, as it is closed; nil when there is none (left).
    public mutating func expire(at now: Timestamp) -> QuoteUpdate? {
        for place in requests.indices where requests[place].state == .open && requests[place].deadline <= now {
            requests[place].state = .expired
            return update(.expired, place, at: now)
        }
        return nil
    }

    private func place(_ number: UInt64) -> Int? {
        guard number >= 1, number <= count else { return nil }
        let place = Int((number - 1) % UInt64(capacity))
        return requests[place].number == number ? place : nil
    }

    private func update(_ kind: QuoteUpdate.Kind, _ place: Int, at now: Timestamp) -> QuoteUpdate {
        QuoteUpdate(
            kind: kind,
            request: requests[place],
            quote: QuoteDesk.none,
            best: requests[place].state == .open ? best(place, at: now) : QuoteDesk.none,
            isComplete: requests[place].answers == dealers.count
        )
    }
}

// MARK: - State
extension QuoteDesk {
    /// Appends the requests and quotes.
    public func save(to writer: inout StateWriter) {
        writer.mark("quotes")
        writer.write(capacity)
        writer.write(dealers.count)
        for dealer in dealers {
            writer.write(UInt64(dealer.venue.id))
            writer.write(dealer.feePerShare)
            writer.write(dealer.feePerTrade)
        }
        writer.write(count)
        writer.write(strays)
        writer.write(requests.count)
        for request in requests {
            writer.write(request.number)
            writer.write(UInt64(request.instrument.id))
            writer.write(request.side.rawValue)
            writer.write(request.quantity)
            writer.write(request.least)
            writer.write(request.limit)
            writer.write(request.tag.packed)
            writer.write(request.deadline)
            writer.write(request.state.rawValue)
            writer.write(request.answers)
        }
        for quote in quotes.prefix(requests.count * dealers.count) {
            writer.write(quote.number)
            writer.write(quote.price)
            writer.write(quote.quantity)
            writer.write(quote.validUntil)
            writer.write(UInt64(quote.venue.id))
        }
    }

    /// Takes the requests of a desk with the same dealers.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("quotes")
        try reader.match(capacity, "room for requests for quotes")
        try reader.match(dealers.count, "dealers")
        for dealer in dealers {
            try reader.match(UInt64(dealer.venue.id), "a dealer's venue")
            try reader.match(dealer.feePerShare, "a dealer's fee per share")
            try reader.match(dealer.feePerTrade, "a dealer's fee per trade")
        }
        count = try reader.read(UInt64.self)
        strays = try reader.read(UInt64.self)
        let saved = try reader.readCount(upTo: min(capacity, Int(clamping: count)), "requests for quotes")
        guard isEnabled ? UInt64(saved) == min(count, UInt64(capacity)) : saved == 0 else {
            throw reader.error(.damaged, "requests for quotes are missing")
        }
        requests.removeAll(keepingCapacity: true)
        for _ in 0..<saved { requests.append(try restoredRequest(from: &reader)) }
        for index in 0..<saved * dealers.count {
            quotes[index].number = try reader.read(UInt64.self)
            quotes[index].price = try reader.read(Price.self)
            quotes[index].quantity = try reader.read(Quantity.self)
            quotes[index].validUntil = try reader.read(Timestamp.self)
            quotes[index].venue = Venue(id: UInt16(truncatingIfNeeded: try reader.read(UInt64.self)))
        }
    }

    private func restoredRequest(from reader: inout StateReader) throws(StateError) -> QuoteRequest {
        let number = try reader.read(UInt64.self)
        let instrument = Instrument(id: UInt32(truncatingIfNeeded: try reader.read(UInt64.self)))
        let side = try reader.readCase(Side.self)
        let quantity = try reader.read(Quantity.self)
        let least = try reader.read(Quantity.self)
        let limit = try reader.read(Price.self)
        let tag = OrderTag(packed: try reader.read(UInt64.self))
        let deadline = try reader.read(Timestamp.self)
        let state = try reader.readCase(QuoteRequest.State.self)
        let answers = try reader.readCount(upTo: dealers.count, "answers of dealers")
        return QuoteRequest(
            number: number,
            instrument: instrument,
            side: side,
            quantity: quantity,
            least: least,
            limit: limit,
            tag: tag,
            deadline: deadline,
            state: state,
            answers: answers
        )
    }
}
