// SPDX-License-Identifier: MIT
import HeliosMarket

/// What is wrong with a journal, and where.
public struct JournalDamage: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sort of damage.
    public enum Reason: String, Sendable {
        case noHeader = "the segment header is missing or damaged"
        case version = "the segment was written by another version of the format"
        case otherSession = "the segment belongs to another journal"
        case wrongSegment = "the segment does not follow the one before it"
        case checksum = "the block's checksum does not match its bytes"
        case chain = "the block does not continue the hash chain"
        case sequence = "the record numbers have a hole"
        case form = "the block's header makes no sense"
        case event = "the record has an unknown kind"
    }

    public var reason: Reason
    /// The segment's number.
    public var segment: UInt32
    /// The byte in the segment at which the damaged block begins.
    public var offset: Int
    /// The first record that can't be trusted.
    public var sequence: UInt64
    /// What is damaged was on stable storage: records that an order may have depended on are gone.
    ///
    /// When false, a power cut that lost writes explains the damage.
    public var wasSynced = false

    public init(reason: Reason, segment: UInt32, offset: Int, sequence: UInt64, wasSynced: Bool = false) {
        self.reason = reason
        self.segment = segment
        self.offset = offset
        self.sequence = sequence
        self.wasSynced = wasSynced
    }

    public var description: String {
        "segment \(segment), byte \(offset), record \(sequence): \(reason.rawValue)"
    }
}

/// Where a journal stands: what the next block must continue.
public struct JournalPosition: Equatable, Sendable {
    /// The number that the next record gets.
    public var nextSequence: UInt64 = 1
    public var chain: UInt64 = JournalFormat.origin
    public var epoch: UInt64 = 0
    /// Nil before the first segment.
    public var session: UInt64?
    /// The segment that is being read or written.
    public var segment: UInt32 = 0
    /// Where its next block goes.
    public var offset = 0
    /// The last record that some block says was on stable storage.
    public var synced: UInt64 = 0

    public init() {}
}

/// A record as read, with the text of a side record.
public struct JournalRecord {
    public var event: Event
    /// Empty for all but side records.
    public var text: [UInt8]
    /// The byte in the segment at which the record begins.
    public var offset: Int

    public init(event: Event, text: [UInt8] = [], offset: Int = 0) {
        self.event = event
        self.text = text
        self.offset = offset
    }
}

/// Reads one segment block by block, and believes nothing that its checksum, the chain and the numbers do not prove.
///
/// ```
/// while let record = try scanner.next() { … }
/// scanner.tail            // clean, or torn with the place where appending may go on
/// ```
@safe
public struct JournalScanner {
    /// How the segment ends.
    public enum Tail: Equatable, Sendable {
        /// With zeros, or exactly with a block.
        case clean
        /// With a block that was not written whole, at this byte; nothing readable stands behind it.
        case torn(offset: Int, reason: JournalDamage.Reason)
    }

    private let bytes: UnsafeRawBufferPointer
    /// What the next block must continue.
    public private(set) var position: JournalPosition
    /// Known once `next` has returned nil.
    public private(set) var tail = Tail.clean
    public let header: SegmentHeader
    /// Blocks read so far.
    public private(set) var blocks = 0
    /// Whether records of the block that was opened last are still to be read.
    public var isInBlock: Bool { slot != slotEnd }
    private var slot = 0
    private var slotEnd = 0

