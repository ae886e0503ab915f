// SPDX-License-Identifier: MIT

/// Deadlines of nodes, at most one each, the earliest first, of equal ones the lower rank and then the lower node.
///
/// A heap of fixed size.
struct SignalTimers: ~Copyable {
    struct Entry: BitwiseCopyable {
        var time: Int64
        var rank: Int64 = 0
        var node: Int32
    }

    private var heap: FixedBuffer<Entry>
    /// Where in the heap a node's entry is; −1 without.
    private var places: FixedBuffer<Int32>
    private(set) var count = 0

    init(nodes: Int) {
        heap = FixedBuffer(repeating: Entry(time: 0, node: 0), count: nodes)
        places = FixedBuffer(repeating: -1, count: nodes)
    }

    var first: Entry? { count > 0 ? heap[0] : nil }

    func entry(_ place: Int) -> Entry { heap[place] }

    mutating func set(_ node: Int32, _ time: Int64, rank: Int64) {
        let entry = Entry(time: time, rank: rank, node: node)
        var place = Int(places[Int(node)])
        if place >= 0, heap[place].time == time, heap[place].rank == rank { return }
        if place < 0 {
            place = count
            count += 1
        }
        put(entry, place)
        rise(place)
        sink(Int(places[Int(node)]))
    }

    mutating func remove(_ node: Int32) {
        let place = Int(places[Int(node)])
        guard place >= 0 else { return }
        places[Int(node)] = -1
        count -= 1
        guard place < count else { return }
        let last = heap[count]
        put(last, place)
        rise(place)
        sink(Int(places[Int(last.node)]))
    }

    mutating func removeAll() {
        for place in 0..<count { places[Int(heap[place].node)] = -1 }
        count = 0
    }

    private mutating func put(_ entry: Entry, _ place: Int) {
        heap[place] = entry
        places[Int(entry.node)] = Int32(place)
    }

    private func isBefore(_ a: Entry, _ b: Entry) -> Bool {
        if a.time != b.time { return a.time < b.time }
        return a.rank != b.rank ? a.rank < b.rank : a.node < b.node
    }

    private mutating func rise(_ start: Int) {
        var place = start
        let entry = heap[place]
        while place > 0, isBefore(entry, heap[(place - 1) / 2]) {
            put(heap[(place - 1) / 2], place)
            place = (place - 1) / 2
        }
        put(entry, place)
    }

    private mutating func sink(_ start: Int) {
        var place = start
        let entry = heap[place]
        while true {
            var child = 2 * place + 1
            guard child < count else { break }
            if child + 1 < count, isBefore(heap[child + 1], heap[child]) { child += 1 }
            guard isBefore(heap[child], entry) else { break }
            put(heap[child], place)
            place = child
        }
        put(entry, place)
    }
}
