// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// What one ExecutionReport says beside the state of its order.
struct FixReport {
    /// ExecType as of 4.4.
    var type: UInt8
    /// Unless it is the order's own.
    var clOrdID: String?
    var original: String?
    var lastQuantity: Quantity?
    var lastPrice: Price?
    /// LastLiquidityInd.
    var liquidity: Int?
    var reference: UInt64?
    var execID: UInt64?
    var rejectReason: Int?
    var restatement: Int?
    var text: String?
    var statusRequest: String?

    init(_ type: Unicode.Scalar) { self.type = UInt8(ascii: type) }
}

extension FixPort {
    /// Writes an ExecutionReport, its tags in ascending order.
    func say(_ report: FixReport, _ order: FixOrder) {
        let execution = report.execID ?? desk.nextExecutionNumber()
        let isOpen = order.end == nil
        say(.executionReport, of: order.id) { writer in
            if let account = order.account { writer.putText(.account, account) }
            writer.put(.avgPx, order.averagePrice)
            writer.putText(.clOrdID, report.clOrdID ?? order.clOrdID)
            writer.put(.cumQty, order.cumulative)
            writer.put(.execID, unsigned: execution)
            if let instructions = order.terms.instructions { writer.putText(.execInst, instructions) }
            if let reference = report.reference { writer.put(.execRefID, unsigned: reference) }
            if dialect == .fix42 { writer.put(.execTransType, char: transaction(report)) }
            if let price = report.lastPrice { writer.put(.lastPx, price) }
            if let quantity = report.lastQuantity { writer.put(.lastQty, quantity) }
            writer.put(.orderID, unsigned: order.leg?.package ?? order.id)
            writer.put(.orderQty, order.terms.quantity)
            writer.put(.ordStatus, char: order.status(dialect))
            writer.put(.ordType, char: order.terms.type)
            if let original = report.original { writer.putText(.origClOrdID, original) }
            if let price = order.terms.price { writer.put(.price, price) }
            writer.put(.side, char: order.side)
            writer.putText(.symbol, order.symbol)
            if let text = report.text { writer.putText(.text, text) }
            writer.put(.timeInForce, char: order.terms.timeInForce)
            writer.put(.transactTime, now)
            if let reason = report.rejectReason { writer.put(.ordRejReason, reason) }
            if order.terms.minimum > .zero { writer.put(.minQty, order.terms.minimum) }
            if let display = order.terms.display, dialect != .fix50sp2 { writer.put(.maxFloor, display) }
            if let expiry = order.terms.expiry { writer.put(.expireTime, expiry) }
            writer.put(.execType, char: execType(report, order))
            writer.put(.leavesQty, isOpen ? order.leaves : .zero)
            if let offset = order.terms.pegOffset { writer.put(.pegOffsetValue, offset) }
            if let restatement = report.restatement { writer.put(.execRestatementReason, restatement) }
            if packages[order.id] != nil { writer.put(.multiLegReportingType, 3) }
            if let leg = order.leg {
                writer.put(.multiLegReportingType, 2)
                putLeg(leg, order, &writer)
            }
            if let response = order.quoteResponse { writer.putText(.quoteRespID, response) }
            if let request = report.statusRequest { writer.putText(.ordStatusReqID, request) }
            if dialect != .fix42, let liquidity = report.liquidity { writer.put(.lastLiquidityInd, liquidity) }
            if let display = order.terms.display, dialect == .fix50sp2 { writer.put(.displayQty, display) }
            if let tag = settings.liquidityTag, let liquidity = report.liquidity {
                writer.put(FixTag(rawValue: tag), char: UInt8(ascii: liquidity == 1 ? "A" : "R"))
            }
        }
    }

    /// The group of the one leg that a report is about.
    private func putLeg(_ leg: FixLegRole, _ order: FixOrder, _ writer: inout FixWriter) {
        writer.put(.noLegs, 1)
        writer.putText(.legSymbol, order.symbol)
        writer.put(.legSide, char: order.side)
        writer.putText(.legRefID, leg.name ?? "\(leg.index + 1)")
    }

    /// ExecTransType 20 of 4.2.
    private func transaction(_ report: FixReport) -> UInt8 {
        switch report.type {
        case UInt8(ascii: "H"): UInt8(ascii: "1")
        case UInt8(ascii: "G"): UInt8(ascii: "2")
        case UInt8(ascii: "I"): UInt8(ascii: "3")
        default: UInt8(ascii: "0")
        }
    }

    /// In 4.2 a trade, its undoing and a status are told by the order's state.
    private func execType(_ report: FixReport, _ order: FixOrder) -> UInt8 {
        guard dialect == .fix42, (UInt8(ascii: "F")...UInt8(ascii: "I")).contains(report.type) else {
            return report.type
        }
        return order.status(dialect)
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
}
