// SPDX-License-Identifier: MIT
import HeliosMarket

/// A number that changes with the market: a field of an instrument, or what is computed of others.
///
/// It is updated when an event arrives that one of its inputs depends on, once per event. It is *invalid*, which is neither
/// zero nor not-a-number, while it is undefined: before the first quote, with too few samples, after a division by zero.
///
/// ```swift
/// let spread = mid("KO") - 1.31 * mid("PEP")
/// let z = zscore(spread, over: .minutes(30))
/// ```
public struct Series: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    let node: SignalNode

    init(_ node: SignalNode) { self.node = node }
    public init(_ value: Double) { node = .constant(value) }
    public init(floatLiteral value: Double) { node = .constant(value) }
    public init(integerLiteral value: Int) { node = .constant(Double(value)) }
    /// A field of the instrument named `symbol`.
    public init(_ field: SignalField, of symbol: String) { node = .field(field, symbol: symbol) }

    public static func + (a: Series, b: Series) -> Series { Series(.binary(.add, a.node, b.node)) }
    public static func - (a: Series, b: Series) -> Series { Series(.binary(.subtract, a.node, b.node)) }
    public static func * (a: Series, b: Series) -> Series { Series(.binary(.multiply, a.node, b.node)) }
    /// Invalid where `b` is zero.
    public static func / (a: Series, b: Series) -> Series { Series(.binary(.divide, a.node, b.node)) }
    public static prefix func - (a: Series) -> Series { Series(.unary(.negate, a.node)) }

    public static func < (a: Series, b: Series) -> Condition { Condition(.binary(.less, a.node, b.node)) }
    public static func <= (a: Series, b: Series) -> Condition { Condition(.binary(.lessOrEqual, a.node, b.node)) }
    public static func > (a: Series, b: Series) -> Condition { Condition(.binary(.greater, a.node, b.node)) }
    public static func >= (a: Series, b: Series) -> Condition { Condition(.binary(.greaterOrEqual, a.node, b.node)) }
    /// Whether both numbers are the same; `==` tells whether two series are written the same.
    public func equals(_ other: Series) -> Condition { Condition(.binary(.equal, node, other.node)) }

    /// The value `count` updates before; invalid before there were so many.
    public func lagged(by count: Int) -> Series { Series(.lag(node, count)) }
    /// How much the value has changed since the update before.
    public var change: Series { self - lagged(by: 1) }
    /// The value while its last update is younger than `age`, else invalid: an as-of join that has a limit.
    public func noOlder(than age: Nanoseconds) -> Series { Series(.fresh(node, age)) }
    /// The value as it is when `trigger` is updated and true; updated only then.
    public func sampled(on trigger: Condition) -> Series { Series(.sample(node, on: trigger.node)) }
    /// The value at each multiple of `period` since the epoch; updated only then.
    public func sampled(every period: Nanoseconds) -> Series { Series(.sample(node, on: .clock(period))) }
    /// The value as it was when a step of a sequence happened, the first being 0: for the conditions of later steps, and for
    /// what the sequence's rule says.
    public func when(step: Int) -> Series { Series(.captured(node, step: step)) }
    /// The same values, updated only while `condition` is true.
    public func filtered(by condition: Condition) -> Series { Series(.filter(node, by: condition.node)) }
    /// The same values, updated only when they differ from the one before.
    public var changes: Series { Series(.distinct(node)) }
}

