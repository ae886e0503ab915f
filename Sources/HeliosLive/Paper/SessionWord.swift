// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What a session's feed and order connection tell it beside market data and reports: records of kind `side` that never
/// reach a journal, so that they keep their place among the others in a ring.
package enum SessionWord: UInt64 {
    /// The feed goes on with message `sequence` of a session (`price`, `detail`: its name).
    case feedBegins = 1
    /// `instrument` has the stock locate `detail`.
    case locate = 2
    /// What the feed is worth: `detail` 0 whole, 1 a gap is open or nothing is heard, 2 its lines contradict each other.
    case feedQuality = 3
    /// Messages that nobody has were given up: the books are wrong until they are built anew.
    case feedLost = 4
    /// All books are void: a snapshot's messages follow, then `feedBegins`.
    case booksVoid = 9
    /// The connection to the venue is there.
    case venueConnected = 5
    /// It is gone; what was under way is of unknown fate.
    case venueLost = 6
    /// Every order is accounted for.
    case venueReady = 7
    /// The venue's session is over for good.
    case venueEnded = 8
    /// The venue refuses the login: `detail` is its letter, 0 for one that nobody knows.
    case venueRefused = 10
    /// The venue has begun a new session, which knows nothing of the orders before.
    case venueForgot = 11
    /// The venue's messages between `sequence` and `detail` are lost, and fills may be among them.
    case venueGap = 12
    /// Message `sequence` of the venue is none.
    case venueMalformed = 13

    /// Of order `price.raw` the venue counts `detail` executed shares and has told `sequence` of them.
    case venueMissing = 14

    /// The word as a record; of several venues it says of which.
    package func record(
        of venue: Venue = Venue(id: 0),
        sequence: UInt64 = 0,
        instrument: Instrument = .none,
        price: Price = .zero,
        detail: UInt64 = 0
    ) -> Event {
        Event(
            sequence: sequence,
            orderID: rawValue,
            price: price,
            instrument: instrument,
            venue: venue,
            kind: .side,
            detail: detail
        )
    }

    /// The feed goes on with message `next` of `session`.
    package static func feedBegins(_ session: MoldSession, next: UInt64, of venue: Venue = Venue(id: 0)) -> Event {
        SessionWord.feedBegins.record(
            of: venue,
            sequence: next,
            price: Price(raw: Int64(bitPattern: session.high)),
            detail: UInt64(session.low)
        )
    }

    /// The session that a record of `feedBegins` names.
    static func session(_ record: Event) -> MoldSession {
        MoldSession(high: UInt64(bitPattern: record.price.raw), low: UInt16(truncatingIfNeeded: record.detail))
    }
}
