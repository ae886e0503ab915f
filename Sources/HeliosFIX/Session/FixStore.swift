// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What a session remembers over connections and restarts: both numbers, and everything that was sent.
///
/// ```
///  0        64        128       192
///  ├ head ──┼ slot A ─┼ slot B ─┼ record │ record │ record │ … free ──┤
///
///  slot:   generation | epoch | nextOut | nextIn | created | … | CRC
///  record: bytes (4) | CRC (4) | sequence (8) | the message, padded to eight bytes
/// ```
/// The two slots are written in turns, so that one is always whole; a record counts when its checksum is right. A record's
/// checksum begins with the epoch, which a reset moves on, so what an earlier sequence left behind is not read again.
/// `nextOut` is the slot's, or what follows the last record when that is more; its highest bit is `isResetOpen`.
///
/// Cut off at any byte, the memory gives back exactly what was complete.
@safe
public struct FixStore: ~Copyable {
    var memory: FixStoreMemory
    /// The memory's beginning, so that a message doesn't touch the class.
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private var end = FixStore.header
    private var generation: UInt64 = 0
    private var epoch: UInt64 = 1
    /// The number of the last record; zero before the first.
    private var last: UInt64 = 0
    /// Where the last record that begins in or before each block begins, in units of eight bytes.
    private var blocks: UnsafeMutablePointer<UInt32>
    private var lastBlock = -1

    /// The number of the next message to send.
    public private(set) var nextOut: UInt64 = 1
    /// The number of the next message that is expected.
    public private(set) var nextIn: UInt64 = 1
    /// Whether our side has begun at 1 again and the peer has not confirmed it.
    public private(set) var isResetOpen = false
    /// When the sequence began.
    public private(set) var created = Timestamp.zero
    /// What was found in the memory.
    public private(set) var recovery = Recovery.empty

    /// What was found in a store's memory.
    @frozen
    public enum Recovery: UInt8, Sendable {
        /// Nothing: a new store was made.
        case empty
        /// A store.
        case recovered
        /// A store whose numbers are lost: nextIn is 1, and nextOut follows the last message found.
        case damaged
    }

    static var header: Int { 192 }
    static var recordHeader: Int { 16 }
    static var smallest: Int { 256 }
    private static var block: Int { 4_096 }
    private static var magic: UInt64 { 0x3152_4F54_5358_4948 }

    /// Takes up what is in `memory`, or begins anew when there is nothing.
    public init(memory: FixStoreMemory) {
        self.memory = memory
        unsafe base = memory.base
        capacity = min(memory.count, Int(UInt32.max) * 8)
        unsafe blocks = .allocate(capacity: capacity / FixStore.block + 1)
        recover()
    }

    /// A store in the heap, of `bytes` bytes.
    public static func inMemory(bytes: Int = 1 << 20) -> FixStore { FixStore(memory: FixStoreMemory(bytes: bytes)) }

    deinit { unsafe blocks.deallocate() }

    // MARK: Use

    /// Bytes that are free.
    public var room: Int { capacity - end }

    /// Whether less than a quarter is free: the owner may give more memory with `move(to:)`.
    public var wantsRoom: Bool { room < capacity / 4 }

    /// Whether a message of `count` bytes can be taken.
    public func fits(_ count: Int) -> Bool { FixStore.recordHeader + FixStore.padded(count) <= room }

    /// Keeps a message; `nextOut` is then the number after.
    ///
    /// - Parameters:
    ///   - sequence: its number, from `nextOut` on.
    ///   - bytes: the message as it is sent.
    /// - Returns: false, and nothing changed, when there is no room or the number is too low.
    public mutating func append(_ sequence: UInt64, _ bytes: WireBytes) -> Bool {
        guard sequence >= nextOut, sequence < .max, bytes.count < 1 << 30, fits(bytes.count) else { return false }
        let place = unsafe base + end
        // Safe: `fits` has seen to the room. The length and the checksum come last.
        unsafe place.storeBytes(of: sequence.littleEndian, toByteOffset: 8, as: UInt64.self)
        unsafe copy(bytes, to: place + FixStore.recordHeader)
        let sum = unsafe checksum(place, bytes.count)
        unsafe place.storeBytes(of: UInt32(bytes.count).littleEndian, as: UInt32.self)
        unsafe place.storeBytes(of: sum.littleEndian, toByteOffset: 4, as: UInt32.self)
        note(sequence, bytes.count)
        nextOut = sequence + 1
        return true
    }

    /// The message with that number; nil when there is none, as for session messages.
    ///
    /// Valid until the store is next changed.
    public func message(_ sequence: UInt64) -> WireBytes? {
        guard lastBlock >= 0, sequence <= last, var at = startOfSearch(sequence) else { return nil }
        while at < end {
            let place = unsafe base + at
            let found = unsafe UInt64(littleEndian: place.load(fromByteOffset: 8, as: UInt64.self))
            let count = unsafe Int(UInt32(littleEndian: place.load(as: UInt32.self)))
            guard found < sequence else {
                guard found == sequence else { return nil }
                return unsafe WireBytes(UnsafeRawBufferPointer(start: place + FixStore.recordHeader, count: count))
            }
            at += FixStore.recordHeader + FixStore.padded(count)
        }
        return nil
    }

