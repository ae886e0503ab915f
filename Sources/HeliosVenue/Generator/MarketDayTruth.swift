// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the generator knows and a strategy must find out: the hidden structure of a synthetic day.
public struct MarketDayTruth: Sendable {
    /// A symbol and what drives its price.
    public struct Symbol: Sendable, Equatable {
        public var name: String
        public var locate: Int
        public var sector: Int
        /// Dollars, before the open.
        public var price: Double
        /// Return for a unit return of the market factor.
        public var marketLoading: Double
        /// Return for a unit return of its sector's factor.
        public var sectorLoading: Double
        /// Standard deviation over the session of what is its own; 0 for the `y` of a true pair.
        public var ownBasisPoints: Double
    }

    /// `y = alpha + beta * x + u`, all in dollars, `u` an Ornstein-Uhlenbeck process around 0.
    public struct Pair: Sendable, Equatable {
        /// Indices into `symbols`.
        public var y: Int
        public var x: Int
        public var alpha: Double
        public var beta: Double
        /// Time in which the expectation of `u` halves.
        public var halfLifeSeconds: Double
        /// Stationary standard deviation of `u`, in dollars.
        public var sigma: Double
    }

    /// Two symbols to test, as indices into `symbols`.
    public struct Candidate: Sendable, Equatable {
        public var y: Int
        public var x: Int
    }

    /// A trading halt.
    public struct Halt: Sendable, Equatable {
        /// Index into `symbols`.
        public var symbol: Int
        /// Nanoseconds since midnight, New York time.
        public var start: Nanoseconds
        public var end: Nanoseconds
    }

    public var configuration: MarketDayConfiguration
    public var symbols: [Symbol]
    public var pairs: [Pair]
    public var decoys: [Candidate]
    /// True pairs and decoys, shuffled.
    public var candidates: [Candidate]
    public var halts: [Halt]
    /// Messages written, by type (index = the type's ASCII code).
    public var countsByType: [Int]
    /// Bytes written, framing included.
    public var bytes: Int
    /// Orders still in the books at the end of messages.
    public var liveOrders: Int

    /// Messages written.
    public var messages: Int { countsByType.reduce(0, +) }

    /// The candidates as CSV with the header `y,x`, true pairs and decoys mixed and without a label.
    public var candidatesCSV: String {
        candidates.reduce(into: "y,x\n") { text, candidate in
            text += "\(symbols[candidate.y].name),\(symbols[candidate.x].name)\n"
        }
    }
}
