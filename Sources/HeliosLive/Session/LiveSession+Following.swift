// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

extension LiveSession {
    /// Follows the primary until it dies; then nil, and this node is to take over.
    func follow(_ primary: Endpoint, until isStopped: () -> Bool) throws -> LiveOutcome? {
        var hasCaughtUp = false
        var lostAt = Sockets.now
        while !isStopped() {
            guard let link = try? RecordLink.connect(primary, patience: 100_000_000) else {
                // A primary that we never saw whole is none to stand in for.
                if Sockets.now - lostAt > options.patience { return .unreachable("no primary at \(primary)") }
                Sockets.wait([], timeout: 20_000_000)
                continue
            }
            switch try follow(link, &hasCaughtUp, until: isStopped) {
            case .dead(let end, let heard):
                guard hasCaughtUp else {
                    lostAt = Sockets.now
                    Sockets.wait([], timeout: 20_000_000)
                    continue
                }
                tell(.detected, "the primary is lost: \(end), last heard of \(milliseconds(since: heard)) ago")
                return nil
            case .outcome(let outcome): return outcome
            }
        }
        return .interrupted
    }

    private enum FollowEnd {
        case dead(LinkEnd, heard: Nanoseconds)
        case outcome(LiveOutcome)
    }

    private func follow(
        _ link: RecordLink,
        _ hasCaughtUp: inout Bool,
        until isStopped: () -> Bool
    ) throws -> FollowEnd {
        journal.drain(syncs: false)
        link.send(
            LinkWord.follow.record(
                sequence: journal.written,
                fingerprint: journal.lastFingerprint,
                detail: LinkWord.version
            )
        )
        link.flush()
        var goal: UInt64?
        var acknowledged = journal.written
        while !isStopped() {
            // What is written is to be acknowledged soon.
            let patience: Nanoseconds = journal.isBehind ? 0 : min(options.heartbeatTimeout / 4, 20_000_000)
            Sockets.wait([link.interest], timeout: patience)
            link.receive()
            // Now, not after the work: what takes us long is no silence of the other side.
            link.checkSilence(hasCaughtUp ? options.heartbeatTimeout : max(options.heartbeatTimeout, 10_000_000_000))
            while let message = link.next() {
                switch LinkWord(message.event) {
                case .welcome: goal = message.event.sequence
                case .refuse:
                    return .outcome(.refused("the primary refused: this journal is not a beginning of its own"))
                case .busy: link.close()
                case .end where message.event.sequence <= node.sequence: return .outcome(ended())
                default:
                    // An operator's command is a record like others, and has a number.
                    guard message.event.sequence == node.sequence + 1 else { continue }
                    if let outcome = takeRecord(message) { return .outcome(outcome) }
                }
            }
            journal.commit(hurries: journal.isBehind)
            // A standby without room for what a take-over brings could not take over.
            if journal.state >= .noOrders {
                return .outcome(
                    .halted(journal.failure?.description ?? "the journal has no room left to take over with")
                )
            }
            let safe = options.durability == .sync ? journal.synced : journal.written
            if safe > acknowledged {
                acknowledged = safe
                link.send(LinkWord.have.record(sequence: acknowledged))
            }
            link.beat(every: options.heartbeatTimeout / 5)
            link.flush()
            if let goal, !hasCaughtUp, node.sequence >= goal {
                hasCaughtUp = true
                tell(.following, "in step with the primary at record \(node.sequence)")
            }
            try feed.skip(to: node.marketInputs)
            if let end = link.end { return .dead(end, heard: link.lastHeard) }
        }
        return .outcome(.interrupted)
    }

    private func ended() -> LiveOutcome {
        journal.drain(syncs: true)
        tell(.ended, "the primary ended in good order")
        return .primaryEnded
    }

    /// A record of the primary: into the journal, then to the engine; what became of it when that is the end.
    private func takeRecord(_ message: LinkMessage) -> LiveOutcome? {
        let event = message.event
        if event.kind == .timer { nextTimer = event.receiveTime + setup.settings.timerInterval }
        if event.kind == .side {
            guard let kind = SideKind(rawValue: event.orderID),
                journal.append(kind, message.text, at: event.eventTime, price: event.price) == event.sequence
            else { return .halted("a text could not be taken into the journal") }
            _ = node.follow(event)
        } else if !node.mirror(event) {
            if node.role == .diverged {
                let reason = LiveDivergence(node.divergence).description
                tell(.diverged, reason)
                return .diverged(reason)
            }
            return .halted("the journal takes nothing any more")
        }
        return nil
    }
}
