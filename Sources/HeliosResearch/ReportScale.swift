// SPDX-License-Identifier: MIT
import HeliosMath

/// The range of an axis and where its labels stand.
struct ReportScale {
    let low: Double
    let high: Double
    let ticks: [Double]
    private let step: Double
    private var isPowers = false

    /// Decimal logarithms of counts, lifted by 0.2 so that a single event can be seen.
    static func powers(upTo high: Double) -> ReportScale {
        var scale = ReportScale(
            low: 0,
            ticks: stride(from: 0.2, through: max(high, 1.2), by: 1).map { $0 },
            high: max(high, 1.2)
        )
        scale.isPowers = true
        return scale
    }

    private init(low: Double, ticks: [Double], high: Double) {
        self.low = low
        self.high = high
        self.ticks = ticks
        step = 1
    }

    /// Round numbers, about `count` of them, that enclose `low` to `high`.
    init(_ low: Double, _ high: Double, count: Int = 5) {
        let span = high > low ? high - low : max(abs(high), 1)
        var step = 1e-12
        // 1, 2, 5, 10, 20, … until few enough ticks are left.
        let factors = [2.0, 2.5, 2.0]
        var turn = 0
        while span / step > Double(count) {
            step *= factors[turn % 3]
            turn += 1
        }
        let first = (low / step + 1e-9).rounded(.down)
        let last = max((high / step - 1e-9).rounded(.up), first + 1)
        self.step = step
        self.low = first * step
        self.high = last * step
        ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    }

    /// 0 at the low end, 1 at the high end.
    func position(_ value: Double) -> Double { (value - low) / (high - low) }

    /// A tick's label, `12k` or `0.25`, with as many digits as the step needs.
    func label(_ value: Double) -> String {
        if isPowers { return NumberText.fixed(DeterministicMath.exp((value - 0.2) * 2.302_585_092_994_046), 0) }
        if abs(value) < step * 1e-6 { return "0" }
        let size = max(abs(low), abs(high))
        if size >= 1e6, step >= 1e4 { return trimmed(value / 1e6, step / 1e6) + "M" }
        if size >= 1e4, step >= 100 { return trimmed(value / 1e3, step / 1e3) + "k" }
        return trimmed(value, step)
    }

    private func trimmed(_ value: Double, _ step: Double) -> String {
        var places = 0
        var unit = 1.0
        while places < 9, step < unit * 0.999 || abs((step / unit).rounded() * unit - step) > unit * 0.01 {
            places += 1
            unit /= 10
        }
        return NumberText.fixed(value, places)
    }
}

/// Labels of an axis of time.
enum TimeScale {
    private static let steps: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400,
    ]

    /// Seconds since midnight and label, at most about eight.
    static func ticks(_ low: Double, _ high: Double) -> [(value: Double, label: String)] {
        guard high > low else { return [] }
        var step = steps.first { (high - low) / Double($0) <= 8 } ?? 86_400
        while (high - low) / Double(step) > 8 { step *= 2 }
        let first = Int64((low / Double(step)).rounded(.up))
        let last = Int64((high / Double(step)).rounded(.down))
        guard first <= last else { return [] }
        return (first...last).map { index in
            let seconds = index * step
            let clock = TimeText.clock(TimeText.floorMod(seconds, 86_400))
            let label = step >= 86_400 ? "day \(seconds / 86_400 + 1)" : step >= 60 ? String(clock.prefix(5)) : clock
            return (Double(seconds), label)
        }
    }
}

/// Thinning of long series that keeps every extreme.
enum Decimation {
    /// Indices into series of equal length, at most `limit`: the first, the last, and the least and the greatest value of each
    /// series in each of equally many stretches.
    static func indices(_ series: [[Double]], limit: Int = 2000) -> [Int] {
        let count = series.first?.count ?? 0
        if count <= limit { return Array(0..<count) }
        let stretches = max(1, (limit - 2) / (2 * series.count))
        var chosen: [Int] = [0]
        for stretch in 0..<stretches {
            let range = count * stretch / stretches..<count * (stretch + 1) / stretches
            var found: [Int] = []
            for values in series {
                if let least = range.min(by: { values[$0] < values[$1] }) { found.append(least) }
                if let greatest = range.max(by: { values[$0] < values[$1] }) { found.append(greatest) }
            }
            for index in found.sorted() where index > (chosen.last ?? 0) { chosen.append(index) }
        }
        if chosen.last != count - 1 { chosen.append(count - 1) }
        return chosen
    }
}
