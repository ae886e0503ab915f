// SPDX-License-Identifier: MIT

/// What is made from the list of a venue's keys: JSON Schema, explanations, the table of the documentation.
extension VenueSchema {
    // MARK: JSON Schema

    /// The JSON Schema (draft 2020-12) of a venues' configuration, for editors and checkers.
    public static func json() -> String {
        let members: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Helios venues")),
            ("description", .string("The simulated exchanges of one process.")),
        ]
        return JSONText.members(members + mapping(below: "")).rendered() + "\n"
    }

    private static func mapping(below prefix: String) -> [(String, JSONText)] {
        let names = names(below: prefix)
        let properties = names.map { ($0, property(prefix.isEmpty ? $0 : prefix + "." + $0)) }
        let required = names.filter { name in
            prefix.isEmpty || keys.contains { $0.path == prefix + "." + name && $0.isRequired }
        }
        return ConfigurationSchema.objectMembers(properties, required: required)
    }

    private static func property(_ path: String) -> JSONText {
        if let key = keys.first(where: { $0.path == path }) { return scalar(key) }
        let isList = isSection(path + "[]")
        let documentation = sections.first { $0.path == path || $0.path == path + "[]" }?.documentation ?? ""
        let description = ("description", JSONText.string(documentation))
        guard isList else { return .members([description] + mapping(below: path)) }
        var items = JSONText.members(mapping(below: path + "[]"))
        if let short = shorthands[path + "[]"], let key = keys.first(where: { $0.path == path + "[]." + short }) {
            items = .members([("anyOf", .array([scalar(key), items]))])
        }
        return .members([description, ("type", .string("array")), ("minItems", .integer(1)), ("items", items)])
    }

    /// Texts that are written as numbers are numbers in YAML, and a list of names is one.
    private static func scalar(_ key: ConfigurationKey) -> JSONText {
        guard case .text = key.kind else { return ConfigurationSchema.schema(key) }
        var types: [JSONText] = [.string("string"), .string("number")]
        if lists.contains(key.name) { types = [.string("string"), .string("array")] }
        var members: [(String, JSONText)] = [
            ("description", .string(key.documentation)), ("type", .array(types)),
        ]
        if let text = key.defaultText { members.append(("default", .string(text))) }
        return .members(members)
    }

    // MARK: Explanations

    /// What a person should know about `key`, or about a group of keys: with its full path, without `venues[].`, or its last part
    /// where only one key has it.
    ///
    /// - Returns: Nil for an unknown key; `nearest(to:)` may know what was meant.
    public static func explain(_ key: String) -> String? {
        let path = ConfigurationSchema.withoutPositions(key)
        let candidates = [path, "venues[]." + path]
        if let found = keys.first(where: { candidates.contains($0.path) }) {
            return ConfigurationSchema.explanation(found)
        }
        let section = sections.first { section in
            candidates.contains { $0 == section.path || $0 + "[]" == section.path }
        }
        if let section {
            let members = keys.filter { $0.path.hasPrefix(section.path + ".") }
            let list = members.map { "  \($0.path)\($0.defaultText.map { " (\($0))" } ?? "")\n" }.joined()
            return "\(section.path)\n  \(section.documentation)\n\nKeys, with their defaults:\n\(list)"
        }
        let named = keys.filter { $0.name == path }
        return named.count == 1 ? named.first.map { ConfigurationSchema.explanation($0) } : nil
    }

    /// The key nearest to one that doesn't exist; nil when none is near.
    public static func nearest(to key: String) -> String? {
        let path = ConfigurationSchema.withoutPositions(key)
        let short = keys.map { String($0.path.dropFirst("venues[].".count)) }
        return NearestName.of(path, among: keys.map(\.path)) ?? NearestName.of(path, among: short)
            ?? NearestName.of(path, among: keys.map(\.name))
    }

    // MARK: Documentation

    /// The table of keys in `docs/venue.md`.
    public static func table() -> String {
        var text = "| key | value | default | meaning |\n|---|---|---|---|\n"
        for key in keys {
            let fallback = key.defaultText.map { "`\($0)`" } ?? (key.isRequired ? "required" : "not set")
            let path = key.path.dropFirst("venues[].".count)
            text += "| `\(path)` | \(key.expectation) | \(fallback) | \(key.documentation) |\n"
        }
        return text
    }
}
