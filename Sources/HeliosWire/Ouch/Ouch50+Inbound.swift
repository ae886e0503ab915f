// SPDX-License-Identifier: MIT
import HeliosMarket

// OUCH 5.0 from client to venue.

extension Ouch50 {
    /// A new order.
    ///
    /// Layout (offset, length): type `O` 0, 1; userRefNum 1, 4; side 5, 1; quantity 6, 4; symbol 10, 8; price 18, 8;
    /// timeInForce 26, 1; display 27, 1; capacity 28, 1; sweep 29, 1; cross 30, 1; clientOrderID 31, 14; length of the
    /// optional fields 45, 2.
    @frozen
    public struct EnterOrder: OuchMessage {
        public static var type: UInt8 { 0x4F }
        public static var length: Int { 45 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x7703_BEFC }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(1) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(5) }
        /// Shares.
        @inlinable
        public var quantity: UInt32 { bytes.number(6) }
        /// The instrument.
        @inlinable
        public var symbol: Symbol { bytes.symbol(10) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt64 { bytes.number(18) }
        /// How long it lives.
        @inlinable
        public var timeInForce: OuchCode<OuchTimeInForce> { bytes.code(26) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(27) }
        /// For whom it is entered.
        @inlinable
        public var capacity: OuchCode<OuchCapacity> { bytes.code(28) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(29) }
        /// The auction that it is for.
        @inlinable
        public var cross: OuchCode<OuchCross> { bytes.code(30) }
        /// The client's free text.
        @inlinable
        public var clientOrderID: OuchToken { bytes.token(31) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            userRefNum: UInt32,
            side: OuchCode<OuchSide>,
            quantity: UInt32,
            symbol: Symbol,
            price: UInt64,
            timeInForce: OuchCode<OuchTimeInForce>,
            display: OuchCode<OuchDisplay>,
            capacity: OuchCode<OuchCapacity>,
            sweep: OuchCode<OuchSweep>,
            cross: OuchCode<OuchCross>,
            clientOrderID: OuchToken,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(userRefNum, 1)
            unsafe draft.put(side, 5)
            unsafe draft.put(quantity, 6)
            unsafe draft.put(symbol, 10)
            unsafe draft.put(price, 18)
            unsafe draft.put(timeInForce, 26)
            unsafe draft.put(display, 27)
            unsafe draft.put(capacity, 28)
            unsafe draft.put(sweep, 29)
            unsafe draft.put(cross, 30)
            unsafe draft.put(clientOrderID, 31)
        }
    }
}

