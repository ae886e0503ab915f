// SPDX-License-Identifier: MIT
#if Database
import Foundation
import GRDB
import HeliosConfiguration
import HeliosMarket

/// A sweep in a SQLite database: what it is, and what became of each trial.
///
/// Every change is a transaction in a write-ahead log: whenever the process dies, what was finished is there and nothing is
/// there by half. The tables are described in docs/sweep.md.
public final class SweepStore {
    public let path: String
    private let queue: DatabaseQueue

    /// `PRAGMA application_id`: "HSWP".
    private static let application = 0x4853_5750

    private init(_ path: String, _ queue: DatabaseQueue) {
        self.path = path
        self.queue = queue
    }

    /// Makes a database for a sweep that begins; whoever calls holds its lock.
    ///
    /// - Throws: `SweepStoreError` when it can't be made.
    public static func create(_ path: String, _ record: SweepRecord) throws(SweepStoreError) -> SweepStore {
        // Under another name until it is whole: a process that dies here leaves no half of one.
        let making = path + ".new"
        for name in [making] + companions(of: making) { unlink(name) }
        try attempt(path) {
            let queue = try DatabaseQueue(path: making)
            try queue.write { database in
                try database.execute(sql: "PRAGMA application_id = \(application)")
                try database.execute(sql: "PRAGMA user_version = \(SweepRecord.schema)")
                for statement in tables { try database.execute(sql: statement) }
                try insert(record, into: database)
            }
            try queue.close()
        }
        // The log of a database that was removed without it would be replayed into this one.
        for name in companions(of: path) { unlink(name) }
        guard rename(making, path) == 0 else { throw SweepStoreError(path, String(cString: strerror(errno))) }
        return try open(path, forWriting: true)
    }

    /// Opens a sweep's database.
    ///
    /// - Throws: `SweepStoreError` when there is none, it is damaged, or of something else.
    public static func open(_ path: String, forWriting: Bool = false) throws(SweepStoreError) -> SweepStore {
        guard access(path, R_OK) == 0 else { throw SweepStoreError(path, String(cString: strerror(errno))) }
        return try attempt(path) {
            var configuration = Configuration()
            configuration.readonly = !forWriting
            configuration.busyMode = .timeout(10)
            if forWriting { configuration.journalMode = .wal }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read { database in
                let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
                guard application == SweepStore.application else {
                    throw SweepStoreError(path, "is a SQLite database, but not one of 'helios sweep'")
                }
                let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard version == SweepRecord.schema else {
                    throw SweepStoreError(path, "has the layout \(version), this version reads \(SweepRecord.schema)")
                }
                let health = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
                guard health == "ok" else { throw SweepStoreError(path, "damaged: \(health)", hint: damageHint) }
            }
            return SweepStore(path, queue)
        }
    }

    /// The logs that SQLite keeps beside a database, until everything is in the one file.
    private static func companions(of path: String) -> [String] { ["-wal", "-shm", "-journal"].map { path + $0 } }

    static let damageHint =
        "keep a copy, remove the file and those beside it that end in -wal, -shm and -journal, and run the sweep again: "
        + "equal sweeps give equal results"

    /// Runs `body`, whose errors become errors about the database at `path`.
    static func attempt<Value>(_ path: String, _ body: () throws -> Value) throws(SweepStoreError) -> Value {
        do { return try body() } catch let error as SweepStoreError { throw error } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_NOTADB: throw SweepStoreError(path, "is no SQLite database, or its first page is damaged")
            case .SQLITE_CORRUPT:
                throw SweepStoreError(path, "damaged: \(error.message ?? "\(error)")", hint: damageHint)
            case .SQLITE_BUSY, .SQLITE_LOCKED: throw SweepStoreError(path, "another program keeps it locked")
            case .SQLITE_FULL: throw SweepStoreError(path, "the disk is full")
            default: throw SweepStoreError(path, error.message ?? "\(error)")
            }
        } catch { throw SweepStoreError(path, "\(error)") }
    }

    // MARK: What a sweep does to it

    /// Writes what became of a trial.
    ///
    /// - Parameters:
    ///   - row: its new state; what an earlier rung left is replaced by a run that is done.
    ///   - finished: when it was, for people.
    /// - Throws: `SweepStoreError` when it can't be written.
    public func save(_ row: SweepRow, finished: String) throws(SweepStoreError) {
        try SweepStore.attempt(path) {
            try queue.write { database in try SweepStore.update(row, finished: finished, in: database) }
        }
    }

    /// Makes failed trials pending again.
    ///
    /// - Returns: how many.
    public func retryFailed() throws(SweepStoreError) -> Int {
        try SweepStore.attempt(path) {
            try queue.write { database in
                try database.execute(
                    sql:
                        "UPDATE trial SET status = CASE WHEN rung IS NULL THEN 'pending' ELSE 'done' END, reason = NULL "
                        + "WHERE status = 'failed'"
                )
                return database.changesCount
            }
        }
    }

    /// Writes what was found out, in place of what was before.
    public func save(_ judgement: SweepJudgement) throws(SweepStoreError) {
        try SweepStore.attempt(path) {
            try queue.write { database in
                try database.execute(sql: "DELETE FROM split; DELETE FROM criterion")
                for split in judgement.splits { try SweepStore.insert(split, into: database) }
                for (position, criterion) in judgement.criteria.enumerated() {
                    try database.execute(
                        sql: "INSERT INTO criterion VALUES (?, ?, ?, ?, ?)",
                        arguments: [
                            position, criterion.question.rawValue, criterion.value, criterion.passes,
                            criterion.reason ?? criterion.objection,
                        ]
                    )
                }
                try database.execute(
                    sql: "UPDATE sweep SET verdict = ?, headline = ?",
                    arguments: [judgement.verdict.rawValue, judgement.headline]
                )
            }
        }
    }

    /// Puts everything into the one file, where nobody else reads just now: it can be copied then, and read from anywhere.
    public func settle() {
        // Somebody who reads keeps the log; the next sweep or reader needs no more than what is there.
        try? queue.writeWithoutTransaction { database in try database.execute(sql: "PRAGMA journal_mode = DELETE") }
    }

    // MARK: What is in it

    /// What the sweep is.
    public func record() throws(SweepStoreError) -> SweepRecord {
        try SweepStore.attempt(path) {
            try queue.read { database in try SweepStore.record(in: database, path) }
        }
    }

    /// Every trial in the order of its number.
    public func rows(_ record: SweepRecord) throws(SweepStoreError) -> [SweepRow] {
        try SweepStore.attempt(path) {
            try queue.read { database in try SweepStore.rows(in: database, record, path) }
        }
    }
}
#endif
