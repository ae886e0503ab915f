// SPDX-License-Identifier: MIT
import HeliosEngine

/// Segments in memory, with what tests need to break them.
final class MemoryDisk: JournalDisk {
    var files: [UInt32: [UInt8]] = [:]
    /// Segments that may be created in all.
    var room = Int.max
    var failsSync = false
    var syncs = 0

    init() {}

    init(copying other: MemoryDisk) { files = other.files }

    func create(_ index: UInt32, size: Int) throws(DiskError) {
        guard files[index] != nil || files.count < room else { throw DiskError(.full, "no space") }
        files[index] = [UInt8](repeating: 0, count: size)
    }

    func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        guard let size = files[index]?.count, offset + bytes.count <= size else {
            throw DiskError(.failed, "write outside the segment")
        }
        files[index]?.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    func sync(_ index: UInt32) throws(DiskError) {
        syncs += 1
        if failsSync { throw DiskError(.failed, "input/output error") }
    }

    func erase(_ index: UInt32, from offset: Int) throws(DiskError) {
        guard let size = files[index]?.count, offset <= size else { throw DiskError(.failed, "erase outside") }
        files[index]?.replaceSubrange(offset..<size, with: repeatElement(0, count: size - offset))
    }

    func remove(_ index: UInt32) throws(DiskError) { files[index] = nil }

    func segments() throws(DiskError) -> [UInt32] { files.keys.sorted() }

    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        guard let file = files[index] else { throw DiskError(.failed, "no such segment") }
        return file.withUnsafeBytes(body)
    }
}
