// SPDX-License-Identifier: MIT

/// POV: a share of all trading (4.3): want = p / (1 − p) × what the others have traded − done.
@frozen
public struct ParticipationRule: Sendable, BitwiseCopyable, Equatable {
    /// p in basis points, 1 to 9,000: more of a market can't be had by waiting for it.
    public var share: Int64
    /// No child is smaller, but the last; raw.
    public var clip: Int64
    public var lot: Int64

    public init(share: Int64, clip: Int64, lot: Int64) {
        self.share = min(max(share, 1), 9_000)
        self.clip = max(clip, 0)
        self.lot = max(lot, 1)
    }

    /// How much more may be sent now, in whole lots.
    ///
    /// Never more than keeps the children at 2 p of what has traded since the last one (the burst), unless 2 p is all of it.
    ///
    /// - Parameters:
    ///   - quantity: the parent's; raw, as all.
    ///   - volume: what the others have traded since the parent began.
    ///   - recent: what of it came since the last child.
    ///   - working: filled and at the venue.
    /// - Returns: 0 where it is less than a clip.
    public func wanted(of quantity: Int64, volume: Int64, recent: Int64, working: Int64) -> Int64 {
        let left = quantity - working
        guard left > 0, volume > 0 else { return 0 }
        var wanted = Int128(volume) * Int128(share) / Int128(10_000 - share) - Int128(working)
        if share < 5_000 {
            wanted = min(wanted, Int128(max(recent, 0)) * Int128(2 * share) / Int128(10_000 - 2 * share))
        }
        if wanted >= Int128(left) { return left }
        let whole = Lots.whole(Int64(max(wanted, 0)), lot: lot)
        return whole >= min(clip, left) ? whole : 0
    }
}
