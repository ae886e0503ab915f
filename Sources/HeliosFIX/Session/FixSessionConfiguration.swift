// SPDX-License-Identifier: MIT
import HeliosMarket

/// Who talks to whom, seen from our side.
public struct FixSessionID: Hashable, Sendable, CustomStringConvertible {
    public var version: FixVersion
    /// Our CompID: SenderCompID of what we send.
    public var sender: String
    /// The peer's CompID.
    public var target: String
    /// SubIDs and LocationIDs; empty means none.
    public var senderSub = ""
    public var targetSub = ""
    public var senderLocation = ""
    public var targetLocation = ""

    public init(_ version: FixVersion, sender: String, target: String, senderSub: String = "", targetSub: String = "") {
        self.version = version
        self.sender = sender
        self.target = target
        self.senderSub = senderSub
        self.targetSub = targetSub
    }

    public var description: String { "\(version):\(sender)->\(target)" }
}

/// Who makes the connection and sends the first Logon.
@frozen
public enum FixRole: UInt8, Sendable {
    case initiator
    case acceptor
}

/// How a ResendRequest says "to the last".
@frozen
public enum FixResendEnd: UInt8, Sendable {
    /// EndSeqNo 0 (999999 before 4.2).
    case open
    /// The number before the message that showed the gap.
    case explicit
}

/// What peers differ in: the choices of the most common one are the default.
public struct FixProfile: Sendable {
    /// TestReqID of our TestRequests.
    public var testRequestID = "TEST"
    /// Whether a Reject to a SequenceReset with a too low NewSeqNo names the field, as some peers do.
    public var namesTagOfSequenceReset = false
    /// Whether a Reject for a bad SendingTime or MsgType names the field.
    public var namesTagOfHeader = false
    /// Whether Rejects (3) are sent again on request, rather than gap-filled.
    public var resendsRejects = false
    /// Whether a Logon that is refused gets a Logout with text, rather than silence.
    public var answersRefusedLogon = false
    /// Whether the routing fields of a rejected message come back reversed.
    public var reversesRoute = true
    /// Whether a ResendRequest whose number was there before is answered, rather than ending the session.
    public var answersLowResendRequests = true
    /// Whether BusinessMessageRejects over FIXT.1.1 carry DefaultApplVerID, which no dictionary has there.
    public var sendsApplicationInBusinessReject = true
    /// Whether LastMsgSeqNumProcessed (369) is sent; from 4.2 on.
    public var sendsLastProcessed = false

    public init() {}
}

/// How a session behaves.
public struct FixSessionConfiguration: Sendable {
    public var id: FixSessionID
    public var role: FixRole
    /// Seconds between heartbeats: what an initiator asks for; an acceptor takes what the Logon says.
    public var heartbeat = 30
    /// The HeartBtInt that an acceptor takes; a Logon with another is refused.
    public var heartbeatRange: ClosedRange<Int> = 0...86_400
    /// DefaultApplVerID of sessions over FIXT.1.1.
    public var application = FixApplication.fix50sp2
    /// Whether both numbers are 1 at each logon.
    public var resetOnLogon = false
    public var resetOnLogout = false
    public var resetOnDisconnect = false
    /// Whether Logons carry NextExpectedMsgSeqNum (789); from 4.4 on.
    public var usesNextExpected = false
    /// How far SendingTime may be from now; nil means it is not looked at.
    public var sendingTimeTolerance: Nanoseconds? = 120_000_000_000
    /// Whether an application message with a wrong SendingTime or CompID is asked for again after the next Logon.
    ///
    /// It is rejected, and the session ended, either way. On for initiators: a fill that came late is still a fill.
    public var losesNothing: Bool
    public var logonTimeout: Nanoseconds = 10_000_000_000
    public var logoutTimeout: Nanoseconds = 2_000_000_000
    /// Silence, in heartbeats, after which a TestRequest is sent.
    public var testRequestFactor = 1.2
    /// Silence, in heartbeats, after which the connection is given up.
    public var silenceFactor = 2.4
    /// Messages asked for at a time; nil means all.
    public var resendChunk: Int?
    public var resendEnd = FixResendEnd.open
    /// How long a resend may bring nothing before it is asked for again; nil means for ever.
    public var resendTimeout: Nanoseconds? = 30_000_000_000
    /// Digits of a second's parts in times that are sent: 0, 3, 6 or 9; before 4.2 none are sent.
    public var timestampDigits = 3
    public var username: String?
    public var password: String?
    /// Further fields of our Logons, such as a venue may want.
    public var logonFields: [(tag: FixTag, value: String)] = []
    /// When the session is open; nil means always.
    public var schedule: FixSchedule?
    /// Whether a new period of the schedule begins with number 1.
    public var resetOnSchedule = true
    /// The largest BodyLength that is believed.
    public var largestBody = 1 << 16
    /// Fields that a message may have: a field has three bytes at least, so that more don't fit, up to a bound.
    public var mostFields: Int { min(max(largestBody, 1_024) / 3 + 8, 1 << 18) }
    /// Messages and bytes that wait for a gap to be filled; what is beyond is dropped and asked for again.
    public var earlyMessages = 1_024
    public var earlyBytes = 1 << 18
    public var profile = FixProfile()
    public var checksCompIDs = true
    /// Whether messages are checked against the dictionary.
    public var validates = true
    public var checks = FixCheckOptions.default
    public var resync = FixResync.nextBeginString
    /// Whether a message counts as taken at the following `next` or `tick`, without `acknowledge`.
    public var acknowledgesByItself = true

    public init(_ id: FixSessionID, _ role: FixRole) {
        self.id = id
        self.role = role
        losesNothing = role == .initiator
    }
}
