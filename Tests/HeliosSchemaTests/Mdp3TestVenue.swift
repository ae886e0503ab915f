// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// A venue of the simplest kind: random books, the packets that say how they change, and snapshots of them.
struct Mdp3TestVenue {
    struct Level: Equatable {
        var price: Int64
        var size: Int32
        var orders: Int32
    }

    struct Order: Equatable {
        var id: UInt64
        var side: Side
        var price: Int64
        var size: Int32
        var priority: UInt64
    }

    struct Book {
        var sides: [[Level]] = [[], []]
        var orders: [Order] = []
        var rptSeq: UInt32 = 0
    }

    let depth: Int
    var books: [Int32: Book]
    let ids: [Int32]
    var sequence: UInt32 = 0
    var random: SchemaRandom
    private var lastOrder: UInt64 = 1_000

    init(instruments: Int, depth: Int = 10, seed: UInt64) {
        self.depth = depth
        ids = (0..<instruments).map { Int32($0 * 37 + 5) }
        books = Dictionary(uniqueKeysWithValues: ids.map { ($0, Book()) })
        random = SchemaRandom(seed)
    }

    /// A packet of one event: some level changes, some order changes, perhaps a trade.
    mutating func event() throws(SbeError) -> [UInt8] {
        sequence += 1
        let sequence = self.sequence
        var entries: [(Int32, UInt32, Int, Int, Mdp3.UpdateAction, Level)] = []
        for _ in 0...random.below(6) {
            let id = ids[random.below(ids.count)]
            let (side, level, action, value) = change(id)
            entries.append((id, books[id]?.rptSeq ?? 0, side, level, action, value))
        }
        var orders: [(Int32, Mdp3.OrderAction, Order)] = []
        for _ in 0..<random.below(4) {
            let id = ids[random.below(ids.count)]
            orders.append(orderChange(id))
        }
        let trade = random.below(4) == 0 ? ids[random.below(ids.count)] : nil
        if let trade { books[trade]?.rptSeq += 1 }
        let tradeSeq = trade.flatMap { books[$0]?.rptSeq } ?? 0
        return try written { (writer) throws(SbeError) in
            try writer.mdp3Packet(sequence: sequence, sendingTime: UInt64(sequence) * 1_000)
            try writer.beginFrame(.size16)
            try Mdp3.IncrementalBook.write(
                transactTime: UInt64(sequence),
                matchEventIndicator: .lastQuote,
                to: &writer
            )
            try writer.group(Mdp3.IncrementalBook.Entry.self, count: entries.count)
            for (id, rpt, side, level, action, value) in entries {
                try Mdp3.IncrementalBook.Entry.write(
                    price: SbeDecimal(mantissa: value.price, exponent: -9),
                    size: value.size,
                    securityID: id,
                    rptSeq: rpt,
                    orderCount: value.orders,
                    level: UInt8(level),
                    action: action,
                    entryType: side == 0 ? .bid : .offer,
                    tradeableSize: nil,
                    to: &writer
                )
            }
            try writer.group(Mdp3.IncrementalBook.Order.self, count: 0)
            try writer.endFrame()
            if let trade {
                try Mdp3TestVenue.write(trade: trade, tradeSeq, UInt64(sequence), &writer)
            }
            try writer.beginFrame(.size16)
            try Mdp3.IncrementalOrders.write(
                transactTime: UInt64(sequence),
                matchEventIndicator: [.lastQuote, .endOfEvent],
                to: &writer
            )
            try writer.group(Mdp3.IncrementalOrders.Entry.self, count: orders.count)
            for (id, action, order) in orders {
                try Mdp3.IncrementalOrders.Entry.write(
                    orderID: order.id,
                    priority: order.priority,
                    price: action == .delete ? nil : SbeDecimal(mantissa: order.price, exponent: -9),
                    displaySize: order.size,
                    securityID: id,
                    action: action,
                    entryType: order.side == .buy ? .bid : .offer,
                    to: &writer
                )
            }
            try writer.endFrame()
        }
    }

