// SPDX-License-Identifier: MIT
import HeliosWire

/// One message as a scanner found it: a view that owns nothing.
///
/// Valid until the scanner's next scan, and as long as the bytes are. All fields but CheckSum are there, in the order of the
/// wire: BeginString, BodyLength and MsgType are the first three.
@safe
@frozen
public struct FixMessage: BitwiseCopyable {
    @usableFromInline let base: UnsafeRawPointer
    @usableFromInline let total: Int
    @usableFromInline let fields: UnsafePointer<FixField>
    /// Its fields, without CheckSum.
    public let count: Int

    @inlinable
    init(base: UnsafeRawPointer, total: Int, fields: UnsafeMutablePointer<FixField>, count: Int) {
        unsafe self.base = base
        self.total = total
        unsafe self.fields = UnsafePointer(fields)
        self.count = count
    }

    /// The whole message as it came.
    @inlinable
    public var bytes: WireBytes { unsafe WireBytes(UnsafeRawBufferPointer(start: base, count: total)) }

    /// The field at `index`; traps outside `0..<count`.
    @inlinable
    public func field(_ index: Int) -> FixField {
        precondition(index >= 0 && index < count, "no such field")
        return unsafe fields[index]
    }

    /// The tag of the field at `index`; traps outside `0..<count`.
    @inlinable
    public func tag(_ index: Int) -> FixTag { field(index).tag }

    /// The value of the field at `index`; traps outside `0..<count`.
    @inlinable
    public func value(_ index: Int) -> FixValue {
        let field = field(index)
        // Safe: the scanner has found the value within the message.
        return unsafe FixValue(
            WireBytes(UnsafeRawBufferPointer(start: base + Int(field.start), count: Int(field.count)))
        )
    }

    /// Where the first field with `tag` is, from `start` on and before `end`.
    @inlinable
    public func index(of tag: FixTag, from start: Int = 0, to end: Int = .max) -> Int? {
        var index = max(start, 0)
        let bound = min(end, count)
        while index < bound {
            // Safe: below `count`.
            if unsafe fields[index].tag == tag { return index }
            index &+= 1
        }
        return nil
    }

    /// The value of the first field with `tag`.
    @inlinable
    public subscript(tag: FixTag) -> FixValue? {
        guard let index = index(of: tag) else { return nil }
        return value(index)
    }

    /// What kind of message it is; zero for a type longer than eight characters, which no version has.
    @inlinable
    public var type: FixMsgType {
        let field = field(2)
        guard field.count &- 1 < 8 else { return FixMsgType(rawValue: 0) }
        // Safe: behind a value there are its separator and the trailer, eight bytes.
        let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: Int(field.start), as: UInt64.self))
        return FixMsgType(rawValue: word & (UInt64.max &>> UInt64(64 &- 8 &* field.count)))
    }
}

/// Entries of a repeating group: each begins with the field that opens the group's definition.
///
/// ```swift
/// for entry in message.group(.noMDEntries, opening: .mdEntryType) {
///     let price = entry[.mdEntryPx]?.price
/// }
/// ```
/// The count that the message claims is a bound, never a promise: what is not there is not given. An entry ends where the next
/// begins; the last where a dictionary would know, which is not asked here: it reaches up to the message's end or `end`.
@frozen
public struct FixGroup: Sequence, IteratorProtocol {
    @usableFromInline let message: FixMessage
    @usableFromInline let opening: FixTag
    @usableFromInline let end: Int
    @usableFromInline var next_: Int
    @usableFromInline var left: Int

    @inlinable
    init(_ message: FixMessage, from: Int, to end: Int, opening: FixTag, count: Int) {
        self.message = message
        self.opening = opening
        self.end = end
        next_ = from
        left = count
    }

    /// Entries still to be given, at most.
    @inlinable
    public var underestimatedCount: Int { 0 }

    @inlinable
    public mutating func next() -> FixEntry? {
        guard left > 0, next_ < end, message.tag(next_) == opening else { return nil }
        let start = next_
        left &-= 1
        next_ = left == 0 ? end : message.index(of: opening, from: start + 1, to: end) ?? end
        return FixEntry(message, start..<next_)
    }
}

/// One entry of a repeating group.
@frozen
public struct FixEntry: BitwiseCopyable {
    public let message: FixMessage
    /// Its fields in the message.
    @usableFromInline let start: Int
    @usableFromInline let end: Int

    @inlinable
    init(_ message: FixMessage, _ range: Range<Int>) {
        self.message = message
        start = range.lowerBound
        end = range.upperBound
    }

    /// Its fields in the message.
    @inlinable
    public var range: Range<Int> { start..<end }

    /// The value of the first field with `tag`.
    @inlinable
    public subscript(tag: FixTag) -> FixValue? {
        guard let index = message.index(of: tag, from: start, to: end) else { return nil }
        return message.value(index)
    }

    /// The entries of a group within the entry.
    @inlinable
    public func group(_ counter: FixTag, opening: FixTag) -> FixGroup {
        message.group(counter, opening: opening, within: range)
    }
}

extension FixMessage {
    /// The entries of the group that `counter` counts; none when there is no such field or it is no number.
    ///
    /// - Parameters:
    ///   - counter: the field with the number of entries.
    ///   - opening: the field that every entry begins with.
    ///   - range: where to look; the whole message by default.
    /// - Returns: a sequence of entries.
    @inlinable
    public func group(_ counter: FixTag, opening: FixTag, within range: Range<Int>? = nil) -> FixGroup {
        let bound = min(range?.upperBound ?? count, count)
        guard let index = index(of: counter, from: range?.lowerBound ?? 0, to: bound),
            let entries = value(index).int, entries > 0
        else { return FixGroup(self, from: bound, to: bound, opening: opening, count: 0) }
        return FixGroup(self, from: index + 1, to: bound, opening: opening, count: Int(clamping: entries))
    }
}
