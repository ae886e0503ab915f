// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// What a strategy wants done: orders and cancels, in the order in which it asked.
///
/// A strategy writes here and nowhere else. The engine takes each intent through the risk gate after the strategy has
/// returned; what became of it comes back as an `OrderUpdate`. Room is reserved at the start: an intent that does not
/// fit is refused at once and counted. Orders take at most `capacity` places and cancels find as many more, so that a strategy
/// that asks for too many orders keeps nobody from cancelling.
@safe
public struct Intents: ~Copyable {
    /// What is wished for.
    @frozen
    public enum Kind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// A new order.
        case order = 0
        /// The end of an order; carries its number only.
        case cancel = 1
        /// Other terms for an order: the new order's, with its number; the old one's number stands beside it.
        case replace = 2
        /// A parent order; its request stands beside it (`request`).
        case work = 3
        /// A position, to be reached by a parent order.
        case target = 4
        /// The end of a parent order, whose number is the tag's group.
        case cancelParent = 5
        /// Two parent orders that hedge each other.
        case pair = 6
        /// A request for quotes; takes no order number.
        case quoteRequest = 16
        /// A new order that takes the best quote of request `original`.
        case quoteAccept = 17

        /// Whether it asks for an order, which takes a number.
        @inlinable
        public var isOrder: Bool { self == .order || self == .replace || self == .quoteAccept }
    }

    /// One wish.
    @frozen
    public struct Intent: Sendable, BitwiseCopyable {
        public var order: NewOrder
        /// Of a replacement: the number of the order that it takes the place of; of a request for quotes the least that counts, raw,
        /// 0 for all of it; of the quote that is taken the request's number.
        public var original: OrderID
        public var kind: Kind

        @inlinable
        public init(_ kind: Kind, _ order: NewOrder, original: OrderID = 0) {
            self.order = order
            self.original = original
            self.kind = kind
        }

        @inlinable
        public var isCancel: Bool { kind == .cancel }
    }

    @usableFromInline let storage: UnsafeMutablePointer<Intent>
    /// How many orders fit between two drains, if nothing is cancelled; with cancels twice as many intents do.
    public let capacity: Int
    /// Intents waiting.
    public internal(set) var count = 0
    /// Intents that did not fit.
    public internal(set) var overflows = 0
    /// The number that the next order gets.
    public private(set) var nextOrderID: OrderID
    /// Stamped on each order's tag; set by whoever runs several strategies.
    public var strategy: UInt16 = 0
    private let requests: UnsafeMutablePointer<ParentRequest>
    /// Requests of waiting intents.
    private(set) var parentCount = 0
    /// The number that the next parent order gets.
    public internal(set) var nextParent = Intents.firstParent

    /// - Parameters:
    ///   - capacity: orders between two drains.
    ///   - firstOrderID: the number of the first order.
    public init(capacity: Int = 4_096, firstOrderID: OrderID = 1) {
        self.capacity = max(capacity, 1)
        nextOrderID = max(firstOrderID, 1)
        unsafe storage = .allocate(capacity: 2 * self.capacity)
        // One more than can be asked for: the second leg of a pair stands behind the first.
        unsafe requests = .allocate(capacity: Intents.parentCapacity + 1)
    }

    deinit {
        unsafe storage.deallocate()
        unsafe requests.deallocate()
    }

    /// Asks for an order.
    ///
    /// - Parameters:
    ///   - instrument: what to trade.
    ///   - side: buy or sell.
    ///   - quantity: above zero.
    ///   - price: the limit; for a market order ignored.
    ///   - timeInForce: how long it may work.
    ///   - type: limit or market.
    ///   - venue: where it goes, of several venues; 0 for the first.
    ///   - group: the strategy's own number for what the order belongs to.
    ///   - leg: the strategy's own number within the group.
    ///   - expireDay: the last day of a `goodTillDate` order (`Timestamp.dayNumber`).
    /// - Returns: the order's number, under which updates come back; 0 when there is no room.
    @inlinable
    public mutating func submit(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        at price: Price,
        timeInForce: TimeInForce = .day,
        type: OrderType = .limit,
        venue: Venue = Venue(id: 0),
        group: UInt32 = 0,
        leg: UInt16 = 0,
        expireDay: UInt32 = 0
    ) -> OrderID {
        let id = nextOrderID
        var order = NewOrder(
            id: id,
            instrument: instrument,
            side: side,
            type: type,
            timeInForce: timeInForce,
            quantity: quantity,
            price: price,
            tag: OrderTag(strategy: strategy, group: group, leg: leg),
            expireDay: expireDay
        )
        order.venue = venue
        return append(Intent(.order, order)) ? id : 0
    }

    /// Asks for the cancel of what is left of an order.
    ///
    /// An order that is no longer working is answered by an update.
    @inlinable
    public mutating func cancel(_ id: OrderID) {
        let order = NewOrder(
            id: id,
            instrument: .none,
            side: .buy,
            quantity: .zero,
            price: .zero,
            tag: OrderTag(strategy: strategy)
        )
        _ = append(Intent(.cancel, order))
    }

    /// Asks for other terms for what is left of an order: another order takes its place, and its place in the queue is lost.
    ///
    /// Until the venue answers the old order works as before and may fill; an update of kind `replaced` (the new order works) or
    /// `replaceRejected` (the old one stays as it was) tells which. What is executed under the old number after that is told of
    /// the new one.
    ///
    /// - Parameters:
    ///   - original: an order that works and has no cancel and no other replacement under way.
    ///   - quantity: over the order's whole life, what was executed included; above that.
    ///   - price: the new limit.
    /// - Returns: the number of the order that takes its place; 0 when there is no room.
    @inlinable
    public mutating func replace(_ original: OrderID, _ quantity: Quantity, at price: Price) -> OrderID {
        let id = nextOrderID
        // What can't change is for the engine to fill in from the order itself.
        let order = NewOrder(
            id: id,
            instrument: .none,
            side: .buy,
            quantity: quantity,
            price: price,
            tag: OrderTag(strategy: strategy)
        )
        return append(Intent(.replace, order, original: original)) ? id : 0
    }

    /// Asks the dealers for a price: `onQuoteRequest` tells the request's number and what they answer.
    ///
    /// - Returns: false when there is no room.
    @inlinable
    public mutating func requestQuotes(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        group: UInt32 = 0,
        leg: UInt16 = 0
    ) -> Bool {
        let order = NewOrder(
            id: 0,
            instrument: instrument,
            side: side,
            timeInForce: .fillOrKill,
            quantity: quantity,
            price: .zero,
            tag: OrderTag(strategy: strategy, group: group, leg: leg)
        )
        return append(Intent(.quoteRequest, order))
    }

    /// Takes the best quote of a request, all-in, as it stands when the engine acts.
    ///
    /// - Returns: the number of the order that takes it, under which updates come back; 0 when there is no room.
    @inlinable
    public mutating func acceptQuote(_ request: UInt64) -> OrderID {
        let id = nextOrderID
        let order = NewOrder(
            id: id,
            instrument: .none,
            side: .buy,
            quantity: .zero,
            price: .zero,
            tag: OrderTag(strategy: strategy)
        )
        return append(Intent(.quoteAccept, order, original: request)) ? id : 0
    }

    /// The waiting intent at `index`, from 0.
    @inlinable
    public subscript(index: Int) -> Intent {
        precondition(index >= 0 && index < count)
        return unsafe storage[index]
    }

    /// Forgets the waiting intents.
    @inlinable
    public mutating func removeAll() { drained() }

    @usableFromInline
    mutating func append(_ intent: Intent) -> Bool {
        guard push(intent, limit: intent.kind == .cancel ? 2 * capacity : capacity) else { return false }
        if intent.kind.isOrder { nextOrderID += 1 }
        return true
    }

    mutating func push(_ intent: Intent, limit: Int) -> Bool {
        guard count < limit else {
            overflows += 1
            return false
        }
        unsafe storage[count] = intent
        count += 1
        return true
    }

    /// Keeps the request of an intent.
    mutating func keep(_ request: ParentRequest) {
        // Safe: the callers hold the count against the capacity.
        unsafe (requests + parentCount).initialize(to: request)
        parentCount += 1
    }

    func parentRequest(_ place: Int) -> ParentRequest {
        precondition(place >= 0 && place < parentCount)
        return unsafe requests[place]
    }

    @usableFromInline
    mutating func drained() {
        count = 0
        parentCount = 0
    }
}

