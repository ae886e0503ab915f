// SPDX-License-Identifier: MIT

/// A number or character as it lies on the wire.
public enum SbePrimitive: String, Sendable, CaseIterable {
    case char, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float, double

    /// Bytes.
    public var size: Int {
        switch self {
        case .char, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float: 4
        case .int64, .uint64, .double: 8
        }
    }

    public var isSigned: Bool { [.int8, .int16, .int32, .int64].contains(self) }
    public var isFloat: Bool { self == .float || self == .double }

    /// Every number that the bits can hold.
    public var bits: ClosedRange<Int128> {
        let width = Int128(size * 8)
        let half = Int128(1) << (width - 1)
        return isSigned ? -half...half - 1 : 0...half * 2 - 1
    }

    /// The number that stands for "none" unless a schema says otherwise; for floating point that is NaN.
    public var defaultNull: Int128 {
        switch self {
        case .char: 0
        case .int8, .int16, .int32, .int64: bits.lowerBound
        default: bits.upperBound
        }
    }

    /// The values that a field may take unless a schema says otherwise.
    public var defaultRange: ClosedRange<Int128> {
        switch self {
        case .char: 0x20...0x7E
        case .int8, .int16, .int32, .int64: bits.lowerBound + 1...bits.upperBound
        default: 0...bits.upperBound - 1
        }
    }
}

/// Whether a value must be there.
public enum SbePresence: String, Sendable {
    case required, optional, constant
}

/// What a constant is.
public enum SbeConstant: Equatable, Sendable {
    case integer(Int128)
    case float(Double)
    case text(String)
}

/// A named or inline type: what a field's bytes mean.
public indirect enum SbeType: Equatable, Sendable {
    case scalar(SbeScalarType)
    case enumeration(SbeEnumType)
    case set(SbeSetType)
    case composite(SbeCompositeType)

    public var name: String {
        switch self {
        case .scalar(let type): type.name
        case .enumeration(let type): type.name
        case .set(let type): type.name
        case .composite(let type): type.name
        }
    }

    /// Bytes on the wire.
    public var size: Int {
        switch self {
        case .scalar(let type): type.size
        case .enumeration(let type): type.primitive.size
        case .set(let type): type.primitive.size
        case .composite(let type): type.size
        }
    }

    public var presence: SbePresence {
        if case .scalar(let type) = self { type.presence } else { .required }
    }
}

/// A primitive, or an array of them.
public struct SbeScalarType: Equatable, Sendable {
    public var name: String
    public var note: String
    public var primitive: SbePrimitive
    /// Elements; 0 for the variable part of data.
    public var length = 1
    public var presence = SbePresence.required
    /// The number that stands for "none", where one is stated.
    public var nullValue: Int128?
    public var minValue: Int128?
    public var maxValue: Int128?
    public var constant: SbeConstant?
    public var characterEncoding: String?
    public var semanticType: String?

    /// Bytes on the wire.
    public var size: Int { presence == .constant ? 0 : primitive.size * length }
    /// The number that stands for "none".
    public var null: Int128 { nullValue ?? primitive.defaultNull }
}

/// A list of codes.
public struct SbeEnumType: Equatable, Sendable {
    public struct Value: Equatable, Sendable {
        public var name: String
        public var note: String
        public var value: Int128
        public var sinceVersion: Int
    }

    public var name: String
    public var note: String
    public var primitive: SbePrimitive
    /// The code that stands for "none".
    public var null: Int128
    public var values: [Value]

    public func value(named name: String) -> Value? { values.first { $0.name == name } }
    public func name(of value: Int128) -> String? { values.first { $0.value == value }?.name }
}

/// A set of flags, each a bit.
public struct SbeSetType: Equatable, Sendable {
    public struct Choice: Equatable, Sendable {
        public var name: String
        public var note: String
        /// 0 is the least significant.
        public var bit: Int
        public var sinceVersion: Int
    }

    public var name: String
    public var note: String
    public var primitive: SbePrimitive
    public var choices: [Choice]
}

/// Members side by side.
public struct SbeCompositeType: Equatable, Sendable {
    public struct Member: Equatable, Sendable {
        public var name: String
        public var note: String
        public var offset: Int
        public var type: SbeType
        public var sinceVersion: Int
    }

    public var name: String
    public var note: String
    public var members: [Member]
    /// Bytes up to the end of the last member.
    public var size: Int

    /// Members that aren't composites, those of inner composites included: bounded, whatever the nesting.
    var leaves: Int {
        members.reduce(0) { sum, member in
            if case .composite(let inner) = member.type { sum + inner.leaves } else { sum + 1 }
        }
    }

    public func member(_ name: String) -> Member? { members.first { $0.name == name } }

    /// The scalar that `name` names, when it is one number of the wire or a constant.
    public func number(_ name: String) -> (offset: Int, type: SbeScalarType)? {
        guard let member = member(name), case .scalar(let type) = member.type, type.length == 1 else { return nil }
        return (member.offset, type)
    }

    /// Mantissa and exponent, when the composite is a decimal that a 64-bit mantissa holds.
    public var decimal: SbeDecimalType? {
        guard members.count == 2, let mantissa = number("mantissa"), let exponent = number("exponent"),
            mantissa.type.presence != .constant, !mantissa.type.primitive.isFloat, mantissa.type.primitive != .uint64,
            mantissa.type.primitive != .char
        else { return nil }
        if case .integer(let value) = exponent.type.constant {
            guard let value = Int8(exactly: value) else { return nil }
            return SbeDecimalType(mantissaOffset: mantissa.offset, mantissa: mantissa.type, constantExponent: value)
        }
        guard exponent.type.presence != .constant, exponent.type.primitive == .int8 else { return nil }
        return SbeDecimalType(
            mantissaOffset: mantissa.offset,
            mantissa: mantissa.type,
            exponentOffset: exponent.offset
        )
    }
}

/// A composite that is a decimal number.
public struct SbeDecimalType: Equatable, Sendable {
    public var mantissaOffset: Int
    public var mantissa: SbeScalarType
    public var constantExponent: Int8?
    public var exponentOffset: Int?
}
