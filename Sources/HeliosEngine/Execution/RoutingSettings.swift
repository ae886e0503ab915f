// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// How the children of a parent are divided among venues.
public enum RoutingPolicy: String, Sendable, CaseIterable {
    /// By `SmartRouter`.
    case smart
    /// All at one venue (`RoutingSettings.home`).
    case single
    /// In equal parts at all lit venues, whatever they show.
    case split
    /// By displayed price alone: no fees, no dark venues, nothing learnt.
    case price
}

/// What the desk's router goes by.
public struct RoutingSettings: Sendable, Equatable {
    public var policy = RoutingPolicy.smart
    /// The venue of `RoutingPolicy.single`: its place.
    public var home = 0
    public var router = RouterSettings()
    /// How far beyond the best price of the other side a slice that takes may go, within its parent's limit.
    public var reach = Price(raw: 2_000_000)
    /// The weight that the router's knowledge of a venue keeps at the next order there.
    public var memory = 0.995
    /// How dark venues are divided up.
    public var dark = DarkMethod.censored
    /// The unit in which dark venues are asked.
    public var darkUnit = Quantity(100)
    /// The most of it that a dark venue is sent at once.
    public var darkUnits = 64
    /// In the order of their places; empty for a session of one venue.
    public var venues: [RoutingFacts] = []

    public init() {}

    /// The lit venue to which everything goes; nil when there is a choice, or the only one is dark.
    var onlyLitPlace: Int? {
        guard policy == .single, venues.indices.contains(home), venues[home].sort == .lit else { return nil }
        return home
    }
}

/// What the router knows of a venue before the session.
public struct RoutingFacts: Sendable, Equatable {
    public var name: String
    public var sort: RoutingVenue.Sort
    /// A share's fee for taking and for resting; negative is a rebate.
    public var takerFee: Price
    public var makerFee: Price
    /// An order's usual way there, in nanoseconds.
    public var latency: Nanoseconds

    /// What a share filled at a dark venue is worth against one at another: a cent less its fee, counted in cents; nil for a lit venue.
    var darkWorth: Double? {
        sort == .dark ? max(1 - takerFee.value * 100, 0) : nil
    }

    public init(
        _ name: String,
        _ sort: RoutingVenue.Sort = .lit,
        takerFee: Price = .zero,
        makerFee: Price = .zero,
        latency: Nanoseconds = 0
    ) {
        self.name = name
        self.sort = sort
        self.takerFee = takerFee
        self.makerFee = makerFee
        self.latency = latency
    }
}
