// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// ITCH 5.0 in BinaryFILE framing that lies in memory, as an event source: for tests, benchmarks and days made on the fly.
public final class ItchMemorySource: EventSource {
    private let bytes: UnsafeRawBufferPointer
    private var decoder: ItchDecoder
    private var cursor = 0
    private var ended = false

    /// - Parameters:
    ///   - bytes: must outlive the source.
    ///   - midnight: midnight of the trading day.
    ///   - directory: instruments that keep their numbers.
    public init(_ bytes: UnsafeRawBufferPointer, midnight: Timestamp, directory: InstrumentDirectory = .init()) {
        self.bytes = bytes
        decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 1), directory: directory)
    }

    public func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        let count = decoder.decodeFrames(bytes, cursor: &cursor, into: events)
        if count == 0, !ended {
            ended = true
            decoder.finish(remaining: bytes.count - cursor, at: UInt64(cursor))
        }
        return count
    }

    public var directory: InstrumentDirectory { decoder.directory }
    public var progress: Double { bytes.isEmpty ? 1 : Double(cursor) / Double(bytes.count) }
    public var messages: Int { decoder.messageCount }
    public var malformed: Int { decoder.diagnostics.malformed }
    public var midnight: Timestamp { decoder.midnight }
    /// What could not be used, and where it stood.
    public var diagnostics: FeedDiagnostics { decoder.diagnostics }
}
