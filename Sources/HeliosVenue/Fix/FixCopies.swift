// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// The FIX drop copies of an exchange, and what they must know of orders that came by OUCH.
///
/// Orders by FIX are told with the words and numbers that their owner is told with. Orders by OUCH get numbers of their own, which
/// stay over a chain of replacements; the number on the feed stands beside.
struct FixCopies {
    private(set) var ports: [FixCopyPort] = []
    /// Orders by OUCH, by OrderID.
    private var orders: [UInt64: FixOrder] = [:]
    /// OrderID by the venue's number.
    private var numbers: [UInt64: UInt64] = [:]
    private var executions = FixExecutions()

    var isEmpty: Bool { ports.isEmpty }

    mutating func append(_ port: FixCopyPort) { ports.append(port) }

    /// Tells what a FIX user is told.
    func tell(_ report: FixReport, _ order: FixOrder, of user: SoupText, at time: Timestamp) {
        var report = report
        report.owner = user
        for port in ports where port.concerns(user) {
            port.now = time
            _ = port.put(.executionReport) { report.write(order, port.dialect, at: time, to: &$0) }
        }
    }
}

// MARK: - Orders by OUCH

extension FixCopies {
    /// Tells what has happened to an order by OUCH.
    mutating func tell(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        guard !isEmpty else { return }
        switch message.kind {
        case .accepted: accepted(message, desk)
        case .rejected: rejected(message, desk)
        case .replaced: replaced(message, desk)
        case .modified: modified(message, desk)
        case .executed: executed(message, desk)
        case .cancelled: cancelled(message, desk)
        case .broken: broken(message, desk)
        case .restated: moved(message)
        case .systemEvent: break
        }
    }

    private func say(_ report: FixReport, _ order: FixOrder, _ message: DropCopyMessage, _ desk: ExchangeDesk) {
        var report = report
        if report.execID == nil { report.execID = desk.nextExecutionNumber() }
        tell(report, order, of: message.user, at: desk.midnight + Nanoseconds(clamping: message.timestamp))
    }

    private static func isDead(_ message: DropCopyMessage) -> Bool {
        message.detail == UInt16(OuchOrderState.dead.rawValue)
    }

    /// An order as its message describes it.
    private func order(_ message: DropCopyMessage, _ desk: ExchangeDesk) -> FixOrder {
        var order = FixOrder(
            id: desk.nextOrderNumber(),
            clOrdID: "",
            instrument: .none,
            symbol: message.symbol.description,
            side: 0,
            terms: FixTerms()
        )
        // The message does not say it.
        order.terms.timeInForce = 0
        describe(&order, message)
        order.terms.quantity = Quantity(Int(message.quantity))
        return order
    }

    /// Its number and terms, without the quantity.
    private func describe(_ order: inout FixOrder, _ message: DropCopyMessage) {
        let token = message.token.description
        order.clOrdID = token.isEmpty ? "\(message.number)" : token
        order.side = FixOrder.side(message.side)
        order.reference = message.reference
        let price = OrderPort.price(message.price)
        let isMarket = price == nil || price == .zero
        order.terms.type = UInt8(ascii: isMarket ? "1" : "2")
        order.terms.price = isMarket ? nil : price
    }

    private mutating func keep(_ order: FixOrder) {
        orders[order.id] = order
        numbers[order.reference] = order.id
    }

    /// What is over and has not traded needs no memory.
    private mutating func settle(_ order: FixOrder) {
        guard order.end != nil, order.cumulative == .zero, order.undone == .zero else { return keep(order) }
        orders[order.id] = nil
        numbers[order.reference] = nil
    }

    private func known(_ reference: UInt64) -> FixOrder? { numbers[reference].flatMap { orders[$0] } }

    private mutating func accepted(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        var order = order(message, desk)
        let isDead = FixCopies.isDead(message)
        order.leaves = isDead ? order.terms.quantity : Quantity(Int(message.open))
        say(FixReport("0"), order, message, desk)
        guard isDead else { return keep(order) }
        end(&order, "nothing of it may enter the book", isExpired: false, message, desk)
    }

