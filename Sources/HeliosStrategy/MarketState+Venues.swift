// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// What a session of several venues has beside the books of its first one.
@safe
@usableFromInline
struct VenueFloor: ~Copyable {
    /// Books of the venues from place 1 on; a dark venue's stay empty.
    @usableFromInline let others: UnsafeMutablePointer<BookSet>
    @usableFromInline let venueCount: Int
    @usableFromInline var consolidated: ConsolidatedBook
    /// Events of venues that have no place here: nothing was done with them.
    @usableFromInline var unplaced = 0
    /// Venues that take no new orders: they can't be reached, or their orders and ours have not been compared since.
    @usableFromInline var held = VenueSet()

    init(others: UnsafeMutablePointer<BookSet>, consolidated: consuming ConsolidatedBook) {
        unsafe self.others = unsafe others
        venueCount = consolidated.venueCount
        self.consolidated = consolidated
    }

    deinit {
        unsafe others.deinitialize(count: venueCount - 1)
        unsafe others.deallocate()
    }
}

// MARK: - Reading
extension MarketState {
    /// The venues of this session, from 1.
    @inlinable
    @inline(__always)
    public var venueCount: Int { unsafe storage.pointee.floor.map { unsafe $0.pointee.venueCount } ?? 1 }

    /// Whether there is more than one venue.
    @inlinable
    @inline(__always)
    public var hasFloor: Bool { unsafe storage.pointee.floor != nil }

    /// The books of one venue: empty ones for a dark venue, the first venue's for a number that no venue has.
    @inlinable
    public subscript(venue: Venue) -> BookSet {
        _read {
            // Safe: a place from 1 to below the number of venues has books, which live as long as the market.
            if let floor = unsafe storage.pointee.floor, venue.place > 0, unsafe venue.place < floor.pointee.venueCount
            {
                yield unsafe floor.pointee.others[venue.place &- 1]
            } else {
                yield unsafe storage.pointee.books
            }
        }
    }

    /// Price and time of the last trade printed at one venue.
    ///
    /// Without the accessor of `subscript(venue:)`, whose frame costs an allocation where it is not inlined.
    @inlinable
    @inline(__always)
    public func lastTrade(_ instrument: Instrument, at venue: Venue) -> (price: Price, time: Timestamp) {
        // Safe: as in `subscript(venue:)`.
        if let floor = unsafe storage.pointee.floor, venue.place > 0, unsafe venue.place < floor.pointee.venueCount {
            return unsafe floor.pointee.others[venue.place &- 1].lastTrade(instrument)
        }
        return unsafe storage.pointee.books.lastTrade(instrument)
    }

    /// Every venue's best, and the best of all; only in a session of several venues.
    @inlinable
    public var consolidated: ConsolidatedBook {
        _read {
            guard let floor = unsafe storage.pointee.floor else { preconditionFailure("the session has one venue") }
            yield unsafe floor.pointee.consolidated
        }
    }

    /// A venue's own best bid and offer; empty for a dark one.
    @inlinable
    public func quote(_ instrument: Instrument, at venue: Venue) -> Quote { self[venue].quote(instrument) }

    /// Venues that display quotes; those that are left out for the moment are among them.
    @inlinable
    public var litVenues: VenueSet {
        unsafe storage.pointee.floor.map { unsafe $0.pointee.consolidated.lit } ?? VenueSet(first: 1)
    }

    /// Venues whose quotes count now: lit, heard of lately, and whole.
    @inlinable
    public var countedVenues: VenueSet {
        unsafe storage.pointee.floor.map { unsafe $0.pointee.consolidated.counted } ?? VenueSet(first: 1)
    }

    /// Venues to which no new order goes, as records said: they can't be reached, or their orders and ours have not been compared
    /// since; empty in a session of one venue.
    @inlinable
    public var heldVenues: VenueSet { unsafe storage.pointee.floor.map { unsafe $0.pointee.held } ?? VenueSet() }

    /// Events of venues that have no place here: nothing was done with them.
    public var unplacedEvents: Int { unsafe storage.pointee.floor.map { unsafe $0.pointee.unplaced } ?? 0 }

    /// Events that contradicted a book, over all venues.
    public var bookFaults: Int {
        var total = 0
        for place in 0..<venueCount { total += self[Venue(place: place)].faults.total }
        return total
    }

