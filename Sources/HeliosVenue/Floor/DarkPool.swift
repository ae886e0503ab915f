// SPDX-License-Identifier: MIT
import HeliosMarket

/// The lit venues' best prices, as a dark pool sees them at its own place: without any delay.
struct OutsideQuote {
    /// Zero where a side is empty.
    var bid = Price.zero
    var ask = Price.zero
    /// Whether the instrument trades continuously at a lit venue.
    var isTrading = false

    /// The middle, where both sides are there and neither locks nor crosses the other.
    var middle: Price? {
        guard isTrading, bid.raw > 0, ask > bid else { return nil }
        return Price(raw: bid.raw + (ask.raw - bid.raw) / 2)
    }
}

/// A dark venue: an order meets what is hidden on the other side, at the middle of the lit venues' best prices.
///
/// What it meets is drawn (`DarkLiquidity`). An order that rests tries again in every interval, the oldest first. Nothing is
/// told to anybody but the order's owner.
final class DarkPool {
    private struct Resting {
        var order: NewOrder
        var leaves: Quantity
    }

    private let liquidity: DarkLiquidity
    private let venue: Venue
    private var line: LatencyLine
    private var reports: [Event] = []
    private var firstReport = 0
    private var resting: [Resting] = []
    /// Of each instrument and side: the interval of the last execution, and what was taken in it.
    private var taken: [(interval: Int64, shares: Int64)]
    private var executions: UInt64 = 0
    /// Orders that it was ever given.
    private var accepted: UInt64 = 0
    private(set) var isOut = false
    /// When the next interval begins, as far as an order waits for it.
    private(set) var nextTry = Timestamp.never

    init(_ liquidity: DarkLiquidity, venue: Venue, line: LatencyLine, instruments: Int) {
        self.liquidity = liquidity
        self.venue = venue
        self.line = line
        taken = Array(repeating: (-1, 0), count: instruments * 2)
    }

    func begin(day midnight: Timestamp) { line.midnight = midnight }

    // MARK: Reports

    /// When the next report reaches us; `.never` when none is under way.
    var nextReportTime: Timestamp { firstReport < reports.count ? reports[firstReport].receiveTime : .never }

    func takeReport() -> Event {
        let report = reports[firstReport]
        firstReport += 1
        if firstReport == reports.count {
            reports.removeAll(keepingCapacity: true)
            firstReport = 0
        }
        return report
    }

    private func report(
        _ kind: EventKind,
        _ order: NewOrder,
        _ time: Timestamp,
        _ quantity: Quantity,
        _ detail: UInt64
    ) {
        var report = Event(kind: kind)
        report.orderID = order.id
        report.instrument = order.instrument
        report.venue = venue
        report.price = order.price
        report.quantity = quantity
        report.detail = detail
        report.eventTime = time
        report.receiveTime = line.arrival(of: time)
        if order.side == .sell { report.flags.insert(.sell) }
        reports.append(report)
    }

    // MARK: Orders

    /// Orders that rest.
    var restingCount: Int { resting.count }

    func submit(_ order: NewOrder, at time: Timestamp, _ outside: OutsideQuote) {
        if let reason = refusal(order, outside) {
            return report(.orderRejected, order, time, .zero, UInt64(reason.rawValue))
        }
        accepted += 1
        report(.orderAccepted, order, time, order.quantity, accepted)
        var entry = Resting(order: order, leaves: order.quantity)
        execute(&entry, time, outside, isMaker: false)
        guard entry.leaves.raw > 0 else { return }
        if order.timeInForce.isImmediate || order.type == .market {
            let reason = UInt64(CancelReason.immediateOrCancel.rawValue)
            return report(.orderCancelled, order, time, entry.leaves, reason)
        }
        resting.append(entry)
        nextTry = min(nextTry, start(interval(of: time) + 1))
    }

    private func refusal(_ order: NewOrder, _ outside: OutsideQuote) -> RejectReason? {
        guard order.instrument.index < taken.count / 2 else { return .unknownInstrument }
        guard order.quantity.raw > 0 else { return .invalidQuantity }
        guard order.price.raw > 0 else { return .invalidPrice }
        if isOut { return .closed }
        return outside.isTrading ? nil : .halted
    }

