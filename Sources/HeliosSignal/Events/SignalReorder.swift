// SPDX-License-Identifier: MIT
import HeliosMarket

/// Puts the ticks of a source in order that come late, and says how far time has certainly come: the watermark.
///
/// ```swift
/// reorder.push(tick)
/// while let tick = reorder.next() { machine.begin(tick) … }
/// ```
/// A tick may come up to `lateness` after one with a later time. It waits until the watermark, the latest time that has come
/// less `lateness`, has reached its own time; ticks of one time keep their order. One that comes behind the watermark is late: it is
/// dropped and counted. When there is no more room the oldest goes on early, and the watermark moves up to it. The same
/// ticks in the same order give the same result, whatever the clock on the wall says. Nothing is allocated after `init`.
@safe
public struct SignalReorder: ~Copyable {
    /// How much later than a later tick one may come.
    public let lateness: Nanoseconds
    /// Ticks that may wait.
    public let capacity: Int
    /// No tick before this time goes on any more.
    public private(set) var watermark = Timestamp(nanoseconds: .min)
    /// Ticks dropped because they came behind the watermark.
    public private(set) var late = 0
    /// Ticks that went on early because there was no room.
    public private(set) var hurried = 0
    /// Ticks that wait.
    public private(set) var count = 0

    /// A heap, the earliest first, of equal ones the one that came first.
    private var heap: FixedBuffer<Entry>
    private var serial = 0
    /// How many of the earliest go on whatever the watermark says.
    private var isEnding = false

    // Not private: the compiler (6.3.1) fails to destroy a buffer of a private type from another file.
    struct Entry: BitwiseCopyable {
        var tick = SignalTick.clock(at: .zero)
        var serial = 0

        func isBefore(_ other: Entry) -> Bool {
            tick.time != other.tick.time ? tick.time < other.tick.time : serial < other.serial
        }
    }

    /// - Parameters:
    ///   - lateness: 0 or more nanoseconds.
    ///   - capacity: 1 or more ticks.
    public init(lateness: Nanoseconds, capacity: Int = 65_536) {
        precondition(lateness >= 0 && capacity >= 1, "a lateness of 0 or more, and room for a tick")
        self.lateness = lateness
        self.capacity = capacity
        // One more: a tick comes in before another goes out.
        heap = FixedBuffer(repeating: Entry(), count: capacity + 1)
    }

    /// Takes a tick; false for one that is late.
    ///
    /// What `next` had to give must have been taken, which traps otherwise.
    @discardableResult
    public mutating func push(_ tick: SignalTick) -> Bool {
        precondition(count <= capacity, "ticks are taken out before the next one comes")
        guard tick.time >= watermark else {
            late += 1
            return false
        }
        var place = count
        let entry = Entry(tick: tick, serial: serial)
        serial += 1
        count += 1
        while place > 0, entry.isBefore(heap[(place - 1) / 2]) {
            heap[place] = heap[(place - 1) / 2]
            place = (place - 1) / 2
        }
        heap[place] = entry
        // Safe: a distance below zero only before 1970, where it stays at the smallest time.
        let (reached, isTooEarly) = tick.time.nanoseconds.subtractingReportingOverflow(lateness)
        if !isTooEarly { watermark = max(watermark, Timestamp(nanoseconds: reached)) }
        return true
    }

    /// The next tick in order that need not wait any more; nil when there is none.
    public mutating func next() -> SignalTick? {
        guard count > 0 else { return nil }
        let first = heap[0].tick
        if first.time > watermark, !isEnding {
            guard count > capacity else { return nil }
            hurried += 1
            watermark = first.time
        }
        count -= 1
        sink(heap[count])
        return first
    }

    /// That nothing comes any more: `next` gives all that waits.
    public mutating func finish() { isEnding = true }

    // MARK: - State
    /// Appends what waits and what has been counted.
    public borrowing func save(to writer: inout StateWriter) {
        writer.mark("reorder")
        writer.write(lateness)
        writer.write(capacity)
        writer.write(watermark.nanoseconds)
        writer.write(late)
        writer.write(hurried)
        writer.write(serial)
        writer.write(isEnding)
        writer.write(count)
        for place in 0..<count {
            let entry = heap[place]
            writer.write(entry.serial)
            writer.write(entry.tick.time.nanoseconds)
            writer.write(entry.tick.instrument)
            writer.write(entry.tick.kind.rawValue)
            for value in [entry.tick.bid, entry.tick.ask, entry.tick.bidSize, entry.tick.askSize] {
                writer.write(value)
            }
        }
    }

    /// Takes what another one of the same lateness and capacity has saved; after an error it is empty.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        do throws(StateError) {
            try take(from: &reader)
        } catch {
            (count, serial, late, hurried, isEnding) = (0, 0, 0, 0, false)
            watermark = Timestamp(nanoseconds: .min)
            throw error
        }
    }

    private mutating func take(from reader: inout StateReader) throws(StateError) {
        try reader.expect("reorder")
        try reader.match(lateness, "lateness of ticks")
        try reader.match(capacity, "room for late ticks")
        watermark = Timestamp(nanoseconds: try reader.read(Int64.self))
        late = try reader.readCount(upTo: StateReader.largestCount, "late ticks")
        hurried = try reader.readCount(upTo: StateReader.largestCount, "hurried ticks")
        serial = try reader.readCount(upTo: StateReader.largestCount, "ticks")
        isEnding = try reader.readFlag()
        let waiting = try reader.readCount(upTo: capacity + 1, "waiting ticks")
        for place in 0..<waiting {
            var entry = Entry()
            entry.serial = try reader.readCount(upTo: serial - 1, "number of a tick")
            entry.tick.time = Timestamp(nanoseconds: try reader.read(Int64.self))
            entry.tick.instrument = try reader.read(Int32.self)
            entry.tick.kind = try reader.readCase(SignalTick.Kind.self)
            entry.tick.bid = try reader.read(Double.self)
            entry.tick.ask = try reader.read(Double.self)
            entry.tick.bidSize = try reader.read(Double.self)
            entry.tick.askSize = try reader.read(Double.self)
            guard place == 0 || !entry.isBefore(heap[(place - 1) / 2]) else {
                throw reader.error(.damaged, "waiting ticks are not in their order")
            }
            heap[place] = entry
        }
        count = waiting
    }

    private mutating func sink(_ entry: Entry) {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < count else { break }
            if child + 1 < count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(entry) else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = entry
    }
}
