// SPDX-License-Identifier: MIT

extension TradingDay {
    /// The next day that is no Saturday or Sunday; holidays are not known here.
    public var nextWeekday: TradingDay {
        var next = self
        repeat {
            next =
                TradingDay(year: next.year, month: next.month, day: next.day + 1)
                ?? TradingDay(year: next.year, month: next.month + 1, day: 1)
                ?? TradingDay(year: next.year + 1, month: 1, day: 1) ?? self
            // Day 0 was a Thursday.
        } while next > self && [2, 3].contains(next.daysSinceEpoch % 7)
        return next
    }
}
