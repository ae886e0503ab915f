// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import Synchronization

/// How a ring's reader waits when there is nothing to read.
///
/// | strategy | from a record to its reader | price |
/// | --- | --- | --- |
/// | `spin` | a cache line's way | one whole processor, always |
/// | `yield` | the same, or a scheduler's turn when others want the processor | one processor, while nobody else wants it |
/// | `block` | a wake-up, microseconds | nothing while idle; the writer pays a fence for each record, and a call for each wake-up |
public enum WaitStrategy: String, Sendable, CaseIterable {
    case spin, yield, block
}

/// The words of a ring that both threads touch, each on cache lines of its own (two: processors fetch lines in pairs).
///
/// ```
/// byte 0    tail       records published; `writing`: records begun, of a ring that drops
///      128  head       records read
///      256  sleeping   the reader sleeps, or is about to
///      260  ended      the producer is gone     264  abandoned  the consumer is gone
/// ```
@usableFromInline
struct RingControl: @unchecked Sendable {
    @usableFromInline
    let tail: UnsafeMutablePointer<Atomic<Int>>
    @usableFromInline
    let writing: UnsafeMutablePointer<Atomic<Int>>
    @usableFromInline
    let head: UnsafeMutablePointer<Atomic<Int>>
    @usableFromInline
    let sleeping: UnsafeMutablePointer<Atomic<UInt32>>
    @usableFromInline
    let ended: UnsafeMutablePointer<Atomic<UInt32>>
    @usableFromInline
    let abandoned: UnsafeMutablePointer<Atomic<UInt32>>
    private let base: UnsafeMutableRawPointer

    init() {
        base = .allocate(byteCount: 384, alignment: 128)
        tail = RingControl.place(base, 0, Atomic(0))
        writing = RingControl.place(base, 8, Atomic(0))
        head = RingControl.place(base, 128, Atomic(0))
        sleeping = RingControl.place(base, 256, Atomic(0))
        ended = RingControl.place(base, 260, Atomic(0))
        abandoned = RingControl.place(base, 264, Atomic(0))
    }

    func deallocate() { base.deallocate() }

    private static func place<Value: AtomicRepresentable>(
        _ base: UnsafeMutableRawPointer,
        _ offset: Int,
        _ value: consuming Atomic<Value>
    ) -> UnsafeMutablePointer<Atomic<Value>> {
        let place = (base + offset).bindMemory(to: Atomic<Value>.self, capacity: 1)
        place.initialize(to: value)
        return place
    }

    /// Wakes the reader if it sleeps; for the producer, after it published a record, when the strategy is `block`.
    @usableFromInline
    func wake() {
        // Either the reader sees the record before it sleeps, or this thread sees that it is about to.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard sleeping.pointee.load(ordering: .relaxed) != 0 else { return }
        sleeping.pointee.store(0, ordering: .sequentiallyConsistent)
        helios_wake(UnsafeMutableRawPointer(sleeping).assumingMemoryBound(to: UInt32.self))
    }

    /// The producer is gone: the reader is told, asleep or not.
    func end() {
        ended.pointee.store(1, ordering: .sequentiallyConsistent)
        wake()
    }

    /// Waits until more than `read` records are published; false when time is over or the producer gone with nothing left.
    func wait(_ strategy: WaitStrategy, past read: Int, timeout: Nanoseconds) -> Bool {
        // Asking the time costs as much as forty looks.
        let looks = strategy == .spin ? 64 : 1
        let deadline = timeout == .max ? Nanoseconds.max : Sockets.now &+ timeout
        while true {
            for _ in 0..<looks {
                if tail.pointee.load(ordering: .acquiring) != read { return true }
                helios_pause()
            }
            if ended.pointee.load(ordering: .acquiring) != 0 {
                // It may have published its last records just before.
                return tail.pointee.load(ordering: .acquiring) != read
            }
            let left = timeout == .max ? 1_000_000_000 : deadline - Sockets.now
            if left <= 0 { return false }
            switch strategy {
            case .spin: break
            case .yield: sched_yield()
            case .block: sleep(past: read, min(left, 1_000_000_000))
            }
        }
    }

    private func sleep(past read: Int, _ nanoseconds: Nanoseconds) {
        sleeping.pointee.store(1, ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if tail.pointee.load(ordering: .relaxed) == read, ended.pointee.load(ordering: .relaxed) == 0 {
            helios_sleep_on(UnsafeMutableRawPointer(sleeping).assumingMemoryBound(to: UInt32.self), 1, nanoseconds)
        }
        sleeping.pointee.store(0, ordering: .sequentiallyConsistent)
    }
}
