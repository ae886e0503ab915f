// SPDX-License-Identifier: MIT

/// Rolling statistics of many pairs (x, y) at once, in memory reserved at the start.
///
/// Structure of arrays; the samples of pair p lie together:
/// ```
/// x ring   │ pair 0: window samples │ pair 1: window samples │ …
/// y ring   │ pair 0: window samples │ pair 1: window samples │ …
/// moments  │ hedge window 0 │ 1 │ …      moments │ spread window 0 │ 1 │ …
/// ```
/// A sample costs the same for any window: it is added to two sets of moments and the ones that leave are removed. Both
/// are rebuilt from the ring every 4,096 samples, and when a side has stopped to move, so that rounding can't gather.
/// Values are kept relative to the pair's first sample: deviations of cents on prices of thousands keep their digits.
@safe
public struct PairStates: ~Copyable {
    /// Samples of a pair between two rebuilds.
    public static let rebuildInterval = 4_096

    public let pairCount: Int
    /// Samples that the regression and the fit of reversion look at.
    public let hedgeWindow: Int
    /// Samples that mean and deviation of the spread look at.
    public let spreadWindow: Int

    private var ringX: FixedBuffer<Double>
    private var ringY: FixedBuffer<Double>
    private var hedgeMoments: FixedBuffer<PairMoments>
    private var spreadMoments: FixedBuffer<PairMoments>
    private var cursors: FixedBuffer<Cursor>

    // Not private: the compiler (6.3.1) fails to destroy a buffer of a private type from another file.
    struct Cursor: BitwiseCopyable {
        var originX = 0.0
        var originY = 0.0
        /// Samples taken since the start.
        var taken = 0
        /// Where the next sample goes.
        var next = 0
        /// How many of the newest samples have the same x, the same y.
        var equalX = 0
        var equalY = 0
    }

    /// Room for `pairs` pairs.
    ///
    /// - Parameters:
    ///   - pairs: 0 or more.
    ///   - hedgeWindow: 3 or more samples.
    ///   - spreadWindow: 2 to `hedgeWindow` samples.
    public init(pairs: Int, hedgeWindow: Int, spreadWindow: Int) {
        precondition(hedgeWindow >= 3 && (2...hedgeWindow).contains(spreadWindow), "2 ≤ spread ≤ hedge window ≥ 3")
        pairCount = pairs
        self.hedgeWindow = hedgeWindow
        self.spreadWindow = spreadWindow
        ringX = FixedBuffer(repeating: 0, count: pairs * hedgeWindow)
        ringY = FixedBuffer(repeating: 0, count: pairs * hedgeWindow)
        hedgeMoments = FixedBuffer(repeating: PairMoments(), count: pairs)
        spreadMoments = FixedBuffer(repeating: PairMoments(), count: pairs)
        cursors = FixedBuffer(repeating: Cursor(), count: pairs)
    }

    /// Samples of `pair` taken since the start.
    public func sampleCount(_ pair: Int) -> Int { cursors[pair].taken }

    /// Takes a sample.
    ///
    /// One that is not finite is refused and changes nothing.
    @discardableResult
    public mutating func append(_ pair: Int, x: Double, y: Double) -> Bool {
        guard x.isFinite, y.isFinite else { return false }
        var cursor = cursors[pair]
        if cursor.taken == 0 {
            cursor.originX = x
            cursor.originY = y
        }
        let sampleX = x - cursor.originX
        let sampleY = y - cursor.originY
        guard sampleX.isFinite, sampleY.isFinite else { return false }
        countEqual(pair, &cursor, sampleX, sampleY)
        slide(pair, cursor, sampleX, sampleY)
        ringX[pair * hedgeWindow + cursor.next] = sampleX
        ringY[pair * hedgeWindow + cursor.next] = sampleY
        cursor.next = cursor.next + 1 == hedgeWindow ? 0 : cursor.next + 1
        cursor.taken += 1
        cursors[pair] = cursor
        if cursor.taken % PairStates.rebuildInterval == 0 || isStill(cursor) { rebuild(pair) }
        return true
    }

