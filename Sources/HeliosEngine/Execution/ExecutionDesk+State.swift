// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

// MARK: - State
extension ExecutionDesk {
    /// Appends every parent with its children, and the pairs.
    public func save(to writer: inout StateWriter) {
        writer.mark("execute")
        writer.write(lots.count)
        writer.write(settings.capacity)
        writer.write(settings.seed)
        writer.write(parents.count)
        for place in parents.indices {
            parents[place].save(to: &writer)
            for child in childRange(place) {
                writer.write(children[child].id)
                writer.write(children[child].open)
                writer.write(children[child].price)
                writer.write(children[child].sentAt)
                writer.write(children[child].rests)
                for value in [children[child].sent, children[child].displayed, children[child].filled] {
                    writer.write(value)
                }
                writer.write(children[child].venue.id)
            }
        }
        writer.write(live.count)
        for place in live { writer.write(place) }
        writer.write(pairs.count)
        for pair in pairs { pair.save(to: &writer) }
        if router.isEnabled { router.save(to: &writer) }
    }

    /// Takes the state of a desk of the same size and seed.
    ///
    /// - Throws: `StateError`; then the desk must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("execute")
        try reader.match(lots.count, "instruments of the execution desk")
        try reader.match(settings.capacity, "room for parent orders")
        try reader.match(settings.seed, "the seed of the jitter")
        parents.removeAll(keepingCapacity: true)
        children.removeAll(keepingCapacity: true)
        for _ in 0..<(try reader.readCount(upTo: settings.capacity, "parent orders")) {
            let parent = try WorkedParent(from: &reader)
            guard parent.state == .none || parent.request.instrument.index < lots.count else {
                throw reader.error(.damaged, "a parent order of no instrument")
            }
            parents.append(parent)
            for _ in 0..<ExecutionDesk.childPlaces {
                var child = WorkedChild()
                child.id = try reader.read(OrderID.self)
                child.open = try reader.readAmount("what a child has open").raw
                child.price = try reader.read(Price.self)
                child.sentAt = try reader.read(Timestamp.self)
                child.rests = try reader.readFlag()
                child.sent = try reader.readAmount("what a child was sent with").raw
                child.displayed = try reader.readAmount("what a child saw displayed").raw
                child.filled = try reader.readAmount("what a child has filled").raw
                child.venue = Venue(id: try reader.read(UInt16.self))
                children.append(child)
            }
        }
        live.removeAll(keepingCapacity: true)
        for index in watchers.indices { watchers[index] = 0 }
        for _ in 0..<(try reader.readCount(upTo: parents.count, "live parent orders")) {
            let place = try reader.readCount(upTo: parents.count - 1, "a live parent's place")
            guard parents[place].state.isLive, !live.contains(place) else {
                throw reader.error(.damaged, "a parent order is live and ended, or twice")
            }
            live.append(place)
            watch(place, 1)
        }
        isWorking = !live.isEmpty
        pairs.removeAll(keepingCapacity: true)
        for _ in 0..<(try reader.readCount(upTo: ExecutionDesk.pairPlaces, "pairs")) {
            pairs.append(try WorkedPair(from: &reader, parents: parents.count))
        }
        for place in parents.indices where parents[place].pair >= pairs.count {
            throw reader.error(.damaged, "a leg of no pair")
        }
        if router.isEnabled { try router.restore(from: &reader) }
    }
}

extension WorkedParent {
    func save(to writer: inout StateWriter) {
        writer.write(number)
        request.save(to: &writer)
        writer.write(state.rawValue)
        writer.write(outcome.rawValue)
        writer.write(reason.rawValue)
        writer.write(isTarget)
        writer.write(wasTarget)
        writer.write(pair)
        writer.write(isGivenBack)
        writer.write(start)
        writer.write(end)
        for value in [slices, lot, tick, done, open] { writer.write(value) }
        writer.write(value)
        writer.write(arrival)
        writer.write(refusals)
        writer.write(nextTry)
        writer.write(volume)
        writer.write(volumeBefore)
        writer.write(lastShot)
        writer.write(parts)
        writer.write(schedule.urgency)
        writer.write(schedule.volatility)
        for value in [solvedSlice, solvedLeft, scheduledDue] { writer.write(value) }
        writer.write(variance)
        writer.write(lastMid)
        writer.write(lastSample)
        writer.write(allowance)
        writer.write(isHasty)
        writer.write(asked)
    }

