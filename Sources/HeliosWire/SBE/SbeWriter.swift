// SPDX-License-Identifier: MIT

/// Writes messages into the caller's memory, part by part in the schema's order.
///
/// ```swift
/// try output.write(upTo: 1_400) { (writer: inout SbeWriter) throws(SbeError) in
///     try Mdp3.IncrementalBook.write(transactTime: 1, matchEventIndicator: .endOfEvent, to: &writer)
///     try writer.group(Mdp3.IncrementalBook.Entry.self, count: 1)
///     try Mdp3.IncrementalBook.Entry.write(…, to: &writer)
///     try writer.group(Mdp3.IncrementalBook.Order.self, count: 0)
///     try writer.finish()
/// }
/// ```
/// Generated `write` functions take every field of a block at once. A part in the wrong place, an entry too many or too
/// few is an error and never a broken message. Nothing is allocated.
@safe
public struct SbeWriter: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer?
    @usableFromInline let capacity: Int
    /// Bytes written.
    @inlinable
    public var count: Int { written }
    @usableFromInline var written = 0
    @usableFromInline var levels = InlineArray<8, SbeLevel>(repeating: SbeLevel())
    @usableFromInline var depth = 0
    @usableFromInline var frameStart = -1
    @usableFromInline var framing = SbeFraming.sofh

    /// Groups within groups that can be written; a schema may not have more.
    public static var depthLimit: Int { 7 }

    /// A writer into `memory`, which must outlive it.
    @inlinable
    public init(_ memory: UnsafeMutableRawBufferPointer) {
        unsafe base = memory.baseAddress
        capacity = unsafe memory.baseAddress == nil ? 0 : memory.count
    }

    /// Begins a message: writes its header and gives its zeroed fixed part.
    ///
    /// - Throws: `SbeError.order` when the message before it is not complete, `.buffer` when there is no room.
    @inlinable
    @inline(__always)
    public mutating func message<Message: SbeMessage>(_ type: Message.Type) throws(SbeError) -> SbeDraft {
        try finish()
        let header = try room(Message.Schema.headerLength + Message.blockLength)
        let length = Message.Schema.headerLength
        Message.Schema.put(
            SbeHeader(
                blockLength: Message.blockLength,
                templateID: Message.templateID,
                schemaID: Message.Schema.id,
                version: Message.Schema.version
            ),
            into: header
        )
        levels[0] = SbeLevel(entry: -1, number: Message.number, left: 0, next: 0, parts: Message.parts)
        depth = 1
        return unsafe SbeDraft(base: header.base + length, count: Message.blockLength)
    }

    /// Begins a group of `count` entries, which are written next; also to be called for none.
    ///
    /// - Throws: `SbeError.order` when another part belongs here, `.entries` when they can't be counted, `.buffer`.
    @inlinable
    @inline(__always)
    public mutating func group<Entry: SbeEntry>(_ type: Entry.Type, count: Int) throws(SbeError) {
        try part(of: Entry.owner, Entry.part)
        guard depth < 8 else { throw .order }
        let dimension = Entry.dimension
        guard count >= 0, count <= dimension.count.limit else { throw .entries(count) }
        let draft = try room(dimension.length)
        dimension.blockLength.put(Entry.blockLength, into: draft)
        dimension.count.put(count, into: draft)
        levels[depth] = SbeLevel(
            entry: Entry.number,
            number: Entry.number,
            left: count,
            next: Entry.parts,
            parts: Entry.parts
        )
        depth += 1
    }

    /// Begins the next entry of the group: its zeroed fixed part.
    ///
    /// - Throws: `SbeError.order` when no such entry belongs here, `.buffer` when there is no room.
    @inlinable
    @inline(__always)
    public mutating func entry<Entry: SbeEntry>(_ type: Entry.Type) throws(SbeError) -> SbeDraft {
        settle()
        guard depth > 1 else { throw .order }
        let level = levels[depth - 1]
        guard level.entry == Entry.number, level.next == level.parts, level.left > 0 else { throw .order }
        let draft = try room(Entry.blockLength)
        levels[depth - 1].left = level.left - 1
        levels[depth - 1].next = 0
        return draft
    }

    /// Writes variable data.
    ///
    /// - Throws: `SbeError.order` when another part belongs here, `.length` when it is too long, `.buffer`.
    @inlinable
    public mutating func data(
        _ text: borrowing some SbeCharacters,
        _ prefix: SbePrefix,
        of owner: Int,
        part: Int
    ) throws(SbeError) {
        let size = text.characterCount
        guard size <= prefix.count.limit else { throw .length(count: size, limit: prefix.count.limit) }
        try self.part(of: owner, part)
        let draft = try room(prefix.length + size)
        prefix.count.put(size, into: draft)
        // Safe: the room holds the prefix and as many bytes as are copied.
        unsafe text.copyCharacters(
            to: UnsafeMutableRawBufferPointer(start: draft.base + prefix.length, count: size)
        )
    }

    /// Writes a whole message as it is, header included.
    ///
    /// - Throws: `SbeError.order` when the message before it is not complete, `.buffer` when there is no room.
    @inlinable
    public mutating func append(_ message: WireBytes) throws(SbeError) {
        try finish()
        let draft = try room(message.count)
        unsafe message.copy(to: draft.base)
    }

    /// Says that the message is complete.
    ///
    /// - Throws: `SbeError.order` when parts of it are missing.
    @inlinable
    @inline(__always)
    public mutating func finish() throws(SbeError) {
        guard depth > 0 else { return }
        settle()
        guard depth == 1, levels[0].next == levels[0].parts else { throw .order }
        depth = 0
    }

    /// Zeroed memory for `size` more bytes.
    @inlinable
    @inline(__always)
    mutating func room(_ size: Int) throws(SbeError) -> SbeDraft {
        guard let base = unsafe base, size <= capacity - count else { throw .buffer }
        // Safe: `count + size` is within the memory.
        let place = unsafe base + count
        unsafe place.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        written += size
        return unsafe SbeDraft(base: place, count: size)
    }

    /// Passes part `index` of block `owner`.
    @inlinable
    @inline(__always)
    mutating func part(of owner: Int, _ index: Int) throws(SbeError) {
        settle()
        guard depth > 0, levels[depth - 1].number == owner, levels[depth - 1].next == index else { throw .order }
        levels[depth - 1].next = UInt16(truncatingIfNeeded: index + 1)
    }

    /// Leaves groups whose last entry is complete.
    @inlinable
    @inline(__always)
    mutating func settle() {
        while depth > 1, levels[depth - 1].left == 0, levels[depth - 1].next == levels[depth - 1].parts { depth -= 1 }
    }
}

