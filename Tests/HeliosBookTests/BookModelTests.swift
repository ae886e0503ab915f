// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import Testing

/// The simplest possible book: orders by reference, and for each side of an instrument a list in the order of arrival.
private struct NaiveBook {
    struct Order: Equatable {
        var id: OrderID
        var instrument: UInt32
        var side: Side
        var price: Int64
        var quantity: Int64
    }

    /// Oldest first, over all books.
    var orders: [Order] = []

    func find(_ id: OrderID) -> Int? { orders.firstIndex { $0.id == id } }

    mutating func apply(_ event: Event) {
        let quantity = event.quantity.raw
        switch event.kind {
        case .addOrder:
            guard quantity > 0, find(event.orderID) == nil else { return }
            orders.append(
                Order(
                    id: event.orderID,
                    instrument: event.instrument.id,
                    side: event.side,
                    price: event.price.raw,
                    quantity: quantity
                )
            )
        case .executeOrder, .executeOrderAtPrice, .cancelOrder:
            guard let index = find(event.orderID), quantity != 0 else { return }
            if quantity > 0, quantity < orders[index].quantity {
                orders[index].quantity -= quantity
            } else {
                orders.remove(at: index)
            }
        case .deleteOrder:
            if let index = find(event.orderID) { orders.remove(at: index) }
        case .replaceOrder:
            guard let index = find(event.orderID) else { return }
            var order = orders[index]
            let isFree = event.detail == event.orderID || find(event.detail) == nil
            orders.remove(at: index)
            guard quantity > 0, isFree else { return }
            order.id = event.detail
            order.price = event.price.raw
            order.quantity = quantity
            orders.append(order)
        default: break
        }
    }

    /// The levels of a side, best first, each with its orders, oldest first.
    func levels(_ instrument: UInt32, _ side: Side) -> [(price: Int64, orders: [Order])] {
        let here = orders.filter { $0.instrument == instrument && $0.side == side }
        let prices = Set(here.map(\.price)).sorted { side == .buy ? $0 > $1 : $0 < $1 }
        return prices.map { price in (price, here.filter { $0.price == price }) }
    }
}

private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite("Order books against the simplest model")
struct BookModelTests {
    private func expectEqual(_ books: borrowing BookSet, _ model: NaiveBook, instruments: UInt32, _ note: String) {
        for id in 0..<instruments {
            let instrument = Instrument(id: id)
            for side in [Side.buy, .sell] {
                let expected = model.levels(id, side)
                let count = books.levelCount(instrument, side)
                #expect(count == expected.count, "levels, \(note)")
                for (depth, level) in expected.enumerated() {
                    let sum = level.orders.reduce(0) { $0 &+ $1.quantity }
                    let wanted = Level(
                        price: Price(raw: level.price),
                        quantity: Quantity(raw: sum),
                        orderCount: level.orders.count
                    )
                    let found = books.level(instrument, side, depth)
                    #expect(found == wanted, "level \(depth), \(note)")
                    let queue = level.orders.map { RestingOrder(id: $0.id, quantity: Quantity(raw: $0.quantity)) }
                    let foundQueue = books.orders(instrument, side, depth)
                    #expect(foundQueue == queue, "queue \(depth), \(note)")
                }
                let quote = books.quote(instrument)
                let best = expected.first
                #expect(quote.price(side).raw == best?.price ?? 0, "best price, \(note)")
                #expect(quote.quantity(side).raw == best.map { $0.orders.reduce(0) { $0 &+ $1.quantity } } ?? 0)
            }
        }
        let count = books.orderCount
        #expect(count == model.orders.count, "orders, \(note)")
    }

    private func event(_ random: inout Random, stride: UInt64, instruments: UInt32) -> Event {
        let kinds: [EventKind] = [
            .addOrder, .addOrder, .addOrder, .executeOrder, .executeOrderAtPrice, .cancelOrder, .deleteOrder,
            .replaceOrder,
        ]
        func reference() -> OrderID { UInt64.random(in: 1...60, using: &random) &* stride }
        return Event(
            eventTime: Timestamp(nanoseconds: 1),
            orderID: reference(),
            price: Price(raw: Int64.random(in: 1...40, using: &random) * 1_000_000),
            quantity: Quantity(raw: Int64.random(in: 0...5, using: &random) * Quantity.scale),
            instrument: Instrument(id: UInt32.random(in: 0..<instruments, using: &random)),
            kind: kinds[Int.random(in: 0..<kinds.count, using: &random)],
            flags: Bool.random(using: &random) ? .sell : [],
            detail: reference()
        )
    }

