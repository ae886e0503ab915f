// SPDX-License-Identifier: MIT

/// What generated views of messages and entries have in common.
public protocol SbeView: BitwiseCopyable {
    /// Bytes of the fixed part as this schema writes it.
    static var blockLength: Int { get }
    /// Bytes that the fixed part has in every version of the schema.
    static var minimumBlockLength: Int { get }
    /// Groups and variable data behind the fixed part.
    static var parts: Int { get }
    /// A number of its own within the schema.
    static var number: Int { get }
    /// The fixed part.
    var block: SbeBlock { get }
    /// A view of a block, and of the groups and data that `walk` finds behind it.
    ///
    /// - Throws: `SbeError` when those are cut short.
    init(block: SbeBlock, walk: inout SbeWalk) throws(SbeError)
}

/// A message read in place: nothing is copied, its structure is checked once, a field is decoded when it is asked for.
///
/// ```swift
/// let book = try Mdp3.IncrementalBook(bytes)
/// for entry in book.entries { print(entry.price, entry.size) }
/// ```
public protocol SbeMessage: SbeView {
    associatedtype Schema: SbeSchema
    static var templateID: UInt16 { get }
}

extension SbeMessage {
    /// A view of `message`, which begins with its header and must outlive the view.
    ///
    /// What a newer version of the schema added is passed over.
    ///
    /// - Throws: `SbeError` when it is another message, or cut short.
    @inlinable
    public init(_ message: WireBytes) throws(SbeError) {
        var end = 0
        try self.init(message, end: &end)
    }

    /// A view of the message at the beginning of `bytes`; `end` becomes where its known parts end.
    ///
    /// - Throws: `SbeError` when it is another message, or cut short.
    @inlinable
    public init(_ bytes: WireBytes, end: inout Int) throws(SbeError) {
        let header = try Schema.checkedHeader(of: bytes)
        guard header.templateID == Self.templateID else { throw .template(header.templateID) }
        try self.init(header: header, bytes, end: &end)
    }

    /// A view of the message whose `header` was read before.
    ///
    /// - Throws: `SbeError` when it is cut short.
    @inlinable
    @inline(__always)
    public init(header: SbeHeader, _ bytes: WireBytes, end: inout Int) throws(SbeError) {
        let body = bytes.slice(Schema.headerLength..<bytes.count)
        let length = header.blockLength
        let block = try SbeBlock(body, length: length, minimum: Self.minimumBlockLength, version: header.version)
        var walk = SbeWalk(body.slice(length..<body.count), version: header.version)
        try self.init(block: block, walk: &walk)
        end = Schema.headerLength + length + walk.position
    }
}

/// An entry of a group.
public protocol SbeEntry: SbeView {
    /// What stands in front of the entries.
    static var dimension: SbeDimension { get }
    /// The number of the message or entry that the group belongs to.
    static var owner: Int { get }
    /// The group's place among the parts behind its owner's fixed part.
    static var part: Int { get }
}

/// An entry without groups and data of its own: entry n lies at a known place.
public protocol SbeFlatEntry: SbeEntry {
    init(block: SbeBlock)
}

extension SbeFlatEntry {
    @inlinable
    public static var parts: Int { 0 }
    @inlinable
    @inline(__always)
    public init(block: SbeBlock, walk: inout SbeWalk) throws(SbeError) { self.init(block: block) }
}

/// The entries of a group, in place.
@safe
@frozen
public struct SbeEntries<Entry: SbeFlatEntry>: RandomAccessCollection, BitwiseCopyable {
    @usableFromInline let base: UnsafeRawPointer?
    public let count: Int
    /// Bytes of an entry as the sender made it.
    public let blockLength: Int
    @usableFromInline let version: UInt16

    // Safe: `walk` has checked that `count` entries of `blockLength` bytes are there, and that each is long enough.
    @inlinable
    @inline(__always)
    init(base: UnsafeRawPointer?, count: Int, blockLength: Int, version: UInt16) {
        unsafe self.base = unsafe base
        self.count = count
        self.blockLength = blockLength
        self.version = version
    }

    @inlinable
    public var startIndex: Int { 0 }
    @inlinable
    public var endIndex: Int { count }

    /// Entry `index`, from 0; traps when there are fewer.
    @inlinable
    @inline(__always)
    public subscript(index: Int) -> Entry {
        guard index >= 0, index < count, let base = unsafe base else { preconditionFailure("no such entry") }
        return unsafe Entry(
            block: SbeBlock(base: base + index * blockLength, count: blockLength, version: version)
        )
    }
}

/// The entries of a group whose entries have groups or data of their own: walked in order.
@frozen
public struct SbeNestedEntries<Entry: SbeEntry>: Sequence, BitwiseCopyable {
    @usableFromInline let walk: SbeWalk
    public let count: Int
    /// Bytes of an entry's fixed part as the sender made it.
    public let blockLength: Int

