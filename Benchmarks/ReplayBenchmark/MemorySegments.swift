// SPDX-License-Identifier: MIT
import HeliosEngine

/// Segments in memory.
final class MemorySegments: JournalDisk {
    private var memory: [UnsafeMutableRawBufferPointer] = []

    deinit { for segment in memory { segment.deallocate() } }

    func create(_ index: UInt32, size: Int) throws(DiskError) {
        let segment = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        segment.initializeMemory(as: UInt8.self, repeating: 0)
        memory.append(segment)
    }

    func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        UnsafeMutableRawBufferPointer(rebasing: memory[Int(index)][offset...]).copyMemory(from: bytes)
    }

    func sync(_ index: UInt32) throws(DiskError) {}
    func erase(_ index: UInt32, from offset: Int) throws(DiskError) {}
    func remove(_ index: UInt32) throws(DiskError) {}
    func segments() throws(DiskError) -> [UInt32] { memory.indices.map { UInt32($0) } }

    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        body(UnsafeRawBufferPointer(memory[Int(index)]))
    }
}
