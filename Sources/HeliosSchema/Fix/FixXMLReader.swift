// SPDX-License-Identifier: MIT
import HeliosFIX

/// Makes a specification of a document's elements.
struct FixXMLReader {
    private var tags: [String: FixTag] = [:]
    private var components: Set<String> = []
    private static let typeNames = Dictionary(uniqueKeysWithValues: FixType.allCases.map { ($0.rawValue, $0) })
    private static let deepest = 12

    mutating func read(_ root: FixXMLElement) throws(FixSpecificationError) -> FixSpecification {
        guard root.name == "fix" else { throw error(.syntax, "found <\(root.name)>, expected <fix>", root) }
        var result = FixSpecification(try version(root))
        let sections = Dictionary(grouping: root.children) { $0.name }
        for element in sections["fields"] ?? [] {
            for child in element.children { result.fields.append(try field(child)) }
        }
        for element in sections["components"] ?? [] {
            for child in element.children { components.insert(try attribute("name", child)) }
        }
        result.fields.sort { $0.tag < $1.tag }
        for element in root.children {
            switch element.name {
            case "header": result.header += try members(element)
            case "trailer": result.trailer += try members(element)
            case "fields": break
            case "components":
                for child in element.children {
                    try expect(child, ["component"])
                    result.components.append(.init(try attribute("name", child), try members(child)))
                }
            case "messages":
                for child in element.children { result.messages.append(try message(child)) }
            default: try expect(element, ["header", "trailer", "messages", "components", "fields"])
            }
        }
        return result
    }

    private func version(_ root: FixXMLElement) throws(FixSpecificationError) -> String {
        let kind = root.attributes["type"] ?? "FIX"
        let pack = root.attributes["servicepack"] ?? "0"
        let name = "\(kind).\(try attribute("major", root)).\(try attribute("minor", root))"
        return pack == "0" || pack.isEmpty ? name : "\(name)SP\(pack)"
    }

    private mutating func field(_ element: FixXMLElement) throws(FixSpecificationError) -> FixSpecification.Field {
        try expect(element, ["field"])
        let number = try attribute("number", element)
        guard let raw = UInt32(number), raw > 0, raw <= FixTag.largest.rawValue else {
            throw error(.value, "'\(number)' is no tag from 1 to \(FixTag.largest)", element)
        }
        let tag = FixTag(rawValue: raw)
        let name = try attribute("name", element)
        guard tags.updateValue(tag, forKey: name) == nil else {
            throw error(.duplicate, "a field named '\(name)' is there twice", element)
        }
        // A type that is not known is text, as other readers take it.
        let type = Self.typeNames[try attribute("type", element).uppercased()] ?? .other
        var field = FixSpecification.Field(tag, name, type)
        for child in element.children {
            try expect(child, ["value"])
            let value = try attribute("enum", child)
            field.values.append(.init(value, child.attributes["description"] ?? value))
        }
        return field
    }

    private func message(_ element: FixXMLElement) throws(FixSpecificationError) -> FixSpecification.Message {
        try expect(element, ["message"])
        let text = try attribute("msgtype", element)
        guard let type = FixMsgType(text) else { throw error(.value, "'\(text)' is no message type", element) }
        return .init(type, try attribute("name", element), try members(element))
    }

    private func members(
        _ element: FixXMLElement,
        depth: Int = 0
    ) throws(FixSpecificationError) -> [FixSpecification.Member] {
        guard depth <= Self.deepest else { throw error(.bound, "groups in groups, too deep", element) }
        var result: [FixSpecification.Member] = []
        for child in element.children {
            let name = try attribute("name", child)
            let isRequired = ["Y", "y"].contains(child.attributes["required"])
            switch child.name {
            case "field": result.append(.field(try tag(name, child), isRequired: isRequired))
            case "group":
                let tag = try tag(name, child)
                result.append(.group(tag, isRequired: isRequired, try members(child, depth: depth + 1)))
            case "component":
                guard components.contains(name) else {
                    let nearest = nearest(name, components.sorted())
                    throw error(.unknown, "no component is named '\(name)'", child, nearest)
                }
                result.append(.component(name, isRequired: isRequired))
            default: try expect(child, ["field", "group", "component"])
            }
        }
        return result
    }

    private func tag(_ name: String, _ element: FixXMLElement) throws(FixSpecificationError) -> FixTag {
        if let tag = tags[name] { return tag }
        throw error(.unknown, "no field is named '\(name)'", element, nearest(name, tags.keys.sorted()))
    }

    private func attribute(_ name: String, _ element: FixXMLElement) throws(FixSpecificationError) -> String {
        guard let value = element.attributes[name], !value.isEmpty else {
            throw error(.syntax, "<\(element.name)> has no '\(name)'", element)
        }
        return value
    }

    private func expect(_ element: FixXMLElement, _ names: [String]) throws(FixSpecificationError) {
        guard !names.contains(element.name) else { return }
        let expected = names.map { "<\($0)>" }.joined(separator: ", ")
        throw error(.syntax, "found <\(element.name)>, expected \(expected)", element, nearest(element.name, names))
    }

    private func nearest(_ name: String, _ names: [String]) -> String? { FixNearest.name(to: name, among: names) }

    private func error(
        _ code: FixSpecificationError.Code,
        _ what: String,
        _ element: FixXMLElement,
        _ nearest: String? = nil
    ) -> FixSpecificationError {
        FixSpecificationError(code, what, line: element.line, column: element.column, nearest: nearest)
    }
}
