// SPDX-License-Identifier: MIT
import HeliosMarket

/// The expression tree behind `Series` and `Condition`.
///
/// Equal trees are compiled once: the tree is its own key.
indirect enum SignalNode: Hashable, Sendable {
    case constant(Double)
    case field(SignalField, symbol: String)
    case groupField(SignalField, SignalGroup)
    case unary(UnaryOperation, SignalNode)
    case binary(BinaryOperation, SignalNode, SignalNode)
    case aggregate(Aggregate, [SignalNode], SignalWindow)
    case average(SignalNode, AverageMemory)
    case lag(SignalNode, Int)
    case fresh(SignalNode, Nanoseconds)
    case sample(SignalNode, on: SignalNode)
    case filter(SignalNode, by: SignalNode)
    case distinct(SignalNode)
    case clock(Nanoseconds)
    case any([SignalNode])
    case kalman(KalmanPart, y: SignalNode, x: SignalNode, KalmanSettings)
    case rising(SignalNode)
    case held(SignalNode, Nanoseconds)
    case quiet(SignalNode, Nanoseconds)
    case absence(of: SignalNode, after: SignalNode, Nanoseconds)
    case repeated(SignalNode, Int, Nanoseconds)
    case together([SignalNode], Nanoseconds)
    /// True when a time has passed since an event, with room for so many that wait.
    case around(SignalNode, Nanoseconds, Int)
    /// A value as it was at the event that `of` tells of, told with it.
    case kept(SignalNode, of: SignalNode)
    /// `keeping`: values of events that only the rule's columns say.
    case sequence([SignalNode], within: Nanoseconds, without: SignalNode?, keeping: [SignalNode])
    /// A value as it was when a step of the sequence happened; in the conditions of later steps.
    case captured(SignalNode, step: Int)
    /// The same, of a sequence's last match; in the columns of its rule.
    case recalled(of: SignalNode, SignalNode, step: Int)
}

/// What can be read off a market event of one instrument.
public enum SignalField: UInt8, Hashable, Sendable, CaseIterable {
    /// Best prices and their quantities.
    case bid, ask, bidSize, askSize
    /// (bid + ask) / 2.
    case mid
    /// ask − bid.
    case width
    /// (ask · bidSize + bid · askSize) / (bidSize + askSize), formula of section 7.
    case microprice
    /// (bidSize − askSize) / (bidSize + askSize).
    case imbalance
    /// Change of the order flow since the quote before (Cont, Kukanov and Stoikov).
    case orderFlow
    /// Price and size of a trade; its size with the aggressor's sign, positive for a buyer.
    case price, size, signedSize
    /// 1 while trading is halted, else 0.
    case halted

    /// The kind of event that updates it.
    var source: SignalTick.Kind {
        switch self {
        case .price, .size, .signedSize: .trade
        case .halted: .status
        default: .quote
        }
    }
}

enum UnaryOperation: UInt8, Hashable, Sendable {
    case negate, magnitude, logarithm, exponential, squareRoot, not
}

enum BinaryOperation: UInt8, Hashable, Sendable {
    case add, subtract, multiply, divide, minimum, maximum
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
    case and, or
}

/// What is computed of the samples in a window.
public enum Aggregate: Hashable, Sendable {
    case count, sum, mean, variance, deviation, minimum, maximum, first, last
    /// Largest less smallest.
    case range
    /// (last − mean) / deviation, divisor n − 1.
    case zscore
    /// The p-quantile, p in 0...1, linear between the order statistics (Hyndman and Fan's type 7).
    case quantile(Double)
    /// Of two inputs y, x: least squares y = intercept + slope x, and how far the last y lies off the line.
    case slope, intercept, residual
    case covariance, correlation
    /// Mean of the first input weighted by the second, which is not negative: prices by sizes give the VWAP.
    case weightedMean

