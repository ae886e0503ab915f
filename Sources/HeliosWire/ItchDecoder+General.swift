// SPDX-License-Identifier: MIT
import HeliosMarket

/// The fixed lengths of the ITCH 5.0 messages, and their names.
public enum ItchMessageType: UInt8, Sendable, CaseIterable {
    case systemEvent = 0x53  // S
    case stockDirectory = 0x52  // R
    case tradingAction = 0x48  // H
    case regShoRestriction = 0x59  // Y
    case participantPosition = 0x4C  // L
    case breakerLevels = 0x56  // V
    case breakerStatus = 0x57  // W
    case quotingPeriod = 0x4B  // K
    case auctionCollar = 0x4A  // J
    case operationalHalt = 0x68  // h
    case addOrder = 0x41  // A
    case addOrderAttributed = 0x46  // F
    case orderExecuted = 0x45  // E
    case orderExecutedWithPrice = 0x43  // C
    case orderCancel = 0x58  // X
    case orderDelete = 0x44  // D
    case orderReplace = 0x55  // U
    case trade = 0x50  // P
    case crossTrade = 0x51  // Q
    case brokenTrade = 0x42  // B
    case imbalance = 0x49  // I
    case retailInterest = 0x4E  // N
    case directListing = 0x4F  // O

    /// Bytes from the type on.
    public var length: Int {
        switch self {
        case .systemEvent, .breakerStatus: 12
        case .stockDirectory: 39
        case .tradingAction: 25
        case .regShoRestriction, .retailInterest: 20
        case .participantPosition: 26
        case .breakerLevels, .auctionCollar, .orderReplace: 35
        case .quotingPeriod: 28
        case .operationalHalt: 21
        case .addOrder, .orderExecutedWithPrice: 36
        case .addOrderAttributed, .crossTrade: 40
        case .orderExecuted: 31
        case .orderCancel: 23
        case .orderDelete, .brokenTrade: 19
        case .trade: 44
        case .imbalance: 50
        case .directListing: 48
        }
    }

    public var name: String {
        switch self {
        case .systemEvent: "System event"
        case .stockDirectory: "Stock directory"
        case .tradingAction: "Trading action"
        case .regShoRestriction: "Reg SHO restriction"
        case .participantPosition: "Market participant position"
        case .breakerLevels: "Market-wide breaker levels"
        case .breakerStatus: "Market-wide breaker status"
        case .quotingPeriod: "IPO quoting period"
        case .auctionCollar: "LULD auction collar"
        case .operationalHalt: "Operational halt"
        case .addOrder: "Add order"
        case .addOrderAttributed: "Add order, attributed"
        case .orderExecuted: "Order executed"
        case .orderExecutedWithPrice: "Order executed with price"
        case .orderCancel: "Order cancel"
        case .orderDelete: "Order delete"
        case .orderReplace: "Order replace"
        case .trade: "Trade"
        case .crossTrade: "Cross trade"
        case .brokenTrade: "Broken trade"
        case .imbalance: "Net order imbalance"
        case .retailInterest: "Retail interest"
        case .directListing: "Direct listing price discovery"
        }
    }
}

/// A big-endian reader over one message whose length was checked.
@safe
private struct Fields {
    let bytes: UnsafeRawBufferPointer

    func byte(_ offset: Int) -> UInt64 { UInt64(unsafe bytes[offset]) }

