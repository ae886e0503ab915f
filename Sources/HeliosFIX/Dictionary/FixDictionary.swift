// SPDX-License-Identifier: MIT

/// Why a message is to be rejected.
public struct FixRejection: Equatable, Sendable {
    /// SessionRejectReason, 373.
    public var reason: Int
    /// RefTagID, 371.
    public var tag: FixTag?

    public init(reason: Int, tag: FixTag? = nil) {
        self.reason = reason
        self.tag = tag
    }
}

/// What messages and fields a version has.
public final class FixDictionary: Sendable {
    public init() {}

    /// Whether the version has messages of `type`.
    public func knows(_ type: FixMsgType) -> Bool { true }

    /// What is wrong with `message`; nil when nothing is.
    public func check(_ message: FixMessage) -> FixRejection? { nil }
}
