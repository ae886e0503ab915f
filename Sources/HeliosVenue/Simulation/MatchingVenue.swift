// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// An exchange that lives in a recorded day and lets our orders move its book: the matching engine of the network venue.
///
/// Recorded orders rest in the engine, what executed them comes as orders that take, and ours stand in the same queues. So a
/// passive order fills when its turn comes, what we take is gone for those who come later, and our resting orders take part in
/// the auctions of regular hours. As long as we don't trade nothing differs from the record.
///
/// It needs order-by-order data. Trades against hidden orders are not played: the record does not say where they stood.
public struct MatchingVenue: ~Copyable {
    private var flow: RecordedFlow
    var desk: MatchingVenueDesk
    private var reportLine: LatencyLine
    private var reports = RecordQueue<Event>()
    /// By number, what reports repeat of our orders.
    var ours: [OwnOrder] = [OwnOrder()]
    /// Good-till orders that wait for the next day.
    var carried: [CarriedOrder] = []
    /// Shares that stand hidden behind each displayed one, in basis points.
    var hiddenShare: Int64 = 0
    /// The worst price at which an order of ours took since `takeWorst` asked last.
    private var worstTaken: Price?
    /// The trading day, in days since 1970-01-01.
    var day: UInt32 = 0
    /// An order of an earlier day is arriving: it was accepted long ago.
    var isResuming = false
    private let instruments: Int
    private var executions: UInt64 = 0
    /// The table of our orders grows with the highest number.
    private static var maximumOrderID: OrderID { 1 << 28 }
    static var owner: UInt32 { RecordedFlow.firstOwner }

    /// When the next report reaches us; `.never` when none is under way.
    public private(set) var nextReportTime = Timestamp.never

    /// - Parameters:
    ///   - capacity: room for history's books, and the same again for the engine's.
    ///   - models: what it assumes of latencies; queues are exact here and the market itself reacts, so their models are not asked.
    /// - Throws: `BookCapacityError` or `MatchingCapacityError` when the memory can't be reserved.
    public init(capacity: BookCapacity, models: SimulationModels) throws {
        self.init(
            flow: try RecordedFlow(capacity: capacity),
            desk: MatchingVenueDesk(engine: try MatchingVenue.engine(capacity)),
            instruments: capacity.instruments,
            reportLine: models.line(.report)
        )
    }

    private init(
        flow: consuming RecordedFlow,
        desk: consuming MatchingVenueDesk,
        instruments: Int,
        reportLine: LatencyLine
    ) {
        self.flow = flow
        self.desk = desk
        self.instruments = instruments
        self.reportLine = reportLine
    }

    /// A venue with the default models.
    ///
    /// - Parameters:
    ///   - capacity: room for history's books, and the same again for the engine's.
    ///   - reportLatency: from the venue's decision to our knowledge of it, in nanoseconds.
    /// - Throws: `BookCapacityError` or `MatchingCapacityError` when the memory can't be reserved.
    public init(capacity: BookCapacity, reportLatency: Nanoseconds) throws {
        var models = SimulationModels()
        models.report = .constant(reportLatency)
        try self.init(capacity: capacity, models: models)
    }

    /// A trading day begins at `midnight`: the origin of latencies by time of day.
    public mutating func begin(day midnight: Timestamp) {
        reportLine.midnight = midnight
        day = midnight.dayNumber
    }

    /// None: what we take is gone for those who come later.
    public var impactCharges: [Price] { [] }

    private static func engine(_ capacity: BookCapacity) throws(MatchingCapacityError) -> MatchingEngine {
        var engine = try MatchingEngine(
            capacity: MatchingCapacity(
                instruments: capacity.instruments,
                orders: capacity.orders,
                levels: capacity.levels,
                owners: Int(RecordedFlow.firstOwner) + 1
            )
        )
        // As the protocols have them: prices in 1e-4, whole shares up to 32 bits.
        let rules = MatchingRules(tick: Price(raw: 10_000), largestQuantity: Quantity(Int(UInt32.max)))
        var nobody = SilentOutput()
        for index in 0..<capacity.instruments {
            let instrument = Instrument(id: UInt32(index))
            _ = engine.define(instrument, rules)
            engine.apply(.phase(instrument, .preOpen), to: &nobody)
        }
        return engine
    }

