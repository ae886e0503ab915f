// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

extension TransactionCosts {
    /// An order has traded.
    ///
    /// - Parameters:
    ///   - id: the order.
    ///   - execution: the venue's number of it.
    ///   - quantity: executed.
    ///   - price: at which.
    ///   - fee: positive is paid.
    ///   - isMaker: the order rested.
    ///   - isFinal: nothing of it is left.
    ///   - quote: of its instrument.
    ///   - time: when it happened at the venue.
    public mutating func fill(
        _ id: OrderID,
        execution: UInt64,
        _ quantity: Quantity,
        _ price: Price,
        fee: Money,
        isMaker: Bool,
        isFinal: Bool,
        _ quote: Quote,
        at time: Timestamp
    ) {
        guard let place = orderKeys.find(id), let slot = parentKeys.find(orders[place].parent) else { return }
        orders[place].filled += quantity.raw
        orders[place].leaves = max(orders[place].leaves - quantity.raw, 0)
        let instrument = Int(parents[slot].instrument)
        parents[slot].leaves = max(parents[slot].leaves - quantity.raw, 0)
        parents[slot].done += quantity.raw
        parents[slot].value += Money(price, times: quantity).raw
        parents[slot].fees += fee.raw
        parents[slot].lastValue = tapeValue[instrument]
        parents[slot].lastVolume = tapeVolume[instrument]
        parents[slot].hasReversion = 0
        // More traded than was asked for: it was wanted after all.
        parents[slot].quantity = max(parents[slot].quantity, parents[slot].done)
        var cell = parents[slot].cell
        cell.time = halfHour(time)
        let mark = CostMark(
            order: id,
            execution: execution,
            parent: orders[place].parent,
            time: time.nanoseconds,
            instrument: parents[slot].instrument,
            place: orders[place].place,
            side: parents[slot].side,
            price: price.raw,
            quantity: quantity.raw,
            mid: TransactionCosts.mid(quote),
            isMaker: isMaker ? 1 : 0,
            cell: cell
        )
        count(mark, fee, arrival: parents[slot].arrival, takes: orders[place].takes == 1, times: 1)
        parents[slot].lastMark = push(mark)
        if isFinal { end(id, quote) }
    }

    /// The venue takes an execution back: it counts for nothing, as far as it is still remembered.
    ///
    /// False, and counted among the overflows, for one older than five minutes or whose parent has ended.
    @discardableResult
    public mutating func takeBack(_ id: OrderID, execution: UInt64, fee: Money) -> Bool {
        var number = nextMark - 1
        let oldest = max(waiting[CostSums.fiveMinutes], nextMark - Int64(marks.count))
        while number >= oldest {
            let place = Int(number) & (marks.count - 1)
            let mark = marks[place]
            if mark.order == id, mark.execution == execution, mark.isVoid == 0 {
                return takeBack(mark, number, place, fee)
            }
            number -= 1
        }
        overflows += 1
        return false
    }

    private mutating func takeBack(_ mark: CostMark, _ number: Int64, _ place: Int, _ fee: Money) -> Bool {
        marks[place].isVoid = 1
        let slot = parentKeys.find(mark.parent)
        let order = orderKeys.find(mark.order)
        let takes = order.map { orders[$0].takes == 1 } ?? (mark.isMaker == 0)
        count(mark, fee, arrival: slot.map { parents[$0].arrival } ?? 0, takes: takes, times: -1)
        for horizon in 0..<CostSums.horizonCount where waiting[horizon] > number {
            let later = Price(raw: laters[place * CostSums.horizonCount + horizon])
            countMark(mark, horizon, later: later, times: -1)
        }
        if let order { orders[order].filled -= mark.quantity }
        guard let slot else {
            overflows += 1
            return false
        }
        parents[slot].done -= mark.quantity
        parents[slot].value -= Money(Price(raw: mark.price), times: Quantity(raw: mark.quantity)).raw
        parents[slot].fees -= fee.raw
        if parents[slot].lastMark == number { parents[slot].lastMark = -1 }
        return true
    }

    /// Adds a fill to the sums, or takes it out of them.
    private mutating func count(_ mark: CostMark, _ fee: Money, arrival: Int64, takes: Bool, times: Double) {
        let side: Side = mark.side == 0 ? .buy : .sell
        let (price, quantity) = (Price(raw: mark.price), Quantity(raw: mark.quantity))
        let shares = quantity.value
        let value = Money(price, times: quantity).value
        let paid = fee.value
        let slippage = TradeCost.slippage(side, price.value, against: Price(raw: arrival).value)
        // Weighted so that an order's fills add up to the slippage of its average price.
        let arrivalValue = Money(Price(raw: arrival), times: quantity).value
        let effective = TradeCost.effectiveSpread(side, price, mid: Price(raw: mark.mid))
        table.change(mark.cell, place: mark.place) { sums in
            sums.fills += times
            sums.shares += times * shares
            sums.value += times * value
            sums.fees += times * paid
            if mark.isMaker == 1 { sums.makerShares += times * shares }
            if takes { sums.takingFilled += times * shares } else { sums.restingFilled += times * shares }
            sums.arrival.add(slippage, weight: arrivalValue, times: times)
            sums.effective.add(effective, weight: value, times: times)
        }
    }
}

