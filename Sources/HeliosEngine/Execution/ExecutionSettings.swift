// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// How parent orders are worked unless they say otherwise, and those that a person gives before the session.
public struct ExecutionSettings: Sendable, Equatable {
    /// The most parent orders that are known at once, ended ones included until their place is needed.
    public var capacity = 256
    /// What the jitter is drawn from.
    public var seed: UInt64 = 1
    /// A share of `Jitter.scale`: how irregular slices are.
    public var jitter: Int64 = Jitter.scale / 5
    /// A slice of `twap`, `vwap` and `shortfall` where the parent does not say how many.
    public var sliceTime: Nanoseconds = 60_000_000_000
    /// How far a schedule may be behind before it crosses the spread, in basis points of the parent.
    public var band: Int64 = 100
    /// Basis points of all trading for `participation`.
    public var participation: Int64 = 1_000
    /// The least child of `participation`, the display of `iceberg` and the least of `sniper`.
    public var clip = Quantity(100)
    /// How the day's volume usually comes.
    public var curves = VolumeCurves()
    /// The regular session, after midnight: no parent is worked before it, and one without an end ends with it.
    public var opens: Nanoseconds = 34_200_000_000_000
    public var closes = VolumeCurves.close
    /// Of an instrument whose volume or volatility nobody knows: shares a day, basis points a day.
    public var dailyVolume = Quantity(1_000_000)
    public var dailyVolatility: Int64 = 200
    /// How long nothing is sent after a refusal, and how many in a row end a parent.
    public var pause: Nanoseconds = 1_000_000_000
    public var patience = 10
    /// How long a leg of a pair may wait for its hedge, or for an answer, before it counts as failed.
    public var hedgeTime: Nanoseconds = 10_000_000_000
    /// Who is asked for quotes, in order.
    public var dealers: [Dealer] = []
    /// How long a request for quotes stays open.
    public var quoteTime: Nanoseconds = 5_000_000_000
    /// The market data shows our own orders and trades, as a real market's does; a replayed history knows nothing of them.
    public var showsOwn = false
    /// How children are divided among venues.
    public var routing = RoutingSettings()
    /// Given by a person, in the order of their times.
    public var orders: [ParentByHand] = []

    public init() {}
}

extension ExecutionSettings {
    /// The jitter in basis points.
    public var jitterShare: Int64 {
        get { (jitter * 10_000 + Jitter.scale / 2) / Jitter.scale }
        set { jitter = newValue * Jitter.scale / 10_000 }
    }

    /// The seed as a number that a configuration can hold.
    public var seedNumber: Int {
        get { Int(truncatingIfNeeded: seed) }
        set { seed = UInt64(bitPattern: Int64(newValue)) }
    }
}

/// A parent order that a person gives for a time of the session's first day.
public struct ParentByHand: Sendable, Equatable {
    public var symbol: Symbol
    /// When it is given, after midnight.
    public var time: Nanoseconds
    /// When it ends, after midnight; nil at the close.
    public var end: Nanoseconds?
    /// The rest: its instrument and its times are the session's.
    public var request: ParentRequest

    public init(_ symbol: Symbol, at time: Nanoseconds, until end: Nanoseconds? = nil, _ request: ParentRequest) {
        self.symbol = symbol
        self.time = time
        self.end = end
        self.request = request
    }

    /// The request of a session whose day begins at `midnight`.
    public func request(_ instrument: Instrument, midnight: Timestamp) -> ParentRequest {
        var whole = request
        whole.instrument = instrument
        whole.end = end.map { midnight + $0 } ?? .never
        return whole
    }
}
