// SPDX-License-Identifier: MIT
import HeliosMarket

/// Rolling statistics of many pairs (x, y) at once, in memory reserved at the start.
///
/// Structure of arrays; the samples of pair p lie together:
/// ```
/// x ring   │ pair 0: window samples │ pair 1: window samples │ …
/// y ring   │ pair 0: window samples │ pair 1: window samples │ …
/// moments  │ hedge window 0 │ 1 │ …      moments │ spread window 0 │ 1 │ …
/// ```
/// A sample costs the same for any window: it is added to two sets of moments and the ones that leave are removed. Both
/// are rebuilt from the ring every 4,096 samples, when a side has stopped to move, and when a wild sample has left, so that
/// rounding can't gather.
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
    /// Samples from which mean and deviation of the spread are given.
    public let minimumCount: Int

    private var ringX: FixedBuffer<Double>
    private var ringY: FixedBuffer<Double>
    private var hedgeMoments: FixedBuffer<PairMoments>
    private var spreadMoments: FixedBuffer<PairMoments>
    private var cursors: FixedBuffer<Cursor>
    private var largest: FixedBuffer<Largest>

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

    /// The largest sums of squares since the last rebuild: the size of what rounding may have left.
    struct Largest: BitwiseCopyable {
        var hedgeXX = 0.0
        var hedgeYY = 0.0
        var spreadXX = 0.0
        var spreadYY = 0.0

        mutating func include(hedge: PairMoments, spread: PairMoments) {
            // A sum that is no number is not the larger one, but it is what makes the moments worn.
            hedgeXX = max(hedgeXX, hedge.sumXX)
            hedgeYY = max(hedgeYY, hedge.sumYY)
            spreadXX = max(spreadXX, spread.sumXX)
            spreadYY = max(spreadYY, spread.sumYY)
        }

        /// Whether a wild sample that has gone may have left half of the digits wrong, or something was not finite.
        func wears(hedge: PairMoments, spread: PairMoments) -> Bool {
            !(hedge.sumXX >= hedgeXX * 1e-4 && hedge.sumYY >= hedgeYY * 1e-4 && hedge.sumXY.isFinite)
                || !(spread.sumXX >= spreadXX * 1e-4 && spread.sumYY >= spreadYY * 1e-4 && spread.sumXY.isFinite)
        }
    }

    /// Room for `pairs` pairs.
    ///
    /// - Parameters:
    ///   - pairs: 0 or more.
    ///   - hedgeWindow: 3 or more samples.
    ///   - spreadWindow: 2 to `hedgeWindow` samples.
    ///   - minimumCount: samples from which the spread's mean and deviation are given, 2 or more; nil asks for a full
    ///     spread window.
    public init(pairs: Int, hedgeWindow: Int, spreadWindow: Int, minimumCount: Int? = nil) {
        precondition(hedgeWindow >= 3 && (2...hedgeWindow).contains(spreadWindow), "2 ≤ spread ≤ hedge window ≥ 3")
        self.minimumCount = max(2, minimumCount ?? spreadWindow)
        pairCount = pairs
        self.hedgeWindow = hedgeWindow
        self.spreadWindow = spreadWindow
        ringX = FixedBuffer(repeating: 0, count: pairs * hedgeWindow)
        ringY = FixedBuffer(repeating: 0, count: pairs * hedgeWindow)
        hedgeMoments = FixedBuffer(repeating: PairMoments(), count: pairs)
        spreadMoments = FixedBuffer(repeating: PairMoments(), count: pairs)
        cursors = FixedBuffer(repeating: Cursor(), count: pairs)
        largest = FixedBuffer(repeating: Largest(), count: pairs)
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
        largest[pair].include(hedge: hedgeMoments[pair], spread: spreadMoments[pair])
        if cursor.taken % PairStates.rebuildInterval == 0 || hidesStillness(pair, cursor)
            || largest[pair].wears(hedge: hedgeMoments[pair], spread: spreadMoments[pair])
        {
            rebuild(pair)
        }
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
    /// Nil before `minimumCount` samples, and while the deviation is zero.
    public func spread(_ pair: Int, beta: Double) -> SpreadMoments? {
        guard cursors[pair].taken >= minimumCount, var moments = spreadMoments[pair].spread(beta: beta) else {
            return nil
        }
        moments.mean += cursors[pair].originY - beta * cursors[pair].originX
        return moments
    }

    /// The mean reversion of y − beta x over the hedge window, `step` being the time between samples (formula 2.4).
    ///
    /// Costs a pass over the window, without divisions: the series is centred by its mean, which is known. `mean` of the
    /// result is that of y − beta x, `intercept` that of the centred series.
    public func reversion(_ pair: Int, beta: Double, step: Double) -> MeanReversion {
        let size = min(cursors[pair].taken, hedgeWindow)
        guard size >= 4 else { return .invalid(.tooFewValues) }
        let centre = hedgeMoments[pair].meanY - beta * hedgeMoments[pair].meanX
        var sums = LaggedSums()
        let base = pair * hedgeWindow
        var index = size == hedgeWindow ? cursors[pair].next : 0
        var previous = ringY[base + index] - beta * ringX[base + index] - centre
        for _ in 1..<size {
            index = index + 1 == hedgeWindow ? 0 : index + 1
            let value = ringY[base + index] - beta * ringX[base + index] - centre
            sums.add(previous, value)
            previous = value
        }
        let fit = AutoRegression.fit(sums.moments(count: Double(size - 1)), step: step)
        guard case .reverting(var process) = fit else { return fit }
        process.mean += centre + cursors[pair].originY - beta * cursors[pair].originX
        return .reverting(process)
    }

    /// Sums over a centred series and the same one step before.
    private struct LaggedSums {
        var before = 0.0
        var after = 0.0
        var beforeSquared = 0.0
        var product = 0.0
        var afterSquared = 0.0

        mutating func add(_ x: Double, _ y: Double) {
            before += x
            after += y
            beforeSquared += x * x
            product += x * y
            afterSquared += y * y
        }

        func moments(count: Double) -> PairMoments {
            var moments = PairMoments()
            moments.count = count
            moments.meanX = before / count
            moments.meanY = after / count
            // The series is centred, so that what is subtracted is small and no digits are lost.
            moments.sumXX = beforeSquared - before * before / count
            moments.sumXY = product - before * after / count
            moments.sumYY = afterSquared - after * after / count
            return moments
        }
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

    /// Whether a side has been constant over a whole window and a rest of rounding says otherwise.
    ///
    /// Once rebuilt, equal samples leave the sums at exactly zero: a side that stands still is rebuilt once, not at each sample.
    private func hidesStillness(_ pair: Int, _ cursor: Cursor) -> Bool {
        guard max(cursor.equalX, cursor.equalY) >= min(cursor.taken, spreadWindow) else { return false }
        return hidesStillness(spreadMoments[pair], cursor, min(cursor.taken, spreadWindow))
            || hidesStillness(hedgeMoments[pair], cursor, min(cursor.taken, hedgeWindow))
    }

    private func hidesStillness(_ moments: PairMoments, _ cursor: Cursor, _ samples: Int) -> Bool {
        (cursor.equalX >= samples && (moments.sumXX != 0 || moments.sumXY != 0))
            || (cursor.equalY >= samples && (moments.sumYY != 0 || moments.sumXY != 0))
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
        largest[pair] = Largest()
        largest[pair].include(hedge: hedge, spread: spread)
    }
}

// MARK: - State
extension PairStates {
    /// Appends the samples in the windows and what was computed from them; a window's empty part is left out.
    public func save(to writer: inout StateWriter) {
        writer.mark("samples")
        writer.write(pairCount)
        writer.write(hedgeWindow)
        writer.write(spreadWindow)
        writer.write(minimumCount)
        var samples = 0
        for pair in 0..<pairCount { samples += filled(pair).count }
        // Once for all: samples by the million are not to be moved while the bytes grow.
        writer.reserve(
            pairCount
                * (MemoryLayout<Cursor>.stride + 2 * MemoryLayout<PairMoments>.stride + MemoryLayout<Largest>.stride)
                + 2 * samples * MemoryLayout<Double>.stride
        )
        cursors.save(0..<pairCount, to: &writer)
        hedgeMoments.save(0..<pairCount, to: &writer)
        spreadMoments.save(0..<pairCount, to: &writer)
        largest.save(0..<pairCount, to: &writer)
        for pair in 0..<pairCount {
            ringX.save(filled(pair), to: &writer)
            ringY.save(filled(pair), to: &writer)
        }
    }

    /// Takes the samples; they must have been saved by as many pairs with the same windows.
    ///
    /// After an error there are no samples.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        do throws(StateError) {
            try take(from: &reader)
        } catch {
            removeAll()
            throw error
        }
    }

    /// Forgets all samples.
    public mutating func removeAll() {
        cursors.fill(0..<pairCount, with: Cursor())
        hedgeMoments.fill(0..<pairCount, with: PairMoments())
        spreadMoments.fill(0..<pairCount, with: PairMoments())
        largest.fill(0..<pairCount, with: Largest())
    }

    private mutating func take(from reader: inout StateReader) throws(StateError) {
        try reader.expect("samples")
        try reader.match(pairCount, "number of sampled pairs")
        try reader.match(hedgeWindow, "hedgeWindow")
        try reader.match(spreadWindow, "spread window (zWindow)")
        try reader.match(minimumCount, "minimum number of samples (warmUp)")
        try cursors.restore(0..<pairCount, from: &reader)
        try hedgeMoments.restore(0..<pairCount, from: &reader)
        try spreadMoments.restore(0..<pairCount, from: &reader)
        try largest.restore(0..<pairCount, from: &reader)
        for pair in 0..<pairCount {
            guard isPossible(cursors[pair]), hasRightCounts(pair) else {
                throw reader.error(.damaged, "pair \(pair) has impossible counts of samples")
            }
        }
        for pair in 0..<pairCount {
            let filled = filled(pair)
            try ringX.restore(filled, from: &reader)
            try ringY.restore(filled, from: &reader)
            guard ringX.isFinite(filled), ringY.isFinite(filled) else {
                throw reader.error(.damaged, "pair \(pair) has a sample that is not finite")
            }
        }
    }

    /// Whether a cursor can come from samples: what it leads to lies in the ring, and adding to it never overflows.
    private func isPossible(_ cursor: Cursor) -> Bool {
        cursor.originX.isFinite && cursor.originY.isFinite
            && (0...StateReader.largestCount).contains(cursor.taken) && cursor.next == cursor.taken % hedgeWindow
            && (0...cursor.taken).contains(cursor.equalX) && (0...cursor.taken).contains(cursor.equalY)
    }

    private func hasRightCounts(_ pair: Int) -> Bool {
        let taken = cursors[pair].taken
        return hedgeMoments[pair].count == Double(min(taken, hedgeWindow))
            && spreadMoments[pair].count == Double(min(taken, spreadWindow))
    }

    /// Where the samples of `pair` are: a ring that is not yet full is filled from its start.
    private func filled(_ pair: Int) -> Range<Int> {
        let start = pair * hedgeWindow
        return start..<start + min(cursors[pair].taken, hedgeWindow)
    }
}
