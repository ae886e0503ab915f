// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// What an ExecutionReport is about: ExecTransType (20, up to 4.2) and ExecType (150) together.
enum FixExecutionKind {
    case accepted, filled, doneForDay, cancelled, replaced, pending, rejected, suspended, expired, restated
    case broken, corrected, status, notice

    init?(_ message: FixMessage) {
        switch message[.execTransType]?.char {
        case UInt8(ascii: "1"): self = .broken
        case UInt8(ascii: "2"): self = .corrected
        case UInt8(ascii: "3"): self = .status
        default:
            guard let type = message[.execType]?.char, let kind = FixExecutionKind(type) else { return nil }
            self = kind
        }
    }

    private init?(_ type: UInt8) {
        switch type {
        case UInt8(ascii: "0"): self = .accepted
        case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "F"): self = .filled
        case UInt8(ascii: "3"): self = .doneForDay
        case UInt8(ascii: "4"): self = .cancelled
        case UInt8(ascii: "5"): self = .replaced
        case UInt8(ascii: "6"), UInt8(ascii: "A"), UInt8(ascii: "E"): self = .pending
        case UInt8(ascii: "8"): self = .rejected
        case UInt8(ascii: "9"): self = .suspended
        case UInt8(ascii: "C"): self = .expired
        case UInt8(ascii: "D"): self = .restated
        case UInt8(ascii: "G"): self = .corrected
        case UInt8(ascii: "H"): self = .broken
        case UInt8(ascii: "I"): self = .status
        // Stopped, calculated, triggered: no record stands for them.
        case UInt8(ascii: "7"), UInt8(ascii: "B"), UInt8(ascii: "L"): self = .notice
        default: return nil
        }
    }
}

/// An ExecutionReport, its fields read once.
struct FixExecutionReport {
    let kind: FixExecutionKind
    let message: FixMessage
    let delivery: FixDelivery
    /// OrdStatus (39).
    let status: UInt8
    let token: FixOrderToken?
    let original: FixOrderToken?
    let quantity: Quantity?
    let filled: Quantity?
    let open: Quantity?
    let price: Price?
    let time: Timestamp

    init?(_ message: FixMessage, _ delivery: FixDelivery, at now: Timestamp) {
        guard let kind = FixExecutionKind(message), let status = message[.ordStatus]?.char else { return nil }
        self.kind = kind
        self.message = message
        self.delivery = delivery
        self.status = status
        token = FixOrderToken(message[.clOrdID])
        original = FixOrderToken(message[.origClOrdID])
        quantity = message[.orderQty]?.quantity
        filled = message[.cumQty]?.quantity
        open = message[.leavesQty]?.quantity
        price = message[.price]?.price
        let sent = message[.origSendingTime]?.timestamp ?? message[.sendingTime]?.timestamp
        time = message[.transactTime]?.timestamp ?? sent ?? now
        for number in [quantity, filled, open] {
            if let number, number.raw < 0 || number > FixClient.most { return nil }
        }
    }

    /// LastQty (32), LastPx (31) and a number of its own (ExecID, 17), without which nothing can be booked; nil when one is missing
    /// or can't be read.
    var execution: (quantity: Quantity, price: Price)? {
        guard let quantity = message[.lastQty]?.quantity, let price = message[.lastPx]?.price,
            quantity.raw > 0, quantity <= FixClient.most, let id = message[.execID], id.count > 0
        else { return nil }
        return (quantity, price)
    }

    /// Something of the order may still trade: OrdStatus and LeavesQty both say so.
    var isWorking: Bool {
        guard let open, open.raw > 0 else { return false }
        switch status {
        case UInt8(ascii: "0"), UInt8(ascii: "1"), UInt8(ascii: "5"), UInt8(ascii: "6"), UInt8(ascii: "7"),
            UInt8(ascii: "9"), UInt8(ascii: "A"), UInt8(ascii: "D"), UInt8(ascii: "E"):
            return true
        default: return false
        }
    }

    /// A replacement is under way and not decided.
    var isReplacing: Bool { status == UInt8(ascii: "E") || status == UInt8(ascii: "A") }

    var isSell: Bool {
        switch message[.side]?.char {
        case UInt8(ascii: "2"), UInt8(ascii: "4"), UInt8(ascii: "5"), UInt8(ascii: "6"): true
        default: false
        }
    }

