// SPDX-License-Identifier: MIT

/// Which fields hold data, in which any byte may stand, and which fields tell their lengths.
///
/// The standard's pairs are there from the start; a dictionary adds its own.
public struct FixDataPairs: Sendable {
    @usableFromInline var pairs: [(length: UInt32, data: UInt32)]

    /// Tags from here on can't be lengths.
    @usableFromInline static var bound: UInt32 { 65_536 }

    /// The pairs of the standard, versions 4.2 to 5.0 SP2.
    public init() {
        pairs = [
            (90, 91), (93, 89), (95, 96), (212, 213), (348, 349), (350, 351), (352, 353), (354, 355), (356, 357),
            (358, 359), (360, 361), (362, 363), (364, 365), (445, 446), (618, 619), (621, 622), (1_184, 1_185),
            (1_277, 1_278), (1_280, 1_281), (1_282, 1_283), (1_397, 1_398), (1_401, 1_402), (1_403, 1_404),
            (1_468, 1_469), (1_525, 1_527), (1_578, 1_579), (1_620, 1_621), (1_664, 1_665),
        ]
    }

    /// Makes `data` a field of data whose length `length` tells.
    ///
    /// A length above 65,535, or one that is there already, is not taken.
    public mutating func add(length: FixTag, data: FixTag) {
        guard length.rawValue < FixDataPairs.bound, self.data(of: length.rawValue) == nil else { return }
        pairs.append((length.rawValue, data.rawValue))
    }

    /// The field of data whose length `length` tells.
    @inlinable
    func data(of length: UInt32) -> UInt32? {
        for pair in pairs where pair.length == length { return pair.data }
        return nil
    }
}
