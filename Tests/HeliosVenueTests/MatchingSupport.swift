// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosVenue

/// Keeps every event.
struct EventList: MatchingOutput {
    var events: [MatchingEvent] = []
    mutating func receive(_ event: MatchingEvent) { events.append(event) }
}

extension MatchingEvent {
    /// Whether every byte is the same.
    func isSame(as other: MatchingEvent) -> Bool {
        withUnsafeBytes(of: self) { mine in
            withUnsafeBytes(of: other) { mine.elementsEqual($0) }
        }
    }

    /// Every byte.
    var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

    /// For the message of a failed test.
    var line: String {
        "\(kind) #\(reference)<-\(contraReference) \(owner):\(id) vs \(contraOwner):\(contraID) \(side) p\(price.raw) "
            + "\(secondPrice.raw) \(thirdPrice.raw) q\(quantity.raw) open\(open.raw)/\(contraOpen.raw) d\(displayed.raw) "
            + "m\(match) i\(instrument.id) detail\(detail) flags\(flags.rawValue) \(cross) x\(extra)"
    }
}

extension MatchingCommand {
    /// For the message of a failed test.
    var line: String {
        "\(kind) \(owner):\(id)->\(newID) \(side) \(type) \(duration) p\(price.raw) \(secondPrice.raw) q\(quantity.raw) "
            + "d\(display.raw)±\(displayRange.raw) min\(minimum.raw) i\(instrument.id) \(instructions.rawValue) "
            + "\(cross) \(selfTrade) \(reason) \(phase)"
    }
}

/// A seeded stream of commands: mostly sensible, sometimes malformed, over a lit book, a book that follows an outside
/// quote and a dark one.
struct CommandStream {
    var random: SeededRandom
    /// Few numbers, so that orders are met again, doubled and missed.
    let ids: UInt64
    let owners: UInt32
    var time: Int64 = 0
    static let tick: Int64 = 100
    static let ticks: UInt64 = 30

    init(seed: UInt64, ids: UInt64 = 12, owners: UInt32 = 5) {
        random = SeededRandom(seed: seed)
        self.ids = ids
        self.owners = owners
    }

    static func rules(_ instrument: Int) -> MatchingRules {
        MatchingRules(
            tick: Price(raw: tick),
            lot: Quantity(raw: instrument == 1 ? 5 : 1),
            largestQuantity: Quantity(raw: 500),
            largestPrice: Price(raw: 10_000),
            isDark: instrument == 2,
            followsOutsideQuote: instrument == 1
        )
    }

    mutating func below(_ bound: UInt64) -> UInt64 { random.next() % bound }
    mutating func isOne(in n: UInt64) -> Bool { below(n) == 0 }

    mutating func next() -> MatchingCommand {
        time += 1
        let instrument = Instrument(id: isOne(in: 300) ? 9 : UInt32(below(3)))
        let draw = below(1_000)
        var command =
            switch draw {
            case ..<600: enter(instrument)
            case ..<770: cancel(instrument)
            case ..<900: replace(instrument)
            default: control(instrument, draw)
            }
        command.time = Timestamp(nanoseconds: time)
        return command
    }

    mutating func price() -> Price { Price(raw: Int64(1 + below(CommandStream.ticks)) * CommandStream.tick) }
    mutating func owner() -> UInt32 { isOne(in: 200) ? owners : UInt32(below(UInt64(owners))) }

    mutating func quantity(_ instrument: Instrument) -> Int64 {
        if isOne(in: 100) { return [0, -1, .max, .min, 501, 3][Int(below(6))] }
        return Int64(1 + below(isOne(in: 8) ? 90 : 12)) * 5
    }