    init(from reader: inout StateReader) throws(StateError) {
        let number = try reader.read(UInt32.self)
        self.init(request: try ParentRequest(from: &reader))
        self.number = number
        state = try reader.readCase(ParentState.self)
        outcome = try reader.readCase(ParentState.self)
        reason = try reader.readCase(ParentReason.self)
        isTarget = try reader.readFlag()
        wasTarget = try reader.readFlag()
        pair = try reader.read(Int.self)
        isGivenBack = try reader.readFlag()
        start = try reader.read(Timestamp.self)
        end = try reader.read(Timestamp.self)
        slices = Int64(try reader.readCount(upTo: 10_000, "slices of a parent order"))
        lot = try reader.readAmount("a lot").raw
        tick = try reader.readAmount("a tick").raw
        done = try reader.readAmount("what a parent order has done").raw
        open = try reader.readAmount("what a parent order has open").raw
        value = try reader.read(Int128.self)
        arrival = try reader.read(Price.self)
        refusals = try reader.readCount(upTo: .max / 2, "refusals")
        nextTry = try reader.read(Timestamp.self)
        volume = try reader.read(Int64.self)
        volumeBefore = try reader.read(Int64.self)
        lastShot = try reader.read(Timestamp.self)
        parts = try reader.read(UInt64.self)
        let urgency = try reader.read(Double.self)
        schedule = ShortfallSchedule(urgency: urgency, volatility: try reader.read(Double.self))
        solvedSlice = Int64(try reader.readCount(upTo: 10_000, "a slice"))
        solvedLeft = try reader.readAmount("what a trajectory has left").raw
        scheduledDue = try reader.readAmount("what was due").raw
        variance = try reader.read(Double.self)
        lastMid = try reader.read(Int64.self)
        lastSample = try reader.read(Timestamp.self)
        allowance = try reader.read(Int64.self)
        isHasty = try reader.readFlag()
        asked = try reader.read(UInt64.self)
        guard pair >= -1 else { throw reader.error(.damaged, "a leg of no pair") }
    }
}

extension WorkedPair {
    func save(to writer: inout StateWriter) {
        for place in [hard, easy, back] { writer.write(place) }
        writer.write(executor.hard)
        writer.write(executor.easy)
        writer.write(executor.bound)
        writer.write(executor.hardLot)
        writer.write(executor.easyLot)
        writer.write(executor.stage.rawValue)
        writer.write(isLive)
        writer.write(outcome.rawValue)
        writer.write(reason.rawValue)
        writer.write(hedgeSince)
        writer.write(hedged)
    }

    init(from reader: inout StateReader, parents: Int) throws(StateError) {
        hard = try reader.readCount(upTo: parents - 1, "a leg's place")
        easy = try reader.readCount(upTo: parents - 1, "a leg's place")
        back = try reader.readCount(upTo: parents - 1, "a leg's place")
        let numbers = (
            try reader.read(Int64.self), try reader.read(Int64.self), try reader.read(Int64.self),
            try reader.read(Int64.self), try reader.read(Int64.self)
        )
        let known = PairExecutor(
            hard: numbers.0,
            easy: numbers.1,
            bound: numbers.2,
            hardLot: numbers.3,
            easyLot: numbers.4
        )
        guard var executor = known else { throw reader.error(.damaged, "a pair that can't be") }
        executor.stage = try reader.readCase(PairStage.self)
        self.executor = executor
        isLive = try reader.readFlag()
        outcome = try reader.readCase(ParentState.self)
        reason = try reader.readCase(ParentReason.self)
        hedgeSince = try reader.read(Timestamp.self)
        hedged = try reader.read(Int64.self)
    }
}
