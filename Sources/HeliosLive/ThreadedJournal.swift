// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosEngine
import HeliosMarket
import Synchronization

/// A journal that a thread of its own writes: the engine's thread puts a record into a ring and goes on.
///
/// ```
/// engine ── append ──► ring of 64-byte records ──► writer ── blocks ──► file ── sync ──► stable storage
///                            one producer, one consumer, no lock
/// ```
/// A record costs the engine one copy past its caches; every 64th is made visible to the writer. When the ring is full the
/// engine waits, which is counted in `stalls`. An order that depends on a record may leave when `written` (or `synced`) has
/// reached it. The writer looks for records by itself, at least every two milliseconds; `hurry` has it look at once.
public struct ThreadedJournal: JournalSink, ~Copyable {
    @usableFromInline let slots: UnsafeMutablePointer<Event>
    @usableFromInline let mask: Int
    /// The number that the next record gets.
    @usableFromInline var nextSequence: UInt64
    @usableFromInline var tail = 0
    /// How far the writer was when it was last asked.
    @usableFromInline var knownHead = 0
    private let writer: RingWriter
    /// Times that the engine had to wait for room.
    public private(set) var stalls = 0

    /// Records between two that are made visible.
    @inlinable
    static var batch: Int { 64 }

    /// Starts a writer for `journal`.
    ///
    /// - Parameters:
    ///   - journal: open, with nothing waiting in it.
    ///   - durability: `sync` puts every batch on stable storage; otherwise that happens ten times a second.
    ///   - capacity: records of the ring, rounded up to a power of two. The default holds what a run at full speed
    ///     makes while the disk is busy with a sync.
    public init(_ journal: consuming Journal, durability: Durability, capacity: Int = 1 << 18) {
        var size = 1_024
        while size < capacity { size *= 2 }
        slots = UnsafeMutableRawPointer.allocate(byteCount: size * MemoryLayout<Event>.size, alignment: 64)
            .bindMemory(to: Event.self, capacity: size)
        slots.initialize(repeating: Event(kind: .none), count: size)
        mask = size - 1
        nextSequence = journal.nextSequence
        writer = RingWriter(journal, slots: slots, mask: mask, syncs: durability == .sync)
        writer.start()
    }

    deinit {
        writer.close(at: tail)
        slots.deallocate()
    }

    @inlinable
    public mutating func append(_ event: Event) -> UInt64 {
        if tail &- knownHead > mask {
            guard waitForRoom() else { return 0 }
        }
        var record = event
        record.sequence = nextSequence
        // A plain store would wait for the line, which the writer's core read last, and push the books out of the caches.
        withUnsafePointer(to: record) { helios_stream_line(slots + (tail & mask), $0) }
        tail &+= 1
        nextSequence &+= 1
        if tail % ThreadedJournal.batch == 0 {
            guard publish() else { return 0 }
        }
        return record.sequence
    }

    public mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        writer.add(text)
        var record = Event(eventTime: time, receiveTime: time, orderID: kind.rawValue, kind: .side)
        record.price = price
        record.detail = UInt64(text.count)
        return append(record)
    }

    /// Makes what was appended visible to the writer; false when the journal takes nothing any more.
    @usableFromInline
    func publish() -> Bool {
        writer.publish(tail)
        return writer.takes
    }

    /// Publishes and has the writer begin at once: something waits for these records.
    ///
    /// Costs a system call when the writer sleeps, which it does after a tenth of a millisecond without records.
    public func hurry() {
        writer.publish(tail)
        writer.wake()
    }

    @usableFromInline
    mutating func waitForRoom() -> Bool {
        hurry()
        knownHead = writer.head
        if tail &- knownHead > mask { stalls += 1 }
        while tail &- knownHead > mask {
            guard writer.takes else { return false }
            usleep(20)
            knownHead = writer.head
        }
        return writer.takes
    }

    /// Waits until everything appended is written, and on stable storage when `syncs`.
    public func drain(syncs: Bool) {
        hurry()
        writer.drain(to: tail, syncs: syncs)
    }

    /// The last record in the file.
    public var written: UInt64 { writer.written }
    /// The last record on stable storage.
    public var synced: UInt64 { writer.synced }
    /// Reads `synced` on any thread, and does not keep the journal open.
    var syncedReader: @Sendable () -> UInt64 {
        let shown = writer.shown
        return { shown.number.load(ordering: .acquiring) }
    }
    public var state: JournalState { writer.state }
    /// Why it takes no more records.
    public var failure: DiskError? { writer.failure }
    /// Writes so far, and the nanoseconds that the writer's thread spent in them.
    public var writes: Int { writer.writes }
    public var writeNanoseconds: UInt64 { writer.writeNanoseconds }
}

