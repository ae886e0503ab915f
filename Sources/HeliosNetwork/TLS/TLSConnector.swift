// SPDX-License-Identifier: MIT
#if Network
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Connects over TLS for somebody who reads and writes plain sockets.
///
/// ```
/// order thread ── plain bytes ── pair of sockets ── event loop ── TLS ── venue
/// ```
/// The thread that polls its socket stays as it is; the handshake and the ciphers are an event loop's, which costs two more
/// system calls and a change of threads each way.
public final class TLSConnector: Sendable {
    private let settings: TLSSettings
    private let context: NIOSSLContext
    private let group: MultiThreadedEventLoopGroup
    private let failure = Mutex<String?>(nil)

    /// - Parameter settings: who we are, whom we believe.
    /// - Throws: `TLSError`, which names the file that is missing or not as it should be.
    public init(_ settings: TLSSettings) throws(TLSError) {
        self.settings = settings
        context = try settings.clientContext()
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    deinit { group.shutdownGracefully { _ in } }

    /// Why the last connection could not be made, or ended; nil when there was nothing.
    public var lastFailure: String? { failure.withLock { $0 } }

    /// Begins a connection to `host`.
    ///
    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: the port there.
    /// - Returns: a socket that doesn't block, to be closed by the caller. It can be written to at once; it ends when the
    ///   connection can't be made, and then `lastFailure` says why.
    /// - Throws: `TLSError` when the system has no more sockets.
    public func connect(host: String, port: Int) throws(TLSError) -> Int32 {
        let (ours, theirs) = try SocketPair.make()
        let name = settings.serverName ?? (TLSConnector.isAddress(host) ? nil : host)
        let loop = group.next()
        let context = context
        let dialled = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(context: context, serverHostname: name)
                    try channel.pipeline.syncOperations.addHandlers([handler, HandshakeTimer { self.note($0) }])
                }
            }
            .channelOption(.autoRead, value: false)
            .connect(host: host, port: port)
        dialled.whenComplete { result in
            switch result {
            case .success(let channel): self.join(channel, theirs)
            case .failure(let error):
                self.note(error)
                close(theirs)
            }
        }
        return ours
    }

    private func join(_ channel: any Channel, _ descriptor: Int32) {
        let plain = ClientBootstrap(group: channel.eventLoop)
            .channelOption(.autoRead, value: false)
            .withConnectedSocket(descriptor)
        plain.whenComplete { result in
            switch result {
            case .success(let near):
                do { try Self.glue(channel, near, note: { self.note($0) }) } catch { self.note(error) }
            case .failure(let error):
                self.note(error)
                close(descriptor)
                channel.close(promise: nil)
            }
        }
    }

    /// Joins the channels, on their event loop.
    static func glue(
        _ far: any Channel,
        _ near: any Channel,
        note: @escaping @Sendable (any Error) -> Void
    ) throws {
        let (one, other) = (RelayHandler(), RelayHandler())
        RelayHandler.join(one, other)
        try far.pipeline.syncOperations.addHandlers([FailureHandler(note), one])
        try near.pipeline.syncOperations.addHandler(other)
        _ = far.setOption(.autoRead, value: true)
        _ = near.setOption(.autoRead, value: true)
    }

    private func note(_ error: any Error) { failure.withLock { $0 = TLSConnector.words(error) } }

    /// The error for people.
    static func words(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            return error.connectionErrors.first.map { words($0.error) } ?? "\(error.host): no address"
        }
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        return "\(error)"
    }

    /// Whether it is an address and no name: certificates are asked for names only.
    static func isAddress(_ host: String) -> Bool {
        host.contains(":") || host.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }
}

/// Ends a connection whose handshake does not come.
final class HandshakeTimer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let note: (any Error) -> Void
    private var alarm: Scheduled<Void>?

    init(_ note: @escaping (any Error) -> Void) { self.note = note }

    func channelActive(context: ChannelHandlerContext) {
        alarm = Handshake.limit(context.channel, note)
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event { alarm?.cancel() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        context.fireChannelInactive()
    }
}

/// Tells of errors on their way through a channel.
final class FailureHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let note: @Sendable (any Error) -> Void

    init(_ note: @escaping @Sendable (any Error) -> Void) { self.note = note }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that hangs up without the TLS goodbye has still hung up.
        if case .uncleanShutdown = error as? NIOSSLError {} else { note(error) }
        context.fireErrorCaught(error)
    }
}
#endif
