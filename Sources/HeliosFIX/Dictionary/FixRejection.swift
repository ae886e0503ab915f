// SPDX-License-Identifier: MIT

/// Why a message is refused by a Reject: SessionRejectReason, tag 373.
@frozen
public enum FixRejectReason: UInt8, Sendable, CaseIterable {
    case invalidTagNumber = 0
    case requiredTagMissing = 1
    case tagNotDefinedForType = 2
    case undefinedTag = 3
    case tagWithoutValue = 4
    case valueOutOfRange = 5
    case incorrectDataFormat = 6
    case decryptionProblem = 7
    case signatureProblem = 8
    case compIDProblem = 9
    case sendingTimeAccuracy = 10
    case invalidMsgType = 11
    case xmlValidation = 12
    case tagAppearsTwice = 13
    case tagOutOfOrder = 14
    case groupFieldsOutOfOrder = 15
    case incorrectNumInGroup = 16
    case delimiterInValue = 17
    case invalidApplicationVersion = 18
    case other = 99

    /// The words for Text, tag 58, which the most common peer uses too.
    public var text: StaticString {
        switch self {
        case .invalidTagNumber: "Invalid tag number"
        case .requiredTagMissing: "Required tag missing"
        case .tagNotDefinedForType: "Tag not defined for this message type"
        case .undefinedTag: "Undefined Tag"
        case .tagWithoutValue: "Tag specified without a value"
        case .valueOutOfRange: "Value is incorrect (out of range) for this tag"
        case .incorrectDataFormat: "Incorrect data format for value"
        case .decryptionProblem: "Decryption problem"
        case .signatureProblem: "Signature problem"
        case .compIDProblem: "CompID problem"
        case .sendingTimeAccuracy: "SendingTime accuracy problem"
        case .invalidMsgType: "Invalid MsgType"
        case .xmlValidation: "XML validation error"
        case .tagAppearsTwice: "Tag appears more than once"
        case .tagOutOfOrder: "Tag specified out of required order"
        case .groupFieldsOutOfOrder: "Repeating group fields out of order"
        case .incorrectNumInGroup: "Incorrect NumInGroup count for repeating group"
        case .delimiterInValue: "Non data value includes field delimiter"
        case .invalidApplicationVersion: "Invalid or unsupported application version"
        case .other: "Other"
        }
    }
}

/// What a dictionary finds wrong with a message.
@frozen
public struct FixRejection: Error, Equatable, Sendable, BitwiseCopyable {
    /// SessionRejectReason, tag 373.
    public var reason: FixRejectReason
    /// RefTagID, tag 371; nil when it is not about one field.
    public var tag: FixTag?

    @inlinable
    public init(_ reason: FixRejectReason, _ tag: FixTag? = nil) {
        self.reason = reason
        self.tag = tag
    }
}

/// What of a message is held against the dictionary.
@frozen
public struct FixCheckOptions: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Header fields come before the body's, those before the trailer's: reason 14.
    @inlinable public static var order: FixCheckOptions { FixCheckOptions(rawValue: 1) }
    /// Required fields are there: reason 1.
    @inlinable public static var required: FixCheckOptions { FixCheckOptions(rawValue: 2) }
    /// Required members are there in the entries of groups that need not be there themselves, which QuickFIX does not ask.
    @inlinable public static var requiredInOptionalGroups: FixCheckOptions { FixCheckOptions(rawValue: 4) }
    /// A field has a value: reason 4.
    @inlinable public static var values: FixCheckOptions { FixCheckOptions(rawValue: 8) }
    /// A value is one of its field's enumeration: reason 5.
    @inlinable public static var enumerations: FixCheckOptions { FixCheckOptions(rawValue: 16) }
    /// A tag below 5000 is in the dictionary and in its message: reasons 0 and 2.
    @inlinable public static var fields: FixCheckOptions { FixCheckOptions(rawValue: 32) }
    /// A tag from 5000 on, which users define, too.
    @inlinable public static var userFields: FixCheckOptions { FixCheckOptions(rawValue: 64) }
    /// Members of a group's entry stand in the order of the dictionary: reason 15; QuickFIX takes any order.
    @inlinable public static var groupOrder: FixCheckOptions { FixCheckOptions(rawValue: 128) }

    /// Formats that QuickFIX takes as text too: local dates and times, months, days, times with a zone, lists of characters.
    @inlinable public static var allFormats: FixCheckOptions { FixCheckOptions(rawValue: 256) }

    /// All that QuickFIX refuses when nothing is set otherwise, and no more.
    @inlinable public static var asQuickFix: FixCheckOptions { FixCheckOptions(rawValue: 123) }
    /// What QuickFIX refuses, required members of all entries, and all formats.
    @inlinable public static var `default`: FixCheckOptions { FixCheckOptions(rawValue: 123 + 4 + 256) }
}
