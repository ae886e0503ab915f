// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// An exchange that lives in a recorded day: history moves its book, and our orders meet that book without moving it.
///
/// What it promises, so that a backtest does not flatter:
/// - An order that takes, takes only shares that were displayed, best price and oldest order first, and no share twice:
///   history does not know that they are gone, so the venue remembers them.
/// - An order that rests joins the tail of its price's queue. It fills only when all shares ahead of it have been executed
///   or cancelled and a later order is executed in its stead, or when the market trades through its price. Touching is
///   not enough. With order-by-order data this queue position is exact (nothing is estimated).
/// - Fills are bounded by the shares that history shows at that moment.
/// - What our taking would have done to the price is charged by the impact model, if one is chosen.
/// - It does not take part in auctions, and it refuses what the market would refuse: a halted instrument, a closed phase.
/// - A replacement goes to the tail of its price's queue, whatever it changes.
/// - What is left of a good-till order at the close is done for the day, and arrives anew, behind all that is there, when the
///   instrument trades on the next day.
public struct HistoricalVenue: ~Copyable {
    /// History's own book.
    @usableFromInline var books: BookSet
    /// Behind a reference, because the venue is lent out at every event and then copied, as wide as it is.
    private let models: VenueModels
    private let chargesImpact: Bool
    let queue: QueueModel
    private var reports = RecordQueue<Event>()
    var resting: [RestingSlot] = [RestingSlot()]
    private var freeSlot: UInt32 = 0
    /// First resting order of each instrument, in the order of priority (buys before sells, better before worse).
    var heads: [UInt32]
    /// Instruments that the feed shows by levels.
    var hasLevels: [Bool]
    /// Slot of each of our orders by number; 0 for a number that was never used, `ended` for one that does not rest.
    private var slots: [UInt32] = []
    private static var ended: UInt32 { .max }
    /// The table of our orders grows with the highest number.
    private static var maximumOrderID: OrderID { 1 << 28 }
    /// By the book's record number: when a historical order joined its queue, and how much of it we took.
    var marks: [RecordMark] = []
    private var arrivals: UInt64 = 0
    private var executions: UInt64 = 0
    /// The venue whose history this is, as its last event said.
    private var identity = Venue(id: 0)

    /// Good-till orders that wait for the next day.
    var carried: [CarriedOrder] = []
    /// The trading day, in days since 1970-01-01.
    var day: UInt32 = 0

    /// Orders resting now.
    public private(set) var restingCount = 0

    /// - Parameters:
    ///   - capacity: room for history's books.
    ///   - models: what it assumes: the report's latency, the queue, the impact of our orders.
    /// - Throws: when the memory for the books can't be reserved.
    public init(capacity: BookCapacity, models: SimulationModels) throws(BookCapacityError) {
        books = try BookSet(capacity: capacity)
        self.models = VenueModels(models, instruments: capacity.instruments)
        chargesImpact = models.impact.model != .none
        queue = models.queue
        heads = [UInt32](repeating: 0, count: capacity.instruments)
        hasLevels = [Bool](repeating: false, count: capacity.instruments)
    }

    /// A venue with the default models.
    ///
    /// - Parameters:
    ///   - capacity: room for history's books.
    ///   - reportLatency: from the venue's decision to our knowledge of it, in nanoseconds.
    /// - Throws: when the memory for the books can't be reserved.
    public init(capacity: BookCapacity, reportLatency: Nanoseconds) throws(BookCapacityError) {
        var models = SimulationModels()
        models.report = .constant(reportLatency)
        try self.init(capacity: capacity, models: models)
    }

    /// A trading day begins at `midnight`: the origin of latencies by time of day.
    public mutating func begin(day midnight: Timestamp) {
        models.reportLine.midnight = midnight
        day = midnight.dayNumber
    }

    /// What our executions were charged for their impact, a share, in the order of their numbers, which begin at 1; empty
    /// without a model.
    public var impactCharges: [Price] { models.impact.shifts }

    deinit { reports.deallocate() }

    /// What is wrong with history, if anything.
    public var faults: BookFaults { books.faults }

    // MARK: Reports

    /// When the next report reaches us; `.never` when none is under way.
    ///
    /// Stored, because it is asked for at every step of a simulation.
    public private(set) var nextReportTime = Timestamp.never

    /// The next report.
    ///
    /// Only when `nextReportTime` is not `.never`.
    public mutating func takeReport() -> Event {
        let report = reports.removeFirst()
        nextReportTime = reports.isEmpty ? .never : reports.first.receiveTime
        return report
    }

    mutating func send(_ report: Event) {
        var report = report
        report.receiveTime = models.reportLine.arrival(of: report.eventTime)
        if reports.isEmpty { nextReportTime = report.receiveTime }
        reports.append(report)
    }

