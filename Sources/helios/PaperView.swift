// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosVenue

/// A live session as text.
struct PaperView {
    private let status: PaperStatus
    private let title: String
    private let policy: RiskPolicy
    private let notices: [String]

    init(_ status: PaperStatus, title: String, policy: RiskPolicy, notices: [String]) {
        self.status = status
        self.title = title
        self.policy = policy
        self.notices = notices
    }

    /// One line that says most.
    static func line(_ status: PaperStatus) -> String {
        let profit = status.account.realised + status.account.unrealised - status.account.fees
        let parts = [
            clock(status.time), state(status), "feed \(feed(status))",
            "\(Figures.count(status.marketInputs)) messages", "\(Figures.count(status.orders)) orders",
            "\(status.workingCount) working", "\(status.account.openPositions) positions",
            "P&L \(Figures.money(profit))", RiskPictureView.highest(status.firm), latency(status.order.latency),
        ]
        return parts.joined(separator: "  ")
    }

    /// The picture, cut to the size of the terminal: limits, profits, positions, orders and alerts share what is left.
    func lines(rows: Int, columns: Int) -> [String] {
        var lines = header()
        let footer = notices.isEmpty ? [] : [""] + notices
        let risk = RiskPictureView(status.firm, policy, symbols: status.symbols)
        let sections = [
            risk.limitLines, risk.portfolioLines, risk.profitLines, positionLines(), orderLines(), risk.alertLines,
        ]
        .filter { !$0.isEmpty }
        let heights = PaperView.shares(sections.map(\.count), of: rows - lines.count - footer.count - sections.count)
        for (section, height) in zip(sections, heights) where height > 0 {
            lines += [""] + PaperView.cut(section, to: height)
        }
        lines += footer
        return lines.prefix(rows).map { String($0.prefix(columns)) }
    }

    /// How `rows` are shared among sections that want so many: none gets more than it wants, and what one leaves goes to the
    /// others.
    static func shares(_ wanted: [Int], of rows: Int) -> [Int] {
        var heights = wanted.map { _ in 0 }
        var left = max(rows, 0)
        while left > 0,
            let least = wanted.indices.filter({ heights[$0] < wanted[$0] }).min(by: { heights[$0] < heights[$1] })
        {
            heights[least] += 1
            left -= 1
        }
        return heights
    }

    private static func cut(_ lines: [String], to count: Int) -> [String] {
        guard lines.count > count, count > 1 else { return Array(lines.prefix(count)) }
        return lines.prefix(count - 1) + ["  … \(lines.count - count + 1) more"]
    }

    private func header() -> [String] {
        let account = status.account
        let profit = account.realised + account.unrealised - account.fees
        var table = TextTable([.left, .left])
        table.add("state", "\(PaperView.state(status)), risk \(status.risk), epoch \(status.epoch)")
        table.add("feed", PaperView.feed(status) + feedDetails)
        table.add("lines", lineDetails)
        if status.venues.count > 1 {
            for venue in status.venues { table.add(venue.name, PaperView.venue(venue)) }
        } else {
            table.add("venue", PaperView.venue(status.order.health))
        }
        table.add(
            "P&L",
            "\(Figures.money(profit))  (realised \(Figures.money(account.realised)), unrealised "
                + "\(Figures.money(account.unrealised)), fees \(Figures.money(account.fees)))"
        )
        table.add(
            "exposure",
            "gross \(Figures.money(account.gross)), net \(Figures.money(account.net)), equity "
                + Figures.money(account.equity)
        )
        table.add(
            "orders",
            "\(Figures.count(status.orders)) asked for, \(Figures.count(status.refused)) refused by risk, "
                + "\(status.workingCount) work"
        )
        let risk = RiskPictureView(status.firm, policy, symbols: status.symbols)
        table.add("risk", risk.summary)
        table.add("latency", PaperView.latency(status.order.latency))
        table.add("journal", "\(Figures.count(status.records)) records, hash \(Figures.hash(status.outputHash))")
        return ["\(title)   \(PaperView.clock(status.time))"] + table.lines()
    }

    private var feedDetails: String {
        let feed = status.feed
        var parts = ["\(Figures.count(max(feed.next, 1) - 1)) messages"]
        if feed.gaps > 0 { parts.append("\(Figures.count(feed.gaps)) gaps, \(feed.requests) requests") }
        if feed.missing > 0 { parts.append("\(Figures.count(feed.missing)) missing") }
        if feed.lost > 0 { parts.append("\(Figures.count(feed.lost)) LOST") }
        if feed.malformed > 0 { parts.append("\(feed.malformed) malformed") }
        return "; " + parts.joined(separator: "; ")
    }

