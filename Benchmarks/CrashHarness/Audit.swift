// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosStore
import HeliosStrategy

/// What the disk says of a session, replayed by an engine of its own.
final class Audit {
    private var node: TradingNode<StrategySet, NoJournal>
    /// Our orders as records, by the number that the venue knows.
    private var orders: [UInt64: Event] = [:]
    private var names: [OrderID: UInt64] = [:]
    private(set) var records = 0

    /// Reads the journal in `directory` without changing it.
    init(_ directory: String, _ setup: LiveSetup) throws {
        node = TradingNode(engine: try setup.makeEngine(), journal: NoJournal())
        let disk = try DirectoryDisk(directory)
        var position = JournalPosition()
        for segment in try disk.segments() {
            var events: [Event] = []
            let outcome = try disk.read(segment) { bytes -> Result<JournalPosition?, JournalDamage> in
                do throws(JournalDamage) {
                    if bytes.prefix(64).allSatisfy({ $0 == 0 }) { return .success(nil) }
                    var scanner = try JournalScanner(bytes, after: position)
                    while let record = try scanner.next() { events.append(record.event) }
                    return .success(scanner.position)
                } catch let damage {
                    return .failure(damage)
                }
            }
            guard let end = try outcome.get() else { break }
            position = end
            for event in events { try take(event) }
        }
    }

    private func take(_ event: Event) throws {
        records += 1
        guard node.follow(event) else {
            throw HarnessError(
                "I9: the replay differs at record \(event.sequence): \(String(describing: node.divergence))"
            )
        }
        if event.kind == .newOrder {
            let wire = node.place.numbers.wire(event.orderID)
            guard orders[wire] == nil else { throw HarnessError("I2: order \(event.orderID) is recorded twice") }
            orders[wire] = event
            names[event.orderID] = wire
        }
    }

    var outputHash: UInt64 { node.engine.hash.value }
    var orderCount: Int { orders.count }

    /// At any instant: what the venue has is in the journal (I1), nothing twice (I2), one writer an epoch (I10).
    func checkSent(_ venue: VenueDump) throws {
        var seen = Set<UInt64>()
        for order in venue.orders {
            guard seen.insert(order.wire).inserted else { throw HarnessError("I2: the venue has \(order.wire) twice") }
            guard let record = orders[order.wire] else {
                throw HarnessError("I1: the venue has order \(order.wire), the journal does not")
            }
            guard record.instrument.id == order.instrument, record.quantity.raw == order.quantity,
                record.price.raw == order.price, (record.side == .sell) == order.isSell
            else { throw HarnessError("I1: order \(order.wire) is another one at the venue") }
        }
        guard venue.duplicates == 0 else { throw HarnessError("I2: \(venue.duplicates) orders were sent twice") }
        var owners: [UInt64: UInt64] = [:]
        for login in venue.logins where login.isIn {
            guard owners[login.epoch, default: login.owner] == login.owner else {
                throw HarnessError("I10: two writers in epoch \(login.epoch)")
            }
            owners[login.epoch] = login.owner
        }
    }

    /// When everything has settled: the venue's orders, executions and positions are ours.
    func checkSettled(_ venue: VenueDump) throws {
        try checkSent(venue)
        let atVenue = Dictionary(uniqueKeysWithValues: venue.orders.map { ($0.wire, $0) })
        for id in 1..<max(node.engine.nextOrderID, 2) {
            guard let order = node.engine.market.orders.order(id) else { continue }
            guard let theirs = names[id].flatMap({ atVenue[$0] }) else {
                // Ours only: it must be known never to have arrived.
                guard order.isFinal, order.filled.raw == 0 else { throw HarnessError("I2: order \(id) is lost") }
                continue
            }
            guard order.filled.raw == theirs.filled, order.overfilled.raw == 0 else {
                throw HarnessError("I2: order \(id) has \(order.filled) filled, at the venue \(theirs.filled)")
            }
            guard order.isFinal != theirs.isWorking else {
                throw HarnessError("I2: order \(id) works on one side only")
            }
            guard (order.leaves + order.filled + order.cancelled).raw == theirs.quantity, order.leaves.raw >= 0 else {
                throw HarnessError("I5: the shares of order \(id) do not add up")
            }
        }
        var positions: [UInt32: Int64] = [:]
        for execution in venue.executions {
            positions[execution.instrument, default: 0] += execution.isSell ? -execution.quantity : execution.quantity
        }
        for (instrument, quantity) in positions {
            let ours = node.engine.market.risk.exposure(Instrument(id: instrument)).position.raw
            guard ours == quantity else {
                throw HarnessError("I3: the position of \(instrument) is \(ours), at the venue \(quantity)")
            }
        }
    }
}