    /// The trading state in which an order for `venue` would be: that venue's, or, at a dark one, the instrument's.
    @usableFromInline
    func tradingState(_ instrument: Instrument, at venue: Venue) -> TradingState {
        litVenues.contains(venue.place) ? self[venue].tradingState(instrument) : floorState(instrument)
    }

    /// The phase of the venue's day; at a dark venue, of the market's.
    @usableFromInline
    func phase(at venue: Venue) -> MarketPhase { litVenues.contains(venue.place) ? self[venue].phase : floorPhase }

    /// `trading` where one lit venue trades, else what the first of them says.
    @usableFromInline
    func floorState(_ instrument: Instrument) -> TradingState {
        for place in 0..<venueCount where litVenues.contains(place) {
            if self[Venue(place: place)].tradingState(instrument) == .trading { return .trading }
        }
        return self[Venue(place: litVenues.first)].tradingState(instrument)
    }

    /// `regular` where one lit venue is in its regular session, else what the first of them says.
    @usableFromInline
    var floorPhase: MarketPhase {
        for place in 0..<venueCount where litVenues.contains(place) {
            if self[Venue(place: place)].phase == .regular { return .regular }
        }
        return self[Venue(place: litVenues.first)].phase
    }

    /// The latest trade that any venue printed, the first venue's among those of the same time.
    @usableFromInline
    func floorTrade(_ instrument: Instrument) -> (price: Price, time: Timestamp) {
        var latest = unsafe storage.pointee.books.lastTrade(instrument)
        for place in 1..<venueCount {
            let trade = self[Venue(place: place)].lastTrade(instrument)
            if trade.time > latest.time { latest = trade }
        }
        return latest
    }

    /// When a venue that counts last changed the instrument's book.
    @usableFromInline
    func floorUpdate(_ instrument: Instrument) -> Timestamp {
        var latest = Timestamp.zero
        for place in 0..<venueCount where countedVenues.contains(place) {
            latest = max(latest, self[Venue(place: place)].lastUpdate(instrument))
        }
        return latest
    }
}

// MARK: - What the engine does
extension MarketState {
    /// Gives the session more venues, before its first event.
    ///
    /// - Parameters:
    ///   - venues: how many there are with the first; 1 changes nothing.
    ///   - lit: those that display quotes; nil for all.
    ///   - capacity: room for the books of each further lit venue.
    ///   - staleAge: nanoseconds of silence after which a venue's quotes are left out; 0 = never.
    /// - Throws: when the memory for the books can't be reserved.
    public mutating func open(
        venues: Int,
        lit: VenueSet? = nil,
        capacity: BookCapacity,
        staleAge: Nanoseconds = 0
    ) throws(BookCapacityError) {
        precondition(!hasFloor && venues <= VenueSet.capacity, "a session opens its venues once, and has at most 16")
        guard venues > 1 else { return }
        let lit = lit ?? VenueSet(first: venues)
        let others = UnsafeMutablePointer<BookSet>.allocate(capacity: venues - 1)
        for place in 1..<venues {
            let isLit = lit.contains(place)
            do throws(BookCapacityError) {
                let books = try BookSet(
                    // A dark venue displays nothing, but its trades are told.
                    capacity: isLit ? capacity : BookCapacity(instruments: instruments, orders: 16, levels: 16)
                )
                unsafe (others + (place - 1)).initialize(to: books)
            } catch {
                unsafe others.deinitialize(count: place - 1)
                unsafe others.deallocate()
                throw error
            }
        }
        let consolidated = ConsolidatedBook(instruments: instruments, venues: venues, lit: lit, staleAge: staleAge)
        let floor = UnsafeMutablePointer<VenueFloor>.allocate(capacity: 1)
        unsafe floor.initialize(to: VenueFloor(others: others, consolidated: consolidated))
        unsafe storage.pointee.floor = unsafe floor
    }

