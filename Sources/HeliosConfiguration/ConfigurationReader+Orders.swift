// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosStrategy
import Yams

extension ConfigurationReader {
    /// An element of `orders`.
    mutating func readOrder(_ node: Node, _ path: String, _ document: YAMLDocument) {
        guard let mapping = node.mapping else {
            return report(node, path, "found \(node.found), expected a mapping with the keys symbol, side and quantity")
        }
        let names = ConfigurationSchema.orderKeys.map(\.name)
        var members: [String: Node] = [:]
        for entry in unique(document.entries(mapping), below: path) {
            if names.contains(entry.key) {
                members[entry.key] = entry.value
            } else {
                reportUnknown(entry, "\(path).\(entry.key)", among: names)
            }
        }
        let before = errors.count
        var values: [String: ConfigurationValue] = [:]
        var lines: [String] = []
        for key in ConfigurationSchema.orderKeys {
            let place = "\(path).\(key.name)"
            guard let value = value(of: key, at: place, members[key.name]) else {
                let isGiven = members[key.name] != nil || environment[ConfigurationKey.variable(place)] != nil
                if key.isRequired, !isGiven { report(node, place, "missing, expected \(key.expectation)") }
                continue
            }
            values[key.name] = value
            lines.append(ResolvedText.member(key, value))
        }
        guard errors.count == before, let order = OrderValues(values).order else { return }
        let algorithm = order.request.algorithm.name
        checkDealers(of: algorithm, members["algorithm"] ?? node, "\(path).algorithm")
        if let end = order.end, end <= order.time {
            return report(members["until"] ?? node, path + ".until", "expected a time after 'at'")
        }
        for (name, algorithms) in ConfigurationSchema.ownKeys
        where values[name] != nil && !algorithms.contains(order.request.algorithm) {
            let known = algorithms.map(\.name).joined(separator: ", ")
            report(members[name] ?? node, "\(path).\(name)", "\(order.request.algorithm.name) has none, only \(known)")
        }
        guard errors.count == before else { return }
        resolved.line("  - " + lines.joined(separator: "\n    "))
        configuration.settings.execution.orders.append(order)
    }
}

extension ConfigurationReader {
    /// Orders and no strategy: they are in the name of one that does nothing.
    mutating func addDesk() {
        var directory = InstrumentDirectory()
        for order in configuration.settings.execution.orders { _ = directory.register(order.symbol) }
        configuration.strategies = [.desk(directory.symbols)]
        configuration.strategyParameters = [(StrategyConfiguration.deskName, [])]
    }
}

/// The values of an element of `orders`, by their keys.
private struct OrderValues {
    let values: [String: ConfigurationValue]

    init(_ values: [String: ConfigurationValue]) { self.values = values }

    private func parameter(_ name: String) -> ParameterValue? {
        if case .parameter(let value)? = values[name] { value } else { nil }
    }

    private func choice(_ name: String) -> String {
        if case .choice(let word)? = parameter(name) { word } else { "" }
    }

    private func time(_ name: String) -> Nanoseconds? {
        if case .timeOfDay(let time)? = parameter(name) { time } else { nil }
    }

    private func number(_ name: String) -> Int64? {
        switch values[name] {
        case .parameter(.integer(let number)): Int64(number)
        case .parameter(.quantity(let quantity)): quantity.raw
        case .parameter(.price(let price)): price.raw
        case .share(let points): points
        default: nil
        }
    }

    /// Nil where a key that it needs is missing.
    var order: ParentByHand? {
        guard case .symbol(let symbol)? = parameter("symbol"), let quantity = number("quantity"),
            let algorithm = Algorithm(name: choice("algorithm"))
        else { return nil }
        let own = ConfigurationSchema.ownKeys.first { $0.algorithms.contains(algorithm) }
        let request = ParentRequest(
            algorithm,
            .none,
            choice("side") == "sell" ? .sell : .buy,
            Quantity(raw: quantity),
            limit: Price(raw: number("limit") ?? 0),
            urgency: Urgency(name: choice("urgency")) ?? .medium,
            takes: values["takes"] == .boolean(true),
            parameter: own.flatMap { number($0.name) } ?? 0,
            strategy: UInt16(clamping: number("strategy") ?? 0)
        )
        return ParentByHand(symbol, at: time("at") ?? 0, until: time("until"), request)
    }
}
