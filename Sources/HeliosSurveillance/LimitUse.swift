// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// How far one limit was used over a day: the largest value, and the distribution of what was seen, in steps of about 1.6 %.
public struct LimitUse: Sendable, Equatable {
    /// Which limit: its scope, kind and target, in words.
    public var name: String
    public var kind: LimitKind
    public var limit: Int128
    /// The largest value seen.
    public private(set) var peak: Int128 = 0
    public private(set) var samples = 0
    private var buckets: [Int: Int] = [:]

    public init(name: String, kind: LimitKind, limit: Int128) {
        self.name = name
        self.kind = kind
        self.limit = limit
    }

    /// Takes a sample of the use; below zero counts as zero.
    public mutating func take(_ value: Int128) {
        let use = max(value, 0)
        peak = max(peak, use)
        samples += 1
        buckets[LimitUse.bucket(use), default: 0] += 1
    }

    /// Something used as much between two samples.
    mutating func raise(to value: Int128) { peak = max(peak, value) }

    /// 64 steps to each doubling.
    private static func bucket(_ value: Int128) -> Int {
        let magnitude = value.magnitude
        guard magnitude >= 64 else { return Int(magnitude) }
        let bits = 127 - magnitude.leadingZeroBitCount
        return (bits - 5) * 64 + Int(magnitude >> UInt128(bits - 6)) - 64
    }

    /// The largest value that falls into a bucket.
    private static func upper(_ bucket: Int) -> Int128 {
        guard bucket >= 64 else { return Int128(bucket) }
        let bits = bucket / 64 + 5
        return (Int128(bucket % 64 + 65) << Int128(bits - 6)) - 1
    }

    /// The use that 99.9 % of the samples did not exceed; rounded up by less than 1.6 %, never above the peak.
    public var percentile999: Int128 {
        let wanted = samples - samples / 1_000
        var seen = 0
        for bucket in buckets.keys.sorted() {
            seen += buckets[bucket] ?? 0
            if seen >= wanted { return min(LimitUse.upper(bucket), peak) }
        }
        return 0
    }

    /// Use in hundredths of a per cent of the limit.
    public var basisPoints: Int128 {
        limit > 0 ? (peak > .max / 10_000 ? peak / limit * 10_000 : peak * 10_000 / limit) : 0
    }
}

/// T09: whether each control works, and whether each limit is one.
public struct ControlEffectiveness: Sendable {
    public struct Control: Sendable, Equatable {
        public var control: RiskControl
        /// Refusals of the day.
        public var today: Int
        /// The last day on which it refused, and on which it was made to.
        public var lastFired: String?
        public var lastTested: String?
        /// Neither within thirty days.
        public var isStale: Bool
    }

    public struct Limit: Sendable, Equatable {
        public var name: String
        public var kind: LimitKind
        public var limit: Int128
        public var peak: Int128
        public var percentile999: Int128
        /// More than twenty times what is used: it would stop nothing.
        public var isTooWide: Bool
        /// Nothing was used of it within thirty days: how wide it is can't be said.
        public var isNeverUsed: Bool
    }

    public var controls: [Control]
    public var limits: [Limit]

    /// - Parameters:
    ///   - history: earlier days, and this one.
    ///   - day: the day of the report.
    ///   - uses: what the day's limits were used.
    public init(_ history: RiskHistory, day: String, uses: [LimitUse]) {
        let horizon = ControlEffectiveness.number(day) - 30
        var fired: [String: String] = [:]
        var tested: [String: String] = [:]
        var today: [String: Int] = [:]
        for entry in history.entries where ControlEffectiveness.number(entry.day) <= ControlEffectiveness.number(day) {
            guard let count = Int(entry.value), count > 0 else { continue }
            if entry.kind == "control" {
                fired[entry.name] = max(fired[entry.name] ?? "", entry.day)
                if entry.day == day { today[entry.name] = count }
            }
            if entry.kind == "tested" { tested[entry.name] = max(tested[entry.name] ?? "", entry.day) }
        }
        controls = RiskControl.allCases.map { control in
            let last = [fired[control.name], tested[control.name]].compactMap { $0 }.max()
            return Control(
                control: control,
                today: today[control.name] ?? 0,
                lastFired: fired[control.name],
                lastTested: tested[control.name],
                isStale: last.map { ControlEffectiveness.number($0) < horizon } ?? true
            )
        }
        limits = uses.map { use in
            // The largest 99.9-percentile of the last thirty days: a quiet day is no reason to call a limit wide.
            var usual = use.percentile999
            for entry in history.entries where entry.kind == "use" && entry.name == use.name {
                let number = ControlEffectiveness.number(entry.day)
                guard number >= horizon, number <= ControlEffectiveness.number(day), let value = Int128(entry.value)
                else { continue }
                usual = max(usual, value)
            }
            return Limit(
                name: use.name,
                kind: use.kind,
                limit: use.limit,
                peak: use.peak,
                percentile999: usual,
                isTooWide: usual > 0 && use.limit / 20 > usual,
                isNeverUsed: usual == 0 && use.peak == 0 && use.limit > 0
            )
        }
    }

    private static func number(_ day: String) -> Int { TradingDay(day)?.daysSinceEpoch ?? .min / 2 }

    /// An alert for each limit that is too wide, one for those that nobody used, and one for the controls that nobody has seen work.
    public func alerts(at time: Timestamp) -> [RiskAlertRecord] {
        var alerts = limits.filter(\.isTooWide).map { limit in
            RiskAlertRecord(
                .t09,
                .warning,
                "wide-limit",
                at: time,
                raised: time,
                scope: limit.name,
                measure: limit.kind.measure,
                value: limit.limit,
                limit: limit.percentile999 * 20,
                text:
                    "\(limit.name): the limit of \(limit.kind.measure.text(limit.limit)) is more than twenty times the use of "
                    + "\(limit.kind.measure.text(limit.percentile999))"
            )
        }
        let unused = limits.filter(\.isNeverUsed).map(\.name)
        if !unused.isEmpty {
            alerts.append(
                RiskAlertRecord(
                    .t09,
                    .notice,
                    "unused-limits",
                    at: time,
                    raised: time,
                    value: Int128(unused.count),
                    text: "\(unused.joined(separator: ", ")): never used within 30 days"
                )
            )
        }
        let stale = controls.filter(\.isStale).map(\.control.name)
        if !stale.isEmpty {
            alerts.append(
                RiskAlertRecord(
                    .t09,
                    .notice,
                    "untested-controls",
                    at: time,
                    raised: time,
                    value: Int128(stale.count),
                    text: "\(stale.joined(separator: ", ")): neither fired nor tested within 30 days"
                )
            )
        }
        return alerts
    }
}
