// SPDX-License-Identifier: MIT
import HeliosMarket

/// The best prices of every instrument over several venues, kept as each venue's best changes.
///
/// ```
///  venue 0  10.01 × 300 │ 10.03 × 200 ─┐
///  venue 1  10.02 × 100 │ 10.04 × 500 ─┼─► best  10.02 × 500 │ 10.03 × 200     bid venues {1, 2}, ask venues {0}
///  venue 2  10.02 × 400 │ 10.05 × 100 ─┘
/// ```
/// - Displayed quotes of lit venues count; a dark venue has none. Every displayed best price counts as protected, also below a
///   round lot, which is stricter than rule 611 of Regulation NMS.
/// - A venue is left out when it was told to be (`leaveOut`), or when nothing was heard of it for `staleAge`; it counts again when
///   it is told so, or is heard. Silence is measured over all of a venue's instruments: one that nobody trades is not stale.
/// - The venues' best may lock or cross each other, which no venue's own book does.
///
/// An update costs O(1) unless the only venue at the best price leaves it: then as many steps as there are venues. Nothing is
/// allocated after `init`. What lies behind the best is read from the venue's own `BookSet`.
@safe
public struct ConsolidatedBook: ~Copyable {
    /// The venues of a session.
    public let venueCount: Int
    /// Instruments with a place.
    public let instruments: Int
    /// Venues that display quotes.
    public let lit: VenueSet
    /// A venue of which nothing was heard for longer is left out; 0 = none ever is.
    public let staleAge: Nanoseconds
    /// Venues whose quotes count now.
    public private(set) var counted: VenueSet
    /// Venues that were told to be left out.
    public private(set) var toldOut = VenueSet()
    /// Venues of which nothing was heard for too long.
    public private(set) var stale = VenueSet()
    /// Before this time no venue becomes stale.
    private var nextExpiry = Timestamp.never
    /// When each venue was heard of last.
    private var heard = InlineArray<16, Timestamp>(repeating: .zero)
    private let bests: UnsafeMutablePointer<Best>
    /// `venueCount` quotes for each instrument.
    private let quotes: UnsafeMutablePointer<Quote>
    /// Instruments whose best the last change of `counted` changed.
    private let changes: UnsafeMutablePointer<UInt32>
    private var changeCount = 0
    /// Instruments from 0 that any quote was told of.
    private var used = 0

    /// An instrument's best over the venues that count.
    private struct Best: BitwiseCopyable {
        var quote = Quote(bidPrice: .zero, bidQuantity: .zero, askPrice: .zero, askQuantity: .zero)
        var bids = VenueSet()
        var asks = VenueSet()
    }

    /// - Parameters:
    ///   - instruments: how many have a place.
    ///   - venues: 1 to 16.
    ///   - lit: those of them that display quotes; nil for all.
    ///   - staleAge: nanoseconds of silence after which a venue is left out; 0 = never.
    public init(instruments: Int, venues: Int, lit: VenueSet? = nil, staleAge: Nanoseconds = 0) {
        precondition((1...VenueSet.capacity).contains(venues), "a session has 1 to 16 venues")
        precondition(instruments > 0 && staleAge >= 0)
        self.instruments = instruments
        venueCount = venues
        self.lit = VenueSet(bits: (lit ?? VenueSet(first: venues)).bits & VenueSet(first: venues).bits)
        self.staleAge = staleAge
        counted = self.lit
        unsafe bests = .allocate(capacity: instruments)
        unsafe bests.initialize(repeating: Best(), count: instruments)
        unsafe quotes = .allocate(capacity: instruments * venues)
        unsafe quotes.initialize(repeating: .empty, count: instruments * venues)
        unsafe changes = .allocate(capacity: instruments)
        unsafe changes.initialize(repeating: 0, count: instruments)
    }

    deinit {
        unsafe bests.deallocate()
        unsafe quotes.deallocate()
        unsafe changes.deallocate()
    }

    // MARK: Reading

    /// The best bid and offer over the venues that count, each with the quantity of all venues at that price.
    public func quote(_ instrument: Instrument) -> Quote {
        // Safe: the index is below the number of instruments.
        instrument.index < instruments ? unsafe bests[instrument.index].quote : .empty
    }

    /// A venue's own best as it was told last, whether it counts or not.
    public func quote(_ instrument: Instrument, at place: Int) -> Quote {
        guard instrument.index < instruments, place >= 0, place < venueCount else { return .empty }
        // Safe: both indices were checked.
        return unsafe quotes[instrument.index * venueCount + place]
    }

    /// The venues that are at the best price of a side.
    public func venues(_ instrument: Instrument, _ side: Side) -> VenueSet {
        guard instrument.index < instruments else { return VenueSet() }
        // Safe: the index was checked.
        return unsafe side == .buy ? bests[instrument.index].bids : bests[instrument.index].asks
    }

    /// How the best bid and the best offer stand to each other.
    public func state(_ instrument: Instrument) -> ConsolidatedState {
        let quote = quote(instrument)
        guard quote.isTwoSided else { return .oneSided }
        if quote.bidPrice == quote.askPrice { return .locked }
        return quote.bidPrice > quote.askPrice ? .crossed : .normal
    }

