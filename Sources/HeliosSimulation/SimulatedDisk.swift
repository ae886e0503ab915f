// SPDX-License-Identifier: MIT
import HeliosEngine

/// A disk whose page cache, stable storage and failures are known.
final class SimulatedDisk: JournalDisk {
    /// What a read finds: the page cache over stable storage.
    private var live: [UInt32: [UInt8]] = [:]
    /// What is there after a power cut.
    private var stable: [UInt32: [UInt8]] = [:]
    private var lastWrite: (segment: UInt32, range: Range<Int>, before: [UInt8])?
    /// No space for a further segment.
    var isFull = false
    /// The next sync fails.
    var failsNextSync = false
    /// A sync has failed: pages that were dirty then are gone from the cache's list, and no later sync writes them.
    private(set) var failedSyncs = 0
    private static let sector = 512

    func create(_ index: UInt32, size: Int) throws(DiskError) {
        if isFull { throw DiskError(.full, "no space left on the simulated disk") }
        live[index] = [UInt8](repeating: 0, count: size)
        stable[index] = live[index]
    }

    func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        guard let size = live[index]?.count, offset + bytes.count <= size else {
            throw DiskError(.failed, "write outside segment \(index)")
        }
        let range = offset..<offset + bytes.count
        lastWrite = (index, range, live[index].map { Array($0[range]) } ?? [])
        live[index]?.replaceSubrange(range, with: bytes)
    }

    func sync(_ index: UInt32) throws(DiskError) {
        if failsNextSync {
            failsNextSync = false
            failedSyncs += 1
            // Like a real one: the pages count as clean now and are never written.
            throw DiskError(.failed, "input/output error on the simulated disk")
        }
        if failedSyncs == 0 { stable[index] = live[index] }
    }

    func erase(_ index: UInt32, from offset: Int) throws(DiskError) {
        guard let size = live[index]?.count, offset <= size else { throw DiskError(.failed, "erase outside") }
        live[index]?.replaceSubrange(offset..<size, with: repeatElement(0, count: size - offset))
    }

    func remove(_ index: UInt32) throws(DiskError) {
        live[index] = nil
        stable[index] = nil
    }

    func segments() throws(DiskError) -> [UInt32] { live.keys.sorted() }

    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        guard let bytes = live[index] else { throw DiskError(.failed, "no segment \(index)") }
        return bytes.withUnsafeBytes(body)
    }

    // MARK: Faults

    /// What is written from here on may be torn.
    func beginWrite() { lastWrite = nil }

    /// The process died inside its last write: only some of its first bytes arrived.
    func tear(_ random: inout SimulationRandom) {
        guard let write = lastWrite, !write.range.isEmpty else { return }
        let arrived = random.below(write.range.count)
        let start = write.range.lowerBound + arrived
        live[write.segment]?.replaceSubrange(start..<write.range.upperBound, with: write.before[arrived...])
        lastWrite = nil
    }

    /// The power is gone: of each sector that was not synced the old or the new content is there, in no order.
    func cutPower(_ random: inout SimulationRandom) {
        for index in live.keys.sorted() {
            guard var old = stable[index], let new = live[index] else { continue }
            var start = 0
            while start < new.count {
                let end = min(start + SimulatedDisk.sector, new.count)
                if new[start..<end] != old[start..<end], random.chance(0.5) {
                    old.replaceSubrange(start..<end, with: new[start..<end])
                }
                start = end
            }
            live[index] = old
            stable[index] = old
        }
        lastWrite = nil
        failedSyncs = 0
    }

    /// A bit of what is written changes; false when nothing is.
    func flipBit(_ random: inout SimulationRandom, before offset: Int, in index: UInt32) -> Bool {
        guard let bytes = live[index], offset > 128, offset <= bytes.count else { return false }
        var place = random.below(offset)
        // The watermark may lose its voice, but it never lies: a flip there changes nothing.
        if (64..<128).contains(place) { place = 128 }
        let mask = UInt8(1) << UInt8(random.below(8))
        live[index]?[place] ^= mask
        stable[index]?[place] ^= mask
        return true
    }

    /// Everything is gone: a new disk.
    func wipe() {
        live = [:]
        stable = [:]
        lastWrite = nil
        failedSyncs = 0
    }
}
