// SPDX-License-Identifier: MIT
import Yams

/// Walks a venue configuration by its schema: every value by its place, and every error at once.
struct VenueReader {
    let file: String
    let environment: [String: String]
    private(set) var errors: [ConfigurationError] = []
    /// By place, such as `venues[0].feed.lines[1].to`; defaults included.
    private var values: [String: ConfigurationValue] = [:]
    /// Where keys, groups and elements stand that the file gives.
    private var places: [String: TextPlace] = [:]
    /// Elements of lists.
    private var counts: [String: Int] = [:]
    private var document: YAMLDocument?
    private var usedVariables: Set<String> = []

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment.filter { $0.key.hasPrefix("HELIOS_VENUES_") }
    }

    /// Reads `text`; what is wrong is in `errors`.
    mutating func read(_ text: String) {
        do throws(YAMLProblem) {
            let document = try YAMLDocument(text)
            self.document = document
            guard let root = document.root, !root.isEmptyScalar else { return readGroup("", "", [:], TextPlace(1, 1)) }
            guard let mapping = root.mapping else {
                return report(TextPlace(root.mark), "", "found \(root.found), expected the key 'venues' with a list")
            }
            readGroup("", "", members(document.entries(mapping), "", ""), TextPlace(1, 1))
        } catch {
            report(error.place, "", error.message)
        }
        checkVariables()
    }

    // MARK: What was read

    func value(_ place: String) -> ConfigurationValue? { values[place] }
    func count(_ place: String) -> Int { counts[place] ?? 0 }
    func isGiven(_ place: String) -> Bool { places[place] != nil }

    /// Reports what is wrong with the value at `key`, or with what is nearest around it.
    mutating func refuse(_ key: String, _ message: String, suggestion: String? = nil) {
        let variable = ConfigurationKey.variable(key)
        if environment[variable] != nil {
            return errors.append(
                ConfigurationError(file: file, key: key, variable: variable, message: message, suggestion: suggestion)
            )
        }
        var around = Substring(key)
        while places[String(around)] == nil, let end = around.lastIndex(where: { $0 == "." || $0 == "[" }) {
            around = around[..<end]
        }
        report(places[String(around)] ?? TextPlace(1, 1), key, message, suggestion: suggestion)
    }

    // MARK: Walking

    private mutating func readGroup(_ path: String, _ place: String, _ nodes: [String: Node], _ at: TextPlace) {
        for name in VenueSchema.names(below: path) {
            let (key, where_) = (VenueReader.joined(path, name), VenueReader.joined(place, name))
            if let described = VenueSchema.keys.first(where: { $0.path == key }) {
                readValue(described, where_, nodes[name], at)
            } else if VenueSchema.isSection(key + "[]") {
                readList(key + "[]", where_, nodes[name], at)
            } else if let node = nodes[name], !node.isEmptyScalar {
                places[where_] = TextPlace(node.mark)
                guard let mapping = node.mapping, let document else {
                    let names = VenueSchema.names(below: key).joined(separator: ", ")
                    report(TextPlace(node.mark), where_, "found \(node.found), expected the keys \(names)")
                    continue
                }
                readGroup(key, where_, members(document.entries(mapping), key, where_), TextPlace(node.mark))
            } else {
                readGroup(key, where_, [:], at)
            }
        }
    }

    private mutating func readList(_ path: String, _ place: String, _ node: Node?, _ at: TextPlace) {
        guard let node, !node.isEmptyScalar else {
            if path == "venues[]" { report(at, place, "missing, expected a list of exchanges") }
            return
        }
        places[place] = TextPlace(node.mark)
        guard let items = node.sequence, !items.isEmpty, let document else {
            let found = node.sequence == nil ? node.found : "an empty list"
            return report(TextPlace(node.mark), place, "found \(found), expected a list")
        }
        counts[place] = items.count
        for (position, item) in items.enumerated() {
            let element = "\(place)[\(position)]"
            places[element] = TextPlace(item.mark)
            if let mapping = item.mapping {
                readGroup(path, element, members(document.entries(mapping), path, element), TextPlace(item.mark))
            } else if let short = VenueSchema.shorthands[path], item.scalar != nil {
                readGroup(path, element, [short: item], TextPlace(item.mark))
            } else {
                let names = VenueSchema.names(below: path).joined(separator: ", ")
                report(TextPlace(item.mark), element, "found \(item.found), expected the keys \(names)")
            }
        }
    }

    /// The entries by name; unknown ones and those that stand twice are reported.
    private mutating func members(_ entries: [YAMLDocument.Entry], _ path: String, _ place: String) -> [String: Node] {
        let names = VenueSchema.names(below: path)
        var nodes: [String: Node] = [:]
        for entry in entries {
            let key = VenueReader.joined(place, entry.key)
            if !names.contains(entry.key) {
                let shown = entry.key.isEmpty ? "a key that is not a word" : "unknown key"
                report(entry.place, key, shown, suggestion: NearestName.of(entry.key, among: names))
            } else if nodes[entry.key] != nil {
                report(entry.place, key, "stands twice, first in line \(places[key]?.line ?? 0)")
            } else {
                nodes[entry.key] = entry.value
                places[key] = entry.place
            }
        }
        return nodes
    }

    private mutating func readValue(_ key: ConfigurationKey, _ place: String, _ node: Node?, _ at: TextPlace) {
        let variable = ConfigurationKey.variable(place)
        usedVariables.insert(variable)
        if let text = environment[variable] {
            values[place] = key.value(of: text)
            if values[place] == nil { refuse(place, "found \(Node.quoted(text)), expected \(key.expectation)") }
            return
        }
        guard let node else {
            if key.isRequired { report(at, place, "missing, expected \(key.expectation)") }
            values[place] = key.defaultText.flatMap(key.value(of:))
            return
        }
        places[place] = TextPlace(node.mark)
        if let text = VenueReader.text(node, key), let value = key.value(of: text) {
            values[place] = key.kind == .path ? .text(TextFile.resolve(text, from: file)) : value
        } else {
            report(TextPlace(node.mark), place, "found \(node.found), expected \(key.expectation)")
        }
    }

    /// A scalar's text; of names that may be several also a list's, joined.
    private static func text(_ node: Node, _ key: ConfigurationKey) -> String? {
        if let items = node.sequence, VenueSchema.lists.contains(key.name), key.kind == .text {
            let names = items.compactMap { $0.scalar?.string }
            return names.count == items.count ? names.joined(separator: " ") : nil
        }
        return node.isEmptyScalar ? nil : node.scalar?.string
    }

    private static func joined(_ prefix: String, _ name: String) -> String {
        prefix.isEmpty ? name : prefix + "." + name
    }

    // MARK: Reporting

    /// A variable that looks like a key but is none would silently do nothing.
    private mutating func checkVariables() {
        for name in environment.keys.sorted() where !usedVariables.contains(name) {
            let nearest = NearestName.of(name, among: usedVariables.sorted())
            errors.append(
                ConfigurationError(file: file, variable: name, message: "overrides no key", suggestion: nearest)
            )
        }
    }

    private mutating func report(_ place: TextPlace, _ key: String, _ message: String, suggestion: String? = nil) {
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
}
