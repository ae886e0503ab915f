// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket
import HeliosWire

/// Writes messages into memory reserved at the start; BodyLength and CheckSum come by themselves.
///
/// ```
///        ╭── written last, right before the body
///  ┄┄┄┄┄ 8=FIX.4.4|9=178| 35=D|34=…|…| 10=128|
///        headroom          body        trailer
/// ```
/// ```swift
/// writer.begin(.newOrderSingle)
/// writer.put(.clOrdID, "A1")
/// writer.put(.orderQty, Quantity(100))
/// if let bytes = writer.finish(.fix44) { … }
/// ```
/// What does not fit is not written, and `finish` then gives nothing. Values are not searched for separators: text that comes
/// from outside goes through `putText`, which leaves out a value that would break the message.
@safe
public struct FixWriter: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline var cursor: Int
    /// Bytes of body and trailer that fit.
    public let capacity: Int
    /// Something did not fit since `begin`.
    @usableFromInline var isFull = false
    /// The last day that was written as text, and its eight digits.
    @usableFromInline var day = Int.min
    @usableFromInline var dayText: UInt64 = 0

    /// Room in front of the body: `8=FIXT.1.1|9=1234567890|` and some.
    @usableFromInline static var headroom: Int { 64 }
    /// Room behind what is asked for, so that eight bytes can be stored where fewer count.
    @usableFromInline static var slack: Int { 64 }

    /// A writer for messages of up to `capacity` bytes from MsgType on.
    public init(capacity: Int = 1 << 16) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(
            byteCount: FixWriter.headroom + self.capacity + FixWriter.slack,
            alignment: 64
        )
        cursor = FixWriter.headroom
    }

    deinit { unsafe base.deallocate() }

    /// Bytes written since `begin`, MsgType included.
    @inlinable
    public var count: Int { cursor - FixWriter.headroom }

    /// Whether something did not fit since `begin`.
    @inlinable
    public var hasOverflowed: Bool { isFull }

    // MARK: A message

    /// Begins a message with its type; what was not finished is forgotten.
    @inlinable
    public mutating func begin(_ type: FixMsgType) {
        cursor = FixWriter.headroom
        isFull = false
        // Safe: the headroom is followed by at least 64 bytes.
        unsafe storeWord(0x3D_3533, at: cursor)
        unsafe storeWord(type.rawValue, at: cursor + 3)
        cursor += 3 + type.count
        unsafe base.storeBytes(of: 1, toByteOffset: cursor, as: UInt8.self)
        cursor += 1
    }

    /// Ends the message: BeginString and BodyLength in front, CheckSum behind.
    ///
    /// - Returns: the whole message, valid until the next `begin`; nil when something did not fit.
    @inlinable
    public mutating func finish(_ version: FixVersion) -> WireBytes? {
        guard !isFull else { return nil }
        var start = FixWriter.headroom
        // `9=…|` backward.
        start -= 1
        unsafe base.storeBytes(of: 1, toByteOffset: start, as: UInt8.self)
        var length = UInt64(count)
        repeat {
            start -= 1
            unsafe base.storeBytes(of: UInt8(0x30 + length % 10), toByteOffset: start, as: UInt8.self)
            length /= 10
        } while length > 0
        // `|9=`, and before it eight characters of the version, or `FIX.4.x`'s seven, and `8=`.
        start -= 3
        unsafe base.storeBytes(of: 1, toByteOffset: start, as: UInt8.self)
        unsafe base.storeBytes(of: UInt16(0x3D39).littleEndian, toByteOffset: start + 1, as: UInt16.self)
        let name = version.beginString
        start -= version.beginStringCount
        for index in 0..<version.beginStringCount {
            unsafe base.storeBytes(
                of: UInt8(truncatingIfNeeded: name >> UInt64(8 * index)),
                toByteOffset: start + index,
                as: UInt8.self
            )
        }
        start -= 2
        unsafe base.storeBytes(of: UInt16(0x3D38).littleEndian, toByteOffset: start, as: UInt16.self)
        let sum = unsafe helios_text_sum(base + start, cursor - start) & 255
        // Safe: the slack has room for the trailer.
        let digits = 0x01_3030_303D_3031 | ((sum / 100) << 24) | ((sum / 10 % 10) << 32) | ((sum % 10) << 40)
        unsafe storeWord(digits, at: cursor)
        let end = cursor + FixFramer.trailer
        return unsafe WireBytes(UnsafeRawBufferPointer(start: base + start, count: end - start))
    }

    // MARK: Fields

    /// A whole number.
    @inlinable
    public mutating func put(_ tag: FixTag, _ value: Int64) {
        guard openField(tag, 20) else { return }
        if value < 0 { unsafe storeByte(UInt8(ascii: "-")) }
        unsafe storeDigits(value.magnitude)
        closeField()
    }

    /// A whole number.
    @inlinable
    public mutating func put(_ tag: FixTag, _ value: Int) { put(tag, Int64(value)) }

    /// A whole number without sign.
    @inlinable
    public mutating func put(_ tag: FixTag, unsigned value: UInt64) {
        guard openField(tag, 20) else { return }
        unsafe storeDigits(value)
        closeField()
    }

    /// One character.
    @inlinable
    public mutating func put(_ tag: FixTag, char: UInt8) {
        guard openField(tag, 1) else { return }
        unsafe storeByte(char)
        closeField()
    }

    /// `Y` or `N`.
    @inlinable
    public mutating func put(_ tag: FixTag, _ value: Bool) {
        put(tag, char: value ? UInt8(ascii: "Y") : UInt8(ascii: "N"))
    }

    /// Up to eight characters packed into a number, the first in the lowest byte.
    @inlinable
    public mutating func put(_ tag: FixTag, packed value: UInt64) {
        guard value != 0, openField(tag, 8) else { return }
        unsafe storeWord(value, at: cursor)
        cursor += (71 - value.leadingZeroBitCount) / 8
        closeField()
    }

    /// A number times 1e8, without zeros that don't count: `10.25`, `100`.
    @inlinable
    public mutating func put(_ tag: FixTag, decimal value: Int64) {
        guard openField(tag, 22) else { return }
        if value < 0 { unsafe storeByte(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        let whole = magnitude / 100_000_000
        let fraction = magnitude % 100_000_000
        unsafe storeDigits(whole)
        if fraction != 0 {
            unsafe storeByte(UInt8(ascii: "."))
            let text = FixText.eightDigits(fraction)
            unsafe storeWord(text, at: cursor)
            // Zeros at the end are the highest bytes.
            let zeros = (text & 0x0F0F_0F0F_0F0F_0F0F).leadingZeroBitCount / 8
            cursor += 8 - zeros
        }
        closeField()
    }

    /// A price, exactly.
    @inlinable
    public mutating func put(_ tag: FixTag, _ price: Price) { put(tag, decimal: price.raw) }

    /// A quantity, exactly.
    @inlinable
    public mutating func put(_ tag: FixTag, _ quantity: Quantity) { put(tag, decimal: quantity.raw) }

    /// Bytes as they are; they must not hold a separator unless the field is one of data.
    @inlinable
    public mutating func put(_ tag: FixTag, _ bytes: WireBytes) {
        guard openField(tag, bytes.count) else { return }
        let count = bytes.count
        if count > 0, let start = unsafe bytes.unsafeBuffer.baseAddress {
            // Safe: `openField` has seen to the room.
            unsafe (base + cursor).copyMemory(from: start, byteCount: count)
            cursor += count
        }
        closeField()
    }

    /// The value of another message's field.
    @inlinable
    public mutating func put(_ tag: FixTag, _ value: FixValue) { put(tag, value.bytes) }

    /// Text that is known to hold no separator.
    @inlinable
    public mutating func put(_ tag: FixTag, _ text: StaticString) {
        unsafe put(tag, WireBytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)))
    }

    /// Text from outside: bytes that would end the field are written as spaces; empty text is no field.
    public mutating func putText(_ tag: FixTag, _ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            guard utf8.count > 0, openField(tag, utf8.count) else { return }
            for index in 0..<utf8.count {
                let byte = unsafe utf8[index]
                unsafe storeByte(byte == 1 || byte == 0 ? 0x20 : byte)
            }
            closeField()
        }
    }

    /// A UTC time with `digits` places of a second: 0, 3, 6 or 9.
    @inlinable
    public mutating func put(_ tag: FixTag, _ time: Timestamp, digits: Int = 3) {
        guard openField(tag, 27) else { return }
        let perDay: Int64 = 86_400_000_000_000
        var days = time.nanoseconds / perDay
        var rest = time.nanoseconds % perDay
        if rest < 0 {
            rest += perDay
            days -= 1
        }
        if Int(days) != day {
            day = Int(days)
            dayText = FixText.date(day)
        }
        unsafe storeWord(dayText, at: cursor)
        cursor += 8
        unsafe storeByte(UInt8(ascii: "-"))
        unsafe storeTime(UInt64(rest), digits)
        closeField()
    }

    /// A time of day with `digits` places of a second: 0, 3, 6 or 9.
    @inlinable
    public mutating func put(_ tag: FixTag, timeOfDay: Nanoseconds, digits: Int = 3) {
        guard openField(tag, 18) else { return }
        unsafe storeTime(UInt64(max(timeOfDay, 0)), digits)
        closeField()
    }

    /// A date, as days since 1970-01-01.
    @inlinable
    public mutating func put(_ tag: FixTag, date days: Int) {
        guard openField(tag, 8) else { return }
        unsafe storeWord(FixText.date(days), at: cursor)
        cursor += 8
        closeField()
    }
}
