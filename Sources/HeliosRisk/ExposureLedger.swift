// SPDX-License-Identifier: MIT
import HeliosMarket

/// Positions, what is in flight, cash and profit of every instrument, exact in integers.
///
/// Exposure is reserved when an order is sent, moves into the position when it fills, and is released only by a report
/// that ends the order; sending a cancel releases nothing. A sum that does not fit is never stored: `isExact` becomes
/// false for good, and the gate then refuses every order.
@safe
public struct ExposureLedger: ~Copyable {
    @usableFromInline let slots: UnsafeMutablePointer<Exposure>
    /// The number of instruments.
    public let count: Int
    @usableFromInline var totals = ProfitAndLoss()
    @usableFromInline var exact = true
    @usableFromInline var underflows: UInt64 = 0
    @usableFromInline var unplaced: UInt64 = 0

    /// A ledger without positions for instruments 0 to `instruments` − 1.
    public init(instruments: Int, initialCash: Money = .zero) {
        count = max(instruments, 0)
        unsafe slots = .allocate(capacity: max(count, 1))
        unsafe slots.initialize(repeating: Exposure(), count: max(count, 1))
        totals.cash = initialCash.raw
    }

    deinit { unsafe slots.deallocate() }

    /// What stands for `instrument`; all zero for one that the ledger has no place for.
    @inlinable
    public func exposure(_ instrument: Instrument) -> Exposure {
        instrument.index < count ? unsafe slots[instrument.index] : Exposure()
    }

    /// The position of `instrument`, negative when short.
    @inlinable
    public func position(_ instrument: Instrument) -> Quantity {
        instrument.index < count ? unsafe slots[instrument.index].position : .zero
    }

    /// Profit and loss over all instruments.
    @inlinable
    public var profitAndLoss: ProfitAndLoss { totals }

    /// False once a sum did not fit; what is stored is then what was known before.
    @inlinable
    public var isExact: Bool { exact }

    /// How often more was released than was reserved: a fault of the caller.
    @inlinable
    public var releaseUnderflows: UInt64 { underflows }

    /// Fills that found no place: an unknown instrument, no positive quantity, or sums that do not fit.
    @inlinable
    public var unplacedFills: UInt64 { unplaced }
}

// MARK: - Transitions
extension ExposureLedger {
    /// Counts an order as open.
    ///
    /// False, and nothing changed, for an unknown instrument, a quantity that is not positive, or a sum that does not
    /// fit.
    @inlinable
    public mutating func reserve(_ instrument: Instrument, _ side: Side, _ quantity: Quantity) -> Bool {
        guard instrument.index < count, quantity.raw > 0 else { return false }
        // Safe: the index is below `count`.
        let open = unsafe side == .buy ? slots[instrument.index].openBuy : slots[instrument.index].openSell
        let (sum, overflow) = open.raw.addingReportingOverflow(quantity.raw)
        guard !overflow else { return false }
        if side == .buy {
            unsafe slots[instrument.index].openBuy = Quantity(raw: sum)
        } else {
            unsafe slots[instrument.index].openSell = Quantity(raw: sum)
        }
        return true
    }

    /// Gives back what an order that has ended had reserved.
    @inlinable
    public mutating func released(_ instrument: Instrument, _ side: Side, _ quantity: Quantity) {
        guard instrument.index < count, quantity.raw > 0 else { return }
        // Safe: the index is below `count`.
        let open = unsafe side == .buy ? slots[instrument.index].openBuy : slots[instrument.index].openSell
        if quantity > open { underflows += 1 }
        let rest = Quantity(raw: open.raw - min(quantity.raw, open.raw))
        if side == .buy {
            unsafe slots[instrument.index].openBuy = rest
        } else {
            unsafe slots[instrument.index].openSell = rest
        }
    }

    /// Moves a fill from open into the position.
    ///
    /// `releasing` is how much of it was reserved (`OrderUpdate.released`; less than `quantity` for an overfill or an
    /// unknown order); a negative fee is a rebate. False, with the position unchanged, for an unknown instrument, a
    /// quantity that is not positive, or a sum that does not fit; it is counted in `unplacedFills`.
    public mutating func filled(
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        releasing: Quantity,
        at price: Price,
        fee: Money
    ) -> Bool {
        guard instrument.index < count, quantity.raw > 0 else {
            unplaced += 1
            return false
        }
        released(instrument, side, releasing)
        // Safe: the index is below `count`.
        var exposure = unsafe slots[instrument.index]
        var sums = CheckedSums()
        let before = exposure
        exposure.take(side, quantity, at: price, fee: fee.raw, &sums)
        var after = totals
        after.replace(before, by: exposure, &sums)
        after.cash = sums.add(after.cash, sums.subtract(exposure.cashFlow, before.cashFlow))
        after.cash = sums.subtract(after.cash, fee.raw)
        guard !sums.overflowed else {
            exact = false
            unplaced += 1
            return false
        }
        unsafe slots[instrument.index] = exposure
        totals = after
        return true
    }

