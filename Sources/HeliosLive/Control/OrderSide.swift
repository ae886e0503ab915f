// SPDX-License-Identifier: MIT
import CHelios
import HeliosEngine
import HeliosMarket
import HeliosResearch

/// The order connection with what is measured there, and with what it does when orders are stopped.
struct OrderSide: ~Copyable {
    var connection: OrderConnection
    var meter = LatencyMeter()
    private let clock = CycleClock()
    private let board: SessionBoard
    private let control: SessionControl
    private var report = GatewayReport()
    /// Cancels written before the stop that is under way.
    private var cancelsBefore: UInt64 = 0
    private var seenWishes: UInt64 = 0
    private var nextAlarm: Nanoseconds = 0

    init(_ connection: consuming OrderConnection, _ board: SessionBoard, _ control: SessionControl) {
        self.connection = connection
        self.board = board
        self.control = control
    }

    /// Tells those who watch.
    func show() {
        var status = OrderStatus()
        status.health = connection.health
        status.latency = meter.summary(nanosecondsPerCycle: clock.nanosecondsPerCycle)
        board.show(status)
    }

    /// Does what a kill asks of the thread that writes to the venue; a few loads when there is none.
    @inline(__always)
    mutating func attend(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        control.pulse.gatewayBeats(at: now)
        guard control.stop.look != report.look || control.desk.cancelWishes != seenWishes || control.desk.isWatched
        else { return }
        obey(at: now, deliver)
    }

    private mutating func obey(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        let look = control.stop.look
        if look != report.look {
            report = GatewayReport()
            report.look = look
            report.seen = now
            cancelsBefore = connection.line.client.counters.cancels
            report.working = connection.forEachOpen { _ in }
            report.time = 0
        }
        let wishes = control.desk.cancelWishes
        if wishes != seenWishes {
            seenWishes = wishes
            let wish = control.desk.takeWish()
            if wish.isAll {
                connection.cancelAll(at: now, deliver)
            } else {
                connection.cancel(wish.orders, at: now, deliver)
            }
            report.time = 0
        }
        let cancels = connection.line.client.counters.cancels - cancelsBefore
        if cancels > 0, report.firstCancel == 0 { report.firstCancel = now }
        guard now - report.time >= 1_000_000 || cancels != report.cancels else { return }
        report.cancels = cancels
        tell(at: now)
    }

    private mutating func tell(at now: Nanoseconds) {
        var orders: [OpenOrder] = []
        let symbols = control.symbols
        report.open = connection.forEachOpen { orders.append(OpenOrder($0, symbols: symbols)) }
        report.orders = orders
        report.line = connection.line.state
        report.time = now
        control.pulse.tell(report)
    }

    /// Cancels everything because the engine's thread was not heard of for too long; again while it is not.
    mutating func guardSilence(at now: Nanoseconds, _ deliver: (Event) -> Void) {
        let silence = control.pulse.coreSilence(at: now)
        guard silence > control.settings.watchdog else {
            nextAlarm = 0
            return
        }
        guard now >= nextAlarm else { return }
        let isFirst = nextAlarm == 0
        nextAlarm = now + control.settings.watchdog
        let asked = connection.cancelAll(at: now, deliver)
        if isFirst, asked > 0 {
            control.warn("the engine was not heard of for \(silence / 1_000_000) ms: \(asked) orders are cancelled")
        }
    }

    /// Cancels what may still trade and waits for its end, at most `patience`: the engine can't any more.
    mutating func withdraw(patience: Nanoseconds) {
        let end = Sockets.now + patience
        var next: Nanoseconds = 0
        while connection.line.state != .down, Sockets.now < end {
            let now = Sockets.now
            if now >= next {
                next = now + 250_000_000
                connection.cancelAll(at: now) { _ in }
            }
            connection.poll(at: now) { _ in }
            attend(at: now) { _ in }
            if connection.forEachOpen({ _ in }) == 0 { break }
            Sockets.wait([], timeout: 1_000_000)
        }
        tell(at: Sockets.now)
    }
}
