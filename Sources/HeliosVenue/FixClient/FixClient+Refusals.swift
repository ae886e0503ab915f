// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

// OrderCancelReject (9), BusinessMessageReject (j) and Reject (3): what becomes of what they refuse.
extension FixClient {
    mutating func cancelRejected(_ message: FixMessage, _ delivery: FixDelivery, at now: Timestamp) -> FixClientEvent? {
        let token = FixOrderToken(message[.clOrdID])
        let original = FixOrderToken(message[.origClOrdID])
        let isReplace =
            switch message[.cxlRejResponseTo]?.int {
            case 1: false
            case 2: true
            default: token?.kind == .order
            }
        if isReplace, let token, token.kind == .order, token.day == day, let place = byOrder[token.number] {
            guard records[place].state == .sent, records[place].replaces != 0 else { return nil }
            answered(place)
            return .report(refuseReplacement(place, delivery.sequence, message, at: now))
        }
        guard !isReplace, let original, original.day == day, let place = byOrder[original.number] else {
            counters.foreign += 1
            return .notice(delivery.sequence)
        }
        let order = records[place]
        let reason = message[.cxlRejReason]?.int
        if order.cancelsOut > 0 { records[place].cancelsOut -= 1 }
        // Another cancel of it is under way, whose answer counts; or nothing of the order has ever left.
        if reason == 3 && order.cancelsOut > 1 || order.state == .ended && !order.isNamed { return nil }
        var event = report(.cancelRejected, order, at: now)
        event.sequence = delivery.sequence
        event.eventTime = message[.transactTime]?.timestamp ?? now
        return .report(event)
    }

    private mutating func refuseReplacement(
        _ place: Int,
        _ sequence: UInt64,
        _ message: FixMessage,
        at now: Timestamp
    ) -> Event {
        let order = records[place]
        records[place].state = .ended
        records[place].open = .zero
        records[place].wantsCancel = false
        ended(order, at: now)
        var event = replaceRejected(order, at: now)
        event.sequence = sequence
        event.eventTime = message[.transactTime]?.timestamp ?? now
        return event
    }

    /// A message of ours was refused: the session's Reject (3), or the application's (j).
    mutating func refused(_ message: FixMessage, isBusiness: Bool, at now: Timestamp) -> FixClientEvent? {
        let reason = message[isBusiness ? .businessRejectReason : .sessionRejectReason]?.unsigned ?? 99
        let sequence = message[.msgSeqNum]?.unsigned ?? 0
        let left = message[.refSeqNum]?.unsigned.flatMap { whatLeft($0) } ?? named(message)
        guard let left else { return .refused(reason: reason) }
        let place = Int(left.place)
        switch left.kind {
        case .none: return nil
        case .mark:
            // An answer like any other, unless it says that nobody answers here.
            if markSince > .zero { isMarked = true }
            if !isBusiness || reason == 3 { noteStatusRefused() }
            return nil
        case .question:
            if !isBusiness || reason == 3 {
                noteStatusRefused()
                return nil
            }
            // Only "unknown" says something of the order; after anything else it is asked for again.
            guard reason == 1, records[place].isAsked else { return nil }
            answered(place)
            denied(place, at: now)
            return nil
        case .order:
            let order = records[place]
            guard order.state == .sent else { return nil }
            answered(place)
            records[place].state = .ended
            records[place].open = .zero
            ended(order, at: now)
            var event = report(.orderRejected, order, at: now)
            event.sequence = sequence
            event.quantity = order.open
            let why: RejectReason = isBusiness && reason == 2 ? .unknownInstrument : .capacity
            event.detail = UInt64(why.rawValue)
            return .report(event)
        case .replacement:
            guard records[place].state == .sent else { return nil }
            answered(place)
            return .report(refuseReplacement(place, sequence, message, at: now))
        case .request:
            declineAll(UInt64(left.place), sequence: sequence, at: now)
            return nil
        case .cancel:
            if records[place].cancelsOut > 0 { records[place].cancelsOut -= 1 }
            guard records[place].state != .ended else { return nil }
            var event = report(.cancelRejected, records[place], at: now)
            event.sequence = sequence
            return .report(event)
        }
    }

    /// What BusinessRejectRefID (379) names.
    private func named(_ message: FixMessage) -> Sent? {
        guard let token = FixOrderToken(message[.businessRejectRefID]), token.day == day else { return nil }
        switch token.kind {
        case .mark: return token.epoch == epoch ? Sent(kind: .mark) : nil
        case .cancel: return nil
        case .request: return Sent(place: UInt32(truncatingIfNeeded: token.number), kind: .request)
        case .order:
            guard let place = byOrder[token.number] else { return nil }
            // A question has the order's own name.
            let kind: Sent.Kind =
                records[place].isAsked ? .question : records[place].replaces != 0 ? .replacement : .order
            return Sent(place: UInt32(place), kind: kind)
        }
    }
}
