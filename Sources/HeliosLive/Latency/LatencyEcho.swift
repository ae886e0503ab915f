// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosWire

/// The least that can answer a packet with an order: receives, sends fixed bytes, knows nothing.
///
/// What is between its time and a system's is what the system costs.
public struct LatencyEcho: LatencySubject {
    /// The loop: feed's socket, orders' socket, the order's bytes, the word that is not 0 at the end.
    public typealias Loop = @Sendable (Int32, Int32, UnsafeRawBufferPointer, UnsafeMutablePointer<UInt32>) -> Void

    public let name: String
    /// The processor's time that the kernel may look at the card itself; 0 is off.
    public var busyPoll = 0
    private let loop: Loop

    /// - Parameters:
    ///   - name: for reports.
    ///   - yields: leaves the processor to others after each look; not for a `loop` of the caller's own.
    ///   - loop: what it does; without, a loop in Swift of `recv` and `send`.
    public init(name: String = "echo", yields: Bool = false, loop: Loop? = nil) {
        self.name = name
        self.loop = loop ?? { LatencyEcho.loop($0, $1, $2, $3, yields: yields) }
    }

    /// Opens the sockets as a session does, logs in, and echoes.
    public func run(_ place: LatencyPlace) throws {
        var source = UDPSource(place.feed)
        source.busyPoll = busyPoll
        let line = try UDPReceiver(source)
        let orders = try Sockets.connect(place.orders, patience: 1_000_000_000)
        defer { Sockets.shut(orders) }
        var output = WireOutput(capacity: 256)
        _ = output.appendSoup(SoupLogin(user: .blank, password: .blank, session: .blank, sequence: 0))
        try output.appendSoup(SoupType.unsequenced) { output throws(OuchError) in
            try Ouch50.AccountQuery.write(to: &output)
        }
        _ = Sockets.send(orders, output.bytes.unsafeBuffer)
        output.removeAll()
        try output.appendSoup(SoupType.unsequenced, LatencyEcho.order)
        loop(line.descriptor, orders, output.bytes.unsafeBuffer, place.stop.word)
    }

    private static func order(_ output: inout WireOutput) throws(OuchError) {
        try Ouch50.EnterOrder.write(
            userRefNum: 1,
            side: OuchCode(.buy),
            quantity: 100,
            symbol: LatencyMarket.symbol,
            price: 99_900,
            timeInForce: OuchCode(.immediateOrCancel),
            display: OuchCode(.visible),
            capacity: OuchCode(.agency),
            sweep: OuchCode(.no),
            cross: OuchCode(.none),
            clientOrderID: OuchToken(order: 1),
            to: &output
        )
    }

    private static func loop(
        _ feed: Int32,
        _ orders: Int32,
        _ order: UnsafeRawBufferPointer,
        _ stop: UnsafeMutablePointer<UInt32>,
        yields: Bool
    ) {
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 64) { room in
            var look = 0
            while !isSet(stop) {
                look &+= 1
                if Sockets.receive(feed, room) > 0 {
                    _ = Sockets.send(orders, order)
                } else if look % 8 == 0 {
                    _ = Sockets.receive(orders, room)
                }
                if yields { sched_yield() }
            }
        }
    }

    @inline(__always)
    private static func isSet(_ stop: UnsafeMutablePointer<UInt32>) -> Bool {
        var value: UInt64 = 0
        helios_load_words(&value, stop, 1)
        return value != 0
    }
}
