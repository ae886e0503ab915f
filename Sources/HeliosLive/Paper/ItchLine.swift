// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Where a session stands in its feed, as its journal tells: a restarted one goes on from there.
public struct FeedPlace: Sendable, Equatable {
    /// The session followed; nil when nothing was heard yet.
    public var session: MoldSession?
    /// The next message wanted.
    public var next: UInt64
    /// Stock locates by instrument, as far as they are known.
    public var locates: [Instrument: UInt16]

    public init(session: MoldSession? = nil, next: UInt64 = 1, locates: [Instrument: UInt16] = [:]) {
        self.session = session
        self.next = next
        self.locates = locates
    }
}

/// An ITCH 5.0 feed over MoldUDP64 as a stream of records: one for each message, in order, and a word for each change of what
/// the stream is worth.
///
/// A message that is none gives a record of kind `none`, so that counting records is counting messages: that is how a
/// restarted session knows which message it wants next. For one thread; allocates nothing for a message that changes a book.
public struct ItchLine: ~Copyable {
    /// The sockets, and snapshots where they are to be had.
    public private(set) var feed: RecoveringFeed
    private var decoder: ItchDecoder
    private let midnight: Timestamp
    private let venue: Venue
    /// The session that was last told.
    private var session: MoldSession?
    /// What the stream was worth when it was last told; nothing was heard before the first packet, and who listens begins with that.
    private var quality: UInt64 = 1
    /// Another session takes over when the one followed was not heard of for so long.
    private let sessionPatience: Nanoseconds
    private var lastFirst: Nanoseconds = 0
    private var heardUpTo: UInt64 = 0

    /// Opens the sockets.
    ///
    /// - Parameters:
    ///   - settings: lines and servers.
    ///   - snapshots: where the state of all books is to be had; a session that begins late then begins with it.
    ///   - midnight: midnight of the trading day in New York.
    ///   - venue: what the records are stamped with.
    ///   - directory: instruments that keep their numbers.
    ///   - place: where an earlier process was.
    ///   - sessionPatience: how long the session followed may be silent before another one is followed.
    /// - Throws: `SocketError`.
    public init(
        _ settings: FeedSettings,
        snapshots: SnapshotSettings? = nil,
        midnight: Timestamp,
        venue: Venue,
        directory: InstrumentDirectory,
        place: FeedPlace = FeedPlace(),
        sessionPatience: Nanoseconds = 500_000_000
    ) throws(SocketError) {
        var settings = settings
        settings.start = place.next
        settings.session = place.session
        // Records have the market's time: the kernel's time of a packet is not worth half a microsecond.
        for index in settings.lines.indices { settings.lines[index].isEager = true }
        feed = try RecoveringFeed(settings, snapshots: snapshots)
        decoder = ItchDecoder(midnight: midnight, venue: venue, directory: directory)
        for (instrument, locate) in place.locates { decoder.bind(locate, to: instrument) }
        self.midnight = midnight
        self.venue = venue
        self.sessionPatience = sessionPatience
        session = place.session
    }

    /// Names of the instruments, in the order of their numbers.
    var directory: InstrumentDirectory { _read { yield decoder.directory } }

    /// Another feed has told of an instrument: it gets the next number here too.
    mutating func learn(_ symbol: Symbol) { _ = decoder.directory.register(symbol) }

    /// Messages that were none.
    public var malformed: Int { decoder.diagnostics.malformed }

    /// How the sockets do.
    public var receiver: FeedReceiver { _read { yield feed.receiver } }

    /// Takes what is there, at most a batch of each line.
    ///
    /// - Parameters:
    ///   - now: a clock that does not go backward.
    ///   - deliver: gets each record: market data, and words of kind `side`.
    /// - Returns: messages handed on.
    @discardableResult
    public mutating func poll(at now: Nanoseconds, _ deliver: (Event) -> Void) -> Int {
        poll(at: now, watch: NoLatencyWatch(), deliver)
    }

