// SPDX-License-Identifier: MIT
import HeliosMarket

/// What kind of market an exchange is.
public enum ExchangeKind: String, Sendable, CaseIterable {
    /// A displayed book with auctions.
    case lit
    /// Nothing displayed: midpoint pegs with minimum quantities, at the middle of quotes given by `Exchange.reference`.
    case dark
}

/// What is spoken at a door of an exchange.
public enum PortKind: String, Sendable, CaseIterable {
    case ouch50
    case ouch42
    /// Read only: what happens to the orders of all, or of one user (`DropCopyMessage`).
    case dropCopy
    /// Read only: the books as they are at login, and where the feed goes on (`SnapshotClient`).
    case snapshot
    case fix42
    case fix44
    case fix50sp2

    /// The version of FIX that is spoken; nil over SoupBinTCP.
    public var dialect: FixDialect? {
        switch self {
        case .fix42: .fix42
        case .fix44: .fix44
        case .fix50sp2: .fix50sp2
        default: nil
        }
    }
}

/// One door: who may log in, and what is spoken there.
public struct PortSettings: Sendable, Equatable {
    /// Six characters at most.
    public var user: String
    public var kind: PortKind
    /// Whose orders a drop copy tells of; empty for everybody's.
    public var concerning: [String]
    /// Whether a port by FIX takes no orders and tells of those of others.
    public var isCopy = false
    /// Whether orders by FIX end with their connection; by OUCH they do.
    public var cancelsOnDisconnect = true
    /// By FIX: a field from 5000 on that says A for an execution that made and R for one that took; nil for none.
    public var liquidityTag: UInt32?
    /// Bytes that wait for a client by FIX at most; a quarter is kept for reports about orders.
    public var outboxBytes = 1 << 26
    /// ClOrdIDs by FIX that are remembered at most, also of requests; a replacement beyond is refused, a cancel is not.
    public var requests = 1 << 21
    /// Refused orders by FIX that are remembered at most.
    public var refusals = 1 << 16

    public init(user: String, kind: PortKind = .ouch50, concerning: [String] = []) {
        self.user = user
        self.kind = kind
        self.concerning = concerning
    }
}

/// What an exchange is made of, beside its instruments.
public struct ExchangeSettings: Sendable {
    public var kind = ExchangeKind.lit
    /// Who may log in and how; snapshots need no entry, every user named here may ask for them.
    public var ports: [PortSettings]
    /// The session of the feed, as its packets carry it; snapshots go by this name.
    public var feedSession = "HELIOS"
    /// What the sessions of its ports begin with, before the port's number: another one whenever the exchange begins anew, so that
    /// nobody takes the new session for the old one.
    public var portSession = ""
    /// Room for the day's ITCH messages.
    public var feedMessages = 1 << 22
    /// Room for the messages of one port.
    public var portMessages = 1 << 20
    /// Who quotes on request, by FIX.
    public var dealers = DealerSettings([])
    /// OrderIDs and ExecIDs by FIX begin behind it; nil makes them of the day, so that they are the same on every run.
    public var firstNumber: UInt64?
    /// Limit prices are multiples of it.
    public var tick = Price(raw: 10_000)

    public init(ports: [PortSettings]) { self.ports = ports }

    /// The session of a port, at most ten characters.
    func session(ofPort number: Int) -> String { portSession + "\(number + 2)" }
}
