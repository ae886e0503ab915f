// SPDX-License-Identifier: MIT
import CHelios
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosWire

/// The order connections of a session, one for each venue, with what is measured there, and with what they do when orders are
/// stopped; for one thread.
///
/// A stop is for all of them: what cancels, cancels at every venue.
final class OrderSide: @unchecked Sendable {
    private let connections: UnsafeMutablePointer<OrderConnection>
    private let count: Int
    private let venues: [PaperVenue]
    // Not checked for overlapping accesses at run time: one thread owns it.
    @exclusivity(unchecked)
    var meter = LatencyMeter()
    private let clock = CycleClock()
    private let board: SessionBoard
    private let control: SessionControl
    @exclusivity(unchecked)
    private var report = GatewayReport()
    /// Cancels written before the stop that is under way.
    private var cancelsBefore: UInt64 = 0
    @exclusivity(unchecked)
    private var seenWishes: UInt64 = 0
    private var nextAlarm: Nanoseconds = 0

    /// One connection for each venue; `configurations` has the logins.
    init(
        _ venues: [PaperVenue],
        _ configurations: [OuchClientConfiguration],
        _ board: SessionBoard,
        _ control: SessionControl
    ) {
        self.venues = venues
        self.board = board
        self.control = control
        count = venues.count
        connections = .allocate(capacity: count)
        for (place, venue) in venues.enumerated() {
            (connections + place).initialize(
                to: OrderConnection(
                    venue.orders,
                    configurations[place],
                    stop: control.stop,
                    pulse: control.pulse,
                    place: place
                )
            )
        }
    }

    deinit {
        connections.deinitialize(count: count)
        connections.deallocate()
    }

    // MARK: Orders

    /// Takes a record that the node has released to the connection of its venue; `flush` puts it on the wire.
    @inline(__always)
    func send(_ record: Event, at now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard count > 1 else { return connections[0].send(record, at: now, deliver) }
        let place = record.venue.place
        guard place < count else { return refuse(record, deliver) }
        connections[place].send(record, at: now) { deliver(OrderSide.stamped($0, place)) }
    }

    /// Whether bytes wait.
    @inline(__always)
    var hasOutput: Bool {
        for place in 0..<count where connections[place].line.output.count > 0 { return true }
        return false
    }

    /// Hands to the system what waits, as far as it takes it.
    @inline(__always)
    func flush(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard count > 1 else { return connections[0].flush(at: now, deliver) }
        for place in 0..<count where connections[place].line.output.count > 0 {
            connections[place].flush(at: now) { deliver(OrderSide.stamped($0, place)) }
        }
    }

    /// Takes what the venues have sent, keeps the lines alive, connects where there is no connection.
    func poll(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        guard count > 1 else { return connections[0].poll(at: now, deliver) }
        for place in 0..<count { connections[place].poll(at: now) { deliver(OrderSide.stamped($0, place)) } }
    }

    /// What a connection tells is its venue's, whatever it is about.
    @inline(__always)
    private static func stamped(_ event: Event, _ place: Int) -> Event {
        var event = event
        event.venue = Venue(place: place)
        return event
    }

    /// An order to a venue that there is not never arrives.
    private func refuse(_ record: Event, _ deliver: (Event) -> Void) {
        var answer = record
        answer.sequence = 0
        answer.flags = record.flags.intersection(.sell)
        switch record.kind {
        case .newOrder:
            answer.kind = .orderRejected
            answer.detail = UInt64(RejectReason.neverArrived.rawValue)
        case .replaceRequest: answer.kind = .replaceRejected
        case .cancelRequest: answer.kind = .cancelRejected
        default: return
        }
        deliver(answer)
    }

    /// The sockets to wait for.
    var interests: [Sockets.Interest] {
        (0..<count).compactMap { place in
            connections[place].descriptor.map {
                Sockets.Interest($0, writes: connections[place].line.output.count > 0)
            }
        }
    }

    /// Says goodbye to every venue in good order.
    func leave(at now: Nanoseconds) {
        for place in 0..<count { connections[place].leave(at: now) }
    }

