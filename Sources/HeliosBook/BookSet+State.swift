// SPDX-License-Identifier: MIT
import HeliosMarket

/// What is written of the books is what they mean, not how they lie in memory: sides, levels from the worst to the best,
/// orders by priority. Equal books give equal bytes, whatever way led to them.
extension BookSet {
    /// Appends all books, trades and trading states.
    public func save(to writer: inout StateWriter) {
        writer.mark("books")
        writer.write(capacity.instruments)
        writer.write(capacity.orders)
        writer.write(capacity.levels)
        writer.write(phase.rawValue)
        faults.save(to: &writer)
        writer.reserve(liveOrders * MemoryLayout<RestingOrder>.size)
        for owner in stride(from: 0, to: instrumentLimit &* 64, by: 32) { save(owner, to: &writer) }
        writer.write(UInt32.max)
        saveTrades(to: &writer)
    }

    private func save(_ owner: UInt32, to writer: inout StateWriter) {
        // Safe: owners of all instruments below the limit.
        let ladder = unsafe self.ladder(owner).pointee
        guard ladder.count > 0 || ladder.lastUpdate != 0 else { return }
        writer.write(owner)
        writer.write(ladder.count)
        writer.write(ladder.lastUpdate)
        for place in 0..<Int(ladder.count) {
            // Safe: below the count.
            let level = unsafe self.level(at: numbers(ladder)[place]).pointee
            writer.write(level.key)
            writer.write(level.count)
            if level.count == 0 { writer.write(level.quantity) }
            var order = level.head
            while order != 0 {
                let record = unsafe self.order(at: order).pointee
                writer.write(RestingOrder(id: record.id, quantity: Quantity(raw: record.quantity)))
                order = record.next
            }
        }
    }

    private func saveTrades(to writer: inout StateWriter) {
        for index in 0..<UInt32(truncatingIfNeeded: capacity.instruments) {
            // Safe: below the number of instruments.
            let trade = unsafe trades[Int(index)]
            guard trade.price != 0 || trade.time != 0 || trade.state != 0 || trade.isHaltedHere else { continue }
            writer.write(index)
            writer.write(trade.price)
            writer.write(trade.time)
            writer.write(trade.state)
            writer.write(trade.isHaltedHere)
        }
        writer.write(UInt32.max)
    }

    /// Takes saved books; these must be new and of the same capacity.
    ///
    /// - Throws: `StateError`; then the books must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        guard usedOrders == 0, usedLevels == 0 else {
            throw reader.error(.unsupported, "books that are in use can't take saved ones")
        }
        try reader.expect("books")
        try reader.match(capacity.instruments, "the books' number of instruments")
        try reader.match(capacity.orders, "the books' room for orders")
        try reader.match(capacity.levels, "the books' room for levels")
        phase = try reader.readCase(MarketPhase.self)
        try faults.restore(from: &reader)
        var before = -1
        while true {
            let owner = try reader.read(UInt32.self)
            if owner == .max { break }
            guard Int(owner) > before, owner % 32 == 0, owner / 64 < instrumentLimit else {
                throw reader.error(.damaged, "\(owner) is no side of a book, or not in order")
            }
            before = Int(owner)
            try restore(owner, from: &reader)
        }
        try restoreTrades(from: &reader)
    }

    private mutating func restore(_ owner: UInt32, from reader: inout StateReader) throws(StateError) {
        let levels = try reader.read(UInt32.self)
        let lastUpdate = try reader.read(Int64.self)
        var before = Int64.min
        for place in 0..<Int(levels) {
            let key = try reader.read(Int64.self)
            guard isInRange(key), key > before else { throw reader.error(.damaged, "level prices are not in order") }
            before = key
            let number = openLevel(owner, key, at: place)
            guard number != 0 else { throw reader.error(.damaged, "more levels than fit") }
            try restoreLevel(number, owner, from: &reader)
        }
        // Safe: the caller checked the owner.
        unsafe ladder(owner).pointee.lastUpdate = lastUpdate
    }

    private mutating func restoreLevel(
        _ number: UInt32,
        _ owner: UInt32,
        from reader: inout StateReader
    ) throws(StateError) {
        let count = try reader.read(UInt32.self)
        // Safe: the level was just opened.
        let level = unsafe self.level(at: number)
        guard count > 0 else {
            let quantity = try reader.readAmount("a level's quantity")
            unsafe level.pointee.quantity = quantity.raw
            return
        }
        for _ in 0..<count {
            let saved = try reader.read(RestingOrder.self)
            guard saved.quantity.raw > 0 else { throw reader.error(.damaged, "an order of no quantity") }
            guard find(saved.id) == 0 else { throw reader.error(.damaged, "order \(saved.id) stands there twice") }
            let order = takeOrder()
            guard order != 0 else { throw reader.error(.damaged, "more orders than fit") }
            let tail = unsafe level.pointee.tail
            let place = slot(saved.id)
            // Safe: `order` and `tail` were given out by `takeOrder`, or are nobody's record.
            unsafe self.order(at: order).pointee = OrderRecord(
                id: saved.id,
                quantity: saved.quantity.raw,
                level: number,
                previous: tail,
                next: 0,
                chain: heads[place]
            )
            unsafe heads[place] = order
            unsafe self.order(at: tail).pointee.next = order
            if tail == 0 { unsafe level.pointee.head = order }
            unsafe level.pointee.tail = order
            unsafe level.pointee.quantity &+= saved.quantity.raw
            unsafe level.pointee.count &+= 1
            liveOrders += 1
        }
    }

    private mutating func restoreTrades(from reader: inout StateReader) throws(StateError) {
        while true {
            let index = try reader.read(UInt32.self)
            if index == .max { return }
            guard index < instrumentLimit else { throw reader.error(.damaged, "\(index) is no instrument") }
            let price = try reader.read(Int64.self)
            let time = try reader.read(Int64.self)
            let state = try reader.readCase(TradingState.self)
            let isHaltedHere = try reader.readFlag()
            // Safe: the index was checked.
            unsafe trades[Int(index)] = TradeRecord(
                price: price,
                time: time,
                state: state.rawValue,
                isHaltedHere: isHaltedHere,
                reserved: (0, 0, 0)
            )
        }
    }
}
