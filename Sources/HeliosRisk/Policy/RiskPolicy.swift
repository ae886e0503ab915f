// SPDX-License-Identifier: MIT
import HeliosMarket

/// Everything that a firm allows, before it is compiled for the gate: who belongs to whom, and which limit holds where.
///
/// A limits file is read into it (`helios risk check`), a gate is made of it, a report tells the use of each of its limits. It
/// names instruments by symbol, so that it can be read without a market.
public struct RiskPolicy: Sendable, Equatable {
    /// Which edition of the limits this is: every refusal carries it.
    ///
    /// A reader makes it of the file's digest.
    public var version: UInt64 = 0
    /// Rules about market data that hold for all orders alike: collars, references, staleness (P03, P05, P17).
    public var market = RiskLimits()
    /// The firm first, then desks, accounts, traders and strategies; a scope's parent stands before it.
    public var scopes: [RiskScope] = []
    /// The scope of each strategy, by the strategy's number (`OrderTag.strategy`).
    ///
    /// A strategy without one may not trade.
    public var strategies: [Int] = []
    /// Every limit.
    public var limits: [RiskLimit] = []
    /// What is known of instruments; one that is not listed has no lot, no tick and no volume, and is refused.
    public var instruments: [InstrumentProfile] = []
    /// What holds for an instrument that `instruments` does not name; nil refuses it.
    public var otherInstruments: InstrumentProfile?
    /// Names of asset classes (or sectors); an `InstrumentProfile` refers to one by its place here.
    public var assetClasses: [String] = []
    /// Names of venues; `Venue.id` − 1 is the place here.
    public var venues: [String] = []
    /// P18: what may not be traded.
    public var restrictions: [Restriction] = []
    /// P22: who may trade what; empty grants nothing.
    public var permissions: [Permission] = []
    /// P23: what each strategy declared when it was deployed, by the strategy's number.
    public var envelopes: [StrategyEnvelope] = []
    /// P19: shares that may be borrowed today.
    public var locates: [Locate] = []
    /// P16: what happens to an order that would meet one of our own.
    public var selfTrade = SelfTradeMode.cancelNewest
    /// P19 and P20: which rules short sales are under.
    public var shortSales = ShortSaleRules.us
    /// P27: the session is a test: only test accounts and test instruments trade, and those nowhere else.
    public var isTestSession = false
    /// Who may give commands and change limits; a person's number in records is the place here plus one.
    public var identities: [RiskIdentity] = []
    /// P15: how value at risk is computed; nil refuses every order that a limit of it binds.
    public var model: RiskModelDescription?
    /// How the system reduces positions by itself after a breach; nil does nothing.
    public var reduction: ReductionRules?
    /// P26: the build and configuration that are signed off; nil asks for none (backtests).
    public var manifest: RiskManifest?

    public init() {}
}

/// Somebody whose orders are counted together.
///
/// An order belongs to its strategy's scope and to every scope above it, and must pass at each.
public struct RiskScope: Sendable, Equatable {
    /// The levels, from an order to the firm.
    public enum Kind: UInt8, Sendable, CaseIterable, Comparable {
        case order = 0
        case parent, strategy, trader, account, desk, firm

        public static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
    }

    public var kind: Kind
    public var name: String
    /// The place of the scope above in `RiskPolicy.scopes`; nil for the firm.
    public var parent: Int?
    /// P27: an account for tests.
    public var isTest = false

    public init(_ kind: Kind, _ name: String, parent: Int? = nil, isTest: Bool = false) {
        self.kind = kind
        self.name = name
        self.parent = parent
        self.isTest = isTest
    }
}

/// What a limit counts within its scope.
public enum LimitTarget: Hashable, Sendable {
    /// All orders of the scope, summed over instruments where the limit sums.
    case all
    /// Each instrument by itself.
    case eachInstrument
    /// One instrument; takes the place of `eachInstrument` for it.
    case instrument(Symbol)
    /// All orders to a venue: its `Venue.id`.
    case venue(UInt16)
    /// All instruments of a class: its place in `RiskPolicy.assetClasses`.
    case assetClass(UInt8)
}

