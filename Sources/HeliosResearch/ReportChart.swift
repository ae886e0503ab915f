// SPDX-License-Identifier: MIT

/// One line of a chart.
package struct ChartSeries {
    package let name: String
    /// Colour class: `a`, `b`, `pos`, `neg`.
    package let style: String
    package let values: [Double]
    package var isFilled = false

    package init(name: String, style: String, values: [Double], isFilled: Bool = false) {
        self.name = name
        self.style = style
        self.values = values
        self.isFilled = isFilled
    }
}

/// Charts as inline SVG: they need no library and no network, follow the page's colours, scale to any width and print.
///
/// The drawing is stretched to the width of the page, while labels are page text placed in per cent: they keep their size.
package enum ReportChart {
    /// Lines over time; `times` in seconds since midnight.
    ///
    /// At most 2,000 points are kept.
    package static func lines(
        _ title: String,
        times: [Double],
        series: [ChartSeries],
        height: Int = 240,
        places: Int = 2
    ) -> String {
        guard let first = times.first, let last = times.last, times.count >= 2, last > first else { return "" }
        let kept = Decimation.indices(series.map(\.values))
        let all = series.flatMap { line in kept.map { line.values[$0] } }
        let scale = ReportScale(min(0, all.min() ?? 0), max(0, all.max() ?? 0))
        let across = { (index: Int) in 1000 * (times[index] - first) / (last - first) }
        let down = { (value: Double) in 1000 * (1 - scale.position(value)) }
        var drawing = grid(scale)
        for line in series {
            let points = kept.map { coordinate(across($0)) + "," + coordinate(down(line.values[$0])) }
            if line.isFilled {
                let base = coordinate(down(0))
                drawing +=
                    "<path class=\"fill \(line.style)\" d=\"M0,\(base) L"
                    + points.joined(separator: " ") + " L1000,\(base) Z\"/>"
            }
            drawing += "<path class=\"line \(line.style)\" d=\"M" + points.joined(separator: " ") + "\"/>"
        }
        let ticks = TimeScale.ticks(first, last).map { (($0.value - first) / (last - first), $0.label) }
        let data = JSONText.object([
            ("x", .array(kept.map { .number((times[$0] * 1000).rounded() / 1000) })),
            (
                "s",
                .array(
                    series.map { line in
                        .object([
                            ("n", .string(line.name)), ("c", .string(line.style)),
                            ("y", .array(kept.map { .string(NumberText.fixed(line.values[$0], places)) })),
                        ])
                    }
                )
            ),
        ])
        return figure(
            title,
            legend: series.map { ($0.name, $0.style) },
            height: height,
            scale,
            ticks,
            drawing,
            data: data
        )
    }

    /// Columns side by side from zero up to each value.
    package static func columns(
        _ title: String,
        bars: [(value: Double, style: String, hover: String)],
        labels: [(position: Double, text: String)]
    ) -> String {
        columns(title, bars: bars, labels: labels, scale: ReportScale(0, bars.map(\.value).max() ?? 0))
    }

    /// Columns side by side, from the bottom of the scale up to each value.
    static func columns(
        _ title: String,
        bars: [(value: Double, style: String, hover: String)],
        labels: [(position: Double, text: String)],
        scale: ReportScale,
        height: Int = 220
    ) -> String {
        guard !bars.isEmpty else { return "" }
        var drawing = grid(scale)
        let width = 1000 / Double(bars.count)
        for (index, bar) in bars.enumerated() {
            let top = 1000 * (1 - scale.position(bar.value))
            let left = coordinate(Double(index) * width + width * 0.06)
            let body = "width=\"\(coordinate(width * 0.88))\""
            drawing +=
                "<rect class=\"bar \(bar.style)\" x=\"\(left)\" y=\"\(coordinate(top))\" \(body) "
                + "height=\"\(coordinate(max(0, 1000 - top)))\"/>"
            // The whole column answers the pointer, however short the bar.
            drawing +=
                "<rect class=\"hit\" x=\"\(left)\" y=\"0\" \(body) height=\"1000\" "
                + "data-tip=\"\(HTML.escape(bar.hover))\"/>"
        }
        return figure(
            title,
            legend: [],
            height: height,
            scale,
            labels.map { ($0.position, $0.text) },
            drawing,
            data: nil
        )
    }

    /// Means with whiskers of two standard errors, in groups along the axis.
    static func whiskers(
        _ title: String,
        categories: [String],
        series: [(name: String, style: String, points: [(mean: Double, error: Double?, hover: String)?])]
    ) -> String {
        let present = series.flatMap { $0.points.compactMap { $0 } }
        guard !present.isEmpty, !categories.isEmpty else { return "" }
        let lows = present.map { $0.mean - 2 * ($0.error ?? 0) }
        let highs = present.map { $0.mean + 2 * ($0.error ?? 0) }
        let scale = ReportScale(min(0, lows.min() ?? 0), max(0, highs.max() ?? 0))
        var marks = ""
        for (order, line) in series.enumerated() {
            for (index, point) in line.points.enumerated() {
                guard let point else { continue }
                let shift = (Double(order) - Double(series.count - 1) / 2) * 0.16
                let left = percent((Double(index) + 0.5 + shift) / Double(categories.count))
                let error = 2 * (point.error ?? 0)
                let bottom = scale.position(point.mean - error)
                let height = scale.position(point.mean + error) - bottom
                marks +=
                    "<i class=\"whisker \(line.style)\" style=\"left:\(left);bottom:\(percent(bottom));"
                    + "height:\(percent(height))\"></i><i class=\"dot \(line.style)\" tabindex=\"0\" "
                    + "style=\"left:\(left);bottom:\(percent(scale.position(point.mean)))\" "
                    + "data-tip=\"\(HTML.escape(point.hover))\"></i>"
            }
        }
        let ticks = categories.enumerated().map { ((Double($0) + 0.5) / Double(categories.count), $1) }
        let legend = series.map { ($0.name, $0.style) }
        return figure(title, legend: legend, height: 220, scale, ticks, grid(scale), data: nil, marks: marks)
    }

    /// Rows with a bar to the left (loss) or right (gain) of a common zero.
    package static func rows(_ items: [(name: String, value: Double, text: String, hover: String)]) -> String {
        guard !items.isEmpty else { return "" }
        let low = min(0, items.map(\.value).min() ?? 0)
        let high = max(0, items.map(\.value).max() ?? 0)
        let span = max(high - low, 1e-300)
        var text = "<div class=\"rows\">\n"
        for item in items {
            let left = percent((min(item.value, 0) - low) / span)
            let width = percent(abs(item.value) / span)
            text += "<div class=\"row\" tabindex=\"0\" data-tip=\"\(HTML.escape(item.hover))\">"
            text += "<span>\(HTML.escape(item.name))</span><div class=\"track\"><i class=\"\(HTML.sign(item.value))\" "
            text += "style=\"left:\(left);width:\(width)\"></i></div><b>\(HTML.escape(item.text))</b></div>\n"
        }
        return text + "</div>\n"
    }

    private static func grid(_ scale: ReportScale) -> String {
        scale.ticks.map { tick in
            let down = coordinate(1000 * (1 - scale.position(tick)))
            return "<path class=\"\(tick == 0 ? "zero" : "grid")\" d=\"M0,\(down) H1000\"/>"
        }.joined()
    }

    private static func figure(
        _ title: String,
        legend: [(String, String)],
        height: Int,
        _ scale: ReportScale,
        _ ticks: [(Double, String)],
        _ drawing: String,
        data: JSONText?,
        marks: String = ""
    ) -> String {
        var text = "<figure><figcaption>\(HTML.escape(title))"
        for (name, style) in legend where legend.count > 1 {
            text += " <span class=\"key \(style)\">\(HTML.escape(name))</span>"
        }
        text += "</figcaption>\n<div class=\"plot\(data == nil ? "" : " live")\" style=\"height:\(height)px\">"
        text += "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" "
        text += "aria-label=\"\(HTML.escape(title))\">\(drawing)</svg>\(marks)"
        for tick in scale.ticks {
            text += "<span class=\"y\" style=\"bottom:\(percent(scale.position(tick)))\">\(scale.label(tick))</span>"
        }
        text += "<div class=\"xs\">"
        for (position, label) in ticks {
            text += "<span style=\"left:\(percent(position))\">\(HTML.escape(label))</span>"
        }
        text += "</div>"
        if let data {
            let lines = data.rendered().split(separator: "\n").map { $0.drop { $0 == " " } }
            text += "<script type=\"application/json\">\(lines.joined())</script>"
        }
        return text + "</div></figure>\n"
    }

    /// One decimal of a thousandth of the width is a tenth of a pixel.
    private static func coordinate(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }

    private static func percent(_ share: Double) -> String { coordinate(share * 100) + "%" }
}
