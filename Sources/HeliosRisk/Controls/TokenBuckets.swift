// SPDX-License-Identifier: MIT
import HeliosMarket

/// P07: token buckets, one for each place (a strategy, an account), exact to the nanosecond.
///
/// ```swift
/// var buckets = TokenBuckets(count: strategies)
/// buckets.set(place, rate: 200, burst: 400, at: .zero)
/// guard buckets.canTake(place, at: now) else { … }     // pure: for the check and for a trace
/// buckets.take(place, at: now)                         // once the order is cleared
/// buckets.spend(place, at: now)                        // a cancel: counted, never refused
/// ```
/// A bucket that was never set is empty and stays empty. It starts full. A level is held in billionths of a token (times five,
/// so that four fifths of a rate are whole numbers too): what comes in at each nanosecond is a whole number and nothing is
/// ever rounded. When time stands still or goes back, nothing comes in.
@safe
package struct TokenBuckets {
    /// One token, in the units of a level.
    static let token: Int64 = 5_000_000_000
    /// The largest rate and burst that are told apart.
    package static let largest = 1_000_000_000

    struct Bucket: BitwiseCopyable {
        /// May be below zero, by what cancels have spent.
        var level: Int64 = 0
        /// Comes in at each nanosecond.
        var rate: Int64 = 0
        var capacity: Int64 = 0
        var last = Timestamp.zero
    }

    let buckets: UnsafeMutablePointer<Bucket>
    /// The number of buckets.
    package let count: Int

    /// Buckets 0 to `count` − 1, all empty.
    package init(count: Int) {
        self.count = max(count, 0)
        unsafe buckets = .allocate(capacity: max(count, 1))
        unsafe buckets.initialize(repeating: Bucket(), count: max(count, 1))
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() { unsafe buckets.deallocate() }

    /// Sets the rate (tokens a second) and the burst (the most tokens) of a bucket.
    ///
    /// The first time the bucket is filled; later a larger burst gives nothing at once, and a smaller one takes what is above.
    package mutating func set(_ place: Int, rate: Int, burst: Int, at now: Timestamp) {
        let (rate, burst) = (min(max(rate, 0), TokenBuckets.largest), min(max(burst, 0), TokenBuckets.largest))
        configure(place, fifths: Int64(rate) * 5, burstFifths: Int64(burst) * 5, at: now)
    }

    /// The same with four fifths of rate and burst: what a venue's cap leaves when the rest is kept for cancels.
    package mutating func setFourFifths(_ place: Int, rate: Int, burst: Int, at now: Timestamp) {
        let (rate, burst) = (min(max(rate, 0), TokenBuckets.largest), min(max(burst, 0), TokenBuckets.largest))
        configure(place, fifths: Int64(rate) * 4, burstFifths: Int64(burst) * 4, at: now)
    }

    private mutating func configure(_ place: Int, fifths: Int64, burstFifths: Int64, at now: Timestamp) {
        guard place >= 0, place < count else { return }
        // Safe: the place was checked; the burst is below 2^33, so that its billionths fit.
        var bucket = unsafe buckets[place]
        let isNew = bucket.capacity == 0 && bucket.rate == 0
        let capacity = burstFifths * 1_000_000_000
        bucket.level = isNew ? capacity : min(level(of: bucket, at: now), capacity)
        bucket.last = isNew ? now : max(bucket.last, now)
        bucket.rate = fifths
        bucket.capacity = capacity
        unsafe buckets[place] = bucket
    }

    /// Whole tokens there are at `now`, negative after more cancels than there were tokens; 0 for a place that does not exist.
    package func level(_ place: Int, at now: Timestamp) -> Int {
        guard place >= 0, place < count else { return 0 }
        // Safe: the place was checked. Rounded down, also below zero.
        let level = unsafe level(of: buckets[place], at: now)
        let whole = level / TokenBuckets.token
        return Int(level < 0 && level % TokenBuckets.token != 0 ? whole - 1 : whole)
    }

    /// Whether there is a whole token at `now`.
    package func canTake(_ place: Int, at now: Timestamp) -> Bool {
        guard place >= 0, place < count else { return false }
        // Safe: the place was checked.
        return unsafe level(of: buckets[place], at: now) >= TokenBuckets.token
    }

    /// Takes a token; false, and nothing taken, when there is no whole one.
    @discardableResult
    package mutating func take(_ place: Int, at now: Timestamp) -> Bool {
        guard canTake(place, at: now) else { return false }
        spend(place, at: now)
        return true
    }

    /// Takes a token whether there is one or not: for what is counted and never refused.
    ///
    /// The debt ends at one burst, so that a storm of cancels does not stop orders for good.
    package mutating func spend(_ place: Int, at now: Timestamp) {
        guard place >= 0, place < count else { return }
        // Safe: the place was checked; a capacity is far from the end of the range.
        var bucket = unsafe buckets[place]
        bucket.level = max(level(of: bucket, at: now) - TokenBuckets.token, -bucket.capacity)
        bucket.last = max(bucket.last, now)
        unsafe buckets[place] = bucket
    }

    private func level(of bucket: Bucket, at now: Timestamp) -> Int64 {
        guard now > bucket.last else { return bucket.level }
        // In 128 bits nothing overflows: a difference of times is below 2^64, a rate below 2^33.
        let elapsed = Int128(now.nanoseconds) - Int128(bucket.last.nanoseconds)
        return Int64(min(Int128(bucket.level) + elapsed * Int128(bucket.rate), Int128(bucket.capacity)))
    }

    // MARK: State

    /// Appends the level of each bucket, with its rate and burst.
    package func save(to writer: inout StateWriter) {
        writer.mark("buckets")
        writer.write(count)
        // Safe: `count` buckets, without gaps.
        unsafe writer.write(buckets, count: count * MemoryLayout<Bucket>.stride)
    }

    /// Takes the levels of as many buckets; rates and bursts come with them, as they were last set.
    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("buckets")
        try reader.match(count, "token buckets")
        // Safe: as `save`; every pattern of bits is a bucket, and what can't be one is refused below.
        unsafe try reader.read(into: buckets, count: count * MemoryLayout<Bucket>.stride)
        let most = Int64(TokenBuckets.largest) * 5
        for place in 0..<count {
            let bucket = unsafe buckets[place]
            guard (0...most).contains(bucket.rate), bucket.capacity >= 0, bucket.capacity / 1_000_000_000 <= most,
                bucket.level >= -bucket.capacity, bucket.level <= bucket.capacity
            else { throw reader.error(.damaged, "token bucket \(place) has an impossible level") }
        }
    }
}