/// One limit: at a scope, for a target, of a kind.
public struct RiskLimit: Sendable, Equatable {
    /// The place in `RiskPolicy.scopes`.
    public var scope: Int
    public var target: LimitTarget
    public var kind: LimitKind
    /// The hard limit, in the units of `kind.measure`: beyond it the order is refused.
    public var hard: Int128
    /// The soft limit, within the hard one: beyond it an alert is raised and the order passes.
    ///
    /// Nil raises none.
    public var soft: Int128?
    /// Over how long it counts, for kinds that count over time (`kind.isWindowed`); 0 otherwise.
    public var window: Nanoseconds

    public init(
        _ scope: Int,
        _ target: LimitTarget = .all,
        _ kind: LimitKind,
        hard: Int128,
        soft: Int128? = nil,
        window: Nanoseconds = 0
    ) {
        self.scope = scope
        self.target = target
        self.kind = kind
        self.hard = hard
        self.soft = soft
        self.window = window
    }
}

/// What a limit limits.
///
/// The raw values stand in journals: new cases go to the end.
public enum LimitKind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// P01: the quantity of an order.
    case orderQuantity = 0
    /// P01: an order's share of the average daily volume.
    case orderVolumeShare
    /// P02: the value of an order.
    case orderNotional
    /// P04: how far own aggressive orders may walk from the reference at the window's start.
    case walk
    /// P07: new orders and replaces a second, and how many may come at once.
    case messageRate
    case messageBurst
    /// P08: fills of a strategy in an instrument on one side within the window.
    case executions
    /// P10: equal orders within the window.
    case duplicates
    /// P11: the position, long or short, with everything in flight filled.
    case position
    /// P11: what is bought, and what is sold, in a day.
    case dayQuantity
    /// P12: the sum of all worst-case values, without and with their signs.
    case grossNotional
    case netNotional
    /// P13: what is open plus what is held.
    case credit
    /// P14: the day's loss, and the fall from the day's high.
    case dayLoss
    case drawdown
    /// P15: value at risk and expected shortfall after the trade.
    case valueAtRisk
    case expectedShortfall
    /// P24: what is left of a parent as a share of the volume over its horizon, and what it is predicted to cost.
    case participation
    case predictedCost
    /// P25: live orders, and messages for each trade less one.
    case openOrders
    case orderTradeRatio

    /// The control that holds it.
    public var control: RiskControl {
        switch self {
        case .orderQuantity, .orderVolumeShare: .p01
        case .orderNotional: .p02
        case .walk: .p04
        case .messageRate, .messageBurst: .p07
        case .executions: .p08
        case .duplicates: .p10
        case .position, .dayQuantity: .p11
        case .grossNotional, .netNotional: .p12
        case .credit: .p13
        case .dayLoss, .drawdown: .p14
        case .valueAtRisk, .expectedShortfall: .p15
        case .participation, .predictedCost: .p24
        case .openOrders, .orderTradeRatio: .p25
        }
    }

    /// The units of its value.
    public var measure: RiskMeasure {
        switch self {
        case .orderQuantity, .position, .dayQuantity: .quantity
        case .orderNotional, .grossNotional, .netNotional, .credit, .dayLoss, .drawdown, .valueAtRisk,
            .expectedShortfall:
            .money
        case .orderVolumeShare, .walk, .participation, .predictedCost: .basisPoints
        case .messageRate, .messageBurst, .executions, .duplicates, .openOrders, .orderTradeRatio: .number
        }
    }

    /// Whether it counts over a window of time.
    public var isWindowed: Bool {
        switch self {
        case .walk, .executions, .duplicates: true
        default: false
        }
    }
}

/// What risk needs to know of an instrument.
public struct InstrumentProfile: Sendable, Equatable {
    public var symbol: Symbol
    /// Lot and price steps (P06) and the average daily volume over 20 days (P01, P24).
    public var lot = Quantity.zero
    public var tick = Price.zero
    public var tickBelowOne = Price.zero
    public var averageDailyVolume = Quantity.zero
    /// Yesterday's close (P05, P20); zero when it is not known.
    public var priorClose = Price.zero
    /// The place in `RiskPolicy.assetClasses`; nil belongs to none.
    public var assetClass: UInt8?
    /// Who issued it (P18).
    public var issuer = ""
    /// P21: the tier of its limit-up and limit-down bands: 1 or 2; 0 has none.
    public var bandTier: UInt8 = 0
    /// P24: its daily volatility in basis points and half its usual spread in basis points.
    public var dailyVolatility: Int64 = 0
    public var halfSpread: Int64 = 0
    /// P27: an instrument for tests.
    public var isTest = false

