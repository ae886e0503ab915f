// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosWire

/// Writes and reads order entry messages and prints the cost of each, beside a plain copy of the same bytes into and out of the same
/// memory, all in one interleaved run.
@main
enum OrderEntryBenchmark {
    static let messages = 1_000_000

    static func main() {
        let rounds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 9 : 9
        var bench = Bench()
        let names = [
            "copy of 50 bytes", "Enter Order 5.0 in its packet", "Enter Order 4.2 in its packet", "copy of 67 bytes",
            "Order Accepted 5.0 read", "Order Executed 5.0 read", "packets found in a stream", "order to bytes, client",
            "report to record, client",
        ]
        var best = [Double](repeating: .infinity, count: names.count)
        for _ in 0..<rounds {
            for (index, one) in bench.all().enumerated() { best[index] = min(best[index], one) }
        }
        print("\(messages) messages, best of \(rounds) interleaved rounds, CPU time, one core")
        for (index, name) in names.enumerated() {
            let reference = index < 3 ? best[0] : best[3]
            let line = String(format: "%7.2f ns/message   %5.2f x the copy", best[index], best[index] / reference)
            print(name.padding(toLength: 32, withPad: " ", startingAt: 0), line)
        }
        print("check \(bench.check)")
    }
}

/// The memory that all measurements share.
private struct Bench: ~Copyable {
    var check: UInt64 = 0
    private var output = WireOutput(capacity: 1 << 16)
    private var accepted = WireOutput(capacity: 128)
    private var executed = WireOutput(capacity: 128)
    private var stream = WireOutput(capacity: 1 << 16)
    private let symbol = Symbol(packed: 0x2020_2020_4C50_4141)
    private let source = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 64)

    init() {
        source.initializeMemory(as: UInt8.self, repeating: 7, count: 128)
        try? Ouch50.OrderAccepted.write(
            timestamp: 1,
            userRefNum: 1,
            side: OuchCode(.buy),
            quantity: 100,
            symbol: symbol,
            price: 1_000_000,
            timeInForce: OuchCode(.day),
            display: OuchCode(.visible),
            orderReference: 5,
            capacity: OuchCode(.agency),
            sweep: OuchCode(.no),
            cross: OuchCode(.none),
            state: OuchCode(.live),
            clientOrderID: OuchToken(order: 1),
            to: &accepted
        )
        try? Ouch50.OrderExecuted.write(
            timestamp: 1,
            userRefNum: 1,
            quantity: 100,
            price: 1_000_000,
            liquidity: OuchCode(.added),
            matchNumber: 9,
            to: &executed
        )
        while stream.appendSoup(SoupType.sequenced, executed.bytes) {}
    }

    deinit { source.deallocate() }

    mutating func all() -> [Double] {
        [
            time { $0.copy(50) }, time { $0.enter50() }, time { $0.enter42() }, time { $0.copy(67) },
            time { $0.readAccepted() }, time { $0.readExecuted() }, time { $0.frames() }, client(isReport: false),
            client(isReport: true),
        ]
    }

    private mutating func time(_ body: (inout Bench) -> Void) -> Double { Bench.measure { body(&self) } }

    private static func measure(_ body: () -> Void) -> Double {
        var (start, end) = (timespec(), timespec())
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start)
        body()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end)
        let nanoseconds = Double(end.tv_sec - start.tv_sec) * 1e9 + Double(end.tv_nsec - start.tv_nsec)
        return nanoseconds / Double(OrderEntryBenchmark.messages)
    }

    /// What any writer does at least: put so many bytes behind the others.
    @inline(never)
    private mutating func copy(_ count: Int) {
        let bytes = WireBytes(UnsafeRawBufferPointer(start: source, count: count))
        for index in 0..<OrderEntryBenchmark.messages {
            source.storeBytes(of: UInt32(truncatingIfNeeded: index), toByteOffset: 4, as: UInt32.self)
            if !output.append(bytes) { flush() }
        }
    }

    private mutating func flush() {
        check &+= UInt64(output.bytes[output.count - 1])
        output.removeAll()
    }

    @inline(never)
    private mutating func enter50() {
        for index in 0..<OrderEntryBenchmark.messages {
            let number = UInt32(truncatingIfNeeded: index)
            do throws(OuchError) {
                try output.appendSoup(SoupType.unsequenced) { [symbol] output throws(OuchError) in
                    try Ouch50.EnterOrder.write(
                        userRefNum: number,
                        side: OuchCode(.buy),
                        quantity: number & 1_023,
                        symbol: symbol,
                        price: UInt64(number),
                        timeInForce: OuchCode(.day),
                        display: OuchCode(.visible),
                        capacity: OuchCode(.agency),
                        sweep: OuchCode(.no),
                        cross: OuchCode(.none),
                        clientOrderID: OuchToken(order: OrderID(number)),
                        to: &output
                    )
                }
            } catch { flush() }
        }
    }

    @inline(never)
    private mutating func enter42() {
        for index in 0..<OrderEntryBenchmark.messages {
            let number = UInt32(truncatingIfNeeded: index)
            do throws(OuchError) {
                try output.appendSoup(SoupType.unsequenced) { [symbol] output throws(OuchError) in
                    try Ouch42.EnterOrder.write(
                        token: OuchToken(order: OrderID(number)),
                        side: OuchCode(.buy),
                        shares: number & 1_023,
                        symbol: symbol,
                        price: number,
                        timeInForce: Ouch42.marketHours,
                        firm: .blank,
                        display: OuchCode(.visible),
                        capacity: OuchCode(.agency),
                        sweep: OuchCode(.no),
                        minimumQuantity: 0,
                        cross: OuchCode(.none),
                        customer: OuchCode(.notRetail),
                        to: &output
                    )
                }
            } catch { flush() }
        }
    }

    @inline(never)
    private mutating func readAccepted() {
        var sum: UInt64 = 0
        for _ in 0..<OrderEntryBenchmark.messages {
            guard let message = try? Ouch50.Outbound(opaque(accepted.bytes)) else { return }
            if case .orderAccepted(let view) = message {
                sum &+= view.timestamp &+ UInt64(view.userRefNum) &+ UInt64(view.quantity) &+ view.price
                sum &+= view.orderReference &+ view.symbol.packed &+ (view.clientOrderID.order ?? 0)
            }
        }
        check &+= sum
    }

    @inline(never)
    private mutating func readExecuted() {
        var sum: UInt64 = 0
        for _ in 0..<OrderEntryBenchmark.messages {
            guard let message = try? Ouch50.Outbound(opaque(executed.bytes)) else { return }
            if case .orderExecuted(let view) = message {
                sum &+= view.timestamp &+ UInt64(view.userRefNum) &+ UInt64(view.quantity) &+ view.price
                sum &+= view.matchNumber &+ (view.liquidity.meaning?.isMaker == true ? 1 : 0)
            }
        }
        check &+= sum
    }

    /// Keeps the optimizer from reading a message once for all rounds.
    @inline(never)
    private func opaque(_ bytes: WireBytes) -> WireBytes { bytes }

    @inline(never)
    private mutating func frames() {
        var framer = SoupFramer()
        var sum = 0
        var left = OrderEntryBenchmark.messages
        while left > 0 {
            var chunk = stream.bytes
            while left > 0, let packet = try? framer.next(&chunk) {
                sum &+= packet.payload.count
                left -= 1
            }
        }
        check &+= UInt64(sum)
    }

    /// A client and a venue that accepts: the client's half of each, without the venue's.
    private mutating func client(isReport: Bool) -> Double {
        guard let user = SoupText("helios"), let password = SoupText("x"), let session = SoupText("DAY1") else {
            return 0
        }
        var configuration = OuchClientConfiguration(
            soup: SoupClientConfiguration(user: user, password: password),
            symbols: [symbol],
            midnight: .zero,
            venue: Venue(id: 1)
        )
        configuration.orders = OrderEntryBenchmark.messages + 1
        configuration.rate = 1_000_000_000
        configuration.burst = 1_000_000_000
        var client = OuchClient(configuration)
        var up = WireOutput(capacity: 1 << 16)
        for _ in 0..<2 {
            _ = client.disconnected()
            client.connected(at: .zero, into: &up)
            var down = WireOutput(capacity: 64)
            _ = down.appendSoupAccepted(session: session, sequence: 1)
            Bench.feed(&client, down.bytes, &up)
        }
        var answers = WireOutput(capacity: 64 << 20)
        try? answers.appendSoup(SoupType.sequenced) { output throws(OuchError) in
            try Ouch50.AccountQueryResponse.write(timestamp: 1, nextUserRefNum: 1, to: &output)
        }
        Bench.feed(&client, answers.bytes, &up)
        answers.removeAll()
        let orders = Bench.measure { Bench.submit(&client, &up) }
        guard isReport else { return orders }
        for index in 1...OrderEntryBenchmark.messages {
            try? answers.appendSoup(SoupType.sequenced) { output throws(OuchError) in
                try Ouch50.OrderExecuted.write(
                    timestamp: 1,
                    userRefNum: UInt32(index),
                    quantity: 1,
                    price: 1_000_000,
                    liquidity: OuchCode(.added),
                    matchNumber: UInt64(index),
                    to: &output
                )
            }
        }
        return Bench.measure { Bench.feed(&client, answers.bytes, &up) }
    }

    @inline(never)
    private static func submit(_ client: inout OuchClient, _ up: inout WireOutput) {
        var order = Event(
            price: Price(raw: 100 * Price.scale),
            quantity: Quantity(100),
            instrument: Instrument(id: 0),
            kind: .newOrder
        )
        for index in 1...OrderEntryBenchmark.messages {
            order.orderID = OrderID(index)
            if up.remaining < 64 { up.removeAll() }
            _ = client.submit(order, at: .zero, into: &up)
        }
    }

    @inline(never)
    private static func feed(_ client: inout OuchClient, _ bytes: WireBytes, _ up: inout WireOutput) {
        var chunk = bytes
        while client.next(&chunk, at: .zero, into: &up) != nil {}
    }
}
