// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath

/// A decimal text as a price: at most eight places.
func money(_ text: String) -> Price {
    let isNegative = text.hasPrefix("-")
    let parts = (isNegative ? String(text.dropFirst()) : text).split(separator: ".")
    let places = parts.count > 1 ? parts[1] + String(repeating: "0", count: 8 - parts[1].count) : "0"
    guard let whole = Int64(parts[0]), let fraction = Int64(places) else { fatalError("\(text) is no price") }
    let raw = whole * Price.scale + fraction
    return Price(raw: isNegative ? -raw : raw)
}

func buy(_ shares: Int, limit: String, _ style: RouteStyle = .take) -> RouteRequest {
    RouteRequest(
        instrument: Instrument(id: 0),
        side: .buy,
        leaves: Quantity(shares),
        limit: money(limit),
        style: style
    )
}

func sell(_ shares: Int, limit: String, _ style: RouteStyle = .take) -> RouteRequest {
    var request = buy(shares, limit: limit, style)
    request.side = .sell
    return request
}

func route(
    _ request: RouteRequest,
    _ view: RoutingView,
    _ router: SmartRouter = SmartRouter(),
    history: RouteHistory = RouteHistory(),
    at nanoseconds: Int64 = 1
) -> RoutePlan {
    var plan = RoutePlan()
    var router = router
    router.route(request, view, history, at: Timestamp(nanoseconds: nanoseconds), into: &plan)
    return plan
}

extension RoutingView {
    /// A level of a venue, behind those that it has.
    mutating func offer(_ place: Int, _ side: Side, _ price: String, _ shares: Int) {
        append(place, side, money(price), Quantity(shares))
    }
}

extension RoutePlan {
    /// "A 500 @ 10.01", with "sweep", "dark" or "rest" behind it.
    var children: [String] {
        (0..<count).map { index in
            let slice = self[index]
            let cents = slice.price.raw / 1_000_000
            let fraction = cents % 100
            var text = "\(Character(UnicodeScalar(UInt8(65 + slice.place)))) \(slice.quantity.raw / Quantity.scale) @ "
            text += "\(cents / 100).\(fraction < 10 ? "0" : "")\(fraction)"
            if slice.isSweep { text += " sweep" }
            switch slice.reason {
            case .dark: text += " dark"
            case .rest: text += " rest"
            case .peg: text += " peg"
            case .cheapest, .protected: break
            }
            return text
        }
    }
}
