// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - The chain, told
extension RiskGate {
    /// Every control of the chain in its order, as it would meet `order` now; nothing is changed, counted or reserved.
    ///
    /// The first control that fails is the one that `check` would refuse with, scope, value and limit included: it is the same
    /// code. Conditions behind it are named as not reached. Allocates, so not for the way of an order. Ask before the order is
    /// checked: afterwards its number is used and its quantity reserved.
    public func trace(_ order: NewOrder, market: MarketSnapshot) -> [RiskCheck] {
        var checked = CheckedOrder(order, market)
        var story = Story(order)
        if threshold(checked, &story) == nil {
            follow(plannedPath(order.tag.strategy, order.venue, order.instrument), &checked)
            _ = chain(&checked, &story)
        }
        story.finish()
        return story.checks
    }
}

/// Writes down what the chain judges.
private struct Story: RiskWitness {
    static var counts: Bool { false }
    private(set) var checks: [RiskCheck] = []
    private var last: RiskStep?
    private var isOver = false
    private let order: NewOrder

    init(_ order: NewOrder) {
        self.order = order
        checks.reserveCapacity(64)
    }

    mutating func note(
        _ step: RiskStep,
        isMet: Bool,
        isWaived: Bool,
        value: Int128,
        limit: Int128,
        scope: UInt16,
        index: UInt32,
        _ reason: RiskReason
    ) {
        // A jump that never was has no time.
        let hasNumbers = (step.relation(order) != .holds || value != 0) && !(step == .jump && isMet && value < 0)
        checks.append(
            RiskCheck(
                step.control,
                reason,
                step.subject(order),
                step.relation(order),
                step.measure,
                value: hasNumbers || !isMet ? value : nil,
                limit: step.relation(order) == .holds && isMet && limit == 0 ? nil : limit,
                verdict: isWaived ? .waived : isMet ? .passed : .failed,
                scope: scope,
                limitIndex: index == .max ? nil : index
            )
        )
        last = step
        isOver = isOver || !isMet && !isWaived
    }

    /// Names what was not reached.
    mutating func finish() {
        guard isOver, let last else { return }
        for step in RiskStep.allCases where step.rawValue > last.rawValue && step.isTold(order) {
            checks.append(
                RiskCheck(
                    step.control,
                    step.reason,
                    step.subject(order),
                    step.relation(order),
                    step.measure,
                    verdict: .notReached
                )
            )
        }
    }
}

extension RiskStep {
    /// Steps that every order meets when nothing stops it; the others speak only when they refuse.
    fileprivate func isTold(_ order: NewOrder) -> Bool {
        switch self {
        case .sums, .loss, .room, .lossLimit, .burst, .replaceable, .band: false
        case .bound, .marketBound: order.type == .market
        case .reference: order.type == .limit
        case .locate, .shortPrice: order.side == .sell
        case .parent, .participation, .cost: order.tag.parent != nil
        case .valueAtRisk, .shortfall: false
        default: true
        }
    }

    /// How the value has to stand to the limit.
    fileprivate func relation(_ order: NewOrder) -> RiskCheck.Relation {
        switch self {
        case .walk: order.side == .buy ? .atMost : .atLeast
        case .instrument, .venue, .strategy: .below
        case .loss, .positive, .bound, .priceAboveZero, .reference, .shortPrice: .above
        case .trading: .equal
        case .age, .crossed: .within
        case .jump: .outside
        case .number: .numbered
        case .lots, .tick: .multiple
        case .below, .locate: .atLeast
        case .phase, .feed, .identity, .testFlag, .permission, .restriction, .declared, .declaredPrice, .duplicate,
            .selfTrade, .sums, .marketBound, .band, .lossLimit, .executions, .replaceable:
            .holds
        default: .atMost
        }
    }

    /// What is compared, in words.
    fileprivate func subject(_ order: NewOrder) -> String {
        let side = order.side == .buy ? "bought" : "sold"
        return switch self {
        case .state: "state of the scope"
        case .sums: "sums of positions and money that fit"
        case .identity: "program and configuration as they were signed off"
        case .strategy: "number of the strategy, which has a scope"
        case .instrument: "number of the instrument, which is listed"
        case .venue: "number of the venue"
        case .testFlag: "account and instrument that fit the session"
        case .permission: "permission for \(order.type) orders of the strategy in the instrument at the venue"
        case .restriction: "no restriction of the instrument"
        case .loss: "the day's profit below its start or its high"
        case .trading: "state of the instrument"
        case .phase: "phase of the day that takes \(order.type) orders"
        case .feed: "a feed without interruption"
        case .age: "age of the book"
        case .crossed: "time that the book is crossed"
        case .jump: "time since the price jumped"
        case .replaceable: "an order that can be replaced"
        case .number: "order number"
        case .positive, .quantity, .share: "order quantity"
        case .lots: "order quantity in lots"
        case .bound, .reference: "reference price"
        case .marketBound: "a bound for the market order that fits"
        case .priceAboveZero, .above, .below: "limit price"
        case .tick: "limit price in ticks"
        case .notional: "order value"
        case .declared: "instrument and venue that the strategy declared"
        case .declaredPrice: "limit price that the strategy declared"
        case .declaredNotional: "order value that the strategy declared"
        case .declaredOrders: "orders of the day that the strategy declared"
        case .walk: "limit price within the walk of the window"
        case .band: "limit price within the limit-up and limit-down bands"
        case .duplicate: "an order number not used before"
        case .equal: "equal orders in the window"
        case .rate: "messages in the bucket"
        case .burst: "messages in the bucket of the venue"
        case .executions: "a strategy that was not stopped for its executions"
        case .openOrders: "orders that may trade"
        case .orderTradeRatio: "messages for each trade less one"
        case .selfTrade: "no own order that it would meet"
        case .locate: "shares that are held or located"
        case .shortPrice: "short limit above the best bid"
        case .parent: "children of the parent order"
        case .fits: "sums of quantities and values that fit"
        case .position: "position with all open orders \(side)"
        case .dayQuantity: "\(side) today with all open orders"
        case .gross: "gross value with all open orders filled"
        case .net: "net value with all open orders on one side filled"
        case .credit: "value held and open"
        case .lossLimit: "a limit of the day's loss"
        case .participation: "share of the volume until the parent's horizon"
        case .cost: "predicted cost of the parent's rest"
        case .room: "paths of orders"
        case .valueAtRisk: "value at risk after the trade"
        case .shortfall: "expected shortfall after the trade"
        }
    }
}
