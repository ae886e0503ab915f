// SPDX-License-Identifier: MIT

/// Finds the windows that become lanes, and the nodes behind them that only thresholds can wake.
struct SignalLanePlanner {
    /// What becomes of a node.
    enum Role: UInt8 {
        /// Computed as a node.
        case node
        /// A number of a lane.
        case lane
        /// Part of a spread, which the lane computes itself.
        case part
        /// Behind a threshold of a quiet lane.
        case follower
    }

    private(set) var lanes: [PlanLane] = []
    private(set) var parts: [LaneReaders] = []
    private(set) var aggregates: [LaneAggregate] = []
    private(set) var thresholds: [Double] = []
    private(set) var followers: [Int32] = []
    private(set) var roles: [Role]
    /// The lane of a window, of an aggregate and of a follower; −1 for all others.
    private(set) var laneOf: [Int32]
    /// Whether something of a lane is among what a node is computed from.
    private(set) var isBehind: [Bool]

    private let plan: SignalPlan
    private var readers: [[Int32]]
    /// Rules that have the node as a column, rules that it triggers.
    private var columnOf: [[Int32]]
    private var triggers: [[Int32]]
    private var isPlain: [Bool]
    /// How many samples and times the rings of all lanes hold.
    private(set) var sampleCount = 0

    init(_ plan: SignalPlan) {
        self.plan = plan
        let count = plan.nodes.count
        roles = Array(repeating: .node, count: count)
        laneOf = Array(repeating: -1, count: count)
        isBehind = Array(repeating: false, count: count)
        readers = Array(repeating: [], count: count)
        columnOf = Array(repeating: [], count: count)
        triggers = Array(repeating: [], count: count)
        isPlain = Array(repeating: false, count: count)
        for index in 0..<count {
            for (input, _) in plan.edges(of: index) { readers[Int(input)].append(Int32(index)) }
        }
        for (rule, output) in plan.outputs.enumerated() {
            triggers[Int(output.trigger)].append(Int32(rule))
            for column in plan.columns(of: output) { columnOf[Int(column)].append(Int32(rule)) }
        }
        for index in 0..<count { isPlain[index] = isPlain(plan.nodes[index]) }
        for index in 0..<count where isLane(index) { add(index) }
        for index in 0..<count { isBehind[index] = isBehind[index] || hasLaneInput(index) }
        for lane in lanes.indices { follow(lane) }
        for lane in lanes.indices { joinSpread(lane) }
        for index in 0..<count { dropPart(index) }
    }

    /// Whether a node changes with the fields that it is computed from and with nothing else.
    private func isPlain(_ node: PlanNode) -> Bool {
        switch node.operation {
        case .constant, .field: true
        case .unary: isPlain[Int(node.first)]
        case .binary: isPlain[Int(node.first)] && isPlain[Int(node.second)]
        default: false
        }
    }

    // MARK: - Windows
    private func isLane(_ index: Int) -> Bool {
        let node = plan.nodes[index]
        guard node.operation == .window, !node.isTumbling, node.code <= 1, node.second == 1 else { return false }
        let isOfMoments = readers[index].allSatisfy { plan.nodes[Int($0)].isOfMoments }
        return isOfMoments && isPlain[Int(plan.inputs[Int(node.first)])]
    }

    private mutating func add(_ index: Int) {
        let node = plan.nodes[index]
        var lane = PlanLane()
        lane.left = plan.inputs[Int(node.first)]
        lane.right = lane.left
        lane.window = Int32(index)
        lane.length = node.code == 1 ? node.length : 0
        lane.capacity = node.capacity
        lane.ring = Int32(truncatingIfNeeded: sampleCount)
        sampleCount += lane.ringSize
        var part = LaneReaders()
        part.aggregates = Int32(aggregates.count)
        part.aggregateCount = Int32(readers[index].count)
        aggregates += readers[index].map { reader in
            let node = plan.nodes[Int(reader)]
            return LaneAggregate(node: reader, minimum: node.minimum, code: node.code)
        }
        for node in readers[index] + [Int32(index)] {
            roles[Int(node)] = .lane
            laneOf[Int(node)] = Int32(lanes.count)
            isBehind[Int(node)] = true
        }
        lanes.append(lane)
        parts.append(part)
    }

    private func hasLaneInput(_ index: Int) -> Bool {
        plan.edges(of: index).contains { isBehind[Int($0.0)] }
    }

