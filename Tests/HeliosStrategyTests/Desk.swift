// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosStrategy

/// What the scripted venue does with an order.
enum Answer {
    case fill
    /// Fills so many shares and cancels the rest.
    case partial(Int)
    /// Fills nothing.
    case cancel
    case reject
    case refuseByRisk
    /// Accepts and says nothing more.
    case rest
}

/// One order as the venue saw it, for comparing whole lists.
struct SeenOrder: Equatable, CustomStringConvertible {
    var group: Int
    var leg: Int
    var side: Side
    var shares: Int
    var time: Nanoseconds

    var description: String { "\(group).\(leg) \(side) \(shares) @\(time / 1_000_000)ms" }
}

/// A strategy at a scripted market: quotes are set by hand, orders answered by a rule.
struct Desk<S: Strategy & ~Copyable>: ~Copyable {
    static var second: Nanoseconds { 1_000_000_000 }

    var strategy: S
    var market: MarketState
    var intents = Intents(capacity: 64)
    /// Whether each order's account is asked for, at the moment of the order as a replay does it.
    var explains = false
    var accounts: [(reason: String, signals: [SignalValue])] = []
    /// Decides each order; all are filled at their touch unless the test says otherwise.
    var answer: (NewOrder) -> Answer = { _ in .fill }
    var seen: [SeenOrder] = []
    var orders: [NewOrder] = []
    var cancels: [OrderID] = []
    var resting: [NewOrder] = []
    /// Replacements that were asked for: the old number and the new order.
    var replaced: [(old: OrderID, new: NewOrder)] = []
    /// Whether replacements and cancels are left without an answer, for the test to give it with `tell`.
    var isSilent = false
    /// Whether the venue refuses replacements.
    var refusesReplacements = false
    /// Shares from all fills that were reported, by instrument.
    var held: [UInt32: Int64] = [:]
    /// Of resting orders: what has been executed of each.
    private var executed: [OrderID: Quantity] = [:]
    private var quoteOrders: [UInt32: (bid: OrderID, ask: OrderID)] = [:]
    private var nextBookOrder: OrderID = 1_000_000

    init(_ strategy: consuming S, instruments: UInt32) throws {
        self.strategy = strategy
        market = try makeMarket(instruments: instruments)
        setPhase("Q")
        for id in 0..<instruments { setState(Instrument(id: id), "T") }
    }

    /// Moves market time on by 100 ms, as the engine's timer does.
    mutating func tick() {
        market.now = market.now + 100_000_000
        strategy.onTimer(market, &intents)
        drain()
    }

    mutating func setPhase(_ code: Unicode.Scalar) {
        apply(Event(kind: .systemEvent, detail: UInt64(code.value)))
    }

    mutating func setState(_ instrument: Instrument, _ code: Unicode.Scalar) {
        apply(Event(instrument: instrument, kind: .tradingStatus, detail: UInt64(code.value)))
    }

    /// Shows a new best bid and offer to the strategy; nil leaves that side empty.
    mutating func quote(
        _ instrument: Instrument,
        bid: Double?,
        ask: Double?,
        bidSize: Int = 1_000,
        askSize: Int = 1_000
    ) {
        let old = quoteOrders[instrument.id] ?? (0, 0)
        for id in [old.bid, old.ask] where id != 0 {
            apply(Event(orderID: id, instrument: instrument, kind: .deleteOrder))
        }
        let bidOrder = add(instrument, bid, bidSize, [])
        let askOrder = add(instrument, ask, askSize, .sell)
        quoteOrders[instrument.id] = (bidOrder, askOrder)
        strategy.onQuote(instrument, market, &intents)
        drain()
    }

    /// A quote around `mid` that is `spread` wide.
    mutating func quote(_ instrument: Instrument, mid: Double, spread: Double = 0.0002) {
        quote(instrument, bid: mid - spread / 2, ask: mid + spread / 2)
    }

    /// Fills `shares` of the oldest resting order at its limit.
    mutating func fillResting(_ shares: Int, at index: Int = 0) {
        var order = resting.remove(at: index)
        order.quantity -= Quantity(shares)
        executed[order.id, default: .zero] += Quantity(shares)
        if order.quantity.raw > 0 { resting.insert(order, at: index) }
        report(.filled, order, Quantity(shares), leaves: order.quantity, isFinal: order.quantity.raw == 0)
        drain()
    }

    /// Reports a fill of an order that had already ended.
    mutating func fillLate(_ order: NewOrder, _ shares: Int) {
        report(.filled, order, Quantity(shares), isFinal: true)
        drain()
    }

    /// Tells the strategy of an order, and does what it then wants.
    mutating func tell(
        _ kind: OrderUpdateKind,
        _ order: NewOrder,
        _ quantity: Quantity = .zero,
        leaves: Quantity = .zero,
        isFinal: Bool = false
    ) {
        report(kind, order, quantity, leaves: leaves, isFinal: isFinal)
        drain()
    }

