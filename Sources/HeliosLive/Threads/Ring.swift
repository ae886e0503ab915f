// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import Synchronization

/// A ring between two threads that loses nothing: one pushes records, the other takes them in the same order.
///
/// ```swift
/// let ring = Ring<Event>(capacity: 65_536)
/// // on the one thread                            // on the other
/// guard var out = ring.producer() else { … }      guard var input = ring.consumer() else { … }
/// while !out.push(event) { … }                    while input.wait() { input.drain { event in … } }
/// ```
/// What happens when the ring is full is the type's choice, so that no record pays for a question:
///
/// | type | a full ring | the reader learns |
/// | --- | --- | --- |
/// | `Ring` | `push` answers false: back-pressure | nothing is ever missing |
/// | `LossyRing` | the oldest record goes | how many are missing before a record |
/// | `ConflatingRing` | can't be full: one place for each key | how many values of the key it skipped |
///
/// Records are trivially copyable and of any size; each end remembers how far the other was, and looks again only when that is
/// not enough. An end that goes out of scope is gone for good: the other sees `isFinished` or `isAbandoned`.
public final class Ring<Record: BitwiseCopyable>: Sendable {
    let memory: RingMemory

    /// - Parameters:
    ///   - capacity: records, rounded up to a power of two.
    ///   - waits: how the consumer waits when the ring is empty.
    public init(capacity: Int, waits: WaitStrategy = .spin) {
        precondition(MemoryLayout<Record>.alignment <= 128, "records are aligned to at most 128 bytes")
        memory = RingMemory(capacity: capacity, stride: MemoryLayout<Record>.stride, waits: waits)
    }

    /// The pushing end; nil when it was given out before.
    public func producer() -> RingProducer<Record>? { memory.takeProducer() ? RingProducer(memory) : nil }

    /// The taking end; nil when it was given out before.
    public func consumer() -> RingConsumer<Record>? { memory.takeConsumer() ? RingConsumer(memory) : nil }
}

/// A ring's memory, which lives until ring, producer and consumer are gone.
final class RingMemory: @unchecked Sendable {
    let control = RingControl()
    let slots: UnsafeMutableRawPointer
    let mask: Int
    let waits: WaitStrategy
    private let hasProducer = Atomic<Bool>(false)
    private let hasConsumer = Atomic<Bool>(false)

    init(capacity: Int, stride: Int, waits: WaitStrategy) {
        precondition(capacity > 0 && capacity <= 1 << 40, "a ring holds at least one record")
        var size = 1
        while size < capacity { size *= 2 }
        mask = size - 1
        self.waits = waits
        slots = .allocate(byteCount: size * stride, alignment: 128)
        // Touched now, so that no page has to be found on the way.
        slots.initializeMemory(as: UInt8.self, repeating: 0, count: size * stride)
    }

    deinit {
        slots.deallocate()
        control.deallocate()
    }

    func takeProducer() -> Bool { !hasProducer.exchange(true, ordering: .acquiringAndReleasing) }
    func takeConsumer() -> Bool { !hasConsumer.exchange(true, ordering: .acquiringAndReleasing) }
}

/// The end of a `Ring` that pushes; for one thread.
public struct RingProducer<Record: BitwiseCopyable>: ~Copyable {
    @usableFromInline
    let slots: UnsafeMutablePointer<Record>
    @usableFromInline
    let mask: Int
    @usableFromInline
    let control: RingControl
    @usableFromInline
    let wakes: Bool
    /// Records pushed so far.
    @usableFromInline
    var tail = 0
    /// How far the consumer was when it was last asked.
    @usableFromInline
    var knownHead = 0
    private let memory: RingMemory

    init(_ memory: RingMemory) {
        self.memory = memory
        slots = memory.slots.bindMemory(to: Record.self, capacity: memory.mask + 1)
        mask = memory.mask
        control = memory.control
        wakes = memory.waits == .block
    }

    deinit {
        publish()
        control.end()
    }

    /// Records that the ring holds.
    @inlinable
    public var capacity: Int { mask + 1 }

    /// Whether the consumer is gone: what is pushed will never be read.
    public var isAbandoned: Bool { control.abandoned.pointee.load(ordering: .acquiring) != 0 }

    /// Puts a record in; false when there is no room.
    @inlinable
    public mutating func push(_ record: Record) -> Bool {
        guard stage(record) else { return false }
        publish()
        return true
    }

