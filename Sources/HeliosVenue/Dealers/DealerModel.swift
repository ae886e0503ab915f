// SPDX-License-Identifier: MIT
import HeliosMarket

/// A simulated dealer: how it answers a request for quotes, and whether it keeps its word.
public struct DealerModel: Sendable, Equatable {
    /// What reports and messages call it.
    public var name: String
    /// The dealer, as orders to it name it.
    public var venue: Venue
    /// How far its price lies beyond the best one of the market, a share.
    public var markup: Price
    /// Added to both its bid and its offer: above zero it would rather buy, below it would rather sell.
    public var skew = Price.zero
    /// Added to the markup for every thousand shares that it quotes.
    public var slope = Price.zero
    /// The most that is added to the markup by chance, a share.
    public var noise: Price
    /// The most that it quotes at once; nil for any quantity.
    public var capacity: Quantity?
    /// Nanoseconds until it answers, and that a quote is good for from then on.
    public var delay: Nanoseconds
    public var validity: Nanoseconds
    /// The share of requests that it declines, and of acceptances that it refuses at last look, 0 to 1.
    public var declines: Double
    public var refuses: Double
    /// What it charges for each share beside its price; negative is a rebate.
    public var fee = Price.zero

    public init(
        _ name: String = "",
        venue: Venue,
        markup: Price,
        noise: Price = .zero,
        delay: Nanoseconds = 50_000_000,
        validity: Nanoseconds = 1_000_000_000,
        declines: Double = 0,
        refuses: Double = 0
    ) {
        self.name = name
        self.venue = venue
        self.markup = markup
        self.noise = noise
        self.delay = delay
        self.validity = validity
        self.declines = declines
        self.refuses = refuses
    }
}

/// The dealers of a simulation and the way to them.
public struct DealerSettings: Sendable, Equatable {
    /// In the order of their places, which are those behind the venues'.
    public var dealers: [DealerModel]
    /// Nanoseconds to them and back, each way.
    public var latency: Nanoseconds = 1_000_000
    /// Of everything that chance decides.
    public var seed: UInt64 = 1

    /// The most dealers.
    public static var maximumDealers: Int { 8 }
    /// The most venues and dealers together.
    public static var maximumPlaces: Int { FloorSettings.maximumVenues }

    public init(_ dealers: [DealerModel]) { self.dealers = dealers }

    /// The place of the first dealer.
    public var firstPlace: Int { dealers.first.map { Int($0.venue.id) - 1 } ?? 0 }

    /// The same dealers at the places behind those of `count` venues.
    public func behind(_ count: Int) -> DealerSettings {
        var placed = self
        for index in dealers.indices { placed.dealers[index].venue = Venue(id: UInt16(count + index + 1)) }
        return placed
    }
}
