// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket

/// Why a child order went where it went: the venues as the router saw them, what it knew of each, and what it decided.
///
/// Prices and quantities are exact decimal texts.
public struct RouteExplanation: Sendable, Encodable {
    /// The parent as it stood before the decision.
    public struct Parent: Sendable, Encodable {
        public var number: UInt32
        public var symbol: String
        public var side: String
        public var quantity: String
        public var algorithm: String
        public var done: String
        public var open: String
        /// Nil for none.
        public var limit: String?
        /// A time of day; nil for the close.
        public var until: String?
    }

    /// What the parent wanted then.
    public struct Slice: Sendable, Encodable {
        public var quantity: String
        public var limit: String
        /// `take`, `dark`, `post`.
        public var style: [String]
        /// Where it was to rest; nil where it takes.
        public var restPrice: String?
        /// What found no place.
        public var unrouted: String
    }

    /// A level of a venue's book.
    public struct Level: Sendable, Encodable {
        public var venue: String
        public var price: String
        /// What taking there costs, or brings, with the venue's fee.
        public var allIn: String
        public var quantity: String
    }

    /// The probability that a dark venue has so many shares.
    public struct Tail: Sendable, Encodable {
        public var shares: String
        public var probability: Double
        /// False for the first amount about which the venue has said too little: it counts as worth a try.
        public var isKnown: Bool
    }

    public struct Venue: Sendable, Encodable {
        public var name: String
        /// `lit` or `dark`.
        public var kind: String
        public var isOpen: Bool
        public var isProtected: Bool
        /// A share's; negative is a rebate.
        public var takerFee: String
        public var makerFee: String
        /// An order's usual way there, nanoseconds.
        public var latency: Int64
        public var fillRate: Double
        public var restingFillRate: Double
        public var fade: Double
        /// Basis points that the mid moved against our fills.
        public var toxicity: Double
        public var restingToxicity: Double
        public var rank: Double
        /// Expected behind what is displayed at the best price of the side that is taken from.
        public var hidden: String
        /// Hidden shares expected for each displayed one.
        public var hiddenShare: Double
        /// Of a dark venue; empty for a lit one.
        public var liquidity: [Tail]
        /// Of a dark venue, where they are divided by shares: its share of what goes dark.
        public var darkShare: Double?
        /// `used`, or why it got nothing.
        public var verdict: String
        /// The same in words.
        public var words: String
    }

    public struct Child: Sendable, Encodable {
        /// Nil where the desk had no place for it.
        public var order: UInt64?
        public var venue: String
        public var reason: String
        public var words: String
        public var timeInForce: String
        public var isSweep: Bool
        public var quantity: String
        /// What of it was displayed.
        public var displayed: String
        /// What of it is hoped for behind that, where it takes from a lit venue.
        public var hidden: String
        public var price: String
        /// Nanoseconds before it left.
        public var delay: Int64
        /// All of it, fees included; nil for one that rests.
        public var value: String?
        /// At a dark venue the probability of the last unit, of a resting child what it is worth, dollars a share.
        public var weight: Double
        /// What became of it in this journal.
        public var state = "never sent"
        public var filled = "0"
        public var average: Double?
    }

    /// The child that was asked about.
    public var order: UInt64
    /// The journal's record at which it was decided.
    public var record: UInt64 = 0
    /// A time of day, to the nanosecond.
    public var time: String
    public var policy: String
    public var parent: Parent
    public var slice: Slice
    /// The best first; what a sell takes and what a buy takes.
    public var bids: [Level]
    public var asks: [Level]
    public var venues: [Venue]
    /// In the order in which they went out.
    public var children: [Child]
}

extension RouteExplanation.Parent {
    init(_ parent: ParentUpdate, names: InstrumentDirectory, midnight: Timestamp) {
        number = parent.number
        symbol = names.name(of: parent.instrument)
        side = parent.side == .buy ? "buy" : "sell"
        quantity = "\(parent.quantity)"
        algorithm = parent.algorithm.name
        done = "\(parent.done)"
        open = "\(parent.open)"
        limit = parent.limit.raw > 0 ? "\(parent.limit)" : nil
        until = parent.end == .never ? nil : Columns.timeOfDay(parent.end - midnight)
    }
}

