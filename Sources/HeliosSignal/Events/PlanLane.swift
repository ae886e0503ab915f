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
    /// Where the ring of its samples begins; in one of time each is followed by its time.
    var ring: Int32 = 0
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

/// What is seldom needed of a lane, in a cache line of its own: where its aggregates, thresholds and the nodes behind them are.
struct LaneReaders: BitwiseCopyable, Sendable {
    /// Of its plan: the nodes that it stands for, what its thresholds are of.
    var spread: Int32 = -1
    var window: Int32 = 0
    var minimum: Int32 = 0
    var watched: UInt8 = 0
    var isQuiet = false
    var aggregates: Int32 = 0
    var aggregateCount: Int32 = 0
    var thresholds: Int32 = 0
    var thresholdCount: Int32 = 0
    var followers: Int32 = 0
    var followerCount: Int32 = 0
    /// The rules that they trigger, in the plan's lists.
    var rules: Int32 = 0
    var ruleCount: Int32 = 0
    /// The first of those rules, of the followers and of their words: what is asked of the cache at once.
    var firstRule: Int32 = 0
    var firstFollower: Int32 = 0
    var firstWord: Int32 = 0
    var unused: Int32 = 0
}

/// An aggregate that a lane computes.
struct LaneAggregate: BitwiseCopyable, Sendable {
    var node: Int32 = 0
    var minimum: Int32 = 0
    var code: UInt8 = 0
}

/// What a lane remembers, and what each event needs of its plan: two cache lines, of which `helios_lanes_slide` knows the first
/// and both thresholds.
///
/// How many samples the window holds is the moments' count.
struct LaneState: BitwiseCopyable {
    static let windowValid: UInt32 = 1
    static let watchedValid: UInt32 = 2
    /// Whether what stands behind the thresholds is as the number was last.
    static let known: UInt32 = 4
    /// Whether it is a window of so many samples, at least two, and holds them all: each that comes takes the place of the oldest.
    static let full: UInt32 = 8
    /// Whether the thresholds are of the z-score.
    static let quick: UInt32 = 16
    static let time: UInt32 = 32

    var moments = Moments()
    /// The newest sample.
    var newest = 0.0
    /// Between both the watched number may move without crossing a threshold.
    var low = -Double.infinity
    var high = Double.infinity
    // Of the plan.
    var weightLeft = 1.0
    var weightRight = 0.0
    var left: Int32 = 0
    var right: Int32 = 0
    var ring: Int32 = 0
    var capacity: Int32 = 0
    /// Where in the ring the next sample goes.
    var next: Int32 = 0
    /// How many of the newest samples are equal, as far as the ring reaches.
    var equal: Int32 = 0
    /// Samples that have left since the last rebuild.
    var slides: Int32 = 0
    var flags: UInt32 = 0

    /// From a state that was read it is only taken when it was looked at.
    var samples: Int32 { Int32(truncatingIfNeeded: Int64(moments.count)) }

    /// Takes from the plan what is of it.
    mutating func take(_ plan: PlanLane) {
        (weightLeft, weightRight) = plan.isSpread ? (plan.weightLeft, plan.weightRight) : (1, 0)
        (left, right) = (plan.left, plan.right)
        (ring, capacity) = (plan.ring, plan.capacity)
        flags &= LaneState.windowValid | LaneState.watchedValid | LaneState.known
        if plan.isQuick { flags |= LaneState.quick }
        if plan.isTime { flags |= LaneState.time }
        if !plan.isTime, capacity > 1, samples == capacity, capacity >= plan.minimum { flags |= LaneState.full }
    }
}

/// What a window of time needs at each event, and one that is not full.
struct LaneClock: BitwiseCopyable {
    // Of the plan.
    var length: Nanoseconds = 0
    var minimum: Int64 = 0
    /// Until when samples are missing that there was no room for, and how many were.
    var lostUntil = Int64.min
    var overflows: Int64 = 0
}
