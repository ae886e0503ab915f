// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosConfiguration
import HeliosSchema

/// `helios sbe`: schemas of the Simple Binary Encoding.
struct SbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sbe",
        abstract: "Check a schema of the Simple Binary Encoding, make Swift of it, or read messages by it.",
        usage: """
            helios sbe check Schemas/mdp3.xml
            helios sbe describe Schemas/mdp3.xml --message IncrementalBook
            helios sbe generate Schemas/mdp3.xml --output Mdp3.swift --public
            helios sbe decode Schemas/mdp3.xml day.pcap
            """,
        subcommands: [
            SbeCheckCommand.self, SbeDescribeCommand.self, SbeGenerateCommand.self, SbeDecodeCommand.self,
        ]
    )

    /// The schema in `path`; what is wrong with it is bad input.
    static func model(_ path: String) throws -> SbeModel {
        try requireFile(path, .data)
        do {
            return try SbeModel(contentsOf: URL(fileURLWithPath: path))
        } catch let errors as SbeSchemaErrors {
            throw Failure(
                .data,
                errors.errors.map { "\(path):\($0)" }.joined(separator: "\n"),
                hint: "'helios sbe check' prints the same as an answer"
            )
        }
    }
}

/// `helios sbe check`: whether a schema is right.
struct SbeCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a schema and report every error at once.",
        usage: "helios sbe check Schemas/mdp3.xml",
        discussion: "Exit code 1 when the schema is wrong."
    )

    @Argument(help: "The schema.", completion: .file(extensions: ["xml"]))
    var schema: String

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Problem: Encodable {
        var code: String
        var element: String
        var attribute: String?
        var reason: String
        var line: Int
        var column: Int
    }

    private struct Answer: Encodable {
        var schema: String
        var isValid: Bool
        var id: Int?
        var version: Int?
        var messages: Int?
        var errors: [Problem]
    }

    func run() throws {
        try requireFile(schema, .data)
        do {
            let model = try SbeModel(contentsOf: URL(fileURLWithPath: schema))
            try show(model)
        } catch let errors as SbeSchemaErrors {
            try show(errors)
            throw ExitCode(Outcome.no.rawValue)
        }
    }

    private func show(_ model: SbeModel) throws {
        if json {
            return try Console.show(
                json: Answer(
                    schema: schema,
                    isValid: true,
                    id: model.id,
                    version: model.version,
                    messages: model.messages.count,
                    errors: []
                )
            )
        }
        Console.show(
            "\(schema): schema \(model.id), version \(model.version), \(model.messages.count) messages, no errors"
        )
    }

    private func show(_ errors: SbeSchemaErrors) throws {
        if json {
            let problems = errors.errors.map { error in
                Problem(
                    code: error.code.rawValue,
                    element: error.element,
                    attribute: error.attribute,
                    reason: error.reason,
                    line: error.line,
                    column: error.column
                )
            }
            return try Console.show(json: Answer(schema: schema, isValid: false, errors: problems))
        }
        for error in errors.errors { Console.show("\(schema):\(error)") }
    }
}

/// `helios sbe describe`: where each field lies.
struct SbeDescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show where each field of each message lies.",
        usage: "helios sbe describe Schemas/mdp3.xml --message IncrementalBook"
    )

    @Argument(help: "The schema.", completion: .file(extensions: ["xml"]))
    var schema: String

    @Option(help: "Only the message with this name or template id.")
    var message: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Answer: Encodable {
        struct Message: Encodable {
            var name: String
            var templateID: Int
            var blockLength: Int
            var rows: [SbeLayoutRow]
        }

        var schema: String
        var id: Int
        var version: Int
        var byteOrder: String
        var headerLength: Int
        var messages: [Message]
    }

    func run() throws {
        let model = try SbeCommand.model(schema)
        let messages = try chosen(model)
        if json { return try Console.show(json: answer(model, messages)) }
        let order = model.isBigEndian ? "big-endian" : "little-endian"
        Console.show("schema \(model.id), version \(model.version), \(order), header of \(model.header.size) bytes")
        for message in messages {
            Console.show("\n\(message.name), template \(message.id), block of \(message.block.length) bytes")
            var table = TextTable(
                [.left, .right, .right, .right, .left, .left],
                header: ["name", "id", "offset", "size", "type", ""]
            )
            for row in message.rows {
                let notes = [
                    row.kind == "field" ? "" : row.kind, row.isOptional ? "optional" : "",
                    row.sinceVersion > 0 ? "since \(row.sinceVersion)" : "",
                ]
                table.add(
                    row.name,
                    "\(row.id)",
                    row.offset.map { "\($0)" } ?? "",
                    "\(row.size)",
                    row.type,
                    notes.filter { !$0.isEmpty }.joined(separator: ", ")
                )
            }
            if !table.isEmpty { Console.show(table.text()) }
        }
    }

    private func chosen(_ model: SbeModel) throws -> [SbeMessageLayout] {
        guard let message else { return model.messages }
        let found = model.messages.filter { $0.name == message || "\($0.id)" == message }
        guard found.isEmpty else { return found }
        let hint = NearestName.of(message, among: model.messages.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
        throw Failure(.usage, "--message: the schema has no message '\(message)'\(hint)")
    }

    private func answer(_ model: SbeModel, _ messages: [SbeMessageLayout]) -> Answer {
        Answer(
            schema: schema,
            id: model.id,
            version: model.version,
            byteOrder: model.isBigEndian ? "bigEndian" : "littleEndian",
            headerLength: model.header.size,
            messages: messages.map {
                Answer.Message(name: $0.name, templateID: $0.id, blockLength: $0.block.length, rows: $0.rows)
            }
        )
    }
}

/// `helios sbe generate`: Swift that reads and writes a schema's messages.
struct SbeGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write Swift that reads and writes a schema's messages.",
        usage: "helios sbe generate Schemas/mdp3.xml --output Mdp3.swift --public"
    )

    @Argument(help: "The schema.", completion: .file(extensions: ["xml"]))
    var schema: String

    @Option(help: "The Swift file; '-' is standard output.", completion: .file(extensions: ["swift"]))
    var output: String

    @Option(help: "The enum that everything stands in. (default: made of the schema's package)")
    var name: String?

    @Flag(help: "Make the declarations public and inlinable.")
    var `public` = false

    @Flag(help: "Leave out the import of HeliosWire: for a file within that module.")
    var noImport = false

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Answer: Encodable {
        var schema: String
        var output: String
        var messages: Int
        var bytes: Int
    }

    func run() throws {
        if let name, name.first?.isLetter != true || !name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) {
            throw Failure(.usage, "--name: '\(name)' is no name of a type")
        }
        if json, output == "-" { throw Failure(.usage, "--json and --output - would mix two results") }
        let model = try SbeCommand.model(schema)
        let generator = SbeSwiftGenerator(model, name: name, isPublic: `public`, importsWire: !noImport)
        let text = generator.text()
        if output == "-" { return Console.write(text) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        if json {
            try Console.show(
                json: Answer(schema: schema, output: output, messages: model.messages.count, bytes: text.utf8.count)
            )
        } else {
            Console.show("\(output): \(model.messages.count) messages, \(text.utf8.count) bytes")
        }
    }
}
