// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension PairsStrategy {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("pairs")
        parameters.save(to: &writer)
        writer.write(instrumentCount)
        for pair in 0..<pairCount {
            writer.write(bands[pair].y)
            writer.write(bands[pair].x)
        }
        for time in [firstEntry, lastEntry, flattenAt] { writer.write(time) }
        writer.write(tick)
        writer.write(isClosing)
        counters.save(to: &writer)
        mids.save(0..<instrumentCount, to: &writer)
        scales.save(0..<2 * pairCount, to: &writer)
        writer.write(activeCount)
        active.save(0..<activeCount, to: &writer)
        for pair in 0..<pairCount { save(pair, to: &writer) }
        for pair in 0..<filters.count { filters[pair].save(to: &writer) }
        samples.save(to: &writer)
    }

    private func save(_ pair: Int, to writer: inout StateWriter) {
        bands[pair].save(to: &writer)
        models[pair].save(to: &writer)
        pairStates[pair].save(to: &writer)
        legs[2 * pair].save(to: &writer)
        legs[2 * pair + 1].save(to: &writer)
    }

    // After an error every pair is flat and nothing is known of it.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        do throws(StateError) {
            try take(from: &reader)
        } catch {
            forget()
            throw error
        }
    }

    private mutating func take(from reader: inout StateReader) throws(StateError) {
        try reader.expect("pairs")
        try matchPairs(&reader)
        firstEntry = try reader.read(Timestamp.self)
        lastEntry = try reader.read(Timestamp.self)
        flattenAt = try reader.read(Timestamp.self)
        tick = try reader.readCount(upTo: StateReader.largestCount, "ticks")
        isClosing = try reader.readFlag()
        try counters.restore(from: &reader)
        for index in 0..<instrumentCount { mids[index] = try reader.readFinite("middle price") }
        for index in 0..<2 * pairCount { scales[index] = try reader.readFinite("first middle price") }
        try takeActive(from: &reader)
        for pair in 0..<pairCount { try take(pair, from: &reader) }
        for pair in 0..<filters.count {
            var filter = filters[pair]
            try filter.restore(from: &reader)
            filters[pair] = filter
        }
        try samples.restore(from: &reader)
    }

    private func matchPairs(_ reader: inout StateReader) throws(StateError) {
        try parameters.match(&reader)
        try reader.match(instrumentCount, "number of the instruments up to the last that is traded")
        for pair in 0..<pairCount {
            try reader.match(bands[pair].y, "instrument y of pair \(pair)")
            try reader.match(bands[pair].x, "instrument x of pair \(pair)")
        }
    }

    /// Takes the list of pairs with work to do, and from it where each pair stands in it.
    private mutating func takeActive(from reader: inout StateReader) throws(StateError) {
        pairStates.fill(0..<pairCount, with: PairState())
        activeCount = 0
        let count = try reader.readCount(upTo: pairCount, "pairs with work to do")
        for slot in 0..<count {
            let pair = try reader.read(Int32.self)
            guard pair >= 0, pair < pairCount, pairStates[Int(pair)].activeSlot < 0 else {
                throw reader.error(.damaged, "\(pair) is no pair, or has work to do twice")
            }
            active[slot] = pair
            pairStates[Int(pair)].activeSlot = Int32(slot)
        }
        activeCount = count
    }

    private mutating func take(_ pair: Int, from reader: inout StateReader) throws(StateError) {
        try bands[pair].restore(from: &reader)
        try models[pair].restore(from: &reader)
        var state = pairStates[pair]
        try state.restore(from: &reader)
        guard state.isPossible else { throw reader.error(.damaged, "pair \(pair) is in an impossible phase") }
        pairStates[pair] = state
        try legs[2 * pair].restore(from: &reader)
        try legs[2 * pair + 1].restore(from: &reader)
    }

    private mutating func forget() {
        activeCount = 0
        tick = 0
        isClosing = false
        counters = PairsCounters()
        mids.fill(0..<instrumentCount, with: 0)
        scales.fill(0..<2 * pairCount, with: 0)
        models.fill(0..<pairCount, with: .unknown)
        pairStates.fill(0..<pairCount, with: PairState())
        legs.fill(0..<2 * pairCount, with: TargetLeg())
        let filter = KalmanHedge(drift: parameters.kalmanDrift, noise: parameters.kalmanNoise)
        filters.fill(0..<filters.count, with: filter)
        for pair in 0..<pairCount {
            bands[pair].beta = 0
            bands[pair].open()
        }
        samples.removeAll()
    }
}

