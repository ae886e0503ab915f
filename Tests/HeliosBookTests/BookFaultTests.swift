// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import Testing

/// Books as arrays: per instrument and side the levels, best first, each with its orders, oldest first; and every fault.
private struct ArrayBook {
    struct Row {
        var price: Int64
        /// What a feed of levels said; orders are counted apart.
        var announced: Int64
        var orders: [RestingOrder]
        var quantity: Int64 { orders.reduce(announced) { $0 + $1.quantity.raw } }
    }

    /// Index instrument * 2 + side.
    var sides: [[Row]]
    var places: [OrderID: (side: Int, price: Int64)] = [:]
    var faults = [Int](repeating: 0, count: BookFault.allCases.count)
    var isContinuous = false

    init(instruments: Int) { sides = [[Row]](repeating: [], count: instruments * 2) }

    private mutating func note(_ fault: BookFault) { faults[Int(fault.rawValue)] += 1 }

    private mutating func append(_ id: OrderID, _ side: Int, _ price: Int64, _ quantity: Int64) {
        let order = RestingOrder(id: id, quantity: Quantity(raw: quantity))
        places[id] = (side, price)
        let isSell = side % 2 == 1
        let index = sides[side].firstIndex { isSell ? $0.price >= price : $0.price <= price } ?? sides[side].count
        if index < sides[side].count, sides[side][index].price == price {
            sides[side][index].orders.append(order)
            return
        }
        sides[side].insert(Row(price: price, announced: 0, orders: [order]), at: index)
        guard index == 0, isContinuous, let other = sides[side ^ 1].first else { return }
        if isSell ? price <= other.price : price >= other.price { note(.crossed) }
    }

    private mutating func take(_ id: OrderID, instrument: UInt32) {
        guard let place = places.removeValue(forKey: id) else { return note(.unknownOrder) }
        if place.side / 2 != Int(instrument) { note(.otherInstrument) }
        guard let row = sides[place.side].firstIndex(where: { $0.price == place.price }) else { return }
        sides[place.side][row].orders.removeAll { $0.id == id }
        if sides[place.side][row].orders.isEmpty { sides[place.side].remove(at: row) }
    }

    private mutating func reduce(_ event: Event) {
        guard let place = places[event.orderID],
            let row = sides[place.side].firstIndex(where: { $0.price == place.price }),
            let index = sides[place.side][row].orders.firstIndex(where: { $0.id == event.orderID })
        else { return note(.unknownOrder) }
        let shown = sides[place.side][row].orders[index].quantity
        if event.quantity == .zero { return }
        if event.quantity.raw > 0, event.quantity < shown {
            sides[place.side][row].orders[index].quantity -= event.quantity
            if place.side / 2 != event.instrument.index { note(.otherInstrument) }
            return
        }
        if event.quantity != shown { note(.excessQuantity) }
        take(event.orderID, instrument: event.instrument.id)
    }

    private mutating func replace(_ event: Event) {
        guard let place = places[event.orderID] else { return note(.unknownOrder) }
        let isTaken = event.detail != event.orderID && places[event.detail] != nil
        take(event.orderID, instrument: event.instrument.id)
        if event.quantity.raw <= 0 { return note(.emptyOrder) }
        if isTaken { return note(.duplicateOrder) }
        append(event.detail, place.side, event.price.raw, event.quantity.raw)
    }

    private mutating func setLevel(_ event: Event) {
        let side = event.instrument.index * 2 + Int(event.side.rawValue)
        let price = event.price.raw
        if let row = sides[side].firstIndex(where: { $0.price == price }) {
            if !sides[side][row].orders.isEmpty { return note(.duplicateOrder) }
            sides[side].remove(at: row)
        }
        guard event.quantity.raw > 0 else { return }
        let isSell = side % 2 == 1
        let index = sides[side].firstIndex { isSell ? $0.price > price : $0.price < price } ?? sides[side].count
        sides[side].insert(Row(price: price, announced: event.quantity.raw, orders: []), at: index)
    }

