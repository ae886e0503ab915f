// SPDX-License-Identifier: MIT
import HeliosMarket

// OUCH 4.2 from venue to client.

extension Ouch42 {
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

extension Ouch42 {
    /// An order was accepted, with what the venue made of it.
    ///
    /// Layout (offset, length): type `A` 0, 1; timestamp 1, 8; token 9, 14; side 23, 1; shares 24, 4; symbol 28, 8;
    /// price 36, 4; timeInForce 40, 4; firm 44, 4; display 48, 1; orderReference 49, 8; capacity 57, 1; sweep 58, 1;
    /// minimumQuantity 59, 4; cross 63, 1; state 64, 1; weight 65, 1.
    @frozen
    public struct OrderAccepted: OuchMessage {
        public static var type: UInt8 { 0x41 }
        public static var length: Int { 66 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(23) }
        /// Shares.
        @inlinable
        public var shares: UInt32 { bytes.number(24) }
        /// The instrument.
        @inlinable
        public var symbol: Symbol { bytes.symbol(28) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt32 { bytes.number(36) }
        /// Seconds to live: `Ouch42.immediateOrCancel`, `.marketHours`, `.systemHours` or a number.
        @inlinable
        public var timeInForce: UInt32 { bytes.number(40) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(44) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(48) }
        /// The venue's number of the order.
        @inlinable
        public var orderReference: UInt64 { bytes.number(49) }
        /// For whom it is entered.
        @inlinable
        public var capacity: OuchCode<OuchCapacity> { bytes.code(57) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(58) }
        /// Shares that must trade at once; 0 = none.
        @inlinable
        public var minimumQuantity: UInt32 { bytes.number(59) }
        /// The auction that it is for.
        @inlinable
        public var cross: OuchCode<OuchCross> { bytes.code(63) }
        /// Whether it works.
        @inlinable
        public var state: OuchCode<OuchOrderState> { bytes.code(64) }
        /// How it stands to the best bid and offer.
        @inlinable
        public var weight: OuchCode<OuchWeight> { bytes.code(65) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            side: OuchCode<OuchSide>,
            shares: UInt32,
            symbol: Symbol,
            price: UInt32,
            timeInForce: UInt32,
            firm: Alpha4,
            display: OuchCode<OuchDisplay>,
            orderReference: UInt64,
            capacity: OuchCode<OuchCapacity>,
            sweep: OuchCode<OuchSweep>,
            minimumQuantity: UInt32,
            cross: OuchCode<OuchCross>,
            state: OuchCode<OuchOrderState>,
            weight: OuchCode<OuchWeight>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(side, 23)
            unsafe draft.put(shares, 24)
            unsafe draft.put(symbol, 28)
            unsafe draft.put(price, 36)
            unsafe draft.put(timeInForce, 40)
            unsafe draft.put(firm, 44)
            unsafe draft.put(display, 48)
            unsafe draft.put(orderReference, 49)
            unsafe draft.put(capacity, 57)
            unsafe draft.put(sweep, 58)
            unsafe draft.put(minimumQuantity, 59)
            unsafe draft.put(cross, 63)
            unsafe draft.put(state, 64)
            unsafe draft.put(weight, 65)
        }
    }
}

extension Ouch42 {
    /// An order was replaced.
    ///
    /// Layout (offset, length): type `U` 0, 1; timestamp 1, 8; token 9, 14; side 23, 1; shares 24, 4; symbol 28, 8;
    /// price 36, 4; timeInForce 40, 4; firm 44, 4; display 48, 1; orderReference 49, 8; capacity 57, 1; sweep 58, 1;
    /// minimumQuantity 59, 4; cross 63, 1; state 64, 1; previous 65, 14; weight 79, 1.
    @frozen
    public struct OrderReplaced: OuchMessage {
        public static var type: UInt8 { 0x55 }
        public static var length: Int { 80 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The new token.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(23) }
        /// Shares.
        @inlinable
        public var shares: UInt32 { bytes.number(24) }
        /// The instrument.
        @inlinable
        public var symbol: Symbol { bytes.symbol(28) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt32 { bytes.number(36) }
        /// Seconds to live: `Ouch42.immediateOrCancel`, `.marketHours`, `.systemHours` or a number.
        @inlinable
        public var timeInForce: UInt32 { bytes.number(40) }
        /// The firm.
        @inlinable
        public var firm: Alpha4 { bytes.text(44) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(48) }
        /// The venue's number of the order.
        @inlinable
        public var orderReference: UInt64 { bytes.number(49) }
        /// For whom it is entered.
        @inlinable
        public var capacity: OuchCode<OuchCapacity> { bytes.code(57) }
        /// Whether it is an intermarket sweep.
        @inlinable
        public var sweep: OuchCode<OuchSweep> { bytes.code(58) }
        /// Shares that must trade at once; 0 = none.
        @inlinable
        public var minimumQuantity: UInt32 { bytes.number(59) }
        /// The auction that it is for.
        @inlinable
        public var cross: OuchCode<OuchCross> { bytes.code(63) }
        /// Whether it works.
        @inlinable
        public var state: OuchCode<OuchOrderState> { bytes.code(64) }
        /// The token of the order that was replaced.
        @inlinable
        public var previous: OuchToken { bytes.token(65) }
        /// How it stands to the best bid and offer.
        @inlinable
        public var weight: OuchCode<OuchWeight> { bytes.code(79) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            side: OuchCode<OuchSide>,
            shares: UInt32,
            symbol: Symbol,
            price: UInt32,
            timeInForce: UInt32,
            firm: Alpha4,
            display: OuchCode<OuchDisplay>,
            orderReference: UInt64,
            capacity: OuchCode<OuchCapacity>,
            sweep: OuchCode<OuchSweep>,
            minimumQuantity: UInt32,
            cross: OuchCode<OuchCross>,
            state: OuchCode<OuchOrderState>,
            previous: OuchToken,
            weight: OuchCode<OuchWeight>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(side, 23)
            unsafe draft.put(shares, 24)
            unsafe draft.put(symbol, 28)
            unsafe draft.put(price, 36)
            unsafe draft.put(timeInForce, 40)
            unsafe draft.put(firm, 44)
            unsafe draft.put(display, 48)
            unsafe draft.put(orderReference, 49)
            unsafe draft.put(capacity, 57)
            unsafe draft.put(sweep, 58)
            unsafe draft.put(minimumQuantity, 59)
            unsafe draft.put(cross, 63)
            unsafe draft.put(state, 64)
            unsafe draft.put(previous, 65)
            unsafe draft.put(weight, 79)
        }
    }
}

extension Ouch42 {
    /// An order shrank or ended.
    ///
    /// Layout (offset, length): type `C` 0, 1; timestamp 1, 8; token 9, 14; decrement 23, 4; reason 27, 1.
    @frozen
    public struct OrderCancelled: OuchMessage {
        public static var type: UInt8 { 0x43 }
        public static var length: Int { 28 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// Shares by which the open quantity shrank.
        @inlinable
        public var decrement: UInt32 { bytes.number(23) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchCancelReason> { bytes.code(27) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            decrement: UInt32,
            reason: OuchCode<OuchCancelReason>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(decrement, 23)
            unsafe draft.put(reason, 27)
        }
    }
}

extension Ouch42 {
    /// An order shrank instead of trading with one of the same owner.
    ///
    /// Layout (offset, length): type `D` 0, 1; timestamp 1, 8; token 9, 14; decrement 23, 4; reason 27, 1; prevented
    /// 28, 4; price 32, 4; liquidity 36, 1; strategy 37, 1.
    @frozen
    public struct SelfMatchCancelled: OuchMessage {
        public static var type: UInt8 { 0x44 }
        public static var length: Int { 38 }
        public static var shortest: Int { 37 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// Shares by which the open quantity shrank.
        @inlinable
        public var decrement: UInt32 { bytes.number(23) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchCancelReason> { bytes.code(27) }
        /// Shares that would have traded.
        @inlinable
        public var prevented: UInt32 { bytes.number(28) }
        /// The price of the execution in 1e-4 dollars.
        @inlinable
        public var price: UInt32 { bytes.number(32) }
        /// Whether it added or removed liquidity.
        @inlinable
        public var liquidity: OuchCode<OuchLiquidity> { bytes.code(36) }
        /// What was done; a space in the revision without it.
        @inlinable
        public var strategy: OuchCode<OuchSelfMatch> { bytes.count > 37 ? bytes.code(37) : OuchCode(rawValue: 0x20) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            decrement: UInt32,
            reason: OuchCode<OuchCancelReason>,
            prevented: UInt32,
            price: UInt32,
            liquidity: OuchCode<OuchLiquidity>,
            strategy: OuchCode<OuchSelfMatch>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(decrement, 23)
            unsafe draft.put(reason, 27)
            unsafe draft.put(prevented, 28)
            unsafe draft.put(price, 32)
            unsafe draft.put(liquidity, 36)
            unsafe draft.put(strategy, 37)
        }
    }
}

extension Ouch42 {
    /// An order traded.
    ///
    /// Layout (offset, length): type `E` 0, 1; timestamp 1, 8; token 9, 14; shares 23, 4; price 27, 4; liquidity 31, 1;
    /// matchNumber 32, 8.
    @frozen
    public struct OrderExecuted: OuchMessage {
        public static var type: UInt8 { 0x45 }
        public static var length: Int { 40 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// Shares.
        @inlinable
        public var shares: UInt32 { bytes.number(23) }
        /// The price of the execution in 1e-4 dollars.
        @inlinable
        public var price: UInt32 { bytes.number(27) }
        /// Whether it added or removed liquidity.
        @inlinable
        public var liquidity: OuchCode<OuchLiquidity> { bytes.code(31) }
        /// The execution's number, the same for both sides.
        @inlinable
        public var matchNumber: UInt64 { bytes.number(32) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            shares: UInt32,
            price: UInt32,
            liquidity: OuchCode<OuchLiquidity>,
            matchNumber: UInt64,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(shares, 23)
            unsafe draft.put(price, 27)
            unsafe draft.put(liquidity, 31)
            unsafe draft.put(matchNumber, 32)
        }
    }
}

extension Ouch42 {
    /// An order traded at a price that hangs on a reference.
    ///
    /// Layout (offset, length): type `G` 0, 1; timestamp 1, 8; token 9, 14; shares 23, 4; price 27, 4; liquidity 31, 1;
    /// matchNumber 32, 8; referencePrice 40, 4; referencePriceType 44, 1.
    @frozen
    public struct OrderExecutedAtReference: OuchMessage {
        public static var type: UInt8 { 0x47 }
        public static var length: Int { 45 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// Shares.
        @inlinable
        public var shares: UInt32 { bytes.number(23) }
        /// The price of the execution in 1e-4 dollars.
        @inlinable
        public var price: UInt32 { bytes.number(27) }
        /// Whether it added or removed liquidity.
        @inlinable
        public var liquidity: OuchCode<OuchLiquidity> { bytes.code(31) }
        /// The execution's number, the same for both sides.
        @inlinable
        public var matchNumber: UInt64 { bytes.number(32) }
        /// The reference in 1e-4 dollars.
        @inlinable
        public var referencePrice: UInt32 { bytes.number(40) }
        /// What the reference is, one letter.
        @inlinable
        public var referencePriceType: UInt8 { bytes.number(44) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            shares: UInt32,
            price: UInt32,
            liquidity: OuchCode<OuchLiquidity>,
            matchNumber: UInt64,
            referencePrice: UInt32,
            referencePriceType: UInt8,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(shares, 23)
            unsafe draft.put(price, 27)
            unsafe draft.put(liquidity, 31)
            unsafe draft.put(matchNumber, 32)
            unsafe draft.put(referencePrice, 40)
            unsafe draft.put(referencePriceType, 44)
        }
    }
}

extension Ouch42 {
    /// A trade was undone; the shares do not come back.
    ///
    /// Layout (offset, length): type `B` 0, 1; timestamp 1, 8; token 9, 14; matchNumber 23, 8; reason 31, 1.
    @frozen
    public struct BrokenTrade: OuchMessage {
        public static var type: UInt8 { 0x42 }
        public static var length: Int { 32 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// The execution's number, the same for both sides.
        @inlinable
        public var matchNumber: UInt64 { bytes.number(23) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchBreakReason> { bytes.code(31) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            matchNumber: UInt64,
            reason: OuchCode<OuchBreakReason>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(matchNumber, 23)
            unsafe draft.put(reason, 31)
        }
    }
}

extension Ouch42 {
    /// A trade was corrected.
    ///
    /// Layout (offset, length): type `F` 0, 1; timestamp 1, 8; token 9, 14; shares 23, 4; price 27, 4; liquidity 31, 1;
    /// matchNumber 32, 8; reason 40, 1.
    @frozen
    public struct TradeCorrection: OuchMessage {
        public static var type: UInt8 { 0x46 }
        public static var length: Int { 41 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// Shares.
        @inlinable
        public var shares: UInt32 { bytes.number(23) }
        /// The price of the execution in 1e-4 dollars.
        @inlinable
        public var price: UInt32 { bytes.number(27) }
        /// Whether it added or removed liquidity.
        @inlinable
        public var liquidity: OuchCode<OuchLiquidity> { bytes.code(31) }
        /// The execution's number, the same for both sides.
        @inlinable
        public var matchNumber: UInt64 { bytes.number(32) }
        /// Why; `N` adjusted to the net asset value.
        @inlinable
        public var reason: UInt8 { bytes.number(40) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            shares: UInt32,
            price: UInt32,
            liquidity: OuchCode<OuchLiquidity>,
            matchNumber: UInt64,
            reason: UInt8,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(shares, 23)
            unsafe draft.put(price, 27)
            unsafe draft.put(liquidity, 31)
            unsafe draft.put(matchNumber, 32)
            unsafe draft.put(reason, 40)
        }
    }
}

extension Ouch42 {
    /// An order was refused.
    ///
    /// Layout (offset, length): type `J` 0, 1; timestamp 1, 8; token 9, 14; reason 23, 1.
    @frozen
    public struct OrderRejected: OuchMessage {
        public static var type: UInt8 { 0x4A }
        public static var length: Int { 24 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// Why.
        @inlinable
        public var reason: OuchCode<OuchRejectLetter> { bytes.code(23) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            reason: OuchCode<OuchRejectLetter>,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(reason, 23)
        }
    }
}

extension Ouch42 {
    /// The cancel will happen after the cross.
    ///
    /// Layout (offset, length): type `P` 0, 1; timestamp 1, 8; token 9, 14.
    @frozen
    public struct CancelPending: OuchMessage {
        public static var type: UInt8 { 0x50 }
        public static var length: Int { 23 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
        }
    }
}

extension Ouch42 {
    /// The cancel was refused.
    ///
    /// Layout (offset, length): type `I` 0, 1; timestamp 1, 8; token 9, 14.
    @frozen
    public struct CancelRejected: OuchMessage {
        public static var type: UInt8 { 0x49 }
        public static var length: Int { 23 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
        }
    }
}

extension Ouch42 {
    /// The order has a new place.
    ///
    /// Layout (offset, length): type `T` 0, 1; timestamp 1, 8; token 9, 14; price 23, 4; display 27, 1; orderReference
    /// 28, 8.
    @frozen
    public struct PriorityUpdate: OuchMessage {
        public static var type: UInt8 { 0x54 }
        public static var length: Int { 36 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// The price in 1e-4 dollars; 0x7FFFFFFF = market.
        @inlinable
        public var price: UInt32 { bytes.number(23) }
        /// How it is shown.
        @inlinable
        public var display: OuchCode<OuchDisplay> { bytes.code(27) }
        /// The venue's number of the order.
        @inlinable
        public var orderReference: UInt64 { bytes.number(28) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            price: UInt32,
            display: OuchCode<OuchDisplay>,
            orderReference: UInt64,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(price, 23)
            unsafe draft.put(display, 27)
            unsafe draft.put(orderReference, 28)
        }
    }
}

extension Ouch42 {
    /// An order changed and kept its place.
    ///
    /// Layout (offset, length): type `M` 0, 1; timestamp 1, 8; token 9, 14; side 23, 1; shares 24, 4.
    @frozen
    public struct OrderModified: OuchMessage {
        public static var type: UInt8 { 0x4D }
        public static var length: Int { 28 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }
        /// The side.
        @inlinable
        public var side: OuchCode<OuchSide> { bytes.code(23) }
        /// Shares that are open now.
        @inlinable
        public var shares: UInt32 { bytes.number(24) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            side: OuchCode<OuchSide>,
            shares: UInt32,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
            unsafe draft.put(side, 23)
            unsafe draft.put(shares, 24)
        }
    }
}

extension Ouch42 {
    /// The order takes what is there.
    ///
    /// Layout (offset, length): type `N` 0, 1; timestamp 1, 8; token 9, 14.
    @frozen
    public struct TradeNowReply: OuchMessage {
        public static var type: UInt8 { 0x4E }
        public static var length: Int { 23 }
        public static var appendage: OuchAppendage { .none }
        public static var tags: UInt64 { 0 }
        public let bytes: OuchBytes

