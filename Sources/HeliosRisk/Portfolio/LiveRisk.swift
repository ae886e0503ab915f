// SPDX-License-Identifier: MIT
import HeliosMarket

/// The portfolio's value at risk, kept up to date fill by fill: what P15 asks before an order and after a fill.
///
/// It keeps v = S w, q = w′ S w and the loss of every scenario. When a weight changes by d,
///
///     q += 2 d v_i + d² S_ii        v += d S_·i        L_s −= d r_s,i
///
/// so a fill costs one column of the covariances and one of the returns, and the question *what if* costs a product:
/// ```swift
/// var live = LiveRisk(model)
/// live.setWeight(3, 250_000)                                  // a fill: position × price, in money
/// let now = live.currentValueAtRisk()
/// let then = live.valueAtRisk(adding: 50_000, at: 3)          // nothing changes
/// ```
/// Memory is taken in `init` and never again. Rounding errors gather slowly; every 4,096 changes all is computed anew, and
/// `lastDrift` says by how much it had gone astray. A place that the model does not have, or a weight that is no number,
/// makes every answer infinite for good: what is not known refuses.
@safe
public struct LiveRisk: ~Copyable {
    /// Changes after which everything is computed anew.
    public static let rebuildInterval = 4_096
    /// No weight is larger: with returns below a million no sum can overflow.
    public static let weightLimit = 1e30
    /// The largest drift, relative to the largest value since the last rebuild, that is taken for rounding.
    public static let driftLimit = 1e-9

    /// How many instruments the model knows; places are 0 to `count` − 1.
    public let count: Int
    // Safe: everything is allocated and initialised in `init`, in the sizes that the fields say, and freed in `deinit`.
    let weights: UnsafeMutablePointer<Double>
    /// What `mark` said and nobody has asked about yet, and where.
    let pending: UnsafeMutablePointer<Double>
    let isPending: UnsafeMutablePointer<Bool>
    let pendingPlaces: UnsafeMutablePointer<UInt32>
    /// The places that wait, as a ring: where it begins and how many there are.
    var pendingFirst = 0
    var pendingCount = 0
    var variance: VarianceForm
    var losses: ScenarioLosses
    /// Keeps the columns that the parts point to; never looked at after `init`.
    let model: FrozenRisk
    let number: RiskNumber
    let tolerance: Double
    let valueFactor: Double
    let shortfallFactor: Double
    let horizonFactor: Double
    /// Weights that are not zero.
    var held = 0
    /// Whether every weight so far was a number at a place that exists.
    var isSound = true
    /// Positions held now that the model does not know; the owner counts them.
    var strangers: Int64 = 0
    /// Whether the numbers can be relied on: every weight so far was one at a place that exists, and all that is held is known.
    public var isValid: Bool { isSound && strangers == 0 }
    /// Changes since everything was computed anew.
    public internal(set) var changes = 0
    /// How often everything was computed anew.
    public internal(set) var rebuilds: UInt64 = 0
    /// How far the last rebuild found q or a loss from the truth, relative to the largest value since the one before.
    public internal(set) var lastDrift = 0.0
    /// Rebuilds that found more than `driftLimit`: a fault to report.
    public internal(set) var driftExcesses: UInt64 = 0

    /// An engine for a model, all weights zero.
    public init(_ model: RiskModel) { self.init(FrozenRisk(model)) }

    /// An engine for a model that others use too, all weights zero.
    public init(_ model: FrozenRisk) {
        self.model = model
        count = model.count
        unsafe weights = FrozenRisk.memory(count, 0)
        unsafe pending = FrozenRisk.memory(count, 0)
        unsafe isPending = FrozenRisk.memory(count, false)
        unsafe pendingPlaces = FrozenRisk.memory(count, 0)
        variance = VarianceForm(model)
        losses = ScenarioLosses(model)
        number = model.number
        tolerance = model.tolerance
        valueFactor = model.valueFactor
        shortfallFactor = model.shortfallFactor
        horizonFactor = model.horizonFactor
    }

    deinit {
        unsafe weights.deallocate()
        unsafe pending.deallocate()
        unsafe isPending.deallocate()
        unsafe pendingPlaces.deallocate()
        variance.deallocate()
        losses.deallocate()
    }
}

// MARK: - Changes
extension LiveRisk {
    /// Sets the weight of `place` (money held: position × price, negative when short) at once: after a fill.
    public mutating func setWeight(_ place: Int, _ value: Double) {
        guard place >= 0, place < count, value.magnitude < Self.weightLimit else {
            isSound = isSound && value == 0
            return
        }
        // Safe: the place was checked.
        unsafe isPending[place] = false
        let old = unsafe weights[place]
        guard value != old else { return }
        move(place, from: old, to: value)
        changes += 1
        if held == 0 {
            clear()
        } else if changes >= Self.rebuildInterval {
            rebuild()
        }
    }

    /// Says what `place` is worth now, after a change of price: the weight follows at the next question, and only where it moved by more
    /// than the model's tolerance.
    ///
    /// Costs a comparison, so that it may be called on each quote; nothing is done for an instrument that is not held.
    public mutating func mark(_ place: Int, _ value: Double) {
        guard place >= 0, place < count, value.magnitude < Self.weightLimit else {
            isSound = isSound && value == 0
            return
        }
        // Safe: the place was checked; a place stands in the list once at most, as `isPending` and `settle` see to.
        let weight = unsafe weights[place]
        guard unsafe isPending[place] == false else {
            unsafe pending[place] = value
            return
        }
        guard (value - weight).magnitude > tolerance * weight.magnitude else { return }
        if pendingCount == count { settle() }
        unsafe pending[place] = value
        unsafe isPending[place] = true
        unsafe pendingPlaces[(pendingFirst + pendingCount) % count] = UInt32(truncatingIfNeeded: place)
        pendingCount += 1
    }

