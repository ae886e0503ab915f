// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosResearch

/// The blocks of time over which returns are taken: the sessions of some days, cut alike.
public struct PeriodGrid: Sendable, Equatable {
    /// Midnights of the days, ascending.
    public let midnights: [Timestamp]
    /// Nanoseconds since midnight.
    public let sessionStart: Nanoseconds
    public let sessionEnd: Nanoseconds
    /// Of a period; a session's last may be shorter.
    public let length: Nanoseconds

    public init(midnights: [Timestamp], sessionStart: Nanoseconds, sessionEnd: Nanoseconds, length: Nanoseconds) {
        self.midnights = midnights
        self.sessionStart = sessionStart
        self.sessionEnd = sessionEnd
        self.length = length
    }

    /// Enough periods for what is judged to have a meaning, where the data allow it.
    public static let wished = 64
    /// More would make the database large and say no more.
    public static let most = 100_000

    /// The periods of the data: those asked for, or of the greatest usual length that gives `wished` of them.
    ///
    /// - Parameters:
    ///   - midnights: of the days, one or more, ascending.
    ///   - settings: of the run: its session, and how often it samples the equity.
    ///   - period: what was asked for; nil for a usual length from a day down to a minute.
    /// - Returns: the periods, or what is wrong with those asked for.
    public static func choose(
        midnights: [Timestamp],
        settings: BacktestSettings,
        period: SweepPeriod?
    ) -> Result<PeriodGrid, SweepProblem> {
        let session = settings.sessionEnd - settings.sessionStart
        let sampling = settings.equityInterval
        func grid(_ length: Nanoseconds) -> PeriodGrid {
            PeriodGrid(
                midnights: midnights,
                sessionStart: settings.sessionStart,
                sessionEnd: settings.sessionEnd,
                length: min(length, session)
            )
        }
        let chosen: PeriodGrid
        switch period {
        case .day: chosen = grid(session)
        case .time(let length):
            guard length % sampling == 0 else {
                let interval = DurationText.short(sampling)
                return .failure(.init("period: not a multiple of output.equityInterval, which is \(interval)"))
            }
            chosen = grid(length)
        case nil:
            let minute: Nanoseconds = 60_000_000_000
            let usual = [session, 60 * minute, 30 * minute, 15 * minute, 5 * minute, minute]
            let fitting = usual.filter { $0 == session || ($0 <= session && $0 % sampling == 0) }.map(grid)
            chosen = fitting.first { $0.count >= wished } ?? fitting.last ?? grid(session)
        }
        guard chosen.count <= most else {
            return .failure(.init("period: gives \(chosen.count) periods, more than \(most): ask for longer ones"))
        }
        return .success(chosen)
    }

    public var perDay: Int {
        max(1, Int((sessionEnd - sessionStart + length - 1) / length))
    }

    public var count: Int { midnights.count * perDay }

    /// Of 252 days.
    public var periodsPerYear: Double { 252 * Double(perDay) }

    /// When a period ends.
    public func end(of period: Int) -> Timestamp {
        let inDay = Int64(period % perDay)
        return midnights[period / perDay] + min(sessionStart + (inDay + 1) * length, sessionEnd)
    }

    /// Each period's change of the equity divided by the equity before it.
    ///
    /// The equity at a border is that of the last sample until then; what happens between two sessions belongs to
    /// the first period of the later one.
    ///
    /// Equity that falls to zero is lost, whatever a run without a margin call makes of it later: the return is −1 in that
    /// period and 0 from then on. So a ruined trial stays among those that are compared, as one that nobody would choose.
    public func returns(_ samples: [EquitySample], initialCash: Money, periods: Int) -> [Double] {
        var next = 0
        var before = initialCash
        var now = initialCash
        var returns: [Double] = []
        for period in 0..<periods {
            let end = end(of: period)
            while next < samples.count, samples[next].time <= end {
                now = samples[next].equity
                next += 1
                if now <= .zero { return ruined(returns, periods) }
            }
            guard before > .zero else { return ruined(returns, periods) }
            // From the exact difference: the quotient of two near-equal sums would lose digits.
            returns.append((now - before).value / before.value)
            before = now
        }
        return returns
    }

    private func ruined(_ returns: [Double], _ periods: Int) -> [Double] {
        returns + [-1] + [Double](repeating: 0, count: periods - returns.count - 1)
    }

    /// `78 periods of 5 min on 1 day`, `250 daily periods`.
    public var text: String {
        let days = midnights.count == 1 ? "1 day" : "\(NumberText.count(midnights.count)) days"
        let length = length >= sessionEnd - sessionStart ? "a session" : DurationText.short(length)
        return "\(NumberText.count(count)) periods of \(length) on \(days)"
    }
}

/// What stands in a sweep's way, in words for a user.
public struct SweepProblem: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
