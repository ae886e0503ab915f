// SPDX-License-Identifier: MIT

/// Why bytes aren't the SBE message that was asked for, or why one could not be written.
@frozen
public enum SbeError: Error, Equatable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// Fewer bytes than a message header has.
    case header(count: Int)
    /// A message of another schema.
    case schema(UInt16)
    /// The schema has no message with this template id, or it is not the one asked for.
    case template(UInt16)
    /// A fixed part of `length` bytes runs past the message or lacks fields that every version has.
    case block(length: Int, needed: Int)
    /// The group whose dimension stands at byte `offset` behind the root block is cut short or impossible.
    case group(offset: Int)
    /// The variable data whose length stands at byte `offset` behind the root block is cut short.
    case data(offset: Int)
    /// A frame that says it has `length` bytes, which no frame can have.
    case frame(length: Int)
    /// A frame of an encoding other than SBE.
    case encoding(UInt16)
    /// The memory has no room for what is written.
    case buffer
    /// A part was written where the schema has another one, or a part is missing.
    case order
    /// More entries than the dimension can count.
    case entries(Int)
    /// A text or array of `count` elements where at most `limit` fit.
    case length(count: Int, limit: Int)
    /// A decimal number that the field's exponent or mantissa can't say.
    case decimal

    public var description: String {
        switch self {
        case .header(let count): "\(count) bytes are too few for a message header"
        case .schema(let id): "a message of schema \(id)"
        case .template(let id): "an unexpected template id \(id)"
        case .block(let length, let needed): "a block of \(length) bytes where \(needed) are needed"
        case .group(let offset): "a broken group at byte \(offset) behind the root block"
        case .data(let offset): "variable data at byte \(offset) behind the root block runs past the message"
        case .frame(let length): "\(length) is no length of a frame"
        case .encoding(let type): "a frame of encoding type \(type)"
        case .buffer: "the memory has no room for the message"
        case .order: "a part of the message is missing or in the wrong place"
        case .entries(let count): "\(count) entries are more than the group can count"
        case .length(let count, let limit): "\(count) elements where at most \(limit) fit"
        case .decimal: "a decimal number that the field can't hold exactly"
        }
    }
}
