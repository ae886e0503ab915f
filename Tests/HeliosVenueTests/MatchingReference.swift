// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosVenue

/// An order of the reference exchange.
struct ReferenceOrder {
    var id: UInt64
    var owner: UInt32
    var reference: UInt64
    var side: Side
    var open: Int64
    var shown: Int64 = 0
    var total: Int64
    var display: Int64
    var range: Int64
    var minimum: Int64
    var offset: Int64
    /// nil: at any price.
    var limit: Int64?
    /// Where it stands in the continuous book; nil: nowhere.
    var price: Int64?
    var hidden: Bool
    var pegged: Bool
    var midpoint: Bool
    var postOnly: Bool
    var cancelOnDisconnect: Bool
    var goodTillCancel: Bool
    var imbalanceOnly: Bool
    var immediate: Bool
    var market: Bool
    var cross: CrossKind
    var selfTrade: SelfTradePrevention
    var instrument: Int
    /// Pegs are moved in this order.
    var arrival: UInt64 = 0
    var previousID: UInt64 = 0
    var previousReference: UInt64 = 0
    var previousShown: Int64 = 0
    var isReplacement = false
    var isStopped = false

    /// Has a minimum of its own to insist on while it rests, follows something or waits for an imbalance.
    var apart: Bool { pegged || imbalanceOnly || minimum > 0 && !immediate }
    /// The better, the greater; any price is best.
    var rank: Int64 { limit.map { side == .buy ? $0 : -$0 } ?? .max }

    func isBetter(_ a: Int64, than b: Int64) -> Bool { side == .buy ? a > b : a < b }
    func accepts(_ price: Int64) -> Bool { limit.map { side == .buy ? price <= $0 : price >= $0 } ?? true }
}

struct ReferenceBook {
    var rules: MatchingRules
    var phase = MatchingPhase.closed
    var lower: Int64 = 0
    var upper: Int64 = 0
    var bid: Int64 = 0
    var ask: Int64 = 0
    var last: Int64 = 0
    var pegsSeen: [Int64]?

    func allows(_ side: Side, _ price: Int64?) -> Bool {
        guard let price else { return (side == .buy ? upper : lower) == 0 }
        return side == .buy ? upper == 0 || price <= upper : lower == 0 || price >= lower
    }
}

/// An exchange that is meant to be obviously right: one array of orders, searched from end to end for every step.
struct ReferenceExchange {
    var books: [Int: ReferenceBook] = [:]
    var orders: [ReferenceOrder] = []
    var events: [MatchingEvent] = []
    var trades: [UInt64: MatchingEvent] = [:]
    var lastReference: UInt64 = 0
    var lastMatch: UInt64 = 0
    var arrivals: UInt64 = 0
    var now = Timestamp.zero
    var random: SeededRandom
    let owners: Int
    let capacity: Int

    init(owners: Int, capacity: Int, seed: UInt64) {
        self.owners = owners
        self.capacity = capacity
        random = SeededRandom(seed: seed)
    }

    mutating func apply(_ command: MatchingCommand) {
        now = command.time
        switch command.kind {
        case .enter: enter(command)
        case .cancel: cancel(command)
        case .replace: replace(command)
        case .massCancel, .disconnect: massCancel(command)
        case .quote: quote(command)
        case .phase: phase(command)
        case .uncross: uncross(command)
        case .imbalance: imbalance(command)
        case .bands: bands(command)
        case .bust: bust(command)
        }
        settlePegs(command.instrument.index)
    }

    func index(_ owner: UInt32, _ id: UInt64) -> Int? { orders.firstIndex { $0.owner == owner && $0.id == id } }
    func index(reference: UInt64) -> Int? { orders.firstIndex { $0.reference == reference } }

    mutating func nextReference() -> UInt64 {
        lastReference += 1
        return lastReference
    }

    mutating func nextMatch() -> UInt64 {
        lastMatch += 1
        return lastMatch
    }
}

// MARK: Telling

