// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskRefusal {
    /// The refusal of an order for which there is no record left: what can't be followed must not be sent.
    public static func noRecord(of order: NewOrder, capacity: Int) -> RiskRefusal {
        RiskRefusal(order, .state, .aboveLimit, value: Int128(order.id), limit: Int128(capacity))
    }

    /// The refusal of an order while new orders are held back: value is the set of reasons.
    public static func held(_ order: NewOrder, _ holds: OrderHold) -> RiskRefusal {
        RiskRefusal(order, .state, .held, value: Int128(holds.rawValue))
    }
}
