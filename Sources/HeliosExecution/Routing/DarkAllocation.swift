// SPDX-License-Identifier: MIT
import HeliosMarket

/// How much to send to which dark venue, learnt from what came back.
///
/// A fill says what was there only when it is less than was sent; else that there was at least so much: the observation is
/// censored. The Kaplan-Meier estimate of P(available ≥ s) counts both rightly (Ganchev, Nevmyvaka, Kearns, Vaughan: Censored
/// Exploration and the Dark Pool Problem, 2009):
/// ```
/// T(0) = 1,  T(s + 1) = T(s) (1 − D(s) / N(s))
/// D(s): fills of exactly s below what was sent;  N(s): those, and all fills above s
/// ```
/// Each unit goes where its T is highest. The first s about which a venue has not said enough counts as 1, so that its depth is
/// explored one unit at a time, and a single disappointment does not close it for ever. Beyond a depth that is known never to be
/// reached there is nothing to explore.
public struct DarkAllocation: Sendable {
    /// Venues, by place.
    public let venues: Int
    /// Instruments that are told apart.
    public let instruments: Int
    /// The most units that a venue is sent at once.
    public let units: Int
    /// Shares in one unit, above zero.
    public let unit: Quantity
    /// The weight that an observation keeps at the next one of the same venue and instrument; 1 forgets nothing.
    public let memory: Double
    /// N(s) from which on T(s + 1) is known.
    public let evidence: Double
    /// For each instrument and venue and s from 0 to `units`: weight of fills of exactly s below what was sent.
    private var exact: [Double]
    /// The same of fills of s that were all that was sent.
    private var whole: [Double]
    /// T, kept up to date at each observation, so that an allocation only reads.
    private var tails: [Double]

    /// - Parameters:
    ///   - venues: at most `RoutingView.maximumVenues`.
    ///   - instruments: at least one.
    ///   - units: at least one.
    ///   - unit: shares above zero.
    ///   - memory: above 0, at most 1.
    ///   - evidence: above 0; with a memory, well below 1 / (1 − memory), which is what observations add up to.
    public init(
        venues: Int,
        instruments: Int = 1,
        units: Int = 64,
        unit: Quantity = Quantity(100),
        memory: Double = 1,
        evidence: Double = 8
    ) {
        self.venues = min(max(venues, 0), RoutingView.maximumVenues)
        self.instruments = max(instruments, 1)
        self.units = max(units, 1)
        self.unit = max(unit, Quantity(raw: 1))
        self.memory = memory > 0 && memory <= 1 ? memory : 1
        self.evidence = max(evidence, 1e-6)
        let size = self.venues * self.instruments * (self.units + 1)
        exact = Array(repeating: 0, count: size)
        whole = Array(repeating: 0, count: size)
        // Nobody has said anything: one unit anywhere is worth a try, more than that is not known.
        tails = Array(repeating: 0, count: size)
        for place in stride(from: 0, to: size, by: self.units + 1) {
            tails[place] = 1
            tails[place + 1] = 1
        }
    }

    /// Where the values of an instrument and venue begin; nil for one that has no place.
    private func base(_ instrument: Instrument, _ place: Int) -> Int? {
        guard instrument.index < instruments, place >= 0, place < venues else { return nil }
        return (instrument.index * venues + place) * (units + 1)
    }

    /// P(available ≥ s) at a venue, s in units; 0 for what it is never sent.
    public func tail(_ instrument: Instrument, _ place: Int, _ s: Int) -> Double {
        guard s >= 0, s <= units, let base = base(instrument, place) else { return 0 }
        return tails[base + s]
    }

    /// A dark order has ended.
    ///
    /// Less than a unit sent says nothing; parts of units filled are left out.
    public mutating func observe(_ instrument: Instrument, _ place: Int, sent: Quantity, filled: Quantity) {
        let sentUnits = min(sent.raw / unit.raw, Int64(units))
        observe(instrument, place, sent: Int(sentUnits), filled: Int(min(max(filled.raw, 0) / unit.raw, sentUnits)))
    }

