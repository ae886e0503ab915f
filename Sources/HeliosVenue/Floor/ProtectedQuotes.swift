// SPDX-License-Identifier: MIT
import HeliosMarket

/// The lit venues' displayed best prices with a memory of a second, to find executions that trade through one of them.
///
/// A price is traded through when a better one was displayed elsewhere and had been, without a break, for a second: rule 611
/// (b)(8) of Reg NMS excepts quotes that flicker. The memory counts half seconds, so that a second is up to one and a half here.
///
/// Prices are keys: that of an offer, the negative of a bid, so that lower is better for who takes; `.max` for an empty side.
struct ProtectedQuotes {
    private struct Entry {
        /// Half seconds since the epoch.
        var bucket: Int64 = .min / 2
        var best = Int64.max
        /// The worst best price in this half second and in the two before.
        var worst = Int64.max
        var worstBefore = Int64.max
        var worstLong = Int64.max

        mutating func move(to bucket: Int64) {
            switch bucket - self.bucket {
            case ...0: return
            case 1: (worstLong, worstBefore) = (worstBefore, worst)
            case 2: (worstLong, worstBefore) = (worst, best)
            default: (worstLong, worstBefore) = (best, best)
            }
            worst = best
            self.bucket = bucket
        }
    }

    private static var bucketLength: Int64 { 500_000_000 }

    /// By venue, instrument and side.
    private var entries: [Entry]
    private let instruments: Int

    init(venues: Int, instruments: Int) {
        self.instruments = instruments
        // Of a single venue nobody is traded through.
        entries = Array(repeating: Entry(), count: venues > 1 ? venues * instruments * 2 : 0)
    }

    var isEmpty: Bool { entries.isEmpty }

    private func place(_ venue: Int, _ instrument: Instrument, _ side: Side) -> Int {
        (venue * instruments + instrument.index) * 2 + Int(side.rawValue)
    }

    /// A venue shows this best price on a side now; nil for none.
    mutating func note(_ venue: Int, _ instrument: Instrument, _ side: Side, _ best: Price?, at time: Timestamp) {
        guard !entries.isEmpty, instrument.index < instruments else { return }
        let place = place(venue, instrument, side)
        entries[place].move(to: time.nanoseconds / ProtectedQuotes.bucketLength)
        entries[place].best = best.map { side == .sell ? $0.raw : -$0.raw } ?? .max
        entries[place].worst = max(entries[place].worst, entries[place].best)
    }

    /// The worst that a venue's best price on a side has been in the last second, as a key.
    func worst(_ venue: Int, _ instrument: Instrument, _ side: Side, at time: Timestamp) -> Int64 {
        guard !entries.isEmpty, instrument.index < instruments else { return .max }
        var entry = entries[place(venue, instrument, side)]
        entry.move(to: time.nanoseconds / ProtectedQuotes.bucketLength)
        return max(entry.worst, entry.worstBefore, entry.worstLong)
    }
}
