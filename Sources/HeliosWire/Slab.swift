// SPDX-License-Identifier: MIT

/// A growable run of trivially copyable elements with checked access and no reference counting.
@safe
struct Slab<Element: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        unsafe base = UnsafeMutablePointer.allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "index outside the slab")
            return unsafe base[index]
        }
        set {
            precondition(index >= 0 && index < count, "index outside the slab")
            unsafe base[index] = newValue
        }
    }

    mutating func append(_ element: Element) { insert(element, at: count) }

    mutating func insert(_ element: Element, at index: Int) {
        precondition(index >= 0 && index <= count, "index outside the slab")
        if count == capacity { grow() }
        unsafe (base + index + 1).update(from: base + index, count: count - index)
        unsafe (base + index).initialize(to: element)
        count += 1
    }

    mutating func remove(at index: Int) {
        precondition(index >= 0 && index < count, "index outside the slab")
        unsafe (base + index).update(from: base + index + 1, count: count - index - 1)
        count -= 1
    }

    mutating func removeAll() { count = 0 }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        unsafe larger.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = unsafe larger
        capacity *= 2
    }
}

/// An order number's place, by open addressing: the same on every run, no reference counting.
struct OrderIndex: ~Copyable {
    struct Slot: BitwiseCopyable {
        var order: UInt64
        var node: Int32
    }

    private var slots: Slab<Slot>
    private var mask: Int
    private var used = 0

    /// A table for `capacity` orders, which grows when more come.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = OrderIndex.empty(size)
        mask = size - 1
    }

    private static func empty(_ size: Int) -> Slab<Slot> {
        var slots = Slab<Slot>(capacity: size)
        for _ in 0..<size { slots.append(Slot(order: 0, node: -1)) }
        return slots
    }

    /// The node of `order`, or nil; order 0 is never known.
    subscript(order: UInt64) -> Int32? {
        guard order != 0 else { return nil }
        let slot = slots[find(order)]
        return slot.order == order ? slot.node : nil
    }

    /// Remembers `order`, which must be neither 0 nor known.
    mutating func insert(_ order: UInt64, _ node: Int32) {
        if (used + 1) * 2 > mask + 1 { grow() }
        slots[find(order)] = Slot(order: order, node: node)
        used += 1
    }

    /// Forgets `order`; those behind it in the same run of slots move up, so that no marker is left behind.
    mutating func remove(_ order: UInt64) {
        var hole = find(order)
        guard order != 0, slots[hole].order == order else { return }
        used -= 1
        var next = (hole + 1) & mask
        while slots[next].order != 0 {
            let home = start(slots[next].order)
            // The order at `next` may fill the hole unless its home lies between the two.
            if (next &- home) & mask >= (next &- hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = Slot(order: 0, node: -1)
    }

    private func start(_ order: UInt64) -> Int {
        // Wrapping is meant: a multiplicative hash, whose high bits are the good ones.
        Int(truncatingIfNeeded: (order &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    private func find(_ order: UInt64) -> Int {
        var index = start(order)
        while slots[index].order != 0, slots[index].order != order { index = (index + 1) & mask }
        return index
    }

    private mutating func grow() {
        let size = (mask + 1) * 2
        var old = OrderIndex.empty(size)
        swap(&old, &slots)
        mask = size - 1
        for index in 0..<old.count where old[index].order != 0 { slots[find(old[index].order)] = old[index] }
    }
}
