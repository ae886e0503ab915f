// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// The shapes of message that the generator steers, counted.
struct MixCounts {
    var total = 0
    var addsAndDeletes = 0
    var replaces = 0
    var executions = 0
    var cancels = 0
    var trades = 0
}

/// Every change of a book and the message that tells it, always together.
extension MarketDayRun {
    /// Moves the clock on: a fixed minimum and a heavy tail of at most 2^`bits` nanoseconds.
    mutating func pause(bits: Int) { clock += 120 + Int64(random.logUniform(bits: bits)) }

    /// Moves the clock to `time` if that is later.
    mutating func wait(until time: Int64) { clock = max(clock + 1, time) }

    var timestamp: UInt64 { UInt64(clock) }

    mutating func count(_ type: Unicode.Scalar) {
        counts[Int(type.value)] += 1
        sent += 1
    }

    func counted(_ type: Unicode.Scalar) -> Int { counts[Int(type.value)] }

    /// What was sent by now.
    var mix: MixCounts {
        MixCounts(
            total: sent,
            addsAndDeletes: counted("A") + counted("F") + counted("D"),
            replaces: counted("U"),
            executions: counted("E") + counted("C"),
            cancels: counted("X"),
            trades: counted("P")
        )
    }

    /// References rise with gaps: hidden orders take numbers too.
    private mutating func takeReference() -> UInt64 {
        nextReference += 1 + UInt64(random.geometric())
        return nextReference
    }

    mutating func takeMatch() -> UInt64 {
        nextMatch += 1
        return nextMatch
    }

    /// Adds an order; without room for it, nothing happens and the answer is false.
    @discardableResult
    mutating func add(_ index: Int, _ side: Side, _ key: Int32, shares: UInt32) -> Bool {
        guard book.hasRoom(index, side, key) else { return false }
        let reference = takeReference()
        let flow = flows[index]
        let price = UInt32(abs(key)) * UInt32(MarketDayRun.tick)
        pause(bits: 13)
        if random.chance(30) {
            writer.addOrder(
                locate: flow.locate,
                timestamp: timestamp,
                reference: reference,
                side: side,
                shares: shares,
                symbol: flow.symbol,
                price: price,
                attribution: marketMakers[random.below(marketMakers.count)]
            )
            count("F")
        } else {
            writer.addOrder(
                locate: flow.locate,
                timestamp: timestamp,
                reference: reference,
                side: side,
                shares: shares,
                symbol: flow.symbol,
                price: price
            )
            count("A")
        }
        book.add(index, side, key, shares: shares, reference: reference)
        return true
    }

    mutating func delete(_ order: Int) {
        let record = book[order]
        pause(bits: 13)
        let locate = flows[Int(record.symbol)].locate
        writer.orderDelete(locate: locate, timestamp: timestamp, reference: record.reference)
        count("D")
        book.reduce(order, by: record.shares)
    }

    mutating func cancel(_ order: Int, shares: UInt32) {
        let record = book[order]
        pause(bits: 13)
        let locate = flows[Int(record.symbol)].locate
        writer.orderCancel(locate: locate, timestamp: timestamp, reference: record.reference, shares: shares)
        count("X")
        book.reduce(order, by: shares)
    }

    /// Replaces an order; without room for the new one it is deleted.
    mutating func replace(_ order: Int, _ key: Int32, shares: UInt32) {
        let record = book[order]
        let index = Int(record.symbol)
        guard book.hasRoom(index, record.side, key) else { return delete(order) }
        let reference = takeReference()
        pause(bits: 13)
        writer.orderReplace(
            locate: flows[index].locate,
            timestamp: timestamp,
            reference: record.reference,
            newReference: reference,
            shares: shares,
            price: UInt32(abs(key)) * UInt32(MarketDayRun.tick)
        )
        count("U")
        book.reduce(order, by: record.shares)
        book.add(index, record.side, key, shares: shares, reference: reference)
    }

    /// Executes shares of an order in continuous trading: at its price, or rarely half a tick better for the taker.
    mutating func execute(_ order: Int, shares: UInt32) {
        let record = book[order]
        let locate = flows[Int(record.symbol)].locate
        pause(bits: 8)
        if random.chance(12) {
            let price = Int32(abs(record.key)) * MarketDayRun.tick
            let better = record.side == .buy ? price + MarketDayRun.tick / 2 : price - MarketDayRun.tick / 2
            writer.orderExecuted(
                locate: locate,
                timestamp: timestamp,
                reference: record.reference,
                shares: shares,
                match: takeMatch(),
                price: UInt32(better),
                printable: true
            )
            count("C")
        } else {
            writer.orderExecuted(
                locate: locate,
                timestamp: timestamp,
                reference: record.reference,
                shares: shares,
                match: takeMatch()
            )
            count("E")
        }
        book.reduce(order, by: shares)
    }

    /// Executes shares of an order in an auction, whose own message prints them.
    mutating func executeInAuction(_ order: Int, shares: UInt32, price: Int32) {
        let record = book[order]
        pause(bits: 6)
        writer.orderExecuted(
            locate: flows[Int(record.symbol)].locate,
            timestamp: timestamp,
            reference: record.reference,
            shares: shares,
            match: takeMatch(),
            price: UInt32(price),
            printable: false
        )
        count("C")
        book.reduce(order, by: shares)
    }

    mutating func systemEvent(_ code: Unicode.Scalar, at time: Int64) {
        wait(until: time)
        writer.systemEvent(timestamp: timestamp, code: UInt8(code.value))
        count("S")
    }

    mutating func tradingAction(_ index: Int, _ state: Unicode.Scalar, reason: Alpha4) {
        pause(bits: 10)
        writer.tradingAction(
            locate: flows[index].locate,
            timestamp: timestamp,
            symbol: flows[index].symbol,
            state: UInt8(state.value),
            reason: reason
        )
        count("H")
    }
}

/// Participants of the made-up market.
let marketMakers = ["HLSA", "HLSB", "HLSC", "HLSD"].compactMap { Alpha4($0) }
