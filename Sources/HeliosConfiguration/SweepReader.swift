// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import Yams

extension SweepConfiguration {
    /// The sweep described by the file at `path`, and the run that it varies.
    ///
    /// - Parameters:
    ///   - path: YAML; relative paths in it count from its folder.
    ///   - environment: Variables `HELIOS_…` override the values of the run that is varied.
    ///   - changes: Values of keys over those of `set`, and over the run's.
    /// - Returns: The sweep, and the run with what is the same in every trial.
    /// - Throws: `ConfigurationErrors` with everything that is wrong, in the sweep's file or in the run's.
    public static func load(
        path: String,
        environment: [String: String] = [:],
        changes: [Change] = []
    ) throws(ConfigurationErrors) -> (sweep: SweepConfiguration, run: RunConfiguration) {
        var reader = SweepReader(file: path)
        return try reader.read(try TextFile.read(path), environment, changes)
    }

    /// A sweep of the run configuration at `path`, described on a command line.
    ///
    /// - Parameters:
    ///   - path: The run configuration.
    ///   - varied: `KEY=A,B,C`, `KEY=FROM..TO`, `KEY=FROM..TO/STEP`, `KEY=log:FROM..TO`.
    ///   - environment: Variables `HELIOS_…` override the run's values.
    ///   - changes: Values of keys over the run's.
    /// - Returns: The sweep, and the run with what is the same in every trial.
    /// - Throws: `ConfigurationErrors` with everything that is wrong.
    public static func varying(
        path: String,
        _ varied: [String],
        environment: [String: String] = [:],
        changes: [Change] = []
    ) throws(ConfigurationErrors) -> (sweep: SweepConfiguration, run: RunConfiguration) {
        var reader = SweepReader(file: "--vary")
        return try reader.read(path, varied, environment, changes)
    }

    /// This sweep with what a command line says otherwise.
    ///
    /// - Throws: `ConfigurationErrors` when it does not go together.
    public func changing(
        search: SweepSearch?,
        trials: Int?,
        seed: UInt64?
    ) throws(ConfigurationErrors) -> SweepConfiguration {
        var sweep = self
        sweep.search = search ?? sweep.search
        sweep.trials = trials ?? sweep.trials
        sweep.seed = seed ?? sweep.seed
        if let problem = sweep.problem {
            throw ConfigurationErrors([ConfigurationError(file: "", key: problem.key, message: problem.message)])
        }
        return sweep
    }

    /// What does not go together; nil when everything does.
    var problem: (key: String, message: String)? {
        switch (search, gridCount) {
        case (.grid, nil):
            let open = parameters.first { $0.grid == nil }?.key ?? ""
            return (
                "parameters.\(open)",
                "a grid needs the key 'step' or 'count' in a range; without it search: random draws from it"
            )
        case (.grid, let count?) where count > SweepConfiguration.mostTrials:
            return (
                "parameters",
                "the grid has more than \(SweepConfiguration.mostTrials) combinations; search: random draws from them"
            )
        case (.grid, let count?):
            if let trials, trials != count {
                return ("trials", "the grid has \(count) combinations: leave 'trials' out, or search: random")
            }
        case (.random, _) where trials == nil:
            return ("trials", "missing, expected how many combinations search: random draws, such as 50")
        case (.halving, let count?) where trials == nil && count > SweepConfiguration.mostTrials:
            return (
                "parameters",
                "there are more than \(SweepConfiguration.mostTrials) combinations: say with 'trials' how many search: halving draws"
            )
        case (.halving, nil) where trials == nil:
            return ("trials", "missing, expected with how many combinations search: halving begins, such as 50")
        case (.random, _), (.halving, _): break
        }
        return nil
    }
}

/// Turns a text into a `SweepConfiguration`, going on after every error so that all are told at once.
struct SweepReader {
    let file: String
    private(set) var errors: [ConfigurationError] = []
    private var sweep = SweepConfiguration()
    /// Where the varied keys and their values stand.
    private var places: [String: TextPlace] = [:]

    init(file: String) { self.file = file }

    private static let topKeys = [
        "base", "data", "set", "search", "trials", "seed", "earlierTrials", "parameters", "period", "splits", "halving",
        "database",
    ]

    // MARK: A file

