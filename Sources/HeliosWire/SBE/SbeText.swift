// SPDX-License-Identifier: MIT

/// Characters of a fixed-length field in place: what comes before the first NUL.
@frozen
public struct SbeText: BitwiseCopyable, Equatable, CustomStringConvertible {
    /// The characters without padding.
    public let bytes: WireBytes

    /// The characters of `field` up to its first NUL.
    @inlinable
    public init(_ field: WireBytes) {
        var end = 0
        while end < field.count, field[end] != 0 { end += 1 }
        bytes = field.slice(0..<end)
    }

    /// A text of the program.
    @inlinable
    public init(_ text: StaticString) {
        precondition(text.hasPointerRepresentation, "a text of more than one character is needed")
        // Safe: a literal's bytes are there as long as the program is.
        unsafe self.init(WireBytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)))
    }

    /// Characters.
    @inlinable
    public var count: Int { bytes.count }
    @inlinable
    public var isEmpty: Bool { bytes.count == 0 }
    /// The text, or nil when there is none.
    @inlinable
    public var nilWhenEmpty: SbeText? { isEmpty ? nil : self }

    @inlinable
    public static func == (a: SbeText, b: SbeText) -> Bool {
        guard a.count == b.count else { return false }
        for index in 0..<a.count where a.bytes[index] != b.bytes[index] { return false }
        return true
    }

    /// Whether these are the characters of `text`, compared byte by byte.
    @inlinable
    public static func == (a: SbeText, text: String) -> Bool {
        guard a.count == text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            if byte != a.bytes[index] { return false }
            index += 1
        }
        return true
    }

    /// The text; bytes that aren't UTF-8 show as the replacement character.
    public var description: String { unsafe String(decoding: bytes.unsafeBuffer, as: UTF8.self) }
}

/// What a character field or variable data can be written from.
public protocol SbeCharacters {
    /// Bytes.
    var characterCount: Int { get }
    /// Copies exactly `characterCount` bytes to `place`, which has that many.
    @unsafe func copyCharacters(to place: UnsafeMutableRawBufferPointer)
}

extension WireBytes: SbeCharacters {
    @inlinable
    public var characterCount: Int { count }
    @inlinable
    @unsafe
    public func copyCharacters(to place: UnsafeMutableRawBufferPointer) { unsafe place.copyMemory(from: buffer) }
}

extension SbeText: SbeCharacters {
    @inlinable
    public var characterCount: Int { count }
    @inlinable
    @unsafe
    public func copyCharacters(to place: UnsafeMutableRawBufferPointer) { unsafe bytes.copyCharacters(to: place) }
}

extension String: SbeCharacters {
    @inlinable
    public var characterCount: Int { utf8.count }
    @inlinable
    @unsafe
    public func copyCharacters(to place: UnsafeMutableRawBufferPointer) { unsafe place.copyBytes(from: utf8) }
}

/// The elements of a fixed-length array in place.
@frozen
public struct SbeArray<Element: FixedWidthInteger & BitwiseCopyable>: RandomAccessCollection, BitwiseCopyable {
    @usableFromInline let bytes: WireBytes
    @usableFromInline let isBig: Bool

    @inlinable
    public init(_ bytes: WireBytes, isBig: Bool) {
        self.bytes = bytes
        self.isBig = isBig
    }

    @inlinable
    public var startIndex: Int { 0 }
    @inlinable
    public var endIndex: Int { bytes.count / MemoryLayout<Element>.size }
    @inlinable
    public subscript(index: Int) -> Element {
        let offset = index * MemoryLayout<Element>.size
        return isBig ? bytes.big(offset) : bytes.little(offset)
    }
}

extension SbeDraft {
    /// Puts an array and leaves the rest of its `length` elements zero.
    ///
    /// - Throws: `SbeError.length` when there are more.
    @inlinable
    public func array<Element: FixedWidthInteger & BitwiseCopyable>(
        _ elements: some Collection<Element>,
        _ offset: Int,
        length: Int,
        isBig: Bool
    ) throws(SbeError) {
        guard elements.count <= length else { throw .length(count: elements.count, limit: length) }
        var place = offset
        for element in elements {
            if isBig { big(element, place) } else { little(element, place) }
            place += MemoryLayout<Element>.size
        }
    }
}

extension FloatingPoint {
    /// The number, or nil when it is the NaN that stands for "none".
    @inlinable
    public var nilWhenNaN: Self? { isNaN ? nil : self }
}
