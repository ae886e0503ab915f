// SPDX-License-Identifier: MIT

/// Why a file can't be read or written: which file, where in it, and the reason.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sort of failure.
    public enum Code: Sendable {
        /// The operating system refused.
        case system
        /// Compressed data are broken.
        case corrupt
        /// The file ends in the middle of something.
        case truncated
        /// The content is of no known format.
        case unknownFormat
        /// The file's partner (a LOBSTER message or orderbook file) is missing or doesn't fit.
        case partner
    }

    public let code: Code
    public let path: String
    /// The byte at which reading failed, counted in the file as it is stored; nil when that doesn't apply.
    public let offset: UInt64?
    /// What happened, as the end of a sentence.
    public let reason: String

    public init(_ code: Code, path: String, offset: UInt64? = nil, reason: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.reason = reason
    }

    public var description: String {
        if let offset { "\(path): \(reason) at byte \(offset)" } else { "\(path): \(reason)" }
    }
}
