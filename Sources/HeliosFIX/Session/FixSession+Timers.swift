// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

// What time brings about.
extension FixSession {
    /// Does what is due at `now`: heartbeats, tests, time-outs, the schedule, and what waited for room in the output.
    public mutating func tick(at now: Timestamp, into output: inout WireOutput) -> FixSessionEvent? {
        acknowledgeByItself()
        if let event = takePending() { return event }
        guard state != .disconnected else { return nil }
        pump(now, &output)
        switch state {
        case .disconnected: break
        case .awaitingLogon, .logonSent:
            if let period, now >= period.end {
                close(.schedule)
            } else if now >= connectedAt + configuration.logonTimeout {
                close(.logonTimeout)
            }
        case .logoutSent:
            if now >= logoutDeadline {
                close(logoutCause == .ourLogout ? .logoutTimeout : logoutCause)
                if configuration.resetOnLogout { reset(now) }
            }
        case .active, .resendPending: tickActive(now, &output)
        }
        return takePending()
    }

    private mutating func tickActive(_ now: Timestamp, _ output: inout WireOutput) {
        if let period, now >= period.end { return leave(.schedule, nil, now, &output) }
        if let sent = sentResetAt, now >= sent + configuration.logonTimeout { return close(.logonTimeout) }
        if heartbeat > 0 {
            if now >= lastReceived + span(configuration.silenceFactor) { return close(.silent) }
            if !isTestSent, now >= lastReceived + span(configuration.testRequestFactor) {
                isTestSent = true
                let id = texts[.testRequest]
                _ = emit(.testRequest, now, &output) { $0.put(.testReqID, id) }
            }
            // While a test waits for its answer, the test is the sign of life.
            if !isTestSent, now >= lastSent + span(1), !isBehind { _ = sendHeartbeat(nil, now, &output) }
        }
        if case .resendPending(let upTo) = state, let timeout = configuration.resendTimeout,
            now >= progressAt + timeout
        {
            ask(upTo, now, &output)
        }
    }

    /// So many heartbeats long.
    private func span(_ factor: Double) -> Nanoseconds {
        Nanoseconds(min(Double(heartbeat) * min(max(factor, 0.1), 1_000) * 1e9, 4e18))
    }

    /// When `tick` must be called at the latest; also as soon as an output that was full has room again.
    public func deadline(after now: Timestamp) -> Timestamp {
        if pendingClosure != nil || pendingGap != nil || pendingLogon != nil { return now }
        var next = period?.end ?? .never
        switch state {
        case .disconnected: return .never
        case .awaitingLogon, .logonSent: next = min(next, connectedAt + configuration.logonTimeout)
        case .logoutSent: next = logoutDeadline
        case .active, .resendPending:
            if heartbeat > 0 {
                next = min(next, lastReceived + span(configuration.silenceFactor))
                if !isTestSent {
                    next = min(next, lastReceived + span(configuration.testRequestFactor))
                    if !isBehind { next = min(next, lastSent + span(1)) }
                }
            }
            if let sent = sentResetAt { next = min(next, sent + configuration.logonTimeout) }
            if case .resendPending = state, let timeout = configuration.resendTimeout {
                next = min(next, progressAt + timeout)
            }
        }
        // While the output is full, it is looked at a thousand times a second.
        if isBehind { next = min(next, now + 1_000_000) }
        return next
    }
}