/// P07: the message rates of the venue sessions: four fifths of a venue's cap for new orders and replaces, the rest for cancels.
///
/// ```swift
/// var rates = SessionRates(sessions: venues)
/// rates.set(session, rate: 1_000, burst: 1_000, at: .zero)     // the venue's own cap
/// guard rates.canSend(session, at: now) else { … }
/// rates.sent(session, at: now)
/// rates.cancelled(session, at: now)                            // counted, never refused
/// ```
/// Two buckets a session: one of four fifths that only new orders and replaces draw on, and one of the whole cap that
/// everything draws on. So cancels always find a fifth of the cap, and when they need more, orders wait for them.
package struct SessionRates {
    var buckets: TokenBuckets
    /// The number of sessions.
    package let sessions: Int

    package init(sessions: Int) {
        self.sessions = max(sessions, 0)
        buckets = TokenBuckets(count: max(sessions, 0) * 2)
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() { buckets.deallocate() }

    /// Sets the venue's cap: messages a second, and how many at once.
    package mutating func set(_ session: Int, rate: Int, burst: Int, at now: Timestamp) {
        guard session >= 0, session < sessions else { return }
        buckets.setFourFifths(session * 2, rate: rate, burst: burst, at: now)
        buckets.set(session * 2 + 1, rate: rate, burst: burst, at: now)
    }

    /// Whether a new order or a replace may be sent.
    package func canSend(_ session: Int, at now: Timestamp) -> Bool {
        guard session >= 0, session < sessions else { return false }
        return buckets.canTake(session * 2, at: now) && buckets.canTake(session * 2 + 1, at: now)
    }

    /// Whether an order that reduces may be sent: it may use the fifth that is kept for cancels too, never more than the cap.
    package func canReduce(_ session: Int, at now: Timestamp) -> Bool {
        guard session >= 0, session < sessions else { return false }
        return buckets.canTake(session * 2 + 1, at: now)
    }

    /// New orders and replaces that may be sent now.
    package func level(_ session: Int, at now: Timestamp) -> Int {
        guard session >= 0, session < sessions else { return 0 }
        return min(buckets.level(session * 2, at: now), buckets.level(session * 2 + 1, at: now))
    }

    /// Counts a new order or a replace.
    package mutating func sent(_ session: Int, at now: Timestamp) {
        guard session >= 0, session < sessions else { return }
        buckets.spend(session * 2, at: now)
        buckets.spend(session * 2 + 1, at: now)
    }

    /// Counts a cancel.
    package mutating func cancelled(_ session: Int, at now: Timestamp) {
        guard session >= 0, session < sessions else { return }
        buckets.spend(session * 2 + 1, at: now)
    }

    package func save(to writer: inout StateWriter) { buckets.save(to: &writer) }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try buckets.restore(from: &reader)
    }
}
