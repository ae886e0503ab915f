// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

extension OrderExplanation {
    /// The story for people: one section for each question, times of day to the nanosecond.
    public func text() -> String {
        let sections = [
            [heading, "  " + summary], section("Cause", causeLines), section("Book", bookLines),
            section("Signals", signalLines),
            section("Decision", ["  \(stamp(decided))  " + (reason.isEmpty ? "the strategy does not say" : reason)]),
            section("Risk", riskLines), section("Route", routeLines), section("Life", lifeLines),
            section("Outcome", outcomeLines),
        ]
        return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func section(_ title: String, _ lines: [String]) -> [String] { [title] + lines }

    private func stamp(_ time: Timestamp) -> String { Columns.timeOfDay(time - midnight) }

    private func name(_ instrument: Instrument) -> String { names.name(of: instrument) }

    private var heading: String {
        let limit = order.type == .market ? "at the market" : "at \(order.price)"
        let life = order.timeInForce == .day ? "day" : "immediate or cancel"
        let owner = strategy ?? "strategy \(order.tag.strategy)"
        let tag = "\(owner), \(group ?? "group \(order.tag.group)"), leg \(order.tag.leg)"
        let what = "\(order.side) \(Grouped.text(order.quantity)) \(name(order.instrument)) \(limit)"
        return "Order \(order.id): \(what), \(life) (\(tag))"
    }

    /// What became of it, in half a line.
    private var summary: String {
        if refusal != nil { return "never sent: " + (life.first?.description ?? "refused") }
        let filled = "\(Grouped.text(outcome.filled)) of \(Grouped.text(order.quantity)) filled"
        return "\(outcome.state): \(filled)" + (outcome.averagePrice.map { " at \($0)" } ?? "")
    }

    private var causeLines: [String] {
        let event = cause.event
        var line = "  \(stamp(event.receiveTime))  record \(Grouped.text(cause.sequence)): \(cause.description)"
        if event.eventTime != event.receiveTime { line += ", at its source \(stamp(event.eventTime))" }
        return [line]
    }

    private var bookLines: [String] {
        books.flatMap { book -> [String] in
            let change = book.lastUpdate == .zero ? "never touched" : "last changed \(stamp(book.lastUpdate))"
            let title = "  \(name(book.instrument)), \(book.tradingState), \(change)"
            if book.bids.isEmpty, book.asks.isEmpty { return [title, "  the book is empty"] }
            var rows = [["orders", "shares", "bid", "ask", "shares", "orders"]]
            for place in 0..<max(book.bids.count, book.asks.count) {
                let bid = place < book.bids.count ? cells(book.bids[place]) : ["", "", ""]
                let ask = place < book.asks.count ? cells(book.asks[place]) : ["", "", ""]
                rows.append(bid + ask.reversed())
            }
            return [title] + Columns.table(rows, right: 0..<6)
        }
    }

    private func cells(_ level: Level) -> [String] {
        ["\(level.orderCount)", Grouped.text(level.quantity), "\(level.price)"]
    }

    private var signalLines: [String] {
        if signals.isEmpty { return ["  none given"] }
        let header = ["signal", "value", "against", "unit", "meaning"]
        let rows = signals.map { signal in
            [signal.name, amount(signal.value), signal.threshold.map(amount) ?? "", signal.unit, signal.meaning]
        }
        return Columns.table([header] + rows, right: 1..<3)
    }

    /// Up to six digits after the point; the JSON has them all.
    private func amount(_ value: SignalValue.Amount) -> String {
        switch value {
        case .exact(let text): return text
        case .number(let number):
            var text = NumberText.fixed(number, 6).replacing("−", with: "-")
            guard text.contains(".") else { return text }
            while text.hasSuffix("0"), !text.dropLast(2).hasSuffix(".") { text.removeLast() }
            return text
        }
    }

    private var riskLines: [String] {
        let rows = checks.map { check in
            // What was not reached was not measured; a condition without numbers only holds or doesn't.
            let isCompared = check.limit != nil && check.limit != .max && check.relation != .holds
            let limit = isCompared ? check.relation.rawValue + " " + Grouped.text(check.limitText) : ""
            let cells = [check.subject, Grouped.text(check.valueText), limit, check.verdict.rawValue]
            return [check.control.name] + (policy == nil ? [] : [place(of: check)]) + cells
        }
        let header = ["control"] + (policy == nil ? [] : ["limit"]) + ["compared", "value", "must be", "verdict"]
        return Columns.table([header] + rows, right: policy == nil ? 2..<3 : 3..<4)
    }

    private var routeLines: [String] {
        let chosen = refusal == nil ? "chosen" : "would have been chosen"
        let rows =
            [[route.venue, chosen, route.reason]] + route.alternatives.map { [$0.venue, "rejected", $0.reason] }
        return Columns.table(rows)
    }
}

// MARK: - What became of it
extension OrderExplanation {
    private var lifeLines: [String] {
        let header = ["time", "since sent", "record", "event", "state", "leaves", "fee", "liquidity"]
        let rows = life.map { step in
            [
                stamp(step.time), step.sinceSent.map { "+" + Grouped.text("\($0) ns") } ?? "",
                Grouped.text(step.sequence),
                step.description,
                "\(step.before) → \(step.after)", Grouped.text(step.leaves), step.isMaker == nil ? "" : "\(step.fee)",
                step.isMaker.map { $0 ? "maker" : "taker" } ?? "",
            ]
        }
        return Columns.table([header] + rows, right: [1, 2, 5, 6])
    }

    private var outcomeLines: [String] {
        let filled = "\(Grouped.text(outcome.filled)) of \(Grouped.text(order.quantity))"
        var rows = [["state", refusal == nil ? "\(outcome.state)" : "never sent"], ["filled", filled]]
        if let price = outcome.averagePrice { rows.append(["average price", "\(price)"]) }
        rows.append(["arrival mid", outcome.arrivalMid?.description ?? "no two-sided quote"])
        if let slippage = outcome.slippage, let points = outcome.slippageBasisPoints {
            let side = slippage.raw > 0 ? "worse than" : slippage.raw < 0 ? "better than" : "at"
            let size = NumberText.fixed(points.magnitude, 2)
            rows.append(["slippage", "\(slippage) (\(size) bp \(side) the arrival mid)"])
        }
        rows.append(["fees", "\(outcome.fees)"])
        if let duration = outcome.duration {
            rows.append(["duration", "\(Grouped.text(duration)) ns (\(DurationText.short(duration)))"])
        } else if refusal == nil {
            rows.append(["duration", "its end is not in the journal"])
        }
        return Columns.table(rows)
    }
}

/// Numbers that are text already, with a comma between thousands.
private enum Grouped {
    /// The digits before a point, or before a unit, are grouped; what is no number stays as it is.
    static func text(_ value: some CustomStringConvertible) -> String {
        let text = value.description
        let sign = text.hasPrefix("-") ? "-" : ""
        let digits = text.dropFirst(sign.count).prefix { $0.isASCII && $0.isNumber }
        return sign + NumberText.grouped(String(digits)) + text.dropFirst(sign.count + digits.count)
    }
}

extension Columns {
    /// Rows with their columns aligned, those in `right` to the right; empty columns vanish, no line ends in spaces.
    static func table(_ rows: [[String]], right: some Collection<Int> = []) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.filter { widths[$0] > 0 }.map { column -> String in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return right.contains(column) ? space + row[column] : row[column] + space
            }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
