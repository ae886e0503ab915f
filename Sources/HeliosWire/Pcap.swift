// SPDX-License-Identifier: MIT

import HeliosMarket

/// Why the bytes of a capture file can't be read further.
@frozen
public enum CaptureProblem: UInt8, Error, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The first four bytes belong to neither pcap nor pcapng.
    case notACapture
    /// A pcap version other than 2, or a pcapng version other than 1.
    case unsupportedVersion
    /// A packet of more than 256 KiB.
    case packetTooLarge
    /// A pcapng block whose length is below its minimum, not a multiple of four, or above 16 MiB.
    case badBlockLength
    /// The length after a pcapng block differs from the one before it.
    case blockLengthsDiffer
    /// The packet's length runs past its block.
    case packetBeyondBlock
    /// A packet names an interface that no block described.
    case unknownInterface
    /// More than 4,096 interfaces in one section.
    case tooManyInterfaces
    /// A section header whose byte-order magic is neither order.
    case badByteOrder

    public var description: String {
        switch self {
        case .notACapture: "not a pcap or pcapng file"
        case .unsupportedVersion: "unsupported version of the capture format"
        case .packetTooLarge: "packet of more than 256 KiB"
        case .badBlockLength: "impossible block length"
        case .blockLengthsDiffer: "the two lengths of a block differ"
        case .packetBeyondBlock: "packet runs past its block"
        case .unknownInterface: "packet of an interface that was never described"
        case .tooManyInterfaces: "more than 4,096 interfaces"
        case .badByteOrder: "unknown byte order of a section"
        }
    }
}

/// Where a capture file is broken, and why.
public struct CaptureError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let problem: CaptureProblem
    /// The file offset of the header that says so.
    public let offset: UInt64

    public init(_ problem: CaptureProblem, offset: UInt64) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String { "\(problem) at byte \(offset)" }
}

/// A packet as it lies in the bytes handed to the reader.
@frozen
public struct CapturedPacket: Sendable, BitwiseCopyable {
    /// Where the packet's bytes start, relative to the bytes handed to the reader.
    public var start: Int
    /// Bytes captured.
    public var count: Int
    /// Bytes that were on the wire; more than `count` when the snap length cut the packet.
    public var originalCount: Int
    /// When it was captured; `.zero` for simple packet blocks, which carry no time.
    public var time: Timestamp
    /// What the first bytes are, as in the capture format's list (1 = Ethernet).
    public var linkType: UInt32

    /// Whether bytes are missing.
    @inlinable
    public var isTruncated: Bool { count < originalCount }
}

/// What became of the packets of a capture.
@frozen
public struct CaptureCounters: Equatable, Sendable, BitwiseCopyable {
    /// Packets read.
    public var read: UInt64 = 0
    /// Cut short by the capture's snap length; skipped.
    public var truncated: UInt64 = 0
    /// Not IPv4 (or a link type that isn't supported); skipped.
    public var notIP: UInt64 = 0
    /// IPv4 but not UDP, or a fragment; skipped.
    public var notUDP: UInt64 = 0
    /// IPv4 and UDP, but their lengths contradict the packet's; skipped.
    public var malformed: UInt64 = 0
    /// Not on the line that was asked for; skipped.
    public var filtered: UInt64 = 0
    /// UDP payloads delivered.
    public var delivered: UInt64 = 0

    public init() {}
}

/// Reads pcap and pcapng packet by packet from bytes that may arrive in pieces.
///
/// The reader keeps no bytes: the caller hands it a window of the file and a cursor. `nil` means that the window ends
/// before the next whole packet; the caller then appends more bytes from `cursor` on, or has reached the end of the file,
/// where bytes left behind the cursor are a truncated tail.
///
/// ```swift
/// var reader = CaptureReader()
/// var cursor = 0
/// while let datagram = try reader.nextDatagram(bytes, cursor: &cursor) { … }
/// ```
public struct CaptureReader: Sendable {
    /// What became of the packets so far.
    public internal(set) var counters = CaptureCounters()
    /// Deliver only payloads for this destination (all when nil).
    public var line: FeedLine?

    enum Format: UInt8, Sendable { case unknown, pcap, pcapng }
    struct Interface: Sendable, BitwiseCopyable {
        var linkType: UInt32
        var snapLength: UInt32
        var clock: CaptureClock
    }

    static let largestPacket = 256 << 10
    static let largestBlock = 16 << 20
    static let mostInterfaces = 4096

    var format = Format.unknown
    var isSwapped = false
    var clock = CaptureClock.microseconds
    var linkType: UInt32 = 0
    var interfaces: [Interface] = []

