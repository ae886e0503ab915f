// SPDX-License-Identifier: MIT

extension SbeModelReader {
    mutating func readMessages(_ root: SchemaElement) -> [SbeMessageLayout] {
        let elements = root.children("message")
        for child in root.children where !["types", "message"].contains(child.name) {
            report(child.error(.order, nil, "only 'types' and 'message' stand within a schema"))
        }
        requireUnique(elements, "name", "the name")
        requireUnique(elements, "id", "the template id")
        return elements.compactMap { readMessage($0) }
    }

    private mutating func readMessage(_ element: SchemaElement) -> SbeMessageLayout? {
        let name = self.name(element)
        let id = integer(element, "id", 0...65_535)
        let block = block(element, depth: 0)
        guard let name, let id else { return nil }
        return SbeMessageLayout(
            name: name,
            id: id,
            note: note(element),
            sinceVersion: sinceVersion(element),
            semanticType: element["semanticType"],
            deprecated: element["deprecated"].flatMap { Int($0) },
            block: block
        )
    }

    /// The content of a message or group.
    private mutating func block(_ element: SchemaElement, depth: Int) -> SbeBlockLayout {
        guard depth <= SbeModelReader.depthLimit else {
            report(element.error(.limit, nil, "groups lie more than \(SbeModelReader.depthLimit) deep"))
            return SbeBlockLayout()
        }
        checkOrder(element)
        requireUnique(element.children, "name", "the name")
        requireUnique(element.children, "id", "the id")
        var block = SbeBlockLayout()
        var end = 0
        var since = 0
        for child in element.children("field") {
            guard let field = field(child, &end, &since) else { continue }
            block.fields.append(field)
        }
        block.length = end
        if element["blockLength"] != nil, let stated = integer(element, "blockLength", 0...65_535) {
            if stated < end {
                let reason = "\(stated) is less than the \(end) that its fields take"
                report(element.error(.blockLength, "blockLength", reason))
            }
            block.length = max(stated, end)
        }
        if block.length > 65_535 { report(element.error(.limit, nil, "a block of more than 65,535 bytes")) }
        since = 0
        for child in element.children("group") {
            if let group = group(child, &since, depth: depth) { block.groups.append(group) }
        }
        since = 0
        for child in element.children("data") {
            if let data = data(child, &since) { block.data.append(data) }
        }
        return block
    }

    private mutating func checkOrder(_ element: SchemaElement) {
        let order = ["field": 0, "group": 1, "data": 2]
        var last = 0
        for child in element.children {
            guard let rank = order[child.name] else {
                report(child.error(.order, nil, "only fields, groups and data stand within a message"))
                continue
            }
            if rank < last { report(child.error(.order, nil, "fields come first, then groups, then data")) }
            last = max(last, rank)
        }
    }

    /// The version, not below that of what is in front.
    private mutating func ascending(_ element: SchemaElement, _ since: inout Int) -> Int {
        let own = sinceVersion(element)
        if own < since {
            report(element.error(.version, "sinceVersion", "\(own) is below the \(since) of what stands in front"))
        }
        since = max(since, own)
        return own
    }

    // MARK: Fields

    private mutating func field(_ element: SchemaElement, _ end: inout Int, _ since: inout Int) -> SbeFieldLayout? {
        let name = self.name(element)
        let id = integer(element, "id", 0...65_535)
        let own = ascending(element, &since)
        let stated = presence(element)
        guard let typeName = element["type"] else {
            report(element.error(.missing, "type", "a field needs a type"))
            return nil
        }
        guard let type = type(named: typeName, from: element, "type") else { return nil }
        if case .scalar(let scalar) = type, scalar.length == 0 {
            report(element.error(.malformed, "type", "'\(typeName)' has no length of its own"))
        }
        let presence = type.presence == .constant ? .constant : stated ?? type.presence
        var constant: SbeConstant?
        if presence == .constant { constant = self.constant(element, type) }
        guard let offset = presence == .constant ? end : offset(element, end), let name, let id else { return nil }
        let field = SbeFieldLayout(
            name: name,
            id: id,
            note: note(element),
            offset: offset,
            type: type,
            presence: presence,
            constant: constant,
            semanticType: element["semanticType"],
            sinceVersion: own,
            deprecated: element["deprecated"].flatMap { Int($0) }
        )
        end = max(end, field.end)
        return field
    }

    /// The value of a constant field: its type's, or that which `valueRef` names.
    private mutating func constant(_ element: SchemaElement, _ type: SbeType) -> SbeConstant? {
        if let reference = element["valueRef"] {
            let parts = reference.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, definitions[parts[0]]?.name == "enum",
                case .enumeration(let list) = self.type(named: parts[0], from: element, "valueRef"),
                let value = list.value(named: parts[1])
            else {
                report(element.error(.unknown, "valueRef", "'\(reference)' is no value of an enum"))
                return nil
            }
            return .integer(value.value)
        }
        if case .scalar(let scalar) = type, let constant = scalar.constant { return constant }
        report(element.error(.missing, "valueRef", "a constant field needs a value"))
        return nil
    }

    // MARK: Groups and data

    private mutating func group(_ element: SchemaElement, _ since: inout Int, depth: Int) -> SbeGroupLayout? {
        let name = self.name(element)
        let id = integer(element, "id", 0...65_535)
        let own = ascending(element, &since)
        let block = block(element, depth: depth + 1)
        let dimensionName = element["dimensionType"] ?? "groupSizeEncoding"
        guard let type = type(named: dimensionName, from: element, "dimensionType") else { return nil }
        guard case .composite(let dimension) = type else {
            report(element.error(.malformed, "dimensionType", "'\(dimensionName)' is no composite"))
            return nil
        }
        let definition = definitions[dimensionName] ?? element
        requireUnsigned("blockLength", of: dimension, definition)
        requireUnsigned("numInGroup", of: dimension, definition)
        guard let name, let id else { return nil }
        if let primitive = dimension.number("blockLength")?.type.primitive,
            Int128(block.length) > primitive.bits.upperBound
        {
            report(element.error(.range, "dimensionType", "'\(dimensionName)' can't say \(block.length) bytes"))
        }
        return SbeGroupLayout(
            name: name,
            id: id,
            note: note(element),
            sinceVersion: own,
            dimension: dimension,
            block: block
        )
    }

    private mutating func data(_ element: SchemaElement, _ since: inout Int) -> SbeDataLayout? {
        let name = self.name(element)
        let id = integer(element, "id", 0...65_535)
        let own = ascending(element, &since)
        guard let typeName = element["type"] else {
            report(element.error(.missing, "type", "data needs a type"))
            return nil
        }
        guard let type = type(named: typeName, from: element, "type") else { return nil }
        guard case .composite(let composite) = type, composite.members.count == 2,
            let length = composite.number("length"), length.type.presence != .constant,
            [.uint8, .uint16, .uint32].contains(length.type.primitive),
            let content = composite.member("varData"), case .scalar(let scalar) = content.type,
            scalar.primitive.size == 1, content.offset >= length.offset + length.type.primitive.size
        else {
            report(element.error(.malformed, "type", "'\(typeName)' is not an unsigned 'length' and 'varData'"))
            return nil
        }
        guard let name, let id else { return nil }
        return SbeDataLayout(
            name: name,
            id: id,
            note: note(element),
            sinceVersion: own,
            type: composite,
            prefixLength: content.offset,
            lengthOffset: length.offset,
            lengthPrimitive: length.type.primitive,
            isText: scalar.primitive == .char || scalar.characterEncoding != nil
        )
    }
}
