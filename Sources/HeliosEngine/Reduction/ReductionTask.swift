// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// What broke a limit, and so where a reduction ends.
public enum ReductionCause: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// P14: the day's loss: everything is closed.
    case loss = 0
    /// P12: the sum of all values, without their signs.
    case gross
    /// P15: the value at risk.
    case valueAtRisk
    /// A person asked for everything to be closed.
    case flatten
    /// P12: the sum of all values, with their signs.
    case net
    /// P15: the expected shortfall.
    case expectedShortfall
}

/// How far a reduction is.
public enum ReductionStage: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Rests at its own side of the market.
    case passive = 0
    /// The same with twice the participation.
    case urgent
    /// Crosses the spread.
    case crossing
    /// Under its target: nothing is sent.
    case settled
}

/// One reduction: its scope, its goal and what is worked.
struct ReductionTask {
    var scope: Int
    var cause: ReductionCause
    /// The place of the limit in `RiskPolicy.limits`; −1 for a command or a loss.
    var limit: Int
    /// The instrument of a command for one; `none` for all.
    var instrument = Instrument.none
    var began: Timestamp
    var stage = ReductionStage.passive
    var lines: [ReductionLine] = []
    /// Since when the risk is below the release share; `never` while it is not.
    var belowSince = Timestamp.never
    var plannedAt = Timestamp.never
    /// Plans made so far.
    var plans = 0
    /// Instruments that are held and could not be worked when the plan was made.
    var leftOut: [UInt32] = []

    var isSettled: Bool { stage == .settled }

    /// The legs of all lines have done what was planned.
    var isDone: Bool { lines.allSatisfy(\.isDone) }
}

/// A unit of the plan: one instrument, or the legs of a pair that move together.
struct ReductionLine {
    /// Slices that the plan takes of it.
    var slices: Int
    var legs: [ReductionLeg]

    var isDone: Bool { legs.allSatisfy { $0.done >= $0.total } }

    /// Whole slices that every leg has done.
    var slicesDone: Int {
        var least = slices
        for leg in legs where leg.total > 0 {
            least = min(least, Int(Int128(leg.done) * Int128(slices) / Int128(leg.total)))
        }
        return least
    }

    /// How much of a leg may be done or open now: one slice beyond what every leg has done, in whole lots.
    func allowed(_ leg: ReductionLeg, lot: Int64) -> Int64 {
        let next = min(slicesDone + 1, slices)
        if next == slices { return leg.total }
        let part = Int128(leg.total) * Int128(next) / Int128(max(slices, 1))
        let step = Int128(max(lot, 1))
        return Int64(min((part + step - 1) / step * step, Int128(leg.total)))
    }
}

/// One instrument of a line: a parent order of the reduction desk.
struct ReductionLeg {
    var instrument: Instrument
    var side: Side
    /// Raw quantities: of the parent, filled, and at the venue.
    var total: Int64
    var done: Int64 = 0
    var open: Int64 = 0
    /// The parent's number, from `ReductionDesk.firstParent` on.
    var parent: UInt32
    /// Whose position it reduces; nil for nobody's.
    var owner: OrderTag?
    /// The child that works; 0 for none.
    var child: OrderID = 0
    var sentAt = Timestamp.zero
    /// Refusals in a row.
    var refusals = 0
    var nextTry = Timestamp.zero
    /// A later plan has taken its place: the gate takes no more children of it.
    var isClosed = false

    /// Takes what became of its child; says how much of it will not trade.
    ///
    /// After a refusal nothing is sent for `pause`.
    mutating func take(_ update: OrderUpdate, pause: Nanoseconds) -> Int64 {
        var dead: Int64 = 0
        switch update.kind {
        case .filled:
            done += update.quantity.raw
            open -= min(update.released.raw, open)
            refusals = 0
        case .cancelled, .rejected: dead = min(update.released.raw, open)
        case .refusedByRisk: dead = min(update.quantity.raw, open)
        case .broken: done -= min(update.quantity.raw, done)
        // The desk replaces nothing.
        case .ignored, .accepted, .cancelRejected, .replaced, .replaceRejected, .suspended, .resumed, .doneForDay: break
        }
        open -= dead
        if update.kind == .rejected || update.kind == .refusedByRisk {
            refusals += 1
            nextTry = update.time + pause
        }
        if update.isFinal, update.orderID == child {
            // Whatever it was thought to have at the venue: it has nothing there any more.
            dead += open
            open = 0
            child = 0
        }
        return dead
    }

