// SPDX-License-Identifier: MIT
import HeliosStrategy

extension ConfigurationSchema {
    /// The JSON Schema (draft 2020-12) of a configuration, for editors and checkers.
    public static func json() -> String {
        let members: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Helios run")),
            ("description", .string("What a run reads, assumes, trades and writes.")),
        ]
        // Without data the market is generated for several venues, or live.
        let floor = JSONText.members([
            ("required", .array([.string("simulation")])),
            ("properties", .members([("simulation", requiring(["venues"]))])),
        ])
        let market = ("anyOf", JSONText.array([requiring(["data"]), floor, requiring(["live"])]))
        let actors = JSONText.array([requiring(["strategies"]), requiring(["orders"])])
        let body = objectMembers(below: "") + [market, ("allOf", .array([.members([("anyOf", actors)])]))]
        return JSONText.members(members + body + [("$defs", LimitsSchema.definitions)]).rendered() + "\n"
    }

    /// `type`, `properties`, `required` and `additionalProperties` of the mapping at `prefix`.
    private static func objectMembers(below prefix: String, required: [String] = []) -> [(String, JSONText)] {
        let properties = names(below: prefix).map { name in
            (name, property(prefix.isEmpty ? name : prefix + "." + name))
        }
        return objectMembers(properties, required: required)
    }

    static func objectMembers(
        _ properties: [(String, JSONText)],
        required: [String]
    ) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = [("type", .string("object")), ("properties", .members(properties))]
        if !required.isEmpty { members.append(("required", .array(required.map(JSONText.string)))) }
        return members + [("additionalProperties", .boolean(false))]
    }

    private static func property(_ path: String) -> JSONText {
        if let key = settings.first(where: { $0.path == path }) { return schema(key) }
        if path == limitsName { return LimitsSchema.reference }
        let isList = sections.contains { $0.path == path + "[]" }
        let documentation = sections.first { $0.path == path || $0.path == path + "[]" }?.documentation ?? ""
        let description = ("description", JSONText.string(documentation))
        guard isList else { return .members([description] + objectMembers(below: path)) }
        let items: JSONText
        switch path {
        case "data": items = sourceSchema
        case "orders": items = orderSchema
        case floorName: items = listSchema(floorVenueKeys)
        case curveName: items = listSchema(curveKeys)
        case dealersName: items = listSchema(dealerKeys)
        case liveVenuesName: items = listSchema(liveVenueKeys)
        default: items = strategySchema
        }
        return .members([description, ("type", .string("array")), ("minItems", .integer(1)), ("items", items)])
    }

    private static var sourceSchema: JSONText {
        let required = dataKeys.filter(\.isRequired).map(\.name)
        let mapping = objectMembers(dataKeys.map { ($0.name, schema($0)) }, required: required)
        let path: JSONText = .members([("type", .string("string")), ("minLength", .integer(1))])
        return .members([("anyOf", .array([path, .members(mapping)]))])
    }

    private static var orderSchema: JSONText { listSchema(orderKeys) }

    private static func listSchema(_ keys: [ConfigurationKey]) -> JSONText {
        let required = keys.filter(\.isRequired).map(\.name)
        return .members(objectMembers(keys.map { ($0.name, schema($0)) }, required: required))
    }

    private static var strategySchema: JSONText {
        let shapes = StrategyCatalog.strategies.map { strategy in
            var properties: [(String, JSONText)] = [("name", .members([("const", .string(strategy.name))]))]
            var required = ["name"]
            var choices: [(String, JSONText)] = []
            for key in keys(of: strategy) {
                properties.append((key.name, schema(key)))
                if case .parameter(let kind) = key.kind, kind.isList {
                    guard key.isRequired else { continue }
                    choices = [("oneOf", .array([key.name, fileKey(key).name].map { requiring([$0]) }))]
                } else if key.isRequired {
                    required.append(key.name)
                }
            }
            let description = ("description", JSONText.string(strategy.summary))
            return JSONText.members([description] + objectMembers(properties, required: required) + choices)
        }
        return .members([("oneOf", .array(shapes))])
    }

    private static func requiring(_ names: [String]) -> JSONText {
        .members([("required", .array(names.map(JSONText.string)))])
    }

    /// The key beside a list that names a file of it.
    static func fileKey(_ key: ConfigurationKey) -> ConfigurationKey {
        let (example, form) =
            switch key.kind {
            case .parameter(.symbols): ("symbols.csv", "A CSV file of symbols with the header symbol")
            case .parameter(.weights): ("weights.csv", "A CSV file of weights with the header symbol,weight")
            case .parameter(.queries): ("signals.sql", "A file of queries")
            default: ("pairs.csv", "A CSV file of pairs with the header y,x")
            }
        return ConfigurationKey(key.path + "File", .path, example: example, "\(form), in place of \(key.name).")
    }

    /// Whether a key is a list, which may also stand in a file.
    static func isList(_ key: ConfigurationKey) -> Bool {
        if case .parameter(let kind) = key.kind { kind.isList } else { false }
    }

    static func schema(_ key: ConfigurationKey) -> JSONText {
        let range = key.rangeText.isEmpty ? "" : " Range: \(key.rangeText)."
        var members: [(String, JSONText)] = [("description", .string(key.documentation + range))]
        members += form(key)
        if let text = key.defaultText { members.append(("default", value(text, key.kind))) }
        if !isList(key), key.defaultText == nil, !key.example.isEmpty {
            members.append(("examples", .array([value(key.example, key.kind)])))
        }
        return .members(members)
    }

    private static func value(_ text: String, _ kind: ConfigurationKind) -> JSONText {
        switch kind.parse(text) {
        case .boolean(let value): .boolean(value)
        case .parameter(.integer(let value)): .integer(value)
        default: .string(text)
        }
    }

    private static func form(_ key: ConfigurationKey) -> [(String, JSONText)] {
        func type(_ names: String..., pattern: String) -> [(String, JSONText)] {
            let type: JSONText = names.count == 1 ? .string(names[0]) : .array(names.map(JSONText.string))
            return [("type", type), ("pattern", .string(pattern))]
        }
        switch key.kind {
        case .text, .path: return [("type", .string("string")), ("minLength", .integer(1))]
        case .endpoints: return type("string", pattern: "^ *[^ :,]+:[1-9][0-9]{0,4} *(, *[^ :,]+:[1-9][0-9]{0,4} *)*$")
        case .processors: return type("integer", "string", pattern: "^ *[0-9]+ *(, *[0-9]+ *)*$")
        case .weekdays:
            let days = "[A-Za-z]{3} *(- *[A-Za-z]{3} *)?"
            return type("string", pattern: "^ *\(days)(, *\(days))*$")
        case .boolean: return [("type", .string("boolean"))]
        case .date: return type("string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
        case .share: return type("string", pattern: "^[+-]?[0-9][0-9_]*(\\.[0-9]+)? *(%|bps?)$")
        case .latency:
            let length = "[0-9]+(\\.[0-9]+)? *(ns|us|µs|ms|s|min|h|d)"
            return type(
                "string",
                pattern: "^\(length)$|^lognormal\\( *\(length) *, *\(length) *\\)$|^empirical\\(.+\\)$"
            )
        case .feeRules:
            return type(
                "string",
                pattern: "^ *([0-9]+ *@ *)?[0-9][0-9_.]* *:[^,:/]+/[^,:/]+(,[^,:/]+:[^,:/]+/[^,:/]+)*$"
            )
        case .darkShape:
            return type("string", pattern: "^ *(fixed|uniform|exponential|power) *\\([0-9]+ *(, *[0-9.]+ *)?\\) *$")
        case .outages:
            let time = "([01][0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?"
            return type("string", pattern: "^ *\(time) *- *\(time) *(, *\(time) *- *\(time) *)*$")
        case .parameter(.duration):
            return type("string", pattern: "^[0-9]+(\\.[0-9]+)? *(ns|us|µs|ms|s|min|h|d)$")
        case .parameter(.integer):
            return type("integer", "string", pattern: "^-?[0-9]([0-9_]*[0-9])?$") + bounds(key)
        case .parameter(.number):
            return type("number", "string", pattern: "^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$")
                + bounds(key)
        case .parameter(.quantity), .parameter(.price), .parameter(.money):
            return type("number", "string", pattern: "^-?[0-9]([0-9_]*[0-9])?(\\.[0-9]([0-9_]*[0-9])?)?$") + bounds(key)
        case .parameter(.timeOfDay):
            return type("string", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$|^24:00(:00)?$")
        case .parameter(.choice(let words)): return [("enum", .array(words.map(JSONText.string)))]
        case .parameter(.symbol): return type("string", pattern: "^[!-~]{1,8}$")
        case .parameter(.pairs): return pairsForm
        case .parameter(.symbols), .parameter(.weights), .parameter(.queries): return listForm(key.kind)
        }
    }

    /// The bounds of numbers; those of texts are in the description and with the decoder.
    private static func bounds(_ key: ConfigurationKey) -> [(String, JSONText)] {
        let named = [("minimum", key.minimumText), ("maximum", key.maximumText)]
        return named.compactMap { name, text in text.map { (name, JSONText.decimal($0)) } }
    }

    /// A text, or a list of texts; weights also as a mapping.
    private static func listForm(_ kind: ConfigurationKind) -> [(String, JSONText)] {
        let text = JSONText.members([("type", .string("string"))])
        let item =
            kind == .parameter(.symbols)
            ? JSONText.members(form(ConfigurationKey("symbol", .parameter(.symbol), ""))) : text
        let list = JSONText.members([("type", .string("array")), ("minItems", .integer(1)), ("items", item)])
        let number = JSONText.members([("type", .array([.string("number"), .string("string")]))])
        let mapping = JSONText.members([
            ("type", .string("object")), ("minProperties", .integer(1)), ("additionalProperties", number),
        ])
        return [("anyOf", .array(kind == .parameter(.weights) ? [mapping, list, text] : [list, text]))]
    }

    private static var pairsForm: [(String, JSONText)] {
        let symbol = ConfigurationKind.parameter(.symbol)
        let leg = JSONText.members(form(ConfigurationKey("leg", symbol, "")))
        let text = JSONText.members([("type", .string("string")), ("pattern", .string("^[^~]{1,8}~[^~]{1,8}$"))])
        let pair = JSONText.members([
            ("type", .string("array")), ("items", leg), ("minItems", .integer(2)), ("maxItems", .integer(2)),
        ])
        let items = JSONText.members([("anyOf", .array([pair, text]))])
        let list = JSONText.members([("type", .string("array")), ("minItems", .integer(1)), ("items", items)])
        return [("anyOf", .array([list, .members([("type", .string("string"))])]))]
    }
}