    /// Tells those who watch.
    func show() {
        let latency = meter.summary(nanosecondsPerCycle: clock.nanosecondsPerCycle)
        board.show((0..<count).map { connections[$0].health }, latency)
    }

    // MARK: Stops

    /// Does what a kill asks of the thread that writes to the venues; a few loads when there is none.
    @inline(__always)
    func attend(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        control.pulse.gatewayBeats(at: now)
        guard control.stop.look != report.look || control.desk.cancelWishes != seenWishes || control.desk.isWatched
        else { return }
        obey(at: now, deliver)
    }

    private var cancels: UInt64 {
        (0..<count).reduce(0) { $0 + connections[$1].line.client.counters.cancels }
    }

    private var openCount: Int { (0..<count).reduce(0) { $0 + connections[$1].forEachOpen { _ in } } }

    private func obey(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        let look = control.stop.look
        if look != report.look {
            report = GatewayReport()
            report.look = look
            report.seen = now
            cancelsBefore = cancels
            report.working = openCount
            report.time = 0
        }
        let wishes = control.desk.cancelWishes
        if wishes != seenWishes {
            seenWishes = wishes
            let wish = control.desk.takeWish()
            for place in 0..<count {
                let deliver: (Event) -> Void = { deliver(self.count > 1 ? OrderSide.stamped($0, place) : $0) }
                if wish.isAll {
                    connections[place].cancelAll(at: now, deliver)
                } else {
                    connections[place].cancel(wish.orders, at: now, deliver)
                }
            }
            report.time = 0
        }
        let cancels = cancels - cancelsBefore
        if cancels > 0, report.firstCancel == 0 { report.firstCancel = now }
        guard now - report.time >= 1_000_000 || cancels != report.cancels else { return }
        report.cancels = cancels
        tell(at: now)
    }

    private func tell(at now: Nanoseconds) {
        var orders: [OpenOrder] = []
        let symbols = control.symbols
        report.open = 0
        report.lines.removeAll(keepingCapacity: true)
        for place in 0..<count {
            let name = venues[place].name
            report.open += connections[place].forEachOpen {
                orders.append(OpenOrder($0, symbols: symbols, venue: name))
            }
            report.lines.append(
                GatewayLine(name: name, state: connections[place].line.state, isOver: connections[place].line.isOver)
            )
        }
        report.orders = orders
        report.time = now
        control.pulse.tell(report)
    }

    /// Cancels everything everywhere because the engine's thread was not heard of for too long; again while it is not.
    func guardSilence(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        let silence = control.pulse.coreSilence(at: now)
        guard silence > control.settings.watchdog else {
            nextAlarm = 0
            return
        }
        guard now >= nextAlarm else { return }
        let isFirst = nextAlarm == 0
        nextAlarm = now + control.settings.watchdog
        var asked = 0
        for place in 0..<count {
            asked += connections[place].cancelAll(at: now) { deliver(count > 1 ? OrderSide.stamped($0, place) : $0) }
        }
        if isFirst, asked > 0 {
            control.warn("the engine was not heard of for \(silence / 1_000_000) ms: \(asked) orders are cancelled")
        }
    }

    /// Cancels at every venue what may still trade and waits for its end, at most `patience`: the engine can't any more.
    ///
    /// A venue whose line breaks meanwhile is connected to again.
    func withdraw(patience: Nanoseconds) {
        let end = Sockets.now + patience
        var next: Nanoseconds = 0
        while Sockets.now < end, (0..<count).contains(where: { connections[$0].line.state != .down }) {
            let now = Sockets.now
            if now >= next {
                next = now + 250_000_000
                for place in 0..<count { connections[place].cancelAll(at: now) { _ in } }
            }
            poll(at: now) { _ in }
            attend(at: now) { _ in }
            // What a venue has not said yet may be orders of an earlier process, which nobody here knows of.
            let isKnown = (0..<count).allSatisfy { connections[$0].line.state == .ready || connections[$0].line.isOver }
            if openCount == 0, isKnown { break }
            Sockets.wait([], timeout: 1_000_000)
        }
        tell(at: Sockets.now)
    }
}
