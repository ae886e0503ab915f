// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosStrategy
import Testing

@Suite("Schema, explanations, example and reference come from the keys")
struct SchemaTests {
    /// The schema as a program reads it; the members of `path`, which goes through `properties`.
    private func members(_ path: String...) throws -> [String: any Sendable] {
        var node =
            try JSONSerialization.jsonObject(with: Data(ConfigurationSchema.json().utf8)) as? [String: any Sendable]
        for name in path {
            let properties = node?["properties"] as? [String: any Sendable]
            node = properties?[name] as? [String: any Sendable]
        }
        return try #require(node)
    }

    @Test("the schema is JSON of draft 2020-12 and closed at every level")
    func schemaIsClosed() throws {
        let root = try members()
        #expect(root["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        #expect(root["additionalProperties"] as? Bool == false)
        // Strategies, or orders in the name of one that does nothing.
        let actors = (root["allOf"] as? [[String: Any]])?.first?["anyOf"] as? [[String: [String]]]
        #expect(actors == [["required": ["strategies"]], ["required": ["orders"]]])
        // Data, several venues with a generated market, or a live one.
        #expect((root["anyOf"] as? [Any])?.count == 3)
        for path in ["session", "account", "latency", "fees", "risk", "output", "capacity"] {
            #expect(try members(path)["additionalProperties"] as? Bool == false, "\(path)")
        }
        #expect(try members("risk", "collar")["additionalProperties"] as? Bool == false)
        // Behind stand the limits, whose groups may hold names of the user's choice; a basket's weights are by symbols.
        let text = ConfigurationSchema.json().components(separatedBy: "\"$defs\"")[0]
        let objects = text.components(separatedBy: "\"type\": \"object\"").count
        #expect(objects == text.components(separatedBy: "\"additionalProperties\": false").count + 1)
    }

    @Test("the schema tells documentation, default, range and form")
    func schemaContent() throws {
        let instruments = try members("capacity", "instruments")
        #expect(instruments["default"] as? Int == 16_384)
        #expect(instruments["minimum"] as? Int == 1)
        #expect(instruments["maximum"] as? Int == 65_536)
        let notional = try members("risk", "orderNotionalMax")
        #expect(notional["default"] as? String == "500000")
        #expect((notional["description"] as? String)?.hasPrefix("P02: the largest order's value.") == true)
        #expect(try members("output", "report")["default"] as? Bool == true)
    }