    private var lineDetails: String {
        let feed = status.feed
        var parts = feed.lines.enumerated().map { index, line in
            let name = index < 26 ? String(UnicodeScalar(UInt8(65 + index))) : "\(index)"
            let drops = line.kernelDrops > 0 ? ", \(Figures.count(line.kernelDrops)) dropped by the kernel" : ""
            return "\(name) \(Figures.count(line.packets)) packets, \(Figures.count(line.firsts)) first\(drops)"
        }
        if let answers = feed.answers, answers.packets > 0 {
            parts.append("\(Figures.count(answers.packets)) packets sent again")
        }
        return parts.joined(separator: "; ")
    }

    private func positionLines() -> [String] {
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["position", "shares", "mark", "realised", "unrealised"]
        )
        let open = status.positions.sorted { $0.record.unrealised.magnitude > $1.record.unrealised.magnitude }
        for position in open where position.record.quantity.raw != 0 {
            table.add(
                position.symbol.description,
                Figures.quantity(position.record.quantity),
                position.record.mark.description,
                Figures.money(position.record.realised),
                Figures.money(position.record.unrealised)
            )
        }
        return table.isEmpty ? ["  no positions"] : table.lines()
    }

    private func orderLines() -> [String] {
        var table = TextTable(
            [.right, .left, .left, .right, .right, .left],
            header: ["order", "symbol", "side", "open", "price", "state"]
        )
        for order in status.working {
            table.add(
                "\(order.id)",
                order.symbol.description,
                order.side == .buy ? "buy" : "sell",
                Figures.quantity(order.leaves),
                order.price.description,
                "\(order.state)"
            )
        }
        return table.isEmpty ? ["  no working orders"] : table.lines()
    }

    // MARK: Words

    private static func clock(_ time: Timestamp) -> String {
        guard time != .zero, let day = TradingDay.containing(time) else { return "--:--:--" }
        return "\(day) \(Figures.clock(time - day.midnight))"
    }

    private static func state(_ status: PaperStatus) -> String {
        let held = [
            (OrderHold.venue, "venue"), (.journal, "journal full"), (.command, "stopped"), (.standby, "standby"),
        ]
        .filter { status.holds.contains($0.0) }.map(\.1)
        let role = status.role == .active ? "trading" : "\(status.role)"
        return held.isEmpty ? role : "\(role), orders held: \(held.joined(separator: ", "))"
    }

    private static func feed(_ status: PaperStatus) -> String {
        switch status.feedQuality {
        case 0: "whole"
        case 1: status.feed.session.isEmpty ? "nothing heard" : "NOT WHOLE"
        default: "DISPUTED"
        }
    }

    /// One of several venues: its orders and its feed.
    private static func venue(_ status: VenueStatus) -> String {
        var parts = [status.isDark ? "dark" : "lit", venue(status.health)]
        if status.health.state == .ready, !status.isOpen { parts.append("orders held") }
        if let feed = status.feed {
            let quality = ["whole", feed.session.isEmpty ? "nothing heard" : "NOT WHOLE", "DISPUTED"]
            parts.append(
                "feed \(quality[Int(min(status.feedQuality, 2))]), \(Figures.count(max(feed.next, 1) - 1)) messages"
            )
            if feed.missing > 0 { parts.append("\(Figures.count(feed.missing)) missing") }
            if feed.lost > 0 { parts.append("\(Figures.count(feed.lost)) LOST") }
        }
        return parts.joined(separator: "; ")
    }

    private static func venue(_ health: OrderConnectionHealth) -> String {
        var parts = ["\(health.state)"]
        if health.losses > 0 { parts.append("\(health.losses) connections lost") }
        if health.throttled > 0 { parts.append("\(Figures.count(health.throttled)) waited for the rate") }
        if health.foreign + health.contradictions > 0 {
            parts.append("\(health.foreign) foreign, \(health.contradictions) contradictory reports")
        }
        return parts.joined(separator: "; ")
    }

    private static func latency(_ latency: LatencySummary) -> String {
        guard latency.count > 0 else { return "no order yet" }
        let values = [("p50", latency.p50), ("p99", latency.p99), ("p99.9", latency.p999), ("max", latency.maximum)]
        return "packet to order "
            + values.map { "\($0.0) \(Figures.duration(Double($0.1)))" }.joined(separator: ", ")
    }
}
