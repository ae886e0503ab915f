// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket

/// Questions for orders, and cancelling many.
extension FixPort {
    // MARK: OrderStatusRequest

    func tellStatus(_ message: FixMessage) throws(FixMissing) {
        let clOrdID = message[.clOrdID].map(\.text)
        let orderID = message[.orderID]?.unsigned
        guard clOrdID != nil || orderID != nil else { throw FixMissing(tag: .clOrdID) }
        let request = message[.ordStatusReqID].map(\.text)
        if let id = clOrdID.flatMap({ numbers[$0] }) ?? orderID, let order = orders[id] {
            return sayStatus(order, request: request)
        }
        sayUnknown(message, clOrdID, request)
    }

    func sayStatus(_ order: FixOrder, request: String? = nil) {
        var report = FixReport("I")
        report.statusRequest = request
        say(report, order)
    }

    /// The status of an order that is not there.
    private func sayUnknown(_ message: FixMessage, _ clOrdID: String?, _ request: String?) {
        let id = desk.nextExecutionNumber()
        say(.executionReport) { writer in
            writer.put(.avgPx, 0)
            if let clOrdID { writer.putText(.clOrdID, clOrdID) }
            writer.put(.cumQty, 0)
            writer.put(.execID, unsigned: id)
            if dialect == .fix42 { writer.put(.execTransType, char: UInt8(ascii: "3")) }
            writer.put(.orderID, "NONE")
            writer.put(.orderQty, 0)
            writer.put(.ordStatus, char: UInt8(ascii: "8"))
            writer.put(.side, char: message[.side]?.char ?? UInt8(ascii: "1"))
            if let symbol = message[.symbol] { writer.put(.symbol, symbol) }
            writer.put(.text, "unknown order")
            writer.put(.transactTime, now)
            writer.put(.ordRejReason, FixReason.unknownOrder.orderReject(dialect))
            writer.put(.execType, char: UInt8(ascii: dialect == .fix42 ? "8" : "I"))
            writer.put(.leavesQty, 0)
            if let request { writer.putText(.ordStatusReqID, request) }
        }
    }

    // MARK: OrderMassCancelRequest

    func massCancel(_ message: FixMessage, into commands: inout [MatchingCommand]) throws(FixMissing) {
        let clOrdID = try text(.clOrdID, message)
        let kind = try char(.massCancelRequestType, message)
        var instrument: Instrument?
        switch kind {
        case UInt8(ascii: "1"):
            instrument = desk.instrument(try text(.symbol, message))
            guard instrument != nil else { return sayMassCancel(clOrdID, message, kind, reason: 1) }
        case UInt8(ascii: "7"): break
        default: return sayMassCancel(clOrdID, message, kind, reason: 0)
        }
        let side = message[.side]?.char
        // By number, so that the answers stand in the same order on every run.
        let meant = orders.values.filter { order in
            order.isLive && order.leg == nil && (instrument == nil || order.instrument == instrument)
                && (side == nil || order.side == side)
                && !(order.terms.isForAuction && desk.isFrozen[order.instrument.index])
        }.sorted { $0.id < $1.id }
        sayMassCancel(clOrdID, message, kind, affected: meant.count)
        for order in meant where packages[order.id] != nil { cancelPackage(order, order.clOrdID) }
        for order in meant where packages[order.id] == nil {
            commands.append(.cancel(order.instrument, owner: owner, id: order.id, time: now))
        }
    }

    private func sayMassCancel(
        _ clOrdID: String,
        _ message: FixMessage,
        _ kind: UInt8,
        reason: Int? = nil,
        affected: Int = 0
    ) {
        let id = desk.nextOrderNumber()
        say(.orderMassCancelReport) { writer in
            writer.putText(.clOrdID, clOrdID)
            writer.put(.orderID, unsigned: id)
            if let side = message[.side] { writer.put(.side, side) }
            if let symbol = message[.symbol] { writer.put(.symbol, symbol) }
            writer.put(.transactTime, now)
            writer.put(.massCancelRequestType, char: kind)
            writer.put(.massCancelResponse, char: reason == nil ? kind : UInt8(ascii: "0"))
            if let reason { writer.put(.massCancelRejectReason, reason) }
            writer.put(.totalAffectedOrders, affected)
            if dialect == .fix50sp2 { writer.put(.massActionReportID, unsigned: id) }
        }
    }
}

extension FixTag {
    static var massActionReportID: FixTag { 1_369 }
}
