// SPDX-License-Identifier: MIT
import HeliosMarket

/// One condition of the chain: which control it belongs to and what it compares, in the order of the chain.
enum RiskStep: UInt8, CaseIterable {
    case state, sums, identity, strategy, instrument, venue, testFlag, permission, restriction, loss
    case trading, phase, feed, age, crossed, jump
    case replaceable, number, positive, lots, bound, marketBound, priceAboveZero, tick
    case quantity, share, notional, declared, declaredPrice, declaredNotional, declaredOrders
    case reference, above, below, walk, band
    case duplicate, equal, rate, burst, executions, openOrders, orderTradeRatio
    case selfTrade, locate, shortPrice, parent, fits
    case position, dayQuantity, gross, net, credit, lossLimit, participation, cost, room, valueAtRisk, shortfall

    @inline(__always)
    var control: RiskControl {
        switch self {
        case .state: .state
        case .sums, .instrument, .replaceable, .number, .marketBound, .priceAboveZero, .tick, .fits, .room: .p06
        case .identity: .p26
        case .strategy, .venue, .permission: .p22
        case .testFlag: .p27
        case .restriction: .p18
        case .loss, .lossLimit: .p14
        case .trading, .phase, .band: .p21
        case .feed, .age, .crossed, .jump: .p17
        case .positive, .lots, .quantity, .share: .p01
        case .notional: .p02
        case .declared, .declaredPrice, .declaredNotional, .declaredOrders: .p23
        case .bound, .reference: .p05
        case .above, .below: .p03
        case .walk: .p04
        case .duplicate, .equal: .p10
        case .rate, .burst: .p07
        case .executions: .p08
        case .openOrders, .orderTradeRatio: .p25
        case .selfTrade: .p16
        case .locate: .p19
        case .shortPrice: .p20
        case .parent: .p09
        case .position, .dayQuantity: .p11
        case .gross, .net: .p12
        case .credit: .p13
        case .participation, .cost: .p24
        case .valueAtRisk, .shortfall: .p15
        }
    }

    @inline(__always)
    var reason: RiskReason {
        switch self {
        case .state: .stateForbids
        case .sums, .marketBound, .fits: .overflow
        case .identity: .notSigned
        case .strategy, .venue, .permission: .notGranted
        case .instrument: .unknownInstrument
        case .testFlag: .testFlag
        case .restriction: .restricted
        case .loss, .below: .belowLimit
        case .trading: .notTrading
        case .phase: .phase
        case .feed: .feedDown
        case .age: .stale
        case .crossed: .crossed
        case .jump: .jump
        case .replaceable: .notReplaceable
        case .number, .room: .capacity
        case .positive, .priceAboveZero: .notPositive
        case .lots, .tick: .offGrid
        case .bound, .reference: .noReference
        case .declared, .declaredPrice, .declaredNotional, .declaredOrders: .undeclared
        case .band: .band
        case .duplicate: .duplicate
        case .executions: .stopped
        case .selfTrade: .selfTrade
        case .locate: .noLocate
        case .shortPrice: .shortPrice
        case .lossLimit: .missingLimit
        default: .aboveLimit
        }
    }

    @inline(__always)
    var measure: RiskMeasure {
        switch self {
        case .positive, .lots, .quantity, .share, .locate, .parent, .fits, .position, .dayQuantity: .quantity
        case .bound, .marketBound, .priceAboveZero, .tick, .reference, .above, .below, .walk, .band, .shortPrice,
            .declaredPrice:
            .price
        case .loss, .notional, .declaredNotional, .gross, .net, .credit, .lossLimit, .valueAtRisk, .shortfall: .money
        case .age, .crossed, .jump: .time
        case .participation, .cost: .basisPoints
        default: .number
        }
    }

    /// The kind of limit that it holds, for steps that hold one.
    var kind: LimitKind? {
        switch self {
        case .quantity: .orderQuantity
        case .share: .orderVolumeShare
        case .notional: .orderNotional
        case .walk: .walk
        case .equal: .duplicates
        case .rate: .messageRate
        case .burst: .messageBurst
        case .executions: .executions
        case .openOrders: .openOrders
        case .orderTradeRatio: .orderTradeRatio
        case .position: .position
        case .dayQuantity: .dayQuantity
        case .gross: .grossNotional
        case .net: .netNotional
        case .credit: .credit
        case .loss, .lossLimit: .dayLoss
        case .participation: .participation
        case .cost: .predictedCost
        case .valueAtRisk: .valueAtRisk
        case .shortfall: .expectedShortfall
        default: nil
        }
    }
}

/// Who listens to the chain: nobody on the way of an order, a list of checks when it is told.
protocol RiskWitness {
    /// Whether the order is really on its way: then limits remember their peaks and soft limits that were passed.
    static var counts: Bool { get }
    mutating func note(
        _ step: RiskStep,
        isMet: Bool,
        isWaived: Bool,
        value: Int128,
        limit: Int128,
        scope: UInt16,
        index: UInt32,
        _ reason: RiskReason
    )
}

/// Nobody: every note is inlined to nothing.
struct Silence: RiskWitness {
    static var counts: Bool { true }

