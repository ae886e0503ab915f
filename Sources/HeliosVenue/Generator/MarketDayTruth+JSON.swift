// SPDX-License-Identifier: MIT

extension MarketDayTruth {
    /// The truth as one JSON object, keys always in the same order, numbers in their shortest exact form.
    public var json: String {
        """
        {
          "format": "helios-market-day-truth/1",
          "seed": \(configuration.seed),
          "day": "\(configuration.day)",
          "configuration": {\(configurationFields)},
          "messages": \(messages),
          "bytes": \(bytes),
          "liveOrders": \(liveOrders),
          "messagesByType": {\(typeFields)},
          "symbols": \(lines(symbols.map(object))),
          "pairs": \(lines(pairs.map(object))),
          "decoys": \(lines(decoys.map { "{\(names($0.y, $0.x))}" })),
          "halts": \(lines(halts.map(object)))
        }

        """
    }

    private var configurationFields: String {
        let c = configuration
        func range(_ range: ClosedRange<Double>) -> String { "[\(range.lowerBound), \(range.upperBound)]" }
        let fields: [(String, String)] = [
            ("symbols", "\(c.symbols)"), ("messages", "\(c.messages)"), ("pairs", "\(c.pairs)"),
            ("decoys", "\(c.decoys)"), ("sectors", "\(c.sectors)"), ("halfLifeSeconds", range(c.halfLifeSeconds)),
            ("residualBasisPoints", range(c.residualBasisPoints)), ("elasticity", range(c.elasticity)),
            ("marketBasisPoints", "\(c.marketBasisPoints)"), ("sectorBasisPoints", "\(c.sectorBasisPoints)"),
            ("ownBasisPoints", range(c.ownBasisPoints)), ("pairPrices", range(c.pairPrices)),
            ("otherPrices", range(c.otherPrices)), ("fairStepNanoseconds", "\(c.fairStep)"), ("halts", "\(c.halts)"),
        ]
        let path = c.pathSeed.map { [("pathSeed", "\($0)")] } ?? []
        return (fields + path).map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
    }

    private var typeFields: String {
        countsByType.indices.filter { countsByType[$0] > 0 }
            .map { "\"\(Unicode.Scalar(UInt8($0)))\": \(countsByType[$0])" }
            .joined(separator: ", ")
    }

    private func object(_ symbol: Symbol) -> String {
        """
        {"symbol": "\(symbol.name)", "locate": \(symbol.locate), "sector": \(symbol.sector), \
        "price": \(symbol.price), "marketLoading": \(symbol.marketLoading), \
        "sectorLoading": \(symbol.sectorLoading), "ownBasisPoints": \(symbol.ownBasisPoints)}
        """
    }

    private func object(_ pair: Pair) -> String {
        """
        {\(names(pair.y, pair.x)), "alpha": \(pair.alpha), "beta": \(pair.beta), \
        "halfLifeSeconds": \(pair.halfLifeSeconds), "sigma": \(pair.sigma)}
        """
    }

    private func object(_ halt: Halt) -> String {
        "{\"symbol\": \"\(symbols[halt.symbol].name)\", \"start\": \(halt.start), \"end\": \(halt.end)}"
    }

    private func names(_ y: Int, _ x: Int) -> String { "\"y\": \"\(symbols[y].name)\", \"x\": \"\(symbols[x].name)\"" }

    private func lines(_ objects: [String]) -> String {
        objects.isEmpty ? "[]" : "[\n    \(objects.joined(separator: ",\n    "))\n  ]"
    }
}
