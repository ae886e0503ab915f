// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import HeliosVenue
import HeliosWire
import Histogram

/// From the bytes of a message to the bytes of an order, one thread, at an offered rate.
///
/// Every message has a time at which it is due, whether or not the engine is done with the one before. Its latency runs
/// from then to the end of its handling, so that a message that had to wait counts in full (no coordinated omission).
/// The day is fed at full speed to 09:45, so that books and samples stand; from there on it is paced.
@main
enum EngineBenchmark {
    typealias Path = Engine<StrategySet, OuchGateway, NoObserver>

    static let pacedFrom: Nanoseconds = 35_100_000_000_000

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4,
            let data = try? Data(contentsOf: URL(fileURLWithPath: arguments[1]), options: .alwaysMapped),
            let text = try? String(contentsOfFile: arguments[2], encoding: .utf8),
            let day = TradingDay(arguments[3]),
            let rate = Double(arguments.count > 4 ? arguments[4] : "1000000"), rate > 0
        else {
            print("usage: EngineBenchmark DAY.itch50 PAIRS.csv YYYY-MM-DD [MESSAGES PER SECOND]")
            exit(2)
        }
        let pairs = text.split(separator: "\n").dropFirst().compactMap { PairName(row: $0) }
        try data.withUnsafeBytes { bytes in
            let frames = walk(bytes)
            print("\(frames.count) messages, \(pairs.count) pairs, offered \(Int(rate)) messages/s")
            let cycles = cyclesPerSecond()
            // Warm the code and the memory with the first half of the day, unpaced.
            var warm = try Run(frames.symbols, pairs, day)
            warm.feed(bytes, upTo: frames.middle, untilPaced: false)
            var run = try Run(frames.symbols, pairs, day)
            run.feed(bytes, upTo: bytes.count, untilPaced: true)
            let seconds = run.pace(bytes, cyclesPerSecond: cycles, rate: rate)
            run.report(cyclesPerSecond: cycles, seconds: seconds)
        }
    }

    /// Touches every page, counts the messages and learns the symbols: the gateway needs their names.
    static func walk(_ bytes: UnsafeRawBufferPointer) -> (count: Int, middle: Int, symbols: [Symbol]) {
        var decoder = ItchDecoder(midnight: .zero, venue: Venue(id: 1))
        let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: 1_024)
        defer { batch.deallocate() }
        var cursor = 0
        var middle = 0
        while decoder.decodeFrames(bytes, cursor: &cursor, into: batch) > 0 {
            if cursor <= bytes.count / 2 { middle = cursor }
        }
        return (decoder.messageCount, middle, decoder.directory.symbols)
    }

    /// The cycle counter against the clock, over a tenth of a second.
    static func cyclesPerSecond() -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        let first = helios_cycles()
        while DispatchTime.now().uptimeNanoseconds - start < 100_000_000 {}
        let cycles = helios_cycles() - first
        return Double(cycles) * 1e9 / Double(DispatchTime.now().uptimeNanoseconds - start)
    }

    /// One engine with its decoder, and what was measured.
    struct Run: ~Copyable {
        var engine: Path
        var decoder: ItchDecoder
        let midnight: Timestamp
        var cursor = 0
        var nextTimer: Timestamp
        var orders = 0
        var orderBytes = 0
        /// From the time due to the end; all messages, and those that made order bytes.
        var latency = Run.histogram()
        var orderLatency = Run.histogram()
        /// From the start of the handling to its end.
        var service = Run.histogram()
        var orderService = Run.histogram()
        private let one = UnsafeMutableBufferPointer<Event>.allocate(capacity: 1)
        private let waiting = UnsafeMutableBufferPointer<OrderID>.allocate(capacity: 4_096)

        static func histogram() -> Histogram<UInt32> {
            Histogram(lowestDiscernibleValue: 1, highestTrackableValue: 1 << 42, numberOfSignificantValueDigits: .three)
        }

        init(_ symbols: [Symbol], _ pairs: [PairName], _ day: TradingDay) throws {
            midnight = day.midnight
            nextTimer = midnight + 34_200_000_000_000
            var directory = InstrumentDirectory()
            for symbol in symbols { _ = directory.register(symbol) }
            let strategies: [StrategyConfiguration] = pairs.isEmpty ? [] : [.pairs(PairsParameters(pairs: pairs))]
            let set = StrategySet(strategies, instruments: &directory, midnight: midnight)
            let capacity = BookCapacity()
            var books = try BookSet(capacity: capacity)
            books.prefault()
            let market = MarketState(
                books: books,
                orders: 1 << 20,
                instruments: capacity.instruments,
                limits: BacktestSettings.defaultLimits
            )
            engine = Path(
                market: market,
                strategy: set,
                gateway: OuchGateway(symbols: directory.symbols),
                observer: NoObserver(),
                fees: FeeSchedule()
            )
            decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 1), directory: directory)
        }

        deinit {
            one.deallocate()
            waiting.deallocate()
        }

        /// Feeds at full speed; with `untilPaced` only to the time at which pacing begins.
        @inline(never)
        mutating func feed(_ bytes: UnsafeRawBufferPointer, upTo end: Int, untilPaced: Bool) {
            while cursor < end, decoder.decodeFrames(bytes, cursor: &cursor, into: one) == 1 {
                let event = one[0]
                tick(event.receiveTime)
                engine.apply(event)
                answer()
                if untilPaced, event.eventTime >= midnight + EngineBenchmark.pacedFrom { return }
            }
        }

        /// Feeds the rest at `rate` messages a second; how long that took.
        ///
        /// The reports of a venue that fills everything are handled between messages: their time is not part of a message's
        /// service, but delays the messages behind it, as it would.
        @inline(never)
        mutating func pace(_ bytes: UnsafeRawBufferPointer, cyclesPerSecond: Double, rate: Double) -> Double {
            let step = cyclesPerSecond / rate
            var start = helios_cycles() + UInt64(cyclesPerSecond / 1_000)
            var number = 0.0
            var end = start
            while cursor < bytes.count {
                let due = start + UInt64(number * step)
                number += 1
                while helios_cycles() < due {}
                let begin = helios_cycles()
                guard decoder.decodeFrames(bytes, cursor: &cursor, into: one) == 1 else { break }
                let event = one[0]
                engine.apply(event)
                end = helios_cycles()
                latency.record(end - due)
                service.record(end - begin)
                if engine.gateway.count > 0 {
                    orderLatency.record(end - due)
                    orderService.record(end - begin)
                    answer()
                }
                // The day is compressed some thousandfold, so that timers which are 100 ms apart come in heaps. The
                // schedule waits for them: a message is late for messages before it, not for an hour of timers.
                let pause = helios_cycles()
                tick(event.receiveTime)
                start += helios_cycles() - pause
            }
            return Double(end - start) / cyclesPerSecond
        }

        private mutating func tick(_ time: Timestamp) {
            while nextTimer <= time {
                engine.apply(Event(eventTime: nextTimer, receiveTime: nextTimer, kind: .timer))
                nextTimer = nextTimer + 100_000_000
                answer()
            }
        }

        /// Takes the order bytes as a venue would, and fills every order at its limit.
        private mutating func answer() {
            while engine.gateway.count > 0 {
                var count = 0
                orderBytes += engine.gateway.count
                engine.gateway.drain { [waiting] bytes in
                    var position = 0
                    while position < bytes.count, count < waiting.count {
                        let isOrder = bytes[position] == UInt8(ascii: "O")
                        let id = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position + 1, as: UInt32.self))
                        if isOrder {
                            waiting[count] = OrderID(id)
                            count += 1
                        }
                        position += isOrder ? Ouch.enterOrderLength : Ouch.cancelOrderLength
                    }
                }
                for index in 0..<count { fill(waiting[index]) }
            }
        }

        private mutating func fill(_ id: OrderID) {
            guard let order = engine.market.orders.order(id)?.order else { return }
            orders += 1
            var report = Event(
                eventTime: engine.market.now,
                receiveTime: engine.market.now,
                orderID: id,
                price: order.price,
                quantity: order.quantity,
                instrument: order.instrument,
                kind: .orderAccepted,
                flags: order.side == .sell ? .sell : [],
                detail: id
            )
            engine.apply(report)
            report.kind = .orderFilled
            engine.apply(report)
        }

        func report(cyclesPerSecond: Double, seconds: Double) {
            let count = latency.totalCount
            print(
                String(
                    format: "paced %d messages in %.3f s: %.0f messages/s reached; %d orders, %d order bytes in all",
                    Int(count),
                    seconds,
                    Double(count) / seconds,
                    orders,
                    orderBytes
                )
            )
            line("latency from due, all messages", latency, cyclesPerSecond)
            line("latency from due, messages that sent", orderLatency, cyclesPerSecond)
            line("service time, all messages", service, cyclesPerSecond)
            line("service time, messages that sent", orderService, cyclesPerSecond)
        }

        private func line(_ name: String, _ values: Histogram<UInt32>, _ cyclesPerSecond: Double) {
            func nanoseconds(_ cycles: UInt64) -> Double { Double(cycles) * 1e9 / cyclesPerSecond }
            guard values.totalCount > 0 else { return print("\(name): none") }
            let ranks = [50, 90, 99, 99.9].map { nanoseconds(values.valueAtPercentile($0)) }
            print(
                String(
                    format: "%-38@ n %9d  p50 %8.0f  p90 %8.0f  p99 %8.0f  p99.9 %9.0f  max %10.0f ns",
                    name as NSString,
                    Int(values.totalCount),
                    ranks[0],
                    ranks[1],
                    ranks[2],
                    ranks[3],
                    nanoseconds(values.max)
                )
            )
        }
    }
}

extension PairName {
    /// Reads a row `Y,X`.
    fileprivate init?(row: Substring) {
        let parts = row.split(separator: ",")
        guard parts.count == 2, let y = Symbol(String(parts[0])), let x = Symbol(String(parts[1])) else { return nil }
        self.init(y: y, x: x)
    }
}