    @inlinable
    init(walk: SbeWalk, count: Int, blockLength: Int) {
        self.walk = walk
        self.count = count
        self.blockLength = blockLength
    }

    @inlinable
    public var underestimatedCount: Int { count }

    @inlinable
    public func makeIterator() -> Iterator { Iterator(walk: walk, left: count, blockLength: blockLength) }

    @frozen
    public struct Iterator: IteratorProtocol {
        @usableFromInline var walk: SbeWalk
        @usableFromInline var left: Int
        @usableFromInline let blockLength: Int

        @inlinable
        init(walk: SbeWalk, left: Int, blockLength: Int) {
            self.walk = walk
            self.left = left
            self.blockLength = blockLength
        }

        @inlinable
        public mutating func next() -> Entry? {
            guard left > 0, let entry = try? walk.entry(Entry.self, blockLength) else { return nil }
            left -= 1
            return entry
        }
    }
}

/// A position in what follows a fixed part: groups, then variable data.
@frozen
public struct SbeWalk: BitwiseCopyable {
    @usableFromInline let bytes: WireBytes
    /// Bytes passed.
    @usableFromInline var position = 0
    @usableFromInline let version: UInt16

    @inlinable
    public init(_ bytes: WireBytes, version: UInt16) {
        self.bytes = bytes
        self.version = version
    }

    /// The group that begins here; empty when the sender's version has none.
    ///
    /// A group of entries without a single byte is refused: its count would bound nothing.
    ///
    /// - Throws: `SbeError.group` when it does not fit into the message.
    @inlinable
    @inline(__always)
    public mutating func flat<Entry: SbeFlatEntry>(
        _ entry: Entry.Type,
        since: UInt16
    ) throws(SbeError) -> SbeEntries<Entry> {
        guard version >= since else {
            return unsafe SbeEntries(base: nil, count: 0, blockLength: 0, version: version)
        }
        let start = position
        let (count, length) = try dimension(Entry.self)
        // Both are at most Int.max: the quotient avoids their product.
        guard count == 0 || (length > 0 && count <= (bytes.count - position) / length) else {
            throw .group(offset: start)
        }
        let base = unsafe bytes.buffer.baseAddress.map { unsafe $0 + position }
        position += count * length
        return unsafe SbeEntries(base: base, count: count, blockLength: length, version: version)
    }

    /// The group that begins here, whose entries have parts of their own; empty when the sender's version has none.
    ///
    /// - Throws: `SbeError` when an entry or what belongs to it does not fit into the message.
    @inlinable
    public mutating func nested<Entry: SbeEntry>(
        _ entry: Entry.Type,
        since: UInt16
    ) throws(SbeError) -> SbeNestedEntries<Entry> {
        guard version >= since else { return SbeNestedEntries(walk: self, count: 0, blockLength: 0) }
        let start = position
        let (count, length) = try dimension(Entry.self)
        let entries = SbeNestedEntries<Entry>(walk: self, count: count, blockLength: length)
        for _ in 0..<count {
            let before = position
            _ = try self.entry(Entry.self, length)
            guard position > before else { throw .group(offset: start) }
        }
        return entries
    }

    /// The variable data that begins here; nil when the sender's version has none.
    ///
    /// - Throws: `SbeError.data` when it runs past the message.
    @inlinable
    public mutating func data(_ prefix: SbePrefix, since: UInt16) throws(SbeError) -> WireBytes? {
        guard version >= since else { return nil }
        let left = bytes.count - position - prefix.length
        guard left >= 0 else { throw .data(offset: position) }
        let count = prefix.count.read(bytes, position)
        guard count <= left else { throw .data(offset: position) }
        let start = position + prefix.length
        position = start + count
        return bytes.slice(start..<position)
    }

    /// Reads a dimension and passes it.
    @inlinable
    @inline(__always)
    mutating func dimension<Entry: SbeEntry>(
        _ entry: Entry.Type
    ) throws(SbeError) -> (count: Int, blockLength: Int) {
        let dimension = Entry.dimension
        guard bytes.count - position >= dimension.length else { throw .group(offset: position) }
        let count = dimension.count.read(bytes, position)
        let length = dimension.blockLength.read(bytes, position)
        guard count == 0 || length >= Entry.minimumBlockLength else { throw .group(offset: position) }
        position += dimension.length
        return (count, length)
    }

    /// The entry that begins here, with what belongs to it.
    @inlinable
    mutating func entry<Entry: SbeEntry>(_ type: Entry.Type, _ length: Int) throws(SbeError) -> Entry {
        let rest = bytes.slice(position..<bytes.count)
        let block = try SbeBlock(rest, length: length, minimum: Entry.minimumBlockLength, version: version)
        position += length
        return try Entry(block: block, walk: &self)
    }
}
