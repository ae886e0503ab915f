// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue

/// Cancels, replacements, pegs and the operator's commands of the reference exchange.
extension ReferenceExchange {
    mutating func cancel(_ command: MatchingCommand) {
        guard let i = index(command.owner, command.id), orders[i].instrument == command.instrument.index else {
            return reject(command, .unknownOrder, cancel: true)
        }
        let keep = command.quantity.raw
        if keep == 0 { return cancelWhole(i, command.reason) }
        let lot = books[orders[i].instrument]?.rules.lot.raw ?? 1
        if keep < 0 || keep % lot != 0 { return reject(command, .invalidQuantity, cancel: true) }
        if keep >= orders[i].open { return reject(command, .nothingToCancel, cancel: true) }
        let gone = orders[i].open - keep
        let unshown = max(orders[i].shown - keep, 0)
        orders[i].open = keep
        orders[i].total -= gone
        orders[i].shown -= unshown
        tell(.cancelled, orders[i], quantity: gone, open: keep, reason: command.reason)
        if unshown > 0 { tell(.reduced, orders[i], quantity: unshown) }
    }

    mutating func replace(_ command: MatchingCommand) {
        guard let i = index(command.owner, command.id), orders[i].instrument == command.instrument.index else {
            return reject(command, .unknownOrder, cancel: true)
        }
        if let reason = replaceRefusal(i, command) { return reject(command, reason) }
        let old = orders[i]
        var new = replacement(old, command)
        if isReduction(old, new) {
            let unshown = max(old.shown - new.open, 0)
            orders[i].id = new.id
            orders[i].total = new.total
            orders[i].open = new.open
            orders[i].shown -= unshown
            events.append(
                MatchingEvent(
                    .replaced,
                    instrument: command.instrument,
                    time: now,
                    owner: old.owner,
                    id: new.id,
                    reference: old.reference,
                    side: old.side,
                    price: new.limit ?? 0,
                    quantity: new.total,
                    open: new.open,
                    displayed: new.display,
                    contraID: old.id,
                    contraReference: old.reference,
                    flags: .priorityKept,
                    cross: old.cross
                )
            )
            if unshown > 0 { tell(.reduced, orders[i], quantity: unshown) }
            return
        }
        orders.remove(at: i)
        if new.open <= 0 {
            new.open = 0
            announce(new, dead: .user)
            releasePrevious(&new)
        } else {
            new.reference = nextReference()
            arrive(new)
        }
    }

    func replaceRefusal(_ i: Int, _ command: MatchingCommand) -> MatchingRejectReason? {
        let order = orders[i]
        guard let book = books[order.instrument] else { return .unknownInstrument }
        let rules = book.rules
        let lot = rules.lot.raw
        let quantity = command.quantity.raw
        if book.phase == .closed { return .closed }
        if book.phase == .halted && order.cross != .halt { return .halted }
        if quantity <= 0 || quantity > rules.largestQuantity.raw || quantity % lot != 0 { return .invalidQuantity }
        if order.market {
            if command.price.raw != 0 { return .invalidPrice }
        } else if !((order.pegged || rules.isDark) && command.price.raw == 0) {
            if !isPrice(command.price.raw, rules) { return .invalidPrice }
        }
        let display = command.display.raw
        let mayDisplay = !order.hidden && !order.pegged && order.cross == .none
        if display != 0, display < 0 || display > quantity || display % lot != 0 || !mayDisplay {
            return .invalidDisplay
        }
        let minimum = command.minimum.raw
        if minimum != 0, minimum < 0 || minimum > quantity || minimum % lot != 0 || !order.hidden {
            return .invalidMinimum
        }
        let mayPost = !order.pegged && !rules.isDark && order.cross == .none
        if command.instructions.contains(.postOnly) && !mayPost { return .invalidCombination }
        if let other = index(command.owner, command.newID), other != i { return .duplicateOrder }
        return nil
    }

