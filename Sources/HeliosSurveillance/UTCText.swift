// SPDX-License-Identifier: MIT
import HeliosMarket

/// Times as an auditor reads them.
public enum UTCText {
    /// `2026-11-20T14:30:00.123456789Z`.
    public static func text(_ time: Timestamp) -> String {
        let seconds = floorDiv(time.nanoseconds, 1_000_000_000)
        let fraction = time.nanoseconds - seconds * 1_000_000_000
        let days = floorDiv(seconds, 86_400)
        let rest = seconds - days * 86_400
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let digits = "\(fraction)"
        return date(days) + "T\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))."
            + String(repeating: "0", count: 9 - digits.count) + digits + "Z"
    }

    /// `2026-11-20`, of a day counted from 1970.
    public static func date(_ days: Int64) -> String {
        // Days of the proleptic calendar, in eras of 400 years that begin in March.
        let shifted = days + 719_468
        let era = floorDiv(shifted, 146_097)
        let day = shifted - era * 146_097
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let ofYear = day - (365 * year + year / 4 - year / 100)
        let part = (5 * ofYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        let number = ofYear - (153 * part + 2) / 5 + 1
        let whole = year + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(whole)-\(two(month))-\(two(number))"
    }

    private static func floorDiv(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }
}
