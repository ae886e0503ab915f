// SPDX-License-Identifier: MIT

/// Tables while they are made from a specification.
///
/// A component's members are put together once, and its groups are shared by all messages that have it.
struct FixTableDraft {
    var fields: [FixFieldInfo] = []
    var farTags: [UInt32] = []
    var farFields: [FixFieldInfo] = []
    var values: [FixValueInfo] = [FixValueInfo()]
    var characters: [UInt64] = [0, 0, 0, 0]
    var packedValues: [UInt64] = []
    var longValues: [UInt8] = []
    var contexts: [FixContext] = []
    var rows: [UInt16] = []
    var slotTags: [UInt32] = []
    var slotGroups: [UInt16] = []
    var required: [UInt16] = []
    var typeKeys: [UInt64] = []
    var typeContexts: [UInt16] = []
    /// Slots of the longest list.
    var slots = 1
    var depth = 1

    private let specification: FixSpecification
    private var columns = 1
    private var components: [String: Int] = [:]
    private var flat: [String: [Slot]] = [:]
    /// Components that are being put together, to see one in itself.
    private var open: Set<String> = []
    /// The lists of a context, whose rows are made when all columns are known.
    private var lists: [[Slot]] = []

    /// Bounds of what is believed.
    private static let mostFields = 60_000
    private static let mostContexts = 16_384
    private static let mostRowEntries = 1 << 23

    private struct Slot {
        var tag: UInt32
        var isRequired: Bool
        /// The context of its group.
        var group: Int?
    }

    init(_ specification: FixSpecification) throws(FixSpecificationError) {
        self.specification = specification
        for (index, component) in specification.components.enumerated() {
            guard components.updateValue(index, forKey: component.name) == nil else {
                throw FixSpecificationError(.duplicate, "component '\(component.name)' is there twice")
            }
        }
        try addFields()
        let header = try flatten(specification.header, "the header")
        guard header.contains(where: { $0.tag == FixTag.msgType.rawValue }) else {
            throw FixSpecificationError(.unknown, "the header has no MsgType: combine it with a session's dictionary")
        }
        lists = [header, try flatten(specification.trailer, "the trailer")] + lists
        // Groups of the header were counted from zero on before the two were put in front.
        shiftGroups(by: 2)
        try addSection(lists[FixTables.header], FixFieldInfo.Section.header)
        try addSection(lists[FixTables.trailer], FixFieldInfo.Section.trailer)
        try addMessages()
        try addContexts()
    }

    // MARK: Fields

    private mutating func addFields() throws(FixSpecificationError) {
        guard specification.fields.count <= Self.mostFields else {
            throw FixSpecificationError(.bound, "more than \(Self.mostFields) fields")
        }
        let near = specification.fields.lazy.map(\.tag.rawValue).filter { $0 < FixTables.dense }.max() ?? 0
        fields = Array(repeating: .unknown, count: Int(near) + 2)
        for field in specification.fields.sorted(by: { $0.tag < $1.tag }) {
            let tag = field.tag.rawValue
            guard self[tag].section == FixFieldInfo.Section.unknown else { throw twice(field) }
            var info = FixFieldInfo.unknown
            info.section = FixFieldInfo.Section.body
            info.format = field.type.format
            info.values = try addValues(field)
            if tag >= FixTables.dense {
                farTags.append(tag)
                farFields.append(info)
            } else {
                self[tag] = info
            }
        }
    }

    /// What is known of a tag.
    private subscript(tag: UInt32) -> FixFieldInfo {
        get {
            if tag < FixTables.dense { return Int(tag) < fields.count ? fields[Int(tag)] : .unknown }
            return farTags.firstIndex(of: tag).map { farFields[$0] } ?? .unknown
        }
        set {
            if tag < FixTables.dense {
                fields[Int(tag)] = newValue
            } else if let index = farTags.firstIndex(of: tag) {
                farFields[index] = newValue
            }
        }
    }

    private func twice(_ field: FixSpecification.Field) -> FixSpecificationError {
        FixSpecificationError(.duplicate, "field \(field.tag) is there twice")
    }