extension Ouch50 {
    /// A working order gets a new number, price and total quantity, and loses its place.
    ///
    /// Layout (offset, length): type `U` 0, 1; originalUserRefNum 1, 4; userRefNum 5, 4; quantity 9, 4; price 13, 8;
    /// timeInForce 21, 1; display 22, 1; sweep 23, 1; clientOrderID 24, 14; length of the optional fields 38, 2.
    @frozen
    public struct ReplaceOrder: OuchMessage {
        public static var type: UInt8 { 0x55 }
        public static var length: Int { 38 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x7E03_BEE8 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The number of the order that is replaced.
        @inlinable
        public var originalUserRefNum: UInt32 { bytes.number(1) }
        /// The new number.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(5) }
        /// Shares over the whole chain, executed ones included.
        @inlinable
        public var quantity: UInt32 { bytes.number(9) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt64 { bytes.number(13) }
        /// How long it lives.
        @inlinable
        public var timeInForce: OuchCode<OuchTimeInForce> { bytes.code(21) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(22) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(23) }
        /// The client's free text.
        @inlinable
        public var clientOrderID: OuchToken { bytes.token(24) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            originalUserRefNum: UInt32,
            userRefNum: UInt32,
            quantity: UInt32,
            price: UInt64,
            timeInForce: OuchCode<OuchTimeInForce>,
            display: OuchCode<OuchDisplay>,
            sweep: OuchCode<OuchSweep>,
            clientOrderID: OuchToken,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(originalUserRefNum, 1)
            unsafe draft.put(userRefNum, 5)
            unsafe draft.put(quantity, 9)
            unsafe draft.put(price, 13)
            unsafe draft.put(timeInForce, 21)
            unsafe draft.put(display, 22)
            unsafe draft.put(sweep, 23)
            unsafe draft.put(clientOrderID, 24)
        }
    }
}

extension Ouch50 {
    /// A working order shrinks or ends.
    ///
    /// Layout (offset, length): type `X` 0, 1; userRefNum 1, 4; quantity 5, 4; length of the optional fields 9, 2,
    /// missing when there are none.
    @frozen
    public struct CancelOrder: OuchMessage {
        public static var type: UInt8 { 0x58 }
        public static var length: Int { 9 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(1) }
        /// The open shares wanted; 0 = none.
        @inlinable
        public var quantity: UInt32 { bytes.number(5) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            userRefNum: UInt32,
            quantity: UInt32,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(userRefNum, 1)
            unsafe draft.put(quantity, 5)
        }
    }
}

extension Ouch50 {
    /// A working order changes its kind of sell, or shrinks, and keeps its place.
    ///
    /// Layout (offset, length): type `M` 0, 1; userRefNum 1, 4; side 5, 1; quantity 6, 4; length of the optional fields
    /// 10, 2, missing when there are none.
    @frozen
    public struct ModifyOrder: OuchMessage {
        public static var type: UInt8 { 0x4D }
        public static var length: Int { 10 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1600_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(1) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(5) }
        /// Shares.
        @inlinable
        public var quantity: UInt32 { bytes.number(6) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            userRefNum: UInt32,
            side: OuchCode<OuchSide>,
            quantity: UInt32,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(userRefNum, 1)
            unsafe draft.put(side, 5)
            unsafe draft.put(quantity, 6)
        }
    }
}

extension Ouch50 {
    /// Many working orders end.
    ///
    /// Layout (offset, length): type `C` 0, 1; userRefNum 1, 4; firm 5, 4; symbol 9, 8; length of the optional fields
    /// 17, 2.
    @frozen
    public struct MassCancel: OuchMessage {
        public static var type: UInt8 { 0x43 }
        public static var length: Int { 17 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x1900_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(1) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(5) }
        /// The instrument; blank = all.
        @inlinable
        public var symbol: Symbol { bytes.symbol(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            userRefNum: UInt32,
            firm: Alpha4,
            symbol: Symbol,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(userRefNum, 1)
            unsafe draft.put(firm, 5)
            unsafe draft.put(symbol, 9)
        }
    }
}

extension Ouch50 {
    /// A firm may enter no more orders.
    ///
    /// Layout (offset, length): type `D` 0, 1; userRefNum 1, 4; firm 5, 4; length of the optional fields 9, 2.
    @frozen
    public struct DisableOrderEntry: OuchMessage {
        public static var type: UInt8 { 0x44 }
        public static var length: Int { 9 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(1) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(5) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            userRefNum: UInt32,
            firm: Alpha4,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(userRefNum, 1)
            unsafe draft.put(firm, 5)
        }
    }
}

extension Ouch50 {
    /// A firm may enter orders again.
    ///
    /// Layout (offset, length): type `E` 0, 1; userRefNum 1, 4; firm 5, 4; length of the optional fields 9, 2.
    @frozen
    public struct EnableOrderEntry: OuchMessage {
        public static var type: UInt8 { 0x45 }
        public static var length: Int { 9 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(1) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(5) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            userRefNum: UInt32,
            firm: Alpha4,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(userRefNum, 1)
            unsafe draft.put(firm, 5)
        }
    }
}

extension Ouch50 {
    /// Asks for the next UserRefNum.
    ///
    /// Layout (offset, length): type `Q` 0, 1; length of the optional fields 1, 2, missing when there are none.
    @frozen
    public struct AccountQuery: OuchMessage {
        public static var type: UInt8 { 0x51 }
        public static var length: Int { 1 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            _ = unsafe try OuchDraft(Self.self, options, &output)
        }
    }
}

extension Ouch50 {
    /// Any message of a client.
    @frozen
    public enum Inbound: BitwiseCopyable {
        case enterOrder(EnterOrder)
        case replaceOrder(ReplaceOrder)
        case cancelOrder(CancelOrder)
        case modifyOrder(ModifyOrder)
        case massCancel(MassCancel)
        case disableOrderEntry(DisableOrderEntry)
        case enableOrderEntry(EnableOrderEntry)
        case accountQuery(AccountQuery)

        /// Reads a message in place; it must outlive the view.
        ///
        /// - Throws: `OuchFault`, which says what is wrong and where.
        @inlinable
        public init(_ message: WireBytes) throws(OuchFault) {
            guard message.count > 0 else { throw .empty }
            switch message[0] {
            case EnterOrder.type: self = .enterOrder(try EnterOrder(message))
            case ReplaceOrder.type: self = .replaceOrder(try ReplaceOrder(message))
            case CancelOrder.type: self = .cancelOrder(try CancelOrder(message))
            case ModifyOrder.type: self = .modifyOrder(try ModifyOrder(message))
            case MassCancel.type: self = .massCancel(try MassCancel(message))
            case DisableOrderEntry.type: self = .disableOrderEntry(try DisableOrderEntry(message))
            case EnableOrderEntry.type: self = .enableOrderEntry(try EnableOrderEntry(message))
            case AccountQuery.type: self = .accountQuery(try AccountQuery(message))
            default: throw .unknownType(message[0])
            }
        }
    }
}