    mutating func read(
        _ text: String,
        _ environment: [String: String],
        _ changes: [SweepConfiguration.Change]
    ) throws(ConfigurationErrors) -> (SweepConfiguration, RunConfiguration) {
        do throws(YAMLProblem) {
            let document = try YAMLDocument(text)
            if let root = document.root, !root.isEmptyScalar { readTop(root, document) }
        } catch {
            report(error.place, "", error.message)
            throw ConfigurationErrors(errors)
        }
        if sweep.base.isEmpty, places["base"] == nil {
            report(TextPlace(1, 1), "base", "missing, expected the path of the run configuration that is varied")
        }
        if sweep.parameters.isEmpty, places["parameters"] == nil {
            report(TextPlace(1, 1), "parameters", "missing, expected keys with the values to try")
        }
        return try finish(environment, changes)
    }

    /// Loads the run, and holds the varied keys and their values against it.
    private mutating func finish(
        _ environment: [String: String],
        _ changes: [SweepConfiguration.Change]
    ) throws(ConfigurationErrors) -> (SweepConfiguration, RunConfiguration) {
        guard !sweep.base.isEmpty else { throw ConfigurationErrors(errors) }
        var run: RunConfiguration
        do {
            run = try RunConfiguration.load(path: sweep.base, environment: environment, data: sweep.data)
        } catch { throw ConfigurationErrors(errors + error.errors) }
        sweep.fixed += changes
        do { run = try run.changing(sweep.fixed.map { ($0.key, $0.value) }) } catch {
            throw ConfigurationErrors(errors + error.errors)
        }
        checkParameters(run)
        if errors.isEmpty, let problem = sweep.problem { report(at(problem.key), problem.key, problem.message) }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return (sweep, run)
    }

    private mutating func readTop(_ root: Node, _ document: YAMLDocument) {
        guard let mapping = root.mapping else {
            return report(
                TextPlace(root.mark),
                "",
                "found \(root.found), expected keys with values such as 'base: run.yaml'"
            )
        }
        for entry in members(document.entries(mapping), below: "", among: SweepReader.topKeys) {
            places[entry.key] = TextPlace(entry.value.mark)
            switch entry.key {
            case "base": text(entry.value, "base", "a path") { $0.base = TextFile.resolve($1, from: $2) }
            case "database": text(entry.value, "database", "a path") { $0.database = TextFile.resolve($1, from: $2) }
            case "data": readData(entry.value, document)
            case "set": readFixed(entry.value, document)
            case "search": readSearch(entry.value)
            case "trials": integer(entry.value, "trials", 1...SweepConfiguration.mostTrials) { $0.trials = $1 }
            case "earlierTrials": integer(entry.value, "earlierTrials", 0...1_000_000) { $0.earlierTrials = $1 }
            case "seed": integer(entry.value, "seed", 0...Int.max) { $0.seed = UInt64($1) }
            case "parameters": readParameters(entry.value, document)
            case "period": readPeriod(entry.value)
            case "splits": readSplits(entry.value, document)
            default: readHalving(entry.value, document)
            }
        }
    }

    /// The entries whose keys are known, each once; the others are reported.
    private mutating func members(
        _ entries: [YAMLDocument.Entry],
        below path: String,
        among names: [String]?
    ) -> [YAMLDocument.Entry] {
        var lines: [String: Int] = [:]
        return entries.filter { entry in
            let key = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            if let line = lines[entry.key] {
                report(entry.place, key, "stands twice, first in line \(line)")
                return false
            }
            lines[entry.key] = entry.place.line
            guard let names, !names.contains(entry.key) else { return true }
            let shown = entry.key.isEmpty ? "a key that is not a word" : "unknown key"
            report(entry.place, key, shown, NearestName.of(entry.key, among: names))
            return false
        }
    }

    // MARK: Values

    private mutating func text(
        _ node: Node,
        _ key: String,
        _ expected: String,
        _ assign: (inout SweepConfiguration, String, String) -> Void
    ) {
        guard !node.isEmptyScalar, let text = node.scalar?.string, !text.isEmpty else {
            return report(TextPlace(node.mark), key, "found \(node.found), expected \(expected)")
        }
        assign(&sweep, text, file)
    }

