// SPDX-License-Identifier: MIT
import CProbe
import Foundation
import HeliosLive
import HeliosMarket
import Synchronization
import Testing

/// A record that shows when it is put together from two: every word follows from the first.
private struct Stamped: BitwiseCopyable, Equatable {
    var number: UInt64
    var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
    var last: UInt32

    init(_ number: UInt64) {
        self.number = number
        words = (number &* 3, number &* 5, number &* 7, number &* 11, number &* 13, number &* 17)
        last = UInt32(truncatingIfNeeded: number &* 19)
    }

    var isWhole: Bool { self == Stamped(number) }

    static func == (left: Stamped, right: Stamped) -> Bool {
        left.number == right.number && left.words == right.words && left.last == right.last
    }
}

/// What the other thread found, read after it was joined.
private final class Box<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// What `#require` would give, for values that can't be copied.
private func present<Value: ~Copyable>(_ value: consuming Value?) throws -> Value {
    switch consume value {
    case .some(let value): return value
    case .none: throw RingTaken()
    }
}

private struct RingTaken: Error {}

/// `#expect` can't look into calls of values that can't be copied.
private func holds(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: sourceLocation)
}

/// Fewer where each step costs a hundred times more.
private var many: UInt64 {
    #if DEBUG
    1_000_000
    #else
    10_000_000
    #endif
}

@Suite("Rings between two threads")
struct RingTests {
    @Test("every record arrives once and in order", arguments: WaitStrategy.allCases)
    func inOrder(_ waits: WaitStrategy) throws {
        let count = many
        let ring = Ring<Stamped>(capacity: 1_024, waits: waits)
        let wrong = Box<UInt64>(0)
        let seen = Box<UInt64>(0)
        let thread = LiveThread(ThreadPlan(name: "consumer")) {
            guard var input = ring.consumer() else { return }
            while input.wait() {
                _ = input.drain { record in
                    seen.value += 1
                    if record.number != seen.value || !record.isWhole { wrong.value += 1 }
                }
            }
        }
        do {
            var output = try present(ring.producer())
            for number in 1...count where !output.pushWaiting(Stamped(number)) { break }
        }
        thread.join()
        holds(seen.value == count)
        holds(wrong.value == 0)
    }

    @Test("a ring of one record, and records one by one, keep the order too")
    func smallest() throws {
        let ring = Ring<UInt64>(capacity: 1, waits: .yield)
        let sum = Box<UInt64>(0)
        let thread = LiveThread(ThreadPlan(name: "consumer")) {
            guard var input = ring.consumer() else { return }
            while !input.isFinished {
                if let number = input.next() { sum.value = sum.value &* 31 &+ number } else { _ = input.wait() }
            }
        }
        var expected: UInt64 = 0
        do {
            var output = try present(ring.producer())
            for number in 1...UInt64(20_000) {
                _ = output.pushWaiting(number)
                expected = expected &* 31 &+ number
            }
        }
        thread.join()
        holds(sum.value == expected)
    }

    @Test("a full ring takes nothing more, and takes again what was made room for")
    func backPressure() throws {
        let ring = Ring<UInt64>(capacity: 5)
        var output = try present(ring.producer())
        var input = try present(ring.consumer())
        holds(output.capacity == 8)
        for number in 0..<UInt64(8) { holds(output.push(number)) }
        holds(!output.push(8))
        holds(input.next() == 0)
        holds(output.push(8))
        holds(!output.push(9))
        var taken: [UInt64] = []
        holds(input.drain(atMost: 3) { taken.append($0) } == 3)
        holds(input.drain { taken.append($0) } == 5)
        holds(taken == Array(1...8))
        holds(input.next() == nil)
        holds(!input.wait(timeout: 1_000_000))
    }