    /// A reader at the start of a file.
    public init(line: FeedLine? = nil) { self.line = line }

    /// Whether `bytes` (at least four) start like a capture file.
    public static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 4 else { return false }
        let bytes = unsafe WireBytes(bytes)
        return pcapFlavour(magic(bytes, 0)) != nil || magic(bytes, 0) == 0x0A0D_0D0A
    }

    /// The next packet, or nil when `bytes` end before it is whole.
    ///
    /// - Parameters:
    ///   - bytes: A window of the file.
    ///   - cursor: Where to go on in `bytes`; moves past what was read.
    ///   - base: The file offset of the window's first byte, for errors.
    /// - Returns: The packet, or nil.
    /// - Throws: `CaptureError` when the file can't be followed further; what came before stays valid.
    public mutating func nextPacket(
        _ bytes: UnsafeRawBufferPointer,
        cursor: inout Int,
        base: UInt64 = 0
    ) throws(CaptureError) -> CapturedPacket? {
        let bytes = unsafe WireBytes(bytes)
        return try nextPacket(bytes, cursor: &cursor, base: base)
    }

    private mutating func nextPacket(
        _ bytes: WireBytes,
        cursor: inout Int,
        base: UInt64
    ) throws(CaptureError) -> CapturedPacket? {
        if format == .unknown, try !readFileHeader(bytes, cursor: &cursor, base: base) { return nil }
        let packet =
            format == .pcap
            ? try nextRecord(bytes, cursor: &cursor, base: base) : try nextBlock(bytes, cursor: &cursor, base: base)
        if packet != nil { counters.read += 1 }
        return packet
    }

    /// The next UDP payload of the line asked for; packets of every other sort are counted and skipped.
    ///
    /// - Parameters:
    ///   - bytes: A window of the file.
    ///   - cursor: Where to go on in `bytes`; moves past what was read.
    ///   - base: The file offset of the window's first byte, for errors.
    /// - Returns: The payload, or nil when `bytes` end first.
    /// - Throws: `CaptureError` as `nextPacket` does.
    public mutating func nextDatagram(
        _ bytes: UnsafeRawBufferPointer,
        cursor: inout Int,
        base: UInt64 = 0
    ) throws(CaptureError) -> Datagram? {
        let bytes = unsafe WireBytes(bytes)
        while let packet = try nextPacket(bytes, cursor: &cursor, base: base) {
            if packet.isTruncated {
                counters.truncated += 1
                continue
            }
            switch Datagram.find(in: bytes, packet) {
            case .notIP: counters.notIP += 1
            case .notUDP: counters.notUDP += 1
            case .malformed: counters.malformed += 1
            case .found(let datagram):
                if let line, line != datagram.line {
                    counters.filtered += 1
                } else {
                    counters.delivered += 1
                    return datagram
                }
            }
        }
        return nil
    }
}

// MARK: - pcap

extension CaptureReader {
    /// The byte order and clock of a pcap file, by its first four bytes read as a little-endian number.
    static func pcapFlavour(_ magic: UInt32) -> (isSwapped: Bool, clock: CaptureClock)? {
        switch magic {
        case 0xA1B2_C3D4: (false, .microseconds)
        case 0xD4C3_B2A1: (true, .microseconds)
        case 0xA1B2_3C4D: (false, .nanoseconds)
        case 0x4D3C_B2A1: (true, .nanoseconds)
        default: nil
        }
    }

    static func magic(_ bytes: WireBytes, _ offset: Int) -> UInt32 {
        bytes.little(offset)
    }

    /// A number in the file's byte order.
    func word<T: FixedWidthInteger & BitwiseCopyable>(_ bytes: WireBytes, _ offset: Int) -> T {
        let value: T = bytes.little(offset)
        return isSwapped ? value.byteSwapped : value
    }

    /// Recognises the file and reads a pcap header; false when `bytes` are too short.
    private mutating func readFileHeader(
        _ bytes: WireBytes,
        cursor: inout Int,
        base: UInt64
    ) throws(CaptureError) -> Bool {
        guard bytes.count - cursor >= 4 else { return false }
        let magic = Self.magic(bytes, cursor)
        if magic == 0x0A0D_0D0A {
            format = .pcapng
            return true
        }
        guard let flavour = Self.pcapFlavour(magic) else {
            throw CaptureError(.notACapture, offset: base + UInt64(cursor))
        }
        guard bytes.count - cursor >= 24 else { return false }
        isSwapped = flavour.isSwapped
        clock = flavour.clock
        let major: UInt16 = word(bytes, cursor + 4)
        if major != 2 { throw CaptureError(.unsupportedVersion, offset: base + UInt64(cursor + 4)) }
        let link: UInt32 = word(bytes, cursor + 20)
        linkType = link & 0xFFFF
        format = .pcap
        cursor += 24
        return true
    }