extension ReferenceExchange {
    mutating func reject(_ command: MatchingCommand, _ reason: MatchingRejectReason, cancel: Bool = false) {
        events.append(
            MatchingEvent(
                cancel ? .cancelRejected : .rejected,
                instrument: command.instrument,
                time: now,
                owner: command.owner,
                id: command.kind == .replace ? command.newID : command.id,
                detail: reason.rawValue
            )
        )
    }

    mutating func announce(_ order: ReferenceOrder, dead: MatchingCancelReason? = nil) {
        events.append(
            MatchingEvent(
                order.isReplacement ? .replaced : .accepted,
                instrument: Instrument(id: UInt32(order.instrument)),
                time: now,
                owner: order.owner,
                id: order.id,
                reference: order.reference,
                side: order.side,
                price: order.limit ?? 0,
                quantity: order.total,
                open: dead == nil ? order.open : 0,
                displayed: order.display,
                contraID: order.previousID,
                contraReference: order.previousReference,
                detail: dead?.rawValue ?? 0,
                flags: dead == nil ? [] : .dead,
                cross: order.cross
            )
        )
    }

    mutating func tell(
        _ kind: MatchingEventKind,
        _ order: ReferenceOrder,
        price: Int64 = 0,
        quantity: Int64 = 0,
        open: Int64 = 0,
        reason: MatchingCancelReason? = nil,
        replacing: UInt64 = 0,
        match: UInt64 = 0
    ) {
        let isPublic = kind.rawValue >= MatchingEventKind.shown.rawValue
        events.append(
            MatchingEvent(
                kind,
                instrument: Instrument(id: UInt32(order.instrument)),
                time: now,
                owner: isPublic ? 0 : order.owner,
                id: isPublic ? 0 : order.id,
                reference: order.reference,
                side: order.side,
                price: price,
                quantity: quantity,
                open: open,
                contraReference: replacing,
                match: match,
                detail: reason?.rawValue ?? 0
            )
        )
    }

    mutating func releasePrevious(_ order: inout ReferenceOrder) {
        guard order.previousShown > 0 else { return }
        order.previousShown = 0
        var gone = order
        gone.reference = order.previousReference
        tell(.unshown, gone)
    }

    mutating func cancelWhole(_ i: Int, _ reason: MatchingCancelReason, price: Int64 = 0) {
        let order = orders.remove(at: i)
        tell(.cancelled, order, price: price, quantity: order.open, reason: reason)
        if order.shown > 0 { tell(.unshown, order) }
    }
}

// MARK: Entering

extension ReferenceExchange {
    mutating func enter(_ command: MatchingCommand) {
        if let reason = refusal(command) { return reject(command, reason) }
        let dark = books[command.instrument.index]?.rules.isDark ?? false
        let isMarket = command.type == .market
        let hidden = command.instructions.contains(.hidden) || command.type == .midpointPeg || dark
        let immediate = command.duration == .immediateOrCancel || command.duration == .fillOrKill
        let order = ReferenceOrder(
            id: command.id,
            owner: command.owner,
            reference: nextReference(),
            side: command.side,
            open: command.quantity.raw,
            total: command.quantity.raw,
            display: command.display.raw,
            range: command.displayRange.raw,
            minimum: command.duration == .fillOrKill ? command.quantity.raw : command.minimum.raw,
            offset: command.secondPrice.raw,
            limit: isMarket || command.price.raw == 0 ? nil : command.price.raw,
            price: nil,
            hidden: hidden,
            pegged: !dark && (command.type == .primaryPeg || command.type == .midpointPeg),
            midpoint: dark || command.type == .midpointPeg,
            postOnly: command.instructions.contains(.postOnly),
            cancelOnDisconnect: command.instructions.contains(.cancelOnDisconnect),
            goodTillCancel: command.duration == .goodTillCancel,
            imbalanceOnly: command.instructions.contains(.imbalanceOnly),
            immediate: immediate || isMarket && command.cross == .none,
            market: isMarket,
            cross: command.cross,
            selfTrade: command.selfTrade,
            instrument: command.instrument.index
        )
        arrive(order)
    }

