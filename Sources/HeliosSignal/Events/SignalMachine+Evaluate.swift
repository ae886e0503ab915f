// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

extension SignalMachine {
    /// Brings a node up to date with the current event; its inputs already are.
    mutating func evaluate(_ index: Int) {
        let node = nodes[index]
        switch node.operation {
        case .constant: break
        case .field: readField(index, node, of: Int(node.first))
        // Of the member to which this happens.
        case .groupField: readField(index, node, of: Int(current.instrument))
        // Of earlier events only a sequence computes anything, for each match that waits.
        case .unary: if isNewer(node.first, index), !node.isOfMatch { computeUnary(index, node) }
        case .binary:
            if isNewer(node.first, index) || isNewer(node.second, index), !node.isOfMatch { computeBinary(index, node) }
        case .window: evaluateWindow(index, node)
        case .aggregate: if isNewer(node.first, index) { evaluateAggregate(index, node) }
        case .average: evaluateAverage(index, node)
        case .lag: evaluateLag(index, node)
        case .fresh: evaluateFresh(index, node)
        case .sample:
            if isPulse(node.second) { copy(index, node.first, updated: true) }
        case .filter: evaluateFilter(index, node)
        case .distinct: evaluateDistinct(index, node)
        case .clock: if fired == Int32(index) { settle(index, 1, isValid: true, updated: true) }
        case .any: evaluateAny(index, node)
        case .kalman: evaluateKalman(index, node)
        case .captured: break
        case .recalled: evaluateRecalled(index, node)
        case .kalmanPart: if isNewer(node.first, index) { readKalman(index, node) }
        default: evaluatePattern(index, node)
        }
    }

    // MARK: - Reading and writing values
    /// Whether an input has changed since the node was computed: now, or at an event at which the node was not looked at.
    @inline(__always)
    func isNewer(_ input: Int32, _ index: Int) -> Bool {
        values[Int(input)].state >> NodeValue.epochShift > values[index].state >> NodeValue.epochShift
    }

    @inline(__always)
    func isUpdated(_ index: Int32) -> Bool { values[Int(index)].isUpdated(epoch) }

    /// Whether the node is updated by this event, and true.
    @inline(__always)
    func isPulse(_ index: Int32) -> Bool {
        let value = values[Int(index)]
        return value.isUpdated(epoch) && value.isValid && value.number != 0
    }

    /// The number of a node, nil when it is invalid; what is true for a moment is false at all others.
    @inline(__always)
    func number(_ index: Int32) -> Double? {
        let value = values[Int(index)]
        if value.state & NodeValue.momentary != 0 { return isPulse(index) ? 1 : 0 }
        return value.isValid ? value.number : nil
    }

    /// Writes a node's value; one that is not finite is invalid.
    ///
    /// Without `updated` it is a value that has changed by itself, which is no sample.
    @inline(__always)
    mutating func settle(_ index: Int, _ number: Double, isValid: Bool, updated: Bool) {
        let isValid = isValid && number.isFinite
        var state = epoch << NodeValue.epochShift | (values[index].state & NodeValue.momentary)
        state |= updated ? NodeValue.updated : NodeValue.changed
        if isValid { state |= NodeValue.valid }
        values[index] = NodeValue(number: isValid ? number : 0, state: state)
    }

    mutating func copy(_ index: Int, _ source: Int32, updated: Bool) {
        let value = number(source)
        settle(index, value ?? 0, isValid: value != nil, updated: updated)
    }

