// SPDX-License-Identifier: MIT
import HeliosMarket
import Synchronization

/// Which orders a kill stops.
public enum KillCover: Sendable, Equatable {
    /// All of them.
    case all
    /// Those of these strategies, by number.
    case strategies([UInt16])
    /// Those of an instrument.
    case instrument(Instrument)
    /// Those to a venue: its `Venue.id`.
    case venue(UInt16)
}

/// The flag that whoever writes orders to a venue looks at right before the bytes leave: once it is set, no order that it covers
/// goes.
///
/// ```
///  control thread, signal, API ── stop ──► word ◄── look ── the thread that sends
///  engine, after two people ──── lift ──►
/// ```
/// A look is one load. Setting it waits for nothing that the session's threads do: it works while they hang.
public final class KillSwitch: Sendable {
    private struct Wishes {
        /// How often somebody has stopped something.
        var stops: UInt64 = 0
        /// How often anything has changed.
        var changes: UInt64 = 0
    }

    /// `changes << 2`, bit 1: some orders are stopped, bit 0: all are.
    private let word = Atomic<UInt64>(0)
    private let wishes = Mutex(Wishes())
    private let strategies = FlagTable(1 << 16)
    private let instruments: FlagTable
    private let venues = FlagTable(1 << 16)

    /// - Parameter instruments: how many there may be.
    public init(instruments: Int = 1 << 16) { self.instruments = FlagTable(max(instruments, 1)) }

    /// The state as one number, which changes with every stop and every lift.
    @inline(__always)
    public var look: UInt64 { word.load(ordering: .acquiring) }

    /// How often somebody has stopped something.
    public var count: UInt64 { wishes.withLock { $0.stops } }

    /// Whether every order is stopped.
    public var stopsAll: Bool { look & 1 != 0 }

    /// Whether `order`, a record of kind `newOrder` or `replaceRequest`, must not leave.
    ///
    /// A replacement does not say whose it is: it stays while any strategy is stopped. A venue that is not named is the first.
    @inline(__always)
    public func stops(_ order: Event) -> Bool {
        let word = look
        if word & 3 == 0 { return false }
        return word & 1 != 0 || isCovered(order)
    }

    private func isCovered(_ order: Event) -> Bool {
        let isStopped =
            order.kind == .replaceRequest
            ? !strategies.isEmpty : strategies[Int(OrderTag(packed: order.detail).strategy)]
        return isStopped || instruments[order.instrument.index]
            || venues[Int(max(order.venue.id, 1))]
    }

    /// From here on no order that `cover` names leaves; the number of this stop, from 1.
    @discardableResult
    public func stop(_ cover: KillCover) -> UInt64 {
        wishes.withLock { wishes in
            wishes.stops += 1
            wishes.changes += 1
            set(cover, true)
            let bits = word.load(ordering: .relaxed) & 3 | (cover == .all ? 1 : 2)
            // Behind the table: who sees the word sees what it means.
            word.store(wishes.changes << 2 | bits, ordering: .releasing)
            return wishes.stops
        }
    }

    /// Lets go again what `cover` names, unless somebody has stopped something since stop `last`: that has still to be obeyed.
    ///
    /// False when it stays.
    @discardableResult
    public func lift(_ cover: KillCover, last: UInt64) -> Bool {
        wishes.withLock { wishes in
            guard wishes.stops <= last else { return false }
            let present = word.load(ordering: .relaxed)
            wishes.changes += 1
            if cover == .all {
                word.store(wishes.changes << 2 | present & 2, ordering: .releasing)
            } else {
                set(cover, false)
                let isEmpty = strategies.isEmpty && instruments.isEmpty && venues.isEmpty
                word.store(wishes.changes << 2 | present & 1 | (isEmpty ? 0 : 2), ordering: .releasing)
            }
            return true
        }
    }

    private func set(_ cover: KillCover, _ isSet: Bool) {
        switch cover {
        case .all: break
        case .strategies(let numbers): for number in numbers { strategies.set(Int(number), isSet) }
        case .instrument(let instrument): instruments.set(instrument.index, isSet)
        case .venue(let number): venues.set(Int(number), isSet)
        }
    }
}

/// A bit each for numbers from 0, to be read by any thread.
private final class FlagTable: @unchecked Sendable {
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    init(_ bits: Int) {
        count = (bits + 63) / 64
        words = .allocate(capacity: count)
        for index in 0..<count { (words + index).initialize(to: Atomic(0)) }
    }

    deinit { words.deallocate() }

    /// A number without a place counts as set: what nobody knows does not leave.
    subscript(index: Int) -> Bool {
        guard index >= 0, index >> 6 < count else { return true }
        return words[index >> 6].load(ordering: .relaxed) >> UInt64(index & 63) & 1 != 0
    }

    /// One caller at a time.
    func set(_ index: Int, _ isSet: Bool) {
        guard index >= 0, index >> 6 < count else { return }
        let bit = UInt64(1) << UInt64(index & 63)
        let word = words[index >> 6].load(ordering: .relaxed)
        words[index >> 6].store(isSet ? word | bit : word & ~bit, ordering: .relaxed)
    }

    var isEmpty: Bool { (0..<count).allSatisfy { words[$0].load(ordering: .relaxed) == 0 } }
}