    /// The venue does not know the order.
    var isUnknown: Bool {
        status == UInt8(ascii: "8") && (message[.orderID]?.equals("NONE") ?? true || message[.ordRejReason]?.int == 5)
    }

    /// OrdRejReason (103).
    var rejectReason: RejectReason {
        switch message[.ordRejReason]?.int {
        case 1: .unknownInstrument
        case 2, 4: .closed
        case 6: .duplicateOrder
        case 13: .invalidQuantity
        case 16, 18: .invalidPrice
        default: .capacity
        }
    }
}

// MARK: - Messages in
extension FixClient {
    mutating func take(
        _ message: FixMessage,
        _ delivery: FixDelivery,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> FixClientEvent? {
        switch message.type {
        case .executionReport:
            guard let report = FixExecutionReport(message, delivery, at: now) else {
                unreadable(message)
                return malformed(delivery)
            }
            return execution(report, at: now, into: &output)
        case .orderCancelReject: return cancelRejected(message, delivery, at: now)
        case .businessMessageReject: return refused(message, isBusiness: true, at: now)
        case .quote where !quotes.isEmpty: return quoted(message, delivery, at: now)
        case .quoteRequestReject, .quoteAcknowledgement: return quoteRefused(message, delivery, at: now)
        case .quoteStatusReport: return quoteStatus(message, delivery, at: now)
        case .quoteCancel: return quoteCancelled(message, delivery, at: now)
        default: return .notice(delivery.sequence)
        }
    }

    mutating func malformed(_ delivery: FixDelivery) -> FixClientEvent {
        counters.malformed += 1
        return .malformed(delivery.sequence)
    }

    /// An ExecutionReport that can't be read, or that the session refuses, may have been an execution: one is missing, and the order
    /// is asked after.
    mutating func unreadable(_ message: FixMessage) {
        let token = FixOrderToken(message[.clOrdID])
        var known: Int?
        for name in [token, FixOrderToken(message[.origClOrdID])] where known == nil {
            if let name, name.kind == .order, name.day == day { known = byOrder[name.number] }
        }
        if known == nil, let number = message[.orderID], !number.equals("NONE") {
            known = byVenue[max(number.venueNumber, 1)]
        }
        // Trades, corrections, and what no type is known of.
        switch message[.execType]?.char ?? UInt8(ascii: "F") {
        case UInt8(ascii: "0"), UInt8(ascii: "3")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "E"): break
        default:
            guard let known else {
                tell(.lost(order: token?.number ?? 0, told: 0, counted: 1))
                break
            }
            unbooked(known, message[.cumQty]?.quantity)
        }
        if let known { ask(known) }
    }

    /// Where the order is that a report is about.
    private func place(_ report: FixExecutionReport) -> Int? {
        for token in [report.token, report.original] {
            guard let token, token.day == day else { continue }
            if token.kind == .order {
                if let place = byOrder[token.number] { return place }
                // A replacement of an earlier process.
                if report.kind == .replaced { return nil }
            }
            if token.kind == .cancel, token.epoch == epoch {
                let request = token.number & (1 << 40 - 1)
                let place = cancelled[Int(truncatingIfNeeded: request) & (FixClient.recent - 1)]
                let isRecent = request <= requests && request + UInt64(FixClient.recent) > requests
                if place != .max, isRecent { return Int(place) }
            }
        }
        return message37(report).flatMap { byVenue[$0] }
    }

    private func message37(_ report: FixExecutionReport) -> UInt64? {
        guard let number = report.message[.orderID], !number.equals("NONE") else { return nil }
        return max(number.venueNumber, 1)
    }

    /// Tells of a writer of a later epoch, or of another one of ours.
    private mutating func watchEpoch(_ token: FixOrderToken?) {
        guard let token, token.day == day else { return }
        let its = token.epoch
        guard its > epoch || its == epoch && !hasSpoken, its > overtakenBy else { return }
        overtakenBy = its
        tell(.overtaken(epoch: its))
    }

