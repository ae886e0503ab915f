// SPDX-License-Identifier: MIT
import HeliosMarket

/// How a journal is laid out and how far it trusts its disk.
public struct JournalOptions: Sendable {
    /// Bytes of a segment, a multiple of 64, at least 4,096.
    public var segmentSize = 64 << 20
    /// Slots of a block, at most.
    public var blockSlots = 255
    /// New orders stop when no further segment can be had and less than this share of the last one is free.
    public var orderReserve = 0.25
    /// Market data stops when less than this share of the last one is free: the rest is for reports and cancels.
    public var reportReserve = 0.10

    public init() {}
}

/// What a journal still takes.
public enum JournalState: UInt8, Sendable, Comparable {
    /// Everything.
    case open = 0
    /// Everything; but there is no room for another segment.
    case low = 1
    /// No new orders.
    case noOrders = 2
    /// No market data: only reports on our orders, cancels and commands.
    case reportsOnly = 3
    /// Nothing: it is full.
    case full = 4
    /// Nothing: the disk has failed, and what it says is not to be believed again.
    case poisoned = 5

    public static func < (a: JournalState, b: JournalState) -> Bool { a.rawValue < b.rawValue }
}

/// What was found when a journal was opened.
public struct JournalRecovery: Equatable, Sendable {
    /// The last record that can be trusted; 0 for a new journal.
    public var lastSequence: UInt64 = 0
    /// Bytes of a block that was not written whole, now erased.
    public var tornAt: Int?
    /// Damage in what was never on stable storage: a power cut's work, now erased.
    ///
    /// Records from there on are lost.
    public var lost: JournalDamage?
    public var segments = 0

    public init() {}
}

/// Why a journal can't be opened.
public enum JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    case disk(DiskError)
    /// What was on stable storage is damaged; recovery never goes on behind that by itself.
    case damaged(JournalDamage)

    public var description: String {
        switch self {
        case .disk(let error): error.description
        case .damaged(let damage): damage.description
        }
    }
}

/// Writes records to segments on a disk, in blocks.
///
/// ```
/// append ─► block in memory ─ flush ─► written (survives the process) ─ sync ─► synced (survives a power cut)
/// ```
/// It knows no thread and no clock: who calls it decides when to flush and to sync.
public struct Journal: ~Copyable {
    public let disk: any JournalDisk
    private let options: JournalOptions
    private var block: JournalBlock
    /// Where the next block goes; `nextSequence` counts only what is written.
    public private(set) var position: JournalPosition
    public private(set) var state = JournalState.open
    /// The last record appended.
    public private(set) var appended: UInt64
    /// The last record in the file: it survives the death of the process.
    public var written: UInt64 { position.nextSequence - 1 }
    /// The last record on stable storage.
    public private(set) var synced: UInt64
    /// The first failure of the disk.
    public private(set) var failure: DiskError?
    private var hasSpare = false
    /// Bytes of the segment that is being written: one of an earlier process may have another size.
    private var segmentSize: Int
    /// Segments that hold writes which are not synced.
    private var firstUnsynced: UInt32

    // MARK: Opening

    /// Opens the journal on `disk`, or begins one.
    ///
    /// A block that was not written whole is erased and the erasure synced before anything is appended. Damage before
    /// the end is an error, unless no block ever said that the damaged one was synced: then the disk lost it in a power
    /// cut, and everything from it on is erased.
    ///
    /// - Parameters:
    ///   - disk: where it lies.
    ///   - options: how a new segment is laid out.
    ///   - session: the number that a new journal gets.
    ///   - epoch: the epoch of this writer; raised to that of the journal + 1 when it is not above it.
    ///   - recovery: gets what was found.
    ///   - visit: gets every record that can be trusted, in order.
    /// - Throws: `JournalError` when the disk fails or something durable is damaged; nothing was changed then.
    public init(
        _ disk: any JournalDisk,
        options: JournalOptions = JournalOptions(),
        session: UInt64,
        epoch: UInt64,
        recovery: inout JournalRecovery,
        visit: (JournalRecord) -> Void = { _ in }
    ) throws(JournalError) {
        self.options = options
        self.disk = disk
        block = JournalBlock(capacity: options.blockSlots)
        position = JournalPosition()
        appended = 0
        synced = 0
        firstUnsynced = 0
        segmentSize = options.segmentSize
        do throws(DiskError) {
            position = try Journal.scan(disk, &recovery, visit)
        } catch let error {
            throw .disk(error)
        }
        if let lost = recovery.lost, lost.wasSynced || lost.reason == .version { throw .damaged(lost) }
        recovery.lastSequence = position.nextSequence - 1
        appended = recovery.lastSequence
        firstUnsynced = position.segment
        do throws(DiskError) {
            try start(session, epoch, recovery)
        } catch let error {
            throw .disk(error)
        }
    }

