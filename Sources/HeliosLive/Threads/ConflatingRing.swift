// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket
import Synchronization

/// A ring between two threads that keeps only the last record of each key: the reader gets every key's newest state, never
/// more of them than there are keys.
///
/// For quotes and positions on their way to something slower. A place holds a key's last record behind a sequence lock; a ring of
/// keys says which places have news, and holds each key once.
public final class ConflatingRing<Record: BitwiseCopyable>: Sendable {
    let memory: ConflatingMemory<Record>

    /// - Parameters:
    ///   - keys: keys are 0 to below this number.
    ///   - waits: how the consumer waits when there is no news.
    public init(keys: Int, waits: WaitStrategy = .spin) { memory = ConflatingMemory(keys: keys, waits: waits) }

    /// The pushing end; nil when it was given out before.
    public func producer() -> ConflatingProducer<Record>? {
        guard let news = memory.news.producer() else { return nil }
        return ConflatingProducer(memory, news)
    }

    /// The taking end; nil when it was given out before.
    public func consumer() -> ConflatingConsumer<Record>? {
        guard let news = memory.news.consumer() else { return nil }
        return ConflatingConsumer(memory, news)
    }
}

/// The places of a `ConflatingRing`.
///
/// ```
/// byte 0   version   even: whole; odd: being written
///      8   isNews    1 while the key stands in the ring of keys
///      16  record    in whole words
/// ```
final class ConflatingMemory<Record: BitwiseCopyable>: @unchecked Sendable {
    let news: Ring<UInt32>
    let places: UnsafeMutableRawPointer
    let keys: Int

    static var stride: Int { (16 + (MemoryLayout<Record>.size + 7) / 8 * 8 + 63) / 64 * 64 }

    init(keys: Int, waits: WaitStrategy) {
        precondition(keys > 0 && keys <= 1 << 24, "a conflating ring has 1 to 16,777,216 keys")
        precondition(MemoryLayout<Record>.alignment <= 16, "records are aligned to at most 16 bytes")
        self.keys = keys
        news = Ring(capacity: keys, waits: waits)
        places = .allocate(byteCount: keys * ConflatingMemory.stride, alignment: 64)
        places.initializeMemory(as: UInt8.self, repeating: 0, count: keys * ConflatingMemory.stride)
    }

    deinit { places.deallocate() }

    func version(_ key: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (places + key * ConflatingMemory.stride).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    func isNews(_ key: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (places + key * ConflatingMemory.stride + 8).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    func record(_ key: Int) -> UnsafeMutableRawPointer { places + key * ConflatingMemory.stride + 16 }
}

/// The end of a `ConflatingRing` that pushes; for one thread.
public struct ConflatingProducer<Record: BitwiseCopyable>: ~Copyable {
    private let memory: ConflatingMemory<Record>
    private var news: RingProducer<UInt32>
    private let words: UnsafeMutableRawPointer

    init(_ memory: ConflatingMemory<Record>, _ news: consuming RingProducer<UInt32>) {
        self.memory = memory
        self.news = news
        words = .allocate(byteCount: ConflatingMemory<Record>.stride, alignment: 64)
        words.initializeMemory(as: UInt8.self, repeating: 0, count: ConflatingMemory<Record>.stride)
    }

    deinit { words.deallocate() }

    /// Makes `record` the newest of `key`, which must be one of the ring's.
    public mutating func push(_ record: Record, for key: Int) {
        precondition(key >= 0 && key < memory.keys, "no such key")
        let version = memory.version(key)
        let number = version.pointee.load(ordering: .relaxed)
        version.pointee.store(number &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        words.storeBytes(of: record, as: Record.self)
        helios_store_words(memory.record(key), words, (MemoryLayout<Record>.size + 7) / 8)
        version.pointee.store(number &+ 2, ordering: .releasing)
        // Whoever takes the key from now on reads this record, or a newer one.
        if memory.isNews(key).pointee.exchange(1, ordering: .acquiringAndReleasing) == 0 {
            let isIn = news.push(UInt32(key))
            assert(isIn, "each key stands in the ring of keys at most once")
        }
    }
}

/// The end of a `ConflatingRing` that takes; for one thread.
public struct ConflatingConsumer<Record: BitwiseCopyable>: ~Copyable {
    private let memory: ConflatingMemory<Record>
    private var news: RingConsumer<UInt32>
    private let words: UnsafeMutableRawPointer
    /// The version of each key that was given out last.
    private let given: UnsafeMutablePointer<UInt64>
    /// Records that a newer one of their key replaced before they were read.
    public private(set) var conflated: UInt64 = 0

    init(_ memory: ConflatingMemory<Record>, _ news: consuming RingConsumer<UInt32>) {
        self.memory = memory
        self.news = news
        words = .allocate(byteCount: ConflatingMemory<Record>.stride, alignment: 64)
        given = .allocate(capacity: memory.keys)
        given.initialize(repeating: 0, count: memory.keys)
    }

    deinit {
        words.deallocate()
        given.deallocate()
    }

    /// Whether the producer is gone and everything was taken.
    public var isFinished: Bool { news.isFinished }

    /// The newest record of a key that has news; nil when none has.
    public mutating func next() -> (key: Int, record: Record)? {
        while let number = news.next() {
            let key = Int(number)
            // Before the record is read: a record that comes later is news again.
            _ = memory.isNews(key).pointee.exchange(0, ordering: .acquiringAndReleasing)
            let version = load(key)
            // The news that brought the key here a second time may be in what was read the first time.
            guard version != given[key] else { continue }
            conflated += (version &- given[key]) / 2 &- 1
            given[key] = version
            return (key, words.load(as: Record.self))
        }
        return nil
    }

    /// Waits until a key has news, as the ring's strategy says.
    ///
    /// - Parameter timeout: nanoseconds.
    /// - Returns: whether one has; false when time is over, or the producer is gone and nothing is left.
    public mutating func wait(timeout: Nanoseconds = .max) -> Bool { news.wait(timeout: timeout) }

    /// Copies a key's record whole; its version.
    private func load(_ key: Int) -> UInt64 {
        let version = memory.version(key)
        while true {
            let before = version.pointee.load(ordering: .acquiring)
            if before % 2 == 0 {
                helios_load_words(words, memory.record(key), (MemoryLayout<Record>.size + 7) / 8)
                atomicMemoryFence(ordering: .acquiring)
                if version.pointee.load(ordering: .relaxed) == before { return before }
            }
            helios_pause()
        }
    }
}
