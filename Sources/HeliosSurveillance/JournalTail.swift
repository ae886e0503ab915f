// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads a journal while another process writes it, and changes nothing in its folder.
///
/// A block counts when its checksum and its place in the chain are right; one that is being written is looked at again. What
/// looks damaged must look so for a while before it is called that.
public final class JournalTail {
    private let directory: String
    private var memory = UnsafeRawBufferPointer(start: nil, count: 0)
    private var scanner: JournalScanner?
    private var position = JournalPosition()
    private var complaints = 0
    /// Records read so far.
    public private(set) var records = 0

    /// - Parameter directory: the journal's folder.
    public init(_ directory: String) { self.directory = directory }

    deinit { unmap() }

    static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether a process holds the journal open for writing.
    ///
    /// Asked by a shared lock that lasts some microseconds; a writer that begins right then waits for it (`DirectoryDisk.lock`).
    public var hasWriter: Bool {
        let descriptor = open(directory + "/writer.lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
        flock(descriptor, LOCK_UN)
        return false
    }

    /// The next record; nil when there is none yet.
    ///
    /// - Throws: `JournalDamage` when something was destroyed, and stays so.
    public func next() throws(JournalDamage) -> JournalRecord? {
        while true {
            if scanner == nil {
                guard try openSegment() else { return nil }
            }
            do throws(JournalDamage) {
                if isWaiting || scanner == nil {
                    if try leave() { continue }
                    return nil
                }
                if let record = try scanner?.next() {
                    complaints = 0
                    records += 1
                    return record
                }
                // A block is there and not whole yet: or the segment has ended with it.
                return nil
            } catch let damage {
                // Read and written at once, a block and the ones behind it can look out of order for a moment.
                complaints += 1
                guard complaints > 40 else { return nil }
                throw damage
            }
        }
    }

    /// Nothing is written where the next block would begin, and everything before has been read.
    private var isWaiting: Bool {
        guard let scanner, !scanner.isInBlock else { return false }
        let offset = scanner.position.offset
        guard offset + 8 <= memory.count else { return true }
        return memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == 0
    }

    private func path(_ index: UInt32) -> String {
        let digits = String(index)
        return "\(directory)/\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).journal"
    }

    /// Opens the segment behind the one that was read; false when it is not begun.
    private func openSegment() throws(JournalDamage) -> Bool {
        let index = position.session == nil ? 0 : position.segment + 1
        guard let fresh = JournalTail.map(path(index)) else { return false }
        guard fresh.prefix(64).contains(where: { $0 != 0 }) else {
            JournalTail.unmap(fresh)
            return false
        }
        do throws(JournalDamage) {
            scanner = try JournalScanner(fresh, after: position.session == nil ? nil : position)
        } catch let damage {
            JournalTail.unmap(fresh)
            complaints += 1
            guard complaints > 40 else { return false }
            throw damage
        }
        memory = fresh
        return true
    }

    /// Goes on to the next segment when the writer has; false while it has not.
    private func leave() throws(JournalDamage) -> Bool {
        guard let ended = scanner else { return false }
        let next = path(ended.position.segment + 1)
        guard let fresh = JournalTail.map(next) else { return false }
        let isBegun = fresh.prefix(64).contains { $0 != 0 }
        JournalTail.unmap(fresh)
        // Begun only after the last block of this one was written: what is still to be read here is there now.
        guard isBegun, isWaiting else { return false }
        position = ended.position
        scanner = nil
        unmap()
        return true
    }

    private func unmap() {
        JournalTail.unmap(memory)
        memory = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private static func unmap(_ memory: UnsafeRawBufferPointer) {
        guard let base = memory.baseAddress else { return }
        munmap(UnsafeMutableRawPointer(mutating: base), memory.count)
    }

    private static func map(_ path: String) -> UnsafeRawBufferPointer? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
        let size = Int(status.st_size)
        guard let memory = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), memory != MAP_FAILED else {
            return nil
        }
        return UnsafeRawBufferPointer(start: memory, count: size)
    }
}
