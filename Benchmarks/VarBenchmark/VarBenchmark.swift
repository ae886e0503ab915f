// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMath
import HeliosRisk

/// `VarBenchmark [instruments] [scenarios] [fills]`: value at risk after each fill of a pair and the question before it, beside a
/// computation from scratch in the same run.
@main
struct VarBenchmark {
    let instruments: Int
    let table: ReturnTable
    let matrix: SymmetricMatrix
    let fills: Int

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let benchmark = try VarBenchmark(
            instruments: arguments.first ?? 1_000,
            scenarios: arguments.dropFirst().first ?? 500,
            fills: arguments.dropFirst(2).first ?? 200_000
        )
        try benchmark.run()
    }

    init(instruments: Int, scenarios: Int, fills: Int) throws {
        var random = SeededRandom(seed: 1)
        var columns = [[Double]](repeating: [], count: instruments)
        for _ in 0..<scenarios {
            let market = 0.01 * random.gaussian()
            for place in 0..<instruments { columns[place].append(market + 0.02 * random.gaussian()) }
        }
        let names = (0..<instruments).map { "N\($0)" }
        guard let table = ReturnTable(names: names, columns: columns), let matrix = Covariances.sample(table) else {
            throw BenchmarkError()
        }
        self.instruments = instruments
        self.table = table
        self.matrix = matrix
        self.fills = fills
    }

    func run() throws {
        print("\(instruments) instruments, \(table.days) scenarios, \(fills) fills of a pair")
        let factors = try factorModel()
        for (name, model) in [
            ("parametric", try model(.parametric)), ("historical", try model(.historical)),
            ("larger of both", try model(.larger)), ("parametric, 10 factors", factors),
        ] {
            print(name)
            let live = measure(model)
            let naive = measureNaive(model)
            print(
                "    ratio of the medians: a fill \(ratio(naive, live.fill)), a question \(ratio(naive, live.question))"
            )
        }
    }

    func model(_ number: RiskNumber) throws -> RiskModel {
        let structure = RiskModel.Structure.covariance(matrix)
        guard let model = RiskModel(names: table.names, structure: structure, scenarios: table, number: number)
        else { throw BenchmarkError() }
        return model
    }

    func factorModel() throws -> RiskModel {
        var random = SeededRandom(seed: 2)
        var covariance = SymmetricMatrix(count: 10)
        for factor in 0..<10 { covariance[factor, factor] = 1e-4 }
        let structure = FactorStructure(
            loadings: (0..<(10 * instruments)).map { _ in random.gaussian() },
            covariance: covariance,
            specific: [Double](repeating: 1e-4, count: instruments)
        )
        guard let structure, let model = RiskModel(names: table.names, structure: .factors(structure)) else {
            throw BenchmarkError()
        }
        return model
    }
}

struct BenchmarkError: Error {}

// MARK: - Measuring
extension VarBenchmark {
    /// Two legs filled and the value at risk read; then the same question as *what if*.
    func measure(_ model: RiskModel) -> (fill: Double, question: Double) {
        var live = LiveRisk(model)
        var random = SeededRandom(seed: 3)
        for place in 0..<instruments { live.setWeight(place, 1e5 * random.gaussian()) }
        var fill: [UInt64] = []
        var question: [UInt64] = []
        fill.reserveCapacity(fills)
        question.reserveCapacity(fills)
        var sum = 0.0
        let begin = (helios_cycles(), Date())
        for _ in 0..<fills {
            let (one, two) = (place(&random), place(&random))
            let change = 1e4 * random.gaussian()
            let asked = helios_cycles()
            sum += live.valueAtRisk(adding: change, at: one)
            let filled = helios_cycles()
            live.setWeight(one, live.weight(one) + change)
            live.setWeight(two, live.weight(two) - change)
            sum += live.currentValueAtRisk()
            fill.append(helios_cycles() - filled)
            question.append(filled - asked)
        }
        let perCycle = Date().timeIntervalSince(begin.1) * 1e9 / Double(helios_cycles() - begin.0)
        print("    pair filled and value at risk: " + summary(fill, perCycle))
        print("    what if: " + summary(question, perCycle))
        print("    rebuilds \(live.rebuilds), last drift \(live.lastDrift), excesses \(live.driftExcesses), sum \(sum)")
        return (median(fill), median(question))
    }

    /// What the model needs from scratch for each fill: w′ S w, or every scenario and a sort, or both.
    func measureNaive(_ model: RiskModel) -> Double {
        var weights = [Double](repeating: 0, count: instruments)
        var random = SeededRandom(seed: 3)
        for place in weights.indices { weights[place] = 1e5 * random.gaussian() }
        var cycles: [UInt64] = []
        var sum = 0.0
        let begin = (helios_cycles(), Date())
        for _ in 0..<max(fills / 200, 100) {
            weights[place(&random)] += 1e4 * random.gaussian()
            let start = helios_cycles()
            if model.number != .historical { sum += matrix.variance(of: weights).squareRoot() }
            if model.number != .parametric {
                let losses = table.profits(of: weights).map { -$0 }.sorted()
                sum += losses[losses.count - losses.count / 100 - 1]
            }
            cycles.append(helios_cycles() - start)
        }
        let perCycle = Date().timeIntervalSince(begin.1) * 1e9 / Double(helios_cycles() - begin.0)
        print("    from scratch: " + summary(cycles, perCycle) + " (sum \(sum))")
        return median(cycles)
    }

    func median(_ cycles: [UInt64]) -> Double { Double(cycles.sorted()[cycles.count / 2]) }

    func ratio(_ naive: Double, _ live: Double) -> Int { Int(naive / max(live, 1)) }

    func place(_ random: inout SeededRandom) -> Int { Int(random.next() % UInt64(instruments)) }

    func summary(_ cycles: [UInt64], _ perCycle: Double) -> String {
        let sorted = cycles.sorted()
        let parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map { name, share in
            "\(name) \(Int(Double(sorted[Int(Double(sorted.count - 1) * share)]) * perCycle)) ns"
        }
        return parts.joined(separator: ", ") + ", max \(Int(Double(sorted[sorted.count - 1]) * perCycle / 1_000)) µs"
    }
}
