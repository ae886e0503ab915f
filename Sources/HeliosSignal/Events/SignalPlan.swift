// SPDX-License-Identifier: MIT
import HeliosMarket

/// Rules compiled: what is computed, in which order, at which event, and how much memory it takes, all known before the
/// first event.
///
/// Equal parts of the rules are one node. A node stands behind all that it is computed from.
public struct SignalPlan: Sendable {
    /// The instruments that the rules name, in order; their places are `SignalTick.instrument`.
    public let symbols: [String]
    public let rules: [SignalRule]

    var nodes: [PlanNode] = []
    /// What each node is, for people.
    var names: [String] = []
    /// Numbers and words that each node keeps.
    var sizes: [(reals: Int, words: Int)] = []
    /// Inputs of nodes with any number of them.
    var inputs: [Int32] = []
    /// For each route: nodes to be computed, in order, lanes among them, then rules to be looked at.
    var lists: [Int32] = []
    /// For each instrument and kind of tick, then for each node with a timer: where its list is.
    var routes: [Route] = []
    /// For each rule: its trigger and its columns, in `outputColumns`.
    var outputs: [Output] = []
    var outputColumns: [Int32] = []
    var hedges: [KalmanSettings] = []
    var matches: [SignalMatch] = []
    var realCount = 0
    var wordCount = 0

    /// Windows that are computed together; see `SignalLanePlanner`.
    var lanes: [PlanLane] = []
    var laneReaders: [LaneReaders] = []
    var laneAggregates: [LaneAggregate] = []
    var laneThresholds: [Double] = []
    var laneFollowers: [Int32] = []
    var laneSampleCount = 0
    var roles: [SignalLanePlanner.Role] = []
    var laneOf: [Int32] = []
    var isBehindLane: [Bool] = []

    /// Where in `lists` that is what a source of events makes the machine compute: from `start` on the nodes in front of
    /// lanes, the lanes (twice their number, one more where only a threshold wakes what follows), the lanes that have timers, the nodes
    /// behind them.
    struct Route: BitwiseCopyable {
        var start: Int32 = 0
        var front: Int32 = 0
        var lanes: Int32 = 0
        var waking: Int32 = 0
        var behind: Int32 = 0
        /// Rules that this may trigger, and the ones without those that only a threshold of a lane wakes.
        var rules: Int32 = 0
        var ruleCount: Int32 = 0
        var calm: Int32 = 0
        var calmCount: Int32 = 0
        /// Nodes that are looked at, the ones that lanes stand for included.
        var touched: Int32 = 0

        init(start: Int32 = 0, touched: Int32 = 0) {
            self.start = start
            self.touched = touched
        }
    }

    struct Output: BitwiseCopyable {
        var trigger: Int32
        var firstColumn: Int32
        var columnCount: Int32
        /// Whether it buys or sells its first column, and must not without its value.
        var isEntry: Bool
    }

    static let kinds = SignalTick.Kind.allCases.count

    /// Compiles rules.
    ///
    /// - Parameters:
    ///   - rules: at least one.
    ///   - symbols: instruments in the order of the caller; the ones that rules name beyond them are appended.
    ///   - lanes: whether windows of one shape are computed together; without, each node by itself, with the same results.
    /// - Throws: `SignalPlanError` when something in them can't be computed.
    public init(_ rules: [SignalRule], symbols: [String] = [], lanes: Bool = true) throws(SignalPlanError) {
        guard !rules.isEmpty else { throw SignalPlanError("there is no rule: a plan says at least one thing") }
        var builder = SignalPlanBuilder(symbols: symbols)
        for rule in rules {
            try builder.add(rule)
            _ = try rule.tradedSymbols()
        }
        self.symbols = builder.symbols
        self.rules = rules
        nodes = builder.nodes
        names = builder.names
        sizes = builder.sizes
        inputs = builder.inputs
        outputs = builder.outputs
        outputColumns = builder.outputColumns
        hedges = builder.hedges
        matches = builder.matches
        realCount = builder.realCount
        wordCount = builder.wordCount
        roles = Array(repeating: .node, count: nodes.count)
        laneOf = Array(repeating: -1, count: nodes.count)
        isBehindLane = Array(repeating: false, count: nodes.count)
        if lanes { makeLanes() }
        makeRoutes()
    }

    /// Nodes that are computed.
    public var nodeCount: Int { nodes.count }

