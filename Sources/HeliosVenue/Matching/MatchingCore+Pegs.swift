// SPDX-License-Identifier: MIT
import HeliosMarket

/// Pegged orders: in a book only while it is open, put anew, oldest first, whenever the prices that they follow change.
extension MatchingCore {
    @inlinable
    @inline(never)
    mutating func arrivePegged<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        to output: inout Output
    ) {
        announce(order, to: &output)
        releasePrevious(&order, to: &output)
        let index = admit(order, shown: 0)
        guard index != 0 else {
            tellRestCancelled(order, .capacity, to: &output)
            return
        }
        linkPeg(index)
        guard books[Int(order.book)].phase == .open else { return }
        let reference = pegReference(order.book)
        movePeg(index, reference.bid, reference.ask, isNew: true, to: &output)
    }

    /// Puts all pegs anew when what they follow has changed, until it stays.
    ///
    /// It ends: a round that changes the prices has traded displayed quantity away, and no round adds any.
    @inlinable
    @inline(__always)
    mutating func settlePegs<Output: MatchingOutput & ~Copyable>(_ book: UInt32, to output: inout Output) {
        if books[Int(book)].pegCount > 0 { settleSomePegs(book, to: &output) }
    }

    @inlinable
    @inline(never)
    mutating func settleSomePegs<Output: MatchingOutput & ~Copyable>(_ book: UInt32, to output: inout Output) {
        let entry = books + Int(book)
        while entry.pointee.phase == .open, entry.pointee.pegCount > 0 {
            let reference = pegReference(book)
            if reference.bid == entry.pointee.pegBid, reference.ask == entry.pointee.pegAsk { return }
            entry.pointee.pegBid = reference.bid
            entry.pointee.pegAsk = reference.ask
            var peg = entry.pointee.pegHead
            while peg != 0 {
                entry.pointee.pegCursor = terms[Int(peg)].pegNext
                movePeg(peg, reference.bid, reference.ask, isNew: false, to: &output)
                peg = entry.pointee.pegCursor
            }
        }
    }

    /// The prices to follow, 0 for none.
    @usableFromInline
    func pegReference(_ book: UInt32) -> (bid: Int64, ask: Int64) {
        let entry = books[Int(book)]
        if entry.followsOutsideQuote { return (entry.quoteBid, entry.quoteAsk) }
        return (anchor(ladder(book, 0, .buy)), anchor(ladder(book, 0, .sell)))
    }

    /// The best price at which a displayed order stands that is not a peg itself, or 0.
    @usableFromInline
    func anchor(_ ladder: Int) -> Int64 {
        var place = Int(ladders[ladder].count) - 1
        while place >= 0 {
            if levels[Int(numbers(ladder)[place])].anchors > 0 { return price(keys(ladder)[place], in: ladder) }
            place -= 1
        }
        return 0
    }

    /// Where the peg belongs, as a key; the smallest number for nowhere.
    @usableFromInline
    func pegKey(_ index: UInt32, _ bid: Int64, _ ask: Int64) -> Int64 {
        let order = orders[Int(index)]
        let side = order.traits.side
        var price: Int64
        if order.traits.contains(.midpoint) {
            guard bid > 0, ask >= bid else { return .min }
            price = (bid + ask) / 2
        } else {
            let own = side == .buy ? bid : ask
            guard own > 0 else { return .min }
            price = own - side.sign * terms[Int(index)].offset
        }
        let limit = terms[Int(index)].key
        if limit != MatchingCore.noLimit, key(price, side) > limit { price = key(limit, side) }
        let cap = side == .buy ? books[Int(order.book)].buyCap : books[Int(order.book)].sellCap
        guard price > 0, price <= books[Int(order.book)].largestPrice, key(price, side) <= cap else { return .min }
        return key(price, side)
    }

    @inlinable
    mutating func movePeg<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ bid: Int64,
        _ ask: Int64,
        isNew: Bool,
        to output: inout Output
    ) {
        let target = pegKey(index, bid, ask)
        let level = orders[Int(index)].level
        if level == 0 ? target == .min : levels[Int(level)].key == target { return }
        liftPeg(index, to: &output)
        if target != .min, !isNew { orders[Int(index)].reference = nextReference() }
        if !isNew { tellMoved(index, target, to: &output) }
        guard target != .min else { return }
        let contra = ladder(orders[Int(index)].book, 0, orders[Int(index)].traits.side.opposite)
        var order = Incoming(orders[Int(index)], terms[Int(index)])
        var takes = ladders[contra].bestKey >= -target
        if takes, order.minimum > 0, available(order, contra, -target) < min(order.minimum, order.open) {
            takes = false
        }
        if takes { match(&order, contra, -target, to: &output) }
        finishPeg(index, order, target, to: &output)
    }

    /// The peg keeps what its arrival at the new price has left of it.
    @inlinable
    mutating func finishPeg<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ order: Incoming,
        _ key: Int64,
        to output: inout Output
    ) {
        shrink(index, by: orders[Int(index)].open - order.open, shown: 0)
        terms[Int(index)].total = order.total
        if order.open == 0 {
            discard(index)
        } else if order.isStopped {
            cancelResting(index, .selfTrade, to: &output)
        } else {
            if !order.traits.contains(.hidden) { orders[Int(index)].shown = order.open }
            if !place(index, at: key, in: ladder(order.book, 0, order.side)) {
                orders[Int(index)].shown = 0
                cancelResting(index, .capacity, to: &output)
            } else if orders[Int(index)].shown > 0 {
                tellShown(index, to: &output)
            }
        }
    }

    /// Takes the peg off its level, if it stands on one.
    @inlinable
    mutating func liftPeg<Output: MatchingOutput & ~Copyable>(_ index: UInt32, to output: inout Output) {
        let order = orders[Int(index)]
        guard order.level != 0 else { return }
        detach(index)
        closeIfEmpty(order.level)
        orders[Int(index)].shown = 0
        if order.shown > 0 { tellUnshown(order.reference, order.traits.side, order.book, to: &output) }
    }

    @inlinable
    func tellMoved<Output: MatchingOutput & ~Copyable>(_ index: UInt32, _ key: Int64, to output: inout Output) {
        let order = orders[Int(index)]
        output.receive(
            MatchingEvent(
                .priorityUpdated,
                instrument: Instrument(id: order.book),
                time: now,
                owner: order.owner,
                id: order.id,
                reference: order.reference,
                side: order.traits.side,
                price: key == .min ? 0 : self.key(key, order.traits.side),
                open: order.open,
                flags: key == .min ? .parked : order.traits.contains(.hidden) ? [] : .displayed
            )
        )
    }

    /// Takes all pegs out of the book: it is no longer open.
    @inlinable
    @inline(never)
    mutating func parkPegs<Output: MatchingOutput & ~Copyable>(_ book: UInt32, to output: inout Output) {
        var peg = books[Int(book)].pegHead
        while peg != 0 {
            if orders[Int(peg)].level != 0 {
                liftPeg(peg, to: &output)
                tellMoved(peg, .min, to: &output)
            }
            peg = terms[Int(peg)].pegNext
        }
        forgetPegPrices(book)
    }

    /// Has the pegs looked at again even if the prices are the same.
    @inlinable
    func forgetPegPrices(_ book: UInt32) {
        books[Int(book)].pegBid = -1
        books[Int(book)].pegAsk = -1
    }

    @usableFromInline
    mutating func linkPeg(_ index: UInt32) {
        let book = books + Int(orders[Int(index)].book)
        let tail = book.pointee.pegTail
        terms[Int(index)].pegPrevious = tail
        terms[Int(index)].pegNext = 0
        if tail == 0 { book.pointee.pegHead = index } else { terms[Int(tail)].pegNext = index }
        book.pointee.pegTail = index
        book.pointee.pegCount += 1
    }

    @usableFromInline
    @inline(never)
    mutating func unlinkPeg(_ index: UInt32) {
        let book = books + Int(orders[Int(index)].book)
        let previous = terms[Int(index)].pegPrevious
        let next = terms[Int(index)].pegNext
        if previous == 0 { book.pointee.pegHead = next } else { terms[Int(previous)].pegNext = next }
        if next == 0 { book.pointee.pegTail = previous } else { terms[Int(next)].pegPrevious = previous }
        if book.pointee.pegCursor == index { book.pointee.pegCursor = next }
        book.pointee.pegCount -= 1
    }
}
