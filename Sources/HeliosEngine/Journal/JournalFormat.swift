// SPDX-License-Identifier: MIT
import HeliosMarket

/// How a journal looks on disk.
///
/// ```
/// segment ─ header (64 bytes) ─ watermark (64 bytes) ─ block ─ block ─ … zeros up to the preallocated size
/// block   ─ header (64 bytes) ─ record ─ record ─ side record + text ─ …       every slot has 64 bytes
/// ```
/// A record is an `Event` whose `sequence` is the journal's own number: 1, 2, 3 … without holes over all segments. A block
/// is written whole; its CRC-32C covers header and slots, and its chain value depends on all that stands before it, in
/// this segment and the earlier ones. All numbers are little-endian.
public enum JournalFormat {
    /// Bytes of a record, and of either header.
    public static var slot: Int { 64 }
    /// Where a segment's first block begins.
    public static var firstBlock: Int { 128 }
    /// The version that this code writes.
    public static var version: UInt32 { 1 }
    /// Slots of a block, at most.
    public static var maximumSlots: Int { 1_023 }
    /// Bytes of one side record's text, at most; longer texts go into several.
    public static var textLimit: Int { 128 * slot }
    @usableFromInline static var segmentMagic: UInt64 { 0x314C_4E4A_534F_4C48 }  // "HLOSJNL1"
    @usableFromInline static var blockMagic: UInt32 { 0x4B4C_4248 }  // "HBLK"
    /// The chain value before the first block.
    public static var origin: UInt64 { 0x6A09_E667_F3BC_C908 }

    /// Slots that a text of `length` bytes takes behind its side record.
    public static func slots(forText length: Int) -> Int { (length + slot - 1) / slot }
}

/// What the text behind a side record is.
public enum SideKind: UInt64, Sendable {
    /// The resolved configuration of the session, from which a replay is set up; a long one in several records, one
    /// behind the other. The record's time is the midnight of the first trading day.
    case configuration = 1
    /// Symbols by instrument number, one a line, from the instrument number in the record's `price.raw` on.
    case instruments = 2
    /// A line for people: why the session began, recovered, ended.
    case note = 3
    /// Where a live feed stands: `session NAME next NUMBER inputs NUMBER` (message NEXT is the one behind so many market
    /// records), or `locate NUMBER instrument NUMBER`.
    case feed = 4
    /// Who gave the command that follows, for what scope and why: JSON.
    case command = 5
    /// Somebody proposes to change a limit or to raise a state, signed: JSON.
    case proposal = 6
    /// The proposal with the signature of a second person, before the record that does it: JSON.
    case approval = 7
    /// A proposal is taken back, signed: JSON.
    case withdrawal = 8
}

/// The first 64 bytes of a segment.
@frozen
public struct SegmentHeader: Sendable, BitwiseCopyable, Equatable {
    var magic = JournalFormat.segmentMagic
    public var version = JournalFormat.version
    /// Number of the segment, from 0.
    public var index: UInt32
    /// Number of its first record.
    public var firstSequence: UInt64
    /// The chain value before its first block.
    public var chain: UInt64
    /// Drawn once for a journal: segments of two journals don't mix.
    public var session: UInt64
    public var epoch: UInt64
    var reserved: UInt64 = 0
    var reserved2: UInt32 = 0
    var checksum: UInt32 = 0

    /// The header of segment `index`, sealed.
    public init(index: UInt32, firstSequence: UInt64, chain: UInt64, session: UInt64, epoch: UInt64) {
        self.index = index
        self.firstSequence = firstSequence
        self.chain = chain
        self.session = session
        self.epoch = epoch
        checksum = expectedChecksum
    }

    var expectedChecksum: UInt32 {
        var copy = self
        copy.checksum = 0
        return unsafe withUnsafeBytes(of: copy) { unsafe CRC32C.checksum($0) }
    }

    /// The bytes as they stand on disk.
    public var bytes: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe [UInt8]($0) } }
}

