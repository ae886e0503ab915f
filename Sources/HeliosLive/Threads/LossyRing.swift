// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket
import Synchronization

/// A ring between two threads whose producer never waits: when it is full the oldest record goes, and the reader is told.
///
/// For watchers (a console, a recorder of statistics) that may not hold up what they watch. The producer writes on in circles; the
/// reader copies a record and then looks whether the producer has come around meanwhile, as a sequence lock does.
public final class LossyRing<Record: BitwiseCopyable>: Sendable {
    let memory: RingMemory

    /// - Parameters:
    ///   - capacity: records, rounded up to a power of two.
    ///   - waits: how the consumer waits when the ring is empty.
    public init(capacity: Int, waits: WaitStrategy = .spin) {
        precondition(MemoryLayout<Record>.alignment <= 8, "records are aligned to at most eight bytes")
        memory = RingMemory(capacity: capacity, stride: LossyRing.words * 8, waits: waits)
    }

    /// A record in whole words, each of which is read and written as one.
    @usableFromInline
    static var words: Int { (MemoryLayout<Record>.size + 7) / 8 }

    /// The pushing end; nil when it was given out before.
    public func producer() -> LossyProducer<Record>? { memory.takeProducer() ? LossyProducer(memory) : nil }

    /// The taking end; nil when it was given out before.
    public func consumer() -> LossyConsumer<Record>? { memory.takeConsumer() ? LossyConsumer(memory) : nil }
}

/// The end of a `LossyRing` that pushes; for one thread.
public struct LossyProducer<Record: BitwiseCopyable>: ~Copyable {
    @usableFromInline
    let slots: UnsafeMutableRawPointer
    @usableFromInline
    let mask: Int
    @usableFromInline
    let control: RingControl
    @usableFromInline
    let wakes: Bool
    @usableFromInline
    var tail = 0
    private let memory: RingMemory

    init(_ memory: RingMemory) {
        self.memory = memory
        slots = memory.slots
        mask = memory.mask
        control = memory.control
        wakes = memory.waits == .block
    }

    deinit { control.end() }

    /// Puts a record in, in place of the oldest when the ring is full.
    @inlinable
    public mutating func push(_ record: Record) {
        // Announced before it is written: who copies the place meanwhile will see that it must not believe the copy.
        control.writing.pointee.store(tail &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        withUnsafePointer(to: record) { source in
            let place = slots + (tail & mask) &* (LossyRing<Record>.words &* 8)
            helios_store_words(place, source, MemoryLayout<Record>.size / 8)
            storeRest(place, source)
        }
        tail &+= 1
        control.tail.pointee.store(tail, ordering: .releasing)
        if wakes { control.wake() }
    }

    /// The bytes after the last whole word, as a word.
    @inlinable
    func storeRest(_ place: UnsafeMutableRawPointer, _ source: UnsafePointer<Record>) {
        let size = MemoryLayout<Record>.size
        guard size % 8 != 0 else { return }
        var rest: UInt64 = 0
        withUnsafeMutableBytes(of: &rest) { bytes in
            bytes.copyMemory(
                from: UnsafeRawBufferPointer(start: UnsafeRawPointer(source) + size / 8 * 8, count: size % 8)
            )
        }
        helios_store_words(place + size / 8 * 8, &rest, 1)
    }
}

/// The end of a `LossyRing` that takes; for one thread.
public struct LossyConsumer<Record: BitwiseCopyable>: ~Copyable {
    private let slots: UnsafeMutableRawPointer
    private let mask: Int
    private let control: RingControl
    private let memory: RingMemory
    private let copy: UnsafeMutableRawPointer
    private var head = 0
    /// Records gone since the last one that was given out.
    private var missing = 0
    /// Records that were gone before they could be read.
    public private(set) var lost = 0

    init(_ memory: RingMemory) {
        self.memory = memory
        slots = memory.slots
        mask = memory.mask
        control = memory.control
        copy = .allocate(byteCount: (LossyRing<Record>.words &* 8), alignment: 64)
    }

    deinit {
        control.abandoned.pointee.store(1, ordering: .releasing)
        copy.deallocate()
    }

    /// Whether the producer is gone and everything was taken.
    public var isFinished: Bool {
        control.ended.pointee.load(ordering: .acquiring) != 0 && control.tail.pointee.load(ordering: .acquiring) == head
    }

    /// The next record, and how many are missing right before it; nil when there is none yet.
    public mutating func next() -> (record: Record, missing: Int)? {
        while true {
            let tail = control.tail.pointee.load(ordering: .acquiring)
            guard tail != head else { return nil }
            skip(to: tail &- (mask + 1))
            let place = slots + (head & mask) &* (LossyRing<Record>.words &* 8)
            helios_load_words(copy, place, LossyRing<Record>.words)
            atomicMemoryFence(ordering: .acquiring)
            let oldest = control.writing.pointee.load(ordering: .relaxed) &- (mask + 1)
            if head >= oldest {
                head += 1
                defer { missing = 0 }
                return (copy.load(as: Record.self), missing)
            }
            // The producer is right here: leaves it a quarter of the ring, so as not to be overtaken again at once.
            skip(to: min(oldest + (mask + 1) / 4, tail))
        }
    }

    /// Waits until there is a record, as the ring's strategy says.
    ///
    /// - Parameter timeout: nanoseconds.
    /// - Returns: whether there is one; false when time is over, or the producer is gone and nothing is left.
    public mutating func wait(timeout: Nanoseconds = .max) -> Bool {
        control.wait(memory.waits, past: head, timeout: timeout)
    }

    /// Goes on at `position` if that is further.
    private mutating func skip(to position: Int) {
        guard position > head else { return }
        missing += position - head
        lost += position - head
        head = position
    }
}
