// SPDX-License-Identifier: MIT
import HeliosMarket

/// Why an order can't be said in OUCH 5.0.
@frozen
public enum OuchError: Error, Sendable, Equatable, BitwiseCopyable {
    /// The reference number is 0 or does not fit 32 bits.
    case reference
    /// The quantity is not a whole number of shares between 1 and 999,999.
    case quantity
    /// The price is not a multiple of 0.0001 between 0 and 199,999.99.
    case price
    /// The buffer has less room than the message needs.
    case buffer
    /// OUCH knows no order that works for more than a day, and none that trades as a whole or not at all.
    case timeInForce
}

/// NASDAQ OUCH 5.0 order entry messages, from client to exchange: the bytes that travel inside a SoupBinTCP packet.
public enum Ouch {
    /// Bytes of an Enter Order message without optional fields.
    public static let enterOrderLength = 47
    /// Bytes of a Replace Order message without optional fields.
    public static let replaceOrderLength = 40
    /// Bytes of a Cancel Order message.
    public static let cancelOrderLength = 9
    /// 199,999.9900, the largest limit price, in units of 1e-8.
    @usableFromInline
    static let maximumPrice: Int64 = 19_999_999_000_000

    /// Writes an Enter Order: visible, agency, continuous market, no optional fields.
    ///
    /// Layout (offset, length): type `O` 0, 1; UserRefNum 1, 4; side 5, 1; quantity 6, 4; symbol 10, 8; price 18, 8; time in
    /// force 26, 1; display 27, 1; capacity 28, 1; ISO 29, 1; cross type 30, 1; ClOrdID 31, 14; appendage length 45, 2.
    ///
    /// - Parameters:
    ///   - order: its number becomes the UserRefNum, and the ClOrdID in decimal.
    ///   - symbol: the instrument's symbol at the venue.
    ///   - buffer: at least `enterOrderLength` bytes.
    /// - Returns: the bytes written.
    /// - Throws: `OuchError` when a field can't be said exactly; then nothing useful was written.
    @inlinable
    public static func enterOrder(
        _ order: NewOrder,
        symbol: Symbol,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(OuchError) -> Int {
        guard buffer.count >= enterOrderLength, let start = buffer.baseAddress else { throw .buffer }
        guard let reference = UInt32(exactly: order.id), reference > 0 else { throw .reference }
        let (shares, rest) = order.quantity.raw.quotientAndRemainder(dividingBy: Quantity.scale)
        guard rest == 0, shares >= 1, shares <= 999_999 else { throw .quantity }
        let (price, fraction) = order.price.raw.quotientAndRemainder(dividingBy: 10_000)
        guard fraction == 0, price >= 0, order.price.raw <= maximumPrice else { throw .price }
        guard order.timeInForce == .day || order.timeInForce == .immediateOrCancel else { throw .timeInForce }
        unsafe start.storeBytes(of: 0x4F, as: UInt8.self)
        unsafe start.storeBytes(of: reference.bigEndian, toByteOffset: 1, as: UInt32.self)
        unsafe start.storeBytes(of: order.side == .buy ? 0x42 : 0x53, toByteOffset: 5, as: UInt8.self)
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: shares).bigEndian, toByteOffset: 6, as: UInt32.self)
        unsafe start.storeBytes(of: symbol.packed.littleEndian, toByteOffset: 10, as: UInt64.self)
        unsafe start.storeBytes(of: UInt64(price).bigEndian, toByteOffset: 18, as: UInt64.self)
        // Time in force (0 day, 3 immediate or cancel), then `Y`isible, `A`gency, `N`o ISO, or `Y`.
        let timeInForce: UInt32 = order.timeInForce == .day ? 0x30 : 0x33
        let sweep: UInt32 = order.isSweep ? 0x5900_0000 : 0x4E00_0000
        unsafe start.storeBytes(of: (sweep | 0x0041_5900 | timeInForce).littleEndian, toByteOffset: 26, as: UInt32.self)
        unsafe start.storeBytes(of: 0x4E, toByteOffset: 30, as: UInt8.self)
        unsafe writeClientOrderID(order.id, to: start + 31)
        unsafe start.storeBytes(of: 0, toByteOffset: 45, as: UInt16.self)
        return enterOrderLength
    }

    /// Writes a Replace Order: visible, no ISO, no optional fields.
    ///
    /// Layout (offset, length): type `U` 0, 1; original UserRefNum 1, 4; UserRefNum 5, 4; quantity 9, 4; price 13, 8; time in force
    /// 21, 1; display 22, 1; ISO 23, 1; ClOrdID 24, 14; appendage length 38, 2.
    ///
    /// - Parameters:
    ///   - order: its number becomes the new UserRefNum; its quantity is over the whole life of the chain.
    ///   - original: the number of the order that it takes the place of.
    ///   - buffer: at least `replaceOrderLength` bytes.
    /// - Returns: the bytes written.
    /// - Throws: `OuchError` when a field can't be said exactly; then nothing useful was written.
    @inlinable
    public static func replaceOrder(
        _ order: NewOrder,
        of original: OrderID,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(OuchError) -> Int {
        guard buffer.count >= replaceOrderLength, let start = buffer.baseAddress else { throw .buffer }
        guard let old = UInt32(exactly: original), old > 0 else { throw .reference }
        guard let reference = UInt32(exactly: order.id), reference > 0 else { throw .reference }
        let (shares, rest) = order.quantity.raw.quotientAndRemainder(dividingBy: Quantity.scale)
        guard rest == 0, shares >= 1, shares <= 999_999 else { throw .quantity }
        let (price, fraction) = order.price.raw.quotientAndRemainder(dividingBy: 10_000)
        guard fraction == 0, price >= 0, order.price.raw <= maximumPrice else { throw .price }
        guard order.timeInForce == .day || order.timeInForce == .immediateOrCancel else { throw .timeInForce }
        unsafe start.storeBytes(of: 0x55, as: UInt8.self)
        unsafe start.storeBytes(of: old.bigEndian, toByteOffset: 1, as: UInt32.self)
        unsafe start.storeBytes(of: reference.bigEndian, toByteOffset: 5, as: UInt32.self)
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: shares).bigEndian, toByteOffset: 9, as: UInt32.self)
        unsafe start.storeBytes(of: UInt64(price).bigEndian, toByteOffset: 13, as: UInt64.self)
        unsafe start.storeBytes(of: order.timeInForce == .day ? 0x30 : 0x33, toByteOffset: 21, as: UInt8.self)
        unsafe start.storeBytes(of: 0x59, toByteOffset: 22, as: UInt8.self)
        unsafe start.storeBytes(of: 0x4E, toByteOffset: 23, as: UInt8.self)
        unsafe writeClientOrderID(order.id, to: start + 24)
        unsafe start.storeBytes(of: 0, toByteOffset: 38, as: UInt16.self)
        return replaceOrderLength
    }

    /// Writes a Cancel Order for all that is left: type `X` 0, 1; UserRefNum 1, 4; quantity 5, 4 = 0.
    ///
    /// - Parameters:
    ///   - id: the order's number.
    ///   - buffer: at least `cancelOrderLength` bytes.
    /// - Returns: the bytes written.
    /// - Throws: `OuchError` when the number does not fit or the buffer is too small.
    @inlinable
    public static func cancelOrder(
        _ id: OrderID,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(OuchError) -> Int {
        guard buffer.count >= cancelOrderLength, let start = buffer.baseAddress else { throw .buffer }
        guard let reference = UInt32(exactly: id), reference > 0 else { throw .reference }
        unsafe start.storeBytes(of: 0x58, as: UInt8.self)
        unsafe start.storeBytes(of: reference.bigEndian, toByteOffset: 1, as: UInt32.self)
        unsafe start.storeBytes(of: 0, toByteOffset: 5, as: UInt32.self)
        return cancelOrderLength
    }

    /// The number in decimal, left-justified in 14 bytes; at most ten digits since it fits 32 bits.
    @inlinable
    static func writeClientOrderID(_ id: OrderID, to field: UnsafeMutableRawPointer) {
        unsafe field.storeBytes(of: 0x2020_2020_2020_2020, as: UInt64.self)
        unsafe field.storeBytes(of: 0x2020_2020_2020_2020, toByteOffset: 6, as: UInt64.self)
        var digits = 1
        var bound: UInt64 = 10
        while digits < 10, id >= bound {
            digits += 1
            bound *= 10
        }
        var rest = id
        while digits > 0 {
            digits -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe field.storeBytes(of: UInt8(truncatingIfNeeded: digit) + 0x30, toByteOffset: digits, as: UInt8.self)
            rest = quotient
        }
    }
}
