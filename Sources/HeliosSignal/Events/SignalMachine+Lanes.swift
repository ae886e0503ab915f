// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

extension SignalMachine {
    /// What is known of the lanes of a pass, a bit a lane.
    private struct LaneMarks {
        var count = 0
        /// That of the next lane.
        var bit: UInt64 = 1
        /// Whether only a threshold wakes what follows.
        var quiet: UInt64 = 0
        /// Whether what follows is only woken by a threshold, all of it is as it was after the last sample, and there is nothing
        /// else to be done.
        var steady: UInt64 = 0
        /// Whether the number that thresholds are of was valid; whether there are samples enough for it.
        var known: UInt64 = 0
        var enough: UInt64 = 0
        /// Whether all samples are equal.
        var still: UInt64 = 0
    }

    /// Computes lanes, whose entries in `lists` begin at `start`; whether a threshold was crossed.
    ///
    /// Each number is computed by the same operations in the same order as node by node, so that both agree to the bit.
    mutating func passLanes(_ start: Int, _ count: Int) -> Bool {
        var isStirred = false
        var place = start
        while place < start + count {
            let end = min(place + 64, start + count)
            if passBatch(place..<end) { isStirred = true }
            place = end
        }
        return isStirred
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

    private mutating func passBatch(_ places: Range<Int>) -> Bool {
        var isStirred = false
        var marks = LaneMarks()
        for place in places {
            // Safe: the entry names a lane, whose ring was laid out with it.
            let state = unsafe laneStates.base + Int(lists.base[place] >> 1)
            unsafe helios_prefetch(laneSamples.base + state.pointee.slot(state.pointee.next))
        }
        for place in places {
            let entry = lists[place]
            let isQuiet = entry & 1 != 0
            if !enter(entry >> 1, isQuiet: isQuiet, &marks), passSlowly(Int(entry >> 1), isQuiet: isQuiet) {
                isStirred = true
            }
        }
        guard marks.count > 0 else { return isStirred }
        slide(marks.count)
        let (valid, between) = (laneBatch[0].valid & marks.enough, laneBatch[0].between)
        let isSame = ~(valid ^ marks.known) & (~valid | between)
        let calm = marks.steady & isSame & laneBatch[0].sound & ~(marks.still & laneBatch[0].varied)
        var stirred = ~calm & (~0 >> UInt64(64 - marks.count))
        while stirred != 0 {
            let place = stirred.trailingZeroBitCount
            stirred &= stirred - 1
            // Safe: `enter` has put as many into the batch.
            let lane = unsafe Int(helios_lanes_lane(laneBatch.base, place))
            if finish(lane, isQuiet: marks.quiet >> UInt64(place) & 1 != 0) { isStirred = true }
        }
        return isStirred
    }

    // MARK: - Many at a time
    /// Moves a lane's window, and puts into the batch what is to be computed; false, and nothing done, where it has no sample.
    @inline(__always)
    private mutating func enter(_ lane: Int32, isQuiet: Bool, _ marks: inout LaneMarks) -> Bool {
        precondition(lane >= 0 && Int(lane) < lanes.count && marks.count < 64, "a lane of the plan")
        // Safe: the lane was checked; what its record points at is of the plan, and `next` is within its ring.
        let state = unsafe laneStates.base + Int(lane)
        let left = unsafe values.base[Int(state.pointee.left)]
        let right = unsafe values.base[Int(state.pointee.right)]
        let spread = unsafe state.pointee.weightLeft * left.number + state.pointee.weightRight * right.number
        guard left.state & right.state & NodeValue.valid != 0, spread.isFinite,
            left.isUpdated(epoch) || right.isUpdated(epoch)
        else { return false }
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
            step = turn(Int(lane), spread)
        }
        let equal = unsafe step.isFirst || state.pointee.newest != spread ? 1 : min(state.pointee.equal &+ 1, capacity)
        unsafe state.pointee.equal = equal
        let usual = LaneState.windowValid | LaneState.known | LaneState.quick
        let isSlidFar = unsafe Int64(state.pointee.slides) >= AggregateState.rebuildInterval
        let isSteady = isQuiet && flags & usual == usual && !isSlidFar && !step.isLost
        marks.steady |= isSteady ? marks.bit : 0
        marks.quiet |= isQuiet ? marks.bit : 0
        marks.known |= flags & LaneState.watchedValid != 0 ? marks.bit : 0
        marks.enough |= step.isEnough ? marks.bit : 0
        marks.still |= equal >= step.samples ? marks.bit : 0
        marks.bit <<= 1
        unsafe helios_lanes_put(laneBatch.base, marks.count, lane, spread, step.leaving)
        marks.count += 1
        return true
    }

