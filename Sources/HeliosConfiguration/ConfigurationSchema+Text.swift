// SPDX-License-Identifier: MIT
import HeliosStrategy

extension ConfigurationSchema {
    /// What a person should know about `key`; for a group of keys the group and its keys.
    ///
    /// Takes full paths (`risk.collar.from50`), those of messages (`strategies[0].enterZ`), and a last part that only
    /// one key has (`enterZ`).
    ///
    /// - Returns: Nil for an unknown key; `nearest(to:)` may know what was meant.
    public static func explain(_ key: String) -> String? {
        if let found = find(key) { return explanation(found) }
        let path = withoutPositions(key)
        let group = path.hasSuffix("[]") ? String(path.dropLast(2)) : path
        let strategy = StrategyCatalog.strategies.first { "strategies.\($0.name)" == group }
        let section = sections.first { $0.path == group || $0.path == group + "[]" }
        if let documentation = strategy?.summary ?? section?.documentation {
            let members = keys.filter { $0.path.hasPrefix(group + ".") || $0.path.hasPrefix(group + "[].") }
            let list = members.map { "  \($0.path)\($0.defaultText.map { " (\($0))" } ?? "")\n" }.joined()
            return "\(group)\n  \(documentation)\n\nKeys, with their defaults:\n\(list)"
        }
        return nil
    }

    /// The key nearest to one that doesn't exist; nil when none is near.
    public static func nearest(to key: String) -> String? {
        let path = withoutPositions(key)
        let groups = sections.map { $0.isList ? String($0.path.dropLast(2)) : $0.path }
        let paths = keys.map(\.path) + groups
        if let near = NearestName.of(path, among: paths) { return near }
        guard let name = NearestName.of(String(path.split(separator: ".").last ?? ""), among: keys.map(\.name)) else {
            return nil
        }
        return keys.first { $0.name == name }?.path
    }

    private static func find(_ key: String) -> ConfigurationKey? {
        let path = withoutPositions(key)
        if let exact = keys.first(where: { $0.path == path }) { return exact }
        let isElement = path.hasPrefix("strategies[].")
        guard isElement || !path.contains(".") else { return nil }
        let name = isElement ? String(path.dropFirst("strategies[].".count)) : path
        let candidates = (isElement ? strategyKeys : keys).filter { $0.name == name }
        return candidates.count == 1 || isElement ? candidates.first : nil
    }

    /// `data[3].file` becomes `data[].file`.
    static func withoutPositions(_ key: String) -> String {
        var result = ""
        var isInside = false
        for character in key {
            if character == "]" { isInside = false }
            if !isInside { result.append(character) }
            if character == "[" { isInside = true }
        }
        return result
    }

