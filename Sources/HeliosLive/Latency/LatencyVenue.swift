// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosWire

/// The venue's side of a measurement: a SoupBinTCP port for one client that accepts every order for its one symbol and obeys every cancel.
///
/// As little as a client needs to become ready and stay so; what it takes is not part of what is measured.
struct LatencyVenue: ~Copyable {
    private let listener: Int32
    /// Where orders come in.
    let endpoint: Endpoint
    private var descriptor: Int32 = -1
    private var connection: SoupServerConnection
    private var stream: SoupStream
    private var output = WireOutput(capacity: 1 << 16)
    private var message = WireOutput(capacity: 256)
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 64)
    private var received = 0
    private var orderNumber: UInt64 = 1
    private var reference: UInt32 = 1
    /// Whether the client has asked where it stands, the last thing before it is ready.
    private(set) var isReady = false
    /// Orders and cancels taken.
    private(set) var orders = 0
    private(set) var cancels = 0

    init() throws(SocketError) {
        let place = Endpoint(port: 0)
        let (descriptor, port) = try Sockets.listen(place)
        listener = descriptor
        endpoint = Endpoint(host: place.host, port: port)
        connection = SoupServerConnection(SoupServerConfiguration(), at: LatencyVenue.now)
        stream = LatencyVenue.emptyStream()
    }

    deinit {
        if descriptor >= 0 { Sockets.shut(descriptor) }
        Sockets.shut(listener)
        input.deallocate()
    }

    private static var now: Timestamp { Timestamp(nanoseconds: Sockets.now) }

    private static func emptyStream() -> SoupStream {
        // Two reports an order, 94 bytes.
        SoupStream(session: .blank, messages: 1 << 22, bytes: 1 << 28)
    }

    /// Forgets the session: the next client finds a venue that has seen nothing.
    mutating func reset() {
        if descriptor >= 0 { Sockets.shut(descriptor) }
        descriptor = -1
        stream = LatencyVenue.emptyStream()
        output.removeAll()
        received = 0
        (orders, cancels) = (0, 0)
        reference = 1
        isReady = false
    }

    /// Looks for bytes of the client once; whether there are some, which `take` then reads.
    @inline(__always)
    mutating func look() -> Bool {
        guard descriptor >= 0 else { return false }
        received = Sockets.receive(descriptor, input)
        return received > 0
    }

    /// Reads what `look` found; whether an order or a cancel was in it.
    mutating func take() -> Bool {
        let before = orders + cancels
        var chunk = WireBytes(UnsafeRawBufferPointer(rebasing: input[..<max(received, 0)]))
        let now = LatencyVenue.now
        while let event = connection.next(&chunk, at: now, into: &output) {
            switch event {
            case .login: _ = connection.accept(stream, at: now, into: &output)
            case .message(let bytes): answer(bytes)
            case .closed: break
            }
        }
        return orders + cancels > before
    }

    /// Lets clients in, says what is to be said, and lives on.
    mutating func serve() {
        if let next = Sockets.accept(listener) {
            if descriptor >= 0 { Sockets.shut(descriptor) }
            descriptor = next
            output.removeAll()
            connection = SoupServerConnection(SoupServerConfiguration(), at: LatencyVenue.now)
        }
        flush()
    }

    /// Sends the reports.
    mutating func flush() {
        guard descriptor >= 0 else { return }
        let now = LatencyVenue.now
        _ = connection.tick(at: now, into: &output)
        _ = connection.send(stream, at: now, into: &output)
        guard output.count > 0 else { return }
        let sent = Sockets.send(descriptor, output.bytes.unsafeBuffer)
        output.drop(max(sent, 0))
    }

    private mutating func answer(_ bytes: WireBytes) {
        guard let inbound = try? Ouch50.Inbound(bytes) else { return }
        switch inbound {
        case .enterOrder(let order) where order.symbol != LatencyMarket.symbol:
            reference = max(reference, order.userRefNum &+ 1)
            say { output throws(OuchError) in
                try Ouch50.OrderRejected.write(
                    timestamp: 1,
                    userRefNum: order.userRefNum,
                    reason: OuchCode(.symbol),
                    clientOrderID: order.clientOrderID,
                    to: &output
                )
            }
        case .enterOrder(let order):
            orders += 1
            reference = max(reference, order.userRefNum &+ 1)
            let number = orderNumber
            say { output throws(OuchError) in try LatencyVenue.accept(order, number, &output) }
            orderNumber += 1
        case .cancelOrder(let cancel):
            cancels += 1
            say { output throws(OuchError) in
                try Ouch50.OrderCancelled.write(
                    timestamp: 1,
                    userRefNum: cancel.userRefNum,
                    decrement: 100,
                    reason: OuchCode(.user),
                    to: &output
                )
            }
        case .accountQuery:
            isReady = true
            let next = reference
            say { output throws(OuchError) in
                try Ouch50.AccountQueryResponse.write(timestamp: 1, nextUserRefNum: next, to: &output)
            }
        default: break
        }
    }

    private static func accept(
        _ order: Ouch50.EnterOrder,
        _ number: UInt64,
        _ output: inout WireOutput
    ) throws(OuchError) {
        try Ouch50.OrderAccepted.write(
            timestamp: 1,
            userRefNum: order.userRefNum,
            side: order.side,
            quantity: order.quantity,
            symbol: order.symbol,
            price: order.price,
            timeInForce: order.timeInForce,
            display: order.display,
            orderReference: number,
            capacity: order.capacity,
            sweep: order.sweep,
            cross: order.cross,
            state: OuchCode(.live),
            clientOrderID: order.clientOrderID,
            to: &output
        )
    }

    private mutating func say(_ body: (inout WireOutput) throws(OuchError) -> Void) {
        message.removeAll()
        guard (try? body(&message)) != nil else { return }
        _ = stream.store.append(message.bytes)
    }
}
