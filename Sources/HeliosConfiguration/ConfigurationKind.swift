// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosStrategy
import HeliosVenue

/// What form a value has in a configuration.
public enum ConfigurationKind: Sendable, Equatable {
    /// The forms that strategies' parameters have too.
    case parameter(ParameterKind)
    /// Any text.
    case text
    /// A file or folder; relative to the folder of the configuration.
    case path
    /// `true` or `false`.
    case boolean
    /// A day, `2019-12-30`.
    case date
    /// A part of something, `3%` or `300bps`, in whole basis points.
    case share
    /// Addresses `HOST:PORT`, separated by commas.
    case endpoints
    /// Numbers of processors, separated by commas.
    case processors
    /// Days of the week, `mon-fri` or `sun, tue`.
    case weekdays
    /// A latency: a duration, `lognormal(MEDIAN, P99)` or `empirical(FILE)`.
    case latency
    /// Fees from a volume on, `1000000: -0.0025/0.0029`.
    case feeRules
    /// What a dark venue holds, `exponential(500)`.
    case darkShape
    /// Parts of every day, `10:30-10:45, 14:00-14:01`.
    case outages

    /// What a message says was expected.
    public var expectation: String {
        switch self {
        case .parameter(.integer): "a whole number such as 1000 or 1_000_000"
        case .parameter(.number): "a decimal number such as 0.5"
        case .parameter(.quantity): "a number of shares such as 100"
        case .parameter(.price): "a price such as 10.02"
        case .parameter(.money): "an amount of money such as 500000.00"
        case .parameter(.duration): "a duration such as 100us, 250ms, 5s or 30min"
        case .parameter(let kind): kind.expectation
        case .text: "a text"
        case .path: "a path"
        case .boolean: "true or false"
        case .date: "a date such as 2019-12-30"
        case .endpoints: "an address such as 127.0.0.1:7020, or several separated by commas"
        case .processors: "processor numbers such as 2, 3, 4"
        case .weekdays: "weekdays such as mon-fri or sun, tue"
        case .share: "a share in whole basis points such as 3%, 0.25% or 300bps"
        case .latency: "a duration up to 1h such as 100us, lognormal(30us, 300us) or empirical(FILE.csv)"
        case .feeRules: "up to 8 rules VOLUME: MAKER/TAKER such as 1000000: -0.0025/0.0029"
        case .darkShape: "fixed(300), uniform(100, 900), exponential(MEAN) or power(MINIMUM, EXPONENT), in shares"
        case .outages: "times of day, each after the one before, such as 10:30-10:45, 14:00-14:01"
        }
    }

    /// The value of `text`, exactly as written; nil when it does not have this form.
    public func parse(_ text: String) -> ConfigurationValue? {
        switch self {
        case .parameter(let kind):
            guard ConfigurationKind.isPlausible(text, kind) else { return nil }
            let isInteger = kind == .integer
            let written = isInteger ? String(text.filter { $0 != "_" }) : text
            return (try? kind.parse(written)).map(ConfigurationValue.parameter)
        case .text: return text.isEmpty ? nil : .text(text)
        case .path: return text.isEmpty || text.unicodeScalars.contains("\0") ? nil : .text(text)
        case .boolean: return text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
        case .date: return text.utf8.first == 0x2B ? nil : TradingDay(text).map(ConfigurationValue.date)
        case .endpoints: return ConfigurationKind.endpoints(text).map { .text($0.joined(separator: ", ")) }
        case .processors:
            return ConfigurationKind.processors(text).map { .text($0.map(String.init).joined(separator: ", ")) }
        case .weekdays:
            return ConfigurationKind.weekdays(text).map { .text(ConfigurationKind.text(weekdays: $0)) }
        case .share: return ConfigurationKind.basisPoints(text).map(ConfigurationValue.share)
        case .latency: return LatencyText(text).map { .latency($0, $0.model) }
        case .feeRules: return FeeRulesText.parse(text).map(ConfigurationValue.feeRules)
        case .darkShape: return DarkShapeText.parse(text).map(ConfigurationValue.darkShape)
        case .outages: return OutagesText.parse(text).map(ConfigurationValue.outages)
        }
    }

