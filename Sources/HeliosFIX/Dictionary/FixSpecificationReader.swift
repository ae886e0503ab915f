// SPDX-License-Identifier: MIT

extension FixSpecification {
    /// Bytes that a dictionary's text may have.
    public static var largestText: Int { 1 << 25 }

    /// Reads the text form, which `docs/fix-dictionary.md` describes.
    ///
    /// ```
    /// dictionary FIX.4.4
    /// field 11 ClOrdID STRING
    /// field 54 Side CHAR
    /// enum 54 1 BUY 2 SELL
    /// message D NewOrderSingle
    ///   ClOrdID! Side!
    ///   component Instrument!
    /// end
    /// ```
    /// - Throws: `FixSpecificationError` with the line, the column and the nearest name.
    public init(text: String) throws(FixSpecificationError) {
        guard text.utf8.count <= FixSpecification.largestText else {
            throw FixSpecificationError(.bound, "a dictionary of more than \(FixSpecification.largestText) bytes")
        }
        var reader = FixSpecificationReader(Array(text.utf8))
        self = try reader.read()
    }
}

/// Reads the text form line by line.
struct FixSpecificationReader {
    private var words: FixSpecificationWords
    private var result = FixSpecification("")
    private var fields: [FixTag: Int] = [:]
    private var names: [String: FixTag] = [:]
    private var components: Set<String> = []
    private var types: Set<FixMsgType> = []
    /// Members that are open: the message, and the groups in it.
    private var open: [Block] = []
    /// Components that are named, and where, to be looked for at the end.
    private var mentions: [(name: String, line: Int, column: Int)] = []
    private static let typeNames = Dictionary(uniqueKeysWithValues: FixType.allCases.map { ($0.rawValue, $0) })

    /// Groups may stand in groups so deep.
    static let deepest = 12

    private struct Block {
        enum Kind { case header, trailer, component(String), message(FixMsgType, String), group(FixTag, Bool) }
        var kind: Kind
        var members: [FixSpecification.Member] = []
        var line: Int
    }

    init(_ bytes: [UInt8]) { words = FixSpecificationWords(bytes) }

    mutating func read() throws(FixSpecificationError) -> FixSpecification {
        while try words.nextLine() {
            if open.isEmpty { try readTop() } else { try readMembers() }
        }
        if let block = open.last {
            throw FixSpecificationError(.syntax, "'end' is missing for what begins here", line: block.line, column: 1)
        }
        guard !result.name.isEmpty else {
            throw FixSpecificationError(.syntax, "'dictionary' and the version are missing", line: 1, column: 1)
        }
        for mention in mentions where !components.contains(mention.name) {
            throw FixSpecificationError(
                .unknown,
                "no component is named '\(mention.name)'",
                line: mention.line,
                column: mention.column,
                nearest: FixNearest.name(to: mention.name, among: components.sorted())
            )
        }
        result.fields.sort { $0.tag < $1.tag }
        return result
    }

    private mutating func readTop() throws(FixSpecificationError) {
        let keyword = try words.need("a keyword")
        switch keyword {
        case "field": try readField()
        case "fields": try readFields()
        case "enum": try readValues()
        case "message": try readMessage()
        case "component":
            let name = try words.need("the component's name")
            guard components.insert(name).inserted else {
                throw words.error(.duplicate, "component '\(name)' is there twice")
            }
            open.append(Block(kind: .component(name), line: words.line))
        case "header": open.append(Block(kind: .header, line: words.line))
        case "trailer": open.append(Block(kind: .trailer, line: words.line))
        case "dictionary":
            result.name = try words.need("the version")
            if let over = try words.next() {
                guard over == "over" else { throw words.error(.syntax, "found '\(over)', expected 'over' or nothing") }
                result.session = try words.need("the session's version")
            }
        default:
            let known = ["field", "fields", "enum", "message", "component", "header", "trailer", "dictionary"]
            throw words.error(
                .syntax,
                "found '\(keyword)', expected one of \(known.joined(separator: ", "))",
                nearest: FixNearest.name(to: keyword, among: known)
            )
        }
        try words.endLine()
    }

    private mutating func readField() throws(FixSpecificationError) {
        let number = try words.need("a tag")
        let tag = try readTag(number)
        let name = try words.need("the field's name")
        try add(tag, name, readType())
    }

