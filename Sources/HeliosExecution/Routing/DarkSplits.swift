// SPDX-License-Identifier: MIT
import HeliosMarket

/// How dark venues are divided up.
public enum DarkMethod: String, Sendable, CaseIterable {
    /// By what fills have taught of each venue's quantities: `DarkAllocation`. Asks for what is likely to be there.
    case censored
    /// By shares that move toward the venues that fill: `DarkGradient`. Asks for everything that is wanted.
    case gradient
}

/// A `DarkGradient` for each instrument, and the round that each is in.
///
/// A round is an order that was divided among the venues; it has been heard of when every child has ended. A venue whose part was
/// nothing has filled it, so that a share of zero does not stay one. Where the next order comes earlier, nothing is learnt from the
/// one before.
public struct DarkSplits: Sendable {
    private struct Round: BitwiseCopyable, Sendable {
        /// A bit for each venue that has not ended, and for each that filled all of its part.
        var pending: UInt16 = 0
        var filled: UInt16 = 0
        /// Rounds learnt from.
        var count: UInt32 = 0
    }

    /// Venues, by place; those that are not dark have no share.
    public let venues: Int
    public let instruments: Int
    private var gradients: [DarkGradient]
    private var rounds: [Round]
    /// By number among the dark ones, the place.
    private let places: [Int]

    /// The first step, of shares that add up to one.
    static var firstStep: Double { 0.2 }
    /// Rounds in which the step halves for the first time; it falls like one over the rounds.
    static var halving: Double { 20 }
    /// The smallest step: what a venue holds may change.
    static var lastStep: Double { 0.005 }

    /// - Parameters:
    ///   - worth: of each venue what a filled share is worth there against the others; nil for one that is not dark.
    ///   - instruments: that are told apart; 0 for a router that does not divide so.
    public init(worth: [Double?] = [], instruments: Int = 0) {
        venues = min(worth.count, RoutingView.maximumVenues)
        places = (0..<venues).filter { worth[$0] != nil }
        self.instruments = places.isEmpty ? 0 : max(instruments, 0)
        gradients = Array(repeating: DarkGradient(worth: places.map { worth[$0] ?? 0 }), count: self.instruments)
        rounds = Array(repeating: Round(), count: self.instruments)
    }

    /// Whether anything is divided here.
    public var isEnabled: Bool { instruments > 0 }

    /// A venue's share of the next order in an instrument, 0 to 1.
    public func share(_ instrument: Instrument, _ place: Int) -> Double {
        guard instrument.index < instruments, let number = places.firstIndex(of: place) else { return 0 }
        return gradients[instrument.index].shares[number]
    }

    /// Divides `wanted` units among the venues of `isOpen`, by their shares: whole units, what is left over to the largest shares.
    public func divide(_ wanted: Int, _ instrument: Instrument, isOpen: UInt16) -> InlineArray<16, Int> {
        var given = InlineArray<16, Int>(repeating: 0)
        guard wanted > 0, instrument.index < instruments else { return given }
        let gradient = gradients[instrument.index]
        var sum = 0.0
        for (number, place) in places.enumerated() where isOpen >> UInt16(place) & 1 == 1 {
            sum += gradient.shares[number]
        }
        guard sum > 0 else { return given }
        var rest = wanted
        var largest = -1
        var most = -1.0
        for (number, place) in places.enumerated() where isOpen >> UInt16(place) & 1 == 1 {
            let units = min(Int((Double(wanted) * gradient.shares[number] / sum).rounded(.down)), rest)
            given[place] = units
            rest -= units
            if gradient.shares[number] > most { (largest, most) = (place, gradient.shares[number]) }
        }
        if largest >= 0 { given[largest] += rest }
        return given
    }

    /// An order was divided: who was sent something, of those that were asked.
    public mutating func begin(_ instrument: Instrument, _ given: InlineArray<16, Int>) {
        guard instrument.index < instruments else { return }
        var round = Round(count: rounds[instrument.index].count)
        for (number, place) in places.enumerated() {
            let bit: UInt16 = 1 << UInt16(number)
            if given[place] > 0 { round.pending |= bit } else { round.filled |= bit }
        }
        rounds[instrument.index] = round
    }

    /// A venue's part has ended, filled whole or not.
    public mutating func ended(_ instrument: Instrument, _ place: Int, isWhole: Bool) {
        guard instrument.index < instruments, let number = places.firstIndex(of: place) else { return }
        let bit: UInt16 = 1 << UInt16(number)
        guard rounds[instrument.index].pending & bit != 0 else { return }
        rounds[instrument.index].pending &= ~bit
        if isWhole { rounds[instrument.index].filled |= bit }
        guard rounds[instrument.index].pending == 0 else { return }
        let count = Double(rounds[instrument.index].count)
        let step = DarkSplits.firstStep / (1 + count / DarkSplits.halving)
        gradients[instrument.index].learn(
            volume: 1,
            wasFilled: rounds[instrument.index].filled,
            step: max(step, DarkSplits.lastStep)
        )
        if rounds[instrument.index].count < .max { rounds[instrument.index].count += 1 }
    }

    // MARK: State

    /// Appends everything it knows.
    public func save(to writer: inout StateWriter) {
        writer.mark("splits")
        writer.write(instruments)
        writer.write(places.count)
        for index in gradients.indices {
            writer.write(rounds[index].pending)
            writer.write(rounds[index].filled)
            writer.write(rounds[index].count)
            for number in places.indices { writer.write(gradients[index].shares[number]) }
        }
    }

    /// Takes over what was saved.
    ///
    /// - Throws: `StateError` when it was learnt with other venues, or shares can't be.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("splits")
        try reader.match(instruments, "instruments of the dark venues' shares")
        try reader.match(places.count, "dark venues with shares")
        for index in gradients.indices {
            rounds[index].pending = try reader.read(UInt16.self)
            rounds[index].filled = try reader.read(UInt16.self)
            rounds[index].count = try reader.read(UInt32.self)
            var sum = 0.0
            for number in places.indices {
                let share = try reader.read(Double.self)
                guard share >= 0, share <= 1 else { throw reader.error(.damaged, "a dark venue's share that can't be") }
                gradients[index].shares[number] = share
                sum += share
            }
            guard abs(sum - 1) < 1e-6 else { throw reader.error(.damaged, "dark venues' shares that don't add up") }
        }
    }
}
