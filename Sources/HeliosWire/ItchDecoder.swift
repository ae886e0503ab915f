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
    /// One block for all tables, so that the decoding loop needs one register for them: shapes by type, instruments by
    /// stock locate, side flags by letter.
    private let tables: UnsafeMutableRawPointer
    private static var instrumentsOffset: Int { 256 * 64 }
    private static var sidesOffset: Int { instrumentsOffset + 65_536 * 4 }

    var shapes: UnsafeMutablePointer<Shape> { unsafe tables.assumingMemoryBound(to: Shape.self) }

    var instruments: UnsafeMutablePointer<Int32> {
        unsafe (tables + ItchDecoder.instrumentsOffset).assumingMemoryBound(to: Int32.self)
    }

    private var sides: UnsafeMutablePointer<UInt8> {
        unsafe (tables + ItchDecoder.sidesOffset).assumingMemoryBound(to: UInt8.self)
    }


    /// - Parameters:
    ///   - midnight: midnight of the trading day in New York.
    ///   - venue: what the events are stamped with.
    ///   - directory: instruments known already, when several files share one numbering.
    public init(midnight: Timestamp, venue: Venue, directory: InstrumentDirectory = InstrumentDirectory()) {
        self.midnight = midnight
        self.venue = venue
        self.directory = directory
        precondition(MemoryLayout<Shape>.stride == 64)
        unsafe tables = .allocate(byteCount: ItchDecoder.sidesOffset + 256, alignment: 64)
        unsafe tables.initializeMemory(as: Shape.self, repeating: Shape(), count: 256)
        unsafe (tables + ItchDecoder.instrumentsOffset).initializeMemory(as: Int32.self, repeating: -1, count: 65_536)
        unsafe (tables + ItchDecoder.sidesOffset).initializeMemory(as: UInt8.self, repeating: 0x80, count: 256)
        unsafe sides[Int(UInt8(ascii: "B"))] = 0
        unsafe sides[Int(UInt8(ascii: "S"))] = EventFlags.sell.rawValue
        for (type, shape) in Shape.bookMessages(venue: venue) { unsafe shapes[Int(type)] = shape }
    }

    deinit {
        unsafe tables.deallocate()
    }

    /// How many messages of the given type were seen.
    public func count(of type: UInt8) -> Int { unsafe shapes[Int(type)].count }

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
        while written < capacity {
            if end - position >= ItchDecoder.reach {
                let run = unsafe decodeBookMessages(
                    from: start + position, through: start + (end - ItchDecoder.reach), into: first + written,
                    below: first + capacity)
                position += run.bytes
                written += run.events
                if written == capacity { break }
            }
            guard position + 2 <= end else { break }
            let frame = unsafe start + position
            let length = unsafe Int(UInt16(bigEndian: frame.loadUnaligned(as: UInt16.self)))
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

    /// The table-driven path: decodes frames until one is not of the six, or has a field that needs the checked path.
    ///
    /// Everything that the loop needs is held in locals, so that it stays in registers; nothing branches on the type.
    ///
    /// - Parameters:
    ///   - start: the first frame.
    ///   - last: the last place where a frame may start: `reach` bytes can be read from there.
    ///   - output: where the first event goes.
    ///   - outputEnd: where the room for events ends.
    /// - Returns: bytes and events that were dealt with.
    private mutating func decodeBookMessages(
        from start: UnsafeRawPointer,
        through last: UnsafeRawPointer,
        into output: UnsafeMutablePointer<Event>,
        below outputEnd: UnsafeMutablePointer<Event>
    ) -> (bytes: Int, events: Int) {
        let tables = unsafe self.tables
        let midnight = UInt64(bitPattern: midnight.nanoseconds)
        var number = sequence
        var frame = unsafe start
        var record = UnsafeMutableRawPointer(output)
        let recordEnd = UnsafeMutableRawPointer(outputEnd)
        while unsafe frame <= last && record < recordEnd {
            // Safe: `reach` bytes are there, and no offset of a shape plus the field's size goes beyond it.
            let length = unsafe UInt16(bigEndian: frame.loadUnaligned(as: UInt16.self))
            let shape = unsafe tables.assumingMemoryBound(to: Shape.self) + Int(frame.load(fromByteOffset: 2, as: UInt8.self))
            if unsafe shape.pointee.length != length { break }
            let locate = unsafe UInt16(bigEndian: frame.loadUnaligned(fromByteOffset: 3, as: UInt16.self))
            let letter = unsafe Int(frame.load(fromByteOffset: 21, as: UInt8.self))
            let side = unsafe tables.load(fromByteOffset: ItchDecoder.sidesOffset &+ letter, as: UInt8.self)
                & shape.pointee.sideMask
            // An unmapped instrument is −1, an invalid side has the top bit: either makes the word negative.
            let instrument = unsafe UInt64(
                bitPattern: Int64(
                    tables.load(fromByteOffset: ItchDecoder.instrumentsOffset &+ Int(locate) &* 4, as: Int32.self)))
            let word = unsafe shape.pointee.stamp | instrument | UInt64(side) &<< 56
            if Int64(bitPattern: word) < 0 { break }
            // Tracking number and time stamp; the shift leaves the 48 bits of the time.
            let clock = unsafe (UInt64(bigEndian: frame.loadUnaligned(fromByteOffset: 5, as: UInt64.self)) &<< 16) &>> 16
            // Safe to wrap: 32-bit values times at most 1e8 stay below 2^59; the multiplier is 0 where there is no field.
            let price = unsafe UInt64(
                UInt32(bigEndian: (frame + Int(shape.pointee.priceOffset)).loadUnaligned(as: UInt32.self)))
                &* shape.pointee.priceScale
            if clock >= ItchDecoder.nanosecondsPerDay || price > UInt64(ItchDecoder.maximumPrice) &* 10_000 { break }
            let shares = unsafe UInt64(
                UInt32(bigEndian: (frame + Int(shape.pointee.sharesOffset)).loadUnaligned(as: UInt32.self)))
                &* shape.pointee.sharesScale
            let detail = unsafe UInt64(
                bigEndian: (frame + Int(shape.pointee.detailOffset)).loadUnaligned(as: UInt64.self))
                & shape.pointee.detailMask
            let reference = unsafe UInt64(bigEndian: frame.loadUnaligned(fromByteOffset: 13, as: UInt64.self))
            number &+= 1
            unsafe shape.pointee.count &+= 1
            let stamp = midnight &+ clock
            unsafe record.storeBytes(of: stamp, as: UInt64.self)
            unsafe record.storeBytes(of: stamp, toByteOffset: 8, as: UInt64.self)
            unsafe record.storeBytes(of: number, toByteOffset: 16, as: UInt64.self)
            unsafe record.storeBytes(of: reference, toByteOffset: 24, as: UInt64.self)
            unsafe record.storeBytes(of: price, toByteOffset: 32, as: UInt64.self)
            unsafe record.storeBytes(of: shares, toByteOffset: 40, as: UInt64.self)
            unsafe record.storeBytes(of: word, toByteOffset: 48, as: UInt64.self)
            unsafe record.storeBytes(of: detail, toByteOffset: 56, as: UInt64.self)
            unsafe frame += Int(length) &+ 2
            unsafe record += 64
        }
        sequence = number
        return unsafe (frame - start, (record - UnsafeMutableRawPointer(output)) / 64)
    }
}

