// SPDX-License-Identifier: MIT

extension TradingDay {
    /// The New York day of a moment.
    public static func containing(_ time: Timestamp) -> TradingDay? {
        // Midnight is four or five hours after midnight UTC: the day is that of five hours ago, or the one after it.
        let days = (time.nanoseconds - 5 * 3_600_000_000_000) / 86_400_000_000_000
        guard time.nanoseconds >= 5 * 3_600_000_000_000, let day = day(after: Int(days)) else { return nil }
        if let next = self.day(after: Int(days) + 1), next.midnight <= time { return next }
        return day
    }

    private static func day(after epoch: Int) -> TradingDay? {
        // Civil date from a day count, years counted from March so that leap days come last.
        let shifted = epoch + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return TradingDay(year: yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), month: civilMonth, day: day)
    }
}
