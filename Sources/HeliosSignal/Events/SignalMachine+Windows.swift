// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where in a window's words what stands.
enum WindowState {
    /// Serial numbers of the oldest sample and of the next one; of windows one after the other the first is how many samples
    /// have ever come, the second how many are in this window.
    static let head = 0
    static let tail = 1
    /// The oldest before the current event: from here to `head` the samples have just left.
    static let left = 2
    /// Whether the current event brought a sample, ended the window.
    static let entered = 3
    static let closing = 4
    /// Until when samples are missing that there was no room for.
    static let lostUntil = 5
    static let overflows = 6
    /// How many of the newest samples are equal, of the first and of the second input.
    static let equalFirst = 7
    static let equalSecond = 8
    /// The epoch in which `left`, `entered` and `closing` hold.
    static let epoch = 9
    /// Begin of the ring of times.
    static let headWords = 10

    /// Samples have serial numbers, whose low bits are the place in a ring of a power of two.
    static func ringSize(_ capacity: Int) -> Int {
        var size = 2
        while size < capacity + 1 { size *= 2 }
        return size
    }
}

extension SignalMachine {
    mutating func evaluateWindow(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        words[base + WindowState.left] = words[base + WindowState.head]
        words[base + WindowState.entered] = 0
        words[base + WindowState.closing] = 0
        words[base + WindowState.epoch] = Int64(epoch)
        let count = Int(node.parameter)
        if node.isTumbling {
            evaluateTumbling(index, node, count)
        } else {
            evaluateSliding(index, node, count)
        }
    }

    /// The samples of this event, nil when there is none: an input was updated, and all are valid.
    private func sample(_ node: PlanNode, _ count: Int) -> (Double, Double)? {
        let first = inputs[Int(node.first)]
        if count == 1 {
            guard isUpdated(first), let x = number(first) else { return nil }
            return (x, 0)
        }
        let second = inputs[Int(node.first) + 1]
        guard isUpdated(first) || isUpdated(second), let a = number(first), let b = number(second) else { return nil }
        return (a, b)
    }

    private mutating func evaluateSliding(_ index: Int, _ node: PlanNode, _ count: Int) {
        let base = Int(node.words)
        let mask = Int64(node.minimum)
        var head = words[base + WindowState.head]
        var tail = words[base + WindowState.tail]
        let time = now.nanoseconds
        let times = base + WindowState.headWords
        if node.code == 1 {
            while head < tail, time &- words[times + Int(head & mask)] >= node.length { head += 1 }
        }
        if let (x, y) = sample(node, count) {
            if tail - head == Int64(node.capacity) {
                if node.code == 1 {
                    words[base + WindowState.overflows] += 1
                    words[base + WindowState.lostUntil] = words[times + Int(head & mask)] &+ node.length
                }
                head += 1
            }
            let place = Int(tail & mask)
            countEqual(node, count, head < tail, Int((tail - 1) & mask), x, y)
            reals[Int(node.reals) + place] = x
            if count == 2 { reals[Int(node.reals) + Int(mask) + 1 + place] = y }
            if node.code == 1 { words[times + place] = time }
            tail += 1
            words[base + WindowState.entered] = 1
        }
        words[base + WindowState.head] = head
        words[base + WindowState.tail] = tail
        let entered = words[base + WindowState.entered] != 0
        let isLost = time < words[base + WindowState.lostUntil]
        // The value of a window is whether nothing is missing in it; it changes when samples leave.
        if entered {
            settle(index, 1, isValid: !isLost, updated: true)
        } else if head != words[base + WindowState.left] || values[index].isValid == isLost {
            settle(index, 1, isValid: !isLost, updated: false)
        }
        if node.wakes { wake(index, node) }
    }

    /// Sets the timer to when what is computed of the window will change by itself.
    private mutating func wake(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        let head = words[base + WindowState.head]
        guard head < words[base + WindowState.tail] else { return timers.remove(Int32(index)) }
        let leaves = words[base + WindowState.headWords + Int(head & Int64(node.minimum))] &+ node.length
        wake(Int32(index), leaves, lostUntil: words[base + WindowState.lostUntil])
    }

    /// The same of a window that is computed with others.
    mutating func wakeLane(_ lane: Int) {
        let (plan, state) = (lanes[lane], laneStates[lane])
        guard state.samples > 0 else { return timers.remove(plan.window) }
        // In the ring of a window of time each sample is followed by its time.
        let oldest = Int64(bitPattern: laneSamples[state.slot(state.oldest) + 1].bitPattern)
        wake(plan.window, oldest &+ plan.length, lostUntil: laneClocks[lane].lostUntil)
    }

    private mutating func wake(_ window: Int32, _ leaves: Int64, lostUntil: Int64) {
        let time = now.nanoseconds < lostUntil ? min(lostUntil, leaves) : leaves
        // What should have left has left; a state that says otherwise is damaged, and must not be waited for without end.
        if time > now.nanoseconds { setTimer(Int(window), time) } else { timers.remove(window) }
    }

    private mutating func countEqual(
        _ node: PlanNode,
        _ count: Int,
        _ hasLast: Bool,
        _ last: Int,
        _ x: Double,
        _ y: Double
    ) {
        let base = Int(node.words)
        let isSame = hasLast && reals[Int(node.reals) + last] == x
        words[base + WindowState.equalFirst] = isSame ? words[base + WindowState.equalFirst] + 1 : 1
        guard count == 2 else { return }
        let isSameSecond = hasLast && reals[Int(node.reals) + Int(node.minimum) + 1 + last] == y
        words[base + WindowState.equalSecond] = isSameSecond ? words[base + WindowState.equalSecond] + 1 : 1
    }

    /// A window of samples one after the other: its aggregates keep what they need, it only says when it ends.
    private mutating func evaluateTumbling(_ index: Int, _ node: PlanNode, _ count: Int) {
        let base = Int(node.words)
        if node.code == 1 {
            let clock = inputs[Int(node.first + node.second) - 1]
            if isUpdated(clock) { close(node) }
        } else if node.isSession, fired == Int32(index) {
            close(node)
        }
        if let (x, y) = sample(node, count) {
            // The sample before stays: it may be the last of a window that ends in this moment.
            let place = Int(words[base + WindowState.head] & 1)
            reals[Int(node.reals) + place] = x
            if count == 2 { reals[Int(node.reals) + 2 + place] = y }
            words[base + WindowState.head] += 1
            words[base + WindowState.entered] = 1
            words[base + WindowState.tail] += 1
            if node.code == 0, words[base + WindowState.tail] == Int64(node.capacity) { close(node) }
            if node.isSession { setTimer(index, now.nanoseconds + node.length) }
        }
        if words[base + WindowState.entered] != 0 || words[base + WindowState.closing] != 0 {
            settle(index, 1, isValid: true, updated: true)
        }
    }

    private mutating func close(_ node: PlanNode) {
        words[Int(node.words) + WindowState.closing] = 1
        words[Int(node.words) + WindowState.tail] = 0
    }
}
