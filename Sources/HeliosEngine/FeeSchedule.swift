// SPDX-License-Identifier: MIT
import HeliosMarket

/// What an order costs to trade, per share, by liquidity, venue and volume; a negative fee is a rebate.
///
/// The rule with the largest `volume` that was reached counts, one for the execution's venue before one for all; without
/// any, `maker` and `taker`. Executions in an auction or against hidden liquidity have a rate of their own in every tier.
public struct FeeSchedule: Sendable, BitwiseCopyable {
    /// Rates from a volume on.
    @frozen
    public struct Rule: Sendable, BitwiseCopyable, Equatable {
        /// Nil for every venue.
        public var venue: Venue?
        /// Shares of all executions in the period before this one.
        public var volume: Quantity
        public var maker: Price
        public var taker: Price

        @inlinable
        public init(venue: Venue? = nil, volume: Quantity = .zero, maker: Price, taker: Price) {
            self.venue = venue
            self.volume = volume
            self.maker = maker
            self.taker = taker
        }
    }

    /// When volume counts from zero again.
    @frozen
    public enum Period: UInt8, Sendable, BitwiseCopyable {
        case day, month
    }

    /// The most rules: the tiers of a configuration, and one for each venue of a floor.
    public static var maximumRules: Int { 24 }
    /// The most rules that a configuration lists as tiers.
    public static var maximumTiers: Int { 8 }

    /// For an execution of a resting order.
    public var maker: Price
    /// For an execution that took liquidity.
    public var taker: Price
    /// For an execution flagged `hidden`; nil for `maker` or `taker`.
    public var hidden: Price?
    /// For an execution flagged `auction`; nil for `maker` or `taker`.
    public var auction: Price?
    public var period = Period.month
    @usableFromInline var rules = InlineArray<24, Rule>(repeating: Rule(maker: .zero, taker: .zero))
    /// Rules in force.
    public private(set) var ruleCount = 0

    public init(maker: Price = .zero, taker: Price = .zero) {
        self.maker = maker
        self.taker = taker
    }

    /// Adds a rule; false when there are `maximumRules`.
    public mutating func add(_ rule: Rule) -> Bool {
        guard ruleCount < FeeSchedule.maximumRules else { return false }
        rules[ruleCount] = rule
        ruleCount += 1
        return true
    }

    /// The rule with this number, from 0 to below `ruleCount`.
    public func rule(_ index: Int) -> Rule { rules[index] }

    /// Whether there is more than one rate for making and one for taking.
    public var isPlain: Bool { ruleCount == 0 && hidden == nil && auction == nil }

    /// The fee before any tier.
    @inlinable
    public func fee(_ quantity: Quantity, isMaker: Bool) -> Money { Money(isMaker ? maker : taker, times: quantity) }

    /// The fee of an execution as its report says it.
    ///
    /// - Parameters:
    ///   - quantity: executed.
    ///   - report: gives venue and flags.
    ///   - isMaker: whether our order rested.
    ///   - volume: traded in the period before it.
    /// - Returns: positive for paid.
    @inlinable
    public func fee(_ quantity: Quantity, _ report: Event, isMaker: Bool, volume: Quantity) -> Money {
        if report.flags.contains(.auction), let auction { return Money(auction, times: quantity) }
        if report.flags.contains(.hidden), let hidden { return Money(hidden, times: quantity) }
        guard ruleCount > 0, let rule = rule(at: report.venue, volume) else { return fee(quantity, isMaker: isMaker) }
        return Money(isMaker ? rule.maker : rule.taker, times: quantity)
    }

    @usableFromInline
    func rule(at venue: Venue, _ volume: Quantity) -> Rule? {
        var found: Rule?
        for index in 0..<ruleCount {
            let rule = rules[index]
            guard rule.venue == nil || rule.venue == venue, rule.volume <= volume else { continue }
            guard let best = found else {
                found = rule
                continue
            }
            let isSpecific = rule.venue != nil && best.venue == nil
            let isAsSpecific = (rule.venue == nil) == (best.venue == nil)
            if isSpecific || (isAsSpecific && rule.volume >= best.volume) { found = rule }
        }
        return found
    }

    /// Whether volume counts from zero from the day on that begins at `midnight`, the last execution being at `last`.
    public func beginsAnew(on midnight: Timestamp, after last: Timestamp) -> Bool {
        guard ruleCount > 0, period == .month else { return true }
        return FeeSchedule.month(of: midnight) != FeeSchedule.month(of: last)
    }

    /// Months since March of the year 0, in UTC, which at an exchange's midnight is the same day.
    private static func month(of time: Timestamp) -> Int64 {
        let length: Nanoseconds = 86_400_000_000_000
        // Days since 0000-03-01, so that the leap day is the last of its year; all times here are after 1970.
        let day = time.nanoseconds / length + 719_468
        let cycle = day / 146_097
        let ofCycle = day % 146_097
        let year = (ofCycle - ofCycle / 1_460 + ofCycle / 36_524 - ofCycle / 146_096) / 365
        let ofYear = ofCycle - (365 * year + year / 4 - year / 100)
        return (cycle * 400 + year) * 12 + (5 * ofYear + 2) / 153
    }
}

extension FeeSchedule {
    /// Appends what a plain schedule does not have.
    func save(to writer: inout StateWriter) {
        writer.write(hidden?.raw ?? .min)
        writer.write(auction?.raw ?? .min)
        writer.write(Int(period.rawValue))
        writer.write(ruleCount)
        for index in 0..<ruleCount {
            let rule = rules[index]
            writer.write(rule.venue.map { Int($0.id) } ?? -1)
            writer.write(rule.volume.raw)
            writer.write(rule.maker)
            writer.write(rule.taker)
        }
    }

    /// - Throws: `StateError` when the saved schedule is not this one.
    func match(_ reader: inout StateReader) throws(StateError) {
        try reader.match(hidden?.raw ?? .min, "the fee for hidden liquidity")
        try reader.match(auction?.raw ?? .min, "the fee of auctions")
        try reader.match(Int(period.rawValue), "the period of the fees' tiers")
        try reader.match(ruleCount, "the number of the fees' rules")
        for index in 0..<ruleCount {
            let rule = rules[index]
            try reader.match(rule.venue.map { Int($0.id) } ?? -1, "a fee rule's venue")
            try reader.match(rule.volume.raw, "a fee rule's volume")
            try reader.match(rule.maker, "a fee rule's rate for resting")
            try reader.match(rule.taker, "a fee rule's rate for taking")
        }
    }
}
