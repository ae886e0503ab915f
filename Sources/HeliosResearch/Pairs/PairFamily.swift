// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal

/// The pairs that are tested together, and what is measured of each.
struct PairFamily {
    let factors: Int
    let groups: [Int]
    private let panel: PricePanel
    private let settings: PairScanSettings
    private let pairs: [(first: Int, second: Int)]
    /// Correlations of what is the instruments' own, through the inverse hyperbolic tangent, for each scale; empty where not asked.
    private var shared: [[Double]] = []
    /// Deviation of each scale's numbers for unrelated series, from theory.
    private var sharedDeviations: [Double] = []
    private var tests: [CointegrationPair?] = []

    init(_ panel: PricePanel, _ settings: PairScanSettings) throws(PairScanError) {
        self.panel = panel
        self.settings = settings
        let changes = panel.changes()
        let isFactored = settings.evidence == .both || settings.grouping == .found
        var analysis: FactorAnalysis?
        if isFactored { analysis = try PairFamily.factors(changes, settings.factors) }
        factors = analysis?.count ?? 0
        groups = try PairFamily.groups(panel, settings.grouping, analysis)
        let correlated = settings.minimumCorrelation.map { PairFamily.correlations(changes, atLeast: $0) }
        let isChosen = panel.symbols.map { settings.symbols.isEmpty || settings.symbols.contains($0) }
        var pairs: [(Int, Int)] = []
        for second in panel.symbols.indices where isChosen[second] {
            for first in 0..<second where isChosen[first] && groups[first] == groups[second] && groups[first] >= 0 {
                if correlated?[second].contains(first) ?? true { pairs.append((first, second)) }
            }
        }
        guard !pairs.isEmpty else {
            throw PairScanError(reason: "no two symbols are in one group and go together enough: nothing to test")
        }
        self.pairs = pairs
        if settings.evidence == .both, let analysis { try measureShared(analysis) }
    }

    private static func factors(_ changes: [[Double]], _ count: Int?) throws(PairScanError) -> FactorAnalysis {
        switch FactorAnalysis.fit(changes, count: count) {
        case .defined(let analysis): return analysis
        case .undefined(.parameterOutOfRange):
            throw PairScanError(reason: "\(count ?? 0) factors are too many for \(changes.count) symbols")
        case .undefined(let reason):
            throw PairScanError(reason: "the common factors can't be found (\(reason)): too few rows or symbols?")
        }
    }

    private static func groups(
        _ panel: PricePanel,
        _ grouping: PairScanSettings.Grouping,
        _ analysis: FactorAnalysis?
    ) throws(PairScanError) -> [Int] {
        switch grouping {
        case .all: return Array(repeating: 0, count: panel.symbols.count)
        case .found: return analysis.map(FactorGroups.find) ?? Array(repeating: 0, count: panel.symbols.count)
        case .given(let names):
            let known = Set(panel.symbols.compactMap { names[$0] }).sorted()
            guard !known.isEmpty else { throw PairScanError(reason: "the groups name none of the symbols") }
            return panel.symbols.map { symbol in names[symbol].flatMap { known.firstIndex(of: $0) } ?? -1 }
        }
    }

    /// For each series the earlier ones that its changes go with.
    private static func correlations(_ changes: [[Double]], atLeast least: Double) -> [Set<Int>] {
        let units = changes.map(unit)
        return units.indices.map { second in
            Set((0..<second).filter { EightLanes.dot(units[$0], units[second]) >= least })
        }
    }

    /// Without its mean, of length one.
    private static func unit(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        let centred = values.map { $0 - mean }
        let length = EightLanes.dot(centred, centred).squareRoot()
        return length > 0 ? centred.map { $0 / length } : centred
    }

    private mutating func measureShared(_ analysis: FactorAnalysis) throws(PairScanError) {
        for scale in PairScanSettings.scales {
            var own = analysis
            if scale > 1 {
                let changes = panel.averaged(scale).changes()
                // Coarse rows may be too few: the finer scales then speak alone.
                guard let rows = changes.first?.count, rows >= max(32, 2 * analysis.count + 8) else { break }
                own = try PairFamily.factors(changes, analysis.count)
            }
            let units = own.residuals.map(PairFamily.unit)
            let rows = own.residuals.first?.count ?? 0
            shared.append(
                pairs.map { pair in
                    let correlation = EightLanes.dot(units[pair.first], units[pair.second])
                    return PairFamily.inverseTangent(min(max(correlation, -0.999_999), 0.999_999))
                }
            )
            sharedDeviations.append(1 / Double(max(rows - own.count - 3, 1)).squareRoot())
        }
    }

    /// Rows that are averaged before the spread is tested: as many as leave two hundred, one for prices of days.
    static func levelScale(_ panel: PricePanel, _ settings: PairScanSettings) -> Int {
        guard settings.evidence == .both, !panel.isDaily else { return 1 }
        return PairScanSettings.scales.last { panel.rows(averaged: $0) >= 200 } ?? 1
    }