    /// The regression over the hedge window (formula 2.1); nil while it is undefined, see `PairMoments.line`.
    public func hedge(_ pair: Int) -> HedgeFit? {
        guard var fit = hedgeMoments[pair].line else { return nil }
        fit.alpha += cursors[pair].originY - fit.beta * cursors[pair].originX
        return fit
    }

    /// Mean and deviation of y − beta x over the spread window.
    ///
    /// Nil until the window is full, and while the deviation is zero.
    public func spread(_ pair: Int, beta: Double) -> SpreadMoments? {
        guard cursors[pair].taken >= spreadWindow, var moments = spreadMoments[pair].spread(beta: beta) else {
            return nil
        }
        moments.mean += cursors[pair].originY - beta * cursors[pair].originX
        return moments
    }

    /// The mean reversion of y − beta x over the hedge window, `step` being the time between samples (formula 2.4).
    ///
    /// Costs a pass over the window. `mean` of the result is that of y − beta x, `intercept` that of the series
    /// relative to the pair's first sample.
    public func reversion(_ pair: Int, beta: Double, step: Double) -> MeanReversion {
        let size = min(cursors[pair].taken, hedgeWindow)
        var index = size == hedgeWindow ? cursors[pair].next : 0
        var regression = AutoRegression()
        for _ in 0..<size {
            regression.add(ringY[pair * hedgeWindow + index] - beta * ringX[pair * hedgeWindow + index])
            index = index + 1 == hedgeWindow ? 0 : index + 1
        }
        guard case .reverting(var process) = regression.fit(step: step) else { return regression.fit(step: step) }
        process.mean += cursors[pair].originY - beta * cursors[pair].originX
        return .reverting(process)
    }

    private func countEqual(_ pair: Int, _ cursor: inout Cursor, _ x: Double, _ y: Double) {
        let last = pair * hedgeWindow + (cursor.next == 0 ? hedgeWindow - 1 : cursor.next - 1)
        let isFirst = cursor.taken == 0
        cursor.equalX = !isFirst && ringX[last] == x ? cursor.equalX + 1 : 1
        cursor.equalY = !isFirst && ringY[last] == y ? cursor.equalY + 1 : 1
    }

    /// Adds the sample to both windows and removes the ones that leave them.
    private mutating func slide(_ pair: Int, _ cursor: Cursor, _ x: Double, _ y: Double) {
        var hedge = hedgeMoments[pair]
        var spread = spreadMoments[pair]
        let base = pair * hedgeWindow
        if cursor.taken >= hedgeWindow { hedge.remove(ringX[base + cursor.next], ringY[base + cursor.next]) }
        if cursor.taken >= spreadWindow {
            var oldest = cursor.next - spreadWindow
            if oldest < 0 { oldest += hedgeWindow }
            spread.remove(ringX[base + oldest], ringY[base + oldest])
        }
        hedge.add(x, y)
        spread.add(x, y)
        hedgeMoments[pair] = hedge
        spreadMoments[pair] = spread
    }

    /// Whether a side has just been constant over a whole window: its variance is then exactly zero, not a rest of
    /// rounding.
    private func isStill(_ cursor: Cursor) -> Bool {
        let most = max(cursor.equalX, cursor.equalY)
        return most >= min(cursor.taken, spreadWindow)
    }

    private mutating func rebuild(_ pair: Int) {
        let cursor = cursors[pair]
        let base = pair * hedgeWindow
        let size = min(cursor.taken, hedgeWindow)
        var hedge = PairMoments()
        var spread = PairMoments()
        var index = size == hedgeWindow ? cursor.next : 0
        for age in stride(from: size, to: 0, by: -1) {
            hedge.add(ringX[base + index], ringY[base + index])
            if age <= spreadWindow { spread.add(ringX[base + index], ringY[base + index]) }
            index = index + 1 == hedgeWindow ? 0 : index + 1
        }
        hedgeMoments[pair] = hedge
        spreadMoments[pair] = spread
    }
}
