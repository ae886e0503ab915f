// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Times of the day in nanoseconds since midnight.
enum DayTime {
    static let second: Int64 = 1_000_000_000
    static let startOfMessages = 11_100 * second
    static let systemHours = 14_400 * second
    static let nineOClock = 32_400 * second
    static let openingImbalance = 34_080 * second
    static let open = 34_200 * second
    static let closingImbalance = 57_300 * second
    static let close = 57_600 * second
    static let endOfSystemHours = 72_000 * second
    static let endOfMessages = 72_300 * second
}

/// What the flow of one symbol needs to remember.
struct SymbolFlow {
    enum Phase: UInt8 { case preOpen, continuous, halted, closed }

    var symbol: Symbol
    var locate: UInt16
    var phase = Phase.preOpen
    /// The best prices that the market makers want, in ticks.
    var bid: Int32 = 0
    var ask: Int32 = 0
    /// The usual distance between them.
    var spread: Int32
    /// How far the fair value may leave the middle before the quotes follow: a factor around 1.
    var patience: Double
    /// The number of live orders around which the book's population swings.
    var liveTarget: Int
    /// Auction orders that are never displayed, in shares.
    var hiddenBuy = 0
    var hiddenSell = 0
}

/// An order that means to go soon; its reference tells whether the place in the pool is still its own.
struct Fleeting {
    var order: Int
    var reference: UInt64
}

/// One generation of a day: all state, and the sequence of its phases.
struct MarketDayRun: ~Copyable {
    typealias Chunks = (UnsafeRawBufferPointer, MarketDayProgress) throws -> Void

    /// One tick in 1e-4 dollars, and the same in parts of a dollar.
    static let tick: Int32 = 100
    static let ticksPerDollar = 100.0
    /// How many messages of a kind may be missing, per thousandth of its share, before its weight has doubled, in 1e-3.
    static let mixWindow = 4000
    /// A chunk is handed on when less than this is free: more than any burst between two looks.
    private static let reserve = 1 << 16

    let configuration: MarketDayConfiguration
    let universe: MarketUniverse
    var random: GeneratorRandom
    var fair: FairValues
    var book: GeneratorBook
    var writer = ItchWriter(capacity: 1 << 20)
    let flows: UnsafeMutablePointer<SymbolFlow>
    /// A ring of the latest fleeting orders.
    let fleeting: UnsafeMutablePointer<Fleeting>
    var fleetingCount = 0
    static let fleetingBits = 9
    static let fleetingMask = 1 << fleetingBits - 1
    /// Maps a uniform number to a symbol, active ones more often.
    let pickTable: [UInt16]
    let counts: UnsafeMutablePointer<Int>
    var halts: [MarketDayTruth.Halt] = []
    var clock = DayTime.startOfMessages
    var sent = 0
    var bytes = 0
    var nextReference: UInt64 = 1000
    var nextMatch: UInt64 = 1
    /// Widens or narrows every symbol's patience, so that following the fair values fits the number of messages.
    var patience = 1.0
    /// Messages a step that following the fair values costs, and that there are: averages over some 256 steps.
    var repairCost = 0.0
    var stepIncome = 0.0
    /// What was sent when continuous trading began: the mix is steered from there.
    var baseline = MixCounts()
    /// Seconds between two imbalance messages of a symbol.
    let imbalanceInterval: Int64

    init(_ configuration: MarketDayConfiguration) {
        self.configuration = configuration
        universe = MarketUniverse(configuration)
        random = GeneratorRandom(seed: configuration.seedOfFlow, stream: "order flow")
        fair = FairValues(universe, configuration)
        book = GeneratorBook(symbols: configuration.symbols)
        counts = .allocate(capacity: 256)
        counts.initialize(repeating: 0, count: 256)
        flows = .allocate(capacity: configuration.symbols)
        fleeting = .allocate(capacity: MarketDayRun.fleetingMask + 1)
        let weights = MarketDayRun.activity(configuration)
        pickTable = MarketDayRun.pickTable(weights)
        // 420 seconds have imbalance messages; they may be 0.8 % of the day.
        let perSymbol = max(1, configuration.messages / 125 / configuration.symbols)
        imbalanceInterval = max(1, Int64(420 / perSymbol))
        var random = GeneratorRandom(seed: configuration.seedOfFlow, stream: "flows")
        for index in 0..<configuration.symbols {
            (flows + index).initialize(to: flow(index, activity: weights[index], &random))
        }
        halts = MarketDayRun.halts(configuration)
    }