/// The last record on stable storage, for those who may outlive the journal.
private final class SyncedNumber: Sendable {
    let number: Atomic<UInt64>

    init(_ number: UInt64) { self.number = Atomic(number) }
}

/// The thread behind a `ThreadedJournal`: the only one that touches the journal.
private final class RingWriter: @unchecked Sendable {
    /// Keeps what one thread stores often away from what the other one reads.
    private typealias Line = InlineArray<16, UInt64>

    private let slots: UnsafeMutablePointer<Event>
    private let mask: Int
    private let syncs: Bool
    private var journal: Journal
    private var texts: [[UInt8]] = []
    private let textLock = NSLock()
    private let gap0 = Line(repeating: 0)
    /// Stored by the engine's thread.
    private let published = Atomic<Int>(0)
    private let gap1 = Line(repeating: 0)
    /// Stored by the writer, read by the engine's thread with every batch, and rarely another than before.
    private let stateValue = Atomic<UInt8>(0)
    private let gap2 = Line(repeating: 0)
    private let consumed = Atomic<Int>(0)
    private let writtenNumber: Atomic<UInt64>
    let shown: SyncedNumber
    private let writeCount = Atomic<Int>(0)
    private let writeTime = Atomic<UInt64>(0)
    private let isAsleep = Atomic<Bool>(false)
    private let isClosing = Atomic<Bool>(false)
    private let wantsSync = Atomic<Bool>(false)
    private let alarm = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private var failed: DiskError?

    init(_ journal: consuming Journal, slots: UnsafeMutablePointer<Event>, mask: Int, syncs: Bool) {
        writtenNumber = Atomic(journal.written)
        shown = SyncedNumber(journal.synced)
        self.journal = journal
        self.slots = slots
        self.mask = mask
        self.syncs = syncs
    }

    var head: Int { consumed.load(ordering: .acquiring) }
    var written: UInt64 { writtenNumber.load(ordering: .acquiring) }
    var synced: UInt64 { shown.number.load(ordering: .acquiring) }
    var state: JournalState { JournalState(rawValue: stateValue.load(ordering: .acquiring)) ?? .poisoned }
    var takes: Bool { state < .full }
    var writes: Int { writeCount.load(ordering: .relaxed) }
    var writeNanoseconds: UInt64 { writeTime.load(ordering: .relaxed) }
    var failure: DiskError? { textLock.withLock { failed } }

    // MARK: The engine's thread

    func publish(_ tail: Int) {
        helios_stream_fence()
        published.store(tail, ordering: .sequentiallyConsistent)
    }

    func add(_ text: [UInt8]) { textLock.withLock { texts.append(text) } }

