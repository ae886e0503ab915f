// SPDX-License-Identifier: MIT

/// Parts of a quantity in whole lots, exact.
public enum Lots {
    /// round(`quantity` × `part` / `whole`) in whole lots, halves up; all of `quantity` from the whole on.
    ///
    /// - Parameters:
    ///   - quantity: raw, not negative.
    ///   - lot: raw; below 1 counts as 1.
    ///   - part: below 2⁶⁰.
    ///   - whole: 1 to below 2⁶⁰.
    /// - Returns: 0 to `quantity`.
    public static func due(_ quantity: Int64, lot: Int64, part: Int64, whole: Int64) -> Int64 {
        guard part < whole else { return max(quantity, 0) }
        guard part > 0, quantity > 0 else { return 0 }
        let lot = Int128(max(lot, 1))
        // Below 2¹²⁵: a quantity has 63 bits, a part 60.
        let lots = (2 * Int128(quantity) * Int128(part) + Int128(whole) * lot) / (2 * Int128(whole) * lot)
        return Int64(min(lots * lot, Int128(quantity)))
    }

    /// The most whole lots within `quantity`.
    @inlinable
    public static func whole(_ quantity: Int64, lot: Int64) -> Int64 {
        quantity > 0 ? quantity / max(lot, 1) * max(lot, 1) : 0
    }
}

/// Numbers that look random and depend on nothing but a seed and places: drawn again they are the same.
@frozen
public struct Jitter: Sendable, BitwiseCopyable, Equatable {
    /// Units of a share.
    public static let scale: Int64 = 1 << 20

    public var seed: UInt64

    /// - Parameters:
    ///   - seed: of the configuration.
    ///   - number: of the parent order, so that no two are alike.
    public init(seed: UInt64, number: UInt32) { self.seed = Jitter.mixed(seed ^ UInt64(number) << 32) }

    /// A whole number from −`range` to `range`, the one with this place.
    public func number(_ place: UInt64, within range: Int64) -> Int64 {
        guard range > 0 else { return 0 }
        let bits = Jitter.mixed(seed &+ Jitter.mixed(place))
        return Int64(truncatingIfNeeded: bits.multipliedFullWidth(by: UInt64(2 * range + 1)).high) - range
    }

    /// SplitMix64's step; wrapping is its definition.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
