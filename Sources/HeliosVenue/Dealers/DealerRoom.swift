// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// Dealers beside a simulated venue: they quote around its best prices, and an order to one of them takes its quote.
///
/// An order to a dealer trades when a quote of that dealer for its instrument, side and price is good for its quantity when it
/// arrives; a quote trades once. Everything else goes to the venue. What chance decides comes from the seed, the dealer's place in the
/// list and the request's number, so that no draw depends on what else was asked or taken.
public struct DealerRoom<Inner: BacktestVenue & ~Copyable>: BacktestVenue, ~Copyable {
    private struct Quote: BitwiseCopyable {
        var number: UInt64
        var instrument: Instrument
        var side: Side
        var quantity: Quantity
        var price: Price
        var validUntil: Timestamp
        var venue: Venue
        /// It will not keep its word.
        var refuses: Bool
    }

    public static var isFloor: Bool { Inner.isFloor }

    /// The venue that they stand beside.
    public var inner: Inner
    private let dealers: [DealerModel]
    private let latency: Nanoseconds
    private let seed: UInt64
    private var quotes: [Quote] = []
    /// What is on its way to us, by the time of its arrival.
    private var reports: [Event] = []
    private var number: UInt64 = 0
    /// Executions of dealers have numbers of their own, far above a venue's.
    private var executions: UInt64 = 1 << 48
    /// Orders that went to a dealer: they have ended by the time that anything else about them arrives.
    private var dealt: Set<OrderID> = []

    /// - Parameters:
    ///   - inner: the venue.
    ///   - dealers: who quotes.
    ///   - latency: nanoseconds from a dealer's decision to our knowledge of it.
    ///   - seed: of everything that chance decides.
    public init(_ inner: consuming Inner, dealers: [DealerModel], latency: Nanoseconds = 0, seed: UInt64) {
        self.inner = inner
        self.dealers = dealers
        self.latency = max(latency, 0)
        self.seed = seed
    }

    /// The dealers of a configuration, at their places.
    public init(_ inner: consuming Inner, _ settings: DealerSettings) {
        self.init(inner, dealers: settings.dealers, latency: settings.latency, seed: settings.seed)
    }

    // MARK: The venue

    public mutating func begin(day midnight: Timestamp) { inner.begin(day: midnight) }
    public var impactCharges: [Price] { inner.impactCharges }
    public mutating func advance(_ event: Event) { inner.advance(event) }

    public mutating func cancel(_ id: OrderID, at time: Timestamp) {
        guard dealt.contains(id) else { return inner.cancel(id, at: time) }
        send(Event(eventTime: time, receiveTime: time + latency, orderID: id, kind: .cancelRejected))
    }

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
        for (place, dealer) in dealers.enumerated() {
            var mixer = SeededRandom(seed: seed ^ UInt64(place + 1) << 48 ^ record.orderID)
            var random = SeededRandom(seed: mixer.next())
            let (declines, share) = (random.uniform() < dealer.declines, random.uniform())
            let refuses = random.uniform() < dealer.refuses
            guard !declines, let touch = inner.touch(record.instrument) else {
                tell(.quoteDeclined, record, dealer, at: time + dealer.delay) { $0.detail = 0 }
                continue
            }
            let noise = Int64(Double(dealer.noise.raw) * share)
            quote(record, dealer, touch, noise, refuses: refuses, at: time + dealer.delay)
        }
    }

    private mutating func quote(
        _ record: Event,
        _ dealer: DealerModel,
        _ touch: (bid: Price, ask: Price),
        _ noise: Int64,
        refuses: Bool,
        at time: Timestamp
    ) {
        let quantity = min(record.quantity, dealer.capacity ?? record.quantity)
        let slope = Int64(clamping: Int128(dealer.slope.raw) * Int128(quantity.raw) / Int128(1_000 * Quantity.scale))
        let (cent, away) = (Price.scale / 100, dealer.markup.raw + noise + slope)
        // Whole hundredths, against whoever asks.
        let raw =
            record.side == .buy
            ? max((touch.ask.raw + away + dealer.skew.raw + cent - 1) / cent * cent, cent)
            : max((touch.bid.raw - away + dealer.skew.raw) / cent * cent, cent)
        number += 1
        let quote = Quote(
            number: number,
            instrument: record.instrument,
            side: record.side,
            quantity: quantity,
            price: Price(raw: raw),
            validUntil: time + dealer.validity,
            venue: dealer.venue,
            refuses: refuses
        )
        quotes.append(quote)
        tell(.dealerQuote, record, dealer, at: time) { report in
            report.price = quote.price
            report.quantity = quote.quantity
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
        guard dealers.contains(where: { $0.venue == order.venue }) else {
            return inner.submit(order, at: time)
        }
        dealt.insert(order.id)
        let place = quotes.firstIndex {
            $0.venue == order.venue && $0.instrument == order.instrument && $0.side == order.side
                && $0.price == order.price && $0.quantity >= order.quantity && time < $0.validUntil
        }
        // Nobody trades what is halted.
        guard let place, !quotes[place].refuses, inner.touch(order.instrument) != nil else {
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
