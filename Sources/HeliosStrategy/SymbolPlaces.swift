// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

/// The instruments that a strategy trades, and the place of each in its own lists.
struct SymbolPlaces: ~Copyable {
    /// By instrument of the market: its place, −1 for none.
    private var places: FixedBuffer<Int32>
    private var instruments: FixedBuffer<UInt32>

    /// The places of different symbols, in their order; those that are unknown are registered.
    init(_ symbols: [Symbol], _ directory: inout InstrumentDirectory) {
        let all = symbols.map { directory.register($0) }
        places = FixedBuffer(repeating: -1, count: 1 + (all.map(\.index).max() ?? -1))
        instruments = FixedBuffer(repeating: 0, count: all.count)
        for (place, instrument) in all.enumerated() {
            places[instrument.index] = Int32(place)
            instruments[place] = instrument.id
        }
    }

    var count: Int { instruments.count }

    /// The instrument at a place.
    subscript(place: Int) -> Instrument { Instrument(id: instruments[place]) }

    /// The place of an instrument; nil for one that is not traded here.
    func place(of instrument: Instrument) -> Int? {
        guard instrument.index < places.count, places[instrument.index] >= 0 else { return nil }
        return Int(places[instrument.index])
    }

    func save(to writer: inout StateWriter) { instruments.save(0..<count, to: &writer) }

    /// Throws unless the saved instruments are the same.
    func match(_ reader: inout StateReader) throws(StateError) {
        for place in 0..<count { try reader.match(instruments[place], "instrument \(place)") }
    }
}
