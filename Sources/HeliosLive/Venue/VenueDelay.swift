// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath

/// Draws how long a message is on its way: constant, or log-normal around a median.
struct LatencyDraw {
    let median: Nanoseconds
    let sigma: Double
    private var random: SeededRandom

    init(_ median: Nanoseconds, sigma: Double, seed: UInt64) {
        self.median = median
        self.sigma = sigma
        random = SeededRandom(seed: seed)
    }

    mutating func next() -> Nanoseconds {
        guard median > 0, sigma > 0 else { return median }
        // At most a hundred medians: a law without an end would now and then stop the venue.
        let factor = min(DeterministicMath.exp(sigma * random.gaussian()), 100)
        return Nanoseconds(Double(median) * factor)
    }
}

/// Bytes of a stream on their way: they arrive in order, each after its latency.
struct DelayedBytes {
    private var waiting: [(due: Nanoseconds, bytes: [UInt8])] = []
    private var first = 0
    private var lastDue: Nanoseconds = 0
    /// Bytes that have not arrived.
    private(set) var count = 0
    private var latency: LatencyDraw

    init(_ latency: LatencyDraw) { self.latency = latency }

    /// Whether nothing is ever late.
    var isInstant: Bool { latency.median == 0 }

    /// When the next bytes arrive.
    var due: Nanoseconds? { first < waiting.count ? waiting[first].due : nil }

    mutating func push(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        guard !bytes.isEmpty else { return }
        lastDue = max(lastDue, now + latency.next())
        waiting.append((lastDue, [UInt8](bytes)))
        count += bytes.count
    }

    /// The next bytes that have arrived by `now`.
    mutating func pop(at now: Nanoseconds) -> [UInt8]? {
        guard first < waiting.count, waiting[first].due <= now else { return nil }
        let bytes = waiting[first].bytes
        first += 1
        count -= bytes.count
        if first == waiting.count || first >= 1_024 {
            waiting.removeFirst(first)
            first = 0
        }
        return bytes
    }
}

/// Draws when something happens that happens about every so often; never, for 0.
struct RareEvent {
    private let mean: Nanoseconds
    private var random: SeededRandom
    private(set) var next: Nanoseconds = .max
    /// How often it has happened.
    private(set) var count = 0

    init(every mean: Nanoseconds, seed: UInt64) {
        self.mean = mean
        random = SeededRandom(seed: seed)
    }

    /// Whether it happens now.
    mutating func isDue(at now: Nanoseconds) -> Bool {
        guard mean > 0 else { return false }
        if next == .max { draw(after: now) }
        guard now >= next else { return false }
        draw(after: now)
        return true
    }

    mutating func happened() { count += 1 }

    /// A number below `bound`, for whom it happens to.
    mutating func choose(below bound: Int) -> Int { Int(random.next() % UInt64(max(bound, 1))) }

    /// Exponential times make it as likely at every moment.
    private mutating func draw(after now: Nanoseconds) {
        let uniform = max(random.uniform(), 0x1p-53)
        next = now + max(Nanoseconds(-DeterministicMath.log(uniform) * Double(mean)), 1)
    }
}
