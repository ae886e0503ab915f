// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import Synchronization

/// The thread behind a session's control socket: it shares nothing with the session's own threads that one of them could hold.
final class ControlServer: Sendable {
    /// Connections at once; more wait.
    private static var room: Int { 16 }

    private let control: SessionControl
    private let path: String
    private let listener: Int32
    /// A byte written here wakes the thread.
    private let wake: (read: Int32, write: Int32)
    private let isEnding = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)
    private let serve: @Sendable (ControlRequest, @escaping @Sendable (ControlAnswer) -> Void) -> Void

    /// - Parameters:
    ///   - control: what kills go to.
    ///   - path: the socket's.
    ///   - serve: answers every verb but `kill`.
    /// - Throws: `ControlSocketError` when the socket can't be had.
    init(
        _ control: SessionControl,
        path: String,
        serve: @escaping @Sendable (ControlRequest, @escaping @Sendable (ControlAnswer) -> Void) -> Void
    ) throws(ControlSocketError) {
        self.control = control
        self.path = path
        self.serve = serve
        listener = try ControlSocket.listen(path)
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
            if clients.count < ControlServer.room, !isEnding {
                interests.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
            }
            interests += clients.map(\.interest)
            poll(&interests, nfds_t(interests.count), 1_000)
            while read(wake.read, &buffer, buffer.count) > 0 {}
            if clients.count < ControlServer.room, let descriptor = Sockets.accept(listener) {
                clients.append(ControlConnection(descriptor) { [weak self] in self?.ring() })
            }
            for client in clients { for request in client.read(&buffer) { answer(request, client) } }
            for client in clients { client.flush() }
            clients.removeAll { $0.isGone }
        }
        ended.signal()
    }

    private func answer(_ line: [UInt8], _ client: ControlConnection) {
        guard let request = ControlLine.decode(ControlRequest.self, line) else {
            return client.say(ControlAnswer("refused", "not a request", isLast: true, code: 2))
        }
        guard request.helios == ControlRequest.version else {
            let text = "edition \(request.helios) of the protocol is not spoken here, but \(ControlRequest.version)"
            return client.say(ControlAnswer("refused", text, isLast: true, code: 2))
        }
        guard request.verb == "kill" else { return serve(request) { client.say($0) } }
        guard let action = KillOrder.Action(rawValue: request.action ?? "killed") else {
            let text = "'\(request.action ?? "")' is nothing that a scope can be told"
            return client.say(ControlAnswer("refused", text, isLast: true, code: 2))
        }
        let order = KillOrder(
            scope: request.scope ?? "firm",
            action,
            reason: request.reason ?? "",
            person: request.person ?? ""
        )
        do throws(ControlScopeError) {
            try control.kill(order) { client.say($0) }
        } catch {
            client.say(ControlAnswer("refused", "\(error)", isLast: true, code: 2))
        }
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
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    private let ring: @Sendable () -> Void

    init(_ descriptor: Int32, ring: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.ring = ring
    }

    deinit { close(descriptor) }

    var interest: pollfd {
        let writes = state.withLock { !$0.output.isEmpty }
        return pollfd(fd: descriptor, events: Int16(POLLIN) | (writes ? Int16(POLLOUT) : 0), revents: 0)
    }

    var isDone: Bool { state.withLock { $0.isOver || $0.open == 0 && $0.output.isEmpty } }
    var isGone: Bool { state.withLock { $0.isOver } }

    /// Adds an answer; from any thread.
    func say(_ answer: ControlAnswer) {
        state.withLock { state in
            // Somebody who does not read must not fill our memory.
            if state.output.count < 1 << 20 { state.output += ControlLine.encode(answer) }
            if answer.isLast { state.open = max(state.open - 1, 0) }
        }
        ring()
    }

    /// The whole lines that have come.
    func read(_ buffer: inout [UInt8]) -> [[UInt8]] {
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
