// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosVenue

/// A seeded stream of commands of one kind.
enum Scenario: String, CaseIterable {
    /// Eight instruments; nineteen of twenty orders are cancelled, within a dozen ticks of the touch.
    case cancelHeavy
    /// One instrument, 100,000 resting orders over 2,000 prices a side, touched anywhere.
    case deepBook
    /// One instrument; every eleventh order takes ten resting ones.
    case sweepHeavy
    /// Orders for the opening and for the book before it; an imbalance message every 10,000 commands, a cross every 100,000.
    case auction

    func commands(_ count: Int) -> [MatchingCommand] {
        var maker = StreamMaker()
        for index in 0..<8 {
            let phase: MatchingPhase = self == .auction ? .preOpen : .open
            maker.commands.append(.phase(Instrument(id: UInt32(index)), phase))
        }
        switch self {
        case .cancelHeavy: while maker.commands.count < count { maker.cancelHeavy() }
        case .deepBook:
            for _ in 0..<min(100_000, count / 3) { maker.add(0, distance: maker.below(2_000), shares: 100) }
            while maker.commands.count < count { maker.deep() }
        case .sweepHeavy: while maker.commands.count < count { maker.sweep() }
        case .auction: while maker.commands.count < count { maker.auction() }
        }
        return maker.commands
    }
}

struct StreamMaker {
    var commands: [MatchingCommand] = []
    var random = SeededRandom(seed: 42)
    var live: [(instrument: UInt32, owner: UInt32, id: UInt64)] = []
    var nextID: UInt64 = 1
    let middle = 10_000

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    /// A resting order, `distance` ticks from the middle of its side.
    mutating func add(_ instrument: UInt32, distance: Int, shares: Int) {
        let side: Side = random.next() & 1 == 0 ? .buy : .sell
        let cents = side == .buy ? middle - 1 - distance : middle + 1 + distance
        enter(instrument, side, cents, shares, keep: true)
    }

    mutating func enter(_ instrument: UInt32, _ side: Side, _ cents: Int, _ shares: Int, keep: Bool) {
        let owner = UInt32(below(64))
        let price = Price(raw: Int64(cents) * 1_000_000)
        var command = MatchingCommand.enter(
            Instrument(id: instrument),
            owner: owner,
            id: nextID,
            side,
            Quantity(shares),
            at: price
        )
        if keep { live.append((instrument, owner, nextID)) } else { command.duration = .immediateOrCancel }
        commands.append(command)
        nextID += 1
    }

    mutating func cancelOne() {
        guard !live.isEmpty else { return }
        let place = below(live.count)
        let order = live[place]
        live[place] = live[live.count - 1]
        live.removeLast()
        commands.append(.cancel(Instrument(id: order.instrument), owner: order.owner, id: order.id))
    }

    mutating func cancelHeavy() {
        let instrument = UInt32(below(8))
        let draw = below(100)
        if draw < 50 || live.count < 4_000 {
            add(instrument, distance: below(12), shares: 100)
        } else if draw < 97 {
            cancelOne()
        } else {
            let side: Side = draw & 1 == 0 ? .buy : .sell
            enter(instrument, side, side == .buy ? middle + 13 : middle - 13, 100, keep: false)
        }
    }

    mutating func deep() {
        if random.next() & 1 == 0 { add(0, distance: below(2_000), shares: 100) } else { cancelOne() }
    }

    mutating func sweep() {
        for _ in 0..<10 { add(0, distance: below(10), shares: 100) }
        let side: Side = random.next() & 1 == 0 ? .buy : .sell
        enter(0, side, side == .buy ? middle + 2_000 : middle - 2_000, 1_000, keep: false)
    }

    mutating func auction() {
        let place = commands.count % 100_000
        if place == 99_999 {
            commands.append(.uncross(Instrument(id: 0), .opening, reference: Price(raw: Int64(middle) * 1_000_000)))
        } else if place % 10_000 == 9_999 {
            commands.append(.imbalance(Instrument(id: 0), .opening, reference: Price(raw: Int64(middle) * 1_000_000)))
        } else {
            let side: Side = random.next() & 1 == 0 ? .buy : .sell
            let away = below(200) - 100
            enter(0, side, middle + away, 100, keep: true)
            live.removeLast()
            if commands.count % 2 == 0 { commands[commands.count - 1].cross = .opening }
        }
    }
}

