// SPDX-License-Identifier: MIT
import CHelios
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosRisk
import HeliosStrategy

extension Double {
    func rounded(places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}

/// Cycles of many calls, as nanoseconds at percentiles.
struct Latencies {
    private var sorted: [UInt64] = []
    private let nanosecondsPerCycle: Double

    init(_ cycles: [UInt64]) {
        sorted = cycles.sorted()
        nanosecondsPerCycle = Latencies.nanosecondsPerCycle
    }

    /// Nanoseconds that a share of the calls stays below.
    func at(_ share: Double) -> Int {
        guard !sorted.isEmpty else { return 0 }
        let place = min(Int(Double(sorted.count) * share), sorted.count - 1)
        return Int(Double(sorted[place]) * nanosecondsPerCycle)
    }

    func print(_ name: String) {
        let values = [0.5, 0.99, 0.999, 0.9999].map { "\(at($0))" }.joined(separator: ", ")
        Swift.print("\(name): p50, p99, p99.9, p99.99 in ns: \(values)")
    }

    static let nanosecondsPerCycle: Double = {
        let clock = ContinuousClock()
        let (start, cycles) = (clock.now, helios_cycles())
        while clock.now - start < .milliseconds(100) {}
        let passed = clock.now - start
        let nanoseconds = Double(passed.components.attoseconds) / 1e9
        return nanoseconds / Double(helios_cycles() - cycles)
    }()
}

// MARK: - The gate
extension RiskBenchmark {
    /// Checks a stream of orders; the oldest of more than `working` ends before the next, every eighth of them filled.
    func measure(_ stream: [NewOrder], withModel: Bool) -> Latencies {
        var gate = RiskGate(
            policy: policy(withModel: withModel),
            directory: directory,
            instruments: instruments,
            orders: orders
        )
        if withModel, let model = model() { gate.load(model, directory) }
        var cycles: [UInt64] = []
        cycles.reserveCapacity(stream.count)
        var refused = 0
        for (index, order) in stream.enumerated() {
            let now = Timestamp(nanoseconds: Int64(index) * 100_000 + 1_000_000_000_000)
            let market = snapshot(at: now)
            gate.mark(order.instrument, bid: market.bid, ask: market.ask, at: now)
            if index >= working { end(stream[index - working], &gate, now) }
            // As the engine does at each of its timers.
            if index % 1_000 == 0 { gate.maintain() }
            let start = helios_cycles()
            let isCleared = check(order, market, &gate)
            cycles.append(helios_cycles() - start)
            if !isCleared { refused += 1 }
        }
        if refused > 0 { print("    \(refused) refused: the chain was not measured to its end") }
        return Latencies(Array(cycles.dropFirst(cycles.count / 4)))
    }

    @inline(never)
    private func check(_ order: NewOrder, _ market: MarketSnapshot, _ gate: inout RiskGate) -> Bool {
        switch gate.check(order, market: market) {
        case .cleared: true
        case .refused: false
        }
    }

    private func end(_ order: NewOrder, _ gate: inout RiskGate, _ now: Timestamp) {
        guard order.id % 8 == 0 else {
            gate.released(order.instrument, order.side, order.quantity, order: order.id, tag: order.tag, time: now)
            return
        }
        gate.filled(
            order.instrument,
            order.side,
            order.quantity,
            releasing: order.quantity,
            at: order.price,
            fee: .zero,
            order: order.id,
            tag: order.tag,
            time: now
        )
    }

    /// Every name with its own variance, and a market that moves them all.
    private func model() -> RiskModel? {
        var matrix = SymmetricMatrix(count: instruments)
        for row in 0..<instruments {
            for column in 0...row { matrix[row, column] = row == column ? 4e-4 : 1e-4 }
        }
        return RiskModel(
            names: (0..<instruments).map { symbol($0).description },
            structure: .covariance(matrix)
        )
    }
}

// MARK: - The plain way
extension RiskBenchmark {
    /// What one would write first: add up what is open at each level from the list of orders, and hold it against a limit.
    func measureNaive(_ stream: [NewOrder]) -> Latencies {
        let levels = self.policy(withModel: false)
        let chains = levels.strategies.map { levels.chain(of: $0) }
        var list = Array(stream.prefix(working))
        var cycles: [UInt64] = []
        cycles.reserveCapacity(stream.count)
        var passed = 0
        for (index, order) in stream.enumerated() {
            let start = helios_cycles()
            if isWithin(order, list, chains) { passed += 1 }
            cycles.append(helios_cycles() - start)
            list[index % working] = order
        }
        if passed != stream.count { print("    the plain gate refused \(stream.count - passed)") }
        return Latencies(cycles)
    }

