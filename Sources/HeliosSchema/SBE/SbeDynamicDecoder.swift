// SPDX-License-Identifier: MIT
import HeliosWire

/// Reads messages by the schema alone: for tools and tests, not for the hot path.
///
/// ```swift
/// let decoder = SbeDynamicDecoder(model)
/// let message = try decoder.decode(bytes)
/// print(message.name, message.content["Price"] ?? .null)
/// ```
public struct SbeDynamicDecoder: Sendable {
    public let model: SbeModel
    private let messages: [Int: SbeMessageLayout]
    /// Entries and elements of one message; more are refused.
    public static let valueLimit = 1 << 20

    public init(_ model: SbeModel) {
        self.model = model
        messages = Dictionary(model.messages.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The header at the beginning of `message`.
    ///
    /// - Throws: `SbeError.header` when there are too few bytes.
    public func header(of message: WireBytes) throws(SbeError) -> SbeHeader {
        guard message.count >= model.header.size else { throw .header(count: message.count) }
        func member(_ name: String) -> Int {
            guard let (offset, type) = model.header.number(name) else { return 0 }
            return SbeNumber(offset, width: type.primitive.size, isBig: model.isBigEndian).read(message, 0)
        }
        return SbeHeader(
            blockLength: member("blockLength"),
            templateID: UInt16(clamping: member("templateId")),
            schemaID: UInt16(clamping: member("schemaId")),
            version: UInt16(clamping: member("version"))
        )
    }

    /// Reads a message, which begins with its header.
    ///
    /// - Throws: `SbeError` when it belongs to another schema, has a template that the schema hasn't, or is cut short.
    public func decode(_ message: WireBytes) throws(SbeError) -> SbeDecodedMessage {
        let header = try header(of: message)
        guard Int(header.schemaID) == model.id else { throw .schema(header.schemaID) }
        guard let layout = messages[Int(header.templateID)] else { throw .template(header.templateID) }
        var walk = Walk(
            bytes: message,
            start: model.header.size,
            position: model.header.size,
            version: Int(header.version)
        )
        let content = try block(layout.block, length: header.blockLength, &walk)
        return SbeDecodedMessage(name: layout.name, header: header, content: content, length: walk.position)
    }

    struct Walk {
        let bytes: WireBytes
        let start: Int
        var position: Int
        let version: Int
        var values = 0

        /// Where errors say that something begins.
        var offset: Int { position - start }
    }

    // MARK: Blocks

    private func block(_ layout: SbeBlockLayout, length: Int, _ walk: inout Walk) throws(SbeError) -> SbeDecodedBlock {
        let left = walk.bytes.count - walk.position
        guard length >= layout.minimumLength, length <= left else {
            throw .block(length: min(length, left), needed: max(length, layout.minimumLength))
        }
        let fixed = walk.bytes.slice(walk.position..<walk.position + length)
        walk.position += length
        walk.values += layout.fields.count
        var result = SbeDecodedBlock()
        result.fields.reserveCapacity(layout.fields.count)
        for field in layout.fields {
            result.fields.append(SbeNamedValue(field.name, value(of: field, in: fixed, walk.version)))
        }
        for group in layout.groups where group.sinceVersion <= walk.version {
            result.groups.append(SbeDecodedGroup(name: group.name, entries: try entries(group, &walk)))
        }
        for data in layout.data {
            result.data.append(SbeNamedValue(data.name, try self.data(data, &walk)))
        }
        return result
    }

    private func entries(_ group: SbeGroupLayout, _ walk: inout Walk) throws(SbeError) -> [SbeDecodedBlock] {
        let start = walk.offset
        guard walk.bytes.count - walk.position >= group.dimension.size else { throw .group(offset: start) }
        func member(_ name: String) -> Int {
            guard let (offset, type) = group.dimension.number(name) else { return 0 }
            let number = SbeNumber(offset, width: type.primitive.size, isBig: model.isBigEndian)
            return number.read(walk.bytes, walk.position)
        }
        let (length, count) = (member("blockLength"), member("numInGroup"))
        walk.position += group.dimension.size
        guard count <= SbeDynamicDecoder.valueLimit - walk.values else { throw .group(offset: start) }
        var result: [SbeDecodedBlock] = []
        for _ in 0..<count {
            let before = walk.position
            result.append(try block(group.block, length: length, &walk))
            guard walk.position > before, walk.values < SbeDynamicDecoder.valueLimit else {
                throw .group(offset: start)
            }
        }
        return result
    }

    private func data(_ data: SbeDataLayout, _ walk: inout Walk) throws(SbeError) -> SbeValue {
        guard data.sinceVersion <= walk.version else { return .null }
        let left = walk.bytes.count - walk.position - data.prefixLength
        guard left >= 0 else { throw .data(offset: walk.offset) }
        let number = SbeNumber(data.lengthOffset, width: data.lengthPrimitive.size, isBig: model.isBigEndian)
        let count = number.read(walk.bytes, walk.position)
        guard count <= left else { throw .data(offset: walk.offset) }
        let start = walk.position + data.prefixLength
        walk.position = start + count
        let bytes = (start..<start + count).map { walk.bytes[$0] }
        return data.isText ? .text(String(decoding: bytes, as: UTF8.self)) : .bytes(bytes)
    }

    // MARK: Values

    private func value(of field: SbeFieldLayout, in block: WireBytes, _ version: Int) -> SbeValue {
        if field.presence == .constant { return constant(field.constant, field.type) }
        guard field.sinceVersion <= version, field.end <= block.count else { return .null }
        return value(field.type, block, field.offset, isOptional: field.presence == .optional, version)
    }

    private func constant(_ constant: SbeConstant?, _ type: SbeType) -> SbeValue {
        switch constant {
        case .integer(let value):
            if case .enumeration(let list) = type { return .code(value, name: list.name(of: value)) }
            return .integer(value)
        case .float(let value): return .float(value)
        case .text(let text): return .text(text)
        case nil: return .null
        }
    }

    private func value(
        _ type: SbeType,
        _ bytes: WireBytes,
        _ offset: Int,
        isOptional: Bool,
        _ version: Int
    ) -> SbeValue {
        switch type {
        case .scalar(let scalar): return self.scalar(scalar, bytes, offset, isOptional: isOptional)
        case .enumeration(let list):
            let code = integer(list.primitive, bytes, offset)
            return isOptional && code == list.null ? .null : .code(code, name: list.name(of: code))
        case .set(let set):
            let bits = UInt64(truncatingIfNeeded: integer(set.primitive, bytes, offset))
            return .flags(bits, names: set.choices.filter { bits >> UInt64($0.bit) & 1 == 1 }.map(\.name))
        case .composite(let composite):
            if let decimal = composite.decimal { return self.decimal(decimal, bytes, offset, isOptional: isOptional) }
            return .composite(
                composite.members.map { member in
                    guard member.sinceVersion <= version else { return SbeNamedValue(member.name, .null) }
                    let isOptional = member.type.presence == .optional
                    let place = offset + member.offset
                    return SbeNamedValue(
                        member.name,
                        value(member.type, bytes, place, isOptional: isOptional, version)
                    )
                }
            )
        }
    }

    private func scalar(_ type: SbeScalarType, _ bytes: WireBytes, _ offset: Int, isOptional: Bool) -> SbeValue {
        if type.presence == .constant { return constant(type.constant, .scalar(type)) }
        if type.length == 1 { return number(type, bytes, offset, isOptional: isOptional) }
        if type.primitive == .char {
            let text = SbeText(bytes.slice(offset..<offset + type.length))
            return isOptional && text.isEmpty ? .null : .text("\(text)")
        }
        return .array(
            (0..<type.length).map { number(type, bytes, offset + $0 * type.primitive.size, isOptional: false) }
        )
    }

    private func number(_ type: SbeScalarType, _ bytes: WireBytes, _ offset: Int, isOptional: Bool) -> SbeValue {
        let bits = integer(type.primitive, bytes, offset)
        switch type.primitive {
        case .float, .double:
            let value =
                type.primitive == .float
                ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
                : Double(bitPattern: UInt64(truncatingIfNeeded: bits))
            return isOptional && value.isNaN ? .null : .float(value)
        case .char:
            if isOptional, bits == type.null { return .null }
            return .text(String(decoding: [UInt8(truncatingIfNeeded: bits)], as: UTF8.self))
        default: return isOptional && bits == type.null ? .null : .integer(bits)
        }
    }

    private func decimal(_ type: SbeDecimalType, _ bytes: WireBytes, _ offset: Int, isOptional: Bool) -> SbeValue {
        let mantissa = integer(type.mantissa.primitive, bytes, offset + type.mantissaOffset)
        if isOptional || type.mantissa.presence == .optional, mantissa == type.mantissa.null { return .null }
        let exponent =
            type.constantExponent
            ?? Int8(truncatingIfNeeded: integer(.int8, bytes, offset + (type.exponentOffset ?? 0)))
        return .decimal(SbeDecimal(mantissa: Int64(truncatingIfNeeded: mantissa), exponent: exponent))
    }

    private func integer(_ primitive: SbePrimitive, _ bytes: WireBytes, _ offset: Int) -> Int128 {
        func read<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> Int128 {
            Int128(model.isBigEndian ? bytes.big(offset, as: T.self) : bytes.little(offset, as: T.self))
        }
        return switch primitive {
        case .char, .uint8: read(UInt8.self)
        case .int8: read(Int8.self)
        case .int16: read(Int16.self)
        case .uint16: read(UInt16.self)
        case .int32: read(Int32.self)
        case .uint32, .float: read(UInt32.self)
        case .int64: read(Int64.self)
        case .uint64, .double: read(UInt64.self)
        }
    }
}
