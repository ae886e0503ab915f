// SPDX-License-Identifier: MIT

// What the standard library's conversions give too. Those are generic and not specialised for 128 bits: they take hundreds of
// instructions, and a value at risk converts a dozen amounts for an order.

extension Int128 {
    /// The nearest `Double`, ties to even.
    @inlinable
    public var nearestDouble: Double {
        let (magnitude, isNegative) = (self.magnitude, self < 0)
        let high = UInt64(truncatingIfNeeded: magnitude >> 64)
        guard high != 0 else {
            let value = Double(UInt64(truncatingIfNeeded: magnitude))
            return isNegative ? -value : value
        }
        let shift = 64 - high.leadingZeroBitCount
        var top = UInt64(truncatingIfNeeded: magnitude >> UInt128(truncatingIfNeeded: shift))
        // What is cut off is less than half of the last bit that a `Double` keeps; it only has to break ties.
        if UInt128(truncatingIfNeeded: top) << UInt128(truncatingIfNeeded: shift) != magnitude { top |= 1 }
        let value = Double(top) * Double(bitPattern: UInt64(truncatingIfNeeded: 1_023 + shift) << 52)
        return isNegative ? -value : value
    }

    /// The integer part of `value`; nil for what is no number or does not fit.
    @inlinable
    public init?(whole value: Double) {
        let magnitude = abs(value)
        if magnitude < 0x1p63 {
            self = Int128(truncatingIfNeeded: Int64(value))
            return
        }
        guard magnitude < 0x1p127 else {
            guard value == -0x1p127 else { return nil }
            self = .min
            return
        }
        // A `Double` from 2^63 on is a whole number: its 53 bits, moved up.
        let bits = Int128(truncatingIfNeeded: value.significandBitPattern | 1 << 52)
        let result = bits << Int128(truncatingIfNeeded: Int(value.exponent) - 52)
        self = value < 0 ? -result : result
    }
}
