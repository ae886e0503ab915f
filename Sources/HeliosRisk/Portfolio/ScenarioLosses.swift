// SPDX-License-Identifier: MIT

/// The loss of a portfolio in each historical scenario, updated column by column, and the tail of those losses.
///
/// Only the tail is ever needed: the k-th smallest loss is the smallest of the n − k + 1 largest, which a heap of that size
/// gathers in one pass. At 99 % and 500 scenarios it holds six numbers, and nearly every block of eight losses is
/// dismissed by one comparison.
@safe
struct ScenarioLosses: ~Copyable {
    typealias Lanes = FrozenRisk.Lanes

    let scenarios: Int
    /// Scenarios in blocks of eight; what is left of the last block holds −∞ and never changes.
    let blocks: Int
    /// How many losses are at least the value at risk.
    let tailCount: Int
    let tailPlace: TailPlace
    // Safe: the model's, `blocks` for each instrument; the owner keeps it.
    let returns: UnsafeMutablePointer<Lanes>
    // Safe: allocated in `init` with `blocks` vectors and `tailCount` numbers.
    let losses: UnsafeMutablePointer<Lanes>
    let rebuilt: UnsafeMutablePointer<Lanes>
    let heap: UnsafeMutablePointer<Double>

    init(_ model: FrozenRisk) {
        scenarios = model.scenarios
        blocks = model.scenarioBlocks
        tailPlace = model.tail
        tailCount = scenarios == 0 ? 0 : scenarios - tailPlace.rank + 1
        unsafe returns = model.returns
        unsafe losses = FrozenRisk.memory(blocks, .zero)
        unsafe rebuilt = FrozenRisk.memory(blocks, .zero)
        unsafe heap = FrozenRisk.memory(tailCount, 0)
        unsafe Self.clear(losses, scenarios: scenarios, blocks: blocks)
    }

    /// Frees the memory; the owner's deinit calls it once.
    func deallocate() {
        unsafe losses.deallocate()
        unsafe rebuilt.deallocate()
        unsafe heap.deallocate()
    }

    private static func clear(_ losses: UnsafeMutablePointer<Lanes>, scenarios: Int, blocks: Int) {
        unsafe losses.initialize(repeating: .zero, count: blocks)
        guard scenarios % 8 != 0 else { return }
        // Safe: the last block, which exists where scenarios are left over.
        for lane in (scenarios % 8)..<8 { unsafe losses[blocks - 1][lane] = -.infinity }
    }

    mutating func clear() {
        unsafe Self.clear(losses, scenarios: scenarios, blocks: blocks)
    }

    /// L_s −= d r_s for one instrument.
    mutating func add(_ delta: Double, at place: Int) {
        let step = Lanes(repeating: delta)
        unsafe Self.subtract(step, returns + place * blocks, from: losses, blocks: blocks)
    }

    private static func subtract(
        _ step: Lanes,
        _ column: UnsafeMutablePointer<Lanes>,
        from losses: UnsafeMutablePointer<Lanes>,
        blocks: Int
    ) {
        // Safe: both hold `blocks` vectors.
        var block = 0
        while block < blocks {
            unsafe losses[block] -= step * column[block]
            block &+= 1
        }
    }

    /// Computes the losses anew; how far they were off, relative to the largest one.
    mutating func rebuild(_ weights: UnsafeMutablePointer<Double>, count: Int) -> Double {
        guard scenarios > 0 else { return 0 }
        unsafe Self.clear(rebuilt, scenarios: scenarios, blocks: blocks)
        for place in 0..<count {
            let weight = unsafe weights[place]
            guard weight != 0 else { continue }
            unsafe Self.subtract(Lanes(repeating: weight), returns + place * blocks, from: rebuilt, blocks: blocks)
        }
        var worst = 0.0
        var peak = 0.0
        for scenario in 0..<scenarios {
            let old = unsafe losses[scenario / 8][scenario % 8]
            let new = unsafe rebuilt[scenario / 8][scenario % 8]
            worst = max(worst, (old - new).magnitude)
            peak = max(peak, old.magnitude, new.magnitude)
        }
        unsafe losses.update(from: rebuilt, count: blocks)
        return peak > 0 ? worst / peak : 0
    }
}