    private static func write(
        trade: Int32,
        _ rptSeq: UInt32,
        _ time: UInt64,
        _ writer: inout SbeWriter
    ) throws(SbeError) {
        try writer.beginFrame(.size16)
        try Mdp3.TradeSummary.write(transactTime: time, matchEventIndicator: .lastTrade, to: &writer)
        try writer.group(Mdp3.TradeSummary.Entry.self, count: 1)
        try Mdp3.TradeSummary.Entry.write(
            price: SbeDecimal(mantissa: 5, exponent: 0),
            size: 3,
            securityID: trade,
            rptSeq: rptSeq,
            orderCount: 2,
            aggressor: .sell,
            action: .new,
            tradeID: 9,
            to: &writer
        )
        try writer.group(Mdp3.TradeSummary.Order.self, count: 0)
        try writer.endFrame()
    }

    /// Changes one level; what the venue says of it.
    private mutating func change(_ id: Int32) -> (Int, Int, Mdp3.UpdateAction, Level) {
        guard var book = books[id] else { return (0, 1, .new, Level(price: 0, size: 0, orders: 0)) }
        defer { books[id] = book }
        book.rptSeq += 1
        let side = random.below(2)
        let value = Level(
            price: Int64(random.below(100_000)) * 10_000_000,
            size: Int32(random.below(500) + 1),
            orders: Int32(random.below(9) + 1)
        )
        let count = book.sides[side].count
        let kind = count == 0 ? 0 : random.below(24)
        let place = random.below(max(count, 1))
        switch kind {
        case 0..<10:
            let place = random.below(min(count + 1, depth))
            book.sides[side].insert(value, at: place)
            if book.sides[side].count > depth { book.sides[side].removeLast() }
            return (side, place + 1, .new, value)
        case 10..<16:
            var level = book.sides[side][place]
            level.size = value.size
            level.orders = value.orders
            book.sides[side][place] = level
            return (side, place + 1, .change, level)
        case 16..<21: return (side, place + 1, .delete, book.sides[side].remove(at: place))
        case 21:
            book.sides[side][place] = value
            return (side, place + 1, .overlay, value)
        case 22:
            book.sides[side].removeFirst(place + 1)
            return (side, place + 1, .deleteFrom, value)
        default:
            book.sides[side] = []
            return (side, 1, .deleteThrough, value)
        }
    }

    private mutating func orderChange(_ id: Int32) -> (Int32, Mdp3.OrderAction, Order) {
        let orders = books[id]?.orders ?? []
        if orders.isEmpty || random.below(2) == 0 {
            lastOrder += 1
            let order = Order(
                id: lastOrder,
                side: random.below(2) == 0 ? .buy : .sell,
                price: Int64(random.below(50)) * 10_000_000,
                size: Int32(random.below(90) + 1),
                priority: lastOrder
            )
            books[id]?.orders.append(order)
            return (id, .new, order)
        }
        let place = random.below(orders.count)
        var order = orders[place]
        if random.below(2) == 0 {
            books[id]?.orders.remove(at: place)
            return (id, .delete, order)
        }
        let size = Int32(random.below(90) + 1)
        if size > order.size || random.below(4) == 0 {
            // It loses its rank.
            lastOrder += 1
            order.priority = lastOrder
            order.price += 10_000_000
            order.size = size
            books[id]?.orders.remove(at: place)
            books[id]?.orders.append(order)
        } else {
            order.size = size
            books[id]?.orders[place] = order
        }
        return (id, .update, order)
    }
}

