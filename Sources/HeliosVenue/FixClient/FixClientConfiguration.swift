// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// What a client of a FIX order entry must know.
public struct FixClientConfiguration: Sendable {
    /// Who talks to whom, heartbeat, resets, schedule.
    public var session: FixSessionConfiguration
    /// What is validated; nil takes whatever can be read.
    public var dictionary: FixDictionary?
    /// The venue's symbols, by instrument.
    public var symbols: [Symbol]
    /// Midnight of the trading day in New York: of another day's orders nothing is told.
    public var midnight: Timestamp
    /// The venue, for the reports.
    public var venue: Venue
    /// Our epoch: an order of a later one shows that another writer has taken over.
    public var epoch: UInt64 = 0
    /// Orders that a day may have, those of earlier writers included.
    public var orders = 1 << 18
    /// Messages a second that the venue takes, and how many at once.
    public var rate = 1_000_000
    public var burst = 1_000
    /// New orders that may wait for the rate.
    public var waiting = 4_096
    /// Account (tag 1); empty for none.
    public var account = ""
    /// For whom orders are entered: Rule80A (47) before 4.3, OrderCapacity (528) after; 0 says nothing.
    public var capacity = UInt8(ascii: "A")
    /// HandlInst (21): sent in 4.2, which wants it.
    public var handling = UInt8(ascii: "1")
    /// ExDestination (100); empty for none.
    public var destination = ""
    /// The field that says who has made and who has taken (LastLiquidityInd, 851), or the venue's own in its place; 851 is read where
    /// that one is missing.
    public var liquidityTag = FixTag.lastLiquidityInd
    /// Who answers requests for quotes, in order; empty where nobody is asked.
    public var dealers: [FixDealer] = []
    /// What the venue does when two of our orders meet there; nil says nothing.
    public var selfMatch: FixSelfMatch?
    /// The venue is a dark pool: every order is pegged to the midpoint, its price the limit.
    public var isDark = false
    /// How long the venue may take to say what became of an order that it is asked for, before it is asked again.
    public var patience: Nanoseconds = 1_000_000_000
    /// What the journal says may still trade, by the numbers that the venue knows: asked after whatever the venue tells by itself.
    public var known: [FixKnownOrder] = []

    public init(_ session: FixSessionConfiguration, symbols: [Symbol], midnight: Timestamp, venue: Venue) {
        self.session = session
        self.symbols = symbols
        self.midnight = midnight
        self.venue = venue
    }
}

/// Which of our orders must not trade with each other, and what the venue does when they meet.
///
/// In 5.0 SP2 these are SelfMatchPreventionID (2362) and SelfMatchPreventionInstruction (2964); before, the fields of the same names
/// that venues define for themselves, 7928 and 8000.
public struct FixSelfMatch: Sendable, Equatable {
    /// Which order goes.
    public enum Instruction: String, Sendable, CaseIterable {
        /// The one that comes.
        case newest
        /// The one that rests.
        case oldest
    }

    /// Orders with the same id do not trade with each other; empty leaves that to the venue.
    public var id: String
    public var instruction: Instruction

    public init(id: String = "", _ instruction: Instruction) {
        self.id = id
        self.instruction = instruction
    }
}

/// An order of an earlier process that may still trade, as its journal tells.
public struct FixKnownOrder: Sendable {
    /// Its number, epoch and all.
    public var order: OrderID
    public var terms: NewOrder
    /// The order that it is to take the place of; 0 for none.
    public var original: OrderID = 0

    public init(_ order: OrderID, _ terms: NewOrder) {
        self.order = order
        self.terms = terms
    }
}

/// Why an order or a cancel was not taken: nothing of it has left or will leave.
@frozen
public enum FixClientRefusal: Equatable, Sendable, BitwiseCopyable {
    /// None of the records that a venue is sent.
    case kind
    /// No connection, or the orders of the last one are not all accounted for.
    case notReady
    /// The number was used before, or is 0.
    case duplicate
    /// No order has this number.
    case unknownOrder
    /// The instrument has no symbol.
    case symbol
    /// A price below zero, or a quantity that is none.
    case price
    case quantity
    /// The table of orders or a queue is full.
    case full
    /// An order to a dealer without a quote of that dealer's that was accepted before.
    case quote
}