    /// When the venue was heard of last; zero when never.
    public func lastHeard(_ place: Int) -> Timestamp { place >= 0 && place < venueCount ? heard[place] : .zero }

    // MARK: Quotes

    /// Takes a venue's best.
    ///
    /// - Returns: whether the best over all venues is another one.
    @discardableResult
    public mutating func update(_ instrument: Instrument, at place: Int, _ quote: Quote) -> Bool {
        guard instrument.index < instruments, place >= 0, place < venueCount else { return false }
        let index = instrument.index
        if index >= used { used = index + 1 }
        // Safe: both indices were checked.
        let slot = unsafe quotes + (index * venueCount + place)
        let before = unsafe slot.pointee
        unsafe slot.pointee = quote
        guard counted.contains(place) else { return false }
        let isBid = before.bidPrice != quote.bidPrice || before.bidQuantity != quote.bidQuantity
        let isAsk = before.askPrice != quote.askPrice || before.askQuantity != quote.askQuantity
        let bid = isBid ? updateBid(index, place, before, quote) : false
        let ask = isAsk ? updateAsk(index, place, before, quote) : false
        let isOther = bid == true || ask == true
        return bid == nil || ask == nil ? rescan(index) || isOther : isOther
    }

    /// Whether the best bid is another one; nil when all venues have to be looked at.
    private mutating func updateBid(_ index: Int, _ place: Int, _ before: Quote, _ quote: Quote) -> Bool? {
        // Safe: `update` checked the index.
        let best = unsafe bests + index
        let (price, isThere) = unsafe (best.pointee.quote.bidPrice, !best.pointee.bids.isEmpty)
        if quote.bidQuantity.raw > 0, !isThere || quote.bidPrice > price {
            unsafe best.pointee.quote.bidPrice = quote.bidPrice
            unsafe best.pointee.quote.bidQuantity = quote.bidQuantity
            unsafe best.pointee.bids = VenueSet(bits: 1 << UInt16(place))
            return true
        }
        let (wasBest, hasOthers) = unsafe (best.pointee.bids.contains(place), best.pointee.bids.count > 1)
        let isBest = isThere && quote.bidQuantity.raw > 0 && quote.bidPrice == price
        if isBest || (wasBest && hasOthers) {
            let (leaving, joining) = (wasBest ? before.bidQuantity.raw : 0, isBest ? quote.bidQuantity.raw : 0)
            // Wraps by intent, as the books' own levels do: a sum beyond 64 bits comes back when its quotes leave.
            unsafe best.pointee.quote.bidQuantity.raw &+= joining &- leaving
            if isBest { unsafe best.pointee.bids.insert(place) } else { unsafe best.pointee.bids.remove(place) }
            return joining != leaving
        }
        return wasBest ? nil : false
    }

    /// Whether the best ask is another one; nil when all venues have to be looked at.
    private mutating func updateAsk(_ index: Int, _ place: Int, _ before: Quote, _ quote: Quote) -> Bool? {
        // Safe: `update` checked the index.
        let best = unsafe bests + index
        let (price, isThere) = unsafe (best.pointee.quote.askPrice, !best.pointee.asks.isEmpty)
        if quote.askQuantity.raw > 0, !isThere || quote.askPrice < price {
            unsafe best.pointee.quote.askPrice = quote.askPrice
            unsafe best.pointee.quote.askQuantity = quote.askQuantity
            unsafe best.pointee.asks = VenueSet(bits: 1 << UInt16(place))
            return true
        }
        let (wasBest, hasOthers) = unsafe (best.pointee.asks.contains(place), best.pointee.asks.count > 1)
        let isBest = isThere && quote.askQuantity.raw > 0 && quote.askPrice == price
        if isBest || (wasBest && hasOthers) {
            let (leaving, joining) = (wasBest ? before.askQuantity.raw : 0, isBest ? quote.askQuantity.raw : 0)
            // Wraps by intent: see `updateBid`.
            unsafe best.pointee.quote.askQuantity.raw &+= joining &- leaving
            if isBest { unsafe best.pointee.asks.insert(place) } else { unsafe best.pointee.asks.remove(place) }
            return joining != leaving
        }
        return wasBest ? nil : false
    }

    /// Looks at all venues' quotes again; whether the best is another one than before.
    private mutating func rescan(_ index: Int) -> Bool {
        var best = Best()
        for place in 0..<venueCount where counted.contains(place) {
            // Safe: below the instruments and the venues.
            let quote = unsafe quotes[index * venueCount + place]
            if quote.bidQuantity.raw > 0 {
                if best.bids.isEmpty || quote.bidPrice > best.quote.bidPrice {
                    best.quote.bidPrice = quote.bidPrice
                    best.quote.bidQuantity = .zero
                    best.bids = VenueSet()
                }
                if quote.bidPrice == best.quote.bidPrice {
                    best.quote.bidQuantity.raw &+= quote.bidQuantity.raw
                    best.bids.insert(place)
                }
            }
            if quote.askQuantity.raw > 0 {
                if best.asks.isEmpty || quote.askPrice < best.quote.askPrice {
                    best.quote.askPrice = quote.askPrice
                    best.quote.askQuantity = .zero
                    best.asks = VenueSet()
                }
                if quote.askPrice == best.quote.askPrice {
                    best.quote.askQuantity.raw &+= quote.askQuantity.raw
                    best.asks.insert(place)
                }
            }
        }
        let before = unsafe bests[index].quote
        unsafe bests[index] = best
        return before != best.quote
    }

