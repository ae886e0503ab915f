// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Writes what must be kept of every order, as it happens.
///
/// Rows go to the files and are not kept; what is remembered is one entry for each order that was sent, which a bust long after its
/// end still needs.
public final class EvidenceWriter {
    static let orderColumns = [
        "row", "record", "event", "event_ns", "event_utc", "received_ns", "firm", "desk", "account", "trader",
        "strategy", "group", "leg", "decision_maker", "executor", "instrument", "venue", "session", "order", "parent",
        "root", "venue_order", "execution", "side", "type", "time_in_force", "quantity", "price", "capacity",
        "short_mark", "leaves", "last_quantity", "last_price", "fee", "liquidity", "reason", "controls",
        "limits_version", "bid", "bid_quantity", "ask", "ask_quantity", "trading_state", "phase", "cause_record",
        "cause_ns", "cause_received_ns", "sent_ns", "since_sent_ns",
    ]
    static let executionColumns = [
        "row", "record", "time_ns", "received_ns", "venue", "execution", "order", "account", "strategy", "group",
        "instrument", "side", "quantity", "price", "fee", "liquidity", "kind",
    ]
    static let commandColumns = [
        "row", "record", "time_ns", "time_utc", "kind", "action", "scope", "target", "state_before", "state_after",
        "first_person", "second_person",
        "limit", "value", "value_before", "value_after", "outcome", "reason", "first_signature", "second_signature",
        "text",
    ]

    let names: EvidenceNames
    /// Which edition of the limits was in force, as text.
    public private(set) var limitsVersion = ""
    private let orders: EvidenceFile
    private let executions: EvidenceFile
    private let commands: EvidenceFile
    private var cause = Event(kind: .none)
    private var snapshot: MarketSnapshot?
    private var checks = ""
    private var known: [OrderID: (order: NewOrder, sent: Timestamp, venueNumber: UInt64)] = [:]
    private var orderRows = 0
    private var executionRows = 0
    private var commandRows = 0

