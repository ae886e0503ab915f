// SPDX-License-Identifier: MIT
import HeliosMarket

/// Events joined with what there is around them: for each an aggregate of other series from a time before it to a time after it.
///
/// ```swift
/// let join = SignalJoin(around: traded("KO"), before: 1_000_000_000, after: 1_000_000_000)
/// let rule = join.rows("around", ["price": join.atEvent(price("KO")), "mean": join.aggregate(.mean, mid("KO"))])
/// ```
/// The window of an event at t is [t − before, t + after], both ends included, so that everything that comes at either time belongs to
/// it. An event is told when its window has closed: with the time t + after, before everything later. Each event is told by itself,
/// in the order of the events. So many as there is room for wait; of more the oldest is forgotten and counted.
public struct SignalJoin: Hashable, Sendable {
    let node: SignalNode
    private let window: SignalWindow

    /// - Parameters:
    ///   - event: what is joined, as `traded("KO")`.
    ///   - before: how long before it the window begins, 0 or more.
    ///   - after: how long after it the window ends, 0 or more.
    ///   - capacity: events that wait, and samples in the window, at least 1.
    public init(
        around event: Condition,
        before: Nanoseconds,
        after: Nanoseconds,
        capacity: Int = 4_096
    ) {
        // Lengths that are below zero or too long are refused by the plan.
        let length = before.addingReportingOverflow(after)
        let isWrong = before < 0 || after < 0 || length.overflow
        node = .around(event.node, isWrong ? -1 : after, capacity)
        // At t + after this is (t − before − 1, t + after].
        window = .time(isWrong ? 0 : length.partialValue &+ 1, capacity: capacity)
    }

    /// The moments at which windows close.
    public var closes: Condition { Condition(node) }

    /// A value as it was at the event.
    public func atEvent(_ series: Series) -> Series { Series(.kept(series.node, of: node)) }

    /// A value as it is when the window closes.
    public func atEnd(_ series: Series) -> Series { Series(.sample(series.node, on: node)) }

    /// An aggregate of the samples in the event's window.
    public func aggregate(_ function: Aggregate, _ series: Series) -> Series {
        atEnd(HeliosSignal.aggregate(function, series, over: window))
    }

    /// An aggregate of the samples (y, x) in the event's window.
    public func aggregate(_ function: Aggregate, _ y: Series, _ x: Series) -> Series {
        atEnd(HeliosSignal.aggregate(function, y, x, over: window))
    }

    /// A row for each event, when its window has closed, where `condition` is true then.
    public func rows(
        _ name: String,
        _ values: KeyValuePairs<String, Series>,
        where condition: Condition? = nil
    ) -> SignalRule {
        SignalRule(
            name: name,
            trigger: condition.map { .filter(node, by: $0.node) } ?? node,
            columns: values.map { .init(name: $0.key, node: $0.value.node) },
            action: .tell
        )
    }

    /// An expression with everything in it that is not of the window as it was at the event; nil where what is of the window stands in
    /// something else than arithmetic and comparisons.
    func row(_ tree: SignalNode) -> SignalNode? {
        if case .constant = tree { return tree }
        guard tree.reads(node) else { return .kept(tree, of: node) }
        switch tree {
        case .sample(_, on: node): return tree
        case .unary(let operation, let a): return row(a).map { .unary(operation, $0) }
        case .binary(let operation, let a, let b):
            guard let left = row(a), let right = row(b) else { return nil }
            return .binary(operation, left, right)
        default: return nil
        }
    }
}
