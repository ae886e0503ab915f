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
/// A good field is passed by a handful of loads and comparisons; whatever looks wrong at that glance is looked at closely.
@safe
public struct FixChecker: ~Copyable {
    public let dictionary: FixDictionary
    public var options: FixCheckOptions
    let tables: FixCheckTables
    /// The turn in which a slot was seen last: of the body, the header, the trailer, then of the entry open at each depth; none
    /// before the first place of each.
    private let stamps: UnsafeMutablePointer<UInt32>
    private let stampCount: Int
    /// The last turn: each message, and each entry of a group, has its own.
    private var turn: UInt32 = 0
    /// The worst problem so far, smaller is worse; all ones for none.
    var worst: UInt64 = .max
    var worstRejection = FixRejection(.other)

    /// Where the stamps of a list begin.
    enum Place {
        static let body = 0
        static let header = FixTables.header + 1
        static let trailer = FixTables.trailer + 1
        static let entries = 3
    }

    public init(_ dictionary: FixDictionary, options: FixCheckOptions = .default) {
        self.dictionary = dictionary
        self.options = options
        tables = FixCheckTables(dictionary.tables)
        stampCount = tables.stride * (dictionary.tables.depth + Place.entries) + 1
        unsafe stamps = .allocate(capacity: stampCount)
        unsafe stamps.initialize(repeating: 0, count: stampCount)
    }

    deinit { unsafe stamps.deallocate() }

    /// What is wrong with `message`, or nil.
    public mutating func check(_ message: FixMessage) -> FixRejection? {
        guard let body = dictionary.tables.context(of: message.type) else { return FixRejection(.invalidMsgType) }
        worst = .max
        // No message has more entries than fields.
        if turn > .max &- UInt32(truncatingIfNeeded: message.count) &- 4 { forget() }
        let turn = nextTurn()
        checkFields(message, body, turn)
        if options.contains(.required) {
            checkRequired(FixTables.header, at: Place.header, turn, FixFieldInfo.Section.header)
            checkRequired(FixTables.trailer, at: Place.trailer, turn, FixFieldInfo.Section.trailer)
            checkRequired(body, at: Place.body, turn, FixFieldInfo.Section.body)
        }
        return worst == .max ? nil : worstRejection
    }

    /// All fields from the first to the last.
    @inline(__always)
    private mutating func checkFields(_ message: FixMessage, _ body: Int, _ turn: UInt32) {
        // What is stored must not make the compiler load these again.
        let (tables, stamps) = unsafe (tables, stamps)
        // Safe: a context's row begins within the rows.
        let row = unsafe tables.rows + Int(tables.context(body).row)
        var part = FixFieldInfo.Section.header
        var at = 0
        while at < message.count {
            // Safe: below the count; a row has an entry for every column, and there is a stamp for every entry.
            let field = unsafe message.fields[at]
            let info = unsafe info(field.tag, tables)
            if unsafe !tables.passes(message.base + Int(field.start), Int(field.count), info) {
                unsafe judge(message, at, info.pointee)
            }
            let entry = unsafe row[Int(info.pointee.column)]
            let stamp = unsafe stamps + Int(entry & FixContext.Entry.slot)
            if Int16(bitPattern: entry) <= 0 {
                at = unsafe checkOther(message, at, info.pointee, entry, body, turn, &part)
                continue
            }
            let section = unsafe info.pointee.section
            if section < part { noteOrder(field.tag) }
            part = section
            if unsafe stamp.pointee == turn { note(.tagAppearsTwice, field.tag, section, 0) }
            unsafe stamp.pointee = turn
            at &+= 1
        }
    }

    /// A field that is no member of the message, or one that counts a group's entries; where the next field is.
    @inline(never)
    private mutating func checkOther(
        _ message: FixMessage,
        _ index: Int,
        _ info: FixFieldInfo,
        _ entry: UInt16,
        _ body: Int,
        _ turn: UInt32,
        _ part: inout UInt8
    ) -> Int {
        let tag = message.tag(index)
        // A field that nobody knows stands where the body's do.
        let section = info.envelope == nil ? FixFieldInfo.Section.body : info.section
        if section < part { noteOrder(tag) }
        part = section
        guard entry != 0 else {
            checkMembership(tag)
            return index &+ 1
        }
        if see(0, Int(entry & FixContext.Entry.slot) &- 1, turn) { note(.tagAppearsTwice, tag, section, 0) }
        if let list = info.envelope { return checkGroup(message, index, list, Int(info.slot), false, Place.entries) }
        let isAsked = entry & FixContext.Entry.requiredGroup != 0
        return checkGroup(message, index, body, Int(entry & FixContext.Entry.slot) &- 1, isAsked, Place.entries)
    }

    /// What is known of a field.
    @inline(__always)
    @unsafe
    mutating func info(_ tag: FixTag, _ tables: FixCheckTables) -> UnsafePointer<FixFieldInfo> {
        // Safe: below the count.
        tag.rawValue < tables.near ? unsafe tables.fields + Int(tag.rawValue) : unsafe farInfo(tag)
    }

    // It changes nothing: what is not mutating is lent by value, and copied for it.
    @inline(never)
    private mutating func farInfo(_ tag: FixTag) -> UnsafePointer<FixFieldInfo> {
        unsafe dictionary.tables.place(of: tag.rawValue)
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
    mutating func see(_ place: Int, _ slot: Int, _ turn: UInt32) -> Bool {
        // Safe: there are stamps for the longest list at every place.
        let stamp = unsafe stamps + (place &* tables.stride &+ slot &+ 1)
        let before = unsafe stamp.pointee == turn
        unsafe stamp.pointee = turn
        return before
    }

    /// Required fields of a list that were not seen.
    @inline(__always)
    mutating func checkRequired(_ list: Int, at place: Int, _ turn: UInt32, _ section: UInt8) {
        let info = tables.context(list)
        // Safe: as above.
        let needed = unsafe tables.required + Int(info.required)
        let found = unsafe stamps + (place &* tables.stride &+ 1)
        var index = 0
        while index < Int(info.requiredCount) {
            let slot = unsafe Int(needed[index])
            if unsafe found[slot] != turn { noteMissing(slot, list, section) }
            index &+= 1
        }
    }
}
