// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where a backtest's market events come from: a day file, a capture, a pair of LOBSTER files.
///
/// A source is asked for a batch at a time; what it costs per call is spread over thousands of events.
public protocol EventSource: AnyObject {
    /// Writes the next events, in the order in which the venue published them.
    ///
    /// - Parameter events: room for at least one event.
    /// - Returns: how many were written; 0 at the end.
    /// - Throws: when the input can't be read on.
    func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int

    /// Names of the instruments met so far.
    var directory: InstrumentDirectory { get }
    /// How much of the input was read, from 0 to 1.
    var progress: Double { get }
    /// Messages read, and messages that could not be used.
    var messages: Int { get }
    var malformed: Int { get }
    /// Midnight of the trading day that the source is in.
    var midnight: Timestamp { get }
}
