// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// An empty market for `instruments` instruments.
func makeMarket(instruments: UInt32) throws -> MarketState {
    MarketState(
        books: try BookSet(capacity: BookCapacity(instruments: Int(instruments), orders: 256, levels: 256)),
        orders: 16,
        instruments: Int(instruments),
        limits: RiskLimits()
    )
}
