// SPDX-License-Identifier: MIT

/// Where in its life a session is.
@frozen
public enum FixSessionState: Equatable, Sendable, BitwiseCopyable {
    case disconnected
    /// An acceptor's connection without a Logon yet.
    case awaitingLogon
    /// An initiator's connection without an answer yet.
    case logonSent
    case active
    /// Active, and messages up to that number were asked for.
    case resendPending(upTo: UInt64)
    /// Our Logout waits for the peer's.
    case logoutSent

    /// Whether application messages may be sent.
    @inlinable
    public var isLoggedOn: Bool {
        switch self {
        case .active, .resendPending: true
        default: false
        }
    }
}

/// Why a connection ends.
@frozen
public enum FixClosure: Equatable, Sendable, BitwiseCopyable {
    /// The peer has logged out, and got its answer.
    case peerLogout
    /// The peer has answered our Logout.
    case ourLogout
    /// Our Logout was not answered in time.
    case logoutTimeout
    /// There was no Logon in time.
    case logonTimeout
    /// Nothing came for too long.
    case silent
    /// The first message was no Logon.
    case notLogon
    /// The Logon was refused.
    case refused(FixRefusal)
    /// A number was too low and no duplicate.
    case tooLow(expected: UInt64, received: UInt64)
    /// A message without MsgSeqNum.
    case noSequence
    /// The answer to a Logout after a fault of the peer's, or none in time.
    case fault(FixFault)
    /// The schedule says that the session is closed.
    case schedule
}

/// Why a Logon is refused.
@frozen
public enum FixRefusal: UInt8, Equatable, Sendable, BitwiseCopyable {
    case beginString
    case compID
    case sendingTime
    /// A field of the Logon is missing or wrong.
    case malformed
    /// DefaultApplVerID is not what the session speaks.
    case application
    /// ResetSeqNumFlag with another number than 1.
    case reset
    /// NextExpectedMsgSeqNum is beyond what was sent.
    case nextExpected
    /// Outside of the schedule.
    case schedule
    /// The application does not want it.
    case unwanted
    /// The output or the store is full.
    case room
}

/// A fault of the peer's that ends a session.
@frozen
public enum FixFault: UInt8, Equatable, Sendable, BitwiseCopyable {
    case beginString
    case compID
    case sendingTime
    case origSendingTime
}

/// How an application message came.
@frozen
public struct FixDelivery: Equatable, Sendable, BitwiseCopyable {
    public let sequence: UInt64
    /// The number may have been sent before; here it is given for the first time.
    public let possDup: Bool
    /// The content may have been sent before, under another number.
    public let possResend: Bool

    @inlinable
    public init(sequence: UInt64, possDup: Bool, possResend: Bool) {
        self.sequence = sequence
        self.possDup = possDup
        self.possResend = possResend
    }
}

/// What a session learns; messages in it are valid until the session is next used.
@frozen
public enum FixSessionEvent: BitwiseCopyable {
    /// Both Logons are exchanged.
    case loggedOn(isReset: Bool)
    /// An application message: in order, each number once.
    case message(FixMessage, FixDelivery)
    /// The peer's Reject (3).
    case rejected(FixMessage)
    /// An application message that the session itself has refused, after its Reject was sent, and why.
    ///
    /// It is never delivered: without it the application would not know that there was anything. Its number is used up, unless
    /// `losesNothing` keeps it. A duplicate of what was there before is not told.
    case refused(FixMessage, FixRejection)
    /// Messages that are missing; they were asked for.
    case gap(from: UInt64, to: UInt64)
    /// Bytes that were no message.
    case garbled(FixGarble, count: Int)
    /// The connection must be closed when the output is written.
    case closed(FixClosure)
}
