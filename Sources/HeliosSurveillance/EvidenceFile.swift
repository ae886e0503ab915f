// SPDX-License-Identifier: MIT
import Foundation

/// Why evidence could not be written or read.
public struct EvidenceError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A CSV file whose every row ends with the digest of the row before it.
///
/// The first row's is that of the header. A row that was changed, put in or taken out breaks the chain at the row behind it; the
/// digest of the last row stands in the manifest.
public final class EvidenceFile {
    /// What the manifest says of a file.
    public struct Summary: Codable, Sendable, Equatable {
        public var name: String
        public var rows: Int
        public var bytes: Int
        /// Of the whole file.
        public var sha256: String
        /// Of its last row.
        public var chain: String
    }

    public let name: String
    private let handle: FileHandle
    private let columns: Int
    private var buffer: [UInt8] = []
    private var digest = RunningDigest()
    private var rows = 0
    private var bytes = 0
    private var chain: String
    private var failure: String?

    /// Creates the file in `directory`.
    ///
    /// - Throws: `EvidenceError` when it can't be made.
    public init(_ name: String, in directory: String, columns: [String]) throws(EvidenceError) {
        self.name = name
        self.columns = columns.count
        let path = directory + "/" + name
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw EvidenceError("can't create \(path)") }
        self.handle = handle
        let header = Array((columns + ["previous"]).joined(separator: ",").utf8) + [0x0A]
        chain = Digest.of(header.dropLast())
        put(header)
    }

    /// Adds a row, one field for each column.
    public func add(_ fields: [String]) {
        var row: [UInt8] = []
        for field in fields.prefix(columns) {
            EvidenceFile.quote(field, &row)
            row.append(0x2C)
        }
        for _ in fields.count..<max(columns, fields.count) { row.append(0x2C) }
        row.append(contentsOf: chain.utf8)
        chain = Digest.of(row)
        row.append(0x0A)
        rows += 1
        put(row)
    }

    static func quote(_ field: String, _ row: inout [UInt8]) {
        let bytes = field.utf8
        guard bytes.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else {
            row.append(contentsOf: bytes)
            return
        }
        row.append(0x22)
        for byte in bytes {
            if byte == 0x22 { row.append(0x22) }
            // One row, one line: whatever a text holds.
            row.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte)
        }
        row.append(0x22)
    }

    private func put(_ part: [UInt8]) {
        digest.add(part)
        bytes += part.count
        buffer += part
        if buffer.count >= 1 << 20 { flush() }
    }

    private func flush() {
        do {
            try handle.write(contentsOf: buffer)
        } catch {
            failure = failure ?? "can't write \(name): \(error)"
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Ends the file.
    ///
    /// - Throws: `EvidenceError` when something could not be written.
    public func close() throws(EvidenceError) -> Summary {
        flush()
        try? handle.synchronize()
        try? handle.close()
        if let failure { throw EvidenceError(failure) }
        return Summary(name: name, rows: rows, bytes: bytes, sha256: digest.value(), chain: chain)
    }

    /// Writes a whole file that is no table.
    ///
    /// - Throws: `EvidenceError` when it can't be written.
    public static func write(_ text: String, to name: String, in directory: String) throws(EvidenceError) -> Summary {
        let bytes = Data(text.utf8)
        do {
            try bytes.write(to: URL(fileURLWithPath: directory + "/" + name))
        } catch {
            throw EvidenceError("can't write \(directory)/\(name): \(error.localizedDescription)")
        }
        return Summary(name: name, rows: 0, bytes: bytes.count, sha256: Digest.of(bytes), chain: "")
    }
}
