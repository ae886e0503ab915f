// SPDX-License-Identifier: MIT
import HeliosMarket

// OUCH 5.0 from venue to client.

extension Ouch50 {
    /// A phase of the day.
    ///
    /// Layout (offset, length): type `S` 0, 1; timestamp 1, 8; code 9, 1.
    @frozen
    public struct SystemEvent: OuchMessage {
        public static var type: UInt8 { 0x53 }
        public static var length: Int { 10 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The phase.
        @inlinable
        public var code: OuchCode<OuchSystemCode> { bytes.code(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            code: OuchCode<OuchSystemCode>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(code, 9)
        }
    }
}

extension Ouch50 {
    /// An order was accepted, with what the venue made of it.
    ///
    /// Layout (offset, length): type `A` 0, 1; timestamp 1, 8; userRefNum 9, 4; side 13, 1; quantity 14, 4; symbol 18,
    /// 8; price 26, 8; timeInForce 34, 1; display 35, 1; orderReference 36, 8; capacity 44, 1; sweep 45, 1; cross 46,
    /// 1; state 47, 1; clientOrderID 48, 14; length of the optional fields 62, 2.
    @frozen
    public struct OrderAccepted: OuchMessage {
        public static var type: UInt8 { 0x41 }
        public static var length: Int { 62 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x7307_FEFC }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(13) }
        /// Shares.
        @inlinable
        public var quantity: UInt32 { bytes.number(14) }
        /// The instrument.
        @inlinable
        public var symbol: Symbol { bytes.symbol(18) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt64 { bytes.number(26) }
        /// How long it lives.
        @inlinable
        public var timeInForce: OuchCode<OuchTimeInForce> { bytes.code(34) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(35) }
        /// The venue's number of the order.
        @inlinable
        public var orderReference: UInt64 { bytes.number(36) }
        /// For whom it is entered.
        @inlinable
        public var capacity: OuchCode<OuchCapacity> { bytes.code(44) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(45) }
        /// The auction that it is for.
        @inlinable
        public var cross: OuchCode<OuchCross> { bytes.code(46) }
        /// Whether it works.
        @inlinable
        public var state: OuchCode<OuchOrderState> { bytes.code(47) }
        /// The client's free text.
        @inlinable
        public var clientOrderID: OuchToken { bytes.token(48) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            side: OuchCode<OuchSide>,
            quantity: UInt32,
            symbol: Symbol,
            price: UInt64,
            timeInForce: OuchCode<OuchTimeInForce>,
            display: OuchCode<OuchDisplay>,
            orderReference: UInt64,
            capacity: OuchCode<OuchCapacity>,
            sweep: OuchCode<OuchSweep>,
            cross: OuchCode<OuchCross>,
            state: OuchCode<OuchOrderState>,
            clientOrderID: OuchToken,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(side, 13)
            unsafe draft.put(quantity, 14)
            unsafe draft.put(symbol, 18)
            unsafe draft.put(price, 26)
            unsafe draft.put(timeInForce, 34)
            unsafe draft.put(display, 35)
            unsafe draft.put(orderReference, 36)
            unsafe draft.put(capacity, 44)
            unsafe draft.put(sweep, 45)
            unsafe draft.put(cross, 46)
            unsafe draft.put(state, 47)
            unsafe draft.put(clientOrderID, 48)
        }
    }
}

extension Ouch50 {
    /// An order was replaced.
    ///
    /// Layout (offset, length): type `U` 0, 1; timestamp 1, 8; originalUserRefNum 9, 4; userRefNum 13, 4; side 17, 1;
    /// quantity 18, 4; symbol 22, 8; price 30, 8; timeInForce 38, 1; display 39, 1; orderReference 40, 8; capacity 48,
    /// 1; sweep 49, 1; cross 50, 1; state 51, 1; clientOrderID 52, 14; length of the optional fields 66, 2.
    @frozen
    public struct OrderReplaced: OuchMessage {
        public static var type: UInt8 { 0x55 }
        public static var length: Int { 66 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x7007_906C }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The number of the order that is replaced.
        @inlinable
        public var originalUserRefNum: UInt32 { bytes.number(9) }
        /// The new number.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(13) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(17) }
        /// Shares over the whole chain, executed ones included.
        @inlinable
        public var quantity: UInt32 { bytes.number(18) }
        /// The instrument.
        @inlinable
        public var symbol: Symbol { bytes.symbol(22) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt64 { bytes.number(30) }
        /// How long it lives.
        @inlinable
        public var timeInForce: OuchCode<OuchTimeInForce> { bytes.code(38) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(39) }
        /// The venue's number of the order.
        @inlinable
        public var orderReference: UInt64 { bytes.number(40) }
        /// For whom it is entered.
        @inlinable
        public var capacity: OuchCode<OuchCapacity> { bytes.code(48) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(49) }
        /// The auction that it is for.
        @inlinable
        public var cross: OuchCode<OuchCross> { bytes.code(50) }
        /// Whether it works.
        @inlinable
        public var state: OuchCode<OuchOrderState> { bytes.code(51) }
        /// The client's free text.
        @inlinable
        public var clientOrderID: OuchToken { bytes.token(52) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            originalUserRefNum: UInt32,
            userRefNum: UInt32,
            side: OuchCode<OuchSide>,
            quantity: UInt32,
            symbol: Symbol,
            price: UInt64,
            timeInForce: OuchCode<OuchTimeInForce>,
            display: OuchCode<OuchDisplay>,
            orderReference: UInt64,
            capacity: OuchCode<OuchCapacity>,
            sweep: OuchCode<OuchSweep>,
            cross: OuchCode<OuchCross>,
            state: OuchCode<OuchOrderState>,
            clientOrderID: OuchToken,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(originalUserRefNum, 9)
            unsafe draft.put(userRefNum, 13)
            unsafe draft.put(side, 17)
            unsafe draft.put(quantity, 18)
            unsafe draft.put(symbol, 22)
            unsafe draft.put(price, 30)
            unsafe draft.put(timeInForce, 38)
            unsafe draft.put(display, 39)
            unsafe draft.put(orderReference, 40)
            unsafe draft.put(capacity, 48)
            unsafe draft.put(sweep, 49)
            unsafe draft.put(cross, 50)
            unsafe draft.put(state, 51)
            unsafe draft.put(clientOrderID, 52)
        }
    }
}

extension Ouch50 {
    /// An order shrank or ended.
    ///
    /// Layout (offset, length): type `C` 0, 1; timestamp 1, 8; userRefNum 9, 4; decrement 13, 4; reason 17, 1; length
    /// of the optional fields 18, 2, missing when there are none.
    @frozen
    public struct OrderCancelled: OuchMessage {
        public static var type: UInt8 { 0x43 }
        public static var length: Int { 18 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// Shares by which the open quantity shrank.
        @inlinable
        public var decrement: UInt32 { bytes.number(13) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchCancelReason> { bytes.code(17) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            decrement: UInt32,
            reason: OuchCode<OuchCancelReason>,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(decrement, 13)
            unsafe draft.put(reason, 17)
        }
    }
}

extension Ouch50 {
    /// An order shrank instead of trading with one of the same owner.
    ///
    /// Layout (offset, length): type `D` 0, 1; timestamp 1, 8; userRefNum 9, 4; decrement 13, 4; reason 17, 1;
    /// prevented 18, 4; price 22, 8; liquidity 30, 1; strategy 31, 1; length of the optional fields 32, 2, missing when
    /// there are none.
    @frozen
    public struct SelfMatchCancelled: OuchMessage {
        public static var type: UInt8 { 0x44 }
        public static var length: Int { 32 }
        public static var shortest: Int { 31 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// Shares by which the open quantity shrank.
        @inlinable
        public var decrement: UInt32 { bytes.number(13) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchCancelReason> { bytes.code(17) }
        /// Shares that would have traded.
        @inlinable
        public var prevented: UInt32 { bytes.number(18) }
        /// The price of the execution in 1e-4 dollars.
        @inlinable
        public var price: UInt64 { bytes.number(22) }
        /// Whether it added or removed liquidity.
        @inlinable
        public var liquidity: OuchCode<OuchLiquidity> { bytes.code(30) }
        /// What was done; a space in the revision without it.
        @inlinable
        public var strategy: OuchCode<OuchSelfMatch> { bytes.count > 31 ? bytes.code(31) : OuchCode(rawValue: 0x20) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            decrement: UInt32,
            reason: OuchCode<OuchCancelReason>,
            prevented: UInt32,
            price: UInt64,
            liquidity: OuchCode<OuchLiquidity>,
            strategy: OuchCode<OuchSelfMatch>,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(decrement, 13)
            unsafe draft.put(reason, 17)
            unsafe draft.put(prevented, 18)
            unsafe draft.put(price, 22)
            unsafe draft.put(liquidity, 30)
            unsafe draft.put(strategy, 31)
        }
    }
}

extension Ouch50 {
    /// An order traded.
    ///
    /// Layout (offset, length): type `E` 0, 1; timestamp 1, 8; userRefNum 9, 4; quantity 13, 4; price 17, 8; liquidity
    /// 25, 1; matchNumber 26, 8; length of the optional fields 34, 2.
    @frozen
    public struct OrderExecuted: OuchMessage {
        public static var type: UInt8 { 0x45 }
        public static var length: Int { 34 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x1018_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// Shares.
        @inlinable
        public var quantity: UInt32 { bytes.number(13) }
        /// The price of the execution in 1e-4 dollars.
        @inlinable
        public var price: UInt64 { bytes.number(17) }
        /// Whether it added or removed liquidity.
        @inlinable
        public var liquidity: OuchCode<OuchLiquidity> { bytes.code(25) }
        /// The execution's number, the same for both sides.
        @inlinable
        public var matchNumber: UInt64 { bytes.number(26) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            quantity: UInt32,
            price: UInt64,
            liquidity: OuchCode<OuchLiquidity>,
            matchNumber: UInt64,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(quantity, 13)
            unsafe draft.put(price, 17)
            unsafe draft.put(liquidity, 25)
            unsafe draft.put(matchNumber, 26)
        }
    }
}

extension Ouch50 {
    /// A trade was undone; the shares do not come back.
    ///
    /// Layout (offset, length): type `B` 0, 1; timestamp 1, 8; userRefNum 9, 4; matchNumber 13, 8; reason 21, 1;
    /// clientOrderID 22, 14; length of the optional fields 36, 2, missing when there are none.
    @frozen
    public struct BrokenTrade: OuchMessage {
        public static var type: UInt8 { 0x42 }
        public static var length: Int { 36 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// The execution's number, the same for both sides.
        @inlinable
        public var matchNumber: UInt64 { bytes.number(13) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchBreakReason> { bytes.code(21) }
        /// The client's free text.
        @inlinable
        public var clientOrderID: OuchToken { bytes.token(22) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            matchNumber: UInt64,
            reason: OuchCode<OuchBreakReason>,
            clientOrderID: OuchToken,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(matchNumber, 13)
            unsafe draft.put(reason, 21)
            unsafe draft.put(clientOrderID, 22)
        }
    }
}

extension Ouch50 {
    /// A trade was corrected; revision of 2023 only.
    ///
    /// Layout (offset, length): type `F` 0, 1; timestamp 1, 8; userRefNum 9, 4; quantity 13, 4; price 17, 8; liquidity
    /// 25, 1; matchNumber 26, 8; reason 34, 1; clientOrderID 35, 14; length of the optional fields 49, 2, missing when
    /// there are none.
    @frozen
    public struct TradeCorrection: OuchMessage {
        public static var type: UInt8 { 0x46 }
        public static var length: Int { 49 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// Shares.
        @inlinable
        public var quantity: UInt32 { bytes.number(13) }
        /// The price of the execution in 1e-4 dollars.
        @inlinable
        public var price: UInt64 { bytes.number(17) }
        /// Whether it added or removed liquidity.
        @inlinable
        public var liquidity: OuchCode<OuchLiquidity> { bytes.code(25) }
        /// The execution's number, the same for both sides.
        @inlinable
        public var matchNumber: UInt64 { bytes.number(26) }
        /// Why; `N` adjusted to the net asset value.
        @inlinable
        public var reason: UInt8 { bytes.number(34) }
        /// The client's free text.
        @inlinable
        public var clientOrderID: OuchToken { bytes.token(35) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            quantity: UInt32,
            price: UInt64,
            liquidity: OuchCode<OuchLiquidity>,
            matchNumber: UInt64,
            reason: UInt8,
            clientOrderID: OuchToken,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(quantity, 13)
            unsafe draft.put(price, 17)
            unsafe draft.put(liquidity, 25)
            unsafe draft.put(matchNumber, 26)
            unsafe draft.put(reason, 34)
            unsafe draft.put(clientOrderID, 35)
        }
    }
}

extension Ouch50 {
    /// A request was refused.
    ///
    /// Layout (offset, length): type `J` 0, 1; timestamp 1, 8; userRefNum 9, 4; reason 13, 2; clientOrderID 15, 14;
    /// length of the optional fields 29, 2, missing when there are none.
    @frozen
    public struct OrderRejected: OuchMessage {
        public static var type: UInt8 { 0x4A }
        public static var length: Int { 29 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchRejectCode> { bytes.code(13) }
        /// The client's free text.
        @inlinable
        public var clientOrderID: OuchToken { bytes.token(15) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            reason: OuchCode<OuchRejectCode>,
            clientOrderID: OuchToken,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(reason, 13)
            unsafe draft.put(clientOrderID, 15)
        }
    }
}

extension Ouch50 {
    /// The cancel will happen after the cross.
    ///
    /// Layout (offset, length): type `P` 0, 1; timestamp 1, 8; userRefNum 9, 4; length of the optional fields 13, 2,
    /// missing when there are none.
    @frozen
    public struct CancelPending: OuchMessage {
        public static var type: UInt8 { 0x50 }
        public static var length: Int { 13 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
        }
    }
}

extension Ouch50 {
    /// The cancel was refused.
    ///
    /// Layout (offset, length): type `I` 0, 1; timestamp 1, 8; userRefNum 9, 4; length of the optional fields 13, 2,
    /// missing when there are none.
    @frozen
    public struct CancelRejected: OuchMessage {
        public static var type: UInt8 { 0x49 }
        public static var length: Int { 13 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
        }
    }
}

extension Ouch50 {
    /// The order has a new place.
    ///
    /// Layout (offset, length): type `T` 0, 1; timestamp 1, 8; userRefNum 9, 4; price 13, 8; display 21, 1;
    /// orderReference 22, 8; length of the optional fields 30, 2, missing when there are none.
    @frozen
    public struct PriorityUpdate: OuchMessage {
        public static var type: UInt8 { 0x54 }
        public static var length: Int { 30 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt64 { bytes.number(13) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(21) }
        /// The venue's number of the order.
        @inlinable
        public var orderReference: UInt64 { bytes.number(22) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            price: UInt64,
            display: OuchCode<OuchDisplay>,
            orderReference: UInt64,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(price, 13)
            unsafe draft.put(display, 21)
            unsafe draft.put(orderReference, 22)
        }
    }
}

extension Ouch50 {
    /// An order changed and kept its place.
    ///
    /// Layout (offset, length): type `M` 0, 1; timestamp 1, 8; userRefNum 9, 4; side 13, 1; quantity 14, 4; length of
    /// the optional fields 18, 2, missing when there are none.
    @frozen
    public struct OrderModified: OuchMessage {
        public static var type: UInt8 { 0x4D }
        public static var length: Int { 18 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1600_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(13) }
        /// Shares that are open now.
        @inlinable
        public var quantity: UInt32 { bytes.number(14) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            side: OuchCode<OuchSide>,
            quantity: UInt32,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(side, 13)
            unsafe draft.put(quantity, 14)
        }
    }
}

extension Ouch50 {
    /// An order changed by itself.
    ///
    /// Layout (offset, length): type `R` 0, 1; timestamp 1, 8; userRefNum 9, 4; reason 13, 1; length of the optional
    /// fields 14, 2.
    @frozen
    public struct OrderRestated: OuchMessage {
        public static var type: UInt8 { 0x52 }
        public static var length: Int { 14 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x10C0_0002 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchRestatement> { bytes.code(13) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            reason: OuchCode<OuchRestatement>,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(reason, 13)
        }
    }
}

extension Ouch50 {
    /// A mass cancel was taken; one cancel an order follows.
    ///
    /// Layout (offset, length): type `X` 0, 1; timestamp 1, 8; userRefNum 9, 4; firm 13, 4; symbol 17, 8; length of the
    /// optional fields 25, 2.
    @frozen
    public struct MassCancelResponse: OuchMessage {
        public static var type: UInt8 { 0x58 }
        public static var length: Int { 25 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x1900_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(13) }
        /// The instrument; blank = all.
        @inlinable
        public var symbol: Symbol { bytes.symbol(17) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            firm: Alpha4,
            symbol: Symbol,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(firm, 13)
            unsafe draft.put(symbol, 17)
        }
    }
}

extension Ouch50 {
    /// A firm may enter no more orders.
    ///
    /// Layout (offset, length): type `G` 0, 1; timestamp 1, 8; userRefNum 9, 4; firm 13, 4; length of the optional
    /// fields 17, 2.
    @frozen
    public struct DisableResponse: OuchMessage {
        public static var type: UInt8 { 0x47 }
        public static var length: Int { 17 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(13) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            firm: Alpha4,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(firm, 13)
        }
    }
}

extension Ouch50 {
    /// A firm may enter orders again.
    ///
    /// Layout (offset, length): type `K` 0, 1; timestamp 1, 8; userRefNum 9, 4; firm 13, 4; length of the optional
    /// fields 17, 2.
    @frozen
    public struct EnableResponse: OuchMessage {
        public static var type: UInt8 { 0x4B }
        public static var length: Int { 17 }
        public static var appendage: OuchAppendage { .required }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The order's number of the port.
        @inlinable
        public var userRefNum: UInt32 { bytes.number(9) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(13) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            userRefNum: UInt32,
            firm: Alpha4,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(userRefNum, 9)
            unsafe draft.put(firm, 13)
        }
    }
}

extension Ouch50 {
    /// The next UserRefNum.
    ///
    /// Layout (offset, length): type `Q` 0, 1; timestamp 1, 8; nextUserRefNum 9, 4; length of the optional fields 13,
    /// 2, missing when there are none.
    @frozen
    public struct AccountQueryResponse: OuchMessage {
        public static var type: UInt8 { 0x51 }
        public static var length: Int { 13 }
        public static var appendage: OuchAppendage { .optional }
        public static var tags: UInt64 { 0x1000_0000 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The lowest number that was not used.
        @inlinable
        public var nextUserRefNum: UInt32 { bytes.number(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            nextUserRefNum: UInt32,
            options: OuchOptions = .none,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, options, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(nextUserRefNum, 9)
        }
    }
}

extension Ouch50 {
    /// Any message of the venue.
    @frozen
    public enum Outbound: BitwiseCopyable {
        case systemEvent(SystemEvent)
        case orderAccepted(OrderAccepted)
        case orderReplaced(OrderReplaced)
        case orderCancelled(OrderCancelled)
        case selfMatchCancelled(SelfMatchCancelled)
        case orderExecuted(OrderExecuted)
        case brokenTrade(BrokenTrade)
        case tradeCorrection(TradeCorrection)
        case orderRejected(OrderRejected)
        case cancelPending(CancelPending)
        case cancelRejected(CancelRejected)
        case priorityUpdate(PriorityUpdate)
        case orderModified(OrderModified)
        case orderRestated(OrderRestated)
        case massCancelResponse(MassCancelResponse)
        case disableResponse(DisableResponse)
        case enableResponse(EnableResponse)
        case accountQueryResponse(AccountQueryResponse)

