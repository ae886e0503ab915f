// SPDX-License-Identifier: MIT

import CZlib
import Foundation

/// Inflates gzip data, several members one after the other, from bytes that stay in memory.
final class Inflater {
    private let path: String
    private let input: UnsafeRawBufferPointer
    private let stream: UnsafeMutablePointer<z_stream>
    /// Bytes of input used so far.
    private(set) var consumed = 0
    private(set) var isAtEnd = false

    /// Input is handed to zlib in slices that its 32-bit counters can hold.
    private static let largestSlice = 1 << 30

    /// An inflater over `input`, which must outlive it.
    init(_ input: UnsafeRawBufferPointer, path: String) throws(StoreError) {
        self.path = path
        self.input = input
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, + 16: a gzip header is required.
        if inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) != Z_OK {
            throw StoreError(.system, path: path, reason: "zlib can't be started")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Whether `bytes` begin like a gzip member.
    static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    }

    /// Fills `output` as far as the data go; 0 at the end.
    func read(into output: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        var written = 0
        while written < output.count, !isAtEnd {
            let (read, made, status) = step(output, from: written)
            consumed += read
            written += made
            switch status {
            case Z_STREAM_END: try endMember()
            case Z_OK where read > 0 || made > 0: break
            case Z_OK, Z_BUF_ERROR:
                if consumed == input.count { throw error(.truncated, "the gzip data end early") }
            default: throw error(.corrupt, "the gzip data are corrupt")
            }
        }
        return written
    }

    private func step(
        _ output: UnsafeMutableRawBufferPointer,
        from written: Int
    ) -> (read: Int, made: Int, status: Int32) {
        let available = min(input.count - consumed, Inflater.largestSlice)
        let room = min(output.count - written, Inflater.largestSlice)
        // zlib doesn't write through next_in; its type only lacks the word const.
        stream.pointee.next_in = input.baseAddress.map {
            UnsafeMutablePointer(mutating: ($0 + consumed).assumingMemoryBound(to: UInt8.self))
        }
        stream.pointee.avail_in = UInt32(available)
        stream.pointee.next_out = output.baseAddress.map { ($0 + written).assumingMemoryBound(to: UInt8.self) }
        stream.pointee.avail_out = UInt32(room)
        let status = inflate(stream, Z_NO_FLUSH)
        return (available - Int(stream.pointee.avail_in), room - Int(stream.pointee.avail_out), status)
    }

    /// After a member: another one, the end, or zero bytes of padding up to the end.
    private func endMember() throws(StoreError) {
        let rest = UnsafeRawBufferPointer(rebasing: input[consumed...])
        if rest.allSatisfy({ $0 == 0 }) {
            isAtEnd = true
        } else if Inflater.recognizes(rest) || rest.count < 2 {
            inflateReset(stream)
        } else {
            throw error(.corrupt, "no gzip data after the end of a gzip member")
        }
    }

    private func error(_ code: StoreError.Code, _ reason: String) -> StoreError {
        StoreError(code, path: path, offset: UInt64(consumed), reason: reason)
    }
}

/// Reads a gzip file piece by piece, in constant memory; members one after the other read as one.
///
/// ```swift
/// var reader = try GzipReader(path: "20191230.ITCH50.gz")
/// while case let count = try reader.read(into: buffer), count > 0 { … }
/// ```
public struct GzipReader: ~Copyable {
    private let file: MappedFile
    private let inflater: Inflater

    /// Opens the file at `path`.
    ///
    /// - Parameter path: A gzip file.
    /// - Throws: `StoreError` when it can't be opened or isn't gzip.
    public init(path: String) throws(StoreError) {
        let file = try MappedFile(path: path)
        guard Inflater.recognizes(file.bytes) else {
            throw StoreError(.unknownFormat, path: path, offset: 0, reason: "not a gzip file")
        }
        inflater = try Inflater(file.bytes, path: path)
        self.file = file
    }

    /// Fills `output` with what comes next.
    ///
    /// - Parameter output: Where the bytes go.
    /// - Returns: The number of bytes, less than `output` holds only at the end of the file, 0 after it.
    /// - Throws: `StoreError` with the offset in the compressed file where it is corrupt or ends early; bytes that the same
    ///   call inflated before that place are lost.
    public mutating func read(into output: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        try inflater.read(into: output)
    }
}

/// Writes a gzip file piece by piece; the same bytes and level give the same file, whatever the time and the machine.
///
/// The file is complete only after `finish()`.
public struct GzipWriter: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private let stream: UnsafeMutablePointer<z_stream>
    private let header: UnsafeMutablePointer<gz_header>
    private let output: UnsafeMutableRawBufferPointer

    /// Creates the file at `path`, or empties it.
    ///
    /// - Parameters:
    ///   - path: Where to write.
    ///   - level: From 1, fast, to 9, small.
    /// - Throws: `StoreError` with the operating system's reason.
    public init(path: String, level: Int = 6) throws(StoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw MappedFile.error(path, errno) }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let header = UnsafeMutablePointer<gz_header>.allocate(capacity: 1)
        header.initialize(to: gz_header())
        header.pointee.os = 255  // unknown: the same on every system; time stays 0
        if !GzipWriter.start(stream, header, level) {
            stream.deallocate()
            header.deallocate()
            close(descriptor)
            throw StoreError(.system, path: path, reason: "zlib can't be started")
        }
        self.path = path
        self.descriptor = descriptor
        self.stream = stream
        self.header = header
        output = .allocate(byteCount: 1 << 18, alignment: 16)
    }

    private static func start(
        _ stream: UnsafeMutablePointer<z_stream>,
        _ header: UnsafeMutablePointer<gz_header>,
        _ level: Int
    ) -> Bool {
        let size = Int32(MemoryLayout<z_stream>.size)
        let level = Int32(min(max(level, 1), 9))
        let status = deflateInit2_(stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        return status == Z_OK && deflateSetHeader(stream, header) == Z_OK
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        header.deallocate()
        output.deallocate()
        close(descriptor)
    }

    /// Appends `bytes`.
    ///
    /// - Parameter bytes: What to write.
    /// - Throws: `StoreError` with the operating system's reason.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        var rest = bytes
        while rest.count > 0 {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            try deflate(slice, flush: Z_NO_FLUSH)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(slice.count))
        }
    }

    /// Writes what is still held back and the end of the file.
    ///
    /// - Throws: `StoreError` with the operating system's reason.
    public consuming func finish() throws(StoreError) {
        try deflate(UnsafeRawBufferPointer(start: nil, count: 0), flush: Z_FINISH)
    }

    private func deflate(_ input: UnsafeRawBufferPointer, flush: Int32) throws(StoreError) {
        stream.pointee.next_in = input.baseAddress.map {
            UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self))
        }
        stream.pointee.avail_in = UInt32(input.count)
        repeat {
            stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            if CZlib.deflate(stream, flush) == Z_STREAM_ERROR {
                throw StoreError(.system, path: path, reason: "zlib failed")
            }
            try writeAll(UnsafeRawBufferPointer(rebasing: output[..<(output.count - Int(stream.pointee.avail_out))]))
        } while stream.pointee.avail_out == 0
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        var written = 0
        while written < bytes.count {
            let result = Foundation.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if result < 0 {
                if errno == EINTR { continue }
                throw MappedFile.error(path, errno)
            }
            written += result
        }
    }
}
