// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk
import HeliosVenue
import Synchronization

/// One kill from the flag to the last cancelled order, on a thread of its own.
///
/// ```
///  flag ─► engine cancels ──────────────► all terminal?  ─► done
///            │ 250 ms: no answer              │ 1 s: no
///            ▼                                ▼
///          gateway cancels by itself        escalation: what, where, whom to call
///            │ it hangs too
///            ▼
///          connection cut, second login cancels
/// ```
final class KillRun: Sendable {
    private struct Progress {
        var receipt: ControlReceipt?
        var hasWorking = false
        var hasWatchdog = false
        var hasEscalated = false
        var nextWish: Nanoseconds = 0
        var rescue: RescueParty?
        var first: Nanoseconds = 0
    }

    private let order: KillOrder
    private let scope: ControlScope
    private let letter: UInt64
    private let look: UInt64
    private let began: Nanoseconds
    private let flagged: Nanoseconds
    private let entry: KillEntry
    private let control: SessionControl
    private let tell: @Sendable (ControlAnswer) -> Void
    private let progress = Mutex(Progress())
    private let ended = DispatchSemaphore(value: 0)
    private let hasSpoken = Atomic<Bool>(false)
    private let isDone = Atomic<Bool>(false)

    init(
        _ order: KillOrder,
        _ scope: ControlScope,
        letter: UInt64,
        look: UInt64,
        began: Nanoseconds,
        flagged: Nanoseconds,
        entry: KillEntry,
        control: SessionControl,
        tell: @escaping @Sendable (ControlAnswer) -> Void
    ) {
        self.order = order
        self.scope = scope
        self.letter = letter
        self.look = look
        self.began = began
        self.flagged = flagged
        self.entry = entry
        self.control = control
        self.tell = tell
    }

    private var stopsOrders: Bool { order.state >= .halted }

    private func say(
        _ step: String,
        _ text: String,
        _ change: (inout ControlAnswer) -> Void = { _ in }
    ) {
        var answer = ControlAnswer(step, text)
        answer.milliseconds = Double(Sockets.now - flagged) / 1e6
        change(&answer)
        tell(answer)
    }

    /// Says that the flag is set.
    func begin() {
        let micros = Double(flagged - began) / 1e3
        let what = "\(scope.text) \(order.action.rawValue)"
        if stopsOrders {
            say("flag", "\(what): no order leaves any more; the flag took \(KillRun.figure(micros)) µs") {
                $0.milliseconds = 0
            }
        } else {
            say("flag", "\(what): told to the engine") { $0.milliseconds = 0 }
        }
    }

    /// Follows it to its end.
    func follow() {
        let written = writeLog()
        while !step() { usleep(1_000) }
        control.desk.watch(false)
        hasSpoken.store(true, ordering: .releasing)
        let record = awaitRecord()
        if record > 0, awaitStorage(record) {
            written.wait()
            markJournalled(record)
        }
        isDone.store(true, ordering: .releasing)
        ended.signal()
    }

    func join() {
        ended.wait()
        ended.signal()
    }

    /// The journal's number of it, 0 when the journal has not got it.
    ///
    /// An engine that was taken for hung may write it down later: what is not marked as written by then is obeyed anew by the next
    /// start, even if two people have raised the scope meanwhile.
    private func awaitRecord() -> UInt64 {
        while true {
            let isLast = control.hasEnded
            if let receipt = progress.withLock({ $0.receipt }) ?? control.desk.receipt(letter) { return receipt.record }
            if isLast { return 0 }
            usleep(5_000)
        }
    }

    /// Waits until the journal has the record on stable storage, false when it never will: until then the log has the kill.
    private func awaitStorage(_ record: UInt64) -> Bool {
        while true {
            let isLast = control.hasEnded
            if control.isStored(record) { return true }
            if isLast { return false }
            usleep(5_000)
        }
    }

