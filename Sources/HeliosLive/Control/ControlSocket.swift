// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket

/// Why a control socket can't be had, or reached.
public struct ControlSocketError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
}

/// The calls of the operating system behind a control socket: a stream socket in the file system, for its owner only.
enum ControlSocket {
    /// Bytes that a path may have: what the system's address takes, without its end.
    static var longestPath: Int { MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1 }

    /// A listening socket at `path`; one that nobody answers any more makes room.
    static func listen(_ path: String) throws(ControlSocketError) -> Int32 {
        if let live = try? connect(path) {
            close(live)
            throw ControlSocketError(path: path, reason: "another session answers there")
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
        guard bound == 0, chmod(path, 0o600) == 0, Foundation.listen(descriptor, 16) == 0 else {
            let failure = error(path)
            close(descriptor)
            throw failure
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return descriptor
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
