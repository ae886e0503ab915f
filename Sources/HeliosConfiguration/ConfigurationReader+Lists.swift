// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import Yams

extension ConfigurationReader {
    /// An element of `data`: a path, or a mapping.
    mutating func readSource(_ node: Node, _ path: String, _ document: YAMLDocument) {
        var members: [String: Node] = [:]
        if let mapping = node.mapping {
            let names = ConfigurationSchema.dataKeys.map(\.name)
            for entry in unique(document.entries(mapping), below: path) {
                if names.contains(entry.key) {
                    members[entry.key] = entry.value
                } else {
                    reportUnknown(entry, "\(path).\(entry.key)", among: names)
                }
            }
        } else if node.scalar != nil {
            members["file"] = node
        } else {
            return report(node, path, "found \(node.found), expected a path, or a mapping with the key 'file'")
        }
        var source = DataSource(file: "")
        var lines: [String] = []
        for key in ConfigurationSchema.dataKeys {
            let place = "\(path).\(key.name)"
            guard let value = value(of: key, at: place, members[key.name]) else {
                let variable = ConfigurationKey.variable(place)
                if key.isRequired, members[key.name] == nil, environment[variable] == nil {
                    report(node, place, "missing, expected \(key.expectation)")
                }
                continue
            }
            lines.append(ResolvedText.member(key, value))
            switch (key.name, value) {
            case ("file", .text(let file)): source.file = file
            case ("orderbook", .text(let file)): source.orderbook = file
            case (_, .parameter(.symbol(let symbol))): source.symbol = symbol
            case (_, .date(let day)): source.day = day
            default: break
            }
        }
        resolved.line("  - " + lines.joined(separator: "\n    "))
        configuration.data.append(source)
    }

    /// The market files given from outside, as if the text had named them.
    mutating func writeOtherData() {
        configuration.data = otherData
        resolved.line("data:")
        for source in otherData {
            let values: [(name: String, value: ConfigurationValue?)] = [
                ("file", .text(source.file)), ("orderbook", source.orderbook.map(ConfigurationValue.text)),
                ("symbol", source.symbol.map { .parameter(.symbol($0)) }), ("date", source.day.map { .date($0) }),
            ]
            let lines = ConfigurationSchema.dataKeys.compactMap { key in
                values.first { $0.name == key.name }?.value.map { ResolvedText.member(key, $0) }
            }
            resolved.line("  - " + lines.joined(separator: "\n    "))
        }
    }

    /// An element of `strategies`: its name and its parameters side by side.
    mutating func readStrategy(_ node: Node, _ path: String, _ document: YAMLDocument) {
        guard let mapping = node.mapping else {
            return report(node, path, "found \(node.found), expected a mapping with the key 'name'")
        }
        let entries = unique(document.entries(mapping), below: path)
        let names = StrategyCatalog.strategies.map(\.name)
        guard let name = entries.first(where: { $0.key == "name" }) else {
            return report(node, path + ".name", "missing, expected one of \(names.joined(separator: ", "))")
        }
        guard let text = name.value.scalar?.string, let strategy = StrategyCatalog.strategy(text) else {
            let nearest = name.value.scalar.flatMap { NearestName.of($0.string, among: names) }
            let message = "found \(name.value.found), expected one of \(names.joined(separator: ", "))"
            return report(at: TextPlace(name.value.mark), path + ".name", message, suggestion: nearest)
        }
        let known = ["name"] + ConfigurationSchema.keys(of: strategy).map(\.name)
        var members: [String: Node] = [:]
        for entry in entries {
            if known.contains(entry.key) {
                members[entry.key] = entry.value
            } else {
                reportUnknown(entry, "\(path).\(entry.key)", among: known)
            }
        }
        configure(strategy, members, node, path)
    }

    private mutating func configure(
        _ strategy: StrategyDescriptor,
        _ members: [String: Node],
        _ node: Node,
        _ path: String
    ) {
        let before = errors.count
        var values: [(name: String, value: ParameterValue)] = []
        var described: [(name: String, value: String)] = []
        var lines = ["name: \(strategy.name)"]
        for parameter in strategy.parameters {
            let key = ConfigurationKey(parameter, of: strategy.name)
            let value =
                parameter.kind.isList
                ? readListed(key, members, node, path)
                : value(of: key, at: "\(path).\(key.name)", members[key.name])
            guard case .parameter(let parsed)? = value, let value else {
                let isOverridden = environment[ConfigurationKey.variable("\(path).\(key.name)")] != nil
                if !parameter.kind.isList, key.isRequired, members[key.name] == nil, !isOverridden {
                    report(node, "\(path).\(key.name)", "missing, expected \(key.expectation)")
                }
                continue
            }
            values.append((parameter.name, parsed))
            described.append((parameter.name, value.text))
            lines.append(ResolvedText.member(key, value))
        }
        resolved.line("  - " + lines.joined(separator: "\n    "))
        guard errors.count == before else { return }
        do {
            configuration.strategies.append(try StrategyCatalog.configure(strategy.name, values))
            configuration.strategyParameters.append((strategy.name, described))
            strategyPlaces.append(TextPlace(node.mark))
        } catch {
            refuse(error, members, node, path)
        }
    }

