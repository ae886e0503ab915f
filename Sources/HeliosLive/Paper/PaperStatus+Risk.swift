// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// Where the risk of a session stands, for people.
public struct RiskPicture: Sendable {
    /// One scope of the policy.
    public struct Scope: Sendable {
        /// The place in `RiskPolicy.scopes`.
        public var place: Int
        public var status: RiskStatus
        public var profit: ProfitAndLoss
    }

    /// How much of a limit is used.
    public struct Limit: Sendable {
        /// The place in `RiskPolicy.limits`.
        public var place: Int
        public var use: RiskUse
    }

    /// The edition of the limits, changes counted.
    public var edition: UInt64 = 0
    /// All scopes, the firm first.
    public var scopes: [Scope] = []
    /// Limits that are used at all, those that are used most first.
    public var limits: [Limit] = []
    /// Value at risk where there is a model and a limit of it.
    public var portfolios: [RiskPortfolio] = []
    /// The last soft limits that were passed, oldest first; how many there were since the node began.
    public var alerts: [RiskAlert] = []
    public var alertCount: UInt64 = 0
    /// Orders that each control refused, by its number; controls that refused none are left out.
    public var refusals: [(control: RiskControl, count: UInt64)] = []

    public init() {}
}

/// What is known of the use of each limit, a part of which is looked up for every picture.
///
/// The use of a limit takes a look at every position of the firm: a picture must not keep the engine from its work, so a firm with many
/// limits is seen a part at a time.
struct LimitUses {
    /// How many limits are looked up for one picture.
    static let part = 64

    private var uses: [RiskUse?]
    private var next = 0

    init(count: Int) { uses = [RiskUse?](repeating: nil, count: count) }

    /// Looks up the next part.
    mutating func look(_ use: (Int) -> RiskUse) {
        for _ in 0..<min(LimitUses.part, uses.count) {
            uses[next] = use(next)
            next = (next + 1) % uses.count
        }
    }

    /// Limits that are used, those that are used most first.
    var ranking: [RiskPicture.Limit] {
        let known = uses.enumerated().compactMap { place, use in
            use.flatMap { $0.value > 0 ? RiskPicture.Limit(place: place, use: $0) : nil }
        }
        return known.sorted { ($0.use.basisPoints, $1.place) > ($1.use.basisPoints, $0.place) }
    }
}

extension PaperCore {
    /// Where the risk stands.
    func makeRiskPicture() -> RiskPicture {
        var picture = RiskPicture()
        picture.edition = node.engine.market.risk.version
        for place in 0..<node.engine.market.risk.scopeCount {
            picture.scopes.append(
                RiskPicture.Scope(
                    place: place,
                    status: node.engine.market.risk.status(of: place),
                    profit: node.engine.market.risk.profitAndLoss(scope: place)
                )
            )
        }
        picture.portfolios = node.engine.market.risk.portfolios(most: 8, parts: 5)
        limitUses.look { node.engine.market.risk.use(of: $0) }
        picture.limits = limitUses.ranking
        picture.alerts = node.engine.observer.recent
        picture.alertCount = node.engine.observer.count
        for control in RiskControl.allCases {
            let count = node.engine.market.risk.refusedCount(control)
            if count > 0 { picture.refusals.append((control, count)) }
        }
        return picture
    }
}
