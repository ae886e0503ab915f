// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a result file could not be written.
public struct ResultsError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The file or directory.
    public let path: String
    /// What was tried: "create", "write", "rename".
    public let action: String
    /// The operating system's number for the cause.
    public let code: Int32

    public var description: String {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return "can't \(action) \(path): \(reason)"
    }
}

/// A file that is written under a temporary name and renamed when it is whole.
struct OutputFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var failure: Int32 = 0
    private static let flushAt = 1 << 20

    init(_ path: String) throws(ResultsError) {
        self.path = path
        descriptor = open(path + ".part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw ResultsError(path: path, action: "create", code: errno) }
        buffer.reserveCapacity(OutputFile.flushAt + 4096)
    }

    /// Adds bytes; a failure is reported by `close`.
    mutating func write(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= OutputFile.flushAt { flush() }
    }

    consuming func close() throws(ResultsError) {
        flush()
        if Self.closed(descriptor) != 0, failure == 0 { failure = errno }
        if failure != 0 {
            unlink(path + ".part")
            throw ResultsError(path: path, action: "write", code: failure)
        }
        if rename(path + ".part", path) != 0 { throw ResultsError(path: path, action: "rename", code: errno) }
    }

    private static func closed(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
        Glibc.close(descriptor)
        #elseif canImport(Musl)
        Musl.close(descriptor)
        #else
        Darwin.close(descriptor)
        #endif
    }

    private mutating func flush() {
        let wanted = buffer.count
        let target = descriptor
        let error: Int32 = buffer.withUnsafeBytes { bytes in
            var done = 0
            while done < wanted {
                let count = unsafeWrite(target, bytes.baseAddress.map { $0 + done }, wanted - done)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return count < 0 ? errno : EIO }
                done += count
            }
            return 0
        }
        if failure == 0 { failure = error }
        buffer.removeAll(keepingCapacity: true)
    }

    private func unsafeWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes, count)
        #else
        Darwin.write(descriptor, bytes, count)
        #endif
    }

    /// Makes a directory and those above it that are missing.
    static func makeDirectory(_ path: String) throws(ResultsError) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            partial += (partial.isEmpty || partial.hasSuffix("/") ? "" : "/") + part
            if mkdir(partial, 0o755) != 0, errno != EEXIST {
                throw ResultsError(path: partial, action: "create", code: errno)
            }
        }
    }
}