    // MARK: History

    /// Moves history on by one event.
    public mutating func advance(_ event: Event) {
        let index = event.instrument.index
        identity = event.venue
        guard index < heads.count else {
            _ = books.apply(event)
            // A file that ends in the middle of its day says nothing of the close: then the next day ends it.
            if event.kind == .systemEvent || event.kind == .newDay { expireAtClose(event) }
            if event.kind == .newDay {
                models.impact.beginDay()
                day = event.eventTime.dayNumber
            }
            if !carried.isEmpty { resume(event) }
            return
        }
        if chargesImpact { observe(event) }
        let taken = heads[index] != 0 ? meetResting(event) : 0
        let change = books.apply(event)
        // Crossing, or naming another instrument, is a fault of history, but the order is in the book.
        if change.contains(.fault), books.faults.last != .crossed, books.faults.last != .otherInstrument { return }
        switch event.kind {
        case .addOrder: mark(event.orderID, taken)
        case .replaceOrder: mark(event.detail, taken)
        case .setLevel: hasLevels[index] = true
        default: break
        }
        if !carried.isEmpty { resume(event) }
    }

    /// What the impact model learns from history: trades in regular hours, before they change the book.
    private mutating func observe(_ event: Event) {
        guard books.phase == .regular, event.flags.contains(.printable) else { return }
        switch event.kind {
        case .trade, .executeOrderAtPrice:
            models.impact.trade(event.instrument, event.quantity, at: event.price, time: event.eventTime)
        case .executeOrder:
            guard let victim = books.order(event.orderID) else { return }
            models.impact.trade(victim.instrument, event.quantity, at: victim.price, time: event.eventTime)
        default: break
        }
    }

    /// Asks the cache for what events that come some, a few, and very few events later will touch.
    @inlinable
    public func prefetch(_ some: Event, _ few: Event, _ next: Event) {
        books.prefetch(some)
        books.prefetchOrder(few)
        books.prefetchLevel(next)
    }

    /// A new historical order: the youngest of its queue.
    ///
    /// What it met of our orders on arrival is taken from it.
    private mutating func mark(_ id: OrderID, _ taken: Int64) {
        let record = books.recordIndex(of: id)
        if record >= marks.count {
            marks.append(
                contentsOf: repeatElement(RecordMark(), count: max(record + 1 - marks.count, max(marks.count, 4_096)))
            )
        }
        arrivals += 1
        marks[record] = RecordMark(arrival: arrivals, taken: taken)
    }

    /// The regular session is over: day orders end.
    private mutating func expireAtClose(_ event: Event) {
        guard books.phase == .postClose || books.phase == .closed, restingCount > 0 else { return }
        for index in heads.indices {
            while heads[index] != 0 {
                let slot = Int(heads[index])
                if carry(slot, event.eventTime) { continue }
                report(.orderCancelled, resting[slot].order, event.eventTime) {
                    [leaves = resting[slot].leaves] report in
                    report.quantity = leaves
                    report.detail = UInt64(CancelReason.endOfSession.rawValue)
                }
                unlink(slot)
            }
        }
    }

    // MARK: Our orders

    /// An order of ours arrives at `time`.
    public mutating func submit(_ order: NewOrder, at time: Timestamp) {
        if let reason = refusal(order) {
            report(.orderRejected, order, time) { $0.detail = UInt64(reason.rawValue) }
            return
        }
        remember(order.id)
        report(.orderAccepted, order, time) { report in
            report.quantity = order.quantity
            report.detail = order.id
        }
        work(order, order.quantity, time)
    }

    /// Lets `open` of an order take what is there; what is left rests, or dies.
    mutating func work(_ order: NewOrder, _ open: Quantity, _ time: Timestamp) {
        var taking = order
        taking.quantity = open
        let isPossible = order.timeInForce != .fillOrKill || available(taking) >= open
        let leaves = isPossible ? take(taking, time) : open
        guard leaves.raw > 0 else { return }
        if order.timeInForce.isImmediate || order.type == .market {
            report(.orderCancelled, order, time) { report in
                report.quantity = leaves
                report.detail = UInt64(CancelReason.immediateOrCancel.rawValue)
            }
        } else {
            rest(order, leaves)
        }
    }

    /// A cancel of ours arrives at `time`.
    public mutating func cancel(_ id: OrderID, at time: Timestamp) {
        let slot = id < slots.count ? Int(slots[Int(id)]) : 0
        guard slot != 0, slot != HistoricalVenue.ended else {
            if cancelCarried(id, time) { return }
            var report = Event(kind: .cancelRejected)
            report.orderID = id
            report.eventTime = time
            send(report)
            return
        }
        let leaves = resting[slot].leaves
        report(.orderCancelled, resting[slot].order, time) { report in
            report.quantity = leaves
            report.detail = UInt64(CancelReason.user.rawValue)
        }
        unlink(slot)
    }