extension PairBand {
    /// Appends what changes; the instruments are the pair's.
    fileprivate func save(to writer: inout StateWriter) {
        writer.write(beta)
        writer.write(low)
        writer.write(high)
    }

    fileprivate mutating func restore(from reader: inout StateReader) throws(StateError) {
        beta = try reader.readFinite("beta of a band")
        low = try reader.read(Double.self)
        high = try reader.read(Double.self)
    }
}

extension PairModel {
    fileprivate func save(to writer: inout StateWriter) {
        for number in [beta, mean, deviation, halfLife, equilibriumDeviation] { writer.write(number) }
        writer.write(isValid)
    }

    fileprivate mutating func restore(from reader: inout StateReader) throws(StateError) {
        beta = try reader.readFinite("beta")
        mean = try reader.read(Double.self)
        deviation = try reader.readFinite("deviation")
        halfLife = try reader.readFinite("half-life")
        equilibriumDeviation = try reader.readFinite("equilibrium deviation")
        isValid = try reader.readFlag()
    }
}

extension PairState {
    /// Appends all but the place among the active pairs, which follows from the list of them.
    fileprivate func save(to writer: inout StateWriter) {
        writer.write(phase.rawValue)
        writer.write(direction)
        writer.write(blocked)
        writer.write(exitReason.rawValue)
        for time in [legDeadline, timeStop, lastSample, decidedAt] { writer.write(time) }
        writer.write(decidedZ)
    }

    fileprivate mutating func restore(from reader: inout StateReader) throws(StateError) {
        phase = try reader.readCase(PairPhase.self)
        direction = try reader.read(Int8.self)
        blocked = try reader.read(Int8.self)
        exitReason = try reader.readCase(PairExit.self)
        legDeadline = try reader.readTime("deadline of an entry")
        timeStop = try reader.readTime("time stop")
        lastSample = try reader.readTime("time of the last sample")
        decidedAt = try reader.readTime("time of the decision")
        // Not a number when a price was missing.
        decidedZ = try reader.read(Double.self)
    }

    /// Whether the life of a pair can lead here: it has work to do exactly while it enters or exits.
    fileprivate var isPossible: Bool {
        guard (-1...1).contains(direction), (-1...1).contains(blocked) else { return false }
        switch phase {
        case .flat: return direction == 0 && activeSlot < 0
        case .entering: return direction != 0 && activeSlot >= 0
        case .open: return direction != 0 && activeSlot < 0
        // Without direction: a late fill is undone.
        case .exiting: return activeSlot >= 0
        }
    }
}

extension PairsCounters {
    // As one block: a new count is saved without being named here.
    fileprivate func save(to writer: inout StateWriter) { writer.write(self) }

    fileprivate mutating func restore(from reader: inout StateReader) throws(StateError) {
        let saved = try reader.read(PairsCounters.self)
        // Safe: the struct is whole numbers only.
        let isPossible = unsafe withUnsafeBytes(of: saved) { bytes in
            unsafe bytes.bindMemory(to: Int.self).allSatisfy { $0 >= 0 && $0 <= StateReader.largestCount }
        }
        guard isPossible else { throw reader.error(.damaged, "a counter is out of range") }
        self = saved
    }
}
