// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

// MARK: - State
extension ReductionDesk {
    /// Appends who holds what, the reductions under way, and the volume that they may still use.
    public func save(to writer: inout StateWriter) {
        writer.mark("reduce")
        writer.write(lots.count)
        writer.write(nextParent)
        writer.write(nextRound)
        writer.write(isWorking)
        book.save(to: &writer)
        for index in lots.indices where marks[index] != 0 || credits[index] != 0 {
            writer.write(UInt32(truncatingIfNeeded: index))
            writer.write(marks[index])
            writer.write(credits[index])
        }
        writer.write(UInt32.max)
        writer.write(limits.count)
        for limit in limits { writer.write(limit.place) }
        writer.write(tasks.count)
        for task in tasks { task.save(to: &writer) }
    }

    /// Takes the state of a desk of the same policy and size.
    ///
    /// - Throws: `StateError`; then the desk must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("reduce")
        try reader.match(lots.count, "instruments of the reduction desk")
        nextParent = try reader.read(UInt32.self)
        nextRound = try reader.read(Timestamp.self)
        isWorking = try reader.readFlag()
        try book.restore(from: &reader)
        for index in lots.indices {
            marks[index] = 0
            credits[index] = 0
        }
        while true {
            let index = try reader.read(UInt32.self)
            if index == .max { break }
            guard Int(index) < lots.count else { throw reader.error(.damaged, "\(index) is no instrument") }
            marks[Int(index)] = try reader.read(Int64.self)
            credits[Int(index)] = try reader.read(Int128.self)
        }
        try reader.match(limits.count, "limits that reductions watch")
        for limit in limits { try reader.match(limit.place, "a limit that reductions watch") }
        tasks = []
        for _ in 0..<(try reader.readCount(upTo: 65_536, "reductions")) {
            tasks.append(try ReductionTask(from: &reader, instruments: lots.count))
        }
    }
}

// MARK: - What a person sees
/// How one reduction stands.
public struct ReductionStanding: Sendable, Equatable {
    /// The place of the scope in the policy, and of the limit (nil for a loss or a command).
    public var scope: Int
    public var limit: Int?
    public var cause: ReductionCause
    public var stage: ReductionStage
    public var began: Timestamp
    /// Plans made so far.
    public var plans: Int
    /// Raw quantities by instrument: what the plans asked for, what is done, what is at the venue.
    public var legs: [Leg]
    /// Held, and not tradable when the last plan was made.
    public var leftOut: [Instrument]
    /// Refused again and again.
    public var refused: [Instrument]
    /// Since when the risk is low enough for the state to be raised; nil while it is not.
    public var belowSince: Timestamp?

    /// A parent order of the desk.
    public struct Leg: Sendable, Equatable {
        public var parent: UInt32
        public var instrument: Instrument
        public var side: Side
        public var total: Quantity
        public var done: Quantity
        public var open: Quantity
    }
}

extension ReductionDesk {
    /// How every reduction stands, in the order in which they began; it allocates.
    public var standings: [ReductionStanding] {
        tasks.map { task in
            let legs = task.lines.flatMap(\.legs)
            return ReductionStanding(
                scope: task.scope,
                limit: task.limit < 0 ? nil : task.limit,
                cause: task.cause,
                stage: task.stage,
                began: task.began,
                plans: task.plans,
                legs: legs.map {
                    ReductionStanding.Leg(
                        parent: $0.parent,
                        instrument: $0.instrument,
                        side: $0.side,
                        total: Quantity(raw: $0.total),
                        done: Quantity(raw: $0.done),
                        open: Quantity(raw: $0.open)
                    )
                },
                leftOut: task.leftOut.map { Instrument(id: $0) },
                refused: legs.filter { $0.refusals >= ReductionDesk.patience }.map(\.instrument),
                belowSince: task.belowSince == .never ? nil : task.belowSince
            )
        }
    }
}
