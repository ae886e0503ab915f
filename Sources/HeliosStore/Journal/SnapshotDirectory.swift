// SPDX-License-Identifier: MIT
import HeliosEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Snapshots as files beside a journal's segments, named by the record behind which they were taken.
public struct SnapshotDirectory: Sendable {
    private let directory: String

    /// Uses `directory`, which must be there.
    public init(_ directory: String) { self.directory = directory }

    private func path(_ sequence: UInt64) -> String {
        let digits = String(sequence)
        return "\(directory)/\(String(repeating: "0", count: max(0, 20 - digits.count)))\(digits).snapshot"
    }

    /// The records behind which snapshots were taken, the newest first.
    public func list() throws(DiskError) -> [UInt64] {
        guard let listing = opendir(directory) else { throw failure(directory) }
        defer { closedir(listing) }
        var found: [UInt64] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".snapshot"), let sequence = UInt64(name.dropLast(9)) else { continue }
            found.append(sequence)
        }
        return found.sorted(by: >)
    }

    /// The bytes of the snapshot behind record `sequence`; not checked.
    public func read(_ sequence: UInt64) throws(DiskError) -> [UInt8] {
        let name = path(sequence)
        guard let file = fopen(name, "rb") else { throw failure(name) }
        defer { fclose(file) }
        var status = stat()
        guard fstat(fileno(file), &status) == 0 else { throw failure(name) }
        let size = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
        }
        guard bytes.count == size else { throw failure(name) }
        return bytes
    }

    /// Writes a snapshot, with its checksum put in; when it returns, the whole of it is on stable storage.
    ///
    /// A death half way leaves no file under a snapshot's name.
    public func write(_ bytes: [UInt8], of sequence: UInt64) throws(DiskError) {
        let temporary = "\(directory)/snapshot.part"
        let checksum = SnapshotHeader.checksum(of: bytes).littleEndian
        guard let file = fopen(temporary, "wb") else { throw failure(temporary) }
        let offset = SnapshotHeader.checksumOffset
        let isWritten =
            fwrite(Array(bytes[..<offset]), 1, offset, file) == offset
            && withUnsafeBytes(of: checksum) { fwrite($0.baseAddress, 1, 4, file) } == 4
            && bytes.withUnsafeBytes { fwrite($0.baseAddress.map { $0 + offset + 4 }, 1, $0.count - offset - 4, file) }
                == bytes.count - offset - 4
            && fflush(file) == 0 && fsync(fileno(file)) == 0
        let error = isWritten ? nil : failure(temporary)
        fclose(file)
        if let error { throw error }
        guard rename(temporary, path(sequence)) == 0 else { throw failure(path(sequence)) }
        try syncDirectory()
    }

    /// Removes all but the newest `count`.
    public func prune(keeping count: Int) throws(DiskError) {
        for sequence in try list().dropFirst(max(count, 0)) { try remove(sequence) }
    }

    /// Removes the snapshot behind record `sequence`; when it returns, it is gone for good.
    public func remove(_ sequence: UInt64) throws(DiskError) {
        guard unlink(path(sequence)) == 0 else { throw failure(path(sequence)) }
        try syncDirectory()
    }

    private func syncDirectory() throws(DiskError) {
        guard let listing = opendir(directory) else { throw failure(directory) }
        defer { closedir(listing) }
        guard fsync(dirfd(listing)) == 0 else { throw failure(directory) }
    }

    private func failure(_ path: String) -> DiskError {
        let code: DiskError.Code = errno == ENOSPC || errno == EDQUOT ? .full : .failed
        return DiskError(code, "\(path): \(String(cString: strerror(errno)))")
    }
}
