// SPDX-License-Identifier: MIT

/// What a model found, or the reason why it found nothing: never NaN, and never a zero that stands for "unknown".
@frozen
public enum Finding<Value> {
    case defined(Value)
    case undefined(Undefined)

    /// The value, or nil.
    @inlinable public var value: Value? {
        if case .defined(let value) = self { value } else { nil }
    }

    /// Why there is no value; nil when there is one.
    @inlinable public var reason: Undefined? {
        if case .undefined(let reason) = self { reason } else { nil }
    }

    /// The value through `transform`, or the same reason.
    @inlinable
    public func map<Other>(_ transform: (Value) -> Other) -> Finding<Other> {
        switch self {
        case .defined(let value): .defined(transform(value))
        case .undefined(let reason): .undefined(reason)
        }
    }
}

extension Finding: Sendable where Value: Sendable {}
extension Finding: Equatable where Value: Equatable {}
extension Finding: BitwiseCopyable where Value: BitwiseCopyable {}

/// Why a model has no result.
@frozen
public enum Undefined: Sendable, Equatable, BitwiseCopyable {
    /// Not enough values for the number of things to estimate.
    case tooFewValues
    /// More values than the workspace was made for.
    case tooManyValues
    /// Series that belong together have different lengths.
    case unequalLengths
    /// An input or a result is not a finite number.
    case notFinite
    /// A series, or what is left of it, does not vary.
    case noVariance
    /// One series is a combination of the others.
    case collinear
    /// A parameter is outside the range that the model's description gives.
    case parameterOutOfRange
    /// The series does not come back: phi ≥ 1.
    case notReverting
    /// The series jumps from side to side, which no continuous process explains: phi ≤ 0.
    case oscillating
    /// An iteration did not end.
    case notConverged
}
