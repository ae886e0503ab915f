// SPDX-License-Identifier: MIT
import HeliosMarket

/// A price level of a book.
@frozen
public struct Mdp3Level: Equatable, Sendable, BitwiseCopyable {
    public var price: Price
    /// Contracts.
    public var size: Int64
    public var orders: Int32

    @inlinable
    public init(price: Price, size: Int64, orders: Int32) {
        self.price = price
        self.size = size
        self.orders = orders
    }
}

/// The books by price level of a channel's instruments, as deep as the venue shows them.
///
/// ```
///  instrument 0              instrument 1
///  ├ bids 1 … depth ┼ offers 1 … depth ┼ bids …
/// ```
/// A book is whole between events: look at it in or after `eventEnded`. Implied prices are not in it. Memory is reserved by
/// `init`.
public struct Mdp3Books: ~Copyable, Mdp3Sink {
    /// Levels of a side.
    public let depth: Int
    @usableFromInline var levels: Mdp3Array<Mdp3Level>
    /// Levels in use: bids, then offers, of each instrument.
    @usableFromInline var counts: Mdp3Array<UInt8>
    /// Changes that contradicted a book.
    public internal(set) var faults: UInt64 {
        get { faultsNow }
        set { faultsNow = newValue }
    }
    @usableFromInline var faultsNow: UInt64 = 0
    /// Events that are complete.
    public var eventCount: UInt64 { events }
    @usableFromInline var events: UInt64 = 0
    /// When the last event happened: nanoseconds since 1970 UTC.
    public var lastEventTime: UInt64 { eventTime }
    @usableFromInline var eventTime: UInt64 = 0

    /// Empty books for `instruments` instruments of `depth` levels a side, at most 64.
    @inlinable
    public init(instruments: Int, depth: Int = 10) {
        let depth = min(max(depth, 1), 64)
        let instruments = min(max(instruments, 1), 1 << 24)
        self.depth = depth
        levels = Mdp3Array(Mdp3Level(price: .zero, size: 0, orders: 0), count: instruments * 2 * depth)
        counts = Mdp3Array(0, count: instruments * 2)
    }

    /// Levels of one side.
    @inlinable
    public func count(_ instrument: Instrument, _ side: Side) -> Int {
        guard let row = row(instrument, side) else { return 0 }
        return Int(counts[row])
    }

    /// A level, 1 is the best; nil when the book is not that deep.
    @inlinable
    public func level(_ instrument: Instrument, _ side: Side, _ level: Int) -> Mdp3Level? {
        guard let row = row(instrument, side), level >= 1, level <= Int(counts[row]) else { return nil }
        return levels[row * depth + level - 1]
    }

    /// The place of a side among all; nil when there is no such instrument.
    @inlinable
    func row(_ instrument: Instrument, _ side: Side) -> Int? {
        let row = instrument.index * 2 + Int(side.rawValue)
        return instrument.id < UInt32(counts.count / 2) ? row : nil
    }

    // MARK: Changes

    @inlinable
    public mutating func level(_ change: Mdp3LevelChange) -> Bool {
        guard let row = row(change.instrument, change.side), apply(change, row) else {
            faultsNow += 1
            return false
        }
        return true
    }

    @inlinable
    mutating func apply(_ change: Mdp3LevelChange, _ row: Int) -> Bool {
        let count = Int(counts[row])
        let first = row * depth
        let place = change.level - 1
        let level = Mdp3Level(price: change.price, size: change.size, orders: change.orders)
        switch change.action {
        case .new:
            guard place >= 0, place <= count, place < depth else { return false }
            let moved = min(count, depth - 1) - place
            levels.move(moved, from: first + place, to: first + place + 1)
            levels[first + place] = level
            counts[row] = UInt8(min(count + 1, depth))
        case .change, .overlay:
            guard place >= 0, place < count else { return false }
            levels[first + place] = level
        case .delete:
            guard place >= 0, place < count else { return false }
            remove(1, at: place, row)
        case .deleteThrough: counts[row] = 0
        case .deleteFrom:
            guard place >= 0, place < count else { return false }
            remove(place + 1, at: 0, row)
        default: return false
        }
        return true
    }

    @inlinable
    mutating func remove(_ number: Int, at place: Int, _ row: Int) {
        let count = Int(counts[row])
        let first = row * depth + place
        levels.move(count - place - number, from: first + number, to: first)
        counts[row] = UInt8(count - number)
    }

    @inlinable
    public mutating func clearLevels(_ instrument: Instrument) {
        for side in [Side.buy, Side.sell] {
            if let row = row(instrument, side) { counts[row] = 0 }
        }
    }

    @inlinable
    public mutating func eventEnded(at time: UInt64) {
        events += 1
        eventTime = time
    }
}