    /// The slot in which order `id` rests; nil when it does not.
    func slot(of id: OrderID) -> Int? {
        guard id < slots.count, slots[Int(id)] != 0, slots[Int(id)] != HistoricalVenue.ended else { return nil }
        return Int(slots[Int(id)])
    }

    func refusal(_ order: NewOrder) -> RejectReason? {
        guard order.instrument.index < heads.count else { return .unknownInstrument }
        guard order.quantity.raw > 0 else { return .invalidQuantity }
        guard order.price.raw > 0 else { return .invalidPrice }
        guard order.id >= 1, order.id <= HistoricalVenue.maximumOrderID else { return .capacity }
        guard order.id >= slots.count || slots[Int(order.id)] == 0 else { return .duplicateOrder }
        guard books.phase == .regular else { return .closed }
        return books.tradingState(order.instrument) == .trading ? nil : .halted
    }

    /// From here on the number is used.
    mutating func remember(_ id: OrderID) {
        if Int(id) >= slots.count {
            slots.append(contentsOf: repeatElement(0, count: max(Int(id) + 1 - slots.count, max(slots.count, 1_024))))
        }
        slots[Int(id)] = HistoricalVenue.ended
    }

    /// What is displayed up to the order's limit, as far as it is asked for.
    private func available(_ order: NewOrder) -> Quantity {
        let side = order.side.opposite
        var (depth, sum) = (0, Quantity.zero)
        while sum < order.quantity, let level = books.level(order.instrument, side, depth),
            order.side == .buy ? level.price <= order.price : level.price >= order.price
        {
            if level.orderCount > 0 {
                for candidate in books.orders(order.instrument, side, depth) {
                    let record = books.recordIndex(of: candidate.id)
                    guard record < marks.count else { continue }
                    sum += Quantity(raw: max(candidate.quantity.raw - marks[record].taken, 0))
                }
            } else {
                sum += level.quantity
            }
            depth += 1
        }
        return sum
    }

    /// Takes what is displayed up to the order's limit; what is left.
    private mutating func take(_ order: NewOrder, _ time: Timestamp) -> Quantity {
        var leaves = order.quantity
        let side = order.side.opposite
        var depth = 0
        while leaves.raw > 0, let level = books.level(order.instrument, side, depth),
            order.side == .buy ? level.price <= order.price : level.price >= order.price
        {
            let taken =
                level.orderCount > 0 ? takeLevel(order.instrument, side, depth, leaves) : min(leaves, level.quantity)
            if taken.raw > 0 {
                fill(order, taken, level.price, time, isMaker: false)
                leaves -= taken
            }
            depth += 1
        }
        return leaves
    }

    private mutating func takeLevel(_ instrument: Instrument, _ side: Side, _ depth: Int, _ wanted: Quantity)
        -> Quantity
    {
        var taken: Int64 = 0
        for candidate in books.orders(instrument, side, depth) where taken < wanted.raw {
            let record = books.recordIndex(of: candidate.id)
            guard record < marks.count else { continue }
            let here = min(max(candidate.quantity.raw - marks[record].taken, 0), wanted.raw - taken)
            if here > 0, heads[instrument.index] != 0 { moveUp(candidate.id, here, marks[record].arrival) }
            marks[record].taken += here
            taken += here
        }
        return Quantity(raw: taken)
    }

    /// Shares that we took stood ahead of those of our resting orders that came to their queue later.
    private mutating func moveUp(_ id: OrderID, _ shares: Int64, _ arrival: UInt64) {
        guard let taken = books.order(id) else { return }
        var number = heads[taken.instrument.index]
        while number != 0 {
            let slot = Int(number)
            number = resting[slot].next
            let order = resting[slot].order
            // An estimate hears of it when history shows that the shares are gone.
            if queue == .exact, order.side == taken.side, order.price == taken.price, arrival < resting[slot].arrival {
                resting[slot].ahead = max(resting[slot].ahead - shares, 0)
            }
        }
    }

    // MARK: Resting orders

    private mutating func rest(_ order: NewOrder, _ leaves: Quantity) {
        arrivals += 1
        var slot = RestingSlot(order: order, leaves: leaves, ahead: displayed(order), arrival: arrivals)
        slot.estimate = QueueEstimate(displayed: Quantity(raw: slot.ahead).value)
        let number: UInt32
        if freeSlot != 0 {
            number = freeSlot
            freeSlot = resting[Int(number)].next
            resting[Int(number)] = slot
        } else {
            number = UInt32(resting.count)
            resting.append(slot)
        }
        slots[Int(order.id)] = number
        restingCount += 1
        link(number)
    }

