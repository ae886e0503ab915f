// SPDX-License-Identifier: MIT
import HeliosMath

/// A named stream of the run's chance: a draw in one never moves another.
struct SimulationRandom {
    private var generator: SeededRandom

    init(seed: UInt64, stream name: String) {
        var state = seed ^ 0x5851_F42D_4C95_7F2D
        for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        generator = SeededRandom(seed: state)
        _ = generator.next()
    }

    mutating func next() -> UInt64 { generator.next() }

    /// 0 (inclusive) to 1 (exclusive).
    mutating func uniform() -> Double { generator.uniform() }

    /// A whole number below `bound`, which is above 0.
    mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}
