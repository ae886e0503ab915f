// SPDX-License-Identifier: MIT

import HeliosMarket

/// What a replay of LOBSTER files met.
@frozen
public struct LobsterCounters: Equatable, Sendable, BitwiseCopyable {
    /// Rows replayed, the first (which seeds the book) included.
    public var rows: UInt64 = 0
    /// Messages that named an order nobody announced and acted on the anonymous shares of its level.
    public var anonymous: UInt64 = 0
    /// Messages about a price that isn't in view.
    public var outOfView: UInt64 = 0
    /// Levels that came into view at the edge of the depth and were taken from the row.
    public var edgeLevels: UInt64 = 0
    /// Levels that fell out of the depth.
    public var droppedLevels: UInt64 = 0
    /// Rows that don't follow from their message.
    public var inconsistent: UInt64 = 0
    /// The first such row, from 1; 0 when there is none.
    public var firstInconsistentRow: UInt64 = 0
    /// Levels set anew because they differed from the row.
    public var reseededLevels: UInt64 = 0

    public init() {}
}

/// Turns the pair of LOBSTER files into events that build the exchange's book order by order.
///
/// The message file alone can't: orders from before the first row, and orders that entered below the file's depth, were
/// never announced. So the first row's levels are seeded as synthetic orders, one a level; a message that names an unknown
/// order acts on the synthetic order of its level; a level pushed out of the depth is removed with all its orders; and
/// when a level vanished, the one level that comes into view at the edge of the depth is taken from the row. Nothing else
/// is: whether the rebuilt book equals the row is a check, made by `reconcile`, which also repairs a level that differs.
///
/// Synthetic orders have numbers with the top bit set and the flag `.synthetic`.
///
/// ```swift
/// replay.step(message, row)       // events that follow from the message
/// replay.reconcile(row)           // more events only where the row doesn't follow from the message
/// for index in 0..<replay.count { books.apply(replay[index]) }
/// ```
public struct LobsterReplay: ~Copyable {
    struct Order: BitwiseCopyable {
        var id: UInt64
        var size: Int64
        var price: Int64
        var next: Int32 = -1
        var previous: Int32 = -1
        var side: Side
    }

    struct Level: BitwiseCopyable {
        var price: Int64
        var size: Int64 = 0
        var head: Int32 = -1
        var tail: Int32 = -1
        /// The synthetic order that stands for shares without a name, -1 when there is none.
        var anonymous: Int32 = -1
    }

    /// Levels a side.
    public let depth: Int
    public private(set) var counters = LobsterCounters()

    private let instrument: Instrument
    private let venue: Venue
    private let midnight: Timestamp
    private var asks: Slab<Level>
    private var bids: Slab<Level>
    private var orders: Slab<Order>
    private var firstFree: Int32 = -1
    private var index: OrderIndex
    private var events: Slab<Event>
    private var time: Int64 = 0
    private var sequence: UInt64 = 0
    private var matches: UInt64 = 0
    private var synthetics: UInt64 = 0

    /// A replay of files with `depth` levels a side, for `instrument` on the day that starts at `midnight`.
    public init(depth: Int, instrument: Instrument, venue: Venue, midnight: Timestamp) {
        self.depth = depth
        self.instrument = instrument
        self.venue = venue
        self.midnight = midnight
        asks = Slab(capacity: depth + 1)
        bids = Slab(capacity: depth + 1)
        orders = Slab(capacity: 4096)
        index = OrderIndex(capacity: 4096)
        events = Slab(capacity: 256)
    }

    /// Events made by the last `step` and the `reconcile` after it.
    public var count: Int { events.count }

    /// Event number `index` of the last step, from 0.
    public subscript(index: Int) -> Event { events[index] }

    /// Levels of `side` in the rebuilt book.
    public func levelCount(_ side: Side) -> Int { side == .sell ? asks.count : bids.count }

    /// Level number `index` of the rebuilt book, 0 the best; traps when there is none.
    public func level(_ side: Side, _ index: Int) -> LobsterLevel {
        let level = side == .sell ? asks[index] : bids[index]
        return LobsterLevel(price: level.price, size: level.size)
    }
}

// MARK: - Steps

extension LobsterReplay {
    /// Replaces the events by those that follow from the next message.
    ///
    /// The first message's events are the opening of the session and the levels of its row.
    ///
    /// - Parameters:
    ///   - message: A row of the message file.
    ///   - row: The same row of the orderbook file, of the replay's depth.
    public mutating func step(_ message: LobsterMessage, _ row: borrowing LobsterRow) {
        precondition(row.depth == depth, "row of another depth")
        events.removeAll()
        counters.rows += 1
        time = message.time
        if counters.rows == 1 {
            seed(row)
            return
        }
        switch message.type {
        case .addition: add(message)
        case .cancellation, .deletion, .execution:
            let wasFull = levelCount(message.side) == depth
            reduce(message)
            if wasFull, levelCount(message.side) < depth { takeEdgeLevel(message.side, row) }
        case .hiddenExecution:
            matches += 1
            emit(.trade, message, flags: .printable, detail: matches)
        case .cross:
            matches += 1
            emit(.crossTrade, message, orderID: matches, flags: .printable)
        case .halt: emitStatus(message.price)
        }
    }

