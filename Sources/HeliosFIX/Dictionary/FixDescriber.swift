// SPDX-License-Identifier: MIT

/// A message in words: its fields with names, what values mean, and groups set in.
///
/// ```
/// 35 MsgType          D  NewOrderSingle
/// 54 Side             1  BUY
/// 453 NoPartyIDs      1
///   448 PartyID       ACME
/// ```
public struct FixDescriber {
    public let dictionary: FixDictionary
    /// Whether the values of password fields are shown.
    public var showsSecrets = false

    public init(_ dictionary: FixDictionary) { self.dictionary = dictionary }

    /// Which part of a message a field stands in.
    public enum Section: String, Sendable, Encodable {
        case header
        case body
        case trailer
    }

    /// One field.
    public struct Line: Equatable, Sendable, Encodable {
        public var section: Section
        /// Groups around it.
        public var depth: Int
        /// In a group: the entry, from one on.
        public var entry: Int?
        public var tag: UInt32
        public var name: String?
        public var value: String
        /// What the value means.
        public var label: String?
    }

    /// All fields of a message but CheckSum.
    public func lines(_ message: FixMessage) -> [Line] {
        var lines: [Line] = []
        lines.reserveCapacity(message.count)
        let body = dictionary.tables.context(of: message.type)
        var at = 0
        while at < message.count {
            let tag = message.tag(at)
            let info = dictionary.tables.info(of: tag.rawValue)
            let section = FixDescriber.section(info)
            lines.append(line(message, at, section, depth: 0, entry: nil))
            let list = info.envelope ?? body
            at += 1
            if let list, let group = group(of: tag, in: list) {
                at = addGroup(message, at, group, section, 1, &lines)
            }
        }
        return lines
    }

    private static func section(_ info: FixFieldInfo) -> Section {
        switch info.section {
        case FixFieldInfo.Section.header: .header
        case FixFieldInfo.Section.trailer: .trailer
        default: .body
        }
    }

    /// The entries of a group from `start` on; where the next field is.
    private func addGroup(
        _ message: FixMessage,
        _ start: Int,
        _ group: Int,
        _ section: Section,
        _ depth: Int,
        _ lines: inout [Line]
    ) -> Int {
        let context = unsafe dictionary.tables.contexts[group]
        var entry = 0
        var seen: Set<FixTag> = []
        var at = start
        while at < message.count {
            let tag = message.tag(at)
            guard slot(of: tag, in: group) != nil else { break }
            if entry == 0 || tag.rawValue == context.opening || seen.contains(tag) {
                entry += 1
                seen = []
            }
            seen.insert(tag)
            lines.append(line(message, at, section, depth: depth, entry: entry))
            at += 1
            if let inner = self.group(of: tag, in: group) {
                at = addGroup(message, at, inner, section, depth + 1, &lines)
            }
        }
        return at
    }

    private func line(_ message: FixMessage, _ index: Int, _ section: Section, depth: Int, entry: Int?) -> Line {
        let tag = message.tag(index)
        let field = dictionary.field(tag)
        let isSecret = !showsSecrets && FixDescriber.secrets.contains(tag.rawValue)
        let value = isSecret ? "***" : FixDescriber.printable(message.value(index))
        let label = isSecret ? nil : dictionary.label(tag, value)
        return Line(
            section: section,
            depth: depth,
            entry: entry,
            tag: tag.rawValue,
            name: field?.name,
            value: value,
            label: label
        )
    }

    /// Password, NewPassword, and what is encrypted of them.
    private static let secrets: Set<UInt32> = [554, 925, 1_402, 1_404]
    /// Characters of a value that are shown.
    private static let longest = 4_096

    /// A value's text without characters that a terminal would act on.
    static func printable(_ value: FixValue) -> String {
        var text = ""
        for (count, scalar) in value.text.unicodeScalars.enumerated() {
            if count == longest { return text + "…" }
            let isControl = scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value
            text.unicodeScalars.append(isControl ? (scalar.value == 1 ? "|" : "·") : scalar)
        }
        return text
    }

    /// The place of a tag in a list of fields.
    private func slot(of tag: FixTag, in list: Int) -> Int? {
        let tables = dictionary.tables
        let info = tables.info(of: tag.rawValue)
        // Safe: contexts and columns are those of the tables.
        let entry = unsafe tables.rows[Int(tables.contexts[list].row) + Int(info.column)]
        return entry == 0 ? nil : Int(entry & FixContext.Entry.slot) - 1
    }

    /// The group that a tag counts in a list of fields.
    private func group(of tag: FixTag, in list: Int) -> Int? {
        guard let slot = slot(of: tag, in: list) else { return nil }
        // Safe: as above.
        let group = unsafe Int(dictionary.tables.slotGroups[Int(dictionary.tables.contexts[list].slots) + slot])
        return group == 0 ? nil : group
    }

    /// The message as text, a field a line.
    public func text(_ message: FixMessage) -> String {
        let lines = lines(message)
        let heads = lines.map { line in
            String(repeating: "  ", count: line.depth + 2) + "\(line.tag) \(line.name ?? "?")"
        }
        let width = min(heads.map(\.count).max() ?? 0, 44)
        var text = ""
        var section: Section?
        for (line, head) in zip(lines, heads) {
            if line.section != section {
                text += "  \(line.section.rawValue)\n"
                section = line.section
            }
            let gap = String(repeating: " ", count: max(width - head.count, 0) + 2)
            text += head + gap + line.value + (line.label.map { "  " + $0 } ?? "") + "\n"
        }
        return text
    }
}
