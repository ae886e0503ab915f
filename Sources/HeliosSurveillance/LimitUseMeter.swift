// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Samples how far each limit is used: once a second of market time, and with every order for limits of one order.
public struct LimitUseMeter: Sendable {
    public private(set) var uses: [LimitUse] = []

    public init() {}

    /// The limits of one instrument and of the day, as the section `risk` of a run has them.
    public init(_ limits: RiskLimits) {
        let own = limits.instrument
        uses = [
            LimitUse(name: "firm orderQuantity", kind: .orderQuantity, limit: Int128(own.maxOrderQuantity.raw)),
            LimitUse(name: "firm orderNotional", kind: .orderNotional, limit: own.maxOrderNotional),
            LimitUse(name: "firm position", kind: .position, limit: Int128(own.maxPosition.raw)),
            LimitUse(name: "firm dayQuantity", kind: .dayQuantity, limit: Int128(own.maxDayQuantity.raw)),
            LimitUse(name: "firm dayLoss", kind: .dayLoss, limit: limits.dayLoss.raw),
        ]
    }

    mutating func take(_ order: NewOrder) {
        guard uses.count == 5 else { return }
        uses[0].take(Int128(order.quantity.raw))
        uses[1].take(Int128(order.quantity.raw) * Int128(order.price.raw))
    }

    mutating func sample(_ market: borrowing MarketState) {
        guard uses.count == 5 else { return }
        var (position, traded) = (Int128(0), Int128(0))
        for index in 0..<market.instruments {
            let exposure = market.risk.exposure(Instrument(id: UInt32(index)))
            let long = Int128(exposure.position.raw) + Int128(exposure.openBuy.raw)
            let short = Int128(exposure.openSell.raw) - Int128(exposure.position.raw)
            position = max(position, long, short)
            traded = max(traded, Int128(max(exposure.bought, exposure.sold).raw))
        }
        uses[2].take(position)
        uses[3].take(traded)
        let result = market.risk.profitAndLoss
        uses[4].take(result.dayHigh - result.total)
    }
}