    @inline(__always)
    mutating func note(
        _ step: RiskStep,
        isMet: Bool,
        isWaived: Bool,
        value: Int128,
        limit: Int128,
        scope: UInt16,
        index: UInt32,
        _ reason: RiskReason
    ) {}
}

/// An order on its way through the chain, with what is found out about it.
struct CheckedOrder {
    /// A market order gets its limit on the way, a sale its mark.
    var order: NewOrder
    let market: MarketSnapshot
    var facts = InstrumentFacts()
    var path = 0
    /// How many slots the path has.
    var count = 0
    var reference = Reference.none
    /// Bit n: at the path's nth slot the order can only bring the position nearer to zero.
    var reductions: UInt32 = 0
    /// The same at the account's: what counts for controls that have no scope.
    var reduces = false
    /// The price that its value in sums is taken at, and that value: what the firm may come to hold, or to owe.
    var valuePrice: Int64
    var value: Int128 = 0
    /// Soft limits passed so far.
    var crossings = 0
    /// P16: own orders are to be cancelled for it (`SelfTradeMode.decrement`).
    var meets = false
    /// P19: shares to be reserved of those that may be borrowed.
    var located: Int64 = 0
    /// What counts as new of it; less than its quantity for one that replaces another.
    var added: Int64
    /// What the order that it replaces has reserved already, and its value.
    var replaced: OrderID = 0
    var held: Int64 = 0
    var heldValue: Int128 = 0
    /// It replaces another and leaves no more open, by number and by value: it takes nothing that a sum counts.
    var addsNothing = false

    init(_ order: NewOrder, _ market: MarketSnapshot) {
        self.order = order
        self.market = market
        valuePrice = order.price.raw
        added = order.quantity.raw
    }

    @inline(__always)
    func reduces(at place: Int) -> Bool { reductions >> UInt32(place) & 1 != 0 }

    /// Its value by itself (P02, P23): at its limit, without one at the worst price of its collar; below 2^126.
    @inline(__always)
    var notional: Int128 {
        Int128(order.quantity.raw) &* Int128(order.type == .limit ? order.price.raw : valuePrice)
    }

    /// Whether sums over what is held and open (P11, P12, P13, P15) do not bind it at a place.
    @inline(__always)
    func passesSums(at place: Int) -> Bool { addsNothing || reduces(at: place) }
}

extension RiskGate {
    /// Judges one condition: nil when it is met or does not bind, else the refusal.
    @inline(__always)
    func hold<W: RiskWitness>(
        _ witness: inout W,
        _ step: RiskStep,
        _ order: NewOrder,
        _ isMet: Bool,
        value: Int128 = 0,
        limit: Int128 = 0,
        scope: UInt16 = 0,
        index: UInt32 = .max,
        waived: Bool = false,
        reason: RiskReason? = nil
    ) -> RiskRefusal? {
        let named = reason ?? step.reason
        witness.note(
            step,
            isMet: isMet,
            isWaived: waived,
            value: value,
            limit: limit,
            scope: scope,
            index: index,
            named
        )
        if isMet || waived { return nil }
        return RiskRefusal(
            order,
            step.control,
            named,
            step.measure,
            value: value,
            limit: limit,
            scope: scope,
            limitIndex: index
        )
    }

    /// Judges a value against the limit at `place`: above it the order is refused, above the soft one an alert is due.
    @inline(__always)
    func hold<W: RiskWitness>(
        _ witness: inout W,
        _ step: RiskStep,
        _ checked: inout CheckedOrder,
        _ value: Int128,
        at place: Int,
        waived: Bool
    ) -> RiskRefusal? {
        // Safe: `place` is a limit's.
        let limit = unsafe policy.table.cells[place].hard
        let scope = unsafe policy.table.cells[place].scope
        if let refusal = hold(
            &witness,
            step,
            checked.order,
            value <= limit,
            value: value,
            limit: limit,
            scope: scope,
            index: UInt32(place),
            waived: waived
        ) {
            return refusal
        }
        if W.counts, !waived { note(&checked, value, at: place) }
        return nil
    }

    /// Remembers a limit's largest value, and that its soft limit was passed.
    @inline(__always)
    func note(_ checked: inout CheckedOrder, _ value: Int128, at place: Int) {
        // Safe: `place` is a limit's; no more crossings are kept than there is room for.
        if unsafe value > policy.table.cells[place].peak { unsafe policy.table.cells[place].peak = value }
        if unsafe value > policy.table.cells[place].soft, checked.crossings < CrossedLimit.room {
            unsafe (crossed + checked.crossings).initialize(to: CrossedLimit(value: value, place: UInt32(place)))
            checked.crossings += 1
        }
    }

    /// Refuses an order that meets no limit of a kind anywhere, though it must.
    @inline(__always)
    func need<W: RiskWitness>(
        _ witness: inout W,
        _ step: RiskStep,
        _ kind: LimitKind,
        _ checked: CheckedOrder,
        value: Int128 = 0
    ) -> RiskRefusal? {
        // Safe: the path was found.
        guard unsafe ledger.paths[checked.path].missing & kind.bit != 0 else { return nil }
        return hold(
            &witness,
            step,
            checked.order,
            false,
            value: value,
            waived: checked.reduces,
            reason: .missingLimit
        )
    }
}
