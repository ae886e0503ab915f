// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosMath
import HeliosSignal

/// What a quote costs until all signals that depend on it are computed.
///
/// `SignalBenchmark [QUOTES]`: with 500, 2,000 and 10,000 pairs of 20 a symbol, with 5, 20 and 80 pairs a symbol, with windows
/// of samples and of time; windows computed together beside the same rules node by node, in turn in one run; then together
/// alone.
/// `SignalBenchmark count lanes|nodes QUOTES`: QUOTES of them and nothing else, for counters of instructions.
/// `SignalBenchmark stream EVENTS ANSWERS`: the query of `Scripts/cep-beside.py` over its events; prints seconds.
@main
struct SignalBenchmark {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "count":
            guard arguments.count == 3, let quotes = Int(arguments[2]), ["lanes", "nodes"].contains(arguments[1]) else {
                throw SignalBenchmarkError.usage("SignalBenchmark count lanes|nodes QUOTES")
            }
            try count(quotes, lanes: arguments[1] == "lanes")
        case "stream":
            guard arguments.count == 3 else {
                throw SignalBenchmarkError.usage("SignalBenchmark stream EVENTS ANSWERS")
            }
            try StreamQuery.run(arguments[1], arguments[2])
        default:
            guard let quotes = arguments.isEmpty ? 100_000 : Int(arguments[0]), quotes >= 1_000 else {
                throw SignalBenchmarkError.usage("SignalBenchmark [QUOTES], 1,000 or more")
            }
            try compare(quotes)
        }
    }

    static func compare(_ quotes: Int) throws {
        let shapes = [
            Shape(pairs: 500), Shape(pairs: 2_000), Shape(pairs: 10_000), Shape(pairs: 2_000, pairsOfSymbol: 4),
            Shape(pairs: 2_000, pairsOfSymbol: 80), Shape(pairs: 2_000, isTime: true),
            Shape(pairs: 2_000, isLoud: true),
        ]
        print("a z-score of a spread for each pair, and a rule; \(quotes) quotes, five rounds in turn; ns a quote:")
        print("processor time of the fastest round; percentiles of the round whose median is least")
        for shape in shapes { try compare(shape, quotes) }
        for pairs in [500, 2_000, 10_000] { try alone(Shape(pairs: pairs), quotes) }
        for pairs in [500, 2_000, 10_000] { bands(pairs, quotes) }
    }

    /// Both ways in turn, each the best of its rounds: what else the machine does falls on both.
    static func compare(_ shape: Shape, _ quotes: Int) throws {
        var lanes = try Bench(shape, lanes: true)
        var nodes = try Bench(shape, lanes: false)
        for _ in 0..<5 {
            lanes.round(quotes)
            nodes.round(quotes)
        }
        guard lanes.said == nodes.said else { throw SignalBenchmarkError.differs(shape.name) }
        print("\(shape.name): \(lanes.said) signals")
        print("  together      \(lanes.best)")
        print("  node by node  \(nodes.best)")
    }

    /// Together only, round after round: in turn each way finds the caches full of the other's memory.
    static func alone(_ shape: Shape, _ quotes: Int) throws {
        var lanes = try Bench(shape, lanes: true)
        for _ in 0..<5 { lanes.round(quotes) }
        print("\(shape.name), together, not in turn:\n  \(lanes.best)")
    }

    static func count(_ quotes: Int, lanes: Bool) throws {
        var bench = try Bench(Shape(pairs: 500), lanes: lanes)
        bench.run(quotes)
        print("\(quotes) quotes, \(bench.said) signals")
    }

    /// The quote path of the pairs strategy, for comparison: the model of a pair is only renewed by a timer, and a quote is
    /// compared with the band that was computed then.
    static func bands(_ pairs: Int, _ quotes: Int) {
        let shape = Shape(pairs: pairs)
        var bands = PairBands(shape)
        var best = Timing.worst
        for _ in 0..<5 { best = best.better(bands.round(quotes)) }
        print("\(pairs) pairs, as the pairs strategy does (bands that a timer sets):\n  \(best)")
    }

    static let nanosecondsPerCycle: Double = {
        let clock = ContinuousClock()
        let (start, first) = (clock.now, helios_cycles())
        while clock.now - start < .milliseconds(50) {}
        let elapsed = clock.now - start
        return Double(elapsed.components.attoseconds) / 1e9 / Double(helios_cycles() &- first)
    }()
}

