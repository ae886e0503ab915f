// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX
import HeliosMarket

/// Why a FIX session's numbers can't be kept in a file.
public struct FixStoreFileError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
}

/// A FIX session's numbers and messages in a mapped file: what a process writes survives its death at any byte.
///
/// ```
///  0       4096
///  ├ boot ─┼ FixStore …
/// ```
/// A new file's numbers are on the disk before it is longer than they are; after that nothing is forced onto it while orders leave.
/// Instead the first page says under which boot of the machine the file was written: after another one the last numbers may be lost, so
/// that the session goes on `leap` numbers further, which the other side gets filled in one message. One process uses a file; another is
/// refused.
public final class FixStoreFile {
    public let path: String
    private let descriptor: Int32
    private var size: Int
    /// Numbers were left out, because the machine has started anew since.
    public private(set) var hasLeapt = false

    private static var head: Int { 4_096 }
    private static var smallest: Int { 16 << 20 }
    /// Bytes of a file that has numbers and no message.
    private static var bare: Int { head + 256 }
    private static var largest: Int { 32 << 30 }
    /// Above this much an initiator's new process begins with a file that has the numbers only: no message of before is ever sent again.
    private static var untidy: Int { 1 << 20 }
    /// Numbers that may have been used and lost with the power: what was written last is on the disk after less than a minute.
    static var leap: UInt64 { 1 << 20 }

    /// Opens the file at `path`, or makes it; folders above it are made too.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - boot: what names the machine's present boot; empty when nothing does.
    ///   - acceptor: of a venue's side, the bytes of messages at most that a new process takes over; of more only the numbers are.
    ///     It goes on with the number that it expects, where an initiator's is told everything again; without that number, in a
    ///     damaged file, there is no going on, for every order of before would be taken a second time.
    /// - Throws: `FixStoreFileError`.
    public init(
        path: String,
        boot: String = FixStoreFile.boot,
        acceptor: Int? = nil
    ) throws(FixStoreFileError) {
        self.path = path
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        var opened = try FixStoreFile.lock(path)
        var numbers: (out: UInt64, expected: UInt64, created: Timestamp)?
        var used = 0
        var length = FixStoreFile.length(opened)
        if length > FixStoreFile.bare {
            // A look only: taking up a damaged store would mend it.
            let region = try FixStoreFile.map(opened, length, path, sharing: false)
            let written = FixStoreFile.text(region)
            let store = FixStore(memory: try FixStoreFile.memory(region, path))
            // Nothing at all is damage too: the file grows when its numbers are on the disk.
            if store.recovery != .recovered, acceptor != nil {
                close(opened)
                throw FixStoreFileError(
                    path: path,
                    reason: "its numbers are damaged: remove it, and both sides of the session begin with 1"
                )
            }
            if store.recovery != .empty {
                var next = store.nextOut
                // A damaged file may have lost numbers too.
                if !boot.isEmpty && written != boot && next > 1 || store.recovery == .damaged {
                    next += FixStoreFile.leap
                    hasLeapt = true
                }
                numbers = (next, acceptor == nil ? 1 : store.nextIn, store.created)
                used = length - FixStoreFile.head - store.room
            }
        }
        // What a venue has told is asked for after another boot too: it stays as far as it is whole.
        if hasLeapt && acceptor == nil || used > acceptor ?? FixStoreFile.untidy {
            // A whole new file takes the old one's place, or nothing does.
            let fresh = path + ".new"
            unlink(fresh)
            let other = try FixStoreFile.lock(fresh)
            close(opened)
            opened = other
            length = 0
        }
        descriptor = opened
        if length <= FixStoreFile.bare { try FixStoreFile.begin(descriptor, numbers, boot, path) }
        size = max(length, FixStoreFile.smallest)
        let code = FixStoreFile.reserve(descriptor, size)
        guard code == 0 else { throw FixStoreFile.error(path, code) }
        if length <= FixStoreFile.bare {
            if numbers != nil {
                guard rename(path + ".new", path) == 0 else { throw FixStoreFile.error(path) }
            }
        } else {
            try FixStoreFile.goOn(descriptor, from: hasLeapt ? numbers?.out : nil, boot, path)
        }
    }

