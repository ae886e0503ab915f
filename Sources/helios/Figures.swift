// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosResearch

/// Numbers for people: separators between thousands, and units.
enum Figures {
    /// `1,234,567`.
    static func count(_ value: some BinaryInteger) -> String {
        (value < 0 ? "-" : "") + grouped(String(value.magnitude))
    }

    /// Rounded to `places`, with separators between thousands.
    static func fixed(_ value: Double, _ places: Int) -> String {
        guard value.isFinite else { return "–" }
        let text = String(format: "%.\(places)f", abs(value))
        let parts = text.split(separator: ".")
        let isZero = !text.contains { $0 != "0" && $0 != "." }
        let fraction = parts.count > 1 ? ".\(parts[1])" : ""
        return (value < 0 && !isZero ? "-" : "") + grouped(String(parts[0])) + fraction
    }

    /// An amount of money to the cent.
    static func money(_ value: Money) -> String { fixed(value.value, 2) }

    /// A share of one in per cent, with more digits the smaller it is.
    static func perCent(_ share: Double) -> String {
        let places = share.magnitude < 0.001 && share != 0 ? 4 : share.magnitude < 0.1 ? 2 : 1
        return fixed(share * 100, places) + " %"
    }

    /// An exact quantity with separators between thousands.
    static func quantity(_ value: Quantity) -> String {
        let parts = value.magnitude.description.split(separator: ".")
        let fraction = parts.count > 1 ? ".\(parts[1])" : ""
        return (value < .zero ? "-" : "") + grouped(String(parts[0])) + fraction
    }

    /// Three digits and the unit that fits: `850 ns`, `12.3 µs`, `4.56 s`, `1 h 5 min`.
    static func duration(_ nanoseconds: Double) -> String {
        switch nanoseconds.magnitude {
        case ..<1e3: fixed(nanoseconds, 0) + " ns"
        case ..<1e6: significant(nanoseconds * 1e-3) + " µs"
        case ..<1e9: significant(nanoseconds * 1e-6) + " ms"
        case ..<59.5e9: significant(nanoseconds * 1e-9) + " s"
        case ..<3599.5e9: parts(nanoseconds, 60, "min", 1, "s")
        default: parts(nanoseconds, 3600, "h", 60, "min")
        }
    }

    /// Whole seconds, rounded up: `12 s`, `3 min 5 s`.
    static func seconds(_ value: Double) -> String {
        value < 59 ? "\(Int(value.rounded(.up))) s" : duration(value.rounded(.up) * 1e9)
    }

    /// `1 order`, `2 orders`.
    static func counted(_ value: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(count(value)) " + (value == 1 ? noun : plural ?? noun + "s")
    }

    static func bytes(_ value: some BinaryInteger) -> String {
        let amount = Double(value)
        switch amount {
        case ..<1024: return "\(value) B"
        case ..<1_048_576: return significant(amount / 1024) + " KiB"
        case ..<1_073_741_824: return significant(amount / 1_048_576) + " MiB"
        default: return significant(amount / 1_073_741_824) + " GiB"
        }
    }

    /// `1.23 M/s`.
    static func rate(_ perSecond: Double) -> String {
        switch perSecond {
        case ..<1e4: fixed(perSecond, 0) + "/s"
        case ..<1e6: significant(perSecond * 1e-3) + " k/s"
        default: significant(perSecond * 1e-6) + " M/s"
        }
    }

    /// Time of day from nanoseconds since midnight, `09:30:00` with `places` digits of the second's fraction.
    static func clock(_ nanoseconds: Nanoseconds, places: Int = 0) -> String {
        let day: Int64 = 86_400_000_000_000
        let time = (nanoseconds % day + day) % day
        let seconds = time / 1_000_000_000
        let text = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(two).joined(separator: ":")
        guard places > 0 else { return text }
        let fraction = String(time % 1_000_000_000)
        return text + "." + (String(repeating: "0", count: 9 - fraction.count) + fraction).prefix(places)
    }

    static func statistic(_ value: StatisticValue, _ unit: StatisticUnit) -> String {
        switch (value, unit) {
        case (.undefined, _): "–"
        case (.money(let money), _): Figures.money(money)
        case (.count(let count), _): Figures.count(count)
        case (.quantity(let quantity), _): Figures.quantity(quantity)
        case (.number(let number), .fraction): perCent(number)
        case (.number(let number), .basisPoints): fixed(number, 2) + " bp"
        case (.number(let number), .nanoseconds): duration(number)
        case (.number(let number), .count): fixed(number, 0)
        case (.number(let number), _): fixed(number, 2)
        }
    }

    /// Sixteen hexadecimal digits.
    static func hash(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func parts(_ value: Double, _ high: Int, _ highUnit: String, _ low: Int, _ lowUnit: String) -> String
    {
        let seconds = Int((value * 1e-9).rounded())
        return "\(count(seconds / high)) \(highUnit) \(seconds % high / low) \(lowUnit)"
    }

    private static func significant(_ value: Double) -> String {
        fixed(value, value.magnitude < 10 ? 2 : value.magnitude < 100 ? 1 : 0)
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func grouped(_ digits: String) -> String {
        var text = ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }
}