enum SignalBenchmarkError: Error, CustomStringConvertible {
    case usage(String)
    case differs(String)

    var description: String {
        switch self {
        case .usage(let text): "usage: \(text)"
        case .differs(let name): "\(name): lanes and nodes say different things"
        }
    }
}

/// Pairs of a ring of symbols, each with its neighbours on either side.
struct Shape {
    var pairs: Int
    var pairsOfSymbol = 20
    var isTime = false
    /// Whether each z-score is told at each quote.
    var isLoud = false

    var symbols: Int { 2 * pairs / pairsOfSymbol }
    var name: String {
        "\(pairs) pairs, \(pairsOfSymbol) a symbol, 60 \(isTime ? "ms" : "samples")"
            + (isLoud ? ", every z-score told" : "")
    }

    func legs(_ pair: Int) -> (Int, Int) {
        let first = pair % symbols
        return (first, (first + 1 + pair / symbols) % symbols)
    }

    var rules: [SignalRule] {
        (0..<pairs).map { pair in
            let (first, second) = legs(pair)
            let spread = mid("S\(first)") - Series(0.75 + Double(pair) / 100_000) * mid("S\(second)")
            let window: SignalWindow = isTime ? .time(60_000_000, capacity: 255).from(20) : .count(60)
            let z = zscore(spread, over: window)
            return isLoud ? .select("pair \(pair)", ["z": z]) : when(z > 3.5).emit(.sell(spread)).named("pair \(pair)")
        }
    }
}

/// What a round of quotes took.
struct Timing: CustomStringConvertible {
    static let worst = Timing(processor: .infinity, p50: .infinity, p99: .infinity, p999: .infinity)

    var processor: Double
    var p50: Double
    var p99: Double
    var p999: Double

    func better(_ other: Timing) -> Timing {
        var best = other.p50 < p50 ? other : self
        best.processor = min(processor, other.processor)
        return best
    }

    /// - Parameters:
    ///   - cycles: of each quote.
    ///   - processor: nanoseconds of all of them.
    init(cycles: [UInt64], processor: Double) {
        let sorted = cycles.sorted()
        func at(_ share: Double) -> Double {
            Double(sorted[Int(Double(sorted.count - 1) * share)]) * SignalBenchmark.nanosecondsPerCycle
        }
        (p50, p99, p999) = (at(0.5), at(0.99), at(0.999))
        self.processor = processor / Double(cycles.count)
    }

    init(processor: Double, p50: Double, p99: Double, p999: Double) {
        (self.processor, self.p50, self.p99, self.p999) = (processor, p50, p99, p999)
    }

    var description: String {
        "processor \(Int(processor)), p50 \(Int(p50)), p99 \(Int(p99)), p99.9 \(Int(p999))"
    }
}

/// A machine and its market.
struct Bench: ~Copyable {
    var machine: SignalMachine
    var market: Market
    var said = 0
    var best = Timing.worst

    init(_ shape: Shape, lanes: Bool) throws {
        let symbols = (0..<shape.symbols).map { "S\($0)" }
        machine = SignalMachine(try SignalPlan(shape.rules, symbols: symbols, lanes: lanes))
        market = Market(symbols: symbols.count)
        // The windows fill first.
        run(symbols.count * 70)
        said = 0
    }

    mutating func run(_ quotes: Int) {
        for _ in 0..<quotes { take(market.next()) }
    }

