// SPDX-License-Identifier: MIT
import HeliosMarket

/// Turns NASDAQ TotalView-ITCH 5.0 messages into `Event` records, in place and without allocation.
///
/// The six messages that make up 97 % of a day (A, F, E, X, D, U) share one shape: a reference at offset 11, then
/// fields whose place depends on the type only. They are decoded by a table of offsets and multipliers, without a branch
/// on the type: the order of types on a feed is close to random, and a mispredicted branch costs more than the
/// decoding. Everything else takes the checked path in `ItchDecoder+General.swift`.
@safe
public struct ItchDecoder: ~Copyable {
    /// The largest valid price, 200,000.0000, in units of 1e-4.
    @usableFromInline
    static let maximumPrice: UInt32 = 2_000_000_000
    @usableFromInline
    static let nanosecondsPerDay: UInt64 = 86_400_000_000_000
    /// The farthest byte that the table-driven path may read, counted from the frame's first.
    private static let reach = 2 + 40

    /// Names of the instruments met so far.
    public var directory: InstrumentDirectory
    public internal(set) var diagnostics = FeedDiagnostics()
    /// Midnight of the trading day: what the feed's time stamps count from.
    public let midnight: Timestamp
    public let venue: Venue

    /// Number of the last event given out.
    public internal(set) var sequence: UInt64 = 0
    /// Instruments whose symbol no message has named yet, by stock locate.
    var placeholders: [UInt16: Instrument] = [:]
    let shapes: UnsafeMutablePointer<Shape>
    let sides: UnsafeMutablePointer<UInt8>
    let instruments: UnsafeMutablePointer<UInt32>
    let counts: UnsafeMutablePointer<Int>

    /// - Parameters:
    ///   - midnight: midnight of the trading day in New York.
    ///   - venue: what the events are stamped with.
    ///   - directory: instruments known already, when several files share one numbering.
    public init(midnight: Timestamp, venue: Venue, directory: InstrumentDirectory = InstrumentDirectory()) {
        self.midnight = midnight
        self.venue = venue
        self.directory = directory
        unsafe shapes = .allocate(capacity: 256)
        unsafe sides = .allocate(capacity: 256)
        unsafe instruments = .allocate(capacity: 65_536)
        unsafe counts = .allocate(capacity: 256)
        unsafe shapes.initialize(repeating: Shape(), count: 256)
        unsafe sides.initialize(repeating: 0x80, count: 256)
        unsafe instruments.initialize(repeating: Instrument.none.id, count: 65_536)
        unsafe counts.initialize(repeating: 0, count: 256)
        unsafe sides[Int(UInt8(ascii: "B"))] = 0
        unsafe sides[Int(UInt8(ascii: "S"))] = EventFlags.sell.rawValue
        for (type, shape) in Shape.bookMessages(venue: venue) { unsafe shapes[Int(type)] = shape }
    }

    deinit {
        unsafe shapes.deallocate()
        unsafe sides.deallocate()
        unsafe instruments.deallocate()
        unsafe counts.deallocate()
    }

    /// How many messages of the given type were seen.
    public func count(of type: UInt8) -> Int { unsafe counts[Int(type)] }

    /// Decodes BinaryFILE frames (big-endian length, message) from `cursor` on, until `events` is full, the input holds no
    /// whole frame more, or the end-of-session mark is met. Malformed messages are counted and passed over.
    ///
    /// - Parameters:
    ///   - bytes: the input.
    ///   - cursor: offset in `bytes` of the next frame; moved past what was read.
    ///   - base: offset in the whole input of `bytes`' first byte, for the diagnostics.
    ///   - events: filled from the front.
    /// - Returns: how many events were written.
    public mutating func decodeFrames(
        _ bytes: UnsafeRawBufferPointer,
        cursor: inout Int,
        base: UInt64 = 0,
        into events: UnsafeMutableBufferPointer<Event>
    ) -> Int {
        guard let start = bytes.baseAddress, let first = events.baseAddress else { return 0 }
        var position = cursor
        var written = 0
        let end = bytes.count
        let capacity = events.count
        while written < capacity, position + 2 <= end {
            let frame = unsafe start + position
            let length = unsafe Int(UInt16(bigEndian: frame.loadUnaligned(as: UInt16.self)))
            if position + ItchDecoder.reach <= end,
                unsafe decodeBookMessage(frame + 2, length: length, into: first + written)
            {
                written &+= 1
                position &+= length &+ 2
                continue
            }
            if length == 0 {
                diagnostics.sessionEnded = true
                position += 2
                if position < end { diagnostics.note(.dataAfterEnd, type: 0, offset: base + UInt64(position)) }
                break
            }
            if position + 2 + length > end { break }
            let message = unsafe UnsafeRawBufferPointer(start: frame + 2, count: length)
            if let event = unsafe decode(message, offset: base + UInt64(position + 2)) {
                unsafe first[written] = event
                written += 1
            }
            position += 2 + length
        }
        cursor = position
        return written
    }

    /// Counts what is left over when the input has ended inside a frame.
    public mutating func finish(remaining: Int, at offset: UInt64) {
        if remaining > 0, !diagnostics.sessionEnded { diagnostics.note(.truncatedFrame, type: 0, offset: offset) }
    }