    /// Several fields of one type.
    private mutating func readFields() throws(FixSpecificationError) {
        let type = try readType()
        while let text = try words.next() {
            let tag = try readTag(text)
            try add(tag, words.need("the field's name"), type)
        }
    }

    private mutating func readType() throws(FixSpecificationError) -> FixType {
        let text = try words.need("the field's type")
        if let type = Self.typeNames[text] { return type }
        let nearest = FixNearest.name(to: text, among: FixType.allCases.map(\.rawValue))
        throw words.error(.value, "'\(text)' is no type", nearest: nearest)
    }

    private mutating func add(_ tag: FixTag, _ name: String, _ type: FixType) throws(FixSpecificationError) {
        guard fields[tag] == nil else { throw words.error(.duplicate, "field \(tag) is there twice") }
        guard names.updateValue(tag, forKey: name) == nil else {
            throw words.error(.duplicate, "a field named '\(name)' is there twice")
        }
        fields[tag] = result.fields.count
        result.fields.append(.init(tag, name, type))
    }

    private func readTag(_ text: String) throws(FixSpecificationError) -> FixTag {
        guard let number = UInt32(text), number > 0, number <= FixTag.largest.rawValue else {
            throw words.error(.value, "'\(text)' is no tag from 1 to \(FixTag.largest)")
        }
        return FixTag(rawValue: number)
    }

    /// The field that a name or a number means.
    private func find(_ text: String) throws(FixSpecificationError) -> FixTag {
        if let first = text.utf8.first, first &- 0x30 <= 9 {
            let tag = try readTag(text)
            guard fields[tag] != nil else { throw words.error(.unknown, "there is no field \(tag)") }
            return tag
        }
        guard let tag = names[text] else {
            throw words.error(
                .unknown,
                "no field is named '\(text)'",
                nearest: FixNearest.name(to: text, among: names.keys.sorted())
            )
        }
        return tag
    }

    private mutating func readValues() throws(FixSpecificationError) {
        let name = try words.need("a field")
        let tag = try find(name)
        guard let index = fields[tag] else { return }
        while let value = try words.next() {
            let label = try words.need("what '\(value)' means")
            result.fields[index].values.append(.init(value, label))
        }
    }

    private mutating func readMessage() throws(FixSpecificationError) {
        let text = try words.need("the message's type")
        guard let type = FixMsgType(text) else { throw words.error(.value, "'\(text)' is no message type") }
        guard types.insert(type).inserted else { throw words.error(.duplicate, "message '\(text)' is there twice") }
        let name = try words.need("the message's name")
        open.append(Block(kind: .message(type, name), line: words.line))
    }

    private mutating func readMembers() throws(FixSpecificationError) {
        while let word = try words.next() {
            switch word {
            case "end":
                try close()
                return try words.endLine()
            case "group":
                let (name, isRequired) = FixSpecificationReader.mark(try words.need("the field that counts"))
                guard open.count <= Self.deepest else { throw words.error(.bound, "groups in groups, too deep") }
                open.append(Block(kind: .group(try find(name), isRequired), line: words.line))
                return try words.endLine()
            case "component":
                let (name, isRequired) = FixSpecificationReader.mark(try words.need("a component"))
                mentions.append((name, words.line, words.column))
                open[open.count - 1].members.append(.component(name, isRequired: isRequired))
                return try words.endLine()
            default:
                let (name, isRequired) = FixSpecificationReader.mark(word)
                open[open.count - 1].members.append(.field(try find(name), isRequired: isRequired))
            }
        }
    }

    /// A name and whether it is marked as required.
    private static func mark(_ word: String) -> (String, Bool) {
        word.utf8.last == UInt8(ascii: "!") ? (String(word.dropLast()), true) : (word, false)
    }

    private mutating func close() throws(FixSpecificationError) {
        let block = open.removeLast()
        switch block.kind {
        case .header: result.header += block.members
        case .trailer: result.trailer += block.members
        case .component(let name): result.components.append(.init(name, block.members))
        case .message(let type, let name): result.messages.append(.init(type, name, block.members))
        case .group(let tag, let isRequired):
            guard !block.members.isEmpty else { throw words.error(.syntax, "a group without members") }
            open[open.count - 1].members.append(.group(tag, isRequired: isRequired, block.members))
        }
    }
}
