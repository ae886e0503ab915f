// SPDX-License-Identifier: MIT
import HeliosMarket

/// P15: what one unit of money in an instrument risks by itself, long or short, in 2^36ths; without gaps.
///
/// Value at risk from covariances and the expected shortfall are subadditive: those of a portfolio and an order together are at
/// most those of the portfolio and of the order. The value at risk of past scenarios is not; there a unit counts with its worst
/// scenario, which bounds what it adds to any quantile.
struct UnitRisk: BitwiseCopyable {
    static let shift = 36
    /// A thousand times its value: more than anything can lose.
    static let most: Int64 = 1 << (shift + 10)

    var value: Int64 = 0
    var shortfall: Int64 = 0

    init() {}

    init(_ model: FrozenRisk, _ probe: borrowing LiveRisk, _ place: Int) {
        let value = model.unitValueAtRisk(place)
        let long = probe.expectedShortfall(adding: 1, at: place)
        let short = probe.expectedShortfall(adding: -1, at: place)
        self.value = UnitRisk.whole(value)
        self.shortfall = UnitRisk.whole(max(long, short))
    }

    /// Rounded up.
    private static func whole(_ number: Double) -> Int64 {
        let scaled = (number * Double(1 << shift)).rounded(.up)
        return scaled < Double(most) ? Int64(max(scaled, 0)) : most
    }

    /// What `open` (raw money) of an instrument may risk at most, rounded up.
    static func of(_ open: Int128, _ unit: Int64) -> Int128 {
        if open <= 0 { return 0 }
        // More than there is money: above every limit, and so that many such sums fit.
        guard open <= 1 << 100 else { return 1 << 112 }
        return ((open - 1) >> shift + 1) &* Int128(unit)
    }
}

/// P15: the most that everything open of a scope may add to its value at risk and to its expected shortfall.
struct FlightRisk: BitwiseCopyable {
    var value: Int128 = 0
    var shortfall: Int128 = 0
}

extension FrozenRisk {
    /// The value at risk of one unit of money held alone, long or short; from scenarios the worst of them.
    func unitValueAtRisk(_ place: Int) -> Double {
        var risk = 0.0
        // Safe: the callers give a place of the model.
        if number != .historical { risk = unsafe valueFactor * diagonal[place].squareRoot() }
        guard number != .parametric else { return risk }
        for block in 0..<scenarioBlocks {
            let moves = unsafe returns[place * scenarioBlocks + block]
            for lane in 0..<8 { risk = max(risk, horizonFactor * moves[lane].magnitude) }
        }
        return risk
    }
}

// The sums are made of the slots' open values, and of nothing else: after a restart they are the same.
extension ControlSet {
    /// Takes a model's names, and what its instruments risk.
    mutating func take(_ model: RiskModel, _ frozen: FrozenRisk) {
        modelNames.deallocate()
        var pairs: [(symbol: UInt64, number: Int64)] = []
        var known: Set<String> = []
        for (place, name) in model.names.enumerated() where known.insert(name).inserted {
            guard let symbol = Symbol(name), symbol.description == name else { continue }
            pairs.append((symbol.packed, Int64(place + 1)))
        }
        modelNames = SymbolNumbers(pairs)
        unsafe units.deallocate()
        unsafe units = .allocate(capacity: max(frozen.count, 1))
        let probe = LiveRisk(frozen)
        for place in 0..<frozen.count {
            // Safe: below the number of the model's instruments.
            unsafe (units + place).initialize(to: UnitRisk(frozen, probe, place))
        }
    }

    /// An instrument has a name: it may be one that the model knows.
    mutating func name(_ index: Int, _ symbol: UInt64) {
        // Safe: the callers keep the index below the number of instruments.
        unsafe modelPlaces[index] = UInt32(clamping: modelNames[symbol])
    }

    /// What is open in an instrument at a tally has changed.
    @inline(__always)
    mutating func openChanged(_ tally: Int, _ instrument: Int, from before: Int128, to after: Int128) {
        guard hasModel, tally < scopes, unsafe engines[tally] != nil else { return }
        // Safe: the callers name slots; a place of an instrument is one of the model.
        let place = unsafe Int(modelPlaces[instrument]) - 1
        guard place >= 0 else { return }
        let unit = unsafe units[place]
        // Wrapping never happens: a part is at most 2^112, and no more than 2^15 instruments could have so much open.
        let value = UnitRisk.of(after, unit.value) &- UnitRisk.of(before, unit.value)
        let shortfall = UnitRisk.of(after, unit.shortfall) &- UnitRisk.of(before, unit.shortfall)
        unsafe flights[tally].value &+= value
        unsafe flights[tally].shortfall &+= shortfall
    }

    /// Adds up anew what is open.
    mutating func recountFlights(_ ledger: RiskLedger) {
        unsafe flights.update(repeating: FlightRisk(), count: scopes)
        for number in 0..<ledger.slotCount {
            // Safe: below the number of slots.
            let slot = unsafe ledger.slots[number]
            openChanged(Int(slot.tally), Int(slot.instrument), from: 0, to: slot.openValue)
        }
    }
}

extension Slot {
    /// What is open on both sides, at its worst values.
    var openValue: Int128 { openBuyValue &+ openSellValue }
}
