// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// P16: our own live orders by instrument, side and price, whoever of the house sent them: an order that would meet one of them
/// must not go out.
///
/// ```swift
/// var own = OwnOrders(instruments: 1_000, capacity: 50_000)
/// guard own.hasRoom else { … }                                  // refuse
/// let meeting = own.meeting(order, mode: policy.selfTrade)      // pure
/// if meeting.isRefused { … }
/// own.forEachCrossing(order) { id, leaves in … }                // those to cancel, when `meeting.cancels` says so
/// _ = own.add(order)                                            // once it is cleared
/// own.reduce(id, by: quantity)                                  // a fill, or a cancel of a part
/// own.remove(id)                                                // a report that ends it
/// ```
/// An order is live until a report ends it: a cancel on its way changes nothing, because the order may fill first. Orders stand
/// in a list for each instrument and side, the best price first, equal prices in the order in which they came. Looking at the
/// best costs one step; adding walks past the better prices.
@safe
package struct OwnOrders {
    struct Node: BitwiseCopyable {
        var id: OrderID = 0
        var price = Price.zero
        var quantity = Quantity.zero
        /// The list: instrument × 2 + side.
        var list: UInt32 = 0
        /// Neighbours in the list; `next` chains the free nodes too.
        var next: UInt32 = OwnOrders.none
        var previous: UInt32 = OwnOrders.none
        var reserved: UInt32 = 0
    }

    static let none = UInt32.max

    let nodes: UnsafeMutablePointer<Node>
    /// The best node of each list.
    let heads: UnsafeMutablePointer<UInt32>
    var numbers: NumberTable
    var free: UInt32 = 0
    /// The number of instruments.
    package let instruments: Int
    /// The most live orders.
    package let capacity: Int

    /// - Parameters:
    ///   - instruments: numbers 0 to `instruments` − 1.
    ///   - capacity: the most live orders.
    package init(instruments: Int, capacity: Int) {
        self.instruments = max(instruments, 0)
        self.capacity = min(max(capacity, 1), Int(OwnOrders.none) - 1)
        unsafe nodes = .allocate(capacity: self.capacity)
        unsafe nodes.initialize(repeating: Node(), count: self.capacity)
        unsafe heads = .allocate(capacity: self.instruments * 2 + 1)
        unsafe heads.initialize(repeating: OwnOrders.none, count: self.instruments * 2 + 1)
        numbers = NumberTable(capacity: self.capacity)
        chainFree()
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() {
        unsafe nodes.deallocate()
        unsafe heads.deallocate()
        numbers.deallocate()
    }

    /// Tells the processor that the lists of an instrument will be looked at soon.
    @inline(__always)
    func prefetch(_ instrument: Instrument) {
        // Safe: a hint; any address is allowed.
        unsafe helios_prefetch(heads + instrument.index * 2)
    }

    // MARK: Reading

    /// Live orders.
    package var count: Int { numbers.count }

    /// Whether one more can be live; else the order must be refused.
    package var hasRoom: Bool { numbers.count < capacity }

    /// Whether order `id` is live, and how much of it.
    package func leaves(_ id: OrderID) -> Quantity? {
        guard let place = numbers[id] else { return nil }
        // Safe: the table gives places of nodes.
        return unsafe nodes[place].quantity
    }

    /// The best own price on the other side of `side`: the lowest sell for a buy; nil when there is none.
    package func bestOpposite(_ instrument: Instrument, _ side: Side) -> Price? {
        let node = head(instrument, side.opposite)
        // Safe: a list's nodes are places of the pool.
        return node == OwnOrders.none ? nil : unsafe nodes[Int(node)].price
    }

    /// The first own live order that `order` would meet at its price; nil when it meets none.
    package func crossing(_ order: NewOrder) -> OrderID? {
        let node = head(order.instrument, order.side.opposite)
        guard node != OwnOrders.none, isCrossed(node, order) else { return nil }
        // Safe: a place of the pool.
        return unsafe nodes[Int(node)].id
    }

    /// Calls `body` for each own live order that `order` would meet at its price, the best price first.
    package func forEachCrossing(_ order: NewOrder, _ body: (OrderID, Quantity) -> Void) {
        var node = head(order.instrument, order.side.opposite)
        while node != OwnOrders.none, isCrossed(node, order) {
            // Safe: a place of the pool.
            let own = unsafe nodes[Int(node)]
            body(own.id, own.quantity)
            node = own.next
        }
    }

    /// What is to be done with an order that may meet our own.
    package func meeting(_ order: NewOrder, mode: SelfTradeMode) -> OwnMeeting {
        guard let first = crossing(order) else { return OwnMeeting(remaining: order.quantity) }
        var left = order.quantity
        forEachCrossing(order) { _, quantity in left = Quantity(raw: left.raw - min(left.raw, quantity.raw)) }
        return OwnMeeting(first: first, price: leading(order), mode: mode, remaining: left)
    }

    private func leading(_ order: NewOrder) -> Price { bestOpposite(order.instrument, order.side) ?? .zero }

    private func head(_ instrument: Instrument, _ side: Side) -> UInt32 {
        guard instrument.index < instruments else { return OwnOrders.none }
        // Safe: two lists for each instrument.
        return unsafe heads[instrument.index * 2 + Int(side.rawValue)]
    }

    private func isCrossed(_ node: UInt32, _ order: NewOrder) -> Bool {
        // Safe: a place of the pool.
        let price = unsafe nodes[Int(node)].price
        return order.side == .buy ? order.price >= price : order.price <= price
    }

    // MARK: Changing

    /// Takes an order that was cleared, with the price at which it travels.
    ///
    /// False, and nothing changed, for an unknown instrument, a quantity that is not positive, a number that is zero or live,
    /// and when all places are taken.
    package mutating func add(_ order: NewOrder) -> Bool {
        guard order.instrument.index < instruments, order.quantity.raw > 0, free != OwnOrders.none else { return false }
        let place = free
        guard numbers.insert(order.id, Int(place)) else { return false }
        let list = UInt32(truncatingIfNeeded: order.instrument.index * 2 + Int(order.side.rawValue))
        // Safe: `free` is a place of the pool, `list` one of the heads.
        free = unsafe nodes[Int(place)].next
        unsafe nodes[Int(place)] = Node(id: order.id, price: order.price, quantity: order.quantity, list: list)
        link(place, isBuy: order.side == .buy)
        return true
    }

    /// Takes a fill or the cancel of a part; an order of which nothing is left is removed.
    package mutating func reduce(_ id: OrderID, by quantity: Quantity) {
        guard quantity.raw > 0, let place = numbers[id] else { return }
        // Safe: the table gives places of nodes.
        if unsafe quantity.raw >= nodes[place].quantity.raw { return remove(id) }
        unsafe nodes[place].quantity -= quantity
    }

    /// Takes the end of an order; nothing happens for one that is not live.
    package mutating func remove(_ id: OrderID) {
        guard let place = numbers[id] else { return }
        numbers.remove(id)
        // Safe: the table gives places of nodes, and neighbours are places of nodes.
        let node = unsafe nodes[place]
        if node.previous == OwnOrders.none {
            unsafe heads[Int(node.list)] = node.next
        } else {
            unsafe nodes[Int(node.previous)].next = node.next
        }
        if node.next != OwnOrders.none { unsafe nodes[Int(node.next)].previous = node.previous }
        unsafe nodes[place] = Node()
        unsafe nodes[place].next = free
        free = UInt32(place)
    }

    /// Puts a node behind all that are as good or better.
    private mutating func link(_ place: UInt32, isBuy: Bool) {
        // Safe: all are places of the pool, `list` is one of the heads.
        let (list, price) = unsafe (Int(nodes[Int(place)].list), nodes[Int(place)].price)
        var before = OwnOrders.none
        var after = unsafe heads[list]
        while after != OwnOrders.none {
            let other = unsafe nodes[Int(after)]
            if isBuy ? other.price < price : other.price > price { break }
            before = after
            after = other.next
        }
        unsafe nodes[Int(place)].previous = before
        unsafe nodes[Int(place)].next = after
        if before == OwnOrders.none { unsafe heads[list] = place } else { unsafe nodes[Int(before)].next = place }
        if after != OwnOrders.none { unsafe nodes[Int(after)].previous = place }
    }

    private mutating func chainFree() {
        // Safe: places 0 to `capacity` − 1.
        for place in 0..<capacity {
            unsafe nodes[place] = Node()
            unsafe nodes[place].next = place + 1 < capacity ? UInt32(place + 1) : OwnOrders.none
        }
        unsafe heads.update(repeating: OwnOrders.none, count: instruments * 2 + 1)
        free = 0
    }

    // MARK: State

    /// Appends the live orders, list by list, the best first.
    package func save(to writer: inout StateWriter) {
        writer.mark("own")
        writer.write(instruments)
        writer.write(capacity)
        writer.write(count)
        for list in 0..<instruments * 2 {
            // Safe: two lists for each instrument; nodes are places of the pool.
            var node = unsafe heads[list]
            while node != OwnOrders.none {
                let own = unsafe nodes[Int(node)]
                writer.write(SavedOwnOrder(id: own.id, price: own.price, quantity: own.quantity, list: UInt64(list)))
                node = own.next
            }
        }
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("own")
        try reader.match(instruments, "instruments of P16")
        try reader.match(capacity, "room for own orders")
        let saved = try reader.readCount(upTo: capacity, "own orders")
        numbers.removeAll()
        chainFree()
        for _ in 0..<saved {
            let own = try reader.read(SavedOwnOrder.self)
            let order = NewOrder(
                id: own.id,
                instrument: Instrument(id: UInt32(truncatingIfNeeded: own.list / 2)),
                side: own.list % 2 == 0 ? .buy : .sell,
                quantity: own.quantity,
                price: own.price,
                tag: OrderTag(packed: 0)
            )
            // `add` looks at the quantity, the number and the instrument.
            guard own.list < UInt64(instruments * 2), add(order) else {
                throw reader.error(.damaged, "own order \(own.id) can't be")
            }
        }
    }
}

/// What is to be done with an order, as our own live orders stand.
package struct OwnMeeting: Equatable {
    /// The first own order that it would meet; nil when it meets none.
    package var first: OrderID?
    /// That order's price.
    package var price = Price.zero
    /// The order must not go out as it is.
    ///
    /// For `decrement` too where nothing of it would be left.
    package var isRefused = false
    /// All orders of `forEachCrossing` are to be cancelled.
    package var cancels = false
    /// What of the order would not meet our own: all of it when it meets none, what may go out for `decrement`.
    ///
    /// Until the cancels are acknowledged only the venue's own prevention keeps this part from meeting them.
    package var remaining: Quantity

    init(remaining: Quantity) { self.remaining = remaining }

    init(first: OrderID, price: Price, mode: SelfTradeMode, remaining: Quantity) {
        self.first = first
        self.price = price
        self.remaining = remaining
        switch mode {
        case .cancelNewest: isRefused = true
        case .cancelOldest, .cancelBoth:
            isRefused = true
            cancels = true
        case .decrement:
            isRefused = remaining.raw == 0
            cancels = true
        }
    }
}

/// A live order as plain numbers without gaps.
private struct SavedOwnOrder: BitwiseCopyable {
    let id: UInt64
    let price: Price
    let quantity: Quantity
    let list: UInt64
}
