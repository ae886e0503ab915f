// SPDX-License-Identifier: MIT

/// Checks messages without allocating: a dictionary, and room for what is noted on the way.
///
/// Of several problems one is told, as QuickFIX would: first the order of header, body and trailer; then required fields,
/// the header's before the body's; then field by field, the header's, the trailer's, the body's, each in the order of their
/// tags: twice, no value, format, value, number, message, number of entries.
/// ```
///          header   | body                                     | trailer
///    8 9 35 34 49 … | 11 55 453=2 ┌ 448 447 452 ┐┌ 448 … ┐ 54 … | 93 89
///                   |             ╰ an entry    ╯╰ another ╯    |
/// ```
@safe
public struct FixChecker: ~Copyable {
    public let dictionary: FixDictionary
    public var options: FixCheckOptions
    let tables: FixTables
    /// A bit for each slot that was seen: of header, trailer, body, then of the entry open at each depth.
    let seen: UnsafeMutablePointer<UInt64>
    /// The worst problem so far, smaller is worse; all ones for none.
    var worst: UInt64 = .max
    var worstRejection = FixRejection(.other)

    public init(_ dictionary: FixDictionary, options: FixCheckOptions = .default) {
        self.dictionary = dictionary
        self.options = options
        tables = dictionary.tables
        let count = dictionary.tables.words * (dictionary.tables.depth + 3)
        unsafe seen = .allocate(capacity: count)
        unsafe seen.initialize(repeating: 0, count: count)
    }

    deinit { unsafe seen.deallocate() }

    /// What is wrong with `message`, or nil.
    public mutating func check(_ message: FixMessage) -> FixRejection? {
        guard let body = tables.context(of: message.type) else { return FixRejection(.invalidMsgType) }
        worst = .max
        clear(FixTables.header, FixTables.header)
        clear(FixTables.trailer, FixTables.trailer)
        clear(body, 2)
        checkFields(message, body)
        if options.contains(.required) {
            checkRequired(FixTables.header, at: FixTables.header, FixFieldInfo.Section.header)
            checkRequired(FixTables.trailer, at: FixTables.trailer, FixFieldInfo.Section.trailer)
            checkRequired(body, at: 2, FixFieldInfo.Section.body)
        }
        return worst == .max ? nil : worstRejection
    }

    /// All fields from the first to the last.
    @inline(__always)
    private mutating func checkFields(_ message: FixMessage, _ body: Int) {
        let row = context(body).row
        var part = FixFieldInfo.Section.header
        var at = 0
        while at < message.count {
            let index = at
            at &+= 1
            let tag = unsafe message.fields[index].tag
            let place = tables.index(of: tag.rawValue)
            let info = tables.info(place)
            if info.section == FixFieldInfo.Section.body {
                if part == FixFieldInfo.Section.trailer { noteOrder(tag) }
                part = FixFieldInfo.Section.body
                let entry = self.entry(row, info)
                checkValue(message, index, info, FixFieldInfo.Section.body)
                guard entry != 0 else {
                    checkMembership(tag, place)
                    continue
                }
                let slot = Int(entry & FixContext.Entry.slot) &- 1
                mark(2, slot, tag, FixFieldInfo.Section.body)
                if entry & FixContext.Entry.group != 0 {
                    let isAsked = entry & FixContext.Entry.requiredGroup != 0
                    at = checkGroup(message, index, body, slot, isAsked, 3)
                }
            } else {
                at = checkEnvelope(message, index, info, &part)
            }
        }
    }

    /// A field of the header or the trailer.
    @inline(__always)
    private mutating func checkEnvelope(
        _ message: FixMessage,
        _ index: Int,
        _ info: FixFieldInfo,
        _ part: inout UInt8
    ) -> Int {
        let tag = unsafe message.fields[index].tag
        if info.section == FixFieldInfo.Section.header {
            if part != FixFieldInfo.Section.header { noteOrder(tag) }
        } else {
            part = FixFieldInfo.Section.trailer
        }
        checkValue(message, index, info, info.section)
        let list = Int(info.section) &- 1
        mark(list, Int(info.slot), tag, info.section)
        guard group(list, Int(info.slot)) != 0 else { return index &+ 1 }
        return checkGroup(message, index, list, Int(info.slot), false, 3)
    }

    /// Format and enumeration of the value at `index`.
    @inline(__always)
    mutating func checkValue(_ message: FixMessage, _ index: Int, _ info: FixFieldInfo, _ section: UInt8) {
        let value = message.value(index)
        if value.isEmpty { return noteEmpty(unsafe message.fields[index].tag, section) }
        if info.values != 0 {
            // A value of the enumeration has the right form.
            if tables.allows(value, info.values) { return }
            return noteValue(value, info, unsafe message.fields[index].tag, section)
        }
        if info.format == .any { return }
        if !info.format.acceptsFast(value) { noteFormat(info.format, unsafe message.fields[index].tag, section) }
    }

    // MARK: Tables and bits

    @inline(__always)
    func context(_ index: Int) -> FixContext {
        // Safe: indices come from the tables.
        unsafe tables.contexts.baseAddress.unsafelyUnwrapped[index]
    }

    /// What a row says of a field.
    @inline(__always)
    func entry(_ row: UInt32, _ info: FixFieldInfo) -> UInt16 {
        // Safe: a row has an entry for every column; column zero is always zero.
        unsafe tables.rows.baseAddress.unsafelyUnwrapped[Int(row) &+ Int(info.column)]
    }

    /// The context of a slot's group, zero for none.
    @inline(__always)
    func group(_ list: Int, _ slot: Int) -> Int {
        // Safe: as above.
        unsafe Int(tables.slotGroups.baseAddress.unsafelyUnwrapped[Int(context(list).slots) &+ slot])
    }

    @inline(__always)
    func clear(_ list: Int, _ place: Int) {
        // Safe: there are as many words as the largest list has, for every place.
        let words = unsafe seen + place &* tables.words
        for word in 0..<Int(context(list).words) { unsafe words[word] = 0 }
    }

    /// Whether the slot was seen before; it is now.
    @inline(__always)
    func set(_ place: Int, _ slot: Int) -> Bool {
        // Safe: as above; a slot is below 64 times the words.
        let word = unsafe seen + (place &* tables.words &+ slot >> 6)
        let bit: UInt64 = 1 << UInt64(slot & 63)
        let before = unsafe word.pointee & bit != 0
        unsafe word.pointee |= bit
        return before
    }

    @inline(__always)
    private mutating func mark(_ place: Int, _ slot: Int, _ tag: FixTag, _ section: UInt8) {
        if set(place, slot) { note(.tagAppearsTwice, tag, section, 0) }
    }

    /// Required fields of a list that were not seen.
    @inline(__always)
    mutating func checkRequired(_ list: Int, at place: Int, _ section: UInt8) {
        let info = context(list)
        // Safe: as above.
        let needed = unsafe tables.required.baseAddress.unsafelyUnwrapped + Int(info.required)
        let found = unsafe seen + place &* tables.words
        for word in 0..<Int(info.words) {
            let missing = unsafe needed[word] & ~found[word]
            if missing != 0 { noteMissing(missing, word, info, section) }
        }
    }
}
