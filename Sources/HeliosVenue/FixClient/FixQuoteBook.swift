// SPDX-License-Identifier: MIT
import HeliosMarket

/// A dealer behind a FIX venue who is asked for quotes.
public struct FixDealer: Sendable, Equatable {
    /// PartyID (448) in its quotes; who quotes without a name is taken for the next that has not answered.
    public var name: String
    /// How orders and records name it.
    public var venue: Venue

    public init(_ name: String, _ venue: Venue) {
        self.name = name
        self.venue = venue
    }
}

/// Whose word a message about a request for quotes is, as its parties have it.
enum FixQuoteAuthor: Equatable {
    /// It names no party.
    case nobody
    /// It names parties, and none of them is a dealer of ours.
    case stranger
    /// The dealer at a place of the list.
    case dealer(Int)
}

/// Requests for quotes that were sent to a venue, and the quotes that answer them.
///
/// It remembers as many requests as a `QuoteDesk` may have open; what is told of others is passed over.
struct FixQuoteBook {
    /// A dealer's quote.
    struct Quote {
        /// What our side knows it by; 0 when it was taken back, or none has come.
        var number: UInt64 = 0
        /// QuoteID (117).
        var id: [UInt8] = []
    }

    struct Request {
        /// As it was asked for.
        var record: Event
        /// By the dealers' places.
        var quotes: [Quote]
        var hasAnswered: [Bool]
    }

    let dealers: [FixDealer]
    private var requests: [Request] = []
    private var next = 0
    /// QuoteIDs of quotes that orders take, by the orders' `quote` less one.
    private(set) var taken: [[UInt8]] = []
    /// The quote that was accepted last: the order behind the acceptance takes it.
    private var accepted: (dealer: Int, price: Price, instrument: Instrument, id: [UInt8])?

    /// Requests that are remembered.
    static let requestMax = 64
    /// Bytes of a QuoteID; a longer one can't be taken.
    static let idMax = 64

    init(_ dealers: [FixDealer]) { self.dealers = dealers }

    var isEmpty: Bool { dealers.isEmpty }

    /// The place in the list of the dealer that a record names.
    func place(of venue: Venue) -> Int? { dealers.firstIndex { $0.venue == venue } }

    subscript(request: Int) -> Request { requests[request] }

    /// Remembers a request that is sent.
    mutating func open(_ record: Event) {
        let request = Request(
            record: record,
            quotes: dealers.map { _ in Quote() },
            hasAnswered: dealers.map { _ in false }
        )
        if requests.count < FixQuoteBook.requestMax {
            requests.append(request)
        } else {
            requests[next] = request
            next = (next + 1) % FixQuoteBook.requestMax
        }
    }

    /// The place of a request by its number.
    func request(_ number: UInt64) -> Int? { requests.firstIndex { $0.record.orderID == number } }

    /// The dealer's place for a quote: the one that it names, and without a name the one that has sent it before, or the next that has not
    /// answered.
    func dealer(_ request: Int, _ author: FixQuoteAuthor, number: UInt64) -> Int? {
        switch author {
        case .dealer(let place): place
        case .stranger: nil
        case .nobody: requests[request].quotes.firstIndex { $0.number == number } ?? unanswered(request)
        }
    }

    /// The place of the next dealer that has not answered a request.
    func unanswered(_ request: Int) -> Int? { requests[request].hasAnswered.firstIndex(of: false) }

    mutating func quoted(_ request: Int, _ dealer: Int, _ quote: Quote) {
        requests[request].quotes[dealer] = quote
        requests[request].hasAnswered[dealer] = true
    }

    /// Whether a dealer that had not answered has now.
    mutating func decline(_ request: Int, _ dealer: Int) -> Bool {
        guard !requests[request].hasAnswered[dealer] else { return false }
        requests[request].hasAnswered[dealer] = true
        return true
    }

    /// Takes back the quotes that `isMeant` picks; tells of each.
    mutating func withdraw(_ isMeant: (Request, Int, Quote) -> Bool, _ body: (Event, Int, UInt64) -> Void) {
        for request in requests.indices {
            for dealer in dealers.indices {
                let quote = requests[request].quotes[dealer]
                guard quote.number != 0, isMeant(requests[request], dealer, quote) else { continue }
                requests[request].quotes[dealer] = Quote()
                body(requests[request].record, dealer, quote.number)
            }
        }
    }

    // MARK: Taking

    /// A `quoteAccepted`: the order behind it takes this quote.
    mutating func accept(_ record: Event) {
        accepted = nil
        guard let request = request(record.orderID), let dealer = place(of: record.venue) else { return }
        let quote = requests[request].quotes[dealer]
        guard quote.number != 0, quote.number == record.detail else { return }
        accepted = (dealer, record.price, record.instrument, quote.id)
    }

    /// What an order to a dealer takes, to be kept in it; nil when no quote like that was accepted.
    mutating func take(_ order: Event, _ dealer: Int) -> UInt32? {
        defer { accepted = nil }
        guard let accepted, accepted.dealer == dealer, accepted.price == order.price,
            accepted.instrument == order.instrument
        else { return nil }
        taken.append(accepted.id)
        return UInt32(taken.count)
    }
}
