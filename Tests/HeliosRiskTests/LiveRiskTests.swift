// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosRisk
import Testing

private func model(_ number: RiskNumber, confidence: Double = 0.99) throws -> RiskModel {
    var description = RiskModelDescription(file: "")
    description.method = .sample
    description.measure = number
    description.confidence = confidence
    return try #require(RiskModel(returns: assetReturns(), description: description))
}

/// Value at risk and expected shortfall from scratch, the slow way.
private func slow(_ model: RiskModel, _ matrix: SymmetricMatrix, _ weights: [Double]) -> (RiskFigures, RiskFigures) {
    let deviation = max(0, matrix.variance(of: weights)).squareRoot()
    let z = DeterministicMath.normalQuantile(model.confidence)
    let density = DeterministicMath.normalDensity(z) / (1 - model.confidence)
    let parametric = RiskFigures(valueAtRisk: z * deviation, expectedShortfall: density * deviation)
    guard let table = model.scenarios else { return (parametric, parametric) }
    let losses = table.profits(of: weights).map { -$0 }.sorted()
    let n = Double(losses.count)
    let k = Int((n * model.confidence - 1e-9).rounded(.up))
    let beyond = losses[k...].reduce(0, +)
    let shortfall = (beyond + (Double(k) - n * model.confidence) * losses[k - 1]) / (n * (1 - model.confidence))
    return (parametric, RiskFigures(valueAtRisk: losses[k - 1], expectedShortfall: shortfall))
}

/// Whether the engine took the bytes, all of them.
private func restore(_ live: inout LiveRisk, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { memory in
        var reader = StateReader(memory)
        do throws(StateError) {
            try live.restore(from: &reader)
            return reader.remaining == 0
        } catch {
            return false
        }
    }
}

@Suite struct LiveRiskTests {
    @Test func `three fills give the known parametric numbers`() throws {
        var live = LiveRisk(try model(.parametric))
        for place in 0..<3 { live.setWeight(place, assetWeights[place]) }
        #expect(isNear(live.currentValueAtRisk(), 39895.51035487795))
        #expect(isNear(live.currentExpectedShortfall(), 45706.870718814665))
        #expect(isNear(live.marginal(0), 0.0262298878, 1e-8))
        #expect(isNear(live.component(1), 4324.3127197189))
        #expect(isNear(live.valueAtRisk(adding: 100_000, at: 1) - live.currentValueAtRisk(), -402.65888573805717))
    }

    @Test(arguments: [(0.95, 27488.46406474298, 35518.4890808687), (0.99, 40883.842905150465, 42770.59777889379)])
    func `three fills give the known historical numbers`(confidence: Double, value: Double, shortfall: Double) throws {
        var live = LiveRisk(try model(.historical, confidence: confidence))
        for place in 0..<3 { live.setWeight(place, assetWeights[place]) }
        #expect(isNear(live.currentValueAtRisk(), value))
        #expect(isNear(live.currentExpectedShortfall(), shortfall))
    }

    @Test func `what is held and what moves does not depend on how it came about`() throws {
        var live = LiveRisk(try model(.larger))
        for (place, weight) in [(2, 900_000.0), (0, -5.0), (1, -800_000), (0, 1_000_000), (2, 500_000)] {
            live.setWeight(place, weight)
        }
        #expect(isNear(live.currentValueAtRisk(), 40883.842905150465))
    }

    @Test func `engines of one model share its columns and nothing else`() throws {
        let frozen = FrozenRisk(try model(.larger))
        var firm = LiveRisk(frozen)
        var desk = LiveRisk(frozen)
        for place in 0..<3 { firm.setWeight(place, assetWeights[place]) }
        desk.setWeight(1, 5)
        #expect(isNear(firm.currentValueAtRisk(), 40883.842905150465))
        desk.setWeight(1, 0)
        #expect(desk.currentValueAtRisk() == 0)
        #expect(isNear(firm.currentValueAtRisk(), 40883.842905150465))
    }

    @Test func `a portfolio that is sold out has exactly no risk`() throws {
        var live = LiveRisk(try model(.larger))
        for place in 0..<3 { live.setWeight(place, assetWeights[place]) }
        for place in 0..<3 { live.setWeight(place, 0) }
        #expect(live.currentValueAtRisk() == 0)
        #expect(live.currentExpectedShortfall() == 0)
    }
}

