// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

/// Which pairs an instrument belongs to: one list of pairs, sorted by instrument, and where each one's part begins.
@safe
struct PairAdjacency: ~Copyable {
    private var starts: FixedBuffer<Int32>
    private var pairs: FixedBuffer<Int32>

    init(_ legs: [(Instrument, Instrument)], instrumentCount: Int) {
        starts = FixedBuffer(repeating: 0, count: instrumentCount + 1)
        pairs = FixedBuffer(repeating: 0, count: 2 * legs.count)
        for (y, x) in legs {
            starts[y.index + 1] += 1
            starts[x.index + 1] += 1
        }
        for instrument in 0..<instrumentCount { starts[instrument + 1] += starts[instrument] }
        var next = (0..<instrumentCount).map { Int(starts[$0]) }
        for (pair, sides) in legs.enumerated() {
            for instrument in [sides.0, sides.1] {
                pairs[next[instrument.index]] = Int32(pair)
                next[instrument.index] += 1
            }
        }
    }

    /// The slots of the pairs of the instrument with this index, to be read by `pair(at:)`.
    func slots(of index: Int) -> Range<Int> { Int(starts[index])..<Int(starts[index + 1]) }

    func pair(at slot: Int) -> Int { Int(pairs[slot]) }
}
