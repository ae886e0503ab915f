// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

extension SignalMachine {
    /// What is known of the lanes of a pass, a bit a lane.
    private struct LaneMarks {
        var count = 0
        /// Whether there is more to be done than to look whether a z-score has crossed a threshold.
        var unsteady: UInt64 = 0
        /// Whether the number that thresholds are of was valid.
        var known: UInt64 = 0
        /// Whether all samples are equal.
        var still: UInt64 = 0

        var bit: UInt64 { 1 << UInt64(truncatingIfNeeded: count) }
    }

    /// What crossed thresholds have woken.
    struct Stirred: BitwiseCopyable {
        var isAny = false
        /// How many rules stand behind `lists`, in order; with more than there is room for none of them counts.
        var rules = 0
        var isCrowded = false

        static let room = 16
    }

    /// Computes lanes, whose entries in `lists` begin at `start`, and what stands behind the thresholds that were crossed.
    ///
    /// Each number is computed by the same operations in the same order as node by node, so that both agree to the bit.
    mutating func passLanes(_ start: Int, _ count: Int) -> Stirred {
        var stirred = Stirred()
        var place = start
        while place < start + count {
            let end = min(place + 64, start + count)
            passBatch(place..<end, &stirred)
            place = end
        }
        return stirred
    }

    /// Asks the cache for what lanes need: all of it at once takes as long as the slowest of them.
    @inline(__always)
    func fetchLanes(_ start: Int, _ count: Int) {
        precondition(start >= 0 && start + count <= lists.count, "entries of a route")
        for place in start..<start + count {
            // Safe: a route's entries are in `lists` and name lanes; a hint may name any address.
            let state = unsafe UnsafeRawPointer(laneStates.base + Int(lists.base[place] >> 1))
            unsafe helios_prefetch(state)
            unsafe helios_prefetch(state + 64)
        }
    }

    /// The same for what only windows of time need.
    @inline(never)
    private func fetchTimes(_ places: Range<Int>) {
        for place in places {
            // Safe: `passBatch` has checked the places.
            let lane = unsafe Int(lists.base[place] >> 1)
            let state = unsafe laneStates.base + lane
            unsafe helios_prefetch(laneClocks.base + lane)
            unsafe helios_prefetch(laneSamples.base + state.pointee.slot(state.pointee.oldest))
        }
    }

    /// Up to 64 lanes: windows move one by one, what is computed of them is computed at once, what is rare one by one again.
    private mutating func passBatch(_ places: Range<Int>, _ stirred: inout Stirred) {
        let isInside = places.lowerBound >= 0 && places.upperBound <= lists.count
        precondition(isInside && places.count <= 64, "a batch of lanes")
        for place in places {
            // Safe: the places were checked; an entry names a lane, whose ring was laid out with it.
            let state = unsafe laneStates.base + Int(lists.base[place] >> 1)
            unsafe helios_prefetch(laneSamples.base + state.pointee.slot(state.pointee.next))
        }
        if hasLanesOfTime { fetchTimes(places) }
        let marks = enter(places, &stirred)
        guard marks.count > 0 else { return }
        slide(marks.count)
        finish(marks, &stirred)
    }

    /// Moves all windows of a batch.
    @inline(never)
    private mutating func enter(_ places: Range<Int>, _ stirred: inout Stirred) -> LaneMarks {
        var marks = LaneMarks()
        for place in places {
            // Safe: `passBatch` has checked the places.
            let entry = unsafe lists.base[place]
            guard !enter(entry, &marks) else { continue }
            if passSlowly(Int(entry >> 1), isQuiet: entry & 1 != 0) { wake(Int(entry >> 1), &stirred) }
        }
        return marks
    }

    /// Looks which lanes are not as they were, and does for them what is to be done.
    @inline(__always)
    private mutating func finish(_ marks: LaneMarks, _ stirred: inout Stirred) {
        let batch = unsafe laneBatch.base
        let (valid, between) = unsafe (batch.pointee.valid, batch.pointee.between)
        let isOther = unsafe (valid ^ marks.known) | (valid & ~between) | ~batch.pointee.sound
        var rest = unsafe marks.unsteady | isOther | (marks.still & batch.pointee.varied)
        rest &= ~0 >> UInt64(64 - marks.count)
        while rest != 0 {
            let place = rest.trailingZeroBitCount
            rest &= rest - 1
            // Safe: `enter` has put as many into the batch.
            let entry = unsafe helios_lanes_entry(batch, place)
            var step = LaneStep(isUpdated: true, isValid: true, hasEntered: true)
            step.score = unsafe helios_lanes_score(batch, place)
            step.hasScore = true
            step.isScoreValid = valid >> UInt64(place) & 1 != 0
            if finish(Int(entry >> 1), step, isQuiet: entry & 1 != 0) { wake(Int(entry >> 1), &stirred) }
        }
    }

