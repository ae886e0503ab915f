// SPDX-License-Identifier: MIT
import HeliosMarket

extension Slot {
    /// Takes a fill into position, cost, profit and cash, at average cost; the mark is not touched.
    mutating func take(_ side: Side, _ quantity: Quantity, at price: Price, fee: Int128, _ sums: inout CheckedSums) {
        let held = Int128(position)
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
        position = sums.narrow(held + signed)
        cashFlow = sums.subtract(cashFlow, cost)
        fees = sums.add(fees, fee)
        let turnover = sums.narrow(Int128(side == .buy ? bought : sold) + Int128(quantity.raw))
        if side == .buy { bought = turnover } else { sold = turnover }
    }

    /// Takes the mark: the bid for a long position, the ask for a short one.
    mutating func mark(bid: Int64, ask: Int64, _ sums: inout CheckedSums) {
        // Safe: a product of two 64-bit numbers.
        value = Int128(position) &* Int128(position >= 0 ? bid : ask)
        unrealised = sums.subtract(value, basis)
    }

    /// `basis × part / whole` towards zero, whose remainder so stays in the basis; `part < whole < 2^64`.
    private func share(of part: UInt128, in whole: UInt128) -> Int128 {
        // The product may need more than 128 bits: divide first, then the remainder, whose product fits.
        let (quotient, remainder) = basis.magnitude.quotientAndRemainder(dividingBy: whole)
        let share = Int128(quotient * part + remainder * part / whole)
        return basis < 0 ? -share : share
    }
}
