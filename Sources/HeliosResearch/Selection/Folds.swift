// SPDX-License-Identifier: MIT
import HeliosMath

/// Training and test samples that know nothing of one another (López de Prado 2018): k-fold with purging and an
/// embargo.
///
/// Samples are in the order of time, and the label of each needs the `horizon` steps after it. A training sample is
/// left out when its label reaches into the test, when a test's label reaches into it, and for an embargo after that.
public struct Folds: Sendable, Equatable {
    /// One division.
    public struct Fold: Sendable, Equatable {
        public let test: Range<Int>
        public let train: [Int]
    }

    public let folds: [Fold]

    /// Divides samples; each is in one test.
    ///
    /// - Parameters:
    ///   - count: samples; at least as many as folds.
    ///   - folds: 2 or more; the first get a sample more where the count is no multiple.
    ///   - horizon: steps after a sample that its label needs, 0 or more.
    ///   - embargo: further steps after a test that are left out, 0 or more.
    /// - Returns: undefined for other parameters.
    public static func purged(count: Int, folds: Int, horizon: Int, embargo: Int = 0) -> Finding<Folds> {
        guard folds >= 2, horizon >= 0, embargo >= 0, horizon < 1 << 40, embargo < 1 << 40 else {
            return .undefined(.parameterOutOfRange)
        }
        guard count >= folds else { return .undefined(.tooFewValues) }
        let divisions = ranges(count: count, folds: folds).map { test in
            Fold(
                test: test,
                train: (0..<count).filter {
                    $0 + horizon < test.lowerBound || $0 > test.upperBound - 1 + horizon + embargo
                }
            )
        }
        return .defined(Folds(folds: divisions))
    }

    /// Cuts `count` places into pieces of equal length, the first ones longer by one where that does not go.
    static func ranges(count: Int, folds: Int) -> [Range<Int>] {
        var start = 0
        return (0..<folds).map { fold in
            let length = count / folds + (fold < count % folds ? 1 : 0)
            defer { start += length }
            return start..<(start + length)
        }
    }
}