    private mutating func start(_ session: UInt64, _ epoch: UInt64, _ recovery: JournalRecovery) throws(DiskError) {
        if position.session == nil {
            position.epoch = max(epoch, 1)
            position.session = session
            try begin(0)
        } else {
            position.epoch = max(epoch, position.epoch + 1)
            #if HELIOS_BUG_BANK
            if isOn(.appendAfterTornTail) {
                if recovery.tornAt != nil { position.offset += JournalFormat.slot }
                synced = written
                return prepareSpare()
            }
            #endif
            try rewriteUnsynced()
            try clearTail(recovery)
        }
        synced = written
        try mark()
        prepareSpare()
    }

    private static func scan(
        _ disk: any JournalDisk,
        _ recovery: inout JournalRecovery,
        _ visit: (JournalRecord) -> Void
    ) throws(DiskError) -> JournalPosition {
        var position = JournalPosition()
        let segments = try disk.segments()
        for (place, segment) in segments.enumerated() {
            let outcome = try unsafe disk.read(segment) { bytes in unsafe read(bytes, position, visit) }
            // A segment without a header at the end was being prepared.
            if outcome.isBlank, place == segments.count - 1 { break }
            position = outcome.position
            recovery.segments += 1
            if let damage = outcome.damage {
                recovery.lost = try judge(damage, disk, segments[place...])
                break
            }
            if case .torn(let offset, let reason) = outcome.tail {
                // Only the journal's end can be torn.
                let followers = segments[(place + 1)...]
                let damage = JournalDamage(
                    reason: reason,
                    segment: segment,
                    offset: offset,
                    sequence: position.nextSequence
                )
                if try hasContent(disk, followers) {
                    recovery.lost = try judge(damage, disk, followers)
                } else {
                    recovery.tornAt = offset
                }
                break
            }
        }
        return position
    }

    private struct SegmentOutcome {
        var position: JournalPosition
        var tail = JournalScanner.Tail.clean
        var damage: JournalDamage?
        var isBlank = false
    }

    /// Whether what is damaged was on stable storage, by all that the segments say.
    private static func judge(
        _ damage: JournalDamage,
        _ disk: any JournalDisk,
        _ segments: ArraySlice<UInt32>
    ) throws(DiskError) -> JournalDamage {
        var judged = damage
        for segment in segments {
            let evidence = try unsafe disk.read(segment) { bytes in unsafe JournalScanner.evidence(bytes) }
            if let evidence, evidence >= damage.sequence { judged.wasSynced = true }
            // Without a first header nothing says which journal this is: nobody may begin another one over it.
            if damage.sequence == 1, damage.reason == .noHeader, evidence != nil { judged.wasSynced = true }
        }
        return judged
    }

    private static func hasContent(_ disk: any JournalDisk, _ segments: ArraySlice<UInt32>) throws(DiskError) -> Bool {
        for segment in segments {
            let isBlank = try unsafe disk.read(segment) { bytes in
                unsafe bytes.prefix(JournalFormat.slot).allSatisfy { $0 == 0 }
            }
            if !isBlank { return true }
        }
        return false
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer,
        _ start: JournalPosition,
        _ visit: (JournalRecord) -> Void
    ) -> SegmentOutcome {
        var outcome = SegmentOutcome(position: start)
        let isBlank = unsafe bytes.prefix(JournalFormat.slot).allSatisfy { $0 == 0 }
        if isBlank {
            outcome.isBlank = true
            return outcome
        }
        do throws(JournalDamage) {
            var scanner = try unsafe JournalScanner(bytes, after: start)
            outcome.position = scanner.position
            do throws(JournalDamage) {
                while let record = try scanner.next() { visit(record) }
            } catch let damage {
                outcome.damage = damage
            }
            outcome.position = scanner.position
            outcome.tail = scanner.tail
        } catch let damage {
            outcome.damage = damage
        }
        return outcome
    }

