// SPDX-License-Identifier: MIT
import HeliosMarket

/// How much stands hidden behind what the lit venues display, learnt from what a trader sees.
///
/// ```
/// tape   for each venue and instrument   ρ = shares traded against hidden orders / (shares traded against displayed ones + prior)
/// own    for each venue                  k = (hidden shares that came + prior) / (hidden shares asked for + prior)
/// expected behind D displayed shares     D · ρ · k, at most D · `most`, in whole shares
/// ```
/// Both ratios are over sums that fade. The tape says how much more an order gets, on average, than what is displayed; what our own
/// immediate orders got beyond it says how much of that is there for us: prints of a kind of order that we never meet, such as
/// those at the midpoint of a venue that keeps them apart, are believed until it was tried.
public struct HiddenLiquidity: Sendable {
    /// Venues, by place.
    public let venues: Int
    /// Instruments that are told apart.
    public let instruments: Int
    /// The weight that the tape's sums keep at the next trade of the same venue and instrument.
    public let memory: Double
    /// The weight that our own orders' sums keep at the next one at the same venue.
    public let ownMemory: Double
    /// Displayed shares traded that stand for no hidden ones, before anything was seen; and of our own orders for all that came.
    public let prior: Double
    /// Never more is expected behind a displayed share.
    public static var most: Double { 4 }

    struct Tape: BitwiseCopyable, Sendable {
        var displayed = 0.0
        var hidden = 0.0
    }

    struct Own: BitwiseCopyable, Sendable {
        var asked = 0.0
        var came = 0.0
    }

    /// By venue and instrument.
    private var tapes: [Tape]
    private var owns: [Own]

    /// - Parameters:
    ///   - venues: at most `RoutingView.maximumVenues`.
    ///   - instruments: at least one.
    ///   - memory: 0 to 1; the default lets a trade's weight fall to a half after 693 others.
    ///   - ownMemory: 0 to 1.
    ///   - prior: shares, above zero.
    public init(
        venues: Int,
        instruments: Int = 1,
        memory: Double = 0.999,
        ownMemory: Double = 0.99,
        prior: Double = 500
    ) {
        self.venues = min(max(venues, 0), RoutingView.maximumVenues)
        self.instruments = max(instruments, 1)
        self.memory = min(max(memory, 0), 1)
        self.ownMemory = min(max(ownMemory, 0), 1)
        self.prior = max(prior, 1e-8)
        tapes = Array(repeating: Tape(), count: self.venues * self.instruments)
        owns = Array(repeating: Own(), count: self.venues)
    }

    private func index(_ instrument: Instrument, _ place: Int) -> Int? {
        guard instrument.index < instruments, place >= 0, place < venues else { return nil }
        return place * instruments + instrument.index
    }

    // MARK: Evidence

    /// A venue's tape shows a trade, against an order that was displayed or against one that was not.
    public mutating func traded(_ instrument: Instrument, _ place: Int, _ quantity: Quantity, isHidden: Bool) {
        guard quantity.raw > 0, let index = index(instrument, place) else { return }
        var tape = tapes[index]
        tape.displayed *= memory
        tape.hidden *= memory
        if isHidden { tape.hidden += quantity.value } else { tape.displayed += quantity.value }
        tapes[index] = tape
    }

    /// An immediate order of ours that took all that was displayed has ended: `asked` beyond it, of which `came`.
    public mutating func tried(_ place: Int, asked: Quantity, came: Quantity) {
        guard place >= 0, place < venues, asked.raw > 0 else { return }
        owns[place].asked = owns[place].asked * ownMemory + asked.value
        owns[place].came = owns[place].came * ownMemory + min(max(came, .zero), asked).value
    }

    // MARK: What is expected

    /// Hidden shares expected for each displayed one, 0 to `most`.
    public func share(_ instrument: Instrument, _ place: Int) -> Double {
        guard let index = index(instrument, place) else { return 0 }
        let (tape, own) = (tapes[index], owns[place])
        let ratio = tape.hidden / (tape.displayed + prior)
        return min(ratio * (own.came + prior) / (own.asked + prior), HiddenLiquidity.most)
    }

    /// Hidden shares expected behind `displayed` ones, whole.
    public func expected(_ instrument: Instrument, _ place: Int, behind displayed: Quantity) -> Quantity {
        guard displayed.raw > 0 else { return .zero }
        let shares = displayed.value * share(instrument, place)
        return Quantity(Int(min(shares.rounded(.down), 1e9)))
    }

    // MARK: State

    /// Appends everything it knows.
    public func save(to writer: inout StateWriter) {
        writer.mark("hidden")
        writer.write(venues)
        writer.write(instruments)
        writer.write(memory)
        writer.write(ownMemory)
        writer.write(prior)
        writer.reserve(tapes.count * 16)
        for tape in tapes { writer.write(tape) }
        for own in owns { writer.write(own) }
    }

    /// Takes over what was saved.
    ///
    /// - Throws: `StateError` when it was learnt with other venues or memories, or a sum can't be.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("hidden")
        try reader.match(venues, "venues with hidden orders")
        try reader.match(instruments, "instruments with hidden orders")
        try reader.match(memory, "the memory of hidden trades")
        try reader.match(ownMemory, "the memory of our own orders for hidden shares")
        try reader.match(prior, "the prior of hidden trades")
        for place in tapes.indices {
            let tape = try reader.read(Tape.self)
            guard tape.displayed.isFinite, tape.hidden.isFinite, tape.displayed >= 0, tape.hidden >= 0 else {
                throw reader.error(.damaged, "a sum of a venue's hidden trades that can't be")
            }
            tapes[place] = tape
        }
        for place in owns.indices {
            let own = try reader.read(Own.self)
            guard own.asked.isFinite, own.came.isFinite, own.came >= 0, own.came <= own.asked else {
                throw reader.error(.damaged, "a sum of our orders for hidden shares that can't be")
            }
            owns[place] = own
        }
    }
}
