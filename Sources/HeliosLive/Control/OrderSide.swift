// SPDX-License-Identifier: MIT
import CHelios
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosVenue
import HeliosWire

/// The order connections of a session, one for each venue, with what is measured there, and with what they do when orders are
/// stopped; for one thread.
///
/// A stop is for all of them: what cancels, cancels at every venue.
final class OrderSide: @unchecked Sendable {
    // One of the two holds a connection at a venue's place, the other nothing.
    private let connections: UnsafeMutablePointer<OrderConnection>
    private let fix: UnsafeMutablePointer<LineConnection<FixOrderLine>>
    private let isFix: UnsafeMutablePointer<Bool>
    private let count: Int
    /// One venue that speaks OUCH: nothing is looked up.
    private let isPlain: Bool
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

    /// One connection for each venue.
    init(_ venues: [PaperVenue], _ logins: consuming [OrderLogin], _ board: SessionBoard, _ control: SessionControl) {
        self.venues = venues
        self.board = board
        self.control = control
        count = venues.count
        connections = .allocate(capacity: count)
        fix = .allocate(capacity: count)
        isFix = .allocate(capacity: count)
        let (stop, pulse) = (control.stop, control.pulse)
        for (place, venue) in venues.enumerated() {
            switch logins[place] {
            case .ouch(let configuration):
                (isFix + place).initialize(to: false)
                (connections + place).initialize(
                    to: OrderConnection(venue.orders, OuchLine(configuration), stop: stop, pulse: pulse, place: place)
                )
            case .fix(let login):
                (isFix + place).initialize(to: true)
                let name = venue.title
                (fix + place).initialize(
                    to: LineConnection(
                        venue.orders,
                        login.makeLine(),
                        stop: stop,
                        pulse: pulse,
                        place: place,
                        dial: login.dial
                    ) { control.warn("\(name): \($0)") }
                )
            }
        }
        isPlain = count == 1 && !isFix[0]
    }

    deinit {
        for place in 0..<count {
            if isFix[place] {
                (fix + place).deinitialize(count: 1)
            } else {
                (connections + place).deinitialize(count: 1)
            }
        }
        connections.deallocate()
        fix.deallocate()
        isFix.deallocate()
    }

    // MARK: Orders

    /// Takes a record that the node has released to the connection of its venue; `flush` puts it on the wire.
    @inline(__always)
    func send(_ record: Event, at now: Nanoseconds, _ deliver: (Event) -> Void) {
        if isPlain { return connections[0].send(record, at: now, deliver) }
        let place = count > 1 ? record.venue.place : 0
        guard place < count else { return refuse(record, deliver) }
        if isFix[place] {
            fix[place].send(record, at: now) { deliver(stamped($0, place)) }
        } else {
            connections[place].send(record, at: now) { deliver(stamped($0, place)) }
        }
    }

    /// Whether bytes wait.
    @inline(__always)
    var hasOutput: Bool {
        if isPlain { return connections[0].line.waiting > 0 }
        return (0..<count).contains { waiting($0) > 0 }
    }

    /// Hands to the system what waits, as far as it takes it.
    @inline(__always)
    func flush(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        if isPlain { return connections[0].flush(at: now, deliver) }
        for place in 0..<count where waiting(place) > 0 {
            if isFix[place] {
                fix[place].flush(at: now) { deliver(stamped($0, place)) }
            } else {
                connections[place].flush(at: now) { deliver(stamped($0, place)) }
            }
        }
    }

    /// Takes what the venues have sent, keeps the lines alive, connects where there is no connection.
    func poll(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        if isPlain { return connections[0].poll(at: now, deliver) }
        for place in 0..<count {
            if isFix[place] {
                fix[place].poll(at: now) { deliver(stamped($0, place)) }
            } else {
                connections[place].poll(at: now) { deliver(stamped($0, place)) }
            }
        }
    }

    private func waiting(_ place: Int) -> Int {
        isFix[place] ? fix[place].line.waiting : connections[place].line.waiting
    }
    private func state(_ place: Int) -> OuchLineState {
        isFix[place] ? fix[place].line.state : connections[place].line.state
    }
    private func isOver(_ place: Int) -> Bool {
        isFix[place] ? fix[place].line.isOver : connections[place].line.isOver
    }
    private func cancelAll(_ place: Int, at now: Nanoseconds, _ deliver: (Event) -> Void) -> Int {
        isFix[place] ? fix[place].cancelAll(at: now, deliver) : connections[place].cancelAll(at: now, deliver)
    }

    /// What a connection tells is its venue's, whatever it is about.
    @inline(__always)
    private func stamped(_ event: Event, _ place: Int) -> Event {
        if count == 1 { return event }
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
            let descriptor = isFix[place] ? fix[place].descriptor : connections[place].descriptor
            return descriptor.map { Sockets.Interest($0, writes: waiting(place) > 0) }
        }
    }

    /// Says goodbye to every venue in good order.
    func leave(at now: Nanoseconds) {
        for place in 0..<count {
            if isFix[place] { fix[place].leave(at: now) } else { connections[place].leave(at: now) }
        }
    }

    /// Tells those who watch.
    func show() {
        let latency = meter.summary(nanosecondsPerCycle: clock.nanosecondsPerCycle)
        board.show((0..<count).map { isFix[$0] ? fix[$0].health : connections[$0].health }, latency)
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
        (0..<count).reduce(0) {
            $0 + (isFix[$1] ? fix[$1].line.cancelsWritten : connections[$1].line.cancelsWritten)
        }
    }

    private var openCount: Int {
        (0..<count).reduce(0) { $0 + (isFix[$1] ? fix[$1].openCount() : connections[$1].openCount()) }
    }

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
                let deliver: (Event) -> Void = { deliver(self.stamped($0, place)) }
                if wish.isAll {
                    _ = cancelAll(place, at: now, deliver)
                } else if isFix[place] {
                    fix[place].cancel(wish.orders, at: now, deliver)
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
        report.lines.removeAll(keepingCapacity: true)
        for place in 0..<count {
            let name = venues[place].name
            orders +=
                isFix[place]
                ? fix[place].openOrders(symbols: symbols, venue: name)
                : connections[place].openOrders(symbols: symbols, venue: name)
            report.lines.append(GatewayLine(name: name, state: state(place), isOver: isOver(place)))
        }
        report.open = orders.count
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
            asked += cancelAll(place, at: now) { deliver(stamped($0, place)) }
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
        while Sockets.now < end, (0..<count).contains(where: { state($0) != .down }) {
            let now = Sockets.now
            if now >= next {
                next = now + 250_000_000
                for place in 0..<count { _ = cancelAll(place, at: now) { _ in } }
            }
            poll(at: now) { _ in }
            attend(at: now) { _ in }
            // What a venue has not said yet may be orders of an earlier process, which nobody here knows of.
            let isKnown = (0..<count).allSatisfy { state($0) == .ready || isOver($0) }
            if openCount == 0, isKnown { break }
            Sockets.wait([], timeout: 1_000_000)
        }
        tell(at: Sockets.now)
    }
}