    /// Values that are each allowed but not together.
    private mutating func refuse(_ error: ParameterError, _ members: [String: Node], _ node: Node, _ path: String) {
        let key = "\(path).\(error.name)"
        let variable = ConfigurationKey.variable(key)
        if let text = environment[variable] {
            let message = "found \(Node.quoted(text)), expected \(error.expected)"
            errors.append(ConfigurationError(file: file, key: key, variable: variable, message: message))
        } else if let member = members[error.name] {
            report(member, key, "found \(member.found), expected \(error.expected)")
        } else {
            report(node, key, "expected \(error.expected)")
        }
    }

    // MARK: Lists

    /// A list, as it stands there, as a text, or from the file beside it.
    private mutating func readListed(
        _ key: ConfigurationKey,
        _ members: [String: Node],
        _ node: Node,
        _ path: String
    ) -> ConfigurationValue? {
        let place = "\(path).\(key.name)"
        let fileKey = ConfigurationSchema.fileKey(key)
        let list = members[key.name]
        let named = members[key.name + "File"]
        let file = value(of: fileKey, at: place + "File", named)
        if environment[ConfigurationKey.variable(place)] != nil { return value(of: key, at: place, list) }
        if let list, let named {
            report(named, place + "File", "stands beside \(key.name), expected one of the two")
            _ = readItems(list, key, place)
            return nil
        }
        if case .text(let name)? = file { return readListed(file: name, key, place + "File", named ?? node) }
        guard let list else {
            if !key.isRequired { return value(of: key, at: place, nil) }
            if named == nil { report(node, place, "missing, expected \(key.name) or \(key.name)File") }
            return nil
        }
        return readItems(list, key, place)
    }

    private mutating func readItems(_ list: Node, _ key: ConfigurationKey, _ place: String) -> ConfigurationValue? {
        switch key.kind {
        case .parameter(.pairs): return readPairs(list, key, place)
        case .parameter(.weights):
            if let mapping = list.mapping { return readWeights(mapping, list, key, place) }
            return readTexts(list, key, place, separator: ", ") { SymbolWeight($0) != nil }
        case .parameter(.queries):
            return readTexts(list, key, place, separator: ";\n") { !$0.allSatisfy(\.isWhitespace) }
        default: return readTexts(list, key, place, separator: ", ") { Symbol($0) != nil }
        }
    }

    private mutating func readWeights(
        _ mapping: Node.Mapping,
        _ list: Node,
        _ key: ConfigurationKey,
        _ place: String
    ) -> ConfigurationValue? {
        var texts: [String] = []
        for (name, number) in mapping {
            let text = "\(name.scalar?.string ?? ""): \(number.scalar?.string ?? "")"
            if SymbolWeight(text) != nil {
                texts.append(text)
            } else {
                report(name, place, "found \(Node.quoted(text)), expected a symbol with a number, such as KO: 0.25")
            }
        }
        return texts.count == mapping.count ? joined(texts, ", ", list, key, place) : nil
    }

    /// A list of texts, each of which must be good.
    private mutating func readTexts(
        _ list: Node,
        _ key: ConfigurationKey,
        _ place: String,
        separator: String,
        isGood: (String) -> Bool
    ) -> ConfigurationValue? {
        guard let items = list.sequence, !items.isEmpty else { return value(of: key, at: place, list) }
        var texts: [String] = []
        for (position, item) in items.enumerated() {
            if let text = item.scalar?.string, isGood(text) {
                texts.append(text)
            } else {
                report(item, "\(place)[\(position)]", "found \(item.found), expected one of \(key.kind.expectation)")
            }
        }
        return texts.count == items.count ? joined(texts, separator, list, key, place) : nil
    }

    private mutating func joined(
        _ texts: [String],
        _ separator: String,
        _ list: Node,
        _ key: ConfigurationKey,
        _ place: String
    ) -> ConfigurationValue? {
        if let value = key.value(of: texts.joined(separator: separator)) { return value }
        report(list, place, "found one twice, expected \(key.kind.expectation)")
        return nil
    }

    private mutating func readPairs(_ list: Node, _ key: ConfigurationKey, _ place: String) -> ConfigurationValue? {
        guard let items = list.sequence, !items.isEmpty else { return value(of: key, at: place, list) }
        var pairs: [PairName] = []
        for (position, item) in items.enumerated() {
            let words = item.sequence.map { $0.compactMap { $0.scalar?.string } } ?? []
            let text = item.sequence?.count == 2 ? words.joined(separator: "~") : item.scalar?.string ?? ""
            if let pair = PairName(text) {
                pairs.append(pair)
            } else {
                let found = item.sequence == nil ? item.found : "[\(words.joined(separator: ", "))]"
                report(
                    item,
                    "\(place)[\(position)]",
                    "found \(found), expected two different symbols such as [KO, PEP]"
                )
            }
        }
        return pairs.count == items.count ? .parameter(.pairs(pairs)) : nil
    }

    private mutating func readListed(
        file name: String,
        _ key: ConfigurationKey,
        _ place: String,
        _ node: Node
    ) -> ConfigurationValue? {
        do {
            switch key.kind {
            case .parameter(.symbols): return .parameter(.symbols(try ListFile.symbols(name)))
            case .parameter(.weights): return .parameter(.weights(try ListFile.weights(name)))
            case .parameter(.queries):
                let text = try TextFile.read(name)
                if let value = key.value(of: text) { return value }
                report(node, place, "\(name): is empty, expected \(key.kind.expectation)")
                return nil
            default: return .parameter(.pairs(try PairsFile.read(name)))
            }
        } catch {
            let isWhole = error.errors.allSatisfy { $0.line == 0 }
            if isWhole { report(node, place, error.description) } else { errors += error.errors }
            return nil
        }
    }
}