    /// Shares at the order's price that were there before it and that we have not taken.
    private func displayed(_ order: NewOrder) -> Int64 {
        var depth = 0
        while let level = books.level(order.instrument, order.side, depth) {
            if level.price == order.price {
                if level.orderCount == 0 { return level.quantity.raw }
                return books.orders(order.instrument, order.side, depth).reduce(0) { sum, resting in
                    let record = books.recordIndex(of: resting.id)
                    return sum + max(resting.quantity.raw - (record < marks.count ? marks[record].taken : 0), 0)
                }
            }
            if order.side == .buy ? level.price < order.price : level.price > order.price { break }
            depth += 1
        }
        return 0
    }

    private mutating func link(_ number: UInt32) {
        let order = resting[Int(number)].order
        var before: UInt32 = 0
        var next = heads[order.instrument.index]
        while next != 0, !precedes(order, resting[Int(next)].order) {
            before = next
            next = resting[Int(next)].next
        }
        resting[Int(number)].next = next
        if before == 0 { heads[order.instrument.index] = number } else { resting[Int(before)].next = number }
    }

    private func precedes(_ a: NewOrder, _ b: NewOrder) -> Bool {
        if a.side != b.side { return a.side == .buy }
        return a.side == .buy ? a.price > b.price : a.price < b.price
    }

    mutating func unlink(_ slot: Int) {
        let index = resting[slot].order.instrument.index
        if heads[index] == UInt32(slot) {
            heads[index] = resting[slot].next
        } else {
            var before = Int(heads[index])
            while resting[before].next != UInt32(slot) { before = Int(resting[before].next) }
            resting[before].next = resting[slot].next
        }
        slots[Int(resting[slot].order.id)] = HistoricalVenue.ended
        resting[slot].next = freeSlot
        freeSlot = UInt32(slot)
        restingCount -= 1
    }

    /// Fills at most `available` shares of a resting order; how many.
    mutating func fillResting(_ slot: Int, _ available: Int64, _ time: Timestamp) -> Int64 {
        let quantity = min(available, resting[slot].leaves.raw)
        guard quantity > 0 else { return 0 }
        let order = resting[slot].order
        resting[slot].leaves.raw -= quantity
        fill(order, Quantity(raw: quantity), order.price, time, isMaker: true)
        if resting[slot].leaves.raw == 0 { unlink(slot) }
        return quantity
    }

    private mutating func fill(
        _ order: NewOrder,
        _ quantity: Quantity,
        _ price: Price,
        _ time: Timestamp,
        isMaker: Bool
    ) {
        executions += 1
        var paid = price
        if chargesImpact {
            let shift = isMaker ? .zero : models.impact.charge(order, quantity, price, time)
            models.impact.note(shift)
            paid = order.side == .buy ? price + shift : price - shift
        }
        report(.orderFilled, order, time) { [executions, paid] report in
            report.quantity = quantity
            report.price = paid
            report.detail = executions
            if isMaker { report.flags.insert(.maker) }
        }
    }

    mutating func report(
        _ kind: EventKind,
        _ order: NewOrder,
        _ time: Timestamp,
        _ complete: (inout Event) -> Void
    ) {
        var report = Event(kind: kind)
        report.orderID = order.id
        report.instrument = order.instrument
        report.price = order.price
        report.eventTime = time
        report.venue = identity
        if order.side == .sell { report.flags.insert(.sell) }
        complete(&report)
        send(report)
    }
}

/// The state of the venue's models.
private final class VenueModels {
    var reportLine: LatencyLine
    var impact: ImpactBook

    init(_ models: SimulationModels, instruments: Int) {
        reportLine = models.line(.report)
        impact = ImpactBook(models.impact, instruments: instruments)
    }
}

/// One of our resting orders.
struct RestingSlot {
    var order = NewOrder(
        id: 0,
        instrument: .none,
        side: .buy,
        quantity: .zero,
        price: .zero,
        tag: OrderTag(strategy: 0)
    )
    var leaves = Quantity.zero
    /// Historical shares that trade before it.
    var ahead: Int64 = 0
    var arrival: UInt64 = 0
    var next: UInt32 = 0
    /// Where it stands as far as levels and trades tell; not used where the place is exact.
    var estimate = QueueEstimate(displayed: 0)
}

/// What we know of a historical order.
struct RecordMark {
    var arrival: UInt64 = 0
    var taken: Int64 = 0
}