    func u16(_ offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    func u32(_ offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func u64(_ offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    func clock() -> UInt64 { u64(3) & 0xFFFF_FFFF_FFFF }

    func symbol(_ offset: Int) -> Symbol {
        Symbol(packed: UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }

    /// A 1e-4 price as `Price`; always in range.
    func price(_ offset: Int) -> Price { Price(raw: Int64(u32(offset)) * 10_000) }

    func shares(_ offset: Int) -> Quantity { Quantity(raw: Int64(u32(offset)) * Quantity.scale) }

    /// A 64-bit share count, or nil when it does not fit a `Quantity`.
    func longShares(_ offset: Int) -> Quantity? {
        guard let shares = Int64(exactly: u64(offset)) else { return nil }
        let (raw, overflow) = shares.multipliedReportingOverflow(by: Quantity.scale)
        return overflow ? nil : Quantity(raw: raw)
    }

    func text4(_ offset: Int) -> UInt64 { UInt64(u32(offset)) }
}

extension ItchDecoder {
    /// Decodes one message, without framing, of any type and any length.
    ///
    /// - Parameters:
    ///   - message: the bytes from the type on; longer than the type's length is accepted and counted.
    ///   - offset: where it stands in the input, for the diagnostics.
    /// - Returns: the event, or nil for a message that can't be used, which is then counted in `diagnostics`.
    public mutating func decode(_ message: UnsafeRawBufferPointer, offset: UInt64) -> Event? {
        guard let code = unsafe message.first else {
            diagnostics.note(.emptyMessage, type: 0, offset: offset)
            return nil
        }
        unsafe shapes[Int(code)].count &+= 1
        guard let type = ItchMessageType(rawValue: code) else {
            diagnostics.note(.unknownType, type: code, offset: offset)
            return nil
        }
        guard message.count >= type.length else {
            diagnostics.note(.truncatedMessage, type: code, offset: offset)
            return nil
        }
        if message.count > type.length { diagnostics.oversized += 1 }
        let fields = unsafe Fields(bytes: message)
        guard fields.clock() < ItchDecoder.nanosecondsPerDay,
            var event = type.isBookMessage ? bookEvent(type, fields) : otherEvent(type, fields)
        else {
            diagnostics.note(.invalidField, type: code, offset: offset)
            return nil
        }
        sequence += 1
        event.sequence = sequence
        event.venue = venue
        event.eventTime = midnight + Int64(fields.clock())
        event.receiveTime = event.eventTime
        return event
    }

    /// All messages counted by type, good or bad.
    public var messageCount: Int {
        var total = 0
        for type in 0..<256 { total += unsafe Int(shapes[type].count) }
        return total
    }

    private mutating func bookEvent(_ type: ItchMessageType, _ fields: Fields) -> Event? {
        var event = Event(kind: .addOrder)
        event.orderID = fields.u64(11)
        switch type {
        case .addOrder, .addOrderAttributed:
            guard let flags = side(fields.byte(19)), fields.u32(32) <= ItchDecoder.maximumPrice else { return nil }
            event.flags = flags
            event.quantity = fields.shares(20)
            event.price = fields.price(32)
            event.instrument = instrument(fields.u16(1), symbol: fields.symbol(24))
            if type == .addOrderAttributed { event.detail = fields.text4(36) }
            return event
        case .orderExecuted, .orderExecutedWithPrice:
            event.kind = type == .orderExecuted ? .executeOrder : .executeOrderAtPrice
            event.quantity = fields.shares(19)
            event.detail = fields.u64(23)
            event.flags = .printable
            if type == .orderExecutedWithPrice {
                guard fields.u32(32) <= ItchDecoder.maximumPrice, let printable = flag(fields.byte(31)) else {
                    return nil
                }
                event.price = fields.price(32)
                event.flags = printable ? .printable : []
            }
        case .orderCancel:
            event.kind = .cancelOrder
            event.quantity = fields.shares(19)
        case .orderReplace:
            guard fields.u32(31) <= ItchDecoder.maximumPrice else { return nil }
            event.kind = .replaceOrder
            event.detail = fields.u64(19)
            event.quantity = fields.shares(27)
            event.price = fields.price(31)
        default:
            event.kind = .deleteOrder
        }
        event.instrument = instrument(fields.u16(1), symbol: nil)
        return event
    }

    private mutating func otherEvent(_ type: ItchMessageType, _ fields: Fields) -> Event? {
        switch type {
        case .trade, .crossTrade, .brokenTrade, .imbalance: return tapeEvent(type, fields)
        case .systemEvent:
            return Event(kind: .systemEvent, detail: fields.byte(11))
        case .breakerLevels:
            guard let one = Int64(exactly: fields.u64(11)) else { return nil }
            return Event(
                orderID: fields.u64(19),
                price: Price(raw: one),
                kind: .breakerLevels,
                detail: fields.u64(27)
            )
        case .breakerStatus:
            return Event(kind: .breakerStatus, detail: fields.byte(11))
        case .participantPosition:
            let state = fields.byte(23) | fields.byte(24) << 8 | fields.byte(25) << 16
            return Event(
                orderID: fields.text4(11),
                instrument: instrument(fields.u16(1), symbol: fields.symbol(15)),
                kind: .participantPosition,
                detail: state
            )
        default:
            return symbolEvent(type, fields)
        }
    }

    private mutating func tapeEvent(_ type: ItchMessageType, _ fields: Fields) -> Event? {
        switch type {
        case .trade:
            guard let flags = side(fields.byte(19)), fields.u32(32) <= ItchDecoder.maximumPrice else { return nil }
            return Event(
                orderID: fields.u64(11),
                price: fields.price(32),
                quantity: fields.shares(20),
                instrument: instrument(fields.u16(1), symbol: fields.symbol(24)),
                kind: .trade,
                flags: flags.union(.printable),
                detail: fields.u64(36)
            )
        case .crossTrade:
            guard let shares = fields.longShares(11), fields.u32(27) <= ItchDecoder.maximumPrice else { return nil }
            return Event(
                orderID: fields.u64(31),
                price: fields.price(27),
                quantity: shares,
                instrument: instrument(fields.u16(1), symbol: fields.symbol(19)),
                kind: .crossTrade,
                flags: .printable,
                detail: fields.byte(39)
            )
        case .brokenTrade:
            return Event(
                instrument: instrument(fields.u16(1), symbol: nil),
                kind: .brokenTrade,
                detail: fields.u64(11)
            )
        default:
            guard let paired = fields.longShares(11) else { return nil }
            return Event(
                orderID: fields.u64(19),
                price: fields.price(44),
                quantity: paired,
                instrument: instrument(fields.u16(1), symbol: fields.symbol(28)),
                kind: .imbalance,
                flags: EventFlags(rawValue: UInt8(truncatingIfNeeded: fields.byte(27) & 0x7F)),
                detail: UInt64(fields.u32(36)) << 32 | UInt64(fields.u32(40))
            )
        }
    }

    /// The messages about one symbol that start with its name.
    private mutating func symbolEvent(_ type: ItchMessageType, _ fields: Fields) -> Event? {
        let symbol = fields.symbol(11)
        var event = Event(kind: .tradingStatus)
        switch type {
        case .stockDirectory:
            event.kind = .instrumentDefinition
            event.orderID = symbol.packed
            event.quantity = fields.shares(21)
            event.detail =
                fields.byte(19) | fields.byte(20) << 8 | fields.byte(25) << 16 | fields.byte(26) << 24
                | fields.byte(29) << 32 | fields.byte(32) << 40 | fields.byte(33) << 48
        case .tradingAction:
            guard tradingStates.contains(UInt8(truncatingIfNeeded: fields.byte(19))) else { return nil }
            event.detail = fields.byte(19) | fields.text4(21) << 8
        case .regShoRestriction:
            event.kind = .shortSaleRestriction
            event.detail = fields.byte(19)
        case .operationalHalt:
            guard fields.byte(20) == 0x48 || fields.byte(20) == 0x54 else { return nil }
            event.kind = .operationalHalt
            event.detail = fields.byte(19) | fields.byte(20) << 8
        case .quotingPeriod:
            event.kind = .quotingPeriod
            event.orderID = UInt64(fields.u32(19))
            event.price = fields.price(24)
            event.detail = fields.byte(23)
        case .auctionCollar:
            event.kind = .auctionCollar
            event.price = fields.price(19)
            event.detail = UInt64(fields.u32(23)) << 32 | UInt64(fields.u32(27))
            event.orderID = UInt64(fields.u32(31))
        case .retailInterest:
            event.kind = .retailInterest
            event.detail = fields.byte(19)
        default:
            event.kind = .directListing
            event.price = fields.price(28)
            event.orderID = fields.u64(32)
            event.detail = UInt64(fields.u32(20)) << 32 | UInt64(fields.u32(24))
        }
        // Last: a message that is refused must not name an instrument.
        event.instrument = instrument(fields.u16(1), symbol: symbol)
        return event
    }

    private func side(_ code: UInt64) -> EventFlags? {
        switch code {
        case 0x42: []
        case 0x53: .sell
        default: nil
        }
    }

    private func flag(_ code: UInt64) -> Bool? {
        switch code {
        case 0x59: true
        case 0x4E: false
        default: nil
        }
    }

    /// H, P, Q, T.
    private var tradingStates: [UInt8] { [0x48, 0x50, 0x51, 0x54] }

    /// The instrument of a stock locate.
    ///
    /// Where the symbol is not known yet (a capture that starts in the middle of the day) it is registered as
    /// `#locate`, and stays out of the fast path's table until a message names it.
    private mutating func instrument(_ locate: UInt16, symbol: Symbol?) -> Instrument {
        let known = Instrument(id: unsafe instruments[Int(locate)])
        guard let symbol else {
            if known != .none { return known }
            if let placeholder = placeholders[locate] { return placeholder }
            guard let name = Symbol("#\(locate)") else { return .none }
            let placeholder = directory.register(name)
            placeholders[locate] = placeholder
            return placeholder
        }
        if known != .none, directory.symbols[known.index] == symbol { return known }
        if let placeholder = placeholders.removeValue(forKey: locate), directory[symbol] == nil {
            directory.rename(placeholder, to: symbol)
        }
        let instrument = directory.register(symbol)
        unsafe instruments[Int(locate)] = instrument.id
        return instrument
    }
}

extension ItchMessageType {
    /// Whether the message changes the book.
    public var isBookMessage: Bool {
        switch self {
        case .addOrder, .addOrderAttributed, .orderExecuted, .orderExecutedWithPrice, .orderCancel, .orderDelete,
            .orderReplace:
            true
        default: false
        }
    }
}
