// SPDX-License-Identifier: MIT

import HeliosMarket
import HeliosWire

/// What a market file holds, as its first bytes show.
public enum MarketContent: String, Sendable {
    /// ITCH messages, each behind its length.
    case binaryFile = "ITCH, BinaryFILE"
    /// ITCH messages, each behind two zero bytes that tell nothing.
    case zeroPrefixed = "ITCH, zero-prefixed"
    /// A pcap file with MoldUDP64 packets.
    case pcap = "pcap, MoldUDP64"
    /// A pcapng file with MoldUDP64 packets.
    case pcapng = "pcapng, MoldUDP64"
    /// A LOBSTER message file with its orderbook file.
    case lobster = "LOBSTER"

    /// Whether the file is a packet capture.
    public var isCapture: Bool { self == .pcap || self == .pcapng }
}

/// A run of whole frames and perhaps the beginning of another.
public struct MarketChunk {
    /// The bytes, valid until the next `consume` or `nextChunk`.
    public let bytes: UnsafeRawBufferPointer
    /// The stream position of the first byte; `MarketFile.fileOffset` turns positions into places in the file.
    public let base: UInt64
    /// Whether the stream ends with these bytes: what can't be used of them is a truncated tail.
    public let isLast: Bool
}

/// Any market file, opened by its content: plain or gzip, ITCH files of both framings, captures, LOBSTER pairs.
///
/// Whatever the carrier, ITCH messages come out in BinaryFILE framing, a big-endian length and the message. A plain
/// BinaryFILE is one chunk, the mapping itself; gzip comes in pieces of 4 MiB; captures are arbitrated and framed in
/// pieces of 1 MiB.
///
/// ```swift
/// var file = try MarketFile(path: "12302019.NASDAQ_ITCH50.gz")
/// while let chunk = try file.nextChunk() {
///     var cursor = 0
///     …decode chunk.bytes from cursor on…
///     file.consume(cursor)
/// }
/// ```
public struct MarketFile: ~Copyable {
    public let path: String
    public let content: MarketContent
    /// The day that the file's name tells, or for a capture without one the day of its first packet.
    public internal(set) var tradingDay: TradingDay?
    /// What became of a capture's packets.
    public var captureCounters: CaptureCounters { reader.counters }
    /// What the MoldUDP64 packets of a capture held.
    public var moldReport: MoldReport { assembler.report }
    /// Where a capture ends in the middle of a packet; nil when it doesn't.
    public private(set) var truncatedTail: UInt64?
    /// Capture times of the first and last datagram, of a capture.
    public private(set) var captureSpan: (first: Timestamp, last: Timestamp)?

    private let source: ByteSource
    private let frames: FrameBuffer
    private let assembler: MoldAssembler
    private var reader: CaptureReader
    private var failure: StoreError?
    private var isStarted = false
    private var isFinished = false

    /// Opens the file at `path` and finds out what it is.
    ///
    /// - Parameters:
    ///   - path: The file; of a LOBSTER pair either.
    ///   - line: Of a capture, deliver only what was sent here (all when nil).
    /// - Throws: `StoreError` when it can't be opened or is of no known format.
    public init(path: String, line: FeedLine? = nil) throws(StoreError) {
        let source = try ByteSource(path: path)
        content = try MarketFile.recognize(source)
        self.source = source
        self.path = path
        tradingDay = TradingDay.inferred(fromFileName: path)
        frames = FrameBuffer()
        assembler = MoldAssembler(frames)
        reader = CaptureReader(line: line)
        if content.isCapture, tradingDay == nil { tradingDay = MarketFile.firstDay(source) }
    }

    /// The file's size as stored, in bytes.
    public var fileSize: UInt64 { source.fileSize }
    public var isGzip: Bool { source.isGzip }
    /// How much of the stored file was read, from 0 to 1.
    public var progress: Double { source.progress }

    /// The next bytes: what the last chunk's reader left over, and more.
    ///
    /// - Returns: The chunk, or nil after the last.
    /// - Throws: `StoreError` where the file can't be read on; what came before was delivered.
    public mutating func nextChunk() throws(StoreError) -> MarketChunk? {
        switch content {
        case .binaryFile, .lobster: try nextWindow()
        case .zeroPrefixed, .pcap, .pcapng: try nextFrames()
        }
    }

    /// Drops the first `count` bytes of the last chunk, which its reader is done with.
    public mutating func consume(_ count: Int) {
        if content == .binaryFile || content == .lobster { source.consume(count) } else { frames.consume(count) }
    }

    /// The place in the (inflated) file of the byte at stream position `position`, which lies in the last chunk.
    public func fileOffset(of position: UInt64) -> UInt64 {
        content == .binaryFile || content == .lobster ? position : frames.origin(of: position)
    }
}

