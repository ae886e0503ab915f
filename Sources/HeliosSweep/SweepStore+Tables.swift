// SPDX-License-Identifier: MIT
#if Database
import GRDB
import HeliosConfiguration
import HeliosMarket

extension SweepStore {
    /// The layout; columns about wall-clock time end in `_at` or are called `seconds`.
    static let tables = [
        """
        CREATE TABLE sweep (
          title TEXT NOT NULL, search TEXT NOT NULL, seed TEXT NOT NULL, trials INTEGER NOT NULL,
          earlier_trials INTEGER NOT NULL, configuration TEXT NOT NULL, configuration_hash TEXT NOT NULL,
          data_hash TEXT NOT NULL, session_start INTEGER NOT NULL, session_end INTEGER NOT NULL,
          period_length INTEGER NOT NULL, periods INTEGER NOT NULL, folds INTEGER NOT NULL, rolling INTEGER NOT NULL,
          purge INTEGER NOT NULL, embargo INTEGER NOT NULL, verdict TEXT, headline TEXT) STRICT
        """,
        """
        CREATE TABLE data (
          position INTEGER NOT NULL, file INTEGER NOT NULL, path TEXT NOT NULL, symbol TEXT, day TEXT NOT NULL,
          file_path TEXT NOT NULL, bytes INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (position, file)) STRICT
        """,
        "CREATE TABLE day (position INTEGER PRIMARY KEY, midnight INTEGER NOT NULL) STRICT",
        "CREATE TABLE rung (number INTEGER PRIMARY KEY, trials INTEGER NOT NULL, periods INTEGER NOT NULL) STRICT",
        """
        CREATE TABLE trial (
          number INTEGER PRIMARY KEY, seed TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, rung INTEGER,
          configuration_hash TEXT, data_hash TEXT, build_version TEXT, build_system TEXT, build_hash TEXT,
          output_hash TEXT, orders INTEGER, fills INTEGER, net_profit TEXT, sharpe REAL, seconds REAL,
          finished_at TEXT) STRICT
        """,
        """
        CREATE TABLE parameter (
          trial INTEGER NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
          PRIMARY KEY (trial, position)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE metric (
          trial INTEGER NOT NULL, key TEXT NOT NULL, value REAL NOT NULL,
          PRIMARY KEY (trial, key)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE period_return (
          trial INTEGER NOT NULL, period INTEGER NOT NULL, value REAL NOT NULL,
          PRIMARY KEY (trial, period)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE split (
          kind TEXT NOT NULL, number INTEGER NOT NULL, test_start INTEGER NOT NULL, test_end INTEGER NOT NULL,
          train_periods INTEGER NOT NULL, train_start INTEGER NOT NULL, train_end INTEGER NOT NULL, chosen INTEGER,
          train_sharpe REAL, test_sharpe REAL, test_return REAL NOT NULL, PRIMARY KEY (kind, number)) STRICT
        """,
        """
        CREATE TABLE criterion (
          position INTEGER PRIMARY KEY, question TEXT NOT NULL, value REAL, passes INTEGER, reason TEXT) STRICT
        """,
    ]

    // MARK: Writing