    /// The system takes back, or gives again after a bust, `shares` of what `order` had traded.
    mutating func reduce(_ order: NewOrder, _ shares: Int, isBroken: Bool = false) {
        var update = OrderUpdate(isBroken ? .broken : .filled, of: order, at: market.now)
        update.side = order.side.opposite
        update.quantity = Quantity(shares)
        held[order.instrument.id, default: 0] += (isBroken ? 1 : -1) * order.side.sign * update.quantity.raw
        strategy.onReduction(update, market, &intents)
        drain()
    }

    private mutating func add(_ instrument: Instrument, _ price: Double?, _ size: Int, _ flags: EventFlags) -> OrderID {
        guard let price else { return 0 }
        nextBookOrder += 1
        let raw = Int64((price * 1e8).rounded())
        apply(
            Event(
                orderID: nextBookOrder,
                price: Price(raw: raw),
                quantity: Quantity(size),
                instrument: instrument,
                kind: .addOrder,
                flags: flags
            )
        )
        return nextBookOrder
    }

    private mutating func apply(_ event: Event) { _ = market.books.apply(event) }

    /// Answers everything that the strategy wants, and what it wants after each answer.
    private mutating func drain() {
        while intents.count > 0 {
            let waiting = (0..<intents.count).map { intents[$0] }
            intents.removeAll()
            for intent in waiting {
                switch intent.kind {
                case .cancel: cancel(intent.order.id)
                case .replace: replace(intent)
                default: send(intent.order)
                }
            }
        }
    }

    private mutating func cancel(_ id: OrderID) {
        cancels.append(id)
        guard !isSilent, let index = resting.firstIndex(where: { $0.id == id }) else { return }
        let order = resting.remove(at: index)
        report(.cancelled, order, order.quantity, isFinal: true)
    }

    private mutating func replace(_ intent: Intents.Intent) {
        var order = intent.order
        let old = resting.first { $0.id == intent.original }
        if let old { (order.instrument, order.side, order.tag) = (old.instrument, old.side, old.tag) }
        replaced.append((intent.original, order))
        if isSilent { return }
        let done = executed[intent.original] ?? .zero
        guard let old, !refusesReplacements, order.quantity > done else {
            var update = OrderUpdate(.replaceRejected, of: order, at: market.now)
            update.original = intent.original
            update.isFinal = true
            return strategy.onOrder(update, market, &intents)
        }
        resting.removeAll { $0.id == old.id }
        executed[order.id] = done
        order.quantity -= done
        resting.append(order)
        var update = OrderUpdate(.replaced, of: order, at: market.now)
        update.original = old.id
        update.leavesQuantity = order.quantity
        strategy.onOrder(update, market, &intents)
    }

    /// Prints a trade.
    mutating func trade(_ instrument: Instrument, _ shares: Int, at price: Double) {
        let event = Event(
            eventTime: market.now,
            receiveTime: market.now,
            price: Price(raw: Int64((price * 1e8).rounded())),
            quantity: Quantity(shares),
            instrument: instrument,
            kind: .trade,
            flags: .printable
        )
        apply(event)
        strategy.onTrade(event, market, &intents)
        drain()
    }

    /// Moves market time on by so many steps of the timer.
    mutating func ticks(_ count: Int) {
        for _ in 0..<count { tick() }
    }

    private mutating func send(_ order: NewOrder) {
        orders.append(order)
        if explains { accounts.append((strategy.reason(for: order, market), strategy.signals(for: order, market))) }
        let shares = Int(order.quantity.raw / Quantity.scale)
        seen.append(
            SeenOrder(
                group: Int(order.tag.group),
                leg: Int(order.tag.leg),
                side: order.side,
                shares: shares,
                time: market.now.nanoseconds
            )
        )
        switch answer(order) {
        case .fill: report(.filled, order, order.quantity, isFinal: true)
        case .partial(let filled):
            report(.filled, order, Quantity(filled), leaves: order.quantity - Quantity(filled), isFinal: false)
            report(.cancelled, order, order.quantity - Quantity(filled), isFinal: true)
        case .cancel: report(.cancelled, order, order.quantity, isFinal: true)
        case .reject: report(.rejected, order, order.quantity, isFinal: true)
        case .refuseByRisk: report(.refusedByRisk, order, order.quantity, isFinal: true)
        case .rest:
            resting.append(order)
            report(.accepted, order, .zero, isFinal: false)
        }
    }

    private mutating func report(
        _ kind: OrderUpdateKind,
        _ order: NewOrder,
        _ quantity: Quantity,
        leaves: Quantity = .zero,
        isFinal: Bool
    ) {
        var update = OrderUpdate(kind, of: order, at: market.now)
        update.leavesQuantity = leaves
        update.quantity = quantity
        update.isFinal = isFinal
        if kind == .filled { held[order.instrument.id, default: 0] += order.side.sign * quantity.raw }
        if kind == .broken { held[order.instrument.id, default: 0] -= order.side.sign * quantity.raw }
        strategy.onOrder(update, market, &intents)
    }
}