    /// The lowest number of a message from `sequence` on; nil when there is none.
    public func firstSequence(from sequence: UInt64) -> UInt64? {
        guard lastBlock >= 0, sequence <= last else { return nil }
        var at = startOfSearch(sequence) ?? FixStore.header
        while at < end {
            let place = unsafe base + at
            let found = unsafe UInt64(littleEndian: place.load(fromByteOffset: 8, as: UInt64.self))
            if found >= sequence { return found }
            let count = unsafe Int(UInt32(littleEndian: place.load(as: UInt32.self)))
            at += FixStore.recordHeader + FixStore.padded(count)
        }
        return nil
    }

    /// Moves the number of the next message to send on, without a message; it never goes back.
    public mutating func setNextOut(_ sequence: UInt64) {
        guard sequence > nextOut else { return }
        nextOut = sequence
        writeSlot()
    }

    /// Sets the number of the next message that is expected.
    public mutating func setNextIn(_ sequence: UInt64) {
        guard sequence != nextIn, sequence > 0 else { return }
        nextIn = sequence
        writeSlot()
    }

    /// Forgets all messages; both numbers are 1.
    public mutating func reset(at now: Timestamp) {
        nextIn = 1
        forget(at: now, isOpen: false)
    }

    /// Forgets all messages and sends from 1 on; what is expected stays until the peer has confirmed it.
    public mutating func beginReset(at now: Timestamp) { forget(at: now, isOpen: true) }

    /// The peer has confirmed the reset: its number is 1 too.
    public mutating func confirmReset() {
        guard isResetOpen || nextIn != 1 else { return }
        isResetOpen = false
        nextIn = 1
        writeSlot()
    }

    private mutating func forget(at now: Timestamp, isOpen: Bool) {
        isResetOpen = isOpen
        epoch += 1
        // Only asked for when both slots are lost.
        unsafe base.storeBytes(of: epoch.littleEndian, toByteOffset: 8, as: UInt64.self)
        end = FixStore.header
        last = 0
        lastBlock = -1
        nextOut = 1
        created = now
        writeSlot()
    }

