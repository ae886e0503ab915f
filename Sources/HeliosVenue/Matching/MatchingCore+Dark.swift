// SPDX-License-Identifier: MIT
import HeliosMarket

/// Dark books: nothing is displayed, everything trades at the middle of the outside quote, oldest first.
///
/// A dark book has one level a side, at key 0; the limits stand with the orders.
extension MatchingCore {
    /// The middle, or 0 while there is none.
    @inlinable
    func middle(_ book: UInt32) -> Int64 {
        let entry = books + Int(book)
        guard entry.pointee.quoteBid > 0, entry.pointee.quoteAsk >= entry.pointee.quoteBid else { return 0 }
        let middle = (entry.pointee.quoteBid + entry.pointee.quoteAsk) / 2
        // Nothing trades outside the bands.
        return middle <= entry.pointee.buyCap && -middle <= entry.pointee.sellCap ? middle : 0
    }

    @inlinable
    @inline(never)
    mutating func arriveDark<Output: MatchingOutput & ~Copyable>(_ order: inout Incoming, to output: inout Output) {
        let middle = middle(order.book)
        let takes =
            middle > 0 && order.key >= key(middle, order.side)
            && darkAvailable(order, middle) >= max(min(order.minimum, order.open), 1)
        if !takes, order.traits.contains(.immediate) {
            announce(order, death: .immediateOrCancel, to: &output)
            return
        }
        announce(order, to: &output)
        if takes { matchDark(&order, middle, to: &output) }
        if order.open == 0 { return }
        if order.isStopped {
            tellRestCancelled(order, .selfTrade, to: &output)
        } else if order.traits.contains(.immediate) {
            tellRestCancelled(order, .immediateOrCancel, to: &output)
        } else {
            rest(&order, to: &output)
        }
    }

    @inlinable
    mutating func matchDark<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        _ middle: Int64,
        to output: inout Output
    ) {
        let contra = ladder(order.book, 0, order.side.opposite)
        guard ladders[contra].count > 0 else { return }
        let number = ladders[contra].bestLevel
        let least = key(middle, order.side.opposite)
        var maker = levels[Int(number)].hiddenHead
        while maker != 0, order.open > 0, !order.isStopped {
            let next = orders[Int(maker)].next
            if terms[Int(maker)].key >= least { takeHidden(&order, from: maker, middle, to: &output) }
            maker = next
        }
        closeIfEmpty(number)
    }

    /// What the order could execute at the middle; an own order counts nothing and, unless the rule is to cancel the oldest,
    /// ends the count.
    @usableFromInline
    func darkAvailable(_ order: Incoming, _ middle: Int64) -> Int64 {
        let contra = ladder(order.book, 0, order.side.opposite)
        let least = key(middle, order.side.opposite)
        var rest = order.open
        var maker = ladders[contra].count > 0 ? levels[Int(ladders[contra].bestLevel)].hiddenHead : 0
        while maker != 0, rest > 0 {
            if terms[Int(maker)].key >= least {
                if isOwn(maker, order), order.selfTrade != .cancelOldest { break }
                rest -= hiddenAvailable(maker, order, rest)
            }
            maker = orders[Int(maker)].next
        }
        return order.open - rest
    }

    /// The middle has moved: each resting buy, oldest first, is tried against the sells.
    @inlinable
    @inline(never)
    mutating func settleDark<Output: MatchingOutput & ~Copyable>(_ book: UInt32, to output: inout Output) {
        let middle = middle(book)
        let buys = ladder(book, 0, .buy)
        guard middle > 0, books[Int(book)].phase == .open, ladders[buys].count > 0 else { return }
        let number = ladders[buys].bestLevel
        var index = levels[Int(number)].hiddenHead
        while index != 0, ladders[ladder(book, 0, .sell)].count > 0 {
            let next = orders[Int(index)].next
            if terms[Int(index)].key >= middle { retryDark(index, middle, to: &output) }
            index = next
        }
        closeIfEmpty(number)
    }

    @inlinable
    mutating func retryDark<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ middle: Int64,
        to output: inout Output
    ) {
        var order = Incoming(orders[Int(index)], terms[Int(index)])
        guard darkAvailable(order, middle) >= max(min(order.minimum, order.open), 1) else { return }
        matchDark(&order, middle, to: &output)
        shrink(index, by: orders[Int(index)].open - order.open, shown: 0)
        terms[Int(index)].total = order.total
        if order.open == 0 {
            detach(index)
            discard(index)
        } else if order.isStopped {
            cancelResting(index, .selfTrade, to: &output)
        }
    }
}
