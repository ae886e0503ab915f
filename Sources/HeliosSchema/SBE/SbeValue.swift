// SPDX-License-Identifier: MIT
import HeliosWire

/// A value that was read by a schema instead of by generated code.
public indirect enum SbeValue: Equatable, Sendable {
    /// The value that stands for "none", or a field that the sender's version doesn't have.
    case null
    case integer(Int128)
    case float(Double)
    case text(String)
    case decimal(SbeDecimal)
    /// A code, with its name where the schema lists it.
    case code(Int128, name: String?)
    /// The names of the flags that are set, and all bits.
    case flags(UInt64, names: [String])
    case array([SbeValue])
    case composite([SbeNamedValue])
    case bytes([UInt8])
}

/// A value and what it is called.
public struct SbeNamedValue: Equatable, Sendable {
    public var name: String
    public var value: SbeValue

    public init(_ name: String, _ value: SbeValue) {
        self.name = name
        self.value = value
    }
}

/// What a message or an entry holds.
public struct SbeDecodedBlock: Equatable, Sendable {
    public var fields: [SbeNamedValue] = []
    public var groups: [SbeDecodedGroup] = []
    public var data: [SbeNamedValue] = []

    public subscript(field: String) -> SbeValue? { (fields + data).first { $0.name == field }?.value }
    public func group(_ name: String) -> [SbeDecodedBlock] { groups.first { $0.name == name }?.entries ?? [] }
}

/// A group's entries.
public struct SbeDecodedGroup: Equatable, Sendable {
    public var name: String
    public var entries: [SbeDecodedBlock]
}

/// A message that was read by a schema.
public struct SbeDecodedMessage: Equatable, Sendable {
    public var name: String
    public var header: SbeHeader
    public var content: SbeDecodedBlock
    /// Bytes from the header to the end of what the schema knows.
    public var length: Int
}

extension SbeValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .null: "none"
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .text(let text): "'\(text)'"
        case .decimal(let value): "\(value)"
        case .code(let value, let name): name ?? "\(value)?"
        case .flags(let bits, let names): names.isEmpty ? "\(bits)" : names.joined(separator: "+")
        case .array(let values): "[" + values.map(\.description).joined(separator: " ") + "]"
        case .composite(let members):
            "(" + members.map { "\($0.name) \($0.value)" }.joined(separator: ", ") + ")"
        case .bytes(let bytes):
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