    func replacement(_ old: ReferenceOrder, _ command: MatchingCommand) -> ReferenceOrder {
        var new = old
        let executed = old.total - old.open
        new.id = command.newID
        new.previousID = old.id
        new.previousReference = old.reference
        new.previousShown = old.shown
        new.isReplacement = true
        new.total = command.quantity.raw
        new.open = command.quantity.raw - executed
        new.limit = command.price.raw == 0 ? nil : command.price.raw
        new.display = command.display.raw
        if new.display != old.display { new.range = 0 }
        new.minimum = command.minimum.raw
        new.postOnly = command.instructions.contains(.postOnly)
        new.price = nil
        new.shown = 0
        return new
    }

    func isReduction(_ old: ReferenceOrder, _ new: ReferenceOrder) -> Bool {
        new.open > 0 && new.open <= old.open && new.limit == old.limit && new.display == old.display
            && new.minimum == old.minimum && new.postOnly == old.postOnly
    }

    mutating func massCancel(_ command: MatchingCommand) {
        guard command.owner < owners else { return reject(command, .unknownOwner) }
        let all = command.instrument == .none
        guard all || books[command.instrument.index] != nil else { return reject(command, .unknownInstrument) }
        events.append(
            MatchingEvent(
                .massCancelled,
                instrument: command.instrument,
                time: now,
                owner: command.owner,
                id: command.id
            )
        )
        let isDisconnect = command.kind == .disconnect
        for instrument in all ? books.keys.sorted() : [command.instrument.index] {
            sweep(instrument, isDisconnect ? .disconnected : command.reason) {
                $0.owner == command.owner && (!isDisconnect || $0.cancelOnDisconnect)
            }
            settlePegs(instrument)
        }
    }

    /// Cancels many: the book, then each auction; buys first; by price, displayed, age; pegs without a place last.
    mutating func sweep(
        _ instrument: Int,
        _ reason: MatchingCancelReason,
        where isMeant: (ReferenceOrder) -> Bool
    ) {
        let dark = books[instrument]?.rules.isDark ?? false
        let meant = orders.filter { $0.instrument == instrument && isMeant($0) }
        let parked = meant.filter { $0.pegged && $0.price == nil }.sorted { $0.arrival < $1.arrival }
        let placed = meant.filter { !($0.pegged && $0.price == nil) }.sorted { a, b in
            if a.cross != b.cross { return a.cross.rawValue < b.cross.rawValue }
            if a.side != b.side { return a.side == .buy }
            let ranks = (a.pegged ? placeRank(a) : a.rank, b.pegged ? placeRank(b) : b.rank)
            if !dark, ranks.0 != ranks.1 { return ranks.0 > ranks.1 }
            return a.hidden != b.hidden ? b.hidden : a.reference < b.reference
        }
        for order in placed + parked {
            if let i = index(reference: order.reference) { cancelWhole(i, reason) }
        }
    }

    func placeRank(_ order: ReferenceOrder) -> Int64 { (order.price ?? 0) * order.side.sign }
}

// MARK: Pegs

extension ReferenceExchange {
    func pegPrices(_ instrument: Int) -> (bid: Int64, ask: Int64) {
        guard let book = books[instrument] else { return (0, 0) }
        if book.rules.followsOutsideQuote { return (book.bid, book.ask) }
        let anchors = orders.filter {
            $0.instrument == instrument && $0.cross == .none && !$0.hidden && !$0.pegged && $0.price != nil
        }
        let bids = anchors.filter { $0.side == .buy }.compactMap(\.price)
        let asks = anchors.filter { $0.side == .sell }.compactMap(\.price)
        return (bids.max() ?? 0, asks.min() ?? 0)
    }

    func pegTarget(_ order: ReferenceOrder) -> Int64? {
        guard let book = books[order.instrument] else { return nil }
        let (bid, ask) = pegPrices(order.instrument)
        return target(order, book, bid, ask)
    }

