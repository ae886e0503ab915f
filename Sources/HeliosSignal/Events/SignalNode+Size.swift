// SPDX-License-Identifier: MIT

extension SignalNode {
    /// Parts of an expression in a query.
    ///
    /// Trees are their own keys: parts that are shared count as often as they are read.
    static let largestSize = 30_000

    /// Whether the tree has more than `limit` nodes; costs no more than looking at so many.
    func isLarger(than limit: Int) -> Bool {
        var rest = limit
        return exceeds(&rest)
    }

    /// Whether `node` is one of its parts.
    func reads(_ node: SignalNode) -> Bool { self == node || parts.contains { $0.reads(node) } }

    /// Whether an event can update it: something in it is of the market or of a clock.
    var isMoved: Bool {
        switch self {
        case .field, .groupField, .clock: true
        default: parts.contains { $0.isMoved }
        }
    }

    private func exceeds(_ rest: inout Int) -> Bool {
        rest -= 1
        guard rest >= 0 else { return true }
        for part in parts where part.exceeds(&rest) { return true }
        return false
    }

    /// What it is computed from.
    private var parts: [SignalNode] {
        switch self {
        case .constant, .field, .groupField, .clock: []
        case .unary(_, let a), .average(let a, _), .lag(let a, _), .fresh(let a, _), .distinct(let a), .rising(let a),
            .held(let a, _), .quiet(let a, _), .repeated(let a, _, _), .captured(let a, _), .around(let a, _, _):
            [a]
        case .binary(_, let a, let b), .sample(let a, let b), .filter(let a, let b), .kept(let a, let b),
            .kalman(_, let a, let b, _),
            .absence(let a, let b, _), .recalled(let a, let b, _):
            [a, b]
        case .aggregate(_, let list, _), .any(let list), .together(let list, _): list
        case .sequence(let list, _, let excluded, let kept): list + (excluded.map { [$0] } ?? []) + kept
        }
    }
}
