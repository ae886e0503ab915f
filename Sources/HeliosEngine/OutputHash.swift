// SPDX-License-Identifier: MIT
import HeliosMarket

/// A running hash over everything that goes out of and comes back to the engine about its orders.
///
/// Two runs that did the same have the same hash; it says nothing against somebody who wants two runs to collide.
@frozen
public struct OutputHash: Sendable, BitwiseCopyable {
    /// The hash so far.
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    public init() {}

    /// The hash goes on from `value`.
    public init(value: UInt64) { self.value = value }

    /// Takes in one word.
    ///
    /// Wraps by intent.
    @inlinable
    @inline(__always)
    public mutating func mix(_ word: UInt64) {
        var mixed = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed &>> 29
        fold(mixed)
    }

    @usableFromInline
    mutating func fold(_ mixed: UInt64) { value = mixed &* 0xBF58_476D_1CE4_E5B9 }

    @inlinable
    public mutating func mix(_ order: NewOrder) {
        mix(order.id)
        mix(UInt64(order.instrument.id) | UInt64(order.side.rawValue) << 32 | UInt64(order.type.rawValue) << 40)
        mix(
            UInt64(order.timeInForce.rawValue) | UInt64(order.venue.id) << 8 | UInt64(order.delayUnits) << 24
                | (order.isSweep ? 1 << 40 : 0)
        )
        mix(UInt64(bitPattern: order.quantity.raw))
        mix(UInt64(bitPattern: order.price.raw))
        mix(order.tag.packed)
    }

    @inlinable
    public mutating func mix(_ event: Event) {
        mix(UInt64(bitPattern: event.eventTime.nanoseconds))
        mix(UInt64(bitPattern: event.receiveTime.nanoseconds))
        mix(event.orderID)
        mix(UInt64(bitPattern: event.price.raw))
        mix(UInt64(bitPattern: event.quantity.raw))
        mix(UInt64(event.instrument.id) | UInt64(event.kind.rawValue) << 32 | UInt64(event.flags.rawValue) << 40)
        mix(event.detail)
    }
}
