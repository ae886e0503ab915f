// SPDX-License-Identifier: MIT
import HeliosMarket

extension ParameterKind {
    /// Units of a duration and their length in nanoseconds.
    public static let durationUnits: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("min", 60_000_000_000),
        ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]

    /// The value of `text` in this form.
    ///
    /// - Throws: `ParameterError` that says what was expected.
    public func parse(_ text: String) throws(ParameterError) -> ParameterValue {
        guard let value = parsed(text) else { throw ParameterError("", expected: expectation) }
        return value
    }

    private func parsed(_ text: String) -> ParameterValue? {
        switch self {
        case .duration: ParameterKind.duration(text).map(ParameterValue.duration)
        case .integer: Int(text).map(ParameterValue.integer)
        case .number: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case .quantity: (try? Quantity(decimal: text)).map(ParameterValue.quantity)
        case .price: (try? Price(decimal: text)).map(ParameterValue.price)
        case .money: (try? Money(decimal: text)).map(ParameterValue.money)
        case .choice(let words): words.contains(text) ? .choice(text) : nil
        case .timeOfDay: ParameterKind.timeOfDay(text).map(ParameterValue.timeOfDay)
        case .pairs: ParameterKind.pairs(text).map(ParameterValue.pairs)
        case .symbol: Symbol(text).map(ParameterValue.symbol)
        case .symbols: ParameterKind.symbols(text).map(ParameterValue.symbols)
        case .weights: ParameterKind.weights(text).map(ParameterValue.weights)
        case .queries: text.allSatisfy(\.isWhitespace) ? nil : .queries(text)
        }
    }

    /// Reads `1.5s` exactly; nil for a missing unit, a part of a nanosecond or a length beyond 292 years.
    private static func duration(_ text: String) -> Nanoseconds? {
        let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "-" }
        let name = text[digits.endIndex...].drop { $0 == " " }
        guard let unit = durationUnits.first(where: { $0.name == name }),
            let number = try? Quantity(decimal: String(digits))
        else { return nil }
        let (whole, rest) = (Int128(number.raw) * Int128(unit.nanoseconds)).quotientAndRemainder(
            dividingBy: Int128(Quantity.scale)
        )
        return rest == 0 ? Int64(exactly: whole) : nil
    }

    /// Reads `HH:MM` or `HH:MM:SS` up to `24:00`.
    private static func timeOfDay(_ text: String) -> Nanoseconds? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
        let numbers = parts.compactMap { UInt8($0) }.map(Int64.init)
        guard numbers.count == parts.count, numbers[1] < 60, numbers.count == 2 || numbers[2] < 60 else { return nil }
        let seconds = numbers[0] * 3_600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
        return seconds <= 86_400 ? seconds * 1_000_000_000 : nil
    }

    /// Reads `Y~X, Y~X`; nil when there is none or one is malformed.
    private static func pairs(_ text: String) -> [PairName]? {
        let parts = text.split { $0 == "," || $0 == " " || $0 == "\n" }
        let pairs = parts.compactMap { PairName(String($0)) }
        return pairs.isEmpty || pairs.count != parts.count ? nil : pairs
    }

    /// Reads `KO, PEP`; nil when one is malformed or stands twice.
    private static func symbols(_ text: String) -> [Symbol]? {
        let parts = text.split { $0 == "," || $0 == " " || $0 == "\n" }
        let symbols = parts.compactMap { Symbol(String($0)) }
        return symbols.count != parts.count || Set(symbols).count != symbols.count ? nil : symbols
    }

    /// Reads `KO: 0.25, PEP: 0.1`; nil when there is none, one is malformed or a symbol stands twice.
    private static func weights(_ text: String) -> [SymbolWeight]? {
        let parts = text.split { $0 == "," || $0 == "\n" }
        let weights = parts.compactMap { SymbolWeight(String($0)) }
        let isWhole = weights.count == parts.count && Set(weights.map(\.symbol)).count == weights.count
        return weights.isEmpty || !isWhole ? nil : weights
    }
}
