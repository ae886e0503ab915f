// SPDX-License-Identifier: MIT

import HeliosMarket

/// Four ASCII characters as ITCH writes them: a participant, a halt reason; padded right with spaces.
@frozen
public struct Alpha4: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The four bytes, first character in the lowest, as in `Symbol`.
    public var packed: UInt32

    /// Four spaces: nothing to say.
    public static let blank = Alpha4(packed: 0x2020_2020)

    @inlinable
    public init(packed: UInt32) { self.packed = packed }

    /// The text padded to four, or nil when it is longer or holds a byte outside printable ASCII.
    public init?(_ text: String) {
        guard text.utf8.count <= 4 else { return nil }
        var packed: UInt32 = 0x2020_2020
        for (position, byte) in text.utf8.enumerated() {
            guard (0x20...0x7E).contains(byte) else { return nil }
            let shift = UInt32(position * 8)
            packed = packed & ~(0xFF << shift) | UInt32(byte) << shift
        }
        self.packed = packed
    }

    /// The text without padding; bytes outside printable ASCII show as `?`.
    public var description: String { Symbol(packed: UInt64(packed) | 0x2020_2020_0000_0000).description }
}

/// Writes ITCH 5.0 messages in BinaryFILE framing (a big-endian length, then the message) into memory of its own.
///
/// One method per message type. Times are nanoseconds since midnight in New York, prices are in 1e-4 dollars, shares are
/// whole, codes are the ASCII bytes of the specification. The same frames serve as MoldUDP64 message blocks.
///
/// The buffer never grows: before each message make sure that `remaining >= ItchWriter.largestFrame`, else hand the bytes
/// on and `reset()`. Writing into a full buffer, or a time of 2^48 ns and more, is a programming error and traps.
///
/// ```swift
/// var writer = ItchWriter(capacity: 1 << 20)
/// writer.systemEvent(timestamp: 10_800_000_000_000, code: UInt8(ascii: "O"))
/// writer.addOrder(
///     locate: 1, timestamp: 34_200_000_000_000, reference: 7, side: .buy, shares: 100, symbol: symbol, price: 100_200)
/// try writer.withBytes { try file.write($0) }
/// writer.reset()
/// ```
@safe
public struct ItchWriter: ~Copyable {
    @usableFromInline
    let base: UnsafeMutableRawPointer
    /// Bytes that fit.
    public let capacity: Int
    @usableFromInline
    var position = 0

    /// The longest frame that a method writes: the 50 bytes of an imbalance indicator and the length before them.
    public static let largestFrame = 52

    /// An empty buffer of `capacity` bytes (at least one frame).
    public init(capacity: Int) {
        self.capacity = max(capacity, ItchWriter.largestFrame)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 64)
    }

    deinit { unsafe base.deallocate() }

    /// Bytes written since the last `reset()`.
    @inlinable
    public var count: Int { position }

    /// Bytes that still fit.
    @inlinable
    public var remaining: Int { capacity - position }

    /// Forgets what was written.
    @inlinable
    public mutating func reset() { position = 0 }

    /// Lends the bytes written so far; they are valid only inside `body`.
    @inlinable
    public borrowing func withBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe try body(UnsafeRawBufferPointer(start: base, count: position))
    }
}

/// A message under construction; offsets are those of the specification, 0 is the type byte.
@unsafe
@usableFromInline
struct ItchDraft {
    @usableFromInline
    let base: UnsafeMutableRawPointer

    @inlinable
    init(base: UnsafeMutableRawPointer) { unsafe self.base = unsafe base }

