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
    /// The sign of the record's seventh word: no flag that the feed sets.
    private static let invalid: UInt64 = 1 << 63

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
    /// By the side's byte: what it sets in the record's seventh word.
    let sides: UnsafeMutablePointer<UInt64>
    /// By stock locate; all ones where no message has told the symbol.
    let instruments: UnsafeMutablePointer<UInt32>

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
        unsafe shapes.initialize(repeating: Shape(), count: 256)
        unsafe sides.initialize(repeating: ItchDecoder.invalid, count: 256)
        unsafe instruments.initialize(repeating: Instrument.none.id, count: 65_536)
        unsafe sides[Int(UInt8(ascii: "B"))] = 0
        unsafe sides[Int(UInt8(ascii: "S"))] = UInt64(EventFlags.sell.rawValue) << 56
        for (type, shape) in Shape.bookMessages(venue: venue) { unsafe shapes[Int(type)] = shape }
    }

    deinit {
        unsafe shapes.deallocate()
        unsafe sides.deallocate()
        unsafe instruments.deallocate()
    }

    /// Says what a stock locate stands for, where it is known from an earlier reading of the same day.
    public mutating func bind(_ locate: UInt16, to instrument: Instrument) {
        unsafe instruments[Int(locate)] = instrument.id
    }

    /// How many messages of the given type were seen.
    public func count(of type: UInt8) -> Int { unsafe Int(shapes[Int(type)].count) }

    /// Decodes BinaryFILE frames (big-endian length, message) from `cursor` on, until `events` is full, the input
    /// holds no whole frame more, or the end-of-session mark is met.
    ///
    /// Malformed messages are counted and passed over.
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
        guard cursor >= 0, cursor <= bytes.count, !diagnostics.sessionEnded else { return 0 }
        var position = cursor
        var written = 0
        let end = bytes.count
        let capacity = events.count
        while written < capacity, position + 2 <= end {
            if position + ItchDecoder.reach <= end {
                // Safe: the run reads up to `reach` bytes from any frame that starts at or before the second pointer, and
                // writes below the fourth.
                let run = unsafe decodeRun(
                    start + position,
                    through: start + (end - ItchDecoder.reach),
                    first + written,
                    upTo: first + capacity
                )
                written += run.events
                position += run.bytes
                if written == capacity || position + 2 > end { break }
            }
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
    /// One pass over the frame's fields, the same for all six types: what a type does not have is multiplied by 0. The
    /// doubts are gathered: an unknown instrument (all ones) and an invalid side both set the sign of the seventh word.
    ///
    /// From `start`, the first frame, and from `limit`, the last place where one may start, `reach` bytes can be read. Gives
    /// how many events were written and how many bytes they took.
    @inline(never)
    private mutating func decodeRun(
        _ start: UnsafeRawPointer,
        through limit: UnsafeRawPointer,
        _ first: UnsafeMutablePointer<Event>,
        upTo end: UnsafeMutablePointer<Event>
    ) -> (events: Int, bytes: Int) {
        var frame = unsafe start
        var record = UnsafeMutableRawPointer(first)
        let recordEnd = UnsafeMutableRawPointer(end)
        var sequence = self.sequence
        let midnight = self.midnight.nanoseconds
        let shapes = unsafe UnsafeMutableRawPointer(self.shapes)
        let sides = unsafe self.sides
        let instruments = unsafe self.instruments
        // Safe: the loop's conditions keep `reach` readable bytes before every load (the largest offset of a shape plus the
        // field's width is 40 from the message's first byte), and 64 writable ones before every store.
        while unsafe record < recordEnd && frame <= limit {
            let length = unsafe UInt16(bigEndian: frame.loadUnaligned(as: UInt16.self))
            let type = unsafe Int(frame.load(fromByteOffset: 2, as: UInt8.self))
            let shape = unsafe (shapes + type &* MemoryLayout<Shape>.stride).assumingMemoryBound(to: Shape.self)
            let locate = unsafe UInt16(bigEndian: frame.loadUnaligned(fromByteOffset: 3, as: UInt16.self))
            let clock = unsafe big(frame, 5) & 0xFFFF_FFFF_FFFF
            let price = unsafe UInt64(big32(frame, Int(shape.pointee.priceOffset)))
            let shares = unsafe UInt64(big32(frame, Int(shape.pointee.sharesOffset)))
            let side = unsafe sides[Int(frame.load(fromByteOffset: 21, as: UInt8.self))] & shape.pointee.sideMask
            let instrument = unsafe UInt64(bitPattern: Int64(Int32(bitPattern: instruments[Int(locate)])))
            let word = unsafe shape.pointee.stamp | instrument | side
            // Safe to wrap: 32-bit values times at most 1e8 stay below 2^59.
            let scaledPrice = unsafe price &* shape.pointee.priceScale
            guard unsafe length == shape.pointee.length, Int64(bitPattern: word) >= 0,
                clock < ItchDecoder.nanosecondsPerDay, scaledPrice <= UInt64(ItchDecoder.maximumPrice) &* 10_000
            else { break }
            let stamp = midnight &+ Int64(bitPattern: clock)
            unsafe record.storeBytes(of: stamp, as: Int64.self)
            unsafe record.storeBytes(of: stamp, toByteOffset: 8, as: Int64.self)
            sequence &+= 1
            unsafe record.storeBytes(of: sequence, toByteOffset: 16, as: UInt64.self)
            unsafe record.storeBytes(of: big(frame, 13), toByteOffset: 24, as: UInt64.self)
            unsafe record.storeBytes(of: scaledPrice, toByteOffset: 32, as: UInt64.self)
            unsafe record.storeBytes(of: shares &* shape.pointee.sharesScale, toByteOffset: 40, as: UInt64.self)
            unsafe record.storeBytes(of: word, toByteOffset: 48, as: UInt64.self)
            let detail = unsafe big(frame, Int(shape.pointee.detailOffset)) & shape.pointee.detailMask
            unsafe record.storeBytes(of: detail, toByteOffset: 56, as: UInt64.self)
            unsafe shape.pointee.count &+= 1
            unsafe record += 64
            unsafe frame += 2 &+ Int(length)
        }
        self.sequence = sequence
        // Safe: both pointers only moved forward within their buffers.
        return unsafe ((record - UnsafeMutableRawPointer(first)) &>> 6, frame - start)
    }

    @inline(__always)
    private func big(_ frame: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        unsafe UInt64(bigEndian: (frame + offset).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    private func big32(_ frame: UnsafeRawPointer, _ offset: Int) -> UInt32 {
        unsafe UInt32(bigEndian: (frame + offset).loadUnaligned(as: UInt32.self))
    }
}

/// Where the fields of a book message stand in its frame, and what to multiply them by: 0 where the type has no
/// such field.
///
/// 64 bytes, so that a type's shape is one shift away and one cache line.
struct Shape {
    /// Venue, kind and fixed flags, in the places that they have in the record's seventh word.
    var stamp: UInt64 = 0
    var detailMask: UInt64 = 0
    var sharesScale: UInt64 = 0
    var priceScale: UInt64 = 0
    /// Where byte 19 is a side: keeps the sell flag and the mark of an invalid one.
    var sideMask: UInt64 = 0
    /// Messages of this type so far, of any shape.
    var count: UInt64 = 0
    /// 0 = not a book message: a frame of that length ends the session and has no type.
    var length: UInt16 = 0
    var sharesOffset: UInt8 = 0
    var priceOffset: UInt8 = 0
    var detailOffset: UInt8 = 0
    private var padding: UInt64 = 0

    /// A shape from the offsets within the message.
    private init(
        _ kind: EventKind,
        _ venue: Venue,
        length: UInt16,
        shares: UInt8? = nil,
        price: UInt8? = nil,
        detail: UInt8? = nil,
        flags: EventFlags = []
    ) {
        stamp = UInt64(venue.id) << 32 | UInt64(kind.rawValue) << 48 | UInt64(flags.rawValue) << 56
        self.length = length
        sharesScale = shares == nil ? 0 : UInt64(Quantity.scale)
        sharesOffset = shares.map { $0 + 2 } ?? 0
        priceScale = price == nil ? 0 : 10_000
        priceOffset = price.map { $0 + 2 } ?? 0
        detailMask = detail == nil ? 0 : .max
        detailOffset = detail.map { $0 + 2 } ?? 0
    }

    init() {}

    static func bookMessages(venue: Venue) -> [(UInt8, Shape)] {
        var add = Shape(.addOrder, venue, length: 36, shares: 20, price: 32)
        add.sideMask = 0x81 << 56
        // Price and attribution; the mask keeps the attribution.
        var attributed = Shape(.addOrder, venue, length: 40, shares: 20, price: 32, detail: 32)
        attributed.detailMask = 0xFFFF_FFFF
        attributed.sideMask = add.sideMask
        return [
            (UInt8(ascii: "A"), add), (UInt8(ascii: "F"), attributed),
            (
                UInt8(ascii: "E"),
                Shape(.executeOrder, venue, length: 31, shares: 19, detail: 23, flags: .printable)
            ),
            (UInt8(ascii: "X"), Shape(.cancelOrder, venue, length: 23, shares: 19)),
            (UInt8(ascii: "D"), Shape(.deleteOrder, venue, length: 19)),
            (UInt8(ascii: "U"), Shape(.replaceOrder, venue, length: 35, shares: 27, price: 31, detail: 19)),
        ]
    }
}