    /// Takes a market event into the books of its venue, of several, and that venue's new best into the best of all.
    ///
    /// - Returns: what changed; `.bid` and `.ask` speak of the best of all venues.
    public mutating func applyFloor(_ event: Event) -> BookChange {
        guard let floor = unsafe storage.pointee.floor else { return [] }
        let place = event.venue.place
        // Safe: the floor lives as long as the market, and the place is held against its venues.
        guard unsafe place < floor.pointee.venueCount else {
            unsafe floor.pointee.unplaced &+= 1
            return []
        }
        var change: BookChange
        if place == 0 {
            change = unsafe storage.pointee.books.apply(event)
        } else {
            change = unsafe floor.pointee.others[place &- 1].apply(event)
        }
        guard !change.isDisjoint(with: .quote) else { return change }
        let quote = quote(event.instrument, at: event.venue)
        if unsafe !floor.pointee.consolidated.update(event.instrument, at: place, quote) { change.subtract(.quote) }
        return change
    }

    /// Something was heard of the event's venue; whether another set of venues counts since.
    public mutating func hear(_ event: Event) -> Bool {
        guard let floor = unsafe storage.pointee.floor else { return false }
        return unsafe floor.pointee.consolidated.hear(event.venue.place, at: now)
    }

    /// Whether another set of venues counts since the time has come to `now`.
    public mutating func advanceFloor() -> Bool {
        guard let floor = unsafe storage.pointee.floor else { return false }
        return unsafe floor.pointee.consolidated.advance(to: now)
    }

    /// Leaves a venue's quotes out, or lets them count again; whether another set of venues counts since.
    public mutating func leaveOut(_ venue: Venue, _ isOut: Bool) -> Bool {
        guard let floor = unsafe storage.pointee.floor else { return false }
        return unsafe floor.pointee.consolidated.leaveOut(venue.place, isOut)
    }

    /// Lets no new order go to a venue, or lets them go again.
    public mutating func hold(_ venue: Venue, _ isHeld: Bool) {
        guard let floor = unsafe storage.pointee.floor, unsafe venue.place < floor.pointee.venueCount else { return }
        if isHeld {
            unsafe floor.pointee.held.insert(venue.place)
        } else {
            unsafe floor.pointee.held.remove(venue.place)
        }
    }

    /// Takes an event that is about every venue, the begin of a day, into the books of all.
    @inlinable
    public mutating func applyToAll(_ event: Event) {
        _ = books.apply(event)
        if hasFloor { applyToOthers(event) }
    }

    @usableFromInline
    mutating func applyToOthers(_ event: Event) {
        guard let floor = unsafe storage.pointee.floor else { return }
        // Safe: there are books for every venue but the first.
        for place in unsafe 1..<floor.pointee.venueCount { _ = unsafe floor.pointee.others[place - 1].apply(event) }
    }
}

// MARK: - State
extension MarketState {
    /// Appends the books of all venues but the first, which venues count, and which are held.
    func saveFloor(to writer: inout StateWriter) {
        guard let floor = unsafe storage.pointee.floor else { return }
        writer.mark("floor")
        unsafe floor.pointee.consolidated.save(to: &writer)
        unsafe writer.write(floor.pointee.unplaced)
        unsafe writer.write(floor.pointee.held.bits)
        // Safe: there are books for every venue but the first.
        for place in unsafe 1..<floor.pointee.venueCount { unsafe floor.pointee.others[place - 1].save(to: &writer) }
    }

    /// Takes what `saveFloor` wrote, and finds the best of all venues again.
    mutating func restoreFloor(from reader: inout StateReader) throws(StateError) {
        guard let floor = unsafe storage.pointee.floor else { return }
        try reader.expect("floor")
        try unsafe floor.pointee.consolidated.restore(from: &reader)
        unsafe floor.pointee.unplaced = try reader.readCount(upTo: .max / 2, "events without a venue")
        let held = VenueSet(bits: try reader.read(UInt16.self))
        guard unsafe held.bits & ~VenueSet(first: floor.pointee.venueCount).bits == 0 else {
            throw reader.error(.damaged, "a venue is held that does not exist")
        }
        unsafe floor.pointee.held = held
        for place in unsafe 1..<floor.pointee.venueCount {
            try unsafe floor.pointee.others[place - 1].restore(from: &reader)
        }
        for place in unsafe 0..<floor.pointee.venueCount {
            for index in 0..<instruments {
                let instrument = Instrument(id: UInt32(index))
                let quote = quote(instrument, at: Venue(place: place))
                if quote != .empty { _ = unsafe floor.pointee.consolidated.update(instrument, at: place, quote) }
            }
        }
    }
}