    // MARK: - Thresholds
    /// Finds what stands behind the lane; where anything else reads its numbers, they are written at each event.
    private mutating func follow(_ lane: Int) {
        let first = Int(parts[lane].aggregates)
        let own = aggregates[first..<first + Int(parts[lane].aggregateCount)].map(\.node)
        let read = own.filter { !readers[Int($0)].isEmpty }
        guard read.count == 1, let watched = read.first, let found = followers(of: watched) else { return }
        let isSaid = { (rule: Int32) in found.nodes[plan.outputs[Int(rule)].trigger] == true }
        let numbers = own + found.nodes.filter { !$0.value }.map(\.key)
        for node in numbers {
            guard triggers[Int(node)].isEmpty, columnOf[Int(node)].allSatisfy(isSaid) else { return }
        }
        let levels = Set(found.levels).sorted()
        lanes[lane].isQuiet = true
        lanes[lane].watched = plan.nodes[Int(watched)].code
        lanes[lane].isQuick = plan.nodes[Int(watched)].code == AggregateState.Code.zscore.rawValue
        lanes[lane].minimum = plan.nodes[Int(watched)].minimum
        parts[lane].thresholds = Int32(thresholds.count)
        parts[lane].thresholdCount = Int32(levels.count)
        thresholds += levels
        parts[lane].followers = Int32(followers.count)
        parts[lane].followerCount = Int32(found.nodes.count)
        followers += found.nodes.keys.sorted()
        for node in found.nodes.keys {
            roles[Int(node)] = .follower
            laneOf[Int(node)] = Int32(lane)
        }
    }

    /// What stands behind a number and its levels: each node, and whether it is only true for a moment.
    private struct Followers {
        var nodes: [Int32: Bool] = [:]
        let number: Int32
        /// The number, and its magnitude.
        var magnitudes: Set<Int32>
        var levels: [Double] = []

        /// Whether a node is true or false for some time.
        func isState(_ node: Int32) -> Bool { nodes[node] == false && !magnitudes.contains(node) }
    }

    /// The nodes that can only change when `number` crosses one of the levels; nil when somebody reads more of it.
    private func followers(of number: Int32) -> Followers? {
        var found = Followers(number: number, magnitudes: [number])
        var waiting = [number]
        while let from = waiting.popLast() {
            for reader in readers[Int(from)] where found.nodes[reader] == nil && join(reader, from, &found) {
                waiting.append(reader)
            }
            guard found.nodes.count <= 64 else { return nil }
        }
        // What is not only true for a moment must be read by nobody else.
        let isClosed = found.nodes.merging([number: false]) { $1 }.allSatisfy { node, isMomentary in
            isMomentary || readers[Int(node)].allSatisfy { found.nodes[$0] != nil }
        }
        return isClosed ? found : nil
    }

    /// Takes a reader of what was found where all that it reads was found, too, or is known before.
    private func join(_ reader: Int32, _ from: Int32, _ found: inout Followers) -> Bool {
        let node = plan.nodes[Int(reader)]
        if found.magnitudes.contains(from) {
            if node.operation == .unary, node.code == UnaryOperation.magnitude.rawValue {
                found.magnitudes.insert(reader)
            } else if let level = level(of: node, found.magnitudes) {
                // Of a magnitude both signs count.
                found.levels += from == found.number ? [level] : [level, -level]
            } else {
                return false
            }
            found.nodes[reader] = false
            return true
        }
        switch node.operation {
        case .rising, .held: found.nodes[reader] = true
        case .filter:
            guard found.nodes[node.first] == true, isKnown(node.second) || found.isState(node.second) else {
                return false
            }
            found.nodes[reader] = true
        case .unary where node.code == UnaryOperation.not.rawValue: found.nodes[reader] = false
        case .binary where node.code == BinaryOperation.and.rawValue || node.code == BinaryOperation.or.rawValue:
            guard found.isState(node.first), found.isState(node.second) else { return false }
            found.nodes[reader] = false
        default: return false
        }
        return true
    }

    /// Whether a node is up to date before lanes are computed.
    private func isKnown(_ node: Int32) -> Bool { !isBehind[Int(node)] }

    /// The constant that a comparison is with.
    private func level(of node: PlanNode, _ numbers: Set<Int32>) -> Double? {
        guard node.operation == .binary, let operation = BinaryOperation(rawValue: node.code) else { return nil }
        switch operation {
        case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual: break
        default: return nil
        }
        if numbers.contains(node.first) { return constant(node.second) }
        return numbers.contains(node.second) ? constant(node.first) : nil
    }

