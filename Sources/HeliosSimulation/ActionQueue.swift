// SPDX-License-Identifier: MIT
import HeliosMarket

/// Something that happens at a moment of the virtual clock.
enum Action {
    /// The venue publishes messages from the first number on; the second counts packets.
    case publish(Int, Int)
    case heartbeatFeed
    case packet(node: Int, life: Int, [UInt8])
    case retransmit(node: Int, life: Int, from: UInt64, count: Int)
    case toVenue(node: Int, connection: Int, Event)
    case fromVenue(node: Int, connection: Int, Event)
    case venueReports
    case connect(node: Int, life: Int)
    case connected(node: Int, life: Int)
    case timer(node: Int, life: Int)
    /// Records of the primary reach the standby.
    case replicate(to: Int, life: Int, from: Int, [Event])
    case acknowledge(to: Int, life: Int, UInt64)
    case heartbeat(to: Int, life: Int)
    case fault(FaultKind, Int)
    case restart(Int, Int)
    /// A piece of a byte stream arrives; which one stands in the line.
    case bytes(line: Int, toVenue: Bool)
    /// One side of a line sees that it is gone.
    case hangUp(line: Int, toVenue: Bool)
    case serveLine(node: Int, life: Int)
    case venueTick
    case moldRequest(node: Int, life: Int, [UInt8])
}

/// Actions in the order of time, then of their arrival.
struct ActionQueue {
    struct Item {
        var time: Timestamp
        var number: UInt64
        var action: Action
    }

    private var heap: [Item] = []
    private var added: UInt64 = 0

    var nextTime: Timestamp? { heap.first?.time }

    mutating func add(_ time: Timestamp, _ action: Action) {
        added += 1
        heap.append(Item(time: time, number: added, action: action))
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func take() -> Item {
        heap.swapAt(0, heap.count - 1)
        let item = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [parent * 2 + 1, parent * 2 + 2] where child < heap.count && precedes(child, least) {
                least = child
            }
            if least == parent { return item }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        heap[a].time == heap[b].time ? heap[a].number < heap[b].number : heap[a].time < heap[b].time
    }
}
