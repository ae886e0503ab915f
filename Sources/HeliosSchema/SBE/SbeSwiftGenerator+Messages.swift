// SPDX-License-Identifier: MIT

extension SbeSwiftGenerator {
    func message(_ message: SbeMessageLayout, _ number: inout Int, _ out: inout SwiftText) {
        let name = messageNames[message.id] ?? ""
        let own = number
        number += 1
        let access = out.access
        let entries = entryNames(message.block)
        out.blank()
        out.braces("extension \(space)") { out in
            out.document(
                message.note.isEmpty ? "The message \(message.name)" : message.note,
                "Template \(message.id), \(message.block.length) bytes in front of groups and data. "
                    + since(message.sinceVersion)
            )
            if isPublic { out.line("@frozen") }
            out.braces("\(access)struct \(name): SbeMessage") { out in
                out.line("\(access)typealias Schema = \(space)")
                out.property("templateID", "UInt16", isStatic: true, SwiftNames.literal(Int128(message.id)))
                content(message.block, own, entries, isMessage: true, &out)
            }
        }
        groups(message.block, owner: own, path: "\(space).\(name)", entries, &number, &out)
    }

    private func entryNames(_ block: SbeBlockLayout) -> [String] {
        var taken: Set<String> = ["Schema"]
        return block.groups.map { group in
            var name = SwiftNames.entry(group.name)
            while !taken.insert(name).inserted { name += "Entry" }
            return name
        }
    }

    private func groups(
        _ block: SbeBlockLayout,
        owner: Int,
        path: String,
        _ entries: [String],
        _ number: inout Int,
        _ out: inout SwiftText
    ) {
        for (part, group) in block.groups.enumerated() {
            let own = number
            number += 1
            let access = out.access
            let inner = entryNames(group.block)
            out.blank()
            out.braces("extension \(path)") { out in
                out.document(
                    group.note.isEmpty ? "An entry of \(group.name)" : "An entry: \(group.note)",
                    "\(group.block.length) bytes. \(since(group.sinceVersion))"
                )
                if isPublic { out.line("@frozen") }
                let kind = group.block.isFlat ? "SbeFlatEntry" : "SbeEntry"
                out.braces("\(access)struct \(entries[part]): \(kind)") { out in
                    out.inlinable()
                    out.braces("\(access)static var dimension: SbeDimension") { out in dimension(group, &out) }
                    out.property("owner", "Int", isStatic: true, "\(owner)")
                    out.property("part", "Int", isStatic: true, "\(part)")
                    content(group.block, own, inner, isMessage: false, &out)
                }
            }
            groups(group.block, owner: own, path: "\(path).\(entries[part])", inner, &number, &out)
        }
    }

    private func dimension(_ group: SbeGroupLayout, _ out: inout SwiftText) {
        out.line("SbeDimension(")
        out.line("    length: \(group.dimension.size),")
        for (name, label, comma) in [("blockLength", "blockLength", ","), ("numInGroup", "count", "")] {
            let (offset, type) = group.dimension.number(name).map { ($0.offset, $0.type.primitive.size) } ?? (0, 2)
            out.line("    \(label): SbeNumber(\(offset), width: \(type), isBig: \(model.isBigEndian))\(comma)")
        }
        out.line(")")
    }

    // MARK: A block

    private func content(
        _ block: SbeBlockLayout,
        _ number: Int,
        _ entries: [String],
        isMessage: Bool,
        _ out: inout SwiftText
    ) {
        let access = out.access
        let isFlat = !isMessage && block.isFlat
        out.property("blockLength", "Int", isStatic: true, "\(block.length)")
        out.property("minimumBlockLength", "Int", isStatic: true, "\(block.minimumLength)")
        if !isFlat { out.property("parts", "Int", isStatic: true, "\(block.groups.count + block.data.count)") }
        out.property("number", "Int", isStatic: true, "\(number)")
        out.line("\(access)let block: SbeBlock")
        for (index, group) in block.groups.enumerated() {
            let kind = group.block.isFlat ? "SbeEntries" : "SbeNestedEntries"
            out.document(group.note.isEmpty ? group.name : group.note, since(group.sinceVersion))
            out.line("\(access)let \(SwiftNames.member(group.name)): \(kind)<\(entries[index])>")
        }
        for data in block.data {
            out.document(data.note.isEmpty ? data.name : data.note, since(data.sinceVersion))
            out.line("\(access)let \(SwiftNames.member(data.name)): WireBytes\(data.sinceVersion > 0 ? "?" : "")")
        }
        out.blank()
        initializer(block, entries, isFlat: isFlat, &out)
        for field in block.fields {
            out.blank()
            accessor(field, block, &out)
        }
        out.blank()
        writer(block, isMessage: isMessage, &out)
        for (index, data) in block.data.enumerated() {
            out.blank()
            dataWriter(data, part: block.groups.count + index, &out)
        }
    }

