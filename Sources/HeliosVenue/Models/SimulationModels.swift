// SPDX-License-Identifier: MIT
import HeliosMarket

/// Everything that a simulated venue assumes where recorded data can't tell: each model by name, with its parameters.
public struct SimulationModels: Sendable, Equatable {
    /// From the venue's publication of an event to the engine.
    public var feed = LatencyModel.constant(50_000)
    /// From the engine's decision to the venue.
    public var order = LatencyModel.constant(100_000)
    /// From the venue's decision to the engine.
    public var report = LatencyModel.constant(100_000)
    /// How long the venue takes for a message before it can take the next, which makes order entry slow in a burst.
    ///
    /// Zero for no such coupling.
    public var messageTime: Nanoseconds = 0
    public var queue = QueueModel.exact
    public var impact = ImpactSettings()
    /// What lending shares for a short position overnight costs; nil for nothing.
    public var borrow: BorrowCost?
    /// Of everything drawn by chance.
    public var seed: UInt64 = 1

    public init() {}

    /// One direction's line.
    public func line(_ direction: LatencyLine.Direction) -> LatencyLine {
        let model =
            switch direction {
            case .feed: feed
            case .order: order
            case .report: report
            }
        return LatencyLine(model, seed: seed, direction: direction)
    }
}