        /// Reads a message in place; it must outlive the view.
        ///
        /// - Throws: `OuchFault`, which says what is wrong and where.
        @inlinable
        public init(_ message: WireBytes) throws(OuchFault) {
            guard message.count > 0 else { throw .empty }
            switch message[0] {
            case SystemEvent.type: self = .systemEvent(try SystemEvent(message))
            case OrderAccepted.type: self = .orderAccepted(try OrderAccepted(message))
            case OrderReplaced.type: self = .orderReplaced(try OrderReplaced(message))
            case OrderCancelled.type: self = .orderCancelled(try OrderCancelled(message))
            case SelfMatchCancelled.type: self = .selfMatchCancelled(try SelfMatchCancelled(message))
            case OrderExecuted.type: self = .orderExecuted(try OrderExecuted(message))
            case BrokenTrade.type: self = .brokenTrade(try BrokenTrade(message))
            case TradeCorrection.type: self = .tradeCorrection(try TradeCorrection(message))
            case OrderRejected.type: self = .orderRejected(try OrderRejected(message))
            case CancelPending.type: self = .cancelPending(try CancelPending(message))
            case CancelRejected.type: self = .cancelRejected(try CancelRejected(message))
            case PriorityUpdate.type: self = .priorityUpdate(try PriorityUpdate(message))
            case OrderModified.type: self = .orderModified(try OrderModified(message))
            case OrderRestated.type: self = .orderRestated(try OrderRestated(message))
            case MassCancelResponse.type: self = .massCancelResponse(try MassCancelResponse(message))
            case DisableResponse.type: self = .disableResponse(try DisableResponse(message))
            case EnableResponse.type: self = .enableResponse(try EnableResponse(message))
            case AccountQueryResponse.type: self = .accountQueryResponse(try AccountQueryResponse(message))
            default: throw .unknownType(message[0])
            }
        }
    }
}
