// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// The deterministic state machine: books, signals, strategy, risk and orders behind one door, `apply`.
///
/// ```
///  event ─► books ─► strategy ─► intents ─► risk gate ─► gateway
///              ▲         ▲                     │ refused
///              └ market ─┴──── order update ◄──┘
/// ```
/// Equal events in equal order give equal bits out. The engine never waits, asks no clock, draws no chance, and allocates
/// nothing after `init`; time is what the events say.
public struct Engine<
    Trader: Strategy & ~Copyable,
    Gateway: OrderGateway & ~Copyable,
    Observer: EngineObserver & ~Copyable
>: ~Copyable {
    /// Books, positions, orders and time, as the strategy sees them.
    public var market: MarketState
    public var strategy: Trader
    public var gateway: Gateway
    public var observer: Observer
    @usableFromInline var intents: Intents
    @usableFromInline let fees: FeeSchedule
    /// Traded in the fee schedule's period so far; counted only where it has rules.
    @usableFromInline var feeVolume = Quantity.zero
    @usableFromInline var lastFill = Timestamp.zero
    /// Running hash of all orders, refusals and reports.
    public var hash = OutputHash()
    /// Times that an event's time lay before its predecessor's; the engine's clock stands still then.
    public var backwardTimes = 0
    /// Changes of a best price or its quantity.
    public var quotes = 0
    /// What the feed is worth: 0 whole, 1 a gap is open, 2 disputed.
    public var feedQuality: UInt64 = 0
    /// Why all new orders are held back, as records said; cancels always go.
    ///
    /// Of several venues some may be held beside (`MarketState.heldVenues`).
    public var holds: OrderHold = []
    /// The way out of a breach; does nothing unless the policy asks for one.
    public var reduction: ReductionDesk
    /// Parent orders and their children.
    public var execution: ExecutionDesk
    /// Quotes on request; asks nobody unless it was given dealers.
    public var dealers: QuoteDesk

    @inlinable
    public init(
        market: consuming MarketState,
        strategy: consuming Trader,
        gateway: consuming Gateway,
        observer: consuming Observer,
        fees: FeeSchedule,
        intentCapacity: Int = 16_384,
        reduction: ReductionDesk = ReductionDesk(),
        execution: ExecutionDesk? = nil,
        dealers: QuoteDesk = QuoteDesk()
    ) {
        let instruments = market.instruments
        self.market = market
        self.strategy = strategy
        self.gateway = gateway
        self.observer = observer
        self.fees = fees
        self.reduction = reduction
        if let execution {
            self.execution = execution
        } else {
            self.execution = ExecutionDesk(ExecutionSettings(), RiskPolicy(), instruments: instruments)
        }
        self.execution.notesDecisions = Observer.followsRoutes
        self.dealers = dealers
        intents = Intents(capacity: intentCapacity)
    }

    /// Intents that did not fit the buffer between two drains; each was answered with order number 0.
    public var droppedIntents: Int { intents.overflows }

    /// What a plain execution costs before any tier; negative is a rebate.
    @inlinable
    public func fee(_ quantity: Quantity, isMaker: Bool) -> Money { fees.fee(quantity, isMaker: isMaker) }

    /// The number that the next order gets.
    @inlinable
    public var nextOrderID: OrderID { intents.nextOrderID }

    /// The number that the next parent order gets.
    public var nextParentNumber: UInt32 { intents.nextParent }

    /// Acts on one event.
    @inlinable
    public mutating func apply(_ event: Event) {
        if event.receiveTime >= market.now {
            market.now = event.receiveTime
        } else {
            backwardTimes += 1
        }
        market.risk.advance(to: event.sequence, at: market.now)
        if market.hasFloor, execution.isMarkDue(at: market.now) { markFills() }
        switch event.kind {
        case .orderAccepted, .orderFilled, .orderCancelled, .orderRejected, .cancelRejected: applyReport(event)
        case .orderReplaced, .replaceRejected, .orderSuspended, .orderResumed, .orderDoneForDay: applyReport(event)
        case .executionBroken, .executionCorrected: restate(event)
        case .timer:
            market.risk.learnDay(event.eventTime)
            market.risk.maintain()
            if market.hasFloor, market.advanceFloor() { requote() }
            strategy.onTimer(market, &intents)
            if reduction.isEnabled { reduce() }
            if execution.isWorking { executeRound() }
            if dealers.isEnabled { expireQuotes() }
        case .dealerQuote, .quoteDeclined: answered(event)
        case .feedGap: mark(event)
        case .command: obey(event)
        case .limitChange: change(event)
        case .instrumentDefinition:
            market.risk.bind(event.instrument, Symbol(packed: event.orderID))
            if reduction.isEnabled { reduction.bind(event.instrument, Symbol(packed: event.orderID)) }
            execution.bind(event.instrument, Symbol(packed: event.orderID))
            applyMarket(event)
        case .shortSaleRestriction:
            market.risk.announced(event.instrument, shortSaleAction: UInt8(truncatingIfNeeded: event.detail))
            applyMarket(event)
        case .systemEvent:
            market.risk.learnDay(event.eventTime)
            applyMarket(event)
        case .parentOrder, .parentCancel: executeRecord(event)
        case .orderHold: hold(event)
        case .newDay:
            market.applyToAll(event)
            if fees.beginsAnew(on: event.eventTime, after: lastFill) { feeVolume = .zero }
            market.risk.newDay(at: event.eventTime)
            market.orders.beginDay()
            strategy.onDay(event.eventTime, market, &intents)
        default: applyMarket(event)
        }
        if intents.count > 0 { drain() }
        if market.risk.hasAlerts { tellAlerts() }
    }

    @inlinable
    mutating func tellAlerts() {
        while let alert = market.risk.takeAlert() { observer.alerted(alert) }
    }

    @inlinable
    @inline(__always)
    mutating func applyMarket(_ event: Event) {
        if market.hasFloor { return applyFloor(event) }
        let change = market.books.apply(event)
        if change.isEmpty { return }
        if !change.isDisjoint(with: .quote) {
            quotes &+= 1
            let quote = market.books.quote(event.instrument)
            market.mark(event.instrument, quote)
            strategy.onQuote(event.instrument, market, &intents)
            if execution.isWatching(event.instrument) { executeQuote(event.instrument) }
        }
        if change.contains(.trade) {
            if market.risk.followsTrades {
                let trade = market.books.lastTrade(event.instrument)
                market.risk.traded(event.instrument, trade.price, at: trade.time, phase: market.books.phase)
            }
            if reduction.isWorking { reduction.traded(event.instrument, event.quantity) }
            if execution.isWorking { executeTrade(event) }
            if Observer.followsTape {
                let price = market[event.venue].lastTrade(event.instrument).price
                observer.traded(event.instrument, price, event.quantity)
            }
            strategy.onTrade(event, market, &intents)
        }
    }

    /// While the feed has a gap no order may take risk.
    @inlinable
    mutating func mark(_ event: Event) {
        #if HELIOS_BUG_BANK
        if isOn(.staleBookTraded) { return }
        #endif
        if market.hasFloor, event.venue.id != 0 { return markVenue(event) }
        market.risk.feedIsInterrupted = event.detail != 0
        feedQuality = event.detail
    }

    /// An operator's command: from `halted` on, every working order that it covers is cancelled too.
    @inlinable
    mutating func obey(_ event: Event) {
        hash.mix(event)
        guard let command = RiskCommand(event) else { return }
        #if HELIOS_BUG_BANK
        if isOn(.killKeepsSending) { return }
        #endif
        let isEarly = reduction.isEnabled && !reduction.mayObey(command, at: market.now)
        let outcome = isEarly ? .reducing : cannotFlatten(command) ?? market.risk.apply(command)
        observer.commanded(command, outcome, at: market.now)
        if reduction.isEnabled, outcome == .obeyed {
            if reduction.obey(command, at: market.now) { reduce() }
            closeParents()
        }
        #if HELIOS_BUG_BANK
        if isOn(.killCancelsNothing) { return }
        #endif
        guard command.action == .lower, command.state >= .halted else { return }
        cancelAll(coveredBy: command)
    }

    /// Two people give a limit another value.
    @inlinable
    mutating func change(_ event: Event) {
        hash.mix(event)
        guard let change = RiskLimitChange(event) else { return }
        let outcome = market.risk.apply(change, sequence: event.sequence, at: market.now)
        observer.changed(change, outcome, at: market.now)
    }

    /// Holds new orders back, all of them or those to one of several venues; an operator's word withdraws those that work too.
    @inlinable
    mutating func hold(_ event: Event) {
        let reasons = OrderHold(rawValue: event.detail)
        if market.hasFloor, event.venue.id != 0 { return market.hold(event.venue, !reasons.isEmpty) }
        let isWithdrawn = reasons.contains(.command) && !holds.contains(.command)
        holds = reasons
        if isWithdrawn { cancelAll() }
    }

    /// Why an order is held back: for a reason that holds everywhere, or because of its venue.
    @inlinable
    func reasons(toHold order: NewOrder) -> OrderHold {
        market.hasFloor && market.heldVenues.contains(order.venue.place) ? holds.union(.venue) : holds
    }

    @inlinable
    mutating func cancelAll() { cancelAll(coveredBy: RiskCommand(.lower, .halted)) }

    /// Cancels every working order that a command speaks of.
    @inlinable
    mutating func cancelAll(coveredBy command: RiskCommand) {
        let isWhole = command.scope == 0 && command.target == .all
        var id = market.risk.firstLiveOrder
        while id != 0 {
            let next = market.risk.liveOrder(after: id)
            if let order = market.orders.order(id), !order.isFinal, !order.cancelIsPending,
                isWhole || market.risk.covers(command, order.order.tag, order.order.instrument, order.order.venue)
            {
                cancel(id)
            }
            id = next
        }
    }

    @inlinable
    mutating func applyReport(_ event: Event) {
        hash.mix(event)
        #if HELIOS_BUG_BANK
        var update = market.orders.apply(event)
        #else
        let update = market.orders.apply(event)
        #endif
        var fee = Money.zero
        if update.kind == .filled {
            fee = fees.fee(update.quantity, event, isMaker: update.isMaker, volume: feeVolume)
            if fees.ruleCount > 0 {
                feeVolume += update.quantity
                lastFill = event.eventTime
            }
        }
        #if HELIOS_BUG_BANK
        if isOn(.feesCountedTwice) { fee = fee + fee }
        #endif
        #if HELIOS_BUG_BANK
        if isOn(.rejectKeepsReservation), update.kind == .rejected { update.released = .zero }
        #endif
        let before = (market.risk.releaseUnderflows, market.risk.unplacedFills)
        market.settle(update, fee: fee)
        market.orders.remember(update, fee: fee)
        observer.updated(update, event, market.quote(update.instrument), fee: fee)
        if !update.anomalies.isEmpty { doubt(update, event) }
        if before != (market.risk.releaseUnderflows, market.risk.unplacedFills) { doubt(update, event, after: before) }
        if market.hasFloor { execution.observed(update, fee: fee, market.quote(update.instrument)) }
        tell(update)
    }

    /// Takes every waiting intent through the gate.
    ///
    /// What a strategy asks for while it hears of a refusal is taken too.
    @inlinable
    mutating func drain() {
        var index = 0
        var told = 0
        while index < intents.count {
            if Observer.keepsAccounts { tell(&told) }
            let intent = intents[index]
            index += 1
            switch intent.kind {
            case .cancel: cancel(intent.order.id)
            case .order: send(intent.order)
            case .replace: replace(intent)
            case .work, .target, .pair, .cancelParent: execute(intent)
            case .quoteRequest: ask(intent)
            case .quoteAccept: acceptQuote(intent)
            }
        }
        intents.removeAll()
    }

    /// Tells the observer of the orders asked for since the last time: before the first of them is checked, because a
    /// refusal may change the strategy's mind.
    @inlinable
    mutating func tell(_ told: inout Int) {
        while told < intents.count {
            let intent = intents[told]
            told += 1
            if intent.kind.isOrder { observer.decided(completed(intent), by: strategy, market) }
        }
    }

    @inlinable
    mutating func send(_ wanted: NewOrder) {
        var order = wanted
        // Who names none of several venues means the first: limits and halts of that venue must see it.
        if market.hasFloor, order.venue.id == 0 { order.venue = Venue(id: 1) }
        hash.mix(order)
        let quote = market.quote(order.instrument)
        if Observer.keepsAccounts { observer.considered(order, quote, market) }
        if market.hasFloor, order.venue.place >= market.venueCount { return refuse(order, .noVenue(order), quote) }
        let held = reasons(toHold: order)
        guard held.isEmpty else { return refuse(order, .held(order, held), quote) }
        switch market.check(order, quote) {
        case .cleared(let cleared):
            let travelling = cleared.order
            guard market.orders.add(travelling, at: market.now) else {
                market.risk.released(
                    travelling.instrument,
                    travelling.side,
                    travelling.quantity,
                    order: travelling.id,
                    tag: travelling.tag,
                    time: market.now
                )
                return refuse(order, .noRecord(of: order, capacity: market.orders.capacity), quote)
            }
            // Before the order: where what is left of it still goes out, it must not meet the one that is to go.
            if market.risk.hasSelfTrades { cancelSelfTrades() }
            if reduction.isEnabled { reduction.cleared(travelling) }
            if execution.isWorking { execution.cleared(travelling, quote, at: market.now) }
            gateway.send(cleared)
            observer.sent(travelling, quote, at: market.now)
        case .refused(let refusal):
            refuse(order, refusal, quote)
        }
        if market.risk.hasSelfTrades { cancelSelfTrades() }
    }

    /// P16: own orders that another would have met are cancelled.
    @inlinable
    mutating func cancelSelfTrades() {
        while let id = market.risk.takeSelfTrade() { cancel(id) }
    }

    @inlinable
    mutating func refuse(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote) {
        hash.mix(UInt64(refusal.control.rawValue))
        observer.refused(order, refusal, quote, at: market.now)
        tell(OrderUpdate.refusedByRisk(order, at: market.now))
    }

    @inlinable
    mutating func cancel(_ id: OrderID) {
        hash.mix(id)
        guard let order = market.orders.order(id) else { return }
        order.original == 0 && order.successor == 0 ? cancel(order) : cancelChain(of: order)
    }

    /// Cancels one number of an order.
    @inlinable
    mutating func cancel(_ order: WorkingOrder) {
        let id = order.order.id
        #if HELIOS_BUG_BANK
        if isOn(.cancelsHeldBack), !holds.isEmpty { return }
        #endif
        // The answer to the cancel under way is the answer to this one too: one made up here would invite the next.
        if order.cancelIsPending { return }
        guard market.orders.requestCancel(id), market.risk.clearCancel(id, at: market.now) else {
            return tell(OrderUpdate(.cancelRejected, of: order.order, at: market.now))
        }
        gateway.cancel(id, of: order.order.instrument, at: market.now)
        if Observer.keepsAccounts { observer.cancelSent(id, at: market.now) }
        #if HELIOS_BUG_BANK
        if isOn(.reservationReleasedOnCancel) {
            market.risk.released(
                order.order.instrument,
                order.order.side,
                order.leaves,
                order: id,
                tag: order.order.tag,
                time: market.now
            )
        }
        #endif
    }
}