    deinit { reports.deallocate() }

    /// What the record told that could not be done, because we had traded with its orders.
    public var unmatched: Int { flow.unmatched }

    /// Orders of ours in the book now.
    public var restingCount: Int { desk.engine.orderCount(of: MatchingVenue.owner) }

    /// The displayed level that is number `rank` from the best (0), ours included, or nil.
    public func displayed(_ instrument: Instrument, _ side: Side, rank: Int = 0) -> DisplayedLevel? {
        desk.engine.displayed(instrument, side, rank: rank)
    }

    /// Whether orders of the instrument are matched continuously now.
    func isTrading(_ instrument: Instrument) -> Bool {
        flow.phase == .regular && flow.tradingState(instrument) == .trading
    }

    /// Whether what is displayed of the instrument can be taken: not before its opening, nor in a pause.
    func isFirm(_ instrument: Instrument) -> Bool { isTrading(instrument) && desk.phase(of: instrument) == .open }

    /// The line to us is gone: what of ours rests here is cancelled.
    mutating func withdraw(at time: Timestamp) {
        desk.apply(.massCancel(.none, owner: MatchingVenue.owner, reason: .supervisory, time: time))
        tellAll()
    }

    /// The next report; only when `nextReportTime` is not `.never`.
    public mutating func takeReport() -> Event {
        let report = reports.removeFirst()
        nextReportTime = reports.isEmpty ? .never : reports.first.receiveTime
        return report
    }

    // MARK: History

    /// Moves history on by one event.
    public mutating func advance(_ event: Event) {
        let isOver = event.kind == .systemEvent || event.kind == .newDay
        flow.play(event, into: &desk)
        if isOver, flow.phase == .postClose || flow.phase == .closed, restingCount > 0 {
            // The regular session is over: day orders end.
            desk.apply(.massCancel(.none, owner: MatchingVenue.owner, reason: .closed, time: event.eventTime))
        }
        if !desk.output.events.isEmpty { tellAll() }
        if event.kind == .newDay { day = event.eventTime.dayNumber }
        if !carried.isEmpty { resume(event) }
    }

    /// Whether orders in `instrument` trade now.
    func trades(_ instrument: Instrument) -> Bool {
        flow.phase == .regular && flow.tradingState(instrument) == .trading
    }

    /// Asks the cache for what events that come some, a few, and very few events later will touch.
    public func prefetch(_ some: Event, _ few: Event, _ next: Event) {
        flow.prefetch(some, few, next)
        desk.engine.prefetch(far: hint(some), near: hint(few), next: hint(next))
    }

    @inline(__always)
    private func hint(_ event: Event) -> MatchingCommand {
        .cancel(event.instrument, owner: RecordedFlow.recorded, id: event.orderID)
    }

    // MARK: Our orders

    /// An order of ours arrives at `time`.
    public mutating func submit(_ order: NewOrder, at time: Timestamp) {
        if let reason = refusal(order) {
            report(.orderRejected, order.id, OwnOrder(order), time) { $0.detail = UInt64(reason.rawValue) }
            return
        }
        remember(order)
        enter(order, order.quantity, time)
    }

    /// `open` of an order goes to the engine.
    mutating func enter(_ order: NewOrder, _ open: Quantity, _ time: Timestamp) {
        var command = MatchingCommand.enter(
            order.instrument,
            owner: MatchingVenue.owner,
            id: order.id,
            order.side,
            open,
            at: order.price,
            time: time
        )
        if order.timeInForce == .fillOrKill {
            command.duration = .fillOrKill
        } else if order.timeInForce.isImmediate || order.type == .market {
            command.duration = .immediateOrCancel
        }
        let isHiding = hiddenShare > 0 && hide(from: order, time)
        desk.apply(command)
        if isHiding {
            desk.apply(.massCancel(order.instrument, owner: RecordedFlow.taker, time: time))
        }
        tellAll()
    }

