// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Synchronization

/// An order that may still trade, as those need it who ask the venue for its end.
public struct OpenOrder: Sendable, Equatable, Codable {
    /// Our number.
    public var order: UInt64
    /// The ClOrdID under which the venue knows it.
    public var venueID: String
    /// The venue's number of it in our port (UserRefNum).
    public var reference: UInt32
    public var symbol: String
    public var side: String
    public var open: UInt32
    public var price: String
    /// Where it works, of several venues; nil of one.
    public var venue: String?

    init(_ order: OuchOrder, symbols: [Symbol], venue: String = "") {
        self.venue = venue.isEmpty ? nil : venue
        self.order = order.order & (1 << 40 - 1)
        venueID = OuchToken(order: order.order).description
        reference = order.reference
        let index = order.instrument.index
        symbol = index < symbols.count ? symbols[index].description : "?"
        side = order.isSell ? "sell" : "buy"
        open = order.open
        price = order.price.description
    }
}

/// How far the line to a venue is.
struct GatewayLine: Sendable {
    var name: String
    var state: OuchLineState
    /// The venue's day is over: it has no more to say.
    var isOver = false

    /// Whether all is known of what may trade there.
    var isComplete: Bool { isOver || state == .ready }
}

/// What the thread that writes to the venues tells while a kill is under way.
struct GatewayReport: Sendable {
    /// The state of the kill switch that it has seen, and when it first did.
    var look: UInt64 = 0
    var seen: Nanoseconds = 0
    /// Orders that could trade at that moment.
    var working = 0
    /// Cancels written since, and when the first of them was.
    var cancels: UInt64 = 0
    var firstCancel: Nanoseconds = 0
    /// Orders that may trade now, and when that was so; the oldest of them.
    var open = 0
    var time: Nanoseconds = 0
    var orders: [OpenOrder] = []
    /// The lines to the venues, by place.
    var lines: [GatewayLine] = []

    /// Whether what is open is known of every venue that `cover` speaks of: each has told all that it had to say.
    func isComplete(for cover: KillCover) -> Bool {
        if case .venue(let number) = cover, lines.count > 1, lines.indices.contains(Int(number) - 1) {
            return lines[Int(number) - 1].isComplete
        }
        return !lines.isEmpty && lines.allSatisfy(\.isComplete)
    }

    /// How the lines are, in words.
    var account: String {
        guard lines.count > 1 else { return "the venue is \(lines.first?.state ?? .down)" }
        return lines.map { "\($0.name) is \($0.state)" }.joined(separator: ", ")
    }
}

/// How the threads of a session show that they are alive, and what the sender tells of a kill.
final class SessionPulse: Sendable {
    private let core = Atomic<Int64>(0)
    private let gateway = Atomic<Int64>(0)
    private let report = Mutex(GatewayReport())
    /// The descriptors of the order connections that are open, by the venues' places; held while one is opened, closed and cut, so
    /// that nobody cuts another's.
    private let sockets = Mutex<[Int: Int32]>([:])
    private let isRescued = Atomic<Bool>(false)

    @inline(__always)
    func coreBeats(at now: Nanoseconds) { core.store(now, ordering: .relaxed) }

    @inline(__always)
    func gatewayBeats(at now: Nanoseconds) { gateway.store(now, ordering: .relaxed) }

    /// Nanoseconds since the engine's thread was last heard of; 0 before it began.
    func coreSilence(at now: Nanoseconds) -> Nanoseconds { SessionPulse.silence(core, now) }

    /// The same of the thread that owns the order connections.
    func gatewaySilence(at now: Nanoseconds) -> Nanoseconds { SessionPulse.silence(gateway, now) }

    private static func silence(_ beat: borrowing Atomic<Int64>, _ now: Nanoseconds) -> Nanoseconds {
        let last = beat.load(ordering: .relaxed)
        return last == 0 ? 0 : max(now - last, 0)
    }

    func tell(_ report: GatewayReport) { self.report.withLock { $0 = report } }
    var gatewayReport: GatewayReport { report.withLock { $0 } }

    // MARK: The order connections' sockets

    func opened(_ descriptor: Int32, at place: Int) { sockets.withLock { $0[place] = descriptor } }

    /// Closes a socket, which nobody can cut any more then.
    func close(_ descriptor: Int32, at place: Int) {
        sockets.withLock {
            $0[place] = nil
            Sockets.shut(descriptor)
        }
    }

    /// Ends all connections under whoever owns them; false when there is none.
    func cut() -> Bool {
        sockets.withLock { sockets in
            for descriptor in sockets.values { Sockets.endBoth(descriptor) }
            return !sockets.isEmpty
        }
    }

    /// Nobody connects to a venue while somebody else cancels there in our name.
    var connectionIsTaken: Bool {
        get { isRescued.load(ordering: .acquiring) }
        set { isRescued.store(newValue, ordering: .releasing) }
    }
}
