// SPDX-License-Identifier: MIT

/// Makes names of a schema into names of Swift.
enum SwiftNames {
    /// `NoMDEntries` becomes `noMDEntries`, `TRADE_ID` `tradeID`… as far as a rule can tell.
    static func member(_ name: String) -> String {
        let joined = join(name)
        let upper = joined.prefix { $0.isUppercase }
        let lowered: String
        if upper.count <= 1 || upper.count == joined.count {
            lowered = upper.lowercased() + joined.dropFirst(upper.count)
        } else if joined.dropFirst(upper.count).first?.isLowercase == true {
            // The last capital begins the next word: `MDEntry` → `mdEntry`.
            lowered = upper.dropLast().lowercased() + joined.dropFirst(upper.count - 1)
        } else {
            lowered = upper.lowercased() + joined.dropFirst(upper.count)
        }
        return escaped(lowered)
    }

    static func type(_ name: String) -> String {
        let joined = join(name)
        return joined.prefix(1).uppercased() + joined.dropFirst()
    }

    /// The name of a group's entry: `NoMDEntries` → `MDEntry`, `Legs` → `Leg`.
    static func entry(_ group: String) -> String {
        var name = type(group)
        if name.hasPrefix("No"), name.dropFirst(2).first?.isUppercase == true { name = String(name.dropFirst(2)) }
        if name.hasSuffix("ies") { return name.dropLast(3) + "y" }
        if name.hasSuffix("s"), !name.hasSuffix("ss"), name.count > 2 { return String(name.dropLast()) }
        return name + "Entry"
    }

    /// Words joined with capitals; a name without small letters is made small first.
    private static func join(_ name: String) -> String {
        let words = name.split { $0 == "_" || $0 == "." || $0 == "-" || $0 == " " }
        guard words.count > 1 else { return words.first.map(String.init) ?? "X" }
        let isShouted = !name.contains { $0.isLowercase }
        return words.map { word in
            word.prefix(1).uppercased() + (isShouted ? word.dropFirst().lowercased() : String(word.dropFirst()))
        }.joined()
    }

    private static func escaped(_ name: String) -> String {
        if ["init", "self", "none", "some", "block", "rawValue", "description", "hashValue", "walk"].contains(name) {
            return name + "Value"
        }
        return keywords.contains(name) ? "`\(name)`" : name
    }

    private static let keywords: Set<String> = [
        "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "inout", "internal",
        "let", "open", "operator", "private", "precedencegroup", "protocol", "public", "rethrows", "static", "struct",
        "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do", "else",
        "fallthrough", "for", "guard", "if", "in", "repeat", "return", "throw", "switch", "where", "while", "Any", "as",
        "await", "false", "is", "nil", "super", "throws", "true", "try", "_",
    ]

    /// A number with its digits in threes.
    static func literal(_ value: Int128) -> String {
        let digits = String(value.magnitude)
        guard digits.count >= 5 else { return "\(value)" }
        var groups: [Substring] = []
        var rest = Substring(digits)
        while rest.count > 3 {
            groups.insert(rest.suffix(3), at: 0)
            rest = rest.dropLast(3)
        }
        groups.insert(rest, at: 0)
        return (value < 0 ? "-" : "") + groups.joined(separator: "_")
    }

    /// A text between quotation marks.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\": result += "\\\(character)"
            case "\u{20}"..."\u{7E}": result.unicodeScalars.append(character)
            default: result += "\\u{\(String(character.value, radix: 16))}"
            }
        }
        return result + "\""
    }
}
