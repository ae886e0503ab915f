// SPDX-License-Identifier: MIT
import HeliosEngine

/// Segments in memory, with what tests need to break them.
final class MemoryDisk: JournalDisk {
    var files: [UInt32: [UInt8]] = [:]
    /// Segments that may be created in all.
    var room = Int.max
    var failsSync = false
    var syncs = 0
    /// What a power cut leaves.
    private var stable: [UInt32: [UInt8]] = [:]
    /// Pages that a failed sync left: clean for the cache, never on the disk, until somebody writes into them.
    private var orphans: [UInt32: Set<Int>] = [:]
    private static let page = 4_096

    init() {}

    init(copying other: MemoryDisk) { files = other.files }

    func create(_ index: UInt32, size: Int) throws(DiskError) {
        guard files[index] != nil || files.count < room else { throw DiskError(.full, "no space") }
        files[index] = [UInt8](repeating: 0, count: size)
        stable[index] = files[index]
    }

    func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        guard let size = files[index]?.count, offset + bytes.count <= size else {
            throw DiskError(.failed, "write outside the segment")
        }
        files[index]?.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        touch(index, offset..<offset + bytes.count)
    }

    func sync(_ index: UInt32) throws(DiskError) {
        syncs += 1
        guard let file = files[index], let old = stable[index] else { return }
        for start in stride(from: 0, to: file.count, by: MemoryDisk.page) {
            let page = start..<min(start + MemoryDisk.page, file.count)
            if file[page] == old[page] || orphans[index]?.contains(start) == true { continue }
            if failsSync {
                orphans[index, default: []].insert(start)
            } else {
                stable[index]?.replaceSubrange(page, with: file[page])
            }
        }
        if failsSync { throw DiskError(.failed, "input/output error") }
    }

    /// Only what a sync has written is there any more.
    func cutPower() {
        files = stable
        orphans = [:]
    }

    private func touch(_ index: UInt32, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        for page in range.lowerBound / MemoryDisk.page...(range.upperBound - 1) / MemoryDisk.page {
            orphans[index]?.remove(page * MemoryDisk.page)
        }
    }

    func erase(_ index: UInt32, from offset: Int) throws(DiskError) {
        guard let size = files[index]?.count, offset <= size else { throw DiskError(.failed, "erase outside") }
        files[index]?.replaceSubrange(offset..<size, with: repeatElement(0, count: size - offset))
        touch(index, offset..<size)
    }

    func remove(_ index: UInt32) throws(DiskError) {
        files[index] = nil
        stable[index] = nil
        orphans[index] = nil
    }

    func segments() throws(DiskError) -> [UInt32] { files.keys.sorted() }

    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        guard let file = files[index] else { throw DiskError(.failed, "no such segment") }
        return file.withUnsafeBytes(body)
    }
}
