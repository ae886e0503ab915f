// SPDX-License-Identifier: MIT
import Yams

/// A place in a text, both from 1.
struct TextPlace: Hashable, Sendable {
    var line: Int
    var column: Int

    init(_ line: Int, _ column: Int) {
        self.line = line
        self.column = column
    }

    init(_ mark: Mark?) { self.init(mark?.line ?? 1, mark?.column ?? 1) }
}

/// Why a text is no YAML, and where.
struct YAMLProblem: Error {
    var place: TextPlace
    var message: String
}

/// A YAML text as a tree that knows where everything stands.
///
/// Yams refuses a mapping with a key twice and tells only the first one's place. To name every duplicate, and what else
/// is wrong, the earlier of two equal keys is given another first letter until Yams is content; `entries` undoes that.
struct YAMLDocument {
    /// One member of a mapping.
    struct Entry {
        let key: String
        let place: TextPlace
        let value: Node
    }

    /// Nil for an empty text.
    let root: Node?
    private let renamed: [TextPlace: String]

    /// Keys beyond are not told apart any more.
    private static let mostDuplicates = 64

    init(_ text: String) throws(YAMLProblem) {
        var scalars = Array(text.unicodeScalars)
        var renamed: [TextPlace: String] = [:]
        try YAMLDocument.checkNesting(scalars)
        while true {
            var current = String.UnicodeScalarView()
            current.append(contentsOf: scalars)
            do {
                root = try Parser(yaml: String(current), encoding: .utf8).singleRoot()
                self.renamed = renamed
                return
            } catch let YamlError.duplicatedKeysInMapping(keys, context) {
                let place = TextPlace(context.mark)
                let key = keys.first ?? ""
                guard renamed.count < YAMLDocument.mostDuplicates, renamed[place] == nil,
                    let index = YAMLDocument.index(of: key, at: place, in: scalars),
                    let letter = Unicode.Scalar(0xE000 + UInt32(renamed.count))
                else { throw YAMLProblem(place: place, message: "the key '\(key)' stands twice in a mapping") }
                scalars[index] = letter
                renamed[place] = key
            } catch {
                throw YAMLDocument.problem(error, text)
            }
        }
    }

    /// The members of a mapping in the order of the text; a key that is no scalar is the empty text.
    func entries(_ mapping: Node.Mapping) -> [Entry] {
        mapping.map { key, value in
            let place = TextPlace(key.mark)
            return Entry(key: renamed[place] ?? key.scalar?.string ?? "", place: place, value: value)
        }
    }

    /// Where the first letter of `key` is, whose scalar begins at `place`; nil when it is not written plainly.
    private static func index(of key: String, at place: TextPlace, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var start = 0
        while line < place.line, start < scalars.count {
            let isReturn = scalars[start] == "\r" && start + 1 < scalars.count && scalars[start + 1] == "\n"
            if ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalars[start]), !isReturn { line += 1 }
            start += 1
        }
        var index = start + place.column - 1
        guard index < scalars.count else { return nil }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        return !key.isEmpty && scalars[index...].starts(with: key.unicodeScalars) ? index : nil
    }

    /// Refuses what would nest so deep that the parser's recursion can't be trusted with it.
    ///
    /// Counts what can open a level, without regard to quotes: brackets, indicators before the first word of a line,
    /// and indentation. A configuration has a handful.
    private static func checkNesting(_ scalars: [Unicode.Scalar]) throws(YAMLProblem) {
        let limit = 200
        var line = 1
        var brackets = 0
        var openers = 0
        var indentation = 0
        var isLeading = true
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : "\n"
            switch scalar {
            case "\n", "\r":
                (openers, indentation, isLeading) = (0, 0, true)
                if scalar == "\n" { line += 1 }
            case "[", "{": brackets += 1
            case "]", "}": brackets = max(0, brackets - 1)
            case " ": if isLeading { indentation += 1 }
            case "-", "?", ":":
                isLeading = isLeading && [" ", "\n", "\t"].contains(next)
                if isLeading { openers += 1 }
            default: isLeading = false
            }
            if max(brackets, openers, indentation) > limit {
                throw YAMLProblem(place: TextPlace(line, 1), message: "nested deeper than a configuration can be")
            }
        }
    }

    private static func problem(_ error: any Error, _ text: String) -> YAMLProblem {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let story = context.map { "\($0.text) (line \($0.mark.line)), " } ?? ""
            return YAMLProblem(place: TextPlace(mark), message: "is no YAML: \(story)\(problem)")
        case YamlError.reader(let problem, let offset, _, _):
            let lines = text.prefix(offset ?? 0).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let place = TextPlace(max(lines.count, 1), (lines.last?.unicodeScalars.count ?? 0) + 1)
            return YAMLProblem(place: place, message: "is no YAML: \(problem)")
        default:
            return YAMLProblem(place: TextPlace(1, 1), message: "is no YAML")
        }
    }
}

extension Node {
    /// What a message calls a value that is not what it should be.
    var found: String {
        switch self {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar): isEmptyScalar ? "nothing" : Node.quoted(scalar.string)
        case .alias: "an alias"
        }
    }

    /// Whether this is an unquoted nothing: an empty place, `~` or `null`.
    var isEmptyScalar: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// `text` in quotes, on one line, cut when it is long.
    static func quoted(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(60)
        return JSONText.quoted(String(String.UnicodeScalarView(shown)) + (text.unicodeScalars.count > 60 ? "…" : ""))
    }
}