    func refusal(_ command: MatchingCommand) -> MatchingRejectReason? {
        guard let book = books[command.instrument.index] else { return .unknownInstrument }
        guard command.owner < owners else { return .unknownOwner }
        let immediate = command.duration == .immediateOrCancel || command.duration == .fillOrKill
        let neverRests = immediate || command.type == .market && command.cross == .none
        if book.phase == .closed { return .closed }
        if book.phase == .halted && command.cross != .halt { return .halted }
        if book.phase != .open && command.cross == .none && neverRests { return .notContinuous }
        let rules = book.rules
        let quantity = command.quantity.raw
        if quantity <= 0 || quantity > rules.largestQuantity.raw || quantity % rules.lot.raw != 0 {
            return .invalidQuantity
        }
        let peg = command.type == .primaryPeg || command.type == .midpointPeg
        if command.type == .limit || peg && command.price.raw != 0 {
            if !isPrice(command.price.raw, rules) { return .invalidPrice }
        }
        if let reason = termsRefusal(command, rules, neverRests, peg) { return reason }
        if index(command.owner, command.id) != nil { return .duplicateOrder }
        return !neverRests && orders.count >= capacity ? .capacity : nil
    }

    func isPrice(_ price: Int64, _ rules: MatchingRules) -> Bool {
        price > 0 && price <= rules.largestPrice.raw && price % rules.tick.raw == 0
    }

    func termsRefusal(
        _ command: MatchingCommand,
        _ rules: MatchingRules,
        _ neverRests: Bool,
        _ peg: Bool
    ) -> MatchingRejectReason? {
        let lot = rules.lot.raw
        let hidden = command.instructions.contains(.hidden) || command.type == .midpointPeg || rules.isDark
        let display = command.display.raw
        let range = command.displayRange.raw
        let isBadDisplay = display < 0 || display > command.quantity.raw || display % lot != 0 || hidden || neverRests
        if display != 0, isBadDisplay || range < 0 || range >= display || range % lot != 0 || command.type != .limit {
            return .invalidDisplay
        }
        if display == 0 && range != 0 { return .invalidDisplay }
        let minimum = command.minimum.raw
        let isBadMinimum = minimum < 0 || minimum > command.quantity.raw || minimum % lot != 0
        if minimum != 0, isBadMinimum || !hidden && !neverRests { return .invalidMinimum }
        if command.type == .primaryPeg {
            let offset = command.secondPrice.raw
            if rules.isDark || offset < 0 || offset > rules.largestPrice.raw || offset % rules.tick.raw != 0 {
                return .invalidPeg
            }
        }
        if peg && neverRests && !rules.isDark { return .invalidPeg }
        let postOnly = command.instructions.contains(.postOnly)
        let imbalanceOnly = command.instructions.contains(.imbalanceOnly)
        if command.cross == .none ? imbalanceOnly : imbalanceOnly && command.type == .market { return .invalidCross }
        if command.cross != .none, peg || hidden || display != 0 || minimum != 0 || neverRests || postOnly {
            return .invalidCross
        }
        return postOnly && (neverRests || peg || rules.isDark) ? .invalidCombination : nil
    }

    mutating func arrive(_ incoming: ReferenceOrder) {
        var order = incoming
        guard let book = books[order.instrument] else { return }
        if order.pegged {
            announce(order)
            releasePrevious(&order)
            arrivals += 1
            order.arrival = arrivals
            orders.append(order)
            if book.phase == .open { movePeg(order.arrival, isNew: true) }
        } else if order.cross != .none || book.phase != .open {
            announce(order)
            rest(&order)
        } else {
            arriveOpen(&order, book)
        }
    }

