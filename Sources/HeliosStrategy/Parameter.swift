// SPDX-License-Identifier: MIT
import HeliosMarket

/// One parameter of a strategy, declared once: schema, listing and decoding are made from it.
public struct ParameterDescriptor: Sendable {
    /// The key in a configuration, in camel case.
    public let name: String
    /// One or two sentences for a person who configures it.
    public let documentation: String
    public let kind: ParameterKind
    /// The default as a user would write it; nil when the parameter must be given.
    public let defaultText: String?
    /// The smallest and largest value allowed, as a user would write them; nil for no bound on that side.
    public let minimumText: String?
    public let maximumText: String?

    public init(
        _ name: String,
        _ kind: ParameterKind,
        default defaultText: String?,
        from minimumText: String? = nil,
        to maximumText: String? = nil,
        _ documentation: String
    ) {
        self.name = name
        self.kind = kind
        self.defaultText = defaultText
        self.minimumText = minimumText
        self.maximumText = maximumText
        self.documentation = documentation
    }

    /// Whether a configuration must name it.
    public var isRequired: Bool { defaultText == nil }

    /// The range in words, such as `from 1 to 100000`; empty when there is none.
    public var rangeText: String {
        switch (minimumText, maximumText) {
        case (let low?, let high?): "from \(low) to \(high)"
        case (let low?, nil): "at least \(low)"
        case (nil, let high?): "at most \(high)"
        case (nil, nil): ""
        }
    }

    /// The value of `text` within the range.
    ///
    /// - Throws: `ParameterError` with the reason: form or range.
    public func value(of text: String) throws(ParameterError) -> ParameterValue {
        let value = try ParameterError.naming(name) { () throws(ParameterError) in try kind.parse(text) }
        try check(value)
        return value
    }

    /// Refuses a value of another kind or outside the range.
    ///
    /// - Throws: `ParameterError` with the reason.
    public func check(_ value: ParameterValue) throws(ParameterError) {
        guard kind.accepts(value) else { throw ParameterError(name, expected: kind.expectation) }
        if let text = minimumText, let bound = try? kind.parse(text), value.precedes(bound) { throw outOfRange }
        if let text = maximumText, let bound = try? kind.parse(text), bound.precedes(value) { throw outOfRange }
    }

    private var outOfRange: ParameterError { ParameterError(name, expected: "\(kind.expectation), \(rangeText)") }
}

/// What form a parameter's text has.
public enum ParameterKind: Sendable, Equatable {
    /// A length of time: `250ms`, `5s`, `30min`, `1h`.
    case duration
    /// A whole number.
    case integer
    /// A decimal number, for statistics.
    case number
    /// Shares, read exactly.
    case quantity
    /// A price or an amount per share, read exactly.
    case price
    /// An amount of money, read exactly.
    case money
    /// One of these words.
    case choice([String])
    /// A time of day at the exchange: `09:35` or `15:45:30`.
    case timeOfDay
    /// A list of pairs `Y~X` of symbols; in one text separated by commas or spaces.
    case pairs
    /// One symbol.
    case symbol
    /// A list of symbols; in one text separated by commas or spaces; may be empty where the parameter has a default.
    case symbols
    /// A list of symbols, each with a number: `KO: 0.25, PEP: 0.1`.
    case weights
    /// Queries for signals, separated by semicolons.
    case queries

    /// Whether it is a list that may also stand in a file of its own.
    public var isList: Bool {
        switch self {
        case .pairs, .symbols, .weights, .queries: true
        default: false
        }
    }

    /// What a message may say was expected.
    public var expectation: String {
        switch self {
        case .duration: "a duration such as 250ms, 5s or 30min"
        case .integer: "a whole number"
        case .number: "a decimal number"
        case .quantity: "a number of shares"
        case .price: "a price in decimal form"
        case .money: "an amount of money in decimal form"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .timeOfDay: "a time of day such as 09:35 or 15:45:30"
        case .pairs: "pairs of symbols such as KO~PEP"
        case .symbol: "a symbol of one to eight characters"
        case .symbols: "different symbols such as KO, PEP"
        case .weights: "different symbols with a number each, such as KO: 0.25, PEP: 0.1"
        case .queries: "queries such as WHEN mid(KO) > 60 EMIT buy(mid(KO))"
        }
    }

    /// Whether `value` is of this kind (for a choice: one of its words).
    public func accepts(_ value: ParameterValue) -> Bool {
        switch (self, value) {
        case (.duration, .duration), (.integer, .integer), (.number, .number), (.quantity, .quantity),
            (.price, .price), (.money, .money), (.timeOfDay, .timeOfDay), (.pairs, .pairs), (.symbol, .symbol),
            (.symbols, .symbols), (.weights, .weights), (.queries, .queries):
            true
        case (.choice(let words), .choice(let word)): words.contains(word)
        default: false
        }
    }
}

/// A parsed parameter.
public enum ParameterValue: Sendable, Equatable {
    case duration(Nanoseconds)
    case integer(Int)
    case number(Double)
    case quantity(Quantity)
    case price(Price)
    case money(Money)
    case choice(String)
    /// Nanoseconds since midnight at the exchange.
    case timeOfDay(Nanoseconds)
    case pairs([PairName])
    case symbol(Symbol)
    case symbols([Symbol])
    case weights([SymbolWeight])
    case queries(String)

    /// Whether this is below `other`; false for kinds without an order.
    func precedes(_ other: ParameterValue) -> Bool {
        switch (self, other) {
        case (.duration(let a), .duration(let b)), (.timeOfDay(let a), .timeOfDay(let b)): a < b
        case (.integer(let a), .integer(let b)): a < b
        case (.number(let a), .number(let b)): a < b
        case (.quantity(let a), .quantity(let b)): a < b
        case (.price(let a), .price(let b)): a < b
        case (.money(let a), .money(let b)): a < b
        default: false
        }
    }
}

