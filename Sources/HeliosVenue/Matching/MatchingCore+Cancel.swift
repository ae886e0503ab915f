// SPDX-License-Identifier: MIT
import HeliosMarket

/// Orders that end or change by request.
extension MatchingCore {
    @inlinable
    @inline(__always)
    mutating func cancel<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        to output: inout Output
    ) {
        let index = Int(command.owner) < capacity.owners ? find(command.owner, command.id) : 0
        guard index != 0, orders[Int(index)].book == command.instrument.id else {
            tellRejected(command, .unknownOrder, ofCancel: true, to: &output)
            return
        }
        if command.quantity.raw == 0 {
            removeResting(index, command.reason, to: &output)
        } else {
            cancelPart(index, command, to: &output)
        }
    }

    /// Cancels all of the order and closes its level when it was the last there.
    @inlinable
    @inline(__always)
    mutating func removeResting<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ reason: MatchingCancelReason,
        to output: inout Output
    ) {
        let level = orders[Int(index)].level
        cancelResting(index, reason, to: &output)
        if level != 0 { closeIfEmpty(level) }
    }

    /// Cancels all of the order; its level stays, even empty.
    @inlinable
    @inline(__always)
    mutating func cancelResting<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ reason: MatchingCancelReason,
        price: Int64 = 0,
        to output: inout Output
    ) {
        let order = orders + Int(index)
        if order.pointee.level != 0 { detach(index) }
        output.receive(
            MatchingEvent(
                .cancelled,
                instrument: Instrument(id: order.pointee.book),
                time: now,
                owner: order.pointee.owner,
                id: order.pointee.id,
                reference: order.pointee.reference,
                side: order.pointee.traits.side,
                price: price,
                quantity: order.pointee.open,
                detail: reason.rawValue
            )
        )
        if order.pointee.shown > 0 {
            tellUnshown(order.pointee.reference, order.pointee.traits.side, order.pointee.book, to: &output)
        }
        discard(index)
    }

    /// Cancels all but `quantity` of the order, the undisplayed part first; it keeps its place.
    @inlinable
    @inline(never)
    mutating func cancelPart<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ command: MatchingCommand,
        to output: inout Output
    ) {
        let keep = command.quantity.raw
        let open = orders[Int(index)].open
        guard keep > 0, isMultiple(keep, books[Int(orders[Int(index)].book)].lot) else {
            tellRejected(command, .invalidQuantity, ofCancel: true, to: &output)
            return
        }
        guard keep < open else {
            tellRejected(command, .nothingToCancel, ofCancel: true, to: &output)
            return
        }
        let shown = orders[Int(index)].shown
        let unshown = shown > keep ? shown - keep : 0
        shrink(index, by: open - keep, shown: unshown)
        terms[Int(index)].total -= open - keep
        tellCancelled(index, open - keep, command.reason, to: &output)
        if unshown > 0 { tellReduced(index, unshown, to: &output) }
    }
}

