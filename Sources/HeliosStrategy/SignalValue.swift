// SPDX-License-Identifier: MIT
import HeliosMarket

/// A number that a strategy decided by, as it was when it decided.
public struct SignalValue: Sendable, Equatable {
    /// A number as the strategy has it.
    public enum Amount: Sendable, Equatable {
        /// A floating-point value, to the bit.
        case number(Double)
        /// A decimal number, or a word, exactly as text.
        case exact(String)
    }

    /// Short and stable: programs find the signal by it.
    public var name: String
    public var value: Amount
    /// What the value and the threshold are measured in; empty for plain numbers and words.
    public var unit: String
    /// What the value was compared with; nil when with nothing.
    public var threshold: Amount?
    /// What the signal says, for people.
    public var meaning: String

    public init(_ name: String, _ value: Amount, unit: String = "", threshold: Amount? = nil, _ meaning: String) {
        self.name = name
        self.value = value
        self.unit = unit
        self.threshold = threshold
        self.meaning = meaning
    }
}

/// What a strategy follows of one thing (a pair, an instrument), as it stands now.
public struct SignalGroup: Sendable, Equatable {
    /// The strategy's place in the configuration, from 0.
    public var strategy = 0
    /// What the values are about.
    public var name: String
    /// The strategy has a position in it, or is about to: worth looking at first.
    public var isActive: Bool
    public var signals: [SignalValue]

    public init(_ name: String, isActive: Bool, _ signals: [SignalValue]) {
        self.name = name
        self.isActive = isActive
        self.signals = signals
    }
}

/// Numbers in a sentence.
enum SentenceNumber {
    /// Rounded to four places, at least two shown; `unknown` for what is no number.
    static func text(_ value: Double) -> String {
        let scaled = (value * 10_000).rounded()
        guard scaled.magnitude < 1e14 else { return value.isFinite ? "\(value)" : "unknown" }
        return Price(raw: Int64(scaled) * 10_000).description
    }

    /// Nanoseconds as seconds.
    static func seconds(_ time: Nanoseconds) -> String { text(Double(time) * 1e-9) + " s" }
}