    /// Makes the file anew with numbers only, and forces it onto the disk.
    private static func begin(
        _ descriptor: Int32,
        _ numbers: (out: UInt64, expected: UInt64, created: Timestamp)?,
        _ boot: String,
        _ path: String
    ) throws(FixStoreFileError) {
        _ = ftruncate(descriptor, 0)
        let code = reserve(descriptor, bare)
        guard code == 0 else { throw error(path, code) }
        let region = try map(descriptor, bare, path)
        write(boot, region)
        let memory = try memory(region, path)
        // The region is mapped as long as that.
        defer { withExtendedLifetime(memory) {} }
        var store = FixStore(memory: memory)
        if let numbers {
            store.reset(at: numbers.created)
            store.setNextOut(numbers.out)
            store.setNextIn(numbers.expected)
        }
        msync(region.baseAddress, bare, MS_SYNC)
    }

    /// Goes on with what the file has, from number `next` on after another boot, which is noted last.
    private static func goOn(
        _ descriptor: Int32,
        from next: UInt64?,
        _ boot: String,
        _ path: String
    ) throws(FixStoreFileError) {
        let length = FixStoreFile.length(descriptor)
        let region = try map(descriptor, length, path)
        let memory = try memory(region, path)
        defer { withExtendedLifetime(memory) {} }
        if let next {
            var store = FixStore(memory: memory)
            store.setNextOut(next)
            msync(region.baseAddress, bare, MS_SYNC)
        }
        write(boot, region)
    }

    deinit { close(descriptor) }

    /// What names the machine's present boot.
    public static var boot: String {
        ((try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "")
            .filter { !$0.isWhitespace }
    }

    /// The memory of the store; `FixStore(memory:)` takes it up.
    public func memory() throws(FixStoreFileError) -> FixStoreMemory {
        try FixStoreFile.memory(try FixStoreFile.map(descriptor, size, path), path, keeping: self)
    }

    /// More memory over the same bytes; nil when there is none to be had.
    public func grown() -> FixStoreMemory? {
        let larger = size * 2
        guard larger <= FixStoreFile.largest else { return nil }
        guard FixStoreFile.reserve(descriptor, larger) == 0,
            let region = try? FixStoreFile.map(descriptor, larger, path)
        else {
            // What was had of it goes back to a disk that is full.
            _ = ftruncate(descriptor, off_t(size))
            return nil
        }
        size = larger
        return try? FixStoreFile.memory(region, path, keeping: self)
    }

    // MARK: The operating system

    private static func error(_ path: String, _ code: Int32 = errno) -> FixStoreFileError {
        FixStoreFileError(path: path, reason: String(cString: strerror(code)))
    }

    /// Makes the file `size` bytes long, all of them on the disk: a hole that finds no room there ends the process when it is written.
    ///
    /// - Returns: an error's number, or 0.
    private static func reserve(_ descriptor: Int32, _ size: Int) -> Int32 {
        posix_fallocate(descriptor, 0, off_t(size))
    }

    private static func length(_ descriptor: Int32) -> Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The file, open and locked.
    private static func lock(_ path: String) throws(FixStoreFileError) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw error(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw FixStoreFileError(path: path, reason: "another process uses this FIX session")
        }
        return descriptor
    }

    private static func map(
        _ descriptor: Int32,
        _ size: Int,
        _ path: String,
        sharing: Bool = true
    ) throws(FixStoreFileError) -> UnsafeMutableRawBufferPointer {
        let flags = sharing ? MAP_SHARED : MAP_PRIVATE
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, flags, descriptor, 0), start != MAP_FAILED else {
            throw error(path)
        }
        return UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    private static func memory(
        _ region: UnsafeMutableRawBufferPointer,
        _ path: String,
        keeping file: FixStoreFile? = nil
    ) throws(FixStoreFileError) -> FixStoreMemory {
        let store = UnsafeMutableRawBufferPointer(rebasing: region[head...])
        let memory = FixStoreMemory(store) { _ in
            munmap(region.baseAddress, region.count)
            // The file stays locked as long as its memory is used.
            _ = file
        }
        guard let memory else { throw FixStoreFileError(path: path, reason: "the file is too short") }
        return memory
    }

    private static func text(_ region: UnsafeMutableRawBufferPointer) -> String {
        String(decoding: region[..<64].prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func write(_ text: String, _ region: UnsafeMutableRawBufferPointer) {
        let bytes = Array(text.utf8.prefix(63))
        for place in 0..<64 { region[place] = place < bytes.count ? bytes[place] : 0 }
    }
}