    // MARK: Which venues count

    /// How many instruments got another best when `counted` last changed.
    public var changedInstruments: Int { changeCount }

    /// The changed instrument with this number, from 0 to below `changedInstruments`, in the order of the instruments.
    public func changedInstrument(_ number: Int) -> Instrument {
        precondition(number >= 0 && number < changeCount)
        // Safe: below the count of those written.
        return unsafe Instrument(id: changes[number])
    }

    /// Leaves a venue out, or lets it count again unless it is stale too.
    ///
    /// - Returns: whether that changed which venues count; then `changedInstrument` names whose best changed with it.
    @discardableResult
    public mutating func leaveOut(_ place: Int, _ isOut: Bool) -> Bool {
        guard place >= 0, place < venueCount else { return false }
        if isOut { toldOut.insert(place) } else { toldOut.remove(place) }
        return recount()
    }

    /// Something was heard of a venue at `time`.
    ///
    /// - Returns: whether it counts again by that; then `changedInstrument` names whose best changed with it.
    @inline(__always)
    public mutating func hear(_ place: Int, at time: Timestamp) -> Bool {
        guard staleAge > 0, place >= 0, place < venueCount else { return false }
        if time > heard[place] { heard[place] = time }
        // The expiry is a lower bound: whoever is heard later than it says is looked at again when it has come.
        if nextExpiry == .never, lit.contains(place) { nextExpiry = time + staleAge }
        return stale.contains(place) ? revive(place) : false
    }

    @inline(never)
    private mutating func revive(_ place: Int) -> Bool {
        stale.remove(place)
        nextExpiry = min(nextExpiry, heard[place] + staleAge)
        return recount()
    }

    /// The time has come to `now`: venues of which nothing was heard for too long are left out.
    ///
    /// - Returns: whether that changed which venues count; then `changedInstrument` names whose best changed with it.
    @inline(__always)
    public mutating func advance(to now: Timestamp) -> Bool { now > nextExpiry ? expire(now) : false }

    /// A venue that was never heard of does not expire: its silence has no beginning.
    @inline(never)
    private mutating func expire(_ now: Timestamp) -> Bool {
        nextExpiry = .never
        for place in 0..<venueCount where lit.contains(place) && !stale.contains(place) && heard[place] > .zero {
            let end = heard[place] + staleAge
            if now > end { stale.insert(place) } else { nextExpiry = min(nextExpiry, end) }
        }
        return recount()
    }

    /// Looks at every instrument again if other venues count than before.
    private mutating func recount() -> Bool {
        let before = counted
        counted = VenueSet(bits: lit.bits & ~toldOut.bits & ~stale.bits)
        guard counted != before else { return false }
        changeCount = 0
        for index in 0..<used where rescan(index) {
            // Safe: there are as many places as instruments.
            unsafe changes[changeCount] = UInt32(index)
            changeCount += 1
        }
        return true
    }

    // MARK: State

    /// Appends which venues count and when each was heard of; the quotes are told again from the books (`restore`).
    public func save(to writer: inout StateWriter) {
        writer.mark("consolid")
        writer.write(instruments)
        writer.write(venueCount)
        writer.write(lit.bits)
        writer.write(staleAge)
        writer.write(toldOut.bits)
        writer.write(stale.bits)
        writer.write(nextExpiry)
        for place in 0..<venueCount { writer.write(heard[place]) }
    }

    /// Takes what `save` wrote; then the quotes of all books have to be told by `update`.
    ///
    /// - Throws: `StateError`; then it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("consolid")
        try reader.match(instruments, "the consolidated book's number of instruments")
        try reader.match(venueCount, "the number of venues")
        try reader.match(lit.bits, "the set of lit venues")
        try reader.match(staleAge, "the age from which a venue is stale")
        toldOut = VenueSet(bits: try reader.read(UInt16.self))
        stale = VenueSet(bits: try reader.read(UInt16.self))
        guard (toldOut.bits | stale.bits) & ~VenueSet(first: venueCount).bits == 0 else {
            throw reader.error(.damaged, "a venue is left out that does not exist")
        }
        nextExpiry = try reader.read(Timestamp.self)
        for place in 0..<venueCount { heard[place] = try reader.read(Timestamp.self) }
        counted = VenueSet(bits: lit.bits & ~toldOut.bits & ~stale.bits)
    }
}

/// How the best bid over all venues stands to the best offer.
public enum ConsolidatedState: UInt8, Sendable {
    /// One side, or both, is empty.
    case oneSided
    case normal
    /// Bid and offer are at the same price, at different venues.
    case locked
    /// The bid at one venue is above the offer at another.
    case crossed
}
