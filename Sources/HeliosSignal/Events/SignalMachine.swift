// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket

/// A plan at work: ticks go in, what its rules say comes out.
///
/// ```swift
/// machine.begin(.quote(0, bid: 61.20, ask: 61.21, at: time))
/// while let output = machine.next() { print(output.time, machine.column(0, of: output) ?? "invalid") }
/// ```
/// All memory is taken by `init`. An event costs what depends on it, not what is in the plan. Same ticks, same bits.
@safe
public struct SignalMachine: ~Copyable {
    public let plan: SignalPlan
    /// Time of what happened last.
    public internal(set) var now = Timestamp(nanoseconds: .min)
    /// Ticks refused: their time was before one that had come, or their instrument is not in the plan.
    public internal(set) var refused = 0
    /// Ticks of clocks left out, where a gap had more than a million of them.
    public internal(set) var skipped = 0

    var nodes: FixedBuffer<PlanNode>
    var inputs: FixedBuffer<Int32>
    var values: FixedBuffer<NodeValue>
    var reals: FixedBuffer<Double>
    var words: FixedBuffer<Int64>
    var hedges: FixedBuffer<KalmanHedge>
    var quotes: FixedBuffer<QuoteState>
    var timers: SignalTimers
    var lanes: FixedBuffer<PlanLane>
    var laneReaders: FixedBuffer<LaneReaders>
    var laneStates: FixedBuffer<LaneState>
    var laneBatch: FixedBuffer<helios_lane_batch>
    /// Numbers in the processor's registers.
    let laneWidth = helios_lanes_width()
    let hasLanesOfTime: Bool
    /// The samples of a window one after the other, where its moments are computed anew.
    var linear: FixedBuffer<Double>
    var laneSamples: FixedBuffer<Double>
    var laneClocks: FixedBuffer<LaneClock>
    var laneAggregates: FixedBuffer<LaneAggregate>
    var laneThresholds: FixedBuffer<Double>
    var laneFollowers: FixedBuffer<Int32>
    var lists: FixedBuffer<Int32>
    /// Number of what happened last.
    var epoch: UInt64 = 0
    /// The node whose timer it is; −1 when a tick came.
    var fired: Int32 = -1

    private var routes: FixedBuffer<SignalPlan.Route>
    var outputs: FixedBuffer<SignalPlan.Output>
    private var pending: SignalTick?
    /// Where in `lists` the rules are that this event may still trigger.
    private var nextRule = 0
    private var lastRule = 0
    var isStarted = false

    /// Times that a machine takes, 1970 to 2116: so far from overflow that lengths of time can be added to them.
    static let times = 0...Int64(1) << 62

    /// What an instrument's quote was.
    struct QuoteState: BitwiseCopyable {
        var bid = 0.0
        var ask = 0.0
        var bidSize = 0.0
        var askSize = 0.0
        /// Of the tick that is being taken: what the quote before was.
        var previousBid = 0.0
        var previousAsk = 0.0
        var previousBidSize = 0.0
        var previousAskSize = 0.0
        /// How many quotes have come.
        var count: Int = 0
        /// 1 while trading is halted.
        var halted: Int = 0
    }

