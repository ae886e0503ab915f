// SPDX-License-Identifier: MIT

/// What has become of a leg so far, in raw quantities.
@frozen
public struct LegFill: Sendable, BitwiseCopyable, Equatable {
    public var done: Int64
    /// At the venue, or on its way there: whatever it may still trade.
    public var open: Int64

    public init(done: Int64 = 0, open: Int64 = 0) {
        self.done = done
        self.open = open
    }
}

/// How far a pair is.
@frozen
public enum PairStage: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The harder leg is worked, the easier hedges it.
    case working = 0
    /// The harder leg takes no more; what it has done is still hedged.
    case closing = 1
    /// The easier leg has failed: what it has not hedged of the harder one is given back.
    case unwinding = 2
}

/// How much each leg may have done and open together, in raw quantities.
@frozen
public struct PairTargets: Sendable, BitwiseCopyable, Equatable {
    public var hard: Int64
    public var easy: Int64
    /// Of the harder leg, on the other side.
    public var unwind: Int64

    public init(hard: Int64, easy: Int64, unwind: Int64) {
        self.hard = hard
        self.easy = easy
        self.unwind = unwind
    }
}

/// Works two legs so that what one has done more than the other stays within a bound, whatever the venue does or does not answer.
///
/// The harder leg, the one with less on offer, is worked; each of its fills is hedged with the easier one. In shares of the harder leg,
/// with H and E the quantities of the legs, h and e what they have done and u what was given back:
///
/// ```
/// net = h − u − e · H / E
/// harder leg:   h + open ≤ e · H / E + bound + u       so that net ≤ bound if all that is open of it fills, and no hedge does
/// easier leg:   e + open ≤ (h − u − u's open) · E / H  so that net ≥ 0 if the hedge fills, and what is given back too
/// giving back:  u + open ≤ h − e · H / E               so that net ≥ −(what is open of the hedge) ≥ −bound
/// ```
/// An order that is refused is not open and counts for nothing; one that is never answered stays open and stops its own leg, and through
/// the bound the other. Only more fills than were ordered, or fills taken back, can bring the net beyond the bound; then nothing that
/// would add to it is sent.
@frozen
public struct PairExecutor: Sendable, BitwiseCopyable, Equatable {
    /// H and E, raw, above zero.
    public var hard: Int64
    public var easy: Int64
    /// What may be unhedged, in raw shares of the harder leg.
    public var bound: Int64
    public var hardLot: Int64
    public var easyLot: Int64
    public var stage = PairStage.working

    /// Nil for a leg without quantity, and for a bound in which no lot of one leg can be hedged by lots of the other.
    public init?(hard: Int64, easy: Int64, bound: Int64, hardLot: Int64 = 1, easyLot: Int64 = 1) {
        guard hard > 0, easy > 0 else { return nil }
        self.hard = hard
        self.easy = easy
        self.bound = bound
        self.hardLot = max(hardLot, 1)
        self.easyLot = max(easyLot, 1)
        guard bound >= leastBound else { return nil }
    }

    /// The least bound under which the legs can always go on: a lot of the harder leg and what a lot of the easier one stands for.
    public var leastBound: Int64 {
        let lots = Int128(hardLot) + (Int128(easyLot) * Int128(hard) + Int128(easy) - 1) / Int128(easy)
        // A lot may be more than all of a leg: then all of it at once has to do.
        return Int64(min(lots, Int128(hard)))
    }

    /// What a done quantity of the easier leg stands for in shares of the harder; rounded down.
    @inlinable
    public func hardShares(of easy: Int64) -> Int64 {
        Int64(clamping: Int128(easy) * Int128(hard) / Int128(self.easy))
    }

    /// What is not hedged, in shares of the harder leg: above zero when the harder leg has done more.
    @inlinable
    public func net(_ hard: Int64, _ easy: Int64, unwound: Int64) -> Int64 {
        Int64(clamping: Int128(hard) - Int128(unwound) - Int128(hardShares(of: easy)))
    }

    /// What each leg may have done and open now; what is open beyond it is to be cancelled.
    public func targets(hard h: LegFill, easy e: LegFill, unwind u: LegFill) -> PairTargets {
        let hedged = hardShares(of: e.done)
        let unhedged = Int64(clamping: Int128(h.done) - Int128(hedged))
        let room = stage == .working ? bound : 0
        return PairTargets(
            hard: capped(Int128(hedged) + Int128(room) + Int128(u.done), of: hard, lot: hardLot),
            easy: stage == .unwinding ? e.done : hedge(for: Int128(h.done) - Int128(u.done) - Int128(u.open)),
            unwind: stage == .unwinding ? max(Lots.whole(unhedged, lot: hardLot), u.done) : u.done
        )
    }

    /// What the easier leg has to have done for `shares` of the harder; all of it for all.
    private func hedge(for shares: Int128) -> Int64 {
        guard shares < Int128(hard) else { return easy }
        return capped(max(shares, 0) * Int128(easy) / Int128(hard), of: easy, lot: easyLot)
    }

    private func capped(_ quantity: Int128, of whole: Int64, lot: Int64) -> Int64 {
        quantity >= Int128(whole) ? whole : Lots.whole(Int64(max(quantity, 0)), lot: lot)
    }

    /// Moves on with what has happened to the legs; never back.
    ///
    /// - Parameters:
    ///   - hardFailed: the harder leg is refused again and again, or gets no answer, or is to end.
    ///   - easyFailed: the same of the easier one.
    public mutating func advance(hardFailed: Bool, easyFailed: Bool) {
        if easyFailed { stage = .unwinding }
        if hardFailed, stage == .working { stage = .closing }
    }

    /// Everything has traded.
    public func isComplete(_ hard: LegFill, _ easy: LegFill) -> Bool {
        hard.done >= self.hard && easy.done >= self.easy
    }

    /// Nothing is open and nothing more is wanted.
    public func isSettled(hard h: LegFill, easy e: LegFill, unwind u: LegFill) -> Bool {
        guard h.open == 0, e.open == 0, u.open == 0 else { return false }
        if isComplete(h, e) { return true }
        guard stage != .working else { return false }
        let wanted = targets(hard: h, easy: e, unwind: u)
        return wanted.hard <= h.done && wanted.easy <= e.done && wanted.unwind <= u.done
    }

    /// Whether the first of two legs is the harder: the one that takes more of what its market offers; the first when they are alike.
    ///
    /// - Parameters:
    ///   - first: its quantity, what is displayed at the price that it would take, and the spread as a share of the price in 1e-8.
    ///   - second: the same.
    /// - Returns: whether the first is to be worked and the second to hedge it.
    public static func isFirstHarder(
        _ first: (quantity: Int64, displayed: Int64, spread: Int64),
        _ second: (quantity: Int64, displayed: Int64, spread: Int64)
    ) -> Bool {
        // Nothing displayed is the hardest of all.
        let one = Int128(first.quantity) * Int128(max(second.displayed, 0))
        let other = Int128(second.quantity) * Int128(max(first.displayed, 0))
        return one == other ? first.spread >= second.spread : one > other
    }
}
