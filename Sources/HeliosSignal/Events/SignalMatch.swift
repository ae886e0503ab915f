// SPDX-License-Identifier: MIT

/// What a sequence remembers of the events that it has met, for the conditions of later ones.
///
/// Each waiting match keeps numbers of its own. Before a condition is looked at for one of them, its numbers are written
/// to the nodes that stand for them, and what is computed of those is computed anew.
struct SignalMatch: Sendable {
    /// A number that is kept: of which node, with which step's event, and the node that stands for it in conditions, −1 for
    /// one that is only said.
    struct Capture: BitwiseCopyable, Sendable {
        var field: Int32
        var step: Int32
        var place: Int32
    }

    /// What has to be true of a step's event besides; −1 for nothing.
    struct Test: BitwiseCopyable, Sendable {
        var condition: Int32 = -1
        /// Where the nodes between the captures and the condition are in `dependents`.
        var first: Int32 = 0
        var count: Int32 = 0
    }

    var captures: [Capture] = []
    var tests: [Test] = []
    var dependents: [Int32] = []
}

extension SignalNode {
    /// The values of earlier events in an expression of arithmetic and logic; none in anything else.
    var captures: [SignalNode] {
        switch self {
        case .captured: [self]
        case .unary(_, let a): a.captures
        case .binary(_, let a, let b): a.captures + b.captures
        default: []
        }
    }

    /// The same expression with each value of an earlier event as the last match of `sequence` had it.
    func recalled(of sequence: SignalNode) -> SignalNode {
        switch self {
        case .captured(let field, let step): .recalled(of: sequence, field, step: step)
        case .unary(let operation, let a): .unary(operation, a.recalled(of: sequence))
        case .binary(let operation, let a, let b):
            .binary(operation, a.recalled(of: sequence), b.recalled(of: sequence))
        default: self
        }
    }
}

extension SignalPlanBuilder {
    /// A rule's trigger and columns, where what they say of earlier events is what the match has kept.
    func resolved(_ rule: SignalRule) -> (trigger: SignalNode, columns: [SignalNode]) {
        let columns = rule.columns.map(\.node)
        let said = columns.flatMap(\.captures)
        guard !said.isEmpty, case .sequence(let steps, let length, let excluded, let kept) = rule.trigger else {
            return (rule.trigger, columns)
        }
        let trigger = SignalNode.sequence(steps, within: length, without: excluded, keeping: kept + said)
        return (trigger, columns.map { $0.recalled(of: trigger) })
    }

    /// Compiles a sequence's steps: events, and the conditions on what earlier ones were.
    mutating func match(
        _ steps: [SignalNode],
        keeping kept: [SignalNode]
    ) throws(SignalPlanError) -> (events: [SignalNode], match: SignalMatch) {
        var events: [SignalNode] = []
        var match = SignalMatch()
        for (step, tree) in steps.enumerated() {
            guard case .filter(let event, let condition) = tree, !condition.captures.isEmpty else {
                events.append(tree)
                match.tests.append(SignalMatch.Test())
                continue
            }
            events.append(event)
            for capture in condition.captures { try add(capture, before: step, to: &match, isTested: true) }
            let place = try index(of: condition)
            let first = match.dependents.count
            collectDependents(of: place, into: &match.dependents)
            match.dependents[first...].sort()
            match.tests.append(
                SignalMatch.Test(condition: place, first: Int32(first), count: Int32(match.dependents.count - first))
            )
        }
        for capture in kept { try add(capture, before: steps.count, to: &match, isTested: false) }
        return (events, match)
    }

    private mutating func add(
        _ capture: SignalNode,
        before step: Int,
        to match: inout SignalMatch,
        isTested: Bool
    ) throws(SignalPlanError) {
        guard case .captured(let field, let from) = capture else { return }
        guard from >= 0, from < step else {
            throw SignalPlanError("step \(step + 1) of a sequence can only know the values of steps before it")
        }
        let number = try index(of: field)
        let place = isTested ? try index(of: capture) : -1
        if let known = match.captures.firstIndex(where: { $0.field == number && $0.step == Int32(from) }) {
            if isTested { match.captures[known].place = place }
            return
        }
        guard match.captures.count < 32 else {
            throw SignalPlanError("a sequence remembers at most 32 values of its events")
        }
        match.captures.append(SignalMatch.Capture(field: number, step: Int32(from), place: place))
    }

    /// The nodes that are computed of captures, up to `place`.
    private func collectDependents(of place: Int32, into list: inout [Int32]) {
        let node = nodes[Int(place)]
        guard node.isOfMatch, node.operation != .captured, !list.contains(place) else { return }
        collectDependents(of: node.first, into: &list)
        if node.second >= 0 { collectDependents(of: node.second, into: &list) }
        list.append(place)
    }
}

extension SignalMachine {
    /// Words of a waiting match: its step, its begin, its captures.
    func runWords(_ node: PlanNode) -> Int { 2 + captureCount(node) }

    /// Where the first waiting match begins: behind their number, how many were forgotten, and the last match's captures.
    func firstRun(_ node: PlanNode) -> Int { Int(node.words) + 2 + captureCount(node) }

    func captureCount(_ node: PlanNode) -> Int {
        node.minimum < 0 ? 0 : plan.matches[Int(node.minimum)].captures.count
    }

    /// Whether a step's condition on earlier events holds for the waiting match at `run`.
    mutating func fits(_ node: PlanNode, step: Int, run: Int) -> Bool {
        guard node.minimum >= 0 else { return true }
        let match = Int(node.minimum)
        let test = plan.matches[match].tests[step]
        guard test.condition >= 0 else { return true }
        for slot in plan.matches[match].captures.indices {
            let capture = plan.matches[match].captures[slot]
            guard capture.place >= 0 else { continue }
            let value = Double(bitPattern: UInt64(bitPattern: words[run + 2 + slot]))
            settle(Int(capture.place), value, isValid: capture.step < Int32(step), updated: false)
        }
        for place in Int(test.first)..<Int(test.first + test.count) {
            let index = Int(plan.matches[match].dependents[place])
            if nodes[index].operation == .unary {
                computeUnary(index, nodes[index])
            } else {
                computeBinary(index, nodes[index])
            }
        }
        return (number(test.condition) ?? 0) != 0
    }

    /// Keeps what the conditions of later steps need of this event; what is invalid stays so.
    mutating func capture(_ node: PlanNode, step: Int, run: Int) {
        guard node.minimum >= 0 else { return }
        let match = Int(node.minimum)
        for slot in plan.matches[match].captures.indices {
            let capture = plan.matches[match].captures[slot]
            guard Int(capture.step) == step else { continue }
            words[run + 2 + slot] = Int64(bitPattern: (number(capture.field) ?? .nan).bitPattern)
        }
    }

    /// What the last match kept.
    mutating func evaluateRecalled(_ index: Int, _ node: PlanNode) {
        guard isPulse(node.first) else { return }
        let bits = words[Int(nodes[Int(node.first)].words) + 2 + Int(node.capacity)]
        settle(index, Double(bitPattern: UInt64(bitPattern: bits)), isValid: true, updated: true)
    }
}
