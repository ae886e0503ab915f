// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - Pulling the plug
extension OuchClient {
    /// Takes back every new order that waits for the rate: `next` tells of each that it never arrived.
    ///
    /// Call `next` afterwards, with nothing read.
    public mutating func withdraw() { withdraws = true }

    /// Asks for the cancel of every order that may still trade, also of those that a cancel has been sent for.
    ///
    /// The cancels leave at the venue's rate, as any others do.
    ///
    /// - Returns: the orders that were asked for.
    @discardableResult
    public mutating func cancelAll(
        at now: Timestamp,
        into output: inout WireOutput,
        where isMeant: (OrderID) -> Bool = { _ in true }
    ) -> Int {
        skipEnded()
        var asked = 0
        for place in firstOpen..<max(count, firstOpen) {
            // Safe: places below `count` hold orders.
            let order = unsafe records[place]
            guard order.state == .sent || order.state == .live, isMeant(order.order) else { continue }
            asked += 1
            if order.wantsCancel { continue }
            guard cancels.append(place) else { break }
            unsafe records[place].wantsCancel = true
        }
        pump(at: now, into: &output)
        return asked
    }

    /// Gives `body` each order that may still trade, the oldest first; how many there are.
    ///
    /// Costs as much as there are orders behind the oldest one that may still trade.
    @discardableResult
    public mutating func forEachOpen(_ body: (OuchOrder) -> Void) -> Int {
        skipEnded()
        var open = 0
        for place in firstOpen..<max(count, firstOpen) {
            // Safe: places below `count` hold orders.
            let order = unsafe records[place]
            guard order.state != .ended else { continue }
            open += 1
            body(order)
        }
        return open
    }

    /// Ended orders never come back, so what lies before the first open one need not be looked at again.
    private mutating func skipEnded() {
        // Safe: below `count`.
        while firstOpen < count, unsafe records[firstOpen].state == .ended { firstOpen += 1 }
    }
}

extension WireOutput {
    /// Takes back every whole packet that enters or replaces an order; what has begun to leave is finished.
    ///
    /// - Parameter begun: bytes of the first waiting packet, when the packet's beginning has left already.
    /// - Returns: the packets taken back.
    public mutating func takeBackOrders(begun: Int) -> Int {
        var taken = 0
        var from = min(max(begun, 0), count)
        var to = from
        let waiting = count
        // Safe: every offset stays below the bytes that wait, which lie in the memory behind `base`.
        let start = unsafe base + self.taken
        while waiting - from >= 2 {
            let length =
                unsafe Int(start.load(fromByteOffset: from, as: UInt8.self)) << 8
                | Int(start.load(fromByteOffset: from + 1, as: UInt8.self))
            let size = min(length + 2, waiting - from)
            let isOrder =
                unsafe size >= 4 && start.load(fromByteOffset: from + 2, as: UInt8.self) == SoupType.unsequenced
                && [0x4F, 0x55].contains(start.load(fromByteOffset: from + 3, as: UInt8.self))
            if isOrder {
                taken += 1
            } else {
                if to != from { unsafe (start + to).copyMemory(from: start + from, byteCount: size) }
                to += size
            }
            from += size
        }
        takeBack(from - to)
        return taken
    }

    /// Bytes that a packet still has behind the first `sent` waiting bytes, when those end in its middle.
    ///
    /// - Parameters:
    ///   - sent: bytes that leave now.
    ///   - begun: bytes of the first waiting packet, when the packet's beginning has left already.
    /// - Returns: the bytes; 0 when they end with a packet.
    public func unfinished(after sent: Int, begun: Int) -> Int {
        var end = begun
        // Safe: as above.
        let start = unsafe base + taken
        while end < sent, count - end >= 2 {
            end +=
                2
                + (unsafe Int(start.load(fromByteOffset: end, as: UInt8.self)) << 8
                    | Int(start.load(fromByteOffset: end + 1, as: UInt8.self)))
        }
        return max(end - sent, 0)
    }
}
