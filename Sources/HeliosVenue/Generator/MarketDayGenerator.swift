// SPDX-License-Identifier: MIT
import HeliosMarket

/// Writes a synthetic NASDAQ TotalView-ITCH 5.0 day in BinaryFILE framing, order by order, from a seed.
///
/// Fair values follow a factor model with truly cointegrated pairs (`MarketUniverse`, `FairValues`). Order flow
/// follows the fair values: quotes that they pass are taken, cancelled or moved within one step, new ones appear, and
/// around that a background of orders comes and goes. The day has its directory, a pre-open with imbalance messages,
/// auctions at the open, the close and after halts, and the six system events.
///
/// What a reader of the bytes can rely on: every order named is alive, no more shares go than an order has, references
/// only rise, time never falls, and no book is crossed or locked between a symbol's opening auction and the close
/// except while it is halted.
///
/// ```swift
/// let generator = try MarketDayGenerator(MarketDayConfiguration(symbols: 20, messages: 100_000, day: day))
/// let truth = try generator.generate { chunk in file.append(contentsOf: chunk) }
/// ```
public struct MarketDayGenerator: Sendable {
    /// Takes bytes as they are made, at most 1 MiB at once, valid only during the call.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    public let configuration: MarketDayConfiguration

    /// A generator of one day.
    ///
    /// - Throws: `MarketDayError` for a value out of its range.
    public init(_ configuration: MarketDayConfiguration) throws(MarketDayError) {
        try configuration.validate()
        self.configuration = configuration
    }

    /// The day's symbols, in the order of its directory.
    public var symbols: [Symbol] { MarketUniverse(configuration).symbols.compactMap { Symbol($0.name) } }

    /// Writes the whole day into `sink`, and says what is hidden in it.
    ///
    /// Memory is bounded by the number of symbols (about 20 KB each), whatever the number of messages.
    ///
    /// - Parameters:
    ///   - sink: takes the bytes.
    ///   - progress: called after each chunk.
    /// - Returns: the hidden structure, and what was written.
    /// - Throws: what `sink` throws; the day then ends there.
    public func generate(
        into sink: Sink,
        progress: (MarketDayProgress) -> Void = { _ in }
    ) throws -> MarketDayTruth {
        var run = MarketDayRun(configuration)
        return try run.wholeDay { bytes, state in
            try sink(bytes)
            progress(state)
        }
    }
}

/// How far the generator is.
public struct MarketDayProgress: Sendable, Equatable {
    /// Messages written so far.
    public var messages: Int
    /// Messages aimed at.
    public var target: Int
    /// Nanoseconds since midnight of the last message.
    public var timeOfDay: Nanoseconds
    /// Bytes written so far.
    public var bytes: Int
}