// MARK: - Chunks

extension MarketFile {
    private mutating func nextWindow() throws(StoreError) -> MarketChunk? {
        if isStarted {
            if source.isLast { return nil }
            try source.fill()
        }
        isStarted = true
        return MarketChunk(bytes: source.window, base: source.base, isLast: source.isLast)
    }

    private mutating func nextFrames() throws(StoreError) -> MarketChunk? {
        if isFinished { return nil }
        let before = frames.count
        if failure == nil {
            do throws(StoreError) {
                try content.isCapture ? readCapture() : readZeroPrefixed()
            } catch {
                failure = error
            }
        }
        if let failure, frames.count == before { throw failure }
        return MarketChunk(bytes: frames.bytes, base: frames.base, isLast: isFinished)
    }

    /// Frames messages until the buffer is full or the file ends.
    private mutating func readZeroPrefixed() throws(StoreError) {
        while !frames.isFull {
            let window = source.window
            let length = window.count > 2 ? itchLength(ofType: window[2]) : 0
            if window.count > 2, length == 0 {
                let reason = "unknown message type \(window[2]), and this framing tells no length,"
                throw StoreError(.corrupt, path: path, offset: source.base, reason: reason)
            }
            if length > 0, window.count >= length + 2 {
                let message = UnsafeRawBufferPointer(rebasing: window[2..<length + 2])
                frames.append(length: length, message, origin: source.base)
                source.consume(length + 2)
            } else if source.isLast {
                // A tail that holds less than its message: the reader sees a frame cut short.
                if window.count > 2 {
                    frames.append(
                        length: length,
                        UnsafeRawBufferPointer(rebasing: window[2...]),
                        origin: source.base
                    )
                }
                isFinished = true
                return
            } else {
                try source.fill()
            }
        }
    }

    /// Reads packets until the buffer is full or the file ends.
    private mutating func readCapture() throws(StoreError) {
        while !frames.isFull {
            var cursor = 0
            defer { source.consume(cursor) }
            let datagram: Datagram?
            do throws(CaptureError) {
                datagram = try reader.nextDatagram(source.window, cursor: &cursor, base: source.base)
            } catch {
                throw StoreError(.corrupt, path: path, offset: error.offset, reason: "\(error.problem)")
            }
            if let datagram {
                let payload = UnsafeRawBufferPointer(
                    rebasing: source.window[datagram.start..<datagram.start + datagram.count]
                )
                captureSpan = (captureSpan?.first ?? datagram.time, datagram.time)
                assembler.offer(payload, origin: source.base + UInt64(datagram.start))
            } else if source.isLast {
                if cursor < source.window.count { truncatedTail = source.base + UInt64(cursor) }
                while !frames.isFull, assembler.finishStep() {}
                isFinished = !frames.isFull
                return
            } else {
                source.consume(cursor)
                cursor = 0
                try source.fill()
            }
        }
    }
}

// MARK: - Recognition

extension MarketFile {
    private static func recognize(_ source: ByteSource) throws(StoreError) -> MarketContent {
        let bytes = source.window
        if bytes.isEmpty { throw StoreError(.unknownFormat, path: source.path, reason: "the file is empty") }
        if CaptureReader.recognizes(bytes) { return bytes[0] == 0x0A ? .pcapng : .pcap }
        if startsWithFrame(bytes) { return .binaryFile }
        if bytes.count > 2, bytes[0] == 0, bytes[1] == 0, itchLength(ofType: bytes[2]) > 0 {
            return .zeroPrefixed
        }
        if LobsterFiles.recognizes(bytes) { return .lobster }
        throw StoreError(
            .unknownFormat,
            path: source.path,
            reason: "neither an ITCH file nor a capture (pcap, pcapng) nor a LOBSTER file"
        )
    }

    /// Whether one of the first frames is an ITCH message of its type's length, or the session ends at once.
    private static func startsWithFrame(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.count == 2, bytes[0] == 0, bytes[1] == 0 { return true }
        var offset = 0
        for _ in 0..<16 where bytes.count - offset > 2 {
            let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
            if length == 0 { return false }
            if length == itchLength(ofType: bytes[offset + 2]) { return true }
            offset += 2 + length
        }
        return false
    }

    /// The day of a capture's first packet.
    private static func firstDay(_ source: ByteSource) -> TradingDay? {
        var reader = CaptureReader()
        var cursor = 0
        let packet = try? reader.nextPacket(source.window, cursor: &cursor)
        return packet.flatMap { $0 }.flatMap { $0.time == .zero ? nil : TradingDay.containing($0.time) }
    }
}

/// The length of an ITCH message by its type letter; 0 when there is no such type.
private func itchLength(ofType type: UInt8) -> Int { ItchMessageType(rawValue: type)?.length ?? 0 }