    mutating func apply(_ event: Event) {
        let side = event.instrument.index * 2 + Int(event.side.rawValue)
        switch event.kind {
        case .addOrder:
            if event.quantity.raw <= 0 { return note(.emptyOrder) }
            if places[event.orderID] != nil { return note(.duplicateOrder) }
            append(event.orderID, side, event.price.raw, event.quantity.raw)
        case .executeOrder, .executeOrderAtPrice, .cancelOrder: reduce(event)
        case .deleteOrder: take(event.orderID, instrument: event.instrument.id)
        case .replaceOrder: replace(event)
        case .setLevel: setLevel(event)
        case .clearBook:
            for side in [event.instrument.index * 2, event.instrument.index * 2 + 1] {
                for order in sides[side].flatMap(\.orders) { places[order.id] = nil }
                sides[side] = []
            }
        default: break
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

private func event(
    _ kind: EventKind,
    _ id: OrderID = 0,
    _ shares: Int = 0,
    at price: Int64 = 0,
    sell: Bool = false,
    instrument: UInt32 = 0,
    detail: UInt64 = 0
) -> Event {
    Event(
        eventTime: Timestamp(nanoseconds: 9),
        orderID: id,
        price: Price(raw: price),
        quantity: Quantity(shares),
        instrument: Instrument(id: instrument),
        kind: kind,
        flags: sell ? .sell : [],
        detail: detail
    )
}

private func status(_ code: Character, instrument: UInt32 = 0) -> Event {
    event(.tradingStatus, instrument: instrument, detail: UInt64(code.asciiValue ?? 0))
}

private func ids(_ books: borrowing BookSet, _ side: Side = .buy, _ depth: Int = 0) -> [OrderID] {
    books.orders(Instrument(id: 0), side, depth).map(\.id)
}

@Suite("Faults, levels and states of order books")
struct BookFaultTests {
    /// Books 0 and 1 are of orders, book 2 is of levels.
    private func anyEvent(_ random: inout SplitMix, _ ids: [OrderID], _ model: ArrayBook) -> Event {
        let kinds: [EventKind] = [
            .addOrder, .addOrder, .addOrder, .addOrder, .executeOrder, .executeOrderAtPrice, .cancelOrder, .deleteOrder,
            .replaceOrder, .replaceOrder, .setLevel, .setLevel, .clearBook,
        ]
        var result = Event(kind: kinds[Int.random(in: 0..<kinds.count, using: &random)])
        if result.kind == .clearBook, Int.random(in: 0..<8, using: &random) > 0 { result.kind = .addOrder }
        let limit: UInt32 = result.kind == .addOrder ? 2 : 3
        result.eventTime = Timestamp(nanoseconds: 1)
        result.instrument = Instrument(id: UInt32.random(in: 0..<limit, using: &random))
        result.orderID = ids[Int.random(in: 0..<ids.count, using: &random)]
        result.detail = ids[Int.random(in: 0..<ids.count, using: &random)]
        result.price = Price(raw: Int64.random(in: 1...60, using: &random) * 1_000_000)
        result.quantity = Quantity(Int.random(in: -1...5, using: &random))
        result.flags = Bool.random(using: &random) ? .sell : []
        let side = result.instrument.index * 2 + Int(result.side.rawValue)
        // A level on top of orders is a fault; under them it is not defined.
        if result.kind == .setLevel, result.instrument.id < 2,
            !model.sides[side].contains(where: { $0.price == result.price.raw })
        {
            result.instrument = Instrument(id: 2)
        }
        return result
    }

    private func references(_ pattern: UInt64, _ random: inout SplitMix) -> [OrderID] {
        (1...48).map { pattern == 0 ? random.next() : UInt64($0) &* pattern }
    }

    @Test(
        "faults, levels and best prices equal the model's after every event, with garbage, levels and cleared books",
        arguments: [1, 1 << 20, 1 << 22, 1 << 32, 0] as [UInt64],
        [11, 12, 13, 14] as [UInt64]
    )
    func randomStream(pattern: UInt64, seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let ids = references(pattern, &random)
        var books = try BookSet(capacity: BookCapacity(instruments: 3, orders: 64, levels: 512))
        var model = ArrayBook(instruments: 3)
        if seed % 2 == 0 {
            model.isContinuous = true
            _ = books.apply(event(.systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
            for id in 0..<3 { _ = books.apply(status("T", instrument: UInt32(id))) }
        }
        for step in 0..<1_500 {
            let event = anyEvent(&random, ids, model)
            let before = (0..<6).map { side in model.sides[side].first.map { [$0.price, $0.quantity] } ?? [] }
            let faultsBefore = model.faults
            let change = books.apply(event)
            model.apply(event)
            var moved: BookChange = []
            for side in 0..<6 where before[side] != model.sides[side].first.map({ [$0.price, $0.quantity] }) ?? [] {
                moved.formUnion(side % 2 == 0 ? .bid : .ask)
            }
            let note: Comment = "seed \(seed) pattern \(pattern) step \(step) \(event.kind)"
            if event.kind == .clearBook {
                #expect(change.isSuperset(of: moved), note)
            } else {
                #expect(change.intersection(.quote) == moved, note)
            }
            #expect(change.contains(.fault) == (model.faults != faultsBefore), note)
            var faults: [Int] = []
            for fault in BookFault.allCases { faults.append(books.faults.count(fault)) }
            #expect(faults == model.faults, note)
            let found = rows(books)
            let expected = model.sides.map { $0.map { [$0.price, $0.quantity, Int64($0.orders.count)] } }
            #expect(found == expected, note)
            let queues = queues(books)
            let expectedQueues = model.sides.map { $0.map(\.orders) }
            #expect(queues == expectedQueues, note)
            let count = books.orderCount
            #expect(count == model.places.count, note)
            guard found == expected, faults == model.faults else { return }
        }
    }

    private func rows(_ books: borrowing BookSet) -> [[[Int64]]] {
        var result: [[[Int64]]] = []
        for side in 0..<6 {
            let instrument = Instrument(id: UInt32(side / 2))
            let isSell: Side = side % 2 == 1 ? .sell : .buy
            var rows: [[Int64]] = []
            for depth in 0..<books.levelCount(instrument, isSell) {
                guard let level = books.level(instrument, isSell, depth) else { continue }
                rows.append([level.price.raw, level.quantity.raw, Int64(level.orderCount)])
            }
            result.append(rows)
        }
        return result
    }

    private func queues(_ books: borrowing BookSet) -> [[[RestingOrder]]] {
        var result: [[[RestingOrder]]] = []
        for side in 0..<6 {
            let instrument = Instrument(id: UInt32(side / 2))
            let isSell: Side = side % 2 == 1 ? .sell : .buy
            var rows: [[RestingOrder]] = []
            for depth in 0..<books.levelCount(instrument, isSell) {
                rows.append(books.orders(instrument, isSell, depth))
            }
            result.append(rows)
        }
        return result
    }

    @Test("a cancel keeps an order's place, a replace loses it also at the same price and quantity")
    func priority() throws {
        var books = try BookSet(capacity: BookCapacity(instruments: 1, orders: 16, levels: 16))
        for id in 1...3 as ClosedRange<UInt64> { _ = books.apply(event(.addOrder, id, 10, at: 100)) }
        _ = books.apply(event(.cancelOrder, 1, 4))
        #expect(ids(books) == [1, 2, 3])
        #expect(books.apply(event(.replaceOrder, 2, 10, at: 100, detail: 9)) == [])
        #expect(ids(books) == [1, 3, 9])
        #expect(books.apply(event(.replaceOrder, 1, 6, at: 100, detail: 1)) == [])
        #expect(ids(books) == [3, 9, 1])
    }

    @Test("a book without free levels takes orders at the prices it has, refuses others, and recovers")
    func levelsExhausted() throws {
        var books = try BookSet(capacity: BookCapacity(instruments: 1, orders: 64, levels: 16))
        for price in 1...16 as ClosedRange<Int64> { _ = books.apply(event(.addOrder, UInt64(price), 1, at: price)) }
        #expect(books.apply(event(.addOrder, 17, 1, at: 17)) == .fault)
        #expect(books.apply(event(.setLevel, 0, 1, at: 40, sell: true)) == .fault)
        #expect(books.apply(event(.addOrder, 18, 1, at: 16)) == .bid)
        #expect(ids(books) == [16, 18])
        // The order was the only one of its price, which is free again.
        #expect(books.apply(event(.replaceOrder, 1, 2, at: 20, detail: 30)) == .bid)
        #expect(books.quote(Instrument(id: 0)).bidPrice == Price(raw: 20))
        // Here the price stays in use: the order leaves and can't come back.
        #expect(books.apply(event(.replaceOrder, 18, 1, at: 21, detail: 31)).contains(.fault))
        #expect(books.recordIndex(of: 31) == 0 && books.recordIndex(of: 18) == 0)
        let faults = books.faults.count(.capacity)
        let orders = books.orderCount
        #expect(faults == 3 && orders == 16)
        #expect(books.apply(event(.clearBook)) == .quote)
        for price in 1...16 as ClosedRange<Int64> {
            #expect(
                books.apply(event(.addOrder, UInt64(price), 1, at: price, sell: price > 8)).isDisjoint(with: .fault)
            )
        }
    }

    @Test("the trading state is what was announced last, and halted while the venue has halted the instrument")
    func tradingStates() throws {
        var books = try BookSet(capacity: BookCapacity(instruments: 2, orders: 16, levels: 16))
        let one = Instrument(id: 0)
        #expect(books.tradingState(one) == .unknown)
        let states: [(Character, TradingState)] = [
            ("H", .halted), ("P", .paused), ("Q", .quotationOnly), ("T", .trading),
        ]
        for (code, state) in states {
            #expect(books.apply(status(code)) == .state)
            #expect(books.tradingState(one) == state)
        }
        let halt = UInt64(UInt8(ascii: "Q")) | UInt64(UInt8(ascii: "H")) << 8
        _ = books.apply(event(.operationalHalt, detail: halt))
        #expect(books.tradingState(one) == .halted)
        _ = books.apply(status("T"))
        #expect(books.tradingState(one) == .halted)
        _ = books.apply(event(.operationalHalt, detail: UInt64(UInt8(ascii: "Q")) | UInt64(UInt8(ascii: "T")) << 8))
        #expect(books.tradingState(one) == .trading)
        #expect(books.tradingState(Instrument(id: 1)) == .unknown)
        #expect(books.tradingState(.none) == .unknown && books.quote(.none) == .empty)
    }

    @Test("the day's phases follow the system events, and only continuous trading calls a crossed book a fault")
    func phases() throws {
        var books = try BookSet(capacity: BookCapacity(instruments: 1, orders: 16, levels: 16))
        _ = books.apply(status("T"))
        #expect(books.phase == .closed)
        let phases: [(Character, MarketPhase)] = [
            ("O", .closed), ("S", .preOpen), ("Q", .regular), ("M", .postClose), ("E", .closed), ("C", .closed),
        ]
        for (code, phase) in phases {
            let change = books.apply(event(.systemEvent, detail: UInt64(code.asciiValue ?? 0)))
            #expect(change == (code == "O" ? [] : .state))
            #expect(books.phase == phase)
            _ = books.apply(event(.addOrder, 1, 1, at: 100, sell: true))
            #expect(books.apply(event(.addOrder, 2, 1, at: 100)) == (phase == .regular ? [.bid, .fault] : .bid))
            #expect(books.quote(Instrument(id: 0)).isCrossed)
            _ = books.apply(event(.clearBook))
            let orders = books.orderCount
            #expect(orders == 0)
        }
    }
}
