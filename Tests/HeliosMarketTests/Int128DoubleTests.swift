// SPDX-License-Identifier: MIT
import HeliosMarket
import Testing

@Suite("128-bit integers and floating point")
struct Int128DoubleTests {
    /// Edges of every width, and a scramble of bits at every width.
    private var values: [Int128] {
        var values: [Int128] = [0, 1, -1, .min, .max, .min + 1]
        var mixed: UInt64 = 1
        for width in 1..<127 {
            let edge = Int128(1) << Int128(width)
            for distance in -3...3 { values += [edge &+ Int128(distance), -edge &- Int128(distance)] }
            // Halves of the last bit that is kept, exactly and by one more or less: ties.
            if width > 54 {
                let half = Int128(1) << Int128(width - 53)
                for distance in -1...1 {
                    values += [edge + half + Int128(distance), edge + 3 * half + Int128(distance)]
                }
            }
            for _ in 0..<200 {
                mixed = mixed &* 0x9E37_79B9_7F4A_7C15 &+ 0xC2B2_AE3D
                let wide = Int128(truncatingIfNeeded: mixed) << 64 ^ Int128(truncatingIfNeeded: mixed &* mixed)
                values.append(wide >> Int128(126 - width))
            }
        }
        return values
    }

    @Test func `an integer becomes the double that the standard library gives`() {
        let wrong = values.filter { $0.nearestDouble.bitPattern != Double($0).bitPattern }
        #expect(wrong.isEmpty)
    }

    @Test func `a double becomes the integer that the standard library gives, or nil`() {
        for value in values.map({ Double($0) * 1.000_000_1 }) where abs(value) < 0x1p127 {
            #expect(Int128(whole: value) == Int128(value))
            #expect(Int128(whole: value / 3) == Int128(value / 3))
        }
        #expect(Int128(whole: -0x1p127) == .min)
        for value in [0x1p127, -0x1.1p127, .infinity, -.infinity, .nan, .greatestFiniteMagnitude] as [Double] {
            #expect(Int128(whole: value) == nil)
        }
    }
}
