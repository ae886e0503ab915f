// SPDX-License-Identifier: MIT
import HeliosMarket

/// Numbers as text, the same on every machine: no locale, no C library.
package enum NumberText {
    /// `1,234,567`.
    package static func grouped(_ digits: String) -> String {
        var result = ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset).isMultiple(of: 3) { result.append(",") }
            result.append(digit)
        }
        return result
    }

    package static func count(_ value: Int) -> String {
        (value < 0 ? "−" : "") + grouped(String(value.magnitude))
    }

    /// Rounded half away from zero to `places`, with thousands separators and a true minus sign; "–" when not finite.
    package static func fixed(_ value: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value * scale).rounded()
        guard abs(scaled) < 9e18 else { return value.isFinite ? "\(value)" : "–" }
        return decimal(Int128(scaled), places)
    }

    /// Money rounded half away from zero to `places` ≤ 16.
    package static func money(_ value: Money, _ places: Int = 2) -> String {
        var unit: Int128 = 1
        for _ in places..<16 { unit *= 10 }
        let half = value.raw < 0 ? -(unit / 2) : unit / 2
        return decimal((value.raw + half) / unit, places)
    }

    private static func decimal(_ raw: Int128, _ places: Int) -> String {
        var digits = String(raw.magnitude)
        if digits.utf8.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits
        }
        let whole = grouped(String(digits.dropLast(places)))
        return (raw < 0 ? "−" : "") + whole + (places > 0 ? "." + digits.suffix(places) : "")
    }
}

/// Lengths of time for people.
package enum DurationText {
    private static let units: [(nanoseconds: Int64, name: String)] = [
        (3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs"),
    ]

    /// `5 min`, `50 ms`, `1.5 µs`, `850 ns`: at most three digits that count.
    package static func short(_ nanoseconds: Int64) -> String {
        if nanoseconds < 0 { return "−" + short(-nanoseconds) }
        for unit in units where nanoseconds >= unit.nanoseconds {
            let value = Double(nanoseconds) / Double(unit.nanoseconds)
            var text = NumberText.fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
            if text.contains(".") {
                while text.last == "0" { text.removeLast() }
                if text.last == "." { text.removeLast() }
            }
            return text + " " + unit.name
        }
        return "\(nanoseconds) ns"
    }
}

/// Points in time as text.
package enum TimeText {
    /// `2026-11-20T14:30:00.000000001Z`.
    package static func iso(_ time: Timestamp) -> String {
        let second: Int64 = 1_000_000_000
        let fraction = floorMod(time.nanoseconds, second)
        let seconds = (time.nanoseconds - fraction) / second
        let ofDay = floorMod(seconds, 86_400)
        let digits = String(fraction)
        return date((seconds - ofDay) / 86_400) + "T" + clock(ofDay) + "."
            + String(repeating: "0", count: 9 - digits.count) + digits + "Z"
    }

    /// `2026-11-20` of days since 1970-01-01.
    package static func date(_ days: Int64) -> String {
        // Count from 0000-03-01 in cycles of 400 years, so that the leap day is the last of its year.
        let shifted = days + 719_468
        let cycle = (shifted - floorMod(shifted, 146_097)) / 146_097
        let day = floorMod(shifted, 146_097)
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        let calendarYear = cycle * 400 + year + (calendarMonth <= 2 ? 1 : 0)
        let padded = String(calendarYear)
        return String(repeating: "0", count: max(0, 4 - padded.count)) + padded + "-" + two(calendarMonth) + "-"
            + two(dayOfMonth)
    }

    /// `09:30:00` of seconds since midnight.
    package static func clock(_ seconds: Int64) -> String {
        two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60)
    }

    /// Time of day at the exchange, `09:30:00`.
    package static func ofDay(_ time: Timestamp, midnight: Timestamp) -> String {
        clock(floorMod(time - midnight, 86_400_000_000_000) / 1_000_000_000)
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    static func floorMod(_ value: Int64, _ modulus: Int64) -> Int64 {
        let rest = value % modulus
        return rest < 0 ? rest + modulus : rest
    }
}

/// A JSON value with its members in the order given.
indirect enum JSONText {
    case string(String)
    case number(Double)
    case integer(Int)
    case null
    case array([JSONText])
    case object([(String, JSONText)])

    /// With two spaces of indentation per level and a final newline at the top.
    func rendered(indent: String = "") -> String {
        let deeper = indent + "  "
        switch self {
        case .string(let text): return JSONText.quoted(text)
        case .number(let value): return value.isFinite ? "\(value)" : "null"
        case .integer(let value): return "\(value)"
        case .null: return "null"
        case .array(let items):
            if items.isEmpty { return "[]" }
            let lines = items.map { deeper + $0.rendered(indent: deeper) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map { deeper + JSONText.quoted($0.0) + ": " + $0.1.rendered(indent: deeper) }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// A JSON string that is also safe inside a script element: `<`, `>` and `&` are escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..<"\u{20}", "\u{7F}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
