// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskGate {
    /// Takes an execution back that the venue has broken: position, cash, fees and turnover are what they were without it, and the
    /// day's loss is judged again.
    ///
    /// `fee` is what it had cost. An execution that finds no place halts the gate, as a fill does.
    public mutating func broken(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        at price: Price,
        fee: Money
    ) {
        if ledger.broken(instrument, side, quantity, at: price, fee: fee) {
            judge()
        } else {
            descend(to: .halted, cause: .p06, value: Int128(quantity.raw), limit: 0)
        }
    }
}

extension ExposureLedger {
    /// Takes an execution out of the position.
    ///
    /// Position, cash, fees, turnover and the total of profit and loss are exact. What is realised is that of a trade back at the
    /// execution's own price: at average cost the parts of a total depend on the order of the trades. False, with nothing changed,
    /// for an unknown instrument, a quantity that is not positive, or a sum that does not fit.
    mutating func broken(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        at price: Price,
        fee: Money
    ) -> Bool {
        guard instrument.index < count, quantity.raw > 0 else {
            unplaced += 1
            return false
        }
        // Safe: the index is below `count`.
        let before = unsafe slots[instrument.index]
        var exposure = before
        var sums = CheckedSums()
        exposure.take(side == .buy ? .sell : .buy, quantity, at: price, fee: sums.subtract(0, fee.raw), &sums)
        exposure.bought = before.bought
        exposure.sold = before.sold
        if side == .buy {
            exposure.bought = Quantity(raw: max(before.bought.raw - quantity.raw, 0))
        } else {
            exposure.sold = Quantity(raw: max(before.sold.raw - quantity.raw, 0))
        }
        var after = totals
        after.replace(before, by: exposure, &sums)
        after.cash = sums.add(after.cash, sums.subtract(exposure.cashFlow, before.cashFlow))
        after.cash = sums.add(after.cash, fee.raw)
        guard !sums.overflowed else {
            exact = false
            unplaced += 1
            return false
        }
        unsafe slots[instrument.index] = exposure
        totals = after
        return true
    }
}
