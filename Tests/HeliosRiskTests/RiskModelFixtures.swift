// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosRisk

/// Three assets and a market, 250 days from seed 7: every known answer below is about them.
func assetReturns() throws -> ReturnTable {
    var random = SeededRandom(seed: 7)
    var columns: [[Double]] = [[], [], []]
    for _ in 0..<250 {
        let market = 0.01 * random.gaussian()
        for (place, asset) in [(1.0, 0.010), (0.8, 0.012), (1.2, 0.008)].enumerated() {
            columns[place].append(asset.0 * market + asset.1 * random.gaussian())
        }
    }
    guard let table = ReturnTable(names: ["A1", "A2", "A3"], columns: columns) else { throw FixtureError() }
    return table
}

/// What is held of the three assets, in money.
let assetWeights = [1_000_000.0, -800_000.0, 500_000.0]

/// Days of `count` assets that hang on one market.
func manyReturns(_ count: Int, days: Int, seed: UInt64) throws -> ReturnTable {
    var random = SeededRandom(seed: seed)
    var columns = [[Double]](repeating: [], count: count)
    for _ in 0..<days {
        let market = 0.01 * random.gaussian()
        for place in 0..<count { columns[place].append(market + 0.01 * random.gaussian()) }
    }
    guard let table = ReturnTable(names: (0..<count).map { "N\($0)" }, columns: columns) else { throw FixtureError() }
    return table
}

struct FixtureError: Error {}

/// Whether two numbers agree to `tolerance`, relative to the expected one.
func isNear(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
    guard let value else { return false }
    return (value - expected).magnitude <= tolerance * expected.magnitude
}
