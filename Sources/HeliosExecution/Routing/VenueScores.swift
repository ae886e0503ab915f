// SPDX-License-Identifier: MIT
import HeliosMarket

/// What our own trading has taught about a venue.
@frozen
public struct VenueScore: Sendable, BitwiseCopyable, Equatable {
    /// Filled over sent, of orders that take, 0 to 1.
    public var fillRate: Double
    /// Filled over sent, of orders that rest, 0 to 1.
    public var restingFillRate: Double
    /// Share of the displayed quantity that was gone on arrival, 0 to 1.
    public var fade: Double
    /// How far the mid moved against our fills within a second, as a share of the price; negative when it moved our way.
    public var toxicity: Double
    /// As `toxicity`, of fills of resting orders.
    public var restingToxicity: Double

    @inlinable
    public init(fillRate: Double, restingFillRate: Double, fade: Double, toxicity: Double, restingToxicity: Double) {
        self.fillRate = fillRate
        self.restingFillRate = restingFillRate
        self.fade = fade
        self.toxicity = toxicity
        self.restingToxicity = restingToxicity
    }

    /// The better, the higher: what a displayed share there is worth against one elsewhere at the same all-in price.
    ///
    /// A basis point of toxicity weighs as much as a tenth of the shares not being there.
    @inlinable
    public var rank: Double { fillRate * (1 - fade) - toxicity * 1_000 }
}

/// Scores of the venues, learnt from orders and fills, the old ones fading.
///
/// Sums over shares that lose a part of their weight with each order (4.7 and section 5 of the formulas feed it): arithmetic that
/// is the same to the bit on every machine.
public struct VenueScores: Sendable {
    /// The weight that an order's or fill's sums keep at the next one of the same venue.
    public var memory: Double
    /// Shares that stand for what is believed of a venue that we have not traded on.
    public var prior: Double
    private var sums: [Sums]
    private var misses = Misses()

    /// What was gone on arrival, at all venues, and how much dearer the next price was.
    struct Misses: BitwiseCopyable, Sendable {
        var shares = 0.0
        var dearer = 0.0
    }

    struct Sums: BitwiseCopyable, Sendable {
        var sent = 0.0
        var filled = 0.0
        var restingSent = 0.0
        var restingFilled = 0.0
        var displayed = 0.0
        var gone = 0.0
        var marked = 0.0
        var against = 0.0
        var restingMarked = 0.0
        var restingAgainst = 0.0
    }

    /// - Parameters:
    ///   - memory: 0 to 1; the default lets an order's weight fall to a half after 138 others.
    ///   - prior: shares, above zero, that a venue begins with: all filled, nothing faded, half of what rests filled.
    public init(memory: Double = 0.995, prior: Double = 1_000) {
        self.memory = min(max(memory, 0), 1)
        self.prior = max(prior, 1e-8)
        sums = Array(repeating: Sums(), count: RoutingView.maximumVenues)
    }

    /// What is known of the venue at a place.
    public subscript(place: Int) -> VenueScore {
        let sums = place >= 0 && place < RoutingView.maximumVenues ? sums[place] : Sums()
        return VenueScore(
            fillRate: (sums.filled + prior) / (sums.sent + prior),
            restingFillRate: (sums.restingFilled + prior / 2) / (sums.restingSent + prior),
            fade: sums.gone / (sums.displayed + prior),
            toxicity: sums.against / (sums.marked + prior),
            restingToxicity: sums.restingAgainst / (sums.restingMarked + prior)
        )
    }

    /// An order that took has ended.
    ///
    /// - Parameters:
    ///   - place: of its venue.
    ///   - sent: its quantity.
    ///   - filled: of it.
    ///   - displayed: what of it was displayed when it was sent; what did not fill of that has faded.
    public mutating func took(_ place: Int, sent: Quantity, filled: Quantity, displayed: Quantity) {
        guard place >= 0, place < RoutingView.maximumVenues, sent.raw > 0 else { return }
        sums[place].sent = sums[place].sent * memory + sent.value
        sums[place].filled = sums[place].filled * memory + filled.value
        guard displayed.raw > 0 else { return }
        sums[place].displayed = sums[place].displayed * memory + displayed.value
        sums[place].gone = sums[place].gone * memory + max(displayed - filled, .zero).value
    }

    /// What a displayed share that turned out to be gone has cost on average: how much dearer the next one was, in raw price
    /// units; never below zero, and zero before anything was missed.
    public var missCost: Double { max(misses.dearer / (misses.shares + prior), 0) }

    /// Displayed shares were gone on arrival.
    ///
    /// - Parameters:
    ///   - shares: how many.
    ///   - dearer: the best price that is left, beyond the one that was missed; negative when it is better.
    public mutating func missed(_ shares: Quantity, dearer: Price) {
        guard shares.raw > 0 else { return }
        misses.shares = misses.shares * memory + shares.value
        misses.dearer = misses.dearer * memory + shares.value * Double(dearer.raw)
    }

    /// An order that rested has ended.
    public mutating func rested(_ place: Int, sent: Quantity, filled: Quantity) {
        guard place >= 0, place < RoutingView.maximumVenues, sent.raw > 0 else { return }
        sums[place].restingSent = sums[place].restingSent * memory + sent.value
        sums[place].restingFilled = sums[place].restingFilled * memory + filled.value
    }

    /// A fill's markout after a second is known.
    ///
    /// - Parameters:
    ///   - place: of its venue.
    ///   - markout: as a share of the price, positive when the mid went our way.
    ///   - quantity: of the fill.
    ///   - isMaker: whether our order rested.
    public mutating func marked(_ place: Int, _ markout: Double, _ quantity: Quantity, isMaker: Bool) {
        guard place >= 0, place < RoutingView.maximumVenues, quantity.raw > 0, markout.isFinite else { return }
        let shares = quantity.value
        if isMaker {
            sums[place].restingMarked = sums[place].restingMarked * memory + shares
            sums[place].restingAgainst = sums[place].restingAgainst * memory - markout * shares
        } else {
            sums[place].marked = sums[place].marked * memory + shares
            sums[place].against = sums[place].against * memory - markout * shares
        }
    }

    // MARK: State

    /// Appends everything it knows.
    public func save(to writer: inout StateWriter) {
        writer.mark("vscores")
        writer.write(memory)
        writer.write(prior)
        for place in 0..<RoutingView.maximumVenues { writer.write(sums[place]) }
        writer.write(misses)
    }

    /// Takes over what was saved.
    ///
    /// - Throws: `StateError` when it was learnt under another memory or prior, or no sum can be like that.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("vscores")
        try reader.match(memory, "the memory of the venues' scores")
        try reader.match(prior, "the prior of the venues' scores")
        for place in 0..<RoutingView.maximumVenues {
            let saved = try reader.read(Sums.self)
            guard saved.isPossible else { throw reader.error(.damaged, "a venue's score that can't be") }
            sums[place] = saved
        }
        let saved = try reader.read(Misses.self)
        guard saved.shares.isFinite, saved.dearer.isFinite, saved.shares >= 0 else {
            throw reader.error(.damaged, "a miss that can't be")
        }
        misses = saved
    }
}

extension VenueScores.Sums {
    var isPossible: Bool {
        let amounts = sent + filled + restingSent + restingFilled + displayed + gone + marked + restingMarked
        let isFinite = amounts.isFinite && against.isFinite && restingAgainst.isFinite
        return isFinite && sent >= 0 && filled >= 0 && restingSent >= 0 && restingFilled >= 0 && displayed >= 0
            && gone >= 0 && marked >= 0 && restingMarked >= 0
    }
}