/// Best bid.
public func bid(_ symbol: String) -> Series { Series(.bid, of: symbol) }
/// Best ask.
public func ask(_ symbol: String) -> Series { Series(.ask, of: symbol) }
/// Mean of best bid and ask.
public func mid(_ symbol: String) -> Series { Series(.mid, of: symbol) }
/// Mid weighted by the sizes of the other side.
public func microprice(_ symbol: String) -> Series { Series(.microprice, of: symbol) }
/// Best ask less best bid.
public func width(_ symbol: String) -> Series { Series(.width, of: symbol) }
/// (bid size − ask size) / (bid size + ask size).
public func imbalance(_ symbol: String) -> Series { Series(.imbalance, of: symbol) }
/// Order flow of a quote against the one before.
public func orderFlow(_ symbol: String) -> Series { Series(.orderFlow, of: symbol) }
/// Price of each trade.
public func price(_ symbol: String) -> Series { Series(.price, of: symbol) }
/// Shares of each trade.
public func size(_ symbol: String) -> Series { Series(.size, of: symbol) }

/// An aggregate of the samples of `series` in `window`.
public func aggregate(_ function: Aggregate, _ series: Series, over window: SignalWindow) -> Series {
    Series(.aggregate(function, [series.node], window))
}
/// An aggregate of the samples (y, x) in `window`; a sample is taken when either is updated and both are valid.
public func aggregate(_ function: Aggregate, _ y: Series, _ x: Series, over window: SignalWindow) -> Series {
    Series(.aggregate(function, [y.node, x.node], window))
}
public func mean(_ series: Series, over window: SignalWindow) -> Series { aggregate(.mean, series, over: window) }
public func sum(_ series: Series, over window: SignalWindow) -> Series { aggregate(.sum, series, over: window) }
/// How far the last sample lies from the mean, in standard deviations.
public func zscore(_ series: Series, over window: SignalWindow) -> Series { aggregate(.zscore, series, over: window) }
public func deviation(_ series: Series, over window: SignalWindow) -> Series {
    aggregate(.deviation, series, over: window)
}
public func lowest(_ series: Series, over window: SignalWindow) -> Series { aggregate(.minimum, series, over: window) }
public func highest(_ series: Series, over window: SignalWindow) -> Series {
    aggregate(.maximum, series, over: window)
}
public func median(_ series: Series, over window: SignalWindow) -> Series {
    aggregate(.quantile(0.5), series, over: window)
}
public func correlation(_ y: Series, _ x: Series, over window: SignalWindow) -> Series {
    aggregate(.correlation, y, x, over: window)
}
/// The slope of y = alpha + beta x.
public func beta(_ y: Series, _ x: Series, over window: SignalWindow) -> Series {
    aggregate(.slope, y, x, over: window)
}
/// Volume-weighted average price of the trades of `symbol`.
public func vwap(_ symbol: String, over window: SignalWindow) -> Series {
    aggregate(.weightedMean, price(symbol), size(symbol), over: window)
}
/// Exponential average.
public func ewma(_ series: Series, _ memory: AverageMemory) -> Series { Series(.average(series.node, memory)) }
public func absolute(_ series: Series) -> Series { Series(.unary(.magnitude, series.node)) }
/// Natural logarithm; invalid at and below zero.
public func logarithm(_ series: Series) -> Series { Series(.unary(.logarithm, series.node)) }
public func exponential(_ series: Series) -> Series { Series(.unary(.exponential, series.node)) }
/// Invalid below zero.
public func squareRoot(_ series: Series) -> Series { Series(.unary(.squareRoot, series.node)) }
public func smaller(_ a: Series, _ b: Series) -> Series { Series(.binary(.minimum, a.node, b.node)) }
public func larger(_ a: Series, _ b: Series) -> Series { Series(.binary(.maximum, a.node, b.node)) }

/// The Kalman hedge of y on x: its slope, its level, and the innovation in standard deviations.
public struct KalmanSeries: Sendable {
    public let beta: Series
    public let alpha: Series
    public let zscore: Series

    public init(_ y: Series, on x: Series, _ settings: KalmanSettings = KalmanSettings()) {
        beta = Series(.kalman(.beta, y: y.node, x: x.node, settings))
        alpha = Series(.kalman(.alpha, y: y.node, x: x.node, settings))
        zscore = Series(.kalman(.zscore, y: y.node, x: x.node, settings))
    }
}