    mutating func arriveOpen(_ order: inout ReferenceOrder, _ book: ReferenceBook) {
        let first = candidates(order).first
        var takes = first != nil
        if let first, order.postOnly {
            announce(order, dead: orders[first].hidden ? .postOnlyHidden : .postOnlyDisplayed)
            return releasePrevious(&order)
        }
        if takes, order.minimum > 0 || book.rules.isDark {
            takes = executable(order) >= max(1, min(order.minimum, order.open))
        }
        if !takes, order.immediate {
            announce(order, dead: .immediateOrCancel)
            return releasePrevious(&order)
        }
        announce(order)
        if takes {
            releasePrevious(&order)
            match(&order)
            if order.open == 0 { return }
        }
        if order.isStopped {
            tell(.cancelled, order, quantity: order.open, reason: .selfTrade)
        } else if order.immediate {
            tell(.cancelled, order, quantity: order.open, reason: .immediateOrCancel)
        } else if !book.rules.isDark, !book.allows(order.side, order.limit) {
            releasePrevious(&order)
            tell(.cancelled, order, quantity: order.open, reason: .bands)
        } else {
            rest(&order)
        }
    }

    mutating func rest(_ order: inout ReferenceOrder) {
        if order.cross == .none {
            order.price = order.limit
            if !order.hidden { order.shown = order.display > 0 ? min(order.display, order.open) : order.open }
        }
        let previous = order.previousShown > 0 ? order.previousReference : 0
        if order.shown == 0 { releasePrevious(&order) }
        order.previousShown = 0
        orders.append(order)
        if order.shown > 0 {
            tell(
                previous == 0 ? .shown : .reshown,
                order,
                price: order.price ?? 0,
                quantity: order.shown,
                replacing: previous
            )
        }
    }
}

// MARK: Matching

extension ReferenceExchange {
    func middle(_ book: ReferenceBook) -> Int64? {
        guard book.bid > 0, book.ask >= book.bid else { return nil }
        let middle = (book.bid + book.ask) / 2
        return book.allows(.buy, middle) && book.allows(.sell, middle) ? middle : nil
    }

    /// Everybody on the other side whom the order may meet, in the order of priority.
    func candidates(_ order: ReferenceOrder) -> [Int] {
        guard let book = books[order.instrument] else { return [] }
        let dark = book.rules.isDark
        let middle = middle(book)
        if dark, middle.map({ order.accepts($0) }) != true { return [] }
        let met = orders.indices.filter { i in
            let maker = orders[i]
            guard maker.instrument == order.instrument, maker.side != order.side, maker.cross == .none else {
                return false
            }
            if dark { return middle.map { maker.accepts($0) } ?? false }
            guard let price = maker.price, order.accepts(price) else { return false }
            // Within the bands; at no limit, a band is the limit.
            return book.allows(order.side, price)
        }
        if dark { return met.sorted { orders[$0].reference < orders[$1].reference } }
        return met.sorted { a, b in
            let (x, y) = (orders[a], orders[b])
            if let p = x.price, let q = y.price, p != q { return x.isBetter(p, than: q) }
            return x.hidden != y.hidden ? y.hidden : x.reference < y.reference
        }
    }

    func isOwn(_ maker: ReferenceOrder, _ order: ReferenceOrder) -> Bool {
        maker.owner == order.owner && order.selfTrade != .none
    }

    /// Resting orders with a minimum want it from one counterpart.
    func isEnough(_ quantity: Int64, _ maker: ReferenceOrder) -> Bool { quantity >= min(maker.minimum, maker.open) }

    /// What the order would execute, tried on a copy without the own orders that it must not meet.
    func executable(_ order: ReferenceOrder) -> Int64 {
        var copy = self
        // Not needed there, and dear to copy at the first write.
        copy.trades = [:]
        let list = candidates(order)
        var removed = Set(list.filter { isOwn(orders[$0], order) }.map { orders[$0].reference })
        if order.selfTrade == .cancelNewest || order.selfTrade == .decrement,
            let own = list.firstIndex(where: { isOwn(orders[$0], order) })
        {
            let dark = books[order.instrument]?.rules.isDark ?? false
            for (position, i) in list.enumerated()
            where position >= own || !dark && orders[i].price == orders[list[own]].price {
                removed.insert(orders[i].reference)
            }
        }
        copy.orders.removeAll { removed.contains($0.reference) }
        copy.events = []
        var trial = order
        copy.match(&trial)
        return copy.events.reduce(0) { $0 + ($1.kind == .executed ? $1.quantity.raw : 0) }
    }