    func target(_ order: ReferenceOrder, _ book: ReferenceBook, _ bid: Int64, _ ask: Int64) -> Int64? {
        var price: Int64
        if order.midpoint {
            guard bid > 0, ask >= bid else { return nil }
            price = (bid + ask) / 2
        } else {
            let own = order.side == .buy ? bid : ask
            guard own > 0 else { return nil }
            price = order.side == .buy ? own - order.offset : own + order.offset
        }
        if let limit = order.limit { price = order.side == .buy ? min(price, limit) : max(price, limit) }
        let isGood = price > 0 && price <= book.rules.largestPrice.raw && book.allows(order.side, price)
        return isGood ? price : nil
    }

    mutating func settlePegs(_ instrument: Int) {
        guard books[instrument]?.phase == .open else { return }
        while true {
            let (bid, ask) = pegPrices(instrument)
            if books[instrument]?.pegsSeen == [bid, ask] { return }
            let pegs = orders.filter { $0.instrument == instrument && $0.pegged }.sorted { $0.arrival < $1.arrival }
            if pegs.isEmpty { return }
            books[instrument]?.pegsSeen = [bid, ask]
            for peg in pegs { movePeg(peg.arrival, isNew: false, prices: (bid, ask)) }
        }
    }

    mutating func movePeg(_ arrival: UInt64, isNew: Bool, prices: (Int64, Int64)? = nil) {
        guard let i = orders.firstIndex(where: { $0.pegged && $0.arrival == arrival }),
            let book = books[orders[i].instrument]
        else { return }
        let (bid, ask) = prices ?? pegPrices(orders[i].instrument)
        let target = target(orders[i], book, bid, ask)
        if target == orders[i].price { return }
        lift(i)
        if let target {
            if !isNew {
                orders[i].reference = nextReference()
                tellMoved(orders[i], target)
            }
            var order = orders.remove(at: i)
            let limit = order.limit
            order.limit = target
            if !candidates(order).isEmpty, order.minimum == 0 || executable(order) >= min(order.minimum, order.open) {
                match(&order)
            }
            order.limit = limit
            if order.open == 0 { return }
            if order.isStopped {
                tell(.cancelled, order, quantity: order.open, reason: .selfTrade)
                return
            }
            order.price = target
            if !order.hidden { order.shown = order.open }
            orders.append(order)
            if order.shown > 0 { tell(.shown, order, price: target, quantity: order.shown) }
        } else {
            tellMoved(orders[i], nil)
        }
    }

    mutating func lift(_ i: Int) {
        let shown = orders[i].shown
        orders[i].price = nil
        orders[i].shown = 0
        if shown > 0 { tell(.unshown, orders[i]) }
    }

    mutating func tellMoved(_ order: ReferenceOrder, _ price: Int64?) {
        events.append(
            MatchingEvent(
                .priorityUpdated,
                instrument: Instrument(id: UInt32(order.instrument)),
                time: now,
                owner: order.owner,
                id: order.id,
                reference: order.reference,
                side: order.side,
                price: price ?? 0,
                open: order.open,
                flags: price == nil ? .parked : order.hidden ? [] : .displayed
            )
        )
    }
}

// MARK: The operator

extension ReferenceExchange {
    mutating func quote(_ command: MatchingCommand) {
        let i = command.instrument.index
        guard let book = books[i] else { return reject(command, .unknownInstrument) }
        let (bid, ask) = (command.price.raw, command.secondPrice.raw)
        let range = 0...book.rules.largestPrice.raw
        guard range.contains(bid), range.contains(ask) else { return reject(command, .invalidPrice) }
        if book.bid == bid && book.ask == ask { return }
        books[i]?.bid = bid
        books[i]?.ask = ask
        settleDark(i)
    }

    mutating func settleDark(_ instrument: Int) {
        guard let book = books[instrument], book.rules.isDark, book.phase == .open else { return }
        let buys = orders.filter { $0.instrument == instrument && $0.side == .buy }
        for buy in buys.sorted(by: { $0.reference < $1.reference }) {
            guard let i = index(reference: buy.reference) else { continue }
            var order = orders.remove(at: i)
            if executable(order) >= max(1, min(order.minimum, order.open)) { match(&order) }
            if order.open == 0 { continue }
            if order.isStopped {
                tell(.cancelled, order, quantity: order.open, reason: .selfTrade)
            } else {
                orders.append(order)
            }
        }
    }