    public init(_ symbol: Symbol) { self.symbol = symbol }
}

/// P18: what may not be traded, and by whom; nil stands for all.
public struct Restriction: Sendable, Equatable {
    public var symbol: Symbol?
    public var issuer: String?
    /// The place of a scope in `RiskPolicy.scopes`, with everything below it.
    public var scope: Int?
    public var reason: String
    /// Reductions of what is held may pass.
    public var allowsReductions: Bool

    public init(
        symbol: Symbol? = nil,
        issuer: String? = nil,
        scope: Int? = nil,
        reason: String,
        allowsReductions: Bool = false
    ) {
        self.symbol = symbol
        self.issuer = issuer
        self.scope = scope
        self.reason = reason
        self.allowsReductions = allowsReductions
    }
}

/// P22: what a scope (and everything below it) may trade; nil stands for all.
public struct Permission: Sendable, Equatable {
    public var scope: Int
    public var symbols: [Symbol]?
    public var assetClasses: [UInt8]?
    public var venues: [UInt16]?
    public var types: [OrderType]?

    public init(
        scope: Int,
        symbols: [Symbol]? = nil,
        assetClasses: [UInt8]? = nil,
        venues: [UInt16]? = nil,
        types: [OrderType]? = nil
    ) {
        self.scope = scope
        self.symbols = symbols
        self.assetClasses = assetClasses
        self.venues = venues
        self.types = types
    }
}

/// P23: what a strategy declared when it was deployed; nil stands for anything.
public struct StrategyEnvelope: Sendable, Equatable {
    public var symbols: [Symbol]?
    public var venues: [UInt16]?
    /// Orders in a day.
    public var orders: Int?
    public var priceMin: Price?
    public var priceMax: Price?
    /// The value of an order, raw money.
    public var notionalMax: Int128?

    public init() {}
}

/// P19: shares that a lender has promised for today.
public struct Locate: Sendable, Equatable {
    public var symbol: Symbol
    public var quantity: Quantity
    /// The lender's reference.
    public var reference: String

    public init(_ symbol: Symbol, _ quantity: Quantity, reference: String) {
        self.symbol = symbol
        self.quantity = quantity
        self.reference = reference
    }
}

/// P19 and P20: which rules short sales are under.
public enum ShortSaleRules: UInt8, Sendable, CaseIterable {
    /// None (a backtest, a venue abroad): short sales are marked, nothing more.
    case none = 0
    /// US: a short sale needs located shares, and the price test binds it.
    case us
}

/// P16: what happens when an order would trade with one of our own.
public enum SelfTradeMode: UInt8, Sendable, CaseIterable {
    /// The new order is refused.
    case cancelNewest = 0
    /// The resting order is cancelled; the new one is refused until that is acknowledged.
    case cancelOldest
    /// The resting order is cancelled and the new one refused.
    case cancelBoth
    /// The new order is made smaller by what it would meet, and the resting one cancelled for the same quantity.
    case decrement
}

/// P26: what was signed off to trade.
public struct RiskManifest: Sendable, Equatable {
    /// Digests of the program and of the configuration, their first eight bytes.
    public var build: UInt64
    public var configuration: UInt64

    public init(build: UInt64, configuration: UInt64) {
        self.build = build
        self.configuration = configuration
    }
}

/// Somebody who may give commands: what is signed with the key counts as said by them.
public struct RiskIdentity: Sendable, Equatable {
    /// What somebody may do.
    public enum Role: UInt8, Sendable, CaseIterable {
        /// May lower states and propose.
        case trader = 0
        /// May approve too: of the two people of an approval one must be a risk officer.
        case riskOfficer
    }

    public var name: String
    public var role: Role
    /// The Ed25519 public key, 32 bytes.
    public var publicKey: [UInt8]

    public init(_ name: String, _ role: Role, publicKey: [UInt8]) {
        self.name = name
        self.role = role
        self.publicKey = publicKey
    }
}
