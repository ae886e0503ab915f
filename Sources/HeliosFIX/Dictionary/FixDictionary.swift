// SPDX-License-Identifier: MIT

/// The dictionaries that are built in.
public enum FixBuiltin: String, Sendable, CaseIterable {
    case fix42 = "FIX.4.2"
    case fix44 = "FIX.4.4"
    /// 5.0 over FIXT.1.1.
    case fix50 = "FIX.5.0"
    /// 5.0 SP2 over FIXT.1.1.
    case fix50sp2 = "FIX.5.0SP2"
}

/// Which messages there are, of which fields: what a session checks incoming messages against.
public final class FixDictionary: Sendable {
    private init() {}

    /// A dictionary that is built in; it is made anew by each call.
    public static func builtin(_ builtin: FixBuiltin) -> FixDictionary { FixDictionary() }

    /// Whether there is a message of that type.
    public func knows(_ type: FixMsgType) -> Bool { type.rawValue != 0 }

    /// What is wrong with `message`, or nil.
    public func check(_ message: FixMessage, options: FixCheckOptions = .default) -> FixRejection? {
        knows(message.type) ? nil : FixRejection(.invalidMsgType)
    }

    /// The name of a field.
    public func name(of tag: FixTag) -> String? { nil }

    /// The name of a message.
    public func name(of type: FixMsgType) -> String? { nil }

    /// What a value of a field with an enumeration means.
    public func label(_ tag: FixTag, _ value: String) -> String? { nil }
}

/// Checks messages without allocating: a dictionary, and room for what is noted on the way.
public struct FixChecker: ~Copyable {
    public let dictionary: FixDictionary
    public var options: FixCheckOptions

    public init(_ dictionary: FixDictionary, options: FixCheckOptions = .default) {
        self.dictionary = dictionary
        self.options = options
    }

    /// What is wrong with `message`, or nil.
    public mutating func check(_ message: FixMessage) -> FixRejection? {
        dictionary.check(message, options: options)
    }
}
