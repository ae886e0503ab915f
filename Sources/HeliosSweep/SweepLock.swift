// SPDX-License-Identifier: MIT
import Foundation

/// Keeps a second sweep away from a database, until this is gone or the process ends, however it ends.
public final class SweepLock {
    private let descriptor: Int32
    private let path: String

    /// Locks the database at `path` by a file beside it.
    ///
    /// - Throws: `SweepStoreError` when another process has it, or the file can't be made.
    public init(_ database: String) throws(SweepStoreError) {
        path = SweepLock.realPath(database) + ".lock"
        // The file that was opened may be removed by its holder in the meantime: only the one that has the name counts.
        for _ in 0..<100 {
            let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard opened >= 0 else { throw SweepStoreError(path, String(cString: strerror(errno))) }
            guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
                let holder = SweepLock.holder(opened).map { ", process \($0)," } ?? ""
                close(opened)
                throw SweepStoreError(
                    database,
                    "another sweep\(holder) is writing it",
                    hint: "wait for it, or give this one a database of its own with --output"
                )
            }
            if SweepLock.isSame(opened, path) {
                descriptor = opened
                let text = Array("\(getpid())\n".utf8)
                if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
                return
            }
            close(opened)
        }
        throw SweepStoreError(database, "other sweeps come and go on it")
    }

    deinit {
        unlink(path)
        close(descriptor)
    }

    /// The one name of a database that may have several by symbolic links; of one that is not there yet, its folder's.
    private static func realPath(_ path: String) -> String {
        func resolve(_ path: String) -> String? {
            guard let resolved = realpath(path, nil) else { return nil }
            defer { free(resolved) }
            return String(cString: resolved)
        }
        if let resolved = resolve(path) { return resolved }
        let url = URL(fileURLWithPath: path)
        return resolve(url.deletingLastPathComponent().path).map { "\($0)/\(url.lastPathComponent)" } ?? path
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Int32(String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 0x0A }, as: UTF8.self))
    }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var here = stat()
        var there = stat()
        return fstat(descriptor, &here) == 0 && stat(path, &there) == 0 && here.st_ino == there.st_ino
            && here.st_dev == there.st_dev
    }
}

/// Why a sweep's database can't be used.
public struct SweepStoreError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    /// What a user may do about it.
    public let hint: String?

    public init(_ path: String, _ reason: String, hint: String? = nil) {
        self.path = path
        self.reason = reason
        self.hint = hint
    }

    public var description: String { "\(path): \(reason)" }
}
