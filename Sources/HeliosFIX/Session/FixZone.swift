// SPDX-License-Identifier: MIT
import HeliosMarket

/// A place's clock: how far it is from UTC, by rules in force since 2007.
@frozen
public struct FixZone: Hashable, Sendable {
    /// When clocks are put forward and back.
    @frozen
    public enum Saving: UInt8, Hashable, Sendable {
        case none
        /// Second Sunday of March to first Sunday of November, at 2 o'clock of the local clock.
        case america
        /// Last Sunday of March to last Sunday of October, at 1 o'clock UTC.
        case europe
    }

    /// Seconds east of UTC without daylight saving.
    public var standard: Int
    public var saving: Saving

    @inlinable
    public init(standard: Int, saving: Saving = .none) {
        self.standard = standard
        self.saving = saving
    }

    public static var utc: FixZone { FixZone(standard: 0) }
    public static var newYork: FixZone { FixZone(standard: -5 * 3_600, saving: .america) }
    public static var chicago: FixZone { FixZone(standard: -6 * 3_600, saving: .america) }
    public static var london: FixZone { FixZone(standard: 0, saving: .europe) }
    public static var frankfurt: FixZone { FixZone(standard: 3_600, saving: .europe) }
    public static var tokyo: FixZone { FixZone(standard: 9 * 3_600) }
    public static var hongKong: FixZone { FixZone(standard: 8 * 3_600) }

    /// The zone with a usual name, such as `America/New_York`; nil for one that is not known here.
    public init?(_ name: String) {
        switch name {
        case "UTC", "Etc/UTC", "GMT": self = .utc
        case "America/New_York", "US/Eastern": self = .newYork
        case "America/Chicago", "US/Central": self = .chicago
        case "Europe/London": self = .london
        case "Europe/Berlin", "Europe/Paris", "Europe/Amsterdam", "Europe/Zurich", "Europe/Madrid", "Europe/Rome",
            "Europe/Stockholm":
            self = .frankfurt
        case "Asia/Tokyo": self = .tokyo
        case "Asia/Hong_Kong", "Asia/Singapore", "Asia/Shanghai": self = .hongKong
        default: return nil
        }
    }

    /// Seconds east of UTC at `time`.
    public func offset(at time: Timestamp) -> Int { offset(utcSeconds: FixZone.seconds(time)) }

    static func seconds(_ time: Timestamp) -> Int {
        let rest = time.nanoseconds % 1_000_000_000
        return Int(time.nanoseconds / 1_000_000_000) - (rest < 0 ? 1 : 0)
    }

    func offset(utcSeconds seconds: Int) -> Int {
        guard saving != .none else { return standard }
        let day = FixZone.floorDivide(seconds + standard, 86_400)
        let year = FixDate.civil(day).year
        let start: Int
        let end: Int
        switch saving {
        case .america:
            start = FixZone.sunday(onOrAfter: FixDate.days(year, 3, 8)) * 86_400 + 7_200 - standard
            end = FixZone.sunday(onOrAfter: FixDate.days(year, 11, 1)) * 86_400 + 3_600 - standard
        default:
            start = FixZone.sunday(onOrAfter: FixDate.days(year, 3, 25)) * 86_400 + 3_600
            end = FixZone.sunday(onOrAfter: FixDate.days(year, 10, 25)) * 86_400 + 3_600
        }
        return seconds >= start && seconds < end ? standard + 3_600 : standard
    }

    /// The UTC second at which the local clock shows `second` of `day`; of two the first, and for one that is left out the
    /// time at which it would have been.
    func utcSeconds(day: Int, second: Int) -> Int {
        let local = day * 86_400 + second
        let summer = local - standard - 3_600
        if saving != .none, offset(utcSeconds: summer) == standard + 3_600 { return summer }
        return local - standard
    }

    static func floorDivide(_ value: Int, _ by: Int) -> Int {
        value >= 0 ? value / by : (value + 1) / by - 1
    }

    /// 0 for Sunday; 1970-01-01 was a Thursday.
    static func weekday(_ day: Int) -> Int { ((day + 4) % 7 + 7) % 7 }

    private static func sunday(onOrAfter day: Int) -> Int { day + (7 - weekday(day)) % 7 }
}