    @Test("batches go in and come out across the ring's end, in part when there is no room or no more")
    func batches() throws {
        let ring = Ring<UInt64>(capacity: 8)
        var output = try present(ring.producer())
        var input = try present(ring.consumer())
        let room = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 6)
        defer { room.deallocate() }
        var next: UInt64 = 0
        var expected: UInt64 = 0
        for size in [5, 3, 7, 8, 0, 6, 8, 2] {
            let batch = (0..<UInt64(size)).map { next + $0 }
            let count = batch.withUnsafeBufferPointer { output.push($0) }
            holds(count <= size)
            next += UInt64(count)
            let read = input.read(into: room)
            for index in 0..<read {
                holds(room[index] == expected)
                expected += 1
            }
        }
        while let number = input.next() {
            holds(number == expected)
            expected += 1
        }
        holds(expected == next)
        holds(next > 24)
    }

    @Test("what is staged is seen when it is published, at the latest when the producer goes")
    func staging() throws {
        let ring = Ring<UInt64>(capacity: 4)
        var input = try present(ring.consumer())
        do {
            var output = try present(ring.producer())
            holds(output.stage(1) && output.stage(2))
            holds(input.next() == nil)
            output.publish()
            holds(input.next() == 1)
            holds(output.stage(3) && output.stage(4) && output.stage(5))
            holds(!output.stage(6))
            holds(input.next() == 2 && input.next() == nil)
        }
        holds(input.next() == 3 && input.next() == 4 && input.next() == 5 && input.next() == nil)
        holds(input.isFinished)
    }

    @Test("each end is given out once")
    func ends() throws {
        let ring = Ring<UInt64>(capacity: 8)
        let first = ring.producer()
        let second = ring.producer()
        let hasFirst = first != nil
        let hasSecond = second != nil
        holds(hasFirst && !hasSecond)
        let input = ring.consumer()
        let other = ring.consumer()
        let hasInput = input != nil
        let hasOther = other != nil
        holds(hasInput && !hasOther)
    }

    @Test("an end that goes out of scope is seen by the other, and what was pushed before is still read")
    func destruction() throws {
        let ring = Ring<UInt64>(capacity: 8)
        var input = try present(ring.consumer())
        do {
            var output = try present(ring.producer())
            holds(output.push(7))
            holds(!input.isFinished)
        }
        holds(!input.isFinished)
        holds(input.wait())
        holds(input.next() == 7)
        holds(input.isFinished)
        holds(!input.wait())

        let other = Ring<UInt64>(capacity: 2)
        var output = try present(other.producer())
        do { _ = other.consumer() }
        holds(output.isAbandoned)
        holds(output.push(1) && output.push(2))
        holds(!output.pushWaiting(3))
    }

    @Test("ends outlive the ring, and a ring without ends goes too")
    func lifetime() throws {
        var ring: Ring<UInt64>? = Ring(capacity: 8)
        weak let watched = ring
        var output = try present(ring?.producer())
        var input = try present(ring?.consumer())
        ring = nil
        holds(watched == nil)
        holds(output.push(3))
        holds(input.next() == 3)
    }

    @Test("a sleeping reader is woken by a record and by the producer's end")
    func waking() throws {
        let ring = Ring<UInt64>(capacity: 8, waits: .block)
        let times = Box<[Int64]>([])
        let thread = LiveThread(ThreadPlan(name: "sleeper")) {
            guard var input = ring.consumer() else { return }
            while input.wait(timeout: 30_000_000_000) { _ = input.drain { times.value.append(Int64($0)) } }
        }
        do {
            var output = try present(ring.producer())
            for number in 0..<UInt64(20) {
                usleep(2_000)
                holds(output.push(number))
            }
        }
        let start = Date()
        thread.join()
        holds(Date().timeIntervalSince(start) < 10)
        holds(times.value == Array(0..<20))
    }

    @Test("pushing and taking allocate nothing and count no references", .enabled(if: probe_is_available() != 0))
    func noAllocation() throws {
        let ring = Ring<Event>(capacity: 64)
        var output = try present(ring.producer())
        var input = try present(ring.consumer())
        let event = Event(kind: .none)
        var taken = 0
        func round() {
            for _ in 0..<50 { _ = output.push(event) }
            taken += input.drain { _ in }
            _ = output.push(event)
            if input.next() != nil { taken += 1 }
        }
        round()
        probe_begin()
        for _ in 0..<100 { round() }
        let counts = probe_end()
        holds(counts.allocations == 0)
        #if !DEBUG
        holds(counts.retains == 0)
        #endif
        holds(taken == 101 * 51)
    }
}

@Suite("Rings that drop the oldest")
struct LossyRingTests {
    @Test("the newest records stay, and the first of them says how many are missing")
    func dropsOldest() throws {
        let ring = LossyRing<Stamped>(capacity: 8)
        var output = try present(ring.producer())
        var input = try present(ring.consumer())
        holds(input.next() == nil)
        for number in 1...UInt64(20) { output.push(Stamped(number)) }
        let first = try present(input.next())
        holds(first.record == Stamped(13))
        holds(first.missing == 12)
        for number in 14...UInt64(20) {
            let next = try present(input.next())
            holds(next.record == Stamped(number))
            holds(next.missing == 0)
        }
        holds(input.next() == nil)
        holds(input.lost == 12)
    }