    /// Takes over what `mark` said, in the order in which it was said, but not more than `limit` of it.
    ///
    /// A question that must be quick settles a few and leaves the rest to `maintain`.
    public mutating func settle(atMost limit: Int = .max) {
        var left = min(limit, pendingCount)
        while left > 0 {
            // Safe: the first place that waits, each of them a place.
            let place = Int(unsafe pendingPlaces[pendingFirst])
            pendingFirst = pendingFirst + 1 == count ? 0 : pendingFirst + 1
            pendingCount -= 1
            left -= 1
            if unsafe isPending[place] { setWeight(place, unsafe pending[place]) }
        }
    }

    /// What a timer does: settles everything, and computes everything anew when half the changes of an interval have come
    /// together, so that it happens here and not in a fill.
    public mutating func maintain() {
        settle()
        if changes >= Self.rebuildInterval / 2 { rebuild() }
    }

    private mutating func move(_ place: Int, from old: Double, to value: Double) {
        // Safe: `setWeight` checked the place.
        unsafe weights[place] = value
        held += (value != 0 ? 1 : 0) - (old != 0 ? 1 : 0)
        variance.add(value - old, at: place, weight: old)
        losses.add(value - old, at: place)
    }

    /// Nothing is held: everything is exactly zero again.
    private mutating func clear() {
        variance.clear()
        losses.clear()
        changes = 0
    }

    /// Computes everything anew from the weights and says in `lastDrift` how far it had gone astray.
    ///
    /// Done by itself every 4,096 changes; who has a quiet moment may do it earlier. Its time grows with the number of
    /// instruments held times the number that the model knows.
    public mutating func rebuild() {
        let drift = unsafe max(variance.rebuild(weights), losses.rebuild(weights, count: count))
        lastDrift = drift
        rebuilds &+= 1
        if !(drift < Self.driftLimit) { driftExcesses &+= 1 }
        changes = 0
    }
}

// MARK: - Answers
extension LiveRisk {
    /// The value at risk now, with all that `mark` said: a loss that is not exceeded with the model's confidence, in money.
    public mutating func currentValueAtRisk() -> Double {
        settle()
        return valueAtRisk(adding: 0, at: 0)
    }

    /// The expected shortfall now: the mean of the losses beyond the value at risk.
    public mutating func currentExpectedShortfall() -> Double {
        settle()
        return expectedShortfall(adding: 0, at: 0)
    }

    /// The value at risk if the weight of `place` grew by `delta`; nothing changes.
    ///
    /// Counts the weights as they were last settled.
    public borrowing func valueAtRisk(adding delta: Double, at place: Int) -> Double {
        guard isAnswer(delta, place) else { return .infinity }
        switch number {
        case .parametric: return finite(parametricValueAtRisk(delta, place))
        case .historical: return finite(historical(delta, place).valueAtRisk)
        case .larger:
            return finite(max(parametricValueAtRisk(delta, place), historical(delta, place).valueAtRisk))
        }
    }

    /// The expected shortfall if the weight of `place` grew by `delta`; nothing changes.
    public borrowing func expectedShortfall(adding delta: Double, at place: Int) -> Double {
        guard isAnswer(delta, place) else { return .infinity }
        switch number {
        case .parametric: return finite(parametricExpectedShortfall(delta, place))
        case .historical: return finite(historical(delta, place).expectedShortfall)
        case .larger:
            return finite(max(parametricExpectedShortfall(delta, place), historical(delta, place).expectedShortfall))
        }
    }

    /// The weight of `place` as it was last settled; zero for a place that does not exist.
    public borrowing func weight(_ place: Int) -> Double {
        guard place >= 0, place < count else { return 0 }
        return unsafe weights[place]
    }

    /// What one unit of money more in `place` adds to the parametric value at risk: z (S w)_i / σ; zero while nothing is held.
    public borrowing func marginal(_ place: Int) -> Double {
        let deviation = deviation(0, 0)
        guard place >= 0, place < count, deviation > 0 else { return 0 }
        return unsafe valueFactor * variance.product(place, weight: weights[place]) / deviation
    }

    /// The share of `place` in the parametric value at risk: w_i times the marginal; all of them add up to it.
    public borrowing func component(_ place: Int) -> Double { weight(place) * marginal(place) }

    private borrowing func parametricValueAtRisk(_ delta: Double, _ place: Int) -> Double {
        valueFactor * deviation(delta, place)
    }

    private borrowing func parametricExpectedShortfall(_ delta: Double, _ place: Int) -> Double {
        shortfallFactor * deviation(delta, place)
    }

    private borrowing func historical(_ delta: Double, _ place: Int) -> RiskFigures {
        let tail = losses.tail(adding: delta, at: place)
        return RiskFigures(
            valueAtRisk: horizonFactor * tail.valueAtRisk,
            expectedShortfall: horizonFactor * tail.expectedShortfall
        )
    }

    private borrowing func deviation(_ delta: Double, _ place: Int) -> Double {
        variance.deviation(adding: delta, at: place, weight: weight(place))
    }

    private borrowing func isAnswer(_ delta: Double, _ place: Int) -> Bool {
        isValid && delta.magnitude < Self.weightLimit && (delta == 0 || place >= 0 && place < count)
    }

    /// A number, or infinity for a sum that has become none.
    private borrowing func finite(_ value: Double) -> Double { value.isFinite ? value : .infinity }
}