    mutating func match(_ order: inout ReferenceOrder) {
        while order.open > 0, !order.isStopped {
            let open = order.open
            let next = candidates(order).first {
                !orders[$0].hidden || isEnough(min(open, orders[$0].open), orders[$0])
            }
            guard let next else { return }
            trade(&order, next)
        }
    }

    mutating func trade(_ order: inout ReferenceOrder, _ i: Int) {
        guard let book = books[order.instrument] else { return }
        let price = book.rules.isDark ? middle(book) ?? 0 : orders[i].price ?? 0
        let quantity = min(order.open, orders[i].hidden ? orders[i].open : orders[i].shown)
        if isOwn(orders[i], order) {
            meetOwn(&order, i, quantity, price)
            return
        }
        orders[i].open -= quantity
        if !orders[i].hidden { orders[i].shown -= quantity }
        order.open -= quantity
        let maker = orders[i]
        var flags: MatchingFlags = maker.hidden ? [] : .displayed
        if maker.midpoint || order.midpoint { flags.insert(.midpoint) }
        if maker.postOnly { flags.insert(.postOnly) }
        let event = MatchingEvent(
            .executed,
            instrument: Instrument(id: UInt32(order.instrument)),
            time: now,
            owner: maker.owner,
            id: maker.id,
            reference: maker.reference,
            side: maker.side,
            price: price,
            quantity: quantity,
            open: maker.open,
            displayed: maker.shown,
            contraOwner: order.owner,
            contraID: order.id,
            contraReference: order.reference,
            contraOpen: order.open,
            match: nextMatch(),
            flags: flags
        )
        trades[event.match] = event
        events.append(event)
        books[order.instrument]?.last = price
        finish(i)
    }

    /// An order without a displayed quantity is gone or shows its next slice.
    mutating func finish(_ i: Int) {
        if orders[i].open == 0 {
            orders.remove(at: i)
        } else if !orders[i].hidden, orders[i].shown == 0 {
            refresh(i)
        }
    }

    mutating func refresh(_ i: Int) {
        let before = orders[i].reference
        orders[i].reference = nextReference()
        var size = orders[i].display
        if orders[i].range > 0, let lot = books[orders[i].instrument]?.rules.lot.raw {
            let lots = orders[i].range / lot
            size += (Int64(random.next() % UInt64(2 * lots + 1)) - lots) * lot
        }
        orders[i].shown = min(size, orders[i].open)
        let order = orders[i]
        events.append(
            MatchingEvent(
                .restated,
                instrument: Instrument(id: UInt32(order.instrument)),
                time: now,
                owner: order.owner,
                id: order.id,
                reference: order.reference,
                side: order.side,
                price: order.price ?? 0,
                open: order.open,
                displayed: order.shown,
                contraReference: before
            )
        )
        tell(.shown, order, price: order.price ?? 0, quantity: order.shown)
    }

    mutating func meetOwn(_ order: inout ReferenceOrder, _ i: Int, _ quantity: Int64, _ price: Int64) {
        switch order.selfTrade {
        case .none, .cancelNewest: order.isStopped = true
        case .cancelOldest: cancelWhole(i, .selfTrade, price: price)
        case .decrement:
            orders[i].open -= quantity
            orders[i].total -= quantity
            if !orders[i].hidden { orders[i].shown -= quantity }
            let maker = orders[i]
            tell(.cancelled, maker, price: price, quantity: quantity, open: maker.open, reason: .selfTrade)
            if !maker.hidden {
                if maker.shown > 0 { tell(.reduced, maker, quantity: quantity) } else { tell(.unshown, maker) }
            }
            order.open -= quantity
            order.total -= quantity
            tell(.cancelled, order, price: price, quantity: quantity, open: order.open, reason: .selfTrade)
            finish(i)
        }
    }
}