// MARK: - Against the slow way
extension LiveRiskTests {
    @Test(arguments: [(1, UInt64(1)), (7, 2), (8, 3), (33, 4)])
    func `thousands of fills stay equal to a computation from scratch`(count: Int, seed: UInt64) throws {
        let table = try manyReturns(count, days: 203, seed: seed)
        let matrix = try #require(Covariances.sample(table))
        for (number, confidence) in [
            (RiskNumber.parametric, 0.99), (.historical, 0.975), (.historical, 0.6), (.larger, 0.95),
        ] {
            let model = try #require(
                RiskModel(
                    names: table.names,
                    structure: .covariance(matrix),
                    scenarios: table,
                    number: number,
                    confidence: confidence
                )
            )
            var live = LiveRisk(model)
            var weights = [Double](repeating: 0, count: count)
            var random = SeededRandom(seed: seed)
            func expected(_ weights: [Double]) -> RiskFigures {
                let (parametric, historical) = slow(model, matrix, weights)
                switch number {
                case .parametric: return parametric
                case .historical: return historical
                case .larger:
                    return RiskFigures(
                        valueAtRisk: max(parametric.valueAtRisk, historical.valueAtRisk),
                        expectedShortfall: max(parametric.expectedShortfall, historical.expectedShortfall)
                    )
                }
            }
            for step in 0..<5_000 {
                let place = Int(random.next() % UInt64(count))
                weights[place] = random.uniform() < 0.1 ? 0 : 1e6 * random.gaussian()
                live.setWeight(place, weights[place])
                guard step % 97 == 0 else { continue }
                let now = expected(weights)
                // What cancels to nothing is compared with what is held.
                let scale = 1e-11 * weights.map(\.magnitude).reduce(1, +)
                #expect((live.currentValueAtRisk() - now.valueAtRisk).magnitude < scale, "seed \(seed) step \(step)")
                #expect((live.currentExpectedShortfall() - now.expectedShortfall).magnitude < scale)
                let other = Int(random.next() % UInt64(count))
                var then = weights
                then[other] += 5e5
                let after = expected(then)
                #expect((live.valueAtRisk(adding: 5e5, at: other) - after.valueAtRisk).magnitude < scale)
                #expect((live.expectedShortfall(adding: 5e5, at: other) - after.expectedShortfall).magnitude < scale)
            }
            #expect(live.rebuilds >= 1 || count == 1)
            #expect(live.lastDrift < LiveRisk.driftLimit)
            #expect(live.driftExcesses == 0)
        }
    }

    @Test func `factors and their full covariances give the same risk`() throws {
        var random = SeededRandom(seed: 12)
        let count = 40
        var factorMatrix = SymmetricMatrix(count: 3)
        for factor in 0..<3 { factorMatrix[factor, factor] = 1e-4 * Double(factor + 1) }
        factorMatrix[0, 2] = 2e-5
        let structure = try #require(
            FactorStructure(
                loadings: (0..<(count * 3)).map { _ in random.gaussian() },
                covariance: factorMatrix,
                specific: (0..<count).map { _ in 1e-4 * random.uniform() }
            )
        )
        let names = (0..<count).map { "N\($0)" }
        var factors = LiveRisk(try #require(RiskModel(names: names, structure: .factors(structure))))
        var full = LiveRisk(try #require(RiskModel(names: names, structure: .covariance(structure.matrix))))
        for step in 0..<9_000 {
            let place = Int(random.next() % UInt64(count))
            let weight = 1e6 * random.gaussian()
            factors.setWeight(place, weight)
            full.setWeight(place, weight)
            guard step % 200 == 0 else { continue }
            #expect(isNear(factors.currentValueAtRisk(), full.currentValueAtRisk(), 1e-11))
            #expect(isNear(factors.valueAtRisk(adding: 1e5, at: 7), full.valueAtRisk(adding: 1e5, at: 7), 1e-11))
            #expect((factors.marginal(9) - full.marginal(9)).magnitude < 1e-13)
        }
        #expect(factors.rebuilds == 2)
        #expect(factors.driftExcesses == 0 && full.driftExcesses == 0)
    }
}

// MARK: - Prices
extension LiveRiskTests {
    @Test func `a price counts when it moved by more than the tolerance`() throws {
        var live = LiveRisk(try model(.parametric))
        for place in 0..<3 { live.setWeight(place, assetWeights[place]) }
        live.mark(0, 1_000_900)
        #expect(live.currentValueAtRisk() == live.valueAtRisk(adding: 0, at: 0))
        #expect(live.weight(0) == 1_000_000)
        live.mark(0, 1_002_000)
        #expect(live.weight(0) == 1_000_000)
        live.mark(0, 1_003_000)
        _ = live.currentValueAtRisk()
        #expect(live.weight(0) == 1_003_000)
    }

    @Test func `a fill takes the place of a price that waits`() throws {
        var live = LiveRisk(try model(.parametric))
        live.setWeight(0, 1_000)
        live.mark(0, 2_000)
        live.setWeight(0, 3_000)
        live.settle()
        #expect(live.weight(0) == 3_000)
        live.mark(0, 2_000)
        live.setWeight(0, 0)
        for round in 1...20 {
            live.setWeight(1, Double(round))
            live.mark(1, Double(2 * round))
        }
        live.settle()
        #expect(live.weight(0) == 0)
        #expect(live.weight(1) == 40)
    }
}

