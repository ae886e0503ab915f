// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

/// Reads the records of a journal one after the other, and changes nothing on its disk.
///
/// One segment is held in memory at a time. Every block is checked against its checksum and the chain before its first
/// record is given.
public final class JournalReader {
    private let disk: any JournalDisk
    private let first: UInt64
    private var segments: [UInt32]?
    private var place = 0
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var scanner: JournalScanner?
    private var position = JournalPosition()
    private var isFinished = false
    /// Records read so far.
    public private(set) var records = 0
    /// The last block was not written whole, and begins here: what a crash leaves behind.
    public private(set) var tornAt: (segment: UInt32, offset: Int)?

    /// - Parameters:
    ///   - disk: where the journal lies.
    ///   - sequence: reading begins with the segment that holds this record; what lies before is neither read nor checked.
    public init(_ disk: any JournalDisk, fromSegmentWith sequence: UInt64 = 1) {
        self.disk = disk
        first = sequence
    }

    deinit { memory.deallocate() }

    /// The number of the journal, drawn when it was begun; nil before the first record.
    public var session: UInt64? { position.session ?? scanner?.position.session }

    /// How much was read, from 0 to 1.
    public var progress: Double {
        guard let segments, !segments.isEmpty else { return 0 }
        let here = memory.isEmpty ? 0 : Double(scanner?.position.offset ?? 0) / Double(memory.count)
        return min((Double(place) + here) / Double(segments.count), 1)
    }

    /// The next record; nil at the end of what was written whole.
    ///
    /// - Throws: `JournalError.damaged` where something was destroyed, `JournalError.disk` when the disk can't be read.
    public func next() throws(JournalError) -> JournalRecord? {
        while true {
            if scanner == nil {
                guard try open() else { return nil }
            }
            do throws(JournalDamage) {
                if let record = try scanner?.next() {
                    records += 1
                    return record
                }
            } catch let damage {
                throw .damaged(damage)
            }
            guard try leave() else { return nil }
        }
    }

    /// Opens the segment at `place`; false when there is none, or only one that was being prepared.
    private func open() throws(JournalError) -> Bool {
        guard !isFinished else { return false }
        do throws(DiskError) {
            if segments == nil {
                segments = try disk.segments()
                place = try startingPlace()
            }
            guard let segments, place < segments.count else { return false }
            memory.deallocate()
            memory = try disk.read(segments[place]) { bytes in
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
                copy.copyMemory(from: bytes)
                return copy
            }
        } catch let error {
            throw .disk(error)
        }
        let isLast = place == (segments?.count ?? 0) - 1
        if isLast, memory.prefix(JournalFormat.slot).allSatisfy({ $0 == 0 }) {
            isFinished = true
            return false
        }
        do throws(JournalDamage) {
            // Where reading begins in the middle, the segment's own header says what it continues.
            let isStart = position.session == nil && place > 0
            scanner = try JournalScanner(UnsafeRawBufferPointer(memory), after: isStart ? nil : position)
        } catch let damage {
            throw .damaged(damage)
        }
        return true
    }

    /// The last segment that begins at or before the first record asked for, by the headers that can be believed.
    private func startingPlace() throws(DiskError) -> Int {
        guard first > 1, let segments else { return 0 }
        var found = 0
        for (index, segment) in segments.enumerated() {
            let begins = try disk.read(segment) { bytes in
                (try? JournalScanner(bytes, after: nil))?.header.firstSequence
            }
            if let begins, begins <= first { found = index }
        }
        return found
    }

    /// Leaves the segment at its end; false when nothing can follow.
    private func leave() throws(JournalError) -> Bool {
        guard let ended = scanner else { return false }
        position = ended.position
        scanner = nil
        if case .torn(let offset, let reason) = ended.tail {
            if try hasFollower() {
                throw .damaged(
                    JournalDamage(
                        reason: reason,
                        segment: position.segment,
                        offset: offset,
                        sequence: position.nextSequence
                    )
                )
            }
            tornAt = (position.segment, offset)
            isFinished = true
            return false
        }
        place += 1
        return true
    }

    /// Whether a later segment has been begun: then this one is not the journal's end.
    private func hasFollower() throws(JournalError) -> Bool {
        guard let segments, place + 1 < segments.count else { return false }
        do throws(DiskError) {
            return try disk.read(segments[place + 1]) { !$0.prefix(JournalFormat.slot).allSatisfy { $0 == 0 } }
        } catch let error {
            throw .disk(error)
        }
    }
}
