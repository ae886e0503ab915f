// SPDX-License-Identifier: MIT
import HeliosEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A journal's segments as files of one directory.
public final class DirectoryDisk: JournalDisk {
    private let directory: String
    private var open: [UInt32: Int32] = [:]
    private var lockDescriptor: Int32 = -1

    /// Uses `directory`, which is made when it is not there.
    public init(_ directory: String) throws(DiskError) {
        self.directory = directory
        if mkdir(directory, 0o755) != 0, errno != EEXIST { throw DirectoryDisk.failure(directory) }
    }

    /// How often a lock is asked for that somebody holds, and how many microseconds between.
    private static let attempts = 200
    private static let pause: UInt32 = 1_000

    /// Keeps every other writer out of the directory until this disk is gone.
    ///
    /// Whoever watches the journal, or leaves a kill beside it, holds the lock for a moment: that is waited for.
    ///
    /// - Throws: `DiskError` when another process writes there.
    public func lock() throws(DiskError) {
        let name = directory + "/writer.lock"
        let descriptor = name.withCString { Helios_open($0, O_RDWR | O_CREAT | O_CLOEXEC) }
        guard descriptor >= 0 else { throw DirectoryDisk.failure(name) }
        for attempt in 1... {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { break }
            guard attempt < DirectoryDisk.attempts else {
                close(descriptor)
                throw DiskError(.failed, "\(directory): another process writes this journal")
            }
            usleep(DirectoryDisk.pause)
        }
        lockDescriptor = descriptor
        // For people: whom to signal. The lock itself is what counts.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    /// The process that writes the journal in `directory`, as it has written down; nil when it has not.
    ///
    /// Only true while the lock is held.
    public static func writer(of directory: String) -> Int32? {
        let descriptor = (directory + "/writer.lock").withCString { Helios_open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Int32(String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 0x0A }, as: UTF8.self))
    }

    deinit {
        if lockDescriptor >= 0 { close(lockDescriptor) }
        for descriptor in open.values { close(descriptor) }
    }

    private func path(_ index: UInt32) -> String {
        let digits = String(index)
        return "\(directory)/\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).journal"
    }

    private static func failure(_ path: String) -> DiskError {
        let code: DiskError.Code =
            errno == ENOSPC || errno == EDQUOT ? .full : errno == EROFS || errno == EACCES ? .readOnly : .failed
        return DiskError(code, "\(path): \(String(cString: strerror(errno)))")
    }

    private func descriptor(_ index: UInt32) throws(DiskError) -> Int32 {
        if let known = open[index] { return known }
        var descriptor = path(index).withCString { Helios_open($0, O_RDWR | O_CLOEXEC) }
        // A journal that may only be read can still be verified and replayed.
        if descriptor < 0, errno == EACCES || errno == EROFS {
            descriptor = path(index).withCString { Helios_open($0, O_RDONLY | O_CLOEXEC) }
        }
        guard descriptor >= 0 else { throw DirectoryDisk.failure(path(index)) }
        open[index] = descriptor
        return descriptor
    }

    public func create(_ index: UInt32, size: Int) throws(DiskError) {
        let descriptor = path(index).withCString { Helios_open($0, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC) }
        guard descriptor >= 0 else { throw DirectoryDisk.failure(path(index)) }
        let code = posix_fallocate(descriptor, 0, off_t(size))
        guard code == 0 else {
            errno = code
            let failure = DirectoryDisk.failure(path(index))
            close(descriptor)
            unlink(path(index))
            throw failure
        }
        if let old = open[index] { close(old) }
        open[index] = descriptor
        try sync(index)
        try syncDirectory()
    }

    private func syncDirectory() throws(DiskError) {
        let descriptor = directory.withCString { Helios_open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw DirectoryDisk.failure(directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw DirectoryDisk.failure(directory) }
    }

    public func write(_ bytes: UnsafeRawBufferPointer, to index: UInt32, at offset: Int) throws(DiskError) {
        let descriptor = try descriptor(index)
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor,
                bytes.baseAddress.map { $0 + done },
                bytes.count - done,
                off_t(offset + done)
            )
            guard count > 0 || errno == EINTR else { throw DirectoryDisk.failure(path(index)) }
            done += max(count, 0)
        }
    }

    public func sync(_ index: UInt32) throws(DiskError) {
        guard fdatasync(try descriptor(index)) == 0 else { throw DirectoryDisk.failure(path(index)) }
    }

    public func erase(_ index: UInt32, from offset: Int) throws(DiskError) {
        // Overwritten, not cut off: a death half way must not leave the segment shorter than its space.
        let dirty = try read(index) { bytes -> [Range<Int>] in
            stride(from: offset, to: bytes.count, by: 1 << 16).compactMap { start in
                let range = start..<min(start + 1 << 16, bytes.count)
                return bytes[range].allSatisfy { $0 == 0 } ? nil : range
            }
        }
        for range in dirty {
            let zeros = [UInt8](repeating: 0, count: range.count)
            let failure = zeros.withUnsafeBytes { bytes -> DiskError? in
                do throws(DiskError) {
                    try write(bytes, to: index, at: range.lowerBound)
                    return nil
                } catch let error {
                    return error
                }
            }
            if let failure { throw failure }
        }
    }

    public func remove(_ index: UInt32) throws(DiskError) {
        if let descriptor = open.removeValue(forKey: index) { close(descriptor) }
        guard unlink(path(index)) == 0 else { throw DirectoryDisk.failure(path(index)) }
        try syncDirectory()
    }

    public func segments() throws(DiskError) -> [UInt32] {
        guard let listing = opendir(directory) else { throw DirectoryDisk.failure(directory) }
        defer { closedir(listing) }
        var found: [UInt32] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".journal"), let index = UInt32(name.dropLast(8)) else { continue }
            found.append(index)
        }
        return found.sorted()
    }

    public func read<Result>(_ index: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) throws(DiskError) -> Result {
        let descriptor = try descriptor(index)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DirectoryDisk.failure(path(index)) }
        let size = Int(status.st_size)
        guard size > 0 else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let memory = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), memory != MAP_FAILED else {
            throw DirectoryDisk.failure(path(index))
        }
        defer { munmap(memory, size) }
        return body(UnsafeRawBufferPointer(start: memory, count: size))
    }
}

private func Helios_open(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 {
    #if canImport(Glibc)
    Glibc.open(path, flags, 0o644)
    #elseif canImport(Musl)
    Musl.open(path, flags, 0o644)
    #else
    Darwin.open(path, flags, 0o644)
    #endif
}
