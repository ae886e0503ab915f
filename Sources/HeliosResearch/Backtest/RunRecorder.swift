// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue

/// Keeps every order and fill of a run, and takes the mid price at the markout horizons after each fill.
public struct RunRecorder: EngineObserver, ~Copyable {
    public private(set) var orders: [OrderRecord] = []
    /// Every execution that was told, those included that were taken back.
    private var executions: [FillRecord] = []
    /// Executions that stand.
    public var fills: [FillRecord] { executions.filter { !$0.isBroken } }
    /// Executions that were taken back.
    public var brokenFills: [FillRecord] { executions.filter(\.isBroken) }
    public private(set) var counts = RunCounts()
    /// Refusals by control number.
    private var refusals = [Int](repeating: 0, count: 256)
    private let horizons = FillRecord.markoutHorizons
    /// For each horizon the first fill whose later mid is still to come.
    private var waiting = [Int](repeating: 0, count: FillRecord.markoutHorizons.count)
    /// When the next later mid is due.
    public private(set) var nextMarkout = Timestamp.never

    /// What trading costs; nil where nobody asks.
    public internal(set) var costs: TransactionCosts?

    /// The desk's parents, and where each number stands among them.
    var parents: [ParentRecord] = []
    var parentPlaces: [UInt32: Int] = [:]
    /// The order that has taken an order's place.
    private var successors: [OrderID: OrderID] = [:]

    public init() {}

    /// One that analyses costs too, of so many instruments.
    ///
    /// - Parameters:
    ///   - instruments: how many have a place.
    ///   - floor: the venues, when there are several: what a dark one is said to have displayed would be wrong.
    public init(analysing instruments: Int, at floor: FloorSettings? = nil) {
        var costs = TransactionCosts(instruments: instruments, parents: 1 << 14, orders: 1 << 14, fills: 1 << 16)
        for (place, venue) in (floor?.venues ?? []).enumerated() where venue.kind == .dark {
            costs.darkPlaces |= 1 << UInt64(place)
        }
        self.costs = costs
    }

    public static var followsTape: Bool { true }

    public mutating func traded(_ instrument: Instrument, _ price: Price, _ quantity: Quantity) {
        costs?.trade(instrument, price, quantity)
    }

    public mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {
        counts.orders += 1
        sentChild(order, quote, at: time)
        costs?.send(order, quote, at: time)
        record(order, quote, time, .working, "")
    }

    /// It is the same order still, as far as costs go, and has changed nothing before the venue says so.
    public mutating func replacing(_ old: OrderID, by order: NewOrder, _ quote: Quote, at time: Timestamp) {
        counts.orders += 1
        record(order, quote, time, .working, "")
    }

    public mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {
        counts.orders += 1
        counts.rejectedByRisk += 1
        refusals[Int(refusal.control.rawValue)] += 1
        record(order, quote, time, .refusedByRisk, refusal.control.name)
    }

    private mutating func record(
        _ order: NewOrder,
        _ quote: Quote,
        _ time: Timestamp,
        _ state: OrderRecord.State,
        _ reason: String
    ) {
        orders.append(
            OrderRecord(
                id: order.id,
                time: time,
                instrument: order.instrument,
                side: order.side,
                type: order.type,
                timeInForce: order.timeInForce,
                quantity: order.quantity,
                price: order.price,
                filled: .zero,
                tag: order.tag,
                state: state,
                reason: reason,
                bid: quote.bidPrice,
                ask: quote.askPrice
            )
        )
        orders[orders.count - 1].venue = order.venue
    }

    public mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {
        let index = Int(update.orderID) - 1
        guard orders.indices.contains(index) else { return }
        analyse(update, report, quote, fee)
        tradedChild(update, fee)
        switch update.kind {
        case .accepted: counts.accepted += 1
        case .filled:
            orders[index].filled += update.quantity
            if update.isFinal {
                orders[index].state = .filled
                counts.filledOrders += 1
            }
            recordFill(update, report.eventTime, quote, fee, of: orders[index])
        case .cancelled:
            orders[index].state = .cancelled
            orders[index].reason = CancelReason(rawValue: update.reason).map { "\($0)" } ?? "\(update.reason)"
            counts.cancelled += 1
        case .rejected:
            orders[index].state = .rejected
            orders[index].reason = RejectReason(rawValue: update.reason).map { "\($0)" } ?? "\(update.reason)"
            counts.rejectedByVenue += 1
        case .broken: takeBack(update)
        case .replaced, .replaceRejected: replaced(update)
        case .refusedByRisk, .cancelRejected, .ignored, .suspended, .resumed, .doneForDay: break
        }
    }

    /// Another order has taken the place of one, or will not.
    private mutating func replaced(_ update: OrderUpdate) {
        let isYes = update.kind == .replaced
        let index = Int(isYes ? update.original : update.orderID) - 1
        guard orders.indices.contains(index) else { return }
        orders[index].state = isYes ? .replaced : .rejected
        orders[index].reason = isYes ? "by order \(update.orderID)" : "replaceRejected"
    }

