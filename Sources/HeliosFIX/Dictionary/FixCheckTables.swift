// SPDX-License-Identifier: MIT

/// The tables that every field asks, by themselves: a checker's loop keeps them in registers.
@safe
struct FixCheckTables: BitwiseCopyable {
    let fields: UnsafePointer<FixFieldInfo>
    /// Tags from here on are not in `fields`.
    let near: UInt32
    let characters: UnsafePointer<UInt64>
    let contexts: UnsafePointer<FixContext>
    let rows: UnsafePointer<UInt16>
    let slotGroups: UnsafePointer<UInt16>
    let required: UnsafePointer<UInt16>
    /// Slots of the longest list.
    let stride: Int

    /// - Parameter tables: those of a dictionary that outlives this.
    init(_ tables: FixTables) {
        // Safe: none is empty, but for `required`, of which nothing is read then.
        unsafe fields = tables.fields.baseAddress.unsafelyUnwrapped
        near = unsafe UInt32(tables.fields.count) - 1
        unsafe characters = tables.characters.baseAddress.unsafelyUnwrapped
        unsafe contexts = tables.contexts.baseAddress.unsafelyUnwrapped
        unsafe rows = tables.rows.baseAddress.unsafelyUnwrapped
        unsafe slotGroups = tables.slotGroups.baseAddress.unsafelyUnwrapped
        unsafe required = tables.required.baseAddress.unsafelyUnwrapped
        stride = tables.slots
    }

    @inline(__always)
    func context(_ index: Int) -> FixContext {
        // Safe: indices come from the tables.
        unsafe contexts[index]
    }

    /// What a list's row says of a field.
    @inline(__always)
    func entry(_ row: UInt32, _ info: UnsafePointer<FixFieldInfo>) -> UInt16 {
        // Safe: a row has an entry for every column; column zero is always zero.
        unsafe rows[Int(row) &+ Int(info.pointee.column)]
    }

    /// The context of a slot's group, zero for none.
    func group(_ list: Int, _ slot: Int) -> Int {
        // Safe: as above.
        unsafe Int(slotGroups[Int(context(list).slots) &+ slot])
    }

    /// Whether a glance at a value shows that it is right; if not, it may still be.
    ///
    /// - Parameters:
    ///   - start: the value, of which eight bytes can be read though it may have fewer.
    ///   - count: its bytes.
    ///   - info: what is known of its field.
    /// - Returns: true for a value that is right.
    @inline(__always)
    @unsafe
    func passes(_ start: UnsafeRawPointer, _ count: Int, _ info: UnsafePointer<FixFieldInfo>) -> Bool {
        if unsafe info.pointee.values != 0 {
            // A value of the enumeration has the right form.
            let char = unsafe start.load(as: UInt8.self)
            // Safe: indices come from the tables, and each has four words.
            let bits = unsafe characters[4 &* Int(info.pointee.values) &+ Int(char >> 6)]
            return count == 1 && bits &>> UInt64(char & 63) & 1 == 1
        }
        return unsafe FixGlance.passes(info.pointee.format, start, count)
    }
}
