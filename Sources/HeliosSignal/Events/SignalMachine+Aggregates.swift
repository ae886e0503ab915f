// SPDX-License-Identifier: MIT
import HeliosMarket

extension SignalMachine {
    /// What an aggregate needs to know of its window at this event.
    struct WindowView: BitwiseCopyable {
        var index: Int
        var head: Int64
        var tail: Int64
        var hasEntered: Bool
        var isClosing: Bool
        var mask: Int64
        var ring: Int
        var isTime: Bool
    }

    mutating func evaluateAggregate(_ index: Int, _ node: PlanNode) {
        let view = self.view(node)
        guard let code = AggregateState.Code(rawValue: node.code) else { return }
        if node.isTumbling {
            evaluateTumbling(index, node, code, view)
        } else {
            slide(node, code, view)
            let samples = view.tail - view.head
            let result = samples >= Int64(node.minimum) && values[view.index].isValid ? result(node, code, view) : nil
            settle(index, result ?? 0, isValid: result != nil, updated: view.hasEntered)
        }
    }

    private func view(_ node: PlanNode) -> WindowView {
        let window = nodes[Int(node.first)]
        let base = Int(window.words)
        let isNow = words[base + WindowState.epoch] == Int64(epoch)
        let head = words[base + WindowState.head]
        return WindowView(
            index: Int(node.first),
            head: head,
            tail: words[base + WindowState.tail],
            hasEntered: isNow && words[base + WindowState.entered] != 0,
            isClosing: isNow && words[base + WindowState.closing] != 0,
            mask: Int64(window.minimum),
            ring: Int(window.reals),
            isTime: window.code == 1
        )
    }

    // MARK: - One window after the other
    private mutating func evaluateTumbling(
        _ index: Int,
        _ node: PlanNode,
        _ code: AggregateState.Code,
        _ view: WindowView
    ) {
        // A sample at the very end of a time belongs to the next one, the last of a count to this one.
        if view.hasEntered, !view.isTime { gather(node, code, view) }
        if view.isClosing {
            let samples = words[Int(node.words) + 1]
            let isLost = code == .quantile && samples > Int64(node.capacity)
            let enough = samples >= Int64(node.minimum) && !isLost
            let result = enough ? result(node, code, view) : nil
            settle(index, result ?? 0, isValid: result != nil, updated: true)
            words[Int(node.words) + 1] = 0
            if code == .quantile { clearOrder(node) }
            if code != .quantile, code != .count, code != .last { reals[Int(node.reals)] = 0 }
        }
        if view.hasEntered, view.isTime { gather(node, code, view) }
    }

    /// Takes the window's newest sample into a window that only grows.
    private mutating func gather(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView) {
        let base = Int(node.reals)
        let place = Int((view.head - 1) & 1)
        let x = reals[view.ring + place]
        let samples = words[Int(node.words) + 1]
        words[Int(node.words) + 1] = samples + 1
        switch code {
        case .minimum: reals[base] = samples == 0 ? x : min(reals[base], x)
        case .maximum: reals[base] = samples == 0 ? x : max(reals[base], x)
        case .range:
            reals[base] = samples == 0 ? x : min(reals[base], x)
            reals[base + 1] = samples == 0 ? x : max(reals[base + 1], x)
        case .first: if samples == 0 { reals[base] = x }
        case .quantile:
            if samples < Int64(node.capacity) {
                order(node, x, at: Int(samples))
            } else {
                words[Int(nodes[view.index].words) + WindowState.overflows] += 1
            }
        case .count, .last: break
        default: add(node, code, view, place: place)
        }
    }

    // MARK: - A window that slides
    private mutating func slide(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView) {
        switch code {
        case .count, .first, .last: return
        case .minimum: slideDeque(Int(node.words), view, isMinimum: true)
        case .maximum: slideDeque(Int(node.words), view, isMinimum: false)
        case .range:
            slideDeque(Int(node.words), view, isMinimum: true)
            slideDeque(Int(node.words) + 2 + Int(view.mask) + 1, view, isMinimum: false)
        case .quantile: slideSorted(node, view)
        default: slideSums(node, code, view)
        }
    }

