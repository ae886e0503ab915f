// SPDX-License-Identifier: MIT
import HeliosMarket

/// Pieces of the page.
///
/// Every text from outside goes through `escape`.
package enum HTML {
    /// Safe in element content and in quoted attributes.
    package static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{0}"..<"\u{20}" where scalar != "\n" && scalar != "\t": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A section with a heading; nothing when its body is empty.
    package static func section(_ id: String, _ title: String, _ body: String) -> String {
        body.isEmpty ? "" : "<section id=\"\(id)\"><h2>\(escape(title))</h2>\n\(body)</section>\n"
    }

    package static func note(_ text: String) -> String { "<p class=\"note\">\(escape(text))</p>\n" }

    /// The class that colours a gain or a loss.
    package static func sign(_ value: Double?) -> String {
        guard let value else { return "" }
        return value > 0 ? "pos" : value < 0 ? "neg" : ""
    }

    /// Statistics as a list; the definition shows on hover, focus or tap.
    static func list(_ statistics: [Statistic]) -> String {
        var text = "<dl class=\"stats\">\n"
        for item in statistics {
            let shown = StatisticText.shown(item)
            text += "<div class=\"stat\" tabindex=\"0\" data-tip=\"\(escape(StatisticText.hover(item)))\">"
            text += "<dt>\(escape(item.definition.name))</dt><dd>\(escape(shown.text))"
            if let reason = shown.reason { text += " <small>\(escape(reason))</small>" }
            text += "</dd></div>\n"
        }
        return text + "</dl>\n"
    }
}

/// A cell of a table: what is shown and by what it is sorted.
package struct ReportCell {
    package let text: String
    package var sortKey: Double?
    package var style = ""

    package static func text(_ text: String) -> ReportCell { ReportCell(text: text) }
    package static func count(_ value: Int) -> ReportCell {
        ReportCell(text: NumberText.count(value), sortKey: Double(value))
    }
    package static func money(_ value: Money, signed: Bool = false) -> ReportCell {
        ReportCell(text: NumberText.money(value), sortKey: value.value, style: signed ? HTML.sign(value.value) : "")
    }
    package static func number(_ value: Double?, _ places: Int, suffix: String = "") -> ReportCell {
        guard let value, value.isFinite else { return ReportCell(text: "–", sortKey: nil) }
        return ReportCell(text: NumberText.fixed(value, places) + suffix, sortKey: value)
    }
    package static func duration(_ value: Nanoseconds) -> ReportCell {
        ReportCell(text: DurationText.short(value), sortKey: Double(value))
    }
}

/// A table that sorts when a heading is clicked.
package struct ReportTable {
    package let columns: [String]
    /// Columns with text, aligned to the left.
    package var textColumns: Set<Int> = [0]
    package var rows: [[ReportCell]] = []

    package init(columns: [String], textColumns: Set<Int> = [0], rows: [[ReportCell]] = []) {
        self.columns = columns
        self.textColumns = textColumns
        self.rows = rows
    }

    package static let limit = 500

    package var html: String {
        if rows.isEmpty { return "" }
        var text = "<div class=\"scroll\"><table class=\"sortable\"><thead><tr>"
        for (index, column) in columns.enumerated() {
            let style = textColumns.contains(index) ? " class=\"left\"" : ""
            text += "<th\(style) scope=\"col\"><button>\(HTML.escape(column))</button></th>"
        }
        text += "</tr></thead><tbody>\n"
        for row in rows {
            text += "<tr>"
            for (index, cell) in row.enumerated() {
                let style = (textColumns.contains(index) ? "left " : "") + cell.style
                let key = cell.sortKey.map { " data-v=\"\($0)\"" } ?? ""
                text += "<td class=\"\(style)\"\(key)>\(HTML.escape(cell.text))</td>"
            }
            text += "</tr>\n"
        }
        return text + "</tbody></table></div>\n"
    }
}

/// Statistics as a person reads them.
enum StatisticText {
    /// The value with its unit, and why it is missing when it is.
    static func shown(_ item: Statistic) -> (text: String, reason: String?) {
        switch item.value {
        case .undefined(let reason): ("–", reason)
        case .money(let value): (NumberText.money(value), nil)
        case .quantity(let value): (NumberText.fixed(value.value, 0), nil)
        case .count(let value):
            (item.definition.unit == .nanoseconds ? DurationText.short(Int64(value)) : NumberText.count(value), nil)
        case .number(let value): (number(value, item.definition.unit), nil)
        }
    }

    static func hover(_ item: Statistic) -> String {
        item.definition.definition + "\nSource: " + item.definition.source
    }

    static func number(_ value: Double, _ unit: StatisticUnit) -> String {
        switch unit {
        case .fraction: NumberText.fixed(value * 100, abs(value) < 0.01 && value != 0 ? 4 : 2) + " %"
        case .basisPoints: NumberText.fixed(value, 3) + " bps"
        case .nanoseconds: DurationText.short(Int64(value.rounded()))
        case .money: NumberText.fixed(value, 2)
        case .ratio: NumberText.fixed(value, value == 0 || abs(value) >= 0.1 ? 2 : 5)
        case .count, .shares: NumberText.fixed(value, 0)
        }
    }
}
