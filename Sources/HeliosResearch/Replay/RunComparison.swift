// SPDX-License-Identifier: MIT
import HeliosMarket

/// Two runs over the same market, side by side.
public struct RunComparison: Sendable {
    /// What one of them came to.
    public struct Figures: Sendable, Equatable {
        /// Orders asked for, those included that were refused.
        public var orders = 0
        /// Refusals of the risk gate by control, in the order of the controls' names.
        public var refusals: [Refusals] = []
        public var rejectedByVenue = 0
        public var cancelled = 0
        public var fills = 0
        /// Shares that changed hands.
        public var volume = Quantity.zero
        /// Money that changed hands.
        public var turnover = Money.zero
        /// Positive = paid.
        public var fees = Money.zero
        /// Final equity less initial cash, fees in.
        public var profit = Money.zero
        /// The deepest fall of the sampled equity below an earlier height, as a positive amount.
        public var maximumDrawdown = Money.zero
        public var outputHash: UInt64 = 0
    }

    /// How often one control refused.
    public struct Refusals: Sendable, Equatable {
        public var control: String
        public var count: Int
    }

    /// The first place at which the two runs' orders differ.
    public struct Difference: Sendable {
        /// The order's number in both runs.
        public var id: OrderID
        /// Nil when that run has no order with this number.
        public var base: OrderRecord?
        public var changed: OrderRecord?
        /// Names of the fields that differ; empty when one of the orders is missing.
        public var fields: [String]
    }

    public var base: Figures
    public var changed: Figures
    /// Nil when all orders and what became of them are equal.
    public var firstDifference: Difference?

    /// Compares two runs, the first being what the second is measured against.
    public init(_ base: RunResult, _ changed: RunResult) {
        self.base = Figures(base)
        self.changed = Figures(changed)
        firstDifference = RunComparison.difference(base.orders, changed.orders)
    }

    private static func difference(_ base: [OrderRecord], _ changed: [OrderRecord]) -> Difference? {
        for index in 0..<max(base.count, changed.count) {
            let left = index < base.count ? base[index] : nil
            let right = index < changed.count ? changed[index] : nil
            let id = left?.id ?? right?.id ?? 0
            guard let left, let right else { return Difference(id: id, base: left, changed: right, fields: []) }
            let fields = left.differences(from: right)
            if !fields.isEmpty { return Difference(id: id, base: left, changed: right, fields: fields) }
        }
        return nil
    }
}

extension RunComparison.Figures {
    init(_ result: RunResult) {
        orders = result.counts.orders
        refusals = result.riskRejects.map { RunComparison.Refusals(control: $0.control, count: $0.count) }
        rejectedByVenue = result.counts.rejectedByVenue
        cancelled = result.counts.cancelled
        fills = result.fills.count
        for fill in result.fills {
            volume += fill.quantity
            turnover += Money(fill.price, times: fill.quantity)
            fees += fill.fee
        }
        var height = result.initialCash
        for sample in result.equity {
            height = max(height, sample.equity)
            maximumDrawdown = max(maximumDrawdown, height - sample.equity)
        }
        profit = (result.equity.last?.equity ?? result.initialCash) - result.initialCash
        outputHash = result.outputHash
    }
}

extension OrderRecord {
    /// Names of the fields in which `other` differs: what was decided first, then what became of it.
    fileprivate func differences(from other: OrderRecord) -> [String] {
        let same = [
            ("time", time == other.time), ("instrument", instrument == other.instrument), ("side", side == other.side),
            ("type", type == other.type), ("time in force", timeInForce == other.timeInForce),
            ("quantity", quantity == other.quantity), ("price", price == other.price), ("tag", tag == other.tag),
            ("filled", filled == other.filled), ("state", state == other.state), ("reason", reason == other.reason),
        ]
        return same.filter { !$0.1 }.map(\.0)
    }
}
