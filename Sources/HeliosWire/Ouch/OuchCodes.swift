// SPDX-License-Identifier: MIT
import HeliosMarket

/// A letter or number of a message that stands for something: the raw value, and its meaning when it is known.
///
/// A value that no case names is not an error: venues add letters. It is kept as it came, `meaning` is nil, and whoever must
/// decide chooses the careful side (an unknown liquidity letter is no maker, an unknown order state is live, an unknown reason
/// is passed on as a number).
@frozen
public struct OuchCode<Meaning: RawRepresentable>: Equatable, Sendable, BitwiseCopyable
where Meaning.RawValue: FixedWidthInteger & BitwiseCopyable & Sendable {
    /// The value as it stands in the message.
    public var rawValue: Meaning.RawValue

    @inlinable
    public init(rawValue: Meaning.RawValue) { self.rawValue = rawValue }

    @inlinable
    public init(_ meaning: Meaning) { rawValue = meaning.rawValue }

    /// What it stands for; nil when no case names it.
    @inlinable
    public var meaning: Meaning? { Meaning(rawValue: rawValue) }
}

/// The side of an order.
public enum OuchSide: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case buy = 0x42
    case sell = 0x53
    case sellShort = 0x54
    case sellShortExempt = 0x45

    /// Whether it adds to a position or takes from it.
    @inlinable
    public var side: Side { self == .buy ? .buy : .sell }
}

/// How an order is shown; 5.0 knows only the first four.
public enum OuchDisplay: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// `Y`: visible; in 4.2 without a name.
    case visible = 0x59
    /// `N`.
    case hidden = 0x4E
    /// `A`: visible with the firm's name.
    case attributable = 0x41
    /// `Z`: the venue changed how it is shown; in 4.2 accepted as hidden.
    case conformant = 0x5A
    /// `P`.
    case postOnly = 0x50
    /// `I`.
    case imbalanceOnly = 0x49
    /// `M`.
    case midpointPeg = 0x4D
    /// `W`.
    case midpointPegPostOnly = 0x57
    /// `L`.
    case postOnlyAttributable = 0x4C
    /// `O`.
    case retailType1 = 0x4F
    /// `T`.
    case retailType2 = 0x54
    /// `Q`.
    case retailPriceImprovement = 0x51
    /// `m`.
    case midpointTradeNow = 0x6D
    /// `n`.
    case hiddenTradeNow = 0x6E
}

/// For whom an order is entered.
public enum OuchCapacity: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case agency = 0x41
    case principal = 0x50
    case riskless = 0x52
    case other = 0x4F
}

/// Whether an order is an intermarket sweep.
public enum OuchSweep: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case yes = 0x59
    case no = 0x4E
    /// `y`, 4.2 only: a trade-at sweep.
    case tradeAt = 0x79
}

/// Which auction an order is for.
public enum OuchCross: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// `N`: none, the continuous market.
    case none = 0x4E
    case opening = 0x4F
    case closing = 0x43
    /// `H`: after a halt, or an offering.
    case halt = 0x48
    case supplemental = 0x53
    case retail = 0x52
    case extendedLife = 0x45
    /// `A`, 5.0 only.
    case afterHoursClose = 0x41
}

/// How long an order lives, in 5.0.
public enum OuchTimeInForce: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case day = 0x30
    case immediateOrCancel = 0x33
    /// `5`: extended hours.
    case extendedHours = 0x35
    /// `6`: as many seconds as the field `expireTime` says.
    case goodTillTime = 0x36
    /// `E`.
    case afterHours = 0x45
}

/// Whether an accepted order works.
public enum OuchOrderState: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case live = 0x4C
    /// `D`: accepted and ended in the same moment, no cancel follows.
    case dead = 0x44
}

/// What a System Event says.
public enum OuchSystemCode: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case startOfDay = 0x53
    /// `E`: no new orders; open ones may still be cancelled by the venue.
    case endOfDay = 0x45
}

/// Who sent the order for whom, in 4.2.
public enum OuchCustomer: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case retail = 0x52
    case notRetail = 0x4E
    case portDefault = 0x20
}

