// SPDX-License-Identifier: MIT

import Foundation

/// A file mapped into memory for reading.
///
/// The file must not be shortened while it is mapped: reading pages that are gone kills the process.
public struct MappedFile: ~Copyable {
    /// The file's name as given.
    public let path: String
    /// The file's content, valid as long as this value.
    public let bytes: UnsafeRawBufferPointer

    /// Maps the file at `path`.
    ///
    /// - Parameter path: A regular file.
    /// - Throws: `StoreError` with the operating system's reason.
    public init(path: String) throws(StoreError) {
        bytes = try MappedFile.map(path)
        self.path = path
    }

    private static func map(_ path: String) throws(StoreError) -> UnsafeRawBufferPointer {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw MappedFile.error(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw MappedFile.error(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(.system, path: path, reason: "not a regular file")
        }
        let count = Int(status.st_size)
        if count == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
            throw MappedFile.error(path, errno)
        }
        // Advice only: a refusal changes nothing.
        _ = madvise(memory, count, MADV_SEQUENTIAL)
        return UnsafeRawBufferPointer(start: memory, count: count)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }

    /// An error with the operating system's words for `code`.
    static func error(_ path: String, _ code: Int32) -> StoreError {
        StoreError(.system, path: path, reason: String(cString: strerror(code)))
    }
}
