// SPDX-License-Identifier: MIT

/// What whoever runs a FIX door should know of a user's session.
public struct FixDoorWarning {
    /// What has gone wrong.
    public enum Kind: Sendable {
        /// It can keep no more, and is closed until the user begins it anew.
        case full
        /// There is no more memory or disk for it; what it has lasts for a while.
        case short
        /// A drop copy has lost messages, and is closed for the day.
        case lost
    }

    public let kind: Kind
    public let user: FixDoorUser
    /// The port of the day.
    public let port: FixDoorPort?

    /// For people.
    public var text: String {
        switch kind {
        case .full:
            "the session with \(user.compID) can keep no more: it is closed until a Logon with ResetSeqNumFlag=Y"
        case .short:
            "no more room to keep the session with \(user.compID): it is closed when what it has is used up; is the disk full?"
        case .lost: "copies for \(user.compID) were lost: its session is closed until the next trading day"
        }
    }
}
