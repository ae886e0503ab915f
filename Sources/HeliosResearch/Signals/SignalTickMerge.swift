// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

/// Several tables of ticks as one, by time; rows of one time come in the order of the tables.
///
/// A table is open from the time of its first row until its end, so that tables of one day after the other need the room of one.
struct SignalTickMerge {
    private struct Source {
        let path: String
        var table: SignalTickTable?
        /// The row that waits, and its time; before the table is open that of its first row, and no row.
        var row: SignalTickTable.Row?
        var time: Timestamp
        /// The latest time so far.
        var latest: Timestamp
    }

    private var sources: [Source] = []
    private var given: Int?
    private var closed = 0
    /// How much earlier a row may be than one before it in the same table, of several.
    private let lateness: Nanoseconds
    private let isOne: Bool
    /// Tables whose last line has no end, of those that have ended.
    private(set) var unended: [String] = []

    /// - Parameters:
    ///   - tables: paths, and the times of their first rows.
    ///   - lateness: how much earlier than one before it a row may be.
    init(_ tables: [(path: String, first: Timestamp)], lateness: Nanoseconds) {
        sources = tables.map { Source(path: $0.path, time: $0.first, latest: $0.first) }
        self.lateness = lateness
        isOne = tables.count == 1
    }

    /// Bytes read so far.
    var position: Int { sources.reduce(closed) { $0 + ($1.table?.position ?? 0) } }

    /// The next row of all.
    ///
    /// - Parameter instrument: the place of a symbol in the plan, nil for one that is not in it.
    /// - Returns: nil at the end of the last.
    /// - Throws: `SignalRunError` with the line of a fault.
    mutating func next(_ instrument: (String) throws -> Int?) throws -> SignalTickTable.Row? {
        // Not before the row is asked for: what comes through a pipe is said before the next line is waited for.
        if let place = given { try advance(place, instrument) }
        given = nil
        while let place = earliest() {
            if let row = sources[place].row {
                given = place
                return row
            }
            try advance(place, instrument)
        }
        return nil
    }

    private func earliest() -> Int? {
        guard var best = sources.indices.first else { return nil }
        for place in sources.indices.dropFirst() where sources[place].time < sources[best].time { best = place }
        return best
    }

    private mutating func advance(_ place: Int, _ instrument: (String) throws -> Int?) throws {
        let table = try sources[place].table ?? SignalTickTable(path: sources[place].path)
        guard let row = try table.next(instrument) else {
            closed += table.position
            if table.isUnended { unended.append(table.name) }
            sources.remove(at: place)
            return
        }
        let latest = sources[place].table == nil ? row.time : max(sources[place].latest, row.time)
        // Of one table the machine counts what it refuses; among several the fault of one would not be seen.
        let back = latest.nanoseconds - row.time.nanoseconds
        if !isOne, back > lateness {
            let behind = Double(back) / 1e6
            throw SignalRunError(
                reason: """
                    \(table.name), line \(table.line): the time is \(behind) ms before one of an earlier line, and several \
                    tables are merged by time; sort the table, or allow --lateness \(Int(behind.rounded(.up)))
                    """
            )
        }
        sources[place].table = table
        sources[place].row = row
        sources[place].time = row.time
        sources[place].latest = latest
    }
}
