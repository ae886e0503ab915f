// SPDX-License-Identifier: MIT
import HeliosMarket

/// P20: after a fall of ten per cent a short sell must be priced above the best bid, for the rest of that day and the next.
///
/// ```swift
/// var test = ShortPriceTest(instruments: 1_000)
/// test.setPriorClose(stock, close)                     // before the first trade of the day
/// test.traded(stock, at: price)                        // each printed trade
/// test.announced(stock, action)                        // `shortSaleRestriction`: ASCII 0, 1 or 2
/// if let fault = test.fault(stock, price, bid: bid, isExempt: false) { … }
/// test.exempt(stock, .riskless)                        // what such an order is marked exempt by, and why
/// test.newDay()
/// ```
/// Two sources, and the restrictive one wins: the venue's word that nothing is restricted does not lift what trades have
/// brought about. An instrument of which neither a prior close nor the venue's word is known counts as restricted.
@safe
package struct ShortPriceTest {
    struct Slot: BitwiseCopyable {
        var priorClose = Price.zero
        var lastTrade = Price.zero
        /// Days that a fall still restricts: 2 on the day itself, 1 on the next.
        var days: UInt8 = 0
        /// What the venue said today: 0 nothing, else the ASCII action.
        var announced: UInt8 = 0
        /// Why short sells may be marked exempt; 0 for not at all.
        var exemption: UInt8 = 0
        var reserved: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    }

    /// Why a short sell may be marked exempt (the provisions of the US rule 201, paragraphs c and d).
    package enum Exemption: UInt8, Sendable, CaseIterable {
        /// The seller's own price test: the order was above the best bid when it was handed in.
        case aboveBidAtSubmission = 1
        /// The seller owns it, and delivery is delayed.
        case delayedDelivery = 2
        /// An odd lot offset of a market maker.
        case oddLot = 3
        /// Arbitrage, domestic or international.
        case arbitrage = 4
        /// Distribution or over-allotment of an offering.
        case offering = 5
        /// Filled for a customer at once, at the same price.
        case riskless = 6
        /// At the volume-weighted average price.
        case averagePrice = 7
    }

    /// Why a short sell may not be sent.
    package enum Fault: Sendable {
        /// At or below the best bid.
        case notAboveBid
        /// There is no best bid to hold it against.
        case noBid
    }

    let slots: UnsafeMutablePointer<Slot>
    /// The number of instruments.
    package let instruments: Int

    package init(instruments: Int) {
        self.instruments = max(instruments, 0)
        unsafe slots = .allocate(capacity: max(instruments, 1))
        unsafe slots.initialize(repeating: Slot(), count: max(instruments, 1))
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() { unsafe slots.deallocate() }

    // MARK: Reading

    /// Whether short sells are restricted, as far as is known; always for an instrument without a place.
    package func isRestricted(_ instrument: Instrument) -> Bool {
        guard instrument.index < instruments else { return true }
        // Safe: the index was checked.
        let slot = unsafe slots[instrument.index]
        if slot.days > 0 || slot.announced == UInt8(ascii: "1") || slot.announced == UInt8(ascii: "2") { return true }
        return slot.priorClose.raw <= 0 && slot.announced == 0
    }

    /// The reason stored for marking short sells of `instrument` exempt; nil when there is none.
    package func exemption(_ instrument: Instrument) -> Exemption? {
        guard instrument.index < instruments else { return nil }
        // Safe: the index was checked.
        return unsafe Exemption(rawValue: slots[instrument.index].exemption)
    }

    /// Why a short sell may not be sent; nil when it may.
    ///
    /// - Parameters:
    ///   - instrument: what is sold.
    ///   - price: the limit as it travels.
    ///   - bid: the best bid of all venues that are seen; zero when there is none.
    ///   - isExempt: the order asks to be marked exempt, which counts only with a stored reason.
    /// - Returns: the condition that failed.
    package func fault(_ instrument: Instrument, _ price: Price, bid: Price, isExempt: Bool) -> Fault? {
        guard isRestricted(instrument) else { return nil }
        if isExempt, exemption(instrument) != nil { return nil }
        guard bid.raw > 0 else { return .noBid }
        return price > bid ? nil : .notAboveBid
    }

    // MARK: Changing

    /// Sets yesterday's close.
    package mutating func setPriorClose(_ instrument: Instrument, _ close: Price) {
        change(instrument) { $0.priorClose = close }
    }

    /// Takes a printed trade; true when it is the one that begins a restriction.
    @discardableResult
    package mutating func traded(_ instrument: Instrument, at price: Price) -> Bool {
        var begins = false
        change(instrument) {
            guard price.raw > 0 else { return }
            $0.lastTrade = price
            // A fall of a tenth or more; in 128 bits the products can't overflow.
            guard $0.priorClose.raw > 0, Int128(price.raw) * 10 <= Int128($0.priorClose.raw) * 9 else { return }
            begins = $0.days < 2
            $0.days = 2
        }
        return begins
    }

    /// Takes the venue's word: ASCII `0` no restriction, `1` a fall today, `2` still in force from yesterday.
    ///
    /// Any other action counts as a restriction.
    package mutating func announced(_ instrument: Instrument, _ action: UInt8) {
        let known = action == UInt8(ascii: "0") || action == UInt8(ascii: "1") || action == UInt8(ascii: "2")
        change(instrument) { $0.announced = known ? action : UInt8(ascii: "2") }
    }

    /// Stores why short sells of `instrument` may be marked exempt; nil takes it back.
    package mutating func exempt(_ instrument: Instrument, _ reason: Exemption?) {
        change(instrument) { $0.exemption = reason?.rawValue ?? 0 }
    }

    /// Begins a day: yesterday's last trade becomes the prior close, restrictions come one day nearer to their end, and the
    /// venue's word and the exemptions are void.
    package mutating func newDay() {
        for index in 0..<instruments {
            change(Instrument(id: UInt32(index))) {
                if $0.lastTrade.raw > 0 { $0.priorClose = $0.lastTrade }
                $0.lastTrade = .zero
                $0.days = $0.days > 0 ? $0.days - 1 : 0
                // A fall that only the venue saw holds for the next day too, until it says otherwise.
                $0.announced = $0.announced == UInt8(ascii: "1") ? UInt8(ascii: "2") : 0
                $0.exemption = 0
            }
        }
    }

    private mutating func change(_ instrument: Instrument, _ body: (inout Slot) -> Void) {
        guard instrument.index < instruments else { return }
        // Safe: the index was checked.
        unsafe body(&slots[instrument.index])
    }

    // MARK: State

    package func save(to writer: inout StateWriter) {
        writer.mark("short")
        writer.write(instruments)
        // Safe: 24 bytes for each instrument, without gaps.
        unsafe writer.write(slots, count: instruments * MemoryLayout<Slot>.stride)
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("short")
        try reader.match(instruments, "instruments of P20")
        // Safe: as `save`; what can't be is refused below.
        unsafe try reader.read(into: slots, count: instruments * MemoryLayout<Slot>.stride)
        for index in 0..<instruments {
            let slot = unsafe slots[index]
            guard slot.days <= 2, slot.exemption <= 7, slot.priorClose.raw >= 0, slot.lastTrade.raw >= 0 else {
                throw reader.error(.damaged, "instrument \(index) has an impossible short price test")
            }
        }
    }
}
