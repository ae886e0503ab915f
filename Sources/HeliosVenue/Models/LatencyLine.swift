// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// One direction between the engine and the venue: gives each message its time of arrival.
///
/// Messages never overtake each other: one that would arrive before its predecessor arrives with it. Two lines of equal
/// model and seed give equal arrivals.
public struct LatencyLine: Sendable {
    /// The stream of random numbers of each line, so that one line's draws don't move another's.
    public enum Direction: UInt64, Sendable {
        case feed = 0x66_6565_64
        case order = 0x6F_7264_6572
        case report = 0x72_6570_6F72_74
    }

    private let model: LatencyModel
    /// The latency of a constant model.
    private let fixed: Nanoseconds
    /// Whether every message takes equally long.
    public let isConstant: Bool
    /// Logarithm of p99 / median over the normal distribution's quantile.
    private let sigma: Double
    private var random: SeededRandom
    private var last = Timestamp(nanoseconds: .min)
    /// Of the day, for tables by time of day.
    public var midnight = Timestamp.zero

    public init(_ model: LatencyModel, seed: UInt64 = 1, direction: Direction = .order) {
        self.model = model
        fixed = max(model.median, 0)
        var sigma = 0.0
        var isConstant = false
        switch model {
        case .constant: isConstant = true
        case .logNormal(let median, let p99):
            // Φ⁻¹(0.99)
            sigma = DeterministicMath.log(Double(max(p99, 1)) / Double(max(median, 1))) / 2.3263478740408408
        case .empirical: break
        }
        self.sigma = max(sigma, 0)
        self.isConstant = isConstant
        var mixer = SeededRandom(seed: seed ^ direction.rawValue)
        random = SeededRandom(seed: mixer.next())
    }

    /// When what is sent at `time` arrives; `extra` is added to the model's latency.
    public mutating func arrival(of time: Timestamp, plus extra: Nanoseconds = 0) -> Timestamp {
        let latency = isConstant ? fixed : draw(time)
        last = max(last, time + (latency + extra))
        return last
    }

    private mutating func draw(_ time: Timestamp) -> Nanoseconds {
        switch model {
        case .constant(let latency): return latency
        case .empirical(let table): return table.latency(at: time, midnight: midnight)
        case .logNormal(let median, _):
            let value = Double(median) * DeterministicMath.exp(sigma * normal())
            return value < Double(LatencyModel.maximum) ? Nanoseconds(value.rounded()) : LatencyModel.maximum
        }
    }

    /// Exactly normal, with the tails that a sum of uniforms lacks (Marsaglia's polar method).
    private mutating func normal() -> Double {
        while true {
            let x = 2 * random.uniform() - 1
            let y = 2 * random.uniform() - 1
            let square = x * x + y * y
            if square > 0, square < 1 { return x * (-2 * DeterministicMath.log(square) / square).squareRoot() }
        }
    }
}

/// The messages by which a venue is behind: a burst makes order entry slower.
///
/// A queue with one server (Lindley's recursion): each message that the venue publishes keeps it busy for a fixed time, and
/// an order waits until the messages before it are done. Formula 3.8's coupling.
public struct VenueBacklog: Sendable {
    /// How long the venue takes for one message; 0 for no coupling.
    public let service: Nanoseconds
    /// When it will be done with all messages so far.
    private var idleFrom = Timestamp(nanoseconds: .min)

    public init(service: Nanoseconds) { self.service = max(service, 0) }

    /// The venue publishes a message at `time`.
    public mutating func message(at time: Timestamp) { idleFrom = max(idleFrom, time) + service }

    /// How long what arrives at `time` waits.
    public func waiting(at time: Timestamp) -> Nanoseconds {
        idleFrom > time ? min(idleFrom - time, LatencyModel.maximum) : 0
    }
}
