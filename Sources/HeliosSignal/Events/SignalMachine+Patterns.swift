// SPDX-License-Identifier: MIT
import HeliosMarket

enum PatternState {
    /// Beginnings of a match that wait at the same time; of more the oldest is forgotten and counted.
    static let runs: Int32 = 16
}

extension SignalMachine {
    mutating func evaluatePattern(_ index: Int, _ node: PlanNode) {
        switch node.operation {
        case .rising: evaluateRising(index, node)
        case .held: evaluateHeld(index, node)
        case .quiet: evaluateQuiet(index, node)
        case .absence: evaluateAbsence(index, node)
        case .repeated: evaluateRepeated(index, node)
        case .together: evaluateTogether(index, node)
        case .sequence: evaluateSequence(index, node)
        case .around: evaluateAround(index, node)
        case .kept: evaluateKept(index, node)
        default: break
        }
    }

    private mutating func pulse(_ index: Int) { settle(index, 1, isValid: true, updated: true) }

    // MARK: - Conditions
    /// Word: whether it was true.
    private mutating func evaluateRising(_ index: Int, _ node: PlanNode) {
        let isTrue = (number(node.first) ?? 0) != 0
        let wasTrue = words[Int(node.words)] != 0
        words[Int(node.words)] = isTrue ? 1 : 0
        if isTrue, !wasTrue { pulse(index) }
    }

    /// Words: since when it is true, `min` while it is not; whether that has been told.
    private mutating func evaluateHeld(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        let isTrue = (number(node.first) ?? 0) != 0
        if !isTrue {
            if words[base] != .min { timers.remove(Int32(index)) }
            words[base] = .min
            words[base + 1] = 0
        } else if words[base] == .min {
            words[base] = now.nanoseconds
            setTimer(index, now.nanoseconds + node.length)
        } else if fired == Int32(index), words[base + 1] == 0 {
            words[base + 1] = 1
            pulse(index)
        }
    }

    /// Words: until when it was true, `min` before it ever was; whether it is.
    private mutating func evaluateQuiet(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        let known = number(node.first)
        let isTrue = (known ?? 0) != 0
        if isTrue || words[base + 1] != 0 { words[base] = now.nanoseconds }
        words[base + 1] = isTrue && !values[Int(node.first)].isMomentary ? 1 : 0
        let last = words[base]
        if node.wakes {
            if words[base + 1] != 0 || last == .min || now.nanoseconds &- last >= node.length {
                timers.remove(Int32(index))
            } else {
                setTimer(index, last + node.length)
            }
        }
        let isQuiet = last == .min || now.nanoseconds &- last >= node.length
        let value = values[index]
        let updated = isUpdated(node.first)
        if updated || value.isValid != (known != nil) || (value.number != 0) != isQuiet {
            settle(index, isQuiet ? 1 : 0, isValid: known != nil, updated: updated)
        }
    }

    // MARK: - Events
    /// Words: how many wait, how many were forgotten, then the times of those that wait, oldest first.
    private mutating func evaluateAbsence(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        var count = Int(words[base])
        if fired == Int32(index), count > 0 {
            let due = words[base + 2]
            while count > 0, words[base + 2] == due {
                count -= 1
                for place in 0..<count { words[base + 2 + place] = words[base + 3 + place] }
            }
            pulse(index)
        }
        if isPulse(node.second) { count = 0 }
        if isPulse(node.first) {
            if count == Int(node.capacity) {
                words[base + 1] += 1
                count -= 1
                for place in 0..<count { words[base + 2 + place] = words[base + 3 + place] }
            }
            words[base + 2 + count] = now.nanoseconds
            count += 1
        }
        words[base] = Int64(count)
        if count > 0 {
            setTimer(index, words[base + 2] &+ node.length + 1)
        } else {
            timers.remove(Int32(index))
        }
    }

    /// Words: how many have happened since the last match, then their times in a ring.
    private mutating func evaluateRepeated(_ index: Int, _ node: PlanNode) {
        guard isPulse(node.first) else { return }
        let base = Int(node.words)
        let size = Int64(node.capacity)
        let taken = words[base]
        words[base + 1 + Int(taken % size)] = now.nanoseconds
        words[base] = taken + 1
        guard taken + 1 >= size else { return }
        let oldest = words[base + 1 + Int((taken + 1) % size)]
        guard now.nanoseconds &- oldest <= node.length else { return }
        words[base] = 0
        pulse(index)
    }

    /// Words: when each last happened, `min` for not.
    private mutating func evaluateTogether(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        var isNew = false
        for step in 0..<Int(node.second) where isPulse(inputs[Int(node.first) + step]) {
            words[base + step] = now.nanoseconds
            isNew = true
        }
        guard isNew else { return }
        for step in 0..<Int(node.second) {
            let time = words[base + step]
            guard time != .min, now.nanoseconds &- time <= node.length else { return }
        }
        for step in 0..<Int(node.second) { words[base + step] = .min }
        pulse(index)
    }

    /// Words: how many runs there are, how many were forgotten, what the last match kept, then of each run, oldest first, the
    /// step that it waits for, its begin, and what it keeps.
    private mutating func evaluateSequence(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        let (start, size) = (firstRun(node), runWords(node))
        let first = Int(node.first)
        let steps = Int(node.second) - Int(node.code)
        if node.code == 1, isPulse(inputs[first + steps]) { words[base] = 0 }
        var kept = 0
        for number in 0..<Int(words[base]) {
            let run = start + size * number
            var step = Int(words[run])
            guard now.nanoseconds &- words[run + 1] <= node.length else { continue }
            if isPulse(inputs[first + step]), fits(node, step: step, run: run) {
                capture(node, step: step, run: run)
                step += 1
                if step == steps {
                    for slot in 0..<size - 2 { words[base + 2 + slot] = words[run + 2 + slot] }
                    words[base] = 0
                    settle(index, 1, isValid: true, updated: true)
                    // What begins with this very event has not been used up.
                    return beginRun(node, base, first)
                }
            }
            words[run] = Int64(step)
            if kept != number { move(run, to: start + size * kept, count: size) }
            kept += 1
        }
        words[base] = Int64(kept)
        beginRun(node, base, first)
    }

    /// Begins a run where the first step happens.
    private mutating func beginRun(_ node: PlanNode, _ base: Int, _ first: Int) {
        guard isPulse(inputs[first]) else { return }
        let (start, size) = (firstRun(node), runWords(node))
        var count = Int(words[base])
        if count == Int(node.capacity) {
            words[base + 1] += 1
            move(start + size, to: start, count: size * (count - 1))
            count -= 1
        }
        let run = start + size * count
        words[run] = 1
        words[run + 1] = now.nanoseconds
        capture(node, step: 0, run: run)
        words[base] = Int64(count + 1)
    }

    /// Moves words to lower places.
    private mutating func move(_ source: Int, to target: Int, count: Int) {
        for place in 0..<count { words[target + place] = words[source + place] }
    }
}

extension NodeValue {
    var isMomentary: Bool { state & NodeValue.momentary != 0 }
}