    private mutating func execution(
        _ report: FixExecutionReport,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> FixClientEvent? {
        watchEpoch(report.token)
        if let token = report.token, token.kind == .mark {
            if token.epoch == epoch, markSince > .zero { isMarked = true }
            return nil
        }
        guard let place = place(report) ?? rebuilt(report) else { return stranger(report, at: now) }
        learn(report, place)
        let (before, wasAsked) = (records[place].state, records[place].isAsked)
        if before != .sent, report.kind != .notice { answered(place) }
        switch report.kind {
        case .notice: return .notice(report.delivery.sequence)
        // It is there: an order that is asked after must not be called lost.
        case .pending: if wasAsked { told(place, report, at: now) }
        case .accepted: accepted(place, report, at: now)
        case .filled: executed(place, report, at: now)
        case .cancelled: cancelled(place, report, at: now)
        case .expired: expired(place, report, at: now)
        case .doneForDay: doneForDay(place, report, at: now)
        case .rejected: rejected(place, report, at: now)
        case .replaced: replaced(place, report, at: now)
        case .suspended: suspended(place, report, at: now)
        case .restated: restated(place, report, at: now)
        case .broken: broken(place, report, at: now)
        case .corrected: corrected(place, report, at: now)
        case .status: told(place, report, at: now)
        }
        // The question stands until it is known whether the order lives.
        if before == .sent, records[place].state != .sent { answered(place) }
        if before == .ended { revive(place, report, at: now) }
        return nil
    }

    /// Remembers the venue's number of an order.
    private mutating func learn(_ report: FixExecutionReport, _ place: Int) {
        guard let number = message37(report), venueNumbers < orderCapacity else { return }
        let known = byVenue[number]
        if known == place { return }
        if known == nil { venueNumbers += 1 }
        byVenue.insert(number, place)
    }

    /// An earlier process's order, found in the venue's stream; nil when it is not one of today, or there is no room.
    private mutating func rebuilt(_ report: FixExecutionReport) -> Int? {
        let named = report.token?.kind == .order ? report.token : report.original
        guard let token = named, token.kind == .order, token.day == day else { return nil }
        if report.isUnknown { return nil }
        guard count < orderCapacity else {
            counters.forgotten += 1
            return nil
        }
        var order = FixClientOrder(
            order: token.number,
            quantity: report.quantity ?? report.filled ?? .zero,
            open: report.quantity ?? .zero,
            price: report.price ?? .zero,
            instrument: instrument(report),
            isSell: report.isSell,
            state: .sent
        )
        order.isCountOpen = true
        switch report.message[.timeInForce]?.char {
        case UInt8(ascii: "1"): order.timeInForce = .goodTillCancel
        case UInt8(ascii: "3"): order.timeInForce = .immediateOrCancel
        case UInt8(ascii: "4"): order.timeInForce = .fillOrKill
        case UInt8(ascii: "6"): order.timeInForce = .goodTillDate
        default: break
        }
        if let original = report.original, original.kind == .order, let old = byOrder[original.number] {
            order.replaces = UInt32(old) + 1
        }
        return remember(order)
    }

    private func instrument(_ report: FixExecutionReport) -> Instrument {
        report.message[.symbol]?.packed.flatMap { bySymbol[$0] }.map { Instrument(id: UInt32($0)) } ?? .none
    }

    /// An order that is not ours: its executions count all the same, unless they are of another day.
    private mutating func stranger(_ report: FixExecutionReport, at now: Timestamp) -> FixClientEvent? {
        guard report.time >= midnight else {
            counters.history += 1
            return nil
        }
        // An answer to a question of an earlier process.
        if report.kind == .status || report.isUnknown { return nil }
        counters.foreign += 1
        guard report.kind == .filled else { return .notice(report.delivery.sequence) }
        guard let (quantity, price) = report.execution, let number = message37(report) else {
            unreadable(report.message)
            return malformed(report.delivery)
        }
        var event = Event(
            eventTime: report.time,
            receiveTime: now,
            sequence: report.delivery.sequence,
            orderID: OuchToken.foreignEpoch << 40 | number & (1 << 40 - 1),
            price: price,
            quantity: quantity,
            instrument: instrument(report),
            venue: venue,
            kind: .orderFilled,
            flags: report.isSell ? .sell : [],
            detail: execution(report)
        )
        if isMaker(report) { event.flags.insert(.maker) }
        return .report(event)
    }

    /// Whether our order rested: 1 as LastLiquidityInd has it, or A for liquidity that was added, as venues' own fields do.
    func isMaker(_ report: FixExecutionReport) -> Bool {
        guard let value = report.message[liquidityTag] ?? report.message[.lastLiquidityInd], value.count == 1 else {
            return false
        }
        return value.char == UInt8(ascii: "1") || value.char == UInt8(ascii: "A")
    }

    /// ExecID as a number.
    func execution(_ report: FixExecutionReport) -> UInt64 { report.message[.execID]?.venueNumber ?? 0 }
}
