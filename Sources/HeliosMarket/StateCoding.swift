// SPDX-License-Identifier: MIT

/// Why saved state could not be taken over.
public struct StateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: Sendable {
        /// The bytes end too early.
        case truncated
        /// Another section stands here than the one expected.
        case outOfStep
        /// The state is of a value with other capacities or parameters.
        case mismatch
        /// A value that no saved state can hold.
        case damaged
        /// The type does not support it.
        case unsupported
    }

    public var code: Code
    /// The section that was being read, as `StateWriter.mark` named it.
    public var section: String
    /// Where in the bytes, from 0.
    public var offset: Int
    /// What is wrong there.
    public var reason: String

    public init(_ code: Code, section: String, offset: Int, reason: String) {
        self.code = code
        self.section = section
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "saved state, section \(section), byte \(offset): \(reason)" }
}

/// Gathers the state of a value as bytes: numbers little-endian, as they stand in memory, without gaps.
///
/// ```swift
/// var writer = StateWriter()
/// engine.save(to: &writer)
/// ```
/// A writer that is used again (`removeAll`) keeps its memory, so that only the first save pays for finding it.
public struct StateWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// A writer with room for `reserving` bytes; it grows beyond by itself.
    public init(reserving: Int = 0) { reserve(reserving) }

    /// Makes room for `count` bytes more.
    public mutating func reserve(_ count: Int) {
        // An exact reservation at each call would copy everything each time.
        if bytes.capacity - bytes.count < count {
            bytes.reserveCapacity(max(bytes.count + max(count, 0), bytes.capacity * 2))
        }
    }

    /// Forgets what was written and keeps the memory.
    public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Appends the memory of a value.
    ///
    /// For types without gaps between their fields only: what lies in a gap is not defined.
    @inlinable
    public mutating func write<T: BitwiseCopyable>(_ value: T) {
        unsafe withUnsafeBytes(of: value) { unsafe append($0) }
    }

    /// Appends a truth value as a byte.
    @inlinable
    public mutating func write(_ value: Bool) { write(UInt8(value ? 1 : 0)) }

    /// Appends `count` bytes of memory.
    public mutating func write(_ base: UnsafeRawPointer, count: Int) {
        unsafe append(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Begins a section: its name, of which the first eight ASCII characters are kept, stands in the bytes and is
    /// checked by the reader.
    public mutating func mark(_ section: StaticString) { write(packed(section)) }

    /// Replaces the bytes of a number that was written at `offset` before.
    public mutating func overwrite<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= bytes.count, "only what was written is replaced")
        // Safe: the range was checked.
        unsafe bytes.withUnsafeMutableBytes { unsafe $0.storeBytes(of: value, toByteOffset: offset, as: T.self) }
    }

    @usableFromInline
    mutating func append(_ memory: UnsafeRawBufferPointer) { unsafe bytes.append(contentsOf: memory) }
}

/// Takes state back out of the bytes of a `StateWriter`.
///
/// It trusts nothing: what is not there, is in the wrong order or can't be is a `StateError`, never a trap, and no length
/// in the bytes decides how much memory is asked for.
@safe
public struct StateReader {
    @usableFromInline let base: UnsafeRawBufferPointer
    /// How far has been read.
    public private(set) var offset = 0
    /// The section that is being read.
    public private(set) var section: StaticString = "start"

    /// A reader of `bytes`, which must stay in place and unchanged as long as it is used.
    public init(_ bytes: UnsafeRawBufferPointer) { unsafe base = bytes }

    /// Bytes left.
    public var remaining: Int { unsafe base.count - offset }

    /// An error at the place that has been reached.
    public func error(_ code: StateError.Code, _ reason: String) -> StateError {
        StateError(code, section: "\(section)", offset: offset, reason: reason)
    }

    /// Takes a value of a type whose every pattern of bits is a value: a number, or a struct of numbers without gaps.
    ///
    /// For an enum or a `Bool` use `readCase` and `readFlag`, which look first.
    @inlinable
    public mutating func read<T: BitwiseCopyable>(_ type: T.Type) throws(StateError) -> T {
        let start = try advance(MemoryLayout<T>.size)
        // Safe: `advance` held the length against the bytes.
        return unsafe base.loadUnaligned(fromByteOffset: start, as: T.self)
    }

    /// The next value, which stays where it is.
    @inlinable
    public func peek<T: BitwiseCopyable>(_ type: T.Type) throws(StateError) -> T {
        var copy = self
        return try copy.read(type)
    }

    /// Takes a truth value.
    public mutating func readFlag() throws(StateError) -> Bool {
        let byte = try read(UInt8.self)
        guard byte <= 1 else { throw error(.damaged, "\(byte) is neither true nor false") }
        return byte == 1
    }

