// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosVenue

extension ConfigurationSchema {
    /// What the simulated venue assumes: latency, fees, queue, impact.
    static let simulationKeys: [ConfigurationKey] = latencyKeys + feeKeys + queueKeys + impactKeys

    private static let latencyKeys: [ConfigurationKey] = [
        .latency("latency.feed", \.settings.models.feed, "50us", "From the venue's publication to the engine."),
        .latency("latency.order", \.settings.models.order, "100us", "From the engine's decision to the venue."),
        .latency("latency.report", \.settings.models.report, "100us", "From the venue's decision to the engine."),
        .duration(
            "latency.message",
            \.settings.models.messageTime,
            "0s",
            to: "1s",
            "Time that the venue takes for each message it publishes; an order waits for those before it. 0s: it never waits."
        ),
        .integer(
            "latency.seed",
            \.settings.models.seedNumber,
            "1",
            from: "0",
            to: "9223372036854775807",
            "Seed of latencies that are drawn."
        ),
    ]

    private static let feeKeys: [ConfigurationKey] = [
        .price("fees.maker", \.settings.fees.maker, "-0.0020", from: "-10", to: "10", "When a resting order trades."),
        .price("fees.taker", \.settings.fees.taker, "0.0030", from: "-10", to: "10", "When an order takes liquidity."),
        .init(
            "fees.hidden",
            .parameter(.price),
            from: "-10",
            to: "10",
            example: "0.0010",
            "When it trades with hidden or midpoint liquidity. Without it as maker or taker."
        ) {
            if case .parameter(.price(let fee)) = $1 { $0.settings.fees.hidden = fee }
        },
        .init(
            "fees.auction",
            .parameter(.price),
            from: "-10",
            to: "10",
            example: "0.0015",
            "When it trades in an auction. Without it as maker or taker."
        ) {
            if case .parameter(.price(let fee)) = $1 { $0.settings.fees.auction = fee }
        },
        .init(
            "fees.tiers",
            .feeRules,
            example: "1000000: -0.0025/0.0029, 5000000: -0.0030/0.0028",
            "Other rates from a volume on, maker/taker; VENUE@VOLUME: for one venue by its number. At most eight."
        ) {
            if case .feeRules(let rules) = $1 { for rule in rules { _ = $0.settings.fees.add(rule) } }
        },
        .init(
            "fees.tierPeriod",
            .parameter(.choice(["month", "day"])),
            default: "month",
            "When the volume of the tiers counts from zero again."
        ) {
            if case .parameter(.choice(let word)) = $1 { $0.settings.fees.period = word == "day" ? .day : .month }
        },
        .share(
            "fees.borrow",
            \.settings.models.borrowRate,
            "0%",
            to: "1000%",
            "Rate a year for shares borrowed overnight: quantity × mark rounded up to 1 × 1.02 × rate / 360 a day."
        ),
    ]

    private static let queueKeys: [ConfigurationKey] = [
        .init(
            "queue.model",
            .parameter(.choice(["exact", "power", "log", "risk-averse"])),
            default: "exact",
            "exact from data order by order; the others guess from levels who cancelled, as levels-only data needs."
        ) {
            if case .parameter(.choice(let word)) = $1 { $0.simulation.queue = word }
        },
        .number("queue.power", \.simulation.power, "3", from: "0.1", to: "20", "The exponent of the power model."),
    ]

    private static let impactKeys: [ConfigurationKey] = [
        .init(
            "impact.model",
            .parameter(.choice(SimulationKeys.impactModels)),
            default: "none",
            "How the impact of taking is charged; docs/backtesting.md says when to use which."
        ) {
            if case .parameter(.choice(let word)) = $1 { $0.simulation.impact = word }
        },
        .number(
            "impact.coefficient",
            \.simulation.coefficient,
            "1",
            to: "1000",
            "Scale of square-root, resilient and propagator, in daily volatilities."
        ),
        .number("impact.permanent", \.simulation.permanent, "0.314", to: "1000", "γ of almgren and almgren-chriss."),
        .number("impact.temporary", \.simulation.temporary, "0.142", to: "1000", "η of almgren and almgren-chriss."),
        .duration(
            "impact.horizon",
            \.simulation.horizon,
            "30min",
            from: "1s",
            to: "24h",
            "Trading time over which almgren and almgren-chriss take an order to be worked; shorter costs more."
        ),
        .number(
            "impact.turnoverDays",
            \.simulation.turnoverDays,
            "250",
            to: "100000",
            "Shares outstanding / daily volume, for almgren."
        ),
        .number("impact.resilience", \.simulation.resilience, "0.01", to: "1000000", "ρ of resilient, a second."),
        .number("impact.sizeExponent", \.simulation.sizeExponent, "0.5", to: "1", "δ of propagator."),
        .number(
            "impact.decayExponent",
            \.simulation.decayExponent,
            "0.5",
            to: "2",
            "γ of propagator; with δ at least 1, or a round trip could earn from its own impact."
        ),
        .quantity(
            "impact.dailyVolume",
            \.settings.models.impact.priorVolume,
            "1000000",
            from: "1",
            "Shares a day of an instrument before its data says more."
        ),
        .share(
            "impact.dailyVolatility",
            \.simulation.volatility,
            "2%",
            to: "1000%",
            "Volatility of a day before the data says more."
        ),
        .number(
            "impact.priorDays",
            \.settings.models.impact.priorDays,
            "0.1",
            to: "1000",
            "How many days of data the two assumptions before weigh."
        ),
    ]
}

