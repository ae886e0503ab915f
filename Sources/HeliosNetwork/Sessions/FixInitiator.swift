// SPDX-License-Identifier: MIT
#if Network
import HeliosFIX
import HeliosMarket
import HeliosWire
import NIOCore
import NIOPosix
import NIOSSL

/// Keeps one FIX session connected to a counterparty, on an event loop of its own.
public final class FixInitiator: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let dialler: NIOLoopBound<Dialler>

    /// What connects, and connects again.
    private final class Dialler {
        let peer: FixPeer
        let host: String
        let port: Int
        let context: NIOSSLContext?
        let name: String?
        let retry: TimeAmount?
        let hooks: FixPeerHooks
        var isOver = false
        /// Attempts since the last Logon that was answered.
        var attempts = 0

        init(
            _ peer: FixPeer,
            _ host: String,
            _ port: Int,
            _ context: NIOSSLContext?,
            _ name: String?,
            retry: TimeAmount?,
            _ hooks: FixPeerHooks
        ) {
            self.peer = peer
            self.host = host
            self.port = port
            self.context = context
            self.name = name
            self.retry = retry
            self.hooks = hooks
        }

        func dial() {
            guard !isOver, !peer.isConnected else { return }
            let now = hooks.clock()
            guard peer.opening(after: now) <= now else { return again() }
            let box = NIOLoopBound(self, eventLoop: peer.loop)
            let (context, name) = (context, name)
            ClientBootstrap(group: peer.loop)
                .connectTimeout(.seconds(10))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let operations = channel.pipeline.syncOperations
                        if let context {
                            try operations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                        }
                        try operations.addHandler(
                            FixChannelHandler(box.value.peer, waitsForHandshake: context != nil) {
                                !box.value.isOver
                            }
                        )
                    }
                }
                .connect(host: host, port: port)
                .whenComplete { result in
                    switch result {
                    case .success(let channel):
                        channel.closeFuture.whenComplete { _ in box.value.again() }
                    case .failure(let error):
                        let dialler = box.value
                        dialler.hooks.take(dialler.peer, .disconnected(TLSConnector.words(error)))
                        dialler.again()
                    }
                }
        }

        /// Connects again: later each time that the other side did not let us in, and not while the session is closed.
        private func again() {
            guard !isOver, let retry else { return }
            attempts = peer.wasLoggedOn ? 0 : min(attempts + 1, 6)
            let now = hooks.clock()
            let pause = min(retry.nanoseconds << Int64(attempts), max(retry.nanoseconds, Dialler.longestPause))
            let closed = peer.opening(after: now) - now
            let box = NIOLoopBound(self, eventLoop: peer.loop)
            // Looked at again within the hour: clocks are set.
            let wait = max(pause, min(closed, 3_600_000_000_000))
            peer.loop.scheduleTask(in: .nanoseconds(wait)) { box.value.dial() }
        }

        private static var longestPause: Int64 { 30_000_000_000 }
    }

    /// - Parameters:
    ///   - host: the counterparty's name or address.
    ///   - port: its port.
    ///   - tls: who we are, whom we believe; nil for a plain connection.
    ///   - configuration: the session, an initiator's.
    ///   - dictionary: what messages are checked against; nil checks none.
    ///   - store: numbers and sent messages.
    ///   - retry: nanoseconds until a lost connection is made again; nil for never.
    ///   - hooks: clock and callbacks.
    /// - Throws: `TLSError`, which names the file that is not as it should be.
    public init(
        host: String,
        port: Int,
        tls: TLSSettings? = nil,
        configuration: FixSessionConfiguration,
        dictionary: FixDictionary? = nil,
        store: FixStoreMemory = FixStoreMemory(bytes: 1 << 24),
        retry: Nanoseconds? = 1_000_000_000,
        hooks: FixPeerHooks
    ) throws(TLSError) {
        let context = try tls?.clientContext()
        let name = tls?.serverName ?? (TLSConnector.isAddress(host) ? nil : host)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        self.loop = loop
        let peer = FixPeer(configuration, dictionary: dictionary, store: store, loop: loop, hooks: hooks)
        nonisolated(unsafe) let made = Dialler(
            peer,
            host,
            port,
            context,
            name,
            retry: retry.map { .nanoseconds($0) },
            hooks
        )
        do { dialler = try loop.submit { NIOLoopBound(made, eventLoop: loop) }.wait() } catch {
            throw TLSError("\(error)")
        }
        let box = dialler
        loop.execute { box.value.dial() }
    }

    deinit { group.shutdownGracefully { _ in } }

    /// Calls `body` with the session, on its event loop.
    public func run(_ body: @escaping @Sendable (FixPeer) -> Void) {
        let box = dialler
        loop.execute { body(box.value.peer) }
    }

    /// Says goodbye, and connects no more.
    public func leave(_ text: String? = nil) {
        let box = dialler
        loop.execute {
            box.value.isOver = true
            box.value.peer.logout(text)
        }
    }

    /// Breaks the connection, connects no more, and waits until it is gone.
    public func close() {
        let box = dialler
        try? loop.submit {
            box.value.isOver = true
            box.value.peer.hangUp()
        }.wait()
    }
}
#endif