extension RouteExplanation {
    init(
        _ decision: RouteDecision,
        order: OrderID,
        names: InstrumentDirectory,
        venues titles: [String],
        midnight: Timestamp
    ) {
        func title(_ place: Int) -> String { titles.indices.contains(place) ? titles[place] : "venue \(place + 1)" }
        self.order = order
        time = Columns.timeOfDay(decision.time - midnight)
        policy = decision.policy.rawValue
        let parent = decision.parent
        self.parent = Parent(parent, names: names, midnight: midnight)
        let request = decision.request
        slice = Slice(
            quantity: "\(request.available)",
            limit: "\(request.limit)",
            style: RouteWords.style(request.style),
            restPrice: request.restPrice.map { "\($0)" },
            unrouted: "\(decision.unrouted)"
        )
        bids = RouteExplanation.levels(.buy, decision.view, title)
        asks = RouteExplanation.levels(.sell, decision.view, title)
        venues = (0..<decision.view.count).map { RouteExplanation.venue(decision, $0, title($0)) }
        let isShared = !decision.darkShares.isEmpty
        children = decision.children.map {
            RouteExplanation.child($0, decision.policy, isShared, title($0.slice.place))
        }
    }

    /// A side over all venues: the best all-in price for who takes it first.
    private static func levels(_ side: Side, _ view: RoutingView, _ title: (Int) -> String) -> [Level] {
        var found: [(key: Int64, place: Int, level: HeliosBook.Level, allIn: Price)] = []
        for place in 0..<view.count {
            for depth in 0..<view.venues[place].count(side) {
                let level = view.level(place, side, depth)
                // Who takes a bid sells: the fee lowers what it brings.
                let allIn = level.price.raw - side.sign * view.venues[place].takerFee.raw
                found.append((-side.sign * allIn, place, level, Price(raw: allIn)))
            }
        }
        return found.sorted { ($0.key, $0.place) < ($1.key, $1.place) }.map {
            Level(
                venue: title($0.place),
                price: "\($0.level.price)",
                allIn: "\($0.allIn)",
                quantity: "\($0.level.quantity)"
            )
        }
    }

    private static func venue(_ decision: RouteDecision, _ place: Int, _ title: String) -> Venue {
        let (venue, score) = (decision.view.venues[place], decision.scores[place])
        return Venue(
            name: title,
            kind: venue.sort == .dark ? "dark" : "lit",
            isOpen: venue.isOpen,
            isProtected: venue.sort == .lit && venue.isProtected,
            takerFee: "\(venue.takerFee)",
            makerFee: "\(venue.makerFee)",
            latency: venue.latency,
            fillRate: score.fillRate,
            restingFillRate: score.restingFillRate,
            fade: score.fade,
            toxicity: score.toxicity * 10_000,
            restingToxicity: score.restingToxicity * 10_000,
            rank: score.rank,
            hidden: "\(venue.hidden)",
            hiddenShare: decision.hidden[place],
            liquidity: tail(decision, place),
            darkShare: venue.sort == .dark && !decision.darkShares.isEmpty ? decision.darkShares[place] : nil,
            verdict: "\(decision.verdicts[place])",
            words: RouteWords.verdict(decision, place)
        )
    }

    private static func tail(_ decision: RouteDecision, _ place: Int) -> [Tail] {
        let all = decision.tails[place]
        return all.indices.dropFirst().map { units in
            Tail(
                shares: "\(Quantity(raw: Int64(units) * decision.darkUnit.raw))",
                probability: all[units],
                // The last one counts as sure where nothing is known of it, and is 0 or less than sure where something is.
                isKnown: all[units] < 1 || units < all.count - 1 || all.count > decision.darkUnits
            )
        }
    }

    private static func child(
        _ child: RouteDecision.Child,
        _ policy: RoutingPolicy,
        _ isShared: Bool,
        _ title: String
    ) -> Child {
        let slice = child.slice
        return Child(
            order: child.order == 0 ? nil : child.order,
            venue: title,
            reason: "\(slice.reason)",
            words: RouteWords.reason(slice.reason, policy, isSweep: slice.isSweep, isShared: isShared),
            timeInForce: slice.timeInForce == .day ? "day" : "immediate or cancel",
            isSweep: slice.isSweep,
            quantity: "\(slice.quantity)",
            displayed: "\(slice.displayed)",
            hidden: "\(slice.hidden)",
            price: "\(slice.price)",
            delay: slice.delay,
            value: slice.value.raw == 0 ? nil : "\(slice.value)",
            weight: slice.weight
        )
    }
}