/// How an accepted order stands to the best bid and offer.
public enum OuchWeight: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// `0`: up to 0.2 % away.
    case within0_2Percent = 0x30
    /// `1`: up to 1 %.
    case within1Percent = 0x31
    /// `2`: up to 2 %.
    case within2Percent = 0x32
    /// `3`.
    case beyond = 0x33
    /// `S`: sets the venue's best price.
    case setsVenueBest = 0x53
    /// `N`: improves the national best price.
    case improvesNationalBest = 0x4E
    case none = 0x20
}

/// What the price of an order hangs on.
public enum OuchPriceType: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case limit = 0x4C
    case marketPeg = 0x50
    case midpointPeg = 0x4D
    case primaryPeg = 0x52
    case marketMakerPeg = 0x51
    case midpoint = 0x6D
}

/// Why an order, or a part of it, was cancelled.
public enum OuchCancelReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case user = 0x55
    case immediateOrCancel = 0x49
    case timeout = 0x54
    case supervisory = 0x53
    case regulatory = 0x44
    case selfMatch = 0x51
    case system = 0x5A
    case crossCancelled = 0x43
    case marketCollars = 0x4B
    case halted = 0x48
    case openProtection = 0x58
    case closed = 0x45
    /// `F`: post only, the price would have slid.
    case postOnlySlide = 0x46
    /// `G`: post only, a displayed order stood against it.
    case postOnlyContra = 0x47
    /// `e`, 5.0 only: more shares than a direct listing offers.
    case exceedsOffer = 0x65

    /// The same as Helios says it.
    @inlinable
    public var neutral: CancelReason {
        switch self {
        case .immediateOrCancel, .postOnlySlide, .postOnlyContra: .immediateOrCancel
        case .timeout, .closed: .endOfSession
        case .halted: .halted
        default: .user
        }
    }
}

/// Why a trade was undone.
public enum OuchBreakReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case erroneous = 0x45
    case consent = 0x43
    case supervisory = 0x53
    case external = 0x58
}

/// Why an order changed by itself.
public enum OuchRestatement: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// `R`: a reserve showed a new part.
    case refresh = 0x52
    /// `P`: another price is shown.
    case newDisplayPrice = 0x50
}

/// What happens when orders of one owner meet.
public enum OuchSelfMatch: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case cancelOldest = 0x4F
    case cancelNewest = 0x57
    case decrementBoth = 0x44
    /// `Y`: both, and the details are not told.
    case decrementBothQuietly = 0x59
    case organisationCancelOldest = 0x6F
    case organisationCancelNewest = 0x77
    case organisationDecrementBoth = 0x64
    case organisationDecrementBothQuietly = 0x79
    case portDefault = 0x2A
}

/// Whether an execution added or removed liquidity, and how; the letters of 4.2 and 5.0.
public enum OuchLiquidity: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case added = 0x41
    case removed = 0x52
    /// `O`: an opening cross order.
    case openingCross = 0x4F
    /// `M`: another order in the opening cross.
    case openingCrossContinuous = 0x4D
    /// `C`: a closing cross order.
    case closingCross = 0x43
    /// `L`: another order in the closing cross.
    case closingCrossContinuous = 0x4C
    /// `H`: a halt or offering cross order.
    case haltCross = 0x48
    /// `K`: another order in it.
    case haltCrossContinuous = 0x4B
    /// `J`: not displayed, added.
    case addedHidden = 0x4A
    /// `W`, 4.2: added, post only.
    case addedPostOnly = 0x57
    /// `m`: removed at the midpoint.
    case removedMidpoint = 0x6D
    /// `k`: added at the midpoint.
    case addedMidpoint = 0x6B
    /// `0`.
    case supplemental = 0x30
    /// `7`: displayed, added, improving the national best.
    case addedImproving = 0x37
    /// `8`: displayed, added, setting the venue's best.
    case addedSetting = 0x38
    /// `d`, `e`, `f`: retail designated.
    case retailD = 0x64
    case retailE = 0x65
    case retailF = 0x66
    /// `j`: retail price improvement provides.
    case improvementProvides = 0x6A
    /// `r`: retail removes retail price improvement.
    case retailRemovesImprovement = 0x72
    /// `t`: retail removes other price improving liquidity.
    case retailRemovesOther = 0x74
    /// `4`, `5`: added.
    case added4 = 0x34
    case added5 = 0x35
    /// `6`: removed.
    case removed6 = 0x36
    /// `g`: added.
    case addedG = 0x67
    /// `n`: midpoint extended life.
    case extendedLife = 0x6E
    /// `i`, 5.0: after-hours closing.
    case afterHoursClose = 0x69
    /// `N`, 5.0: passive at the midpoint.
    case passiveMidpoint = 0x4E
    /// `p`, 5.0: removed price improving hidden liquidity.
    case removedImproving = 0x70
    /// `q`, 5.0: retail removed at the midpoint.
    case retailRemovesMidpoint = 0x71

    /// Whether our order was resting.
    @inlinable
    public var isMaker: Bool {
        switch self {
        case .added, .addedHidden, .addedPostOnly, .addedMidpoint, .addedImproving, .addedSetting, .added4, .added5,
            .addedG, .improvementProvides, .passiveMidpoint:
            true
        default: false
        }
    }
}