    /// Notes the rules behind a lane, in their order among those that are noted.
    @inline(never)
    private mutating func wake(_ lane: Int, _ stirred: inout Stirred) {
        stirred.isAny = true
        let (first, count) = (Int(laneReaders[lane].rules), Int(laneReaders[lane].ruleCount))
        guard !stirred.isCrowded, stirred.rules + count <= Stirred.room else { return stirred.isCrowded = true }
        let start = lists.count - Stirred.room
        for rule in first..<first + count {
            var place = start + stirred.rules
            while place > start, lists[place - 1] > lists[rule] {
                lists[place] = lists[place - 1]
                place -= 1
            }
            lists[place] = lists[rule]
            stirred.rules += 1
        }
    }

    // MARK: - Many at a time
    /// Moves a lane's window, and puts into the batch what is to be computed; false, and nothing done, where it has no sample.
    @inline(__always)
    private mutating func enter(_ entry: Int32, _ marks: inout LaneMarks) -> Bool {
        let lane = Int(entry >> 1)
        precondition(UInt(bitPattern: lane) < UInt(bitPattern: lanes.count), "a lane of the plan")
        // Safe: the lane was checked; what its record points at is of the plan, and `next` is within its ring.
        let state = unsafe laneStates.base + lane
        let left = unsafe values.base[Int(state.pointee.left)]
        let right = unsafe values.base[Int(state.pointee.right)]
        let spread = unsafe state.pointee.weightLeft * left.number + state.pointee.weightRight * right.number
        // Which of both it is changes from lane to lane: no branch could be foreseen.
        let isUpdated = left.isUpdatedBit(epoch) | right.isUpdatedBit(epoch)
        guard left.state & right.state & isUpdated & NodeValue.valid != 0, spread.isFinite else { return false }
        let flags = unsafe state.pointee.flags
        let capacity = unsafe state.pointee.capacity
        var step = LaneTurn(leaving: .nan, samples: capacity)
        if flags & LaneState.full != 0 {
            let next = unsafe state.pointee.next
            let slot = unsafe laneSamples.base + Int(state.pointee.ring &+ next)
            step.leaving = unsafe slot.pointee
            unsafe slot.pointee = spread
            unsafe state.pointee.next = next &+ 1 == capacity ? 0 : next &+ 1
            unsafe state.pointee.slides &+= 1
        } else {
            step = turn(lane, spread)
        }
        let isEqual: Int32 = unsafe state.pointee.newest == spread && !step.isFirst ? 1 : 0
        let equal = unsafe min(state.pointee.equal, capacity &- 1) &* isEqual &+ 1
        unsafe state.pointee.equal = equal
        if equal >= step.samples { marks.still |= marks.bit }
        let usual = LaneState.windowValid | LaneState.known | LaneState.quick
        let isSteady = unsafe Int64(state.pointee.slides) < AggregateState.rebuildInterval && !step.isUnusual
        if flags & usual != usual || entry & 1 == 0 || !isSteady { marks.unsteady |= marks.bit }
        marks.known |= UInt64(flags / LaneState.watchedValid & 1) << UInt64(truncatingIfNeeded: marks.count)
        // Safe: there are no more entries than places in a batch.
        unsafe helios_lanes_put(laneBatch.base, marks.count, entry, spread, step.leaving)
        marks.count &+= 1
        return true
    }

    /// What a new sample does to a window.
    private struct LaneTurn {
        /// Not a number where none leaves.
        var leaving: Double
        /// How many there are with it.
        var samples: Int32
        var isFirst = false
        /// Whether there are not samples enough, or some are missing.
        var isUnusual = false
    }

