// SPDX-License-Identifier: MIT

extension SignalPlan {
    /// For each source of events: what depends on it, and what of the rest must be looked at because time passes by itself.
    mutating func makeRoutes() {
        var planner = SignalRoutePlanner(self)
        for index in planner.wakers { nodes[Int(index)].wakes = true }
        var sources: [[Int32]] = Array(repeating: [], count: symbols.count * SignalPlan.kinds)
        for (index, node) in nodes.enumerated() {
            guard let field = SignalField(rawValue: node.code) else { continue }
            for instrument in instruments(of: node) {
                sources[Int(instrument) * SignalPlan.kinds + Int(field.source.rawValue)].append(Int32(index))
            }
        }
        for source in sources { routes.append(planner.route(from: source, isField: true)) }
        for index in nodes.indices where nodes[index].hasTimer {
            nodes[index].timer = Int32(routes.count)
            routes.append(planner.route(from: [Int32(index)], isField: false))
        }
        lists = planner.lists
        listRules()
        finishReaders()
    }

    /// For each lane whose number only thresholds read: the rules behind them.
    private mutating func listRules() {
        var rules: [[Int32]] = Array(repeating: [], count: lanes.count)
        for (rule, output) in outputs.enumerated() where roles[Int(output.trigger)] == .follower {
            rules[Int(laneOf[Int(output.trigger)])].append(Int32(rule))
        }
        for lane in lanes.indices {
            laneReaders[lane].rules = Int32(lists.count)
            laneReaders[lane].ruleCount = Int32(rules[lane].count)
            laneReaders[lane].firstRule = rules[lane].first ?? 0
            lists += rules[lane]
        }
    }

    /// What the readers of a lane say of its plan, and where its memory is.
    private mutating func finishReaders() {
        for lane in lanes.indices {
            laneReaders[lane].spread = lanes[lane].spread
            laneReaders[lane].window = lanes[lane].window
            laneReaders[lane].minimum = lanes[lane].minimum
            laneReaders[lane].watched = lanes[lane].watched
            laneReaders[lane].isQuiet = lanes[lane].isQuiet
            let (first, count) = (Int(laneReaders[lane].followers), Int(laneReaders[lane].followerCount))
            guard let follower = laneFollowers[first..<first + count].first else { continue }
            laneReaders[lane].firstFollower = follower
            laneReaders[lane].firstWord = nodes[Int(follower)].words
        }
    }

    /// Whose events update a node; none for one that is no field.
    private func instruments(of node: PlanNode) -> ArraySlice<Int32> {
        switch node.operation {
        case .field: [node.first]
        case .groupField: inputs[Int(node.first)..<Int(node.first + node.second)]
        default: []
        }
    }

    /// Finds the windows that are computed together, and gives memory to all other nodes only.
    mutating func makeLanes() {
        let planner = SignalLanePlanner(self)
        lanes = planner.lanes
        laneReaders = planner.parts
        laneAggregates = planner.aggregates
        laneThresholds = planner.thresholds
        laneFollowers = planner.followers
        laneSampleCount = planner.sampleCount
        roles = planner.roles
        laneOf = planner.laneOf
        isBehindLane = planner.isBehind
        guard !lanes.isEmpty else { return }
        (realCount, wordCount) = (0, 0)
        for index in nodes.indices {
            let isApart = roles[index] == .lane
            nodes[index].reals = Int32(truncatingIfNeeded: realCount)
            nodes[index].words = Int32(truncatingIfNeeded: wordCount)
            realCount += isApart ? 0 : sizes[index].reals
            wordCount += isApart ? 0 : sizes[index].words
        }
    }
}

/// Finds what an event leads to; what it costs to find goes with what it finds.
private struct SignalRoutePlanner {
    private(set) var lists: [Int32] = []

