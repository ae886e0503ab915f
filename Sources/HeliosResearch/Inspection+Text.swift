// SPDX-License-Identifier: MIT

import HeliosBook
import HeliosMarket
import HeliosStore
import HeliosWire

extension Inspection {
    /// The inspection as text for people: what the file is, its messages, what is wrong with it, and the book asked for.
    public func text() -> String {
        var lines = summaryLines
        lines += ["", "Messages"] + Columns.aligned(types.map { [$0.type, $0.name, Columns.grouped($0.count)] })
        lines += carrierLines + faultLines
        if let book { lines += [""] + book.lines(midnight: midnight) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var summaryLines: [String] {
        var rows = [
            ["File", path],
            ["Content", content.rawValue + (isGzip ? ", gzip" : "")],
            ["Size", "\(Columns.grouped(Int(fileSize))) bytes"],
            ["Day", tradingDay?.description ?? "not known"],
            ["Messages", Columns.grouped(messages)],
            ["Symbols", Columns.grouped(instruments.count)],
        ]
        if let span {
            rows.append(["From", Columns.timeOfDay(span.first - midnight)])
            rows.append(["To", Columns.timeOfDay(span.last - midnight)])
        }
        rows.append(["Malformed", "\(Columns.grouped(malformed)) (\(Columns.grouped(unknown)) of unknown type)"])
        rows.append(["Inconsistent", Columns.grouped(inconsistentCount)])
        rows.append(["Orders left", Columns.grouped(ordersLeft)])
        rows.append(["Shares", shares.isBalanced ? "all accounted for" : "NOT accounted for"])
        if let failure { rows.append(["Broken off", "\(failure)"]) }
        return Columns.aligned(rows, indent: "")
    }

    private var carrierLines: [String] {
        var lines: [String] = []
        if let capture {
            let counters: [(String, UInt64)] = [
                ("read", capture.read), ("delivered", capture.delivered), ("truncated", capture.truncated),
                ("not IP", capture.notIP), ("not UDP", capture.notUDP), ("malformed", capture.malformed),
                ("filtered", capture.filtered),
            ]
            lines += ["", "Packets"] + Columns.aligned(counters.map { [$0.0, Columns.grouped(Int(clamping: $0.1))] })
        }
        if let mold {
            let counters: [(String, UInt64)] = [
                ("packets", mold.counters.packets), ("messages", mold.counters.delivered),
                ("duplicates", mold.counters.duplicates), ("gaps", mold.counters.gaps), ("lost", mold.counters.lost),
                ("heartbeats", mold.counters.heartbeats), ("unnumbered", mold.counters.unnumbered),
                ("malformed", mold.malformed),
            ]
            lines +=
                ["", "MoldUDP64"] + Columns.aligned(counters.map { [$0.0, Columns.grouped(Int(clamping: $0.1))] })
            lines += mold.gaps.map { "  gap: messages \($0.from) to \($0.to - 1) of session \"\($0.session)\"" }
            lines += mold.problems.map { "  byte \($0.offset): \($0.error)" }
        }
        if let truncatedTail { lines += ["", "The capture ends inside a packet at byte \(truncatedTail)."] }
        if let lobster {
            let counters: [(String, UInt64)] = [
                ("rows", lobster.rows), ("on anonymous shares", lobster.anonymous), ("out of view", lobster.outOfView),
                ("levels from the edge", lobster.edgeLevels), ("rows that don't follow", lobster.inconsistent),
            ]
            lines += ["", "Replay"] + Columns.aligned(counters.map { [$0.0, Columns.grouped(Int(clamping: $0.1))] })
        }
        return lines
    }

    private var faultLines: [String] {
        let place = content == .lobster ? "row" : "byte"
        var lines: [String] = []
        if !malformedProblems.isEmpty {
            lines += ["", "Malformed"] + malformedProblems.map { "  \(place) \($0.offset): \($0.reason)" }
            if malformed > malformedProblems.count { lines.append("  and \(malformed - malformedProblems.count) more") }
        }
        if !inconsistent.isEmpty {
            lines += ["", "Inconsistent"]
            lines += Columns.aligned(inconsistent.map { [$0.fault.explanation, Columns.grouped($0.count)] })
            lines += inconsistentProblems.map { "  \(place) \($0.offset): \($0.reason)" }
            let more = inconsistentCount - inconsistentProblems.count
            if more > 0 { lines.append("  and \(more) more") }
        }
        return lines
    }
}

extension BookView {
    /// The book as text, bids on the left, asks on the right; the orders of each level below it when they were asked for.
    fileprivate func lines(midnight: Timestamp) -> [String] {
        var lines = ["\(symbol) at \(Columns.timeOfDay(time - midnight)), \(state)"]
        if lastUpdate > .zero { lines[0] += ", last change \(Columns.timeOfDay(lastUpdate - midnight))" }
        if bids.isEmpty, asks.isEmpty { return lines + ["  the book is empty"] }
        var rows = [["orders", "shares", "bid", "ask", "shares", "orders"]]
        for index in 0..<max(bids.count, asks.count) {
            let bid = index < bids.count ? bids[index].cells : ["", "", ""]
            let ask = index < asks.count ? asks[index].cells : ["", "", ""]
            rows.append(bid + ask.reversed())
        }
        lines += Columns.aligned(rows, numbers: true)
        for (name, levels) in [("bid", bids), ("ask", asks)] {
            for level in levels where !level.orders.isEmpty {
                lines.append("  \(name) \(level.price)")
                lines += Columns.aligned(
                    level.orders.map { ["\($0.id)", "\($0.quantity)"] },
                    indent: "    ",
                    numbers: true
                )
            }
        }
        return lines
    }
}

extension BookView.Level {
    fileprivate var cells: [String] { ["\(orderCount)", "\(quantity)", "\(price)"] }
}

/// Text in columns.
enum Columns {
    /// Rows with their columns aligned: the last one to the right, or all when they are numbers.
    static func aligned(_ rows: [[String]], indent: String = "  ", numbers: Bool = false) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        let isTable = numbers || indent == "  "
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                let isRight = numbers || (isTable && column == count - 1)
                if isRight { return space + text }
                return column == row.count - 1 ? text : text + space
            }
            return indent + cells.joined(separator: "  ")
        }
    }

    /// A number with a comma between thousands.
    static func grouped(_ number: Int) -> String {
        var text = ""
        for (place, digit) in String(number.magnitude).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// Nanoseconds since midnight as `HH:MM:SS.nnnnnnnnn`.
    static func timeOfDay(_ time: Nanoseconds) -> String {
        func padded(_ value: Int64, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let (sign, time) = time < 0 ? ("-", -time) : ("", time)
        let seconds = time / 1_000_000_000
        return sign + padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
            + "." + padded(time % 1_000_000_000, 9)
    }
}