extension Mdp3TestVenue {
    /// A whole loop of snapshots as of now: levels, then orders in chunks of three.
    func snapshots() throws(SbeError) -> (levels: [[UInt8]], orders: [[UInt8]]) {
        var levels: [[UInt8]] = []
        var orders: [[UInt8]] = []
        for id in ids {
            guard let book = books[id] else { continue }
            levels.append(try snapshot(id, book, UInt32(levels.count + 1)))
            let chunks = max((book.orders.count + 2) / 3, 1)
            for chunk in 0..<chunks {
                let part = Array(book.orders[min(chunk * 3, book.orders.count)..<min(chunk * 3 + 3, book.orders.count)])
                orders.append(try self.orders(id, part, chunk + 1, chunks, UInt32(orders.count + 1)))
            }
        }
        return (levels, orders)
    }

    private func snapshot(_ id: Int32, _ book: Book, _ number: UInt32) throws(SbeError) -> [UInt8] {
        let (sequence, reports) = (self.sequence, UInt32(ids.count))
        return try written { (writer) throws(SbeError) in
            try writer.mdp3Packet(sequence: number, sendingTime: 1)
            try writer.beginFrame(.size16)
            try Mdp3.SnapshotBook.write(
                lastSequence: sequence,
                reportCount: reports,
                securityID: id,
                rptSeq: book.rptSeq,
                transactTime: 1,
                lastUpdateTime: 1,
                tradeDate: nil,
                tradingStatus: .ready,
                highLimit: nil,
                lowLimit: nil,
                maxVariation: nil,
                to: &writer
            )
            try writer.group(Mdp3.SnapshotBook.Entry.self, count: book.sides[0].count + book.sides[1].count)
            // The offers first and from the back: the order must not matter.
            for side in [1, 0] {
                for (place, level) in book.sides[side].enumerated().reversed() {
                    try Mdp3.SnapshotBook.Entry.write(
                        price: SbeDecimal(mantissa: level.price, exponent: -9),
                        size: level.size,
                        orderCount: level.orders,
                        level: Int8(place + 1),
                        referenceDate: nil,
                        openCloseFlag: nil,
                        settlement: [],
                        entryType: side == 0 ? .bid : .offer,
                        to: &writer
                    )
                }
            }
            try writer.endFrame()
        }
    }

    private func orders(
        _ id: Int32,
        _ orders: [Order],
        _ chunk: Int,
        _ chunks: Int,
        _ number: UInt32
    ) throws(SbeError) -> [UInt8] {
        let (sequence, reports) = (self.sequence, UInt32(ids.count))
        return try written { (writer) throws(SbeError) in
            try writer.mdp3Packet(sequence: number, sendingTime: 1)
            try writer.beginFrame(.size16)
            try Mdp3.SnapshotOrders.write(
                lastSequence: sequence,
                reportCount: reports,
                securityID: id,
                chunkCount: UInt32(chunks),
                chunk: UInt32(chunk),
                transactTime: 1,
                to: &writer
            )
            try writer.group(Mdp3.SnapshotOrders.Entry.self, count: orders.count)
            for order in orders {
                try Mdp3.SnapshotOrders.Entry.write(
                    orderID: order.id,
                    priority: order.priority,
                    price: SbeDecimal(mantissa: order.price, exponent: -9),
                    displaySize: order.size,
                    entryType: order.side == .buy ? .bid : .offer,
                    to: &writer
                )
            }
            try writer.endFrame()
        }
    }

    /// A packet that resets the channel; all books are empty from then on.
    mutating func reset(restarting: Bool) throws(SbeError) -> [UInt8] {
        for id in ids { books[id] = Book() }
        sequence = restarting ? 1 : sequence + 1
        let sequence = self.sequence
        return try written { (writer) throws(SbeError) in
            try writer.mdp3Packet(sequence: sequence, sendingTime: 77)
            try writer.beginFrame(.size16)
            try Mdp3.ChannelReset.write(transactTime: 5, matchEventIndicator: .endOfEvent, to: &writer)
            try writer.group(Mdp3.ChannelReset.Entry.self, count: 1)
            try Mdp3.ChannelReset.Entry.write(applID: 310, to: &writer)
            try writer.endFrame()
        }
    }
}