    /// Whether it has said its last word.
    var isSaid: Bool { hasSpoken.load(ordering: .acquiring) }

    /// Whether nothing is left to be done for it.
    var isOver: Bool { isDone.load(ordering: .acquiring) }

    /// Ends what nobody follows, because as many kills as can be are followed already.
    func leave() {
        _ = writeLog()
        control.desk.watch(false)
        say("unfinished", "too many kills are under way: this one holds and goes to the engine, but nobody watches it")
        {
            $0.isLast = true
            $0.code = 1
        }
    }

    // MARK: The file beside the journal

    /// Writes the kill down, on a thread of its own: a disk may hang too.
    private func writeLog() -> DispatchSemaphore {
        let written = DispatchSemaphore(value: 0)
        guard let log = control.log else {
            written.signal()
            return written
        }
        Thread { [self] in
            let number = log.write(entry)
            logNumber.withLock { $0 = number }
            if number == nil { control.warn("\(log.path): the kill could not be written down") }
            written.signal()
        }.start()
        return written
    }

    private let logNumber = Mutex<UInt64?>(nil)

    private func markJournalled(_ record: UInt64) {
        guard let log = control.log, let number = logNumber.withLock({ $0 }) else { return }
        var entry = entry
        entry.number = number
        entry.record = record
        _ = log.write(entry)
    }

    // MARK: Steps

    /// One look; true when it is over.
    private func step() -> Bool {
        progress.withLock { progress in
            let now = Sockets.now
            takeReceipt(&progress)
            let report = control.pulse.gatewayReport
            showWorking(&progress, report)
            guard stopsOrders else { return endWithoutCancels(&progress, now) }
            watch(&progress, report, at: now)
            if let left = open(progress, report), left.isEmpty {
                finish(&progress, report, at: now)
                return true
            }
            if now - flagged > control.settings.patience { escalate(&progress, report, at: now) }
            guard now - flagged > control.settings.limit || control.hasEnded else { return false }
            giveUp(progress, report)
            return true
        }
    }

    private func takeReceipt(_ progress: inout Progress) {
        guard progress.receipt == nil, let receipt = control.desk.receipt(letter) else { return }
        progress.receipt = receipt
        progress.first = Sockets.now
        if receipt.record > 0 {
            let what = "record \(receipt.record) of the journal says so"
            let result = receipt.refusal.map { "not done: \($0)" } ?? "the state is \(receipt.state)"
            say("journalled", "\(what); \(result)") {
                $0.record = receipt.record
            }
        } else {
            let log = control.log.map { "\($0.path) has it, and the next start obeys it" } ?? "nothing has it"
            say("journal", "\(receipt.refusal ?? "the journal takes nothing"): \(log)")
        }
    }

    private func showWorking(_ progress: inout Progress, _ report: GatewayReport) {
        guard stopsOrders, !progress.hasWorking, report.look >= look else { return }
        progress.hasWorking = true
        say("working", "\(report.working) orders could trade at that moment") { $0.count = report.working }
    }

    private func endWithoutCancels(_ progress: inout Progress, _ now: Nanoseconds) -> Bool {
        if let receipt = progress.receipt {
            // What the journal did not take is not refused: the next start obeys it.
            let code: Int32 = receipt.record == 0 ? 1 : receipt.refusal == nil ? 0 : 4
            say(code == 0 ? "done" : "refused", receipt.refusal ?? "the engine acts on it") {
                $0.isLast = true
                $0.code = code
            }
            return true
        }
        guard now - flagged > control.settings.limit || control.hasEnded else { return false }
        say("escalation", "the engine does not answer: 'helios kill' works without it") {
            $0.isLast = true
            $0.code = 1
        }
        return true
    }