    /// What a new sample does to a window.
    private struct LaneTurn {
        /// Not a number where none leaves.
        var leaving: Double
        /// How many there are with it.
        var samples: Int32
        var isEnough = true
        var isLost = false
        var isFirst = false
    }

    /// Moves a window of time, or one that is not full yet.
    @inline(never)
    private mutating func turn(_ lane: Int, _ spread: Double) -> LaneTurn {
        var state = laneStates[lane]
        let isTime = state.flags & LaneState.time != 0
        let time = now.nanoseconds
        var step = LaneTurn(leaving: .nan, samples: state.samples)
        if isTime {
            let clock = laneClocks[lane]
            var oldest = state.oldest
            while step.samples > 0, time &- self.time(state, oldest) >= clock.length {
                letGo(&state, &step, oldest)
                oldest = state.following(oldest)
            }
            step.isLost = time < clock.lostUntil
            if step.samples == state.capacity {
                laneClocks[lane].overflows += 1
                laneClocks[lane].lostUntil = self.time(state, oldest) &+ clock.length
                step.isLost = true
            }
        }
        if step.samples == state.capacity { letGo(&state, &step, state.oldest) }
        step.isFirst = step.samples == 0
        // The last one takes everything with it, and the first one is what all others are relative to.
        if step.isFirst {
            state.moments = Moments()
            state.moments.origin = spread
            step.leaving = .nan
        }
        step.samples += 1
        laneSamples[state.slot(state.next)] = spread
        if isTime { laneSamples[state.slot(state.next) + 1] = Double(bitPattern: UInt64(bitPattern: time)) }
        state.next = state.following(state.next)
        step.isEnough = step.samples >= lanes[lane].minimum
        if !isTime, step.samples == state.capacity, state.capacity > 1, step.isEnough { state.flags |= LaneState.full }
        laneStates[lane] = state
        return step
    }

    /// Lets a sample go; of several all but the last here, which is computed with the others.
    private mutating func letGo(_ state: inout LaneState, _ step: inout LaneTurn, _ place: Int32) {
        if !step.leaving.isNaN { state.moments.remove(step.leaving) }
        step.leaving = laneSamples[state.slot(place)]
        step.samples -= 1
        state.slides &+= 1
    }

    private func time(_ state: LaneState, _ place: Int32) -> Int64 {
        Int64(bitPattern: laneSamples[state.slot(place) + 1].bitPattern)
    }

    /// `Moments.remove`, `Moments.add` and the z-score of all that is in the batch.
    @inline(__always)
    private mutating func slide(_ count: Int) {
        precondition(count <= 64, "a batch of lanes")
        for place in count..<(count + 7) & ~7 {
            unsafe helios_lanes_put(laneBatch.base, place, Int32(truncatingIfNeeded: lanes.count), 0, .nan)
        }
        // Safe: the batch names lanes, or the record behind the last one.
        unsafe helios_lanes_slide(UnsafeMutableRawPointer(laneStates.base), laneBatch.base, count)
    }

    /// What is seldom to be done after a sample: a rebuild, a crossed threshold, numbers that others read.
    @inline(never)
    private mutating func finish(_ lane: Int, isQuiet: Bool) -> Bool {
        var step = LaneStep()
        let plan = lanes[lane]
        step.spread = laneStates[lane].newest
        step.isUpdated = true
        step.isValid = true
        step.hasEntered = true
        settle(lane, plan, &step, hasLeft: false)
        return pass(lane, plan, step, isQuiet: isQuiet)
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
        var state = laneStates[lane]
        var turn = LaneTurn(leaving: .nan, samples: state.samples)
        if plan.isTime {
            var oldest = state.oldest
            while turn.samples > 0, now.nanoseconds &- time(state, oldest) >= plan.length {
                letGo(&state, &turn, oldest)
                oldest = state.following(oldest)
            }
            if !turn.leaving.isNaN { state.moments.remove(turn.leaving) }
        }
        let hasLeft = turn.samples < laneStates[lane].samples
        laneStates[lane] = state
        settle(lane, plan, &step, hasLeft: hasLeft)
        return pass(lane, plan, step, isQuiet: isQuiet)
    }

    /// Brings the moments in order after samples have come or gone.
    private mutating func settle(_ lane: Int, _ plan: PlanLane, _ step: inout LaneStep, hasLeft: Bool) {
        var state = laneStates[lane]
        step.isLost = plan.isTime && now.nanoseconds < laneClocks[lane].lostUntil
        let wasValid = state.flags & LaneState.windowValid != 0
        step.hasChanged = step.hasEntered || hasLeft || wasValid == step.isLost
        guard step.hasChanged else { return }
        if step.isLost { state.flags &= ~LaneState.windowValid } else { state.flags |= LaneState.windowValid }
        if state.needsRebuild || state.moments.isWorn { rebuild(&state) }
        laneStates[lane] = state
    }