/// How far a writer has come in one message or group.
@frozen
@usableFromInline
struct SbeLevel: BitwiseCopyable {
    /// The entry that the group wants; -1 for a message.
    @usableFromInline var entry: Int32
    /// The block whose parts are written.
    @usableFromInline var number: Int32
    /// Entries to come.
    @usableFromInline var left: UInt32
    /// The part that comes next, and how many there are.
    @usableFromInline var next: UInt16
    @usableFromInline var parts: UInt16

    @inlinable
    init(entry: Int, number: Int, left: Int, next: Int, parts: Int) {
        self.entry = Int32(truncatingIfNeeded: entry)
        self.number = Int32(truncatingIfNeeded: number)
        self.left = UInt32(truncatingIfNeeded: left)
        self.next = UInt16(truncatingIfNeeded: next)
        self.parts = UInt16(truncatingIfNeeded: parts)
    }

    @inlinable
    init() { self.init(entry: -1, number: -1, left: 0, next: 0, parts: 0) }
}

extension WireOutput {
    /// Lets `body` write at most `limit` bytes at the end; when it throws, nothing was written.
    ///
    /// - Throws: What `body` throws; `SbeError.buffer` when nothing fits at all, `.order` when the last message is not
    ///   complete.
    @inlinable
    public mutating func write(
        upTo limit: Int,
        _ body: (inout SbeWriter) throws(SbeError) -> Void
    ) throws(SbeError) {
        let size = min(limit, remaining)
        guard size > 0, let place = unsafe open(size) else { throw .buffer }
        var writer = unsafe SbeWriter(UnsafeMutableRawBufferPointer(start: place, count: size))
        do throws(SbeError) {
            try body(&writer)
            try writer.finish()
            guard writer.frameStart < 0 else { throw .order }
            takeBack(size - writer.count)
        } catch {
            takeBack(size)
            throw error
        }
    }
}