    /// For each node: what is updated when it is, what it is computed from, and the rules that it triggers.
    private var readers: [[Int32]]
    private var inputs: [[Int32]]
    private var rules: [[Int32]]
    private var columns: [[Int32]]
    private var timed: [Bool]
    private let plan: SignalPlan
    /// Aggregates of a window that keep moments: all of them let samples go at the same events.
    private var siblings: [[Int32]]
    /// Whose values change at a time that is known before, and are waited for: they have timers.
    private(set) var wakers: Set<Int32> = []
    /// Who was reached, and who was seen, in the search with this number.
    private var reached: [Int32]
    private var seen: [Int32]
    private var search: Int32 = 0

    init(_ plan: SignalPlan) {
        let count = plan.nodes.count
        readers = Array(repeating: [], count: count)
        inputs = Array(repeating: [], count: count)
        rules = Array(repeating: [], count: count)
        reached = Array(repeating: 0, count: count)
        seen = Array(repeating: 0, count: count)
        timed = Array(repeating: false, count: count)
        siblings = Array(repeating: [], count: count)
        self.plan = plan
        for index in 0..<count {
            for (input, isActive) in plan.edges(of: index) {
                inputs[index].append(input)
                if isActive { readers[Int(input)].append(Int32(index)) }
            }
            if plan.nodes[index].isOfMoments { siblings[Int(plan.nodes[index].first)].append(Int32(index)) }
        }
        columns = plan.outputs.map { output in
            Array(plan.outputColumns[Int(output.firstColumn)..<Int(output.firstColumn + output.columnCount)])
        }
        for (place, output) in plan.outputs.enumerated() { rules[Int(output.trigger)].append(Int32(place)) }
        for index in 0..<count { timed[index] = isTimed(plan.nodes[index], inputs[index]) }
        findWakers()
    }

    /// Whether a node's value changes by the passing of time, or because one below it does.
    private func isTimed(_ node: PlanNode, _ inputs: [Int32]) -> Bool {
        switch node.operation {
        case .fresh, .quiet: true
        case .window: !node.isTumbling && node.length > 0
        // What takes samples at its own moments, and what happens, stays as it is in between.
        case .sample, .filter, .distinct, .average, .lag, .kalman, .clock, .any: false
        case .rising, .held, .absence, .repeated, .together, .sequence, .recalled, .around, .kept: false
        default: inputs.contains { timed[Int($0)] }
        }
    }

    /// Finds what a condition waits for that is to become true, to stay so, or not to have been so.
    ///
    /// All that is computed of a window of time is another number, or none, when a sample leaves.
    private mutating func findWakers() {
        var seen: Set<Int32> = []
        var waiting: [Int32] = []
        for node in plan.nodes {
            switch node.operation {
            case .rising, .held, .quiet: waiting.append(node.first)
            default: break
            }
        }
        while let index = waiting.popLast() {
            guard timed[Int(index)], seen.insert(index).inserted else { continue }
            switch plan.nodes[Int(index)].operation {
            case .fresh, .quiet:
                wakers.insert(index)
                waiting += inputs[Int(index)]
            case .aggregate: wakers.insert(plan.nodes[Int(index)].first)
            default: waiting += inputs[Int(index)]
            }
        }
    }

    mutating func route(from sources: [Int32], isField: Bool) -> SignalPlan.Route {
        search += 1
        var found: [Int32] = []
        for source in sources { reach(source, &found) }
        var next = 0
        while next < found.count {
            for reader in readers[Int(found[next])] { reach(reader, &found) }
            next += 1
        }
        let triggered = found.flatMap { rules[Int($0)] }.sorted()
        // What is read besides, the columns of rules included, is looked at where time alone may have changed it.
        var others: [Int32] = []
        for rule in triggered { for column in columns[Int(rule)] { see(column, &others) } }
        for node in found { for input in inputs[Int(node)] { see(input, &others) } }
        next = 0
        while next < others.count {
            for input in inputs[Int(others[next])] { see(input, &others) }
            for sibling in siblings[Int(others[next])] { see(sibling, &others) }
            next += 1
        }
        let wanted = (found + others.filter { timed[Int($0)] }).sorted()
        return write(wanted, triggered, from: isField ? nil : sources[0])
    }