    public init(_ plan: SignalPlan) {
        self.plan = plan
        nodes = SignalMachine.buffer(plan.nodes, PlanNode(operation: .constant), alignment: 64)
        inputs = SignalMachine.buffer(plan.inputs, 0)
        lists = SignalMachine.buffer(plan.lists + Array(repeating: 0, count: Stirred.room), 0)
        routes = SignalMachine.buffer(plan.routes, SignalPlan.Route())
        outputs = SignalMachine.buffer(
            plan.outputs,
            SignalPlan.Output(trigger: 0, firstColumn: 0, columnCount: 0, isEntry: false)
        )
        values = FixedBuffer(repeating: NodeValue(), count: plan.nodes.count, alignment: 64)
        reals = FixedBuffer(repeating: 0, count: plan.realCount)
        words = FixedBuffer(repeating: 0, count: plan.wordCount)
        hedges = FixedBuffer(repeating: KalmanHedge(), count: plan.hedges.count)
        quotes = FixedBuffer(repeating: QuoteState(), count: plan.symbols.count)
        timers = SignalTimers(nodes: plan.nodes.count)
        lanes = SignalMachine.buffer(plan.lanes, PlanLane(), alignment: 64)
        laneReaders = SignalMachine.buffer(plan.laneReaders, LaneReaders(), alignment: 64)
        linear = FixedBuffer(repeating: 0, count: plan.largestWindow + 8)
        laneBatch = FixedBuffer(repeating: helios_lane_batch(), count: 1, alignment: 64)
        // One more: what a pass of eight lanes computes where it has fewer.
        laneStates = FixedBuffer(repeating: LaneState(), count: plan.lanes.count + 1, alignment: 64)
        laneSamples = FixedBuffer(repeating: 0, count: plan.laneSampleCount, alignment: 64)
        hasLanesOfTime = plan.lanes.contains { $0.isTime }
        laneClocks = FixedBuffer(repeating: LaneClock(), count: plan.lanes.count)
        laneAggregates = SignalMachine.buffer(plan.laneAggregates, LaneAggregate())
        laneThresholds = SignalMachine.buffer(plan.laneThresholds, 0)
        laneFollowers = SignalMachine.buffer(plan.laneFollowers, 0)
        for index in 0..<nodes.count where plan.roles[index] == .lane { nodes[index].operation = .lane }
        resetLanes()
        reset()
    }

    private static func buffer<T: BitwiseCopyable>(_ array: [T], _ blank: T, alignment: Int = 16) -> FixedBuffer<T> {
        var buffer = FixedBuffer(repeating: blank, count: array.count, alignment: alignment)
        for index in array.indices { buffer[index] = array[index] }
        return buffer
    }

    /// The state before the first event.
    private mutating func reset() {
        for (place, settings) in plan.hedges.enumerated() {
            hedges[place] = KalmanHedge(
                drift: settings.drift,
                noise: settings.noise,
                priorVariance: settings.priorVariance
            )
        }
        for index in 0..<nodes.count {
            let node = nodes[index]
            if node.isMomentary { values[index].state |= NodeValue.momentary }
            // Nothing has come yet, which is a number.
            let isNumber = node.operation == .aggregate && node.minimum == 0 && !node.isTumbling
            if isNumber { values[index].state |= NodeValue.valid }
            switch node.operation {
            case .constant: values[index] = NodeValue(number: node.parameter, state: NodeValue.valid)
            // What has not been halted is not halted.
            case .field where node.code == SignalField.halted.rawValue: values[index].state |= NodeValue.valid
            case .groupField where node.code == SignalField.halted.rawValue: values[index].state |= NodeValue.valid
            case .window: words[Int(node.words) + WindowState.lostUntil] = .min
            case .aggregate where !node.isTumbling && node.keepsSums:
                words[Int(node.words)] = AggregateState.slidesAtStart(window: node.first)
            case .fresh, .repeated: break
            case .quiet: words[Int(node.words)] = .min
            case .held: words[Int(node.words)] = .min
            case .together:
                for step in 0..<Int(node.second) { words[Int(node.words) + step] = .min }
            default: break
            }
        }
        foldConstants()
    }

    /// What is computed of numbers alone never gets an event: it is computed here, and so is what the start leaves known.
    private mutating func foldConstants() {
        epoch = 1
        for index in 0..<nodes.count {
            let node = nodes[index]
            switch node.operation {
            case .unary: computeUnary(index, node)
            case .binary: computeBinary(index, node)
            case .quiet: settle(index, 1, isValid: true, updated: false)
            default: break
            }
        }
        // What is true from the start does not become true.
        for index in 0..<nodes.count where nodes[index].operation == .rising {
            let input = values[Int(nodes[index].first)]
            words[Int(nodes[index].words)] = input.isValid && input.number != 0 ? 1 : 0
        }
        // Nothing of it was an update.
        for index in 0..<values.count { values[index].state &= 9 }
        epoch = 2
    }

