// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy

/// What a monitor looks at, and how often.
public struct MonitorSettings: Sendable {
    /// T01 is checked for every instrument after every input; otherwise for the instrument of each report, and for all of them once
    /// a second of market time.
    public var checksEveryEvent = false
    public var dropCopy = DropCopyMatch.Settings()
    public var conduct = ConductSettings()
    /// What the firm allows; its rules about prices (P03, P05) say what an error trade is.
    public var policy = RiskPolicy()
    public var initialCash = Money.zero
    /// What borrowed shares have cost by our own count (T08); nil when it is not known.
    public var borrow: Money?
    /// When the regular session ends; never for a market without one.
    public var close = Timestamp.never

    public init() {}
}

/// Follows a session's engine and holds what it does against the controls behind the trade.
///
/// ```swift
/// let outcome = try replay.run(disk, observer: SessionMonitor(settings), before: { record, engine in
///     engine.observer.willApply(record, engine.market)
/// }, after: { record, engine in engine.observer.didApply(record, engine.market) })
/// ```
/// It sees everything and changes nothing: the run that it watches has the same hash as without it.
public struct SessionMonitor: EngineObserver, ~Copyable {
    public static var keepsAccounts: Bool { true }

    public let settings: MonitorSettings
    /// What was found, in the order in which it was found.
    public var alerts: [RiskAlertRecord] = []
    /// Gets every step of every order; nil when nobody keeps evidence.
    public var evidence: EvidenceWriter?

    /// T01.
    public private(set) var positions: PositionFold
    public private(set) var profit = ProfitBook()
    /// T02; nil without a drop copy.
    public var dropCopy: DropCopyMatch?
    /// Up to here, on the market's clock, the drop copy has been read: nothing later can be called late.
    public var copiedUntil = Timestamp.never
    private let errorTrade: ErrorTrade
    /// T06.
    public private(set) var conduct: ConductWatch

    /// By number less one.
    public private(set) var orders: [OrderTrail?] = []
    /// Everything that was told, what was taken back included.
    public private(set) var executions: [Execution] = []
    public private(set) var broken: [Execution] = []
    public private(set) var refusals: [RefusalRecord] = []
    public private(set) var commands: [CommandRecord] = []
    /// Counts of orders and trades by second, for the busiest ones.
    public private(set) var pace = PaceMeter()
    /// Orders and fills as a report has them, with the mids after each fill.
    public private(set) var recorder = RunRecorder()
    /// How far the limits were used.
    public private(set) var use: LimitUseMeter

    /// The record that the engine is acting on.
    private var record = Event(kind: .none)
    private var before: MarketSnapshot?
    /// What was told to the gate.
    private var commandTrail: CommandTrail
    /// Instruments that a record has named are below it.
    private var named = 0
    private var nextCheck = Timestamp.zero
    private var breaks: [UInt32: Int128] = [:]
    private var cashBreak: Int128 = 0
    /// The ledger's cash before the first input: it may count from zero.
    private var ledgerOpening: Int128?

    public init(_ settings: MonitorSettings) {
        self.settings = settings
        positions = PositionFold(initialCash: settings.initialCash)
        errorTrade = ErrorTrade(settings.policy.market)
        use = LimitUseMeter(settings.policy)
        commandTrail = CommandTrail(settings.policy)
        conduct = ConductWatch(settings.conduct, close: settings.close)
    }

    /// The order with our number `id`.
    public func trail(_ id: OrderID) -> OrderTrail? {
        id >= 1 && id <= UInt64(orders.count) ? orders[Int(id) - 1] : nil
    }

    // MARK: Around an input

    /// The journal says who gave the command that follows, and why.
    public mutating func beside(_ record: JournalRecord) { commandTrail.take(record) }