    /// Writes a route: nodes that no lane is in front of, lanes, those of them that have timers, the other nodes, rules.
    private mutating func write(_ wanted: [Int32], _ triggered: [Int32], from timer: Int32?) -> SignalPlan.Route {
        var lanes: [Int32] = []
        for node in wanted where plan.roles[Int(node)] == .lane && plan.nodes[Int(node)].operation == .window {
            lanes.append(plan.laneOf[Int(node)])
        }
        // What a timer behind a threshold makes happen may say the lane's numbers.
        if let timer, plan.roles[Int(timer)] == .follower, !lanes.contains(plan.laneOf[Int(timer)]) {
            lanes.append(plan.laneOf[Int(timer)])
        }
        // What stands behind thresholds is only looked at with samples that come and, where something waits for it, go.
        let isOfSamples = timer.map { plan.roles[Int($0)] == .lane } ?? true
        let quiet = Set(
            lanes.filter {
                let lane = plan.lanes[Int($0)]
                return isOfSamples && lane.isQuiet && reached[Int(lane.window)] == search
            }
        )
        let isAsleep = { [plan] (node: Int32) in
            plan.roles[Int(node)] == .follower && quiet.contains(plan.laneOf[Int(node)])
        }
        let computed = wanted.filter { node in
            let role = plan.roles[Int(node)]
            return role == .node || role == .follower && !isAsleep(node)
        }
        let front = computed.filter { !plan.isBehindLane[Int($0)] }
        let behind = computed.filter { plan.isBehindLane[Int($0)] }
        let calm = triggered.filter { !isAsleep(plan.outputs[Int($0)].trigger) }
        var route = SignalPlan.Route(start: Int32(lists.count), touched: Int32(wanted.count))
        route.front = Int32(front.count)
        route.lanes = Int32(lanes.count)
        route.behind = Int32(behind.count)
        let waking = lanes.filter { wakers.contains(plan.lanes[Int($0)].window) }
        route.waking = Int32(waking.count)
        lists += front
        lists += lanes.sorted().map { 2 * $0 + (quiet.contains($0) ? 1 : 0) }
        lists += waking
        lists += behind
        route.calm = Int32(lists.count)
        route.calmCount = Int32(calm.count)
        lists += calm
        route.rules = calm.count == triggered.count ? route.calm : Int32(lists.count)
        route.ruleCount = Int32(triggered.count)
        if calm.count != triggered.count { lists += triggered }
        return route
    }

    private mutating func reach(_ node: Int32, _ found: inout [Int32]) {
        guard reached[Int(node)] != search else { return }
        reached[Int(node)] = search
        found.append(node)
    }

    private mutating func see(_ node: Int32, _ others: inout [Int32]) {
        guard reached[Int(node)] != search, seen[Int(node)] != search else { return }
        seen[Int(node)] = search
        others.append(node)
    }
}

extension SignalPlan {
    /// The inputs of a node, and whether an update of the input is one of the node.
    func edges(of index: Int) -> [(Int32, Bool)] {
        let node = nodes[index]
        switch node.operation {
        case .constant, .field, .groupField, .clock: return []
        case .sample: return [(node.first, false), (node.second, true)]
        case .filter: return [(node.first, true), (node.second, false)]
        case .captured: return []
        case .kept: return [(node.first, true), (node.second, false)]
        case .sequence where node.minimum >= 0:
            // What earlier events are compared with is only looked at with the sequence's own events.
            let match = matches[Int(node.minimum)]
            let read = match.tests.map(\.condition).filter { $0 >= 0 } + match.captures.map(\.field)
            return inputs[Int(node.first)..<Int(node.first) + Int(node.second)].map { ($0, true) }
                + read.map { ($0, false) }
        case .any, .together, .sequence, .window:
            return inputs[Int(node.first)..<Int(node.first) + Int(node.second)].map { ($0, true) }
        default: return [(node.first, true)] + (node.second >= 0 ? [(node.second, true)] : [])
        }
    }
}

extension PlanNode {
    fileprivate var hasTimer: Bool {
        switch operation {
        case .clock, .held, .absence, .around: true
        case .window: isSession || wakes
        case .fresh, .quiet: wakes
        default: false
        }
    }
}