/// A pair by name: `y` is explained by `x`.
public struct PairName: Sendable, Hashable, CustomStringConvertible {
    public var y: Symbol
    public var x: Symbol

    public init(y: Symbol, x: Symbol) {
        self.y = y
        self.x = x
    }

    /// Reads `Y~X`; nil for another form, a symbol that isn't one, or twice the same.
    public init?(_ text: String) {
        let parts = text.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 2, let y = Symbol(String(parts[0])), let x = Symbol(String(parts[1])), y != x else {
            return nil
        }
        self.init(y: y, x: x)
    }

    public var description: String { "\(y)~\(x)" }
}

/// So much of an instrument.
public struct SymbolWeight: Sendable, Hashable, CustomStringConvertible {
    public var symbol: Symbol
    /// Finite and not zero.
    public var weight: Double

    /// Nil for a weight that is zero or not finite.
    public init?(_ symbol: Symbol, _ weight: Double) {
        guard weight.isFinite, weight != 0 else { return nil }
        self.symbol = symbol
        self.weight = weight
    }

    /// Reads `KO: 0.25`; nil for another form.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard parts.count == 2, let symbol = Symbol(parts[0]), let weight = Double(parts[1]) else { return nil }
        self.init(symbol, weight)
    }

    public var description: String { "\(symbol): \(weight)" }
}

/// Why a parameter was refused.
public struct ParameterError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The parameter's name; empty when only a text was read.
    public var name: String
    /// What was expected, in words.
    public var expected: String

    public init(_ name: String, expected: String) {
        self.name = name
        self.expected = expected
    }

    public var description: String { name.isEmpty ? "expected \(expected)" : "\(name): expected \(expected)" }

    /// Runs `body` and puts `name` into its error.
    static func naming<T>(
        _ name: String,
        _ body: () throws(ParameterError) -> T
    ) throws(ParameterError) -> T {
        do { return try body() } catch { throw ParameterError(name, expected: error.expected) }
    }
}

/// The values of a strategy's parameters, complete: what was not given has its default.
public struct ParameterValues: Sendable {
    private let values: [String: ParameterValue]

    /// Checks `given` against `descriptors` and fills in the defaults.
    ///
    /// - Throws: `ParameterError` for an unknown name, a missing required value, a wrong kind or a value out of range.
    public init(
        _ given: [(name: String, value: ParameterValue)],
        for descriptors: [ParameterDescriptor]
    ) throws(ParameterError) {
        var values: [String: ParameterValue] = [:]
        for (name, value) in given {
            guard let descriptor = descriptors.first(where: { $0.name == name }) else {
                throw ParameterError(name, expected: "a parameter of this strategy")
            }
            try descriptor.check(value)
            values[name] = value
        }
        for descriptor in descriptors where values[descriptor.name] == nil {
            guard let text = descriptor.defaultText else {
                throw ParameterError(descriptor.name, expected: descriptor.kind.expectation)
            }
            values[descriptor.name] = try descriptor.value(of: text)
        }
        self.values = values
    }

    /// The value of a declared parameter.
    ///
    /// - Throws: `ParameterError` when no descriptor declared it.
    public func value(_ name: String) throws(ParameterError) -> ParameterValue {
        guard let value = values[name] else { throw ParameterError(name, expected: "a declared parameter") }
        return value
    }
}

extension ParameterValues {
    func nanoseconds(_ name: String) throws(ParameterError) -> Nanoseconds {
        switch try value(name) {
        case .duration(let value), .timeOfDay(let value): return value
        default: throw ParameterError(name, expected: ParameterKind.duration.expectation)
        }
    }

    func integer(_ name: String) throws(ParameterError) -> Int {
        guard case .integer(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.integer.expectation)
        }
        return value
    }

    func number(_ name: String) throws(ParameterError) -> Double {
        guard case .number(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.number.expectation)
        }
        return value
    }

    func quantity(_ name: String) throws(ParameterError) -> Quantity {
        guard case .quantity(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.quantity.expectation)
        }
        return value
    }

    func price(_ name: String) throws(ParameterError) -> Price {
        guard case .price(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.price.expectation)
        }
        return value
    }

    func money(_ name: String) throws(ParameterError) -> Money {
        guard case .money(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.money.expectation)
        }
        return value
    }

    func choice(_ name: String) throws(ParameterError) -> String {
        guard case .choice(let value) = try value(name) else {
            throw ParameterError(name, expected: "a choice")
        }
        return value
    }

    func pairs(_ name: String) throws(ParameterError) -> [PairName] {
        guard case .pairs(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.pairs.expectation)
        }
        return value
    }

    func symbol(_ name: String) throws(ParameterError) -> Symbol {
        guard case .symbol(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.symbol.expectation)
        }
        return value
    }

    func symbols(_ name: String) throws(ParameterError) -> [Symbol] {
        guard case .symbols(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.symbols.expectation)
        }
        return value
    }

    /// At least one.
    func universe(_ name: String, of least: Int = 1) throws(ParameterError) -> [Symbol] {
        let value = try symbols(name)
        guard value.count >= least else {
            throw ParameterError(name, expected: "at least \(least) \(least == 1 ? "symbol" : "symbols")")
        }
        return value
    }

    func weights(_ name: String) throws(ParameterError) -> [SymbolWeight] {
        guard case .weights(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.weights.expectation)
        }
        return value
    }

    func queries(_ name: String) throws(ParameterError) -> String {
        guard case .queries(let value) = try value(name) else {
            throw ParameterError(name, expected: ParameterKind.queries.expectation)
        }
        return value
    }
}
