// SPDX-License-Identifier: MIT
import Foundation

#if canImport(FoundationXML)
import FoundationXML
#endif

/// An element of a schema file, with the place where it begins.
struct SchemaElement {
    /// The name without a namespace prefix.
    var name: String
    var attributes: [String: String]
    var text = ""
    var children: [SchemaElement] = []
    var line: Int
    var column: Int

    subscript(attribute: String) -> String? { attributes[attribute] }

    var trimmedText: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    /// How messages name it.
    var label: String { self["name"].map { "\(name) '\($0)'" } ?? name }

    func children(_ names: String...) -> [SchemaElement] { children.filter { names.contains($0.name) } }

    func error(_ code: SbeSchemaError.Code, _ attribute: String? = nil, _ reason: String) -> SbeSchemaError {
        SbeSchemaError(
            code,
            element: label,
            attribute: attribute,
            reason: reason,
            line: line,
            column: column
        )
    }
}

/// Reads XML into elements, and the files that it includes.
struct SchemaXML {
    /// Bytes of one file.
    static let byteLimit = 16 << 20
    /// Elements of a schema with everything that it includes.
    static let elementLimit = 200_000
    static let depthLimit = 64
    static let includeDepthLimit = 8

    /// Gives the bytes of an included file by its `href`.
    let load: ((String) throws -> Data)?
    private(set) var elements = 0

    init(load: ((String) throws -> Data)?) { self.load = load }

    mutating func read(_ data: Data, depth: Int = 0) throws(SbeSchemaError) -> SchemaElement {
        guard data.count <= SchemaXML.byteLimit else {
            throw SbeSchemaError(.limit, element: "file", reason: "it has more than \(SchemaXML.byteLimit) bytes")
        }
        // Entities could stand for more text than there is memory, and schemas have no use for them.
        guard data.range(of: Data("<!DOCTYPE".utf8)) == nil else {
            throw SbeSchemaError(.xml, element: "file", reason: "a document type declaration is not read")
        }
        let builder = ElementBuilder(limit: SchemaXML.elementLimit - elements)
        let parser = XMLParser(data: data)
        parser.shouldProcessNamespaces = false
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        let isWhole = parser.parse()
        if let problem = builder.problem { throw problem }
        guard isWhole, let root = builder.root else {
            throw SbeSchemaError(
                .xml,
                element: "file",
                reason: "not well-formed XML",
                line: parser.lineNumber,
                column: parser.columnNumber
            )
        }
        elements += builder.count
        return try including(root, depth: depth)
    }

    /// `element` with what its `include` children name in their place.
    private mutating func including(_ element: SchemaElement, depth: Int) throws(SbeSchemaError) -> SchemaElement {
        guard element.children.contains(where: { $0.name == "include" || !$0.children.isEmpty }) else { return element }
        var result = element
        result.children = []
        for child in element.children {
            if child.name == "include" {
                result.children.append(try include(child, depth: depth + 1))
            } else {
                result.children.append(try including(child, depth: depth))
            }
        }
        return result
    }

    private mutating func include(_ element: SchemaElement, depth: Int) throws(SbeSchemaError) -> SchemaElement {
        guard let href = element["href"], !href.isEmpty else {
            throw element.error(.missing, "href", "an include needs the name of a file")
        }
        guard depth <= SchemaXML.includeDepthLimit else {
            throw element.error(.limit, "href", "files include each other more than 8 levels deep")
        }
        guard let load else { throw element.error(.include, "href", "'\(href)' can't be included here") }
        let data: Data
        do {
            data = try load(href)
        } catch {
            throw element.error(.include, "href", "'\(href)' can't be read")
        }
        do throws(SbeSchemaError) {
            return try read(data, depth: depth)
        } catch {
            var inner = error
            inner.element = "\(href): \(inner.element)"
            throw inner
        }
    }
}

/// Collects what the parser meets.
private final class ElementBuilder: NSObject, XMLParserDelegate {
    private var open: [SchemaElement] = []
    private let limit: Int
    private(set) var root: SchemaElement?
    private(set) var count = 0
    private(set) var problem: SbeSchemaError?

    init(limit: Int) { self.limit = limit }

    func parser(
        _ parser: XMLParser,
        didStartElement elementName: String,
        namespaceURI: String?,
        qualifiedName qName: String?,
        attributes attributeDict: [String: String]
    ) {
        count += 1
        let element = SchemaElement(
            name: local(elementName),
            attributes: attributeDict,
            line: parser.lineNumber,
            column: parser.columnNumber
        )
        guard count <= limit, open.count < SchemaXML.depthLimit else {
            problem = problem ?? element.error(.limit, nil, "too many elements, or too many within each other")
            parser.abortParsing()
            return
        }
        open.append(element)
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += string
    }

    func parser(
        _ parser: XMLParser,
        didEndElement elementName: String,
        namespaceURI: String?,
        qualifiedName qName: String?
    ) {
        guard let element = open.popLast() else { return }
        if open.isEmpty { root = root ?? element } else { open[open.count - 1].children.append(element) }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
        guard problem == nil else { return }
        problem = SbeSchemaError(
            .xml,
            element: open.last?.label ?? "file",
            reason: "not well-formed XML",
            line: parser.lineNumber,
            column: parser.columnNumber
        )
    }

    private func local(_ name: String) -> String {
        name.split(separator: ":").last.map(String.init) ?? name
    }
}