    private mutating func slideSums(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView) {
        // From the last that this aggregate has let go: the window may have moved on where this one was not looked at.
        let word = Int(node.words)
        var serial = words[word + 2]
        words[word] += view.head - serial
        while serial < view.head {
            remove(node, code, view, place: Int(serial & view.mask))
            serial += 1
        }
        words[word + 2] = view.head
        if view.hasEntered { add(node, code, view, place: Int((view.tail - 1) & view.mask)) }
        if words[word] >= AggregateState.rebuildInterval || isWorn(node, code) || isStill(node, code, view) {
            rebuild(node, code, view)
        }
    }

    /// Whether the samples have all become equal, and rounding still hides that nothing varies.
    private func isStill(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView) -> Bool {
        let base = Int(nodes[view.index].words)
        let samples = view.tail - view.head
        guard samples > 1 else { return false }
        let isFirstStill = words[base + WindowState.equalFirst] >= samples
        let isSecondStill = words[base + WindowState.equalSecond] >= samples
        guard isFirstStill || isSecondStill else { return false }
        switch code {
        case .weightedMean: return false
        case .slope, .intercept, .residual, .covariance, .correlation:
            let pairs = load(node, JointMoments.self).pairs
            return (isFirstStill && pairs.sumYY != 0) || (isSecondStill && pairs.sumXX != 0)
        default: return isFirstStill && load(node, Moments.self).squares != 0
        }
    }

    private func isWorn(_ node: PlanNode, _ code: AggregateState.Code) -> Bool {
        switch code {
        case .weightedMean: load(node, WeightedSums.self).isWorn
        case .slope, .intercept, .residual, .covariance, .correlation: load(node, JointMoments.self).isWorn
        default: load(node, Moments.self).isWorn
        }
    }

    private mutating func rebuild(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView) {
        words[Int(node.words)] = 0
        switch code {
        case .sum, .mean, .variance, .deviation, .zscore:
            let count = Int(view.tail - view.head)
            for number in 0..<count {
                linear[number] = reals[view.ring + Int((view.head + Int64(number)) & view.mask)]
            }
            return store(node, Moments(of: linear, count: count))
        default: break
        }
        reals[Int(node.reals)] = 0
        var serial = view.head
        while serial < view.tail {
            add(node, code, view, place: Int(serial & view.mask))
            serial += 1
        }
    }

    // MARK: - Sums
    private mutating func add(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView, place: Int) {
        let x = reals[view.ring + place]
        switch code {
        case .weightedMean:
            var sums = load(node, WeightedSums.self)
            sums.add(x, weight: max(reals[view.ring + Int(view.mask) + 1 + place], 0))
            store(node, sums)
        case .slope, .intercept, .residual, .covariance, .correlation:
            var moments = load(node, JointMoments.self)
            moments.add(y: x, x: reals[view.ring + Int(view.mask) + 1 + place])
            store(node, moments)
        default:
            var moments = load(node, Moments.self)
            moments.add(x)
            store(node, moments)
        }
    }

    private mutating func remove(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView, place: Int) {
        let x = reals[view.ring + place]
        switch code {
        case .weightedMean:
            var sums = load(node, WeightedSums.self)
            sums.remove(x, weight: max(reals[view.ring + Int(view.mask) + 1 + place], 0))
            store(node, sums)
        case .slope, .intercept, .residual, .covariance, .correlation:
            var moments = load(node, JointMoments.self)
            moments.remove(y: x, x: reals[view.ring + Int(view.mask) + 1 + place])
            store(node, moments)
        default:
            var moments = load(node, Moments.self)
            moments.remove(x)
            store(node, moments)
        }
    }

    private func load(_ node: PlanNode, _: Moments.Type) -> Moments { reals.load(Int(node.reals), Moments.self) }
    private func load(_ node: PlanNode, _: JointMoments.Type) -> JointMoments {
        reals.load(Int(node.reals), JointMoments.self)
    }
    private func load(_ node: PlanNode, _: WeightedSums.Type) -> WeightedSums {
        reals.load(Int(node.reals), WeightedSums.self)
    }
    private mutating func store<State: BitwiseCopyable>(_ node: PlanNode, _ state: State) {
        reals.store(Int(node.reals), state)
    }

    // MARK: - Extremes
    /// The serial numbers of samples that no later one has beaten, best first.
    private mutating func slideDeque(_ base: Int, _ view: WindowView, isMinimum: Bool) {
        var front = words[base]
        var back = words[base + 1]
        let ring = base + 2
        while front < back, words[ring + Int(front & view.mask)] < view.head { front += 1 }
        if view.hasEntered {
            let serial = view.tail - 1
            let x = reals[view.ring + Int(serial & view.mask)]
            while front < back {
                let last = reals[view.ring + Int(words[ring + Int((back - 1) & view.mask)] & view.mask)]
                guard isMinimum ? last >= x : last <= x else { break }
                back -= 1
            }
            words[ring + Int(back & view.mask)] = serial
            back += 1
        }
        words[base] = front
        words[base + 1] = back
    }

