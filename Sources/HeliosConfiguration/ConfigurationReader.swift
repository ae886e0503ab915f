// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import Yams

/// Turns a text into a `RunConfiguration`, going on after every error so that all are told at once.
struct ConfigurationReader {
    let file: String
    let environment: [String: String]
    var errors: [ConfigurationError] = []
    /// The values of `ConfigurationSchema.settings` by path: what the file gave.
    var given: [String: Node] = [:]
    /// Variables that belong to a key of this configuration.
    var usedVariables: Set<String> = []
    var configuration = RunConfiguration()
    /// Whether a firm's limits take the place of the section `risk`.
    var hasLimits = false
    /// The list `simulation.venues`, when there is one.
    var floorNode: Node?
    /// The list `simulation.dealers`, when there is one.
    var dealersNode: Node?
    /// The list `execution.curve`, when there is one.
    var curveNode: Node?
    /// The list `live.venues`, when there is one.
    var liveVenuesNode: Node?
    /// The lines of `resolvedText`.
    var resolved = ResolvedText()
    /// Where each strategy of the configuration stands.
    var strategyPlaces: [TextPlace] = []
    /// Market files in place of those that the text names; empty for those of the text.
    var otherData: [DataSource] = []

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment.filter { $0.key.hasPrefix("HELIOS_") }
    }

    mutating func read(_ text: String) throws(ConfigurationErrors) -> RunConfiguration {
        let document: YAMLDocument
        do { document = try YAMLDocument(text) } catch {
            let place = error.place
            throw ConfigurationErrors([
                ConfigurationError(file: file, line: place.line, column: place.column, message: error.message)
            ])
        }
        let lists = gather(document)
        hasLimits = lists[ConfigurationSchema.limitsName] != nil || isGiven("risk.limits")
        floorNode = lists[ConfigurationSchema.floorName]
        dealersNode = lists[ConfigurationSchema.dealersName]
        curveNode = lists[ConfigurationSchema.curveName]
        liveVenuesNode = lists[ConfigurationSchema.liveVenuesName]
        readSettings(document)
        if !otherData.isEmpty {
            writeOtherData()
        } else if lists["data"] != nil || !(hasLive || floorNode != nil) {
            readList("data", lists["data"]) { reader, node, path in reader.readSource(node, path, document) }
        }
        if let orders = lists["orders"] {
            readList("orders", orders) { reader, node, path in reader.readOrder(node, path, document) }
            configuration.settings.execution.orders.sort { $0.time < $1.time }
        }
        if lists["strategies"] != nil || lists["orders"] == nil {
            readList("strategies", lists["strategies"]) { reader, node, path in
                reader.readStrategy(node, path, document)
            }
        } else {
            addDesk()
        }
        readLimits(lists[ConfigurationSchema.limitsName], document)
        finishSimulation()
        finishFloor(lists["data"])
        finishDealers()
        loadCurves()
        finishLiveVenues()
        finishFix()
        checkSession()
        checkVariables()
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        warnOfSelfMatches()
        configuration.sourceText = text
        configuration.resolvedText = resolved.text
        return configuration
    }

    // MARK: Walking

    /// Collects the settings' values into `given` and returns the lists.
    private mutating func gather(_ document: YAMLDocument) -> [String: Node] {
        var lists: [String: Node] = [:]
        guard let root = document.root, !root.isEmptyScalar else { return lists }
        guard let mapping = root.mapping else {
            report(root, "", "found \(root.found), expected keys with values such as 'title: Backtest'")
            return lists
        }
        gather(document.entries(mapping), below: "", document, &lists)
        return lists
    }

    private mutating func gather(
        _ entries: [YAMLDocument.Entry],
        below prefix: String,
        _ document: YAMLDocument,
        _ lists: inout [String: Node]
    ) {
        let names = ConfigurationSchema.names(below: prefix)
        for entry in unique(entries, below: prefix) {
            let path = prefix.isEmpty ? entry.key : prefix + "." + entry.key
            if path == ConfigurationSchema.limitsName {
                lists[path] = entry.value
            } else if !names.contains(entry.key) {
                reportUnknown(entry, path, among: names)
            } else if ConfigurationSchema.settings.contains(where: { $0.path == path }) {
                given[path] = entry.value
            } else if ConfigurationSchema.sections.contains(where: { $0.path == path + "[]" }) {
                lists[path] = entry.value
            } else if let mapping = entry.value.mapping {
                gather(document.entries(mapping), below: path, document, &lists)
            } else if !entry.value.isEmptyScalar {
                let expected = ConfigurationSchema.names(below: path).joined(separator: ", ")
                report(entry.value, path, "found \(entry.value.found), expected the keys \(expected)")
            }
        }
    }

    /// Entries without duplicates, which are reported; the first counts.
    mutating func unique(_ entries: [YAMLDocument.Entry], below prefix: String) -> [YAMLDocument.Entry] {
        var first: [String: Int] = [:]
        return entries.filter { entry in
            guard let line = first[entry.key] else {
                first[entry.key] = entry.place.line
                return true
            }
            let path = prefix.isEmpty ? entry.key : prefix + "." + entry.key
            report(at: entry.place, path, "stands twice, first in line \(line)")
            return false
        }
    }

    // MARK: Values

    /// Whether the file or a variable gives the setting at `path`.
    func isGiven(_ path: String) -> Bool {
        given[path] != nil || environment[ConfigurationKey.variable(path)] != nil
    }

    /// Whether the configuration is that of a live session.
    var hasLive: Bool {
        liveVenuesNode != nil || given.keys.contains { $0.hasPrefix("live.") }
            || environment.keys.contains { $0.hasPrefix("HELIOS_LIVE_") }
    }

    /// Whoever does not trade live, or at several venues, need not read about it.
    private func isShown(_ key: ConfigurationKey) -> Bool {
        if key.path.hasPrefix("risk.") { return !hasLimits && key.path != "risk.limits" }
        if liveVenuesNode != nil, ConfigurationSchema.replacedByLiveVenues.contains(key.path) { return false }
        if ConfigurationSchema.liveFloorKeys.contains(where: { $0.path == key.path }) { return liveVenuesNode != nil }
        if ConfigurationSchema.replacedByFloor.contains(key.path) { return floorNode == nil }
        if ConfigurationSchema.floorKeys.contains(where: { $0.path == key.path }) { return floorNode != nil }
        if ConfigurationSchema.dealerSettingKeys.contains(where: { $0.path == key.path }) { return dealersNode != nil }
        if key.path.hasPrefix("live.fix.") { return hasFix }
        return hasLive || !key.path.hasPrefix("live.")
    }

    private mutating func readSettings(_ document: YAMLDocument) {
        let lastOfFloor = ConfigurationSchema.floorKeys.last?.path
        let lastOfLive = ConfigurationSchema.liveKeys.last?.path
        let lastOfExecution = ConfigurationSchema.executionKeys.last?.path
        for key in ConfigurationSchema.settings {
            // The lists stand last in the section.
            defer {
                if key.path == lastOfFloor, let floorNode { readFloor(floorNode, document) }
                if key.path == lastOfFloor, let dealersNode { readDealers(dealersNode, document) }
                if key.path == lastOfExecution, let curveNode { readCurve(curveNode, document) }
                if key.path == lastOfLive, let liveVenuesNode { readLiveVenues(liveVenuesNode, document) }
            }
            let isShown = isShown(key)
            guard let value = value(of: key, at: key.path, given[key.path]) else {
                if isShown { resolved.missing(key) }
                continue
            }
            key.assign(&configuration, value)
            if isShown { resolved.append(key, value) }
        }
    }

    /// The value of a key: the variable's, the file's or the default; nil when there is none or it is wrong, which is
    /// reported.
    mutating func value(of key: ConfigurationKey, at path: String, _ node: Node?) -> ConfigurationValue? {
        let variable = ConfigurationKey.variable(path)
        usedVariables.insert(variable)
        if let text = environment[variable] {
            if let value = key.value(of: text) {
                return loaded(value, path) { reader, message in
                    reader.errors.append(
                        ConfigurationError(file: reader.file, key: path, variable: variable, message: message)
                    )
                }
            }
            let message = "found \(Node.quoted(text)), expected \(key.expectation)"
            errors.append(ConfigurationError(file: file, key: path, variable: variable, message: message))
            return nil
        }
        guard let node else { return key.defaultText.flatMap(key.value(of:)).map { located($0, key) } }
        if !node.isEmptyScalar, let text = node.scalar?.string, let value = key.value(of: text) {
            return loaded(located(value, key), path) { $0.report(node, path, $1) }
        }
        report(node, path, "found \(node.found), expected \(key.expectation)")
        return nil
    }

    /// Paths that the file gives as seen from the current folder; a variable's are that already.
    private func located(_ value: ConfigurationValue, _ key: ConfigurationKey) -> ConfigurationValue {
        switch (key.kind, value) {
        case (.path, .text(let path)): return .text(TextFile.resolve(path, from: file))
        case (.latency, .latency(.measured(let path), _)):
            return .latency(.measured(TextFile.resolve(path, from: file)), nil)
        default: return value
        }
    }

    private mutating func readList(
        _ name: String,
        _ node: Node?,
        _ read: (inout ConfigurationReader, Node, String) -> Void
    ) {
        resolved.line("\(name):")
        let items = node?.sequence.map(Array.init) ?? []
        if items.isEmpty {
            let what =
                name == "data"
                ? "a list of market files"
                : name == "orders" ? "a list of parent orders" : "a list of strategies with their parameters"
            let found = node.map { $0.sequence == nil ? "found \($0.found)" : "found an empty list" } ?? "missing"
            if let node {
                report(node, name, "\(found), expected \(what)")
            } else {
                report(at: TextPlace(1, 1), name, "\(found), expected \(what)")
            }
        }
        for (position, item) in items.enumerated() { read(&self, item, "\(name)[\(position)]") }
    }

    // MARK: Checks

    private mutating func checkSession() {
        let settings = configuration.settings
        guard settings.sessionEnd <= settings.sessionStart else { return }
        let variable = ConfigurationKey.variable("session.end")
        let message = "expected a time after session.start"
        if environment[variable] != nil {
            errors.append(ConfigurationError(file: file, key: "session.end", variable: variable, message: message))
        } else if let node = given["session.end"] ?? given["session.start"] {
            report(node, "session.end", message)
        } else {
            report(at: TextPlace(1, 1), "session.end", message)
        }
    }

    /// A variable that looks like a key of a section but is none would silently do nothing.
    private mutating func checkVariables() {
        let groups = ConfigurationSchema.sections.filter { !$0.isList }.map { ConfigurationKey.variable($0.path) + "_" }
        for name in environment.keys.sorted() where !usedVariables.contains(name) {
            let isElement = [
                "HELIOS_DATA_", "HELIOS_STRATEGIES_", "HELIOS_SIMULATION_VENUES_", "HELIOS_SIMULATION_DEALERS_",
                "HELIOS_EXECUTION_CURVE_", "HELIOS_LIVE_VENUES_",
            ].contains { prefix in
                name.hasPrefix(prefix) && name.dropFirst(prefix.count).first?.isNumber == true
            }
            guard isElement || groups.contains(where: name.hasPrefix) else { continue }
            let nearest = NearestName.of(name, among: usedVariables.sorted())
            errors.append(
                ConfigurationError(file: file, variable: name, message: "overrides no key", suggestion: nearest)
            )
        }
    }

    // MARK: Reporting

    mutating func report(_ node: Node, _ key: String, _ message: String) {
        report(at: TextPlace(node.mark), key, message)
    }

    mutating func report(at place: TextPlace, _ key: String, _ message: String, suggestion: String? = nil) {
        errors.append(
            ConfigurationError(
                file: file,
                line: place.line,
                column: place.column,
                key: key,
                message: message,
                suggestion: suggestion
            )
        )
    }

    mutating func reportUnknown(_ entry: YAMLDocument.Entry, _ path: String, among names: [String]) {
        let shown = entry.key.isEmpty ? "a key that is not a word" : "unknown key"
        let nearest = NearestName.of(entry.key, among: names)
        report(at: entry.place, path, shown, suggestion: nearest)
    }
}

extension ConfigurationSchema {
    /// The keys, groups and lists directly below `prefix`, in the order of the documentation.
    static func names(below prefix: String) -> [String] {
        let start = prefix.isEmpty ? "" : prefix + "."
        var names: [String] = prefix.isEmpty ? [limitsName] : []
        for key in keys where key.path.hasPrefix(start) {
            let name = key.path.dropFirst(start.count).prefix { $0 != "." && $0 != "[" }
            if !names.contains(String(name)) { names.append(String(name)) }
        }
        return names
    }
}