    private static func inverseTangent(_ x: Double) -> Double { 0.5 * DeterministicMath.log((1 + x) / (1 - x)) }

    /// Engle's and Granger's test of every pair, over averages of the longest scale that leaves enough rows.
    mutating func testLevels(progress: (Double) -> Void) {
        let levels = panel.averaged(PairFamily.levelScale(panel, settings))
        let columns = levels.symbols.indices.map(levels.prices.column)
        var test = EngleGranger(capacity: levels.rows)
        tests.reserveCapacity(pairs.count)
        for (index, pair) in pairs.enumerated() {
            let (first, second) = (columns[pair.first], columns[pair.second])
            tests.append(test.bothDirections(first.span, second.span, lags: settings.lags).value)
            if index % 1_024 == 0 { progress(Double(index) / Double(pairs.count)) }
        }
    }

    /// All pairs with their scores and probabilities, strongest first, and how many pass the level.
    func judged() throws(PairScanError) -> (tested: [PairScan.Evidence], count: Int) {
        let own = shared.isEmpty ? nil : sharedScores()
        let scores = own.map(combined)
        let probabilities = pairs.indices.map { index -> Double in
            if let scores { return DeterministicMath.normalCDF(-scores[index]) }
            return tests[index]?.probability ?? 1
        }
        guard let adjusted = settings.control.adjusted(probabilities).value else {
            throw PairScanError(reason: "the level must be above 0 and below 1")
        }
        let all = pairs.indices.map { index in
            PairScan.Evidence(
                first: pairs[index].first,
                second: pairs[index].second,
                shared: own?[index],
                test: tests[index],
                score: scores?[index]
                    ?? DeterministicMath.normalQuantile(min(max(1 - probabilities[index], 1e-16), 1 - 1e-16)),
                probability: probabilities[index],
                adjusted: adjusted[index]
            )
        }
        // Far out probabilities are zero, scores still differ.
        let order = all.indices.sorted { all[$0].score != all[$1].score ? all[$0].score > all[$1].score : $0 < $1 }
        let count = order.prefix { all[$0].adjusted <= settings.level }.count
        return (order.map { all[$0] }, count)
    }

    private var isLarge: Bool { pairs.count >= PairScanSettings.leastFamily }

    /// The mean over the scales, each in deviations of unrelated pairs.
    private func sharedScores() -> [Double] {
        var sums = Array(repeating: 0.0, count: pairs.count)
        for (values, deviation) in zip(shared, sharedDeviations) {
            let scores = isLarge ? PairFamily.againstMost(values) : values.map { $0 / deviation }
            for index in sums.indices { sums[index] += scores[index] }
        }
        // Scales are not independent: without an empirical null their mean is taken as one of them, which is careful.
        return isLarge ? PairFamily.againstMost(sums) : sums.map { $0 / Double(max(shared.count, 1)) }
    }

    /// Shared risk and the test of the spread together.
    private func combined(_ own: [Double]) -> [Double] {
        let weight = PairScanSettings.levelWeight
        let levels = isLarge ? rankedLevels() : testedLevels()
        let sums = zip(own, levels).map { $0 + weight * $1 }
        return isLarge ? PairFamily.againstMost(sums) : sums.map { $0 / (1 + weight * weight).squareRoot() }
    }

    /// Normal scores of the places that the weaker statistics have among all.
    private func rankedLevels() -> [Double] {
        let statistics = tests.map { $0.map { max($0.forward.statistic, $0.backward.statistic) } ?? .infinity }
        let order = statistics.indices.sorted {
            statistics[$0] != statistics[$1] ? statistics[$0] < statistics[$1] : $0 < $1
        }
        var scores = Array(repeating: 0.0, count: statistics.count)
        for (place, index) in order.enumerated() {
            scores[index] = -DeterministicMath.normalQuantile(Double(place + 1) / Double(order.count + 1))
        }
        return scores
    }

    private func testedLevels() -> [Double] {
        tests.map { test in
            -DeterministicMath.normalQuantile(min(max(test?.probability ?? 0.999, 1e-12), 0.999))
        }
    }

    /// In deviations from the middle of all, both read off the half below it, where no related pairs are.
    private static func againstMost(_ values: [Double]) -> [Double] {
        let ascending = values.sorted()
        let middle = quantile(ascending, 0.5)
        let deviation = max(middle - quantile(ascending, 0.158_655_253_931_457), 1e-300)
        return values.map { ($0 - middle) / deviation }
    }

    private static func quantile(_ ascending: [Double], _ share: Double) -> Double {
        let place = share * Double(ascending.count - 1)
        let below = Int(place)
        let above = min(below + 1, ascending.count - 1)
        return ascending[below] + (place - Double(below)) * (ascending[above] - ascending[below])
    }
}
