// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// New orders: what is refused, what dies at once, what trades and what rests.
extension MatchingCore {
    @inlinable
    @inline(never)
    mutating func enterOther<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        to output: inout Output
    ) {
        if let reason = refusal(command) {
            tellRejected(command, reason, to: &output)
            return
        }
        var order = Incoming(
            command,
            key: limitKey(command),
            traits: traits(command),
            reference: nextReference()
        )
        arrive(&order, to: &output)
    }

    /// Why a new order is refused, or nil; checked in the order in which the reasons are listed.
    @inlinable
    @inline(__always)
    func refusal(_ command: MatchingCommand) -> MatchingRejectReason? {
        guard command.instrument.index < capacity.instruments else { return .unknownInstrument }
        let book = books + command.instrument.index
        guard book.pointee.isDefined else { return .unknownInstrument }
        guard Int(command.owner) < capacity.owners else { return .unknownOwner }
        helios_prefetch(heads + slot(command.owner, command.id))
        if book.pointee.phase != .open, let reason = phaseRefusal(command) { return reason }
        let quantity = command.quantity.raw
        guard quantity > 0, quantity <= book.pointee.largestQuantity, isMultiple(quantity, book.pointee.lot) else {
            return .invalidQuantity
        }
        if command.type == .limit
            || (command.type == .midpointPeg || command.type == .primaryPeg)
                && command.price.raw != 0
        {
            guard isPrice(command.price.raw, command.instrument.id) else { return .invalidPrice }
        }
        if !isPlain(command) || book.pointee.isDark, let reason = termsRefusal(command) { return reason }
        if find(command.owner, command.id) != 0 { return .duplicateOrder }
        let rests = command.cross != .none || command.type != .market && !isImmediate(command)
        if rests && !hasFreeOrder { return .capacity }
        let total = command.side == .buy ? book.pointee.openBuy : book.pointee.openSell
        // Neither is above 2^62: the sum can't overflow.
        return total + quantity <= MatchingCore.largestTotal ? nil : .capacity
    }

    @inlinable
    @inline(__always)
    func isMultiple(_ value: Int64, _ unit: Int64) -> Bool {
        // Division of small numbers is several times as fast as of large ones, and the compiler asks which it is.
        value % unit == 0
    }

    @inlinable
    @inline(__always)
    func isPrice(_ price: Int64, _ book: UInt32) -> Bool {
        price > 0 && price <= books[Int(book)].largestPrice && isMultiple(price, books[Int(book)].tick)
    }

    @inlinable
    @inline(__always)
    func isImmediate(_ command: MatchingCommand) -> Bool {
        command.duration == .immediateOrCancel || command.duration == .fillOrKill
    }

    /// A limit order without anything special.
    @inlinable
    @inline(__always)
    func isPlain(_ command: MatchingCommand) -> Bool {
        command.type == .limit && command.cross == .none && command.display.raw == 0 && command.minimum.raw == 0
            && command.displayRange.raw == 0 && command.instructions.rawValue & ~OrderInstructions.allPlain == 0
    }

    @usableFromInline
    @inline(never)
    func phaseRefusal(_ command: MatchingCommand) -> MatchingRejectReason? {
        let book = books[command.instrument.index]
        if book.phase == .closed { return .closed }
        if book.phase == .halted, command.cross != .halt { return .halted }
        // A dark book holds what it can't match yet; it has no orders for auctions.
        if command.cross == .none, isImmediate(command) || command.type == .market { return .notContinuous }
        return nil
    }

    /// Why an order with special terms is refused.
    @usableFromInline
    @inline(never)
    func termsRefusal(_ command: MatchingCommand) -> MatchingRejectReason? {
        let book = books[command.instrument.index]
        let isHidden = command.instructions.contains(.hidden) || command.type == .midpointPeg || book.isDark
        let isImmediate = isImmediate(command) || command.type == .market && command.cross == .none
        let isPeg = command.type == .primaryPeg || command.type == .midpointPeg
        if let reason = displayRefusal(command, book, isHidden: isHidden, isImmediate: isImmediate) { return reason }
        let minimum = command.minimum.raw
        if minimum != 0 {
            guard minimum > 0, minimum <= command.quantity.raw, minimum % book.lot == 0, isHidden || isImmediate else {
                return .invalidMinimum
            }
        }
        if isPeg {
            let isPrimary = command.type == .primaryPeg
            let offset = command.secondPrice.raw
            if isPrimary, book.isDark || offset < 0 || offset > book.largestPrice || offset % book.tick != 0 {
                return .invalidPeg
            }
            if isImmediate && !book.isDark { return .invalidPeg }
        }
        if command.cross != .none {
            let isSpecial = isPeg || isHidden || command.display.raw != 0 || minimum != 0 || isImmediate
            if isSpecial || command.instructions.contains(.postOnly) { return .invalidCross }
            if command.type == .market && command.instructions.contains(.imbalanceOnly) { return .invalidCross }
        } else if command.instructions.contains(.imbalanceOnly) {
            return .invalidCross
        }
        let isPostOnly = command.instructions.contains(.postOnly)
        return isPostOnly && (isImmediate || isPeg || book.isDark) ? .invalidCombination : nil
    }

    @usableFromInline
    func displayRefusal(
        _ command: MatchingCommand,
        _ book: MatchingBook,
        isHidden: Bool,
        isImmediate: Bool
    ) -> MatchingRejectReason? {
        let display = command.display.raw
        let range = command.displayRange.raw
        if display == 0 { return range == 0 ? nil : .invalidDisplay }
        guard display > 0, display <= command.quantity.raw, display % book.lot == 0, !isHidden, !isImmediate else {
            return .invalidDisplay
        }
        guard range >= 0, range < display, range % book.lot == 0, command.type == .limit else { return .invalidDisplay }
        return nil
    }

    /// The limit as a key; `noLimit` for a market order or a peg without one.
    @inlinable
    @inline(__always)
    func limitKey(_ command: MatchingCommand) -> Int64 {
        if command.type == .market || command.price.raw == 0 { return MatchingCore.noLimit }
        return key(command.price.raw, command.side)
    }

    @inlinable
    @inline(__always)
    func traits(_ command: MatchingCommand) -> OrderTraits {
        var traits: OrderTraits = command.side == .sell ? .sell : []
        if command.duration == .goodTillCancel { traits.insert(.goodTillCancel) }
        if command.instructions.contains(.cancelOnDisconnect) { traits.insert(.cancelOnDisconnect) }
        if command.instructions.contains(.postOnly) { traits.insert(.postOnly) }
        if isImmediate(command) || command.type == .market && command.cross == .none { traits.insert(.immediate) }
        if !isPlain(command) || books[command.instrument.index].isDark { addTerms(command, to: &traits) }
        return traits
    }

    @usableFromInline
    @inline(never)
    func addTerms(_ command: MatchingCommand, to traits: inout OrderTraits) {
        traits.insert(.detailed)
        if command.instructions.contains(.hidden) { traits.insert(.hidden) }
        if command.instructions.contains(.imbalanceOnly) { traits.formUnion([.imbalanceOnly, .apart]) }
        if command.type == .market { traits.insert(.market) }
        if command.display.raw > 0 { traits.insert(.reserve) }
        if command.minimum.raw > 0 { traits.formUnion([.minimum, .apart]) }
        if books[command.instrument.index].isDark {
            traits.formUnion([.hidden, .midpoint, .apart])
            return
        }
        if command.type == .midpointPeg { traits.formUnion([.hidden, .midpoint]) }
        if command.type == .primaryPeg || command.type == .midpointPeg { traits.formUnion([.pegged, .apart]) }
    }

    /// A checked order finds its end or its place.
    @inlinable
    @inline(__always)
    mutating func arrive<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        to output: inout Output
    ) {
        let book = books + Int(order.book)
        if order.traits.contains(.pegged) {
            arrivePegged(&order, to: &output)
        } else if order.cross != .none || book.pointee.phase != .open {
            announce(order, to: &output)
            rest(&order, to: &output)
        } else if book.pointee.isDark {
            arriveDark(&order, to: &output)
        } else {
            arriveContinuous(&order, to: &output)
        }
    }

    @inlinable
    @inline(__always)
    mutating func arriveContinuous<Output: MatchingOutput & ~Copyable>(
        _ order: inout Incoming,
        to output: inout Output
    ) {
        let cap = order.side == .buy ? books[Int(order.book)].buyCap : books[Int(order.book)].sellCap
        let reach = -min(order.key, cap)
        let contra = ladder(order.book, 0, order.side.opposite)
        var takes = ladders[contra].bestKey >= reach
        if let death = death(order, contra, reach, &takes) {
            announce(order, death: death, to: &output)
            releasePrevious(&order, to: &output)
            return
        }
        announce(order, to: &output)
        if takes {
            releasePrevious(&order, to: &output)
            match(&order, contra, reach, to: &output)
            if order.open == 0 { return }
        }
        if order.isStopped {
            tellRestCancelled(order, .selfTrade, to: &output)
        } else if order.traits.contains(.immediate) {
            tellRestCancelled(order, .immediateOrCancel, to: &output)
        } else if order.key > cap {
            releasePrevious(&order, to: &output)
            tellRestCancelled(order, .bands, to: &output)
        } else {
            rest(&order, to: &output)
        }
    }

    /// Why the order ends before it has done anything, or nil; `takes` becomes false when its minimum can't be had.
    @inlinable
    @inline(__always)
    func death(
        _ order: Incoming,
        _ contra: Int,
        _ reach: Int64,
        _ takes: inout Bool
    ) -> MatchingCancelReason? {
        let isImmediate = order.traits.contains(.immediate)
        guard takes else { return isImmediate ? .immediateOrCancel : nil }
        if order.traits.contains(.postOnly) {
            return levels[Int(ladders[contra].bestLevel)].head != 0 ? .postOnlyDisplayed : .postOnlyHidden
        }
        if order.minimum > 0, available(order, contra, reach) < min(order.minimum, order.open) {
            takes = false
            return isImmediate ? .immediateOrCancel : nil
        }
        return nil
    }

    /// The order takes its place in its book or its auction.
    @inlinable
    @inline(__always)
    mutating func rest<Output: MatchingOutput & ~Copyable>(_ order: inout Incoming, to output: inout Output) {
        let group = Int(order.cross.rawValue)
        let isVisible = group == 0 && !order.traits.contains(.hidden)
        let shown = !isVisible ? 0 : order.display > 0 ? min(order.display, order.open) : order.open
        if order.total != order.open { order.traits.insert(.detailed) }
        let index = admit(order, shown: shown)
        let isDark = books[Int(order.book)].isDark
        if index == 0 || !place(index, at: isDark ? 0 : order.key, in: ladder(order.book, group, order.side)) {
            if index != 0 { discard(index) }
            releasePrevious(&order, to: &output)
            tellRestCancelled(order, .capacity, to: &output)
            return
        }
        if shown > 0 {
            tellShown(index, replacing: order.previousShown > 0 ? order.previousReference : 0, to: &output)
        } else {
            releasePrevious(&order, to: &output)
        }
    }
}

extension OrderInstructions {
    /// The instructions that need no further check.
    @inlinable
    static var allPlain: UInt16 { OrderInstructions.cancelOnDisconnect.rawValue }
}
