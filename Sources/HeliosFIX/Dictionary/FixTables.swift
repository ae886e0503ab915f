// SPDX-License-Identifier: MIT
import HeliosWire

/// What a field is, in eight bytes.
struct FixFieldInfo: BitwiseCopyable {
    /// Numbered as they follow each other in a message.
    enum Section {
        static let header: UInt8 = 0
        static let body: UInt8 = 1
        static let trailer: UInt8 = 2
        /// There is no such field.
        static let unknown: UInt8 = 3
    }

    var format: FixFormat
    var section: UInt8
    /// Its place in the header or the trailer.
    var slot: UInt16
    /// Where rows speak of it; zero for a field in no message, about which they don't.
    var column: UInt16
    /// Which enumeration it has; zero for none.
    var values: UInt16

    static let unknown = FixFieldInfo(format: .any, section: Section.unknown, slot: 0, column: 0, values: 0)

    /// The list of the header or of the trailer when it stands there.
    var envelope: Int? {
        switch section {
        case Section.header: FixTables.header
        case Section.trailer: FixTables.trailer
        default: nil
        }
    }
}

/// The values that a field may have, but for single characters.
struct FixValueInfo: BitwiseCopyable {
    /// Values of two to eight bytes, packed and sorted.
    var packed: UInt32 = 0
    var packedCount: UInt16 = 0
    var isMultiple = false
    /// Longer values.
    var long: UInt32 = 0
    var longCount: UInt16 = 0
}

/// One list of fields: a message's body, the header, the trailer, or an entry of a group.
struct FixContext: BitwiseCopyable {
    /// Where its row begins: an entry for each column.
    var row: UInt32
    /// Where its slots begin, in the lists of tags and of groups.
    var slots: UInt32
    var slotCount: UInt16
    var requiredCount: UInt16
    /// Where the slots of its required fields begin.
    var required: UInt32
    /// The field that begins an entry.
    var opening: UInt32

    /// An entry of a row: zero for no member, else the slot and one, and what it is.
    ///
    /// In the row of a message the header's fields have slots behind those of the longest list, the trailer's behind these.
    enum Entry {
        /// The highest bit: no member and a group's counter are what one comparison finds.
        static let group: UInt16 = 0x8000
        static let requiredGroup: UInt16 = 0x4000
        static let slot: UInt16 = 0x3FFF
        static let slots = 4_094
    }
}

/// A dictionary's tables, flat, made once.
@safe
struct FixTables: @unchecked Sendable {
    static let header = 0
    static let trailer = 1
    /// Tags from here on are looked up by halves.
    static let dense = 65_536

    /// By tag; the last is of none, and unknown.
    let fields: UnsafeBufferPointer<FixFieldInfo>
    let farTags: UnsafeBufferPointer<UInt32>
    let farFields: UnsafeBufferPointer<FixFieldInfo>
    let values: UnsafeBufferPointer<FixValueInfo>
    /// A bit for each single character, four words an enumeration.
    let characters: UnsafeBufferPointer<UInt64>
    let packedValues: UnsafeBufferPointer<UInt64>
    /// Longer values, each with its length in front.
    let longValues: UnsafeBufferPointer<UInt8>
    let contexts: UnsafeBufferPointer<FixContext>
    let rows: UnsafeBufferPointer<UInt16>
    let slotTags: UnsafeBufferPointer<UInt32>
    /// The context of a slot's group; zero for a field.
    let slotGroups: UnsafeBufferPointer<UInt16>
    let required: UnsafeBufferPointer<UInt16>
    let typeKeys: UnsafeBufferPointer<UInt64>
    let typeContexts: UnsafeBufferPointer<UInt16>
    let typeShift: UInt64
    /// Slots of the longest list.
    let slots: Int
    /// Groups in groups, at most, and one.
    let depth: Int

    init(_ draft: FixTableDraft) {
        unsafe fields = Self.copy(draft.fields)
        unsafe farTags = Self.copy(draft.farTags)
        unsafe farFields = Self.copy(draft.farFields)
        unsafe values = Self.copy(draft.values)
        unsafe characters = Self.copy(draft.characters)
        unsafe packedValues = Self.copy(draft.packedValues)
        unsafe longValues = Self.copy(draft.longValues)
        unsafe contexts = Self.copy(draft.contexts)
        unsafe rows = Self.copy(draft.rows)
        unsafe slotTags = Self.copy(draft.slotTags)
        unsafe slotGroups = Self.copy(draft.slotGroups)
        unsafe required = Self.copy(draft.required)
        unsafe typeKeys = Self.copy(draft.typeKeys)
        unsafe typeContexts = Self.copy(draft.typeContexts)
        typeShift = UInt64(64 - draft.typeKeys.count.trailingZeroBitCount)
        slots = draft.slots
        depth = draft.depth
    }