    /// Compares the rebuilt book with the row; a level that differs is counted, and set anew by more events.
    ///
    /// - Parameter row: The row that was given to `step`.
    /// - Returns: Whether the row followed from its message.
    @discardableResult
    public mutating func reconcile(_ row: borrowing LobsterRow) -> Bool {
        if isEqual(row, .sell), isEqual(row, .buy) { return true }
        counters.inconsistent += 1
        if counters.firstInconsistentRow == 0 { counters.firstInconsistentRow = counters.rows }
        repair(row, .sell)
        repair(row, .buy)
        return false
    }

    /// Replaces the events by the end of market hours, at the time of the last message.
    public mutating func finish() {
        events.removeAll()
        emit(.systemEvent, flags: .synthetic, detail: UInt64(UInt8(ascii: "M")))
    }

    private mutating func seed(_ row: borrowing LobsterRow) {
        emit(.systemEvent, flags: .synthetic, detail: UInt64(UInt8(ascii: "Q")))
        emitStatus(1, flags: .synthetic)
        for side in [Side.buy, .sell] {
            for index in 0..<row.count(side) { appendSynthetic(row.level(side, index), side, at: index) }
        }
    }

    private func isEqual(_ row: borrowing LobsterRow, _ side: Side) -> Bool {
        guard row.count(side) == levelCount(side) else { return false }
        for index in 0..<row.count(side) where row.level(side, index) != level(side, index) { return false }
        return true
    }

    /// Removes what isn't in the row, then sets anew what differs.
    private mutating func repair(_ row: borrowing LobsterRow, _ side: Side) {
        for index in stride(from: levelCount(side) - 1, through: 0, by: -1) {
            let mine = level(side, index)
            var isKept = false
            for other in 0..<row.count(side) where row.level(side, other) == mine { isKept = true }
            if !isKept { removeLevel(side, index) }
        }
        for index in 0..<row.count(side) {
            if index < levelCount(side), level(side, index) == row.level(side, index) { continue }
            counters.reseededLevels += 1
            appendSynthetic(row.level(side, index), side, at: index)
        }
    }

    private mutating func takeEdgeLevel(_ side: Side, _ row: borrowing LobsterRow) {
        let edge = depth - 1
        guard row.count(side) == depth, levelCount(side) == edge else { return }
        let level = row.level(side, edge)
        // Only a level behind all others came into view; anything else is for `reconcile` to find.
        if edge > 0, !isBetter(self.level(side, edge - 1).price, than: level.price, side) { return }
        counters.edgeLevels += 1
        appendSynthetic(level, side, at: edge)
    }
}

// MARK: - Orders

extension LobsterReplay {
    private func isBetter(_ a: Int64, than b: Int64, _ side: Side) -> Bool { side == .sell ? a < b : a > b }

    /// Where a level of `price` stands or would stand.
    private func position(_ price: Int64, _ side: Side) -> (index: Int, isThere: Bool) {
        var low = 0
        var high = levelCount(side)
        while low < high {
            let middle = (low + high) / 2
            if isBetter(level(side, middle).price, than: price, side) { low = middle + 1 } else { high = middle }
        }
        return (low, low < levelCount(side) && level(side, low).price == price)
    }

    private mutating func add(_ message: LobsterMessage) {
        guard message.size > 0 else { return }
        let place = position(message.price, message.side)
        if !place.isThere {
            if place.index == depth {
                counters.outOfView += 1
                return
            }
            insertLevel(message.price, message.side, at: place.index)
        }
        if message.order == 0 || message.order >= 1 << 63 || index[message.order] != nil {
            // A number that can't name an order: the shares stand without a name.
            synthetics += 1
            append(1 << 63 | synthetics, message.size, message.side, place.index, isNamed: false)
        } else {
            append(message.order, message.size, message.side, place.index, isNamed: true)
        }
        if levelCount(message.side) > depth {
            counters.droppedLevels += 1
            removeLevel(message.side, depth)
        }
    }

    private mutating func reduce(_ message: LobsterMessage) {
        var node: Int32 = -1
        if let known = index[message.order] {
            node = known
        } else {
            let place = position(message.price, message.side)
            if place.isThere {
                node = (message.side == .sell ? asks[place.index] : bids[place.index]).anonymous
                counters.anonymous += 1
            }
        }
        guard node >= 0 else {
            counters.outOfView += 1
            return
        }
        let order = orders[Int(node)]
        if message.size == 0, message.type != .deletion { return }
        let isWhole = message.type == .deletion && order.id == message.order
        let size = isWhole ? order.size : min(message.size, order.size)
        emitReduction(message, order, size)
        shrink(node, by: size)
    }

    private mutating func emitReduction(_ message: LobsterMessage, _ order: Order, _ size: Int64) {
        let flags: EventFlags = order.id >> 63 == 1 ? .synthetic : []
        var said = message
        said.size = size
        said.price = order.price
        said.side = order.side
        if message.type == .execution {
            matches += 1
            emit(.executeOrder, said, orderID: order.id, flags: flags.union(.printable), detail: matches)
        } else {
            emit(size == order.size ? .deleteOrder : .cancelOrder, said, orderID: order.id, flags: flags)
        }
    }

