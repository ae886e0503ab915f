// SPDX-License-Identifier: MIT
import HeliosMarket

/// The state of an engine behind one record of its journal, sealed with a checksum: where a restart begins instead of at
/// the first record.
///
/// ```
/// header (64 bytes) ─ place in the journal ─ engine
/// ```
/// It is always taken right behind a checkpoint, whose output hash stands in the header too: a journal that does not have
/// that checkpoint under that number is not the journal of this snapshot, or has lost its end.
public struct Snapshot {
    /// Where in a journal it belongs.
    public let header: SnapshotHeader
    private let bytes: [UInt8]

    /// Opens a sealed snapshot and checks it.
    ///
    /// - Parameters:
    ///   - bytes: as `SnapshotWriter` made them.
    ///   - session: the number of the journal; nil takes any.
    /// - Throws: `StateError` when it is cut off, damaged, of another version or another journal.
    public init(_ bytes: [UInt8], session: UInt64? = nil) throws(StateError) {
        func error(_ code: StateError.Code, _ reason: String) -> StateError {
            StateError(code, section: "header", offset: 0, reason: reason)
        }
        guard bytes.count >= SnapshotHeader.size else { throw error(.truncated, "the snapshot is cut off") }
        // Safe: 64 bytes are there, and every pattern of them is a value of the type.
        let header = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: SnapshotHeader.self) }
        guard header.magic == SnapshotHeader.magicNumber else { throw error(.damaged, "it is no snapshot") }
        #if HELIOS_BUG_BANK
        let isChecked = !isOn(.snapshotNotChecked)
        #else
        let isChecked = true
        #endif
        if isChecked {
            guard header.length == UInt64(bytes.count) else { throw error(.truncated, "the snapshot is cut off") }
            guard header.checksum == SnapshotHeader.checksum(of: bytes) else {
                throw error(.damaged, "its checksum does not match its bytes")
            }
        }
        guard header.version == SnapshotHeader.currentVersion else {
            throw error(
                .mismatch,
                "it has version \(header.version) of the format, and this is \(SnapshotHeader.currentVersion)"
            )
        }
        if let session, header.session != session { throw error(.mismatch, "it belongs to another journal") }
        self.header = header
        self.bytes = bytes
    }

    /// Gives `body` a reader behind the header.
    public func read<Result>(
        _ body: (inout StateReader) throws(StateError) -> Result
    ) throws(StateError) -> Result {
        var outcome: Swift.Result<Result, StateError>?
        unsafe bytes.withUnsafeBytes { memory in
            var reader = unsafe StateReader(UnsafeRawBufferPointer(rebasing: memory.dropFirst(SnapshotHeader.size)))
            do throws(StateError) {
                outcome = .success(try body(&reader))
            } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else {
            throw StateError(.truncated, section: "header", offset: 0, reason: "the snapshot is empty")
        }
        return try outcome.get()
    }

    /// Whether `record` is the checkpoint behind which it was taken.
    public func follows(_ record: Event) -> Bool {
        record.kind == .checkpoint && record.sequence == header.sequence && record.detail == header.outputHash
    }

    /// Takes a following engine's place and state.
    public func restore<Trader: ~Copyable, Observer: ~Copyable>(
        _ engine: inout Engine<Trader, Outbox, Observer>
    ) throws(StateError) -> NodePosition {
        try read { (reader) throws(StateError) in
            let position = try NodePosition(from: &reader)
            guard position.sequence == header.sequence else {
                throw reader.error(.damaged, "it says record \(position.sequence), its header \(header.sequence)")
            }
            try engine.restore(from: &reader)
            guard engine.hash.value == header.outputHash else {
                throw reader.error(.damaged, "its output hash is not the header's")
            }
            return position
        }
    }

    /// Whether the engine has, byte for byte, the state that was saved.
    ///
    /// - Throws: `StateError` when the snapshot's place in the journal can't be read.
    public func isState<Trader: ~Copyable, Observer: ~Copyable>(
        of engine: borrowing Engine<Trader, Outbox, Observer>
    ) throws(StateError) -> Bool {
        var writer = StateWriter(reserving: bytes.count)
        engine.save(to: &writer)
        let start = try read { (reader) throws(StateError) in
            _ = try NodePosition(from: &reader)
            return SnapshotHeader.size + reader.offset
        }
        return bytes[start...].starts(with: writer.bytes)
    }
}

/// The first 64 bytes of a snapshot.
@frozen
public struct SnapshotHeader: Sendable, BitwiseCopyable, Equatable {
    @usableFromInline static var magicNumber: UInt64 { 0x3150_414E_534F_4C48 }  // "HLOSNAP1"
    static var size: Int { 64 }
    /// Where in the header the checksum stands: 4 bytes, little-endian.
    public static var checksumOffset: Int { 60 }
    /// The version that this code writes and reads; an older one is passed over.
    public static var currentVersion: UInt32 { 1 }

    var magic = SnapshotHeader.magicNumber
    public var version = SnapshotHeader.currentVersion
    /// The writer's epoch, for people.
    public var epoch: UInt32
    /// The number of the journal.
    public var session: UInt64
    /// The checkpoint behind which it was taken.
    public var sequence: UInt64
    /// The engine's output hash there.
    public var outputHash: UInt64
    /// The engine's time there.
    public var time: Timestamp
    /// Bytes of the whole snapshot.
    public var length: UInt64
    var reserved: UInt32 = 0
    /// CRC-32C over everything else.
    var checksum: UInt32 = 0

    /// The checksum of a snapshot's bytes, its own place left out.
    public static func checksum(of bytes: [UInt8]) -> UInt32 {
        unsafe bytes.withUnsafeBytes { memory in
            let head = unsafe CRC32C.checksum(UnsafeRawBufferPointer(rebasing: memory[..<checksumOffset]))
            return unsafe CRC32C.checksum(UnsafeRawBufferPointer(rebasing: memory[size...]), seed: head)
        }
    }
}

/// Makes snapshots in memory that is kept from one to the next, so that taking one costs a copy and nothing else.
public struct SnapshotWriter {
    private var writer = StateWriter()

    public init() {}

    /// Where a keeper puts the state.
    public mutating func begin() {
        writer.removeAll()
        for _ in 0..<SnapshotHeader.size / 8 { writer.write(UInt64(0)) }
    }

    /// Appends the state.
    public mutating func append(_ body: (inout StateWriter) -> Void) { body(&writer) }

    /// The bytes, with a header in front that says where they belong; not sealed yet.
    public mutating func finish(_ place: NodePosition, session: UInt64, outputHash: UInt64, time: Timestamp) -> [UInt8]
    {
        let header = SnapshotHeader(
            epoch: UInt32(truncatingIfNeeded: place.numbers.epoch),
            session: session,
            sequence: place.sequence,
            outputHash: outputHash,
            time: time,
            length: UInt64(writer.bytes.count)
        )
        unsafe withUnsafeBytes(of: header) { header in
            for offset in stride(from: 0, to: SnapshotHeader.size, by: 8) {
                let word = unsafe header.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                writer.overwrite(word, at: offset)
            }
        }
        return writer.bytes
    }

    /// Puts the checksum in: for whoever has the time, not for the engine's thread.
    public static func seal(_ bytes: inout [UInt8]) {
        let checksum = SnapshotHeader.checksum(of: bytes)
        unsafe bytes.withUnsafeMutableBytes {
            unsafe $0.storeBytes(of: checksum, toByteOffset: SnapshotHeader.checksumOffset, as: UInt32.self)
        }
    }
}