    private static func copy<T: BitwiseCopyable>(_ array: [T]) -> UnsafeBufferPointer<T> {
        let buffer = UnsafeMutableBufferPointer<T>.allocate(capacity: array.count)
        _ = unsafe buffer.initialize(from: array)
        return UnsafeBufferPointer(buffer)
    }

    /// Gives the memory back.
    func free() {
        unsafe fields.deallocate()
        unsafe farTags.deallocate()
        unsafe farFields.deallocate()
        unsafe values.deallocate()
        unsafe characters.deallocate()
        unsafe packedValues.deallocate()
        unsafe longValues.deallocate()
        unsafe contexts.deallocate()
        unsafe rows.deallocate()
        unsafe slotTags.deallocate()
        unsafe slotGroups.deallocate()
        unsafe required.deallocate()
        unsafe typeKeys.deallocate()
        unsafe typeContexts.deallocate()
    }

    /// What the field with that tag is.
    func info(of tag: UInt32) -> FixFieldInfo { unsafe place(of: tag).pointee }

    /// Where it stands what the field with that tag is.
    @unsafe
    func place(of tag: UInt32) -> UnsafePointer<FixFieldInfo> {
        // Safe: there is one at least; places are compared with the counts.
        let (near, far) = unsafe (fields.baseAddress.unsafelyUnwrapped, farFields.baseAddress.unsafelyUnwrapped)
        // The last one stands for what is not known.
        if unsafe Int(tag) < fields.count - 1 { return unsafe near + Int(tag) }
        var low = 0
        var high = unsafe farTags.count
        while low < high {
            let middle = (low + high) / 2
            if unsafe farTags[middle] < tag { low = middle + 1 } else { high = middle }
        }
        return unsafe low < farTags.count && farTags[low] == tag ? far + low : near + (fields.count - 1)
    }

    /// The context of a message's body, or nil.
    @inline(__always)
    func context(of type: FixMsgType) -> Int? {
        var slot = Int(truncatingIfNeeded: Self.hash(type.rawValue) >> typeShift)
        // At least half of the slots are empty: the search ends.
        while true {
            let key = unsafe typeKeys[slot]
            if key == type.rawValue, key != 0 { return unsafe Int(typeContexts[slot]) }
            if key == 0 { return nil }
            slot = unsafe (slot &+ 1) & (typeKeys.count &- 1)
        }
    }

    @inline(__always)
    static func hash(_ type: UInt64) -> UInt64 { type &* 0x9E37_79B9_7F4A_7C15 }
}

extension FixTables {
    /// Whether a field's enumeration has the value `bytes`, or a list of them.
    func allows(_ bytes: WireBytes, _ index: UInt16) -> Bool {
        // Safe: indices come from the tables.
        let info = unsafe values[Int(index)]
        guard info.isMultiple else { return allowsOne(bytes, index) }
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == 0x20 {
            guard allowsOne(bytes.slice(start..<end), index) else { return false }
            start = end + 1
        }
        return true
    }

    private func allowsOne(_ bytes: WireBytes, _ index: UInt16) -> Bool {
        // Safe: as above.
        let info = unsafe values[Int(index)]
        guard bytes.count <= 8 else { return allowsLong(bytes, info) }
        guard let packed = FixValue(bytes).packed else { return false }
        if bytes.count == 1 {
            return unsafe characters[4 * Int(index) + Int(packed >> 6)] >> (packed & 63) & 1 == 1
        }
        var low = Int(info.packed)
        var high = low + Int(info.packedCount)
        let bound = high
        while low < high {
            let middle = (low + high) / 2
            if unsafe packedValues[middle] < packed { low = middle + 1 } else { high = middle }
        }
        return unsafe low < bound && packedValues[low] == packed
    }

    private func allowsLong(_ bytes: WireBytes, _ info: FixValueInfo) -> Bool {
        var at = Int(info.long)
        for _ in 0..<info.longCount {
            let count = unsafe Int(longValues[at])
            if count == bytes.count {
                var index = 0
                while unsafe index < count && longValues[at + 1 + index] == bytes[index] { index += 1 }
                if index == count { return true }
            }
            at += count + 1
        }
        return false
    }
}
