// SPDX-License-Identifier: MIT
import HeliosMarket

/// Least squares y = alpha + beta x over the last samples of one pair, updated in constant time (formula 2.1).
///
/// For many pairs use `PairStates`, of which this is the case of one.
@safe
public struct RollingRegression: ~Copyable {
    private var states: PairStates

    /// A regression over the last `window` samples, at least 3.
    public init(window: Int) { states = PairStates(pairs: 1, hedgeWindow: window, spreadWindow: window) }

    /// Samples in the window.
    public var count: Int { min(states.sampleCount(0), states.hedgeWindow) }

    /// Takes a sample; the oldest leaves a full window.
    ///
    /// One that is not finite is refused and changes nothing.
    @discardableResult
    public mutating func push(x: Double, y: Double) -> Bool { states.append(0, x: x, y: y) }

    /// The line; nil with fewer than three samples or when x does not vary.
    public var fit: HedgeFit? { states.hedge(0) }
}

extension RollingRegression {
    /// Appends the samples and what was computed from them.
    public func save(to writer: inout StateWriter) { states.save(to: &writer) }

    /// Takes the samples of a regression with the same window; after an error it is empty.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try states.restore(from: &reader)
    }
}
