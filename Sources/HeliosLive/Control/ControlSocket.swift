// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket

/// An entry of the machine's list of groups: the module has a function of that name too.
private typealias group_entry = Foundation.group

/// Why a control socket can't be had, or reached.
public struct ControlSocketError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
}

/// The calls of the operating system behind a control socket: a stream socket in the file system, for its owner and, where one is
/// named, for a group.
enum ControlSocket {
    /// Bytes that a path may have: what the system's address takes, without its end.
    static var longestPath: Int { MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1 }

    /// A listening socket at `path`; one that nobody answers any more makes room, any other file stays.
    ///
    /// - Parameters:
    ///   - path: where.
    ///   - group: the name of the group that may connect too; nil for the owner only.
    /// - Returns: its descriptor.
    /// - Throws: when it can't be had, or can't be given to the group.
    static func listen(_ path: String, group: String? = nil) throws(ControlSocketError) -> Int32 {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
            let reason = "there is a file that is no socket: it stays; set live.control"
            throw ControlSocketError(path: path, reason: reason)
        }
        if let live = try? connect(path) {
            close(live)
            throw ControlSocketError(path: path, reason: "another session answers there")
        }
        let number = try group.map { (name) throws(ControlSocketError) in
            guard let number = ControlSocket.group(name) else {
                let reason = "this machine knows no group '\(name)' (live.controlGroup)"
                throw ControlSocketError(path: path, reason: reason)
            }
            return number
        }
        let descriptor = try make(path)
        // Before the file is there: it never can be opened by others.
        _ = fchmod(descriptor, 0o600)
        unlink(path)
        var address = try address(path)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0, chmod(path, 0o600) == 0, share(path, number), Foundation.listen(descriptor, 64) == 0 else {
            let failure = error(path)
            close(descriptor)
            throw failure
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return descriptor
    }

    /// Lets a group connect: the file is the group's before the group may do anything with it.
    private static func share(_ path: String, _ group: gid_t?) -> Bool {
        guard let group else { return true }
        return lchown(path, uid_t.max, group) == 0 && chmod(path, 0o660) == 0
    }

    /// The number of the group called `name`; nil where there is none.
    static func group(_ name: String) -> gid_t? {
        var entry = group_entry()
        var found: UnsafeMutablePointer<group_entry>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    /// The account of the process at the other end of a connection, as the operating system knows it; nil when it does not say.
    static func account(_ descriptor: Int32) -> String? {
        #if canImport(Darwin)
        var (user, group) = (uid_t.max, gid_t.max)
        return getpeereid(descriptor, &user, &group) == 0 ? "uid \(user)" : nil
        #else
        // `struct ucred`: process, user, group, of four bytes each.
        var credentials: (pid: Int32, user: UInt32, group: UInt32) = (0, .max, .max)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        return "uid \(credentials.user)"
        #endif
    }

    /// A connection to the session at `path`.
    static func connect(_ path: String) throws(ControlSocketError) -> Int32 {
        let descriptor = try make(path)
        var address = try address(path)
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Foundation.connect(descriptor, $0, length) }
        }
        guard result == 0 else {
            let failure = error(path)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    private static func make(_ path: String) throws(ControlSocketError) -> Int32 {
        #if canImport(Glibc)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw error(path) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        #if canImport(Darwin)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
        #endif
        return descriptor
    }

    private static func address(_ path: String) throws(ControlSocketError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count <= longestPath else {
            throw ControlSocketError(
                path: path,
                reason: "longer than the \(longestPath) bytes that a socket's path may have: set live.control"
            )
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    private static func error(_ path: String) -> ControlSocketError {
        ControlSocketError(path: path, reason: String(cString: strerror(errno)))
    }

    /// Bytes written, or -1; a connection whose other end is gone ends nobody.
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
        send(descriptor, bytes.baseAddress, bytes.count, 0)
        #else
        send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        #endif
    }
}

/// Asks a running session for something, from another process.
public struct ControlClient: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Connects to the session whose control socket is at `path`.
    public init(_ path: String) throws(ControlSocketError) {
        descriptor = try ControlSocket.connect(path)
        self.path = path
    }

    deinit { close(descriptor) }

    /// Sends `request` and gives `body` each answer up to the last, or until nothing has come for `patience` seconds.
    ///
    /// - Throws: `ControlSocketError` when the session is gone, or silent.
    public func ask(
        _ request: ControlRequest,
        patience: Int = 60,
        _ body: (ControlAnswer) -> Void
    ) throws(ControlSocketError) {
        let line = ControlLine.encode(request)
        guard line.withUnsafeBytes({ ControlSocket.write(descriptor, $0) }) == line.count else {
            throw ControlSocketError(path: path, reason: String(cString: strerror(errno)))
        }
        var waiting: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            while let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
                let line = waiting[..<end]
                waiting.removeSubrange(...end)
                guard let answer = ControlLine.decode(ControlAnswer.self, Array(line)) else { continue }
                body(answer)
                if answer.isLast { return }
            }
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&interest, 1, Int32(patience) * 1_000) > 0 else {
                throw ControlSocketError(path: path, reason: "the session has not answered for \(patience) s")
            }
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                throw ControlSocketError(path: path, reason: "the session has ended before it had answered")
            }
            waiting += buffer[..<count]
        }
    }
}
