// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

// One order of 100 shares, number 1, that number 2 may take the place of: a venue, two lines that keep their order, and what the
// facts told so far mean. Nothing here is shared with `WorkingOrders`: states are read off the facts, not moved along.

/// What we say to the venue.
enum ModelWish: Hashable {
    case new, replace
    case cancel(Int)
}

/// What the venue says.
enum ModelWord: Hashable {
    case accepted, rejected, replaceRejected
    case filled(Int, execution: Int, Int)
    case cancelled(Int, Int)
    case cancelRejected(Int)
    case replaced(total: Int)
}

/// What has been asked and told, as a set of facts.
struct ModelFacts: Hashable {
    static let quantity = 100
    var target: Int
    var accepted = false
    var rejected = false
    /// Shares by execution; 0 where it was not told.
    var fills = [0, 0, 0]
    /// Shares cancelled of either number; nil where it was not told.
    var cancelled: [Int?] = [nil, nil]
    var cancelIsAsked = [false, false]
    var filledWhenAsked: Int?
    var isRefused = false
    var total: Int?

    var filled: Int { fills.reduce(0, +) }
    var isReplacePending: Bool { filledWhenAsked != nil && total == nil && !isRefused }
    /// The number that works, as far as is known.
    var current: Int { total == nil ? 1 : 2 }

    /// Whether a word about a cancel comes when nobody waits for it any more, because the venue has cancelled unasked.
    func knows(_ word: ModelWord) -> Bool {
        if case .cancelRejected(let number) = word { return !cancelIsAsked[number - 1] }
        return false
    }

    mutating func hear(_ word: ModelWord) {
        switch word {
        case .accepted: accepted = true
        case .rejected: (rejected, cancelIsAsked[0]) = (true, false)
        case .filled(_, let execution, let shares): fills[execution] = shares
        case .cancelled(let number, let shares):
            cancelled[number - 1] = shares
            cancelIsAsked[number - 1] = false
        case .cancelRejected(let number): cancelIsAsked[number - 1] = false
        case .replaced(let shares): total = shares
        case .replaceRejected: isRefused = true
        }
    }

    /// State and open shares of a number; nil when it was never sent.
    func row(_ number: Int) -> (state: OrderState, leaves: Int)? {
        number == 1 ? first : second
    }

    private var first: (state: OrderState, leaves: Int) {
        if total != nil { return (.replaced, 0) }
        if rejected { return (.rejected, 0) }
        let leaves = ModelFacts.quantity - filled - (cancelled[0] ?? 0)
        if filled == ModelFacts.quantity { return (.filled, 0) }
        if cancelled[0] != nil { return (.canceled, leaves) }
        if cancelIsAsked[0] { return (.pendingCancel, leaves) }
        if isReplacePending { return (.pendingReplace, leaves) }
        return (filled > 0 ? .partiallyFilled : accepted ? .new : .pendingNew, leaves)
    }

    private var second: (state: OrderState, leaves: Int)? {
        guard let before = filledWhenAsked else { return nil }
        if isRefused { return (.rejected, 0) }
        guard let total else { return (cancelIsAsked[1] ? .pendingCancel : .pendingNew, target - before) }
        let leaves = total - filled - (cancelled[1] ?? 0)
        if filled == total { return (.filled, 0) }
        if cancelled[1] != nil { return (.canceled, leaves) }
        return (cancelIsAsked[1] ? .pendingCancel : filled > 0 ? .partiallyFilled : .new, leaves)
    }
}

/// The venue, the lines, and what may still happen.
struct ModelWorld: Hashable {
    /// What may happen next.
    enum Step: Hashable {
        case cancel, replace, disconnect
        /// The venue takes the next wish and agrees, or not.
        case arrive(agrees: Bool)
        case fill, unsolicitedCancel, deliver
    }

    static let fills = [40, 30, 50]

    // The venue.
    var isSeen = false
    var live = 0
    var open = 0
    var done = 0
    var executions = 0
    var history: [ModelWord] = []
    // The lines.
    var up: [ModelWish] = [.new]
    var down: [ModelWord] = []
    // What is left to happen.
    var cancels = 2
    var replaces = 1
    var disconnects = 1
    var surprises = 1
    // Us.
    var facts: ModelFacts

    init(target: Int) { facts = ModelFacts(target: target) }

    /// The numbers that a cancel goes to: while a replacement is not answered, both.
    var cancelled: [Int] {
        let numbers = facts.isReplacePending ? [1, 2] : [facts.current]
        return numbers.filter { (facts.row($0)?.leaves ?? 0) > 0 && !facts.cancelIsAsked[$0 - 1] }
    }

    var steps: [Step] {
        var steps: [Step] = []
        if cancels > 0, !cancelled.isEmpty { steps.append(.cancel) }
        let mayReplace =
            facts.filledWhenAsked == nil && (facts.row(1)?.leaves ?? 0) > 0 && !facts.cancelIsAsked[0]
            && facts.cancelled[0] == nil && facts.target > facts.filled
        if replaces > 0, mayReplace { steps.append(.replace) }
        if disconnects > 0 { steps.append(.disconnect) }
        if let wish = up.first {
            steps.append(.arrive(agrees: true))
            if mayAgree(wish) { steps.append(.arrive(agrees: false)) }
        }
        if open > 0, executions < 3 { steps.append(.fill) }
        if open > 0, surprises > 0 { steps.append(.unsolicitedCancel) }
        if !down.isEmpty { steps.append(.deliver) }
        return steps
    }

    private func mayAgree(_ wish: ModelWish) -> Bool {
        switch wish {
        case .new: true
        case .cancel(let number): live == number
        case .replace: live == 1
        }
    }

    mutating func say(_ word: ModelWord) {
        history.append(word)
        down.append(word)
    }

    /// The venue takes a wish.
    mutating func arrive(agrees: Bool) {
        let wish = up.removeFirst()
        let agrees = agrees && mayAgree(wish)
        switch wish {
        case .new:
            isSeen = true
            (live, open) = agrees ? (1, ModelFacts.quantity) : (0, 0)
            say(agrees ? .accepted : .rejected)
        case .cancel(let number):
            say(agrees ? .cancelled(number, open) : .cancelRejected(number))
            if agrees { (live, open) = (0, 0) }
        case .replace:
            guard agrees else { return say(.replaceRejected) }
            open = max(facts.target - done, 0)
            live = open > 0 ? 2 : 0
            say(.replaced(total: max(facts.target, done)))
        }
    }

    mutating func fill() {
        let shares = min(ModelWorld.fills[executions], open)
        say(.filled(live, execution: executions, shares))
        executions += 1
        done += shares
        open -= shares
        if open == 0 { live = 0 }
    }

    mutating func cancelUnasked() {
        surprises -= 1
        say(.cancelled(live, open))
        (live, open) = (0, 0)
    }
}