    @Test("every key with a default takes its own default and example, and the schema's pattern agrees")
    func patternsAgree() throws {
        for key in ConfigurationSchema.settings where key.path.split(separator: ".").count < 3 {
            let schema =
                try key.path.split(separator: ".").count == 1
                ? members(key.path)
                : members(String(key.path.split(separator: ".")[0]), key.name)
            guard let pattern = schema["pattern"] as? String else { continue }
            let expression = try NSRegularExpression(pattern: pattern)
            for text in [
                "", "abc", "1", "-1", "0.5", "3%", "1e3", "5s", "5 s", "09:30", "24:00", "24:01", "_1", "1_0", "1.",
            ] {
                let isMatched = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
                // The schema's form is never narrower than the decoder's; ranges are checked apart.
                if key.kind.parse(text) != nil, !text.hasPrefix("-") { #expect(isMatched, "\(key.path) \(text)") }
                if isMatched { #expect(key.kind.parse(text) != nil, "\(key.path) \(text)") }
            }
            #expect(key.kind.parse(key.example) != nil, "\(key.path)")
        }
    }

    @Test("every key is explained, and found again by its path")
    func explainEveryKey() throws {
        #expect(ConfigurationSchema.keys.count > 60)
        #expect(Set(ConfigurationSchema.keys.map(\.path)).count == ConfigurationSchema.keys.count)
        for key in ConfigurationSchema.keys {
            let text = try #require(ConfigurationSchema.explain(key.path), "\(key.path)")
            #expect(text.hasPrefix(key.path + "\n"))
            #expect(text.contains(key.documentation))
            if let value = key.defaultText { #expect(text.contains("Default   \(value)\n")) }
        }
    }

    @Test("keys are explained as messages write them, groups too, and unknown ones lead to the nearest")
    func explainOthers() {
        #expect(ConfigurationSchema.explain("strategies[3].enterZ")?.hasPrefix("strategies.pairs.enterZ\n") == true)
        #expect(ConfigurationSchema.explain("enterZ")?.contains("HELIOS_STRATEGIES_#_ENTER_Z") == true)
        #expect(ConfigurationSchema.explain("data[0].file")?.contains("HELIOS_DATA_#_FILE") == true)
        #expect(ConfigurationSchema.explain("strategies.pairs.pairsFile")?.contains("y,x") == true)
        #expect(ConfigurationSchema.explain("risk.collar")?.contains("risk.collar.from50 (3%)") == true)
        #expect(ConfigurationSchema.explain("strategies")?.contains("strategies.queue-imbalance.symbol") == true)
        #expect(ConfigurationSchema.explain("strategies.pairs")?.contains("strategies.pairs.enterZ (2)") == true)
        #expect(ConfigurationSchema.explain("lot") == nil, "two keys have this name")
        #expect(ConfigurationSchema.explain("risk.colar") == nil)
        #expect(ConfigurationSchema.nearest(to: "risk.colar") == "risk.collar")
        #expect(ConfigurationSchema.nearest(to: "risk.orderNotionalMx") == "risk.orderNotionalMax")
        #expect(ConfigurationSchema.nearest(to: "entrZ") == "strategies.pairs.enterZ")
        #expect(ConfigurationSchema.nearest(to: "xyzzy") == nil)
    }

    @Test("the example is accepted and says the defaults")
    func example() throws {
        let example = ConfigurationSchema.example()
        let run = try parse(example)
        let plain = try parse(
            "title: Pairs on 30 December 2019\ndata: [12302019.NASDAQ_ITCH50.gz]\n"
                + "strategies: [{name: pairs, pairs: [KO~PEP, CVX~XOM]}]\n"
        )
        #expect(run.resolvedText == plain.resolvedText)
        // Several venues, dealers and volume curves have examples of their own.
        let others = [
            "live.", "simulation.agents.", "simulation.venues[].", "simulation.staleAfter", "simulation.dealer",
            "execution.curve[]",
        ]
        for key in ConfigurationSchema.keys where !others.contains(where: key.path.hasPrefix) {
            #expect(example.contains(key.name + ":") || key.path.hasPrefix("data[]"))
        }
    }

    @Test("docs/configuration.md is the generated reference")
    func reference() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/configuration.md")
        if ProcessInfo.processInfo.environment["HELIOS_REGENERATE"] != nil {
            try Data(ConfigurationSchema.reference().utf8).write(to: file)
        }
        let page = try String(contentsOf: file, encoding: .utf8)
        #expect(page == ConfigurationSchema.reference())
        for key in ConfigurationSchema.keys { #expect(page.contains("`\(key.path)`"), "\(key.path)") }
    }
}

@Suite("JSON text")
struct JSONTextTests {
    @Test("members keep their order and decimals their digits")
    func rendering() {
        let value = JSONText.members([
            ("z", .decimal("10.20")), ("a", .array([.integer(1), .null, .boolean(true)])), ("e", .array([])),
            ("n", .number(.infinity)), ("bad", .decimal("01")), ("q", .string("\"\\\n\u{1}é\u{2028}")),
        ])
        #expect(
            value.compact()
                == #"{"z":10.20,"a":[1,null,true],"e":[],"n":null,"bad":"01","q":"\"\\\n\u0001é\u2028"}"#
        )
        #expect(JSONText.members([("a", .array([.integer(1)]))]).rendered() == "{\n  \"a\": [\n    1\n  ]\n}")
    }

    @Test("any text survives a JSON reader", arguments: ["", "a/b", "\u{0}\u{7F}\u{FFFF}", "🦊 \t\r\n", "</script>"])
    func roundTrip(_ text: String) throws {
        let data = Data(JSONText.array([.string(text)]).rendered().utf8)
        #expect(try JSONSerialization.jsonObject(with: data) as? [String] == [text])
    }
}
