// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// The short way of most orders: a limit order without anything special that meets nobody and rests.
///
/// It does exactly what the general way (`enterOther`) does for such an order, and leaves every other order to that.
extension MatchingCore {
    @inlinable
    @inline(__always)
    mutating func enter<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        if !enterPlain(command, to: &output) { enterOther(command, to: &output) }
    }

    /// False, with nothing done, when the order needs the general way.
    @inlinable
    @inline(__always)
    mutating func enterPlain<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        to output: inout Output
    ) -> Bool {
        guard command.instrument.index < capacity.instruments, Int(command.owner) < capacity.owners else {
            return false
        }
        let slot = slot(command.owner, command.id)
        helios_prefetch(heads + slot)
        let isSimple =
            command.type == .limit && command.duration.rawValue <= OrderDuration.goodTillCancel.rawValue
            && command.instructions.rawValue & ~OrderInstructions.allPlain == 0
            && command.display.raw | command.minimum.raw | command.displayRange.raw == 0
        let book = books + command.instrument.index
        guard isSimple, book.pointee.plain != .refused else { return false }
        let quantity = command.quantity.raw
        let ticks = book.pointee.prices.multiple(command.price.raw)
        guard book.pointee.quantities.allows(book.pointee.quantities.multiple(quantity)),
            book.pointee.prices.allows(ticks)
        else { return false }
        let isSell = command.side == .sell
        let key = isSell ? 0 &- command.price.raw : command.price.raw
        let ladder = ladder(command.instrument.id, Int(command.cross.rawValue), command.side)
        if command.cross == .none, book.pointee.plain == .matched {
            // It would meet somebody, or lies outside the bands.
            let cap = isSell ? book.pointee.sellCap : book.pointee.buyCap
            guard ladders[ladder ^ 1].bestKey < 0 &- key, key <= cap else { return false }
        }
        let total = isSell ? book.pointee.openSell : book.pointee.openBuy
        guard total &+ quantity <= MatchingCore.largestTotal, hasFreeOrder else { return false }
        let first = heads[slot]
        guard !isListed(from: first, command.owner, command.id) else { return false }
        let number = level(of: key, ticks, in: ladder)
        guard number != 0 else { return false }
        settle(command, in: number, key, slot: slot, before: first, to: &output)
        return true
    }

    /// Whether the order is among those of a slot of the table.
    @inlinable
    @inline(__always)
    func isListed(from first: UInt32, _ owner: UInt32, _ id: UInt64) -> Bool {
        var index = first
        while index != 0 {
            let order = orders + Int(index)
            if order.pointee.id == id, order.pointee.owner == owner { return true }
            index = order.pointee.chain
        }
        return false
    }

    /// The level of a price that is so many ticks, opened when it is not there; 0 when there is no room.
    @inlinable
    @inline(__always)
    mutating func level(of key: Int64, _ ticks: UInt64, in ladder: Int) -> UInt32 {
        // A hint may be old: the level itself says whose it is. Neighbours in price are neighbours in the table.
        let hint = hints + Int(truncatingIfNeeded: (ticks &+ UInt64(ladder) &* 0x9E37_79B9) & hintMask)
        let number = hint.pointee
        let level = levels + Int(number)
        if level.pointee.key == key, level.pointee.ladder == UInt32(truncatingIfNeeded: ladder) { return number }
        hint.pointee = self.level(of: key, in: ladder)
        return hint.pointee
    }

    /// Accepts the order and puts it at the tail of its level.
    @inlinable
    @inline(__always)
    mutating func settle<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        in number: UInt32,
        _ key: Int64,
        slot: Int,
        before first: UInt32,
        to output: inout Output
    ) {
        let isSell = command.side == .sell
        let quantity = command.quantity.raw
        let reference = nextReference()
        let level = levels + Int(number)
        let index = takeFreeOrder()
        let order = orders + Int(index)
        let tail = level.pointee.tail
        let isVisible = command.cross == .none
        order.pointee.id = command.id
        order.pointee.reference = reference
        order.pointee.open = quantity
        order.pointee.shown = isVisible ? quantity : 0
        order.pointee.owner = command.owner
        order.pointee.chain = first
        order.pointee.level = number
        order.pointee.previous = tail
        order.pointee.next = 0
        order.pointee.book = command.instrument.id
        order.pointee.traits = plainTraits(command)
        order.pointee.cross = command.cross
        order.pointee.selfTrade = command.selfTrade
        heads[slot] = index
        owners[Int(command.owner)] &+= 1
        liveOrders &+= 1
        addOpen(quantity, command.side, command.instrument.id)
        if tail == 0 { level.pointee.head = index } else { orders[Int(tail)].next = index }
        level.pointee.tail = index
        level.pointee.anchors &+= 1
        level.pointee.count &+= 1
        level.pointee.total &+= quantity
        level.pointee.shown &+= isVisible ? quantity : 0
        output.receive(
            MatchingEvent(
                .accepted,
                instrument: command.instrument,
                time: now,
                owner: command.owner,
                id: command.id,
                reference: reference,
                side: isSell ? .sell : .buy,
                price: command.price.raw,
                quantity: quantity,
                open: quantity,
                cross: command.cross
            )
        )
        guard isVisible else { return }
        output.receive(
            MatchingEvent(
                .shown,
                instrument: command.instrument,
                time: now,
                reference: reference,
                side: isSell ? .sell : .buy,
                price: command.price.raw,
                quantity: quantity
            )
        )
    }

    @inlinable
    @inline(__always)
    func plainTraits(_ command: MatchingCommand) -> OrderTraits {
        var bits = UInt16(command.side.rawValue)
        if command.duration == .goodTillCancel { bits |= OrderTraits.goodTillCancel.rawValue }
        if command.instructions.rawValue != 0 { bits |= OrderTraits.cancelOnDisconnect.rawValue }
        return OrderTraits(rawValue: bits)
    }
}

