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
    struct LaneTurn {
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
    func letGo(_ state: UnsafeMutablePointer<LaneState>, _ step: inout LaneTurn, until time: Int64) {
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