// MARK: - Later mids
extension TransactionCosts {
    /// Puts a fill at the end of the ring; its number.
    private mutating func push(_ mark: CostMark) -> Int64 {
        let oldest = nextMark - Int64(marks.count)
        if oldest >= 0, waiting[CostSums.fiveMinutes] <= oldest {
            // Its later mids are given up.
            for horizon in 0..<CostSums.horizonCount { waiting[horizon] = max(waiting[horizon], oldest + 1) }
            overflows += 1
        }
        let place = Int(nextMark) & (marks.count - 1)
        marks[place] = mark
        // What an earlier fill left there is not this one's.
        for horizon in 0..<CostSums.horizonCount { laters[place * CostSums.horizonCount + horizon] = 0 }
        nextMark += 1
        refreshDue()
        return nextMark - 1
    }

    mutating func refreshDue() {
        nextDue = .never
        for horizon in 0..<CostSums.horizonCount where waiting[horizon] < nextMark {
            let time = Timestamp(nanoseconds: marks[Int(waiting[horizon]) & (marks.count - 1)].time)
            nextDue = min(nextDue, time + CostSums.horizons[horizon])
        }
    }

    /// The next mid that has to be taken before an event at `time` is applied; nil when there is none.
    ///
    /// ```swift
    /// while let due = costs.due(before: event.receiveTime) { costs.mark(due, market.quote(due.instrument)) }
    /// ```
    public func due(before time: Timestamp) -> DueMark? {
        guard nextDue < time else { return nil }
        for horizon in 0..<CostSums.horizonCount where waiting[horizon] < nextMark {
            let mark = marks[Int(waiting[horizon]) & (marks.count - 1)]
            let due = Timestamp(nanoseconds: mark.time) + CostSums.horizons[horizon]
            if due == nextDue {
                return DueMark(
                    horizon: horizon,
                    instrument: Instrument(id: UInt32(truncatingIfNeeded: mark.instrument)),
                    time: due
                )
            }
        }
        return nil
    }

    /// Takes the mid that was due.
    public mutating func mark(_ due: DueMark, _ quote: Quote) {
        let number = waiting[due.horizon]
        guard number < nextMark else { return }
        let mark = marks[Int(number) & (marks.count - 1)]
        waiting[due.horizon] += 1
        refreshDue()
        let later = Price(raw: TransactionCosts.mid(quote))
        laters[(Int(number) & (marks.count - 1)) * CostSums.horizonCount + due.horizon] = later.raw
        guard mark.isVoid == 0, later.raw > 0 else { return }
        countMark(mark, due.horizon, later: later, times: 1)
        if due.horizon == CostSums.oneSecond { score(mark, later) }
        if due.horizon == CostSums.fiveMinutes { takeReversion(mark, number, later) }
    }

    private mutating func countMark(_ mark: CostMark, _ horizon: Int, later: Price, times: Double) {
        guard later.raw > 0 else { return }
        let side: Side = mark.side == 0 ? .buy : .sell
        let (price, mid) = (Price(raw: mark.price), Price(raw: mark.mid))
        let shares = Quantity(raw: mark.quantity).value
        let value = Money(price, times: Quantity(raw: mark.quantity)).value
        let markout = TradeCost.markout(side, price, later: later)
        let realised = TradeCost.realisedSpread(side, price, mid: mid, later: later)
        let impact = TradeCost.impact(side, mid: mid, later: later)
        table.change(mark.cell, place: mark.place) { sums in
            sums.markout[horizon].add(markout, weight: value, times: times)
            sums.realised[horizon].add(realised, weight: value, times: times)
            sums.impact[horizon].add(impact, weight: value, times: times)
            if horizon == CostSums.oneSecond { sums.toxic.add(markout, weight: shares, times: times) }
        }
    }

    private mutating func score(_ mark: CostMark, _ later: Price) {
        guard scoredCount < scored.count,
            let points = TradeCost.markout(mark.side == 0 ? .buy : .sell, Price(raw: mark.price), later: later)
        else { return }
        scored[scoredCount] = VenueMark(
            place: Int(mark.place),
            markout: points / 10_000,
            quantity: Quantity(raw: mark.quantity),
            isMaker: mark.isMaker == 1
        )
        scoredCount += 1
    }

    /// Hands the markouts after a second that have become known to `body`, each once, the oldest first.
    ///
    /// Who does not ask loses those beyond 256.
    public mutating func takeScores(_ body: (VenueMark) -> Void) {
        for index in 0..<scoredCount { body(scored[index]) }
        scoredCount = 0
    }

    private mutating func takeReversion(_ mark: CostMark, _ number: Int64, _ later: Price) {
        let side: Side = mark.side == 0 ? .buy : .sell
        guard let reversion = TradeCost.reversion(side, lastFill: Price(raw: mark.price), later: later) else { return }
        if mark.isLast == 1 {
            let value = Money(Price(raw: mark.price), times: Quantity(raw: mark.quantity)).value
            table.change(mark.cell, place: -1) { $0.reversion.add(reversion, weight: value) }
        } else if let slot = parentKeys.find(mark.parent), parents[slot].lastMark == number {
            parents[slot].reversion = reversion
            parents[slot].hasReversion = 1
        }
    }
}
