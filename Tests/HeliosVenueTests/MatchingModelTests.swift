// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosSignal
import HeliosVenue
import Testing

/// The engine against the reference exchange, event by event.
///
/// `HELIOS_MATCHING_COMMANDS` and `HELIOS_MATCHING_SEEDS` ask for more; `HELIOS_MATCHING_SEED` starts elsewhere.
@Suite struct MatchingModelTests {
    static func setting(_ name: String, _ standard: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? standard
    }

    static let firstSeed = setting("HELIOS_MATCHING_SEED", 1)
    static let seeds = setting("HELIOS_MATCHING_SEEDS", 4)
    static let commands = setting("HELIOS_MATCHING_COMMANDS", 100_000)

    static func engine(seed: UInt64, orders: Int = 4_096) throws -> MatchingEngine {
        let capacity = MatchingCapacity(
            instruments: 3,
            orders: orders,
            levels: 4_096,
            levelsPerSide: 256,
            owners: 5,
            trades: 1 << 20
        )
        var engine = try MatchingEngine(capacity: capacity, seed: seed)
        for index in 0..<3 {
            let isNew = engine.define(Instrument(id: UInt32(index)), CommandStream.rules(index))
            #expect(isNew)
        }
        return engine
    }

    static func reference(seed: UInt64, orders: Int = 4_096) -> ReferenceExchange {
        var reference = ReferenceExchange(owners: 5, capacity: orders, seed: seed)
        for index in 0..<3 { reference.books[index] = ReferenceBook(rules: CommandStream.rules(index)) }
        return reference
    }

    @Test("Over random commands, the engine says what the reference says", arguments: 0..<seeds)
    func engineEqualsReference(number: Int) throws {
        let seed = UInt64(MatchingModelTests.firstSeed + number)
        // Every second run with a pool so small that it fills.
        let orders = seed % 2 == 0 ? 4_096 : 60
        var engine = try MatchingModelTests.engine(seed: seed, orders: orders)
        var reference = MatchingModelTests.reference(seed: seed, orders: orders)
        var stream = CommandStream(seed: seed, ids: seed % 3 == 2 ? 25 : 12)
        var output = EventList()
        var tail: [MatchingCommand] = []
        for step in 0..<MatchingModelTests.commands {
            let command = stream.next()
            tail.append(command)
            if tail.count > 1_024 { tail.removeFirst(1_012) }
            output.events.removeAll(keepingCapacity: true)
            reference.events.removeAll(keepingCapacity: true)
            engine.apply(command, to: &output)
            reference.apply(command)
            let isEqual =
                output.events.count == reference.events.count
                && zip(output.events, reference.events).allSatisfy { $0.isSame(as: $1) }
            guard isEqual, engine.orderCount == reference.orders.count else {
                let story = """
                    seed \(seed), step \(step), \(command.line)
                    before:\n\(tail.suffix(12).map(\.line).joined(separator: "\n"))
                    engine (\(engine.orderCount)):\n\(output.events.map(\.line).joined(separator: "\n"))
                    reference (\(reference.orders.count)):\n\(reference.events.map(\.line).joined(separator: "\n"))
                    """
                Issue.record(Comment(rawValue: story))
                return
            }
        }
    }
}
