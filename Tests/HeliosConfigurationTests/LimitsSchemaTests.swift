// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosRisk
import Testing

@Suite("Limits files: schema, explanations and tables come from the keys")
struct LimitsSchemaTests {
    @Test(arguments: [LimitsSchema.json(), ConfigurationSchema.json()])
    func `the schema is JSON, and every reference in it leads somewhere`(_ text: String) throws {
        let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: any Sendable])
        let definitions = try #require(root["$defs"] as? [String: any Sendable])
        for part in text.components(separatedBy: "\"#/$defs/").dropFirst() {
            let name = String(part.prefix { $0 != "\"" })
            #expect(definitions[name] != nil, "\(name)")
        }
        let limits = try #require(definitions["limits"] as? [String: any Sendable])
        let properties = try #require(limits["properties"] as? [String: any Sendable])
        #expect(Set(properties.keys) == Set(LimitKind.allCases.map { "\($0)" }))
    }

    @Test func `every key is explained, and its default and example are values of it`() throws {
        #expect(Set(LimitsSchema.keys.map(\.path)).count == LimitsSchema.keys.count)
        for key in LimitsSchema.keys {
            let path = key.path.replacing("SCOPE", with: "firm").replacing("[]", with: "[0]")
            #expect(LimitsSchema.explain(path)?.contains(key.documentation) == true, "\(path)")
            if let value = key.defaultText { #expect(key.kind.parse(value) != nil, "\(path)") }
            if !key.example.hasPrefix("["), !key.example.isEmpty {
                #expect(key.kind.parse(key.example) != nil, "\(path)")
            }
            #expect(!(LimitsSchema.explain(path) ?? "").contains("HELIOS_"), "no variable overrides a limit")
        }
        for kind in LimitKind.allCases { #expect(LimitsSchema.explain("\(kind)")?.contains(kind.control.name) == true) }
        #expect(LimitsSchema.explain("accounts.MAIN.instruments.AAPL.position")?.hasPrefix("position\n") == true)
        #expect(LimitsSchema.explain("firm.limits.credti") == nil)
        #expect(LimitsSchema.nearest(to: "firm.limits.credti") == "credit")
    }

    @Test func `docs have the generated tables`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/limits.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["HELIOS_REGENERATE"] != nil,
            let start = page.range(of: "\n### The file")
        {
            try Data((page[..<start.lowerBound] + LimitsSchema.table()).utf8).write(to: file)
        }
        let example = root.appendingPathComponent("Examples/limits.yaml")
        #expect(page.contains(try String(contentsOf: example, encoding: .utf8)), "docs/limits.md has another example")
        #expect(try LimitsConfiguration.load(path: example.path).notices == [])
        #expect(page.contains(LimitsSchema.table()), "docs/limits.md has other tables of keys than the schema")
    }
}
