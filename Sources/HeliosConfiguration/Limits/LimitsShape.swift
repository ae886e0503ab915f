// SPDX-License-Identifier: MIT
import HeliosRisk

/// A group of keys of a limits file, described once for every place where it may stand: the limits of a scope look the same at
/// the firm and at a strategy.
struct LimitsShape: Sendable {
    /// What may stand behind a key.
    enum Form: Sendable {
        /// One value.
        case value(ConfigurationKey)
        /// One value or a list of them.
        case values(ConfigurationKey)
        /// A limit: its hard value, or a mapping of hard, soft and window.
        case limit(LimitKind)
        /// The keys of another shape.
        case group(String)
        /// Names that the file chooses, each with the keys of a shape.
        case named(NameForm, String)
        /// A list, each element with the keys of a shape or the one value that `shorthand` is of.
        case list(String, shorthand: String?)
    }

    /// What a chosen name may be.
    enum NameForm: Sendable, Equatable {
        case symbol
        /// Letters, digits and `. _ - #`, up to 32.
        case word

        var expectation: String {
            switch self {
            case .symbol: "a symbol of one to eight characters"
            case .word: "a name of 1 to 32 letters, digits and . _ - #"
            }
        }

        /// The regular expression of the JSON Schema.
        var pattern: String {
            switch self {
            case .symbol: "^[!-~]{1,8}$"
            case .word: "^[A-Za-z0-9._#-]{1,32}$"
            }
        }

        func accepts(_ text: String) -> Bool {
            switch self {
            case .symbol:
                return (1...8).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            case .word:
                let isPlain = text.unicodeScalars.allSatisfy { scalar in
                    switch scalar {
                    case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-", "#": true
                    default: false
                    }
                }
                return isPlain && (1...32).contains(text.utf8.count)
            }
        }
    }

    /// A key with what may stand behind it.
    struct Member: Sendable {
        let name: String
        let form: Form
        let documentation: String
    }

    let name: String
    /// Where it stands, for people: `strategies.NAME.envelope`.
    let path: String
    let documentation: String
    let members: [Member]
    /// Further keys that the file chooses, beside the members.
    let others: (form: NameForm, shape: String, documentation: String)?

    init(
        _ name: String,
        at path: String,
        _ documentation: String,
        _ members: [Member],
        others: (form: NameForm, shape: String, documentation: String)? = nil
    ) {
        self.name = name
        self.path = path
        self.documentation = documentation
        self.members = members
        self.others = others
    }

    subscript(_ name: String) -> Member? { members.first { $0.name == name } }
}

extension LimitsShape.Member {
    static func value(_ key: ConfigurationKey) -> Self {
        Self(name: key.name, form: .value(key), documentation: key.documentation)
    }

    static func values(_ key: ConfigurationKey) -> Self {
        Self(name: key.name, form: .values(key), documentation: key.documentation)
    }

    static func group(_ name: String, _ shape: String, _ documentation: String) -> Self {
        Self(name: name, form: .group(shape), documentation: documentation)
    }

    static func named(_ name: String, _ form: LimitsShape.NameForm, _ shape: String, _ documentation: String) -> Self {
        Self(name: name, form: .named(form, shape), documentation: documentation)
    }

    static func list(_ name: String, _ shape: String, short: String? = nil, _ documentation: String) -> Self {
        Self(name: name, form: .list(shape, shorthand: short), documentation: documentation)
    }
}
