// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire

/// A trading process's FIX line, its connection to a venue in the same room, and what it was told.
final class FixParticipant {
    private var line: FixOrderLine
    /// The memory of its session's numbers, for another process.
    let memory: FixStoreMemory
    let venue: FixCounterparty
    private(set) var isConnected = false
    var told: [Event] = []
    var notices: [FixOrderLineNotice] = []
    /// What it writes is lost.
    var isMute = false

    static let midnight = Timestamp(nanoseconds: (20_000 * 24 + 5) * 3_600_000_000_000)
    static let symbols = ["AA", "BAD"].compactMap { Symbol($0) }

    /// A moment of the day, in seconds.
    static func time(_ seconds: Int64) -> Timestamp { midnight + (3_600 + seconds) * 1_000_000_000 }

    init(
        epoch: UInt64,
        _ venue: FixCounterparty,
        memory: FixStoreMemory = FixStoreMemory(bytes: 1 << 20),
        reset: Bool = false,
        known: [FixKnownOrder] = [],
        capacity: Int = 1 << 18,
        _ change: (inout FixClientConfiguration) -> Void = { _ in }
    ) {
        self.venue = venue
        self.memory = memory
        var configuration = FixClientConfiguration(
            FixCounterparty.configuration(venue.version, .initiator, reset: reset),
            symbols: FixParticipant.symbols,
            midnight: FixParticipant.midnight,
            venue: Venue(id: 1)
        )
        configuration.epoch = epoch
        configuration.orders = 1_024
        configuration.known = known
        change(&configuration)
        let store = FixStore(memory: memory)
        line = FixOrderLine(configuration, store: store, endText: "end of day", capacity: capacity)
    }

    var state: OuchLineState { line.state }
    var counters: FixClientCounters { line.client.counters }
    var isOver: Bool { line.isOver }
    var outputCount: Int { line.output.count }
    var open: [OrderID] {
        var open: [OrderID] = []
        line.forEachOpen { open.append($0.order) }
        return open
    }
    func order(_ id: OrderID) -> FixClientOrder? { line.client.order(id) }
    func deadline(after now: Timestamp) -> Timestamp { line.deadline(after: now) }

    func kinds(_ order: OrderID) -> [EventKind] { told.filter { $0.orderID == order }.map(\.kind) }

    func connect(at now: Timestamp) {
        venue.accept(at: now)
        line.connected(at: now)
        isConnected = true
    }

    /// Connects, and asks to be let in and for the state of all orders, as a trading node does.
    func join(at now: Timestamp) {
        connect(at: now)
        send(Event(orderID: 77, kind: .epoch), at: now)
        send(Event(kind: .orderStatus), at: now)
        exchange(at: now)
    }

    func send(_ record: Event, at now: Timestamp) { line.send(record, at: now, now) { told.append($0) } }

    func order(
        _ id: OrderID,
        quantity: Int = 100,
        price: Int64 = 10,
        instrument: UInt32 = 0,
        flags: EventFlags = [],
        at now: Timestamp
    ) {
        var order = Event(
            eventTime: now,
            receiveTime: now,
            orderID: id,
            price: Price(raw: price * 100_000_000),
            quantity: Quantity(quantity),
            kind: .newOrder,
            flags: flags
        )
        order.instrument = Instrument(id: instrument)
        send(order, at: now)
    }

    func replace(_ id: OrderID, by new: OrderID, quantity: Int, price: Int64 = 11, at now: Timestamp) {
        var request = Event(orderID: id, kind: .replaceRequest)
        request.detail = new
        request.price = Price(raw: price * 100_000_000)
        request.quantity = Quantity(quantity)
        request.instrument = Instrument(id: 0)
        send(request, at: now)
    }

    func cancel(_ id: OrderID, at now: Timestamp) {
        send(Event(cancelOf: id, of: Instrument(id: 0), at: .zero), at: now)
    }

    func cancelAll(at now: Timestamp) -> Int { line.cancelAll(at: now) }

    func tick(at now: Timestamp) { line.tick(at: now, now, { told.append($0) }, { notices.append($0) }) }

    func withdraw(begun: Int = 0, at now: Timestamp) {
        line.withdraw(begun: begun, at: now, now, { told.append($0) }, { notices.append($0) })
    }

    func logout(at now: Timestamp) { line.logout(at: now) }

    /// What waits for the connection is lost with it.
    func loseOutput() { line.output.removeAll() }

    /// The first bytes that wait; all are taken.
    func takeOutput(_ count: Int) -> [UInt8] {
        defer { line.output.removeAll() }
        return [UInt8](line.output.bytes.unsafeBuffer.prefix(count))
    }

    /// What waits, as messages.
    var waiting: [FixFields] {
        var found: [FixFields] = []
        var scanner = FixScanner()
        var rest = line.output.bytes
        while case .message(let count) = FixFramer().next(rest) {
            guard let message = try? scanner.scan(rest.slice(0..<count)) else { break }
            found.append(FixFields(message))
            rest = rest.slice(count..<rest.count)
        }
        return found
    }

    /// Takes what the venue has written, and writes nothing.
    func read(at now: Timestamp) {
        let back = [UInt8](venue.output.bytes.unsafeBuffer)
        venue.output.removeAll()
        back.withUnsafeBytes { bytes in
            line.receive(WireBytes(bytes), at: now, now, { told.append($0) }, { notices.append($0) })
        }
    }

    /// Moves bytes until nobody has any.
    func exchange(at now: Timestamp, piece: Int = .max) {
        for _ in 0..<10_000 {
            guard isConnected else { return }
            let out = [UInt8](line.output.bytes.unsafeBuffer.prefix(piece))
            line.output.drop(out.count)
            if !isMute { out.withUnsafeBytes { venue.receive(WireBytes($0), at: now) } }
            let back = [UInt8](venue.output.bytes.unsafeBuffer.prefix(piece))
            venue.output.drop(back.count)
            back.withUnsafeBytes { bytes in
                line.receive(WireBytes(bytes), at: now, now, { told.append($0) }, { notices.append($0) })
            }
            if line.wantsClose { return leave(at: now) }
            if out.isEmpty, back.isEmpty { return }
        }
    }

    /// Its connection is gone.
    func leave(at now: Timestamp) {
        isConnected = false
        venue.disconnected(at: now)
        _ = line.disconnected(at: now, now, { told.append($0) }, { notices.append($0) })
    }
}
