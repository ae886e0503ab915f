// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosResearch

/// What a standby gets: first what it missed, from the journal's files, a piece at a time so that the primary goes on; then
/// every record as it is taken.
final class StandbyFeed {
    /// What the last piece brought about.
    enum Outcome {
        /// It has everything now; so many records it had missed.
        case missed(Int)
        /// Its last record is not ours: it followed somebody else.
        case otherJournal
    }

    /// Records in a piece.
    private static var piece: Int { 4_096 }
    /// Bytes that wait to be sent while the next piece is read, at most.
    private static var pending: Int { 4 << 20 }

    private let link: RecordLink
    private let reader: JournalReader
    /// Its last record, and what tells it from another one.
    private let last: UInt64
    private let fingerprint: UInt64
    /// The last record that is taken from the files.
    private let goal: UInt64
    private var place: UInt64 = 0
    private var missed = 0
    private var isWelcome = false
    /// What was taken since.
    private var waiting: [UInt8] = []
    private(set) var isLive = false

    /// - Parameters:
    ///   - link: the way to the standby.
    ///   - disk: the primary's journal.
    ///   - hello: the standby's first word.
    ///   - goal: the last record that is in the files.
    init(_ link: RecordLink, journal disk: any JournalDisk, from hello: Event, to goal: UInt64) {
        self.link = link
        reader = JournalReader(disk)
        last = hello.sequence
        fingerprint = UInt64(bitPattern: hello.price.raw)
        self.goal = goal
    }

    /// Takes a record that was just appended.
    func send(_ event: Event, text: [UInt8] = []) {
        if isLive {
            link.send(event, text: text)
        } else {
            RecordFramer.encode(event, text, to: &waiting)
        }
    }

    /// Sends the next piece; nil while there is more.
    func pump() throws(JournalError) -> Outcome? {
        guard last <= goal else { return .otherJournal }
        if last == 0 { welcome() }
        var rest = StandbyFeed.piece
        while place < goal, rest > 0, link.pending < StandbyFeed.pending {
            rest -= 1
            guard let record = try reader.next() else {
                throw .disk(DiskError(.failed, "the journal ends before record \(goal)"))
            }
            place = record.event.sequence
            if place == last {
                guard LiveJournal.fingerprint(record.event) == fingerprint else { return .otherJournal }
                welcome()
            } else if place > last {
                missed += 1
                link.send(record.event, text: record.text)
            }
        }
        guard place == goal else { return nil }
        isLive = true
        link.send(bytes: waiting)
        waiting = []
        return .missed(missed)
    }

    private func welcome() {
        guard !isWelcome else { return }
        isWelcome = true
        link.send(LinkWord.welcome.record(sequence: goal))
    }
}
