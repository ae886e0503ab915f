// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where a pair is in its life.
///
/// ```
///          |z| ≥ enter                both legs filled
///   flat ───────────────▶ entering ───────────────────▶ open
///    ▲                       │ not complete in time       │ |z| ≤ exit, |z| ≥ stop, too old
///    │   both legs at zero   ▼                            ▼
///    └────────────────────────────── exiting ◀────────────┘      (and from anywhere: end of day)
/// ```
public enum PairPhase: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case flat, entering, open, exiting
}

/// Why a pair was taken to flat.
public enum PairExit: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The spread came back.
    case target
    /// The spread went further away.
    case stop
    /// The spread did not come back in time.
    case timeStop
    /// One leg could not be filled.
    case legging
    /// The end of the day.
    case close
}

/// What a pair's spread y − beta x looks like.
public struct PairModel: Sendable, BitwiseCopyable, Equatable {
    public var beta: Double
    /// Mean and standard deviation over the z window.
    public var mean: Double
    public var deviation: Double
    /// In nanoseconds; zero while no valid one is known.
    public var halfLife: Double
    /// Standard deviation in the long run, from the fit of mean reversion; zero while no valid one is known.
    public var equilibriumDeviation: Double
    /// Whether `beta`, `mean` and `deviation` are of the newest sample.
    public var isValid: Bool

    static let unknown = PairModel(
        beta: 0,
        mean: 0,
        deviation: 0,
        halfLife: 0,
        equilibriumDeviation: 0,
        isValid: false
    )

    /// How many deviations `spread` is away from the mean.
    public func zScore(_ spread: Double) -> Double { (spread - mean) / deviation }
}

/// What a quote is compared with: a pair needs attention only when its spread leaves the band (low, high).
///
/// 32 bytes: two to a cache line.
struct PairBand: BitwiseCopyable {
    var y: UInt32
    var x: UInt32
    var beta: Double
    var low: Double
    var high: Double

    mutating func open() {
        low = -.infinity
        high = .infinity
    }
}

/// A pair's state outside the quote path.
struct PairState: BitwiseCopyable {
    var phase = PairPhase.flat
    /// +1 long the spread (long y, short x), −1 short.
    var direction: Int8 = 0
    /// +1: no entry above the mean until the spread has come back; −1: none below.
    var blocked: Int8 = 0
    /// Why it is exiting, or was last taken to flat.
    var exitReason = PairExit.target
    /// Where it stands in the list of pairs with work to do; −1 when it has none.
    var activeSlot: Int32 = -1
    /// When an incomplete entry is undone.
    var legDeadline = Timestamp.never
    /// When an open position has lived too long.
    var timeStop = Timestamp.never
    var lastSample = Timestamp.zero
    /// When the entry or exit that goes on, or went on last, was decided, and the z-score then; for accounts only.
    var decidedAt = Timestamp.zero
    var decidedZ = 0.0
}

/// What the pairs strategy has done, for logs and tests.
public struct PairsCounters: Sendable, BitwiseCopyable, Equatable {
    public var samples = 0
    /// Samples that were due but had no usable quote on a leg.
    public var missedSamples = 0
    public var entries = 0
    /// Entries refused because the expected gain would not pay the cost; counted at each quote that asked.
    public var refusedByCost = 0
    /// Entries refused because no half-life, or none within the limits, was known; counted at each quote that asked.
    public var refusedByHalfLife = 0
    public var orders = 0
    /// Refusals by venue or risk.
    public var refusals = 0
    public var targets = 0
    public var stops = 0
    public var timeStops = 0
    public var leggings = 0
    public var closes = 0

    public init() {}

    mutating func count(_ exit: PairExit) {
        switch exit {
        case .target: targets += 1
        case .stop: stops += 1
        case .timeStop: timeStops += 1
        case .legging: leggings += 1
        case .close: closes += 1
        }
    }
}