    /// Puts hidden orders behind the levels that an order of ours may reach; whether there are any.
    ///
    /// They are there for as long as the order is matched: nobody else's can meet them, because the record says what those traded. What
    /// is taken with all that was displayed before it does not come back with the next order, whose levels are others.
    private mutating func hide(from order: NewOrder, _ time: Timestamp) -> Bool {
        let far = order.side.opposite
        var count: UInt64 = 0
        while count < 16, let level = displayed(order.instrument, far, rank: Int(count)),
            order.side.sign * (level.price.raw - order.price.raw) <= 0
        {
            let shares = level.quantity.raw / Quantity.scale * hiddenShare / 10_000
            count += 1
            guard shares > 0 else { continue }
            // Takers of the record never rest: numbers from the top down are free.
            var command = MatchingCommand.enter(
                order.instrument,
                owner: RecordedFlow.taker,
                id: .max - count,
                far,
                Quantity(Int(shares)),
                at: level.price,
                time: time
            )
            command.instructions.insert(.hidden)
            desk.apply(command)
        }
        return count > 0
    }

    /// A cancel of ours arrives at `time`.
    public mutating func cancel(_ id: OrderID, at time: Timestamp) {
        guard id < ours.count, ours[Int(id)].isUsed,
            desk.engine.open(owner: MatchingVenue.owner, id: id) != nil
        else {
            if cancelCarried(id, time) { return }
            var report = Event(kind: .cancelRejected)
            report.orderID = id
            report.eventTime = time
            report.receiveTime = reportLine.arrival(of: time)
            send(report)
            return
        }
        desk.apply(.cancel(ours[Int(id)].instrument, owner: MatchingVenue.owner, id: id, time: time))
        tellAll()
    }

    func refusal(_ order: NewOrder) -> RejectReason? {
        guard order.instrument.index < instruments else { return .unknownInstrument }
        guard order.quantity.raw > 0 else { return .invalidQuantity }
        guard order.price.raw > 0 else { return .invalidPrice }
        guard order.id >= 1, order.id <= MatchingVenue.maximumOrderID else { return .capacity }
        guard order.id >= ours.count || !ours[Int(order.id)].isUsed else { return .duplicateOrder }
        guard flow.phase == .regular else { return .closed }
        return flow.tradingState(order.instrument) == .trading ? nil : .halted
    }

    /// From here on the number is used.
    mutating func remember(_ order: NewOrder) {
        let id = Int(order.id)
        if id >= ours.count {
            ours.append(contentsOf: repeatElement(OwnOrder(), count: max(id + 1 - ours.count, max(ours.count, 1_024))))
        }
        ours[id] = OwnOrder(order)
    }

    // MARK: Reports

    /// The worst price at which an order of ours has taken since this was asked last.
    mutating func takeWorst() -> Price? {
        defer { worstTaken = nil }
        return worstTaken
    }

    mutating func tellAll() {
        for place in desk.output.events.indices { tell(desk.output.events[place]) }
        desk.output.events.removeAll(keepingCapacity: true)
    }

    private mutating func tell(_ event: MatchingEvent) {
        switch event.kind {
        case .accepted where isResuming:
            if event.flags.contains(.dead) { tellCancelled(event) }
        case .rejected where isResuming: tellCancelled(event)
        case .replaced: tellReplaced(event)
        case .accepted:
            say(.orderAccepted, event, isContra: false) { $0.detail = event.reference }
            if event.flags.contains(.dead) { tellCancelled(event) }
        case .executed, .crossExecuted:
            let isAuction = event.kind == .crossExecuted
            if event.owner == MatchingVenue.owner { tellFilled(event, isContra: false, isMaker: !isAuction) }
            if event.contraOwner == MatchingVenue.owner { tellFilled(event, isContra: true, isMaker: false) }
        case .cancelled: tellCancelled(event)
        case .rejected:
            let reason = MatchingVenue.reason(event.rejectReason)
            say(.orderRejected, event, isContra: false) { report in
                report.quantity = .zero
                report.detail = UInt64(reason.rawValue)
            }
        default: break
        }
    }

    /// Under its new number an order has what was executed under the old ones.
    private mutating func tellReplaced(_ event: MatchingEvent) {
        let before = ours[Int(event.contraID)]
        ours[Int(event.id)].done = before.done
        report(.orderReplaced, event.contraID, before, event.time) { report in
            report.price = event.price
            report.quantity = event.quantity + before.done
            report.detail = event.id
        }
    }