    mutating func phase(_ command: MatchingCommand) {
        let i = command.instrument.index
        guard let book = books[i] else { return reject(command, .unknownInstrument) }
        if book.phase == command.phase { return }
        if command.phase == .open, !book.rules.isDark {
            if isCrossed(i) {
                let result = clearing(i, .halt, reference: book.last)
                if result.volume > 0 { printCross(i, .halt, result) }
            }
            sweepBands(i)
        }
        if book.phase == .open {
            for peg in orders.filter({ $0.instrument == i && $0.pegged }).sorted(by: { $0.arrival < $1.arrival }) {
                guard let j = index(reference: peg.reference), orders[j].price != nil else { continue }
                lift(j)
                tellMoved(orders[j], nil)
            }
        }
        books[i]?.phase = command.phase
        events.append(
            MatchingEvent(
                .phaseChanged,
                instrument: command.instrument,
                time: now,
                detail: command.phase.rawValue
            )
        )
        books[i]?.pegsSeen = nil
        if command.phase == .open { settleDark(i) }
        if command.phase == .closed { sweep(i, .closed) { !$0.goodTillCancel } }
    }

    /// Whether the best bid is at or above the best offer, whoever they are.
    func isCrossed(_ instrument: Int) -> Bool {
        let book = orders.filter { $0.instrument == instrument && $0.cross == .none }
        let bid = book.filter { $0.side == .buy }.compactMap(\.price).max()
        let ask = book.filter { $0.side == .sell }.compactMap(\.price).min()
        guard let bid, let ask else { return false }
        return bid >= ask
    }

    mutating func sweepBands(_ instrument: Int) {
        guard let book = books[instrument] else { return }
        sweep(instrument, .bands) { $0.cross == .none && !$0.pegged && !book.allows($0.side, $0.limit) }
    }

    mutating func bands(_ command: MatchingCommand) {
        let i = command.instrument.index
        guard let book = books[i] else { return reject(command, .unknownInstrument) }
        let (lower, upper) = (command.price.raw, command.secondPrice.raw)
        let range = 0...book.rules.largestPrice.raw
        guard range.contains(lower), range.contains(upper), upper == 0 || lower <= upper else {
            return reject(command, .invalidPrice)
        }
        books[i]?.lower = lower
        books[i]?.upper = upper
        var event = MatchingEvent(
            .bandsChanged,
            instrument: command.instrument,
            time: now,
            price: lower == 0 || upper == 0 ? 0 : (lower + upper) / 2
        )
        event.secondPrice = command.price
        event.thirdPrice = command.secondPrice
        events.append(event)
        if book.rules.isDark { return settleDark(i) }
        if book.phase == .open {
            sweepBands(i)
            books[i]?.pegsSeen = nil
        }
    }

    mutating func bust(_ command: MatchingCommand) {
        guard var event = trades.removeValue(forKey: command.id) else { return reject(command, .unknownMatch) }
        event.kind = .broken
        event.time = now
        event.contraReference = 0
        event.open = .zero
        event.contraOpen = .zero
        event.displayed = .zero
        events.append(event)
    }
}

// MARK: Auctions

/// What an auction would do.
struct ReferenceClearing: Equatable {
    var price: Int64 = 0
    var volume: Int64 = 0
    var imbalance: Int64 = 0
}

extension ReferenceExchange {
    func traders(_ instrument: Int, _ cross: CrossKind, book: Bool = true) -> [ReferenceOrder] {
        orders.filter {
            $0.instrument == instrument && !$0.apart && ($0.cross == cross || book && $0.cross == .none)
        }
    }

