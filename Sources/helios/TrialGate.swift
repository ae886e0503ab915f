// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// A real gate of a firm's limits that tells what it does to orders, one after the other: what passes stays open.
///
/// A class, because a gate inside a noncopyable structure may be destroyed twice (see CONTRIBUTING.md).
final class TrialGate {
    /// What the gate said to one order.
    struct Answer {
        var order: TrialOrder
        var checks: [RiskCheck]
        /// The scopes that the order belongs to, its strategy's first.
        var chain: [String]
        var isPassed: Bool { !checks.contains { $0.verdict == .failed } }
        /// The check that refused it.
        var refusal: RiskCheck? { checks.first { $0.verdict == .failed } }
    }

    private let policy: RiskPolicy
    private var gate: RiskGate
    private var directory: InstrumentDirectory
    private var placed: Set<UInt32> = []
    private var number: OrderID = 0
    /// Noon; the gate only compares times.
    private let now = Timestamp(nanoseconds: 43_200_000_000_000)

    init(_ limits: LimitsConfiguration, _ orders: [TrialOrder]) {
        policy = limits.policy
        var directory = InstrumentDirectory()
        for order in orders { _ = directory.register(order.symbol) }
        self.directory = directory
        gate = RiskGate(
            policy: policy,
            directory: directory,
            instruments: directory.count,
            orders: orders.count + 1
        )
        if let model = limits.model { gate.load(model, directory) }
        if let manifest = policy.manifest {
            gate.identify(build: manifest.build, configuration: manifest.configuration)
        }
    }

    /// What the gate says to `order`; when it passes, it is open from then on.
    func answer(_ trial: TrialOrder) throws -> Answer {
        let strategy = try strategy(of: trial)
        let instrument = directory.register(trial.symbol)
        let about = trial.surroundings
        number += 1
        var order = NewOrder(
            id: number,
            instrument: instrument,
            side: trial.side,
            type: trial.price == nil ? .market : .limit,
            timeInForce: trial.isImmediate ? .immediateOrCancel : .day,
            quantity: trial.quantity,
            price: trial.price ?? .zero,
            tag: OrderTag(strategy: UInt16(strategy)),
            venue: Venue(id: try venue(of: trial))
        )
        if trial.isExempt { order.mark = .exempt }
        place(about, instrument, strategy)
        let checks = gate.trace(order, market: market(about))
        _ = gate.check(order, market: market(about))
        let chain = policy.chain(of: policy.strategies[strategy]).map(policy.title(of:))
        return Answer(order: trial, checks: checks, chain: chain)
    }

    private func market(_ about: TrialOrder.Surroundings) -> MarketSnapshot {
        var snapshot = MarketSnapshot(now: now)
        snapshot.tradingState = .trading
        snapshot.phase = .regular
        snapshot.quoteTime = now
        if let bid = about.bid { (snapshot.bid, snapshot.bidQuantity) = (bid, Quantity(1_000_000)) }
        if let ask = about.ask { (snapshot.ask, snapshot.askQuantity) = (ask, Quantity(1_000_000)) }
        if let last = about.last { (snapshot.lastTradePrice, snapshot.lastTradeTime) = (last, now) }
        return snapshot
    }

    /// Holds the position that the first order in an instrument says, bought where the market is.
    private func place(_ about: TrialOrder.Surroundings, _ instrument: Instrument, _ strategy: Int) {
        gate.mark(instrument, bid: about.bid ?? .zero, ask: about.ask ?? .zero, at: now)
        guard let position = about.position, position != .zero, placed.insert(instrument.id).inserted else { return }
        let middle = about.bid ?? about.last ?? about.ask ?? Price(raw: Price.scale)
        gate.filled(
            instrument,
            position > .zero ? .buy : .sell,
            position.magnitude,
            releasing: .zero,
            at: middle,
            fee: .zero,
            tag: OrderTag(strategy: UInt16(strategy)),
            time: now
        )
    }

    private func strategy(of trial: TrialOrder) throws -> Int {
        let names = policy.strategies.map { policy.scopes[$0].name }
        guard let name = trial.strategy else {
            if names.count == 1 { return 0 }
            throw Failure(
                .usage,
                "order \"\(trial.text)\": whose is it? add 'by' and one of \(names.joined(separator: ", "))"
            )
        }
        if let place = names.firstIndex(of: name) { return place }
        let hint = NearestName.of(name, among: names).map { "; did you mean '\($0)'?" } ?? ""
        throw Failure(.usage, "order \"\(trial.text)\": the limits have no strategy '\(name)'\(hint)")
    }

    private func venue(of trial: TrialOrder) throws -> UInt16 {
        guard let name = trial.venue else { return policy.venues.count == 1 ? 1 : 0 }
        if let place = policy.venues.firstIndex(of: name) { return UInt16(place + 1) }
        let hint = NearestName.of(name, among: policy.venues).map { "; did you mean '\($0)'?" } ?? ""
        throw Failure(.usage, "order \"\(trial.text)\": the limits have no venue '\(name)'\(hint)")
    }
}
