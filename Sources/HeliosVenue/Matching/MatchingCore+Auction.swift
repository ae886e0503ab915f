// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// Auctions.
extension MatchingCore {
    /// Why there can be no auction now.
    @usableFromInline
    func auctionRefusal(_ command: MatchingCommand) -> MatchingRejectReason? {
        guard isKnown(command.instrument) else { return .unknownInstrument }
        let book = books[command.instrument.index]
        if book.phase == .closed { return .closed }
        if book.isDark || command.cross == .none { return .invalidCross }
        return command.price.raw >= 0 && command.price.raw <= book.largestPrice ? nil : .invalidPrice
    }

    /// Runs an auction: trades, prints, then cancels what is left of the auction's own orders.
    @inlinable
    @inline(never)
    mutating func uncross<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        if let reason = auctionRefusal(command) {
            tellRejected(command, reason, to: &output)
            return
        }
        let book = command.instrument.id
        let result = clearing(scope(book, command.cross, reference: command.price.raw))
        print(book, command.cross, result, to: &output)
        var sweep = OrderSweep(.crossCancelled)
        sweep.groups = Int(command.cross.rawValue)..<Int(command.cross.rawValue) + 1
        self.sweep(book, sweep, to: &output)
    }

    /// Trades what meets at the auction's price and prints it.
    @inlinable
    mutating func print<Output: MatchingOutput & ~Copyable>(
        _ book: UInt32,
        _ cross: CrossKind,
        _ result: CrossResult,
        to output: inout Output
    ) {
        var volume = result.volume
        if volume > 0 {
            let buyers = gather(book, cross, .buy, result, start: 0)
            let sellers = gather(book, cross, .sell, result, start: capacity.orders + 1)
            volume = min(buyers, sellers)
            pair(book, cross, result.price, volume, to: &output)
            books[Int(book)].lastPrice = result.price
        }
        output.receive(
            MatchingEvent(
                .crossed,
                instrument: Instrument(id: book),
                time: now,
                price: result.price,
                quantity: volume,
                match: nextMatch(),
                cross: cross
            )
        )
    }

    /// Lists who trades on one side, by price, displayed before hidden, oldest first, and returns their quantity.
    ///
    /// Then come imbalance-only orders as far as the other side has more.
    @usableFromInline
    mutating func gather(
        _ book: UInt32,
        _ cross: CrossKind,
        _ side: Side,
        _ result: CrossResult,
        start: Int
    ) -> Int64 {
        var list = AuctionList(book: book, group: Int(cross.rawValue), side: side, count: start)
        list.floor = key(result.price, side)
        let lacking = side == .buy ? -result.imbalance : result.imbalance
        list.wanted = result.volume + max(-lacking, 0)
        collect(&list)
        if lacking > 0 {
            list.wanted = list.sum + lacking
            list.isImbalanceOnly = true
            collect(&list)
        }
        scratch[list.count] = 0
        return list.sum
    }

    private mutating func collect(_ list: inout AuctionList) {
        let continuous = ladder(list.book, 0, list.side)
        let own = ladder(list.book, list.group, list.side)
        var i = list.isImbalanceOnly ? -1 : Int(ladders[continuous].count) - 1
        var j = Int(ladders[own].count) - 1
        var warm = (i + 1, j + 1)
        while list.sum < list.wanted {
            let first = i >= 0 ? keys(continuous)[i] : .min
            let second = j >= 0 ? keys(own)[j] : .min
            let key = max(first, second)
            if key < list.floor { return }
            if i >= 0, i < warm.0 { warm.0 = self.warm(continuous, from: i) }
            if j >= 0, j < warm.1 { warm.1 = self.warm(own, from: j) }
            let level = first == key ? levels[Int(numbers(continuous)[i])] : RestingLevel(key: 0, ladder: 0)
            merge(level.head, second == key ? levels[Int(numbers(own)[j])].head : 0, into: &list)
            merge(level.hiddenHead, 0, into: &list)
            if first == key { i -= 1 }
            if second == key { j -= 1 }
        }
    }

    /// Two queues, the older order first.
    private mutating func merge(_ a: UInt32, _ b: UInt32, into list: inout AuctionList) {
        var a = a
        var b = b
        while a != 0 || b != 0, list.sum < list.wanted {
            let isFirst = b == 0 || a != 0 && orders[Int(a)].reference < orders[Int(b)].reference
            let index = isFirst ? a : b
            if isFirst { a = orders[Int(a)].next } else { b = orders[Int(b)].next }
            let traits = orders[Int(index)].traits
            let isMeant = list.isImbalanceOnly ? traits.contains(.imbalanceOnly) : !traits.contains(.apart)
            guard isMeant else { continue }
            scratch[list.count] = index
            list.count += 1
            list.sum += orders[Int(index)].open
        }
    }

    /// Trades the listed buyers with the listed sellers, both in their order.
    @inlinable
    mutating func pair<Output: MatchingOutput & ~Copyable>(
        _ book: UInt32,
        _ cross: CrossKind,
        _ price: Int64,
        _ volume: Int64,
        to output: inout Output
    ) {
        var left = volume
        var i = 0
        var j = capacity.orders + 1
        while left > 0 {
            let buyer = scratch[i]
            let seller = scratch[j]
            prefetchTrader(i)
            prefetchTrader(j)
            let quantity = min(left, orders[Int(buyer)].open, orders[Int(seller)].open)
            left -= quantity
            tellCrossExecuted(buyer, seller, quantity, price, cross, to: &output)
            if tradeInAuction(buyer, quantity, price, isLast: left == 0, to: &output) { i += 1 }
            if tradeInAuction(seller, quantity, price, isLast: left == 0, to: &output) { j += 1 }
        }
    }

    /// Fetches what trading with those further down the list will touch.
    @inlinable
    @inline(__always)
    func prefetchTrader(_ place: Int) {
        // Safe: a list ends with 0 and what stands behind it is of an older list or 0, all numbers of the pool; the pad of
        // the scratch memory is longer than the look-ahead.
        helios_prefetch(orders + Int(scratch[place + 8]))
        let near = orders + Int(scratch[place + 4])
        helios_prefetch(heads + slot(near.pointee.owner, near.pointee.id))
        helios_prefetch(orders + Int(near.pointee.next))
    }

    @inlinable
    mutating func tellCrossExecuted<Output: MatchingOutput & ~Copyable>(
        _ buyer: UInt32,
        _ seller: UInt32,
        _ quantity: Int64,
        _ price: Int64,
        _ cross: CrossKind,
        to output: inout Output
    ) {
        let buy = orders[Int(buyer)]
        let sell = orders[Int(seller)]
        let event = MatchingEvent(
            .crossExecuted,
            instrument: Instrument(id: buy.book),
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
        trades[Int(truncatingIfNeeded: lastMatch & tradeMask)] = TradeRecord(event)
        output.receive(event)
    }

    /// Takes the traded quantity from an order, the displayed first; true when it is gone.
    @inlinable
    mutating func tradeInAuction<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ quantity: Int64,
        _ price: Int64,
        isLast: Bool,
        to output: inout Output
    ) -> Bool {
        let shown = min(orders[Int(index)].shown, quantity)
        shrink(index, by: quantity, shown: shown)
        if shown > 0 { tellShownCrossed(index, shown, price, to: &output) }
        let order = orders[Int(index)]
        if order.open == 0 {
            detach(index)
            discard(index)
            closeIfEmpty(order.level)
            return true
        }
        if isLast, order.shown == 0, order.traits.contains(.reserve) { refresh(index, to: &output) }
        return false
    }

    @inlinable
    func tellShownCrossed<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ shown: Int64,
        _ price: Int64,
        to output: inout Output
    ) {
        let order = orders[Int(index)]
        output.receive(
            MatchingEvent(
                .shownCrossed,
                instrument: Instrument(id: order.book),
                time: now,
                reference: order.reference,
                side: order.traits.side,
                price: price,
                quantity: shown,
                match: lastMatch
            )
        )
    }
}

