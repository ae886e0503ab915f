// SPDX-License-Identifier: MIT
import HeliosMarket

/// An exchange as its dealers see it: its best prices.
struct DealerMarket: BacktestVenue {
    weak var exchange: Exchange?

    func touch(_ instrument: Instrument) -> (bid: Price, ask: Price)? {
        guard let exchange, exchange.phase(of: instrument) == .open else { return nil }
        let quote = exchange.quote(of: instrument)
        return quote.bid > .zero && quote.ask > .zero ? quote : nil
    }

    mutating func begin(day midnight: Timestamp) {}
    var impactCharges: [Price] { [] }
    var nextReportTime: Timestamp { .never }
    mutating func takeReport() -> Event { Event(kind: .none) }
    mutating func advance(_ event: Event) {}
    mutating func submit(_ order: NewOrder, at time: Timestamp) {}
    mutating func replace(_ original: OrderID, by order: NewOrder, at time: Timestamp) {}
    mutating func cancel(_ id: OrderID, at time: Timestamp) {}
    func prefetch(_ some: Event, _ few: Event, _ next: Event) {}
}

/// A dealer's quote for a participant.
struct FixQuote {
    var id: String
    /// QuoteReqID of the request.
    var request: String
    var instrument: Instrument
    /// The participant's.
    var side: Side
    var price: Price
    var quantity: Quantity
    var validUntil: Timestamp
    var dealer: Venue
}

/// The dealers beside an exchange: requests for quotes to them, their quotes, and what takes these.
final class FixDealers {
    /// A request of a participant, for one instrument and side.
    private struct Asked {
        var port: FixPort
        var request: String
        var group: UInt64
    }

    /// All that one message asks for.
    private struct Group {
        var left: Int
        var hasQuotes = false
        var instrument: Instrument
    }

    private var room: DealerRoom<DealerMarket>
    let count: Int
    private var number: UInt64 = 0
    private var asked: [UInt64: Asked] = [:]
    private var groups: [UInt64: Group] = [:]
    /// Orders that went to a dealer.
    private var orders: [UInt64: FixPort] = [:]
    /// Quotes that will lapse, in the order of their numbers.
    private var lapses: [(time: Timestamp, id: String, port: FixPort)] = []

    /// Requests under way at once.
    private static let askedMax = 10_000
    /// Questions and good quotes of one participant.
    private static let dealingMax = 1_024

    init(_ settings: DealerSettings, _ exchange: Exchange) {
        room = DealerRoom(DealerMarket(exchange: exchange), settings.behind(1))
        count = settings.dealers.count
    }

    /// When something is to be told.
    var due: Timestamp { lapses.reduce(room.nextReportTime) { min($0, $1.time) } }

    /// Asks all dealers, for one side or both; false when too much is under way.
    func ask(
        _ port: FixPort,
        _ request: String,
        _ instrument: Instrument,
        _ sides: [Side],
        _ quantity: Quantity,
        at time: Timestamp
    )
        -> Bool
    {
        let answers = sides.count * count
        guard asked.count + sides.count <= FixDealers.askedMax, port.dealing + answers <= FixDealers.dealingMax
        else { return false }
        port.dealing += answers
        let group = number + 1
        groups[group] = Group(left: answers, instrument: instrument)
        for side in sides {
            number += 1
            asked[number] = Asked(port: port, request: request, group: group)
            var record = Event(orderID: number, quantity: quantity, instrument: instrument, kind: .quoteRequest)
            if side == .sell { record.flags.insert(.sell) }
            room.ask(record, at: time)
        }
        return true
    }

    /// An order that takes a quote.
    func take(_ quote: FixQuote, _ order: FixOrder, _ port: FixPort, at time: Timestamp) {
        orders[order.id] = port
        room.submit(
            NewOrder(
                id: order.id,
                instrument: quote.instrument,
                side: quote.side,
                timeInForce: .immediateOrCancel,
                quantity: order.terms.quantity,
                price: quote.price,
                tag: OrderTag(strategy: 0),
                venue: quote.dealer
            ),
            at: time
        )
        advance(to: time)
    }

    /// Tells what has come by `time`.
    func advance(to time: Timestamp) {
        while room.nextReportTime <= time { receive(room.takeReport()) }
        guard lapses.contains(where: { $0.time <= time }) else { return }
        for lapse in lapses where lapse.time <= time {
            lapse.port.dealing -= 1
            lapse.port.lapse(lapse.id, at: lapse.time)
        }
        lapses.removeAll { $0.time <= time }
    }

    private func receive(_ report: Event) {
        switch report.kind {
        case .dealerQuote:
            guard let asked = asked[report.orderID] else { return }
            groups[asked.group]?.hasQuotes = true
            let quote = FixQuote(
                id: "Q\(report.detail)",
                request: asked.request,
                instrument: report.instrument,
                side: report.side,
                price: report.price,
                quantity: report.quantity,
                validUntil: report.eventTime,
                dealer: report.venue
            )
            asked.port.quoted(quote, at: report.receiveTime)
            lapses.append((report.eventTime, quote.id, asked.port))
            settle(report.orderID, asked, at: report.receiveTime)
        case .quoteDeclined:
            guard let asked = asked[report.orderID] else { return }
            asked.port.dealing -= 1
            settle(report.orderID, asked, at: report.receiveTime)
        case .orderAccepted: orders[report.orderID]?.dealt(report, isFill: false)
        case .orderFilled: orders.removeValue(forKey: report.orderID)?.dealt(report, isFill: true)
        case .orderRejected: orders.removeValue(forKey: report.orderID)?.refusedByDealer(report)
        default: break
        }
    }

    /// One dealer has answered.
    private func settle(_ number: UInt64, _ asked: Asked, at time: Timestamp) {
        guard var group = groups[asked.group] else { return }
        group.left -= 1
        groups[asked.group] = group
        guard group.left == 0 else { return }
        groups[asked.group] = nil
        for other in self.asked.keys where self.asked[other]?.group == asked.group { self.asked[other] = nil }
        if !group.hasQuotes { asked.port.declined(asked.request, group.instrument, at: time) }
    }
}
