// SPDX-License-Identifier: MIT
import HeliosMarket

/// Turns trees into nodes, inputs before what is computed of them, equal trees into one node.
struct SignalPlanBuilder {
    static let largestNodeCount = 4_000_000
    static let largestCapacity = 1 << 24

    var symbols: [String]
    var nodes: [PlanNode] = []
    var names: [String] = []
    /// Numbers and words that each node keeps.
    var sizes: [(reals: Int, words: Int)] = []
    var inputs: [Int32] = []
    var outputs: [SignalPlan.Output] = []
    var outputColumns: [Int32] = []
    var hedges: [KalmanSettings] = []
    var matches: [SignalMatch] = []
    var realCount = 0
    var wordCount = 0

    private var sized = (reals: 0, words: 0)
    private var places: [String: Int] = [:]
    private var known: [SignalNode: Int32] = [:]
    private var windows: [WindowKey: Int32] = [:]
    private var filters: [FilterKey: Int32] = [:]

    private struct WindowKey: Hashable {
        var inputs: [Int32]
        var extent: SignalWindow.Extent
        var isTumbling: Bool
        var capacity: Int
        /// Counted samples are looked at whenever one leaves: such windows are by themselves, so that the others can be lanes.
        var isCount: Bool
    }

    /// A Kalman filter is one node, of which its numbers are read.
    private struct FilterKey: Hashable {
        var y: Int32
        var x: Int32
        var settings: KalmanSettings
    }

    init(symbols: [String]) {
        self.symbols = symbols
        for (place, symbol) in symbols.enumerated() { places[symbol] = place }
    }

    mutating func add(_ rule: SignalRule) throws(SignalPlanError) {
        for node in rule.columns.map(\.node) + [rule.trigger] {
            try check(
                !node.isLarger(than: 64 * SignalNode.largestSize),
                "\(rule.name) is of too many parts when all series in it are written out"
            )
        }
        let (tree, columns) = resolved(rule)
        let trigger = try index(of: tree)
        let first = outputColumns.count
        for column in columns { outputColumns.append(try index(of: column)) }
        let isSaid = outputColumns[first...].allSatisfy { !nodes[Int($0)].isOfMatch } && !nodes[Int(trigger)].isOfMatch
        try check(isSaid, SignalPlanBuilder.onlyInSequences)
        outputs.append(
            SignalPlan.Output(
                trigger: trigger,
                firstColumn: Int32(first),
                columnCount: Int32(rule.columns.count),
                isEntry: (rule.action == .buy || rule.action == .sell) && !rule.columns.isEmpty
            )
        )
    }

    // MARK: - One node
    mutating func index(of tree: SignalNode) throws(SignalPlanError) -> Int32 {
        if let place = known[tree] { return place }
        let place = try make(tree)
        known[tree] = place
        return place
    }

    private mutating func make(_ tree: SignalNode) throws(SignalPlanError) -> Int32 {
        switch tree {
        case .constant(let value):
            guard value.isFinite else { throw SignalPlanError("\(value) is no number to compute with") }
            return try append(PlanNode(operation: .constant, parameter: value), "\(value)")
        case .field(let field, let symbol):
            let node = PlanNode(operation: .field, code: field.rawValue, first: Int32(place(of: symbol)))
            return try append(node, "\(field)(\(symbol))")
        case .groupField(let field, let group): return try groupField(field, group)
        case .unary(let operation, let input):
            let node = PlanNode(operation: .unary, code: operation.rawValue, first: try index(of: input))
            try check(
                !nodes[Int(node.first)].isMomentary,
                "an event is only true for a moment, and of a moment there is no \(operation): 'quiet' says that nothing was"
            )
            return try append(node, "\(operation) #\(node.first)")
        case .binary(let operation, let a, let b): return try binary(operation, a, b)
        case .aggregate(let function, let of, let window): return try aggregate(function, of, window)
        case .average(let input, let memory): return try average(input, memory)
        case .lag(let input, let count): return try lag(input, count)
        case .fresh(let input, let age):
            try check(length: age, "an age is above zero")
            let node = PlanNode(
                operation: .fresh,
                first: try index(of: input),
                length: age,
                words: words(1)
            )
            return try append(node, "#\(node.first) no older than \(text(age))")
        case .sample(let input, let trigger):
            let node = PlanNode(operation: .sample, first: try index(of: input), second: try index(of: trigger))
            return try append(node, "#\(node.first) sampled on #\(node.second)")
        case .filter(let input, let condition):
            var node = PlanNode(operation: .filter, first: try index(of: input), second: try index(of: condition))
            node.isMomentary = nodes[Int(node.first)].isMomentary
            return try append(node, "#\(node.first) where #\(node.second)")
        case .distinct(let input):
            let node = PlanNode(operation: .distinct, first: try index(of: input))
            return try append(node, "changes of #\(node.first)")
        case .clock(let period):
            try check(period >= 1_000_000, "a clock's period is at least 1 ms")
            try check(length: period, "")
            return try append(
                PlanNode(operation: .clock, isMomentary: true, length: period, words: words(1)),
                "every \(text(period))"
            )
        case .any(let list):
            try check(!list.isEmpty, "a row has at least one column")
            let (first, count) = try inputs(list)
            return try append(
                PlanNode(operation: .any, isMomentary: true, first: first, second: count),
                "any of \(list.count)"
            )
        case .kalman(let part, let y, let x, let settings): return try kalman(part, y, x, settings)
        default: return try pattern(tree)
        }
    }

