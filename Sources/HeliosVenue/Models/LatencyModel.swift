// SPDX-License-Identifier: MIT
import HeliosMarket

/// How long something travels between the engine and the venue.
///
/// Whatever the model says, what is sent on one line arrives in the order in which it was sent (`LatencyLine`).
public enum LatencyModel: Sendable, Equatable {
    /// Always the same.
    case constant(Nanoseconds)
    /// Log-normal with this median; one in a hundred takes longer than `p99`. Drawn from a seed.
    case logNormal(median: Nanoseconds, p99: Nanoseconds)
    /// As measured: a table by the time of sending, linear in between.
    case empirical(LatencyTable)

    /// The longest latency that any model gives, nanoseconds.
    public static var maximum: Nanoseconds { 3_600_000_000_000 }

    /// What half of the messages don't exceed.
    public var median: Nanoseconds {
        switch self {
        case .constant(let latency): latency
        case .logNormal(let median, _): median
        case .empirical(let table): table.median
        }
    }
}

/// Measured latencies by the time of sending.
public struct LatencyTable: Sendable, Equatable {
    /// One measurement.
    public struct Row: Sendable, Equatable {
        /// Nanoseconds since the exchange's midnight, or since the Unix epoch in a table whose times reach beyond a day.
        public var time: Nanoseconds
        public var latency: Nanoseconds

        public init(time: Nanoseconds, latency: Nanoseconds) {
            self.time = time
            self.latency = latency
        }
    }

    /// Where it was read from; empty for one made by hand.
    public let name: String
    /// At least one, times ascending.
    public let rows: [Row]
    /// Whether times count from the exchange's midnight.
    public let isByTimeOfDay: Bool

    /// - Throws: `LatencyTableError` when there is no row, times don't ascend or a latency is below 0 or above an hour.
    public init(_ rows: [Row], name: String = "") throws(LatencyTableError) {
        guard let last = rows.last else { throw LatencyTableError(line: 0, reason: "no measurement in it") }
        for (index, row) in rows.enumerated() {
            guard index == 0 || rows[index - 1].time < row.time else {
                throw LatencyTableError(line: index + 1, reason: "its time is not after the one before")
            }
            guard row.latency >= 0, row.latency <= LatencyModel.maximum else {
                throw LatencyTableError(line: index + 1, reason: "its latency is not between 0 and an hour")
            }
        }
        self.rows = rows
        self.name = name
        isByTimeOfDay = last.time <= 86_400_000_000_000
    }

    /// Reads lines `time,latency`: both in nanoseconds; a first line of words is a heading, empty lines don't count.
    ///
    /// - Throws: `LatencyTableError` that names the line.
    public init(csv text: String, name: String) throws(LatencyTableError) {
        var rows: [Row] = []
        var lines: [Int] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map { field in
                String(field.filter { $0 != " " && $0 != "\t" })
            }
            if fields == [""] { continue }
            if rows.isEmpty, lines.isEmpty, fields.count == 2, fields.allSatisfy({ $0.first?.isLetter == true }) {
                lines = [0]
                continue
            }
            guard fields.count == 2, let time = Int64(fields[0]), let latency = Int64(fields[1]), time >= 0 else {
                throw LatencyTableError(line: index + 1, reason: "expected 'time,latency' in whole nanoseconds")
            }
            if rows.isEmpty { lines = [] }
            rows.append(Row(time: time, latency: latency))
            lines.append(index + 1)
        }
        do { try self.init(rows, name: name) } catch {
            let line = error.line > 0 && error.line <= lines.count ? lines[error.line - 1] : 0
            throw LatencyTableError(line: line, reason: error.reason)
        }
    }

    /// Lower median of the measurements.
    public var median: Nanoseconds { rows.map(\.latency).sorted()[(rows.count - 1) / 2] }

    /// The latency of what is sent at `time`: linear between the measurements around it, the nearest one outside of them.
    ///
    /// - Parameters:
    ///   - time: since the Unix epoch.
    ///   - midnight: the exchange's, of the day.
    /// - Returns: nanoseconds.
    public func latency(at time: Timestamp, midnight: Timestamp) -> Nanoseconds {
        let time = isByTimeOfDay ? time - midnight : time.nanoseconds
        var low = 0
        var high = rows.count
        // The first row after `time`.
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return rows[0].latency }
        let before = rows[low - 1]
        guard low < rows.count else { return before.latency }
        let after = rows[low]
        let share = Int128(after.latency - before.latency) * Int128(time - before.time)
        return before.latency + Int64(truncatingIfNeeded: share / Int128(after.time - before.time))
    }
}

/// Why a table of latencies was refused.
public struct LatencyTableError: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1; 0 for the table as a whole.
    public let line: Int
    public let reason: String

    public var description: String { line > 0 ? "line \(line): \(reason)" : reason }
}