    private mutating func tellFilled(_ event: MatchingEvent, isContra: Bool, isMaker: Bool) {
        executions += 1
        // An order takes the best first.
        if isContra, event.kind == .executed { worstTaken = event.price }
        say(.orderFilled, event, isContra: isContra) { [executions] report in
            report.price = event.price
            report.detail = executions
            if isMaker { report.flags.insert(.maker) }
            if isContra, !isMaker, event.kind == .executed, !event.flags.contains(.displayed) {
                report.flags.insert(.hidden)
            }
        }
    }

    private mutating func tellCancelled(_ event: MatchingEvent) {
        if event.kind == .cancelled, event.cancelReason == .closed, carry(event) { return }
        let reason: CancelReason =
            switch event.cancelReason {
            case .immediateOrCancel: .immediateOrCancel
            case .closed: .endOfSession
            case .bands, .supervisory, .capacity: .halted
            default: .user
            }
        say(.orderCancelled, event, isContra: false) { $0.detail = UInt64(reason.rawValue) }
    }

    private static func reason(_ reason: MatchingRejectReason) -> RejectReason {
        switch reason {
        case .unknownInstrument: .unknownInstrument
        case .closed: .closed
        case .halted, .notContinuous: .halted
        case .invalidPrice: .invalidPrice
        case .duplicateOrder: .duplicateOrder
        case .capacity: .capacity
        default: .invalidQuantity
        }
    }

    private mutating func say(
        _ kind: EventKind,
        _ event: MatchingEvent,
        isContra: Bool,
        _ complete: (inout Event) -> Void
    ) {
        let id = isContra ? event.contraID : event.id
        report(kind, id, ours[Int(id)], event.time) { report in
            report.quantity = event.quantity
            complete(&report)
        }
    }

    mutating func report(
        _ kind: EventKind,
        _ id: OrderID,
        _ order: OwnOrder,
        _ time: Timestamp,
        _ complete: (inout Event) -> Void
    ) {
        var report = Event(kind: kind)
        report.orderID = id
        report.instrument = order.instrument
        report.price = order.price
        report.eventTime = time
        report.receiveTime = reportLine.arrival(of: time)
        if order.side == .sell { report.flags.insert(.sell) }
        complete(&report)
        send(report)
    }

    mutating func send(_ report: Event) {
        if reports.isEmpty { nextReportTime = report.receiveTime }
        reports.append(report)
    }
}

extension MatchingVenue: BacktestVenue {}

/// What reports repeat of one of our orders.
struct OwnOrder {
    var price = Price.zero
    /// Over its whole life, and what of it was executed before it came to the engine as it stands there.
    var quantity = Quantity.zero
    var done = Quantity.zero
    var instrument = Instrument.none
    var expireDay: UInt32 = 0
    var side = Side.buy
    var timeInForce = TimeInForce.day
    var isUsed = false

    init() {}

    init(_ order: NewOrder) {
        price = order.price
        quantity = order.quantity
        instrument = order.instrument
        expireDay = order.expireDay
        side = order.side
        timeInForce = order.timeInForce
        isUsed = true
    }
}

/// The engine, and what it says of our orders.
struct MatchingVenueDesk: ~Copyable, RecordedFlowTarget {
    var engine: MatchingEngine
    var output = OwnEvents()

    init(engine: consuming MatchingEngine) { self.engine = engine }

    mutating func apply(_ command: MatchingCommand) { engine.apply(command, to: &output) }

    func open(_ id: OrderID) -> Quantity? { engine.open(owner: RecordedFlow.recorded, id: id) }

    func phase(of instrument: Instrument) -> MatchingPhase { engine.phase(of: instrument) }
}

/// Keeps what concerns owners above the recorded day's, until it is told.
struct OwnEvents: MatchingOutput {
    var events: [MatchingEvent] = []

    mutating func receive(_ event: MatchingEvent) {
        guard event.kind.rawValue < MatchingEventKind.shown.rawValue else { return }
        if event.owner >= RecordedFlow.firstOwner || event.contraOwner >= RecordedFlow.firstOwner {
            events.append(event)
        }
    }
}
