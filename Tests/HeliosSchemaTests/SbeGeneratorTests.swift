// SPDX-License-Identifier: MIT
import Foundation
import HeliosSchema
import Testing

@Suite("SBE: the generator")
struct SbeGeneratorTests {
    @Test(
        "the files in the repository are what the generator writes (HELIOS_REGENERATE=1 writes them)",
        arguments: [
            ("mdp3", "Sources/HeliosWire/Mdp3/Generated/Mdp3.swift", true),
            ("examples/orders", "Tests/HeliosSchemaTests/Generated/Orders.swift", false),
            ("examples/garage", "Tests/HeliosSchemaTests/Generated/Garage.swift", false),
        ]
    )
    func sameAsCheckedIn(_ schema: String, _ path: String, _ isInModule: Bool) throws {
        let model = try Repository.model(schema)
        let text = SbeSwiftGenerator(model, isPublic: isInModule, importsWire: !isInModule).text()
        let file = Repository.file(path)
        if ProcessInfo.processInfo.environment["HELIOS_REGENERATE"] != nil {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test("no line of a generated file is longer than 120 characters")
    func width() throws {
        for schema in ["mdp3", "examples/orders", "examples/garage"] {
            let lines = SbeSwiftGenerator(try Repository.model(schema), isPublic: true).text().split(separator: "\n")
            #expect(lines.allSatisfy { $0.count <= 120 })
        }
    }

    @Test("the layout of MDP 3.0 is the published one")
    func layout() throws {
        let model = try Repository.model("mdp3")
        let blocks = Dictionary(uniqueKeysWithValues: model.messages.map { ($0.id, $0.block.length) })
        #expect(blocks == [4: 9, 12: 0, 15: 1, 16: 180, 30: 30, 37: 11, 46: 11, 47: 11, 48: 11, 52: 59, 53: 28])
        let groups = Dictionary(
            uniqueKeysWithValues: model.messages.map { message in
                (message.id, message.block.groups.map { [$0.block.length, $0.dimension.size] })
            }
        )
        #expect(groups[46] == [[32, 3], [24, 8]])
        #expect(groups[47] == [[40, 3]] && groups[48] == [[32, 3], [16, 8]])
        #expect(
            groups[52] == [[22, 3]] && groups[53] == [[29, 3]] && groups[37] == [[16, 3]] && groups[4] == [[2, 3]]
        )
    }
}
