// SPDX-License-Identifier: MIT
#if Network
import HeliosFIX
import HeliosMarket
import HeliosWire
import NIOCore

/// What a session on an event loop has to tell.
public enum FixPeerEvent {
    /// A connection is there; the Logon is under way.
    case connected
    /// What the session learnt.
    case session(FixSessionEvent)
    /// The connection is gone, and why when somebody knows.
    case disconnected(String?)
}

/// Which way a message went.
public enum FixDirection: Sendable {
    case received
    case sent
}

/// What the owner of sessions on event loops gives them.
public struct FixPeerHooks: Sendable {
    /// UTC.
    public var clock: @Sendable () -> Timestamp
    /// Called on the session's event loop.
    public var take: @Sendable (FixPeer, FixPeerEvent) -> Void
    /// Called on the session's event loop with all that goes over the wire; nil costs nothing.
    public var trace: (@Sendable (FixPeer, FixDirection, WireBytes) -> Void)?
    /// Gives a store that fills up larger memory, of that many bytes; nil when there is no more, and then nothing is sent.
    ///
    /// Memory of the heap up to a gigabyte by default; stores in files are for their owner to grow.
    public var grow: @Sendable (FixPeer, Int) -> FixStoreMemory? = { peer, bytes in
        peer.isStoreOnHeap && bytes <= 1 << 30 ? FixStoreMemory(bytes: bytes) : nil
    }

    public init(
        clock: @escaping @Sendable () -> Timestamp,
        trace: (@Sendable (FixPeer, FixDirection, WireBytes) -> Void)? = nil,
        take: @escaping @Sendable (FixPeer, FixPeerEvent) -> Void
    ) {
        self.clock = clock
        self.trace = trace
        self.take = take
    }
}

/// One FIX session on an event loop: it outlives its connections.
///
/// Everything here is for the event loop of the session: `FixInitiator.run` and `FixAcceptor.forEach` go there.
public final class FixPeer {
    public let configuration: FixSessionConfiguration
    /// Where it lives.
    public let loop: any EventLoop
    private var session: FixSession
    private var output: WireOutput
    private let hooks: FixPeerHooks
    private var channel: (any Channel)?
    private var alarm: (task: Scheduled<Void>, time: Timestamp)?
    /// Bytes are being taken: what is sent meanwhile leaves together, afterwards.
    private var isBusy = false
    private var ending: String?
    private var storeBytes: Int
    /// Whether the store's memory is the heap's, and nobody else's to grow.
    let isStoreOnHeap: Bool

    /// - Parameters:
    ///   - configuration: who talks to whom, and how.
    ///   - dictionary: what messages are checked against; nil checks none.
    ///   - store: numbers and sent messages, of this run or an earlier one.
    ///   - loop: where it lives.
    ///   - hooks: clock and callbacks.
    init(
        _ configuration: FixSessionConfiguration,
        dictionary: FixDictionary?,
        store: FixStoreMemory,
        loop: any EventLoop,
        hooks: FixPeerHooks
    ) {
        self.configuration = configuration
        self.loop = loop
        self.hooks = hooks
        storeBytes = store.count
        isStoreOnHeap = store.isOnHeap
        session = FixSession(configuration, dictionary: dictionary, store: FixStore(memory: store))
        output = WireOutput(capacity: max(1 << 20, 4 * configuration.largestBody))
    }

    public var id: FixSessionID { configuration.id }
    public var state: FixSessionState { session.state }
    /// The number of the next message that is sent.
    public var nextOut: UInt64 { session.nextOut }
    /// The number of the next message that is expected.
    public var nextIn: UInt64 { session.nextIn }
    /// What the peer's last Logout said.
    public var peerText: String? { session.peerText }
    /// Whether there is a connection.
    public var isConnected: Bool { channel != nil }

    // MARK: For the application

    /// Sends an application message.
    ///
    /// - Parameters:
    ///   - type: its MsgType.
    ///   - body: writes the fields behind the header.
    /// - Returns: its number; nil when it could not be sent.
    @discardableResult
    public func send(_ type: FixMsgType, _ body: (inout FixWriter) -> Void) -> UInt64? {
        let number = session.send(type, at: hooks.clock(), into: &output, body)
        drain()
        return number
    }

    /// Refuses a message that the session has taken and the application can't.
    ///
    /// - Parameters:
    ///   - message: what is refused.
    ///   - reason: BusinessRejectReason 380.
    ///   - text: why, for people; nil for the reason's usual words.
    public func refuse(_ message: FixMessage, reason: Int, text: String? = nil) {
        _ = session.businessReject(message, reason: reason, text: text, at: hooks.clock(), into: &output)
        drain()
    }

    /// Says goodbye; the connection ends when the peer has answered.
    public func logout(_ text: String? = nil) {
        session.logout(text, at: hooks.clock(), into: &output)
        drain()
    }

