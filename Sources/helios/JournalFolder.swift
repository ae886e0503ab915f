// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosResearch
import HeliosStore

/// A directory that a user names as a journal.
struct JournalFolder {
    let path: String
    let disk: any JournalDisk

    /// A directory with a journal to be read.
    ///
    /// - Throws: `Failure` when there is none.
    init(reading path: String) throws {
        var isDirectory = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            let what = isDirectory.boolValue ? "" : FileManager.default.fileExists(atPath: path) ? "a file, not" : "not"
            throw Failure(.data, "\(path): \(what) a journal's directory", hint: "'helios run --journal' writes one")
        }
        self.path = path
        disk = try DirectoryDisk(path)
        guard try !disk.segments().isEmpty else {
            throw Failure(.data, "\(path): holds no journal", hint: "'helios run --journal' writes one")
        }
    }

    /// A directory for a new journal.
    ///
    /// - Throws: `Failure` when something is in it already.
    init(creating path: String) throws {
        let manager = FileManager.default
        if let names = try? manager.contentsOfDirectory(atPath: path), !names.isEmpty {
            throw Failure(
                .usage,
                "\(path): holds \(Figures.counted(names.count, "file")) already; a session is never written over",
                hint: "name a new directory, or look at this one with 'helios replay \(path)'"
            )
        }
        try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        self.path = path
        let disk = try DirectoryDisk(path)
        try disk.lock()
        self.disk = disk
    }

    /// A writer for a new journal, with a thread of its own, and with snapshots.
    func begin(
        _ durability: Durability,
        snapshots: SnapshotOptions
    ) throws -> KeepingJournal<ThreadedJournal> {
        var recovery = JournalRecovery()
        let session = UInt64.random(in: 1...UInt64.max)
        let journal = try Journal(disk, session: session, epoch: 1, recovery: &recovery)
        let keeper = SnapshotKeeper(directory: path, options: snapshots, session: session, after: 0)
        return KeepingJournal(ThreadedJournal(journal, durability: durability), keeper: keeper)
    }

    /// The records behind which snapshots were taken, the newest first.
    func snapshots() throws -> [UInt64] { try SnapshotDirectory(path).list() }

    /// The snapshot that was taken behind record `sequence`.
    func snapshot(_ sequence: UInt64) throws -> Snapshot { try Snapshot(SnapshotDirectory(path).read(sequence)) }

    /// What the journal says about itself, and the run that its configuration describes.
    func session() throws -> (session: RecordedSession, plan: RunPlan) {
        let session = try RecordedSession(disk)
        do {
            return (session, try RunPlan(text: session.configuration))
        } catch {
            throw Failure(.data, "\(path): its configuration is not understood: \(Failure(error).text)")
        }
    }
}
