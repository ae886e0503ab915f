// SPDX-License-Identifier: MIT
import HeliosMath

/// A named stream of random numbers: xoshiro256**, seeded by SplitMix64 from the master seed and the stream's name.
///
/// Integers and IEEE basic operations only, so that a seed gives the same numbers on every machine. A stream of its
/// own for each purpose keeps the fair values of a seed the same when, say, only the number of messages changes.
struct GeneratorRandom {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    init(seed: UInt64, stream name: String) {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a of the name
        for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        state ^= seed &* 0xD6E8_FEB8_6659_FD93
        var seeds = SeededRandom(seed: state)
        s0 = seeds.next()
        s1 = seeds.next()
        s2 = seeds.next()
        s3 = seeds.next()
    }

    mutating func next() -> UInt64 {
        let product = s1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = s3 << 45 | s3 >> 19
        return result
    }

    /// An integer from 0 to `bound` - 1; `bound` above zero.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: ((next() >> 32) &* UInt64(truncatingIfNeeded: bound)) >> 32)
    }

    /// True in `share` of a thousand cases.
    mutating func chance(_ share: Int) -> Bool { below(1000) < share }

    /// Uniform from 0 to below 1, in steps of 2^-53.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Near-normal with mean 0 and variance 1.
    ///
    /// The sum of twelve uniforms less six: no libm, the same everywhere.
    mutating func normal() -> Double {
        var sum = 0.0
        for _ in 0..<12 { sum += uniform() }
        return sum - 6.0
    }

    /// Zero, one, two and so on, each half as likely as the one before.
    mutating func geometric() -> Int { (next() | 1 << 62).trailingZeroBitCount }

    /// Heavy tailed from 0 to 2^`bits` - 1: about equally likely in each power of two.
    mutating func logUniform(bits: Int) -> Int {
        let width = below(bits + 1)
        return Int(truncatingIfNeeded: next() >> 20 & (1 << UInt64(width) - 1))
    }

    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, below(last + 1))
        }
    }
}