/// Why OUCH 4.2 refused an order.
public enum OuchRejectLetter: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// `T`: test mode.
    case testMode = 0x54
    /// `H`: halted.
    case halted = 0x48
    /// `Z`: shares above safety threshold.
    case quantity = 0x5A
    /// `S`: invalid stock.
    case symbol = 0x53
    /// `D`: invalid display.
    case display = 0x44
    /// `C`: closed.
    case closed = 0x43
    /// `L`: firm not authorised for clearing type.
    case firm = 0x4C
    /// `M`: outside clearing times.
    case clearingTimes = 0x4D
    /// `R`: not allowed in this cross.
    case cross = 0x52
    /// `X`: invalid price.
    case price = 0x58
    /// `N`: invalid minimum quantity.
    case minimumQuantity = 0x4E
    /// `O`: other.
    case other = 0x4F
    /// `W`: invalid midpoint post-only price.
    case midpointPostOnlyPrice = 0x57
    /// `a`: reject all.
    case riskAll = 0x61
    /// `b`: easy-to-borrow.
    case riskEasyToBorrow = 0x62
    /// `c`: restricted symbol.
    case riskRestrictedSymbol = 0x63
    /// `d`: ISO.
    case riskSweep = 0x64
    /// `e`: odd lot.
    case riskOddLot = 0x65
    /// `f`: midpoint.
    case riskMidpoint = 0x66
    /// `g`: pre-market.
    case riskPreMarket = 0x67
    /// `h`: post-market.
    case riskPostMarket = 0x68
    /// `i`: short sale.
    case riskShortSale = 0x69
    /// `j`: on-open.
    case riskOnOpen = 0x6A
    /// `k`: on-close.
    case riskOnClose = 0x6B
    /// `l`: two-sided quote.
    case riskTwoSidedQuote = 0x6C
    /// `m`: shares limit.
    case riskShares = 0x6D
    /// `n`: dollar limit.
    case riskNotional = 0x6E

    /// The same as Helios says it; what has no word of its own is `closed` when the time was wrong, else a wrong price or quantity
    /// when it was that, else `capacity`: the order can't be taken.
    @inlinable
    public var neutral: RejectReason {
        switch self {
        case .halted: .halted
        case .closed, .clearingTimes, .riskPreMarket, .riskPostMarket, .testMode: .closed
        case .symbol: .unknownInstrument
        case .price, .midpointPostOnlyPrice: .invalidPrice
        case .quantity, .minimumQuantity, .riskOddLot, .riskShares: .invalidQuantity
        default: .capacity
        }
    }
}