    private mutating func integer(
        _ node: Node,
        _ key: String,
        _ range: ClosedRange<Int>,
        _ assign: (inout SweepConfiguration, Int) -> Void
    ) {
        let text = node.scalar?.string ?? ""
        guard case .parameter(.integer(let value))? = ConfigurationKind.parameter(.integer).parse(text),
            let number = Int(exactly: value), range.contains(number)
        else {
            let bounds =
                range.upperBound == .max
                ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            return report(TextPlace(node.mark), key, "found \(node.found), expected a whole number, \(bounds)")
        }
        assign(&sweep, number)
    }

    private mutating func readSearch(_ node: Node) {
        let words = SweepSearch.allCases.map(\.rawValue)
        guard let search = SweepSearch(rawValue: node.scalar?.string ?? "") else {
            let nearest = node.scalar.flatMap { NearestName.of($0.string, among: words) }
            let expected = "found \(node.found), expected one of \(words.joined(separator: ", "))"
            return report(TextPlace(node.mark), "search", expected, nearest)
        }
        sweep.search = search
    }

    private mutating func readPeriod(_ node: Node) {
        let text = node.scalar?.string ?? ""
        if text == "day" {
            sweep.period = .day
        } else if case .parameter(.duration(let length))? = ConfigurationKind.parameter(.duration).parse(text),
            length > 0
        {
            sweep.period = .time(length)
        } else {
            let message = "found \(node.found), expected a duration such as 5min, or day; without it one is chosen"
            report(TextPlace(node.mark), "period", message)
        }
    }

    private mutating func readSplits(_ node: Node, _ document: YAMLDocument) {
        let names = ["method", "folds", "purge", "embargo"]
        for entry in group(node, "splits", names, document) {
            let key = "splits.\(entry.key)"
            switch entry.key {
            case "method":
                let text = entry.value.scalar?.string ?? ""
                if ["anchored", "rolling"].contains(text) {
                    sweep.isRolling = text == "rolling"
                } else {
                    let nearest = NearestName.of(text, among: ["anchored", "rolling"])
                    let message = "found \(entry.value.found), expected anchored or rolling"
                    report(TextPlace(entry.value.mark), key, message, nearest)
                }
            case "folds": integer(entry.value, key, 1...100) { $0.folds = $1 }
            case "purge": integer(entry.value, key, 0...100_000) { $0.purge = $1 }
            default: integer(entry.value, key, 0...100_000) { $0.embargo = $1 }
            }
        }
    }

    private mutating func readHalving(_ node: Node, _ document: YAMLDocument) {
        for entry in group(node, "halving", ["keepOneOf", "rungs"], document) {
            let key = "halving.\(entry.key)"
            if entry.key == "rungs" {
                integer(entry.value, key, 2...10) { $0.rungs = $1 }
            } else {
                integer(entry.value, key, 2...100) { $0.keepOneOf = $1 }
            }
        }
    }

    /// The members of a section.
    private mutating func group(
        _ node: Node,
        _ path: String,
        _ names: [String],
        _ document: YAMLDocument
    ) -> [YAMLDocument.Entry] {
        guard let mapping = node.mapping else {
            report(
                TextPlace(node.mark),
                path,
                "found \(node.found), expected the keys \(names.joined(separator: ", "))"
            )
            return []
        }
        return members(document.entries(mapping), below: path, among: names)
    }

    private mutating func readData(_ node: Node, _ document: YAMLDocument) {
        guard let items = node.sequence, !items.isEmpty else {
            let found = node.sequence == nil ? node.found : "an empty list"
            return report(TextPlace(node.mark), "data", "found \(found), expected a list of market files")
        }
        // Described and refused as in a run's configuration.
        var reader = ConfigurationReader(file: file, environment: [:])
        for (position, item) in items.enumerated() { reader.readSource(item, "data[\(position)]", document) }
        errors += reader.errors
        sweep.data = reader.configuration.data
    }

