// SPDX-License-Identifier: MIT
import HeliosMarket

/// The columns of eight lanes that are computed at once, eight numbers each.
enum LaneColumn {
    /// Moments, in the order of `Moments`, then the newest sample, the one that leaves, and 1 where one does.
    static let countOf = 0
    static let origin = 1
    static let mean = 2
    static let squares = 3
    static let largest = 4
    static let sum = 5
    static let compensation = 6
    static let newest = 7
    static let leaving = 8
    static let leaves = 9
    /// Results: the z-score, and 1 where it is valid; 1 where the moments are worn.
    static let zscore = 10
    static let valid = 11
    static let worn = 12

    static let count = 13
}

extension SignalMachine {
    /// Computes lanes, whose entries in `lists` begin at `start`, eight at a time; whether a threshold was crossed.
    ///
    /// Each number is computed by the same operations in the same order as node by node, so that both agree to the bit.
    mutating func passLanes(_ start: Int, _ count: Int) -> Bool {
        var isStirred = false
        var place = start
        while place < start + count {
            let width = min(8, start + count - place)
            if passEight(place, width) { isStirred = true }
            place += width
        }
        return isStirred
    }

    private mutating func passEight(_ start: Int, _ width: Int) -> Bool {
        var isStirred = false
        var entered: UInt32 = 0
        for place in 0..<width {
            let entry = lists[start + place]
            if enter(Int(entry >> 1), place) {
                entered |= 1 << UInt32(place)
            } else if passSlowly(Int(entry >> 1), isQuiet: entry & 1 != 0) {
                isStirred = true
            }
        }
        guard entered != 0 else { return isStirred }
        computeColumns()
        for place in 0..<width where entered & 1 << UInt32(place) != 0 {
            let entry = lists[start + place]
            if leave(Int(entry >> 1), place, isQuiet: entry & 1 != 0) { isStirred = true }
        }
        return isStirred
    }

    // MARK: - Eight at a time
    /// Moves a lane's window and writes its column; false, and nothing done, where it has no sample.
    @inline(__always)
    private mutating func enter(_ lane: Int, _ place: Int) -> Bool {
        precondition(UInt(bitPattern: lane) < UInt(bitPattern: lanes.count) && place < 8, "a lane of the plan")
        // Safe: the lane was checked; what its plan points at was laid out with it, and serial numbers are masked.
        let plan = unsafe lanes.base + lane
        let state = unsafe laneStates.base + lane
        let left = unsafe values.base[Int(plan.pointee.left)]
        let right = unsafe values.base[Int(plan.pointee.right)]
        var spread = left.number
        if unsafe plan.pointee.isSpread {
            spread = unsafe plan.pointee.weightLeft * left.number + plan.pointee.weightRight * right.number
        }
        guard left.isValid, right.isValid, spread.isFinite, left.isUpdated(epoch) || right.isUpdated(epoch) else {
            return false
        }
        let samples = unsafe laneSamples.base + Int(plan.pointee.samples)
        let mask = unsafe Int(plan.pointee.mask)
        let tail = unsafe Int(state.pointee.tail)
        let first = unsafe Int(state.pointee.head)
        var head = first
        var gone = 0.0
        let length = unsafe plan.pointee.length
        if length > 0 {
            let times = unsafe laneTimes.base + Int(plan.pointee.times)
            let time = now.nanoseconds
            while head < tail, unsafe time &- times[head & mask] >= length {
                if head > first { unsafe state.pointee.moments.remove(gone) }
                gone = unsafe samples[head & mask]
                head += 1
            }
            if unsafe tail - head == Int(plan.pointee.capacity) {
                laneOverflows[lane] += 1
                unsafe state.pointee.lostUntil = times[head & mask] &+ length
            }
            unsafe times[tail & mask] = time
        }
        if unsafe tail - head == Int(plan.pointee.capacity) {
            if head > first { unsafe state.pointee.moments.remove(gone) }
            gone = unsafe samples[head & mask]
            head += 1
        }
        unsafe samples[tail & mask] = spread
        let isEqual = unsafe head < tail && state.pointee.newest == spread
        unsafe state.pointee.equal = isEqual ? state.pointee.equal + 1 : 1
        unsafe state.pointee.head = Int64(head)
        unsafe state.pointee.tail = Int64(tail + 1)
        unsafe state.pointee.slides += Int64(head - first)
        unsafe state.pointee.newest = spread
        unsafe writeColumn(place, state, gone, leaves: head > first)
        return true
    }

