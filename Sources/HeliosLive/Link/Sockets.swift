// SPDX-License-Identifier: MIT
import HeliosMarket

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a socket could not be had.
public struct SocketError: Error, Equatable, Sendable, CustomStringConvertible {
    public let endpoint: Endpoint
    /// The operating system's words.
    public let reason: String

    public var description: String { "\(endpoint): \(reason)" }
}

/// The few calls of the operating system that a connection needs.
///
/// Plain `poll` over a handful of sockets, because one thread owns everything: the engine, its journal's ring and the
/// connections. An event loop of a library would own the thread in our stead, and put queues between a record and the
/// socket; it pays from hundreds of connections on, and there are three.
enum Sockets {
    /// Nanoseconds of the clock that never goes backward; the same for all processes of a machine.
    static var now: Nanoseconds {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Nanoseconds(time.tv_sec) * 1_000_000_000 + Nanoseconds(time.tv_nsec)
    }

    /// Nanoseconds of the world's time, UTC.
    static var wallClock: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func error(_ endpoint: Endpoint, _ code: Int32 = errno) -> SocketError {
        SocketError(endpoint: endpoint, reason: String(cString: strerror(code)))
    }

    /// A listening socket, and the port that it got.
    static func listen(_ endpoint: Endpoint) throws(SocketError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = try make(endpoint)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = try resolve(endpoint)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                #if canImport(Darwin)
                Darwin.bind(descriptor, generic, length) == 0 && Darwin.listen(descriptor, 16) == 0
                    && getsockname(descriptor, generic, &length) == 0
                #elseif canImport(Musl)
                Musl.bind(descriptor, generic, length) == 0 && Musl.listen(descriptor, 16) == 0
                    && getsockname(descriptor, generic, &length) == 0
                #else
                Glibc.bind(descriptor, generic, length) == 0 && Glibc.listen(descriptor, 16) == 0
                    && getsockname(descriptor, generic, &length) == 0
                #endif
            }
        }
        guard bound else {
            let failure = error(endpoint)
            close(descriptor)
            throw failure
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// A socket that is connected, or on its way: `completion` tells.
    static func beginConnect(_ endpoint: Endpoint) throws(SocketError) -> Int32 {
        let (descriptor, code) = try attempt(endpoint)
        guard code == 0 || code == EINPROGRESS else {
            close(descriptor)
            throw error(endpoint, code)
        }
        hurry(descriptor)
        return descriptor
    }

    /// How an attempt to connect stands: nil while it is under way, 0 when it has succeeded, else the error's number.
    static func completion(_ descriptor: Int32) -> Int32? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, 0) > 0 else { return nil }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code
    }

    /// A connected socket; waits for at most `patience` nanoseconds.
    static func connect(_ endpoint: Endpoint, patience: Nanoseconds) throws(SocketError) -> Int32 {
        let (descriptor, result) = try attempt(endpoint)
        var code = result
        if code == EINPROGRESS {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let ready = poll(&waiting, 1, Int32(clamping: patience / 1_000_000))
            var size = socklen_t(MemoryLayout<Int32>.size)
            code = ETIMEDOUT
            if ready > 0 { getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) }
        }
        guard code == 0 else {
            close(descriptor)
            throw error(endpoint, code)
        }
        hurry(descriptor)
        return descriptor
    }

    /// A socket and the error's number of the attempt to connect it, 0 for none.
    private static func attempt(_ endpoint: Endpoint) throws(SocketError) -> (descriptor: Int32, code: Int32) {
        var address = try resolve(endpoint)
        let descriptor = try make(endpoint)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                #if canImport(Darwin)
                Darwin.connect(descriptor, generic, length)
                #elseif canImport(Musl)
                Musl.connect(descriptor, generic, length)
                #else
                Glibc.connect(descriptor, generic, length)
                #endif
            }
        }
        return (descriptor, result == 0 ? 0 : errno)
    }

    /// The next connection that waits; nil when none does.
    static func accept(_ listener: Int32) -> Int32? {
        #if canImport(Darwin)
        let descriptor = Darwin.accept(listener, nil, nil)
        #elseif canImport(Musl)
        let descriptor = Musl.accept(listener, nil, nil)
        #else
        let descriptor = Glibc.accept(listener, nil, nil)
        #endif
        guard descriptor >= 0 else { return nil }
        prepare(descriptor)
        hurry(descriptor)
        return descriptor
    }

    private static func make(_ endpoint: Endpoint) throws(SocketError) -> Int32 {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw error(endpoint) }
        prepare(descriptor)
        return descriptor
    }

    private static func prepare(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Records are put together by us; the system must not wait for more of them.
    private static func hurry(_ descriptor: Int32) {
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        #if canImport(Darwin)
        setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    private static func resolve(_ endpoint: Endpoint) throws(SocketError) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = endpoint.port.bigEndian
        if inet_pton(AF_INET, endpoint.host, &address.sin_addr) == 1 { return address }
        var hints = addrinfo()
        hints.ai_family = AF_INET
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(endpoint.host, nil, &hints, &found)
        defer { if found != nil { freeaddrinfo(found) } }
        guard code == 0, let first = found?.pointee.ai_addr else {
            throw SocketError(endpoint: endpoint, reason: String(cString: gai_strerror(code)))
        }
        first.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address.sin_addr = $0.pointee.sin_addr }
        return address
    }

    /// Bytes sent, or -1 with `errno`.
    static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
        Darwin.send(descriptor, bytes.baseAddress, bytes.count, 0)
        #elseif canImport(Musl)
        Musl.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        #else
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        #endif
    }

    /// Bytes received, 0 at the end, or -1 with `errno`.
    static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Darwin)
        Darwin.recv(descriptor, buffer.baseAddress, buffer.count, 0)
        #elseif canImport(Musl)
        Musl.recv(descriptor, buffer.baseAddress, buffer.count, 0)
        #else
        Glibc.recv(descriptor, buffer.baseAddress, buffer.count, 0)
        #endif
    }

    /// Whether the last call failed only because it would have had to wait.
    static var wouldWait: Bool { errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR }

    /// Tells the other side that nothing more comes; what it sends is still received.
    static func endSending(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends a connection in both directions; the descriptor stays its owner's.
    static func endBoth(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    static func shut(_ descriptor: Int32) { close(descriptor) }

    /// Waits until one of the sockets has something, or for `timeout` nanoseconds; a whole number of milliseconds, so
    /// that what remains is waited for awake.
    static func wait(_ sockets: [Interest], timeout: Nanoseconds) {
        var waiting = sockets.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
        poll(&waiting, nfds_t(waiting.count), Int32(clamping: timeout / 1_000_000))
    }

    /// What is waited for.
    struct Interest {
        var descriptor: Int32
        var events: Int16

        init(_ descriptor: Int32, writes: Bool = false) {
            self.descriptor = descriptor
            events = Int16(POLLIN) | (writes ? Int16(POLLOUT) : 0)
        }
    }
}