    /// The engine is about to act on `event`.
    public mutating func willApply(_ event: Event, _ market: borrowing MarketState) {
        record = event
        if recorder.nextMarkout < event.receiveTime { recorder.takeMarkouts(before: event.receiveTime, market) }
        if ledgerOpening == nil { ledgerOpening = market.risk.profitAndLoss.cash }
        if event.instrument != .none { named = max(named, event.instrument.index + 1) }
        if event.kind == .instrumentDefinition { use.bind(event.instrument, Symbol(packed: event.orderID)) }
        commandTrail.willApply(event, market.risk)
        before = nil
        if event.kind == .orderFilled || event.kind == .executionCorrected {
            let instrument = trail(event.orderID)?.order.instrument ?? event.instrument
            if instrument.index < market.instruments {
                before = market.snapshot(instrument, market.quote(instrument))
            }
        }
        evidence?.begin(event)
    }

    /// The engine has acted on `event`.
    public mutating func didApply(_ event: Event, _ market: borrowing MarketState) {
        switch event.kind {
        case .orderFilled, .executionBroken, .executionCorrected:
            check(trail(event.orderID)?.order.instrument ?? event.instrument, market)
        case .executeOrder, .executeOrderAtPrice, .trade, .crossTrade: conduct.traded(event)
        default: break
        }
        for command in commandTrail.didApply(event, market.risk) {
            commands.append(command)
            evidence?.told(command)
        }
        match(at: min(market.now, copiedUntil))
        conduct.tick(at: market.now, &alerts)
        if settings.checksEveryEvent || market.now >= nextCheck {
            checkAll(market)
            if market.now >= nextCheck { use.sample(market) }
            nextCheck = market.now + 1_000_000_000
        }
    }

    /// The session is over: what was left open is judged.
    public mutating func finish(_ market: borrowing MarketState) {
        checkAll(market)
        match(at: market.now)
        dropCopy?.close(at: market.now, &alerts)
        conduct.finish(at: market.now, &alerts)
    }

    /// T02: looks for executions that have waited too long, and names whom a break halts.
    private mutating func match(at now: Timestamp) {
        let known = alerts.count
        dropCopy?.tick(at: now, &alerts)
        for place in known..<alerts.count where alerts[place].finding == "unmatched-halt" {
            if alerts[place].halts == nil { alerts[place].halts = halted(by: alerts[place].orderID) }
        }
    }

    /// Of an execution that only the copy has: the strategy of the order that it names, else all that may have sent it.
    private func halted(by order: OrderID) -> HaltTarget {
        if let strategy = trail(order)?.order.tag.strategy, strategy != .max { return .strategy(strategy) }
        let accounts = settings.policy.scopes.filter { $0.kind == .account }
        return accounts.count == 1 ? .account(accounts[0].name) : .firm
    }

    // MARK: T01

    private mutating func check(_ instrument: Instrument, _ market: borrowing MarketState) {
        guard instrument.index < market.instruments else { return }
        let own = positions.holding(instrument)
        let gate = market.risk.exposure(instrument)
        compare(instrument, own.position, Int128(gate.position.raw), "position", .quantity)
        let cash = market.risk.profitAndLoss.cash - (ledgerOpening ?? 0) + settings.initialCash.raw
        let difference = cash - positions.cash
        guard difference != cashBreak else { return }
        cashBreak = difference
        guard difference != 0 else { return }
        var alert = found(.t01, .incident, "cash-break", measure: .money, value: cash, limit: positions.cash)
        alert.text =
            "the ledger has \(RiskMeasure.money.text(cash)) of cash, the executions come to "
            + RiskMeasure.money.text(positions.cash)
        alerts.append(alert)
    }

    private mutating func compare(
        _ instrument: Instrument,
        _ own: Int128,
        _ gate: Int128,
        _ what: String,
        _ measure: RiskMeasure
    ) {
        let difference = gate - own
        guard difference != breaks[instrument.id] ?? 0 else { return }
        breaks[instrument.id] = difference
        guard difference != 0 else { return }
        var alert = found(.t01, .incident, "\(what)-break", measure: measure, value: gate, limit: own)
        alert.instrument = instrument
        alert.text = "the ledger's \(what) is \(measure.text(gate)), the executions come to \(measure.text(own))"
        alerts.append(alert)
    }

    /// Holds every instrument against the ledger.
    public mutating func checkAll(_ market: borrowing MarketState) {
        for index in 0..<min(named, market.instruments) {
            let instrument = Instrument(id: UInt32(index))
            if market.risk.position(instrument).raw != 0 || positions.holdings[UInt32(index)] != nil {
                check(instrument, market)
            }
        }
    }

