// SPDX-License-Identifier: MIT
import HeliosMarket

extension LiveRisk {
    /// Appends the weights and everything made of them, so that a restored engine goes on with the same bits; the model is only
    /// compared.
    public func save(to writer: inout StateWriter) {
        writer.mark("liverisk")
        writer.write(count)
        writer.write(losses.scenarios)
        writer.write(variance.factors)
        writer.write(valueFactor)
        writer.write(number.rawValue)
        writer.write(tolerance)
        writer.write(isSound)
        writer.write(strangers)
        writer.write(changes)
        writer.write(rebuilds)
        writer.write(lastDrift)
        writer.write(driftExcesses)
        // Safe: as many numbers as `init` reserved.
        let bytes = count * MemoryLayout<Double>.stride
        unsafe writer.write(weights, count: bytes)
        unsafe writer.write(pending, count: bytes)
        writer.write(pendingCount)
        for index in 0..<pendingCount { writer.write(unsafe pendingPlaces[(pendingFirst + index) % count]) }
        for place in 0..<count { writer.write(unsafe isPending[place]) }
        variance.save(to: &writer)
        losses.save(to: &writer)
    }

    /// Takes what an engine of the same model saved.
    ///
    /// After an error the engine must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("liverisk")
        try reader.match(count, "instruments of the risk model")
        try reader.match(losses.scenarios, "scenarios of the risk model")
        try reader.match(variance.factors, "factors of the risk model")
        try reader.match(valueFactor, "confidence and horizon of the risk model")
        try reader.match(number.rawValue, "number that counts in the risk model")
        try reader.match(tolerance, "price tolerance of the risk model")
        isSound = try reader.readFlag()
        strangers = try reader.read(Int64.self)
        guard strangers >= 0, strangers <= 1 << 32 else { throw reader.error(.damaged, "a count below zero") }
        changes = try reader.readCount(upTo: Self.rebuildInterval, "changes since the last rebuild")
        rebuilds = try reader.read(UInt64.self)
        lastDrift = try reader.read(Double.self)
        driftExcesses = try reader.read(UInt64.self)
        let bytes = count * MemoryLayout<Double>.stride
        // Safe: as many numbers as `init` reserved.
        unsafe try reader.read(into: weights, count: bytes)
        unsafe try reader.read(into: pending, count: bytes)
        held = 0
        for place in 0..<count {
            let isNumber =
                unsafe weights[place].magnitude < Self.weightLimit && pending[place].magnitude < Self.weightLimit
            guard isNumber else { throw reader.error(.damaged, "weight \(place) is no number") }
            held += unsafe weights[place] != 0 ? 1 : 0
        }
        try restorePending(from: &reader)
        try variance.restore(from: &reader)
        try losses.restore(from: &reader)
    }

    private mutating func restorePending(from reader: inout StateReader) throws(StateError) {
        pendingFirst = 0
        pendingCount = try reader.readCount(upTo: count, "marks that wait")
        for index in 0..<pendingCount {
            let place = try reader.read(UInt32.self)
            guard place < count else { throw reader.error(.damaged, "place \(place) of a mark that waits") }
            // Safe: below the number of places.
            unsafe pendingPlaces[index] = place
        }
        for place in 0..<count { unsafe isPending[place] = try reader.readFlag() }
        // Every place that waits stands in the list, or it would wait for ever.
        var listed = [Bool](repeating: false, count: count)
        for index in 0..<pendingCount { listed[Int(unsafe pendingPlaces[index])] = true }
        for place in 0..<count where unsafe isPending[place] && !listed[place] {
            throw reader.error(.damaged, "place \(place) waits and is not listed")
        }
    }
}

extension VarianceForm {
    func save(to writer: inout StateWriter) {
        writer.write(q)
        writer.write(peak)
        // Safe: as many numbers as `init` reserved.
        unsafe writer.write(products, count: blocks * MemoryLayout<Lanes>.stride)
        unsafe writer.write(pull, count: factors * MemoryLayout<Double>.stride)
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        q = try reader.read(Double.self)
        peak = try reader.read(Double.self)
        // Safe: as many numbers as `init` reserved.
        unsafe try reader.read(into: products, count: blocks * MemoryLayout<Lanes>.stride)
        unsafe try reader.read(into: pull, count: factors * MemoryLayout<Double>.stride)
        guard q.isFinite, peak.isFinite else { throw reader.error(.damaged, "a variance that is no number") }
    }
}

extension ScenarioLosses {
    func save(to writer: inout StateWriter) {
        // Safe: as many vectors as `init` reserved.
        unsafe writer.write(losses, count: blocks * MemoryLayout<Lanes>.stride)
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        // Safe: as many vectors as `init` reserved.
        unsafe try reader.read(into: losses, count: blocks * MemoryLayout<Lanes>.stride)
        for scenario in 0..<scenarios where unsafe !losses[scenario / 8][scenario % 8].isFinite {
            throw reader.error(.damaged, "the loss of scenario \(scenario) is no number")
        }
    }
}

// MARK: - Copies
extension LiveRisk {
    /// An engine that answers as this one does and then goes its own way.
    borrowing func copied() -> LiveRisk {
        var copy = LiveRisk(model)
        copy.take(self)
        return copy
    }

    private mutating func take(_ other: borrowing LiveRisk) {
        // Safe: both are of the same model, so that all sizes are the same.
        unsafe weights.update(from: other.weights, count: count)
        unsafe pending.update(from: other.pending, count: count)
        unsafe isPending.update(from: other.isPending, count: count)
        unsafe pendingPlaces.update(from: other.pendingPlaces, count: count)
        (pendingFirst, pendingCount) = (other.pendingFirst, other.pendingCount)
        (variance.q, variance.peak) = (other.variance.q, other.variance.peak)
        unsafe variance.products.update(from: other.variance.products, count: variance.blocks)
        unsafe variance.pull.update(from: other.variance.pull, count: variance.factors)
        unsafe losses.losses.update(from: other.losses.losses, count: losses.blocks)
        (held, isSound, strangers, changes) = (other.held, other.isSound, other.strangers, other.changes)
    }
}
