// SPDX-License-Identifier: MIT
import HeliosMarket

/// A strategy that ships: what it is and what can be set.
public struct StrategyDescriptor: Sendable {
    /// The name in a configuration.
    public let name: String
    /// One sentence.
    public let summary: String
    /// In the order of the documentation.
    public let parameters: [ParameterDescriptor]

    /// The parameter called `name`, or nil.
    public func parameter(_ name: String) -> ParameterDescriptor? { parameters.first { $0.name == name } }
}

/// A strategy with its parameters, ready to be built; a closed set so that an engine can be specialised for each.
public enum StrategyConfiguration: Sendable {
    case pairs(PairsParameters)
    case queueImbalance(QueueImbalanceParameters)
    case signals(SignalsParameters)
    case marketMaking(MarketMakerParameters)
    case momentum(MomentumParameters)
    case vwapReversion(VwapReversionParameters)
    case pca(PcaParameters)
    case basket(BasketParameters)
    /// Does nothing: parent orders given by hand, in these instruments, are in its name.
    ///
    /// A configuration gets it that has such orders and names no strategy.
    case desk([Symbol])

    /// What a configuration calls `desk`.
    public static let deskName = "desk"

    /// The names of the groups in the strategy's order tags: `groups[tag.group]` is a pair or an instrument.
    public var groups: [String] {
        switch self {
        case .pairs(let parameters): parameters.pairs.map(\.description)
        case .queueImbalance(let parameters): [parameters.symbol.description]
        case .signals(let parameters): parameters.program.baskets.map(\.name)
        case .marketMaking(let parameters): parameters.symbols.map(\.description)
        case .momentum(let parameters): parameters.symbols.map(\.description)
        case .vwapReversion(let parameters): parameters.symbols.map(\.description)
        case .pca(let parameters): parameters.symbols.map(\.description)
        case .basket(let parameters): [parameters.index.description]
        case .desk(let symbols): symbols.map(\.description)
        }
    }

    /// Whether it leaves orders in the book, where other orders of the firm may meet them.
    public var restsOrders: Bool {
        switch self {
        case .queueImbalance, .marketMaking, .vwapReversion: true
        case .pairs, .signals, .momentum, .pca, .basket, .desk: false
        }
    }

    /// The symbols that it trades, each once, in the order in which they are first named.
    public var symbols: [Symbol] {
        switch self {
        case .pairs(let parameters):
            var directory = InstrumentDirectory()
            for pair in parameters.pairs {
                _ = directory.register(pair.y)
                _ = directory.register(pair.x)
            }
            return directory.symbols
        case .queueImbalance(let parameters): return [parameters.symbol]
        case .signals(let parameters): return parameters.program.plan.symbols.compactMap { Symbol($0) }
        case .marketMaking(let parameters): return parameters.symbols
        case .momentum(let parameters): return parameters.symbols
        case .vwapReversion(let parameters): return parameters.symbols
        case .pca(let parameters): return parameters.symbols
        case .basket(let parameters): return [parameters.index] + parameters.weights.map(\.symbol)
        case .desk(let symbols): return symbols
        }
    }
}

/// What ships.
///
/// Schema, listing, decoding and construction are all made from this list.
public enum StrategyCatalog {
    public static let strategies: [StrategyDescriptor] = [
        PairsParameters.descriptor, QueueImbalanceParameters.descriptor, SignalsParameters.descriptor,
        MarketMakerParameters.descriptor, MomentumParameters.descriptor, VwapReversionParameters.descriptor,
        PcaParameters.descriptor, BasketParameters.descriptor,
    ]

    /// The strategy called `name`, or nil.
    public static func strategy(_ name: String) -> StrategyDescriptor? { strategies.first { $0.name == name } }

    /// The configuration of strategy `name` from parsed values; what is not given has its default.
    ///
    /// - Throws: `ParameterError` for an unknown strategy or parameter, a missing, wrong or contradictory value.
    public static func configure(
        _ name: String,
        _ given: [(name: String, value: ParameterValue)]
    ) throws(ParameterError) -> StrategyConfiguration {
        guard let strategy = strategy(name) else {
            throw ParameterError(name, expected: "one of " + strategies.map(\.name).joined(separator: ", "))
        }
        let values = try ParameterValues(given, for: strategy.parameters)
        switch name {
        case PairsParameters.descriptor.name: return .pairs(try PairsParameters(values))
        case SignalsParameters.descriptor.name: return .signals(try SignalsParameters(values))
        case MarketMakerParameters.descriptor.name: return .marketMaking(try MarketMakerParameters(values))
        case MomentumParameters.descriptor.name: return .momentum(try MomentumParameters(values))
        case VwapReversionParameters.descriptor.name: return .vwapReversion(try VwapReversionParameters(values))
        case PcaParameters.descriptor.name: return .pca(try PcaParameters(values))
        case BasketParameters.descriptor.name: return .basket(try BasketParameters(values))
        default: return .queueImbalance(try QueueImbalanceParameters(values))
        }
    }
}
