// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// What our own executions in one instrument add to the price of the next one.
///
/// Executions on one side, until one on the other side or the next day, are one order in several parts ("metaorder"): the
/// k-th part pays the model's cost of all parts so far less what was paid, so that slicing an order does not make it
/// cheaper than its law allows. The fading models remember each push instead.
public struct ImpactCharge: Sendable {
    /// The most pushes that a propagator remembers; the oldest go first.
    public static var memory: Int { 4_096 }

    /// The run of executions on one side: its direction (+1 or −1) and shares.
    private var side = 0.0
    private var done = 0.0
    /// The resilient book's displacement at `time`, a part of the price.
    private var displacement = 0.0
    private var time = Timestamp.zero
    private var pushes: [(time: Timestamp, volume: Double)] = []

    public init() {}

    /// A new day: nothing is remembered of the last.
    public mutating func beginDay() { self = ImpactCharge() }

    /// Executes `quantity` shares and says what they cost more, as a part of the price; never below zero.
    ///
    /// - Parameters:
    ///   - model: what it costs.
    ///   - side: of our order.
    ///   - quantity: shares, above zero.
    ///   - volume: shares a day.
    ///   - volatility: of a day, a part of the price.
    ///   - now: not before the last call's.
    /// - Returns: the mean over these shares.
    public mutating func execute(
        _ model: ImpactModel,
        _ side: Side,
        _ quantity: Double,
        volume: Double,
        volatility: Double,
        at now: Timestamp
    ) -> Double {
        let sign = Double(side.sign)
        guard quantity > 0, volume > 0 else { return 0 }
        switch model {
        case .none: return 0
        case .resilient(let push, let book):
            let seconds = Double(now - time) * 1e-9
            displacement *= DeterministicMath.exp(-book.resilience * seconds)
            time = now
            let step = sign * push * volatility * quantity / volume
            defer { displacement += step }
            return max(sign * (displacement + step / 2), 0)
        case .propagator(let propagator):
            return push(propagator, sign, quantity / volume, now) * volatility
        case .squareRoot, .almgren, .almgrenChriss:
            if self.side != sign {
                self.side = sign
                done = 0
            }
            let before = ImpactCharge.total(model, done, volume, volatility)
            done += quantity
            let after = ImpactCharge.total(model, done, volume, volatility)
            return max((after - before) / quantity, 0)
        }
    }

    /// The mean over the shares of one execution of what earlier pushes left and of its own, which grows as it trades.
    private mutating func push(
        _ propagator: PropagatorImpact,
        _ sign: Double,
        _ volume: Double,
        _ now: Timestamp
    ) -> Double {
        var shift = 0.0
        var same = 0.0
        for push in pushes {
            // Executions of one moment and side are one trade.
            if push.time == now, push.volume * sign > 0 {
                same += abs(push.volume)
            } else {
                shift += propagator.push(volume: push.volume, age: Double(now - push.time) * 1e-9)
            }
        }
        if same > 0, let last = pushes.indices.last {
            pushes[last].volume += sign * volume
        } else {
            if pushes.count == ImpactCharge.memory { pushes.removeFirst() }
            pushes.append((now, sign * volume))
        }
        // ∫ G₀ vᵟ dv over the shares of this part, by the share.
        func integral(_ v: Double) -> Double {
            propagator.push(volume: v, age: 0) * v / (1 + propagator.sizeExponent)
        }
        return max(sign * shift + (integral(same + volume) - integral(same)) / volume, 0)
    }

    /// What `quantity` shares on one side cost, shares times a part of the price.
    private static func total(_ model: ImpactModel, _ quantity: Double, _ volume: Double, _ volatility: Double)
        -> Double
    {
        switch model {
        case .squareRoot(let law):
            return quantity * law.impact(quantity: quantity, volume: volume, volatility: volatility)
        case .almgren(let law, let days, let turnover):
            return quantity
                * law.cost(
                    quantity: quantity,
                    volume: volume,
                    sharesOutstanding: turnover * volume,
                    days: days,
                    volatility: volatility
                )
        case .almgrenChriss(let permanent, let temporary, let days):
            let part = quantity / volume
            return quantity * volatility * (permanent * part / 2 + temporary * part / days)
        case .none, .resilient, .propagator: return 0
        }
    }
}

/// The impact model of a venue: estimates each instrument's activity and charges our executions.
struct ImpactBook {
    let settings: ImpactSettings
    private var activity: [ActivityEstimate]
    private var charges: [ImpactCharge]
    /// Regular trading of the days before, and since when it goes on today.
    private var elapsed: Nanoseconds = 0
    private var opened: Timestamp?
    private var latest = Timestamp.zero
    /// What each of our executions was charged a share, by execution number less one.
    private(set) var shifts: [Price] = []

    init(_ settings: ImpactSettings, instruments: Int) {
        self.settings = settings
        let count = settings.model == .none ? 0 : instruments
        activity = [ActivityEstimate](repeating: ActivityEstimate(), count: count)
        charges = [ImpactCharge](repeating: ImpactCharge(), count: count)
    }

    /// A trade of the market in regular hours.
    mutating func trade(_ instrument: Instrument, _ quantity: Quantity, at price: Price, time: Timestamp) {
        guard instrument.index < activity.count else { return }
        tick(time)
        activity[instrument.index].trade(quantity, at: price, time: time)
    }

    /// Regular trading goes on at `time`.
    mutating func tick(_ time: Timestamp) {
        if opened == nil { opened = time }
        latest = max(latest, time)
    }

    mutating func beginDay() {
        if let opened { elapsed += latest - opened }
        opened = nil
        latest = .zero
        for index in activity.indices {
            activity[index].beginDay()
            charges[index].beginDay()
        }
    }

    /// Days of regular trading until now.
    private var days: Double {
        let today = opened.map { latest - $0 } ?? 0
        return Double(elapsed + today) / 23_400e9
    }

    /// Charges the next execution; the price a share that it costs more, at least zero.
    mutating func charge(_ order: NewOrder, _ quantity: Quantity, _ price: Price, _ time: Timestamp) -> Price {
        let index = order.instrument.index
        guard index < charges.count else { return .zero }
        tick(time)
        let part = charges[index].execute(
            settings.model,
            order.side,
            quantity.value,
            volume: activity[index].volume(settings, days: days),
            volatility: activity[index].volatility(settings, days: days),
            at: time
        )
        // Rounded against us, bounded by the price: a sale can't cost more than it brings.
        let raw = (part * Double(price.raw)).rounded(.up)
        return Price(raw: raw < Double(price.raw) ? Int64(raw) : max(price.raw - 1, 0))
    }

    /// Notes what the execution with the next number was charged.
    mutating func note(_ shift: Price) { shifts.append(shift) }
}