    @Test(
        "levels, queues and best prices equal the model's after every event of a random stream with garbage",
        arguments: [1, 1 << 20, 1 << 22, 1 << 32, 1 << 44, 1 << 58, 0x9E37_79B9_7F4A_7C15] as [UInt64],
        [1, 2, 3] as [UInt64]
    )
    func randomStream(stride: UInt64, seed: UInt64) throws {
        var random = Random(state: seed &* 0x2545_F491_4F6C_DD1D)
        var books = try BookSet(capacity: BookCapacity(instruments: 3, orders: 128, levels: 256))
        var model = NaiveBook()
        for step in 0..<400 {
            let event = event(&random, stride: stride, instruments: 3)
            var before: [Quote] = []
            for id in 0..<3 { before.append(books.quote(Instrument(id: UInt32(id)))) }
            let change = books.apply(event)
            model.apply(event)
            expectEqual(books, model, instruments: 3, "seed \(seed) stride \(stride) step \(step)")
            var moved: BookChange = []
            for id in 0..<3 {
                let after = books.quote(Instrument(id: UInt32(id)))
                let old = before[id]
                if old.bidPrice != after.bidPrice || old.bidQuantity != after.bidQuantity { moved.formUnion(.bid) }
                if old.askPrice != after.askPrice || old.askQuantity != after.askQuantity { moved.formUnion(.ask) }
            }
            #expect(change.intersection(.quote) == moved, "change flags, seed \(seed) stride \(stride) step \(step)")
        }
    }

    @Test("a full pool of orders, of levels, or an instrument too many is a fault that leaves the book as it was")
    func capacity() throws {
        var books = try BookSet(capacity: BookCapacity(instruments: 1, orders: 16, levels: 16))
        func add(_ id: UInt64, price: Int64, instrument: UInt32 = 0) -> Event {
            Event(
                orderID: id,
                price: Price(raw: price),
                quantity: Quantity(1),
                instrument: Instrument(id: instrument),
                kind: .addOrder
            )
        }
        #expect(books.apply(add(99, price: 1, instrument: 1)) == .fault)
        #expect(books.apply(add(98, price: .min)) == .fault)
        for id in 1...16 { #expect(books.apply(add(UInt64(id), price: Int64(id))) == .bid) }
        #expect(books.apply(add(17, price: 17)) == .fault)
        let faults = books.faults.count(.capacity)
        #expect(faults == 3)
        var model = NaiveBook()
        for id in 1...16 { model.apply(add(UInt64(id), price: Int64(id))) }
        expectEqual(books, model, instruments: 1, "full")
        #expect(books.apply(Event(orderID: 3, instrument: Instrument(id: 0), kind: .deleteOrder)) == [])
        #expect(books.apply(add(17, price: 17)) == .bid)
    }

    @Test("an order's record index is small, its own while it lives, kept by a replace and 0 after its death")
    func recordIndex() throws {
        var books = try BookSet(capacity: BookCapacity(instruments: 1, orders: 16, levels: 16))
        for id in 1...16 as ClosedRange<UInt64> {
            _ = books.apply(
                Event(
                    orderID: id << 40,
                    price: Price(raw: 100),
                    quantity: Quantity(1),
                    instrument: Instrument(id: 0),
                    kind: .addOrder
                )
            )
        }
        var seen: [Int] = []
        for id in 1...16 as ClosedRange<UInt64> { seen.append(books.recordIndex(of: id << 40)) }
        #expect(seen.sorted() == Array(1...16))
        let old = books.recordIndex(of: 5 << 40)
        _ = books.apply(
            Event(
                orderID: 5 << 40,
                price: Price(raw: 101),
                quantity: Quantity(1),
                instrument: Instrument(id: 0),
                kind: .replaceOrder,
                detail: 7
            )
        )
        #expect(books.recordIndex(of: 7) == old)
        #expect(books.recordIndex(of: 5 << 40) == 0)
    }

    @Test("a print that is not for the tape leaves the last trade alone, and the next one sets price and time")
    func lastTrade() throws {
        var books = try BookSet(capacity: BookCapacity(instruments: 1, orders: 16, levels: 16))
        let one = Instrument(id: 0)
        _ = books.apply(
            Event(orderID: 1, price: Price(raw: 500), quantity: Quantity(9), instrument: one, kind: .addOrder)
        )
        let hidden = Event(
            eventTime: Timestamp(nanoseconds: 5),
            orderID: 1,
            price: Price(raw: 400),
            quantity: Quantity(1),
            instrument: one,
            kind: .executeOrderAtPrice
        )
        #expect(books.apply(hidden) == .bid)
        #expect(books.lastTrade(one) == (.zero, .zero))
        var printed = hidden
        printed.flags = .printable
        #expect(books.apply(printed) == [.bid, .trade])
        #expect(books.lastTrade(one) == (Price(raw: 400), Timestamp(nanoseconds: 5)))
        printed.kind = .executeOrder
        #expect(books.apply(printed) == [.bid, .trade])
        #expect(books.lastTrade(one).price == Price(raw: 500))
    }
}
