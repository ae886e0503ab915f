// SPDX-License-Identifier: MIT
#if Network
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire
import Synchronization

/// FIX sessions by hand, for both roles.
enum FixTrial {
    // MARK: Connecting

    static func connect(_ address: String, _ options: FixTrialOptions, wait: Double) throws {
        let (host, port) = try fixEndpoint(address)
        let dictionary = try options.makeDictionary()
        let show = FixTrialView(dictionary: try options.makeDictionary(), isRaw: options.raw)
        let progress = FixTrialProgress()
        let orders = Mutex(FixTrialOrders(at: utcNow()))
        let configuration = try options.configuration(.initiator)
        let initiator: FixInitiator
        do throws(TLSError) {
            initiator = try FixInitiator(
                host: host,
                port: port,
                tls: options.tls,
                configuration: configuration,
                dictionary: dictionary,
                retry: nil,
                hooks: hooks(show, progress) { _, _ in }
            )
        } catch { throw Failure(.usage, "\(error)") }
        guard progress.waitForLogon(seconds: 15) else {
            initiator.close()
            throw Failure(.unreachable, "\(address): \(progress.ending ?? "no answer to our Logon")")
        }
        var isTold = false
        while !isTold, !progress.isOver, let line = readLine() {
            let text = line.trimmingCharacters(in: .whitespaces)
            guard !text.isEmpty else { continue }
            do throws(FixTrialWords.Mistake) {
                let words = try FixTrialWords(text)
                if words == .quit { break }
                if case .logout = words { isTold = true }
                let done = DispatchSemaphore(value: 0)
                initiator.run { peer in
                    orders.withLock { perform(words, peer, &$0, show) }
                    done.signal()
                }
                done.wait()
            } catch { Console.complain(error.text) }
        }
        if !isTold, !progress.isOver {
            Thread.sleep(forTimeInterval: wait)
            initiator.leave()
        }
        progress.waitForEnd(seconds: 5)
        initiator.close()
    }

    private static func perform(
        _ words: FixTrialWords,
        _ peer: FixPeer,
        _ orders: inout FixTrialOrders,
        _ show: FixTrialView
    ) {
        let isSent: Bool
        switch words {
        case .send(let type, let fields):
            let number = FixMsgType(type).flatMap { type in
                peer.send(type) { writer in
                    for field in fields { writer.putText(FixTag(rawValue: field.tag), field.value) }
                }
            }
            isSent = number != nil
        case .order, .cancel, .replace, .status:
            guard let sent = FixTrialMessages.send(words, peer, &orders) else {
                return Console.complain("there is no such order here")
            }
            isSent = sent
        case .test(let text): isSent = peer.testRequest(text)
        case .resend(let from, let to): isSent = peer.requestResend(from: from, to: to)
        case .reset: isSent = peer.resetSequence()
        case .skip(let count):
            peer.skip(count)
            isSent = true
        case .numbers:
            Console.show("next out \(peer.nextOut), next in \(peer.nextIn)")
            isSent = true
        case .logout(let text):
            peer.logout(text)
            isSent = true
        case .help:
            Console.show(FixTrialWords.guide)
            isSent = true
        case .quit: isSent = true
        }
        if !isSent { Console.complain("not sent: the session is not logged on") }
    }

    // MARK: Accepting

    static func accept(
        _ address: String,
        _ options: FixTrialOptions,
        fills: Bool,
        echoes: Bool,
        swallows: Bool
    ) throws {
        let (host, port) = try fixEndpoint(address)
        let dictionary = try options.makeDictionary()
        let show = FixTrialView(dictionary: try options.makeDictionary(), isRaw: options.raw)
        var configuration = try options.configuration(.acceptor)
        if swallows { configuration.resync = .nextCheckSum }
        let seen = Mutex(Set<String>())
        let groups = FixTrialGroups(dictionary)
        let executions = Mutex(0)
        let acceptor: FixAcceptor
        do throws(TLSError) {
            acceptor = try FixAcceptor(
                host: host,
                port: port,
                tls: options.tls,
                sessions: [configuration],
                dictionary: { _ in dictionary },
                hooks: hooks(show, FixTrialProgress()) { peer, event in
                    guard case .message(let message, let delivery) = event else { return }
                    if echoes {
                        seen.withLock { FixTrialMessages.echo(message, delivery, peer, groups: groups, seen: &$0) }
                    }
                    if fills { executions.withLock { FixTrialMessages.fill(message, peer, count: &$0) } }
                },
                refuse: { Console.warn("a connection was closed: \($0.printable)") }
            )
        } catch { throw Failure(error.isUnreachable ? .unreachable : .usage, "\(error)") }
        Console.note("listening at \(host):\(acceptor.port) for \(configuration.id.target)")
        let stop = StopRequests()
        while !stop.isAsked { Thread.sleep(forTimeInterval: 0.05) }
        acceptor.forEach { $0.logout("the other side was stopped") }
        Thread.sleep(forTimeInterval: 0.2)
        acceptor.close()
    }

    private static func hooks(
        _ show: FixTrialView,
        _ progress: FixTrialProgress,
        _ answer: @escaping @Sendable (FixPeer, FixSessionEvent) -> Void
    ) -> FixPeerHooks {
        FixPeerHooks(
            clock: utcNow,
            trace: { _, direction, bytes in show.trace(direction, bytes) },
            take: { peer, event in
                progress.take(event, peer)
                show.tell(event, peer)
                if case .session(let event) = event { answer(peer, event) }
            }
        )
    }
}

/// How far a trial is, for the thread that waits.
final class FixTrialProgress: Sendable {
    private struct State {
        var isOn = false
        var isOver = false
        var ending: String?
    }

    private let state = Mutex(State())

    var isOver: Bool { state.withLock { $0.isOver } }
    /// Why it ended, when somebody said.
    var ending: String? { state.withLock { $0.ending } }

    func take(_ event: FixPeerEvent, _ peer: FixPeer) {
        state.withLock { state in
            switch event {
            case .session(.loggedOn): state.isOn = true
            case .session(.closed(let reason)): state.ending = peer.peerText ?? "\(reason)"
            case .disconnected(let reason):
                state.isOver = true
                state.ending = state.ending ?? reason
            default: break
            }
        }
    }

    /// Whether the session is there within the time.
    func waitForLogon(seconds: Double) -> Bool {
        wait(seconds) { $0.isOn || $0.isOver }
        return state.withLock { $0.isOn }
    }

    func waitForEnd(seconds: Double) { wait(seconds) { $0.isOver } }

    private func wait(_ seconds: Double, _ isDone: (borrowing State) -> Bool) {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end, !state.withLock({ isDone($0) }) { Thread.sleep(forTimeInterval: 0.005) }
    }
}

/// Ctrl-C and TERM as a question.
private final class StopRequests {
    private let sources: [any DispatchSourceSignal]
    private let asked = Asked()

    private final class Asked: Sendable {
        let value = Mutex(false)
    }

    init() {
        let asked = asked
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { asked.value.withLock { $0 = true } }
            source.resume()
            return source
        }
    }

    var isAsked: Bool { asked.value.withLock { $0 } }
}
#endif
