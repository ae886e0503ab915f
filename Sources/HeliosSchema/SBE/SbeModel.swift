// SPDX-License-Identifier: MIT

/// A schema with every offset and size worked out.
public struct SbeModel: Equatable, Sendable {
    public var package: String
    public var id: Int
    public var version: Int
    public var semanticVersion: String?
    public var note: String
    public var isBigEndian: Bool
    /// The composite in front of every message.
    public var header: SbeCompositeType
    /// The named types in the order of the file.
    public var types: [SbeType]
    public var messages: [SbeMessageLayout]

    public func message(_ templateID: Int) -> SbeMessageLayout? { messages.first { $0.id == templateID } }
}

/// A field within a fixed part.
public struct SbeFieldLayout: Equatable, Sendable {
    public var name: String
    public var id: Int
    public var note: String
    public var offset: Int
    public var type: SbeType
    public var presence: SbePresence
    /// For constants.
    public var constant: SbeConstant?
    public var semanticType: String?
    public var sinceVersion: Int
    public var deprecated: Int?

    /// Bytes on the wire.
    public var size: Int { presence == .constant ? 0 : type.size }
    public var end: Int { offset + size }
}

/// Fields, then groups, then variable data: the content of a message or an entry.
public struct SbeBlockLayout: Equatable, Sendable {
    /// Bytes of the fixed part as this schema writes it.
    public var length = 0
    public var fields: [SbeFieldLayout] = []
    public var groups: [SbeGroupLayout] = []
    public var data: [SbeDataLayout] = []

    /// Bytes that every version has: up to the end of the last required field that was there from the start.
    public var minimumLength: Int {
        fields.filter { $0.sinceVersion == 0 && $0.presence == .required }.map(\.end).max() ?? 0
    }

    public var isFlat: Bool { groups.isEmpty && data.isEmpty }
}

/// A group.
public struct SbeGroupLayout: Equatable, Sendable {
    public var name: String
    public var id: Int
    public var note: String
    public var sinceVersion: Int
    /// The composite in front of the entries, with `blockLength` and `numInGroup`.
    public var dimension: SbeCompositeType
    public var block: SbeBlockLayout
}

/// Variable data.
public struct SbeDataLayout: Equatable, Sendable {
    public var name: String
    public var id: Int
    public var note: String
    public var sinceVersion: Int
    /// The composite with `length` and `varData`.
    public var type: SbeCompositeType
    /// Bytes before the data.
    public var prefixLength: Int
    public var lengthOffset: Int
    public var lengthPrimitive: SbePrimitive
    public var isText: Bool
}

/// A message.
public struct SbeMessageLayout: Equatable, Sendable {
    public var name: String
    public var id: Int
    public var note: String
    public var sinceVersion: Int
    public var semanticType: String?
    public var deprecated: Int?
    public var block: SbeBlockLayout
}
