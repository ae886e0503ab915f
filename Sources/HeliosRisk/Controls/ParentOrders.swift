// SPDX-License-Identifier: MIT
import HeliosMarket

/// P09: what the children of each parent order may still do.
///
/// ```swift
/// var parents = ParentOrders(capacity: 65_536)
/// parents.open(ParentOrder(strategy: 3, number: 17, stock, .buy, Quantity(10_000), until: end))
/// if let fault = parents.fault(child) { … }            // pure; a child is an order whose tag's group is the parent's number
/// parents.sent(child.tag, child.quantity)              // once it is cleared
/// parents.filled(tag, quantity, releasing: released)   // `OrderUpdate.quantity`, `.released`
/// parents.released(tag, released)                      // a report that ends it
/// parents.close(tag)                                   // no more children; forgotten when its last child has ended
/// ```
/// Always: `filled + open + quantity ≤ parent's quantity` for what passes. A parent is named by its strategy and its number.
@safe
package struct ParentOrders {
    let slots: UnsafeMutablePointer<ParentOrder>
    /// Places of free slots, as a stack.
    let free: UnsafeMutablePointer<UInt32>
    var numbers: NumberTable
    /// The most parents at once.
    package let capacity: Int

    package init(capacity: Int) {
        self.capacity = max(capacity, 1)
        unsafe slots = .allocate(capacity: self.capacity)
        unsafe free = .allocate(capacity: self.capacity)
        numbers = NumberTable(capacity: self.capacity)
        for place in 0..<self.capacity {
            // Safe: below the capacity.
            unsafe (slots + place).initialize(to: ParentOrder.vacant)
            unsafe (free + place).initialize(to: UInt32(self.capacity - 1 - place))
        }
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() {
        unsafe slots.deallocate()
        unsafe free.deallocate()
        numbers.deallocate()
    }

    // MARK: Reading

    /// Parents that are open, or whose children are.
    package var count: Int { numbers.count }

    /// The parent of a tag's strategy and group; nil when there is none.
    package func parent(_ tag: OrderTag) -> ParentOrder? {
        guard let place = numbers[ParentOrders.key(tag)] else { return nil }
        // Safe: the table gives places of slots.
        return unsafe slots[place]
    }

    /// Why a child may not be sent; nil when it may.
    package func fault(_ child: NewOrder) -> ParentFault? {
        guard let parent = parent(child.tag), !parent.isClosed else { return ParentFault(.unknown) }
        guard parent.instrument == child.instrument, parent.side == child.side else { return ParentFault(.otherTerms) }
        let sum = Int128(parent.filled.raw) + Int128(parent.open.raw) + Int128(child.quantity.raw)
        if sum <= Int128(parent.quantity.raw) { return nil }
        return ParentFault(.aboveQuantity, value: sum, limit: Int128(parent.quantity.raw))
    }

    // MARK: Changing

    /// Begins a parent order; false, and nothing changed, when its number is in use, its quantity is not positive, or there is
    /// no room.
    @discardableResult
    package mutating func open(_ parent: ParentOrder) -> Bool {
        guard parent.quantity.raw > 0, numbers.count < capacity else { return false }
        // Safe: as many places on the stack as the table has room for.
        let place = unsafe Int(free[capacity - 1 - numbers.count])
        guard numbers.insert(ParentOrders.key(parent.tag), place) else { return false }
        var fresh = parent
        fresh.filled = .zero
        fresh.open = .zero
        fresh.isClosed = false
        unsafe slots[place] = fresh
        return true
    }

    /// Counts a child that was cleared as open.
    package mutating func sent(_ tag: OrderTag, _ quantity: Quantity) {
        change(tag) { $0.open = $0.open.adding(quantity) }
    }

    /// Takes a fill of a child: `releasing` of it was open, the rest (an overfill) comes on top.
    package mutating func filled(_ tag: OrderTag, _ quantity: Quantity, releasing: Quantity) {
        change(tag) {
            $0.open = $0.open.taking(releasing)
            $0.filled = $0.filled.adding(quantity)
        }
    }

    /// Takes a child's execution back: the parent may trade it once more.
    package mutating func broken(_ tag: OrderTag, _ quantity: Quantity) {
        change(tag) { $0.filled = $0.filled.taking(quantity) }
    }

    /// Takes the end of a child: what was open of it is free again.
    package mutating func released(_ tag: OrderTag, _ quantity: Quantity) {
        change(tag) { $0.open = $0.open.taking(quantity) }
    }

    /// Ends a parent: it takes no more children.
    ///
    /// It is forgotten, and its number free, when its last child has ended.
    package mutating func close(_ tag: OrderTag) { change(tag) { $0.isClosed = true } }

    private mutating func change(_ tag: OrderTag, _ body: (inout ParentOrder) -> Void) {
        guard let place = numbers[ParentOrders.key(tag)] else { return }
        // Safe: the table gives places of slots.
        unsafe body(&slots[place])
        guard unsafe slots[place].isClosed, unsafe slots[place].open.raw == 0 else { return }
        numbers.remove(ParentOrders.key(tag))
        unsafe slots[place] = .vacant
        unsafe free[capacity - 1 - numbers.count] = UInt32(place)
    }

    /// Strategy and number in one word, never zero.
    private static func key(_ tag: OrderTag) -> UInt64 {
        UInt64(tag.strategy) << 32 | UInt64(tag.group) | 1 << 63
    }

    // MARK: State

    package func save(to writer: inout StateWriter) {
        writer.mark("parents")
        writer.write(capacity)
        writer.write(count)
        for place in 0..<capacity {
            // Safe: below the capacity.
            let parent = unsafe slots[place]
            if parent.quantity.raw > 0 { writer.write(SavedParent(parent)) }
        }
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("parents")
        try reader.match(capacity, "room for parent orders")
        let saved = try reader.readCount(upTo: capacity, "parent orders")
        numbers.removeAll()
        for place in 0..<capacity {
            // Safe: below the capacity.
            unsafe slots[place] = .vacant
            unsafe free[place] = UInt32(capacity - 1 - place)
        }
        for place in 0..<saved {
            guard let parent = try reader.read(SavedParent.self).parent, open(parent) else {
                throw reader.error(.damaged, "parent order \(place) can't be")
            }
            // Safe: the stack gave the places from 0 on.
            unsafe slots[place] = parent
        }
    }
}

/// A large order that is worked by children.
package struct ParentOrder: BitwiseCopyable, Sendable, Equatable {
    /// The strategy that opened it, and its number there: the `group` of its children's tags.
    package var tag: OrderTag
    package var instrument: Instrument
    package var side: Side
    package var quantity: Quantity
    /// Until when it is meant to be done.
    package var horizonEnd: Timestamp
    /// Filled by its children.
    package internal(set) var filled = Quantity.zero
    /// Sent by its children and not known dead.
    package internal(set) var open = Quantity.zero
    /// It takes no more children.
    package internal(set) var isClosed = false

    package init(
        strategy: UInt16,
        number: UInt32,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        until horizonEnd: Timestamp
    ) {
        tag = OrderTag(strategy: strategy, group: number)
        self.instrument = instrument
        self.side = side
        self.quantity = quantity
        self.horizonEnd = horizonEnd
    }

    /// What is not filled yet; never below zero.
    package var remaining: Quantity { quantity.taking(filled) }

    static let vacant = ParentOrder(strategy: 0, number: 0, .none, .buy, .zero, until: .zero)
}

/// Why a child may not be sent.
package struct ParentFault: Equatable {
    package enum Reason: Sendable {
        /// No such parent, or it was closed.
        case unknown
        /// Another instrument or side than the parent's.
        case otherTerms
        /// Filled, open and this one are more than the parent's quantity: `value` and `limit`, raw quantities.
        case aboveQuantity
    }

    package var reason: Reason
    package var value: Int128
    package var limit: Int128

    init(_ reason: Reason, value: Int128 = 0, limit: Int128 = 0) {
        self.reason = reason
        self.value = value
        self.limit = limit
    }
}

extension Quantity {
    /// The sum, or the end of the range.
    func adding(_ other: Quantity) -> Quantity {
        let (sum, overflow) = raw.addingReportingOverflow(max(other.raw, 0))
        return Quantity(raw: overflow ? .max : sum)
    }

    /// The difference of two quantities that are not negative, at least zero.
    func taking(_ other: Quantity) -> Quantity { Quantity(raw: raw - min(max(other.raw, 0), raw)) }
}

/// A parent as plain numbers without gaps.
private struct SavedParent: BitwiseCopyable {
    let tag: UInt64
    let quantity: Quantity
    let filled: Quantity
    let open: Quantity
    let horizonEnd: Timestamp
    let instrument: UInt32
    let flags: UInt32

    init(_ parent: ParentOrder) {
        tag = parent.tag.packed
        quantity = parent.quantity
        filled = parent.filled
        open = parent.open
        horizonEnd = parent.horizonEnd
        instrument = parent.instrument.id
        flags = UInt32(parent.side.rawValue) | (parent.isClosed ? 2 : 0)
    }

    var parent: ParentOrder? {
        guard flags < 4, min(filled, open).raw >= 0, quantity.raw > 0, flags < 2 || open.raw > 0 else { return nil }
        let tag = OrderTag(packed: tag)
        var parent = ParentOrder(
            strategy: tag.strategy,
            number: tag.group,
            Instrument(id: instrument),
            flags & 1 == 0 ? .buy : .sell,
            quantity,
            until: horizonEnd
        )
        parent.filled = filled
        parent.open = open
        parent.isClosed = flags & 2 != 0
        return parent
    }
}
