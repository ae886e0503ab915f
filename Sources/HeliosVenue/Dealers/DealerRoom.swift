// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// A simulated dealer: how it answers a request for quotes, and whether it keeps its word.
public struct DealerModel: Sendable, Equatable {
    /// The dealer, as orders to it name it.
    public var venue: Venue
    /// How far its price lies beyond the best one of the market, a share.
    public var markup: Price
    /// The most that is added to the markup by chance, a share.
    public var noise: Price
    /// Nanoseconds until it answers, and that a quote is good for from then on.
    public var delay: Nanoseconds
    public var validity: Nanoseconds
    /// The share of requests that it declines, and of acceptances that it refuses at last look, 0 to 1.
    public var declines: Double
    public var refuses: Double

    public init(
        venue: Venue,
        markup: Price,
        noise: Price = .zero,
        delay: Nanoseconds = 50_000_000,
        validity: Nanoseconds = 1_000_000_000,
        declines: Double = 0,
        refuses: Double = 0
    ) {
        self.venue = venue
        self.markup = markup
        self.noise = noise
        self.delay = delay
        self.validity = validity
        self.declines = declines
        self.refuses = refuses
    }
}

/// Dealers beside a simulated venue: they quote around its best prices, and an order to one of them takes its quote.
///
/// An order to a dealer trades when a quote of that dealer for its instrument, side and price is good for its quantity when it
/// arrives; a quote trades once. Everything else goes to the venue. What chance decides comes from the seed, by dealer in the
/// order of the list.
public struct DealerRoom<Inner: BacktestVenue & ~Copyable>: BacktestVenue, ~Copyable {
    private struct Quote: BitwiseCopyable {
        var number: UInt64
        var instrument: Instrument
        var side: Side
        var quantity: Quantity
        var price: Price
        var validUntil: Timestamp
        var venue: Venue
    }

    public static var isFloor: Bool { Inner.isFloor }

    /// The venue that they stand beside.
    public var inner: Inner
    private let dealers: [DealerModel]
    private let latency: Nanoseconds
    private var random: SeededRandom
    private var quotes: [Quote] = []
    /// What is on its way to us, by the time of its arrival.
    private var reports: [Event] = []
    private var number: UInt64 = 0
    /// Executions of dealers have numbers of their own, far above a venue's.
    private var executions: UInt64 = 1 << 48

    /// - Parameters:
    ///   - inner: the venue.
    ///   - dealers: who quotes.
    ///   - latency: nanoseconds from a dealer's decision to our knowledge of it.
    ///   - seed: of everything that chance decides.
    public init(_ inner: consuming Inner, dealers: [DealerModel], latency: Nanoseconds = 0, seed: UInt64) {
        self.inner = inner
        self.dealers = dealers
        self.latency = max(latency, 0)
        random = SeededRandom(seed: seed)
    }

    // MARK: The venue

    public mutating func begin(day midnight: Timestamp) { inner.begin(day: midnight) }
    public var impactCharges: [Price] { inner.impactCharges }
    public mutating func advance(_ event: Event) { inner.advance(event) }
    public mutating func cancel(_ id: OrderID, at time: Timestamp) { inner.cancel(id, at: time) }
    public func prefetch(_ some: Event, _ few: Event, _ next: Event) { inner.prefetch(some, few, next) }
    public func touch(_ instrument: Instrument) -> (bid: Price, ask: Price)? { inner.touch(instrument) }

    public mutating func replace(_ original: OrderID, by order: NewOrder, at time: Timestamp) {
        inner.replace(original, by: order, at: time)
    }

    public var nextReportTime: Timestamp { min(inner.nextReportTime, reports.first?.receiveTime ?? .never) }

    public mutating func takeReport() -> Event {
        guard let first = reports.first, first.receiveTime < inner.nextReportTime else { return inner.takeReport() }
        return reports.removeFirst()
    }

    // MARK: Questions

    public mutating func ask(_ record: Event, at time: Timestamp) {
        // The order behind an acceptance says the same.
        guard record.kind == .quoteRequest else { return }
        quotes.removeAll { $0.validUntil <= time }
        for dealer in dealers {
            let (declines, share) = (random.uniform() < dealer.declines, random.uniform())
            guard !declines, let touch = inner.touch(record.instrument) else {
                tell(.quoteDeclined, record, dealer, at: time + dealer.delay) { $0.detail = 0 }
                continue
            }
            quote(record, dealer, touch, Int64(Double(dealer.noise.raw) * share), at: time + dealer.delay)
        }
    }

    private mutating func quote(
        _ record: Event,
        _ dealer: DealerModel,
        _ touch: (bid: Price, ask: Price),
        _ noise: Int64,
        at time: Timestamp
    ) {
        // Whole hundredths, against whoever asks.
        let (cent, away) = (Price.scale / 100, dealer.markup.raw + noise)
        let raw =
            record.side == .buy
            ? (touch.ask.raw + away + cent - 1) / cent * cent : max((touch.bid.raw - away) / cent * cent, cent)
        number += 1
        let quote = Quote(
            number: number,
            instrument: record.instrument,
            side: record.side,
            quantity: record.quantity,
            price: Price(raw: raw),
            validUntil: time + dealer.validity,
            venue: dealer.venue
        )
        quotes.append(quote)
        tell(.dealerQuote, record, dealer, at: time) { report in
            report.price = quote.price
            report.detail = quote.number
            report.eventTime = quote.validUntil
        }
    }

    private mutating func tell(
        _ kind: EventKind,
        _ record: Event,
        _ dealer: DealerModel,
        at time: Timestamp,
        _ complete: (inout Event) -> Void
    ) {
        var report = record
        report.kind = kind
        report.venue = dealer.venue
        report.eventTime = time
        report.receiveTime = time + latency
        complete(&report)
        send(report)
    }

    // MARK: Orders

    public mutating func submit(_ order: NewOrder, at time: Timestamp) {
        guard let dealer = dealers.first(where: { $0.venue == order.venue }) else {
            return inner.submit(order, at: time)
        }
        let place = quotes.firstIndex {
            $0.venue == order.venue && $0.instrument == order.instrument && $0.side == order.side
                && $0.price == order.price && $0.quantity >= order.quantity && time < $0.validUntil
        }
        let refuses = random.uniform() < dealer.refuses
        guard let place, !refuses else {
            return report(.orderRejected, order, time) { $0.detail = UInt64(RejectReason.invalidPrice.rawValue) }
        }
        quotes.remove(at: place)
        executions += 1
        report(.orderAccepted, order, time) { report in
            report.quantity = order.quantity
            report.detail = order.id
        }
        report(.orderFilled, order, time) { [executions] report in
            report.quantity = order.quantity
            report.detail = executions
        }
    }

    private mutating func report(
        _ kind: EventKind,
        _ order: NewOrder,
        _ time: Timestamp,
        _ complete: (inout Event) -> Void
    ) {
        var report = Event(kind: kind)
        report.orderID = order.id
        report.instrument = order.instrument
        report.price = order.price
        report.venue = order.venue
        report.eventTime = time
        report.receiveTime = time + latency
        if order.side == .sell { report.flags.insert(.sell) }
        complete(&report)
        send(report)
    }

    /// Behind everything that arrives no later.
    private mutating func send(_ report: Event) {
        let place = reports.firstIndex { $0.receiveTime > report.receiveTime } ?? reports.count
        reports.insert(report, at: place)
    }
}
