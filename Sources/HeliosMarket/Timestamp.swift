// SPDX-License-Identifier: MIT

/// A point in time: nanoseconds since the Unix epoch, UTC.
///
/// Good for the years 1678 to 2262.
@frozen
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var nanoseconds: Int64

    @inlinable
    public static var zero: Timestamp { Timestamp(nanoseconds: 0) }
    /// Later than every real time.
    @inlinable
    public static var never: Timestamp { Timestamp(nanoseconds: .max) }

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable
    public static func + (a: Timestamp, b: Nanoseconds) -> Timestamp { Timestamp(nanoseconds: a.nanoseconds + b) }
    @inlinable
    public static func - (a: Timestamp, b: Timestamp) -> Nanoseconds { a.nanoseconds - b.nanoseconds }
}

/// A length of time in nanoseconds.
public typealias Nanoseconds = Int64

/// A day on the US equity exchanges' calendar, which fixes what "nanoseconds since midnight" means.
public struct TradingDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let year: Int
    public let month: Int
    public let day: Int

    /// The day, or nil when there is no such date between 1970 and 2199.
    public init?(year: Int, month: Int, day: Int) {
        guard (1970...2199).contains(year), (1...12).contains(month), day >= 1,
            day <= TradingDay.days(in: month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `YYYY-MM-DD`.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        // The number parser takes a sign, which a date doesn't have.
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            !text.utf8.contains(UInt8(ascii: "+")), let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public var description: String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(year)-\(two(month))-\(two(day))"
    }

    public static func < (a: TradingDay, b: TradingDay) -> Bool {
        (a.year, a.month, a.day) < (b.year, b.month, b.day)
    }

    /// Midnight in New York (UTC−5, or UTC−4 between the second Sunday of March and the first of November, the rule
    /// since 2007; before that the first Sunday of April and the last of October).
    public var midnight: Timestamp {
        let hours = isDaylightSaving ? 4 : 5
        return Timestamp(nanoseconds: Int64(daysSinceEpoch) * 86_400_000_000_000 + Int64(hours) * 3_600_000_000_000)
    }

    /// Whether New York's clocks are on daylight saving time at midnight of this day.
    public var isDaylightSaving: Bool {
        let start = year >= 2007 ? sunday(2, of: 3) : sunday(1, of: 4)
        let end = year >= 2007 ? sunday(1, of: 11) : lastSunday(of: 10)
        // The change is at 2 a.m.: midnight of the first Sunday is still standard, midnight of the last still daylight.
        return daysSinceEpoch > start && daysSinceEpoch <= end
    }

    /// Days since 1970-01-01 of the proleptic Gregorian calendar.
    public var daysSinceEpoch: Int { TradingDay.daysSinceEpoch(year, month, day) }

    private static func days(in month: Int, of year: Int) -> Int {
        let next = month == 12 ? daysSinceEpoch(year + 1, 1, 1) : daysSinceEpoch(year, month + 1, 1)
        return next - daysSinceEpoch(year, month, 1)
    }

    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        // Count years from March, so that the leap day is the last of its year.
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        return shifted * 365 + leapDays + (monthFromMarch * 153 + 2) / 5 + day - 1 - 719_468
    }

    private func sunday(_ n: Int, of month: Int) -> Int {
        let first = TradingDay.daysSinceEpoch(year, month, 1)
        return first + (10 - first % 7) % 7 + (n - 1) * 7  // day 0 was a Thursday, day 3 a Sunday
    }

    private func lastSunday(of month: Int) -> Int {
        let first = sunday(1, of: month)
        let count = TradingDay.days(in: month, of: year)
        return first + (TradingDay.daysSinceEpoch(year, month, count) - first) / 7 * 7
    }
}
