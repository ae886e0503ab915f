// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the market traded in the last seventeen minutes, by instrument and second.
struct VolumeTape: Sendable {
    private static let seconds = 1_024

    private struct Ring: Sendable {
        var volumes = [Int64](repeating: 0, count: VolumeTape.seconds)
        /// The second that each place is about.
        var stamps = [Int64](repeating: .min, count: VolumeTape.seconds)
    }

    /// By instrument; made at its first trade.
    private var rings: [Ring?] = []

    mutating func add(_ instrument: Instrument, _ quantity: Quantity, at time: Timestamp) {
        guard instrument != .none, instrument.index < 1 << 20 else { return }
        while rings.count <= instrument.index { rings.append(nil) }
        if rings[instrument.index] == nil { rings[instrument.index] = Ring() }
        let second = time.nanoseconds / 1_000_000_000
        let place = Int(second & Int64(VolumeTape.seconds - 1))
        if rings[instrument.index]?.stamps[place] != second {
            rings[instrument.index]?.stamps[place] = second
            rings[instrument.index]?.volumes[place] = 0
        }
        // Wrapping is meant: a broken file must not end the watch.
        rings[instrument.index]?.volumes[place] &+= quantity.raw
    }

    /// What was traded in the seconds from `start` to `end`.
    func volume(_ instrument: Instrument, from start: Timestamp, to end: Timestamp) -> Quantity {
        guard instrument.index < rings.count, let ring = rings[instrument.index] else { return .zero }
        let first = start.nanoseconds / 1_000_000_000
        let last = min(end.nanoseconds / 1_000_000_000, first + Int64(VolumeTape.seconds) - 1)
        var total: Int64 = 0
        var second = first
        while second <= last {
            let place = Int(second & Int64(VolumeTape.seconds - 1))
            if ring.stamps[place] == second { total &+= ring.volumes[place] }
            second += 1
        }
        return Quantity(raw: max(total, 0))
    }
}
