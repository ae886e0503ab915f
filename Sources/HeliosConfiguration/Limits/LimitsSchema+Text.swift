// SPDX-License-Identifier: MIT
import HeliosRisk

/// What is made from the list of a limits file's keys: JSON Schema, explanations, the tables of the documentation.
extension LimitsSchema {
    // MARK: JSON Schema

    /// The JSON Schema (draft 2020-12) of a limits file, for editors and checkers.
    public static func json() -> String {
        let members: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Helios limits")),
            ("description", .string("What a firm, its accounts, traders and strategies may do.")),
            ("$ref", .string("#/$defs/file")),
            ("$defs", definitions),
        ]
        return JSONText.members(members).rendered() + "\n"
    }

    /// The schema of limits inside another file.
    static var reference: JSONText {
        .members([
            ("description", .string("The firm's limits, in place of the section risk.")),
            ("$ref", .string("#/$defs/file")),
        ])
    }

    /// All shapes, by name.
    static var definitions: JSONText { .members(shapes.map { ($0.name, definition($0)) }) }

    private static func definition(_ shape: LimitsShape) -> JSONText {
        let properties = shape.members.map { ($0.name, form($0)) }
        let required = shape.members.filter { member in
            if case .value(let key) = member.form {
                key.isRequired
            } else {
                shape.name == "file" && member.name == "firm"
            }
        }
        var members: [(String, JSONText)] = [("type", types("object")), ("properties", .members(properties))]
        if !required.isEmpty { members.append(("required", .array(required.map { .string($0.name) }))) }
        if let others = shape.others {
            members.append(("propertyNames", names(others.form, beside: shape.members.map(\.name))))
            members.append(("additionalProperties", pointer(others.shape)))
        } else {
            members.append(("additionalProperties", .boolean(false)))
        }
        return .members(members)
    }

    private static func form(_ member: LimitsShape.Member) -> JSONText {
        let description = ("description", JSONText.string(member.documentation))
        switch member.form {
        case .value(let key): return scalar(key)
        case .values(let key):
            let one = scalar(key)
            let many = JSONText.members([("type", .string("array")), ("items", one)])
            return .members([description, ("anyOf", .array([one, many]))])
        case .limit(let kind): return limit(kind)
        case .group(let name): return .members([description, ("$ref", .string("#/$defs/\(name)"))])
        case .named(let form, let name):
            return .members([
                description, ("type", types("object")), ("propertyNames", names(form, beside: [])),
                ("additionalProperties", pointer(name)),
            ])
        case .list(let name, let short):
            var items = pointer(name)
            if let short, case .value(let key)? = shape(name)[short]?.form {
                items = .members([("anyOf", .array([scalar(key), items]))])
            }
            return .members([description, ("type", types("array")), ("items", items)])
        }
    }

    /// An empty place is an empty group in YAML.
    private static func types(_ name: String) -> JSONText { .array([.string(name), .string("null")]) }

    private static func pointer(_ name: String) -> JSONText { .members([("$ref", .string("#/$defs/\(name)"))]) }

    private static func names(_ form: LimitsShape.NameForm, beside members: [String]) -> JSONText {
        let pattern = JSONText.members([("pattern", .string(form.pattern))])
        guard !members.isEmpty else { return pattern }
        let known = JSONText.members([("enum", .array(members.map(JSONText.string)))])
        return .members([("anyOf", .array([known, pattern]))])
    }

    private static func limit(_ kind: LimitKind) -> JSONText {
        let hard = scalar(valueKey(kind, "hard"))
        var soft = scalar(valueKey(kind, "soft"))
        if kind.measure != .basisPoints {
            let share = key("soft", .share, from: "0%", to: "100%", "A share of the hard limit.")
            soft = .members([("anyOf", .array([soft, scalar(share)]))])
        }
        var properties = [("hard", hard), ("soft", soft)]
        if kind.isWindowed { properties.append(("window", scalar(windowKey))) }
        let parts = JSONText.members([
            ("type", .string("object")), ("properties", .members(properties)), ("required", .array([.string("hard")])),
            ("additionalProperties", .boolean(false)),
        ])
        return .members([("description", .string(documentation(kind))), ("anyOf", .array([hard, parts]))])
    }

    /// Texts that are written as numbers are numbers in YAML.
    private static func scalar(_ key: ConfigurationKey) -> JSONText {
        guard case .text = key.kind else { return ConfigurationSchema.schema(key) }
        var members: [(String, JSONText)] = [
            ("description", .string(key.documentation)),
            ("type", .array([.string("string"), .string("number")])),
        ]
        if let text = key.defaultText { members.append(("default", .string(text))) }
        return .members(members)
    }

    // MARK: Explanations

    /// What a person should know about a key: with its path (`firm.limits.credit`, `strategies.pairs.under`), or its last part
    /// where only one key has it.
    ///
    /// - Returns: Nil for an unknown key; `nearest(to:)` may know what was meant.
    public static func explain(_ key: String) -> String? {
        let path = ConfigurationSchema.withoutPositions(key)
        let parts = path.split(separator: ".").map { String($0.hasSuffix("[]") ? $0.dropLast(2) : $0) }
        if let member = find(parts[...], in: shape("file")) ?? unique(parts.last ?? "") { return explanation(member) }
        guard let shape = shapes.first(where: { $0.path == path || $0.name == path }) else { return nil }
        return explanation(shape)
    }

    /// The key nearest to one that doesn't exist; nil when none is near.
    public static func nearest(to key: String) -> String? {
        let last = key.split(separator: ".").last.map(String.init) ?? ""
        return NearestName.of(last, among: shapes.flatMap { $0.members.map(\.name) })
    }

    private static func find(_ parts: ArraySlice<String>, in shape: LimitsShape) -> LimitsShape.Member? {
        guard let first = parts.first else { return nil }
        let rest = parts.dropFirst()
        guard let member = shape[first] else {
            return shape.others.flatMap { find(rest, in: LimitsSchema.shape($0.shape)) }
        }
        if rest.isEmpty { return member }
        switch member.form {
        case .group(let name), .list(let name, _): return find(rest, in: LimitsSchema.shape(name))
        case .named(_, let name): return find(rest.dropFirst(), in: LimitsSchema.shape(name))
        default: return nil
        }
    }

    /// The limit of a name, or the member that alone has it; of a name with one meaning at several places the first.
    private static func unique(_ name: String) -> LimitsShape.Member? {
        if let limit = shape("limits")[name] { return limit }
        let found = shapes.flatMap { $0.members.filter { $0.name == name } }
        return Set(found.map(\.documentation)).count == 1 ? found.first : nil
    }

    private static func explanation(_ member: LimitsShape.Member) -> String {
        switch member.form {
        case .value(let key): return ConfigurationSchema.explanation(key, hasVariable: false)
        case .values(let key):
            return ConfigurationSchema.explanation(key, hasVariable: false)
                + "  Form      one value, or a list of them\n"
        case .limit(let kind): return explanation(kind)
        case .group(let name), .named(_, let name), .list(let name, _):
            return "\(member.name)\n  \(member.documentation)\n\n\(list(of: shape(name)))"
        }
    }

    private static func explanation(_ shape: LimitsShape) -> String {
        "\(shape.path.isEmpty ? "a limits file" : shape.path)\n  \(shape.documentation)\n\n\(list(of: shape))"
    }

    private static func list(of shape: LimitsShape) -> String {
        var text = "Keys:\n"
        for member in shape.members { text += "  \(member.name): \(member.documentation)\n" }
        if let others = shape.others { text += "  \(others.form.expectation): \(others.documentation)\n" }
        return text
    }

    private static func explanation(_ kind: LimitKind) -> String {
        var lines = ["\(kind)", "  \(documentation(kind))", ""]
        lines.append("  Value     \(form(kind).expectation)")
        lines.append("  Default   \(standardText(kind))")
        lines.append("  Where     limits, eachInstrument, instruments, venues or assetClasses of any scope")
        let window = kind.isWindowed ? ", window: \(LimitsText.length(kind.standardWindow))" : ""
        lines.append("  Form      \(kind): VALUE, or \(kind): { hard: VALUE, soft: VALUE\(window) }")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What holds where nobody sets a kind.
    static func standardText(_ kind: LimitKind) -> String {
        if let value = kind.standardValue {
            let window = kind.isWindowed ? " in \(LimitsText.length(kind.standardWindow))" : ""
            return "\(LimitsText.value(value, kind))\(window) at the firm"
        }
        if LimitKind.homedAtInstruments.contains(kind) {
            return "none: without it every order in the instrument is refused"
        }
        if LimitKind.homedAtScopes.contains(kind) { return "none: without it every order is refused" }
        return "none: bounds where it is set"
    }

    /// Every key with its path, for lists.
    public static let keys: [ConfigurationKey] = shapes.flatMap { shape in
        shape.members.compactMap { member -> ConfigurationKey? in
            let path = LimitsReader.joined(shape.path, member.name)
            switch member.form {
            case .value(let key), .values(let key):
                return ConfigurationKey(
                    path,
                    key.kind,
                    default: key.defaultText,
                    isRequired: key.isRequired,
                    from: key.minimumText,
                    to: key.maximumText,
                    example: key.example,
                    key.documentation
                )
            case .limit(let kind):
                let value = kind.standardValue.map { LimitsText.value($0, kind) }
                return ConfigurationKey(path, form(kind), default: value, documentation(kind))
            default: return nil
            }
        }
    }

    // MARK: Documentation

    /// The tables of `docs/limits.md`.
    public static func table() -> String {
        var text = ""
        for shape in shapes {
            text += "\n### \(shape.path.isEmpty ? "The file" : "`\(shape.path)`")\n\n\(shape.documentation)\n\n"
            text += "| key | value | default | meaning |\n|---|---|---|---|\n"
            for member in shape.members { text += row(member) }
            guard let others = shape.others else { continue }
            text += "| any other | \(others.form.expectation), with the keys below | | \(others.documentation) |\n"
        }
        return text
    }

    private static func row(_ member: LimitsShape.Member) -> String {
        let cells: [String] =
            switch member.form {
            case .value(let key): [key.expectation, fallback(key)]
            case .values(let key): ["\(key.expectation), or a list", fallback(key)]
            case .limit(let kind): [form(kind).expectation, standardText(kind)]
            case .group(let name): ["keys as in `\(shape(name).path)`", ""]
            case .named(let form, let name): ["\(form.expectation), with keys as in `\(shape(name).path)`", ""]
            case .list(let name, _): ["a list, keys as in `\(shape(name).path)`", ""]
            }
        return "| `\(member.name)` | \(cells.joined(separator: " | ")) | \(member.documentation) |\n"
    }

    private static func fallback(_ key: ConfigurationKey) -> String {
        key.defaultText.map { "`\($0)`" } ?? (key.isRequired ? "required" : "not set")
    }
}
