// SPDX-License-Identifier: MIT
import HeliosMarket

/// Some of a session's venues, by their places from 0.
@frozen
public struct VenueSet: Sendable, BitwiseCopyable, Equatable {
    /// Bit `place` is set for a member.
    public var bits: UInt16

    /// The most venues of a session.
    @inlinable
    public static var capacity: Int { 16 }

    @inlinable
    public init(bits: UInt16 = 0) { self.bits = bits }

    /// The venues of the places from 0 to below `count`.
    @inlinable
    public init(first count: Int) { bits = UInt16(truncatingIfNeeded: (UInt32(1) << UInt32(min(count, 16))) - 1) }

    /// How many.
    @inlinable
    public var count: Int { bits.nonzeroBitCount }

    @inlinable
    public var isEmpty: Bool { bits == 0 }

    /// The lowest place; 16 when there is none.
    @inlinable
    public var first: Int { bits.trailingZeroBitCount }

    @inlinable
    @inline(__always)
    public func contains(_ place: Int) -> Bool { bits >> UInt16(truncatingIfNeeded: place) & 1 != 0 }

    @inlinable
    @inline(__always)
    public mutating func insert(_ place: Int) { bits |= 1 << UInt16(truncatingIfNeeded: place) }

    @inlinable
    @inline(__always)
    public mutating func remove(_ place: Int) { bits &= ~(1 << UInt16(truncatingIfNeeded: place)) }
}

extension Venue {
    /// The venue of a place, from 0, in a session of several.
    @inlinable
    public init(place: Int) { self.init(id: UInt16(truncatingIfNeeded: place &+ 1)) }

    /// The venue's place in a session; `Venue(id: 0)`, which says nothing, means the first.
    @inlinable
    @inline(__always)
    public var place: Int { id == 0 ? 0 : Int(id) &- 1 }
}
