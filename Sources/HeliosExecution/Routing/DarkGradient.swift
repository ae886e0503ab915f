// SPDX-License-Identifier: MIT

/// Shares of an order for dark venues, moved a step after each order toward those that fill and are worth more.
///
/// The alternative to `DarkAllocation` (`DarkMethod.gradient`) where nothing may be assumed about how fills come about (Laruelle, Lehalle, Pagès: Optimal
/// split of orders across liquidity pools, 2011):
/// ```
/// H(i) = V (ρ(i) 1{r(i) V ≤ D(i)} − mean over j of the same),  r ← projection onto the simplex of r + γ H
/// ```
public struct DarkGradient: Sendable, BitwiseCopyable {
    /// Venues, at most `RoutingView.maximumVenues`.
    public let count: Int
    /// What a filled share is worth at a venue: its rebate or discount, in the currency.
    public var worth: InlineArray<16, Double>
    /// The shares, which are not below zero and add up to one.
    public internal(set) var shares = InlineArray<16, Double>(repeating: 0)

    /// Begins with equal shares.
    public init(worth: [Double]) {
        count = min(worth.count, RoutingView.maximumVenues)
        self.worth = InlineArray(repeating: 0)
        for place in 0..<count {
            self.worth[place] = worth[place]
            shares[place] = 1 / Double(count)
        }
    }

    /// Begins with these shares, made to add up to one.
    public init(worth: [Double], shares start: [Double]) {
        self.init(worth: worth)
        for place in 0..<count { shares[place] = place < start.count ? start[place] : 0 }
        project()
    }

    /// An order was divided by the shares: learns from which venues had their part.
    ///
    /// - Parameters:
    ///   - volume: of the whole order, in shares.
    ///   - wasFilled: a bit for each venue that filled all of its part, bit 0 the first.
    ///   - step: γ, above zero; a sequence that falls like 1/n converges.
    public mutating func learn(volume: Double, wasFilled: UInt16, step: Double) {
        guard count > 0, volume > 0 else { return }
        var mean = 0.0
        for place in 0..<count where wasFilled >> UInt16(place) & 1 == 1 { mean += worth[place] }
        mean /= Double(count)
        for place in 0..<count {
            let won = wasFilled >> UInt16(place) & 1 == 1 ? worth[place] : 0
            shares[place] += step * volume * (won - mean)
        }
        project()
    }

    /// The nearest point with shares not below zero that add up to one (Held, Wolfe, Crowder 1974).
    private mutating func project() {
        guard count > 0 else { return }
        var sorted = shares
        for place in 1..<max(count, 1) {
            var index = place
            while index > 0, sorted[index] > sorted[index - 1] {
                sorted.swapAt(index, index - 1)
                index -= 1
            }
        }
        var sum = 0.0
        var threshold = 0.0
        for place in 0..<count {
            sum += sorted[place]
            let candidate = (sum - 1) / Double(place + 1)
            if sorted[place] > candidate { threshold = candidate }
        }
        for place in 0..<count { shares[place] = max(shares[place] - threshold, 0) }
    }
}
