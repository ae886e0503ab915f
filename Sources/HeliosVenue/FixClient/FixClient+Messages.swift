// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

// The messages that leave: fields in the order of their tags.
extension FixClient {
    /// TransactTime: the market's, where a record has named one.
    func time(_ time: Timestamp, _ now: Timestamp) -> Timestamp {
        time > .zero ? time : marketTime > .zero ? marketTime : now
    }

    private func side(_ order: FixClientOrder) -> UInt8 {
        guard order.isSell else { return UInt8(ascii: "1") }
        switch order.mark {
        case .none: return UInt8(ascii: "2")
        case .short: return UInt8(ascii: "5")
        case .exempt: return UInt8(ascii: "6")
        }
    }

    private static func timeInForce(_ order: FixClientOrder) -> UInt8 {
        switch order.timeInForce {
        case .day: UInt8(ascii: "0")
        case .goodTillCancel: UInt8(ascii: "1")
        case .immediateOrCancel: UInt8(ascii: "3")
        case .fillOrKill: UInt8(ascii: "4")
        case .goodTillDate: UInt8(ascii: "6")
        }
    }

    /// NewOrderSingle (D), or OrderCancelReplaceRequest (G) for one that takes another's place.
    mutating func sendOrder(_ place: Int, at now: Timestamp, into output: inout WireOutput) -> Bool {
        let order = records[place]
        let isReplacement = order.replaces != 0
        let original = isReplacement ? records[Int(order.replaces) - 1].order : 0
        let symbol = symbols[order.instrument.index]
        let time = time(order.time, now)
        let (side, day, version, capacity, handling) = (side(order), day, version, capacityCode, handling)
        let (account, destination, isDark) = (account, destination, isDark)
        let (selfMatch, selfMatchID) = (selfMatch, selfMatchID)
        let quote = order.quote == 0 ? [] : quotes.taken[Int(order.quote) - 1]
        let sequence = session.send(
            isReplacement ? .orderCancelReplaceRequest : .newOrderSingle,
            at: now,
            into: &output
        ) { writer in
            if account.count > 0 { writer.put(.account, WireBytes(UnsafeRawBufferPointer(account))) }
            FixOrderToken(day: day, number: order.order).write(.clOrdID, to: &writer)
            if isDark, quote.isEmpty {
                writer.put(.execInst, char: UInt8(ascii: "M"))
            } else if order.isSweep {
                writer.put(.execInst, char: UInt8(ascii: "f"))
            }
            if version == .fix42 { writer.put(.handlInst, char: handling) }
            writer.put(.orderQty, order.quantity)
            writer.put(.ordType, char: UInt8(ascii: quote.isEmpty ? isDark ? "P" : "2" : "D"))
            if isReplacement { FixOrderToken(day: day, number: original).write(.origClOrdID, to: &writer) }
            writer.put(.price, order.price)
            if version == .fix42, capacity != 0 { writer.put(47, char: capacity) }
            writer.put(.side, char: side)
            writer.put(.symbol, packed: symbol)
            writer.put(.timeInForce, char: FixClient.timeInForce(order))
            writer.put(.transactTime, time)
            if destination.count > 0 { writer.put(.exDestination, WireBytes(UnsafeRawBufferPointer(destination))) }
            // Hidden, which a dark venue may want to be told.
            if isDark, quote.isEmpty { writer.put(.maxFloor, 0) }
            if order.mark != .none { writer.put(.locateReqd, false) }
            if !quote.isEmpty { quote.withUnsafeBytes { writer.put(.quoteID, WireBytes($0)) } }
            if order.timeInForce == .goodTillDate { writer.put(.expireDate, date: Int(order.expireDay)) }
            if version != .fix42, capacity != 0 { writer.put(.orderCapacity, char: capacity) }
            if let selfMatch { FixClient.put(selfMatch, selfMatchID, version, &writer) }
        }
        guard let sequence else { return false }
        records[place].state = .sent
        note(sequence, isReplacement ? .replacement : .order, place)
        return true
    }

    private static func put(
        _ instruction: FixSelfMatch.Instruction,
        _ id: UnsafeMutableRawBufferPointer,
        _ version: FixVersion,
        _ writer: inout FixWriter
    ) {
        let isOwn = version == .fixt11
        if id.count > 0 {
            writer.put(isOwn ? .selfMatchPreventionID : .venueSelfMatchID, WireBytes(UnsafeRawBufferPointer(id)))
        }
        let isNewest = instruction == .newest
        if isOwn {
            writer.put(.selfMatchPreventionInstruction, char: UInt8(ascii: isNewest ? "1" : "2"))
        } else {
            writer.put(.venueSelfMatchInstruction, char: UInt8(ascii: isNewest ? "N" : "O"))
        }
    }

    /// OrderCancelRequest (F), under a name of its own.
    mutating func sendCancel(_ place: Int, at now: Timestamp, into output: inout WireOutput) -> Bool {
        let order = records[place]
        let request = requests + 1
        let symbol = order.instrument.index < instruments ? symbols[order.instrument.index] : 0
        let time = time(marketTime, now)
        let (side, day, epoch, account) = (side(order), day, epoch, account)
        let sequence = session.send(.orderCancelRequest, at: now, into: &output) { writer in
            if account.count > 0 { writer.put(.account, WireBytes(UnsafeRawBufferPointer(account))) }
            FixOrderToken(.cancel, day: day, number: epoch << 40 | request).write(.clOrdID, to: &writer)
            writer.put(.orderQty, order.quantity)
            FixOrderToken(day: day, number: order.order).write(.origClOrdID, to: &writer)
            writer.put(.side, char: side)
            writer.put(.symbol, packed: symbol)
            writer.put(.transactTime, time)
        }
        guard let sequence else { return false }
        requests = request
        cancelled[Int(truncatingIfNeeded: request) & (FixClient.recent - 1)] = UInt32(truncatingIfNeeded: place)
        records[place].wantsCancel = false
        if records[place].cancelsOut < .max { records[place].cancelsOut += 1 }
        note(sequence, .cancel, place)
        counters.cancels += 1
        return true
    }

    /// OrderStatusRequest (H).
    mutating func sendQuestion(_ place: Int, at now: Timestamp, into output: inout WireOutput) -> Bool {
        let order = records[place]
        let token = FixOrderToken(day: day, number: order.order)
        let symbol = order.instrument.index < instruments ? symbols[order.instrument.index] : 0
        guard let sequence = question(token, symbol, side(order), at: now, into: &output) else { return false }
        note(sequence, .question, place)
        return true
    }

    /// The same after an order that there is not: its answer shows our epoch in the venue's stream.
    mutating func sendMark(at now: Timestamp, into output: inout WireOutput) -> Bool {
        let token = FixOrderToken(.mark, day: day, number: epoch << 40 | marks + 1)
        let symbol = instruments > 0 ? symbols[0] : 0x2D
        guard let sequence = question(token, symbol, UInt8(ascii: "1"), at: now, into: &output) else { return false }
        marks += 1
        note(sequence, .mark, 0)
        return true
    }

    private mutating func question(
        _ token: FixOrderToken,
        _ symbol: UInt64,
        _ side: UInt8,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> UInt64? {
        let account = account
        counters.questions += 1
        return session.send(.orderStatusRequest, at: now, into: &output) { writer in
            if account.count > 0 { writer.put(.account, WireBytes(UnsafeRawBufferPointer(account))) }
            token.write(.clOrdID, to: &writer)
            writer.put(.side, char: side)
            writer.put(.symbol, packed: symbol)
        }
    }
}
