// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

// What is sent.
extension FixSession {
    /// Sends an application message.
    ///
    /// - Parameters:
    ///   - type: an application message's type.
    ///   - isPossResend: whether the content may have been sent before under another number.
    ///   - isQueued: whether the message gets its number and is kept even when the session is not logged on, or the output has
    ///     no room; the peer gets it after the next Logon, or when there is room.
    ///   - isStored: whether the message is kept, so that it can be sent again; without, its number is filled when the peer
    ///     asks for it, and it can't wait: it goes at once or not at all.
    ///   - now: UTC.
    ///   - output: where it goes.
    ///   - body: writes the fields behind the header; further fields of the header come first.
    /// - Returns: its number; nil when it was not taken: not logged on, too long, or no room in store or output.
    public mutating func send(
        _ type: FixMsgType,
        isPossResend: Bool = false,
        isQueued: Bool = false,
        isStored: Bool = true,
        at now: Timestamp,
        into output: inout WireOutput,
        _ body: (inout FixWriter) -> Void
    ) -> UInt64? {
        let isLive = state.isLoggedOn && sentResetAt == nil
        guard isLive || isQueued, !type.isSession, type.rawValue != 0 else { return nil }
        if isLive { pump(now, &output) }
        let sequence = store.nextOut
        beginMessage(type, sequence, now, possResend: isPossResend)
        body(&writer)
        guard let bytes = writer.finish(configuration.id.version) else { return nil }
        // What is behind something that waits for room goes out after it.
        let isDeferred = !isLive || isBehind || isQueued && isStored && output.remaining < bytes.count
        guard isDeferred ? isStored : output.remaining >= bytes.count else { return nil }
        if isStored {
            guard store.append(sequence, bytes) else { return nil }
        } else {
            store.setNextOut(sequence + 1)
        }
        guard !isDeferred else {
            // Behind what waits for room, it waits too.
            if !isLive, unsent == sequence { unsent = store.nextOut }
            return sequence
        }
        unsent = store.nextOut
        lastSent = now
        _ = output.append(bytes)
        return sequence
    }

    /// Begins our Logout; the connection ends with the peer's answer, or without after a while.
    public mutating func logout(_ text: String? = nil, at now: Timestamp, into output: inout WireOutput) {
        switch state {
        case .active, .resendPending: leave(.ourLogout, text, now, &output)
        case .awaitingLogon, .logonSent: close(.ourLogout)
        case .disconnected, .logoutSent: break
        }
    }

    /// Rejects a message that was delivered, on the session's level.
    public mutating func reject(
        _ message: FixMessage,
        _ rejection: FixRejection,
        at now: Timestamp,
        into output: inout WireOutput
    ) {
        guard state.isLoggedOn else { return }
        sendReject(message, rejection, now, &output)
    }