    /// Opens a segment.
    ///
    /// - Parameters:
    ///   - bytes: the whole segment; must outlive the scanner.
    ///   - start: where the segment before it ended; nil trusts this segment's header to be the start.
    /// - Throws: `JournalDamage` when the header is damaged or does not continue `start`.
    public init(_ bytes: UnsafeRawBufferPointer, after start: JournalPosition?) throws(JournalDamage) {
        unsafe self.bytes = unsafe bytes
        let index = start.map { $0.session == nil ? 0 : $0.segment + 1 } ?? 0
        func damage(_ reason: JournalDamage.Reason) -> JournalDamage {
            JournalDamage(reason: reason, segment: index, offset: 0, sequence: start?.nextSequence ?? 1)
        }
        guard bytes.count >= JournalFormat.firstBlock else { throw damage(.noHeader) }
        // Safe: 64 bytes are there, and every pattern of them is a value of the type.
        let header = unsafe bytes.loadUnaligned(as: SegmentHeader.self)
        guard header.magic == JournalFormat.segmentMagic else { throw damage(.noHeader) }
        guard header.version == JournalFormat.version else { throw damage(.version) }
        guard header.checksum == header.expectedChecksum else { throw damage(.noHeader) }
        if let start {
            if let session = start.session, session != header.session { throw damage(.otherSession) }
            guard header.index == index, header.firstSequence == start.nextSequence, header.chain == start.chain else {
                throw damage(.wrongSegment)
            }
        }
        self.header = header
        position = start ?? JournalPosition()
        position.segment = header.index
        position.session = header.session
        position.nextSequence = header.firstSequence
        position.chain = header.chain
        position.epoch = header.epoch
        position.offset = JournalFormat.firstBlock
        position.synced = unsafe max(position.synced, SyncWatermark.read(bytes))
    }