/// Why OUCH 5.0 refused a request.
public enum OuchRejectCode: UInt16, Sendable, BitwiseCopyable, CaseIterable {
    /// Quote unavailable.
    case quoteUnavailable = 0x01
    /// Destination closed.
    case destinationClosed = 0x02
    /// Invalid display.
    case display = 0x03
    /// Invalid max floor.
    case maximumFloor = 0x04
    /// Invalid peg type.
    case pegType = 0x05
    /// Fat finger.
    case fatFinger = 0x06
    /// Halted.
    case halted = 0x07
    /// Intermarket sweep not allowed.
    case sweepNotAllowed = 0x08
    /// Invalid side.
    case side = 0x09
    /// Processing error.
    case processing = 0x0A
    /// Cancel pending.
    case cancelPending = 0x0B
    /// Firm not authorised.
    case firm = 0x0C
    /// Invalid minimum quantity.
    case minimumQuantity = 0x0D
    /// No closing reference price.
    case noClosingReference = 0x0E
    /// Other.
    case other = 0x0F
    /// Cancel not allowed.
    case cancelNotAllowed = 0x10
    /// Pegging not allowed.
    case peggingNotAllowed = 0x11
    /// Crossed market.
    case crossedMarket = 0x12
    /// Invalid quantity.
    case quantity = 0x13
    /// Invalid cross order.
    case crossOrder = 0x14
    /// Replace not allowed.
    case replaceNotAllowed = 0x15
    /// Routing not allowed.
    case routingNotAllowed = 0x16
    /// Invalid symbol.
    case symbol = 0x17
    /// Test.
    case test = 0x18
    /// Late limit-on-close too aggressive.
    case lateOnCloseTooAggressive = 0x19
    /// Retail not allowed.
    case retailNotAllowed = 0x1A
    /// Invalid midpoint post-only price.
    case midpointPostOnlyPrice = 0x1B
    /// Invalid destination.
    case destination = 0x1C
    /// Invalid price.
    case price = 0x1D
    /// Shares exceed threshold.
    case quantityThreshold = 0x1E
    /// Notional above maximum.
    case notionalMaximum = 0x1F
    /// A risk control: aggregate exposure.
    case riskExposure = 0x20
    /// A risk control: market impact.
    case riskMarketImpact = 0x21
    /// A risk control: restricted stock.
    case riskRestrictedStock = 0x22
    /// A risk control: short sell restricted.
    case riskShortSellRestricted = 0x23
    /// A risk control: intermarket sweep not allowed.
    case riskSweep = 0x24
    /// A risk control: exceeds the average daily volume limit.
    case riskDailyVolume = 0x25
    /// A risk control: fat finger.
    case riskFatFinger = 0x26
    /// A risk control: locate required.
    case riskLocate = 0x27
    /// A risk control: symbol message rate.
    case riskSymbolRate = 0x28
    /// A risk control: port message rate.
    case riskPortRate = 0x29
    /// A risk control: duplicate message rate.
    case riskDuplicateRate = 0x2A
    /// A risk control: short sell not allowed.
    case riskShortSell = 0x2B
    /// A risk control: market order not allowed.
    case riskMarketOrder = 0x2C
    /// A risk control: pre-market not allowed.
    case riskPreMarket = 0x2D
    /// A risk control: post-market not allowed.
    case riskPostMarket = 0x2E
    /// A risk control: short sell exempt not allowed.
    case riskShortSellExempt = 0x2F
    /// A risk control: single order notional.
    case riskOrderNotional = 0x30
    /// A risk control: max quantity.
    case riskMaximumQuantity = 0x31
    /// Reg SHO state not available.
    case shortSaleStateUnavailable = 0x32
    /// A risk control: IPO market buy not allowed.
    case riskOfferingMarketBuy = 0x33

    /// The same as Helios says it; what has no word of its own is `closed` when the time was wrong, else a wrong price or quantity
    /// when it was that, else `capacity`: the order can't be taken.
    @inlinable
    public var neutral: RejectReason {
        switch self {
        case .halted, .quoteUnavailable: .halted
        case .destinationClosed, .riskPreMarket, .riskPostMarket, .test: .closed
        case .symbol: .unknownInstrument
        case .price, .fatFinger, .midpointPostOnlyPrice, .crossedMarket, .riskFatFinger: .invalidPrice
        case .quantity, .minimumQuantity, .maximumFloor, .quantityThreshold, .riskMaximumQuantity: .invalidQuantity
        default: .capacity
        }
    }
}
