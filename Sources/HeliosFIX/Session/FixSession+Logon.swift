// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

// Logging on, and resets by Logon.
extension FixSession {
    /// The first message of a connection.
    mutating func receiveFirst(_ message: FixMessage, _ now: Timestamp, _ output: inout WireOutput) {
        let type = message.type
        if state == .logonSent, type == .logout {
            // The peer does not want us.
            peerText = message[.text]?.text
            if FixHeader(message).sequence == nextIn { advance(to: nextIn + 1, now, &output) }
            if configuration.resetOnLogout { reset(now) }
            return close(.peerLogout)
        }
        guard type == .logon else { return close(.notLogon) }
        guard message.value(0).packed == configuration.id.version.beginString else {
            return refuseLogon(.beginString, "Incorrect BeginString", now, &output)
        }
        let header = FixHeader(message)
        guard let sequence = header.sequence else { return refuseLogon(.malformed, nil, now, &output) }
        guard !configuration.checksCompIDs || hasRightIDs(header) else {
            return refuseLogon(.compID, nil, now, &output)
        }
        if let tolerance = configuration.sendingTimeTolerance {
            guard let time = header.sendingTime?.timestamp,
                FixSession.distance(time, now) <= UInt64(max(tolerance, 0))
            else { return refuseLogon(.sendingTime, nil, now, &output) }
        }
        beginPeriod(now)
        if configuration.schedule != nil, period == nil { return refuseLogon(.schedule, nil, now, &output) }
        guard isWellFormed(message, now, &output) else { return }
        if let refusal, let text = refusal(message) {
            return refuseLogon(.unwanted, saying: text, now, &output)
        }
        logon(message, header, sequence, now, &output)
    }

    /// Closes without an answer, or with one when the profile says so.
    private mutating func refuseLogon(
        _ refusal: FixRefusal,
        _ text: String?,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        if configuration.profile.answersRefusedLogon { sendLogout(text, now, &output) }
        close(.refused(refusal))
    }

    /// A Logon that is answered by a Logout with a text.
    private mutating func refuseLogon(
        _ refusal: FixRefusal,
        saying text: String,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        sendLogout(text, now, &output)
        close(.refused(refusal))
    }

    private mutating func isWellFormed(
        _ message: FixMessage,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> Bool {
        let rejection = checker?.check(message)
        guard rejection == nil, let seconds = message[.heartBtInt]?.int, seconds >= 0, seconds <= 86_400,
            message[.encryptMethod]?.int == 0
        else {
            refuseLogon(.malformed, nil, now, &output)
            return false
        }
        if configuration.id.version == .fixt11 {
            guard let application = message[.defaultApplVerID] else {
                refuseLogon(.malformed, nil, now, &output)
                return false
            }
            guard application.equals(FixValue(texts[.application])) else {
                refuseLogon(.application, saying: "DefaultApplVerID is not supported", now, &output)
                return false
            }
        }
        guard configuration.role == .acceptor else { return true }
        let range = configuration.heartbeatRange
        guard range.contains(Int(seconds)) else {
            let text = "HeartBtInt must be from \(range.lowerBound) to \(range.upperBound)"
            refuseLogon(.heartbeat, saying: text, now, &output)
            return false
        }
        heartbeat = Int(seconds)
        return true
    }

    /// A Logon that is well formed.
    private mutating func logon(
        _ message: FixMessage,
        _ header: FixHeader,
        _ sequence: UInt64,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        let isInitiator = state == .logonSent
        let isReset = message[.resetSeqNumFlag]?.bool == true
        if isReset {
            guard sequence == 1 else {
                return refuseLogon(.reset, saying: "ResetSeqNumFlag needs MsgSeqNum 1", now, &output)
            }
            // An initiator that has reset already keeps the number of its own Logon.
            if isInitiator, sentResetAt != nil { confirmReset() } else { reset(now) }
        } else if !isInitiator, configuration.resetOnLogon {
            reset(now)
        }
        if sequence < nextIn {
            if !header.isPossDup {
                sendLogout("MsgSeqNum too low, expecting \(nextIn) but received \(sequence)", now, &output)
            }
            return close(.tooLow(expected: nextIn, received: sequence))
        }
        let expected = message[.nextExpectedMsgSeqNum]?.unsigned
        let before = store.nextOut
        if let expected, !isReset, !store.isResetOpen, expected > before || expected == 0 {
            let text = "NextExpectedMsgSeqNum too high, expecting \(before) but received \(expected)"
            return refuseLogon(.nextExpected, saying: text, now, &output)
        }
        let isInTurn = sequence == nextIn
        // An acceptor's reset that was not confirmed is asked for with its answer.
        let asksForReset = !isInitiator && store.isResetOpen
        if !isInitiator || (isReset && sentResetAt == nil) {
            let next = asksForReset ? 1 : isInTurn ? nextIn + 1 : nextIn
            guard sendLogon(isReset: isReset || asksForReset, next, now, &output) else { return close(.refused(.room)) }
        }
        state = .active
        sentResetAt = asksForReset ? now : nil
        pendingLogon = isReset
        progressAt = now
        // The peer says what it lacks, so what it lacks is not asked for; so do we, when our Logon had the field.
        if let expected, !isReset, !asksForReset, expected < before { replay(expected, before - 1, now, &output) }
        guard !isInTurn else { return advance(to: nextIn + 1, now, &output) }
        early.insert(sequence, .empty)
        if sendsNextExpected, expected != nil {
            waitFor(upTo: sequence - 1, now)
        } else {
            askFor(upTo: sequence - 1, isResent: false, now, &output)
        }
    }

    /// The peer has confirmed our reset: its messages begin at 1.
    private mutating func confirmReset() {
        nextIn = 1
        hasUnacknowledged = false
        early.removeAll()
        store.confirmReset()
        if case .resendPending = state { state = .active }
    }

    // MARK: Resets while active

    /// A Logon with ResetSeqNumFlag while logged on: both sides begin again, or it is the answer to ours.
    mutating func receiveResetLogon(
        _ message: FixMessage,
        _ sequence: UInt64,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        guard sequence == 1 else {
            sendLogout("ResetSeqNumFlag needs MsgSeqNum 1", now, &output)
            return close(.refused(.reset))
        }
        if sentResetAt != nil {
            sentResetAt = nil
            confirmReset()
        } else {
            reset(now)
            guard sendLogon(isReset: true, 2, now, &output) else { return close(.refused(.room)) }
        }
        pendingLogon = true
        advance(to: 2, now, &output)
    }

    /// Begins both sequences again while logged on; the peer's answer comes as `loggedOn(isReset: true)`.
    ///
    /// Until then what the peer had sent before is delivered under its old numbers, and nothing can be sent. A reset that is not
    /// confirmed is asked for with each Logon, over connections and restarts. False when the session is not logged on, or the output is full.
    public mutating func resetSequence(at now: Timestamp, into output: inout WireOutput) -> Bool {
        guard state.isLoggedOn, sentResetAt == nil, replayEnd < replayNext, unsent == store.nextOut,
            output.remaining >= 512
        else { return false }
        store.beginReset(at: now)
        forgetSent()
        sentResetAt = now
        return sendLogon(isReset: true, 1, now, &output)
    }
}