    private mutating func addValues(_ field: FixSpecification.Field) throws(FixSpecificationError) -> UInt16 {
        let texts = field.values.map { Array($0.text.utf8) }.filter { !$0.isEmpty }
        // What a Boolean may be its format says already.
        if texts.isEmpty || field.type == .boolean && Set(texts) == [[0x59], [0x4E]] { return 0 }
        var info = FixValueInfo()
        info.isMultiple = field.type.isMultiple
        var characters: [UInt64] = [0, 0, 0, 0]
        var packed: Set<UInt64> = []
        info.long = UInt32(longValues.count)
        for text in Set(texts).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            switch text.count {
            case 1 where text[0] < 128: characters[Int(text[0] >> 6)] |= 1 << UInt64(text[0] & 63)
            case 1...8: packed.insert(text.enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) })
            case 9...255:
                info.longCount += 1
                longValues += [UInt8(text.count)] + text
            default: throw FixSpecificationError(.bound, "a value of field \(field.tag) is longer than 255 bytes")
            }
        }
        info.packed = UInt32(packedValues.count)
        info.packedCount = UInt16(clamping: packed.count)
        packedValues += packed.sorted()
        guard packed.count < 1 << 16, longValues.count < 1 << 24, values.count < 1 << 16 else {
            throw FixSpecificationError(.bound, "field \(field.tag) has too many values")
        }
        values.append(info)
        self.characters += characters
        return UInt16(values.count - 1)
    }

    // MARK: Members

    /// The fields of `members`, components put in; a group's entry becomes a list of its own.
    private mutating func flatten(
        _ members: [FixSpecification.Member],
        _ where_: String,
        depth level: Int = 1
    ) throws(FixSpecificationError) -> [Slot] {
        guard level <= FixSpecificationReader.deepest else {
            throw FixSpecificationError(.bound, "groups in groups, too deep, in \(where_)")
        }
        var result: [Slot] = []
        for member in members {
            switch member {
            case .field(let tag, let isRequired):
                try mark(tag, where_)
                result.append(Slot(tag: tag.rawValue, isRequired: isRequired))
            case .component(let name, let isRequired):
                // What an optional component requires is required when it is there, which no list of fields can tell.
                result += try component(name, where_, level).map {
                    Slot(tag: $0.tag, isRequired: $0.isRequired && isRequired, group: $0.group)
                }
            case .group(let tag, let isRequired, let members):
                try mark(tag, where_)
                let entry = try flatten(members, where_, depth: level + 1)
                guard !entry.isEmpty else { throw FixSpecificationError(.value, "group \(tag) in \(where_) is empty") }
                lists.append(entry)
                guard lists.count < Self.mostContexts else { throw FixSpecificationError(.bound, "too many groups") }
                result.append(Slot(tag: tag.rawValue, isRequired: isRequired, group: lists.count - 1))
            }
            guard result.count <= FixContext.Entry.slots else {
                throw FixSpecificationError(.bound, "more than \(FixContext.Entry.slots) fields in \(where_)")
            }
        }
        return unique(result)
    }

    /// The first of every field: two components may bring the same.
    private func unique(_ slots: [Slot]) -> [Slot] {
        var seen: Set<UInt32> = []
        return slots.filter { seen.insert($0.tag).inserted }
    }

    private mutating func component(
        _ name: String,
        _ where_: String,
        _ level: Int
    ) throws(FixSpecificationError) -> [Slot] {
        if let known = flat[name] { return known }
        guard let index = components[name] else {
            throw FixSpecificationError(
                .unknown,
                "no component is named '\(name)', in \(where_)",
                nearest: FixNearest.name(to: name, among: components.keys.sorted())
            )
        }
        guard open.insert(name).inserted, open.count <= 64 else {
            throw FixSpecificationError(.bound, "component '\(name)' contains itself")
        }
        let slots = try flatten(specification.components[index].members, "component '\(name)'", depth: level)
        open.remove(name)
        flat[name] = slots
        return slots
    }

    /// Gives the field a column.
    private mutating func mark(_ tag: FixTag, _ where_: String) throws(FixSpecificationError) {
        let info = self[tag.rawValue]
        guard info.section != FixFieldInfo.Section.unknown else {
            throw FixSpecificationError(.unknown, "there is no field \(tag), in \(where_)")
        }
        guard info.column == 0 else { return }
        self[tag.rawValue].column = UInt16(columns)
        columns += 1
    }

    // MARK: Contexts

    private mutating func shiftGroups(by count: Int) {
        for list in lists.indices {
            for slot in lists[list].indices {
                if let group = lists[list][slot].group { lists[list][slot].group = group + count }
            }
        }
        for (name, slots) in flat {
            flat[name] = slots.map { Slot(tag: $0.tag, isRequired: $0.isRequired, group: $0.group.map { $0 + count }) }
        }
    }

    private mutating func addSection(_ slots: [Slot], _ section: UInt8) throws(FixSpecificationError) {
        for (index, slot) in slots.enumerated() {
            guard self[slot.tag].section == FixFieldInfo.Section.body else {
                throw FixSpecificationError(.duplicate, "field \(slot.tag) is in the header and in the trailer")
            }
            self[slot.tag].section = section
            self[slot.tag].slot = UInt16(index)
        }
    }

    private mutating func addMessages() throws(FixSpecificationError) {
        guard specification.messages.count < 4_096 else { throw FixSpecificationError(.bound, "too many messages") }
        var size = 16
        while size < specification.messages.count * 2 { size *= 2 }
        typeKeys = Array(repeating: 0, count: size)
        typeContexts = Array(repeating: 0, count: size)
        let shift = UInt64(64 - size.trailingZeroBitCount)
        for message in specification.messages {
            guard message.type.rawValue != 0 else { throw FixSpecificationError(.value, "a message without a type") }
            lists.append(try flatten(message.members, "message '\(message.name)'"))
            var slot = Int(FixTables.hash(message.type.rawValue) >> shift)
            while typeKeys[slot] != 0 {
                guard typeKeys[slot] != message.type.rawValue else {
                    throw FixSpecificationError(.duplicate, "message '\(message.type)' is there twice")
                }
                slot = (slot + 1) & (size - 1)
            }
            typeKeys[slot] = message.type.rawValue
            typeContexts[slot] = UInt16(lists.count - 1)
        }
    }

    private mutating func addContexts() throws(FixSpecificationError) {
        guard lists.count * columns <= Self.mostRowEntries else {
            throw FixSpecificationError(.bound, "the messages' tables would be too large")
        }
        rows = Array(repeating: 0, count: lists.count * columns)
        slots = lists.map(\.count).max() ?? 1
        for (index, list) in lists.enumerated() {
            contexts.append(
                FixContext(
                    row: UInt32(index * columns),
                    slots: UInt32(slotTags.count),
                    slotCount: UInt16(list.count),
                    requiredCount: 0,
                    required: UInt32(required.count),
                    opening: list.first?.tag ?? 0
                )
            )
            for (place, slot) in list.enumerated() { add(slot, place, index) }
        }
        for type in typeContexts where type != 0 { addEnvelope(Int(type)) }
        depth = try levels()
    }

    /// Groups in groups, at most, and one for what is no group.
    private func levels() throws(FixSpecificationError) -> Int {
        // A group's list is made before the list it stands in, but for those of the first two.
        var levels = Array(repeating: 1, count: lists.count)
        for index in Array(2..<lists.count) + [FixTables.header, FixTables.trailer] {
            for slot in lists[index] { levels[index] = max(levels[index], slot.group.map { levels[$0] + 1 } ?? 1) }
        }
        let deepest = levels.max() ?? 1
        guard deepest <= 2 * FixSpecificationReader.deepest else {
            throw FixSpecificationError(.bound, "groups in groups, too deep")
        }
        return deepest
    }

    /// The fields of header and trailer in a message's row, so that one look tells where a field belongs.
    private mutating func addEnvelope(_ context: Int) {
        for list in [FixTables.header, FixTables.trailer] {
            for (place, slot) in lists[list].enumerated() {
                var entry = UInt16((list + 1) * slots + place + 1)
                if slot.group != nil { entry |= FixContext.Entry.group }
                rows[context * columns + Int(self[slot.tag].column)] = entry
            }
        }
    }

    private mutating func add(_ slot: Slot, _ place: Int, _ context: Int) {
        var entry = UInt16(place + 1)
        if slot.group != nil { entry |= FixContext.Entry.group }
        if slot.isRequired, slot.group != nil { entry |= FixContext.Entry.requiredGroup }
        rows[context * columns + Int(self[slot.tag].column)] = entry
        slotTags.append(slot.tag)
        slotGroups.append(UInt16(slot.group ?? 0))
        // CheckSum is not among a message's fields: the scanner has looked at it.
        if slot.isRequired, slot.tag != FixTag.checkSum.rawValue {
            required.append(UInt16(place))
            contexts[context].requiredCount += 1
        }
    }
}