// MARK: - State
extension Intents {
    /// Appends the waiting intents and the number of the next order.
    public func save(to writer: inout StateWriter) {
        writer.mark("intents")
        writer.write(capacity)
        writer.write(nextOrderID)
        writer.write(overflows)
        writer.write(strategy)
        writer.write(count)
        for index in 0..<count {
            self[index].order.save(to: &writer)
            writer.write(self[index].original)
            writer.write(self[index].kind.rawValue)
        }
        writer.write(nextParent)
        writer.write(parentCount)
        for place in 0..<parentCount { parentRequest(place).save(to: &writer) }
    }

    /// Takes the intents of a list with the same capacity; after an error none wait.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        drained()
        try reader.expect("intents")
        try reader.match(capacity, "capacity for intents")
        let next = try reader.read(OrderID.self)
        guard next >= 1, next <= OrderID(StateReader.largestCount) else {
            throw reader.error(.damaged, "\(next) is no number for the next order")
        }
        let refused = try reader.readCount(upTo: StateReader.largestCount, "intents that did not fit")
        let stamp = try reader.read(UInt16.self)
        let waiting = try reader.readCount(upTo: 2 * capacity, "waiting intents")
        for index in 0..<waiting {
            let order = try NewOrder(from: &reader)
            let original = try reader.read(OrderID.self)
            guard let kind = Kind(rawValue: try reader.read(UInt8.self)) else {
                throw reader.error(.damaged, "a waiting intent is of no kind")
            }
            // Safe: below twice the capacity.
            unsafe (storage + index).initialize(to: Intent(kind, order, original: original))
        }
        let parent = try reader.read(UInt32.self)
        guard parent >= Intents.firstParent else { throw reader.error(.damaged, "\(parent) is no number for a parent") }
        for _ in 0..<(try reader.readCount(upTo: Intents.parentCapacity + 1, "waiting parent orders")) {
            keep(try ParentRequest(from: &reader))
        }
        for index in 0..<waiting {
            // Safe: just initialised.
            let intent = unsafe storage[index]
            let needed = intent.kind == .pair ? 2 : intent.kind == .work || intent.kind == .target ? 1 : 0
            guard needed == 0 || intent.original <= OrderID(parentCount) && Int(intent.original) + needed <= parentCount
            else { throw reader.error(.damaged, "a waiting parent order without its request") }
        }
        nextParent = parent
        nextOrderID = next
        overflows = refused
        strategy = stamp
        count = waiting
    }
}