    private mutating func readFixed(_ node: Node, _ document: YAMLDocument) {
        guard let mapping = node.mapping else {
            let message = "found \(node.found), expected keys with values such as 'pairs.enterZ: 3'"
            return report(TextPlace(node.mark), "set", message)
        }
        for entry in members(document.entries(mapping), below: "set", among: nil) {
            guard let text = entry.value.scalar?.string else {
                report(
                    TextPlace(entry.value.mark),
                    "set.\(entry.key)",
                    "found \(entry.value.found), expected one value"
                )
                continue
            }
            sweep.fixed.append(SweepConfiguration.Change(key: entry.key, value: text))
        }
    }

    // MARK: Parameters

    private mutating func readParameters(_ node: Node, _ document: YAMLDocument) {
        guard let mapping = node.mapping, !mapping.isEmpty else {
            let found = node.mapping == nil ? node.found : "an empty mapping"
            let message = "found \(found), expected keys with values such as 'pairs.enterZ: [2, 2.5, 3]'"
            return report(TextPlace(node.mark), "parameters", message)
        }
        for entry in members(document.entries(mapping), below: "parameters", among: nil) {
            places["parameters.\(entry.key)"] = entry.place
            guard let values = readValues(entry, document) else { continue }
            sweep.parameters.append(SweepParameter(key: entry.key, values: values))
        }
    }

    private mutating func readValues(_ entry: YAMLDocument.Entry, _ document: YAMLDocument) -> SweepParameter.Values? {
        let key = "parameters.\(entry.key)"
        if let mapping = entry.value.mapping {
            return readRange(entry, document.entries(mapping)).map(SweepParameter.Values.range)
        }
        guard let items = entry.value.sequence, !items.isEmpty else {
            let found = entry.value.sequence == nil ? entry.value.found : "an empty list"
            let message =
                "found \(found), expected a list such as [2, 2.5, 3] or a range such as {from: 2, to: 3, step: 0.5}"
            report(TextPlace(entry.value.mark), key, message)
            return nil
        }
        var values: [String] = []
        for (position, item) in items.enumerated() {
            let place = "\(key)[\(position)]"
            places[place] = TextPlace(item.mark)
            guard !item.isEmptyScalar, let text = item.scalar?.string else {
                report(TextPlace(item.mark), place, "found \(item.found), expected one value")
                return nil
            }
            guard !values.contains(text) else {
                report(TextPlace(item.mark), place, "\(Node.quoted(text)) stands twice in the list")
                return nil
            }
            values.append(text)
        }
        return .list(values)
    }

    private mutating func readRange(_ parameter: YAMLDocument.Entry, _ entries: [YAMLDocument.Entry]) -> SweepRange? {
        let key = "parameters.\(parameter.key)"
        let before = errors.count
        var bounds: [String: SweepRange.Bound] = [:]
        var count: Int?
        var isLogarithmic = false
        for entry in members(entries, below: key, among: ["from", "to", "step", "count", "scale"]) {
            let text = entry.value.scalar?.string ?? ""
            func refuse(_ expected: String) {
                report(
                    TextPlace(entry.value.mark),
                    "\(key).\(entry.key)",
                    "found \(entry.value.found), expected \(expected)"
                )
            }
            switch entry.key {
            case "scale":
                if ["linear", "log"].contains(text) { isLogarithmic = text == "log" } else { refuse("linear or log") }
            case "count":
                count = Int(text)
                if count == nil { refuse("a whole number from 2") }
            default:
                bounds[entry.key] = SweepRange.Bound(text)
                if bounds[entry.key] == nil { refuse("a number such as 2.5, 250ms or 3%") }
            }
        }
        guard errors.count == before else { return nil }
        guard let low = bounds["from"], let high = bounds["to"] else {
            report(TextPlace(parameter.value.mark), key, "a range needs the keys 'from' and 'to'")
            return nil
        }
        let range = SweepRange.make(
            from: low,
            to: high,
            step: bounds["step"],
            count: count,
            isLogarithmic: isLogarithmic
        )
        switch range {
        case .success(let range): return range
        case .failure(let problem):
            report(TextPlace(parameter.value.mark), key, problem.message)
            return nil
        }
    }

