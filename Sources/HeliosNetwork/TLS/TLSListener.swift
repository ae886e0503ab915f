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

/// Takes TLS connections for somebody who polls plain sockets.
///
/// `descriptor` is readable when a connection is there whose handshake is done; `accept` gives its plain end.
public final class TLSListener: Sendable {
    /// Readable when `accept` has something to give.
    public let descriptor: Int32
    private let bell: Int32
    /// The port that it listens at.
    public let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let failure: Failures

    /// Why connections ended before they were any.
    private final class Failures: Sendable {
        let last = Mutex<String?>(nil)
        private let open = Mutex(0)

        /// Counts a connection, if there is room for one.
        func enter(_ most: Int) -> Bool {
            open.withLock { open in
                guard open < most else { return false }
                open += 1
                return true
            }
        }

        func leave() { open.withLock { $0 -= 1 } }
    }

    /// Connections at once; more are closed.
    private static let backlog = 256

    /// - Parameters:
    ///   - host: the address to listen at.
    ///   - port: the port; 0 for any.
    ///   - settings: our certificate; with an authority, clients need one too.
    /// - Throws: `TLSError`.
    public init(host: String, port: Int, settings: TLSSettings) throws(TLSError) {
        let context = try settings.serverContext()
        let (ours, theirs) = try SocketPair.make()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let failures = Failures()
        let waiting = theirs
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(NIOSSLServerHandler(context: context))
                    let note: @Sendable (any Error) -> Void = { error in
                        failures.last.withLock { $0 = TLSConnector.words(error) }
                    }
                    guard failures.enter(TLSListener.backlog) else { throw TLSError("too many handshakes at once") }
                    channel.closeFuture.whenComplete { _ in failures.leave() }
                    try operations.addHandlers([HandshakeTimer(note), FailureHandler(note)])
                    try operations.addHandler(DoorHandler { TLSListener.hand($0, to: waiting, note) })
                }
            }
        do { channel = try bootstrap.bind(host: host, port: port).wait() } catch {
            close(ours)
            close(theirs)
            group.shutdownGracefully { _ in }
            throw TLSError("\(host):\(port): \(TLSConnector.words(error))", isUnreachable: true)
        }
        descriptor = ours
        bell = theirs
        failure = failures
        self.group = group
        self.port = channel.localAddress?.port ?? port
    }

    deinit {
        let (descriptor, bell) = (descriptor, bell)
        channel.close(promise: nil)
        group.shutdownGracefully { _ in
            close(descriptor)
            close(bell)
        }
    }

    /// Why the last connection ended before it was any; nil when there was none.
    public var lastFailure: String? { failure.last.withLock { $0 } }

    /// The plain end of a connection that waits: it doesn't block, and the caller closes it; nil when none waits.
    public func accept() -> Int32? {
        var number: Int32 = -1
        // Four bytes at a time are written and read: a pair of sockets keeps them together.
        let count = unsafe read(descriptor, &number, MemoryLayout<Int32>.size)
        return count == MemoryLayout<Int32>.size ? number : nil
    }

    /// Gives the polling side its end of a pair of sockets.
    private static func hand(
        _ channel: any Channel,
        to bell: Int32,
        _ note: @escaping @Sendable (any Error) -> Void
    ) -> EventLoopFuture<Void> {
        let ends: (ours: Int32, theirs: Int32)
        do { ends = try SocketPair.make() } catch {
            note(error)
            return channel.eventLoop.makeFailedFuture(error)
        }
        return ClientBootstrap(group: channel.eventLoop)
            .channelOption(.autoRead, value: false)
            .withConnectedSocket(ends.theirs)
            .flatMapThrowing { near in
                try TLSConnector.glue(channel, near, note: note)
                var number = ends.ours
                guard unsafe write(bell, &number, MemoryLayout<Int32>.size) == MemoryLayout<Int32>.size else {
                    close(number)
                    throw TLSError("too many connections wait")
                }
            }
    }
}

/// Waits for the handshake, then has the connection handed on, without losing what was read meanwhile.
final class DoorHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let open: (any Channel) -> EventLoopFuture<Void>
    private var early: [NIOAny] = []

    init(_ open: @escaping (any Channel) -> EventLoopFuture<Void>) { self.open = open }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? TLSUserEvent, case .handshakeCompleted = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        _ = context.channel.setOption(.autoRead, value: false)
        let channel = context.channel
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        open(channel).whenComplete { result in
            let (handler, context) = bound.value
            guard case .success = result else { return context.close(promise: nil) }
            for data in handler.early { context.fireChannelRead(data) }
            if !handler.early.isEmpty { context.fireChannelReadComplete() }
            handler.early = []
            context.pipeline.syncOperations.removeHandler(handler, promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { early.append(data) }
}
#endif
