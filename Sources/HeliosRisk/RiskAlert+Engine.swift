// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskAlert {
    /// An alert that the engine raises: something about an order or an execution does not add up.
    ///
    /// - Parameters:
    ///   - number: tells alerts of one sort from those of another; below 256.
    ///   - quantity: what is in doubt.
    ///   - order: the order that it is about; 0 for none.
    ///   - instrument: what it is about.
    ///   - time: when it was found.
    /// - Returns: an alert of no limit, whose value is the quantity.
    public static func doubt(
        _ number: UInt8,
        _ quantity: Quantity,
        order: OrderID,
        _ instrument: Instrument,
        at time: Timestamp
    ) -> RiskAlert {
        RiskAlert(
            value: Int128(quantity.raw),
            soft: 0,
            orderID: order,
            time: time,
            // No limit's place: those at the end of the range stay free.
            limitIndex: .max - UInt32(number),
            instrument: instrument,
            scope: 0,
            control: .state
        )
    }
}
