// SPDX-License-Identifier: MIT

/// What was wrong with a message.
public enum FeedFault: UInt8, Sendable, CaseIterable {
    /// Shorter than its type's fixed length.
    case truncatedMessage
    /// A type that the protocol does not have.
    case unknownType
    /// A field holds a value outside its range (a side that is neither B nor S, a price above the maximum).
    case invalidField
    /// The input ended inside a frame.
    case truncatedFrame
    /// Bytes follow the end-of-session mark.
    case dataAfterEnd
    /// A message of no bytes inside a packet.
    case emptyMessage

    public var explanation: String {
        switch self {
        case .truncatedMessage: "message shorter than its type's length"
        case .unknownType: "unknown message type"
        case .invalidField: "field out of range"
        case .truncatedFrame: "input ends inside a frame"
        case .dataAfterEnd: "data after the end-of-session mark"
        case .emptyMessage: "empty message"
        }
    }
}

/// A message that could not be used, and where it stood.
public struct FeedProblem: Sendable, Equatable {
    /// Offset of the message's first byte in the input.
    public var offset: UInt64
    /// The type byte, or 0 when there was none.
    public var type: UInt8
    public var fault: FeedFault

    public init(offset: UInt64, type: UInt8, fault: FeedFault) {
        self.offset = offset
        self.type = type
        self.fault = fault
    }
}

/// Counters and the first problems of a feed.
///
/// Nothing is dropped without being counted here.
public struct FeedDiagnostics: Sendable {
    /// How many problems are kept with their place; all are counted.
    public static let keptProblems = 64

    /// Messages that gave no event.
    public internal(set) var malformed = 0
    /// Of those, the ones with a type that the protocol does not have.
    public internal(set) var unknown = 0
    /// Messages longer than their type's length: used, the rest ignored.
    public internal(set) var oversized = 0
    /// An end-of-session mark was seen.
    public internal(set) var sessionEnded = false
    public internal(set) var problems: [FeedProblem] = []

    public init() {}

    public mutating func note(_ fault: FeedFault, type: UInt8, offset: UInt64) {
        malformed += 1
        if fault == .unknownType { unknown += 1 }
        if problems.count < FeedDiagnostics.keptProblems {
            problems.append(FeedProblem(offset: offset, type: type, fault: fault))
        }
    }
}
