// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// One of the venues of a live session: where its market data come from and where its orders go.
public struct PaperVenue: Sendable {
    /// What people are told; empty for the only one.
    public var name: String
    /// It displays nothing: every order there is a hidden midpoint peg.
    public var isDark = false
    /// Its market data; nil for a dark venue that tells none.
    public var feed: FeedSettings?
    /// Where the state of all its books is to be had; nil where it is not.
    public var snapshots: SnapshotSettings?
    /// Its order entry.
    public var orders: Endpoint
    /// The login: user, password, session.
    public var soup: SoupClientConfiguration
    /// Order entry by FIX; nil is OUCH with the login above.
    public var fix: FixOrderEntry?
    /// Orders and cancels a second that it takes, and how many at once.
    public var rate = 10_000
    public var burst = 1_000

    public init(name: String = "", feed: FeedSettings?, orders: Endpoint, soup: SoupClientConfiguration) {
        self.name = name
        self.feed = feed
        self.orders = orders
        self.soup = soup
    }

    /// The venue in a sentence.
    var title: String { name.isEmpty ? "the venue" : name }
}

/// A journal whose session had other venues, or the same in another order.
public struct VenueListError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(journal: [String], session: [String]) {
        func list(_ names: [String]) -> String { names.isEmpty ? "one venue" : names.joined(separator: ", ") }
        description =
            "the journal is of a session over \(list(journal)), live.venues says \(list(session)): the same venues in the same order, "
            + "or another journal"
    }
}
