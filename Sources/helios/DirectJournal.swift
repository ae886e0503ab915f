// SPDX-License-Identifier: MIT
import Dispatch
import Foundation
import HeliosEngine
import HeliosMarket

/// A journal that the engine's own thread writes: a backtest has no order that waits for it.
struct DirectJournal: JournalSink, ~Copyable {
    private var journal: Journal
    private let durability: Durability
    private let blockSlots: Int
    private var slots = 0
    /// Writes that the engine's thread waited for.
    private(set) var writes = 0
    /// Nanoseconds in them.
    private(set) var writeNanoseconds: UInt64 = 0

    init(_ disk: any JournalDisk, _ durability: Durability) throws {
        let options = JournalOptions()
        var recovery = JournalRecovery()
        journal = try Journal(
            disk,
            options: options,
            session: UInt64.random(in: 1...UInt64.max),
            epoch: 1,
            recovery: &recovery
        )
        self.durability = durability
        blockSlots = options.blockSlots
    }

    mutating func append(_ event: Event) -> UInt64 {
        let number = journal.append(event)
        slots += 1
        if slots >= blockSlots { write() }
        return number
    }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        write()
        let number = journal.append(kind, text, at: time, price: price)
        write()
        return number
    }

    /// Writes what is waiting.
    mutating func write() {
        slots = 0
        let before = DispatchTime.now().uptimeNanoseconds
        journal.flush()
        if durability == .sync { journal.sync() }
        writes += 1
        writeNanoseconds += DispatchTime.now().uptimeNanoseconds - before
    }

    /// Writes and puts on stable storage what is waiting.
    mutating func close() {
        write()
        journal.sync()
    }

    /// Why it takes no more records.
    var failure: DiskError? { journal.failure }
    var state: JournalState { journal.state }
    var written: UInt64 { journal.written }
    var synced: UInt64 { journal.synced }
}

extension JournalFolder {
    static func open(_ path: String) throws -> any JournalDisk { SegmentFiles(path) }
}

/// Segments as files of a directory.
private final class SegmentFiles: JournalDisk {
    private let directory: String
    private var open: (index: UInt32, descriptor: Int32)?

    init(_ directory: String) { self.directory = directory }

    deinit {
        if let open { close(open.descriptor) }
    }

    private func path(_ index: UInt32) -> String {
        let digits = String(index)
        return directory + "/" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".journal"
    }

    private func failure(_ index: UInt32) -> DiskError {
        let code = errno
        let kind: DiskError.Code = code == ENOSPC || code == EDQUOT ? .full : code == EROFS ? .readOnly : .failed
        return DiskError(kind, "\(path(index)): \(String(cString: strerror(code)))")
    }

    private func descriptor(_ index: UInt32, _ flags: Int32 = 0) throws(DiskError) -> Int32 {
        if let open, open.index == index { return open.descriptor }
        if let open { close(open.descriptor) }
        open = nil
        let descriptor = Foundation.open(path(index), O_RDWR | flags, 0o644)
        guard descriptor >= 0 else { throw failure(index) }
        open = (index, descriptor)
        return descriptor
    }

    func create(_ index: UInt32, size: Int) throws(DiskError) {
        let descriptor = Foundation.open(path(index), O_RDWR | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw failure(index) }
        defer { close(descriptor) }
        let code = posix_fallocate(descriptor, 0, size)
        guard code == 0 else {
            errno = code
            throw failure(index)
        }
        guard fsync(descriptor) == 0 else { throw failure(index) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        let descriptor = try descriptor(index)
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, offset + done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(index) }
            done += count
        }
    }

    func sync(_ index: UInt32) throws(DiskError) {
        guard fdatasync(try descriptor(index)) == 0 else { throw failure(index) }
    }

    func erase(_ index: UInt32, from offset: Int) throws(DiskError) {
        let size = try read(index) { $0.count }
        let zeros = [UInt8](repeating: 0, count: max(0, size - offset))
        if let error = zeros.withUnsafeBytes({ bytes -> DiskError? in
            do throws(DiskError) { try write(bytes, to: index, at: offset) } catch let error { return error }
            return nil
        }) {
            throw error
        }
    }

    func remove(_ index: UInt32) throws(DiskError) {
        guard unlink(path(index)) == 0 else { throw failure(index) }
    }

    func segments() throws(DiskError) -> [UInt32] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else { throw failure(0) }
        return names.filter { $0.hasSuffix(".journal") }.compactMap { UInt32($0.dropLast(8)) }.sorted()
    }

    func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        let url = URL(fileURLWithPath: path(index))
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped) else { throw failure(index) }
        return data.withUnsafeBytes(body)
    }
}
