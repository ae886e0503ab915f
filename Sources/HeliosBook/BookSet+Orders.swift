// SPDX-License-Identifier: MIT
import HeliosMarket

/// The table and the pool of orders. Orders are named by the byte offset of their record in the pool; 0 is nobody.
extension BookSet {
    /// The place of a reference in the table: the reference itself, moved on by a hash of its high bits, so that
    /// neighbours stay neighbours while references that share their low bits do not meet.
    @inlinable
    @inline(__always)
    func slot(_ id: OrderID) -> Int {
        // Wraps by intent: a hash. Safe as an index: not greater than `slotMask`.
        Int(truncatingIfNeeded: (id &+ ((id &>> 20) &* 0x9E37_79B9_7F4A_7C15) &>> 32) & slotMask)
    }

    // Safe: every offset in a link, a table slot or a free list was given out by `takeOrder`, or is 0.
    @inlinable
    @inline(__always)
    func order(at offset: UInt32) -> UnsafeMutablePointer<OrderRecord> {
        unsafe (orders + Int(offset)).assumingMemoryBound(to: OrderRecord.self)
    }

    /// The order's record, or 0.
    @inlinable
    @inline(__always)
    func find(_ id: OrderID) -> UInt32 {
        var order = unsafe heads[slot(id)]
        while order != 0, unsafe self.order(at: order).pointee.id != id {
            order = unsafe self.order(at: order).pointee.chain
        }
        return order
    }

    @inlinable
    @inline(__always)
    func isListed(_ id: OrderID, from first: UInt32) -> Bool {
        var order = first
        while order != 0 {
            if unsafe self.order(at: order).pointee.id == id { return true }
            order = unsafe self.order(at: order).pointee.chain
        }
        return false
    }

    /// Takes the order out of the table; its record, or 0 when it is not there.
    @inlinable
    @inline(__always)
    mutating func unlist(_ id: OrderID) -> UInt32 {
        let place = slot(id)
        let first = unsafe heads[place]
        let record = unsafe self.order(at: first)
        // Record 0 is nobody's but might hold any number: the test comes second because it is nearly always true.
        if unsafe record.pointee.id == id, first != 0 {
            unsafe heads[place] = record.pointee.chain
            return first
        }
        return unlistFurther(id, first)
    }

    @inlinable
    @inline(never)
    mutating func unlistFurther(_ id: OrderID, _ first: UInt32) -> UInt32 {
        var before = first
        while before != 0 {
            let order = unsafe self.order(at: before).pointee.chain
            if unsafe order != 0 && self.order(at: order).pointee.id == id {
                unsafe self.order(at: before).pointee.chain = self.order(at: order).pointee.chain
                return order
            }
            before = order
        }
        return 0
    }

    @inlinable
    @inline(__always)
    mutating func takeOrder() -> UInt32 {
        let order = freeOrder
        if order != 0 {
            freeOrder = unsafe self.order(at: order).pointee.next
            return order
        }
        guard usedOrders < orderLimit else { return 0 }
        usedOrders &+= UInt32(MemoryLayout<OrderRecord>.stride)
        return usedOrders
    }

    @inlinable
    @inline(__always)
    mutating func giveBack(_ order: UInt32) {
        unsafe self.order(at: order).pointee.next = freeOrder
        freeOrder = order
    }
}
