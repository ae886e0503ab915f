// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import Synchronization

/// Writes notices on a thread of its own: an output that nobody reads must not hold up who trades.
final class NoticeQueue: Sendable {
    /// Notices that may wait; more are dropped, and their number is told.
    private static var room: Int { 4_096 }

    private struct State {
        var notices: [LiveNotice] = []
        var dropped = 0
        var isEnding = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let show: @Sendable (LiveNotice) -> Void

    init(_ show: @escaping @Sendable (LiveNotice) -> Void) {
        self.show = show
        let thread = Thread { [self] in run() }
        thread.name = "helios notices"
        thread.start()
    }

    /// Takes a notice; waits for nothing.
    func add(_ notice: LiveNotice) {
        state.withLock { state in
            if state.notices.count < NoticeQueue.room { state.notices.append(notice) } else { state.dropped += 1 }
        }
        bell.signal()
    }

    /// Waits until everything is written, or the output has taken nothing for two seconds.
    func end() {
        state.withLock { $0.isEnding = true }
        bell.signal()
        _ = ended.wait(timeout: .now() + 2)
    }

    private func run() {
        while true {
            bell.wait()
            let (notices, dropped, isEnding) = state.withLock { state in
                defer { (state.notices, state.dropped) = ([], 0) }
                return (state.notices, state.dropped, state.isEnding)
            }
            for notice in notices { show(notice) }
            if dropped > 0 { show(LiveNotice(.warning, "\(dropped) notices found no room")) }
            if isEnding { break }
        }
        ended.signal()
    }
}

/// SIGUSR1 stops the firm; a terminal that goes away, or an output that nobody reads, ends nothing.
final class SessionSignals: Sendable {
    private struct State {
        var control: SessionControl?
        /// It came before there was a session.
        var isWanted = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "helios signals")
    private nonisolated(unsafe) let source: any DispatchSourceSignal
    private let tell: @Sendable (LiveNotice) -> Void

    init(_ tell: @escaping @Sendable (LiveNotice) -> Void) {
        self.tell = tell
        for number in [SIGHUP, SIGPIPE, SIGUSR1] { signal(number, SIG_IGN) }
        source = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: queue)
        source.setEventHandler { [weak self] in self?.kill() }
        source.resume()
    }

    deinit { source.cancel() }

    /// From here on the signal stops this session.
    func attach(_ control: SessionControl) {
        let isWanted = state.withLock { state in
            state.control = control
            return state.isWanted
        }
        if isWanted { kill() }
    }

    private func kill() {
        let control = state.withLock { state in
            state.isWanted = true
            return state.control
        }
        guard let control else { return }
        let tell = tell
        do throws(ControlScopeError) {
            try control.kill(KillOrder(reason: "SIGUSR1", person: "a signal")) { answer in
                tell(LiveNotice(.warning, "kill, \(answer.step): \(answer.text)"))
            }
        } catch {
            tell(LiveNotice(.warning, "\(error)"))
        }
    }
}
