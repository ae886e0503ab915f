// SPDX-License-Identifier: MIT
import Foundation

/// Where evidence is made: beside the place where it will lie, so that what lies there stays until the new is whole.
///
/// ```swift
/// let folder = try EvidenceFolder("out/evidence", replaces: false)
/// let writer = try EvidenceWriter(folder.staging, names: names)
/// …                                                   // the files, the manifest
/// try folder.publish()                                // one rename; or discard()
/// ```
public struct EvidenceFolder: Sendable {
    public let path: String
    /// Where the files are written.
    public let staging: String

    /// - Parameters:
    ///   - path: where the evidence will lie.
    ///   - replaces: whether evidence that lies there may go.
    /// - Throws: `EvidenceError` when some lies there and must not.
    public init(_ path: String, replaces: Bool) throws(EvidenceError) {
        self.path = path
        staging = path + ".new-\(ProcessInfo.processInfo.processIdentifier)"
        guard replaces || !FileManager.default.fileExists(atPath: path) else {
            throw EvidenceError("\(path): there is evidence already")
        }
        // Of a process that died and had the same number.
        try? FileManager.default.removeItem(atPath: staging)
    }

    /// Puts the new evidence in its place, and removes what lay there.
    ///
    /// - Throws: `EvidenceError`; then what lay there lies there still.
    public func publish() throws(EvidenceError) {
        let manager = FileManager.default
        let old = path + ".old-\(ProcessInfo.processInfo.processIdentifier)"
        let isReplaced = manager.fileExists(atPath: path)
        do {
            if isReplaced { try manager.moveItem(atPath: path, toPath: old) }
            do {
                try manager.moveItem(atPath: staging, toPath: path)
            } catch {
                if isReplaced { try? manager.moveItem(atPath: old, toPath: path) }
                throw error
            }
        } catch {
            throw EvidenceError("can't put the evidence to \(path): \(error.localizedDescription)")
        }
        try? manager.removeItem(atPath: old)
    }

    /// Removes what was begun; nothing when it was published.
    public func discard() { try? FileManager.default.removeItem(atPath: staging) }
}