    /// Ends the writer's sleep.
    ///
    /// The writer says that it sleeps and then looks once more at `published`; we publish and then look whether it
    /// sleeps. In the one order of both pairs at least one side sees the other.
    func wake() {
        guard isAsleep.load(ordering: .sequentiallyConsistent) else { return }
        if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { alarm.signal() }
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "helios journal"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Writes what is left and ends the thread.
    func close(at tail: Int) {
        publish(tail)
        isClosing.store(true, ordering: .sequentiallyConsistent)
        wake()
        ended.wait()
    }

    func drain(to tail: Int, syncs: Bool) {
        while takes, head < tail { usleep(20) }
        guard syncs else { return }
        wantsSync.store(true, ordering: .sequentiallyConsistent)
        wake()
        while takes, wantsSync.load(ordering: .acquiring) { usleep(20) }
    }

    // MARK: The writer's thread

    private func run() {
        var lastSync = DispatchTime.now().uptimeNanoseconds
        var idleSince: UInt64?
        while true {
            let end = published.load(ordering: .acquiring)
            let start = consumed.load(ordering: .relaxed)
            if end > start, takes {
                idleSince = nil
                write(start, end)
            } else {
                if isClosing.load(ordering: .acquiring), published.load(ordering: .acquiring) == end { break }
                rest(&idleSince, seen: end)
            }
            let now = DispatchTime.now().uptimeNanoseconds
            let isDue = now - lastSync > 100_000_000 && journal.synced < journal.written
            if isDue || wantsSync.load(ordering: .acquiring) {
                measure { journal.sync() }
                lastSync = now
                report()
                wantsSync.store(false, ordering: .releasing)
            }
        }
        journal.sync()
        report()
        ended.signal()
    }

    /// Writes piece by piece, so that the engine has room again before all is written, then syncs all of it at once.
    private func write(_ start: Int, _ end: Int) {
        var place = start
        while place < end, takes {
            let next = min(place + 4_096, end)
            measure {
                copy(place..<next, to: &journal)
                journal.flush()
            }
            report()
            consumed.store(next, ordering: .releasing)
            place = next
        }
        guard syncs else { return }
        measure { journal.sync() }
        report()
    }

    private func copy(_ range: Range<Int>, to journal: inout Journal) {
        for index in range {
            let record = slots[index & mask]
            if record.kind == .side {
                let text = textLock.withLock { texts.isEmpty ? [] : texts.removeFirst() }
                let kind = SideKind(rawValue: record.orderID) ?? .note
                _ = journal.append(kind, text, at: record.receiveTime, price: record.price)
            } else {
                _ = journal.append(record)
            }
        }
    }

    /// Nothing to do: prepares the next segment, stays awake for a tenth of a millisecond, then sleeps until it is woken,
    /// for two milliseconds at most.
    ///
    /// Woken 500 times a second it uses less than a hundredth of a core; and an answer of a venue on the same machine
    /// comes while it is still awake.
    private func rest(_ idleSince: inout UInt64?, seen end: Int) {
        let now = DispatchTime.now().uptimeNanoseconds
        guard let since = idleSince else {
            idleSince = now
            journal.prepareSpare()
            return
        }
        guard now - since > 100_000 else {
            sched_yield()
            return
        }
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        let hasWork =
            takes && published.load(ordering: .sequentiallyConsistent) != end
            || isClosing.load(ordering: .sequentiallyConsistent) || wantsSync.load(ordering: .sequentiallyConsistent)
        if !hasWork { _ = alarm.wait(timeout: .now() + .milliseconds(2)) }
        isAsleep.store(false, ordering: .relaxed)
    }

    private func measure(_ body: () -> Void) {
        let before = DispatchTime.now().uptimeNanoseconds
        body()
        writeCount.add(1, ordering: .relaxed)
        writeTime.add(DispatchTime.now().uptimeNanoseconds - before, ordering: .relaxed)
    }

    private func report() {
        if let failure = journal.failure { textLock.withLock { failed = failure } }
        writtenNumber.store(journal.written, ordering: .releasing)
        shown.number.store(journal.synced, ordering: .releasing)
        let state = journal.state.rawValue
        if state != stateValue.load(ordering: .relaxed) { stateValue.store(state, ordering: .releasing) }
    }
}
