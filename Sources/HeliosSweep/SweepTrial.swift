// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMath

/// One combination of parameters that a sweep tries.
public struct SweepTrial: Sendable, Equatable {
    /// From 1, in the order in which the sweep tries.
    public let number: Int
    /// In the order of the sweep's file.
    public let parameters: [SweepConfiguration.Change]
    /// What the combination was drawn by; of a grid the sweep's own seed, which draws nothing there.
    public let seed: UInt64

    public init(number: Int, parameters: [SweepConfiguration.Change], seed: UInt64) {
        self.number = number
        self.parameters = parameters
        self.seed = seed
    }

    /// `pairs.enterZ=2.5 pairs.hedgeWindow=720`.
    public var text: String { parameters.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}

extension SweepConfiguration {
    /// Everything that the sweep tries, each combination once.
    ///
    /// A drawn combination depends on the seed and on those before it only, not on how many are drawn. Where fewer
    /// combinations exist than asked for, all of them that a thousand draws in a row find.
    public func makeTrials() -> [SweepTrial] {
        guard let trials, search != .grid else { return gridTrials() }
        var seen: Set<[String]> = []
        var result: [SweepTrial] = []
        for number in 1...trials {
            // A stream of its own for each: the increment of SplitMix64 keeps them apart.
            let start = seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15
            var mixer = SeededRandom(seed: start)
            let own = mixer.next()
            guard let values = draw(own, unlike: seen) else { break }
            seen.insert(values)
            result.append(SweepTrial(number: number, parameters: changes(values), seed: own))
        }
        return result
    }

    private func draw(_ seed: UInt64, unlike seen: Set<[String]>) -> [String]? {
        var random = SeededRandom(seed: seed)
        for _ in 0..<1_000 {
            let values = parameters.map { parameter -> String in
                let uniform = random.uniform()
                switch parameter.values {
                case .list(let list): return list[min(Int(uniform * Double(list.count)), list.count - 1)]
                case .range(let range): return range.draw(uniform)
                }
            }
            if !seen.contains(values) { return values }
        }
        return nil
    }

    /// Every combination, the last key's values changing fastest.
    private func gridTrials() -> [SweepTrial] {
        let values = parameters.map { $0.grid ?? [] }
        return (0..<(gridCount ?? 0)).map { index in
            var rest = index
            var chosen: [String] = []
            for list in values.reversed() {
                chosen.append(list[rest % list.count])
                rest /= list.count
            }
            return SweepTrial(number: index + 1, parameters: changes(chosen.reversed()), seed: seed)
        }
    }

    private func changes(_ values: [String]) -> [Change] {
        zip(parameters, values).map { Change(key: $0.key, value: $1) }
    }
}