    @inline(never)
    private func isWithin(_ order: NewOrder, _ list: [NewOrder], _ chains: [[Int]]) -> Bool {
        let limit = Money(1_000_000_000_000).raw
        for scope in chains[Int(order.tag.strategy)] {
            var quantity = Int128(order.quantity.raw)
            var value = Int128(order.quantity.raw) * Int128(order.price.raw)
            for open in list where chains[Int(open.tag.strategy)].contains(scope) {
                value += Int128(open.quantity.raw) * Int128(open.price.raw)
                if open.instrument == order.instrument, open.side == order.side {
                    quantity += Int128(open.quantity.raw)
                }
            }
            if value > limit || quantity > limit { return false }
        }
        return true
    }
}

// MARK: - The kill
/// Counts what reaches it.
struct CountingGateway: OrderGateway {
    var sent = 0
    var cancels = 0

    mutating func send(_ order: consuming Cleared) { sent += 1 }
    mutating func replace(_ order: consuming Cleared) { sent += 1 }
    mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) { cancels += 1 }
}

/// Sends its orders at the first timer.
struct Sender: Strategy {
    var orders: [NewOrder]

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        for order in orders {
            intents.strategy = order.tag.strategy
            _ = intents.submit(order.instrument, order.side, order.quantity, at: order.price)
        }
        orders.removeAll()
    }
}

extension RiskBenchmark {
    /// From the command to the last cancel that the engine hands to its gateway.
    func kill(_ stream: [NewOrder]) {
        var (flags, wholes): ([UInt64], [UInt64]) = ([], [])
        for _ in 0..<21 {
            guard
                let books = try? BookSet(capacity: BookCapacity(instruments: instruments, orders: 1_024, levels: 4_096))
            else { return print("no books") }
            let market = MarketState(
                books: books,
                orders: orders,
                instruments: instruments,
                policy: policy(withModel: false),
                directory: directory
            )
            var engine = Engine(
                market: market,
                strategy: Sender(orders: Array(stream.prefix(working))),
                gateway: CountingGateway(),
                observer: NoObserver(),
                fees: FeeSchedule()
            )
            prepare(&engine)
            let record = RiskCommand(.lower, .killed).record(at: engine.market.now)
            let start = helios_cycles()
            engine.apply(record)
            wholes.append(helios_cycles() - start)
            if engine.gateway.cancels != engine.gateway.sent || engine.gateway.sent < working / 2 {
                print("    \(engine.gateway.sent) sent, \(engine.gateway.cancels) cancelled")
            }
            let again = helios_cycles()
            engine.market.risk.apply(RiskCommand(.lower, .killed, scope: 1))
            flags.append(helios_cycles() - again)
        }
        Latencies(flags).print("kill: from the command to the state that lets no order leave")
        Latencies(wholes).print("kill: from the command to the last of \(working) cancels at the gateway")
    }

    private func prepare(_ engine: inout Engine<Sender, CountingGateway, NoObserver>) {
        let now = Timestamp(nanoseconds: 1_000_000_000_000)
        engine.apply(Event(receiveTime: now, kind: .systemEvent, detail: UInt64(UInt8(ascii: "Q"))))
        for number in 0..<instruments {
            let instrument = Instrument(id: UInt32(number))
            engine.apply(
                Event(
                    receiveTime: now,
                    instrument: instrument,
                    kind: .tradingStatus,
                    detail: UInt64(UInt8(ascii: "T"))
                )
            )
            for (side, cents) in [(Side.buy, Int64(9_999)), (.sell, 10_001)] {
                engine.apply(
                    Event(
                        eventTime: now,
                        receiveTime: now,
                        price: Price(raw: cents * Price.scale / 100),
                        quantity: Quantity(100),
                        instrument: instrument,
                        kind: .setLevel,
                        flags: side == .sell ? .sell : []
                    )
                )
            }
        }
        engine.apply(Event(eventTime: now, receiveTime: now, kind: .timer))
    }
}
