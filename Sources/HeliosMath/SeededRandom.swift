// SPDX-License-Identifier: MIT

/// The generator SplitMix64: one seed, the same numbers on every machine.
///
/// For simulation and tests only; nothing in the engine draws randomness.
@frozen
public struct SeededRandom: RandomNumberGenerator, Sendable, BitwiseCopyable {
    /// Where the generator is: a generator begun with it goes on from there.
    public var state: UInt64

    @inlinable
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    @inlinable
    public mutating func next() -> UInt64 {
        // Wrapping is the definition of the generator.
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A number from 0 (inclusive) to 1 (exclusive), a multiple of 2⁻⁵³.
    @inlinable
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A nearly normal number with mean 0 and variance 1, between −6 and 6: twelve uniform numbers added, minus six.
    ///
    /// No mathematical library is needed for it, so it is the same to the bit everywhere.
    @inlinable
    public mutating func gaussian() -> Double {
        var sum = 0.0
        for _ in 0..<12 { sum += uniform() }
        return sum - 6
    }
}