    /// Takes a case of an enum, saved as its raw value.
    public mutating func readCase<T: RawRepresentable>(
        _ type: T.Type
    ) throws(StateError) -> T where T.RawValue: BitwiseCopyable {
        let raw = try read(T.RawValue.self)
        guard let value = T(rawValue: raw) else { throw error(.damaged, "\(raw) is no \(type)") }
        return value
    }

    /// Takes a number from 0 to `limit`, saved as `Int`.
    public mutating func readCount(upTo limit: Int, _ name: StaticString) throws(StateError) -> Int {
        let value = try read(Int.self)
        guard value >= 0, value <= limit else { throw error(.damaged, "\(name): \(value) is not in 0...\(limit)") }
        return value
    }

    /// Takes a quantity of at least zero.
    public mutating func readAmount(_ name: StaticString) throws(StateError) -> Quantity {
        let value = try read(Quantity.self)
        guard value.raw >= 0 else { throw error(.damaged, "\(name): \(value) is below zero") }
        return value
    }

    /// Takes a value and throws unless it is `expected`: a capacity or parameter that must be the same here.
    public mutating func match<T: BitwiseCopyable & Equatable>(
        _ expected: T,
        _ name: @autoclosure () -> String
    ) throws(StateError) {
        let saved = try read(T.self)
        guard saved == expected else {
            throw error(.mismatch, "\(name()) is \(expected) here and \(saved) in the saved state")
        }
    }

    /// Copies the next `count` bytes to `memory`.
    public mutating func read(into memory: UnsafeMutableRawPointer, count: Int) throws(StateError) {
        let start = try advance(count)
        guard count > 0, let source = unsafe base.baseAddress else { return }
        // Safe: `advance` held the length against the bytes.
        unsafe memory.copyMemory(from: source + start, byteCount: count)
    }

    /// Throws unless the section that begins here is `section`.
    public mutating func expect(_ section: StaticString) throws(StateError) {
        self.section = section
        let found = try read(UInt64.self)
        guard found == packed(section) else { throw error(.outOfStep, "another section begins here") }
    }

    /// Moves on by `count` bytes and says where they began.
    @usableFromInline
    mutating func advance(_ count: Int) throws(StateError) -> Int {
        guard count >= 0, count <= remaining else {
            throw error(.truncated, "\(count) bytes expected, \(remaining) left")
        }
        defer { offset += count }
        return offset
    }
}

/// The first eight characters in one word, first character in the lowest byte.
private func packed(_ section: StaticString) -> UInt64 {
    var word: UInt64 = 0
    section.withUTF8Buffer { text in
        // Safe: the index stays below the count.
        let length = min(text.count, 8)
        for index in 0..<length { unsafe word |= UInt64(text[index]) << UInt64(index * 8) }
    }
    return word
}

extension NewOrder {
    /// Appends the order: 48 bytes.
    public func save(to writer: inout StateWriter) {
        writer.write(SavedOrder(self))
    }

    /// Takes an order; throws for a side, type or time in force that does not exist.
    public init(from reader: inout StateReader) throws(StateError) {
        guard let order = try reader.read(SavedOrder.self).order else {
            throw reader.error(.damaged, "an order with a side, type or time in force that does not exist")
        }
        self = order
    }
}

/// An order as plain numbers without gaps.
private struct SavedOrder: BitwiseCopyable {
    let id: UInt64
    let quantity: Quantity
    let price: Price
    let tag: UInt64
    let instrument: UInt32
    let side: UInt8
    let type: UInt8
    let timeInForce: UInt8
    let mark: UInt8
    let venue: UInt16
    let delayUnits: UInt16
    let life: UInt32

    init(_ order: NewOrder) {
        id = order.id
        quantity = order.quantity
        price = order.price
        tag = order.tag.packed
        instrument = order.instrument.id
        side = order.side.rawValue
        type = order.type.rawValue
        timeInForce = order.timeInForce.rawValue
        mark = order.mark.rawValue
        venue = order.venue.id
        delayUnits = order.delayUnits
        life = order.isSweep ? 1 : order.expireDay
    }

    var order: NewOrder? {
        guard let side = Side(rawValue: side), let type = OrderType(rawValue: type),
            let timeInForce = TimeInForce(rawValue: timeInForce), let mark = ShortMark(rawValue: mark),
            timeInForce.isImmediate ? life <= 1 : delayUnits == 0
        else { return nil }
        return NewOrder(
            id: id,
            instrument: Instrument(id: instrument),
            side: side,
            type: type,
            timeInForce: timeInForce,
            quantity: quantity,
            price: price,
            tag: OrderTag(packed: tag),
            venue: Venue(id: venue),
            mark: mark,
            expireDay: life,
            delay: Nanoseconds(delayUnits) * NewOrder.delayUnit,
            isSweep: life == 1
        )
    }
}