    private mutating func groupField(_ field: SignalField, _ group: SignalGroup) throws(SignalPlanError) -> Int32 {
        try check(!group.members.isEmpty, "the group \(group.name) has no instrument")
        var node = PlanNode(operation: .groupField, code: field.rawValue, first: Int32(inputs.count))
        node.second = Int32(group.members.count)
        for symbol in group.members { inputs.append(Int32(place(of: symbol))) }
        return try append(node, "\(field)(\(group.key) \(group.name): \(group.members.count) instruments)")
    }

    private mutating func binary(
        _ operation: BinaryOperation,
        _ a: SignalNode,
        _ b: SignalNode
    ) throws(SignalPlanError) -> Int32 {
        var node = PlanNode(
            operation: .binary,
            code: operation.rawValue,
            first: try index(of: a),
            second: try index(of: b)
        )
        let (left, right) = (nodes[Int(node.first)].isMomentary, nodes[Int(node.second)].isMomentary)
        switch operation {
        case .and: node.isMomentary = left || right
        case .or:
            try check(left == right, "an event or a condition: 'rises' makes an event of a condition")
            node.isMomentary = left
        default: try check(!left && !right, "an event is no number to be compared or computed with")
        }
        return try append(node, "#\(node.first) \(operation) #\(node.second)")
    }

    private mutating func average(_ input: SignalNode, _ memory: AverageMemory) throws(SignalPlanError) -> Int32 {
        var node = PlanNode(operation: .average, first: try index(of: input), words: words(1))
        switch memory {
        case .time(let tau):
            try check(length: tau, "the time constant of an average is above zero")
            node.length = tau
        case .weight(let weight):
            try check(weight > 0 && weight <= 1, "the weight of an average is above 0 and at most 1, not \(weight)")
            node.parameter = weight
        }
        return try append(node, "average of #\(node.first)")
    }

    private mutating func lag(_ input: SignalNode, _ count: Int) throws(SignalPlanError) -> Int32 {
        try check(count >= 1 && count <= SignalPlanBuilder.largestCapacity, "a lag is 1 update or more, not \(count)")
        let node = PlanNode(
            operation: .lag,
            first: try index(of: input),
            capacity: Int32(count + 1),
            reals: reals(count + 1),
            words: words(1)
        )
        return try append(node, "#\(node.first) \(count) updates before")
    }

    private mutating func kalman(
        _ part: KalmanPart,
        _ y: SignalNode,
        _ x: SignalNode,
        _ settings: KalmanSettings
    ) throws(SignalPlanError) -> Int32 {
        try check(
            settings.drift >= 0 && settings.drift < 1 && settings.noise > 0 && settings.priorVariance >= 0,
            "a Kalman hedge has a drift in [0, 1), a noise above 0 and a prior variance of at least 0"
        )
        let key = FilterKey(y: try index(of: y), x: try index(of: x), settings: settings)
        var filter = filters[key] ?? -1
        if filter < 0 {
            var node = PlanNode(operation: .kalman, first: key.y, second: key.x)
            node.capacity = Int32(hedges.count)
            filter = try append(node, "Kalman hedge of #\(key.y) on #\(key.x)")
            hedges.append(settings)
            filters[key] = filter
        }
        return try append(PlanNode(operation: .kalmanPart, code: part.rawValue, first: filter), "\(part) of #\(filter)")
    }