    /// The same with somebody who is told how far a packet is.
    @inline(__always)
    mutating func poll<Watch: LatencyWatch>(at now: Nanoseconds, watch: Watch, _ deliver: (Event) -> Void) -> Int {
        let progress = ItchLine.take(&feed, &decoder, at: now, watch, deliver)
        if feed.receiver.expected != heardUpTo {
            heardUpTo = feed.receiver.expected
            lastFirst = now
        }
        if session == nil || progress.lost != nil { note(progress, deliver) }
        if progress.datagrams == 0 || quality != 0 || progress.lost != nil || !feed.receiver.isWhole {
            judge(now, deliver)
        }
        return progress.messages
    }

    /// Waits until something comes in, at most `timeout` nanoseconds.
    public func wait(at now: Nanoseconds, timeout: Nanoseconds) { feed.receiver.wait(at: now, timeout: timeout) }

    private static func take<Watch: LatencyWatch>(
        _ feed: inout RecoveringFeed,
        _ decoder: inout ItchDecoder,
        at now: Nanoseconds,
        _ watch: Watch,
        _ deliver: (Event) -> Void
    ) -> FeedProgress {
        var isWhole: UInt64?
        let progress = feed.poll(at: now, watch: watch) { event in
            switch event {
            case .message(let message, _):
                let bytes = message.unsafeBuffer
                let event = decoder.decode(bytes, offset: 0) ?? Event(venue: decoder.venue, kind: .none)
                if event.kind == .instrumentDefinition {
                    let locate = UInt64(bytes[1]) << 8 | UInt64(bytes[2])
                    deliver(SessionWord.locate.record(of: decoder.venue, instrument: event.instrument, detail: locate))
                }
                watch.reached(.decoded)
                deliver(event)
            case .clear: deliver(SessionWord.booksVoid.record(of: decoder.venue))
            case .whole(let next): isWhole = next
            }
        }
        if let isWhole, let session = feed.receiver.session {
            deliver(SessionWord.feedBegins(session, next: isWhole, of: decoder.venue))
        }
        return progress
    }

    /// The first packet tells the session; and what is lost for good is told where no snapshot will mend it.
    private mutating func note(_ progress: FeedProgress, _ deliver: (Event) -> Void) {
        guard let followed = feed.receiver.session else { return }
        if session == nil {
            session = followed
            if !feed.isLoading { deliver(SessionWord.feedBegins(followed, next: feed.receiver.expected, of: venue)) }
        }
        if progress.lost != nil, !feed.isLoading {
            deliver(SessionWord.feedLost.record(of: venue))
        }
    }

    private mutating func judge(_ now: Nanoseconds, _ deliver: (Event) -> Void) {
        if let other = feed.receiver.otherSession, feed.receiver.isComplete || now - lastFirst > sessionPatience {
            begin(other, now, deliver)
        }
        let isDisputed = feed.receiver.hasConflict
        let isWhole = feed.isWhole && feed.receiver.session != nil && !feed.receiver.isSilent(at: now)
        let found: UInt64 = isDisputed ? 2 : isWhole ? 0 : 1
        guard found != quality else { return }
        quality = found
        deliver(SessionWord.feedQuality.record(of: venue, detail: found))
    }

    /// The sender has begun a new session: numbers and locates of the old one mean nothing any more.
    private mutating func begin(_ other: MoldSession, _ now: Nanoseconds, _ deliver: (Event) -> Void) {
        feed.follow(other, from: 1)
        decoder = ItchDecoder(midnight: midnight, venue: venue, directory: decoder.directory)
        session = other
        heardUpTo = 0
        lastFirst = now
        deliver(SessionWord.feedBegins(other, next: 1, of: venue))
        // What was not whole before is not yet whole now.
        quality = 1
        deliver(SessionWord.feedQuality.record(of: venue, detail: 1))
    }
}
