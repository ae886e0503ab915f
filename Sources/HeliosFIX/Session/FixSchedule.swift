// SPDX-License-Identifier: MIT
import HeliosMarket

/// When a session is open: every day or once a week, by the clock of a place.
///
/// ```swift
/// let day = FixSchedule(daily: 18 * 3_600, to: 17 * 3_600, on: [0, 1, 2, 3, 4], in: .newYork)
/// let week = FixSchedule(weekly: (0, 18 * 3_600), to: (5, 17 * 3_600), in: .newYork)
/// ```
/// Weekdays are numbered from Sunday, 0. An end that is not after its start belongs to the following day, or week.
public struct FixSchedule: Sendable, Hashable {
    private var start: Int
    private var length: Int
    private var end: Int
    /// A bit for each weekday on which a period starts.
    private var days: UInt8
    public var zone: FixZone

    /// A period on each of `days`.
    ///
    /// - Parameters:
    ///   - start: seconds after midnight.
    ///   - end: seconds after midnight; not after `start` means the following day.
    ///   - days: weekdays on which a period starts.
    ///   - zone: whose clock.
    public init(daily start: Int, to end: Int, on days: some Sequence<Int> = 0..<7, in zone: FixZone = .utc) {
        self.start = min(max(start, 0), 86_399)
        self.end = min(max(end, 0), 86_400)
        length = self.end > self.start ? 0 : 1
        self.days = days.reduce(0) { $0 | ($1 >= 0 && $1 < 7 ? 1 << UInt8($1) : 0) }
        self.zone = zone
    }

    /// One period a week.
    ///
    /// - Parameters:
    ///   - start: weekday, and seconds after midnight.
    ///   - end: weekday, and seconds after midnight.
    ///   - zone: whose clock.
    public init(weekly start: (day: Int, second: Int), to end: (day: Int, second: Int), in zone: FixZone = .utc) {
        self.start = min(max(start.second, 0), 86_399)
        self.end = min(max(end.second, 0), 86_400)
        let first = ((start.day % 7) + 7) % 7
        let last = ((end.day % 7) + 7) % 7
        length = (last - first + 7) % 7
        if length == 0, self.end <= self.start { length = 7 }
        days = 1 << UInt8(first)
        self.zone = zone
    }

    /// Whether the session is open at `time`.
    public func isOpen(at time: Timestamp) -> Bool { period(containing: time) != nil }

    /// When the period that `time` is in began; nil outside of all.
    public func sessionStart(containing time: Timestamp) -> Timestamp? { period(containing: time)?.start }

    /// The period that `time` is in: from its start up to, not including, its end.
    public func period(containing time: Timestamp) -> (start: Timestamp, end: Timestamp)? {
        let second = FixZone.seconds(time)
        let today = FixZone.floorDivide(second + zone.offset(utcSeconds: second), 86_400)
        // The latest start wins where periods touch.
        for day in stride(from: today + 1, through: today - length - 1, by: -1) where isStart(day) {
            let bounds = self.bounds(day)
            if second >= bounds.start, second < bounds.end { return (stamp(bounds.start), stamp(bounds.end)) }
        }
        return nil
    }

    /// The next time at which the session opens or closes, or a new period begins.
    public func nextChange(after time: Timestamp) -> Timestamp {
        if let period = period(containing: time) { return period.end }
        let second = FixZone.seconds(time)
        let today = FixZone.floorDivide(second + zone.offset(utcSeconds: second), 86_400)
        for day in (today - 1)...(today + 8) where isStart(day) {
            let start = bounds(day).start
            if start > second { return stamp(start) }
        }
        return .never
    }

    private func isStart(_ day: Int) -> Bool { days & (1 << UInt8(FixZone.weekday(day))) != 0 }

    private func bounds(_ day: Int) -> (start: Int, end: Int) {
        (zone.utcSeconds(day: day, second: start), zone.utcSeconds(day: day + length, second: end))
    }

    private func stamp(_ second: Int) -> Timestamp { Timestamp(nanoseconds: Int64(second) * 1_000_000_000) }
}