    private mutating func analyse(_ update: OrderUpdate, _ report: Event, _ quote: Quote, _ fee: Money) {
        // Any report of an order in another's place may be the first word of it.
        if update.original != 0, update.kind != .replaceRejected, successors[update.original] == nil {
            successors[update.original] = update.orderID
            let taken = update.kind == .replaced ? Quantity.zero : update.quantity
            costs?.replace(update.original, by: update.orderID, leaves: update.leavesQuantity + taken)
        }
        switch update.kind {
        case .filled:
            let id = current(update.orderID)
            costs?.fill(
                id,
                execution: update.executionID,
                update.quantity,
                update.price,
                fee: fee,
                isMaker: update.isMaker,
                isFinal: update.isFinal,
                quote,
                at: report.eventTime
            )
        case .cancelled: costs?.end(update.orderID, quote)
        case .rejected: costs?.end(update.orderID, isRejected: true, quote)
        case .broken: costs?.takeBack(update.orderID, execution: update.executionID, fee: fee)
        // All of it had traded already.
        case .replaced where update.isFinal: costs?.end(update.orderID, quote)
        default: break
        }
    }

    /// The number that an order goes by now: an execution may still be told under an earlier one.
    private func current(_ id: OrderID) -> OrderID {
        var id = id
        while let next = successors[id] { id = next }
        return id
    }

    /// The costs of everything, what is still open ended with the quotes of now.
    public func finishedCosts(_ market: borrowing MarketState) -> CostAnalysis? {
        guard var costs else { return nil }
        for parent in parents where !parent.wasWorked && !parent.state.isFinal {
            costs.drop(parent: parent.number, strategy: parent.strategy)
        }
        for open in costs.open { costs.finish(open, market.quote(open.instrument)) }
        return CostAnalysis(table: costs.table, overflows: costs.overflows)
    }

    /// The execution stays on record, and counts for nothing any more.
    private mutating func takeBack(_ update: OrderUpdate) {
        orders[Int(update.orderID) - 1].filled -= update.quantity
        let isIt = { (fill: FillRecord) in
            fill.orderID == update.orderID && fill.executionID == update.executionID && !fill.isBroken
        }
        guard let place = executions.lastIndex(where: isIt) else { return }
        executions[place].isBroken = true
        counts.fills -= 1
    }

    private mutating func recordFill(
        _ update: OrderUpdate,
        _ time: Timestamp,
        _ quote: Quote,
        _ fee: Money,
        of order: OrderRecord
    ) {
        counts.fills += 1
        let arrival = Quote(
            bidPrice: order.bid,
            bidQuantity: Quantity(1),
            askPrice: order.ask,
            askQuantity: Quantity(1)
        )
        let hadQuote = order.bid.raw > 0 && order.ask.raw > 0
        executions.append(
            FillRecord(
                orderID: update.orderID,
                executionID: update.executionID,
                time: time,
                instrument: update.instrument,
                side: update.side,
                quantity: update.quantity,
                price: update.price,
                fee: fee,
                isMaker: update.isMaker,
                tag: update.tag,
                arrivalMid: hadQuote ? arrival.mid : .zero,
                mid: quote.isTwoSided ? quote.mid : .zero,
                laterMids: [Price](repeating: .zero, count: FillRecord.markoutHorizons.count)
            )
        )
        executions[executions.count - 1].venue = order.venue
        scheduleMarkout()
    }

    /// Takes the mids that are due before `time`, from the state until then.
    public mutating func takeMarkouts(before time: Timestamp, _ market: borrowing MarketState) {
        while nextMarkout < time {
            for horizon in horizons.indices {
                let delay = horizons[horizon]
                while waiting[horizon] < executions.count, executions[waiting[horizon]].time + delay <= nextMarkout {
                    let quote = market.quote(executions[waiting[horizon]].instrument)
                    if quote.isTwoSided { executions[waiting[horizon]].laterMids[horizon] = quote.mid }
                    waiting[horizon] += 1
                }
            }
            scheduleMarkout()
        }
        while let due = costs?.due(before: time) { costs?.mark(due, market.quote(due.instrument)) }
    }

    private mutating func scheduleMarkout() {
        nextMarkout = .never
        for horizon in horizons.indices where waiting[horizon] < executions.count {
            nextMarkout = min(nextMarkout, executions[waiting[horizon]].time + horizons[horizon])
        }
    }

    /// Refusals by control, in the order of the control's number, those that never happened left out.
    @usableFromInline
    var refusalsByControl: [(control: String, count: Int)] {
        RiskControl.allCases.compactMap { control in
            let count = refusals[Int(control.rawValue)]
            return count > 0 ? (control.name, count) : nil
        }
    }
}
