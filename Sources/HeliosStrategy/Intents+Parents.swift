// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

// What a strategy wants worked by the system: the numbers come back with `Strategy.onParent`.
extension Intents {
    /// The first number of a parent order; the reduction desk's begin at twice this.
    public static let firstParent: UInt32 = 1 << 30
    /// Parent orders between two drains.
    public static let parentCapacity = 256

    /// Asks for a parent order to be worked.
    ///
    /// - Parameter request: its `strategy` is put in.
    /// - Returns: the parent's number, under which updates come back; 0 when there is no room.
    public mutating func work(_ request: ParentRequest) -> UInt32 { ask(.work, request, numbers: 1) }

    /// Asks for a position: the difference to what the strategy holds when the work begins is worked as a parent order, in place of an
    /// earlier target in the instrument, whose orders are cancelled first.
    ///
    /// - Parameters:
    ///   - position: negative when short.
    ///   - request: how; its side and quantity do not count.
    /// - Returns: the parent's number; 0 when there is no room.
    public mutating func target(_ position: Quantity, _ request: ParentRequest) -> UInt32 {
        var request = request
        request.quantity = position
        return ask(.target, request, numbers: 1)
    }

    /// Asks for two parent orders to be worked so that what one has done more than the other stays within a bound.
    ///
    /// - Parameters:
    ///   - first: a leg; its `end` is the pair's, its `takes` says whether the harder leg takes, too.
    ///   - second: the other leg.
    ///   - bound: what may be unhedged, in shares of `first`.
    /// - Returns: the number of `first`; that of `second` is one more, and what is given back when a leg fails two more. 0 without room.
    public mutating func workPair(_ first: ParentRequest, _ second: ParentRequest, bound: Quantity) -> UInt32 {
        guard parentCount + 2 <= Intents.parentCapacity else {
            overflows += 1
            return 0
        }
        var (first, second) = (first, second)
        first.algorithm = .leg
        first.parameter = bound.raw
        second.algorithm = .leg
        let number = ask(.pair, first, numbers: 3)
        if number != 0 { keep(second) }
        return number
    }

    /// Asks for the end of a parent order: what has traded stays, a hedge under way is finished.
    public mutating func cancelParent(_ number: UInt32) {
        let tag = OrderTag(strategy: strategy, group: number)
        let order = NewOrder(id: 0, instrument: .none, side: .buy, quantity: .zero, price: .zero, tag: tag)
        _ = push(Intent(.cancelParent, order), limit: 2 * capacity)
    }

    /// The number of a parent order that nobody has yet.
    public mutating func takeParentNumber() -> UInt32 {
        defer { nextParent += 1 }
        return nextParent
    }

    /// Asks for a child of a parent order; 0 when there is no room.
    @inlinable
    public mutating func submitChild(_ child: NewOrder) -> OrderID {
        var child = child
        child.id = nextOrderID
        child.tag.leg = OrderTag.childLeg
        return append(Intent(.order, child)) ? child.id : 0
    }

    /// Asks the dealers for prices for a part of a parent order.
    ///
    /// - Parameters:
    ///   - part: instrument, side, quantity and tag; its price is the limit that quotes must keep, zero for none.
    ///   - least: quotes for less don't count.
    /// - Returns: false when there is no room.
    public mutating func requestChildQuotes(_ part: NewOrder, least: Quantity) -> Bool {
        append(Intent(.quoteRequest, part, original: UInt64(max(least.raw, 0))))
    }

    /// Takes the best quote of a request for a parent order, for `part.quantity` at most; 0 when there is no room.
    public mutating func acceptChildQuote(_ request: UInt64, _ part: NewOrder) -> OrderID {
        var part = part
        part.id = nextOrderID
        return append(Intent(.quoteAccept, part, original: request)) ? part.id : 0
    }

    /// The request of a waiting intent.
    public func request(_ intent: Intent) -> ParentRequest { parentRequest(Int(intent.original)) }

    /// The second request of a waiting pair.
    public func secondRequest(_ intent: Intent) -> ParentRequest { parentRequest(Int(intent.original) + 1) }

    private mutating func ask(_ kind: Kind, _ request: ParentRequest, numbers: UInt32) -> UInt32 {
        guard parentCount < Intents.parentCapacity else {
            overflows += 1
            return 0
        }
        var request = request
        request.strategy = strategy
        let order = NewOrder(
            id: 0,
            instrument: request.instrument,
            side: request.side,
            quantity: request.quantity,
            price: request.limit,
            tag: OrderTag(strategy: strategy, group: nextParent)
        )
        guard push(Intent(kind, order, original: OrderID(parentCount)), limit: capacity) else { return 0 }
        keep(request)
        defer { nextParent += numbers }
        return nextParent
    }
}
