// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

// Gaps: asking for what is missing, and answering when the peer asks.
extension FixSession {
    // MARK: Asking

    /// A message above `end` came early: what is missing is asked for, once for each gap.
    mutating func askFor(upTo end: UInt64, isResent: Bool, _ now: Timestamp, _ output: inout WireOutput) {
        if case .resendPending(let upTo) = state {
            // What is resent has a hole itself: only then is a number asked for twice.
            guard isResent, end <= upTo, nextIn != lastAsked else { return }
            return request(nextIn, end, isOpen: false, now, &output)
        }
        guard state == .active else { return }
        pendingGap = (nextIn, end)
        ask(end, now, &output)
    }

    /// Asks for everything from the expected number to `end`, or for the first piece of it.
    mutating func ask(_ end: UInt64, _ now: Timestamp, _ output: inout WireOutput) {
        guard nextIn <= end else { return }
        var last = end
        if let chunk = configuration.resendChunk, chunk > 0, UInt64(chunk) <= end - nextIn {
            last = nextIn + UInt64(chunk) - 1
        }
        let isOpen = last == end && configuration.resendEnd == .open && configuration.resendChunk == nil
        state = .resendPending(upTo: end)
        chunkEnd = last
        request(nextIn, last, isOpen: isOpen, now, &output)
    }

    /// Waits for what the peer sends again without being asked.
    mutating func waitFor(upTo end: UInt64, _ now: Timestamp) {
        state = .resendPending(upTo: end)
        chunkEnd = end
        progressAt = now
    }

    private mutating func request(
        _ begin: UInt64,
        _ end: UInt64,
        isOpen: Bool,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        lastAsked = begin
        progressAt = now
        let isOld = configuration.id.version.rawValue < FixVersion.fix42.rawValue
        let last: UInt64 = isOpen ? (isOld ? 999_999 : 0) : end
        _ = emit(.resendRequest, now, &output) { writer in
            writer.put(.beginSeqNo, unsigned: begin)
            writer.put(.endSeqNo, unsigned: last)
        }
    }

    // MARK: Answering

    /// A ResendRequest of the peer's.
    mutating func answerResend(
        _ message: FixMessage,
        _ header: FixHeader,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) {
        guard let begin = message[.beginSeqNo]?.unsigned else {
            return sendReject(message, FixRejection(.requiredTagMissing, .beginSeqNo), now, &output)
        }
        guard let asked = message[.endSeqNo]?.unsigned else {
            return sendReject(message, FixRejection(.requiredTagMissing, .endSeqNo), now, &output)
        }
        var end = asked
        let isOld = configuration.id.version.rawValue <= FixVersion.fix42.rawValue
        if end == 0 || (isOld && end == 999_999) || end >= store.nextOut { end = store.nextOut - 1 }
        replay(max(begin, 1), end, now, &output)
    }

    /// Sends what has the numbers `begin` to `end` again, as far as there is room now; the rest follows.
    mutating func replay(_ begin: UInt64, _ end: UInt64, _ now: Timestamp, _ output: inout WireOutput) {
        // What was never sent follows of itself.
        let end = min(end, unsent - 1)
        guard begin <= end else { return }
        if replayNext <= replayEnd {
            replayNext = min(replayNext, begin)
            replayEnd = max(replayEnd, end)
        } else {
            replayNext = begin
            replayEnd = end
        }
        pump(now, &output)
    }

    /// Whether something that has a number is not in the output yet: messages in the store wait for room.
    public var isBehind: Bool { replayNext <= replayEnd || unsent < store.nextOut }

    /// Goes on with what was asked for, then with what has a number and was never sent, while the output has room.
    mutating func pump(_ now: Timestamp, _ output: inout WireOutput) {
        guard state != .disconnected, isBehind else { return }
        while replayNext <= replayEnd {
            if let bytes = store.message(replayNext), let message = resendable(bytes, replayNext) {
                guard resend(message, now, &output) else { return }
                replayNext += 1
            } else {
                let end = endOfRun()
                guard fill(replayNext, end + 1, now, &output) else { return }
                replayNext = end + 1
            }
        }
        while unsent < store.nextOut {
            if let bytes = store.message(unsent) {
                guard output.append(bytes) else { return }
                lastSent = now
            }
            unsent += 1
        }
    }

    /// The stored message when it is to be sent again, rather than to be filled over.
    private mutating func resendable(_ bytes: WireBytes, _ sequence: UInt64) -> FixMessage? {
        guard let message = try? storeScanner.scan(bytes) else { return nil }
        let type = message.type
        if type.isSession { return type == .reject && configuration.profile.resendsRejects ? message : nil }
        if let shouldResend, !shouldResend(message, sequence) { return nil }
        return message
    }

    /// The last number of the run of session messages and holes that begins at `replayNext`.
    private mutating func endOfRun() -> UInt64 {
        var sequence = replayNext + 1
        while sequence <= replayEnd {
            guard let stored = store.firstSequence(from: sequence), stored <= replayEnd else { return replayEnd }
            sequence = stored
            if let bytes = store.message(stored), resendable(bytes, stored) != nil { return stored - 1 }
            sequence += 1
        }
        return replayEnd
    }

    /// A SequenceReset-GapFill over the numbers from `first` to before `next`; false when there is no room.
    private mutating func fill(
        _ first: UInt64,
        _ next: UInt64,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> Bool {
        beginMessage(.sequenceReset, first, now, possDup: now)
        writer.put(.newSeqNo, unsigned: next)
        writer.put(.gapFillFlag, true)
        guard let bytes = writer.finish(configuration.id.version), output.append(bytes) else { return false }
        lastSent = now
        return true
    }

    /// Sends a stored message with its number, as a possible duplicate; false when there is no room.
    private mutating func resend(_ message: FixMessage, _ now: Timestamp, _ output: inout WireOutput) -> Bool {
        writer.begin(message.type)
        var index = 3
        var original: FixValue?
        if let value = message[.sendingTime] { original = value }
        while index < message.count, message.tag(index).isHeader {
            let tag = message.tag(index)
            if tag > .origSendingTime, let time = original {
                writer.put(.origSendingTime, time)
                original = nil
            }
            switch tag {
            case .possDupFlag, .origSendingTime: break
            case .sendingTime: writer.put(.sendingTime, now, digits: timeDigits)
            case .msgSeqNum:
                writer.put(tag, message.value(index))
                writer.put(.possDupFlag, true)
            default: writer.put(tag, message.value(index))
            }
            index += 1
        }
        if let time = original { writer.put(.origSendingTime, time) }
        while index < message.count {
            writer.put(message.tag(index), message.value(index))
            index += 1
        }
        guard let bytes = writer.finish(configuration.id.version) else {
            // Too long with the two fields more: it can't be sent again, and is filled over.
            return fill(replayNext, replayNext + 1, now, &output)
        }
        guard output.append(bytes) else { return false }
        lastSent = now
        return true
    }
}
