// SPDX-License-Identifier: MIT

/// A traded instrument: a small dense number that the `InstrumentDirectory` gives out, usable as an array index.
@frozen
public struct Instrument: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var id: UInt32

    /// No instrument: messages about the whole market carry it.
    @inlinable
    public static var none: Instrument { Instrument(id: .max) }

    @inlinable
    public init(id: UInt32) { self.id = id }
    @inlinable
    public var index: Int { Int(id) }
    @inlinable
    public static func < (a: Instrument, b: Instrument) -> Bool { a.id < b.id }
}

/// A place where orders meet.
@frozen
public struct Venue: Hashable, Sendable, BitwiseCopyable {
    public var id: UInt16

    @inlinable
    public init(id: UInt16) { self.id = id }
}

/// An order's identity: the venue's reference number for orders seen on a feed, our own number for orders that we sent.
public typealias OrderID = UInt64

/// The side of an order or a position change.
@frozen
public enum Side: UInt8, Sendable, BitwiseCopyable {
    case buy = 0
    case sell = 1

    @inlinable
    public var opposite: Side { self == .buy ? .sell : .buy }

    /// +1 for a buy, −1 for a sell.
    @inlinable
    public var sign: Int64 { self == .buy ? 1 : -1 }
}

/// A ticker symbol of up to eight ASCII characters, held in one machine word, first character in the lowest byte,
/// padded with spaces as on the wire.
@frozen
public struct Symbol: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The eight bytes, first character in the lowest.
    public var packed: UInt64

    @inlinable
    public init(packed: UInt64) { self.packed = packed }

    /// The symbol, or nil for an empty text, more than eight bytes, a space inside or a byte outside printable ASCII.
    public init?(_ text: String) {
        guard (1...8).contains(text.utf8.count) else { return nil }
        var packed: UInt64 = 0x2020_2020_2020_2020
        for (position, byte) in text.utf8.enumerated() {
            guard (0x21...0x7E).contains(byte) else { return nil }
            let shift = UInt64(position * 8)
            packed = packed & ~(0xFF << shift) | UInt64(byte) << shift
        }
        self.packed = packed
    }

    /// The text without padding; bytes outside printable ASCII show as `?`.
    public var description: String {
        var bytes: [UInt8] = []
        for position in 0..<8 {
            let byte = UInt8(truncatingIfNeeded: packed >> UInt64(position * 8))
            bytes.append((0x20...0x7E).contains(byte) ? byte : UInt8(ascii: "?"))
        }
        while let last = bytes.last, last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The names of the instruments, in the order in which they were first met: the same input gives the same numbers.
public struct InstrumentDirectory: Sendable {
    public private(set) var symbols: [Symbol] = []
    private var numbers: [Symbol: Instrument] = [:]

    public init() {}

    public var count: Int { symbols.count }

    /// The instrument of `symbol`, registered now if it is new.
    public mutating func register(_ symbol: Symbol) -> Instrument {
        if let known = numbers[symbol] { return known }
        let instrument = Instrument(id: UInt32(symbols.count))
        symbols.append(symbol)
        numbers[symbol] = instrument
        return instrument
    }

    /// Gives `instrument` its real name, once that is known.
    public mutating func rename(_ instrument: Instrument, to symbol: Symbol) {
        numbers[symbols[instrument.index]] = nil
        symbols[instrument.index] = symbol
        numbers[symbol] = instrument
    }

    /// The instrument of `symbol`, or nil when it was never registered.
    public subscript(symbol: Symbol) -> Instrument? { numbers[symbol] }

    /// The name of `instrument`; `#id` when the directory does not know it.
    public func name(of instrument: Instrument) -> String {
        instrument.index < symbols.count ? symbols[instrument.index].description : "#\(instrument.id)"
    }
}