    /// Lets `order` take the place of one that rests here, at the end of the queue; its quantity is over the whole life of the chain.
    func replace(_ original: OrderID, by order: NewOrder, at time: Timestamp, _ outside: OutsideQuote) {
        let place = resting.firstIndex { $0.order.id == original }
        let done = place.map { resting[$0].order.quantity - resting[$0].leaves } ?? .zero
        guard let place, refusal(order, outside) == nil, order.quantity > done,
            resting[place].order.instrument == order.instrument, resting[place].order.side == order.side
        else {
            var old = order
            old.id = original
            return report(.replaceRejected, old, time, .zero, order.id)
        }
        resting.remove(at: place)
        var old = order
        old.id = original
        report(.orderReplaced, old, time, order.quantity, order.id)
        var entry = Resting(order: order, leaves: order.quantity - done)
        execute(&entry, time, outside, isMaker: false)
        if entry.leaves.raw > 0 { resting.append(entry) }
        nextTry = resting.isEmpty ? .never : min(nextTry, start(interval(of: time) + 1))
    }

    /// Whether the order rested here and is gone now.
    func cancel(_ id: OrderID, at time: Timestamp) -> Bool {
        guard let place = resting.firstIndex(where: { $0.order.id == id }) else { return false }
        let entry = resting.remove(at: place)
        if resting.isEmpty { nextTry = .never }
        report(.orderCancelled, entry.order, time, entry.leaves, UInt64(CancelReason.user.rawValue))
        return true
    }

    /// All orders that rest are cancelled.
    func cancelAll(_ reason: CancelReason, at time: Timestamp) {
        for entry in resting { report(.orderCancelled, entry.order, time, entry.leaves, UInt64(reason.rawValue)) }
        resting.removeAll(keepingCapacity: true)
        nextTry = .never
    }

    func setOut(_ isOut: Bool, at time: Timestamp) {
        self.isOut = isOut
        if isOut { cancelAll(.halted, at: time) }
    }

    /// A cancel that came too late, or of an order that was never here.
    func rejectCancel(_ id: OrderID, at time: Timestamp) {
        var report = Event(kind: .cancelRejected)
        report.orderID = id
        report.venue = venue
        report.eventTime = time
        report.receiveTime = line.arrival(of: time)
        reports.append(report)
    }

    /// An interval has begun: those that rest try again, the oldest first.
    func tryAgain(at time: Timestamp, _ outside: (Instrument) -> OutsideQuote) {
        for place in resting.indices {
            execute(&resting[place], time, outside(resting[place].order.instrument), isMaker: true)
        }
        resting.removeAll { $0.leaves.raw == 0 }
        nextTry = resting.isEmpty ? .never : start(interval(of: time) + 1)
    }

    // MARK: Executions

    private func interval(of time: Timestamp) -> Int64 { time.nanoseconds / max(liquidity.interval, 1) }

    private func start(_ interval: Int64) -> Timestamp {
        Timestamp(nanoseconds: interval * max(liquidity.interval, 1))
    }

    private func execute(_ entry: inout Resting, _ time: Timestamp, _ outside: OutsideQuote, isMaker: Bool) {
        let order = entry.order
        guard let middle = outside.middle, order.side == .buy ? middle <= order.price : middle >= order.price else {
            return
        }
        let interval = interval(of: time)
        let other = order.side.opposite
        let place = order.instrument.index * 2 + Int(other.rawValue)
        if taken[place].interval != interval { taken[place] = (interval, 0) }
        let hidden = liquidity.available(order.instrument, other, interval: interval).raw - taken[place].shares
        let quantity = min(entry.leaves.raw, max(hidden, 0))
        guard quantity > 0 else { return }
        taken[place].shares += quantity
        entry.leaves.raw -= quantity
        executions += 1
        var filled = order
        filled.price = middle
        report(.orderFilled, filled, time, Quantity(raw: quantity), executions)
        reports[reports.count - 1].flags.insert(.hidden)
        if isMaker { reports[reports.count - 1].flags.insert(.maker) }
    }
}
