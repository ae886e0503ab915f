// SPDX-License-Identifier: MIT
import Foundation

/// The two streams of the command line: results on standard output, everything else on standard error.
enum Console {
    /// Emphasis that a terminal shows.
    enum Tone: String {
        case strong = "1"
        case faint = "2"
        case bad = "31"
        case good = "32"
        case warning = "33"
    }

    static let isErrorTerminal = isatty(STDERR_FILENO) != 0
    private static let coloursOutput = coloured(STDOUT_FILENO)
    private static let coloursError = coloured(STDERR_FILENO)

    /// Colour only on a terminal, and not when `NO_COLOR` is set to anything (no-color.org).
    private static func coloured(_ descriptor: Int32) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(descriptor) != 0 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// `text` for standard output, emphasised where that shows.
    static func toned(_ text: String, _ tone: Tone) -> String {
        coloursOutput ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes a result.
    static func show(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Writes the one object of `--json`.
    static func show(json value: some Encodable) throws { show(try JSONText.of(value)) }

    static func complain(_ text: String) { label("error", .bad, text) }
    static func warn(_ text: String) { label("warning", .warning, text) }
    static func note(_ text: String) { writeError(text + "\n") }

    static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Writes what the other side takes; one that is gone ends nobody's work.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = ArraySlice(Array(text.utf8))
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func label(_ label: String, _ tone: Tone, _ text: String) {
        let shown = coloursError ? "\u{1B}[\(tone.rawValue)m\(label):\u{1B}[0m" : "\(label):"
        writeError("\(shown) \(text)\n")
    }
}

/// JSON as every verb writes it: keys in alphabetical order, indented.
enum JSONText {
    static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// A JSON value of any shape, to carry one document inside another.
indirect enum JSONValue: Codable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