    /// The next record; nil at the end of what is written.
    ///
    /// - Throws: `JournalDamage` at a block that is broken while a later one that continues the numbers is whole: then
    ///   something was destroyed, not merely cut off.
    public mutating func next() throws(JournalDamage) -> JournalRecord? {
        if slot == slotEnd {
            guard try openBlock() else { return nil }
        }
        let offset = slot
        // Safe: the block lies within the bytes; its kind byte was checked.
        let event = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Event.self)
        slot += JournalFormat.slot
        guard event.kind == .side else {
            return JournalRecord(event: event, text: [], offset: offset)
        }
        let length = Int(event.detail)
        let text = unsafe [UInt8](bytes[slot..<slot + length])
        slot += JournalFormat.slots(forText: length) * JournalFormat.slot
        return JournalRecord(event: event, text: text, offset: offset)
    }

    private mutating func openBlock() throws(JournalDamage) -> Bool {
        let offset = position.offset
        // A lost write leaves zeros where a block should be: what stands behind, and the watermark, tell.
        let isBlank = isBlank(offset)
        let reason = isBlank ? nil : problem(at: offset)
        if isBlank || reason != nil {
            let later = laterBlocks(behind: offset)
            let wasSynced = max(position.synced, later.synced) >= position.nextSequence
            if later.found || wasSynced { throw broken(reason ?? .checksum, offset, wasSynced) }
            if let reason { tail = .torn(offset: offset, reason: reason) }
            return false
        }
        let header = blockHeader(offset)
        position.nextSequence = header.firstSequence + UInt64(header.records)
        position.chain = header.chain
        position.epoch = header.epoch
        position.synced = max(position.synced, header.synced)
        position.offset = offset + header.length
        slot = offset + JournalFormat.slot
        slotEnd = position.offset
        blocks += 1
        return true
    }

    private func broken(_ reason: JournalDamage.Reason, _ offset: Int, _ wasSynced: Bool) -> JournalDamage {
        JournalDamage(
            reason: reason,
            segment: position.segment,
            offset: offset,
            sequence: position.nextSequence,
            wasSynced: wasSynced
        )
    }

    private func blockHeader(_ offset: Int) -> BlockHeader {
        // Safe: callers have checked that 64 bytes are there.
        unsafe bytes.loadUnaligned(fromByteOffset: offset, as: BlockHeader.self)
    }

    private func isBlank(_ offset: Int) -> Bool {
        guard unsafe offset + JournalFormat.slot <= bytes.count else {
            return unsafe bytes[offset...].allSatisfy { $0 == 0 }
        }
        return unsafe bytes[offset..<offset + JournalFormat.slot].allSatisfy { $0 == 0 }
    }

    /// What keeps the bytes at `offset` from being the next block.
    private func problem(at offset: Int) -> JournalDamage.Reason? {
        guard unsafe offset + JournalFormat.slot <= bytes.count else { return .checksum }
        let header = blockHeader(offset)
        guard isWhole(header, offset) else { return .checksum }
        guard header.firstSequence == position.nextSequence else { return .sequence }
        guard header.previousChain == position.chain, header.epoch >= position.epoch else { return .chain }
        let payload = unsafe UnsafeRawBufferPointer(
            rebasing: bytes[offset + JournalFormat.slot..<offset + header.length]
        )
        #if HELIOS_BUG_BANK
        if isOn(.checksumsNotChecked) { return form(header, offset) }
        #endif
        guard unsafe JournalChain.next(header.previousChain, header, payload) == header.chain else { return .chain }
        return form(header, offset)
    }

    /// Whether there is a block at `offset` whose checksum is right.
    private func isWhole(_ header: BlockHeader, _ offset: Int) -> Bool {
        guard header.magic == JournalFormat.blockMagic, header.slots >= 1, header.records >= 1,
            Int(header.slots) <= JournalFormat.maximumSlots, header.records <= header.slots,
            unsafe offset + header.length <= bytes.count
        else { return false }
        let payload = unsafe UnsafeRawBufferPointer(
            rebasing: bytes[offset + JournalFormat.slot..<offset + header.length]
        )
        #if HELIOS_BUG_BANK
        if isOn(.checksumsNotChecked) { return true }
        #endif
        return unsafe header.checksum(payload) == header.checksum
    }

    /// Records with unknown kinds, numbers out of step, or texts that run over the block's end.
    private func form(_ header: BlockHeader, _ offset: Int) -> JournalDamage.Reason? {
        var place = offset + JournalFormat.slot
        let end = offset + header.length
        var sequence = header.firstSequence
        while place < end {
            // Safe: within the block. The kind's byte is read as a number before it is taken for a kind.
            let kind = unsafe bytes[place + 54]
            guard EventKind(rawValue: kind) != nil else { return .event }
            let event = unsafe bytes.loadUnaligned(fromByteOffset: place, as: Event.self)
            guard event.sequence == sequence else { return .sequence }
            sequence += 1
            place += JournalFormat.slot
            if event.kind == .side {
                guard event.detail <= UInt64(end - place) else { return .form }
                place += JournalFormat.slots(forText: Int(event.detail)) * JournalFormat.slot
            }
        }
        return place == end && sequence == header.firstSequence + UInt64(header.records) ? nil : .form
    }

    /// Whole blocks of this journal further back, which prove that the broken one once was whole too, and the highest
    /// record that they call synced.
    private func laterBlocks(behind offset: Int) -> (found: Bool, synced: UInt64) {
        var later = (found: false, synced: UInt64(0))
        var place = offset + JournalFormat.slot
        while unsafe place + JournalFormat.slot <= bytes.count {
            let header = blockHeader(place)
            if header.magic == JournalFormat.blockMagic, header.firstSequence > position.nextSequence,
                header.epoch >= position.epoch, isWhole(header, place)
            {
                later.found = true
                later.synced = max(later.synced, header.synced)
                place += header.length
            } else {
                place += JournalFormat.slot
            }
        }
        return later
    }

    /// What a segment says was on stable storage, by its watermark and by whatever whole blocks are in it, broken ones
    /// and a broken header passed over; nil for one without any whole block or watermark.
    static func evidence(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        let scanner = unsafe JournalScanner(unchecked: bytes)
        let later = scanner.laterBlocks(behind: JournalFormat.slot)
        let watermark = unsafe SyncWatermark.read(bytes)
        return later.found || watermark > 0 ? max(later.synced, watermark) : nil
    }

    private init(unchecked bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = unsafe bytes
        header = SegmentHeader(index: 0, firstSequence: 0, chain: 0, session: 0, epoch: 0)
        position = JournalPosition()
        position.nextSequence = 0
    }
}
