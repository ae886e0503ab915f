// SPDX-License-Identifier: MIT
import HeliosMarket

/// Takes the events of a feed, one by one.
public protocol Mdp3EventTaker: ~Copyable {
    mutating func take(_ event: Event)
}

/// Turns a channel's orders into the house's events, for a book order by order.
///
/// An order that grows, takes another price or another rank is deleted and added anew: that is its place in the queue. A
/// smaller size is a cancel, which keeps the place. Memory is reserved by `init`.
///
/// ```swift
/// struct Books: ~Copyable, Mdp3EventTaker {
///     var set: BookSet
///     mutating func take(_ event: Event) { _ = set.apply(event) }
/// }
/// var orders = Mdp3Orders(into: Books(set: try BookSet()), venue: Venue(id: 1), instruments: 4_096)
/// feed.incremental(datagram, into: &orders)
/// ```
public struct Mdp3Orders<Taker: Mdp3EventTaker & ~Copyable>: ~Copyable, Mdp3Sink {
    /// Where the events go.
    public var taker: Taker
    @usableFromInline let venue: Venue
    @usableFromInline var table: Mdp3OrderTable
    @usableFromInline var sequence: UInt64 = 0
    /// Orders that found no room, and changes of orders that aren't known.
    @inlinable
    public var faults: UInt64 { faultsNow }
    @usableFromInline var faultsNow: UInt64 = 0

    /// No orders yet.
    ///
    /// - Parameters:
    ///   - taker: Where the events go.
    ///   - venue: What the events carry.
    ///   - instruments: Instruments of the feed.
    ///   - orders: Orders that may be alive at once.
    @inlinable
    public init(into taker: consuming Taker, venue: Venue, instruments: Int, orders: Int = 1 << 16) {
        self.taker = taker
        self.venue = venue
        table = Mdp3OrderTable(instruments: instruments, orders: orders)
    }

    /// Orders alive.
    @inlinable
    public var orderCount: Int { table.count }

    // MARK: Changes

    @inlinable
    public mutating func order(_ change: Mdp3OrderChange) -> Bool {
        guard change.instrument.index < table.instruments else {
            faultsNow += 1
            return false
        }
        let known = table.find(change.orderID)
        let isDone: Bool
        if change.action == .delete {
            isDone = delete(change, known)
        } else if change.action == .new || change.action == .update {
            isDone = put(change, known)
        } else {
            isDone = false
        }
        if !isDone { faultsNow += 1 }
        return isDone
    }

    @inlinable
    mutating func delete(_ change: Mdp3OrderChange, _ known: Int?) -> Bool {
        guard let known else { return false }
        emit(.deleteOrder, table.nodes[known], .zero, change.time)
        table.remove(known)
        return true
    }

    @inlinable
    mutating func put(_ change: Mdp3OrderChange, _ known: Int?) -> Bool {
        guard let price = change.price, change.size > 0, change.size <= Int64.max / Quantity.scale else {
            return change.size <= 0 && known != nil && delete(change, known)
        }
        let node = Mdp3OrderNode(
            orderID: change.orderID,
            price: price,
            size: change.size,
            priority: change.priority,
            instrument: change.instrument,
            side: change.side
        )
        guard let known else { return add(node, change.time) }
        guard change.action == .update else { return false }
        let old = table.nodes[known]
        let keepsPlace =
            old.price == price && old.side == node.side && old.priority == node.priority
            && old.instrument == node.instrument
        if keepsPlace, change.size <= old.size {
            if change.size < old.size {
                emit(.cancelOrder, old, Quantity(raw: (old.size - change.size) * Quantity.scale), change.time)
            }
            table.nodes[known].size = change.size
            return true
        }
        emit(.deleteOrder, old, .zero, change.time)
        table.remove(known)
        return add(node, change.time)
    }

    @inlinable
    mutating func add(_ node: Mdp3OrderNode, _ time: UInt64) -> Bool {
        guard table.insert(node) else { return false }
        emit(.addOrder, node, Quantity(raw: node.size * Quantity.scale), time)
        return true
    }

    @inlinable
    public mutating func clearOrders(_ instrument: Instrument) {
        guard instrument.index < table.instruments else { return }
        table.removeAll(of: instrument)
        let node = Mdp3OrderNode(orderID: 0, price: .zero, size: 0, priority: 0, instrument: instrument, side: .buy)
        emit(.clearBook, node, .zero, 0)
    }

    @inlinable
    mutating func emit(_ kind: EventKind, _ node: Mdp3OrderNode, _ quantity: Quantity, _ time: UInt64) {
        sequence += 1
        let event = Event(
            eventTime: Timestamp(nanoseconds: Int64(clamping: time)),
            sequence: sequence,
            orderID: node.orderID,
            price: kind == .addOrder ? node.price : .zero,
            quantity: quantity,
            instrument: node.instrument,
            venue: venue,
            kind: kind,
            flags: node.side == .sell ? .sell : []
        )
        taker.take(event)
    }
}

