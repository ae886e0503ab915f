// SPDX-License-Identifier: MIT

/// What a dictionary says, as it is written down: fields, their values, messages and what they are made of.
///
/// It may be changed freely, and becomes a dictionary that checks by `FixDictionary(_:)`.
/// ```swift
/// var specification = FixDictionary.builtin(.fix44).specification
/// specification.fields.append(.init(5001, "DeskID", .string))
/// let dictionary = try FixDictionary(specification)
/// ```
public struct FixSpecification: Equatable, Sendable {
    /// The version whose messages it describes, such as `FIX.4.4` or `FIX.5.0SP2`.
    public var name: String
    /// The session's version when it is another: `FIXT.1.1`.
    public var session: String?
    public var fields: [Field]
    public var components: [Component]
    public var header: [Member]
    public var trailer: [Member]
    public var messages: [Message]

    public init(_ name: String, session: String? = nil) {
        self.name = name
        self.session = session
        fields = []
        components = []
        header = []
        trailer = []
        messages = []
    }

    /// What BeginString says in its sessions; nil for a version without.
    public var version: FixVersion? { FixVersion(session ?? name) }

    /// A field, with its values when only certain ones are allowed.
    public struct Field: Equatable, Sendable {
        public var tag: FixTag
        public var name: String
        public var type: FixType
        public var values: [Value]

        public init(_ tag: FixTag, _ name: String, _ type: FixType, _ values: [Value] = []) {
            self.tag = tag
            self.name = name
            self.type = type
            self.values = values
        }
    }

    /// One of a field's values and what it means.
    public struct Value: Equatable, Sendable {
        public var text: String
        public var label: String

        public init(_ text: String, _ label: String) {
            self.text = text
            self.label = label
        }
    }

    /// What stands in a message, a component, or an entry of a group.
    public indirect enum Member: Equatable, Sendable {
        case field(FixTag, isRequired: Bool)
        case component(String, isRequired: Bool)
        /// A repeating group: the field that counts its entries, and what is in one.
        case group(FixTag, isRequired: Bool, [Member])
    }

    /// Members that stand together in several messages.
    public struct Component: Equatable, Sendable {
        public var name: String
        public var members: [Member]

        public init(_ name: String, _ members: [Member] = []) {
            self.name = name
            self.members = members
        }
    }

    /// A kind of message.
    public struct Message: Equatable, Sendable {
        public var type: FixMsgType
        public var name: String
        public var members: [Member]

        public init(_ type: FixMsgType, _ name: String, _ members: [Member] = []) {
            self.type = type
            self.name = name
            self.members = members
        }
    }
}

extension FixSpecification {
    /// The messages of `application` in sessions of `session`: header, trailer and session messages are the session's.
    ///
    /// Where both have a field, a component or a message, the session's counts; values that only the other knows are allowed too.
    public static func combined(session: FixSpecification, application: FixSpecification) -> FixSpecification {
        var result = FixSpecification(application.name, session: session.name)
        result.header = session.header
        result.trailer = session.trailer
        result.fields = session.fields
        var place: [FixTag: Int] = [:]
        for (index, field) in session.fields.enumerated() { place[field.tag] = index }
        for field in application.fields {
            guard let index = place[field.tag] else {
                result.fields.append(field)
                continue
            }
            let known = result.fields[index].values
            guard !known.isEmpty || field.values.isEmpty else { continue }
            let more = field.values.filter { value in !known.contains { $0.text == value.text } }
            if !field.values.isEmpty { result.fields[index].values += more }
        }
        result.fields.sort { $0.tag < $1.tag }
        let components = Set(session.components.map(\.name))
        result.components = session.components + application.components.filter { !components.contains($0.name) }
        let messages = Set(session.messages.map(\.type))
        result.messages = session.messages + application.messages.filter { !messages.contains($0.type) }
        return result
    }
}
