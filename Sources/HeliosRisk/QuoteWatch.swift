// SPDX-License-Identifier: MIT
import HeliosMarket

/// What P17 remembers of an instrument's quotes between two orders.
@usableFromInline
struct QuoteWatch: BitwiseCopyable {
    /// Bid plus ask of the last two-sided, uncrossed quote; 0 before the first.
    @usableFromInline var doubleMid: Int64 = 0
    /// Since when the book is crossed; `never` when it is not.
    @usableFromInline var crossedSince: Timestamp = .never
    /// When the mid jumped last; `never` when it did not.
    @usableFromInline var jumpedAt: Timestamp = .never

    init() {}

    /// Takes a quote; `jump` in basis points.
    @inlinable
    mutating func take(bid: Price, ask: Price, at time: Timestamp, jump: Int64) {
        guard bid.raw > 0, ask.raw > 0 else {
            crossedSince = .never
            return
        }
        guard bid < ask else {
            if crossedSince == .never { crossedSince = time }
            return
        }
        crossedSince = .never
        let (sum, overflow) = bid.raw.addingReportingOverflow(ask.raw)
        guard !overflow else { return }  // no such price passes the collar
        if doubleMid > 0 {
            // Safe: products of two 64-bit numbers.
            let change = Int128(abs(sum - doubleMid)) &* 10_000
            if change > Int128(doubleMid) &* Int128(jump) { jumpedAt = time }
        }
        doubleMid = sum
    }
}