    private func nextRecord(
        _ bytes: WireBytes,
        cursor: inout Int,
        base: UInt64
    ) throws(CaptureError) -> CapturedPacket? {
        guard bytes.count - cursor >= 16 else { return nil }
        let seconds: UInt32 = word(bytes, cursor)
        let fraction: UInt32 = word(bytes, cursor + 4)
        let captured: UInt32 = word(bytes, cursor + 8)
        let original: UInt32 = word(bytes, cursor + 12)
        if captured > Self.largestPacket { throw CaptureError(.packetTooLarge, offset: base + UInt64(cursor)) }
        guard bytes.count - cursor - 16 >= captured else { return nil }
        let packet = CapturedPacket(
            start: cursor + 16,
            count: Int(captured),
            originalCount: Int(original),
            time: clock.time(seconds: seconds, fraction: fraction),
            linkType: linkType
        )
        cursor += 16 + Int(captured)
        return packet
    }
}

/// How a capture counts time.
struct CaptureClock: Sendable, BitwiseCopyable {
    /// A tick is `multiplier / divisor` nanoseconds, or `multiplier / 2^shift`.
    var multiplier: UInt64
    var divisor: UInt64
    var shift: UInt8 = 0
    /// Seconds to add.
    var offset: Int64 = 0

    static let microseconds = CaptureClock(multiplier: 1000, divisor: 1)
    static let nanoseconds = CaptureClock(multiplier: 1, divisor: 1)

    /// The clock of an `if_tsresol` option: 10^-n seconds a tick, or 2^-n when the top bit is set.
    init(resolution: UInt8) {
        let exponent = Int(resolution & 0x7F)
        if resolution & 0x80 != 0 {
            self.init(multiplier: 1_000_000_000, divisor: 1)
            shift = UInt8(exponent)
        } else if exponent <= 9 {
            self.init(multiplier: Self.power(9 - exponent), divisor: 1)
        } else {
            self.init(multiplier: 1, divisor: Self.power(min(exponent - 9, 19)))
        }
    }

    private init(multiplier: UInt64, divisor: UInt64) {
        self.multiplier = multiplier
        self.divisor = divisor
    }

    private static func power(_ exponent: Int) -> UInt64 {
        var result: UInt64 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }

    func time(seconds: UInt32, fraction: UInt32) -> Timestamp {
        // Both products stay below 2^63: 2^32 × 10^9 + 2^32 × 10^3.
        Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000 + Int64(fraction) * Int64(multiplier))
    }

    /// The time of a tick count since 1970; a time outside the range of `Timestamp` is clamped to it.
    func time(ticks: UInt64) -> Timestamp {
        let scaled = ticks.multipliedFullWidth(by: multiplier)
        var nanoseconds = Int128(UInt128(scaled.high) << 64 | UInt128(scaled.low)) >> Int128(shift)
        if divisor > 1 { nanoseconds /= Int128(divisor) }
        return Timestamp(nanoseconds: Int64(clamping: nanoseconds + Int128(offset) * 1_000_000_000))
    }
}

// MARK: - pcapng

extension CaptureReader {
    /// Walks blocks until one holds a packet; nil when `bytes` end before a whole block.
    fileprivate mutating func nextBlock(
        _ bytes: WireBytes,
        cursor: inout Int,
        base: UInt64
    ) throws(CaptureError) -> CapturedPacket? {
        while bytes.count - cursor >= 12 {
            let start = cursor
            let position = base + UInt64(start)
            if Self.magic(bytes, start) == 0x0A0D_0D0A { try readByteOrder(bytes, start, position) }
            let type: UInt32 = word(bytes, start)
            let length: UInt32 = word(bytes, start + 4)
            guard length >= 12, length % 4 == 0, length <= Self.largestBlock else {
                throw CaptureError(.badBlockLength, offset: position)
            }
            guard bytes.count - start >= Int(length) else { return nil }
            let end = start + Int(length) - 4
            let repeated: UInt32 = word(bytes, end)
            if repeated != length { throw CaptureError(.blockLengthsDiffer, offset: position) }
            let packet = try readBlock(bytes, type: type, start: start, end: end, position: position)
            cursor = end + 4
            if packet != nil { return packet }
        }
        return nil
    }

