// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// Who holds what: the position of each tag (a strategy's pair and leg, a basket), from fills alone.
///
/// Exact, in memory reserved at the start. A tag without a place is not told apart: what it holds belongs to nobody.
struct PositionBook {
    struct Entry: BitwiseCopyable {
        var tag: UInt64 = 0
        var instrument: UInt32 = 0
        var reserved: UInt32 = 0
        var position: Int64 = 0
    }

    private(set) var entries: [Entry] = []
    /// For each instrument what all of the house hold.
    private(set) var net: [Int64]
    /// For each instrument the last price of a fill of ours.
    private(set) var prices: [Int64]
    /// Places of entries by tag, as an open table: place + 1, or 0.
    private var table: [UInt32]
    /// The most tags.
    let capacity: Int

    init(instruments: Int, capacity: Int) {
        self.capacity = max(capacity, 1)
        var size = 16
        while size * 3 < self.capacity * 4 { size *= 2 }
        table = Array(repeating: 0, count: size)
        entries.reserveCapacity(self.capacity)
        net = Array(repeating: 0, count: max(instruments, 0))
        prices = Array(repeating: 0, count: max(instruments, 0))
    }

    /// Takes a fill, or one that was taken back; `tag` is whose position it changes, nil for nobody's.
    mutating func take(_ update: OrderUpdate, for tag: OrderTag?) {
        let index = update.instrument.index
        guard index < net.count, update.quantity.raw > 0, update.kind == .filled || update.kind == .broken else {
            return
        }
        let isBroken = update.kind == .broken
        let signed = (isBroken ? -update.side.sign : update.side.sign) * update.quantity.raw
        net[index] = net[index].addingReportingOverflow(signed).partialValue
        if !isBroken { prices[index] = update.price.raw }
        guard let tag, let place = place(of: tag, update.instrument) else { return }
        entries[place].position = entries[place].position.addingReportingOverflow(signed).partialValue
    }

    /// The place of a tag's entry, made now if there is room; nil for a tag that is known with another instrument.
    private mutating func place(of tag: OrderTag, _ instrument: Instrument) -> Int? {
        let slot = slot(of: tag.packed)
        if table[slot] > 0 {
            let place = Int(table[slot]) - 1
            if entries[place].position == 0 { entries[place].instrument = instrument.id }
            return entries[place].instrument == instrument.id ? place : nil
        }
        guard entries.count < capacity else { return nil }
        entries.append(Entry(tag: tag.packed, instrument: instrument.id))
        table[slot] = UInt32(entries.count)
        return entries.count - 1
    }

    private func slot(of tag: UInt64) -> Int {
        // Wrapping is meant: this is a hash.
        let hash = (tag ^ tag >> 32) &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (table.count - 1)
        // A free slot exists: at most three quarters are used.
        while table[slot] > 0, entries[Int(table[slot]) - 1].tag != tag { slot = (slot + 1) & (table.count - 1) }
        return slot
    }

    // MARK: State

    func save(to writer: inout StateWriter) {
        writer.mark("holders")
        writer.write(net.count)
        writer.write(capacity)
        for index in net.indices where net[index] != 0 || prices[index] != 0 {
            writer.write(UInt32(truncatingIfNeeded: index))
            writer.write(net[index])
            writer.write(prices[index])
        }
        writer.write(UInt32.max)
        writer.write(entries.count)
        for entry in entries { writer.write(entry) }
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("holders")
        try reader.match(net.count, "instruments of the reduction desk")
        try reader.match(capacity, "room for holders of positions")
        self = PositionBook(instruments: net.count, capacity: capacity)
        while true {
            let index = try reader.read(UInt32.self)
            if index == .max { break }
            guard Int(index) < net.count else { throw reader.error(.damaged, "\(index) is no instrument") }
            net[Int(index)] = try reader.read(Int64.self)
            prices[Int(index)] = try reader.read(Int64.self)
        }
        let saved = try reader.readCount(upTo: capacity, "holders of positions")
        for _ in 0..<saved {
            let entry = try reader.read(Entry.self)
            guard Int(entry.instrument) < net.count else { throw reader.error(.damaged, "a holder of no instrument") }
            let slot = slot(of: entry.tag)
            guard table[slot] == 0 else { throw reader.error(.damaged, "a holder stands twice") }
            entries.append(entry)
            table[slot] = UInt32(entries.count)
        }
    }
}