    /// Refuses a message that was delivered, by BusinessMessageReject (j).
    ///
    /// - Parameters:
    ///   - message: what is refused.
    ///   - reason: BusinessRejectReason, 380; 3 for a type that the application does not take.
    ///   - text: instead of the reason's usual text.
    ///   - referenceID: BusinessRejectRefID, 379: the business identifier in the message.
    ///   - now: UTC.
    ///   - output: where it goes.
    /// - Returns: its number; nil when it could not be sent.
    public mutating func businessReject(
        _ message: FixMessage,
        reason: Int,
        text: String? = nil,
        referenceID: FixValue? = nil,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> UInt64? {
        let sendsApplication =
            configuration.id.version == .fixt11 && configuration.profile.sendsApplicationInBusinessReject
        let application = configuration.application
        return send(.businessMessageReject, at: now, into: &output) { writer in
            if let number = message[.msgSeqNum] { writer.put(.refSeqNum, number) }
            if let text { writer.putText(.text, text) } else { writer.put(.text, FixReason.business(reason)) }
            writer.put(.refMsgType, message.value(2))
            if let referenceID { writer.put(.businessRejectRefID, referenceID) }
            writer.put(.businessRejectReason, reason)
            if sendsApplication { writer.put(.defaultApplVerID, Int(application.rawValue)) }
        }
    }

    // MARK: The session's own

    /// Digits of a second's parts in what is sent.
    var timeDigits: Int {
        configuration.id.version.rawValue < FixVersion.fix42.rawValue ? 0 : configuration.timestampDigits
    }

    /// Begins a message: the header, tags ascending.
    mutating func beginMessage(
        _ type: FixMsgType,
        _ sequence: UInt64,
        _ now: Timestamp,
        possDup original: Timestamp? = nil,
        possResend: Bool = false,
        route: FixMessage? = nil
    ) {
        let id = configuration.id.version
        writer.begin(type)
        writer.put(.msgSeqNum, unsigned: sequence)
        if original != nil { writer.put(.possDupFlag, true) }
        writer.put(.senderCompID, texts[.sender])
        putText(.senderSubID, .senderSub)
        writer.put(.sendingTime, now, digits: timeDigits)
        writer.put(.targetCompID, texts[.target])
        putText(.targetSubID, .targetSub)
        if possResend { writer.put(.possResend, true) }
        if let route {
            putRoute(.onBehalfOfCompID, route[.deliverToCompID])
            putRoute(.onBehalfOfSubID, route[.deliverToSubID])
        }
        if let original { writer.put(.origSendingTime, original, digits: timeDigits) }
        if let route {
            putRoute(.deliverToCompID, route[.onBehalfOfCompID])
            putRoute(.deliverToSubID, route[.onBehalfOfSubID])
        }
        putText(.senderLocationID, .senderLocation)
        putText(.targetLocationID, .targetLocation)
        if let route, id != .fix40 {
            putRoute(.onBehalfOfLocationID, route[.deliverToLocationID])
            putRoute(.deliverToLocationID, route[.onBehalfOfLocationID])
        }
        if configuration.profile.sendsLastProcessed, id.rawValue >= FixVersion.fix42.rawValue {
            writer.put(.lastMsgSeqNumProcessed, unsigned: nextIn - 1)
        }
    }

    private mutating func putText(_ tag: FixTag, _ name: FixTexts.Name) {
        let bytes = texts[name]
        if bytes.count > 0 { writer.put(tag, bytes) }
    }

    private mutating func putRoute(_ tag: FixTag, _ value: FixValue?) {
        if let value, !value.isEmpty { writer.put(tag, value) }
    }

    /// Sends a message of the session's own, with the next number unless told; false when neither output nor store had room.
    mutating func emit(
        _ type: FixMsgType,
        number: UInt64? = nil,
        route: FixMessage? = nil,
        _ now: Timestamp,
        _ output: inout WireOutput,
        _ body: (inout FixWriter) -> Void
    ) -> Bool {
        pump(now, &output)
        let sequence = number ?? store.nextOut
        beginMessage(type, sequence, now, route: route)
        body(&writer)
        guard let bytes = writer.finish(configuration.id.version) else {
            dropped += 1
            return false
        }
        if isBehind || output.remaining < bytes.count {
            // What the peer can make us send without end takes only a number: who doesn't read must not fill the store.
            if type == .heartbeat || type == .reject {
                store.setNextOut(sequence + 1)
                dropped += 1
                return false
            }
            // It waits in the store, and goes out in its turn.
            guard store.append(sequence, bytes) else {
                dropped += 1
                return false
            }
            return true
        }
        if type == .reject, configuration.profile.resendsRejects, store.append(sequence, bytes) {
        } else {
            store.setNextOut(sequence + 1)
        }
        unsent = store.nextOut
        lastSent = now
        _ = output.append(bytes)
        return true
    }

    /// Sends a Logon; what the peer is to send next is `next`.
    mutating func sendLogon(isReset: Bool, _ next: UInt64, _ now: Timestamp, _ output: inout WireOutput) -> Bool {
        let seconds = heartbeat
        let user = texts[.username]
        let password = texts[.password]
        let application = texts[.application]
        let version = configuration.id.version
        let sendsNext = sendsNextExpected
        let more = configuration.logonFields
        // The Logon of a reset that is not confirmed has number 1, each time.
        let number: UInt64? = store.isResetOpen ? 1 : nil
        return emit(.logon, number: number, now, &output) { writer in
            writer.put(.encryptMethod, 0)
            writer.put(.heartBtInt, seconds)
            if isReset { writer.put(.resetSeqNumFlag, true) }
            if user.count > 0 { writer.put(.username, user) }
            if password.count > 0 { writer.put(.password, password) }
            if sendsNext { writer.put(.nextExpectedMsgSeqNum, unsigned: next) }
            if version == .fixt11 { writer.put(.defaultApplVerID, application) }
            for field in more { writer.putText(field.tag, field.value) }
        }
    }

    /// Sends a Heartbeat, with the identifier of the TestRequest that it answers.
    mutating func sendHeartbeat(_ id: FixValue?, _ now: Timestamp, _ output: inout WireOutput) -> Bool {
        emit(.heartbeat, now, &output) { writer in
            if let id { writer.put(.testReqID, id) }
        }
    }

    mutating func sendLogout(_ text: String?, _ now: Timestamp, _ output: inout WireOutput) {
        _ = emit(.logout, now, &output) { writer in
            if let text { writer.putText(.text, text) }
        }
    }

    /// Sends a Logout and waits for the answer.
    mutating func leave(_ cause: FixClosure, _ text: String?, _ now: Timestamp, _ output: inout WireOutput) {
        sendLogout(text, now, &output)
        logoutCause = cause
        logoutDeadline = now + configuration.logoutTimeout
        state = .logoutSent
    }

    /// A fault of the peer's: Logout, and nothing but its answer is looked at any more.
    mutating func fault(_ fault: FixFault, _ text: String?, _ now: Timestamp, _ output: inout WireOutput) {
        isFaulted = true
        if state == .logoutSent {
            logoutCause = .fault(fault)
        } else {
            leave(.fault(fault), text, now, &output)
        }
    }

    /// Sends a Reject (3).
    mutating func sendReject(
        _ message: FixMessage,
        _ rejection: FixRejection,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        let version = configuration.id.version
        let isOld = version.rawValue < FixVersion.fix42.rawValue
        _ = emit(.reject, route: configuration.profile.reversesRoute ? message : nil, now, &output) { writer in
            if let number = message[.msgSeqNum] { writer.put(.refSeqNum, number) }
            let text = rejection.reason.text
            let reason = Int(rejection.reason.rawValue)
            if isOld, let tag = rejection.tag {
                writer.putText(.text, "\(text) (\(tag))")
            } else {
                writer.put(.text, text)
            }
            guard !isOld else { return }
            if let tag = rejection.tag { writer.put(.refTagID, tag.number) }
            writer.put(.refMsgType, message.value(2))
            if reason <= FixReason.largest(version) || (reason == 99 && version != .fix42) {
                writer.put(.sessionRejectReason, reason)
            }
        }
    }
}
