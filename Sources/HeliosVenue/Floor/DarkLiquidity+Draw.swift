// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

extension DarkLiquidity {
    /// The shares that stand on a side of an instrument in an interval (time / `interval`), before anybody took of them.
    public func available(_ instrument: Instrument, _ side: Side, interval: Int64) -> Quantity {
        // Each word is mixed in by a full round of the generator, so that neighbours have nothing in common.
        var random = SeededRandom(seed: seed ^ 0x6461_726B)
        for word in [UInt64(instrument.id) << 1 | UInt64(side.rawValue), UInt64(bitPattern: interval)] {
            random = SeededRandom(seed: random.next() ^ word)
        }
        // Above zero, so that it has a logarithm.
        let (isThere, chance) = (random.uniform(), 1 - random.uniform())
        guard isThere >= Double(emptyShare) / 10_000 else { return .zero }
        return Quantity(shares(chance))
    }

    /// The quantity at a chance above 0 up to 1: the inverse of the tail.
    private func shares(_ chance: Double) -> Int {
        let drawn: Double =
            switch shape {
            case .fixed(let shares): Double(shares)
            case .uniform(let low, let high): Double(low) + ((1 - chance) * Double(high - low + 1)).rounded(.down)
            case .exponential(let mean): -mean * DeterministicMath.log(chance)
            case .power(let minimum, let exponent):
                Double(minimum) * DeterministicMath.exp(-DeterministicMath.log(chance) / exponent)
            }
        return Int(min(max(drawn.rounded(.up), 1), Double(DarkLiquidity.maximum)))
    }

    /// P(S ≥ `shares`): the chance that an order of so many shares would be filled whole; 1 for 0.
    public func tail(_ shares: Int) -> Double {
        guard shares > 0 else { return 1 }
        let some = 1 - Double(emptyShare) / 10_000
        guard shares > 1 else { return some }
        // A quantity is rounded up: it reaches `shares` when the draw passes the whole number below.
        let below = Double(shares - 1)
        switch shape {
        case .fixed(let quantity): return shares <= quantity ? some : 0
        case .uniform(let low, let high):
            return some * min(max(Double(high - shares + 1) / Double(high - low + 1), 0), 1)
        case .exponential(let mean): return some * DeterministicMath.exp(-below / mean)
        case .power(let minimum, let exponent):
            guard below > Double(minimum) else { return some }
            return some * DeterministicMath.exp(-exponent * DeterministicMath.log(below / Double(minimum)))
        }
    }
}