    /// Takes the best prices of `instrument`; a price of zero says that the side is empty, and its last mark stays.
    ///
    /// True when the total profit changed. Constant time.
    @inlinable
    public mutating func mark(_ instrument: Instrument, bid: Price, ask: Price) -> Bool {
        guard instrument.index < count else { return false }
        // Safe: the index is below `count`.
        let slot = unsafe slots + instrument.index
        if bid.raw > 0 { unsafe slot.pointee.bid = bid }
        if ask.raw > 0 { unsafe slot.pointee.ask = ask }
        guard unsafe slot.pointee.position.raw != 0 else { return false }
        // Safe: a product of two 64-bit numbers.
        let value = unsafe Int128(slot.pointee.position.raw) &* Int128(slot.pointee.mark.raw)
        var sums = CheckedSums()
        let unrealised = unsafe sums.subtract(value, slot.pointee.basis)
        let change = unsafe sums.subtract(unrealised, slot.pointee.unrealised)
        if change == 0 { return false }
        let total = sums.add(totals.total, change)
        let sum = sums.add(totals.unrealised, change)
        guard !sums.overflowed else {
            exact = false
            return true
        }
        unsafe slot.pointee.unrealised = unrealised
        totals.unrealised = sum
        totals.total = total
        if total > totals.dayHigh { totals.dayHigh = total }
        return true
    }
}

extension Exposure {
    /// Takes a fill into position, cost, profit and cash, at average cost.
    mutating func take(_ side: Side, _ quantity: Quantity, at price: Price, fee: Int128, _ sums: inout CheckedSums) {
        let held = Int128(position.raw)
        let signed = Int128(quantity.raw) * Int128(side.sign)
        let cost = signed * Int128(price.raw)  // at most 2^126
        if held == 0 || (held > 0) == (signed > 0) {
            basis = sums.add(basis, cost)
        } else if signed.magnitude < held.magnitude {
            let share = share(of: signed.magnitude, in: held.magnitude)
            basis = sums.subtract(basis, share)
            realised = sums.subtract(realised, sums.add(cost, share))
        } else {
            let closing = -held * Int128(price.raw)
            realised = sums.subtract(realised, sums.add(closing, basis))
            basis = cost - closing
        }
        position = Quantity(raw: sums.narrow(held + signed))
        cashFlow = sums.subtract(cashFlow, cost)
        fees = sums.add(fees, fee)
        let turnover = sums.narrow(Int128(side == .buy ? bought.raw : sold.raw) + Int128(quantity.raw))
        if side == .buy { bought = Quantity(raw: turnover) } else { sold = Quantity(raw: turnover) }
        if bid.raw == 0 { bid = price }
        if ask.raw == 0 { ask = price }
        unrealised = sums.subtract(Int128(position.raw) * Int128(mark.raw), basis)
    }

    /// `basis × part / whole` towards zero, whose remainder so stays in the basis; `part < whole < 2^64`.
    private func share(of part: UInt128, in whole: UInt128) -> Int128 {
        // The product may need more than 128 bits: divide first, then the remainder, whose product fits.
        let (quotient, remainder) = basis.magnitude.quotientAndRemainder(dividingBy: whole)
        let share = Int128(quotient * part + remainder * part / whole)
        return basis < 0 ? -share : share
    }
}

extension ProfitAndLoss {
    /// Exchanges one instrument's part in the sums.
    mutating func replace(_ old: Exposure, by new: Exposure, _ sums: inout CheckedSums) {
        realised = sums.add(realised, sums.subtract(new.realised, old.realised))
        unrealised = sums.add(unrealised, sums.subtract(new.unrealised, old.unrealised))
        fees = sums.add(fees, sums.subtract(new.fees, old.fees))
        total = sums.subtract(sums.add(realised, unrealised), fees)
        dayHigh = max(dayHigh, total)
    }
}

/// Sums that remember whether one did not fit.
@usableFromInline
struct CheckedSums {
    @usableFromInline var overflowed = false

    @inlinable
    init() {}

    @inlinable
    mutating func add(_ a: Int128, _ b: Int128) -> Int128 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        overflowed = overflowed || overflow
        return sum
    }

    @inlinable
    mutating func subtract(_ a: Int128, _ b: Int128) -> Int128 {
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        overflowed = overflowed || overflow
        return difference
    }

    /// The value as 64 bits; 0 when it does not fit.
    mutating func narrow(_ value: Int128) -> Int64 {
        guard let narrow = Int64(exactly: value) else {
            overflowed = true
            return 0
        }
        return narrow
    }
}