    mutating func round(_ quotes: Int) {
        var cycles: [UInt64] = []
        cycles.reserveCapacity(quotes)
        let begin = processorTime()
        for _ in 0..<quotes {
            let tick = market.next()
            let start = helios_cycles()
            take(tick)
            cycles.append(helios_cycles() &- start)
        }
        best = best.better(Timing(cycles: cycles, processor: processorTime() - begin))
    }

    @inline(never)
    mutating func take(_ tick: SignalTick) {
        machine.begin(tick)
        while machine.next() != nil { said += 1 }
    }
}

/// Nanoseconds that this process has had of the processor.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// The pairs of each symbol and their bands, as the pairs strategy keeps them.
struct PairBands: ~Copyable {
    struct Band: BitwiseCopyable {
        var y: Int32
        var x: Int32
        var beta: Double
        var low: Double
        var high: Double
    }

    private var market: Market
    private var mids: FixedBuffer<Double>
    private var bands: FixedBuffer<Band>
    private var slots: FixedBuffer<Int32>
    private let pairsOfSymbol: Int
    private(set) var outside = 0

    init(_ shape: Shape) {
        market = Market(symbols: shape.symbols)
        mids = FixedBuffer(repeating: 0, count: shape.symbols)
        bands = FixedBuffer(repeating: Band(y: 0, x: 0, beta: 0, low: 0, high: 0), count: shape.pairs)
        slots = FixedBuffer(repeating: 0, count: 2 * shape.pairs)
        pairsOfSymbol = shape.pairsOfSymbol
        for _ in 0..<shape.symbols * 20 { _ = move() }
        var next = Array(repeating: 0, count: shape.symbols)
        for pair in 0..<shape.pairs {
            let (y, x) = shape.legs(pair)
            let beta = 0.75 + Double(pair) / 100_000
            let spread = mids[y] - beta * mids[x]
            bands[pair] = Band(y: Int32(y), x: Int32(x), beta: beta, low: spread - 1, high: spread + 1)
            for leg in [y, x] {
                slots[leg * pairsOfSymbol + next[leg]] = Int32(pair)
                next[leg] += 1
            }
        }
    }

    private mutating func move() -> Int {
        let tick = market.next()
        mids[Int(tick.instrument)] = (tick.bid + tick.ask) / 2
        return Int(tick.instrument)
    }

    mutating func round(_ quotes: Int) -> Timing {
        var cycles: [UInt64] = []
        cycles.reserveCapacity(quotes)
        let begin = processorTime()
        for _ in 0..<quotes {
            let place = move()
            let start = helios_cycles()
            look(place)
            cycles.append(helios_cycles() &- start)
        }
        return Timing(cycles: cycles, processor: processorTime() - begin)
    }

    @inline(never)
    private mutating func look(_ symbol: Int) {
        for slot in symbol * pairsOfSymbol..<(symbol + 1) * pairsOfSymbol {
            let band = bands[Int(slots[slot])]
            let spread = mids[Int(band.y)] - band.beta * mids[Int(band.x)]
            if spread > band.low && spread < band.high { continue }
            outside += 1
        }
    }
}

/// Quotes of symbols in turn, whose prices walk.
struct Market {
    private var random = SeededRandom(seed: 1)
    private var prices: [Double]
    private var place = 0
    private var time: Int64 = 1_000_000_000

    init(symbols: Int) { prices = (0..<symbols).map { 20 + Double($0 % 50) } }

    mutating func next() -> SignalTick {
        place = Int(random.next() % UInt64(prices.count))
        prices[place] = max(1, prices[place] + Double(Int(random.next() % 7) - 3) / 100)
        // Each symbol has a quote every two milliseconds, of however many there are.
        time += 2_000_000 / Int64(prices.count)
        return .quote(
            place,
            bid: prices[place],
            ask: prices[place] + 0.01,
            bidSize: 100,
            askSize: 200,
            at: Timestamp(nanoseconds: time)
        )
    }
}
