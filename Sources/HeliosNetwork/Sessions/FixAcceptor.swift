// SPDX-License-Identifier: MIT
#if Network
import HeliosFIX
import HeliosWire
import NIOCore
import NIOPosix
import NIOSSL

/// Accepts connections for many FIX sessions, on one event loop.
///
/// ```swift
/// let server = try FixAcceptor(host: "127.0.0.1", port: 9880, sessions: [configuration], hooks: hooks)
/// print("listening at \(server.port)")
/// ```
/// A session has one connection at a time: while it has one, a second is closed without a word.
public final class FixAcceptor: Sendable {
    /// The port that it listens at.
    public let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let peers: NIOLoopBound<[FixPeer]>

    /// - Parameters:
    ///   - host: the address to listen at.
    ///   - port: the port; 0 for any.
    ///   - tls: our certificate; nil for plain connections.
    ///   - sessions: who may connect; all must be acceptors.
    ///   - dictionary: what a session's messages are checked against.
    ///   - store: a session's numbers and sent messages.
    ///   - hooks: clock and callbacks.
    ///   - refuse: told why a connection was closed before it had a session.
    /// - Throws: `TLSError`, for a certificate or a port that can't be had.
    public init(
        host: String,
        port: Int,
        tls: TLSSettings? = nil,
        sessions: [FixSessionConfiguration],
        dictionary: (FixSessionConfiguration) -> FixDictionary? = { _ in nil },
        store: (FixSessionConfiguration) -> FixStoreMemory = { _ in FixStoreMemory(bytes: 1 << 24) },
        hooks: FixPeerHooks,
        refuse: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(TLSError) {
        let context = try tls?.serverContext()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        nonisolated(unsafe) let made = sessions.map {
            FixPeer($0, dictionary: dictionary($0), store: store($0), loop: loop, hooks: hooks)
        }
        do {
            let peers = try loop.submit { NIOLoopBound(made, eventLoop: loop) }.wait()
            let bootstrap = ServerBootstrap(group: loop)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let context {
                            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                        }
                        let handler = FixDoorHandler(
                            find: { FixAcceptor.find($0, peers.value) },
                            refuse: refuse
                        )
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
            channel = try bootstrap.bind(host: host, port: port).wait()
            self.peers = peers
        } catch {
            group.shutdownGracefully { _ in }
            throw TLSError("\(host):\(port): \(TLSConnector.words(error))", isUnreachable: true)
        }
        self.group = group
        self.port = channel.localAddress?.port ?? port
    }

    deinit {
        channel.close(promise: nil)
        group.shutdownGracefully { _ in }
    }

    private static func find(_ peek: FixLogonPeek, _ peers: [FixPeer]) -> FixPeer? {
        peers.first { $0.id == peek.id && !$0.isConnected }
    }

    /// Calls `body` with each session, on the event loop.
    public func forEach(_ body: @escaping @Sendable (FixPeer) -> Void) {
        let peers = peers
        channel.eventLoop.execute { for peer in peers.value { body(peer) } }
    }

    /// Takes no more connections, and breaks those of its sessions; one without a Logon ends by itself within ten seconds.
    public func close() {
        let peers = peers
        // Nobody comes in any more before those who are in have to leave.
        try? channel.close().wait()
        try? channel.eventLoop.submit { for peer in peers.value { peer.hangUp() } }.wait()
    }
}
#endif
