// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where in the words of what waits for the time behind an event what stands.
enum AroundState {
    /// Serial numbers of the first event that waits and of the next one; how many were forgotten.
    static let head = 0
    static let forgotten = 1
    static let tail = 2
    /// The event that is told now.
    static let told = 3
    /// The epoch in which the newest event came.
    static let epoch = 4
    /// Begin of the ring of times.
    static let headWords = 5
}

extension SignalMachine {
    /// What waits for time to pass, and is told at the end of it: events of an `around` and of an absence, conditions that are to hold.
    public var waiting: Int {
        var total = 0
        for index in 0..<nodes.count {
            let base = Int(nodes[index].words)
            switch nodes[index].operation {
            case .around: total += Int(words[base + AroundState.tail] - words[base + AroundState.head])
            case .absence: total += Int(words[base])
            case .held: total += words[base] != .min && words[base + 1] == 0 ? 1 : 0
            default: break
            }
        }
        return total
    }

    /// An event waits until its time has passed; each is told by itself, also of those of one time.
    mutating func evaluateAround(_ index: Int, _ node: PlanNode) {
        let base = Int(node.words)
        let mask = Int64(node.minimum)
        var head = words[base + AroundState.head]
        var tail = words[base + AroundState.tail]
        if fired == Int32(index), head < tail {
            words[base + AroundState.told] = head
            head += 1
            settle(index, 1, isValid: true, updated: true)
        } else if isPulse(node.first) {
            if tail - head == Int64(node.capacity) {
                head += 1
                words[base + AroundState.forgotten] += 1
            }
            words[base + AroundState.headWords + Int(tail & mask)] = now.nanoseconds
            words[base + AroundState.epoch] = Int64(epoch)
            tail += 1
        } else {
            return
        }
        words[base + AroundState.head] = head
        words[base + AroundState.tail] = tail
        if head < tail {
            let due = words[base + AroundState.headWords + Int(head & mask)] &+ node.length
            setTimer(index, due)
        } else {
            timers.remove(Int32(index))
        }
    }

    /// Keeps a value when the event comes, and tells it with the event; what was invalid stays so.
    mutating func evaluateKept(_ index: Int, _ node: PlanNode) {
        let base = Int(nodes[Int(node.first)].words)
        let mask = Int64(node.minimum)
        if words[base + AroundState.epoch] == Int64(epoch) {
            let place = (words[base + AroundState.tail] - 1) & mask
            reals[Int(node.reals) + Int(place)] = number(node.second) ?? .nan
        }
        guard isPulse(node.first) else { return }
        settle(index, reals[Int(node.reals) + Int(words[base + AroundState.told] & mask)], isValid: true, updated: true)
    }
}