extension LiveRiskTests {
    @Test func `a question may settle a few prices, the oldest first`() throws {
        var live = LiveRisk(try model(.parametric))
        for round in 0..<7 {
            for place in 0..<3 { live.setWeight(place, assetWeights[place]) }
            let order = [round % 3, (round + 1) % 3, (round + 2) % 3]
            for place in order { live.mark(place, 2 * assetWeights[place]) }
            for settled in 0...3 {
                let taken = order.map { live.weight($0) == 2 * assetWeights[$0] }
                #expect(taken == (0..<3).map { $0 < settled })
                live.settle(atMost: 1)
            }
        }
    }

    @Test func `a timer rebuilds before a fill has to`() throws {
        var live = LiveRisk(try model(.larger))
        for round in 1...20_000 {
            live.setWeight(round % 3, Double(round))
            if round % 100 == 0 {
                live.mark(1, Double(2 * round))
                live.maintain()
                #expect(live.weight(1) == Double(2 * round))
            }
            #expect(live.changes < LiveRisk.rebuildInterval * 3 / 4)
        }
        #expect(live.rebuilds == 9)
    }
}

// MARK: - What is not known
extension LiveRiskTests {
    @Test(arguments: [(3, 1.0), (-1, 1.0), (0, .nan), (1, .infinity), (2, 1e31)])
    func `a weight that can't be makes the risk infinite`(place: Int, weight: Double) throws {
        var live = LiveRisk(try model(.larger))
        live.setWeight(0, 1)
        live.setWeight(place, weight)
        #expect(live.currentValueAtRisk() == .infinity)
        #expect(live.currentExpectedShortfall() == .infinity)
        #expect(live.isValid == false)
    }

    @Test func `a question about an unknown place is answered by infinity and changes nothing`() throws {
        var live = LiveRisk(try model(.larger))
        live.setWeight(0, 1_000_000)
        #expect(live.valueAtRisk(adding: 1, at: 3) == .infinity)
        #expect(live.valueAtRisk(adding: .nan, at: 1) == .infinity)
        #expect(live.currentValueAtRisk().isFinite)
    }

    @Test func `a historical number without scenarios is no model`() throws {
        let matrix = try #require(Covariances.sample(assetReturns()))
        let names = ["A1", "A2", "A3"]
        #expect(RiskModel(names: names, structure: .covariance(matrix), number: .historical) == nil)
        #expect(RiskModel(names: ["A1"], structure: .covariance(matrix)) == nil)
        let broken = try #require(
            SymmetricMatrix(count: 1, elements: [.nan]) ?? SymmetricMatrix(count: 1, elements: [.infinity])
        )
        #expect(RiskModel(names: ["A1"], structure: .covariance(broken)) == nil)
        #expect(RiskModel(names: names, structure: .covariance(matrix), confidence: 1) == nil)
    }
}

// MARK: - State
extension LiveRiskTests {
    @Test(arguments: [1, 50, 4_095, 4_096, 6_000])
    func `a restored engine goes on to the bit`(cut: Int) throws {
        let model = try model(.larger)
        var whole = LiveRisk(model)
        var random = SeededRandom(seed: UInt64(cut))
        func step(_ live: inout LiveRisk, _ random: inout SeededRandom) {
            let place = Int(random.next() % 3)
            let value = 1e6 * random.gaussian()
            if random.uniform() < 0.3 { live.mark(place, value) } else { live.setWeight(place, value) }
        }
        for _ in 0..<cut { step(&whole, &random) }
        var writer = StateWriter()
        whole.save(to: &writer)
        var copy = LiveRisk(model)
        #expect(restore(&copy, writer.bytes))
        var again = random
        for _ in 0..<5_000 {
            step(&whole, &random)
            step(&copy, &again)
        }
        #expect(whole.currentValueAtRisk() == copy.currentValueAtRisk())
        #expect(whole.currentExpectedShortfall() == copy.currentExpectedShortfall())
        #expect(whole.rebuilds == copy.rebuilds && whole.lastDrift == copy.lastDrift)
    }

    @Test func `cut or foreign state is refused`() throws {
        var live = LiveRisk(try model(.larger))
        live.setWeight(1, 5)
        live.mark(1, 10)
        var writer = StateWriter()
        live.save(to: &writer)
        let bytes = writer.bytes
        func isTaken(_ bytes: [UInt8], _ model: RiskModel) -> Bool {
            var copy = LiveRisk(model)
            return restore(&copy, bytes)
        }
        #expect(try isTaken(bytes, model(.larger)))
        #expect(try !isTaken(bytes, model(.parametric)))
        #expect(try !isTaken(bytes, model(.larger, confidence: 0.95)))
        for length in 0..<bytes.count { #expect(try !isTaken(Array(bytes[..<length]), model(.larger))) }
    }
}
