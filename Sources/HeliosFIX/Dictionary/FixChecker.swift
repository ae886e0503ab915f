// SPDX-License-Identifier: MIT
import HeliosWire

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
    // The tables that every field asks, here so that asking loads nothing else.
    private let fields: UnsafePointer<FixFieldInfo>
    private let fieldCount: Int
    private let values: UnsafePointer<FixValueInfo>
    private let contexts: UnsafePointer<FixContext>
    private let rows: UnsafePointer<UInt16>
    private let slotGroups: UnsafePointer<UInt16>
    private let required: UnsafePointer<UInt16>
    /// The turn in which a slot was seen last: of header, trailer, body, then of the entry open at each depth.
    private let stamps: UnsafeMutablePointer<UInt32>
    private let stride: Int
    private let stampCount: Int
    /// The last turn: each list of fields, and each entry of a group, has its own.
    private var turn: UInt32 = 0
    /// The worst problem so far, smaller is worse; all ones for none.
    var worst: UInt64 = .max
    var worstRejection = FixRejection(.other)

    public init(_ dictionary: FixDictionary, options: FixCheckOptions = .default) {
        self.dictionary = dictionary
        self.options = options
        let tables = dictionary.tables
        // Safe: the dictionary, which is kept, owns the tables; none is empty.
        unsafe fields = tables.fields.baseAddress.unsafelyUnwrapped
        fieldCount = unsafe tables.fields.count
        unsafe values = tables.values.baseAddress.unsafelyUnwrapped
        unsafe contexts = tables.contexts.baseAddress.unsafelyUnwrapped
        unsafe rows = tables.rows.baseAddress.unsafelyUnwrapped
        unsafe slotGroups = tables.slotGroups.baseAddress.unsafelyUnwrapped
        unsafe required = tables.required.baseAddress.unsafelyUnwrapped
        stride = tables.slots
        stampCount = stride * (tables.depth + 3)
        unsafe stamps = .allocate(capacity: stampCount)
        unsafe stamps.initialize(repeating: 0, count: stampCount)
    }

    deinit { unsafe stamps.deallocate() }

    /// What is wrong with `message`, or nil.
    public mutating func check(_ message: FixMessage) -> FixRejection? {
        guard let body = dictionary.tables.context(of: message.type) else { return FixRejection(.invalidMsgType) }
        worst = .max
        // No message has more entries than fields.
        if turn > .max &- UInt32(message.count) &- 4 { forget() }
        let header = nextTurn()
        let trailer = nextTurn()
        let turn = nextTurn()
        checkFields(message, body, turn)
        if options.contains(.required) {
            checkRequired(FixTables.header, at: FixTables.header, header, FixFieldInfo.Section.header)
            checkRequired(FixTables.trailer, at: FixTables.trailer, trailer, FixFieldInfo.Section.trailer)
            checkRequired(body, at: 2, turn, FixFieldInfo.Section.body)
        }
        return worst == .max ? nil : worstRejection
    }

    /// All fields from the first to the last; the header's turn is two before the body's, the trailer's one.
    @inline(__always)
    private mutating func checkFields(_ message: FixMessage, _ body: Int, _ turn: UInt32) {
        let row = context(body).row
        var part = FixFieldInfo.Section.header
        var at = 0
        while at < message.count {
            let index = at
            at &+= 1
            // Safe: below the count.
            let field = unsafe message.fields[index]
            let info = info(field.tag)
            checkValue(message, field, info)
            if info.isEnvelope {
                at = checkEnvelope(message, index, info, &part, turn)
                continue
            }
            if part == FixFieldInfo.Section.trailer { noteOrder(field.tag) }
            part = FixFieldInfo.Section.body
            let entry = entry(row, info)
            guard entry != 0 else {
                checkMembership(field.tag)
                continue
            }
            let slot = Int(entry & FixContext.Entry.slot) &- 1
            if see(2, slot, turn) { note(.tagAppearsTwice, field.tag, FixFieldInfo.Section.body, 0) }
            if entry & FixContext.Entry.group != 0 {
                let isAsked = entry & FixContext.Entry.requiredGroup != 0
                at = checkGroup(message, index, body, slot, isAsked, 3)
            }
        }
    }

    /// A field of the header or the trailer; where the next field is.
    @inline(__always)
    private mutating func checkEnvelope(
        _ message: FixMessage,
        _ index: Int,
        _ info: FixFieldInfo,
        _ part: inout UInt8,
        _ turn: UInt32
    ) -> Int {
        if info.section != FixFieldInfo.Section.header {
            part = FixFieldInfo.Section.trailer
        } else if part != FixFieldInfo.Section.header {
            noteOrder(message.tag(index))
        }
        let list = Int(info.section) &- 1
        if see(list, Int(info.slot), turn &- 2 &+ UInt32(list)) {
            note(.tagAppearsTwice, message.tag(index), info.section, 0)
        }
        guard group(list, Int(info.slot)) != 0 else { return index &+ 1 }
        return checkGroup(message, index, list, Int(info.slot), false, 3)
    }

    /// Format and enumeration of a field's value.
    @inline(__always)
    mutating func checkValue(_ message: FixMessage, _ field: FixField, _ info: FixFieldInfo) {
        if field.count == 0 { return noteEmpty(field.tag, info.section) }
        // Safe: the scanner has found the value within the message.
        let start = unsafe message.base + Int(field.start)
        if info.values != 0 {
            // A value of the enumeration has the right form.
            if field.count == 1, unsafe allows(start.load(as: UInt8.self), info.values) { return }
            return unsafe noteValue(FixChecker.value(start, field), info, field.tag)
        }
        if info.format == .any { return }
        if unsafe info.format.acceptsFast(FixChecker.value(start, field)) { return }
        noteFormat(info, field.tag)
    }

    @inline(__always)
    private static func value(_ start: UnsafeRawPointer, _ field: FixField) -> FixValue {
        unsafe FixValue(WireBytes(UnsafeRawBufferPointer(start: start, count: Int(field.count))))
    }

    /// Whether a character is of an enumeration.
    @inline(__always)
    private func allows(_ char: UInt8, _ index: UInt16) -> Bool {
        // Safe: indices come from the tables.
        let info = unsafe values + Int(index)
        let bits = unsafe char < 64 ? info.pointee.low : info.pointee.high
        return char < 128 && bits >> UInt64(char & 63) & 1 == 1
    }

    // MARK: Tables

    @inline(__always)
    func info(_ tag: FixTag) -> FixFieldInfo {
        // Safe: compared with the count.
        if Int(tag.rawValue) < fieldCount { return unsafe fields[Int(tag.rawValue)] }
        return farInfo(tag)
    }

    @inline(never)
    private func farInfo(_ tag: FixTag) -> FixFieldInfo { dictionary.tables.info(of: tag.rawValue) }

    @inline(__always)
    func context(_ index: Int) -> FixContext {
        // Safe: indices come from the tables.
        unsafe contexts[index]
    }

    /// What a row says of a field.
    @inline(__always)
    func entry(_ row: UInt32, _ info: FixFieldInfo) -> UInt16 {
        // Safe: a row has an entry for every column; column zero is always zero.
        unsafe rows[Int(row) &+ Int(info.column)]
    }

    /// The context of a slot's group, zero for none.
    @inline(__always)
    func group(_ list: Int, _ slot: Int) -> Int {
        // Safe: as above.
        unsafe Int(slotGroups[Int(context(list).slots) &+ slot])
    }

    // MARK: What was seen

    /// A number that no stamp has yet.
    @inline(__always)
    mutating func nextTurn() -> UInt32 {
        turn &+= 1
        return turn
    }

    /// All stamps as at the start, once in four thousand million turns.
    @inline(never)
    private mutating func forget() {
        unsafe stamps.update(repeating: 0, count: stampCount)
        turn = 0
    }

    /// Whether the slot was seen in that turn; it is now.
    @inline(__always)
    func see(_ place: Int, _ slot: Int, _ turn: UInt32) -> Bool {
        // Safe: there are stamps for the longest list at every place.
        let stamp = unsafe stamps + (place &* stride &+ slot)
        let before = unsafe stamp.pointee == turn
        unsafe stamp.pointee = turn
        return before
    }

    /// Required fields of a list that were not seen.
    @inline(__always)
    mutating func checkRequired(_ list: Int, at place: Int, _ turn: UInt32, _ section: UInt8) {
        let info = context(list)
        // Safe: as above.
        let needed = unsafe required + Int(info.required)
        let found = unsafe stamps + place &* stride
        for index in 0..<Int(info.requiredCount) {
            let slot = unsafe Int(needed[index])
            if unsafe found[slot] != turn { noteMissing(slot, info, section) }
        }
    }
}
