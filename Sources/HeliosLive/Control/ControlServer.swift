// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import Synchronization

/// The thread behind a session's control socket: it shares nothing with the session's own threads that one of them could hold.
final class ControlServer: Sendable {
    /// Connections at once; one more ends that which has been silent the longest.
    private static var room: Int { 64 }
    /// Requests that are answered at once, kills apart: those have no bound here and share no thread with any other.
    private static var workers: Int { 8 }

    private let control: SessionControl
    private let path: String
    private let listener: Int32
    /// A byte written here wakes the thread.
    private let wake: (read: Int32, write: Int32)
    private let isEnding = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)
    private let busy = Atomic<Int>(0)

    /// - Parameters:
    ///   - control: what answers.
    ///   - path: the socket's.
    ///   - group: who may connect beside the owner.
    /// - Throws: `ControlSocketError` when the socket can't be had.
    init(_ control: SessionControl, path: String, group: String?) throws(ControlSocketError) {
        self.control = control
        self.path = path
        listener = try ControlSocket.listen(path, group: group)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            close(listener)
            throw ControlSocketError(path: path, reason: String(cString: strerror(errno)))
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        wake = (ends[0], ends[1])
        let thread = Thread { [self] in run() }
        thread.name = "helios control"
        thread.start()
    }

    deinit {
        close(listener)
        close(wake.read)
        close(wake.write)
    }

    /// Ends the thread; what was asked is answered first.
    func end() {
        isEnding.store(true, ordering: .releasing)
        ring()
        ended.wait()
        unlink(path)
    }

    private func ring() {
        var byte: UInt8 = 1
        _ = write(wake.write, &byte, 1)
    }

    private func run() {
        _ = LiveThread.apply(ThreadPlan(name: "helios control"))
        var clients: [ControlConnection] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let isEnding = isEnding.load(ordering: .acquiring)
            if isEnding, clients.allSatisfy({ $0.isDone }) { break }
            var interests = [pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0)]
            if !isEnding { interests.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0)) }
            interests += clients.map(\.interest)
            poll(&interests, nfds_t(interests.count), Int32(clamping: control.settings.idle / 4_000_000) + 1)
            while read(wake.read, &buffer, buffer.count) > 0 {}
            let now = Sockets.now
            if let descriptor = Sockets.accept(listener) {
                makeRoom(&clients)
                clients.append(ControlConnection(descriptor, at: now) { [weak self] in self?.ring() })
            }
            for client in clients { for request in client.read(&buffer, at: now) { answer(request, client) } }
            for client in clients { client.flush() }
            clients.removeAll { $0.isGone || $0.isIdle && now - $0.heard > control.settings.idle }
        }
        ended.signal()
    }

    /// Whoever comes may want to kill: somebody who says nothing makes room, or else whoever has been there the longest.
    private func makeRoom(_ clients: inout [ControlConnection]) {
        guard clients.count >= ControlServer.room else { return }
        let idle = clients.indices.filter { clients[$0].isIdle }
        let places = idle.isEmpty ? Array(clients.indices) : idle
        if let oldest = places.min(by: { clients[$0].heard < clients[$1].heard }) { clients.remove(at: oldest) }
    }

    private func answer(_ line: [UInt8], _ client: ControlConnection) {
        guard let request = ControlLine.decode(ControlRequest.self, line) else {
            return client.say(ControlAnswer("refused", "not a request", isLast: true, code: 2))
        }
        guard request.helios == ControlRequest.version else {
            let text = "edition \(request.helios) of the protocol is not spoken here, but \(ControlRequest.version)"
            return client.say(ControlAnswer("refused", text, isLast: true, code: 2))
        }
        guard request.verb == "kill" else { return serve(request, client) }
        guard let action = KillOrder.Action(rawValue: request.action ?? "killed") else {
            let text = "'\(request.action ?? "")' is nothing that a scope can be told"
            return client.say(ControlAnswer("refused", text, isLast: true, code: 2))
        }
        var order = KillOrder(
            scope: request.scope ?? "firm",
            action,
            reason: request.reason ?? "",
            person: request.person ?? ""
        )
        order.account = client.account
        do throws(ControlScopeError) {
            try control.kill(order) { client.say($0) }
        } catch {
            client.say(ControlAnswer("refused", "\(error)", isLast: true, code: 2))
        }
    }

    /// Answers what is no kill, on a thread of its own: the engine's receipt may take its time.
    private func serve(_ request: ControlRequest, _ client: ControlConnection) {
        guard busy.load(ordering: .relaxed) < ControlServer.workers else {
            return client.say(ControlAnswer("refused", "too much is asked at once: ask again", isLast: true, code: 4))
        }
        busy.add(1, ordering: .relaxed)
        Thread { [self] in
            control.serve(request, account: client.account) { client.say($0) }
            busy.subtract(1, ordering: .relaxed)
        }.start()
    }
}

/// One asker: what it has said so far, and what it has still to be told.
private final class ControlConnection: Sendable {
    private struct State {
        var input: [UInt8] = []
        var output: [UInt8] = []
        /// Requests that were not answered to the end.
        var open = 0
        var isOver = false
        /// When a whole line last came or was answered, or the connection; what was begun and not ended counts for nothing.
        var heard: Nanoseconds
    }

    private let descriptor: Int32
    /// Whose process it is.
    let account: String?
    private let state: Mutex<State>
    private let ring: @Sendable () -> Void

    init(_ descriptor: Int32, at now: Nanoseconds, ring: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        account = ControlSocket.account(descriptor)
        state = Mutex(State(heard: now))
        self.ring = ring
    }

    deinit { close(descriptor) }

    var interest: pollfd {
        let writes = state.withLock { !$0.output.isEmpty }
        return pollfd(fd: descriptor, events: Int16(POLLIN) | (writes ? Int16(POLLOUT) : 0), revents: 0)
    }

    var isDone: Bool { state.withLock { $0.isOver || $0.open == 0 && $0.output.isEmpty } }
    var isGone: Bool { state.withLock { $0.isOver } }
    /// Whether nothing is asked of us and nothing waits to be read.
    var isIdle: Bool { state.withLock { $0.open == 0 } }
    var heard: Nanoseconds { state.withLock { $0.heard } }

    /// Adds an answer; from any thread.
    func say(_ answer: ControlAnswer) {
        state.withLock { state in
            // Somebody who does not read must not fill our memory.
            if state.output.count < 1 << 20 { state.output += ControlLine.encode(answer) }
            if answer.isLast {
                state.open = max(state.open - 1, 0)
                state.heard = Sockets.now
            }
        }
        ring()
    }

    /// The whole lines that have come.
    func read(_ buffer: inout [UInt8], at now: Nanoseconds) -> [[UInt8]] {
        state.withLock { state in
            var lines: [[UInt8]] = []
            while !state.isOver {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0, Sockets.wouldWait { break }
                guard count > 0 else {
                    state.isOver = true
                    break
                }
                state.input += buffer[..<count]
                while let end = state.input.firstIndex(of: UInt8(ascii: "\n")) {
                    lines.append(Array(state.input[..<end]))
                    state.input.removeSubrange(...end)
                    state.open += 1
                    state.heard = now
                }
                if state.input.count > ControlRequest.longest { state.isOver = true }
            }
            return lines
        }
    }

    func flush() {
        state.withLock { state in
            while !state.output.isEmpty, !state.isOver {
                let count = state.output.withUnsafeBytes { ControlSocket.write(descriptor, $0) }
                if count < 0, Sockets.wouldWait { return }
                guard count > 0 else {
                    state.isOver = true
                    return
                }
                state.output.removeFirst(count)
            }
        }
    }
}
