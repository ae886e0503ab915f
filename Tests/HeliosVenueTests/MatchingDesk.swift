// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue

/// A small exchange for hand-written stories: prices in cents, whole shares, instrument 0 lit and open.
final class MatchingDesk {
    var engine: MatchingEngine
    var output = EventList()
    let stock = Instrument(id: 0)

    init(
        _ rules: MatchingRules = MatchingRules(),
        capacity: MatchingCapacity = MatchingCapacity(instruments: 2, orders: 64, levels: 64, owners: 8, trades: 16),
        phase: MatchingPhase = .open
    ) throws {
        engine = try MatchingEngine(capacity: capacity, seed: 7)
        _ = engine.define(stock, rules)
        send(.phase(stock, phase))
        output.events = []
    }

    func send(_ command: MatchingCommand) { engine.apply(command, to: &output) }

    /// Sends and returns what follows, as words.
    func told(_ command: MatchingCommand) -> [String] {
        output.events = []
        send(command)
        return output.events.map(word)
    }

    func buy(_ owner: UInt32, _ id: UInt64, _ shares: Int, _ cents: Int) -> MatchingCommand {
        .enter(stock, owner: owner, id: id, .buy, Quantity(shares), at: price(cents))
    }

    func sell(_ owner: UInt32, _ id: UInt64, _ shares: Int, _ cents: Int) -> MatchingCommand {
        .enter(stock, owner: owner, id: id, .sell, Quantity(shares), at: price(cents))
    }

    func cancel(_ owner: UInt32, _ id: UInt64, keeping: Int = 0) -> MatchingCommand {
        .cancel(stock, owner: owner, id: id, keeping: Quantity(keeping))
    }

    func replace(_ owner: UInt32, _ id: UInt64, _ newID: UInt64, _ shares: Int, _ cents: Int) -> MatchingCommand {
        .replace(stock, owner: owner, id: id, newID: newID, Quantity(shares), at: price(cents))
    }

    func quote(_ bid: Int, _ ask: Int) -> MatchingCommand { .quote(stock, bid: price(bid), ask: price(ask)) }

    /// Displayed shares at a price.
    func shown(_ side: Side, _ cents: Int) -> Int {
        for rank in 0..<64 {
            guard let level = engine.displayed(stock, side, rank: rank) else { return 0 }
            if level.price == price(cents) { return shares(level.quantity) }
        }
        return 0
    }

    var isInLimitState: Bool { engine.isInLimitState(stock) }

    func price(_ cents: Int) -> Price { Price(raw: Int64(cents) * 1_000_000) }
    func shares(_ quantity: Quantity) -> Int { Int(quantity.raw / Quantity.scale) }

    /// `kind owner:id`, shares, `@` tenths of a cent, and what else matters for the kind.
    func word(_ event: MatchingEvent) -> String {
        let who = "\(event.owner):\(event.id)"
        let contra = "\(event.contraOwner):\(event.contraID)"
        let what = "\(shares(event.quantity))@\(event.price.raw / 100_000)"
        switch event.kind {
        case .accepted: return event.flags.contains(.dead) ? "dead \(who) \(event.cancelReason)" : "accepted \(who)"
        case .replaced:
            if event.flags.contains(.dead) { return "replaced dead \(who) \(event.cancelReason)" }
            let kept = event.flags.contains(.priorityKept) ? " kept" : ""
            return "replaced \(who)<-\(event.contraID) open \(shares(event.open))\(kept)"
        case .executed: return "executed \(what) \(who) by \(contra)"
        case .crossExecuted: return "crossed \(what) \(who) with \(contra)"
        case .cancelled: return "cancelled \(who) \(shares(event.quantity)) \(event.cancelReason)"
        case .rejected: return "rejected \(who) \(event.rejectReason)"
        case .cancelRejected: return "cancel rejected \(who) \(event.rejectReason)"
        case .restated: return "restated \(who) shows \(shares(event.displayed)) of \(shares(event.open))"
        case .priorityUpdated: return "moved \(who) @\(event.price.raw / 100_000)"
        case .massCancelled: return "mass cancel \(event.owner)"
        case .shown, .reshown, .shownCrossed: return "\(event.kind) \(what)"
        case .reduced: return "reduced \(shares(event.quantity))"
        case .unshown: return "unshown"
        case .crossed: return "print \(what)"
        case .broken: return "broken \(what) \(who) \(contra)"
        case .imbalance:
            let letters = String(decoding: [event.direction, event.variation], as: UTF8.self)
            return
                "imbalance paired \(what) \(shares(event.imbalance)) \(letters) near \(event.nearPrice.raw / 100_000) "
                + "far \(event.farPrice.raw / 100_000)"
        case .phaseChanged: return "phase \(event.phase)"
        case .bandsChanged: return "bands \(event.lowerBand.raw / 100_000) \(event.upperBand.raw / 100_000)"
        }
    }
}

extension MatchingCommand {
    /// The command with changes.
    func with(_ change: (inout MatchingCommand) -> Void) -> MatchingCommand {
        var command = self
        change(&command)
        return command
    }
}
