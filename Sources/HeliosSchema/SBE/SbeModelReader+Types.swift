// SPDX-License-Identifier: MIT

extension SbeModelReader {
    /// The type that `attribute` of `element` names: a primitive or one of the schema.
    mutating func type(named name: String, from element: SchemaElement, _ attribute: String) -> SbeType? {
        if let known = resolved[name] { return known }
        guard let definition = definitions[name] else {
            if let primitive = SbePrimitive(rawValue: name) {
                return .scalar(SbeScalarType(name: name, note: "", primitive: primitive))
            }
            report(element.error(.unknown, attribute, "there is no type '\(name)'"))
            return nil
        }
        // What is wrong with it has been said; looking again at each use could take for ever.
        if refused.contains(name) { return nil }
        guard !open.contains(name) else {
            report(element.error(.cycle, attribute, "'\(name)' contains itself"))
            return nil
        }
        open.append(name)
        let type = read(definition, name: name)
        open.removeLast()
        if let type { resolved[name] = type } else { refused.insert(name) }
        return type
    }

    /// What a type element says; `name` is its own, or that of the composite and itself.
    private mutating func read(_ element: SchemaElement, name: String) -> SbeType? {
        switch element.name {
        case "type": scalar(element, name: name).map { .scalar($0) }
        case "enum": enumeration(element, name: name).map { .enumeration($0) }
        case "set": set(element, name: name).map { .set($0) }
        default: composite(element, name: name).map { .composite($0) }
        }
    }

    // MARK: Scalars

    private mutating func scalar(_ element: SchemaElement, name: String) -> SbeScalarType? {
        guard let text = element["primitiveType"] else {
            report(element.error(.missing, "primitiveType", "it needs a primitive type"))
            return nil
        }
        guard let primitive = SbePrimitive(rawValue: text) else {
            report(element.error(.unknown, "primitiveType", "there is no primitive type '\(text)'"))
            return nil
        }
        var type = SbeScalarType(name: name, note: note(element), primitive: primitive)
        type.presence = presence(element) ?? .required
        let constantText = element.trimmedText
        let fallback = type.presence == .constant && primitive == .char ? max(constantText.utf8.count, 1) : 1
        type.length = integer(element, "length", 0...65_535, or: fallback) ?? 1
        type.nullValue = number(element, "nullValue", primitive)
        type.minValue = number(element, "minValue", primitive)
        type.maxValue = number(element, "maxValue", primitive)
        type.characterEncoding = element["characterEncoding"]
        type.semanticType = element["semanticType"]
        if let low = type.minValue, let high = type.maxValue, low > high {
            report(element.error(.range, "minValue", "\(low) is above the maximum, \(high)"))
        }
        if type.presence == .constant {
            // In a field the value may come from a valueRef: then it is empty here.
            guard !constantText.isEmpty else {
                report(element.error(.missing, nil, "a constant needs a value as its text"))
                return nil
            }
            type.constant = constant(constantText, type, element)
        }
        return type
    }

    private mutating func number(_ element: SchemaElement, _ attribute: String, _ primitive: SbePrimitive) -> Int128? {
        guard let text = element[attribute] else { return nil }
        // For floating point "none" is always NaN, and limits aren't checked.
        if primitive.isFloat { return nil }
        let parsed =
            primitive == .char && text.utf8.count == 1 && Int128(text) == nil
            ? text.utf8.first.map { Int128($0) } : Int128(text)
        guard let parsed else {
            report(element.error(.malformed, attribute, "'\(text)' is not a whole number"))
            return nil
        }
        guard primitive.bits.contains(parsed) else {
            report(element.error(.range, attribute, "\(parsed) does not fit into \(primitive.rawValue)"))
            return nil
        }
        return parsed
    }

    private mutating func constant(
        _ text: String,
        _ type: SbeScalarType,
        _ element: SchemaElement
    ) -> SbeConstant? {
        if type.primitive == .char {
            if text.utf8.count > type.length {
                report(element.error(.range, nil, "'\(text)' is longer than \(type.length)"))
            }
            return .text(text)
        }
        if type.primitive.isFloat {
            guard let value = Double(text) else {
                report(element.error(.malformed, nil, "'\(text)' is not a number"))
                return nil
            }
            return .float(value)
        }
        guard let value = Int128(text) else {
            report(element.error(.malformed, nil, "'\(text)' is not a whole number"))
            return nil
        }
        if !type.primitive.bits.contains(value) {
            report(element.error(.range, nil, "\(value) does not fit into \(type.primitive.rawValue)"))
        }
        return .integer(value)
    }

    // MARK: Codes and flags

    /// The primitive behind an `encodingType`, and what stands for "none".
    private mutating func encoding(
        _ element: SchemaElement,
        among allowed: [SbePrimitive]
    ) -> (primitive: SbePrimitive, null: Int128)? {
        guard let name = element["encodingType"] else {
            report(element.error(.missing, "encodingType", "it needs an encoding type"))
            return nil
        }
        guard let type = type(named: name, from: element, "encodingType") else { return nil }
        guard case .scalar(let scalar) = type, scalar.length == 1, allowed.contains(scalar.primitive) else {
            report(element.error(.malformed, "encodingType", "'\(name)' can't encode it"))
            return nil
        }
        return (scalar.primitive, scalar.null)
    }