    /// Sends a TestRequest.
    ///
    /// - Parameter text: TestReqID.
    /// - Returns: whether it was sent.
    public func testRequest(_ text: String) -> Bool {
        let isSent = session.testRequest(text, at: hooks.clock(), into: &output)
        drain()
        return isSent
    }

    /// Asks for messages that came before.
    ///
    /// - Parameters:
    ///   - begin: the first number.
    ///   - end: the last number; 0 for all.
    /// - Returns: whether it was sent.
    public func requestResend(from begin: UInt64, to end: UInt64) -> Bool {
        let isSent = session.requestResend(from: begin, to: end, at: hooks.clock(), into: &output)
        drain()
        return isSent
    }

    /// Begins both sequences again.
    ///
    /// - Returns: whether it was sent.
    public func resetSequence() -> Bool {
        let isSent = session.resetSequence(at: hooks.clock(), into: &output)
        drain()
        return isSent
    }

    /// Leaves out the next `count` numbers, so that the peer sees a gap.
    public func skip(_ count: UInt64) { session.skip(count) }

    /// Breaks the connection without a word.
    public func hangUp() { channel?.close(promise: nil) }

    // MARK: For the channel

    /// The last attempt's Logon was answered.
    private(set) var wasLoggedOn = false

    /// When the session's schedule lets it begin; now without one.
    func opening(after now: Timestamp) -> Timestamp {
        guard let schedule = configuration.schedule, !schedule.isOpen(at: now) else { return now }
        return schedule.nextChange(after: now)
    }

    /// A connection is there.
    func attach(_ channel: any Channel) {
        self.channel = channel
        ending = nil
        wasLoggedOn = false
        output.removeAll()
        hooks.take(self, .connected)
        session.connected(at: hooks.clock(), into: &output)
        drain()
    }

    /// Bytes of the connection.
    func receive(_ buffer: ByteBuffer) {
        isBusy = true
        let trace = hooks.trace
        buffer.withUnsafeReadableBytes { raw in
            var bytes = WireBytes(raw)
            if let trace { trace(self, .received, bytes) }
            while let event = session.next(&bytes, at: hooks.clock(), into: &output) { take(event) }
        }
        isBusy = false
        drain()
    }

    /// The connection can take more.
    func writable() {
        tick()
    }

    /// The connection is gone.
    func detach(_ reason: String?) {
        guard channel != nil else { return }
        channel = nil
        session.disconnected(at: hooks.clock())
        output.removeAll()
        hooks.take(self, .disconnected(reason ?? ending))
        schedule()
    }

    /// A connection that was tried has not become one.
    func miss() { hooks.take(self, .disconnected(ending)) }

    /// What the error was, should it end the connection.
    func note(_ error: any Error) { ending = TLSConnector.words(error) }

    private func take(_ event: FixSessionEvent) {
        if case .loggedOn = event { wasLoggedOn = true }
        hooks.take(self, .session(event))
        guard case .closed = event else { return }
        flush()
        guard let channel else { return }
        // Who does not read gets no time for a goodbye.
        if case .closed(.silent) = event { return channel.close(promise: nil) }
        FixPeer.closeWhenWritten(channel)
    }

    /// Seconds that the last bytes of a connection may take.
    private static var patience: Int64 { 2 }

    /// Closes when everything has left, or when the other side does not take it.
    static func closeWhenWritten(_ channel: any Channel) {
        let alarm = channel.eventLoop.scheduleTask(in: .seconds(patience)) { channel.close(promise: nil) }
        // Behind an empty write everything has left.
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in
            alarm.cancel()
            channel.close(promise: nil)
        }
    }

    private func tick() {
        isBusy = true
        while let event = session.tick(at: hooks.clock(), into: &output) { take(event) }
        isBusy = false
        drain()
    }

    private func drain() {
        guard !isBusy else { return }
        if session.store.wantsRoom, let larger = hooks.grow(self, 2 * storeBytes), session.moveStore(to: larger) {
            storeBytes = larger.count
        }
        flush()
        schedule()
    }

    private func flush() {
        guard let channel, output.count > 0, channel.isWritable else { return }
        let bytes = output.bytes
        hooks.trace?(self, .sent, bytes)
        var buffer = channel.allocator.buffer(capacity: bytes.count)
        unsafe buffer.writeBytes(bytes.unsafeBuffer)
        output.removeAll()
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// Sees to it that `tick` is called when it is due.
    private func schedule() {
        let now = hooks.clock()
        let due = session.deadline(after: now)
        guard due < .never else {
            alarm?.task.cancel()
            alarm = nil
            return
        }
        // One that is due stays: it comes as soon as the loop has taken what there is to read.
        if let alarm, alarm.time <= due { return }
        alarm?.task.cancel()
        let task = loop.assumeIsolated().scheduleTask(in: .nanoseconds(max(due - now, 1_000_000))) { [weak self] in
            guard let self else { return }
            self.alarm = nil
            self.tick()
        }
        alarm = (task, due)
    }

    deinit { alarm?.task.cancel() }
}
#endif
