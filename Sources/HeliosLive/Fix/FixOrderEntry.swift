// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue

/// How a connection is kept from others' eyes, and who is believed to be at its other end.
public struct TransportSecurity: Sendable, Equatable {
    /// Files of our certificate and its key (PEM); nil shows none.
    public var certificate: String?
    public var key: String?
    /// The file of the authorities that are believed (PEM); nil is the system's.
    public var authority: String?
    /// The name that the venue's certificate must be for; nil is the host that is connected to.
    public var serverName: String?
    /// Whether the venue's certificate is checked.
    public var verifies = true

    public init() {}
}

/// A session that is to speak TLS, and nobody who can.
public struct NoSecureTransportError: Error, Sendable, CustomStringConvertible {
    public var description: String { "live.fix.tls: this program has nobody who speaks TLS" }
}

/// Order entry by FIX: the session, and what orders say beside their terms.
public struct FixOrderEntry: Sendable {
    public var session: FixSessionConfiguration
    /// What is validated; nil takes whatever can be read.
    public var dictionary: FixDictionary?
    /// The file of the session's numbers; nil puts it beside the journal.
    public var store: String?
    public var account = ""
    public var capacity = UInt8(ascii: "A")
    public var handling = UInt8(ascii: "1")
    public var destination = ""
    public var liquidityTag = FixTag.lastLiquidityInd
    public var selfMatch: FixSelfMatch?
    /// Who answers requests for quotes, by PartyID.
    public var dealers: [String] = []
    /// With this text in its Logout the venue says that its day is over; empty when nothing says so.
    public var endText = ""
    /// TLS; nil is plain TCP.
    public var security: TransportSecurity?
    /// Connects by TLS: a plain socket that doesn't block, behind which somebody keeps the bytes secret.
    ///
    /// Needed with `security`: without it a session doesn't begin, for what should be secret must not go out in the open.
    public var secureDial: (@Sendable (Endpoint) throws -> Int32)?

    public init(_ session: FixSessionConfiguration) { self.session = session }

    /// The name of the file of its numbers beside a journal.
    var fileName: String {
        let parts = [
            session.id.version.description, session.id.sender, session.id.senderSub, session.id.target,
            session.id.targetSub,
        ]
        let name = parts.filter { !$0.isEmpty }.joined(separator: "-")
        return "fix-" + name.map { $0.isLetter || $0.isNumber || "-._".contains($0) ? String($0) : "_" }.joined()
            + ".store"
    }
}
