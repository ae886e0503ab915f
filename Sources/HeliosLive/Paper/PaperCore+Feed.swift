// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosWire

/// What the engine's side knows of one venue's feed.
struct FeedStand {
    /// Where the feed was when the session began, and what is known of it since.
    var place = FeedPlace()
    /// The process before died while it cleared the books.
    var clearsBooks = false
    /// Messages that nobody has were given up: the books are wrong until they are built anew.
    var booksAreWrong = false
    /// Message `next` of the feed comes behind so many market records; more than there are: the place is not known.
    var anchored: (next: UInt64, inputs: UInt64) = (1, .max)
    /// Of several venues: its market records so far.
    var inputs: UInt64 = 0
    /// Of several venues, what the feed is worth: 0 whole, 1 a gap is open or nothing is heard, 2 disputed.
    var quality: UInt64 = 0

    /// As the journal left them.
    static func all(of settings: PaperSettings, _ trail: FeedTrail) -> [FeedStand] {
        settings.venues.indices.map { venue in
            var stand = FeedStand()
            let isFloor = settings.venues.count > 1
            (stand.place, stand.clearsBooks) = isFloor ? trail.place(at: venue) : trail.place
            stand.inputs = trail.inputs(at: venue)
            return stand
        }
    }
}

extension PaperCore {
    /// How a record of the engine's own names a venue: of one it names none.
    func venue(at place: Int) -> Venue { isFloor ? Venue(place: place) : Venue(id: 0) }

    private func place(of venue: Venue) -> Int { isFloor && venue.place < feeds.count ? venue.place : 0 }

    /// Market records that count as the venue's.
    private func inputs(_ place: Int) -> UInt64 { isFloor ? feeds[place].inputs : node.marketInputs }

    /// Whether nothing is missing of any feed.
    var feedsAreWhole: Bool { isFloor ? feeds.allSatisfy { $0.quality == 0 } : node.engine.feedQuality == 0 }

    /// Takes what the node has found in the journal.
    func takeUpFeeds() {
        for place in feeds.indices {
            if feeds[place].place.session != nil { feeds[place].anchored = (feeds[place].place.next, inputs(place)) }
            if isFloor { feeds[place].quality = node.engine.market.consolidated.toldOut.contains(place) ? 1 : 0 }
        }
    }

    /// The journal has no room for it: the books are wrong from here on; a restart asks for what is missing.
    func dropMarketData(of venue: Venue) {
        let place = place(of: venue)
        guard !feeds[place].booksAreWrong else { return }
        feeds[place].booksAreWrong = true
        mark(place, quality: 1)
    }

    func takeWord(_ word: Event) {
        let place = place(of: word.venue)
        switch SessionWord(rawValue: word.orderID) {
        case .feedBegins: begin(place, SessionWord.session(word), next: word.sequence)
        case .locate: bind(place, word.instrument, UInt16(truncatingIfNeeded: word.detail))
        case .feedQuality:
            changed(place, isWhole: word.detail == 0 && !feeds[place].booksAreWrong, isDisputed: word.detail == 2)
        case .booksVoid: voidBooks(place)
        case .feedLost:
            feeds[place].booksAreWrong = true
            forgetPlace(place)
            let what = isFloor ? "at \(gates[place].title) nothing is traded" : "nothing is traded"
            warn(place, "messages of the feed are lost for good: \(what) until it begins anew")
        default: break
        }
    }

    /// Tells people something about a venue; of several it is named.
    func warn(_ place: Int, _ text: String) {
        notify(LiveNotice(.warning, isFloor ? "\(gates[place].title): \(text)" : text))
    }

    /// Notes where the feed is, so that a restart goes on from there; another session than before voids the books.
    private func begin(_ place: Int, _ session: MoldSession, next: UInt64) {
        defer { feeds[place].booksAreWrong = false }
        let feed = feeds[place]
        guard feed.place.session != session else { return anchor(place, session, next: next, after: inputs(place)) }
        let isVoid = feed.place.session != nil || feed.clearsBooks
        if feed.place.session != nil { warn(place, "the feed has begun the session \(session): books are cleared") }
        feeds[place].place = FeedPlace(session: session, next: next)
        feeds[place].clearsBooks = false
        // What this process built from a snapshot is not void.
        guard isVoid, !feed.booksAreWrong else { return anchor(place, session, next: next, after: inputs(place)) }
        anchor(place, session, next: next, after: inputs(place) + UInt64(directory.count))
        // A contradiction in the old session says nothing about the new one.
        mark(place, quality: 1)
        clearBooks(place)
    }

    /// A snapshot of the books follows, whose messages are none of the feed's: until it is whole no place in the feed is known.
    private func voidBooks(_ place: Int) {
        warn(place, "the books are built anew from a snapshot")
        mark(place, quality: 1)
        forgetPlace(place)
        clearBooks(place)
        feeds[place].booksAreWrong = true
    }

    /// A restart now must not trust the books: it builds them anew.
    private func forgetPlace(_ place: Int) {
        anchor(place, feeds[place].place.session ?? MoldSession(high: 0, low: 0), next: 1, after: .max)
    }

    private func clearBooks(_ place: Int) {
        let now = node.engine.market.now
        for index in 0..<directory.count {
            node.take(
                Event(
                    eventTime: now,
                    receiveTime: now,
                    instrument: Instrument(id: UInt32(index)),
                    venue: venue(at: place),
                    kind: .clearBook
                )
            )
            if isFloor { feeds[place].inputs += 1 }
        }
    }

    func anchor(_ place: Int, _ session: MoldSession, next: UInt64, after inputs: UInt64) {
        feeds[place].anchored = (next, inputs)
        write(.feed, FeedTrail.text(session, next: next, inputs: inputs, venue: isFloor ? place : nil))
    }

    private func bind(_ place: Int, _ instrument: Instrument, _ locate: UInt16) {
        guard feeds[place].place.locates[instrument] != locate else { return }
        feeds[place].place.locates[instrument] = locate
        write(.feed, FeedTrail.text(locate: locate, of: instrument, venue: isFloor ? place : nil))
    }

    /// Records a change of what a feed is worth; a disputed one stays so until its books are built anew.
    private func changed(_ place: Int, isWhole: Bool, isDisputed: Bool) {
        guard isFloor else { return node.feedChanged(isWhole: isWhole, isDisputed: isDisputed) }
        let isContradicted = isDisputed || feeds[place].quality == 2
        mark(place, quality: isContradicted ? 2 : isWhole && node.takesMarketData ? 0 : 1)
    }

    /// Of several venues a gap is one venue's, whose quotes are left out; the others trade on.
    func mark(_ place: Int, quality: UInt64) {
        guard (isFloor ? feeds[place].quality : node.engine.feedQuality) != quality else { return }
        feeds[place].quality = quality
        let now = node.engine.market.now
        node.take(
            Event(eventTime: now, receiveTime: now, venue: venue(at: place), kind: .feedGap, detail: quality)
        )
    }
}