    /// Takes the byte order from a section header.
    private mutating func readByteOrder(
        _ bytes: WireBytes,
        _ start: Int,
        _ position: UInt64
    ) throws(CaptureError) {
        switch Self.magic(bytes, start + 8) {
        case 0x1A2B_3C4D: isSwapped = false
        case 0x4D3C_2B1A: isSwapped = true
        default: throw CaptureError(.badByteOrder, offset: position)
        }
    }

    /// Reads the block whose body is `bytes[start + 8..<end]`; a packet, or nil for every other sort.
    private mutating func readBlock(
        _ bytes: WireBytes,
        type: UInt32,
        start: Int,
        end: Int,
        position: UInt64
    ) throws(CaptureError) -> CapturedPacket? {
        let body = start + 8
        switch type {
        case 0x0A0D_0D0A:
            guard end - body >= 16 else { throw CaptureError(.badBlockLength, offset: position) }
            let major: UInt16 = word(bytes, body + 4)
            if major != 1 { throw CaptureError(.unsupportedVersion, offset: position) }
            interfaces.removeAll(keepingCapacity: true)
        case 1:
            try readInterface(bytes, body, end, position)
        case 2:
            guard end - body >= 20 else { throw CaptureError(.badBlockLength, offset: position) }
            let number: UInt16 = word(bytes, body)
            return try packet(bytes, interface: UInt32(number), body + 4, end, position)
        case 3:
            return try simplePacket(bytes, body, end, position)
        case 6:
            guard end - body >= 20 else { throw CaptureError(.badBlockLength, offset: position) }
            let number: UInt32 = word(bytes, body)
            return try packet(bytes, interface: number, body + 4, end, position)
        default: break
        }
        return nil
    }

    /// The packet whose time, lengths and bytes start at `header`.
    private func packet(
        _ bytes: WireBytes,
        interface number: UInt32,
        _ header: Int,
        _ end: Int,
        _ position: UInt64
    ) throws(CaptureError) -> CapturedPacket {
        guard number < interfaces.count else { throw CaptureError(.unknownInterface, offset: position) }
        let interface = interfaces[Int(number)]
        let high: UInt32 = word(bytes, header)
        let low: UInt32 = word(bytes, header + 4)
        let captured: UInt32 = word(bytes, header + 8)
        let original: UInt32 = word(bytes, header + 12)
        if captured > Self.largestPacket { throw CaptureError(.packetTooLarge, offset: position) }
        guard end - header - 16 >= captured else { throw CaptureError(.packetBeyondBlock, offset: position) }
        return CapturedPacket(
            start: header + 16,
            count: Int(captured),
            originalCount: Int(original),
            time: interface.clock.time(ticks: UInt64(high) << 32 | UInt64(low)),
            linkType: interface.linkType
        )
    }

    /// A packet without time or captured length: what was captured follows from the snap length and the block.
    private func simplePacket(
        _ bytes: WireBytes,
        _ body: Int,
        _ end: Int,
        _ position: UInt64
    ) throws(CaptureError) -> CapturedPacket {
        guard let interface = interfaces.first else { throw CaptureError(.unknownInterface, offset: position) }
        guard end - body >= 4 else { throw CaptureError(.badBlockLength, offset: position) }
        let original: UInt32 = word(bytes, body)
        var captured = min(Int(original), end - body - 4)
        if interface.snapLength > 0 { captured = min(captured, Int(interface.snapLength)) }
        if captured > Self.largestPacket { throw CaptureError(.packetTooLarge, offset: position) }
        return CapturedPacket(
            start: body + 4,
            count: captured,
            originalCount: Int(original),
            time: .zero,
            linkType: interface.linkType
        )
    }

    private mutating func readInterface(
        _ bytes: WireBytes,
        _ body: Int,
        _ end: Int,
        _ position: UInt64
    ) throws(CaptureError) {
        guard end - body >= 8 else { throw CaptureError(.badBlockLength, offset: position) }
        guard interfaces.count < Self.mostInterfaces else { throw CaptureError(.tooManyInterfaces, offset: position) }
        let link: UInt16 = word(bytes, body)
        var clock = CaptureClock.microseconds
        var offset: Int64 = 0
        var option = body + 8
        while end - option >= 4 {
            let code: UInt16 = word(bytes, option)
            let length: UInt16 = word(bytes, option + 2)
            if code == 0 || end - option - 4 < length { break }
            if code == 9, length == 1 {
                clock = CaptureClock(resolution: word(bytes, option + 4))
            } else if code == 14, length == 8 {
                offset = word(bytes, option + 4)
            }
            option += 4 + (Int(length) + 3) / 4 * 4
        }
        clock.offset = offset
        interfaces.append(Interface(linkType: UInt32(link), snapLength: word(bytes, body + 4), clock: clock))
    }
}
