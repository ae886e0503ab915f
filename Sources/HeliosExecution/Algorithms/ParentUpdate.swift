// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where a parent order stands.
@frozen
public enum ParentState: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case none = 0
    /// Its time has not come, or a target before it is still being given up.
    case waiting = 1
    case working = 2
    /// It takes no more children; some of them have not ended.
    case ending = 3
    /// All of it has traded.
    case done = 4
    /// Somebody has stopped it.
    case cancelled = 5
    /// Its time was over.
    case expired = 6
    /// It was never worked.
    case rejected = 7
    /// Its children were refused again and again, or the other leg of its pair has failed.
    case failed = 8

    @inlinable
    public var isLive: Bool { self == .waiting || self == .working || self == .ending }

    @inlinable
    public var isFinal: Bool { rawValue >= ParentState.done.rawValue }
}

/// Why a parent order ended, or is about to.
@frozen
public enum ParentReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case none = 0
    /// The strategy or a person asked.
    case asked = 1
    case time = 2
    /// The desk works as many as it can.
    case noRoom = 3
    /// An instrument, a quantity, a time or a bound that makes no sense.
    case invalid = 4
    /// The gate did not open it (P09).
    case gate = 5
    /// The gate or the venue has refused its children again and again.
    case refused = 6
    /// A later target has taken its place.
    case superseded = 7
    /// The easier leg of the pair could not hedge.
    case hedge = 8
    /// It asks dealers, and there are none.
    case noDealers = 9
}

/// What has become of a parent order.
@frozen
public struct ParentUpdate: Sendable, BitwiseCopyable {
    /// What `Intents.work` gave back, or the record's parent got.
    public var number: UInt32
    public var strategy: UInt16
    public var instrument: Instrument
    public var side: Side
    public var algorithm: Algorithm
    public var state: ParentState
    public var reason: ParentReason
    public var quantity: Quantity
    public var limit: Price
    /// When it ends.
    public var end: Timestamp
    public var time: Timestamp
    /// Filled by its children.
    public var done = Quantity.zero
    /// At the venue.
    public var open = Quantity.zero
    /// The mean price of what is done, rounded towards zero; zero for nothing done.
    public var averagePrice = Price.zero
    /// The middle of the market when it began; zero where there was none.
    public var arrivalPrice = Price.zero
    /// The fill that this tells of, negative when it was taken back; zero for none.
    public var filled = Quantity.zero
    public var fillPrice = Price.zero

    @inlinable
    public init(
        _ number: UInt32,
        _ request: ParentRequest,
        _ state: ParentState,
        _ reason: ParentReason,
        at time: Timestamp
    ) {
        self.number = number
        strategy = request.strategy
        instrument = request.instrument
        side = request.side
        algorithm = request.algorithm
        quantity = request.quantity
        limit = request.limit
        end = request.end
        self.state = state
        self.reason = reason
        self.time = time
    }

    /// What may still be done.
    @inlinable
    public var leaves: Quantity { state.isLive ? Quantity(raw: max(quantity.raw - done.raw, 0)) : .zero }
}
