// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosSignal

/// Signals over recorded days.
public struct SignalRun: Sendable {
    /// What a rule said, once.
    public struct Row: Sendable {
        public let time: Timestamp
        /// The rule's number in the plan.
        public let rule: Int
        /// The columns' values; nil where one is invalid.
        public let values: [Double?]
    }

    /// What was read and said.
    public struct Counts: Sendable, Equatable {
        /// Records of the files, and the ticks that they made.
        public var records = 0
        public var ticks = 0
        /// Rows of each rule.
        public var rows: [Int] = []
        /// Samples and begun patterns that there was no room for.
        public var overflows = 0
        public var forgotten = 0
        public var refused = 0
        /// Ticks dropped because they came later than was allowed, and ticks for whose wait there was no room.
        public var late = 0
        public var hurried = 0
        /// By the key of a `PARTITION BY`: instruments of the files that it leaves out, having no group.
        public var ungrouped: [String: [String]] = [:]
    }

    /// Reads market files to their ends and runs a query over them.
    ///
    /// The query is compiled when the instruments are known: with the first record of a book or of the tape.
    ///
    /// - Parameters:
    ///   - query: see `SignalQuery`.
    ///   - files: at least one, in the order of their days.
    ///   - symbols: a query without symbols is made for these alone; empty for all in the files.
    ///   - groups: what `PARTITION BY` goes by.
    ///   - lateness: how much later than a tick with a later time one may come, 0 or more; it is put in its place. 0 refuses it.
    ///   - capacity: room for the books.
    ///   - begin: called with the plan, before the first row.
    ///   - row: called with each thing that is said.
    ///   - progress: called now and then with the share that was read.
    /// - Returns: what was read and said.
    /// - Throws: `SignalQueryError`, `SignalPlanError`, `SignalRunError`, `StoreError`, `DataFileError`,
    ///   `BookCapacityError`, and what `begin` and `row` throw.
    public static func run(
        _ query: String,
        over files: [DataFile],
        symbols: [String] = [],
        groups: SignalGroups = SignalGroups(),
        lateness: Nanoseconds = 0,
        capacity: BookCapacity = BookCapacity(),
        begin: (SignalPlan) throws -> Void = { _ in },
        row: (Row) throws -> Void,
        progress: (Double) -> Void = { _ in }
    ) throws -> Counts {
        let source = try MarketDataSource(files)
        var feed = try SignalFeed(capacity: capacity)
        var early: [Event] = []
        let buffer = UnsafeMutableBufferPointer<Event>.allocate(capacity: 4_096)
        defer { buffer.deallocate() }
        var isKnown = false
        while !isKnown, case let read = try source.fill(buffer), read > 0 {
            early.append(contentsOf: buffer[..<read])
            isKnown = buffer[..<read].contains { $0.kind.rawValue <= EventKind.crossTrade.rawValue }
        }
        let listed = source.directory.symbols.map(\.description)
        let read = try SignalRun.query(query, listed: listed, chosen: symbols, groups)
        // The places of instruments are those of the files.
        let plan = try SignalPlan(read.rules, symbols: listed)
        try begin(plan)
        var machine = SignalMachine(plan)
        var counts = Counts()
        counts.ungrouped = read.ungrouped
        counts.rows = Array(repeating: 0, count: plan.rules.count)
        var reorder = SignalReorder(lateness: lateness, capacity: lateness > 0 ? 1 << 20 : 1)
        for event in early { try take(event, &feed, &reorder, &machine, &counts, row) }
        while case let read = try source.fill(buffer), read > 0 {
            for event in buffer[..<read] { try take(event, &feed, &reorder, &machine, &counts, row) }
            progress(source.progress)
        }
        reorder.finish()
        while let tick = reorder.next() { try say(tick, &machine, &counts, row) }
        counts.late = reorder.late
        counts.hurried = reorder.hurried
        counts.overflows = machine.overflows
        counts.forgotten = machine.forgotten
        counts.refused = machine.refused
        return counts
    }

    private static func query(
        _ text: String,
        listed: [String],
        chosen: [String],
        _ groups: SignalGroups
    ) throws -> SignalQuery {
        for symbol in chosen where !listed.contains(symbol) {
            throw SignalRunError(reason: "no instrument of the files is named \(symbol)")
        }
        // Which symbols a query may name is another thing than which it is made for.
        return try SignalQuery(text, symbols: listed, each: chosen.isEmpty ? nil : chosen, groups: groups)
    }

    private static func take(
        _ event: Event,
        _ feed: inout SignalFeed,
        _ reorder: inout SignalReorder,
        _ machine: inout SignalMachine,
        _ counts: inout Counts,
        _ row: (Row) throws -> Void
    ) throws {
        counts.records += 1
        feed.apply(event)
        for tick in [feed.ticks.0, feed.ticks.1, feed.ticks.2] {
            guard let tick else { continue }
            counts.ticks += 1
            guard reorder.lateness > 0 else {
                try say(tick, &machine, &counts, row)
                continue
            }
            reorder.push(tick)
            while let tick = reorder.next() { try say(tick, &machine, &counts, row) }
        }
    }

    private static func say(
        _ tick: SignalTick,
        _ machine: inout SignalMachine,
        _ counts: inout Counts,
        _ row: (Row) throws -> Void
    ) throws {
        machine.begin(tick)
        while let output = machine.next() {
            counts.rows[output.rule] += 1
            let columns = machine.plan.rules[output.rule].columnNames.indices
            try row(Row(time: output.time, rule: output.rule, values: columns.map { machine.column($0, of: output) }))
        }
    }
}

/// Why signals can't be run over files.
public struct SignalRunError: Error, Equatable, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}