    /// As the other, in units.
    public mutating func observe(_ instrument: Instrument, _ place: Int, sent: Int, filled: Int) {
        guard sent > 0, filled >= 0, sent <= units, let base = base(instrument, place) else { return }
        if memory < 1 {
            for s in 0...units {
                exact[base + s] *= memory
                whole[base + s] *= memory
            }
        }
        if filled < sent { exact[base + filled] += 1 } else { whole[base + sent] += 1 }
        refreshTail(at: base)
    }

    private mutating func refreshTail(at base: Int) {
        // From the top, so that nothing is subtracted: what never happened stays exactly zero.
        var above = 0.0
        for s in (0..<units).reversed() {
            above += exact[base + s + 1] + whole[base + s + 1]
            tails[base + s + 1] = above
        }
        var tail = 1.0
        tails[base] = 1
        var isKnown = true
        for s in 0..<units {
            let atLeast = tails[base + s + 1] + exact[base + s]
            if isKnown, atLeast >= evidence {
                tail *= 1 - exact[base + s] / atLeast
                tails[base + s + 1] = tail
            } else {
                // The first unit of which too little is known is worth a try, unless one before it is known never to be there;
                // beyond it nothing is known.
                tails[base + s + 1] = isKnown && tail > 0 ? 1 : 0
                isKnown = false
            }
        }
    }

    /// Divides `wanted` units among the venues of `isOpen`.
    ///
    /// - Parameters:
    ///   - wanted: at most so many are given out.
    ///   - instrument: one below `instruments`.
    ///   - isOpen: a bit for each venue, bit 0 the venue at place 0.
    ///   - floor: a unit that is there with a lower probability, or with none, is not given out.
    /// - Returns: units by place.
    public func allocate(
        _ wanted: Int,
        _ instrument: Instrument,
        isOpen: UInt16 = .max,
        floor: Double = 0
    ) -> InlineArray<16, Int> {
        var given = InlineArray<16, Int>(repeating: 0)
        guard wanted > 0 else { return given }
        for _ in 0..<min(wanted, venues * units) {
            var best = 0.0
            var bestPlace = -1
            for place in 0..<venues where isOpen >> UInt16(place) & 1 == 1 {
                let tail = self.tail(instrument, place, given[place] + 1)
                // The first of equals: places are the tie-break everywhere.
                if tail > best, tail >= floor {
                    best = tail
                    bestPlace = place
                }
            }
            guard bestPlace >= 0 else { break }
            given[bestPlace] += 1
        }
        return given
    }

    // MARK: State

    /// Appends everything it knows.
    public func save(to writer: inout StateWriter) {
        writer.mark("dark")
        writer.write(venues)
        writer.write(instruments)
        writer.write(units)
        writer.write(unit)
        writer.write(memory)
        writer.write(evidence)
        writer.reserve(exact.count * 16)
        for place in exact.indices {
            writer.write(exact[place])
            writer.write(whole[place])
        }
    }

    /// Takes over what was saved.
    ///
    /// - Throws: `StateError` when it was learnt in other units, or a weight can't be.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("dark")
        try reader.match(venues, "dark venues")
        try reader.match(instruments, "instruments of the dark venues")
        try reader.match(units, "units of a dark venue")
        try reader.match(unit, "the dark venues' unit")
        try reader.match(memory, "the dark venues' memory")
        try reader.match(evidence, "the dark venues' evidence")
        for place in exact.indices {
            let (short, full) = (try reader.read(Double.self), try reader.read(Double.self))
            guard short.isFinite, full.isFinite, short >= 0, full >= 0 else {
                throw reader.error(.damaged, "a weight of a dark venue's fills that can't be")
            }
            exact[place] = short
            whole[place] = full
        }
        for base in stride(from: 0, to: exact.count, by: units + 1) { refreshTail(at: base) }
    }
}