    /// Forgets everything.
    mutating func startAgain() {
        now = Timestamp(nanoseconds: .min)
        refused = 0
        skipped = 0
        isStarted = false
        timers.removeAll()
        values.fill(0..<values.count, with: NodeValue())
        reals.fill(0..<reals.count, with: 0)
        words.fill(0..<words.count, with: 0)
        quotes.fill(0..<quotes.count, with: QuoteState())
        resetLanes()
        settleOutputs()
        reset()
    }

    /// Nothing is left to be said.
    mutating func settleOutputs() {
        pending = nil
        nextRule = lastRule
        fired = -1
    }

    // MARK: - Events
    /// Takes a tick, which `next` then works through.
    ///
    /// One before `now`, before 1970 or after 2116, and one for an instrument that is not in the plan, is refused and counted. What the tick before
    /// still had to say is dropped.
    @discardableResult
    public mutating func begin(_ tick: SignalTick) -> Bool {
        guard tick.time >= now, SignalMachine.times.contains(tick.time.nanoseconds),
            tick.kind == .clock || (tick.instrument >= 0 && tick.instrument < quotes.count)
        else {
            refused += 1
            return false
        }
        if !isStarted { start(at: tick.time) }
        pending = tick
        return true
    }

    /// The next thing that the plan says on the tick that was begun, or nil when all is said.
    ///
    /// Timers that are due by the tick's time come first, each at its own time.
    public mutating func next() -> SignalOutput? {
        while true {
            while nextRule < lastRule {
                let index = Int(lists[nextRule])
                nextRule += 1
                let trigger = values[Int(outputs[index].trigger)]
                if trigger.isUpdated(epoch), trigger.isValid, trigger.number != 0, isTradeable(index) {
                    return SignalOutput(time: now, rule: index)
                }
            }
            guard let tick = pending else { return nil }
            if let due = timers.first, due.time <= tick.time.nanoseconds {
                fire(due)
            } else {
                pending = nil
                take(tick)
            }
        }
    }

    /// Whether what a rule buys or sells has a value now; what only tells says what is invalid, too.
    private func isTradeable(_ rule: Int) -> Bool {
        let output = outputs[rule]
        return !output.isEntry || values[Int(plan.outputColumns[Int(output.firstColumn)])].isValid
    }

    /// A column of what was just said; nil when it is invalid.
    public func column(_ column: Int, of output: SignalOutput) -> Double? {
        let place = outputs[output.rule]
        precondition(column >= 0 && column < Int(place.columnCount), "a rule's column")
        let value = values[Int(plan.outputColumns[Int(place.firstColumn) + column])]
        return value.isValid ? value.number : nil
    }

    /// When time alone will make something happen next; nil when nothing waits.
    public var nextDeadline: Timestamp? { timers.first.map { Timestamp(nanoseconds: $0.time) } }

    /// Samples that windows had no room for.
    public var overflows: Int {
        var total = 0
        for index in 0..<nodes.count where nodes[index].operation == .window {
            total += Int(words[Int(nodes[index].words) + WindowState.overflows])
        }
        for lane in 0..<laneClocks.count { total += Int(laneClocks[lane].overflows) }
        return total
    }

    /// Pattern matches that were begun and had no place.
    public var forgotten: Int {
        var total = 0
        for index in 0..<nodes.count {
            switch nodes[index].operation {
            case .sequence, .absence, .around: total += Int(words[Int(nodes[index].words) + 1])
            default: break
            }
        }
        return total
    }