    /// - Parameters:
    ///   - directory: is made when it is not there.
    ///   - names: what numbers are called.
    /// - Throws: `EvidenceError` when nothing can be written there.
    public init(_ directory: String, names: EvidenceNames) throws(EvidenceError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw EvidenceError("can't create \(directory): \(error.localizedDescription)")
        }
        self.names = names
        orders = try EvidenceFile("orders.csv", in: directory, columns: EvidenceWriter.orderColumns)
        executions = try EvidenceFile("executions.csv", in: directory, columns: EvidenceWriter.executionColumns)
        commands = try EvidenceFile("commands.csv", in: directory, columns: EvidenceWriter.commandColumns)
    }

    /// Ends the files.
    ///
    /// - Throws: `EvidenceError` when something could not be written.
    public func close() throws(EvidenceError) -> [EvidenceFile.Summary] {
        [try orders.close(), try executions.close(), try commands.close()]
    }

    // MARK: What happens

    func begin(_ event: Event) { cause = event }

    func considered(_ order: NewOrder, _ quote: Quote, _ market: borrowing MarketState) {
        let snapshot = market.snapshot(order.instrument, quote, at: order.venue)
        self.snapshot = snapshot
        limitsVersion = String(market.risk.version, radix: 16)
        checks = market.risk.trace(order, market: snapshot).map(EvidenceWriter.words).joined(separator: "; ")
    }

    private static func words(_ check: RiskCheck) -> String {
        var text = "\(check.control.name) \(check.reason) \(check.verdict.rawValue)"
        if let place = check.limitIndex { text += " limit# \(place) scope \(check.scope)" }
        if let value = check.value { text += " value \(check.measure.text(value))" }
        if let limit = check.limit { text += " limit \(check.measure.text(limit))" }
        return text
    }

    func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {
        known[order.id] = (order, time, 0)
        add("sent", order, time, time, quote, leaves: order.quantity, checks: checks)
        checks = ""
    }

    func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {
        let reason =
            "\(refusal.control.name) \(refusal.reason) value \(refusal.measure.text(refusal.value)) limit "
            + refusal.measure.text(refusal.limit)
        add("refused", order, time, time, quote, leaves: .zero, reason: reason, checks: checks)
        checks = ""
    }

    func cancelSent(_ id: OrderID, at time: Timestamp) {
        guard let known = known[id] else { return }
        add("cancel-sent", known.order, time, time, nil, leaves: nil)
    }

    func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {
        if update.kind == .accepted { known[update.orderID]?.venueNumber = report.detail }
        let order =
            known[update.orderID]?.order
            ?? NewOrder(
                id: report.orderID,
                instrument: update.instrument,
                side: update.side,
                quantity: report.quantity,
                price: report.price,
                tag: update.tag
            )
        var reason = ""
        switch update.kind {
        case .cancelled: reason = CancelReason(rawValue: update.reason).map { "\($0)" } ?? "\(update.reason)"
        case .rejected: reason = RejectReason(rawValue: update.reason).map { "\($0)" } ?? "\(update.reason)"
        default: break
        }
        let kind = report.kind == .executionCorrected && update.kind == .filled ? "corrected" : "\(update.kind)"
        let isTrade = update.kind == .filled || update.kind == .broken
        add(
            kind,
            order,
            report.eventTime,
            report.receiveTime,
            quote,
            leaves: update.leavesQuantity,
            reason: reason,
            trade: isTrade ? update : nil,
            fee: fee
        )
        if isTrade { add(execution: update, report, kind: kind, fee: fee) }
    }

    private func add(execution update: OrderUpdate, _ report: Event, kind: String, fee: Money) {
        executionRows += 1
        let isBroken = update.kind == .broken
        executions.add([
            "\(executionRows)", "\(report.sequence)", "\(report.eventTime.nanoseconds)",
            "\(report.receiveTime.nanoseconds)", "\(report.venue.id)", "\(update.executionID)", "\(update.orderID)",
            names.scope(.account, of: update.tag.strategy), names.strategy(update.tag.strategy),
            names.group(update.tag), names.instrument(update.instrument), "\(update.side)",
            "\(isBroken ? Quantity(raw: -update.quantity.raw) : update.quantity)", "\(update.price)",
            "\(isBroken ? Money(raw: -fee.raw) : fee)", update.isMaker ? "maker" : "taker", kind,
        ])
    }

    private func add(
        _ event: String,
        _ order: NewOrder,
        _ time: Timestamp,
        _ received: Timestamp,
        _ quote: Quote?,
        leaves: Quantity?,
        reason: String = "",
        checks: String = "",
        trade: OrderUpdate? = nil,
        fee: Money = .zero
    ) {
        orderRows += 1
        let strategy = names.strategy(order.tag.strategy)
        let sent = known[order.id]?.sent
        let venueNumber = known[order.id]?.venueNumber ?? 0
        let isDecision = event == "sent" || event == "refused"
        let parent = order.tag.parent.map { "\($0)" } ?? ""
        var row = ["\(orderRows)", "\(cause.sequence)", event, "\(time.nanoseconds)", UTCText.text(time)]
        row += ["\(received.nanoseconds)"]
        row += [RiskScope.Kind.firm, .desk, .account, .trader].map { names.scope($0, of: order.tag.strategy) }
        row += [strategy, names.group(order.tag), "\(order.tag.leg)", strategy, strategy]
        let venue = order.venue.id != 0 ? order.venue : isDecision ? order.venue : cause.venue
        row += [names.instrument(order.instrument), "\(venue.id)", names.session, "\(order.id)", parent]
        row += [parent.isEmpty ? "\(order.id)" : parent, venueNumber == 0 ? "" : "\(venueNumber)"]
        row += [trade.map { "\($0.executionID)" } ?? "", "\(order.side)", "\(order.type)", "\(order.timeInForce)"]
        row += ["\(order.quantity)", "\(order.price)", "principal", "\(order.mark)", leaves.map { "\($0)" } ?? ""]
        row += [trade.map { "\($0.quantity)" } ?? "", trade.map { "\($0.price)" } ?? ""]
        row += [trade == nil ? "" : "\(fee)", trade.map { $0.isMaker ? "maker" : "taker" } ?? "", reason, checks]
        row += [limitsVersion]
        row +=
            quote.map { ["\($0.bidPrice)", "\($0.bidQuantity)", "\($0.askPrice)", "\($0.askQuantity)"] } ?? [
                "", "", "", "",
            ]
        row +=
            isDecision
            ? [snapshot.map { "\($0.tradingState)" } ?? "", snapshot.map { "\($0.phase)" } ?? ""] : ["", ""]
        row += ["\(cause.sequence)", "\(cause.eventTime.nanoseconds)", "\(cause.receiveTime.nanoseconds)"]
        row += [sent.map { "\($0.nanoseconds)" } ?? "", sent.map { "\(received - $0)" } ?? ""]
        orders.add(row)
    }

    func told(_ command: CommandRecord) {
        commandRows += 1
        let event = command.event
        let words = CommandWords(command, names)
        commands.add([
            "\(commandRows)", "\(event.sequence)", "\(event.receiveTime.nanoseconds)", UTCText.text(event.receiveTime),
            "\(event.kind)", words.action, words.scope, words.target, "\(command.stateBefore)",
            "\(command.stateAfter)", words.first, words.second, words.limit, words.value, words.before,
            words.after, command.outcome, command.said.reason, command.said.firstSignature,
            command.said.secondSignature,
            words.text,
        ])
    }
}
