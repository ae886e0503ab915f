// SPDX-License-Identifier: MIT

/// A JSON value whose members keep their order, and whose decimals keep their digits.
///
/// Equal values give equal bytes, so results can be compared and hashed as text.
public indirect enum JSONText: Sendable, Equatable {
    case string(String)
    case integer(Int)
    /// A number in its shortest exact form; `null` when it isn't finite, as JSON has no such number.
    case number(Double)
    /// A number whose digits are given, such as `"10.20"`; a text that is no JSON number is written as a string.
    case decimal(String)
    case boolean(Bool)
    case null
    case array([JSONText])
    case object([Member])

    /// A name and its value.
    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: JSONText

        public init(_ name: String, _ value: JSONText) {
            self.name = name
            self.value = value
        }
    }

    /// An object with `members` in this order.
    public static func members(_ members: [(String, JSONText)]) -> JSONText {
        .object(members.map { Member($0.0, $0.1) })
    }

    /// The text, two spaces of indentation a level, no line end after the last brace.
    public func rendered() -> String {
        var text = ""
        write(into: &text, indentation: "")
        return text
    }

    /// The text on one line without spaces.
    public func compact() -> String {
        var text = ""
        write(into: &text, indentation: nil)
        return text
    }

    private func write(into text: inout String, indentation: String?) {
        switch self {
        case .string(let value): text += JSONText.quoted(value)
        case .integer(let value): text += "\(value)"
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .decimal(let digits): text += JSONText.isNumber(digits) ? digits : JSONText.quoted(digits)
        case .boolean(let value): text += value ? "true" : "false"
        case .null: text += "null"
        case .array(let items):
            JSONText.write(items, "[", "]", into: &text, indentation) { item, text, deeper in
                item.write(into: &text, indentation: deeper)
            }
        case .object(let members):
            JSONText.write(members, "{", "}", into: &text, indentation) { member, text, deeper in
                text += JSONText.quoted(member.name) + (deeper == nil ? ":" : ": ")
                member.value.write(into: &text, indentation: deeper)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item],
        _ open: String,
        _ close: String,
        into text: inout String,
        _ indentation: String?,
        _ body: (Item, inout String, String?) -> Void
    ) {
        text += open
        let deeper = indentation.map { $0 + "  " }
        for (position, item) in items.enumerated() {
            if position > 0 { text += "," }
            if let deeper { text += "\n" + deeper }
            body(item, &text, deeper)
        }
        if let indentation, !items.isEmpty { text += "\n" + indentation }
        text += close
    }

    /// `text` as a JSON string with its quotes.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Whether `text` is `[-]digits[.digits]` without a leading zero too many, which is a JSON number.
    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, parts.count <= 2 else { return false }
        let isNumeric = parts.allSatisfy { part in !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
        return isNumeric && (whole == "0" || !whole.hasPrefix("0"))
    }
}
