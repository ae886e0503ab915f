// SPDX-License-Identifier: MIT
import HeliosMarket

/// The last message of a snapshot: where the live feed goes on.
///
/// A snapshot is a SoupBinTCP session that is made for one login and ends by itself. Its sequenced messages are ITCH 5.0: the
/// phase of the day (`S`), then for each instrument its directory entry (`R`), its trading state (`H`) and an Add Order (`A`) for
/// each displayed order, buys before sells, the best price first, at a price the oldest first; then this message.
/// The session's name is that of the MoldUDP64 session whose numbers it speaks of.
///
/// Layout (offset, length): type `G` 0, 1; next 1, 20: a decimal number in ASCII, padded left with spaces.
public struct SnapshotEnd: Equatable, Sendable, BitwiseCopyable {
    /// Bytes of the message.
    public static let length = 21
    /// `G`.
    public static let type: UInt8 = 0x47

    /// The number of the first live message that is not in the snapshot.
    public var next: UInt64

    public init(next: UInt64) { self.next = next }

    /// Reads a message.
    ///
    /// - Throws: `SoupFault` for a number that is none; another type or length gives nil.
    public init?(_ message: WireBytes) throws(SoupFault) {
        guard message.count == SnapshotEnd.length, message[0] == SnapshotEnd.type else { return nil }
        next = try SoupNumber.read(message.slice(1..<21))
    }

    /// Writes the message; false when there is no room for it.
    public func write(to output: inout WireOutput) -> Bool {
        guard let place = unsafe output.open(SnapshotEnd.length) else { return false }
        // Safe: every offset below is within the length that was opened.
        unsafe place.storeBytes(of: SnapshotEnd.type, as: UInt8.self)
        var rest = next
        for offset in (1...20).reversed() {
            let byte = rest == 0 && offset < 20 ? 0x20 : UInt8(truncatingIfNeeded: rest % 10) + 0x30
            unsafe place.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            rest /= 10
        }
        return true
    }
}