/// Values of the simulation's keys from which a model is made when all are known.
struct SimulationKeys: Sendable {
    static let impactModels = ["none", "square-root", "almgren", "almgren-chriss", "resilient", "propagator"]

    var queue = "exact"
    var power = 3.0
    var impact = "none"
    var coefficient = 1.0
    var permanent = 0.314
    var temporary = 0.142
    var horizon: Nanoseconds = 1_800_000_000_000
    var turnoverDays = 250.0
    var resilience = 0.01
    var sizeExponent = 0.5
    var decayExponent = 0.5
    /// Basis points.
    var volatility: Int64 = 200

    var queueModel: QueueModel {
        switch queue {
        case "power": .power(power)
        case "log": .log
        case "risk-averse": .riskAverse
        default: .exact
        }
    }

    var propagator: PropagatorImpact {
        PropagatorImpact(strength: coefficient, sizeExponent: sizeExponent, decayExponent: decayExponent)
    }

    var impactModel: ImpactModel {
        // Of a trading day of 6.5 hours.
        let days = Double(horizon) / 23_400e9
        switch impact {
        case "square-root": return .squareRoot(SquareRootImpact(coefficient: coefficient))
        case "almgren":
            let law = AlmgrenImpact(permanent: permanent, temporary: temporary)
            return .almgren(law, days: days, turnoverDays: turnoverDays)
        case "almgren-chriss": return .almgrenChriss(permanent: permanent, temporary: temporary, days: days)
        case "resilient": return .resilient(push: coefficient, ResilientBook(resilience: resilience))
        case "propagator": return .propagator(propagator)
        default: return .none
        }
    }
}

extension SimulationModels {
    /// The seed as a number of a configuration.
    var seedNumber: Int {
        get { Int(truncatingIfNeeded: seed) }
        set { seed = UInt64(bitPattern: Int64(newValue)) }
    }

    /// The borrow rate in basis points; 0 for none.
    var borrowRate: Int64 {
        get { borrow?.rate ?? 0 }
        set { borrow = newValue > 0 ? BorrowCost(rate: newValue) : nil }
    }
}

extension ConfigurationReader {
    /// Makes the models that several keys describe, and checks what only holds of them together.
    mutating func finishSimulation() {
        let keys = configuration.simulation
        configuration.settings.models.queue = keys.queueModel
        configuration.settings.models.impact.model = keys.impactModel
        configuration.settings.models.impact.priorVolatility = Double(keys.volatility) / 10_000
        if keys.impact == "propagator", !keys.propagator.isFreeOfManipulation {
            refuse("impact.decayExponent", "expected at least 1 together with impact.sizeExponent")
        }
    }

    /// Reports a value that is allowed, but not beside the others.
    mutating func refuse(_ path: String, _ message: String) {
        let variable = ConfigurationKey.variable(path)
        if environment[variable] != nil {
            errors.append(ConfigurationError(file: file, key: path, variable: variable, message: message))
        } else {
            report(at: given[path].map { TextPlace($0.mark) } ?? TextPlace(1, 1), path, message)
        }
    }

    /// A measured latency's table, read from its file; nil when that can't be done, which is reported.
    mutating func loaded(
        _ value: ConfigurationValue,
        _ path: String,
        report: (inout ConfigurationReader, String) -> Void
    ) -> ConfigurationValue? {
        guard case .latency(.measured(let name), _) = value else { return value }
        configuration.inputFiles.insert(name)
        let text: String
        do { text = try TextFile.read(name) } catch {
            report(&self, "\(name): \(error.errors.first?.message ?? "can't be read")")
            return nil
        }
        do {
            return .latency(.measured(name), .empirical(try LatencyTable(csv: text, name: name)))
        } catch {
            report(&self, "\(name): \(error)")
            return nil
        }
    }
}