    /// Each varied key must be one of the run's, once, and each of its values one that the key may have.
    private mutating func checkParameters(_ run: RunConfiguration) {
        var seen: [String: String] = [:]
        for (index, parameter) in sweep.parameters.enumerated() {
            let name = parameter.key
            let place = "parameters.\(name)"
            let ambiguous = run.ambiguous(name)
            guard ambiguous.isEmpty else {
                report(at(place), place, "is ambiguous: write \(ambiguous.joined(separator: " or "))")
                continue
            }
            guard let (key, described) = run.varied(name) else {
                report(at(place), place, "unknown key", NearestName.of(name, among: run.variedNames))
                continue
            }
            if let reason = SweepReader.refusal(key, described) { report(at(place), place, reason) }
            // One place may have several names: strategies[0].enterZ, pairs.enterZ, enterZ.
            let paths = run.paths(of: key)
            if let other = paths.lazy.compactMap({ seen[$0] }).first {
                report(at(place), place, "is the same key as '\(other)'")
            }
            for path in paths { seen[path] = name }
            sweep.parameters[index].key = key
            let values: [String]
            switch parameter.values {
            case .list(let list): values = list
            case .range(let range): values = range.bounds
            }
            for (position, value) in values.enumerated() where described.value(of: value) == nil {
                let at = places["\(place)[\(position)]"] ?? at(place)
                report(at, place, "found \(Node.quoted(value)), expected \(described.expectation)")
            }
        }
    }

    /// Why a key is none to vary; nil when it is one.
    private static func refusal(_ key: String, _ described: ConfigurationKey) -> String? {
        if described.kind == .path {
            return "names a file: a sweep records values, not what stands in files; give each file a sweep of its own"
        }
        let section = key.prefix { $0 != "." }
        guard ["output", "session", "title"].contains(section) else { return nil }
        return
            "says how a run is measured or called, not how it trades: trials could not be compared; give it one value with 'set'"
    }

    // MARK: A command line

    mutating func read(
        _ base: String,
        _ varied: [String],
        _ environment: [String: String],
        _ changes: [SweepConfiguration.Change]
    ) throws(ConfigurationErrors) -> (SweepConfiguration, RunConfiguration) {
        sweep.base = base
        for text in varied {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                report(nil, "", "found \(Node.quoted(text)), expected KEY=A,B,C, KEY=FROM..TO/STEP or KEY=log:FROM..TO")
                continue
            }
            guard let values = readValues(parts[0], parts[1]) else { continue }
            sweep.parameters.append(SweepParameter(key: parts[0], values: values))
        }
        return try finish(environment, changes)
    }

    private mutating func readValues(_ key: String, _ text: String) -> SweepParameter.Values? {
        let isLogarithmic = text.hasPrefix("log:")
        let rest = isLogarithmic ? text.dropFirst(4) : text[...]
        guard let dots = rest.firstRange(of: "..") else {
            let values = rest.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            if !isLogarithmic, values.allSatisfy({ !$0.isEmpty }), Set(values).count == values.count {
                return .list(values)
            }
            report(nil, key, "found \(Node.quoted(text)), expected different values separated by commas")
            return nil
        }
        let parts = rest[dots.upperBound...].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let low = SweepRange.Bound(String(rest[..<dots.lowerBound])), let high = SweepRange.Bound(parts[0]),
            parts.count <= 2, parts.count == 1 || SweepRange.Bound(parts[1]) != nil
        else {
            report(nil, key, "found \(Node.quoted(text)), expected a range such as 2..3/0.5 or log:0.1..10")
            return nil
        }
        let step = parts.count == 2 ? SweepRange.Bound(parts[1]) : nil
        switch SweepRange.make(from: low, to: high, step: step, count: nil, isLogarithmic: isLogarithmic) {
        case .success(let range): return .range(range)
        case .failure(let problem):
            report(nil, key, problem.message)
            return nil
        }
    }

    // MARK: Reporting

    /// Where a key, or what is nearest around it, stands; nil on a command line.
    private func at(_ key: String) -> TextPlace? {
        if let place = places[key] { return place }
        return places[key.split(separator: ".").first.map(String.init) ?? ""]
            ?? (places.isEmpty ? nil : TextPlace(1, 1))
    }

    private mutating func report(_ place: TextPlace?, _ key: String, _ message: String, _ suggestion: String? = nil) {
        errors.append(
            ConfigurationError(
                file: file,
                line: place?.line ?? 0,
                column: place?.column ?? 0,
                key: key,
                message: message,
                suggestion: suggestion
            )
        )
    }
}