/// The second 64 bytes of a segment: how far the journal was known to be on stable storage, renewed after every sync.
///
/// A block that is broken although the watermark covers it was destroyed, not cut off. A watermark that is itself broken
/// claims nothing.
@frozen
public struct SyncWatermark: Sendable, BitwiseCopyable {
    @usableFromInline var magic = JournalFormat.segmentMagic
    /// The last record that is on stable storage.
    public var synced: UInt64
    var reserved0: UInt64 = 0
    var reserved1: UInt64 = 0
    var reserved2: UInt64 = 0
    var reserved3: UInt64 = 0
    var reserved4: UInt64 = 0
    var reserved5: UInt32 = 0
    var checksum: UInt32 = 0

    /// A watermark that covers the records up to `synced`.
    public init(synced: UInt64) {
        self.synced = synced
        checksum = expectedChecksum
    }

    var expectedChecksum: UInt32 {
        var copy = self
        copy.checksum = 0
        return unsafe withUnsafeBytes(of: copy) { unsafe CRC32C.checksum($0) }
    }

    /// What the watermark of a segment covers; 0 when there is none that can be believed.
    static func read(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard bytes.count >= JournalFormat.firstBlock else { return 0 }
        // Safe: 64 bytes are there, and every pattern of them is a value of the type.
        let mark = unsafe bytes.loadUnaligned(fromByteOffset: JournalFormat.slot, as: SyncWatermark.self)
        let isGood = mark.magic == JournalFormat.segmentMagic && mark.checksum == mark.expectedChecksum
        return isGood ? mark.synced : 0
    }
}

/// The first 64 bytes of a block.
@frozen
public struct BlockHeader: Sendable, BitwiseCopyable, Equatable {
    var magic = JournalFormat.blockMagic
    var checksum: UInt32 = 0
    /// Number of the first record.
    public var firstSequence: UInt64
    /// The last record that was known to be on stable storage when this block was written.
    public var synced: UInt64
    public var epoch: UInt64
    /// Chain value before and after the block.
    public var previousChain: UInt64
    public var chain: UInt64 = 0
    /// Slots behind the header, texts included.
    public var slots: UInt32
    /// Records in it.
    public var records: UInt32
    var reserved: UInt64 = 0

    init(firstSequence: UInt64, synced: UInt64, epoch: UInt64, previousChain: UInt64, slots: UInt32, records: UInt32) {
        self.firstSequence = firstSequence
        self.synced = synced
        self.epoch = epoch
        self.previousChain = previousChain
        self.slots = slots
        self.records = records
    }

    /// Header and slots together.
    public var length: Int { (Int(slots) + 1) * JournalFormat.slot }

    /// The checksum of the block, the field itself taken as zero.
    func checksum(_ payload: UnsafeRawBufferPointer) -> UInt32 {
        var copy = self
        copy.checksum = 0
        let head = unsafe withUnsafeBytes(of: copy) { unsafe CRC32C.checksum($0) }
        return unsafe CRC32C.checksum(payload, seed: head)
    }
}

/// The running hash over all blocks, four lanes wide so that it keeps up with memory.
///
/// It finds any accident and any edit that does not recompute it; it is no signature.
enum JournalChain {
    static func next(_ previous: UInt64, _ header: BlockHeader, _ payload: UnsafeRawBufferPointer) -> UInt64 {
        var a = previous ^ 0x9E37_79B9_7F4A_7C15
        var b = header.firstSequence ^ 0xC2B2_AE3D_27D4_EB4F
        var c = header.epoch ^ 0x1656_67B1_9E37_79F9
        var d = UInt64(header.slots) << 32 | UInt64(header.records)
        var offset = 0
        // Safe: the payload is a whole number of 64-byte slots. The multiplications wrap: this is a hash.
        while offset + 32 <= payload.count {
            a = step(a, unsafe payload.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            b = step(b, unsafe payload.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            c = step(c, unsafe payload.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
            d = step(d, unsafe payload.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
            offset += 32
        }
        return step(step(step(step(previous, a), b), c), d)
    }

    @inline(__always)
    private static func step(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let mixed = (state ^ word) &* 0x9FB2_1C65_1E98_DF25
        return mixed ^ (mixed &>> 32)
    }
}
