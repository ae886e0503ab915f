// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk
import HeliosStore
import Synchronization

/// A kill as the file beside the journal has it.
public struct KillEntry: Codable, Sendable, Equatable {
    public var number: UInt64
    /// UTC.
    public var time: String
    public var scope: String
    /// `killed`, `halted`, `reduceOnly` or `flatten`.
    public var state: String
    public var reason: String
    public var person: String
    /// The account of the process that asked, as the operating system knows it.
    public var account: String?
    /// The journal has it, under this number: nothing is left to be done about it.
    public var record: UInt64?

    public init(scope: String, state: String, reason: String, person: String) {
        number = 0
        time = ControlAnswer.wallClock()
        self.scope = scope
        self.state = state
        self.reason = reason
        self.person = person
    }
}

/// `kills.log` in the folder of a journal: what was killed, a line of JSON each, on stable storage, for the time in which the
/// journal itself takes nothing.
///
/// ```
/// kill ──► line ──► fsync             journal has it ──► the line again, with the record's number
/// next start: every line without a number is obeyed first
/// ```
/// The file's room is set aside when a session begins, so that a full disk does not matter. A line that can't be read counts as a
/// kill of the firm: somebody wanted one.
public final class KillLog: Sendable {
    /// Room for some hundred kills; a day with more has lost count of them already.
    public static let size = 1 << 16
    public static let fileName = "kills.log"

    public let path: String
    private let place = Mutex((offset: 0, last: UInt64(0)))

    /// Opens the log in `directory`, or makes one.
    public init(directory: String) { path = directory + "/" + KillLog.fileName }

    /// Sets the room aside and looks where the log ends; what it says that no journal has.
    public func open() -> [KillEntry] {
        place.withLock { place in
            let entries = KillLog.read(path)
            let bytes = (FileManager.default.contents(atPath: path) ?? Data()).prefix { $0 != 0 }
            // All of it is in the journal: begun anew.
            let isDone = entries.pending.isEmpty
            let kept = isDone ? Data() : bytes
            let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return entries.pending }
            defer { close(descriptor) }
            let room = [UInt8](kept) + [UInt8](repeating: 0, count: max(KillLog.size - kept.count, 0))
            _ = room.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
            fsync(descriptor)
            place = (kept.count, entries.last)
            return entries.pending
        }
    }

    /// Puts `entry` on stable storage; its number, or nil when even that fails.
    ///
    /// May take as long as the disk takes: not for a thread that somebody waits for.
    public func write(_ entry: KillEntry) -> UInt64? {
        place.withLock { place in
            var entry = entry
            if entry.number == 0, entry.record == nil {
                place.last += 1
                entry.number = place.last
            }
            var line = ControlLine.encode(entry)
            // What a torn line before it left is ended.
            if place.offset > 0 { line.insert(UInt8(ascii: "\n"), at: 0) }
            let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            let offset = place.offset
            let written = line.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
            guard written == line.count else { return nil }
            place.offset += line.count
            return fsync(descriptor) == 0 ? entry.number : nil
        }
    }

    /// What the file at `path` says that no journal has, and the highest number in it.
    static func read(_ path: String) -> (pending: [KillEntry], last: UInt64) {
        guard let data = FileManager.default.contents(atPath: path) else { return ([], 0) }
        var pending: [KillEntry] = []
        var last: UInt64 = 0
        for line in data.prefix(while: { $0 != 0 }).split(separator: UInt8(ascii: "\n")) {
            guard let entry = ControlLine.decode(KillEntry.self, line) else {
                pending.append(
                    KillEntry(scope: "firm", state: "killed", reason: "a line of \(path) can't be read", person: "")
                )
                continue
            }
            last = max(last, entry.number)
            if entry.record != nil {
                pending.removeAll { $0.number == entry.number }
            } else {
                pending.append(entry)
            }
        }
        return (pending, last)
    }

    /// What became of a kill for a session that does not answer.
    public enum Leaving: Sendable, Equatable {
        /// The next session of the journal begins with it.
        case left
        /// A session writes the journal and its log: nothing was touched. Its process, where that is known.
        case running(Int32?)
        /// The log can't be written.
        case failed
    }

    /// Adds a kill to the log of a session that does not run, so that the next one begins with it.
    ///
    /// Holds the journal's lock meanwhile, for some milliseconds: a session that writes keeps its own place in the log.
    public static func leave(_ entry: KillEntry, in directory: String) -> Leaving {
        var disk: DirectoryDisk?
        // Somebody else who leaves a kill holds the lock for some milliseconds only.
        for _ in 0..<20 where disk == nil {
            guard let made = try? DirectoryDisk(directory) else { return .failed }
            if (try? made.lock()) != nil { disk = made } else { usleep(50_000) }
        }
        guard disk != nil else {
            return access(directory + "/writer.lock", R_OK | W_OK) == 0
                ? .running(DirectoryDisk.writer(of: directory)) : .failed
        }
        defer { disk = nil }
        let log = KillLog(directory: directory)
        _ = log.open()
        return log.write(entry) != nil ? .left : .failed
    }
}
