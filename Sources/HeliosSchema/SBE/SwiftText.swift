// SPDX-License-Identifier: MIT
import Foundation

/// Lines of Swift with their indentation.
struct SwiftText {
    private(set) var lines: [String] = []
    private var depth = 0
    let access: String
    let isInlinable: Bool

    init(isPublic: Bool) {
        access = isPublic ? "public " : ""
        isInlinable = isPublic
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func line(_ text: String = "") {
        lines.append(text.isEmpty ? "" : String(repeating: " ", count: depth * 4) + text)
    }

    /// `head {`, the content, `}`.
    mutating func braces(_ head: String, _ body: (inout SwiftText) -> Void) {
        line(head + " {")
        depth += 1
        body(&self)
        depth -= 1
        line("}")
    }

    mutating func blank() {
        if let last = lines.last, !last.isEmpty, !last.hasSuffix("{") { lines.append("") }
    }

    /// A summary of one sentence and, behind an empty line, what else there is to say.
    mutating func document(_ summary: String, _ more: String...) {
        line("/// " + sentence(summary))
        for text in more where !text.isEmpty {
            line("///")
            for part in wrapped(text) { line("/// " + part) }
        }
    }

    mutating func inlinable() { if isInlinable { line("@inlinable") } }

    /// A declaration that takes parameters, one a line when they don't fit into one.
    mutating func function(_ head: String, _ parameters: [String], _ tail: String, _ body: (inout SwiftText) -> Void) {
        let single = "\(access)\(head)(\(parameters.joined(separator: ", ")))\(tail)"
        if depth * 4 + single.count + 2 <= 118 { return braces(single, body) }
        line("\(access)\(head)(")
        depth += 1
        for (index, parameter) in parameters.enumerated() {
            line(parameter + (index + 1 < parameters.count ? "," : ""))
        }
        depth -= 1
        braces(")\(tail)", body)
    }

    /// A computed property of one expression.
    mutating func property(_ name: String, _ type: String, isStatic: Bool = false, _ expression: String) {
        inlinable()
        let head = "\(access)\(isStatic ? "static " : "")var \(name): \(type)"
        let single = "\(head) { \(expression) }"
        if depth * 4 + single.count <= 118 { return line(single) }
        braces(head) { $0.expression(expression) }
    }

    /// An expression behind `prefix`, its last call in a line of its own when it is long.
    mutating func expression(_ text: String, prefix: String = "") {
        let parts = text.components(separatedBy: ".map {")
        guard depth * 4 + prefix.count + text.count > 118, parts.count == 2 else { return line(prefix + text) }
        line(prefix + parts[0])
        line("    .map {" + parts[1])
    }

    /// One sentence that fits into a line and ends with a stop.
    private func sentence(_ text: String) -> String {
        let words = text.split { $0.isWhitespace }
        let limit = 110 - depth * 4
        var result = ""
        for word in words {
            guard result.count + word.count + 1 <= limit else {
                result += "…"
                break
            }
            // A stop within would begin a second sentence.
            let word = word.hasSuffix(".") && word != words.last ? word.dropLast() + ";" : word
            result += (result.isEmpty ? "" : " ") + word
        }
        if result.isEmpty { result = "As the schema has it" }
        result = result.prefix(1).uppercased() + result.dropFirst()
        return result.hasSuffix(".") || result.hasSuffix("…") ? result : result + "."
    }

    private func wrapped(_ text: String) -> [String] {
        var result: [String] = []
        for word in text.split(separator: " ") {
            if let last = result.last, last.count + word.count + 1 <= 110 - depth * 4 {
                result[result.count - 1] = last + " " + word
            } else {
                result.append(String(word))
            }
        }
        return result
    }
}
