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
    /// The venue's own field that says it too: A for made, R for taken.
    var liquidityTag: UInt32?
    var reference: UInt64?
    var execID: UInt64?
    var rejectReason: FixReason?
    var restatement: FixRestatement?
    var text: String?
    var statusRequest: String?
    /// Whether the order is a package.
    var isOfPackage = false
    /// The execution's number on the feed.
    var match: UInt64?
    /// Of a drop copy: whose order it is.
    var owner: SoupText?

    init(_ type: Unicode.Scalar) { self.type = UInt8(ascii: type) }

    /// LastLiquidityInd of a liquidity letter of OUCH.
    static func liquidity(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "A"), UInt8(ascii: "J"), UInt8(ascii: "k"): 1
        case UInt8(ascii: "R"), UInt8(ascii: "m"): 2
        default: nil
        }
    }
}

/// Why an order is told as another than it was.
enum FixRestatement {
    /// A part of its quantity is gone.
    case smaller
    case other

    /// ExecRestatementReason 378.
    func number(_ dialect: FixDialect) -> Int {
        switch self {
        case .smaller: 5
        case .other: dialect == .fix42 ? 4 : 99
        }
    }
}

extension FixReport {
    /// Writes the fields of an ExecutionReport, their tags in ascending order.
    ///
    /// A copy may be of another version than its order: what that version has no word for is left out.
    func write(_ order: FixOrder, _ dialect: FixDialect, at time: Timestamp, to writer: inout FixWriter) {
        let terms = order.terms
        if let account = order.account { writer.putText(.account, account) }
        writer.put(.avgPx, order.averagePrice)
        writer.putText(.clOrdID, clOrdID ?? order.clOrdID)
        writer.put(.cumQty, order.cumulative)
        writer.put(.execID, unsigned: execID ?? 0)
        if let instructions = terms.instructions, dialect != .fix42 || !instructions.contains("i") {
            writer.putText(.execInst, instructions)
        }
        if let reference { writer.put(.execRefID, unsigned: reference) }
        if dialect == .fix42 { writer.put(.execTransType, char: transaction) }
        if let price = lastPrice { writer.put(.lastPx, price) }
        if let quantity = lastQuantity { writer.put(.lastQty, quantity) }
        writer.put(.orderID, unsigned: order.leg?.package ?? order.id)
        writer.put(.orderQty, terms.quantity)
        writer.put(.ordStatus, char: order.status(dialect))
        writer.put(.ordType, char: terms.type)
        if let original { writer.putText(.origClOrdID, original) }
        if let price = terms.price { writer.put(.price, price) }
        writer.put(.side, char: order.side)
        writer.putText(.symbol, order.symbol)
        if let text { writer.putText(.text, text) }
        if terms.timeInForce != 0, dialect != .fix42 || terms.timeInForce != UInt8(ascii: "7") {
            writer.put(.timeInForce, char: terms.timeInForce)
        }
        writer.put(.transactTime, time)
        if let reason = rejectReason { writer.put(.ordRejReason, reason.orderReject(dialect)) }
        if let owner, dialect == .fix42 { writer.putText(.clientID, owner.description) }
        if terms.minimum > .zero { writer.put(.minQty, terms.minimum) }
        if let display = terms.display, dialect != .fix50sp2 { writer.put(.maxFloor, display) }
        if let expiry = terms.expiry { writer.put(.expireTime, expiry) }
        writer.put(.execType, char: execType(order, dialect))
        writer.put(.leavesQty, order.end == nil ? order.leaves : .zero)
        if owner != nil, order.reference > 0 { writer.put(.secondaryOrderID, unsigned: order.reference) }
        if let offset = terms.pegOffset { writer.put(.pegOffsetValue, offset) }
        if let restatement { writer.put(.execRestatementReason, restatement.number(dialect)) }
        if isOfPackage || order.leg != nil { writer.put(.multiLegReportingType, isOfPackage ? 3 : 2) }
        if dialect != .fix42 { writeLater(order, dialect, to: &writer) }
        if let liquidityTag, let liquidity {
            writer.put(FixTag(rawValue: liquidityTag), char: UInt8(ascii: liquidity == 1 ? "A" : "R"))
        }
    }

    /// What 4.2 does not have.
    private func writeLater(_ order: FixOrder, _ dialect: FixDialect, to writer: inout FixWriter) {
        if let owner {
            writer.put(.noPartyIDs, 1)
            writer.putText(.partyID, owner.description)
            writer.put(.partyIDSource, char: UInt8(ascii: "D"))
            writer.put(.partyRole, FixReport.orderOriginationFirm)
            if let match, match > 0 { writer.put(.secondaryExecID, unsigned: match) }
        }
        if let leg = order.leg {
            writer.put(.noLegs, 1)
            writer.putText(.legSymbol, order.symbol)
            writer.put(.legSide, char: order.side)
            writer.putText(.legRefID, leg.name ?? "\(leg.index + 1)")
        }
        if let response = order.quoteResponse { writer.putText(.quoteRespID, response) }
        if let request = statusRequest { writer.putText(.ordStatusReqID, request) }
        if owner != nil { writer.put(.copyMsgIndicator, true) }
        if let liquidity { writer.put(.lastLiquidityInd, liquidity) }
        if let display = order.terms.display, dialect == .fix50sp2 { writer.put(.displayQty, display) }
    }

    /// PartyRole of who has sent the order.
    private static let orderOriginationFirm = 13

    /// ExecTransType 20 of 4.2.
    private var transaction: UInt8 {
        switch type {
        case UInt8(ascii: "H"): UInt8(ascii: "1")
        case UInt8(ascii: "G"): UInt8(ascii: "2")
        case UInt8(ascii: "I"): UInt8(ascii: "3")
        default: UInt8(ascii: "0")
        }
    }

    /// In 4.2 a trade, its undoing and a status are told by the order's state.
    private func execType(_ order: FixOrder, _ dialect: FixDialect) -> UInt8 {
        guard dialect == .fix42, (UInt8(ascii: "F")...UInt8(ascii: "I")).contains(type) else { return type }
        return order.status(dialect)
    }
}

extension FixTag {
    static var secondaryOrderID: FixTag { 198 }
    static var secondaryExecID: FixTag { 527 }
}