    /// The table-driven path; false = not one of the six, or a field that needs the checked path.
    ///
    /// The caller has made sure that `reach` bytes can be read from the frame's start.
    @inline(__always)
    private mutating func decodeBookMessage(
        _ message: UnsafeRawPointer,
        length: Int,
        into event: UnsafeMutablePointer<Event>
    ) -> Bool {
        let type = unsafe Int(message.load(as: UInt8.self))
        let shape = unsafe shapes + type
        let locate = unsafe UInt16(bigEndian: message.loadUnaligned(fromByteOffset: 1, as: UInt16.self))
        let clock = unsafe UInt64(bigEndian: message.loadUnaligned(fromByteOffset: 3, as: UInt64.self)) & 0xFFFF_FFFF_FFFF
        let reference = unsafe UInt64(bigEndian: message.loadUnaligned(fromByteOffset: 11, as: UInt64.self))
        let shares = unsafe UInt32(
            bigEndian: message.loadUnaligned(fromByteOffset: Int(shape.pointee.sharesOffset), as: UInt32.self)
        )
        let price = unsafe UInt32(
            bigEndian: message.loadUnaligned(fromByteOffset: Int(shape.pointee.priceOffset), as: UInt32.self)
        )
        let detail = unsafe UInt64(
            bigEndian: message.loadUnaligned(fromByteOffset: Int(shape.pointee.detailOffset), as: UInt64.self)
        )
        let side = unsafe sides[Int(message.load(fromByteOffset: 19, as: UInt8.self))] & shape.pointee.sideMask
        let instrument = unsafe instruments[Int(locate)]
        // Safe to wrap: 32-bit values times at most 1e8 stay below 2^59, and the multiplier is 0 where there is no field.
        let scaledPrice = unsafe UInt64(price) &* UInt64(shape.pointee.priceScale)
        let fits =
            unsafe (length == Int(shape.pointee.length)) && side < 0x80 && instrument != UInt32.max
            && clock < ItchDecoder.nanosecondsPerDay
            && scaledPrice <= UInt64(ItchDecoder.maximumPrice) &* 10_000
        guard fits else { return false }

        unsafe counts[type] &+= 1
        sequence &+= 1
        let stamp = midnight.nanoseconds &+ Int64(bitPattern: clock)
        let record = UnsafeMutableRawPointer(event)
        unsafe record.storeBytes(of: stamp, as: Int64.self)
        unsafe record.storeBytes(of: stamp, toByteOffset: 8, as: Int64.self)
        unsafe record.storeBytes(of: sequence, toByteOffset: 16, as: UInt64.self)
        unsafe record.storeBytes(of: reference, toByteOffset: 24, as: UInt64.self)
        unsafe record.storeBytes(of: scaledPrice, toByteOffset: 32, as: UInt64.self)
        unsafe record.storeBytes(
            of: UInt64(shares) &* UInt64(shape.pointee.sharesScale), toByteOffset: 40, as: UInt64.self)
        unsafe record.storeBytes(
            of: shape.pointee.stamp | UInt64(instrument) | UInt64(side) << 56, toByteOffset: 48, as: UInt64.self)
        unsafe record.storeBytes(of: detail & shape.pointee.detailMask, toByteOffset: 56, as: UInt64.self)
        return true
    }
}

/// Where the fields of a book message stand, and what to multiply them by: 0 where the type has no such field.
struct Shape {
    /// Venue, kind and fixed flags, in the places that they have in the record's seventh word.
    var stamp: UInt64 = 0
    var detailMask: UInt64 = 0
    var sharesScale: UInt32 = 0
    var priceScale: UInt32 = 0
    /// 0 = not a book message: no frame has that length.
    var length: UInt8 = 0
    var sharesOffset: UInt8 = 0
    var priceOffset: UInt8 = 0
    var detailOffset: UInt8 = 0
    /// 0x81 where byte 19 is a side: keeps the sell flag and the mark of an invalid one.
    var sideMask: UInt8 = 0

    static func bookMessages(venue: Venue) -> [(UInt8, Shape)] {
        func stamp(_ kind: EventKind, _ flags: EventFlags = []) -> UInt64 {
            UInt64(venue.id) << 32 | UInt64(kind.rawValue) << 48 | UInt64(flags.rawValue) << 56
        }
        let shares: UInt32 = 100_000_000
        let price: UInt32 = 10_000
        let add = Shape(
            stamp: stamp(.addOrder), sharesScale: shares, priceScale: price, length: 36, sharesOffset: 20,
            priceOffset: 32, sideMask: 0x81)
        var attributed = add
        attributed.length = 40
        attributed.detailOffset = 32  // price and attribution; the mask keeps the attribution
        attributed.detailMask = 0xFFFF_FFFF
        let execute = Shape(
            stamp: stamp(.executeOrder, .printable), detailMask: .max, sharesScale: shares, length: 31, sharesOffset: 19,
            detailOffset: 23)
        let cancel = Shape(stamp: stamp(.cancelOrder), sharesScale: shares, length: 23, sharesOffset: 19)
        let delete = Shape(stamp: stamp(.deleteOrder), length: 19)
        let replace = Shape(
            stamp: stamp(.replaceOrder), detailMask: .max, sharesScale: shares, priceScale: price, length: 35,
            sharesOffset: 27, priceOffset: 31, detailOffset: 19)
        return [
            (UInt8(ascii: "A"), add), (UInt8(ascii: "F"), attributed), (UInt8(ascii: "E"), execute),
            (UInt8(ascii: "X"), cancel), (UInt8(ascii: "D"), delete), (UInt8(ascii: "U"), replace),
        ]
    }
}
