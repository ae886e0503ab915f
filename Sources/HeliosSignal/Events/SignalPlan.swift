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
    var sizes: [Int] = []
    /// Inputs of nodes with any number of them.
    var inputs: [Int32] = []
    /// Nodes to be computed, in order, for each route.
    var lists: [Int32] = []
    /// For each instrument and kind of tick, then for each node with a timer: where its list is.
    var routes: [Route] = []
    /// For each rule: its trigger and its columns, in `outputColumns`.
    var outputs: [Output] = []
    var outputColumns: [Int32] = []
    var hedges: [KalmanSettings] = []
    var realCount = 0
    var wordCount = 0

    struct Route: BitwiseCopyable {
        var start: Int32 = 0
        var count: Int32 = 0
    }

    struct Output: BitwiseCopyable {
        var trigger: Int32
        var firstColumn: Int32
        var columnCount: Int32
    }

    static let kinds = SignalTick.Kind.allCases.count

    /// Compiles rules.
    ///
    /// - Parameters:
    ///   - rules: at least one.
    ///   - symbols: instruments in the order of the caller; the ones that rules name beyond them are appended.
    /// - Throws: `SignalPlanError` when something in them can't be computed.
    public init(_ rules: [SignalRule], symbols: [String] = []) throws(SignalPlanError) {
        guard !rules.isEmpty else { throw SignalPlanError("there is no rule: a plan says at least one thing") }
        var builder = SignalPlanBuilder(symbols: symbols)
        for rule in rules { try builder.add(rule) }
        self.symbols = builder.symbols
        self.rules = rules
        nodes = builder.nodes
        names = builder.names
        sizes = builder.sizes
        inputs = builder.inputs
        outputs = builder.outputs
        outputColumns = builder.outputColumns
        hedges = builder.hedges
        realCount = builder.realCount
        wordCount = builder.wordCount
        makeRoutes()
    }

    /// Nodes that are computed.
    public var nodeCount: Int { nodes.count }

    /// Bytes of state, fixed from the start.
    public var stateBytes: Int {
        realCount * 8 + wordCount * 8 + nodes.count * MemoryLayout<NodeValue>.stride + symbols.count * 9 * 8
    }

    /// Nodes that an event of one kind for one instrument makes the machine look at.
    public func touched(by kind: SignalTick.Kind, of symbol: String) -> Int {
        guard let place = symbols.firstIndex(of: symbol) else { return 0 }
        return Int(routes[place * SignalPlan.kinds + Int(kind.rawValue)].count)
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
        case constant, field, unary, binary, window, aggregate, average, lag, fresh, sample, filter, distinct, clock,
            any
        case kalman, kalmanPart, rising, held, quiet, absence, repeated, together, sequence
    }

    var operation: Operation
    /// Of the operation: the unary or binary operation, the field, the function.
    var code: UInt8 = 0
    /// Whether it is only true in the moment of its update.
    var isMomentary = false
    var isTumbling = false
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
    func isTouched(_ epoch: UInt64) -> Bool { state >> NodeValue.epochShift == epoch && state & 6 != 0 }
    func isUpdated(_ epoch: UInt64) -> Bool { state >> NodeValue.epochShift == epoch && state & NodeValue.updated != 0 }
}

extension SignalPlan {
    /// For each source of events: what depends on it, and what of the rest must be looked at because time passes by itself.
    private mutating func makeRoutes() {
        var active: [[Int32]] = Array(repeating: [], count: nodes.count)
        var all: [[Int32]] = Array(repeating: [], count: nodes.count)
        for index in nodes.indices {
            for (input, isActive) in edges(of: index) {
                all[index].append(input)
                if isActive { active[Int(input)].append(Int32(index)) }
            }
        }
        let timed = timeDependent(all)
        var sources: [[Int32]] = Array(repeating: [], count: symbols.count * SignalPlan.kinds)
        for index in nodes.indices where nodes[index].operation == .field {
            guard let field = SignalField(rawValue: nodes[index].code) else { continue }
            sources[Int(nodes[index].first) * SignalPlan.kinds + Int(field.source.rawValue)].append(Int32(index))
        }
        for source in sources { routes.append(makeList(source, active, all, timed)) }
        for index in nodes.indices where hasTimer(nodes[index]) {
            nodes[index].timer = Int32(routes.count)
            routes.append(makeList([Int32(index)], active, all, timed))
        }
    }

    private func hasTimer(_ node: PlanNode) -> Bool {
        switch node.operation {
        case .clock, .held, .absence: true
        case .window: node.isSession
        default: false
        }
    }

    /// The inputs of a node, and whether an update of the input is one of the node.
    private func edges(of index: Int) -> [(Int32, Bool)] {
        let node = nodes[index]
        switch node.operation {
        case .constant, .field, .clock: return []
        case .sample: return [(node.first, false), (node.second, true)]
        case .filter: return [(node.first, true), (node.second, false)]
        case .any, .together, .sequence:
            return inputs[Int(node.first)..<Int(node.first) + Int(node.second)].map { ($0, true) }
        case .window:
            return inputs[Int(node.first)..<Int(node.first) + Int(node.second)].map { ($0, true) }
        default: return [(node.first, true)] + (node.second >= 0 ? [(node.second, true)] : [])
        }
    }

    /// Nodes whose value changes by the passing of time, or because one below them does.
    private func timeDependent(_ all: [[Int32]]) -> [Bool] {
        var timed = Array(repeating: false, count: nodes.count)
        for index in nodes.indices {
            let node = nodes[index]
            switch node.operation {
            case .fresh, .quiet: timed[index] = true
            case .window: timed[index] = !node.isTumbling && node.length > 0
            // What takes samples at its own moments stays as it is in between.
            case .sample, .average, .lag, .kalman, .clock: break
            default: timed[index] = all[index].contains { timed[Int($0)] }
            }
        }
        return timed
    }

    private mutating func makeList(_ sources: [Int32], _ active: [[Int32]], _ all: [[Int32]], _ timed: [Bool]) -> Route
    {
        guard !sources.isEmpty else { return Route(start: Int32(lists.count), count: 0) }
        var reached = Set(sources)
        var waiting = sources
        while let node = waiting.popLast() {
            for next in active[Int(node)] where reached.insert(next).inserted { waiting.append(next) }
        }
        var wanted = reached
        waiting = Array(reached)
        // The columns of a rule that may be triggered are looked at in the same moment.
        for output in outputs where reached.contains(output.trigger) {
            let columns = outputColumns[Int(output.firstColumn)..<Int(output.firstColumn + output.columnCount)]
            for column in columns where !reached.contains(column) {
                if timed[Int(column)] { wanted.insert(column) }
                waiting.append(column)
            }
        }
        var seen = Set(waiting)
        while let node = waiting.popLast() {
            for input in all[Int(node)] where seen.insert(input).inserted {
                if timed[Int(input)] { wanted.insert(input) }
                waiting.append(input)
            }
        }
        let start = lists.count
        lists.append(contentsOf: wanted.sorted())
        return Route(start: Int32(start), count: Int32(lists.count - start))
    }
}

extension PlanNode {
    /// Of a window: whether it ends when nothing has come for a while.
    var isSession: Bool { operation == .window && isTumbling && code == 2 }
}
