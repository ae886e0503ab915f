// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue

/// One venue's part of a `FloorSource`: its own events with its number, interrupted by its outages.
final class FloorLane {
    let source: (any EventSource)?
    private let venue: Venue
    private let outages: [FloorOutage]
    private var read: UnsafeMutableBufferPointer<Event>
    private var first = 0
    private var count = 0
    private var hasEnded = false
    /// What goes before the next event that was read.
    private var inserted: [Event] = []
    private var insertedFirst = 0
    /// The numbers of the source's instruments in the whole.
    private var numbers: [Instrument] = []
    /// Shares traded against hidden orders beside each against a displayed one, in basis points, and what is left over of whole shares.
    private let hiddenShare: Int64
    private var hiddenRest: [Int64] = []
    /// The venue's own books, followed for the end of an outage, and for the prices of trades.
    private let follower: BookFollower?
    /// The outage that is under way, or comes next today.
    private var outage = 0
    private(set) var isOut = false
    /// Midnight of the day of what was read.
    private var midnight: Timestamp
    /// Midnight of the day that the whole is in: the origin of the outages.
    private var day: Timestamp

    init(_ source: (any EventSource)?, _ settings: FloorVenue, _ venue: Venue, _ capacity: BookCapacity) throws {
        self.source = source
        self.venue = venue
        outages = settings.outages.sorted { $0.start < $1.start }
        hiddenShare = settings.hiddenShare
        let isFollowed = source != nil && (!outages.isEmpty || hiddenShare > 0)
        follower = isFollowed ? try BookFollower(capacity) : nil
        midnight = source?.midnight ?? .zero
        day = midnight
        read = .allocate(capacity: source == nil ? 1 : 4_096)
        read.initialize(repeating: Event(kind: .none))
    }

    deinit { read.deallocate() }

    /// The whole comes to another day.
    func begin(day: Timestamp) {
        outage = 0
        self.day = day
        // A dark venue has no data of its own that would tell it.
        if source == nil { midnight = day }
    }

    /// Midnight of the day of the next event.
    var nextDay: Timestamp { insertedFirst < inserted.count ? day : midnight }

    // MARK: The next event

    /// Reads on when everything was taken, and puts in what an outage says.
    func prepare(_ names: inout InstrumentDirectory) throws {
        guard insertedFirst == inserted.count else { return }
        inserted.removeAll(keepingCapacity: true)
        insertedFirst = 0
        while true {
            if let source, first == count, !hasEnded { try fill(from: source, &names) }
            interrupt()
            if !inserted.isEmpty || first == count { return }
            let isLost = isOut && FloorLane.isLost(read[first].kind)
            // Of a venue whose hidden orders are its own the day's trades against hidden ones are left out.
            guard isLost || hiddenShare > 0 && read[first].kind == .trade else { return }
            follower?.apply(read[first])
            first += 1
        }
    }

    private func fill(from source: any EventSource, _ names: inout InstrumentDirectory) throws {
        first = 0
        count = try source.fill(read)
        if count == 0 { return hasEnded = true }
        midnight = source.midnight
        let directory = source.directory
        for index in 0..<count {
            read[index].venue = venue
            guard read[index].instrument != .none else { continue }
            let local = read[index].instrument.index
            while numbers.count <= local {
                numbers.append(names.register(directory.symbols[numbers.count]))
            }
            if read[index].kind == .instrumentDefinition { define(local, Symbol(packed: read[index].orderID), &names) }
            read[index].instrument = numbers[local]
        }
    }

    /// An instrument whose events came before its name.
    private func define(_ local: Int, _ symbol: Symbol, _ names: inout InstrumentDirectory) {
        if names.symbols[numbers[local].index] == symbol { return }
        if let known = names[symbol] {
            numbers[local] = known
        } else {
            names.rename(numbers[local], to: symbol)
        }
    }

