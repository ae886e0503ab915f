// SPDX-License-Identifier: MIT
import HeliosMarket

/// Positions with their profit and loss by strategy, group (a pair, a basket) and instrument, at average cost.
///
/// An execution that is taken back is folded out of its line as if it had never been: the executions that stand are taken again in
/// their order. What the gate's ledger calls realised may then differ in the split, never in the total.
public struct ProfitBook: Sendable {
    /// Whose line it is.
    public struct Key: Hashable, Sendable, Comparable {
        public var strategy: UInt16
        public var group: UInt32
        public var instrument: UInt32

        public static func < (a: Key, b: Key) -> Bool {
            (a.strategy, a.group, a.instrument) < (b.strategy, b.group, b.instrument)
        }
    }

    /// One line; money is raw.
    public struct Line: Sendable, Equatable {
        public var position: Int128 = 0
        public var basis: Int128 = 0
        public var realised: Int128 = 0
        public var fees: Int128 = 0
        public var bought: Int128 = 0
        public var sold: Int128 = 0
        public var executions = 0

        /// What the position would bring at `mark` above what it cost.
        public func unrealised(at mark: Price) -> Int128 { position * Int128(mark.raw) - basis }

        mutating func take(_ execution: Execution) {
            let (signed, price) = (execution.signed, Int128(execution.price.raw))
            if position == 0 || (position > 0) == (signed > 0) {
                basis += signed * price
            } else if signed.magnitude <= position.magnitude {
                let share = Line.share(of: basis, signed.magnitude, in: position.magnitude)
                basis -= share
                realised -= signed * price + share
            } else {
                let closing = -position * price
                realised -= closing + basis
                basis = signed * price - closing
            }
            position += signed
            fees += execution.fee.raw
            if signed > 0 { bought += signed } else { sold -= signed }
            executions += 1
        }

        private static func share(of basis: Int128, _ part: UInt128, in whole: UInt128) -> Int128 {
            let (quotient, remainder) = basis.magnitude.quotientAndRemainder(dividingBy: whole)
            let share = Int128(quotient * part + remainder * part / whole)
            return basis < 0 ? -share : share
        }
    }

    public private(set) var lines: [Key: Line] = [:]
    private var history: [Key: [Execution]] = [:]

    public init() {}

    private func key(_ execution: Execution) -> Key {
        Key(strategy: execution.tag.strategy, group: execution.tag.group, instrument: execution.instrument.id)
    }

    /// Takes an execution that was not taken before.
    public mutating func take(_ execution: Execution) {
        let key = key(execution)
        lines[key, default: Line()].take(execution)
        history[key, default: []].append(execution)
    }

    /// Takes an execution out of its line, as if it had never been.
    public mutating func takeBack(_ execution: Execution) {
        let key = key(execution)
        history[key]?.removeAll { $0.orderID == execution.orderID && $0.id == execution.id }
        var line = Line()
        for standing in history[key] ?? [] { line.take(standing) }
        lines[key] = line
    }

    /// The lines in the order of their keys.
    public var ordered: [(key: Key, line: Line)] { lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
}