    private mutating func end(
        _ order: inout FixOrder,
        _ text: String,
        isExpired: Bool,
        _ message: DropCopyMessage,
        _ desk: ExchangeDesk
    ) {
        order.end = UInt8(ascii: isExpired ? "C" : "4")
        order.leaves = .zero
        settle(order)
        var report = FixReport(isExpired ? "C" : "4")
        report.text = text
        say(report, order, message, desk)
    }

    /// A request that was refused; the order that it would have replaced is as it was.
    private func rejected(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        var order = order(message, desk)
        order.end = UInt8(ascii: "8")
        var report = FixReport("8")
        report.rejectReason = .other
        report.text = "refused by OUCH, reason \(message.detail)"
        say(report, order, message, desk)
    }

    private mutating func replaced(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        var order = known(message.previous) ?? order(message, desk)
        let original = order.clOrdID
        let isDead = FixCopies.isDead(message)
        // A trade of the order as it was may still be undone.
        if order.cumulative == .zero, order.undone == .zero { numbers[message.previous] = nil }
        describe(&order, message)
        order.isReplaced = true
        order.terms.quantity = Quantity(Int(message.quantity))
        let left = Quantity(raw: max(order.terms.quantity.raw - order.cumulative.raw, 0))
        order.leaves = isDead ? left : Quantity(Int(message.open))
        // Less than is executed asks for no more: the order is filled.
        if isDead, left == .zero { order.terms.quantity = order.cumulative }
        keep(order)
        var report = FixReport("5")
        report.original = original
        say(report, order, message, desk)
        if isDead, left > .zero {
            end(&order, "nothing of it may enter the book", isExpired: false, message, desk)
        }
    }

    private mutating func modified(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        guard var order = known(message.reference) else { return }
        let isSmaller = order.leaves > Quantity(Int(message.open))
        order.side = FixOrder.side(message.side)
        restate(&order, message, desk, "changed by its owner", isSmaller ? .smaller : .other)
    }

    /// Tells of an order whose open quantity is another.
    private mutating func restate(
        _ order: inout FixOrder,
        _ message: DropCopyMessage,
        _ desk: ExchangeDesk,
        _ text: String,
        _ why: FixRestatement
    ) {
        order.leaves = Quantity(Int(message.open))
        order.terms.quantity = Quantity(raw: order.cumulative.raw + order.leaves.raw)
        keep(order)
        var report = FixReport("D")
        report.restatement = why
        report.text = text
        say(report, order, message, desk)
    }

    private mutating func executed(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        guard var order = known(message.reference) else { return }
        let quantity = Quantity(Int(message.quantity))
        let price = OrderPort.price(message.price) ?? .zero
        order.fill(quantity, price)
        order.leaves = Quantity(Int(message.open))
        keep(order)
        var report = FixReport("F")
        report.lastQuantity = quantity
        report.lastPrice = price
        report.liquidity = FixReport.liquidity(UInt8(truncatingIfNeeded: message.detail))
        report.match = message.match
        let execution = desk.nextExecutionNumber()
        report.execID = execution
        executions.remember(
            FixExecutionKey(match: message.match, id: order.id),
            FixExecution(id: execution, quantity: quantity, price: price)
        )
        say(report, order, message, desk)
    }

    private mutating func cancelled(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        guard var order = known(message.reference) else { return }
        let letter = UInt8(truncatingIfNeeded: message.detail)
        let reason = MatchingCancelReason.allCases.first { $0.ouchCode == letter }
        let text = reason.map { FixPort.words($0) } ?? "cancelled"
        guard message.open == 0 else { return restate(&order, message, desk, text, .smaller) }
        end(&order, text, isExpired: reason == .closed || reason == .timeout, message, desk)
    }

    private mutating func broken(_ message: DropCopyMessage, _ desk: ExchangeDesk) {
        guard var order = known(message.reference),
            let execution = executions[FixExecutionKey(match: message.match, id: order.id)]
        else { return }
        order.undoTrade(execution.quantity, execution.price)
        keep(order)
        var report = FixReport("H")
        report.reference = execution.id
        report.lastQuantity = execution.quantity
        report.lastPrice = execution.price
        report.match = message.match
        say(report, order, message, desk)
    }

    /// The order has another number on the feed; that alone is not told.
    private mutating func moved(_ message: DropCopyMessage) {
        guard let id = numbers.removeValue(forKey: message.previous) else { return }
        numbers[message.reference] = id
        orders[id]?.reference = message.reference
    }
}
