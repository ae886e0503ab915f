// SPDX-License-Identifier: MIT
import Foundation

extension SbeModel {
    /// Reads a schema.
    ///
    /// - Parameters:
    ///   - data: The XML.
    ///   - load: Gives the bytes of a file that the schema includes, by its `href`; without it nothing can be included.
    /// - Throws: `SbeSchemaErrors` with everything that is wrong.
    public init(xml data: Data, load: ((String) throws -> Data)? = nil) throws(SbeSchemaErrors) {
        var xml = SchemaXML(load: load)
        let root: SchemaElement
        do throws(SbeSchemaError) {
            root = try xml.read(data)
        } catch {
            throw SbeSchemaErrors([error])
        }
        var reader = SbeModelReader()
        let model = reader.read(root)
        guard let model, reader.errors.isEmpty else { throw SbeSchemaErrors(reader.errors) }
        self = model
    }

    /// Reads a schema file; what it includes is looked for beside it and below.
    ///
    /// - Throws: `SbeSchemaErrors`, or what the system says when the file can't be read.
    public init(contentsOf url: URL) throws {
        let folder = url.deletingLastPathComponent()
        try self.init(xml: Data(contentsOf: url)) { href in
            guard !href.hasPrefix("/"), !href.split(separator: "/").contains("..") else {
                throw CocoaError(.fileReadInvalidFileName)
            }
            return try Data(contentsOf: folder.appendingPathComponent(href))
        }
    }
}

/// Turns elements into a model and gathers what is wrong with them.
struct SbeModelReader {
    static let errorLimit = 100
    /// Groups within groups.
    static let depthLimit = 7
    /// Members of a composite, those of inner composites included.
    static let leafLimit = 1_024

    private(set) var errors: [SbeSchemaError] = []
    var version = 0
    var definitions: [String: SchemaElement] = [:]
    var resolved: [String: SbeType] = [:]
    /// Named types that have faults.
    var refused: Set<String> = []
    /// The named types that are being worked out, to find those that contain themselves.
    var open: [String] = []

    mutating func report(_ error: SbeSchemaError) {
        if errors.count < SbeModelReader.errorLimit { errors.append(error) }
    }

    mutating func read(_ root: SchemaElement) -> SbeModel? {
        guard root.name == "messageSchema" else {
            report(root.error(.unknown, nil, "the root of a schema is 'messageSchema'"))
            return nil
        }
        let id = integer(root, "id", 0...65_535)
        version = integer(root, "version", 0...65_535, or: 0) ?? 0
        let order = root["byteOrder"] ?? "littleEndian"
        if order != "littleEndian", order != "bigEndian" {
            report(root.error(.malformed, "byteOrder", "'\(order)' is neither littleEndian nor bigEndian"))
        }
        let names = collectTypes(root)
        let types = names.compactMap { type(named: $0, from: root, "name") }
        let header = header(root)
        let messages = readMessages(root)
        guard let id, let header else { return nil }
        return SbeModel(
            package: root["package"] ?? "",
            id: id,
            version: version,
            semanticVersion: root["semanticVersion"],
            note: root["description"] ?? "",
            isBigEndian: order == "bigEndian",
            header: header,
            types: types,
            messages: messages
        )
    }

    /// Takes up every named type; the names in the order of the file.
    private mutating func collectTypes(_ root: SchemaElement) -> [String] {
        var names: [String] = []
        for list in root.children("types") {
            // An included file may bring a whole list within a list.
            let elements = list.children.flatMap { $0.name == "types" ? $0.children : [$0] }
            for element in elements {
                guard ["type", "composite", "enum", "set"].contains(element.name) else {
                    report(element.error(.order, nil, "only types stand within 'types'"))
                    continue
                }
                guard let name = name(element) else { continue }
                if definitions[name] != nil {
                    report(element.error(.duplicate, "name", "a type with this name was there before"))
                } else {
                    definitions[name] = element
                    names.append(name)
                }
            }
        }
        return names
    }

    private mutating func header(_ root: SchemaElement) -> SbeCompositeType? {
        let name = root["headerType"] ?? "messageHeader"
        guard case .composite(let header) = type(named: name, from: root, "headerType") else {
            if definitions[name] != nil { report(root.error(.unknown, "headerType", "'\(name)' is no composite")) }
            return nil
        }
        let element = definitions[name] ?? root
        for member in ["blockLength", "templateId", "schemaId", "version"] {
            requireUnsigned(member, of: header, element)
        }
        return header
    }

    /// Reports a member that is not there or not an unsigned number.
    mutating func requireUnsigned(_ name: String, of type: SbeCompositeType, _ element: SchemaElement) {
        guard let (_, scalar) = type.number(name) else {
            return report(element.error(.missing, nil, "it needs a member '\(name)'"))
        }
        guard [.uint8, .uint16, .uint32, .uint64].contains(scalar.primitive), scalar.presence != .constant else {
            return report(element.error(.malformed, nil, "its member '\(name)' is not an unsigned number"))
        }
    }

    // MARK: Attributes

    /// The `name`, if it is there and could be a name.
    mutating func name(_ element: SchemaElement) -> String? {
        guard let name = element["name"], !name.isEmpty else {
            report(element.error(.missing, "name", "it needs a name"))
            return nil
        }
        let isName = name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar))
        }
        guard isName, name.count <= 128, name.first?.isNumber == false else {
            report(element.error(.malformed, "name", "a name has letters, digits and '_', at most 128, no digit first"))
            return nil
        }
        return name
    }

    /// A whole number within `range`; `fallback` when the attribute is not there, an error when there is none.
    mutating func integer(
        _ element: SchemaElement,
        _ attribute: String,
        _ range: ClosedRange<Int>,
        or fallback: Int? = nil
    ) -> Int? {
        guard let text = element[attribute] else {
            if fallback == nil { report(element.error(.missing, attribute, "it is needed")) }
            return fallback
        }
        guard let value = Int(text) else {
            report(element.error(.malformed, attribute, "'\(text)' is not a whole number"))
            return nil
        }
        guard range.contains(value) else {
            report(
                element.error(.range, attribute, "\(value) is not within \(range.lowerBound) … \(range.upperBound)")
            )
            return nil
        }
        return value
    }

    /// The version since which it exists, at most the schema's.
    mutating func sinceVersion(_ element: SchemaElement) -> Int {
        guard let since = integer(element, "sinceVersion", 0...65_535, or: 0) else { return 0 }
        if since > version {
            report(element.error(.version, "sinceVersion", "\(since) is above the schema's version, \(version)"))
        }
        return since
    }

    mutating func presence(_ element: SchemaElement) -> SbePresence? {
        guard let text = element["presence"] else { return nil }
        guard let presence = SbePresence(rawValue: text) else {
            report(element.error(.malformed, "presence", "'\(text)' is not required, optional or constant"))
            return nil
        }
        return presence
    }

    /// Reports elements that repeat what `key` says of them.
    mutating func requireUnique(_ elements: [SchemaElement], _ attribute: String, _ what: String) {
        var seen: Set<String> = []
        for element in elements {
            guard let value = element[attribute] else { continue }
            if !seen.insert(value).inserted {
                report(element.error(.duplicate, attribute, "\(what) '\(value)' was there before"))
            }
        }
    }

    func note(_ element: SchemaElement) -> String { element["description"] ?? "" }
}
