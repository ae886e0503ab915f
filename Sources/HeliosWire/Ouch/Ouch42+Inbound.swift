// SPDX-License-Identifier: MIT
import HeliosMarket

// OUCH 4.2 from client to venue.

extension Ouch42 {
    /// A new order; one with a token used before is ignored.
    ///
    /// Layout (offset, length): type `O` 0, 1; token 1, 14; side 15, 1; shares 16, 4; symbol 20, 8; price 28, 4;
    /// timeInForce 32, 4; firm 36, 4; display 40, 1; capacity 41, 1; sweep 42, 1; minimumQuantity 43, 4; cross 47, 1;
    /// customer 48, 1.
    @frozen
    public struct EnterOrder: OuchMessage {
        public static var type: UInt8 { 0x4F }
        public static var length: Int { 49 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(1) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(15) }
        /// Shares.
        @inlinable
        public var shares: UInt32 { bytes.number(16) }
        /// The instrument.
        @inlinable
        public var symbol: Symbol { bytes.symbol(20) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt32 { bytes.number(28) }
        /// Seconds to live: `Ouch42.immediateOrCancel`, `.marketHours`, `.systemHours` or a number.
        @inlinable
        public var timeInForce: UInt32 { bytes.number(32) }
        /// The firm; blank = the default.
        @inlinable
        public var firm: Alpha4 { bytes.text(36) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(40) }
        /// For whom it is entered.
        @inlinable
        public var capacity: OuchCode<OuchCapacity> { bytes.code(41) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(42) }
        /// Shares that must trade at once; 0 = none.
        @inlinable
        public var minimumQuantity: UInt32 { bytes.number(43) }
        /// The auction that it is for.
        @inlinable
        public var cross: OuchCode<OuchCross> { bytes.code(47) }
        /// Whether it is retail.
        @inlinable
        public var customer: OuchCode<OuchCustomer> { bytes.code(48) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            token: OuchToken,
            side: OuchCode<OuchSide>,
            shares: UInt32,
            symbol: Symbol,
            price: UInt32,
            timeInForce: UInt32,
            firm: Alpha4,
            display: OuchCode<OuchDisplay>,
            capacity: OuchCode<OuchCapacity>,
            sweep: OuchCode<OuchSweep>,
            minimumQuantity: UInt32,
            cross: OuchCode<OuchCross>,
            customer: OuchCode<OuchCustomer>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(token, 1)
            unsafe draft.put(side, 15)
            unsafe draft.put(shares, 16)
            unsafe draft.put(symbol, 20)
            unsafe draft.put(price, 28)
            unsafe draft.put(timeInForce, 32)
            unsafe draft.put(firm, 36)
            unsafe draft.put(display, 40)
            unsafe draft.put(capacity, 41)
            unsafe draft.put(sweep, 42)
            unsafe draft.put(minimumQuantity, 43)
            unsafe draft.put(cross, 47)
            unsafe draft.put(customer, 48)
        }
    }
}

extension Ouch42 {
    /// A working order gets a new token, price and total quantity, and loses its place.
    ///
    /// Layout (offset, length): type `U` 0, 1; token 1, 14; replacement 15, 14; shares 29, 4; price 33, 4; timeInForce
    /// 37, 4; display 41, 1; sweep 42, 1; minimumQuantity 43, 4.
    @frozen
    public struct ReplaceOrder: OuchMessage {
        public static var type: UInt8 { 0x55 }
        public static var length: Int { 47 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The order that is replaced.
        @inlinable
        public var token: OuchToken { bytes.token(1) }
        /// The new token.
        @inlinable
        public var replacement: OuchToken { bytes.token(15) }
        /// Shares over the whole chain, executed ones included.
        @inlinable
        public var shares: UInt32 { bytes.number(29) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt32 { bytes.number(33) }
        /// Seconds to live: `Ouch42.immediateOrCancel`, `.marketHours`, `.systemHours` or a number.
        @inlinable
        public var timeInForce: UInt32 { bytes.number(37) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(41) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(42) }
        /// Shares that must trade at once; 0 = none.
        @inlinable
        public var minimumQuantity: UInt32 { bytes.number(43) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            token: OuchToken,
            replacement: OuchToken,
            shares: UInt32,
            price: UInt32,
            timeInForce: UInt32,
            display: OuchCode<OuchDisplay>,
            sweep: OuchCode<OuchSweep>,
            minimumQuantity: UInt32,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(token, 1)
            unsafe draft.put(replacement, 15)
            unsafe draft.put(shares, 29)
            unsafe draft.put(price, 33)
            unsafe draft.put(timeInForce, 37)
            unsafe draft.put(display, 41)
            unsafe draft.put(sweep, 42)
            unsafe draft.put(minimumQuantity, 43)
        }
    }
}

extension Ouch42 {
    /// A working order shrinks or ends.
    ///
    /// Layout (offset, length): type `X` 0, 1; token 1, 14; shares 15, 4.
    @frozen
    public struct CancelOrder: OuchMessage {
        public static var type: UInt8 { 0x58 }
        public static var length: Int { 19 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(1) }
        /// The open shares wanted; 0 = none.
        @inlinable
        public var shares: UInt32 { bytes.number(15) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            token: OuchToken,
            shares: UInt32,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(token, 1)
            unsafe draft.put(shares, 15)
        }
    }
}

extension Ouch42 {
    /// A working order changes its kind of sell, or shrinks, and keeps its place.
    ///
    /// Layout (offset, length): type `M` 0, 1; token 1, 14; side 15, 1; shares 16, 4.
    @frozen
    public struct ModifyOrder: OuchMessage {
        public static var type: UInt8 { 0x4D }
        public static var length: Int { 20 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(1) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(15) }
        /// Shares.
        @inlinable
        public var shares: UInt32 { bytes.number(16) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            token: OuchToken,
            side: OuchCode<OuchSide>,
            shares: UInt32,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(token, 1)
            unsafe draft.put(side, 15)
            unsafe draft.put(shares, 16)
        }
    }
}

extension Ouch42 {
    /// A resting order takes what is there.
    ///
    /// Layout (offset, length): type `N` 0, 1; token 1, 14.
    @frozen
    public struct TradeNow: OuchMessage {
        public static var type: UInt8 { 0x4E }
        public static var length: Int { 15 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(1) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            token: OuchToken,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(token, 1)
        }
    }
}

extension Ouch42 {
    /// Any message of a client.
    @frozen
    public enum Inbound: BitwiseCopyable {
        case enterOrder(EnterOrder)
        case replaceOrder(ReplaceOrder)
        case cancelOrder(CancelOrder)
        case modifyOrder(ModifyOrder)
        case tradeNow(TradeNow)

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
            case TradeNow.type: self = .tradeNow(try TradeNow(message))
            default: throw .unknownType(message[0])
            }
        }
    }
}
