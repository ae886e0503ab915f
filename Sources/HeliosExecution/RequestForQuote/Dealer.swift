// SPDX-License-Identifier: MIT
import HeliosMarket

/// A dealer who is asked for quotes: a venue of its own, with what a trade there costs beside the price.
@frozen
public struct Dealer: Sendable, BitwiseCopyable, Equatable {
    public var venue: Venue
    /// Charged on each share; negative is a rebate.
    public var feePerShare: Price
    /// Charged once a trade.
    public var feePerTrade: Price

    @inlinable
    public init(venue: Venue, feePerShare: Price = .zero, feePerTrade: Price = .zero) {
        self.venue = venue
        self.feePerShare = feePerShare
        self.feePerTrade = feePerTrade
    }

    /// What `quantity` at `price` costs in all (a buy), or brings (a sale); exact.
    @inlinable
    public func allIn(_ side: Side, _ quantity: Quantity, at price: Price) -> Money {
        let fees = Money(feePerShare, times: quantity) + Money(feePerTrade, times: Quantity(1))
        let value = Money(price, times: quantity)
        return side == .buy ? value + fees : value - fees
    }

    /// The same for one share of them, in 2⁻³² of a price's unit: exact enough to compare any two.
    @inlinable
    public func allInShare(_ side: Side, _ quantity: Quantity, at price: Price) -> Int128 {
        let part = Int128(max(quantity.raw, 1))
        let (whole, rest) = allIn(side, quantity, at: price).raw.quotientAndRemainder(dividingBy: part)
        return whole << 32 + (rest << 32) / part
    }
}

/// A dealer's price for a request.
@frozen
public struct DealerQuote: Sendable, BitwiseCopyable {
    /// The dealer's own number of it (FIX QuoteID, tag 117).
    public var number: UInt64
    public var price: Price
    /// What the price is good for.
    public var quantity: Quantity
    /// Until when it may be taken (FIX ValidUntilTime, tag 62).
    public var validUntil: Timestamp
    public var venue: Venue

    @inlinable
    public init(number: UInt64, price: Price, quantity: Quantity, validUntil: Timestamp, venue: Venue) {
        self.number = number
        self.price = price
        self.quantity = quantity
        self.validUntil = validUntil
        self.venue = venue
    }
}

/// What is known of a request for quotes.
@frozen
public struct QuoteRequest: Sendable, BitwiseCopyable {
    @frozen
    public enum State: UInt8, Sendable, BitwiseCopyable {
        /// Dealers may answer, and a quote may be taken.
        case open = 0
        /// A quote was taken: an order of its own tells the rest.
        case accepted = 1
        /// Its time is over.
        case expired = 2
    }

    /// Its number, from 1 (FIX QuoteReqID, tag 131).
    public var number: UInt64
    public var instrument: Instrument
    public var side: Side
    public var quantity: Quantity
    /// Quotes for less don't count (FIX MinQty, tag 110): `quantity` where all of it is to trade at one price.
    public var least: Quantity
    /// Quotes beyond it don't count; zero for any.
    ///
    /// Dealers are not told.
    public var limit: Price
    public var tag: OrderTag
    /// When it lapses.
    public var deadline: Timestamp
    public var state: State
    /// Dealers that have quoted or declined.
    public var answers: Int

    @inlinable
    public init(
        number: UInt64,
        instrument: Instrument,
        side: Side,
        quantity: Quantity,
        least: Quantity? = nil,
        limit: Price = .zero,
        tag: OrderTag,
        deadline: Timestamp,
        state: State,
        answers: Int
    ) {
        self.number = number
        self.instrument = instrument
        self.side = side
        self.quantity = quantity
        self.least = least ?? quantity
        self.limit = limit
        self.tag = tag
        self.deadline = deadline
        self.state = state
        self.answers = answers
    }

    /// Whether a price is within the limit.
    @inlinable
    public func isWithinLimit(_ price: Price) -> Bool {
        limit.raw == 0 || side.sign * (limit.raw - price.raw) >= 0
    }

    /// How much of the request a quote is good for.
    @inlinable
    public func part(of quote: DealerQuote) -> Quantity { min(quote.quantity, quantity) }
}

/// What became of a request, for whoever has asked.
@frozen
public struct QuoteUpdate: Sendable, BitwiseCopyable {
    @frozen
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// The request was sent to the dealers.
        case asked = 0
        /// `quote` has come.
        case quoted = 1
        /// A dealer does not quote, or takes its quote back.
        case declined = 2
        /// Nobody can take a quote of it any more.
        case expired = 3
        /// It was not sent: no dealers, no room, or orders are held back.
        case refused = 4
    }

    public var kind: Kind
    public var request: QuoteRequest
    /// The quote that came; number 0 for none.
    public var quote: DealerQuote
    /// The best of those that can be taken now, all-in; number 0 for none.
    public var best: DealerQuote
    /// Every dealer has answered.
    public var isComplete: Bool

    @inlinable
    public init(kind: Kind, request: QuoteRequest, quote: DealerQuote, best: DealerQuote, isComplete: Bool) {
        self.kind = kind
        self.request = request
        self.quote = quote
        self.best = best
        self.isComplete = isComplete
    }
}
