// SPDX-License-Identifier: MIT
import HeliosMarket

/// Why the bytes of a connection can't be records.
public enum FramingError: Error, Equatable, Sendable {
    /// The byte that tells a record's kind has a value that no kind has.
    case unknownKind(UInt8)
    /// A text longer than `RecordFramer.maximumText`.
    case longText(UInt64)
}

/// A record as it came over a connection, with the text of a side record.
public struct LinkMessage: Sendable {
    public var event: Event
    /// Empty for all but side records.
    public var text: [UInt8]

    public init(event: Event, text: [UInt8] = []) {
        self.event = event
        self.text = text
    }
}

/// Cuts a stream of bytes into records: 64 bytes each, and behind a side record its text, padded to whole slots.
///
/// A state machine without a socket: bytes may come in pieces of any size.
public struct RecordFramer: Sendable {
    /// Bytes of a text, at most.
    public static var maximumText: Int { 64 << 10 }
    static var slot: Int { MemoryLayout<Event>.size }
    private static let kindOffset = 54

    private var bytes: [UInt8] = []
    private var start = 0

    public init() {}

    /// Bytes that wait for the rest of their record.
    public var buffered: Int { bytes.count - start }

    /// Takes the bytes that came.
    public mutating func append(_ piece: UnsafeRawBufferPointer) {
        if start > 0, start == bytes.count || start > 1 << 16 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: piece)
    }

    /// The next whole record; nil until more bytes have come.
    public mutating func next() throws(FramingError) -> LinkMessage? {
        guard buffered >= RecordFramer.slot else { return nil }
        let kind = bytes[start + RecordFramer.kindOffset]
        guard EventKind(rawValue: kind) != nil else { throw .unknownKind(kind) }
        // Safe: 64 bytes are there and the kind is one.
        let event = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Event.self) }
        guard event.kind == .side else {
            start += RecordFramer.slot
            return LinkMessage(event: event)
        }
        guard event.detail <= UInt64(RecordFramer.maximumText) else { throw .longText(event.detail) }
        let length = Int(event.detail)
        let whole = RecordFramer.slot * (1 + RecordFramer.slots(length))
        guard buffered >= whole else { return nil }
        let from = start + RecordFramer.slot
        let text = [UInt8](bytes[from..<from + length])
        start += whole
        return LinkMessage(event: event, text: text)
    }

    /// Adds a record's bytes to `output`.
    public static func encode(_ event: Event, _ text: [UInt8] = [], to output: inout [UInt8]) {
        withUnsafeBytes(of: event) { output.append(contentsOf: $0) }
        guard event.kind == .side else { return }
        precondition(event.detail == UInt64(text.count), "a side record tells its text's length")
        output.append(contentsOf: text)
        output.append(contentsOf: repeatElement(0, count: slots(text.count) * slot - text.count))
    }

    private static func slots(_ length: Int) -> Int { (length + slot - 1) / slot }
}