    @inlinable
    func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
    }

    @inlinable
    func put(_ symbol: Symbol, at offset: Int) {
        unsafe base.storeBytes(of: symbol.packed.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    @inlinable
    func put(_ text: Alpha4, at offset: Int) {
        unsafe base.storeBytes(of: text.packed.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    @inlinable
    func put(_ side: Side, at offset: Int) {
        unsafe put(side == .buy ? UInt8(ascii: "B") : UInt8(ascii: "S"), at: offset)
    }

    @inlinable
    func put(_ flag: Bool, at offset: Int) {
        unsafe put(flag ? UInt8(ascii: "Y") : UInt8(ascii: "N"), at: offset)
    }
}

extension ItchWriter {
    /// Writes length and header, and makes room for `length` bytes.
    @inlinable
    mutating func open(
        _ type: Unicode.Scalar,
        _ length: Int,
        _ locate: UInt16,
        _ tracking: UInt16,
        _ timestamp: UInt64
    ) -> ItchDraft {
        precondition(length + 2 <= capacity - position, "the ITCH writer is full")
        let frame = unsafe base + position
        unsafe frame.storeBytes(of: UInt16(truncatingIfNeeded: length).bigEndian, as: UInt16.self)
        let draft = unsafe ItchDraft(base: frame + 2)
        unsafe draft.put(UInt8(truncatingIfNeeded: type.value), at: 0)
        unsafe draft.put(locate, at: 1)
        unsafe draft.put(tracking, at: 3)
        unsafe draft.put(UInt16(timestamp >> 32), at: 5)
        unsafe draft.put(UInt32(truncatingIfNeeded: timestamp), at: 7)
        position += length + 2
        return unsafe draft
    }

    /// `S`: a phase of the day; `code` is one of `O S Q M E C`.
    @inlinable
    public mutating func systemEvent(timestamp: UInt64, code: UInt8, tracking: UInt16 = 0) {
        let draft = unsafe open("S", 12, 0, tracking, timestamp)
        unsafe draft.put(code, at: 11)
    }

    /// `R`: an instrument and its locate code, once a day before the open.
    @inlinable
    public mutating func stockDirectory(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        marketCategory: UInt8 = UInt8(ascii: "Q"),
        financialStatus: UInt8 = UInt8(ascii: "N"),
        roundLotSize: UInt32 = 100,
        roundLotsOnly: Bool = false,
        issueClassification: UInt8 = UInt8(ascii: "C"),
        issueSubType: (UInt8, UInt8) = (UInt8(ascii: "Z"), 0x20),
        authenticity: UInt8 = UInt8(ascii: "P"),
        shortSaleThreshold: UInt8 = UInt8(ascii: "N"),
        initialOffering: UInt8 = UInt8(ascii: "N"),
        limitTier: UInt8 = UInt8(ascii: "1"),
        exchangeTradedProduct: UInt8 = UInt8(ascii: "N"),
        leverageFactor: UInt32 = 0,
        inverse: Bool = false,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("R", 39, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(marketCategory, at: 19)
        unsafe draft.put(financialStatus, at: 20)
        unsafe draft.put(roundLotSize, at: 21)
        unsafe draft.put(roundLotsOnly, at: 25)
        unsafe draft.put(issueClassification, at: 26)
        unsafe draft.put(issueSubType.0, at: 27)
        unsafe draft.put(issueSubType.1, at: 28)
        unsafe draft.put(authenticity, at: 29)
        unsafe draft.put(shortSaleThreshold, at: 30)
        unsafe draft.put(initialOffering, at: 31)
        unsafe draft.put(limitTier, at: 32)
        unsafe draft.put(exchangeTradedProduct, at: 33)
        unsafe draft.put(leverageFactor, at: 34)
        unsafe draft.put(inverse, at: 38)
    }

    /// `H`: the trading state of an instrument, one of `H P Q T`, and why.
    @inlinable
    public mutating func tradingAction(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        state: UInt8,
        reason: Alpha4 = .blank,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("H", 25, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(state, at: 19)
        unsafe draft.put(UInt8(ascii: " "), at: 20)
        unsafe draft.put(reason, at: 21)
    }

    /// `Y`: a short sale price test restriction; `action` is `0`, `1` or `2`.
    @inlinable
    public mutating func shortSaleRestriction(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        action: UInt8,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("Y", 20, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(action, at: 19)
    }

    /// `L`: a market maker's standing in an instrument.
    @inlinable
    public mutating func participantPosition(
        locate: UInt16,
        timestamp: UInt64,
        participant: Alpha4,
        symbol: Symbol,
        isPrimary: Bool,
        mode: UInt8,
        state: UInt8,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("L", 26, locate, tracking, timestamp)
        unsafe draft.put(participant, at: 11)
        unsafe draft.put(symbol, at: 15)
        unsafe draft.put(isPrimary, at: 23)
        unsafe draft.put(mode, at: 24)
        unsafe draft.put(state, at: 25)
    }

    /// `V`: the index levels of the market-wide circuit breaker, in 1e-8.
    @inlinable
    public mutating func breakerLevels(
        timestamp: UInt64,
        level1: UInt64,
        level2: UInt64,
        level3: UInt64,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("V", 35, 0, tracking, timestamp)
        unsafe draft.put(level1, at: 11)
        unsafe draft.put(level2, at: 19)
        unsafe draft.put(level3, at: 27)
    }

    /// `W`: the market-wide circuit breaker level that was breached, `1`, `2` or `3`.
    @inlinable
    public mutating func breakerStatus(timestamp: UInt64, breachedLevel: UInt8, tracking: UInt16 = 0) {
        let draft = unsafe open("W", 12, 0, tracking, timestamp)
        unsafe draft.put(breachedLevel, at: 11)
    }

    /// `K`: when an initial offering may be quoted (seconds since midnight), and its price.
    @inlinable
    public mutating func quotingPeriod(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        releaseTime: UInt32,
        qualifier: UInt8,
        price: UInt32,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("K", 28, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(releaseTime, at: 19)
        unsafe draft.put(qualifier, at: 23)
        unsafe draft.put(price, at: 24)
    }

    /// `J`: the price range of the auction that ends a limit pause.
    @inlinable
    public mutating func auctionCollar(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        reference: UInt32,
        upper: UInt32,
        lower: UInt32,
        extensionNumber: UInt32,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("J", 35, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(reference, at: 19)
        unsafe draft.put(upper, at: 23)
        unsafe draft.put(lower, at: 27)
        unsafe draft.put(extensionNumber, at: 31)
    }

    /// `h`: an operational halt (`H`) or its end (`T`) at one of the exchange's markets, `Q`, `B` or `X`.
    @inlinable
    public mutating func operationalHalt(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        market: UInt8,
        action: UInt8,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("h", 21, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(market, at: 19)
        unsafe draft.put(action, at: 20)
    }
}

extension ItchWriter {
    /// `A`: a new displayed order.
    @inlinable
    public mutating func addOrder(
        locate: UInt16,
        timestamp: UInt64,
        reference: UInt64,
        side: Side,
        shares: UInt32,
        symbol: Symbol,
        price: UInt32,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("A", 36, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
        unsafe draft.put(side, at: 19)
        unsafe draft.put(shares, at: 20)
        unsafe draft.put(symbol, at: 24)
        unsafe draft.put(price, at: 32)
    }

    /// `F`: a new displayed order that says whose it is.
    @inlinable
    public mutating func addOrder(
        locate: UInt16,
        timestamp: UInt64,
        reference: UInt64,
        side: Side,
        shares: UInt32,
        symbol: Symbol,
        price: UInt32,
        attribution: Alpha4,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("F", 40, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
        unsafe draft.put(side, at: 19)
        unsafe draft.put(shares, at: 20)
        unsafe draft.put(symbol, at: 24)
        unsafe draft.put(price, at: 32)
        unsafe draft.put(attribution, at: 36)
    }

    /// `E`: shares of an order executed at its own price.
    @inlinable
    public mutating func orderExecuted(
        locate: UInt16,
        timestamp: UInt64,
        reference: UInt64,
        shares: UInt32,
        match: UInt64,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("E", 31, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
        unsafe draft.put(shares, at: 19)
        unsafe draft.put(match, at: 23)
    }

    /// `C`: shares of an order executed at another price; not `printable` when an auction's print counts them.
    @inlinable
    public mutating func orderExecuted(
        locate: UInt16,
        timestamp: UInt64,
        reference: UInt64,
        shares: UInt32,
        match: UInt64,
        price: UInt32,
        printable: Bool,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("C", 36, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
        unsafe draft.put(shares, at: 19)
        unsafe draft.put(match, at: 23)
        unsafe draft.put(printable, at: 31)
        unsafe draft.put(price, at: 32)
    }

    /// `X`: an order shrinks by `shares` and keeps its place.
    @inlinable
    public mutating func orderCancel(
        locate: UInt16,
        timestamp: UInt64,
        reference: UInt64,
        shares: UInt32,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("X", 23, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
        unsafe draft.put(shares, at: 19)
    }

    /// `D`: what is left of an order is gone.
    @inlinable
    public mutating func orderDelete(locate: UInt16, timestamp: UInt64, reference: UInt64, tracking: UInt16 = 0) {
        let draft = unsafe open("D", 19, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
    }

    /// `U`: an order is replaced by a new one at the tail of its level.
    @inlinable
    public mutating func orderReplace(
        locate: UInt16,
        timestamp: UInt64,
        reference: UInt64,
        newReference: UInt64,
        shares: UInt32,
        price: UInt32,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("U", 35, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
        unsafe draft.put(newReference, at: 19)
        unsafe draft.put(shares, at: 27)
        unsafe draft.put(price, at: 31)
    }

    /// `P`: a trade against hidden liquidity; the exchange writes reference 0 and side `.buy`.
    @inlinable
    public mutating func trade(
        locate: UInt16,
        timestamp: UInt64,
        shares: UInt32,
        symbol: Symbol,
        price: UInt32,
        match: UInt64,
        reference: UInt64 = 0,
        side: Side = .buy,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("P", 44, locate, tracking, timestamp)
        unsafe draft.put(reference, at: 11)
        unsafe draft.put(side, at: 19)
        unsafe draft.put(shares, at: 20)
        unsafe draft.put(symbol, at: 24)
        unsafe draft.put(price, at: 32)
        unsafe draft.put(match, at: 36)
    }

    /// `Q`: the print of an auction; `crossType` is one of `O C H A`, no shares and price 0 when nothing matched.
    @inlinable
    public mutating func crossTrade(
        locate: UInt16,
        timestamp: UInt64,
        shares: UInt64,
        symbol: Symbol,
        price: UInt32,
        match: UInt64,
        crossType: UInt8,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("Q", 40, locate, tracking, timestamp)
        unsafe draft.put(shares, at: 11)
        unsafe draft.put(symbol, at: 19)
        unsafe draft.put(price, at: 27)
        unsafe draft.put(match, at: 31)
        unsafe draft.put(crossType, at: 39)
    }

    /// `B`: the trade with this match number is undone.
    @inlinable
    public mutating func brokenTrade(locate: UInt16, timestamp: UInt64, match: UInt64, tracking: UInt16 = 0) {
        let draft = unsafe open("B", 19, locate, tracking, timestamp)
        unsafe draft.put(match, at: 11)
    }

    /// `I`: what an auction would do now; `direction` is one of `B S N O P`, `variation` as in the specification.
    @inlinable
    public mutating func imbalance(
        locate: UInt16,
        timestamp: UInt64,
        pairedShares: UInt64,
        imbalanceShares: UInt64,
        direction: UInt8,
        symbol: Symbol,
        farPrice: UInt32,
        nearPrice: UInt32,
        referencePrice: UInt32,
        crossType: UInt8,
        variation: UInt8,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("I", 50, locate, tracking, timestamp)
        unsafe draft.put(pairedShares, at: 11)
        unsafe draft.put(imbalanceShares, at: 19)
        unsafe draft.put(direction, at: 27)
        unsafe draft.put(symbol, at: 28)
        unsafe draft.put(farPrice, at: 36)
        unsafe draft.put(nearPrice, at: 40)
        unsafe draft.put(referencePrice, at: 44)
        unsafe draft.put(crossType, at: 48)
        unsafe draft.put(variation, at: 49)
    }

    /// `N`: retail interest in an instrument, `B`, `S`, `A` or `N`.
    @inlinable
    public mutating func retailInterest(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        interest: UInt8,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("N", 20, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(interest, at: 19)
    }

    /// `O`: the price discovery of a direct listing with capital raise.
    @inlinable
    public mutating func directListing(
        locate: UInt16,
        timestamp: UInt64,
        symbol: Symbol,
        isEligible: Bool,
        minimumPrice: UInt32,
        maximumPrice: UInt32,
        nearPrice: UInt32,
        nearTime: UInt64,
        lowerCollar: UInt32,
        upperCollar: UInt32,
        tracking: UInt16 = 0
    ) {
        let draft = unsafe open("O", 48, locate, tracking, timestamp)
        unsafe draft.put(symbol, at: 11)
        unsafe draft.put(isEligible, at: 19)
        unsafe draft.put(minimumPrice, at: 20)
        unsafe draft.put(maximumPrice, at: 24)
        unsafe draft.put(nearPrice, at: 28)
        unsafe draft.put(nearTime, at: 32)
        unsafe draft.put(lowerCollar, at: 40)
        unsafe draft.put(upperCollar, at: 44)
    }

    /// The zero length that ends a BinaryFILE session.
    @inlinable
    public mutating func endOfSession() {
        precondition(capacity - position >= 2, "the ITCH writer is full")
        unsafe base.storeBytes(of: 0, toByteOffset: position, as: UInt16.self)
        position += 2
    }
}