    /// Takes its child as it went out; says by how much it is smaller than what was asked for.
    mutating func shrink(_ order: NewOrder) -> Int64 {
        guard order.id == child, order.quantity.raw < open else { return 0 }
        let cut = open - order.quantity.raw
        open = order.quantity.raw
        return cut
    }
}

// MARK: - State

extension ReductionTask {
    func save(to writer: inout StateWriter) {
        writer.write(scope)
        writer.write(cause.rawValue)
        writer.write(limit)
        writer.write(instrument)
        writer.write(began)
        writer.write(stage.rawValue)
        writer.write(belowSince)
        writer.write(plannedAt)
        writer.write(plans)
        writer.write(leftOut.count)
        for index in leftOut { writer.write(index) }
        writer.write(lines.count)
        for line in lines { line.save(to: &writer) }
    }

    init(from reader: inout StateReader, instruments: Int) throws(StateError) {
        scope = try reader.readCount(upTo: 65_535, "a reduction's scope")
        cause = try reader.readCase(ReductionCause.self)
        limit = try reader.read(Int.self)
        instrument = try reader.read(Instrument.self)
        began = try reader.read(Timestamp.self)
        stage = try reader.readCase(ReductionStage.self)
        belowSince = try reader.read(Timestamp.self)
        plannedAt = try reader.read(Timestamp.self)
        plans = try reader.readCount(upTo: .max / 2, "plans")
        for _ in 0..<(try reader.readCount(upTo: instruments, "instruments left out")) {
            leftOut.append(try reader.read(UInt32.self))
        }
        for _ in 0..<(try reader.readCount(upTo: 1 << 20, "lines of a reduction")) {
            lines.append(try ReductionLine(from: &reader, instruments: instruments))
        }
    }
}

extension ReductionLine {
    func save(to writer: inout StateWriter) {
        writer.write(slices)
        writer.write(legs.count)
        for leg in legs { leg.save(to: &writer) }
    }

    init(from reader: inout StateReader, instruments: Int) throws(StateError) {
        slices = try reader.readCount(upTo: 1 << 20, "slices")
        legs = []
        for _ in 0..<(try reader.readCount(upTo: 64, "legs")) {
            legs.append(try ReductionLeg(from: &reader, instruments: instruments))
        }
    }
}

extension ReductionLeg {
    func save(to writer: inout StateWriter) {
        writer.write(instrument)
        writer.write(side.rawValue)
        writer.write(total)
        writer.write(done)
        writer.write(open)
        writer.write(parent)
        writer.write(owner != nil)
        writer.write(owner?.packed ?? 0)
        writer.write(child)
        writer.write(sentAt)
        writer.write(refusals)
        writer.write(nextTry)
        writer.write(isClosed)
    }

    init(from reader: inout StateReader, instruments: Int) throws(StateError) {
        instrument = try reader.read(Instrument.self)
        side = try reader.readCase(Side.self)
        total = try reader.readAmount("a reduction's quantity").raw
        done = try reader.readAmount("what a reduction has done").raw
        open = try reader.readAmount("what a reduction has open").raw
        parent = try reader.read(UInt32.self)
        let isOwned = try reader.readFlag()
        let tag = OrderTag(packed: try reader.read(UInt64.self))
        owner = isOwned ? tag : nil
        child = try reader.read(OrderID.self)
        sentAt = try reader.read(Timestamp.self)
        refusals = try reader.readCount(upTo: .max / 2, "refusals")
        nextTry = try reader.read(Timestamp.self)
        isClosed = try reader.readFlag()
        guard instrument.index < instruments else { throw reader.error(.damaged, "a leg of no instrument") }
    }
}
