// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where in a journal an engine stands, and what its owner has counted until there.
public struct NodePosition: Equatable, Sendable {
    /// The journal number of the last record.
    public var sequence: UInt64 = 0
    /// Inputs that the engine has acted on.
    public var inputs = 0
    /// Market records among them.
    public var marketInputs: UInt64 = 0
    /// The record with which the epoch began.
    public var epochSequence: UInt64 = 0
    /// The last timer's time; zero before the first.
    public var lastTimer = Timestamp.zero
    /// The epochs, and with them the order numbers that the venue knows.
    public var numbers = WireNumbers()

    public init() {}

    public init(sequence: UInt64, inputs: Int) {
        self.sequence = sequence
        self.inputs = inputs
    }

    /// Appends the place.
    public func save(to writer: inout StateWriter) {
        writer.mark("place")
        writer.write(sequence)
        writer.write(inputs)
        writer.write(marketInputs)
        writer.write(epochSequence)
        writer.write(lastTimer)
        numbers.save(to: &writer)
    }

    /// Takes a saved place.
    public init(from reader: inout StateReader) throws(StateError) {
        try reader.expect("place")
        sequence = try reader.read(UInt64.self)
        inputs = try reader.readCount(upTo: .max / 2, "inputs")
        marketInputs = try reader.read(UInt64.self)
        epochSequence = try reader.read(UInt64.self)
        lastTimer = try reader.read(Timestamp.self)
        numbers = try WireNumbers(from: &reader)
        guard epochSequence <= sequence, marketInputs <= inputs else {
            throw reader.error(.damaged, "the counts of the place contradict each other")
        }
    }
}