    // MARK: - Fields
    private mutating func readField(_ index: Int, _ node: PlanNode, of instrument: Int) {
        guard fired < 0, let field = SignalField(rawValue: node.code) else { return }
        let quote = quotes[instrument]
        let hasBid = quote.bid.isFinite && quote.bid > 0
        let hasAsk = quote.ask.isFinite && quote.ask > 0
        let sizes = quote.bidSize + quote.askSize
        switch field {
        case .bid: settle(index, quote.bid, isValid: hasBid, updated: true)
        case .ask: settle(index, quote.ask, isValid: hasAsk, updated: true)
        case .bidSize: settle(index, quote.bidSize, isValid: hasBid, updated: true)
        case .askSize: settle(index, quote.askSize, isValid: hasAsk, updated: true)
        case .mid: settle(index, (quote.bid + quote.ask) / 2, isValid: hasBid && hasAsk, updated: true)
        case .width: settle(index, quote.ask - quote.bid, isValid: hasBid && hasAsk, updated: true)
        case .microprice:
            let weighted = quote.ask * quote.bidSize + quote.bid * quote.askSize
            settle(index, weighted / sizes, isValid: hasBid && hasAsk && sizes > 0, updated: true)
        case .imbalance:
            settle(
                index,
                (quote.bidSize - quote.askSize) / sizes,
                isValid: hasBid && hasAsk && sizes > 0,
                updated: true
            )
        case .orderFlow: settle(index, orderFlow(quote), isValid: hasBid && hasAsk && quote.hasPrevious, updated: true)
        case .price:
            settle(index, current.bid, isValid: current.bid.isFinite && current.bid > 0, updated: true)
        case .size: settle(index, current.bidSize, isValid: current.bidSize >= 0, updated: true)
        case .signedSize:
            settle(index, current.bidSize * current.askSize, isValid: current.bidSize >= 0, updated: true)
        case .halted: settle(index, halted(node), isValid: true, updated: true)
        }
    }

    /// 1 for an instrument that is halted; of a group how many are.
    private func halted(_ node: PlanNode) -> Double {
        guard node.operation == .groupField else { return current.bid != 0 ? 1 : 0 }
        var count = 0.0
        for place in Int(node.first)..<Int(node.first + node.second) where quotes[Int(inputs[place])].halted != 0 {
            count += 1
        }
        return count
    }

    /// Order flow of two quotes.
    private func orderFlow(_ quote: QuoteState) -> Double {
        let move = QuoteMove(bid: quote.bid, before: quote.previousBid, ask: quote.ask, before: quote.previousAsk)
        var flow = 0.0
        if move.bidComes { flow += quote.bidSize }
        if move.bidGoes { flow -= quote.previousBidSize }
        if move.askComes { flow -= quote.askSize }
        if move.askGoes { flow += quote.previousAskSize }
        return flow
    }

    // MARK: - Arithmetic and logic
    mutating func computeUnary(_ index: Int, _ node: PlanNode) {
        let updated = isUpdated(node.first)
        guard let x = number(node.first), let operation = UnaryOperation(rawValue: node.code) else {
            return settle(index, 0, isValid: false, updated: updated)
        }
        switch operation {
        case .negate: settle(index, -x, isValid: true, updated: updated)
        case .magnitude: settle(index, x.magnitude, isValid: true, updated: updated)
        case .logarithm: settle(index, x > 0 ? DeterministicMath.log(x) : 0, isValid: x > 0, updated: updated)
        case .exponential: settle(index, DeterministicMath.exp(x), isValid: true, updated: updated)
        case .squareRoot: settle(index, x >= 0 ? x.squareRoot() : 0, isValid: x >= 0, updated: updated)
        case .not: settle(index, x == 0 ? 1 : 0, isValid: true, updated: updated)
        }
    }

    mutating func computeBinary(_ index: Int, _ node: PlanNode) {
        let updated = isUpdated(node.first) || isUpdated(node.second)
        guard let operation = BinaryOperation(rawValue: node.code) else { return }
        let (left, right) = (number(node.first), number(node.second))
        if operation == .and || operation == .or {
            let answer = SignalMachine.logic(operation, left, right)
            return settle(index, answer ?? 0, isValid: answer != nil, updated: updated)
        }
        guard let left, let right else { return settle(index, 0, isValid: false, updated: updated) }
        switch operation {
        case .add: settle(index, left + right, isValid: true, updated: updated)
        case .subtract: settle(index, left - right, isValid: true, updated: updated)
        case .multiply: settle(index, left * right, isValid: true, updated: updated)
        case .divide: settle(index, left / right, isValid: right != 0, updated: updated)
        case .minimum: settle(index, min(left, right), isValid: true, updated: updated)
        case .maximum: settle(index, max(left, right), isValid: true, updated: updated)
        case .less: settle(index, left < right ? 1 : 0, isValid: true, updated: updated)
        case .lessOrEqual: settle(index, left <= right ? 1 : 0, isValid: true, updated: updated)
        case .greater: settle(index, left > right ? 1 : 0, isValid: true, updated: updated)
        case .greaterOrEqual: settle(index, left >= right ? 1 : 0, isValid: true, updated: updated)
        case .equal: settle(index, left == right ? 1 : 0, isValid: true, updated: updated)
        case .notEqual: settle(index, left != right ? 1 : 0, isValid: true, updated: updated)
        case .and, .or: break
        }
    }

