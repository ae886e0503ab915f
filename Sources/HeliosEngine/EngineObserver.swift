// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// Somebody who keeps records of what the engine does.
///
/// It sees everything and changes nothing.
public protocol EngineObserver: ~Copyable {
    /// An order was cleared and handed to the gateway; `quote` is what the engine knew.
    mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp)
    /// The risk gate refused an order.
    mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp)
    /// `report` changed one of our orders; `quote` is that of its instrument, `fee` what a fill cost (positive = paid).
    mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money)
}

/// Keeps no records.
public struct NoObserver: EngineObserver {
    public init() {}
    @inlinable
    public mutating func sent(_ order: NewOrder, _ quote: Quote, at time: Timestamp) {}
    @inlinable
    public mutating func refused(_ order: NewOrder, _ refusal: RiskRefusal, _ quote: Quote, at time: Timestamp) {}
    @inlinable
    public mutating func updated(_ update: OrderUpdate, _ report: Event, _ quote: Quote, fee: Money) {}
}