    // MARK: - Windows
    private mutating func aggregate(
        _ function: Aggregate,
        _ of: [SignalNode],
        _ window: SignalWindow
    ) throws(SignalPlanError) -> Int32 {
        var list: [Int32] = []
        for tree in of { list.append(try index(of: tree)) }
        try check(list.count == function.inputs, "\(function) is of \(function.inputs) series, not \(list.count)")
        if case .quantile(let p) = function {
            try check(p >= 0 && p <= 1, "a quantile's share is between 0 and 1, not \(p)")
        }
        let place = try self.window(list, window, isCount: function == .count)
        let capacity = nodes[Int(place)].capacity
        let (code, state) = AggregateState.layout(of: function, capacity: Int(capacity), isTumbling: window.isTumbling)
        var node = PlanNode(
            operation: .aggregate,
            code: code,
            first: place,
            reals: reals(state.reals),
            words: words(state.words)
        )
        node.isTumbling = window.isTumbling
        node.capacity = capacity
        if case .quantile(let p) = function { node.parameter = p }
        let least = function.inputs == 2 && function != .weightedMean ? 3 : function.needsTwo ? 2 : 1
        var minimum = window.minimum ?? least
        if window.minimum == nil, case .count(let count) = window.extent { minimum = count }
        node.minimum = Int32(max(least, minimum))
        // That nothing has come is a number, too.
        if function == .count, window.minimum == nil, window.extent.isTime { node.minimum = 0 }
        return try append(node, "\(function) of #\(place)")
    }