    /// What is known of a conjunction or a disjunction with one side unknown (Kleene).
    static func logic(_ operation: BinaryOperation, _ left: Double?, _ right: Double?) -> Double? {
        let deciding = operation == .or
        if let left, (left != 0) == deciding { return deciding ? 1 : 0 }
        if let right, (right != 0) == deciding { return deciding ? 1 : 0 }
        return left == nil || right == nil ? nil : deciding ? 0 : 1
    }

    // MARK: - What remembers a little
    private mutating func evaluateAverage(_ index: Int, _ node: PlanNode) {
        guard isUpdated(node.first), let x = number(node.first) else { return }
        let word = Int(node.words)
        let value = values[index]
        // The time of the last sample stands in the word; without one the value is not valid.
        guard value.isValid else {
            words[word] = now.nanoseconds
            return settle(index, x, isValid: true, updated: true)
        }
        var weight = node.parameter
        if node.length > 0 {
            // Safe: time does not go back.
            let passed = UInt64(bitPattern: now.nanoseconds &- words[word])
            weight = TimedAverage.weight(after: passed, timeConstant: node.length)
        }
        words[word] = now.nanoseconds
        settle(index, value.number + weight * (x - value.number), isValid: true, updated: true)
    }

    private mutating func evaluateLag(_ index: Int, _ node: PlanNode) {
        guard isUpdated(node.first), let x = number(node.first) else { return }
        let size = Int64(node.capacity)
        let taken = words[Int(node.words)]
        reals[Int(node.reals) + Int(taken % size)] = x
        words[Int(node.words)] = taken + 1
        let old = reals[Int(node.reals) + Int((taken + 1) % size)]
        settle(index, old, isValid: taken + 1 >= size, updated: true)
    }

    private mutating func evaluateFresh(_ index: Int, _ node: PlanNode) {
        if isUpdated(node.first) {
            words[Int(node.words)] = now.nanoseconds
            if node.wakes { setTimer(index, now.nanoseconds + node.length) }
            copy(index, node.first, updated: true)
        } else if values[index].isValid, now.nanoseconds &- words[Int(node.words)] >= node.length {
            settle(index, 0, isValid: false, updated: false)
        } else if isNewer(node.first, index), values[index].isValid {
            copy(index, node.first, updated: false)
        }
    }

    private mutating func evaluateFilter(_ index: Int, _ node: PlanNode) {
        guard isUpdated(node.first), let condition = number(node.second), condition != 0 else { return }
        copy(index, node.first, updated: true)
    }

    private mutating func evaluateDistinct(_ index: Int, _ node: PlanNode) {
        guard isUpdated(node.first) else { return }
        let value = number(node.first)
        let known = values[index]
        let isKnown = known.state >> NodeValue.epochShift != 0
        if isKnown, known.isValid == (value != nil), value == nil || value == known.number { return }
        settle(index, value ?? 0, isValid: value != nil, updated: true)
    }

    private mutating func evaluateAny(_ index: Int, _ node: PlanNode) {
        for place in Int(node.first)..<Int(node.first + node.second) where isUpdated(inputs[place]) {
            return settle(index, 1, isValid: true, updated: true)
        }
    }

    private mutating func evaluateKalman(_ index: Int, _ node: PlanNode) {
        guard isUpdated(node.first) || isUpdated(node.second) else { return }
        guard let y = number(node.first), let x = number(node.second) else { return }
        let innovation = hedges[Int(node.capacity)].update(x: x, y: y)
        settle(index, innovation?.zScore ?? 0, isValid: innovation != nil, updated: true)
    }

    private mutating func readKalman(_ index: Int, _ node: PlanNode) {
        let filter = Int(node.first)
        let hedge = hedges[Int(nodes[filter].capacity)]
        switch node.code {
        // What an observation that was refused would have made of them is not known.
        case KalmanPart.beta.rawValue: settle(index, hedge.beta, isValid: values[filter].isValid, updated: true)
        case KalmanPart.alpha.rawValue: settle(index, hedge.alpha, isValid: values[filter].isValid, updated: true)
        default: settle(index, values[filter].number, isValid: values[filter].isValid, updated: true)
        }
    }
}

extension SignalMachine.QuoteState {
    var hasPrevious: Bool {
        count > 1 && previousBid.isFinite && previousBid > 0 && previousAsk.isFinite && previousAsk > 0
    }
}