    /// Tries every price on the grid.
    func clearing(
        _ instrument: Int,
        _ cross: CrossKind,
        reference: Int64,
        book: Bool = true,
        inside: ClosedRange<Int64>? = nil
    ) -> ReferenceClearing {
        guard let entry = books[instrument] else { return ReferenceClearing() }
        let tick = entry.rules.tick.raw
        let traders = traders(instrument, cross, book: book)
        var edges = traders.compactMap(\.limit)
        if reference > 0 { edges += [reference / tick * tick, (reference + tick - 1) / tick * tick] }
        guard let lowest = edges.min(), let highest = edges.max() else { return ReferenceClearing() }
        var best = ReferenceClearing()
        for price in stride(from: lowest, through: highest, by: Int64.Stride(tick)) {
            guard price > 0, price <= entry.rules.largestPrice.raw, inside.map({ $0.contains(price) }) ?? true,
                entry.allows(.buy, price), entry.allows(.sell, price)
            else { continue }
            let buyers = traders.filter { $0.side == .buy && $0.accepts(price) }.reduce(0) { $0 + $1.open }
            let sellers = traders.filter { $0.side == .sell && $0.accepts(price) }.reduce(0) { $0 + $1.open }
            let found = ReferenceClearing(price: price, volume: min(buyers, sellers), imbalance: buyers - sellers)
            if found.volume > 0, isBetter(found, best, reference) { best = found }
        }
        return best
    }

    func isBetter(_ a: ReferenceClearing, _ b: ReferenceClearing, _ reference: Int64) -> Bool {
        if a.volume != b.volume { return a.volume > b.volume }
        if abs(a.imbalance) != abs(b.imbalance) { return abs(a.imbalance) < abs(b.imbalance) }
        let (near, far) = (abs(a.price - reference), abs(b.price - reference))
        return near != far ? near < far : a.price > b.price
    }

    func auctionRefusal(_ command: MatchingCommand) -> MatchingRejectReason? {
        guard let book = books[command.instrument.index] else { return .unknownInstrument }
        if book.phase == .closed { return .closed }
        if book.rules.isDark || command.cross == .none { return .invalidCross }
        return (0...book.rules.largestPrice.raw).contains(command.price.raw) ? nil : .invalidPrice
    }

    mutating func uncross(_ command: MatchingCommand) {
        if let reason = auctionRefusal(command) { return reject(command, reason) }
        let i = command.instrument.index
        let reference = command.price.raw > 0 ? command.price.raw : books[i]?.last ?? 0
        printCross(i, command.cross, clearing(i, command.cross, reference: reference))
        sweep(i, .crossCancelled) { $0.cross == command.cross }
    }

    mutating func printCross(_ instrument: Int, _ cross: CrossKind, _ result: ReferenceClearing) {
        var volume = result.volume
        if volume > 0 {
            let buyers = auctionSide(instrument, cross, .buy, result)
            let sellers = auctionSide(instrument, cross, .sell, result)
            volume = min(buyers.reduce(0) { $0 + $1.1 }, sellers.reduce(0) { $0 + $1.1 })
            pair(buyers, sellers, volume, result.price, cross)
            books[instrument]?.last = result.price
        }
        events.append(
            MatchingEvent(
                .crossed,
                instrument: Instrument(id: UInt32(instrument)),
                time: now,
                price: result.price,
                quantity: volume,
                match: nextMatch(),
                cross: cross
            )
        )
    }

    /// Who may trade on a side, best price, then displayed, then oldest; then the imbalance-only, up to the imbalance.
    func auctionSide(
        _ instrument: Int,
        _ cross: CrossKind,
        _ side: Side,
        _ result: ReferenceClearing
    ) -> [(UInt64, Int64)] {
        func byPriority(_ a: ReferenceOrder, _ b: ReferenceOrder) -> Bool {
            if a.rank != b.rank { return a.rank > b.rank }
            return a.hidden != b.hidden ? b.hidden : a.reference < b.reference
        }
        let normal = traders(instrument, cross).filter { $0.side == side && $0.accepts(result.price) }
        var list = normal.sorted(by: byPriority).map { ($0.reference, $0.open) }
        var lacking = side == .buy ? -result.imbalance : result.imbalance
        let extra = orders.filter {
            $0.instrument == instrument && $0.cross == cross && $0.imbalanceOnly && $0.side == side
                && $0.accepts(result.price)
        }
        for order in extra.sorted(by: byPriority) where lacking > 0 {
            list.append((order.reference, min(order.open, lacking)))
            lacking -= min(order.open, lacking)
        }
        return list
    }

