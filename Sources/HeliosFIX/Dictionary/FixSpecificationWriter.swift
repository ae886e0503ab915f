// SPDX-License-Identifier: MIT

extension FixSpecification {
    /// How the text form names fields.
    public enum Style: Sendable {
        case names
        /// Shorter, and what names stand for is looked up.
        case numbers
    }

    /// The text form: reading it gives the same dictionary again.
    public func text(_ style: Style = .names) -> String {
        var writer = FixSpecificationWriter(self, style)
        return writer.write()
    }
}

/// Writes the text form.
private struct FixSpecificationWriter {
    private let specification: FixSpecification
    private let style: FixSpecification.Style
    private var names: [FixTag: String] = [:]
    private var text = ""
    private static let width = 100

    init(_ specification: FixSpecification, _ style: FixSpecification.Style) {
        self.specification = specification
        self.style = style
        if style == .names { for field in specification.fields { names[field.tag] = field.name } }
    }

    mutating func write() -> String {
        let over = specification.session.map { " over \(word($0))" } ?? ""
        text = "dictionary \(word(specification.name))\(over)\n"
        for field in specification.fields { write(field) }
        write("header", specification.header)
        write("trailer", specification.trailer)
        for component in specification.components { write("component \(word(component.name))", component.members) }
        for message in specification.messages {
            write("message \(word(message.type.description)) \(word(message.name))", message.members)
        }
        return text
    }

    private mutating func write(_ field: FixSpecification.Field) {
        text += "field \(field.tag) \(word(field.name)) \(field.type.rawValue)\n"
        var line = ""
        for value in field.values {
            let pair = " \(word(value.text)) \(word(value.label))"
            if !line.isEmpty, line.utf8.count + pair.utf8.count > Self.width {
                text += line + "\n"
                line = ""
            }
            if line.isEmpty { line = "enum \(field.tag)" }
            line += pair
        }
        if !line.isEmpty { text += line + "\n" }
    }

    private mutating func write(_ title: String, _ members: [FixSpecification.Member]) {
        text += title + "\n"
        write(members, "  ")
        text += "end\n"
    }

    private mutating func write(_ members: [FixSpecification.Member], _ indent: String) {
        var line = ""
        func flush() {
            if !line.isEmpty { text += indent + line + "\n" }
            line = ""
        }
        for member in members {
            switch member {
            case .field(let tag, let isRequired):
                let word = name(tag, isRequired)
                if line.utf8.count + word.utf8.count > Self.width { flush() }
                line += line.isEmpty ? word : " " + word
            case .component(let name, let isRequired):
                flush()
                text += indent + "component " + word(isRequired ? name + "!" : name) + "\n"
            case .group(let tag, let isRequired, let members):
                flush()
                text += indent + "group " + name(tag, isRequired) + "\n"
                write(members, indent + "  ")
                text += indent + "end\n"
            }
        }
        flush()
    }

    private func name(_ tag: FixTag, _ isRequired: Bool) -> String {
        word((names[tag] ?? tag.description) + (isRequired ? "!" : ""))
    }

    /// A word as it is, or in quotes.
    private func word(_ word: String) -> String {
        let isPlain = !word.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
        if isPlain, !word.isEmpty, word.utf8.first != UInt8(ascii: "#") { return word }
        var quoted = "\""
        for scalar in word.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar)
        }
        return quoted + "\""
    }
}
