// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import HeliosVenue

/// One key of a configuration, described once: decoding, schema, documentation and messages are made from it.
public struct ConfigurationKey: Sendable {
    /// Where it stands: `risk.collar.from50`, `data[].file`, `strategies.pairs.enterZ`.
    public let path: String
    public let kind: ConfigurationKind
    /// The default as a user would write it; nil when there is none.
    public let defaultText: String?
    /// Whether a configuration must give it.
    public let isRequired: Bool
    /// The smallest and largest value allowed, as a user would write them; nil for no bound on that side.
    public let minimumText: String?
    public let maximumText: String?
    /// One or two sentences.
    public let documentation: String
    /// A value as a user would write it.
    public let example: String
    let assign: @Sendable (inout RunConfiguration, ConfigurationValue) -> Void

    init(
        _ path: String,
        _ kind: ConfigurationKind,
        default defaultText: String? = nil,
        isRequired: Bool = false,
        from minimumText: String? = nil,
        to maximumText: String? = nil,
        example: String? = nil,
        _ documentation: String,
        assign: @escaping @Sendable (inout RunConfiguration, ConfigurationValue) -> Void = { _, _ in }
    ) {
        self.path = path
        self.kind = kind
        self.defaultText = defaultText
        self.isRequired = isRequired
        self.minimumText = minimumText
        self.maximumText = maximumText
        self.documentation = documentation
        self.example = example ?? defaultText ?? ""
        self.assign = assign
    }

    /// The last part of the path.
    public var name: String { String(path.split(separator: ".").last ?? "") }

    /// The environment variable that overrides it; `#` stands for an element's position, from 0.
    public var variable: String { ConfigurationKey.variable(path) }

    /// `risk.orderNotionalMax` becomes `HELIOS_RISK_ORDER_NOTIONAL_MAX`.
    static func variable(_ path: String) -> String {
        var result = "HELIOS_"
        for scalar in path.unicodeScalars {
            switch scalar {
            case "A"..."Z": result += "_" + String(scalar)
            case "[": result += "_"
            case "]": if result.hasSuffix("_") { result += "#" }
            case ".", "-": result += "_"
            default: result += String(scalar).uppercased()
            }
        }
        return result
    }

    /// What a value must be, form and range.
    public var expectation: String { rangeText.isEmpty ? kind.expectation : "\(kind.expectation), \(rangeText)" }

    /// The range in words, such as `from 1 to 100000`; empty when there is none.
    public var rangeText: String {
        switch (minimumText, maximumText) {
        case (let low?, let high?): "from \(low) to \(high)"
        case (let low?, nil): "at least \(low)"
        case (nil, let high?): "at most \(high)"
        case (nil, nil): ""
        }
    }

    /// The value of `text`; nil when form or range are wrong.
    func value(of text: String) -> ConfigurationValue? {
        guard let value = kind.parse(text) else { return nil }
        switch (kind, value) {
        case (.parameter(let form), .parameter(let parameter)):
            let range = ParameterDescriptor(name, form, default: nil, from: minimumText, to: maximumText, "")
            do { try range.check(parameter) } catch { return nil }
        case (_, .share(let points)):
            if case .share(let low)? = minimumText.flatMap(kind.parse), points < low { return nil }
            if case .share(let high)? = maximumText.flatMap(kind.parse), points > high { return nil }
        default: break
        }
        return value
    }
}

extension ConfigurationKey {
    typealias Place<Value> = WritableKeyPath<RunConfiguration, Value> & Sendable

    static func duration(
        _ path: String,
        _ place: Place<Nanoseconds>,
        _ value: String,
        from low: String = "0s",
        to high: String = "1h",
        _ documentation: String
    ) -> ConfigurationKey {
        .init(path, .parameter(.duration), default: value, from: low, to: high, documentation) {
            if case .parameter(.duration(let value)) = $1 { $0[keyPath: place] = value }
        }
    }

    static func time(_ path: String, _ place: Place<Nanoseconds>, _ value: String, _ text: String) -> ConfigurationKey {
        .init(path, .parameter(.timeOfDay), default: value, text) {
            if case .parameter(.timeOfDay(let value)) = $1 { $0[keyPath: place] = value }
        }
    }

    static func money(_ path: String, _ place: Place<Money>, _ value: String, _ documentation: String)
        -> ConfigurationKey
    {
        .init(path, .parameter(.money), default: value, from: "0", to: "1000000000000000", documentation) {
            if case .parameter(.money(let value)) = $1 { $0[keyPath: place] = value }
        }
    }

    static func price(
        _ path: String,
        _ place: Place<Price>,
        _ value: String,
        from low: String,
        to high: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init(path, .parameter(.price), default: value, from: low, to: high, documentation) {
            if case .parameter(.price(let value)) = $1 { $0[keyPath: place] = value }
        }
    }

    static func quantity(
        _ path: String,
        _ place: Place<Quantity>,
        _ value: String?,
        from low: String = "0",
        example: String? = nil,
        _ documentation: String
    ) -> ConfigurationKey {
        .init(path, .parameter(.quantity), default: value, from: low, example: example, documentation) {
            if case .parameter(.quantity(let value)) = $1 { $0[keyPath: place] = value }
        }
    }

    static func share(
        _ path: String,
        _ place: Place<Int64>,
        _ value: String,
        from low: String = "0%",
        to high: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init(path, .share, default: value, from: low, to: high, documentation) {
            if case .share(let value) = $1 { $0[keyPath: place] = value }
        }
    }

    static func latency(
        _ path: String,
        _ place: Place<LatencyModel>,
        _ value: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init(path, .latency, default: value, documentation) {
            if case .latency(_, let model?) = $1 { $0[keyPath: place] = model }
        }
    }

    static func number(
        _ path: String,
        _ place: Place<Double>,
        _ value: String,
        from low: String = "0",
        to high: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init(path, .parameter(.number), default: value, from: low, to: high, documentation) {
            if case .parameter(.number(let value)) = $1 { $0[keyPath: place] = value }
        }
    }

    static func integer(
        _ path: String,
        _ place: Place<Int>,
        _ value: String,
        from low: String,
        to high: String,
        _ documentation: String
    ) -> ConfigurationKey {
        .init(path, .parameter(.integer), default: value, from: low, to: high, documentation) {
            if case .parameter(.integer(let value)) = $1 { $0[keyPath: place] = value }
        }
    }

    /// The key that sets a strategy's parameter.
    init(_ parameter: ParameterDescriptor, of strategy: String) {
        let example =
            switch parameter.kind {
            case .pairs: "[[KO, PEP], [CVX, XOM]]"
            case .symbols: "[AAPL, KO, PEP]"
            case .weights: "{KO: 0.25, PEP: 0.1}"
            case .queries: "WHEN mid(KO) > 60 EMIT buy(mid(KO))"
            default: "AAPL"
            }
        self.init(
            "strategies.\(strategy).\(parameter.name)",
            .parameter(parameter.kind),
            default: parameter.defaultText,
            isRequired: parameter.isRequired,
            from: parameter.minimumText,
            to: parameter.maximumText,
            example: parameter.defaultText.flatMap { $0.isEmpty ? nil : $0 } ?? example,
            parameter.documentation
        )
    }
}