/// Replacing.
extension MatchingCore {
    @inlinable
    @inline(never)
    mutating func replace<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        to output: inout Output
    ) {
        let index = Int(command.owner) < capacity.owners ? find(command.owner, command.id) : 0
        guard index != 0, orders[Int(index)].book == command.instrument.id else {
            tellRejected(command, .unknownOrder, ofCancel: true, to: &output)
            return
        }
        detail(index)
        if let reason = replaceRefusal(index, command) {
            tellRejected(command, reason, to: &output)
            return
        }
        var order = replacement(index, command)
        let old = orders[Int(index)]
        if keepsPriority(index, order) {
            shrinkInPlace(index, order, to: &output)
            return
        }
        if old.level != 0 { detach(index) }
        discard(index)
        if old.level != 0 { closeIfEmpty(old.level) }
        if order.open <= 0 {
            order.open = 0
            announce(order, death: .user, to: &output)
            releasePrevious(&order, to: &output)
            return
        }
        order.reference = nextReference()
        arrive(&order, to: &output)
    }

    /// Why a replacement is refused; the order then stays as it is.
    @usableFromInline
    func replaceRefusal(_ index: UInt32, _ command: MatchingCommand) -> MatchingRejectReason? {
        let order = orders[Int(index)]
        let book = books[Int(order.book)]
        if book.phase == .closed { return .closed }
        if book.phase == .halted, order.cross != .halt { return .halted }
        let quantity = command.quantity.raw
        guard quantity > 0, quantity <= book.largestQuantity, quantity % book.lot == 0 else { return .invalidQuantity }
        let mayLackPrice = order.traits.contains(.pegged) || order.traits.contains(.market) || book.isDark
        if !(mayLackPrice && command.price.raw == 0) {
            guard !order.traits.contains(.market), isPrice(command.price.raw, order.book) else { return .invalidPrice }
        }
        let display = command.display.raw
        if display != 0 {
            let isPlain = !order.traits.contains(.hidden) && !order.traits.contains(.pegged) && order.cross == .none
            guard display > 0, display <= quantity, display % book.lot == 0, isPlain else { return .invalidDisplay }
        }
        let minimum = command.minimum.raw
        if minimum != 0 {
            guard minimum > 0, minimum <= quantity, minimum % book.lot == 0, order.traits.contains(.hidden) else {
                return .invalidMinimum
            }
        }
        let isPostOnly = command.instructions.contains(.postOnly)
        if isPostOnly && (order.traits.contains(.pegged) || book.isDark || order.cross != .none) {
            return .invalidCombination
        }
        let taken = find(command.owner, command.newID)
        if taken != 0, taken != index { return .duplicateOrder }
        let total = order.traits.side == .buy ? book.openBuy : book.openSell
        return total + quantity <= MatchingCore.largestTotal ? nil : .capacity
    }

    /// What the order is to become; `open` is what the new total leaves, possibly nothing or less.
    @usableFromInline
    func replacement(_ index: UInt32, _ command: MatchingCommand) -> Incoming {
        let old = orders[Int(index)]
        let oldTerms = terms[Int(index)]
        var order = Incoming(old, oldTerms)
        order.id = command.newID
        order.previousID = old.id
        order.previousReference = old.reference
        order.previousShown = old.shown
        order.isReplacement = true
        order.total = command.quantity.raw
        order.open = command.quantity.raw - (oldTerms.total - old.open)
        if command.price.raw == 0 {
            order.key = MatchingCore.noLimit
        } else {
            order.key = key(command.price.raw, old.traits.side)
        }
        order.display = command.display.raw
        if command.display.raw != oldTerms.display { order.displayRange = 0 }
        order.minimum = command.minimum.raw
        order.traits.subtract([.reserve, .minimum, .postOnly])
        if order.display > 0 { order.traits.insert(.reserve) }
        if command.instructions.contains(.postOnly) { order.traits.insert(.postOnly) }
        let isApart =
            old.traits.contains(.pegged) || old.traits.contains(.imbalanceOnly)
            || books[Int(old.book)].isDark
        if order.minimum > 0 {
            order.traits.formUnion([.minimum, .apart])
        } else if !isApart {
            order.traits.subtract(.apart)
        }
        return order
    }

    /// Whether the replacement only takes quantity away.
    @usableFromInline
    func keepsPriority(_ index: UInt32, _ order: Incoming) -> Bool {
        let old = orders[Int(index)]
        let oldTerms = terms[Int(index)]
        return order.open > 0 && order.open <= old.open && order.key == oldTerms.key
            && order.display == oldTerms.display
            && order.minimum == oldTerms.minimum && order.traits == old.traits
    }

    @inlinable
    mutating func shrinkInPlace<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ order: Incoming,
        to output: inout Output
    ) {
        let old = orders[Int(index)]
        rename(index, order.id)
        let unshown = old.shown > order.open ? old.shown - order.open : 0
        shrink(index, by: old.open - order.open, shown: unshown)
        terms[Int(index)].total = order.total
        output.receive(
            MatchingEvent(
                .replaced,
                instrument: Instrument(id: old.book),
                time: now,
                owner: old.owner,
                id: order.id,
                reference: old.reference,
                side: old.traits.side,
                price: order.key == MatchingCore.noLimit ? 0 : key(order.key, old.traits.side),
                quantity: order.total,
                open: order.open,
                displayed: order.display,
                contraID: old.id,
                contraReference: old.reference,
                flags: .priorityKept,
                cross: old.cross
            )
        )
        if unshown > 0 { tellReduced(index, unshown, to: &output) }
    }

    /// The order is found under another number from now on.
    @usableFromInline
    mutating func rename(_ index: UInt32, _ id: UInt64) {
        let order = orders[Int(index)]
        if order.id == id { return }
        let place = slot(order.owner, order.id)
        if heads[place] == index {
            heads[place] = order.chain
        } else {
            var link = heads[place]
            while orders[Int(link)].chain != index { link = orders[Int(link)].chain }
            orders[Int(link)].chain = order.chain
        }
        orders[Int(index)].id = id
        let newPlace = slot(order.owner, id)
        orders[Int(index)].chain = heads[newPlace]
        heads[newPlace] = index
    }
}