    private func rebuild(_ state: inout LaneState) {
        let samples = state.samples
        var place = state.oldest
        state.slides = 0
        state.moments.count = 0
        for _ in 0..<samples {
            state.moments.add(laneSamples[state.slot(place)])
            place = state.following(place)
        }
    }

    // MARK: - What is computed of it
    /// Writes the lane's numbers where others read them, or where a threshold was crossed, which is what is returned.
    private mutating func pass(_ lane: Int, _ plan: PlanLane, _ step: LaneStep, isQuiet: Bool) -> Bool {
        guard isQuiet else {
            // What stands behind its thresholds is looked at when they are next.
            laneStates[lane].flags &= ~LaneState.known
            tell(lane, plan, step, isAlways: plan.isQuiet)
            return false
        }
        let state = laneStates[lane]
        let isKnown = state.flags & LaneState.known != 0
        guard step.hasChanged || !isKnown else { return false }
        let number = watched(plan, state, step)
        if isKnown, (state.flags & LaneState.watchedValid != 0) == (number != nil),
            number.map({ $0 > state.low && $0 < state.high }) ?? true
        {
            return false
        }
        tell(lane, plan, step, isAlways: true)
        let readers = laneReaders[lane]
        for place in readers.followers..<readers.followers + readers.followerCount {
            evaluate(Int(laneFollowers[Int(place)]))
        }
        learn(lane, readers, number)
        return true
    }

    /// The number that the thresholds are of; nil while it is invalid.
    private func watched(_ plan: PlanLane, _ state: LaneState, _ step: LaneStep) -> Double? {
        guard state.samples >= Int(plan.minimum), !step.isLost,
            let code = AggregateState.Code(rawValue: plan.watched),
            let number = SignalMachine.single(state.moments, code, state.newest), number.isFinite
        else { return nil }
        return number
    }

    /// Writes the values of the nodes that the lane stands for.
    private mutating func tell(_ lane: Int, _ plan: PlanLane, _ step: LaneStep, isAlways: Bool) {
        if plan.spread >= 0, isAlways || step.isUpdated {
            settle(Int(plan.spread), step.spread, isValid: step.isValid, updated: step.isUpdated)
        }
        guard isAlways || step.hasChanged else { return }
        settle(Int(plan.window), 1, isValid: !step.isLost, updated: step.hasEntered)
        let state = laneStates[lane]
        let readers = laneReaders[lane]
        for place in readers.aggregates..<readers.aggregates + readers.aggregateCount {
            let index = Int(laneAggregates[Int(place)])
            let node = nodes[index]
            var result: Double?
            if state.samples >= Int(node.minimum), !step.isLost, let code = AggregateState.Code(rawValue: node.code) {
                result = SignalMachine.single(state.moments, code, state.newest)
            }
            settle(index, result ?? 0, isValid: result != nil, updated: step.hasEntered)
        }
    }

    /// Between which thresholds the number is now; on one of them the next event is looked at whatever it brings.
    private mutating func learn(_ lane: Int, _ readers: LaneReaders, _ number: Double?) {
        var state = laneStates[lane]
        state.flags |= LaneState.known
        state.flags &= ~LaneState.watchedValid
        state.low = -.infinity
        state.high = .infinity
        if let number {
            state.flags |= LaneState.watchedValid
            for place in readers.thresholds..<readers.thresholds + readers.thresholdCount {
                let level = laneThresholds[Int(place)]
                if level <= number { state.low = max(state.low, level) }
                if level >= number { state.high = min(state.high, level) }
            }
        }
        laneStates[lane] = state
    }

    // MARK: - State
    /// Lanes as they are before the first event.
    mutating func resetLanes() {
        laneStates.fill(0..<laneStates.count, with: LaneState())
        laneSamples.fill(0..<laneSamples.count, with: 0)
        for lane in 0..<lanes.count {
            let plan = lanes[lane]
            laneClocks[lane] = LaneClock(length: plan.length)
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
        laneClocks[lane].length = plan.length
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
    var oldest: Int32 {
        let place = next - samples
        return place < 0 ? place + capacity : place
    }

    @inline(__always)
    func following(_ place: Int32) -> Int32 { place + 1 == capacity ? 0 : place + 1 }

    /// Where in the memory of all rings a place in this one is.
    @inline(__always)
    func slot(_ place: Int32) -> Int { Int(ring) + Int(place) << (flags & LaneState.time != 0 ? 1 : 0) }

    /// Whether it is time for it, or the samples have all become equal and rounding still hides that nothing varies.
    @inline(__always)
    var needsRebuild: Bool {
        Int64(slides) >= AggregateState.rebuildInterval || (samples > 1 && equal >= samples && moments.squares != 0)
    }
}
