// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// One entry of a recorded drop copy.
public struct DropCopyEntry: Sendable, Equatable {
    /// Its number in the venue's stream.
    public var number: UInt64
    /// When it reached us.
    public var received: Timestamp
    public var message: DropCopyMessage

    public init(number: UInt64, received: Timestamp, message: DropCopyMessage) {
        self.number = number
        self.received = received
        self.message = message
    }
}

/// A drop copy as it was recorded: an entry of 112 bytes for each message, in the order of the stream.
///
/// Layout: magic `HDC1` and the venue's number as a file header of 16 bytes; then for each entry the number 0, 8; the time of
/// arrival in UTC nanoseconds 8, 8; the message 16, 84; zeros 100, 8; CRC-32C of all before 108, 4. Numbers are little-endian, the
/// message is as on the wire.
public enum DropCopyFile {
    public static let magic: [UInt8] = [0x48, 0x44, 0x43, 0x31]
    public static let headerLength = 16
    public static let entryLength = 112

    /// The header of a file about `venue`.
    public static func header(venue: Venue) -> [UInt8] {
        var bytes = magic + [UInt8](repeating: 0, count: headerLength - 4)
        bytes[4] = UInt8(truncatingIfNeeded: venue.id)
        bytes[5] = UInt8(truncatingIfNeeded: venue.id >> 8)
        return bytes
    }

    /// An entry as bytes.
    public static func bytes(of entry: DropCopyEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entryLength)
        little(entry.number, &bytes)
        little(UInt64(bitPattern: entry.received.nanoseconds), &bytes)
        var output = WireOutput(capacity: DropCopyMessage.length)
        _ = entry.message.write(to: &output)
        for place in 0..<DropCopyMessage.length { bytes.append(output.bytes[place]) }
        bytes += [UInt8](repeating: 0, count: 8)
        let checksum = bytes.withUnsafeBytes { CRC32C.checksum($0) }
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: checksum >> UInt32(shift)))
        }
        return bytes
    }

    private static func little(_ value: UInt64, _ bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in 0..<8 { value |= UInt64(bytes[bytes.startIndex + offset + place]) << UInt64(place * 8) }
        return value
    }

    /// The entry in `bytes`; nil when they are damaged.
    public static func entry(_ bytes: ArraySlice<UInt8>) -> DropCopyEntry? {
        guard bytes.count == entryLength else { return nil }
        let body = Array(bytes.prefix(entryLength - 4))
        var checksum: UInt32 = 0
        for place in 0..<4 { checksum |= UInt32(bytes[bytes.startIndex + 108 + place]) << UInt32(place * 8) }
        guard body.withUnsafeBytes({ CRC32C.checksum($0) }) == checksum else { return nil }
        let message = Array(body[16..<100]).withUnsafeBytes { try? DropCopyMessage(WireBytes($0)) }
        guard let message else { return nil }
        return DropCopyEntry(
            number: number(bytes, 0),
            received: Timestamp(nanoseconds: Int64(bitPattern: number(bytes, 8))),
            message: message
        )
    }
}

extension DropCopyFile {
    /// What a session calls its own recording, in the folder of its journal.
    public static var fileName: String { "dropcopy.hdc" }
}