    /// Goes on in other memory, which must have room for what is kept.
    ///
    /// - Returns: false, and nothing changed, when it has not.
    public mutating func move(to other: FixStoreMemory) -> Bool {
        guard other.count >= end, other !== memory else { return false }
        // Safe: both have `end` bytes. The magic comes last.
        unsafe (other.base + 8).copyMemory(from: base + 8, byteCount: end - 8)
        let rest = other.count - end
        unsafe (other.base + end).initializeMemory(as: UInt8.self, repeating: 0, count: min(rest, 64))
        unsafe other.base.storeBytes(of: FixStore.magic.littleEndian, as: UInt64.self)
        memory = other
        unsafe base = other.base
        capacity = min(other.count, Int(UInt32.max) * 8)
        let grown = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity / FixStore.block + 1)
        if lastBlock >= 0 { unsafe grown.update(from: blocks, count: lastBlock + 1) }
        unsafe blocks.deallocate()
        unsafe blocks = unsafe grown
        return true
    }

    // MARK: Records

    private static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

    @unsafe
    private func copy(_ bytes: WireBytes, to place: UnsafeMutableRawPointer) {
        guard let start = unsafe bytes.unsafeBuffer.baseAddress else { return }
        unsafe place.copyMemory(from: start, byteCount: bytes.count)
    }

    /// The checksum over epoch, length, sequence and message; never zero, so that empty memory is no record.
    @unsafe
    private func checksum(_ place: UnsafeMutableRawPointer, _ count: Int) -> UInt32 {
        var seed = UInt32(truncatingIfNeeded: epoch) ^ UInt32(truncatingIfNeeded: epoch >> 32)
        seed ^= UInt32(truncatingIfNeeded: count) &* 0x9E37_79B1
        let sum = unsafe CRC32C.checksum(UnsafeRawBufferPointer(start: place + 8, count: 8 + count), seed: seed)
        return sum == 0 ? 1 : sum
    }

    /// Enters the record at `end` and moves the end behind it.
    private mutating func note(_ sequence: UInt64, _ count: Int) {
        let block = end / FixStore.block
        if block > lastBlock {
            let before = lastBlock >= 0 ? unsafe blocks[lastBlock] : UInt32(truncatingIfNeeded: end / 8)
            for skipped in (lastBlock + 1)..<block { unsafe blocks[skipped] = before }
            unsafe blocks[block] = UInt32(truncatingIfNeeded: end / 8)
            lastBlock = block
        }
        last = sequence
        end += FixStore.recordHeader + FixStore.padded(count)
    }

    /// Where a walk to `sequence` begins: the last block whose first record is not behind it.
    private func startOfSearch(_ sequence: UInt64) -> Int? {
        var low = 0
        var high = lastBlock
        while low < high {
            let middle = (low + high + 1) / 2
            if first(ofBlock: middle) <= sequence { low = middle } else { high = middle - 1 }
        }
        return first(ofBlock: low) <= sequence ? unsafe Int(blocks[low]) * 8 : nil
    }

    private func first(ofBlock block: Int) -> UInt64 {
        // Safe: blocks up to the last point at records.
        unsafe UInt64(littleEndian: base.load(fromByteOffset: Int(blocks[block]) * 8 + 8, as: UInt64.self))
    }

    // MARK: Slots and recovery

    private mutating func writeSlot() {
        generation += 1
        let slot = unsafe base + (generation % 2 == 1 ? 64 : 128)
        unsafe slot.storeBytes(of: generation.littleEndian, as: UInt64.self)
        unsafe slot.storeBytes(of: epoch.littleEndian, toByteOffset: 8, as: UInt64.self)
        let numbered = nextOut | (isResetOpen ? FixStore.resetBit : 0)
        unsafe slot.storeBytes(of: numbered.littleEndian, toByteOffset: 16, as: UInt64.self)
        unsafe slot.storeBytes(of: nextIn.littleEndian, toByteOffset: 24, as: UInt64.self)
        unsafe slot.storeBytes(of: created.nanoseconds.littleEndian, toByteOffset: 32, as: Int64.self)
        let sum = unsafe CRC32C.checksum(UnsafeRawBufferPointer(start: slot, count: 40), seed: FixStore.slotSeed)
        unsafe slot.storeBytes(of: sum.littleEndian, toByteOffset: 40, as: UInt32.self)
    }

    private static var slotSeed: UInt32 { 0x5C1F_00D5 }
    private static var resetBit: UInt64 { 1 << 63 }

    /// The slot at `offset`, when it is whole.
    private func readSlot(_ offset: Int) -> (generation: UInt64, offset: Int)? {
        let slot = unsafe base + offset
        let sum = unsafe CRC32C.checksum(UnsafeRawBufferPointer(start: slot, count: 40), seed: FixStore.slotSeed)
        guard unsafe UInt32(littleEndian: slot.load(fromByteOffset: 40, as: UInt32.self)) == sum else { return nil }
        return (unsafe UInt64(littleEndian: slot.load(as: UInt64.self)), offset)
    }

    private mutating func recover() {
        guard unsafe UInt64(littleEndian: base.load(as: UInt64.self)) == FixStore.magic else {
            recovery = .empty
            unsafe base.storeBytes(of: epoch.littleEndian, toByteOffset: 8, as: UInt64.self)
            // The magic comes last: cut off before it, the memory is still empty.
            writeSlot()
            unsafe base.storeBytes(of: FixStore.magic.littleEndian, as: UInt64.self)
            return
        }
        let slots = [readSlot(64), readSlot(128)].compactMap { $0 }
        guard let newest = slots.max(by: { $0.generation < $1.generation }) else {
            recovery = .damaged
            epoch = unsafe max(UInt64(littleEndian: base.load(fromByteOffset: 8, as: UInt64.self)), 1)
            guard epoch < .max / 2 else { epoch = 1; return }
            readRecords()
            writeSlot()
            return
        }
        recovery = .recovered
        let slot = unsafe base + newest.offset
        generation = newest.generation
        epoch = unsafe UInt64(littleEndian: slot.load(fromByteOffset: 8, as: UInt64.self))
        let numbered = unsafe UInt64(littleEndian: slot.load(fromByteOffset: 16, as: UInt64.self))
        isResetOpen = numbered & FixStore.resetBit != 0
        nextOut = max(numbered & ~FixStore.resetBit, 1)
        nextIn = unsafe max(UInt64(littleEndian: slot.load(fromByteOffset: 24, as: UInt64.self)), 1)
        created = Timestamp(nanoseconds: unsafe Int64(littleEndian: slot.load(fromByteOffset: 32, as: Int64.self)))
        readRecords()
    }

    /// Walks the records up to the first that is not whole.
    private mutating func readRecords() {
        while end + FixStore.recordHeader <= capacity {
            let place = unsafe base + end
            let count = unsafe Int(UInt32(littleEndian: place.load(as: UInt32.self)))
            let sequence = unsafe UInt64(littleEndian: place.load(fromByteOffset: 8, as: UInt64.self))
            guard count < 1 << 30, fits(count), sequence > last, sequence < .max else { break }
            guard unsafe UInt32(littleEndian: place.load(fromByteOffset: 4, as: UInt32.self)) == checksum(place, count)
            else { break }
            note(sequence, count)
        }
        if last >= nextOut { nextOut = last + 1 }
    }
}
