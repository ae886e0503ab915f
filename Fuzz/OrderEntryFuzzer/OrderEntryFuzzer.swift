// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// libFuzzer's entry: any bytes through everything that reads order entry.
///
/// The first byte says what they are: one OUCH message, a stream to a server, a stream to a client, or a request for messages. Beyond
/// not crashing: what is read whole has its lengths, and nothing is written without room.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOrderEntry(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let input = WireBytes(UnsafeRawBufferPointer(start: bytes + 1, count: count - 1))
    switch bytes[0] & 3 {
    case 0: readMessage(input)
    case 1: readAsServer(input, step: Int(bytes[0] >> 2) + 1)
    case 2: readAsClient(input, step: Int(bytes[0] >> 2) + 1)
    default: answer(input)
    }
    return 0
}

private func readMessage(_ input: WireBytes) {
    if let message = try? Ouch50.Inbound(input), case .enterOrder(let order) = message { walk(order.options, input) }
    if let message = try? Ouch50.Outbound(input), case .orderAccepted(let order) = message {
        walk(order.options, input)
    }
    _ = try? Ouch42.Inbound(input)
    _ = try? Ouch42.Outbound(input)
}

private func walk(_ options: OuchOptions, _ input: WireBytes) {
    var options = options
    var sum = 0
    while let option = options.next() { sum += option.value.count + 2 }
    precondition(
        sum == options.bytes.count && sum < input.count,
        "optional fields are not what they were checked to be"
    )
}

private struct Listener: SoupServerSink {
    func judge(_ login: SoupLogin) -> SoupRefusal? { nil }
    func take(_ event: SoupServerEvent) {}
}

private func readAsServer(_ input: WireBytes, step: Int) {
    var stream = SoupStream(session: .blank, messages: 4, bytes: 64)
    _ = stream.store.append(input.slice(0..<min(20, input.count)))
    var server = SoupServerConnection(SoupServerConfiguration(), at: .zero)
    var output = WireOutput(capacity: 256)
    var listener = Listener()
    _ = output.appendSoup(SoupType.debug)
    var place = 0
    while place < input.count {
        let end = min(place + step, input.count)
        server.receive(input.slice(place..<end), at: .zero, stream, into: &output, &listener)
        place = end
    }
    precondition(output.count <= 256, "more was written than there is room for")
}

private func readAsClient(_ input: WireBytes, step: Int) {
    var configuration = OuchClientConfiguration(
        soup: SoupClientConfiguration(user: .blank, password: .blank),
        symbols: [Symbol(packed: 0)],
        midnight: .zero,
        venue: Venue(id: 1)
    )
    configuration.orders = 16
    configuration.waiting = 4
    var client = OuchClient(configuration)
    var output = WireOutput(capacity: 256)
    client.connected(at: .zero, into: &output)
    var place = 0
    var events = 0
    while place < input.count {
        let end = min(place + step, input.count)
        var chunk = input.slice(place..<end)
        while let event = client.next(&chunk, at: .zero, into: &output) {
            events += 1
            precondition(events < 100_000, "the same is told for ever")
            if case .reconnect = event {
                _ = client.disconnected()
                client.connected(at: .zero, into: &output)
            }
            if case .ready = event {
                let order = Event(
                    orderID: OrderID(events),
                    quantity: Quantity(5),
                    instrument: Instrument(id: 0),
                    kind: .newOrder
                )
                _ = client.submit(order, at: .zero, into: &output)
            }
        }
        place = end
    }
    precondition(client.count <= 16, "more orders than there is room for")
}

private func answer(_ input: WireBytes) {
    var store = MessageStore(messages: 8, bytes: 256)
    for length in [0, 1, 100, 20] { _ = store.append(input.slice(0..<min(length, input.count))) }
    var server = MoldRetransmitter(session: MoldSession(high: 0, low: 0), packetLimit: 80)
    var output = WireOutput(capacity: 64)
    guard let count = try? server.answer(input, from: store, at: .zero, into: &output) else { return }
    precondition(count > 0 && output.count <= 64, "an answer without room")
}