    func found(
        _ control: PostTradeControl,
        _ severity: AlertSeverity,
        _ finding: String,
        measure: RiskMeasure = .number,
        value: Int128 = 0,
        limit: Int128 = 0
    ) -> RiskAlertRecord {
        RiskAlertRecord(
            control,
            severity,
            finding,
            at: record.receiveTime,
            raised: record.receiveTime,
            sequence: record.sequence,
            measure: measure,
            value: value,
            limit: limit,
            text: ""
        )
    }

    // MARK: What the engine tells

    /// A soft limit was passed: the order went out.
    public mutating func alerted(_ alert: RiskAlert) {
        let policy = settings.policy
        let place = Int(alert.limitIndex)
        let limit = policy.limits.indices.contains(place) ? policy.limits[place] : nil
        let finding =
            switch alert.cause {
            case .softLimit: "soft-limit"
            case .changeDropped: "change-dropped"
            case .instrumentHalted: "instrument-halted"
            }
        var found = found(
            .t05,
            .warning,
            finding,
            measure: limit?.kind.measure ?? .money,
            value: alert.value,
            limit: alert.soft
        )
        found.instrument = alert.instrument
        found.orderID = alert.orderID
        found.scope = policy.scopes.indices.contains(Int(alert.scope)) ? policy.scopes[Int(alert.scope)].name : ""
        let name = limit.map { LimitUseMeter.name($0, policy) } ?? alert.control.name
        let (value, bound) = (found.measure.text(alert.value), found.measure.text(alert.soft))
        switch alert.cause {
        case .softLimit: found.text = "\(alert.control.name): \(name) is at \(value), beyond the soft limit of \(bound)"
        case .changeDropped:
            found.text = "\(alert.control.name): \(name) was not changed to \(value): it may be at most \(bound) by now"
        case .instrumentHalted:
            found.text = "the instrument is halted: it got a name after it had been traded, and must be looked at"
        }
        alerts.append(found)
    }

    public mutating func commanded(_ command: RiskCommand, _ outcome: RiskCommandOutcome, at time: Timestamp) {
        // The first answer is that to the record: what it sets off may give commands of its own.
        if commandTrail.outcome.isEmpty { commandTrail.outcome = outcome.rawValue }
    }

    public mutating func changed(_ change: RiskLimitChange, _ outcome: RiskLimitOutcome, at time: Timestamp) {
        if commandTrail.outcome.isEmpty { commandTrail.outcome = outcome.rawValue }
    }

    public mutating func decided<Trader: Strategy & ~Copyable>(
        _ order: NewOrder,
        by strategy: borrowing Trader,
        _ market: borrowing MarketState
    ) {}

    public mutating func considered(_ order: NewOrder, _ quote: Quote, _ market: borrowing MarketState) {
        guard let evidence else { return }
        evidence.considered(order, quote, market)
    }

    public mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {
        keep(order, quote, time)
        recorder.sent(order, quote, at: time)
        pace.count(message: time)
        use.take(order)
        conduct.sent(order, at: time, bid: quote.bidPrice, ask: quote.askPrice)
        evidence?.sent(order, quote, at: time)
    }

    public mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {
        keep(order, quote, time)
        recorder.refused(order, refusal, quote, at: time)
        orders[Int(order.id) - 1]?.isRefused = true
        refusals.append(RefusalRecord(order: order, refusal: refusal, time: time, sequence: record.sequence))
        evidence?.refused(order, refusal, quote, at: time)
    }

    private mutating func keep(_ order: NewOrder, _ quote: Quote, _ time: Timestamp) {
        guard order.id >= 1, order.id < 1 << 32 else { return }
        while orders.count < Int(order.id) { orders.append(nil) }
        orders[Int(order.id) - 1] = OrderTrail(order, at: time, (quote.bidPrice, quote.askPrice))
    }

    public mutating func cancelSent(_ id: OrderID, at time: Timestamp) {
        pace.count(message: time)
        evidence?.cancelSent(id, at: time)
    }

