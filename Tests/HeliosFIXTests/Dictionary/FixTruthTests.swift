// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import Testing

/// The tables that the built-in dictionaries are made from, when they are there.
enum FixTruth {
    static let folder: URL? = {
        let tests = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        let package = tests.deletingLastPathComponent().appendingPathComponent("../../..").standardized
        let shared =
            ProcessInfo.processInfo.environment["HELIOS_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? package.appendingPathComponent("../shared")
        let folder = shared.appendingPathComponent("specs/fix").standardized
        return FileManager.default.fileExists(atPath: folder.appendingPathComponent("fields.tsv").path) ? folder : nil
    }()

    /// The rows of a table, each cut into its columns, that begin with one of `versions`.
    static func rows(_ name: String, _ versions: [String]) throws -> [[String]] {
        let text = try String(contentsOf: #require(folder).appendingPathComponent(name), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }.filter { versions.contains($0[0]) }
    }
}

@Suite(
    "The built-in dictionaries say what the tables say",
    .enabled(if: FixTruth.folder != nil, "no ../shared/specs/fix")
)
struct FixTruthTests {
    /// The versions whose rows make up a dictionary, the one that counts first.
    private static func versions(_ builtin: FixBuiltin) -> [String] {
        switch builtin {
        case .fix42, .fix44: [builtin.rawValue]
        case .fix50, .fix50sp2: ["FIXT.1.1", builtin.rawValue]
        }
    }

    @Test("every field has its name and type", arguments: FixBuiltin.allCases)
    func fields(_ builtin: FixBuiltin) throws {
        let specification = FixDictionary.builtin(builtin).specification
        var expected: [UInt32: String] = [:]
        for version in Self.versions(builtin) {
            for row in try FixTruth.rows("fields.tsv", [version]) {
                let tag = try #require(UInt32(row[1]))
                if expected[tag] == nil { expected[tag] = "\(row[2]) \(row[3])" }
            }
        }
        var found: [UInt32: String] = [:]
        for field in specification.fields { found[field.tag.rawValue] = "\(field.name) \(field.type.rawValue)" }
        #expect(found.count > 300)
        #expect(found == expected)
        #expect(!specification.fields.contains { $0.type == .other })
    }

    @Test("every enumeration has its values and what they mean", arguments: FixBuiltin.allCases)
    func values(_ builtin: FixBuiltin) throws {
        let dictionary = FixDictionary.builtin(builtin)
        var expected: [String: String] = [:]
        for version in Self.versions(builtin) {
            for row in try FixTruth.rows("enums.tsv", [version]) where expected["\(row[1])=\(row[3])"] == nil {
                expected["\(row[1])=\(row[3])"] = row[4]
            }
        }
        var found: [String: String] = [:]
        for field in dictionary.specification.fields {
            for value in field.values { found["\(field.tag)=\(value.text)"] = value.label }
        }
        #expect(found.count > 500)
        #expect(found == expected)
    }

    /// Members as lines `container kind tag name required`, in their order, as the table has them.
    private func lines(
        _ members: [FixSpecification.Member],
        _ container: String,
        _ dictionary: FixDictionary
    ) -> [String] {
        var result: [String] = []
        for member in members {
            switch member {
            case .field(let tag, let isRequired):
                result.append("\(container) F \(tag) \(dictionary.name(of: tag) ?? "?") \(isRequired ? "Y" : "N")")
            case .component(let name, let isRequired):
                result.append("\(container) C  \(name) \(isRequired ? "Y" : "N")")
            case .group(let tag, let isRequired, let members):
                let name = dictionary.name(of: tag) ?? "?"
                result.append("\(container) G \(tag) \(name) \(isRequired ? "Y" : "N")")
                result += lines(members, "\(container)/\(name)", dictionary)
            }
        }
        return result
    }

    @Test("messages, components, groups, header and trailer have their members", arguments: FixBuiltin.allCases)
    func members(_ builtin: FixBuiltin) throws {
        let dictionary = FixDictionary.builtin(builtin)
        let specification = dictionary.specification
        var found: [String] = []
        found += lines(specification.header, "H:Header", dictionary)
        found += lines(specification.trailer, "T:Trailer", dictionary)
        for component in specification.components {
            found += lines(component.members, "C:\(component.name)", dictionary)
        }
        for message in specification.messages {
            found += lines(message.members, "M:\(message.type):\(message.name)", dictionary)
        }
        let rows = try FixTruth.rows("messages.tsv", Self.versions(builtin))
        let expected = rows.map { "\($0[1]) \($0[3]) \($0[4]) \($0[5]) \($0[6])" }
        #expect(expected.count > 1_000)
        #expect(found.sorted() == expected.sorted())
        // The order within each container.
        let byContainer = { (lines: [String]) in Dictionary(grouping: lines) { $0.prefix { $0 != " " } } }
        let (a, b) = (byContainer(found), byContainer(expected))
        for (container, lines) in b { #expect(a[container] == lines, "\(container)") }
    }
}
