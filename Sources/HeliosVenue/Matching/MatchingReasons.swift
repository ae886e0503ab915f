// SPDX-License-Identifier: MIT

/// Why an order, or a part of it, ended without a trade.
@frozen
public enum MatchingCancelReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case user = 0
    /// Nothing (more) to take for an immediate-or-cancel, fill-or-kill or market order.
    case immediateOrCancel = 1
    /// Its time is up; the venue's timers say so.
    case timeout = 2
    case supervisory = 3
    /// Self-trade prevention.
    case selfTrade = 4
    /// Left over from its auction.
    case crossCancelled = 5
    /// More aggressive than the price bands allow.
    case bands = 6
    /// The instrument closed.
    case closed = 7
    /// Post-only, and the best price of the other side that it would meet is displayed.
    case postOnlyDisplayed = 8
    /// Post-only, and it would meet hidden interest.
    case postOnlyHidden = 9
    case disconnected = 10
    /// No room for its price level.
    case capacity = 11

    /// The reason letter of OUCH 4.2 and 5.0.
    @inlinable
    public var ouchCode: UInt8 {
        switch self {
        case .user: UInt8(ascii: "U")
        case .immediateOrCancel: UInt8(ascii: "I")
        case .timeout: UInt8(ascii: "T")
        case .supervisory, .disconnected: UInt8(ascii: "S")
        case .selfTrade: UInt8(ascii: "Q")
        case .crossCancelled: UInt8(ascii: "C")
        case .bands: UInt8(ascii: "K")
        case .closed: UInt8(ascii: "E")
        case .postOnlyDisplayed: UInt8(ascii: "G")
        case .postOnlyHidden: UInt8(ascii: "F")
        case .capacity: UInt8(ascii: "Z")
        }
    }
}

/// Why a command was refused.
@frozen
public enum MatchingRejectReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case unknownInstrument = 0
    /// The owner's number is not below the capacity.
    case unknownOwner = 1
    case closed = 2
    case halted = 3
    /// An immediate or market order while nothing matches.
    case notContinuous = 4
    /// Not above zero, above the largest, or not a multiple of the lot.
    case invalidQuantity = 5
    /// Not above zero, above the largest, or off the tick.
    case invalidPrice = 6
    case invalidDisplay = 7
    case invalidMinimum = 8
    case invalidPeg = 9
    /// An order for an auction with properties that auctions do not know.
    case invalidCross = 10
    /// A combination of properties that contradict each other.
    case invalidCombination = 11
    /// The owner has a live order of this number.
    case duplicateOrder = 12
    /// No live order of this number.
    case unknownOrder = 13
    /// The pool of orders is full, or the side's total would pass 2^62.
    case capacity = 14
    /// A cancel that would leave as much open as there is.
    case nothingToCancel = 15
    /// No such execution, too long ago, or undone before.
    case unknownMatch = 16

    /// The reject code of OUCH 5.0.
    @inlinable
    public var ouchCode: UInt16 {
        switch self {
        case .unknownInstrument: 0x17
        case .unknownOwner: 0x0C
        case .closed: 0x02
        case .halted: 0x07
        case .notContinuous: 0x0F
        case .invalidQuantity: 0x13
        case .invalidPrice: 0x1D
        case .invalidDisplay: 0x04
        case .invalidMinimum: 0x0D
        case .invalidPeg: 0x05
        case .invalidCross: 0x14
        case .invalidCombination: 0x03
        case .duplicateOrder, .unknownOrder, .nothingToCancel, .unknownMatch: 0x0F
        case .capacity: 0x0A
        }
    }

    /// The reject letter of OUCH 4.2.
    @inlinable
    public var ouch42Code: UInt8 {
        switch self {
        case .unknownInstrument: UInt8(ascii: "S")
        case .closed: UInt8(ascii: "C")
        case .halted: UInt8(ascii: "H")
        case .invalidQuantity: UInt8(ascii: "Z")
        case .invalidPrice: UInt8(ascii: "X")
        case .invalidDisplay, .invalidCombination: UInt8(ascii: "D")
        case .invalidMinimum: UInt8(ascii: "N")
        case .invalidCross: UInt8(ascii: "R")
        default: UInt8(ascii: "O")
        }
    }
}
