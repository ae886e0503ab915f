// SPDX-License-Identifier: MIT
import HeliosMarket

/// A market event as signals see it: what happened to one instrument at one time.
@frozen
public struct SignalTick: Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        /// Best bid and ask have changed.
        case quote
        /// Something traded.
        case trade
        /// Trading was halted or goes on.
        case status
        /// Nothing but time.
        case clock
    }

    public var time: Timestamp
    /// Number of the instrument in the plan's list of symbols; any for `clock`.
    public var instrument: Int32
    public var kind: Kind
    /// Quote: bid and ask in currency, 0 or less or not finite for none; trade: the price in `bid`; status: 1 in `bid` when halted.
    public var bid: Double
    public var ask: Double
    /// Quote: shares at the best prices; trade: shares in `bidSize`, the aggressor's sign in `askSize` (+1, −1, 0 for unknown).
    public var bidSize: Double
    public var askSize: Double

    @inlinable
    init(
        time: Timestamp,
        instrument: Int32,
        kind: Kind,
        bid: Double,
        ask: Double,
        bidSize: Double,
        askSize: Double
    ) {
        self.time = time
        self.instrument = instrument
        self.kind = kind
        self.bid = bid
        self.ask = ask
        self.bidSize = bidSize
        self.askSize = askSize
    }

    /// New best prices; a side that is empty has a price that is not above zero.
    @inlinable
    public static func quote(
        _ instrument: Int,
        bid: Double,
        ask: Double,
        bidSize: Double = 0,
        askSize: Double = 0,
        at time: Timestamp
    ) -> SignalTick {
        SignalTick(
            time: time,
            instrument: Int32(instrument),
            kind: .quote,
            bid: bid,
            ask: ask,
            bidSize: bidSize,
            askSize: askSize
        )
    }

    /// A trade; `sign` is +1 when a buyer took, −1 when a seller did, 0 when nobody knows.
    @inlinable
    public static func trade(
        _ instrument: Int,
        price: Double,
        size: Double,
        sign: Double = 0,
        at time: Timestamp
    ) -> SignalTick {
        SignalTick(
            time: time,
            instrument: Int32(instrument),
            kind: .trade,
            bid: price,
            ask: 0,
            bidSize: size,
            askSize: sign
        )
    }

    /// Trading is halted, or goes on.
    @inlinable
    public static func status(_ instrument: Int, halted: Bool, at time: Timestamp) -> SignalTick {
        SignalTick(
            time: time,
            instrument: Int32(instrument),
            kind: .status,
            bid: halted ? 1 : 0,
            ask: 0,
            bidSize: 0,
            askSize: 0
        )
    }

    /// Time has come to `time`: what waits for it happens.
    @inlinable
    public static func clock(at time: Timestamp) -> SignalTick {
        SignalTick(time: time, instrument: 0, kind: .clock, bid: 0, ask: 0, bidSize: 0, askSize: 0)
    }
}
