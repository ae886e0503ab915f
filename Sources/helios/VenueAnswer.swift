// SPDX-License-Identifier: MIT
import HeliosLive
import HeliosVenue

/// What venues have done, for people and for programs.
struct VenueAnswer: Encodable {
    struct Account: Encodable {
        var user: String
        var orders: Int
        var rejects: Int
        var fills: Int
        var shares: Int
        /// What it owes the venue; negative is what it gets.
        var fees: String
    }

    struct Line: Encodable {
        var address: String
        var offered: Int
        var lost: Int
        var duplicated: Int
        var reordered: Int
        var refused: Int
    }

    struct Venue: Encodable {
        var name: String
        var kind: String
        var complete: Bool
        var sessions: [String]
        var messages: UInt64
        var messagesLost: UInt64
        var fingerprint: String
        var unmatched: Int
        var orders: Int
        var fills: Int
        var accounts: [Account]
        var logins: Int
        var loginsRefused: Int
        var requestsAnswered: UInt64
        var requestsRefused: UInt64
        var lines: [Line]
        var disconnects: Int
        var stalls: Int
        var rejects: Int
        var pauses: Int
    }

    var event = "summary"
    var venues: [Venue]

    init(_ servers: [VenueServer]) {
        venues = servers.map { server in
            let report = server.report
            return Venue(
                name: report.name,
                kind: report.kind.rawValue,
                complete: report.isComplete,
                sessions: report.sessions,
                messages: report.messages,
                messagesLost: report.lostMessages,
                fingerprint: Figures.hash(report.fingerprint),
                unmatched: report.unmatched,
                orders: report.orders,
                fills: report.fills,
                accounts: report.accounts.map {
                    Account(
                        user: $0.user,
                        orders: $0.orders,
                        rejects: $0.rejects,
                        fills: $0.fills,
                        shares: $0.shares,
                        fees: $0.fees.description
                    )
                },
                logins: report.logins,
                loginsRefused: report.refusedLogins,
                requestsAnswered: report.requestsAnswered,
                requestsRefused: report.requestsRefused,
                lines: zip(server.venue.lines, report.lines).map {
                    Line(
                        address: $0.address,
                        offered: $1.offered,
                        lost: $1.lost,
                        duplicated: $1.duplicated,
                        reordered: $1.reordered,
                        refused: $1.refused
                    )
                },
                disconnects: report.disconnects,
                stalls: report.stalls,
                rejects: report.rejects,
                pauses: report.pauses
            )
        }
    }

    /// A block for each venue.
    var text: String { venues.map(\.text).joined(separator: "\n") }
}

extension VenueAnswer.Venue {
    var text: String {
        var lines = ["\(name) (\(kind)\(complete ? "" : ", interrupted"))"]
        func row(_ name: String, _ text: String) { lines.append("  " + name.padded(10) + text) }
        row("sessions", sessions.joined(separator: ", "))
        row("feed", "\(Figures.counted(Int(messages), "message")), fingerprint \(fingerprint)")
        if messagesLost > 0 { row("", "\(Figures.counted(Int(messagesLost), "message")) found no room") }
        row("requests", "\(Figures.count(requestsAnswered)) answered, \(Figures.count(requestsRefused)) refused")
        for line in self.lines {
            row(
                "line",
                "\(line.address): \(Figures.counted(line.offered, "datagram")), \(line.lost) lost, "
                    + "\(line.duplicated) duplicated, \(line.reordered) reordered, \(line.refused) refused by the system"
            )
        }
        row("logins", "\(logins), \(loginsRefused) refused")
        for account in accounts {
            row(
                account.user,
                "\(Figures.counted(account.orders, "order")), \(Figures.counted(account.rejects, "reject")), "
                    + "\(Figures.counted(account.fills, "fill")) of \(Figures.counted(account.shares, "share")), "
                    + "fees \(account.fees)"
            )
        }
        row("quirks", "\(disconnects) lines broken, \(Figures.counted(stalls, "stall")), \(rejects) orders refused")
        if pauses > 0 { row("bands", Figures.counted(pauses, "pause")) }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