    /// Refuses what number readers would take but nobody writes: signs inside, hexadecimal, underscores at the ends.
    private static func isPlausible(_ text: String, _ kind: ParameterKind) -> Bool {
        func consists(of allowed: String) -> Bool { text.unicodeScalars.allSatisfy(allowed.unicodeScalars.contains) }
        switch kind {
        case .integer:
            let digits = text.drop { $0 == "-" }
            return consists(of: "-0123456789_") && !digits.hasPrefix("_") && !digits.hasSuffix("_")
        case .number: return consists(of: "+-0123456789.eE")
        case .quantity, .price, .money: return consists(of: "-0123456789._") && !text.hasSuffix("_")
        case .timeOfDay: return consists(of: "0123456789:")
        default: return true
        }
    }

    /// Reads `3%` or `300bps` exactly.
    private static func basisPoints(_ text: String) -> Int64? {
        let units: [(name: String, factor: Int64)] = [("%", 100), ("bps", 1), ("bp", 1)]
        guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
        let digits = text.dropLast(unit.name.count).reversed().drop { $0 == " " }.reversed()
        guard let number = try? Quantity(decimal: String(digits)) else { return nil }
        let (product, overflow) = number.raw.multipliedReportingOverflow(by: unit.factor)
        let (whole, rest) = product.quotientAndRemainder(dividingBy: Quantity.scale)
        return overflow || rest != 0 ? nil : whole
    }
}

/// A value that was read.
public enum ConfigurationValue: Sendable, Equatable {
    case parameter(ParameterValue)
    case text(String)
    case boolean(Bool)
    case date(TradingDay)
    /// In basis points.
    case share(Int64)
    /// As written, and the model; nil where its file was not read yet.
    case latency(LatencyText, LatencyModel?)
    case feeRules([FeeSchedule.Rule])
    case darkShape(DarkLiquidity.Shape)
    case outages([FloorOutage])

    /// The one way to write this value; equal values give equal texts.
    public var text: String {
        switch self {
        case .parameter(let value): ConfigurationValue.text(of: value)
        case .text(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .date(let day): day.description
        case .share(let points): points % 100 == 0 ? "\(points / 100)%" : "\(points)bps"
        case .latency(let written, _): written.text
        case .feeRules(let rules): FeeRulesText.text(rules)
        case .darkShape(let shape): DarkShapeText.text(shape)
        case .outages(let outages): OutagesText.text(outages)
        }
    }

    private static func text(of value: ParameterValue) -> String {
        switch value {
        case .duration(let length): duration(length)
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .quantity(let quantity): quantity.description
        case .price(let price): price.description
        case .money(let money): money.description
        case .choice(let word): word
        case .timeOfDay(let time): timeOfDay(time)
        case .pairs(let pairs): pairs.map(\.description).joined(separator: ", ")
        case .symbol(let symbol): symbol.description
        case .symbols(let symbols): symbols.map(\.description).joined(separator: ", ")
        case .weights(let weights): weights.map(\.description).joined(separator: ", ")
        case .queries(let text): text
        }
    }

    private static func duration(_ length: Nanoseconds) -> String {
        let unit = ParameterKind.durationUnits.last {
            $0.name != "µs" && $0.name != "d" && length % $0.nanoseconds == 0
        }
        guard length != 0, let unit else { return "0s" }
        return "\(length / unit.nanoseconds)\(unit.name)"
    }

    private static func timeOfDay(_ time: Nanoseconds) -> String {
        let seconds = time / 1_000_000_000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let minutes = two(seconds / 3_600) + ":" + two(seconds / 60 % 60)
        return seconds % 60 == 0 ? minutes : minutes + ":" + two(seconds % 60)
    }
}
