// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

extension FixPort {
    /// Tells the client and the drop copies of an order; a client that is silent does not hear it.
    func say(_ report: FixReport, _ order: FixOrder, isSilent: Bool = false) {
        let isCopied = !desk.fixCopies.isEmpty && report.type != UInt8(ascii: "I")
        guard isCopied || !isSilent else { return }
        var report = report
        if report.execID == nil { report.execID = desk.nextExecutionNumber() }
        report.isOfPackage = packages[order.id] != nil
        report.liquidityTag = settings.liquidityTag
        if !isSilent {
            let (dialect, now) = (dialect, now)
            say(.executionReport, of: order.id) { report.write(order, dialect, at: now, to: &$0) }
        }
        if isCopied { desk.fixCopies.tell(report, order, of: user, at: now) }
    }

    /// OrderCancelReject; without an order it is unknown.
    func sayCancelReject(
        _ order: FixOrder?,
        _ clOrdID: String,
        _ original: String,
        _ refusal: FixProblem,
        isReplace: Bool
    ) {
        say(.orderCancelReject) { writer in
            writer.putText(.clOrdID, clOrdID)
            if let order { writer.put(.orderID, unsigned: order.id) } else { writer.put(.orderID, "NONE") }
            writer.put(.ordStatus, char: order?.status(dialect) ?? UInt8(ascii: "8"))
            writer.putText(.origClOrdID, original)
            writer.putText(.text, refusal.text)
            writer.put(.transactTime, now)
            writer.put(.cxlRejReason, refusal.reason.cancelReject(dialect))
            writer.put(.cxlRejResponseTo, isReplace ? 2 : 1)
        }
    }

    /// Tells the drop copies of SoupBinTCP, and by one of them the venue's own books.
    func copy(_ kind: DropCopyKind, _ order: FixOrder, _ complete: (inout DropCopyMessage) -> Void) {
        guard !desk.dropCopies.isEmpty else { return }
        var message = DropCopyMessage(kind)
        message.timestamp = desk.timeOfDay(now)
        message.user = user
        message.token = OuchToken(String(order.clOrdID.prefix(14))) ?? .blank
        message.reference = order.reference
        message.side = OuchCode(order.ouchSide)
        if order.instrument.index < desk.symbols.count { message.symbol = desk.symbols[order.instrument.index] }
        message.quantity = UInt32(clamping: order.terms.quantity.raw / Quantity.scale)
        message.price = order.terms.price.map { OrderPort.price($0) } ?? Ouch50.marketPrice
        message.open = order.end == nil ? UInt32(clamping: order.leaves.raw / Quantity.scale) : 0
        complete(&message)
        desk.tellCopies(message)
    }
}

extension FixOrder {
    var ouchSide: OuchSide {
        switch side {
        case UInt8(ascii: "1"): .buy
        case UInt8(ascii: "5"): .sellShort
        case UInt8(ascii: "6"): .sellShortExempt
        default: .sell
        }
    }

    /// Side 54.
    static func side(_ side: OuchCode<OuchSide>) -> UInt8 {
        switch side.meaning {
        case .buy: UInt8(ascii: "1")
        case .sellShort: UInt8(ascii: "5")
        case .sellShortExempt: UInt8(ascii: "6")
        default: UInt8(ascii: "2")
        }
    }
}
