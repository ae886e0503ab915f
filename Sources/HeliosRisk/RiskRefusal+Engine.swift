// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskRefusal {
    /// The refusal of an order for which there is no record left: what can't be followed must not be sent.
    public static func noRecord(of order: NewOrder, capacity: Int) -> RiskRefusal {
        RiskRefusal(order, .state, .aboveLimit, value: Int128(order.id), limit: Int128(capacity))
    }

    /// The refusal of an order that was to take the place of `original`: that one has ended, or something else is under way for it.
    public static func notReplaceable(_ order: NewOrder, _ original: OrderID) -> RiskRefusal {
        RiskRefusal(order, .p06, .notReplaceable, value: Int128(original))
    }

    /// The refusal of an order that was to take a quote of request `request`: there is none that can be taken.
    public static func noQuote(_ order: NewOrder, _ request: UInt64) -> RiskRefusal {
        RiskRefusal(order, .p06, .stale, value: Int128(request))
    }

    /// The refusal of an order to a venue that the session does not have: value is its number.
    public static func noVenue(_ order: NewOrder) -> RiskRefusal {
        RiskRefusal(order, .p06, .notTrading, value: Int128(order.venue.id))
    }

    /// The refusal of an order while new orders are held back: value is the set of reasons.
    public static func held(_ order: NewOrder, _ holds: OrderHold) -> RiskRefusal {
        RiskRefusal(order, .state, .held, value: Int128(holds.rawValue))
    }
}
