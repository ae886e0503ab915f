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
        /// Ticks and rows of instruments that nobody knew when the query was compiled.
        public var unlisted = 0
        /// Messages that could not be read, a file that is cut off among them.
        public var malformed = 0
        /// Tables whose last line has no end: they may be cut off, and their last number be a part of one.
        public var unended: [String] = []
        /// Ticks of clocks left out in gaps of more than a million.
        public var skipped = 0
        /// What waited for a later time when the input ended, and was not told: events of `AROUND` and `THEN NO`, conditions of `FOR`.
        public var waiting = 0
        /// Ticks dropped because they came later than was allowed, and ticks for whose wait there was no room.
        public var late = 0
        public var hurried = 0
        /// By the key of a `PARTITION BY`: instruments of the files that it leaves out, having no group.
        public var ungrouped: [String: [String]] = [:]
    }

    /// What a run is asked for.
    public struct Request: Sendable {
        /// See `SignalQuery`.
        public var query: String
        /// A query without symbols is made for these alone; empty for all in the files.
        public var symbols: [String]
        /// What `PARTITION BY` goes by.
        public var groups: SignalGroups
        /// How much later than a tick with a later time one may come, 0 or more: it is put in its place.
        ///
        /// 0 refuses it. The query's `LATE` counts where it is longer.
        public var lateness: Nanoseconds

        public init(
            _ query: String,
            symbols: [String] = [],
            groups: SignalGroups = SignalGroups(),
            lateness: Nanoseconds = 0
        ) {
            self.query = query
            self.symbols = symbols
            self.groups = groups
            self.lateness = lateness
        }
    }

    /// Reads market files to their ends and runs a query over them.
    ///
    /// The query is compiled when the instruments are known: those that each file names before its first record of a book or of the tape.
    ///
    /// - Parameters:
    ///   - request: the query and what belongs to it.
    ///   - files: at least one, in the order of their days.
    ///   - capacity: room for the books.
    ///   - begin: called with the plan, before the first row.
    ///   - row: called with each thing that is said.
    ///   - progress: called now and then with the share that was read.
    /// - Returns: what was read and said.
    /// - Throws: `SignalQueryError`, `SignalPlanError`, `SignalRunError`, `StoreError`, `DataFileError`,
    ///   `BookCapacityError`, and what `begin` and `row` throw.
    public static func run(
        _ request: Request,
        over files: [DataFile],
        capacity: BookCapacity = BookCapacity(),
        begin: (SignalPlan) throws -> Void = { _ in },
        row: (Row) throws -> Void,
        progress: (Double) -> Void = { _ in }
    ) throws -> Counts {
        let buffer = UnsafeMutableBufferPointer<Event>.allocate(capacity: 4_096)
        defer { buffer.deallocate() }
        let directory = try listed(files, buffer)
        let source = try MarketDataSource(files, directory: directory)
        var feed = try SignalFeed(capacity: capacity)
        var worker = try SignalWorker(request, listed: directory.symbols.map(\.description))
        try begin(worker.machine.plan)
        while case let read = try source.fill(buffer), read > 0 {
            for event in buffer[..<read] {
                worker.counts.records += 1
                feed.apply(event)
                if let tick = feed.ticks.0 { try worker.take(tick, row) }
                if let tick = feed.ticks.1 { try worker.take(tick, row) }
                if let tick = feed.ticks.2 { try worker.take(tick, row) }
            }
            progress(source.progress)
        }
        worker.counts.malformed = source.malformed
        return try worker.finish(row)
    }

    /// The instruments that the files name before anything happens, in the order in which they come.
    private static func listed(
        _ files: [DataFile],
        _ buffer: UnsafeMutableBufferPointer<Event>
    ) throws -> InstrumentDirectory {
        var directory = InstrumentDirectory()
        for file in files {
            let source = try MarketDataSource([file], directory: directory)
            var isKnown = false
            while !isKnown, case let read = try source.fill(buffer), read > 0 {
                isKnown = buffer[..<read].contains { $0.kind.rawValue <= EventKind.crossTrade.rawValue }
            }
            directory = source.directory
        }
        return directory
    }

    /// Reads tables of ticks to their ends and runs a query over them; for their form see docs/signals.md.
    ///
    /// Several are merged by time: quotes and trades of one day, or days one after the other. Rows of one time come in the order of
    /// the tables.
    ///
    /// - Parameters:
    ///   - request: the query and what belongs to it.
    ///   - tables: paths; of several each must be in the order of its times, as far as no lateness is allowed. "-" alone is the standard
    ///     input, of which only instruments count that the query or `request.symbols` name.
    ///   - begin: called with the plan, before the first row.
    ///   - row: called with each thing that is said.
    ///   - progress: called now and then with the share that was read.
    /// - Returns: what was read and said.
    /// - Throws: as for market files; `SignalRunError` names the line of a fault.
    public static func run(
        _ request: Request,
        overTables tables: [String],
        begin: (SignalPlan) throws -> Void = { _ in },
        row: (Row) throws -> Void,
        progress: (Double) -> Void = { _ in }
    ) throws -> Counts {
        guard tables == ["-"] || !tables.contains("-") else {
            throw SignalRunError(reason: "the standard input is read alone, without other files")
        }
        let survey = try tables == ["-"] ? TableSurvey() : TableSurvey(tables)
        var worker = try SignalWorker(request, listed: survey.symbols)
        try begin(worker.machine.plan)
        var places: [String: Int] = [:]
        for (place, symbol) in worker.machine.plan.symbols.enumerated() { places[symbol] = place }
        var merge = SignalTickMerge(survey.tables, lateness: worker.lateness)
        while let next = try merge.next({ places[$0] }) {
            worker.counts.records += 1
            if !next.isKnown { worker.counts.unlisted += 1 }
            for tick in next.ticks { try worker.take(tick, row) }
            if worker.counts.records % 4_096 == 0, survey.size > 0 {
                progress(Double(merge.position) / Double(survey.size))
            }
        }
        worker.counts.unended = merge.unended + survey.unended
        return try worker.finish(row)
    }
}

