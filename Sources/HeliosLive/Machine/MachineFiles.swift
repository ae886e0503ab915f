// SPDX-License-Identifier: MIT
import CZlib
import Foundation

/// Where a checkup reads: the text files by which a Linux machine describes itself, below `/proc`, `/sys` and `/boot`.
public protocol MachineFiles {
    /// The whole text of the file at `path`, nil when there is none or it may not be read.
    func text(_ path: String) -> String?

    /// The names in a folder, sorted; nil when there is none or it may not be read.
    func names(in folder: String) -> [String]?
}

/// The files of this machine, or a copy of another machine's below a folder.
public struct LocalFiles: MachineFiles, Sendable {
    /// No file that a checkup reads is longer.
    static let sizeMax = 4 << 20

    private let root: String

    /// - Parameter root: what stands before every path: nothing for this machine.
    public init(root: String = "") {
        self.root = root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    public func text(_ path: String) -> String? {
        guard let bytes = bytes(root + path) else { return nil }
        guard path.hasSuffix(".gz") else { return String(decoding: bytes, as: UTF8.self) }
        return LocalFiles.unpacked(bytes).map { String(decoding: $0, as: UTF8.self) }
    }

    public func names(in folder: String) -> [String]? {
        try? FileManager.default.contentsOfDirectory(atPath: root + folder).sorted()
    }

    /// Files of `/proc` have no size: they are read to their end.
    private func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < LocalFiles.sizeMax {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: piece[..<count])
        }
        // A folder opens, and then can't be read.
        return ferror(file) == 0 ? bytes : nil
    }

    /// The text of a gzip file, at most `sizeMax` bytes; nil when it is none.
    ///
    /// Not by `GzipReader`, which maps its file: `/proc/config.gz` can't be mapped.
    private static func unpacked(_ packed: [UInt8]) -> [UInt8]? {
        var packed = packed
        var stream = z_stream()
        // 16: with the header of gzip.
        let begun = inflateInit2_(&stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: sizeMax)
        let code = packed.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { room in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                return inflate(&stream, Z_FINISH)
            }
        }
        return code == Z_STREAM_END ? Array(output[..<Int(stream.total_out)]) : nil
    }
}
