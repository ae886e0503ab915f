// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

// What is done for one lane by itself: where no sample has come, where a threshold was crossed, where others read its numbers.
extension SignalMachine {
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
    mutating func finish(_ lane: Int, _ step: LaneStep, isQuiet: Bool) -> Bool {
        var step = step
        step.spread = laneStates[lane].newest
        settle(lane, &step, hasLeft: false)
        return pass(lane, step, isQuiet: isQuiet)
    }

    /// A lane that has no sample: what is too old leaves.
    @inline(never)
    mutating func passSlowly(_ lane: Int, isQuiet: Bool) -> Bool {
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
        let samples = state.moments.count
        guard samples >= 0, samples <= Double(plan.capacity), samples == samples.rounded(),
            (0..<plan.capacity).contains(state.next), (0...plan.capacity).contains(state.equal),
            (0...1 << 30).contains(state.slides), (0...1 << 40).contains(laneClocks[lane].overflows)
        else { return false }
        state.take(plan)
        laneStates[lane] = state
        (laneClocks[lane].length, laneClocks[lane].minimum) = (plan.length, Int64(plan.minimum))
        return (0..<plan.capacity).allSatisfy { laneSamples[state.slot($0)].isFinite }
    }
}
