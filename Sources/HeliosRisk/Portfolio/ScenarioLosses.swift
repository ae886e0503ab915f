// SPDX-License-Identifier: MIT

/// The loss of a portfolio in each historical scenario, updated column by column, and the tail of those losses.
///
/// Only the tail is ever needed: the k-th smallest loss is the smallest of the n − k + 1 largest, which a heap of that size
/// gathers in one pass. At 99 % and 500 scenarios it holds six numbers, and nearly every block of eight losses is
/// dismissed by one comparison.
@safe
struct ScenarioLosses: ~Copyable {
    typealias Lanes = SIMD8<Double>

    let scenarios: Int
    /// Scenarios in blocks of eight; what is left of the last block holds −∞ and never changes.
    let blocks: Int
    // Safe: allocated in `init` with `blocks` and `blocks` × instruments vectors, and `tailCount` numbers.
    let losses: UnsafeMutablePointer<Lanes>
    let rebuilt: UnsafeMutablePointer<Lanes>
    let returns: UnsafeMutablePointer<Lanes>
    let heap: UnsafeMutablePointer<Double>
    let tailCount: Int
    /// See `TailPlace`.
    let remainder: Double
    let mass: Double

    init(_ table: ReturnTable?, confidence: Double) {
        scenarios = table?.days ?? 0
        blocks = (scenarios + 7) / 8
        let places = table?.names.count ?? 0
        unsafe losses = .allocate(capacity: max(blocks, 1))
        unsafe rebuilt = .allocate(capacity: max(blocks, 1))
        unsafe returns = .allocate(capacity: max(blocks * places, 1))
        unsafe returns.initialize(repeating: .zero, count: blocks * places)
        let tail = TailPlace(count: scenarios, confidence: confidence)
        tailCount = tail.rank == 0 ? 0 : scenarios - tail.rank + 1
        remainder = tail.remainder
        mass = tail.mass
        unsafe heap = .allocate(capacity: max(tailCount, 1))
        unsafe heap.initialize(repeating: 0, count: max(tailCount, 1))
        unsafe Self.clear(losses, scenarios: scenarios, blocks: blocks)
        unsafe Self.clear(rebuilt, scenarios: scenarios, blocks: blocks)
        guard let table else { return }
        for place in 0..<places {
            for day in 0..<scenarios {
                // Safe: the day's block is below the number of blocks.
                unsafe returns[place * blocks + day / 8][day % 8] = table[day, place]
            }
        }
    }

    /// Frees the memory; the owner's deinit calls it once.
    func deallocate() {
        unsafe losses.deallocate()
        unsafe rebuilt.deallocate()
        unsafe returns.deallocate()
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