    @Test("records whose size is no whole number of words arrive whole")
    func oddSizes() throws {
        struct Odd: BitwiseCopyable, Equatable {
            var a: UInt16
            var b: UInt8
        }
        let ring = LossyRing<Odd>(capacity: 4)
        var output = try present(ring.producer())
        var input = try present(ring.consumer())
        for number in 0..<UInt16(4) { output.push(Odd(a: number &* 991, b: UInt8(number))) }
        for number in 0..<UInt16(4) { holds(input.next()?.record == Odd(a: number &* 991, b: UInt8(number))) }
    }

    @Test("under a producer that never waits, what arrives is whole, in order, and what is missing is counted")
    func overrun() throws {
        let count = many
        let ring = LossyRing<Stamped>(capacity: 64)
        let wrong = Box<UInt64>(0)
        let last = Box<UInt64>(0)
        let received = Box<UInt64>(0)
        let lost = Box(0)
        let thread = LiveThread(ThreadPlan(name: "watcher")) {
            guard var input = ring.consumer() else { return }
            while input.wait() {
                while let (record, missing) = input.next() {
                    if !record.isWhole || record.number != last.value + UInt64(missing) + 1 { wrong.value += 1 }
                    last.value = record.number
                    received.value += 1
                }
            }
            lost.value = input.lost
        }
        do {
            var output = try present(ring.producer())
            for number in 1...count { output.push(Stamped(number)) }
        }
        thread.join()
        holds(wrong.value == 0)
        holds(last.value == count)
        holds(received.value + UInt64(lost.value) == count)
    }
}

@Suite("Rings that keep the newest of each key")
struct ConflatingRingTests {
    @Test("a key's newest record replaces the others; keys come in the order of their first news")
    func conflates() throws {
        let ring = ConflatingRing<Stamped>(keys: 4)
        var output = try present(ring.producer())
        var input = try present(ring.consumer())
        holds(input.next() == nil)
        for number in 1...UInt64(9) { output.push(Stamped(number), for: 2) }
        output.push(Stamped(100), for: 0)
        output.push(Stamped(10), for: 2)
        let first = try present(input.next())
        holds(first.key == 2)
        holds(first.record == Stamped(10))
        let second = try present(input.next())
        holds(second.key == 0)
        holds(second.record == Stamped(100))
        holds(input.next() == nil)
        holds(input.conflated == 9)
        output.push(Stamped(11), for: 2)
        holds(input.next()?.record == Stamped(11))
    }

    @Test("every key ends with its last record, each record is whole, and a key never goes back")
    func overrun() throws {
        let keys = 16
        let count = many / 4
        let ring = ConflatingRing<Stamped>(keys: keys)
        let wrong = Box(0)
        let newest = Box([UInt64](repeating: 0, count: keys))
        let received = Box<UInt64>(0)
        let conflated = Box<UInt64>(0)
        let thread = LiveThread(ThreadPlan(name: "watcher")) {
            guard var input = ring.consumer() else { return }
            while input.wait() {
                while let (key, record) = input.next() {
                    if !record.isWhole || record.number <= newest.value[key] { wrong.value += 1 }
                    if Int(record.number) % keys != key { wrong.value += 1 }
                    newest.value[key] = record.number
                    received.value += 1
                }
            }
            conflated.value = input.conflated
        }
        do {
            var output = try present(ring.producer())
            for number in 1...count { output.push(Stamped(number), for: Int(number) % keys) }
        }
        thread.join()
        holds(wrong.value == 0)
        holds(newest.value.sorted() == Array((count - UInt64(keys) + 1)...count))
        holds(received.value + conflated.value == count)
    }
}

@Suite("Threads")
struct LiveThreadTests {
    @Test("a pinned thread runs on its processor and carries its name", .enabled(if: LiveThread.processor != nil))
    func pinned() {
        let processor = Box<Int?>(nil)
        let name = Box("")
        let plan = ThreadPlan(name: "helios feed", processor: 0)
        let thread = LiveThread(plan) {
            processor.value = LiveThread.processor
            name.value = (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
        }
        thread.join()
        thread.join()
        holds(thread.refusals.isEmpty)
        holds(processor.value == 0)
        holds(name.value == "helios feed\n")
    }

    @Test("what the system refuses is told, and the thread runs")
    func refused() {
        let ran = Box(false)
        let thread = LiveThread(ThreadPlan(name: "x", processor: 100_000, realtimePriority: 5_000)) { ran.value = true }
        thread.join()
        holds(ran.value)
        holds(thread.refusals.map(\.wish) == [.processor, .realtimePriority])
        holds(thread.refusals.allSatisfy { !$0.reason.isEmpty })
    }
}