    static func insert(_ record: SweepRecord, into database: Database) throws {
        let grid = record.grid
        try database.execute(
            sql: "INSERT INTO sweep VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            arguments: [
                record.title, record.search.rawValue, "\(record.seed)", record.trials.count, record.earlierTrials,
                record.configuration, SweepRecord.hash(record.configuration), record.dataHash, grid.sessionStart,
                grid.sessionEnd, grid.length, grid.count, record.splits.folds, record.splits.isRolling,
                record.splits.purge, record.splits.embargo,
            ]
        )
        for (position, source) in record.data.enumerated() {
            for (number, file) in source.files.enumerated() {
                try database.execute(
                    sql: "INSERT INTO data VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        position, number, source.path, source.symbol, source.day, file.path, file.bytes, file.hash,
                    ]
                )
            }
        }
        for (position, midnight) in grid.midnights.enumerated() {
            try database.execute(sql: "INSERT INTO day VALUES (?, ?)", arguments: [position, midnight.nanoseconds])
        }
        for (number, rung) in record.rungs.enumerated() {
            try database.execute(
                sql: "INSERT INTO rung VALUES (?, ?, ?)",
                arguments: [number, rung.trials, rung.periods]
            )
        }
        for trial in record.trials { try insert(trial, into: database) }
    }

    private static func insert(_ trial: SweepTrial, into database: Database) throws {
        try database.execute(
            sql: "INSERT INTO trial (number, seed, status) VALUES (?, ?, 'pending')",
            arguments: [trial.number, "\(trial.seed)"]
        )
        for (position, parameter) in trial.parameters.enumerated() {
            try database.execute(
                sql: "INSERT INTO parameter VALUES (?, ?, ?, ?)",
                arguments: [trial.number, position, parameter.key, parameter.value]
            )
        }
    }

    static func insert(_ split: SweepSplit, into database: Database) throws {
        try database.execute(
            sql: "INSERT INTO split VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                split.kind.rawValue, split.number, split.testStart, split.testEnd, split.trainPeriods, split.trainStart,
                split.trainEnd, split.chosen, split.trainSharpe, split.testSharpe, split.testReturn,
            ]
        )
    }

    static func update(_ row: SweepRow, finished: String, in database: Database) throws {
        let number = row.trial.number
        try database.execute(
            sql: "UPDATE trial SET status = ?, reason = ?, finished_at = ? WHERE number = ?",
            arguments: [row.status.rawValue, row.reason, finished, number]
        )
        guard let run = row.run, let build = row.build, row.status == .done else { return }
        try database.execute(
            sql: """
                UPDATE trial SET rung = ?, configuration_hash = ?, data_hash = (SELECT data_hash FROM sweep), \
                build_version = ?, build_system = ?, build_hash = ?, output_hash = ?, orders = ?, fills = ?, net_profit = ?, \
                sharpe = ?, seconds = ? WHERE number = ?
                """,
            arguments: [
                row.rung, run.configurationHash, build.version, build.system, build.hash, run.outputHash, run.orders,
                run.fills, run.netProfit, SweepScore.sharpe(run.returns), run.seconds, number,
            ]
        )
        try database.execute(sql: "DELETE FROM metric WHERE trial = ?", arguments: [number])
        for (key, value) in run.metrics.sorted(by: { $0.key < $1.key }) {
            try database.execute(sql: "INSERT INTO metric VALUES (?, ?, ?)", arguments: [number, key, value])
        }
        try database.execute(sql: "DELETE FROM period_return WHERE trial = ?", arguments: [number])
        for (period, value) in run.returns.enumerated() {
            try database.execute(sql: "INSERT INTO period_return VALUES (?, ?, ?)", arguments: [number, period, value])
        }
    }

    // MARK: Reading

    static func record(in database: Database, _ path: String) throws -> SweepRecord {
        func damage(_ what: String) -> SweepStoreError { SweepStoreError(path, "damaged: \(what)", hint: damageHint) }
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM sweep") else {
            throw damage("it describes no sweep")
        }
        guard let search = SweepSearch(rawValue: row["search"]), let seed = UInt64(row["seed"] as String) else {
            throw damage("its search is unknown")
        }
        let configuration: String = row["configuration"]
        guard SweepRecord.hash(configuration) == row["configuration_hash"] else {
            throw damage("the configuration does not have the hash that stands beside it")
        }
        let midnights = try Int64.fetchAll(database, sql: "SELECT midnight FROM day ORDER BY position")
        let grid = PeriodGrid(
            midnights: midnights.map(Timestamp.init(nanoseconds:)),
            sessionStart: row["session_start"],
            sessionEnd: row["session_end"],
            length: row["period_length"]
        )
        // The number of periods follows from lengths, which must not be such that it can't.
        guard !midnights.isEmpty, grid.length > 0, grid.sessionEnd > grid.sessionStart, grid.count == row["periods"]
        else {
            throw damage("its periods do not follow from its days")
        }
        let record = SweepRecord(
            title: row["title"],
            search: search,
            seed: seed,
            earlierTrials: row["earlier_trials"],
            configuration: configuration,
            data: try data(in: database),
            grid: grid,
            rungs: try Row.fetchAll(database, sql: "SELECT * FROM rung ORDER BY number")
                .map { HalvingSchedule.Rung(trials: $0["trials"], periods: $0["periods"]) },
            splits: WalkForward.Settings(
                folds: row["folds"],
                isRolling: row["rolling"],
                purge: row["purge"],
                embargo: row["embargo"]
            ),
            trials: try trials(in: database)
        )
        guard record.trials.count == row["trials"], record.rungs.allSatisfy({ $0.periods <= grid.count }) else {
            throw damage("it does not have all of its trials")
        }
        guard record.dataHash == row["data_hash"] else { throw damage("the data's hash is not that of their files") }
        return record
    }

    private static func data(in database: Database) throws -> [SweepData] {
        var sources: [SweepData] = []
        for row in try Row.fetchAll(database, sql: "SELECT * FROM data ORDER BY position, file") {
            let file = SweepData.File(path: row["file_path"], bytes: row["bytes"], hash: row["hash"])
            if row["file"] as Int == 0 {
                sources.append(SweepData(path: row["path"], symbol: row["symbol"], day: row["day"], files: [file]))
            } else if !sources.isEmpty {
                sources[sources.count - 1].files.append(file)
            }
        }
        return sources
    }

    private static func trials(in database: Database) throws -> [SweepTrial] {
        var parameters: [Int: [SweepConfiguration.Change]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM parameter ORDER BY trial, position") {
            parameters[row["trial"], default: []]
                .append(SweepConfiguration.Change(key: row["key"], value: row["value"]))
        }
        return try Row.fetchAll(database, sql: "SELECT number, seed FROM trial ORDER BY number").map { row in
            let number: Int = row["number"]
            return SweepTrial(
                number: number,
                parameters: parameters[number] ?? [],
                seed: UInt64(row["seed"] as String) ?? 0
            )
        }
    }

    static func rows(in database: Database, _ record: SweepRecord, _ path: String) throws -> [SweepRow] {
        var returns: [Int: [Double]] = [:]
        for row in try Row.fetchAll(
            database,
            sql: "SELECT trial, period, value FROM period_return ORDER BY trial, period"
        ) {
            guard returns[row["trial"], default: []].count == row["period"] else {
                throw SweepStoreError(
                    path,
                    "damaged: a period of trial \(row["trial"] as Int) is missing",
                    hint: damageHint
                )
            }
            returns[row["trial"], default: []].append(row["value"])
        }
        var metrics: [Int: [String: Double]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT trial, key, value FROM metric") {
            metrics[row["trial"], default: [:]][row["key"]] = row["value"]
        }
        let stored = try Row.fetchAll(database, sql: "SELECT * FROM trial ORDER BY number")
        return try zip(record.trials, stored).map { trial, stored in
            var row = SweepRow(trial: trial)
            guard let status = SweepRow.Status(rawValue: stored["status"]) else {
                throw SweepStoreError(path, "damaged: the status of trial \(trial.number) is unknown", hint: damageHint)
            }
            row.status = status
            row.reason = stored["reason"]
            row.rung = stored["rung"]
            guard let rung = row.rung else { return row }
            let own = returns[trial.number] ?? []
            guard record.rungs.indices.contains(rung), own.count == record.rungs[rung].periods else {
                throw SweepStoreError(
                    path,
                    "damaged: trial \(trial.number) does not have the returns of its rung",
                    hint: damageHint
                )
            }
            row.build = SweepBuild(
                version: stored["build_version"] ?? "",
                system: stored["build_system"] ?? "",
                hash: stored["build_hash"] ?? ""
            )
            row.run = SweepRun(
                configurationHash: stored["configuration_hash"] ?? "",
                outputHash: stored["output_hash"] ?? "",
                orders: stored["orders"] ?? 0,
                fills: stored["fills"] ?? 0,
                netProfit: stored["net_profit"] ?? "",
                metrics: metrics[trial.number] ?? [:],
                returns: own,
                seconds: stored["seconds"] ?? 0
            )
            return row
        }
    }
}
#endif