    /// Moves a window of time, or one that is not full yet.
    @inline(never)
    private mutating func turn(_ lane: Int, _ spread: Double) -> LaneTurn {
        // Safe: `enter` has checked the lane; places stay within its ring.
        let state = unsafe laneStates.base + lane
        let isTime = unsafe state.pointee.flags & LaneState.time != 0
        let capacity = unsafe state.pointee.capacity
        var step = unsafe LaneTurn(leaving: .nan, samples: state.pointee.samples)
        if isTime {
            let clock = unsafe laneClocks.base + lane
            unsafe letGo(state, &step, until: now.nanoseconds - clock.pointee.length)
            if step.samples == capacity {
                let oldest = unsafe state.pointee.oldest(of: step.samples)
                unsafe clock.pointee.overflows += 1
                unsafe clock.pointee.lostUntil = time(state, oldest) &+ clock.pointee.length
            }
            step.isUnusual = unsafe now.nanoseconds < clock.pointee.lostUntil
        }
        if step.samples == capacity { unsafe letGo(state, &step) }
        // The last one takes everything with it, and the first one is what all others are relative to.
        if step.samples == 0 {
            unsafe state.pointee.moments = Moments()
            unsafe state.pointee.moments.origin = spread
            step.leaving = .nan
            step.isFirst = true
        }
        let next = unsafe state.pointee.next
        let slot = unsafe laneSamples.base + state.pointee.slot(next)
        unsafe slot.pointee = spread
        if isTime { unsafe slot[1] = Double(bitPattern: UInt64(bitPattern: now.nanoseconds)) }
        unsafe state.pointee.next = next + 1 == capacity ? 0 : next + 1
        step.samples += 1
        let isEnough = unsafe Int64(step.samples) >= laneClocks.base[lane].minimum
        if !isEnough { step.isUnusual = true }
        if !isTime, step.samples == capacity, capacity > 1, isEnough {
            unsafe state.pointee.flags |= LaneState.full
        }
        return step
    }

    /// Lets the samples go that came at `time` or before.
    @inline(__always)
    private func letGo(_ state: UnsafeMutablePointer<LaneState>, _ step: inout LaneTurn, until time: Int64) {
        while step.samples > 0, unsafe self.time(state, state.pointee.oldest(of: step.samples)) <= time {
            unsafe letGo(state, &step)
        }
    }

    /// Lets the oldest sample go; of several all but the last here, which is computed with those of other lanes.
    @inline(__always)
    private func letGo(_ state: UnsafeMutablePointer<LaneState>, _ step: inout LaneTurn) {
        if !step.leaving.isNaN { unsafe state.pointee.moments.remove(step.leaving) }
        let place = unsafe state.pointee.slot(state.pointee.oldest(of: step.samples))
        step.leaving = unsafe laneSamples.base[place]
        step.samples -= 1
        unsafe state.pointee.slides &+= 1
    }

    @inline(__always)
    private func time(_ state: UnsafeMutablePointer<LaneState>, _ place: Int32) -> Int64 {
        // Safe: a place in the ring of a window of time, where times follow samples.
        unsafe Int64(bitPattern: laneSamples.base[state.pointee.slot(place) + 1].bitPattern)
    }

    /// `Moments.remove`, `Moments.add` and the z-score of all that is in the batch.
    @inline(__always)
    private mutating func slide(_ count: Int) {
        precondition(count <= 64, "a batch of lanes")
        for place in count..<(count + 7) & ~7 {
            unsafe helios_lanes_put(laneBatch.base, place, Int32(truncatingIfNeeded: 2 * lanes.count), 0, .nan)
        }
        // Safe: the batch names lanes, or the record behind the last one.
        unsafe helios_lanes_slide(UnsafeMutableRawPointer(laneStates.base), laneBatch.base, count, laneWidth)
    }

    // MARK: - One at a time
    /// What an event does to a lane's window.
    struct LaneStep: BitwiseCopyable {
        var spread = 0.0
        var isUpdated = false
        var isValid = false
        var hasEntered = false
        /// Whether anything that is computed of the window may be another.
        var hasChanged = false
        var isLost = false
        /// The z-score, where it was computed with others.
        var hasScore = false
        var isScoreValid = false
        var score = 0.0
    }

    /// What is not done for all lanes at once after a sample: a rebuild, a crossed threshold, numbers that others read.
    @inline(never)
    private mutating func finish(_ lane: Int, _ step: LaneStep, isQuiet: Bool) -> Bool {
        var step = step
        step.spread = laneStates[lane].newest
        settle(lane, &step, hasLeft: false)
        return pass(lane, step, isQuiet: isQuiet)
    }

    /// A lane that has no sample: what is too old leaves.
    @inline(never)
    private mutating func passSlowly(_ lane: Int, isQuiet: Bool) -> Bool {
        let plan = lanes[lane]
        let (left, right) = (values[Int(plan.left)], values[Int(plan.right)])
        var step = LaneStep()
        step.spread = plan.isSpread ? plan.weightLeft * left.number + plan.weightRight * right.number : left.number
        step.isUpdated = left.isUpdated(epoch) || right.isUpdated(epoch)
        step.isValid = left.isValid && right.isValid && step.spread.isFinite
        // Safe: the lane was checked when its plan was read.
        let state = unsafe laneStates.base + lane
        let samples = unsafe state.pointee.samples
        var turn = LaneTurn(leaving: .nan, samples: samples)
        if plan.isTime {
            unsafe letGo(state, &turn, until: now.nanoseconds - plan.length)
            if !turn.leaving.isNaN { unsafe state.pointee.moments.remove(turn.leaving) }
        }
        settle(lane, &step, hasLeft: turn.samples < samples)
        return pass(lane, step, isQuiet: isQuiet)
    }

