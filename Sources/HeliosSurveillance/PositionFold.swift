// SPDX-License-Identifier: MIT
import HeliosMarket

/// T01: positions and cash as the sum of the distinct executions, counted by nobody but itself.
///
/// It shares no line with the ledger that it is held against: no average cost, no reservations, no sums kept by instrument
/// and in total. Executions that were taken back are out of the sums, and in the books.
public struct PositionFold: Sendable {
    /// What is known of an instrument.
    public struct Holding: Sendable, Equatable {
        /// Raw quantity, negative when short.
        public var position: Int128 = 0
        /// Raw money received less paid, without fees.
        public var cashFlow: Int128 = 0
        public var fees: Int128 = 0
        public var bought: Int128 = 0
        public var sold: Int128 = 0
    }

    private struct Key: Hashable {
        let order: OrderID
        let execution: UInt64
    }

    /// Positions at the start, by instrument.
    public let opening: [UInt32: Quantity]
    public let initialCash: Money
    public private(set) var holdings: [UInt32: Holding] = [:]
    /// Initial cash, with every execution and fee.
    public private(set) var cash: Int128
    /// Executions that stand.
    public private(set) var count = 0
    /// Executions that were told again; they count once.
    public private(set) var repeated = 0
    public private(set) var broken = 0
    private var known: [Key: Execution] = [:]

    public init(initialCash: Money, opening: [UInt32: Quantity] = [:]) {
        self.initialCash = initialCash
        self.opening = opening
        cash = initialCash.raw
        for (instrument, quantity) in opening {
            holdings[instrument, default: Holding()].position = Int128(quantity.raw)
        }
    }

    /// What is held of `instrument`.
    public func holding(_ instrument: Instrument) -> Holding { holdings[instrument.id] ?? Holding() }

    /// The execution with this number, if it stands.
    public func execution(order: OrderID, id: UInt64) -> Execution? { known[Key(order: order, execution: id)] }

    /// Takes an execution; false when it was told before.
    @discardableResult
    public mutating func take(_ execution: Execution) -> Bool {
        let key = Key(order: execution.orderID, execution: execution.id)
        guard known[key] == nil else {
            repeated += 1
            return false
        }
        known[key] = execution
        add(execution, 1)
        count += 1
        return true
    }

    /// Takes an execution back; nil when none stands under this number.
    @discardableResult
    public mutating func takeBack(order: OrderID, id: UInt64) -> Execution? {
        guard let execution = known.removeValue(forKey: Key(order: order, execution: id)) else { return nil }
        add(execution, -1)
        count -= 1
        broken += 1
        return execution
    }

    private mutating func add(_ execution: Execution, _ sign: Int128) {
        var holding = holdings[execution.instrument.id] ?? Holding()
        holding.position += sign * execution.signed
        holding.cashFlow += sign * execution.cashFlow
        holding.fees += sign * execution.fee.raw
        let quantity = sign * Int128(execution.quantity.raw)
        if execution.side == .buy { holding.bought += quantity } else { holding.sold += quantity }
        holdings[execution.instrument.id] = holding
        cash += sign * (execution.cashFlow - execution.fee.raw)
    }
}
