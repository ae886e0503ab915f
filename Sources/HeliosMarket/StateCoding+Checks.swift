// SPDX-License-Identifier: MIT

extension StateReader {
    /// How large a saved count may be: so far from overflow that adding to it never traps.
    public static var largestCount: Int { 1 << 60 }

    /// Takes a number that is neither infinite nor not a number.
    public mutating func readFinite(_ name: StaticString) throws(StateError) -> Double {
        let value = try read(Double.self)
        guard value.isFinite else { throw error(.damaged, "\(name): \(value) is not a finite number") }
        return value
    }

    /// Takes a time since the epoch, so that the distance of two such times never overflows.
    public mutating func readTime(_ name: StaticString) throws(StateError) -> Timestamp {
        let value = try read(Timestamp.self)
        guard value >= .zero else { throw error(.damaged, "\(name): \(value.nanoseconds) ns is before the epoch") }
        return value
    }

    /// Takes a position of either sign, so far from overflow that positions can be added and subtracted.
    public mutating func readPosition(_ name: StaticString) throws(StateError) -> Quantity {
        let value = try read(Quantity.self)
        guard value.raw.magnitude <= 1 << 60 else { throw error(.damaged, "\(name): \(value) is out of range") }
        return value
    }
}
