// SPDX-License-Identifier: MIT
import HeliosWire

/// What a field is, in eight bytes.
struct FixFieldInfo: BitwiseCopyable {
    enum Section {
        static let body: UInt8 = 0
        static let header: UInt8 = 1
        static let trailer: UInt8 = 2
    }

    var format: FixFormat
    var section: UInt8
    /// Its place in the header or the trailer.
    var slot: UInt16
    /// Where rows speak of it; zero for a field in no message, about which they don't.
    var column: UInt16
    /// Which enumeration it has; zero for none.
    var values: UInt16

    static let unknown = FixFieldInfo(format: .any, section: 0, slot: 0, column: 0, values: 0)
}

/// The values that a field may have.
struct FixValueInfo: BitwiseCopyable {
    /// A bit for each single character below 64.
    var low: UInt64 = 0
    /// A bit for each from 64 to 127.
    var high: UInt64 = 0
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
    /// Words of a bit for each slot.
    var words: UInt16
    /// Where the words of its required fields begin.
    var required: UInt32
    /// The field that begins an entry.
    var opening: UInt32

    /// An entry of a row: zero for no member, else the slot and one, and what it is.
    enum Entry {
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

    let tagIndex: UnsafeBufferPointer<UInt16>
    let farTags: UnsafeBufferPointer<UInt32>
    let farIndex: UnsafeBufferPointer<UInt16>
    let fields: UnsafeBufferPointer<FixFieldInfo>
    let values: UnsafeBufferPointer<FixValueInfo>
    let packedValues: UnsafeBufferPointer<UInt64>
    /// Longer values, each with its length in front.
    let longValues: UnsafeBufferPointer<UInt8>
    let contexts: UnsafeBufferPointer<FixContext>
    let rows: UnsafeBufferPointer<UInt16>
    let slotTags: UnsafeBufferPointer<UInt32>
    /// The context of a slot's group; zero for a field.
    let slotGroups: UnsafeBufferPointer<UInt16>
    let required: UnsafeBufferPointer<UInt64>
    let typeKeys: UnsafeBufferPointer<UInt64>
    let typeContexts: UnsafeBufferPointer<UInt16>
    let typeShift: UInt64
    let words: Int
    let depth: Int

    init(_ draft: FixTableDraft) {
        unsafe tagIndex = Self.copy(draft.tagIndex)
        unsafe farTags = Self.copy(draft.farTags)
        unsafe farIndex = Self.copy(draft.farIndex)
        unsafe fields = Self.copy(draft.fields)
        unsafe values = Self.copy(draft.values)
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
        words = draft.contexts.map { Int($0.words) }.max() ?? 1
        depth = draft.depth
    }

    private static func copy<T: BitwiseCopyable>(_ array: [T]) -> UnsafeBufferPointer<T> {
        let buffer = UnsafeMutableBufferPointer<T>.allocate(capacity: array.count)
        _ = unsafe buffer.initialize(from: array)
        return UnsafeBufferPointer(buffer)
    }

    /// Gives the memory back.
    func free() {
        unsafe tagIndex.deallocate()
        unsafe farTags.deallocate()
        unsafe farIndex.deallocate()
        unsafe fields.deallocate()
        unsafe values.deallocate()
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

    /// The field's place in `fields`; zero when there is none.
    @inline(__always)
    func index(of tag: UInt32) -> Int {
        // Safe: compared with the count.
        if unsafe Int(tag) < tagIndex.count { return unsafe Int(tagIndex.baseAddress.unsafelyUnwrapped[Int(tag)]) }
        return unsafe farTags.isEmpty ? 0 : farIndex(of: tag)
    }

    @inline(never)
    private func farIndex(of tag: UInt32) -> Int {
        var low = 0
        var high = unsafe farTags.count
        while low < high {
            let middle = (low + high) / 2
            if unsafe farTags[middle] < tag { low = middle + 1 } else { high = middle }
        }
        return unsafe low < farTags.count && farTags[low] == tag ? Int(farIndex[low]) : 0
    }

    @inline(__always)
    func info(_ index: Int) -> FixFieldInfo {
        // Safe: indices come from the tables.
        unsafe fields.baseAddress.unsafelyUnwrapped[index]
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
    /// Whether a field's enumeration has `value`.
    @inline(__always)
    func allows(_ value: FixValue, _ index: UInt16) -> Bool {
        // Safe: indices come from the tables.
        let info = unsafe values.baseAddress.unsafelyUnwrapped + Int(index)
        if let char = value.char, char < 128 {
            let bits = unsafe char < 64 ? info.pointee.low : info.pointee.high
            return bits >> UInt64(char & 63) & 1 == 1
        }
        return unsafe allowsLonger(value.bytes, info.pointee)
    }

    @inline(never)
    private func allowsLonger(_ bytes: WireBytes, _ info: FixValueInfo) -> Bool {
        guard info.isMultiple else { return allowsOne(bytes, info) }
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == 0x20 {
            guard allowsOne(bytes.slice(start..<end), info) else { return false }
            start = end + 1
        }
        return true
    }

    private func allowsOne(_ bytes: WireBytes, _ info: FixValueInfo) -> Bool {
        guard bytes.count <= 8 else { return allowsLong(bytes, info) }
        guard let packed = FixValue(bytes).packed else { return false }
        if bytes.count == 1 {
            return packed < 128 && (packed < 64 ? info.low : info.high) >> (packed & 63) & 1 == 1
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
