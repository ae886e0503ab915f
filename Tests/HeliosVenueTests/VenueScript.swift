// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue

/// A venue with one instrument and a script: every call is one event, a microsecond after the one before.
struct VenueScript: ~Copyable {
    static let reportLatency: Nanoseconds = 700

    var venue: HistoricalVenue
    var time = Timestamp(nanoseconds: 1_000_000)
    let instrument = Instrument(id: 0)

    /// With `open`, the instrument trades in the regular session.
    init(open: Bool = true) throws {
        var models = SimulationModels()
        models.report = .constant(VenueScript.reportLatency)
        try self.init(models: models, open: open)
    }

    init(models: SimulationModels, open: Bool = true) throws {
        venue = try HistoricalVenue(
            capacity: BookCapacity(instruments: 2, orders: 1_024, levels: 1_024),
            models: models
        )
        guard open else { return }
        system("Q")
        state("T")
    }

    mutating func advance(_ event: Event) {
        var event = event
        time = time + 1_000
        event.eventTime = time
        event.receiveTime = time
        venue.advance(event)
    }

    mutating func system(_ code: Unicode.Scalar) {
        advance(Event(kind: .systemEvent, detail: UInt64(code.value)))
    }

    mutating func state(_ code: Unicode.Scalar) {
        advance(Event(instrument: instrument, kind: .tradingStatus, detail: UInt64(code.value)))
    }

    mutating func add(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64) {
        advance(event(.addOrder, id, side, shares, cents))
    }

    mutating func execute(_ id: OrderID, _ shares: Int) {
        var event = event(.executeOrder, id, .buy, shares, 0)
        event.flags = .printable
        advance(event)
    }

    mutating func cancel(_ id: OrderID, _ shares: Int) { advance(event(.cancelOrder, id, .buy, shares, 0)) }

    mutating func delete(_ id: OrderID) { advance(event(.deleteOrder, id, .buy, 0, 0)) }

    mutating func replace(_ id: OrderID, by new: OrderID, _ shares: Int, _ cents: Int64) {
        var event = event(.replaceOrder, id, .buy, shares, cents)
        event.detail = new
        advance(event)
    }

    /// A trade against hidden shares.
    mutating func hidden(_ shares: Int, _ cents: Int64) {
        var event = event(.trade, 0, .buy, shares, cents)
        event.flags = .printable
        advance(event)
    }

    /// A level of a feed that knows only levels.
    mutating func level(_ side: Side, _ shares: Int, _ cents: Int64) {
        advance(event(.setLevel, 0, side, shares, cents))
    }

    func event(_ kind: EventKind, _ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64) -> Event {
        Event(
            orderID: id,
            price: price(cents),
            quantity: Quantity(shares),
            instrument: instrument,
            kind: kind,
            flags: side == .sell ? .sell : []
        )
    }

    /// An order of ours.
    mutating func submit(
        _ id: OrderID,
        _ side: Side,
        _ shares: Int,
        _ cents: Int64,
        _ timeInForce: TimeInForce = .day,
        type: OrderType = .limit,
        instrument: Instrument = Instrument(id: 0)
    ) {
        time = time + 1_000
        let order = NewOrder(
            id: id,
            instrument: instrument,
            side: side,
            type: type,
            timeInForce: timeInForce,
            quantity: Quantity(shares),
            price: price(cents),
            tag: OrderTag(strategy: 0)
        )
        venue.submit(order, at: time)
    }

    mutating func cancelOurs(_ id: OrderID) {
        time = time + 1_000
        venue.cancel(id, at: time)
    }

    /// What the venue has told since the last call, without the acceptances.
    mutating func told() -> [String] { all().filter { !$0.hasPrefix("accepted") } }

    /// What the venue has told since the last call.
    mutating func all() -> [String] {
        var lines: [String] = []
        while venue.nextReportTime != .never { lines.append(text(venue.takeReport())) }
        return lines
    }

    private func text(_ report: Event) -> String {
        let shares = report.quantity.description
        switch report.kind {
        case .orderAccepted: return "accepted \(report.orderID) \(shares)"
        case .orderFilled:
            let role = report.flags.contains(.maker) ? "maker" : "taker"
            return "filled \(report.orderID) \(report.side) \(shares)@\(report.price) \(role)"
        case .orderCancelled:
            let reason = CancelReason(rawValue: UInt8(truncatingIfNeeded: report.detail)).map { "\($0)" } ?? "?"
            return "cancelled \(report.orderID) \(shares) \(reason)"
        case .orderRejected:
            let reason = RejectReason(rawValue: UInt8(truncatingIfNeeded: report.detail)).map { "\($0)" } ?? "?"
            return "rejected \(report.orderID) \(reason)"
        case .cancelRejected: return "cancel rejected \(report.orderID)"
        default: return "\(report.kind)"
        }
    }
}

func price(_ cents: Int64) -> Price { Price(raw: cents * Price.scale / 100) }
