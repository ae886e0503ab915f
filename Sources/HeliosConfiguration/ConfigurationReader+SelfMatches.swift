// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

extension ConfigurationReader {
    /// Warns of strategies that would stop each other: two on one symbol, of which one leaves orders in the book.
    ///
    /// The gate refuses what would meet an order of the firm's own (P16), exits included. The other modes of `selfTrade` take the
    /// resting order away instead, which is what each of the two may want.
    mutating func warnOfSelfMatches() {
        guard configuration.settings.policy?.selfTrade ?? .cancelNewest == .cancelNewest else { return }
        // Of each symbol the first strategy that trades it, and the first that rests orders in it.
        var first: [Symbol: (any: Int, resting: Int?)] = [:]
        for (index, strategy) in configuration.strategies.enumerated() {
            var shared: [Int: [Symbol]] = [:]
            for symbol in strategy.symbols {
                guard let known = first[symbol] else {
                    first[symbol] = (index, strategy.restsOrders ? index : nil)
                    continue
                }
                let other = strategy.restsOrders ? known.any : known.resting
                if let other { shared[other, default: []].append(symbol) }
                if strategy.restsOrders, known.resting == nil { first[symbol]?.resting = index }
            }
            for (other, symbols) in shared.sorted(by: { $0.key < $1.key }) { warn(index, other, symbols) }
        }
    }

    private mutating func warn(_ index: Int, _ other: Int, _ symbols: [Symbol]) {
        let names = symbols.prefix(3).map(\.description).joined(separator: ", ")
        let shown = symbols.count > 3 ? "\(names) and \(symbols.count - 3) more" : names
        let resting = [index, other].filter { configuration.strategies[$0].restsOrders }.sorted()
            .map { "strategies[\($0)] (\(configuration.strategyParameters[$0].name))" }
        // A list of the environment has no place in the file.
        let place = index < strategyPlaces.count ? strategyPlaces[index] : TextPlace(0, 0)
        configuration.warnings.append(
            ConfigurationError(
                file: file,
                line: place.line,
                column: place.column,
                key: "strategies[\(index)]",
                message: "trades \(shown) beside strategies[\(other)] "
                    + "(\(configuration.strategyParameters[other].name)), and "
                    + "\(resting.joined(separator: " and ")) leave\(resting.count == 1 ? "s" : "") orders in the book: what "
                    + "would meet them is refused, exits included; give each its own symbols, or the firm's limits "
                    + "'selfTrade: cancelOldest'"
            )
        )
    }
}
