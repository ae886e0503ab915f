// SPDX-License-Identifier: MIT
import HeliosMarket

/// What this machine and this program make of a packet, in nanoseconds throughout.
public struct LatencyReport: Sendable, Codable {
    /// A part of the way.
    public struct Stage: Sendable, Codable {
        /// What happens in it.
        public var name: String
        public var p50: Double
        public var p99: Double
        public var p999: Double
        public var mean: Double
        /// Of the mean of the whole way, 0 to 1.
        public var share: Double
    }

    /// Percentiles of the system divided by those of the echo: of each turn, and the median of the turns.
    public struct Ratio: Sendable, Codable {
        public var p50: Double
        public var p99: Double
        public var p999: Double
    }

    /// Round trips measured, of each.
    public var messages: Int
    /// Packets that were not answered within half a second, all subjects; they are in no other number.
    public var unanswered: Int
    public var threads: String
    public var wait: String
    public var journal: String
    /// The sender's processor; nil when it is the scheduler's choice.
    public var senderProcessor: Int?
    /// The session's processors; empty when they are the scheduler's choice.
    public var processors: [Int]
    public var busyPollMicroseconds: Int
    /// From before the packet's `send` to after the `recv` of the order's bytes, both at the sender.
    public var tickToTrade: LatencyPercentiles
    /// The same for a loop that only receives and sends.
    public var echo: LatencyPercentiles
    public var ratio: Ratio
    /// The way in parts, measured in a session of its own, which takes some fifty nanoseconds more for the stamps; their means
    /// add up to `stagesTotal`.
    public var stages: [Stage]
    public var stagesTotal: Double
    /// From the packet in the program's memory to `send` of the order being called.
    public var inProgram: LatencyPercentiles
    /// Round trips whose stages are known; others left on another way (an order that waited for a report).
    public var staged: Int
    /// A 64-byte record from thread to thread; nil where there is only one processor.
    public var ringHop: Double?
    /// The smallest step of the system's clock, and what a look at it costs.
    public var clockResolution: Double
    public var clockCost: Double
    /// By how much a sleep of 100 µs is too long.
    public var timerLateness: LatencyPercentiles
    /// What limits it here.
    public var limits: [String]
    /// What the system refused.
    public var refusals: [String]
}