/// What must be known of tables before their ticks are read.
private struct TableSurvey {
    /// In the order in which they come; nil of the standard input, which can't be read twice.
    var symbols: [String]?
    /// Those that have rows, and the times of their first.
    var tables: [(path: String, first: Timestamp)]
    /// Those without rows whose last line has no end.
    var unended: [String] = []
    /// Bytes of all.
    var size = 0

    /// Of the standard input.
    init() { tables = [("-", Timestamp(nanoseconds: 0))] }

    init(_ paths: [String]) throws {
        var known: Set<String> = []
        var symbols: [String] = []
        tables = []
        for path in paths {
            let table = try SignalTickTable(path: path)
            let first = try table.survey { if known.insert($0).inserted { symbols.append($0) } }
            if let first {
                tables.append((path, first))
            } else if table.isUnended {
                unended.append(path)
            }
            size += table.position
        }
        self.symbols = symbols
    }
}

/// A machine, and what stands before it.
private struct SignalWorker: ~Copyable {
    var machine: SignalMachine
    var counts = SignalRun.Counts()
    private var reorder: SignalReorder
    var lateness: Nanoseconds { reorder.lateness }

    /// - Parameters:
    ///   - request: what is asked for.
    ///   - listed: the instruments of the source in the order of its numbers; nil while nobody knows them.
    /// - Throws: as `SignalRun.run`.
    init(_ request: SignalRun.Request, listed: [String]?) throws {
        for symbol in request.symbols where listed.map({ !$0.contains(symbol) }) ?? false {
            throw SignalRunError(reason: "no instrument of the files is named \(symbol)")
        }
        // Which symbols a query may name is another thing than which it is made for.
        let query = try SignalQuery(
            request.query,
            symbols: listed ?? [],
            each: request.symbols.isEmpty ? nil : request.symbols,
            groups: request.groups
        )
        let plan = try SignalPlan(query.rules, symbols: listed ?? [])
        machine = SignalMachine(plan)
        let lateness = max(request.lateness, query.lateness)
        reorder = SignalReorder(lateness: lateness, capacity: lateness > 0 ? 1 << 20 : 1)
        counts.rows = Array(repeating: 0, count: plan.rules.count)
        counts.ungrouped = query.ungrouped
    }

    mutating func take(_ tick: SignalTick, _ row: (SignalRun.Row) throws -> Void) throws {
        counts.ticks += 1
        guard tick.instrument < machine.plan.symbols.count else {
            counts.unlisted += 1
            return
        }
        guard reorder.lateness > 0 else { return try say(tick, row) }
        reorder.push(tick)
        while let tick = reorder.next() { try say(tick, row) }
    }

    private mutating func say(_ tick: SignalTick, _ row: (SignalRun.Row) throws -> Void) throws {
        machine.begin(tick)
        while let output = machine.next() {
            counts.rows[output.rule] += 1
            let columns = machine.plan.rules[output.rule].columnNames.indices
            let values = columns.map { machine.column($0, of: output) }
            try row(SignalRun.Row(time: output.time, rule: output.rule, values: values))
        }
    }

    /// Lets what waits go on, and counts.
    mutating func finish(_ row: (SignalRun.Row) throws -> Void) throws -> SignalRun.Counts {
        reorder.finish()
        while let tick = reorder.next() { try say(tick, row) }
        // Nothing more comes at the last time: what ends with it is told. What is later nobody knows.
        if counts.ticks > 0, machine.now.nanoseconds >= 0 { try say(.clock(at: machine.now + 1), row) }
        counts.waiting = machine.waiting
        counts.late = reorder.late
        counts.hurried = reorder.hurried
        counts.overflows = machine.overflows
        counts.forgotten = machine.forgotten
        counts.refused = machine.refused
        counts.skipped = machine.skipped
        return counts
    }
}

/// Why signals can't be run over files.
public struct SignalRunError: Error, Equatable, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
}