    mutating func pair(
        _ buyers: [(UInt64, Int64)],
        _ sellers: [(UInt64, Int64)],
        _ volume: Int64,
        _ price: Int64,
        _ cross: CrossKind
    ) {
        var (buyers, sellers, left) = (buyers, sellers, volume)
        while left > 0, let buyer = index(reference: buyers[0].0), let seller = index(reference: sellers[0].0) {
            let quantity = min(left, orders[buyer].open, orders[seller].open)
            left -= quantity
            let (buy, sell) = (orders[buyer], orders[seller])
            let event = MatchingEvent(
                .crossExecuted,
                instrument: Instrument(id: UInt32(buy.instrument)),
                time: now,
                owner: buy.owner,
                id: buy.id,
                reference: buy.reference,
                price: price,
                quantity: quantity,
                open: buy.open - quantity,
                contraOwner: sell.owner,
                contraID: sell.id,
                contraReference: sell.reference,
                contraOpen: sell.open - quantity,
                match: nextMatch(),
                cross: cross
            )
            trades[event.match] = event
            events.append(event)
            if take(buy.reference, quantity, price, event.match, left == 0) { buyers.removeFirst() }
            if take(sell.reference, quantity, price, event.match, left == 0) { sellers.removeFirst() }
        }
    }

    mutating func take(_ reference: UInt64, _ quantity: Int64, _ price: Int64, _ match: UInt64, _ isLast: Bool) -> Bool
    {
        guard let i = index(reference: reference) else { return true }
        let shown = min(orders[i].shown, quantity)
        orders[i].open -= quantity
        orders[i].shown -= shown
        if shown > 0 { tell(.shownCrossed, orders[i], price: price, quantity: shown, match: match) }
        if orders[i].open == 0 {
            orders.remove(at: i)
            return true
        }
        if isLast, orders[i].shown == 0, orders[i].display > 0 { refresh(i) }
        return false
    }

    mutating func imbalance(_ command: MatchingCommand) {
        if let reason = auctionRefusal(command) { return reject(command, reason) }
        let i = command.instrument.index
        guard let book = books[i] else { return }
        let reference = command.price.raw > 0 ? command.price.raw : book.last
        let near = clearing(i, command.cross, reference: reference).price
        let far = clearing(i, command.cross, reference: reference, book: false).price
        var price = near > 0 ? near : reference
        let shown = orders.filter { $0.instrument == i && $0.cross == .none && !$0.hidden && !$0.pegged }
        if let bid = shown.filter({ $0.side == .buy }).compactMap(\.price).max(),
            let ask = shown.filter({ $0.side == .sell }).compactMap(\.price).min(), bid < ask
        {
            let found = clearing(i, command.cross, reference: (bid + ask) / 2, inside: bid...ask)
            if found.volume > 0 { price = found.price }
        }
        let traders = traders(i, command.cross)
        let buyers = traders.filter { $0.side == .buy && $0.accepts(price) }.reduce(0) { $0 + $1.open }
        let sellers = traders.filter { $0.side == .sell && $0.accepts(price) }.reduce(0) { $0 + $1.open }
        let paired = min(buyers, sellers)
        let direction = buyers == sellers ? (paired > 0 ? "N" : "O") : buyers > sellers ? "B" : "S"
        var event = MatchingEvent(
            .imbalance,
            instrument: command.instrument,
            time: now,
            price: price,
            quantity: paired,
            open: abs(buyers - sellers),
            detail: UInt8(ascii: Unicode.Scalar(direction) ?? " "),
            cross: command.cross
        )
        event.secondPrice = Price(raw: near)
        event.thirdPrice = Price(raw: far)
        event.extra = variation(near, price)
        events.append(event)
    }

    func variation(_ near: Int64, _ reference: Int64) -> UInt8 {
        guard near > 0, reference > 0 else { return UInt8(ascii: " ") }
        let letters = Array("L123456789AAAAAAAAAABBBBBBBBBBC".utf8)
        return letters[min(Int(abs(near - reference) * 100 / reference), 30)]
    }
}
