// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a parent order has lived through at each venue, so that its next children go elsewhere.
///
/// One for each parent, kept by who works it: told of every child that ended, read at each decision.
public struct RouteHistory: Sendable {
    /// How long a venue is left out after refusals.
    public static let firstPause: Nanoseconds = 100_000_000
    /// The longest pause: 6.4 seconds.
    public static let longestDoubling: UInt8 = 6

    struct Entry: BitwiseCopyable, Sendable {
        /// Left out until then.
        var barredUntil = Timestamp.zero
        /// A child found nothing at `missedPrice` and better then; never when `.zero`.
        var missedAt = Timestamp.zero
        var missedPrice = Price.zero
        var refusals: UInt8 = 0
    }

    private var entries: [Entry]

    /// Nothing lived through yet; the memory is reserved here.
    public init() { entries = Array(repeating: Entry(), count: RoutingView.maximumVenues) }

    /// Forgets everything: another parent begins.
    public mutating func clear() { for place in entries.indices { entries[place] = Entry() } }

    /// The venue refused a child: it is left out, twice as long each time.
    public mutating func refused(_ place: Int, at time: Timestamp) {
        guard isPlace(place) else { return }
        let doublings = min(entries[place].refusals, RouteHistory.longestDoubling)
        entries[place].barredUntil = time + RouteHistory.firstPause << Nanoseconds(doublings)
        entries[place].refusals = min(entries[place].refusals, 254) + 1
    }

    /// A child that took ended at `time` with less than it was sent for: what is shown there up to `price` is not there.
    public mutating func missed(_ place: Int, at price: Price, _ time: Timestamp) {
        guard isPlace(place) else { return }
        entries[place].missedAt = time
        entries[place].missedPrice = price
    }

    /// A child was filled, in whole or in part: the venue's refusals are forgiven.
    public mutating func filled(_ place: Int) {
        guard isPlace(place) else { return }
        entries[place].refusals = 0
    }

    /// Whether the venue is left out at `time`.
    public func isBarred(_ place: Int, at time: Timestamp) -> Bool {
        isPlace(place) && entries[place].barredUntil > time
    }

    /// The price up to which the quotes that a venue shows since `updated` are known to be gone; nil when they are as good as any.
    public func missedPrice(_ place: Int, updated: Timestamp) -> Price? {
        guard isPlace(place), entries[place].missedAt > .zero, updated <= entries[place].missedAt else { return nil }
        return entries[place].missedPrice
    }

    private func isPlace(_ place: Int) -> Bool { place >= 0 && place < RoutingView.maximumVenues }

    // MARK: State

    /// Appends everything it knows.
    public func save(to writer: inout StateWriter) {
        writer.mark("routehis")
        for place in 0..<RoutingView.maximumVenues {
            writer.write(entries[place].barredUntil)
            writer.write(entries[place].missedAt)
            writer.write(entries[place].missedPrice)
            writer.write(entries[place].refusals)
        }
    }

    /// Takes over what was saved.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("routehis")
        for place in 0..<RoutingView.maximumVenues {
            entries[place].barredUntil = try reader.read(Timestamp.self)
            entries[place].missedAt = try reader.read(Timestamp.self)
            entries[place].missedPrice = try reader.read(Price.self)
            entries[place].refusals = try reader.read(UInt8.self)
        }
    }
}
