// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket

/// A field that the message should have and does not.
struct FixMissing: Error {
    var tag: FixTag
}

extension FixTerms {
    /// Instructions of ExecInst that are known: not held, held, post-only, intermarket sweep, imbalance-only, pegs to the middle and to one's
    /// own side.
    private static let known = "156fiMR"

    /// Reads the terms; what is wrong with them is in `refusal`, so that an order that is refused can still be told of whole.
    ///
    /// - Parameters:
    ///   - message: an order, or the request to replace one.
    ///   - time: the market's.
    ///   - midnight: of the trading day.
    ///   - refusal: set when something is wrong, unless it was before.
    init(_ message: FixMessage, at time: Timestamp, midnight: Timestamp, refusal: inout FixProblem?) {
        var problem: FixProblem?
        func refuse(_ reason: FixReason, _ text: String) { if problem == nil { problem = FixProblem(reason, text) } }
        func quantity(_ tag: FixTag) -> Quantity? {
            guard let value = message[tag] else { return nil }
            guard let quantity = value.quantity, quantity.raw >= 0 else {
                refuse(.quantity, "\(tag) is not a quantity")
                return nil
            }
            return quantity
        }
        self.quantity = quantity(.orderQty) ?? .zero
        type = message[.ordType]?.char ?? 0
        price = message[.price]?.price
        if message[.price] != nil, price == nil { refuse(.price, "44 is not a price") }
        timeInForce = message[.timeInForce]?.char ?? UInt8(ascii: "0")
        let said = message[.execInst]?.text
        instructions = said.flatMap(FixTerms.withoutSweep)
        minimum = quantity(.minQty) ?? .zero
        display = quantity(.maxFloor) ?? quantity(.maxShow) ?? quantity(.displayQty)
        pegOffset = message[.pegOffsetValue]?.price
        selfMatch = message[.selfMatchPreventionInstruction]?.char ?? FixTerms.selfMatch(message)
        if message[.cashOrderQty] != nil { refuse(.unsupported, "152 is not taken, say 38") }
        switch type {
        case UInt8(ascii: "1"), UInt8(ascii: "5"): break
        case UInt8(ascii: "2"), UInt8(ascii: "B"), UInt8(ascii: "D"):
            if price == nil { refuse(.price, "44 is missing") }
        case UInt8(ascii: "P"):
            if has("M") == has("R") { refuse(.unsupported, "a peg says 18=M or 18=R") }
        case UInt8(ascii: "3"), UInt8(ascii: "4"): refuse(.unsupported, "40: stop orders are not supported")
        default: refuse(.unsupported, "40: order type not supported")
        }
        // A stop that is not looked at would trade at once.
        if message[.stopPx] != nil { refuse(.unsupported, "99: stop orders are not supported") }
        for character in said ?? "" where character != " " && !FixTerms.known.contains(character) {
            refuse(.unsupported, "instruction \(character) not supported")
        }
        if let selfMatch, !(UInt8(ascii: "1")...UInt8(ascii: "2")).contains(selfMatch) {
            refuse(.unsupported, "2964 is 1 or 2, 8000 is N or O")
        }
        expiry = FixTerms.expiry(message, timeInForce, time, midnight, refuse)
        if refusal == nil { refusal = problem }
    }

    /// ExecInst as it is told back; nil when nothing is left of it.
    ///
    /// A sweep is one for other venues, whose quotes are not looked at here: it trades as any order does. Versions before 5.0 have no word for
    /// it, so that it is not told back, in copies neither.
    private static func withoutSweep(_ said: String) -> String? {
        guard said.contains("f") else { return said }
        let rest = said.split(separator: " ").map { $0.filter { $0 != "f" } }.filter { !$0.isEmpty }
        return rest.isEmpty ? nil : rest.joined(separator: " ")
    }

    /// What is said in a venue's own field before 5.0, as 2964 says it.
    private static func selfMatch(_ message: FixMessage) -> UInt8? {
        switch message[.venueSelfMatchInstruction]?.char {
        case UInt8(ascii: "N"): UInt8(ascii: "1")
        case UInt8(ascii: "O"): UInt8(ascii: "2")
        case let other: other
        }
    }

    private static func expiry(
        _ message: FixMessage,
        _ timeInForce: UInt8,
        _ time: Timestamp,
        _ midnight: Timestamp,
        _ refuse: (FixReason, String) -> Void
    ) -> Timestamp? {
        switch timeInForce {
        case UInt8(ascii: "0"), UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "7"): return nil
        case UInt8(ascii: "6"): break
        case UInt8(ascii: "1"):
            refuse(.unsupported, "59: good-till-cancel is not supported, orders live for the day")
            return nil
        default:
            refuse(.unsupported, "59: time in force not supported")
            return nil
        }
        let day: Nanoseconds = 86_400_000_000_000
        if let expiry = message[.expireTime]?.timestamp {
            if expiry <= time { refuse(.other, "126 is over") }
            if expiry >= midnight + day { refuse(.unsupported, "126 is after today: orders live for the day") }
            return expiry
        }
        guard let date = message[.expireDate]?.date else {
            refuse(.other, "126 or 432 is missing")
            return nil
        }
        let today = Int(midnight.nanoseconds / day)
        if date < today { refuse(.other, "432 is over") }
        if date > today { refuse(.unsupported, "432 is after today: orders live for the day") }
        return nil
    }

    /// The engine's command for a new order.
    func command(_ order: FixOrder, owner: UInt32, time: Timestamp) -> MatchingCommand {
        var command = MatchingCommand.enter(
            order.instrument,
            owner: owner,
            id: order.id,
            order.bookSide,
            quantity,
            at: price ?? .zero,
            time: time
        )
        apply(to: &command)
        switch type {
        case UInt8(ascii: "1"): command.type = .market
        case UInt8(ascii: "5"):
            command.type = .market
            command.cross = .closing
        case UInt8(ascii: "B"): command.cross = .closing
        case UInt8(ascii: "P"): command.type = has("M") ? .midpointPeg : .primaryPeg
        default: break
        }
        if type == UInt8(ascii: "1") { command.price = .zero }
        switch timeInForce {
        case UInt8(ascii: "2"): command.cross = .opening
        case UInt8(ascii: "3"): command.duration = .immediateOrCancel
        case UInt8(ascii: "4"): command.duration = .fillOrKill
        case UInt8(ascii: "7"): command.cross = .closing
        default: break
        }
        if let pegOffset { command.secondPrice = pegOffset }
        switch selfMatch {
        case UInt8(ascii: "1"): command.selfTrade = .cancelNewest
        case UInt8(ascii: "2"): command.selfTrade = .cancelOldest
        default: break
        }
        if has("i") { command.instructions.insert(.imbalanceOnly) }
        if display == .zero { command.instructions.insert(.hidden) }
        return command
    }

    /// What a replacement says anew too.
    func apply(to command: inout MatchingCommand) {
        command.minimum = minimum
        if let display, display > .zero { command.display = display }
        if has("6") { command.instructions.insert(.postOnly) }
    }
}

extension FixTag {
    static var cashOrderQty: FixTag { 152 }
    static var displayQty: FixTag { 1_138 }
    static var ordStatusReqID: FixTag { 790 }
    static var selfMatchPreventionID: FixTag { 2_362 }
    static var selfMatchPreventionInstruction: FixTag { 2_964 }
    /// Before 5.0 SP2, as venues define them.
    static var venueSelfMatchID: FixTag { 7_928 }
    static var venueSelfMatchInstruction: FixTag { 8_000 }
}
