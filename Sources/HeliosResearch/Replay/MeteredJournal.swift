// SPDX-License-Identifier: MIT
import CHelios
import HeliosEngine
import HeliosMarket

/// A journal with a meter in front: what a record costs the thread that appends it.
public struct MeteredJournal<Sink: JournalSink & ~Copyable>: JournalSink, ~Copyable {
    /// The journal that takes the records.
    public var sink: Sink
    @usableFromInline var appended = 0
    @usableFromInline var measured = 0
    @usableFromInline var cycles: UInt64 = 0
    @usableFromInline var longest: UInt64 = 0
    private let clock = CycleClock()

    /// One of so many records is measured: reading the counter costs as much as a record.
    ///
    /// A prime, so that it doesn't keep step with a sink that does more for every 64th.
    @inlinable static var interval: Int { 61 }
    @usableFromInline var untilMeasured = 61

    public init(_ sink: consuming Sink) { self.sink = sink }

    @inlinable
    public mutating func append(_ event: Event) -> UInt64 {
        appended &+= 1
        untilMeasured &-= 1
        guard untilMeasured == 0 else { return sink.append(event) }
        untilMeasured = MeteredJournal.interval
        let before = helios_cycles()
        let number = sink.append(event)
        let passed = helios_cycles() &- before
        measured &+= 1
        cycles &+= passed
        longest = max(longest, passed)
        return number
    }

    @inlinable
    public mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        appended &+= 1
        return sink.append(kind, text, at: time, price: price)
    }

    @inlinable
    public var wantsSnapshot: Bool { sink.wantsSnapshot }

    @inlinable
    public mutating func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    ) {
        sink.keep(place, outputHash: outputHash, time: time, save)
    }

    /// Records handed over.
    public var count: Int { appended }

    /// Nanoseconds that appending took on average, from one record in 61.
    public var nanosecondsPerRecord: Double {
        measured == 0 ? 0 : Double(cycles) / Double(measured) * clock.nanosecondsPerCycle
    }

    /// The longest append that was measured, in nanoseconds.
    public var longestNanoseconds: Double { Double(longest) * clock.nanosecondsPerCycle }
}
