// SPDX-License-Identifier: MIT

extension FixChecker {
    /// The entries behind a group's counter, whatever number it claims.
    ///
    /// An entry begins with the field that opens the definition, and where a field comes again; the group ends with the first
    /// field that is no member.
    /// - Returns: where the first field behind the group is.
    mutating func checkGroup(
        _ message: FixMessage,
        _ counter: Int,
        _ list: Int,
        _ slot: Int,
        _ isAsked: Bool,
        _ place: Int
    ) -> Int {
        let group = tables.group(list, slot)
        let info = tables.context(group)
        let asks = options.contains(.required) && (isAsked || options.contains(.requiredInOptionalGroups))
        var entries = 0
        var last = -1
        var turn: UInt32 = 0
        var at = counter &+ 1
        while at < message.count {
            let tag = message.tag(at)
            let field = unsafe self.info(tag, tables)
            let entry = unsafe tables.entry(info.row, field)
            if entry == 0 { break }
            let member = Int(entry & FixContext.Entry.slot) &- 1
            if tag.rawValue == info.opening || entries == 0 || see(place, member, turn) {
                if entries > 0, asks { checkRequired(group, at: place, turn, FixFieldInfo.Section.body) }
                turn = nextTurn()
                entries &+= 1
                last = -1
                if options.contains(.groupOrder), tag.rawValue != info.opening {
                    note(.groupFieldsOutOfOrder, tag, FixFieldInfo.Section.body, 7)
                }
            }
            _ = see(place, member, turn)
            if options.contains(.groupOrder), member < last {
                note(.groupFieldsOutOfOrder, tag, FixFieldInfo.Section.body, 7)
            }
            last = member
            unsafe glance(message, at, field)
            guard entry & FixContext.Entry.group != 0 else {
                at &+= 1
                continue
            }
            let isNextAsked = isAsked && entry & FixContext.Entry.requiredGroup != 0
            at = checkGroup(message, at, group, member, isNextAsked, place &+ 1)
        }
        if entries > 0, asks { checkRequired(group, at: place, turn, FixFieldInfo.Section.body) }
        if let claimed = message.value(counter).int, claimed != entries {
            note(.incorrectNumInGroup, message.tag(counter), FixFieldInfo.Section.body, 6)
        }
        return at
    }
}

// What looks wrong: rare, and out of the way.
extension FixChecker {
    /// Format and enumeration of a field's value.
    @inline(__always)
    @unsafe
    mutating func glance(_ message: FixMessage, _ index: Int, _ info: UnsafePointer<FixFieldInfo>) {
        let field = message.field(index)
        // Safe: the scanner has found the value within the message.
        if unsafe !tables.passes(message.base + Int(field.start), Int(field.count), info) {
            unsafe judge(message, index, info.pointee)
        }
    }

    /// A value that did not pass at a glance: none, one of the wrong form, another than the enumeration's, or a right one.
    @inline(never)
    mutating func judge(_ message: FixMessage, _ index: Int, _ info: FixFieldInfo) {
        let tag = message.tag(index)
        let value = message.value(index)
        if value.isEmpty {
            if options.contains(.values) { note(.tagWithoutValue, tag, info.section, 1) }
            return
        }
        if info.values != 0, dictionary.tables.allows(value.bytes, info.values) { return }
        if !info.format.accepts(value), info.format.isCommon || options.contains(.allFormats) {
            note(.incorrectDataFormat, tag, info.section, 2)
        } else if info.values != 0, options.contains(.enumerations) {
            note(.valueOutOfRange, tag, info.section, 3)
        }
    }

    /// Keeps the problem when none before it is worse; `step` says which of a field's checks found it.
    @inline(never)
    mutating func note(_ reason: FixRejectReason, _ tag: FixTag, _ section: UInt8, _ step: UInt64) {
        keep(FixRejection(reason, tag), 2, section, step)
    }

    private mutating func keep(_ rejection: FixRejection, _ phase: UInt64, _ section: UInt8, _ step: UInt64) {
        // The header first, then the trailer, then the body.
        let rank: UInt64 =
            switch section {
            case FixFieldInfo.Section.header: 1
            case FixFieldInfo.Section.trailer: 2
            default: 3
            }
        let key = phase << 56 | rank << 48 | UInt64(rejection.tag?.rawValue ?? 0) << 8 | step
        guard key < worst else { return }
        worst = key
        worstRejection = rejection
    }

    /// A field behind the part that it belongs to: the first such counts.
    @inline(never)
    mutating func noteOrder(_ tag: FixTag) {
        guard options.contains(.order), worst != 0 else { return }
        worst = 0
        worstRejection = FixRejection(.tagOutOfOrder, tag)
    }

    /// A field that the dictionary or the message doesn't have.
    @inline(never)
    mutating func checkMembership(_ tag: FixTag) {
        let isUsers = tag.rawValue >= 5_000
        guard options.contains(isUsers ? .userFields : .fields) else { return }
        if dictionary.knows(tag) {
            note(.tagNotDefinedForType, tag, FixFieldInfo.Section.body, 5)
        } else {
            note(.invalidTagNumber, tag, FixFieldInfo.Section.body, 4)
        }
    }

    /// A required field that is not there: of several the one with the smallest tag counts.
    @inline(never)
    mutating func noteMissing(_ slot: Int, _ list: Int, _ section: UInt8) {
        // Safe: a slot of the list.
        let tag = unsafe dictionary.tables.slotTags[Int(tables.context(list).slots) &+ slot]
        keep(FixRejection(.requiredTagMissing, FixTag(rawValue: tag)), 1, section, 0)
    }
}
