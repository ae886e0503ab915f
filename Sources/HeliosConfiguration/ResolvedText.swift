// SPDX-License-Identifier: MIT
import HeliosStrategy

/// Writes a configuration that spells out every key, in the order of the documentation.
struct ResolvedText {
    private(set) var text = ""
    private var section: [Substring] = []

    /// A line of its own.
    mutating func line(_ line: String) {
        section = []
        text += line + "\n"
    }

    /// A setting, behind the headings of its section.
    mutating func append(_ key: ConfigurationKey, _ value: ConfigurationValue) {
        let indentation = open(key)
        text += "\(indentation)\(ResolvedText.member(key, value))\n"
    }

    /// Says that an optional setting has no value.
    mutating func missing(_ key: ConfigurationKey) {
        let indentation = open(key)
        text += "\(indentation)# \(key.name) is not set\n"
    }

    private mutating func open(_ key: ConfigurationKey) -> String {
        let parts = key.path.split(separator: ".").dropLast()
        for (depth, part) in parts.enumerated() where !section.prefix(depth + 1).elementsEqual(parts.prefix(depth + 1))
        {
            text += String(repeating: "  ", count: depth) + part + ":\n"
        }
        section = Array(parts)
        return String(repeating: "  ", count: parts.count)
    }

    /// `key: value`; a list of pairs goes over lines of its own.
    static func member(_ key: ConfigurationKey, _ value: ConfigurationValue) -> String {
        let gap = key.kind == .parameter(.pairs) ? "" : " "
        return "\(key.name):\(gap)\(written(value, key.kind))"
    }

    /// Words in quotes, everything else plain.
    private static func written(_ value: ConfigurationValue, _ kind: ConfigurationKind) -> String {
        switch value {
        case .text, .parameter(.symbol), .parameter(.choice), .parameter(.timeOfDay), .date: JSONText.quoted(value.text)
        case .parameter(.symbols), .parameter(.weights), .parameter(.queries): JSONText.quoted(value.text)
        case .parameter(.pairs(let pairs)):
            pairs.map { "\n      - [\(JSONText.quoted("\($0.y)")), \(JSONText.quoted("\($0.x)"))]" }.joined()
        case .latency(let written, _): if case .constant = written { value.text } else { JSONText.quoted(value.text) }
        case .feeRules, .darkShape, .outages: JSONText.quoted(value.text)
        default: value.text
        }
    }
}
