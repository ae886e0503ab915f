// SPDX-License-Identifier: MIT
import HeliosMarket

/// The dispatcher, and the commands of an operator.
extension MatchingCore {
    @inlinable
    @inline(__always)
    mutating func apply<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        now = command.time
        switch command.kind {
        case .enter: enter(command, to: &output)
        case .cancel: cancel(command, to: &output)
        case .replace: replace(command, to: &output)
        default:
            applyOther(command, to: &output)
            return
        }
        guard command.instrument.index < capacity.instruments else { return }
        settlePegs(command.instrument.id, to: &output)
    }

    @inlinable
    @inline(never)
    mutating func applyOther<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        to output: inout Output
    ) {
        switch command.kind {
        case .enter, .cancel, .replace: break
        case .massCancel, .disconnect: massCancel(command, to: &output)
        case .quote: setQuote(command, to: &output)
        case .phase: setPhase(command, to: &output)
        case .uncross: uncross(command, to: &output)
        case .imbalance: publishImbalance(command, to: &output)
        case .bands: setBands(command, to: &output)
        case .bust: bust(command, to: &output)
        }
        if isKnown(command.instrument) { settlePegs(command.instrument.id, to: &output) }
    }

    @inlinable
    mutating func setQuote<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        guard isKnown(command.instrument) else {
            tellRejected(command, .unknownInstrument, to: &output)
            return
        }
        let book = books + command.instrument.index
        let bid = command.price.raw
        let ask = command.secondPrice.raw
        guard bid >= 0, ask >= 0, bid <= book.pointee.largestPrice, ask <= book.pointee.largestPrice else {
            tellRejected(command, .invalidPrice, to: &output)
            return
        }
        if book.pointee.quoteBid == bid, book.pointee.quoteAsk == ask { return }
        book.pointee.quoteBid = bid
        book.pointee.quoteAsk = ask
        if book.pointee.isDark { settleDark(command.instrument.id, to: &output) }
    }

    @inlinable
    mutating func setPhase<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        guard isKnown(command.instrument) else {
            tellRejected(command, .unknownInstrument, to: &output)
            return
        }
        let index = command.instrument.id
        let before = books[Int(index)].phase
        if before == command.phase { return }
        if command.phase == .open { uncrossForOpen(index, to: &output) }
        if before == .open { parkPegs(index, to: &output) }
        books[Int(index)].phase = command.phase
        books[Int(index)].plain = plainOrders(index)
        output.receive(
            MatchingEvent(
                .phaseChanged,
                instrument: command.instrument,
                time: now,
                detail: command.phase.rawValue
            )
        )
        switch command.phase {
        case .open:
            forgetPegPrices(index)
            if books[Int(index)].isDark { settleDark(index, to: &output) }
        case .closed:
            var sweep = OrderSweep(.closed)
            sweep.without = .goodTillCancel
            self.sweep(index, sweep, to: &output)
        default: break
        }
    }

    /// What the phase does with plain orders.
    @usableFromInline
    func plainOrders(_ book: UInt32) -> PlainOrders {
        switch books[Int(book)].phase {
        case _ where books[Int(book)].isDark: .refused
        case .open: .matched
        case .preOpen, .paused, .auctionCall: .gathered
        case .closed, .halted: .refused
        }
    }

    /// Before continuous matching, orders that cross each other trade as in a halt auction, and what the bands forbid goes.
    @inlinable
    mutating func uncrossForOpen<Output: MatchingOutput & ~Copyable>(_ book: UInt32, to output: inout Output) {
        guard !books[Int(book)].isDark else { return }
        let bid = ladders[ladder(book, 0, .buy)]
        let ask = ladders[ladder(book, 0, .sell)]
        if bid.count > 0, ask.count > 0, bid.bestKey >= -ask.bestKey {
            let result = clearing(scope(book, .halt, reference: 0))
            if result.volume > 0 { print(book, .halt, result, to: &output) }
        }
        sweepBands(book, to: &output)
    }

    @inlinable
    mutating func sweepBands<Output: MatchingOutput & ~Copyable>(_ book: UInt32, to output: inout Output) {
        var sweep = OrderSweep(.bands)
        sweep.groups = 0..<1
        sweep.without = .pegged
        sweep.outsideBands = true
        self.sweep(book, sweep, to: &output)
    }

    @inlinable
    mutating func setBands<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        guard isKnown(command.instrument) else {
            tellRejected(command, .unknownInstrument, to: &output)
            return
        }
        let book = books + command.instrument.index
        let lower = command.price.raw
        let upper = command.secondPrice.raw
        let largest = book.pointee.largestPrice
        guard lower >= 0, upper >= 0, lower <= largest, upper <= largest, upper == 0 || lower <= upper else {
            tellRejected(command, .invalidPrice, to: &output)
            return
        }
        book.pointee.buyCap = upper == 0 ? MatchingCore.noLimit : upper
        book.pointee.sellCap = lower == 0 ? MatchingCore.noLimit : -lower
        var event = MatchingEvent(
            .bandsChanged,
            instrument: command.instrument,
            time: now,
            price: upper == 0 || lower == 0 ? 0 : (lower + upper) / 2
        )
        event.secondPrice = command.price
        event.thirdPrice = command.secondPrice
        output.receive(event)
        if book.pointee.isDark {
            settleDark(command.instrument.id, to: &output)
        } else if book.pointee.phase == .open {
            sweepBands(command.instrument.id, to: &output)
            forgetPegPrices(command.instrument.id)
        }
    }

    /// Undoes an execution: both sides and the feed are told; positions are theirs to mend, orders do not come back.
    @inlinable
    mutating func bust<Output: MatchingOutput & ~Copyable>(_ command: MatchingCommand, to output: inout Output) {
        let slot = trades + Int(truncatingIfNeeded: command.id & tradeMask)
        guard command.id != 0, slot.pointee.match == command.id else {
            tellRejected(command, .unknownMatch, to: &output)
            return
        }
        let trade = slot.pointee
        slot.pointee.match = 0
        output.receive(
            MatchingEvent(
                .broken,
                instrument: Instrument(id: trade.instrument),
                time: now,
                owner: trade.owner,
                id: trade.id,
                reference: trade.reference,
                side: trade.side,
                price: trade.price,
                quantity: trade.quantity,
                contraOwner: trade.contraOwner,
                contraID: trade.contraID,
                match: trade.match,
                flags: trade.flags,
                cross: trade.cross
            )
        )
    }
}
