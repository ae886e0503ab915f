// SPDX-License-Identifier: MIT
import HeliosMarket

/// The controls of the pre-trade gate, numbered as in `docs/risk.md`.
@frozen
public enum RiskControl: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The gate's own state: an operator halted or killed it.
    case state = 0
    /// Order quantity.
    case p01 = 1
    /// Order notional.
    case p02 = 2
    /// Price collar.
    case p03 = 3
    /// Reference price.
    case p05 = 5
    /// Tick, lot, overflow.
    case p06 = 6
    /// Duplicate order number.
    case p10 = 10
    /// Position.
    case p11 = 11
    /// Daily loss.
    case p14 = 14
    /// Stale data.
    case p17 = 17
    /// Session and halts.
    case p21 = 21

    /// `"P03"`; `"STATE"` for the gate's own state.
    public var name: String {
        self == .state ? "STATE" : (rawValue < 10 ? "P0" : "P") + String(rawValue)
    }
}

/// Which of a control's conditions failed.
@frozen
public enum RiskReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// The gate's state forbids it; value and limit are `RiskState`s.
    case stateForbids = 0
    /// The ledger has no place for the instrument.
    case unknownInstrument = 1
    /// Zero or negative.
    case notPositive = 2
    /// Not a multiple of the tick or the lot, or tick or lot are not known (limit 0).
    case offGrid = 3
    /// Above the limit.
    case aboveLimit = 4
    /// Below the limit.
    case belowLimit = 5
    /// A sum or product does not fit.
    case overflow = 6
    /// No fresh quote, no recent trade, no prior close.
    case noReference = 7
    /// The number was cleared before.
    case duplicate = 8
    /// The last update is too old, or its time lies in the future.
    case stale = 9
    /// The book has been crossed for too long.
    case crossed = 10
    /// The price has just jumped.
    case jump = 11
    /// The feed is down or has an open gap.
    case feedDown = 12
    /// The instrument is not trading; value is its `TradingState`.
    case notTrading = 13
    /// The phase of the day does not take this order type; value is the `MarketPhase`.
    case phase = 14
    /// The order number is outside the gate's capacity.
    case capacity = 15
    /// New orders are held back: the venue is not reconciled, the journal is short of room, or an operator said so; value
    /// is the `OrderHold` set.
    case held = 16
}

/// What the value and the limit of a refusal are measured in.
@frozen
public enum RiskMeasure: UInt8, Sendable, BitwiseCopyable {
    /// A plain number (a state, an order number, a count).
    case number = 0
    /// 1e-8 units.
    case quantity = 1
    /// 1e-8 of the currency.
    case price = 2
    /// 1e-16 of the currency.
    case money = 3
    /// Nanoseconds.
    case time = 4
    /// Hundredths of a per cent.
    case basisPoints = 5
}

/// Why the gate refused an order: the first control that failed, with the number that failed and the limit it met.
@frozen
public struct RiskRefusal: Sendable, BitwiseCopyable, Equatable {
    public var orderID: OrderID
    public var instrument: Instrument
    public var control: RiskControl
    public var reason: RiskReason
    public var measure: RiskMeasure
    /// The number that failed, in units of `measure`.
    public var value: Int128
    /// The limit it met, in units of `measure`.
    public var limit: Int128

    init(
        _ order: NewOrder,
        _ control: RiskControl,
        _ reason: RiskReason,
        _ measure: RiskMeasure = .number,
        value: Int128 = 0,
        limit: Int128 = 0
    ) {
        orderID = order.id
        instrument = order.instrument
        self.control = control
        self.reason = reason
        self.measure = measure
        self.value = value
        self.limit = limit
    }
}

extension RiskRefusal: CustomStringConvertible {
    /// `order 17, instrument 4: P03 aboveLimit: 110.00, limit 103.00`.
    public var description: String {
        "order \(orderID), instrument \(instrument.id): \(control.name) \(reason): \(measure.text(value)), "
            + "limit \(measure.text(limit))"
    }
}