/// Fetching ahead.
extension MatchingCore {
    /// The place in the table of the order that the command names.
    @inlinable
    @inline(__always)
    func prefetch(_ command: MatchingCommand) {
        helios_prefetch(heads + slot(command.owner, command.id))
    }

    /// The record of the order that the command names; its place in the table is near already.
    @inlinable
    @inline(__always)
    func prefetchOrder(_ command: MatchingCommand) {
        helios_prefetch(orders + Int(heads[slot(command.owner, command.id)]))
    }

    /// The level and the neighbours of the order that the command names, which is near already.
    @inlinable
    @inline(__always)
    func prefetchLevel(_ command: MatchingCommand) {
        let order = orders + Int(heads[slot(command.owner, command.id)])
        helios_prefetch(levels + Int(order.pointee.level))
        helios_prefetch(orders + Int(order.pointee.previous))
        helios_prefetch(orders + Int(order.pointee.next))
    }
}

/// Which numbers are multiples of a unit, asked without a division.
///
/// With an odd unit's inverse modulo 2^64 a multiple becomes its quotient and every other number something greater than any
/// quotient; a power of two in the unit is turned out to the right.
@frozen
@usableFromInline
struct MultipleRule: BitwiseCopyable {
    @usableFromInline var inverse: UInt64
    @usableFromInline var shift: UInt64
    /// The greatest quotient that is allowed.
    @usableFromInline var largest: UInt64

    /// - Parameters:
    ///   - unit: positive.
    ///   - largest: the largest number that is allowed.
    @usableFromInline
    init(of unit: Int64, upTo largest: Int64) {
        let twos = unit.trailingZeroBitCount
        let odd = UInt64(unit) >> UInt64(twos)
        // Newton's iteration: each step doubles the bits that are right, three at the start.
        var inverse = odd
        for _ in 0..<5 { inverse &*= 2 &- odd &* inverse }
        self.inverse = inverse
        shift = UInt64(twos)
        self.largest = UInt64(largest / unit)
    }

    /// The quotient of a positive multiple, else nothing that is allowed.
    @inlinable
    @inline(__always)
    func multiple(_ value: Int64) -> UInt64 {
        let product = UInt64(bitPattern: value) &* inverse
        return product &>> shift | product &<< ((64 &- shift) & 63)
    }

    @inlinable
    @inline(__always)
    func allows(_ quotient: UInt64) -> Bool { quotient &- 1 < largest }
}

/// What becomes of a plain order in a book.
@frozen
@usableFromInline
enum PlainOrders: UInt8, BitwiseCopyable {
    /// Nothing without a closer look.
    case refused
    case matched
    /// It rests, whatever is there.
    case gathered
}
