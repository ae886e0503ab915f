// SPDX-License-Identifier: MIT
import HeliosMarket

/// Something that is true, false, or unknown: a comparison, a state of the market, a pattern of events.
///
/// Unknown, when an input is invalid, never triggers anything. `&&` with something false is false, `||` with something
/// true is true, whatever the other side.
public struct Condition: Hashable, Sendable {
    let node: SignalNode

    init(_ node: SignalNode) { self.node = node }

    public static func && (a: Condition, b: Condition) -> Condition { Condition(.binary(.and, a.node, b.node)) }
    public static func || (a: Condition, b: Condition) -> Condition { Condition(.binary(.or, a.node, b.node)) }
    public static prefix func ! (a: Condition) -> Condition { Condition(.unary(.not, a.node)) }

    /// True for one moment when the condition becomes true.
    public var rises: Condition { Condition(.rising(node)) }

    /// True for one moment when the condition has been true for `duration` without a break; once per time that it becomes
    /// true.
    public func held(for duration: Nanoseconds) -> Condition { Condition(.held(node, duration)) }

    /// True when this happens and then, within `length`, `other` does not: told at the end of that time.
    public func withNo(_ other: Condition, within length: Nanoseconds) -> Condition {
        Condition(.absence(of: other.node, after: node, length))
    }

    /// True for one moment when this has happened `count` times within `length`; those are then used up.
    public func times(_ count: Int, within length: Nanoseconds) -> Condition {
        Condition(.repeated(node, count, length))
    }
}

/// Whether trading in `symbol` is halted.
public func halted(_ symbol: String) -> Condition {
    Condition(.binary(.greater, .field(.halted, symbol: symbol), .constant(0)))
}

/// Whether `condition` was true at no time of the last `length`.
public func quiet(_ condition: Condition, for length: Nanoseconds) -> Condition {
    Condition(.quiet(condition.node, length))
}

/// True for one moment when the events have happened one after the other, the last not more than `length` after the first,
/// and `excluded` did not happen in between.
///
/// An event that fits no waiting step is passed over. A match uses up everything that had begun.
public func sequence(
    _ steps: Condition...,
    within length: Nanoseconds,
    without excluded: Condition? = nil
) -> Condition {
    Condition(.sequence(steps.map(\.node), within: length, without: excluded?.node, keeping: []))
}

/// True for one moment when `symbol` trades, where `condition` holds.
///
/// As a step of a `sequence` the condition may be on what an earlier event was: `price("KO") > price("KO").when(step: 0)`.
public func traded(_ symbol: String, where condition: Condition? = nil) -> Condition {
    event(Series(.price, of: symbol), condition)
}

/// True for one moment when `symbol` is quoted, where `condition` holds.
public func quoted(_ symbol: String, where condition: Condition? = nil) -> Condition {
    event(Series(.bid, of: symbol), condition)
}

/// The event itself: whatever of it is read, it is updated by it, and only by it.
func event(_ field: Series, _ condition: Condition?) -> Condition {
    let happened = SignalNode.any([field.node])
    return Condition(condition.map { .filter(happened, by: $0.node) } ?? happened)
}

/// True for one moment when all events have happened, in any order, within `length`; they are then used up.
public func together(_ events: Condition..., within length: Nanoseconds) -> Condition {
    Condition(.together(events.map(\.node), length))
}

/// True for one moment when `condition` becomes true, or has been true for `duration`.
public func when(_ condition: Condition, for duration: Nanoseconds = 0) -> Trigger {
    Trigger(duration > 0 ? condition.held(for: duration) : condition.rises)
}

/// A moment at which something is to be said, and conditions that must hold at it.
public struct Trigger: Hashable, Sendable {
    let node: SignalNode

    init(_ condition: Condition) { node = condition.node }

    /// The moment at which an event happens or a pattern is complete.
    public static func on(_ pattern: Condition) -> Trigger { Trigger(pattern) }
    init(node: SignalNode) { self.node = node }

    /// Only where `condition` is true at that moment.
    public func and(_ condition: Condition) -> Trigger { Trigger(node: .filter(node, by: condition.node)) }

    /// Only where `condition` was true at no time of the last `length`.
    public func and(no condition: Condition, within length: Nanoseconds) -> Trigger {
        and(quiet(condition, for: length))
    }

    /// Says it.
    public func emit(_ emission: Emission) -> SignalRule {
        SignalRule(name: emission.name, trigger: node, columns: emission.columns, action: emission.action)
    }
}

/// What a rule says when it is triggered.
public struct Emission: Hashable, Sendable {
    var name: String
    var columns: [SignalRule.Column]
    var action: SignalAction

    /// Buy what the series is made of, each instrument in its proportion.
    public static func buy(_ spread: Series) -> Emission {
        Emission(name: "buy", columns: [.init(name: "value", node: spread.node)], action: .buy)
    }

    /// Sell what the series is made of, each instrument in its proportion.
    public static func sell(_ spread: Series) -> Emission {
        Emission(name: "sell", columns: [.init(name: "value", node: spread.node)], action: .sell)
    }

    /// Close the position in the instruments that the series is made of.
    public static func close(_ spread: Series) -> Emission {
        Emission(name: "close", columns: [.init(name: "value", node: spread.node)], action: .close)
    }

    /// Close every position.
    public static var closeAll: Emission { Emission(name: "close", columns: [], action: .close) }

    /// Say `name`, with the values of some series at that moment.
    public static func signal(_ name: String, _ values: KeyValuePairs<String, Series> = [:]) -> Emission {
        Emission(name: name, columns: values.map { .init(name: $0.key, node: $0.value.node) }, action: .tell)
    }
}

/// What is to be done with a signal.
public enum SignalAction: UInt8, Hashable, Sendable { case tell, buy, sell, close }

/// One output of a plan: when something is said, and what.
public struct SignalRule: Hashable, Sendable {
    struct Column: Hashable, Sendable {
        var name: String
        var node: SignalNode
    }

    public var name: String
    let trigger: SignalNode
    let columns: [Column]
    public let action: SignalAction

    init(name: String, trigger: SignalNode, columns: [Column], action: SignalAction) {
        self.name = name
        self.trigger = trigger
        self.columns = columns
        self.action = action
    }

    /// A row of values at each update of one of them, where `condition` is true.
    public static func select(
        _ name: String,
        _ values: KeyValuePairs<String, Series>,
        where condition: Condition? = nil
    ) -> SignalRule {
        let columns = values.map { Column(name: $0.key, node: $0.value.node) }
        let any = SignalNode.any(columns.map(\.node))
        return SignalRule(
            name: name,
            trigger: condition.map { .filter(any, by: $0.node) } ?? any,
            columns: columns,
            action: .tell
        )
    }

    /// The same rule under another name.
    public func named(_ name: String) -> SignalRule {
        var copy = self
        copy.name = name
        return copy
    }

    public var columnNames: [String] { columns.map(\.name) }
}
