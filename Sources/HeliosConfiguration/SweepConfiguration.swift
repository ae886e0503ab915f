// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy

/// How a sweep chooses what it tries.
public enum SweepSearch: String, Sendable, CaseIterable {
    /// Every combination of the values.
    case grid
    /// Combinations drawn by seed.
    case random
    /// Many combinations on a part of the data, the better ones on more of it, the best on all (successive halving).
    case halving
}

/// A key that a sweep varies, and what it takes.
public struct SweepParameter: Sendable, Equatable {
    public enum Values: Sendable, Equatable {
        /// As a configuration would give them, each once.
        case list([String])
        case range(SweepRange)
    }

    /// As `RunConfiguration.changing` takes it, such as `pairs.enterZ`.
    public var key: String
    public var values: Values

    public init(key: String, values: Values) {
        self.key = key
        self.values = values
    }

    /// Every value that a grid takes; nil for a range without step and count.
    public var grid: [String]? {
        switch values {
        case .list(let list): list
        case .range(let range): range.grid
        }
    }
}

/// A sweep as configured: complete, checked, every default filled in.
///
/// Described in docs/sweep.md.
public struct SweepConfiguration: Sendable, Equatable {
    /// The run configuration that is varied; a path from the current folder, or absolute.
    public internal(set) var base = ""
    /// Market files in place of the base's; empty for those.
    public internal(set) var data: [DataSource] = []
    /// Values of keys that are the same in every trial, over the base's.
    public internal(set) var fixed: [Change] = []
    public internal(set) var search = SweepSearch.grid
    /// Combinations tried by random search and halving; nil for a grid's number.
    public internal(set) var trials: Int?
    public internal(set) var seed: UInt64 = 1
    /// Configurations that were tried on these data before this sweep: they count.
    public internal(set) var earlierTrials = 0
    /// At least one.
    public internal(set) var parameters: [SweepParameter] = []
    /// Length of the periods whose returns are judged; nil for one chosen by the length of the data.
    public internal(set) var period: SweepPeriod?
    /// Tests of the walk forward.
    public internal(set) var folds = 4
    /// Whether a test is chosen for by an equally long stretch before it, not by everything before it.
    public internal(set) var isRolling = false
    /// Periods left out between what a choice is made by and what it is tested on.
    public internal(set) var purge = 1
    /// Further periods left out after a test, where later periods are chosen by; nil for one in a hundred, rounded up.
    public internal(set) var embargo: Int?
    /// Halving: one of so many trials goes on.
    public internal(set) var keepOneOf = 3
    /// Halving: how often trials are weeded out, plus one.
    public internal(set) var rungs = 3
    /// The file of results; nil for one named after the sweep's file.
    public internal(set) var database: String?

    /// A key and its value.
    public struct Change: Sendable, Equatable, Codable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    init() {}

    /// The most values of one key, and the most trials.
    public static let mostTrials = 100_000

    /// The files that trials read beside the market's, those that varied values name included; sorted.
    ///
    /// - Throws: `ConfigurationErrors` when a value makes no run.
    public func inputFiles(of run: RunConfiguration) throws(ConfigurationErrors) -> [String] {
        var files = run.inputFiles
        for parameter in parameters {
            guard case .list(let values) = parameter.values else { continue }
            for value in values where value.contains("empirical(") || parameter.key.hasSuffix("curveFile") {
                files.formUnion(try run.changing([(parameter.key, value)]).inputFiles)
            }
        }
        return files.sorted()
    }

    /// How many combinations a grid has; nil when a range has neither step nor count.
    public var gridCount: Int? {
        var count = 1
        for parameter in parameters {
            guard let values = parameter.grid else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: values.count)
            if overflow { return Int.max }
            count = product
        }
        return count
    }
}

/// Over what time a return is taken.
public enum SweepPeriod: Sendable, Equatable {
    case day
    case time(Nanoseconds)
}