        @inlinable
        public init(bytes: OuchBytes) { self.bytes = bytes }

        /// Nanoseconds since midnight in New York.
        @inlinable
        public var timestamp: UInt64 { bytes.number(1) }
        /// The client's name of the order.
        @inlinable
        public var token: OuchToken { bytes.token(9) }

        /// Writes the message.
        ///
        /// - Throws: `OuchError.buffer` when it does not fit; then nothing was written.
        @inlinable
        public static func write(
            timestamp: UInt64,
            token: OuchToken,
            to output: inout WireOutput
        ) throws(OuchError) {
            let draft = unsafe try OuchDraft(Self.self, .none, &output)
            unsafe draft.put(timestamp, 1)
            unsafe draft.put(token, 9)
        }
    }
}

extension Ouch42 {
    /// Any message of the venue.
    @frozen
    public enum Outbound: BitwiseCopyable {
        case systemEvent(SystemEvent)
        case orderAccepted(OrderAccepted)
        case orderReplaced(OrderReplaced)
        case orderCancelled(OrderCancelled)
        case selfMatchCancelled(SelfMatchCancelled)
        case orderExecuted(OrderExecuted)
        case orderExecutedAtReference(OrderExecutedAtReference)
        case brokenTrade(BrokenTrade)
        case tradeCorrection(TradeCorrection)
        case orderRejected(OrderRejected)
        case cancelPending(CancelPending)
        case cancelRejected(CancelRejected)
        case priorityUpdate(PriorityUpdate)
        case orderModified(OrderModified)
        case tradeNowReply(TradeNowReply)

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
            case OrderExecutedAtReference.type: self = .orderExecutedAtReference(try OrderExecutedAtReference(message))
            case BrokenTrade.type: self = .brokenTrade(try BrokenTrade(message))
            case TradeCorrection.type: self = .tradeCorrection(try TradeCorrection(message))
            case OrderRejected.type: self = .orderRejected(try OrderRejected(message))
            case CancelPending.type: self = .cancelPending(try CancelPending(message))
            case CancelRejected.type: self = .cancelRejected(try CancelRejected(message))
            case PriorityUpdate.type: self = .priorityUpdate(try PriorityUpdate(message))
            case OrderModified.type: self = .orderModified(try OrderModified(message))
            case TradeNowReply.type: self = .tradeNowReply(try TradeNowReply(message))
            default: throw .unknownType(message[0])
            }
        }
    }
}
