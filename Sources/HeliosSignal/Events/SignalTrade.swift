// SPDX-License-Identifier: MIT

/// What a rule that buys, sells or closes is about: so many shares of each instrument.
///
/// The expression of such a rule is a sum of prices, each with a number: `mid(KO) - beta(mid(KO), mid(PEP), 30 min) * mid(PEP)` is one
/// share of KO against beta shares of PEP. What stands beside prices, and functions of prices, are numbers; they can be factors,
/// and as summands they move the level, which nobody trades.
extension SignalRule {
    /// The instruments that the rule trades, in the order in which its expression names them; none where it only tells, or closes
    /// whatever there is.
    ///
    /// - Throws: `SignalPlanError` for an expression that is no sum of prices.
    public func tradedSymbols() throws(SignalPlanError) -> [String] { try parts().map(\.symbol) }

    /// The same rule with two kinds of columns: first what it says itself, then the shares of each of `tradedSymbols`, in their order.
    ///
    /// - Throws: `SignalPlanError` for an expression that is no sum of prices.
    public func weighed() throws(SignalPlanError) -> SignalRule {
        let columns = try parts().map { Column(name: $0.symbol, node: $0.shares) }
        return SignalRule(name: name, trigger: trigger, columns: self.columns + columns, action: action)
    }

    private func parts() throws(SignalPlanError) -> [PriceSum.Part] {
        guard action != .tell, let column = columns.first else { return [] }
        let sum = try PriceSum(column.node)
        guard !sum.parts.isEmpty else {
            throw SignalPlanError(
                "there is no price in what is traded; write a sum of prices, as mid(KO) or mid(KO) - 1.31 * mid(PEP)"
            )
        }
        return sum.parts
    }
}

/// An expression as shares of instruments; without parts it is a number that no price is traded for.
private struct PriceSum {
    struct Part {
        var symbol: String
        var shares: SignalNode
    }

    var parts: [Part] = []

    init(_ node: SignalNode) throws(SignalPlanError) {
        switch node {
        case .field(let field, let symbol):
            if PriceSum.prices.contains(field) { parts = [Part(symbol: symbol, shares: .constant(1))] }
        case .groupField(let field, let group):
            guard !PriceSum.prices.contains(field) else {
                throw SignalPlanError(
                    "a price of the group \(group.name) is that of one instrument or another, which nobody can trade; name the instrument, as mid(KO)"
                )
            }
        case .unary(.negate, let inner):
            self = try PriceSum(inner).times { PriceSum.product(.constant(-1), $0) }
        case .binary(let operation, let a, let b): self = try PriceSum.combined(operation, a, b)
        // The same prices, at chosen moments or while they are new.
        case .sample(let inner, on: _), .filter(let inner, by: _), .distinct(let inner), .fresh(let inner, _):
            self = try PriceSum(inner)
        default: break
        }
    }

    private init(parts: [Part]) { self.parts = parts }

    private static let prices: [SignalField] = [.bid, .ask, .mid, .microprice, .price]

    private static func combined(
        _ operation: BinaryOperation,
        _ a: SignalNode,
        _ b: SignalNode
    ) throws(SignalPlanError) -> PriceSum {
        switch operation {
        case .add: return try PriceSum(a).adding(try PriceSum(b), subtracting: false)
        case .subtract: return try PriceSum(a).adding(try PriceSum(b), subtracting: true)
        case .multiply:
            let (left, right) = (try PriceSum(a), try PriceSum(b))
            guard left.parts.isEmpty || right.parts.isEmpty else {
                throw mistake("multiplies prices of \(left.names) by prices of \(right.names)")
            }
            return left.parts.isEmpty ? right.times { product(a, $0) } : left.times { product(b, $0) }
        case .divide:
            let (left, right) = (try PriceSum(a), try PriceSum(b))
            guard right.parts.isEmpty else { throw mistake("divides by prices of \(right.names)") }
            return left.times { .binary(.divide, $0, b) }
        default: return PriceSum(parts: [])
        }
    }

    private static func mistake(_ what: String) -> SignalPlanError {
        SignalPlanError(
            "what is traded \(what): nobody can hold that; write a sum of prices, each with a number, as mid(KO) - 1.31 * mid(PEP)"
        )
    }

    private var names: String { parts.map(\.symbol).joined(separator: ", ") }

    private func times(_ change: (SignalNode) -> SignalNode) -> PriceSum {
        PriceSum(parts: parts.map { Part(symbol: $0.symbol, shares: change($0.shares)) })
    }

    private func adding(_ other: PriceSum, subtracting: Bool) -> PriceSum {
        var sum = self
        let others = subtracting ? other.times { PriceSum.product(.constant(-1), $0) } : other
        for part in others.parts {
            if let place = sum.parts.firstIndex(where: { $0.symbol == part.symbol }) {
                sum.parts[place].shares = .binary(.add, sum.parts[place].shares, part.shares)
            } else {
                sum.parts.append(part)
            }
        }
        return sum
    }

    private static func product(_ a: SignalNode, _ b: SignalNode) -> SignalNode {
        switch (a, b) {
        case (.constant(let x), .constant(let y)): .constant(x * y)
        case (.constant(1), _): b
        case (_, .constant(1)): a
        default: .binary(.multiply, a, b)
        }
    }
}
