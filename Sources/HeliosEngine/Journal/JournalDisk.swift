// SPDX-License-Identifier: MIT

/// Why a disk did not do what it was asked.
public struct DiskError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, as far as the journal must know.
    public enum Code: Sendable {
        /// No space, or the quota is used up.
        case full
        /// The file system takes no writes.
        case readOnly
        /// Anything else: the file must not be trusted any more.
        case failed
    }

    public var code: Code
    /// The operating system's words, with the file.
    public var reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { reason }
}

/// Where a journal's segments lie: a directory, or a simulator's idea of one.
///
/// A segment is created with its whole size, so that writing into it needs no more space.
public protocol JournalDisk: AnyObject {
    /// Creates segment `index`, `size` bytes of zeros, and makes its name durable.
    func create(_ index: UInt32, size: Int) throws(DiskError)
    /// Writes into segment `index`; when it returns, the bytes survive the death of the process.
    func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError)
    /// When it returns, everything written to segment `index` survives a power cut.
    func sync(_ index: UInt32) throws(DiskError)
    /// Makes everything in segment `index` from `offset` on zero.
    func erase(_ index: UInt32, from offset: Int) throws(DiskError)
    /// Removes segment `index`.
    func remove(_ index: UInt32) throws(DiskError)
    /// The segments that are there, in order.
    func segments() throws(DiskError) -> [UInt32]
    /// Gives `body` the bytes of segment `index`.
    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result
}
