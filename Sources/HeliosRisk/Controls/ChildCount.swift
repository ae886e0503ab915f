// SPDX-License-Identifier: MIT
import HeliosMarket

/// P09 once more, in the order line: the children of each parent from what the line itself sends and hears.
///
/// ```swift
/// var children = ChildCount(parents: 4_096, orders: 65_536)
/// children.open(tag, Quantity(10_000))         // when a parent begins
/// guard children.send(child) else { … }        // must not go out
/// children.hear(report)                        // each report of the venue
/// ```
/// It shares nothing with the gate's count: a fault there does not let a router send more than its parents asked for. A child
/// without a parent, and one that can't be followed, must not go out. It counts on the safe side: a report that is told twice
/// counts twice, and what is filled beyond an order counts for its parent too.
@safe
public struct ChildCount {
    struct Child: BitwiseCopyable {
        var id: OrderID
        var tag: UInt64
        var leaves: Quantity
    }

    var parents: ParentOrders
    let children: UnsafeMutablePointer<Child>
    let free: UnsafeMutablePointer<UInt32>
    var numbers: NumberTable
    let capacity: Int

    /// - Parameters:
    ///   - parents: the most parents at once.
    ///   - orders: the most live children at once.
    public init(parents: Int, orders: Int) {
        self.parents = ParentOrders(capacity: parents)
        capacity = max(orders, 1)
        numbers = NumberTable(capacity: capacity)
        unsafe children = .allocate(capacity: capacity)
        unsafe free = .allocate(capacity: capacity)
        for place in 0..<capacity {
            // Safe: below the capacity.
            unsafe (children + place).initialize(to: Child(id: 0, tag: 0, leaves: .zero))
            unsafe (free + place).initialize(to: UInt32(capacity - 1 - place))
        }
    }

    /// Gives the memory back; the owner calls it once, at its end.
    public func deallocate() {
        parents.deallocate()
        numbers.deallocate()
        unsafe children.deallocate()
        unsafe free.deallocate()
    }

    /// Children that may still trade.
    public var live: Int { numbers.count }

    /// Begins a parent, named by the tag's strategy and group; false when it is there already or there is no room.
    @discardableResult
    public mutating func open(
        _ tag: OrderTag,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity
    ) -> Bool {
        parents.open(
            ParentOrder(strategy: tag.strategy, number: tag.group, instrument, side, quantity, until: .never)
        )
    }

    /// Ends a parent: no more of its children go out.
    public mutating func close(_ tag: OrderTag) { parents.close(tag) }

    /// Counts a child that is about to go out; false when it must not.
    public mutating func send(_ child: NewOrder) -> Bool {
        guard child.quantity.raw > 0, parents.fault(child) == nil, numbers.count < capacity else { return false }
        // Safe: as many places on the stack as the table has room for.
        let place = unsafe Int(free[capacity - 1 - numbers.count])
        guard numbers.insert(child.id, place) else { return false }
        unsafe children[place] = Child(id: child.id, tag: child.tag.packed, leaves: child.quantity)
        parents.sent(child.tag, child.quantity)
        return true
    }

    /// Takes a report of the venue; those of other orders change nothing.
    public mutating func hear(_ report: Event) {
        guard let place = numbers[report.orderID] else { return }
        // Safe: the table gives places of children.
        var child = unsafe children[place]
        let tag = OrderTag(packed: child.tag)
        switch report.kind {
        case .orderFilled:
            let part = Quantity(raw: min(max(report.quantity.raw, 0), child.leaves.raw))
            parents.filled(tag, report.quantity, releasing: part)
            child.leaves -= part
        case .orderCancelled:
            // A cancel that names less than is left leaves the difference: its fills are still on their way.
            let part = Quantity(raw: min(max(report.quantity.raw, 0), child.leaves.raw))
            parents.released(tag, part)
            child.leaves -= part
        case .orderRejected:
            parents.released(tag, child.leaves)
            child.leaves = .zero
        default: return
        }
        unsafe children[place] = child
        guard child.leaves.raw == 0 else { return }
        numbers.remove(child.id)
        unsafe free[capacity - 1 - numbers.count] = UInt32(place)
        unsafe children[place] = Child(id: 0, tag: 0, leaves: .zero)
    }

    // MARK: State

    public func save(to writer: inout StateWriter) {
        writer.mark("children")
        writer.write(capacity)
        writer.write(live)
        for place in 0..<capacity {
            // Safe: below the capacity.
            let child = unsafe children[place]
            if child.id != 0 { writer.write(child) }
        }
        parents.save(to: &writer)
    }

    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("children")
        try reader.match(capacity, "room for children")
        let saved = try reader.readCount(upTo: capacity, "children")
        numbers.removeAll()
        for place in 0..<capacity {
            // Safe: below the capacity.
            unsafe children[place] = Child(id: 0, tag: 0, leaves: .zero)
            unsafe free[place] = UInt32(capacity - 1 - place)
        }
        for place in 0..<saved {
            let child = try reader.read(Child.self)
            guard child.leaves.raw > 0, numbers.insert(child.id, place) else {
                throw reader.error(.damaged, "child \(child.id) can't be")
            }
            // Safe: below the capacity.
            unsafe children[place] = child
        }
        try parents.restore(from: &reader)
    }
}