    /// Bytes of state, fixed from the start.
    public var stateBytes: Int {
        realCount * 8 + wordCount * 8 + nodes.count * MemoryLayout<NodeValue>.stride
            + symbols.count * MemoryLayout<SignalMachine.QuoteState>.stride
            + (laneSampleCount + largestWindow) * 8
            + lanes.count * (MemoryLayout<LaneState>.stride + MemoryLayout<LaneClock>.stride)
    }

    /// Nodes that an event of one kind for one instrument makes the machine look at.
    public func touched(by kind: SignalTick.Kind, of symbol: String) -> Int {
        symbols.firstIndex(of: symbol).map { touched(by: kind, at: $0) } ?? 0
    }

    /// The same for the instrument at a place in `symbols`, which traps outside it.
    public func touched(by kind: SignalTick.Kind, at place: Int) -> Int {
        precondition(symbols.indices.contains(place), "a place in the plan's symbols")
        return Int(routes[place * SignalPlan.kinds + Int(kind.rawValue)].touched)
    }
}

/// Why rules can't be compiled.
public struct SignalPlanError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A node as the machine has it.
struct PlanNode: BitwiseCopyable, Sendable {
    enum Operation: UInt8 {
        /// `groupField`: its instruments stand in `inputs`.
        case constant, field, groupField, unary, binary, window, aggregate, average, lag, fresh, sample, filter
        case distinct, clock, any
        case kalman, kalmanPart, rising, held, quiet, absence, repeated, together, sequence, around, kept
        /// A number of an earlier event: while a sequence looks for more, and once it is complete.
        case captured, recalled
        /// Computed by a lane.
        case lane
    }

    var operation: Operation
    /// Of the operation: the unary or binary operation, the field, the function.
    var code: UInt8 = 0
    /// Whether it is only true in the moment of its update.
    var isMomentary = false
    var isTumbling = false
    /// Whether it is computed of earlier events of a waiting match: only the sequence itself looks at it.
    var isOfMatch = false
    /// Inputs; of nodes with any number: where they begin in `inputs`, and how many.
    var first: Int32 = -1
    var second: Int32 = -1
    var parameter = 0.0
    var length: Nanoseconds = 0
    /// Samples or runs that there is room for; of a ring its size less one.
    var capacity: Int32 = 0
    var minimum: Int32 = 0
    /// Where its state begins.
    var reals: Int32 = 0
    var words: Int32 = 0
    /// The route of its timer; −1 without.
    var timer: Int32 = -1
    /// Whether what stands behind it waits for its value to change as time passes: it then has a timer.
    var wakes = false
}

/// A node's value, and when and how it got it.
struct NodeValue: BitwiseCopyable, Sendable {
    static let valid: UInt64 = 1
    static let updated: UInt64 = 2
    static let changed: UInt64 = 4
    static let momentary: UInt64 = 8
    static let epochShift: UInt64 = 4

    var number = 0.0
    /// The epoch above `epochShift`, below it the bits.
    var state: UInt64 = 0

    var isValid: Bool { state & NodeValue.valid != 0 }
    /// 1 where it is updated in this epoch, else 0.
    @inline(__always)
    func isUpdatedBit(_ epoch: UInt64) -> UInt64 {
        (state ^ (epoch << NodeValue.epochShift | NodeValue.updated)) & ~13 == 0 ? 1 : 0
    }

    func isUpdated(_ epoch: UInt64) -> Bool { state >> NodeValue.epochShift == epoch && state & NodeValue.updated != 0 }
}

extension PlanNode {
    /// Of a window: whether it ends when nothing has come for a while.
    var isSession: Bool { operation == .window && isTumbling && code == 2 }
}

extension PlanNode {
    /// Which of the timers that are due at the same time comes first: of clocks the longest, so that what a shorter one brings
    /// belongs to the next of the longer ones; then all others.
    var timerRank: Int64 {
        switch operation {
        case .clock: -length
        // Told by the last moment of their time, which is before everything else that is due.
        case .absence, .around: .min
        default: 0
        }
    }

    var isQuantile: Bool { operation == .aggregate && code == AggregateState.Code.quantile.rawValue }

    /// Whether what happens at the end of its time is told by the last moment of it, later than everything else in it.
    var endsWithItsTime: Bool { operation == .absence || operation == .around }
}
