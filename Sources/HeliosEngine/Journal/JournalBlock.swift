// SPDX-License-Identifier: MIT
import HeliosMarket

/// Collects records until they are written together as one block.
@safe
public struct JournalBlock: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    /// Slots that fit behind the header.
    public let capacity: Int
    /// Slots taken.
    public private(set) var slots = 0
    /// Records among them.
    public private(set) var records = 0
    private var firstSequence: UInt64 = 0

    /// - Parameter capacity: slots, 1 to `JournalFormat.maximumSlots`.
    public init(capacity: Int = JournalFormat.maximumSlots) {
        self.capacity = min(max(capacity, 1), JournalFormat.maximumSlots)
        let size = (self.capacity + 1) * JournalFormat.slot
        unsafe memory = .allocate(byteCount: size, alignment: 64)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    deinit { unsafe memory.deallocate() }

    public var isEmpty: Bool { records == 0 }

    /// Whether `count` more slots fit.
    public func hasRoom(_ count: Int = 1) -> Bool { slots + count <= capacity }

    /// Takes a record that has its journal number.
    ///
    /// Only while there is room.
    public mutating func append(_ record: Event) {
        precondition(slots < capacity, "the block is full")
        if records == 0 { firstSequence = record.sequence }
        slots += 1
        records += 1
        // Safe: slot `slots` is at most `capacity`, behind the header's slot.
        unsafe memory.storeBytes(of: record, toByteOffset: slots * JournalFormat.slot, as: Event.self)
    }

    /// Takes a side record with its text, padded with zeros.
    ///
    /// Only while there is room for both.
    public mutating func append(_ record: Event, text: UnsafeRawBufferPointer) {
        append(record)
        let count = JournalFormat.slots(forText: text.count)
        precondition(slots + count <= capacity, "the text does not fit")
        let start = unsafe memory + (slots + 1) * JournalFormat.slot
        // Safe: `count` slots lie within the memory.
        _ = unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: count * JournalFormat.slot)
        if let base = text.baseAddress { unsafe start.copyMemory(from: base, byteCount: text.count) }
        slots += count
    }

    /// Writes the header; the block's bytes, valid until the next append.
    public mutating func seal(epoch: UInt64, synced: UInt64, chain: inout UInt64) -> UnsafeRawBufferPointer {
        var header = BlockHeader(
            firstSequence: firstSequence,
            synced: synced,
            epoch: epoch,
            previousChain: chain,
            slots: UInt32(slots),
            records: UInt32(records)
        )
        let payload = unsafe UnsafeRawBufferPointer(
            start: memory + JournalFormat.slot,
            count: slots * JournalFormat.slot
        )
        header.chain = unsafe JournalChain.next(chain, header, payload)
        header.checksum = unsafe header.checksum(payload)
        chain = header.chain
        unsafe memory.storeBytes(of: header, as: BlockHeader.self)
        return unsafe UnsafeRawBufferPointer(start: memory, count: header.length)
    }

    /// Forgets the records.
    public mutating func removeAll() {
        slots = 0
        records = 0
    }
}