    /// Takes `size` shares from an order; the order goes with its last share, its level with its last order.
    private mutating func shrink(_ node: Int32, by size: Int64) {
        var order = orders[Int(node)]
        let place = position(order.price, order.side)
        order.size -= size
        orders[Int(node)] = order
        var level = order.side == .sell ? asks[place.index] : bids[place.index]
        level.size -= size
        if order.size == 0 { unlink(node, from: &level) }
        if level.head < 0 {
            if order.side == .sell { asks.remove(at: place.index) } else { bids.remove(at: place.index) }
        } else {
            set(level, order.side, place.index)
        }
    }

    private mutating func append(_ id: UInt64, _ size: Int64, _ side: Side, _ place: Int, isNamed: Bool) {
        var level = side == .sell ? asks[place] : bids[place]
        let node = allocate(Order(id: id, size: size, price: level.price, previous: level.tail, side: side))
        if level.tail >= 0 { orders[Int(level.tail)].next = node } else { level.head = node }
        level.tail = node
        level.size += size
        if isNamed { index.insert(id, node) } else { level.anonymous = node }
        set(level, side, place)
        let message = LobsterMessage(time: time, type: .addition, order: id, size: size, price: level.price, side: side)
        emit(.addOrder, message, orderID: id, flags: isNamed ? [] : .synthetic)
    }

    /// A level of one synthetic order, taken from a row.
    private mutating func appendSynthetic(_ level: LobsterLevel, _ side: Side, at place: Int) {
        insertLevel(level.price, side, at: place)
        synthetics += 1
        append(1 << 63 | synthetics, level.size, side, place, isNamed: false)
    }

    private mutating func insertLevel(_ price: Int64, _ side: Side, at place: Int) {
        if side == .sell {
            asks.insert(Level(price: price), at: place)
        } else {
            bids.insert(Level(price: price), at: place)
        }
    }

    /// Removes a level and all its orders; those with a name are unknown from now on.
    private mutating func removeLevel(_ side: Side, _ place: Int) {
        var level = side == .sell ? asks[place] : bids[place]
        while level.head >= 0 {
            let node = level.head
            let order = orders[Int(node)]
            let flags: EventFlags = order.id >> 63 == 1 ? .synthetic : []
            let message = LobsterMessage(
                time: time,
                type: .deletion,
                order: order.id,
                size: order.size,
                price: order.price,
                side: side
            )
            emit(.deleteOrder, message, orderID: order.id, flags: flags)
            unlink(node, from: &level)
        }
        if side == .sell { asks.remove(at: place) } else { bids.remove(at: place) }
    }

    private mutating func set(_ level: Level, _ side: Side, _ place: Int) {
        if side == .sell { asks[place] = level } else { bids[place] = level }
    }

    private mutating func allocate(_ order: Order) -> Int32 {
        guard firstFree >= 0 else {
            orders.append(order)
            return Int32(orders.count - 1)
        }
        let node = firstFree
        firstFree = orders[Int(node)].next
        orders[Int(node)] = order
        return node
    }

    private mutating func unlink(_ node: Int32, from level: inout Level) {
        let order = orders[Int(node)]
        if order.previous >= 0 { orders[Int(order.previous)].next = order.next } else { level.head = order.next }
        if order.next >= 0 { orders[Int(order.next)].previous = order.previous } else { level.tail = order.previous }
        if level.anonymous == node { level.anonymous = -1 }
        if order.id >> 63 == 0 { index.remove(order.id) }
        orders[Int(node)].next = firstFree
        firstFree = node
    }
}

// MARK: - Events

extension LobsterReplay {
    private mutating func emit(
        _ kind: EventKind,
        _ message: LobsterMessage? = nil,
        orderID: OrderID = 0,
        flags: EventFlags = [],
        detail: UInt64 = 0
    ) {
        sequence += 1
        let now = midnight + time
        var event = Event(
            eventTime: now,
            receiveTime: now,
            sequence: sequence,
            orderID: orderID,
            instrument: kind == .systemEvent ? .none : instrument,
            venue: venue,
            kind: kind,
            flags: flags,
            detail: detail
        )
        if let message {
            event.price = Price(raw: message.price * 10_000)
            event.quantity = Quantity(raw: message.size * Quantity.scale)
            if message.side == .sell { event.flags.insert(.sell) }
        }
        events.append(event)
    }

    /// A halt row's price as a trading state: -1 halted, 0 quotation only, else trading; the reason is blank.
    private mutating func emitStatus(_ price: Int64, flags: EventFlags = []) {
        let state =
            switch price {
            case ..<0: UInt8(ascii: "H")
            case 0: UInt8(ascii: "Q")
            default: UInt8(ascii: "T")
            }
        emit(.tradingStatus, flags: flags, detail: UInt64(state) | 0x2020_2020 << 8)
    }
}