    static func explanation(_ key: ConfigurationKey, hasVariable: Bool = true) -> String {
        var lines = [key.path, "  \(key.documentation)", ""]
        lines.append("  Value     \(key.kind.expectation)")
        if !key.rangeText.isEmpty { lines.append("  Range     \(key.rangeText)") }
        lines.append("  Default   \(key.defaultText ?? (key.isRequired ? "none: it must be given" : "not set"))")
        if !key.example.isEmpty { lines.append("  Example   \(key.name): \(key.example)") }
        if hasVariable { lines.append("  Variable  \(variable(of: key))") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// With the element's position open.
    private static func variable(of key: ConfigurationKey) -> String {
        let isParameter = key.path.hasPrefix("strategies.")
        return isParameter ? ConfigurationKey.variable("strategies[].\(key.name)") : key.variable
    }

    // MARK: Example

    /// A configuration that works as it stands once its files are there: every key with its default and its meaning.
    public static func example() -> String {
        var text = """
            # A Helios run. Every key is optional except data and strategies; the values shown are the defaults.
            # Paths count from the folder of this file.

            title: Pairs on 30 December 2019

            # \(sections[0].documentation)
            data:
              - 12302019.NASDAQ_ITCH50.gz

            """
        var section: [Substring] = []
        // A live session has an example of its own.
        for key in settings where key.name != "title" && !key.path.hasPrefix("live.") && !isOfFloor(key) {
            let parts = key.path.split(separator: ".").dropLast()
            for (depth, part) in parts.enumerated()
            where !section.prefix(depth + 1).elementsEqual(parts.prefix(depth + 1)) {
                let path = parts.prefix(depth + 1).joined(separator: ".")
                let margin = String(repeating: "  ", count: depth)
                let documentation = sections.first { $0.path == path }?.documentation ?? ""
                text += "\(depth == 0 ? "\n" : "")\(margin)# \(documentation)\n\(margin)\(part):\n"
            }
            section = Array(parts)
            let margin = String(repeating: "  ", count: parts.count)
            text += commented("\(key.defaultText == nil ? "# " : "")\(key.name): \(key.example)", key, margin)
        }
        text += orderExample { commented($0, $1, "") }
        return text + "\n# What trades.\nstrategies:\n" + StrategyCatalog.strategies.map(example).joined()
    }

    /// Whether a key speaks of several venues or of dealers, which docs/floor.md and docs/execution.md have examples of.
    private static func isOfFloor(_ key: ConfigurationKey) -> Bool {
        (floorKeys + dealerSettingKeys).contains { $0.path == key.path }
    }

    /// The first strategy as it may be used; the others as a comment, since two would trade at once.
    private static func example(_ strategy: StrategyDescriptor) -> String {
        let isActive = strategy.name == StrategyCatalog.strategies.first?.name
        let margin = isActive ? "    " : "  #   "
        var text = "  # \(strategy.summary)\n\(isActive ? "  - " : "  # - ")name: \(strategy.name)\n"
        for key in keys(of: strategy) {
            let isAlternative = !strategy.parameters.contains { $0.name == key.name }
            text += commented("\(isAlternative ? "# " : "")\(key.name): \(key.example)", key, margin)
        }
        return text
    }

    private static func commented(_ line: String, _ key: ConfigurationKey, _ margin: String) -> String {
        let width = 34
        let start = margin + line
        let gap = String(repeating: " ", count: max(1, width - start.count))
        return "\(start)\(gap)# \(key.documentation)\n"
    }

    // MARK: Reference

    /// The page `docs/configuration.md`.
    public static func reference() -> String {
        var text = referenceHead + "```yaml\n\(example())```\n\n## Keys\n\n"
        var isFirst = true
        for group in groups {
            text += (isFirst ? "" : "\n") + "### \(group.title)\n\n\(group.documentation)\n\n"
            text += "| key | value | default | range | meaning |\n|---|---|---|---|---|\n"
            for key in group.keys {
                let fallback = key.defaultText.map { "`\($0)`" } ?? (key.isRequired ? "required" : "not set")
                let cells = ["`\(key.path)`", key.kind.expectation, fallback, key.rangeText, key.documentation]
                text += "| " + cells.map(cell).joined(separator: " | ") + " |\n"
            }
            isFirst = false
        }
        return text
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static var groups: [(title: String, documentation: String, keys: [ConfigurationKey])] {
        var groups = [("title", "What the report is called.", settings.filter { $0.path == "title" })]
        for section in sections where section.path != "strategies[]" {
            let members = keys.filter { key in
                key.path.hasPrefix(section.path + ".")
                    && !key.path.dropFirst(section.path.count + 1).contains(".")
            }
            let title = section.isList ? String(section.path.dropLast(2)) : section.path
            groups.append((title, section.documentation, members))
        }
        for strategy in StrategyCatalog.strategies {
            groups.append(("strategies: \(strategy.name)", strategy.summary, keys(of: strategy)))
        }
        return groups
    }

    private static let referenceHead = """
        # Configuration

        A run is described by one YAML file. This page is made from the same list as the decoder, the JSON Schema
        (`helios config schema`) and the explanations (`helios config explain KEY`).

        ## Rules

        - Money, prices and quantities are read exactly from their digits, never through floating point. Underscores may
          group digits: `4_000_000`.
        - Durations are `100us`, `250ms`, `5s`, `30min`, `1h`; shares are `3%` or `300bps`; times of day are `09:35` or
          `15:45:30` at the exchange; dates are `2019-12-30`.
        - Paths count from the folder of the configuration, those in environment variables from the current folder.
        - An environment variable overrides a key: `HELIOS_`, then the path in capitals with an underscore for every
          dot, bracket and inner capital. `risk.orderNotionalMax` is `HELIOS_RISK_ORDER_NOTIONAL_MAX`, the first strategy's
          `enterZ` is `HELIOS_STRATEGIES_0_ENTER_Z`.
        - All errors are told at once, each with file, line, column and key:
          `run.yaml:12:19: risk.orderNotionalMax: found "abc", expected an amount of money such as 500000.00`.

        ## Example


        """
}