/// A list of an auction's traders in the making.
private struct AuctionList {
    let book: UInt32
    let group: Int
    let side: Side
    var count: Int
    var floor: Int64 = 0
    var wanted: Int64 = 0
    var sum: Int64 = 0
    var isImbalanceOnly = false

    init(book: UInt32, group: Int, side: Side, count: Int) {
        self.book = book
        self.group = group
        self.side = side
        self.count = count
    }
}

/// Imbalance messages.
extension MatchingCore {
    @inlinable
    @inline(never)
    func publishImbalance<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        if let reason = auctionRefusal(command) {
            tellRejected(command, reason, to: &output)
            return
        }
        output.receive(imbalance(command))
    }

    /// What the auction would do now.
    ///
    /// The reference price is the price within the best bid and offer at which most would pair; in a book that is crossed or
    /// lacks a side, and where nothing would pair there, the near price, and without one the given reference.
    @usableFromInline
    func imbalance(_ command: MatchingCommand) -> MatchingEvent {
        let book = command.instrument.id
        let whole = scope(book, command.cross, reference: command.price.raw)
        let near = clearing(whole).price
        var alone = whole
        alone.hasBook = false
        let far = clearing(alone).price
        var price = near > 0 ? near : whole.reference
        let bid = anchor(ladder(book, 0, .buy))
        let ask = anchor(ladder(book, 0, .sell))
        if bid > 0, ask > bid {
            var inside = whole
            inside.low = max(bid, whole.low)
            inside.high = min(ask, whole.high)
            inside.reference = (bid + ask) / 2
            let found = clearing(inside)
            if found.volume > 0 { price = found.price }
        }
        let interest = interest(whole, at: price)
        let paired = min(interest.buyers, interest.sellers)
        let difference = interest.buyers - interest.sellers
        var event = MatchingEvent(
            .imbalance,
            instrument: command.instrument,
            time: now,
            price: price,
            quantity: paired,
            open: Int64(difference.magnitude),
            detail: direction(difference, paired),
            cross: command.cross
        )
        event.secondPrice = Price(raw: near)
        event.thirdPrice = Price(raw: far)
        event.extra = variation(near, price)
        return event
    }

    private func direction(_ difference: Int64, _ paired: Int64) -> UInt8 {
        if difference == 0 { return paired > 0 ? UInt8(ascii: "N") : UInt8(ascii: "O") }
        return difference > 0 ? UInt8(ascii: "B") : UInt8(ascii: "S")
    }

    /// The letter for how many per cent the near price is from the reference.
    private func variation(_ near: Int64, _ reference: Int64) -> UInt8 {
        guard near > 0, reference > 0 else { return UInt8(ascii: " ") }
        // Prices go up to 2^60: a hundred times that needs more than 64 bits.
        let percent = Int(min(Int128(near - reference).magnitude * 100 / UInt128(reference), 30))
        switch percent {
        case 0: return UInt8(ascii: "L")
        case 1...9: return UInt8(ascii: "0") + UInt8(percent)
        case 10...19: return UInt8(ascii: "A")
        case 20...29: return UInt8(ascii: "B")
        default: return UInt8(ascii: "C")
        }
    }
}