    /// Brings the moments in order after samples have come or gone.
    @inline(__always)
    private mutating func settle(_ lane: Int, _ step: inout LaneStep, hasLeft: Bool) {
        precondition(lane >= 0 && lane < lanes.count, "a lane of the plan")
        // Safe: the lane was checked.
        let state = unsafe laneStates.base + lane
        let flags = unsafe state.pointee.flags
        step.isLost = flags & LaneState.time != 0 && now.nanoseconds < laneClocks[lane].lostUntil
        let wasValid = flags & LaneState.windowValid != 0
        step.hasChanged = step.hasEntered || hasLeft || wasValid == step.isLost
        guard step.hasChanged else { return }
        unsafe state.pointee.flags =
            step.isLost ? flags & ~LaneState.windowValid : flags | LaneState.windowValid
        if unsafe state.pointee.needsRebuild || state.pointee.moments.isWorn {
            unsafe rebuild(state)
            step.hasScore = false
        }
    }

    /// Computes the moments anew from the samples.
    private mutating func rebuild(_ state: UnsafeMutablePointer<LaneState>) {
        let known = unsafe state.pointee
        let count = Int(known.samples)
        var place = known.oldest
        for number in 0..<count {
            linear[number] = laneSamples[known.slot(place)]
            place = known.following(place)
        }
        unsafe state.pointee.slides = 0
        unsafe state.pointee.moments = Moments(of: linear, count: count)
    }

    // MARK: - What is computed of it
    /// Writes the lane's numbers where others read them, or where a threshold was crossed, which is what is returned.
    @inline(__always)
    private mutating func pass(_ lane: Int, _ step: LaneStep, isQuiet: Bool) -> Bool {
        // Safe: `settle` has checked the lane.
        let state = unsafe laneStates.base + lane
        let readers = unsafe laneReaders.base + lane
        guard isQuiet else {
            // What stands behind its thresholds is looked at when they are next.
            unsafe state.pointee.flags &= ~LaneState.known
            unsafe tell(lane, readers, step, isAlways: readers.pointee.isQuiet)
            return false
        }
        let flags = unsafe state.pointee.flags
        let isKnown = flags & LaneState.known != 0
        guard step.hasChanged || !isKnown else { return false }
        let number = unsafe number(lane, step, code: readers.pointee.watched, minimum: readers.pointee.minimum)
        if isKnown, (flags & LaneState.watchedValid != 0) == (number != nil),
            number.map({ unsafe $0 > state.pointee.low && $0 < state.pointee.high }) ?? true
        {
            return false
        }
        unsafe fetch(readers)
        unsafe tell(lane, readers, step, isAlways: true)
        let first = unsafe Int(readers.pointee.followers)
        for place in first..<first + (unsafe Int(readers.pointee.followerCount)) {
            evaluate(Int(laneFollowers[place]))
        }
        unsafe learn(lane, readers, number)
        return true
    }

    /// Asks the cache for all that a crossed threshold needs, in the time of one of them.
    @inline(__always)
    private func fetch(_ readers: UnsafePointer<LaneReaders>) {
        // Safe: a hint may name any address.
        let known = unsafe readers.pointee
        let node = unsafe UnsafeRawPointer(nodes.base + Int(known.firstFollower))
        unsafe helios_prefetch(node)
        unsafe helios_prefetch(node + 64)
        unsafe helios_prefetch(values.base + Int(known.window))
        unsafe helios_prefetch(values.base + Int(known.firstFollower) + 1)
        unsafe helios_prefetch(words.base + Int(known.firstWord))
        unsafe helios_prefetch(laneAggregates.base + Int(known.aggregates))
        unsafe helios_prefetch(laneFollowers.base + Int(known.followers))
        unsafe helios_prefetch(laneThresholds.base + Int(known.thresholds))
        unsafe helios_prefetch(lists.base + Int(known.rules))
        unsafe helios_prefetch(outputs.base + Int(known.firstRule))
    }