    /// Writes a lane's moments and samples where all lanes of this pass are computed.
    @inline(__always)
    private mutating func writeColumn(
        _ place: Int,
        _ state: UnsafeMutablePointer<LaneState>,
        _ gone: Double,
        leaves: Bool
    ) {
        var leaves = leaves
        // The last one takes everything with it, and the first one is what all others are relative to.
        if leaves, unsafe state.pointee.moments.count <= 1 {
            unsafe state.pointee.moments = Moments()
            leaves = false
        }
        if unsafe state.pointee.moments.count == 0 {
            unsafe state.pointee.moments = Moments()
            unsafe state.pointee.moments.origin = state.pointee.newest
        }
        // Safe: the columns have eight numbers each, and `place` is below eight.
        let column = unsafe laneColumns.base + place
        unsafe column[8 * LaneColumn.countOf] = state.pointee.moments.count
        unsafe column[8 * LaneColumn.origin] = state.pointee.moments.origin
        unsafe column[8 * LaneColumn.mean] = state.pointee.moments.mean
        unsafe column[8 * LaneColumn.squares] = state.pointee.moments.squares
        unsafe column[8 * LaneColumn.largest] = state.pointee.moments.largest
        unsafe column[8 * LaneColumn.sum] = state.pointee.moments.total.sum
        unsafe column[8 * LaneColumn.compensation] = state.pointee.moments.total.compensation
        unsafe column[8 * LaneColumn.newest] = state.pointee.newest
        unsafe column[8 * LaneColumn.leaving] = gone
        unsafe column[8 * LaneColumn.leaves] = leaves ? 1 : 0
    }

    /// `Moments.remove`, `Moments.add` and the z-score, of eight lanes.
    @inline(never)
    private mutating func computeColumns() {
        // Safe: the columns are eight numbers each from a multiple of 64 bytes on.
        let base = unsafe UnsafeMutableRawPointer(laneColumns.base)
        func row(_ column: Int) -> LaneRow { unsafe base.load(fromByteOffset: 64 * column, as: LaneRow.self) }
        func put(_ row: LaneRow, _ column: Int) {
            unsafe base.storeBytes(of: row, toByteOffset: 64 * column, as: LaneRow.self)
        }
        let origin = row(LaneColumn.origin)
        let newest = row(LaneColumn.newest)
        var moments = LaneMoments(
            count: row(LaneColumn.countOf),
            mean: row(LaneColumn.mean),
            squares: row(LaneColumn.squares),
            sum: row(LaneColumn.sum),
            compensation: row(LaneColumn.compensation)
        )
        let leaves = row(LaneColumn.leaves) .!= 0
        if all(leaves) {
            moments.remove(row(LaneColumn.leaving) - origin)
        } else if any(leaves) {
            moments.remove(row(LaneColumn.leaving) - origin, where: leaves)
        }
        moments.add(newest - origin)
        let before = row(LaneColumn.largest)
        let largest = before.replacing(with: moments.squares, where: moments.squares .>= before)
        let total = moments.sum + moments.compensation
        let variance = moments.squares.replacing(with: 0, where: moments.squares .<= 0) / (moments.count - 1)
        let score = (newest - (origin + total / moments.count)) / variance.squareRoot()
        // What is not finite is not itself after itself was taken from it.
        let isSound =
            (moments.squares .>= largest * 1e-4) .& ((moments.squares - moments.squares) .== 0)
            .& ((total - total) .== 0)
        put(moments.count, LaneColumn.countOf)
        put(moments.mean, LaneColumn.mean)
        put(moments.squares, LaneColumn.squares)
        put(largest, LaneColumn.largest)
        put(moments.sum, LaneColumn.sum)
        put(moments.compensation, LaneColumn.compensation)
        put(score, LaneColumn.zscore)
        put(LaneRow.zero.replacing(with: 1, where: (variance .> 0) .& ((score - score) .== 0)), LaneColumn.valid)
        put(LaneRow.zero.replacing(with: 1, where: .!isSound), LaneColumn.worn)
    }

    /// Takes a lane's numbers out of its column, and looks whether they have crossed a threshold.
    @inline(__always)
    private mutating func leave(_ lane: Int, _ place: Int, isQuiet: Bool) -> Bool {
        // Safe: `enter` has checked both.
        let plan = unsafe lanes.base + lane
        let state = unsafe laneStates.base + lane
        let column = unsafe laneColumns.base + place
        unsafe state.pointee.moments.count = column[8 * LaneColumn.countOf]
        unsafe state.pointee.moments.mean = column[8 * LaneColumn.mean]
        unsafe state.pointee.moments.squares = column[8 * LaneColumn.squares]
        unsafe state.pointee.moments.largest = column[8 * LaneColumn.largest]
        unsafe state.pointee.moments.total.sum = column[8 * LaneColumn.sum]
        unsafe state.pointee.moments.total.compensation = column[8 * LaneColumn.compensation]
        let isWorn = unsafe column[8 * LaneColumn.worn] != 0
        let isQuick = unsafe plan.pointee.isQuick
        if unsafe isWorn || !isQuick || state.pointee.needsRebuild || now.nanoseconds < state.pointee.lostUntil {
            return finish(lane, isQuiet: isQuiet)
        }
        let isValid = unsafe column[8 * LaneColumn.valid] != 0 && state.pointee.samples >= Int(plan.pointee.minimum)
        let score = unsafe column[8 * LaneColumn.zscore]
        let wanted = LaneState.windowValid | LaneState.known | (isValid ? LaneState.watchedValid : 0)
        let isSame = unsafe state.pointee.flags == wanted
        let isBetween = unsafe score > state.pointee.low && score < state.pointee.high
        if isQuiet, isSame, !isValid || isBetween { return false }
        return finish(lane, isQuiet: isQuiet)
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
        settle(lane, plan, &step, from: -1)
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
        let head = state.head
        if plan.isTime {
            while state.head < state.tail,
                now.nanoseconds &- laneTimes[Int(plan.times) + Int(state.head) & Int(plan.mask)] >= plan.length
            {
                state.moments.remove(laneSamples[Int(plan.samples) + Int(state.head) & Int(plan.mask)])
                state.head += 1
                state.slides += 1
            }
        }
        laneStates[lane] = state
        settle(lane, plan, &step, from: head)
        return pass(lane, plan, step, isQuiet: isQuiet)
    }