    public mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {
        recorder.updated(update, report, quote, fee: fee)
        evidence?.updated(update, report, quote, fee: fee)
        switch update.kind {
        case .filled: filled(update, report, quote, fee: fee)
        case .broken: takeBack(update, report)
        case .cancelled, .rejected:
            // Before the order ends: surveillance forgets what has ended.
            if update.kind == .cancelled { conduct.cancelled(update.orderID, at: update.time) }
            end(update.orderID, report.receiveTime, cancelled: update.quantity)
        case .ignored:
            if report.kind == .executionBroken || report.kind == .executionCorrected { takeBack(update, report) }
        case .accepted, .refusedByRisk, .cancelRejected, .replaced, .replaceRejected, .suspended, .resumed, .doneForDay:
            break
        }
        if update.isFinal { end(update.orderID, report.receiveTime, cancelled: .zero) }
    }

    private mutating func end(_ id: OrderID, _ time: Timestamp, cancelled: Quantity) {
        guard trail(id) != nil else { return }
        if orders[Int(id) - 1]?.ended == nil { orders[Int(id) - 1]?.ended = time }
        if cancelled.raw > 0 { orders[Int(id) - 1]?.cancelled += cancelled }
        conduct.ended(id)
    }

    /// The record speaks, not what the engine made of it: only the order's instrument and side are our own.
    private mutating func filled(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {
        let own = trail(report.orderID)?.order
        let execution = Execution(
            venue: report.venue,
            id: report.detail,
            orderID: report.orderID,
            instrument: own?.instrument ?? report.instrument,
            side: own?.side ?? report.side,
            quantity: report.quantity,
            price: report.price,
            time: report.eventTime,
            received: report.receiveTime,
            isMaker: report.flags.contains(.maker),
            tag: own?.tag ?? OrderTag(strategy: .max),
            fee: fee
        )
        guard positions.take(execution) else { return }
        if own != nil {
            orders[Int(report.orderID) - 1]?.filled += execution.quantity
            if orders[Int(report.orderID) - 1]?.firstFill == nil {
                orders[Int(report.orderID) - 1]?.firstFill = report.receiveTime
            }
        }
        executions.append(execution)
        profit.take(execution)
        pace.count(trade: report.receiveTime)
        dropCopy?.takeOwn(execution, &alerts)
        let trail = trail(report.orderID)
        conduct.filled(execution, bid: trail?.bid ?? .zero, ask: trail?.ask ?? .zero, &alerts)
        if let before, var alert = errorTrade.judge(execution, before: before) {
            alert.sequence = record.sequence
            alerts.append(alert)
        }
    }

    /// T03: the execution stays in the books and goes out of every sum.
    private mutating func takeBack(_ update: OrderUpdate, _ report: Event) {
        guard let execution = positions.takeBack(order: report.orderID, id: report.detail) else {
            alerts.append(
                found(.t03, .incident, "unknown-bust").saying(
                    "execution \(report.detail) is to be taken back, and does not stand"
                )
            )
            return
        }
        broken.append(execution)
        profit.takeBack(execution)
        if trail(report.orderID) != nil { orders[Int(report.orderID) - 1]?.filled -= execution.quantity }
        var gone = execution
        gone.received = report.receiveTime
        dropCopy?.takeBack(gone, isOurs: true)
        let isCorrection = report.kind == .executionCorrected
        var alert = found(.t03, .warning, isCorrection ? "correction" : "bust")
        alert.instrument = execution.instrument
        alert.orderID = execution.orderID
        alert.executionID = execution.id
        alert.measure = .quantity
        alert.value = Int128(execution.quantity.raw)
        alert.text =
            "the venue \(isCorrection ? "corrects" : "takes back") execution \(execution.id), \(execution.side) "
            + "\(execution.quantity) at \(execution.price)"
            + (isCorrection ? ": now \(report.quantity) at \(report.price)" : "")
        alerts.append(alert)
    }
}

extension RiskAlertRecord {
    func saying(_ text: String) -> RiskAlertRecord {
        var alert = self
        alert.text = text
        return alert
    }
}