    mutating func enter(_ instrument: Instrument) -> MatchingCommand {
        var command = MatchingCommand.enter(
            instrument,
            owner: owner(),
            id: 1 + below(ids),
            isOne(in: 2) ? .buy : .sell,
            Quantity(raw: quantity(instrument)),
            at: price()
        )
        if isOne(in: 100) { command.price = Price(raw: [0, -100, 150, .max, .min, 10_100][Int(below(6))]) }
        if isOne(in: 5) { command.duration = OrderDuration(rawValue: UInt8(below(4))) ?? .day }
        if isOne(in: 6) { command.selfTrade = SelfTradePrevention(rawValue: UInt8(below(4))) ?? .none }
        if isOne(in: 6) { command.instructions.insert(.hidden) }
        if isOne(in: 12) { command.instructions.insert(.postOnly) }
        if isOne(in: 4) { command.instructions.insert(.cancelOnDisconnect) }
        if isOne(in: 10) { command.display = Quantity(raw: Int64(1 + below(4)) * 5) }
        if isOne(in: 20) { command.displayRange = Quantity(raw: Int64(below(3)) * 5) }
        if isOne(in: 10) { command.minimum = Quantity(raw: Int64(1 + below(8)) * 5) }
        if instrument.id == 2, isOne(in: 2) { command.type = .midpointPeg }
        if isOne(in: 7) { command.type = PriceType(rawValue: UInt8(below(4))) ?? .limit }
        if command.type == .primaryPeg, isOne(in: 2) { command.secondPrice = Price(raw: Int64(below(3)) * 100) }
        if command.type != .limit, isOne(in: 2) { command.price = .zero }
        if isOne(in: 12) {
            command.cross = CrossKind(rawValue: UInt8(below(4))) ?? .none
            if isOne(in: 4) { command.instructions.insert(.imbalanceOnly) }
            if !isOne(in: 4) { plain(&command) }
        }
        return command
    }

    /// Without what auctions do not take.
    mutating func plain(_ command: inout MatchingCommand) {
        command.instructions.subtract([.hidden, .postOnly])
        command.display = .zero
        command.displayRange = .zero
        command.minimum = .zero
        command.duration = .day
        if command.type != .market { command.type = .limit }
    }

    mutating func cancel(_ instrument: Instrument) -> MatchingCommand {
        let reason: MatchingCancelReason = isOne(in: 4) ? .supervisory : .user
        var command = MatchingCommand.cancel(instrument, owner: owner(), id: 1 + below(ids), reason: reason)
        if isOne(in: 3) { command.quantity = Quantity(raw: Int64(below(12)) * 5) }
        if isOne(in: 50) { command.quantity = Quantity(raw: [-5, 3, .max, .min][Int(below(4))]) }
        return command
    }

    mutating func replace(_ instrument: Instrument) -> MatchingCommand {
        let id = 1 + below(ids)
        var command = MatchingCommand.replace(
            instrument,
            owner: owner(),
            id: id,
            newID: isOne(in: 3) ? id : 1 + below(ids),
            Quantity(raw: quantity(instrument)),
            at: price()
        )
        if isOne(in: 5) { command.price = .zero }
        if isOne(in: 6) { command.display = Quantity(raw: Int64(1 + below(4)) * 5) }
        if isOne(in: 6) { command.minimum = Quantity(raw: Int64(1 + below(8)) * 5) }
        if isOne(in: 10) { command.instructions.insert(.postOnly) }
        return command
    }

    mutating func control(_ instrument: Instrument, _ draw: UInt64) -> MatchingCommand {
        let cross = CrossKind(rawValue: UInt8(below(4))) ?? .none
        switch draw {
        case ..<910: return .massCancel(isOne(in: 2) ? .none : instrument, owner: owner())
        case ..<915: return .disconnect(owner: owner())
        case ..<940:
            let bid = price()
            let ask = isOne(in: 8) ? price() : Price(raw: bid.raw + Int64(below(4)) * 100)
            return .quote(instrument, bid: isOne(in: 10) ? .zero : bid, ask: isOne(in: 60) ? Price(raw: -1) : ask)
        case ..<960:
            let phases: [MatchingPhase] = [
                .open, .open, .open, .open, .preOpen, .paused, .auctionCall, .halted, .closed,
            ]
            return .phase(instrument, phases[Int(below(9))])
        case ..<968: return .uncross(instrument, cross, reference: isOne(in: 3) ? .zero : price())
        case ..<978: return .imbalance(instrument, cross, reference: isOne(in: 3) ? .zero : price())
        case ..<988:
            if isOne(in: 2) { return .bands(instrument, lower: .zero, upper: .zero) }
            return .bands(instrument, lower: Price(raw: Int64(below(14)) * 100 + 50), upper: price())
        case ..<994: return .bust(match: below(2_000))
        default: return .phase(instrument, .open)
        }
    }
}
