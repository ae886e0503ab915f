// SPDX-License-Identifier: MIT
import Foundation
import HeliosFIX

#if canImport(FoundationXML)
import FoundationXML
#endif

extension FixSpecification {
    /// Reads a dictionary in QuickFIX's XML form.
    ///
    /// ```xml
    /// <fix type="FIX" major="4" minor="4" servicepack="0">
    ///   <header> … </header> <messages> … </messages> <trailer> … </trailer> <components> … </components>
    ///   <fields><field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/></field></fields>
    /// </fix>
    /// ```
    /// A dictionary of 5.0 or later has no header of its own: `combined(session:application:)` puts it over FIXT.1.1.
    /// - Throws: `FixSpecificationError` with the line and the column where the element's opening ends.
    public init(xml data: Data) throws(FixSpecificationError) {
        guard data.count <= FixSpecification.largestText else {
            throw FixSpecificationError(.bound, "a dictionary of more than \(FixSpecification.largestText) bytes")
        }
        let tree = try FixXMLTree.read(data)
        var reader = FixXMLReader()
        self = try reader.read(tree)
    }
}

extension FixDictionary {
    /// The dictionary of an XML file, over that of the session when it has none of its own.
    ///
    /// - Parameters:
    ///   - data: the file.
    ///   - session: the session's file; FIXT.1.1 as it is built in by default.
    /// - Throws: `FixSpecificationError`.
    public convenience init(xml data: Data, session: Data? = nil) throws(FixSpecificationError) {
        let application = try FixSpecification(xml: data)
        guard application.header.isEmpty else {
            try self.init(application)
            return
        }
        var base: FixSpecification
        if let session { base = try FixSpecification(xml: session) } else { base = try FixSpecification.fixt11() }
        try self.init(FixSpecification.combined(session: base, application: application))
    }
}

/// An element with where it stands.
struct FixXMLElement {
    var name: String
    var attributes: [String: String]
    var line: Int
    var column: Int
    var children: [FixXMLElement] = []
}

/// Reads a document into elements; text between them does not count.
private final class FixXMLTree: NSObject, XMLParserDelegate {
    /// Elements in elements, at most, and elements in all.
    private static let deepest = 64
    private static let most = 1 << 20

    private var open: [FixXMLElement] = []
    private var root: FixXMLElement?
    private var count = 0
    private var error: FixSpecificationError?

    static func read(_ data: Data) throws(FixSpecificationError) -> FixXMLElement {
        let tree = FixXMLTree()
        let parser = XMLParser(data: data)
        parser.shouldResolveExternalEntities = false
        parser.delegate = tree
        let isGood = parser.parse()
        if let error = tree.error { throw error }
        guard isGood, let root = tree.root else {
            let reason = parser.parserError.map { ": \(($0 as NSError).code)" } ?? ""
            throw FixSpecificationError(
                .syntax,
                "not well-formed XML\(reason)",
                line: max(parser.lineNumber, 1),
                column: max(parser.columnNumber, 1)
            )
        }
        return root
    }

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        count += 1
        guard open.count < Self.deepest, count < Self.most else {
            error = FixSpecificationError(
                .bound,
                "too many elements, or too deep",
                line: parser.lineNumber,
                column: parser.columnNumber
            )
            parser.abortParsing()
            return
        }
        let element = FixXMLElement(
            name: name,
            attributes: attributes,
            line: parser.lineNumber,
            column: parser.columnNumber
        )
        open.append(element)
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard let element = open.popLast() else { return }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }
}
