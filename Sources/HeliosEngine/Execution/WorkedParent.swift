// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// A parent order as the desk works it; quantities are raw.
struct WorkedParent: Sendable {
    var number: UInt32 = 0
    var request: ParentRequest
    var state = ParentState.none
    /// What it becomes when its children have ended, and why.
    var outcome = ParentState.done
    var reason = ParentReason.none
    /// A target: its side and quantity are known when it begins (`isTarget` is false from then on).
    var isTarget = false
    var wasTarget = false
    /// The place of its pair; −1 for none.
    var pair = -1
    /// It gives back what a leg has not hedged, and is told of only when it does.
    var isGivenBack = false

    /// When the schedule begins and ends, and its slices.
    var start = Timestamp.zero
    var end = Timestamp.never
    var slices: Int64 = 1
    var lot: Int64 = Quantity.scale
    var tick: Int64 = 1

    var done: Int64 = 0
    var open: Int64 = 0
    /// Sum of price × quantity of what is done.
    var value: Int128 = 0
    var arrival = Price.zero

    /// Refusals in a row, and when it may try again.
    var refusals = 0
    var nextTry = Timestamp.zero

    /// What has traded in the market since it began, and what of it before its last child; own fills that the tape shows are out.
    var volume: Int64 = 0
    var volumeBefore: Int64 = 0
    var lastShot = Timestamp.zero
    /// Parts of an iceberg shown so far.
    var parts: UInt64 = 0
    var schedule = ShortfallSchedule(urgency: 0, volatility: 0)
    /// Where the trajectory was last taken up: after which slice, and what was left.
    var solvedSlice: Int64 = 0
    var solvedLeft: Int64 = 0
    /// What was to be done when that slice began.
    var scheduledDue: Int64 = 0
    /// Of the mid, money² a share² a second; 0 before the first sample.
    var variance = 0.0
    var lastMid: Int64 = 0
    var lastSample = Timestamp.never

    /// Of a leg: how much may be done and open, and whether it takes.
    var allowance: Int64 = 0
    var isHasty = false
    /// Of one that asks dealers: the number of the request that is open; 0 for none, `unnumbered` for one that has no number yet.
    var asked: UInt64 = 0
    static let unnumbered = UInt64.max

    var quantity: Int64 { request.quantity.raw }
    var left: Int64 { max(quantity - done - open, 0) }
    var tag: OrderTag { OrderTag(strategy: request.strategy, group: number, leg: OrderTag.childLeg) }

    func update(at time: Timestamp) -> ParentUpdate {
        var update = ParentUpdate(number, request, state, reason, at: time)
        update.end = end
        update.done = Quantity(raw: done)
        update.open = Quantity(raw: open)
        update.arrivalPrice = arrival
        if done > 0 { update.averagePrice = Price(raw: Int64(clamping: value / Int128(done))) }
        return update
    }
}

/// A child that has not ended.
struct WorkedChild: Sendable {
    /// 0 for a free place.
    var id: OrderID = 0
    var open: Int64 = 0
    var price = Price.zero
    var sentAt = Timestamp.zero
    /// It rests in the book; without it, it takes what there is.
    var rests = false
    /// What it was sent with, what of that was displayed, and what has traded: raw, kept where there is a choice of venues.
    var sent: Int64 = 0
    var displayed: Int64 = 0
    var filled: Int64 = 0
    var venue = Venue(id: 0)
}

/// Two legs that hedge each other, and what is given back, as places of parents.
struct WorkedPair: Sendable {
    var hard: Int
    var easy: Int
    var back: Int
    var executor: PairExecutor
    var isLive = true
    /// What it becomes when it did not do everything.
    var outcome = ParentState.expired
    var reason = ParentReason.time
    /// Since when something is to be hedged without a fill of the easier leg; `never` while there is nothing.
    var hedgeSince = Timestamp.never
    var hedged: Int64 = 0
}

/// What an algorithm wants now.
struct ChildWish {
    /// How much may be done and open, raw.
    var may: Int64
    /// How much of that is to be done at once, at the other side's price.
    var must: Int64
    /// Where the rest of it rests; nil for nowhere.
    var price: Price?
    /// How long a resting order stays where it is.
    var minimumLife: Nanoseconds = 0

    static let nothing = ChildWish(may: 0, must: 0, price: nil)
}
