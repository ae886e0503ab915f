// SPDX-License-Identifier: MIT
import HeliosMarket

// A strategy's state says nothing about a strategy with other parameters: they are saved with it and compared.
extension PairsParameters {
    /// Appends all parameters.
    func save(to writer: inout StateWriter) {
        writer.write(pairs.count)
        for pair in pairs {
            writer.write(pair.y)
            writer.write(pair.x)
        }
        writer.write(hedge == .kalman)
        writer.write(sampleInterval)
        writer.write(hedgeWindow)
        writer.write(zWindow)
        writer.write(warmUp)
        writer.write(refitEvery)
        writer.write(kalmanDrift)
        writer.write(kalmanNoise)
        writer.write(enterZ)
        writer.write(exitZ)
        writer.write(stopZ)
        writer.write(minHalfLife)
        writer.write(maxHalfLife)
        writer.write(timeStopHalfLives)
        writer.write(costMultiple)
        writer.write(feePerShare)
        writer.write(notional.raw)
        writer.write(lot)
        writer.write(tolerance)
        writer.write(coolDown)
        writer.write(legTimeout)
        writer.write(firstEntry)
        writer.write(lastEntry)
        writer.write(flattenAt)
    }

    /// Throws unless the saved parameters are the same; the error names the first that differs.
    func match(_ reader: inout StateReader) throws(StateError) {
        try reader.match(pairs.count, "number of pairs")
        for (index, pair) in pairs.enumerated() {
            try reader.match(pair.y, "y of pair \(index)")
            try reader.match(pair.x, "x of pair \(index)")
        }
        let saved: Hedge = try reader.readFlag() ? .kalman : .ols
        guard saved == hedge else {
            throw reader.error(.mismatch, "hedge is \(hedge) here and \(saved) in the saved state")
        }
        try matchModel(&reader)
        try matchRules(&reader)
        try matchExecution(&reader)
    }

    private func matchModel(_ reader: inout StateReader) throws(StateError) {
        try reader.match(sampleInterval, "sampleInterval")
        try reader.match(hedgeWindow, "hedgeWindow")
        try reader.match(zWindow, "zWindow")
        try reader.match(warmUp, "warmUp")
        try reader.match(refitEvery, "refitEvery")
        try reader.match(kalmanDrift, "kalmanDrift")
        try reader.match(kalmanNoise, "kalmanNoise")
    }

    private func matchRules(_ reader: inout StateReader) throws(StateError) {
        try reader.match(enterZ, "enterZ")
        try reader.match(exitZ, "exitZ")
        try reader.match(stopZ, "stopZ")
        try reader.match(minHalfLife, "minHalfLife")
        try reader.match(maxHalfLife, "maxHalfLife")
        try reader.match(timeStopHalfLives, "timeStopHalfLives")
        try reader.match(costMultiple, "costMultiple")
        try reader.match(feePerShare, "feePerShare")
    }

    private func matchExecution(_ reader: inout StateReader) throws(StateError) {
        try reader.match(notional.raw, "notional")
        try reader.match(lot, "lot")
        try reader.match(tolerance, "tolerance")
        try reader.match(coolDown, "coolDown")
        try reader.match(legTimeout, "legTimeout")
        try reader.match(firstEntry, "firstEntry")
        try reader.match(lastEntry, "lastEntry")
        try reader.match(flattenAt, "flattenAt")
    }
}
