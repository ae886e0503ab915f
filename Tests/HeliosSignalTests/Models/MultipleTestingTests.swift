// SPDX-License-Identifier: MIT
import HeliosMath
import HeliosSignal
import Testing

@Suite struct MultipleTestingTests {
    private let known = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]

    @Test func `the known numbers of findings`() {
        #expect(MultipleTesting.benjaminiHochberg.found(known, level: 0.05).value == [0, 1])
        #expect(MultipleTesting.benjaminiHochberg.found(known, level: 0.10).value == [0, 1, 2, 3, 4, 5])
        #expect(MultipleTesting.benjaminiYekutieli.found(known, level: 0.05).value == [0])
        #expect(MultipleTesting.holm.found(known, level: 0.05).value == [0])
    }

    @Test func `adjusted probabilities are those of statsmodels`() {
        // multipletests(p, method = fdr_bh, fdr_by, holm) of statsmodels 0.15.
        let expected: [MultipleTesting: [Double]] = [
            .benjaminiHochberg: [
                0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.10571428571428572, 0.216, 0.216, 0.216,
            ],
            .holm: [0.01, 0.072, 0.312, 0.312, 0.312, 0.312, 0.312, 0.615, 0.615, 0.615],
        ]
        for (method, values) in expected {
            let found = method.adjusted(known).value ?? []
            #expect(found.count == 10 && zip(found, values).allSatisfy { isClose($0, $1, 1e-12) }, "\(method)")
        }
        let harmonic = 2.9289682539682538
        let cautious = MultipleTesting.benjaminiYekutieli.adjusted(known).value ?? []
        #expect(isClose(cautious.first, 0.01 * harmonic, 1e-12) && isClose(cautious.last, 0.216 * harmonic, 1e-12))
    }

    @Test func `the share of tests without anything to find`() {
        #expect(MultipleTesting.nullShare([]) == 1)
        #expect(MultipleTesting.nullShare(Array(repeating: 0.01, count: 40)) == 1 / 20.0)
        #expect(MultipleTesting.nullShare((1...100).map { (Double($0) - 0.5) / 100 }) == 1)
        // Half of them have something to find.
        let mixed = (1...100).map { (Double($0) - 0.5) / 100 } + Array(repeating: 0.001, count: 100)
        #expect(MultipleTesting.nullShare(mixed) == 0.51)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `order makes no difference, and the stricter find no more`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let values = (0..<200).map { $0 % 3 == 0 ? random.uniform() * 0.01 : random.uniform() }
        let order = Array(values.indices).shuffled(using: &random)
        for level in [0.01, 0.05, 0.2] {
            var found: [MultipleTesting: Set<Int>] = [:]
            for method in MultipleTesting.allCases {
                let plain = Set(try #require(method.found(values, level: level).value))
                let mixed = try #require(method.found(order.map { values[$0] }, level: level).value)
                #expect(Set(mixed.map { order[$0] }) == plain)
                let adjusted = try #require(method.adjusted(values).value)
                // At the bound itself the division's rounding decides.
                #expect(plain.allSatisfy { adjusted[$0] <= level * (1 + 1e-12) })
                #expect(values.indices.allSatisfy { plain.contains($0) || adjusted[$0] >= level * (1 - 1e-12) })
                found[method] = plain
            }
            let free = try #require(found[.benjaminiHochberg])
            #expect(free.isSuperset(of: try #require(found[.benjaminiYekutieli])))
            #expect(free.isSuperset(of: try #require(found[.holm])))
        }
    }

    @Test func `nothing to test finds nothing, and what is no probability is refused`() {
        for method in MultipleTesting.allCases {
            #expect(method.found([], level: 0.05).value == [] && method.adjusted([]).value == [])
            #expect(method.found([0.01, .nan], level: 0.05).reason == .parameterOutOfRange)
            #expect(method.adjusted([1.01]).reason == .parameterOutOfRange)
            #expect(method.found([0.5], level: 1).reason == .parameterOutOfRange)
            #expect(method.found([0.04], level: 0.05).value == [0])
        }
    }
}