/// A matching engine as one writes it first: limit orders, immediate orders and cancels, nothing else.
struct PlainEngine {
    struct Order {
        var key: UInt64
        var quantity: Int64
    }

    struct Level {
        var price: Int64
        var orders: [Order]
    }

    struct Book {
        /// The best price last.
        var bids: [Level] = []
        var asks: [Level] = []
    }

    struct Place {
        var instrument: Int
        var side: Side
        var price: Int64
    }

    var books = [Book](repeating: Book(), count: 8)
    var places: [UInt64: Place] = [:]
    var volume: Int64 = 0

    mutating func apply(_ command: MatchingCommand) {
        let key = command.id << 8 | UInt64(command.owner)
        switch command.kind {
        case .enter: enter(command, key)
        case .cancel: cancel(key)
        default: break
        }
    }

    mutating func enter(_ command: MatchingCommand, _ key: UInt64) {
        let i = command.instrument.index
        let price = command.price.raw
        var left = command.quantity.raw
        // Taken out and put back, so that no copy is made.
        var levels: [Level] = []
        if command.side == .buy {
            swap(&levels, &books[i].asks)
            take(&levels, &left) { $0 <= price }
            swap(&levels, &books[i].asks)
        } else {
            swap(&levels, &books[i].bids)
            take(&levels, &left) { $0 >= price }
            swap(&levels, &books[i].bids)
        }
        guard left > 0, command.duration == .day else { return }
        let order = Order(key: key, quantity: left)
        if command.side == .buy {
            PlainEngine.put(order, price, &books[i].bids) { $0 < price }
        } else {
            PlainEngine.put(order, price, &books[i].asks) { $0 > price }
        }
        places[key] = Place(instrument: i, side: command.side, price: price)
    }

    mutating func take(_ levels: inout [Level], _ left: inout Int64, _ isGood: (Int64) -> Bool) {
        while left > 0, let last = levels.indices.last, isGood(levels[last].price) {
            let quantity = min(left, levels[last].orders[0].quantity)
            levels[last].orders[0].quantity -= quantity
            left -= quantity
            volume += quantity
            if levels[last].orders[0].quantity == 0 {
                places[levels[last].orders[0].key] = nil
                levels[last].orders.removeFirst()
            }
            if levels[last].orders.isEmpty { levels.removeLast() }
        }
    }

    static func position(_ levels: [Level], _ isWorse: (Int64) -> Bool) -> Int {
        var low = 0
        var high = levels.count
        while low < high {
            let half = (low + high) / 2
            if isWorse(levels[half].price) { low = half + 1 } else { high = half }
        }
        return low
    }

    static func put(_ order: Order, _ price: Int64, _ levels: inout [Level], _ isWorse: (Int64) -> Bool) {
        let place = position(levels, isWorse)
        if place < levels.count, levels[place].price == price {
            levels[place].orders.append(order)
        } else {
            levels.insert(Level(price: price, orders: [order]), at: place)
        }
    }

    mutating func cancel(_ key: UInt64) {
        guard let place = places.removeValue(forKey: key) else { return }
        if place.side == .buy {
            PlainEngine.remove(key, &books[place.instrument].bids) { $0 < place.price }
        } else {
            PlainEngine.remove(key, &books[place.instrument].asks) { $0 > place.price }
        }
    }

    static func remove(_ key: UInt64, _ levels: inout [Level], _ isWorse: (Int64) -> Bool) {
        let place = position(levels, isWorse)
        guard let index = levels[place].orders.firstIndex(where: { $0.key == key }) else { return }
        levels[place].orders.remove(at: index)
        if levels[place].orders.isEmpty { levels.remove(at: place) }
    }
}