/// Which orders a sweep cancels.
@frozen
@usableFromInline
struct OrderSweep {
    /// Of this owner; `UInt32.max` for anybody.
    @usableFromInline var owner: UInt32 = .max
    /// With all of these traits.
    @usableFromInline var with: OrderTraits = []
    /// With none of these.
    @usableFromInline var without: OrderTraits = []
    /// In these groups of ladders.
    @usableFromInline var groups: Range<Int> = 0..<4
    /// More aggressive than the bands of its side.
    @usableFromInline var outsideBands = false
    @usableFromInline var reason: MatchingCancelReason

    @inlinable
    init(_ reason: MatchingCancelReason) { self.reason = reason }
}

/// Cancelling many: the continuous book, then the auctions' orders, buys before sells, best price first, oldest first,
/// then pegs without a place.
extension MatchingCore {
    @inlinable
    @inline(never)
    mutating func sweep<Output: MatchingOutput & ~Copyable>(
        _ book: UInt32,
        _ sweep: OrderSweep,
        to output: inout Output
    ) {
        for group in sweep.groups {
            sweepLadder(ladder(book, group, .buy), book, sweep, to: &output)
            sweepLadder(ladder(book, group, .sell), book, sweep, to: &output)
        }
        guard sweep.groups.contains(0), !sweep.outsideBands else { return }
        var peg = books[Int(book)].pegHead
        while peg != 0 {
            let next = terms[Int(peg)].pegNext
            if orders[Int(peg)].level == 0, isMeant(peg, sweep) { cancelResting(peg, sweep.reason, to: &output) }
            peg = next
        }
    }

    @inlinable
    mutating func sweepLadder<Output: MatchingOutput & ~Copyable>(
        _ ladder: Int,
        _ book: UInt32,
        _ sweep: OrderSweep,
        to output: inout Output
    ) {
        let cap = ladder & 1 == 0 ? books[Int(book)].buyCap : books[Int(book)].sellCap
        var place = Int(ladders[ladder].count) - 1
        var warm = place + 1
        while place >= 0 {
            let number = numbers(ladder)[place]
            if sweep.outsideBands, levels[Int(number)].key <= cap { return }
            if place < warm { warm = self.warm(ladder, from: place) }
            sweepQueue(levels[Int(number)].head, sweep, to: &output)
            sweepQueue(levels[Int(number)].hiddenHead, sweep, to: &output)
            if levels[Int(number)].count == 0 { closeLevel(at: place, in: ladder) }
            place -= 1
        }
    }

    @inlinable
    mutating func sweepQueue<Output: MatchingOutput & ~Copyable>(
        _ first: UInt32,
        _ sweep: OrderSweep,
        to output: inout Output
    ) {
        var index = first
        while index != 0 {
            let next = orders[Int(index)].next
            if isMeant(index, sweep) { cancelResting(index, sweep.reason, to: &output) }
            index = next
        }
    }

    @inlinable
    @inline(__always)
    func isMeant(_ index: UInt32, _ sweep: OrderSweep) -> Bool {
        let order = orders + Int(index)
        return (sweep.owner == .max || order.pointee.owner == sweep.owner)
            && order.pointee.traits.isSuperset(of: sweep.with) && order.pointee.traits.isDisjoint(with: sweep.without)
    }

    /// Cancels an owner's orders in one instrument or, for `Instrument.none`, in all.
    @inlinable
    @inline(never)
    mutating func massCancel<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        to output: inout Output
    ) {
        let isDisconnect = command.kind == .disconnect
        let isAll = command.instrument == .none
        guard Int(command.owner) < capacity.owners else {
            tellRejected(command, .unknownOwner, to: &output)
            return
        }
        guard isAll || isKnown(command.instrument) else {
            tellRejected(command, .unknownInstrument, to: &output)
            return
        }
        output.receive(
            MatchingEvent(
                .massCancelled,
                instrument: command.instrument,
                time: now,
                owner: command.owner,
                id: command.id
            )
        )
        var sweep = OrderSweep(isDisconnect ? .disconnected : command.reason)
        sweep.owner = command.owner
        if isDisconnect { sweep.with = .cancelOnDisconnect }
        let first = isAll ? 0 : command.instrument.id
        let last = isAll ? UInt32(capacity.instruments) : first + 1
        for book in first..<last where owners[Int(command.owner)] > 0 && books[Int(book)].isDefined {
            self.sweep(book, sweep, to: &output)
            settlePegs(book, to: &output)
        }
    }

    @inlinable
    @inline(__always)
    func isKnown(_ instrument: Instrument) -> Bool {
        instrument.index < capacity.instruments && books[instrument.index].isDefined
    }
}
