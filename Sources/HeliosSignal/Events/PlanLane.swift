// SPDX-License-Identifier: MIT
import HeliosMarket

/// A sliding window over a spread of two values, or over one value, with everything that is computed of its moments.
///
/// A plan finds the windows of this shape among its nodes and takes them out of the graph: what is a chain of nodes there is
/// a row of numbers here, and all rows that an event touches are computed in one pass.
struct PlanLane: BitwiseCopyable, Sendable {
    /// The spread is weightLeft · left + weightRight · right, or with one value that value.
    var left: Int32 = 0
    var right: Int32 = 0
    var weightLeft = 1.0
    var weightRight = 0.0
    /// Above zero for a window of time.
    var length: Nanoseconds = 0
    /// Where the rings of its samples and of their times begin, and the size of both less one.
    var samples: Int32 = 0
    var times: Int32 = 0
    var mask: Int32 = 0
    var capacity: Int32 = 0
    /// Of the aggregate that thresholds are of: its least number of samples and its function.
    var minimum: Int32 = 0
    /// The nodes that it stands for; the spread −1 where that is a node of its own.
    var spread: Int32 = -1
    var window: Int32 = 0
    var watched: UInt8 = 0
    /// Whether nobody reads its numbers but the nodes behind its thresholds: they are then only computed when one is crossed.
    var isQuiet = false
    var isSpread = false
    /// Whether the thresholds are of the z-score, which is computed of all lanes at once.
    var isQuick = false

    var isTime: Bool { length > 0 }
}

/// What is seldom needed of a lane: where its aggregates, thresholds and the nodes behind them are.
struct LaneReaders: BitwiseCopyable, Sendable {
    var aggregates: Int32 = 0
    var aggregateCount: Int32 = 0
    var thresholds: Int32 = 0
    var thresholdCount: Int32 = 0
    var followers: Int32 = 0
    var followerCount: Int32 = 0
}

/// What a lane remembers: two cache lines.
struct LaneState: BitwiseCopyable {
    static let windowValid: Int64 = 1
    static let watchedValid: Int64 = 2
    /// Whether what stands behind the thresholds is as the number was last.
    static let known: Int64 = 4

    var moments = Moments()
    /// The newest sample.
    var newest = 0.0
    /// Serial numbers of the oldest sample and of the next one.
    var head: Int64 = 0
    var tail: Int64 = 0
    /// Until when samples are missing that there was no room for.
    var lostUntil = Int64.min
    /// How many of the newest samples are equal.
    var equal: Int64 = 0
    /// Samples that have left since the last rebuild.
    var slides: Int64 = 0
    var flags: Int64 = 0
    /// Between both the watched number may move without crossing a threshold.
    var low = -Double.infinity
    var high = Double.infinity
}
