// SPDX-License-Identifier: MIT
import HeliosLive
import HeliosMarket
import HeliosRisk

/// The risk of a live session as text: states, use of limits, profit by scope, alerts.
struct RiskPictureView {
    private let picture: RiskPicture
    private let policy: RiskPolicy
    private let symbols: [Symbol]

    init(_ picture: RiskPicture, _ policy: RiskPolicy, symbols: [Symbol]) {
        self.picture = picture
        self.policy = policy
        self.symbols = symbols
    }

    /// The limit that is used most, for one line.
    static func highest(_ picture: RiskPicture) -> String {
        picture.limits.first.map { "limits \(share($0.use))" } ?? "limits unused"
    }

    /// States that are not active, what was refused by which control, alerts.
    var summary: String {
        let lowered = picture.scopes.filter { $0.status.state != .active }
            .map { "\(policy.title(of: $0.place)) \($0.status.state)" }
        var parts = [lowered.isEmpty ? "all scopes active" : lowered.joined(separator: ", ")]
        if !picture.refusals.isEmpty {
            let counts = picture.refusals.map { "\($0.control.name) \(Figures.count($0.count))" }
            parts.append("refused: " + counts.joined(separator: ", "))
        }
        if picture.alertCount > 0 { parts.append(Figures.counted(Int(clamping: picture.alertCount), "alert")) }
        return parts.joined(separator: "; ") + "; edition \(Figures.hash(picture.edition))"
    }

    /// The use of limits, highest first; empty before anything is used.
    var limitLines: [String] {
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["limit", "use", "used", "limit", "peak"]
        )
        for limit in picture.limits {
            let kind = policy.limits.indices.contains(limit.place) ? policy.limits[limit.place].kind : nil
            func text(_ value: Int128) -> String { kind.map { LimitText.value(value, $0) } ?? "\(value)" }
            let where_ = limit.use.instrument.map { ", \(name($0))" } ?? ""
            table.add(
                policy.title(ofLimit: limit.place) + where_,
                RiskPictureView.share(limit.use),
                text(limit.use.value),
                text(limit.use.limit),
                text(limit.use.peak)
            )
        }
        return table.isEmpty ? [] : table.lines()
    }

    /// Value at risk of the scopes that have a limit of it, and whose it is.
    var portfolioLines: [String] {
        var table = TextTable(
            [.left, .right, .right, .right, .left],
            header: ["value at risk", "VaR", "ES", "in flight", "largest parts"]
        )
        for portfolio in picture.portfolios {
            let parts = portfolio.components.map { "\(name($0.instrument)) \(Figures.fixed($0.component, 0))" }
            table.add(
                policy.title(of: portfolio.place),
                Figures.fixed(portfolio.valueAtRisk, 0),
                Figures.fixed(portfolio.expectedShortfall, 0),
                Figures.fixed(portfolio.inFlight, 0),
                parts.joined(separator: ", ")
            )
        }
        return table.isEmpty ? [] : table.lines()
    }

    /// Profit of each scope, as a tree; empty for a firm of one level.
    var profitLines: [String] {
        guard picture.scopes.count > 1 else { return [] }
        var table = TextTable(
            [.left, .left, .right, .right, .right, .right],
            header: ["scope", "state", "P&L", "realised", "unrealised", "fees"]
        )
        add(0, depth: 0, &table)
        return table.lines()
    }

    private func add(_ place: Int, depth: Int, _ table: inout TextTable) {
        guard policy.scopes.indices.contains(place), let scope = picture.scopes.first(where: { $0.place == place })
        else {
            return
        }
        let children = policy.scopes.indices.filter { $0 > place && policy.scopes[$0].parent == place }
        let profit = scope.profit
        // What never traded is told only when something is wrong with it.
        let isQuiet = depth > 0 && children.isEmpty && profit == ProfitAndLoss() && scope.status.state == .active
        if !isQuiet {
            let alert = scope.status.lossAlert ? " (loss!)" : ""
            table.add(
                String(repeating: "  ", count: depth) + policy.scopes[place].name,
                "\(scope.status.state)\(alert)",
                Figures.money(Money(raw: profit.total)),
                Figures.money(Money(raw: profit.realised)),
                Figures.money(Money(raw: profit.unrealised)),
                Figures.money(Money(raw: profit.fees))
            )
        }
        for child in children { add(child, depth: depth + 1, &table) }
    }

    /// The last alerts, newest first; those of one limit together.
    var alertLines: [String] {
        var seen: [UInt32: Int] = [:]
        for alert in picture.alerts { seen[alert.limitIndex, default: 0] += 1 }
        var table = TextTable(
            [.left, .left, .right, .right, .right],
            header: ["alert", "limit", "value", "soft", "times"]
        )
        for alert in picture.alerts.reversed() {
            guard let times = seen.removeValue(forKey: alert.limitIndex) else { continue }
            let place = Int(alert.limitIndex)
            let kind = policy.limits.indices.contains(place) ? policy.limits[place].kind : nil
            func text(_ value: Int128) -> String { kind.map { LimitText.value(value, $0) } ?? "\(value)" }
            let day = TradingDay.containing(alert.time)
            let instrument = alert.instrument == .none ? "" : ", \(name(alert.instrument))"
            table.add(
                day.map { Figures.clock(alert.time - $0.midnight) } ?? "",
                (kind == nil
                    ? "\(alert.control.name), \(policy.title(of: Int(alert.scope)))" : policy.title(ofLimit: place))
                    + instrument,
                text(alert.value),
                text(alert.soft),
                "\(times)"
            )
        }
        return table.isEmpty ? [] : table.lines()
    }

    private func name(_ instrument: Instrument) -> String {
        instrument.index < symbols.count ? symbols[instrument.index].description : "#\(instrument.id)"
    }

    private static func share(_ use: RiskUse) -> String {
        use.basisPoints > 99_900 ? "> 999 %" : "\((use.basisPoints + 50) / 100) %"
    }
}
