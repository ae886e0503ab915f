// SPDX-License-Identifier: MIT
import HeliosMarket

extension SignalQueryParser {
    // AROUND event WITHIN [duration BEFORE] [AND] [duration AFTER] [HOLDING n]
    /// Reads the clause where it stands further on in the query, for the columns before it.
    mutating func readJoin() throws(SignalQueryError) {
        join = nil
        joinPlace = ahead("around")
        guard let joinPlace else { return }
        let start = place
        defer { place = start }
        place = joinPlace + 1
        labels = [:]
        step = 0
        let event = try self.event()
        try expect("within", "and the times before and after the event")
        var lengths: (before: Nanoseconds?, after: Nanoseconds?) = (nil, nil)
        repeat {
            let begin = token
            let length = try duration("before or after the event, as 1 s BEFORE AND 1 s AFTER")
            if take("before"), lengths.before == nil, lengths.after == nil {
                lengths.before = length
            } else if token.word == "after" || tokens[place - 1].word == "after", lengths.after == nil {
                try expect("after", "behind the time")
                lengths.after = length
            } else {
                throw error(
                    "expected one time BEFORE, then one AFTER, as in WITHIN 1 s BEFORE AND 1 s AFTER",
                    at: begin
                )
            }
        } while take("and")
        let capacity = take("holding") ? try whole("room for events and samples", in: 1...16_000_000) : 4_096
        join = SignalJoin(
            around: event,
            before: lengths.before ?? 0,
            after: lengths.after ?? 0,
            capacity: capacity
        )
        joinEnd = place
        labels = [:]
    }

    /// Passes over AROUND, which has been read.
    mutating func skipJoin() {
        if place == joinPlace { place = joinEnd }
    }

    /// The rows of a join: what is of the window as it is at its end, all else as it was at the event.
    mutating func joined(
        _ columns: [(String, Series)],
        where condition: Condition?,
        _ join: SignalJoin
    ) throws(SignalQueryError) -> SignalRule {
        let mistake =
            "what is around an event stands in sums, products and comparisons; no other function is of it"
        var parts: [SignalRule.Column] = []
        for (name, series) in columns {
            guard let node = join.row(series.node) else { throw error("\(name): \(mistake)") }
            parts.append(SignalRule.Column(name: name, node: node))
        }
        var trigger = join.node
        if let condition {
            guard let node = join.row(condition.node) else { throw error("WHERE: \(mistake)") }
            trigger = .filter(trigger, by: node)
        }
        return SignalRule(name: selectName, trigger: trigger, columns: parts, action: .tell)
    }
}
