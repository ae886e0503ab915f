// SPDX-License-Identifier: MIT
import HeliosMarket

extension SignalMachine {
    /// Appends everything that the machine remembers, between two ticks.
    ///
    /// What the plan is is not in it: it is compared by its size and by a sum of its nodes.
    public borrowing func save(to writer: inout StateWriter) {
        writer.mark("signals 2")
        writer.write(nodes.count)
        writer.write(reals.count)
        writer.write(words.count)
        writer.write(fingerprint)
        writer.write(now.nanoseconds)
        writer.write(refused)
        writer.write(skipped)
        writer.write(Int(epoch))
        writer.write(isStarted)
        values.save(0..<values.count, to: &writer)
        reals.save(0..<reals.count, to: &writer)
        words.save(0..<words.count, to: &writer)
        quotes.save(0..<quotes.count, to: &writer)
        for index in 0..<hedges.count { hedges[index].save(to: &writer) }
        laneStates.save(0..<lanes.count, to: &writer)
        laneSamples.save(0..<laneSamples.count, to: &writer)
        laneClocks.save(0..<laneClocks.count, to: &writer)
        writer.write(timers.count)
        for place in 0..<timers.count {
            writer.write(timers.entry(place).time)
            writer.write(Int64(timers.entry(place).node))
        }
    }