    /// The value of a number that was written, perhaps with a sign.
    private func constant(_ place: Int32) -> Double? {
        let node = plan.nodes[Int(place)]
        switch node.operation {
        case .constant: return node.parameter
        case .unary where node.code == UnaryOperation.negate.rawValue: return constant(node.first).map { -$0 }
        default: return nil
        }
    }

    // MARK: - Spreads
    /// Lets the lane compute its spread itself where only lanes read it.
    private mutating func joinSpread(_ lane: Int) {
        let place = lanes[lane].left
        let node = plan.nodes[Int(place)]
        guard node.operation == .binary, let operation = BinaryOperation(rawValue: node.code),
            operation == .add || operation == .subtract,
            readers[Int(place)].allSatisfy({ roles[Int($0)] == .lane }), triggers[Int(place)].isEmpty
        else { return }
        let others = readers[Int(place)].map { lanes[Int(laneOf[Int($0)])] }
        let isWritten = others.contains { !$0.isQuiet }
        let isSaid = columnOf[Int(place)].allSatisfy { rule in
            let trigger = Int(plan.outputs[Int(rule)].trigger)
            return roles[trigger] == .follower && plan.inputs(ofWindow: lanes[Int(laneOf[trigger])].window) == place
        }
        guard isWritten || isSaid else { return }
        let (left, right) = (term(node.first), term(node.second))
        lanes[lane].left = left.node
        lanes[lane].weightLeft = left.weight
        lanes[lane].right = right.node
        lanes[lane].weightRight = operation == .add ? right.weight : -right.weight
        lanes[lane].spread = place
        lanes[lane].isSpread = true
        roles[Int(place)] = .part
    }

    /// A node as a weight times another one.
    private func term(_ place: Int32) -> (weight: Double, node: Int32) {
        let node = plan.nodes[Int(place)]
        switch node.operation {
        case .unary where node.code == UnaryOperation.negate.rawValue: return (-1, node.first)
        case .binary where node.code == BinaryOperation.multiply.rawValue:
            if let weight = constant(node.first) { return (weight, node.second) }
            if let weight = constant(node.second) { return (weight, node.first) }
        default: break
        }
        return (1, place)
    }

    /// A weighted value that only spreads read need not be computed by itself.
    private mutating func dropPart(_ place: Int) {
        guard roles[place] == .node, term(Int32(place)).node != Int32(place), triggers[place].isEmpty,
            columnOf[place].isEmpty, !readers[place].isEmpty,
            readers[place].allSatisfy({ roles[Int($0)] == .part && plan.nodes[Int($0)].operation == .binary })
        else { return }
        roles[place] = .part
    }
}

extension SignalPlan {
    func columns(of output: Output) -> ArraySlice<Int32> {
        outputColumns[Int(output.firstColumn)..<Int(output.firstColumn + output.columnCount)]
    }

    func inputs(ofWindow window: Int32) -> Int32 { inputs[Int(nodes[Int(window)].first)] }

    /// Samples that the largest window has room for of those whose moments are rebuilt from them.
    var largestWindow: Int {
        let rows = lanes.lazy.map { Int($0.capacity) }.max() ?? 0
        return nodes.lazy.filter { $0.operation == .aggregate && !$0.isTumbling && $0.keepsSums }
            .map { Int(nodes[Int($0.first)].capacity) }.reduce(rows, max)
    }

    /// Windows that are computed together, each with its spread and its moments, instead of node by node.
    public var laneCount: Int { lanes.count }

    /// Those of them whose numbers nobody reads but rules that compare them with constants.
    public var quietLaneCount: Int { lanes.count { $0.isQuiet } }
}

extension PlanLane {
    /// Numbers in its ring.
    var ringSize: Int { Int(capacity) * (isTime ? 2 : 1) }
}

extension PlanNode {
    /// Whether it is computed of count, mean and squares of one series.
    var isOfMoments: Bool {
        guard operation == .aggregate, !isTumbling else { return false }
        switch AggregateState.Code(rawValue: code) {
        case .sum, .mean, .variance, .deviation, .zscore: return true
        default: return false
        }
    }
}

extension PlanNode {
    /// Whether it keeps sums, which are rebuilt from time to time.
    var keepsSums: Bool {
        guard operation == .aggregate, let code = AggregateState.Code(rawValue: code) else { return false }
        switch code {
        case .sum, .mean, .variance, .deviation, .zscore: return true
        case .slope, .intercept, .residual, .covariance, .correlation, .weightedMean: return true
        case .count, .minimum, .maximum, .range, .first, .last, .quantile: return false
        }
    }
}