/// What became of an order or a cancel.
@frozen
public enum FixSubmission: BitwiseCopyable {
    /// Its bytes wait in the output.
    case sent
    /// It leaves when the venue's rate allows, or when there is a connection.
    case waiting
    /// It needs no venue: this is the answer.
    case answered(Event)
    case refused(FixClientRefusal)
}

/// What a client of a FIX order entry learns.
@frozen
public enum FixClientEvent: BitwiseCopyable {
    /// A record about one of our orders, its number as the caller gave it.
    case report(Event)
    /// All is accounted for; orders may go.
    case ready
    /// An order, or a mark, of a later epoch than ours, or of ours before we had made one.
    case overtaken(epoch: UInt64)
    /// The numbers began at 1 again, and what the venue told before can't be had any more.
    case restarted
    /// Executions of an order are missing: the venue counts more than it has told, in whole shares.
    case lost(order: OrderID, told: UInt64, counted: UInt64)
    /// The venue does not say what became of orders when it is asked.
    case statusRefused
    /// The venue refused a message that is no order's, with its reason.
    case refused(reason: UInt64)
    /// A message that no record stands for, with its number.
    case notice(UInt64)
    /// An application message that lacks what it must have, with its number; it is skipped.
    case malformed(UInt64)
    /// Bytes that were no message.
    case garbled(FixGarble)
    /// The connection must be closed, if it is not.
    case closed(FixClosure)
}

/// How often something odd was met.
public struct FixClientCounters: Equatable, Sendable {
    /// Messages that are none, or lack what they must have.
    public var malformed: UInt64 = 0
    /// Reports about orders that we did not enter.
    public var foreign: UInt64 = 0
    /// Reports about orders of another day: passed over.
    public var history: UInt64 = 0
    /// Reports that contradict what was known.
    public var contradictions: UInt64 = 0
    /// Executions that the venue told a second time.
    public var repeated: UInt64 = 0
    /// Orders that there was no room to remember.
    public var forgotten: UInt64 = 0
    /// Messages that waited for the venue's rate.
    public var throttled: UInt64 = 0
    /// Cancels sent, and questions after orders.
    public var cancels: UInt64 = 0
    public var questions: UInt64 = 0
    /// Times that messages of the venue were missing, and asked for.
    public var gaps: UInt64 = 0

    public init() {}
}

/// One order of ours at a FIX venue: each ClOrdID is one, so that a replacement is an order of its own.
@frozen
public struct FixClientOrder: Sendable, BitwiseCopyable {
    public typealias State = OuchOrder.State

    /// The number as the caller knows it.
    public var order: OrderID
    /// Entered (over the chain's whole life), executed, gone without being told yet, and open.
    public var quantity: Quantity
    public var filled = Quantity.zero
    public var untold = Quantity.zero
    public var open: Quantity
    public var price: Price
    public var instrument: Instrument
    /// When the order was made: TransactTime of what waits for the rate.
    var time = Timestamp.zero
    public var expireDay: UInt32 = 0
    /// One more than the place of the order that it takes, or is to take, the place of, and of the one that is to take its place;
    /// 0 for none.
    var replaces: UInt32 = 0
    var successor: UInt32 = 0
    public var isSell: Bool
    public var mark = ShortMark.none
    public var timeInForce = TimeInForce.day
    public var isSweep = false
    /// A cancel is wanted and has not left.
    public var wantsCancel = false
    /// The venue was asked after it, and has not answered.
    var isAsked = false
    /// The venue has said that it knows no such replacement, while what it is to replace works.
    var isDenied = false
    /// Executions may have been told to an earlier process: the venue's first count is taken, and the node compares it with its own.
    var isCountOpen = false
    /// The venue knows it: it is named when status is asked for.
    var isNamed = false
    var isSuspended = false
    /// To which dealer it goes, by the number of the dealer's venue, and the quote that it takes; 0 for none.
    var dealer: UInt16 = 0
    var quote: UInt32 = 0
    /// Cancels that have left and were not answered.
    var cancelsOut: UInt8 = 0
    public var state: State

    var flags: EventFlags { isSell ? .sell : [] }

    static var none: FixClientOrder {
        FixClientOrder(
            order: 0,
            quantity: .zero,
            open: .zero,
            price: .zero,
            instrument: .none,
            isSell: false,
            state: .ended
        )
    }
}
