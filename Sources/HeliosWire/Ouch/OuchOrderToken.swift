// SPDX-License-Identifier: MIT
import HeliosMarket

/// Order numbers of 64 bits (an epoch of 24 bits before 40 bits of our own number) as the fourteen characters of a ClOrdID.
///
/// ```
///  H E E E E E I I I I I I I I      H, epoch, number: digits 0-9 A-V, five bits each, most significant first
/// ```
/// The text sorts as the numbers do. It is the only part of an order that the venue gives back and that we choose freely, so it
/// is what a writer that has lost everything knows its orders by.
extension OuchToken {
    /// The epoch under which orders that are not ours get a number.
    public static let foreignEpoch: UInt64 = 0xFF_FFFF

    /// The token of order number `order`.
    @inlinable
    public init(order: OrderID) {
        let epoch = order >> 40
        // H and five digits of five bits, then the first two digits of the number.
        var first: UInt64 = 0x48
        for place in 0..<5 { first = first << 8 | OuchToken.digit(epoch >> UInt64(20 - place * 5)) }
        first = first << 16 | OuchToken.digit(order >> 35) << 8 | OuchToken.digit(order >> 30)
        var last: UInt64 = first & 0xFFFF
        for place in 2..<8 { last = last << 8 | OuchToken.digit(order >> UInt64(35 - place * 5)) }
        self.init(first: first, last: last)
    }

    /// The order number; nil when the token is none of ours.
    @inlinable
    public var order: OrderID? {
        guard first >> 56 == 0x48, first & 0xFFFF == last >> 48 else { return nil }
        var number: UInt64 = 0
        for place in 1..<14 {
            let byte = place < 8 ? first >> UInt64(56 - place * 8) : last >> UInt64(104 - place * 8)
            guard let value = OuchToken.value(UInt8(truncatingIfNeeded: byte)) else { return nil }
            // The epoch's first digit has four bits, or the number would not fit.
            if place == 1, value > 15 { return nil }
            number = number << 5 | value
        }
        return number
    }

    @inlinable
    static func digit(_ value: UInt64) -> UInt64 {
        let low = value & 31
        return low < 10 ? 0x30 + low : 0x37 + low
    }

    @inlinable
    static func value(_ digit: UInt8) -> UInt64? {
        switch digit {
        case 0x30...0x39: UInt64(digit - 0x30)
        case 0x41...0x56: UInt64(digit - 0x37)
        default: nil
        }
    }
}

/// Places of numbers other than 0, by open addressing in memory reserved once; its owner frees it.
@safe
package struct ReferenceTable {
    private let slots: UnsafeMutablePointer<(key: UInt64, place: UInt32)>
    private let mask: Int
    private let isDense: Bool

    /// Room for `capacity` numbers; more must not be inserted.
    ///
    /// With `isDense` the numbers are expected to run upward below bit 40: neighbours are then neighbours in memory. Others are
    /// slower, never wrong.
    package init(capacity: Int, isDense: Bool) {
        self.isDense = isDense
        var size = 16
        while size < capacity * 2 { size *= 2 }
        mask = size - 1
        unsafe slots = .allocate(capacity: size)
        unsafe slots.initialize(repeating: (0, 0), count: size)
    }

    package func deallocate() { unsafe slots.deallocate() }

    package func removeAll() { unsafe slots.update(repeating: (0, 0), count: mask + 1) }

    /// The place of `key`, or nil; 0 is never known.
    package subscript(key: UInt64) -> Int? {
        guard key != 0 else { return nil }
        let slot = find(key)
        return unsafe slots[slot].key == key ? Int(slots[slot].place) : nil
    }

    /// Remembers where `key`, which isn't 0, is; a second time replaces the first.
    package func insert(_ key: UInt64, _ place: Int) {
        let slot = find(key)
        unsafe slots[slot] = (key, UInt32(truncatingIfNeeded: place))
    }

    private func find(_ key: UInt64) -> Int {
        // Wrapping is meant: these are hashes. A product's high bits are the good ones.
        let hash = isDense ? key &+ (key >> 40) &* 0x9E37_79B9_7F4A_7C15 : (key &* 0x9E37_79B9_7F4A_7C15) >> 32
        var slot = Int(truncatingIfNeeded: hash) & mask
        // Safe: at most half of the slots are used, so that a free one ends the search.
        while unsafe slots[slot].key != 0, unsafe slots[slot].key != key { slot = (slot + 1) & mask }
        return slot
    }
}

/// A ring of places, in memory reserved once; its owner frees it.
@safe
package struct PlaceQueue {
    private let slots: UnsafeMutablePointer<UInt32>
    private let capacity: Int
    private var head = 0
    package private(set) var count = 0

    package init(capacity: Int) {
        self.capacity = max(capacity, 1)
        unsafe slots = .allocate(capacity: self.capacity)
        unsafe slots.initialize(repeating: 0, count: self.capacity)
    }

    package func deallocate() { unsafe slots.deallocate() }

    package var first: Int? { count > 0 ? unsafe Int(slots[head]) : nil }

    /// False when it is full.
    package mutating func append(_ place: Int) -> Bool {
        guard count < capacity else { return false }
        // Safe: both are below the capacity.
        unsafe slots[(head + count) % capacity] = UInt32(truncatingIfNeeded: place)
        count += 1
        return true
    }

    package mutating func removeFirst() {
        guard count > 0 else { return }
        head = (head + 1) % capacity
        count -= 1
    }

    package mutating func removeAll() { count = 0 }
}