    deinit {
        counts.deallocate()
        flows.deallocate()
        fleeting.deallocate()
    }

    /// Zipf-like weights with mean 1, in an order that has nothing to do with the names.
    private static func activity(_ configuration: MarketDayConfiguration) -> [Double] {
        let count = configuration.symbols
        var random = GeneratorRandom(seed: configuration.seed, stream: "activity")
        var weights = (0..<count).map { 1 / (Double($0) + 6 + Double(count) / 20) }
        random.shuffle(&weights)
        let sum = weights.reduce(0, +)
        return weights.map { $0 * Double(count) / sum }
    }

    private static func pickTable(_ weights: [Double]) -> [UInt16] {
        weights.enumerated().flatMap { index, weight in
            [UInt16](repeating: UInt16(index), count: max(1, Int(weight * 32)))
        }
    }

    private static func halts(_ configuration: MarketDayConfiguration) -> [MarketDayTruth.Halt] {
        var random = GeneratorRandom(seed: configuration.pathSeed ?? configuration.seed, stream: "halts")
        var symbols = Array(0..<configuration.symbols)
        random.shuffle(&symbols)
        return symbols.prefix(configuration.halts).map { symbol in
            let start = Int64(36_000 + random.below(16_000))
            let length = Int64(300 + 60 * random.below(11))
            return .init(symbol: symbol, start: start * DayTime.second, end: (start + length) * DayTime.second)
        }
    }

    private borrowing func flow(_ index: Int, activity: Double, _ random: inout GeneratorRandom) -> SymbolFlow {
        let symbol = universe.symbols[index]
        let usual = 30 + Int(60 * min(activity, 2.5))
        let affordable = max(6, configuration.messages / configuration.symbols / 10)
        let spread = symbol.price * MarketDayRun.ticksPerDollar * random.uniform(2...4) * 1e-4
        return SymbolFlow(
            symbol: Symbol(symbol.name) ?? Symbol(packed: 0x2020_2020_2020_2020),
            locate: UInt16(symbol.locate),
            spread: Int32(max(1, spread.rounded())),
            patience: 1.3 - 0.2 * min(activity, 2.5),
            liveTarget: min(usual, affordable)
        )
    }

    /// Writes all phases of the day.
    mutating func wholeDay(_ chunks: Chunks) throws -> MarketDayTruth {
        try startOfDay(chunks)
        try preOpen(chunks)
        try openingAuctions(chunks)
        try continuousTrading(chunks)
        try closingAuctions(chunks)
        try endOfDay(chunks)
        try flush(chunks)
        return truth()
    }

    private borrowing func truth() -> MarketDayTruth {
        MarketDayTruth(
            configuration: configuration,
            symbols: universe.symbols,
            pairs: universe.pairs,
            decoys: universe.decoys,
            candidates: universe.candidates,
            halts: halts,
            countsByType: (0..<256).map { counts[$0] },
            bytes: bytes,
            liveOrders: book.liveTotal
        )
    }

    /// Hands the bytes on when the next burst might not fit.
    mutating func flushIfNeeded(_ chunks: Chunks) throws {
        if writer.remaining < MarketDayRun.reserve { try flush(chunks) }
    }

    private mutating func flush(_ chunks: Chunks) throws {
        bytes += writer.count
        let progress = MarketDayProgress(
            messages: sent,
            target: configuration.messages,
            timeOfDay: clock,
            bytes: bytes
        )
        try writer.withBytes { try chunks($0, progress) }
        writer.reset()
    }
}