    private func initializer(
        _ block: SbeBlockLayout,
        _ entries: [String],
        isFlat: Bool,
        _ out: inout SwiftText
    ) {
        out.inlinable()
        let access = out.access
        if isFlat { return out.line("\(access)init(block: SbeBlock) { self.block = block }") }
        out.braces("\(access)init(block: SbeBlock, walk: inout SbeWalk) throws(SbeError)") { out in
            out.line("self.block = block")
            for (index, group) in block.groups.enumerated() {
                let kind = group.block.isFlat ? "flat" : "nested"
                let name = SwiftNames.member(group.name)
                out.line("\(name) = try walk.\(kind)(\(entries[index]).self, since: \(group.sinceVersion))")
            }
            for data in block.data {
                let tail = data.sinceVersion > 0 ? "" : " ?? .empty"
                let value = "try walk.data(\(prefix(data)), since: \(data.sinceVersion))\(tail)"
                out.line("\(SwiftNames.member(data.name)) =")
                out.line("    \(value)")
            }
        }
    }

    private func prefix(_ data: SbeDataLayout) -> String {
        "SbePrefix(length: \(data.prefixLength), count: SbeNumber(\(data.lengthOffset), "
            + "width: \(data.lengthPrimitive.size), isBig: \(model.isBigEndian)))"
    }

    private func accessor(_ field: SbeFieldLayout, _ block: SbeBlockLayout, _ out: inout SwiftText) {
        let name = SwiftNames.member(field.name)
        let note = field.note.isEmpty ? field.name : field.note
        if field.presence == .constant {
            out.document(note, "The same in every message.")
            return constant(field, name, &out)
        }
        let place = field.size == 1 ? "Byte \(field.offset)" : "Bytes \(field.offset) to \(field.end - 1)"
        let since = field.sinceVersion > 0 ? ", since version \(field.sinceVersion)" : ""
        out.document(note, place + since + ".")
        let type = swiftType(field.type, field.presence)
        let value = read(field.type, field.presence, at: "\(field.offset)")
        let isAlwaysThere = field.sinceVersion == 0 && field.end <= block.minimumLength
        if isAlwaysThere { return out.property(name, type, value) }
        out.inlinable()
        let access = out.access
        out.braces("\(access)var \(name): \(type.hasSuffix("?") ? type : type + "?")") { out in
            let question = "block.holds(\(field.offset), \(field.size), since: \(field.sinceVersion))"
            out.line("guard \(question) else { return nil }")
            out.expression(value, prefix: "return ")
        }
    }

    private func constant(_ field: SbeFieldLayout, _ name: String, _ out: inout SwiftText) {
        guard let value = field.constant else { return }
        if case .scalar(let type) = field.type { return constantProperty(name, value, type, &out) }
        if case .enumeration(let list) = field.type {
            let type = SbeScalarType(name: "", note: "", primitive: list.primitive)
            return constantProperty(name, value, type, &out)
        }
        constantProperty(name, value, nil, &out)
    }

    // MARK: Writing

    private func writer(_ block: SbeBlockLayout, isMessage: Bool, _ out: inout SwiftText) {
        let fields = block.fields.filter { $0.presence != .constant }
        var parameters = fields.map { writeParameter($0) }
        parameters.append("to writer: inout SbeWriter")
        out.document(
            isMessage ? "Writes the message's header and fields" : "Writes an entry's fields",
            "- Throws: `SbeError` when it does not belong here, does not fit, or a value can't be said on the wire."
        )
        out.inlinable()
        out.function("static func write", parameters, " throws(SbeError)") { out in
            let call = "try writer.\(isMessage ? "message" : "entry")(Self.self)"
            out.line(fields.isEmpty ? "_ = \(call)" : "let draft = \(call)")
            for field in fields {
                let name = SwiftNames.member(field.name)
                let isOptional = swiftType(field.type, field.presence).hasSuffix("?") && !isText(field.type)
                for text in write(field.type, name, isOptional, at: "\(field.offset)") { out.line(text) }
            }
        }
    }

    private func writeParameter(_ field: SbeFieldLayout) -> String {
        let name = SwiftNames.member(field.name)
        if isText(field.type) {
            return "\(name): some SbeCharacters" + (field.presence == .optional ? " = \"\"" : "")
        }
        if case .scalar(let scalar) = field.type, scalar.length != 1 {
            return "\(name): some Collection<\(Self.integerName(scalar.primitive))>"
        }
        return parameter(name, swiftType(field.type, field.presence))
    }

    /// Whether a value is written from characters or raw bytes.
    private func isText(_ type: SbeType) -> Bool {
        guard case .scalar(let scalar) = type else { return false }
        return scalar.length != 1 && (scalar.primitive == .char || scalar.primitive.isFloat)
    }

    private func dataWriter(_ data: SbeDataLayout, part: Int, _ out: inout SwiftText) {
        out.document(
            "Writes the variable data \(data.name)",
            "- Throws: `SbeError` when it does not belong here, does not fit, or is too long."
        )
        out.inlinable()
        let parameters = ["_ bytes: borrowing some SbeCharacters", "to writer: inout SbeWriter"]
        out.function("static func write\(SwiftNames.type(data.name))", parameters, " throws(SbeError)") { out in
            out.line("let prefix = \(prefix(data))")
            out.line("try writer.data(bytes, prefix, of: number, part: \(part))")
        }
    }
}
