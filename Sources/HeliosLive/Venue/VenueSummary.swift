// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// What a venue has done, for its owner.
public struct VenueSummary: Sendable, Equatable {
    /// One participant's trading, both protocols together.
    public struct Account: Sendable, Equatable {
        public var user: String
        public var orders = 0
        public var rejects = 0
        public var fills = 0
        public var shares = 0
        /// What it owes the venue; negative is what it gets.
        public var fees = Money(raw: 0)

        init(_ user: String) { self.user = user }
    }

    public var name: String
    public var kind: VenueDescription.Kind
    /// Session names, one a day.
    public var sessions: [String] = []
    /// ITCH messages published, those that found no room, and a fingerprint of all, in order (FNV-1a).
    public var messages: UInt64 = 0
    public var lostMessages: UInt64 = 0
    public var fingerprint: UInt64 = 0xCBF2_9CE4_8422_2325
    /// What the recorded or generated flow told that could not be done, because participants had traded.
    public var unmatched = 0
    public var accounts: [Account] = []
    public var logins = 0
    public var refusedLogins = 0
    public var requestsAnswered: UInt64 = 0
    public var requestsRefused: UInt64 = 0
    public var lines: [VenueLineCounts] = []
    public var disconnects = 0
    public var stalls = 0
    public var rejects = 0
    public var pauses = 0
    /// Whether every trading day came to its end.
    public var isComplete = false

    init(_ venue: VenueDescription) {
        name = venue.name
        kind = venue.kind
    }

    /// Orders and fills of all participants.
    public var orders: Int { accounts.reduce(0) { $0 + $1.orders } }
    public var fills: Int { accounts.reduce(0) { $0 + $1.fills } }

    /// Counts what a drop copy of everybody tells.
    mutating func count(_ message: DropCopyMessage, _ fees: VenueFees) {
        let user = message.user.description
        let index: Int
        if let known = accounts.firstIndex(where: { $0.user == user }) {
            index = known
        } else {
            index = accounts.count
            accounts.append(Account(user))
        }
        switch message.kind {
        case .accepted, .replaced: accounts[index].orders += 1
        case .rejected: accounts[index].rejects += 1
        case .executed:
            accounts[index].fills += 1
            accounts[index].shares += Int(message.quantity)
            let fee = VenueSummary.fee(UInt8(truncatingIfNeeded: message.detail), fees)
            accounts[index].fees += Money(fee, times: Quantity(Int(message.quantity)))
        default: break
        }
    }

    /// By OUCH's liquidity letter; auctions are free.
    private static func fee(_ letter: UInt8, _ fees: VenueFees) -> Price {
        switch letter {
        case UInt8(ascii: "A"), UInt8(ascii: "J"), UInt8(ascii: "k"): fees.maker
        case UInt8(ascii: "R"), UInt8(ascii: "m"): fees.taker
        default: .zero
        }
    }
}
