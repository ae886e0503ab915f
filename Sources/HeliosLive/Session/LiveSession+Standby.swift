// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

extension LiveSession {
    /// Room for what a standby is behind, in bytes.
    private static var standbyCapacity: Int { 1 << 30 }

    /// Lets a standby in, and hears how far it is.
    func serveStandby() throws {
        guard let listener else { return }
        while let link = listener.accept(capacity: LiveSession.standbyCapacity) { candidates.append(link) }
        for candidate in candidates {
            candidate.receive()
            if let hello = candidate.next()?.event { try welcome(candidate, hello) }
            candidate.checkSilence(1_000_000_000)
        }
        candidates.removeAll { $0 === standby || !$0.isOpen }
        guard let standby else { return }
        standby.receive()
        standby.checkSilence(options.heartbeatTimeout * 10)
        while let message = standby.next() {
            if LinkWord(message.event) == .have { standbyHas = max(standbyHas, message.event.sequence) }
        }
        if let end = standby.end { return standbyLost(end) }
        try catchUp(standby)
    }

    private func welcome(_ link: RecordLink, _ hello: Event) throws {
        guard LinkWord(hello) == .follow, hello.detail == LinkWord.version else {
            return refuse(link, "it does not speak our language")
        }
        guard standby == nil else { return refuse(link, "there is one already", .busy) }
        // What is not in the files yet is sent behind them.
        journal.drain(syncs: false)
        standby = link
        journal.standby = StandbyFeed(link, journal: try journal.makeReader(), from: hello, to: journal.written)
        standbyHas = 0
    }

    /// Sends a standby the next piece of what it missed.
    private func catchUp(_ link: RecordLink) throws {
        guard let feed = journal.standby, !feed.isLive else { return }
        switch try feed.pump() {
        case .missed(let records):
            if options.durability == .mirror { node.hold(.standby, false) }
            tell(.standbyJoined, "a standby has joined; it was sent \(records) records that it missed")
        case .otherJournal:
            standby = nil
            journal.standby = nil
            refuse(link, "its journal is not a beginning of ours")
        case nil: break
        }
    }

    /// Whether a standby is being sent what it missed.
    var isCatchingUp: Bool { journal.standby.map { !$0.isLive } ?? false }

    private func refuse(_ link: RecordLink, _ reason: String, _ word: LinkWord = .refuse) {
        link.send(word.record())
        link.flush()
        link.close()
        tell(.standbyRefused, "a standby was refused: \(reason)")
    }

    private func standbyLost(_ end: LinkEnd) {
        standby = nil
        journal.standby = nil
        tell(.standbyLost, "the standby is lost: \(end)")
        guard options.durability == .mirror, node.isPrimary else { return }
        // What was promised can't be kept: no new orders until there is a standby again; cancels go.
        node.hold(.standby, true)
        tell(.warning, "no new orders until a standby is there: the durability asked for is mirror")
    }
}
