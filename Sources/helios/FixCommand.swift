// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosFIX
import HeliosSchema

/// `helios fix`: FIX messages and sessions.
struct FixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fix",
        abstract: "Read FIX messages.",
        usage: """
            helios fix decode session.log
            helios fix decode session.log --errors
            """,
        subcommands: [FixDecodeCommand.self]
    )
}

/// `helios fix decode`: the messages of a log in words, and what is wrong with them.
struct FixDecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Show the messages of a FIX log in words, and what is wrong with them.",
        usage: """
            helios fix decode session.log
            helios fix decode session.log --errors
            helios fix decode session.log --only D 8 9 --dictionary FIX44.xml
            """,
        discussion: """
            Messages may stand one after another or a line each, behind a time or not, with the standard's separator, '|' or \
            '^A'. Of each, CheckSum, BodyLength, the order of fields, required fields, formats and enumerations are checked, \
            and MsgSeqNum in each direction of each session. At the end is a summary by type, by fault and by session.

            The dictionary is the built-in one of each message's version (4.2, 4.4, 5.0, 5.0 SP2), or a file: QuickFIX's XML, \
            or the text form of docs/fix-dictionary.md. Passwords are not shown.

            With --errors only messages with a fault are shown, and the exit code is 1 when there are any.
            """
    )

    @Argument(help: "The log; '-' for standard input.", completion: .file())
    var file: String

    @Option(help: "A dictionary instead of the built-in ones: XML or text.", completion: .file())
    var dictionary: String?

    @Option(
        help: "With --dictionary in XML of 5.0 or later: the session's XML. (default: FIXT.1.1)",
        completion: .file()
    )
    var session: String?

    @Option(parsing: .upToNextOption, help: "Show only messages of these types.")
    var only: [String] = []

    @Flag(help: "Show only messages with a fault.")
    var errors = false

    @Flag(help: "Take what QuickFIX takes: local dates and optional groups are looked at less closely.")
    var lenient = false

    @Flag(help: "Take fields from 5000 on, which users define.")
    var userFields = false

    @Flag(help: "Print JSON, one object a message, the summary last.")
    var json = false

    func validate() throws {
        if session != nil, dictionary == nil { throw ValidationError("--session belongs to --dictionary") }
        if let wrong = only.first(where: { FixMsgType($0) == nil }) {
            throw ValidationError("--only: found '\(wrong)', expected a MsgType such as D or 8")
        }
    }

    func run() throws {
        var options: FixCheckOptions = lenient ? .asQuickFix : .default
        if userFields { options.remove(.userFields) }
        let given = try dictionary.map { try FixDictionaryFile.load($0, session: session) }
        let input: FileHandle
        if file == "-" {
            input = .standardInput
        } else {
            try requireFile(file)
            guard let handle = FileHandle(forReadingAtPath: file) else { throw Failure.system(file) }
            input = handle
        }
        var audit = FixLogAudit(given, options: options)
        var faults = 0
        try read(input) { entry in
            var isShown = false
            let found = try audit.take(entry) { message, dictionary, found in
                isShown = true
                try show(entry, message, dictionary, found)
            }
            if !found.isEmpty { faults += 1 }
            if !isShown, !found.isEmpty { try showGarbled(entry, found) }
        }
        try FixDecodeSummary(audit, faults: faults).show(asJSON: json)
        if errors, faults > 0 { throw ExitCode(Outcome.no.rawValue) }
    }

    /// The log's messages one by one, with no more of it in memory than that.
    private func read(_ input: FileHandle, _ body: (FixLogEntry) throws -> Void) throws {
        var reader = FixLogReader()
        while let chunk = try input.read(upToCount: 1 << 18), !chunk.isEmpty {
            reader.append(chunk)
            while let entry = reader.next() { try body(entry) }
        }
        reader.finish()
        while let entry = reader.next() { try body(entry) }
    }

    private func show(
        _ entry: FixLogEntry,
        _ message: FixMessage,
        _ dictionary: FixDictionary,
        _ found: [FixLogProblem]
    ) throws {
        if errors, found.isEmpty { return }
        let type = message.type.description
        if !only.isEmpty, !only.contains(type) { return }
        let describer = FixDescriber(dictionary)
        let name = dictionary.name(of: message.type)
        if json {
            let line = FixDecodedMessage(
                line: entry.line,
                before: entry.prefix.isEmpty ? nil : entry.prefix,
                type: type,
                name: name,
                problems: found.map(\.description),
                fields: describer.lines(message)
            )
            return try Console.show(line: line)
        }
        let sender = message[.senderCompID]?.text ?? "?"
        let target = message[.targetCompID]?.text ?? "?"
        let number = message[.msgSeqNum]?.text ?? "?"
        let title = "\(name ?? "?") (\(type)) \(sender) to \(target) number \(number)".printable
        Console.show(Console.toned(title, .strong) + "  line \(entry.line)  \(entry.prefix.printable)")
        for problem in found { Console.show(Console.toned("  \(problem)".printable, .bad)) }
        Console.write(describer.text(message))
    }

    private func showGarbled(_ entry: FixLogEntry, _ found: [FixLogProblem]) throws {
        guard only.isEmpty else { return }
        let problems = found.map(\.description)
        if json {
            return try Console.show(
                line: FixDecodedMessage(
                    line: entry.line,
                    before: entry.prefix.isEmpty ? nil : entry.prefix,
                    problems: problems,
                    fields: []
                )
            )
        }
        let text = String(decoding: entry.bytes.prefix(200).map { $0 == 1 ? UInt8(ascii: "|") : $0 }, as: UTF8.self)
        Console.show(Console.toned("no message", .strong) + "  line \(entry.line)  \(entry.prefix.printable)")
        for problem in problems { Console.show(Console.toned("  \(problem)".printable, .bad)) }
        Console.show("    \(text.printable)")
    }
}