    /// When the next event happens; nil at the end.
    var nextTime: Timestamp? {
        if insertedFirst < inserted.count { return inserted[insertedFirst].eventTime }
        return first < count ? read[first].eventTime : nil
    }

    func take() -> Event {
        if insertedFirst < inserted.count {
            defer { insertedFirst += 1 }
            return inserted[insertedFirst]
        }
        defer { first += 1 }
        if hiddenShare > 0 { printHidden(beside: read[first]) }
        follower?.apply(read[first])
        return read[first]
    }

    /// What the venue prints of its hidden orders beside a trade against a displayed one.
    private func printHidden(beside event: Event) {
        guard event.kind == .executeOrder || event.kind == .executeOrderAtPrice, event.flags.contains(.printable),
            event.instrument != .none, let price = follower?.price(of: event)
        else { return }
        let index = event.instrument.index
        while hiddenRest.count <= index { hiddenRest.append(0) }
        // In ten thousandths of a share.
        hiddenRest[index] += event.quantity.raw / Quantity.scale * hiddenShare
        let shares = hiddenRest[index] / 10_000
        hiddenRest[index] %= 10_000
        guard shares > 0 else { return }
        var trade = event
        trade.kind = .trade
        trade.flags = .printable
        trade.orderID = 0
        trade.price = price
        trade.quantity = Quantity(Int(shares))
        inserted.append(trade)
    }

    // MARK: Outages

    /// What a line that is down does not bring: everything about orders and trades.
    private static func isLost(_ kind: EventKind) -> Bool {
        switch kind {
        case .systemEvent, .tradingStatus, .shortSaleRestriction, .instrumentDefinition, .newDay, .clearBook: false
        default: true
        }
    }

    /// Begins or ends the outage that is due before the next event.
    private func interrupt() {
        guard outage < outages.count else { return }
        let due = day + (isOut ? outages[outage].end : outages[outage].start)
        // A dark venue's outages are due whenever the others come to them.
        let isDue = source == nil ? true : first < count ? due <= read[first].eventTime : isOut
        guard isDue else { return }
        isOut ? resume(at: due) : interrupt(at: due)
        isOut.toggle()
        if !isOut { outage += 1 }
    }

    private func insert(_ kind: EventKind, _ instrument: Instrument, _ time: Timestamp, _ detail: UInt64) {
        var event = Event(kind: kind)
        event.eventTime = time
        event.receiveTime = time
        event.venue = venue
        event.instrument = instrument
        event.detail = detail
        inserted.append(event)
    }

    private func interrupt(at time: Timestamp) {
        insert(.feedGap, .none, time, 1)
        guard source != nil else { return }
        for instrument in numbers {
            insert(.clearBook, instrument, time, 0)
            insert(.operationalHalt, instrument, time, UInt64(UInt8(ascii: "H")) << 8)
        }
    }

    private func resume(at time: Timestamp) {
        for instrument in source == nil ? [] : numbers {
            insert(.operationalHalt, instrument, time, UInt64(UInt8(ascii: "T")) << 8)
            follower?.books.forEachOrder(of: instrument) { id, side, price, quantity in
                var event = Event(kind: .addOrder)
                event.eventTime = time
                event.receiveTime = time
                event.venue = venue
                event.instrument = instrument
                event.orderID = id
                event.price = price
                event.quantity = quantity
                if side == .sell { event.flags.insert(.sell) }
                inserted.append(event)
            }
        }
        insert(.feedGap, .none, time, 0)
    }
}

/// Books in a box of their own.
private final class BookFollower {
    var books: BookSet

    init(_ capacity: BookCapacity) throws(BookCapacityError) { books = try BookSet(capacity: capacity) }

    func apply(_ event: Event) { _ = books.apply(event) }

    /// At which price an execution was.
    func price(of event: Event) -> Price? {
        event.kind == .executeOrderAtPrice ? event.price : books.order(event.orderID)?.price
    }
}
