// SPDX-License-Identifier: MIT

extension SbeSwiftGenerator {
    /// The Swift type that a value is read as.
    func swiftType(_ type: SbeType, _ presence: SbePresence) -> String {
        let mark = presence == .optional ? "?" : ""
        switch type {
        case .scalar(let scalar):
            if scalar.length != 1 {
                if scalar.primitive == .char { return "SbeText" + mark }
                return scalar.primitive.isFloat ? "WireBytes" : "SbeArray<\(Self.integerName(scalar.primitive))>"
            }
            return scalarName(scalar.primitive) + mark
        case .enumeration: return swiftName(type) + mark
        case .set: return swiftName(type)
        case .composite(let composite):
            guard let decimal = composite.decimal else { return swiftName(type) }
            return "SbeDecimal" + (presence == .optional || decimal.mantissa.presence == .optional ? "?" : "")
        }
    }

    private func scalarName(_ primitive: SbePrimitive) -> String {
        switch primitive {
        case .float: "Float"
        case .double: "Double"
        default: Self.integerName(primitive)
        }
    }

    /// An expression that reads a value from `block`.
    func read(_ type: SbeType, _ presence: SbePresence, at offset: String) -> String {
        let isOptional = swiftType(type, presence).hasSuffix("?")
        switch type {
        case .scalar(let scalar): return read(scalar, isOptional, at: offset)
        case .enumeration(let list):
            let raw = Self.integerName(list.primitive)
            guard isOptional else { return "\(swiftName(type))(rawValue: block.\(order)(\(offset)))" }
            return "block.\(order)(\(offset), null: \(SwiftNames.literal(list.null)) as \(raw))"
                + ".map { \(swiftName(type))(rawValue: $0) }"
        case .set: return "\(swiftName(type))(rawValue: block.\(order)(\(offset)))"
        case .composite(let composite):
            guard let decimal = composite.decimal else { return "\(swiftName(type))(block, at: \(offset))" }
            return read(decimal, isOptional, at: offset)
        }
    }

    private func read(_ scalar: SbeScalarType, _ isOptional: Bool, at offset: String) -> String {
        if scalar.length != 1 {
            if scalar.primitive == .char {
                return "block.text(\(offset), length: \(scalar.length))" + (isOptional ? ".nilWhenEmpty" : "")
            }
            let bytes = "block.bytes(\(offset), \(scalar.size))"
            return scalar.primitive.isFloat ? bytes : "SbeArray(\(bytes), isBig: \(model.isBigEndian))"
        }
        if scalar.primitive.isFloat {
            let value = "\(scalarName(scalar.primitive))(bitPattern: block.\(order)(\(offset)))"
            return value + (isOptional ? ".nilWhenNaN" : "")
        }
        return isOptional
            ? "block.\(order)(\(offset), null: \(SwiftNames.literal(scalar.null)))" : "block.\(order)(\(offset))"
    }

    private func read(_ decimal: SbeDecimalType, _ isOptional: Bool, at offset: String) -> String {
        let raw = Self.integerName(decimal.mantissa.primitive)
        let place = shifted(offset, decimal.mantissaOffset)
        let exponent =
            decimal.constantExponent.map { "\($0)" }
            ?? "block.\(order)(\(shifted(offset, decimal.exponentOffset ?? 0)))"
        func widened(_ value: String) -> String { raw == "Int64" ? value : "Int64(\(value))" }
        if isOptional {
            return "block.\(order)(\(place), null: \(SwiftNames.literal(decimal.mantissa.null)) as \(raw))"
                + ".map { SbeDecimal(mantissa: \(widened("$0")), exponent: \(exponent)) }"
        }
        return "SbeDecimal(mantissa: \(widened("block.\(order)(\(place), as: \(raw).self)")), exponent: \(exponent))"
    }

    /// `offset + more`, added up where both are numbers.
    private func shifted(_ offset: String, _ more: Int) -> String {
        if let number = Int(offset) { return "\(number + more)" }
        return more == 0 ? offset : "\(offset) + \(more)"
    }

    /// Lines that write the value `name` into `draft`.
    func write(_ type: SbeType, _ name: String, _ isOptional: Bool, at offset: String) -> [String] {
        switch type {
        case .scalar(let scalar): return [write(scalar, name, isOptional, at: offset)]
        case .enumeration(let list):
            let value = isOptional ? "\(name)?.rawValue ?? \(SwiftNames.literal(list.null))" : "\(name).rawValue"
            return ["draft.\(order)(\(value), \(offset))"]
        case .set: return ["draft.\(order)(\(name).rawValue, \(offset))"]
        case .composite(let composite):
            if let decimal = composite.decimal { return write(decimal, name, isOptional, at: offset) }
            return ["try \(name)\(isOptional ? "?" : "").put(into: draft, at: \(offset))"]
        }
    }

    private func write(_ scalar: SbeScalarType, _ name: String, _ isOptional: Bool, at offset: String) -> String {
        if scalar.length != 1 {
            if scalar.primitive == .char || scalar.primitive.isFloat {
                let size = scalar.size
                return isOptional
                    ? "try \(name).map { (text) throws(SbeError) in try draft.text(text, \(offset), length: \(size)) }"
                    : "try draft.text(\(name), \(offset), length: \(size))"
            }
            return "try draft.array(\(name), \(offset), length: \(scalar.length), isBig: \(model.isBigEndian))"
        }
        if scalar.primitive.isFloat {
            return "draft.\(order)(\(isOptional ? "(\(name) ?? .nan)" : name).bitPattern, \(offset))"
        }
        return "draft.\(order)(\(name)\(isOptional ? " ?? \(SwiftNames.literal(scalar.null))" : ""), \(offset))"
    }

    private func write(_ decimal: SbeDecimalType, _ name: String, _ isOptional: Bool, at offset: String) -> [String] {
        let raw = Self.integerName(decimal.mantissa.primitive)
        let place = shifted(offset, decimal.mantissaOffset)
        let wireExponent = isOptional ? "\(name)?.exponent ?? 0" : "\(name).exponent"
        let exponent = decimal.constantExponent.map { "\($0)" } ?? wireExponent
        let null = "null: \(SwiftNames.literal(decimal.mantissa.null)) as \(raw)"
        let mantissa =
            isOptional
            ? "try SbeDecimal.mantissa(\(name), \(exponent), \(null))"
            : "try \(name).mantissa(\(exponent), as: \(raw).self)"
        var lines = ["draft.\(order)(\(mantissa), \(place))"]
        if let exponentOffset = decimal.exponentOffset {
            lines.append("draft.\(order)(\(wireExponent), \(shifted(offset, exponentOffset)))")
        }
        return lines
    }
}
