// SPDX-License-Identifier: MIT

/// One thing that is wrong with a configuration, and where.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file as it was named; empty for a text without one.
    public var file: String
    /// From 1; zero when the trouble is not at a place in the file.
    public var line: Int
    /// From 1, in Unicode scalars; zero when the trouble is not at a place in the file.
    public var column: Int
    /// Where in the configuration, such as `risk.collar.from50`; empty when it is the file as a whole.
    public var key: String
    /// The environment variable that gave the value; nil when the file did.
    public var variable: String?
    /// What was found and what was expected, in words.
    public var message: String
    /// The valid key nearest to one that isn't.
    public var suggestion: String?

    public init(
        file: String,
        line: Int = 0,
        column: Int = 0,
        key: String = "",
        variable: String? = nil,
        message: String,
        suggestion: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.variable = variable
        self.message = message
        self.suggestion = suggestion
    }

    /// `run.yaml:12:5: risk.tick: found "abc", expected a price`; a variable's name takes the place of the file's.
    public var description: String {
        var parts: [String] = []
        if let variable {
            parts.append("environment variable \(variable)")
        } else if line > 0 {
            parts.append("\(file.isEmpty ? "configuration" : file):\(line):\(column)")
        } else if !file.isEmpty {
            parts.append(file)
        }
        if !key.isEmpty { parts.append(key) }
        return parts.map { $0 + ": " }.joined() + message + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
    }
}

/// Everything that is wrong with a configuration, in the order of the file; what environment variables did comes last.
public struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    public var errors: [ConfigurationError]

    public init(_ errors: [ConfigurationError]) {
        let placed = errors.enumerated().sorted { a, b in
            let left = (a.element.variable == nil ? 0 : 1, a.element.line, a.element.column, a.offset)
            let right = (b.element.variable == nil ? 0 : 1, b.element.line, b.element.column, b.offset)
            return left < right
        }
        self.errors = placed.map(\.element)
    }

    /// One error a line.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
