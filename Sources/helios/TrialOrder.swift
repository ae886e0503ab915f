// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// An order that somebody types to see what the gate would say: `buy 500 AAPL @ 189.50 by pairs`.
///
/// Behind the order may stand what the gate is to know of the market and the account.
struct TrialOrder {
    static let form =
        "buy|sell QUANTITY SYMBOL [@ PRICE] [by STRATEGY] [on VENUE] [ioc] [exempt] "
        + "[bid PRICE] [ask PRICE] [last PRICE] [position QUANTITY]"

    var text: String
    var side = Side.buy
    var quantity = Quantity.zero
    var symbol: Symbol
    /// Nil for a market order.
    var price: Price?
    var strategy: String?
    var venue: String?
    var isImmediate = false
    var isExempt = false
    var surroundings = Surroundings()

    /// What the gate is told of the market and the account.
    struct Surroundings {
        var bid: Price?
        var ask: Price?
        var last: Price?
        var position: Quantity?

        /// These, and where they say nothing `other`.
        func or(_ other: Surroundings) -> Surroundings {
            var result = self
            result.bid = bid ?? other.bid
            result.ask = ask ?? other.ask
            result.last = last ?? other.last
            result.position = position ?? other.position
            return result
        }
    }

    init(_ text: String) throws {
        self.text = text
        var words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)[...]
        func wrong(_ found: String?, _ expected: String) -> Failure {
            let what = found.map { "found '\($0)'" } ?? "it ends too early"
            return Failure(.usage, "order \"\(text)\": \(what), expected \(expected)", hint: "form: \(TrialOrder.form)")
        }
        func take() -> String? { words.popFirst() }
        func price(_ name: String) throws -> Price {
            let word = take()
            guard let word, let price = try? Price(decimal: word), price > .zero else {
                throw wrong(word, "a \(name) price such as 189.50")
            }
            return price
        }
        func quantity(_ isSigned: Bool) throws -> Quantity {
            let word = take()
            guard let word, let quantity = try? Quantity(decimal: word), isSigned || quantity >= .zero else {
                throw wrong(word, "a number of shares such as 500")
            }
            return quantity
        }
        let first = take()
        guard let first, ["buy", "sell"].contains(first) else { throw wrong(first, "buy or sell") }
        side = first == "buy" ? .buy : .sell
        self.quantity = try quantity(false)
        let name = take()
        guard let name, let symbol = Symbol(name) else { throw wrong(name, "a symbol of one to eight characters") }
        self.symbol = symbol
        while let word = take() {
            switch word {
            case "@", "at": self.price = try price("limit")
            case "market": self.price = nil
            case "by":
                strategy = take()
                if strategy == nil { throw wrong(nil, "the name of a strategy") }
            case "on":
                venue = take()
                if venue == nil { throw wrong(nil, "the name of a venue") }
            case "ioc": isImmediate = true
            case "exempt": isExempt = true
            case "bid": surroundings.bid = try price("bid")
            case "ask": surroundings.ask = try price("ask")
            case "last": surroundings.last = try price("last")
            case "position": surroundings.position = try quantity(true)
            default: throw wrong(word, "@ PRICE, by, on, ioc, exempt, bid, ask, last or position")
            }
        }
    }

    /// The orders of a file, one a line; empty lines and what stands behind `#` do not count.
    static func read(_ text: String) throws -> [TrialOrder] {
        try text.split(whereSeparator: \.isNewline).compactMap { line in
            let order = line.prefix { $0 != "#" }
            return order.allSatisfy(\.isWhitespace) ? nil : try TrialOrder(String(order))
        }
    }
}
