// SPDX-License-Identifier: MIT
import HeliosMarket

extension RouteExplanation {
    /// Levels of a side that people are shown.
    private static var shown: Int { 8 }

    /// The decision for people: one section for each question.
    public func text() -> String {
        let sections = [
            heading, ["Wanted"] + wantedLines, ["Book"] + bookLines, ["Venues"] + venueLines,
            ["Dark liquidity"] + darkLines, ["Children"] + childLines, ["No child"] + otherLines,
        ]
        return sections.filter { $0.count > 1 }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var heading: [String] {
        let child = children.first { $0.order == order }
        let what = child.map {
            "\(parent.side) \($0.quantity) \(parent.symbol) at \($0.price), \($0.timeInForce), to \($0.venue)"
        }
        return [
            "Order \(order): \(what ?? "")",
            "  decided \(time), record \(NumberText.grouped("\(record)")), by the policy '\(policy)'",
        ]
    }

    private var wantedLines: [String] {
        var order = "\(parent.side) \(parent.quantity) \(parent.symbol) by \(parent.algorithm)"
        if let limit = parent.limit { order += ", limit \(limit)" }
        if let until = parent.until { order += ", until \(until.prefix(8))" }
        let now: String
        if let price = slice.restPrice {
            now = "rest \(slice.quantity) at \(price), no worse than \(slice.limit)"
        } else {
            now = "take \(slice.quantity), no worse than \(slice.limit)"
        }
        let rest = slice.unrouted == "0" ? "" : "; \(slice.unrouted) found no place"
        return Columns.table([
            ["parent \(parent.number)", order], ["so far", "\(parent.done) done, \(parent.open) open"],
            ["now", now + rest],
        ])
    }

    private var bookLines: [String] {
        if bids.isEmpty, asks.isEmpty { return ["  no venue shows anything"] }
        var rows = [["venue", "shares", "bid", "all-in", "all-in", "ask", "shares", "venue"]]
        for place in 0..<min(max(bids.count, asks.count), RouteExplanation.shown) {
            let bid = bids.indices.contains(place) ? cells(bids[place]) : ["", "", "", ""]
            let ask = asks.indices.contains(place) ? cells(asks[place]) : ["", "", "", ""]
            rows.append(bid + ask.reversed())
        }
        let left = max(bids.count, asks.count) - RouteExplanation.shown
        let more = left > 0 ? ["  and \(left) more on the deeper side ('--json')"] : []
        return Columns.table(rows, right: 1..<7) + more
    }

    private func cells(_ level: Level) -> [String] { [level.venue, level.quantity, level.price, level.allIn] }

    private var venueLines: [String] {
        let header = [
            "venue", "", "taking", "resting", "latency", "filled", "filled resting", "fade", "against us", "hidden",
            "rank",
        ]
        let rows = venues.map { venue in
            [
                venue.name, venue.isOpen ? venue.kind : "\(venue.kind), closed", venue.takerFee, venue.makerFee,
                DurationText.short(venue.latency), share(venue.fillRate), share(venue.restingFillRate),
                share(venue.fade), NumberText.fixed(venue.toxicity, 2) + " bp", venue.hidden,
                NumberText.fixed(venue.rank, 3),
            ]
        }
        return Columns.table([header] + rows, right: 2..<11)
    }

    private func share(_ value: Double) -> String { NumberText.fixed(value * 100, 1) + " %" }

    private var darkLines: [String] {
        venues.filter { $0.kind == "dark" }.map { venue in
            if let share = venue.darkShare {
                return "  \(venue.name), its share of what goes dark: \(NumberText.fixed(share, 3))"
            }
            if venue.liquidity.isEmpty { return "  \(venue.name): not asked by this policy" }
            let steps = venue.liquidity.prefix(12).map { step in
                let probability = step.isKnown ? NumberText.fixed(step.probability, 3) : "not known, worth a try"
                return "\(step.shares): \(probability)"
            }
            let more = venue.liquidity.count > 12 ? ", …" : ""
            let all = steps.joined(separator: ", ")
            return "  \(venue.name), the probability of so many shares and more: \(all)\(more)"
        }
    }

    private var childLines: [String] {
        let header = ["order", "venue", "shares", "price", "delay", "why", "became"]
        let rows = children.map { child in
            var fate = child.state
            if child.filled != "0" { fate += ", \(child.filled) filled" }
            if let average = child.average { fate += " at \(NumberText.fixed(average, 4))" }
            return [
                child.order.map { "\($0)" } ?? "–", child.venue, child.quantity, child.price,
                child.delay > 0 ? DurationText.short(child.delay) : "", child.words + remarks(on: child), fate,
            ]
        }
        return Columns.table([header] + rows, right: [0, 2, 3, 4])
    }

    private func remarks(on child: Child) -> String {
        switch child.reason {
        case "dark":
            if venues.contains(where: { $0.darkShare != nil }) { return "" }
            return " (the last unit with \(NumberText.fixed(child.weight, 3)))"
        case "rest", "peg": return child.weight == 0 ? "" : " (\(NumberText.fixed(child.weight, 5)) a share)"
        default:
            let hidden = child.hidden == "0" ? "" : "; \(child.hidden) of it is hoped for hidden behind what is shown"
            return child.isSweep ? "\(hidden) (an intermarket sweep)" : hidden
        }
    }

    private var otherLines: [String] {
        Columns.table(venues.filter { $0.verdict != "used" }.map { [$0.name, $0.words] })
    }
}
