// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a backtest asks of the venue that answers it.
public protocol BacktestVenue: ~Copyable {
    /// Whether it is a floor of several venues, whose market data and orders travel by lines of their own.
    static var isFloor: Bool { get }

    /// A trading day begins at `midnight`.
    mutating func begin(day midnight: Timestamp)

    /// What our executions were charged for their impact, a share, in the order of their numbers; empty without a model.
    var impactCharges: [Price] { get }

    /// Executions of ours that traded through a better protected quote of another venue, without being intermarket sweeps.
    var tradeThroughs: Int { get }

    /// Orders of ours that came as intermarket sweeps.
    var sweeps: Int { get }

    /// When the next report reaches us; `.never` when none is under way.
    var nextReportTime: Timestamp { get }

    /// The next report; only when `nextReportTime` is not `.never`.
    mutating func takeReport() -> Event

    /// Moves history on by one event.
    mutating func advance(_ event: Event)

    /// An order of ours arrives at `time`.
    mutating func submit(_ order: NewOrder, at time: Timestamp)

    /// A replacement of ours arrives at `time`: `order` is to work in the place of `original`, its quantity over the whole life of
    /// the chain.
    mutating func replace(_ original: OrderID, by order: NewOrder, at time: Timestamp)

    /// A question to dealers arrives at `time`: a `quoteRequest` or a `quoteAccepted`.
    mutating func ask(_ record: Event, at time: Timestamp)

    /// The best prices now; nil where there are none on both sides, or they are not known here.
    func touch(_ instrument: Instrument) -> (bid: Price, ask: Price)?

    /// A cancel of ours arrives at `time`.
    mutating func cancel(_ id: OrderID, at time: Timestamp)

    /// Asks the cache for what events that come some, a few, and very few events later will touch.
    func prefetch(_ some: Event, _ few: Event, _ next: Event)
}

extension BacktestVenue where Self: ~Copyable {
    @inlinable
    public static var isFloor: Bool { false }

    @inlinable
    public var tradeThroughs: Int { 0 }

    @inlinable
    public var sweeps: Int { 0 }

    /// Nobody here quotes on request.
    @inlinable
    public mutating func ask(_ record: Event, at time: Timestamp) {}

    @inlinable
    public func touch(_ instrument: Instrument) -> (bid: Price, ask: Price)? { nil }
}

/// Which venue answers a backtest.
public enum SimulatedVenueKind: String, Sendable, CaseIterable {
    /// History that does not react: `HistoricalVenue`.
    case historical
    /// The exchange's matching engine, in which the recorded orders and ours rest together: `MatchingVenue`.
    case matching
}

extension HistoricalVenue: BacktestVenue {}
