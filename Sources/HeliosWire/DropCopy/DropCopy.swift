// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a drop copy tells.
@frozen
public enum DropCopyKind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// `A`: an order was taken; `quantity`, `price`, `open`; `detail` `L` live or `D` dead.
    case accepted = 0x41
    /// `U`: the order `previous` became this one; as `accepted`.
    case replaced = 0x55
    /// `M`: the order's side or open quantity was changed in place; `quantity` is what is open.
    case modified = 0x4D
    /// `E`: `quantity` traded at `price` as `match`; `detail` is the liquidity letter.
    case executed = 0x45
    /// `C`: `quantity` of the order is gone; `detail` is the reason's letter.
    case cancelled = 0x43
    /// `J`: the order was refused; `detail` is the reason in the port's protocol: OUCH 5.0's number, 4.2's letter.
    case rejected = 0x4A
    /// `B`: the execution `match` is undone.
    case broken = 0x42
    /// `R`: the order has a new place and reference (a new slice, a peg that moved); `previous` is the one before.
    case restated = 0x52
    /// `S`: a phase of the day in `detail`: `S` start, `E` end.
    case systemEvent = 0x53
}

/// One message of a drop copy: what happened to one order, whole in itself.
///
/// Layout (offset, length; numbers big-endian, text padded right): kind 0, 1; timestamp 1, 8; user 9, 6; token 15, 14; number
/// 29, 4; reference 33, 8; side 41, 1; symbol 42, 8; quantity 50, 4; price 54, 8; open 62, 4; match 66, 8; detail 74, 2;
/// previous 76, 8.
public struct DropCopyMessage: Equatable, Sendable, BitwiseCopyable {
    /// Bytes of a message.
    public static let length = 84

    public var kind: DropCopyKind
    /// Nanoseconds since midnight.
    public var timestamp: UInt64 = 0
    /// Whose order it is.
    public var user = SoupText.blank
    /// The participant's name of the order: ClOrdID of OUCH 5.0, token of 4.2.
    public var token = OuchToken.blank
    /// UserRefNum of OUCH 5.0; 0 for an order that came by 4.2.
    public var number: UInt32 = 0
    /// The venue's number of the order, as its feed has it.
    public var reference: UInt64 = 0
    public var side = OuchCode(OuchSide.buy)
    public var symbol = Symbol(packed: 0x2020_2020_2020_2020)
    /// Shares.
    public var quantity: UInt32 = 0
    /// In 1e-4 dollars: the limit, or of the execution.
    public var price: UInt64 = 0
    /// Shares left of the order after this.
    public var open: UInt32 = 0
    /// The execution's number, the same for both sides and on the feed.
    public var match: UInt64 = 0
    /// A letter or number; what it means stands at the kind.
    public var detail: UInt16 = 0
    /// The venue's number before this, for `replaced` and `restated`.
    public var previous: UInt64 = 0

    public init(_ kind: DropCopyKind) { self.kind = kind }

    /// Reads a message.
    ///
    /// - Throws: `DropCopyFault`, which says what is wrong.
    public init(_ bytes: WireBytes) throws(DropCopyFault) {
        guard bytes.count == DropCopyMessage.length else { throw .length(count: bytes.count) }
        guard let kind = DropCopyKind(rawValue: bytes[0]) else { throw .unknownKind(bytes[0]) }
        self.kind = kind
        timestamp = bytes.big(1)
        user = SoupText(bytes.slice(9..<15))
        token = OuchToken(first: bytes.big(15), last: bytes.big(21))
        number = bytes.big(29)
        reference = bytes.big(33)
        side = OuchCode(rawValue: bytes[41])
        symbol = Symbol(packed: bytes.little(42))
        quantity = bytes.big(50)
        price = bytes.big(54)
        open = bytes.big(62)
        match = bytes.big(66)
        detail = bytes.big(74)
        previous = bytes.big(76)
    }

    /// Writes the message; false when there is no room for it.
    public func write(to output: inout WireOutput) -> Bool {
        guard let place = unsafe output.open(DropCopyMessage.length) else { return false }
        // Safe: every offset below ends within the length that was opened.
        func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ offset: Int) {
            unsafe place.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
        }
        put(kind.rawValue, 0)
        put(timestamp, 1)
        put(UInt32(truncatingIfNeeded: user.high >> 32), 9)
        put(UInt16(truncatingIfNeeded: user.high >> 16), 13)
        put(token.first, 15)
        put(token.last, 21)
        put(number, 29)
        put(reference, 33)
        put(side.rawValue, 41)
        put(symbol.packed.byteSwapped, 42)
        put(quantity, 50)
        put(price, 54)
        put(open, 62)
        put(match, 66)
        put(detail, 74)
        put(previous, 76)
        return true
    }
}

/// Why bytes aren't a message of a drop copy.
public enum DropCopyFault: Error, Equatable, Sendable, CustomStringConvertible {
    case length(count: Int)
    case unknownKind(UInt8)

    public var description: String {
        switch self {
        case .length(let count): "\(count) bytes, expected \(DropCopyMessage.length)"
        case .unknownKind(let kind): "no message has the kind \(kind)"
        }
    }
}