    /// One, or two for those of pairs.
    var inputs: Int {
        switch self {
        case .slope, .intercept, .residual, .covariance, .correlation, .weightedMean: 2
        default: 1
        }
    }
}

/// Which samples of a series belong together.
public struct SignalWindow: Hashable, Sendable {
    enum Extent: Hashable, Sendable {
        case count(Int)
        case time(Nanoseconds)
        case session(gap: Nanoseconds)

        var isTime: Bool { if case .time = self { true } else { false } }
    }

    var extent: Extent
    var isTumbling = false
    /// Samples that there is room for.
    var capacity: Int
    /// Samples from which results are given.
    var minimum: Int?

    /// Samples that it can ever hold, those of one after the other being counted as they come.
    var mostSamples: Int {
        switch extent {
        case .count(let samples): samples
        case .time where !isTumbling: capacity
        case .time, .session: .max
        }
    }

    /// The newest `samples` samples, at least 1.
    public static func count(_ samples: Int) -> SignalWindow {
        SignalWindow(extent: .count(samples), capacity: samples)
    }

    /// The samples of (t − length, t]; the left end is open.
    ///
    /// Memory is fixed: a window that gets more than `capacity` samples within its length is invalid until the ones that
    /// it had no room for would have left.
    public static func time(_ length: Nanoseconds, capacity: Int = 4_096) -> SignalWindow {
        SignalWindow(extent: .time(length), capacity: capacity)
    }

    public static func milliseconds(_ count: Int64) -> SignalWindow { .time(length(count, 1_000_000)) }
    public static func seconds(_ count: Int64) -> SignalWindow { .time(length(count, 1_000_000_000)) }
    public static func minutes(_ count: Int64) -> SignalWindow { .time(length(count, 60_000_000_000)) }

    /// A length that is too long for a number is one that the plan refuses.
    private static func length(_ count: Int64, _ unit: Nanoseconds) -> Nanoseconds {
        let (length, isTooLong) = count.multipliedReportingOverflow(by: unit)
        return isTooLong ? .max : length
    }

    /// One after the other, each of `samples` samples; gives its result with the last one.
    public static func tumbling(count samples: Int) -> SignalWindow {
        SignalWindow(extent: .count(samples), isTumbling: true, capacity: samples)
    }

    /// [k · length, (k + 1) · length) since the epoch; gives its result at its end.
    public static func tumbling(_ length: Nanoseconds, capacity: Int = 4_096) -> SignalWindow {
        SignalWindow(extent: .time(length), isTumbling: true, capacity: capacity)
    }

    /// Samples less than `gap` apart; gives its result when `gap` has passed without one.
    public static func session(gap: Nanoseconds, capacity: Int = 4_096) -> SignalWindow {
        SignalWindow(extent: .session(gap: gap), isTumbling: true, capacity: capacity)
    }

    /// The same window, whose results are given from `samples` samples on.
    public func from(_ samples: Int) -> SignalWindow {
        var window = self
        window.minimum = samples
        return window
    }

    /// The same window with room for `samples` samples.
    public func holding(_ samples: Int) -> SignalWindow {
        var window = self
        window.capacity = samples
        return window
    }
}

/// How fast an exponential average forgets.
public enum AverageMemory: Hashable, Sendable {
    /// By time: v += (1 − e^(−dt / tau)) (x − v), tau in nanoseconds.
    case time(Nanoseconds)
    /// By sample: v += weight (x − v), weight in (0, 1].
    case weight(Double)
}

enum KalmanPart: UInt8, Hashable, Sendable { case beta, alpha, zscore }

/// A Kalman hedge's drift and noise; see `KalmanHedge`.
public struct KalmanSettings: Hashable, Sendable {
    public var drift: Double
    public var noise: Double
    public var priorVariance: Double

    public init(drift: Double = 1e-4, noise: Double = 1e-3, priorVariance: Double = 1_000) {
        self.drift = drift
        self.noise = noise
        self.priorVariance = priorVariance
    }
}