/// Where the fields of a book message stand, and what to multiply them by: 0 where the type has no such field.
struct Shape {
    /// Venue, kind and fixed flags, in the places that they have in the record's seventh word; negative for a type that
    /// is not one of the six.
    var stamp: UInt64 = 1 << 63
    var detailMask: UInt64 = 0
    var sharesScale: UInt64 = 0
    var priceScale: UInt64 = 0
    /// Messages of the type that were seen.
    var count = 0
    /// Of the message.
    var length: UInt16 = 0
    /// Offsets from the frame's start: two more than from the message's.
    var sharesOffset: UInt16 = 0
    var priceOffset: UInt16 = 0
    var detailOffset: UInt16 = 0
    /// 0x81 where byte 19 of the message is a side: keeps the sell flag and the mark of an invalid one.
    var sideMask: UInt8 = 0
    // To 64 bytes: a shape is a cache line, found by a shift.
    private var padding: UInt64 = 0

    init() {}

    init(
        _ stamp: UInt64,
        length: UInt16,
        shares: (offset: UInt16, scale: UInt64) = (0, 0),
        price: (offset: UInt16, scale: UInt64) = (0, 0),
        detail: (offset: UInt16, mask: UInt64) = (0, 0),
        sideMask: UInt8 = 0
    ) {
        self.stamp = stamp
        self.length = length
        sharesOffset = shares.offset + 2
        sharesScale = shares.scale
        priceOffset = price.offset + 2
        priceScale = price.scale
        detailOffset = detail.offset + 2
        detailMask = detail.mask
        self.sideMask = sideMask
    }

    static func bookMessages(venue: Venue) -> [(UInt8, Shape)] {
        func stamp(_ kind: EventKind, _ flags: EventFlags = []) -> UInt64 {
            UInt64(venue.id) << 32 | UInt64(kind.rawValue) << 48 | UInt64(flags.rawValue) << 56
        }
        let share: UInt64 = 100_000_000
        let tick: UInt64 = 10_000
        let add = Shape(stamp(.addOrder), length: 36, shares: (20, share), price: (32, tick), sideMask: 0x81)
        // Price and attribution; the mask keeps the attribution.
        let attributed = Shape(
            stamp(.addOrder), length: 40, shares: (20, share), price: (32, tick), detail: (32, 0xFFFF_FFFF), sideMask: 0x81)
        let execute = Shape(
            stamp(.executeOrder, .printable), length: 31, shares: (19, share), detail: (23, .max))
        let cancel = Shape(stamp(.cancelOrder), length: 23, shares: (19, share))
        let delete = Shape(stamp(.deleteOrder), length: 19)
        let replace = Shape(
            stamp(.replaceOrder), length: 35, shares: (27, share), price: (31, tick), detail: (19, .max))
        return [
            (UInt8(ascii: "A"), add), (UInt8(ascii: "F"), attributed), (UInt8(ascii: "E"), execute),
            (UInt8(ascii: "X"), cancel), (UInt8(ascii: "D"), delete), (UInt8(ascii: "U"), replace),
        ]
    }
}
