// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosSchema

/// A message as `helios fix decode --json` prints it.
struct FixDecodedMessage: Encodable {
    var line: Int
    /// What stands before it in its line.
    var before: String?
    var type: String?
    var name: String?
    var problems: [String]
    var fields: [FixDescriber.Line]
}

/// What a log holds in all.
struct FixDecodeSummary: Encodable {
    struct Direction: Encodable {
        var version: String
        var sender: String
        var target: String
        var count: FixLogCount
    }

    var messages: Int
    var withFaults: Int
    var types: [String: Int]
    var faults: [String: Int]
    var directions: [Direction]

    init(_ audit: borrowing FixLogAudit, faults count: Int) {
        messages = audit.messages
        withFaults = count
        types = audit.types
        faults = audit.problems
        directions = audit.directions.sorted { $0.key < $1.key }.map { key, value in
            Direction(version: key.version, sender: key.sender, target: key.target, count: value)
        }
    }

    func show(asJSON json: Bool) throws {
        if json { return try Console.show(line: ["summary": self]) }
        Console.show("\(messages) messages, \(withFaults) with faults")
        var table = TextTable([.left, .right], header: ["type", "messages"])
        for (type, count) in types.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            table.add(type, "\(count)")
        }
        if !table.isEmpty { Console.show(table.text()) }
        var kinds = TextTable([.left, .right], header: ["fault", "times"])
        for (kind, count) in faults.sorted(by: { $0.key < $1.key }) { kinds.add(kind, "\(count)") }
        if !kinds.isEmpty { Console.show(kinds.text()) }
        var sessions = TextTable(
            [.left, .left, .left, .right, .right, .right, .right, .right],
            header: ["version", "from", "to", "messages", "first", "last", "gaps", "repeated"]
        )
        for line in directions {
            let count = line.count
            sessions.add(
                line.version,
                line.sender,
                line.target,
                "\(count.messages)",
                "\(count.first)",
                "\(count.last)",
                "\(count.gaps)",
                "\(count.repeated)"
            )
        }
        if !sessions.isEmpty { Console.show(sessions.text()) }
    }
}

/// A dictionary from a file, whichever form it has.
enum FixDictionaryFile {
    static func load(_ path: String, session: String?) throws -> FixDictionary {
        try requireFile(path)
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        do {
            guard isXML(data) else { return try FixDictionary(text: String(decoding: data, as: UTF8.self)) }
            let base = try session.map { path in
                try requireFile(path)
                return try Data(contentsOf: URL(fileURLWithPath: path))
            }
            return try FixDictionary(xml: data, session: base)
        } catch let error as FixSpecificationError {
            let place = error.line > 0 ? ":" : ": "
            throw Failure(.usage, "\(path)\(place)\(error)")
        }
    }

    /// Whether the first character is one that only XML begins with.
    private static func isXML(_ data: Data) -> Bool {
        data.first { $0 > 0x20 && $0 < 0x80 } == UInt8(ascii: "<")
    }
}

extension Console {
    /// Writes one line of JSON.
    static func show(line value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        show(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

extension String {
    /// The text without characters that a terminal would act on.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F ~= $0.value) }))
    }
}
