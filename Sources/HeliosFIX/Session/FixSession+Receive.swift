// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

// What is done with a message that came, in the order of the checks.
extension FixSession {
    /// Checks a message, and deals with it when it is its turn.
    mutating func receive(
        _ message: FixMessage,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> FixSessionEvent? {
        if state == .awaitingLogon || state == .logonSent {
            receiveFirst(message, now, &output)
            return nil
        }
        let type = message.type
        // After a fault, only the answer to our Logout counts.
        if isFaulted {
            guard type == .logout else { return nil }
            close(logoutCause)
            if configuration.resetOnLogout { reset(now) }
            return nil
        }
        guard message.value(0).packed == configuration.id.version.beginString else {
            fault(.beginString, "Incorrect BeginString", now, &output)
            return nil
        }
        let header = FixHeader(message)
        if sentResetAt != nil, type != .logon { return nil }
        guard let sequence = header.sequence else {
            sendLogout("MsgSeqNum missing", now, &output)
            close(.noSequence)
            return nil
        }
        if let rejection = problem(message, header, now) {
            return turnAway(message, header, rejection, now, &output)
        }
        switch type {
        case .logout: return receiveLogout(message, sequence, now, &output)
        case .sequenceReset where message[.gapFillFlag]?.bool != true:
            receiveReset(message, sequence, now, &output)
            return nil
        case .logon where message[.resetSeqNumFlag]?.bool == true:
            receiveResetLogon(message, sequence, now, &output)
            return nil
        default: break
        }
        if sequence > nextIn {
            receiveEarly(message, header, sequence, now, &output)
            return nil
        }
        if sequence < nextIn {
            receiveLow(message, header, sequence, now, &output)
            return nil
        }
        return perform(message, header, now, &output)
    }

    /// What is wrong with type, fields, CompIDs or time; nil when nothing is.
    private mutating func problem(_ message: FixMessage, _ header: FixHeader, _ now: Timestamp) -> FixRejection? {
        if var rejection = checker?.check(message) {
            if rejection.reason == .invalidMsgType {
                rejection.tag = configuration.profile.namesTagOfHeader ? .msgType : nil
            }
            return rejection
        }
        if let application = header.application, configuration.id.version == .fixt11,
            (application.unsigned ?? .max) > 10
        {
            return FixRejection(.invalidApplicationVersion, .applVerID)
        }
        if configuration.checksCompIDs, !hasRightIDs(header) { return FixRejection(.compIDProblem) }
        return problemOfTime(header, now)
    }

    func hasRightIDs(_ header: FixHeader) -> Bool {
        guard let sender = header.sender, let target = header.target else { return false }
        return sender.equals(FixValue(texts[.target])) && target.equals(FixValue(texts[.sender]))
    }

    private func problemOfTime(_ header: FixHeader, _ now: Timestamp) -> FixRejection? {
        guard let tolerance = configuration.sendingTimeTolerance else { return nil }
        guard let value = header.sendingTime else { return FixRejection(.requiredTagMissing, .sendingTime) }
        guard let time = value.timestamp else { return FixRejection(.incorrectDataFormat, .sendingTime) }
        guard FixSession.distance(time, now) > UInt64(max(tolerance, 0)) else { return nil }
        return FixRejection(.sendingTimeAccuracy, configuration.profile.namesTagOfHeader ? .sendingTime : nil)
    }

    /// Nanoseconds between two times, without overflow.
    static func distance(_ a: Timestamp, _ b: Timestamp) -> UInt64 {
        a > b
            ? UInt64(bitPattern: a.nanoseconds &- b.nanoseconds)
            : UInt64(bitPattern: b.nanoseconds &- a.nanoseconds)
    }

    /// Rejects a message that is not sound, ends the session when names or clock are wrong, and tells of an application message.
    private mutating func turnAway(
        _ message: FixMessage,
        _ header: FixHeader,
        _ rejection: FixRejection,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> FixSessionEvent? {
        let fault: FixFault? =
            switch rejection.reason {
            case .compIDProblem: .compID
            case .sendingTimeAccuracy: .sendingTime
            default: nil
            }
        let isApplication = !message.type.isSession
        let isNew = header.sequence.map { $0 >= nextIn } ?? true
        if isApplication, fault != nil, configuration.losesNothing {
            // Its number stays open, so that it is asked for after the next Logon.
            sendReject(message, rejection, now, &output)
        } else {
            if isApplication, header.sequence == nextIn { hasUnacknowledged = true }
            refuse(message, header, rejection, now, &output)
        }
        if let fault { self.fault(fault, nil, now, &output) }
        return isApplication && isNew ? .refused(message, rejection) : nil
    }

    /// Rejects a message; its number is used up when it was its turn.
    mutating func refuse(
        _ message: FixMessage,
        _ header: FixHeader,
        _ rejection: FixRejection,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        sendReject(message, rejection, now, &output)
        guard header.sequence == nextIn else { return }
        // The number that a reset names says nothing.
        if message.type == .sequenceReset, message[.gapFillFlag]?.bool != true { return }
        advance(to: nextIn + 1, now, &output)
    }

    // MARK: Out of turn

    /// A number that is too high: the message waits, and what is missing is asked for.
    private mutating func receiveEarly(
        _ message: FixMessage,
        _ header: FixHeader,
        _ sequence: UInt64,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        if message.type == .resendRequest {
            // Answered at once: both sides may wait for each other.
            early.insert(sequence, .empty)
            answerResend(message, header, now, &output)
        } else {
            early.insert(sequence, message.bytes)
        }
        askFor(upTo: sequence - 1, isResent: header.isPossDup, now, &output)
    }

    /// A number that was there before.
    private mutating func receiveLow(
        _ message: FixMessage,
        _ header: FixHeader,
        _ sequence: UInt64,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        guard header.isPossDup else {
            if message.type == .resendRequest, configuration.profile.answersLowResendRequests {
                return answerResend(message, header, now, &output)
            }
            sendLogout("MsgSeqNum too low, expecting \(nextIn) but received \(sequence)", now, &output)
            return close(.tooLow(expected: nextIn, received: sequence))
        }
        // A gap fill that begins before what is expected may end behind it; the rest is asked for when it is missed.
        guard message.type != .sequenceReset else { return }
        guard let original = header.origSendingTime else {
            return sendReject(message, FixRejection(.requiredTagMissing, .origSendingTime), now, &output)
        }
        guard let first = original.timestamp else {
            return sendReject(message, FixRejection(.incorrectDataFormat, .origSendingTime), now, &output)
        }
        guard let second = header.sendingTime?.timestamp, first <= second else {
            let tag: FixTag? = configuration.profile.namesTagOfHeader ? .origSendingTime : nil
            sendReject(message, FixRejection(.sendingTimeAccuracy, tag), now, &output)
            return fault(.origSendingTime, nil, now, &output)
        }
    }

    // MARK: In turn

    /// Deals with the message whose turn it is.
    mutating func perform(
        _ message: FixMessage,
        _ header: FixHeader,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> FixSessionEvent? {
        let sequence = nextIn
        switch message.type {
        case .heartbeat: advance(to: sequence + 1, now, &output)
        case .testRequest: answerTest(message, header, now, &output)
        case .resendRequest:
            advance(to: sequence + 1, now, &output)
            answerResend(message, header, now, &output)
        case .sequenceReset: fillGap(message, header, now, &output)
        case .reject:
            advance(to: sequence + 1, now, &output)
            return .rejected(message)
        case .logon: advance(to: sequence + 1, now, &output)
        case .logout: return receiveLogout(message, sequence, now, &output)
        default:
            hasUnacknowledged = true
            advance(to: sequence + 1, now, &output)
            return .message(
                message,
                FixDelivery(sequence: sequence, possDup: header.isPossDup, possResend: header.isPossResend)
            )
        }
        return nil
    }

    private mutating func answerTest(
        _ message: FixMessage,
        _ header: FixHeader,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        guard let id = message[.testReqID], !id.isEmpty else {
            return refuse(message, header, FixRejection(.requiredTagMissing, .testReqID), now, &output)
        }
        advance(to: nextIn + 1, now, &output)
        _ = sendHeartbeat(id, now, &output)
    }

    /// GapFill in sequence.
    private mutating func fillGap(
        _ message: FixMessage,
        _ header: FixHeader,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        guard let value = message[.newSeqNo] else {
            return refuse(message, header, FixRejection(.requiredTagMissing, .newSeqNo), now, &output)
        }
        guard let number = value.unsigned, number > nextIn, number < .max / 2 else {
            let tag: FixTag? = configuration.profile.namesTagOfSequenceReset ? .newSeqNo : nil
            return refuse(message, header, FixRejection(.valueOutOfRange, tag), now, &output)
        }
        advance(to: number, now, &output)
    }

    /// SequenceReset without GapFillFlag: its own number says nothing.
    private mutating func receiveReset(
        _ message: FixMessage,
        _ sequence: UInt64,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        guard let value = message[.newSeqNo] else {
            return sendReject(message, FixRejection(.requiredTagMissing, .newSeqNo), now, &output)
        }
        guard let number = value.unsigned, number >= nextIn, number < .max / 2 else {
            let tag: FixTag? = configuration.profile.namesTagOfSequenceReset ? .newSeqNo : nil
            return sendReject(message, FixRejection(.valueOutOfRange, tag), now, &output)
        }
        if number > nextIn { advance(to: number, now, &output) }
    }

    /// A Logout of the peer's: acted on at once, whatever its number.
    private mutating func receiveLogout(
        _ message: FixMessage,
        _ sequence: UInt64,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> FixSessionEvent? {
        peerText = message[.text]?.text
        if sequence == nextIn { advance(to: nextIn + 1, now, &output) }
        if state == .logoutSent {
            close(logoutCause)
        } else {
            sendLogout(nil, now, &output)
            close(.peerLogout)
        }
        if configuration.resetOnLogout { reset(now) }
        return nil
    }

    // MARK: Numbers

    /// The next message that is expected is `number`.
    mutating func advance(to number: UInt64, _ now: Timestamp, _ output: inout WireOutput) {
        nextIn = number
        progressAt = now
        if !hasUnacknowledged { store.setNextIn(number) }
        guard case .resendPending(let upTo) = state else { return }
        if number > upTo {
            state = .active
        } else if number > chunkEnd {
            ask(upTo, now, &output)
        }
    }
}