    private func extreme(_ base: Int, _ view: WindowView) -> Double? {
        guard words[base] < words[base + 1] else { return nil }
        return reals[view.ring + Int(words[base + 2 + Int(words[base] & view.mask)] & view.mask)]
    }

    // MARK: - Results
    private func result(_ node: PlanNode, _ code: AggregateState.Code, _ view: WindowView) -> Double? {
        let base = Int(node.reals)
        let samples = node.isTumbling ? words[Int(node.words) + 1] : view.tail - view.head
        let newest = view.ring + newest(node, view)
        switch code {
        case .count: return Double(samples)
        case .last: return reals[newest]
        case .first: return node.isTumbling ? reals[base] : reals[view.ring + Int(view.head & view.mask)]
        case .minimum, .maximum: return node.isTumbling ? reals[base] : extreme(Int(node.words), view)
        case .range:
            if node.isTumbling { return reals[base + 1] - reals[base] }
            guard let low = extreme(Int(node.words), view),
                let high = extreme(Int(node.words) + 3 + Int(view.mask), view)
            else { return nil }
            return high - low
        case .quantile: return quantile(node, view, count: Int(words[Int(node.words) + 1]))
        case .weightedMean: return load(node, WeightedSums.self).mean
        case .slope, .intercept, .residual, .covariance, .correlation:
            return joint(load(node, JointMoments.self), code, view, newest)
        default: return SignalMachine.single(load(node, Moments.self), code, reals[newest])
        }
    }

    /// The place of the newest sample in the ring; where one has come that belongs to the next window, of the one before.
    private func newest(_ node: PlanNode, _ view: WindowView) -> Int {
        guard node.isTumbling else { return Int((view.tail - 1) & view.mask) }
        return Int((view.head - (view.isTime && view.hasEntered ? 2 : 1)) & 1)
    }

    @inline(__always)
    static func single(_ moments: Moments, _ code: AggregateState.Code, _ newest: Double) -> Double? {
        switch code {
        case .sum: return moments.sum
        case .mean: return moments.average
        case .variance: return moments.variance
        case .deviation: return moments.variance.squareRoot()
        default:
            guard moments.variance > 0 else { return nil }
            return (newest - moments.average) / moments.variance.squareRoot()
        }
    }

    private func joint(
        _ moments: JointMoments,
        _ code: AggregateState.Code,
        _ view: WindowView,
        _ newest: Int
    ) -> Double? {
        switch code {
        case .slope: return moments.slope
        case .intercept: return moments.intercept
        case .covariance: return moments.covariance
        case .correlation: return moments.correlation
        default:
            guard let slope = moments.slope, let intercept = moments.intercept else { return nil }
            return reals[newest] - (intercept + slope * reals[newest + Int(view.mask) + 1])
        }
    }
}

extension FixedBuffer where Element == Double {
    /// A struct of `Double`s that stands from `place` on; traps where it would end outside the buffer.
    @inline(__always)
    func load<State: BitwiseCopyable>(_ place: Int, _: State.Type) -> State {
        precondition(place >= 0 && place + MemoryLayout<State>.size / 8 <= count, "a state inside the buffer")
        // Safe: the range was checked, and the struct is of numbers.
        return unsafe UnsafeRawPointer(base + place).loadUnaligned(as: State.self)
    }

    @inline(__always)
    mutating func store<State: BitwiseCopyable>(_ place: Int, _ state: State) {
        precondition(place >= 0 && place + MemoryLayout<State>.size / 8 <= count, "a state inside the buffer")
        // Safe: the range was checked, and the struct is of numbers.
        unsafe UnsafeMutableRawPointer(base + place).storeBytes(of: state, as: State.self)
    }

    /// Moves `count` numbers; the ranges may overlap, and trap outside the buffer.
    mutating func move(_ source: Int, to target: Int, count moved: Int) {
        guard moved > 0 else { return }
        precondition(min(source, target) >= 0 && max(source, target) + moved <= count, "a range inside the buffer")
        // Safe: both ranges were checked.
        unsafe UnsafeMutableRawPointer(base + target).copyMemory(from: base + source, byteCount: moved * 8)
    }
}