    /// Writes again what no watermark calls stable.
    ///
    /// A sync that failed in an earlier process leaves pages in the cache that the system calls clean and never writes: we can
    /// read them, and a power cut would take them. Written again they are what the next sync writes.
    private func rewriteUnsynced() throws(DiskError) {
        // What the scan was told by blocks and watermarks.
        let stable = position.synced
        guard stable < written else { return }
        let segments = try disk.segments().filter { $0 <= position.segment }
        // From the end: a segment whose first record is stable is the last that may hold others.
        for segment in segments.reversed() {
            let bytes = try unsafe disk.read(segment) { unsafe Array($0) }
            let end = segment == position.segment ? position.offset : bytes.count
            try unsafe bytes.withUnsafeBytes { content in
                Result { () throws(DiskError) in
                    try unsafe disk.write(UnsafeRawBufferPointer(rebasing: content[..<end]), to: segment, at: 0)
                }
            }.get()
            // Safe: the scan has found the header whole.
            let header = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: SegmentHeader.self) }
            if header.firstSequence <= stable { break }
        }
    }

    /// What stands behind the last whole block must be gone for good before anything is appended: a second crash would
    /// otherwise find old and new mixed.
    private mutating func clearTail(_ recovery: JournalRecovery) throws(DiskError) {
        for segment in try disk.segments() where segment > position.segment { try disk.remove(segment) }
        try disk.erase(position.segment, from: position.offset)
        // What an earlier process wrote and did not sync must be stable before it is called so.
        for segment in try disk.segments() { try disk.sync(segment) }
        segmentSize = try unsafe disk.read(position.segment) { $0.count }
    }

    // MARK: Appending

    /// The number that the next record will get.
    public var nextSequence: UInt64 { appended + 1 }

    /// Takes a record; it gets its number, which is returned, or 0 when the journal takes nothing any more.
    @discardableResult
    public mutating func append(_ event: Event) -> UInt64 {
        guard state < .full else { return 0 }
        if !block.hasRoom() { flush() }
        guard state < .full else { return 0 }
        appended += 1
        var record = event
        record.sequence = appended
        block.append(record)
        return appended
    }

    /// Takes a text with its side record; 0 when the journal takes nothing any more, or the text is too long for a block.
    @discardableResult
    public mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price = .zero) -> UInt64 {
        let slots = JournalFormat.slots(forText: text.count) + 1
        guard slots <= block.capacity, state < .full else { return 0 }
        if !block.hasRoom(slots) { flush() }
        guard state < .full else { return 0 }
        appended += 1
        var record = Event(eventTime: time, receiveTime: time, sequence: appended, kind: .side)
        record.orderID = kind.rawValue
        record.detail = UInt64(text.count)
        record.price = price
        unsafe text.withUnsafeBytes { unsafe block.append(record, text: $0) }
        return appended
    }

    /// Writes what was appended.
    ///
    /// After it `written` is `appended`, unless `state` says why not.
    public mutating func flush() {
        guard !block.isEmpty, state < .full else { return }
        do throws(DiskError) {
            let length = (block.slots + 1) * JournalFormat.slot
            if position.offset + length > segmentSize { try rotate() }
            guard state < .full else { return }
            let index = position.segment
            let offset = position.offset
            let bytes = unsafe block.seal(epoch: position.epoch, synced: synced, chain: &position.chain)
            try unsafe disk.write(bytes, to: index, at: offset)
            position.offset += length
            position.nextSequence += UInt64(block.records)
            block.removeAll()
            judgeRoom()
        } catch let error {
            fail(error)
        }
    }

    /// Puts everything written on stable storage.
    ///
    /// A failure is never tried again: the system may have dropped the pages and call the next attempt a success.
    public mutating func sync() {
        guard state != .poisoned else { return }
        do throws(DiskError) {
            for segment in firstUnsynced...position.segment { try disk.sync(segment) }
            firstUnsynced = position.segment
            synced = written
            try mark()
        } catch let error {
            #if HELIOS_BUG_BANK
            if isOn(.syncErrorIgnored) {
                synced = written
                return
            }
            #endif
            fail(error)
        }
    }

    /// Writes down how far the journal is stable, in the segment that is being written.
    private func mark() throws(DiskError) {
        let failure = unsafe withUnsafeBytes(of: SyncWatermark(synced: synced)) { bytes -> DiskError? in
            do throws(DiskError) {
                try unsafe disk.write(bytes, to: position.segment, at: JournalFormat.slot)
                return nil
            } catch let error {
                return error
            }
        }
        if let failure { throw failure }
    }

    private mutating func fail(_ error: DiskError) {
        if failure == nil { failure = error }
        // Space was set aside before: a write that fails inside a segment, and any failed sync, is a broken disk.
        state = .poisoned
    }

    // MARK: Segments

    private mutating func begin(_ index: UInt32) throws(DiskError) {
        if !hasSpare { try disk.create(index, size: options.segmentSize) }
        hasSpare = false
        let header = SegmentHeader(
            index: index,
            firstSequence: position.nextSequence,
            chain: position.chain,
            session: position.session ?? 0,
            epoch: position.epoch
        )
        let failure = unsafe withUnsafeBytes(of: header) { bytes -> DiskError? in
            do throws(DiskError) {
                try unsafe disk.write(bytes, to: index, at: 0)
                return nil
            } catch let error {
                return error
            }
        }
        if let failure { throw failure }
        try disk.sync(index)
        position.segment = index
        position.offset = JournalFormat.firstBlock
        segmentSize = options.segmentSize
    }

    private mutating func rotate() throws(DiskError) {
        if !hasSpare { prepareSpare() }
        guard hasSpare else {
            state = .full
            return
        }
        try begin(position.segment + 1)
        prepareSpare()
    }

    /// Sets the next segment's space aside while the present one still has room: when that fails there is time to act.
    ///
    /// May take long; a writer calls it when it has nothing else to do.
    public mutating func prepareSpare() {
        guard !hasSpare, state < .full else { return }
        do throws(DiskError) {
            try disk.create(position.segment + 1, size: options.segmentSize)
            hasSpare = true
            state = .open
        } catch let error {
            if failure == nil { failure = error }
            judgeRoom()
        }
    }

    private mutating func judgeRoom() {
        guard !hasSpare, state < .full else { return }
        let free = Double(segmentSize - position.offset) / Double(segmentSize)
        if free < options.reportReserve {
            state = .reportsOnly
        } else {
            state = free < options.orderReserve ? .noOrders : .low
        }
    }
}
extension Journal: JournalSink {}
