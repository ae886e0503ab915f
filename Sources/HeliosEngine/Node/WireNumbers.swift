// SPDX-License-Identifier: MIT
import HeliosMarket

/// Order numbers as the venue sees them: the epoch in which an order was made in front of our own number.
///
/// A writer that lost the end of its journal in a power cut counts on from an earlier number; the epoch keeps what it sends
/// then apart from what it sent before and has forgotten.
public struct WireNumbers: Equatable, Sendable {
    /// Bits of our own number.
    static var ownBits: UInt64 { 40 }
    /// Stands in the place of an epoch in numbers of orders that nobody here has made.
    static var foreignEpoch: UInt64 { 0xFF_FFFF }

    private var epochs: [UInt64] = []
    private var first: [OrderID] = []

    public init() {}

    /// The epoch that is in force; 0 before the first.
    public var epoch: UInt64 { epochs.last ?? 0 }

    /// From order `first` on the epoch is `epoch`.
    public mutating func begin(_ epoch: UInt64, first: OrderID) {
        epochs.append(epoch)
        self.first.append(first)
    }

    /// The number under which the venue knows our order `id`.
    public func wire(_ id: OrderID) -> OrderID {
        #if HELIOS_BUG_BANK
        if isOn(.epochNotInOrderNumber) { return id }
        #endif
        return epoch(of: id) << WireNumbers.ownBits | id
    }

    /// Our number of the venue's `wire`; nil when the order is none that we remember.
    public func own(_ wire: OrderID) -> OrderID? {
        let id = wire & (1 << WireNumbers.ownBits - 1)
        #if HELIOS_BUG_BANK
        if isOn(.epochNotInOrderNumber) { return id }
        #endif
        return wire >> WireNumbers.ownBits == epoch(of: id) ? id : nil
    }

    /// The number of an order that is not ours at one of several venues: each counts from 1, so that the venue stands in it, above the
    /// lowest 32 bits of the number there.
    public func foreign(_ wire: OrderID, at venue: Venue) -> OrderID {
        guard wire >> WireNumbers.ownBits == WireNumbers.foreignEpoch else { return wire }
        let number = UInt64(truncatingIfNeeded: venue.id) << 32 & (1 << WireNumbers.ownBits - 1) | wire & 0xFFFF_FFFF
        return WireNumbers.foreignEpoch << WireNumbers.ownBits | number
    }

    /// Appends the epochs.
    public func save(to writer: inout StateWriter) {
        writer.mark("epochs")
        writer.write(epochs.count)
        for (epoch, first) in zip(epochs, first) {
            writer.write(epoch)
            writer.write(first)
        }
    }

    /// Takes saved epochs.
    public init(from reader: inout StateReader) throws(StateError) {
        try reader.expect("epochs")
        let count = try reader.readCount(upTo: reader.remaining / 16, "epochs")
        for _ in 0..<count {
            let epoch = try reader.read(UInt64.self)
            let first = try reader.read(OrderID.self)
            guard epoch > self.epoch, first >= self.first.last ?? 1 else {
                throw reader.error(.damaged, "epochs are not in order")
            }
            begin(epoch, first: first)
        }
    }

    private func epoch(of id: OrderID) -> UInt64 {
        // A handful of epochs a day.
        var place = epochs.count - 1
        while place > 0, first[place] > id { place -= 1 }
        return place >= 0 ? epochs[place] : 0
    }
}
