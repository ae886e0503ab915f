// SPDX-License-Identifier: MIT

/// What BeginString says: the version of the session, and up to 4.4 of the messages too.
@frozen
public enum FixVersion: UInt8, Sendable, CaseIterable {
    case fix40
    case fix41
    case fix42
    case fix43
    case fix44
    /// The session of 5.0 and later.
    case fixt11

    /// The text of BeginString, packed with the first character in the lowest byte.
    @inlinable
    public var beginString: UInt64 {
        switch self {
        case .fix40: 0x30_2E34_2E58_4946
        case .fix41: 0x31_2E34_2E58_4946
        case .fix42: 0x32_2E34_2E58_4946
        case .fix43: 0x33_2E34_2E58_4946
        case .fix44: 0x34_2E34_2E58_4946
        case .fixt11: 0x312E_312E_5458_4946
        }
    }

    /// Characters of BeginString.
    @inlinable
    public var beginStringCount: Int { self == .fixt11 ? 8 : 7 }

    /// The version whose BeginString is `text`.
    public init?(_ text: String) {
        guard let version = FixVersion.allCases.first(where: { $0.description == text }) else { return nil }
        self = version
    }

    /// The version whose BeginString is `packed`.
    @inlinable
    public init?(packed: UInt64) {
        for version in FixVersion.allCases where version.beginString == packed {
            self = version
            return
        }
        return nil
    }
}

extension FixVersion: CustomStringConvertible {
    public var description: String { FixMsgType(rawValue: beginString).description }
}

/// The version of the messages: ApplVerID 1128 and DefaultApplVerID 1137 of sessions over FIXT.1.1.
@frozen
public enum FixApplication: UInt8, Sendable, CaseIterable {
    case fix27 = 0
    case fix30
    case fix40
    case fix41
    case fix42
    case fix43
    case fix44
    case fix50
    case fix50sp1
    case fix50sp2
}
