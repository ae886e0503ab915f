// SPDX-License-Identifier: MIT
#if Network
import HeliosFIX
import HeliosWire
import NIOCore
import NIOTLS

/// A connection of a known session.
final class FixChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let peer: FixPeer
    /// Whether the peer speaks only when the handshake is done.
    private let waitsForHandshake: Bool
    /// Whether a connection is still wanted.
    private let isWanted: () -> Bool
    private var isAttached = false
    private var patience: Scheduled<Void>?

    init(_ peer: FixPeer, waitsForHandshake: Bool, isWanted: @escaping () -> Bool) {
        self.peer = peer
        self.waitsForHandshake = waitsForHandshake
        self.isWanted = isWanted
    }

    func channelActive(context: ChannelHandlerContext) {
        if waitsForHandshake {
            patience = Handshake.limit(context.channel) { [peer] in peer.note($0) }
        } else {
            attach(context)
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if waitsForHandshake, let event = event as? TLSUserEvent, case .handshakeCompleted = event { attach(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { peer.receive(unwrapInboundIn(data)) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Who does not read what we say is not listened to.
        _ = context.channel.setOption(.autoRead, value: context.channel.isWritable)
        if context.channel.isWritable { peer.writable() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        patience?.cancel()
        if isAttached { peer.detach(nil) } else { peer.miss() }
        isAttached = false
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        peer.note(error)
        context.close(promise: nil)
    }

    private func attach(_ context: ChannelHandlerContext) {
        patience?.cancel()
        guard !isAttached else { return }
        guard isWanted() else { return context.close(promise: nil) }
        isAttached = true
        peer.attach(context.channel)
    }
}

/// A connection that somebody has made: whose it is, its first message says.
final class FixDoorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let find: (FixLogonPeek) -> FixPeer?
    private let refuse: (String) -> Void
    private var early = ByteBuffer()
    private var peer: FixPeer?
    private var patience: Scheduled<Void>?

    /// - Parameters:
    ///   - find: the session that a Logon is for, if it is free.
    ///   - refuse: told why a connection is closed without a word.
    init(find: @escaping (FixLogonPeek) -> FixPeer?, refuse: @escaping (String) -> Void) {
        self.find = find
        self.refuse = refuse
    }

    /// Seconds that a connection may take for its Logon.
    private static var logonTimeout: Int64 { 10 }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        let refuse = NIOLoopBoundBox.make(refuse, context.eventLoop)
        patience = context.eventLoop.scheduleTask(in: .seconds(FixDoorHandler.logonTimeout)) {
            refuse.value("no Logon in \(FixDoorHandler.logonTimeout) s")
            channel.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let peer { return peer.receive(unwrapInboundIn(data)) }
        var buffer = unwrapInboundIn(data)
        early.writeBuffer(&buffer)
        switch early.withUnsafeReadableBytes({ FixLogonPeek.read(WireBytes($0)) }) {
        case .needsMore: return
        case .refuse: close(context, "its first bytes are no FIX message")
        case .message(let peek):
            guard peek.isLogon else { return close(context, "its first message is no Logon") }
            guard let found = find(peek) else { return close(context, "no free session is called \(peek.id)") }
            patience?.cancel()
            peer = found
            found.attach(context.channel)
            found.receive(early)
            early.clear()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        _ = context.channel.setOption(.autoRead, value: context.channel.isWritable)
        if context.channel.isWritable { peer?.writable() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        patience?.cancel()
        peer?.detach(nil)
        peer = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let peer { peer.note(error) } else { refuse(TLSConnector.words(error)) }
        context.close(promise: nil)
    }

    private func close(_ context: ChannelHandlerContext, _ reason: String) {
        refuse(reason)
        context.close(promise: nil)
    }
}

/// A handshake that takes too long, or never comes.
struct Handshake: Error, CustomStringConvertible {
    /// Seconds that one may take.
    static var seconds: Int64 { 10 }

    var description: String { "no TLS handshake in \(Handshake.seconds) s" }

    /// Closes `channel` unless what is returned is cancelled in time.
    static func limit(_ channel: any Channel, _ note: @escaping (any Error) -> Void) -> Scheduled<Void> {
        let note = NIOLoopBoundBox.make(note, channel.eventLoop)
        return channel.eventLoop.scheduleTask(in: .seconds(seconds)) {
            note.value(Handshake())
            channel.close(promise: nil)
        }
    }
}

extension NIOLoopBoundBox {
    /// A box around `value`, on its event loop.
    static func make(_ value: Value, _ loop: any EventLoop) -> NIOLoopBoundBox<Value> {
        NIOLoopBoundBox(value, eventLoop: loop)
    }
}
#endif
