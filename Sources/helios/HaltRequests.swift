// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosSurveillance
import Synchronization

/// Asks a session to halt something, on threads of their own: a session that does not answer must not keep its monitor from telling
/// alerts.
final class HaltRequests: Sendable {
    private struct Standing {
        /// Scopes that were asked for and not answered yet.
        var open: Set<String> = []
        var words: [String] = []
    }

    private let path: String
    private let standing = Mutex(Standing())

    /// - Parameter path: the session's control socket.
    init(_ path: String) { self.path = path }

    /// Asks for `scope` to be halted; nothing while the same was asked and is not answered.
    func send(_ scope: String, because alert: RiskAlertRecord) {
        guard standing.withLock({ $0.open.insert(scope).inserted }) else { return }
        var request = ControlRequest("kill")
        request.scope = scope
        request.action = KillOrder.Action.halted.rawValue
        request.reason = "\(alert.control.name) \(alert.finding): \(alert.text)"
        request.person = "helios risk watch"
        let asked = request
        Thread { [self] in
            do throws(ControlSocketError) {
                let client = try ControlClient(path)
                try client.ask(asked) { answer in
                    if answer.isLast || answer.step == "refused" || answer.step == "flag" {
                        say("\(scope): \(answer.text)")
                    }
                }
            } catch {
                say("\(scope) could not be halted: \(error)")
            }
            standing.withLock { _ = $0.open.remove(scope) }
        }.start()
    }

    private func say(_ word: String) { standing.withLock { $0.words.append(word) } }

    /// What was answered since the last time.
    func takeWords() -> [String] {
        standing.withLock { standing in
            defer { standing.words = [] }
            return standing.words
        }
    }

    /// Waits until everything is answered, so long at most.
    func wait(seconds: Int) {
        for _ in 0..<seconds * 20 where standing.withLock({ !$0.open.isEmpty }) { usleep(50_000) }
    }
}