    private mutating func enumeration(_ element: SchemaElement, name: String) -> SbeEnumType? {
        let integers = SbePrimitive.allCases.filter { !$0.isFloat }
        guard let encoding = encoding(element, among: integers) else { return nil }
        let null = number(element, "nullValue", encoding.primitive) ?? encoding.null
        let elements = element.children("validValue")
        requireUnique(elements, "name", "the name")
        var values: [SbeEnumType.Value] = []
        for child in elements {
            guard let name = self.name(child), let value = code(child, encoding.primitive, null) else { continue }
            if values.contains(where: { $0.value == value }) {
                report(child.error(.duplicate, nil, "the value \(child.trimmedText) was there before"))
            }
            values.append(
                SbeEnumType.Value(name: name, note: note(child), value: value, sinceVersion: sinceVersion(child))
            )
        }
        return SbeEnumType(
            name: name,
            note: note(element),
            primitive: encoding.primitive,
            null: null,
            values: values
        )
    }

    private mutating func code(_ element: SchemaElement, _ primitive: SbePrimitive, _ null: Int128) -> Int128? {
        let text = element.trimmedText
        if primitive == .char {
            guard text.utf8.count == 1, let byte = text.utf8.first, primitive.defaultRange.contains(Int128(byte)) else {
                report(element.error(.range, nil, "'\(text)' is not one printable character"))
                return nil
            }
            return Int128(byte)
        }
        guard let value = Int128(text) else {
            report(element.error(.malformed, nil, "'\(text)' is not a whole number"))
            return nil
        }
        guard primitive.bits.contains(value), value != null else {
            report(element.error(.range, nil, "\(value) is outside \(primitive.rawValue), or stands for none"))
            return nil
        }
        return value
    }

    private mutating func set(_ element: SchemaElement, name: String) -> SbeSetType? {
        guard let encoding = encoding(element, among: [.uint8, .uint16, .uint32, .uint64]) else { return nil }
        let elements = element.children("choice")
        requireUnique(elements, "name", "the name")
        var choices: [SbeSetType.Choice] = []
        for child in elements {
            guard let name = self.name(child) else { continue }
            guard let bit = Int(child.trimmedText) else {
                report(child.error(.malformed, nil, "'\(child.trimmedText)' is not a bit number"))
                continue
            }
            guard (0..<encoding.primitive.size * 8).contains(bit) else {
                report(child.error(.range, nil, "\(encoding.primitive.rawValue) has no bit \(bit)"))
                continue
            }
            if choices.contains(where: { $0.bit == bit }) {
                report(child.error(.duplicate, nil, "the bit \(bit) was there before"))
            }
            choices.append(
                SbeSetType.Choice(name: name, note: note(child), bit: bit, sinceVersion: sinceVersion(child))
            )
        }
        return SbeSetType(name: name, note: note(element), primitive: encoding.primitive, choices: choices)
    }

    // MARK: Composites

    private mutating func composite(_ element: SchemaElement, name: String) -> SbeCompositeType? {
        requireUnique(element.children, "name", "the name")
        guard !element.children.isEmpty else {
            report(element.error(.missing, nil, "a composite needs members"))
            return nil
        }
        var members: [SbeCompositeType.Member] = []
        var end = 0
        for child in element.children {
            guard let member = member(child, of: name, &end) else { continue }
            members.append(member)
        }
        guard members.count == element.children.count else { return nil }
        let type = SbeCompositeType(name: name, note: note(element), members: members, size: end)
        // Inner composites passed this check before, so that counting ends.
        guard end <= 65_535, type.leaves <= SbeModelReader.leafLimit else {
            report(element.error(.limit, nil, "a composite of more than 65,535 bytes or 1,024 members"))
            return nil
        }
        return type
    }

    private mutating func member(
        _ element: SchemaElement,
        of composite: String,
        _ end: inout Int
    ) -> SbeCompositeType.Member? {
        guard let name = self.name(element) else { return nil }
        let since = sinceVersion(element)
        var type: SbeType?
        switch element.name {
        case "type", "enum", "set", "composite":
            guard open.count < SbeModelReader.depthLimit * 2 else {
                report(element.error(.limit, nil, "composites lie too deep within each other"))
                return nil
            }
            open.append("\(composite).\(name)")
            type = read(element, name: "\(composite).\(name)")
            open.removeLast()
        case "ref":
            guard let target = element["type"] else {
                report(element.error(.missing, "type", "it needs the name of a type"))
                return nil
            }
            type = self.type(named: target, from: element, "type")
        default: report(element.error(.order, nil, "this is no member of a composite"))
        }
        guard let type, let offset = offset(element, end) else { return nil }
        end = offset + type.size
        return SbeCompositeType.Member(
            name: name,
            note: note(element),
            offset: offset,
            type: type,
            sinceVersion: since
        )
    }

    /// The stated offset, or `end`; an error when it lies before `end`.
    mutating func offset(_ element: SchemaElement, _ end: Int) -> Int? {
        guard let offset = integer(element, "offset", 0...65_535, or: end) else { return nil }
        if offset < end {
            report(element.error(.overlap, "offset", "\(offset) lies before the end of the member in front, \(end)"))
        }
        return max(offset, end)
    }
}