    /// Puts a record in, which the consumer does not see before `publish` or the next `push`; false when there is no room.
    @inlinable
    public mutating func stage(_ record: Record) -> Bool {
        guard tail &- knownHead <= mask || hasRoom() else { return false }
        slots[tail & mask] = record
        // Wrapping: a cursor of 64 bits never gets around.
        tail &+= 1
        return true
    }

    /// Makes what was staged visible to the consumer.
    @inlinable
    public func publish() {
        control.tail.pointee.store(tail, ordering: .releasing)
        if wakes { control.wake() }
    }

    /// Puts in as many of `records` as there is room for, made visible at once; how many.
    @inlinable
    public mutating func push(_ records: UnsafeBufferPointer<Record>) -> Int {
        if tail &+ records.count &- knownHead > mask { _ = hasRoom() }
        let count = min(records.count, mask + 1 - (tail &- knownHead))
        guard count > 0 else { return 0 }
        for index in 0..<count { slots[(tail &+ index) & mask] = records[index] }
        tail &+= count
        publish()
        return count
    }

    /// Puts a record in, waiting for room; false when the consumer is gone.
    public mutating func pushWaiting(_ record: Record) -> Bool {
        var looks = 0
        while !push(record) {
            if isAbandoned { return false }
            looks += 1
            if looks < 1_000 { helios_pause() } else { sched_yield() }
        }
        return true
    }

    @usableFromInline
    mutating func hasRoom() -> Bool {
        knownHead = control.head.pointee.load(ordering: .acquiring)
        return tail &- knownHead <= mask
    }
}

/// The end of a `Ring` that takes; for one thread.
public struct RingConsumer<Record: BitwiseCopyable>: ~Copyable {
    @usableFromInline
    let slots: UnsafeMutablePointer<Record>
    @usableFromInline
    let mask: Int
    @usableFromInline
    let control: RingControl
    /// Records taken so far.
    @usableFromInline
    var head = 0
    /// How far the producer was when it was last asked.
    @usableFromInline
    var knownTail = 0
    private let memory: RingMemory

    init(_ memory: RingMemory) {
        self.memory = memory
        slots = memory.slots.bindMemory(to: Record.self, capacity: memory.mask + 1)
        mask = memory.mask
        control = memory.control
    }

    deinit { control.abandoned.pointee.store(1, ordering: .releasing) }

    /// Whether the producer is gone and everything was taken.
    public var isFinished: Bool {
        // In this order: what it pushed last is visible when its end is.
        control.ended.pointee.load(ordering: .acquiring) != 0 && control.tail.pointee.load(ordering: .acquiring) == head
    }

    /// The next record; nil when there is none yet.
    @inlinable
    public mutating func next() -> Record? {
        guard head != knownTail || hasMore() else { return nil }
        let record = slots[head & mask]
        head &+= 1
        control.head.pointee.store(head, ordering: .releasing)
        return record
    }

    /// Copies as many records as there are and as fit, whose places are free at once; how many.
    @inlinable
    public mutating func read(into records: UnsafeMutableBufferPointer<Record>) -> Int {
        // A batch costs one look at what the producer writes to; a record alone must not.
        if knownTail &- head < records.count { _ = hasMore() }
        let count = min(records.count, knownTail &- head)
        guard count > 0 else { return 0 }
        for index in 0..<count { records[index] = slots[(head &+ index) & mask] }
        head &+= count
        control.head.pointee.store(head, ordering: .releasing)
        return count
    }

    /// Gives each record that is there now, at most `limit`, to `body`, and frees their places afterwards; how many.
    @inlinable
    public mutating func drain(atMost limit: Int = .max, _ body: (Record) -> Void) -> Int {
        if knownTail &- head < limit { _ = hasMore() }
        let count = min(limit, knownTail &- head)
        guard count > 0 else { return 0 }
        for index in 0..<count { body(slots[(head &+ index) & mask]) }
        head &+= count
        control.head.pointee.store(head, ordering: .releasing)
        return count
    }

    /// Waits until there is a record, as the ring's strategy says.
    ///
    /// - Parameter timeout: nanoseconds.
    /// - Returns: whether there is one; false when time is over, or the producer is gone and nothing is left.
    public mutating func wait(timeout: Nanoseconds = .max) -> Bool {
        head != knownTail || control.wait(memory.waits, past: head, timeout: timeout)
    }

    @usableFromInline
    mutating func hasMore() -> Bool {
        knownTail = control.tail.pointee.load(ordering: .acquiring)
        return head != knownTail
    }
}
