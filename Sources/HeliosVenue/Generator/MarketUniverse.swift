// SPDX-License-Identifier: MIT

/// The symbols of a day, how their prices depend on each other, and which pairs are true: all drawn from the seed.
///
/// A *driver* or a *loner* follows market, sector and its own noise. A *follower* is `alpha + beta * driver + u` with
/// a mean-reverting `u`. Followers of one driver are cointegrated with each other too, so decoys join only the others.
struct MarketUniverse {
    var symbols: [MarketDayTruth.Symbol] = []
    var pairs: [MarketDayTruth.Pair] = []
    /// Index of the driver, or -1.
    var driver: [Int] = []
    /// Index into `pairs` of a follower, or -1.
    var pairOfFollower: [Int] = []
    var decoys: [MarketDayTruth.Candidate] = []
    var candidates: [MarketDayTruth.Candidate] = []

    init(_ configuration: MarketDayConfiguration) {
        var random = GeneratorRandom(seed: configuration.seed, stream: "universe")
        let count = configuration.symbols
        driver = [Int](repeating: -1, count: count)
        pairOfFollower = [Int](repeating: -1, count: count)
        symbols = MarketUniverse.names(count).enumerated().map { index, name in
            MarketDayTruth.Symbol(
                name: name,
                locate: MarketUniverse.locate(index, of: count, &random),
                sector: random.below(configuration.sectors),
                price: MarketUniverse.price(configuration.otherPrices, &random),
                marketLoading: random.uniform(0.6...1.4),
                sectorLoading: random.uniform(0.6...1.4),
                ownBasisPoints: random.uniform(configuration.ownBasisPoints)
            )
        }
        drawPairs(configuration, &random)
        drawDecoys(configuration.decoys, &random)
        candidates = pairs.map { .init(y: $0.y, x: $0.x) } + decoys
        random.shuffle(&candidates)
    }

    /// Names of four consonants, sorted: nothing that reads as a word, few that are a real ticker.
    private static func names(_ count: Int) -> [String] {
        let letters = Array("BCDFGHJKLMNPQRSTVWXYZ".utf8)
        return (0..<count).map { index in
            var code = (index * 7919 + 4711) % (21 * 21 * 21 * 21)  // 7919 shares no factor with 21: all different
            var name: [UInt8] = []
            for _ in 0..<4 {
                name.append(letters[code % 21])
                code /= 21
            }
            return String(decoding: name, as: UTF8.self)
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Sparse, rising with the name, as an exchange's are.
    private static func locate(_ index: Int, of count: Int, _ random: inout GeneratorRandom) -> Int {
        let stride = min(16, 65_000 / count)
        return 1 + index * stride + random.below(stride)
    }

    /// About equally likely in each doubling between the bounds.
    private static func price(_ range: ClosedRange<Double>, _ random: inout GeneratorRandom) -> Double {
        var doublings = 0
        var top = range.lowerBound
        while top * 2 <= range.upperBound {
            top *= 2
            doublings += 1
        }
        var price = range.lowerBound * (1 + random.uniform())
        for _ in 0..<random.below(max(doublings, 1)) { price *= 2 }
        return min(price, range.upperBound)
    }

    private mutating func drawPairs(_ configuration: MarketDayConfiguration, _ random: inout GeneratorRandom) {
        var order = Array(0..<symbols.count)
        random.shuffle(&order)
        var free = order.makeIterator()
        var pairsLeft = configuration.pairs
        var symbolsLeft = symbols.count
        while pairsLeft > 0, let leader = free.next() {
            symbolsLeft -= 1
            symbols[leader].price = MarketUniverse.price(configuration.pairPrices, &random)
            // Enough followers that the rest of the pairs finds symbols, and at most four.
            let needed = (pairsLeft * 5 > symbolsLeft * 4) ? 4 : 1 + random.below(3)
            for _ in 0..<min(needed, pairsLeft) {
                guard let follower = free.next() else { break }
                attach(follower, to: leader, configuration, &random)
                symbolsLeft -= 1
                pairsLeft -= 1
            }
        }
    }

    private mutating func attach(
        _ follower: Int,
        to leader: Int,
        _ configuration: MarketDayConfiguration,
        _ random: inout GeneratorRandom
    ) {
        let price = MarketUniverse.price(configuration.pairPrices, &random)
        let elasticity = random.uniform(configuration.elasticity)
        let beta = elasticity * price / symbols[leader].price
        let basisPoints = random.uniform(configuration.residualBasisPoints)
        symbols[follower].price = price
        symbols[follower].sector = symbols[leader].sector
        symbols[follower].marketLoading = symbols[leader].marketLoading * elasticity
        symbols[follower].sectorLoading = symbols[leader].sectorLoading * elasticity
        symbols[follower].ownBasisPoints = 0
        driver[follower] = leader
        pairOfFollower[follower] = pairs.count
        pairs.append(
            MarketDayTruth.Pair(
                y: follower,
                x: leader,
                alpha: price * (1 - elasticity),
                beta: beta,
                halfLifeSeconds: random.uniform(configuration.halfLifeSeconds),
                sigma: price * basisPoints * 1e-4
            )
        )
    }

    /// Decoys share a sector while there are such pairs, and none of their symbols follows another: what is left of
    /// `y` after any multiple of `x` is then a pure random walk.
    private mutating func drawDecoys(_ wanted: Int, _ random: inout GeneratorRandom) {
        let free = symbols.indices.filter { driver[$0] < 0 }
        var taken: Set<Int> = []  // only asked, never walked
        func isNew(_ y: Int, _ x: Int) -> Bool {
            y != x && taken.insert(min(y, x) * symbols.count + max(y, x)).inserted
        }
        for _ in 0..<wanted * 1000 where decoys.count < wanted {
            let y = free[random.below(free.count)]
            let x = free[random.below(free.count)]
            if symbols[y].sector == symbols[x].sector, isNew(y, x) { decoys.append(.init(y: y, x: x)) }
        }
        for y in free {
            for x in free where decoys.count < wanted && isNew(y, x) { decoys.append(.init(y: y, x: x)) }
        }
    }
}