    private mutating func start(at time: Timestamp) {
        isStarted = true
        for index in 0..<nodes.count where nodes[index].operation == .clock {
            let next = SignalMachine.boundary(after: time.nanoseconds, nodes[index].length)
            setTimer(index, next)
        }
    }

    static func boundary(after time: Int64, _ period: Int64) -> Int64 {
        let rest = time % period
        return time - (rest < 0 ? rest + period : rest) + period
    }

    /// Sets a node's timer; also after a state was restored, those of one time come in the order of their nodes' ranks.
    mutating func setTimer(_ node: Int, _ time: Int64) {
        timers.set(Int32(node), time, rank: nodes[node].timerRank)
    }

    private mutating func fire(_ due: SignalTimers.Entry) {
        timers.remove(due.node)
        let node = nodes[Int(due.node)]
        // What is told at the end of a time is told by its last moment, though later than everything else of it.
        now = Timestamp(nanoseconds: max(now.nanoseconds, node.endsWithItsTime ? due.time - 1 : due.time))
        fired = due.node
        if node.operation == .clock { setTimer(Int(due.node), nextTick(after: due.time, node)) }
        walk(routes[Int(node.timer)])
    }

    /// When a clock ticks next: after a gap of very many of its periods at the last of them, so that no gap holds up what comes.
    private mutating func nextTick(after time: Int64, _ node: PlanNode) -> Int64 {
        let next = time + node.length
        guard let tick = pending, (tick.time.nanoseconds - next) / node.length >= SignalMachine.largestGap else {
            return next
        }
        let last = tick.time.nanoseconds - tick.time.nanoseconds % node.length
        skipped += Int((last - next) / node.length)
        return last
    }

    /// Ticks of a clock that are caught up with after a gap.
    static let largestGap: Int64 = 1_000_000

    private mutating func take(_ tick: SignalTick) {
        now = tick.time
        fired = -1
        guard tick.kind != .clock else { return }
        let place = Int(tick.instrument)
        if tick.kind == .quote { quote(place, tick) }
        if tick.kind == .status { quotes[place].halted = tick.bid != 0 ? 1 : 0 }
        current = tick
        walk(routes[place * SignalPlan.kinds + Int(tick.kind.rawValue)])
    }

    /// The tick whose fields are read.
    var current = SignalTick.clock(at: .zero)

    private mutating func quote(_ place: Int, _ tick: SignalTick) {
        var state = quotes[place]
        (state.previousBid, state.previousAsk) = (state.bid, state.ask)
        (state.previousBidSize, state.previousAskSize) = (state.bidSize, state.askSize)
        (state.bid, state.ask, state.bidSize, state.askSize) = (tick.bid, tick.ask, tick.bidSize, tick.askSize)
        state.count += 1
        quotes[place] = state
    }

    private mutating func walk(_ route: SignalPlan.Route) {
        epoch += 1
        fetchLanes(Int(route.start + route.front), Int(route.lanes))
        var place = Int(route.start)
        for place in place..<place + Int(route.front) { evaluate(Int(lists[place])) }
        place += Int(route.front)
        let stirred = passLanes(place, Int(route.lanes))
        place += Int(route.lanes)
        for place in place..<place + Int(route.waking) { wakeLane(Int(lists[place])) }
        place += Int(route.waking)
        for place in place..<place + Int(route.behind) { evaluate(Int(lists[place])) }
        if stirred.isAny, !stirred.isCrowded, route.calmCount == 0 {
            nextRule = lists.count - Stirred.room
            lastRule = nextRule + stirred.rules
        } else {
            nextRule = Int(stirred.isAny ? route.rules : route.calm)
            lastRule = nextRule + Int(stirred.isAny ? route.ruleCount : route.calmCount)
        }
    }
}

/// That a rule was triggered.
public struct SignalOutput: Sendable, BitwiseCopyable, Equatable {
    public let time: Timestamp
    /// Its number in the plan.
    public let rule: Int
}
