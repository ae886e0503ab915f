// SPDX-License-Identifier: MIT

/// One thing that is wrong with an SBE schema, and where.
public struct SbeSchemaError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: String, Sendable, CaseIterable {
        /// Not well-formed XML, or a construct that schemas have no use for.
        case xml
        /// A file that can't be included.
        case include
        /// An attribute or a child element is missing.
        case missing
        /// A text is not of the form that its attribute has.
        case malformed
        /// A number is outside the range that its place allows.
        case range
        /// A name, id or value was there before.
        case duplicate
        /// A name that nothing has.
        case unknown
        /// A type that contains itself.
        case cycle
        /// An offset before the end of the member in front of it.
        case overlap
        /// A block length below the end of its fields.
        case blockLength
        /// A version above the schema's, or below that of a member in front of it.
        case version
        /// An element where it must not stand.
        case order
        /// More elements, bytes or levels than are read.
        case limit
    }

    public var code: Code
    /// The element, with its name where it has one: `field 'Price'`.
    public var element: String
    /// The attribute, where one is to blame.
    public var attribute: String?
    /// What is wrong with it.
    public var reason: String
    /// Where the element begins, from 1; 0 when that is not known.
    public var line: Int
    public var column: Int

    public init(
        _ code: Code,
        element: String,
        attribute: String? = nil,
        reason: String,
        line: Int = 0,
        column: Int = 0
    ) {
        self.code = code
        self.element = element
        self.attribute = attribute
        self.reason = reason
        self.line = line
        self.column = column
    }

    public var description: String {
        let place = line > 0 ? "\(line):\(column): " : ""
        return place + element + (attribute.map { ", attribute '\($0)'" } ?? "") + ": " + reason
    }
}

/// Everything that is wrong with a schema, in its order.
public struct SbeSchemaErrors: Error, Equatable, Sendable, CustomStringConvertible {
    public var errors: [SbeSchemaError]

    public init(_ errors: [SbeSchemaError]) { self.errors = errors }

    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
