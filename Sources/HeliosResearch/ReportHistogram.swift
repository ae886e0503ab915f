// SPDX-License-Identifier: MIT
import HeliosMath

/// Distributions as columns.
enum ReportHistogram {
    /// Results of trades in equal classes; what lies beyond the first and last hundredth stands in the outer classes.
    static func profits(_ ascending: [Double]) -> String {
        guard let least = ascending.first, let greatest = ascending.last, greatest > least else { return "" }
        let hundredth = ascending.count / 100
        let low = ascending[hundredth]
        let high = ascending[ascending.count - 1 - hundredth]
        let classes = ReportScale(min(low, 0), max(high, 0), count: ascending.count < 60 ? 14 : 40)
        // A tick at zero divides gains from losses.
        var counts = [Int](repeating: 0, count: classes.ticks.count - 1)
        for value in ascending {
            let place = Int((classes.position(value) * Double(counts.count)).rounded(.down))
            counts[min(max(place, 0), counts.count - 1)] += 1
        }
        let bars = counts.enumerated().map { index, count in
            let from = index == 0 && least < classes.low ? "below" : "\(classes.label(classes.ticks[index])) to"
            let to =
                index == counts.count - 1 && greatest > classes.high ? "more" : classes.label(classes.ticks[index + 1])
            let style = classes.ticks[index] >= -1e-9 ? "pos" : "neg"
            return (Double(count), style, "\(from) \(to): \(NumberText.count(count)) trades")
        }
        let axis = ReportScale(classes.low, classes.high, count: 6)
        let labels = axis.ticks.filter { $0 >= classes.low && $0 <= classes.high }
            .map { (classes.position($0), axis.label($0)) }
        return ReportChart.columns(
            "Profit of closed trades",
            bars: bars,
            labels: labels,
            scale: ReportScale(0, Double(counts.max() ?? 1), count: 4)
        )
    }

    /// Latencies in classes of a quarter octave; the height is the logarithm of the count.
    static func latency(_ title: String, _ summary: LatencySummary) -> String {
        func place(_ nanoseconds: Int) -> Int {
            Int((DeterministicMath.log(Double(max(nanoseconds, 1))) / 0.693_147_180_559_945_3 * 4).rounded(.down))
        }
        let present = summary.buckets.filter { $0.count > 0 }
        guard let first = present.map({ place($0.upTo) }).min(), let last = present.map({ place($0.upTo) }).max()
        else { return "" }
        var counts = [Int](repeating: 0, count: last - first + 1)
        for bucket in present { counts[place(bucket.upTo) - first] += bucket.count }
        func edge(_ index: Int) -> Int64 {
            Int64(DeterministicMath.exp(Double(index + first) / 4 * 0.693_147_180_559_945_3).rounded())
        }
        let digits = { (count: Int) in
            count > 0 ? DeterministicMath.log(Double(count)) / 2.302_585_092_994_046 + 0.2 : 0
        }
        let bars = counts.enumerated().map { index, count in
            let range = "\(DurationText.short(edge(index))) to \(DurationText.short(edge(index + 1)))"
            return (digits(count), "b", "\(range): \(NumberText.count(count)) events")
        }
        var labels: [(Double, String)] = []
        var decade: Int64 = 1
        while decade < 100_000_000_000 {
            let exact = DeterministicMath.log(Double(decade)) / 0.693_147_180_559_945_3 * 4 - Double(first)
            let position = exact / Double(counts.count)
            if position >= 0, position <= 1 { labels.append((position, DurationText.short(decade))) }
            decade *= 10
        }
        let highest = counts.map(digits).max() ?? 1
        return ReportChart.columns(title, bars: bars, labels: labels, scale: .powers(upTo: highest), height: 170)
    }
}
