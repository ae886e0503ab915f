// SPDX-License-Identifier: MIT
import HeliosMarket

/// P21: the limit-up and limit-down bands of each instrument, around the mean of its trades of the last five minutes.
///
/// ```swift
/// var bands = LimitBands(instruments: 1_000)
/// bands.setTier(stock, 1)                                  // `InstrumentProfile.bandTier`; 0 has none
/// bands.setMidnight(midnight)                              // for the last 25 minutes of the session
/// bands.seed(stock, close)                                 // the reference before the first trade
/// bands.traded(stock, price, at: time)                     // each eligible trade of the regular session
/// switch bands.bands(stock, at: now) {
/// case .none: …                                            // tier 0
/// case .unknown: …                                         // no reference yet: refuse
/// case .between(let lower, let upper): …                   // a buy above `upper`, a sell below `lower`: refuse
/// }
/// ```
/// The mean is over the trades, each counted once whatever its quantity, kept by whole seconds: of the window's first second
/// all trades count or none. The reference moves only when the mean is one per cent or more away from it, and stays when
/// nothing trades. Bands are rounded to whole cents. A pause is the venue's to announce: it comes as a trading state.
@safe
package struct LimitBands {
    /// Seconds of the window.
    static let length = 300

    struct Second: BitwiseCopyable {
        /// Which second since the epoch; 0 for none.
        var number: Int64 = 0
        /// Of the prices of its trades.
        var sum: Int64 = 0
        var count: Int64 = 0
    }

    struct Slot: BitwiseCopyable {
        var reference: Int64 = 0
        /// Over the window's seconds.
        var sum: Int128 = 0
        var count: Int64 = 0
        /// The newest second taken.
        var newest: Int64 = 0
        var tier: Int64 = 0
    }

    let slots: UnsafeMutablePointer<Slot>
    let seconds: UnsafeMutablePointer<Second>
    var midnight = Timestamp.zero
    /// The number of instruments.
    package let instruments: Int

    package init(instruments: Int) {
        self.instruments = max(instruments, 0)
        let places = max(instruments, 1)
        unsafe slots = .allocate(capacity: places)
        unsafe slots.initialize(repeating: Slot(), count: places)
        unsafe seconds = .allocate(capacity: places * LimitBands.length)
        unsafe seconds.initialize(repeating: Second(), count: places * LimitBands.length)
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() {
        unsafe slots.deallocate()
        unsafe seconds.deallocate()
    }

    /// What bounds a price.
    package enum Bands: Equatable {
        /// The instrument has no bands.
        case none
        /// It has, but nobody knows where: nothing is inside them.
        case unknown
        case between(lower: Price, upper: Price)
    }

    // MARK: Reading

    /// The price that the bands stand around; nil before the first.
    package func reference(_ instrument: Instrument) -> Price? {
        guard instrument.index < instruments else { return nil }
        // Safe: the index was checked.
        let reference = unsafe slots[instrument.index].reference
        return reference > 0 ? Price(raw: reference) : nil
    }

    /// The bands at `now`; unknown for an instrument without a place.
    package func bands(_ instrument: Instrument, at now: Timestamp) -> Bands {
        guard instrument.index < instruments else { return .unknown }
        // Safe: the index was checked.
        let slot = unsafe slots[instrument.index]
        if slot.tier == 0 { return .none }
        guard slot.reference > 0 else { return .unknown }
        let time = Int128(now.nanoseconds) - Int128(midnight.nanoseconds)
        let isLate = time >= LimitBands.lateStart && time < LimitBands.sessionEnd
        let width = LimitBands.width(Int128(slot.reference), tier: Int(slot.tier), isLate: isLate)
        let reference = Int128(slot.reference)
        let cent = Int128(Price.scale / 100)
        // To the nearest cent; never below a cent, never at or below the lower one.
        let lower = max((reference - width + cent / 2) / cent * cent, cent)
        let upper = max((reference + width + cent / 2) / cent * cent, lower + cent)
        return .between(lower: Price(raw: Int64(clamping: lower)), upper: Price(raw: Int64(clamping: upper)))
    }

    /// 15:35 and 16:00, from midnight.
    private static let lateStart: Int128 = 56_100_000_000_000
    private static let sessionEnd: Int128 = 57_600_000_000_000

    /// How far the bands stand from the reference, by the sheet's table.
    static func width(_ reference: Int128, tier: Int, isLate: Bool) -> Int128 {
        let unit = Int128(Price.scale)
        let width =
            reference > 3 * unit
            ? reference * (tier == 1 ? 5 : 10) / 100
            : reference * 4 >= 3 * unit ? reference * 20 / 100 : min(unit * 15 / 100, reference * 75 / 100)
        return isLate && (tier == 1 || reference <= 3 * unit) ? width * 2 : width
    }

    // MARK: Changing

    /// Sets the tier, 1 or 2; 0 has no bands, and any other number counts as 1, the narrower.
    package mutating func setTier(_ instrument: Instrument, _ tier: UInt8) {
        guard instrument.index < instruments else { return }
        // Safe: the index was checked.
        unsafe slots[instrument.index].tier = tier <= 2 ? Int64(tier) : 1
    }

    /// Sets the day's midnight, and forgets the trades of the day before; references stay.
    package mutating func setMidnight(_ midnight: Timestamp) {
        self.midnight = midnight
        unsafe seconds.update(repeating: Second(), count: instruments * LimitBands.length)
        for index in 0..<instruments {
            // Safe: below the number of instruments.
            unsafe slots[index].sum = 0
            unsafe slots[index].count = 0
            unsafe slots[index].newest = 0
        }
    }

    /// Sets the reference, as the opening or the prior close gives it.
    package mutating func seed(_ instrument: Instrument, _ reference: Price) {
        guard instrument.index < instruments, reference.raw > 0 else { return }
        // Safe: the index was checked.
        unsafe slots[instrument.index].reference = reference.raw
    }

    /// Takes an eligible trade.
    ///
    /// A trade from before the newest second counts as one of that second.
    package mutating func traded(_ instrument: Instrument, _ price: Price, at time: Timestamp) {
        guard instrument.index < instruments, price.raw > 0, time.nanoseconds > 0 else { return }
        // Safe: the index was checked.
        var slot = unsafe slots[instrument.index]
        let number = max(time.nanoseconds / 1_000_000_000, slot.newest, 1)
        let first = instrument.index * LimitBands.length
        expire(&slot, first, to: number)
        // Safe: a place of the instrument's ring.
        let place = first + Int(number % Int64(LimitBands.length))
        var second = unsafe seconds[place]
        let (sum, overflow) = second.sum.addingReportingOverflow(price.raw)
        guard !overflow else { return }  // a hundred million trades at a thousand in one second
        second = Second(number: number, sum: sum, count: second.count + 1)
        unsafe seconds[place] = second
        slot.sum += Int128(price.raw)
        slot.count += 1
        follow(&slot)
        unsafe slots[instrument.index] = slot
    }

    /// Takes the seconds out that the window leaves behind on its way to `number`, and those whose places it needs.
    private mutating func expire(_ slot: inout Slot, _ first: Int, to number: Int64) {
        let steps = slot.newest == 0 ? 0 : min(number - slot.newest, Int64(LimitBands.length))
        for step in 0..<steps {
            // Safe: places of the instrument's ring.
            let place = first + Int((number - step) % Int64(LimitBands.length))
            let old = unsafe seconds[place]
            slot.sum -= Int128(old.sum)
            slot.count -= old.count
            unsafe seconds[place] = Second()
        }
        slot.newest = number
    }

    /// Moves the reference to the mean when that is a hundredth of it away.
    private func follow(_ slot: inout Slot) {
        let mean = Int64(clamping: slot.sum / Int128(max(slot.count, 1)))
        // Without rounding: |sum − reference × count| × 100 ≥ reference × count.
        let expected = Int128(slot.reference) * Int128(slot.count)
        if slot.reference == 0 || abs(slot.sum - expected) * 100 >= expected { slot.reference = mean }
    }

    // MARK: State

    package func save(to writer: inout StateWriter) {
        writer.mark("bands")
        writer.write(instruments)
        writer.write(midnight)
        for index in 0..<instruments {
            // Safe: below the number of instruments.
            let slot = unsafe slots[index]
            writer.write(slot.reference)
            writer.write(slot.newest)
            writer.write(slot.tier)
            writer.write(slot.count)
            guard slot.count > 0 else { continue }
            unsafe writer.write(
                seconds + index * LimitBands.length,
                count: LimitBands.length * MemoryLayout<Second>.stride
            )
        }
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("bands")
        try reader.match(instruments, "instruments of P21")
        setMidnight(try reader.read(Timestamp.self))
        for index in 0..<instruments {
            var slot = Slot()
            slot.reference = try reader.read(Int64.self)
            slot.newest = try reader.read(Int64.self)
            slot.tier = try reader.read(Int64.self)
            slot.count = try reader.read(Int64.self)
            guard min(slot.reference, slot.newest, slot.tier, slot.count) >= 0, slot.tier <= 2 else {
                throw reader.error(.damaged, "instrument \(index) has impossible bands")
            }
            if slot.count > 0 { try restoreSeconds(index, &slot, &reader) }
            // Safe: below the number of instruments.
            unsafe slots[index] = slot
        }
    }

    private func restoreSeconds(
        _ index: Int,
        _ slot: inout Slot,
        _ reader: inout StateReader
    ) throws(StateError) {
        let ring = unsafe seconds + index * LimitBands.length
        // Safe: as `save`; what can't be is refused below.
        unsafe try reader.read(into: ring, count: LimitBands.length * MemoryLayout<Second>.stride)
        var trades: Int128 = 0
        for place in 0..<LimitBands.length {
            let second = unsafe ring[place]
            guard min(second.number, second.sum, second.count) >= 0 else {
                throw reader.error(.damaged, "instrument \(index) has a second that can't be")
            }
            slot.sum += Int128(second.sum)
            trades += Int128(second.count)
        }
        guard trades == Int128(slot.count) else {
            throw reader.error(.damaged, "instrument \(index) has trades that do not add up")
        }
    }
}