    /// Brings the moments in order after samples have come or gone; `head` is the oldest sample's number before.
    private mutating func settle(_ lane: Int, _ plan: PlanLane, _ step: inout LaneStep, from head: Int64) {
        var state = laneStates[lane]
        step.isLost = now.nanoseconds < state.lostUntil
        let wasValid = state.flags & LaneState.windowValid != 0
        step.hasChanged = step.hasEntered || state.head != head || wasValid == step.isLost
        guard step.hasChanged else { return }
        if step.isLost { state.flags &= ~LaneState.windowValid } else { state.flags |= LaneState.windowValid }
        if state.needsRebuild || state.moments.isWorn { rebuild(plan, &state) }
        laneStates[lane] = state
    }

    private mutating func rebuild(_ plan: PlanLane, _ state: inout LaneState) {
        state.slides = 0
        state.moments.count = 0
        var serial = state.head
        while serial < state.tail {
            state.moments.add(laneSamples[Int(plan.samples) + Int(serial) & Int(plan.mask)])
            serial += 1
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
        laneOverflows.fill(0..<laneOverflows.count, with: 0)
        laneSamples.fill(0..<laneSamples.count, with: 0)
        laneTimes.fill(0..<laneTimes.count, with: 0)
    }

    /// Whether what counts and points in a lane can be.
    func isPossible(lane: Int) -> Bool {
        let (plan, state) = (lanes[lane], laneStates[lane])
        return state.head >= 0 && state.tail >= state.head && state.tail <= 1 << 60
            && state.tail - state.head <= Int64(plan.capacity) && (0...1 << 60).contains(state.equal)
            && (0...1 << 60).contains(state.slides) && (0...1 << 60).contains(laneOverflows[lane])
    }
}

typealias LaneRow = SIMD8<Double>

/// `Moments` of eight lanes: what is added and removed is relative to their origins.
private struct LaneMoments {
    var count: LaneRow
    var mean: LaneRow
    var squares: LaneRow
    var sum: LaneRow
    var compensation: LaneRow

    @inline(__always)
    mutating func add(_ shifted: LaneRow) {
        count += 1
        addToSum(shifted)
        let delta = shifted - mean
        mean += delta / count
        squares += delta * (shifted - mean)
    }

    @inline(__always)
    mutating func remove(_ shifted: LaneRow) {
        count -= 1
        addToSum(-shifted)
        let delta = shifted - mean
        mean -= delta / count
        squares -= delta * (shifted - mean)
    }

    @inline(__always)
    mutating func remove(_ shifted: LaneRow, where leaves: SIMDMask<SIMD8<Int64>>) {
        var others = self
        others.remove(shifted)
        count.replace(with: others.count, where: leaves)
        mean.replace(with: others.mean, where: leaves)
        squares.replace(with: others.squares, where: leaves)
        sum.replace(with: others.sum, where: leaves)
        compensation.replace(with: others.compensation, where: leaves)
    }

    /// `CompensatedSum.add`.
    @inline(__always)
    private mutating func addToSum(_ value: LaneRow) {
        let total = sum + value
        let isLarger = sum.magnitudes .>= value.magnitudes
        let large = value.replacing(with: sum, where: isLarger)
        let small = sum.replacing(with: value, where: isLarger)
        compensation += (large - total) + small
        sum = total
    }
}

extension SIMD8<Double> {
    /// Without signs.
    @inline(__always)
    fileprivate var magnitudes: SIMD8<Double> {
        // Safe: eight words of 64 bits are eight numbers.
        let bits = unsafe unsafeBitCast(self, to: SIMD8<UInt64>.self) & 0x7FFF_FFFF_FFFF_FFFF
        return unsafe unsafeBitCast(bits, to: SIMD8<Double>.self)
    }
}

extension LaneState {
    var samples: Int { Int(tail - head) }

    /// Whether it is time for it, or the samples have all become equal and rounding still hides that nothing varies.
    @inline(__always)
    var needsRebuild: Bool {
        slides >= AggregateState.rebuildInterval || (samples > 1 && equal >= Int64(samples) && moments.squares != 0)
    }
}