/// An order that is alive.
@frozen
@usableFromInline
struct Mdp3OrderNode: BitwiseCopyable {
    @usableFromInline var orderID: UInt64
    @usableFromInline var price: Price
    @usableFromInline var size: Int64
    @usableFromInline var priority: UInt64
    @usableFromInline var instrument: Instrument
    @usableFromInline var side: Side
    /// Neighbours among the orders of the instrument, or the next free place; -1 for none.
    @usableFromInline var previous: Int32 = -1
    @usableFromInline var next: Int32 = -1

    @inlinable
    init(orderID: UInt64, price: Price, size: Int64, priority: UInt64, instrument: Instrument, side: Side) {
        self.orderID = orderID
        self.price = price
        self.size = size
        self.priority = priority
        self.instrument = instrument
        self.side = side
    }
}

/// Orders by their number and by their instrument, in a fixed number of places.
@frozen
@usableFromInline
struct Mdp3OrderTable: ~Copyable {
    @usableFromInline var nodes: Mdp3Array<Mdp3OrderNode>
    /// Places plus one, by hash; 0 is free.
    @usableFromInline var table: Mdp3Array<UInt32>
    /// The first order of each instrument.
    @usableFromInline var heads: Mdp3Array<Int32>
    @usableFromInline var free: Int32
    @usableFromInline var count = 0
    @usableFromInline var instruments: Int { @inlinable get { heads.count } }

    @inlinable
    init(instruments: Int, orders: Int) {
        let orders = min(max(orders, 1), 1 << 24)
        var size = 16
        while size < orders * 2 { size *= 2 }
        let none = Mdp3OrderNode(
            orderID: 0,
            price: .zero,
            size: 0,
            priority: 0,
            instrument: .none,
            side: .buy
        )
        nodes = Mdp3Array(none, count: orders)
        table = Mdp3Array(0, count: size)
        heads = Mdp3Array(-1, count: min(max(instruments, 1), 1 << 24))
        free = 0
        for index in 0..<orders - 1 { nodes[index].next = Int32(index + 1) }
    }

    @inlinable
    func home(_ orderID: UInt64) -> Int {
        // Wrapping is meant: a multiplicative hash, whose high bits are the good ones.
        Int(truncatingIfNeeded: (orderID &* 0x9E37_79B9_7F4A_7C15) >> 32) & (table.count - 1)
    }

    @inlinable
    func place(_ orderID: UInt64) -> Int {
        var index = home(orderID)
        // The table is at most half full: a free place ends the search.
        while table[index] != 0, nodes[Int(table[index]) - 1].orderID != orderID {
            index = (index + 1) & (table.count - 1)
        }
        return index
    }

    @inlinable
    func find(_ orderID: UInt64) -> Int? {
        let number = table[place(orderID)]
        return number == 0 ? nil : Int(number) - 1
    }

    /// Keeps an order that is not known yet; false when there is no room.
    @inlinable
    mutating func insert(_ node: Mdp3OrderNode) -> Bool {
        guard free >= 0, node.instrument.index < heads.count else { return false }
        let index = Int(free)
        free = nodes[index].next
        nodes[index] = node
        let head = heads[node.instrument.index]
        nodes[index].previous = -1
        nodes[index].next = head
        if head >= 0 { nodes[Int(head)].previous = Int32(index) }
        heads[node.instrument.index] = Int32(index)
        table[place(node.orderID)] = UInt32(index + 1)
        count += 1
        return true
    }

    @inlinable
    mutating func remove(_ index: Int) {
        unlist(nodes[index].orderID)
        let node = nodes[index]
        if node.previous >= 0 {
            nodes[Int(node.previous)].next = node.next
        } else {
            heads[node.instrument.index] = node.next
        }
        if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
        nodes[index].next = free
        free = Int32(index)
        count -= 1
    }

    @inlinable
    mutating func removeAll(of instrument: Instrument) {
        while heads[instrument.index] >= 0 { remove(Int(heads[instrument.index])) }
    }

    /// Takes a number out of the hash; those behind it in the same run of places move up.
    @inlinable
    mutating func unlist(_ orderID: UInt64) {
        let mask = table.count - 1
        var hole = place(orderID)
        var next = (hole + 1) & mask
        while table[next] != 0 {
            let origin = home(nodes[Int(table[next]) - 1].orderID)
            // What stands at `next` may fill the hole unless its home lies between the two.
            if (next - origin) & mask >= (next - hole) & mask {
                table[hole] = table[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        table[hole] = 0
    }
}