    /// Takes the state of a machine with the same plan; after an error the machine is as it was at its start.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        do throws(StateError) {
            try take(from: &reader)
        } catch {
            startAgain()
            throw error
        }
    }

    private mutating func take(from reader: inout StateReader) throws(StateError) {
        try reader.expect("signals 2")
        try reader.match(nodes.count, "number of signal nodes")
        try reader.match(reals.count, "numbers that signals keep")
        try reader.match(words.count, "words that signals keep")
        try reader.match(fingerprint, "plan of signals")
        now = Timestamp(nanoseconds: try reader.read(Int64.self))
        guard now.nanoseconds == .min || SignalMachine.times.contains(now.nanoseconds) else {
            throw reader.error(.damaged, "the signals' time is \(now.nanoseconds) ns")
        }
        refused = try reader.readCount(upTo: StateReader.largestCount, "refused ticks")
        skipped = try reader.readCount(upTo: StateReader.largestCount, "skipped ticks of clocks")
        epoch = UInt64(try reader.readCount(upTo: 1 << 59, "events of signals"))
        isStarted = try reader.readFlag()
        try values.restore(0..<values.count, from: &reader)
        try reals.restore(0..<reals.count, from: &reader)
        try words.restore(0..<words.count, from: &reader)
        try quotes.restore(0..<quotes.count, from: &reader)
        for index in 0..<hedges.count { try hedges[index].restore(from: &reader) }
        try laneStates.restore(0..<lanes.count, from: &reader)
        try laneSamples.restore(0..<laneSamples.count, from: &reader)
        try laneClocks.restore(0..<laneClocks.count, from: &reader)
        for place in 0..<quotes.count where !(0...1 << 60).contains(quotes[place].count) {
            throw reader.error(.damaged, "instrument \(place) of the signals has an impossible number of quotes")
        }
        for lane in 0..<lanes.count where !settlePlan(lane: lane) {
            throw reader.error(.damaged, "window \(lane) of the signals has impossible counts")
        }
        for index in 0..<nodes.count where !isPossible(nodes[index]) {
            throw reader.error(.damaged, "node \(index) of the signals has impossible counts")
        }
        for index in 0..<nodes.count where nodes[index].isQuantile && !restoreOrder(nodes[index]) {
            throw reader.error(.damaged, "a sample of node \(index) of the signals is no number")
        }
        timers.removeAll()
        for _ in 0..<(try reader.readCount(upTo: nodes.count, "timers of signals")) {
            let time = try reader.read(Int64.self)
            guard time >= 0 else { throw reader.error(.damaged, "a timer of signals is due at \(time) ns") }
            let node = try reader.readCount(upTo: nodes.count - 1, "node of a timer")
            guard nodes[node].timer >= 0 else { throw reader.error(.damaged, "node \(node) has no timer") }
            setTimer(node, time)
        }
        settleOutputs()
    }

    /// Whether what counts and points in a node's words can be.
    private func isPossible(_ node: PlanNode) -> Bool {
        let base = Int(node.words)
        switch node.operation {
        case .window:
            let head = words[base + WindowState.head]
            let tail = words[base + WindowState.tail]
            let equal = max(words[base + WindowState.equalFirst], words[base + WindowState.equalSecond])
            let fewest = min(words[base + WindowState.equalFirst], words[base + WindowState.equalSecond])
            guard fewest >= 0, equal <= 1 << 60, (0...1 << 40).contains(words[base + WindowState.overflows]) else {
                return false
            }
            if node.isTumbling { return head >= 0 && head <= 1 << 60 && tail >= 0 && tail <= 1 << 60 }
            return head >= 0 && tail >= head && tail <= 1 << 60 && tail - head <= Int64(node.capacity)
        case .aggregate: return isPossible(aggregate: node)
        case .fresh, .average, .quiet, .held: return words[base] == .min || words[base] >= 0
        case .lag, .repeated: return words[base] >= 0 && words[base] <= 1 << 60
        case .absence:
            return words[base] >= 0 && words[base] <= Int64(node.capacity)
                && (0...1 << 40).contains(words[base + 1])
        case .around:
            let (head, tail) = (words[base + AroundState.head], words[base + AroundState.tail])
            return head >= 0 && tail >= head && tail <= 1 << 60 && tail - head <= Int64(node.capacity)
                && (0...1 << 40).contains(words[base + AroundState.forgotten])
        case .sequence:
            guard words[base] >= 0, words[base] <= Int64(node.capacity), (0...1 << 40).contains(words[base + 1]) else {
                return false
            }
            let steps = Int64(node.second) - Int64(node.code)
            let (start, size) = (firstRun(node), runWords(node))
            return (0..<Int(words[base])).allSatisfy { (1..<steps).contains(words[start + size * $0]) }
        default: return true
        }
    }

    private func isPossible(aggregate node: PlanNode) -> Bool {
        let base = Int(node.words)
        let window = nodes[Int(node.first)]
        let head = words[Int(window.words) + WindowState.head]
        let tail = words[Int(window.words) + WindowState.tail]
        switch AggregateState.Code(rawValue: node.code) {
        case .minimum, .maximum: return node.isTumbling || isPossible(deque: base, head, tail, Int64(window.minimum))
        case .range:
            return node.isTumbling
                || (isPossible(deque: base, head, tail, Int64(window.minimum))
                    && isPossible(deque: base + 3 + Int(window.minimum), head, tail, Int64(window.minimum)))
        case .quantile:
            let count = words[base + 1]
            if node.isTumbling { return count >= 0 && count <= 1 << 60 }
            return isPossible(handled: base, head, tail, window) && count == tail - words[base + 2]
        case .count, .first, .last: return words[base] >= 0 && words[base + 1] >= 0 && words[base + 1] <= 1 << 60
        default:
            guard (0...1 << 60).contains(words[base]), (0...1 << 60).contains(words[base + 1]) else { return false }
            return node.isTumbling || isPossible(handled: base, head, tail, window)
        }
    }

    /// The samples that an aggregate has not let go are still in the ring.
    private func isPossible(handled base: Int, _ head: Int64, _ tail: Int64, _ window: PlanNode) -> Bool {
        let handled = words[base + 2]
        return handled >= 0 && handled <= head && tail - handled <= Int64(window.minimum) + 1
    }

    /// The serial numbers in a deque rise, and are of samples in the window.
    private func isPossible(deque base: Int, _ head: Int64, _ tail: Int64, _ mask: Int64) -> Bool {
        let front = words[base]
        let back = words[base + 1]
        guard front >= 0, back >= front, back - front <= tail - head, back <= 1 << 60 else { return false }
        var last = head - 1
        for place in front..<back {
            let serial = words[base + 2 + Int(place & mask)]
            guard serial > last, serial < tail else { return false }
            last = serial
        }
        return true
    }

    /// A sum over the plan and what its rules say, which tells another one of the same size.
    private var fingerprint: UInt64 {
        var sum = PlanSum()
        for index in 0..<nodes.count {
            let node = nodes[index]
            sum.add([Int64(node.operation.rawValue), Int64(node.code), Int64(node.first), Int64(node.second)])
            sum.add([Int64(bitPattern: node.parameter.bitPattern), node.length])
            sum.add([Int64(node.capacity), Int64(node.minimum)])
        }
        for input in plan.inputs + plan.outputColumns { sum.add([Int64(input)]) }
        for output in plan.outputs { sum.add([Int64(output.trigger), Int64(output.columnCount)]) }
        for symbol in plan.symbols { sum.add(symbol) }
        for settings in plan.hedges { sum.add([Int64(bitPattern: settings.priorVariance.bitPattern)]) }
        // What a waiting match keeps, and of which step.
        for match in plan.matches {
            for capture in match.captures {
                sum.add([Int64(capture.field), Int64(capture.step), Int64(capture.place)])
            }
            for test in match.tests { sum.add([Int64(test.condition), Int64(test.first), Int64(test.count)]) }
            sum.add(match.dependents.map(Int64.init))
        }
        for rule in plan.rules {
            sum.add(rule.name)
            sum.add([Int64(rule.action.rawValue)])
            for column in rule.columns { sum.add(column.name) }
        }
        return sum.value
    }
}

/// A sum of numbers and texts in their order (FNV-1a, a word at a time).
private struct PlanSum {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ numbers: [Int64]) {
        for number in numbers { value = (value ^ UInt64(bitPattern: number)) &* 0x100_0000_01B3 }
    }

    mutating func add(_ text: String) { add(text.utf8.map(Int64.init) + [256]) }
}