    private mutating func window(
        _ list: [Int32],
        _ window: SignalWindow,
        isCount: Bool
    ) throws(SignalPlanError) -> Int32 {
        try check(
            window.capacity >= 1 && window.capacity <= SignalPlanBuilder.largestCapacity,
            "a window holds from 1 to \(SignalPlanBuilder.largestCapacity) samples, not \(window.capacity)"
        )
        try check(
            (1...SignalPlanBuilder.largestCapacity).contains(window.minimum ?? 1),
            "a window's least number of samples is from 1 to \(SignalPlanBuilder.largestCapacity)"
        )
        let key = WindowKey(
            inputs: list,
            extent: window.extent,
            isTumbling: window.isTumbling,
            capacity: window.capacity,
            isCount: isCount && window.extent.isTime && !window.isTumbling
        )
        if let place = windows[key] { return place }
        var node = PlanNode(operation: .window)
        node.isTumbling = window.isTumbling
        node.capacity = Int32(window.capacity)
        var all = list
        switch window.extent {
        case .count(let count):
            try check(count >= 1, "a window is of 1 sample or more, not \(count)")
            node.capacity = Int32(count)
            node.code = 0
        case .time(let length):
            try check(length: length, "a window's length is above zero")
            node.length = length
            node.code = 1
            // The clock that ends it is its last input.
            if window.isTumbling { all.append(try index(of: .clock(length))) }
        case .session(let gap):
            try check(length: gap, "a session's gap is above zero")
            node.length = gap
            node.code = 2
        }
        node.first = Int32(inputs.count)
        node.second = Int32(all.count)
        inputs.append(contentsOf: all)
        // Rings are as large as a power of two, with room for the sample that is leaving.
        let ring = node.isTumbling ? 2 : WindowState.ringSize(Int(node.capacity))
        node.minimum = Int32(ring - 1)
        node.parameter = Double(list.count)
        node.reals = reals(ring * list.count)
        node.words = words(WindowState.headWords + (node.code == 1 && !node.isTumbling ? ring : 0))
        let place = try append(node, "window of \(list.map { "#\($0)" }.joined(separator: ", "))")
        windows[key] = place
        return place
    }

    // MARK: - Patterns
    private mutating func pattern(_ tree: SignalNode) throws(SignalPlanError) -> Int32 {
        var node = PlanNode(operation: .rising, isMomentary: true)
        switch tree {
        case .rising(let condition):
            let place = try index(of: condition)
            // What is only true for a moment rises each time.
            if nodes[Int(place)].isMomentary { return place }
            node.first = place
            node.words = words(1)
            return try append(node, "#\(place) becomes true")
        case .held(let condition, let duration):
            try check(length: duration, "a condition is held for more than no time")
            node.operation = .held
            node.first = try index(of: condition)
            node.length = duration
            node.words = words(2)
            return try append(node, "#\(node.first) for \(text(duration))")
        case .quiet(let condition, let length):
            try check(length: length, "a time without something is above zero")
            node.operation = .quiet
            node.isMomentary = false
            node.first = try index(of: condition)
            node.length = length
            node.words = words(2)
            return try append(node, "no #\(node.first) within \(text(length))")
        case .absence(let missing, let begin, let length):
            try check(length: length, "a time without something is above zero")
            node.operation = .absence
            node.first = try index(of: begin)
            node.second = try index(of: missing)
            node.length = length
            node.capacity = PatternState.runs
            node.words = words(2 + Int(PatternState.runs))
            return try append(node, "#\(node.first), then no #\(node.second) within \(text(length))")
        case .repeated(let event, let count, let length):
            try check(count >= 1 && count <= 65_536, "a repetition counts from 1 to 65,536, not \(count)")
            try check(length: length, "the time of a repetition is above zero")
            node.operation = .repeated
            node.first = try index(of: event)
            node.length = length
            node.capacity = Int32(count)
            node.words = words(1 + count)
            return try append(node, "\(count) times #\(node.first) within \(text(length))")
        case .together(let list, let length):
            try check(list.count >= 2 && list.count <= 16, "from 2 to 16 events happen together, not \(list.count)")
            try check(length: length, "the time in which events happen together is above zero")
            node.operation = .together
            (node.first, node.second) = try inputs(list)
            node.length = length
            node.words = words(list.count)
            return try append(node, "\(list.count) events within \(text(length))")
        case .around(let event, let length, let capacity): return try around(event, length, capacity)
        case .kept(let value, let event): return try kept(value, event)
        case .recalled(let sequence, let field, let step): return try recalled(sequence, field, step)
        case .captured(let field, let step):
            node.operation = .captured
            node.isMomentary = false
            node.isOfMatch = true
            node.first = try index(of: field)
            node.capacity = Int32(step)
            return try append(node, "#\(node.first) as it was at step \(step + 1)")
        case .sequence(let steps, let length, let excluded, let kept):
            let (list, match) = try match(steps, keeping: kept)
            let slots = match.captures.count
            try check(list.count >= 2 && list.count <= 16, "a sequence has from 2 to 16 steps, not \(list.count)")
            try check(length: length, "the time of a sequence is above zero")
            node.operation = .sequence
            (node.first, node.second) = try inputs(list + (excluded.map { [$0] } ?? []))
            node.code = excluded == nil ? 0 : 1
            node.length = length
            node.capacity = PatternState.runs
            node.words = words(2 + slots + (2 + slots) * Int(PatternState.runs))
            node.minimum = slots > 0 ? Int32(matches.count) : -1
            if slots > 0 { matches.append(match) }
            return try append(node, "\(list.count) steps within \(text(length))")
        default: throw SignalPlanError("an expression that is not known")
        }
    }

    static let onlyInSequences =
        "what an earlier event was is known in the conditions of later events of its sequence, and in what its rule says"

    private mutating func recalled(
        _ sequence: SignalNode,
        _ field: SignalNode,
        _ step: Int
    ) throws(SignalPlanError) -> Int32 {
        let (place, number) = (try index(of: sequence), try index(of: field))
        let captures = nodes[Int(place)].minimum < 0 ? [] : matches[Int(nodes[Int(place)].minimum)].captures
        guard let slot = captures.firstIndex(where: { $0.field == number && $0.step == Int32(step) }) else {
            throw SignalPlanError(SignalPlanBuilder.onlyInSequences)
        }
        let node = PlanNode(operation: .recalled, first: place, capacity: Int32(slot))
        return try append(node, "#\(number) as it was at step \(step + 1) of #\(place)")
    }

    private mutating func around(
        _ event: SignalNode,
        _ length: Nanoseconds,
        _ capacity: Int
    ) throws(SignalPlanError) -> Int32 {
        try check(length >= 0, "what is waited for behind an event is 0 or more")
        try check(length <= 1_000_000_000_000_000_000, "a length of time is at most 31 years")
        try check(
            capacity >= 1 && capacity <= SignalPlanBuilder.largestCapacity,
            "from 1 to \(SignalPlanBuilder.largestCapacity) events wait for what is around them, not \(capacity)"
        )
        var node = PlanNode(operation: .around, isMomentary: true, first: try index(of: event))
        try check(
            nodes[Int(node.first)].isMomentary,
            "there is an around of events only: 'rises' makes one of a condition"
        )
        // Due behind the last moment of the time, which belongs to it.
        node.length = length + 1
        node.capacity = Int32(capacity)
        let ring = WindowState.ringSize(capacity)
        node.minimum = Int32(ring - 1)
        node.words = words(AroundState.headWords + ring)
        return try append(node, "#\(node.first), \(text(length)) later")
    }

    private mutating func kept(_ value: SignalNode, _ event: SignalNode) throws(SignalPlanError) -> Int32 {
        var node = PlanNode(operation: .kept, first: try index(of: event), second: try index(of: value))
        let around = nodes[Int(node.first)]
        try check(around.operation == .around, "a value is kept for what waits only")
        node.minimum = around.minimum
        node.reals = reals(Int(around.minimum) + 1)
        return try append(node, "#\(node.second) as it was at #\(around.first)")
    }

    // MARK: - Parts
    private mutating func inputs(_ list: [SignalNode]) throws(SignalPlanError) -> (Int32, Int32) {
        var places: [Int32] = []
        for tree in list { places.append(try index(of: tree)) }
        defer { inputs.append(contentsOf: places) }
        return (Int32(inputs.count), Int32(places.count))
    }

    private mutating func place(of symbol: String) -> Int {
        if let place = places[symbol] { return place }
        places[symbol] = symbols.count
        symbols.append(symbol)
        return symbols.count - 1
    }

    private mutating func append(_ node: PlanNode, _ name: String) throws(SignalPlanError) -> Int32 {
        try check(nodes.count < SignalPlanBuilder.largestNodeCount, "more than 4,000,000 nodes")
        var node = node
        switch node.operation {
        case .captured, .sequence, .recalled: break
        case .unary, .binary:
            node.isOfMatch = nodes[Int(node.first)].isOfMatch || node.second >= 0 && nodes[Int(node.second)].isOfMatch
        default: try check(!readsMatch(node), SignalPlanBuilder.onlyInSequences)
        }
        try check(realCount < 1 << 31 && wordCount < 1 << 31, "more state than 16 GiB")
        nodes.append(node)
        names.append(name)
        // What was reserved since the node before is this one's: its inputs were made earlier.
        sizes.append((realCount - sized.reals, wordCount - sized.words))
        sized = (realCount, wordCount)
        return Int32(nodes.count - 1)
    }

    /// Whether one of a node's inputs is an earlier event's.
    private func readsMatch(_ node: PlanNode) -> Bool {
        switch node.operation {
        case .constant, .field, .groupField, .clock: return false
        case .any, .together, .window:
            return inputs[Int(node.first)..<Int(node.first) + Int(node.second)].contains { nodes[Int($0)].isOfMatch }
        default:
            return node.first >= 0 && nodes[Int(node.first)].isOfMatch
                || node.second >= 0 && nodes[Int(node.second)].isOfMatch
        }
    }

    private mutating func reals(_ count: Int) -> Int32 {
        defer { realCount += count }
        return Int32(truncatingIfNeeded: realCount)
    }

    private mutating func words(_ count: Int) -> Int32 {
        defer { wordCount += count }
        return Int32(truncatingIfNeeded: wordCount)
    }

    private func check(length: Nanoseconds, _ message: @autoclosure () -> String) throws(SignalPlanError) {
        try check(length > 0, message())
        try check(length <= 1_000_000_000_000_000_000, "a length of time is at most 31 years")
    }

    func check(_ isRight: Bool, _ message: @autoclosure () -> String) throws(SignalPlanError) {
        if !isRight { throw SignalPlanError(message()) }
    }

    private func text(_ length: Nanoseconds) -> String { SignalText.duration(length) }
}

extension Aggregate {
    /// Whether one sample is not enough.
    fileprivate var needsTwo: Bool {
        switch self {
        case .variance, .deviation, .zscore: true
        default: false
        }
    }
}

enum SignalText {
    /// A length of time in the largest unit in which it is a whole number.
    static func duration(_ length: Nanoseconds) -> String {
        for (name, unit) in [
            ("h", 3_600_000_000_000), ("min", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
        ] as [(String, Int64)] where length != 0 && length % unit == 0 { return "\(length / unit)\(name)" }
        return "\(length)ns"
    }
}
