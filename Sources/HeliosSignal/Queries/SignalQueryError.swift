// SPDX-License-Identifier: MIT

/// What is wrong with a query, and where.
public struct SignalQueryError: Error, Equatable, Sendable, CustomStringConvertible {
    public let message: String
    /// Line and column of the fault, from 1.
    public let line: Int
    public let column: Int
    /// The line it stands in, and how many characters of it are meant.
    public let text: String
    public let length: Int

    init(_ message: String, in query: String, from start: Int, length: Int) {
        let scalars = Array(query.unicodeScalars)
        let start = min(start, scalars.count)
        let before = scalars[..<start]
        let begin = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
        let end = scalars[start...].firstIndex(of: "\n") ?? scalars.count
        self.message = message
        line = before.count { $0 == "\n" } + 1
        column = start - begin + 1
        text = String(String.UnicodeScalarView(scalars[begin..<max(begin, end)]))
        self.length = max(1, min(length, end - start))
    }

    /// The message, the line, and a mark below what is meant.
    public var description: String {
        let number = "\(line)"
        let margin = String(repeating: " ", count: number.count)
        let mark = String(repeating: " ", count: column - 1) + String(repeating: "^", count: length)
        return "line \(line), column \(column): \(message)\n\(number) | \(text)\n\(margin) | \(mark)"
    }
}
