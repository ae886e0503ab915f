// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket

/// Why a child went where it went, and why others got none, in words.
enum RouteWords {
    static func reason(
        _ reason: RouteReason,
        _ policy: RoutingPolicy,
        isSweep: Bool,
        isShared: Bool = false
    ) -> String {
        switch policy {
        case .single: return "the only venue that the policy 'single' uses"
        case .split: return "its equal part, by the policy 'split'"
        case .smart, .price: break
        }
        switch reason {
        case .cheapest:
            let price = policy == .price ? "the best price of what was left" : "the best all-in price of what was left"
            return isSweep ? "\(price); better protected quotes are swept by the other children" : price
        case .protected:
            return "its quote is protected and better than a price that another child takes: it is swept too"
        case .dark where isShared: return "its share of what goes dark: it has filled before, at a better all-in price"
        case .dark: return "likely enough to have that much, at a better all-in price than the lit venues"
        case .rest: return "resting there is worth the most: chance of a fill, fee and rebate, what comes after a fill"
        case .peg: return "resting there is worth the most, at a price that follows the quotes"
        }
    }

    /// Why the venue at `place` got no child.
    static func verdict(_ decision: RouteDecision, _ place: Int) -> String {
        let venue = decision.view.venues[place]
        switch decision.verdicts[place] {
        case .used: return "it gets a child"
        case .closed: return closed
        case .barred: return barred
        case .faded:
            return venue.sort == .dark
                ? "it had less than it was asked for a moment ago"
                : "what it showed was gone when a child got there, and it has shown nothing else since"
        case .empty: return "it shows nothing on that side"
        case .beyondLimit:
            return "\(venue.sort == .dark ? "the middle of the market" : "its best price") is beyond the limit"
        case .dearer: return "the others were better, all-in, and had enough"
        case .tradesThrough: return "taking it would trade through a protected quote that can't be swept"
        case .unlikely: return "not likely enough to have anything, or no better all-in than the lit venues"
        case .idle: return idle(decision, place)
        }
    }

    private static let closed = "it takes no orders now: it is silent, halted, or outside its hours"
    private static let barred = "it refused an order of this parent a short time ago"

    /// Of a venue that the router did not come to.
    private static func idle(_ decision: RouteDecision, _ place: Int) -> String {
        let style = decision.request.style
        if decision.policy == .single { return "the policy 'single' does not use it" }
        if !decision.view.venues[place].isOpen { return closed }
        if decision.view.venues[place].sort == .dark {
            if decision.policy == .price || decision.policy == .split {
                return "the policy '\(decision.policy.rawValue)' does not use dark venues"
            }
            return style.contains(.dark)
                ? "not asked: without a two-sided market there is no middle to trade at"
                : "not asked: the slice is to rest, and rests in a lit book"
        }
        if decision.barred[place] { return barred }
        if style == .post { return "resting elsewhere is worth more" }
        return decision.children.isEmpty ? "not asked" : "not needed: nothing was left for it"
    }

    static func style(_ style: RouteStyle) -> [String] {
        var words: [String] = []
        if style.contains(.take) { words.append("take") }
        if style.contains(.dark) { words.append("dark") }
        if style.contains(.post) { words.append("post") }
        return words
    }
}