    /// A number of the window; nil while it is invalid.
    @inline(__always)
    private func number(_ lane: Int, _ step: LaneStep, code: UInt8, minimum: Int32) -> Double? {
        // Safe: the lane was checked before.
        let state = unsafe laneStates.base + lane
        guard unsafe state.pointee.samples >= minimum, !step.isLost, let code = AggregateState.Code(rawValue: code)
        else { return nil }
        if code == .zscore, step.hasScore { return step.isScoreValid ? step.score : nil }
        guard let number = unsafe SignalMachine.single(state.pointee.moments, code, state.pointee.newest),
            number.isFinite
        else { return nil }
        return number
    }

    /// Writes the values of the nodes that the lane stands for.
    private mutating func tell(
        _ lane: Int,
        _ readers: UnsafePointer<LaneReaders>,
        _ step: LaneStep,
        isAlways: Bool
    ) {
        // Safe: the readers of a lane that was checked.
        let known = unsafe readers.pointee
        if known.spread >= 0, isAlways || step.isUpdated {
            settle(Int(known.spread), step.spread, isValid: step.isValid, updated: step.isUpdated)
        }
        guard isAlways || step.hasChanged else { return }
        settle(Int(known.window), 1, isValid: !step.isLost, updated: step.hasEntered)
        for place in known.aggregates..<known.aggregates + known.aggregateCount {
            let aggregate = laneAggregates[Int(place)]
            let result = number(lane, step, code: aggregate.code, minimum: aggregate.minimum)
            settle(Int(aggregate.node), result ?? 0, isValid: result != nil, updated: step.hasEntered)
        }
    }

    /// Between which thresholds the number is now; on one of them the next event is looked at whatever it brings.
    @inline(__always)
    private mutating func learn(_ lane: Int, _ readers: UnsafePointer<LaneReaders>, _ number: Double?) {
        // Safe: the lane was checked before, and so these are its readers.
        let state = unsafe laneStates.base + lane
        unsafe state.pointee.flags |= LaneState.known
        var (low, high) = (-Double.infinity, Double.infinity)
        if let number {
            unsafe state.pointee.flags |= LaneState.watchedValid
            let first = unsafe Int(readers.pointee.thresholds)
            for place in first..<first + (unsafe Int(readers.pointee.thresholdCount)) {
                let level = laneThresholds[place]
                if level <= number { low = max(low, level) }
                if level >= number { high = min(high, level) }
            }
        } else {
            unsafe state.pointee.flags &= ~LaneState.watchedValid
        }
        unsafe (state.pointee.low, state.pointee.high) = (low, high)
    }

    // MARK: - State
    /// Lanes as they are before the first event.
    mutating func resetLanes() {
        laneStates.fill(0..<laneStates.count, with: LaneState())
        laneSamples.fill(0..<laneSamples.count, with: 0)
        for lane in 0..<lanes.count {
            let plan = lanes[lane]
            laneClocks[lane] = LaneClock(length: plan.length, minimum: Int64(plan.minimum))
            laneStates[lane].slides = Int32(AggregateState.slidesAtStart(window: plan.window))
            laneStates[lane].take(plan)
        }
    }

    /// Gives a lane whose state was read what is of the plan; false where what counts and points in it can't be.
    mutating func settlePlan(lane: Int) -> Bool {
        var state = laneStates[lane]
        let plan = lanes[lane]
        state.take(plan)
        laneStates[lane] = state
        (laneClocks[lane].length, laneClocks[lane].minimum) = (plan.length, Int64(plan.minimum))
        let samples = state.moments.count
        guard samples >= 0, samples <= Double(plan.capacity), samples == samples.rounded(),
            (0..<plan.capacity).contains(state.next), (0...plan.capacity).contains(state.equal),
            (0...1 << 30).contains(state.slides), (0...1 << 60).contains(laneClocks[lane].overflows)
        else { return false }
        return (0..<plan.capacity).allSatisfy { laneSamples[state.slot($0)].isFinite }
    }
}

extension LaneState {
    /// The place of the oldest sample in the ring; of an empty one that of the next.
    var oldest: Int32 { oldest(of: samples) }

    /// The same where there are so many.
    @inline(__always)
    func oldest(of samples: Int32) -> Int32 {
        let place = next &- samples
        return place < 0 ? place &+ capacity : place
    }

    @inline(__always)
    func following(_ place: Int32) -> Int32 { place &+ 1 == capacity ? 0 : place &+ 1 }

    /// Where in the memory of all rings a place in this one is.
    @inline(__always)
    func slot(_ place: Int32) -> Int { Int(ring) + Int(place) << (flags & LaneState.time != 0 ? 1 : 0) }

    /// Whether it is time for it, or the samples have all become equal and rounding still hides that nothing varies.
    @inline(__always)
    var needsRebuild: Bool {
        Int64(slides) >= AggregateState.rebuildInterval || (samples > 1 && equal >= samples && moments.squares != 0)
    }
}