    /// Orders that it covers and that may still trade; nil while nobody knows.
    private func open(_ progress: Progress, _ report: GatewayReport) -> [OpenOrder]? {
        if let rescue = progress.rescue {
            let said = rescue.report
            return said.isReady ? said.open : nil
        }
        guard report.look >= look, report.time > flagged, report.isComplete(for: scope.cover) else { return nil }
        if scope.cover == .all {
            // The engine's own view comes too while it answers: an order may be on its way between the two.
            if let receipt = progress.receipt, receipt.record > 0, report.time < progress.first { return nil }
            guard progress.receipt != nil || progress.hasWatchdog else { return nil }
            return report.orders
        }
        guard let receipt = progress.receipt, receipt.record > 0 else {
            return progress.hasWatchdog ? report.orders : nil
        }
        let covered = Set(receipt.covered)
        return report.orders.filter { covered.contains($0.order) }
    }

    /// Acts in the stead of a thread that does not.
    private func watch(_ progress: inout Progress, _ report: GatewayReport, at now: Nanoseconds) {
        let isDead = progress.receipt.map { $0.record == 0 } ?? (now - flagged > control.settings.watchdog)
        guard isDead || progress.hasEscalated else { return }
        if isDead, !progress.hasWatchdog {
            progress.hasWatchdog = true
            if progress.receipt == nil {
                let limit = control.settings.watchdog / 1_000_000
                say("watchdog", "the engine has not answered for \(limit) ms: everything is cancelled without it")
            }
        }
        if control.pulse.gatewaySilence(at: now) > control.settings.watchdog, progress.rescue == nil {
            let didCut = control.settings.rescues
            progress.rescue = control.rescue()
            if didCut, progress.rescue != nil {
                say(
                    "rescue",
                    "the thread that writes to the venue hangs: its connection is cut, and a second login cancels"
                )
            } else if !progress.hasEscalated, control.pulse.cut() {
                say("cut", "the thread that writes to the venue hangs: its connection is cut")
            }
        }
        guard now >= progress.nextWish else { return }
        // An engine that does not answer is not to be trusted with any order; one that does has said which ones it covers.
        if isDead || scope.cover == .all {
            control.desk.wishCancels()
        } else if let receipt = progress.receipt {
            control.desk.wishCancels(of: receipt.covered)
        } else {
            return
        }
        progress.nextWish = now + control.settings.watchdog
    }

    private func finish(_ progress: inout Progress, _ report: GatewayReport, at now: Nanoseconds) {
        let said = progress.rescue?.report
        let cancels = said.map { Int($0.cancels) } ?? Int(report.cancels)
        if cancels > 0 {
            let first = (said?.firstCancel ?? report.firstCancel) - flagged
            say("cancels", "\(cancels) cancels sent, the first after \(KillRun.figure(Double(first) / 1e6)) ms") {
                $0.count = cancels
            }
        }
        let time = (said?.time ?? report.time) - flagged
        say("terminal", "every order it covers has ended, after \(KillRun.figure(Double(max(time, 0)) / 1e6)) ms") {
            $0.milliseconds = Double(max(time, 0)) / 1e6
            $0.isLast = true
        }
    }

    private func escalate(_ progress: inout Progress, _ report: GatewayReport, at now: Nanoseconds) {
        guard !progress.hasEscalated else { return }
        progress.hasEscalated = true
        let left = open(progress, report)
        let what = left.map { "\($0.count) orders may still trade" } ?? "nobody knows which orders may still trade"
        say("escalation", "\(what) after \((now - flagged) / 1_000_000) ms; \(report.account)") {
            $0.orders = left ?? report.orders
            $0.contacts = control.settings.contacts
        }
    }

    private func giveUp(_ progress: Progress, _ report: GatewayReport) {
        let left = open(progress, report) ?? report.orders
        let why = control.hasEnded ? "the session has ended" : "the time is over"
        say("unfinished", "\(why): \(left.count) orders may still trade: call the venue") {
            $0.orders = left
            $0.contacts = control.settings.contacts
            $0.isLast = true
            $0.code = 1
        }
    }

    private static func figure(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
