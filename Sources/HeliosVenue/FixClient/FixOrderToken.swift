// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// What we write into a ClOrdID (tag 11), and know our orders again by.
///
/// ```
///  H D D D E E E E E N N N N N N N N     H, day, epoch, number: digits 0-9 A-V, five bits each, most significant first
/// ```
/// A FIX session may go on for weeks, and every day has a journal of its own that begins with epoch 1 and number 1 again: the day
/// keeps their orders apart. The text is unique for ever, and sorts as the numbers do.
@frozen
public struct FixOrderToken: Equatable, Sendable, BitwiseCopyable {
    /// What goes by the name.
    @frozen
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// An order or a replacement: `H`.
        case order = 0x48
        /// A request to cancel: `C`.
        case cancel = 0x43
        /// A question after an order that there is not: `M`; it shows our epoch in the venue's stream.
        case mark = 0x4D
        /// A request for quotes: `R`.
        case request = 0x52
    }

    public var kind: Kind
    /// Days since 1970-01-01.
    public var day: UInt32
    /// Our epoch (24 bits) and the number within it (40 bits).
    public var number: UInt64

    /// Characters of it.
    static var count: Int { 17 }

    public init(_ kind: Kind = .order, day: UInt32, number: UInt64) {
        self.kind = kind
        self.day = day & 0x7FFF
        self.number = number
    }

    /// The token that `value` says; nil when it is none of ours.
    public init?(_ value: FixValue?) {
        guard let value, value.count == FixOrderToken.count,
            let kind = Kind(rawValue: value.bytes[0])
        else { return nil }
        var day: UInt32 = 0
        var number: UInt64 = 0
        for place in 1..<FixOrderToken.count {
            guard let digit = FixOrderToken.value(value.bytes[place]) else { return nil }
            if place < 4 {
                day = day << 5 | UInt32(digit)
            } else {
                // The epoch's first digit has four bits, or the number would not fit.
                if place == 4, digit > 15 { return nil }
                number = number << 5 | digit
            }
        }
        self.kind = kind
        self.day = day
        self.number = number
    }

    /// The epoch of the writer that made it.
    public var epoch: UInt64 { number >> 40 }

    /// Writes it as the value of `tag`.
    func write(_ tag: FixTag, to writer: inout FixWriter) {
        var text: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &text) { bytes in
            bytes[0] = kind.rawValue
            for place in 1..<4 { bytes[place] = FixOrderToken.digit(UInt64(day) >> UInt64(15 - place * 5)) }
            for place in 4..<FixOrderToken.count {
                bytes[place] = FixOrderToken.digit(number >> UInt64(80 - place * 5))
            }
            writer.put(tag, WireBytes(UnsafeRawBufferPointer(rebasing: bytes[..<FixOrderToken.count])))
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let low = UInt8(truncatingIfNeeded: value & 31)
        return low < 10 ? 0x30 + low : 0x37 + low
    }

    private static func value(_ digit: UInt8) -> UInt64? {
        switch digit {
        case 0x30...0x39: UInt64(digit - 0x30)
        case 0x41...0x56: UInt64(digit - 0x37)
        default: nil
        }
    }
}

extension FixOrderToken: CustomStringConvertible {
    public var description: String {
        var bytes = [kind.rawValue]
        for place in 1..<4 { bytes.append(FixOrderToken.digit(UInt64(day) >> UInt64(15 - place * 5))) }
        for place in 4..<FixOrderToken.count { bytes.append(FixOrderToken.digit(number >> UInt64(80 - place * 5))) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension FixValue {
    /// A venue's own number (OrderID, ExecID) as 64 bits: the number that it says, or for any other text a hash of it with the top bit
    /// set.
    var venueNumber: UInt64 {
        if let number = unsigned, number < 1 << 63, count == 1 || bytes[0] != 0x30 { return number }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Wrapping is meant: FNV-1a.
        for index in 0..<count { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return hash | 1 << 63
    }
}
